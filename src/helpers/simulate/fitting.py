"""Fit tables to their margins, round to exact totals, and sample exact numbers. Knows nothing of tickets."""

from collections.abc import Sequence

import numpy as np

_STEEPEST = 3.0


def fit(seed: np.ndarray, margins: Sequence[tuple[tuple[int, ...], np.ndarray]], rounds: int = 40) -> np.ndarray:
    """Return `seed` scaled until its sums agree with each margin (axes, target): the sums over all other axes.

    Iterative proportional fitting: W. E. Deming and F. F. Stephan, "On a least squares adjustment of a sampled
    frequency table when the expected marginal totals are known", Annals of Mathematical Statistics 11 (1940), 427–444.
    The last margin holds exactly, the others as far as they agree with it; zeros of the seed stay zeros.
    """
    table = np.array(seed, dtype=float)
    for _ in range(rounds):
        for axes, target in margins:
            others = tuple(axis for axis in range(table.ndim) if axis not in axes)
            sums = table.sum(axis=others, keepdims=True)
            wanted = np.asarray(target, dtype=float).reshape(sums.shape)
            table *= np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0)
    return table


def round_to_total(weights: np.ndarray, totals: np.ndarray | int) -> np.ndarray:
    """Return integers in the proportions of `weights` that add to `totals` along the last axis.

    Cumulative rounding: the running sum is rounded, not the single number, so no number is off by 1 or more and the sum
    is exact (L. H. Cox, "A constructive procedure for unbiased controlled rounding", JASA 82 (1987), 520–524, for one
    margin). A weight of 0 becomes 0.
    """
    running = np.cumsum(np.asarray(weights, dtype=float), axis=-1)
    whole = running[..., -1:]
    share = np.divide(running, whole, out=np.zeros_like(running), where=whole > 0)
    steps = np.floor(share * np.asarray(totals)[..., None] + 0.5)
    return np.diff(steps, axis=-1, prepend=0).astype(np.int64)


def bounded_fit(weights: np.ndarray, total: float, low: float, high: float) -> np.ndarray:
    """Return numbers that increase with `weights`, lie strictly between `low` and `high`, and add to `total`.

    A logistic curve of the weights' logarithms, shifted until the sum is right: near the mean a number is proportional to its
    weight (up to a slope of `_STEEPEST`), and no two numbers meet at a bound. Raises ValueError where none can add to `total`.
    """
    if not len(weights) * low < total < len(weights) * high:
        raise ValueError(f"{len(weights)} numbers between {low:g} and {high:g} cannot add to {total:g}")
    mean = total / len(weights)
    slope = min(_STEEPEST, (high - low) * mean / ((mean - low) * (high - mean)))
    bottom, top = -50.0, 50.0
    for _ in range(80):
        shift = (bottom + top) / 2
        numbers = low + (high - low) / (1 + np.exp(-slope * np.log(weights / np.median(weights)) - shift))
        bottom, top = (shift, top) if numbers.sum() < total else (bottom, shift)
    return numbers


def integer_table(expected: np.ndarray, rows: np.ndarray, columns: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an integer table near `expected` with exactly the row sums `rows` and the column sums `columns`.

    The whole part of each cell is kept, and the rest of the two margins is paired at random: a draw from the tables with
    these margins, as in W. M. Patefield, Algorithm AS 159, Applied Statistics 30 (1981), 91–97.
    """
    for axis, wanted in ((1, rows), (0, columns)):
        sums = expected.sum(axis=axis)
        factor = np.minimum(1, np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0))
        expected = expected * (factor[:, None] if axis else factor)
    table = np.floor(expected).astype(np.int64)
    left = np.repeat(np.arange(len(rows)), rows - table.sum(axis=1))
    right = rng.permutation(np.repeat(np.arange(len(columns)), columns - table.sum(axis=0)))
    np.add.at(table, (left, right), 1)
    return table


def sample_mask(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return a mask of exactly `count` elements, drawn without replacement, likelier the higher their weight.

    P. S. Efraimidis and P. G. Spirakis, "Weighted random sampling with a reservoir", Information Processing Letters 97
    (2006), 181–185: the smallest exponential keys.
    """
    mask = np.zeros(len(weights), dtype=bool)
    if count:
        keys = rng.standard_exponential(len(weights), dtype=np.float32)
        keys = np.divide(keys, weights.astype(np.float32), out=np.full_like(keys, np.inf), where=weights > 0)
        mask[np.argpartition(keys, count - 1)[:count]] = True
    return mask


def lookup(weights: np.ndarray, slots: int) -> np.ndarray:
    """Return for each vector of weights (last axis) a table of `slots` choices: the choice at a random index has that weight."""
    weights = np.asarray(weights, dtype=float)
    counts = round_to_total(weights, np.full(weights.shape[:-1], slots))
    choices = np.tile(np.arange(weights.shape[-1], dtype=np.int16), counts.size // weights.shape[-1])
    return np.repeat(choices, counts.ravel()).reshape(*weights.shape[:-1], slots)


def order(groups: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the positions sorted by group (below 1024), then by key (0 to 2^31 − 1), then by position (below 2^21).

    The three are packed into one integer, so that the fast unstable sort gives the same order on every machine.
    """
    packed = groups.astype(np.int64) << 52 | keys.astype(np.int64) << 21 | np.arange(len(keys))
    packed.sort()
    return packed & (1 << 21) - 1
