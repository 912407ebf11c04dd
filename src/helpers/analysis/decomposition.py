"""Decompose the gap between two scores into what each category wins or costs: by its share, and by how it is solved.

Kitagawa (1955), Components of a Difference Between Two Rates, J. Am. Stat. Assoc. 50, 1168–1194; symmetric as Das Gupta (1993),
Standardization and Decomposition of Rates, U.S. Bureau of the Census, P23-186. The parts add up to the gap.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Answers", "Parts", "effects", "monthly_scores", "of_rates", "of_scores", "scores"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


class Answers(NamedTuple):
    """Answers to a question: how many there are, and what they count together.

    The last two axes are months and categories; any before them are units, each for itself.
    """

    told: np.ndarray
    gained: np.ndarray


class Parts(NamedTuple):
    """Parts of a gap by category: what its share of the answers wins (above 0) or costs, and what its rate does."""

    share: np.ndarray
    rate: np.ndarray


def effects(first: ArrayLike, second: ArrayLike, other_first: ArrayLike,
            other_second: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return what two factors each add to the difference of their products: first × second less other_first × other_second.

    Each factor counts at the mean of the other one, so that the order does not matter (Das Gupta 1993).
    """
    a, b, c, d = (np.asarray(values, dtype="float64") for values in (first, second, other_first, other_second))
    return (a - c) * (b + d) / 2, (b - d) * (a + c) / 2


def of_rates(own: Answers, other: Answers) -> Parts:
    """Decompose the difference of two rates, own less other, by category, each month for itself.

    A category that one side lacks has the other's rate there, so that only its share counts. Shares are set against the mean of
    both rates: much of a category that is solved better than the mean is a gain. Null in months in which a side has no answers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = [side.told / side.told.sum(axis=-1, keepdims=True) for side in (own, other)]
        means = [side.gained.sum(axis=-1, keepdims=True) / side.told.sum(axis=-1, keepdims=True) for side in (own, other)]
        rates = [side.gained / side.told for side in (own, other)]
    middle = (means[0] + means[1]) / 2
    known = [np.isfinite(rate) for rate in rates]
    filled = [np.where(known[0], rates[0], np.where(known[1], rates[1], middle)),
              np.where(known[1], rates[1], np.where(known[0], rates[0], middle))]
    return Parts(*effects(shares[0], filled[0] - middle, shares[1], filled[1] - middle))


def of_scores(own: Mapping[str, Answers], other: Mapping[str, Answers], weights: Mapping[str, float],
              over: Literal["months", "period"]) -> Parts:
    """Decompose the gap of two scores (100 × Σ weight × rate) by category: the rates' parts weighted, averaged as scores are.

    `own` and `other` have the answers of each rate with a weight. `over: months` averages over the months in which both sides
    have a score, `period` takes all months together. Null where there is no such month.
    """
    own, other = (_over(side, over) for side in (own, other))
    parts = Parts(0.0, 0.0)
    for rate, weight in weights.items():
        found = of_rates(own[rate], other[rate])
        parts = Parts(parts.share + 100 * weight * found.share, parts.rate + 100 * weight * found.rate)
    both = np.isfinite(parts.share).all(axis=-1, keepdims=True)
    return Parts(*(_mean(part, both, axis=-2) for part in parts))


def scores(own: Mapping[str, Answers], other: Mapping[str, Answers], weights: Mapping[str, float],
           over: Literal["months", "period"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the two scores whose gap `of_scores` decomposes, unrounded: over the months in which both sides have one."""
    first, second = (monthly_scores(_over(side, over), weights) for side in (own, other))
    both = np.isfinite(first) & np.isfinite(second)
    return _mean(first, both, axis=-1), _mean(second, both, axis=-1)


def monthly_scores(answers: Mapping[str, Answers], weights: Mapping[str, float]) -> np.ndarray:
    """Return the score of each month, unrounded; null in a month without answers to any of the rates."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return 100 * sum(weight * answers[rate].gained.sum(axis=-1) / answers[rate].told.sum(axis=-1)
                         for rate, weight in weights.items())


def _mean(values: np.ndarray, known: np.ndarray, axis: int) -> np.ndarray:
    """Return the mean of the values that are known; null where none is."""
    with np.errstate(invalid="ignore"):
        return np.where(known, values, 0).sum(axis=axis) / known.sum(axis=axis)


def _over(answers: Mapping[str, Answers], over: Literal["months", "period"]) -> dict[str, Answers]:
    """Return answers by month, or all months of a period as one."""
    return {rate: Answers(*(counts if over == "months" else counts.sum(axis=-2, keepdims=True) for counts in each))
            for rate, each in answers.items()}
