"""Draw the months of many names side by side, a small panel for each: small multiples (Tufte 1983)."""

from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.drawing import panels, style
from helpers.drawing.panels import Names
from helpers.drawing.style import CURRENT, INK, MUTED, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

__all__ = ["MOST", "small_multiples"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MOST = 24  # panels on a page

_DEEP = 5  # panels below each other, before a further column is taken
_ROW = 1.1  # inches
_AROUND = 30  # points at most that ticks and words take of a panel's width, and of its height
_Box = tuple[float, float, float, float]  # left, low, right, high


def small_multiples(frame: pd.DataFrame, by: str, value: str, *, numbers: NumberRules, earlier: pd.DataFrame | None = None,
                    names: tuple[str, str] | None = None, common: bool = False, highlight: Names = ()) -> Axes:
    """Draw a panel of months for each value of `by`, in the frame's order, with its name and its sum above.

    `earlier` are the same months of another year, drawn in grey behind; the first panel where both are seen names the two years,
    by the words of `names` (2020年, 2019年). Each panel has its own axis of values, or all have a `common` one; the months are at
    the foot. Where `highlight` names panels, the lines of the others are dark grey. The sum is left out where a month is not
    known or not `covered`. All numbers have one unit. At most 7 inches high. Raises UserError where there are more than 24
    panels.
    """
    found = frame[by].drop_duplicates().tolist()
    if len(found) > MOST:
        raise UserError(f"a page has room for {MOST} panels and '{by}' has {len(found)}: keep the first by trends.restrict_to.")
    parts = [_rows_of(frame, by, name) for name in found]
    words, sums = [labels.value(by, name) for name in found], [_sum(part, value) for part in parts]
    axes = _panels(len(found), common)
    ticks = list(dict.fromkeys(panels.calendar(frame)))
    years = [frame[value], *([earlier[value]] if panels.is_known(earlier, value) else [])]
    scale = panels.scale(pd.concat([*years, pd.Series(sums)]), value, numbers)
    drawn = [_lines(part, None if earlier is None else _rows_of(earlier, by, name), value, names, ticks)
             for name, part in zip(found, parts, strict=True)]
    tops = [_top(lines, value) for lines in drawn]
    for ax, word, total, lines, top in zip(axes, words, sums, drawn, tops, strict=True):
        stands_out = not highlight or word in panels.listed(highlight)
        _draw(ax, lines, value, ticks, CURRENT if stands_out else MUTED)
        _axes(ax, scale, max(tops) if common else top)
        ax.set_title("　".join([word, *([] if pd.isna(total) else [scale.label(total)])]), loc="left", color=INK,
                     fontweight="bold" if highlight and stands_out else "normal")
    panels.month_axis(axes[0], ticks, most=4)  # all panels share it
    if unit := style.unit_at_axis(axes[0], scale.unit):
        axes[0].figure.suptitle(unit, x=0.013, ha="left", fontsize=SMALL, color=MUTED)
    named = next((place for place, lines in enumerate(drawn)
                  if len(lines) > 1 and lines[0][1][value].notna().any() and lines[1][1][value].max() > 0), None)
    if named is not None:
        _name_years(axes[named], drawn[named], value, ticks)
    return axes[0]


def _rows_of(frame: pd.DataFrame, by: str, name) -> pd.DataFrame:
    return frame[frame[by].isna() if pd.isna(name) else frame[by] == name]


def _sum(months: pd.DataFrame, value: str) -> float:
    """Return the sum of counts of which all months are known, else NaN: a part of the year is not its number."""
    known = panels.with_gaps(months, [value])[value].astype(float)
    return known.sum() if number_format.kind(value) == "count" and known.notna().all() else float("nan")


def _panels(many: int, common: bool) -> list[Axes]:
    """Return as many panels in as few columns as a page allows, from two on."""
    columns = next((columns for columns in (2, 3) if ceil(many / columns) <= _DEEP), 4)
    rows = ceil(many / columns)
    axes = style.new(0.19 + style.unit_line() + _ROW * rows, rows, columns, sharex=True, sharey=common)
    for ax in axes[many:]:
        ax.remove()
    for ax in axes[:many]:
        ax.tick_params(axis="x", labelbottom=ax in axes[max(many - columns, 0):many])
    return axes[:many]


def _lines(months: pd.DataFrame, earlier: pd.DataFrame | None, value: str, names: tuple[str, str] | None,
           ticks: list[tuple[int, int]]) -> list[panels.Line]:
    lines = [("", panels.with_gaps(months, [value]), {"linestyle": "-"})]
    return panels.with_earlier(lines, earlier, value, names, ticks) if panels.is_known(earlier, value) else lines


def _top(lines: Sequence[panels.Line], value: str) -> float:
    largest = pd.concat([rows[value].astype(float) for _, rows, _ in lines]).max()
    return 1.15 * largest if largest > 0 else 1


def _draw(ax: Axes, lines: Sequence[panels.Line], value: str, ticks: list[tuple[int, int]], colour: str) -> None:
    for _, rows, look in lines:
        panels.line(ax, [ticks.index(month) for month in panels.calendar(rows)], rows[value], {"color": colour, **look})
    panels.mark_gaps(ax, [lines[0][1]], ticks)


def _axes(ax: Axes, scale: number_format.Scale, top: float) -> None:
    """Scale the axis of values: few ticks, from zero."""
    panels.value_axis(ax, scale)
    ax.yaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10], integer=scale.unit == "件"))
    ax.set_ylim(0, top)
    ax.tick_params(axis="x", length=0)


def _name_years(ax: Axes, lines: Sequence[panels.Line], value: str, ticks: list[tuple[int, int]]) -> None:
    """Name the two lines of a panel next to them, where the words touch neither."""
    columns = ax.get_subplotspec().get_gridspec().ncols
    wide, deep = 72 * style.WIDTH / columns - _AROUND, 72 * _ROW - _AROUND  # the least area: to lay it out is slow
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    x = np.linspace(0, len(ticks) - 1, 10 * len(ticks))
    courses = [np.interp(x, [ticks.index(month) for month in panels.calendar(known)], known[value].astype(float))
               for known in (rows[rows[value].notna()] for _, rows, _ in lines)]
    taken: list[_Box] = []
    for number, ((name, _, _), ink) in enumerate(zip(lines, (CURRENT, MUTED), strict=True)):
        across, up = (style.width(name) + 4) / wide * (right - left), (SMALL + 3) / deep * top
        box = _spot(x, courses[number], courses[1 - number], (across, up), top, taken)
        taken.append(box)
        ax.annotate(name, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), ha="center", va="center", fontsize=SMALL, color=ink)


def _spot(x: np.ndarray, own: np.ndarray, other: np.ndarray, size: tuple[float, float], top: float, taken: list[_Box]) -> _Box:
    """Return a box above or below the line `own` where that is flattest, clear of the line `other` and of what is `taken`."""
    across, up = size
    found: list[tuple[bool, float, _Box]] = []
    for middle in x[(x >= x[0] + across / 2) & (x <= x[-1] - across / 2)]:
        under = np.abs(x - middle) <= across / 2
        for low in (own[under].max(), own[under].min() - up):
            box = (middle - across / 2, low, middle + across / 2, low + up)
            touches = (other[under].max() > low and other[under].min() < low + up) or low < 0 or low + up > top
            touches |= any(box[0] < right and left < box[2] and low < high and foot < box[3] for left, foot, right, high in taken)
            found.append((bool(touches), float(np.ptp(own[under])), box))
    corner = (x[-1] - across, top - up, x[-1], top)  # of a period too short for the words
    return min(found, default=(True, 0.0, corner))[2]
