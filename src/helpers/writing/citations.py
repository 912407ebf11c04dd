"""Quote numbers in sentences: every number comes from a cell of an answer and keeps its source."""

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from helpers.analysis import hidden_cells, suppression
from helpers.settings import number_format
from helpers.settings.editions import NumberRules

_TIMES = ("year", "month", "weekday", "hour")
_PARTS = {"ticket_share": "tickets", "before_share": "tickets_before"}
_WHOLES = {"resolution_rate": "valid", "satisfaction_rate": "valid", "contact_rate": "contact_known", "on_time_rate": "due",
           "rate": "told", "tickets_change": "tickets_before",
           **dict.fromkeys(("low_rate", "high_rate", "least_resolution_rate", "most_resolution_rate", "least_satisfaction_rate",
                            "most_satisfaction_rate", "valid_of_assessed_share"), "assessed")}


@dataclass(frozen=True)
class Number:
    """A quoted number: its unrounded value (None where missing), how it is printed, and its source.

    `table` names the cube's table, `column` and `where` the cell of the answer, `period` the months that it counts,
    `base` what a share or a change is of; `least` is the smallest count of tickets above 0 of its row, which decides whether
    the number may be printed (`disclosure.replacement`). A figure that no ticket holds has a `source` and its own `unit`.
    `answer` is the id of the answer (`scope.answer_id`), `row` the names and times of the row there: with `column` they are the
    cell that a figure or table of the same answer prints. `parts` of a share, a rate or a change are its
    numerator and denominator in tickets; of answers that count a part (基本满意 0.9), and of means, they need not be whole.
    `hidden` is one that is planned to be hidden in every period (`hidden_cells`). `among` are the smallest and the largest count
    of its list, which is printed in one unit (`in_one_unit`).
    """

    value: float | int | None
    kind: str
    table: str = ""
    column: str = ""
    where: dict[str, Any] = field(default_factory=dict)
    period: str = ""
    base: str | None = None
    least: float | None = field(default=None, compare=False)
    unit: str | None = None
    source: str = ""
    answer: str = ""
    row: dict[str, Any] = field(default_factory=dict, compare=False)
    parts: tuple[float, float] | None = field(default=None, compare=False)
    hidden: bool = field(default=False, compare=False)
    among: tuple[float, float] | None = field(default=None, compare=False)


Fragment = tuple["str | Number", ...]


@dataclass(frozen=True)
class Sentence:
    """Words and quoted numbers in reading order."""

    parts: Fragment

    def printed(self, numbers: NumberRules) -> str:
        """Return the sentence with its numbers in house style."""
        return "".join(text for text, _ in self.pieces(numbers))

    def pieces(self, numbers: NumberRules) -> list[tuple[str, Number | None]]:
        """Return (text, number) for each part; number is None for words."""
        return [(part, None) if isinstance(part, str) else _printed(part, numbers) for part in self.parts]


def _printed(number: Number, numbers: NumberRules) -> tuple[str, Number]:
    """Return a number in house style: whole tickets where only some of its list would be printed in 万."""
    is_mixed = number.among is not None and number.among[0] < numbers.wan_from <= number.among[1]
    shown = replace(number, kind="exact") if is_mixed else number
    return number_format.phrase(shown.value, shown.kind, numbers), shown


def cite(answer: pd.DataFrame, column: str, *, kind: str | None = None, base: str | None = None,
         at: Mapping[str, Any] | None = None, **where: Any) -> Number:
    """Quote the cell of `answer` in `column` of the row with the values `where`, or `at` for any column's name.

    Raises LookupError unless exactly one row fits: a sentence never picks a number by chance.
    """
    where = {key: _plain(value) for key, value in {**(at or {}), **where}.items()}
    rows = answer
    for key, value in where.items():
        rows = rows[rows[key].isna() if value is None else rows[key] == value]
    if len(rows) != 1:
        raise LookupError(f"{len(rows)} rows of the answer have {where or 'no condition'}: a number needs exactly one")
    return Number(_plain(rows[column].iloc[0]), kind or number_format.kind(column), answer.attrs.get("table", ""), column, where,
                  answer.attrs.get("period", ""), base, suppression.smallest_count(rows), answer=answer.attrs.get("answer", ""),
                  row=_names_and_times(answer, rows), parts=_parts(rows, column),
                  hidden=suppression.is_hidden(rows, column, hidden_cells.of(rows)))


def summed(rows: pd.DataFrame, kind: str, column: str = "tickets") -> Number:
    """Quote the sum of some rows of an answer, which is hidden where any of them is, or where it is small."""
    value = int(rows[column].sum())
    return Number(value, kind, least=float(value) if value > 0 else None, hidden=any_hidden(rows, column))


def any_hidden(rows: pd.DataFrame, column: str = "tickets") -> bool:
    """Return whether any number of a column is hidden in every period."""
    planned = hidden_cells.of(rows)
    return planned is not None and any(column in names for names in planned.places(rows))


def literal(value: float | int | None, kind: str) -> Number:
    """Return a number that is in no answer: an edition's threshold, or an answer's number of rows."""
    return Number(value, kind)


def phrase(template: str, **values: "str | Number | Fragment | Sentence") -> Fragment:
    """Fill a template's {names} with words, numbers or fragments; the values are never read as templates."""
    parts: list[str | Number] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts += [literal] if literal else []
        if name is not None:
            value = values[name]
            parts += value.parts if isinstance(value, Sentence) else value if isinstance(value, tuple) else [value]
    return tuple(parts)


def optional(template: str, **values: "str | Number | Fragment") -> Fragment:
    """Fill a template; return an empty fragment where any of its numbers is missing."""
    missing = any(isinstance(value, Number) and value.value is None for value in values.values())
    return () if missing else phrase(template, **values)


def sentence(template: str, **values: "str | Number | Fragment") -> Sentence:
    """Fill a template as a sentence."""
    return Sentence(phrase(template, **values))


def join(fragments: Iterable[Fragment], separator: str = "、") -> Fragment:
    """Join fragments by a separator: A、B、C."""
    joined: list[str | Number] = []
    for number, fragment in enumerate(fragments):
        joined += [separator, *fragment] if number else fragment
    return tuple(joined)


def in_one_unit(listed: Fragment) -> Fragment:
    """Return a list whose counts are all printed in 万件, or all in 件: never 1.1万件、9874件."""
    counts = [part.value for part in listed if isinstance(part, Number) and part.kind == "count" and part.value is not None]
    if not counts:
        return listed
    ends = min(counts), max(counts)
    return tuple(replace(part, among=ends) if isinstance(part, Number) and part.kind == "count" else part for part in listed)


def _names_and_times(answer: pd.DataFrame, row: pd.DataFrame) -> dict[str, Any]:
    """Return the values of an answer's one row that are no measures: names, and years, months, weekdays and hours."""
    named = [name for name, kind in zip(answer.columns, answer.dtypes, strict=True)
             if name in _TIMES or not pd.api.types.is_numeric_dtype(kind)]
    known = {name: _plain(row[name].iloc[0]) for name in named}
    return {name: value for name, value in known.items() if isinstance(value, str | int)
            or (value is None and (name in _TIMES or not answer[name].isna().all()))}


def _parts(row: pd.DataFrame, column: str) -> tuple[float, float] | None:
    """Return the numerator and denominator of a ratio of tickets whose row has either; None for any other number."""
    if row.get(column) is None or pd.isna(ratio := row[column].iloc[0]):
        return None
    if _PARTS.get(column) in row and ratio > 0:
        part = row[_PARTS[column]].iloc[0]
        return int(part), round(part / ratio)
    whole = row[_WHOLES[column]].iloc[0] if _WHOLES.get(column) in row else None
    return division(ratio * whole, whole) if pd.notna(whole) and whole > 0 else None


def division(part: float, whole: float) -> tuple[float, float]:
    """Return a numerator and a denominator as they are printed: whole where they are, else with two decimals."""
    first, second = (round(float(number), 2) for number in (part, whole))
    return (int(first) if first.is_integer() else first), (int(second) if second.is_integer() else second)


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
