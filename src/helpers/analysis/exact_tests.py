"""Test counts exactly, without approximating them by a normal variable: binomial, Fisher's, and Holm's correction for many.

P-values are two-sided: the probability of all outcomes that are no likelier than the one at hand.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["binomial", "fisher", "holm"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_SPREAD = 40  # standard deviations: what lies beyond has a probability that a float cannot hold
_EQUAL = 1 + 1e-7  # outcomes whose probabilities differ by rounding alone are equally likely
_SMALL = 20  # below it factorials are multiplied, from it on Stirling's series is exact to 1e-12


def binomial(successes: ArrayLike, trials: ArrayLike, share: float | ArrayLike) -> np.ndarray:
    """Return for each count of successes among trials the p-value of a probability of success of `share`; 1 without trials."""
    rows = np.broadcast_arrays(*(np.atleast_1d(np.asarray(values, dtype=float)) for values in (successes, trials, share)))
    return np.array([_two_sided(x, *_binomial(n, p)) if n else 1.0 for x, n, p in zip(*rows, strict=True)])


def fisher(now: ArrayLike, before: ArrayLike, now_usual: ArrayLike, before_usual: ArrayLike) -> np.ndarray:
    """Return the p-value of equal odds in two pairs of counts (Fisher 1922): whether a change is that of the usual pair.

    1 where either pair, or either column, has no tickets.
    """
    rows = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(values, dtype=float)) for values in (now, before, now_usual, before_usual))
    )
    return np.array(
        [
            _two_sided(a, *_hypergeometric(a + b, a + c, a + b + c + d)) if min(a + b, c + d, a + c, b + d) else 1.0
            for a, b, c, d in zip(*rows, strict=True)
        ]
    )


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return p-values that hold for all tests together (Holm 1979, Scand. J. Stat. 6, 65–70), in the order passed."""
    known = np.atleast_1d(np.asarray(p_values, dtype=float))
    order = np.argsort(known, kind="stable")
    stepped = np.maximum.accumulate(known[order] * np.arange(len(known), 0, -1))
    adjusted = np.empty(len(known))
    adjusted[order] = np.minimum(stepped, 1.0)
    return adjusted


def _two_sided(observed: float, outcomes: np.ndarray, logs: np.ndarray) -> float:
    """Return the probability of the outcomes that are no likelier than the one observed."""
    place = observed - outcomes[0]
    if not 0 <= place < len(outcomes):
        return 0.0
    chances = np.exp(logs)
    return float(min(1.0, chances[chances <= chances[int(place)] * _EQUAL].sum()))


def _binomial(n: float, p: float) -> tuple[np.ndarray, np.ndarray]:
    k = _near(n * p, math.sqrt(n * p * (1 - p)), 0, n)
    return k, _choose(n, k) + k * math.log(p) + (n - k) * math.log1p(-p)


def _hypergeometric(drawn: float, marked: float, whole: float) -> tuple[np.ndarray, np.ndarray]:
    share = marked / whole
    spread = math.sqrt(drawn * share * (1 - share) * (whole - drawn) / max(whole - 1, 1))
    k = _near(drawn * share, spread, max(0, drawn + marked - whole), min(drawn, marked))
    return k, _choose(marked, k) + _choose(whole - marked, drawn - k) - _choose(whole, np.array([drawn]))


def _near(mean: float, spread: float, low: float, high: float) -> np.ndarray:
    reach = _SPREAD * (spread + 1)
    return np.arange(max(low, math.floor(mean - reach)), min(high, math.ceil(mean + reach)) + 1, dtype=float)


def _choose(n: float, k: np.ndarray) -> np.ndarray:
    return _log_factorial(np.array([n])) - _log_factorial(k) - _log_factorial(n - k)


def _log_factorial(n: np.ndarray) -> np.ndarray:
    small = np.log(np.cumprod([1.0, *range(1, _SMALL)]))
    large = np.maximum(n, _SMALL)
    series = (
        large * np.log(large)
        - large
        + np.log(2 * np.pi * large) / 2
        + 1 / (12 * large)
        - 1 / (360 * large**3)
        + 1 / (1260 * large**5)
    )
    return np.where(n < _SMALL, small[np.minimum(n, _SMALL - 1).astype(int)], series)
