"""Read and write the registry of a year's plans, by which all periods hide the same: `paths.hidden`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from helpers.analysis.granularity import Grains
from helpers.analysis.moves import Move
from helpers.settings import paths
from helpers.settings.files import atomic_write


def read(city: str, year: int, below: int) -> dict[str, Any]:
    """Return a registry; an empty one where there is none, or where it cannot be read, so that it is planned anew."""
    try:
        found = json.loads(paths.hidden(paths.edition_key(city, year), below).read_bytes())
        return {name: table for name, table in found.items() if table["counts"] and plans(table) is not None}
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def plans(table: Mapping[str, Any]) -> list[Grains] | list[Move]:
    """Return what a registry has planned of a group of tables: of outcomes how finely they are published, of others moves."""
    return grains(table["grains"]) if "grains" in table else as_moves(table["moves"])


def grains(found: Sequence[Any]) -> list[Grains]:
    """Return how finely outcomes are published from what a registry has of it."""
    return [{tuple(path): grain for path, grain in tree} for tree in found]


def as_moves(found: Sequence[Any]) -> list[Move]:
    """Return moves from what a registry has of them."""
    return [Move({(tuple(key), month): change for key, month, change in cells}, reach) for reach, cells in found]


def as_json(move: Move) -> list[Any]:
    """Return a move as a registry keeps it."""
    return [move.reach, [[list(key), month, change] for (key, month), change in move.cells.items()]]


def write(city: str, year: int, below: int, found: Mapping[str, Any]) -> None:
    """Replace a registry."""
    with atomic_write(paths.hidden(paths.edition_key(city, year), below)) as temporary:
        temporary.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
