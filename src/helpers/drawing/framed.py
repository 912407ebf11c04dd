"""Put words around a finished drawing, as text of its SVG: title and subtitle above it, its source below."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

__all__ = ["Line", "framed", "titles"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


TITLE, SUBTITLE, NOTE = 12, 9, 8  # points of type

_EDGE = 12  # points around all
_LEADING = 1.4  # height of a line by its type
_QUIET = "#595959"
_FONTS = "'Hotline Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
_OVERHANGS = "，。、；：）》”"  # never begin a line
_SIZED = re.compile(r'\s(?:x|y|width|height)="[^"]*"')


class Line(NamedTuple):
    """A text with the size of its type in points, and its further attributes as SVG."""

    text: str
    size: float
    look: str = ""


def titles(title: str, subtitle: str) -> list[Line]:
    """Return a figure's title, bold, and its subtitle, grey, where there is one."""
    below = [Line(subtitle, SUBTITLE, f' fill="{_QUIET}"')] if subtitle else []
    return [Line(title, TITLE, ' font-weight="bold"'), *below]


def framed(drawing: str, size: tuple[float, float], above: Sequence[Line], below: Sequence[Line] = (), *, name: str = "",
           about: str = "") -> str:
    """Return an SVG of a `size` in points with lines of text above and below it that are folded to its width; on white.

    `name` and `about` are its title and description for assistive technology. Texts hold only characters that XML can.
    """
    wide, high = size
    heads, tails = ([folded for line in lines for folded in _folded(line, wide)] for lines in (above, below))
    top = _EDGE + sum(line.size * _LEADING for line in heads) + NOTE
    whole = top + high + sum(line.size * _LEADING for line in tails) + _EDGE
    across = wide + 2 * _EDGE
    placed = f'<svg x="{_EDGE}" y="{top:g}" width="{wide:g}" height="{high:g}"'  # in units of the outer drawing, which are points
    inner = re.sub(r"<svg\b[^>]*", lambda tag: placed + _SIZED.sub("", tag[0].removeprefix("<svg")), drawing, count=1)
    sides = f'width="{across:g}pt" height="{whole:g}pt" viewBox="0 0 {across:g} {whole:g}"'
    described = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in (("title", name), ("desc", about)) if text)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" {sides}>{described}'
            f'<rect width="100%" height="100%" fill="#fff"/>{_texts(heads, _EDGE)}{inner}{_texts(tails, top + high)}</svg>\n')


def _texts(lines: Sequence[Line], top: float) -> Markup:
    """Return lines of text below each other from a height on."""
    written = Markup("")
    for line in lines:
        top += line.size * _LEADING
        placed = f'<text x="{_EDGE}" y="{top:g}" font-size="{line.size}" font-family="{_FONTS}"{line.look}>'
        written += Markup(placed) + escape(line.text) + Markup("</text>")
    return written


def _folded(line: Line, wide: float) -> list[Line]:
    """Return a line in lines that are no wider than a drawing."""
    lines = []
    for piece in line.text.split("\n"):
        lines.append("")
        for character in piece:
            if _em(lines[-1] + character) * line.size > wide and character not in _OVERHANGS:
                lines.append("")
            lines[-1] += character
    return [line._replace(text=text) for text in lines]


def _em(text: str) -> float:
    """Return how wide a text is by its type, in the widest font that a reader may have."""
    return sum(1 if unicodedata.east_asian_width(character) in "WFA" else 0.56 for character in text)
