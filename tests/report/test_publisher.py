"""What a run writes: every file of every part, by its name, again only where its part has changed."""

import csv
import dataclasses
import io
from concurrent import futures
from types import SimpleNamespace

import docx
import openpyxl
import pytest
from nbformat import v4
from support.publishing import publish

from helpers.chapters.output import MIME
from helpers.document.document import SectionContent
from helpers.report import publisher
from helpers.settings import paths

pytestmark = pytest.mark.slow
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="90pt"><rect width="9" height="9"/></svg>'
OVERVIEW = {"report.pdf", "report.docx", "report.md", "index.html", "tables.xlsx", "checklist.xlsx", "tables/dictionary.csv",
            "tables/datapackage.json"}


def shown(kind, caption, value=1):
    columns = [{"name": "district", "words": "区", "unit": "", "kind": "text"},
               {"name": "tickets", "words": "数量", "unit": "件", "kind": "count"}]
    payload = {"kind": kind, "name": caption, "caption": caption, "data": "simulated", "alt": f"东城区{value}件。",
               "table": {"columns": columns, "rows": [["东城区", value]], "printed": [["东城区", str(value)]]}}
    data = {MIME: payload, "text/plain": ""} | ({"image/svg+xml": SVG} if kind == "figure" else {})
    return v4.new_code_cell(outputs=[v4.new_output("display_data", data=data)])


def done(stem, *shown, status="done"):
    book = v4.new_notebook(cells=[*shown], metadata={"hotline": {}})
    for place, cell in enumerate(book.cells):
        cell["id"] = str(place)
    return SectionContent(stem, book, status, stem, 1)


@pytest.fixture
def press(home):
    """A folder for the outputs of Beijing 2020, of which nothing is published, and a pool that writes them."""
    folder = paths.outputs("beijing-2020", "year")
    folder.mkdir(parents=True)
    with futures.ThreadPoolExecutor(2) as pool:
        yield SimpleNamespace(folder=folder, pool=pool)


def there(press):
    names = {file.relative_to(press.folder).as_posix() for file in press.folder.rglob("*") if file.is_file()}
    return {name for name in names if not name.startswith("notebooks/")}


def written_at(press):
    return {name: (press.folder / name).stat().st_mtime_ns for name in there(press)}


def files(stem):
    return {f"chapters/{stem}.{ending}" for ending in ("pdf", "html", "docx")}


def test_a_chapter_has_a_csv_for_each_table_and_figure_and_a_picture_of_the_figures_name(press):
    parts = publish(press, done("01-a", shown("figure", "甲/图"), shown("table", "乙"), shown("figure", "甲:图")))
    assert there(press) == OVERVIEW | files("01-a") | {
        "tables/01-a-甲_图.csv", "tables/01-a-甲_图-2.csv", "tables/01-a-乙.csv",
        "figures/01-a-甲_图.png", "figures/01-a-甲_图-2.png", "figures/01-a-甲_图.svg", "figures/01-a-甲_图-2.svg"}
    assert {name for part in parts.values() for name in part.files} == there(press)
    assert (press.folder / "figures/01-a-甲_图.png").read_bytes().startswith(b"\x89PNG")


def test_the_dictionary_explains_every_column_of_every_csv(press):
    publish(press, done("01-a", shown("figure", "甲")), done("02-b", shown("table", "甲"), shown("table", "乙")))

    def rows(file):
        return list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))

    tables = {file.name: rows(file)[0] for file in sorted(press.folder.glob("tables/*.csv"))}
    head, *explained = rows(paths.dictionary(press.folder))
    assert tables.pop("dictionary.csv") == head
    assert sorted((row[1], row[2]) for row in explained) == sorted((name, one) for name, head in tables.items() for one in head)
    assert head[0] == "data"


def test_numbers_in_workbook_and_csv_are_those_of_the_notebook(press):
    publish(press, done("01-a", shown("table", "甲", 123456.7891234)))
    assert openpyxl.load_workbook(paths.workbook(press.folder))["表1"]["B7"].value == 123456.7891234
    assert "simulated,东城区,123456.7891234" in paths.table(press.folder, "01-a-甲").read_text(encoding="utf-8-sig")


def test_what_has_not_changed_is_not_written_again(press):
    results = [done("01-a", shown("figure", "甲")), done("02-b", shown("figure", "乙"))]
    parts, before = publish(press, *results), written_at(press)
    assert publish(press, *results, previous=parts) == parts
    assert written_at(press) == before
    publish(press, results[0], done("02-b", shown("figure", "乙", 2)), previous=parts)
    again = {name for name, at in written_at(press).items() if at != before[name]}
    assert again == OVERVIEW | files("02-b") | {"tables/02-b-乙.csv", "figures/02-b-乙.png", "figures/02-b-乙.svg"}


def test_a_chapter_that_is_printed_before_the_others_have_ended_is_the_same(press):
    results = [done("01-a", shown("figure", "甲")), done("02-b", shown("figure", "乙"))]
    early, at = publish(press, *results, early=["02-b"]), written_at(press)
    assert publish(press, *results, early=["02-b"], previous=early) == early
    assert written_at(press) == at
    late = publish(press, *results)
    assert {name: part.files for name, part in late.items()} == {name: part.files for name, part in early.items()}


@pytest.mark.parametrize("lost", ["figures/01-a-甲.png", "chapters/01-a.docx", "report.docx", "tables.xlsx",
                                  "tables/dictionary.csv"])
def test_a_file_that_is_lost_is_made_again(press, lost):
    results = [done("01-a", shown("figure", "甲"))]
    parts = publish(press, *results)
    (press.folder / lost).unlink()
    publish(press, *results, previous=parts)
    assert (press.folder / lost).is_file()


def test_what_failed_or_is_absent_has_no_files_of_its_own(press):
    failed = done("01-a", shown("figure", "甲"), status="failed")
    absent = SectionContent("02-b", None, "absent", "乙", 1, "没有数据。")
    publish(press, failed, absent)
    assert there(press) == OVERVIEW
    assert openpyxl.load_workbook(paths.workbook(press.folder)).sheetnames[:3] == ["封面", "目录", "说明"]


def test_pictures_and_tables_that_are_no_longer_expected_are_swept_away(press):
    publish(press, done("01-a", shown("figure", "甲")))
    kept = {press.folder / name for name in there(press) if "甲" not in name}
    publisher.remove_stale(press.folder, kept)
    assert there(press) == OVERVIEW | files("01-a")


def test_the_word_file_of_the_report_shows_the_drawings_of_its_chapters_in_their_order(press):
    publish(press, done("01-a", shown("figure", "甲", 1)), done("02-b", shown("figure", "乙", 2), shown("figure", "丙", 3)))
    described = [[shape._inline.docPr.get("descr") for shape in docx.Document(file).inline_shapes]
                 for file in (paths.report(press.folder, "docx"), paths.chapter_document(press.folder, "02-b", "docx"))]
    assert described == [["东城区1件。", "东城区2件。", "东城区3件。"], ["东城区2件。", "东城区3件。"]]


def test_what_is_in_front_is_the_summary_too_and_goes_with_it(press):
    front = dataclasses.replace(done("01-summary", shown("figure", "数字")), kind="front")
    publish(press, front, done("02-b", shown("table", "乙")))
    assert (press.folder / "summary.pdf").read_bytes() == (press.folder / "chapters/01-summary.pdf").read_bytes()
