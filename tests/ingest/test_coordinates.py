"""Coordinates are read as exports write them; what is no place of the city is null in both parts and counted."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from helpers.ingest import coordinates, export_files
from helpers.ingest.mappings import Number
from helpers.settings.editions import Extent

TRIALS = Path(__file__).parent / "trials"
BEIJING = Extent(longitude=[115.4, 117.6], latitude=[39.4, 41.1], source="a test")


def pair(text: str, order=None) -> tuple:
    return tuple(coordinates.read(pa.array([text]), name, order)[0].as_py() for name in coordinates.NAMES)


@pytest.mark.parametrize(("text", "place"), [
    ("POINT (116.4 39.9)", (116.4, 39.9)), ("point(-74.0 40.7)", (-74.0, 40.7)), ("SRID=4326;POINT(8.5 47.4)", (8.5, 47.4)),
    ("39.9, 116.4", (116.4, 39.9)), ("(40.7, -74.0)", (-74.0, 40.7)), ("39.9 116.4", (116.4, 39.9)), ("47.4,8.5", (8.5, 47.4)),
    ("['100.5', '13.7']", (100.5, 13.7)), ("[100.5, 13.7]", (100.5, 13.7)), ("39,9; 116,4", (116.4, 39.9))])
def test_both_in_one_cell_are_read_by_form_and_range(text, place):
    assert pair(text) == place


def test_the_mapping_says_which_is_first_where_neither_form_nor_range_does():
    assert pair("8.5, 47.4", "lon_lat") == (8.5, 47.4)
    assert pair("100.5, 13.7", "lat_lon") == (13.7, 100.5)
    assert Number.model_validate("coords").order is None


@pytest.mark.parametrize(("text", "degrees"), [("116.4", 116.4), ("116,4", 116.4), ("-74", -74), ("+8.5°", 8.5), ("x", None),
                                               ("996469", None), ("1.2.3", None), ("116.4 E 39.9 N", None), (None, None)])
def test_a_cell_with_one_number_is_that_number(text, degrees):
    assert coordinates.read(pa.array([text], pa.string()), "longitude", None)[0].as_py() == degrees


@pytest.mark.parametrize(("east", "north", "extent", "rule"), [
    (0, 0, None, "are 0, 0"), (0, 0, BEIJING, "are 0, 0"), (39.9, 116.4, None, "are swapped"),
    (39.9, 116.4, BEIJING, "are swapped"),
    (8.5, 47.4, BEIJING, "lie outside the city"), (200.0, 39.9, None, "lie outside the city"),
    (116.4, 39.9, BEIJING, None), (116.4, None, BEIJING, None), (None, 116.4, None, "lie outside the city"),
    (None, None, None, None)])
def test_what_is_no_place_is_null_in_both_parts_and_counted(east, north, extent, rule):
    counted = Counter()
    columns = {"longitude": pa.array([east], pa.float64()), "latitude": pa.array([north], pa.float64())}
    got = coordinates.places(columns, extent, counted)
    assert [got[name][0].as_py() for name in coordinates.NAMES] == ([None, None] if rule else [east, north])
    assert +counted == ({f"longitude, latitude {rule}": 1} if rule else {})


@pytest.mark.parametrize(("name", "rule"), [("swapped_coords", "are swapped"), ("zero_coords", "are 0, 0")])
def test_a_small_export_that_failed_keeps_no_place(name, rule):
    (batch,) = export_files.read(TRIALS / f"{name}.csv")[0].batches
    columns = {column: coordinates.read(cells, column, None)
               for column, cells in zip(coordinates.NAMES, batch.columns[4:6], strict=True)}
    counted = Counter()
    got = coordinates.places(columns, None, counted)
    assert got["longitude"].null_count == got["latitude"].null_count == 6
    assert +counted == {f"longitude, latitude {rule}": 6}
