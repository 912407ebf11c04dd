"""A published report against its tickets: every printed figure, list and statement recomputed, and said whether it is met.

`written` is what was printed; `answers` is what the tickets say to the same questions, without sight of it; `figures`,
`rankings` and `statements` set one beside the other, by `intervals` and by the `forms` whose words `claims` defines.
"""

import dataclasses
from dataclasses import dataclass

import pandas as pd

from helpers.analysis.reconciliation import claims, figures, published, rankings, recomputed
from helpers.analysis.reconciliation.published import Erratum, Published
from helpers.analysis.scope import Scope
from helpers.cube import cube
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period


@dataclass(frozen=True)
class Reconciliation:
    """The rows of figures.csv, rankings.csv and claims.csv, each with what was recomputed, its status and reason."""

    figures: pd.DataFrame
    rankings: pd.DataFrame
    claims: pd.DataFrame
    errata: pd.DataFrame


def reconcile(scope: Scope, given: Published | None = None) -> Reconciliation:
    """Recompute what an edition's report printed, from the tickets of its year and of the year before.

    Raises KnownError where there is no such report of the chapter's period, and for errata that no longer stand.
    """
    edition = scope.edition
    if given is None and not has_published(edition, scope.period):
        raise UserError(f"{edition.key} has no published figures of {scope.period.name}: lay them in "
                         f"data/published/{edition.key}/, and set period to year.")
    printed = published.validated(given) if given else published.read(edition)
    told = recomputed.recompute(_with_year_before(scope))
    stated = claims.reconciled(printed.claims, told, printed.excused)
    return Reconciliation(figures.reconciled(printed.figures, told, stated, printed.excused),
                          rankings.reconciled(printed.rankings, told, printed.excused), stated,
                          pd.DataFrame([one.model_dump() for one in printed.errata], columns=list(Erratum.model_fields)))


def has_published(edition: Edition, period: Period) -> bool:
    """Tell whether there is a published report of a period: of an edition's whole year, once it has been written down."""
    return period == recomputed.calendar(edition.year) and published.exists(edition)


def _with_year_before(scope: Scope) -> Scope:
    """Return the scope compared with the year before, whatever it was to be compared with."""
    base = scope.period.back(12)
    if scope.base == base:
        return scope
    loaded = cube.load(scope.edition, scope.period, base)
    return dataclasses.replace(scope, base=base, compare="year_ago", cube=loaded)
