"""Write sentences on the aspects of an index and on its ranks. They are never called results of an assessment."""

import pandas as pd

from helpers.analysis import trends
from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Sentence, cite, join, literal, phrase, sentence

__all__ = ["aspects", "certain", "of_district"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_NAMED = 3


def aspects(rates: pd.DataFrame, level: float) -> list[Sentence]:
    """Name the aspects with the highest and the lowest rates, where chance does not explain the distance.

    Aspects to which no category belongs are named, too.
    """
    clauses = []
    for rate in ("resolution_rate", "satisfaction_rate") if "resolution_rate" in rates else ():
        known = rates[rates[rate].notna()]
        ends = [known[known[rate] == getattr(known[rate], end)()] for end in ("min", "max")]
        if len(known) < 3 or any(len(end) != 1 for end in ends) or trends.is_chance(*ends, rate, level):
            continue
        low, high = (phrase("{name}{value}", name=end["aspect"].iloc[0], value=phrases.quote(end, end.index[0], "aspect", rate))
                     for end in ends)
        clauses.append(phrase("{name}最高的是{high}，最低的是{low}", name=labels.column(rate), high=high, low=low))
    lacking = rates.loc[rates["valid"].isna(), "aspect"].tolist() if "valid" in rates else []
    none = [sentence("{names}没有相应的细类，不列。", names="、".join(lacking))] if lacking else []
    return ([sentence("按细类与各方面的对应（假定）统计，{clauses}。", clauses=join(clauses, "；"))] if clauses else []) + none


def certain(districts: pd.DataFrame, level: str) -> list[Sentence]:
    """State how many districts have a rank that hardly depends on the choice of weights, and the first of them."""
    known = districts[districts["index_rank"].notna()]
    if districts.empty:
        return []
    whole = literal(len(districts), "plain")
    if known.empty:
        return [sentence("换用其他权重或略去一项指标时，{n}个{level}的名次均变动过半，不列名次。", n=whole, level=level)]
    first = "、".join(phrases.quoted(name) for name in known.head(_NAMED)["district"])
    rest = "；其余不列名次" if len(known) < len(districts) else ""
    return [sentence("换用其他权重或略去一项指标，{n}个{level}中有{sure}个的名次变动不超过一半，其中指数居前的是{first}{rest}。",
                     n=whole, level=level, sure=literal(len(known), "plain"), first=first, rest=rest)]


def of_district(rows: pd.DataFrame, district: str) -> list[Sentence]:
    """Name the aspects in which a district has the highest and the lowest scores."""
    known = rows.dropna(subset="aspect_score").sort_values("aspect_score", ascending=False, kind="stable")
    if len(known) < 2:
        return []
    best, worst = (phrase("{aspect}（{score}）", aspect=row["aspect"].iloc[0], score=cite(row, "aspect_score"))
                   for row in (known.head(1), known.tail(1)))
    return [sentence("各方面中，{district}得分最高的是{best}，最低的是{worst}。", district=phrases.quoted(district), best=best,
                     worst=worst)]
