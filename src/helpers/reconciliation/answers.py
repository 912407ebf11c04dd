"""What is asked of the cube to recompute a published report: every kind of subject that it speaks of, counted once.

Nothing here, and nothing that takes a number from here, is given a printed value: only who is spoken of, what is measured,
and when.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import ibis
import pandas as pd

from helpers import measures, words, zones
from helpers.chapters import Chapter
from helpers.errors import KnownError
from helpers.periods import Period

WHOLE = "全部来电"


@dataclass(frozen=True)
class Kind:
    """Where a kind of subject is counted: a table of the cube, and the columns that name one, its parent's first."""

    table: Callable[[Chapter], ibis.Table]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Subject:
    """Whom a published row speaks of, and as what: a subcategory is named by (category, subcategory)."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """A year's tickets as the report counts them.

    `volumes` (measures.volume, by kind of subject, shares within the parent), `levels` (the same by owner level),
    `monthly` (measures.monthly), `steps` (measures.funnel), `rates` (the city's measures.monthly_rates), `scores` (by
    owner level and for districts) and `earlier` (those of the year before, by this year's rules).
    """

    chapter: Chapter
    volumes: Mapping[str, pd.DataFrame]
    levels: Mapping[str, pd.DataFrame]
    monthly: Mapping[str, pd.DataFrame]
    steps: pd.DataFrame
    rates: pd.DataFrame
    scores: Mapping[str, pd.DataFrame]
    earlier: Mapping[str, pd.DataFrame]


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

# By section: what a subject without a parent is (None: what its word says), and what one with a parent is.
SUBJECTS = (
    ("2.??", "category", "subcategory"),
    ("3.1.*", "district", "subdistrict"),
    ("3.2.*", "zone", None),
    ("*", None, "topic"),
)
UNITS = {
    "district": ("district",),
    "subdistrict": ("district", "subdistrict"),
    "municipal_agency": ("owner",),
    "state_owned_enterprise": ("owner",),
}


def of(chapter: Chapter) -> Answers:
    """Ask the cube for everything that the recomputation of a year needs; compared is with the year before."""
    period, cube = chapter.period, chapter.cube
    before = dataclasses.replace(chapter, period=period.back(12))
    return Answers(
        chapter,
        volumes={name: _volume(chapter, kind) for name, kind in KINDS.items()},
        levels={name: _levels(chapter, KINDS[name]) for name in ("district", "zone")},
        monthly={name: chapter.ask(measures.monthly(KINDS[name].table(chapter), period, KINDS[name].keys))
                 for name in ("category", "subcategory", "district")},
        steps=chapter.ask(measures.funnel(cube.funnel, period)),
        rates=chapter.ask(measures.monthly_rates(cube.outcomes, period, chapter.edition.assessment.answers)),
        scores={unit: _scores(chapter, unit) for unit in UNITS},
        earlier={"subdistrict": _scores(before, "subdistrict")} if cube.covers(before.period) else {},
    )


def _volume(chapter: Chapter, kind: Kind) -> pd.DataFrame:
    period, keys = chapter.period, kind.keys
    return chapter.ask(measures.volume(kind.table(chapter), period, keys, period.back(12), within=keys[:-1]))


def _levels(chapter: Chapter, kind: Kind) -> pd.DataFrame:
    by = [*kind.keys, "owner_level"]
    return chapter.ask(measures.volume(kind.table(chapter), chapter.period, by, within=kind.keys))


def _scores(chapter: Chapter, unit: str) -> pd.DataFrame:
    outcomes = {"district": lambda rows: measures.in_districts(rows, chapter.edition.districts),
                "subdistrict": measures.by_subdistricts}
    chosen = outcomes.get(unit, lambda rows: measures.where(rows, owner_level=unit))(chapter.cube.outcomes)
    return chapter.scores(chosen, *UNITS[unit]).dropna(subset=["score", *UNITS[unit]], ignore_index=True)


def subject(section: str, name: str, parent: str) -> Subject:
    """Return whom a row of a section speaks of. Raises KnownError for a word that no kind of subject has."""
    alone, below = next((alone, below) for pattern, alone, below in SUBJECTS if fnmatchcase(section, pattern))
    if parent and below:
        return Subject(below, (parent, name))
    if alone or name == WHOLE:
        return Subject(alone or "whole", (name,) if alone else ())
    for kind in KINDS:
        for value, word in words.values(kind).items():
            if word == name:
                return Subject(kind, (value,))
    raise KnownError(f"'{name}' in section {section} of the published report is nothing that tickets are counted by: give "
                     "it a word in data/dictionary.yml, or the measure `count`.")


def cell(rows: pd.DataFrame, column: str, **where: Any) -> float | int | None:
    """Return the one value of `column` where each key has its value; None where there is no such row, or no value."""
    for key, value in where.items():
        rows = rows[rows[key] == value]
    value = None if rows.empty else rows[column].iloc[0]
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value


def named(who: Subject) -> dict[str, str]:
    """Return the columns that name a subject, with its names."""
    return dict(zip(KINDS[who.kind].keys, who.names, strict=True))


def series(answers: Answers, who: Subject) -> dict[int, int]:
    """Return a subject's tickets by month, 1 to 12; nothing where it has none."""
    rows = answers.monthly[who.kind]
    for key, value in named(who).items():
        rows = rows[rows[key] == value]
    return dict(zip(rows["month"].tolist(), rows["tickets"].tolist(), strict=True))


def table(rows: pd.DataFrame, keys: tuple[str, ...], value: str = "tickets", **where: Any) -> dict[Any, Any]:
    """Return the values of the rows that have a name, by it: one key's own, several keys' as a tuple."""
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    rows = rows.dropna(subset=[*keys, value])
    names = rows[keys[0]].tolist() if len(keys) == 1 else list(rows[list(keys)].itertuples(index=False, name=None))
    return dict(zip(names, rows[value].tolist(), strict=True))


def calendar(year: int) -> Period:
    """Return a whole year."""
    return Period(year * 12, 12)
