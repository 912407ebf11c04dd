"""Prepare tables as data: columns with words and units, raw rows, and rows as printed."""

import html
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

_FIGURE = "margin:0.4em 0 0.8em"
_CAPTION = "font-weight:600;margin:0.3em 0"
_READ_ALOUD = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap"
_SHEET = "background:white;display:inline-block;max-width:100%;overflow-x:auto"
_WINDOW = "width:fit-content;max-width:100%;overflow:auto"
_LONG = 20  # rows; more scroll
_TABLE = "border-collapse:separate;border-spacing:0;font-variant-numeric:tabular-nums;margin:0"
_HEAD = ("position:sticky;top:0;background:var(--jp-layout-color0, Canvas);border-bottom:1px solid currentColor;"
         "vertical-align:bottom;white-space:nowrap")
_TEXT = "max-width:24em;white-space:normal"
_NUMBER = "white-space:nowrap"


def table(answer: pd.DataFrame, columns: Sequence[str], numbers: NumberRules) -> dict[str, Any]:
    """Return `columns` of an answer as plain data, rows in its order.

    `columns`: name, words, unit, kind of each; `rows`: raw values, unrounded, None where missing; `printed`: strings in house
    style. Raises KeyError where the answer lacks a column.
    """
    shown = answer[list(columns)]
    kinds = {column: _kind(shown[column], column) for column in columns}
    return {
        "columns": [{"name": column, "words": labels.column(column), "kind": kinds[column],
                     "unit": labels.unit(column) if kinds[column] != "text" else ""} for column in columns],
        "rows": [[_plain(value) for value in row] for row in shown.itertuples(index=False)],
        "printed": [[_printed(column, value, kinds[column], numbers)
                     for column, value in zip(columns, row, strict=True)] for row in shown.itertuples(index=False)],
    }


def non_empty(answer: pd.DataFrame) -> list[str]:
    """Return the columns of an answer in which any value is known."""
    return [column for column in answer.columns if answer[column].notna().any()]


def sortable(table: dict[str, Any]) -> list[list[str]]:
    """Return the printed rows so that a browser sorts numbers as numbers: a missing one is empty, 3月 is 3, 1,234 is 1234."""
    return [[_bare(raw, cell, column["kind"]) for column, raw, cell in zip(table["columns"], *both, strict=True)]
            for both in zip(table["rows"], table["printed"], strict=True)]


def as_html(table: dict[str, Any], caption: str = "") -> str:
    """Return a table for JupyterLab, its caption above it; every cell is escaped text, numbers are aligned to the right.

    A long table scrolls below its header and states its number of rows; a wide table scrolls sideways; both work by
    keyboard. Colours follow the reader's theme, light or dark.
    """
    sides = ["left" if column["kind"] == "text" else "right" for column in table["columns"]]
    heads = "".join(f'<th scope="col" style="{_HEAD};text-align:{side}">{html.escape(header(column))}</th>'
                    for column, side in zip(table["columns"], sides, strict=True))
    rows = "".join("<tr>" + "".join(
        f'<td style="{_TEXT if side == "left" else _NUMBER};text-align:{side}">{html.escape(cell)}</td>'
        for side, cell in zip(sides, row, strict=True)) + "</tr>" for row in table["printed"])
    named = f'<figcaption style="{_CAPTION}">{html.escape(caption)}</figcaption>' if caption else ""
    long = len(table["rows"]) > _LONG
    window, count = (f"{_WINDOW};max-height:44em", f"<div>共{len(table['rows'])}行</div>") if long else (_WINDOW, "")
    return (f'<figure style="{_FIGURE}">{named}<div role="region" tabindex="0" aria-label="{html.escape(caption)}" '
            f'style="{window}"><table style="{_TABLE}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
            f"{count}</figure>")


def drawing_as_html(svg: str, caption: str) -> str:
    """Return a drawing, with titles of its own, for JupyterLab: on a white sheet under any theme, its caption only read aloud."""
    return (f'<figure style="{_FIGURE}"><div style="{_SHEET}">{svg}</div>'
            f'<figcaption style="{_READ_ALOUD}">{html.escape(caption)}</figcaption></figure>')


def header(column: dict[str, Any]) -> str:
    """Return a column's header with its unit: 占比（%）."""
    return f"{column['words']}（{column['unit']}）" if column["unit"] else column["words"]


def _kind(values: pd.Series, column: str) -> str:
    """Return the kind of a column by its name, but text where its values are words."""
    return number_format.kind(column) if pd.api.types.is_numeric_dtype(values) or values.isna().all() else "text"


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)) else value


def _bare(raw: Any, cell: str, kind: str) -> str:
    if kind == "text":
        return cell
    if raw is None:
        return ""
    return str(int(raw)) if kind in ("month", "hour", "weekday") else cell.replace(",", "").removeprefix("<")


def _printed(column: str, value: Any, kind: str, numbers: NumberRules) -> str:
    return labels.value(column, _plain(value)) if kind == "text" else number_format.cell(_plain(value), kind, numbers)
