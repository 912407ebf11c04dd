"""The small tables between tickets and chapters: counts by month and by what a chapter asks for, and nothing else.

They hold mergeable counts only, so months add up to any period. Made again when the tickets or this file change.
"""

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from ibis import _

from helpers import editions, engines, paths, store, tickets
from helpers.errors import KnownError, nearest
from helpers.periods import Period

_FACTS = "facts.json"
_APPLIES = {  # columns that say nothing of other tickets: what was answered at once has no owner
    **dict.fromkeys(("owner_level", "owner", "dispatched_at", "due_at", "closed_at", "on_time"), "dispatched"),
    "district": "districts", **dict.fromkeys(("subdistrict", "community"), "subdistricts"),
    **dict.fromkeys(("reached", "contacted", "resolved", "satisfied"), "assessed"),
}
_ATTEMPTS = 40  # of 50 ms: while another process swaps its folder in


@dataclass(frozen=True)
class Cube:
    """The tables of the loaded years of a city, held in memory: what is rebuilt meanwhile changes nothing here.

    Every table has `year` and `month` (of received_at; of `outcomes` the assessment month), its dimensions (null where
    unknown) and counts of tickets. `data` and `source` are those of the tickets: `simulated` or `export`, and of what;
    `account` says what became of the export's rows (`tickets.account`), None where it is not known.
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
        if column not in tickets.SCHEMA.names:
            raise KnownError(f"tickets have no column '{column}'.{nearest(column, tickets.SCHEMA.names)}")
        month = self.coverage.year * 12 + self.coverage.month - 1
        counted = self.coverage.filter(self.coverage.column == column, month.between(period.start, period.end))
        return int(counted.known.sum().fill_null(0).execute())

    def covers(self, period: Period) -> bool:
        """Return whether all years of a period are loaded; a loaded year's month without tickets counts as covered."""
        return set(period.years) <= set(self.years)


def tables(rows: ibis.Table, month_starts_on: int = 1) -> dict[str, ibis.Table]:
    """Return each table of the cube as a question to the tickets, sorted by all its dimensions.

    `areas` counts the districts' base: dispatched tickets but those of municipal agencies and state-owned enterprises.
    A ticket without `handling` or `owner_level` counts as dispatched to a district, since exports often lack both.
    """
    rows = rows.mutate(year=_.received_at.year().cast("int32"), month=_.received_at.month().cast("int32"))
    bases = _bases(rows)
    dispatched, districts = rows.filter(bases["dispatched"]), rows.filter(bases["districts"])
    hours = rows.mutate(weekday=(_.received_at.day_of_week.index() + 1).cast("int32"),
                        hour=_.received_at.hour().cast("int32"))
    return {
        "channels": _counted(rows, "channel", "source", "kind", "handling"),
        "calls": _counted(rows, "handling", "category", "subcategory", "topic"),
        "tags": _counted(rows.filter(rows.tags.length() > 0).select("year", "month", tag=_.tags.unnest()), "tag"),
        "hours": _counted(hours, "weekday", "hour"),
        "areas": _counted(districts, "owner_level", "district", "subdistrict", "category"),
        "owners": _counted(dispatched.filter(dispatched.owner.notnull()), "owner_level", "district", "owner"),
        "funnel": _funnel(rows),
        "outcomes": _outcomes(rows, month_starts_on),
        "durations": _durations(dispatched),
        "dispatching": _dispatching(dispatched),
        "coverage": _coverage(rows),
    }


def _bases(rows: ibis.Table) -> dict[str, ibis.Column]:
    """Return who belongs to the tickets that a column may apply to: true or false for every ticket, never null."""
    dispatched, level = rows.handling.fill_null("dispatched") == "dispatched", rows.owner_level.fill_null("subdistrict")
    return {"dispatched": dispatched, "districts": dispatched & level.isin(["district_department", "subdistrict"]),
            "subdistricts": dispatched & (level == "subdistrict"), "assessed": rows.assessment.fill_null("none") != "none"}


def _counted(rows: ibis.Table, *dimensions: str, **counts: ibis.Column) -> ibis.Table:
    """Return year, month, the dimensions, the number of tickets and of those that meet each condition in `counts`."""
    by = ["year", "month", *dimensions]
    met = {name: _met(rows, condition) for name, condition in counts.items()}
    return rows.aggregate({"tickets": rows.count()} | met, by=by).order_by(by)


def _met(rows: ibis.Table, condition: ibis.Column) -> ibis.Scalar:
    """Count the rows that meet a condition; Spark's count is null, not 0, where it is null for all of them."""
    return rows.count(where=condition).fill_null(0)


def _judged(rows: ibis.Table) -> ibis.Table:
    """Add who takes part in the assessment (report 2020, 四).

    `is_assessed`: `assessment` is known and not `none`. `is_valid`: assessed, and the caller said both whether it was
    solved and whether they are satisfied.
    """
    return (rows.mutate(is_assessed=_bases(rows)["assessed"])
            .mutate(is_valid=_.is_assessed & _.resolved.notnull() & _.satisfied.notnull()))


def _funnel(rows: ibis.Table) -> ibis.Table:
    rows = _judged(rows)
    return _counted(rows, "handling", "owner_level", "exclusion",
                    assessed=rows.is_assessed, reached=rows.is_assessed & rows.reached, valid=rows.is_valid)


def _outcomes(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """Assessed tickets by assessment month, and of the valid ones what their callers said."""
    rows = _judged(_turned(rows, month_starts_on)).filter(_.is_assessed)
    answers = {level: rows.is_valid & (rows[column] == level)
               for column in ("resolved", "satisfied") for level in tickets.VALUES[column]}
    return _counted(rows, "owner_level", "district", "subdistrict", "owner",
                    reached=rows.reached, contacted=rows.is_valid & rows.contacted,
                    contact_known=rows.is_valid & rows.contacted.notnull(), valid=rows.is_valid,
                    **answers).rename(assessed="tickets")


def _turned(rows: ibis.Table, month_starts_on: int) -> ibis.Table:
    """Make `year` and `month` those of assessment: from the day it starts on, tickets belong to the next month."""
    if month_starts_on == 1:
        return rows
    late = (rows.received_at.day() >= month_starts_on).cast("int32")
    return rows.mutate(year=(rows.year + (rows.month + late - 1) // 12).cast("int32"),
                       month=((rows.month + late - 1) % 12 + 1).cast("int32"))


def _durations(dispatched: ibis.Table) -> ibis.Table:
    """Whole calendar days from the date a ticket was received to the date it was closed; null where it is not known."""
    rows = dispatched.mutate(days=_.closed_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted(rows, "owner_level", "district", "days", due=rows.on_time.notnull(), on_time=rows.on_time)


def _dispatching(dispatched: ibis.Table) -> ibis.Table:
    """How often tickets were dispatched, and the whole calendar days from the first receipt to the last dispatch.

    `days` is negative where the export has the dispatch before the receipt, null where a time is not known.
    """
    rows = dispatched.mutate(days=_.dispatched_at.date().delta(_.received_at.date(), unit="day").cast("int32"))
    return _counted(rows, "dispatches", "days")


def _coverage(rows: ibis.Table) -> ibis.Table:
    """How many tickets of a month a column applies to, and how many of these have a value in it.

    The rows of `_APPLIES` say of which tickets a column can be expected to say something; every other column applies to
    all. Tags have a value where the list is not empty.
    """
    known = {f"known_{name}": rows[name].count() for name in tickets.SCHEMA.names}
    known |= {"known_ticket_id": rows.count(), "known_received_at": rows.count(),
              "known_tags": _met(rows, rows.tags.length() > 0)}
    parts = rows.aggregate(known, by=["year", "month", "handling", "owner_level", "assessment"], calls=rows.count())
    bases = _bases(parts)  # asked of some dozens of rows: of all tickets it would take twice as long
    wide = parts.aggregate({f"known_{name}": _added(parts[f"known_{name}"], bases.get(_APPLIES.get(name)))
                            for name in tickets.SCHEMA.names}
                           | {name: _added(parts.calls, base) for name, base in bases.items()},
                           by=["year", "month"], calls=_added(parts.calls))
    return (wide.pivot_longer(ibis.selectors.startswith("known_"), names_to="column", names_pattern="known_(.+)",
                              values_to="known")
            .mutate(tickets=lambda long: long.column.cases(*((name, long[base]) for name, base in _APPLIES.items()),
                                                           else_=long.calls))
            .select("year", "month", "column", "tickets", "known")
            .order_by("year", "month", "column"))


def _added(counts: ibis.Column, where: ibis.Column | None = None) -> ibis.Scalar:
    return counts.sum(where=where).fill_null(0).cast("int64")


def facts(city: str, year: int) -> dict[str, str] | None:
    """Return the facts of the tickets that a cube was made of, and the `method` it was made by; None without a cube."""
    try:
        return json.loads((paths.cube(city, year) / _FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def fresh(city: str, year: int) -> bool:
    """Return whether an edition has a whole cube that was made of its present tickets by the present method."""
    place = paths.cube(city, year)
    return facts(city, year) == _wanted(city, year) and all(_file(place, table).exists() for table in TABLES)


def _wanted(city: str, year: int) -> dict[str, str]:
    """Return the facts that a cube made now would have."""
    starts_on = editions.read(city, year).assessment.month_starts_on
    return (tickets.facts(city, year) or {}) | {"method": _method(starts_on)}


def build(city: str, year: int, engine: str | None = None, force: bool = False) -> bool:
    """Make an edition's cube where it is missing or its tickets or method have changed; return whether it was made.

    Several processes may do so at once: each writes a folder of its own, the last to swap it in wins, and readers see
    whole cubes only. Raises KnownError where the edition or its tickets do not exist.
    """
    if not force and fresh(city, year):
        return False
    edition, place, wanted = editions.read(city, year), paths.cube(city, year), _wanted(city, year)
    rows = tickets.read(city, year, engine)
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.", ignore_cleanup_errors=True) as shop:
        beside = Path(shop, "new")
        with engines.closing(rows, engine):
            for name, question in tables(rows, edition.assessment.month_starts_on).items():
                answer = question.to_pyarrow()
                store.write(_file(beside, name), answer.to_batches(), answer.schema, wanted)
        (beside / _FACTS).write_text(json.dumps(wanted, ensure_ascii=False, indent=1, sort_keys=True), encoding="utf-8")
        _swap(beside, place, Path(shop))
    return True


def load(city: str, year: int, period: Period, base: Period | None = None, engine: str | None = None) -> Cube:
    """Return the cube of an edition's year and of the other years of the city that a period and its base touch.

    Of the others only those with an edition and tickets, and of the same kind: simulated tickets are never compared
    with an export's. `years` tells which they are. Builds what is missing or stale. Raises KnownError as `build` does.
    """
    years = _years(city, year, period, base)
    for one in years:
        while build(city, one, engine):  # once more than needed: tickets may have been replaced meanwhile
            pass
    held, own, embedded = [_held(city, one) for one in years], tickets.facts(city, year), engines.connect()
    whole = {name: pa.concat_tables([rows[name] for rows in held], promote_options="permissive") for name in TABLES}
    asked = {name: engines.table(embedded, name, rows) for name, rows in whole.items()}
    return Cube(**asked, data=own["data"], source=own["source"], years=years, account=tickets.account(city, year))


def _years(city: str, year: int, period: Period, base: Period | None) -> tuple[int, ...]:
    """Return the years to load; the year before too where January's assessment month starts in it."""
    turned = int(editions.read(city, year).assessment.month_starts_on > 1)
    spans = [Period(span.start - turned, span.months + turned) for span in (period, base) if span]
    touched = {(city, one) for span in spans for one in span.years} & set(editions.known())
    kinds = {one: (tickets.facts(city, one) or {}).get("data") for _, one in touched | {(city, year)}}
    return tuple(sorted(one for one, kind in kinds.items() if one == year or (kind and kind == kinds[year])))


def _held(city: str, year: int) -> Mapping[str, pa.Table]:
    """Return a year's tables, which a process reads once as long as they are the same; begin again where they were swapped."""
    for attempt in range(_ATTEMPTS):
        try:
            before = _state(city, year)
            held = _rows(paths.cube(city, year), before)
        except FileNotFoundError:  # in the blink between two folders there is none
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            if before == _state(city, year):
                return held
        time.sleep(0.05)
    raise KnownError(f"the cube of {city} {year} keeps changing: let the other run end, then run this one again.")


def _state(city: str, year: int) -> tuple[int, int, str]:
    """Return what shows that a cube is another: its facts, and that they stand in another file."""
    file = paths.cube(city, year) / _FACTS
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns, file.read_text(encoding="utf-8")


@lru_cache(maxsize=8)
def _rows(folder: Path, state: tuple[int, int, str]) -> Mapping[str, pa.Table]:
    return {table: store.rows(_file(folder, table)) for table in TABLES}


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
    return hashlib.sha256(Path(__file__).read_bytes() + bytes([month_starts_on])).hexdigest()[:16]


TABLES = [name for name, kind in Cube.__annotations__.items() if kind is ibis.Table]
