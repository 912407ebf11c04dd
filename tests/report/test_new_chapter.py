"""A chapter of one's own: begun by the command, it keeps the rules, runs, and makes no other chapter run again."""

import json

import nbformat
import pytest
import yaml
from support.town import run, statuses, text

from helpers import __main__ as hotline
from helpers.report import new_chapter
from helpers.settings import editions, paths
from helpers.settings.errors import UserError


@pytest.fixture
def notebooks(home, monkeypatch):
    """An empty folder of notebooks, but for one of the number 06."""
    monkeypatch.setattr(paths, "NOTEBOOKS", home / "notebooks")
    paths.NOTEBOOKS.mkdir()
    paths.notebook("06-rankings").write_text("{}")
    return paths.NOTEBOOKS


@pytest.mark.slow
@pytest.mark.reported
def test_a_new_chapter_runs_and_is_printed_and_no_other_runs_again(town, home, monkeypatch, capsys):
    monkeypatch.setenv("HOTLINE_HOME", str(home))  # of the kernels
    assert hotline.main(["chapter", "new", "07-night-noise", "--city", "town", "--year", "2020", "--title", "夜间噪声"]) == 0
    assert "CHAPTER=night-noise" in capsys.readouterr().out
    assert run() == 0
    ran = statuses(town)
    assert ran.pop("07-night-noise") == "done"
    assert set(ran.values()) == {"skipped"}
    printed = text(paths.report(town)).replace("\n", "")
    assert "夜间噪声" in printed
    assert "编者按：" in printed


def test_an_entry_goes_before_the_appendices_and_keeps_comments(notebooks):
    file = paths.edition("beijing", 2020)
    before = file.read_text(encoding="utf-8")
    new_chapter.create(editions.read("beijing", 2020), "07-own", "专题")
    after = file.read_text(encoding="utf-8")
    assert after.replace("  - title: 专题\n    notebook: 07-own\n", "") == before
    outline = [chapter.get("notebook") for chapter in yaml.safe_load(after)["chapters"]]
    assert outline[-3:] == ["07-own", "90-reconciliation", "91-data-quality"]


def test_an_edition_that_extends_another_is_left_and_the_lines_are_printed(notebooks):
    file = paths.edition("taipei", 2020)
    before = file.read_text(encoding="utf-8")
    lines = new_chapter.create(editions.read("taipei", 2020), "07-own", "專題")
    assert file.read_text(encoding="utf-8") == before
    assert "notebook: 07-own" in lines[1]


def test_the_template_keeps_the_rules_of_notebooks(notebooks):
    new_chapter.create(editions.read("beijing", 2020), "07-own", "专题")
    notebook = nbformat.read(paths.notebook("07-own"), 4)
    nbformat.validate(notebook)
    assert [cell.cell_type for cell in notebook.cells[:2]] == ["markdown", "code"]
    assert notebook.cells[1].metadata.tags == ["parameters"]
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert [cell.id for cell in notebook.cells] == [f"07-{place:02}" for place in range(len(notebook.cells))]


def test_the_name_of_another_chapter_is_refused(notebooks):
    new_chapter.create(editions.read("beijing", 2020), "07-own", "专题")
    with pytest.raises(UserError, match="'own' is the name of 07-own"):
        new_chapter.create(editions.read("beijing", 2020), "08-own", "专题")


@pytest.mark.parametrize(("name", "sentence"), [
    ("night", "must be two digits"), ("07-Night", "must be two digits"), ("06-own", "number 06 is that of 06-rankings")])
def test_a_name_of_another_form_and_a_taken_number_are_refused_and_nothing_is_written(notebooks, name, sentence):
    before = sorted(paths.NOTEBOOKS.glob("*")), paths.edition("beijing", 2020).read_bytes()
    with pytest.raises(UserError, match=sentence):
        new_chapter.create(editions.read("beijing", 2020), name, "专题")
    assert (sorted(paths.NOTEBOOKS.glob("*")), paths.edition("beijing", 2020).read_bytes()) == before


def test_the_command_lists_its_commands_and_the_catalogue(home, capsys):
    assert hotline.main([]) == 2
    assert "report" in capsys.readouterr().err
    assert hotline.main(["list", "--city", "beijing"]) == 0
    listed = capsys.readouterr().out
    assert "beijing        2020  tickets will be simulated" in listed
    assert "overview backlog hotspots districts" in listed
    assert "annual" in listed
    assert hotline.main(["list", "--city", "nowhere"]) == 2


@pytest.mark.parametrize(("kind", "key"), [("edition", "districts"), ("mapping", "columns"), ("product", "periods")])
def test_the_schema_of_a_file_of_settings_is_printed_for_an_editor(kind, key, capsys):
    assert hotline.main(["list", "--schema", kind]) == 0
    assert key in json.loads(capsys.readouterr().out)["properties"]
