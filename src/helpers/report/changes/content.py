"""Read what a section prints, from an executed notebook and from texts by people, so that two prints can be compared."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from nbformat import NotebookNode

from helpers.chapters.output import MIME
from helpers.document import markup_blocks, notebook_blocks
from helpers.document.blocks import Block, Heading, paragraphs, texts

QUOTED = "quoted"
TIMES = ("year", "month", "hour", "weekday")
PLACED = re.compile(r"rank_\d+")  # a column that names who has a rank, where others hold the rank of a row
_ENDS = re.compile(r"(?<=[。！？])(?=.)")
_ANSWER = ("table", "column", "where", "period", "base", "kind")  # which cell of which answer a sentence quotes


@dataclass(frozen=True)
class PrintedContent:
    """What a section prints: its headings and sentences in order, its figures and tables, the numbers that sentences quote."""

    lines: list[str] = field(default_factory=list)
    tables: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[Mapping[str, Any]] = field(default_factory=list)


class Cell(NamedTuple):
    """A printed value; its key in a table is `row` and `column`. `place` is the caption or sentence that it is printed in.

    `subject` is its row in words (of a quoted number the conditions by column), `measure` its column in words (empty there).
    """

    row: str
    column: str
    value: Any
    text: str
    place: str
    subject: Any
    measure: str
    kind: str
    unit: str
    is_key: bool = False


def read(notebook: NotebookNode) -> PrintedContent:
    """Return what an executed notebook prints, without its drawings: the tables hold what they draw."""
    found = PrintedContent()
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and "method" not in cell.metadata.get("tags", []):
            found.lines.extend(block.text for block in markup_blocks.from_markdown(cell.source)
                               if isinstance(block, Heading) and block.level > 1)
        for output in cell.get("outputs", []):
            _take(output.get("data", {}).get(MIME), found)
    found.lines.extend(line for block in notebook_blocks.method(notebook) for line in _sentences(block))
    return found


def written(blocks: Iterable[Block]) -> dict[str, Any]:
    """Return what people have written for a section as `run.json` keeps it: `lines`, and `numbers`, each with its line."""
    blocks = [*blocks]
    numbers = [asdict(run.number) | {"text": run.text, "line": "".join(texts(block))}
               for block in blocks for runs in paragraphs(block) for run in runs if run.number and run.number.column]
    return {"lines": [line for block in blocks for line in _sentences(block)], "numbers": numbers}


def add(found: PrintedContent, kept: Mapping[str, Any]) -> PrintedContent:
    """Return what a section prints with what `written` has kept of it, which comes first."""
    return PrintedContent([*kept["lines"], *found.lines], found.tables, [*found.numbers, *kept["numbers"]])


def cells(content: PrintedContent) -> dict[str, list[Cell]]:
    """Return the printed values of each figure and table by its kind and name, and those of sentences under QUOTED."""
    names = _numbered(f"{payload['kind']} {payload['name']}" for payload in content.tables)
    rows = _numbered(_json([number.get(name) for name in _ANSWER]) for number in content.numbers)
    quoted = [Cell(row, number["column"], number["value"], number["text"], number["line"], number.get("where", {}), "",
                   number["kind"], "") for row, number in zip(rows, content.numbers, strict=True)]
    return {name: [*_table_cells(payload)] for name, payload in zip(names, content.tables, strict=True)} | {QUOTED: quoted}


def _table_cells(payload: Mapping[str, Any]) -> Iterator[Cell]:
    """Yield the cells of a table; names and times are the key of a row, those that differ between rows its subject."""
    columns, rows, caption = payload["table"]["columns"], payload["table"]["rows"], payload["caption"]
    keys = [place for place, column in enumerate(columns)
            if column["kind"] in ("text", *TIMES) and not PLACED.fullmatch(column["name"])]
    shown = [place for place in keys if len({row[place] for row in rows}) > 1] or keys
    names = _numbered(_json([row[place] for place in keys]) for row in rows)
    for row, values, printed in zip(names, rows, payload["table"]["printed"], strict=True):
        texts = [text if value is None else text + column["unit"]
                 for column, value, text in zip(columns, values, printed, strict=True)]
        subject = " ".join(texts[place] for place in shown)
        yield from (Cell(row, column["name"], values[place], texts[place], caption, subject, column["words"], column["kind"],
                         column["unit"], place in keys) for place, column in enumerate(columns))


def _numbered(keys: Iterable[str]) -> Iterator[str]:
    """Make keys unique, so that of several equal ones the n-th is compared with the n-th."""
    counted: Counter[str] = Counter()
    for key in keys:
        yield f"{key} {counted[key]}"
        counted[key] += 1


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _take(payload: dict[str, Any] | None, found: PrintedContent) -> None:
    """Add a payload to what is printed."""
    if payload is None:
        return
    if payload["kind"] == "absence":
        found.lines.append(f"{payload['what']}：{payload['reason']}")
    elif payload["kind"] == "prose":
        for sentence in payload["sentences"]:
            line = "".join(part if isinstance(part, str) else part["text"] for part in sentence["parts"])
            found.lines.append(line)
            found.numbers.extend(part | {"line": line} for part in sentence["parts"]
                                 if isinstance(part, dict) and part.get("column"))
    else:
        found.tables.append(payload)


def _sentences(block: Block) -> list[str]:
    return [line for line in _ENDS.split("".join(texts(block))) if line]
