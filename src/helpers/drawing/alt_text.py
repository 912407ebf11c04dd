"""Alternative texts: what a drawing shows, in words, for who cannot see it. Made from the same answer as the drawing.

First what there is to see: the extremes with their values, the direction of a line, the sum; then every value in its
order, so that two tables that print differently read differently. Of a large grid the sums of its rows stand for the
cells.
"""

from collections.abc import Sequence

import pandas as pd

from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

MANY = 72  # values that are still read out one by one

Names = str | Sequence[str]


def describe(answer: pd.DataFrame, numbers: NumberRules, *, label: Names = "month", value: str | None = None,
             values: Sequence[str] = (), by: str | None = None, x: str | None = None, y: str | None = None,
             earlier: str | None = None, count: str | None = None, total: pd.DataFrame | None = None, **_: object) -> str:
    """Name how many things a drawing shows, the largest and smallest with their values, and the direction of lines.

    The columns are those that the chart was given: `value` (or several `values`, or `value` and `earlier`) along `label`,
    or on the grid of `x` and `y`; `by` splits it into lines of their own, of which `total` is the whole; `count` is what
    shares are taken of. What else a chart takes is only looks.
    """
    label = [y, x] if x else label
    if values and label not in answer:
        return "；".join(f"{labels.column(column)}{_say(answer[column].iloc[0], column, numbers)}" for column in values
                         if pd.notna(answer[column].iloc[0])) + "。"
    if values or (earlier and answer[earlier].notna().any()):
        several = values or (value, earlier)
        return "".join(f"{labels.column(column)}：{_series(answer, numbers, label, column)}" for column in several)
    whole = "" if total is None else f"{labels.column('total')}：{_series(total, numbers, label, value)}"
    if by is None:
        taken = _sum(answer, count, numbers) if count else ""
        return whole + _series(answer, numbers, label, value) + (f"{labels.column(count)}{taken}。" if taken else "")
    names = answer[by].drop_duplicates().tolist()
    lines = [(name, answer[answer[by].isna() if pd.isna(name) else answer[by] == name]) for name in names]
    said = [f"{labels.value(by, name)}：{_series(line, numbers, label, value)}" for name, line in lines]
    return f"{whole}共{len(names)}条线。{''.join(said)}"


def _series(answer: pd.DataFrame, numbers: NumberRules, label: Names, value: str) -> str:
    known, missing = answer[answer[value].notna()], answer[answer[value].isna()]
    if known.empty:
        return "没有数值。"
    high, low = known.loc[known[value].idxmax()], known.loc[known[value].idxmin()]
    if len(known) > 1 and high[value] == low[value]:
        said = f"均为{_say(high[value], value, numbers)}"
    else:
        said = f"最高为{_name(high, label, numbers)}，{_say(high[value], value, numbers)}"
        said += f"；最低为{_name(low, label, numbers)}，{_say(low[value], value, numbers)}" if len(known) > 1 else ""
    said = f"共{len(known)}项，{said}{_direction(known, label, value, numbers)}"
    said += f"；{taken}" if len(known) > 2 and (taken := _sum(known, value, numbers)) else ""
    said += f"；无数据：{'、'.join(_name(row, label, numbers) for _, row in missing.iterrows())}" if len(missing) else ""
    return f"{said}。{_each(known, label, value, numbers)}"


def _each(known: pd.DataFrame, label: Names, value: str, numbers: NumberRules) -> str:
    """Every value in its order; of more than can be listened to, the sums along the first column of a grid."""
    if len(known) < 3:
        return ""
    if len(known) <= MANY:
        said = (f"{_name(row, label, numbers)} {_say(row[value], value, numbers)}" for _, row in known.iterrows())
        return f"依次为{'、'.join(said)}。"
    if isinstance(label, str) or not _adds(value):
        return ""
    sums = [f"{_name(rows.iloc[0], label[0], numbers)}{_sum(rows, value, numbers)}" for _, rows in known.groupby(label[0])]
    return f"其中{'、'.join(sums)}。"


def _sum(known: pd.DataFrame, value: str, numbers: NumberRules) -> str:
    return f"合计{number_format.phrase(known[value].sum(), 'exact', numbers, labels.unit(value))}" if _adds(value) else ""


def _adds(column: str) -> bool:
    """Whether values may be added: counts may, rates and what is reckoned per head may not."""
    return number_format.kind(column) == "count" and "/" not in labels.unit(column)


def _direction(known: pd.DataFrame, label: Names, value: str, numbers: NumberRules) -> str:
    """Which way a line over months goes from its first month to its last; other labels have no direction."""
    first, last = known.iloc[0], known.iloc[-1]
    if label != "month" or len(known) < 2:
        return ""
    direction = "上升" if last[value] > first[value] else "下降" if last[value] < first[value] else "持平"
    return f"；由{_name(first, label, numbers)}至{_name(last, label, numbers)}总体{direction}"


def _name(row: pd.Series, label: Names, numbers: NumberRules) -> str:
    """Return what a row is called: 11月, 朝阳区, 丰台区新村街道, 周一9时."""
    columns = [label] if isinstance(label, str) else label
    return "".join(labels.value(column, row[column]) if number_format.kind(column) == "text"
                   else _say(row[column], column, numbers) for column in columns)


def _say(value: float, column: str, numbers: NumberRules) -> str:
    return number_format.phrase(value, number_format.kind(column), numbers, labels.unit(column))
