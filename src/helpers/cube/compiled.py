"""Answer the cube's counts, which for DuckDB are compiled once a process.

Ibis compiles them for longer than DuckDB counts the tickets of a small city.
"""

from collections.abc import Mapping
from functools import cache

import ibis
import pyarrow as pa

from helpers.cube import counts
from helpers.tickets import engines

_Queries = Mapping[str, tuple[str, pa.Schema]]  # by name: DuckDB's SQL, and the columns of its answer
_TICKETS = "tickets"


def base_counts(rows: ibis.Table, month_starts_on: int, engine: str | None = None) -> dict[str, pa.Table]:
    """Return the answers of `counts.base_counts` by name.

    `engine` is the URL of the engine of `rows`; None is DuckDB in this process.
    """
    if engine:
        return {name: query.to_pyarrow() for name, query in counts.base_counts(rows, month_starts_on).items()}
    return _answers(rows, _base_counts(rows.schema(), month_starts_on))


def daily(rows: ibis.Table, engine: str | None = None) -> pa.Table:
    """Return the answer of `counts.daily`; `engine` as in `base_counts`."""
    return counts.daily(rows).to_pyarrow() if engine else _answers(rows, _daily(rows.schema()))["daily"]


def tables(counted: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return the tables of the cube (`counts.tables`) by name, as sums of the answers of `base_counts`."""
    connection = engines.connect()
    for name, rows in counted.items():
        engines.register(connection, name, rows)
    schemas = tuple((name, ibis.Schema.from_pyarrow(rows.schema)) for name, rows in counted.items())
    return {name: engines.answer(connection, *query) for name, query in _tables(schemas).items()}


def _answers(rows: ibis.Table, queries: _Queries) -> dict[str, pa.Table]:
    connection = rows.get_backend()
    connection.create_view(_TICKETS, rows, overwrite=True)
    return {name: engines.answer(connection, *query) for name, query in queries.items()}


@cache
def _base_counts(columns: ibis.Schema, month_starts_on: int) -> _Queries:
    return _compiled(counts.base_counts(ibis.table(columns, name=_TICKETS), month_starts_on))


@cache
def _daily(columns: ibis.Schema) -> _Queries:
    return _compiled({"daily": counts.daily(ibis.table(columns, name=_TICKETS))})


@cache
def _tables(schemas: tuple[tuple[str, ibis.Schema], ...]) -> _Queries:
    return _compiled(counts.tables({name: ibis.table(columns, name=name) for name, columns in schemas}))


def _compiled(queries: Mapping[str, ibis.Table]) -> _Queries:
    return {name: (str(ibis.to_sql(query, dialect="duckdb")), query.schema().to_pyarrow()) for name, query in queries.items()}
