"""Say where a part is among all: a district by its volume and its residents, a category by its rates."""

import pandas as pd

from helpers.writing.citations import Fragment, Sentence, cite, literal, phrase, sentence

__all__ = ["rates_of_all", "standing"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def standing(districts: pd.DataFrame, densities: pd.DataFrame, district: str, level: str) -> list[Sentence]:
    """State a district's place among all by its volume, and by 10,000 residents with what all have together.

    `districts` and `densities` have a row for each district (`measures.volume`, `measures.per_residents`). None where it is alone
    or has no tickets; no word of residents where they are not known.
    """
    named = districts[districts["district"].notna() & (districts["tickets"] > 0)]
    if len(named) < 2 or district not in set(named["district"]):
        return []
    return [sentence("{district}的办理量居{n}个{level}的{rank}位{density}。", district=district, n=literal(len(named), "plain"),
                     level=level, rank=literal(_place(named, "tickets", district), "rank"),
                     density=_density(densities, district, level))]


def _density(densities: pd.DataFrame, district: str, level: str) -> Fragment:
    known = densities[densities["ticket_density"].notna()]
    if len(known) < 2 or district not in set(known["district"]):
        return ()
    whole = float(known["tickets"].sum() * 10_000 / known["residents"].sum())
    return phrase("；每万常住人口办理{own}，居{rank}位，各{level}合计为{whole}",
                  own=cite(known, "ticket_density", district=district), level=level, whole=literal(whole, "density"),
                  rank=literal(_place(known, "ticket_density", district), "rank"))


def _place(rows: pd.DataFrame, column: str, district: str) -> int:
    own = rows.loc[rows["district"] == district, column].iloc[0]
    return 1 + int((rows[column] > own).sum())


def rates_of_all(whole: pd.DataFrame) -> list[Sentence]:
    """State the rates of all tickets, for comparison with those of a part; nothing where they are not known."""
    if whole[["resolution_rate", "satisfaction_rate"]].isna().any(axis=None):
        return []
    return [sentence("全部诉求的解决率为{resolution}，满意率为{satisfaction}。", resolution=cite(whole, "resolution_rate"),
                     satisfaction=cite(whole, "satisfaction_rate"))]
