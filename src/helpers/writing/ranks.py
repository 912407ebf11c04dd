"""Write sentences on scores and ranks, which call no unit better than another where chance may have decided.

Frames are those of `league_table`. A level of 0.9 is printed as 90%.
"""

from itertools import pairwise

import numpy as np
import pandas as pd

from helpers.analysis import uncertainty
from helpers.settings import labels, numerals
from helpers.settings.assessment_rules import Rankings
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Number, Sentence, join, literal, phrase, sentence


def podium(ranked: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """List the first `n` ranks with ties, and say between which of them chance may have decided.

    第一名小红门地区，并列第二名小关街道、孙河地区，第三名麦子店街道（相邻名次的得分区间均有重叠，先后不能区分）。
    """
    placed = ranked[ranked["score_rank"].notna() & ranked[by].notna()]
    first = placed[placed["score_rank"] <= n]
    groups = list(first.groupby("score_rank", sort=True))
    if not groups:
        return []
    names = [[phrases.full_name(row, by) for row in group.to_dict("records")] for _, group in groups]
    if len(placed) == 1:
        return [sentence("仅{name}达到排名条件。", name=names[0][0])]
    places = [_place(int(rank), called) for (rank, _), called in zip(groups, names, strict=True)]
    return [sentence("{opening}{verb}{places}{caution}。", opening=opening, verb="依次为：" if len(places) > 1 else "为",
                     places=join(places, "，"), caution=_caution(groups))]


def among_first(ranked: pd.DataFrame, by: str, whom: str, rules: Rankings, k: int) -> list[Sentence]:
    """State how many units are surely, possibly and not among the first `k`, and how wide their rank intervals are.

    The few that surely are get their names. Nothing where the list has room for all.
    """
    known = ranked[ranked["band"].notna()]
    if known.empty:
        return []
    counts, surely = known["band"].value_counts(), known[known["band"] == "surely"]
    named = join([(phrases.full_name(row, by),) for row in surely.to_dict("records")])
    parts = {"surely": phrase("确在前{k}名之内的{n}个{names}", k=_plain(k), n=_plain(len(surely)),
                              names=phrase("（{named}）", named=named) if len(surely) <= phrases.NAMED else ()),
             "possibly": phrase("可能在内的{n}个", n=_plain(counts.get("possibly", 0))),
             "not": phrase("不在其内的{n}个", n=_plain(counts.get("not", 0)))}
    counted = phrases.clauses((part for band, part in parts.items() if counts.get(band)), "，")
    return [
        sentence(
            "按{level}的把握，{all}个{whom}中{counted}。",
            level=literal(rules.level, "level"),
            all=_plain(len(known)),
            whom=whom,
            counted=counted,
        ),
        *_widths(known),
    ]


def among_first_within(ranked: pd.DataFrame, whom: str, place: str, rules: Rankings, k: int) -> list[Sentence]:
    """State how many of the first `k` ranks of each place are surely among its first `k`. `place`: what the places are called."""
    listed = ranked[(ranked["score_rank"] <= k).fillna(False).astype(bool) & ranked["band"].notna()]
    if listed.empty:
        return []
    surely = int((listed["band"] == "surely").sum())
    rest = "，其余尚不能与本{place}名次相近者区分" if surely < len(listed) else ""
    how = (
        "按{level}的把握，可以认定确在前{k}名之内的有{surely}个" + rest
        if surely
        else "按{level}的把握，均不能认定确在前{k}名之内"
    )
    return [
        sentence(
            "各{place}前{k}名共{all}个{whom}，" + how + "。",
            all=_plain(len(listed)),
            whom=whom,
            place=place,
            k=_plain(k),
            level=literal(rules.level, "level"),
            surely=_plain(surely),
        )
    ]


def outside_limits(units: pd.DataFrame, whom: str, rate: str) -> list[Sentence]:
    """State how many units have a rate further from the city's than chance explains. `units`: `league_table.funnel_plot`."""
    if units.empty:
        return []
    above, below = (int((units["signal"] == side).sum()) for side in ("above", "below"))
    rest = len(units) - above - below
    parts = [phrase("高于总体的{n}个", n=_plain(above)), phrase("低于总体的{n}个", n=_plain(below))]
    outside = phrases.clauses((part for part, n in zip(parts, (above, below), strict=True) if n), "，")
    numbers = {
        "all": _plain(len(units)),
        "whom": whom,
        "rate": labels.column(rate),
        "limit": literal(1 - 2 * uncertainty.FAR, "level"),
    }
    if not outside:
        return [sentence("{all}个{whom}的{rate}与总体的差别均在偶然波动的界限（{limit}）之内。", **numbers)]
    left = phrase("；其余{rest}个与总体的差别可能出于偶然", rest=_plain(rest)) if rest else ()
    return [
        sentence("{all}个{whom}中，{rate}超出偶然波动的界限（{limit}）、{outside}{left}。", outside=outside, left=left, **numbers)
    ]


def intervals(units: pd.DataFrame, rules: Rankings) -> list[Sentence]:
    """Explain what intervals of scores and ranks say, and what they do not; nothing where no unit has one."""
    if not units["score_error"].notna().any():
        return []
    return [
        sentence(
            "得分和名次由作出有效答复的来电人推算，带有偶然性；本章按{level}的把握给出区间：换一批来电人作答，得分和名次会有出入，按此法"
            "推算的区间，约有{level}包含单位的实际水平。",
            level=literal(rules.level, "level"),
        ),
        sentence("区间只计作答者之间的偶然差异，不反映未接通、拒访和未表态者的意见。"),
        sentence("两个单位的区间重叠的，不能断定孰优孰劣。"),
        sentence("名次区间（最高名次至最低名次）以收缩得分推算：答复越少，得分越向总体平均数靠拢，以免把一时的高低当作水平。"),
        sentence("“确在其内”“不在其内”指就整个名单而言按同样的把握可以认定的，“可能在内”指现有答复尚不足以判定的。"),
    ]


def improvement(scores: pd.DataFrame, earlier: pd.DataFrame, unit: list[str], whom: str, base: str,
                rules: Rankings) -> list[Sentence]:
    """State how many units have a score, how many had one in the `base` period, and of how many it rose by more than chance."""
    now, before = (rows[rows["score"].notna()] for rows in (scores, earlier))
    if now.empty:
        return []
    both = now.merge(before, on=unit, suffixes=("", "_before"))
    rise = both["score"] - both["score_before"]
    sure = rise > uncertainty.normal_quantile(rules.level) * np.hypot(both["score_error"], both["score_error_before"])
    rose = ("成绩均有提高，且均超出偶然波动（{level}的把握）" if len(both) > 1 and sure.all() else
            "，成绩提高的{rose}个，其中{sure}个的提高超出偶然波动（{level}的把握）" if sure.any() else
            "，成绩提高的{rose}个，均未超出偶然波动（{level}的把握）" if (rise > 0).any() else "，均未提高")
    compared = phrase("，其中可与{base}比较的{both}个" + rose, base=base, both=_plain(len(both)), rose=_plain((rise > 0).sum()),
                      sure=_plain(sure.sum()), level=literal(rules.level, "level")) if len(both) else ()
    return [sentence("共有{all}个{whom}有考评成绩{compared}。", all=_plain(len(now)), whom=whom, compared=compared)]


def eligibility(scores: pd.DataFrame, rules: Rankings, whom: str) -> list[Sentence]:
    """State how many units have a score, how many in each class of `scored_months`, and how many too few answers to be ranked.

    `scores` has a row per unit.
    """
    scored = scores[scores["score"].notna()]
    if scored.empty:
        return []
    long, few = int((scored["scored_months"] >= rules.split_months).sum()), int((scored["valid"] < rules.min_valid).sum())
    short = len(scored) - long
    classes = ("，考评成绩{all}在{split}个月以上" if not short else "，考评成绩{all}在{below}个月以下" if not long else
               "，其中有{split}个月以上考评成绩的{long}个，有{below}个月以下考评成绩的{short}个")
    unranked = (
        phrase("；有效回访不足{least}的{few}个，不列名次", least=literal(rules.min_valid, "exact"), few=_plain(few))
        if few
        else ()
    )
    return [
        sentence(
            "共有{count}个{whom}有考评成绩{classes}{unranked}。",
            count=_plain(len(scored)),
            whom=whom,
            unranked=unranked,
            classes=phrase(
                classes,
                all="均" if len(scored) > 1 else "",
                split=_plain(rules.split_months),
                below=_plain(rules.split_months - 1),
                long=_plain(long),
                short=_plain(short),
            ),
        )
    ]


def _place(rank: int, names: list[str]) -> Fragment:
    return phrase("{tie}第{ordinal}名{names}", tie="并列" if len(names) > 1 else "", ordinal=numerals.chinese(rank),
                  names=phrases.sharing(names, "单位"))


def _caution(groups: list[tuple[int, pd.DataFrame]]) -> Fragment:
    """Return between which neighbouring ranks the intervals of scores overlap, or are not known; empty where they are apart."""
    overlaps = [(numerals.chinese(int(better)), numerals.chinese(int(worse)))
                for (better, above), (worse, below) in pairwise(groups)
                if not above["score_lower"].min() > below["score_upper"].max()]
    if not overlaps:
        return ()
    if len(overlaps) == len(groups) - 1:
        return ("（相邻名次的得分区间重叠，先后不能区分）" if len(overlaps) > 1 else "（二者的得分区间重叠，先后不能区分）",)
    pairs = "、".join(f"第{better}名与第{worse}名" for better, worse in overlaps)
    named = f"其中{pairs}" if len(overlaps) <= phrases.NAMED else "部分相邻名次"
    return (f"（{named}的得分区间重叠，先后不能区分）",)


def _widths(known: pd.DataFrame) -> list[Sentence]:
    """State the median width of rank intervals, of shrunken scores and without shrinking."""
    widths = [(known[f"{kind}rank_upper"] - known[f"{kind}rank_lower"]).dropna() for kind in ("", "set_")]
    if any(width.empty for width in widths) or not widths[0].median():  # every rank is known: nothing is wide
        return []
    shrunken, whole = (_plain(float(width.median())) for width in widths)
    return [
        sentence(
            "名次区间的跨度，居中的单位为{shrunken}个名次；不作收缩、就全部单位一并认定的，为{whole}个名次。",
            shrunken=shrunken,
            whole=whole,
        )
    ]


def _plain(number: float) -> Number:
    return literal(float(number) if isinstance(number, float) else int(number), "plain")
