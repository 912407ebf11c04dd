"""Measure data quality: gaps, repeated dispatches, lags, breaks, orphan names, and bounds of the rates.

Functions return unexecuted queries, as in `measures`: rows in printed order, shares as fractions of unrounded counts. The
limits below are assumptions; `quality_notes.limits` prints them.
"""

from functools import reduce

import ibis
import pandas as pd
from ibis import _

from helpers.analysis import measures, trends
from helpers.cube import selections
from helpers.cube.cube import Cube
from helpers.settings.assessment_rules import AnswerWeights
from helpers.settings.editions import Edition
from helpers.settings.periods import Period
from helpers.tickets import schema

__all__ = ["BREAK_RATIO", "COMPLETE", "MIN_SHARE", "against_covered", "bounds", "completeness", "gaps", "lags", "months",
           "orphan_names", "repeats", "share_shifts", "unlisted"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


BREAK_RATIO = 2  # a share, or a month, of at least so many times the usual, or at most one such part of it, is a break
COMPLETE = 0.99  # a column is complete where at least this share of tickets has a value in every month
MIN_SHARE = 0.01  # of all tickets; an entity with a smaller share in both periods is no break
_LAGS = {"earlier": (None, -1), "same_day": (0, 0), "next_day": (1, 1), "within_week": (2, 7), "later": (8, None)}
_RATES = {"contact_rate": "contact_known", "resolution_rate": "valid", "satisfaction_rate": "valid"}


def completeness(coverage: ibis.Table, period: Period) -> ibis.Table:
    """Count for each column the tickets that have a value, in the order of the schema.

    Columns: column; tickets, to which it applies; known, of these with a value; known_share, null where it applies to none.
    Columns whose null is a value (`blank_is_value`) have no row.
    """
    return _complete(coverage, period, []).order_by("place").drop("place")


def gaps(coverage: ibis.Table, period: Period) -> ibis.Table:
    """Return `completeness` by month of incomplete columns: column, year, month, tickets, known, known_share.

    Without columns that no ticket has a value in, and those with at least `COMPLETE` in every month.
    """
    monthly = _complete(coverage, period, ["year", "month"])
    partly = monthly.aggregate(by="column", least=_.known_share.min(), any=_.known.max()).filter(_.least < COMPLETE, _["any"] > 0)
    return monthly.semi_join(partly, "column").order_by("place", "year", "month").drop("place")


def _complete(coverage: ibis.Table, period: Period, by: list[str]) -> ibis.Table:
    names = [column.name for column in schema.COLUMNS if not column.blank_is_value]
    places = [(name, place) for place, name in enumerate(names)]
    return (coverage.filter(selections.in_period(coverage, period), coverage.column.isin(names))
            .aggregate(by=["column", *by], tickets=_sum(_.tickets), known=_sum(_.known))
            .mutate(known_share=_.known / _.tickets.nullif(0), place=_.column.cases(*places)))


def months(table: ibis.Table, period: Period) -> ibis.Table:
    """Compare each month of a period with the median month, in order.

    Columns: year, month, tickets; usual_share, tickets over the median of the months that have any; uneven, whether that
    is at least `BREAK_RATIO` or at most its inverse.
    """
    monthly = measures.monthly(table, period)
    usual = monthly.filter(_.tickets > 0).tickets.median().as_scalar()
    return (monthly.mutate(usual_share=_.tickets / usual)
            .mutate(uneven=(_.usual_share * BREAK_RATIO <= 1) | (_.usual_share >= BREAK_RATIO)).order_by("year", "month"))


def against_covered(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return the answer of `months` with each month compared with the median of the `covered` ones alone.

    Months of which an export holds a few days would make the whole ones stand out. As it is where no month is covered.
    """
    known = trends.covered(monthly)
    usual = monthly["tickets"] / known.loc[known["tickets"] > 0, "tickets"].median()
    if usual.isna().all():
        return monthly
    return monthly.assign(usual_share=usual, uneven=(usual * BREAK_RATIO <= 1) | (usual >= BREAK_RATIO))


def share_shifts(cube: Cube, period: Period, base: Period) -> ibis.Table:
    """Return months, categories and districts whose share is at least `BREAK_RATIO` times that of a base period, or the inverse.

    The first month of a period is compared with the first of the base, and so on. Shares are compared, so that growth of the
    whole is no break; of categories among all calls, of districts among what districts handled. Columns: column (`month`,
    `category`, `district`); name, null for the unknown; tickets, tickets_before; tickets_change, null where there were none
    before; ticket_share, before_share. Entities below `MIN_SHARE` in both periods have no row; no rows where a year of the base
    is not loaded. By column, then the difference of shares, largest first, then names.
    """
    tables = (("month", cube.channels), ("category", cube.calls), ("district", cube.areas))
    rows = [_broken(table, period, base, column).mutate(column=ibis.literal(column), place=ibis.literal(place, "int32"))
            for place, (column, table) in enumerate(tables)]
    return (reduce(ibis.Table.union, rows)
            .order_by("place", ibis.desc((_.ticket_share - _.before_share).abs()), ibis.asc("name", nulls_first=False))
            .select("column", "name", "tickets", "tickets_before", "tickets_change", "ticket_share", "before_share"))


def _broken(table: ibis.Table, period: Period, base: Period, by: str) -> ibis.Table:
    now = table.filter(selections.in_period(table, period))
    then = _moved(table.filter(selections.in_period(table, base)), period.start - base.start)
    counts = [rows.select(name=rows[by].cast("string"), now=rows.tickets * present, before=rows.tickets * (1 - present))
              for rows, present in ((now, 1), (then, 0))]
    loaded = table.filter(table.year.isin(base.years)).year.nunique().as_scalar() == len(base.years)
    either = ibis.greatest(_.ticket_share, _.before_share)
    return (ibis.union(*counts).aggregate(by="name", tickets=_sum(_.now), tickets_before=_sum(_.before))
            .mutate(ticket_share=_.tickets / _.tickets.sum().over().nullif(0),
                    before_share=_.tickets_before / _.tickets_before.sum().over().nullif(0),
                    tickets_change=(_.tickets - _.tickets_before) / _.tickets_before.nullif(0))
            .filter(loaded, either >= MIN_SHARE, either >= BREAK_RATIO * ibis.least(_.ticket_share, _.before_share)))


def repeats(dispatching: ibis.Table, period: Period) -> ibis.Table:
    """Count the tickets dispatched more than once by how often they were: dispatches, tickets, ticket_share of dispatched."""
    counted = measures.volume(dispatching, period, "dispatches").select("dispatches", "tickets", "ticket_share")
    return counted.filter(_.dispatches > 1).order_by("dispatches")


def lags(dispatching: ibis.Table, period: Period) -> ibis.Table:
    """Count tickets by the calendar days from receipt to dispatch, of those dispatched once with both times known.

    Columns: lag (`earlier` than received, `same_day`, `next_day`, `within_week`, `later`), tickets, ticket_share; in the order
    of the days, without the lags that no ticket has.
    """
    once = dispatching.filter(dispatching.dispatches.fill_null(1) == 1, dispatching.days.notnull())
    names = [(_since(once.days, first) & _until(once.days, last), name) for name, (first, last) in _LAGS.items()]
    counted = measures.volume(once.mutate(lag=ibis.cases(*names)), period, "lag")
    places = [(name, place) for place, name in enumerate(_LAGS)]
    return counted.select("lag", "tickets", "ticket_share").order_by(_.lag.cases(*places))


def orphan_names(cube: Cube, period: Period, edition: Edition) -> ibis.Table:
    """Count the tickets whose names lack what they belong to, by kind of misfit.

    Columns: misfit (`unlisted_district`: see `unlisted`; `…_without_…`: a name whose larger area, broader category or level
    is not known); tickets; ticket_share, of those that have such a name. Only misfits that occur have a row.
    """
    listed = _listed(edition)
    areas, calls, owners = cube.areas, cube.calls, cube.owners
    misfits = [("subdistrict_without_district", areas, areas.subdistrict, areas.district.isnull()),
               ("subcategory_without_category", calls, calls.subcategory, calls.category.isnull()),
               ("topic_without_subcategory", calls, calls.topic, calls.subcategory.isnull()),
               ("owner_without_level", owners, owners.owner, owners.owner_level.isnull())]
    if listed:
        misfits = [("unlisted_district", areas, areas.district, areas.district.notin(listed)), *misfits]
    counted = [table.filter(selections.in_period(table, period), name.notnull())
               .aggregate(tickets=table.tickets.sum(where=wrong).fill_null(0).cast("int64"), all=_sum(table.tickets))
               .select(place=ibis.literal(place, "int32"), misfit=ibis.literal(misfit), tickets=_.tickets,
                       ticket_share=_.tickets / _["all"].nullif(0))
               for place, (misfit, table, name, wrong) in enumerate(misfits)]
    return reduce(ibis.Table.union, counted).filter(_.tickets > 0).order_by("place").drop("place")


def unlisted(areas: ibis.Table, period: Period, edition: Edition) -> ibis.Table:
    """Return the volume of districts that an edition names neither in `districts` nor in a zone; none if it names none."""
    listed = _listed(edition)
    volume = measures.volume(areas, period, "district")
    return volume.filter(volume.district.notnull(), volume.district.notin(listed) if listed else ibis.literal(False))


def _listed(edition: Edition) -> list[str]:
    zoned = edition.zones.members.values() if edition.zones else []
    return [*edition.districts, *(district for districts in zoned for district in districts)]


def bounds(outcomes: ibis.Table, period: Period, answers: AnswerWeights) -> ibis.Table:
    """Bound each rate by what it would be, had every assessed caller answered.

    Columns: measure (the rate's name); assessed; told, of these with a known answer; low_rate, if all others had given the
    worst answer, and high_rate, the best; rate, as printed; between_share, high − low. Rates without any answer have no row.
    """
    best = {"contact_rate": (0, 1), "resolution_rate": (min(answers.resolved.values()), max(answers.resolved.values())),
            "satisfaction_rate": (min(answers.satisfied.values()), max(answers.satisfied.values()))}
    rated = measures.rates(outcomes, period, answers)
    rows = [rated.select(place=ibis.literal(place, "int32"), measure=ibis.literal(name), assessed=rated.assessed,
                         told=rated[answered], rate=rated[name],
                         low_rate=(rated[name] * rated[answered] + best[name][0] * (rated.assessed - rated[answered]))
                         / rated.assessed.nullif(0),
                         high_rate=(rated[name] * rated[answered] + best[name][1] * (rated.assessed - rated[answered]))
                         / rated.assessed.nullif(0))
            for place, (name, answered) in enumerate(_RATES.items())]
    return (reduce(ibis.Table.union, rows).filter(_.told > 0).mutate(between_share=_.high_rate - _.low_rate)
            .order_by("place").select("measure", "assessed", "told", "low_rate", "rate", "high_rate", "between_share"))


def _moved(table: ibis.Table, months: int) -> ibis.Table:
    index = table.year * 12 + table.month - 1 + months
    return table.mutate(year=(index // 12).cast("int32"), month=(index % 12 + 1).cast("int32"))


def _since(days: ibis.Column, first: int | None) -> ibis.Value:
    return ibis.literal(True) if first is None else days >= first


def _until(days: ibis.Column, last: int | None) -> ibis.Value:
    return ibis.literal(True) if last is None else days <= last


def _sum(column: ibis.Column) -> ibis.Scalar:
    return column.sum().fill_null(0).cast("int64")
