"""Judge printed figures: recompute each from its subject, measure and months, and compare it with the print."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from helpers.analysis.reconciliation import claim_functions, intervals, recomputed
from helpers.analysis.reconciliation.published import Erratum
from helpers.analysis.reconciliation.recomputed import Recomputed, Subject
from helpers.settings import number_format
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean

COUNT = "count"  # the measure of what no ticket can hold
_MONTH = re.compile(r"\d{4}-(\d\d)")
_ENDS = {"month_of_max": claim_functions.argmax, "month_of_min": claim_functions.argmin}
_BY_CLAIM = ("month_of_high", "month_of_rebound", "trend_from_month")  # form.md: met when the claim holds


@dataclass(frozen=True)
class Question:
    """Subject, measure and months of a figure: what is recomputed without sight of the printed number."""

    who: Subject | None
    measure: str
    months: tuple[int, ...]


Numbers = list[float | int | None]


def _volume(column: str) -> Callable[[Recomputed, Question], Numbers]:
    return lambda answers, question: [recomputed.value(answers.counts[question.who.kind].get(question.who.names), column)]


def _level(level: str, column: str) -> Callable[[Recomputed, Question], Numbers]:
    return lambda answers, question: [recomputed.value(
        answers.counts_by_level[question.who.kind].get((*question.who.names, level)), column)]


def _step(column: str) -> Callable[[Recomputed, Question], Numbers]:
    return lambda answers, question: [recomputed.value(answers.steps.to_dict("records")[0], column)]


def _months(answers: Recomputed, question: Question) -> Numbers:
    series = recomputed.series(answers, question.who)
    return [series.get(month) for month in question.months]


def _month_share(answers: Recomputed, question: Question) -> Numbers:
    series = recomputed.series(answers, question.who)
    whole = sum(series.values())
    return [series[month] / whole if whole else None for month in question.months]


def _extreme(answers: Recomputed, question: Question) -> Numbers:
    return [_ENDS[question.measure](recomputed.series(answers, question.who))]


def _units(answers: Recomputed, question: Question) -> Numbers:
    """Count the units of an owner level that have a score."""
    return [len(answers.scores[question.who.names[0]])]


def _bound(places: int) -> Callable[[Recomputed, Question], Numbers]:
    """Return the least number of scored months of the upper list, plus `places`; None where either list is empty."""
    def bound(answers: Recomputed, question: Question) -> Numbers:
        least = answers.scope.edition.rankings.split_months
        upper = answers.scores[question.who.names[0]]["scored_months"] >= least
        return [least + places if upper.any() and not upper.all() else None]
    return bound


def _threshold(answers: Recomputed, question: Question) -> Numbers:
    return [answers.scope.edition.categories.listed_from]


MEASURES: Mapping[str, Callable[[Recomputed, Question], Numbers]] = {
    "total": _volume("tickets"),
    "share": _volume("ticket_share"),
    "yoy": _volume("tickets_change"),
    "dept_count": _level("district_department", "tickets"),
    "dept_share": _level("district_department", "ticket_share"),
    "street_count": _level("subdistrict", "tickets"),
    "month_value": _months,
    "month_level": _months,
    "month_share": _month_share,
    "month_of_max": _extreme,
    "month_of_min": _extreme,
    "assessed": _step("assessed"),
    "excluded_from_assessment": _step("excluded"),
    "callback_connected": _step("reached"),
    "callback_valid": _step("valid"),
    "assessed_units": _units,
    "class_min_months": _bound(0),
    "class_max_months": _bound(-1),
    "listing_threshold": _threshold,
}


def question_of(section: str, subject: str, parent: str, measure: str, period: str) -> Question:
    """Return the question that a row of figures.csv answers. Raises UserError for an unknown measure or subject."""
    if measure not in {*MEASURES, *_BY_CLAIM, COUNT}:
        raise UserError(f"figures.csv: '{measure}' is not a measure.{did_you_mean(measure, [*MEASURES, *_BY_CLAIM, COUNT])}")
    who = recomputed.subject(section, subject, parent) if measure in MEASURES else None
    return Question(who, measure, _span(period))


def _span(period: str) -> tuple[int, ...]:
    """Return the months of a period: `2020-01;2020-11` has two, `2020-10/2020-12` three, a year none of its own."""
    months = [int(month) for month in _MONTH.findall(period)]
    return tuple(range(months[0], months[-1] + 1)) if "/" in period else tuple(months)


def reconciled(figures: pd.DataFrame, answers: Recomputed, stated: pd.DataFrame,
               excused: Mapping[str, Erratum]) -> pd.DataFrame:
    """Compare every printed number with the recomputed one.

    `stated` are the reconciled claims, `excused` the errata by row. Returns the columns of figures.csv and `lower`,
    `upper` (any number between prints alike), `recomputed` (None where there is none; of several months the farthest
    off), `status` (match, outside, erratum, not_computable), `reason`; in the order of the file.
    """
    rows = figures.to_dict("records")
    numbers = [_recomputed(row, answers, stated) for row in rows]
    return pd.DataFrame([row | _judged(row, found, answers.scope.edition, excused.get(row["id"]))
                         for row, found in zip(rows, numbers, strict=True)], dtype=object)


def _recomputed(row: Mapping[str, str], answers: Recomputed, stated: pd.DataFrame) -> Numbers:
    question = question_of(row["section"], row["subject"], row["parent"], row["measure"], row["period"])
    if question.measure == COUNT:
        return []
    return _by_claim(row["id"], stated) if question.measure in _BY_CLAIM else MEASURES[question.measure](answers, question)


def _by_claim(name: str, stated: pd.DataFrame) -> Numbers:
    """Return the month named by the row's claim, whose id is the row's or its beginning, once that claim holds."""
    claim = next(claim for claim in stated.itertuples() if f"{name}-".startswith(f"{claim.claim_id}-"))
    if claim.status != "match":
        return [None]
    months = claim_functions.months(claim.form)
    own = name.removeprefix(claim.claim_id).lstrip("-")
    return [month for month in months if not own or own == str(month)] or [None]


def _judged(row: Mapping[str, str], numbers: Numbers, edition: Edition, erratum: Erratum | None) -> dict[str, Any]:
    interval = _interval(row, edition)
    worst = max(numbers, key=lambda number: -1 if number is None else abs(number_format.exact(number) - Decimal(row["value"])),
                default=None)
    status, reason = _status(row, interval, numbers, erratum)
    return {"lower": _plain(interval.lower), "upper": _plain(interval.upper), "recomputed": worst, "status": status,
            "reason": reason}


def _interval(row: Mapping[str, str], edition: Edition) -> intervals.Interval:
    value = Decimal(row["value"])
    if row["approx"] == "true":
        return intervals.about(value, intervals.PLATEAU if row["measure"] == "month_level" else intervals.ABOUT)
    return intervals.printed(value, intervals.unit(row["unit"], int(row["decimals"])), edition.numbers.rounding)


def _status(row: Mapping[str, str], interval: intervals.Interval, numbers: Numbers,
            erratum: Erratum | None) -> tuple[str, str]:
    if row["measure"] == COUNT:
        return "not_computable", "工单不记录此项。"
    met = bool(numbers) and all(number is not None and interval.holds(number) for number in numbers)
    if met:
        return "match", f"虽列为已知矛盾（{erratum.id}），但与重算结果相符。" if erratum else ""
    if erratum:
        return "erratum", erratum.words
    if None in numbers or not numbers:
        return "outside", "所依据的表述不成立。" if row["measure"] in _BY_CLAIM else "工单中没有可用于重算的内容。"
    return "outside", "重算结果不在公开数字舍入前的范围之内。"


def _plain(number: Decimal) -> float | int:
    return int(number) if number == number.to_integral_value() else float(number)
