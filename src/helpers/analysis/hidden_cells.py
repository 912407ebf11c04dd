"""Find the numbers of an answer that are hidden in every period: its question is asked again of what moves add to the counts.

The registry (`data/cube/<city>-<year>-hidden-<below>.json`) keeps the moves (`moves`) of a year's tables, so that every
period and product hides the same; moves of earlier tickets stay in it. Each move has a random factor: a number that any
move changes is found with a probability of 1 − 1/65521.
"""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.analysis import moves, suppression
from helpers.analysis.moves import Move
from helpers.cube.cube import TABLES, Cube
from helpers.settings import paths
from helpers.settings.files import atomic_write
from helpers.tickets import engines

ATTRIBUTE = "hidden"  # of an answer
_PRIME = 65521
_SCALE = _PRIME * 4096  # of counts: they decide which rows an answer has, what moves add is the rest of a division by the prime
_TIMES = ("year", "month", "day", "weekday", "hour")
_GROUPS: Mapping[str, tuple[Sequence[str], Sequence[moves.Family]]] = {
    "tickets": (("channels", "calls", "areas"), moves.FAMILIES), "owners": (("owners",), moves.OWNERS),
    "tags": (("tags",), moves.TAGS)}  # tables that are planned together, since they count the same tickets
_YEARLY = ("hours",)  # of so many small counts that no plan would leave anything
_PLANNED = [name for names, _ in _GROUPS.values() for name in names]

Plans = Mapping[tuple[str, str], Sequence[Move]]  # by group of tables and hash of their counts


@dataclass(frozen=True, eq=False)
class Hidden:
    """Which counts of an answer moves change, by the values of its `keys`; `shares`: of which they change the sum of all rows."""

    keys: tuple[str, ...]
    rows: Mapping[tuple[Any, ...], frozenset[str]]
    columns: frozenset[str]
    shares: frozenset[str]

    def __deepcopy__(self, memo: Any) -> "Hidden":
        return self  # pandas copies what a frame carries with each step

    def places(self, answer: pd.DataFrame) -> list[frozenset[str]]:
        """Return the hidden columns of each row; all of a row that is not known."""
        keys = zip(*(answer[name] for name in self.keys), strict=True) if self.keys else [()] * len(answer)
        return [self.rows.get(tuple(map(_plain, key)), self.columns) for key in keys]


def of(answer: pd.DataFrame) -> Hidden | None:
    """Return what is hidden of an answer; None where nothing is planned for it, or it has lost the columns that name its rows."""
    found = answer.attrs.get(ATTRIBUTE)
    return found if found and {*found.keys} <= {*answer.columns} else None


class HiddenCells:
    """The tables of a cube as moves change them, in an engine of their own."""

    def __init__(self, cube: Cube, below: int, stored: Plans):
        self._engine = engines.connect()
        self._engine.raw_sql("SET threads = 1")
        tables = {name: _plain_strings(getattr(cube, name).to_pyarrow()) for name in TABLES}
        added: dict[str, list[dict[str, Any]]] = {name: [] for name in _PLANNED}
        for year in cube.years:
            for number, (group, (names, _)) in enumerate(_GROUPS.items()):
                rows = {name: _of_year(tables[name], year) for name in names}
                found = stored.get((group, _digest(rows))) or _plan(group, rows, below, [])
                for name in names:
                    added[name] += _rows(name, rows[name].schema, year, found, random.Random(f"{year} {number}"))
        for name, rows in tables.items():
            engines.register(self._engine, name, _changed(rows, added[name]) if name in added else rows)

    def mark(self, answer: pd.DataFrame, question: ibis.Table, *, is_year: bool) -> pd.DataFrame:
        """Return an answer that carries what is hidden of it (`of`); as it is where its question asks no planned table.

        Of a table in _YEARLY everything is hidden where the period is no whole year.
        """
        asked = {node.name for node in question.op().find(ops.PhysicalTable)}
        names = [name for name in suppression.counts(answer) if name in question.columns]
        keys = tuple(name for name, kind in question.schema().items() if kind.is_string() or kind.is_boolean() or name in _TIMES)
        if names and asked & {*_PLANNED}:
            answer.attrs[ATTRIBUTE] = self._hidden(question, names, keys)
        elif names and asked & {*_YEARLY} and not is_year:
            answer.attrs[ATTRIBUTE] = Hidden(keys, {}, frozenset(names), frozenset(names))
        return answer

    def _hidden(self, question: ibis.Table, names: Sequence[str], keys: tuple[str, ...]) -> Hidden:
        rows: dict[tuple[Any, ...], frozenset[str]] = {}
        sums = dict.fromkeys(names, 0)
        for row in self._engine.to_pyarrow(question).to_pylist():
            changed = {name: int(row[name] or 0) % _PRIME for name in names}
            key = tuple(_plain(row[key]) for key in keys)
            rows[key] = rows.get(key, frozenset()) | {name for name, change in changed.items() if change}
            sums = {name: sums[name] + change for name, change in changed.items()}
        whole = frozenset(name for name, change in sums.items() if change % _PRIME)
        return Hidden(keys, rows, frozenset(names), whole)


def prepare(cube: Cube, city: str, below: int) -> None:
    """Write the registry of each year of a cube whose counts have changed since it was planned."""
    for year in cube.years:
        kept, found = _read(city, year, below), {}
        for group, (names, _) in _GROUPS.items():
            rows = {name: _of_year(_plain_strings(getattr(cube, name).to_pyarrow()), year) for name in names}
            known, digest = kept.get(group, {"counts": "", "moves": []}), _digest(rows)
            planned = known["moves"] if known["counts"] == digest else [
                _as_json(move) for move in _plan(group, rows, below, _moves(known["moves"]))]
            found[group] = {"counts": digest, "moves": planned}
        if found != kept:
            with atomic_write(paths.hidden(paths.edition_key(city, year), below)) as temporary:
                temporary.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def stored(city: str, years: Sequence[int], below: int) -> Plans:
    """Return the plans of a city's years from their registries, by group of tables and hash of their counts."""
    return {(group, table["counts"]): _moves(table["moves"]) for year in years
            for group, table in _read(city, year, below).items()}


def _plan(group: str, tables: Mapping[str, pa.Table], below: int, known: Sequence[Move]) -> list[Move]:
    rows: dict[str, moves.Rows] = {name: {column: table[column].to_pylist() for column in table.column_names}
                                   for name, table in tables.items()}
    if group == "tickets":
        rows["split"] = moves.split(rows["calls"], rows["areas"])
    return moves.plan(rows, _GROUPS[group][1], below, known)


def _rows(name: str, schema: pa.Schema, year: int, found: Sequence[Move], chance: random.Random) -> list[dict[str, Any]]:
    """Return the rows that moves add to a table, each with the factor of its move."""
    factors = [chance.randrange(1, _PRIME) for _ in found]
    return [{each: value for each, value in zip(moves.DIMENSIONS, key, strict=True) if each in schema.names}
            | {"year": year, "month": month + 1, "tickets": change * factor % _PRIME}
            for factor, move in zip(factors, found, strict=True) for (key, month), change in move.cells.items()
            if name != "areas" or key[moves.DIMENSIONS.index("in_areas")]]


def _changed(rows: pa.Table, added: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return a table whose counts are scaled, with further rows."""
    scaled = {column: pc.multiply(values, _SCALE) if values.type == pa.int64() else values
              for column, values in zip(rows.column_names, rows.columns, strict=True)}
    return pa.concat_tables([pa.table(scaled, schema=rows.schema), pa.Table.from_pylist([*added], schema=rows.schema)])


def _plain_strings(rows: pa.Table) -> pa.Table:
    return rows.cast(pa.schema([(each.name, pa.string() if pa.types.is_dictionary(each.type) else each.type)
                                for each in rows.schema]))


def _of_year(rows: pa.Table, year: int) -> pa.Table:
    return rows.filter(pc.equal(rows["year"], year))


def _digest(tables: Mapping[str, pa.Table]) -> str:
    contents = {name: rows.to_pylist() for name, rows in tables.items()}
    return hashlib.sha256(json.dumps(contents, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _read(city: str, year: int, below: int) -> dict[str, Any]:
    """Return a registry; an empty one where there is none, or where it cannot be read, so that it is planned anew."""
    try:
        found = json.loads(paths.hidden(paths.edition_key(city, year), below).read_bytes())
        return {name: table for name, table in found.items() if _moves(table["moves"]) is not None and table["counts"]}
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _moves(found: Sequence[Any]) -> list[Move]:
    return [Move({(tuple(key), month): change for key, month, change in cells}, reach) for reach, cells in found]


def _as_json(move: Move) -> list[Any]:
    return [move.reach, [[list(key), month, change] for (key, month), change in move.cells.items()]]


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
