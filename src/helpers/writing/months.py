"""Write sentences on months: the busiest, the quietest, the course of a year, the peaks of its parts.

Every word of change is defined by the sizes of an edition (`editions.ChangeRules`) and is printed with its size.
"""

from collections.abc import Callable
from dataclasses import replace
from statistics import fmean

import pandas as pd

from helpers.analysis import trends
from helpers.analysis.trends import Course, Surge
from helpers.settings import labels
from helpers.settings.statement_rules import ChangeRules
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Number, Sentence, any_hidden, cite, division, join, literal, phrase, sentence

_YEAR = 12


def months(monthly: pd.DataFrame, opening: str, noun: str, *, kind: str = "count",
           sizes: ChangeRules = trends.SIZES) -> list[Sentence]:
    """State the busiest and the quietest month with ties, months without tickets, the course, and months that double.

    `monthly` has a row per month; months with unknown `tickets`, or that are not `covered`, are left out. Where no month has
    `sizes.min_tickets` the sum is stated alone; a change from fewer has no percentage.
    """
    monthly = trends.covered(monthly)
    known = monthly[monthly["tickets"].notna()]
    some, none = known[known["tickets"] > 0], known[known["tickets"] == 0]
    if some.empty or len(known) < 2:
        return []
    if known["tickets"].max() < sizes.min_tickets:
        each = "各月均" if known["tickets"].sum() >= sizes.min_tickets else ""
        return [sentence("{opening}{noun}合计{total}，{each}不足{least}，不作逐月分析。", opening=opening, noun=noun, each=each,
                         total=_derived(known, "tickets", known["tickets"].sum(), kind),
                         least=literal(sizes.min_tickets, "threshold"))]
    most, least = phrases.extreme(some, "max"), phrases.extreme(some, "min")
    if len(most) == len(known):
        return [sentence("{opening}{noun}各月均为{most}。", opening=opening, noun=noun, most=_tickets(most, kind))]
    if len(some) == 1:
        extremes = phrase("{noun}全部集中在{month}，为{most}", noun=noun, month=phrases.month(known, most.index[0]),
                      most=_tickets(most, kind))
    elif none.empty:
        extremes = phrase("{most}；{least}", most=_most(most, known, noun, kind),
                      least=phrase("{months}最少，{each}{tickets}", months=phrases.month_names(least, known),
                                   each=_each(least), tickets=_tickets(least, kind)))
    else:
        extremes = phrase("{most}；{none}无记录", most=_most(most, known, noun, kind), none=phrases.month_names(none, known))
    doubled = _surges(monthly, kind, sizes)
    return [sentence("{opening}{extremes}。", opening=opening, extremes=extremes), *trend(monthly, kind=kind, sizes=sizes),
            *([sentence("{doubled}。", doubled=doubled)] if doubled else [])]


def trend(monthly: pd.DataFrame, *, kind: str = "count", sizes: ChangeRules = trends.SIZES) -> list[Sentence]:
    """State the course of the months with its size, where `trends.course` finds any.

    7月至10月逐月下降，由9件降至6件，降幅33.33%，11月回升至8件，升幅33.33%。 A month that turns back before the largest month of
    all is followed by that month.
    """
    monthly = trends.covered(monthly)
    course = trends.course(monthly["tickets"], sizes)
    if course is None:
        return []
    describe = {"level": _level, "rise": _run, "fall": _run, "hump": _turn, "dip": _turn, "upward": _drift, "downward": _drift}
    return [sentence("{course}。", course=describe[course.shape](monthly, course, kind, sizes))]


def surges(monthly: pd.DataFrame, by: str, n: int, *, sizes: ChangeRules = trends.SIZES) -> list[Sentence]:
    """State the months in which any of the first `n` doubles: the largest with the numbers that they are compared with.

    成倍增长的有：噪音12月为814件，比11月的199件增长309.05%；……；另有2处达到上月或其余各月平均的2倍及以上。 At most
    `phrases.NAMED` have numbers, in order of entities and months; the others are counted. Entities with fewer than
    `sizes.min_tickets`, and the residual class, are left out.
    """
    monthly = trends.covered(monthly)
    found = [(rows, surge) for name in phrases.rankable(monthly, by)[by].drop_duplicates().head(n)
             if (rows := monthly[monthly[by] == name])["tickets"].sum() >= sizes.min_tickets
             for surge in trends.surges(rows["tickets"], sizes)]
    chosen, others = _largest(found, sizes)
    parts: list[Fragment] = []
    for place, (rows, surge) in enumerate(chosen):
        name = rows[by].iloc[0]
        named = place and chosen[place - 1][0][by].iloc[0] == name
        parts.append(phrase("{name}{surge}", name="" if named else phrases.quoted(name),
                            surge=_surge(rows, surge, "count", sizes, by)))
    return [sentence("成倍增长的有：{parts}{others}。", parts=join(parts, "；"), others=others("处"))] if parts else []


def peaks(monthly: pd.DataFrame, by: str, n: int, least: int = 1, *,
          sizes: ChangeRules = trends.SIZES) -> list[Sentence]:
    """State the peak month of each of the first `n`, and for the very first also the next two months.

    从主要细类看，网络交易在11月最多，为6.1万件，12月、1月次之；……。 Entities with fewer than `least` tickets, or of which no
    month has `sizes.min_tickets`, are left out.
    """
    monthly = trends.covered(monthly)
    parts: list[Fragment] = []
    for name in phrases.rankable(monthly, by)[by].drop_duplicates().head(n):
        rows = monthly[(monthly[by] == name) & monthly["tickets"].notna()]
        if (rows["tickets"].sum() >= least and rows["tickets"].max() >= sizes.min_tickets and rows["tickets"].nunique() > 1):
            most = phrases.extreme(rows, "max")
            parts.append(phrase("{name}在{months}最多，{each}{tickets}{next}", name=phrases.quoted(name),
                                months=phrases.month_names(most, rows), each=_each(most), tickets=_tickets(most, "count", by),
                                next=() if parts else _next(rows, most)))
    return [sentence("从主要{what}看，{parts}。", what=labels.column(by), parts=join(parts, "；"))] if parts else []


def _level(monthly: pd.DataFrame, course: Course, kind: str, _: ChangeRules) -> Fragment:
    whole = course.last - course.first + 1 == len(monthly)
    return phrase("{months}基本稳定，{size}", months="各月" if whole else _span(monthly, course.first, course.last),
                  size=_spread(monthly, course.first, course.last, kind))


def _run(monthly: pd.DataFrame, course: Course, kind: str, sizes: ChangeRules) -> Fragment:
    up = course.shape == "rise"
    direction, size = ("上升", "升") if up else ("下降", "降")
    run = phrase("{months}逐月{direction}，由{first}{size}至{last}{change}", direction=direction, size=size,
                 months=_span(monthly, course.first, course.last), first=_at(monthly, course.first, kind),
                 last=_at(monthly, course.last, kind), change=_step(monthly, course.first, course.last, size, sizes))
    later = list(course.named)
    parts = [run]
    if course.after == "stable":
        end = len(monthly) - 1
        parts.append(phrase("{months}保持稳定，{size}", months=_span(monthly, course.last, end),
                            size=_spread(monthly, course.last, end, kind)))
    elif course.after == "turn":
        row = course.last + 1
        parts.append(phrase("{month}{back}至{to}{change}{rank}", month=_month(monthly, row), back="回落" if up else "回升",
                            to=_at(monthly, row, kind), rank=_rank(monthly, row) if row in later else "",
                            change=_step(monthly, course.last, row, "降" if up else "升", sizes)))
        later = [place for place in later if place != row]
    for row in later:
        onward = course.after == "onward" and _is_high(monthly, row) == up
        lead = f"此后继续{direction}，" if onward else ""
        parts.append(phrase("{lead}{month}{reaches}{tickets}{rank}", lead=lead, month=_month(monthly, row),
                            reaches="达到" if _is_high(monthly, row) else "降至", tickets=_at(monthly, row, kind),
                            rank=_rank(monthly, row)))
    return join(parts, "，")


def _turn(monthly: pd.DataFrame, course: Course, kind: str, _: ChangeRules) -> Fragment:
    there, back = ("升", "降") if course.shape == "hump" else ("降", "升")
    start, turn, end = (phrase("{month}的{tickets}", month=_month(monthly, row), tickets=_at(monthly, row, kind))
                        for row in (course.first, course.named[0], course.last))
    return phrase("总体先{there}后{back}，由{start}{there}至{turn}，再{back}至{end}", there=there, back=back, start=start,
                  turn=turn, end=end)


def _drift(monthly: pd.DataFrame, course: Course, kind: str, sizes: ChangeRules) -> Fragment:
    rows = monthly.iloc[course.first:course.last + 1]
    early, late = trends.thirds([*rows["tickets"]])
    direction, more = ("上升", ("高", "多")) if course.shape == "upward" else ("下降", ("低", "少"))
    is_few, change = fmean(early) < sizes.min_tickets, abs(fmean(late) / fmean(early) - 1)
    by = _derived(rows, "tickets_mean", abs(fmean(late) - fmean(early)), kind) if is_few else (
        _derived(rows, "tickets_change", change, "rate", parts=division(abs(fmean(late) - fmean(early)), fmean(early))))
    return phrase("总体呈{direction}趋势，{end}平均每月{late}，比{start}平均每月{early}{more}{change}", direction=direction,
                  more=more[is_few], end=_span(monthly, course.last - len(late) + 1, course.last),
                  start=_span(monthly, course.first, course.first + len(early) - 1),
                  late=_derived(rows, "tickets_mean", fmean(late), kind),
                  early=_derived(rows, "tickets_mean", fmean(early), kind), change=by)


def _surges(monthly: pd.DataFrame, kind: str, sizes: ChangeRules) -> Fragment:
    """Name the months that double: the largest with their numbers, in order of months; the others are counted."""
    chosen, others = _largest([(monthly, surge) for surge in trends.surges(monthly["tickets"], sizes)], sizes)
    clause = join((_surge(rows, surge, kind, sizes) for rows, surge in chosen), "；")
    return phrase("{clause}{others}", clause=clause, others=others("个月")) if chosen else ()


def _largest(found: list[tuple[pd.DataFrame, Surge]], sizes: ChangeRules,
             ) -> tuple[list[tuple[pd.DataFrame, Surge]], Callable[[str], Fragment]]:
    """Return the largest of some surges, in their order, and a function that counts the others by a classifier."""
    order = sorted(range(len(found)), key=lambda place: (-found[place][1].change, place))
    chosen = [found[place] for place in sorted(order[:phrases.NAMED])]
    rest = len(found) - len(chosen)
    times = literal(f"{sizes.doubled:g}", "text")
    return chosen, lambda unit: phrase("；另有{n}{unit}达到上月或其余各月平均的{times}倍及以上", n=literal(rest, "plain"),
                                       unit=unit, times=times) if rest else ()


def _surge(monthly: pd.DataFrame, surge: Surge, kind: str, sizes: ChangeRules, *by: str) -> Fragment:
    """State a month that doubles beside what it is compared with: the change in tickets where that is of few, else in percent."""
    base = surge.mean if surge.before is None else monthly["tickets"].iloc[surge.before]
    row, is_few = surge.row, base < sizes.min_tickets
    more = _derived(monthly.iloc[[row]], "tickets", monthly["tickets"].iloc[row] - base, kind, *by)
    tickets = _at(monthly, row, kind, *by)
    if surge.before is not None:
        return phrase("{month}为{tickets}，比{before}的{base}{grows}{change}", month=_month(monthly, row), tickets=tickets,
                      before=_month(monthly, surge.before), base=_at(monthly, surge.before, kind, *by),
                      grows="增加" if is_few else "增长", change=more if is_few else _change(monthly, surge.before, row, *by))
    rows = monthly.iloc[[*(other for other in range(len(monthly)) if other != row), row]]
    others = "其余有记录的月份平均" if (monthly["tickets"] == 0).any() else "其余各月平均"
    change = more if is_few else _derived(rows, "tickets_change", surge.change, "rate", "year", "month", *by,
                                             parts=division(monthly["tickets"].iloc[row] - base, base))
    return phrase("{month}为{tickets}，比{others}的{mean}多{change}", month=_month(monthly, row), others=others,
                  tickets=tickets, mean=_derived(monthly, "tickets_mean", surge.mean, kind, *by), change=change)


def _spread(monthly: pd.DataFrame, first: int, last: int, kind: str) -> Fragment:
    rows = monthly.iloc[first:last + 1]
    mean = rows["tickets"].mean()
    return phrase("月均{mean}，各月与之最多相差{most}", mean=_derived(rows, "tickets_mean", mean, kind),
                  most=_derived(rows, "tickets_change", (rows["tickets"] / mean - 1).abs().max(), "rate",
                                parts=division((rows["tickets"] - mean).abs().max(), mean)))


def _change(monthly: pd.DataFrame, before: int, after: int, *by: str) -> Number:
    """Quote by how much a month is above or below an earlier one."""
    rows = monthly.iloc[[before, after]]
    earlier, later = rows["tickets"]
    return _derived(rows, "tickets_change", abs(later / earlier - 1), "rate", "year", "month", *by,
                    parts=division(abs(later - earlier), earlier))


def _step(monthly: pd.DataFrame, before: int, after: int, size: str, sizes: ChangeRules) -> Fragment:
    """Quote the size of a change after a comma; empty where it starts from fewer than `sizes.min_tickets`."""
    is_few = monthly["tickets"].iloc[before] < sizes.min_tickets
    return () if is_few else phrase("，{size}幅{change}", size=size, change=_change(monthly, before, after))


def _derived(rows: pd.DataFrame, column: str, value: float, kind: str, *by: str,
             parts: tuple[float, float] | None = None) -> Number:
    """Quote a number computed from several months, with the last one's values of `by`, and their smallest count.

    `parts` are the numerator and denominator of a ratio.
    """
    smallest = rows["tickets"][rows["tickets"] > 0].min()
    answer = rows.iloc[[-1]].assign(**{"tickets": smallest, column: value})
    answer.attrs = rows.attrs
    quoted = cite(answer, column, kind=kind, at={name: answer[name].iloc[0] for name in by})
    return replace(quoted, parts=parts, hidden=any_hidden(rows))


def _rank(monthly: pd.DataFrame, row: int) -> str:
    """Say that a month is the highest or the lowest of those with records."""
    known = monthly["tickets"][monthly["tickets"] > 0]
    whole = "全年" if len(known) == len(monthly) == _YEAR and monthly["year"].nunique() == 1 else (
        "各月" if len(known) == len(monthly) else "有记录的月份中")
    tied = (known == monthly["tickets"].iloc[row]).sum() > 1
    return f"，{'并列' if tied else '为'}{whole}{'最高' if _is_high(monthly, row) else '最低'}"


def _is_high(monthly: pd.DataFrame, row: int) -> bool:
    return monthly["tickets"].iloc[row] == monthly["tickets"].max()


def _span(monthly: pd.DataFrame, first: int, last: int) -> Fragment:
    return phrase("{first}至{last}", first=_month(monthly, first), last=_month(monthly, last))


def _month(monthly: pd.DataFrame, row: int) -> Fragment:
    return phrases.month(monthly, monthly.index[row])


def _at(monthly: pd.DataFrame, row: int, kind: str, *by: str) -> Number:
    return _tickets(monthly.iloc[[row]], kind, *by)


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
