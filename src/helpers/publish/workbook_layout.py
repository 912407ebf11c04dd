"""Lay out figures and tables as sheets of a workbook: one sheet for what has the same form, months and hours across.

What every section has (各街道办理情况 of sixteen districts) is one table with a column for the section, to filter by; a figure
and a table of the same numbers are one sheet. Where each value of an exhibit went is kept, so that others may link to its cell.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from helpers.document.blocks import Block, Column, Exhibit, Heading

_ACROSS = {"month": "{}月", "hour": "{}时"}
_MEASURES = ("count", "share", "rate", "change", "score", "days", "density", "points")
_SHEET_NAME = 31  # characters
_NAMED = 2  # exhibits of a sheet that are all in its name


class Cell(NamedTuple):
    """A value with its kind, which gives its number format, and its text in print."""

    kind: str
    value: Any
    printed: str


@dataclass(frozen=True)
class Sheet:
    """A sheet: its exhibits, the columns and rows of its one table, and how many columns name a row (`keys`).

    `places` has the row and column, from 0, of each value by its exhibit's id, row and column; row -1 is the header.
    """

    name: str
    title: str
    section: str
    exhibits: Sequence[Exhibit]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    keys: int = 0
    places: Mapping[tuple[str, int, int], tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Long:
    """Exhibits of one form below each other; `origins` has the exhibit and row of each line, `added` columns come first."""

    columns: Sequence[Column]
    lines: Sequence[Sequence[Cell]]
    origins: Sequence[tuple[str, int]]
    added: int


def sheets(blocks: Sequence[Block], labels: Mapping[str, str], words: Mapping[str, Any]) -> list[Sheet]:
    """Return the sheets of a document's numbered figures and tables, in the order of the first of each.

    `labels` are the fixed words of pages (图, 表), `words` those of the workbook.
    """
    groups: dict[Any, list[tuple[Exhibit, str]]] = {}
    for exhibit, section in tables(blocks):
        groups.setdefault(_form(exhibit), []).append((exhibit, section))
    return [_sheet([exhibit for exhibit, _ in group], group[0][1], labels, words) for group in groups.values()]


def tables(blocks: Sequence[Block]) -> Iterator[tuple[Exhibit, str]]:
    """Yield each numbered figure and table that has columns, with the headings above it as one line."""
    for block, section in zip(blocks, sections(blocks), strict=True):
        if isinstance(block, Exhibit) and block.number and block.grid.columns:
            yield block, section


def sections(blocks: Sequence[Block]) -> list[str]:
    """Return for each block the headings above it as one line: 三、诉求办理情况 › （一）各区办理分布情况."""
    above: dict[int, str] = {}
    found = []
    for block in blocks:
        if isinstance(block, Heading):
            above = {level: text for level, text in above.items() if level < block.level}
            above[block.level] = f"{block.number}{block.text}".strip()
        found.append(" › ".join(above.values()))
    return found


def _form(exhibit: Exhibit) -> tuple[Any, ...]:
    """Return what exhibits of one sheet have in common: caption and columns of each section, or all numbers."""
    heads = tuple(column.header for column in exhibit.grid.columns)
    if exhibit.entity and exhibit.name and exhibit.entity.name in exhibit.name:
        return _general(exhibit), heads, exhibit.data
    return heads, repr(exhibit.grid.values), repr(exhibit.grid.rows), exhibit.data


def _general(exhibit: Exhibit) -> str:
    """Return a section's caption for all sections: 2020年各区各街道（乡镇）办理情况."""
    return exhibit.name.replace(exhibit.entity.name, f"各{exhibit.entity.words}", 1)


def _sheet(exhibits: Sequence[Exhibit], section: str, labels: Mapping[str, str], words: Mapping[str, Any]) -> Sheet:
    parts = len(exhibits) > 1 and exhibits[0].entity is not None and len({exhibit.name for exhibit in exhibits}) > 1
    captions = [_general(exhibits[0])] if parts else list(dict.fromkeys(exhibit.caption for exhibit in exhibits))
    long = _below_each_other(exhibits) if parts else _of_one(exhibits)
    across = _months_across(long, words["measure"])
    columns, lines, keys, places = across or _as_it_is(long)
    if not parts:  # the other exhibits have the same values in the same places
        places = {(exhibit.id, row, column): place for (_, row, column), place in places.items() for exhibit in exhibits}
    return Sheet(_name(exhibits, labels, words), "；".join(captions), section.rpartition(" › ")[0] if parts else section,
                 exhibits, columns, lines, keys, places)


def _name(exhibits: Sequence[Exhibit], labels: Mapping[str, str], words: Mapping[str, Any]) -> str:
    """Return a sheet's name: 图1, 图6、表1, 图31等16幅."""
    names = [f"{labels[exhibit.kind]}{exhibit.number}" for exhibit in exhibits]
    name = labels["and"].join(names)
    if len(names) > _NAMED or len(name) > _SHEET_NAME:
        name = words["several"][exhibits[0].kind].format(first=names[0], count=len(names))
    return name


def _cells(exhibit: Exhibit, row: int) -> list[Cell]:
    grid = exhibit.grid
    return [Cell(column.kind, value, printed)
            for column, value, printed in zip(grid.columns, grid.values[row], grid.rows[row], strict=True)]


def _of_one(exhibits: Sequence[Exhibit]) -> _Long:
    exhibit = exhibits[0]
    rows = range(len(exhibit.grid.rows))
    return _Long(exhibit.grid.columns, [_cells(exhibit, row) for row in rows], [(exhibit.id, row) for row in rows], 0)


def _below_each_other(exhibits: Sequence[Exhibit]) -> _Long:
    """Return the tables of sections as one, with a column for the section where they have none."""
    first = exhibits[0]
    added = int(first.entity.dimension not in [column.name for column in first.grid.columns])
    of_section = [Column(first.entity.words, name=first.entity.dimension)][:added]
    lines = [([Cell("text", exhibit.entity.name, exhibit.entity.name)][:added]) + _cells(exhibit, row)
             for exhibit in exhibits for row in range(len(exhibit.grid.rows))]
    origins = [(exhibit.id, row) for exhibit in exhibits for row in range(len(exhibit.grid.rows))]
    return _Long([*of_section, *first.grid.columns], lines, origins, added)


def _as_it_is(long: _Long) -> tuple[Any, ...]:
    named = long.added or int(bool(long.columns) and not long.columns[0].numeric)
    places = {(exhibit, row, column): (line, column + long.added) for line, (exhibit, row) in enumerate(long.origins)
              for column in range(len(long.columns) - long.added)}
    return long.columns, long.lines, named, places


def _months_across(long: _Long, measure: str) -> tuple[Any, ...] | None:
    """Return a table with a column for each month (or hour) and a row for each measure; None where it has none.

    Tables in which rows have the same keys stay as they are; a year that is the same in all is left out.
    """
    kinds = [column.kind for column in long.columns]
    across = next((place for place, kind in enumerate(kinds) if kind in _ACROSS), None)
    measures = [place for place, kind in enumerate(kinds) if kind in _MEASURES or _is_grade([line[place] for line in long.lines])]
    if across is None or not measures or len({line[across].value for line in long.lines}) < 2:
        return None
    year = next((place for place, kind in enumerate(kinds) if kind == "year"), None)
    dropped = {across, year, *measures}
    keys = [place for place in range(len(kinds)) if place not in dropped]
    steps = [(line[year].value if year is not None else 0, line[across].value) for line in long.lines]
    named = [tuple(line[place].printed for place in keys) for line in long.lines]
    if len(set(zip(named, steps, strict=True))) < len(long.lines) or any(None in step for step in steps):
        return None
    order, groups = sorted(set(steps)), list(dict.fromkeys(named))
    several = len({first for first, _ in order}) > 1
    heads = [(f"{first}年" if several else "") + _ACROSS[kinds[across]].format(step) for first, step in order]
    columns = [*(long.columns[place] for place in keys), Column(measure),
               *(Column(head, numeric=True, kind="count") for head in heads)]
    rows, places = _turned(long, keys, measures, named, steps, order, groups, across, year)
    return columns, rows, len(keys) + 1, places


def _is_grade(cells: Sequence[Cell]) -> bool:
    """Return whether a column has numbers without a unit, such as grades, which change from month to month and name nothing."""
    return bool(cells) and all(cell.kind == "text" and type(cell.value) in (int, float) for cell in cells)


def _turned(long: _Long, keys: Sequence[int], measures: Sequence[int], named: Sequence[tuple[str, ...]],
            steps: Sequence[tuple[Any, Any]], order: Sequence[tuple[Any, Any]], groups: Sequence[tuple[str, ...]],
            across: int, year: int | None) -> tuple[list[list[Cell]], dict[tuple[str, int, int], tuple[int, int]]]:
    """Return the rows of a table that has steps of time across, and where each value of its exhibits is in it."""
    first = dict(reversed(list(zip(named, long.lines, strict=True))))
    at = {(name, step): line for name, step, line in zip(named, steps, long.lines, strict=True)}
    rows = [[*(first[name][key] for key in keys), Cell("text", long.columns[place].header, long.columns[place].header),
             *(at[name, step][place] if (name, step) in at else Cell(long.columns[place].kind, None, "") for step in order)]
            for name in groups for place in measures]
    columns = {step: len(keys) + 1 + number for number, step in enumerate(order)}
    tops = {name: number * len(measures) for number, name in enumerate(groups)}
    places = {}
    for (exhibit, row), name, step in zip(long.origins, named, steps, strict=True):
        for place in range(long.added, len(long.columns)):
            if place in measures:
                found = tops[name] + list(measures).index(place), columns[step]
            else:
                found = (-1, columns[step]) if place in (across, year) else (tops[name], list(keys).index(place))
            places[exhibit, row, place - long.added] = found
    return rows, places
