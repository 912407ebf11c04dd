"""Write sentences on amounts: totals, shares, lists in order, a category and its subcategories."""

import pandas as pd

from helpers.analysis import trends
from helpers.settings import numerals
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, in_one_unit, join, literal, phrase, sentence, summed


def total(calls: pd.DataFrame, opening: str, comparison: str) -> list[Sentence]:
    """State the total and its change: 2020年，……共受理群众来电1103.94万件，同比上升55.24%。 `calls` has one row."""
    if not calls["tickets"].sum():
        return [sentence("{opening}没有群众来电记录。", opening=opening)]
    return [sentence("{opening}共受理群众来电{tickets}{change}。", opening=opening,
                     tickets=cite(calls, "tickets", kind="headline"), change=phrases.change(calls, comparison))]


def within(calls: pd.DataFrame, period: str) -> Fragment:
    """Return the opening of a sentence on shares: 在2020年受理的1103.94万件群众来电中，. `calls` has one row."""
    return phrase("在{period}受理的{tickets}群众来电中，", period=period, tickets=cite(calls, "tickets", kind="headline"))


def shares(shares: pd.DataFrame, by: str, opening: str | Fragment, *, kind: str = "headline", verb: str = "",
          unnamed: str = "") -> list[Sentence]:
    """State the parts of a whole: 从受理渠道看，电话反映1001.38万件、占比90.71%，网络反映……。

    `verb` follows each name. Rows without a name are called `unnamed`, or left out where that is empty; no sentence where no row
    has a name.
    """
    listed = shares[(shares["tickets"] > 0) & (shares[by].notna() | bool(unnamed))]
    if listed[by].notna().sum() == 0:
        return []
    parts = [phrase("{name}{tickets}、占比{share}", name=unnamed if pd.isna(name) else phrases.value_name(by, name) + verb,
                    tickets=cite(listed, "tickets", kind=kind, at={by: name}), share=cite(listed, "ticket_share", at={by: name}))
             for name in listed[by]]
    return [sentence("{opening}{parts}。", opening=opening, parts=in_one_unit(join(parts, "，")))]


def row_sentence(
    volumes: pd.DataFrame, by: str, name: str, template: str, comparison: str, *, kind: str = "count"
) -> list[Sentence]:
    """State a single row of a split; `template` has {tickets}, {share} and {change}. No sentence where it has no tickets."""
    row = volumes[(volumes[by] == name) & (volumes["tickets"] > 0)]
    if row.empty:
        return []
    return [sentence(template, tickets=cite(row, "tickets", kind=kind, at={by: name}),
                     share=cite(row, "ticket_share", at={by: name}), change=phrases.change(row, comparison))]


def row_sentences(volumes: pd.DataFrame, by: str, template: str, comparison: str, *, kind: str = "headline",
          only: list[str] | None = None) -> list[Sentence]:
    """State each named row, or those in `only`, in a sentence; `template` has {name}, {tickets}, {share} and {change}."""
    return [sentence(template, name=phrases.value_name(by, name), tickets=cite(volumes, "tickets", kind=kind, at={by: name}),
                     share=cite(volumes, "ticket_share", at={by: name}),
                     change=phrases.change(volumes[volumes[by] == name], comparison))
            for name in volumes.loc[volumes[by].notna() & (volumes["tickets"] > 0), by] if only is None or name in only]


def in_order(volumes: pd.DataFrame, by: str, opening: str, n: int, *, unit: str = "类问题",
             least: int = trends.SIZES.min_tickets) -> list[Sentence]:
    """List the names of the first `n`, in order, with ties: 最集中的前三类问题依次是疫情防控、市场管理、公共服务。

    `unit` follows the number. Residual classes and the unknown are not ranked: their numbers follow in a sentence. Fewer tickets
    than `least` are not put in order.
    """
    rows = phrases.first(volumes, by, n)
    if rows.empty:
        return []
    named = phrases.rankable(volumes[volumes["tickets"] > 0], by)
    if named["tickets"].sum() < least:
        return [_too_few(named, f"{opening}{unit[-2:]}", least)]
    names = rows[by].map(lambda name: phrases.value_name(by, name))
    what = f"{_first(rows, named)}{unit}" if len(rows) < len(named) and len(rows) > 1 else unit[-2:]
    ties = [(f"{'、'.join(tie)}并列",) for _, tie in names.groupby(rows["tickets"], sort=False) if len(tie) > 1]
    tied = phrase("（其中{ties}）", ties=join(ties, "，")) if ties else ()
    is_even = rows["tickets"].nunique() == 1
    return [sentence("{opening}{what}{verb}{names}{tied}。", opening=opening, what=what, names="、".join(names),
                     verb="是" if is_even else "依次是", tied=("（并列）" if len(names) > 1 else "") if is_even else tied),
            *_not_ranked(volumes, by)]


def _not_ranked(volumes: pd.DataFrame, by: str) -> list[Sentence]:
    others = phrases.unranked(volumes, by)
    return [sentence("另有{others}，不参加排序。", others=others)] if others else []


def _first(rows: pd.DataFrame, named: pd.DataFrame) -> str:
    """Return how many come first, in words: 前十; empty where that is all of them."""
    return f"前{numerals.chinese(len(rows))}" if len(rows) < len(named) else ""


def _too_few(named: pd.DataFrame, what: str, least: int) -> Sentence:
    """State how many tickets there are where they are too few to be put in order."""
    return sentence("{what}合计{tickets}，不足{least}，不排序。", what=what, least=literal(least, "threshold"),
                    tickets=summed(named, "count"))


def top_with_counts(volumes: pd.DataFrame, by: str, opening: str, what: str, n: int, *,
                    least: int = trends.SIZES.min_tickets) -> list[Sentence]:
    """List the first `n` with their counts: 办理量前三的街道（乡镇）依次是龙潭街道（6754件）、……。

    `opening` names the amount, `what` the entities. Fewer tickets than `least` are not put in order.
    """
    rows = phrases.first(volumes, by, n)
    if rows.empty:
        return []
    named = phrases.rankable(volumes[volumes["tickets"] > 0], by)
    if named["tickets"].sum() < least:
        return [_too_few(named, f"各{what}{opening}", least)]
    listed, verb = phrases.counted(rows, by), "依次是" if rows["tickets"].nunique() > 1 else "是"
    if len(named) == 1:
        return [sentence("有办理记录的{what}仅{listed}。", what=what, listed=listed)]
    if len(rows) == len(named):
        return [sentence("各{what}{opening}{verb}{listed}。", what=what, opening=opening, listed=listed,
                         verb="由多到少依次是" if rows["tickets"].nunique() > 1 else "相同，分别是")]
    return [sentence("{opening}{first}的{what}{verb}{listed}。", opening=opening, what=what, listed=listed, verb=verb,
                     first="最多" if len(rows) == 1 else _first(rows, named))]


def others(rest: pd.DataFrame, level: str, least: int) -> list[Sentence]:
    """State how many entities have no section, and how many of them have too few tickets: 有20个区不单独成节，均不足30件。

    Those without any ticket are named, since a table does not list them.
    `rest` is the answer of `dimensions.others`; `level` is what an entity is called. None where every entity has a section.
    """
    few = int((rest["tickets"] < least).sum())
    if rest.empty:
        return []
    reason = phrase("，均不足{least}" if few == len(rest) else "，其中{few}个不足{least}", few=literal(few, "plain"),
                    least=literal(least, "threshold")) if few else ()
    name = rest.columns[rest.columns.get_loc("tickets") - 1]  # the last of its keys
    none = rest.loc[rest["tickets"] == 0, name].dropna()
    without = phrase("，{names}没有记录", names=phrases.sharing([*map(phrases.quoted, none)], level)) if len(none) else ()
    return [sentence("有{n}个{level}不单独成节{reason}{without}。", n=literal(len(rest), "plain"), level=level, reason=reason,
                     without=without)]


def busiest(volumes: dict[str, tuple[pd.DataFrame, str]], opening: str, *,
            least: int = trends.SIZES.min_tickets) -> list[Sentence]:
    """Name the busiest of each kind: 办理最多的区是朝阳区，最多的街道（乡镇）是丰台区新村街道。

    `volumes` maps each kind, in words, to its answer and the column of names; a subdistrict is named with its district. A kind
    with a single member, whose members are all equal, or with fewer tickets than `least` is left out.
    """
    parts = []
    for kind, (answer, by) in volumes.items():
        named = phrases.rankable(answer, by)
        if named["tickets"].nunique() > 1 and named["tickets"].sum() >= least:
            most = phrases.extreme(named, "max")
            names = [phrases.full_name(row, by) for row in most.to_dict("records")]
            parts.append(phrase("{tie}最多的{kind}是{names}", tie="并列" if len(names) > 1 else "", kind=kind,
                                names=phrases.sharing(names, kind)))
    return [sentence("{opening}{parts}。", opening=opening, parts=join(parts, "，"))] if parts else []


def category(volume: pd.DataFrame, subcategories: pd.DataFrame, name: str, comparison: str, listed_from: int, *,
             least: int = trends.SIZES.min_tickets) -> list[Sentence]:
    """State a category's calls, its subcategories with at least `listed_from` calls, and the share of the largest.

    `volume` has the category's row, `subcategories` its subcategories with `ticket_share` within it. Residual and unknown
    subcategories are not ranked: their numbers follow. A largest with fewer tickets than `least` is not named.
    """
    row = volume[(volume["category"] == name) & (volume["tickets"] > 0)]
    if row.empty:
        return [sentence("{matter}没有来电。", matter=phrases.matter(name))]
    named = phrases.rankable(subcategories[subcategories["tickets"] > 0], "subcategory")
    others = _not_ranked(subcategories, "subcategory") if len(named) else []
    return [sentence("{matter}共来电{tickets}{change}{large}。", matter=phrases.matter(name),
                     tickets=cite(row, "tickets", category=name), change=phrases.change(row, comparison),
                     large=_large(named, listed_from)), *_largest(named, name, listed_from, least), *others]


def _large(named: pd.DataFrame, listed_from: int) -> Fragment:
    """List several subcategories from the threshold on; say where there are several and none reaches it."""
    threshold, large = literal(listed_from, "threshold"), named[named["tickets"] >= listed_from]
    if len(large) > 1:
        return phrase("，{threshold}以上的包括{listed}", threshold=threshold, listed=phrases.counted(large, "subcategory"))
    return phrase("，各细类均不足{threshold}", threshold=threshold) if large.empty and len(named) > 1 else ()


def _largest(named: pd.DataFrame, name: str, listed_from: int, least: int) -> list[Sentence]:
    """State the largest subcategory's share; with its number where no other reaches the threshold."""
    if named.empty or named["tickets"].max() < least:
        return []
    most = phrases.extreme(named, "max")
    share = cite(named, "ticket_share", base=name, subcategory=most["subcategory"].iloc[0])
    names = phrases.sharing([phrases.quoted(subcategory) for subcategory in most["subcategory"]], "细类")
    if len(most) > 1:
        return [sentence("{names}占比并列最大，均为{share}。", names=names, share=share)]
    tickets = cite(named, "tickets", subcategory=most["subcategory"].iloc[0])
    if len(named) == 1:
        return [sentence("写明细类的均为{names}（{tickets}），占该类来电的{share}。", names=names, tickets=tickets, share=share)]
    if (named["tickets"] >= listed_from).sum() == 1:
        return [sentence("{names}{tickets}，占{share}，最多；其余细类均不足{threshold}。", names=names, tickets=tickets,
                         share=share, threshold=literal(listed_from, "threshold"))]
    return [sentence("其中，{names}占比最大，为{share}。", names=names, share=share)]


def topics(volumes: pd.DataFrame, n: int) -> list[Sentence]:
    """List topics: 具体涉及线路站点、水质等问题。"""
    rows = phrases.first(volumes, "topic", n)
    if rows.empty:
        return []
    more = "等" if len(rows) > 1 or phrases.rankable(volumes, "topic")["topic"].nunique() > 1 else ""
    return [sentence("具体涉及{names}{more}问题。", names="、".join(phrases.quoted(name) for name in rows["topic"]), more=more)]
