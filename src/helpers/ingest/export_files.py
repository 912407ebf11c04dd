"""Open the tables of exported files: CSV, XLSX or Parquet, plain or packed (.gz, .zip).

CSV is read in blocks, a workbook as a whole, Parquet in batches; rows are text, in order.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import csv_files, excel_files, mappings, source_table
from helpers.ingest.mappings import Mapping
from helpers.ingest.source_table import SourceTable
from helpers.settings.errors import UserError
from helpers.tickets import parquet

_TEXT, _SHEETS, _PARQUET = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm", ".xls"), (".parquet",)
KINDS = (*_TEXT, *_SHEETS, *_PARQUET)
ENDINGS = (*KINDS, *(f"{kind}.gz" for kind in KINDS), ".zip")


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file's contents in hexadecimal. Raises UserError where the file cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror}): check its name and its permissions.") from None


def read(file: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None,
         header_row: int | None = None) -> list[SourceTable]:
    """Open the tables of a file, one for each sheet and each packed file that is not empty.

    What is None is detected: encoding, delimiter, header (`header_row` counts from 1); without `sheet` all sheets are read.
    Raises UserError where the file is missing, empty, of an unknown kind, or not of the kind that its name says.
    """
    if not file.is_file() or not file.stat().st_size:
        raise UserError(f"{file}: {'is empty' if file.is_file() else 'there is no such file'}: "
                         f"{'export it again.' if file.is_file() else 'check the name.'}")
    opened = partial(_tables, encoding=encoding, delimiter=delimiter, sheet=sheet, header_row=header_row)
    if file.name.lower().endswith(".zip"):
        return [export for name, source in _packed(file) for export in opened(name, source)]
    return opened(file.name, partial(file.open, "rb"), path=file)


def tables_of_mapping(file: Path, mapping: Mapping, mapping_file: Path) -> list[tuple[SourceTable, Mapping]]:
    """Open the tables of a file that hold tickets, each with the mapping adapted to its header's spelling.

    Of several tables those without the columns of `received_at` are skipped, with a note. Raises UserError where none has them,
    or where a table that has them lacks another mapped column.
    """
    tables = read(file, **mapping.format.model_dump())
    usable = [table for table in tables if mappings.has_received_at(mapping, table.header)] or tables[:1]
    matched = [(table, *mappings.match_header(mapping, mapping_file, table.header, table.name)) for table in usable]
    for table, _, notes in matched:
        table.notes += notes
    usable[0].notes += [f"{table.name}: passed over, its header has no column for received_at." for table in tables
                        if table not in usable]
    return [(table, own) for table, own, _ in matched]


def _tables(name: str, source: Callable[[], BinaryIO], *, encoding: str | None, delimiter: str | None, sheet: str | None,
         header_row: int | None, path: Path | None = None) -> list[SourceTable]:
    """Open the tables of a file that is plain or .gz; `path` is its path, None for a member of an archive."""
    spelt = name.lower().removesuffix(")")
    plain = spelt.removesuffix(".gz")
    if plain != spelt:
        source, path = partial(_unpacked, source), None
    if plain.endswith(_TEXT):
        return [csv_files.read(name, source, encoding, delimiter, header_row)]
    if plain.endswith(_SHEETS):
        return excel_files.read(name, path or io.BytesIO(_whole(name, source)), sheet, header_row)
    if plain.endswith(_PARQUET):
        whole = None if path else _whole(name, source)
        return [_parquet(name, lambda: path or pa.BufferReader(whole))]
    raise UserError(f"{name}: files of this kind are not read: export it as one of {', '.join(KINDS)}, plain or packed "
                     "as .gz or .zip.")


def _unpacked(source: Callable[[], BinaryIO]) -> BinaryIO:
    return gzip.open(source())


def _whole(name: str, source: Callable[[], BinaryIO]) -> bytes:
    try:
        with source() as opened:
            return opened.read()
    except (OSError, EOFError, zlib.error):
        raise UserError(f"{name}: cannot be unpacked or read: export or copy it again.") from None


def _packed(file: Path) -> Iterator[tuple[str, Callable[[], BinaryIO]]]:
    """Yield (name, opener) of the readable files in a .zip, sorted by name; other files, hidden and empty ones are skipped."""
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile):
        raise UserError(f"{file.name}: is no .zip that can be unpacked: pack or copy it again.") from None
    names = {member: _name(member) for member in archive.infolist() if not member.is_dir()}
    kept = {member: name for member, name in names.items() if name.lower().endswith(ENDINGS[:-1])
            and not name.rpartition("/")[2].startswith((".", "~$")) and member.file_size}
    if not kept:
        raise UserError(f"{file.name}: holds no file that is read: pack one of {', '.join(KINDS)}.")
    if any(member.flag_bits & 1 for member in kept):
        raise UserError(f"{file.name}: is packed with a password: pack it without.")
    for member in sorted(kept, key=kept.get):
        yield f"{file.name} ({kept[member]})", partial(_open_member, archive, member)


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    try:
        return archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise OSError(str(error)) from None


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member: UTF-8 where the archive says so, else GB18030, as Chinese Windows writes it."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _parquet(name: str, source: Callable) -> SourceTable:
    try:
        schema = parquet.schema(source())
    except (pa.ArrowInvalid, OSError):
        raise UserError(f"{name}: is no Parquet file that can be read: export or copy it again.") from None
    export = SourceTable(name, schema.names)
    export.zones = {column.name: column.type.tz for column in schema if pa.types.is_timestamp(column.type) and column.type.tz}
    export.batches = _counted(name, source)
    return export


def _counted(name: str, source: Callable) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file as text with `row`, counted as if a header were row 1."""
    first = 2
    try:
        for batch in parquet.batches(source()):
            rows = pa.array(np.arange(first, first + batch.num_rows))
            first += batch.num_rows
            yield source_table.without_blank(_text(batch).append_column("row", rows))
    except (pa.ArrowInvalid, OSError):
        raise UserError(f"{name}: breaks off after row {first - 1}: export or copy it again.") from None


def _text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with every column as text; nulls, lists and structures become empty."""
    nested = pa.nulls(batch.num_rows, pa.string())
    columns = [nested if pa.types.is_nested(column.type) else pc.cast(column, pa.string()) for column in batch.columns]
    return pa.record_batch([pc.fill_null(column, "") for column in columns], [f"c{n}" for n in range(len(columns))])
