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
_OUTCOMES = ("assessed", "reached", "contacted", "contact_known", "valid", *_ANSWERS)
_HANDLING = ("tickets", "repeated", "redispatched", "due", "on_time", "closed", "days_spent")
_UNIT = ("owner_level", "district", "subdistrict", "owner")
_MATTER = ("category", "subcategory")
_FREE = [schema.VALUES[column][:-1] for column in ("resolved", "satisfied")]  # the last follows from them

LEVELS = "/"  # between a label across categories, its kind and its matter
_BETWEEN = "\x1f"  # between the labels of a ticket, so that they are one dimension: the "unit separator" of text

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
    rows = _based(rows).mutate(labels=_.tags.join(_BETWEEN))
    dispatched, handled = rows.filter(_.is_dispatched), rows.filter(_.is_dispatched | _.is_assessed)
    return {
        "intake": _counted("intake", rows, "channel", "source", "kind", "handling", "owner_level", "exclusion", "assessment"),
        "calls": _counted("calls", rows, "handling", "category", "subcategory", "topic", "labels"),
        "hours": _hours(rows),
        "units": _units(handled, month_starts_on),
        "matters": _matters(handled, month_starts_on),
        "unit_categories": _unit_categories(handled, month_starts_on),
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
    intake, calls, matters, unit_categories = (counted[name] for name in ("intake", "calls", "matters", "unit_categories"))
    units = _based(counted["units"])
    labelled = _labelled(units)
    dispatched, assessed, sent = units.filter(_.is_dispatched), units.filter(_.is_assessed), labelled.filter(_.is_dispatched)
    return {
        "channels": _added(intake, "channel", "source", "kind", "handling"),
        "calls": _added(calls, "handling", "category", "subcategory", "topic"),
        "tags": _added(_labelled(calls), "tag", "handling", "category", "subcategory"),
        "hours": _added(counted["hours"], "weekday", "hour"),
        "days": _added(counted["hours"], "day", counts=("tickets", "timed")),
        "areas": _added(unit_categories.filter(_.is_dispatched & _is_of_districts(_.owner_level)),
                        "owner_level", "district", "subdistrict", "category"),
        "owners": _added(dispatched.filter(_.owner.notnull()), "owner_level", "district", "owner"),
        "funnel": _funnel(intake, assessed),
        "outcomes": _by_assessment_month(assessed, *_UNIT, counts=(*_OUTCOMES, *PAIRS)),
        "category_outcomes": _by_assessment_month(matters.filter(_.is_assessed), *_MATTER, counts=_OUTCOMES),
        "unit_category_outcomes": _by_assessment_month(unit_categories.filter(_.is_assessed), *_UNIT, "category",
                                                       counts=_OUTCOMES),
        "category_handling": _added(matters.filter(_.is_dispatched), *_MATTER, counts=_HANDLING),
        "unit_handling": _added(dispatched, *_UNIT, counts=_HANDLING),
        "durations": _added(counted["durations"].rename(due="known_on_time"), "owner_level", "district", "days",
                            counts=("tickets", "due", "on_time")),
        "dispatching": _added(counted["dispatching"], "dispatches", "days"),
        "backlog": _added(counted["backlog"], "day", "status", "until"),
        "closings": _added(counted["closings"], "hours"),
        "coverage": _coverage(counted),
        "tag_kinds": _tag_kinds(calls),
        "tag_areas": _added(sent, "tag", "owner_level", "district", "subdistrict"),
        "tag_owners": _added(sent.filter(_.owner.notnull()), "tag", "owner_level", "district", "owner"),
        "tag_outcomes": _by_assessment_month(labelled.filter(_.is_assessed), "tag", *_UNIT, counts=(*_OUTCOMES, *PAIRS)),
        "replies": _by_assessment_month(matters.filter(_.is_assessed), "owner_level", "district", *_MATTER,
                                        counts=(*_OUTCOMES, *PAIRS)),
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
            "districts": dispatched & _is_of_districts(level),
            "subdistricts": dispatched & (level.isnull() | (level == "subdistrict")),
            "assessed": assessment.notnull() & (assessment != "none")}


def _is_of_districts(level: ibis.Column | ibis.Deferred) -> ibis.Column | ibis.Deferred:
    return level.isnull() | level.isin(["district_department", "subdistrict"])


def _based(rows: ibis.Table) -> ibis.Table:
    """Add whether tickets were dispatched, and whether they are assessed; never null."""
    bases = _bases(rows)
    return rows.mutate(is_dispatched=bases["dispatched"], is_assessed=bases["assessed"])


def _counted(base_count: str, rows: ibis.Table, *dimensions: str, **counts: ibis.Value) -> ibis.Table:
    """Count tickets by year, month and dimensions: all, those with a value in each of `counts`, and `known_*`.

    A scalar among `counts` is what it is: a sum.
    """
    counted = {name: count.count() if isinstance(count, ibis.Column) else count for name, count in counts.items()}
    counted |= _known(base_count, rows, dimensions)
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
    """Count outcomes and handling of the tickets that were dispatched to a unit or are assessed (report 2020, 四).

    `valid`: both the caller's answers, on solution and on satisfaction, are known; of these, answers and their `PAIRS` are
    counted. `is_late`: received on or after the day from which tickets belong to the next assessment month.
    """
    return _counted("units", rows.mutate(is_late=_is_late(rows, month_starts_on)), "is_late", "handling", *_UNIT, "exclusion",
                    "assessment", "labels", **_outcomes(rows), **_pairs(rows), **_handling(rows))


def _matters(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """Count outcomes and handling of the tickets that were dispatched or are assessed, by what they are about, and where."""
    rows = rows.mutate(is_late=_is_late(rows, month_starts_on))
    return _counted("matters", rows, "is_late", "is_dispatched", "is_assessed", "owner_level", "district", *_MATTER,
                    **_outcomes(rows), **_pairs(rows), **_handling(rows))


def _unit_categories(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """Count tickets and outcomes by unit and category: what a unit's rates owe to what it was given to solve."""
    rows = rows.mutate(is_late=_is_late(rows, month_starts_on))
    return _counted("unit_categories", rows, "is_late", "is_dispatched", "is_assessed", *_UNIT, "category", **_outcomes(rows))


def _labelled(counted: ibis.Table) -> ibis.Table:
    """Return the rows of a base count once for each label of their tickets, without its kinds and matters, as `tag`."""
    each = counted.filter(_.labels != "").mutate(tag=_.labels.split(_BETWEEN).unnest())
    return each.mutate(tag=_.tag.split(LEVELS)[0]).distinct()


def _tag_kinds(calls: ibis.Table) -> ibis.Table:
    """Sum tickets by the kinds and matters of their labels: 疫情/出行/进返京 is the matter 进返京 of the kind 出行.

    A ticket counts once for each of its matters. Labels of one level alone are left out.
    """
    each = calls.filter(_.labels != "").mutate(parts=_.labels.split(_BETWEEN).unnest()).mutate(parts=_.parts.split(LEVELS))
    named = each.filter(_.parts.length() > 1).mutate(tag=_.parts[0], tag_kind=_.parts[1],
                                                     matter=(_.parts.length() > 2).ifelse(_.parts[2], None))
    return _added(named, "tag", "tag_kind", "matter")


def _outcomes(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return columns whose values are counted: callers reached, valid answers, and each answer of the valid ones."""
    is_valid = _is_valid(rows)
    return {"reached": _where(rows.reached), "contact_known": _where(is_valid & rows.contacted.notnull()),
            "valid": _where(is_valid), **{level: _where(is_valid & gave) for level, gave in _gave(rows).items()}}


def _handling(rows: ibis.Table) -> dict[str, ibis.Value]:
    """Return columns whose values are counted: how dispatched tickets were handled; of `days_spent` the sum.

    `repeated`: excluded as repeated or of several callers; `redispatched`: dispatched twice or more; `due`: whether on time is
    known; `days_spent`: whole calendar days from receipt to closing, of the `closed`.
    """
    days = rows.closed_at.date().delta(rows.received_at.date(), unit="day")
    return {"repeated": _where(rows.exclusion == "duplicate"), "redispatched": _where(rows.dispatches > 1), "due": rows.on_time,
            "on_time": _where(rows.on_time), "closed": days, "days_spent": _sum(days)}


def _is_valid(rows: ibis.Table) -> ibis.Column:
    return rows.resolved.notnull() & rows.satisfied.notnull()


def _gave(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return for each answer whether a ticket has it."""
    return {level: rows[column] == level for level, column in _ANSWERS.items()} | {"contacted": rows.contacted}


def _pairs(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return columns whose values are counted: the `PAIRS` of answers of valid tickets."""
    is_valid, gave = _is_valid(rows), _gave(rows)
    return {name: _where(is_valid & gave[first] & gave[second]) for name, (first, second) in PAIRS.items()}


def _is_late(rows: ibis.Table, month_starts_on: int) -> ibis.Column:
    return rows.received_at.day() >= month_starts_on if month_starts_on > 1 else ibis.literal(False)


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


def _funnel(intake: ibis.Table, assessed: ibis.Table) -> ibis.Table:
    """Count all tickets, the assessed, and of these the callers reached and the valid answers."""
    by, zero = ["year", "month", "handling", "owner_level", "exclusion"], ibis.literal(0, "int64")
    received = intake.select(*by, "tickets", assessed=_bases(intake)["assessed"].ifelse(intake.tickets, 0),
                             reached=zero, valid=zero)
    outcomes = assessed.select(*by, "reached", "valid", tickets=zero, assessed=zero)
    counts = ("tickets", "assessed", "reached", "valid")
    return _added(received.union(outcomes.select(received.columns)), *by[2:], counts=counts)


def _by_assessment_month(assessed: ibis.Table, *dimensions: str, counts: Sequence[str]) -> ibis.Table:
    """Sum counts of assessed tickets (`assessed`) by the month that their assessment belongs to, and dimensions."""
    months = assessed.month + assessed.is_late.cast("int32") - 1
    moved = assessed.mutate(year=(assessed.year + months // 12).cast("int32"), month=(months % 12 + 1).cast("int32"))
    return _added(moved.rename(assessed="tickets"), *dimensions, counts=counts)


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
