"""Words for people: what columns and values are called in print. They stand in `data/dictionary.yml`, nowhere else."""

from functools import cache
from typing import Any

import pandas as pd
import yaml

from helpers.settings import paths
from helpers.settings.errors import UserError, did_you_mean

LONGEST = 120  # characters of a name


def column(name: str) -> str:
    """Return what a column is called: 工单量. Raises KnownError where the dictionary lacks it."""
    return _entry(name)["words"]


def unit(name: str) -> str:
    """Return the unit that a column's values are printed in (件, %, 天), or "" where it has none."""
    return _entry(name).get("unit", "")


def value(column: str, value: Any) -> str:
    """Return what a value is called: `phone` is 电话, null is 未分类 or 未填写; a name is its own word.

    One that is longer than any name is cut, and how long it is is said: no page, drawing or sheet has room for it.
    """
    if pd.isna(value):
        missing = _dictionary()["missing"]
        return missing.get(column, missing["default"])
    word = _dictionary()["values"].get(column, {}).get(value, str(value))
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}……（共{len(word)}字）"


def values(column: str) -> dict[str, str]:
    """Return the word of each value that has one of its own: {phone: 电话, web: 网络}."""
    return _dictionary()["values"].get(column, {})


def rules() -> list[dict[str, str]]:
    """Return the rules of an edition that are printed: `words`, what each `says`, and where its `source` stands."""
    return _dictionary()["rules"]


def source(text: str) -> str:
    """Return the source of a rule in print: each of its parts, between semicolons, in its words, else as it is."""
    known = _dictionary()["sources"]
    return "；".join(known.get(part, part) for part in text.split("; "))


def _entry(name: str) -> dict[str, str]:
    columns = _dictionary()["columns"]
    if name not in columns:
        raise UserError(f"column '{name}' has no words: add it to data/dictionary.yml.{did_you_mean(name, columns)}")
    return columns[name]


@cache
def _dictionary() -> dict[str, dict]:
    return yaml.safe_load(paths.DICTIONARY.read_text(encoding="utf-8"))
