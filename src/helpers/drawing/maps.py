"""Draw maps of districts: shades over equal tiles, or over outlines where `places` has them. Dark is many.

As in `charts`: a map takes a frame and column names, and returns its first `Axes`; it never sorts, computes or saves.
"""

import re
from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap, to_hex, to_rgb
from matplotlib.ticker import MaxNLocator

from helpers.drawing import panels, style
from helpers.drawing.panels import Names
from helpers.drawing.style import BASE, HIGHLIGHT, INK, MUTED, SHADES, SMALL
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules

__all__ = ["shaded"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_UNIT = re.compile(r"^(-?[\d.]+万?)\D*$")
_LINE = 1.25 * SMALL  # points of a line of a label
_CLASSES = 6  # of shades at most


def shaded(frame: pd.DataFrame, label: str, value: str | None = None, *, places: pd.DataFrame, numbers: NumberRules,
           values: Sequence[str] = (), highlight: Names = (), ax: Axes | None = None) -> Axes:
    """Draw a map of `value`, or one for each of `values`; every place has its name and value.

    Places of one class have one shade; a scale below names the bounds of the classes. `places` has `label` and either
    `tile_column` and `tile_row` (both from 1, top left first) or `geometry`. What has no place on the map is listed below with
    its value and does not affect the scale; a place without a row prints —. A tile that `highlight` names has a coloured edge.
    """
    columns = [value] if value else list(values)
    draw = _outlines if "geometry" in places else _tiles
    outside = [name for name in frame[label] if name not in set(places[label])]
    axes = [ax] * len(columns) if ax is not None else _panels(places, label, len(columns), len(outside))
    for panel, column in zip(axes, columns, strict=True):
        known = dict(zip(frame[label], frame[column], strict=True))
        shades = _shades(frame.loc[frame[label].isin(places[label]), column], column)
        scale = panels.scale(frame[column], column, numbers)
        texts = [(labels.value(label, name), panels.label(known.get(name), scale)) for name in places[label]]
        colours = ["#ffffff" if pd.isna(known.get(name)) else to_hex(shades.to_rgba(known[name])) for name in places[label]]
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set_visible(False)
        if len(columns) > 1:
            panel.set_title(labels.column(column), loc="left", color=INK)
        _note(panel, [f"{labels.value(label, name)} {panels.label(known[name], scale)}" for name in outside])
        _scale(panel, shades, scale)
        draw(panel, places, texts, colours)
        if draw is _tiles:
            _point_at(panel, [name for name, _ in texts], highlight)
    return axes[0]


def _panels(places: pd.DataFrame, label: str, many: int, outside: int) -> list[Axes]:
    """Return panels side by side; below each other for outlines, and where tiles are too narrow for four characters.

    Their height fits the words of the tiles and the names of what is `outside`.
    """
    below = 0.41 + style.unit_line() + 0.05 * outside * many
    if "geometry" in places:
        left, low, right, high = places.total_bounds
        deep = min(max(0.75 * style.WIDTH * (high - low) / (right - left), 2), 5 if many == 1 else 3.3)
        return style.new((deep + below) * many, rows=many)
    across = many if 72 * style.WIDTH / many / places["tile_column"].max() >= 4 * SMALL + 4 else 1
    down = ceil(many / across)
    most = max(int(72 * style.WIDTH / across / places["tile_column"].max() / SMALL), 2)
    lines = 1 + max(ceil(len(labels.value(label, name)) / most) for name in places[label])
    return style.new((max(0.62, (lines + 1) * _LINE / 72) * places["tile_row"].max() + below) * down, rows=down, columns=across)


def _shades(values: pd.Series, column: str) -> ScalarMappable:
    """Return the shade of each class between round numbers: from zero for counts and densities, else from below the least."""
    low, high = (float(values.min()), float(values.max())) if values.notna().any() else (0.0, 0.0)
    low = 0.0 if number_format.kind(column) in ("count", "density") or low == high else low
    bounds = MaxNLocator(_CLASSES, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high or 1)
    colours = ListedColormap(SHADES(np.linspace(1, 0, len(bounds) - 1)[::-1]))
    return ScalarMappable(BoundaryNorm(bounds, colours.N), colours)


def _scale(ax: Axes, shades: ScalarMappable, scale: number_format.Scale) -> None:
    bar = ax.figure.colorbar(shades, ax=ax, location="bottom", fraction=0.035, aspect=50, pad=0.02, shrink=0.6,
                             format=scale.tick, ticks=shades.norm.boundaries, spacing="proportional")
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=SMALL)
    bar.set_label(style.unit_at_axis(ax, scale.unit), fontsize=SMALL)


def _note(ax: Axes, outside: list[str]) -> None:
    if outside:
        text = f"图中未列：{'、'.join(outside)}"
        room = 72 * style.WIDTH * ax.get_subplotspec().get_position(ax.figure).width / SMALL
        ax.set_xlabel(panels.wrapped(text, max(int(room), 12)), loc="left", color=MUTED)


def _tiles(ax: Axes, places: pd.DataFrame, texts: list[tuple[str, str]], colours: list) -> None:
    columns, rows = places["tile_column"], places["tile_row"]
    ax.set(xlim=(columns.min() - 0.5, columns.max() + 0.5), ylim=(rows.max() + 0.5, rows.min() - 0.5))
    said = ["：".join(text) for text in texts]
    tile = style.size(ax)[0] / (columns.max() - columns.min() + 1)
    most = max(int(tile / SMALL), 2)
    if style.is_titled() or max(style.width(number) for _, number in texts) > 0.96 * tile:  # title or scale has the unit
        texts = [(name, _UNIT.sub(r"\1", number)) for name, number in texts]
    for column, row, (name, number), words, colour in zip(columns, rows, texts, said, colours, strict=True):
        ax.barh(row, 0.96, left=column - 0.48, height=0.94, color=colour, edgecolor=BASE, linewidth=0.6)
        style.note_value(ax, (column - 0.48, row - 0.47, column + 0.48, row + 0.47), words)
        ax.annotate(f"{panels.wrapped(name, most)}\n{number}", (column, row), ha="center", va="center", fontsize=SMALL,
                    linespacing=1.25, color=style.text_colour(to_rgb(colour)))


def _point_at(ax: Axes, names: Sequence[str], highlight: Names) -> None:
    """Give the tiles of some names, the first bars of a panel, an edge that stands out."""
    for tile, name in zip(ax.patches, names, strict=False):
        if name in panels.listed(highlight):
            tile.set(edgecolor=HIGHLIGHT, linewidth=2, zorder=2)


def _outlines(ax: Axes, places: pd.DataFrame, texts: list[tuple[str, str]], colours: list) -> None:
    """Draw outlines, each with its label inside where that fits, else outside the map at the end of a thin line."""
    below = ax.get_xlabel()
    places.plot(ax=ax, color=colours, edgecolor=BASE, linewidth=0.5, aspect="equal")
    ax.set_xlabel(below, loc="left")
    ax.set_ylabel("")
    ax.set_aspect("equal", adjustable="datalim")
    wide, _ = style.size(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    point = (right - left) / wide  # in metres
    sizes = [(point * (max(map(style.width, text)) + 1), point * 2 * _LINE) for text in texts]
    spots = _spots(list(places.geometry), sizes, (left, low, right, high), 4 * point)
    for shape, text, colour, spot in zip(places.geometry, texts, colours, spots, strict=True):
        inside, middle = shape.contains(spot), shape.representative_point()
        style.note_value(ax, (middle.x, middle.y, middle.x, middle.y), "：".join(text))
        if not inside:
            ax.plot([middle.x], [middle.y], marker="o", markersize=2.5, color=INK, markeredgecolor="white", markeredgewidth=0.5)
        ax.annotate("\n".join(text), (middle.x, middle.y), (spot.x, spot.y), ha="center", va="center", fontsize=SMALL,
                    linespacing=1.25, color=style.text_colour(to_rgb(colour)) if inside else INK,
                    arrowprops=None if inside else panels.leader_line(MUTED, (0.5, 0.5)) | {"shrinkB": 0})


def _spots(shapes: list, sizes: list[tuple[float, float]], frame: tuple[float, float, float, float], step: float) -> list:
    """Return the centre of each label: inside its shape where it fits, else in free space of the frame, near and clear of others.

    Where there is no other way, lines cross, then labels cover the map; they never cover each other while the page has room.
    """
    import shapely

    left, low, right, high = frame
    x, y = (places.ravel() for places in np.meshgrid(np.arange(left, right, step), np.arange(low, high, step)))
    grid = shapely.points(x, y)
    boxes = [shapely.box(x - wide / 2, y - deep / 2, x + wide / 2, y + deep / 2) for wide, deep in sizes]
    middles = [shape.representative_point() for shape in shapes]
    spots, taken, leaders = {}, [], []

    def choose(number: int, free: np.ndarray) -> None:
        spot = int(np.where(free, shapely.distance(grid, middles[number]), np.inf).argmin())
        spots[number] = grid[spot]
        taken.append(boxes[number][spot].buffer(step))

    for number, shape in enumerate(shapes):
        shapely.prepare(shape)
        fits = shapely.contains(shape, boxes[number])
        if fits.any():
            choose(number, fits)
    land, page = shapely.union_all(shapes), shapely.box(*frame).buffer(-step)
    shapely.prepare(land)
    for number in sorted(set(range(len(shapes))) - set(spots), key=lambda number: middles[number].y):
        lines = _lines(middles[number], x, y)
        clean = shapely.within(boxes[number], page) & ~_meets(boxes[number], taken)
        off_map = clean & ~shapely.intersects(land, boxes[number])
        clear = off_map & ~_meets(lines, taken)
        uncrossed = clear & ~_meets(boxes[number], leaders) & ~_meets(lines, leaders)
        choose(number, next((free for free in (uncrossed, clear, off_map, clean) if free.any()), np.ones(len(grid), bool)))
        leaders.extend(_lines(middles[number], np.array([spots[number].x]), np.array([spots[number].y])))
    return [spots[number] for number in range(len(shapes))]


def _meets(shapes: np.ndarray, others: list) -> np.ndarray:
    """Return which shapes touch any of the others."""
    import shapely

    return np.logical_or.reduce([np.zeros(len(shapes), bool), *(shapely.intersects(shapes, other) for other in others)])


def _lines(start, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a straight line from `start` to each place."""
    import shapely

    ends = np.column_stack([x, y])
    return shapely.linestrings(np.stack([np.broadcast_to([start.x, start.y], ends.shape), ends], axis=1))
