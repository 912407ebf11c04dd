"""The report as a Word file that an office edits: real styles and numbering, type and page as GB/T 9704 has them.

python-docx packages the parts; what it has no API for (Chinese fonts, lists of headings, fields, alternative texts, header
rows) is in the templates `word*.j2`, as Word itself writes it.
"""

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import groupby
from typing import Any

import docx as packages
import jinja2
import yaml
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.parts.image import ImagePart
from markupsafe import Markup, escape

from helpers.document import svg
from helpers.document.blocks import (
    Block,
    Column,
    Figure,
    Heading,
    Image,
    List,
    Paragraph,
    Prose,
    Quote,
    Run,
    Table,
    fields,
)
from helpers.document.document import Document
from helpers.publish import table_layout, word_layout
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths, periods
from helpers.settings.editions import Letterhead

file, CHAPTERS = partial(paths.report, ending="docx"), True
_WIDE, _HIGH = 442.2, 560.0  # points: the 156 mm of a page's text block, and the most that leaves room for a caption
_MARK, _TITLE = 44, 54  # points: the largest type of an issuing office's name above the title; title and space below
_ROOM = 8844  # twentieths of a point: the same width
_PAD = 8.5  # points at both sides of a cell
_CELL, _HEAD = 12, 3  # em: a cell wider than this may wrap, and a column's header
_POINT = 12700  # EMU
_HEADINGS, _APPENDICES, _BULLETS, _FIRST = 1, 2, 3, 10  # numbers of lists; those of an ordered list begin at _FIRST
_DEEPEST = 6  # level of a heading
_LONGEST = 255  # characters of a property
_EITHER = re.compile("[‘’“”—…·×±°]")  # are Latin or Chinese by their font: Word needs a hint
_CHARSETS = {"zh-CN": "86", "zh-TW": "88"}
_KEPT = (RELATIONSHIP_TYPE.STYLES, RELATIONSHIP_TYPE.SETTINGS, RELATIONSHIP_TYPE.NUMBERING, RELATIONSHIP_TYPE.THEME)


def render(document: Document, pictures: Sequence[bytes]) -> Rendered:
    """Return a document as a Word file; the same document gives the same bytes.

    `pictures` are PNGs of its figures and images, in their order. Headings and captions are numbered by Word, so that an editor
    may move them; the numbers that it comes to are those of the document. The contents name every heading behind them down to
    the third level with its page (`word_layout`). There is no running head, as GB/T 9704 has none, but for the mark of simulated
    data.
    Characters that XML cannot hold, and those that turn the direction of what follows, are written as 〔U+0001〕.
    """
    package = packages.Document(io.BytesIO(_base(document.language)))
    locale = labels.locale(document.language)
    simulated = locale["left"] + locale["simulated"] + locale["right"]
    body = _Body(package.part, pictures)
    shown = [block | {"marked": simulated if block.get("data") == "simulated" else ""} for block in body.blocks(document.blocks)]
    front = _front(shown) if document.cover else 0
    blocks = [*word_layout.compose(shown[:front]),
              *word_layout.compose(shown[front:], 0 if document.cover else _opening(document))]  # begins on page 1
    appendices = sum(block.get("list") == _APPENDICES and block["level"] == 1 for block in blocks)
    heads = {("header", name): _running(package.part.add_header_part(), mark=locale["simulated"])
             for name in ("default", "even") if document.data == "simulated"}
    feet = {("footer", name): _running(package.part.add_footer_part(), side=side)
            for name, side in (("default", "right"), ("even", "left"))}
    filled = _xml("word.xml.j2", document=document, blocks=blocks, words=locale, headers=heads, footers=feet,
                  front=front,
                  entries=[block for block in blocks[front:] if block["kind"] == "heading" and block["level"] <= 3],
                  letterhead=_letterhead(document.letterhead), **_signature(document, blocks))
    package.element.replace(package.element.body, filled)
    _refill(package.part.numbering_part.element, "word-numbering.xml.j2", lists=body.lists,
            appendix=locale["appendix"] + ("%1" if appendices > 1 else "") + "\u3000")
    _describe(package.core_properties, document)
    saved = io.BytesIO()
    package.save(saved)
    return Rendered(_dated(saved))


def _front(blocks: Sequence[dict[str, Any]]) -> int:
    """Return how many blocks stand before the contents."""
    if not (blocks and blocks[0].get("front")):
        return 0
    return next((place for place, block in enumerate(blocks) if block["kind"] == "heading" and not block["front"]), len(blocks))


def _opening(document: Document) -> float:
    """Return how high title, subtitle and the status of the data are above a chapter that is a document of its own."""
    status = [{"kind": "note", "said": document.data_words}] if document.data_words else []
    return _TITLE + (_TITLE if document.subtitle else 0) + sum(map(word_layout.height, status))


def _letterhead(letterhead: Letterhead | None) -> dict[str, Any]:
    """Return what 版头 and 版记 print: the size of the office's name, at most as wide as the page, and dates in words."""
    if not letterhead:
        return {}
    size = min(_MARK, int(_WIDE / max(table_layout.width_em(letterhead.mark), 1)))
    return letterhead.model_dump() | {"size": size, "printed": letterhead.printed and periods.day(letterhead.printed)}


def _signature(document: Document, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return 署名 and 成文日期, how far each is from the right in characters, and before which block they stand.

    Without a seal, the date begins two characters to the right of the office's name, and the longer of both ends two characters
    from the margin (GB/T 9704—2012, 7.3.5.2). They stand at the end of the text, before appendices.
    """
    lines = [line for line in (document.issuer, document.issued and periods.day(document.issued)) if line]
    widths = [word_layout.width_em(line) for line in lines]
    indents = [2.0] if len(lines) < 2 else [max(2.0, 4 + widths[1] - widths[0]), max(2.0, widths[0] - widths[1])]
    before = next((place for place, block in enumerate(blocks) if block.get("list") == _APPENDICES), len(blocks))
    return {"signature": list(zip(lines, indents, strict=False)), "signed_before": before}


def _describe(properties: Any, document: Document) -> None:
    """Set title, subject, comments, language and date; a document without a date gets 1980-01-01, the first of ZIP."""
    date = document.date or datetime.date(1980, 1, 1)
    texts = (svg.writable(text)[:_LONGEST] for text in (document.title, document.subtitle, document.data_words))
    properties.title, properties.subject, properties.comments = texts
    properties.author = properties.last_modified_by = ""
    properties.language = _names(document.language)["locale"]
    properties.created = properties.modified = datetime.datetime(date.year, date.month, date.day)


def _dated(saved: io.BytesIO) -> bytes:
    """Return a package whose files all have one fixed date; pictures are compressed already and only stored."""
    again = io.BytesIO()
    with zipfile.ZipFile(saved) as before, zipfile.ZipFile(again, "w") as after:
        for name in before.namelist():
            compressed = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            after.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), before.read(name), compressed)
    return again.getvalue()


@cache
def _names(language: str) -> dict[str, Any]:
    """Return the fonts and styles of a language, by their part."""
    return yaml.safe_load((paths.TEMPLATES / "word.yml").read_text(encoding="utf-8"))[language]


@cache
def _base(language: str) -> bytes:
    """Return an empty Word file with the styles, fonts and settings of a language, and none of python-docx's own."""
    file, names = packages.Document(), _names(language)
    for part, kept in ((file.part, _KEPT), (file.part.package, (RELATIONSHIP_TYPE.OFFICE_DOCUMENT,))):
        for key in [key for key, relation in part.rels.items() if relation.reltype not in kept]:
            del part.rels[key]
    _refill(file.styles.element, "word-styles.xml.j2", **names)
    _refill(file.settings.element, "word-running.xml.j2", part="settings", **names)
    table = _template("word-running.xml.j2").render(part="fonts", charset=_CHARSETS[names["locale"]], **names).strip()
    fonts = Part(PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, table.encode(), file.part.package)
    file.part.relate_to(fonts, RELATIONSHIP_TYPE.FONT_TABLE)
    saved = io.BytesIO()
    file.save(saved)
    return saved.getvalue()


@cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(paths.TEMPLATES), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True)
    environment.filters["text"] = _text
    environment.filters["writable"] = svg.writable
    environment.tests["chinese"] = lambda text: bool(_EITHER.search(str(text)))
    return environment.get_template(name)


def _xml(name: str, **given: Any) -> Any:
    return parse_xml(_template(name).render(**given).strip())


def _refill(element: Any, name: str, **given: Any) -> None:
    """Replace the children of a package's element by those of a template's outer element."""
    element[:] = _xml(name, **given)[:]


def _running(created: tuple[Any, str], **given: Any) -> str:
    """Fill a header or footer, and return its relationship id."""
    part, name = created
    _refill(part.element, "word-running.xml.j2", part="header" if "mark" in given else "footer", **given)
    return name


def _text(value: Any) -> Markup:
    """Return a text as a run holds it: lines and tabs are elements, all else is text."""
    pieces = re.split(r"(\r\n|[\n\t\r])", svg.writable(value))
    return Markup("").join(Markup("<w:tab/>") if piece == "\t" else Markup("<w:br/>") if piece in ("\n", "\r", "\r\n")
                           else Markup('<w:t xml:space="preserve">') + escape(piece) + Markup("</w:t>")
                           for piece in pieces if piece)


class _Body:
    """Readies blocks for the template: pictures and addresses lie in the file's parts, lists and anchors are numbered."""

    def __init__(self, part: Any, pictures: Sequence[bytes]):
        self.part, self.pictures, self.lists, self.marks = part, enumerate(pictures, start=1), [], 0
        self.list = _HEADINGS

    def blocks(self, blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
        """Yield blocks as the template reads them, lists and quotes one after another; the first appendix opens a page."""
        for place, block in enumerate(blocks):
            match block:
                case Heading():
                    yield self._heading(block)
                case Figure() | Image():
                    yield self._marked(block) | self._picture(block)
                case Table():
                    following = next(iter(blocks[place + 1: place + 2]), None)
                    parted = following is None or (isinstance(following, Table) and not following.caption)
                    laid = self._marked(block) | _widths(block.grid.columns, block.grid.rows) | {"parted": parted}
                    yield laid | {"kept": word_layout.kept(laid), "head": word_layout.head(laid)}
                case List():
                    yield from self._list(block, 0)
                case Quote():
                    yield from (shown | {"quoted": True} for shown in self.blocks(block.blocks))
                case Prose():
                    yield fields(block) | {"runs": list(_joined(block.runs))}
                case Paragraph():
                    yield fields(block) | {"runs": [self._addressed(run) for run in block.runs]}
                case _:
                    yield fields(block)

    def _marked(self, block: Heading | Figure | Image | Table) -> dict[str, Any]:
        """Return a block with the number and the name of its bookmark."""
        self.marks += 1
        anchor = _anchor(getattr(block, "id", "") or f"shown-{self.marks}")
        return fields(block) | {"mark": self.marks, "anchor": anchor}

    def _heading(self, heading: Heading) -> dict[str, Any]:
        """Return a heading with the list that numbers it: those below an appendix continue the appendix's."""
        opens = heading.appendix and self.list == _HEADINGS and self.marks > 0
        if heading.level == 1:
            self.list = _APPENDICES if heading.appendix else _HEADINGS
        level = min(heading.level, _DEEPEST)
        return self._marked(heading) | {"level": level, "list": self.list if heading.number else 0, "opens": opens}

    def _picture(self, block: Figure | Image) -> dict[str, Any]:
        """Add a picture to the file, and return its name there and its size, at most that of the page."""
        number, png = next(self.pictures)
        part = ImagePart(PackURI(f"/word/media/image{number}.png"), CONTENT_TYPE.PNG, png)
        wide, high = svg.size_of(block.svg)
        scale = min(1, _WIDE / wide, _HIGH / high) * _POINT
        name = self.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
        return {"picture": name, "wide": round(wide * scale), "high": round(high * scale)}

    def _addressed(self, run: Run) -> dict[str, Any]:
        address = run.href and self.part.relate_to(svg.writable(run.href), RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        return vars(run) | {"address": address}

    def _list(self, block: List, level: int) -> Iterator[dict[str, Any]]:
        """Yield the paragraphs of a list; the first of an item has its number, those below it are only indented."""
        number = _BULLETS
        if block.ordered:
            number = _FIRST + len(self.lists)
            self.lists.append({"number": number, "level": level, "start": block.start})
        for item in block.items:
            unnumbered = number
            for inner in item:
                if isinstance(inner, List):
                    yield from self._list(inner, min(level + 1, 8))
                    continue
                for shown in self.blocks([inner]):
                    yield shown | {"item": {"number": unnumbered, "level": level}}
                    unnumbered = None


def _anchor(name: str) -> str:
    """Return the name of a bookmark: that of a heading as Word itself gives it, which its contents know."""
    return name.replace("section-", "_Toc").replace("-", "_")


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield the runs of prose, all text between two references as one."""
    for is_reference, group in groupby(runs, key=lambda run: run.ref is not None):
        yield from ((Run(run.text, ref=_anchor(run.ref)) for run in group) if is_reference
                    else (Run(text) for text in ["".join(run.text for run in group)] if text))


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the widths of a table's columns, which fill the page, and the `size` of its type, 1 to 3.

    The type is the largest in which no line breaks but those of headers, which have one line where there is room; else the
    largest in which no column is wider than `_CELL` needs to be.
    """
    heads = [table_layout.width_em(column.header) for column in columns]
    cells = [[table_layout.width_em(row[place]) for row in rows] or [0] for place, _ in enumerate(columns)]
    whole = [max(head, *cell) for head, cell in zip(heads, cells, strict=True)]
    broken = [max(min(head, _HEAD), (head + 1) / 2, *cell) for head, cell in zip(heads, cells, strict=True)]
    sizes = list(enumerate(word_layout.CELL_SIZES))
    fitting = ((place, widths) for place, size in sizes for widths in (_points(whole, size), _points(broken, size))
               if sum(widths) <= _WIDE)
    place, widths = next(fitting, (None, []))
    if place is None:
        capped = [min(em, _CELL) for em in broken]
        place = next((place for place, size in sizes if sum(_points(capped, size)) <= _WIDE), len(sizes) - 1)
        widths = _shared(_points(broken, sizes[place][1]), [sum(cell) for cell in cells])
    return {"widths": [int(_ROOM * width / sum(widths)) for width in widths], "size": place + 1}


def _points(widths: Sequence[float], size: float) -> list[float]:
    """Return the widths of columns in points, of those of their texts in em."""
    return [em * size + _PAD for em in widths]


def _shared(wanted: Sequence[float], texts: Sequence[float]) -> list[float]:
    """Return widths that fit the page: narrow columns keep theirs, the others share the rest by how much text they hold."""
    room, wide = _WIDE, sorted(range(len(wanted)), key=lambda place: wanted[place])
    while wide and wanted[wide[0]] <= room / len(wide):
        room -= wanted[wide.pop(0)]
    least = room / len(wide) / 2 if wide else 0
    held = sum(texts[place] for place in wide) or 1
    return [least + (room - least * len(wide)) * texts[place] / held if place in wide else wanted[place]
            for place in range(len(wanted))]
