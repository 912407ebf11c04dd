"""HTML: one file that needs no network and runs no code but its own."""

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from helpers.document import number_sources, svg
from helpers.document.blocks import (
    Block,
    Exhibit,
    Figure,
    Grid,
    Heading,
    Image,
    List,
    Paragraph,
    Prose,
    Quote,
    Run,
    Table,
    fields,
    paragraphs,
)
from helpers.document.document import Document
from helpers.document.number_sources import Place
from helpers.drawing import style as drawing_style
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths, script

file, CHAPTERS = paths.page, True
FILTERS = ("district", "category")  # the dimensions of which a reader may see one name alone

_TIMES = ("month", "year", "hour", "weekday")  # kinds of numbers that need no source: 11月
_OWN = ("main", "card", "value")  # ids of the page itself
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # what changes the direction of all that follows


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return a document as one HTML file, with drawings as SVG and text in the reader's own fonts."""
    code = (paths.TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    style = (paths.TEMPLATES / "page.css").read_text(encoding="utf-8")
    locale = labels.locale(document.language)
    anchors = _anchors(document.blocks)
    blocks = _views(document.blocks, anchors, locale)
    headings = [block for block in blocks if block["kind"] == "heading" and block["level"] <= 3]
    quotes = any(_is_quoted(run) for block in document.blocks for runs in paragraphs(block) for run in runs)
    page = _template().render(document=document, blocks=blocks, headings=headings, style=Markup(style), script=Markup(code),
                              digest=digest, words=locale, quotes=quotes, anchors=anchors, dimensions=FILTERS,
                              filters=_filters(document.blocks, locale) if headings else [],
                              files=[(quote(name), locale[f"as_{kind}"]) for kind, name in document.files.items()
                                     if f"as_{kind}" in locale])
    return Rendered(page.encode())


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(paths.TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    return environment.get_template("page.html.j2")


def _anchors(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the address within the page of each heading, figure and table, by its id: names, which stay when places change.

    A section's heading is its entity (`district-朝阳区`); what is below it has that before its own name, unless its name has the
    entity's. Equal names are counted.
    """
    found, taken, sections = {}, set(_OWN), []
    for block in blocks:
        if isinstance(block, Heading):
            sections = [section for section in sections if section.level < block.level]
        if not isinstance(block, Heading | Exhibit) or not block.id:
            continue
        within = next((section for section in reversed(sections) if section.entity), None)
        name = _anchor(block, within)
        counted = (f"{name}-{number}" for number in itertools.count(2))
        free = next(each for each in itertools.chain([name], counted) if each not in taken)
        taken.add(free)
        found[block.id] = free
        sections += [block] if isinstance(block, Heading) else []
    return found


def _anchor(block: Heading | Exhibit, within: Heading | None) -> str:
    if isinstance(block, Heading) and block.entity:
        return _slug([*block.entity][-1], *block.entity.values())
    named = block.text if isinstance(block, Heading) else block.name or block.caption
    entity = [*within.entity.values()][-1] if within else ""
    before = [] if entity in named else [_anchor(within, None)]
    return _slug(*([] if isinstance(block, Heading) else [block.kind]), *before, named)


def _slug(*words: str) -> str:
    return "-".join(filter(None, (re.sub(r"\W+", "-", word).strip("-") for word in words))) or "-"


def _filters(blocks: Sequence[Block], locale: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return each dimension that a reader may filter by, its `name`, its `word` and the names in it (`values`), at least two.

    Names are those of sections, in their order, then of the other rows of tables.
    """
    headers, write = number_sources.column_words(blocks), script.writer(locale["language"])
    return [{"name": name, "word": headers.get(name) or write(labels.column(name)), "values": values}
            for name in FILTERS if len(values := _names(blocks, name)) > 1]


def _names(blocks: Sequence[Block], dimension: str) -> list[str]:
    sections = [block.entity[dimension] for block in blocks if isinstance(block, Heading) and dimension in block.entity]
    grids = [(block.grid, place) for block in blocks if isinstance(block, Exhibit)
             for place, column in enumerate(block.grid.columns) if column.name == dimension]
    cells = [row[place] for grid, place in grids for row in grid.values]
    return [name for name in dict.fromkeys([*sections, *cells]) if isinstance(name, str) and name != labels.column("total")]


def _views(blocks: Sequence[Block], anchors: Mapping[str, str], locale: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return blocks as the template reads them; quoted numbers carry where they come from, and where they are shown again."""
    headers, places = number_sources.column_words(blocks), number_sources.places(blocks)

    def view(at: int, block: Block) -> dict[str, Any]:
        positions = itertools.count()
        return _view(block, f"drawing-{at + 1}-", lambda run: _run(run, headers, anchors, locale,
                                                                    places.get((at, next(positions)))))

    return [view(at, block) for at, block in enumerate(blocks)]


def _is_quoted(run: Run) -> bool:
    """Return whether a run is a number with a source to show, no month; a link already leads somewhere else."""
    number = run.number
    return number is not None and number.value is not None and number.kind not in _TIMES and not run.href


def _run(run: Run, headers: Mapping[str, str], anchors: Mapping[str, str], locale: Mapping[str, str],
         place: Place | None) -> dict[str, Any]:
    """Return a run as the template shows it: text, a reference (`ref`), or a number with its `value` and `origin`."""
    shown = vars(run) | {"turning": bool(_TURNING.search(run.text)), "origin": None}
    if not _is_quoted(run):
        return shown
    origin = number_sources.describe(run, headers, locale)
    if place:
        origin |= {"place": anchors[place.exhibit.id], "see": f"{locale[place.exhibit.kind]}{place.exhibit.number}"}
        origin |= {} if place.row is None else {"row": place.row}
    return shown | {"value": run.number.value, "origin": origin}


def _view(block: Block, prefix: str, show_run: Callable[[Run], dict[str, Any]]) -> dict[str, Any]:
    """Return a block as the template shows it: a figure as inline SVG, a foreign picture as a data address."""
    shown = fields(block)
    match block:
        case Prose() | Paragraph():
            return shown | {"runs": [show_run(run) for run in block.runs]}
        case Figure():
            drawings = [_drawing(text, f"{prefix}{place}-", block.alt)
                        for place, text in enumerate((block.svg, block.narrow)) if text]
            return shown | {"drawings": drawings, "body": _body(block.grid)}
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


def _drawing(text: str, prefix: str, alt: str) -> dict[str, Any]:
    """Return a drawing as inline SVG with its size in pixels, by which a page has its place before it is laid out."""
    drawing = svg.clean(text)
    wide, high = (round(side / 0.75) for side in svg.size(drawing))
    return {"svg": Markup(svg.inline(drawing, prefix, alt, drawing_style.advance)), "wide": wide, "high": high}


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
