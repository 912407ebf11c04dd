"""Write sentences on a label across categories: what its tickets are about, where they come from, how it differs from all."""

import pandas as pd

from helpers.analysis import trends
from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Sentence, cite, join, literal, optional, phrase, sentence, summed

__all__ = ["compared", "densities", "kinds", "subjects"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def subjects(volumes: pd.DataFrame, opening: str, most: int) -> list[Sentence]:
    """State the `most` subcategories with the most tickets, the sum of the others, what has none, and the whole.

    `volumes`: category, subcategory, tickets, of one label. What is stated adds up to the whole.
    """
    known, without = volumes[volumes["subcategory"].notna()], volumes[volumes["subcategory"].isna()]
    large = known.head(most)
    if large.empty:
        return []
    rest = {"其余细类": known.iloc[most:], "有类别而没有细类的": without[without["category"].notna()],
            "没有分类的": without[without["category"].isna()]}
    listed = [phrase("{name}{tickets}", name=phrases.quoted(row["subcategory"]),
                     tickets=phrases.quote(large, place, ["category", "subcategory"])) for place, row in large.iterrows()]
    sums = [phrase("{words}{tickets}", words=words, tickets=summed(rows, "count"))
            for words, rows in rest.items() if len(rows)]
    return [sentence("{opening}{listed}，合计{whole}。", opening=opening, listed=join([join(listed), *sums], "，"),
                     whole=summed(volumes, "headline"))]


def kinds(rows: pd.DataFrame, most: int) -> list[Sentence]:
    """State how many kinds and matters a label has, and its largest kinds. `rows`: tag_kind, matters, tickets."""
    if rows.empty:
        return []
    matters = int(rows["matters"].sum())
    first = phrases.first(rows, "tag_kind", most)
    count = optional("{matters}个事项", matters=literal(matters or None, "plain"))
    return [sentence("归纳为{kinds}类{count}，最多的是{listed}。", kinds=literal(len(rows), "plain"), count=count,
                     listed=phrases.counted(first, "tag_kind"))]


def densities(rows: pd.DataFrame, level: str) -> list[Sentence]:
    """Name the districts with the most and the fewest tickets per 10,000 residents; none of fewer than three."""
    known = rows[rows["ticket_density"].notna()]
    if len(known) < 3 or known["ticket_density"].nunique() < 2:
        return []
    high, low = known["ticket_density"].idxmax(), known["ticket_density"].idxmin()
    return [sentence("每万常住人口的来电，各{level}中{most}最多，为{high}，{least}最少，为{low}。", level=level,
                     most=phrases.quoted(known.loc[high, "district"]), least=phrases.quoted(known.loc[low, "district"]),
                     high=phrases.quote(known, high, "district", "ticket_density"),
                     low=phrases.quote(known, low, "district", "ticket_density"))]


def compared(own: pd.DataFrame, everyone: pd.DataFrame, level: float) -> list[Sentence]:
    """Set the rates of a label's tickets against those of all; what chance in the answers explains is no difference.

    Both have one row (`measures.rates`). The label's tickets are among all, which makes the difference a little small.
    """
    clauses = []
    for rate in ("resolution_rate", "satisfaction_rate"):
        mine, whole = cite(own, rate), cite(everyone, rate)
        if mine.value is None or whole.value is None:
            continue
        side = "高于" if mine.value > whole.value else "低于"
        near = trends.is_chance(everyone, own, rate, level)
        words = "与全部诉求的{whole}相差在抽样误差之内" if near else "{side}全部诉求的{whole}"
        clauses.append(phrase("{name}" + words, name=labels.column(rate), side=side, whole=whole))
    return [sentence("{clauses}。", clauses=join(clauses, "，"))] if clauses else []
