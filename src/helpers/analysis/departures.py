"""Weigh what an answer says: by how many tickets it departs from what was to be expected, where that is beyond chance.

One scale for statements of every kind: a weight is a share of all tickets (0 to 1), so that size and reach are one number; a
departure that chance explains weighs nothing. Counts of a day's tickets vary more than a Poisson's, by `_DISPERSION`.
"""

import math
from typing import NamedTuple

import pandas as pd

__all__ = ["Departure", "from_base", "from_even", "from_others", "of_part"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_ERRORS = 3.0  # standard errors
_DISPERSION = 4.0  # variance of counts by their mean: neighbouring days of a hotline are alike


class Departure(NamedTuple):
    """A row of an answer and its `weight`; `excess` are its tickets above (below: negative) those expected."""

    row: int
    weight: float
    excess: float


def from_base(volumes: pd.DataFrame, whole: float) -> list[Departure]:
    """Weigh the change of each row from its base period, by the end of its range that is nearer to none.

    Rows without a known change, or whose range has no direction, have no departure. The heaviest first.
    """
    low, high = (volumes[name] if name in volumes else volumes["tickets_change"]
                 for name in ("low_change", "high_change"))
    both = pd.DataFrame({"low": low.fillna(volumes["tickets_change"]), "high": high.fillna(volumes["tickets_change"])})
    nearer = both["low"].where(both["low"] > 0, both["high"].where(both["high"] < 0)).astype("float64")
    return _weighed({row: (before, before * (1 + change)) for row, before, change in
                     zip(volumes.index, volumes["tickets_before"], nearer, strict=True) if pd.notna(change)}, whole)


def from_even(volumes: pd.DataFrame, whole: float) -> list[Departure]:
    """Weigh each row against an even share of all rows' tickets; none where there is one row."""
    mean = volumes["tickets"].mean()
    counts = {row: (mean, tickets) for row, tickets in volumes["tickets"].items()}
    return _weighed(counts, whole) if len(volumes) > 1 else []


def from_others(monthly: pd.DataFrame, whole: float) -> list[Departure]:
    """Weigh each month against the mean of the other months; months that are null are left out."""
    known = monthly["tickets"].dropna().astype("float64")
    return _weighed({row: ((known.sum() - tickets) / (len(known) - 1), tickets) for row, tickets in known.items()},
                    whole) if len(known) > 2 else []


def of_part(tickets: float, whole: float) -> float:
    """Return the weight of a part of all tickets, such as those without a category: their share."""
    return tickets / whole if whole else 0.0


def _weighed(counts: dict[int, tuple[float, float]], whole: float) -> list[Departure]:
    found = [Departure(row, abs(count - expected) / whole if whole else 0.0, count - expected)
             for row, (expected, count) in counts.items() if _beyond_chance(count, expected)]
    return sorted(found, key=lambda each: (-each.weight, each.row))


def _beyond_chance(count: float, expected: float) -> bool:
    return abs(count - expected) > _ERRORS * math.sqrt(_DISPERSION * max(expected, 1.0))
