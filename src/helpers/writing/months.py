"""Write sentences on months: the busiest, the quietest, the course of a year, the peaks of its parts."""

import pandas as pd

from helpers.analysis import trends
from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, join, phrase, sentence

_SHAPES = {"level": "各月总体平稳", "hump": "总体呈先升后降趋势", "dip": "总体呈先降后升趋势", "upward": "总体呈上升趋势",
           "downward": "总体呈下降趋势"}
_RUNS = {"rise": ("上升", "回落"), "fall": ("下降", "回升")}


def months(monthly: pd.DataFrame, opening: str, noun: str, *, kind: str = "count") -> list[Sentence]:
    """State the busiest and the quietest month with ties, months without tickets, and the course of the year.

    `monthly` has a row per month; months with unknown `tickets` are left out.
    """
    known = monthly[monthly["tickets"].notna()]
    some, none = known[known["tickets"] > 0], known[known["tickets"] == 0]
    if some.empty or len(known) < 2:
        return []
    most, least = phrases.extreme(some, "max"), phrases.extreme(some, "min")
    if len(some) == 1:
        extremes = phrase("{noun}全部集中在{month}，为{most}", noun=noun, month=phrases.month(known, most.index[0]),
                      most=_tickets(most, kind))
    elif len(most) == len(known):
        extremes = phrase("{noun}各月均为{most}", noun=noun, most=_tickets(most, kind))
    elif none.empty:
        extremes = phrase("{most}；{least}", most=_most(most, known, noun, kind),
                      least=phrase("{months}最少，{each}{tickets}", months=phrases.month_names(least, known),
                                   each=_each(least), tickets=_tickets(least, kind)))
    else:
        extremes = phrase("{most}；{none}无记录", most=_most(most, known, noun, kind), none=phrases.month_names(none, known))
    return [sentence("{opening}{extremes}。", opening=opening, extremes=extremes), *trend(known)]


def trend(monthly: pd.DataFrame) -> list[Sentence]:
    """State the course of the months, where `trends.course` finds any: 7月至10月逐月下降，11月回升。总体呈先升后降趋势。"""
    course = trends.course(monthly["tickets"])
    if course is None:
        return []
    if course.shape in _SHAPES:
        return [sentence("{shape}。", shape=_SHAPES[course.shape])]
    direction, back = _RUNS[course.shape]
    if course.after == "turn":
        after = phrase("，{month}{back}", month=phrases.month(monthly, monthly.index[course.last + 1]), back=back)
    else:
        after = phrase("，随后稳定在较高水平") if course.after else ()
    return [sentence("{first}至{last}逐月{direction}{after}。", first=phrases.month(monthly, monthly.index[course.first]),
                     last=phrases.month(monthly, monthly.index[course.last]), direction=direction, after=after)]


def peaks(monthly: pd.DataFrame, by: str, n: int, least: int = 1) -> list[Sentence]:
    """State the peak month of each of the first `n`, and for the very first also the next two months.

    从主要细类看，网络交易在11月最多，为6.1万件，12月、1月次之；……。 Entities with fewer than `least` tickets are left out.
    """
    parts: list[Fragment] = []
    for name in monthly[by].dropna().drop_duplicates().head(n):
        rows = monthly[(monthly[by] == name) & monthly["tickets"].notna()]
        if rows["tickets"].sum() >= least and rows["tickets"].nunique() > 1:
            most = phrases.extreme(rows, "max")
            parts.append(phrase("{name}在{months}最多，{each}{tickets}{next}", name=phrases.quoted(name),
                                months=phrases.month_names(most, rows), each=_each(most), tickets=_tickets(most, "count", by),
                                next=() if parts else _next(rows, most)))
    return [sentence("从主要{what}看，{parts}。", what=labels.column(by), parts=join(parts, "；"))] if parts else []


def _most(most: pd.DataFrame, known: pd.DataFrame, noun: str, kind: str) -> Fragment:
    return phrase("{noun}{months}最多，{reached}{tickets}", noun=noun, months=phrases.month_names(most, known),
                  reached=_each(most, "达到"), tickets=_tickets(most, kind))


def _next(rows: pd.DataFrame, most: pd.DataFrame) -> Fragment:
    """The two months after the busiest, in order of their tickets; none where that is shared, or a third is equal to them."""
    below = rows[(rows["tickets"] > 0) & ~rows.index.isin(most.index)].sort_values("tickets", ascending=False, kind="stable")
    third = below["tickets"].iloc[2:3]
    if len(most) > 1 or len(below) < 2 or (third == below["tickets"].iloc[1]).any():
        return ()
    return phrase("，{months}次之", months=join(phrases.month(rows, place) for place in below.index[:2]))


def _each(rows: pd.DataFrame, single: str = "为") -> str:
    return "均为" if len(rows) > 1 else single


def _tickets(rows: pd.DataFrame, kind: str, *by: str):
    return phrases.quote(rows, rows.index[0], [*by, "year", "month"], kind=kind)
