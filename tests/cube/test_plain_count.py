"""The plain way of the benchmark counts what the cube counts: else there would be nothing to compare."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.tickets import counted

from helpers.tickets import schema

pytestmark = pytest.mark.slow
BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
FREE = {"source": ["12345"], "category": ["环保", "住房"], "subcategory": ["噪音"], "topic": ["广场舞"], "owner": ["甲", "乙"],
        "district": ["东城区", "西城区"], "subdistrict": ["一街", "二街"], "community": ["丙"], "dispatches": [1, 2],
        "exclusion": ["duplicate"], "reached": [True, False], "contacted": [True, False], "on_time": [True, False]}


@pytest.fixture
def compare(monkeypatch):
    """The script, whose folder is on the path while it is imported, as when it runs."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import compare
    return compare


def drawn(count):
    """Tickets of every kind, whose columns are drawn each for itself, and are missing now and then."""
    draw = np.random.default_rng(12345)
    words = {name: np.array([*values, None], dtype=object) for name, values in (FREE | schema.VALUES).items()}
    columns = {name: draw.choice(values, count) for name, values in words.items()}
    columns["tags"] = [["一", "二/甲/乙"][:length] for length in draw.integers(0, 3, count)]
    columns["received_at"] = [datetime(2020, 1, 1) + timedelta(minutes=int(one)) for one in draw.integers(0, 527_040, count)]
    for name in ("dispatched_at", "closed_at"):
        columns[name] = [at + timedelta(hours=int(hours)) if hours < 200 else None
                         for at, hours in zip(columns["received_at"], draw.integers(-30, 300, count), strict=True)]
    columns["ticket_id"] = [str(place) for place in range(count)]
    return pa.table([pa.array(list(columns.get(name, [None] * count)), kind) for name, kind in
                     zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)], schema=schema.SCHEMA)


@pytest.mark.parametrize("month_starts_on", [1, 26])
def test_the_plain_way_counts_what_the_cube_counts(compare, tmp_path, month_starts_on):
    rows = drawn(600)
    file = tmp_path / "tickets.parquet"
    pq.write_table(rows, file)
    plain = compare.plain.tables(compare.plain.read(file), month_starts_on)
    asked = counted(rows, month_starts_on)
    assert list(plain) == list(asked)
    assert [name for name, table in asked.items() if not compare.same(plain[name], table.to_pandas())] == []


def test_a_count_that_differs_by_one_ticket_is_seen(compare):
    rows = counted(drawn(50))["channels"].to_pandas()
    assert compare.same(rows.sample(frac=1, random_state=1), rows)
    assert not compare.same(rows.assign(tickets=rows.tickets + (rows.index == 3)), rows)
    assert not compare.same(rows.assign(kind=None), rows)
    assert not compare.same(rows.iloc[1:], rows)
