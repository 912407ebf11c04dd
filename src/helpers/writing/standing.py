"""Say where a part is among all: a district by its volume and its residents, a category by its rates."""

import pandas as pd

from helpers.analysis import uncertainty
from helpers.settings import labels
from helpers.writing.citations import Fragment, Sentence, cite, join, literal, phrase, sentence

__all__ = ["rates_beside_all", "standing"]


_RATES = ["resolution_rate", "satisfaction_rate"]


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


def rates_beside_all(rates: pd.DataFrame, whole: pd.DataFrame) -> list[Sentence]:
    """State the rates of a part with the bounds that those without an answer leave, and the rates of all tickets.

    Of too few answers (rates that are null) nothing; without the rates of all, those of the part alone.
    """
    if rates[_RATES].isna().any(axis=None):
        return []
    own = [phrase("{name}为{rate}{range}", name=labels.column(rate), rate=cite(rates, rate), range=_range(rates, rate))
           for rate in _RATES]
    of_all = () if whole[_RATES].isna().any(axis=None) else phrase(
        "；全部诉求分别为{resolution}、{satisfaction}", **{rate.removesuffix("_rate"): cite(whole, rate) for rate in _RATES})
    return [sentence("在{valid}有效回访中，{own}{all}。", valid=cite(rates, "valid"), own=join(own, "，"), all=of_all)]


def _range(rates: pd.DataFrame, rate: str) -> Fragment:
    """Return the bounds of a rate if all of the assessed had answered, in brackets; nothing where all have."""
    ends = uncertainty.unanswered_bounds(rates[rate] * rates["valid"], rates["valid"], rates["assessed"])
    if not (rates["assessed"] > rates["valid"]).fillna(False).all():
        return ()
    bounded = rates.assign(**{f"least_{rate}": ends.lower, f"most_{rate}": ends.upper})
    return phrase("（未表态者计入后为{least}至{most}）", least=cite(bounded, f"least_{rate}"), most=cite(bounded, f"most_{rate}"))
