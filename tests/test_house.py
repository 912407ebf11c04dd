"""Rules of the house: notebooks, imports, the environment, what is in git."""

import ast
import json
import re
import subprocess
import sys
import tomllib

import nbformat
import pytest
import yaml

from helpers import editions, paths

ROOT = paths.PACKAGE.parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHAPTERS = [notebook for notebook in NOTEBOOKS if not notebook.name.startswith("00-")]
SOURCES = sorted((ROOT / "src" / "helpers").rglob("*.py"))
LAYERS = [  # a module imports from rows above its own, or from its own row
    {"paths", "errors", "validation"},
    {"cluster", "dependencies", "editions", "engines", "externals", "glossary", "headers", "journal", "mappings", "periods",
     "privacy", "store", "summary", "tickets"},
    {"asking", "record"},
    {"tabular", "delimited", "spreadsheets", "exports", "serials", "suggestion", "crosswalk",
     "translation", "duplicates", "merging", "account", "staging", "room", "ingest", "warehouse", "calibration", "simulate"},
    {"counting", "cube"},
    {"words"},
    {"measures", "places", "quality", "ranking", "trends", "zones", "numerals", "rules"},
    {"identities"},
    {"citations", "suppression"},
    {"prose", "remarks", "alternatives", "canvas", "panels", "charts", "maps", "tables"},
    {"chapters"},
    {"explore", "rehearsal", "subjects"},
    {"reconciliation", "placeholders"},
    {"proofreading"},
    {"markup", "cells", "drawings", "origins", "sheets", "document", "narrative", "typeset", "exporters", "webpage",
     "wordfile", "workbook", "checklist", "csvs", "pictures"},
    {"warm", "kernels", "batch"},
    {"progress", "planning", "changes", "outputs", "provenance"},
    {"production"},
    {"freshness"},
    {"report"},
]
SIMULATION = {"simulate", "calibration"}


def name(source):
    """A module's name; the files of a package are one module."""
    return source.relative_to(ROOT / "src" / "helpers").parts[0].removesuffix(".py")


MODULES = sorted({name(source) for source in SOURCES if source.parent.name != "fonts"} - {"__init__"})


def sources(module):
    return [source for source in SOURCES if name(source) == module]


def code_cells(notebook):
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def trees(module):
    return [ast.parse(source.read_text(encoding="utf-8")) for source in sources(module)]


def imported(module):
    nodes = [node for tree in trees(module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    names = {alias.name for node in nodes if node.module == "helpers" for alias in node.names}
    return names | {node.module.split(".")[1] for node in nodes if node.module.startswith("helpers.")}


def test_there_are_notebooks_for_all_chapters():
    assert {"01-overview", "02-hotspots", "02-hotspot-category", "03-districts", "03-district", "04-functional-zones",
            "05-agencies", "06-rankings"} <= {notebook.stem for notebook in CHAPTERS}


@pytest.mark.parametrize("notebook", CHAPTERS, ids=lambda notebook: notebook.stem)
class TestNotebook:
    def test_opens_with_a_title_and_then_the_parameters(self, notebook):
        cells = nbformat.read(notebook, as_version=4).cells
        assert cells[0].cell_type == "markdown"
        assert cells[0].source.startswith("# ")
        assert cells[1].cell_type == "code"
        assert cells[1].metadata.tags == ["parameters"]
        assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1

    def test_its_parameters_are_annotated_literals_each_with_a_comment(self, notebook):
        source = code_cells(notebook)[0].source
        statements = ast.parse(source).body
        assert [statement.target.id for statement in statements][:4] == ["city", "year", "period", "compare"]
        for statement, line in zip(statements, source.splitlines(), strict=True):
            assert isinstance(statement, ast.AnnAssign)
            assert isinstance(statement.value, ast.Constant)
            assert "  # " in line

    def test_it_is_a_list_of_questions_with_calls_and_nothing_else(self, notebook):
        source = "\n".join(cell.source for cell in code_cells(notebook))
        banned = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.Try, ast.If, ast.ListComp, ast.DictComp,
                  ast.GeneratorExp, ast.SetComp)
        found = [type(node).__name__ for node in ast.walk(ast.parse(source)) if isinstance(node, banned)]
        assert found == []
        assert len([line for line in source.splitlines() if line.strip()]) <= 60

    def test_it_imports_helpers_only(self, notebook):
        for cell in code_cells(notebook):
            for node in ast.walk(ast.parse(cell.source)):
                assert not isinstance(node, ast.Import)
                if isinstance(node, ast.ImportFrom):
                    assert node.module == "helpers"

    def test_no_number_is_typed_after_the_parameters(self, notebook):
        for cell in code_cells(notebook)[1:]:
            numbers = [node.value for node in ast.walk(ast.parse(cell.source))
                       if isinstance(node, ast.Constant) and type(node.value) in (int, float)]
            assert numbers == []

    def test_it_carries_no_outputs(self, notebook):
        assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module):
    rows = [number for number, row in enumerate(LAYERS) if module in row]
    assert rows, f"{module} has no layer: add it to LAYERS"
    assert imported(module) <= set().union(*LAYERS[: rows[0] + 1])


@pytest.mark.parametrize("module", MODULES)
def test_no_analysis_module_imports_the_simulation(module):
    if module not in SIMULATION | {"planning", "report"}:
        assert not imported(module) & SIMULATION


def test_only_the_store_reads_parquet():
    users = {module for module in MODULES for source in sources(module)
             if re.search(r"pyarrow\.parquet|read_parquet|to_parquet", source.read_text(encoding="utf-8"))}
    assert users <= {"store", "exports"}  # an export may be Parquet, too


def test_only_paths_spells_a_path():
    spelt = re.compile(r"^(data|outputs|notebooks)/")
    for module in MODULES:
        for tree in trees(module):
            documented = {id(node.body[0].value) for node in ast.walk(tree) if hasattr(node, "body")
                          and isinstance(node.body, list) and node.body and isinstance(node.body[0], ast.Expr)}
            constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
                         and isinstance(node.value, str) and id(node) not in documented and " " not in node.value]
            assert module == "paths" or not [text for text in constants if spelt.match(text)], module


def test_only_the_reconciliation_reads_what_is_published():
    readers = {module for module in MODULES for source in sources(module)
               if "paths.published" in source.read_text(encoding="utf-8")}
    assert readers <= {"reconciliation"}


def test_no_module_knows_a_city_or_a_year():
    cities = {city for city, _ in editions.known()}
    for module in MODULES:
        for node in (node for tree in trees(module) for node in ast.walk(tree) if isinstance(node, ast.Compare)):
            constants = {one.value for one in [node.left, *node.comparators] if isinstance(one, ast.Constant)}
            assert not cities & {one for one in constants if isinstance(one, str)}, module
            assert not [one for one in constants if type(one) is int and 2000 < one < 2100], module


def test_what_tells_that_nothing_has_changed_imports_neither_pandas_nor_ibis():
    code = "import sys, helpers.report; print(sorted({'pandas', 'ibis', 'matplotlib', 'nbformat', 'duckdb'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout == "[]\n"


def test_environment_yml_names_what_pyproject_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    named = {re.split(r"[\[<>=]", entry)[0] for entry in [*environment, *by_pip] if isinstance(entry, str)}
    assert {"jupyterlab", "pandas", "matplotlib", "seaborn", "papermill"} <= named
    assert {re.split(r"[\[<>=]", requirement)[0] for requirement in project["dependencies"]} <= named


def test_the_lock_pins_every_requirement_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        name = re.split(r"[\[<>=]", requirement)[0]
        assert re.search(rf"^{re.escape(name)}==", lock, re.M), name
    assert "://" not in lock


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_git_holds_nothing_generated():
    generated = re.compile(r"^(data/(raw|tickets|quarantine|cube)/|outputs/(?!\.gitkeep)|\.venv/)|\.pyc$")
    names = [file.relative_to(ROOT).as_posix() for file in tracked()]
    assert [name for name in names if generated.search(name)] == []


def test_the_english_and_chinese_readmes_show_the_same_commands():
    commands = [re.findall(r"^(?:make|python|papermill|jupyter) .*$", (ROOT / name).read_text(encoding="utf-8"), re.M)
                for name in ("README.md", "README.zh-CN.md")]
    assert commands[0]
    assert commands[0] == commands[1]


def test_editions_are_valid_and_their_notebooks_exist():
    assert len(editions.known()) >= 2
    for city, year in editions.known():
        for chapter in editions.read(city, year).chapters:
            for one in [chapter, *chapter.parts]:
                wanted = [one.notebook, one.sections.notebook if one.sections else None]
                assert all(paths.notebook(stem).exists() for stem in wanted if stem)


def test_notebook_metadata_names_columns_of_tickets():
    from helpers import tickets

    for notebook in CHAPTERS:
        needs = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["hotline"]["needs"]
        assert set(needs) <= {*tickets.SCHEMA.names, "zones", "published"}
