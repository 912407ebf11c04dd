"""Tables as CSV files that Excel and WPS open without garbling: UTF-8 with a byte order mark.

The first column, `data`, says whether the numbers are simulated. Columns have the names of the contract, values are unrounded
in base units. Text that a spreadsheet would run as a formula gets a ' before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from helpers.document.blocks import Exhibit
from helpers.settings.files import guarded


def table(exhibit: Exhibit) -> bytes:
    """Return a table or a figure's table: `data`, then its own columns, rows in printed order, empty where missing."""
    grid = exhibit.grid
    header = ["data", *(column.name or column.header for column in grid.columns)]
    return csv_file(header, ([exhibit.data, *row] for row in grid.values))


def csv_file(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a header and rows as the contents of a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([guarded(value) if isinstance(value, str) else value for value in row] for row in (header, *rows))
    return text.getvalue().encode("utf-8-sig", "replace")
