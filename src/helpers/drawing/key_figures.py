"""Draw a few large numbers side by side, each with its twelve months as a small line."""

from collections.abc import Sequence
from math import ceil

import pandas as pd
from matplotlib.axes import Axes

from helpers.drawing import style
from helpers.drawing.style import BASE, CURRENT, HIGHLIGHT, INK, MUTED, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

__all__ = ["key_figures"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_HEIGHT = 1.25  # inches
_LARGE = 17  # points
_LINE, _ROOM = 0.42, 0.12  # parts of a panel's height: its line, and what is left free below it


def key_figures(frame: pd.DataFrame, values: Sequence[str], *, whole: pd.DataFrame, numbers: NumberRules,
                axes: Sequence[Axes] | None = None) -> Axes:
    """Draw a panel for each column of `values`: its word, its number in `whole` (one row), a note, and the months of `frame`.

    The note is the range least_… to most_… of a rate, or the change `<column>_change` that `whole` has. The last month is
    marked; months without a value, or that are not `covered`, are gaps. A number that is not known has no panel. Returns the
    first panel.
    """
    values = [column for column in values if whole[column].notna().all()]
    columns = min(2, len(values)) if style.is_narrow() else len(values)
    rows = ceil(len(values) / max(columns, 1))
    axes = list(axes or style.new(_HEIGHT * max(rows, 1), rows=max(rows, 1), columns=max(columns, 1)))
    for spare in axes[len(values):]:
        spare.remove()
    for ax, column in zip(axes, values, strict=False):
        _panel(ax, frame, column, whole, numbers)
    return axes[0]


def _panel(ax: Axes, frame: pd.DataFrame, column: str, whole: pd.DataFrame, numbers: NumberRules) -> None:
    kind = number_format.kind(column)
    number = number_format.phrase(whole[column].iloc[0], "headline" if kind == "count" else kind, numbers, labels.unit(column))
    ax.set_axis_off()
    for text, height, size, colour, weight in ((labels.column(column), 1.0, 9, MUTED, "normal"),
                                               (number, 0.86, _LARGE, INK, "bold"),
                                               (_note(column, whole, numbers), 0.55, SMALL, MUTED, "normal")):
        ax.text(0, height, text, transform=ax.transAxes, va="top", fontsize=size, color=colour, fontweight=weight)
    known = frame["covered"].ne(False) if "covered" in frame else frame[column].notna()
    months = frame[column].astype("float64").where(known).reset_index(drop=True)
    if months.isna().all():
        return
    last, low, high = len(months) - 1, months.min(), months.max()
    margin = 0.15 * (high - low) or 1
    ax.set_xlim(-0.04 * max(last, 1), 1.1 * max(last, 1))
    ax.set_ylim(low - margin, low - margin + (high - low + 2 * margin) / (_LINE - _ROOM))  # the line has the lower part
    ax.plot(months.index, months, color=CURRENT, linewidth=1.4)
    ax.hlines(months.mean(), -0.04 * max(last, 1), 1.04 * max(last, 1), color=BASE, linewidth=0.6, linestyle=":", zorder=1)
    ax.plot([months.last_valid_index()], [months.dropna().iloc[-1]], marker="o", markersize=3.5, color=HIGHLIGHT)


def _note(column: str, whole: pd.DataFrame, numbers: NumberRules) -> str:
    ends = [f"{end}_{column}" for end in ("least", "most")]
    if {*ends} <= {*whole.columns} and whole[ends].notna().all(axis=None):
        least, most = (number_format.phrase(whole[end].iloc[0], "rate", numbers) for end in ends)
        return f"范围{least}至{most}"
    change = f"{column}_change"
    if change in whole and whole[change].notna().all():
        return f"{whole.attrs.get('comparison', '')}{number_format.phrase(whole[change].iloc[0], 'change', numbers)}"
    return ""
