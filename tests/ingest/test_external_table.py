"""Tickets that live in a database of another's are counted there."""

import os
import subprocess
import sys
from datetime import datetime

import duckdb
import pyarrow as pa
import pytest

from helpers.cube import cube
from helpers.ingest import external_table, ingest
from helpers.settings import editions, paths, periods
from helpers.settings.errors import UserError
from helpers.tickets import schema

pytestmark = pytest.mark.slow
ROWS = [{"ticket_id": "1", "received_at": datetime(2018, 1, 31, 23), "category": "教育", "agent": "somebody"},
        {"ticket_id": "2", "received_at": datetime(2018, 2, 1), "category": None, "agent": "somebody"},
        {"ticket_id": "3", "received_at": datetime(2018, 2, 3), "category": "教育", "agent": "somebody"}]


@pytest.fixture
def engine(home):
    """Return a function that puts rows into `hotline.tickets` of a database file and returns the engine's URL."""
    def hold(*rows):
        with duckdb.connect(home / "warehouse.db") as database:
            database.execute("CREATE SCHEMA IF NOT EXISTS hotline")
            database.register("given", pa.Table.from_pylist(list(rows)))
            database.execute("CREATE OR REPLACE TABLE hotline.tickets AS SELECT * FROM given")
        return f"duckdb:///{home / 'warehouse.db'}"

    return hold


def months(url=None):
    loaded = cube.load(editions.read("pingshan", 2018), periods.parse("year", 2018), engine=url)
    return [tuple(row.values()) for row in loaded.calls.select("month", "category", "tickets").to_pyarrow().to_pylist()]


def test_a_warehouses_tickets_are_counted_there_and_the_cube_serves_runs_without_it(engine):
    url = engine(*ROWS)
    assert external_table.register_table(editions.read("pingshan", 2018), url, "hotline.tickets") == 3
    assert months(url) == months() == [(1, "教育", 1), (2, "教育", 1), (2, None, 1)]
    assert schema.metadata(editions.read("pingshan", 2018))["data"] == "export"


def test_a_column_that_the_table_does_not_have_is_known_of_no_ticket_and_one_of_its_own_is_not_read(engine):
    url = engine(*ROWS)
    external_table.register_table(editions.read("pingshan", 2018), url, "hotline.tickets")
    rows = schema.read(editions.read("pingshan", 2018), url)
    assert rows.columns == tuple(schema.SCHEMA.names)
    assert set(rows.district.to_pyarrow().to_pylist()) == {None}


def test_cubes_are_made_anew_when_the_table_has_grown_and_is_pointed_at_again(engine):
    external_table.register_table(editions.read("pingshan", 2018), url := engine(*ROWS), "hotline.tickets")
    before = months(url)
    engine(*ROWS, ROWS[0] | {"ticket_id": "4", "received_at": datetime(2018, 12, 1)})
    assert months(url) == before
    external_table.register_table(editions.read("pingshan", 2018), url, "hotline.tickets")
    assert (12, "教育", 1) in months(url)


def test_without_the_engine_where_tickets_live_it_is_said_what_to_name(engine):
    external_table.register_table(editions.read("pingshan", 2018), engine(*ROWS), "hotline.tickets")
    with pytest.raises(UserError, match="name with --engine the one where the tickets live"):
        months()


@pytest.mark.parametrize(("rows", "message"), [
    ([{"received_at": datetime(2018, 1, 1)}], "has no column 'ticket_id'"),
    ([*ROWS, ROWS[0] | {"received_at": datetime(2019, 1, 1)}], "name a table or a view of 2018 alone")])
def test_a_table_that_cannot_be_a_years_tickets_is_refused(engine, rows, message):
    with pytest.raises(UserError, match=message):
        external_table.register_table(editions.read("pingshan", 2018), engine(*rows), "hotline.tickets")


def test_tickets_that_are_held_are_given_up_only_when_asked(engine):
    url = engine(*ROWS)
    schema.write(editions.read("pingshan", 2018), [], data="export", source="x.csv", digest="1")
    with pytest.raises(UserError, match=r"has tickets already \(x\.csv\): add --replace"):
        external_table.register_table(editions.read("pingshan", 2018), url, "hotline.tickets")
    assert external_table.register_table(editions.read("pingshan", 2018), url, "hotline.tickets", replace=True) == 3


def test_values_corrected_in_place_are_counted_anew_when_the_table_is_named_again(engine):
    external_table.register_table(editions.read("pingshan", 2018), engine(*ROWS), "hotline.tickets")
    months(engine(*ROWS))
    corrected = [row | {"category": "住房"} for row in ROWS]
    external_table.register_table(editions.read("pingshan", 2018), engine(*corrected), "hotline.tickets")
    assert months(engine(*corrected)) == [(1, "住房", 1), (2, "住房", 2)]


@pytest.mark.parametrize("command", [["-m", "helpers.ingest"], ["-m", "helpers.warehouse"]], ids=" ".join)
def test_both_commands_register_a_table(engine, command):
    options = ["--table", "hotline.tickets", "--engine", engine(*ROWS), "--city", "pingshan", "--year", "2018"]
    ended = subprocess.run([sys.executable, *command, *options], capture_output=True, text=True,
                           env=os.environ | {"HOTLINE_HOME": str(paths.ROOT)})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "pingshan 2018: 3 tickets stay in hotline.tickets\n"
    assert schema.metadata(editions.read("pingshan", 2018))["table"] == "hotline.tickets"


@pytest.mark.parametrize(("options", "message"), [
    ([], "give either FILE… or --table NAME --engine URL"),
    (["a.csv", "--table", "t", "--engine", "duckdb://"], "give either FILE… or --table NAME --engine URL"),
    (["--table", "t"], "--table needs --engine URL"),
    (["a.csv", "--engine", "duckdb://"], "--engine is for --table alone"),
    (["--table", "t", "--engine", "duckdb://", "--mapping", "m.yml"], "--mapping is for FILE… alone"),
])
def test_options_that_do_not_go_together_are_wrong_usage(options, message, capsys):
    with pytest.raises(SystemExit) as ended:
        ingest.main([*options, "--city", "pingshan", "--year", "2018"])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_table_does_not_replace_tickets_of_an_export_unless_it_is_said(engine, capsys):
    schema.write(editions.read("pingshan", 2018), [], data="export", source="a.csv", digest="0")
    command = ["--table", "hotline.tickets", "--engine", engine(*ROWS), "--city", "pingshan", "--year", "2018"]
    assert ingest.main(command) == 1
    assert "has tickets already (a.csv): add --replace" in capsys.readouterr().err
    assert ingest.main([*command, "--replace"]) == 0
