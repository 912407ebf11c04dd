"""Open the engines that query tickets: DuckDB in this process, or another by URL. No other module opens one.

`check`, `connect`, `closing`, `read`, `external_table` serve every engine; `register`, `answer` and `stream` only DuckDB in this
process.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import ibis
import ibis.backends.duckdb
import ibis.expr.operations as ops
import pyarrow as pa

from helpers.settings import memory
from helpers.settings.errors import UserError
from helpers.tickets import parquet, spark

_CLUSTER = "spark://"
_AMPLE, _LEAST = 2 * 2**30, 100 * 2**20  # bytes of memory


def _fetch_arrow_table(connection: duckdb.DuckDBPyConnection, *_: int) -> pa.Table:
    """Return the rows of a connection's last query, by the name that DuckDB 2 has removed and Ibis 12 calls (ibis#12001).

    Without it `rows.alias("t").sql("select …")` raises. DuckDB 1.5, which still has the name, starts threads when it is imported:
    no kernel could be forked.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
        return connection.to_arrow_table()


if not hasattr(duckdb.DuckDBPyConnection, "fetch_arrow_table"):
    duckdb.DuckDBPyConnection.fetch_arrow_table = _fetch_arrow_table


def check(engine: str | None) -> None:
    """Raise UserError where an engine's scheme is unknown (exit code 2) or its driver is not installed.

    Of engines only the master of a Spark cluster is contacted, and must answer.
    """
    if engine is None:
        return
    if _is_cluster(engine):
        spark.check(engine)
        return
    try:
        scheme = urlsplit(engine).scheme.replace("postgresql", "postgres")
    except ValueError:
        scheme = ""
    known = sorted(metadata.entry_points(group="ibis.backends").names)
    if scheme not in known:
        raise UserError(f"engine '{engine}' is not known: write its URL, such as spark://HOST:7077 or duckdb://, with "
                         f"one of the schemes spark, {', '.join(known)}.", exit_code=2)
    try:
        getattr(ibis, scheme)
    except ImportError:
        raise UserError(f"engine '{engine}' needs a driver that is not installed: run "
                         f"python -m pip install 'ibis-framework[{scheme}]'.") from None


def connect(engine: str | None = None) -> ibis.BaseBackend:
    """Connect to an engine by URL; None is DuckDB in this process, which never downloads extensions."""
    if engine:
        try:
            connected = spark.connect(engine) if _is_cluster(engine) else ibis.connect(engine)
        except UserError:
            raise
        except Exception as error:  # every engine has classes of its own
            raise UserError(f"the engine {_name(engine)} cannot be opened: {_first_line(error)}: see that it runs, "
                            "and that the URL of --engine is right.",
                            exit_code=2) from error
        connected.url = engine
        return connected
    embedded = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    embedded.raw_sql("SET enable_progress_bar = false")  # it would leave a widget in the notebook
    free = memory.free()
    if free is not None and free < _AMPLE:  # DuckDB takes four fifths of the machine's, whatever a cgroup leaves
        embedded.raw_sql(f"SET memory_limit = '{max(free // 2, _LEAST) // 2**20}MiB'")
        embedded.raw_sql("SET threads = 1")  # each has buffers of its own
    return embedded


def spill(table: ibis.Table, folder: Path) -> None:
    """Let DuckDB write what memory does not hold while it counts to a folder, which it makes; other engines have their own.

    Its default is `.tmp` in the working folder, which may be read-only, and where a killed process leaves its files.
    """
    if table.get_backend().name == "duckdb":
        table.get_backend().con.execute("SET temp_directory = ?", [str(folder)])


@contextmanager
def closing(table: ibis.Table, engine: str | None) -> Iterator[None]:
    """Disconnect the engine of a table when the block ends, which frees its memory and a cluster's cores; errors: `reporting`."""
    connected = table.get_backend()
    try:
        with reporting(connected, engine):
            yield
    finally:
        spark.disconnect(connected) if _is_cluster(engine) else connected.disconnect()


@contextmanager
def reporting(connected: ibis.BaseBackend, engine: str | None) -> Iterator[None]:
    """Turn an exception of the block into a UserError with the first line of its message, where `engine` names one by URL."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # every engine has classes of its own
        if not engine:
            raise
        raise UserError(f"the engine {_name(engine)} could not count the tickets: {_failure(connected, error)}",
                        exit_code=2) from error


def _failure(connected: ibis.BaseBackend, error: Exception) -> str:
    """Return why an engine failed, in one line."""
    return spark.failure(connected, error) if hasattr(connected, "watch") else _first_line(error)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]


def _name(engine: str) -> str:
    """Return what an engine is called in a message: its URL without what may be secret."""
    return f"{urlsplit(engine).scheme}://{urlsplit(engine).hostname or ''}"


def _is_cluster(engine: str | None) -> bool:
    return bool(engine) and engine.startswith(_CLUSTER)


def read(engine: ibis.BaseBackend, *files: Path) -> ibis.Table:
    """Return files of tickets of one schema as one lazy table; a file that only points to an external table returns that."""
    if place := parquet.metadata(files[0]).get("table"):
        return external_table(engine, place, parquet.schema(files[0]))
    with reporting(engine, getattr(engine, "url", None)):
        return parquet.lazy_table(engine, *files)


def external_table(engine: ibis.BaseBackend, place: str, schema: pa.Schema, needed: Sequence[str] = ()) -> ibis.Table:
    """Return the table `place` (`name` or `database.name`) of an engine, cast to `schema`; columns that it lacks are null.

    Raises UserError where the engine has no such table, or the table lacks one of the columns `needed`.
    """
    database, _, name = place.rpartition(".")
    try:
        found = engine.table(name, database=database or None)
    except Exception as error:  # some engines have an error of their own for this
        raise UserError(f"'{place}' is no table of this engine: name with --engine the one where the tickets live.") from error
    if missing := [name for name in needed if name not in found.columns]:
        raise UserError(f"'{place}' has no column '{missing[0]}': make a view with the columns of tickets (data/README.md).")
    wanted = ibis.Schema.from_pyarrow(schema)
    return found.select(**{name: found[name].cast(kind) if name in found.columns else ibis.null(kind)
                           for name, kind in wanted.items()})


def register(engine: ibis.BaseBackend, name: str, rows: pa.Table) -> ibis.Table:
    """Return rows in memory as a table `name` of DuckDB in this process (no other engine); they are not copied."""
    engine.con.register(name, rows)
    return ops.DatabaseTable(name, schema=ibis.Schema.from_pyarrow(rows.schema), source=engine).to_expr()


def answer(engine: ibis.BaseBackend, sql: str, schema: pa.Schema) -> pa.Table:
    """Return the rows of a query in DuckDB's SQL to DuckDB in this process (no other engine), cast to `schema`."""
    return engine.con.sql(sql).to_arrow_table().cast(schema)


def stream(engine: ibis.BaseBackend, query: ibis.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a query to DuckDB in this process (no other engine), in order, in batches as they are computed."""
    yield from pa.RecordBatchReader.from_stream(engine.con.sql(ibis.to_sql(query, dialect="duckdb")))
