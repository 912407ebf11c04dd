"""Draw where tickets are: shades of tickets per square kilometre as a picture, dark is many; the whole, and where most are.

As in `charts`: a map takes a frame and column names, and returns its first `Axes`; it never computes or saves.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patches import Rectangle

from helpers.drawing import panels, style
from helpers.drawing.style import BASE, HIGHLIGHT, INK, SHADES, SMALL
from helpers.settings import labels
from helpers.settings.editions import NumberRules

__all__ = ["density_map"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_CLASSES = 6
_STEPS = (1, 3)  # of a decade
_NOTED = 1500  # cells whose values a screen shows
_EMPTY = "#ffffff"


def density_map(frame: pd.DataFrame, label: str, value: str, *, places: pd.DataFrame, picture: np.ndarray,
                box: tuple[float, ...], districts: pd.DataFrame, numbers: NumberRules) -> Axes:
    """Draw a picture of densities twice: all of it that holds points, and the part in which most of them lie.

    `frame` has `label` and `value` of cells, `places` the sides of their squares (`row_of_cells`: which of the frame's rows): a
    screen shows them where it is pointed at. `picture` has a density for each part of `box` (west, south, east, north), from
    south to north. `districts` have longitude and latitude; a name that would touch another is left out.
    """
    shades, scale = _shades(picture[np.isfinite(picture)]), panels.scale(frame[value], value, numbers)
    texts, (whole, core) = _texts(frame, label, value, numbers), _frames(places, frame[value])
    axes = style.new(7.2 if style.is_narrow() else 4.1, *((2, 1) if style.is_narrow() else (1, 2)))
    for ax, (west, south, east, north) in zip(axes, (whole, core), strict=True):
        ax.imshow(picture, origin="lower", extent=(box[0], box[2], box[1], box[3]), cmap=shades.cmap, norm=shades.norm,
                  interpolation="nearest", aspect=1 / np.cos(np.radians((south + north) / 2)))
        ax.set(xlim=(west, east), ylim=(south, north), xticks=[], yticks=[])
        _name(ax, districts)
        ax.spines[:].set_visible(False)
        for side in places.head(_NOTED).itertuples(index=False):
            if side.east > west and side.west < east and side.north > south and side.south < north:
                style.note_value(ax, (max(side.west, west), max(side.south, south), min(side.east, east), min(side.north, north)),
                                 texts[side.row_of_cells])
    axes[0].add_patch(Rectangle(core[:2], core[2] - core[0], core[3] - core[1], fill=False, edgecolor=HIGHLIGHT, linewidth=1))
    axes[0].set_title("全部", loc="left", color=INK)
    axes[1].set_title(f"集中的部分（{'上' if style.is_narrow() else '左'}图方框内）", loc="left", color=INK)
    bar = axes[0].figure.colorbar(shades, ax=axes, location="bottom", fraction=0.035, aspect=50, pad=0.02, shrink=0.6,
                                  ticks=shades.norm.boundaries, format=lambda number, _: f"{number:g}")
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=SMALL)
    bar.set_label(style.unit_at_axis(axes[0], scale.unit), fontsize=SMALL)
    return axes[0]


def _texts(frame: pd.DataFrame, label: str, value: str, numbers: NumberRules) -> list[str]:
    return [f"{name}：{panels.exact_label(number, value, numbers)}"
            for name, number in zip(frame[label], frame[value], strict=True)]


def _shades(known: np.ndarray) -> ScalarMappable:
    """Return the shade of each class between 1, 3, 10, 30 …: densities of a city differ by powers of ten."""
    low, high = float(known.min()), float(known.max())
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    every = [step * 10.0**decade for decade in decades for step in _STEPS]
    inside = [bound for bound in every if low < bound < high]
    inside = inside if len(inside) < _CLASSES else inside[-(_CLASSES - 1):]
    first, last = max([bound for bound in every if bound <= low], default=low), min(bound for bound in every if bound >= high)
    bounds = sorted({first, *inside, last if last > first else first * 3})
    colours = ListedColormap(SHADES(np.linspace(0, 1, len(bounds) - 1))).with_extremes(bad=_EMPTY)
    return ScalarMappable(BoundaryNorm(bounds, colours.N), colours)


def _frames(places: pd.DataFrame, weights: pd.Series) -> list[tuple[float, float, float, float]]:
    """Return the frame of all cells, and that of the densest cells with half of the tickets, square both."""
    whole = (places["west"].min(), places["south"].min(), places["east"].max(), places["north"].max())
    size = (places["east"] - places["west"]) * (places["north"] - places["south"])
    weighed = size * places["row_of_cells"].map(weights)
    share = weighed.cumsum() / weighed.sum()  # densest first
    dense = places[share <= max(0.5, float(share.iloc[0]))]
    core = (dense["west"].min(), dense["south"].min(), dense["east"].max(), dense["north"].max())
    return [_square(whole), _square(core)]


def _square(frame: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the smallest frame around another that is square in kilometres."""
    west, south, east, north = map(float, frame)
    narrow = np.cos(np.radians((south + north) / 2))
    half = max((east - west) * narrow, north - south) / 2
    x, y = (west + east) / 2, (south + north) / 2
    return x - half / narrow, y - half, x + half / narrow, y + half


def _name(ax: Axes, names: pd.DataFrame) -> None:
    """Name the districts whose middle lies in a panel, the first ones where names would touch."""
    wide, deep = style.size(ax)
    (west, east), (south, north) = ax.get_xlim(), ax.get_ylim()
    taken: list[tuple[float, float, float]] = []
    for place in names.itertuples(index=False):
        word = labels.value("district", place.district)
        x, y = (place.longitude - west) / (east - west) * wide, (place.latitude - south) / (north - south) * deep
        half = style.width(word) / 2 + 1
        is_free = all(abs(x - other) >= half + room or abs(y - level) >= SMALL * 1.3 for other, level, room in taken)
        if half <= x <= wide - half and SMALL <= y <= deep - SMALL and is_free:
            taken.append((x, y, half))
            ax.annotate(word, (place.longitude, place.latitude), ha="center", va="center", fontsize=SMALL, color=INK,
                        bbox={"facecolor": "white", "edgecolor": BASE, "linewidth": 0.4, "pad": 0.8, "alpha": 0.85})
