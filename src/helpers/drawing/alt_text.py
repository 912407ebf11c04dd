"""Write alternative texts of drawings from the same answers.

A text names what a glance at the drawing gives: who has most and least, and the course of a line with its turns. The values are
in the figure's table, which the text refers to unless it has them all. Numbers have the unit that they have in the drawing.
"""

from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from helpers.drawing import panels
from helpers.drawing.panels import Names
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

ALL = 4  # so few values are listed
TABLE = "各项数值见数据表。"

_TURNS = 6  # months of a course at most
_SWING = 0.25  # of the range of a line: a smaller rise or fall is no turn
_LISTED = 6  # names at most


def describe(answer: pd.DataFrame, numbers: NumberRules, *, label: Names = "month", value: str | None = None,
             values: Sequence[str] = (), by: str | None = None, x: str | None = None, y: str | None = None,
             earlier: str | pd.DataFrame | None = None, names: tuple[str, str] | None = None, count: str | None = None,
             total: pd.DataFrame | None = None, kind: str = "", partly: bool = False, **_: object) -> str:
    """Describe a drawing in about 120 characters: extremes, courses of months, sums, what has no value.

    The columns are those that the chart was given: `value` (or several `values`, or `value` and `earlier`) along `label`, or on
    the grid of `x` and `y`; `by` splits it into lines or panels, whose sum is `total`; `earlier` may also be months of another
    year; `count` is the base of shares. A chart's other options only change its looks; `names` are the words for the two periods.
    Of numbers that are shown `partly`, since others are hidden, no sum is given.
    """
    answer, values = answer.reset_index(drop=True), [column for column in values if column in answer]
    if values and label == "month" and label not in answer:
        return _steps(answer, values, numbers)
    if values:
        if len(values) > 2 and label != "month":
            ends = [f"{labels.column(column)}{_ends_only(answer, label, column, numbers)}" for column in values]
            return f"{'；'.join(ends)}。{TABLE}"
        series = {column: _series(answer, label, column, numbers, partly=partly) for column in values}
        return "".join(f"{labels.column(column)}：{text}" for column, text in series.items()) + TABLE
    if isinstance(earlier, str):
        several = [column for column in (value, earlier) if answer[column].notna().any()]
        words = names or [labels.column(column) for column in several]
        unit = panels.scale(pd.concat([answer[column] for column in several]), value, numbers)
        return "".join(f"{word}：{_series(answer, label, column, numbers, unit, partly=partly)}"
                       for word, column in zip(words, several, strict=False)) + TABLE
    if by is not None:
        whole = "" if total is None else f"{labels.column('total')}：{_with_earlier(total, value, earlier, names, numbers, kind)}"
        return f"{whole}{_parts(answer, by, value, numbers, partly=partly)}{TABLE}"
    if label == "month" and not x:
        return _with_earlier(answer, value, earlier, names, numbers, kind) + TABLE
    if x and y:
        label, answer = [y, x], answer.assign(**{axis: [panels.word(axis, step, numbers) for step in answer[axis]]
                                                 for axis in (y, x) if number_format.kind(axis) != "text"})
    text = _series(answer, label, value, numbers, partly=partly) + (_sums(answer, y, value) if y and not partly else "")
    text += f"{labels.column(count)}合计{_say(answer[count].sum(), count, numbers)}。" if count else ""
    text += _signals(answer, label) if "signal" in answer else ""
    return text if len(answer) <= ALL else text + TABLE


def _steps(answer: pd.DataFrame, values: Sequence[str], numbers: NumberRules) -> str:
    known = [column for column in values if pd.notna(answer[column].iloc[0])]
    return "；".join(f"{labels.column(column)}{_say(answer[column].iloc[0], column, numbers)}" for column in known) + "。"


def _series(answer: pd.DataFrame, label: Names, value: str, numbers: NumberRules,
            unit: number_format.Scale | None = None, *, partly: bool = False) -> str:
    """Name the most, the next and the least of a column, and its sum; the course where it runs over months."""
    unit = unit or panels.scale(answer[value], value, numbers)
    if label == "month":
        return _course(answer, value, unit)
    known, missing = answer[answer[value].notna()], answer[answer[value].isna()]
    if known.empty:
        return "没有数值。"
    if known[value].nunique() == 1 and len(known) > 1:
        text = f"共{len(known)}项，均为{unit.label(known[value].iloc[0])}"
    elif len(answer) <= ALL:
        text = _listed(known, label, value, unit)
    else:
        text = f"共{len(known)}项，{_extremes(known, label, value, unit)}"
    text += f"；合计{unit.label(known[value].sum())}" if len(known) > 2 and _adds(value) and not partly else ""
    text += f"；无数据：{_names(panels.names_of(missing, label))}" if len(missing) else ""
    return f"{text}。"


def _extremes(known: pd.DataFrame, label: Names, value: str, unit: number_format.Scale) -> str:
    """Name the largest with what follows it, and the smallest, of what has a name; then what has none."""
    first = panels.listed(label)[0]
    named = known[known[first].notna()] if known[first].notna().any() else known
    order = named.sort_values(value, ascending=False, kind="stable")
    most, least = ("最多", "最少") if number_format.kind(value) == "count" else ("最高", "最低")
    low = order[order[value] == order[value].iloc[-1]].head(1)
    text = f"{_listed(order.head(1), label, value, unit)}{most}，其次为{_listed(order.iloc[1:3], label, value, unit)}，"
    text += f"{_listed(low, label, value, unit)}{least}"
    unnamed = known.drop(named.index)
    return text + (f"；{_listed(unnamed.head(1), label, value, unit)}" if len(unnamed) == 1 else "")


def _ends_only(answer: pd.DataFrame, label: Names, value: str, numbers: NumberRules) -> str:
    """Name the highest and the lowest of one of several measures, without numbers."""
    known = answer[answer[value].notna()]
    if known.empty:
        return "没有数值"
    if known[value].nunique() == 1:
        return f"均为{_say(known[value].iloc[0], value, numbers)}"
    high, low = known.loc[[known[value].idxmax()]], known.loc[[known[value].idxmin()]]
    return f"{panels.names_of(high, label)[0]}最高、{panels.names_of(low, label)[0]}最低"


def _with_earlier(months: pd.DataFrame, value: str, earlier: pd.DataFrame | None, names: tuple[str, str] | None,
                  numbers: NumberRules, kind: str) -> str:
    """Give the course of months, and that of another year."""
    if not panels.is_known(earlier, value):
        return _course(months, value, panels.scale(months[value], value, numbers, kind=kind))
    now, before = names or (labels.column(value), labels.column("tickets_before"))
    unit = panels.scale(pd.concat([months[value], earlier[value]]), value, numbers, kind=kind)
    return f"{now}，{_course(months, value, unit)}{before}，{_course(earlier, value, unit)}"


def _course(months: pd.DataFrame, value: str, unit: number_format.Scale) -> str:
    """Give a line from its first month to its last with the turns between: 1月5.2万件，2月升至17.4万件（最高），…"""
    covered = months["covered"].astype(bool) if "covered" in months else pd.Series(True, index=months.index)
    known = months[months[value].notna() & covered]
    gaps = "".join(f"；{words}：{_names(_months(rows))}" for words, rows in (
        ("无数据", months[months[value].isna() & covered]), ("数据不全", months[~covered])) if len(rows))
    if known.empty:
        return f"没有数值{gaps}。"
    sizes = known[value].astype(float).tolist()
    if len(known) == 1:
        return f"{_points(known, value, unit)[0]}{gaps}。"
    if len(set(sizes)) == 1:
        return f"共{len(known)}个月，均为{unit.label(sizes[0])}{gaps}。"
    return f"{'，'.join(_points(known.iloc[_turns(sizes)], value, unit, sizes))}{gaps}。"


def _points(months: pd.DataFrame, value: str, unit: number_format.Scale, sizes: Sequence[float] = ()) -> list[str]:
    """Return the words of months of a course, the first with its value, the next with its way there."""
    numbers, words = months[value].astype(float).tolist(), _months(months)
    ways = ["", *("升至" if later > former else "降至" if later < former else "为" for former, later in pairwise(numbers))]
    marks = {max(sizes): "（最高）", min(sizes): "（最低）"} if sizes else {}
    return [f"{month}{way}{unit.label(number)}{marks.pop(number, '')}"
            for month, way, number in zip(words, ways, numbers, strict=True)]


def _turns(sizes: Sequence[float]) -> list[int]:
    """Return the places of the first and last of several sizes, of their extremes, and of the turns between, `_TURNS` at most.

    The smallest swings are left out first: two peaks stay two, and a wave of a few percent is none.
    """
    places = [place for place in range(len(sizes)) if place in (0, len(sizes) - 1)
              or (sizes[place] - sizes[place - 1]) * (sizes[place + 1] - sizes[place]) < 0
              or (sizes[place] != sizes[place - 1] and sizes[place + 1] == sizes[place])]
    extremes = {sizes.index(max(sizes)), sizes.index(min(sizes))}
    places = sorted({*places, *extremes})
    while len(places) > 2:
        swings = [(abs(sizes[later] - sizes[former]), former, later) for former, later in pairwise(places)]
        free = [(swing, [place for place in pair if place not in {0, len(sizes) - 1, *extremes}]) for swing, *pair in swings]
        swing, pair = min((found for found in free if found[1]), default=(0, []))
        if not pair or (swing >= _SWING * (max(sizes) - min(sizes)) and len(places) <= _TURNS):
            break
        places = [place for place in places if place not in pair]
    return [place for place in places if place in extremes or not _is_on_the_way(sizes, places, place)]


def _is_on_the_way(sizes: Sequence[float], places: Sequence[int], place: int) -> bool:
    """Return whether a place lies between its neighbours, neither above nor below both."""
    number = places.index(place)
    if number in (0, len(places) - 1):
        return False
    before, after = sizes[places[number - 1]], sizes[places[number + 1]]
    return min(before, after) <= sizes[place] <= max(before, after)


def _months(months: pd.DataFrame) -> list[str]:
    calendar = panels.calendar(months)
    several = len({year for year, _ in calendar}) > 1
    return [f"{year}年{month}月" if several else f"{month}月" for year, month in calendar]


def _parts(answer: pd.DataFrame, by: str, value: str, numbers: NumberRules, *, partly: bool = False) -> str:
    """Name the parts with most and least, and the months in which they are highest."""
    rows = panels.with_gaps(answer, [value])
    parts = rows[rows[value].notna()].groupby(by, sort=False, dropna=False)[value]
    sums, peaks = parts.sum().reset_index(), rows.loc[parts.idxmax()]
    if sums.empty:
        return "没有数值。"
    text = f"共{len(sums)}项"
    if _adds(value) and not partly and sums[value].nunique() > 1:
        unit = panels.scale(sums[value], value, numbers)
        high, low = (_listed(sums.loc[[place]], by, value, unit) for place in (sums[value].idxmax(), sums[value].idxmin()))
        text += f"，{high}最多，{low}最少"
    months = pd.Series(_months(peaks), peaks.index)
    words = [f"{month}{_names(panels.names_of(peaks[months == month], by)) if len(sums) <= _LISTED else f'{many}项'}"
             for month, many in months.value_counts(sort=True).items()]
    return f"{text}；最高的月份：{'，'.join(words[:_LISTED])}。"


def _sums(answer: pd.DataFrame, rows: str, value: str) -> str:
    """Name the row of a grid with the largest sum, and that with the smallest."""
    if not _adds(value) or answer[rows].nunique() < 3:
        return ""
    sums = answer.groupby(rows, sort=False)[value].sum().reset_index()
    high, low = (panels.names_of(sums.loc[[place]], rows)[0] for place in (sums[value].idxmax(), sums[value].idxmin()))
    return f"按{labels.column(rows)}合计，{high}最多，{low}最少。"


def _signals(answer: pd.DataFrame, label: Names) -> str:
    """List the units beyond the limits of a funnel plot, or count them where they are many."""
    text = []
    for side in ("above", "below"):
        names = panels.names_of(answer[answer["signal"] == side], label)
        listed = f"：{'、'.join(names)}" if 0 < len(names) <= _LISTED else ""
        text.append(f"{labels.value('signal', side)}的{len(names)}个{listed}")
    return f"{'；'.join(text)}。"


def _adds(column: str) -> bool:
    """Return whether values may be added: counts may, rates and densities may not."""
    return number_format.kind(column) == "count" and "/" not in labels.unit(column)


def _names(names: Sequence[str]) -> str:
    return "、".join(names) if len(names) <= _LISTED else f"{'、'.join(names[:_LISTED])}等{len(names)}项"


def _listed(rows: pd.DataFrame, label: Names, value: str, unit: number_format.Scale) -> str:
    return "、".join(f"{name}{unit.label(number)}"
                    for name, number in zip(panels.names_of(rows, label), rows[value], strict=True))


def _say(value: float, column: str, numbers: NumberRules) -> str:
    return number_format.phrase(value, number_format.kind(column), numbers, labels.unit(column))
