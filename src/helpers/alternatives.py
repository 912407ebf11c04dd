"""Alternative texts: what a drawing shows, in words, for who cannot see it. Made from the same answer as the drawing."""

from collections.abc import Sequence

import pandas as pd

from helpers import numerals, words
from helpers.editions import Numbers


def describe(answer: pd.DataFrame, numbers: Numbers, *, label: str | Sequence[str] = "month", value: str | None = None,
             values: Sequence[str] = (), by: str | None = None, x: str | None = None, y: str | None = None,
             **_: object) -> str:
    """Name how many things a drawing shows, the largest and smallest with their values, and the direction of lines.

    The columns are those that the chart was given: `value` (or several `values`) along `label`, or on the grid of `x` and
    `y`; `by` splits it into lines of their own. What else a chart takes is only looks.
    """
    label = [y, x] if x else label
    if values and label not in answer:
        return "；".join(f"{words.column(column)}{_say(answer[column].iloc[0], column, numbers)}" for column in values
                         if pd.notna(answer[column].iloc[0])) + "。"
    if values:
        return "".join(f"{words.column(column)}：{_extremes(answer, numbers, label, column)}" for column in values)
    if by is None:
        return _extremes(answer, numbers, label, value)
    names = answer[by].drop_duplicates().tolist()
    lines = [(name, answer[answer[by].isna() if pd.isna(name) else answer[by] == name]) for name in names]
    said = [f"{words.value(by, name)}：{_extremes(line, numbers, label, value)}" for name, line in lines]
    return f"共{len(names)}条线。{''.join(said)}"


def _extremes(answer: pd.DataFrame, numbers: Numbers, label: str | Sequence[str], value: str) -> str:
    known = answer[answer[value].notna()]
    if known.empty:
        return "没有数值。"
    high, low = known.loc[known[value].idxmax()], known.loc[known[value].idxmin()]
    said = f"最高为{_name(high, label, numbers)}，{_say(high[value], value, numbers)}"
    if len(known) > 1:
        said += f"；最低为{_name(low, label, numbers)}，{_say(low[value], value, numbers)}"
    return f"共{len(known)}项，{said}{_direction(known, label, value, numbers)}。"


def _direction(known: pd.DataFrame, label: str | Sequence[str], value: str, numbers: Numbers) -> str:
    """Which way a line over months goes from its first month to its last; other labels have no direction."""
    first, last = known.iloc[0], known.iloc[-1]
    if label != "month" or len(known) < 2:
        return ""
    direction = "上升" if last[value] > first[value] else "下降" if last[value] < first[value] else "持平"
    return f"；由{_name(first, label, numbers)}至{_name(last, label, numbers)}总体{direction}"


def _name(row: pd.Series, label: str | Sequence[str], numbers: Numbers) -> str:
    """Return what a row is called: 11月, 朝阳区, 丰台区新村街道, 周一9时."""
    columns = [label] if isinstance(label, str) else label
    return "".join(words.value(column, row[column]) if numerals.kind(column) == "text" else _say(row[column], column, numbers)
                   for column in columns)


def _say(value: float, column: str, numbers: Numbers) -> str:
    return numerals.phrase(value, numerals.kind(column), numbers, words.unit(column))
