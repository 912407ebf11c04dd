"""Trace a number in a sentence: its unrounded value, its cell of the cube in words, the figure or table that prints it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import chain, groupby
from typing import Any, NamedTuple

from helpers.document.blocks import Block, Exhibit, Heading, Run, paragraphs
from helpers.settings import labels, periods, script
from helpers.settings.errors import UserError
from helpers.writing.citations import Number

_UNITS = {"share": "%", "rate": "%", "change": "%", "points": "个百分点", "days": "天", "score": "分", "month": "月",
          "year": "年", "hour": "时", "threshold": "件",
          **dict.fromkeys(("count", "headline", "exact", "plain", "rank"), "")}  # that of the column, where it has one
_HUNDREDTHS, _DECIMALS = ("share", "rate", "change", "points"), 4


class Place(NamedTuple):
    """A figure or table that holds a number, and the row, None where several could be meant."""

    exhibit: Exhibit
    row: int | None


def column_words(blocks: Iterable[Block]) -> dict[str, str]:
    """Return the headers of a document's columns without a unit, by column: an edition may have words of its own."""
    return {column.name: column.header for block in blocks if isinstance(block, Exhibit) for column in block.grid.columns
            if column.name and not column.unit}


def exact(run: Run) -> str:
    """Return a quoted number unrounded with its unit: 11039400件, 83.4986%, -23%; what is no number, as printed.

    A ratio is written as the division that it is: 4,487,100 ÷ 11,039,400 = 40.65%. Other fractions have four decimals at most.
    """
    number = run.number
    if isinstance(number.value, str | bool) or number.kind not in _UNITS:
        return run.text
    unit = number.unit if number.unit is not None else _UNITS[number.kind] or _unit(number.column)
    if number.parts:
        part, whole = number.parts
        return f"{part:,} ÷ {whole:,} = {run.text}"
    value = Decimal(str(number.value))
    return f"{(round(value * 100, _DECIMALS) if number.kind in _HUNDREDTHS else value).normalize():f}{unit}"


def describe(run: Run, headers: Mapping[str, str], locale: Mapping[str, str]) -> dict[str, str]:
    """Return in words where a quoted number comes from: exact, column, table, where, period, base; unknown ones are left out.

    A number that no ticket holds has its source instead of a table. `headers` are a document's own words for columns
    (`column_words`), `locale` those of its language.
    """
    number, colon, write = run.number, locale["colon"], script.writer(locale["language"])
    tables = [_with_name(write(labels.value("table", name)), name, locale) for name in number.table.split("、") if name]
    where = [f"{_header(key, headers, write)}{colon}{_value(key, value, write)}" for key, value in number.where.items()]
    found = {
        "exact": exact(run),
        "column": _with_name(_header(number.column, headers, write), number.column, locale) if number.column else "",
        "table": "、".join(tables) if number.column or tables else "" if number.source else locale["given"],
        "source": number.source,
        "where": "；".join(where),
        "period": _period(number.period),
        "base": number.base or "",
    }
    return {key: text for key, text in found.items() if text}


def places(blocks: Sequence[Block]) -> dict[tuple[int, int], Place]:
    """Return the cells of figures and tables that print a quoted number: of the same section and the same answer.

    By (place of the block, place of the run among all of its `paragraphs`). Exhibits after the sentence come before those above.
    """
    ordered = list(enumerate(blocks))
    heads = [sum(isinstance(block, Heading) for block in blocks[: place + 1]) for place, _ in ordered]
    found = {}
    for _, section in groupby(ordered, key=lambda pair: heads[pair[0]]):
        section = list(section)
        exhibits = [(place, block) for place, block in section if isinstance(block, Exhibit) and block.id]
        for place, block in section:
            nearest = [exhibit for at, exhibit in exhibits if at > place] + [exhibit for at, exhibit in exhibits if at < place]
            for position, run in enumerate(chain.from_iterable(paragraphs(block))):
                if run.number and run.number.answer and (cell := _cell(run.number, nearest)):
                    found[place, position] = cell
    return found


def _cell(number: Number, exhibits: Sequence[Exhibit]) -> Place | None:
    """Return the first figure or table that prints a number's cell, else the first with several rows that could be meant."""
    places = [place for place in (_in_exhibit(number, exhibit) for exhibit in exhibits) if place]
    return next((place for place in places if place.row is not None), places[0] if places else None)


def _in_exhibit(number: Number, exhibit: Exhibit) -> Place | None:
    """Return a number's place in an exhibit of its answer: the row that has its names and times, where its cell is printed."""
    names = [column.name for column in exhibit.grid.columns]
    if number.column not in names:
        return None
    wanted = {names.index(name): value for name, value in number.row.items() if name in names}
    wanted[names.index(number.column)] = number.value  # a cell that is hidden, or counted anew for the exhibit, is another
    rows = [row for row in exhibit.rows_of(number.answer)
            if all(exhibit.grid.values[row][place] == value for place, value in wanted.items())]
    return Place(exhibit, rows[0] if len(rows) == 1 else None) if rows else None


def _value(column: str, value: Any, write: script.Writer) -> str:
    """Return a value in words; one that is no name, such as 电话 or 未分类, in the document's script."""
    words = labels.value(column, value)
    return words if words == value else write(words)


def _header(column: str, headers: Mapping[str, str], write: script.Writer) -> str:
    try:
        return headers.get(column) or write(labels.column(column))
    except UserError:  # a researcher's own column, which the dictionary need not know
        return column


def _unit(column: str) -> str:
    try:
        return labels.unit(column) if column else ""
    except UserError:
        return ""


def _with_name(text: str, name: str, locale: Mapping[str, str]) -> str:
    return text if text == name else f"{text}{locale['left']}{name}{locale['right']}"


def _period(name: str) -> str:
    try:
        return periods.parse(name, 0).words
    except UserError:  # months of two years: 2019-M11..2020-M02
        return name
