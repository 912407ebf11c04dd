"""What the READMEs say is so: every key of an edition, every file of the tree, no sentence left to be written."""

import re

import pytest
import yaml
from pydantic import BaseModel

from helpers.settings import editions, paths
from helpers.tickets import schema

ROOT = paths.PACKAGE.parents[1]
READMES = ["README.md", "README.zh-CN.md"]
GUIDES = [*READMES, "CONTRIBUTING.md", *(file.relative_to(ROOT).as_posix() for file in sorted((ROOT / "data").rglob("README.md"))
                      if not file.is_relative_to(ROOT / "data" / "raw"))]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def annotated_edition():
    return yaml.safe_load(re.search(r"## Writing an edition\n.*?```yaml\n(.*?)```", text("data/README.md"), re.S)[1])


def said(value):
    """Which keys are said of each model of a file, as (model, key)."""
    if isinstance(value, BaseModel):
        yield from ((type(value).__name__, key) for key in value.model_fields_set)
        value = [getattr(value, key) for key in value.model_fields_set]
    for one in value if isinstance(value, list) else value.values() if isinstance(value, dict) else []:
        yield from said(one)


def test_the_annotated_edition_is_valid_and_says_every_key():
    schema = editions.Edition.model_json_schema()
    models = {"Edition": schema, **schema["$defs"]}
    known = {(model, key) for model, contents in models.items() for key in contents["properties"]}
    assert set(said(editions.Edition.model_validate(annotated_edition()))) == known


def test_the_table_of_a_tickets_columns_is_the_schema():
    words = {"timestamp[us]": "timestamp", "bool": "boolean", "list<item: string>": "list of string"}
    section = re.search(r"## A ticket\n(.*?)\n## ", text("data/README.md"), re.S)[1]
    rows = re.findall(r"^\| (`.*?`) \| (.*?) \| (.*?) \| .+ \|$", section, re.M)
    described = [(column, kind, applies_to) for names, kind, applies_to in rows for column in re.findall(r"`(\w+)`", names)]
    assert described == [(column.name, words.get(str(column.type), str(column.type)), column.applies_to)
                         for column in schema.COLUMNS]


@pytest.mark.parametrize("name", GUIDES)
def test_nothing_is_left_to_be_written(name):
    assert re.findall(r"\b(?:MEASURED|TODO|TBD|FIXME|XXX+|PLACEHOLDER)\b|待补|待定稿", text(name)) == []


@pytest.mark.parametrize("name", READMES)
def test_all_that_the_tree_names_exists(name):
    tree = re.search(r"```\n(notebooks/.*?)```", text(name), re.S)[1].splitlines()
    named = [(indent, one) for indent, names in (re.match(r"( *)(\S.*?)  ", line).groups() for line in tree)
             for one in names.split(", ")]
    modules = [one for indent, one in named if indent]
    notebooks = re.findall(r"\b\d\d-[a-z-]+", "\n".join(tree))
    assert len(named) > 15
    assert notebooks
    for one in [one for indent, one in named if not indent]:
        assert (ROOT / one).is_dir() if one.endswith("/") else (ROOT / one).is_file(), one
    for one in modules:
        assert (paths.PACKAGE / f"{one}.py").is_file() or (paths.PACKAGE / one / "__init__.py").is_file(), one
    for one in notebooks:
        assert paths.notebook(one).is_file(), one


def test_both_trees_name_the_same():
    trees = [re.findall(r"^( *\S.*?)  ", re.search(r"```\n(notebooks/.*?)```", text(name), re.S)[1], re.M) for name in READMES]
    assert trees[0] == trees[1]


def test_every_file_that_contributors_are_sent_to_exists():
    guide = text("CONTRIBUTING.md")
    named = set(re.findall(r"`((?:src|data|notebooks|tests)/[\w./-]*)`", guide))
    assert len(named) > 20
    for name in named:
        assert (ROOT / name).exists(), name


def test_the_picture_of_rooms_has_every_room():
    picture = re.search(r"```\n(.*?)```", text("CONTRIBUTING.md"), re.S)[1]
    rooms = {file.parent.name for file in paths.PACKAGE.glob("*/__init__.py")}
    assert rooms <= set(re.findall(r"[a-z]+", picture))
