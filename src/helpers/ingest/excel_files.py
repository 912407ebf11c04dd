"""Read workbooks: each sheet that is not empty is a table, its cells as text as in a CSV of the sheet."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import python_calamine

from helpers.ingest import excel_dates, limits, pii, source_table
from helpers.ingest.source_table import SourceTable
from helpers.settings.errors import UserError, did_you_mean

_UNFORESEEN = (ValueError, KeyError, zipfile.BadZipFile)  # of damaged workbooks
_ROWS = 20_000  # rows of a sheet that become one batch


def read(name: str, file: Path | BinaryIO, sheet: str | None, header_row: int | None,
         unpacked_gb: float | None = None) -> list[SourceTable]:
    """Open the tables of a workbook: the named sheet, else every visible sheet that is not empty.

    `name` is used in messages, `header_row` counts from 1 (None: detected). Raises UserError where the file is no workbook, lacks
    the sheet, or has no header, and as `limits.check_workbook` does.
    """
    blank_formulas = limits.check_workbook(name, file, unpacked_gb)
    try:
        book = python_calamine.load_workbook(file)
        if sheet is not None and sheet not in book.sheet_names:
            raise UserError(f"{name}: has no sheet '{sheet}'.{did_you_mean(sheet, book.sheet_names)}")
        hidden = [about.name for about in book.sheets_metadata if about.visible != python_calamine.SheetVisibleEnum.Visible]
        visible = [about.name for about in book.sheets_metadata if about.visible == python_calamine.SheetVisibleEnum.Visible
                   and about.typ == python_calamine.SheetTypeEnum.WorkSheet]
        opened = [book.get_sheet_by_name(title) for title in ([sheet] if sheet else visible)]
    except (python_calamine.CalamineError, OSError, *_UNFORESEEN):
        raise UserError(f"{name}: is no spreadsheet that can be read: save it as .xlsx again, without a password.") from None
    shift = excel_dates.SHIFT_1904 if _counts_from_1904(file) else 0
    filled = [page for page in opened if page.total_height]
    if not filled:
        raise source_table.no_header_error(name, header_row or 1)
    tables = [_sheet(name if len(filled) == 1 else f"{name} ({pii.public_name(page.name, f'sheet {number}')})", page, header_row,
                     shift) for number, page in enumerate(filled, 1)]
    tables[0].notes += _notes(name, [] if sheet else hidden, blank_formulas)
    return tables


def _notes(name: str, hidden: list[str], blank_formulas: int) -> list[str]:
    """Return sentences on what a workbook holds and is not read."""
    listed = ", ".join(pii.public_name(title, "a person's") for title in hidden)
    notes = {f"{name}: passed over, as they are hidden: {listed}; `sheet` in the mapping's `format` reads one.": hidden,
             f"{name}: {blank_formulas} cells hold a formula without its value and are blank: open it, and save it again.":
             blank_formulas}
    return [note for note, applies in notes.items() if applies]


def _counts_from_1904(file: Path | BinaryIO) -> bool:
    """Return whether the serial dates of an .xlsx count from 1904; False for other kinds, whose reader does not say."""
    if not zipfile.is_zipfile(file):
        return False
    with zipfile.ZipFile(file) as parts:
        book = parts.read("xl/workbook.xml") if "xl/workbook.xml" in parts.namelist() else b""
    return re.search(rb'date1904="(1|true)"', book) is not None


def _sheet(name: str, sheet: python_calamine.CalamineSheet, header_row: int | None, serial_shift: int) -> SourceTable:
    looked = [[_cell(value) for value in row] for row in islice(_all(sheet), max(source_table.LOOKED_AT, (header_row or 0) + 1))]
    found = source_table.header(looked, header_row)
    if not any(found.names):
        raise source_table.no_header_error(name, found.first)
    header = list(found.names)
    while not header[-1]:
        header.pop()
    export = source_table.note_header(SourceTable(name, header, serial_shift=serial_shift), found, header_row)
    export.batches = _batches(export, islice(_all(sheet), found.last, None), found.last)
    return export


def _all(sheet: python_calamine.CalamineSheet) -> Iterator[list]:
    """Yield all rows of a sheet, blank rows and columns before its first cell included."""
    top, left = sheet.start or (0, 0)
    yield from ([] for _ in range(top))
    yield from ([""] * left + row for row in sheet.iter_rows())


def _batches(export: SourceTable, rows: Iterator[list], last: int) -> Iterator[pa.RecordBatch]:
    width = len(export.header)
    names, types = [*(f"c{place}" for place in range(width)), "row"], [*([pa.string()] * width), pa.int64()]
    while taken := list(islice(rows, _ROWS)):
        kept = []
        for number, row in enumerate(taken, last + 1):
            cells = list(map(_cell, row))
            if any(cell.strip() for cell in cells[width:]):
                export.rejected.append((number, export.cell_count_error(width + sum(map(bool, cells[width:])))))
            elif any(cell.strip() for cell in cells):
                kept.append([*cells[:width], *[""] * (width - len(cells)), number])
        last += len(taken)
        columns = zip(*kept, strict=True) if kept else [[] for _ in names]
        yield pa.record_batch([pa.array(column, kind) for column, kind in zip(columns, types, strict=True)], names)


def _cell(value: object) -> str:
    """Return a cell as text: 3.0 as 3, times as 2020-12-31 18:43:24."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, time):
        return value.isoformat("seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
