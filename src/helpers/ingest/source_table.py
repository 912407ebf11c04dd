"""Represent a table while it is read from any kind of file: header, rows as text, and rows that are rejected."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.settings.errors import UserError

COLUMNS = 2_000  # of a table, at most
LOOKED_AT = 30  # first rows, among which a header is searched
_FILLED = 0.7  # a header fills at least this share of the widest of these rows; a title fills less
_NUMBERS = 0.3  # and at most this share of its cells are numbers
_BLANKS = 16  # bytes; a row with a longer first cell is taken as not blank
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?%?")
_TIME = re.compile(r"(19|20)\d\d([-/.年])\d{1,2}([-/.月])\d{1,2}.*|(19|20)\d{6}(\d{6})?|\d{1,2}:\d\d(:\d\d)?")


@dataclass
class SourceTable:
    """One table of one file, with its `name` for messages: `2020.csv`, `2020.xlsx (1月)`, `2020.zip (a.csv)`.

    `batches` yields columns of text named `c0`, `c1` … in the header's order, and `row`, the number that a spreadsheet would show
    (the header in the first line is row 1). While batches are read, `rejected` fills with (row, reason) of rows whose columns are
    shifted, and `replaced` counts unreadable characters. `notes` are sentences about what was detected and might be wrong.
    `serial_shift` is that of a workbook's serial dates (`excel_dates`), `zones` the time zone that a Parquet file gives a column,
    `no_texts` says of a Parquet file's columns that cannot be read as text what they hold. `headless`: the row that is taken for
    a header looks like one of data, and is never quoted. `mapped` are the columns that the mapping names.
    """

    name: str
    header: list[str]
    batches: Iterator[pa.RecordBatch] = field(default_factory=lambda: iter(()))
    rejected: list[tuple[int, str]] = field(default_factory=list)
    replaced: int = 0
    notes: list[str] = field(default_factory=list)
    serial_shift: int = 0
    zones: dict[str, str] = field(default_factory=dict)
    no_texts: dict[str, str] = field(default_factory=dict)
    headless: bool = False
    mapped: frozenset[str] = frozenset()

    def cell_count_error(self, cells: int) -> str:
        """Return the reason for rejecting a row with this number of cells."""
        return f"{cells} cells where the header has {len(self.header)}"


def header_row(rows: Iterable[list[str]]) -> int:
    """Return the number of the header's row among the first rows of a table, from 1; 1 where none looks like a header.

    The header is the first row that is about as wide as the widest, with distinct cells, few numbers and no time: a title is
    narrower, a ticket has a time.
    """
    filled = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    widest = max(map(len, filled), default=0)
    for number, names in enumerate(filled, 1):
        numbers = sum(map(bool, map(_NUMBER.fullmatch, names)))
        wide = len(names) >= max(min(2, widest), _FILLED * widest, 1)
        if wide and len(set(names)) >= _FILLED * len(names) and numbers <= _NUMBERS * len(names) and not any(
                map(_TIME.fullmatch, names)):
            return number
    return 1


def looks_like_data(cells: Sequence[str]) -> bool:
    """Return whether a row that is taken for a header holds a time, or more numbers than a header does."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return any(map(_TIME.fullmatch, filled)) or sum(map(bool, map(_NUMBER.fullmatch, filled))) > _NUMBERS * len(filled)


@dataclass(frozen=True)
class Header:
    """A table's header: its names, and the numbers of its `first` and `last` row, from 1; two where cells are merged."""

    names: list[str]
    first: int
    last: int


def header(rows: list[list[str]], configured: int | None) -> Header:
    """Return the header among the first rows; `configured` is the number of its first row (None: detected).

    Where cells of two rows are merged, over names of a second row or above none, a name of the second row follows the name above
    it: `诉求类型 / 一级`.
    """
    stripped = [[cell.strip() for cell in row] for row in rows]
    number = configured or header_row(rows)
    others = range(1, len(rows)) if number == 1 else [number - 1]  # no single row of a header with merged cells may be wide
    for first in [number, *(() if configured else others)]:
        names = _merged(*stripped[first - 1:first + 1])
        if names and all(sum(map(bool, row)) < _FILLED * len(names) for row in stripped[:first - 1]):
            return Header(names, first, first + 1)
    return Header(stripped[number - 1] if number <= len(stripped) else [], number, number)


def _merged(upper: Sequence[str] = (), lower: Sequence[str] = ()) -> list[str]:
    """Return the names of two rows of a header with merged cells; none where the rows are not such a header."""
    pairs = list(zip_longest(upper, lower, fillvalue=""))
    while pairs and not any(pairs[-1]):
        pairs.pop()
    below = [place for place, (above, under) in enumerate(pairs) if under and not above]
    alone = any(above and not under for above, under in pairs)
    if not below or not below[0] or not alone or not all(map(any, pairs)) or any(map(_DIGIT.search, lower)):
        return []
    names, above = [], ""
    for upper_name, under in pairs:
        above = upper_name or above
        names.append(f"{above} / {under}" if under else above)
    return names if len(set(names)) == len(names) else []


def note_header(export: SourceTable, found: Header, configured: int | None) -> SourceTable:
    """Return the table, with a note added where its header has two rows, or was detected, not configured, below the first row."""
    if len(found.names) > COLUMNS:
        raise too_wide_error(export.name, len(found.names))
    export.headless = looks_like_data(found.names)
    if found.last > found.first:
        example = next(name for name in found.names if " / " in name)
        export.notes.append(f"{export.name}: rows {found.first} and {found.last} are taken together for the header, as in "
                            f"'{example}'.")
    elif configured is None and found.first > 1:
        export.notes.append(f"{export.name}: row {found.first} is taken for the header; `header_row` in the mapping's `format` "
                            "says otherwise.")
    return export


def no_header_error(name: str, row: int) -> UserError:
    """Return the error for a table whose header's row is empty."""
    return UserError(f"{name}: has no header in row {row}: name `header_row` in the mapping's `format`.")


def too_wide_error(name: str, columns: int) -> UserError:
    """Return the error for a table with more than `COLUMNS` columns."""
    return UserError(f"{name}: has {columns} columns, and at most {COLUMNS} are read: leave out those that are not needed.")


def without_blank(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without blank rows."""
    first, *others = batch.drop_columns(["row"]).columns
    blank = np.flatnonzero(pc.less(pc.binary_length(first), _BLANKS).to_numpy(zero_copy_only=False))
    for column in (first, *others):
        if not len(blank):
            return batch
        cells = pc.utf8_trim_whitespace(column.take(pa.array(blank)))
        blank = blank[pc.equal(cells, "").to_numpy(zero_copy_only=False)]
    return batch.take(pa.array(np.setdiff1d(np.arange(batch.num_rows), blank))) if len(blank) else batch
