"""Build, cache and load the cube: small tables of counts by month between the tickets and the chapters.

Counts are mergeable, so months add up to any period. An edition's cube is rebuilt when its tickets or the counting change.
"""

import hashlib
import json
import os
import threading
import time
import uuid
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from helpers.cube import compiled, counts
from helpers.settings import editions, label_rules, paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.files import scratch_folder
from helpers.settings.periods import Period
from helpers.tickets import engines, parquet, schema

_FACTS = "facts.json"
_ATTEMPTS = 40  # of 50 ms each, while another process swaps its folder in


@dataclass(frozen=True)
class Cube:
    """Hold the tables of a city's loaded years in memory, so that a rebuild meanwhile changes nothing here.

    Every table has `year` and `month` (of received_at; of all `outcomes` the assessment month), its dimensions (null where
    unknown) and counts of tickets. `data` (`simulated` or `export`) and `source` are the tickets' own; `account` is
    `schema.ingest_counts`, None where unknown. `state` is the same for cubes read from the same files.
    """

    channels: ibis.Table
    calls: ibis.Table
    tags: ibis.Table
    hours: ibis.Table
    days: ibis.Table
    areas: ibis.Table
    owners: ibis.Table
    funnel: ibis.Table
    outcomes: ibis.Table
    category_outcomes: ibis.Table
    unit_category_outcomes: ibis.Table
    category_handling: ibis.Table
    unit_handling: ibis.Table
    durations: ibis.Table
    dispatching: ibis.Table
    backlog: ibis.Table
    closings: ibis.Table
    coverage: ibis.Table
    tag_kinds: ibis.Table
    tag_areas: ibis.Table
    tag_owners: ibis.Table
    tag_outcomes: ibis.Table
    replies: ibis.Table
    data: str
    source: str
    years: tuple[int, ...]
    account: Mapping[str, Any] | None = None
    state: Hashable = field(default_factory=lambda: uuid.uuid4().hex)

    def count_known(self, column: str, period: Period) -> int:
        """Count the period's tickets that have a value in a column, of those that the column applies to.

        Raises UserError where tickets have no such column.
        """
        if column not in schema.SCHEMA.names:
            raise UserError(f"tickets have no column '{column}'.{did_you_mean(column, schema.SCHEMA.names)}")
        month = self.coverage.year * 12 + self.coverage.month - 1
        counted = self.coverage.filter(self.coverage.column == column, month.between(period.start, period.end))
        return int(counted.known.sum().fill_null(0).execute())

    def names(self) -> set[str]:
        """Return every name that tickets have in any dimension: of places, categories, topics, labels, owners, sources."""
        texts = [table.select(name=table[column]).distinct()
                 for table in (self.channels, self.calls, self.tags, self.tag_kinds, self.areas, self.owners)
                 for column, kind in table.schema().items() if kind.is_string()]
        return {name for name in ibis.union(*texts, distinct=True).to_pyarrow()["name"].to_pylist() if name}

    def covers(self, period: Period) -> bool:
        """Return whether all years of a period are loaded; a month without tickets of a loaded year counts as covered."""
        return set(period.years) <= set(self.years)


def facts(edition: Edition) -> dict[str, str] | None:
    """Return the metadata of the tickets that a cube was built from, and its `method`; None where there is no whole cube."""
    try:
        return json.loads((paths.cube(edition.key) / _FACTS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def is_fresh(edition: Edition) -> bool:
    """Return whether an edition has a complete cube, built from its present tickets by the present method."""
    place = paths.cube(edition.key)
    return facts(edition) == _wanted(edition) and all(_file(place, table).exists() for table in STORED)


def _wanted(edition: Edition) -> dict[str, str]:
    """Return the facts that a cube built now would have."""
    starts_on = edition.assessment.month_starts_on
    return (schema.metadata(edition) or {}) | {"method": _method(starts_on, label_rules.digest(edition.city))}


def build(edition: Edition, engine: str | None = None, force: bool = False) -> bool:
    """Build an edition's cube where it is missing or its tickets or method have changed; return whether it was built.

    Several processes may build at once: each writes its own folder and swaps it in atomically, the last one wins, and
    readers see complete cubes only. Raises UserError where the edition or its tickets do not exist.
    """
    if not force and is_fresh(edition):
        return False
    place, wanted = paths.cube(edition.key), _wanted(edition)
    rows = schema.read(edition, engine)
    place.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(place.parent, f".{place.name}.") as scratch:
        new = scratch / "new"
        engines.spill(rows, scratch / "spilled")
        for name, answer in _tables(rows, edition.assessment.month_starts_on, engine):
            parquet.write(_file(new, name), answer.to_batches(), answer.schema, wanted)
        (new / _FACTS).write_text(json.dumps(wanted, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        _swap(new, place, scratch)
    return True


def _tables(rows: ibis.Table, month_starts_on: int, engine: str | None) -> Iterator[tuple[str, pa.Table]]:
    """Yield each table by name; a cluster or a warehouse is released as soon as it has answered the base counts."""
    with engines.closing(rows, engine):
        yield DAILY, compiled.daily(rows, engine)
        counted = compiled.base_counts(rows, month_starts_on, engine)
    yield from compiled.tables(counted).items()


def load(edition: Edition, period: Period, base: Period | None = None, engine: str | None = None, *,
         shared: bool = False) -> Cube:
    """Load the cube of an edition's year and of the city's other years that a period and its base touch; build what is stale.

    Other years need an edition and tickets of the same kind: simulated tickets are never compared with an export's.
    `Cube.years` lists them. With `shared`, loads of one thread share a connection while the cube is unchanged. Raises UserError
    as `build` does.
    """
    read = years(edition, period, base)
    loaded = [editions.read(edition.city, year) for year in read]
    for other in loaded:
        while build(other, engine):  # until fresh: tickets may have been replaced meanwhile
            pass
    states, own = tuple(_whole(other, engine) for other in loaded), schema.metadata(edition)
    register = _registered if shared else _registered.__wrapped__
    tables = register(os.getpid(), threading.get_ident(), states)
    return Cube(**tables, data=own["data"], source=own["source"], years=read, account=schema.ingest_counts(edition), state=states)


def daily(edition: Edition, engine: str | None = None) -> pa.Table:
    """Return an edition's counts by day (`counts.daily`), which no chapter loads with the cube; build what is stale.

    Strings are dictionary-encoded. Raises UserError as `build` does.
    """
    while build(edition, engine):  # until fresh: tickets may have been replaced meanwhile
        pass
    return _encoded(parquet.rows(_file(paths.cube(edition.key), DAILY)))


def years(edition: Edition, period: Period, base: Period | None) -> tuple[int, ...]:
    """Return the years to load, in order; with the year before where January's assessment month starts in it."""
    turned = int(edition.assessment.month_starts_on > 1)
    spans = [Period(span.start - turned, span.months + turned) for span in (period, base) if span]
    touched = {(edition.city, year) for span in spans for year in span.years} & set(editions.known())
    others = {year: edition if year == edition.year else editions.read(city, year)
              for city, year in touched | {(edition.city, edition.year)}}
    kinds = {year: (schema.metadata(other) or {}).get("data") for year, other in others.items()}
    return tuple(sorted(year for year, kind in kinds.items() if year == edition.year or (kind and kind == kinds[edition.year])))


def disconnect(loaded: Cube) -> None:
    """Close the connection of a cube, which answers nothing more: a process that is to fork has none."""
    loaded.areas.get_backend().disconnect()
    _registered.cache_clear()


@lru_cache(maxsize=4)
def _registered(process: int, thread: int, states: tuple["_State", ...]) -> Mapping[str, ibis.Table]:
    """Return the tables of several years together; opened once while unchanged, in each thread of each process for itself."""
    embedded = engines.connect()
    embedded.raw_sql("SET threads = 1")  # a second thread only slows down queries over so few rows
    years = [_rows(*state) for state in states]
    whole = {name: pa.concat_tables([rows[name] for rows in years], promote_options="permissive") for name in TABLES}
    return {name: engines.register(embedded, name, rows) for name, rows in whole.items()}


def _whole(edition: Edition, engine: str | None) -> "_State":
    """Return the state of a year's cube, once its tables are read; build them anew where one is damaged."""
    try:
        return _state_read(edition)
    except (pa.ArrowInvalid, pa.ArrowTypeError, KeyError, OSError) as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        build(edition, engine, force=True)
        return _state_read(edition)


def _state_read(edition: Edition) -> "_State":
    """Return the state of a year's cube, once its tables are read; read again where they were swapped meanwhile."""
    for attempt in range(_ATTEMPTS):
        try:
            before = _state(edition)
            _rows(*before)
        except FileNotFoundError:  # the moment between two folders
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if before == _state(edition):
                return before
        time.sleep(0.05)
    raise UserError(f"the cube of {edition.label} keeps changing: let the other run end, then run this one again.")


class _State(NamedTuple):
    """What identifies a cube: its folder, the inode and time of the file with its facts, and these."""

    folder: Path
    inode: int
    changed: int
    facts: str


def _state(edition: Edition) -> _State:
    file = paths.cube(edition.key) / _FACTS
    stat = file.stat()
    return _State(file.parent, stat.st_ino, stat.st_mtime_ns, file.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _rows(folder: Path, *state: int | str) -> Mapping[str, pa.Table]:
    return {table: _encoded(parquet.rows(_file(folder, table))) for table in TABLES}


def _encoded(rows: pa.Table) -> pa.Table:
    """Return a table with dictionary-encoded strings, which are compared and grouped faster."""
    return pa.table({name: column.dictionary_encode() if pa.types.is_string(column.type) else column
                     for name, column in zip(rows.column_names, rows.columns, strict=True)})


def _swap(new: Path, place: Path, scratch: Path) -> None:
    """Replace a folder by another, moving the old one to `scratch`; try again where another process was faster."""
    for attempt in range(_ATTEMPTS):
        try:
            if place.exists():
                os.rename(place, scratch / f"old-{attempt}")
            os.rename(new, place)
            return
        except OSError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def _file(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet"


def _method(month_starts_on: int, labels: bytes) -> str:
    modules = (__file__, counts.__file__, compiled.__file__, schema.__file__)
    code = b"".join(Path(module).read_bytes() for module in modules) + labels
    return hashlib.sha256(code + _versions().encode() + bytes([month_starts_on])).hexdigest()[:16]


@cache
def _versions() -> str:
    return " ".join(metadata.version(name) for name in ("duckdb", "ibis-framework"))


TABLES = [name for name, kind in Cube.__annotations__.items() if kind is ibis.Table]
DAILY = "daily"  # of all years together a series, so it is read by itself
STORED = [*TABLES, DAILY]
