"""How sure a rate or a score is: Wilson intervals, bounds for those who gave no answer, errors of scores, funnel limits.

Functions take arrays or columns of equal length (or numbers) and return float64 in their order; what cannot be computed (no
answers, a null, a count above its answers) is null (NaN). An interval speaks of chance in the answers that were given; of
those who gave none only `unanswered_bounds` speaks.
"""

from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

__all__ = ["Interval", "aligned", "dispersion", "funnel_plot", "measured", "normal_quantile", "rate_difference",
           "score_intervals", "unanswered_bounds", "wilson", "with_intervals"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_OF_TICKETS = {"resolution_rate": "valid", "satisfaction_rate": "valid", "on_time_rate": "due"}
_TRUSTED = 1e-9  # relative; a sum of weights or squares is off by less, and a true difference by more
_BORROWED = 4  # answers with the spread of all units that each unit borrows: the z² that a 95 % Wilson interval adds
NEAR, FAR = 0.025, 0.001  # one-sided, of the limits of a funnel plot: about two and three standard errors


class Interval(NamedTuple):
    """Lower and upper ends, arrays in the order of what was passed."""

    lower: np.ndarray
    upper: np.ndarray


def wilson(successes: ArrayLike, answers: ArrayLike, level: float = 0.95, squares: ArrayLike | None = None) -> Interval:
    """Return the Wilson score interval of successes / answers, both ends from 0 to 1.

    Where an answer counts a part (基本满意 0.9), `successes` is the sum of what answers count, each from 0 to 1, and `squares`
    the sum of the squares: the interval is that of the number of yes-or-no answers with the same variance, never fewer than
    the answers themselves. Wilson (1927), J. Am. Stat. Assoc. 22, 209–212.
    """
    count, n = _counts(successes, answers)
    weight = 1.0 if squares is None else _design(count / n, _floats(squares) / n)
    return _wilson(count * weight, n * weight, normal_quantile(level))


def rate_difference(first: tuple[ArrayLike, ArrayLike], second: tuple[ArrayLike, ArrayLike], level: float = 0.95) -> Interval:
    """Return the interval of the difference of two independent rates, the second less the first; each is (successes, answers).

    Where answers count parts (基本满意 0.9) it is wider than it need be, never narrower. Newcombe (1998), Stat. Med. 17,
    873–890, method 10: the Wilson intervals of the two, squared and added.
    """
    (before, n_before), (now, n_now) = (_counts(*pair) for pair in (first, second))
    p, q = before / n_before, now / n_now
    own, other = wilson(before, n_before, level), wilson(now, n_now, level)
    return Interval(q - p - np.sqrt((q - other.lower)**2 + (own.upper - p)**2),
                    q - p + np.sqrt((other.upper - q)**2 + (p - own.lower)**2))


def with_intervals(answer: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add to an answer the Wilson interval of each of its rates of tickets: resolution_rate_lower, resolution_rate_upper, ….

    Null where the rate is. A part answer (基本满意) counts as such a part of an answer, which makes the interval a little wide.
    """
    ends = {f"{rate}_{end}": np.where(answer[rate].notna(), values, np.nan) for rate, answers in _OF_TICKETS.items()
            if {rate, answers} <= {*answer.columns}
            for end, values in wilson(_floats(answer[rate]) * _floats(answer[answers]), answer[answers], level)._asdict().items()}
    with_ends = answer.assign(**ends)
    with_ends.attrs = answer.attrs
    return with_ends


def unanswered_bounds(successes: ArrayLike, answers: ArrayLike, assessed: ArrayLike) -> Interval:
    """Return a rate's bounds if all of the assessed who gave no answer had been unsatisfied, or all satisfied.

    83.50 % of the 71.1 % who answered is 59.37 % of all at the least and 88.27 % at the most.
    """
    count, n = _counts(successes, answers)
    everyone = _floats(assessed)
    everyone = np.where(everyone >= n, everyone, np.nan)
    return Interval(count / everyone, (count + everyone - n) / everyone)


def score_intervals(monthly: pd.DataFrame, unit: list[str], over: Literal["months", "period"],
                    level: float = 0.9) -> pd.DataFrame:
    """Return each unit's score with its standard error, from sums that add up over months, files and cities.

    `monthly`: the columns of `unit`, and of a unit's month valid (tickets with a score), score_sum and score_squares, the
    sums of tickets' scores (0 to 100) and of their squares. Tickets, not rates, carry the variance: who is content says
    resolved and satisfied together. The score is the mean of the months' means (`over: months`) or of all tickets
    (`period`), as the edition's rule has it; it is not rounded.
    The variance of a ticket's score is that within a unit's months, drawn towards that of all units by the weight of four
    answers, so that a unit of few and equal answers is not taken for certain.
    Columns: those of `unit`; scored_months; valid; score_mean; score_error (null where no unit's answers differ, or none has
    two in a month); score_lower and score_upper, the `level` interval within 0 to 100. By unit; only units with a valid ticket.
    """
    units = _sums(monthly, unit)
    freedom, by_month = units["valid"] - units["scored_months"], over == "months"
    mean = units["month_means"] / units["scored_months"] if by_month else units["score_sum"] / units["valid"]
    share = units["inverse"] / units["scored_months"]**2 if by_month else 1 / units["valid"]
    error = np.sqrt(_answer_variance(units["within"], freedom) * share)
    half = normal_quantile(level) * error
    return (units[[*unit, "scored_months"]]
            .assign(valid=units["valid"].astype("int64"), score_mean=mean, score_error=error,
                    score_lower=(mean - half).clip(lower=0), score_upper=(mean + half).clip(upper=100)))


def funnel_plot(successes: ArrayLike, answers: ArrayLike, centre: float | None = None, dispersion: float = 1.0) -> pd.DataFrame:
    """Set the rates of units against a city's rate, with the limits that chance alone allows for their numbers of answers.

    `centre`: the city's rate; without it the pooled rate of the units. `dispersion` (see the function) widens the limits.
    Limits are Wilson's at the centre, as in Public Health England's funnel plots.
    Columns: rate; lower_near and upper_near, crossed by chance by 1 unit in 40 on each side; lower_far and upper_far, by 1 in
    1,000; signal, from -2 (below the far limit), -1, 0 (within), 1 to 2 (above the far limit), null without answers.
    """
    count, n = _counts(successes, answers)
    centre = _pooled(count, n) if centre is None else centre
    near, far = (_wilson(centre * n, n, _z(tail) * np.sqrt(dispersion)) for tail in (NEAR, FAR))
    rate = count / n
    signal = sum((rate > limits.upper).astype(int) - (rate < limits.lower).astype(int) for limits in (near, far))
    units = pd.DataFrame({"rate": rate, "lower_near": near.lower, "upper_near": near.upper, "lower_far": far.lower,
                          "upper_far": far.upper, "signal": signal}, index=_index(answers))
    return units.assign(signal=units["signal"].astype("Int64").where(units["rate"].notna()))


def dispersion(successes: ArrayLike, answers: ArrayLike, centre: float | None = None, trimmed: float = 0.1) -> float:
    """Return by how much units' rates vary more than chance does: the mean of squared z-scores, at least 1.

    The share `trimmed` of units at either end is drawn in to the next one, so that outliers do not widen the limits that are
    to find them. 1 also where there is nothing to compare (one unit, a centre of 0 or 1).
    Spiegelhalter (2005), Stat. Med. 24, 1185–1202, multiplicative over-dispersion.
    """
    count, n = _counts(successes, answers)
    centre = _pooled(count, n) if centre is None else centre
    if not 0 < centre < 1:
        return 1.0
    z = (count / n - centre) / np.sqrt(centre * (1 - centre) / n)
    z = z[np.isfinite(z)]
    if len(z) < 2:
        return 1.0
    ends = np.quantile(z, [trimmed, 1 - trimmed])
    return max(1.0, float(np.mean(np.clip(z, *ends)**2)))


def measured(scores: ArrayLike, errors: ArrayLike) -> pd.DataFrame:
    """Return the scores that can be compared: columns score and variance (the error squared), indexed by position.

    Left out are scores that are null and those whose standard error is null or 0: of them it is not known how sure they are.
    """
    known = pd.DataFrame({"score": np.atleast_1d(_floats(scores)), "variance": np.atleast_1d(_floats(errors))**2})
    return known[np.isfinite(known["score"]) & np.isfinite(known["variance"]) & (known["variance"] > 0)]


def aligned(answers: pd.DataFrame, scores: ArrayLike) -> pd.DataFrame:
    """Return rows by position as rows of all `scores`, null where a score was left out, with the index of `scores`."""
    return answers.reindex(range(np.size(scores))).set_axis(_index(scores))


def normal_quantile(level: float) -> float:
    """Return the z of which a normal variable stays within ±z with probability `level`: 1.64 for 0.90, 1.96 for 0.95."""
    return _z((1 - level) / 2)


def _sums(monthly: pd.DataFrame, unit: list[str]) -> pd.DataFrame:
    """Add a unit's months up: within, the squared distances from the months' means; inverse, Σ 1 / valid."""
    months = monthly[_floats(monthly["valid"]) > 0]
    valid, total, squares = (_floats(months[name]) for name in ("valid", "score_sum", "score_squares"))
    within = squares - total**2 / valid
    within = np.where(within > _TRUSTED * squares, within, 0.0)
    return (months[unit]
            .assign(scored_months=1, valid=valid, score_sum=total, month_means=total / valid, within=within, inverse=1 / valid)
            .groupby(unit, dropna=False, as_index=False).sum()
            .sort_values(unit, na_position="last", ignore_index=True))


def _answer_variance(within: pd.Series, freedom: pd.Series) -> pd.Series:
    common = within.sum() / freedom.sum() if freedom.sum() > 0 and within.sum() > 0 else np.nan
    return (within + _BORROWED * common) / (freedom + _BORROWED)


def _design(mean: np.ndarray, mean_square: np.ndarray) -> np.ndarray:
    """Return how many yes-or-no answers one weighted answer is worth: the variance of the former by that of the latter."""
    variance, binary = mean_square - mean**2, mean * (1 - mean)
    return np.maximum(np.divide(binary, variance, out=np.ones_like(binary), where=variance > _TRUSTED), 1.0)


def _wilson(count: np.ndarray, n: np.ndarray, z: float) -> Interval:
    rate = count / n
    middle = (count + z**2 / 2) / (n + z**2)
    half = z * np.sqrt(n) / (n + z**2) * np.sqrt(rate * (1 - rate) + z**2 / (4 * n))
    return Interval(np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1))


def _z(tail: float) -> float:
    return NormalDist().inv_cdf(1 - tail)


def _pooled(count: np.ndarray, n: np.ndarray) -> float:
    total = np.nansum(n)
    return float(np.nansum(count) / total) if total > 0 else np.nan


def _counts(successes: ArrayLike, answers: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    count, n = np.broadcast_arrays(_floats(successes), _floats(answers))
    possible = (n > 0) & (count >= 0) & (count <= n * (1 + _TRUSTED))
    return np.where(possible, np.minimum(count, n), np.nan), np.where(possible, n, np.nan)


def _index(values: ArrayLike) -> pd.Index:
    return values.index if isinstance(values, pd.Series) else pd.RangeIndex(np.size(values))


def _floats(values: ArrayLike) -> np.ndarray:
    return pd.Series(values).to_numpy(dtype="float64", na_value=np.nan) if np.ndim(values) else np.float64(values)
