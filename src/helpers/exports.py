"""Files that a city's system exported: how they are encoded and delimited, and their rows as text, in order.

CSV (UTF-8, GB18030, UTF-16; plain or .gz) is read in blocks, XLSX whole, Parquet by row groups. A row keeps the number
that a spreadsheet would show for it: the header in the first line is row 1.
"""

import codecs
import csv
import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import python_calamine

from helpers import store
from helpers.errors import KnownError, nearest

DELIMITERS = (",", "\t", ";", "|")
ENDINGS = (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", ".parquet")
_BLOCK = 16 << 20  # bytes of CSV that become one batch
_PROBE = 4 << 20  # bytes by which an encoding is told
_ROWS = 100_000  # rows of a sheet that become one batch
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass
class Export:
    """One file being read.

    `batches` yields columns of text named `c0`, `c1` … in the header's order, and `row`. While they are taken `misfits`
    fills: (row, cells) of the rows with more or fewer cells than the header; `replaced` counts unreadable characters.
    """

    file: Path
    header: list[str]
    batches: Iterator[pa.RecordBatch] = field(default_factory=lambda: iter(()))
    misfits: list[tuple[int, int]] = field(default_factory=list)
    replaced: int = 0


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file's contents. Raises KnownError where the file cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise KnownError(f"{file}: cannot be read ({error.strerror}): check its name and its permissions.") from None


def read(file: Path, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None,
         header_row: int = 1) -> Export:
    """Open an export. What is None is told from the file: encoding, delimiter, the first sheet.

    Raises KnownError where the file is missing, empty, of a kind that is not read, or not what its name says.
    """
    if not file.is_file() or not file.stat().st_size:
        raise KnownError(f"{file}: {'is empty' if file.is_file() else 'there is no such file'}: "
                         f"{'export it again.' if file.is_file() else 'check the name.'}")
    name = file.name.lower()
    if name.endswith(".xlsx"):
        return _sheet(file, sheet, header_row)
    if name.endswith(".parquet"):
        return _parquet(file)
    if name.endswith(ENDINGS):
        return _csv(file, encoding, delimiter, header_row)
    raise KnownError(f"{file.name}: files of this kind are not read: export it as one of {', '.join(ENDINGS)}.")


def _open(file: Path) -> io.BufferedIOBase:
    return gzip.open(file) if file.name.lower().endswith(".gz") else file.open("rb")


def _csv(file: Path, encoding: str | None, delimiter: str | None, header_row: int) -> Export:
    try:
        with _open(file) as opened:
            head = opened.read(_PROBE)
    except (OSError, EOFError, zlib.error):
        raise KnownError(f"{file.name}: cannot be unpacked or read: export or copy it again.") from None
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1")):
        raise KnownError(f"{file.name}: is no CSV, though its name says so: give it the ending that fits.")
    told, bom = _encoding(head)
    chosen = told if bom else encoding or told
    try:
        text = codecs.getincrementaldecoder(chosen)("replace").decode(head[bom:])
    except LookupError:
        raise KnownError(f"{file.name}: encoding '{encoding}' is not known: write utf-8, gb18030 or big5.") from None
    if "\x00" in text:
        raise KnownError(f"{file.name}: holds bytes that are no text: export it as CSV in UTF-8 again.")
    delimiter = delimiter or max(DELIMITERS, key=lambda one: len(_header(text, one, header_row)[0]))
    header, lines = _header(text, delimiter, header_row)
    if not any(header):
        raise _headless(file, header_row)
    export = Export(file, header)
    recode = chosen if encoding is not None or chosen != "utf-8" else None
    export.batches = _blocks(export, partial(_stream, export, bom, recode), delimiter, lines, header_row)
    return export


def _headless(file: Path, header_row: int) -> KnownError:
    return KnownError(f"{file.name}: has no header in row {header_row}: name `header_row` in the mapping's `format`.")


def _encoding(head: bytes) -> tuple[str, int]:
    """Return the encoding that a beginning tells (its mark, else UTF-8, else GB18030) and the mark's length."""
    for mark, name in _BOMS.items():
        if head.startswith(mark):
            return name, len(mark)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "gb18030", 0
    return "utf-8", 0


def _header(text: str, delimiter: str, header_row: int) -> tuple[list[str], int]:
    """Return the cells of the header, and how many lines of the file lie before the first row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [row for _, row in zip(range(header_row), reader, strict=False)]  # takes no row more
    except csv.Error:
        return [], 0
    return ([cell.strip() for cell in rows[-1]] if len(rows) == header_row else []), reader.line_num


def _stream(export: Export, bom: int, encoding: str | None) -> io.BufferedIOBase:
    """Return a file's bytes in UTF-8, without a mark."""
    opened = _open(export.file)
    opened.read(bom)
    return opened if encoding is None else io.BufferedReader(_Recoded(opened, encoding, export), _BLOCK)


class _Recoded(io.RawIOBase):
    """Bytes of another encoding as UTF-8. What cannot be decoded becomes U+FFFD and is counted."""

    def __init__(self, opened: io.BufferedIOBase, encoding: str, export: Export):
        self._opened, self._export, self._left = opened, export, b""
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._left:
            taken = self._opened.read(1 << 20)
            text = self._decoder.decode(taken, final=not taken)
            self._export.replaced += text.count("\ufffd")
            self._left = text.encode("utf-8", "replace")
            if not taken and not self._left:
                return 0
        part, self._left = self._left[:len(buffer)], self._left[len(buffer):]
        buffer[:len(part)] = part
        return len(part)


def _blocks(export: Export, stream: partial, delimiter: str, lines: int, header_row: int) -> Iterator[pa.RecordBatch]:
    names = [f"c{number}" for number in range(len(export.header))]
    shift = header_row - lines  # Arrow counts a skipped line as a row, a header of several lines is one

    def misfit(row: pyarrow.csv.InvalidRow) -> str:
        export.misfits.append((row.number + shift, row.actual_columns))
        return "skip"

    try:
        reader = pyarrow.csv.open_csv(
            stream(),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=lines, block_size=_BLOCK,
                                                 use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True,
                                                   invalid_row_handler=misfit),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()),
                                                       strings_can_be_null=False))
        yield from _numbered(export, reader, header_row + 1)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        if "UTF8" in str(error):
            raise KnownError(f"{export.file.name}: begins as UTF-8 but does not go on so: name its `encoding` in the "
                             "mapping's `format`; unreadable characters are then replaced and counted.") from None
        raise KnownError(f"{export.file.name}: is not readable as CSV to its end, perhaps a quotation mark is not "
                         "closed: export it again.") from None
    except (OSError, EOFError, zlib.error):
        raise KnownError(f"{export.file.name}: breaks off before its end: export or copy it again.") from None


def _numbered(export: Export, batches: Iterable[pa.RecordBatch], first: int) -> Iterator[pa.RecordBatch]:
    """Add `row`: rows are counted from `first` on, and the numbers of those that did not fit are passed over."""
    for batch in batches:
        misfits = np.array([number for number, _ in export.misfits if number >= first], dtype=np.int64)
        rows = np.arange(first, first + batch.num_rows + len(misfits), dtype=np.int64)
        rows = np.setdiff1d(rows, misfits, assume_unique=True)[:batch.num_rows] if len(misfits) else rows
        first = int(rows[-1]) + 1 if len(rows) else first
        yield batch.append_column("row", pa.array(rows))


def _sheet(file: Path, sheet: str | None, header_row: int) -> Export:
    try:
        book = python_calamine.CalamineWorkbook.from_path(file)
        if sheet is not None and sheet not in book.sheet_names:
            raise KnownError(f"{file.name}: has no sheet '{sheet}'.{nearest(sheet, book.sheet_names)}")
        opened = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        rows = opened.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, zipfile.BadZipFile):
        raise KnownError(f"{file.name}: is no spreadsheet that can be read: save it as .xlsx again, without a "
                         "password.") from None
    if len(rows) < header_row or not any(rows[header_row - 1]):
        raise _headless(file, header_row)
    header = [_cell(value).strip() for value in rows[header_row - 1]]
    while not header[-1]:
        header.pop()
    export = Export(file, header)
    export.batches = _slices(export, rows, header_row)
    return export


def _slices(export: Export, rows: list[list], header_row: int) -> Iterator[pa.RecordBatch]:
    width = len(export.header)
    names = [*(f"c{number}" for number in range(width)), "row"]
    for start in range(header_row, len(rows), _ROWS):
        kept = []
        for number, row in enumerate(rows[start:start + _ROWS], start + 1):
            cells = [_cell(value) for value in row]
            if any(cells[width:]):
                export.misfits.append((number, width + sum(map(bool, cells[width:]))))
            elif any(cells):
                kept.append([*cells[:width], number])
        columns = zip(*kept, strict=True) if kept else [[] for _ in names]
        types = [*([pa.string()] * width), pa.int64()]
        yield pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names)


def _cell(value: object) -> str:
    """Return a cell as a CSV of the same sheet would hold it: 3.0 is 3, times are written as 2020-12-31 18:43:24."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _parquet(file: Path) -> Export:
    try:
        schema = store.schema(file)
    except (pa.ArrowInvalid, OSError):
        raise KnownError(f"{file.name}: is no Parquet file that can be read: export or copy it again.") from None
    export = Export(file, schema.names)
    export.batches = _numbered(export, (_text(batch) for batch in store.batches(file)), 2)
    return export


def _text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with every column as text; nulls are empty, and so are lists and structures."""
    nested = pa.nulls(batch.num_rows, pa.string())
    columns = [nested if pa.types.is_nested(column.type) else pc.cast(column, pa.string()) for column in batch.columns]
    return pa.record_batch([pc.fill_null(column, "") for column in columns], [f"c{n}" for n in range(len(columns))])
