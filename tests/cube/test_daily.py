"""Counts by day, of which several years are one series, and gatherings of tickets at a place."""

import datetime

import ibis
import pyarrow as pa
import pytest

from helpers.cube import counts, cube
from helpers.cube import gatherings as gathered
from helpers.settings import editions
from helpers.tickets import parquet, schema

JUNE = datetime.date(2020, 6, 1), datetime.date(2020, 6, 30)


def ticket(number, day, **columns):
    return dict.fromkeys(schema.SCHEMA.names) | {
        "ticket_id": str(number),
        "received_at": datetime.datetime.fromisoformat(day),
        "tags": [],
        "district": "甲区",
        "category": "噪音",
        **columns,
    }


@pytest.fixture
def town(home):
    def write(*rows, year=2020):
        edition = editions.read("taipei", year)
        batch = pa.RecordBatch.from_pylist(
            [ticket(number, day, **columns) for number, (day, columns) in enumerate(rows)], schema.SCHEMA
        )
        schema.write(edition, [batch], data="export", source="by hand", digest=str(len(rows)))
        return edition

    return write


def test_days_are_counted_by_place_and_category_with_the_unknown():
    rows = [
        ticket(0, "2020-02-29"),
        ticket(1, "2020-02-29T23:59"),
        ticket(2, "2020-03-01", subdistrict="一街"),
        ticket(3, "2020-02-29", district=None, category=None),
    ]
    table = counts.daily(ibis.memtable(pa.Table.from_pylist(rows, schema.SCHEMA))).to_pyarrow()
    assert table.column_names == ["year", "month", "day", "district", "subdistrict", "category", "tickets"]
    assert [tuple(row.values()) for row in table.to_pylist()] == [
        (2020, 2, 29, "甲区", None, "噪音", 2),
        (2020, 2, 29, None, None, None, 1),
        (2020, 3, 1, "甲区", "一街", "噪音", 1),
    ]


def test_the_table_is_kept_beside_the_cube_and_read_by_itself(town, monkeypatch):
    edition = town(("2020-06-01", {}), ("2020-06-01", {}))
    assert cube.daily(edition)["tickets"].to_pylist() == [2]
    read, rows = [], parquet.rows
    monkeypatch.setattr(parquet, "rows", lambda file: read.append(file.stem) or rows(file))
    assert cube.daily(edition).num_rows == 1
    assert read == ["daily"]
    town(("2020-06-01", {}))
    assert cube.daily(edition)["tickets"].to_pylist() == [1]


def test_three_at_a_place_within_seven_days_are_a_gathering_and_no_place_is_told(town):
    place = {"place_key": "abcd"}
    edition = town(
        ("2020-06-03", place),
        ("2020-06-05", place),
        ("2020-06-09", place),
        ("2020-06-09", {"place_key": "efgh"}),
        ("2020-06-01", {"place_key": "ijkl"}),
        ("2020-06-04", {"place_key": "ijkl"}),
        ("2020-06-08", {"place_key": "ijkl"}),
    )
    found = gathered.gatherings([edition], *JUNE)
    assert found.to_dict("records") == [
        {"district": "甲区", "category": "噪音", "gatherings": 1, "gathered_tickets": 3, "most_tickets": 3}
    ]
    assert gathered.gatherings([edition], JUNE[1], JUNE[1]).empty


def test_what_a_place_always_has_is_no_gathering_and_other_categories_do_not_add(town):
    before = [(f"2020-05-{day:02}", {"community": "一村"}) for day in range(1, 31)]
    now = [(f"2020-06-{day:02}", {"community": "一村"}) for day in (1, 2, 3, 4)]
    mixed = [("2020-06-20", {"place_key": "x", "category": category}) for category in ("噪音", "噪音", "道路")]
    edition = town(*before, *now, *mixed)
    assert gathered.gatherings([edition], *JUNE).empty
    assert len(gathered.gatherings([town(*now)], *JUNE)) == 1


def test_the_edge_of_a_span_takes_in_the_days_before_and_coordinates_are_a_place_too(town):
    spot = {"longitude": 121.5001, "latitude": 25.0402}
    near = {"longitude": 121.5003, "latitude": 25.0399}
    edition = town(
        ("2020-05-29", spot),
        ("2020-05-30", near),
        ("2020-06-02", spot),
        ("2020-06-02", {"longitude": 121.6, "latitude": 25.0402}),
    )
    assert gathered.gatherings([edition], *JUNE)["most_tickets"].tolist() == [3]
    assert gathered.has_places([edition])
    assert not gathered.has_places([town(("2020-06-02", {}))])
