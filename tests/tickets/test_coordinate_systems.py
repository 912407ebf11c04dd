"""Systems of coordinates against gcoord's cities (MIT): https://github.com/hujiulong/gcoord."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from helpers.ingest import coordinates
from helpers.tickets import coordinate_systems as systems

# Three of the fixtures: 驻马店市, 楚雄彝族自治州, 汉中市.
CITIES = pd.DataFrame([(114.0164322, 33.0133556, 114.022306, 33.0115324, 114.0287781, 33.0176697),
                       (101.5265949, 25.048566, 101.5280737, 25.0455363, 101.5344863, 25.0518094),
                       (107.0188197, 33.0693761, 107.0233282, 33.0674824, 107.0297571, 33.0736864)],
                      columns=["wgs84_lon", "wgs84_lat", "gcj02_lon", "gcj02_lat", "bd09_lon", "bd09_lat"])


def pair(cities, system):
    return tuple(cities[f"{system}_{axis}"].to_numpy() for axis in ("lon", "lat"))


def apart(found, wanted):
    return max(np.abs(one - other).max() for one, other in zip(found, wanted, strict=True))


def check(cities):
    wgs84, gcj02, bd09 = (pair(cities, system) for system in ("wgs84", "gcj02", "bd09"))
    assert apart(systems.wgs84_to_gcj02(*wgs84), gcj02) < 1e-5
    assert apart(systems.gcj02_to_bd09(*gcj02), bd09) < 1e-6
    assert apart(systems.to_wgs84(*gcj02, "GCJ-02"), wgs84) < 1e-5
    assert apart(systems.to_wgs84(*bd09, "BD-09"), wgs84) < 1e-5
    moved = systems.wgs84_to_gcj02(*wgs84)
    assert apart(systems.to_wgs84(*moved, "GCJ-02"), wgs84) < 1e-9
    assert apart(systems.to_wgs84(*systems.gcj02_to_bd09(*moved), "BD-09"), wgs84) < 1e-9


def test_three_cities_are_where_gcoord_has_them():
    check(CITIES)


def test_all_67_cities_are_where_gcoord_has_them():
    folder = os.environ.get("HOTLINE_KNOWN_ANSWERS")
    if not folder:
        pytest.skip("HOTLINE_KNOWN_ANSWERS is not set")
    cities = pd.read_csv(Path(folder, "gcoord_cities.csv"))
    assert len(cities) == 67
    check(cities)


def test_in_beijing_a_wrong_system_is_half_a_kilometre_off():
    """556 m by the print of the formulas for the middle of the city."""
    x, y = systems.wgs84_to_gcj02(np.array([116.39]), np.array([39.907]))
    metres = np.hypot((x - 116.39) * 111_320 * np.cos(np.radians(39.907)), (y - 39.907) * 111_200)
    assert metres[0] == pytest.approx(556, abs=2)


def test_points_outside_china_and_of_systems_that_agree_stay():
    there = np.array([-74.0]), np.array([40.7])
    assert apart(systems.to_wgs84(*there, "GCJ-02"), there) == 0
    assert systems.to_wgs84(*there, "CGCS2000") is not None
    assert apart(systems.to_wgs84(*pair(CITIES, "wgs84"), "CGCS2000"), pair(CITIES, "wgs84")) == 0


def test_ingest_converts_pairs_and_leaves_out_halves():
    columns = {"longitude": pa.array([114.022306, None, 0.0, 114.0]), "latitude": pa.array([33.0115324, 33.0, 0.0, None]),
               "category": pa.array(["a"] * 4)}
    got = coordinates.in_wgs84(columns, "GCJ-02")
    assert got["longitude"][0].as_py() == pytest.approx(114.0164322, abs=1e-5)
    assert got["latitude"][0].as_py() == pytest.approx(33.0133556, abs=1e-5)
    assert got["longitude"].to_pylist()[1:] == [None, 0.0, None]
    assert got["latitude"].to_pylist()[1:] == [None, 0.0, None]
    assert coordinates.in_wgs84(columns, None) is columns
    assert coordinates.in_wgs84({"category": columns["category"]}, "BD-09").keys() == {"category"}
