"""What a notebook and a module depend on: their imports, the imports of these, and the files that they name."""

import json

import pytest

from helpers.report import dependencies, fingerprints
from helpers.settings import paths

GROUNDS = {"editions": {}, "tickets": {}, "versions": {}}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of five modules, of which `c` is imported only inside a function of `b`."""
    place = tmp_path / "helpers"
    for name, text in {"__init__": "", "a": "from helpers import b", "b": "def f():\n    from helpers.kit import c\n    return c",
                       "kit/__init__": "", "kit/c": "from helpers import paths\nWORDS = paths.DICTIONARY.read_text()",
                       "apart": "import json"}.items():
        file = place / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(paths, "PACKAGE", place)
    return place


def notebook(folder, *cells):
    file = folder / "a.ipynb"
    file.write_text(json.dumps({"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]}))
    return file


def test_the_modules_that_notebooks_import_are_found(tmp_path):
    file = notebook(tmp_path, "%matplotlib inline\nimport os", "import json\nfrom helpers import charts, prose")
    assert dependencies.modules([file]) == ["os", "json", "helpers", "helpers.charts", "helpers.prose"]


def test_a_cell_that_is_no_python_may_depend_on_anything(tmp_path):
    found = dependencies.modules([notebook(tmp_path, "charts.bars?")])
    assert {"helpers.drawing.charts", "helpers.cube.selections"} <= set(found)


def test_a_module_depends_on_what_its_imports_import_wherever_they_stand_and_on_the_files_they_name(package):
    names = [file.relative_to(package).as_posix() for file in dependencies.files(["helpers.a"]) if file.is_relative_to(package)]
    assert names == ["__init__.py", "a.py", "b.py", "kit/__init__.py", "kit/c.py"]
    assert paths.DICTIONARY in dependencies.files(["helpers.a"])
    assert paths.DICTIONARY not in dependencies.files(["helpers.b.f", "helpers.apart", "json"])


def test_a_changed_helper_changes_the_keys_of_what_imports_it_and_no_other(package, tmp_path):
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    using, apart = notebook(first, "from helpers import a"), notebook(second, "from helpers import apart")

    def keys():
        files = {f"helpers/{one.relative_to(package).as_posix()}": fingerprints.hash_file(one) for one in package.rglob("*.py")}
        return [fingerprints.notebook_key(file, {}, GROUNDS | {"files": files}) for file in (using, apart)]

    before = keys()
    (package / "kit" / "c.py").write_text("WORDS = ''")
    after = keys()
    assert before[0] != after[0]
    assert before[1] == after[1]
    (package / "apart.py").write_text("import json, os")
    assert keys()[0] == after[0]
    assert keys()[1] != after[1]


def test_a_change_of_what_prints_runs_no_chapter_again_and_a_change_of_charts_not_the_reconciliation():
    files = {stem: {file.name for file in dependencies.files(dependencies.modules([paths.notebook(stem)]))}
             for stem in ("03-district", "90-reconciliation")}
    assert {"charts.py", "prose.py", "chapter.py", "hotline.mplstyle", "dictionary.yml"} <= files["03-district"]
    assert not {"pdf.py", "html.py", "report.typ", "glossary.yml", "figures.csv", "plan.py"} & files["03-district"]
    assert "charts.py" not in files["90-reconciliation"]
    assert "figures.csv" in files["90-reconciliation"]
