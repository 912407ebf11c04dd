"""Write sentences on amounts: totals, shares, lists in order, a category and its subcategories."""

import pandas as pd

from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, join, literal, phrase, sentence


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
    return [sentence("{opening}{parts}。", opening=opening, parts=join(parts, "，"))]


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


def in_order(volumes: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """List the names of the first `n`, in order, with ties: 最集中的问题依次是疫情防控、市场管理、公共服务。"""
    rows = phrases.first(volumes, by, n)
    if rows.empty:
        return []
    names = rows[by].map(lambda name: phrases.value_name(by, name))
    if rows["tickets"].nunique() == 1:
        return [sentence("{opening}是{names}{tied}。", opening=opening, names="、".join(names),
                         tied="（并列）" if len(names) > 1 else "")]
    ties = [(f"{'、'.join(tie)}并列",) for _, tie in names.groupby(rows["tickets"], sort=False) if len(tie) > 1]
    tied = phrase("（其中{ties}）", ties=join(ties, "，")) if ties else ()
    return [sentence("{opening}依次是{names}{tied}。", opening=opening, names="、".join(names), tied=tied)]


def top_with_counts(volumes: pd.DataFrame, by: str, opening: str, n: int) -> list[Sentence]:
    """List the first `n` with their counts: 办理量居前的街道（乡镇）依次是龙潭街道（6754件）、……。"""
    rows = phrases.first(volumes, by, n)
    if rows.empty:
        return []
    return [sentence("{opening}{verb}{names}。", opening=opening, verb="依次是" if rows["tickets"].nunique() > 1 else "是",
                     names=phrases.counted(rows, by))]


def others(rest: pd.DataFrame, level: str, least: int) -> list[Sentence]:
    """State how many entities have no section, and how many of them have too few tickets: 有20个区不单独成节，均不足30件。

    `rest` is the answer of `dimensions.others`; `level` is what an entity is called. None where every entity has a section.
    """
    few = int((rest["tickets"] < least).sum())
    if rest.empty:
        return []
    reason = phrase("，均不足{least}" if few == len(rest) else "，其中{few}个不足{least}", few=literal(few, "plain"),
                    least=literal(least, "threshold")) if few else ()
    return [sentence("有{n}个{level}不单独成节{reason}。", n=literal(len(rest), "plain"), level=level, reason=reason)]


def busiest(volumes: dict[str, tuple[pd.DataFrame, str]], opening: str) -> list[Sentence]:
    """Name the busiest of each kind: 办理最多的区是朝阳区，最多的街道（乡镇）是丰台区新村街道。

    `volumes` maps each kind, in words, to its answer and the column of names; a subdistrict is named with its district. A kind
    with a single member, or whose members are all equal, is left out.
    """
    parts = []
    for kind, (answer, by) in volumes.items():
        named = answer[answer[by].notna()]
        if named["tickets"].nunique() > 1:
            most = phrases.extreme(named, "max")
            names = [phrases.full_name(row, by) for row in most.to_dict("records")]
            parts.append(phrase("{tie}最多的{kind}是{names}", tie="并列" if len(names) > 1 else "", kind=kind,
                                names=phrases.sharing(names, kind)))
    return [sentence("{opening}{parts}。", opening=opening, parts=join(parts, "，"))] if parts else []


def category(volume: pd.DataFrame, subcategories: pd.DataFrame, name: str, comparison: str, least: int) -> list[Sentence]:
    """State a category's calls, its subcategories with at least `least` calls, and the share of the largest.

    `volume` has the category's row, `subcategories` its subcategories with `ticket_share` within it.
    """
    row = volume[(volume["category"] == name) & (volume["tickets"] > 0)]
    if row.empty:
        return [sentence("{matter}没有来电。", matter=phrases.matter(name))]
    named = subcategories[subcategories["subcategory"].notna() & (subcategories["tickets"] > 0)]
    return [sentence("{matter}共来电{tickets}{change}{large}。", matter=phrases.matter(name),
                     tickets=cite(row, "tickets", category=name), change=phrases.change(row, comparison),
                     large=_large(named, least)), *_largest(named, subcategories, name)]


def _large(named: pd.DataFrame, least: int) -> Fragment:
    """List the subcategories from the threshold on; a lone one below it is left out."""
    threshold, large = literal(least, "threshold"), named[named["tickets"] >= least]
    if len(large):
        return phrase("，{threshold}以上的{verb}{listed}", threshold=threshold, verb="包括" if len(large) > 1 else "仅有",
                      listed=phrases.counted(large, "subcategory"))
    return phrase("，各细类均不足{threshold}", threshold=threshold) if len(named) > 1 else ()


def _largest(named: pd.DataFrame, subcategories: pd.DataFrame, name: str) -> list[Sentence]:
    """State the largest subcategory's share; among tickets with a subcategory where more have none."""
    if named.empty:
        return []
    most = phrases.extreme(named, "max")
    unknown = subcategories.loc[subcategories["subcategory"].isna(), "tickets"].sum()
    share = cite(named, "ticket_share", base=name, subcategory=most["subcategory"].iloc[0])
    names = phrases.sharing([phrases.quoted(subcategory) for subcategory in most["subcategory"]], "细类")
    if unknown > most["tickets"].iloc[0]:
        return [sentence("已写明细类的来电中，{names}{most}，{each}占该类来电的{share}。", names=names, share=share,
                         most="最多" if len(most) == 1 else "并列最多", each="" if len(most) == 1 else "各")]
    if len(most) > 1:
        return [sentence("其中，{names}占比并列最大，均为{share}。", names=names, share=share)]
    return [sentence("其中，{names}占比{largest}{share}。" if len(named) > 1 else "其中，{names}占比{share}。", names=names,
                     largest="最大，为", share=share)]


def topics(volumes: pd.DataFrame, n: int) -> list[Sentence]:
    """List topics: 具体涉及线路站点、水质等问题。"""
    rows = phrases.first(volumes, "topic", n)
    if rows.empty:
        return []
    more = "等" if len(rows) > 1 or volumes["topic"].nunique() > 1 else ""
    return [sentence("具体涉及{names}{more}问题。", names="、".join(phrases.quoted(name) for name in rows["topic"]), more=more)]
