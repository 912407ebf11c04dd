"""Find what returns each year: weeks in which a category has more tickets than the rest of a year, and how often that came true.

Each year is judged by the weeks that the other years point to, so that no year confirms itself. Weeks are compared by the
calendar, or by their distance from Lunar New Year where they go together better so.
"""

import calendar
import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.analysis.series import Series
from helpers.settings.early_warning import WarningRules

__all__ = ["LEAD", "peaks"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


LEAD = 4  # weeks before its peak by which a matter is to be prepared

_LONG = 4  # weeks of a peak
_POSITIONS = 52
_FROM_FESTIVAL = range(-8, 2)  # first weeks of a peak, from the festival's week
_COMPLETE = 48  # known weeks that a year needs
_LEAST = 2.0  # tickets a week of a row, over all years
_HELD = 2 / 3  # of the years judged
_BEYOND = 1.64  # standard deviations of a year's weeks: 5 % by chance
_THIRDS = ((10, "上旬"), (20, "中旬"), (31, "下旬"))


class _Window(NamedTuple):
    """Weeks of a peak, the first by its position in the year, or by its distance from the festival's week."""

    first: int
    by_festival: bool


def peaks(series: Series, rules: WarningRules) -> pd.DataFrame:
    """Return the rows of a series that peak each year, the steepest first.

    Columns: the names of rows, peak (the weeks in words), prepare (by when), peak_change (tickets a week in these weeks against
    the rest of the year, mean of all years), held, failed (whole years in which it came true and did not, each judged by the
    others). Only rows in which it came true in two years and in two thirds of them.
    """
    years = _years(series)
    windows = [_Window(first, False) for first in range(_POSITIONS - _LONG + 1)]
    windows += [_Window(first, True) for first in _FROM_FESTIVAL] if series.festive.any() else []
    compared = [[_compared(series, places, _weeks(series, places, window)) for window in windows] for places in years.values()]
    times, beyond = (np.array([[cell[which] for cell in line] for line in compared]) for which in (0, 1))
    found = []
    for row in np.flatnonzero(series.counts.mean(1) >= _LEAST) if len(years) > 1 else ():
        whole = [place for place, places in enumerate(years.values()) if series.row_known[row, places].sum() >= _COMPLETE]
        if len(whole) > 1 and (peak := _peak(times[whole, :, row], beyond[whole, :, row], windows, rules)):
            found.append(series.rows.iloc[row].to_dict() | peak)
    columns = [*series.rows.columns, "peak", "prepare", "peak_change", "held", "failed"]
    frame = pd.DataFrame(found, columns=columns)
    return frame.sort_values(
        ["peak_change", *series.rows.columns], ascending=[False] + [True] * series.rows.shape[1]
    ).reset_index(drop=True)


def _peak(times: np.ndarray, beyond: np.ndarray, windows: list[_Window], rules: WarningRules) -> dict | None:
    """Return the peak of a row from its years (lines) and windows, None where it does not return."""
    logs = np.log(np.maximum(np.nan_to_num(times, nan=1.0), 0.01))
    chosen = [int(np.delete(logs, year, axis=0).mean(0).argmax()) for year in range(len(logs))]
    came_true = [times[year, place] >= rules.returns and beyond[year, place] >= _BEYOND for year, place in enumerate(chosen)]
    held, best = int(sum(came_true)), int(logs.mean(0).argmax())
    mean = float(np.exp(logs[:, best].mean()))
    if held < 2 or held < _HELD * len(logs) or mean < rules.returns:
        return None
    words, prepare = _words(windows[best])
    return {"peak": words, "prepare": prepare, "peak_change": mean - 1, "held": held, "failed": len(logs) - held}


def _years(series: Series) -> dict[int, np.ndarray]:
    """Return the weeks of each calendar year, by the year of their Thursday, that has enough."""
    thursdays = (series.starts[: series.weeks] + np.timedelta64(3, "D")).astype("datetime64[Y]").astype(int) + 1970
    found = {int(year): np.flatnonzero(thursdays == year) for year in np.unique(thursdays)}
    return {year: places for year, places in found.items() if len(places) >= _COMPLETE}


def _weeks(series: Series, places: np.ndarray, window: _Window) -> np.ndarray:
    """Return the places of a window's weeks within a year; none where the year's festival is not known."""
    if not window.by_festival:
        return places[window.first : window.first + _LONG]
    festive = places[series.festive[places] > 0]
    first = (festive[len(festive) // 2] if len(festive) else -(10**6)) + window.first
    wanted = np.arange(first, first + _LONG)
    inside = wanted[(wanted >= 0) & (wanted < series.weeks)]
    return inside[series.festive[inside] == 0]


def _compared(series: Series, places: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each row how many times the tickets a week of the rest of a year some weeks have, and by how many standard
    deviations of such a mean they are above it; null where either is not known. Festive weeks have no part.
    """
    rest = np.setdiff1d(places, chosen)
    (inside, many), (usual, others) = (_mean(series, weeks) for weeks in (chosen, rest[series.festive[rest] == 0]))
    spread = np.where(series.row_known[:, rest], (series.counts[:, rest] - usual[:, None]) ** 2, 0).sum(1) / np.maximum(
        others - 1, 1
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return inside / np.maximum(usual, 0.1), (inside - usual) / np.sqrt(np.maximum(np.maximum(spread, usual), 1e-9) / many)


def _mean(series: Series, weeks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of each row's known weeks, null where it has none, and their number."""
    known = series.row_known[:, weeks]
    with np.errstate(invalid="ignore"):
        return np.where(known, series.counts[:, weeks], 0).sum(1) / known.sum(1), known.sum(1)


def _words(window: _Window) -> tuple[str, str]:
    """Return a window in words, and by when to prepare: 11月中旬至12月上旬, 10月中旬前; 春节前第3周至前1周."""
    first, last = window.first, window.first + _LONG - 1
    if window.by_festival:
        return f"{_from_festival(first)}至{_from_festival(last)}", f"{_from_festival(first - LEAD)}"
    start = datetime.date(2001, 1, 1) + datetime.timedelta(weeks=first)  # a common year; which one does not matter
    end = start + datetime.timedelta(days=7 * _LONG - 1)
    return f"{_third(start)}至{_third(end)}", f"{_third(start - datetime.timedelta(weeks=LEAD))}"


def _third(day: datetime.date) -> str:
    part = next(
        words for last, words in _THIRDS if day.day <= min(last, calendar.monthrange(day.year, day.month)[1]) or last == 31
    )
    return f"{day.month}月{part}"


def _from_festival(weeks: int) -> str:
    return "春节当周" if not weeks else f"春节{'前' if weeks < 0 else '后'}第{abs(weeks)}周"
