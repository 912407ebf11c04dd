"""Answer the questions on the tickets of a label across categories, and relate them to all tickets."""

from typing import NamedTuple

import ibis
import pandas as pd
from ibis import _

from helpers.analysis import measures, uncertainty
from helpers.analysis.scope import Scope
from helpers.cube import selections
from helpers.settings.periods import Period

__all__ = ["Answers", "answers", "kinds", "of_calls"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


class Answers(NamedTuple):
    """The answers on a label, in a scope's period.

    `monthly` and `all_monthly` (of all calls): by month; `categories`, `subjects` (category, subcategory), `handling`, `levels`
    (of owners), `agencies`: volumes; `kinds`: as the function; `densities`: by district, per 10,000 residents; `rates` and
    `all_rates` (of all tickets): one row; `level_rates`: by owner level, with intervals.
    """

    monthly: pd.DataFrame
    all_monthly: pd.DataFrame
    categories: pd.DataFrame
    subjects: pd.DataFrame
    kinds: pd.DataFrame
    densities: pd.DataFrame
    handling: pd.DataFrame
    levels: pd.DataFrame
    agencies: pd.DataFrame
    rates: pd.DataFrame
    all_rates: pd.DataFrame
    level_rates: pd.DataFrame


def answers(scope: Scope, tag: str, places: pd.DataFrame) -> Answers:
    """Answer all questions on a label; `places` are the districts with their residents."""
    cube, span, worth = scope.cube, scope.period, scope.edition.assessment.answers
    calls, sent, owners, outcomes, matters = (
        selections.rows_where(table, tag=tag)
        for table in (cube.tags, cube.tag_areas, cube.tag_owners, cube.tag_outcomes, cube.tag_kinds))
    districts = measures.volume(selections.in_districts(sent, scope.edition.districts), span, "district")
    agencies = selections.rows_where(owners, owner_level="municipal_agency")
    level_rates = scope.ask(measures.rates(outcomes, span, worth, "owner_level"))
    return Answers(
        monthly=scope.ask(measures.monthly(calls, span, "tag")),
        all_monthly=scope.ask(measures.monthly(cube.channels, span)),
        categories=scope.ask(measures.volume(calls, span, "category")),
        subjects=scope.ask(measures.volume(calls, span, ["category", "subcategory"])),
        kinds=scope.ask(kinds(matters, span)),
        densities=scope.ask(measures.per_residents(districts, places)),
        handling=scope.ask(measures.volume(calls, span, "handling")),
        levels=scope.ask(measures.volume(sent, span, "owner_level")),
        agencies=scope.ask(measures.volume(agencies, span, "owner")),
        rates=scope.ask(measures.rates(outcomes, span, worth)),
        all_rates=scope.ask(measures.rates(cube.outcomes, span, worth)),
        level_rates=uncertainty.with_intervals(level_rates, scope.edition.soundness.level))


def of_calls(volumes: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """Return a volume by label whose `ticket_share` is of all calls: a ticket may have several labels, or none.

    `calls` is the volume of all calls, of one row.
    """
    shares = volumes.assign(ticket_share=volumes["tickets"] / int(calls["tickets"].iloc[0]) if len(volumes) else None)
    shares.attrs = volumes.attrs
    return shares


def kinds(table: ibis.Table, period: Period) -> ibis.Table:
    """Count the matters and tickets of each kind of a label.

    Columns: tag_kind; matters, how many different ones have tickets; tickets, a ticket once for each of its matters. In the
    order of tickets, largest first, then of names.
    """
    inside = table.filter(selections.in_period(table, period))
    return (inside.aggregate(by="tag_kind", matters=_.matter.nunique().cast("int64"), tickets=_.tickets.sum().cast("int64"))
            .order_by(ibis.desc("tickets"), "tag_kind"))
