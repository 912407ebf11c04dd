"""Whether outputs still belong to their inputs: told at once where nothing has changed, and by name where something has."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml
from support.town import SHOWS, bring, run, statuses, write

from helpers.batch import seal
from helpers.report import command
from helpers.settings import paths

pytestmark = [pytest.mark.slow, pytest.mark.reported]
RUN = """import sys
from helpers.report import command
from helpers.settings import paths
code = command.main(["--city", "town", "--year", "2020"])
heavy = {"pandas", "ibis", "matplotlib", "nbformat", "papermill"} & set(sys.modules)
print("heavy", sorted(heavy))
sys.exit(code)"""


@pytest.fixture
def made(town):
    """A report that has just been made in a home that another process can use."""
    return town


def verified(folder, capsys):
    capsys.readouterr()
    code = command.main(["--verify", str(folder)])
    return code, capsys.readouterr().out


def test_where_nothing_has_changed_it_is_told_without_pandas_or_ibis_and_nothing_is_written_but_that(made, home, monkeypatch):
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    assert subprocess.run([sys.executable, "-c", RUN], capture_output=True, check=False).returncode == 0  # its own DICTIONARY
    before = {file: file.stat().st_mtime_ns for file in home.rglob("*") if file.is_file() and file.name != "run.json"}
    told = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "heavy []"
    assert "沿用 4 本" in told.stdout
    assert {file: file.stat().st_mtime_ns for file in home.rglob("*") if file.is_file() and file.name != "run.json"} == before
    assert set(statuses(made).values()) == {"skipped"}


@pytest.mark.parametrize("change", ["tickets", "edition", "notebook", "dictionary of another city", "output", "raw"])
def test_any_change_is_looked_into(made, change):
    assert freshly(made)
    if change == "tickets":
        bring({"district": "甲区"}, {"district": "乙区"}, digest="2")
    elif change == "edition":
        with paths.edition("town", 2020).open("a", encoding="utf-8") as file:
            file.write("# more\n")
    elif change == "notebook":
        write("01-overview", "1")
    elif change == "dictionary of another city":
        (paths.DATA / "mappings" / "new.yml").write_text("source: x")
    elif change == "output":
        paths.page(made).write_text("altered")
    else:
        paths.raw("town-2020").mkdir(parents=True)
        (paths.raw("town-2020") / "export.csv").write_text("x")
    assert not freshly(made)


def freshly(folder):
    from helpers.report import request, verify

    return verify.unchanged(request.parse("town", 2020, "year", "year_ago", []), final=False) is not None


def test_outputs_that_belong_to_their_inputs_are_verified(made, capsys):
    code, told = verified(made, capsys)
    assert code == 0
    assert "相符" in told


def test_a_file_that_was_altered_or_is_gone_is_named(made, capsys):
    paths.page(made).write_text("altered")
    paths.executed(made, "01-overview").unlink()
    code, told = verified(made, capsys)
    assert code == 1
    assert "与所记不符或已不在：index.html" in told
    assert "与所记不符或已不在：notebooks/01-overview.ipynb" in told
    assert "已过时" not in told


def test_what_no_longer_belongs_to_the_inputs_is_named_with_what_has_changed(made, capsys):
    write("03-district", "print(district, year)", entity="district", needs=("district",))
    code, told = verified(made, capsys)
    assert code == 1
    assert "已过时：03-district-01-甲区（03-district.ipynb 有变）" in told
    assert "01-overview" not in told
    bring({"district": "甲区"}, digest="2")
    _, told = verified(made, capsys)
    assert "已过时：01-overview（工单 town-2020 有变）" in told
    assert "report.pdf" in told


def test_tickets_that_are_gone_are_named(made, capsys):
    paths.tickets("town-2020").unlink()
    code, printed = verified(made, capsys)
    assert code == 1
    assert "已过时：01-overview（工单 town-2020 有变）" in printed


def test_a_setting_of_the_edition_and_words_by_people_are_inputs(made, capsys):
    folder = paths.narrative("town-2020", "year")
    folder.mkdir(parents=True)
    (folder / "01-overview.md").write_text("说明。", encoding="utf-8")
    _, told = verified(made, capsys)
    assert "report.pdf" in told
    assert "已过时：01-overview（" in told
    assert "03-districts" not in told
    edition = yaml.safe_load(paths.edition("town", 2020).read_text(encoding="utf-8")) | {"quarantine_limit": 0.06}
    paths.edition("town", 2020).write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
    _, told = verified(made, capsys)
    assert "已过时：03-districts（版本 town-2020 有变）" in told


def test_what_failed_is_not_verified(town, capsys):
    write("01-overview", "1 / 0")
    assert run() == 1
    code, told = verified(town, capsys)
    assert code == 1
    assert "失败：01-overview（ZeroDivisionError" in told


@pytest.mark.parametrize("contents", [None, "{}", "{", json.dumps({"notebooks": [], "parts": {}})])
def test_a_folder_without_a_concluded_run_is_refused_with_the_remedy(tmp_path, capsys, contents):
    if contents is not None:
        paths.run(tmp_path).write_text(contents)
    assert command.main(["--verify", str(tmp_path)]) == 2
    assert "holds no run.json of a concluded run" in capsys.readouterr().err


def test_neither_a_report_nor_a_folder_to_verify_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--city", "beijing"])
    assert ended.value.code == 2
    assert "--verify" in capsys.readouterr().err


def test_a_notebook_that_somebody_changed_after_it_ran_is_not_taken_for_its_own(tmp_path):
    file = tmp_path / "a.ipynb"
    text = json.dumps({"cells": [], "metadata": {"made": seal.unsigned("the key")}})
    file.write_text(seal.sign(text))
    assert seal.signed_key(file) == "the key"
    file.write_text(seal.sign(text).replace('"cells": []', '"cells": [1]'))
    assert seal.signed_key(file) is None
    file.write_text("{}")
    assert seal.signed_key(file) is None


def test_what_had_run_before_an_interruption_is_reused_though_no_run_json_tells_of_it(made):
    paths.run(made).unlink()
    assert run() == 0
    assert set(statuses(made).values()) == {"skipped"}


def test_deleting_all_outputs_is_safe(made):
    shutil.rmtree(paths.OUTPUTS)
    assert run() == 0
    assert set(statuses(made).values()) == {"done"}
    write("01-overview", SHOWS, "'new'")
    assert run() == 0
    assert list(statuses(made).values()) == ["done", "skipped", "skipped", "skipped"]
