"""A published report against its tickets: every printed figure, list and statement recomputed, and said whether it is met.

`written` is what was printed; `answers` is what the tickets say to the same questions, without sight of it; `figures`,
`rankings` and `statements` set one beside the other, by `intervals` and by the `forms` whose words `claims` defines.
"""

import dataclasses
from dataclasses import dataclass

import pandas as pd

from helpers import cube
from helpers.chapters import Chapter
from helpers.editions import Edition
from helpers.errors import KnownError
from helpers.periods import Period
from helpers.reconciliation import answers, appendix, figures, rankings, statements, written
from helpers.reconciliation.written import Erratum, Published

__all__ = ["Published", "Reconciliation", "appendix", "possible", "reconcile"]


@dataclass(frozen=True)
class Reconciliation:
    """The rows of figures.csv, rankings.csv and claims.csv, each with what was recomputed, its status and reason."""

    figures: pd.DataFrame
    rankings: pd.DataFrame
    claims: pd.DataFrame
    errata: pd.DataFrame


def reconcile(chapter: Chapter, published: Published | None = None) -> Reconciliation:
    """Recompute what an edition's report printed, from the tickets of its year and of the year before.

    Raises KnownError where there is no such report of the chapter's period, and for errata that no longer stand.
    """
    edition = chapter.edition
    if published is None and not possible(edition, chapter.period):
        raise KnownError(f"{edition.key} has no published figures of {chapter.period.name}: lay them in "
                         f"data/published/{edition.key}/, and set period to year.")
    printed = written.checked(published) if published else written.read(edition.city, edition.year)
    told = answers.of(_with_year_before(chapter))
    stated = statements.reconciled(printed.claims, told, printed.excused)
    return Reconciliation(figures.reconciled(printed.figures, told, stated, printed.excused),
                          rankings.reconciled(printed.rankings, told, printed.excused), stated,
                          pd.DataFrame([one.model_dump() for one in printed.errata], columns=list(Erratum.model_fields)))


def possible(edition: Edition, period: Period) -> bool:
    """Tell whether there is a published report of a period: of an edition's whole year, once it has been written down."""
    return period == answers.calendar(edition.year) and written.exists(edition.city, edition.year)


def _with_year_before(chapter: Chapter) -> Chapter:
    """Return the chapter compared with the year before, whatever it was to be compared with."""
    base = chapter.period.back(12)
    if chapter.base == base:
        return chapter
    loaded = cube.load(chapter.edition.city, chapter.edition.year, chapter.period, base)
    return dataclasses.replace(chapter, base=base, compare="year_ago", cube=loaded)
