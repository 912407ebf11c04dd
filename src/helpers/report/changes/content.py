"""What a section prints, to be set beside another print of it: read from an executed notebook's payloads."""

import json
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from helpers.chapters.output import MIME
from helpers.document import markup_blocks, notebook_blocks
from helpers.document.document import Block

_ENDS = re.compile(r"(?<=[。！？])(?=.)")


@dataclass(frozen=True)
class PrintedContent:
    """What a section prints: its lines of words in order, its figures and tables, its quoted numbers by where they stand."""

    lines: list[str] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[Hashable, list[tuple[dict[str, Any], str]]] = field(default_factory=lambda: defaultdict(list))


def read(notebook: NotebookNode) -> PrintedContent:
    """Return what an executed notebook prints, without its drawings: they are made of the tables."""
    found = PrintedContent()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "method" not in cell.metadata.get("tags", []):
            found.lines.extend(block["text"] for block in markup_blocks.from_markdown(cell.source)
                               if block["kind"] == "heading" and block["level"] > 1)
        for output in cell.get("outputs", []):
            _take(output.get("data", {}).get(MIME), found)
    found.lines.extend(line for block in notebook_blocks.method(notebook) for line in _sentences(block))
    return found


def written(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return what people have written for a section as `run.json` keeps it: `lines`, and `numbers`, each with its line."""
    blocks = [*blocks]
    numbers = [run | {"line": _text(block)} for block in blocks for run in _runs(block) if run.get("column")]
    return {"lines": [line for block in blocks for line in _sentences(block)], "numbers": numbers}


def add(found: PrintedContent, kept: Mapping[str, Any]) -> PrintedContent:
    """Return what a section prints with what `written` has kept of it, which stands before."""
    numbers = defaultdict(list, {address: [*held] for address, held in found.numbers.items()})
    for number in kept["numbers"]:
        numbers[_address(number)].append((number, number["line"]))
    return PrintedContent([*kept["lines"], *found.lines], found.tables, numbers)


def _take(payload: dict[str, Any] | None, found: PrintedContent) -> None:
    """Add a payload to what is shown."""
    if payload is None:
        return
    if payload["kind"] == "absence":
        found.lines.append(f"{payload['what']}：{payload['reason']}")
    elif payload["kind"] == "prose":
        for sentence in payload["sentences"]:
            line = "".join(part if isinstance(part, str) else part["text"] for part in sentence["parts"])
            found.lines.append(line)
            for number in (part for part in sentence["parts"] if isinstance(part, dict) and part.get("column")):
                found.numbers[_address(number)].append((number, line))
    else:
        found.tables.append(payload)


def _address(number: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a quoted number stands: its table, cell and months, and what it is a share or a change of."""
    where = json.dumps(number.get("where", {}), ensure_ascii=False, sort_keys=True)
    return (number.get("table", ""), number["column"], where, number.get("period", ""), str(number.get("base")), number["kind"])


def _text(value: Any) -> str:
    """Return all that a block says, as one line."""
    if isinstance(value, list):
        return "".join(map(_text, value))
    if isinstance(value, dict):
        return _text([value.get(key, "") for key in ("text", "inline", "items", "blocks", "rows")])
    return value if isinstance(value, str) else ""


def _sentences(block: Block) -> list[str]:
    return [line for line in _ENDS.split(_text(block)) if line]


def _runs(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the pieces of text in a block that stand in a paragraph, a list or a quotation."""
    if isinstance(value, list):
        for one in value:
            yield from _runs(one)
    elif isinstance(value, dict):
        yield from value.get("inline", [])
        yield from _runs([value.get(key, []) for key in ("items", "blocks")])
