"""Lay out a table on paper: side by side where it is long and narrow, in parts where it is too wide.

Widths are in em, the height of a Chinese character, which is as wide as it is high; any other counts 0.56, and a quarter of an em
is set between a Chinese character and a letter or digit.
"""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from helpers.document.blocks import Column

WIDTH = 453.5  # points: the 160 mm of a page's text block
_SIZE, _PAD = 8.5, 11.9  # points: a table's type, and the space at both sides of a cell
_SMALL, _SMALL_PAD, _GUTTER = 8, 6.4, 14  # the same where a table is set side by side, and the space between
_SHORT = 15  # lines up to which a table stays on one page
_LONG, _LONG_DENSE = 18, 12  # rows from which a table is worth setting side by side; the same where a page shall hold all
_MOST = 3
_CELL = 15
_LEAST = 5
_WRAPPED = 0.25  # of the rows may take a second line, so that two fit side by side
_JOINT = re.compile(r"(?<=[\u3400-\u9fff])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[\u3400-\u9fff])")
_SPACE = 0.25  # em
_SLACK = 0.5  # points: more than widths lose by rounding, so that no header and no number is broken by it


@dataclass(frozen=True)
class Sheet:
    """A table, or some columns of one, as it is printed.

    `side` parts are set side by side; 1 where the table runs over the whole width, which may break over pages where it `breaks`.
    Where it is more, the rows are read down the first part, then the next. `widths` are those of the columns in points, empty
    where every cell fits on a line. `key` is the place of the column that names the rows.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    side: int
    widths: Sequence[float]
    breaks: bool
    key: int = 0


def layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, dense: bool = False) -> list[Sheet]:
    """Return a table as one or more sheets to print; `dense`: in as few lines as can be."""
    side, widths = _side(columns, rows) if len(rows) >= (_LONG_DENSE if dense else _LONG) else (1, [])
    if side > 1:
        return [Sheet(_headed(columns, widths, _SMALL, _SMALL_PAD), rows, side, widths, breaks=True, key=_key(columns))]
    return [_whole([columns[place] for place in part], [[row[place] for place in part] for row in rows])
            for part in _parts(columns, rows)]


def _whole(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Sheet:
    """Return a table over the whole width: numbers and short words are never broken, long texts share what is left."""
    natural = [max(width_em(column.header), _widest(rows, place)) * _SIZE + _PAD + _SLACK for place, column in enumerate(columns)]
    if sum(natural) <= WIDTH:
        return Sheet(columns, rows, 1, [], len(rows) > _SHORT, _key(columns))
    wanted = [max(_head(column.header), _widest(rows, place)) * _SIZE + _PAD + _SLACK for place, column in enumerate(columns)]
    wanted = _with_whole_heads(columns, wanted, _SIZE, _PAD, WIDTH)
    widths = _shared(wanted, [place for place, column in enumerate(columns) if not column.numeric], rows)
    heads = _headed(columns, widths, _SIZE, _PAD)
    room = [(width - _PAD) / _SIZE for width in widths]
    lines = sum(max(math.ceil(width_em(cell) / most) for cell, most in zip(row, room, strict=True)) for row in rows)
    return Sheet(heads, rows, 1, widths, lines > _SHORT, _key(columns))


def _key(columns: Sequence[Column]) -> int:
    """Return the place of the column that names the rows: the first of words (a district, not its rank), else the first."""
    return next((place for place, column in enumerate(columns) if not column.numeric), 0)


def _shared(wanted: Sequence[float], texts: Sequence[int], rows: Sequence[Sequence[str]]) -> list[float]:
    """Return widths that add up to the page's: the columns of `texts` that want more than an even part share by their text."""
    widths, long = list(wanted), sorted(texts, key=lambda place: wanted[place])
    while long and sum(widths) > WIDTH:
        room = WIDTH - sum(width for place, width in enumerate(wanted) if place not in long)
        if wanted[long[0]] > room / len(long):
            text = {place: math.sqrt(sum(width_em(row[place]) for row in rows) or 1) for place in long}
            least = min(_LEAST * _SIZE + _PAD, room / len(long))
            spare = room - least * len(long)
            for place in long:
                widths[place] = least + spare * text[place] / sum(text.values())
            break
        long = long[1:]
    over = max(sum(widths) / WIDTH, 1)
    return [round(width / over, 2) for width in widths]


def _with_whole_heads(columns: Sequence[Column], wanted: Sequence[float], size: float, pad: float, room: float) -> list[float]:
    """Return widths in which no header's name is broken, if these fit into `room` points, else those that are wanted."""
    whole = [max(width, width_em(column.header.partition("（")[0]) * size + pad + _SLACK)
             for column, width in zip(columns, wanted, strict=True)]
    return whole if sum(whole) <= room else list(wanted)


def _headed(columns: Sequence[Column], widths: Sequence[float], size: float, pad: float) -> list[Column]:
    """Return columns whose headers are in the lines that their widths have room for."""
    return [replace(column, header=_stacked(column.header, (width - pad) / size))
            for column, width in zip(columns, widths, strict=True)]


def _side(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> tuple[int, list[float]]:
    """Return how many parts of a table are set side by side, and the widths of its columns."""
    wanted = [max(_head(column.header), _widest(rows, place)) * _SMALL + _SMALL_PAD + _SLACK
              for place, column in enumerate(columns)]
    side = min(_MOST, int((WIDTH + _GUTTER) // (sum(wanted) + _GUTTER)))
    room = _room(max(side, 2))
    wanted = _with_whole_heads(columns, wanted, _SMALL, _SMALL_PAD, room)
    text_columns = [place for place, column in enumerate(columns) if not column.numeric]
    if not text_columns:
        return (side, [width * room / sum(wanted) for width in wanted]) if side > 1 else (1, [])
    if side < 2:
        wanted = _narrowed(wanted, text_columns, sum(wanted) - room)
        if sum(wanted) > room + 0.01 or _broken(rows, text_columns, wanted) > _WRAPPED * len(rows):
            return 1, []
        side = 2
    spare = (room - sum(wanted)) / len(text_columns)
    return side, [round(width + (spare if place in text_columns else 0), 2) for place, width in enumerate(wanted)]


def _room(side: int) -> float:
    return (WIDTH - _GUTTER * (side - 1)) / side


def _narrowed(wanted: list[float], text_columns: list[int], over: float) -> list[float]:
    """Return widths with `over` points taken from the widest columns of text_columns, evenly, and none below the least."""
    widths, least = list(wanted), _LEAST * _SMALL + _SMALL_PAD
    while over > 0 and max(widths[place] for place in text_columns) > least:
        widest = max(text_columns, key=lambda place: widths[place])
        step = min(over, 1.0, widths[widest] - least)
        widths[widest] -= step
        over -= step
    return widths


def _broken(rows: Sequence[Sequence[str]], text_columns: list[int], widths: list[float]) -> int:
    return sum(any(width_em(row[place]) * _SMALL + _SMALL_PAD > widths[place] + 0.01 for place in text_columns) for row in rows)


def _parts(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[list[int]]:
    """Return the places of the columns that fit next to each other; the first column is in each part."""
    widths = [_PAD + _SIZE * min(_CELL, max(_head(column.header), _widest(rows, place)))
              for place, column in enumerate(columns)]
    parts, room = [[0]], WIDTH - widths[0]
    for place, width in enumerate(widths[1:], start=1):
        if width > room and len(parts[-1]) > 1:
            parts, room = [*parts, [0]], WIDTH - widths[0]
        parts[-1].append(place)
        room -= width
    return parts


def _stacked(text: str, room: float) -> str:
    """Return a header in the lines that it has room for: its unit below it, a long one in two halves."""
    name, bracket, unit = text.partition("（")
    if width_em(text) <= room:
        return text
    half = (len(name) + 1) // 2
    lines = [name] if width_em(name) <= room else [name[:half], name[half:]]
    return "\n".join([*lines, bracket + unit] if unit else lines)


def _widest(rows: Sequence[Sequence[str]], place: int) -> float:
    return max((width_em(row[place]) for row in rows), default=0)


def _head(text: str) -> float:
    """Return the width that a header needs at least: its unit on a line of its own, a long one on two."""
    name, _, unit = text.partition("（")
    return max(width_em(name) if len(name) <= 3 else (len(name) + 1) // 2, width_em(unit))


def width_em(text: str) -> float:
    """Return the width of a text in em, set in a Chinese font: it draws marks such as “ and — as wide as a Chinese character."""
    wide = sum(1 if unicodedata.east_asian_width(character) in "WFA" else 0.56 for character in text)
    return wide + _SPACE * len(_JOINT.findall(text))


def width_chars(text: str) -> int:
    """Return the width of a text in characters of a spreadsheet or of fixed width: a Chinese one counts two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
