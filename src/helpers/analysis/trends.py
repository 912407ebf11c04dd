"""Classify the course of a run of months, find months that double, and compare rates with those of a base period.

All sizes are an edition's (`editions.ChangeRules`). The printed report's own looser reading of such words is apart, in
`reconciliation.claim_functions`.
"""

from collections.abc import Iterable
from itertools import groupby, pairwise
from statistics import correlation, fmean
from typing import Literal, NamedTuple

import pandas as pd

from helpers.analysis import uncertainty
from helpers.settings.statement_rules import ChangeRules

__all__ = [
    "SIZES",
    "Counts",
    "Course",
    "Surge",
    "course",
    "covered",
    "is_chance",
    "is_stable",
    "long_lines",
    "rate_differences",
    "restrict_to",
    "surges",
    "thirds",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


SIZES = ChangeRules()
_NOISE = 1e-9  # above the error of a quotient of counts: 115 is 15 % above 100
_OTHERS = 2  # months that have a mean to compare a month with

Counts = list[float | None]


class Course(NamedTuple):
    """Describe consecutive months by row: `rise` and `fall` month by month from `first` to `last`, others from end to end.

    `after`, of a run: the next month turns back, the extreme comes later without a turn (`onward`), or the remaining months are
    `stable`. `named`: rows of the extremes that a sentence must name with the course: the turning point of a `hump` or `dip`;
    after a run the year's largest (of a fall also the smallest) month where it is still to come.
    """

    shape: Literal["rise", "fall", "level", "hump", "dip", "upward", "downward"]
    first: int
    last: int
    after: Literal["turn", "onward", "stable"] | None = None
    named: tuple[int, ...] = ()


class Surge(NamedTuple):
    """A month, by row, that doubles against the month `before`, or where that is None against the `mean` of the others."""

    row: int
    before: int | None
    mean: float
    change: float


def covered(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return months with null `tickets` where the column `covered`, if there is one, is false."""
    if "covered" not in monthly:
        return monthly
    answer = monthly.assign(tickets=monthly["tickets"].mask(monthly["covered"].eq(False).fillna(False).astype(bool)))
    answer.attrs = monthly.attrs
    return answer


def course(tickets: Iterable[float | None], sizes: ChangeRules = SIZES) -> Course | None:
    """Return the course of the counts of consecutive months; None where there is none worth a sentence.

    Months of which none has `sizes.min_tickets` have no course. A month that is null or without tickets is a gap: no run crosses
    it, and months with gaps between them have no shape. Months
    before the first and after the last known are left out. In this order: all months stable; the longest run in one direction;
    a hump, a dip, a trend.
    """
    tickets = list(tickets)
    counts = _counts(tickets)
    known = [place for place, count in enumerate(counts) if count is not None]
    if len(known) < sizes.quarter_run or max(counts[place] for place in known) < sizes.min_tickets:
        return None
    ends = [place for place, count in enumerate(tickets) if pd.notna(count)]
    first, last = ends[0], ends[-1]
    span = counts[first:last + 1]
    if None not in span and is_stable(span, sizes):
        return Course("level", first, last)
    run = _run(counts, sizes)
    return run or (_shape(span, first, sizes) if None not in span and len(span) >= sizes.shape_months else None)


def is_stable(counts: list[float], sizes: ChangeRules = SIZES) -> bool:
    """Return whether all counts are within an edition's `level` of their mean."""
    mean = fmean(counts)
    return all(_reaches(sizes.level, abs(count / mean - 1)) for count in counts)


def surges(tickets: Iterable[float | None], sizes: ChangeRules = SIZES) -> list[Surge]:
    """Return the months that double against the month before, else against the mean of the others, in order of months.

    Months without tickets are neither a month before nor among the others, of which there are at least two.
    """
    counts = _counts(tickets)
    known = [count for count in counts if count is not None]
    found = []
    for row, count in enumerate(counts):
        if count is None or count < sizes.min_tickets:
            continue
        before = counts[row - 1] if row else None
        mean = (sum(known) - count) / (len(known) - 1) if len(known) > _OTHERS else None
        if before is not None and _reaches(count / before, sizes.doubled):
            found.append(Surge(row, row - 1, before, count / before - 1))
        elif mean is not None and _reaches(count / mean, sizes.doubled):
            found.append(Surge(row, None, mean, count / mean - 1))
    return found


def rate_differences(now: pd.DataFrame, before: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Add to the single row of a period's `measures.rates` the differences of its rates from those of a base period.

    Columns: resolution_rate_points and satisfaction_rate_points, differences of fractions, null where either is unknown;
    resolution_rate_chance and satisfaction_rate_chance, whether chance in the answers explains the difference (`is_chance`).
    """
    rates = ("resolution_rate", "satisfaction_rate")
    gone = {f"{rate}_points": now[rate].astype("Float64") - before[rate].astype("Float64") for rate in rates}
    chance = {f"{rate}_chance": is_chance(before, now, rate, level) for rate in rates}
    answer = now.assign(**gone, **chance)
    answer.attrs = now.attrs
    return answer


def is_chance(before: pd.DataFrame, now: pd.DataFrame, rate: str, level: float = 0.95) -> bool:
    """Return whether the `level` interval of the difference of two single rows' rates of `valid` answers includes 0.

    False where a rate is unknown: then there is no difference to explain.
    """
    pairs = [(row["valid"].to_numpy(dtype="float64") * row[rate].to_numpy(dtype="float64", na_value=float("nan")),
              row["valid"].to_numpy(dtype="float64")) for row in (before, now)]
    lower, upper = uncertainty.rate_difference(*pairs, level)
    return bool(((lower <= 0) & (upper >= 0)).all())


def restrict_to(monthly: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return the months of a volume's entities, in its order, without those of an unknown entity.

    `monthly` is `measures.monthly` by the keys of `chosen`, which are its columns before `tickets`.
    """
    keys = list(chosen.columns[:chosen.columns.get_loc("tickets")])
    answer = chosen[keys].dropna().merge(monthly, on=keys)
    answer.attrs = monthly.attrs
    return answer


def long_lines(monthly: pd.DataFrame, value: str, by: str | None, least: float, largest: float) -> pd.DataFrame:
    """Return the months of the entities of `by` (all months, without one) that have counts enough to be drawn as a line.

    A line has at least `least` in all covered months together and `largest` in one of them. Rows without a known value are kept
    where there is none at all.
    """
    known = covered(monthly.rename(columns={value: "tickets"}))["tickets"].astype("float64")
    if known.notna().sum() == 0:
        return monthly
    groups = known.groupby(monthly[by], dropna=False) if by else known.groupby([0] * len(known))
    enough = (groups.transform("sum") >= least) & (groups.transform("max") >= largest)
    answer = monthly[enough]
    answer.attrs = monthly.attrs
    return answer


def _counts(tickets: Iterable[float | None]) -> Counts:
    return [float(count) if pd.notna(count) and count > 0 else None for count in tickets]


def _reaches(value: float, size: float) -> bool:
    return value >= size - _NOISE


def _run(counts: Counts, sizes: ChangeRules) -> Course | None:
    """Return the longest run in one direction that is long and large enough; of equally long ones the largest."""
    steps = [0 if None in pair else (pair[1] > pair[0]) - (pair[1] < pair[0]) for pair in pairwise(counts)]
    groups = [list(group) for _, group in groupby(range(len(steps)), key=lambda place: steps[place])]
    least = min(sizes.run_months, max(sizes.quarter_run, len(counts)))
    spans = [(group[0], group[-1] + 1) for group in groups if steps[group[0]] and len(group) + 1 >= least
             and _reaches(abs(counts[group[-1] + 1] / counts[group[0]] - 1), sizes.slight)]
    if not spans:
        return None
    first, last = max(spans, key=lambda span: (span[1] - span[0], abs(counts[span[1]] - counts[span[0]])))
    shape = "rise" if steps[first] > 0 else "fall"
    return Course(shape, first, last, *_after(counts, shape, last, sizes))


def _after(counts: Counts, shape: Literal["rise", "fall"], last: int,
           sizes: ChangeRules) -> tuple[Literal["turn", "onward", "stable"] | None, tuple[int, ...]]:
    """Return what follows a run, and the rows of the extremes that come after it."""
    sign, rest = 1 if shape == "rise" else -1, counts[last + 1:]
    high, low = (_extreme(counts, which) for which in (1, -1))
    later = tuple(sorted(row for row in ({high} if shape == "rise" else {high, low}) if row > last))
    far = high if shape == "rise" else low
    if far in later and _goes_on(counts[last:far + 1], sign, sizes):
        return "onward", later
    stable = len(rest) >= sizes.quarter_run and None not in rest and is_stable(counts[last:], sizes)
    if stable and (shape == "rise" or high not in later):
        return "stable", ()
    turns = rest and rest[0] is not None and _reaches(-sign * (rest[0] / counts[last] - 1), sizes.slight)
    return "turn" if turns else None, later


def _goes_on(counts: Counts, sign: int, sizes: ChangeRules) -> bool:
    """Return whether counts rise (fall, where `sign` is −1) to their end, without a gap and without a step back."""
    if None in counts or not _reaches(sign * (counts[-1] / counts[0] - 1), sizes.slight):
        return False
    return not any(_reaches(-sign * (after / before - 1), sizes.slight) for before, after in pairwise(counts))


def _extreme(counts: Counts, sign: int) -> int:
    """Return the first row of the largest count, of the smallest where `sign` is −1."""
    return max((row for row, count in enumerate(counts) if count is not None), key=lambda row: sign * counts[row])


def _shape(counts: list[float], offset: int, sizes: ChangeRules) -> Course | None:
    last = len(counts) - 1
    for shape, sign in (("hump", 1), ("dip", -1)):
        turn = _extreme(counts, sign)
        if _turns([sign * count for count in counts], turn) and all(
                _reaches(abs(counts[end] / counts[turn] - 1), sizes.clear) for end in (0, last)):
            return Course(shape, offset, offset + last, None, (offset + turn,))
    early, late = thirds(counts)
    trend = correlation(range(len(counts)), counts)
    sign = 1 if trend > 0 else -1
    outside = len(late) <= _extreme(counts, sign) and _extreme(counts, -sign) <= last - len(late)
    change = sign * (fmean(late) / fmean(early) - 1)
    if outside and _reaches(abs(trend), sizes.steady) and _reaches(change, sizes.clear):
        return Course("upward" if trend > 0 else "downward", offset, offset + last)
    return None


def thirds(counts: list[float]) -> tuple[list[float], list[float]]:
    """Return the first and the last third of counts, rounded down."""
    third = len(counts) // 3
    return counts[:third], counts[-third:]


def _turns(counts: list[float], turn: int) -> bool:
    """Return whether counts rise to a row and fall from it by slope, with that row and, so that no single peak does, without."""
    before, after = (counts[:turn + 1], counts[:turn]), (counts[turn:], counts[turn + 1:])
    return all(_slope(part) > 0 for part in before) and all(_slope(part) < 0 for part in after)


def _slope(counts: list[float]) -> float:
    """Return the slope of the least-squares line up to a positive factor: exact for counts, so that a level line has 0."""
    return sum((2 * place - len(counts) + 1) * count for place, count in enumerate(counts))
