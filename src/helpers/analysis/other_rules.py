"""Other rules of raising alerts, to compare with: last week and half as much again, EARS C1, and Farrington with its defaults.

C1 of the Early Aberration Reporting System: Hutwagner and others (2003), J. Urban Health 80, i89–i96. Farrington and others
(1996) with the defaults of R's surveillance: three weeks on either side of up to five earlier years, 5 %, a trend where it is
significant.
"""

from statistics import NormalDist

import numpy as np

from helpers.analysis import quasi_poisson
from helpers.analysis.series import YEAR, Series

__all__ = ["ears_c1", "farrington", "half_more"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_HALF, _YEARS, _LEVEL = 3, 5, 0.05
_ENOUGH, _SUMMED = 5, 4  # tickets in so many weeks below which Farrington's rule is silent
_TREND_YEARS = 3


def half_more(counts: np.ndarray, place: int) -> np.ndarray:
    """Return the count that a week of each row must exceed: half as much again as the week before."""
    return 1.5 * counts[:, place - 1]


def ears_c1(counts: np.ndarray, place: int, weeks: int = 7, share: float = 0.001) -> np.ndarray:
    """Return the count that a week of each row must exceed: mean and standard deviations of the weeks just before it."""
    before = counts[:, place - weeks : place]
    return before.mean(1) + NormalDist().inv_cdf(1 - share) * before.std(1, ddof=1)


def farrington(series: Series, place: int) -> np.ndarray:
    """Return the count that a week of each row must exceed by Farrington's rule; infinite where the row is silent.

    Silent: fewer than five tickets in the last four weeks, or no earlier year.
    """
    middles = [place - round(year * YEAR) for year in range(1, _YEARS + 1) if place - round(year * YEAR) >= _HALF]
    silent = series.counts[:, max(0, place - _SUMMED + 1) : place + 1].sum(1) < _ENOUGH
    limits = np.full(len(series.counts), np.inf)
    if not middles or silent.all():
        return limits
    weeks = np.sort([middle + step for middle in middles for step in range(-_HALF, _HALF + 1)])
    counts, known = series.counts[np.ix_(~silent, weeks)], series.row_known[np.ix_(~silent, weeks)].astype(float)
    mean, error, dispersion = _level(counts, known)
    if len(middles) >= _TREND_YEARS:
        trended = _trend(counts, known, (weeks - place) / YEAR)
        mean, error, dispersion = (
            np.where(trended[3], new, old) for new, old in zip(trended[:3], (mean, error, dispersion), strict=True)
        )
    found = quasi_poisson.farrington_threshold(np.maximum(mean, 1e-6), error, dispersion, _LEVEL)
    limits[~silent] = np.where(known.sum(1) > 1, found, np.inf)
    return limits


def _level(counts: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    fitted = quasi_poisson.down_weighted(counts, np.ones((counts.shape[1], 1)), known, beyond=1)
    mean, variance = fitted.predict(np.ones(1), np.zeros(len(counts)))
    return mean, mean * np.sqrt(variance), fitted.dispersion


def _trend(counts: np.ndarray, known: np.ndarray, years: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, error and dispersion with a trend, and where the trend is significant and stays within what was counted."""
    fitted = quasi_poisson.down_weighted(counts, np.column_stack([np.ones(len(years)), years]), known, beyond=1)
    mean, variance = fitted.predict(np.array([1.0, 0.0]), np.zeros(len(counts)))
    spread = np.sqrt(fitted.dispersion * fitted.covariance[:, 1, 1])
    significant = np.abs(fitted.coefficients[:, 1]) > _student(known.sum(1) - 2) * spread
    return mean, mean * np.sqrt(variance), fitted.dispersion, significant & (mean <= counts.max(1))


def _student(freedom: np.ndarray) -> np.ndarray:
    """Return the two-sided 5 % quantile of Student's t by the expansion of Abramowitz and Stegun (26.7.5)."""
    z, freedom = NormalDist().inv_cdf(1 - _LEVEL / 2), np.maximum(freedom, 1)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
