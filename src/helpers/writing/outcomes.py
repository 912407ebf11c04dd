"""Write sentences on outcomes: call-backs, rates, handling times."""

from dataclasses import replace

import pandas as pd

from helpers.analysis import control_chart, trends, uncertainty
from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Number, Sentence, cite, join, literal, optional, phrase, sentence

_RATES = ("resolution_rate", "satisfaction_rate")
_BAD = {"resolution_rate": "未解决", "satisfaction_rate": "不满意"}
_GOOD = {"resolution_rate": "解决", "satisfaction_rate": "满意"}


def funnel(steps: pd.DataFrame, period: str) -> list[Sentence]:
    """State how many tickets were dispatched, excluded, assessed, reached by call-back and valid. `steps` has one row."""
    if not steps["assessed"].sum():
        return []
    return [sentence("{period}办理的{dispatched}群众诉求中{excluded}，对{assessed}进行考核{reached}{valid}。", period=period,
                     dispatched=optional("{tickets}", tickets=_positive(steps, "dispatched")),
                     excluded=optional("，除去{why}的{tickets}", why=_why_excluded(steps), tickets=_positive(steps, "excluded")),
                     assessed=cite(steps, "assessed", kind="headline"),
                     reached=optional("，电话回访接通{tickets}", tickets=_positive(steps, "reached")),
                     valid=optional("，有效回访（对诉求是否解决、是否满意均明确表示意见）{tickets}",
                                    tickets=_positive(steps, "valid")))]


def rates(whole: pd.DataFrame, monthly: pd.DataFrame, comparison: str = "", level: float = 0.95) -> list[Sentence]:
    """State the rates of the period with the bounds that unanswered calls leave, their course by month, and which is higher.

    Where `whole` has their differences from a base period (`trends.rate_differences`), these follow as `comparison`; what chance
    in the answers explains at `level` is called neither a rise nor a fall. Of too few answers (rates that are null) only the
    number is stated. Months without rates, or not `covered`, have no course.
    """
    if not whole["valid"].sum() or _unknown(whole):
        return _too_few(whole)
    parts = join([phrase("{name}为{rate}{points}", name=labels.column(rate), rate=cite(whole, rate),
                          points=_points(whole, comparison, rate))
                    for rate in _RATES], "；" if _compared(whole) else "，")
    return [sentence("群众诉求{parts}。", parts=parts), *_bounds(whole), *_by_month(whole, _sound(monthly), level),
            *_outside(monthly)]


def outcome(whole: pd.DataFrame) -> list[Sentence]:
    """State the rates of the period with the number of valid answers and their bounds (`_bounds`); of too few only the number."""
    if not whole["valid"].sum() or _unknown(whole):
        return _too_few(whole)
    return [sentence("在{valid}有效回访中，解决率为{resolution}，满意率为{satisfaction}。", valid=cite(whole, "valid"),
                     resolution=cite(whole, "resolution_rate"), satisfaction=cite(whole, "satisfaction_rate")), *_bounds(whole)]


def timeliness(times: pd.DataFrame, whose: str) -> list[Sentence]:
    """State the on-time rate and the days to close, as far as due and closing times are known. `times` has one row.

    Of too few tickets (a rate or days that are null) only their number is stated. The rate of a place carries its interval
    (`uncertainty.with_intervals`).
    """
    due, closed = cite(times, "due"), cite(times, "closed")
    ends = {end: cite(times, f"on_time_rate_{end}") for end in ("lower", "upper") if f"on_time_rate_{end}" in times}
    interval = optional("（区间{lower}至{upper}）", **ends) if ends else ()
    on_time = optional("按时办结率为{rate}{interval}", rate=cite(times, "on_time_rate"), interval=interval)
    days = optional("平均办理{mean}，办理天数中位数为{median}", mean=cite(times, "days_mean"), median=cite(times, "days_median"))
    if on_time and days and due.value == closed.value:
        known = phrase("{on_time}，{days}（均以有办结时间和办理时限的{closed}计）", on_time=on_time, days=days, closed=closed)
    elif not on_time and not days and due.value and due.value == closed.value:
        known = phrase("有办结时间和办理时限的仅{closed}，不计算按时办结率和办理天数", closed=closed)
    else:
        known = phrases.clauses([phrase("{text}（以{known}的{count}计）", text=text, known=known, count=count) if text else
                                 phrase("{known}的仅{count}", known=known, count=count) if count.value else ()
                                 for text, known, count in ((on_time, "可判断是否按时", due), (days, "有办结时间", closed))])
    return [sentence("{whose}{known}。", whose=whose, known=known)] if known else []


def _why_excluded(steps: pd.DataFrame) -> str:
    """Return why tickets are not assessed, where each has one of the two reasons that funnels count."""
    duplicates, petitions, others = (steps[name].sum() if name in steps else 0
                                     for name in ("duplicates", "petitions", "otherwise_excluded"))
    words = [*["合并处理"] * bool(duplicates), *["转送其他法定渠道"] * bool(petitions)]
    return "及".join(words) if words and not others else "按规则不纳入考核"


def _positive(row: pd.DataFrame, column: str) -> Number:
    number = cite(row, column, kind="headline")
    return number if number.value else literal(None, "headline")


def _unknown(whole: pd.DataFrame) -> bool:
    return bool(whole[[*_RATES]].isna().all(axis=None))


def _too_few(whole: pd.DataFrame) -> list[Sentence]:
    """State the number of valid answers, of which no rate is computed; nothing without any."""
    valid = cite(whole, "valid")
    return [sentence("有效回访仅{valid}，不计算解决率和满意率。", valid=valid)] if valid.value else []


def _sound(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return the months that have rates and are covered."""
    known = monthly[monthly[[*_RATES]].notna().all(axis=1)]
    return known[known["covered"].astype(bool)] if "covered" in known else known


def _compared(whole: pd.DataFrame) -> bool:
    return any(f"{rate}_points" in whole and whole[f"{rate}_points"].notna().all() for rate in _RATES)


def _points(whole: pd.DataFrame, comparison: str, rate: str) -> Fragment:
    """Return a rate's difference from the base period after a comma; without a direction where chance explains it."""
    if f"{rate}_points" not in whole:
        return ()
    if whole[f"{rate}_points"].notna().all() and whole[f"{rate}_chance"].all():
        return phrase("，{comparison}基本持平（差异在抽样误差之内）", comparison=comparison)
    return phrases.change(whole, comparison, f"{rate}_points")


def _bounds(whole: pd.DataFrame) -> list[Sentence]:
    """State what the rates would be if all of the assessed without a valid answer were content, or none; nothing if all gave one.

    Calls that do not answer are no sample: an interval of the answers does not cover them.
    """
    if not (whole["assessed"] > whole["valid"]).fillna(False).all():
        return []
    bounds = {rate: uncertainty.unanswered_bounds(whole[rate] * whole["valid"], whole["valid"], whole["assessed"])
              for rate in _RATES}
    bounded = whole.assign(valid_of_assessed_share=whole["valid"] / whole["assessed"],
                           **{f"least_{rate}": ends.lower for rate, ends in bounds.items()},
                           **{f"most_{rate}": ends.upper for rate, ends in bounds.items()})
    ranges = [phrase("{name}在{least}至{most}之间", name=labels.column(rate), least=cite(bounded, f"least_{rate}"),
                     most=cite(bounded, f"most_{rate}")) for rate in _RATES if bounded[f"least_{rate}"].notna().all()]
    return [sentence("有效回访占考核量的{share}；未表态者全部计入{bad}或全部计入{good}时，{ranges}。",
                     share=cite(bounded, "valid_of_assessed_share"), bad="、".join(_BAD.values()), good="、".join(_GOOD.values()),
                     ranges=join(ranges, "，"))] if ranges else []


def _outside(monthly: pd.DataFrame) -> list[Sentence]:
    """Name the months whose rate lies beyond the limits of a control chart (`control_chart.unusual_months`)."""
    clauses = []
    for rate in _RATES if len(monthly) else ():
        known = monthly[rate].where(monthly["covered"].astype(bool)) if "covered" in monthly else monthly[rate]
        signs = control_chart.unusual_months(_calendar(monthly, known)).reindex(_places(monthly)).to_numpy()
        for side, sign in (("低于下限", -1), ("高于上限", 1)):
            rows = monthly[signs == sign]
            named = [phrase("{month}（{value}）", month=phrases.month(monthly, place),
                            value=phrases.quote(monthly, place, ["year", "month"], rate)) for place in rows.index]
            if named:
                clauses.append(phrase("{name}{side}的有{months}", name=labels.column(rate), side=side, months=join(named)))
    return [sentence("按各月平均值及逐月波动的界限（控制图），{clauses}，超出各月之间通常的波动。",
                     clauses=join(clauses, "；"))] if clauses else []


def _calendar(monthly: pd.DataFrame, rate: pd.Series) -> pd.Series:
    """Return a rate by consecutive months (`_places`), null where a month has no row."""
    values = pd.Series(rate.to_numpy(dtype="float64", na_value=float("nan")), index=_places(monthly))
    return values.reindex(range(values.index.min(), values.index.max() + 1))


def _places(monthly: pd.DataFrame) -> pd.Index:
    return pd.Index(monthly["year"].astype("int64") * 12 + monthly["month"].astype("int64"))


def _by_month(whole: pd.DataFrame, known: pd.DataFrame, level: float) -> list[Sentence]:
    """State the course of each rate from its first to its last month with its size, where three months are known or more."""
    if len(known) <= 2:
        return []
    courses = [_trend(known, rate, _way(known[rate]), level) for rate in _RATES]
    return [sentence("{courses}{order}。", courses=join(courses, "；"), order=_order(whole, known))]


def _way(rate: pd.Series) -> str:
    """Return the words for a rate's monotonic course; empty where it goes both ways."""
    if rate.nunique() == 1:
        return "各月持平"
    ways = {"呈逐月上升趋势": rate.is_monotonic_increasing, "呈逐月下降趋势": rate.is_monotonic_decreasing}
    return next((way for way, went in ways.items() if went), "")


def _trend(known: pd.DataFrame, column: str, way: str, level: float) -> Fragment:
    """State a rate in its first and last month and their difference in percentage points, a direction only beyond chance."""
    name, (first, last) = labels.column(column), (known.index[0], known.index[-1])
    step = known[column].iloc[-1] - known[column].iloc[0]
    cited = {"name": name, "first_month": phrases.month(known, first), "last_month": phrases.month(known, last),
             "first": phrases.quote(known, first, ["year", "month"], column),
             "last": phrases.quote(known, last, ["year", "month"], column)}
    moved = known.assign(**{f"{column}_points": known[column] - known[column].iloc[0]})
    size = replace(phrases.quote(moved, last, ["year", "month"], f"{column}_points"),
                   least=min(cited["first"].least or 0, cited["last"].least or 0) or None)
    if way == "各月持平":
        return phrase("{name}各月均为{last}", **cited)
    if step == 0:
        return phrase("{name}{last_month}与{first_month}持平，均为{last}", **cited)
    if trends.is_chance(known.head(1), known.tail(1), column, level):
        return phrase("{name}{last_month}（{last}）与{first_month}（{first}）基本持平（差异在抽样误差之内）", **cited)
    return phrase("{name}由{first_month}的{first}{steady}{direction}{last_month}的{last}，{size}", steady="逐月" if way else "",
                  direction="升至" if step > 0 else "降至", size=size, **cited)


def _order(whole: pd.DataFrame, known: pd.DataFrame) -> str:
    solved, satisfied = (cite(whole, rate).value for rate in _RATES)
    if solved is None or satisfied is None:
        return ""
    if (known["satisfaction_rate"] > known["resolution_rate"]).all():
        return "，满意率各月均高于解决率"
    if solved == satisfied:
        return "，全期满意率与解决率持平"
    return f"，全期满意率{'高于' if satisfied > solved else '低于'}解决率"
