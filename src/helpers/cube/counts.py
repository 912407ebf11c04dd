"""Define what the cube counts, in two stages: a few base counts over the tickets, and the cube's tables as sums of these.

An engine (DuckDB, Spark, a warehouse) answers the first stage; the second works on its small answers.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

import ibis
import pyarrow as pa
from ibis import _

from helpers.tickets import schema

_ANSWERS = {level: column for column in ("resolved", "satisfied") for level in schema.VALUES[column]}
_FREE = [schema.VALUES[column][:-1] for column in ("resolved", "satisfied")]  # the last follows from them

# Pairs of answers that a ticket has both of. With the counts of single answers they give the sum of squares of tickets' scores
# for any weights: an edition's new weights count no ticket again, and whole numbers add up exactly on every engine.
PAIRS = {f"{first}_{second}": (first, second)
         for one, other in combinations([*_FREE, ["contacted"]], 2) for first in one for second in other}


def base_counts(rows: ibis.Table, month_starts_on: int = 1) -> dict[str, ibis.Table]:
    """Return the base counts by name, each of which reads the tickets once; the tables of the cube are sums of them.

    Columns: year, month (of received_at), dimensions (null where unknown), tickets, further counts, and `known_*`, the tickets
    with a value in a column. Grouping is the cost: make a column a dimension of few base counts, and of none whose groups
    would then exceed a processor's cache.
    """
    rows = rows.mutate(year=_.received_at.year().cast("int32"), month=_.received_at.month().cast("int32"))
    bases = _bases(rows)
    dispatched, districts = rows.filter(bases["dispatched"]), rows.filter(bases["districts"])
    tagged = rows.filter(rows.tags.length() > 0).select("year", "month", tag=_.tags.unnest())
    return {
        "intake": _counted("intake", rows, "channel", "source", "kind", "handling", "owner_level", "exclusion", "assessment"),
        "calls": _counted("calls", rows, "handling", "category", "subcategory", "topic"),
        "tags": _counted("tags", tagged, "tag"),
        "hours": _hours(rows),
        "areas": _counted("areas", districts, "owner_level", "district", "subdistrict", "category"),
        "units": _units(rows.filter(bases["dispatched"] | bases["assessed"]), month_starts_on),
        "durations": _durations(dispatched),
        "dispatching": _dispatching(dispatched),
        "backlog": _backlog(dispatched),
        "closings": _closings(dispatched),
    }


def tables(counted: Mapping[str, ibis.Table]) -> dict[str, ibis.Table]:
    """Return each table of the cube as a query over the results of `base_counts`, sorted by all its dimensions.

    `areas` counts what districts handle: dispatched tickets except those of municipal agencies and state-owned enterprises.
    A ticket without `handling` or `owner_level` counts as dispatched to a district, since exports often lack both.
    """
    intake, units = counted["intake"], counted["units"]
    owned = units.filter(_bases(units)["dispatched"] & units.owner.notnull())
    return {
        "channels": _added(intake, "channel", "source", "kind", "handling"),
        "calls": _added(counted["calls"], "handling", "category", "subcategory", "topic"),
        "tags": _added(counted["tags"], "tag"),
        "hours": _added(counted["hours"], "weekday", "hour"),
        "days": _added(counted["hours"], "day", counts=("tickets", "timed")),
        "areas": _added(counted["areas"], "owner_level", "district", "subdistrict", "category"),
        "owners": _added(owned, "owner_level", "district", "owner"),
        "funnel": _funnel(intake, units),
        "outcomes": _outcomes(units),
        "durations": _added(counted["durations"].rename(due="known_on_time"), "owner_level", "district", "days",
                            counts=("tickets", "due", "on_time")),
        "dispatching": _added(counted["dispatching"], "dispatches", "days"),
        "backlog": _added(counted["backlog"], "day", "status", "until"),
        "closings": _added(counted["closings"], "hours"),
        "coverage": _coverage(counted),
    }


def daily(rows: ibis.Table) -> ibis.Table:
    """Count all tickets by day of receipt, place and category, sorted: years of it, one below the other, are one series.

    Columns: year, month, day, district, subdistrict, category (null where unknown), tickets.
    """
    by = ["year", "month", "day", "district", "subdistrict", "category"]
    counted = rows.aggregate({"tickets": rows.count().cast("int64")},
                             by={"at": rows.received_at.truncate("D"), **{name: rows[name] for name in by[3:]}})
    return counted.select(year=_.at.year().cast("int32"), month=_.at.month().cast("int32"), day=_.at.day().cast("int32"),
                          **{name: _[name] for name in [*by[3:], "tickets"]}).order_by(by)


def _bases(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return for each value of `Column.applies_to` whether a ticket is among these; never null."""
    handling, level, assessment = rows.handling, rows.owner_level, rows.assessment
    dispatched = handling.isnull() | (handling == "dispatched")
    return {"all": ibis.literal(True),
            "dispatched": dispatched,
            "districts": dispatched & (level.isnull() | level.isin(["district_department", "subdistrict"])),
            "subdistricts": dispatched & (level.isnull() | (level == "subdistrict")),
            "assessed": assessment.notnull() & (assessment != "none")}


def _counted(base_count: str, rows: ibis.Table, *dimensions: str, **counts: ibis.Column) -> ibis.Table:
    """Count tickets by year, month and dimensions: all, those with a value in each of `counts`, and `known_*`."""
    counted = {name: column.count() for name, column in counts.items()} | _known(base_count, rows, dimensions)
    return rows.aggregate({"tickets": rows.count()} | counted, by=["year", "month", *dimensions])


def _known(base_count: str, rows: ibis.Table, dimensions: Sequence[str] = ()) -> dict[str, ibis.Scalar]:
    """Count the values of the columns that a base count counts and does not group by; an empty list is none."""
    columns = [(column, rows[column.name]) for column in schema.COLUMNS
               if column.counted_in == base_count and column.name not in dimensions]
    return {f"known_{column.name}": (_where(values.length() > 0) if pa.types.is_list(column.type) else values).count()
            for column, values in columns}


def _where(condition: ibis.Column) -> ibis.Column:
    """Return a column with a value where a condition is met: counting values is faster than filtering for each count."""
    return condition.ifelse(1, ibis.null("int8"))


def _hours(rows: ibis.Table) -> ibis.Table:
    """Count all tickets by the hour of receipt, a single key, so that further counts are cheap here.

    Monday is weekday 1; the first hour of a day is 0. `timed`: received at a time other than midnight, which a date without a
    time is read as.
    """
    timed = _where(rows.received_at != rows.received_at.truncate("D")).count()
    return (rows.aggregate({"tickets": rows.count(), "timed": timed} | _known("hours", rows),
                           by={"at": rows.received_at.truncate("h")})
            .mutate(year=_.at.year().cast("int32"), month=_.at.month().cast("int32"), day=_.at.day().cast("int32"),
                    weekday=(_.at.day_of_week.index() + 1).cast("int32"), hour=_.at.hour().cast("int32"))
            .drop("at"))


def _units(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """Count outcomes of the tickets that were dispatched to a unit or are assessed (report 2020, 四).

    `valid`: both the caller's answers, on solution and on satisfaction, are known; of these, answers and their `PAIRS` are
    counted. `is_late`: received on or after the day from which tickets belong to the next assessment month.
    """
    is_valid = rows.resolved.notnull() & rows.satisfied.notnull()
    gave = {level: rows[column] == level for level, column in _ANSWERS.items()} | {"contacted": rows.contacted}
    answers = {level: _where(is_valid & given) for level, given in gave.items()}
    pairs = {name: _where(is_valid & gave[first] & gave[second]) for name, (first, second) in PAIRS.items()}
    is_late = rows.received_at.day() >= month_starts_on if month_starts_on > 1 else ibis.literal(False)
    return _counted("units", rows.mutate(is_late=is_late), "is_late", "handling", "owner_level", "district", "subdistrict",
                    "owner", "exclusion", "assessment", reached=_where(rows.reached),
                    contact_known=_where(is_valid & rows.contacted.notnull()), valid=_where(is_valid), **answers, **pairs)


def _durations(dispatched: ibis.Table) -> ibis.Table:
    """Count dispatched tickets by whole calendar days from receipt to closing; null where either date is unknown."""
    rows = dispatched.mutate(days=_.closed_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted("durations", rows, "owner_level", "district", "days", on_time=_where(rows.on_time))


def _dispatching(dispatched: ibis.Table) -> ibis.Table:
    """Count dispatched tickets by number of dispatches and by whole calendar days from first receipt to last dispatch.

    `days` is negative where the export has the dispatch before the receipt, null where a time is unknown.
    """
    rows = dispatched.mutate(days=_.dispatched_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted("dispatching", rows, "dispatches", "days")


def _backlog(dispatched: ibis.Table) -> ibis.Table:
    """Count dispatched tickets whose status is known by day of receipt, status, and the month of closing.

    `until` is year × 12 + month − 1; null where a ticket is open, or closed at an unknown time.
    """
    month = (_.closed_at.year() * 12 + _.closed_at.month() - 1).cast("int32")
    rows = dispatched.filter(_.status.notnull()).mutate(day=_.received_at.day().cast("int32"),
                                                        until=(_.status == "closed").ifelse(month, ibis.null("int32")))
    return _counted("backlog", rows, "day", "status", "until")


def _closings(dispatched: ibis.Table) -> ibis.Table:
    """Count closed dispatched tickets by hours from receipt to closing, begun hours as whole ones.

    Null where either is a date without a time, which is read as midnight.
    """
    timed = (_.received_at != _.received_at.truncate("D")) & (_.closed_at != _.closed_at.truncate("D"))
    hours = ((_.closed_at.epoch_seconds() - _.received_at.epoch_seconds() + 3599) // 3600).cast("int32")
    rows = dispatched.filter(_.closed_at.notnull()).mutate(hours=timed.ifelse(hours, ibis.null("int32")))
    return _counted("closings", rows, "hours")


def _added(rows: ibis.Table, *dimensions: str, counts: Sequence[str] = ("tickets",)) -> ibis.Table:
    """Sum counts by year, month and dimensions, in their order."""
    by = ["year", "month", *dimensions]
    return rows.aggregate({name: _sum(rows[name]) for name in counts}, by=by).order_by(by)


def _sum(counts: ibis.Column, where: ibis.Column | None = None) -> ibis.Scalar:
    return counts.sum(where=where).fill_null(0).cast("int64")


def _funnel(intake: ibis.Table, units: ibis.Table) -> ibis.Table:
    """Count all tickets, the assessed, and of these the callers reached and the valid answers."""
    by, zero = ["year", "month", "handling", "owner_level", "exclusion"], ibis.literal(0, "int64")
    received = intake.select(*by, "tickets", assessed=_bases(intake)["assessed"].ifelse(intake.tickets, 0),
                             reached=zero, valid=zero)
    outcomes = units.filter(_bases(units)["assessed"]).select(*by, "reached", "valid", tickets=zero, assessed=zero)
    counts = ("tickets", "assessed", "reached", "valid")
    return _added(received.union(outcomes.select(received.columns)), *by[2:], counts=counts)


def _outcomes(units: ibis.Table) -> ibis.Table:
    """Count assessed tickets by assessment month, and the answers of the valid ones."""
    months = units.month + units.is_late.cast("int32") - 1
    shifted = (units.filter(_bases(units)["assessed"])
              .mutate(year=(units.year + months // 12).cast("int32"), month=(months % 12 + 1).cast("int32"))
              .rename(assessed="tickets"))
    return _added(shifted, "owner_level", "district", "subdistrict", "owner",
                  counts=("assessed", "reached", "contacted", "contact_known", "valid",
                          *_ANSWERS, *PAIRS))


def _coverage(counted: Mapping[str, ibis.Table]) -> ibis.Table:
    """Count by month the tickets that each column applies to (`tickets`), and those of them with a value in it (`known`)."""
    intake, zero = counted["intake"], ibis.literal(0, "int64")
    bases, sources = _bases(intake), {"every": intake, **counted}
    applicable = {column.name: _sum(intake.tickets, bases[column.applies_to]) for column in schema.COLUMNS}
    filled = {source: {column.name: _filled(sources[source], column) for column in schema.COLUMNS if column.counted_in == source}
              for source in dict.fromkeys(column.counted_in for column in schema.COLUMNS)}
    rows = [_long(intake, "tickets", applicable).mutate(known=zero),
            *(_long(sources[source], "known", sums).mutate(tickets=zero) for source, sums in filled.items())]
    return _added(ibis.union(*(part.select("year", "month", "column", "tickets", "known") for part in rows)),
                  "column", counts=("tickets", "known"))


def _filled(rows: ibis.Table, column: schema.Column) -> ibis.Scalar:
    """Sum the tickets of a base count that have a value in a column, of those that the column applies to."""
    applies = _bases(rows)[column.applies_to] if "assessment" in rows.columns else ibis.literal(True)  # else it has no others
    if f"known_{column.name}" in rows.columns:
        return _sum(rows[f"known_{column.name}"], applies)
    return _sum(rows.tickets, applies if column.counted_in == "every" else applies & rows[column.name].notnull())


def _long(rows: ibis.Table, measure: str, sums: Mapping[str, ibis.Scalar]) -> ibis.Table:
    """Return sums by month, a row for each, whose name is in `column`."""
    return (rows.aggregate(sums, by=["year", "month"])
            .pivot_longer(~ibis.selectors.cols("year", "month"), names_to="column", values_to=measure))
