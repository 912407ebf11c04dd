"""Tables as CSV files that Excel and WPS open without garbling, and the dictionary that explains their columns.

UTF-8 with a mark; the first column, `data`, says whether the numbers are simulated. Columns have the names of the contract,
values stand unrounded in base units. Words that a spreadsheet would run as a formula get a ' before them.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helpers.document.document import Block, Document
from helpers.publish import xlsx
from helpers.settings import labels, paths

_COLUMNS = ("data", "file", "column", "words", "unit", "kind", "note")
_RUNS = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+\-]?\d+(\.\d+)?%?")
_LOSES_DIGITS = re.compile(r"\d{12,}|0\d+")  # shown as 1.1E+17, or without its noughts
_BARE = ("share", "rate", "change")  # fractions: the unit that they are printed in is not theirs


def named(document: Document) -> dict[str, Block]:
    """Return every table and figure that a document's notebooks made, by a name for its files, unique in the document."""
    found: dict[str, Block] = {}
    taken: set[str] = set()
    for block in (one for one in document.blocks if one["kind"] in ("figure", "table") and "name" in one):
        name = paths.safe_name(block["name"])
        names = (name if number == 1 else f"{name}-{number}" for number in range(1, len(found) + 2))
        unique = next(one for one in names if one.casefold() not in taken)  # some systems take a and A for one
        taken.add(unique.casefold())
        found[unique] = block
    return found


def table(block: Block) -> bytes:
    """Return a table or a figure's table: `data`, then its own columns, rows in printed order, empty where missing."""
    lines = xlsx.lines(block)
    return _csv(["data", *(column["name"] for column in lines["columns"])], ([block["data"], *row] for row in lines["values"]))


def dictionary(files: Mapping[str, Block], language: str) -> bytes:
    """Return what every column of every CSV is: `data`, `file`, `column`, `words`, `unit`, `kind`, `note`; a row for each.

    `files` holds tables and figures by the names of their files. The unit is that of the values in the file: shares and rates are
    fractions and have none.
    """
    said = xlsx.words(language)
    rows = [[block["data"], name, *row] for name, block in files.items() for row in _explained(block, said)]
    return _csv(_COLUMNS, rows)


def _explained(block: Block, said: Mapping[str, Any]) -> Iterable[list[str]]:
    """Yield `column`, `words`, `unit`, `kind` and `note` of each column of a file."""
    yield ["data", labels.column("data"), "", "text", _values("data")]
    lines = xlsx.lines(block)
    for place, column in enumerate(lines["columns"]):
        kind, head = column["kind"], column["words"].removesuffix(f"（{column['unit']}）")
        note = said["stop"].join(_notes(column["name"], kind, [row[place] for row in lines["values"]], said))
        yield [column["name"], head, "" if kind in _BARE else column["unit"], kind, note]


def _notes(name: str, kind: str, values: Sequence[Any], said: Mapping[str, Any]) -> Iterable[str]:
    yield said["kinds"].get(kind, said["kinds"]["text"])
    if known := _values(name):
        yield known
    if None in values:
        yield said["empty"].format(word=labels.value(name, None)) if kind == "text" else said["empty_number"]
    texts = [value for value in values if isinstance(value, str)]
    if any(_guarded(value) != value for value in texts):
        yield said["guarded"]
    if any(_LOSES_DIGITS.fullmatch(value) for value in texts):
        yield said["long_digits"]


def _values(name: str) -> str:
    return "；".join(f"{value}={word}" for value, word in labels.values(name).items())


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_guarded(value) if isinstance(value, str) else value for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _guarded(value: str) -> str:
    """Return a text that no spreadsheet runs as a formula; a number in words, such as -3.2%, does no harm and stays."""
    return f"'{value}" if _RUNS.match(value) and not _NUMBER.fullmatch(value) else value
