"""Write phrases that several sentences share: lists of names, ties, changes, months."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any, Literal

import pandas as pd

from helpers.settings import labels
from helpers.writing.citations import Fragment, Number, cite, in_one_unit, join, literal, optional, phrase

NAMED = 3  # at most so many names are listed; more are counted

_STOPS = frozenset("、，；：。")


def change(row: pd.DataFrame, comparison: str, column: str = "tickets_change") -> Fragment:
    """Return the change of the single row after a comma: ，同比上升55.24%. Empty without a base.

    A change that is known within limits alone is given as a range, ，同比上升35.37%至67.21%, or, where these differ in
    direction, ，同比变化在下降0.22%至上升23.17%之间.
    """
    known = optional("，{comparison}{change}", comparison=comparison, change=cite(row, column))
    return known or (_range(row, comparison) if column == "tickets_change" else ())


def _range(row: pd.DataFrame, comparison: str) -> Fragment:
    if "low_change" not in row or row[["low_change", "high_change"]].isna().any(axis=None):
        return ()
    low, high = (cite(row, f"{end}_change") for end in ("low", "high"))
    if low.value > 0:
        return phrase("，{comparison}{low}至{high}", comparison=comparison, low=low, high=replace(high, kind="rate"))
    if high.value < 0:
        return phrase("，{comparison}{high}至{low}", comparison=comparison, high=high,
                      low=replace(low, value=-low.value, kind="rate"))
    return phrase("，{comparison}变化在{low}至{high}之间", comparison=comparison, low=low, high=high)


def quoted(name: Any) -> str:
    """Return a name; in quotation marks where it has a stop, so that a list of names can be read."""
    return f"“{name}”" if _STOPS & set(str(name)) else str(name)


def full_name(row: dict[str, Any], by: str) -> str:
    """Return a unique name: a subdistrict's, unique only within its district, follows the district's."""
    district = row.get("district") if by == "subdistrict" else None
    return quoted(f"{district}{row[by]}" if isinstance(district, str) else row[by])


def sharing(names: list[str], what: str) -> Fragment:
    """Return tied names; the first and their number where they are many: 甲等5个街道."""
    if len(names) <= NAMED:
        return ("、".join(names),)
    return phrase("{first}等{n}个{what}", first=names[0], n=literal(len(names), "plain"), what=what)


def rankable(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the rows whose entity may be ranked: neither unknown nor of a residual class (其他)."""
    return rows[~labels.residual(by, rows[by])]


def unranked(volumes: pd.DataFrame, by: str) -> Fragment:
    """Return the residual classes and the unknown with their counts: 其他878件、未分类9件; empty where there are none."""
    rows = volumes[labels.residual(by, volumes[by]) & (volumes["tickets"] > 0)]
    return in_one_unit(join(phrase("{name}{tickets}", name=value_name(by, row[by]), tickets=quote(rows, place, by))
                            for place, row in rows.iterrows()))


def first(volumes: pd.DataFrame, by: str, n: int) -> pd.DataFrame:
    """Return the first `n` rows of a volume that may be ranked, never only some of those with equal counts.

    Rows equal to the last are added where they are few; where they are many, all of them are left out, unless nothing would
    remain.
    """
    named = rankable(volumes[volumes["tickets"] > 0], by)
    if len(named) <= n:
        return named
    last = named["tickets"].iloc[n - 1]
    above, upto = named[named["tickets"] > last], named[named["tickets"] >= last]
    if len(upto) <= max(n, len(above) + NAMED):
        return upto
    return above if len(above) else named.head(n)


def counted(rows: pd.DataFrame, by: str) -> Fragment:
    """Return each row's name and count: 龙潭街道（6754件）、东直门街道（6021件）."""
    return in_one_unit(join(phrase("{name}（{tickets}）", name=quoted(row[by]), tickets=quote(rows, place, by))
                            for place, row in rows.iterrows()))


def quote(rows: pd.DataFrame, place: Any, by: str | list[str], column: str = "tickets", **options: Any) -> Number:
    """Quote a cell of the row with a label; the number keeps the row's values of the columns `by`."""
    row = rows.loc[[place]]
    return cite(row, column, at={name: row[name].iloc[0] for name in ([by] if isinstance(by, str) else by)}, **options)


def value_name(by: str, name: Any) -> str:
    """Return the words of a value, quoted where a list needs it."""
    return quoted(labels.value(by, name))


def matter(category: str) -> str:
    """Return what a category's tickets are called: 住房类问题."""
    name = quoted(category)
    return name if name.endswith("问题") else f"{name}问题" if name.endswith("类") else f"{name}类问题"


def month(rows: pd.DataFrame, place: Any) -> Fragment:
    """Return a month's name, with its year where the rows are of two years."""
    year = (quote(rows, place, ["year", "month"], "year"),) if rows["year"].nunique() > 1 else ()
    return (*year, quote(rows, place, ["year", "month"], "month"))


def month_names(chosen: pd.DataFrame, rows: pd.DataFrame, most: int = NAMED) -> Fragment:
    """Return the names of some of the rows' months: 1月至3月、8月; the first and their number where `most` are exceeded."""
    places = enumerate(zip(chosen.index, chosen["year"] * 12 + chosen["month"], strict=True))
    spans = [[place for _, (place, _) in group] for _, group in groupby(places, key=lambda pair: pair[1][1] - pair[0])]
    pieces = [piece for span in spans for piece in (
        [phrase("{first}至{last}", first=month(rows, span[0]), last=month(rows, span[-1]))] if len(span) > 2 else
        [month(rows, place) for place in span])]
    if len(pieces) > most:
        return phrase("{first}等{n}个月", first=month(rows, chosen.index[0]), n=literal(len(chosen), "plain"))
    return join(pieces)


def extreme(rows: pd.DataFrame, which: Literal["max", "min"]) -> pd.DataFrame:
    """Return the rows that share the largest or the smallest count."""
    return rows[rows["tickets"] == getattr(rows["tickets"], which)()]


def clauses(fragments: Iterable[Fragment], separator: str = "；") -> Fragment:
    """Join the fragments that are not empty."""
    return join([fragment for fragment in fragments if fragment], separator)
