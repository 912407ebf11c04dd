"""Write sentences on outcomes: call-backs, rates, handling times."""

import pandas as pd

from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Number, Sentence, cite, join, literal, optional, phrase, sentence

_RATES = ("resolution_rate", "satisfaction_rate")


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


def rates(whole: pd.DataFrame, monthly: pd.DataFrame, comparison: str = "") -> list[Sentence]:
    """State the resolution and satisfaction rates of the period, their course by month, and which is higher.

    Where `whole` has their differences from a base period (`trends.rate_differences`), these follow as `comparison`. Of too few
    answers (rates that are null) only the number is stated. Months without rates, or not `covered`, have no course.
    """
    if not whole["valid"].sum() or _unknown(whole):
        return _too_few(whole)
    parts = join([phrase("{name}为{rate}{points}", name=labels.column(rate), rate=cite(whole, rate),
                          points=phrases.change(whole, comparison, f"{rate}_points") if f"{rate}_points" in whole else ())
                    for rate in _RATES], "；" if _compared(whole) else "，")
    return [sentence("群众诉求{parts}。", parts=parts), *_by_month(whole, _sound(monthly))]


def outcome(whole: pd.DataFrame) -> list[Sentence]:
    """State the resolution and satisfaction rates of the period with the number of valid answers; of too few only this."""
    if not whole["valid"].sum() or _unknown(whole):
        return _too_few(whole)
    return [sentence("在{valid}有效回访中，解决率为{resolution}，满意率为{satisfaction}。", valid=cite(whole, "valid"),
                     resolution=cite(whole, "resolution_rate"), satisfaction=cite(whole, "satisfaction_rate"))]


def timeliness(times: pd.DataFrame, whose: str) -> list[Sentence]:
    """State the on-time rate and the days to close, as far as due and closing times are known. `times` has one row.

    Of too few tickets (a rate or days that are null) only their number is stated.
    """
    due, closed = cite(times, "due"), cite(times, "closed")
    on_time = optional("按时办结率为{rate}", rate=cite(times, "on_time_rate"))
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


def _by_month(whole: pd.DataFrame, known: pd.DataFrame) -> list[Sentence]:
    """State the course of the rates, where at least three months are known, and which of them is higher."""
    if len(known) <= 2:
        return []
    ways = {rate: _way(known[rate]) for rate in _RATES}
    way = ways["resolution_rate"]
    both = way and way == ways["satisfaction_rate"]
    courses = [phrase("解决率、满意率均{way}", way=way)] if both else [_trend(known, rate, ways[rate]) for rate in _RATES]
    return [sentence("{courses}{order}。", courses=join(courses, "；"), order=_order(whole, known))]


def _way(rate: pd.Series) -> str:
    """Return the words for a rate's monotonic course; empty where it goes both ways."""
    if rate.nunique() == 1:
        return "各月持平"
    ways = {"呈逐月上升趋势": rate.is_monotonic_increasing, "呈逐月下降趋势": rate.is_monotonic_decreasing}
    return next((way for way, went in ways.items() if went), "")


def _trend(known: pd.DataFrame, column: str, way: str) -> Fragment:
    """State a rate in its first and last month."""
    name, (first, last) = labels.column(column), (known.index[0], known.index[-1])
    step = known[column].iloc[-1] - known[column].iloc[0]
    cited = {"name": name, "first_month": phrases.month(known, first), "last_month": phrases.month(known, last),
             "first": phrases.quote(known, first, ["year", "month"], column),
             "last": phrases.quote(known, last, ["year", "month"], column)}
    if way == "各月持平":
        return phrase("{name}各月均为{last}", **cited)
    if step == 0:
        return phrase("{name}{last_month}与{first_month}持平，均为{last}", **cited)
    return phrase("{name}由{first_month}的{first}{steady}{direction}{last_month}的{last}", steady="逐月" if way else "",
                  direction="升至" if step > 0 else "降至", **cited)


def _order(whole: pd.DataFrame, known: pd.DataFrame) -> str:
    solved, satisfied = (cite(whole, rate).value for rate in _RATES)
    if solved is None or satisfied is None:
        return ""
    if (known["satisfaction_rate"] > known["resolution_rate"]).all():
        return "，满意率各月均高于解决率"
    if solved == satisfied:
        return "，全期满意率与解决率持平"
    return f"，全期满意率{'高于' if satisfied > solved else '低于'}解决率"
