"""Search areas with coordinates for a circle in which there are more cases than expected (Kulldorff 1997, Commun. Stat. 26,
1481–1496).

Circles around each area, with its nearest neighbours, up to a share of what is expected in all. The likelihood ratio of the
likeliest circle is compared with those of random cases; its recurrence interval is how often such a one comes by chance.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Circle", "circles", "plane", "recurrence", "space_time_expected"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_SEED = 20200101
_EARTH = 6371.0  # km


class Circle(NamedTuple):
    """A circle: its `members` (places of the areas), cases, expected cases, log likelihood ratio, and probability by Monte
    Carlo.
    """

    members: tuple[int, ...]
    cases: float
    expected: float
    ratio: float
    chance: float


def plane(longitude: Sequence[float], latitude: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return coordinates of a city in kilometres, across and up, on a plane through its middle."""
    east, north = (np.radians(np.asarray(degrees, dtype=float)) for degrees in (longitude, latitude))
    return _EARTH * east * np.cos(north.mean()), _EARTH * north


def circles(
    across: Sequence[float],
    up: Sequence[float],
    cases: Sequence[float],
    weight: Sequence[float],
    *,
    largest: float = 0.1,
    draws: int = 999,
    seed: int = _SEED,
) -> list[Circle]:
    """Return circles with more cases than expected that have no area in common, the likeliest first.

    `across` and `up` are coordinates on a plane; `weight` is what cases are expected by (residents, or tickets of an earlier
    time). `largest` is the share of it that a circle may hold. The chance of each is its rank among the largest ratios of
    `draws` random distributions of the same number of cases.
    """
    cases, weight = np.asarray(cases, dtype=float), np.asarray(weight, dtype=float)
    if cases.sum() == 0 or weight.sum() <= 0:
        return []
    order = _neighbours(np.asarray(across, dtype=float), np.asarray(up, dtype=float))
    expected = cases.sum() * weight / weight.sum()
    allowed = np.cumsum(expected[order], axis=1) <= largest * cases.sum() + 1e-9
    order = order[:, : max(int(allowed.sum(1).max()), 1)]
    inside, allowed = np.cumsum(expected[order], axis=1), allowed[:, : order.shape[1]]
    ratios = np.where(allowed, _ratios(np.cumsum(cases[order], axis=1), inside, cases.sum()), 0)
    drawn = np.random.default_rng(seed).multinomial(int(cases.sum()), weight / weight.sum(), size=draws)
    largest_drawn = np.array(
        [np.where(allowed, _ratios(np.cumsum(each[order], axis=1), inside, cases.sum()), 0).max() for each in drawn]
    )
    return _apart(order, ratios, cases, expected, largest_drawn)


def _neighbours(across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return for each area all areas by their distance from it, itself first."""
    distance = np.hypot(across[:, None] - across, up[:, None] - up)
    np.fill_diagonal(distance, -1)
    return np.argsort(distance, axis=1, kind="stable")


def _ratios(cases: np.ndarray, expected: np.ndarray, total: float) -> np.ndarray:
    """Return log likelihood ratios; 0 where there are no more cases than expected."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(cases > 0, cases * np.log(cases / expected), 0)
        outside = np.where(total > cases, (total - cases) * np.log((total - cases) / (total - expected)), 0)
    return np.where((cases > expected) & (expected > 0), inside + outside, 0)


def _apart(order: np.ndarray, ratios: np.ndarray, cases: np.ndarray, expected: np.ndarray, drawn: np.ndarray) -> list[Circle]:
    found: list[Circle] = []
    taken: set[int] = set()
    for place in np.argsort(-ratios, axis=None, kind="stable"):
        centre, size = np.unravel_index(place, ratios.shape)
        ratio = float(ratios[centre, size])
        if ratio <= 0 or len(found) == 10:
            break
        members = order[centre, : size + 1].tolist()
        if not taken & {*members}:
            taken |= {*members}
            chance = (1 + int((drawn >= ratio).sum())) / (1 + len(drawn))
            found.append(
                Circle(tuple(sorted(members)), float(cases[members].sum()), float(expected[members].sum()), ratio, chance)
            )
    return found


def recurrence(chance: float, days: int) -> float:
    """Return the days after which such a circle is to be seen once by chance, where a search is made every so many days."""
    return days / chance


def space_time_expected(counts: np.ndarray) -> np.ndarray:
    """Return what each area and time would have if they had nothing to do with each other: row sum × column sum ÷ total."""
    total = counts.sum()
    return counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / total if total else np.zeros(counts.shape)
