"""Title a figure with what it shows, and point in it at what the title speaks of."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from helpers.drawing import charts, panels
from helpers.settings import labels
from helpers.writing.citations import Number, Sentence

_TIMES = {"year", "month", "weekday", "hour"}


def above(finding: str, name: str, unit: str, note: str) -> tuple[str, str]:
    """Return title and subtitle: the finding above what is drawn, its unit and a `note` in brackets (“*”为…), else the name.

    A subtitle never repeats its title: below a name only unit and note are left, and may be nothing.
    """
    if finding:
        return finding, f"{name}{f'（{unit}）' if unit else ''}{note}"
    return name, f"单位：{unit}{note}" if unit else note.removeprefix("（").removesuffix("）")


def looks(chart: Callable, frame: pd.DataFrame, columns: Mapping[str, Any], finding: Sequence[Sentence]) -> dict[str, Any]:
    """Return `highlight` for a chart: the rows, lines or panels that a finding's numbers are quoted from, by their words.

    Empty where the chart takes none or is given one, where nothing is claimed, and where the finding speaks of all that is drawn.
    """
    if not finding or "highlight" in columns or "highlight" not in inspect.signature(chart).parameters:
        return {}
    quoted = [part for part in finding[0].parts if isinstance(part, Number)]
    found = _names(chart, frame, columns, quoted)
    return {"highlight": found} if found else {}


def _names(chart: Callable, frame: pd.DataFrame, columns: Mapping[str, Any], quoted: Sequence[Number]) -> list[str]:
    total, label = columns.get("total"), columns.get("by") or columns.get("label") or ()
    first = quoted[0].answer if quoted else ""
    if first and total is not None and first == total.attrs.get("answer"):
        return [labels.column("total")]
    if chart is charts.rates:
        return [*dict.fromkeys(labels.column(number.column) for number in quoted if number.column in columns["values"])]
    if first and total is not None and label and first == frame.attrs.get("answer") and frame[label].nunique() == 1:
        return panels.names_of(frame.head(1), label)
    named = [{name: value for name, value in number.where.items() if name not in _TIMES} for number in quoted]
    rows = pd.Series(False, index=frame.index)
    for where in filter(None, named):
        if {*where} <= {*frame.columns}:
            rows |= (frame[[*where]] == pd.Series(where)).all(axis=1)
    return [*dict.fromkeys(panels.names_of(frame[rows], label))] if label and not rows.all() else []
