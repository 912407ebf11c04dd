"""Name the units that are assessed: districts, subdistricts, agencies, enterprises. Each has one name in full.

A unit is called by its level and names, `subdistrict/东城区/东华门街道`, or shorter where no other is called so.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import ibis
import pandas as pd
from ibis import _

from helpers.analysis import dimensions, measures
from helpers.analysis.scope import Scope, once
from helpers.cube import selections
from helpers.settings import labels
from helpers.settings.errors import UserError, did_you_mean

UNIT = "unit"  # parameter of the notebook that runs for each unit; its value is the unit's name in full

__all__ = ["UNIT", "Unit", "every", "file_names", "find", "of_level", "parse"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__

_KEPT = 4  # scopes whose units are kept


class Unit(NamedTuple):
    """A unit: its level (one of `dimensions.UNITS`) and the values of the level's keys, its own name last."""

    level: str
    names: tuple[str, ...]

    @property
    def full(self) -> str:
        """The name that only this unit has: subdistrict/东城区/东华门街道."""
        return "/".join((self.level, *self.names))

    @property
    def name(self) -> str:
        """The unit's own name."""
        return self.names[-1]

    @property
    def printed(self) -> str:
        """The name in print, a subdistrict's behind its district's: 东城区东华门街道."""
        return "".join(self.names)

    @property
    def key(self) -> str:
        """The column that has the unit's own name: subdistrict, owner."""
        return dimensions.DIMENSIONS[self.level].keys[-1]


def parse(full: str) -> Unit:
    """Return the unit of a name in full."""
    level, _slash, names = full.partition("/")
    keys = dimensions.DIMENSIONS[level].keys
    return Unit(level, tuple(names.split("/", len(keys) - 1)))


def file_names(units: Iterable[Unit]) -> dict[Unit, str]:
    """Return what each unit's file is called in the folder of its level: its own name, the printed one where others share it."""
    units = list(units)
    shared = Counter((unit.level, unit.name) for unit in units)
    return {unit: unit.name if shared[unit.level, unit.name] == 1 else unit.printed for unit in units}


@once(_KEPT)
def every(scope: Scope) -> list[Unit]:
    """Return the units that have tickets in the period, by level; districts as the edition lists them, others by name.

    Residual classes and the unknown are no units. Of districts only those that the edition lists, where it lists any.
    """
    return [unit for level in dimensions.UNITS for unit in _of(scope, level)]


def _of(scope: Scope, level: str) -> list[Unit]:
    dimension = dimensions.DIMENSIONS[level]
    keys = list(dimension.keys)
    volumes = scope.count(measures.volume(dimension.table(scope), scope.period, keys))
    residual = pd.concat([labels.residual(key, volumes[key]) for key in keys], axis="columns").any(axis="columns")
    names = sorted(volumes.loc[~residual, keys].itertuples(index=False, name=None))
    listed = {name: place for place, name in enumerate(scope.edition.districts)}
    kept = [each for each in names if not listed or "district" not in keys or each[0] in listed or level != "district"]
    return [Unit(level, each) for each in sorted(kept, key=lambda each: listed.get(each[0], len(listed)))]


def find(scope: Scope, name: str) -> Unit:
    """Return the unit that a name calls: in full, without its level, or its own name alone.

    Raises UserError (exit code 2) where the tickets have no such unit, with the nearest, and where several are called so, which
    are named.
    """
    units = every(scope)
    found = [unit for unit in units if unit.full == name] or [
        unit for unit in units if name in (unit.name, "/".join(unit.names), f"{unit.level}/{unit.name}")]
    if len(found) > 1:
        raise UserError(f"unit '{name}' is several: write one of {', '.join(unit.full for unit in found)}.", exit_code=2)
    if not found:
        names = {unit.name for unit in units}
        raise UserError(f"unit '{name}' has no tickets in {scope.edition.key}.{did_you_mean(name.rpartition('/')[2], names)}",
                        exit_code=2)
    return found[0]


def of_level(scope: Scope, level: str, table: ibis.Table) -> ibis.Table:
    """Return the rows of a table of the cube that the units of a level answer for."""
    if level == "district":
        return selections.in_districts(table, scope.edition.districts)
    return selections.by_subdistricts(table) if level == "subdistrict" else table.filter(_.owner_level == level)
