"""Find rows with more tickets in a week than was to be expected, as seldom wrongly as an edition's rules promise.

The expectation of a row: its own level and trend of two years, with the season of its category, fitted as quasi-Poisson; the
latest weeks are left out, past outbreaks have little weight, known events none. A week is beyond chance by a one-sided negative
binomial tail that knows how uncertain the expectation is, and by Benjamini and Hochberg (1995) over all rows together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.analysis import forecasts, quasi_poisson
from helpers.analysis.series import YEAR, Series
from helpers.settings.early_warning import WarningRules

__all__ = ["Week", "course", "judge", "judges", "listed", "runs"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


BASELINE = 104  # weeks
RECENT = 5  # weeks whose tickets decide whether a row is silent
_PAUSE = 2  # weeks from one alert to the next of a run, at most


@dataclass(frozen=True)
class Week:
    """A week's judgement of each row: tickets, what was `expected`, its `dispersion`, the `chance` of so many and more (1 where
    the row is silent), whether it is an `alert`, and the `limit` of chance by which it was judged. `silent` says why none can be.
    """

    place: int
    tickets: np.ndarray
    expected: np.ndarray
    dispersion: np.ndarray
    chance: np.ndarray
    alert: np.ndarray
    spoken: np.ndarray
    limit: float


def judge(series: Series, rules: WarningRules, place: int, events: np.ndarray | None = None) -> Week:
    """Judge a week, by its place, from the weeks before it; `events` are the rows' weeks that belong to a known event.

    Silent: a festive week, the week before it, or one that is not known; a row with fewer tickets than `min_recent` in five
    weeks, one whose category is known for fewer than `history_weeks` before.
    """
    tickets = series.counts[:, place]
    expected, dispersion = np.zeros(len(tickets)), np.ones(len(tickets))
    chance, alert = np.ones(len(tickets)), np.zeros(len(tickets), dtype=bool)
    spoken, limit = _spoken(series, rules, place), 0.0
    if spoken.any():
        expected[spoken], dispersion[spoken] = _baseline(series, rules, place, spoken, events)
        chance[spoken] = quasi_poisson.tail(tickets[spoken], expected[spoken], dispersion[spoken])
        alert[spoken], limit = quasi_poisson.false_discoveries(chance[spoken], rules.false_share)
    return Week(place, tickets, expected, dispersion, chance, alert, spoken, limit)


def judges(series: Series, rules: WarningRules, place: int) -> bool:
    """Return whether a week can be judged for any row: enough history, and not in or right before the festival."""
    return place >= rules.history_weeks and bool(_spoken(series, rules, place).any())


def _spoken(series: Series, rules: WarningRules, place: int) -> np.ndarray:
    recent = series.counts[:, max(0, place - RECENT + 1) : place + 1].sum(1) >= rules.min_recent
    history = series.row_known[:, :place].sum(1) >= rules.history_weeks
    return recent & history & series.row_known[:, place] & (series.festive[place : place + 2].sum() == 0)


def _baseline(
    series: Series, rules: WarningRules, place: int, chosen: np.ndarray, events: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is expected of the chosen rows in a week, and the dispersion of counts around it.

    The trend goes on where it stays within what was counted. The error of the expectation widens the dispersion, and so does a
    standard error of its own: among many rows, those are taken for alerts first whose dispersion came out too small.
    """
    weeks = np.arange(max(0, place - rules.left_out - BASELINE), place - rules.left_out)
    before = (series if events is None else series.without(events)).until(place - 1)
    logs = np.log(forecasts.season(before, np.append(weeks, place)))[series.kind[chosen]]
    counts = series.counts[np.ix_(chosen, weeks)]
    known = series.row_known[np.ix_(chosen, weeks)] & (series.festive[weeks] == 0)
    if events is not None:
        known &= ~events[np.ix_(chosen, weeks)]
    design = np.column_stack([np.ones(len(weeks)), (weeks - place) / YEAR])
    fitted = quasi_poisson.down_weighted(counts, design, known.astype(float), logs[:, :-1])
    mean, variance = fitted.predict(np.array([1.0, 0.0]), logs[:, -1])
    mean = np.minimum(mean, counts.max(1) + 1)
    own_error = np.sqrt(2 / np.maximum(known.sum(1) - design.shape[1], 1))
    return mean, fitted.dispersion * (1 + own_error) + mean * variance


def course(
    series: Series, rules: WarningRules, row: int, places: Sequence[int], events: np.ndarray | None = None
) -> pd.DataFrame:
    """Return what a row had, what was expected and the threshold in some weeks, each judged from the weeks before it.

    Columns: week (its Monday), tickets, expected, threshold (the count from which that week would be an alert); both null where
    the row is silent.
    """
    judged = [judge(series, rules, int(place), events) for place in places]
    lines = [
        (
            series.starts[week.place].astype("datetime64[ns]"),
            week.tickets[row],
            *((week.expected[row], float(_threshold(week, [row])[0])) if week.spoken[row] else (np.nan, np.nan)),
        )
        for week in judged
    ]
    return pd.DataFrame(lines, columns=["week", "tickets", "expected", "threshold"])


def _threshold(week: Week, rows: Sequence[int]) -> np.ndarray:
    return quasi_poisson.threshold(week.expected[rows], week.dispersion[rows], week.limit) + 1  # what the quantile does not hold


def listed(series: Series, rules: WarningRules, weeks: Sequence[Week]) -> pd.DataFrame:
    """Return the alerts of some weeks, of each week as many as `listed` says, those with the largest excess first.

    Columns: place, row (of the series), the names of the row, week, tickets, expected, threshold, excess, chance.
    """
    found = []
    for week in weeks:
        rows = np.flatnonzero(week.alert)
        rows = rows[np.argsort(week.expected[rows] - week.tickets[rows], kind="stable")][: rules.listed]
        found += list(
            zip(
                [week.place] * len(rows),
                rows,
                week.tickets[rows],
                week.expected[rows],
                _threshold(week, rows),
                week.tickets[rows] - week.expected[rows],
                week.chance[rows],
                strict=True,
            )
        )
    frame = pd.DataFrame(found, columns=["place", "row", "tickets", "expected", "threshold", "excess", "chance"])
    frame = frame.astype({"place": int, "row": int, "tickets": int, "threshold": int})
    names = series.rows.iloc[frame["row"]].reset_index(drop=True)
    return pd.concat([names, frame.assign(week=series.starts[frame["place"]].astype("datetime64[ns]"))], axis=1)


def runs(alerts: pd.DataFrame, last: int) -> pd.DataFrame:
    """Return alerts that go on as one each, with its first and last week; `last` is the place of the latest week.

    A week without an alert between does not end it. Columns: row, its names, first_week, week (the last one), weeks (its age),
    tickets, expected, threshold, excess, chance (of its worst week), tickets_run, excess_run (of all its weeks with an alert),
    is_open (its last alert is of one of the two latest weeks). Largest excess first.
    """
    if alerts.empty:
        return alerts.assign(first_week=alerts["week"], weeks=0, tickets_run=0, excess_run=0.0, is_open=False)
    ordered = alerts.sort_values(["row", "place"])
    fresh = ordered["row"].ne(ordered["row"].shift()) | (ordered["place"] - ordered["place"].shift() > _PAUSE)
    groups = ordered.groupby(fresh.cumsum(), sort=False)
    worst = ordered.loc[groups["excess"].idxmax()]
    ends = groups["place"].agg(["min", "max"]).to_numpy()
    made = worst.assign(
        first_week=groups["week"].min().to_numpy(),
        week=groups["week"].max().to_numpy(),
        weeks=ends[:, 1] - ends[:, 0] + 1,
        tickets_run=groups["tickets"].sum().to_numpy(),
        excess_run=groups["excess"].sum().to_numpy(),
        is_open=ends[:, 1] > last - _PAUSE,
    )
    return made.sort_values(["excess_run", "row"], ascending=[False, True]).reset_index(drop=True)
