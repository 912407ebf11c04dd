"""Each figure of a document as files of its own: PNGs as wide as two columns and as one, and an SVG to edit."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import typst
from markupsafe import escape

from helpers.document import svg
from helpers.document.blocks import Figure, Image
from helpers.document.document import Document
from helpers.publish import pdf, table_layout
from helpers.settings import fonts, labels, paths

_PPI = 300  # as newspapers print: the drawing's 160 mm become 1,890 pixels, one column's 89 mm 1,050
_SCREEN = 200  # for a Word file and others that hold drawings
_COLUMNS = {".png": "svg", "-1col.png": "narrow"}  # of what is drawn for each width
_TITLE, _NOTE, _EDGE = 12, 8, 12  # points of an SVG: type of its title, of the other lines, and its edge
_LEADING = 1.4  # height of a line by its type
_SIZED = re.compile(r'\s(?:x|y|width|height)="[^"]*"')
_OVERHANGS = "，。、；：）》”"  # never begin a line
_FONTS = "'Hotline Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def files(document: Document, origin: str, source: str) -> list[Mapping[str, bytes]]:
    """Return for each figure of a document, in its order, its files by their ending: `.png`, `-1col.png`, `.svg`.

    Above the drawing: `origin` (whose hotline, which period) and the caption; below it the `source` by name, and the status of
    the data where they are simulated. Characters that the fonts lack print as in the PDF, or in the system's fonts where the
    document may use them; an SVG has all of them as text. The same document gives the same bytes.
    """
    locale = labels.locale(document.language)
    simulated = f"{locale['left']}{locale['simulated']}{locale['right']}"
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    drawn = [(place, ending, drawing) for place, figure in enumerate(figures) for ending, name in _COLUMNS.items()
             if (drawing := getattr(figure, name))]
    notes = [_note(figure, document, source) for figure in figures]
    marks = [simulated if figure.data == "simulated" else "" for figure in figures]
    pictures = _compiled([{"caption": figures[place].caption, "alt": figures[place].alt, "svg": drawing, "origin": origin,
                           "width": svg.size_of(drawing)[0], "mark": marks[place], "note": notes[place]}
                          for place, _, drawing in drawn], document, _PPI)
    written: list[dict[str, bytes]] = [{} for _ in figures]
    for (place, ending, _), picture in zip(drawn, pictures, strict=True):
        written[place][ending] = picture
    for place, figure in enumerate(figures):
        written[place][".svg"] = _titled(figure, [origin, figure.caption + marks[place]], notes[place]).encode()
    return written


def _note(figure: Figure, document: Document, source: str) -> str:
    """Return what is below a drawing: its source by name, and what simulated data are."""
    return "\n".join([source, *([document.data_words] if figure.data == "simulated" else [])])


def _titled(figure: Figure, above: Sequence[str], note: str) -> str:
    """Return a drawing as SVG with its title above and its source below, all as text that an editor can change."""
    wide, high = svg.size_of(figure.svg)
    origin, caption = above
    heads = [(line, _NOTE, "") for line in _folded(origin, wide, _NOTE)]
    heads += [(line, _TITLE, ' font-weight="bold"') for line in _folded(caption, wide, _TITLE)]
    tails = [(line, _NOTE, "") for line in _folded(note, wide, _NOTE)]
    top = _EDGE + sum(size * _LEADING for _, size, _ in heads) + _NOTE
    whole = top + high + sum(size * _LEADING for _, size, _ in tails) + _EDGE
    across = wide + 2 * _EDGE
    placed = f'<svg x="{_EDGE}" y="{top:g}" width="{wide:g}" height="{high:g}"'  # in units of the outer drawing, which are points
    inner = re.sub(r"<svg\b[^>]*", lambda tag: placed + _SIZED.sub("", tag[0].removeprefix("<svg")), figure.svg, count=1)
    size = f'width="{across:g}pt" height="{whole:g}pt" viewBox="0 0 {across:g} {whole:g}"'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" {size}><title>{_text(caption)}</title><desc>{_text(figure.alt)}</desc>'
            f'<rect width="100%" height="100%" fill="#fff"/>{_lines(heads, _EDGE)}{inner}{_lines(tails, top + high)}</svg>\n')


def _text(value: str) -> str:
    return escape(svg.writable(value))


def _lines(lines: Sequence[tuple[str, float, str]], top: float) -> str:
    """Return lines of text below each other from a height on: each with its size and its weight."""
    written = ""
    for text, size, weight in lines:
        top += size * _LEADING
        written += f'<text x="{_EDGE}" y="{top:g}" font-size="{size}" font-family="{_FONTS}"{weight}>{_text(text)}</text>'
    return written


def _folded(text: str, wide: float, size: float) -> list[str]:
    """Return a text in lines that are no wider than a drawing."""
    lines = []
    for piece in text.split("\n"):
        lines.append("")
        for character in piece:
            if table_layout.width_em(lines[-1] + character) * size > wide and character not in _OVERHANGS:
                lines.append("")
            lines[-1] += character
    return lines


def figure_pngs(document: Document) -> list[bytes]:
    """Return a PNG of each drawing of a document, its figures' and its images', in their order; without any text around them."""
    return _compiled([{"alt": block.alt, "svg": block.svg, "width": svg.size_of(block.svg)[0]}
                      for block in document.blocks if isinstance(block, Figure | Image)], document, _SCREEN)


def _compiled(figures: list[dict[str, Any]], document: Document, ppi: float) -> list[bytes]:
    if not figures:
        return []
    printed = figures if document.system_fonts else pdf.Glyphs(fonts.available(document.fonts)).keep(figures)
    given = {"pictures": json.dumps(printed, ensure_ascii=False), "region": pdf.REGIONS[document.language]}
    compiler = typst.Compiler(str(paths.TEMPLATES / "picture.typ"), root=str(paths.TEMPLATES),
                              font_paths=pdf.typst_fonts(document.fonts, document.system_fonts), sys_inputs=given)
    pages = compiler.compile(format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]

