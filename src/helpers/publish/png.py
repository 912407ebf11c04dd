"""Each figure of a document as files of its own: PNGs as wide as two columns and as one, and an SVG to edit."""

import json
from collections.abc import Mapping
from typing import Any

import typst

from helpers.document import svg
from helpers.document.blocks import Figure, Image
from helpers.document.document import Document
from helpers.drawing import framed
from helpers.publish import pdf
from helpers.settings import fonts, labels, paths

_PPI = 300  # as newspapers print: the drawing's 160 mm become 1,890 pixels, one column's 89 mm 1,050
_SCREEN = 200  # for a Word file and others that hold drawings
_COLUMNS = {".png": "svg", "-1col.png": "narrow"}  # of what is drawn for each width


def files(document: Document, origin: str, source: str) -> list[Mapping[str, bytes]]:
    """Return for each figure of a document, in its order, its files by their ending: `.png`, `-1col.png`, `.svg`.

    Above the drawing: `origin` (whose hotline, which period), title and subtitle; below it the `source` by name, and the status
    of the data where they are simulated. Characters that the fonts lack print as in the PDF, or in the system's fonts where the
    document may use them; an SVG has all of them as text. The same document gives the same bytes.
    """
    locale = labels.locale(document.language)
    simulated = f"{locale['left']}{locale['simulated']}{locale['right']}"
    figures = [block for block in document.blocks if isinstance(block, Figure)]
    drawn = [(place, ending, drawing) for place, figure in enumerate(figures) for ending, name in _COLUMNS.items()
             if (drawing := getattr(figure, name))]
    notes = [_note(figure, document, source) for figure in figures]
    marks = [simulated if figure.data == "simulated" else "" for figure in figures]
    titles = [{"title": figure.head, "subtitle": figure.subtitle, "alt": figure.alt, "origin": origin} for figure in figures]
    pictures = _compiled([titles[place] | {"svg": drawing, "width": svg.size_of(drawing)[0], "mark": marks[place],
                                           "note": notes[place]} for place, _, drawing in drawn], document, _PPI)
    written: list[dict[str, bytes]] = [{} for _ in figures]
    for (place, ending, _), picture in zip(drawn, pictures, strict=True):
        written[place][ending] = picture
    for place, figure in enumerate(figures):
        written[place][".svg"] = _titled(figure, origin, marks[place], notes[place]).encode()
    return written


def _note(figure: Figure, document: Document, source: str) -> str:
    """Return what is below a drawing: its source by name, and what simulated data are."""
    return "\n".join([source, *([document.data_words] if figure.data == "simulated" else [])])


def _titled(figure: Figure, origin: str, mark: str, note: str) -> str:
    """Return a drawing as SVG with its titles above and its source below, all as text that an editor can change."""
    title, subtitle, about, origin, note = map(svg.writable, (figure.head + mark, figure.subtitle, figure.alt, origin, note))
    above = [framed.Line(origin, framed.NOTE), *framed.titles(title, subtitle)]
    return framed.framed(figure.svg, svg.size_of(figure.svg), above, [framed.Line(note, framed.NOTE)], name=title, about=about)


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

