"""Each figure of a document as a PNG of its own, for a newspaper's page or a slide."""

import json
from typing import Any

import typst

from helpers.document import svg
from helpers.document.blocks import Figure, Image
from helpers.document.document import Document
from helpers.publish import pdf
from helpers.settings import fonts, labels, paths

_PPI = 200  # the drawing's 6.3 inches become 1,260 pixels


def pngs(document: Document, origin: str) -> list[bytes]:
    """Return a PNG for each figure of a document, in its order; the same document gives the same bytes.

    Above the drawing: `origin` (whose hotline, which period) and the caption; below it the status of the data, in full where they
    are simulated. Characters that the fonts lack print as in the PDF, or in the system's fonts where the document may use them.
    """
    locale = labels.locale(document.language)
    simulated = f"{locale['left']}{locale['simulated']}{locale['right']}"
    figures = [_picture(block, simulated) | {"origin": origin, "status": document.data_words}
               for block in document.blocks if isinstance(block, Figure)]
    return _compiled(figures, document)


def figure_pngs(document: Document) -> list[bytes]:
    """Return a PNG of each drawing of a document, its figures' and its images', in their order; without any text around them."""
    return _compiled([{"alt": block.alt, "svg": block.svg, "width": svg.size(svg.clean(block.svg))[0]}
                      for block in document.blocks if isinstance(block, Figure | Image)], document)


def _compiled(figures: list[dict[str, Any]], document: Document) -> list[bytes]:
    if not figures:
        return []
    printed = figures if document.system_fonts else pdf.Glyphs(fonts.available(document.fonts)).keep(figures)
    given = {"pictures": json.dumps(printed, ensure_ascii=False), "region": pdf.REGIONS[document.language]}
    compiler = typst.Compiler(str(paths.TEMPLATES / "picture.typ"), root=str(paths.TEMPLATES),
                              font_paths=pdf.typst_fonts(document.fonts, document.system_fonts), sys_inputs=given)
    pages = compiler.compile(format="png", ppi=_PPI)
    return pages if isinstance(pages, list) else [pages]


def _picture(figure: Figure, simulated: str) -> dict[str, Any]:
    width, _ = svg.size(svg.clean(figure.svg))
    mark = simulated if figure.data == "simulated" else ""
    return {"caption": figure.caption, "alt": figure.alt, "svg": figure.svg, "width": width, "mark": mark}
