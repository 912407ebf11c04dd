"""A town with an edition, notebooks that take no time, and a few tickets: the smallest project that a report is made of."""

from datetime import datetime
from pathlib import Path

import nbformat
import pyarrow as pa
import pypdf
import pytest
import yaml

from helpers.report import command
from helpers.report.manifest import Manifest
from helpers.settings import editions, paths
from helpers.tickets import schema

TAKEN_FROM = paths.edition("beijing", 2020)
CHAPTERS = [{"title": "总体情况", "notebook": "01-overview"},
            {"title": "各区情况", "parts": [{"title": "各区", "notebook": "03-districts",
                                         "sections": {"notebook": "03-district", "each": "district",
                                                                      "least": 1}}]}]
TABLE = {"kind": "table", "name": "工单/量", "caption": "工单量", "data": "export", "table": {
    "columns": [{"name": "district", "words": "区", "unit": "", "kind": "name"},
                {"name": "ticket_share", "words": "占比", "unit": "%", "kind": "share"}],
    "rows": [["甲区", 2 / 3], ["=乙区", None]], "printed": [["甲区", "66.67%"], ["=乙区", "—"]]}}
SHOWS = f"""import IPython.display
IPython.display.display({{"application/vnd.hotline+json": {TABLE!r}, "text/plain": ""}}, raw=True)"""


def write(stem: str, *cells: str, needs: tuple[str, ...] = (), entity: str = "") -> None:
    """Write a chapter's notebook."""
    parameters = 'city: str = "town"\nyear: int = 2020\nperiod: str = "year"\ncompare: str = "year_ago"'
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec, "hotline": {"needs": [*needs]}})
    notebook.cells = [nbformat.v4.new_markdown_cell(f"# {stem}"),
                      nbformat.v4.new_code_cell(parameters + (f'\n{entity}: str = "甲区"' if entity else ""),
                                                metadata={"tags": ["parameters"]}),
                      *map(nbformat.v4.new_code_cell, cells)]
    paths.NOTEBOOKS.mkdir(exist_ok=True)
    nbformat.write(notebook, paths.notebook(stem))


def bring(*rows: dict, digest: str = "1", year: int = 2020, data: str = "export") -> None:
    """Write the tickets of a year of town; of a row only what is given is known."""
    rows = [{"ticket_id": str(number), "received_at": datetime(year, 1, 1), "tags": [], "dispatches": 0, **row}
            for number, row in enumerate(rows)]
    batch = pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)
    schema.write(editions.read("town", year), [batch], data=data, source="town.csv", digest=digest)


def add_year(year: int) -> None:
    """Write the edition of another year of town."""
    edition = yaml.safe_load(paths.edition("town", 2020).read_text(encoding="utf-8"))
    paths.edition("town", year).write_text(yaml.safe_dump(edition | {"year": year}, allow_unicode=True), encoding="utf-8")


def project(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project with the edition town 2020 of two districts, each with a section; return the folder of its outputs."""
    outputs = place(home, monkeypatch)
    edition = yaml.safe_load(TAKEN_FROM.read_text(encoding="utf-8"))
    for key in ("simulation", "zones", "places", "extends"):
        edition.pop(key, None)
    edition |= {"city": "town", "districts": ["甲区", "乙区"], "chapters": CHAPTERS}
    paths.edition("town", 2020).write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
    write("01-overview", SHOWS)
    write("03-districts", "print(year)", needs=("district",))
    write("03-district", "print(district)", entity="district", needs=("district",))
    write("09-others", "print(others)", entity="others")
    bring({"district": "甲区"}, {"district": "甲区"}, {"district": "乙区"})
    return outputs


def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the command take the notebooks of a home, and return the folder of town's outputs."""
    monkeypatch.setattr(paths, "NOTEBOOKS", home / "notebooks")
    monkeypatch.setattr(command, "_PRELOAD", ())  # these notebooks import nothing that takes time
    return paths.outputs("town-2020", "year")


def run(*arguments: str) -> int:
    """Make the report of town 2020, and return the exit code."""
    return command.main(["--city", "town", "--year", "2020", "--jobs", "2", *arguments])


def statuses(folder: Path) -> dict[str, str]:
    """Return what became of each notebook of a run, by stem."""
    return {entry.stem: entry.status for entry in Manifest.read(folder).notebooks}


def text(pdf: Path) -> str:
    """Return the words of a PDF."""
    return "".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages)


def names(folder: Path) -> set[str]:
    """Return the files of a folder and its folders, by relative path."""
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
