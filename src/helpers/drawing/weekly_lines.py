"""Draw weeks as lines: what was counted, what was expected with its range, and the threshold of an alert."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from helpers.drawing import panels, style
from helpers.drawing.style import BASE, CURRENT, HIGHLIGHT, PALE
from helpers.settings import labels
from helpers.settings.editions import NumberRules

__all__ = ["weekly_lines"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_LOOKS = {
    "tickets": {"color": CURRENT, "linewidth": 1.4},
    "expected_tickets": {"color": BASE, "linewidth": 1.2},
    "threshold": {"color": HIGHLIGHT, "linewidth": 1.0, "linestyle": "--"},
}
_TICKS = 7  # at most so many weeks are named


def weekly_lines(frame: pd.DataFrame, label: str, values: Sequence[str], *, numbers: NumberRules, ax: Axes | None = None) -> Axes:
    """Draw a line for each column of `values` that has a look of its own, named at its end; a pair of ends (_lower, _upper) is
    a band.

    `label` has each week's Monday as text, in order. A count at or above the threshold of its week has a mark; a null is a gap.
    """
    ax = ax if ax is not None else style.new(2.6)[0]
    places = range(len(frame))
    drawn = [value for value in values if value in _LOOKS]
    lower, upper = (next((value for value in values if value.endswith(end)), None) for end in ("_lower", "_upper"))
    if lower and upper:
        ax.fill_between(places, frame[lower].astype(float), frame[upper].astype(float), color=PALE, linewidth=0, zorder=1)
    ends = []
    for value in drawn:
        known = frame[value].astype(float)
        ax.plot(places, known, zorder=3, **_LOOKS[value])
        last = known.last_valid_index()
        ends.append((float(frame.index.get_loc(last)), float(known[last])) if last is not None else (0.0, 0.0))
        panels.note_points(ax, [*places], [f"{week}当周{labels.column(value)}" for week in frame[label]], known, value, numbers)
    _mark(ax, frame, values)
    highest = frame[[value for value in values if value in frame]].astype(float).max().max()
    ax.set_ylim(0, highest * 1.08 or 1)
    panels.value_axis(ax, panels.scale(frame[drawn].astype(float).max(), drawn[0], numbers))
    _week_axis(ax, frame[label].tolist())
    panels.name_ends(ax, style.size(ax)[1], [labels.column(value) for value in drawn], ends)
    return ax


def _mark(ax: Axes, frame: pd.DataFrame, values: Sequence[str]) -> None:
    """Mark the counts that reach the threshold of their week."""
    if "threshold" not in values:
        return
    above = (frame["tickets"] >= frame["threshold"]).to_numpy()
    ax.plot(
        [place for place, is_above in enumerate(above) if is_above],
        frame["tickets"][above],
        linestyle="",
        marker="o",
        markersize=4,
        color=HIGHLIGHT,
        zorder=4,
    )


def _week_axis(ax: Axes, weeks: list[str]) -> None:
    """Name the first week of some months, with the year where it is the first of one."""
    firsts = [place for place, week in enumerate(weeks) if int(week[8:10]) <= 7]
    step = max(1, -(-len(firsts) // (_TICKS if not style.is_narrow() else 4)))
    chosen, year = firsts[::step], None
    names = []
    for place in chosen:
        month = f"{int(weeks[place][5:7])}月"
        names.append(f"{month}\n{weeks[place][:4]}年" if weeks[place][:4] != year else month)
        year = weeks[place][:4]
    ax.set_xticks(chosen, names)
    ax.set_xlim(-0.5, len(weeks) - 0.5)
