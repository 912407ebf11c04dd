"""The whole road once, for the published year: simulated tickets, cube, chapters, one PDF and one HTML, read as a reader does."""

import json
import re

import nbformat
import pandas as pd
import pypdf
import pytest

from helpers.analysis.reconciliation import published
from helpers.report import command
from helpers.settings import editions, number_format, paths

CITY, YEAR = "beijing", 2020
NUMBERS = editions.read(CITY, YEAR).numbers


@pytest.fixture(scope="module")
def made(simulated, tmp_path_factory):
    """The folder of a report that was made from the tickets in data/, and the exit code."""
    outputs = tmp_path_factory.mktemp("outputs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "OUTPUTS", outputs)
        code = command.main(["--city", CITY, "--year", str(YEAR)])
    return outputs / paths.edition_key(CITY, YEAR), code


@pytest.fixture(scope="module")
def folder(made):
    return made[0]


@pytest.fixture(scope="module")
def pages(folder):
    return [squeezed(page.extract_text()) for page in pypdf.PdfReader(folder / "report.pdf").pages]


@pytest.fixture(scope="module")
def sections(folder):
    """The text below each heading of the PDF, up to the next one, by its place in the outline: (2, 4) is 二（四）.

    The running head, a page's first line, and its number, the last one, are left out: paragraphs go on over pages.
    """
    reader = pypdf.PdfReader(folder / "report.pdf")
    headings = list(places(reader.outline))
    first = reader.get_destination_page_number(reader.outline[0])
    text = squeezed("".join(line for page in reader.pages[first:] for line in page.extract_text().splitlines()[1:-1]))
    position, begins = 0, []
    for place, title in headings:
        position = text.index(squeezed(title), position) + len(squeezed(title))
        begins.append((place, position))
    ends = [begin for _, begin in begins[1:]] + [len(text)]
    return {place: text[begin:end] for (place, begin), end in zip(begins, ends, strict=True)}


def places(outline, above=()):
    number = 0
    for item in outline:
        if isinstance(item, list):
            yield from places(item, (*above, number))
        else:
            number += 1
            yield (*above, number), item.title


def squeezed(text):
    return re.sub(r"\s+", "", text)


def payloads(folder):
    for file in sorted((folder / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(file, as_version=4).cells:
            for output in cell.get("outputs", []):
                payload = output.get("data", {}).get("application/vnd.hotline+json")
                if payload:
                    yield file.stem, payload


def test_every_expected_output_is_there(made):
    folder, code = made
    assert code == 0
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert run["data"] == "simulated"
    assert {one["status"] for one in run["notebooks"]} == {"done"}
    for one in run["notebooks"]:
        assert (folder / "notebooks" / f"{one['stem']}.ipynb").is_file()
        assert all((folder / "chapters" / f"{one['stem']}.{ending}").is_file() for ending in ("pdf", "html", "docx"))
    assert all((folder / name).is_file() for name in ("report.pdf", "index.html", "report.docx", "tables.xlsx"))
    drawn = {payload["caption"] for _, payload in payloads(folder) if payload["kind"] == "figure"}
    assert len(list((folder / "figures").glob("*.png"))) >= len(drawn) >= 40


def test_all_charts_and_tables_of_the_printed_report_are_there(folder):
    kinds = [(stem, payload["kind"]) for stem, payload in payloads(folder)]
    figures, tables = ([stem for stem, kind in kinds if kind == wanted] for wanted in ("figure", "table"))
    for begins, number in (("02-hotspot-category-", 10), ("03-district-", 16)):  # each as a table what or where, and drawn when
        assert sum(stem.startswith(begins) for stem in figures) == number
        assert sum(stem.startswith(begins) for stem in tables) == number
    assert {"01-summary", "02-hotspots", "03-districts"} <= set(figures)
    assert figures.count("05-agencies") == 2
    assert len(figures) >= 40
    assert sum(stem == "06-rankings" and kind == "table" for stem, kind in kinds) == 8


def test_every_page_figure_and_table_says_that_the_data_are_simulated(folder, pages):
    assert all("模拟数据" in page for page in pages)
    assert all(payload["data"] == "simulated" for _, payload in payloads(folder) if payload["kind"] != "absence")
    drawings = [output["data"]["image/svg+xml"] for file in (folder / "notebooks").glob("*.ipynb")
                for cell in nbformat.read(file, as_version=4).cells for output in cell.get("outputs", [])
                if "image/svg+xml" in output.get("data", {})]
    assert all("模拟数据" in drawing for drawing in drawings)
    for file in (folder / "tables").glob("*.csv"):
        assert set(pd.read_csv(file, usecols=["data"])["data"]) == {"simulated"}


def test_the_words_of_the_pdf_are_found_and_none_is_a_radical(pages):
    text = "".join(pages)
    assert all(word in text for word in ("漷县镇", "目录", "门头沟"))
    assert not re.search("[⺀-⿟]", text)


def test_the_page_is_one_file_without_a_network(folder):
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page)
    assert "模拟数据" in page


def test_chapters_are_numbered_as_the_printed_report_numbers_them(folder):
    titles = [squeezed(title) for place, title in places(pypdf.PdfReader(folder / "report.pdf").outline)]
    assert titles[0] == "一、总体情况"
    assert "（十）教育" in titles
    assert "16.延庆区" in titles
    assert "（四）国有企业排名情况" in titles


def printed(row):
    """The forms in which the house prints a figure."""
    value = row.recomputed
    if row.unit in ("万件", "件"):
        return [number_format.count(int(value), NUMBERS), number_format.headline(int(value), NUMBERS), f"{int(value)}件",
                number_format.phrase(int(value), "threshold", NUMBERS)]
    if row.unit == "%":
        return [number_format.percent(abs(value), NUMBERS)]
    if row.unit == "month":
        return [f"{int(value)}月"]
    return [f"{int(value)}个"]


FIGURES = pd.read_csv(paths.published(paths.edition_key(CITY, YEAR)) / "figures.csv", dtype=str, keep_default_na=False)
# What is about (约) has no one number to print; a month from which a trend runs is checked as a claim; a count no ticket holds.
TOLD = FIGURES[(FIGURES["approx"] == "false") & ~FIGURES["measure"].isin(["count", "trend_from_month"])]


@pytest.fixture(scope="module")
def sentences(folder):
    """The prose of each executed notebook, without white space."""
    told = {}
    for stem, payload in payloads(folder):
        if payload["kind"] == "prose":
            said = [part if isinstance(part, str) else part["text"] for one in payload["sentences"] for part in one["parts"]]
            told.setdefault(stem, []).append(squeezed("".join(said)))
    return told


STEMS = {(1,): "01-overview", (2,): "02-hotspots", (3,): "03-districts", (3, 2): "04-functional-zones", (3, 3): "05-agencies",
         (3, 4): "05-agencies", (4,): "06-rankings"}


def stem_of(place, stems):
    """The notebook that tells a section: that of the category or district, else of the nearest heading above it."""
    sections = {(2, 2): "02-hotspot-category-{:02}-", (3, 3): "03-district-{:02}-"}
    start = sections.get((place[0], len(place)), "").format(place[-1])
    if start and (place[0] == 2 or place[1] == 1):
        return next(stem for stem in stems if stem.startswith(start))
    return next(STEMS[place[:depth]] for depth in range(len(place), 0, -1) if place[:depth] in STEMS)


def numbers_of(section):
    return tuple(int(number) for number in section.split(".") if int(number))


@pytest.mark.parametrize("name", TOLD["id"])
def test_a_sentence_of_its_section_says_the_figure(folder, sentences, name):
    rows = pd.read_csv(folder / "reconciliation.csv", dtype={"section": str})
    row = next(rows[rows["id"] == name].itertuples())
    assert row.status in ("match", "erratum")
    prose = "".join(sentences[stem_of(numbers_of(row.section), sentences)])
    said = any(re.search(rf"(?<![\d.]){re.escape(form)}", prose) for form in printed(row))
    assert said or row.status == "erratum", f"{printed(row)} is not in: {prose}"


REFERENCE = re.compile(r"（见[图表\d、]+）|，见[图表\d、]+(?=。)")  # what the document adds to a paragraph: 见图1、表2


def test_the_pdf_holds_every_sentence_in_its_section(sections, sentences):
    for place, text in sections.items():
        text = REFERENCE.sub("", text)
        if place[0] in (2, 3) and len(place) == place[0]:
            for sentence in sentences.get(stem_of(place, sentences), []) if place[:2] != (3, 2) else []:
                assert sentence in text, place


def test_the_reconciliation_says_that_all_is_met(folder):
    figures = pd.read_csv(folder / "reconciliation.csv")
    assert set(figures["status"]) == {"match", "erratum", "not_computable"}
    assert (figures["status"] == "erratum").sum() <= published.EXCUSED
    assert f"{(figures['status'] == 'match').sum()}个与重算结果相符" in (folder / "report.md").read_text()
