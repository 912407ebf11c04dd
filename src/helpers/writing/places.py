"""Write sentences on places: a district, all districts, functional zones."""

import pandas as pd

from helpers.settings import labels
from helpers.writing import phrases
from helpers.writing.citations import Fragment, Sentence, cite, in_one_unit, join, phrase, sentence


def district(volume: pd.DataFrame, levels: pd.DataFrame, name: str, opening: str, whole: str, comparison: str) -> list[Sentence]:
    """State a district's tickets, its share of several districts, and what its departments handled."""
    row = volume[(volume["district"] == name) & (volume["tickets"] > 0)]
    if row.empty:
        return [sentence("{opening}{name}没有办理记录。", opening=opening, name=phrases.quoted(name))]
    share = phrase("，占{whole}的{share}", whole=whole, share=cite(row, "ticket_share", base=whole, district=name))
    departments = levels[(levels["owner_level"] == "district_department") & (levels["tickets"] > 0)]
    own = () if departments.empty else phrase(
        "；其中，{level}办理{tickets}，占比{share}", level=labels.value("owner_level", "district_department"),
        tickets=cite(departments, "tickets", owner_level="district_department"),
        share=cite(departments, "ticket_share", base=name, owner_level="district_department"))
    return [sentence("{opening}{name}共办理诉求{tickets}{change}{share}{own}。", opening=opening, own=own,
                     name=phrases.quoted(name), tickets=cite(row, "tickets", district=name),
                     change=phrases.change(row, comparison), share=share if volume["district"].nunique() > 1 else ())]


def districts(whole: pd.DataFrame, volumes: pd.DataFrame, comparison: str, level: str) -> list[Sentence]:
    """State the total of all districts, of tickets without a district, and which of all rows that a reader sees grew most, least.

    `level` is the city's word for a district.
    """
    if not whole["tickets"].sum():
        return []
    named = volumes[volumes["district"].notna()]
    unknown = volumes[volumes["district"].isna() & (volumes["tickets"] > 0)]
    place = () if unknown.empty else phrase("，其中未写明所在{level}的{tickets}", level=level,
                                            tickets=cite(unknown, "tickets", district=None))
    return [sentence("各{level}共办理诉求{tickets}{change}{place}。", level=level, tickets=cite(whole, "tickets"),
                     change=phrases.change(whole, comparison), place=place),
            *_growth(named, comparison, level)]


def _growth(named: pd.DataFrame, comparison: str, level: str) -> list[Sentence]:
    """Name the districts that grew most and least; either may be a fall or no change.

    None is named where the change of any district that has tickets before is not stated: it might be the first or the last.
    """
    compared = named[named["tickets_change"].notna()]
    unstated = named["tickets_change"].isna() & (named["tickets_before"] > 0)
    if unstated.any() or compared["tickets_change"].nunique() < 2:
        return []
    ends = []
    for end, place in (("max", "首位"), ("min", "末位")):
        rows = compared[compared["tickets_change"] == getattr(compared["tickets_change"], end)()]
        names = [phrases.quoted(name) for name in rows["district"]]
        ends.append(phrase("{names}{all}{comparison}{change}，{tie}居{place}", names=phrases.sharing(names, level), place=place,
                           comparison=comparison, change=phrases.quote(rows, rows.index[0], "district", "tickets_change"),
                           all="均" if len(names) > 1 else "", tie="并列" if len(names) > 1 else ""))
    return [sentence("从增减幅度看，{ends}。", ends=join(ends, "；"))]


def zones(volumes: pd.DataFrame, levels: pd.DataFrame, members: dict[str, list[str]], whole: str) -> list[list[Sentence]]:
    """Write a paragraph for each functional zone: members, total, share, and tickets by owner level."""
    return [zone(volumes, levels, name, districts, whole) for name, districts in members.items()]


def zone(volumes: pd.DataFrame, levels: pd.DataFrame, name: str, members: list[str], whole: str) -> list[Sentence]:
    """State a functional zone's members, total, share, and tickets by owner level."""
    row = volumes[(volumes["zone"] == name) & (volumes["tickets"] > 0)]
    which = f"（{'、'.join(phrases.quoted(member) for member in members)}）" if members else ""
    if row.empty:
        return [sentence("{name}{which}没有办理记录。", name=phrases.quoted(name), which=which)]
    return [sentence("{name}{which}办理群众诉求{tickets}，占{whole}的{share}{handled}。", name=phrases.quoted(name), which=which,
                     whole=whole, tickets=cite(row, "tickets", zone=name), share=cite(row, "ticket_share", base=whole, zone=name),
                     handled=_handled(levels[(levels["zone"] == name) & (levels["tickets"] > 0)], name))]


def _handled(levels: pd.DataFrame, name: str) -> Fragment:
    parts = [phrase("{level}{tickets}", level=labels.value("owner_level", level),
                    tickets=cite(levels, "tickets", zone=name, owner_level=level))
             for level in levels["owner_level"].dropna()]
    return phrase("，其中{parts}", parts=in_one_unit(join(parts))) if parts else ()
