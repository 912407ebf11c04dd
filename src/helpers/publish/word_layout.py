"""Lay out a Word file's blocks on its pages: page numbers for the contents, and no page left half empty by a figure.

Every line of the styles `word-styles.xml.j2` has an exact height, and a Chinese character one width, whichever font a machine
has: so pages follow from counting lines and characters, as the grid of GB/T 9704 (22 lines of 28) means it. Word processors
differ in where they break a line; a figure, table or heading whose place on a page hangs on a line opens a page. A test
compares the pages with those that LibreOffice makes. Lengths are in points.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

WIDE, HIGH = 442.45, 637.8  # the text block of a page
LINE = 28.95  # of text, headings, quotes and lists
CELL_SIZES = (12, 10.5, 9)  # the type of a table, the largest in which it fits
CELL_LEADING, _CELL_SPACE, _CELL_PAD = 1.5, 3, 8.5  # height of a line by its type; above and below a cell's lines; at its sides
_FIRST, _LAST = 3, 3  # rows of a higher table that stay together at its start and end
_RULES = 2.25, 1.5  # the lines of a table: above and below its header, and at its end
_EM, _TIGHTER = 16, 0.25  # of the text, and how much closer than that its characters stand
_SPACED = 0.2  # em between a Chinese character and a digit, as LibreOffice sets it; Word a quarter
_SMALL, _SMALL_LINE = 12, 18  # notes and captions: type and line
_BEFORE = {"figure": 3, "image": 6, "table": 3, "absence": 6, "failure": 6, "code": 6, "text": 6, "rule": 6}
_AFTER = {"figure": 6, "image": 6, "absence": 6, "failure": 6, "code": 6, "text": 6, "rule": 6}
# Of two such spaces, that after a block and that before the next, the larger counts.
_BELOW_CAPTION = 6
_SUBTITLE = 10.5  # of a figure
_CODE, _CODE_LINE = 9, 13.5
_INDENT = 32  # two characters
_POINT = 12700  # EMU
_LEAST = 0.75  # of its size, to which a figure may be scaled so that it fits
_WHOLE_KINDS = ("figure", "image", "table", "heading")
_WHOLE = HIGH / 2  # a table up to this height stays on one page
_HANGING = set("。，、；：！？")  # may end a line beyond the margin, after a Chinese character
_NEVER_FIRST = _HANGING | set("）》」』】”’％〕")
_NEVER_LAST = set("（《「『【“‘〔")
_WORDS = re.compile(r"[!-~]+|\s|.", re.S)
_TIMES = {".": 0.25, ",": 0.25, ":": 0.28, ";": 0.28, "%": 0.83, "-": 0.33, "(": 0.33, ")": 0.33, "/": 0.28, " ": 0.25,
          "[": 0.33, "]": 0.33, "_": 0.5, "'": 0.18, "i": 0.28, "j": 0.28, "l": 0.28, "t": 0.28, "f": 0.33, "r": 0.33,
          "m": 0.78, "w": 0.72, "M": 0.89, "W": 0.94}

Shown = dict[str, Any]  # a block as `docx` hands it to the template


def compose(blocks: Sequence[Shown], opening: float = 0) -> list[Shown]:
    """Return blocks in the order in which they are printed; headings have their `page`, from 1, and figures the size that fits.

    `opening` is how much of the first page a title takes.

    A figure for which the page has no room is scaled to at least three quarters; else text of its own section that follows it is
    printed before it. Figures and tables keep their order, and nothing passes a heading or a table.
    """
    left, page, printed = list(blocks), _Page(opening), []
    while left:
        block = left.pop(0)
        if block["kind"] in ("figure", "image") and not page.has_room(page.space(block) + height(block) + LINE):
            block = _scaled(block, page.room - page.space(block) - LINE - 1)
            if not page.has_room(page.space(block) + height(block) + LINE) and (place := _next_text(left)) is not None:
                left = [left[place], block, *left[:place], *left[place + 1:]]
                continue
        printed.append(page.place(block, left))
    return printed


class _Page:
    """The page that is being filled: its number, and how much of it is used."""

    def __init__(self, used: float) -> None:
        self.number, self.used, self.after = 1, used, 0.0

    @property
    def room(self) -> float:
        return HIGH - self.used

    def has_room(self, high: float) -> bool:
        return high <= self.room + 0.1

    def space(self, block: Shown) -> float:
        """Return the space above a block here: none at the top of a page, of two spaces between blocks the larger."""
        return max(_BEFORE.get(block["kind"], 0) - self.after, 0) if self.used else 0

    def turn(self) -> None:
        if self.used:
            self.number, self.used, self.after = self.number + 1, 0.0, 0.0

    def place(self, block: Shown, following: Sequence[Shown]) -> Shown:
        """Put a block on the page, or on the next ones, and return it; a heading with the number of its page."""
        pieces = list(_pieces(block))
        needed = self.space(block) + sum(_together(pieces, block, following))
        whole = block["kind"] in _WHOLE_KINDS
        if self.used and whole and abs(self.room - needed) < LINE:  # one line more or less would decide
            block = block | {"opens": True}
        if block.get("opens") or not self.has_room(needed):
            self.turn()
        first = self.number
        self.used += self.space(block)
        for piece in pieces:
            if not self.has_room(piece):
                self.turn()
                self.used += block.get("head", 0)
            self.used += piece
        self.after = _AFTER.get(block["kind"], 0)
        self.used += self.after
        return block | {"page": first} if block["kind"] == "heading" else block


def _together(pieces: Sequence[float], block: Shown, following: Sequence[Shown]) -> list[float]:
    """Return the pieces at the start of a block that stay on one page, with those of the next where it keeps with that."""
    if block["kind"] != "heading":
        return [*pieces[:1 + (block["kept"] + 1 if "kept" in block else 0)]]
    after = following[:1]
    return [*pieces, *(_together(list(_pieces(after[0])), after[0], following[1:]) if after else [])]


def _scaled(block: Shown, room: float) -> Shown:
    """Return a figure as high as the room allows, as it was where that would make it too small."""
    picture = block["high"] / _POINT
    share = (room - (height(block) - picture)) / picture
    return block | {side: int(block[side] * share) for side in ("wide", "high")} if _LEAST <= share < 1 else block


def _next_text(following: Sequence[Shown]) -> int | None:
    """Return the place of the next text that may be printed before a figure: none beyond a heading or a table."""
    for place, block in enumerate(following):
        if block["kind"] in ("prose", "paragraph") and not block.get("item"):
            return place
        if block["kind"] not in ("figure", "image"):
            return None
    return None


def height(block: Shown) -> float:
    """Return how high a block is on a page that has room for all of it."""
    return sum(_pieces(block))


def _pieces(block: Shown) -> Iterator[float]:
    """Yield the heights of what a page break may part: lines of a text, rows of a table; a figure is one piece."""
    match block["kind"]:
        case "heading":
            yield LINE * lines(block["number"] + block["text"], WIDE, _EM, _INDENT)
        case "figure" | "image":
            yield block["high"] / _POINT + (_caption(block) + _BELOW_CAPTION if block.get("caption") else 0)
        case "table":
            yield (_caption(block) + _BELOW_CAPTION if block["caption"] else 0) + head(block)
            rows = row_heights(block)
            together = max(len(rows) - _LAST, 0)
            yield from [*rows[:together], sum(rows[together:]) + _RULES[1]]
        case "prose" | "paragraph":
            yield from _text(block)
        case "code" | "text":
            yield from [_CODE_LINE] * lines(block["text"], WIDE, _CODE)
        case _:
            said = " ".join(str(value) for value in block.values() if isinstance(value, str))
            yield _SMALL_LINE * lines(said, WIDE, _SMALL)


def _text(block: Shown) -> Iterator[float]:
    text = "".join(run["text"] if isinstance(run, dict) else run.text for run in block["runs"])
    narrower = (block["item"]["level"] + 1) * _INDENT if block.get("item") else 2 * _INDENT if block.get("quoted") else 0
    yield from [LINE] * lines(text, WIDE - narrower, _EM, 0 if block.get("item") else _INDENT)


def _caption(block: Shown) -> float:
    title = f"图{block['number']}　{block.get('title') or block['caption']}{block.get('marked', '')}"
    below = block.get("subtitle")
    return _SMALL_LINE * (lines(title, WIDE, _SMALL) + (lines(below, WIDE, _SUBTITLE) if below else 0))


def head(table: Shown) -> float:
    """Return the height of a table's header."""
    return _row([column.header for column in table["grid"].columns], table) + _RULES[0]


def row_heights(table: Shown) -> list[float]:
    """Return the height of each row of a table."""
    return [_row(row, table) for row in table["grid"].rows]


def _row(cells: Sequence[str], table: Shown) -> float:
    size = CELL_SIZES[table["size"] - 1]
    most = max(lines(cell, width / 20 - _CELL_PAD, size) for cell, width in zip(cells, table["widths"], strict=True))
    return most * size * CELL_LEADING + _CELL_SPACE


def kept(table: Shown) -> int:
    """Return how many rows from the first keep with the next: all of a low table, so that it is not parted."""
    rows = row_heights(table)
    return len(rows) if head(table) + sum(rows) <= _WHOLE else _FIRST - 1


def width_em(text: str) -> float:
    """Return how wide a text is in characters of the text's type: two digits are one."""
    return sum(_advance(character, 1) for character in text)


def lines(text: str, wide: float, size: float, indent: float = 0) -> int:
    """Return how many lines a text has in a type, at least one: numbers and Latin words are whole, no stop begins a line."""
    return sum(_broken(piece, wide, size, indent) for piece in text.split("\n"))


@lru_cache(maxsize=8192)
def _broken(text: str, wide: float, size: float, indent: float) -> int:
    count, used, kept = 1, indent, 0.0  # of the line, and of what goes with the next word to the next line
    last = ""
    for word in _WORDS.findall(text):
        apart = _SPACED * size if last and _spaced(last[-1], word[0]) else 0
        width = sum(_advance(character, size) for character in word)
        kept = kept + width if last and (word in _NEVER_FIRST or last in _NEVER_LAST) else width
        used += apart + width
        hangs = word in _HANGING and not last.isascii()
        if used > wide + 0.01 and not hangs and not word.isspace():
            more = max(math.ceil((kept - 0.01) / wide), 1)
            count, used = count + more, kept - (more - 1) * wide
        last = word
    return count


def _spaced(before: str, after: str) -> bool:
    """Return whether a word processor sets two characters apart: a Chinese one and a Latin letter or digit."""
    kinds = [unicodedata.category(before), unicodedata.category(after)]
    return "Lo" in kinds and any(character.isascii() and character.isalnum() for character in (before, after))


def _advance(character: str, size: float) -> float:
    closer = _TIGHTER if size == _EM else 0
    if unicodedata.east_asian_width(character) in "WFA":
        return size - closer
    return _TIMES.get(character, 0.5 if not character.isupper() else 0.68) * size - closer
