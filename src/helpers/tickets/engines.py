"""Engines that count: DuckDB in this process, or another by URL. The only module that opens one and gives it rows to ask."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import ibis
import ibis.backends.duckdb
import ibis.expr.operations as ops
import pyarrow as pa

from helpers.settings.errors import UserError
from helpers.tickets import parquet, spark

_CLUSTER = "spark://"


def check(engine: str | None) -> None:
    """Raise KnownError for an engine that cannot be opened: its scheme is unknown, or its driver is not installed.

    Connects to nothing but the master of a Spark cluster, which has to answer.
    """
    if engine is None:
        return
    if engine.startswith(_CLUSTER):
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
    """Open an engine by URL; DuckDB in this process is the default. Nothing is ever downloaded."""
    if engine:
        return spark.connect(engine) if engine.startswith(_CLUSTER) else ibis.connect(engine)
    embedded = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    embedded.raw_sql("SET enable_progress_bar = false")  # it would leave a widget in the notebook
    return embedded


@contextmanager
def closing(table: ibis.Table, engine: str | None):
    """Let go of the engine of a table when the block ends: its memory, and a cluster's cores, are for others to use.

    Raises KnownError with the engine's own first words where one that was named could not do what the block asks.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # every engine has classes of its own
        if not engine:
            raise
        said, host = next(iter(str(error).strip().splitlines()), type(error).__name__), urlsplit(engine).hostname
        raise UserError(f"the engine {urlsplit(engine).scheme}://{host or ''} could not count the tickets (all its workers "
                         f"must see them under the same path): {said[:300]}") from error
    finally:
        table.get_backend().disconnect()


def read(engine: ibis.BaseBackend, *files: Path) -> ibis.Table:
    """Return the rows of files of one schema as one table of `engine`; of a file that stands for a table, the table's."""
    if place := parquet.metadata(files[0]).get("table"):
        return external_table(engine, place, parquet.schema(files[0]))
    return parquet.lazy_table(engine, *files)


def external_table(engine: ibis.BaseBackend, place: str, schema: pa.Schema, needed: Sequence[str] = ()) -> ibis.Table:
    """Return a table that `engine` holds, as one of `schema`: columns that it does not have are null.

    Raises KnownError where it does not hold the table, or the table has not the columns `needed`.
    """
    database, _, name = place.rpartition(".")
    try:
        found = engine.table(name, database=database or None)
    except Exception as error:  # some engines have an error of their own for this
        raise UserError(f"'{place}' is no table of this engine: name with --engine the one where the tickets live.") from error
    if missing := [one for one in needed if one not in found.columns]:
        raise UserError(f"'{place}' has no column '{missing[0]}': make a view with the columns of tickets (data/README.md).")
    wanted = ibis.Schema.from_pyarrow(schema)
    return found.select(**{one: found[one].cast(kind) if one in found.columns else ibis.null(kind)
                           for one, kind in wanted.items()})


def register(engine: ibis.BaseBackend, name: str, rows: pa.Table) -> ibis.Table:
    """Return rows that are held in memory as a table of the embedded engine; they are not copied."""
    engine.con.register(name, rows)
    return ops.DatabaseTable(name, schema=ibis.Schema.from_pyarrow(rows.schema), source=engine).to_expr()


def stream(engine: ibis.BaseBackend, asked: ibis.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows that the embedded engine answers, in order, some at a time, without holding them all."""
    yield from pa.RecordBatchReader.from_stream(engine.con.sql(ibis.to_sql(asked, dialect="duckdb")))
