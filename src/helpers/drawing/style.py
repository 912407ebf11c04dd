"""Provide what all drawings share: style, colours by role, layout of labels, SVG of a finished figure."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import ceil
from pathlib import Path
from weakref import WeakKeyDictionary
from xml.sax.saxutils import quoteattr

import matplotlib
from matplotlib import font_manager, style
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from helpers.settings import paths
from helpers.settings.errors import UserError

WIDTH = 6.3  # inches, the 160 mm of a page's text block: printed at that width, a point stays a point
NARROW = 3.5  # inches, what a phone or one column of a newspaper has
SMALL = 8

CURRENT = "#1f4e79"  # the current period
BASE = "#8a8a8a"  # the period compared with
PALE = "#d9d9d9"  # the period compared with, within an outline of BASE, where BASE is the rest of the current one
HIGHLIGHT = "#c2410c"  # highlighted bars, names and month extremes
INK = "#222222"
MUTED = "#595959"
SHADES = LinearSegmentedColormap.from_list("shades", ["#e6eef6", "#7fa8cf", CURRENT])  # from few to many
REST = LinearSegmentedColormap.from_list("rest", [BASE, PALE])  # of parts beside a highlighted one

_OUTLINE = re.compile(r"<path d=\"[^\"<>]*\"")
_DECIMALS = re.compile(r"-?\d+\.\d{3,}")
_FAMILY = "Hotline Sans"
_FONT = f"'{_FAMILY}'"
_MARKS: WeakKeyDictionary[Figure, list[tuple[Axes, tuple[float, ...], str]]] = WeakKeyDictionary()
_UNITS: WeakKeyDictionary[Figure, list[str]] = WeakKeyDictionary()
_TITLED = False
_READERS = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"


@cache
def use_style(fonts: Path = paths.FONTS) -> None:
    """Register the package's fonts and set its style, once per process. Raises UserError where a font is missing."""
    for weight in ("Regular", "Bold"):
        file = fonts / f"HotlineSans-{weight}.otf"
        if not file.exists():
            raise UserError(f"the font {file.name} is missing from {fonts}: restore it with `git checkout -- "
                             "src/helpers/publish/fonts`, or install the package again.")
        font_manager.fontManager.addfont(file)
    style.use(paths.STYLE)


def use_fonts(files: Sequence[str]) -> None:
    """Let drawings take the characters that the shipped font lacks from an edition's own fonts, the first that has one."""
    use_style()
    for file in files:
        font_manager.fontManager.addfont(file)
    matplotlib.rcParams["font.family"] = [_FAMILY, *(font_manager.FontProperties(fname=file).get_name() for file in files)]


@contextmanager
def narrow() -> Iterator[None]:
    """Draw for the width of a phone while this lasts; for one thread at a time."""
    global WIDTH
    before, WIDTH = WIDTH, NARROW
    try:
        yield
    finally:
        WIDTH = before


def is_narrow() -> bool:
    """Return whether drawings are made for the width of a phone."""
    return WIDTH == NARROW


@contextmanager
def titled() -> Iterator[None]:
    """Draw for below a title that has the unit, while this lasts; for one thread at a time."""
    global _TITLED
    before, _TITLED = _TITLED, True
    try:
        yield
    finally:
        _TITLED = before


def is_titled() -> bool:
    """Return whether the unit of a drawing is printed above it."""
    return _TITLED


def unit_at_axis(ax: Axes, unit: str) -> str:
    """Note a unit of a figure; return the words for its axis, none where a title above the drawing has it."""
    note_unit(ax, unit)
    return "" if _TITLED else f"单位：{unit}"


def unit_line() -> float:
    """Return how high a unit at an axis is with its gap, in inches: none where a title above the drawing has it."""
    return 0.0 if _TITLED else 0.19


def note_unit(ax: Axes, unit: str) -> None:
    """Note a unit of a figure's numbers for its title."""
    _UNITS.setdefault(ax.figure, []).append(unit)


def unit(ax: Axes) -> str:
    """Return the unit that all numbers of a figure have; "" where none was noted, or several."""
    found = {*_UNITS.get(ax.figure, ())}
    return found.pop() if len(found) == 1 else ""


def new(height: float, rows: int = 1, columns: int = 1, **shape) -> list[Axes]:
    """Return the empty panels of a new figure, `WIDTH` wide and `height` inches high, row by row.

    pyplot does not know the figure: in JupyterLab it would draw it from a second thread while it is laid out (ipykernel#1564).
    """
    use_style()
    axes = Figure(figsize=(WIDTH, height), layout="constrained").subplots(rows, columns, squeeze=False, **shape)
    return list(axes.flat)


def spread_labels(wanted: Sequence[float], gap: float, low: float = 0, high: float = 1) -> list[float]:
    """Return places in the order of `wanted`, within `low` and `high`, at least `gap` apart, as near as possible.

    Where there is no room for all, they are spread evenly.
    """
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    blocks: list[tuple[float, int]] = []  # mean wanted place of a run of touching labels, and their number
    for step, place in enumerate(order):
        mean, size = wanted[place] - step * gap, 1
        while blocks and blocks[-1][0] >= mean:
            before, many = blocks.pop()
            mean, size = (before * many + mean * size) / (many + size), many + size
        blocks.append((mean, size))
    means = [mean for mean, size in blocks for _ in range(size)]
    last = high - (len(wanted) - 1) * gap
    placed = {place: min(max(mean, low), last) + step * gap
              for step, (place, mean) in enumerate(zip(order, means, strict=True))}
    return [placed[place] for place in range(len(wanted))]


def line_styles(names: Sequence, order: Sequence = ()) -> list[dict]:
    """Return the colour and dash of the line of each name: by its place in `order`, so that it looks the same everywhere.

    A name that is not in `order`, or whose colour another name of this drawing has, takes the first style of a free colour: no
    two names share a style, nor a colour while there are others. Without `order` the styles follow each other.
    """
    use_style()
    every = list(matplotlib.rcParams["axes.prop_cycle"])
    given: dict[int, dict] = {}

    def free() -> list[dict]:
        left, colours = [look for look in every if look not in given.values()], [look["color"] for look in given.values()]
        return [look for look in left if look["color"] not in colours] or left

    for place, name in enumerate(names):
        if name in order and (wanted := every[order.index(name) % len(every)]) in free():
            given[place] = wanted
    for place in (place for place in range(len(names)) if place not in given):
        given[place] = free()[0]
    return [given[place] for place in range(len(names))]


def grey_lines(many: int) -> list[dict]:
    """Return the shades and dashes of lines that are all grey: eight differ by either, on a photocopy, too."""
    looks = [{"color": shade, "linestyle": dash} for shade in (MUTED, BASE) for dash in ("-", "--", "-.", ":")]
    return (looks * ceil(many / len(looks)))[:many]


def size(ax: Axes) -> tuple[float, float]:
    """Return width and height of a panel's plotting area, in points, as laid out so far."""
    return sizes([ax])[0]


def sizes(axes: Sequence[Axes]) -> list[tuple[float, float]]:
    """Return the `size` of each panel of a figure, which is laid out once for all of them."""
    _lay_out(axes[0].figure)
    for ax in axes:
        ax.apply_aspect()
    boxes = [ax.get_window_extent() for ax in axes]
    return [(box.width * 72 / ax.figure.dpi, box.height * 72 / ax.figure.dpi) for ax, box in zip(axes, boxes, strict=True)]


def _lay_out(figure: Figure) -> None:
    """Lay out the figure's panels without drawing them."""
    if figure.get_layout_engine():
        figure.get_layout_engine().execute(figure)


def points(ax: Axes) -> tuple[float, float]:
    """Return width and height of a whole figure, in points."""
    wide, high = ax.figure.get_size_inches()
    return float(wide * 72), float(high * 72)


def width(text: str, points: float = SMALL) -> float:
    """Return how wide a text prints, in points: a Chinese character is as wide as its size, a Latin one about 0.6 of it."""
    return points * sum(0.6 if ord(character) < 0x2E80 else 1 for character in text)


def advance(character: str, bold: bool = False) -> float | None:
    """Return how wide a character of the shipped font is, at size 1; None where the font lacks it."""
    return _advances(bold).get(ord(character))


@cache
def _advances(bold: bool) -> dict[int, float]:
    """Return the widths of a font's characters, read without FreeType, which documents that are written at once would crash."""
    from fontTools.ttLib import TTFont  # takes time to import, and a notebook measures nothing

    font = TTFont(paths.FONTS / f"HotlineSans-{'Bold' if bold else 'Regular'}.otf", lazy=True)
    widths, size = font["hmtx"], font["head"].unitsPerEm
    return {code: widths[glyph][0] / size for code, glyph in font.getBestCmap().items()}


def text_colour(colour: tuple[float, ...]) -> str:
    """Return the colour of text that reads on `colour` (its first three numbers) at 4.5:1 and more: white or black."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "white" if luminance < 0.179 else "black"


def mark(ax: Axes, text: str) -> Axes:
    """Write a small word such as 模拟数据 at the bottom right of the figure, outside of what is drawn."""
    ax.figure.supxlabel(text, x=0.995, ha="right", color=MUTED, fontsize=SMALL)
    return ax


def note_value(ax: Axes, box: tuple[float, float, float, float], words: str) -> None:
    """Note what a mark of a panel says on a screen when it is pointed at; `box` is its left, low, right, high, in data."""
    _MARKS.setdefault(ax.figure, []).append((ax, box, words))


def _marks(figure: Figure) -> str:
    """Return the figure's noted values as JSON: left, top, right, bottom in points of the drawing, words."""
    point, high = 72 / figure.dpi, figure.get_figheight() * 72
    found = []
    for ax, (left, low, right, top), words in _MARKS.get(figure, ()):
        corners = ax.transData.transform([(left, low), (right, top)]) * point
        across, down = sorted(corners[:, 0]), sorted(high - corners[:, 1])
        found.append([*(round(float(place), 1) for place in (across[0], down[0], across[1], down[1])), words])
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")) if found else ""


def svg(ax: Axes) -> str:
    """Return the figure as deterministic SVG with real text; the attribute `data-marks` holds its noted values.

    Fonts fall back to a reader's own Chinese ones. Ids without a reference are removed, so that several figures fit on a page,
    and outlines are rounded to two decimals.
    """
    file, figure = io.StringIO(), ax.figure
    canvas = FigureCanvasSVG(figure)
    figure.set_dpi(72)
    _lay_out(figure)
    figure.set_layout_engine("none")  # it has been laid out
    figure.set_dpi(matplotlib.rcParams["savefig.dpi"])  # for embedded pictures; all else is in points
    canvas.print_svg(file, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})  # savefig draws it twice
    text = file.getvalue()
    used = set(re.findall(r"#([\w.-]+)", text))
    lean = re.sub(r' id="([\w.-]+)"', lambda match: match.group() if match.group(1) in used else "", text)
    lean = _OUTLINE.sub(lambda path: _DECIMALS.sub(lambda number: f"{float(number.group()):.2f}", path.group()), lean)
    drawn = lean[lean.index("<svg"):].replace(_FONT, f"{_FONT}, {_READERS}")
    marks = _marks(figure)
    return drawn.replace("<svg", f"<svg data-marks={quoteattr(marks)}", 1) if marks else drawn
