"""Weekly counts of a town as a series: what forecasts, alerts and what returns are tested on."""

import datetime

import numpy as np
import pandas as pd

from helpers.analysis import series
from helpers.analysis.series import Series
from helpers.settings import editions
from helpers.settings.editions import Edition

MONDAY = datetime.date(2017, 1, 2)


def edition(**update: object) -> Edition:
    """Return the edition of a town without festival and without a list of districts; `warning` is a dictionary of rules."""
    base = editions.read("pingshan", 2018)
    rules = base.warning.model_copy(update=update.pop("warning", {}))
    return base.model_copy(update={"holidays": None, "districts": [], "warning": rules, **update})


def days(counts: np.ndarray, first: datetime.date = MONDAY) -> pd.DataFrame:
    """Return the counts of rows by week as days, all tickets of a week spread over its days; rows are 甲区 in category 0, 1, …"""
    rows, weeks = counts.shape
    shares = [counts // 7 + (day < counts % 7) for day in range(7)]
    dates = pd.date_range(first, periods=7 * weeks)
    each = np.stack(shares, axis=2).reshape(rows, -1)
    frame = pd.DataFrame(
        {
            "day": np.tile(dates, rows),
            "district": "甲区",
            "category": np.repeat([f"类{row}" for row in range(rows)], 7 * weeks),
            "tickets": each.ravel(),
        }
    )
    return frame[frame["tickets"] > 0]


def made(counts: np.ndarray, first: datetime.date = MONDAY, **update: object) -> Series:
    """Return the series of counts of rows by week."""
    counts = np.asarray(counts)
    return series.of_days(days(counts, first), edition(**update), first + datetime.timedelta(weeks=counts.shape[1], days=-1))
