"""Bound the growth of a part where the share of tickets that are not assigned to any part has moved.

A category grows in the counts where more tickets have a category at all. Between none of the newly classified tickets in it
(the counted change), and as many as its share of the classified (both periods' unclassified tickets allocated in proportion),
its true change is not known.
"""

from typing import NamedTuple

import ibis
import pandas as pd

from helpers.cube import selections
from helpers.settings.periods import Period


class Shares(NamedTuple):
    """The shares of tickets without a value in a period, and in its base period, 0 to 1.

    `counts` are the tickets without a value and all tickets, of either period, where they are known.
    """

    now: float
    before: float
    counts: tuple[tuple[int, int], tuple[int, int]] | None = None

    @property
    def move(self) -> float:
        """How far the share has moved, up or down."""
        return abs(self.now - self.before)


def shares(coverage: ibis.Table, period: Period, base: Period) -> dict[str, Shares]:
    """Return the shares of each column of `cube.coverage` that applies to tickets of both periods."""
    counted = coverage.group_by("column").agg(**{
        f"{name}_{part}": coverage[name].sum(where=selections.in_period(coverage, span)).cast("float64")
        for name in ("tickets", "known") for part, span in (("now", period), ("before", base))}).to_pandas()
    both = counted[(counted["tickets_now"] > 0) & (counted["tickets_before"] > 0)]
    return {row.column: Shares(1 - row.known_now / row.tickets_now, 1 - row.known_before / row.tickets_before,
                               ((int(row.tickets_now - row.known_now), int(row.tickets_now)),
                                (int(row.tickets_before - row.known_before), int(row.tickets_before))))
            for row in both.itertuples()}


def bounded(answer: pd.DataFrame, shares: Shares) -> pd.DataFrame:
    """Return an answer with its `tickets_change` as a range, and without it; the base period has classified tickets.

    Columns added: low_change and high_change, fractions: the smaller and the larger of the counted change and the
    change of counts to which each period's unclassified tickets are allocated in proportion; null where the change is.
    """
    counted = answer["tickets_change"].astype("float64")
    allocated = (1 + counted) * (1 - shares.before) / (1 - shares.now) - 1
    ends = pd.DataFrame({"counted": counted, "allocated": allocated})
    named = answer.iloc[:, :answer.columns.get_loc("tickets")].notna().all(axis="columns")  # the unknown are no part
    return answer.assign(tickets_change=float("nan"), low_change=ends.min(axis="columns").where(named),
                         high_change=ends.max(axis="columns").where(named))
