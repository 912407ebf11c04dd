"""Ranks that the data cannot exclude: confidence sets, one unit at a time or for a list as a whole.

A unit's set runs from 1 + the number of units that are significantly better to the number of units − those significantly worse.
Significance is of studentised differences against the largest of them that chance gives (max-t, a parametric bootstrap of
independent normal scores), step by step: what is rejected leaves the family, and the rest is tested again.
Mogstad, Romano, Shaikh and Wilhelm (2024), Inference for Ranks with Applications to Mobility across Neighbourhoods and
Academic Achievement across Countries, Rev. Econ. Stud. 91, 476–518; step-down: Romano and Wolf (2005), Econometrica 73,
1237–1282. Nothing is assumed of how true scores are spread, so that sets are wider than `shrinkage.rank_intervals`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from helpers.analysis.uncertainty import aligned, measured

_DRAWS = (2000, 50_000)  # at least and at most: few units take many, so that the seed decides no place
_EFFORT = 1e8  # draws × pairs: half a second
_SEED = 12345  # the same report twice has the same ranks


def marginal(scores: ArrayLike, errors: ArrayLike, level: float = 0.9, draws: int | None = None,
             seed: int = _SEED) -> pd.DataFrame:
    """Return for each unit the set that covers its own rank with probability `level` at least.

    Right for a sentence on a unit chosen before its score was known; for several, or for the best, take `simultaneous`.
    Columns, in the order and with the index of `scores`: rank_lower (best), rank_upper (worst), Int64, 1 is the highest score.
    Null where a score or its standard error is not known; a unit alone is first.
    """
    return _sets(scores, errors, level, draws, seed, _by_unit)


def simultaneous(scores: ArrayLike, errors: ArrayLike, level: float = 0.9, draws: int | None = None,
                 seed: int = _SEED) -> pd.DataFrame:
    """Return sets that cover the ranks of all units at once with probability `level` at least. Columns as in `marginal`.

    So all of these hold together: who is surely among the first k, who is possibly (`bands`), for every k.
    """
    return _sets(scores, errors, level, draws, seed, _jointly)


def bands(ranks: pd.DataFrame, k: int) -> pd.Series:
    """Return whether units are among the first `k`: `surely`, `possibly` or `not`, null where their ranks are.

    `ranks`: rank_lower and rank_upper. Of simultaneous sets, *surely* and *possibly* together are the confidence set of the
    first `k` (the projection of the paper's section on the τ-best).
    """
    lower, upper = (ranks[end].to_numpy(dtype="float64", na_value=np.nan) for end in ("rank_lower", "rank_upper"))
    band = np.select([upper <= k, lower > k], ["surely", "not"], "possibly")
    return pd.Series(band, index=ranks.index, name="band", dtype="str").where(ranks["rank_lower"].notna())


def _sets(scores: ArrayLike, errors: ArrayLike, level: float, draws: int | None, seed: int,
          significant: Callable) -> pd.DataFrame:
    units = measured(scores, errors)
    score, variance = units["score"].to_numpy(), units["variance"].to_numpy()
    draws = draws or int(np.clip(_EFFORT / max(len(units), 1)**2, *_DRAWS))
    scale = np.sqrt(variance.max(initial=0))  # whatever the unit of scores, its size fits 32 bits
    error = np.sqrt(variance[:, None] + variance)
    distance = (score[:, None] - score) / error
    chance = np.random.default_rng(seed).normal(0, (np.sqrt(variance) / scale)[:, None], (len(units), draws))
    different = significant(distance, chance.astype("float32"), (error / scale).astype("float32"), level)
    better, worse = different & (distance > 0), different & (distance < 0)
    ranks = pd.DataFrame({"rank_lower": 1 + worse.sum(axis=1), "rank_upper": len(units) - better.sum(axis=1)}, index=units.index)
    return aligned(ranks.astype("Int64"), scores)


def _by_unit(distance: np.ndarray, chance: np.ndarray, error: np.ndarray, level: float) -> np.ndarray:
    """Return which units differ significantly, where the family is a row's differences with all others."""
    different = np.zeros_like(distance, dtype=bool)
    for unit, row in enumerate(distance):
        along = (chance[unit] - chance) * (np.where(row > 0, 1, -1) / error[unit]).astype("float32")[:, None]
        against = -along.min(axis=0)  # contrary to the order of scores: never rejected
        limit, last = np.inf, None
        while last is None or limit < last:
            different[unit] = abs(row) > limit
            largest = np.maximum(against, along[~different[unit]].max(axis=0))
            limit, last = _quantile(largest, level), limit
    return different


def _jointly(distance: np.ndarray, chance: np.ndarray, error: np.ndarray, level: float) -> np.ndarray:
    """Return which units differ significantly, where the family is the differences of all pairs."""
    ordered = (distance > 0) | np.triu(distance == 0, k=1)  # a pair once, in the order of scores
    against = _largest(chance, error, ordered.T)  # contrary to it: never rejected
    limit, last = np.inf, None
    while last is None or limit < last:
        different = abs(distance) > limit
        largest = np.maximum(against, _largest(chance, error, ordered & ~different))
        limit, last = _quantile(largest, level), limit
    return different


def _largest(chance: np.ndarray, error: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Return each draw's largest studentised difference, row above column, over the pairs."""
    largest = np.zeros(chance.shape[1], dtype="float32")
    for unit, others in enumerate(pairs):
        differences = (chance[unit] - chance[others]) / error[unit, others, None]
        np.maximum(largest, differences.max(axis=0, initial=0), out=largest)
    return largest


def _quantile(largest: np.ndarray, level: float) -> float:
    return float(np.quantile(largest, level, method="higher"))
