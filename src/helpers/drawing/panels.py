"""Draw the parts around a panel's data: names of rows and lines, printed values, axes with unit or months."""

import re
from collections.abc import Sequence
from itertools import groupby
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from helpers.drawing import style
from helpers.drawing.style import BASE, CURRENT, HIGHLIGHT, MUTED, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

MANY = 24  # rows; more are drawn in two columns of panels
MOST = 40  # bars; the rest become one
_SPARED = 5  # so few more bars are drawn rather than folded
NAME = 12  # characters of a name on a line
UNIT_ONCE = ("count", "density")  # kinds whose unit a title has; a rate or a change has it at its value

_GAP = "数据不全"
_WORD = re.compile(r"[^\W\d_\u2e80-\U0010ffff]{2}")  # of a script that writes words
_PIECE = re.compile(r"[\u2e80-\U0010ffff]|[^\s\u2e80-\U0010ffff]+\s*|\s+")

Names = str | Sequence[str]
Line = tuple[str, pd.DataFrame, dict]  # its name, rows and style


def listed(names: Names) -> Sequence[str]:
    """Return one or several names as a sequence."""
    return [names] if isinstance(names, str) else names


def scale(values: pd.Series, column: str, numbers: NumberRules, printed: pd.Series | None = None,
          kind: str = "") -> number_format.Scale:
    """Return the one unit of all numbers that a figure prints of a column.

    `values` are all that it draws; `printed` are those whose numbers it prints, where these are not all; `kind` is that of
    the sentences on them, where a figure shall print as these do: `exact`, to the last digit, or `count`.
    """
    kinds = number_format.kind(column)
    if kind == "exact" and kinds == "count":
        return number_format.scale(kinds, 0, numbers, labels.unit(column))
    shown = (values if printed is None else printed).astype(float).abs()
    return number_format.scale(kinds, values.astype(float).abs().max(), numbers, labels.unit(column),
                               least=shown[shown > 0].min() if kind else None)


def label(value, scale: number_format.Scale) -> str:
    """Return a value in the figure's unit, or — where it is missing."""
    return number_format.MISSING if pd.isna(value) else scale.label(value)


def bare_label(value, scale: number_format.Scale) -> str:
    """Return a value as `label` does, without the unit where a title above the drawing has it."""
    text = label(value, scale)
    return text.removesuffix(scale.unit).removesuffix(scale.unit.removeprefix("万")) if style.is_titled() else text


def exact_label(value, column: str, numbers: NumberRules) -> str:
    """Return a value as `label` does, a count to its last digit."""
    kind = number_format.kind(column)
    return number_format.phrase(value, "exact" if kind == "count" else kind, numbers, labels.unit(column))


def word(column: str, value, numbers: NumberRules) -> str:
    """Return what a step of an axis is called: 朝阳区, 周一, 9时, 未填写."""
    kind = number_format.kind(column)
    return labels.value(column, value) if kind == "text" or pd.isna(value) else number_format.phrase(value, kind, numbers)


def names_of(frame: pd.DataFrame, label: Names) -> list[str]:
    """Return the words of each row, those of several columns one after the other: 朝阳区八里庄街道."""
    return ["".join(labels.value(column, value) for column, value in zip(listed(label), row, strict=True))
            for row in frame[list(listed(label))].itertuples(index=False)]


def folded(frame: pd.DataFrame, label: Names, values: Sequence[str], highlight: Names = ()) -> pd.DataFrame:
    """Return a frame with the bars beyond `MOST` in a row of their own, 其余25个, with the sums of counts; shares add up too.

    Rows without a name and highlighted ones stay; what cannot be added (rates, days) is missing in that row. A frame with few
    bars more is returned as it is.
    """
    first, *further = listed(label)
    names = pd.Series(names_of(frame, label), frame.index)
    extra = frame[first].notna() & ~names.isin(listed(highlight))
    extra &= extra.cumsum() > MOST
    if extra.sum() <= _SPARED:
        return frame
    added = [value for value in values if number_format.kind(value) in ("count", "share")]
    row = {**dict.fromkeys(further, ""), first: f"其余{extra.sum()}个", **frame.loc[extra, added].sum(min_count=1)}
    last = pd.DataFrame([row]).reindex(columns=frame.columns)
    kept = frame[~extra]
    return pd.concat([kept[kept[first].notna()], last, kept[kept[first].isna()]], ignore_index=True)


def wrapped(name: str, most: int = NAME) -> str:
    """Return a name on lines of about the same length, of `most` characters at most.

    Latin and other words with spaces are never parted: a line may be as long as its longest word.
    """
    if not _WORD.search(name):
        step = ceil(len(name) / ceil(len(name) / most)) if name else 1
        return "\n".join(name[start:start + step] for start in range(0, len(name), step))
    wide = style.width(name, 1)
    room, lines = wide / ceil(wide / most) + 1, [""]
    for piece in _PIECE.findall(name):
        if lines[-1] and style.width((lines[-1] + piece).rstrip(), 1) > room:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return "\n".join(line.rstrip() for line in lines)


def bar_panels(frame: pd.DataFrame, label: Names, row: float,
          ax: Axes | None) -> list[tuple[Axes, pd.DataFrame, list[str]]]:
    """Return each panel with its rows and their names; the figure grows with the rows."""
    names = names_of(frame, label)
    columns = 2 if ax is None and len(frame) > MANY and not style.is_narrow() else 1
    depth = ceil(len(frame) / columns)
    lines = max(wrapped(name).count("\n") + 1 for name in names)
    axes = [ax] if ax is not None else style.new(max(row, 0.16 * lines) * depth + 0.2, columns=columns)
    for panel in axes:
        panel.set_ylim(depth - 0.4, -0.6)
    starts = range(0, len(frame), depth)
    return [(panel, frame.iloc[start:start + depth], names[start:start + depth])
            for panel, start in zip(axes, starts, strict=True)]


def role_colours(names: Sequence[str], highlight: Names) -> list[str]:
    """Return the colour of each name's mark: that of the current period, but grey where others are highlighted."""
    return [CURRENT if not highlight or name in listed(highlight) else BASE for name in names]


def name_rows(panel: Axes, names: list[str], highlight: Names = ()) -> None:
    """Name the rows at the left, long names on several lines, highlighted ones in bold."""
    panel.set_yticks(range(len(names)), [wrapped(name) for name in names])
    panel.tick_params(axis="y", length=0)
    for text, name in zip(panel.get_yticklabels(), names, strict=True):
        text.set_fontweight("bold" if name in listed(highlight) else "normal")


def print_values(panel: Axes, drawn, values: pd.Series, scale: number_format.Scale, inks: list[str],
                 lead: Sequence[str] = (), kind: str = "") -> None:
    """Print each value after its `lead` at the end of its bar, or at zero where the bar runs to the left.

    Of a `kind` whose unit a title has (`UNIT_ONCE`) the values have none.
    """
    printed = bare_label if kind in UNIT_ONCE else label
    if kind in UNIT_ONCE:
        style.note_unit(panel, scale.unit)
    for number, (bar, value, ink) in enumerate(zip(drawn, values, inks, strict=True)):
        end = 0 if pd.isna(value) else max(value, 0)
        text = f"{lead[number] if lead else ''}{printed(value, scale)}"
        panel.annotate(text, (end, bar.get_y() + bar.get_height() / 2), (3, 0), fontsize=SMALL,
                       textcoords="offset points", va="center_baseline", color=ink)


def note_bars(panel: Axes, drawn, names: Sequence[str], values: pd.Series, column: str, numbers: NumberRules) -> None:
    """Note the exact value of each bar under its name."""
    for bar, name, value in zip(drawn, names, values, strict=True):
        ends = (bar.get_x(), bar.get_y(), bar.get_x() + bar.get_width(), bar.get_y() + bar.get_height())
        if pd.notna(value):
            style.note_value(panel, ends, f"{name}：{exact_label(value, column, numbers)}")


def note_points(panel: Axes, places: Sequence[float], names: Sequence[str], values: pd.Series, column: str,
                numbers: NumberRules) -> None:
    """Note the exact value of each known point under its name."""
    for place, name, value in zip(places, names, values, strict=True):
        if pd.notna(value):
            style.note_value(panel, (place, value, place, value), f"{name}：{exact_label(value, column, numbers)}")


def note_months(panel: Axes, ticks: list[tuple[int, int]], name: str, frame: pd.DataFrame, column: str,
                numbers: NumberRules) -> None:
    """Note the exact value of each month of a line, under its name and, where there are several, its year."""
    several = len({year for year, _ in ticks}) > 1
    months = [f"{name} {f'{year}年' if several else ''}{month}月".strip() for year, month in calendar(frame)]
    note_points(panel, [ticks.index(month) for month in calendar(frame)], months, frame[column], column, numbers)


def bar_axis(panel: Axes, values: pd.Series) -> None:
    """Scale a horizontal axis to all of `values`, with a line at zero and no ticks, since every bar has its value."""
    known = values.dropna()
    high, low = max(known.max(), 0) if len(known) else 0, min(known.min(), 0) if len(known) else 0
    panel.set(xlim=(low * 1.02, high or -low or 1), xticks=[])
    panel.spines["bottom"].set_visible(False)
    if low < 0:
        panel.spines["left"].set_visible(False)
        panel.axvline(0, color=BASE, linewidth=0.6)


def value_axis(panel: Axes, scale: number_format.Scale) -> None:
    """Give a vertical value axis its unit and few ticks."""
    panel.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], integer=scale.unit == "件"))
    panel.yaxis.set_major_formatter(scale.tick)
    panel.set_title(style.unit_at_axis(panel, scale.unit), loc="left")
    panel.grid(axis="y")
    panel.spines["left"].set_visible(False)
    panel.tick_params(axis="y", length=0, labelcolor=MUTED)


def mark_break(panel: Axes) -> None:
    """Mark a value axis that does not begin at zero: two strokes across its foot, and words behind its unit."""
    if panel.get_ylim()[0] <= 0:
        return
    unit = panel.get_title(loc="left")
    panel.set_title(f"{unit}（纵轴不从0开始）" if unit else "纵轴不从0开始", loc="left")
    panel.spines["left"].set_visible(True)
    panel.plot([0, 0], [0.045, 0.075], transform=panel.transAxes, clip_on=False, linestyle="", color=MUTED, zorder=5,
               marker=[(-1, -0.5), (1, 0.5)], markersize=7, markeredgewidth=0.8)


def calendar(frame: pd.DataFrame) -> list[tuple[int, int]]:
    """Return each row's (year, month); a frame without years has year 0."""
    years = frame["year"] if "year" in frame else [0] * len(frame)
    return [(int(year), int(month)) for year, month in zip(years, frame["month"], strict=True)]


def month_axis(ax: Axes, ticks: list[tuple[int, int]], most: int = 13) -> None:
    """Name the months, of more than `most` or for a phone every third; with the year at the first month of each of several."""
    several = len({year for year, _ in ticks}) > 1
    firsts = dict(reversed(ticks)) if several else {}
    named = [place for place, (year, month) in enumerate(ticks)
             if (len(ticks) <= most and not style.is_narrow()) or month % 3 == 1 or firsts.get(year) == month]
    ax.set_xticks(named, [f"{month}月\n{year}年" if firsts.get(year) == month else f"{month}月"
                          for year, month in (ticks[place] for place in named)])
    ax.tick_params(axis="x", length=0)  # where words at a minimum or a second panel part names and axis, ticks would hang loose
    ax.set_xlim(-0.3, len(ticks) - 1 + (0.15 if len(ticks) > 1 else 0.3))


def with_gaps(frame: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """Return a frame by month in which values of months that are not `covered` are missing; as it is without that column."""
    if "covered" not in frame:
        return frame
    known = frame["covered"].astype(bool)
    return frame.assign(**{value: frame[value].astype("float64").where(known) for value in values})


def is_known(frame: pd.DataFrame | None, value: str) -> bool:
    """Return whether there is a frame with any value."""
    return frame is not None and bool(frame[value].notna().any())


def with_earlier(lines: list[Line], earlier: pd.DataFrame, value: str, names: tuple[str, str] | None,
                 ticks: list[tuple[int, int]]) -> list[Line]:
    """Return lines of which the first has the same months of another year behind it; months that the axis lacks are left out."""
    (name, rows, look), *others = lines
    now, before = names or (labels.column(value), labels.column("tickets_before"))
    places = {month: (year, month) for year, month in ticks}
    months = with_gaps(earlier[earlier["month"].isin(places)], [value])
    months = months.assign(year=[places[month][0] for month in months["month"]])
    grey = {"color": BASE, "linestyle": "-", "linewidth": 1.2, "zorder": 1.9}
    return [(f"{now}{name}", rows, look), (f"{before}{name}", months, grey), *others]


def mark_gaps(ax: Axes, frames: Sequence[pd.DataFrame], ticks: list[tuple[int, int]]) -> None:
    """Shade the months of an axis that are not covered, and say so where the words have room."""
    missing = {month for frame in frames if "covered" in frame for month in calendar(frame[~frame["covered"].astype(bool)])}
    places = [place for place, month in enumerate(ticks) if month in missing]
    if not places:
        return
    first, last = ax.get_xlim()
    wide = style.size(ax)[0] / (last - first)  # of a month, in points
    for _, run in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        span = [place for _, place in run]
        left, right = max(span[0] - 0.5, first), min(span[-1] + 0.5, last)
        ax.axvspan(left, right, color=MUTED, alpha=0.12, linewidth=0, zorder=0)
        if style.width(_GAP) <= (right - left) * wide:
            ax.text((left + right) / 2, 0.02, _GAP, transform=ax.get_xaxis_transform(), ha="center", va="bottom",
                    fontsize=SMALL, color=MUTED)


def line(ax: Axes, places: list[int], values: pd.Series, look: dict) -> tuple[int, float] | None:
    """Draw a line, a month between two unknown ones as a dot, and return its last known point."""
    drawn = values.astype(float).reset_index(drop=True)
    alone = drawn.notna() & drawn.shift(1).isna() & drawn.shift(-1).isna()
    ax.plot(places, drawn, clip_on=False, marker="o", markevery=alone.tolist(), **look)
    known = [(place, value) for place, value in zip(places, drawn, strict=True) if pd.notna(value)]
    return known[-1] if known else None


def names_high(names: Sequence[str]) -> float:
    """Return the height of the names of lines below each other, in inches."""
    return sum(wrapped(name).count("\n") + 1 for name in names) * SMALL * 1.35 / 72


def name_ends(ax: Axes, deep: float, names: Sequence[str], ends: Sequence[tuple[float, float] | None]) -> None:
    """Write each line's name next to its last point, spread where they would touch, long ones on several lines.

    `deep` is the panel's height in points. `names` and `ends` belong to the first lines of `ax`; a line without a name or a
    point gets none.
    """
    known = [(wrapped(name), end, line) for name, end, line in zip(names, ends, ax.get_lines(), strict=False) if end and name]
    if not known:
        return
    low, high = ax.get_ylim()
    wanted = [(end[1] - low) / (high - low) for _, end, _ in known]
    most = max(name.count("\n") + 1 for name, _, _ in known)
    right = ax.transAxes + ScaledTranslation(12 / 72, 0, ax.figure.dpi_scale_trans)
    for (name, end, line), place in zip(known, style.spread_labels(wanted, most * SMALL * 1.35 / deep), strict=True):
        ink = MUTED if line.get_color() == BASE else line.get_color()  # a grey that reads as a line is too light for words
        ax.annotate(name, end, (1, place), textcoords=right, ha="left", va="center", fontsize=SMALL, linespacing=1.1,
                    color=ink, annotation_clip=False, arrowprops=leader_line(line.get_color(), (0, 0.5)))


def mark_month(ax: Axes, place: int, value: float, text: str, *, offset: float, last: int, room: tuple[float, float]) -> None:
    """Mark a month, with its value `offset` points above or below, farther where a line would cross it.

    At an end of the axis the text stays inside. `room` is the panel's size in points (`style.size`, which lays the figure out).
    """
    side = "left" if place == 0 else "right" if place == last else "center"
    offset = _clear_of_lines(ax, place, value, style.width(text), {"left": 0.5, "right": -0.5, "center": 0}[side], offset,
                             room)
    ax.plot([place], [value], marker="o", color=HIGHLIGHT, linestyle="", clip_on=False, zorder=4)
    ax.annotate(text, (place, value), (0, offset), textcoords="offset points", ha=side if last else "left",
                va="bottom" if offset > 0 else "top", fontsize=SMALL, color=HIGHLIGHT)


def _clear_of_lines(ax: Axes, place: int, value: float, wide: float, shift: float, offset: float,
                    room: tuple[float, float]) -> float:
    """Return the offset nearest to `offset`, on its side of a point and then on the other, at which no line crosses a text.

    In points; `wide` is the text's width, `shift` how many of its widths its middle is from the point. As it is where none is.
    """
    (across, deep), (low, high), (first, last) = room, ax.get_ylim(), ax.get_xlim()
    heights = line_heights(ax, place + shift * wide / across * (last - first), value, wide, room)
    sign = 1 if offset > 0 else -1
    for tried in [offset, *(direction * gap for direction in (sign, -sign) for gap in range(5, 40, 3))]:
        foot, head = sorted((tried, tried + (SMALL * 1.25 if tried > 0 else -SMALL * 1.25)))
        is_inside = foot > -(value - low) / (high - low) * deep and head < (high - value) / (high - low) * deep
        if (tried == offset or is_inside) and not np.any((heights > foot - 1) & (heights < head + 1)):
            return tried
    return offset


def line_heights(ax: Axes, middle: float, value: float, wide: float, room: tuple[float, float]) -> np.ndarray:
    """Return how far above a value the lines of a panel of a size run across `wide` points around a place, in points."""
    (across, deep), (low, high), (first, last) = room, ax.get_ylim(), ax.get_xlim()
    half = wide / 2 / across * (last - first)
    along = np.linspace(middle - half, middle + half, 9)
    crossed = [(np.interp(along, *line.get_data(), left=np.nan, right=np.nan) - value) / (high - low) * deep
               for line in ax.get_lines() if len(line.get_xdata()) > 1 and line.get_transform() == ax.transData]
    return np.concatenate([[np.nan], *crossed])


def leader_line(colour: str, start: tuple[float, float]) -> dict:
    """Return the properties of a thin line from a point of a label's box, `start`, to what the label names."""
    return {"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 1, "relpos": start}
