"""HTML: one file that needs no network and runs no code but its own."""

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from helpers.document import number_sources, svg
from helpers.document.blocks import Block, Figure, Grid, Image, List, Paragraph, Prose, Quote, Run, Table, fields, paragraphs
from helpers.document.document import Document
from helpers.document.number_sources import Place
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths

file, CHAPTERS = paths.page, True
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # what changes the direction of all that follows


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return a document as one HTML file, with drawings as SVG and text in the reader's own fonts."""
    script = (paths.TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (paths.TEMPLATES / "page.css").read_text(encoding="utf-8")
    locale = labels.locale(document.language)
    blocks = _views(document.blocks, locale)
    headings = [block for block in blocks if block["kind"] == "heading" and block["level"] <= 3]
    quotes = any(_is_quoted(run) for block in document.blocks for runs in paragraphs(block) for run in runs)
    page = _template().render(document=document, blocks=blocks, headings=headings, style=Markup(style), script=Markup(script),
                              digest=digest, words=locale, quotes=quotes)
    return Rendered(page.encode())


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(paths.TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    return environment.get_template("page.html.j2")


def _views(blocks: Sequence[Block], locale: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return blocks as the template reads them; quoted numbers carry where they come from, and where they are shown again."""
    headers, places = number_sources.column_words(blocks), number_sources.places(blocks)

    def view(at: int, block: Block) -> dict[str, Any]:
        positions = itertools.count()
        return _view(block, f"drawing-{at + 1}-", lambda run: _run(run, headers, locale, places.get((at, next(positions)))))

    return [view(at, block) for at, block in enumerate(blocks)]


def _is_quoted(run: Run) -> bool:
    """Return whether a run is a number with a source to show; a link already leads somewhere else."""
    return run.number is not None and run.number.value is not None and not run.href


def _run(run: Run, headers: Mapping[str, str], locale: Mapping[str, str], place: Place | None) -> dict[str, Any]:
    """Return a run as the template shows it: text, a reference (`ref`), or a number with its `value` and `origin`."""
    shown = vars(run) | {"turning": bool(_TURNING.search(run.text)), "origin": None}
    if not _is_quoted(run):
        return shown
    origin = number_sources.describe(run, headers, locale)
    if place:
        origin |= {"place": place.exhibit.id, "see": f"{locale[place.exhibit.kind]}{place.exhibit.number}"}
        origin |= {} if place.row is None else {"row": place.row}
    return shown | {"value": run.number.value, "origin": origin}


def _view(block: Block, prefix: str, show_run: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
    """Return a block as the template shows it: a figure as inline SVG, a foreign picture as a data address."""
    shown = fields(block)
    match block:
        case Prose() | Paragraph():
            return shown | {"runs": [show_run(run) for run in block.runs]}
        case Figure():
            drawing = svg.clean(block.svg)
            return shown | {"drawing": Markup(svg.inline(drawing, prefix, block.alt)),
                            "pixels": round(svg.size(drawing)[0] / 0.75), "body": _body(block.grid)}
        case Table():
            return shown | {"body": _body(block.grid)}
        case Image():
            address = "data:image/svg+xml;base64," + base64.b64encode(block.svg.encode()).decode()
            return shown | {"address": address, "pixels": round(block.width / 0.75)}
        case List():
            return shown | {"items": [[_view(inner, prefix, show_run) for inner in item] for item in block.items]}
        case Quote():
            return shown | {"blocks": [_view(inner, prefix, show_run) for inner in block.blocks]}
    return shown


def _body(grid: Grid) -> Markup:
    """Return a table's rows as HTML; a cell that is printed otherwise than its value carries it as `data-raw`."""
    numeric = [column.numeric for column in grid.columns]
    lines = ["".join(map(_cell, row, raw, numeric, range(len(row)))) for row, raw in zip(grid.rows, grid.values, strict=True)]
    return Markup("\n".join(f"<tr>{line}</tr>" for line in lines))


def _cell(printed: str, value: Any, numeric: bool, place: int) -> str:
    """Return a cell; the first of a row is its header where it is text."""
    raw = "" if value is None else str(value)
    kept = "" if raw == printed else f' data-raw="{escape(raw)}"'
    if place == 0 and not numeric:
        return f'<th scope="row"{kept}>{escape(printed)}</th>'
    aligned = ' class="number"' if numeric else ""
    return f"<td{aligned}{kept}>{escape(printed)}</td>"
