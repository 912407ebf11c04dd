"""Files that a city's system exported, and the tables in them: CSV, XLSX, Parquet, plain or packed (.gz, .zip).

CSV is read in blocks, sheets whole, Parquet by row groups; one table at a time, its rows as text, in order.
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
    """Return the SHA-256 of a file's contents. Raises KnownError where the file cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{file}: cannot be read ({error.strerror}): check its name and its permissions.") from None


def read(file: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None,
         header_row: int | None = None) -> list[SourceTable]:
    """Open the tables of a file: one, or one for each sheet and each packed file in which something stands.

    What is None is told from the file: encoding, delimiter, header, all sheets. Raises KnownError where the file is
    missing, empty, of a kind that is not read, or not what its name says.
    """
    if not file.is_file() or not file.stat().st_size:
        raise UserError(f"{file}: {'is empty' if file.is_file() else 'there is no such file'}: "
                         f"{'export it again.' if file.is_file() else 'check the name.'}")
    opened = partial(_one, encoding=encoding, delimiter=delimiter, sheet=sheet, header_row=header_row)
    if file.name.lower().endswith(".zip"):
        return [export for name, source in _packed(file) for export in opened(name, source)]
    return opened(file.name, partial(file.open, "rb"), path=file)


def tables_of_mapping(file: Path, mapping: Mapping, mapping_file: Path) -> list[tuple[SourceTable, Mapping]]:
    """Open the tables of a file that hold tickets, each with the mapping as its header spells it.

    Of several tables those without the columns of `received_at` are passed over, which is noted. Raises KnownError
    where none has them, or one has them and lacks another column.
    """
    tables = read(file, **mapping.format.model_dump())
    told = [one for one in tables if mappings.has_received_at(mapping, one.header)] or tables[:1]
    fitted = [(one, *mappings.match_header(mapping, mapping_file, one.header, one.name)) for one in told]
    for export, _, notes in fitted:
        export.notes += notes
    fitted[0][0].notes += [f"{one.name}: passed over, its header has no column for received_at." for one in tables
                           if one not in told]
    return [(export, own) for export, own, _ in fitted]


def _one(name: str, source: Callable[[], BinaryIO], *, encoding: str | None, delimiter: str | None, sheet: str | None,
         header_row: int | None, path: Path | None = None) -> list[SourceTable]:
    """Open the tables of a file that is plain or .gz; `path` is where it lies by itself."""
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
    """Yield the files packed in an archive that can be read, by name; others are no tables and are left alone."""
    try:
        archive = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile):
        raise UserError(f"{file.name}: is no .zip that can be unpacked: pack or copy it again.") from None
    names = {one: _name(one) for one in archive.infolist() if not one.is_dir()}
    kept = {one: name for one, name in names.items() if name.lower().endswith(ENDINGS[:-1])
            and not name.rpartition("/")[2].startswith((".", "~$")) and one.file_size}
    if not kept:
        raise UserError(f"{file.name}: holds no file that is read: pack one of {', '.join(KINDS)}.")
    if any(one.flag_bits & 1 for one in kept):
        raise UserError(f"{file.name}: is packed with a password: pack it without.")
    for one in sorted(kept, key=kept.get):
        yield f"{file.name} ({kept[one]})", partial(_member, archive, one)


def _member(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> BinaryIO:
    try:
        return archive.open(one)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise OSError(str(error)) from None


def _name(one: zipfile.ZipInfo) -> str:
    """Return a packed file's name: in UTF-8 where the archive says so, else as Chinese Windows writes it."""
    if one.flag_bits & 0x800:
        return one.filename
    try:
        return one.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return one.filename


def _parquet(name: str, source: Callable) -> SourceTable:
    try:
        schema = parquet.schema(source())
    except (pa.ArrowInvalid, OSError):
        raise UserError(f"{name}: is no Parquet file that can be read: export or copy it again.") from None
    export = SourceTable(name, schema.names)
    export.batches = _counted(name, source)
    return export


def _counted(name: str, source: Callable) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a Parquet file as text, numbered as if a header stood in row 1."""
    first = 2
    try:
        for batch in parquet.batches(source()):
            rows = pa.array(np.arange(first, first + batch.num_rows))
            first += batch.num_rows
            yield source_table.without_blank(_text(batch).append_column("row", rows))
    except (pa.ArrowInvalid, OSError):
        raise UserError(f"{name}: breaks off after row {first - 1}: export or copy it again.") from None


def _text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with every column as text; nulls are empty, and so are lists and structures."""
    nested = pa.nulls(batch.num_rows, pa.string())
    columns = [nested if pa.types.is_nested(column.type) else pc.cast(column, pa.string()) for column in batch.columns]
    return pa.record_batch([pc.fill_null(column, "") for column in columns], [f"c{n}" for n in range(len(columns))])
