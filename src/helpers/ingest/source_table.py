"""A table being read, whatever file holds it: its header, its rows as text in order, and the rows that do not fit."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.settings.errors import UserError

LOOKED_AT = 30  # rows among which a header is looked for
_FILLED = 0.7  # of the widest of these rows a header fills at least so much; a title fills less
_NUMBERS = 0.3  # and no more of its cells are numbers
_BLANKS = 16  # bytes; a first cell that is longer is not looked at for being blank
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?%?")
_TIME = re.compile(r"(19|20)\d\d([-/.年])\d{1,2}([-/.月])\d{1,2}.*|(19|20)\d{6}(\d{6})?|\d{1,2}:\d\d(:\d\d)?")


@dataclass
class SourceTable:
    """One table of one file, called `name` in what is said of it: `2020.csv`, `2020.xlsx (1月)`, `2020.zip (a.csv)`.

    `batches` yields columns of text named `c0`, `c1` … in the header's order, and `row`, the number that a spreadsheet
    would show (the header in the first line is row 1). While they are taken, `refused` fills with the rows whose columns
    are shifted, each with the reason, and `replaced` counts unreadable characters. `notes` say what was told from the
    file and might have been meant otherwise.
    """

    name: str
    header: list[str]
    batches: Iterator[pa.RecordBatch] = field(default_factory=lambda: iter(()))
    refused: list[tuple[int, str]] = field(default_factory=list)
    replaced: int = 0
    notes: list[str] = field(default_factory=list)

    def ragged(self, cells: int) -> str:
        """Return the reason why a row of so many cells is refused."""
        return f"{cells} cells where the header has {len(self.header)}"


def header_row(rows: Iterable[list[str]]) -> int:
    """Return the number of the row that heads the columns, from 1; 1 where none looks like a header.

    It is the first of the beginning's rows that is about as wide as the widest of them, in which nothing is a time and
    little a number, and whose names differ: a title is narrower, a ticket has a time.
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


def note_header(export: SourceTable, told: int, named: int | None) -> SourceTable:
    """Return the export, with a note where its header was told to lie below the first row."""
    if named is None and told > 1:
        export.notes.append(f"{export.name}: row {told} is taken for the header; `header_row` in the mapping's `format` "
                            "says otherwise.")
    return export


def no_header_error(name: str, row: int) -> UserError:
    """Return what is said where nothing stands in the header's row."""
    return UserError(f"{name}: has no header in row {row}: name `header_row` in the mapping's `format`.")


def without_blank(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch without the rows in which nothing but blanks stands."""
    first, *others = batch.drop_columns(["row"]).columns
    blank = np.flatnonzero(pc.less(pc.binary_length(first), _BLANKS).to_numpy(zero_copy_only=False))
    for column in (first, *others):
        if not len(blank):
            return batch
        cells = pc.utf8_trim_whitespace(column.take(pa.array(blank)))
        blank = blank[pc.equal(cells, "").to_numpy(zero_copy_only=False)]
    return batch.take(pa.array(np.setdiff1d(np.arange(batch.num_rows), blank))) if len(blank) else batch
