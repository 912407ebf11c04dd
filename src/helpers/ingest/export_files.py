"""Open the tables of exported files: CSV, XLSX or Parquet, plain or packed (.gz, .zip).

CSV is read in blocks, a workbook as a whole, Parquet in batches; rows are text, in order.
"""

import gzip
import hashlib
import io
import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import csv_files, excel_files, limits, mappings, pii, source_table
from helpers.ingest.limits import Packed
from helpers.ingest.mappings import Mapping
from helpers.ingest.source_table import SourceTable
from helpers.settings.errors import UserError
from helpers.tickets import parquet

_TEXT, _SHEETS, _PARQUET = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm", ".xls"), (".parquet",)
KINDS = (*_TEXT, *_SHEETS, *_PARQUET)
ENDINGS = (*KINDS, *(f"{kind}.gz" for kind in KINDS), ".zip")


def state(file: Path) -> tuple[int, int, int]:
    """Return what shows that a file was changed or replaced: inode, size and time. Raises UserError where it is no file."""
    try:
        found = file.stat()
    except OSError as error:
        raise UserError(f"{file}: {_cannot(error)}") from None
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{file}: is no file but a pipe, a socket or a device: take it away, or save what it gives as a file.")
    return found.st_ino, found.st_size, found.st_mtime_ns


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file's contents in hexadecimal. Raises UserError where the file cannot be read."""
    state(file)
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file}: {_cannot(error)}") from None


def _cannot(error: OSError) -> str:
    return f"cannot be read ({error.strerror}): check its name and its permissions."


def read(file: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None,
         header_row: int | None = None, unpacked_gb: float | None = None) -> list[SourceTable]:
    """Open the tables of a file, one for each sheet and each packed file that is not empty.

    What is None is detected: encoding, delimiter, header (`header_row` counts from 1); without `sheet` all sheets are read.
    Raises UserError where the file is missing, empty, of an unknown kind, or not of the kind that its name says, and where it
    would unpack to too much (`limits`).
    """
    if not file.is_file() or not file.stat().st_size:
        raise UserError(f"{file}: {'is empty' if file.is_file() else 'there is no such file'}: "
                         f"{'export it again.' if file.is_file() else 'check the name.'}")
    opened = partial(_tables, encoding=encoding, delimiter=delimiter, sheet=sheet, header_row=header_row, unpacked_gb=unpacked_gb)
    if file.name.lower().endswith(".zip"):
        members, nested = _packed(file, unpacked_gb)
        tables = [export for member in members for export in opened(member.name, member)]
        if nested:
            tables[0].notes.append(f"{file.name}: {nested} of its files are .zip themselves and are passed over: unpack it.")
        return tables
    return opened(file.name, Packed(file.name, partial(file.open, "rb"), file.stat().st_size, unpacked_gb), path=file)


def tables_of_mapping(file: Path, mapping: Mapping, mapping_file: Path) -> list[tuple[SourceTable, Mapping]]:
    """Open the tables of a file that hold tickets, each with the mapping adapted to its header's spelling.

    Of several tables those without the columns of `received_at` are skipped, with a note. Raises UserError where none has them,
    or where a table that has them lacks another mapped column, or has one that is no text.
    """
    tables = read(file, **mapping.format.model_dump())
    usable = [table for table in tables if mappings.has_received_at(mapping, table.header)] or tables[:1]
    matched = [(table, *mappings.match_header(mapping, mapping_file, table.header, table.name, table.headless))
               for table in usable]
    for table, own, notes in matched:
        table.notes += notes
        table.mapped = frozenset(own.columns_named)
        for column in table.header:
            if column in table.mapped & table.no_texts.keys():
                raise mappings.no_text_error(table, column)
    usable[0].notes += [f"{table.name}: passed over, its header has no column for received_at." for table in tables
                        if table not in usable]
    return [(table, own) for table, own, _ in matched]


def _tables(name: str, source: Packed, *, encoding: str | None, delimiter: str | None, sheet: str | None,
            header_row: int | None, unpacked_gb: float | None, path: Path | None = None) -> list[SourceTable]:
    """Open the tables of a file that is plain or .gz; `path` is its path, None for a member of an archive."""
    spelt = name.lower().removesuffix(")")
    plain = spelt.removesuffix(".gz")
    if plain != spelt:
        source, path = replace(source, opened=partial(_unpacked, source)), None
    if plain.endswith(_TEXT):
        if path is None:
            source.check()
        return [csv_files.read(name, source.stream if path is None else source.opened, encoding, delimiter, header_row)]
    if plain.endswith(_SHEETS):
        return excel_files.read(name, path or io.BytesIO(source.whole()), sheet, header_row, unpacked_gb)
    if plain.endswith(_PARQUET):
        whole = None if path else source.whole()
        size = path.stat().st_size if path else len(whole)
        return [_parquet(name, lambda: path or pa.BufferReader(whole), size, unpacked_gb)]
    raise UserError(f"{name}: files of this kind are not read: export it as one of {', '.join(KINDS)}, plain or packed "
                     "as .gz or .zip.")


def _unpacked(source: Packed) -> BinaryIO:
    return gzip.open(source.stream())


def _packed(file: Path, unpacked_gb: float | None) -> tuple[list[Packed], int]:
    """Return the readable files in a .zip, sorted by name, and how many .zip are in it.

    Other files, hidden and empty ones are skipped. A name that holds PII gives way to the number of the file.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        raise UserError(f"{file.name}: is no .zip that can be unpacked: pack or copy it again.") from None
    names = {member: _name(member) for member in archive.infolist() if not member.is_dir()}
    kept = {member: name for member, name in names.items() if name.lower().endswith(ENDINGS[:-1])
            and not name.rpartition("/")[2].startswith((".", "~$")) and member.file_size}
    nested = sum(name.lower().endswith(".zip") for name in names.values())
    if not kept:
        raise UserError(f"{file.name}: holds no file that is read: pack one of {', '.join(KINDS)}"
                        f"{', not a .zip within a .zip' if nested else ''}.")
    if len(kept) > limits.MEMBERS:
        raise UserError(f"{file.name}: holds {len(kept)} files, and at most {limits.MEMBERS} are read of one: join them, or give "
                        "several.")
    if any(member.flag_bits & 1 for member in kept):
        raise UserError(f"{file.name}: is packed with a password: pack it without.")
    return [Packed(f"{file.name} ({pii.public_name(kept[member], f'file {number}{_ending(kept[member])}')})",
                   partial(archive.open, member), member.compress_size, unpacked_gb)
            for number, member in enumerate(sorted(kept, key=kept.get), 1)], nested


def _ending(name: str) -> str:
    return next(ending for ending in sorted(ENDINGS, key=len, reverse=True) if name.lower().endswith(ending))


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member: UTF-8 where the archive says so, else GB18030, as Chinese Windows writes it."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _parquet(name: str, source: Callable, size: int, unpacked_gb: float | None) -> SourceTable:
    try:
        limits.check_parquet(name, parquet.file_metadata(source()), size, unpacked_gb)
        schema = parquet.schema(source())
    except (pa.ArrowException, OSError):
        raise UserError(f"{name}: is no Parquet file that can be read: export or copy it again.") from None
    if len(schema) > source_table.COLUMNS:
        raise source_table.too_wide_error(name, len(schema))
    export = SourceTable(name, schema.names)
    export.zones = {column.name: column.type.tz for column in schema if pa.types.is_timestamp(column.type) and column.type.tz}
    export.no_texts = {column.name: str(column.type) for column in schema if not _is_text(column.type)}
    export.batches = _counted(export, source)
    return export


def _is_text(kind: pa.DataType) -> bool:
    """Return whether values of a type can be written as text; bytes may or may not be text."""
    try:
        pc.cast(pa.array([], kind), pa.string())
    except pa.ArrowNotImplementedError:
        return False
    return True


def _counted(export: SourceTable, source: Callable) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file as text with `row`, counted as if a header were row 1."""
    first = 2
    try:
        for batch in parquet.batches(source()):
            rows = pa.array(np.arange(first, first + batch.num_rows))
            first += batch.num_rows
            yield source_table.without_blank(_text(batch, export).append_column("row", rows))
    except (pa.ArrowException, OSError):
        raise UserError(f"{export.name}: breaks off after row {first - 1}: export or copy it again.") from None


def _text(batch: pa.RecordBatch, export: SourceTable) -> pa.RecordBatch:
    """Return a batch with every column as text; nulls, and whatever is no text, become empty."""
    texts = (_as_text(column, name, export) for name, column in zip(export.header, batch.columns, strict=True))
    columns = [pc.fill_null(column, "") for column in texts]
    return pa.record_batch(columns, [f"c{n}" for n in range(len(columns))])


def _as_text(column: pa.Array, name: str, export: SourceTable) -> pa.Array:
    """Return a column as text, times to the microsecond; null where it is no text. Raises UserError for mapped bytes."""
    if name in export.no_texts:
        return pa.nulls(len(column), pa.string())
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False)
    try:
        return pc.cast(column, pa.string())
    except pa.ArrowInvalid:
        export.no_texts[name] = "bytes"
        if name in export.mapped:
            raise mappings.no_text_error(export, name) from None
        return pa.nulls(len(column), pa.string())
