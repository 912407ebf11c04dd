"""Where a number in a sentence comes from: its unrounded value, its cell of the cube in words, the figure that holds it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain, groupby
from typing import Any

from helpers.settings import labels, periods
from helpers.settings.errors import UserError

Block = dict[str, Any]

_UNITS = {"share": "%", "rate": "%", "change": "%", "points": "个百分点", "days": "天", "score": "分", "month": "月",
          "year": "年", "hour": "时", "threshold": "件",
          **dict.fromkeys(("count", "headline", "exact", "plain", "rank"), "")}  # that of the column, where it has one
_HUNDREDTHS = ("share", "rate", "change", "points")


def column_words(blocks: Iterable[Block]) -> dict[str, str]:
    """Return what the tables of a document call their columns without a unit: an edition may have words of its own."""
    tables = [block["table"] if block["kind"] == "figure" else block for block in blocks if block["kind"] in ("figure", "table")]
    return {column["name"]: column["words"] for table in tables for column in table["columns"]
            if "name" in column and not column.get("unit")}


def exact(number: Mapping[str, Any]) -> str:
    """Return a number unrounded with its unit: 11039400件, 90.70964001666757%, -23%; what is no number, as it is printed."""
    value, kind = number["value"], number.get("kind", "")
    if isinstance(value, str | bool) or kind not in _UNITS:
        return number["text"]
    unit = number.get("unit", _UNITS[kind] or _unit(number.get("column", "")))
    return f"{(Decimal(str(value)) * (100 if kind in _HUNDREDTHS else 1)).normalize():f}{unit}"


def describe(number: Mapping[str, Any], called: Mapping[str, str], said_in: Mapping[str, str]) -> dict[str, str]:
    """Return in words where a quoted number stands: exact, column, table, where, period, base; what is unknown is left out.

    One that no ticket holds has its source instead of a table.

    `called` are a document's own words for columns (`named`), `said_in` those of its language.
    """
    colon, column = said_in["colon"], number.get("column", "")
    tables = [_with_name(labels.value("table", name), name, said_in) for name in number.get("table", "").split("、") if name]
    where = [f"{_called(key, called)}{colon}{labels.value(key, value)}" for key, value in number.get("where", {}).items()]
    found = {
        "exact": exact(number),
        "column": _with_name(_called(column, called), column, said_in) if column else "",
        "table": "、".join(tables) if column else "" if number.get("source") else said_in["given"],
        "source": number.get("source", ""),
        "where": "；".join(where),
        "period": _period(number.get("period", "")),
        "base": number.get("base") or "",
    }
    return {key: text for key, text in found.items() if text}


def paragraphs(block: Block) -> list[list[dict[str, Any]]]:
    """Return the pieces of each paragraph in a block, also of those in lists and quotes, in reading order."""
    if block["kind"] in ("prose", "paragraph"):
        return [block["segments" if block["kind"] == "prose" else "inline"]]
    inner = block["blocks"] if block["kind"] == "quote" else [one for item in block.get("items", ()) for one in item]
    return [pieces for one in inner for pieces in paragraphs(one)]


def places(blocks: Sequence[Block]) -> dict[tuple[int, int], dict[str, Any]]:
    """Return where the quoted numbers of a document stand in a figure or table of the same section.

    By (place of the block, place of the segment among all of its `paragraphs`): `id` of the figure, and `row` where it is one row
    beyond doubt. Those after the sentence come before those above it.
    """
    ordered = list(enumerate(blocks))
    heads = [sum(block["kind"] == "heading" for block in blocks[: place + 1]) for place, _ in ordered]
    found = {}
    for _, section in groupby(ordered, key=lambda one: heads[one[0]]):
        held = list(section)
        shown = [(place, block) for place, block in held if block["kind"] in ("figure", "table") and block.get("id")]
        for place, block in held:
            nearest = [one for at, one in shown if at > place] + [one for at, one in shown if at < place]
            for number, segment in enumerate(chain.from_iterable(paragraphs(block))):
                if segment.get("column") and segment["value"] is not None and (held_by := _held(segment, nearest)):
                    found[place, number] = held_by
    return found


def _held(number: Mapping[str, Any], shown: Sequence[Block]) -> dict[str, Any] | None:
    """Return the first figure or table with one row that holds a number, else the first with any."""
    rows = [(block, _rows(number, block["table"] if block["kind"] == "figure" else block)) for block in shown]
    certain = [(block, found) for block, found in rows if len(found) == 1 and _told(number, block)]
    possible = certain or [(block, found) for block, found in rows if found]
    if not possible:
        return None
    block, found = possible[0]
    return {"id": block["id"], "kind": block["kind"], "number": block["number"]} | ({"row": found[0]} if certain else {})


def _rows(number: Mapping[str, Any], table: Mapping[str, Any]) -> list[int]:
    """Return the rows of a table that hold a number in its column, and fit as much of its condition as they can tell."""
    names = [column.get("name") for column in table["columns"]]
    if number["column"] not in names or "values" not in table:
        return []
    wanted = {names.index(key): value for key, value in number.get("where", {}).items() if key in names}
    wanted[names.index(number["column"])] = number["value"]
    return [place for place, row in enumerate(table["values"]) if all(row[at] == value for at, value in wanted.items())]


def _told(number: Mapping[str, Any], block: Block) -> bool:
    """Return whether a table has all the columns of a number's condition."""
    table = block["table"] if block["kind"] == "figure" else block
    return set(number.get("where", {})) <= {column.get("name") for column in table["columns"]}


def _called(column: str, called: Mapping[str, str]) -> str:
    try:
        return called.get(column) or labels.column(column)
    except UserError:  # a researcher's own column, which the dictionary need not know
        return column


def _unit(column: str) -> str:
    try:
        return labels.unit(column) if column else ""
    except UserError:
        return ""


def _with_name(text: str, name: str, said_in: Mapping[str, str]) -> str:
    return text if text == name else f"{text}{said_in['left']}{name}{said_in['right']}"


def _period(name: str) -> str:
    try:
        return periods.parse(name, 0).words
    except UserError:  # months of two years: 2019-M11..2020-M02
        return name
