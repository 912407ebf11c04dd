"""Parquet: the only module that reads or writes it, and that opens an engine."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from helpers.errors import KnownError

_PREFIX = "hotline."


def check(engine: str | None) -> None:
    """Raise KnownError for an engine that cannot be opened: its scheme is unknown, or its driver is not installed.

    Connects to nothing.
    """
    if engine is None:
        return
    try:
        scheme = urlsplit(engine).scheme.replace("postgresql", "postgres")
    except ValueError:
        scheme = ""
    known = sorted(metadata.entry_points(group="ibis.backends").names)
    if scheme not in known:
        raise KnownError(f"engine '{engine}' is not known: write its URL, such as duckdb:// or pyspark://, with one of "
                         f"the schemes {', '.join(known)}.", exit_code=2)
    try:
        getattr(ibis, scheme)
    except ImportError:
        raise KnownError(f"engine '{engine}' needs a driver that is not installed: run "
                         f"python -m pip install 'ibis-framework[{scheme}]'.") from None


def connect(engine: str | None = None) -> ibis.BaseBackend:
    """Open an engine by URL; DuckDB in this process is the default. Nothing is ever downloaded."""
    if engine:
        return ibis.connect(engine)
    embedded = ibis.duckdb.connect(autoinstall_known_extensions=False, autoload_known_extensions=False)
    embedded.raw_sql("SET enable_progress_bar = false")  # it would leave a widget in the notebook
    return embedded


def read(engine: ibis.BaseBackend, *files: Path) -> ibis.Table:
    """Return the rows of files of one schema as one table of `engine`."""
    return engine.read_parquet([str(file) for file in files])


def schema(file: Path) -> pa.Schema:
    """Return the columns of a file."""
    return pq.read_schema(file)


def batches(file: Path) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, some at a time."""
    with pq.ParquetFile(file) as opened:
        yield from opened.iter_batches()


def facts(file: Path) -> dict[str, str]:
    """Return what a file says of itself, as `write` was told."""
    metadata = pq.read_metadata(file).metadata or {}
    return {key.decode().removeprefix(_PREFIX): value.decode() for key, value in metadata.items()
            if key.decode().startswith(_PREFIX)}


def write(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, facts: dict[str, str]) -> int:
    """Write a file beside its place, then rename it: readers see the old rows or the new ones, whole. Returns the rows.

    String columns may come dictionary-encoded; they are stored as the strings of `schema`. Raises TypeError where the
    columns are not those of `schema`.
    """
    batches = iter(batches)
    first = next(batches, pa.RecordBatch.from_pylist([], schema=schema))
    if _plain(first.schema) != dict(zip(schema.names, schema.types, strict=True)):
        raise TypeError(f"the columns of {file.name} are not those of its schema: {_plain(first.schema)}")
    rows = 0
    with (replacing(file) as beside,
          pq.ParquetWriter(beside, first.schema, compression="snappy", store_schema=False) as writer):
        for batch in chain([first], batches):
            writer.write_batch(batch)
            rows += batch.num_rows
        writer.add_key_value_metadata({_PREFIX + key: value for key, value in facts.items()})
    return rows


def _plain(schema: pa.Schema) -> dict[str, pa.DataType]:
    return {field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema}


@contextmanager
def replacing(file: Path):
    """Yield a path beside `file`; once the block ends well it takes the file's place, else it is gone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        os.chmod(beside, 0o644)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
