"""The command: what it refuses, runs, reuses and leaves out, what it writes, and its exit code."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import docx
import nbformat
import pytest
from support.town import SHOWS, add_year, bring, names, run, statuses, text, write

from helpers.analysis.reconciliation import published
from helpers.report import command, fingerprints, plan, request, verify
from helpers.report.manifest import Manifest
from helpers.settings import paths
from helpers.settings.errors import UserError

pytestmark = pytest.mark.slow


def reprint(folder: Path) -> None:
    """Write down as published the header lines of a report that printed nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in published.COLUMNS.items():
        (folder / f"{name}.csv").write_text(",".join(columns) + "\n", encoding="utf-8")
    (folder / "errata.yml").write_text("[]", encoding="utf-8")


def test_a_report_has_every_output_by_its_name_and_is_reused_whole(town, capsys):
    assert run() == 0
    stems = ["01-overview", "03-districts", "03-district-01-甲区", "03-district-02-乙区"]
    assert names(town) == {"report.pdf", "report.docx", "report.md", "index.html", "tables.xlsx", "checklist.xlsx", "run.json",
                           "ro-crate-metadata.json",
                           "tables/dictionary.csv", "tables/datapackage.json", "tables/01-overview-工单_量.csv",
                           *(f"notebooks/{stem}.ipynb" for stem in stems),
                           *(f"chapters/{stem}.{ending}" for stem in stems for ending in ("pdf", "html", "docx"))}
    assert statuses(town) == dict.fromkeys(stems, "done")
    manifest = Manifest.read(town)
    assert (manifest.data, manifest.source, manifest.period) == ("export", "town.csv", "2020")
    assert all(entry.key and entry.seconds > 0 for entry in manifest.notebooks)
    assert "乙区" in (town / "notebooks" / "03-district-02-乙区.ipynb").read_text(encoding="utf-8")
    before = {name: fingerprints.hash_file(town / name) for name in names(town) - {"run.json"}}
    assert run() == 0
    assert statuses(town) == dict.fromkeys(stems, "skipped")
    assert {name: fingerprints.hash_file(town / name) for name in names(town) - {"run.json"}} == before
    assert "report.pdf" in capsys.readouterr().out


@pytest.mark.thorough
@pytest.mark.reported
def test_only_what_has_changed_runs_again(town):
    write("03-districts", "print(year)", "1 + 1", needs=("district",))
    run()
    assert [stem for stem, status in statuses(town).items() if status == "done"] == ["03-districts"]
    paths.executed(town, "01-overview").write_text("{}")
    run()
    assert [stem for stem, status in statuses(town).items() if status == "done"] == ["01-overview"]
    bring({"district": "甲区"}, digest="2")
    run()
    assert set(statuses(town).values()) == {"done"}


@pytest.mark.reported
def test_words_by_people_stand_in_every_form_and_run_no_notebook_again_when_they_change(town, capsys):
    folder = paths.narrative("town-2020", "year")
    folder.mkdir(parents=True)
    (folder / "03-district-01-甲区.md").write_text("甲区共{{district.甲区.tickets}}。另有甲区2件。", encoding="utf-8")
    assert run() == 0
    assert "{{district.甲区.tickets}} prints it." in capsys.readouterr().err
    printed = [paths.report(town), paths.chapter_document(town, "03-district-01-甲区", "pdf")]
    assert all("甲区共2件" in text(file).replace(" ", "") for file in printed)
    pages = [paths.page(town), paths.chapter_document(town, "03-district-01-甲区", "html")]
    assert all('data-exact="2件"' in file.read_text(encoding="utf-8") for file in pages)
    assert "甲区共2件" in "".join(one.text for one in docx.Document(paths.report(town, "docx")).paragraphs)
    before = {name: fingerprints.hash_file(town / name) for name in names(town)}
    (folder / "03-district-01-甲区.md").write_text("甲区受理{{district.甲区.tickets}}。", encoding="utf-8")
    assert run() == 0
    assert set(statuses(town).values()) == {"skipped"}
    moved = {name for name, digest in before.items() if fingerprints.hash_file(town / name) != digest} - {"run.json"}
    assert {"report.pdf", "index.html", "report.docx", "chapters/03-district-01-甲区.pdf"} <= moved
    assert not [name for name in moved if "乙区" in name or "01-overview" in name or name.endswith(".ipynb")]
    assert Manifest.read(town).narrative.keys() == {"03-district-01-甲区.md"}


def test_a_wrong_placeholder_stops_the_run_before_a_notebook_and_the_dry_run_too(town, capsys):
    folder = paths.narrative("town-2020", "year")
    folder.mkdir(parents=True)
    (folder / "01-overview.md").write_text("共{{calls.totl}}。", encoding="utf-8")
    assert run() == 1
    assert "01-overview.md:1: 'calls.totl' is not known. Did you mean 'calls.total'?" in capsys.readouterr().err
    assert not town.exists()
    assert run("--dry-run") == 1


@pytest.mark.reported
def test_a_chapter_of_words_alone_has_its_documents_and_is_left_out_without_its_text(town):
    edition = paths.edition("town", 2020)
    chapters = "chapters:\n- {title: 展望, narrative: 07-outlook}"
    edition.write_text(edition.read_text(encoding="utf-8").replace("chapters:", chapters), encoding="utf-8")
    assert run() == 0
    assert "展望" not in text(paths.report(town))
    paths.narrative("town-2020", "year").mkdir(parents=True)
    (paths.narrative("town-2020", "year") / "07-outlook.md").write_text("来年再看。", encoding="utf-8")
    assert run() == 0
    assert "来年再看" in text(paths.report(town))
    assert {f"chapters/07-outlook.{ending}" for ending in ("pdf", "html", "docx")} <= names(town)


@pytest.mark.reported
def test_force_runs_all_again(town):
    assert run("--force") == 0
    assert set(statuses(town).values()) == {"done"}


@pytest.mark.reported
def test_a_failure_leaves_a_hole_in_the_report_and_is_told_by_name(town, capsys):
    write("03-districts", "raise ValueError('no such district')", needs=("district",))
    assert run() == 1
    assert statuses(town) == {"01-overview": "skipped", "03-districts": "failed", "03-district-01-甲区": "skipped",
                              "03-district-02-乙区": "skipped"}
    told = capsys.readouterr().err
    assert "03-districts" in told
    assert "ValueError: no such district" in told
    assert "\x1b" not in told
    assert "no such district" in text(paths.report(town))
    assert paths.failed(town, "03-districts").exists()
    assert not paths.executed(town, "03-districts").exists()
    assert not paths.chapter_document(town, "03-districts", "pdf").exists()
    error = next(entry.error for entry in Manifest.read(town).notebooks if entry.status == "failed")
    assert error.cell == "raise ValueError('no such district')"
    write("03-districts", "print(year)", needs=("district",))
    assert run() == 0
    assert not paths.failed(town, "03-districts").exists()


@pytest.mark.reported
def test_a_failed_notebook_for_which_people_have_written_leaves_a_hole_too(town):
    folder = paths.narrative("town-2020", "year")
    folder.mkdir(parents=True)
    (folder / "03-districts.md").write_text("共{{calls.total}}。", encoding="utf-8")
    write("03-districts", "raise ValueError('no such district')", needs=("district",))
    assert run() == 1
    assert statuses(town)["03-districts"] == "failed"
    printed = text(paths.report(town)).replace("\n", "")
    assert "no such district" in printed
    assert "共3件" in printed.replace(" ", "")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_kernel_that_the_system_kills_leaves_a_hole_with_the_reason_and_the_next_run_completes_just_that(town, home):
    survived = home / "survived"
    write("03-districts", f"import os, pathlib\npathlib.Path({str(survived)!r}).exists() or os.kill(os.getpid(), 9)",
          needs=("district",))
    begin = time.monotonic()
    assert run() == 1
    assert time.monotonic() - begin < 30
    assert statuses(town) == {"01-overview": "done", "03-districts": "failed", "03-district-01-甲区": "done",
                              "03-district-02-乙区": "done"}
    assert "内核在运行中退出" in text(paths.report(town)).replace("\n", "")
    assert paths.chapter_document(town, "03-district-02-乙区", "pdf").is_file()
    survived.touch()
    assert run() == 0
    assert [stem for stem, status in statuses(town).items() if status == "done"] == ["03-districts"]
    assert "内核在运行中退出" not in text(paths.report(town)).replace("\n", "")


@pytest.mark.thorough
def test_several_years_are_made_in_one_run_each_with_its_own_outputs(town):
    add_year(2021)
    bring({"district": "甲区"}, year=2021)
    assert run("--year", "2021") == 0
    for folder in (town, paths.outputs("town-2021", "year")):
        assert set(statuses(folder).values()) == {"done"}
        assert paths.report(folder).is_file()
    assert run("--year", "2021") == 0
    assert set(statuses(paths.outputs("town-2021", "year")).values()) == {"skipped"}


def test_a_run_keeps_a_log_that_says_what_became_of_each_notebook_and_what_its_kernel_said(town, capfd):
    write("01-overview", "import os, warnings\nos.write(2, b'a font is missing')", "import warnings; warnings.warn('strange')")
    assert run() == 0
    log = next(paths.LOGS.glob("run-*-town-2020.log")).read_text(encoding="utf-8")
    assert "03-district-01-甲区 done in" in log
    assert "a font is missing" in log
    assert "a font is missing" not in "".join(capfd.readouterr())


def test_what_the_tickets_cannot_tell_is_absent_with_the_reason_and_no_failure(town):
    bring({"category": "住房"}, digest="no districts")
    assert run() == 0
    assert set(statuses(town).values()) == {"done", "absent"}
    absent = json.loads(paths.run(town).read_text(encoding="utf-8"))["notebooks"][1]
    assert (absent["stem"], absent["status"]) == ("03-districts", "absent")
    assert absent["reason"] == "2020年的数据没有“区”一栏的内容，故无法编制“各区”。"
    assert "没有“区”一栏的内容" in text(paths.report(town)).replace("\n", "")


@pytest.mark.reported
def test_zones_need_an_edition_that_has_them(town):
    write("03-districts", "1", needs=("zones",))
    run()
    assert Manifest.read(town).entry("03-districts").reason == "本版没有划定功能区，故无法编制“各区”。"


def test_a_chapter_runs_with_its_sections_and_the_report_holds_what_is_there(town):
    assert run("--chapter", "districts") == 0
    assert statuses(town) == dict.fromkeys(["03-districts", "03-district-01-甲区", "03-district-02-乙区"], "done")
    assert "总体情况" not in text(paths.report(town))
    assert run() == 0
    assert run("--chapter", "overview", "--force") == 0
    assert list(statuses(town).values()) == ["done", "skipped", "skipped", "skipped"]
    assert "各区情况" in text(paths.report(town))


@pytest.mark.reported
def test_a_chapter_alone_keeps_the_other_chapters_of_before_and_marks_them_as_stale(town, capsys):
    before = names(town)
    write("03-district", "print('another')", entity="district", needs=("district",))
    assert run("--chapter", "overview") == 0
    assert statuses(town) == {"01-overview": "skipped", "03-districts": "skipped",
                              "03-district-01-甲区": "stale", "03-district-02-乙区": "stale"}
    assert names(town) == before
    kept = Manifest.read(town).entry("03-district-01-甲区").reason
    assert kept == "本部分未随本次重新编制，以下是此前的结果（03-district.ipynb 有变）。"
    assert text(paths.report(town)).count("本部分未随本次重新编制") == 2
    assert any(line.startswith("未更新：03-district-01-甲区") for line in verify.verify_outputs(town))
    assert run("--chapter", "overview", "--force") == 0
    assert Manifest.read(town).entry("03-district-01-甲区").reason == kept
    assert run() == 0
    assert set(statuses(town).values()) == {"done", "skipped"}
    assert "未随本次重新编制" not in text(paths.report(town))


@pytest.mark.reported
def test_a_notebook_that_was_run_and_saved_is_not_stale(town):
    notebook = nbformat.read(paths.notebook("01-overview"), 4)
    notebook.cells[-1].update(outputs=[nbformat.v4.new_output("stream", text="x")], execution_count=7)
    notebook.metadata["kernelspec"]["display_name"] = "another"
    nbformat.write(notebook, paths.notebook("01-overview"))
    assert run() == 0
    assert set(statuses(town).values()) == {"skipped"}


def test_reports_are_written_where_the_command_says(town, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "OUTPUTS", paths.OUTPUTS)  # both are set back
    monkeypatch.setattr(paths, "LOGS", paths.LOGS)
    assert run("--outputs", str(tmp_path / "elsewhere")) == 0
    assert paths.report(tmp_path / "elsewhere" / "town-2020").is_file()
    assert not town.exists()


@pytest.mark.reported
def test_outputs_of_what_is_no_longer_planned_are_removed(town):
    edition = paths.edition("town", 2020)
    edition.write_text(edition.read_text(encoding="utf-8").replace("- 乙区\n", ""), encoding="utf-8")
    keep = town / "own-notes.txt"
    keep.write_text("mine")
    assert run() == 0
    assert not [name for name in names(town) if "乙区" in name]
    assert keep.exists()


def test_a_part_of_the_year_has_a_folder_of_its_own_and_the_whole_year_none(town):
    assert run("--period", "Q1") == 0
    assert Manifest.read(paths.outputs("town-2020", "Q1")).period == "2020-Q1"
    assert request.parse("town", 2020, "2020", "year_ago", []).folder == town


@pytest.mark.parametrize(("period", "compare", "folder"), [
    ("Q3", "year_ago", "town-2020-Q3"), ("Q3", "2019-Q3", "town-2020-Q3"), ("Q3", "previous", "town-2020-Q3-previous"),
    ("Q3", "2020-Q1", "town-2020-Q3-2020-Q1"), ("year", "previous", "town-2020")])
def test_two_comparisons_of_a_period_have_two_folders(town, period, compare, folder):
    assert request.parse("town", 2020, period, compare, []).folder == paths.OUTPUTS / folder


@pytest.mark.parametrize("period", ["Q3", "2020-Q3", "2020Q3", "M07..M09", "2020-M07..M09"])
def test_a_period_has_one_folder_and_one_name_however_it_is_written(town, period):
    asked = request.parse("town", 2020, period, "year_ago", [])
    assert asked.folder == paths.OUTPUTS / "town-2020-Q3"
    assert asked.parameters["period"] == "Q3"


def test_a_period_of_another_year_is_refused_with_the_year_to_use(town, capsys):
    assert run("--period", "2019-Q3") == 2
    assert "period '2019-Q3' is not in 2020: write --year 2019 with it" in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()


def test_exports_beside_simulated_tickets_are_refused_with_the_command_that_puts_them_in_place(town, capsys):
    bring({"district": "甲区"}, data="simulated")
    assert plan.prepare(request.parse("town", 2020, "year", "year_ago", []), None) is None
    paths.raw("town-2020").mkdir(parents=True)
    for name in ("b 1.csv", "a.xlsx", ".hidden.csv", "~$a.xlsx", "notes.md"):
        (paths.raw("town-2020") / name).write_text("x")
    assert run() == 1
    assert ("python -m helpers.ingest data/raw/town-2020/a.xlsx 'data/raw/town-2020/b 1.csv' --city town --year 2020 "
            "--mapping FILE --replace\n") in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()


def test_a_year_that_cannot_be_printed_is_named_with_its_log_and_the_later_ones_are_printed(town, capsys):
    add_year(2021)
    bring({"district": "甲区"}, year=2021)
    write("01-overview", SHOWS.replace("'table':", "'table' if year == 2021 else 'lost':"))
    assert run("--year", "2021") == 1
    told = capsys.readouterr().err
    assert "error: town-2020: unexpected KeyError" in told
    log = next(paths.LOGS.glob("error-*"))
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert str(log) in told
    assert paths.report(paths.outputs("town-2021", "year")).is_file()
    assert Manifest.read(town).notebooks


@pytest.mark.thorough
def test_a_reconciliation_is_reused_until_the_tickets_of_either_year_change(town):
    reprint(paths.published("town-2020"))
    add_year(2019)
    bring({"district": "甲区"}, year=2019)

    def written_at() -> int:
        assert run() == 0
        return paths.reconciliation(town).stat().st_mtime_ns

    first = written_at()
    assert written_at() == first
    bring({"district": "甲区"}, year=2019, digest="2")
    second = written_at()
    assert second > first
    bring({"district": "乙区"}, digest="2")
    assert written_at() > second


def test_a_dry_run_tells_and_writes_nothing(town, capsys):
    assert run("--dry-run") == 0
    said = capsys.readouterr().out
    assert "数据尚未准备" in said
    assert "03-districts" in said
    assert not paths.OUTPUTS.exists()
    assert not paths.cube("town-2020").exists()
    run()
    write("01-overview", "1")
    capsys.readouterr()
    before = fingerprints.hash_file(paths.run(town))
    run("--dry-run")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["将运行", "01-overview"], ["沿用", "03-districts"],
                                                    ["沿用", "03-district-01-甲区"], ["沿用", "03-district-02-乙区"]]
    assert "有变" in lines[0]
    assert fingerprints.hash_file(paths.run(town)) == before


def test_a_dry_run_counts_nothing_of_the_year_before_where_the_assessment_month_begins_in_it(town, capsys):
    add_year(2019)
    bring({"district": "甲区"}, year=2019)
    edition = paths.edition("town", 2020)
    told = edition.read_text(encoding="utf-8").replace("month_starts_on: 1\n", "month_starts_on: 19\n")
    assert "month_starts_on: 19" in told
    edition.write_text(told, encoding="utf-8")
    assert run("--period", "Q2", "--compare", "previous") == 0
    shutil.rmtree(paths.cube("town-2019"))
    capsys.readouterr()
    assert run("--period", "Q1", "--compare", "2020-Q2", "--dry-run") == 0
    assert "town-2019 的数据尚未准备" in capsys.readouterr().out
    assert not paths.cube("town-2019").exists()


def test_an_engine_that_is_not_known_is_refused_before_anything_is_made(town, capsys):
    assert run("--engine", "foo://x") == 2
    assert "engine 'foo://x' is not known" in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()
    assert not paths.cube("town-2020").exists()


@pytest.mark.parametrize(("arguments", "said"), [
    (("--city", "twon"), "Did you mean 'town'"), (("--year", "1999"), "no edition of 1999"),
    (("--period", "Q5"), "period 'Q5' is not known"), (("--compare", "last"), "compare 'last' is not known"),
    (("--chapter", "district"), "Did you mean 'districts'")])
def test_what_is_not_known_is_refused_before_anything_is_made(town, capsys, arguments, said):
    given = {"--city": "town", "--year": "2020"} | dict([arguments])
    assert command.main([part for pair in given.items() for part in pair]) == 2
    assert said in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()
    assert not paths.cube("town-2020").exists()


@pytest.mark.parametrize("arguments", [["--jobs", "0"], ["--year", "MMXX"], ["--no-such"], ["--cell-timeout", "-1"]])
def test_a_command_line_that_cannot_be_read_ends_with_2(town, arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == 2


def test_a_notebook_without_a_parameter_that_it_is_given_is_refused(town, capsys):
    write("03-district", "1", entity="distrct")
    assert run() == 2
    assert "03-district.ipynb has no parameter 'district'" in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()


def test_a_notebook_that_is_not_there_is_named(town, capsys):
    paths.notebook("03-district").unlink()
    assert run() == 1
    assert "'03-district', which is not in notebooks/" in capsys.readouterr().err


def test_without_tickets_the_remedy_is_named(town, capsys):
    paths.tickets("town-2020").unlink()
    assert run() == 1
    assert "town 2020 has no tickets: lay its exports in data/raw/town-2020/" in capsys.readouterr().err


@pytest.mark.reported
def test_a_table_is_a_csv_of_its_values_as_they_are(town):
    contents = paths.table(town, "01-overview-工单_量").read_bytes()
    assert contents.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(contents.decode("utf-8-sig"))))
    assert rows == [["data", "district", "ticket_share"], ["export", "甲区", repr(2 / 3)], ["export", "'=乙区", ""]]


@pytest.mark.parametrize(("name", "kept"), [
    ("03-district-01-东城区", "03-district-01-东城区"), ("甲/乙", "甲_乙"), ("..", "_"), ("../甲", "__甲"),
    (".甲", "_甲"),
    ("", "_"), ("甲\x00\n乙", "甲__乙"), ("\u202e甲\u200b", "_甲_"), ("甲. ", "甲_"),
    ("CON", "_CON"), ("nul.txt", "_nul.txt"), ("COM1", "_COM1"), ("common", "common"),
    ('甲:*?"<>|\\', "甲________")])
def test_a_name_that_a_file_cannot_have_is_made_one_that_it_can(name, kept):
    assert paths.safe_name(name) == kept
    assert paths.safe_name(kept) == kept


def test_a_name_that_is_too_long_stays_apart_from_another_and_leaves_room_for_an_ending():
    first, second = paths.safe_name("区" * 100), paths.safe_name("区" * 99 + "县")
    assert first != second
    assert max(len(first.encode()), len(second.encode())) <= 200
    assert paths.safe_name(first) == first


def test_an_entity_with_an_impossible_name_is_printed_with_it_and_filed_without(town):
    bring({"district": "甲区"}, {"district": "甲/../区"})
    edition = paths.edition("town", 2020)
    edition.write_text(edition.read_text(encoding="utf-8").replace("- 乙区\n", "- 甲/../区\n"), encoding="utf-8")
    assert run() == 0
    stem = "03-district-02-甲_.._区"
    assert statuses(town)[stem] == "done"
    assert "甲/../区" in paths.executed(town, stem).read_text(encoding="utf-8")
    assert "甲/../区" in text(paths.report(town))


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.reported
def test_an_interrupted_report_ends_with_the_signals_code_and_keeps_the_earlier_one(town, home, number, code):
    before = fingerprints.hash_file(paths.run(town))
    mark = home / "started"
    write("01-overview", f"open({str(mark)!r}, 'w').close()\nimport time; time.sleep(100)")
    copied = home / "data" / "dictionary.yml"
    copied.write_bytes(paths.DICTIONARY.read_bytes())
    command = [sys.executable, "-m", "helpers.report", "--city", "town", "--year", "2020"]
    with subprocess.Popen(command, env=os.environ | {"HOTLINE_HOME": str(home)}, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        try:
            while not mark.exists():
                assert process.poll() is None, process.stderr.read().decode()[-1500:]
                time.sleep(0.1)
            process.send_signal(number)
            _, told = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == code
    assert b"Traceback" not in told
    assert fingerprints.hash_file(paths.run(town)) == before
    assert not [name for name in names(town) if Path(name).name.startswith(".")]


def since(folder: Path) -> str:
    return paths.changes(folder).read_text(encoding="utf-8")


@pytest.mark.reported
def test_a_run_of_the_same_inputs_moves_nothing_and_says_so_in_one_sentence(town, capsys):
    assert not paths.changes(town).exists()
    assert run("--force", "--since", str(paths.run(town))) == 0
    assert "数字、名次和文句都没有变动" in since(town)
    assert "编制依据" not in since(town)
    assert "与上次编制的差异" not in text(paths.report(town))
    assert "没有变动" in capsys.readouterr().out
    assert run() == 0
    assert not paths.changes(town).exists()


@pytest.mark.reported
def test_what_moved_since_an_earlier_run_is_listed_and_printed_with_the_reason(town, home):
    kept = home / "kept"
    shutil.copytree(town, kept)
    write("01-overview", SHOWS.replace("'工单量'", "'工单的数量'"))
    assert run("--since", str(paths.run(town))) == 0
    assert "| 题名 | 工单量 | 工单的数量 |" in since(town)
    assert "本节另有：01-overview.ipynb有改动。" in since(town)
    assert "与上次编制的差异" in text(paths.report(town))
    assert "与上次编制的差异" in paths.page(town).read_text(encoding="utf-8")
    assert "与上次编制的差异" not in text(paths.chapter_document(town, "01-overview", "pdf"))
    assert run("--since", str(paths.run(kept))) == 0
    assert "| 题名 | 工单量 | 工单的数量 |" in since(town)
    assert set(statuses(town).values()) == {"skipped"}
    run()
    assert "与上次编制的差异" not in text(paths.report(town))


@pytest.mark.thorough
def test_one_tickets_category_and_a_rule_of_the_edition_are_told_as_what_they_moved(town, home, monkeypatch):
    shutil.copy(paths.DICTIONARY, home / "data")
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    imports = "from helpers import chapters\nfrom helpers.analysis import measures\nfrom helpers.writing import prose"
    write("01-overview", imports, "chapter = chapters.open(city, year)",
          "volume = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, 'category'))",
          "chapter.table('各类来电量', volume, ['category', 'tickets'])",
          "chapter.paragraph(prose.in_order(volume, 'category', '来电较多的问题', chapter.edition.categories.top, least=1))")
    bring(*({"category": name} for name in "甲甲甲乙乙"))
    run("--chapter", "overview")
    bring(*({"category": name} for name in "甲乙甲乙乙"), digest="2")
    assert run("--chapter", "overview", "--since", str(paths.run(town))) == 0
    assert "| 工单 | town-2020 | town.csv 1 | town.csv 2 |" in since(town)
    assert "| 各类来电量 | 甲 | 数量 | 3件 | 2件 | -1件 |" in since(town)
    assert "| 各类来电量 | 乙 | 排列位次 | 第2位 | 第1位 | 升1位 |" in since(town)
    edition = paths.edition("town", 2020)
    edition.write_text(edition.read_text(encoding="utf-8").replace("top: 10\n", "top: 1\n", 1), encoding="utf-8")
    assert run("--chapter", "overview", "--since", str(paths.run(town))) == 0
    assert "| 版本设定 | town-2020：categories.top | 10 | 1 |" in since(town)
    assert "工单 | town-2020" not in since(town)
    assert "### 文句的变动" in since(town)
    assert "### 数字的变动" not in since(town)


@pytest.mark.reported
def test_chapters_that_only_one_run_was_asked_for_are_named_as_not_compared(town, home):
    kept = home / "kept"
    shutil.copytree(town, kept)
    shutil.rmtree(town)
    assert run("--chapter", "overview", "--since", str(paths.run(kept))) == 0
    assert "## 未作比较" in since(town)
    assert "- 甲区" in since(town)
    assert "都没有变动" in since(town)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--since", "nowhere.json"], "nowhere.json: cannot be read"),
    (["--since", "nowhere.json", "--year", "2021"], "--since compares one year")])
def test_an_earlier_run_that_cannot_be_compared_is_refused_before_anything_is_made(town, capsys, arguments, said):
    add_year(2021)
    assert run(*arguments) == 2
    assert said in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()
    assert not paths.cube("town-2020").exists()


def test_an_unknown_chapter_names_the_nearest(town):
    with pytest.raises(UserError, match="Did you mean 'overview'"):
        plan.check(request.parse("town", 2020, "year", "year_ago", ["overviews"]))


@pytest.mark.reported
def test_what_run_json_says_is_valid_json_with_words_as_they_are(town):
    assert "03-district-01-甲区" in paths.run(town).read_text(encoding="utf-8")
    assert json.loads(paths.run(town).read_text(encoding="utf-8"))["edition"] == "town-2020"
