"""Drawings of answers. A chart takes a frame and column names, keeps the frame's order, and returns its first `Axes`.

It never sorts, computes or saves. `numbers` is the edition's way to print numbers; `ax` draws into a panel of one's
own. The caption stands outside of the drawing; the unit stands at the axis. Nulls are named in words (未分类).
"""

from collections.abc import Sequence
from itertools import cycle, pairwise
from math import ceil

import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import MaxNLocator

from helpers import canvas, numerals, panels, words
from helpers.canvas import EARLIER, INK, MUTED, POINTED, SMALL, THIS, mark, png, svg, use_style
from helpers.editions import Numbers
from helpers.errors import KnownError
from helpers.panels import Names

__all__ = ["bars", "compared", "dots", "funnel", "heat", "mark", "months", "png", "rates", "split", "svg", "tiles",
           "use_style"]

LINES = 6  # as many as stay apart in greyscale

_SHADES = LinearSegmentedColormap.from_list("shades", ["#e6eef6", "#7fa8cf", THIS])
_PARTS = (THIS, EARLIER, "#3f83bf", MUTED, "#12304d", "#7d7d7d")


def bars(frame: pd.DataFrame, label: Names, value: str, *, numbers: Numbers, highlight: Names = (),
         ax: Axes | None = None) -> Axes:
    """Draw a horizontal bar a row, its value at the end; rows named in `highlight` are pointed at.

    More than 24 rows stand in two columns, read downwards. `label` may be several columns, printed one after the other.
    """
    stand = panels.stand(frame, label, 0.21, ax)
    for panel, rows, names in stand:
        pointed = [name in panels.listed(highlight) for name in names]
        drawn = panel.barh(range(len(rows)), rows[value].astype(float), height=0.7,
                           color=[POINTED if one else THIS for one in pointed])
        panels.print_values(panel, drawn, rows[value], value, numbers, [POINTED if one else INK for one in pointed])
        panels.name_rows(panel, names, pointed)
        panels.measure_across(panel, frame[value], value, numbers)
    return stand[0][0]


def compared(frame: pd.DataFrame, label: Names, value: str, earlier: str, *, numbers: Numbers,
             names: tuple[str, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw two bars a row: `value` of this edition, and below it in grey `earlier`; the first row says which is which.

    `names` are the words of the two periods (2020年, 2019年), else the columns' own. Without any earlier value the bars
    stand alone.
    """
    if frame[earlier].isna().all():
        return bars(frame, label, value, numbers=numbers, ax=ax)
    now, before = names or (words.column(value), words.column(earlier))
    stand = panels.stand(frame, label, 0.36, ax)
    both = pd.concat([frame[value], frame[earlier]])
    roles = ((value, -0.2, THIS, INK, now), (earlier, 0.2, EARLIER, MUTED, before))
    for number, (panel, rows, own) in enumerate(stand):
        for column, offset, colour, ink, name in roles:
            places = [place + offset for place in range(len(rows))]
            drawn = panel.barh(places, rows[column].astype(float), height=0.36, color=colour)
            lead = [f"{name} " if number == place == 0 else "" for place in range(len(rows))]
            panels.print_values(panel, drawn, rows[column], value, numbers, [ink] * len(rows), lead)
        panels.name_rows(panel, own)
        panels.measure_across(panel, both, value, numbers)
    return stand[0][0]


def dots(frame: pd.DataFrame, label: Names, value: str, *, numbers: Numbers, highlight: Names = (),
         ax: Axes | None = None) -> Axes:
    """Draw a dot a row on an axis that need not begin at nought: for scores and rates, which lie close together."""
    stand = panels.stand(frame, label, 0.21, ax)
    low, high = frame[value].min(), frame[value].max()
    room = (high - low) * 0.08 or abs(high) * 0.01 or 1
    for panel, rows, names in stand:
        pointed = [name in panels.listed(highlight) for name in names]
        colours = [POINTED if one else THIS for one in pointed]
        panel.scatter(rows[value], range(len(rows)), s=22, color=colours, zorder=3)
        for place, (number, one) in enumerate(zip(rows[value], pointed, strict=True)):
            end = low if pd.isna(number) else number
            panel.annotate(panels.say(number, value, numbers), (end, place), (6, 0), textcoords="offset points",
                           va="center_baseline", fontsize=SMALL, color=POINTED if one else INK)
        panels.name_rows(panel, names, pointed)
        panels.measure_across(panel, frame[value], value, numbers)
        panel.set_xlim(low - room, high + room)
        panel.grid(axis="y")
    return stand[0][0]


def funnel(frame: pd.DataFrame, values: Sequence[str], *, numbers: Numbers, ax: Axes | None = None) -> Axes:
    """Draw columns of a frame's one row as bars that grow shorter: dispatched, assessed, reached, valid.

    A step whose number is not known is left out.
    """
    steps = pd.DataFrame({"step": [words.column(column) for column in values],
                          "tickets": [frame[column].iloc[0] for column in values]})
    return bars(steps[steps["tickets"].notna()], "step", "tickets", numbers=numbers, ax=ax)


def months(frame: pd.DataFrame, value: str, by: str | None = None, *, numbers: Numbers,
           total: pd.DataFrame | None = None, extremes: bool = False, ax: Axes | None = None) -> Axes:
    """Draw a line over the months for each value of `by`, its name at its end; at most six lines.

    The frame has `month` and may have `year`. `total` is a frame of the whole (合计), drawn in a panel above.
    `extremes` marks the largest and the smallest month of the first line, or of `total`. Missing values leave a gap.
    Raises KnownError where there are more lines.
    """
    lines = _lines(frame, by)
    ticks = list(dict.fromkeys(panels.calendar(frame)))
    if ax is None and total is not None and by:
        above, below = canvas.new(3.7, rows=2, sharex=True, height_ratios=(2, 3))
    else:
        above = below = ax if ax is not None else canvas.new(2.6)[0]
    groups = {below: lines}
    if total is not None:
        groups[above] = [(words.column("total"), total), *groups.get(above, [])]
    for panel, drawn in groups.items():
        largest = pd.concat([rows[value] for _, rows in drawn]).max()
        panel.set_ylim(0, largest * 1.08 or 1)
        panels.measure_up(panel, value, numbers, largest)
    panels.month_axis(below, ticks)
    for panel, drawn in groups.items():
        ends = [panels.line(panel, [ticks.index(month) for month in panels.calendar(rows)], rows[value])
                for _, rows in drawn]
        if extremes and panel is above:
            _mark_extremes(panel, ticks, drawn[0][1], value, numbers)
        panels.name_ends(panel, [name for name, _ in drawn], ends)
    return above


def rates(frame: pd.DataFrame, values: Sequence[str], *, numbers: Numbers, ax: Axes | None = None) -> Axes:
    """Draw rates month by month, a line for each column of `values`, named at its end with its last value.

    The axis need not begin at nought.
    """
    ax = ax if ax is not None else canvas.new(2.6)[0]
    ticks = list(dict.fromkeys(panels.calendar(frame)))
    panels.month_axis(ax, ticks)
    panels.measure_up(ax, values[0], numbers, frame[list(values)].max().max())
    ends = [panels.line(ax, list(range(len(frame))), frame[column]) for column in values]
    names = [f"{words.column(column)} {numerals.phrase(end[1], 'rate', numbers)}" if end else words.column(column)
             for column, end in zip(values, ends, strict=True)]
    ax.margins(y=0.12)
    panels.name_ends(ax, names, ends)
    return ax


def split(frame: pd.DataFrame, label: str, value: str, *, numbers: Numbers, count: str | None = None,
          ax: Axes | None = None) -> Axes:
    """Draw one bar of 100 %: `value` is each part's share (0 to 1), printed above it with its name and its `count`."""
    lines = [panels.names_of(frame, label), *([panels.say(number, column, numbers) for number in frame[column]]
                                              for column in (value, count) if column)]
    texts = ["\n".join(text) for text in zip(*lines, strict=True)]
    ax = ax if ax is not None else canvas.new(1.12 if count else 0.92)[0]
    ax.set(xlim=(0, 1), ylim=(0, 1), yticks=[], xticks=[])
    ax.spines[:].set_visible(False)
    points = canvas.size(ax)[0]
    widest = max(canvas.width(line) for text in texts for line in text.split("\n")) / points
    ends = [0.0, *frame[value].fillna(0).cumsum()]
    middles = [(first + last) / 2 for first, last in pairwise(ends)]
    places = canvas.apart(middles, widest + 8 / points, widest / 2, 1 - widest / 2)
    for (left, right), text, middle, place, colour in zip(pairwise(ends), texts, middles, places, cycle(_PARTS)):
        ax.barh(0.16, right - left, left=left, height=0.32, color=colour, edgecolor="white", linewidth=1)
        ax.annotate(text, (middle, 0.32), (place, 0.48), ha="center", va="bottom", fontsize=SMALL, linespacing=1.15,
                    arrowprops=panels.leader(EARLIER, (0.5, 0)))
    return ax


def heat(frame: pd.DataFrame, x: str, y: str, value: str, *, numbers: Numbers, ax: Axes | None = None) -> Axes:
    """Draw a grid of shades, dark for many: hours across and weekdays down, or other columns in the frame's order.

    A scale below says what a shade means; a cell without a value stays white.
    """
    across, down = _steps(frame, x), _steps(frame, y)
    ax = ax if ax is not None else canvas.new(0.9 + 0.24 * len(down))[0]
    grid = frame.astype({value: "float64"}).pivot(index=y, columns=x, values=value).reindex(index=down, columns=across)
    scale = numerals.scale(numerals.kind(value), frame[value].max(), numbers, words.unit(value))
    seaborn.heatmap(grid, ax=ax, cmap=_SHADES, vmin=0, linewidths=0.8, linecolor="white",
                    cbar_kws={"location": "bottom", "fraction": 0.05, "aspect": 50, "pad": 0.04, "format": scale.tick,
                              "ticks": MaxNLocator(5), "label": f"单位：{scale.unit}"})
    every = max(1, ceil(len(across) * 22 / (72 * canvas.WIDTH)))
    ax.set_xticks([place + 0.5 for place in range(0, len(across), every)], [_word(x, one, numbers) for one in across[::every]])
    ax.set_yticks([place + 0.5 for place in range(len(down))], [_word(y, one, numbers) for one in down], rotation=0)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(length=0)
    ax.collections[0].colorbar.ax.xaxis.set_label_position("bottom")
    return ax


def tiles(frame: pd.DataFrame, label: str, value: str, places: pd.DataFrame, *, numbers: Numbers,
          ax: Axes | None = None) -> Axes:
    """Draw a map of equal tiles, dark for many, each with its name and value; what has no tile is named below.

    `places` has `label`, `tile_column` and `tile_row`, both from 1, top left first. A place without a row prints —.
    """
    ax = ax if ax is not None else canvas.new(0.62 * places["tile_row"].max() + 0.2)[0]
    values = dict(zip(frame[label], frame[value], strict=True))
    shades = Normalize(0, frame[value].max())
    for name, column, row in zip(places[label], places["tile_column"], places["tile_row"], strict=True):
        number = values.pop(name, None)
        colour = "white" if pd.isna(number) else _SHADES(shades(number))
        ax.barh(row, 0.96, left=column - 0.48, height=0.94, color=colour, edgecolor=EARLIER, linewidth=0.6)
        ax.annotate(_both(label, name, value, number, numbers, "\n"), (column, row), ha="center", va="center",
                    fontsize=SMALL, linespacing=1.25, color=INK if pd.isna(number) else canvas.ink(colour))
    ax.set(xlim=(places["tile_column"].min() - 0.5, places["tile_column"].max() + 0.5),
           ylim=(places["tile_row"].max() + 0.5, places["tile_row"].min() - 0.5), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if values:
        outside = "、".join(_both(label, name, value, number, numbers, " ") for name, number in values.items())
        ax.set_xlabel(f"图中未列：{outside}", loc="left")
    return ax


def _word(column: str, value, numbers: Numbers) -> str:
    kind = numerals.kind(column)
    return words.value(column, value) if kind == "text" or pd.isna(value) else numerals.phrase(value, kind, numbers)


def _both(label: str, name, column: str, value, numbers: Numbers, between: str) -> str:
    return f"{words.value(label, name)}{between}{panels.say(value, column, numbers)}"


def _lines(frame: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if by is None:
        return [("", frame)]
    names = frame[by].drop_duplicates().tolist()
    if len(names) > LINES:
        raise KnownError(f"a chart of months has room for {LINES} lines and '{by}' has {len(names)}: keep the first "
                         "ones by measures.top.")
    return [(words.value(by, name), frame[frame[by].isna() if pd.isna(name) else frame[by] == name]) for name in names]


def _mark_extremes(ax: Axes, ticks: list[tuple[int, int]], frame: pd.DataFrame, value: str, numbers: Numbers) -> None:
    """Point at the first largest and the first smallest month, each with its value."""
    known = frame[frame[value].notna()]
    for place, above in ((known[value].idxmax(), True), (known[value].idxmin(), False)):
        row = known.loc[[place]]
        x, number = ticks.index(panels.calendar(row)[0]), row[value].iloc[0]
        ax.plot([x], [number], marker="o", color=POINTED, linestyle="", clip_on=False, zorder=4)
        ax.annotate(f"{ticks[x][1]}月 {panels.say(number, value, numbers)}", (x, number), (0, 5 if above else -5),
                    textcoords="offset points", ha="center", va="bottom" if above else "top", fontsize=SMALL,
                    color=POINTED)


def _steps(frame: pd.DataFrame, column: str) -> list:
    """Return the places of a grid's axis: all hours, all weekdays, or the values in the frame's order."""
    fixed = {"hour": range(24), "weekday": range(1, 8), "month": range(1, 13)}
    return list(fixed.get(numerals.kind(column), dict.fromkeys(frame[column])))
