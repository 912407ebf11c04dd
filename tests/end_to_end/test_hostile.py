"""Names that attack and rows that hold persons: one town's export through the whole command, then a look into every output."""

import csv
import html.parser
import itertools
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import openpyxl
import pypdf
import pytest
import yaml
from lxml import etree

from helpers.settings import paths

pytestmark = pytest.mark.slow
NAMES = ['=HYPERLINK("http://evil.example","x")', "<script>alert(1)</script>", '#import "x": *', "{{7*7}}", "../../x",
         "甲\u202e乙\u200b区", "长" * 10_000, "吉野区", "+cmd|' /C calc'!A0", 'a\nb,"c"', "$x$ [#panic()] @ref <l> `y` \\",
         "<r>&amp;&lt;b</r>",
         "![i](http://evil.example/i.png) [l](javascript:alert(1))"]
PLANTED = ["李四四", "王小明", "13812345678", "11010519491231002X", "幸福路12号楼3单元601", "家里停水三天了请快处理"]
HEADER = ["编号", "登记", "类别", "层级", "名称", "回答", "姓名", "经办人", "电话", "证件", "地址", "内容"]
LEVELS = {"部门": "district_department", "街道": "subdistrict", "市属": "municipal_agency", "国企": "state_owned_enterprise"}
ANSWERS = {"resolved": {"是": "resolved", "否": "unresolved"}, "satisfied": {"是": "satisfied", "否": "dissatisfied"},
           "contacted": {"是": True, "否": True}}
MAPPING = {"source": "a test", "columns": {
    "ticket_id": "编号", "received_at": "登记", "tags": {"column": "名称", "separator": "\x1f"},
    "assessment": {"column": "回答", "values": {}, "default": "full"},
    **dict.fromkeys(("category", "subcategory", "topic", "owner", "district", "subdistrict", "community", "source"), "名称"),
    "owner_level": {"column": "层级", "values": LEVELS},
    **{name: {"column": "回答", "values": words} for name, words in ANSWERS.items()}}}
CHAPTERS = [{"title": "总体", "notebook": "01-overview"}, {"title": "热点", "notebook": "02-hotspots"},
            {"title": "各区", "notebook": "03-districts",
             "sections": {"notebook": "03-district", "each": "district", "least": 1}},
            {"title": "机构", "notebook": "05-agencies"}, {"title": "排名", "notebook": "06-rankings"},
            {"title": "数据质量", "notebook": "91-data-quality", "appendix": True}]


def found(home: Path) -> None:
    """Write a project whose one edition is named after everything that attacks."""
    for folder in ("editions", "mappings", "reference"):
        shutil.copytree(paths.DATA / folder, home / "data" / folder)
    for file in paths.DATA.glob("*.yml"):
        shutil.copy(file, home / "data")
    shutil.copytree(paths.NOTEBOOKS, home / "notebooks")
    edition = yaml.safe_load(paths.edition("beijing", 2020).read_text(encoding="utf-8"))
    for key in ("simulation", "zones", "places", "crosswalk", "extent", "boundaries"):
        edition.pop(key, None)
    edition |= {"city": "town", "districts": NAMES, "mapping": "town", "chapters": CHAPTERS}
    edition["categories"]["listed_from"] = edition["rankings"]["min_valid"] = 1
    (home / "data" / "editions" / "town-2020.yml").write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
    (home / "data" / "mappings" / "town.yml").write_text(yaml.safe_dump(MAPPING, allow_unicode=True), encoding="utf-8")


def export(file: Path) -> Path:
    """Write the town's export: every name in every column, and persons in columns that no mapping names."""
    named = itertools.product(enumerate(NAMES), LEVELS, range(1, 13))
    rows = [[f"T{number:05}", f"2020-{month:02}-03", name, level, name, "否" if number % (3 + place) == 0 else "是", *PLANTED]
            for number, ((place, name), level, month) in enumerate(named)]
    with file.open("w", newline="", encoding="utf-8") as opened:
        csv.writer(opened).writerows([HEADER, *rows, ["T9", "昨天", *rows[0][2:]]])  # one for the quarantine
    return file


def call(home: Path, module: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", module, *arguments, "--city", "town", "--year", "2020"], capture_output=True,
                          text=True, env=os.environ | {"HOTLINE_HOME": str(home)})


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> tuple[Path, str]:
    """The home of the report that was made, and all that was printed on the way."""
    home = tmp_path_factory.mktemp("town")
    found(home)
    taken = call(home, "helpers.ingest", str(export(tmp_path_factory.mktemp("export") / "town.csv")))
    made = call(home, "helpers.report", "--jobs", "2")
    assert (taken.returncode, made.returncode) == (0, 0), taken.stderr + made.stderr
    return home, taken.stdout + taken.stderr + made.stdout + made.stderr


@pytest.fixture
def outputs(said) -> Path:
    return said[0] / "outputs" / "town-2020"


class Elements(html.parser.HTMLParser):
    """Counts a page's elements, and keeps what its attributes would run or load."""

    def __init__(self, page: Path):
        super().__init__()
        self.counts, self.reaching = {}, []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.reaching += [(tag, name) for name, value in attrs if name.startswith("on") or (
            name in ("href", "src", "srcdoc", "action") and value and not value.startswith(("#", "data:image/")))]


def test_every_file_lies_in_the_folder_of_outputs_under_a_name_that_any_system_holds(said, outputs):
    files = [file for file in outputs.rglob("*") if file.is_file()]
    sections = [file.name for file in (outputs / "chapters").glob("03-district-*.pdf")]
    assert len(sections) == len(NAMES) - 1  # two lose signs that nobody sees when read: in others
    assert "03-district-others.pdf" in sections
    assert all(len(file.name.encode()) <= 255 and not re.search(r'[<>:"|?*\\\x00-\x1f\u200b\u202e]', file.name) for file in files)
    assert {file.name for file in said[0].iterdir()} == {"data", "notebooks", "outputs"}
    assert {folder.name for folder in (said[0] / "outputs").iterdir()} == {"town-2020", "logs"}


def test_no_cell_of_a_workbook_is_a_formula_or_leads_out_of_it(outputs):
    for name in ("tables.xlsx", "checklist.xlsx"):
        cells = [cell for sheet in openpyxl.load_workbook(outputs / name) for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
        assert {cell.hyperlink.target for cell in cells if cell.hyperlink} <= {None, "tables.xlsx"}
        assert NAMES[0] in {cell.value for cell in cells} or name != "tables.xlsx"


def test_no_cell_of_a_csv_begins_as_a_formula(outputs):
    for file in (outputs / "tables").glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            cells = [cell for row in csv.reader(opened) for cell in row]
        runs = [cell for cell in cells if re.match(r"[=+\-@\t\r]", cell)]
        assert [cell for cell in runs if not re.fullmatch(r"[+-]?[\d.]+(e-?\d+)?%?", cell)] == []


def test_a_page_has_no_element_but_its_own_and_reaches_nothing(outputs):
    pages = [outputs / "index.html", *(outputs / "chapters").glob("*.html")]
    counted = [Elements(page) for page in pages]
    assert {one.counts.get("script") for one in counted} == {1}
    assert not set().union(*(one.counts for one in counted)) & {"iframe", "object", "embed", "base", "link", "r"}
    assert [reaching for one in counted for reaching in one.reaching if reaching[0] != "a"] == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].read_text(encoding="utf-8")


def test_the_pdf_prints_names_as_they_are_and_leads_nowhere(outputs):
    pages = pypdf.PdfReader(outputs / "report.pdf").pages
    printed = "".join(page.extract_text() for page in pages).replace("\n", "")
    for name in ("<script>alert(1)</script>", '#import "x": *', "{{7*7}}", "../../x", "吉野区", "#panic()", "http://evil"):
        assert name in printed, name
    links = [note.get_object().get("/A", {}).get("/URI") for page in pages for note in page.get("/Annots") or []]
    assert not [link for link in links if link]


def test_the_word_file_is_well_formed_and_leads_nowhere(outputs):
    with zipfile.ZipFile(outputs / "report.docx") as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            etree.fromstring(part)
    assert not [name for name, part in parts.items() if name.endswith(".rels") and b'TargetMode="External"' in part]
    fields = re.findall(r"<w:instrText[^>]*>\s*(\w+)", parts["word/document.xml"].decode())
    assert set(fields) <= {"REF", "SEQ", "TOC", "PAGE", "NUMPAGES", "PAGEREF"}


def test_executed_notebooks_are_valid_and_hold_no_script(outputs):
    for file in (outputs / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
        outputs_ = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        shown = [output.get("data", {}).get("text/html", "") for output in outputs_]
        assert not [one for one in shown if re.search(r"<script|<img|\son\w+=", one)]


def leaks(folder: Path, printed: str) -> list[str]:
    """Return where planted words stand: in files, packed ones unpacked, in text of a PDF, in what was printed."""
    places = {"printed": printed.encode()}
    for file in (one for one in folder.rglob("*") if one.is_file()):
        places[str(file)] = file.read_bytes()
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                places |= {f"{file}:{name}": packed.read(name) for name in packed.namelist()}
        if file.suffix == ".pdf":
            text = "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
            places[f"{file} as text"] = text.replace("\n", "").encode()
    words = {form for word in PLANTED for form in (word.encode(), ascii(word)[1:-1].encode())}
    return [place for place, contents in places.items() if any(word in contents for word in words)]


def test_planted_persons_are_nowhere_in_tickets_quarantine_outputs_and_what_was_printed(said):
    assert leaks(*said) == []


@pytest.mark.thorough
def test_mapped_persons_are_refused_by_column_and_a_failing_notebook_shows_none(said, tmp_path):
    home = shutil.copytree(said[0], tmp_path / "town", ignore=shutil.ignore_patterns("outputs"))
    mapping = MAPPING | {"columns": MAPPING["columns"] | {"owner": "经办人", "topic": "地址", "community": "电话"}}
    (home / "data" / "mappings" / "town.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    before = paths.tickets("town-2020").relative_to(paths.ROOT)
    held = (home / before).read_bytes()
    refused = call(home, "helpers.ingest", str(export(tmp_path / "town.csv")), "--replace")
    assert refused.returncode == 1
    assert "topic (地址) holds what may point at a person: addresses in 624 rows" in refused.stderr
    assert "community (电话) holds what may point at a person: mobile numbers in 624 rows" in refused.stderr
    assert (home / before).read_bytes() == held
    notebook = nbformat.read(home / "notebooks" / "01-overview.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("from helpers.tickets import schema\n"
                                                    "raise ValueError(schema.read(city, year).limit(1).to_pandas().to_dict())"))
    nbformat.write(notebook, home / "notebooks" / "01-overview.ipynb")
    failed = call(home, "helpers.report", "--chapter", "overview")
    assert failed.returncode == 1
    assert leaks(home, refused.stdout + refused.stderr + failed.stdout + failed.stderr) == []
