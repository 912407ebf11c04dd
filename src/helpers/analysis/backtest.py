"""Say how often forecasts and alerts were right, each week judged from what was known before it: never from simulated tickets.

Whether an alert was false nobody has noted, so it is said in two ways: how many alerts there are in calm weeks, in which the
city as a whole had what was expected, and how many of the outbreaks that are added to the real counts are found, and after how
long.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.analysis import alerts, forecasts, other_rules, quasi_poisson
from helpers.analysis.alerts import Week
from helpers.analysis.forecasts import Rolled
from helpers.analysis.series import Series
from helpers.settings.early_warning import WarningRules
from helpers.settings.errors import UserError

__all__ = [
    "BUSY",
    "COMPARED",
    "OURS",
    "Judged",
    "accuracy",
    "accuracy_by_year",
    "by_length",
    "by_size",
    "calm",
    "check",
    "compared",
    "detection",
    "false_alerts",
    "judged",
    "marked",
    "origins",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


COMPARED = 3  # standard deviations
OURS = "adopted"
BUSY = 5  # expected tickets a week from which a row is busy
PRINTED = 0.5  # expected tickets a week from which a forecast is printed with ranges

_WARM = 60  # weeks before the first forecast
_LENGTHS, _SIZES = (1, 2, 4, 8), (1, 2, 3, 4, 5)
_DRAWN = 300  # outbreaks of each length in quiet and in busy rows
_SEED = 20200101
_LAST = 7  # weeks that the plainest rules look back on


@dataclass(frozen=True)
class Judged:
    """The weeks of a back-test with their judgement, in order, and the counts that a week must exceed by each other rule."""

    series: Series
    weeks: Sequence[Week]
    others: Mapping[str, np.ndarray]

    @property
    def places(self) -> np.ndarray:
        """The places of the weeks."""
        return np.array([week.place for week in self.weeks], dtype=int)


def check(data: str, series: Series, rules: WarningRules) -> Series:
    """Return a series that may be tried; raise UserError for simulated tickets and for too short a history."""
    if data == "simulated":
        raise UserError(
            "a back-test on simulated tickets would only show that the simulation resembles itself: lay the exports of "
            "real tickets in data/raw/.",
            exit_code=2,
        )
    needed = rules.history_weeks + rules.left_out
    if series.weeks <= needed:
        raise UserError(
            f"a back-test needs more than {needed} weeks in a row, and there are {series.weeks}: lay the exports of "
            "earlier years in data/raw/, with their editions.",
            exit_code=2,
        )
    return series


def origins(series: Series) -> np.ndarray:
    """Return the places of the weeks at the end of which forecasts are made."""
    return np.arange(min(_WARM, series.weeks - 1), series.weeks)


def accuracy(rolled: Rolled, rules: WarningRules) -> pd.DataFrame:
    """Return the errors of forecasts and how often ranges held, a row for each horizon, from the week when two years are known.

    Columns: horizon (weeks), error_share, mean_error_share (of the mean of eight weeks), season_error_share (of the same weeks
    of the year before): Σ|actual − expected| ÷ Σ actual; held_50_share, held_80_share (of rows with `PRINTED` expected tickets
    a week and more), forecasts (their number).
    """
    tried = rolled.origins >= rules.history_weeks
    return pd.DataFrame([_accuracy(rolled, horizon, tried, _ranges(rolled, horizon, tried)) for horizon in forecasts.HORIZONS])


def accuracy_by_year(rolled: Rolled, rules: WarningRules, horizon: int) -> pd.DataFrame:
    """Return `accuracy` at a horizon for each year by the forecast's last known week, in which nothing of it had been seen."""
    years = rolled.series.starts[rolled.origins].astype("datetime64[Y]").astype(int) + 1970
    tried = rolled.origins >= rules.history_weeks
    ranges = _ranges(rolled, horizon, tried)
    found = pd.DataFrame(
        [{"year": int(year)} | _accuracy(rolled, horizon, tried & (years == year), ranges) for year in np.unique(years[tried])]
    )
    return found[found["forecasts"] > 0].reset_index(drop=True)


def _ranges(rolled: Rolled, horizon: int, tried: np.ndarray) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return the ends of ranges for all origins; null before the first that is tried."""
    first = int(tried.argmax()) if tried.any() else len(tried)
    before = np.full((len(rolled.series.rows), first), np.nan)
    return {
        share: tuple(np.hstack([before, end]) for end in ends)
        for share, ends in forecasts.with_ranges(rolled, horizon, first).items()
    }


def _accuracy(
    rolled: Rolled, horizon: int, chosen: np.ndarray, ranges: Mapping[float, tuple[np.ndarray, np.ndarray]]
) -> dict[str, float]:
    """Return the errors of some origins; those whose answer is not known yet are left out."""
    chosen = chosen & (rolled.origins + horizon < rolled.series.weeks)
    places, actual = rolled.origins[chosen], rolled.actual(horizon)[:, chosen]
    if not len(places):
        return {"horizon": horizon, "forecasts": 0}
    made = {
        "error_share": rolled.made[horizon][:, chosen],
        "mean_error_share": forecasts.eight_weeks(rolled.series, places, horizon),
        "season_error_share": forecasts.year_before(rolled.series, places, horizon),
    }
    total = np.nansum(actual)
    errors = {name: float(np.nansum(np.abs(actual - guess)) / total) if total else np.nan for name, guess in made.items()}
    printed = np.isfinite(actual) & (made["error_share"] >= PRINTED * horizon)
    held = {
        f"held_{share * 100:.0f}_share": _share(
            (actual >= low[:, chosen]) & (actual <= high[:, chosen]), printed & np.isfinite(low[:, chosen])
        )
        for share, (low, high) in ranges.items()
    }
    return {"horizon": horizon, **errors, **held, "forecasts": int(printed.sum())}


def _share(true: np.ndarray, among: np.ndarray) -> float:
    return float(true[among].mean()) if among.any() else np.nan


def judged(series: Series, rules: WarningRules, events: np.ndarray | None = None) -> Judged:
    """Judge every week that has enough history, by the adopted rule and by others."""
    weeks = [alerts.judge(series, rules, place, events) for place in range(rules.history_weeks, series.weeks)]
    return Judged(
        series,
        weeks,
        {
            "half_more": np.stack([other_rules.half_more(series.counts, week.place) for week in weeks]),
            "ears": np.stack([other_rules.ears_c1(series.counts, week.place) for week in weeks]),
            "farrington": np.stack([other_rules.farrington(series, week.place) for week in weeks]),
        },
    )


def calm(series: Series, rules: WarningRules, places: np.ndarray, events: np.ndarray | None = None) -> np.ndarray:
    """Return which weeks are calm: the city as a whole had what was expected (within the 80 % range of the week before), no known
    event, no festival, and no time that the rules mark.
    """
    whole = series.summed()
    made = forecasts.rolled(whole, rules, origins(whole))
    low, high = forecasts.with_ranges(made, 1, 0)[0.8]
    actual = made.actual(1)
    usual = dict(zip((made.origins + 1).tolist(), ((actual >= low) & (actual <= high))[0].tolist(), strict=True))
    eventful = events.any(0) if events is not None else np.zeros(series.weeks, dtype=bool)
    return np.array(
        [
            usual.get(place, False)
            and not eventful[place]
            and not series.festive[place : place + 2].any()
            and not marked(series, rules, place)
            for place in places.tolist()
        ],
        dtype=bool,
    )


def marked(series: Series, rules: WarningRules, place: int) -> bool:
    """Return whether a week has days of a time that the rules mark."""
    first, last = series.starts[place], series.starts[place] + np.timedelta64(6, "D")
    return any(np.datetime64(time.first) <= last and first <= np.datetime64(time.last) for time in rules.marked)


def _exceeds(found: Judged, number: int, rule: str, counts: np.ndarray) -> np.ndarray:
    """Return which rows exceed a rule in a week, given their counts of that week; rows that the adopted rule leaves silent do
    not.
    """
    week = found.weeks[number]
    return (counts > found.others[rule][number]) & week.spoken


def false_alerts(found: Judged, calm_weeks: np.ndarray, marked_weeks: np.ndarray) -> pd.DataFrame:
    """Return how many alerts each rule raises in a hundred weeks: calm ones, all, and those that are marked.

    Columns: rule, alerts_calm, quiet_share (of the calm weeks those without any), alerts_all, alerts_marked, weeks (calm ones).
    """
    raised = {OURS: np.array([week.alert.sum() for week in found.weeks])}
    raised |= {
        rule: np.array([_exceeds(found, number, rule, week.tickets).sum() for number, week in enumerate(found.weeks)])
        for rule in found.others
    }
    return pd.DataFrame(
        [
            {
                "rule": rule,
                "alerts_calm": 100 * _mean(many[calm_weeks]),
                "quiet_share": _mean(many[calm_weeks] == 0),
                "alerts_all": 100 * _mean(many),
                "alerts_marked": 100 * _mean(many[marked_weeks]),
                "weeks": int(calm_weeks.sum()),
            }
            for rule, many in raised.items()
        ]
    )


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def detection(found: Judged, rules: WarningRules) -> pd.DataFrame:
    """Return how many added outbreaks each rule finds, and after how many weeks.

    An outbreak adds in each of its weeks (`length`: 1, 2, 4, 8) a Poisson number of tickets whose mean is `size` (1 to 5)
    standard deviations of the row, in quiet rows (fewer than `BUSY` expected tickets a week) and in busy ones (`volume`).
    Columns: rule, volume, size, length, found_share (within its weeks), days_until (mean days from its first week to that of
    the first alert, of those found; 0 in the first), outbreaks. Weeks, rows and numbers are drawn with a fixed seed.
    """
    draw = np.random.default_rng(_SEED)
    lines = []
    for volume, chosen in (("quiet", lambda mean: mean < BUSY), ("busy", lambda mean: mean >= BUSY)):
        for length in _LENGTHS:
            starts = _starts(found, chosen, length, draw)
            for size in _SIZES:
                firsts = _first_alerts(found, rules, starts, length, size, draw)
                lines += [
                    {
                        "rule": rule,
                        "volume": volume,
                        "size": size,
                        "length": length,
                        "found_share": _mean(np.isfinite(first)),
                        "days_until": 7 * _mean(first[np.isfinite(first)]),
                        "outbreaks": len(first),
                    }
                    for rule, first in firsts.items()
                ]
    return pd.DataFrame(lines)


def _starts(found: Judged, chosen: Callable[[np.ndarray], np.ndarray], length: int, draw: np.random.Generator) -> np.ndarray:
    """Draw weeks (by number) and rows in which an outbreak begins: no alert there before or in its weeks, never silent."""
    spoken, alert, mean = (np.stack([getattr(week, name) for week in found.weeks]) for name in ("spoken", "alert", "expected"))
    last = len(spoken) - length
    fit = chosen(mean[: last + 1]) & np.all([(spoken & ~alert)[step : step + last + 1] for step in range(length)], axis=0)
    fit[0] = False  # the week before is needed
    starts = np.argwhere(fit)
    return starts[draw.choice(len(starts), min(_DRAWN, len(starts)), replace=False)] if len(starts) else starts


def _first_alerts(
    found: Judged, rules: WarningRules, starts: np.ndarray, length: int, size: int, draw: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return by rule the week of each outbreak, from 0, in which it is found first; infinite where it is not."""
    numbers, rows = starts[:, :1] + np.arange(length), np.repeat(starts[:, 1:], length, axis=1)
    tickets, mean, over = (_at(found, name, numbers, rows) for name in ("tickets", "expected", "dispersion"))
    added = draw.poisson(size * np.sqrt(over[:, :1] * mean[:, :1]), tickets.shape)
    counts = tickets + added
    places = found.places[numbers]
    before = found.series.counts[rows[..., None], places[..., None] - np.arange(_LAST, 0, -1)]
    lags = np.arange(length)[:, None] - np.arange(_LAST, 0, -1)  # of the outbreak's weeks, in the weeks before each of them
    before = before + np.where(lags >= 0, added[:, np.clip(lags, 0, None)], 0)
    flat = before.reshape(-1, _LAST)
    limits = {
        "half_more": other_rules.half_more(flat, _LAST),
        "ears": other_rules.ears_c1(flat, _LAST),
        "farrington": found.others["farrington"][numbers, rows],
    }
    hits = {rule: counts > limit.reshape(counts.shape) for rule, limit in limits.items()}
    chance = quasi_poisson.tail(counts.ravel(), mean.ravel(), over.ravel()).reshape(counts.shape)
    hits[OURS] = chance <= _cutoffs(found, rules, numbers, rows)
    return {rule: np.where(hit.any(1), hit.argmax(1), np.inf) for rule, hit in hits.items()}


def _at(found: Judged, name: str, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.stack([getattr(week, name) for week in found.weeks])[numbers, rows]


def _cutoffs(found: Judged, rules: WarningRules, numbers: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the largest chance by which each row would be an alert in each week, all other rows being as they were."""
    cutoffs = np.zeros(numbers.shape)
    for number in np.unique(numbers):
        week = found.weeks[number]
        limits = rules.false_share * np.arange(1, week.spoken.sum() + 1) / week.spoken.sum()
        below = np.searchsorted(np.sort(week.chance[week.spoken]), limits, side="right")
        own = week.chance[:, None] <= limits  # a row's own chance is none of the others'
        enough = below - own >= np.arange(len(limits))
        largest = np.where(enough, limits, 0).max(1)
        here = numbers == number
        cutoffs[here] = largest[rows[here]]
    return cutoffs


def by_size(detected: pd.DataFrame) -> pd.DataFrame:
    """Return the shares found by rule and size over quiet and busy rows and all lengths, and the mean days until then.

    Columns: rule, size, found_share, days_until, outbreaks.
    """
    found = detected["found_share"] * detected["outbreaks"]
    summed = detected.assign(found=found, waited=(detected["days_until"] * found).fillna(0))
    sums = summed.groupby(["rule", "size"], sort=False)[["found", "waited", "outbreaks"]].sum().reset_index()
    return sums.assign(found_share=sums["found"] / sums["outbreaks"], days_until=sums["waited"] / sums["found"])[
        ["rule", "size", "found_share", "days_until", "outbreaks"]
    ]


def compared(alerts_raised: pd.DataFrame, detected: pd.DataFrame) -> pd.DataFrame:
    """Return rules side by side: the columns of `false_alerts`, the shares found by size, and the days until then.

    Columns besides: size_1_share to size_5_share, days_until (of outbreaks of `COMPARED` standard deviations).
    """
    sizes = by_size(detected)
    wide = sizes.pivot(index="rule", columns="size", values="found_share").rename(columns=lambda size: f"size_{size}_share")
    days = sizes[sizes["size"] == COMPARED].set_index("rule")["days_until"]
    return alerts_raised.merge(wide.assign(days_until=days), left_on="rule", right_index=True, validate="one_to_one")


def by_length(detected: pd.DataFrame) -> pd.DataFrame:
    """Return the share of added outbreaks that the adopted rule finds: volume, length (weeks), size_1_share to size_5_share."""
    own = detected[detected["rule"] == OURS]
    wide = own.pivot(index=["volume", "length"], columns="size", values="found_share")
    wide = wide.rename(columns=lambda size: f"size_{size}_share").reset_index().rename_axis(columns=None)
    return wide.sort_values(["volume", "length"], ascending=[False, True]).reset_index(drop=True)
