"""Decide how finely in time the outcomes of each unit and matter are published: never, by year, half, quarter or month.

A unit's answers are published by the month where in each month each answer was given never, or `below` times and more; else by
the quarter, the half, the year, or not at all. What is published of a unit then adds up from such counts, whichever periods are
set off against each other. Units that are not published so finely are known as a sum of at least two, in which each small count
may be larger by half of `below`: a single one, or too few tickets, are joined by the smallest of the others. So a hidden count
stands in a table whose margins are known, and may be what these leave it (Cox 1980,
https://doi.org/10.1080/01621459.1980.10477481).
"""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

SIZES = (12, 6, 3, 1)  # months of a span, coarse first: year, half, quarter, month
PRIME = 65521

Path = tuple[str, ...]  # from the whole, (), to a unit; a prefix is what the unit belongs to
Counts = Mapping[Path, np.ndarray]  # of each unit: a row for each answer, a column for each month
Grains = dict[Path, int]  # how many of SIZES a unit is published by, 0 to 4
Marks = dict[Path, np.ndarray]  # what is added to each month of a unit, so that what is hidden of it changes


def counted(paths: Sequence[Path], months: Sequence[int], parts: np.ndarray) -> dict[Path, np.ndarray]:
    """Return the counts of each unit and all that it belongs to; `parts` has a row for each answer, a column for each path."""
    found: dict[Path, np.ndarray] = {}
    for path, month, values in zip(paths, months, parts.T, strict=True):
        for end in range(len(path) + 1):
            found.setdefault(path[:end], np.zeros((len(parts), 12), dtype=np.int64))[:, month - 1] += values
    return found


def grains(trees: Sequence[Counts], below: int, known: Sequence[Grains] = ()) -> list[Grains]:
    """Return how finely each unit of several trees is published, whose whole is the same and counts the same answers.

    `known` are the grains of an earlier plan of fewer tickets. What was published more finely by it than it may be now would tell
    what is hidden of the months since: nothing more is published of it, ever (-1).
    """
    start = [{path: _bearable(counts, below) for path, counts in tree.items()} for tree in trees]
    earlier = known or [{} for _ in trees]
    while True:
        found = _planned(trees, start, below)
        late = [(number, path) for number, grain in enumerate(found) for path in grain if start[number][path] >= 0
                and (earlier[number].get(path, 0) < 0 or grain[path] < earlier[number].get(path, 0))]
        if not late:
            return found
        for number, path in late:
            start[number][path] = -1


def _planned(trees: Sequence[Counts], start: Sequence[Grains], below: int) -> list[Grains]:
    found = [{**grain} for grain in start]
    for tree, grain in zip(trees, found, strict=True):
        for _, children in _families(tree):
            for place in range(len(SIZES)):
                _protect(children, place, tree, grain, below)
    whole = min((grain[()] for grain in found if grain), default=0)
    for grain in found:
        for path in sorted(grain, key=len):
            grain[path] = min(grain[path], grain[path[:-1]] if path else whole)
    return found


def marks(grain: Grains, chance: random.Random) -> Marks:
    """Return numbers by month that change what is hidden of each unit, and leave all that is published as it is."""
    found = {path: np.zeros(12, dtype=np.int64) for path in grain}
    for parent, children in [*_families(grain), (None, [()] * (() in grain))]:
        for place in range(len(SIZES)):
            hidden = [child for child in children if grain[child] <= place]
            for first, second in pairwise(hidden):
                change = _change(place, chance)
                found[first] += change
                found[second] -= change
            if parent is None and hidden:
                found[()] += _change(place, chance)
    return found


def _bearable(counts: np.ndarray, below: int) -> int:
    """Return by how many of SIZES, coarse first, no count is small."""
    for place, size in enumerate(SIZES):
        sums = _sums(counts, size)
        if ((sums > 0) & (sums < below)).any():
            return place
    return len(SIZES)


def _sums(counts: np.ndarray, size: int) -> np.ndarray:
    return counts.reshape(len(counts), -1, size).sum(axis=2)


def _families(units: Iterable[Path]) -> Iterator[tuple[Path | None, list[Path]]]:
    """Yield each unit that others belong to with these, finest first."""
    families: dict[Path, list[Path]] = {}
    for path in sorted(units, key=str):
        if path:
            families.setdefault(path[:-1], []).append(path)
    yield from sorted(families.items(), key=lambda family: -len(family[0]))


def _protect(children: Sequence[Path], place: int, tree: Counts, grain: Grains, below: int) -> None:
    """Publish less of the smallest others, until the sum of what is hidden tells no small count of it.

    Where all are hidden and it still does, the sum itself is small, and the whole is not published so finely.
    """
    hidden = [child for child in children if grain[child] <= place]
    others = sorted({*children} - {*hidden}, key=lambda child: (tree[child].sum(), str(child)))
    while hidden and others and not _is_safe([_sums(tree[child], SIZES[place]) for child in hidden], below):
        grain[others[0]] = place
        hidden.append(others.pop(0))


def _is_safe(counts: Sequence[np.ndarray], below: int) -> bool:
    """Return whether each small count may be larger, or smaller, by half of `below` while the sum stays."""
    least, whole = (below + 1) // 2, sum(counts)
    return len(counts) > 1 and all(
        not ((each > 0) & (each < least) & (whole - each < least)).any() for each in counts)


def _change(place: int, chance: random.Random) -> np.ndarray:
    """Return numbers by month, one in each span of SIZES[place], that add up to 0 over each longer span."""
    found = np.zeros(12, dtype=np.int64)
    size, longer = SIZES[place], SIZES[place - 1] if place else 0
    for start in range(0, 12, size):
        found[start] = chance.randrange(1, PRIME)
    for start in range(0, 12, longer) if longer else ():
        found[start] -= found[start:start + longer].sum()
    return found
