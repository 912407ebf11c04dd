"""PDF by Typst: searchable, tagged, and reproducible byte by byte."""

import atexit
import datetime
import json
import shutil
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import typst

from helpers.document import svg
from helpers.document.blocks import Block, Code, Failure, Figure, List, Paragraph, Prose, Quote, Run, Table, Text, fields
from helpers.document.document import Document
from helpers.publish import row_headers, table_layout
from helpers.publish.formats import Rendered
from helpers.settings import fonts, labels, paths
from helpers.settings.files import scratch_folder

file, CHAPTERS = paths.report, True
REGIONS = {"zh-Hans": "cn", "zh-Hant": "tw"}
_FRAME = ("title", "subtitle", "cover", "data", "data_words", "language", "one_page", "author")  # around the blocks, or metadata
_WIDTH = 96  # characters in a line of code; a Chinese one counts twice
_PLAIN = frozenset("\n" + "".join(map(chr, range(0x20, 0x7F))))


@dataclass
class Glyphs:
    """Replace the characters that the fonts lack: they print as 〔U+841C〕, and `replaced` counts them."""

    available: frozenset[int]
    replaced: int = field(default=0)

    def keep(self, value: Any) -> Any:
        """Return a text, or all texts of lists and dicts, in available characters only; controls are left out."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list | tuple):
            return [self.keep(item) for item in value]
        return {key: self.keep(item) for key, item in value.items()} if isinstance(value, dict) else value

    def missing(self, text: str) -> list[str]:
        """Return the characters of a text that would print as their codes, in order of codes."""
        return sorted(character for character, word in self._replacements(text).items() if word.startswith("〔U+"))

    def _replacements(self, text: str) -> dict[str, str]:
        return {character: self._instead(character) for character in set(text) - _PLAIN
                if ord(character) not in self.available or _radical(character)}

    def _text(self, text: str) -> str:
        instead = self._replacements(text)
        self.replaced += sum(text.count(character) for character, word in instead.items() if word.startswith("〔U+"))
        return text.translate(str.maketrans(instead)) if instead else text

    def _instead(self, character: str) -> str:
        plain = unicodedata.normalize("NFKC", character) if _radical(character) else character
        if plain != character and all(ord(part) in self.available for part in plain):
            return plain
        if unicodedata.category(character) in ("Cc", "Cf", "Cs") or "\ufe00" <= character <= "\ufe0f":
            return ""
        return " " if unicodedata.category(character) == "Zs" else f"〔U+{ord(character):04X}〕"


def _radical(character: str) -> bool:
    """Return whether a character is a radical, U+2E80 to U+2FDF: it looks like an ideograph, but a search does not find it."""
    return "\u2e80" <= character <= "\u2fdf"


_until_exit = ExitStack()  # folders that Typst reads fonts from
atexit.register(_until_exit.close)


@cache
def typst_fonts(own: tuple[str, ...] = (), system: bool = False) -> typst.Fonts:
    """Return the shipped fonts and an edition's own, from which Typst takes what the shipped ones lack; last the `system`'s.

    Typst reads folders, not files, and reads a font when it needs it: the own ones are copied to a folder of this process.
    """
    places = [str(paths.FONTS)]
    if own:
        folder = _until_exit.enter_context(scratch_folder(Path(tempfile.gettempdir()), "hotline-fonts-"))
        for number, file in enumerate(own):
            shutil.copy(file, Path(folder, f"{number:02}{Path(file).suffix}"))
        places.append(str(folder))
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=places)


def source(document: Document) -> tuple[str, int]:
    """Return a document as Typst source that needs no file but the fonts, and how many characters these lack.

    The text is passed as one JSON string, so that none of it is code. Raises ValueError where the locale's text lacks a glyph.
    """
    locale = labels.locale(document.language)
    ours = "".join(locale.values()) + ("".join((document.title, *document.cover)) if document.cover else "")
    available = fonts.available(document.fonts)
    if missing := sorted({character for character in ours if ord(character) not in available}):
        raise ValueError(f"the fonts in {paths.FONTS.name}/ lack {' '.join(missing)}, which the template prints")
    glyphs = Glyphs(available)
    date = document.date and [document.date.year, document.date.month, document.date.day]
    printed = {**{name: getattr(document, name) for name in _FRAME}, "blocks": _blocks(document.blocks, document.dense),
               "words": locale, "dense": document.dense, "run_on": document.run_on, "region": REGIONS[document.language],
               "date": date}
    text = json.dumps(glyphs.keep(printed), ensure_ascii=False)
    literal = text.replace("\\", "\\\\").replace('"', '\\"')
    template = (paths.TEMPLATES / "report.typ").read_text(encoding="utf-8")
    return f'{template}\n#report(json(bytes("{literal}")))\n', glyphs.replaced


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return a document as PDF (A4, PDF/UA-1), and the number of characters replaced; the same document gives the same bytes."""
    text, replaced = source(document)
    date = document.date or datetime.date(1980, 1, 1)
    timestamp = datetime.datetime(date.year, date.month, date.day, tzinfo=datetime.UTC)
    compiler = typst.Compiler(text.encode(), root=str(paths.TEMPLATES), font_paths=typst_fonts(document.fonts))
    content = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=timestamp)
    return Rendered(row_headers.tagged(content), replaced)


def _blocks(blocks: Sequence[Block], dense: bool = False) -> list[dict[str, Any]]:
    return [part for block in blocks for part in _parts(block, dense)]


def _parts(block: Block, dense: bool) -> list[dict[str, Any]]:
    """Return a block as the template reads it: figures measured, code folded, a table as it fits."""
    shown = fields(block)
    match block:
        case Figure():
            width, height = svg.size_of(block.svg)
            return [{key: value for key, value in shown.items() if key != "grid"} | {"width": width, "height": height}]
        case Table():
            return _sheets(block, dense)
        case Prose() | Paragraph():
            return [shown | {"runs": [_run(run) for run in block.runs]}]
        case Code() | Text():
            return [shown | {"text": _folded(block.text)}]
        case Failure():
            return [shown | {"traceback": _folded(block.traceback)}]
        case List():
            return [shown | {"items": [_blocks(item) for item in block.items]}]
        case Quote():
            return [shown | {"blocks": _blocks(block.blocks)}]
    return [shown]


def _sheets(table: Table, dense: bool) -> list[dict[str, Any]]:
    """Return the parts in which a table is printed; the first has its id."""
    common = {"kind": table.kind, "caption": table.caption, "data": table.data, "number": table.number}
    sheets = table_layout.layout(table.grid.columns, table.grid.rows, dense=dense)
    return [common | vars(sheet) | {"columns": [asdict(column) for column in sheet.columns], "continued": place > 0,
                                    "id": None if place else table.id or None} for place, sheet in enumerate(sheets)]


def _run(run: Run) -> dict[str, Any]:
    return {"text": run.text, "style": list(run.style), "href": run.href, "ref": run.ref}


def _folded(text: str) -> str:
    """Break lines that are wider than the page; a Chinese character is as wide as two others."""
    return "\n".join(piece for line in text.expandtabs(4).split("\n") for piece in _pieces(line))


def _pieces(line: str) -> list[str]:
    pieces, wide = [""], 0
    for character in line:
        step = table_layout.width_chars(character)
        if wide + step > _WIDTH:
            pieces, wide = [*pieces, ""], 0
        pieces[-1] += character
        wide += step
    return pieces
