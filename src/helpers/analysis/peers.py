"""Find each unit's peers: those of its level with nearly as many tickets, about nearly the same matters."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["distances", "nearest"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def distances(volumes: ArrayLike, mixes: ArrayLike) -> np.ndarray:
    """Return the distance of every unit from every other: of the logarithms of volumes, and of the mixes, both alike in weight.

    `volumes`: tickets of each unit, above 0; `mixes`: tickets by unit (rows) and category (columns). Two mixes are as far apart
    as the square roots of their shares (Hellinger 1909), 0 to 1. Each of the two distances is divided by its root mean square
    over all pairs, then they are added as squares. A unit without any category is as far from others as units can be.
    """
    logs, counts = np.log(np.asarray(volumes, dtype="float64")), np.asarray(mixes, dtype="float64")
    totals = counts.sum(axis=1, keepdims=True)
    roots = np.sqrt(np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0))
    hellinger = np.sqrt(np.clip(1 - roots @ roots.T, 0, 1))
    np.fill_diagonal(hellinger, 0)
    return np.sqrt(_scaled(np.abs(logs[:, None] - logs[None, :])) ** 2 + _scaled(hellinger) ** 2)


def nearest(apart: np.ndarray, n: int, able: ArrayLike) -> np.ndarray:
    """Return the places of the `n` nearest of each unit, nearest first; of equally near ones the first.

    Only units that are `able` are peers; nobody is their own. Where fewer are, the rest of a row is -1.
    """
    found = np.where(np.asarray(able, dtype=bool)[None, :], apart, np.inf)
    np.fill_diagonal(found, np.inf)
    order = np.argsort(found, axis=1, kind="stable")[:, :n]
    return np.where(np.isfinite(np.take_along_axis(found, order, axis=1)), order, -1)


def _scaled(apart: np.ndarray) -> np.ndarray:
    """Divide distances by their root mean square over all pairs; leave them where all units are alike."""
    others = len(apart) * (len(apart) - 1)
    size = np.sqrt((apart**2).sum() / others) if others else 0
    return apart / size if size else apart
