"""Count what is open: by month, by age at the end of a period, and how long it took to close.

All questions are of the tickets received in the period; those left open from earlier years are not known to every export.
"""

import calendar
from datetime import date

import ibis
from ibis import _

from helpers.cube import selections
from helpers.settings.periods import Period

__all__ = ["AGES", "ages", "monthly", "spent"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


AGES = {"week": 7, "month": 30, "quarter": 90, "half": 180, "longer": None}  # most days since receipt


def monthly(backlog: ibis.Table, period: Period) -> ibis.Table:
    """Count the tickets that were open at the end of each month.

    Columns: year, month, tickets (0 where none was open). A ticket that was closed at an unknown time counts as closed.
    """
    years, months = zip(*period.calendar, strict=True)
    ends = ibis.memtable({"year": years, "month": months}, schema={"year": "int32", "month": "int32"})
    ends = ends.mutate(end=_.year * 12 + _.month - 1)
    inside = backlog.filter(selections.in_period(backlog, period)).select(
        "status", "until", received=_.year * 12 + _.month - 1, counted=_.tickets)
    both = ends.cross_join(inside)
    still = (both.received <= both.end) & _is_open(both, both.end)
    counted = both.aggregate(by=["year", "month"], tickets=both.counted.sum(where=still).fill_null(0).cast("int64"))
    return counted.order_by("year", "month")


def ages(backlog: ibis.Table, period: Period) -> ibis.Table:
    """Count the tickets that were open at the end of a period by the time since they were received.

    Columns: age (`AGES`, youngest first), tickets, ticket_share of all open ones. Only ages with tickets have a row.
    """
    year, month = period.calendar[-1]
    end = date(year, month, calendar.monthrange(year, month)[1])
    inside = backlog.filter(selections.in_period(backlog, period), _is_open(backlog, ibis.literal(period.end)))
    days = ibis.literal(end).delta(ibis.date(inside.year, inside.month, inside.day), unit="day")
    limits = [(days <= most, name) for name, most in AGES.items() if most is not None]
    places = [(days <= most, place) for place, most in enumerate(AGES.values()) if most is not None]
    aged = inside.mutate(age=ibis.cases(*limits, else_=[*AGES][-1]), place=ibis.cases(*places, else_=len(AGES) - 1))
    return (aged.aggregate(by=["place", "age"], tickets=_.tickets.sum().cast("int64"))
            .mutate(ticket_share=_.tickets / _.tickets.sum().over())
            .order_by("place")
            .drop("place"))


def spent(table: ibis.Table, period: Period, column: str) -> ibis.Table:
    """Return within how much time half and nine tenths of the closed tickets were closed; `column` is hours or days.

    Columns: closed (tickets of which the time is known); <column>_median and <column>_p90, the least whole number that so many
    tickets do not exceed; null where none is known. A single row.
    """
    each = (table.filter(selections.in_period(table, period), table[column].notnull())
            .aggregate(by=[column], closed=_.tickets.sum().cast("int64"))
            .mutate(upto=_.closed.sum().over(order_by=column, rows=(None, 0)), all=_.closed.sum().over()))
    return each.aggregate(closed=each.closed.sum().fill_null(0).cast("int64"), **{
        f"{column}_{name}": each[column].min(where=each.upto * 10 >= each["all"] * tenths)
        for name, tenths in (("median", 5), ("p90", 9))})


def _is_open(rows: ibis.Table, end: ibis.Value) -> ibis.Value:
    """Return whether tickets were open at the end of a month, counted from the year 0."""
    return (rows.status == "open") | (rows.until > end).fill_null(False)
