"""Draw charts of answers. A chart takes a frame and column names, keeps the frame's order, and returns its first `Axes`.

It never sorts, computes or saves. `numbers` are the edition's rules for printing numbers; `ax` is a panel to draw into.
Captions are not part of a drawing; the unit is at the axis or at every value. Nulls have words of their own (未分类).
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.drawing import panels, style
from helpers.drawing.comparison import comparison
from helpers.drawing.panels import Names
from helpers.drawing.small_multiples import small_multiples
from helpers.drawing.style import BASE, CURRENT, INK, MUTED, PALE, REST, SHADES, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

__all__ = [
    "BARS",
    "LINES",
    "bars",
    "comparison",
    "funnel",
    "heatmap",
    "monthly_lines",
    "paired_bars",
    "rates",
    "share_bar",
    "small_multiples",
    "worth_drawing",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


LINES = 6  # at most so many are distinguishable in a panel
BARS = 3  # at least: one or two numbers are told, not drawn

_WHOLE = {"color": CURRENT, "linestyle": "-"}
_SEEN = 0.01  # of the axis: a shorter bar shows no colour that a key could name


def worth_drawing(chart: Callable, frame: pd.DataFrame, columns: Mapping[str, Any]) -> bool:
    """Return whether a chart with these keywords shows more than a sentence or a table tells.

    Bars do of three numbers on, parts of two, a comparison of two measures of two units.
    """
    if chart is funnel:
        return int(frame[[*columns["values"]]].notna().any().sum()) >= BARS
    if chart is comparison:
        return len(frame) > 1 and int(frame[[*columns["values"]]].notna().any().sum()) > 1
    least = {bars: BARS, paired_bars: BARS, share_bar: 2}.get(chart, 0)
    return not least or int(frame[columns["value"]].notna().sum()) >= least


def bars(frame: pd.DataFrame, label: Names, value: str, *, numbers: NumberRules, highlight: Names = (),
         ax: Axes | None = None) -> Axes:
    """Draw a horizontal bar per row, its value at the end; where `highlight` names rows, the others are grey.

    More than 24 rows are drawn in two columns, read downwards, and those beyond 40 as one (`panels.folded`). `label` may be
    several columns, printed one after the other.
    """
    frame = panels.folded(frame, label, [value], highlight)
    filled = panels.bar_panels(frame, label, 0.21, ax)
    scale = panels.scale(frame[value], value, numbers)
    for panel, rows, names in filled:
        colours = panels.role_colours(names, highlight)
        drawn = panel.barh(range(len(rows)), rows[value].astype(float), height=0.7, color=colours)
        panels.print_values(panel, drawn, rows[value], scale, [INK] * len(rows), kind=number_format.kind(value))
        panels.note_bars(panel, drawn, names, rows[value], value, numbers)
        panels.name_rows(panel, names, highlight)
        panels.bar_axis(panel, frame[value])
    return filled[0][0]


def paired_bars(frame: pd.DataFrame, label: Names, value: str, earlier: str, *, numbers: NumberRules,
             names: tuple[str, str] | None = None, highlight: Names = (), ax: Axes | None = None) -> Axes:
    """Draw two bars per row: `value` of this edition, and below it in grey `earlier`, named at the first row that has both.

    `names` are the words of the two periods (2020年, 2019年), else the columns' own. Where `highlight` names rows, the others
    are grey. Without any earlier value only the first are drawn. Rows beyond 40 are drawn as one (`panels.folded`).
    """
    frame = panels.folded(frame, label, [value, earlier], highlight)
    if not frame[earlier].astype(float).abs().any():
        return bars(frame, label, value, numbers=numbers, highlight=highlight, ax=ax)
    filled = panels.bar_panels(frame, label, 0.36, ax)
    both = pd.concat([frame[value], frame[earlier]])
    scale, leads = panels.scale(both, value, numbers), _period_names(frame, [value, earlier], names)
    words = dict(zip((value, earlier), names or map(labels.column, (value, earlier)), strict=True))
    past = {"color": PALE, "edgecolor": BASE, "linewidth": 0.6} if highlight else {"color": BASE}
    start = 0
    for panel, rows, own in filled:
        looks = ({"color": panels.role_colours(own, highlight)}, past)
        for column, offset, look, ink in zip((value, earlier), (-0.2, 0.2), looks, (INK, MUTED), strict=True):
            places = [place + offset for place in range(len(rows))]
            drawn = panel.barh(places, rows[column].astype(float), height=0.36, **look)
            leading = leads[column][start:]
            panels.print_values(panel, drawn, rows[column], scale, [ink] * len(rows), leading, number_format.kind(value))
            panels.note_bars(panel, drawn, [f"{name} {words[column]}" for name in own], rows[column], value, numbers)
        panels.name_rows(panel, own, highlight)
        panels.bar_axis(panel, both)
        start += len(rows)
    return filled[0][0]


def _period_names(frame: pd.DataFrame, columns: list[str], names: tuple[str, str] | None) -> dict[str, list[str]]:
    """Return what is printed before each value of two columns: the period's name where both bars, or its own, are first seen."""
    values = frame[columns].reset_index(drop=True).astype(float).abs()
    seen = values > _SEEN * values.max().max()
    both = seen[seen.all(axis=1)] if seen.all(axis=1).any() else None
    leads = {}
    for column, name in zip(columns, names or map(labels.column, columns), strict=True):
        first = (seen[seen[column]] if both is None else both).index[:1]
        leads[column] = [f"{name} " if row in first else "" for row in values.index]
    return leads


def funnel(frame: pd.DataFrame, values: Sequence[str], *, numbers: NumberRules, ax: Axes | None = None) -> Axes:
    """Draw columns of a frame's one row as bars that grow shorter: dispatched, assessed, reached, valid.

    An unknown step is left out.
    """
    steps = pd.DataFrame({"step": [labels.column(column) for column in values],
                          "tickets": [frame[column].iloc[0] for column in values]})
    return bars(steps[steps["tickets"].notna()], "step", "tickets", numbers=numbers, ax=ax)


def monthly_lines(
    frame: pd.DataFrame,
    value: str,
    by: str | None = None,
    *,
    numbers: NumberRules,
    total: pd.DataFrame | None = None,
    earlier: pd.DataFrame | None = None,
    names: tuple[str, str] | None = None,
    extremes: bool = False,
    kind: str = "",
    highlight: Names = (),
    order: Sequence = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw a line over the months for each value of `by`, its name at its end; at most six lines.

    The frame has `month` and may have `year`. A value of `by` looks the same in every drawing that gives the same
    `order`; where `highlight` names lines, the others are grey, where it names the whole, all parts. `total` is a frame of the
    whole (合计), drawn in a panel above. `earlier` are the same months of another year of the single line or of the whole, drawn
    in grey; `names` the words of the two periods (2020年, 2019年). `extremes` marks the largest and the smallest month of the
    single line, or of the whole, where they differ. Missing values leave a gap; so do months that are not `covered`, which are
    shaded. All numbers have one unit, that of the sentences on them where `kind` is theirs (`prose.months`). Raises UserError
    where there are more lines.
    """
    lines = _lines(panels.with_gaps(frame, [value]), by, order, highlight, [labels.column("total")] if total is not None else [])
    ticks = list(dict.fromkeys(panels.calendar(frame)))
    high = max(2.2, panels.names_high([name for name, _, _ in lines]) + 0.4)
    if ax is None and total is not None and by:
        above, below = style.new(1.12 + high + 2 * style.unit_line(), rows=2, sharex=True, height_ratios=(1.5, high))
    else:
        above = below = ax if ax is not None else style.new(0.21 + high + style.unit_line())[0]
    groups = {below: lines}
    if total is not None:
        is_rest = {*panels.listed(highlight)} & {name for name, _, _ in lines}
        look = _WHOLE | {"color": MUTED} if is_rest else _WHOLE
        groups[above] = [(labels.column("total"), panels.with_gaps(total, [value]), look), *groups.get(above, [])]
    if panels.is_known(earlier, value):
        groups[above] = panels.with_earlier(groups[above], earlier, value, names, ticks)
    drawn_values = pd.concat([rows[value] for drawn in groups.values() for _, rows, _ in drawn])
    scale = panels.scale(drawn_values, value, numbers, printed=groups[above][0][1][value], kind=kind)
    for panel, drawn in groups.items():
        values = pd.concat([rows[value].astype(float) for _, rows, _ in drawn]).fillna(0)
        head = 1.22 if extremes and panel is above else 1.08
        panel.set_ylim(min(values.min() * head, 0), max(values.max() * head, 0) or 1)
        panels.value_axis(panel, scale)
    panels.month_axis(below, ticks)
    for panel, drawn in groups.items():
        for name, rows, _ in drawn:
            panels.note_months(panel, ticks, name, rows, value, numbers)
    above.tick_params(axis="x", length=0)
    ends = {panel: [panels.line(panel, [ticks.index(month) for month in panels.calendar(rows)], rows[value], look)
                    for _, rows, look in drawn] for panel, drawn in groups.items()}
    for (panel, drawn), room in zip(groups.items(), style.sizes(list(groups)), strict=True):
        if extremes and panel is above:
            _mark_extremes(panel, room, ticks, drawn[0][1], value, scale)
        panels.name_ends(panel, room[1], [name for name, _, _ in drawn], ends[panel])
        panels.mark_gaps(panel, [rows for _, rows, _ in drawn], ticks)
    return above


def rates(frame: pd.DataFrame, values: Sequence[str], *, numbers: NumberRules, highlight: Names = (),
          ax: Axes | None = None) -> Axes:
    """Draw rates month by month, a line for each column of `values`, named at its end with its last value.

    The axis need not begin at zero, and is marked where it does not. Months that are not `covered` are gaps, and shaded. Where
    `highlight` names columns by their words, the lines of the others are grey. Where the frame has them
    (`control_chart.with_limits`), the mean of a rate's months and the limits of chance are thin lines, named at their beginning.
    """
    frame = panels.with_gaps(frame, values)
    ax = ax if ax is not None else style.new(2.6)[0]
    ticks = list(dict.fromkeys(panels.calendar(frame)))
    panels.month_axis(ax, ticks)
    panels.value_axis(ax, panels.scale(frame[list(values)].max(), values[0], numbers))
    looks = _looks(style.line_styles(values), [*map(labels.column, values)], highlight)
    ends = [panels.line(ax, list(range(len(frame))), frame[column], look) for column, look in zip(values, looks, strict=True)]
    names = [f"{labels.column(column)} {number_format.phrase(end[1], 'rate', numbers)}" if end else labels.column(column)
             for column, end in zip(values, ends, strict=True)]
    limits = _limits(ax, frame, dict(zip(values, looks, strict=True)))
    for column in values:
        panels.note_months(ax, ticks, labels.column(column), frame, column, numbers)
    ax.margins(y=0.12)
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, 0), min(high, max(1, frame[list(values)].max().max())))
    panels.mark_break(ax)
    room = style.size(ax)
    for kind, level, colour in limits:
        _name_limit(ax, labels.value("limit", kind), level, colour, room)
    panels.name_ends(ax, room[1], names, ends)
    panels.mark_gaps(ax, [frame], ticks)
    return ax


def _limits(ax: Axes, frame: pd.DataFrame, looks: Mapping[str, dict]) -> list[tuple[str, float, str]]:
    """Draw the mean and the limits of each rate's months in its colour, as far as the frame has them and they limit anything.

    Return the kind, level and colour of each that is drawn.
    """
    drawn = []
    for column, line in looks.items():
        for kind, look in (("mean", "-"), ("low", ":"), ("high", ":")):
            level = frame.get(f"{kind}_{column}", pd.Series(dtype="float64")).dropna()
            if len(level) and 0 < level.iloc[0] < 1:
                ax.axhline(level.iloc[0], color=line["color"], linewidth=0.7, linestyle=look, zorder=1)
                drawn.append((kind, level.iloc[0], line["color"]))
    return drawn


def _name_limit(ax: Axes, name: str, level: float, colour: str, room: tuple[float, float]) -> None:
    """Write a limit's name on its line, at the place nearest to the middle where no rate runs through it."""
    first, last = ax.get_xlim()
    middle, wide = (first + last) / 2, style.width(name, SMALL - 1) + 4
    places = sorted(np.linspace(first + 1, last - 1, 23), key=lambda place: abs(place - middle))
    def is_free(place: float) -> bool:
        heights = panels.line_heights(ax, place, level, wide, room)
        return not np.any((heights > -1) & (heights < SMALL + 1))

    place = next(filter(is_free, places), middle)
    ax.annotate(name, (place, level), va="bottom", ha="center", fontsize=SMALL - 1, color=colour)


def share_bar(frame: pd.DataFrame, label: str, value: str, *, numbers: NumberRules, count: str | None = None,
              highlight: Names = (), ax: Axes | None = None) -> Axes:
    """Draw one bar of 100 %: `value` is each part's share (0 to 1), printed above it with its name and its `count`.

    Where `highlight` names parts, the others are grey. Where the names do not fit, the parts are drawn as bars below each other.
    """
    names = panels.names_of(frame, label)
    lines = [[panels.wrapped(name, 8) for name in names],
             *(_printed(frame[column], column, numbers) for column in (value, count) if column)]
    texts = ["\n".join(text) for text in zip(*lines, strict=True)]
    deep = max(text.count("\n") + 1 for text in texts)
    wide = max(style.width(line) for text in texts for line in text.split("\n")) + 8
    if wide * len(texts) > (style.size(ax)[0] if ax is not None else 72 * style.WIDTH):
        return bars(frame, label, value, numbers=numbers, highlight=highlight, ax=ax)
    ax = ax if ax is not None else style.new(0.52 + 0.17 * deep)[0]
    ax.set(xlim=(0, 1), ylim=(0, 0.52 + 0.17 * deep), yticks=[], xticks=[])
    ax.spines[:].set_visible(False)
    wide /= style.size(ax)[0]
    ends = [0.0, *frame[value].fillna(0).cumsum()]
    places = style.spread_labels([(first + last) / 2 for first, last in pairwise(ends)], wide, wide / 2, 1 - wide / 2)
    for number, ((left, right), text, place) in enumerate(zip(pairwise(ends), texts, places, strict=True)):
        depth = number / max(len(texts) - 1, 1)
        is_rest = highlight and names[number] not in panels.listed(highlight)
        shade = REST(depth) if is_rest else SHADES(1 - 0.35 * depth)
        drawn = ax.barh(0.18, right - left, left=left, height=0.36, color=shade, edgecolor="white", linewidth=1)
        style.note_value(ax, drawn[0].get_bbox().extents, text.replace("\n", " "))
        ax.annotate(text, ((left + right) / 2, 0.36), (place, 0.5), ha="center", va="bottom", fontsize=SMALL,
                    linespacing=1.15, arrowprops=panels.leader_line(BASE, (0.5, 0)))
    return ax


def _printed(values: pd.Series, column: str, numbers: NumberRules) -> list[str]:
    scale = panels.scale(values, column, numbers)
    return [panels.label(value, scale) for value in values]


def heatmap(frame: pd.DataFrame, x: str, y: str, value: str, *, numbers: NumberRules, ax: Axes | None = None) -> Axes:
    """Draw a grid of shades, dark for many: hours across and weekdays down, or other columns in the frame's order.

    A scale below explains the shades; a cell without a value stays white.
    """
    across, down = _steps(frame, x), _steps(frame, y)
    ax = ax if ax is not None else style.new(0.71 + style.unit_line() + 0.24 * len(down))[0]
    grid = frame.astype({value: "float64"}).pivot(index=y, columns=x, values=value).reindex(index=down, columns=across)
    largest = frame[value].max() or 1
    scale = panels.scale(frame[value], value, numbers)
    seaborn.heatmap(grid, ax=ax, cmap=SHADES, vmin=0, vmax=largest, linewidths=0.8, linecolor="white",
                    cbar_kws={"location": "bottom", "fraction": 0.05, "aspect": 50, "pad": 0.04, "format": scale.tick,
                              "ticks": MaxNLocator(5), "label": style.unit_at_axis(ax, scale.unit)})
    every = max(1, ceil(len(across) * 22 / (72 * style.WIDTH)))
    room = max(int(0.75 * 72 * style.WIDTH / len(across) * every / SMALL), 2)
    named = [panels.word(x, step, numbers) for step in across[::every]]
    named = named if number_format.kind(x) in number_format.CALENDAR else [panels.wrapped(name, room) for name in named]
    ax.set_xticks([place + 0.5 for place in range(0, len(across), every)], named, rotation=0)
    ax.set_yticks([place + 0.5 for place in range(len(down))], [panels.word(y, step, numbers) for step in down], rotation=0)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    ax.collections[0].colorbar.ax.xaxis.set_label_position("bottom")
    for row, low in enumerate(down):
        for place, step in enumerate(across):
            if pd.notna(cell := grid.loc[low, step]):
                words = f"{panels.word(y, low, numbers)}{panels.word(x, step, numbers)}"
                words += f"：{panels.exact_label(cell, value, numbers)}"
                style.note_value(ax, (place, row, place + 1, row + 1), words)
    return ax


def _lines(frame: pd.DataFrame, by: str | None, order: Sequence, highlight: Names,
           above: Sequence[str] = ()) -> list[panels.Line]:
    """Return each line's name, rows and style; grey with a dash of its own where others, or those `above`, are highlighted."""
    if by is None:
        return [("", frame, _WHOLE)]
    names = frame[by].drop_duplicates().tolist()
    if len(names) > LINES:
        raise UserError(f"a chart of months has room for {LINES} lines and '{by}' has {len(names)}: keep the first "
                         "by trends.restrict_to.")
    rows = [frame[frame[by].isna() if pd.isna(name) else frame[by] == name] for name in names]
    words = [labels.value(by, name) for name in names]
    return list(zip(words, rows, _looks(style.line_styles(names, order), words, highlight, above), strict=True))


def _looks(looks: Sequence[dict], words: Sequence[str], highlight: Names, above: Sequence[str] = ()) -> list[dict]:
    """Return the style of each line: grey, with its dash, where another of them is highlighted; all grey where one `above` is."""
    if {*above} & {*panels.listed(highlight)}:
        return style.grey_lines(len(words))
    if not {*words} & {*panels.listed(highlight)}:
        return [*looks]
    return [_WHOLE | {"zorder": 3} if word in panels.listed(highlight) else look | {"color": BASE}
            for word, look in zip(words, looks, strict=True)]


def _mark_extremes(ax: Axes, room: tuple[float, float], ticks: list[tuple[int, int]], frame: pd.DataFrame, value: str,
                   scale: number_format.Scale) -> None:
    """Mark the first largest and the first smallest month with their values; none where all are equal.

    `room` is the panel's size in points. Where the smallest is too near to the axis for words between them, these are below the
    axis, above the names of the months.
    """
    known = frame[frame[value].notna()]
    if known[value].nunique() < 2:
        return
    several = len({year for year, _ in ticks}) > 1
    for place, offset in ((known[value].idxmax(), 5), (known[value].idxmin(), _below(ax, room[1], known[value].min()))):
        row = known.loc[[place]]
        month, number = panels.calendar(row)[0], row[value].iloc[0]
        text = f"{f'{month[0]}年' if several else ''}{month[1]}月 {panels.label(number, scale)}"
        panels.mark_month(ax, ticks.index(month), number, text, offset=offset, last=len(ticks) - 1, room=room)


def _below(ax: Axes, deep: float, least: float) -> float:
    """Return how far below the smallest point its words are, in points, after making room for them below the axis if need be."""
    low, high = ax.get_ylim()
    strip = 1.7 * SMALL  # of the words, with a gap on both sides
    if (least - low) / (high - low) * deep > strip + 2:
        return -5
    ax.set_ylim(low - (high - low) * strip / (deep - strip))
    ax.axhline(low, color=BASE, linewidth=0.6)
    ax.spines["bottom"].set_visible(False)
    return -(least - low) / (high - low) * (deep - strip) - 3


def _steps(frame: pd.DataFrame, column: str) -> list:
    """Return the places of a grid's axis: all hours, all weekdays, or the values in the frame's order.

    Raises UserError where an hour, weekday or month is none.
    """
    kind = number_format.kind(column)
    number_format.check_calendar(kind, frame[column])
    return list(number_format.CALENDAR.get(kind, dict.fromkeys(frame[column])))
