"""Draw subdistricts by grade: a small square for each inside its district's tile, or true outlines; dark is many.

As in `charts`: a map takes a frame and column names, and returns its first `Axes`; it never computes or saves.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from helpers.drawing import panels, style
from helpers.drawing.style import BASE, INK, SHADES, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

__all__ = ["graded_map", "graded_months"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_HATCH = "//////"
_HEAD = 0.22  # of a tile: the district's name
_WIDER = 1.7  # than high is a tile without its name
_INCH = 0.95  # height of a tile on a page, of a phone half as much again per width


def graded_map(frame: pd.DataFrame, label: str, value: str, *, places: pd.DataFrame, bounds: Sequence[float],
               numbers: NumberRules, outlines: pd.DataFrame | None = None) -> Axes:
    """Draw each subdistrict (`label`) as a square in the tile of its district, shaded by `grade`; hatched where not `is_sure`.

    Squares of a district follow the frame's order, by rows from the top left. `places` has district, tile_column and tile_row;
    `bounds` are the lower ends of the second grade and the further ones, in `value`. With `outlines` (subdistrict, geometry)
    these are drawn instead. A screen shows name and value where it is pointed at.
    """
    colours, scale = _colours(len(bounds) + 1), panels.scale(frame[value], value, numbers)
    shapes, names, ax = _outlined(frame, label, outlines) if outlines is not None and len(outlines) else _tiled(frame, places)
    shown = frame.loc[list(shapes)]
    ax.add_collection(PolyCollection(list(shapes.values()), facecolors=[_colour(grade, colours) for grade in shown["grade"]],
                                     edgecolors=BASE, linewidths=0.3))
    unsure = [shapes[row] for row in shown.index[~shown["is_sure"]]]
    ax.add_collection(PolyCollection(unsure, facecolors="none", edgecolors=BASE, linewidths=0.3, hatch=_HATCH))
    for name, x, y in names:
        ax.annotate(name, (x, y), ha="center", va="center", fontsize=SMALL, color=INK)
    for row, shape in shapes.items():
        left, low = np.min(shape, axis=0)
        right, high = np.max(shape, axis=0)
        one_row = frame.loc[row]
        words = f"{one_row['district']}{labels.value(label, one_row[label])}"
        style.note_value(ax, (left, low, right, high), f"{words}：{panels.label(one_row[value], scale)}")
    _key(ax, bounds, value, colours, numbers, hatched=bool(unsure))
    return ax


def graded_months(frame: pd.DataFrame, label: str, value: str, *, places: pd.DataFrame, bounds: Sequence[float],
                  numbers: NumberRules) -> Axes:
    """Draw the squares of `graded_map` for each month, small; the grades are the same in all of them."""
    months = list(dict.fromkeys(zip(frame["year"], frame["month"], strict=True)))
    across = 2 if style.is_narrow() else 4 if len(months) > 4 else len(months)
    axes = style.new(1.32 * ceil(len(months) / across) + 0.4, ceil(len(months) / across), across)
    colours = _colours(len(bounds) + 1)
    for ax in axes[len(months):]:
        ax.remove()
    for ax, (year, month) in zip(axes, months, strict=False):
        rows = frame[(frame["year"] == year) & (frame["month"] == month)]
        ax.imshow(_picture(rows, places, colours), interpolation="nearest", aspect="auto")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(number_format.phrase(month, "month", numbers), loc="left", color=INK)
    _key(axes[0], bounds, value, colours, numbers, hatched=False)
    return axes[0]


def _colours(grades: int) -> list:
    return [SHADES(place) for place in np.linspace(0, 1, max(grades, 2))][:grades]


def _colour(grade, colours: list):
    return "#ffffff" if pd.isna(grade) else colours[int(grade) - 1]


def _grid(frame: pd.DataFrame) -> tuple[int, int]:
    """Return how many squares stand side by side in a tile and below each other: enough for the district with the most."""
    most = frame["district"].value_counts().max()
    across = ceil(sqrt(most * _WIDER))
    return across, ceil(most / across)


def _tiled(frame: pd.DataFrame, places: pd.DataFrame) -> tuple[dict, list[tuple[str, float, float]], Axes]:
    """Return the squares by row of the frame, the districts' names with their places, and an empty panel."""
    (many, below), tiles = _grid(frame), places.set_index("district")
    rows = int(tiles["tile_row"].max() - tiles["tile_row"].min() + 1)
    ax = style.new(_INCH * rows * (0.62 if style.is_narrow() else 1) + 0.6)[0]
    ax.set(xlim=(tiles["tile_column"].min() - 0.5, tiles["tile_column"].max() + 0.5),
           ylim=(tiles["tile_row"].max() + 0.5, tiles["tile_row"].min() - 0.5), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    shapes, names = {}, []
    side, down = 0.94 / many, (0.94 - _HEAD) / below
    for district, rows_of in frame[frame["district"].isin(tiles.index)].groupby("district", sort=False):
        left, top = tiles.loc[district, "tile_column"] - 0.47, tiles.loc[district, "tile_row"] - 0.47
        names.append((labels.value("district", district), left + 0.47, top + _HEAD / 2))
        for place, row in enumerate(rows_of.index):
            x, y = left + place % many * side, top + _HEAD + place // many * down
            shapes[row] = [(x, y), (x + side, y), (x + side, y + down), (x, y + down)]
    return shapes, names, ax


def _outlined(frame: pd.DataFrame, label: str, outlines: pd.DataFrame) -> tuple[dict, list, Axes]:
    """Return the largest ring of each outline by row of the frame, no names, and an empty panel of equal scales."""
    shapes = {}
    rows = {name: row for row, name in frame[label].drop_duplicates(keep=False).items()}
    for name, geometry in zip(outlines["subdistrict"], outlines["geometry"], strict=True):
        parts = getattr(geometry, "geoms", [geometry])
        shapes[rows[name]] = list(max(parts, key=lambda part: part.area).exterior.coords)
    left, low, right, high = outlines.total_bounds
    ax = style.new(min(max(0.9 * style.WIDTH * (high - low) / (right - left), 2), 6) + 0.6)[0]
    ax.set(xlim=(left, right), ylim=(low, high), xticks=[], yticks=[])
    ax.set_aspect("equal", adjustable="datalim")
    ax.spines[:].set_visible(False)
    return shapes, [], ax


def _picture(rows: pd.DataFrame, places: pd.DataFrame, colours: list) -> np.ndarray:
    """Return the squares of a month as a picture: a pixel each, with a white edge around the tiles."""
    (many, below), tiles = _grid(rows), places.set_index("district")
    first_column, first_row = tiles["tile_column"].min(), tiles["tile_row"].min()
    wide, high = (int(tiles[name].max() - tiles[name].min() + 1) * (each + 1)
                  for name, each in (("tile_column", many), ("tile_row", below)))
    picture = np.ones((high, wide, 3))
    for district, rows_of in rows[rows["district"].isin(tiles.index)].groupby("district", sort=False):
        left = int(tiles.loc[district, "tile_column"] - first_column) * (many + 1)
        top = int(tiles.loc[district, "tile_row"] - first_row) * (below + 1)
        for place, grade in enumerate(rows_of["grade"]):
            picture[top + place // many, left + place % many] = to_rgb(_colour(grade, colours))
    return picture


def _key(ax: Axes, bounds: Sequence[float], value: str, colours: list, numbers: NumberRules, *, hatched: bool) -> None:
    """Name the grades below the map, and what hatching says."""
    unit = labels.unit(value)
    ends = [number_format.threshold(bound, numbers, unit) if value == "tickets" else f"{bound:g}{unit}" for bound in bounds]
    words = [f"不足{ends[0]}", *(f"{low}至不足{high}" for low, high in pairwise(ends)), f"{ends[-1]}及以上"]
    entries = [Patch(facecolor=colour, edgecolor=BASE, linewidth=0.3, label=word)
               for colour, word in zip(colours, words if bounds else ["全部"], strict=False)]
    entries += [Patch(facecolor="white", edgecolor=BASE, linewidth=0.3, hatch=_HATCH, label="件数过少，等级不稳定")] * hatched
    ax.figure.legend(handles=entries, loc="outside lower center", ncols=2 if style.is_narrow() else 3, fontsize=SMALL,
                     frameon=False, handlelength=1.4, columnspacing=1.2)
