"""Look up the labels of columns, units and values in print: `data/dictionary.yml` is their only source."""

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import MappingProxyType
from typing import Any

import pandas as pd

from helpers.settings import groupings, paths, yaml_models
from helpers.settings.errors import UserError, did_you_mean

LONGEST = 120  # characters of a name
_PARTS = {"columns": dict, "values": dict, "residual": dict, "missing": dict, "causes": dict, "rules": list, "sources": dict}
_UNIT = re.compile(r"(?P<words>.+?)（(?P<unit>[^（）]+)）")
_made_up: ContextVar[Mapping[str, dict[str, str]]] = ContextVar("made_up", default=MappingProxyType({}))


@contextmanager
def made_up(words: Mapping[str, str], answer: pd.DataFrame) -> Iterator[None]:
    """Give columns of an answer words of the caller's own while a block runs: {"per_head": "人均件数（件/人）"}.

    A unit may be left out. A number whose name says no kind is a count where it is whole, else has six significant digits.
    Raises UserError where the answer has no such column.
    """
    if missing := [name for name in words if name not in answer]:
        raise UserError(f"words: the answer has no column '{missing[0]}'.{did_you_mean(missing[0], answer.columns)}", exit_code=2)
    token = _made_up.set({**_made_up.get(), **{name: _own_entry(text, answer[name]) for name, text in words.items()}})
    try:
        yield
    finally:
        _made_up.reset(token)


def _own_entry(text: str, values: pd.Series) -> dict[str, str]:
    entry = found.groupdict() if (found := _UNIT.fullmatch(text)) else {"words": text}
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        entry["kind"] = "count" if pd.api.types.is_integer_dtype(values) else "number"
    return entry


def column(name: str) -> str:
    """Return a column's label: 工单量. Raises UserError where the dictionary lacks the column."""
    return _entry(name)["words"]


def column_or_name(name: str) -> str:
    """Return a column's label, or its name in code where it is never printed."""
    return _dictionary()["columns"].get(name, {"words": name})["words"]


def unit(name: str) -> str:
    """Return the unit of a column's values in print (件, %, 天), or "". Raises UserError where the dictionary lacks it."""
    return _entry(name).get("unit", "")


def made_up_kind(name: str) -> str:
    """Return the kind of a numeric column that got its words at a call (`made_up`), or ""."""
    return _made_up.get().get(name, {}).get("kind", "")


def value(column: str, value: Any) -> str:
    """Return a value's label: 电话 for `phone`, 未分类 or 未填写 for null; a name is its own label.

    A label longer than `LONGEST` characters is cut and its length appended: no page, drawing or sheet has room for it.
    """
    if pd.isna(value):
        missing = _dictionary()["missing"]
        return missing.get("grouping" if column in _groupings() else column, missing["default"])
    word = _dictionary()["values"].get(column, {}).get(value, str(value))
    return word if len(word) <= LONGEST else f"{word[:LONGEST]}……（共{len(word)}字）"


def residual_names(column: str) -> tuple[list[str], list[str]]:
    """Return the names, and the beginnings of names, of a classification's residual class, in lower case; none elsewhere."""
    rule = _dictionary()["residual"]
    return (rule["names"], rule["beginnings"]) if column in rule["columns"] else ([], [])


def residual(column: str, names: pd.Series) -> pd.Series:
    """Return which of a column's names are no problem of their own: the unknown, and the residual class (其他, 未分类)."""
    whole, beginnings = residual_names(column)
    words = names.astype("string").str.strip().str.lower()
    found = names.isna() | words.isin(whole)
    return (found | words.str.startswith(tuple(beginnings)).fillna(False) if beginnings else found).astype(bool)


def values(column: str) -> dict[str, str]:
    """Return the labels of a column's coded values, {phone: 电话, web: 网络}; empty for a column of names."""
    return _dictionary()["values"].get(column, {})


def rules() -> list[dict[str, str]]:
    """Return the printed rules of an edition in order: `words` (the label), `says` (a template) and `source` (a key).

    One of `sections` is only of editions whose outline has sections of that dimension.
    """
    return _dictionary()["rules"]


def source(text: str) -> str:
    """Return the label of a rule's source: each part between semicolons by the dictionary, else as it is."""
    known = _dictionary()["sources"]
    return "；".join(known.get(part, part) for part in text.split("; "))


def cause(rule: str) -> str:
    """Return why ingest left a row or a field out, by the name of its rule: “受理时间”为空 for `received_at is blank`.

    A rule that the dictionary lacks gets the words of `other`, never its own.
    """
    causes = _dictionary()["causes"]
    for pattern, words in _patterns().items():
        if found := pattern.fullmatch(rule):
            return words.format(**{name: _cause_part(name, text) for name, text in found.groupdict().items()})
    return causes["other"]


def _cause_part(name: str, text: str) -> str:
    return _dictionary()["columns"].get(text, {"words": text})["words"] if name.startswith("column") else text


@cache
def _patterns() -> dict[re.Pattern, str]:
    """Return the rules of ingest as patterns, with the template of their words."""
    gaps = {r"\{(column\d?)\}": r"(?P<\1>\\w+)", r"\{(text\d?)\}": r"(?P<\1>.+)"}
    patterns = {re.escape(rule).replace(r"\{", "{").replace(r"\}", "}"): words for rule, words in _dictionary()["causes"].items()}
    for gap, group in gaps.items():
        patterns = {re.sub(gap, group, pattern): words for pattern, words in patterns.items()}
    return {re.compile(pattern): words for pattern, words in patterns.items()}


def _entry(name: str) -> dict[str, str]:
    columns = {**_dictionary()["columns"], **_groupings(), **_made_up.get()}
    if name not in columns:
        near = difflib.get_close_matches(str(name), columns, n=1, cutoff=0.75)  # the likelier case is a column of one's own
        raise UserError(f"column '{name}' has no words: give them where it is printed, words={{\"{name}\": \"…\"}}, or add it to "
                        f"data/dictionary.yml.{did_you_mean(name, near)}")
    return columns[name]


@cache
def _groupings() -> dict[str, dict[str, str]]:
    return {name: {"words": groupings.read(name).words} for name in groupings.known()}


@cache
def locale(language: str) -> dict[str, str]:
    """Return what every output format prints of its own (目录, 图), by key, in a document's language; `language` is that."""
    return yaml_models.read_yaml(paths.LOCALE)[language] | {"language": language}


@cache
def _dictionary() -> dict[str, dict]:
    contents = yaml_models.read_yaml(paths.DICTIONARY)
    for part, kind in _PARTS.items():
        if not isinstance(contents.get(part), kind):
            file = yaml_models.display_path(paths.DICTIONARY)
            raise UserError(f"{file}: key '{part}' is missing or no {kind.__name__}: restore it with git checkout -- {file}.")
    return contents
