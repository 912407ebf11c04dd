"""What is asked of the cube to recompute a published report: every kind of subject that it speaks of, counted once.

Nothing here, and nothing that takes a number from here, is given a printed value: only who is spoken of, what is measured,
and when.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from helpers import measures, subjects, words
from helpers.chapters import Chapter
from helpers.errors import KnownError
from helpers.periods import Period

WHOLE = "全部来电"


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


# By section: what a subject without a parent is (None: what its word says), and what one with a parent is.
SUBJECTS = (
    ("2.??", "category", "subcategory"),
    ("3.1.*", "district", "subdistrict"),
    ("3.2.*", "zone", None),
    ("*", None, "topic"),
)


def of(chapter: Chapter) -> Answers:
    """Ask the cube for everything that the recomputation of a year needs; compared is with the year before."""
    period, cube = chapter.period, chapter.cube
    before = dataclasses.replace(chapter, period=period.back(12))
    return Answers(
        chapter,
        volumes={name: subjects.volume(chapter, kind, period.back(12)) for name, kind in subjects.KINDS.items()},
        levels={name: _levels(chapter, subjects.KINDS[name]) for name in ("district", "zone")},
        monthly={name: chapter.ask(measures.monthly(subjects.KINDS[name].table(chapter), period, subjects.KINDS[name].keys))
                 for name in ("category", "subcategory", "district")},
        steps=chapter.ask(measures.funnel(cube.funnel, period)),
        rates=chapter.ask(measures.monthly_rates(cube.outcomes, period, chapter.edition.assessment.answers)),
        scores={unit: subjects.scores(chapter, unit) for unit in subjects.UNITS},
        earlier={"subdistrict": subjects.scores(before, "subdistrict")} if cube.covers(before.period) else {},
    )


def _levels(chapter: Chapter, kind: subjects.Kind) -> pd.DataFrame:
    by = [*kind.keys, "owner_level"]
    return chapter.ask(measures.volume(kind.table(chapter), chapter.period, by, within=kind.keys))


def subject(section: str, name: str, parent: str) -> Subject:
    """Return whom a row of a section speaks of. Raises KnownError for a word that no kind of subject has."""
    alone, below = next((alone, below) for pattern, alone, below in SUBJECTS if fnmatchcase(section, pattern))
    if parent and below:
        return Subject(below, (parent, name))
    if alone or name == WHOLE:
        return Subject(alone or "whole", (name,) if alone else ())
    for kind in subjects.KINDS:
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
    return dict(zip(subjects.KINDS[who.kind].keys, who.names, strict=True))


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
