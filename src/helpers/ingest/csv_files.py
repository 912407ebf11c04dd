"""Read CSV files: detect encoding, delimiter and header from the beginning, then read rows in blocks.

An unclosed quotation mark swallows the rows up to the next mark into one cell. Such a cell holds the delimiters of whole rows:
all rows that it swallowed are rejected, each by its number.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from helpers.ingest import encodings, limits, source_table
from helpers.ingest.source_table import Header, SourceTable
from helpers.settings.errors import UserError

DELIMITERS = (",", "\t", ";", "|", "^", "~", "\x01", "\x1f")
UNCLOSED = "stands in a quotation mark that is not closed"
_BLOCK = 4 << 20  # bytes that become one batch; more take memory, not less time
_PROBE = 4 << 20  # bytes from which encoding and delimiter are detected
_OTHER_KINDS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf",
                b"Rar!", b"%PDF")  # how files that are no texts begin
_NULS = 0.01  # most zero characters, which a system leaves in cells; more are no text
_NARROW = 6  # columns; in a narrower table a text may hold the delimiters of a row by chance
_EMPTY = re.compile(r'\s*(?:"\s*")?\s*')  # a blank cell; a cell that is a quotation mark ("""") is not blank
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class _Layout:
    """Layout of a file: delimiter, the header as it was `found` and as it is widened, the number of `lines` before the rows."""

    delimiter: str
    found: Header
    header: list[str]
    lines: int
    agreement: float  # share of the rows below that are as wide as the header


@dataclass
class _Record:
    """A rejected row by its number, with the number of `further` rows that it swallowed; `reason` is "" for a blank row."""

    number: int
    further: int
    reason: str


def read(name: str, opened: Callable[[], BinaryIO], encoding: str | None, delimiter: str | None,
         header_row: int | None) -> SourceTable:
    """Open a CSV file; what is None is detected from its beginning.

    `name` is used in messages, `opened` opens the file's bytes, `header_row` counts from 1. Raises UserError where the file is no
    text, is truncated, or has no header.
    """
    try:
        with opened() as stream:
            head = stream.read(_PROBE)
    except OSError:
        raise limits.unreadable(name) from None
    if head.startswith(_OTHER_KINDS):
        raise UserError(f"{name}: is no CSV, though its name says so: give it the ending that fits.")
    found = encodings.configured(head, encoding, name) if encoding else encodings.detect(head, name)
    text = codecs.getincrementaldecoder(found.name)("replace").decode(head[found.mark:])
    if text.count("\x00") > _NULS * len(text):
        raise UserError(f"{name}: holds bytes that are no text: export it as CSV in UTF-8 again.")
    layout = _layout(text, delimiter, header_row)
    if not any(layout.header):
        raise source_table.no_header_error(name, layout.found.first)
    export = source_table.note_header(SourceTable(name, layout.header), layout.found, header_row)
    if found.evidence:
        export.notes.append(f"{name}: is read as {found.evidence}; `encoding` in the mapping's `format` says otherwise.")
    recode = found.name if encoding is not None or found.name != "utf-8" or "\ufffd" in text else None
    export.batches = _rows(export, lambda: _stream(export, opened, found.mark, recode), layout)
    return export


def _layout(text: str, delimiter: str | None, header_row: int | None) -> _Layout:
    """Return the layout with the widest header; one that most rows disagree with counts by the square root of its width."""
    layouts = [_layout_by(candidate, text, header_row) for candidate in ([delimiter] if delimiter else DELIMITERS)]
    return max(layouts, key=lambda layout: (len(layout.header) ** (1 if layout.agreement >= 0.5 else 0.5), layout.agreement))


def _layout_by(delimiter: str, text: str, header_row: int | None) -> _Layout:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows, lines = [], []
    try:
        for row in reader:
            rows.append(row)
            lines.append(reader.line_num)
            if len(rows) >= max(source_table.LOOKED_AT, header_row or 0) + source_table.LOOKED_AT:
                break
    except csv.Error:
        pass  # the rows before it suffice for the layout; the row itself is reported when rows are read
    found = source_table.header(rows if header_row else rows[:source_table.LOOKED_AT], header_row)
    if found.last > len(rows):
        return _Layout(delimiter, found, [], 0, 0)
    below = [row for row in rows[found.last:] if row]
    header = _widened(found.names, below)
    agreement = sum(len(row) == len(header) for row in below) / len(below) if below else 1
    return _Layout(delimiter, found, header, lines[found.last - 1], agreement)


def _widened(header: list[str], rows: list[list[str]]) -> list[str]:
    """Return the header with blank names added or cut at its end, where all rows have the same other width and blanks there."""
    widths = {len(row) for row in rows}
    width = widths.pop() if len(widths) == 1 else len(header)
    if width < len(header):
        return header[:width] if not any(header[width:]) else header
    return header if any(cell for row in rows for cell in row[len(header):]) else header + [""] * (width - len(header))


def _stream(export: SourceTable, opened: Callable[[], BinaryIO], mark: int, encoding: str | None) -> BinaryIO:
    """Open a file's bytes as UTF-8 without the byte order mark; `encoding` None means that they are UTF-8 already."""
    stream = opened()
    stream.read(mark)
    return stream if encoding is None else io.BufferedReader(_Recoded(stream, encoding, export), _BLOCK)


class _Recoded(io.RawIOBase):
    """A stream of another encoding, recoded to UTF-8; bytes that cannot be decoded become U+FFFD and are counted."""

    def __init__(self, stream: BinaryIO, encoding: str, export: SourceTable):
        self._opened, self._export, self._left = stream, export, memoryview(b"")
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._left:
            taken = self._opened.read(1 << 20)
            text = self._decoder.decode(taken, final=not taken)
            self._export.replaced += text.count("\ufffd")
            self._left = memoryview(text.encode("utf-8", "replace"))
            if not taken and not self._left:
                return 0
        part, self._left = self._left[:len(buffer)], self._left[len(buffer):]
        buffer[:len(part)] = part
        return len(part)


def _rows(export: SourceTable, stream: Callable[[], BinaryIO], layout: _Layout) -> Iterator[pa.RecordBatch]:
    names = [f"c{number}" for number in range(len(export.header))]
    shift = layout.found.last - layout.lines  # Arrow counts a skipped line as a row, a header of several lines is one
    misfits: list[_Record] = []

    def misfit(row: pyarrow.csv.InvalidRow) -> str:
        further = len(_BREAK.findall(row.text))
        whole = row.text.count(layout.delimiter) >= (len(names) - 1) * (further + 1)
        blank = all(_EMPTY.fullmatch(cell) for cell in row.text.split(layout.delimiter))
        misfits.append(_Record(row.number + shift, further, UNCLOSED) if further and whole and not blank else
                       _Record(row.number + shift, 0, "" if blank else export.cell_count_error(row.actual_columns)))
        return "skip"

    last = [layout.found.last]
    try:
        reader = pyarrow.csv.open_csv(
            stream(),
            read_options=pyarrow.csv.ReadOptions(column_names=names, skip_rows=layout.lines, block_size=_BLOCK,
                                                 use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True,
                                                   ignore_empty_lines=False, invalid_row_handler=misfit),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()),
                                                       strings_can_be_null=False))
        yield from _numbered(export, reader, layout.delimiter, misfits, last)
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        if "UTF8" in str(error):
            raise UserError(f"{export.name}: begins as UTF-8 but does not go on so after row {last[0]}: name its `encoding` in "
                             "the mapping's `format`; unreadable characters are then replaced and counted.") from None
        raise UserError(f"{export.name}: is not readable as CSV to its end: {_where(stream, layout)}; mend it or export "
                         "it again.") from None
    except OSError:
        raise UserError(f"{export.name}: breaks off before its end, after row {last[0]}: export or copy it again.") from None


def _where(stream: Callable[[], BinaryIO], layout: _Layout) -> str:
    """Return, for a message, where an unclosed quotation mark or an overlong cell begins."""
    number = 0
    with io.TextIOWrapper(stream(), encoding="utf-8", errors="replace", newline="") as text:
        try:
            for _ in csv.reader(text, delimiter=layout.delimiter):
                number += 1
        except csv.Error:
            return f"in row {number + 1} a quotation mark is perhaps not closed, or a cell is too long"
    return f"a cell after row {number} is perhaps too long"


def _numbered(export: SourceTable, batches, delimiter: str, misfits: list[_Record], last: list[int]) -> Iterator[pa.RecordBatch]:
    """Yield the batches with `row`, the number in the file; reject rows that do not fit. Swallowed rows count from `last` on."""
    shift = 0  # rows that were swallowed so far
    for batch in batches:
        first = last[0] - shift + 1
        numbers = np.array([record.number for record in misfits], dtype=np.int64)
        rows = np.arange(first, first + batch.num_rows + len(misfits), dtype=np.int64)
        rows = np.setdiff1d(rows, numbers, assume_unique=True)[:batch.num_rows]
        swallowing = _swallowing(batch, delimiter)
        records = [_Record(int(rows[place]), further, UNCLOSED) for place, further in swallowing.items()]
        end = int(rows[-1]) if len(rows) else first - 1
        records += [record for record in misfits if record.number <= end]
        misfits[:] = [record for record in misfits if record.number > end]
        rows, shift = _shifted(export, rows, sorted(records, key=lambda record: record.number), shift)
        last[0] = int(rows[-1]) + swallowing.get(len(rows) - 1, 0) if len(rows) else last[0]
        batch = batch.append_column("row", pa.array(rows))
        if swallowing:
            batch = batch.take(pa.array(np.setdiff1d(np.arange(len(rows)), list(swallowing))))
        yield source_table.without_blank(batch)
    _shifted(export, np.array([], dtype=np.int64), misfits, shift)


def _shifted(export: SourceTable, rows: np.ndarray, records: list[_Record], shift: int) -> tuple[np.ndarray, int]:
    """Reject the rows of `records`; return the rows' numbers and `shift`, both moved on by the rows swallowed before."""
    moved = rows + shift
    for record in records:
        numbers = range(record.number + shift, record.number + shift + record.further + 1)
        export.rejected += [(number, record.reason) for number in numbers if record.reason]
        shift += record.further
        moved[rows > record.number] += record.further
    return moved, shift


def _swallowing(batch: pa.RecordBatch, delimiter: str) -> dict[int, int]:
    """Return the positions of rows in which a cell has swallowed whole rows, each with the number of swallowed rows.

    After an unclosed quotation mark the cell begins with the rest of its row and ends with the beginning of another row, up to
    the same column; the lines between are whole rows.
    """
    width, found = batch.num_columns, {}
    for place, column in enumerate(batch.columns):
        letters = np.frombuffer(column.buffers()[2] or b"", np.uint8)
        if width < 2 or not (letters == 10).any():
            continue
        suspect = pc.and_(pc.greater_equal(pc.count_substring(column, delimiter), width - 1),
                          pc.match_substring(column, "\n"))
        for row in np.flatnonzero(suspect.to_numpy(zero_copy_only=False)):
            cell = column[int(row)].as_py()
            counts = [line.count(delimiter) for line in _BREAK.split(cell.rstrip("\r\n"))]
            whole = counts[0] >= width - 1 - place and counts[-1] >= place and min(counts[1:-1], default=width) >= width - 1
            if len(counts) > 1 and whole and (width >= _NARROW or '"' in cell or cell.endswith("\n")):
                found[int(row)] = max(found.get(int(row), 0), len(counts) - 1)
    return found
