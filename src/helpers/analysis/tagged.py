"""Relate the tickets of a label across categories to all tickets."""

import ibis
import pandas as pd
from ibis import _

from helpers.cube import selections
from helpers.settings.periods import Period

__all__ = ["kinds", "of_calls"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


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
