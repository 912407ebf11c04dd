"""Answer what is to be expected of the month after a bulletin's, beside that month a year ago, and which alerts go on.

known = outlook.open(chapter)
chapter.table(…, next_month.expected(known, "category"), ["category", "expected_tickets", …])
"""

import numpy as np
import pandas as pd

from helpers.analysis import backtest, outlook, series
from helpers.analysis.outlook import Outlook
from helpers.analysis.series import AHEAD, WEEK, Series
from helpers.settings.periods import Period

__all__ = ["expected", "following", "increasing", "open_alerts", "shares"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_DAY = np.timedelta64(1, "D")


def following(known: Outlook) -> Period:
    """Return the month after a period."""
    return Period(known.scope.period.end + 1, 1)


def shares(found: Series, month: Period) -> np.ndarray:
    """Return which share of each week after a series is in a month, up to its last: 4 of 7 days, then 1, 1, 1, 1, 3 ÷ 7.

    Until the month begins the shares are 0. A month whose end lies beyond the forecasts' longest horizon is cut off there.
    """
    mondays = found.starts[found.weeks : found.weeks + AHEAD]
    begins = np.maximum(mondays, np.datetime64(month.first_day))
    ends = np.minimum(mondays + (WEEK - 1) * _DAY, np.datetime64(month.last_day))
    days = np.clip((ends - begins) // _DAY + 1, 0, WEEK)
    return days[: np.flatnonzero(days).max(initial=0) + 1] / WEEK


def expected(known: Outlook, *by: str) -> pd.DataFrame:
    """Return what is expected of the month after the period: of the whole city in one row, or by category or district.

    Columns: names, month (1 to 12), expected_tickets with the ends of its 50 and 80 % ranges (`outlook.expected`),
    period_tickets (tickets of the period), year_ago (of the same month a year before the one that is expected); both null where
    the series has none of their tickets. Rows that expect fewer than half a ticket a week are left out; most expected first.
    """
    month = following(known)
    span = shares(known.series, month)
    rows = outlook.expected(known.series.summed(*by), known.rules, span)
    rows = rows[rows["expected_tickets"] >= backtest.PRINTED * span.sum()] if by else rows
    own, before = (_counted(known, rows, each, by) for each in (known.scope.period, month.back(12)))
    rows = rows.assign(month=month.end % 12 + 1, period_tickets=own, year_ago=before)
    order = {"expected_tickets": False, **dict.fromkeys(by, True)}
    return known.answer(rows.sort_values([*order], ascending=[*order.values()], ignore_index=True))


def _counted(known: Outlook, rows: pd.DataFrame, month: Period, by: tuple[str, ...]) -> pd.Series:
    """Return the tickets of a month for each row; null where the series does not have the month."""
    days = series.counted(known.scope.edition, month)
    if days.empty:
        return pd.Series(np.nan, index=rows.index)
    if by and "category" not in by:  # rows of a place have tickets of known categories alone (`series.of_days`)
        days = days[days["category"].notna()]
    if not by:
        return pd.Series(float(days["tickets"].sum()), index=rows.index)
    return rows[by[0]].map(days.astype({by[0]: object}).groupby(by[0])["tickets"].sum()).fillna(0).astype(float)


def increasing(known: Outlook, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of which more is expected than the period had: by the day even at the lower end of the 80 % range."""
    now, then = ((each.last_day - each.first_day).days + 1 for each in (known.scope.period, following(known)))
    by_day = rows["expected_tickets_lower"] / then > rows["period_tickets"] / now
    return known.answer(rows[by_day & (rows["expected_tickets"] > rows["period_tickets"])].reset_index(drop=True))


def open_alerts(found: pd.DataFrame) -> pd.DataFrame:
    """Return the alerts (`outlook.runs`) that go on at the end of the period."""
    rows = found[found["state"] == "open"].reset_index(drop=True)
    rows.attrs = found.attrs
    return rows
