"""State in a few words what a figure shows, for its title: 朝阳区最多，占17.52%. Nothing where nothing can be claimed.

A finding has to be beyond chance (`analysis.departures`); each function returns one sentence, or none.
"""

import pandas as pd

from helpers.analysis import departures, trends, uncertainty
from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Sentence, cite, literal, phrase, sentence

__all__ = ["course", "densest", "fastest", "first", "range_of_rates", "valid_share"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_SLIGHT = 0.05  # of the mean: months that differ by less have no largest worth a title


def first(volumes: pd.DataFrame, by: str, of: str = "") -> list[Sentence]:
    """State the largest row and its share `of` what: 朝阳区最多，占各区办理量17.52%.

    None of a single row, or where the first are alike.
    """
    named = phrases.rankable(volumes[volumes["tickets"] > 0], by)
    if len(named) < 2 or "ticket_share" not in named:
        return []
    above = [each for each in departures.from_even(named, named["tickets"].sum()) if each.excess > 0]
    two = named["tickets"].nlargest(2).astype("float64").tolist()
    if not above or two[0] - two[1] <= 3 * (two[0] + two[1]) ** 0.5:
        return []
    row = named["tickets"].idxmax()
    return [sentence("{name}最多，占{of}{share}。", name=_name(named.loc[row].to_dict(), by), of=of,
                     share=phrases.quote(volumes, row, by, "ticket_share"))]


def densest(districts: pd.DataFrame) -> list[Sentence]:
    """State the district with the most tickets per 10,000 residents: 门头沟区最多，每万常住人口2592.5件.

    None of a single one, or where chance in the tickets explains how the first two differ.
    """
    if "ticket_density" not in districts:
        return []
    known = districts[(districts["ticket_density"] > 0) & (districts["tickets"] > 0) & districts["district"].notna()]
    order = known["ticket_density"].astype("float64").nlargest(2)
    if len(order) < 2:
        return []
    errors = order**2 / known.loc[order.index, "tickets"].astype("float64")  # of counts, carried to what is reckoned from them
    if order.iloc[0] - order.iloc[1] <= 3 * errors.sum() ** 0.5:
        return []
    return [sentence("{name}最多，每万常住人口{density}。", name=known.loc[order.index[0], "district"],
                     density=phrases.quote(districts, order.index[0], "district", "ticket_density"))]


def fastest(volumes: pd.DataFrame, by: str, comparison: str, least: int) -> list[Sentence]:
    """State the row of `least` tickets or more in the base whose number has grown most by rate: 教育增长最快，同比上升269.61%.

    Where not all rows can be compared, of which it is the first; none of a single one, where fewer than half can, or where its
    growth, taken at the lower end of its range, is not beyond chance.
    """
    if "tickets_change" not in volumes:
        return []
    named = phrases.rankable(volumes, by)
    able = named[(named["tickets_before"] >= least) & named["tickets_change"].notna()]
    if len(able) < 2 or len(able) < len(named) / 2:
        return []
    row = able["tickets_change"].astype("float64").idxmax()
    if row not in {each.row for each in departures.from_base(named, float(named["tickets"].sum())) if each.excess > 0}:
        return []
    of = {"n": literal(len(able), "plain"), "what": labels.column(by), "least": literal(least, "plain")}
    among = () if len(able) == len(named) else phrase("可比的{n}个{what}（基期不少于{least}件）中，", **of)
    name, change = _name(able.loc[row].to_dict(), by), phrases.quote(volumes, row, by, "tickets_change")
    words = {"among": among, "name": name, "comparison": comparison}
    return [sentence("{among}{name}增长最快，{comparison}{change}。", **words, change=change)]


def course(monthly: pd.DataFrame, what: str = "", kind: str = "count") -> list[Sentence]:
    """State the months that lie furthest above and below the others: 8月最多，2月最少. None where months are alike.

    `kind` is that of the sentences on the same months (`prose.months`).
    """
    rows = trends.covered(monthly)
    known = rows[rows["tickets"].notna()]
    if len(known) < 3 or known["tickets"].max() <= (1 + _SLIGHT) * known["tickets"].mean():
        return []
    found = departures.from_others(known, float(known["tickets"].sum()))
    most, least = phrases.extreme(known, "max"), phrases.extreme(known, "min")
    sure = {each.row for each in found}
    if len(most) != 1 or most.index[0] not in sure:
        return []
    low = "，{least}最少" if len(least) == 1 and least.index[0] in sure else ""
    return [sentence("{what}{most}最多，为{tickets}" + low + "。", what=what, most=phrases.month(known, most.index[0]),
                     tickets=phrases.quote(known, most.index[0], ["year", "month"], kind=kind),
                     **({"least": phrases.month(known, least.index[0])} if low else {}))]


def range_of_rates(monthly: pd.DataFrame, rate: str) -> list[Sentence]:
    """State a rate's first and last month: 解决率由1月的78.12%升至12月的84.98%.

    None of fewer than three months, or where chance in the answers explains the difference.
    """
    known = monthly[monthly[rate].notna()]
    known = known[known["covered"].astype(bool)] if "covered" in known else known
    if len(known) < 3:
        return []
    start, end = known.index[0], known.index[-1]
    answers = [(known.loc[row, rate] * known.loc[row, "valid"], known.loc[row, "valid"]) for row in (start, end)]
    change = uncertainty.rate_difference(*answers)
    if change.lower <= 0 <= change.upper:
        return []
    verb = "升至" if known.loc[end, rate] > known.loc[start, rate] else "降至"
    ends = {name: {"year": int(known.loc[row, "year"]), "month": int(known.loc[row, "month"])}
            for name, row in (("start", start), ("end", end))}
    return [sentence("{name}由{first}的{low}{verb}{last}的{high}。", name=labels.column(rate), first=phrases.month(known, start),
                     low=cite(known, rate, at=ends["start"]), verb=verb, last=phrases.month(known, end),
                     high=cite(known, rate, at=ends["end"]))]


def valid_share(steps: pd.DataFrame) -> list[Sentence]:
    """State which share of the tickets whose caller was reached has a valid answer: 接通回访的诉求中，有效回访占72.52%.

    `steps` has one row.
    """
    if steps["valid_share"].isna().any():
        return []
    return [sentence("接通回访的诉求中，有效回访占{share}。", share=cite(steps, "valid_share"))]


def _name(row: dict, by: str) -> str:
    """Return a value's words, a subdistrict's behind its district's."""
    return phrases.full_name(row, by) if by == "subdistrict" else phrases.value_name(by, row[by])
