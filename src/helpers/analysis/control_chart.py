"""Control chart of a measure by month (XmR): what is chance from month to month, and what calls for a reason.

The limits come from the changes between neighbouring months, not from the spread of all: a slow trend does not hide in them.
Wheeler and Chambers, Understanding Statistical Process Control (1992); Nelson (1984), J. Qual. Technol. 16, 237–239.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

__all__ = ["ControlChart", "LastSign", "control_chart", "last_sign", "unusual_months", "with_limits"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_LIMIT = 2.66  # 3 / 1.128: three standard deviations, from the mean range of two values
_RANGE = 3.267  # the upper limit of ranges of two values, by their mean
_FEWEST = 6  # months with a value; below that limits say nothing
_SIDE, _TREND = 8, 6
_THIRD = 3


class ControlChart(NamedTuple):
    """Centre and limits of a run of months, and the signs in it.

    `signs` has a row for each month and a column of truth for each sign: outside (beyond a limit), side (one of eight and more
    in a row on one side of the centre), trend (one of six and more in a row that rise, or fall), near (one of three in a row of
    which two lie in the outer third of the way to the same limit, itself one of the two). Index as the months passed.
    """

    centre: float
    lower: float
    upper: float
    signs: pd.DataFrame


def control_chart(values: pd.Series) -> ControlChart | None:
    """Return mean ± 2.66 × the mean moving range of consecutive months, and the signs of more than chance.

    A month without value (null) is a gap: no range and no run leads over it. Ranges above 3.267 × their mean are left out once.
    Limits are not cut at 0 or 1. None with fewer than six values or no two in a row; limits at the mean where all are equal.
    """
    known = pd.Series(values).astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    known = np.where(np.isfinite(known), known, np.nan)
    ranges = np.abs(np.diff(known))
    ranges = ranges[np.isfinite(ranges)]
    if np.isfinite(known).sum() < _FEWEST or not len(ranges):
        return None
    usual = ranges[ranges <= _RANGE * ranges.mean()].mean()
    centre, reach = float(np.nanmean(known)), float(_LIMIT * usual)
    slack = 1e-9 * (abs(centre) + reach)  # equal months are not above their mean by an error of rounding
    away = np.where(np.abs(known - centre) > slack, known - centre, np.where(np.isnan(known), np.nan, 0.0))
    signs = {"outside": np.abs(away) > reach + slack, "side": _in_run(np.sign(away), _SIDE),
             "trend": _trend(known, slack), "near": _near(away, 2 / 3 * reach)}
    return ControlChart(centre, centre - reach, centre + reach, pd.DataFrame(signs, index=pd.Series(values).index))


class LastSign(NamedTuple):
    """What a control chart says of its last month, and its limits; `since`, a row, is where the present level began.

    `sign`: `above` or `below` the limits; `high` or `low` for eight and more months on one side; `rising` or `falling` for six
    and more; `near_above` or `near_below` for two of three near a limit; `within`; `short` where there are no limits. `since` is
    None where one level holds for all months.
    """

    sign: str
    lower: float = np.nan
    upper: float = np.nan
    since: int | None = None


def last_sign(values: pd.Series) -> LastSign:
    """Judge the last month by the limits of the months before it: a month that lies far out does not widen its own limits.

    After a lasting shift (eight months on one side that end with the month before) the limits are those of the months from there.
    """
    known = pd.Series(values).astype("float64").reset_index(drop=True)
    before, since = known[:-1], None
    chart = control_chart(before)
    if chart is not None and chart.signs["side"].iloc[-1]:
        since = int(chart.signs.index[~chart.signs["side"]].max() + 1) if not chart.signs["side"].all() else 0
        chart = control_chart(before[since:]) or chart
    if chart is None or pd.isna(known.iloc[-1]):
        return LastSign("short")
    sign = _sign(known[since or 0:], chart)
    return LastSign(sign, max(chart.lower, 0.0), chart.upper, since)


def _sign(known: pd.Series, chart: ControlChart) -> str:
    last, step = known.iloc[-1], known.diff().iloc[-1]
    if not chart.lower <= last <= chart.upper:
        return "above" if last > chart.upper else "below"
    away, reach = (known - chart.centre).to_numpy(), chart.upper - chart.centre
    if _in_run(np.sign(away), _SIDE)[-1]:
        return "high" if last > chart.centre else "low"
    if _trend(known.to_numpy(), 1e-9 * abs(chart.centre))[-1]:
        return "rising" if step > 0 else "falling"
    if _near(away, 2 / 3 * reach)[-1]:
        return "near_above" if last > chart.centre else "near_below"
    return "within"


def with_limits(monthly: pd.DataFrame, rates: Sequence[str]) -> pd.DataFrame:
    """Add the mean and the limits of each rate's months to a monthly answer, the same in each row.

    Columns for a rate `x`: mean_x, low_x, high_x, within 0 to 1; null where months have no common level. Rows are in the order of
    months; one that is not `covered` is a gap.
    """
    found = {}
    for rate in rates:
        known = monthly[rate].where(monthly["covered"].astype(bool)) if "covered" in monthly else monthly[rate]
        chart, _ = _level(known)
        limits = (chart.centre, max(chart.lower, 0.0), min(chart.upper, 1.0)) if chart else (np.nan,) * 3
        found |= dict(zip((f"mean_{rate}", f"low_{rate}", f"high_{rate}"), limits, strict=True))
    limited = monthly.assign(**found)
    limited.attrs = monthly.attrs
    return limited


def unusual_months(values: pd.Series) -> pd.Series:
    """Return 1 for a month above the limits that the others set, -1 for a month below, 0 else; index as passed.

    The farthest month beyond the limits is taken out and the limits are drawn anew, until all are within: a single month does not
    draw the centre away from the others (phase I: Montgomery, Introduction to Statistical Quality Control). All 0 where there are
    no limits, where months rise or fall throughout or six in a row (a trend has no centre), and where more than a third would
    be named (these have no common level).
    """
    return _level(values)[1]


def _level(values: pd.Series) -> tuple[ControlChart | None, pd.Series]:
    """Return the chart of the months that have a common level, None where they have none, and which months lie outside."""
    found = pd.Series(0, index=values.index)
    known = values.dropna()
    chart = control_chart(values)
    if chart is None or chart.signs["trend"].any() or known.is_monotonic_increasing or known.is_monotonic_decreasing:
        return None, found
    rest = values.astype("float64").copy()
    while chart is not None and chart.signs["outside"].any():
        farthest = (rest - chart.centre).abs().idxmax()
        found[farthest] = 1 if rest[farthest] > chart.centre else -1
        rest[farthest] = np.nan
        chart = control_chart(rest)
    return (chart, found) if found.ne(0).sum() * _THIRD <= len(known) else (None, found * 0)


def _in_run(marks: np.ndarray, length: int) -> np.ndarray:
    """Return which places belong to a run of at least `length` equal marks; 0 and null belong to none."""
    breaks = np.append(True, marks[1:] != marks[:-1])
    run = np.cumsum(breaks)
    return (np.bincount(run)[run] >= length) & (np.abs(marks) == 1)


def _trend(known: np.ndarray, slack: float) -> np.ndarray:
    steps = np.diff(known)
    moving = _in_run(np.where(np.abs(steps) > slack, np.sign(steps), 0.0), _TREND - 1)  # six months are five steps
    return np.append(moving, False) | np.append(False, moving)


def _near(away: np.ndarray, zone: float) -> np.ndarray:
    found = np.zeros(len(away), dtype=bool)
    for start in range(len(away) - 2):
        three = away[start:start + 3]
        for side in (1, -1):
            outer = side * three > zone
            if np.isfinite(three).all() and outer.sum() >= 2:
                found[start:start + 3] |= outer
    return found
