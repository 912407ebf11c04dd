"""What is counted, in two stages: a few questions to the tickets, and the tables of the cube as sums of their answers.

The first stage is an engine's work, the second is done with what it answered, which is small.
"""

from collections.abc import Mapping, Sequence

import ibis
from ibis import _

from helpers.tickets import schema

APPLIES_TO = {  # columns that say nothing of other tickets: what was answered at once has no owner
    **dict.fromkeys(("owner_level", "owner", "dispatched_at", "due_at", "closed_at", "on_time"), "dispatched"),
    "district": "districts", **dict.fromkeys(("subdistrict", "community"), "subdistricts"),
    **dict.fromkeys(("reached", "contacted", "resolved", "satisfied"), "assessed"),
}
COUNTED_IN = {  # the parts that tell how many tickets have a value in a column
    "intake": ("ticket_id", "received_at", "channel", "source", "kind", "handling", "owner_level", "exclusion", "assessment"),
    "hours": ("dispatches", "tags", "longitude", "latitude"),
    "calls": ("category", "subcategory", "topic"),
    "units": ("owner", "district", "subdistrict", "community", "reached", "contacted", "resolved", "satisfied"),
    "durations": ("due_at", "closed_at", "on_time"), "dispatching": ("dispatched_at",),
}


def base_counts(rows: ibis.Table, month_starts_on: int = 1) -> dict[str, ibis.Table]:
    """Return what is asked of the tickets themselves: each of these reads them once, and the tables are sums of them.

    Grouping is what costs: a column is a dimension of as few parts as can be, and of no part with so many values that its
    groups would no longer fit a processor's cache. `known_*` counts the tickets with a value in a column.
    """
    rows = rows.mutate(year=_.received_at.year().cast("int32"), month=_.received_at.month().cast("int32"))
    bases = _bases(rows)
    dispatched, districts = rows.filter(bases["dispatched"]), rows.filter(bases["districts"])
    tagged = rows.filter(rows.tags.length() > 0).select("year", "month", tag=_.tags.unnest())
    return {
        "intake": _counted(rows, "channel", "source", "kind", "handling", "owner_level", "exclusion", "assessment"),
        "calls": _counted(rows, "handling", "category", "subcategory", "topic"),
        "tags": _counted(tagged, "tag"),
        "hours": _hours(rows),
        "areas": _counted(districts, "owner_level", "district", "subdistrict", "category"),
        "units": _units(rows.filter(bases["dispatched"] | bases["assessed"]), month_starts_on),
        "durations": _durations(dispatched),
        "dispatching": _dispatching(dispatched),
    }


def tables(counted: Mapping[str, ibis.Table]) -> dict[str, ibis.Table]:
    """Return each table of the cube, sorted by all its dimensions, as a question to what `parts` has counted.

    `areas` counts the districts' base: dispatched tickets but those of municipal agencies and state-owned enterprises.
    A ticket without `handling` or `owner_level` counts as dispatched to a district, since exports often lack both.
    """
    intake, units = counted["intake"], counted["units"]
    held = units.filter(_bases(units)["dispatched"] & units.owner.notnull())
    return {
        "channels": _added(intake, "channel", "source", "kind", "handling"),
        "calls": _added(counted["calls"], "handling", "category", "subcategory", "topic"),
        "tags": _added(counted["tags"], "tag"),
        "hours": _added(counted["hours"], "weekday", "hour"),
        "areas": _added(counted["areas"], "owner_level", "district", "subdistrict", "category"),
        "owners": _added(held, "owner_level", "district", "owner"),
        "funnel": _funnel(intake, units),
        "outcomes": _outcomes(units),
        "durations": _added(counted["durations"].rename(due="known_on_time"), "owner_level", "district", "days",
                            counts=("tickets", "due", "on_time")),
        "dispatching": _added(counted["dispatching"], "dispatches", "days"),
        "coverage": _coverage(counted),
    }


def _bases(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return who belongs to the tickets that a column may apply to: true or false for every ticket, never null."""
    handling, level, assessment = rows.handling, rows.owner_level, rows.assessment
    dispatched = handling.isnull() | (handling == "dispatched")
    return {"dispatched": dispatched,
            "districts": dispatched & (level.isnull() | level.isin(["district_department", "subdistrict"])),
            "subdistricts": dispatched & (level.isnull() | (level == "subdistrict")),
            "assessed": assessment.notnull() & (assessment != "none")}


def _counted(rows: ibis.Table, *dimensions: str, **counts: ibis.Column) -> ibis.Table:
    """Return year, month, the dimensions, the number of tickets and of those with a value in each column of `counts`."""
    return rows.aggregate({"tickets": rows.count()} | {name: column.count() for name, column in counts.items()},
                          by=["year", "month", *dimensions])


def _met(condition: ibis.Column) -> ibis.Column:
    """Return a column with a value where a condition is met: counting these is quicker than filtering for each count."""
    return condition.ifelse(1, ibis.null("int8"))


def _known(rows: ibis.Table, *columns: str) -> dict[str, ibis.Column]:
    return {f"known_{name}": rows[name] for name in columns}


def _hours(rows: ibis.Table) -> ibis.Table:
    """All tickets by the hour they were received in, which is one key, so that counts cost little here.

    Monday is weekday 1; the first hour of a day is 0.
    """
    counts = {"tickets": rows.count(), "known_tags": _met(rows.tags.length() > 0).count()}
    counts |= {name: column.count() for name, column in _known(rows, "dispatches", "longitude", "latitude").items()}
    return (rows.aggregate(counts, by={"at": rows.received_at.truncate("h")})
            .mutate(year=_.at.year().cast("int32"), month=_.at.month().cast("int32"),
                    weekday=(_.at.day_of_week.index() + 1).cast("int32"), hour=_.at.hour().cast("int32"))
            .drop("at"))


def _units(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """What became of the tickets that a unit was given or is assessed by (report 2020, 四).

    `valid`: the caller said both whether it was solved and whether they are satisfied; who is assessed, `assessment` says.
    `is_late`: received on or after the day from which tickets belong to the next assessment month.
    """
    is_valid = rows.resolved.notnull() & rows.satisfied.notnull()
    answers = {level: _met(is_valid & (rows[column] == level))
               for column in ("resolved", "satisfied") for level in schema.VALUES[column]}
    is_late = rows.received_at.day() >= month_starts_on if month_starts_on > 1 else ibis.literal(False)
    return _counted(rows.mutate(is_late=is_late), "is_late", "handling", "owner_level", "district", "subdistrict", "owner",
                    "exclusion", "assessment", reached=_met(rows.reached), contacted=_met(is_valid & rows.contacted),
                    contact_known=_met(is_valid & rows.contacted.notnull()), valid=_met(is_valid), **answers,
                    **_known(rows, "community", "reached", "contacted", "resolved", "satisfied"))


def _durations(dispatched: ibis.Table) -> ibis.Table:
    """Whole calendar days from the date a ticket was received to the date it was closed; null where it is not known."""
    rows = dispatched.mutate(days=_.closed_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted(rows, "owner_level", "district", "days", on_time=_met(rows.on_time),
                    **_known(rows, "due_at", "closed_at", "on_time"))


def _dispatching(dispatched: ibis.Table) -> ibis.Table:
    """How often tickets were dispatched, and the whole calendar days from the first receipt to the last dispatch.

    `days` is negative where the export has the dispatch before the receipt, null where a time is not known.
    """
    rows = dispatched.mutate(days=_.dispatched_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted(rows, "dispatches", "days", **_known(rows, "dispatched_at"))


def _added(part: ibis.Table, *dimensions: str, counts: Sequence[str] = ("tickets",)) -> ibis.Table:
    """Return year, month, the dimensions and the sums of counts over all else, in order."""
    by = ["year", "month", *dimensions]
    return part.aggregate({name: _sum(part[name]) for name in counts}, by=by).order_by(by)


def _sum(counts: ibis.Column, where: ibis.Column | None = None) -> ibis.Scalar:
    return counts.sum(where=where).fill_null(0).cast("int64")


def _funnel(intake: ibis.Table, units: ibis.Table) -> ibis.Table:
    """All tickets, those that are assessed, and of these who was reached and whose answers are valid."""
    by, none = ["year", "month", "handling", "owner_level", "exclusion"], ibis.literal(0, "int64")
    every = intake.select(*by, "tickets", assessed=_bases(intake)["assessed"].ifelse(intake.tickets, 0),
                          reached=none, valid=none)
    judged = units.filter(_bases(units)["assessed"]).select(*by, "reached", "valid", tickets=none, assessed=none)
    counts = ("tickets", "assessed", "reached", "valid")
    return _added(every.union(judged.select(every.columns)), *by[2:], counts=counts)


def _outcomes(units: ibis.Table) -> ibis.Table:
    """Assessed tickets by assessment month, and of the valid ones what their callers said."""
    after = units.month + units.is_late.cast("int32") - 1
    turned = (units.filter(_bases(units)["assessed"])
              .mutate(year=(units.year + after // 12).cast("int32"), month=(after % 12 + 1).cast("int32"))
              .rename(assessed="tickets"))
    return _added(turned, "owner_level", "district", "subdistrict", "owner",
                  counts=("assessed", "reached", "contacted", "contact_known", "valid",
                          *schema.VALUES["resolved"], *schema.VALUES["satisfied"]))


def _coverage(counted: Mapping[str, ibis.Table]) -> ibis.Table:
    """How many tickets of a month a column applies to, and how many of these have a value in it.

    The rows of `_APPLIES` say of which tickets a column can be expected to say something; every other column applies to
    all. Tags have a value where the list is not empty.
    """
    intake, none = counted["intake"], ibis.literal(0, "int64")
    bases = _bases(intake)
    asked = _long(intake, "tickets", {name: _sum(intake.tickets, bases.get(APPLIES_TO.get(name)))
                                      for name in schema.SCHEMA.names}).mutate(known=none)
    found = [_long(counted[part], "known", _values(counted[part], columns)).mutate(tickets=none).select(asked.columns)
             for part, columns in COUNTED_IN.items()]
    return _added(ibis.union(asked, *found), "column", counts=("tickets", "known"))


def _values(part: ibis.Table, columns: Sequence[str]) -> dict[str, ibis.Scalar]:
    """Return how many tickets of a part have a value in each column, of those that the column applies to."""
    bases = _bases(part) if "assessment" in part.columns else {}  # all tickets of the other parts belong to the base

    def one(name: str) -> ibis.Scalar:
        base = bases.get(APPLIES_TO.get(name), ibis.literal(True))
        if f"known_{name}" in part.columns:
            return _sum(part[f"known_{name}"], base)
        return _sum(part.tickets, part[name].notnull() & base if name in part.columns else base)  # each has an id and a time

    return {name: one(name) for name in columns}


def _long(part: ibis.Table, kind: str, counts: Mapping[str, ibis.Scalar]) -> ibis.Table:
    """Return counts by month with a row for each, named by `column`."""
    return (part.aggregate(counts, by=["year", "month"])
            .pivot_longer(~ibis.selectors.cols("year", "month"), names_to="column", values_to=kind))
