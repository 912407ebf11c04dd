"""The notebooks of the product of warnings, cell by cell, on three made-up years of an export in which one week stands out."""

import ast
from datetime import date, datetime, time, timedelta

import nbformat
import numpy as np
import pyarrow as pa
import pytest
from support.home import inside

from helpers.settings import editions, paths
from helpers.tickets import schema

pytestmark = [pytest.mark.slow, pytest.mark.thorough]
FIRST = date(2018, 1, 1)
OUTBREAK = date(2020, 11, 2)
NOTEBOOKS = ["warning/01-outlook", "warning/02-alerts", "warning/03-calendar", "warning/04-gatherings", "warning/05-back-test",
             "warning/06-districts", "bulletin/05-outlook", "07-early-warning"]


def day(number):
    return FIRST + timedelta(days=number)


def tickets(year, draw):
    """Tickets of two districts; 乙 doubles each June, 甲 of 松山區 has five times as many in a week at a place."""
    rows = []
    for number in range((date(year, 1, 1) - FIRST).days, (date(year + 1, 1, 1) - FIRST).days):
        for district in ("松山區", "信義區"):
            for category, mean in (("甲", 3), ("乙", 8 if day(number).month == 6 else 4)):
                struck = category == "甲" and district == "松山區" and 0 <= (day(number) - OUTBREAK).days < 7
                many = draw.poisson(mean * (5 if struck else 1))
                at = datetime.combine(day(number), time(9))
                rows += [(at, district, category, "abcd" if struck else f"{draw.integers(10**6)}") for _ in range(many)]
    return rows


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    draw = np.random.default_rng(7)
    with inside(tmp_path_factory.mktemp("home")):
        for year in (2018, 2019, 2020):
            received, districts, categories, keys = zip(*tickets(year, draw), strict=True)
            streets = ["一街" if district == "松山區" else None for district in districts]
            known = {"ticket_id": [f"{year}-{number}" for number in range(len(received))], "received_at": received,
                     "district": districts, "subdistrict": streets, "category": categories, "place_key": keys,
                     "tags": [[]] * len(received), "dispatches": [1] * len(received)}
            columns = [pa.array(known.get(field.name, [None] * len(received)), field.type) for field in schema.SCHEMA]
            batch = pa.RecordBatch.from_arrays(columns, schema=schema.SCHEMA)
            schema.write(editions.read("taipei", year), [batch], data="export", source="t", digest=str(year))
        yield


def run(stem, period):
    """Return what the cells of a notebook print."""
    _, *cells = [cell for cell in nbformat.read(paths.notebook(stem), 4).cells if cell.cell_type == "code"]
    names = {"city": "taipei", "year": 2020, "period": period, "compare": "year_ago"}
    outputs = []
    for cell in cells:
        *body, last = ast.parse(cell.source).body
        is_value = isinstance(last, ast.Expr)
        exec(compile(ast.Module(body if is_value else [*body, last], []), stem, "exec"), names)
        outputs += [eval(compile(ast.Expression(last.value), stem, "eval"), names)] if is_value else []
    return [output for output in outputs if output is not None]


def words(outputs):
    return "".join(part["text"] if isinstance(part, dict) else part for output in outputs if output.kind == "prose"
                   for sentence in output.sentences for part in sentence["parts"])


@pytest.fixture(scope="module")
def printed(town):
    return {stem: run(stem, "year" if stem[0] == "0" else "M11") for stem in NOTEBOOKS}


def test_what_is_expected_has_ranges_by_horizon_and_category(printed):
    outputs = printed["warning/01-outlook"]
    assert [output.kind for output in outputs[:3]] == ["prose", "figure", "table"]
    assert "預計受理未來1周" in words(outputs)
    assert [row[0] for row in outputs[2].table["rows"]] == ["乙", "甲"]


@pytest.mark.parametrize("stem", ["warning/02-alerts", "07-early-warning"])
def test_the_week_that_stands_out_is_the_alert_and_is_drawn(printed, stem):
    outputs = printed[stem]
    assert "松山區甲：最多的一週有" in words(outputs)
    assert "2020年11月2日當週" in words(outputs)
    assert any(output.kind == "figure" and "松山區“甲”" in output.name for output in outputs)


def test_subdistricts_have_alerts_of_their_own_and_every_district_its_expectation(printed):
    assert "為松山區一街甲" in words(printed["warning/02-alerts"])
    table = printed["warning/06-districts"][0].table
    assert [row[:2] for row in table["rows"]] == [["松山區", "乙"], ["松山區", "甲"], ["信義區", "乙"], ["信義區", "甲"]]


def test_a_bulletin_expects_the_month_that_comes(printed):
    outputs = printed["bulletin/05-outlook"]
    assert "預計2020年12月來電" in words(outputs)
    names = [output.name for output in outputs if output.kind == "table"]
    assert names[:2] == ["2020年12月各類別來電量的預計", "2020年12月各區來電量的預計"]
    assert outputs[1].table["rows"][0][0] == "乙"


def test_what_returns_each_june_is_in_the_calendar(printed):
    table = next(output for output in printed["warning/03-calendar"] if output.kind == "table")
    assert table.table["rows"][0][0] == "乙"
    assert table.table["rows"][0][1].startswith(("5月下旬", "6月上旬"))
    assert table.table["rows"][0][-2:] == [3, 0]


def test_the_place_of_the_outbreak_is_a_gathering_of_its_district_and_is_not_named(printed):
    outputs = printed["warning/04-gatherings"]
    table = next(output for output in outputs if output.kind == "table")
    assert table.table["rows"][0][:3] == ["松山區", "甲", 1]
    assert "abcd" not in str([output.payload for output in outputs])


def test_the_back_test_says_how_often_it_was_right(printed):
    said = words(printed["warning/05-back-test"])
    assert "落在八成把握的範圍之內" in said
    assert "個平穩週中，每百周有預警" in said
    assert len([output for output in printed["warning/05-back-test"] if output.kind == "table"]) == 4
