"""Refuse files that would fill memory or keep a machine busy for hours, though they are small: bombs, strays, endless cells.

What is read in pieces may unpack to any size that is no more than `_RATIO` times its own; what unpacks to more, and what is read
whole, as a workbook is, may unpack to the GB that `unpacked_gb` of the mapping's `format` names.
"""

import functools
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from helpers.settings.errors import UserError

MEMBERS = 1_000  # files that are read of one .zip
_WHOLE_GB = 1.0
_BOMB_GB = 0.1
_RATIO = 200  # exports pack to a tenth of their size, one row over and over to a three-hundredth
_SEARCHED = 16 << 20  # bytes; a smaller packed file is unpacked once before its rows are read, which takes less than a second
_PIECE = 1 << 20
_COLUMNS, _ROWS = 16_384, 1 << 20  # of a sheet
_CELL = 32  # bytes that a cell of a sheet takes in memory, filled or not
_ROWS_A_BYTE = 8  # of a Parquet file; rows that have an id of their own take a byte and more
_CELL_BYTES = 1 << 20  # mean size of a column's cells
_PLAIN = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"')  # as nearly all programs write cells
_REFERENCES = re.compile(rb"""<(?:\w+:)?c\s(?:[^>]*?\s)?r=["']([^"']*)["']""")
_REFERENCE = re.compile(rb"([A-Za-z]{1,3})([1-9]\d{0,6})")
_ROW = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r=["']([^"']*)["']""")
_ROW_NUMBER = re.compile(rb"[1-9]\d{0,6}")
_NO_VALUE = re.compile(rb"</(?:\w+:)?f></(?:\w+:)?c>|<(?:\w+:)?f(?:\s[^>]*)?/></(?:\w+:)?c>")
_DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, lzma.LZMAError, RuntimeError, NotImplementedError, ValueError)


def unreadable(name: str) -> UserError:
    """Return the error for a file that is damaged."""
    return UserError(f"{name}: cannot be unpacked or read: export or copy it again.")


def _too_large(name: str, what: str, most: float) -> UserError:
    return UserError(f"{name}: {what} more than {most:g} GB: export it again, or raise `unpacked_gb` in the mapping's `format` "
                     "if that is right.")


@dataclass(frozen=True)
class Packed:
    """A packed file or a member of a .zip: its name for messages, its opener, its packed size, and what it may unpack to."""

    name: str
    opened: Callable[[], BinaryIO]
    size: int
    unpacked_gb: float | None

    def check(self) -> None:
        """Raise UserError where a small file unpacks to too much, before any of its rows is read."""
        if self.size > _SEARCHED:
            return
        try:
            with self.stream() as stream:
                while stream.read(_PIECE):
                    pass
        except OSError:
            pass  # where it breaks off is reported when its rows are read

    def stream(self) -> BinaryIO:
        """Open the contents; reading raises UserError beyond the limit, and OSError where the file is damaged."""
        return io.BufferedReader(_Limited(self), _PIECE)

    def whole(self) -> bytes:
        """Return the contents of a file that is read whole. Raises UserError beyond the limit and where it is damaged."""
        most = self.unpacked_gb or _WHOLE_GB
        contents = bytearray()
        try:
            with self.stream() as stream:
                while len(contents) <= most * 2**30 and (piece := stream.read(_PIECE)):
                    contents += piece
        except OSError:
            raise unreadable(self.name) from None
        if len(contents) > most * 2**30:
            raise _too_large(self.name, "unpacks to", most)
        return bytes(contents)


class _Limited(io.RawIOBase):
    """The contents of a packed file, up to its limit."""

    def __init__(self, packed: Packed):
        self._packed, self._taken, self._stream = packed, 0, _damage_as_os_error(packed.opened)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = _damage_as_os_error(partial(self._stream.read, len(buffer)))
        self._taken += len(piece)
        most = self._packed.unpacked_gb or _BOMB_GB
        if self._taken > max(most * 2**30, _RATIO * self._packed.size):
            raise _too_large(self._packed.name, f"unpacks to more than {_RATIO} times its size and to", most)
        buffer[:len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _damage_as_os_error(read: Callable[[], BinaryIO | bytes]) -> BinaryIO | bytes:
    """Call a function that opens or reads a packed file; whatever it raises where that is damaged becomes an OSError."""
    try:
        return read()
    except _DAMAGED as error:
        raise OSError(str(error)) from None


def check_workbook(name: str, file: Path | BinaryIO, unpacked_gb: float | None) -> int:
    """Look through an .xlsx before it is read whole; return how many cells hold a formula without its value.

    Raises UserError where its parts unpack to too much, where its cells reach so far that memory would not do for all between
    them, and where a reference names no cell. Workbooks of other kinds, whose sheets are small, are not looked at.
    """
    most = unpacked_gb or _WHOLE_GB
    is_zip = zipfile.is_zipfile(file)
    sheets = _sheets(name, file, most) if is_zip else []
    if not isinstance(file, Path):
        file.seek(0)
    if sum(sheet.reach for sheet in sheets) * _CELL > most * 2**30:
        widest = max(sheets, key=lambda sheet: sheet.reach)
        raise UserError(f"{name}: the cells of a sheet reach over {widest.rows} rows and {widest.columns} columns, and "
                        f"{widest.cells} are filled: delete the stray ones, or raise `unpacked_gb` in the mapping's `format`.")
    return sum(sheet.blank_formulas for sheet in sheets)


def _sheets(name: str, file: Path | BinaryIO, most: float) -> "list[_Sheet]":
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(part.file_size for part in archive.infolist()) > most * 2**30:
                raise _too_large(name, "is a workbook that unpacks to", most)
            return [_look(name, archive, part) for part in archive.infolist()]  # a sheet may be any of them
    except _DAMAGED:
        raise UserError(f"{name}: is no spreadsheet that can be read: save it as .xlsx again, without a password.") from None


@dataclass
class _Sheet:
    """How far the cells of a sheet reach, how many there are, and how many hold a formula without its value."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    blank_formulas: int = 0

    @property
    def reach(self) -> int:
        return self.rows * self.columns


def _look(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Sheet:
    """Return how far the cells in a part of a workbook reach. Raises UserError for a reference that names no cell."""
    sheet, left = _Sheet(), b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            text = left + piece
            end = max(text.rfind(b"<c "), text.rfind(b"<row "), len(text) - _PIECE)  # where the next piece takes up
            _add(name, sheet, text[:end])
            left = text[end:]
    _add(name, sheet, left)
    return sheet


def _add(name: str, sheet: _Sheet, text: bytes) -> None:
    """Add the cells of a piece of a sheet. Raises UserError for a reference that names no cell."""
    cells = _PLAIN.findall(text)
    if len(cells) < text.count(b":c ") + text.count(b"<c "):
        found = [_REFERENCE.fullmatch(reference) for reference in _REFERENCES.findall(text)]
        cells = [match.groups() if match else (b"", b"0") for match in found]
    columns, rows = (set(parts) for parts in zip(*cells, strict=True)) if cells else (set(), set())
    rows |= {row if _ROW_NUMBER.fullmatch(row) else b"0" for row in _ROW.findall(text)}
    sheet.columns = max([sheet.columns, *map(_column, columns)])
    sheet.rows = max([sheet.rows, *map(int, rows)])
    if b"0" in rows or sheet.columns > _COLUMNS or sheet.rows > _ROWS:
        raise UserError(f"{name}: is a workbook with a cell where no sheet has one: open it and save it as .xlsx again.")
    sheet.cells += len(cells)
    if b"<f" in text or b":f" in text:
        sheet.blank_formulas += len(_NO_VALUE.findall(text))


def _column(letters: bytes) -> int:
    """Return the number of a column, from 1."""
    return functools.reduce(lambda number, letter: 26 * number + letter - 64, letters.upper(), 0)


def check_parquet(name: str, metadata: Any, size: int, unpacked_gb: float | None) -> None:
    """Raise UserError for a Parquet file of far more rows than bytes, and for one with cells of megabytes.

    `metadata` is that of the file (`parquet.file_metadata`), `size` its bytes.
    """
    most = unpacked_gb or _BOMB_GB
    if metadata.num_rows > max(_ROWS_A_BYTE * size, most * 1e7):
        raise UserError(f"{name}: has {metadata.num_rows} rows in {size} bytes, so that nearly all are the same: export it "
                        "again, or raise `unpacked_gb` in the mapping's `format` if that is right.")
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            column = metadata.row_group(group).column(place)
            unpacked = column.total_uncompressed_size
            if unpacked > most * 2**30 and (unpacked > _CELL_BYTES * column.num_values
                                            or unpacked > _RATIO * column.total_compressed_size):
                raise _too_large(name, f"has a column, '{column.path_in_schema}', whose cells unpack to", most)
