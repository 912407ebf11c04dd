"""Plan which counts of a year are hidden, once for all its periods and products: moves that no published number may notice.

A move shifts tickets between cells of a table of the cube: three more of a category in March and three fewer in April, and of
another category the other way round. A number is published only where no move changes it (`hidden_cells`). All that is published
then fits the true counts and the moved ones alike, however it is added up or set off, over the tables that are printed of it and
over periods: the feasibility interval of a small count (Fischetti and Salazar 2001, https://doi.org/10.1287/mnsc.47.7.1008.9802)
reaches at least half of the threshold beyond it. Moves are sought that leave longer periods and coarser totals as they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product, repeat
from operator import itemgetter
from typing import Any

import numpy as np

FAMILIES: Sequence[tuple[str, tuple[str, ...]]] = [
    ("channels", ()), ("channels", ("handling",)), ("channels", ("kind",)), ("channels", ("channel",)), ("channels", ("source",)),
    ("split", ("category", "in_areas")), ("calls", ("category",)), ("areas", ()), ("areas", ("category",)),
    ("areas", ("owner_level",)), ("areas", ("district",)), ("areas", ("owner_level", "district")),
    ("calls", ("category", "subcategory")), ("calls", ("category", "topic")),
    ("areas", ("owner_level", "district", "subdistrict")), ("areas", ("category", "district")),
]  # counts that reports print, coarse before fine: a table of the cube, and the dimensions that it is counted by
OWNERS = [("owners", ()), ("owners", ("owner_level",)), ("owners", ("owner_level", "owner"))]
TAGS = [("tags", ("tag",))]
SPANS = [[*range(12)], *([*range(start, start + 6)] for start in (0, 6)), *([*range(start, start + 3)] for start in (0, 3, 6, 9)),
         *([month] for month in range(12))]  # year, halves, quarters, months
DIMENSIONS = ("handling", "channel", "source", "kind", "category", "subcategory", "topic", "in_areas", "owner_level", "district",
              "subdistrict", "owner", "tag")  # of all tables; `in_areas`: whether a ticket is counted in `areas`
_WITHIN = {"source": ("channel",), "subcategory": ("category",), "topic": ("category",), "owner_level": ("in_areas",),
           "district": ("in_areas",), "subdistrict": ("owner_level", "district"), "owner": ("owner_level",)}
# a name of the one is part of a name of the others
_MONTHS, _PARTNERS = 3, 8  # that are tried for a move
_ENDLESS = 10**9
_IN_AREAS = DIMENSIONS.index("in_areas")
_ANSWERED = "answered"
_HOMES = ("channels", "calls", "split", "areas", "owners", "tags")  # where values of a dimension are sought, in this order

Key = tuple[Any, ...]
Cell = tuple[Key, int]  # tickets of one kind: their values of DIMENSIONS, and the month from 0
Family = tuple[str, tuple[str, ...]]
Rows = Mapping[str, Sequence[Any]]  # columns of a table: its dimensions, `month`, `tickets`


@dataclass(frozen=True)
class Move:
    """What a move adds to each cell; `reach` is how many times it can be made until a count would be negative."""

    cells: Mapping[Cell, int]
    reach: int


@dataclass
class _Year:
    """The counts of a year's tables, as sums over any of their dimensions by month, and the moves found so far."""

    tables: Mapping[str, Rows]
    families: Sequence[Family]
    below: int
    moves: list[Move] = field(default_factory=list)
    _sums: dict[Family, dict[Key, np.ndarray]] = field(default_factory=dict)
    _lines: dict[tuple[Family, str], dict[Key, dict[Any, np.ndarray]]] = field(default_factory=dict)
    _changed: dict[Family, dict[Key, list[tuple[np.ndarray, int]]]] = field(default_factory=dict)

    @cached_property
    def dimensions(self) -> dict[str, list[str]]:
        """The dimensions of each table, in the order of DIMENSIONS."""
        return {table: [name for name in DIMENSIONS if name in rows] for table, rows in self.tables.items()}

    @cached_property
    def least(self) -> int:
        """How far from a small count its interval must reach: half of the threshold, 3 of 5."""
        return (self.below + 1) // 2

    def sums(self, family: Family) -> dict[Key, np.ndarray]:
        """Return the tickets of each month by the values of some dimensions, in order of values."""
        if family not in self._sums:
            table, names = family
            found: dict[Key, np.ndarray] = {}
            rows, months = self.tables[table], zip(self.tables[table]["month"], self.tables[table]["tickets"], strict=True)
            keys = zip(*(rows[name] for name in names), strict=True) if names else repeat(())
            for key, (month, tickets) in zip(keys, months, strict=False):
                found.setdefault(key, np.zeros(12, dtype=np.int64))[month - 1] += tickets
            self._sums[family] = dict(sorted(found.items(), key=lambda item: tuple(map(str, item[0]))))
        return self._sums[family]

    def along(self, family: Family, name: str) -> dict[Key, dict[Any, np.ndarray]]:
        """Return the sums by some dimensions as lines along one of them: by the values of the others, then by its own."""
        if (family, name) not in self._lines:
            place, lines = family[1].index(name), {}
            for key, counts in self.sums(family).items():
                lines.setdefault(key[:place] + key[place + 1:], {})[key[place]] = counts
            self._lines[family, name] = lines
        return self._lines[family, name]

    def add(self, move: Move) -> None:
        """Note a move, and what it does to the counts of each family."""
        self.moves.append(move)
        for family in self.families:
            found: dict[Key, np.ndarray] = {}
            for (key, month), change in self.effects(move.cells, family).items():
                found.setdefault(key, np.zeros(12, dtype=np.int64))[month] = change
            for key, effect in found.items():
                if effect.any():
                    self._changed.setdefault(family, {}).setdefault(key, []).append((effect, move.reach))

    def is_protected(self, family: Family, key: Key, span: Sequence[int]) -> bool:
        """Return whether the interval that a move gives to a count of a span reaches far enough."""
        return any(abs(int(effect[span].sum())) * reach >= self.least
                   for effect, reach in self._changed.get(family, {}).get(key, ()))

    def is_changed(self, family: Family, key: Key) -> bool:
        """Return whether counts of a name are hidden already."""
        return key in self._changed.get(family, {})

    def reach(self, cells: Mapping[Cell, int], families: Iterable[Family] = ()) -> int:
        """Return how many times a move can be made, forwards or backwards, until a count would be negative."""
        most = {1: _ENDLESS, -1: _ENDLESS}
        for there, change in self._changes(cells, families):
            sign = -1 if change > 0 else 1
            most[sign] = min(most[sign], there // abs(change))
        return max(most.values())

    def fits(self, cells: Mapping[Cell, int]) -> bool:
        """Return whether a move leaves no count negative."""
        return all(there + change >= 0 for there, change in self._changes(cells))

    def effects(self, cells: Mapping[Cell, int], family: Family) -> dict[Cell, int]:
        """Return what a move adds to the counts of a family, by name and month."""
        pick, found = self._picks[family], {}
        for (key, month), change in cells.items():
            if family[0] != "areas" or key[_IN_AREAS]:
                cell = pick(key), month
                found[cell] = found.get(cell, 0) + change
        return found

    def _changes(self, cells: Mapping[Cell, int], families: Iterable[Family] = ()) -> Iterator[tuple[int, int]]:
        """Yield each count of a month that a move changes, with the change."""
        for family in families or self.families:
            sums = self.sums(family)
            for (key, month), change in self.effects(cells, family).items():
                if change:
                    yield int(sums[key][month]) if key in sums else 0, change

    @cached_property
    def _picks(self) -> dict[Family, Callable[[Key], Key]]:
        """What takes a family's name out of a row's values."""
        return {family: _pick([DIMENSIONS.index(name) for name in family[1]]) for family in self.families}


@dataclass(frozen=True)
class _Goal:
    """A small count that a move is sought for: a family's name, and the months that are counted."""

    year: _Year
    family: Family
    key: Key
    span: Sequence[int]

    @cached_property
    def counts(self) -> np.ndarray:
        return self.year.sums(self.family)[self.key]

    @cached_property
    def values(self) -> dict[str, Any]:
        """The count's dimensions and their values."""
        return dict(zip(self.family[1], self.key, strict=True)) | ({"in_areas": True} if self.family[0] == "areas" else {})

    @cached_property
    def months(self) -> list[int]:
        """The months of the span with most tickets."""
        return self._most(self.span)

    def set_off(self, month: int, size: int) -> list[int | None]:
        """Return months outside the span that set one off: of its quarter, half or year by `size`; None for no other month."""
        near = (other for other in range(12) if size and other // size == month // size and other not in self.span)
        return self._most([other for other in near if self.counts[other]]) if size else [None]

    def gain(self, cells: Mapping[Cell, int]) -> int:
        """Return what a move adds to the count."""
        effects = self.year.effects(cells, self.family)
        return sum(effects.get((self.key, month), 0) for month in self.span)

    def _most(self, months: Iterable[int]) -> list[int]:
        return sorted(months, key=lambda month: (-self.counts[month], month))[:_MONTHS]


def _pick(places: Sequence[int]) -> Callable[[Key], Key]:
    match places:
        case []:
            return lambda key: ()
        case [place]:
            return lambda key: (key[place],)
    return itemgetter(*places)


def plan(tables: Mapping[str, Rows], families: Sequence[Family], below: int, known: Iterable[Move] = ()) -> list[Move]:
    """Return the moves of a year that protect every count of 1 to `below` − 1 of the families, among them those of `known`.

    `known` are moves of an earlier plan: what was published by it stays as it was. Counts of a year, half, quarter and month are
    protected, coarse ones first.
    """
    year = _Year(tables, families, below)
    for move in known:
        year.add(move)
    for family in (family for family in families if family[0] != "split"):
        for span in SPANS:
            for key, counts in year.sums(family).items():
                if 0 < counts[span].sum() < below and not year.is_protected(family, key, span):
                    year.add(_move(_Goal(year, family, key, span)))
    return year.moves


def split(calls: Rows, areas: Rows) -> Rows:
    """Return the tickets of `calls` by category and by whether they are counted in `areas`: those that are not are the rest."""
    counts: dict[tuple[Any, int, bool], int] = {}
    for rows, parts in ((calls, ((False, 1),)), (areas, ((False, -1), (True, 1)))):
        for category, month, tickets in zip(rows["category"], rows["month"], rows["tickets"], strict=True):
            for is_in, sign in parts:
                counts[category, month, is_in] = counts.get((category, month, is_in), 0) + sign * tickets
    found = [(*key, max(tickets, 0)) for key, tickets in counts.items()]
    return dict(zip(("category", "month", "in_areas", "tickets"), zip(*found, strict=True) if found else [()] * 4, strict=True))


def _move(goal: _Goal) -> Move:
    """Return a move that protects a count, a simple one or several together, of those that change least.

    At last it is one that nothing sets off, which hides every total of the count.
    """
    year = goal.year
    for varied, is_product in _varied(goal.family[1]):
        together: dict[Cell, int] = {}
        for size in (3, 6, 12, 0):
            found = []
            for cells in _simple(goal, varied, is_product, size):
                if (reach := year.reach(cells)) >= year.least:
                    return Move(cells, reach)
                found += [cells] if reach else []
            together = _together(goal, together, found)
            if goal.gain(together) >= year.least:
                return Move(together, 1)
    return Move(_cells(goal, _sides(goal, {}, [()]), goal.months[:1]), year.least)


def _simple(goal: _Goal, varied: Sequence[str], is_product: bool, size: int) -> Iterator[dict[Cell, int]]:
    """Yield moves of a few cells that add to a count, those that a family's own counts allow."""
    corners = [*product((0, 1), repeat=len(varied))] if is_product else [(0,) * len(varied), (1,) * len(varied)]
    for month in goal.months:
        partners = [*(_partners if is_product else _strangers)(goal, varied, month)]
        for later, others in product(goal.set_off(month, size), partners):
            months = [month] if later is None else [month, later]
            sides = _sides(goal, others, corners)
            if _may_reach(goal, sides, months) and (cells := _cells(goal, sides, months)):
                yield cells


def _together(goal: _Goal, cells: Mapping[Cell, int], found: Iterable[Mapping[Cell, int]]) -> dict[Cell, int]:
    """Return the sum of as many moves as raise a count far enough and leave no count negative."""
    total = dict(cells)
    for more in found:
        while goal.gain(total) < goal.year.least:
            both = {cell: change for cell in {**total, **more} if (change := total.get(cell, 0) + more.get(cell, 0))}
            if not goal.year.fits(both):
                break
            total = both
    return total


def _varied(names: Sequence[str]) -> list[tuple[tuple[str, ...], bool]]:
    """Return the dimensions in which a move has two sides, and whether it has a cell for each pair of sides.

    All that cross; each of them alone; those that names lie within; two names that have nothing in common; none.
    """
    around = {name for finer in names for name in _WITHIN.get(finer, ()) if name in names}
    crossing = tuple(name for name in names if name not in around)
    single = [*((name,) for name in reversed(crossing)), *((name,) for name in names if name in around)]
    choices = [*((varied, True) for varied in dict.fromkeys([crossing, *single]) if varied), ((), True)]
    return [*choices[:-1], (crossing, False), choices[-1]] if len(crossing) > 1 else choices


def _partners(goal: _Goal, varied: Sequence[str], month: int) -> Iterator[dict[str, Any]]:
    """Yield other names, one for each varied dimension: hidden ones first, then the smallest that suffice."""
    choices = []
    for name in varied:
        outer = tuple(each for each in goal.family[1] if name not in _WITHIN.get(each, ()))  # what is within it differs there
        own, place, family = [goal.values[each] for each in outer], outer.index(name), (goal.family[0], outer)
        line = goal.year.along(family, name)[tuple(own[:place] + own[place + 1:])]
        ranks = {value: _rank(goal.year, family, (*own[:place], value, *own[place + 1:]), int(counts[month]))
                 for value, counts in line.items() if value != own[place]}
        choices.append(sorted(ranks, key=ranks.get)[:_PARTNERS // len(varied)])
    for others in product(*choices):
        yield dict(zip(varied, others, strict=True))


def _strangers(goal: _Goal, varied: Sequence[str], month: int) -> Iterator[dict[str, Any]]:
    """Yield names that differ in every varied dimension, hidden ones first."""
    others = [(key, int(counts[month])) for key, counts in goal.year.sums(goal.family).items()
              if counts[month] and all(value != own for value, own in zip(key, goal.key, strict=True))]
    for key, _ in sorted(others, key=lambda other: _rank(goal.year, goal.family, *other))[:_PARTNERS]:
        yield {name: value for name, value in zip(goal.family[1], key, strict=True) if name in varied}


def _rank(year: _Year, family: Family, key: Key, there: int) -> tuple[Any, ...]:
    return not year.is_changed(family, key), there < year.least, there if there >= year.least else -there, str(key)


def _sides(goal: _Goal, others: Mapping[str, Any], corners: Sequence[tuple[int, ...]]) -> list[tuple[dict[str, Any], int]]:
    """Return the names of each corner of a move as far as the family and its partners give them, with its sign."""
    found = []
    for corner in corners:
        other = {name: others[name] for name, side in zip(others, corner, strict=True) if side}
        kept = {name: value for name, value in goal.values.items() if not {*_WITHIN.get(name, ())} & {*other}}
        found.append((kept | other, (-1) ** (sum(corner) if len(corners) > 2 else any(corner))))
    return found


def _may_reach(goal: _Goal, sides: Sequence[tuple[dict[str, Any], int]], months: Sequence[int]) -> bool:
    """Return whether the family's own counts let a move be made once, forwards or backwards."""
    names, sums, least = goal.family[1], goal.year.sums(goal.family), {1: _ENDLESS, -1: _ENDLESS}
    for filled, sign in sides:
        if {*names} <= {*filled}:
            counts = sums.get(tuple(filled[name] for name in names))
            for place, month in enumerate(months):
                turned = sign * (-1) ** place
                least[turned] = min(least[turned], 0 if counts is None else counts[month])
    return max(least.values()) > 0


def _cells(goal: _Goal, sides: Sequence[tuple[dict[str, Any], int]], months: Sequence[int]) -> dict[Cell, int]:
    """Return the cells of a move between sides, and between two months where there are two.

    Dimensions that the family lacks take values that the sides have in common, or, of names within one of the sides, a value of
    each side: those with most tickets where there are fewest.
    """
    for name in DIMENSIONS:
        groups: dict[Key, list[dict[str, Any]]] = {}
        for filled, _ in sides:
            if name not in filled:
                groups.setdefault(tuple(filled.get(outer) for outer in _WITHIN.get(name, ())), []).append(filled)
        for group in groups.values():
            value = _common(goal, name, group, months)
            for filled in group:
                filled[name] = value
    cells: dict[Cell, int] = {}
    for (filled, sign), (place, month) in product(sides, enumerate(months)):
        cell = (tuple(filled[name] for name in DIMENSIONS), month)
        cells[cell] = cells.get(cell, 0) + sign * (-1) ** place
    return {cell: change for cell, change in cells.items() if change}


def _common(goal: _Goal, name: str, group: Sequence[Mapping[str, Any]], months: Sequence[int]) -> Any:
    """Return the value of a dimension with which all cells of a group have most tickets where they have fewest."""
    if name == "in_areas" and any(filled.get("handling") == _ANSWERED for filled in group):
        return False
    table = next((table for table in (goal.family[0], *_HOMES) if name in goal.year.dimensions.get(table, ())), None)
    if table is None or (table == "areas" and not all(filled.get("in_areas") for filled in group)):
        return None
    names = tuple(each for each in goal.year.dimensions[table] if each == name or all(each in filled for filled in group))
    lines, rest = goal.year.along((table, names), name), [each for each in names if each != name]
    found = [lines.get(tuple(filled[each] for each in rest), {}) for filled in group]
    values = dict.fromkeys(value for line in found for value in line)
    if name == "handling" and any(filled.get("in_areas") for filled in group):
        values.pop(_ANSWERED, None)

    def fewest(value: Any) -> tuple[int, int]:
        there = [int(line[value][month]) if value in line else 0 for line in found for month in months]
        return min(there), sum(there)

    return max(values, key=fewest, default=None)
