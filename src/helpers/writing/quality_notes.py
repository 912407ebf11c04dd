"""Write the appendix on data quality: the answers of `quality` in words, and a verdict on each use of the tickets.

The limits are assumptions, printed by `limits`; nothing is left out or corrected because of them.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from helpers.analysis import hidden_cells, quality
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.writing.citations import Fragment, Sentence, any_hidden, cite, join, literal, phrase, sentence, summed

__all__ = ["BETWEEN", "FILLED", "REFUSED", "bounds", "causes", "columns", "compared", "lags", "limits", "months",
           "named", "reading", "repeats", "rows", "verdict", "verdicts"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


FILLED = 0.9  # the least share of tickets with a value where figures are split by it
REFUSED = 0.01  # the largest share of rows that could not become tickets
BETWEEN = 0.1  # the largest distance between the bounds of a rate
_STEPS = ("read", "accepted", "quarantined", "duplicates")
_LAGS = {"same_day": "受理当日派单的", "earlier": "派单早于受理的"}
_OTHERS = "other_years"


def rows(account: Mapping[str, Any] | None) -> pd.DataFrame:
    """Count the rows of an export by fate (read, accepted, quarantined, duplicates, and of other years where there
    are any): fate, rows, row_share (of read).

    Empty without an export, as for simulated tickets, or where its counts were not kept.
    """
    steps = {step: account[step] for step in _STEPS} if account else {}
    others = sum((account or {}).get(_OTHERS, {}).values())
    steps |= {_OTHERS: others} if others else {}
    counted = [(step, number, number / account["read"]) for step, number in steps.items()]
    return pd.DataFrame(counted, columns=["fate", "rows", "row_share"])


def causes(account: Mapping[str, Any] | None) -> pd.DataFrame:
    """Count the causes of quarantined rows and of fields not kept, in the order of ingest, commonest first.

    Columns: fate (quarantined, not_kept); cause, in words (`labels.cause`); cases, of all rules with the same words.
    """
    kept = account or {"reasons": {}, "nulled": {}}
    counted = [(fate, labels.cause(rule), number) for fate, name in (("quarantined", "reasons"), ("not_kept", "nulled"))
               for rule, number in kept[name].items()]
    answer = pd.DataFrame(counted, columns=["fate", "cause", "cases"])
    return answer.groupby(["fate", "cause"], sort=False, as_index=False)["cases"].sum()


def named(breaks: pd.DataFrame) -> pd.DataFrame:
    """Return the answer of `quality.share_shifts` with each name in words: 7月, 未分类."""
    return breaks.assign(name=[_name(row) for row in breaks.to_dict("records")])


def verdicts(months: pd.DataFrame, columns: pd.DataFrame, bounds: pd.DataFrame, breaks: pd.DataFrame, read: pd.DataFrame,
             covered: bool, numbers: NumberRules) -> pd.DataFrame:
    """Judge each use of the tickets: use; finding and limit, in words; verdict.

    A verdict is `usable`, `careful`, or `absent` where there is nothing to judge by. `read` is the answer of `rows`, the others
    are those of `quality`; `covered`: there are tickets of the base period.
    """
    empty, uneven = int((months["tickets"] == 0).sum()), int(months["uneven"].sum())
    quarantined = _cell(read, "fate", "quarantined", "row_share")
    among = f"，其中没有工单的{empty}个" if empty else ""
    judged = [("volume", f"与各月中位数相差悬殊的月份{uneven}个{among}" if uneven else "各月无异常", "0个",
               "careful" if uneven else "usable"),
              ("reading", _finding("不能成为工单的行占{}", quarantined, numbers), _limit("不超过{}", REFUSED, numbers),
               _verdict(quarantined, quarantined is not None and quarantined <= REFUSED)),
              *(_filled(use, column, columns, numbers) for use, column in
                (("categories", "category"), ("districts", "district"), ("times", "closed_at"))),
              ("comparison", f"占比成倍变化的月份、类别和区共{len(breaks)}个" if covered else "没有可比的工单", "0个",
               ("careful" if len(breaks) else "usable") if covered else "absent"),
              *(_bounded(measure, bounds, numbers) for measure in ("resolution_rate", "satisfaction_rate"))]
    return pd.DataFrame(judged, columns=["use", "finding", "limit", "verdict"])


def verdict(judged: pd.DataFrame, total: pd.DataFrame, period: str, data: str) -> list[Sentence]:
    """State the number of tickets, whether they are simulated, and their uses by verdict."""
    if not total["tickets"].sum():
        return [sentence("{period}没有工单。", period=period)]
    uses = judged.assign(use=[labels.value("use", use) for use in judged["use"]]).groupby("verdict")["use"].agg("、".join)
    verdicts = [(f"{word}：{uses[name]}",) for name, word in labels.values("verdict").items() if name in uses]
    simulated = [sentence("工单是模拟的，以下判断只演示方法，不说明真实情况。")] if data == "simulated" else []
    return [sentence("{period}共有工单{tickets}。", period=period, tickets=cite(total, "tickets", kind="headline")),
            *simulated, sentence("{verdicts}。", verdicts=join(verdicts, "；"))]


def reading(read: pd.DataFrame, data: str) -> list[Sentence]:
    """State what became of the rows that were read, or why that is unknown."""
    if data == "simulated":
        return [sentence("工单是模拟的，不由导出表读入，所以没有读入、隔离和重复的记录；字段的缺失也是模拟的。")]
    if read.empty:
        return [sentence("读入这些工单时没有留下记录：重新读入导出表后可见。")]
    number = {step: cite(read, "rows", kind="plain", fate=step) for step in _STEPS}
    parts = [phrase(template, rows=number[step]) for step, template in zip(
        _STEPS[1:], ("{rows}行成为工单", "{rows}行隔离", "{rows}行为同一工单的重复行"), strict=True) if number[step].value]
    others = [phrase("{rows}行属于其他年份，不计入本年", rows=cite(read, "rows", kind="plain", fate=_OTHERS))
              ] if _OTHERS in set(read["fate"]) else []
    if number["accepted"].value == number["read"].value:
        return [sentence("共读入{read}行，全部成为工单。", read=number["read"])]
    return [sentence("共读入{read}行，其中{parts}。", read=number["read"], parts=join([*parts, *others], "，"))]


def columns(complete: pd.DataFrame) -> list[Sentence]:
    """State how many columns are complete, partly filled and empty, the last by name; no kind of which there are none."""
    whole = complete[(complete["known"] == complete["tickets"]) & (complete["known"] > 0)]
    none = complete[complete["known"] == 0]
    names = "、".join(labels.column(column) for column in none["column"])
    kinds = [(len(whole), "{n}个填写完整"), (len(complete) - len(whole) - len(none), "{n}个部分填写"),
             (len(none), "{n}个未填写（{names}）")]
    return [sentence("{all}个字段中，{kinds}。", all=literal(len(complete), "plain"), kinds=join(
        (phrase(template, n=literal(n, "plain"), names=names) for n, template in kinds if n), "，"))]


def months(monthly: pd.DataFrame) -> list[Sentence]:
    """Name the months without tickets, and those with far fewer or far more than the median."""
    empty, uneven = monthly[monthly["tickets"] == 0], monthly[monthly["uneven"] & (monthly["tickets"] > 0)]
    parts = [phrase("{month}（{tickets}）", month=cite(row, "month"), tickets=cite(row, "tickets"))
             for row in (uneven.loc[[place]] for place in uneven.index)]
    found = [("没有工单的月份", _months(empty)), ("与各月中位数相差悬殊的月份", join(parts))]
    return [sentence("{what}：{months}。", what=what, months=months) for what, months in found if months] or [
        sentence("各月无异常。")]


def compared(breaks: pd.DataFrame, base: str, covered: bool) -> list[Sentence]:
    """State how many months, categories and districts changed their share by far, and the largest such change."""
    if not covered:
        return [sentence("没有{base}的工单，不能与之比较。", base=base)]
    if breaks.empty:
        return [sentence("与{base}相比，没有占比成倍变化的月份、类别或区。", base=base)]
    counts = [phrase("{name}{n}个", name=labels.column(column), n=literal(number, "plain"))
              for column, number in breaks["column"].value_counts(sort=False).items()]
    ranked = breaks[~pd.concat([labels.residual(column, rows["name"]) for column, rows in breaks.groupby("column")])]
    return [sentence("与{base}相比，占比成倍变化的有{counts}{most}。", base=base, counts=join(counts),
                     most=_most_changed(ranked))]


def _most_changed(ranked: pd.DataFrame) -> Fragment:
    """Name the month, category or district that changed its share most, with both shares; nothing of a single one or of none."""
    if ranked.empty:
        return ()
    largest = ranked.loc[[(ranked["ticket_share"] - ranked["before_share"]).abs().idxmax()]]
    return phrase("；{which}{name}，占比由{before}变为{now}", which="变化最大的是" if len(ranked) > 1 else "为", name=_name(
        largest.iloc[0]), before=cite(largest, "before_share"), now=cite(largest, "ticket_share"))


def repeats(repeated: pd.DataFrame) -> list[Sentence]:
    """State how many tickets were dispatched more than once, and how many dispatches were repeats."""
    if repeated.empty:
        return [sentence("没有派单两次及以上的工单。")]
    again = int(((repeated["dispatches"] - 1) * repeated["tickets"]).sum())
    times = replace(literal(again, "plain"), hidden=any_hidden(repeated))
    return [sentence("派单两次及以上的工单{tickets}，再次派单共{again}次。", again=times,
                     tickets=summed(repeated, "count"))]


def lags(lagged: pd.DataFrame) -> list[Sentence]:
    """State how many tickets were dispatched on the day of receipt, and how many, impossibly, before it."""
    parts = [phrase("{name}{tickets}，占{share}", name=_LAGS[name], tickets=cite(lagged, "tickets", lag=name),
                    share=cite(lagged, "ticket_share", lag=name))
             for name in ("same_day", "earlier") if (lagged["lag"] == name).any()]
    return [sentence("只派单一次且受理、派单时间齐全的工单中，{parts}。", parts=join(parts, "；"))] if parts else []


def bounds(bounded: pd.DataFrame) -> list[Sentence]:
    """State the bounds of each rate, had every assessed caller answered; of how many, where that differs from the rate before."""
    if bounded.empty:
        return []
    parts = [phrase("{name}为{rate}{base}，未表态者均按最差计为{low}，均按最好计为{high}",
                    name=labels.value("measure", name), rate=cite(bounded, "rate", measure=name),
                    base=_of_answers(bounded, name) if place == 0 or _differs(bounded, place) else (),
                    low=cite(bounded, "low_rate", measure=name), high=cite(bounded, "high_rate", measure=name))
             for place, name in enumerate(bounded["measure"])]
    return [sentence("{parts}。", parts=join(parts, "；"))]


def _of_answers(bounded: pd.DataFrame, name: str) -> Fragment:
    return phrase("（纳入考核{assessed}，其中表态明确{answered}）", assessed=cite(bounded, "assessed", measure=name),
                  answered=cite(bounded, "told", measure=name))


def _differs(bounded: pd.DataFrame, place: int) -> bool:
    """Return whether a rate is of other tickets than the rate before it."""
    return bool((bounded[["assessed", "told"]].iloc[place] != bounded[["assessed", "told"]].iloc[place - 1]).any())


def limits() -> list[Sentence]:
    """State the limits of the verdicts, and that they are assumptions."""
    return [
        sentence(
            "界限均为假定：某月、某类、某区的占比达到比较期的{times}倍及以上或{times}分之一及以下，为成倍变化，"
            "两期占比均不足{least}的不计；某月数量与各月中位数相比也依此判断；填写率不低于{filled}，不能成为工单的行不超过{refused}，"
            "率的上下限相差不超过{between}个百分点，为可用。各月填写率均不低于{whole}的字段，不画入图中。",
            times=literal(quality.BREAK_RATIO, "plain"),
            least=literal(quality.MIN_SHARE, "share"),
            filled=literal(FILLED, "share"),
            refused=literal(REFUSED, "share"),
            between=literal(BETWEEN * 100, "plain"),
            whole=literal(quality.COMPLETE, "share"),
        )
    ]



def _name(row: Mapping[str, Any]) -> str:
    return f"{row['name']}月" if row["column"] == "month" else labels.value(row["column"], row["name"])


def _months(monthly: pd.DataFrame) -> Fragment:
    return join((cite(monthly.loc[[place]], "month"),) for place in monthly.index)


def _cell(answer: pd.DataFrame, by: str, name: str, number: str) -> float | None:
    rows = answer[answer[by] == name].dropna(subset=number)
    is_hidden = hidden_cells.ATTRIBUTE in rows.attrs and any_hidden(rows, number)
    return float(rows[number].iloc[0]) if len(rows) and not is_hidden else None


def _finding(template: str, share: float | None, numbers: NumberRules) -> str:
    return number_format.MISSING if share is None else template.format(number_format.percent(share, numbers))


def _limit(template: str, share: float, numbers: NumberRules) -> str:
    return template.format(number_format.phrase(share, "level", numbers))


def _verdict(measured: float | None, good: bool) -> str:
    return "absent" if measured is None else "usable" if good else "careful"


def _filled(use: str, column: str, columns: pd.DataFrame, numbers: NumberRules) -> tuple[str, str, str, str]:
    """Judge a use that depends on a single column; `absent` where that has no value."""
    share = _cell(columns, "column", column, "known_share") or None
    return (use, _finding(f"“{labels.column(column)}”填写率{{}}", share, numbers), _limit("不低于{}", FILLED, numbers),
            _verdict(share, share is not None and share >= FILLED))


def _bounded(measure: str, bounds: pd.DataFrame, numbers: NumberRules) -> tuple[str, str, str, str]:
    between, low, high = (_cell(bounds, "measure", measure, column)
                          for column in ("between_share", "low_rate", "high_rate"))
    limit = f"相差不超过{round(BETWEEN * 100)}个百分点"
    if between is None:
        return measure, number_format.MISSING, limit, "absent"
    return (measure, f"在{number_format.percent(low, numbers)}至{number_format.percent(high, numbers)}之间", limit,
            _verdict(between, between <= BETWEEN))
