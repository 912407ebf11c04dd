"""Classify the course of a run of months, and compare rates with those of a base period.

The words are the printed report's, and its reconciliation uses the same definitions: a clear change is 15 % and more, a high
level (稳定在较高水平) at least 0.9 of the mean with a spread of at most 0.35 of it, a hump (先升后降) a rise to a peak inside the
span and a fall from it, by slope.
"""

from collections.abc import Sequence
from itertools import groupby, pairwise
from statistics import correlation, fmean, linear_regression
from typing import Literal, NamedTuple

import pandas as pd

_LONG = 4  # months of a run that is worth a word; a shorter period only as a whole
_SHORT = 3
_SHAPED = 6  # months that have a shape at all
_SLIGHT, _CLEAR = 0.05, 0.15
LEVEL = 0.10  # of a level, how far a month may be from it
_HIGH, _SPREAD = 0.9, 0.35
_STEADY = 0.7  # the least correlation with time of a trend


class Course(NamedTuple):
    """Describe a run of months: `rise` and `fall` month by month from row `first` to row `last`, other shapes over all months.

    `after`: what follows a run; `turn`, the next month goes back; `high`, the remaining months stay on a high level.
    """

    shape: Literal["rise", "fall", "level", "hump", "dip", "upward", "downward"]
    first: int
    last: int
    after: Literal["turn", "high"] | None = None


def course(tickets: pd.Series) -> Course | None:
    """Return the course of the counts of consecutive months; None where there is none worth a sentence.

    A month without tickets is a gap: no run crosses it, and months with gaps have no shape. In this order: all months within
    a tenth of their mean; the longest run of at least four months (of a quarter: three) in one direction, by at least 5 %;
    from six months on, a hump, a dip, a trend.
    """
    counts = [float(count) if pd.notna(count) and count > 0 else None for count in tickets]
    whole = [count for count in counts if count is not None]
    if len(whole) < _SHORT:
        return None
    gapless = len(whole) == len(counts)
    if gapless and is_level(counts, fmean(counts)):
        return Course("level", 0, len(counts) - 1)
    return _run(counts) or (_shape(counts) if gapless and len(counts) >= _SHAPED else None)


def is_level(counts: Sequence[float], level: float) -> bool:
    """Return whether all counts are within 10 % of a level."""
    return all(abs(count - level) <= LEVEL * level for count in counts)


def is_steadily_high(counts: Sequence[float], mean: float) -> bool:
    """Return whether all counts are at least 0.9 of a mean, and differ by at most 0.35 of their own."""
    return min(counts) >= _HIGH * mean and max(counts) - min(counts) <= _SPREAD * fmean(counts)


def rate_differences(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Add to the single row of a period's `measures.rates` the differences of its rates from those of a base period.

    Columns: resolution_rate_points and satisfaction_rate_points, differences of fractions; null where either is unknown.
    """
    rates = ("resolution_rate", "satisfaction_rate")
    gone = {f"{rate}_points": now[rate].astype("Float64") - before[rate].astype("Float64") for rate in rates}
    answer = now.assign(**gone)
    answer.attrs = now.attrs
    return answer


def restrict_to(monthly: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the months of a volume's entities, in its order, without those of an unknown entity.

    `monthly` is `measures.monthly` by the keys of `chosen`, which are its columns before `tickets`.
    """
    keys = list(chosen.columns[:chosen.columns.get_loc("tickets")])
    answer = chosen[keys].dropna().merge(monthly, on=keys)
    answer.attrs = monthly.attrs
    return answer


def _run(counts: list[float | None]) -> Course | None:
    """Return the longest run in one direction; of equally long ones the one with the largest change."""
    steps = [0 if None in pair else (pair[1] > pair[0]) - (pair[1] < pair[0]) for pair in pairwise(counts)]
    groups = [list(group) for _, group in groupby(range(len(steps)), key=lambda place: steps[place])]
    spans = [(group[0], group[-1] + 1) for group in groups if steps[group[0]]]
    if not spans:
        return None
    first, last = max(spans, key=lambda span: (span[1] - span[0], abs(counts[span[1]] - counts[span[0]])))
    long = last - first + 1 >= min(_LONG, max(_SHORT, len(counts)))
    if not long or abs(counts[last] / counts[first] - 1) < _SLIGHT:
        return None
    return Course("rise" if steps[first] > 0 else "fall", first, last, _after(counts, steps, first, last))


def _after(counts: list[float | None], steps: list[int], first: int, last: int) -> Literal["turn", "high"] | None:
    rest, known = counts[last + 1:], [count for count in counts if count is not None]
    if steps[first] > 0 and len(rest) >= _SHORT and None not in rest and is_steadily_high(rest, fmean(known)):
        return "high"
    return "turn" if rest and steps[last] == -steps[first] else None


def _shape(counts: list[float]) -> Course | None:
    for shape, turned in (("hump", counts), ("dip", [-count for count in counts])):
        peak = turned.index(max(turned))
        if 2 <= peak <= len(turned) - 3 and _slope(turned[:peak + 1]) > 0 > _slope(turned[peak:]) and all(
                abs(turned[end] / turned[peak] - 1) >= _CLEAR for end in (0, -1)):
            return Course(shape, 0, len(counts) - 1)
    third = len(counts) // 3
    early, late = fmean(counts[:third]), fmean(counts[-third:])
    trend = correlation(range(len(counts)), counts)
    if abs(trend) >= _STEADY and abs(late / early - 1) >= _CLEAR:
        return Course("upward" if trend > 0 else "downward", 0, len(counts) - 1)
    return None


def _slope(counts: list[float]) -> float:
    return linear_regression(range(len(counts)), counts).slope
