"""Define the report's measures: unexecuted queries from tables of the cube to tables in printed order.

Rows are in the order of the measure, largest first, then of names; unknown entities (null) are last, before them the residual
classes (`labels.residual`: 其他). Shares and rates are
fractions of unrounded counts, null where the denominator is 0. A year without any row in the table was not loaded: its
measures are null, not 0. A month without rows in a loaded year is 0.
"""

from collections.abc import Iterable

import ibis
import pandas as pd
from ibis import _

from helpers.cube import selections
from helpers.cube.counts import PAIRS
from helpers.settings import labels
from helpers.settings.assessment_rules import AnswerWeights, Assessment
from helpers.settings.periods import Period

__all__ = [
    "RATES",
    "Names",
    "at_least",
    "funnel",
    "monthly",
    "monthly_rates",
    "on_time",
    "per_residents",
    "rates",
    "score_sums",
    "timeliness",
    "top",
    "volume",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


Names = str | Iterable[str]

RATES = ["resolution_rate", "satisfaction_rate"]


def volume(table: ibis.Table, period: Period, by: Names = (), base: Period | None = None,
           within: Names = ()) -> ibis.Table:
    """Count a period's tickets by entity, with their share and their change from a base period.

    Columns: the keys of `by` (and of `within`, where they are not among them); tickets; ticket_share, of all tickets
    of the period, or of those with the same keys of `within`; tickets_before, of the base, 0 where the entity had
    none; tickets_change, (tickets − before) / before, null where before is 0. The last two are null without `base`, and
    where the table lacks a year of it: filter entities of the answer, not of the table. Only entities with tickets in
    the period have a row; without keys there is always a row.
    """
    within = _names(within)
    keys = [*(name for name in within if name not in _names(by)), *_names(by)]
    counts = {"tickets": period, "before": base} if base else {"tickets": period}
    counted = table.aggregate({name: _tickets(selections.in_period(table, span)) for name, span in counts.items()}, by=keys)
    counted = counted.filter(_.tickets > 0) if keys else counted
    before = _where_loaded(table, counted.before, base) if base else ibis.null("int64")
    return (counted.select(*keys, "tickets", ticket_share=_.tickets / _.tickets.sum().over(group_by=within).nullif(0),
                           tickets_before=before)
            .mutate(tickets_change=(_.tickets - _.tickets_before) / _.tickets_before.nullif(0))
            .order_by(_order(keys)))


def monthly(table: ibis.Table, period: Period, by: Names = ()) -> ibis.Table:
    """Count tickets by month, with a row for every month of the period and every entity that has tickets in it.

    Columns: the keys of `by`, year, month, tickets (0 where there are none; null in a year without any row in the
    table); in the order of keys, year, month.
    """
    keys = _names(by)
    inside = table.filter(selections.in_period(table, period)).select(*keys, "year", "month", tickets=_.tickets.cast("int64"))
    calendar = _calendar(period).mutate(tickets=_.year.isin(table.year).ifelse(ibis.literal(0, "int64"), None))
    blank = inside.select(*keys).distinct().cross_join(calendar) if keys else calendar
    return (blank.union(inside)
            .aggregate(by=[*keys, "year", "month"], tickets=_.tickets.sum().cast("int64"))
            .order_by(*_nulls_last(keys), "year", "month"))


def per_residents(table: ibis.Table, places: pd.DataFrame) -> ibis.Table:
    """Relate a volume by district to its residents.

    Columns: district, tickets, residents, ticket_density (tickets per 10,000 residents); the last two null where `places` has
    no residents. In the order of ticket_density, largest first.
    """
    counted = {"district": places.get("district", []), "residents": places.get("residents", [])}
    residents = ibis.memtable(pd.DataFrame(counted), schema={"district": "string", "residents": "int64"})
    return (table.select("district", "tickets").left_join(residents, "district")
            .mutate(ticket_density=_.tickets * 10_000 / _.residents.nullif(0))
            .select("district", "tickets", "residents", "ticket_density")
            .order_by(_order(["district"], "ticket_density")))


def rates(outcomes: ibis.Table, period: Period, answers: AnswerWeights, by: Names = ()) -> ibis.Table:
    """Return outcomes of the assessed tickets of a period's assessment months (report 2020, 四).

    Columns: the keys of `by`; assessed; reached by call-back; valid (both answers known); contact_known (of the valid,
    响应 known); contact_rate (响应率, of contact_known); resolution_rate (解决率) and satisfaction_rate (满意率), of
    valid, where a level of an answer counts what `answers` says, 0 to 1. In the order of assessed, largest first.
    """
    keys = _names(by)
    return _rated(outcomes, period, answers, keys).order_by(_order(keys, "assessed"))


def monthly_rates(outcomes: ibis.Table, period: Period, answers: AnswerWeights, by: Names = ()) -> ibis.Table:
    """Return `rates` for each assessment month that has assessed tickets, by keys, year, month."""
    keys = _names(by)
    return _rated(outcomes, period, answers, [*keys, "year", "month"]).order_by(*_nulls_last(keys), "year", "month")


def score_sums(outcomes: ibis.Table, period: Period, assessment: Assessment, by: Names) -> ibis.Table:
    """Sum the scores of valid tickets and their squares by unit and assessment month, for `uncertainty.score_intervals`.

    A ticket's score is 100 × Σ weight × what its answer counts, 0 to 100. Tickets of which the contact is not known score as
    the others of the unit's month do on average.
    Columns: the keys of `by`, year, month; valid, 0 where the contact has a weight and is known of no ticket; score_sum,
    score_squares. In the order of keys, year, month.
    """
    keys, (worst, gains) = _names(by), _gains(assessment)
    pairs = {pair: answers for pair, answers in PAIRS.items() if {*answers} <= {*gains}}
    sums = (outcomes.filter(selections.in_period(outcomes, period))
            .aggregate({name: _sum(_[name]) for name in ["valid", "contact_known", *gains, *pairs]}, by=[*keys, "year", "month"]))
    known = sums.valid / sums.contact_known.nullif(0)
    said = {name: sums[name] * known if "contacted" in name else sums[name] for name in [*gains, *pairs]}
    above = sum(gain * said[answer] for answer, gain in gains.items()) + ibis.literal(0.0)
    squares = (sum(gain**2 * said[answer] for answer, gain in gains.items())
               + 2 * sum(gains[first] * gains[second] * said[pair] for pair, (first, second) in pairs.items()))
    return (sums.select(*keys, "year", "month", valid=above.notnull().ifelse(sums.valid, 0), score_sum=above + worst * sums.valid,
                        score_squares=squares + 2 * worst * above + worst**2 * sums.valid)
            .order_by(*_nulls_last(keys), "year", "month"))


def funnel(table: ibis.Table, period: Period) -> ibis.Table:
    """Count the steps from calls to valid answers, in a single row (report 2020, 四).

    Counts: calls (来电, all tickets); answered at once; dispatched; duplicates, petitions (涉访涉诉) and
    otherwise_excluded, together excluded; assessed; reached; valid. Answered and dispatched are null where no ticket's
    handling is known, reached where no ticket is known to have been. Shares: answered_share and dispatched_share of
    calls, excluded_share and assessed_share of dispatched, reached_share of assessed, valid_share of reached; null where
    there is nothing to divide by.
    """
    named = ["duplicate", "petition_or_litigation"]
    counts = table.filter(selections.in_period(table, period)).aggregate(
        calls=_tickets(True),
        handled=_tickets(_.handling.notnull()),
        answered=_tickets(_.handling == "answered"),
        dispatched=_tickets(_.handling == "dispatched"),
        duplicates=_tickets(_.exclusion == named[0]),
        petitions=_tickets(_.exclusion == named[1]),
        otherwise_excluded=_tickets(_.exclusion.notnull() & _.exclusion.notin(named)),
        excluded=_tickets(_.exclusion.notnull()),
        **{name: _sum(_[name]) for name in ("assessed", "reached", "valid")})
    shares = {"answered": "calls", "dispatched": "calls", "excluded": "dispatched", "assessed": "dispatched",
              "reached": "assessed", "valid": "reached"}
    return (counts.mutate({name: (_.handled > 0).ifelse(_[name], None) for name in ("answered", "dispatched")})
            .drop("handled")
            .mutate(reached=_.reached.nullif(0))
            .mutate({f"{part}_share": _[part] / _[whole].nullif(0) for part, whole in shares.items()}))


def timeliness(durations: ibis.Table, period: Period, by: Names = ()) -> ibis.Table:
    """Return the handling days of the tickets received in a period, and how many were closed by their due time.

    Columns: the keys of `by`; closed (both dates known); due (known whether on time); on_time; on_time_rate, of due;
    days_mean and days_median, in calendar days over closed, exact: the median is the middle value, or the mean of the
    two middle ones. In the order of closed, largest first.
    """
    keys = _names(by)
    each = (durations.filter(selections.in_period(durations, period))
            .aggregate(by=[*keys, "days"], closed=_tickets(_.days.notnull()), due=_sum(_.due), on_time=_sum(_.on_time))
            .mutate(upto=_.closed.sum().over(group_by=keys, order_by="days", rows=(None, 0)).cast("int64"),
                    all=_.closed.sum().over(group_by=keys).cast("int64")))
    lower, upper = (each["all"] + 1) // 2, each["all"] // 2 + 1
    middle = [each.days.max(where=(each.upto - each.closed < place) & (place <= each.upto)) for place in (lower, upper)]
    return (each.aggregate(by=keys, weight=_sum(each.closed * each.days), low=middle[0], high=middle[1],
                           **{name: _sum(each[name]) for name in ("closed", "due", "on_time")})
            .mutate(on_time_rate=_.on_time / _.due.nullif(0), days_mean=_.weight / _.closed.nullif(0),
                    days_median=(_.low + _.high) / 2)
            .select(*keys, "closed", "due", "on_time", "on_time_rate", "days_mean", "days_median")
            .order_by(_order(keys, "closed")))


def on_time(handling: ibis.Table, period: Period, by: Names = ()) -> ibis.Table:
    """Return how many of the tickets received in a period were closed by their due time, from a table of handling of the cube.

    Columns: the keys of `by`; due (known whether on time); on_time; on_time_rate, of due. In the order of due, largest first.
    """
    keys = _names(by)
    return (handling.filter(selections.in_period(handling, period))
            .aggregate(by=keys, due=_sum(_.due), on_time=_sum(_.on_time))
            .mutate(on_time_rate=_.on_time / _.due.nullif(0))
            .order_by(_order(keys, "due")))


def top(table: ibis.Table, n: int, within: Names = ()) -> ibis.Table:
    """Return the first `n` rows of a volume, or the first `n` of each entity of `within`.

    Rows of an unknown entity and of residual classes are left out; their tickets still count in the shares.
    """
    keys = _keys(table)
    place = ibis.row_number().over(group_by=_names(within), order_by=_order(keys))
    return _named(table, keys).mutate(place=place).filter(_.place < n).drop("place").order_by(_order(keys))


def at_least(table: ibis.Table, least: int) -> ibis.Table:
    """Return the named rows of a volume with at least `least` tickets, in its order."""
    keys = _keys(table)
    return _named(table, keys).filter(_.tickets >= least).order_by(_order(keys))


def _rated(outcomes: ibis.Table, period: Period, answers: AnswerWeights, keys: list[str]) -> ibis.Table:
    counts = ["assessed", "reached", "valid", "contact_known"]
    worth = {"resolution_rate": answers.resolved, "satisfaction_rate": answers.satisfied}
    levels = [level for levels in worth.values() for level in levels]
    sums = (outcomes.filter(selections.in_period(outcomes, period))
            .aggregate({name: _sum(_[name]) for name in [*counts, "contacted", *levels]}, by=keys))
    rates = {rate: sum(sums[level] * part for level, part in levels.items()) / sums.valid.nullif(0)
             for rate, levels in worth.items()}
    return sums.select(*keys, *counts, contact_rate=sums.contacted / sums.contact_known.nullif(0), **rates)


def _gains(assessment: Assessment) -> tuple[float, dict[str, float]]:
    """Return the score of the worst answers, and what each better answer adds to it, where that is anything."""
    weights, answers = assessment.score.weights, assessment.answers
    worth = [
        (weights.contact_rate, {"contacted": 1.0}, "not contacted"),
        (weights.resolution_rate, answers.resolved, "unresolved"),
        (weights.satisfaction_rate, answers.satisfied, "dissatisfied"),
    ]
    worst = [100 * weight * parts.get(last, 0.0) for weight, parts, last in worth]
    gains = {answer: 100 * weight * part - least for (weight, parts, last), least in zip(worth, worst, strict=True)
             for answer, part in parts.items() if answer != last}
    return sum(worst), {answer: gain for answer, gain in gains.items() if gain}


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _keys(table: ibis.Table) -> list[str]:
    return list(table.columns[:table.columns.index("tickets")])


def _named(table: ibis.Table, keys: list[str]) -> ibis.Table:
    """Return the rows that may be ranked: of a known entity, none of a residual class."""
    return table.drop_null(keys).filter(~ibis.or_(*(_is_residual(key) for key in keys))) if keys else table


def _sum(column: ibis.Column) -> ibis.Scalar:
    return column.sum().fill_null(0).cast("int64")


def _tickets(where: ibis.Column | bool) -> ibis.Scalar:
    return _.tickets.sum(where=where).fill_null(0).cast("int64")


def _where_loaded(table: ibis.Table, column: ibis.Column, period: Period) -> ibis.Column:
    loaded = table.year.nunique(where=table.year.isin(period.years)).as_scalar()
    return (loaded == len(period.years)).ifelse(column, None)


def _calendar(period: Period) -> ibis.Table:
    years, months = zip(*period.calendar, strict=True)
    return ibis.memtable({"year": years, "month": months}, schema={"year": "int32", "month": "int32"})


def _nulls_last(keys: list[str]) -> list[ibis.Value]:
    return [ibis.asc(name, nulls_first=False) for name in keys]


def _order(keys: list[str], measure: str = "tickets") -> list[ibis.Value]:
    """Return sort keys: unknown entities last, before them residual classes; the measure descending, names."""
    unknown = sum(_[name].isnull().cast("int8") for name in keys)
    last = [unknown, ibis.or_(*(_is_residual(name) for name in keys))] if keys else []
    return [*last, ibis.desc(measure), *_nulls_last(keys)]


def _is_residual(key: str) -> ibis.Value:
    names, beginnings = labels.residual_names(key)
    words = _[key].strip().lower()
    found = [words.isin(names)] * bool(names) + [words.startswith(beginning) for beginning in beginnings]
    return ibis.or_(*found).fill_null(False) if found else ibis.literal(False)
