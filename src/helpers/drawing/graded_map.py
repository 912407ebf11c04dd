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
_EMPTY = "#ffffff"
_TILE = 0.94  # of the room for one
_HEAD = 0.22  # of a tile: the district's name
_WIDER = 1.7  # than high is a tile without its name
Area = tuple[str, str]  # district, subdistrict
_INCH = 0.95  # height of a tile on a page, of a phone half as much again per width


def graded_map(frame: pd.DataFrame, label: str, value: str, *, places: pd.DataFrame, squares: pd.DataFrame,
               bounds: Sequence[float], numbers: NumberRules, outlines: pd.DataFrame | None = None) -> Axes:
    """Draw each subdistrict (`label`) as a square in the tile of its district, shaded by `grade`; hatched where not `is_sure`.

    `squares` (district, subdistrict) are all that have one, by rows from the top left of their tile; what the frame lacks stays
    white. `places` has district, tile_column and tile_row; `bounds` are the lower ends of the second grade and the further ones,
    in `value`. With `outlines` (subdistrict, geometry) these are drawn instead. A screen shows name and value.
    """
    colours, scale = _colours(len(bounds) + 1), panels.scale(frame[value], value, numbers)
    shapes, names, ax = _outlined(squares, outlines) if outlines is not None and len(outlines) else _tiled(squares, places)
    known = {(row["district"], row[label]): row for row in frame.to_dict("records")}
    rings = [(known.get(area), ring) for area, parts in shapes.items() for ring in parts]
    shades = [_colour(row["grade"], colours) if row else _EMPTY for row, _ in rings]
    ax.add_collection(PolyCollection([ring for _, ring in rings], facecolors=shades, edgecolors=BASE, linewidths=0.3))
    unsure = [ring for row, ring in rings if row and not row["is_sure"]]
    ax.add_collection(PolyCollection(unsure, facecolors="none", edgecolors=BASE, linewidths=0.3, hatch=_HATCH))
    for name, x, y in names:
        ax.annotate(name, (x, y), ha="center", va="center", fontsize=SMALL, color=INK)
    for row, ring in rings:
        if row:
            words = f"{row['district']}{labels.value(label, row[label])}：{panels.label(row[value], scale)}"
            style.note_value(ax, (*np.min(ring, axis=0), *np.max(ring, axis=0)), words)
    _key(ax, bounds, value, colours, numbers, hatched=bool(unsure))
    return ax


def graded_months(frame: pd.DataFrame, label: str, value: str, *, places: pd.DataFrame, squares: pd.DataFrame,
                  bounds: Sequence[float], numbers: NumberRules) -> Axes:
    """Draw the squares of `graded_map` for each month, small; the grades are the same in all of them."""
    months = list(dict.fromkeys(zip(frame["year"], frame["month"], strict=True)))
    across = 2 if style.is_narrow() else 4 if len(months) > 4 else len(months)
    axes = style.new(1.32 * ceil(len(months) / across) + 0.4, ceil(len(months) / across), across)
    colours = _colours(len(bounds) + 1)
    for ax in axes[len(months):]:
        ax.remove()
    for ax, (year, month) in zip(axes, months, strict=False):
        rows = frame[(frame["year"] == year) & (frame["month"] == month)]
        grades = dict(zip(zip(rows["district"], rows[label], strict=True), rows["grade"], strict=True))
        ax.imshow(_picture(grades, squares, places, colours), interpolation="nearest", aspect="auto")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
        ax.set_title(number_format.phrase(month, "month", numbers), loc="left", color=INK)
    _key(axes[0], bounds, value, colours, numbers, hatched=False)
    return axes[0]


def _colours(grades: int) -> list:
    return [SHADES(place) for place in np.linspace(0, 1, max(grades, 2))][:grades]


def _colour(grade, colours: list):
    return _EMPTY if pd.isna(grade) else colours[int(grade) - 1]


def _in_tiles(squares: pd.DataFrame, places: pd.DataFrame) -> tuple[int, int, list[tuple[Area, int, int, int, int]]]:
    """Return how many squares a tile has across and down, and each area with its tile's column and row and its own."""
    most = squares["district"].value_counts().max()
    across = ceil(sqrt(most * _WIDER))
    tiles = places.set_index("district")[["tile_column", "tile_row"]]
    found = [((district, name), *map(int, tiles.loc[district]), number % across, number // across)
             for district, rows in squares[squares["district"].isin(tiles.index)].groupby("district", sort=False)
             for number, name in enumerate(rows["subdistrict"])]
    return across, ceil(most / across), found


def _tiled(squares: pd.DataFrame, places: pd.DataFrame) -> tuple[dict[Area, list], list[tuple[str, float, float]], Axes]:
    """Return the square of each area, the districts' names with their places, and an empty panel."""
    across, down, found = _in_tiles(squares, places)
    (left, right), (top, low) = ((places[name].min(), places[name].max()) for name in ("tile_column", "tile_row"))
    ax = style.new(_INCH * (low - top + 1) * (0.62 if style.is_narrow() else 1) + 0.6)[0]
    ax.set(xlim=(left - 0.5, right + 0.5), ylim=(low + 0.5, top - 0.5), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    wide, high = _TILE / across, (_TILE - _HEAD) / down
    corners = {area: (column - _TILE / 2 + place * wide, row - _TILE / 2 + _HEAD + line * high)
               for area, column, row, place, line in found}
    shapes = {area: [[(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)]] for area, (x, y) in corners.items()}
    tiles = dict.fromkeys((area[0], column, row) for area, column, row, _, _ in found)
    names = [(labels.value("district", district), column, row - _TILE / 2 + _HEAD / 2) for district, column, row in tiles]
    return shapes, names, ax


def _outlined(squares: pd.DataFrame, outlines: pd.DataFrame) -> tuple[dict[Area, list], list, Axes]:
    """Return the outer rings of each area that has an outline, no names, and an empty panel of equal scales."""
    areas = {name: (district, name) for district, name in
             squares[["district", "subdistrict"]].drop_duplicates("subdistrict", keep=False).itertuples(index=False)}
    shapes = {areas[name]: [list(part.exterior.coords) for part in getattr(geometry, "geoms", [geometry])]
              for name, geometry in zip(outlines["subdistrict"], outlines["geometry"], strict=True)}
    left, low, right, high = outlines.total_bounds
    ax = style.new(min(max(0.9 * style.WIDTH * (high - low) / (right - left), 2), 6) + 0.6)[0]
    ax.set(xlim=(left, right), ylim=(low, high), xticks=[], yticks=[])
    ax.set_aspect("equal", adjustable="datalim")
    ax.spines[:].set_visible(False)
    return shapes, [], ax


def _picture(grades: dict[Area, int], squares: pd.DataFrame, places: pd.DataFrame, colours: list) -> np.ndarray:
    """Return the squares of a month as a picture: a pixel each, with a white edge around the tiles."""
    across, down, found = _in_tiles(squares, places)
    first_column, first_row = places["tile_column"].min(), places["tile_row"].min()
    tiles_across, tiles_down = (int(places[name].max() - places[name].min() + 1) for name in ("tile_column", "tile_row"))
    picture = np.ones((tiles_down * (down + 1), tiles_across * (across + 1), 3))
    for area, column, row, place, line in found:
        pixel = (row - first_row) * (down + 1) + line, (column - first_column) * (across + 1) + place
        picture[pixel] = to_rgb(_colour(grades.get(area), colours))
    return picture


def _key(ax: Axes, bounds: Sequence[float], value: str, colours: list, numbers: NumberRules, *, hatched: bool) -> None:
    """Name the grades below the map, and what hatching says."""
    unit = labels.unit(value)
    ends = [number_format.threshold(bound, numbers, unit) if value == "tickets" else f"{bound:g}{unit}" for bound in bounds]
    between = (f"{low}至不足{high}" for low, high in pairwise(ends))
    words = [f"不足{ends[0]}", *between, f"{ends[-1]}及以上"] if ends else ["全部"]  # where all are equal there is one grade
    entries = [Patch(facecolor=colour, edgecolor=BASE, linewidth=0.3, label=word)
               for colour, word in zip(colours, words, strict=True)]
    entries += [Patch(facecolor="white", edgecolor=BASE, linewidth=0.3, hatch=_HATCH, label="件数过少，等级不稳定")] * hatched
    ax.figure.legend(handles=entries, loc="outside lower center", ncols=2 if style.is_narrow() else 3, fontsize=SMALL,
                     frameon=False, handlelength=1.4, columnspacing=1.2)
