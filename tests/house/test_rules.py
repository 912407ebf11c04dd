"""Rules of the house: notebooks, imports, the environment, what is in git."""

import ast
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
import yaml

from helpers.settings import editions, paths

ROOT = paths.PACKAGE.parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("[!.]*.ipynb"))
RECIPES = [notebook for notebook in NOTEBOOKS if notebook.parent == paths.RECIPES]
CHAPTERS = [notebook for notebook in NOTEBOOKS if not notebook.name.startswith("00-") and notebook not in RECIPES]
SOURCES = sorted((ROOT / "src" / "helpers").rglob("*.py"))
ROOMS = ["settings", "tickets", "ingest", "simulate", "cube", "analysis", "writing", "drawing", "chapters", "document", "publish",
         "batch", "report"]


def name(source):
    """A file's name below the package: `cube/counts.py`."""
    return source.relative_to(ROOT / "src" / "helpers").as_posix()


def code_cells(notebook):
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def imported(tree):
    """Return the modules that a file imports, anywhere in it: of `from a import b` both `a` and `a.b`."""
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {found for node in nodes if isinstance(node, ast.ImportFrom) and node.module
                    for found in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))}


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
                    assert node.module.partition(".")[0] == "helpers"

    def test_no_number_is_typed_after_the_parameters(self, notebook):
        for cell in code_cells(notebook)[1:]:
            numbers = [node.value for node in ast.walk(ast.parse(cell.source))
                       if isinstance(node, ast.Constant) and type(node.value) in (int, float)]
            assert numbers == []

    def test_it_carries_no_outputs(self, notebook):
        assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))


def test_there_is_a_recipe_for_each_kind_of_question():
    assert {"rates-by-category", "seasonality", "time-to-close", "panel", "outside-table", "two-years",
            "hot-spots", "alert"} == {notebook.stem for notebook in RECIPES}


@pytest.mark.parametrize("notebook", RECIPES, ids=lambda notebook: notebook.stem)
class TestRecipe:
    def test_opens_with_a_title_and_parameters_and_closes_with_its_method(self, notebook):
        first, parameters, *_, last = nbformat.read(notebook, as_version=4).cells
        assert first.source.startswith("# ")
        assert parameters.metadata.tags == ["parameters"]
        names = [statement.target.id for statement in ast.parse(parameters.source).body]
        assert names[:4] == ["city", "year", "period", "compare"]
        assert all("  # " in line for line in parameters.source.splitlines())
        assert last.cell_type == "markdown"
        assert last.metadata.tags == ["method"]
        assert re.search(r"\(\d{4}\)", last.source), "the method has a source"

    def test_is_short_and_draws_without_pyplot(self, notebook):
        source = "\n".join(cell.source for cell in code_cells(notebook))
        assert len([line for line in source.splitlines() if line.strip()]) <= 60
        assert not {"matplotlib.pyplot", "pylab"} & imported(ast.parse(source))

    def test_carries_no_outputs(self, notebook):
        assert all(not cell.outputs and cell.execution_count is None for cell in code_cells(notebook))


def test_no_report_depends_on_a_recipe():
    assert RECIPES
    assert not {*RECIPES} & {*paths.tracked_files()}
    assert {notebook for notebook in NOTEBOOKS if notebook not in RECIPES} <= {*paths.tracked_files()}
    assert not [stem for city, year in editions.known() for stem in editions.read(city, year).notebooks if "recipes" in stem]


def test_the_rooms_are_those_of_the_plan_and_imports_run_one_way():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    rooms = {source.parent.name for source in (ROOT / "src" / "helpers").glob("*/__init__.py")}
    assert rooms == set(ROOMS)
    assert contracts[0]["layers"] == [f"helpers.{room}" for room in reversed(ROOMS)]
    lint = shutil.which("lint-imports", path=Path(sys.executable).parent)
    linted = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True,
                            env=os.environ | {"PYTHONPATH": str(ROOT / "src")})
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("source", sorted((ROOT / "tests").rglob("test_*.py")), ids=lambda source: source.stem)
def test_no_module_of_tests_imports_another(source):
    used = imported(ast.parse(source.read_text(encoding="utf-8")))
    assert not [module for module in used if re.search(r"(^|\.)(test_\w+|conftest)$", module)]


def test_what_stands_beside_the_rooms_is_an_entry_point():
    beside = {source.name for source in (ROOT / "src" / "helpers").glob("*.py")}
    assert beside == {"__init__.py", "__main__.py", "chapter.py", "warehouse.py"}


@pytest.mark.parametrize("source", [source for source in SOURCES if source.name == "__init__.py"], ids=name)
def test_a_room_opens_with_a_sentence_and_imports_nothing_heavy(source):
    tree = ast.parse(source.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert not [node for node in tree.body if isinstance(node, ast.Import)]
    assert {node.module for node in tree.body if isinstance(node, ast.ImportFrom)} <= {"typing"}


def test_only_one_module_reads_parquet():
    users = {name(source) for source in SOURCES
             if re.search(r"pyarrow\.parquet|read_parquet|to_parquet", source.read_text(encoding="utf-8"))}
    assert users <= {"tickets/parquet.py", "ingest/export_files.py"}  # an export may be Parquet, too


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_only_paths_spells_a_path(source):
    tree = ast.parse(source.read_text(encoding="utf-8"))
    documented = {id(node.body[0].value) for node in ast.walk(tree) if hasattr(node, "body")
                  and isinstance(node.body, list) and node.body and isinstance(node.body[0], ast.Expr)}
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)
                 and isinstance(node.value, str) and id(node) not in documented and " " not in node.value]
    spelt = [text for text in constants if re.match(r"(data|outputs|notebooks)/", text)]
    assert name(source) == "settings/paths.py" or not spelt


def test_only_the_reconciliation_reads_what_is_published():
    readers = {name(source) for source in SOURCES if "paths.published" in source.read_text(encoding="utf-8")}
    assert readers
    assert all(reader.startswith("analysis/reconciliation/") for reader in readers)


@pytest.mark.parametrize("source", SOURCES, ids=name)
def test_no_module_knows_a_city_or_a_year(source):
    cities = {city for city, _ in editions.known()}
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Compare):
            constants = {part.value for part in [node.left, *node.comparators] if isinstance(part, ast.Constant)}
            assert not cities & {constant for constant in constants if isinstance(constant, str)}
            assert not [constant for constant in constants if type(constant) is int and 2000 < constant < 2100]


def test_what_tells_that_nothing_has_changed_imports_neither_pandas_nor_ibis():
    code = ("import sys, helpers.report.command; "
            "print(sorted({'pandas', 'ibis', 'matplotlib', 'nbformat', 'duckdb'} & set(sys.modules)))")
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert told.stdout == "[]\n"


def test_environment_yml_names_what_pyproject_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    named = {re.split(r"[\[<>=]", entry)[0] for entry in [*environment, *by_pip] if isinstance(entry, str)}
    assert {"jupyterlab", "pandas", "matplotlib", "seaborn", "papermill"} <= named
    needed = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert {re.split(r"[\[<>=]", requirement)[0] for requirement in needed} <= named
    assert {requirement for requirement in needed if "<" in requirement} <= {*environment[:-1], *by_pip}  # upper bounds too


def test_the_lock_pins_every_requirement_and_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        name = re.split(r"[\[<>=]", requirement)[0]
        assert re.search(rf"^{re.escape(name)}==", lock, re.M), name
    assert "://" not in lock


def pinned(name):
    """The pins of a file of requirements, with the platforms that each is for: {"numpy": {"2.4.6 ; python_full_version < …"}}."""
    found = {}
    for line in re.findall(r"^([a-z].*?) *\\?$", (ROOT / name).read_text(encoding="utf-8"), re.M):
        package, pin = re.fullmatch(r"([\w.-]+)==(.+)", line).groups()
        found.setdefault(package, set()).add(pin)
    return found


def test_constraints_have_the_versions_of_the_lock_and_those_of_research():
    lock, constraints = pinned("requirements.lock"), pinned("constraints.txt")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    research = project["optional-dependencies"]["research"]
    assert len(lock) > 100
    assert {package: constraints.get(package) for package in lock} == lock
    assert {re.split(r"[\[<>=]", requirement)[0] for requirement in research} <= {*constraints}
    assert "--hash" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert ROOT / "pyproject.toml" in files, "git holds nothing of this project: run the tests in a clone"
    return files


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
    from helpers.tickets import schema

    for notebook in CHAPTERS:
        needs = json.loads(notebook.read_text(encoding="utf-8"))["metadata"]["hotline"]["needs"]
        assert set(needs) <= {*schema.SCHEMA.names, "zones", "published", "proposals", "aspects", "index", "real", "history"}


def offered():
    """The modules that notebooks import by name, each with its public definitions."""
    shipped = [notebook for notebook in NOTEBOOKS if notebook.parent != paths.RECIPES]  # recipes draw with the parts of charts
    for source in [cell.source for notebook in shipped for cell in code_cells(notebook)]:
        for package, names in re.findall(r"^from (helpers[\w.]*) import ([\w, ]+)$", source, re.M):
            folder = paths.PACKAGE.parent / package.replace(".", "/")
            yield from (f"{package}.{found}" for found in names.split(", ") if (folder / f"{found}.py").is_file())


def test_tab_offers_what_a_module_is_for_and_not_what_it_imports():
    modules = {*offered()}
    assert len(modules) > 10
    for name in modules:
        module = importlib.import_module(name)
        own = {word for word, value in vars(module).items()
               if not word.startswith("_") and getattr(value, "__module__", name) == name and not isinstance(value, ModuleType)}
        assert dir(module) == sorted(module.__all__), name
        assert {*module.__all__} >= {word for word in own if callable(getattr(module, word))}, name
