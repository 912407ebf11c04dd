"""Tables as data: the columns with their words and units, the raw rows, and the rows as they are printed."""

import html
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from helpers import numerals, words
from helpers.editions import Numbers


def table(answer: pd.DataFrame, columns: Sequence[str], numbers: Numbers) -> dict[str, Any]:
    """Return `columns` of an answer as plain data, rows in its order.

    `columns`: name, words, unit, kind of each; `rows`: raw values, unrounded, None where missing; `printed`: strings in house
    style. Raises KeyError where the answer lacks a column.
    """
    shown = answer[list(columns)]
    kinds = {column: _kind(shown[column], column) for column in columns}
    return {
        "columns": [{"name": column, "words": words.column(column), "unit": words.unit(column) if kinds[column] != "text" else "",
                     "kind": kinds[column]} for column in columns],
        "rows": [[_plain(value) for value in row] for row in shown.itertuples(index=False)],
        "printed": [[_printed(column, value, kinds[column], numbers)
                     for column, value in zip(columns, row, strict=True)] for row in shown.itertuples(index=False)],
    }


def known(answer: pd.DataFrame) -> list[str]:
    """Return the columns of an answer in which any value is known."""
    return [column for column in answer.columns if answer[column].notna().any()]


def as_html(table: dict[str, Any]) -> str:
    """Return a table for JupyterLab; every cell is escaped text, numbers are aligned to the right."""
    heads = "".join(f"<th>{html.escape(head(column))}</th>" for column in table["columns"])
    rows = "".join("<tr>" + "".join(
        f'<td style="text-align:{"left" if column["kind"] == "text" else "right"}">{html.escape(cell)}</td>'
        for column, cell in zip(table["columns"], row, strict=True)) + "</tr>" for row in table["printed"])
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def head(column: dict[str, Any]) -> str:
    """Return a column's header with its unit: 占比（%）."""
    return f"{column['words']}（{column['unit']}）" if column["unit"] else column["words"]


def _kind(values: pd.Series, column: str) -> str:
    """Return the kind that a column's name tells, but text where it holds words; a column without any value keeps its name's."""
    return numerals.kind(column) if pd.api.types.is_numeric_dtype(values) or values.isna().all() else "text"


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def _printed(column: str, value: Any, kind: str, numbers: Numbers) -> str:
    return words.value(column, _plain(value)) if kind == "text" else numerals.cell(_plain(value), kind, numbers)
