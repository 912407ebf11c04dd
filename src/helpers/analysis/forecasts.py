"""Forecast weekly counts: the present level of each row, with the season of its category in earlier years, and ranges.

The level is a mean of the latest weeks, later ones weighing more, drawn towards the mean of a year; the season says how the same
weeks of other years compared with their year, weeks around Lunar New Year by their distance from it. Ranges are those that
forecasts of rows of the same size have had in the last two years: no distribution is assumed. On Taipei's 1999 hotline, every
week from mid-2017 to 2022, this combination is better than the mean of eight weeks and than the same week of the year before,
for one, four and thirteen weeks alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from helpers.analysis.series import AHEAD, YEAR, Series
from helpers.settings.early_warning import WarningRules

__all__ = ["HORIZONS", "Rolled", "eight_weeks", "expected", "lately", "level", "rolled", "season", "with_ranges", "year_before"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


HORIZONS = (1, 4, AHEAD)
RANGES = (0.5, 0.8)
TRIED = 104  # latest forecasts whose errors make the ranges

_RECENT = 13  # weeks that a level is computed from
_SIZES = np.array([0.5, 1, 2, 4, 8, 16, 32, 64])  # expected tickets a week between which errors are alike
_ENOUGH = 50  # errors that a range needs; else those of all sizes
_PRIOR = 10  # tickets as expected that draw a season of few tickets towards none
_LEAST = 1e-9
_NOTHING = 1e-3  # expected tickets of which no ratio is taken
YEAR_WEEKS = round(YEAR)


@dataclass(frozen=True)
class Rolled:
    """Forecasts made at each of several weeks, `origins` (the places of the last weeks that were known): `ahead` has a line for
    each row, a column for each origin, and in depth the `AHEAD` weeks after it.
    """

    series: Series
    origins: np.ndarray
    ahead: np.ndarray

    @cached_property
    def made(self) -> Mapping[int, np.ndarray]:
        """The forecasts by horizon, each the sum of so many weeks."""
        return {horizon: self.expected(horizon) for horizon in HORIZONS}

    def expected(self, span: int | np.ndarray) -> np.ndarray:
        """Return what was forecast of a span (`with_ranges`)."""
        shares = _whole(span)
        return self.ahead[:, :, : len(shares)] @ shares

    def actual(self, span: int | np.ndarray) -> np.ndarray:
        """Return the counts that were forecast of a span (`with_ranges`); null where they are not all known yet."""
        shares = _whole(span)
        padded = np.where(self.series.row_known, self.series.counts, np.nan)
        last = self.series.weeks - 1
        ahead = [share * padded[:, np.minimum(self.origins + step, last)] for step, share in enumerate(shares, start=1)]
        return np.where(self.origins + len(shares) <= last, np.sum(ahead, axis=0), np.nan)


def _whole(span: int | np.ndarray) -> np.ndarray:
    """Return the share that is wanted of each of the coming weeks: of a number of weeks, all of each."""
    return np.ones(span) if np.isscalar(span) else span


def season(series: Series, places: np.ndarray) -> np.ndarray:
    """Return how many times a usual week each kind has in some weeks, by the other years up to the series' end.

    A line for each kind of the series, a column for each week; 1 where no other year is known.
    """
    end, known = series.weeks - 1, series.known
    counts = np.where(known, series.seasonal, 0)
    usual = np.where(known, _centred_mean(counts, known), 0)
    compared = series.counterparts[places]
    inside = (compared >= 0) & (compared <= end)
    compared = np.clip(compared, 0, end)
    festive = series.festive[: end + 1] > 0
    seen, due = (np.where(inside, _smooth(values, festive)[:, compared], 0).sum(-1) for values in (counts, usual))
    return (seen + _PRIOR) / (due + _PRIOR)


def _centred_mean(counts: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the mean of the known weeks of the year around each week; at the ends of the series, of its first and last year."""
    weeks = counts.shape[1]
    low = np.clip(np.arange(weeks) - YEAR_WEEKS // 2, 0, max(weeks - YEAR_WEEKS - 1, 0))
    high = np.minimum(low + YEAR_WEEKS + 1, weeks)
    sums, many = (np.cumsum(np.pad(values.astype(float), ((0, 0), (1, 0))), axis=1) for values in (counts, known))
    return (sums[:, high] - sums[:, low]) / np.maximum(many[:, high] - many[:, low], 1)


def _smooth(values: np.ndarray, festive: np.ndarray) -> np.ndarray:
    """Return each week with its neighbours; festive weeks are alone and nobody's neighbours."""
    usual = np.pad(np.where(festive, 0, values), ((0, 0), (1, 1)))
    return np.where(festive, values, usual[:, :-2] + usual[:, 1:-1] + usual[:, 2:])


def level(series: Series, seasons: np.ndarray, rules: WarningRules) -> np.ndarray:
    """Return the usual tickets of a present week of each row; `seasons` are those of its kind in the latest weeks.

    Festive weeks and weeks that are not known have no part in it.
    """
    recent = seasons.shape[1]
    counts, known = (values[:, -recent:] for values in (series.counts, series.row_known))
    weights = (
        0.5 ** (np.arange(recent)[::-1] / rules.half_life) * (series.festive[series.weeks - recent : series.weeks] == 0) * known
    )
    year, year_known = (values[:, -YEAR_WEEKS:] for values in (series.counts, series.row_known))
    usual = (year * year_known).sum(1) / np.maximum(year_known.sum(1), 1)
    weight = weights.sum(1)
    seasonal = (weights * seasons[series.kind]).sum(1)
    present = np.where(seasonal > 0, (weights * counts).sum(1) / np.maximum(seasonal, _LEAST), usual)
    return (weight * present + rules.usual_weeks * usual) / np.maximum(weight + rules.usual_weeks, _LEAST)


def expected(series: Series, rules: WarningRules) -> np.ndarray:
    """Return the expected tickets of each of the `AHEAD` weeks after a series, a line for each row."""
    recent = min(_RECENT, series.weeks)
    seasons = 1 + rules.season * (season(series, np.arange(series.weeks - recent, series.weeks + AHEAD)) - 1)
    return level(series, seasons[:, :recent], rules)[:, None] * seasons[series.kind, recent:]


def rolled(series: Series, rules: WarningRules, origins: Sequence[int]) -> Rolled:
    """Return the forecasts that would have been made at the end of some weeks, each from what was known then."""
    ahead = np.stack([expected(series.until(int(origin)), rules) for origin in origins], axis=1)
    return Rolled(series, np.asarray(origins), ahead)


def with_ranges(
    forecasts: Rolled, span: int | np.ndarray, first: int | None = None
) -> dict[float, tuple[np.ndarray, np.ndarray]]:
    """Return the lower and upper ends of ranges by their share (0.5, 0.8), for the origins from the place `first` on.

    `span` is what is forecast: a number of weeks, or the share of each of the coming weeks that lies in it, as a month has them.

    The ends are the forecast times the quantiles of actual ÷ forecast among the `TRIED` origins before that had their answer
    by then, of rows of the same size. Null where no earlier forecast has its answer. Without `first`, those of the last origin.
    """
    shares = _whole(span)
    made, actual, horizon = forecasts.expected(shares), forecasts.actual(shares), len(shares)
    ratios = np.where(made > _NOTHING, actual / np.maximum(made, _NOTHING), np.nan)
    sizes = np.digitize(made / shares.sum(), _SIZES)
    first = len(forecasts.origins) - 1 if first is None else first
    ends = np.full((2 * len(RANGES), len(made), len(forecasts.origins) - first), np.nan)
    for place in range(first, len(forecasts.origins)):
        past = slice(max(0, place - horizon - TRIED + 1), max(0, place - horizon + 1))
        found = _quantiles(ratios[:, past], sizes[:, past], sizes[:, place], RANGES)
        ends[:, :, place - first] = found * made[:, place]
    return {share: (ends[2 * number], ends[2 * number + 1]) for number, share in enumerate(RANGES)}


def lately(series: Series, rules: WarningRules) -> Rolled:
    """Return the forecasts made now and in the last two years, from which ranges of now follow."""
    first = min(max(AHEAD, series.weeks - 1 - TRIED - AHEAD), series.weeks - 1)
    return rolled(series, rules, range(first, series.weeks))


def _quantiles(ratios: np.ndarray, sizes: np.ndarray, wanted: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Return the ends of ranges; where more weeks than the lower end leaves out are without tickets, it is 0 and the upper end
    alone cuts off: else a range of few tickets would hold too much.
    """
    answered = np.isfinite(ratios)
    ratios, sizes = ratios[answered], sizes[answered]
    found = np.full((2 * len(shares), len(wanted)), np.nan)
    for size in np.unique(wanted):
        own = ratios[sizes == size]
        own = own if len(own) >= _ENOUGH else ratios
        if len(own):
            ends = [(0, share) if (own == 0).mean() > (1 - share) / 2 else ((1 - share) / 2, (1 + share) / 2) for share in shares]
            found[:, wanted == size] = np.quantile(own, np.ravel(ends))[:, None]
    return found


def eight_weeks(series: Series, origins: Sequence[int], horizon: int) -> np.ndarray:
    """Return the plainest forecast to compare with: the mean of the last eight weeks."""
    return horizon * np.stack([series.counts[:, origin - 7 : origin + 1].mean(1) for origin in origins], axis=1)


def year_before(series: Series, origins: Sequence[int], horizon: int) -> np.ndarray:
    """Return the seasonal forecast to compare with: the same weeks of the year before."""
    firsts = [origin + 1 - YEAR_WEEKS for origin in origins]
    return np.stack([series.counts[:, first : first + horizon].sum(1) for first in firsts], axis=1)
