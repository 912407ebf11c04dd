"""Screen: a document becomes one HTML file that needs no network and runs no code but its own."""

import base64
import hashlib
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from helpers import document as documents
from helpers import drawings, paths
from helpers.document import Document


def html(document: Document) -> str:
    """Return a document as one HTML file. Drawings stand in it as SVG, the reader's own fonts show the words."""
    script = (paths.TEMPLATES / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    style = (paths.TEMPLATES / "page.css").read_text(encoding="utf-8")
    blocks = [_block(block, f"drawing-{number}-") for number, block in enumerate(document.blocks, start=1)]
    headings = [block for block in blocks if block["kind"] == "heading" and block["level"] <= 3]
    return _template().render(document=document, blocks=blocks, headings=headings, style=Markup(style),
                              script=Markup(script), digest=digest, words=documents.WORDS[document.language])


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(paths.TEMPLATES)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True, keep_trailing_newline=True)
    return environment.get_template("page.html.j2")


def _block(block: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return a block as the template shows it: a figure as inline SVG, a foreign picture as a data address."""
    kind = block["kind"]
    if kind == "figure":
        drawing = drawings.clean(block["svg"])
        width = drawings.size(drawing)[0] / 0.75
        return block | {"drawing": Markup(drawings.inline(drawing, prefix, block["alt"])), "pixels": round(width)}
    if kind == "image":
        address = "data:image/svg+xml;base64," + base64.b64encode(block["svg"].encode()).decode()
        return block | {"address": address, "pixels": round(block["width"] / 0.75)}
    if kind == "list":
        return block | {"items": [[_block(one, prefix) for one in item] for item in block["items"]]}
    if kind == "quote":
        return block | {"blocks": [_block(one, prefix) for one in block["blocks"]]}
    return block
