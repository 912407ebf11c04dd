"""Where tickets are: only of a declared system, only as cells, and said how many are on no map."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from helpers.analysis import coordinate_check, locations
from helpers.analysis.quadtree import Box
from helpers.cube import points
from helpers.drawing import density, style
from helpers.settings import editions, paths, periods
from helpers.tickets import coordinate_systems as systems
from helpers.writing import locations as sentences

HOUSE = editions.NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                             source="test")
EXTENT = editions.Extent(longitude=[116.0, 117.0], latitude=[39.5, 40.3], source="a test")


@dataclass
class Cube:
    data: str = "export"
    account: dict | None = None


@dataclass
class Scope:
    edition: editions.Edition
    period: periods.Period
    cube: Cube


def scope(monkeypatch, account, period="year", audience="public"):
    draw = np.random.default_rng(3)
    found = pd.DataFrame({"longitude": draw.normal(116.4, 0.1, 6000), "latitude": draw.normal(39.9, 0.08, 6000),
                          "month": draw.integers(1, 13, 6000), "district": draw.choice(["东城区", None], 6000)})
    monkeypatch.setattr(points, "read", lambda edition, tag: found)
    monkeypatch.setattr(locations, "_tickets", lambda *_: 7000)
    edition = editions.read("beijing", 2020).model_copy(update={"extent": EXTENT, "audience": audience})
    return Scope(edition, periods.parse(period, 2020), Cube(account=account)), found


def said(sentences):
    return "".join(sentence.printed(HOUSE) for sentence in sentences)


@pytest.mark.parametrize("account", [None, {}, {"coordinates": None}])
def test_without_a_declared_system_there_is_no_map_and_the_reason_is_said(monkeypatch, account):
    town, _ = scope(monkeypatch, account)
    assert locations.found(town).cells.empty
    assert not locations.is_declared(town)
    assert "没有声明" in said(sentences.undeclared(locations.is_declared(town)))
    assert sentences.located(locations.found(town).numbers, "来电") == []


def test_public_cells_hold_enough_and_every_located_ticket_is_counted(monkeypatch):
    town, found = scope(monkeypatch, {"coordinates": "GCJ-02"}, "H1")
    half = found[found["month"] <= 6]
    located = locations.found(town)
    assert located.cells["tickets"].min() >= town.edition.maps.cells.least
    assert located.cells["tickets"].sum() + located.numbers["outside"] == len(half) == located.numbers["located"]
    assert located.numbers["unlocated"] == 7000 - len(half)
    assert located.names["district"].tolist() == ["东城区"]
    finest = (located.box.side / 2**town.edition.maps.cells.finest) ** 2  # square kilometres
    assert np.nansum(located.picture) * finest == pytest.approx(located.cells["tickets"].sum())
    assert said(sentences.located({"located": 5, "unlocated": 2, "outside": 1}, "来电")) == (
        "来电中，有经纬度的5件，没有经纬度的2件；落在制图范围之外的1件，不画。")
    assert sentences.undeclared(True) == []


def test_internal_maps_are_finer(monkeypatch):
    internal, _ = scope(monkeypatch, {"coordinates": "WGS84"}, audience="internal")
    fine = locations.found(internal)
    assert fine.cells["tickets"].min() == 1
    assert np.isfinite(fine.picture).sum() > 500


def test_the_picture_is_drawn_whole_and_where_most_tickets_are():
    cells = pd.DataFrame({"cell": ["甲格", "乙格"], "tickets": [900, 60], "point_density": [90.0, 2.0]})
    squares = pd.DataFrame({"row_of_cells": [0, 1], "west": [1.0, 0.0], "south": [1.0, 0.0], "east": [2.0, 1.0],
                            "north": [2.0, 1.0]})
    picture = np.array([[2.0, np.nan], [np.nan, 90.0]])
    names = pd.DataFrame({"district": ["东城区", "西城区"], "longitude": [1.5, 1.5], "latitude": [1.5, 1.5]})
    ax = density.density_map(cells, "cell", "point_density", places=squares, picture=picture, box=Box(0, 0, 2, 2, 222),
                             districts=names, numbers=HOUSE)
    whole, core = ax.figure.axes[:2]
    assert whole.get_xlim()[0] < 0.01
    assert core.get_xlim() == pytest.approx((1, 2), abs=0.01)
    assert [text.get_text() for text in core.texts] == ["东城区"]  # the other name would touch it
    assert "甲格：90.0件/平方公里" in style.svg(ax)
    assert len({*ax.figure.axes[-1].get_xticks()}) >= 3


def ring(west, south, east, north):
    return np.array([(west, south), (east, south), (east, north), (west, north), (west, south)])


def stripes():
    """Districts a kilometre wide, next to each other: half a kilometre off is often the next one."""
    return {f"{place}区": [[ring(116.3 + place * 0.01, 39.8, 116.31 + place * 0.01, 40.0)]] for place in range(20)}


def tickets():
    draw = np.random.default_rng(5)
    east, north = draw.uniform(116.3, 116.5, 2000), draw.uniform(39.81, 39.99, 2000)
    return pd.DataFrame({"longitude": east, "latitude": north,
                         "district": [f"{int((x - 116.3) // 0.01)}区" for x in east]})


@pytest.mark.parametrize(("system", "move"), [
    ("GCJ-02", systems.wgs84_to_gcj02),
    ("BD-09", lambda east, north: systems.gcj02_to_bd09(*systems.wgs84_to_gcj02(east, north))),
    ("WGS84", lambda east, north: systems.to_wgs84(east, north, "GCJ-02"))])
def test_a_wrong_declared_system_is_noticed_by_the_districts(system, move):
    right = tickets()
    assert coordinate_check.doubt(right, stripes()) is None
    east, north = move(right["longitude"].to_numpy(), right["latitude"].to_numpy())
    found = coordinate_check.doubt(right.assign(longitude=east, latitude=north), stripes())
    assert found.system == system
    assert found.other_share > 0.99 > found.fitting_share
    assert f"若原为{system}则有" in said(sentences.doubted(found))
    assert coordinate_check.doubt(right.head(50), stripes()) is None


def test_outlines_with_holes_and_several_parts_are_read_and_others_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (tmp_path / "reference").mkdir()
    square, hole, island = (ring(*sides).tolist() for sides in ((0, 0, 4, 4), (1, 1, 2, 2), (9, 9, 10, 10)))
    shapes = [("甲区", {"type": "Polygon", "coordinates": [square, hole]}), (None, {"type": "Polygon", "coordinates": [square]}),
              ("乙区", {"type": "MultiPolygon", "coordinates": [[square], [island]]}),
              ("丙区", {"type": "Point", "coordinates": [1, 1]}), ("丁区", None)]
    features = [{"type": "Feature", "properties": {"NAME": name} if name else None, "geometry": shape} for name, shape in shapes]
    (tmp_path / "reference" / "a.geojson").write_text(json.dumps({"features": features}), encoding="utf-8")
    found = coordinate_check.outlines(editions.Boundaries(file="a.geojson", name="NAME", source="a test"))
    assert {name: [len(polygon) for polygon in polygons] for name, polygons in found.items()} == {
        "甲区": [2], "乙区": [1, 1], "丙区": [], "丁区": []}
    where = np.array([0.5, 1.5, 9.5]), np.array([0.5, 1.5, 9.5])
    for name, inside in (("甲区", [True, False, False]), ("乙区", [True, True, True])):
        shares = [coordinate_check._share_within(x[None], y[None], pd.Series([name]), found) for x, y in zip(*where, strict=True)]
        assert shares == inside
    assert coordinate_check.outlines(None) == {}
