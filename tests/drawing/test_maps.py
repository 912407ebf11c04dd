import json
import sys
from itertools import combinations
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from helpers.analysis import places
from helpers.drawing import maps, style
from helpers.settings import paths
from helpers.settings.editions import Boundaries, NumberRules
from helpers.settings.errors import UserError

HOUSE = NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                source="test")
DISTRICTS = pd.DataFrame({"district": ["海淀区", "朝阳区", None], "tickets": [9_000, 167_000, 600_754],
                          "resolution_rate": [0.8, 0.9, 0.1], "satisfaction_rate": [0.85, None, 0.2]})
TILES = pd.DataFrame({"district": ["海淀区", "朝阳区", "延庆区"], "residents": [1, 2, 3], "tile_column": [1, 2, 6],
                      "tile_row": [1, 1, 2]})
KNOWN = ["海淀区", "朝阳区", "延庆区"]
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32650"}}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (tmp_path / "reference").mkdir()
    return tmp_path / "reference"


def square(name, x, y=0.0, size=1.0, key="NAME"):
    ring = [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]
    return {"type": "Feature", "properties": {key: name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def outlines(folder, *features, districts=KNOWN, **more):
    pytest.importorskip("geopandas")
    contents = {"type": "FeatureCollection", "features": list(features), **more}
    (folder / "map.geojson").write_text(json.dumps(contents, ensure_ascii=False), encoding="utf-8")
    return places.outlines(Boundaries(file="map.geojson", name="NAME", source="test"), districts)


def touching(ax):
    ax.figure.draw_without_rendering()
    boxes = [Text.get_window_extent(text) for text in ax.texts]  # without its line
    return [(one, other) for one, other in combinations(boxes, 2) if one.shrunk(0.98, 0.8).overlaps(other.shrunk(0.98, 0.8))]


def test_a_tile_has_name_and_value_and_what_has_no_row_is_a_dash():
    ax = maps.shaded(DISTRICTS, "district", "tickets", places=TILES, numbers=HOUSE)
    assert [text.get_text() for text in ax.texts] == ["海淀区\n0.9万件", "朝阳区\n16.7万件", "延庆区\n—"]


def test_what_has_no_tile_is_named_below_and_has_no_part_in_the_shades():
    ax = maps.shaded(DISTRICTS, "district", "tickets", places=TILES, numbers=HOUSE)
    assert ax.get_xlabel() == "图中未列：未填写 60.1万件"
    assert [to_rgb(bar.get_facecolor()[:3]) for bar in ax.patches[1:]] == [to_rgb(style.SHADES(1.0)), to_rgb("white")]


def test_a_scale_says_what_a_shade_means():
    figure = maps.shaded(DISTRICTS, "district", "tickets", places=TILES, numbers=HOUSE).figure
    assert [ax.get_xlabel() for ax in figure.axes[1:]] == ["单位：万件"]


@pytest.mark.parametrize("largest", [1, 7, 130, 2_592, 167_000])
def test_each_shade_of_the_scale_is_a_class_whose_bounds_are_its_ticks(largest):
    frame = pd.DataFrame({"district": KNOWN, "tickets": [largest, largest // 2, 0]})
    figure = maps.shaded(frame, "district", "tickets", places=TILES, numbers=HOUSE).figure
    tiles, scale = figure.axes
    bounds = [float(bound) for bound in scale.get_xticks()]
    mesh = next(drawn for drawn in scale.collections if drawn.get_array() is not None)
    shades = [to_rgb(colour[:3]) for colour in mesh.to_rgba(mesh.get_array().ravel())]
    assert len(shades) == len(bounds) - 1 == len(set(shades))
    assert bounds[0] == 0
    assert largest <= bounds[-1] < 2 * largest + 1
    for value, tile in zip(frame["tickets"], tiles.patches, strict=True):
        own = sum(value >= bound for bound in bounds[1:-1])
        assert to_rgb(tile.get_facecolor()[:3]) == pytest.approx(shades[own], abs=0.01)


def test_two_rates_stand_side_by_side_each_shaded_from_its_own_least():
    first = maps.shaded(DISTRICTS, "district", values=["resolution_rate", "satisfaction_rate"], places=TILES, numbers=HOUSE)
    left, right = first.figure.axes[:2]
    assert [ax.get_title(loc="left") for ax in (left, right)] == ["解决率", "满意率"]
    assert [text.get_text() for text in right.texts] == ["海淀区\n85.00%", "朝阳区\n—", "延庆区\n—"]
    assert to_rgb(left.patches[0].get_facecolor()[:3]) == to_rgb(style.SHADES(0.0)[:3])


def test_on_a_phone_a_number_wider_than_its_tile_leaves_its_unit_to_the_scale_and_its_value():
    frame = pd.DataFrame({"district": ["海淀区", "朝阳区"], "ticket_density": [1522.84, 2776.9]})
    with style.narrow():
        ax = maps.shaded(frame, "district", "ticket_density", places=TILES, numbers=HOUSE)
    assert [text.get_text() for text in ax.texts] == ["海淀区\n1522.8", "朝阳区\n2776.9", "延庆区\n—"]
    assert touching(ax) == []
    assert "海淀区：1522.8件/万人" in style.svg(ax)


@pytest.mark.parametrize("tickets", [[0, 0, 0], [5, 5, 5], [1, 1_000_000, 7]])
def test_no_two_names_touch_whatever_the_values(tickets):
    names = ["北京经济技术开发区", "石景山区", "门头沟区"]
    frame = pd.DataFrame({"district": names, "tickets": tickets})
    ax = maps.shaded(frame, "district", "tickets", places=TILES.assign(district=names), numbers=HOUSE)
    assert touching(ax) == []


def test_the_same_frame_gives_the_same_bytes():
    once, again = (style.svg(maps.shaded(DISTRICTS, "district", "tickets", places=TILES, numbers=HOUSE)) for _ in "12")
    assert once == again


def edition(**more):
    return SimpleNamespace(**{"places": None, "boundaries": None, **more})


def test_places_without_a_file_are_empty(folder):
    assert places.read(edition(), KNOWN).empty


@pytest.mark.parametrize(("table", "said"), [
    (None, r"reference/tiles\.csv is not there"), ("district,residents\n甲,1\n", "no column 'tile_column'"),
    ("district,residents,tile_column,tile_row\n甲,1,1,1\n甲,1,1,2\n", "'甲' has the same district"),
    ("district,residents,tile_column,tile_row\n甲,1,1,1\n乙,1,1,1\n", "'乙' has the same tile_column and tile_row")])
def test_a_file_of_tiles_that_cannot_be_drawn_is_told(folder, table, said):
    if table:
        (folder / "tiles.csv").write_text(table, encoding="utf-8")
    with pytest.raises(UserError, match=said):
        places.read(edition(places="tiles.csv"), KNOWN)


def test_outlines_stand_in_the_order_of_the_districts_with_their_residents(folder):
    pytest.importorskip("geopandas")
    outlines(folder, square("朝阳区", 117), square("海淀区", 116))
    (folder / "tiles.csv").write_text(TILES.to_csv(index=False), encoding="utf-8")
    found = places.read(edition(places="tiles.csv", boundaries=Boundaries(file="map.geojson", name="NAME", source="t")), KNOWN)
    assert found["district"].tolist() == ["海淀区", "朝阳区"]
    assert found["residents"].tolist() == [1, 2]


def test_areas_of_equal_size_are_equal_on_the_map_whatever_their_latitude(folder):
    south, north = outlines(folder, square("海淀区", 116, 0), square("朝阳区", 116, 60)).geometry.area
    assert north / south == pytest.approx(0.49, abs=0.01)  # a degree of longitude at 60 to 61°N is 0.49 of one at the equator


def test_projected_coordinates_that_the_file_names_are_understood(folder):
    found = outlines(folder, square("海淀区", 440_000, 4_400_000, 10_000), crs=CRS)
    assert found.geometry.area.iloc[0] == pytest.approx(1e8, rel=0.01)


def test_parts_of_a_district_are_one_and_holes_stay(folder):
    holed = square("海淀区", 116)
    holed["geometry"]["coordinates"].append([[116.4, 0.4], [116.6, 0.4], [116.6, 0.6], [116.4, 0.6], [116.4, 0.4]])
    whole = outlines(folder, square("海淀区", 116)).geometry.area.iloc[0]
    assert outlines(folder, holed).geometry.area.iloc[0] == pytest.approx(whole * 0.96, rel=0.001)
    both = outlines(folder, square("海淀区", 116), square("海淀区", 118))
    assert both["district"].tolist() == ["海淀区"]
    assert both.geometry.area.iloc[0] == pytest.approx(2 * whole, rel=0.001)


def test_heights_are_no_part_of_an_outline(folder):
    raised = square("海淀区", 116)
    raised["geometry"]["coordinates"] = [[[*point, 43.5] for point in ring] for ring in raised["geometry"]["coordinates"]]
    found = outlines(folder, raised)
    assert not found.geometry.has_z.any()
    maps.shaded(DISTRICTS, "district", "tickets", places=found, numbers=HOUSE)


def test_a_ring_that_crosses_itself_is_mended(folder):
    crossed = square("海淀区", 116)
    crossed["geometry"]["coordinates"] = [[[116, 0], [117, 1], [117, 0], [116, 1], [116, 0]]]
    found = outlines(folder, crossed).geometry
    assert found.is_valid.all()
    assert found.area.iloc[0] > 0


def test_outlines_of_other_places_are_left_out(folder):
    assert outlines(folder, square("海淀区", 116), square("天津市", 117), square(None, 118))["district"].tolist() == ["海淀区"]


@pytest.mark.parametrize(("features", "said"), [
    ([], "holds no features"),
    ([square("海淀区", 116, key="name")], r"no property 'NAME'.*Known: name\."),
    ([square("海淀", 116)], "names no district of the edition（海淀 … instead of 海淀区、朝阳区、延庆区".replace("（", r" \(")),
    ([square("海淀区", 440_000, 4_400_000, 9)], "440000, 4400000 are no longitudes and latitudes: save the file in WGS84"),
    ([square("海淀区", 116) | {"geometry": {"type": "Point", "coordinates": [116, 40]}}], "no polygon for any district"),
    ([square("海淀区", 116) | {"geometry": None}], "no polygon for any district")])
def test_a_boundary_file_that_cannot_be_drawn_is_told(folder, features, said):
    with pytest.raises(UserError, match=said):
        outlines(folder, *features)


@pytest.mark.parametrize("contents", ["{not json", "[]", "", "district,x\n甲,1\n"])
def test_a_file_that_is_no_geojson_is_told(folder, contents):
    pytest.importorskip("geopandas")
    (folder / "map.geojson").write_text(contents, encoding="utf-8")
    with pytest.raises(UserError, match=r"reference/map\.geojson (cannot be read as GeoJSON|holds no features)"):
        places.outlines(Boundaries(file="map.geojson", name="NAME", source="test"), KNOWN)


def test_a_boundary_file_that_is_not_there_is_told(folder):
    pytest.importorskip("geopandas")
    with pytest.raises(UserError, match="must name a GeoJSON file below data/reference"):
        places.outlines(Boundaries(file="map.geojson", name="NAME", source="test"), KNOWN)


def test_without_geopandas_the_remedy_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "geopandas", None)
    with pytest.raises(UserError, match="run pip install geopandas"):
        places.outlines(Boundaries(file="map.geojson", name="NAME", source="test"), KNOWN)


def test_on_a_true_map_names_stand_inside_where_they_fit_and_clear_of_each_other_else(folder):
    shapes = outlines(folder, square("海淀区", 116), square("朝阳区", 117), square("延庆区", 116.98, 0.5, 0.01))
    ax = maps.shaded(DISTRICTS, "district", "tickets", places=shapes, numbers=HOUSE)
    assert touching(ax) == []
    assert [text.arrow_patch is None for text in ax.texts] == [True, True, False]
    assert ax.get_xlabel() == "图中未列：未填写 60.1万件"
    assert ax.get_ylabel() == ""


def test_many_small_districts_beside_each_other_keep_their_names_apart(folder):
    names = [f"第{place}区" for place in range(12)]
    around = [square(name, 116 + place % 4 * 0.02, 0.5 + place // 4 * 0.02, 0.02) for place, name in enumerate(names)]
    shapes = outlines(folder, *around, square("外区", 116, -0.6, 1.0), districts=[*names, "外区"])
    frame = pd.DataFrame({"district": [*names, "外区"], "tickets": range(13)})
    ax = maps.shaded(frame, "district", "tickets", places=shapes, numbers=HOUSE)
    assert touching(ax) == []
    assert style.svg(ax).count("<text") >= 26
