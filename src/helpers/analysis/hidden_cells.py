"""Find the numbers of an answer that are hidden in every period: its question is asked again of what moves add to the counts.

Moves (`moves`) are planned of volumes. Outcomes are hidden by how finely they are published (`outcome_cells`), and where moves
change the tickets that they are of. Of further tables a report on a whole year prints what their own sums allow, others nothing.

The registry (`data/cube/<city>-<year>-hidden-<below>.json`) keeps the moves (`moves`) of a year's tables, so that every
period and product hides the same; moves of earlier tickets stay in it. Each move has a random factor: a number that any
move changes is found with a probability of 1 − 1/65521.
"""

import hashlib
import json
import os
import random
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import ibis
import ibis.expr.operations as ops
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.analysis import hidden_registry, moves, outcome_cells, suppression
from helpers.analysis.granularity import PRIME
from helpers.analysis.moves import Move
from helpers.cube.cube import TABLES, Cube
from helpers.tickets import engines

ATTRIBUTE = "hidden"  # of an answer
_SCALE = PRIME * 4096  # of counts: they decide which rows an answer has, what moves add is the rest of a division by the prime
_TIMES = ("year", "month", "day", "weekday", "hour")
_GROUPS: Mapping[str, tuple[Sequence[str], Sequence[moves.Family]]] = {
    "tickets": (("channels", "calls", "areas"), moves.FAMILIES), "owners": (("owners",), moves.OWNERS),
    "tags": (("tags",), moves.TAGS)}  # tables that are planned together, since they count the same tickets
_YEARLY = ("hours", "dispatching", "backlog", "closings", "coverage", "tag_kinds", "tag_areas", "tag_owners", "tag_outcomes",
           "replies", "unit_category_outcomes")  # of so many small counts that no plan would leave anything
_OF_LABELS = ("category", "subcategory", "handling")  # by which tickets of a label are counted in whole years alone
_LINKED = {"tickets": outcome_cells.TABLES, "owners": ("outcomes", "unit_handling", "funnel")}  # that count what moves shift
_OF_UNITS = ("outcomes", "unit_handling", "durations", "unit_category_outcomes")
_PLANNED = [name for names, _ in _GROUPS.values() for name in names]
_ADDED = [*_PLANNED, *outcome_cells.TABLES]

_ENGINES: "weakref.WeakSet[HiddenCells]" = weakref.WeakSet()  # that are open in this process

Plans = Mapping[tuple[str, str], Sequence[Any]]  # moves, or grains of outcomes, by group of tables and hash of their counts


@dataclass(frozen=True, eq=False)
class Hidden:
    """Which counts of an answer moves change, by the values of its `keys`; `shares`: of which they change the sum of all rows.

    `columns` are hidden in a row that is not known.
    """

    keys: tuple[str, ...]
    rows: Mapping[tuple[Any, ...], frozenset[str]]
    columns: frozenset[str]
    shares: frozenset[str]

    is_named = False  # what is computed from a hidden count is hidden with it

    def __deepcopy__(self, memo: Any) -> "Hidden":
        return self  # pandas copies what a frame carries with each step

    def places(self, answer: pd.DataFrame) -> list[frozenset[str]]:
        """Return the hidden columns of each row; all of a row that is not known."""
        return [self.rows.get(key, self.columns) for key in _keys(answer, self.keys)]

    def grouped(self, keys: Sequence[str]) -> "Hidden | Joined":
        """Return what is hidden of rows that are added up by some of the keys: whatever any of them hides."""
        if not {*keys} <= {*self.keys}:
            return EVERYTHING if any(self.rows.values()) else NOTHING
        places, found = [self.keys.index(name) for name in keys], {}
        for key, names in self.rows.items():
            short = tuple(key[place] for place in places)
            found[short] = found.get(short, frozenset()) | names
        return Hidden(tuple(keys), found, self.columns, self.shares)

    def rows_of(self, answer: pd.DataFrame) -> list[bool]:
        """Return of which rows of an answer that was made from this one anything is hidden; of all where its keys are gone.

        A row of another part of a joined frame is not known here and not hidden by this one: rows are `renamed`, never otherwise.
        """
        if not {*self.keys} <= {*answer.columns}:
            return [any(self.rows.values())] * len(answer)
        return [bool(self.rows.get(key)) for key in _keys(answer, self.keys)]


@dataclass(frozen=True, eq=False)
class Joined:
    """What is hidden of a frame that was joined from several answers, each with the columns that come of it; None for all."""

    parts: tuple[tuple["Hidden | Joined", tuple[str, ...] | None], ...]

    is_named = True  # `places` names what is computed, too

    def __deepcopy__(self, memo: Any) -> "Joined":
        return self

    @property
    def shares(self) -> frozenset[str]:
        """The shares of a frame that are hidden as a whole."""
        return frozenset().union(*(part.shares for part, _ in self.parts))

    def places(self, answer: pd.DataFrame) -> list[frozenset[str]]:
        """Return the hidden columns of each row, of counts and of what is computed from them."""
        found = [frozenset[str]()] * len(answer)
        for part, columns in self.parts:
            names = frozenset(suppression.disclosing(answer) if columns is None else columns)
            hides = part.places(answer) if isinstance(part, Joined) and columns is None else [
                names if is_hidden else frozenset() for is_hidden in part.rows_of(answer)]
            found = [known | more for known, more in zip(found, hides, strict=True)]
        return found

    def grouped(self, keys: Sequence[str]) -> "Joined":
        """Return what is hidden of rows that are added up by some of the keys."""
        return Joined(tuple((part.grouped(keys), columns) for part, columns in self.parts))

    def rows_of(self, answer: pd.DataFrame) -> list[bool]:
        """Return of which rows of an answer anything is hidden."""
        return [any(each) for each in zip(*(part.rows_of(answer) for part, _ in self.parts), strict=True)]


NOTHING = Hidden((), {}, frozenset(), frozenset())  # is planned of an answer
EVERYTHING = Joined(((Hidden((), {(): frozenset({"all"})}, frozenset(), frozenset({"all"})), None),))


def of(answer: pd.DataFrame) -> Hidden | Joined | None:
    """Return what is hidden of an answer: all of a frame that has lost what it was counted from; None of one not counted."""
    found = answer.attrs.get(ATTRIBUTE)
    if found is None:
        return None if "table" in answer.attrs and "answer" not in answer.attrs else EVERYTHING
    return Joined(((found, None),)) if isinstance(found, Hidden) and not {*found.keys} <= {*answer.columns} else found


def unplanned(is_suppressed: bool) -> pd.DataFrame:
    """Return an answer of which everything is hidden where an edition hides small counts: of numbers that nothing plans."""
    answer = pd.DataFrame()
    answer.attrs = {ATTRIBUTE: EVERYTHING} if is_suppressed else {}
    return answer


def joined(rows: pd.DataFrame, *parts: pd.DataFrame | tuple[pd.DataFrame, Sequence[str]]) -> pd.DataFrame:
    """Return rows that carry what is hidden of the answers that they were joined from, where any of these does.

    A part is an answer, which hides all of a row, or an answer and the columns that come of it.
    """
    pairs = [part if isinstance(part, tuple) else (part, None) for part in parts]
    if any(ATTRIBUTE in answer.attrs for answer, _ in pairs):
        rows.attrs[ATTRIBUTE] = Joined(tuple(
            (answer.attrs.get(ATTRIBUTE, EVERYTHING), tuple(columns) if columns is not None else None)
            for answer, columns in pairs))
    return rows


def renamed(answer: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return an answer whose hidden rows are known by other columns of it."""
    found = answer.copy(deep=False)
    if hidden := answer.attrs.get(ATTRIBUTE):
        hides = zip(_keys(answer, keys), hidden.rows_of(answer), strict=True)
        rows = {key: frozenset({"tickets"}) for key, is_hidden in hides if is_hidden}
        found.attrs[ATTRIBUTE] = Hidden(tuple(keys), rows, frozenset(), frozenset())
    return found


def together(answer: pd.DataFrame) -> pd.DataFrame:
    """Return an answer of which all is hidden where anything is, whatever its rows are called."""
    found = answer.copy(deep=False)
    if hidden := answer.attrs.get(ATTRIBUTE):
        found.attrs[ATTRIBUTE] = EVERYTHING if any(hidden.rows_of(answer)) else NOTHING
    return found


def grouped(answer: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return an answer whose rows are to be added up by some of its keys: whatever any of them hides is hidden."""
    found = answer.copy(deep=False)
    if hidden := answer.attrs.get(ATTRIBUTE):
        found.attrs[ATTRIBUTE] = hidden.grouped(keys)
    return found


class HiddenCells:
    """The tables of a cube as moves change them, in an engine of their own."""

    def __init__(self, tables: Mapping[str, pa.Table], *, is_part: bool):
        self._engine, self._is_part = engines.connect(), is_part
        self._engine.raw_sql("SET threads = 1")
        for name, rows in tables.items():
            engines.register(self._engine, name, rows)

    def disconnect(self) -> None:
        """Close the engine, which answers nothing more."""
        self._engine.disconnect()

    def mark(self, answer: pd.DataFrame, question: ibis.Table, cube: Cube, *, is_year: bool) -> pd.DataFrame:
        """Return an answer that carries what is hidden of it (`of`); as it is where it asks no table of a cube.

        Where the period is no whole year, everything is hidden of tables in _YEARLY, of tickets of a label by their matter, and
        of a cube of a part of the tickets. Of such a cube months are, too, and everything of tables that were counted apart.
        """
        tables = [node for node in question.op().find(ops.DatabaseTable) if node.name in TABLES]
        keys = tuple(name for name, kind in question.schema().items() if kind.is_string() or kind.is_boolean() or name in _TIMES)
        asked, names = {node.name for node in tables}, [name for name in suppression.counts(answer) if name in question.columns]
        is_yearly = asked & {*_YEARLY} or ("tags" in asked and {*keys} & {*_OF_LABELS}) or self._is_part
        apart = any(node.source != cube.areas.op().source for node in tables) or (self._is_part and {*keys} & {*_TIMES})
        if apart or (is_yearly and not is_year):
            answer.attrs[ATTRIBUTE] = EVERYTHING
        elif asked:
            answer.attrs[ATTRIBUTE] = self._hidden(question, names, keys) if names and asked & {*_ADDED} else NOTHING
        return answer

    def _hidden(self, question: ibis.Table, names: Sequence[str], keys: tuple[str, ...]) -> Hidden:
        rows: dict[tuple[Any, ...], frozenset[str]] = {}
        sums = dict.fromkeys(names, 0)
        for row in self._engine.to_pyarrow(question).to_pylist():
            changed = {name: int(row[name] or 0) % PRIME for name in names}
            key = tuple(_plain(row[key]) for key in keys)
            rows[key] = rows.get(key, frozenset()) | {name for name, change in changed.items() if change}
            sums = {name: sums[name] + change for name, change in changed.items()}
        whole = frozenset(name for name, change in sums.items() if change % PRIME)
        return Hidden(keys, rows, frozenset(names), whole)


def of_cube(cube: Cube, city: str, below: int, *, is_part: bool = False) -> HiddenCells:
    """Return what is hidden of a cube, found once for each; forked processes inherit it, and open engines of their own."""
    return _opened(os.getpid(), threading.get_ident(), _Question((cube.state, city, below, is_part), cube))


def disconnect() -> None:
    """Close all engines: a process that is to fork has none."""
    for engine in [*_ENGINES]:
        engine.disconnect()
    _ENGINES.clear()
    _opened.cache_clear()


@dataclass(frozen=True)
class _Question:
    """What decides which counts of a cube are hidden; the cube is not compared."""

    identity: tuple[Any, ...]
    cube: Cube = field(compare=False, repr=False)


@lru_cache(maxsize=2)
def _opened(process: int, thread: int, question: _Question) -> HiddenCells:
    opened = HiddenCells(_tables(question), is_part=question.identity[-1])
    _ENGINES.add(opened)
    return opened


@lru_cache(maxsize=2)
def _tables(question: _Question) -> Mapping[str, pa.Table]:
    """Return the tables of a cube with what moves and grains of outcomes add to them."""
    cube, (_, city, below, _) = question.cube, question.identity
    known = stored(city, cube.years, below)
    tables = {name: _plain_strings(getattr(cube, name).to_pyarrow()) for name in TABLES}
    added: dict[str, list[dict[str, Any]]] = {name: [] for name in _ADDED}
    for year in cube.years:
        for name, rows in _added(tables, year, below, known):
            added[name] += rows
    return {name: _changed(rows, added[name]) if name in added else rows for name, rows in tables.items()}


def _added(tables: Mapping[str, pa.Table], year: int, below: int, known: Plans) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield the rows that are added to each table of a year."""
    for number, (group, (names, _)) in enumerate(_GROUPS.items()):
        rows = {name: _of_year(tables[name], year) for name in names}
        found, chance = known.get((group, _digest(rows))) or _plan(group, rows, below, []), f"{year} {number}"
        yield from ((name, _rows(name, rows[name].schema, year, found, random.Random(chance))) for name in names)
        for name in _LINKED.get(group, ()):
            yield name, _linked(group, name, tables[name], year, found, random.Random(chance))
    outcomes = {name: _of_year(tables[name], year) for name in outcome_cells.TABLES}
    grains = [planned if (planned := known.get(_outcomes_key(number, group, outcomes))) is not None else
              outcome_cells.plan(group, outcomes, below) for number, group in enumerate(outcome_cells.GROUPS)]
    yield from outcome_cells.marks(outcomes, grains, year).items()


def prepare(cube: Cube, city: str, below: int) -> None:
    """Write the registry of each year of a cube whose counts have changed since it was planned."""
    for year in cube.years:
        kept, found = hidden_registry.read(city, year, below), {}
        for group, (names, _) in _GROUPS.items():
            rows = {name: _of_year(_plain_strings(getattr(cube, name).to_pyarrow()), year) for name in names}
            known, digest = kept.get(group, {"counts": "", "moves": []}), _digest(rows)
            planned = known["moves"] if known["counts"] == digest else [
                hidden_registry.as_json(move) for move in _plan(group, rows, below, hidden_registry.as_moves(known["moves"]))]
            found[group] = {"counts": digest, "moves": planned}
        outcomes = {name: _of_year(_plain_strings(getattr(cube, name).to_pyarrow()), year) for name in outcome_cells.TABLES}
        for number, group in enumerate(outcome_cells.GROUPS):
            name, digest = _outcomes_key(number, group, outcomes)
            known = kept.get(name, {"counts": "", "moves": [], "grains": []})
            grains = known["grains"] if known["counts"] == digest else [
                [[[*path], grain] for path, grain in tree.items()]
                for tree in outcome_cells.plan(group, outcomes, below, hidden_registry.grains(known["grains"]))]
            found[name] = {"counts": digest, "moves": [], "grains": grains}
        if found != kept:
            hidden_registry.write(city, year, below, found)


def stored(city: str, years: Sequence[int], below: int) -> Plans:
    """Return the plans of a city's years from their registries, by group of tables and hash of their counts."""
    return {(group, table["counts"]): hidden_registry.plans(table)
            for year in years for group, table in hidden_registry.read(city, year, below).items()}


def _plan(group: str, tables: Mapping[str, pa.Table], below: int, known: Sequence[Move]) -> list[Move]:
    rows: dict[str, moves.Rows] = {name: {column: table[column].to_pylist() for column in table.column_names}
                                   for name, table in tables.items()}
    if group == "tickets":
        rows["split"] = moves.split(rows["calls"], rows["areas"])
    return moves.plan(rows, _GROUPS[group][1], below, known)


def _rows(name: str, schema: pa.Schema, year: int, found: Sequence[Move], chance: random.Random) -> list[dict[str, Any]]:
    """Return the rows that moves add to a table, each with the factor of its move."""
    factors = [chance.randrange(1, PRIME) for _ in found]
    return [{each: value for each, value in zip(moves.DIMENSIONS, key, strict=True) if each in schema.names}
            | {"year": year, "month": month + 1, "tickets": change * factor % PRIME}
            for factor, move in zip(factors, found, strict=True) for (key, month), change in move.cells.items()
            if name != "areas" or key[moves.DIMENSIONS.index("in_areas")]]


def _linked(group: str, name: str, table: pa.Table, year: int, found: Sequence[Move],
            chance: random.Random) -> list[dict[str, Any]]:
    """Return rows that change a table of outcomes where moves shift tickets that it may count."""
    factors = [chance.randrange(1, PRIME) for _ in found]
    each = {column: chance.randrange(1, PRIME) for column in outcome_cells.counts(table)}
    rows = []
    for factor, move in zip(factors, found, strict=True):
        for (key, month), change in move.cells.items():
            row = {"days": 0} | dict(zip(moves.DIMENSIONS, key, strict=True))
            if group == "owners" or (row["in_areas"] if name in _OF_UNITS else name == "funnel" or row["handling"] != "answered"):
                rows.append(outcome_cells.changed(table, row, year, month + 1, change * factor, each))
    return rows


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


def _outcomes_key(number: int, group: Iterable[str], tables: Mapping[str, pa.Table]) -> tuple[str, str]:
    """Return by what the plan of a group of outcomes is known: its name, and a hash of its counts."""
    return f"outcomes {number}", _digest({name: tables[name] for name in group})


def _keys(answer: pd.DataFrame, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Return the values of some columns of each row."""
    columns = (answer[name] for name in names)
    return [tuple(map(_plain, key)) for key in zip(*columns, strict=True)] if names else [()] * len(answer)


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value
