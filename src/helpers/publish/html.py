"""Screen: a document becomes one HTML file that needs no network and runs no code but its own."""

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup, escape

from helpers.document import document as documents
from helpers.document import number_sources, svg
from helpers.document.document import Document
from helpers.settings import paths

_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # what changes the direction of all that follows


def render(document: Document) -> str:
    """Return a document as one HTML file. Drawings stand in it as SVG, the reader's own fonts show the words."""
    script = (paths.TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (paths.TEMPLATES / "page.css").read_text(encoding="utf-8")
    words = documents.WORDS[document.language]
    sourced = _sourced(document.blocks, words)
    blocks = [_block(block, f"drawing-{number}-") for number, block in enumerate(sourced, start=1)]
    headings = [block for block in blocks if block["kind"] == "heading" and block["level"] <= 3]
    quotes = any("origin" in segment for block in sourced for pieces in number_sources.paragraphs(block) for segment in pieces)
    return _template().render(document=document, blocks=blocks, headings=headings, style=Markup(style), script=Markup(script),
                              digest=digest, words=words, quotes=quotes)


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(paths.TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    return environment.get_template("page.html.j2")


def _sourced(blocks: list[dict[str, Any]], words: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return blocks whose quoted numbers say where they come from, and where in their section they stand again."""
    called, places = number_sources.column_words(blocks), number_sources.places(blocks)

    def of(block: dict[str, Any], place: int) -> dict[str, Any]:
        numbers = itertools.count()
        return _told(block, lambda segment: _segment(segment, called, words, places.get((place, next(numbers)))))

    return [of(block, place) for place, block in enumerate(blocks)]


def _told(block: dict[str, Any], tell: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """Return a block with each piece of its paragraphs as `tell` returns it, in the order of `number_sources.paragraphs`."""
    kind = block["kind"]
    if kind in ("prose", "paragraph"):
        pieces = "segments" if kind == "prose" else "inline"
        return block | {pieces: [tell(piece) for piece in block[pieces]]}
    if kind == "list":
        return block | {"items": [[_told(one, tell) for one in item] for item in block["items"]]}
    return block | {"blocks": [_told(one, tell) for one in block["blocks"]]} if kind == "quote" else block


def _segment(segment: dict[str, Any], called: Mapping[str, str], words: Mapping[str, str],
             place: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a piece of a sentence as the template shows it: words, a reference (`ref`), or a number with its `origin`."""
    said = {"ref": None, "value": None, "turning": bool(_TURNING.search(segment["text"]))} | segment
    if said["value"] is None or said.get("href"):  # a link leads somewhere else
        return said
    origin = number_sources.describe(segment, called, words)
    if place:
        origin |= {"place": place["id"], "see": f"{words[place['kind']]}{place['number']}"}
        origin |= {"row": place["row"]} if "row" in place else {}
    return said | {"origin": origin}


def _block(block: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return a block as the template shows it: a figure as inline SVG, a foreign picture as a data address."""
    kind = block["kind"]
    if kind == "figure":
        drawing = svg.clean(block["svg"])
        width = svg.size(drawing)[0] / 0.75
        return block | {"drawing": Markup(svg.inline(drawing, prefix, block["alt"])), "pixels": round(width),
                        "table": _table(block["table"])}
    if kind == "table":
        return _table(block)
    if kind == "image":
        address = "data:image/svg+xml;base64," + base64.b64encode(block["svg"].encode()).decode()
        return block | {"address": address, "pixels": round(block["width"] / 0.75)}
    if kind == "list":
        return block | {"items": [[_block(one, prefix) for one in item] for item in block["items"]]}
    if kind == "quote":
        return block | {"blocks": [_block(one, prefix) for one in block["blocks"]]}
    return block


def _table(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with its `body` as HTML; a cell that is printed otherwise than its value carries it as `data-raw`."""
    numeric = [column["numeric"] for column in table["columns"]]
    values = table.get("values", table["rows"])
    lines = ["".join(map(_cell, row, raw, numeric, range(len(row)))) for row, raw in zip(table["rows"], values, strict=True)]
    return table | {"body": Markup("\n".join(f"<tr>{line}</tr>" for line in lines))}


def _cell(printed: str, value: Any, numeric: bool, place: int) -> str:
    """Return a cell; the first of a row names the row where it is words."""
    raw = "" if value is None else str(value)
    kept = "" if raw == printed else f' data-raw="{escape(raw)}"'
    if place == 0 and not numeric:
        return f'<th scope="row"{kept}>{escape(printed)}</th>'
    aligned = ' class="number"' if numeric else ""
    return f"<td{aligned}{kept}>{escape(printed)}</td>"
