"""Recompute from the cube what a published report prints: every dimension of its subjects, counted once.

Nothing here is given a printed value: only subject, measure and months.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import pandas as pd

from helpers.analysis import dimensions, measures, ranking
from helpers.analysis.scope import Scope
from helpers.settings import labels
from helpers.settings.errors import UserError
from helpers.settings.periods import Period

WHOLE = "全部来电"

Rows = Mapping[tuple[str, ...], Mapping[str, Any]]


@dataclass(frozen=True)
class Subject:
    """Subject of a published row: its dimension and names; a subcategory is named by (category, subcategory)."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Recomputed:
    """Hold a year's tickets as the report counts them.

    `volumes` (measures.volume, by dimension, shares within the parent), `levels` (the same by owner level),
    `monthly` (measures.monthly), `steps` (measures.funnel), `rates` (the city's measures.monthly_rates), `scores` (by
    owner level and for districts) and `earlier` (those of the year before, by this year's rules).
    """

    scope: Scope
    volumes: Mapping[str, pd.DataFrame]
    levels: Mapping[str, pd.DataFrame]
    monthly: Mapping[str, pd.DataFrame]
    steps: pd.DataFrame
    rates: pd.DataFrame
    scores: Mapping[str, pd.DataFrame]
    earlier: Mapping[str, pd.DataFrame]

    @cached_property
    def counts(self) -> Mapping[str, Rows]:
        """The rows of `volumes` by kind and names."""
        return {kind: _by_names(rows, dimensions.DIMENSIONS[kind].keys) for kind, rows in self.volumes.items()}

    @cached_property
    def counts_by_level(self) -> Mapping[str, Rows]:
        """The rows of `levels` by kind, names and owner level."""
        return {kind: _by_names(rows, (*dimensions.DIMENSIONS[kind].keys, "owner_level")) for kind, rows in self.levels.items()}

    @cached_property
    def series(self) -> Mapping[str, Mapping[tuple[str, ...], dict[int, int]]]:
        """Tickets by kind, names and month, 1 to 12."""
        return {kind: _series(rows, dimensions.DIMENSIONS[kind].keys) for kind, rows in self.monthly.items()}

    @cached_property
    def ranked(self) -> Mapping[str, pd.DataFrame]:
        """The units of `scores` ranked for each list of the edition's `rankings`."""
        rules, scores, volumes = self.scope.edition.rankings, self.scores, self.volumes
        def ranked(name: str, kind: str, within: Sequence[str] = ()) -> pd.DataFrame:
            return ranking.ranked(scores[kind], getattr(rules, name).ties, volumes[kind], within, rules.min_valid)

        return {"districts": ranked("districts", "district"), "subdistricts": ranked("subdistricts", "subdistrict"),
                "within_district": ranked("within_district", "subdistrict", ["district"])}


# By section: the dimension of a subject without a parent (None: by its word), and of a subject with a parent.
SUBJECTS = (
    ("2.??", "category", "subcategory"),
    ("3.1.*", "district", "subdistrict"),
    ("3.2.*", "zone", None),
    ("*", None, "topic"),
)


def recompute(scope: Scope) -> Recomputed:
    """Query everything that the reconciliation of a year needs, compared with the year before."""
    period, cube = scope.period, scope.cube
    before = dataclasses.replace(scope, period=period.back(12))
    return Recomputed(
        scope,
        volumes={name: dimensions.volume(scope, kind, period.back(12)) for name, kind in dimensions.DIMENSIONS.items()},
        levels={name: _levels(scope, dimensions.DIMENSIONS[name]) for name in ("district", "zone")},
        monthly={name: _monthly(scope, dimensions.DIMENSIONS[name]) for name in ("category", "subcategory", "district")},
        steps=scope.ask(measures.funnel(cube.funnel, period)),
        rates=scope.ask(measures.monthly_rates(cube.outcomes, period, scope.edition.assessment.answers)),
        scores={unit: ranking.of_units(scope, unit) for unit in dimensions.UNITS},
        earlier={"subdistrict": ranking.of_units(before, "subdistrict")} if cube.covers(before.period) else {},
    )


def _monthly(scope: Scope, dimension: dimensions.Dimension) -> pd.DataFrame:
    return scope.ask(measures.monthly(dimension.table(scope), scope.period, dimension.keys))


def _levels(scope: Scope, kind: dimensions.Dimension) -> pd.DataFrame:
    by = [*kind.keys, "owner_level"]
    return scope.ask(measures.volume(kind.table(scope), scope.period, by, within=kind.keys))


def subject(section: str, name: str, parent: str) -> Subject:
    """Return the subject of a row of a section. Raises UserError for a word that no dimension has."""
    alone, below = next((alone, below) for pattern, alone, below in SUBJECTS if fnmatchcase(section, pattern))
    if parent and below:
        return Subject(below, (parent, name))
    if alone or name == WHOLE:
        return Subject(alone or "whole", (name,) if alone else ())
    for kind in dimensions.DIMENSIONS:
        for value, word in labels.values(kind).items():
            if word == name:
                return Subject(kind, (value,))
    raise UserError(f"'{name}' in section {section} of the published report is nothing that tickets are counted by: give "
                     "it a word in data/dictionary.yml, or the measure `count`.")


def value(row: Mapping[str, Any] | None, column: str) -> float | int | None:
    """Return a value of a row; None where there is no such row, or no value."""
    return None if row is None or pd.isna(row[column]) else row[column]


def _by_names(rows: pd.DataFrame, keys: tuple[str, ...]) -> Rows:
    return {tuple(row[key] for key in keys): row for row in rows.to_dict("records")}


def _series(rows: pd.DataFrame, keys: tuple[str, ...]) -> dict[tuple[str, ...], dict[int, int]]:
    series: dict[tuple[str, ...], dict[int, int]] = {}
    for *names, month, tickets in zip(*(rows[column].tolist() for column in (*keys, "month", "tickets")), strict=True):
        series.setdefault(tuple(names), {})[month] = tickets
    return series


def series(answers: Recomputed, who: Subject) -> dict[int, int]:
    """Return a subject's tickets by month, 1 to 12; empty where it has none."""
    return answers.series[who.kind].get(who.names, {})


def table(rows: pd.DataFrame, keys: tuple[str, ...], value: str = "tickets", **where: Any) -> dict[Any, Any]:
    """Return the values of the named rows by their key, several keys as a tuple."""
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    rows = rows.dropna(subset=[*keys, value])
    names = rows[keys[0]].tolist() if len(keys) == 1 else list(rows[list(keys)].itertuples(index=False, name=None))
    return dict(zip(names, rows[value].tolist(), strict=True))


def calendar(year: int) -> Period:
    """Return a whole year."""
    return Period(year * 12, 12)
