"""Reconcile a published report with the tickets: recompute every printed figure, list and claim, and judge it.

`published` reads the print; `recomputed` counts the tickets without sight of it; `figures`, `rankings` and `claims` compare
the two, by `intervals` and by the `expressions` whose functions `claim_functions` defines.
"""

from dataclasses import dataclass

import pandas as pd

from helpers.analysis.reconciliation import claims, figures, published, rankings, recomputed
from helpers.analysis.reconciliation.published import Erratum, Published
from helpers.analysis.scope import Scope
from helpers.cube import cube
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period

__all__ = ["Reconciliation", "has_published", "reconcile"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


@dataclass(frozen=True)
class Reconciliation:
    """The rows of figures.csv, rankings.csv and claims.csv, each with what was recomputed, its status and reason."""

    figures: pd.DataFrame
    rankings: pd.DataFrame
    claims: pd.DataFrame
    errata: pd.DataFrame


def reconcile(scope: Scope, given: Published | None = None) -> Reconciliation:
    """Reconcile an edition's published report with the tickets of its year and of the year before.

    Raises UserError where no report of the scope's period was published, and for errata that no longer hold.
    """
    edition = scope.edition
    if given is None and not has_published(edition, scope.period):
        raise UserError(f"{edition.key} has no published figures of {scope.period.name}: lay them in "
                         f"data/published/{edition.key}/, and set period to year.")
    printed = published.validated(given) if given else published.read(edition)
    answers = recomputed.recompute(_counted(scope))
    stated = claims.reconciled(printed.claims, answers, printed.excused)
    return Reconciliation(figures.reconciled(printed.figures, answers, stated, printed.excused),
                          rankings.reconciled(printed.rankings, answers, printed.excused), stated,
                          pd.DataFrame([erratum.model_dump() for erratum in printed.errata], columns=list(Erratum.model_fields)))


def has_published(edition: Edition, period: Period) -> bool:
    """Return whether a published report of a period is transcribed; only an edition's whole year can be."""
    return period == recomputed.calendar(edition.year) and published.exists(edition)


def _counted(scope: Scope) -> Scope:
    """Return a scope with the year before as its base, whose answers are the counts as they are.

    A chapter takes out of its answers what may not be claimed (growth beside a moving unclassified share); what was printed is
    compared with the count all the same.
    """
    base = scope.period.back(12)
    loaded = scope.cube if scope.base == base else cube.load(scope.edition, scope.period, base)
    return Scope(scope.edition, scope.period, base, "year_ago", loaded)
