"""How an answer moves: the course of a run of months, and a rate beside the same rate of a base period.

The words are those of the printed report, and mean here what its reconciliation takes them to mean: a clear change is 15 %
and more, a high level (稳定在较高水平) at least 0.9 of the mean with a spread of at most 0.35 of it, a hump (先升后降) a rise to
a peak inside the span and a fall from it, by slope.
"""

from itertools import groupby, pairwise
from statistics import correlation, fmean, linear_regression
from typing import Literal, NamedTuple

import pandas as pd

_LONG = 4  # months of a run that is worth a word; a shorter period only as a whole
_SHORT = 3
_SHAPED = 6  # months that have a shape at all
_SLIGHT, _CLEAR, _LEVEL = 0.05, 0.15, 0.10
_HIGH, _SPREAD = 0.9, 0.35
_STEADY = 0.7  # the least correlation with time of a trend


class Course(NamedTuple):
    """How months went. `rise` and `fall` are month by month from row `first` to row `last`, the others over all months.

    `after` says what follows a run: `turn`, the next month goes back; `high`, the months left stay on a high level.
    """

    shape: Literal["rise", "fall", "level", "hump", "dip", "upward", "downward"]
    first: int
    last: int
    after: Literal["turn", "high"] | None = None


def course(tickets: pd.Series) -> Course | None:
    """Return the course of the counts of consecutive months, or nothing where there is none to speak of.

    A month of nothing is a gap: no run leads over it, and no shape is seen in months with gaps. First asked is whether all
    months are within a tenth of their mean; then for the longest run of four months and more (of a quarter: of three) in one
    direction, by 5 % and more; then, from six months on, for a hump, a dip, and a trend.
    """
    counts = [float(count) if pd.notna(count) and count > 0 else None for count in tickets]
    whole = [count for count in counts if count is not None]
    if len(whole) < _SHORT:
        return None
    gapless = len(whole) == len(counts)
    if gapless and all(abs(count - fmean(counts)) <= _LEVEL * fmean(counts) for count in counts):
        return Course("level", 0, len(counts) - 1)
    return _run(counts) or (_shape(counts) if gapless and len(counts) >= _SHAPED else None)


def rate_differences(now: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Add to the one row of a period's `measures.rates` what its rates are above those of a base period.

    Columns: resolution_rate_points and satisfaction_rate_points, differences of fractions; null where either is not known.
    """
    rates = ("resolution_rate", "satisfaction_rate")
    gone = {f"{rate}_points": now[rate].astype("Float64") - before[rate].astype("Float64") for rate in rates}
    answer = now.assign(**gone)
    answer.attrs = now.attrs
    return answer


def restrict_to(monthly: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the months of the entities of a volume, in its order; those of an unknown one are left out.

    `monthly` is `measures.monthly` by the keys of `chosen`, which stand before its `tickets`.
    """
    keys = list(chosen.columns[:chosen.columns.get_loc("tickets")])
    answer = chosen[keys].dropna().merge(monthly, on=keys)
    answer.attrs = monthly.attrs
    return answer


def _run(counts: list[float | None]) -> Course | None:
    """The longest run in one direction; of equal ones that which leads furthest."""
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
    if steps[first] > 0 and len(rest) >= _SHORT and None not in rest and (
            min(rest) >= _HIGH * fmean(known) and max(rest) - min(rest) <= _SPREAD * fmean(rest)):
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
