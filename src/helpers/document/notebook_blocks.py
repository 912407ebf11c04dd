"""Turn executed cells into blocks: a chapter's by their payloads, those of any other notebook by what they show."""

import base64
import binascii
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import matplotlib.image
from nbformat import NotebookNode

from helpers.analysis import suppression
from helpers.chapters.output import MIME
from helpers.document import markup_blocks, svg
from helpers.document.blocks import (
    Absence,
    Block,
    Code,
    Column,
    Failure,
    Figure,
    Grid,
    Heading,
    Image,
    List,
    Paragraph,
    Prose,
    Run,
    Table,
    Text,
)
from helpers.drawing import tables
from helpers.writing.citations import Number

_WIDGET = "application/vnd.jupyter.widget-view+json"
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")
_WIDE = re.compile(r"[\u2e80-\u9fff\uff00-\uffef“”‘’]")
_LINES = 300
_TAIL = 12
_NUMBER = {field.name for field in fields(Number)}


def is_chapter(notebook: NotebookNode) -> bool:
    """Tell whether a notebook is a chapter of a report: its metadata say so, or an output carries a payload."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return "hotline" in notebook.metadata or any(MIME in output.get("data", {}) for output in outputs)


def title(notebook: NotebookNode) -> str:
    """Return the first heading of the first level, else the first heading, else nothing."""
    heads = [block for cell in _cells(notebook, "markdown") for block in markup_blocks.from_markdown(cell.source)
             if isinstance(block, Heading)]
    return next((head.text for head in heads if head.level == 1), heads[0].text if heads else "")


def chapter(notebook: NotebookNode, level: int) -> list[Block]:
    """Return what a chapter prints: headings, a `##` at `level`, outputs, and paragraphs of its author's own, marked as such.

    Its title, what stands before the parameters, and questions (which end in a question mark) do not print; a table or picture
    without a caption of its own takes the question before it. A heading below which nothing prints is left out.
    """
    end = Heading(0, "")
    return [block for block, after in pairwise([*_headings_and_outputs(notebook, level), end])
            if not isinstance(block, Heading) or not isinstance(after, Heading) or after.level > block.level]


def _headings_and_outputs(notebook: NotebookNode, level: int) -> Iterator[Block]:
    question, begun, data = title(notebook), False, _data(notebook)
    for cell in notebook.cells:
        begun = begun or cell.cell_type == "code"
        if cell.cell_type == "markdown" and "method" not in _tags(cell):
            yield from (replace(head, level=head.level - 2 + level) for head in _headings(cell) if head.level > 1)
            own = [block for block in markup_blocks.from_markdown(cell.source) if begun and not isinstance(block, Heading)]
            asked = [text for text in map(_text, own) if text.endswith(("？", "?"))]
            question = asked[-1].rstrip("？?") if asked else question
            yield from map(_by_author, (block for block in own if _text(block) not in asked))
        for output in _still(cell):
            yield from _printed_by(output, question, data)


def _data(notebook: NotebookNode) -> str:
    """Return whether a chapter's payloads are of simulated tickets or of an export; "" where it has none."""
    payloads = (output.data[MIME] for cell in notebook.cells for output in _still(cell) if MIME in output.get("data", {}))
    return next((payload["data"] for payload in payloads if payload.get("data")), "")


def _text(block: Block) -> str:
    return "".join(run.text for run in block.runs).strip() if isinstance(block, Paragraph) else ""


def _by_author(block: Block) -> Block:
    """Return a paragraph that the author of a chapter wrote, marked as such; other blocks as they are."""
    if not isinstance(block, Paragraph):
        return block
    return Paragraph([Run("编者按：", ("strong",)), *joined_lines(block).runs], written=True)


def _printed_by(output: NotebookNode, question: str, data: str) -> Iterator[Block]:
    """Yield what a chapter prints of an output: what the report's helpers gave, a bare table, a bare picture, printed text."""
    if output.output_type == "error":
        yield Failure("", f"{output.ename}: {output.evalue}", _traceback(output))
    elif output.output_type == "stream":
        yield from [_printed(output.text)] if output.name == "stdout" else []  # the rest is in the log of the run
    elif MIME not in output.data and "text/html" in output.data and not _PICTURES.keys() & output.data.keys():
        for block in _hypertext(output.data):
            yield replace(block, caption=question, name=question, data=data) if isinstance(block, Table) else block
    else:
        block = _shown(output.data, output.get("metadata", {}), question)
        bare = isinstance(block, Image)
        yield Figure(Grid([], [], []), question, question, data, alt=block.alt, svg=block.svg) if bare else block


def _headings(cell: NotebookNode) -> list[Heading]:
    """Return the headings of a cell that begins with one."""
    blocks = markup_blocks.from_markdown(cell.source)
    begins = bool(blocks) and isinstance(blocks[0], Heading)
    return [block for block in blocks if isinstance(block, Heading)] if begins else []


def method(notebook: NotebookNode) -> list[Block]:
    """Return the cells tagged `method`, without the heading that they begin with; other headings become bold lines."""
    cells = [markup_blocks.from_markdown(cell.source) for cell in _cells(notebook, "markdown") if "method" in _tags(cell)]
    bodies = [blocks[1:] if blocks and isinstance(blocks[0], Heading) else blocks for blocks in cells]
    return [bold(block) if isinstance(block, Heading) else joined_lines(block) for blocks in bodies for block in blocks]


def joined_lines(block: Block) -> Block:
    """Return a paragraph without the blanks that a line's end in the source leaves between Chinese characters."""
    if not isinstance(block, Paragraph) or not block.runs:
        return block
    runs = block.runs
    ends = zip(["", *(run.text[-1:] for run in runs[:-1])], [*(run.text[:1] for run in runs[1:]), ""], strict=True)
    kept = [run for run, (before, after) in zip(runs, ends, strict=True)
            if run.text != " " or not all(map(_WIDE.match, (before, after)))]
    return replace(block, runs=kept)


def bold(heading: Heading) -> Paragraph:
    """Return a heading as a bold line of its own."""
    return Paragraph([Run(heading.text, ("strong",))])


def any_notebook(notebook: NotebookNode, inputs: bool) -> Iterator[Block]:
    """Yield all that any notebook shows, in order: text, code where `inputs`, outputs."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            yield from markup_blocks.from_markdown(cell.source)
            yield from _pictures(cell)
        elif cell.cell_type == "code":
            if inputs and cell.source.strip() and not cell.get("transient", {}).get("remove_source"):
                yield Code(cell.source.rstrip())
            for output in _still(cell):
                yield from _output(output, f"第{number}个单元的图")


def _output(output: NotebookNode, alt: str) -> Iterator[Block]:
    if output.output_type == "stream":
        yield _printed(output.text)
    elif output.output_type == "error":
        yield _printed("\n".join(output.traceback) or f"{output.ename}: {output.evalue}")
    elif "text/html" in output.data and not _PICTURES.keys() & output.data.keys() and MIME not in output.data:
        yield from _hypertext(output.data)
    elif "text/markdown" in output.data and not _PICTURES.keys() & output.data.keys():
        yield from markup_blocks.from_markdown(_joined(output.data["text/markdown"]))
    else:
        yield _shown(output.data, output.get("metadata", {}), alt)


def _hypertext(data: dict[str, Any]) -> list[Block]:
    """Return an HTML output's tables and text; text alone only where there is no plain text with its lines."""
    blocks = markup_blocks.from_html(_joined(data["text/html"]))
    if any(isinstance(block, Table) for block in blocks) or "text/plain" not in data:
        return blocks or [Absence("输出", "只有脚本，不能印刷")]
    return [_printed(_joined(data["text/plain"]))]


def _shown(data: dict[str, Any], metadata: dict[str, Any], alt: str) -> Block:
    """Return one output as a block, in the richest form that can be printed."""
    if MIME in data:
        return _payload(data[MIME], data)
    for mime, picture in _PICTURES.items():
        if mime in data:
            sized = metadata.get(mime) if isinstance(metadata.get(mime), dict) else {}
            return picture(_joined(data[mime]), mime, str(metadata.get("alt") or alt or "图"), sized)
    for mime in ("text/plain", "text/latex"):
        if mime in data:
            return _printed(_joined(data[mime]))
    return Absence("输出", f"形式为 {'、'.join(sorted(data)) or '空'}，不能印刷")


def _payload(payload: dict[str, Any], data: dict[str, Any]) -> Block:
    kind = payload["kind"]
    if kind == "prose":
        return Prose([_run(part) for sentence in payload["sentences"] for part in sentence["parts"]], payload["data"])
    if kind == "points":
        return List([[Prose([_run(part) for part in sentence["parts"]], payload["data"])] for sentence in payload["sentences"]],
                    ordered=True)
    if kind == "absence":
        return Absence(payload["what"], payload["reason"])
    if kind == "table":
        return Table(**_exhibit(payload))
    if kind == "figure" and "image/svg+xml" in data:
        drawing, narrow = (_printable(text) if text else ""
                           for text in (_joined(data["image/svg+xml"]), payload.get("narrow", "")))
        titles = {name: payload.get(name, "") for name in ("title", "subtitle")}
        return Figure(**_exhibit(payload), alt=payload["alt"], svg=drawing, narrow=narrow, **titles)
    raise ValueError(f"an output of kind '{kind}' with {', '.join(sorted(data))} is not one of the report's")


@lru_cache(maxsize=256)
def _printable(text: str) -> str:
    """Return a drawing as it is printed; a chapter alone and the whole report share it."""
    return svg.standalone(svg.clean(text))


def _run(part: str | Mapping[str, Any]) -> Run:
    """Return a part of a sentence as a run: text, or a number that is quoted from an answer."""
    return Run(part) if isinstance(part, str) else Run(part["text"], number=number(part))


def number(part: Mapping[str, Any]) -> Number:
    """Return the quoted number of a part of a payload's sentence."""
    return Number(**{name: value for name, value in part.items() if name in _NUMBER})


def _exhibit(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"grid": _grid(payload["table"]), "answers": [(name, rows) for name, rows in payload.get("answers", ())],
            **{name: payload[name] for name in ("caption", "name", "data")}}


def _grid(table: dict[str, Any]) -> Grid:
    """Return a payload's table without the columns of which no value is known; a column of numbers only is numeric."""
    values = list(zip(*table["rows"], strict=True)) or [()] * len(table["columns"])
    kept = [place for place, known in enumerate(values) if place == 0 or not known or any(value is not None for value in known)]
    columns = [Column(tables.header(column), _numeric(values[place]), column["name"], column["unit"], column["kind"])
               for place in kept for column in [table["columns"][place]]]
    return Grid(columns, *([[row[place] for place in kept] for row in table[rows]] for rows in ("printed", "rows")))


def _numeric(values: tuple[Any, ...]) -> bool:
    known = [value for value in values if value is not None and value != suppression.MARK]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def _drawing(content: str, mime: str, alt: str, sized: dict[str, Any]) -> Block:
    try:
        drawing = svg.clean(content)
    except ValueError as error:
        return Absence(alt, str(error))
    return Image(svg.standalone(drawing), alt, *svg.size(drawing))


def _raster(content: str, mime: str, alt: str, sized: dict[str, Any]) -> Block:
    """Return a picture made of pixels; 96 of them are an inch, unless the output's metadata say how wide it is."""
    content = "".join(content.split())
    try:
        pixels = base64.b64decode(content, validate=True)
        high, wide = matplotlib.image.imread(io.BytesIO(pixels), format=mime.partition("/")[2]).shape[:2]
    except (binascii.Error, OSError, SyntaxError, ValueError) as error:
        return Absence(alt, f"图像不能读取（{type(error).__name__}）")
    width = 0.75 * (sized["width"] if isinstance(sized.get("width"), int | float) and sized["width"] > 0 else wide)
    height = round(width * high / wide, 2)
    return Image(svg.framed(content, mime, width, height), alt, width, height)


_PICTURES = {"image/svg+xml": _drawing, "image/png": _raster, "image/jpeg": _raster}


def _pictures(cell: NotebookNode) -> Iterator[Block]:
    """Yield the pictures that a markdown cell carries in itself: attachments and data addresses."""
    for address, alt in markup_blocks.images(cell.source):
        carried = re.fullmatch(r"data:(image/[\w+]+);base64,(.+)", address, re.DOTALL)
        attached = cell.get("attachments", {}).get(address.removeprefix("attachment:"), {})
        bundle = {carried[1]: carried[2]} if carried else attached
        if _PICTURES.keys() & bundle.keys():
            if "image/svg+xml" in bundle:
                bundle = {"image/svg+xml": base64.b64decode(bundle["image/svg+xml"]).decode("utf-8", "replace")}
            yield _shown(bundle, {}, alt)


def traceback_tail(notebook: NotebookNode | None) -> str:
    """Return the end of the traceback that an executed notebook holds, or nothing."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])] if notebook else []
    return next((_traceback(output) for output in outputs if output.output_type == "error"), "")


def _traceback(error: NotebookNode) -> str:
    lines = _ANSI.sub("", "\n".join(error.traceback)).rstrip().splitlines()
    return "\n".join(line.rstrip() for line in lines[-_TAIL:])


def _printed(text: Any) -> Block:
    """Return plain text: without colours, a line that was overwritten as it stood last, and at most 300 lines."""
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in _ANSI.sub("", _joined(text)).rstrip().split("\n")]
    left_out = [f"…… 另有 {len(lines) - _LINES} 行未印"] if len(lines) > _LINES else []
    return Text("\n".join(lines[:_LINES] + left_out))


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cells(notebook: NotebookNode, kind: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def _still(cell: NotebookNode) -> list[NotebookNode]:
    """Return a cell's outputs without progress bars and other widgets, which only a running notebook can show."""
    return [output for output in cell.get("outputs", []) if _WIDGET not in output.get("data", {})]


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])
