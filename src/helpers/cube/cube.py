"""The small tables between tickets and chapters: counts by month and by what a chapter asks for, and nothing else.

They hold mergeable counts only, so months add up to any period. Made again when the tickets or the counting change.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from helpers.cube import counts
from helpers.settings import editions, paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.periods import Period
from helpers.tickets import engines, parquet, schema

_FACTS = "facts.json"
_ATTEMPTS = 40  # of 50 ms: while another process swaps its folder in


@dataclass(frozen=True)
class Cube:
    """The tables of the loaded years of a city, held in memory: what is rebuilt meanwhile changes nothing here.

    Every table has `year` and `month` (of received_at; of `outcomes` the assessment month), its dimensions (null where
    unknown) and counts of tickets. `data` and `source` are those of the tickets: `simulated` or `export`, and of what;
    `account` says what became of the export's rows (`schema.ingest_counts`), None where it is not known.
    """

    channels: ibis.Table
    calls: ibis.Table
    tags: ibis.Table
    hours: ibis.Table
    areas: ibis.Table
    owners: ibis.Table
    funnel: ibis.Table
    outcomes: ibis.Table
    durations: ibis.Table
    dispatching: ibis.Table
    coverage: ibis.Table
    data: str
    source: str
    years: tuple[int, ...]
    account: Mapping[str, Any] | None = None

    def known(self, column: str, period: Period) -> int:
        """Return how many of the period's tickets have a value in a column, of those that the column applies to.

        Raises KnownError where tickets have no such column.
        """
        if column not in schema.SCHEMA.names:
            raise UserError(f"tickets have no column '{column}'.{did_you_mean(column, schema.SCHEMA.names)}")
        month = self.coverage.year * 12 + self.coverage.month - 1
        counted = self.coverage.filter(self.coverage.column == column, month.between(period.start, period.end))
        return int(counted.known.sum().fill_null(0).execute())

    def covers(self, period: Period) -> bool:
        """Return whether all years of a period are loaded; a loaded year's month without tickets counts as covered."""
        return set(period.years) <= set(self.years)


def facts(edition: Edition) -> dict[str, str] | None:
    """Return the facts of the tickets that a cube was made of, and the `method` it was made by; None without a cube."""
    try:
        return json.loads((paths.cube(edition.key) / _FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def is_fresh(edition: Edition) -> bool:
    """Return whether an edition has a whole cube that was made of its present tickets by the present method."""
    place = paths.cube(edition.key)
    return facts(edition) == _wanted(edition) and all(_file(place, table).exists() for table in TABLES)


def _wanted(edition: Edition) -> dict[str, str]:
    """Return the facts that a cube made now would have."""
    starts_on = edition.assessment.month_starts_on
    return (schema.metadata(edition) or {}) | {"method": _method(starts_on)}


def build(edition: Edition, engine: str | None = None, force: bool = False) -> bool:
    """Make an edition's cube where it is missing or its tickets or method have changed; return whether it was made.

    Several processes may do so at once: each writes a folder of its own, the last to swap it in wins, and readers see
    whole cubes only. Raises KnownError where the edition or its tickets do not exist.
    """
    if not force and is_fresh(edition):
        return False
    place, wanted = paths.cube(edition.key), _wanted(edition)
    rows = schema.read(edition, engine)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.", ignore_cleanup_errors=True) as shop:
        beside = Path(shop, "new")
        for name, answer in _answers(rows, edition.assessment.month_starts_on, engine):
            parquet.write(_file(beside, name), answer.to_batches(), answer.schema, wanted)
        (beside / _FACTS).write_text(json.dumps(wanted, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        _swap(beside, place, Path(shop))
    return True


def _answers(rows: ibis.Table, month_starts_on: int, engine: str | None) -> Iterator[tuple[str, pa.Table]]:
    """Yield each table by name; a cluster or a warehouse is let go as soon as it has counted the parts."""
    with engines.closing(rows, engine):
        counted = {name: asked.to_pyarrow() for name, asked in counts.base_counts(rows, month_starts_on).items()}
    embedded = engines.connect()
    held = {name: engines.register(embedded, name, part) for name, part in counted.items()}
    for name, asked in counts.tables(held).items():
        yield name, asked.to_pyarrow()


def load(edition: Edition, period: Period, base: Period | None = None, engine: str | None = None) -> Cube:
    """Return the cube of an edition's year and of the other years of the city that a period and its base touch.

    Of the others only those with an edition and tickets, and of the same kind: simulated tickets are never compared
    with an export's. `years` tells which they are. Builds what is missing or stale. Raises KnownError as `build` does.
    """
    read = years(edition, period, base)
    loaded = [editions.read(edition.city, year) for year in read]
    for other in loaded:
        while build(other, engine):  # once more than needed: tickets may have been replaced meanwhile
            pass
    held, own, embedded = [_held(other) for other in loaded], schema.metadata(edition), engines.connect()
    embedded.raw_sql("SET threads = 1")  # to so few rows a second thread is only in the way
    whole = {name: pa.concat_tables([rows[name] for rows in held], promote_options="permissive") for name in TABLES}
    asked = {name: engines.register(embedded, name, rows) for name, rows in whole.items()}
    return Cube(**asked, data=own["data"], source=own["source"], years=read, account=schema.ingest_counts(edition))


def years(edition: Edition, period: Period, base: Period | None) -> tuple[int, ...]:
    """Return the years to load; the year before too where January's assessment month starts in it."""
    turned = int(edition.assessment.month_starts_on > 1)
    spans = [Period(span.start - turned, span.months + turned) for span in (period, base) if span]
    touched = {(edition.city, year) for span in spans for year in span.years} & set(editions.known())
    others = {year: edition if year == edition.year else editions.read(city, year)
              for city, year in touched | {(edition.city, edition.year)}}
    kinds = {year: (schema.metadata(other) or {}).get("data") for year, other in others.items()}
    return tuple(sorted(year for year, kind in kinds.items() if year == edition.year or (kind and kind == kinds[edition.year])))


def _held(edition: Edition) -> Mapping[str, pa.Table]:
    """Return a year's tables, which a process reads once as long as they are the same; begin again where they were swapped."""
    for attempt in range(_ATTEMPTS):
        try:
            before = _state(edition)
            held = _rows(paths.cube(edition.key), before)
        except FileNotFoundError:  # in the blink between two folders there is none
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if before == _state(edition):
                return held
        time.sleep(0.05)
    raise UserError(f"the cube of {edition.label} keeps changing: let the other run end, then run this one again.")


def _state(edition: Edition) -> tuple[int, int, str]:
    """Return what shows that a cube is another: its facts, and that they stand in another file."""
    file = paths.cube(edition.key) / _FACTS
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns, file.read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def _rows(folder: Path, state: tuple[int, int, str]) -> Mapping[str, pa.Table]:
    return {table: _encoded(parquet.rows(_file(folder, table))) for table in TABLES}


def _encoded(rows: pa.Table) -> pa.Table:
    """Return rows that hold each name once and say by number which it is: so they are compared and grouped sooner."""
    return pa.table({name: column.dictionary_encode() if pa.types.is_string(column.type) else column
                     for name, column in zip(rows.column_names, rows.columns, strict=True)})


def _swap(beside: Path, place: Path, attic: Path) -> None:
    """Put a folder in the place of another, which goes to `attic`; try again where another process was quicker."""
    for attempt in range(_ATTEMPTS):
        try:
            if place.exists():
                os.rename(place, attic / f"old-{attempt}")
            os.rename(beside, place)
            return
        except OSError:
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def _file(folder: Path, table: str) -> Path:
    return folder / f"{table}.parquet"


def _method(month_starts_on: int) -> str:
    code = b"".join(Path(module).read_bytes() for module in (__file__, counts.__file__, schema.__file__))
    versions = " ".join(metadata.version(name) for name in ("duckdb", "ibis-framework"))
    return hashlib.sha256(code + versions.encode() + bytes([month_starts_on])).hexdigest()[:16]


TABLES = [name for name, kind in Cube.__annotations__.items() if kind is ibis.Table]
