"""Turn Markdown and HTML of any notebook into blocks. Nothing of either is passed on as markup."""

import html
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import mistune

from helpers.document.blocks import Block, Code, Column, Grid, Heading, List, Paragraph, Quote, Rule, Run, Table

_WEB = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_NUMBER = re.compile(r"[+\-−]?[\d,.]+(?:e[+\-]?\d+)?\s*[%％]?", re.IGNORECASE)
_WIDEST = 200


@cache
def _parser() -> mistune.Markdown:
    return mistune.create_markdown(renderer="ast", plugins=["table", "strikethrough", "math", "url", "task_lists"])


def from_markdown(source: str) -> list[Block]:
    """Return markdown as blocks."""
    return [block for token in _parser()(source) for block in _blocks(token)]


def _blocks(token: dict[str, Any]) -> list[Block]:
    kind, children = token["type"], token.get("children", [])
    attributes = token.get("attrs", {})
    if kind == "heading":
        return [Heading(attributes["level"], plain_text(children).strip())]
    if kind in ("paragraph", "block_text"):
        return [Paragraph(_inline(children))]
    if kind == "list":
        return [List([_item(item) for item in children], attributes["ordered"], attributes.get("start", 1))]
    if kind == "block_quote":
        return [Quote([block for child in children for block in _blocks(child)])]
    if kind == "block_code":
        return [Code(token["raw"].rstrip("\n"))]
    if kind == "block_math":
        return [Code(token["raw"].strip())]
    if kind == "table":
        return [_table(children)]
    if kind == "block_html":
        return from_html(token["raw"])
    return [Rule()] if kind == "thematic_break" else []


def _item(token: dict[str, Any]) -> list[Block]:
    blocks = [block for child in token.get("children", []) for block in _blocks(child)]
    if token["type"] == "task_list_item":
        box = Run("[x] " if token["attrs"]["checked"] else "[ ] ", ("code",))
        first, rest = (blocks[0].runs, blocks[1:]) if blocks and isinstance(blocks[0], Paragraph) else ([], blocks)
        blocks = [Paragraph([box, *first]), *rest]
    return blocks


def _inline(tokens: list[dict[str, Any]], style: tuple[str, ...] = (), href: str | None = None) -> list[Run]:
    """Return inline tokens as runs; only web addresses become links."""
    runs = []
    for token in tokens:
        kind, raw = token["type"], token.get("raw", "")
        if kind in ("strong", "emphasis", "strikethrough"):
            added = {"strikethrough": "struck"}.get(kind, kind)
            runs += _inline(token["children"], (*style, added), href)
        elif kind == "link":
            url = token["attrs"]["url"]
            runs += _inline(token["children"], style, url if _WEB.match(url) else href)
        elif kind == "image":
            runs.append(Run(f"〔{plain_text(token['children']) or token['attrs']['url']}〕", style, href))
        elif kind in ("codespan", "inline_math"):
            runs.append(Run(raw if kind == "codespan" else f"${raw}$", (*style, "code"), href))
        elif kind in ("softbreak", "linebreak"):
            runs.append(Run(" " if kind == "softbreak" else "\n", style, href))
        elif kind == "inline_html":
            runs += [Run("\n")] if re.match(r"<br\b", raw, re.IGNORECASE) else []
        else:
            runs.append(Run(html.unescape(raw), style, href))
    return runs


def plain_text(tokens: list[dict[str, Any]]) -> str:
    """Return the text of inline tokens, without their styles."""
    return "".join(run.text for run in _inline(tokens))


def images(source: str) -> list[tuple[str, str]]:
    """Return (address, alternative text) of the pictures that markdown shows."""
    found, waiting = [], list(_parser()(source))
    while waiting:
        token = waiting.pop(0)
        if token["type"] == "image":
            found.append((token["attrs"]["url"], plain_text(token["children"])))
        waiting[:0] = token.get("children", [])
    return found


def _table(children: list[dict[str, Any]]) -> Table:
    head, *body = children
    rows = [row["children"] for part in body for row in part["children"]]
    return table([plain_text(cell["children"]) for cell in head["children"]],
                 [[plain_text(cell["children"]) for cell in row] for row in rows])


def table(header: list[str], rows: list[list[str]]) -> Table:
    """Return a table without a caption; a column is numeric where all of its cells are numbers."""
    width = max([len(header), *map(len, rows)])
    rows = [row + [""] * (width - len(row)) for row in rows]
    header = header + [""] * (width - len(header))
    columns = [Column(title.strip(), _numeric([row[place] for row in rows])) for place, title in enumerate(header)]
    return Table(Grid(columns, rows, rows))


def _numeric(cells: list[str]) -> bool:
    known = [cell.strip() for cell in cells if cell.strip() not in ("", "NaN", "None", "<NA>", "NaT", "...", "…")]
    return bool(known) and all(_NUMBER.fullmatch(cell) for cell in known)


def from_html(source: str) -> list[Block]:
    """Return the text of HTML as a paragraph and its tables as tables, without scripts and styles."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    text = " ".join("".join(reader.text).split())
    paragraph = [Paragraph([Run(text)])] if text else []
    return paragraph + [_grid(rows) for rows in reader.tables if any(rows)]


class _Reader(HTMLParser):
    """Gather text outside tables, and tables as rows of (text, is a heading, columns it spans, rows it spans)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.tables, self.depth, self.silent, self.cell, self.head = [], [], 0, 0, None, False

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style"):
            self.silent += 1
        elif tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append([])
        elif self.depth and tag == "thead":
            self.head = True
        elif self.depth == 1 and tag == "tr":
            self.tables[-1].append([])
        elif self.depth == 1 and tag in ("td", "th") and self.tables[-1]:
            spans = {name: int(value) for name, value in attrs if name.endswith("span") and (value or "").isdigit()}
            self.cell = [[], self.head, *(min(max(spans.get(name, 1), 1), _WIDEST) for name in ("colspan", "rowspan"))]
            self.tables[-1][-1].append(self.cell)
        elif tag in ("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6"):
            self.handle_data(" ")

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self.silent = max(0, self.silent - 1)
        elif tag == "table":
            self.depth, self.cell = max(0, self.depth - 1), None
        elif tag == "thead":
            self.head = False
        elif tag in ("td", "th") and self.depth == 1:
            self.cell = None

    def handle_data(self, data):
        if self.silent:
            return
        if self.cell:
            self.cell[0].append(data)
        elif not self.depth:
            self.text.append(data)


def _grid(rows: list[list[list[Any]]]) -> Table:
    """Lay cells that span rows or columns into a plain grid; several rows of headings become one, joined by ' / '."""
    heads = sum(1 for row in rows if row and all(cell[1] for cell in row)) or 1
    grid: dict[tuple[int, int], str] = {}
    for line, row in enumerate(rows):
        column = 0
        for pieces, _, across, down in row:
            while (line, column) in grid:
                column += 1
            text = " ".join("".join(pieces).split())
            grid |= {(line + below, column + right): "" if below or (right and line >= heads) else text
                     for below in range(min(down, len(rows) - line)) for right in range(across)}
            column += across
    width = min(max((column for _, column in grid), default=-1) + 1, _WIDEST)
    lines = [[grid.get((line, column), "") for column in range(width)] for line in range(len(rows))]
    titles = [" / ".join(dict.fromkeys(filter(None, column))) for column in zip(*lines[:heads], strict=True)]
    return table(titles, lines[heads:])
