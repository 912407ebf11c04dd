"""Draw scores towards their mean by as much as chance explains (empirical Bayes), and give the ranks that this allows.

The best of many measured scores owes its place to luck as well as to merit. Where true scores are taken as spread normally
around a mean, the share of luck can be estimated from all of them together: Morris (1983), Parametric empirical Bayes
inference, J. Am. Stat. Assoc. 78, 47–55. With equal errors it is the estimator of Efron and Morris (1975).
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from helpers.analysis.uncertainty import aligned, measured, normal_quantile

_FEWEST = 4  # with three units or fewer nothing is left to estimate a spread from
_STEPS = 100  # Newton's method ends after about six
_DRAWS = 4000
_SEED = 12345  # the same report twice has the same ranks


class Spread(NamedTuple):
    """How true scores are spread: around `mean`, with `variance` (0: all differences may be chance)."""

    mean: float
    variance: float


def spread(scores: ArrayLike, errors: ArrayLike) -> Spread | None:
    """Estimate mean and variance of the true scores from measured ones and their standard errors.

    The variance solves Σ (score − mean)² / (variance + error²) = units − 1, with the mean weighted likewise; 0 where the sum is
    below that at once. Scores without a known error are left out; None with fewer than four others.
    """
    units = measured(scores, errors)
    return _spread(*units.to_numpy().T) if len(units) >= _FEWEST else None


def shrink(scores: ArrayLike, errors: ArrayLike, level: float = 0.9) -> pd.DataFrame:
    """Draw each score towards the common mean, the further the less sure it is.

    Columns, in the order and with the index of `scores`: own_share, what is left of a unit's distance from the mean (0 to 1);
    shrunken_score; shrunken_error, its standard error, which counts in that mean and spread are estimates; shrunken_lower and
    shrunken_upper, the `level` interval. All null where score or error is not known, and with fewer than four units.
    """
    units = measured(scores, errors)
    columns = ["own_share", "shrunken_score", "shrunken_error", "shrunken_lower", "shrunken_upper"]
    if (k := len(units)) < _FEWEST:
        return aligned(pd.DataFrame(columns=columns, dtype="float64"), scores)
    score, variance = units.to_numpy().T
    common = _spread(score, variance)
    weight, distance = 1 / (variance + common.variance), score - common.mean
    given_up = (k - 3) / (k - 1) * variance * weight
    typical = np.average(variance, weights=weight) + common.variance
    error = np.sqrt(variance * (1 - (1 - weight / weight.sum()) * given_up)
                    + 2 / (k - 3) * given_up**2 * typical * weight * distance**2)
    shrunken, half = score - given_up * distance, normal_quantile(level) * error
    values = np.column_stack([1 - given_up, shrunken, error, shrunken - half, shrunken + half])
    return aligned(pd.DataFrame(values, columns=columns, index=units.index), scores)


def rank_intervals(scores: ArrayLike, errors: ArrayLike, level: float = 0.9, draws: int = _DRAWS,
                   seed: int = _SEED) -> pd.DataFrame:
    """Return the ranks (1 is best) that scores known with normal errors take, as `shrink` returns them.

    Ranks are drawn jointly `draws` times; the interval leaves (1 − level) / 2 of them out on either side. Each unit's interval
    covers its own rank with probability `level`: for a list as a whole see `rank_sets`.
    Columns, in the order and with the index of `scores`: rank_lower (best), rank_upper (worst), Int64; null where score or
    error is not known.
    """
    units = measured(scores, errors)
    drawn = np.random.default_rng(seed).normal(units["score"], np.sqrt(units["variance"]), (draws, len(units)))
    ranks = len(units) - drawn.argsort(axis=1).argsort(axis=1)
    tail = (1 - level) / 2
    ends = np.quantile(ranks, [tail, 1 - tail], axis=0, method="inverted_cdf")
    return aligned(pd.DataFrame({"rank_lower": ends[0], "rank_upper": ends[1]}, index=units.index).astype("Int64"), scores)


def _spread(score: np.ndarray, variance: np.ndarray) -> Spread:
    between = 0.0
    for _ in range(_STEPS):  # the sum falls in a convex curve: steps from the left never pass the solution
        weight = 1 / (variance + between)
        mean = float(np.average(score, weights=weight))
        excess = float(np.sum(weight * (score - mean)**2)) - (len(score) - 1)
        if excess <= 1e-12 * len(score):
            break
        between += excess / float(np.sum((weight * (score - mean))**2))
    return Spread(mean, between)
