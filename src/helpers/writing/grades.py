"""Write sentences on areas by grade."""

from collections.abc import Sequence

import pandas as pd

from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Sentence, join, literal, phrase, sentence

__all__ = ["graded", "not_joined"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_NAMED = 3  # districts with the most areas of the highest grade


def graded(areas: pd.DataFrame, bounds: Sequence[float], value: str, level: str, sure: int, *, is_fixed: bool) -> list[Sentence]:
    """State by what areas are graded, how many have the highest grade, and in which districts most of these lie."""
    if areas.empty or not bounds:
        return []
    top = len(bounds) + 1
    highest = areas[areas["grade"] == top]
    counts = highest["district"].value_counts()
    named = join([phrase("{name}{n}个", name=phrases.quoted(name), n=literal(int(many), "plain"))
                  for name, many in counts.head(_NAMED).items()])
    by = "按年度设置中的界限" if is_fixed else "按四分位数"
    kind = "count" if value == "tickets" else "density"
    unsure = int((~areas["is_sure"]).sum())
    few = [sentence("另外，{n}个{level}不足{sure}，等级不稳定。", n=literal(unsure, "plain"), level=level,
                    sure=literal(sure, "threshold"))] if unsure else []
    return [sentence("{all}个{level}{by}分为{grades}级，最高一级为{what}{least}及以上，共{many}个，较多的是{named}。",
                     all=literal(len(areas), "plain"), level=level, by=by, grades=literal(top, "plain"),
                     what="" if value == "tickets" else labels.column(value), least=literal(bounds[-1], kind),
                     many=literal(len(highest), "plain"), named=named), *few]


def not_joined(names: Sequence[str], level: str) -> list[Sentence]:
    """Name the areas that the outlines lack; none without any."""
    if not names:
        return []
    return [sentence("图中缺{n}个{level}的轮廓：{names}。", n=literal(len(names), "plain"), level=level, names="、".join(names))]
