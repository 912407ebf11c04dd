"""Set units of a level side by side: volume, change, per 10,000 residents, on time, rates with their intervals.

The districts, the subdistricts of one, agencies and enterprises are compared by the same questions.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ibis
import pandas as pd

from helpers.analysis import dimensions, hidden_cells, measures, suppression, uncertainty, units
from helpers.analysis.dimensions import Dimension
from helpers.analysis.scope import Scope
from helpers.cube import selections
from helpers.settings import labels

__all__ = ["COLUMNS", "caption", "columns", "drawn", "of_units", "values"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


COLUMNS = ["tickets", "ticket_share", "tickets_change", "ticket_density", "on_time_rate", "resolution_rate", "satisfaction_rate"]

_OWNERS = ("municipal_agency", "state_owned_enterprise", "owner")


class _Rows(NamedTuple):
    """Selects the rows of the cube that are compared, and gives the units that are not `kept` a common name, `rest`."""

    key: str
    where: Mapping[str, str | None]
    kept: Sequence[str] = ()
    rest: str = ""

    def of(self, table: ibis.Table) -> ibis.Table:
        """Return the rows of a table of the cube."""
        rows = selections.rows_where(table, **self.where) if self.where else table
        own = rows[self.key]
        others = own.isnull().ifelse(ibis.null("string"), self.rest)
        return rows.mutate(**{self.key: own.isin(self.kept).ifelse(own, others)}) if self.rest else rows


def of_units(scope: Scope, unit: str, volumes: pd.DataFrame, places: pd.DataFrame | None = None,
             **where: str | None) -> pd.DataFrame:
    """Add to the volume of a dimension's units what else is known of each; units beyond what the edition lists are one row, last.

    `volumes` is an answer of `measures.volume` by the dimension's keys, of the rows of the cube that `where` selects:
    district="东城区". `places` are the districts with their residents (`places.read`). Columns: those of `volumes`;
    ticket_density, per 10,000 residents, of districts; for internal use also valid, resolution_rate, satisfaction_rate, due and
    on_time_rate, and the intervals of these rates (`_lower`, `_upper`) at the level of the edition's `soundness`. Null where it
    is not known. A unit without a name has no row.
    """
    dimension, most = dimensions.DIMENSIONS[unit], _listed(scope, unit)
    keys, chosen, compared = [*dimension.keys], _Rows(dimension.keys[-1], where), _named(volumes, dimension)
    if len(compared) > most:
        compared = _without_hidden_order(scope, compared)
        rest = labels.value("compared", "rest").format(len(compared) - most)
        chosen = chosen._replace(kept=compared[chosen.key].head(most).tolist(), rest=rest)
        selected = dataclasses.replace(dimension, table=lambda asked: chosen.of(dimension.table(asked)))
        compared = _named(dimensions.volume(scope, selected, scope.base), dimension)
        compared = compared.sort_values(chosen.key, key=lambda names: names == rest, kind="stable", ignore_index=True)
    counted, answers = compared, _answers(scope, unit, chosen, places)
    for answer, taken in answers:
        known = _named(answer, dimension)[[*keys, *taken]]
        compared = compared.merge(known, on=keys, how="left", validate="one_to_one")
    compared.attrs = counted.attrs
    compared = uncertainty.with_intervals(compared, scope.edition.soundness.level)
    return hidden_cells.joined(compared, (counted, [name for name in counted if name not in keys]),
                               *((answer, _with_ends(compared, taken)) for answer, taken in answers))


def columns(compared: pd.DataFrame) -> list[str]:
    """Return what a table prints of `of_units`: its measures of which any number is known, and the change."""
    return [name for name in COLUMNS if name in compared and (name == "tickets_change" or compared[name].notna().any())]


def values(compared: pd.DataFrame) -> list[str]:
    """Return what a figure draws of `of_units`: what a table prints, without shares, which the numbers of tickets show."""
    return [name for name in columns(compared) if name != "ticket_share"]


def drawn(scope: Scope, unit: str, compared: pd.DataFrame) -> pd.DataFrame:
    """Return the units that a figure has room for, the first of `of_units`; never the row of the others."""
    return compared.head(min(scope.edition.comparison.drawn, _listed(scope, unit)))


def caption(words: str, shown: pd.DataFrame, compared: pd.DataFrame) -> str:
    """Return a figure's caption, which says of how many units it is where these are not all that are compared."""
    return words if len(shown) == len(compared) else words + labels.value("compared", "first").format(len(shown))


def _with_ends(compared: pd.DataFrame, taken: Sequence[str]) -> list[str]:
    return [name for name in compared if name.startswith(tuple(taken))]  # a rate with the ends of its interval


def _named(answer: pd.DataFrame, dimension: Dimension) -> pd.DataFrame:
    return answer[answer[[*dimension.keys]].notna().all(axis=1)]


def _without_hidden_order(scope: Scope, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return a volume whose order does not tell which of the counts that the edition hides is larger."""
    rule = scope.edition.suppression
    return suppression.ordered(volumes, suppression.mask(volumes, rule.below, hidden_cells.of(volumes))) if rule else volumes


def _answers(scope: Scope, unit: str, chosen: _Rows, places: pd.DataFrame | None) -> list[tuple[pd.DataFrame, list[str]]]:
    """Return what else is known of the units: answers, each with the columns that are taken from it.

    Rates of single units are not for the public, so that they are not asked for it.
    """
    dimension, cube, span = dimensions.DIMENSIONS[unit], scope.cube, scope.period
    found = []
    if places is not None:
        volumes = measures.volume(chosen.of(dimension.table(scope)), span, dimension.keys)
        found.append((measures.per_residents(volumes, places), ["ticket_density"]))
    if scope.edition.audience != "public":
        outcomes = chosen.of(dimension.outcomes(scope) if dimension.outcomes else cube.outcomes)
        rates = measures.rates(outcomes, span, scope.edition.assessment.answers, dimension.keys)
        found.append((rates, ["valid", *measures.RATES]))
        handling = chosen.of(units.of_level(scope, unit, cube.unit_handling) if dimension.outcomes else cube.unit_handling)
        found.append((measures.on_time(handling, span, dimension.keys), ["due", "on_time_rate"]))
    return [(scope.ask(question), taken) for question, taken in found]


def _listed(scope: Scope, unit: str) -> int:
    """Return how many units a table lists; of owners the public sees no more than the report names."""
    rules, edition = scope.edition.comparison, scope.edition
    is_limited = edition.audience == "public" and unit in _OWNERS
    return min(rules.listed, edition.busiest.owners) if is_limited else rules.listed
