"""Draw measures of units in a table of dots (Cleveland 1984): a row for each unit, a panel for each measure."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from helpers.drawing import panels, style
from helpers.drawing.panels import Names
from helpers.drawing.style import BASE, INK, MUTED, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

__all__ = ["MOST", "comparison"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MOST = 36  # rows on a page

_ROW = 0.17  # inches
_MEAN = -1.0  # the row of the means, above the first unit


def comparison(frame: pd.DataFrame, label: Names, values: Sequence[str], *, numbers: NumberRules,
               whole: pd.DataFrame | None = None, highlight: Names = ()) -> Axes:
    """Draw a row of dots per unit, in the frame's order: a narrow panel for each of `values` that the frame has.

    A value whose interval the frame has (resolution_rate_lower and _upper; low_change and high_change of a change) lies on a bar.
    A thin line is the mean, printed in the first row: of counts that of the rows, of others the number of all together in
    `whole`, a frame of one row with the same columns. Counts begin at zero. Where `highlight` names rows, the others are grey; a
    missing value is —, and a measure without values is left out. Raises UserError where none is left, or of more than 36 rows.
    """
    known = [value for value in values if value in frame and (frame[value].notna().any() or _ends(frame, value))]
    if not known or len(frame) > MOST:
        raise UserError(f"a comparison has {len(known)} measures and {len(frame)} rows: give one of the frame's columns in "
                        f"values=, and {MOST} rows at most.")
    names = panels.names_of(frame, label)
    axes = style.new(0.95 + _ROW * len(frame), columns=len(known), sharey=True)
    colours = panels.role_colours(names, highlight)
    for ax, value in zip(axes, known, strict=True):
        _dots(ax, frame, value, colours)
        scale = panels.scale(frame[value], value, numbers)
        _axis(ax, frame, value, scale, len(known))
        mean = _mean_of(frame, value, whole)
        if pd.notna(mean):
            _mean(ax, mean, _number(mean, value, scale, numbers), len(frame))
    panels.name_rows(axes[0], names, highlight)
    axes[0].set_ylim(len(names) - 0.4, _MEAN - 0.5)
    axes[0].annotate(labels.value("limit", "mean"), (0, _MEAN), (-3.5, 0), xycoords=axes[0].get_yaxis_transform(), ha="right",
                     textcoords="offset points", va="center_baseline", fontsize=SMALL, color=INK)
    return axes[0]


def _ends(frame: pd.DataFrame, value: str) -> tuple[pd.Series, pd.Series] | None:
    """Return the ends of the interval of each row's value; None where the frame has none."""
    pairs = [(f"{value}_lower", f"{value}_upper")]
    if number_format.kind(value) == "change":
        pairs.append(("low_change", "high_change"))
    found = [pair for pair in pairs if set(pair) <= set(frame.columns)]
    return (frame[found[0][0]].astype(float), frame[found[0][1]].astype(float)) if found else None


def _dots(ax: Axes, frame: pd.DataFrame, value: str, colours: Sequence[str]) -> None:
    numbers, places = frame[value].astype(float), range(len(frame))
    missing = numbers.isna()
    if ends := _ends(frame, value):
        ax.hlines(places, *ends, color=colours, linewidth=3, alpha=0.35)
        missing &= ends[0].isna()
    ax.scatter(numbers, places, s=14, color=colours, zorder=3, clip_on=False)
    for place in [place for place, is_missing in enumerate(missing) if is_missing]:
        ax.text(0.5, place, number_format.MISSING, transform=ax.get_yaxis_transform(), ha="center", va="center", fontsize=SMALL,
                color=MUTED, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})


def _axis(ax: Axes, frame: pd.DataFrame, value: str, scale: number_format.Scale, panels_across: int) -> None:
    """Name the measure and its unit above the panel, and few of its values below."""
    room = 72 * style.WIDTH / (panels_across + 1)
    ax.set_title(f"{panels.wrapped(labels.column(value), max(int(room / SMALL), 2))}\n{scale.unit}", color=INK, linespacing=1.3)
    ax.margins(x=0.1)
    if number_format.kind(value) == "count":
        ax.set_xlim(0, 1.1 * (frame[value].max() or 1))
    ax.xaxis.set_major_locator(MaxNLocator(2, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(scale.tick)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0, labelsize=SMALL)
    ax.grid(axis="both")


def _mean_of(frame: pd.DataFrame, value: str, whole: pd.DataFrame | None) -> float:
    if number_format.kind(value) == "count":
        return float(frame[value].mean())
    return float("nan") if whole is None or value not in whole else float(whole[value].astype(float).iloc[0])


def _number(mean: float, value: str, scale: number_format.Scale, numbers: NumberRules) -> str:
    """Return a mean in the unit of its panel's head, without it."""
    kind = number_format.kind(value)
    return scale.label(mean).removesuffix(scale.unit) if kind == "count" else number_format.cell(mean, kind, numbers)


def _mean(ax: Axes, mean: float, text: str, rows: int) -> None:
    """Draw the mean over all rows, and print it in the row above them, within the panel."""
    low, high = min(ax.get_xlim()[0], mean), max(ax.get_xlim()[1], mean)
    ax.set_xlim(low, high)
    ax.vlines(mean, -0.5, rows - 0.4, color=BASE, linewidth=0.8, zorder=1.5)
    place = (mean - low) / (high - low)
    side = "left" if place < 0.3 else "right" if place > 0.7 else "center"
    ax.annotate(text, (mean, _MEAN), ha=side, va="center_baseline", fontsize=SMALL, color=INK)
