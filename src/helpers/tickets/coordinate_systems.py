"""Convert longitudes and latitudes of the systems in use in China to WGS84, which tickets have.

GCJ-02, which maps sold in China must use, moves points by a published formula, in Beijing by some 550 m; BD-09 moves them again.
CGCS2000, the national geodetic system, differs from WGS84 by centimetres. The formulas are those of gcoord (MIT,
https://github.com/hujiulong/gcoord); the way back is by iteration.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

System = Literal["WGS84", "GCJ-02", "BD-09", "CGCS2000"]
Points = tuple[np.ndarray, np.ndarray]  # longitudes, latitudes in degrees; NaN where unknown

_AXIS, _ECCENTRICITY = 6_378_245.0, 0.006693421622965823  # of the Krasovsky ellipsoid: half axis in metres, squared
_BAIDU = np.pi * 3000 / 180
_ROUNDS = 6  # after which the way back is exact to 1e-9 degrees
_CHINA = (72.004, 137.8347, 0.8293, 55.8271)  # west, east, south, north: outside, GCJ-02 moves nothing


def to_wgs84(longitude: np.ndarray, latitude: np.ndarray, system: System) -> Points:
    """Return points of a system in WGS84."""
    if system in ("WGS84", "CGCS2000"):
        return longitude, latitude
    gcj = _back((longitude, latitude), gcj02_to_bd09) if system == "BD-09" else (longitude, latitude)
    return _back(gcj, wgs84_to_gcj02)


def wgs84_to_gcj02(longitude: np.ndarray, latitude: np.ndarray) -> Points:
    """Return points of WGS84 in GCJ-02; points outside China stay."""
    west, east, south, north = _CHINA
    x, y = longitude - 105, latitude - 35
    waves = (20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)) * 2 / 3
    up = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + waves + _waves(y, 160, 320, 30)
    across = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves + _waves(x, 150, 300, 30)
    angle = np.radians(latitude)
    magic = 1 - _ECCENTRICITY * np.sin(angle) ** 2
    up = up * 180 / (_AXIS * (1 - _ECCENTRICITY) / (magic * np.sqrt(magic)) * np.pi)
    across = across * 180 / (_AXIS / np.sqrt(magic) * np.cos(angle) * np.pi)
    inside = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    return np.where(inside, longitude + across, longitude), np.where(inside, latitude + up, latitude)


def gcj02_to_bd09(longitude: np.ndarray, latitude: np.ndarray) -> Points:
    """Return points of GCJ-02 in BD-09."""
    far = np.hypot(longitude, latitude) + 0.00002 * np.sin(latitude * _BAIDU)
    angle = np.arctan2(latitude, longitude) + 0.000003 * np.cos(longitude * _BAIDU)
    return far * np.cos(angle) + 0.0065, far * np.sin(angle) + 0.006


def _waves(place: np.ndarray, slow: float, slowest: float, turn: float) -> np.ndarray:
    """Return the slow waves of GCJ-02 along one axis."""
    short = (20 * np.sin(place * np.pi) + 40 * np.sin(place / 3 * np.pi)) * 2 / 3
    return short + (slow * np.sin(place / 12 * np.pi) + slowest * np.sin(place * np.pi / turn)) * 2 / 3


def _back(points: Points, forward: Callable[..., Points]) -> Points:
    """Return the points that `forward` moves to `points`: each guess is mended by what it misses."""
    longitude, latitude = points
    for _ in range(_ROUNDS):
        moved = forward(longitude, latitude)
        longitude, latitude = longitude + points[0] - moved[0], latitude + points[1] - moved[1]
    return longitude, latitude
