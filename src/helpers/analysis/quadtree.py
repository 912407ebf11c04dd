"""Merge points into cells so that no cell of a public map holds few: a quadtree whose four cells stay one until each holds enough.

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
    """Return the smallest box around an extent, or around points (rounded outwards, so that it tells no single place)."""
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


def cells(points: pd.DataFrame, box: Box, least: int, finest: int) -> pd.DataFrame:
    """Merge points (longitude, latitude, month) into cells that hold none or `least` and more in each month.

    Columns: level (0 is the whole box, each further one halves the sides, `finest` at most), column and row (from 0, from the
    south-west), month, tickets. Every point in the box is counted once; empty where a month of the whole box holds fewer.
    """
    levels = [_counts(points, box, finest)]
    for _ in range(finest):
        halved = levels[0].assign(column=levels[0]["column"] // 2, row=levels[0]["row"] // 2)
        levels.insert(0, halved.groupby(["column", "row", "month"], as_index=False)["tickets"].sum())
    kept, found = _safe(levels[0], least), []
    kept = kept[kept["is_safe"]]
    for level in range(finest):
        finer = _safe(levels[level + 1], least).assign(parent_column=lambda rows: rows["column"] // 2,
                                                       parent_row=lambda rows: rows["row"] // 2)
        parents = finer.groupby(["parent_column", "parent_row"])["is_safe"].all().rename("splits")
        kept = kept.join(parents, on=["column", "row"])
        found.append(_of(levels[level], kept[~kept["splits"]], level))
        split = kept.loc[kept["splits"], ["column", "row"]].set_axis(["parent_column", "parent_row"], axis="columns")
        kept = finer.merge(split)[["column", "row", "is_safe"]]
    found.append(_of(levels[finest], kept, finest))
    return pd.concat(found, ignore_index=True)


def bounds(cells: pd.DataFrame, box: Box) -> pd.DataFrame:
    """Add to cells their sides in degrees (west, south, east, north) and their area in square kilometres."""
    parts = 2.0 ** cells["level"]
    wide, high = (box.east - box.west) / parts, (box.north - box.south) / parts
    return cells.assign(west=box.west + cells["column"] * wide, south=box.south + cells["row"] * high,
                        east=box.west + (cells["column"] + 1) * wide, north=box.south + (cells["row"] + 1) * high,
                        area=(box.side / parts) ** 2)


def _counts(points: pd.DataFrame, box: Box, finest: int) -> pd.DataFrame:
    """Count the points of each finest cell and month: column, row, month, tickets."""
    size = 2**finest
    column = np.floor((points["longitude"].to_numpy() - box.west) / (box.east - box.west) * size).astype("int64")
    row = np.floor((points["latitude"].to_numpy() - box.south) / (box.north - box.south) * size).astype("int64")
    inside = (column >= 0) & (column < size) & (row >= 0) & (row < size)
    placed = pd.DataFrame({"column": column, "row": row, "month": points["month"].to_numpy()})[inside]
    return placed.groupby(["column", "row", "month"], as_index=False).size().rename(columns={"size": "tickets"})


def _safe(counts: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the cells that hold points, and whether each holds enough in every month in which it holds any."""
    smallest = counts.groupby(["column", "row"], as_index=False)["tickets"].min()
    return smallest.assign(is_safe=smallest["tickets"] >= least).drop(columns="tickets")


def _of(counts: pd.DataFrame, chosen: pd.DataFrame, level: int) -> pd.DataFrame:
    """Return the counts of chosen cells, with their level."""
    return counts.merge(chosen[["column", "row"]])[["column", "row", "month", "tickets"]].assign(level=level)
