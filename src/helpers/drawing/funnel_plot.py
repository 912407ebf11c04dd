"""Draw rates of units against their numbers of answers, within the limits of chance: a funnel plot (Spiegelhalter 2005)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from helpers.drawing import panels, style
from helpers.drawing.panels import Names
from helpers.drawing.style import BASE, CURRENT, HIGHLIGHT, INK, MUTED, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

__all__ = ["NAMED", "funnel_plot"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


NAMED = 6  # units at most

_LIMITS = {"far_rate_upper": ":", "near_rate_upper": "--", "whole_rate": "-", "near_rate_lower": "--", "far_rate_lower": ":"}


def funnel_plot(
    frame: pd.DataFrame, label: Names, value: str, count: str, *, numbers: NumberRules, ax: Axes | None = None
) -> Axes:
    """Draw a point per row: `count` across, on a scale of magnitudes, and the rate `value` upwards.

    The frame is that of `league_table.funnel_plot`, with its columns of limits, by `count`. Units beyond the far limits are
    highlighted, and the furthest of them named.
    """
    ax = ax if ax is not None else style.new(3.6)[0]
    answers, rates = frame[count].astype(float), frame[value].astype(float)
    for column, look in _LIMITS.items():
        ax.plot(answers, frame[column], linestyle=look, color=INK if column == "whole_rate" else BASE, linewidth=0.9, zorder=2)
    outside = frame["signal"] != "within"
    for chosen, colour in ((~outside, CURRENT), (outside, HIGHLIGHT)):
        ax.plot(answers[chosen], rates[chosen], linestyle="", marker="o", markersize=3, color=colour, alpha=0.75, zorder=3)
    panels.note_points(ax, answers, panels.names_of(frame, label), rates, value, numbers)
    _axes(ax, frame, value, count, numbers)
    _name_limits(ax, frame, value, numbers)
    _name_furthest(ax, frame[outside], label, value, count)
    return ax


def _axes(ax: Axes, frame: pd.DataFrame, value: str, count: str, numbers: NumberRules) -> None:
    panels.value_axis(ax, panels.scale(frame[value], value, numbers))
    ax.set_title("，".join(filter(None, [labels.column(value), style.unit_at_axis(ax, "%")])), loc="left")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda number, _: number_format.threshold(number, numbers, ""))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(f"{labels.column(count)}（{labels.unit(count)}）")
    known = pd.concat([frame[value], frame["far_rate_lower"].tail(1), frame["far_rate_upper"].tail(1)]).astype(float)
    room = 0.08 * (known.max() - known.min() or 0.1)
    ax.set_ylim(max(known.min() - room, 0), min(known.max() + room, 1 + room))
    panels.mark_break(ax)


def _name_limits(ax: Axes, frame: pd.DataFrame, value: str, numbers: NumberRules) -> None:
    last = frame.iloc[-1]
    far, near = (labels.value("limit", limit) for limit in ("far", "near"))
    whole = f"{labels.column('whole_rate')} {number_format.phrase(last['whole_rate'], 'rate', numbers)}"
    ends = [(float(last[count_column]), float(last[column])) for column in _LIMITS for count_column in ("valid",)]
    panels.name_ends(ax, style.size(ax)[1], [far, near, whole, near, far], ends)


def _name_furthest(ax: Axes, outside: pd.DataFrame, label: Names, value: str, count: str) -> None:
    """Name the units that are furthest beyond their limit, measured by the way from the city's rate to the limit."""
    if outside.empty:
        return
    limit = outside["far_rate_upper"].where(outside["signal"] == "above", outside["far_rate_lower"])
    beyond = ((outside[value] - outside["whole_rate"]) / (limit - outside["whole_rate"]).where(lambda way: way != 0)).abs()
    chosen = outside.loc[beyond.nlargest(NAMED).index]
    low, high = ax.get_ylim()
    wanted = [(rate - low) / (high - low) for rate in chosen[value].astype(float)]
    first, last = ax.get_xlim()
    middle = (first * last)**0.5
    spread = style.spread_labels(wanted, SMALL * 1.5 / style.size(ax)[1], 0.03, 0.97)
    for (_, row), name, place in zip(chosen.iterrows(), panels.names_of(chosen, label), spread, strict=True):
        left = row[count] > middle
        ax.annotate(name, (row[count], row[value]), (row[count] / 1.12 if left else row[count] * 1.12, place),
                    textcoords=ax.get_xaxis_transform(), ha="right" if left else "left", va="center", fontsize=SMALL,
                    color=HIGHLIGHT, arrowprops=panels.leader_line(MUTED, (1 if left else 0, 0.5)), zorder=4)
