"""Find which outcomes of a year are hidden: of tables that count answers, handling and days, by unit and by matter.

Every table of a group has the same whole, and tables of units the same units, so that none prints what another hides.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from helpers.analysis import granularity
from helpers.analysis.granularity import PRIME, Path

_EXCLUSIONS = ("duplicate", "petition_or_litigation")
_OF_DISTRICTS = (None, "district_department", "subdistrict")  # owner levels whose tickets districts handle
_KEYS = ("year", "month")

Row = Mapping[str, Any]


def _unit(row: Row) -> Path:
    level = row["owner_level"]
    if level not in _OF_DISTRICTS:
        return (str(level), str(row["owner"])) if "owner" in row else (str(level),)
    place = (f"{level == 'district_department'}/{row['subdistrict']}",) if "subdistrict" in row else ()
    return ("districts", str(row["district"]), *place)


def _matter(row: Row) -> Path:
    return str(row["category"]), str(row["subcategory"])


def _level(row: Row) -> Path:
    return (f"{row['handling']}/{row['owner_level']}",)


def _answers(count: Row) -> list[int]:
    """Return the callers not reached, those without valid answers, and those of each answer."""
    return [count["assessed"] - count["reached"], count["reached"] - count["valid"], count["resolved"], count["partly"],
            count["unresolved"], count["satisfied"], count["basically"], count["dissatisfied"], count["contacted"],
            count["contact_known"] - count["contacted"], count["valid"] - count["contact_known"]]


def _steps(count: Row) -> list[int]:
    """Return the tickets of each exclusion, those not assessed, and of the assessed the callers not reached, and so on."""
    excluded = [count["tickets"] * (count["exclusion"] == name) for name in _EXCLUSIONS]
    others = (count["tickets"] - sum(excluded)) * (count["exclusion"] is not None)
    return [*excluded, others, count["tickets"] - count["assessed"], count["assessed"] - count["reached"],
            count["reached"] - count["valid"], count["valid"]]


def _handling(count: Row) -> list[int]:
    """Return the tickets repeated, dispatched again, late, closed, and the others of each."""
    parts = [count[name] for name in ("repeated", "redispatched", "due", "closed")]
    return [*parts, *(count["tickets"] - part for part in parts), count["on_time"], count["due"] - count["on_time"]]


class _Table(NamedTuple):
    """What a table counts: the path of a row (what it belongs to, finest last), and the parts that make up its tickets."""

    path: Callable[[Row], Path]
    parts: Callable[[Row], list[int]]


GROUPS: Sequence[Mapping[str, _Table]] = [
    {"outcomes": _Table(_unit, _answers), "category_outcomes": _Table(_matter, _answers), "funnel": _Table(_level, _steps)},
    {"unit_handling": _Table(_unit, _handling), "category_handling": _Table(_matter, _handling)},
]
_LIKE = {"durations": "unit_handling", "unit_category_outcomes": "outcomes",
         "replies": "category_outcomes"}  # tables that count tickets of another's units or matters
TABLES = [*(name for group in GROUPS for name in group), *_LIKE]


def plan(group: Mapping[str, _Table], tables: Mapping[str, pa.Table], below: int,
         known: Sequence[granularity.Grains] = ()) -> list[granularity.Grains]:
    """Return how finely each row of a group's tables of a year is published; `known` is an earlier plan."""
    return granularity.grains([_counted(tables[name].to_pylist(), rule) for name, rule in group.items()], below, known)


def marks(tables: Mapping[str, pa.Table], plans: Sequence[Sequence[granularity.Grains]],
          year: int) -> dict[str, list[dict[str, Any]]]:
    """Return rows for the tables of a year that change what is hidden of them, and leave all that is published as it is.

    `plans` has the plan of each group.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    chance = random.Random(str(year))
    for group, planned in zip(GROUPS, plans, strict=True):
        for (name, rule), grain in zip(group.items(), planned, strict=True):
            changes = granularity.marks(grain, chance)
            for each in (name, *(like for like, other in _LIKE.items() if other == name)):
                found[each] = _marked(tables[each], rule.path, changes, year, chance)
    return found


def changed(table: pa.Table, row: Row, year: int, month: int, change: int, factors: Mapping[str, int]) -> dict[str, Any]:
    """Return a row that adds a change to each count of a table; `row` has its names."""
    names = {name: row.get(name) for name in table.column_names if name not in factors and name not in _KEYS}
    return names | {"year": year, "month": month} | {name: change * factor % PRIME for name, factor in factors.items()}


def counts(table: pa.Table) -> list[str]:
    """Return the columns of a table that count tickets, or days of tickets."""
    return [name for name, kind in zip(table.column_names, table.schema.types, strict=True) if kind == pa.int64()]


def _counted(rows: Sequence[Row], rule: _Table) -> granularity.Counts:
    if not rows:
        return {}
    parts = np.array([rule.parts(row) for row in rows], dtype=np.int64).reshape(len(rows), -1).T
    return granularity.counted([rule.path(row) for row in rows], [row["month"] for row in rows], np.maximum(parts, 0))


def _is_open(row: Row) -> bool:
    """Return whether tickets of a row have no number of days, where a table counts by these."""
    return row.get("days", 0) is None


def _marked(table: pa.Table, path: Callable[[Row], Path], changes: granularity.Marks, year: int,
            chance: random.Random) -> list[dict[str, Any]]:
    """Return rows that carry changes: those of a unit on its first row, those of the whole on all rows."""
    factors = {name: chance.randrange(1, PRIME) for name in counts(table)}
    first: dict[Path, Row] = {}
    named = table.select([name for name in table.column_names if name not in (*factors, *_KEYS)])
    every = sorted(named.group_by(named.column_names, use_threads=False).aggregate([]).to_pylist(), key=_is_open)
    for row in every:
        names = path(row)
        for end in range(1, len(names) + 1):
            first.setdefault(names[:end], row)
    carried = [(row, change) for name, change in changes.items() if (row := first.get(name))]
    carried += [(row, changes[()] * chance.randrange(1, PRIME)) for row in every if () in changes]
    return [changed(table, row, year, month + 1, int(change[month]), factors)
            for row, change in carried for month in np.flatnonzero(change)]
