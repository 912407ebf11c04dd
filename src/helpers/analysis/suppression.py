"""Small cells that are not printed: counts below an edition's threshold, what would tell them, and what is reckoned from them.

A count of 1 to `below` − 1 is hidden (primary). The sums of a table are taken to be known: of its whole, of each thing that has
several rows, and of a row with three counts or more. Where a sum would tell what is hidden, the next smallest count beside it is
hidden too (secondary). Shares, rates, changes, days and scores of a row with a hidden count go with it. One mark stands for all.

What this does not guard against: the same tickets counted in several tables, two periods or releases set off against each
other, a secondary cell that a sentence or another table prints, the order of a list, and what a reader knows already.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from helpers.settings import labels, number_format
from helpers.settings.errors import UserError

MARK = "*"
_TICKETS = "件"
_COUNTS = ("count", "headline", "exact", "plain")
_KEYS = ("text", "month", "hour", "weekday", "year")
_DERIVED = ("share", "rate", "change", "points", "density", "score", "days")
_SEVERAL = 3  # counts of one row from which one may be the sum or the rest of others


def counts(answer: pd.DataFrame) -> list[str]:
    """Return the columns of an answer that count tickets."""
    return [name for name in answer.columns if _kind(name) == "count" and labels.unit(name) == _TICKETS
            and pd.api.types.is_numeric_dtype(answer[name])]


def mask(answer: pd.DataFrame, below: int) -> pd.DataFrame:
    """Return which cells of an answer are not printed, as an answer of the same shape of true and false."""
    hidden = pd.DataFrame(False, index=answer.index, columns=answer.columns)
    counted, values = counts(answer), answer.reset_index(drop=True)
    if answer.empty or not counted or below < 2:
        return hidden
    found = {name: _small(values[name], below) for name in counted}
    sums = [*_sums(values)]
    while any(found.values()) and _protected(values, found, sums, below):
        pass
    rows = set().union(*found.values())
    for name in answer.columns:
        places = found.get(name, rows if _kind(name) in _DERIVED else ())
        hidden.iloc[list(places), hidden.columns.get_loc(name)] = True
    return hidden


def masked(answer: pd.DataFrame, mask: pd.DataFrame) -> pd.DataFrame:
    """Return an answer whose hidden cells are missing."""
    known = {name: answer[name].astype("float64").mask(mask[name]) for name in answer.columns if mask[name].any()}
    return answer.assign(**known)


def for_chart(answer: pd.DataFrame, mask: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Return an answer as a chart of these `columns` may see it: without what is hidden, and without bars of no length."""
    known = masked(answer, mask)
    return known[~mask[columns["value"]]] if "label" in columns and columns.get("value") in mask else known


def with_marks(table: dict[str, Any], mask: pd.DataFrame) -> dict[str, Any]:
    """Return a table as data (`tables.table`) whose hidden cells hold nothing but the mark, printed and raw."""
    hides = mask[[column["name"] for column in table["columns"]]].to_numpy().tolist()
    return table | {part: [[MARK if hide else cell for hide, cell in zip(*both, strict=True)]
                           for both in zip(hides, table[part], strict=True)] for part in ("rows", "printed")}


def is_count(column: str, kind: str) -> bool:
    """Return whether a quoted number counts tickets."""
    return kind in _COUNTS and bool(column) and _kind(column) == "count" and labels.unit(column) == _TICKETS


def is_derived(kind: str) -> bool:
    """Return whether a kind of number is computed from counts: a share, a rate, a score."""
    return kind in _DERIVED


def smallest_count(answer: pd.DataFrame) -> float | None:
    """Return the smallest count of tickets of an answer's one row, 0 apart; None where there is none."""
    found = [value for name in counts(answer) if pd.notna(value := answer[name].iloc[0]) and value > 0]
    return float(min(found)) if found else None


def _kind(name: str) -> str:
    """Return what a column holds; what the dictionary does not know is never printed."""
    with suppress(UserError):
        return number_format.kind(name)
    return ""


def _small(values: pd.Series, below: int) -> set[int]:
    return {place for place, value in enumerate(values) if pd.notna(value) and 0 < value < below}


def _sums(values: pd.DataFrame) -> Iterator[list[int]]:
    """Yield the rows of each sum that is taken to be known: of all, and of each thing with several rows."""
    if len(values) > 1:
        yield [*range(len(values))]
    for name in (name for name in values.columns if _kind(name) in _KEYS):
        groups = values.groupby(name, dropna=False, sort=False).indices.values()
        yield from (list(rows) for rows in groups if 1 < len(rows) < len(values))


def _protected(values: pd.DataFrame, found: dict[str, set[int]], sums: Sequence[list[int]], below: int) -> bool:
    """Hide one more cell wherever a sum tells what is hidden; tell whether there was any."""
    before = sum(map(len, found.values()))
    for name, places in found.items():
        for rows in sums:
            inside = [values[name][row] for row in rows if row in places]
            if inside and _told(inside, below):
                shown = [row for row in rows if row not in places and pd.notna(values[name][row])]
                places |= {min(shown, key=lambda row: (values[name][row] == 0, values[name][row], row))} if shown else set()
    for row in set().union(*found.values()) if len(found) >= _SEVERAL else ():
        shown = [name for name in found if row not in found[name] and pd.notna(values[name][row])]
        if len(found) - len(shown) == 1 and shown:
            found[min(shown, key=lambda name: (values[name][row] == 0, values[name][row]))].add(row)
    return sum(map(len, found.values())) > before


def _told(inside: list[float], below: int) -> bool:
    """Tell whether the sum of hidden cells says what they are: of one, or of small ones all equal to 1 or to the largest."""
    small = all(0 < value < below for value in inside)
    return len(inside) == 1 or (small and sum(inside) in (len(inside), len(inside) * (below - 1)))
