"""Choose what a report's first page says: each statement has a weight in tickets (`analysis.departures`), the heaviest are kept.

A statement has its number, its denominator and its change; of a kind at most one is kept, so that six statements are of six
kinds. Nothing that the answers do not bear is among them: a change that `soundness` withheld has no departure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pandas as pd

from helpers.analysis import departures, trends, uncertainty
from helpers.analysis.soundness import Break
from helpers.analysis.summary import Answers
from helpers.writing import coverage, phrases
from helpers.writing.citations import Sentence, any_hidden, cite, literal, optional, sentence

__all__ = ["Highlight", "chosen", "findings", "growth", "lacking", "largest", "late", "outcome", "part", "peak", "rising",
           "shift", "surge", "total", "unanswered", "unrecorded", "watched"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_FINDINGS, _WATCHED = 6, 3  # statements: what a page has room for, and a reader keeps
_SLIGHT = 0.01  # of all: what is less is no part to watch
_PART = "{name}{tickets}、占{share}"
_FASTEST = "可比的类别中，{name}类来电增长最快，为{tickets}{change}。"


class Highlight(NamedTuple):
    """A statement with its weight, the share of all tickets by which it departs from what was to be expected.

    `about` is the name that it is about, "" where it is about all.
    """

    weight: float
    text: Sentence
    about: str = ""


def chosen(n: int, *kinds: Iterable[Highlight]) -> list[Sentence]:
    """Return the heaviest statement of each kind, `n` of them, the heaviest first; kinds as they are passed decide ties.

    Of several kinds about one name the heaviest is kept.
    """
    return [each.text for each in _heaviest(n, kinds)]


def _heaviest(n: int, kinds: Iterable[Iterable[Highlight]], taken: Iterable[str] = ()) -> list[Highlight]:
    """Return the statements that `chosen` keeps; none about a name that is `taken`."""
    first = [max(found, key=lambda each: each.weight) for found in map(list, kinds) if found]
    kept: list[Highlight] = []
    for each in sorted(first, key=lambda each: -each.weight):
        if each.weight > 0 and (not each.about or each.about not in {*taken, *(other.about for other in kept)}):
            kept.append(each)
    return kept[:n]


def findings(answers: Answers, opening: str, comparison: str, level: str) -> list[Sentence]:
    """Return what a first page finds, the heaviest first; `level` is what the city calls a district."""
    return [each.text for each in _findings(answers, opening, comparison, level)]


def _findings(answers: Answers, opening: str, comparison: str, level: str) -> list[Highlight]:
    """Return the statements of `findings`: where tickets tell too little for six, the largest parts of other kinds follow."""
    whole, handled = (float(rows["tickets"].sum()) for rows in (answers.total, answers.districts))
    kept = _heaviest(_FINDINGS, [
        total(answers.total, opening, comparison),
        largest(answers.categories, "category", whole, f"{_PART}，在各类问题中最多{{change}}。", comparison),
        growth(answers.categories, "category", whole, f"可比的类别中，{_PART}，增加最多{{change}}。", comparison, up=True),
        growth(answers.categories, "category", whole, f"可比的类别中，{_PART}，减少最多{{change}}。", comparison, up=False),
        peak(answers.monthly, whole, "群众"),
        shift(answers.channels, "channel", whole, f"{_PART}{{change}}，增长快于全部来电。", comparison),
        largest(answers.districts, "district", handled, f"各{level}中，{_PART}，办理最多{{change}}。", comparison),
        outcome(answers.rates, whole), late(answers.times, whole, "派单办理的诉求")])
    parts = [largest(rows, by, whole, f"{what}中，{_PART}，最多{{change}}。", comparison) for rows, by, what in (
        (answers.channels, "channel", "各受理渠道"), (answers.owners, "owner", "各承办单位"),
        (answers.subcategories, "subcategory", "各细类"))]
    return kept + _heaviest(_FINDINGS - len(kept), parts, [each.about for each in kept])


def watched(answers: Answers, comparison: str, least: int, level: str, lacks: Iterable[Highlight] = ()) -> list[Sentence]:
    """Return what is to be watched, the heaviest first, and nothing about a name that the findings have.

    A category of fewer than `least` tickets in the base is left out. `level` is what the city calls a district; `lacks` is what
    the data do not hold (`lacking`).
    """
    whole, handled = (float(rows["tickets"].sum()) for rows in (answers.total, answers.districts))
    found = [each.about for each in _findings(answers, "", comparison, level)]
    return [each.text for each in _heaviest(_WATCHED, [
        *([each] for each in lacks), unrecorded(answers.times, answers.rates),
        rising(answers.categories, "category", whole, comparison, least),
        surge(answers.by_category, "category", whole), unanswered(answers.rates, whole),
        part(answers.categories, "category", None, whole, "{share}的来电没有分类（{tickets}），各类的数量是下限。"),
        part(answers.districts, "district", None, handled,
             f"{{share}}的诉求没有写明所在{level}（{{tickets}}），各{level}的数量是下限。"),
        part(answers.statuses, "status", "open", whole, "期末尚有{tickets}未办结，占{share}。")], found)]


def lacking(categories: pd.DataFrame, months: pd.DataFrame, account: Mapping[str, Any] | None, breaks: Sequence[Break],
            period: str) -> list[Highlight]:
    """State what the data of a period do not hold: a cut export, months without all tickets, renamed categories.

    `months` and `account` as in `coverage.coverage`, `breaks` as in `coverage.renamed`, `categories` are the period's volumes.
    Weights: 1 for a sample, the share of the months, the share of the tickets of such categories.
    """
    names = {name for broken in breaks for name in (*broken.vanished, *broken.appeared)}
    moved = float(categories.loc[categories["category"].isin(names), "ticket_share"].sum())
    in_part = departures.of_part(float((months["coverage"] != "covered").sum()), len(months))
    return [*(Highlight(1.0, text) for text in coverage.coverage(months.head(0), account, period)),
            *(Highlight(in_part, text) for text in coverage.coverage(months, None, period)[:1]),
            *(Highlight(moved, text) for text in coverage.renamed(breaks)[:1])]


def total(calls: pd.DataFrame, opening: str, comparison: str) -> list[Highlight]:
    """State all calls of the period with their change. `calls` has one row; its weight is 1, since all else is a part of it."""
    if not calls["tickets"].sum():
        return []
    return [Highlight(1.0, sentence("{opening}受理群众来电{tickets}{change}。", opening=opening,
                                    tickets=cite(calls, "tickets", kind="headline"), change=phrases.change(calls, comparison)))]


def largest(volumes: pd.DataFrame, by: str, whole: float, template: str, comparison: str = "") -> list[Highlight]:
    """State the largest row against an even share; `template` has {name}, {tickets}, {share} and {change}."""
    named = phrases.rankable(volumes, by)
    return [Highlight(each.weight, _row(named, each.row, by, template, comparison), _about(named, each.row, by))
            for each in departures.from_even(named, whole)[:1] if each.excess > 0]


def growth(volumes: pd.DataFrame, by: str, whole: float, template: str, comparison: str, *, up: bool) -> list[Highlight]:
    """State the row that has grown (or fallen) by the most tickets; `template` as in `largest`."""
    named = phrases.rankable(volumes, by)
    moved = [each for each in departures.from_base(named, whole) if (each.excess > 0) == up]
    return [Highlight(each.weight, _row(named, each.row, by, template, comparison), _about(named, each.row, by))
            for each in moved[:1]]


def shift(volumes: pd.DataFrame, by: str, whole: float, template: str, comparison: str) -> list[Highlight]:
    """State the row that has gained the most tickets beyond the growth of all rows together; `template` as in `largest`."""
    now, before = volumes["tickets"].sum(), volumes["tickets_before"].sum()
    if not before or volumes["tickets_change"].isna().all():
        return []
    named = phrases.rankable(volumes, by).dropna(subset=["tickets_change"])
    apart = named.assign(tickets_before=named["tickets_before"] * now / before)
    apart["tickets_change"] = apart["tickets"] / apart["tickets_before"] - 1
    moved = [each for each in departures.from_base(apart, whole) if each.excess > 0]
    return [Highlight(each.weight, _row(named, each.row, by, template, comparison), _about(named, each.row, by))
            for each in moved[:1]]


def peak(monthly: pd.DataFrame, whole: float, what: str) -> list[Highlight]:
    """State the month that lies furthest above the mean of the others: 11月来电最多，为114.2万件，是其他各月平均的1.4倍。"""
    rows = trends.covered(monthly)
    above = [each for each in departures.from_others(rows, whole) if each.excess > 0]
    return [Highlight(each.weight, _month(rows, each.row, what)) for each in above[:1]]


def outcome(rates: pd.DataFrame, whole: float) -> list[Highlight]:
    """State the rates of the period with their answers. Weight: tickets not resolved.

    The bounds that the unanswered leave are printed below the large numbers, and where they are to be watched (`unanswered`).
    """
    if not rates["valid"].sum() or rates["resolution_rate"].isna().all():
        return []
    said = sentence(
        "在{valid}有效回访中，解决率为{resolution}，满意率为{satisfaction}。", valid=cite(rates, "valid"),
        resolution=cite(rates, "resolution_rate"), satisfaction=cite(rates, "satisfaction_rate"))
    return [Highlight(departures.of_part(float(((1 - rates["resolution_rate"]) * rates["valid"]).sum()), whole), said)]


def late(times: pd.DataFrame, whole: float, whose: str) -> list[Highlight]:
    """State the share of tickets that were closed in time. Weight: those that were not."""
    if not times["due"].sum() or times["on_time_rate"].isna().all():
        return []
    said = sentence("{whose}按时办结率为{rate}（以可判断是否按时的{due}计）{days}。", whose=whose,
                    rate=cite(times, "on_time_rate"), due=cite(times, "due"),
                    days=optional("，办理天数中位数为{median}", median=cite(times, "days_median")))
    return [Highlight(departures.of_part(float((times["due"] - times["on_time"]).sum()), whole), said)]


def part(volumes: pd.DataFrame, by: str, name: object, whole: float, template: str) -> list[Highlight]:
    """State a row as a part of all, such as what has no category or is still open; `template` as in `largest`.

    None of less than a hundredth: it changes no reading.
    """
    rows = volumes[volumes[by].isna() if name is None else volumes[by] == name]
    return [Highlight(departures.of_part(row.tickets, whole), _row(volumes, row.Index, by, template, ""))
            for row in rows.itertuples() if row.tickets >= _SLIGHT * whole and len(volumes) > 1]


def unanswered(rates: pd.DataFrame, whole: float) -> list[Highlight]:
    """State how many of the assessed gave no valid answer, so that rates hold for the others alone."""
    silent = int((rates["assessed"] - rates["valid"]).sum())
    if not rates["valid"].sum() or silent <= 0:
        return []
    bounds = _bounded(rates)
    said = sentence("考核的{assessed}诉求中，{share}没有有效回访：解决率和满意率只说明表态者，"
                    "全体的解决率在{least}至{most}之间。",
                    assessed=cite(rates, "assessed"), share=cite(bounds, "silent_share"),
                    least=cite(bounds, "least_resolution_rate"), most=cite(bounds, "most_resolution_rate"))
    return [Highlight(departures.of_part(silent, whole), said)]


def unrecorded(times: pd.DataFrame, rates: pd.DataFrame) -> list[Highlight]:
    """State that no ticket has an answer of a caller, so that the report says nothing of what came of them. Weight: 1."""
    if rates["valid"].sum():
        return []
    said = ("数据没有回访结果，本报告不说明诉求是否解决、群众是否满意。" if times["due"].sum() else
            "数据没有办理时限和回访结果，本报告只说明数量，不说明办理结果。")
    return [Highlight(1.0, sentence(said))]


def rising(volumes: pd.DataFrame, by: str, whole: float, comparison: str, least: int) -> list[Highlight]:
    """State the row of `least` tickets or more whose number has grown fastest beyond chance, and of how many."""
    named = phrases.rankable(volumes, by)
    sure = {each.row: each.weight for each in departures.from_base(named, whole) if each.excess > 0}
    grown = named.loc[[*sure]]
    grown = grown[grown["tickets_before"] >= least]
    if grown.empty:
        return []
    ends = grown["low_change"].fillna(grown["tickets_change"]) if "low_change" in grown else grown["tickets_change"]
    row = ends.astype("float64").idxmax()
    return [Highlight(sure[row], _row(grown, row, by, _FASTEST, comparison), _about(grown, row, by))]


def surge(monthly: pd.DataFrame, by: str, whole: float, months: int = 3) -> list[Highlight]:
    """State the name whose last months (`months` of them) lie furthest above its other months."""
    rows = trends.covered(monthly)
    found: list[Highlight] = []
    for name, own in phrases.rankable(rows, by).groupby(by, sort=False):
        last = [each for each in departures.from_others(own, whole) if each.excess > 0 and each.row in own.index[-months:]]
        found += [Highlight(each.weight, _month(own, each.row, f"{phrases.value_name(by, name)}类"), str(name))
                  for each in last[:1]]
    return sorted(found, key=lambda each: -each.weight)[:1]


def _about(volumes: pd.DataFrame, row: int, by: str) -> str:
    return str(volumes.loc[row, by])


def _row(volumes: pd.DataFrame, row: int, by: str, template: str, comparison: str) -> Sentence:
    rows = volumes.loc[[row]]
    return sentence(template, name=phrases.value_name(by, rows[by].iloc[0]), tickets=phrases.quote(volumes, row, by),
                    share=phrases.quote(volumes, row, by, "ticket_share"),
                    change=phrases.change(rows, comparison) if comparison else ())


def _month(rows: pd.DataFrame, row: int, what: str) -> Sentence:
    others = rows.drop(index=row)["tickets"].dropna().astype("float64").mean()
    times = replace(literal(float(rows.loc[row, "tickets"]) / others, "times"), hidden=any_hidden(rows))
    return sentence("{month}{what}来电最多，为{tickets}，是其他各月平均的{times}。", month=phrases.month(rows, row), what=what,
                    tickets=phrases.quote(rows, row, ["year", "month"]), times=times)


def _bounded(rates: pd.DataFrame) -> pd.DataFrame:
    ends = uncertainty.unanswered_bounds(rates["resolution_rate"] * rates["valid"], rates["valid"], rates["assessed"])
    bounded = rates.assign(least_resolution_rate=ends.lower, most_resolution_rate=ends.upper,
                           silent_share=1 - rates["valid"] / rates["assessed"])
    bounded.attrs = rates.attrs
    return bounded
