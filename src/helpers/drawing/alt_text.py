"""Write alt texts of drawings from the same answers.

First the extremes with their values, the direction of a line and the sum; then every value in order, so that answers that
print differently read differently. A large grid is described by the sums of its rows instead of its cells.
"""

from collections.abc import Sequence

import pandas as pd

from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

MANY = 72  # at most so many values are listed

Names = str | Sequence[str]


def describe(answer: pd.DataFrame, numbers: NumberRules, *, label: Names = "month", value: str | None = None,
             values: Sequence[str] = (), by: str | None = None, x: str | None = None, y: str | None = None,
             earlier: str | None = None, names: tuple[str, str] | None = None, count: str | None = None,
             total: pd.DataFrame | None = None, **_: object) -> str:
    """Describe a drawing: number of entities, largest and smallest with their values, direction of lines, all values.

    The columns are those that the chart was given: `value` (or several `values`, or `value` and `earlier`) along `label`,
    or on the grid of `x` and `y`; `by` splits it into lines, whose sum is `total`; `count` is the base of shares. A
    chart's other options only change its looks; `names` are the words for `value` and `earlier`.
    """
    label = [y, x] if x else label
    if values and label not in answer:
        return "；".join(f"{labels.column(column)}{_say(answer[column].iloc[0], column, numbers)}" for column in values
                         if pd.notna(answer[column].iloc[0])) + "。"
    if values or (earlier and answer[earlier].notna().any()):
        several = values or (value, earlier)
        words = names or [labels.column(column) for column in several]
        return "".join(f"{word}：{_series(answer, numbers, label, column)}" for word, column in zip(words, several, strict=True))
    whole = "" if total is None else f"{labels.column('total')}：{_series(total, numbers, label, value)}"
    if by is None:
        taken = _sum(answer, count, numbers) if count else ""
        text = whole + _series(answer, numbers, label, value) + (f"{labels.column(count)}{taken}。" if taken else "")
        return text + (_signals(answer, numbers, label) if "signal" in answer else "")
    parts = answer[by].drop_duplicates().tolist()
    lines = [(name, answer[answer[by].isna() if pd.isna(name) else answer[by] == name]) for name in parts]
    text = [f"{labels.value(by, name)}：{_series(line, numbers, label, value)}" for name, line in lines]
    return f"{whole}共{len(parts)}条线。{''.join(text)}"


def _series(answer: pd.DataFrame, numbers: NumberRules, label: Names, value: str) -> str:
    covered = pd.Series(True, index=answer.index)
    if label == "month" and "covered" in answer:
        covered = answer["covered"].astype(bool)
    known, missing = answer[answer[value].notna() & covered], answer[answer[value].isna() & covered]
    if known.empty:
        return "没有数值。"
    high, low = known.loc[known[value].idxmax()], known.loc[known[value].idxmin()]
    if len(known) > 1 and high[value] == low[value]:
        text = f"均为{_say(high[value], value, numbers)}"
    else:
        text = f"最高为{_name(high, label, numbers)}，{_say(high[value], value, numbers)}"
        text += f"；最低为{_name(low, label, numbers)}，{_say(low[value], value, numbers)}" if len(known) > 1 else ""
    text = f"共{len(known)}项，{text}{_direction(known, label, value, numbers)}"
    text += f"；{taken}" if len(known) > 2 and (taken := _sum(known, value, numbers)) else ""
    for words, rows in (("无数据", missing), ("数据不全", answer[~covered])):
        text += f"；{words}：{'、'.join(_name(row, label, numbers) for _, row in rows.iterrows())}" if len(rows) else ""
    return f"{text}。{_each(known, label, value, numbers)}"


def _each(known: pd.DataFrame, label: Names, value: str, numbers: NumberRules) -> str:
    """List every value in order; of more than `MANY`, the sums along the first column of a grid."""
    if len(known) < 3:
        return ""
    if len(known) <= MANY:
        text = (f"{_name(row, label, numbers)} {_say(row[value], value, numbers)}" for _, row in known.iterrows())
        return f"依次为{'、'.join(text)}。"
    if isinstance(label, str) or not _adds(value):
        return ""
    sums = [f"{_name(rows.iloc[0], label[0], numbers)}{_sum(rows, value, numbers)}" for _, rows in known.groupby(label[0])]
    return f"其中{'、'.join(sums)}。"


def _signals(answer: pd.DataFrame, numbers: NumberRules, label: Names) -> str:
    """List the units beyond the limits of a funnel plot, or count them where they are many."""
    text = []
    for side in ("above", "below"):
        names = [_name(row, label, numbers) for _, row in answer[answer["signal"] == side].iterrows()]
        listed = f"：{'、'.join(names)}" if 0 < len(names) <= MANY // 6 else ""
        text.append(f"{labels.value('signal', side)}的{len(names)}个{listed}")
    return f"{'；'.join(text)}。"


def _sum(known: pd.DataFrame, value: str, numbers: NumberRules) -> str:
    return f"合计{number_format.phrase(known[value].sum(), 'exact', numbers, labels.unit(value))}" if _adds(value) else ""


def _adds(column: str) -> bool:
    """Return whether values may be added: counts may, rates and densities may not."""
    return number_format.kind(column) == "count" and "/" not in labels.unit(column)


def _direction(known: pd.DataFrame, label: Names, value: str, numbers: NumberRules) -> str:
    """State the direction of a line from its first month to its last; empty for other labels."""
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
