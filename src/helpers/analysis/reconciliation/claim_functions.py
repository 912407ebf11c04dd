"""Define the functions that forms of claims on months and extremes are written in (form.md).

A table `t` maps keys to numbers; a series `s` is a table whose keys are the months 1 to 12. None is unknown (a month without
a value, the largest of two that are equal); no comparison with it holds.
"""

import ast
from collections.abc import Hashable, Mapping
from statistics import fmean, linear_regression
from typing import Any

from helpers.analysis.reconciliation import expressions, intervals

Table = Mapping[Any, float]

# The printed report's own reading of its words (form.md): looser than what generated sentences may say (`editions.ChangeRules`).
_HIGH, _SPREAD = 0.9, 0.35


def at(s: Table, m: int) -> float | None:
    """Return the value of a month."""
    return s.get(m)


def mean(s: Table, a: int, b: int) -> float | None:
    """Return the mean of months a to b; over the turn of the year where b is before a (11, 3: Nov, Dec, Jan to Mar)."""
    months = range(a, b + 1) if a <= b else [*range(a, 13), *range(1, b + 1)]
    return fmean(s[month] for month in months)


def total(s: Table, a: int, b: int) -> float:
    """Return the sum of months a to b."""
    return sum(s[month] for month in range(a, b + 1))


def argmax(t: Table) -> Hashable | None:
    """Return the key with the largest value, None where two share it (最多, 最为集中, 占比最大)."""
    return next(iter(top(t, 1) or ()), None)


def argmin(t: Table) -> Hashable | None:
    """Return the key with the smallest value, None where two share it (最少)."""
    return argmax({key: -value for key, value in t.items()})


def top(t: Table, k: int) -> set[Hashable] | None:
    """Return the k keys with the largest values, None where the k-th and the next are equal (较高)."""
    order = sorted(t, key=t.get, reverse=True)
    if len(order) < k or (len(order) > k and t[order[k - 1]] == t[order[k]]):
        return None
    return set(order[:k])


def listed(t: Table, n: float) -> set[Hashable]:
    """Return the keys with n or more (n 件以上的主要是)."""
    return {key for key, value in t.items() if value >= n}


def step(s: Table, m: int) -> float | None:
    """Return by how much the mean of up to three months after m is above that of up to three until m (m 月之后)."""
    before = fmean(s[month] for month in range(max(1, m - 2), m + 1))
    return fmean(s[month] for month in range(m + 1, min(12, m + 3) + 1)) / before - 1 if before else None


def onset(s: Table, m: int) -> float | None:
    """Return `step` from the month before: what happens in m itself counts as after (在 m 月)."""
    return step(s, m - 1)


def slope(s: Table, a: int, b: int) -> float:
    """Return the slope of the least-squares line through months a to b (整体呈上升趋势)."""
    months = range(a, b + 1)
    return linear_regression(months, [s[month] for month in months]).slope


def rises(s: Table, a: int, b: int) -> bool:
    """Return whether each of the months a to b is at least the month before it (逐月上升)."""
    return all(s[month] >= s[month - 1] for month in range(a, b + 1))


def falls(s: Table, a: int, b: int) -> bool:
    """Return whether each of the months a to b is below the month before it (持续下降)."""
    return all(s[month] < s[month - 1] for month in range(a, b + 1))


def hump(s: Table) -> bool:
    """Return whether a year rises to a maximum inside it, then falls, by slope (先升后降)."""
    peak = argmax(s)
    return peak is not None and 2 <= peak <= 11 and slope(s, 1, peak) > 0 > slope(s, peak, 12)


def reaches_high(s: Table, m: int) -> bool:
    """Return whether month m is at least every month before it (达到高点)."""
    return all(s[m] >= s[month] for month in range(1, m))


def steady_high(s: Table, a: int, b: int) -> bool:
    """Return whether months a to b stay near 0.9 of the year's mean or above, and near each other (稳定在相对高点)."""
    months = [s[month] for month in range(a, b + 1)]
    return min(months) >= _HIGH * fmean(s.values()) and max(months) - min(months) <= _SPREAD * fmean(months)


def plateau(s: Table, a: int, b: int, x: float) -> bool:
    """Return whether each of the months a to b lies within 10 % of x (稳定在 x 左右)."""
    return all(abs(s[month] - x) <= float(intervals.PLATEAU) * x for month in range(a, b + 1))


def about(v: float, x: float) -> bool:
    """Return whether v lies within 5 % of x (约为 x)."""
    return abs(v - x) <= float(intervals.ABOUT) * x


def above(t: Table, u: Table) -> bool:
    """Return whether t is above u for every key of both, of which there is at least one (高于, 均提升)."""
    both = t.keys() & u.keys()
    return bool(both) and all(t[key] > u[key] for key in both)


def count(t: Table) -> int:
    """Return the number of keys."""
    return len(t)


FUNCTIONS: expressions.Functions = {function.__name__: function for function in (
    at, mean, total, argmax, argmin, top, listed, step, onset, slope, rises, falls, hump, reaches_high, steady_high, plateau,
    about, above, count)}

_MONTH_ARGUMENT = {"step": 1, "onset": 1, "reaches_high": 1, "at": 1}


def holds(form: str, tables: Mapping[str, Table]) -> bool:
    """Return whether a claim holds of its tables. Raises UserError for an invalid form."""
    return expressions.holds(form, FUNCTIONS, tables)


def months(form: str) -> list[int]:
    """Return the months that a claim's words name, in order: 6 of `step(series, 6) > 0` (6 月之后).

    A plateau from month a on names the month before it (9 月之后基本稳定在……); a set of months names each of them.
    """
    nodes = list(ast.walk(expressions.parse(form)))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in calls:
        if call.func.id in _MONTH_ARGUMENT:
            return [call.args[_MONTH_ARGUMENT[call.func.id]].value]
        if call.func.id == "plateau":
            return [call.args[1].value - 1]
    sets = [element.value for node in nodes if isinstance(node, ast.Set) for element in node.elts]
    return sorted(sets) or [node.value for node in nodes if isinstance(node, ast.Constant)][:1]
