"""Whom a report speaks of: every kind of subject that tickets are counted by, its table and the columns that name one."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import pandas as pd

from helpers import measures, zones
from helpers.chapters import Chapter
from helpers.periods import Period


@dataclass(frozen=True)
class Kind:
    """Where a kind of subject is counted: a table of the cube, and the columns that name one, its parent's first."""

    table: Callable[[Chapter], ibis.Table]
    keys: tuple[str, ...]


def _owners(level: str) -> Kind:
    return Kind(lambda chapter: measures.where(chapter.cube.owners, owner_level=level), ("owner",))


# A kind that is called like its column has subjects that the dictionary has words for: 电话, 派单, 涉访涉诉, 区级部门.
KINDS = {
    "whole": Kind(lambda chapter: chapter.cube.channels, ()),
    "channel": Kind(lambda chapter: chapter.cube.channels, ("channel",)),
    "kind": Kind(lambda chapter: chapter.cube.channels, ("kind",)),
    "handling": Kind(lambda chapter: chapter.cube.channels, ("handling",)),
    "tag": Kind(lambda chapter: chapter.cube.tags, ("tag",)),
    "exclusion": Kind(lambda chapter: measures.dispatched(chapter.cube.funnel), ("exclusion",)),
    "owner_level": Kind(lambda chapter: measures.dispatched(chapter.cube.funnel), ("owner_level",)),
    "topic": Kind(lambda chapter: chapter.cube.calls, ("subcategory", "topic")),
    "category": Kind(lambda chapter: chapter.cube.calls, ("category",)),
    "subcategory": Kind(lambda chapter: chapter.cube.calls, ("category", "subcategory")),
    "district": Kind(lambda chapter: chapter.cube.areas, ("district",)),
    "subdistrict": Kind(lambda chapter: measures.by_subdistricts(chapter.cube.areas), ("district", "subdistrict")),
    "local_category": Kind(lambda chapter: chapter.cube.areas, ("district", "category")),
    "zone": Kind(lambda chapter: zones.of(chapter.cube.areas, chapter.edition.zones), ("zone",)),
    "municipal_agency": _owners("municipal_agency"),
    "state_owned_enterprise": _owners("state_owned_enterprise"),
}
UNITS = {
    "district": ("district",),
    "subdistrict": ("district", "subdistrict"),
    "municipal_agency": ("owner",),
    "state_owned_enterprise": ("owner",),
}


def volume(chapter: Chapter, kind: Kind, base: Period | None) -> pd.DataFrame:
    """Count all subjects of a kind in the chapter's period (`measures.volume`), with their shares within the parent."""
    return chapter.ask(measures.volume(kind.table(chapter), chapter.period, kind.keys, base, within=kind.keys[:-1]))


def scores(chapter: Chapter, unit: str) -> pd.DataFrame:
    """Score the units of a kind of `UNITS` by the edition's rules (`ranking.scores`); those without score or name have no row."""
    outcomes = {"district": lambda rows: measures.in_districts(rows, chapter.edition.districts),
                "subdistrict": measures.by_subdistricts}
    chosen = outcomes.get(unit, lambda rows: measures.where(rows, owner_level=unit))(chapter.cube.outcomes)
    return chapter.scores(chosen, *UNITS[unit]).dropna(subset=["score", *UNITS[unit]], ignore_index=True)
