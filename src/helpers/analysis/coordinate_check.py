"""Notice that coordinates are of another system than a mapping declares, by the districts that tickets say they are of."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.settings import paths
from helpers.settings.editions import Boundaries
from helpers.tickets import coordinate_systems

__all__ = ["Doubt", "doubt", "outlines"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_LEAST, _BETTER = 100, 0.02  # points that are compared; share of them by which another system must fit better
_MOST = 20_000  # points that are looked at
_OTHERS = {  # how points would have to move if the declared system were another
    "GCJ-02": lambda east, north: coordinate_systems.to_wgs84(east, north, "GCJ-02"),
    "BD-09": lambda east, north: coordinate_systems.to_wgs84(east, north, "BD-09"),
    "WGS84": coordinate_systems.wgs84_to_gcj02,  # they were WGS84, and have been converted
}

Ring = np.ndarray  # [corner, longitude and latitude]


class Doubt(NamedTuple):
    """That another `system` fits better: the shares of points within their own district as they are, and as of that system."""

    system: str
    fitting_share: float
    other_share: float


def outlines(boundaries: Boundaries | None) -> dict[str, list[list[Ring]]]:
    """Return the rings of each polygon by name, the outer one first, from an edition's GeoJSON in WGS84; none without a file."""
    if boundaries is None or not paths.reference(boundaries.file).exists():
        return {}
    features = json.loads(paths.reference(boundaries.file).read_text(encoding="utf-8")).get("features", [])
    found: dict[str, list[list[Ring]]] = {}
    for feature in features:
        shape, name = feature.get("geometry") or {}, (feature.get("properties") or {}).get(boundaries.name)
        polygons = {"Polygon": [shape.get("coordinates")], "MultiPolygon": shape.get("coordinates")}.get(shape.get("type"), [])
        if name is not None:
            rings = ([np.asarray(ring, dtype=float)[:, :2] for ring in polygon] for polygon in polygons)
            found.setdefault(str(name), []).extend(rings)
    return found


def doubt(points: pd.DataFrame, shapes: Mapping[str, Sequence[Sequence[Ring]]]) -> Doubt | None:
    """Return the system that fits points (longitude, latitude, district) better than the declared one; None where none does.

    At most 20,000 points in districts that have outlines are looked at, evenly over the rows; fewer than 100 are too few.
    """
    known = points[points["district"].isin(shapes)]
    known = known.iloc[::max(len(known) // _MOST, 1)]
    if len(known) < _LEAST:
        return None
    east, north = known["longitude"].to_numpy(), known["latitude"].to_numpy()
    own = _share_within(east, north, known["district"], shapes)
    others = {system: _share_within(*move(east, north), known["district"], shapes) for system, move in _OTHERS.items()}
    best = max(others, key=others.get)
    return Doubt(best, own, others[best]) if others[best] >= own + _BETTER else None


def _share_within(east: np.ndarray, north: np.ndarray, district: pd.Series,
                  shapes: Mapping[str, Sequence[Sequence[Ring]]]) -> float:
    names = district.to_numpy()
    inside = np.zeros(len(names), dtype=bool)
    for name in dict.fromkeys(names):
        own = names == name
        for outer, *holes in shapes[name]:
            inside[own] |= _within(east[own], north[own], outer) & ~np.logical_or.reduce(
                [np.zeros(own.sum(), dtype=bool), *(_within(east[own], north[own], hole) for hole in holes)])
    return float(inside.mean())


def _within(east: np.ndarray, north: np.ndarray, ring: Ring) -> np.ndarray:
    """Return which points lie within a ring: a line from each to the east crosses it an odd number of times."""
    inside = np.zeros(len(east), dtype=bool)
    for (x, y), (to_x, to_y) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        if y != to_y:
            inside ^= ((y > north) != (to_y > north)) & (east < (to_x - x) * (north - y) / (to_y - y) + x)
    return inside
