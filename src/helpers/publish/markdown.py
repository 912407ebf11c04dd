"""The report as Markdown (`report.md`), to be pasted into a wiki and compared line by line: CommonMark with pipe tables.

A paragraph is one line. Figures are images in `figures/`, their alternative texts hold the values. Text is escaped, so that no
name becomes markup.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from helpers.document.blocks import (
    Absence,
    Block,
    Code,
    Exhibit,
    Failure,
    Figure,
    Heading,
    Image,
    List,
    Paragraph,
    Prose,
    Quote,
    Rule,
    Run,
    Table,
    Text,
)
from helpers.document.document import Document
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths

file = partial(paths.report, ending="md")
_MARKUP = re.compile(r"([\\`*_\[\]<>|~&$#!{}]|:(?=//)|(?<=www)\.)", re.IGNORECASE)  # the last two begin addresses
_LINE_START = re.compile(r"^(\d+(?=[.)])|(?=[-+=]))")
_INNER = re.compile(r"^([\W_]*)(.*?)([\W_]*)$")  # emphasis next to a Chinese stop is not parsed, so the stop stays outside
_KEPT = "/:?#[]@!$&'()*+,;=%~"  # of a web address
_STYLES = {"strong": "**", "emphasis": "*", "struck": "~~"}


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return a document as Markdown in UTF-8; the same document gives the same bytes."""
    locale = labels.locale(document.language)
    status = [Quote([_note(locale["simulated"], document.data_words)])] if document.data == "simulated" else []
    cover = List([[Paragraph([Run(line)])] for line in document.cover])
    front = [Heading(0, document.title), Paragraph([Run(document.subtitle)]), cover]
    lines = _lines([*front, *status, *document.blocks], locale)
    return Rendered(("\n".join(lines) + "\n").encode("utf-8", "replace"))


def escaped(text: str) -> str:
    """Return a text of which Markdown makes no markup inside a line; controls and line breaks become blanks."""
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character for character in text)
    return _MARKUP.sub(r"\\\1", " ".join(plain.split()))


def pipe_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> list[str]:
    """Return the lines of a table whose columns of numbers are aligned to the right."""
    cells = [[escaped(cell) for cell in row] for row in (header, *rows)]
    cells.insert(1, ["---:" if right else "---" for right in numeric])
    return [f"| {' | '.join(row)} |" for row in cells]


def _lines(blocks: Sequence[Block], locale: Mapping[str, str]) -> list[str]:
    """Return the lines of blocks, an empty one between two blocks; a block without text has none."""
    shown = filter(None, (list(_block(block, locale)) for block in blocks))
    return [line for lines in shown for line in (*lines, "")][:-1]


def _block(block: Block, locale: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a block."""
    match block:
        case Heading():
            yield f"{'#' * min(block.level + 1, 6)} {escaped(block.number + block.text)}"
        case Prose() | Paragraph():
            yield from filter(None, [_paragraph(block.runs)])
        case Table():
            yield from _caption(block, locale)
            columns = block.grid.columns
            yield from pipe_table([column.header for column in columns], block.grid.rows, [column.numeric for column in columns])
        case Figure():
            address = _address(paths.figure(Path(), block.file).as_posix())
            yield from (f"![{escaped(block.alt)}](<{address}>)", "") if block.file else ()
            yield from _caption(block, locale)
        case Image():
            yield f"〔{escaped(block.alt)}〕"
        case List():
            yield from _list(block, locale)
        case Quote():
            yield from (f"> {line}".rstrip() for line in _lines(block.blocks, locale))
        case Absence():
            yield from _block(Quote([_note(locale["absent"], f"{block.what}{locale['colon']}{block.reason}")]), locale)
        case Failure():
            about = _note(locale["failure"], locale["colon"].join(filter(None, [block.title, block.reason])))
            yield from _block(Quote([about, *([Text(block.traceback)] if block.traceback else [])]), locale)
        case Code() | Text():
            fence = _fence(block.text, 3)
            yield from (fence, *block.text.split("\n"), fence)
        case Rule():
            yield "***"


def _caption(exhibit: Exhibit, locale: Mapping[str, str]) -> Iterator[str]:
    """Yield the line of a numbered figure's or table's caption."""
    if exhibit.number:
        mark = f"{locale['left']}{locale['simulated']}{locale['right']}" if exhibit.data == "simulated" else ""
        yield f"**{locale[exhibit.kind]}{exhibit.number}** {escaped(exhibit.caption)}{mark}"
        yield from [""] if isinstance(exhibit, Table) else []


def _note(label: str, text: str) -> Paragraph:
    return Paragraph([Run(label, ("strong",)), Run(f" {text}")])


def _list(block: List, locale: Mapping[str, str]) -> Iterator[str]:
    for number, item in enumerate(block.items, start=block.start):
        mark = f"{number}. " if block.ordered else "- "
        first, *others = _lines(item, locale) or [""]
        yield f"{mark}{first}".rstrip()
        yield from (f"{' ' * len(mark)}{line}".rstrip() for line in others)


def _paragraph(runs: Sequence[Run]) -> str:
    """Return a paragraph as one line that no mark at its beginning turns into a list or heading."""
    line = " ".join("".join(map(_run, runs)).split())
    return _LINE_START.sub(r"\1\\", line)


def _run(run: Run) -> str:
    """Return a run with its styles and link; blanks at its ends are kept."""
    before, inner, after = _INNER.match(" ".join(run.text.splitlines())).groups() if run.style else ("", run.text, "")
    if "code" in run.style:
        fence = _fence(run.text, 1)
        return f"{fence} {' '.join(run.text.split())} {fence}"
    marks = "".join(_STYLES[style] for style in run.style) if inner else ""
    text = f"{_spaced(before)}{marks}{_spaced(inner)}{marks[::-1]}{_spaced(after)}"
    return f"[{text}](<{_address(quote(run.href, safe=_KEPT))}>)" if run.href else text


def _spaced(text: str) -> str:
    """Return a text escaped, with a blank at each end where it has one."""
    return f"{' ' * text[:1].isspace()}{escaped(text)}{' ' * (text[-1:].isspace() and bool(text.strip()))}"


def _address(address: str) -> str:
    """Return an address that reads no entity in itself."""
    return address.replace("&", "&amp;")


def _fence(text: str, least: int) -> str:
    """Return as many backticks as close nothing in a text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))
