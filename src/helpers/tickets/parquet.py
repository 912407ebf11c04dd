"""Parquet: the only module that reads or writes it (`engines` ask it). Needs neither pandas nor Ibis to be imported."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from helpers.settings import yaml_models
from helpers.settings.errors import UserError

_PREFIX = "hotline."


def lazy_table(engine: Any, *files: Path) -> Any:
    """Return the rows of files of one schema as a question (`ibis.Table`) to an engine, which reads what it needs of them."""
    names = [str(file) for file in files]
    return engine.read_parquet(names if len(names) > 1 else names[0])


def rows(file: Path) -> pa.Table:
    """Return all rows of a small file, read by this thread alone: whoever forks later must not have started another."""
    return pq.ParquetFile(file, pre_buffer=False).read(use_threads=False)


def schema(file: Path) -> pa.Schema:
    """Return the columns of a file."""
    return pq.read_schema(file)


def batches(file: Path, encoded: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, some at a time; the string columns `encoded` come dictionary-encoded."""
    with pq.ParquetFile(file, read_dictionary=list(encoded)) as opened:
        yield from opened.iter_batches()


def metadata(file: Path) -> dict[str, str]:
    """Return what a file says of itself, as `write` was told. Raises KnownError where it is no whole Parquet file."""
    try:
        metadata = pq.read_metadata(file).metadata or {}
    except pa.ArrowInvalid:
        raise UserError(f"{yaml_models.display_path(file)}: is damaged: take it away, and ingest or simulate again.") from None
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
    with (atomic_write(file) as beside,
          pq.ParquetWriter(beside, first.schema, compression="snappy", store_schema=False) as writer):
        for batch in chain([first], batches):
            writer.write_batch(batch)
            rows += batch.num_rows
        writer.add_key_value_metadata({_PREFIX + key: value for key, value in facts.items()})
    return rows


def _plain(schema: pa.Schema) -> dict[str, pa.DataType]:
    return {field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema}


@contextmanager
def atomic_write(file: Path):
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
