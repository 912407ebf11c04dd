"""Reads exports into tickets: python -m helpers.ingest FILE… --city C --year Y [--mapping FILE] [--replace].

Every row read is accepted, quarantined (with its reason, without its contents) or a duplicate: the three add to what
was read, and are printed. Rows pass once, in blocks; accepted ones wait in a file until it is known which repeat.
"""

import argparse
import hashlib
import sys
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers import editions, errors, exports, mappings, paths, store, tickets, translation, validation
from helpers.errors import KnownError

QUARANTINE = pa.schema([("file", pa.string()), ("row", pa.int64()), ("reason", pa.string())])
_TOLD = 10  # reasons, the commonest first
_KEYS = ("key", "at", "received")  # what is known of each accepted row: its ticket, and times as integers
_AHEAD = 2  # blocks that are read while one is translated


@dataclass
class Account:
    """What became of the rows: `read` = `accepted` + `quarantined` + `duplicates`; by rule, what was not kept."""

    read: int = 0
    duplicates: int = 0
    reasons: Counter = field(default_factory=Counter)
    nulled: Counter = field(default_factory=Counter)

    @property
    def quarantined(self) -> int:
        """Rows that could not become tickets."""
        return self.reasons.total()

    @property
    def accepted(self) -> int:
        """Tickets."""
        return self.read - self.quarantined - self.duplicates

    def counts(self) -> dict[str, int | dict[str, int]]:
        """Return the account as it is kept with the tickets: commonest reasons and rules first, ties by name."""
        by_rule = {name: dict(sorted(getattr(self, name).items(), key=lambda one: (-one[1], one[0])))
                   for name in ("reasons", "nulled")}
        return {"read": self.read, "accepted": self.accepted, "quarantined": self.quarantined, "duplicates": self.duplicates,
                **by_rule}

    def lines(self, key: str) -> list[str]:
        """Return the account as it is printed."""
        return [f"{key}: {self.read} read = {self.accepted} accepted + {self.quarantined} quarantined "
                f"+ {self.duplicates} duplicates",
                *(f"  quarantined {rows}: {reason}" for reason, rows in self.reasons.most_common(_TOLD)),
                *(f"  not kept {fields}: {rule}" for rule, fields in self.nulled.most_common())]


@dataclass
class _Staged:
    """Rows on their way: accepted ones in `file`, as Arrow's stream; `keys` has a part for each batch."""

    file: BinaryIO
    writer: pa.RecordBatchStreamWriter | None = None
    keys: dict[str, list[np.ndarray]] = field(default_factory=lambda: {name: [] for name in _KEYS})
    quarantined: list[pa.RecordBatch] = field(default_factory=list)
    account: Account = field(default_factory=Account)


def ingest(files: list[Path], city: str, year: int, mapping_file: Path | None = None, replace: bool = False) -> Account:
    """Replace an edition's tickets by those of its exports and return what became of their rows.

    Raises KnownError, and leaves the old tickets, where a file or the mapping is not right, where more rows than the
    edition's `quarantine_limit` cannot become tickets, and where none can.
    """
    edition = editions.read(city, year)
    mapping_file = mapping_file or _named(edition)
    mapping = mappings.read(mapping_file)
    facts = tickets.facts(city, year)
    if facts and facts["data"] != "export" and not replace:
        raise KnownError(f"{edition.key} has simulated tickets: add --replace to put the export in their place.")
    digest = _digest(files, mapping_file)
    paths.DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=paths.DATA) as file:
        staged = _Staged(file)
        for export_file in files:
            _stage(staged, _opened(export_file, mapping, mapping_file), mapping, year)
        account = _judged(staged.account, edition)
        stands, again = standing(*(np.concatenate(staged.keys.pop(name)) for name in _KEYS))
        account.duplicates = int((~stands).sum())
        store.write(paths.quarantine(city, year), staged.quarantined, QUARANTINE, {"digest": digest})
        tickets.write(city, year, _final(staged, stands, again), data="export", digest=digest,
                      source="; ".join(one.name for one in files), account=account.counts())
    return account


def prepare(city: str, year: int) -> bool:
    """Ingest what lies in `data/raw/<city>-<year>/`, unless the tickets are made of just that; True where it did."""
    folder = paths.raw(city, year)
    files = sorted(one for one in folder.glob("*") if one.name.lower().endswith(exports.ENDINGS)
                   and not one.name.startswith((".", "~$")))
    if not files:
        return False
    facts = tickets.facts(city, year)
    if facts and facts["digest"] == _digest(files, _named(editions.read(city, year))):
        return False
    print(*ingest(files, city, year).lines(paths.key(city, year)), sep="\n")
    return True


def standing(keys: np.ndarray, at: np.ndarray, received: np.ndarray) -> tuple[np.ndarray, pd.DataFrame]:
    """Return which rows stand for their ticket, and for rows of repeated ones `dispatches` and the first `received`.

    A repeated key is a ticket that was dispatched again: its last row stands, by `at` (dispatched, else received), then
    by `received`, then in the order of the files. The frame's index is the row's position.
    """
    order = np.argsort(keys, kind="stable")
    equal = np.flatnonzero(keys[order[1:]] == keys[order[:-1]])
    places = np.union1d(order[equal], order[equal + 1])
    again = pd.DataFrame({"key": keys[places], "at": at[places], "received": received[places]}, index=places)
    again = again.sort_values(["key", "at", "received"], kind="stable")
    stands = np.ones(len(keys), dtype=bool)
    stands[again.index[again["key"].duplicated(keep="last")]] = False
    groups = again.groupby("key")["received"]
    again = again.assign(dispatches=groups.transform("size"), received=groups.transform("min"))
    return stands, again[["dispatches", "received"]].sort_index()


def _named(edition: editions.Edition) -> Path:
    if edition.mapping is None:
        raise KnownError(f"{edition.key} names no mapping: give one with --mapping FILE, or as `mapping:` in "
                         f"{validation.place(paths.edition(edition.city, edition.year))}.", exit_code=2)
    return mappings.find(edition.mapping)


def _digest(files: list[Path], mapping_file: Path) -> str:
    """Hash the contents of exports and mapping. Raises KnownError where one export is given twice."""
    prints = [exports.fingerprint(file) for file in files]
    for number, one in enumerate(prints):
        if one in prints[:number]:
            raise KnownError(f"{files[number].name} holds the same as {files[prints.index(one)].name}: give it once.")
    return hashlib.sha256("".join([*prints, exports.fingerprint(mapping_file)]).encode()).hexdigest()


def _opened(file: Path, mapping: mappings.Mapping, mapping_file: Path) -> exports.Export:
    export = exports.read(file, **mapping.format.model_dump())
    mappings.check(mapping, mapping_file, export.header, file)
    return export


def _stage(staged: _Staged, export: exports.Export, mapping: mappings.Mapping, year: int) -> None:
    """Take an export's rows: blocks are read here and translated in a thread beside."""
    engine = store.connect()
    with ThreadPoolExecutor(1) as beside:
        waiting = deque()
        for batch in export.batches:
            waiting.append(beside.submit(translation.translate, batch, export.header, mapping, year, engine))
            if len(waiting) > _AHEAD:
                _keep(staged, waiting.popleft().result(), export.file)
        while waiting:
            _keep(staged, waiting.popleft().result(), export.file)
    _quarantine(staged, export.file, pa.array([row for row, _ in export.misfits], pa.int64()),
                pa.array([f"{cells} cells where the header has {len(export.header)}" for _, cells in export.misfits],
                         pa.string()))
    staged.account.read += len(export.misfits)
    if export.replaced:
        staged.account.nulled["characters that cannot be read, each replaced by one U+FFFD"] += export.replaced


def _keep(staged: _Staged, translated: translation.Translated, file: Path) -> None:
    usable = pc.is_null(translated.reasons)
    rows, refused = translated.rows.filter(usable), pc.invert(usable)
    _quarantine(staged, file, translated.rows["row"].filter(refused), translated.reasons.filter(refused))
    staged.account.read += len(usable)
    staged.account.nulled += translated.nulled
    dispatched = rows["dispatched_at"] if "dispatched_at" in rows.schema.names else rows["received_at"]
    at = pc.coalesce(dispatched, rows["received_at"])
    for name, column in zip(_KEYS, (rows["key"], at, rows["received_at"]), strict=True):
        staged.keys[name].append(column.cast(pa.int64()).to_numpy())
    rows = rows.drop_columns(["row", "key"])
    staged.writer = staged.writer or pa.ipc.new_stream(staged.file, rows.schema)
    staged.writer.write_batch(rows)


def _quarantine(staged: _Staged, file: Path, rows: pa.Array, reasons: pa.Array) -> None:
    if len(rows):
        names = pa.array([file.name]).take(pa.array(np.zeros(len(rows), np.int32)))
        staged.quarantined.append(pa.RecordBatch.from_arrays([names, rows, reasons], schema=QUARANTINE))
        staged.account.reasons.update({one["values"]: one["counts"] for one in pc.value_counts(reasons).to_pylist()})


def _judged(account: Account, edition: editions.Edition) -> Account:
    """Return the account where enough rows became tickets, else raise KnownError with the commonest reasons."""
    reasons = "".join(f"\n  {rows}: {reason}" for reason, rows in account.reasons.most_common(_TOLD))
    if account.read == account.quarantined:
        raise KnownError(f"{edition.key}: none of {account.read} rows can become a ticket, nothing was written: "
                         f"compare the export with --year and the mapping.{reasons}")
    if account.quarantined > edition.quarantine_limit * account.read:
        raise KnownError(f"{edition.key}: {account.quarantined} of {account.read} rows cannot become tickets, more "
                         f"than its quarantine_limit of {edition.quarantine_limit:.0%}; nothing was written: mend "
                         f"the export or the mapping, or raise the limit.{reasons}")
    return account


def _final(staged: _Staged, stands: np.ndarray, again: pd.DataFrame) -> Iterator[pa.RecordBatch]:
    """Yield the staged rows that stand for their ticket, with its dispatches and the time it was first received."""
    staged.writer.close()
    staged.file.seek(0)
    start = 0
    for rows in pa.ipc.open_stream(staged.file):
        first, last = np.searchsorted(again.index, (start, start + rows.num_rows))
        repeated = again.iloc[first:last]
        received = rows["received_at"].cast(pa.int64()).to_numpy().copy()
        dispatches = np.ones(rows.num_rows, np.int32)
        received[repeated.index - start] = repeated["received"]
        dispatches[repeated.index - start] = repeated["dispatches"]
        counted = {"received_at": pa.array(received).cast(pa.timestamp("us")), "dispatches": pa.array(dispatches)}
        kept = pa.array(stands[start:start + rows.num_rows])
        start += rows.num_rows
        yield translation.whole(pa.RecordBatch.from_pydict(dict(zip(rows.schema.names, rows.columns, strict=True))
                                                           | counted).filter(kept))


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 where tickets were written, 1 where nothing was usable, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m helpers.ingest", description="Read exports into tickets.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="exports of one year: CSV (also .gz), XLSX or Parquet")
    parser.add_argument("--city", required=True, help="a city that has an edition, such as beijing-water")
    parser.add_argument("--year", required=True, type=int, help="the year in which the tickets were received")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="in place of the mapping that the edition names")
    parser.add_argument("--replace", action="store_true", help="overwrite simulated tickets")
    given = parser.parse_args(arguments)

    def run() -> int:
        account = ingest(given.files, given.city, given.year, given.mapping, given.replace)
        print(*account.lines(paths.key(given.city, given.year)), sep="\n")
        return 0

    return errors.exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
