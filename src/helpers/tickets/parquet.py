"""Read and write Parquet; no other module does. Imports neither pandas nor Ibis."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from helpers.settings import yaml_models
from helpers.settings.errors import UserError
from helpers.settings.files import atomic_write, remove_unfinished

_PREFIX = "hotline."


def lazy_table(engine: Any, *files: Path) -> Any:
    """Return files of one schema as a lazy `ibis.Table` of an engine, which reads only the columns and rows of a query."""
    names = [str(file) for file in files]
    return engine.read_parquet(names if len(names) > 1 else names[0])


def rows(file: Path) -> pa.Table:
    """Return all rows of a small file, in order, without starting a thread: a process with threads cannot fork safely."""
    return pq.ParquetFile(file, pre_buffer=False).read(use_threads=False)


def schema(file: Path) -> pa.Schema:
    """Return the schema of a file."""
    return pq.read_schema(file)


def file_metadata(file: Path) -> pq.FileMetaData:
    """Return the sizes and counts of a file's rows and columns."""
    return pq.read_metadata(file)


def batches(file: Path, encoded: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file in order, in batches; the string columns `encoded` are dictionary-encoded."""
    with pq.ParquetFile(file, read_dictionary=list(encoded)) as opened:
        yield from opened.iter_batches()


def metadata(file: Path) -> dict[str, str]:
    """Return the metadata that `write` stored in a file. Raises UserError where it is damaged or no Parquet file."""
    try:
        metadata = pq.read_metadata(file).metadata or {}
    except pa.ArrowInvalid:
        raise UserError(f"{yaml_models.display_path(file)}: is damaged: take it away, and ingest or simulate again.") from None
    return {key.decode().removeprefix(_PREFIX): value.decode() for key, value in metadata.items()
            if key.decode().startswith(_PREFIX)}


def write(file: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, metadata: dict[str, str]) -> int:
    """Write batches to a file of its owner's alone atomically, with `metadata`, and return the number of rows.

    What killed processes have left of writing it is removed.

    Dictionary-encoded string columns are stored as the strings of `schema`. Raises TypeError where the columns differ from
    `schema`; the old file stays then.
    """
    batches = iter(batches)
    first = next(batches, pa.RecordBatch.from_pylist([], schema=schema))
    if _plain(first.schema) != dict(zip(schema.names, schema.types, strict=True)):
        raise TypeError(f"the columns of {file.name} are not those of its schema: {_plain(first.schema)}")
    rows = 0
    remove_unfinished(file)
    with (atomic_write(file, private=True) as temporary,
          pq.ParquetWriter(temporary, first.schema, compression="snappy", store_schema=False) as writer):
        for batch in chain([first], batches):
            writer.write_batch(batch)
            rows += batch.num_rows
        writer.add_key_value_metadata({_PREFIX + key: value for key, value in metadata.items()})
    return rows


def _plain(schema: pa.Schema) -> dict[str, pa.DataType]:
    return {field.name: field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in schema}
