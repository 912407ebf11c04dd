"""Suppress small cells: counts below an edition's threshold, cells that would disclose them, and what is computed from them.

A count of 1 to `below` − 1 is hidden (primary suppression). Sums are assumed to be known: of a whole table, of each entity with
several rows, and of a row with three counts or more. Where a sum would disclose a hidden count, the next smallest count of it is
hidden too (secondary suppression). Shares, rates, changes, days and scores of a row are hidden with its count. All have one mark.

Of answers that count what reports print, `hidden_cells` plans both for all periods and products at once; others have the sums
of their own table hidden alone. Not covered: the same tickets counted in tables of the cube that have no dimension in common,
and a reader's own knowledge.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import pandas as pd

from helpers.settings import labels, number_format
from helpers.settings.errors import UserError

MARK = "*"
_TICKETS = "件"
_COUNTS = ("count", "headline", "exact", "plain")
_TIMES = ("month", "hour", "weekday", "year")
_KEYS = ("text", *_TIMES)
_DERIVED = ("share", "rate", "change", "points", "density", "score", "gain", "days")
_SEVERAL = 3  # so many counts of a row may be a sum and its parts


class Planned(Protocol):
    """What is hidden of an answer in every period (`hidden_cells`); `is_named`: whether it names what is computed from counts."""

    is_named: bool

    @property
    def shares(self) -> frozenset[str]:
        """The counts of which not even the sum of all rows is published."""

    def places(self, answer: pd.DataFrame) -> list[frozenset[str]]:
        """Return the hidden columns of each row."""


def counts(answer: pd.DataFrame) -> list[str]:
    """Return the columns of an answer that count tickets."""
    return [name for name, kind in zip(answer.columns, answer.dtypes, strict=True) if pd.api.types.is_numeric_dtype(kind)
            and _kind(name) == "count" and labels.unit(name) == _TICKETS]


def disclosing(answer: pd.DataFrame) -> list[str]:
    """Return the columns of an answer that count tickets or are computed from such counts, and those without words."""
    return [*counts(answer), *(name for name in answer.columns if _kind(name) in ("", *_DERIVED))]


def mask(answer: pd.DataFrame, below: int, planned: Planned | None = None) -> pd.DataFrame:
    """Return which cells of an answer are hidden, as a boolean frame of its shape.

    `planned` is what is hidden of it in every period: then no further cell is, unless a small count is not among these.
    """
    hidden = pd.DataFrame(False, index=answer.index, columns=answer.columns)
    counted, values = counts(answer), answer.reset_index(drop=True)
    if answer.empty or not (counted or planned) or below < 2:
        return hidden
    found = {name: _small(values[name], below) for name in counted}
    small, changed = set().union(*found.values()), planned.places(values) if planned else [frozenset()] * len(values)
    of_plan = {name: {row for row, names in enumerate(changed) if name in names} for name in counted}
    is_planned = planned is not None and all(found[name] <= of_plan[name] for name in counted)
    found = {name: found[name] | of_plan[name] for name in counted}
    sums = [*_sums(values)]
    while any(found.values()) and not is_planned and _protected(values, found, sums, below):
        pass
    is_named = planned is not None and planned.is_named
    rows = small if is_named and is_planned else set().union(*found.values())
    rows |= set() if is_named else {row for row, names in enumerate(changed) if names}
    whole = range(len(values)) if planned is not None and planned.shares else rows
    for name in answer.columns:
        named = {row for row, names in enumerate(changed) if name in names}
        kind = _kind(name)
        places = found.get(name, named if kind not in _DERIVED else {*whole} | named if kind == "share" else rows | named)
        hidden.iloc[list(places), hidden.columns.get_loc(name)] = True
    return hidden


def masked(answer: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    """Return an answer whose hidden cells are missing."""
    known = {name: answer[name].astype("float64").mask(mask[name]) for name in answer.columns if mask[name].any()}
    return answer.assign(**known)


def ordered(answer: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    """Return an answer in the order of a count that it hides with the rows of hidden counts last, in the order of their names.

    Another answer, such as one in the order of months, stays.
    """
    lists = [name for name in counts(answer) if answer[name].is_monotonic_decreasing][:1]
    names = [name for name in answer.columns if _kind(name) == "text"]
    if not lists or not mask[lists[0]].any() or not names or any(_kind(name) in _TIMES for name in answer.columns):
        return answer
    last = mask[lists[0]].to_numpy()
    found = pd.concat([answer[~last], answer[last].sort_values(names, na_position="last", kind="stable")])
    found.attrs = answer.attrs
    return found


def for_chart(answer: pd.DataFrame, mask: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return an answer for a chart of these `columns`: hidden cells missing, and bars without a value left out."""
    known = masked(answer, mask)
    return known[~mask[columns["value"]]] if "label" in columns and columns.get("value") in mask else known


def with_marks(table: dict[str, Any], mask: pd.DataFrame) -> dict[str, Any]:
    """Return a table as data (`tables.table`) whose hidden cells are the mark, printed and raw."""
    hides = mask[[column["name"] for column in table["columns"]]].to_numpy().tolist()
    return table | {part: [[MARK if hide else cell for hide, cell in zip(*both, strict=True)]
                           for both in zip(hides, table[part], strict=True)] for part in ("rows", "printed")}


def is_hidden(row: pd.DataFrame, column: str, planned: Planned | None) -> bool:
    """Return whether the number of a single row is hidden in every period: a count, or what is computed from one."""
    if planned is None:
        return False
    changed, kind = planned.places(row)[0], _kind(column)
    return column in changed or (kind == "share" and bool(planned.shares)) or (
        bool(changed) and not planned.is_named and kind in _DERIVED)


def is_count(column: str, kind: str) -> bool:
    """Return whether a quoted number counts tickets."""
    return kind in _COUNTS and bool(column) and _kind(column) == "count" and labels.unit(column) == _TICKETS


def is_derived(kind: str) -> bool:
    """Return whether a kind of number is computed from counts: a share, a rate, a score."""
    return kind in _DERIVED


def smallest_count(answer: pd.DataFrame) -> float | None:
    """Return the smallest count of tickets above 0 of an answer's single row; None where there is none."""
    found = [value for name in counts(answer) if pd.notna(value := answer[name].iloc[0]) and value > 0]
    return float(min(found)) if found else None


def _kind(name: str) -> str:
    """Return the kind of a column; empty for a column without words, which is never printed."""
    with suppress(UserError):
        return number_format.kind(name)
    return ""


def _small(values: pd.Series, below: int) -> set[int]:
    return {place for place, value in enumerate(values) if pd.notna(value) and 0 < value < below}


def _sums(values: pd.DataFrame) -> Iterator[list[int]]:
    """Yield the rows of each sum that is assumed to be known: of all, and of each entity with several rows."""
    if len(values) > 1:
        yield [*range(len(values))]
    for name in (name for name in values.columns if _kind(name) in _KEYS):
        groups = values.groupby(name, dropna=False, sort=False).indices.values()
        yield from (list(rows) for rows in groups if 1 < len(rows) < len(values))


def _protected(values: pd.DataFrame, found: dict[str, set[int]], sums: Sequence[list[int]], below: int) -> bool:
    """Hide a further cell wherever a sum discloses hidden ones; return whether there was any."""
    before = sum(map(len, found.values()))
    for name, places in found.items():
        for rows in sums:
            inside = [values[name][row] for row in rows if row in places]
            if inside and _is_disclosed(inside, below):
                shown = [row for row in rows if row not in places and pd.notna(values[name][row])]
                places |= {min(shown, key=lambda row: (values[name][row] == 0, values[name][row], row))} if shown else set()
    for row in set().union(*found.values()) if len(found) >= _SEVERAL else ():
        shown = [name for name in found if row not in found[name] and pd.notna(values[name][row])]
        if len(found) - len(shown) == 1 and shown:
            found[min(shown, key=lambda name: (values[name][row] == 0, values[name][row]))].add(row)
    return sum(map(len, found.values())) > before


def _is_disclosed(inside: list[float], below: int) -> bool:
    """Return whether a sum discloses its hidden cells: a single cell, or small ones all equal to 1 or to the largest."""
    small = all(0 < value < below for value in inside)
    return len(inside) == 1 or (small and sum(inside) in (len(inside), len(inside) * (below - 1)))
