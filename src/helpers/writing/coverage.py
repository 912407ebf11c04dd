"""Write what the data of a period lack, once, before anything is stated of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from helpers.analysis.soundness import Break
from helpers.analysis.unclassified import Shares
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Number, Sentence, join, literal, phrase, sentence

_ROUND = 1000  # an export of a multiple of so many rows was cut to that number
_ALL = 12  # spans of months, all of which are named


def coverage(months: pd.DataFrame, account: Mapping[str, Any] | None, period: str) -> list[Sentence]:
    """Name the months that are covered in part or not at all, and call a cut export a sample or a fragment.

    `months`: year, month, coverage (`Soundness.covered`); `account`: the counts of the ingest, None where there are none. A
    round number of rows makes a sample, a month covered in part a fragment. No sentence where nothing is lacking.
    """
    return [*_sample(account), *_fragment(months, period)]


def untimed(months: pd.DataFrame, filled: float) -> list[Sentence]:
    """Name the months of which fewer than `filled` of the tickets have a time, and which hours therefore leave out.

    `months`: year, month, timed_share (`Soundness.covered`). No sentence where there are none.
    """
    without = months[months["timed_share"] < filled]
    if without.empty:
        return []
    if len(without) == months["timed_share"].notna().sum():
        return [sentence("来电大多只记日期、不记时刻，不分析时段分布。")]
    return [sentence("{months}的来电大多只记日期、不记时刻，不计入时段分布。", months=phrases.month_names(without, months, _ALL))]


def renamed(breaks: Sequence[Break]) -> list[Sentence]:
    """State from which month on categories are called otherwise, and that they are not compared (`Soundness.breaks_within`)."""
    return [sentence("问题类别的名称自{year}{month}起有改变，{vanished}不再使用，{appeared}为新设，改变前后不比较这些类别。",
                     year=literal(broken.first[0], "year"), month=literal(broken.first[1], "month"),
                     vanished=_some(broken.vanished), appeared=_some(broken.appeared)) for broken in breaks]


def unclassified(moved: Shares | None, base: str, period: str, changes: pd.DataFrame) -> list[Sentence]:
    """State the shares of unclassified tickets of both periods where they moved (`Soundness.moved`), and what follows.

    `changes` has the rows whose change is stated; a single row that may have risen or fallen is said to.
    """
    if moved is None or "low_change" not in changes or changes["low_change"].notna().sum() == 0:
        return []
    is_open = (changes["low_change"] <= 0) & (changes["high_change"] >= 0)
    follows = ("该类问题是增是减无法判断" if is_open.any() else "该类问题的增减因此以区间表示") if len(changes) == 1 else (
        "各类问题的增减因此以区间列出")
    now, before = moved.counts or (None, None)  # no plan covers these shares: left out where small counts are hidden
    return [sentence("未分类的来电{base}占{before}、{period}占{now}，{follows}。", base=base, period=period, follows=follows,
                     before=Number(moved.before, "share", "coverage", parts=before, hidden=True),
                     now=Number(moved.now, "share", "coverage", parts=now, hidden=True))]


def _some(names: Sequence[str]) -> Fragment:
    listed = "、".join(phrases.quoted(name) for name in names[:phrases.NAMED])
    return phrase("{listed}等{n}类", listed=listed, n=literal(len(names), "plain")) if len(names) > phrases.NAMED else (listed,)


def _sample(account: Mapping[str, Any] | None) -> list[Sentence]:
    rows = account["read"] if account else 0
    if not rows or rows % _ROUND:
        return []
    return [sentence("所据导出数据恰为{rows}行，应视为抽取的样本，件数不等于全部受理量。", rows=literal(rows, "plain"))]


def _fragment(months: pd.DataFrame, period: str) -> list[Sentence]:
    partly, absent = (months[months["coverage"] == coverage] for coverage in ("partly", "absent"))
    parts: list[Fragment] = [phrase("{months}{words}", months=phrases.month_names(rows, months, _ALL), words=words)
                             for rows, words in ((partly, "不完整"), (absent, "没有记录")) if len(rows)]
    if not parts:
        return []
    return [sentence("{period}的数据{opening}{parts}。", period=period, opening="只是片段：" if len(partly) else "中，",
                     parts=join(parts, "，")),
            sentence("上述月份不参加各月比较，涉及这些月份的增减不作计算。")]
