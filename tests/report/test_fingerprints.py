"""Cache keys: which results a change of a file, the tickets or an edition makes stale, and which it leaves."""

import json

import pytest
from nbformat import v4

from helpers.report import fingerprints
from helpers.report.fingerprints import Inputs
from helpers.report.manifest import Manifest, NotebookEntry
from helpers.settings import paths

FILES = dict.fromkeys((
    "helpers/__init__.py", "helpers/settings/labels.py", "helpers/cube/cube.py", "helpers/analysis/measures.py",
    "helpers/analysis/reconciliation/figures.py", "helpers/writing/prose.py", "helpers/drawing/hotline.mplstyle",
    "helpers/document/blocks.py", "helpers/publish/templates/report.typ", "helpers/report/publisher.py", "helpers/report/plan.py",
    "helpers/ingest/merge.py", "helpers/simulate/months.py", "data/dictionary.yml", "data/glossary.yml", "data/synonyms.yml",
    "data/reference/beijing/places.csv", "data/published/beijing-2020/figures.csv", "data/editions/beijing-2020.yml",
    "data/narrative/beijing-2020/01-overview.md", "notebooks/01-overview.ipynb"), "0" * 64)
ALL, PRINTED, ROWS = {"notebook", "reconciling", "document", "rows"}, {"document"}, {"reconciling", "rows"}


@pytest.fixture(autouse=True)
def notebooks(tmp_path, monkeypatch):
    """Two notebooks, of which one opens the reconciliation."""
    monkeypatch.setattr(paths, "NOTEBOOKS", tmp_path)
    write("01-overview", "from helpers.analysis import measures")
    write("90-reconciliation", "from helpers.analysis.reconciliation import reconcile")


def write(stem, source, **cell):
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source, **cell)])
    paths.notebook(stem).write_text(json.dumps(notebook), encoding="utf-8")


def keys(files, editions=None, tickets=None):
    inputs = Inputs(editions or {}, tickets or {}, files)
    return {"notebook": fingerprints.notebook_key(paths.notebook("01-overview"), {"year": 2020}, inputs),
            "reconciling": fingerprints.notebook_key(paths.notebook("90-reconciliation"), {"year": 2020}, inputs),
            "document": fingerprints.document_keys(Manifest(), inputs)["pdf"],
            "rows": inputs.key(fingerprints._RECONCILIATION)}


def stale(**changed):
    before, after = keys(FILES), keys(**{"files": FILES} | changed)
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(("name", "expected"), [
    ("helpers/__init__.py", ALL), ("helpers/settings/labels.py", ALL), ("helpers/cube/cube.py", ALL),
    ("data/dictionary.yml", ALL), ("helpers/analysis/measures.py", ALL),
    ("data/reference/beijing/places.csv", ALL), ("data/a-new-kind/of-file.csv", ALL),
    ("helpers/writing/prose.py", ALL - {"rows"}), ("helpers/drawing/hotline.mplstyle", ALL - {"rows"}),
    ("helpers/analysis/reconciliation/figures.py", ROWS), ("data/published/beijing-2020/figures.csv", ROWS),
    ("helpers/document/blocks.py", PRINTED), ("helpers/publish/templates/report.typ", PRINTED), ("data/glossary.yml", PRINTED),
    ("helpers/report/publisher.py", PRINTED), ("helpers/report/plan.py", set()), ("helpers/ingest/merge.py", set()),
    ("helpers/simulate/months.py", set()), ("data/synonyms.yml", set()), ("data/editions/beijing-2020.yml", set()),
    ("data/narrative/beijing-2020/01-overview.md", set()), ("notebooks/01-overview.ipynb", set())])
def test_a_changed_file_makes_stale_what_its_room_is_used_for(name, expected):
    assert stale(files=FILES | {name: "1" * 64}) == expected


def test_a_file_that_is_gone_makes_stale_what_its_room_is_used_for():
    assert stale(files={name: digest for name, digest in FILES.items() if "prose" not in name}) == ALL - {"rows"}


def test_tickets_and_editions_make_everything_stale():
    assert stale(tickets={"beijing-2020": {"digest": "2"}}) == ALL
    assert stale(editions={"beijing-2020": {"numbers": {"share_decimals": 3}}}) == ALL


def test_an_editions_title_and_outline_make_its_documents_stale_and_no_notebook():
    titled = keys(FILES, {"beijing-2020": {"title": "年报", "chapters": []}})
    retitled = keys(FILES, {"beijing-2020": {"title": "年度报告", "chapters": [{"notebook": "07-own"}]}})
    assert {name for name in titled if titled[name] != retitled[name]} == {"document"}


def test_a_notebooks_own_cells_and_parameters_are_part_of_its_key_and_its_outputs_are_not():
    inputs, notebook = Inputs({}, {}, FILES), paths.notebook("01-overview")
    before = fingerprints.notebook_key(notebook, {"year": 2020}, inputs)
    assert fingerprints.notebook_key(notebook, {"year": 2019}, inputs) != before
    write("01-overview", "from helpers.analysis import measures", outputs=[v4.new_output("stream", text="x")], execution_count=3)
    assert fingerprints.notebook_key(notebook, {"year": 2020}, inputs) == before
    write("01-overview", "from helpers.analysis import ranking")
    assert fingerprints.notebook_key(notebook, {"year": 2020}, inputs) != before


def test_the_changed_inputs_of_a_notebook_are_named():
    facts = {"data": "export", "source": "a.csv", "digest": "1", "size": 3}
    edited = ("helpers/writing/prose.py", "helpers/publish/templates/report.typ", "data/published/beijing-2020/figures.csv")
    before = Inputs({"a-1": {}}, {"a-1": facts}, FILES).stored()
    now = Inputs({"a-1": {"x": 1}}, {"a-1": facts | {"digest": "2"}}, FILES | dict.fromkeys(edited, "1"))
    run = Manifest(stored_inputs=before, versions=fingerprints.versions() | {"pandas": "0"})
    entry = NotebookEntry(stem="01-a", notebook="01-overview", title=None, parameters={}, status="done", sources_digest="0")
    assert fingerprints.changed(entry, run, now) == [
        "01-overview.ipynb", "工单 a-1", "版本 a-1", "helpers/writing/prose.py", "pandas"]


def test_every_file_of_the_package_and_of_data_belongs_to_a_room():
    rooms = {fingerprints.room_of(fingerprints.tracked_name(file)) for file in paths.tracked_files()}
    folders = {folder.name for folder in paths.PACKAGE.iterdir() if (folder / "__init__.py").is_file()}
    assert rooms - {"editions", "narrative", "notebooks", "reconciliation"} == folders
