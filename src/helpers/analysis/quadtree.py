"""Merge points into cells of a quadtree so that no cell of a public map holds few.

Months are never set off against each other: a cell holds, in every month of the year, no point or at least as many as the rule
says. So do all periods, which are sums of months, and the difference of any two periods of the same points.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.settings.editions import Extent

_KM = 111.32  # of a degree of latitude
_ROUND = 0.1  # degrees to which the sides of a box go out where an edition has no extent


class Box(NamedTuple):
    """A box in degrees that is square in kilometres; `side` is its side in kilometres."""

    west: float
    south: float
    east: float
    north: float
    side: float


def around(points: pd.DataFrame, extent: Extent | None = None) -> Box:
    """Return the smallest box around an extent, or around points (rounded outwards, so that it gives no single place away)."""
    if extent:
        (west, east), (south, north) = extent.longitude, extent.latitude
    else:
        west, south = (np.floor(points[name].min() / _ROUND) * _ROUND for name in ("longitude", "latitude"))
        east, north = (np.ceil(points[name].max() / _ROUND + 1e-9) * _ROUND for name in ("longitude", "latitude"))
    x, y = (west + east) / 2, (south + north) / 2
    narrow = np.cos(np.radians(y))
    side = max((east - west) * _KM * narrow, (north - south) * _KM)
    half = side / _KM / 2
    return Box(float(x - half / narrow), float(y - half), float(x + half / narrow), float(y + half), float(side))


class Cells(NamedTuple):
    """A partition: `pieces` (cell, level, column, row), squares that make up each cell, and `tickets` (cell, month, tickets).

    Level 0 is the whole box, each further one halves the sides; columns and rows count from the south-west, from 0.
    """

    pieces: pd.DataFrame
    tickets: pd.DataFrame


def cells(points: pd.DataFrame, box: Box, least: int, finest: int) -> Cells:
    """Merge points (longitude, latitude, month) into cells that hold none or `least` and more in each month.

    A square is quartered, `finest` times at most. Quarters that hold too few become one cell, together with the smallest of
    the others where they are still too few; the others are quartered further. Every point in the box is in one cell; there is
    none where the whole box holds too few in a month.
    """
    levels = [_counts(points, box, finest)]
    for _ in range(finest):
        levels.insert(0, levels[0].groupby([levels[0].index.get_level_values(axis) // 2 for axis in ("column", "row")]).sum())
    found: list[list[tuple[int, int, int]]] = []
    squares = [(0, 0)] if len(levels[0]) and _holds(levels[0].to_numpy().sum(axis=0), least) else []
    for level in range(finest):
        counts = dict(zip(levels[level + 1].index, levels[level + 1].to_numpy(), strict=True))
        split: list[tuple[int, int]] = []
        for square in squares:
            together, apart = _quartered({quarter: counts[quarter] for quarter in _quarters(*square) if quarter in counts}, least)
            if apart:
                split += apart
                found += [[(level + 1, *quarter) for quarter in together]] * bool(together)
            else:
                found.append([(level, *square)])
        squares = split
    found += [[(finest, *square)] for square in squares]
    return _partition(found, levels)


def bounds(pieces: pd.DataFrame, box: Box) -> pd.DataFrame:
    """Add to squares their sides in degrees (west, south, east, north) and their area in square kilometres."""
    parts = 2.0 ** pieces["level"]
    wide, high = (box.east - box.west) / parts, (box.north - box.south) / parts
    return pieces.assign(west=box.west + pieces["column"] * wide, south=box.south + pieces["row"] * high,
                         east=box.west + (pieces["column"] + 1) * wide, north=box.south + (pieces["row"] + 1) * high,
                         area=(box.side / parts) ** 2)


def _counts(points: pd.DataFrame, box: Box, finest: int) -> pd.DataFrame:
    """Count the points of each finest square by month: index column and row, a column for each month."""
    size = 2**finest
    column = np.floor((points["longitude"].to_numpy() - box.west) / (box.east - box.west) * size).astype("int64")
    row = np.floor((points["latitude"].to_numpy() - box.south) / (box.north - box.south) * size).astype("int64")
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    placed = pd.DataFrame({"column": column, "row": row, "month": points["month"].to_numpy()})[inside]
    return placed.groupby(["column", "row", "month"]).size().unstack("month", fill_value=0)


def _holds(months: np.ndarray, least: int) -> bool:
    """Return whether each month holds none or enough."""
    return bool(((months == 0) | (months >= least)).all())


def _quarters(column: int, row: int) -> list[tuple[int, int]]:
    return [(2 * column + right, 2 * row + up) for up in (0, 1) for right in (0, 1)]


def _quartered(quarters: dict[tuple[int, int], np.ndarray],
               least: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the quarters of a square that stay together, and those that are cells of their own."""
    together = [quarter for quarter, months in quarters.items() if not _holds(months, least)]
    apart = sorted((quarter for quarter in quarters if quarter not in together), key=lambda quarter: quarters[quarter].sum())
    while together and apart and not _holds(sum(quarters[quarter] for quarter in together), least):
        together.append(apart.pop(0))
    return together, apart


def _partition(found: list[list[tuple[int, int, int]]], levels: list[pd.DataFrame]) -> Cells:
    pieces = pd.DataFrame([(cell, *square) for cell, squares in enumerate(found) for square in squares],
                          columns=["cell", "level", "column", "row"])
    counted = [(cell, month, tickets) for cell, level, column, row in pieces.itertuples(index=False)
               for month, tickets in levels[level].loc[(column, row)].items() if tickets]
    tickets = pd.DataFrame(counted, columns=["cell", "month", "tickets"])
    return Cells(pieces, tickets.groupby(["cell", "month"], as_index=False)["tickets"].sum())
