"""Fit many weekly series at once by a log-linear quasi-Poisson model, and say from which count a week is beyond chance.

Farrington and others (1996), J. R. Stat. Soc. A 159, 547–563; Noufaily and others (2013), Stat. Med. 32, 1206–1222. All cells are
fitted by one iteration of weighted least squares in numpy; statsmodels' GLM gives the same to 1e-6, cell by cell.
"""

from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

__all__ = [
    "Fit",
    "down_weighted",
    "false_discoveries",
    "farrington_threshold",
    "fit",
    "residuals",
    "tail",
    "threshold",
    "weights",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_ROUNDS, _EXACT, _RIDGE = 30, 1e-10, 1e-10
_FARTHEST = 25.0  # of log μ: exp beyond it is no count of tickets
_POISSON = 1 + 1e-6  # a dispersion of 1, where the negative binomial distribution ends in Poisson's
_AT_ONCE = 2048
_NEVER = 1e-15


class Fit(NamedTuple):
    """Coefficients (cells × columns of the design), means (cells × weeks), dispersion and covariance (unscaled) by cell."""

    coefficients: np.ndarray
    means: np.ndarray
    dispersion: np.ndarray
    covariance: np.ndarray

    def predict(self, design: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean of one further week of each cell, and the variance of its logarithm."""
        mean = np.exp(np.clip(offset + self.coefficients @ design, -_FARTHEST, _FARTHEST))
        return mean, self.dispersion * np.einsum("p,cpq,q->c", design, self.covariance, design)


def fit(counts: np.ndarray, design: np.ndarray, weights: np.ndarray, offset: np.ndarray | float = 0.0) -> Fit:
    """Fit each line of `counts` by the columns of `design`: log μ = offset + design × coefficients.

    Weeks of weight 0 have no part. The dispersion is Pearson's, at least 1.
    """
    products = design[:, :, None] * design[:, None, :]
    columns = design.shape[1]
    weights = np.broadcast_to(weights, counts.shape)
    offset = np.broadcast_to(offset, counts.shape)
    means = np.maximum(counts, 0.5)
    linear, inverse = np.log(means), np.empty(0)
    coefficients = np.zeros((len(counts), columns))
    for _ in range(_ROUNDS):
        weighted = weights * means
        information = (weighted @ products.reshape(len(design), -1)).reshape(-1, columns, columns) + _RIDGE * np.eye(columns)
        working = weighted * (linear - offset) + weights * (counts - means)
        coefficients = np.linalg.solve(information, (working @ design)[..., None])[..., 0]
        before, linear = linear, np.clip(offset + coefficients @ design.T, -_FARTHEST, _FARTHEST)
        means = np.exp(linear)
        if np.max(np.abs(linear - before), initial=0) < _EXACT:
            break
    information = ((weights * means) @ products.reshape(len(design), -1)).reshape(-1, columns, columns) + _RIDGE * np.eye(columns)
    inverse = np.linalg.inv(information)
    freedom = np.maximum((weights > 0).sum(1) - columns, 1)
    pearson = (weights * (counts - means) ** 2 / means).sum(1) / freedom
    return Fit(coefficients, means, np.maximum(pearson, 1), inverse)


def residuals(counts: np.ndarray, fitted: Fit, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the standardised residuals of Anscombe, about normal where nothing happened."""
    leverage = weights * fitted.means * np.einsum("np,cpq,nq->cn", design, fitted.covariance, design, optimize=True)
    spread = np.sqrt(fitted.dispersion[:, None] * np.clip(1 - leverage, 1e-3, None))
    return 1.5 * (counts ** (2 / 3) * fitted.means ** (-1 / 6) - np.sqrt(fitted.means)) / spread


def weights(standardised: np.ndarray, known: np.ndarray, beyond: float) -> np.ndarray:
    """Return weights that leave past outbreaks little say: residual⁻² where one lies above `beyond`; they add to the weeks
    known.
    """
    raw = np.where(standardised > beyond, np.maximum(standardised, 1e-9) ** -2.0, 1.0) * known
    return raw * (known.sum(-1) / np.maximum(raw.sum(-1), 1e-9))[..., None]


def down_weighted(
    counts: np.ndarray, design: np.ndarray, known: np.ndarray, offset: np.ndarray | float = 0.0, beyond: float = 2.58
) -> Fit:
    """Fit twice, the second time with the weights that the residuals of the first give."""
    first = fit(counts, design, known, offset)
    return fit(counts, design, weights(residuals(counts, first, design, known), known, beyond), offset)


def tail(counts: np.ndarray, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Return how probable so many and more are: negative binomial of variance dispersion × mean; one-sided, not below 1e-15."""
    counts = np.asarray(counts)
    found, order = np.ones(len(counts)), np.argsort(counts, kind="stable")
    for start in range(0, len(order), _AT_ONCE):
        part = order[start : start + _AT_ONCE]
        most = int(counts[part[-1]]) if len(part) else 0
        below = _probabilities(mean[part], dispersion[part], most) * (np.arange(most) < counts[part, None])
        found[part] = np.clip(1 - below.sum(1), _NEVER, 1)
    return found


def threshold(mean: np.ndarray, dispersion: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """Return the smallest count that no larger share of weeks exceeds, by the same distribution: the 1 − share quantile."""
    mean, dispersion = np.atleast_1d(mean).astype(float), np.atleast_1d(dispersion).astype(float)
    share = np.broadcast_to(share, mean.shape)
    most = int(np.max(mean + 40 * np.sqrt(dispersion * mean) + 40 * dispersion, initial=1))
    below = np.cumsum(_probabilities(mean, dispersion, most), axis=1)
    return (below < 1 - share[:, None] - 1e-12).sum(1)


def _probabilities(mean: np.ndarray, dispersion: np.ndarray, most: int) -> np.ndarray:
    """Return the probabilities of 0, 1, … `most` − 1 tickets, a line for each mean."""
    over = np.maximum(dispersion, _POISSON)
    size, steps = (mean / (over - 1))[:, None], np.arange(max(most - 1, 0))
    ratios = np.log((steps + size) / (steps + 1)) + np.log1p(-1 / over)[:, None]
    first = -size * np.log(over)[:, None]
    return np.exp(np.concatenate([first, first + np.cumsum(ratios, axis=1)], axis=1)[:, :most])


def false_discoveries(chances: np.ndarray, share: float) -> tuple[np.ndarray, float]:
    """Return which of several chances stay below the share of false ones (Benjamini–Hochberg), and the chance that decides.

    Where none does, the chance is that which a single one would need.
    """
    if not len(chances):
        return np.zeros(0, dtype=bool), 0.0
    limits = share * np.arange(1, len(chances) + 1) / len(chances)
    passed = np.flatnonzero(np.sort(chances) <= limits)
    limit = float(limits[passed[-1]]) if len(passed) else float(limits[0])
    return (chances <= limit) & (len(passed) > 0), limit


def farrington_threshold(
    mean: np.ndarray | float,
    error: np.ndarray | float,
    dispersion: np.ndarray | float,
    share: float,
    power: Literal["none", "1/2", "2/3"] = "2/3",
) -> np.ndarray | float:
    """Return the upper limit of Farrington and others (1996) for a mean with its standard error, on a transformed scale."""
    reach = NormalDist().inv_cdf(1 - share)
    variance = dispersion + error**2 / mean
    if power == "none":
        return mean + reach * np.sqrt(mean * variance)
    if power == "1/2":
        return np.maximum(np.sqrt(mean) + reach * np.sqrt(variance / 4), 0) ** 2
    return np.maximum(mean ** (2 / 3) + reach * np.sqrt(4 / 9 * mean ** (1 / 3) * variance), 0) ** 1.5
