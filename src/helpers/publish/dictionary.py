"""The dictionary of the CSV files, `tables/dictionary.csv`: a row for every column of every file, with its header and unit."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helpers.document.blocks import Exhibit
from helpers.document.document import Document
from helpers.publish import xlsx
from helpers.publish.csv_tables import csv_file
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths, script
from helpers.settings.files import guarded

file = paths.dictionary
_COLUMNS = ("data", "file", "column", "words", "unit", "kind", "note")
_LOSES_DIGITS = re.compile(r"\d{12,}|0\d+")  # shown as 1.1E+17, or without its noughts
_FRACTIONS = ("share", "rate", "change")  # kinds whose printed unit (%) is not that of the value in the file


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return `data`, `file`, `column`, `words`, `unit`, `kind`, `note` of each column, in the order of the document.

    The unit is that of the values in the file: shares and rates are fractions and have none.
    """
    locale = xlsx.locale(document.language)
    exhibits = [block for block in document.blocks if isinstance(block, Exhibit) and block.file and block.grid.columns]
    write = script.writer(document.language)
    rows = [[exhibit.data, f"{exhibit.file}.csv", *row] for exhibit in exhibits for row in _columns(exhibit, locale, write)]
    return Rendered(csv_file(_COLUMNS, rows))


def _columns(exhibit: Exhibit, locale: Mapping[str, Any], write: script.Writer) -> Iterator[list[str]]:
    """Yield `column`, `words`, `unit`, `kind` and `note` of each column of a file."""
    yield ["data", write(labels.column("data")), "", "text", write(_value_words("data"))]
    for place, column in enumerate(exhibit.grid.columns):
        header = column.header.removesuffix(f"（{column.unit}）")
        notes = locale["stop"].join(_notes(column.name, column.kind, [row[place] for row in exhibit.grid.values], locale, write))
        yield [column.name or column.header, header, "" if column.kind in _FRACTIONS else column.unit, column.kind, notes]


def _notes(name: str, kind: str, values: Sequence[Any], locale: Mapping[str, Any], write: script.Writer) -> Iterator[str]:
    yield locale["kinds"].get(kind, locale["kinds"]["text"])
    if known := _value_words(name):
        yield write(known)
    if None in values:
        yield locale["empty"].format(word=write(labels.value(name, None))) if kind == "text" else locale["empty_number"]
    texts = [value for value in values if isinstance(value, str)]
    if any(guarded(value) != value for value in texts):
        yield locale["guarded"]
    if any(_LOSES_DIGITS.fullmatch(value) for value in texts):
        yield locale["long_digits"]


def _value_words(name: str) -> str:
    return "；".join(f"{value}={word}" for value, word in labels.values(name).items())
