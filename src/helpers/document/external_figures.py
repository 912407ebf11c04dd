"""Figures that no ticket holds: `data/external/<city>-<year>.csv`, each with its unit and with where it is printed."""

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean

COLUMNS = ("name", "value", "unit", "source")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_SHOWN = 80  # characters of a wrong value
_WORDS = re.compile(r"[\u3400-\u9fff]+")  # 数以万计


@dataclass(frozen=True)
class Figure:
    """A figure as its source has it: a number in base units with its `unit`, or text where the source has only words."""

    value: int | float | str
    unit: str
    source: str


def read(edition: Edition, part: str = "year") -> dict[str, Figure]:
    """Return the figures of an edition's year, or of a part of it, by name; none where there is no file.

    Raises UserError with file and line: a column that is missing or not known, a cell too many or too few, a name that is
    blank, occurs twice or contains a dot or brace, a source that is blank, a value that is neither a number nor words.
    """
    file = paths.external(edition.key, part)
    if not file.exists() and not file.is_symlink():
        return {}
    text = yaml_models.read_text(file)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _figures(file, _header(file, next(lines, [])), ((lines.line_num, row) for row in lines if any(row)))
    except csv.Error as error:
        what = "a quotation mark above is not closed" if "unexpected end" in str(error) else error
        raise UserError(f"{yaml_models.display_path(file)}:{lines.line_num}: not readable as CSV: {what}.") from None


def _header(file: Path, header: list[str]) -> list[str]:
    for name in header:
        if name not in COLUMNS:
            raise UserError(f"{yaml_models.display_path(file)}:1: column '{name}' is not known.{did_you_mean(name, COLUMNS)}")
        if header.count(name) > 1:
            raise UserError(f"{yaml_models.display_path(file)}:1: column '{name}' occurs twice: remove one.")
    if missing := [name for name in COLUMNS if name not in header]:
        raise UserError(
            f"{yaml_models.display_path(file)}:1: column '{missing[0]}' is missing: the columns are {', '.join(COLUMNS)}."
        )
    return header


def _figures(file: Path, header: list[str], rows: Iterable[tuple[int, list[str]]]) -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for line, row in rows:
        if len(row) != len(header):
            raise UserError(f"{yaml_models.display_path(file)}:{line}: {len(row)} cells, where the header has {len(header)}.")
        cells = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
        if wrong := _wrong(cells, found):
            raise UserError(f"{yaml_models.display_path(file)}:{line}: {wrong}")
        found[cells["name"]] = Figure(_value(cells["value"]), cells["unit"], cells["source"])
    return found


def _wrong(cells: dict[str, str], found: dict[str, Figure]) -> str:
    """Return what is wrong with a row, or nothing."""
    name, value = cells["name"], cells["value"]
    if not name or re.search(r"[.{}]", name):
        return f"name '{name}' must not be blank, nor hold a dot or a brace."
    if name in found:
        return f"'{name}' occurs twice: give each figure a name of its own."
    if not (_NUMBER.fullmatch(value) or _WORDS.fullmatch(value)):
        return (f"value '{value[:_SHOWN]}' of '{name}' is no number: write 20000 for 2万, 1095 for 1,095, or words alone "
                "(数以万计).")
    return "" if cells["source"] else f"'{name}' has no source: say where it is printed."


def _value(text: str) -> int | float | str:
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
