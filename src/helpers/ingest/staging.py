"""Stage accepted rows of exports in a file until all are read and it is known which of them repeat a ticket."""

import hashlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import crosswalk, names, pii, times, transform
from helpers.ingest.deduplicate import KeptRows, Rows
from helpers.ingest.mappings import Mapping
from helpers.ingest.source_table import SourceTable
from helpers.ingest.tally import IngestCounts
from helpers.tickets import engines

QUARANTINE = pa.schema([("file", pa.string()), ("row", pa.int64()), ("reason", pa.string())])
_AHEAD = 2  # items that are computed while another is used
_ROWS = 100_000  # rows, or more, that are transformed at once
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
_Item, _Value = TypeVar("_Item"), TypeVar("_Value")


@dataclass
class Staged:
    """Staged rows of exports: the accepted ones in an Arrow stream in `folder`, their keys and times in `keys`.

    `scan` is the PII scan of all accepted rows. Each export has its counts in `file_counts` and, in `numeric_ids`, the number of
    its rows whose id is a long number, both in the order of the files. `spellings` counts the names of all accepted rows.
    """

    folder: Path
    scan: pii.Scan
    keys: Rows = field(init=False)
    writer: pa.RecordBatchStreamWriter | None = None
    quarantined: list[pa.RecordBatch] = field(default_factory=list)
    file_counts: list[IngestCounts] = field(default_factory=list)
    numeric_ids: list[int] = field(default_factory=list)
    unknown_names: crosswalk.UnknownNames = field(default_factory=crosswalk.UnknownNames)
    times: "TimeEvidence" = field(default_factory=lambda: TimeEvidence())
    tables: int = 0
    spellings: names.Spellings = field(default_factory=names.Spellings)

    def __post_init__(self):
        self.keys = Rows(self.folder)

    def begin_file(self) -> None:
        """Start the counts of another file; rows staged from now on are counted there."""
        self.file_counts.append(IngestCounts())
        self.numeric_ids.append(0)
        self.times.far.append(Counter())

    @property
    def counts(self) -> IngestCounts:
        """Counts of the file that is being read."""
        return self.file_counts[-1]

    def close(self) -> None:
        """End the file of the accepted rows, so that it can be read."""
        if self.writer:
            self.writer.close()

    def count_far(self) -> None:
        """Count in each file the closings and dispatches that `transform.settle` sets to null."""
        first = times.far_from(self.times.last)
        for counts, far in zip(self.file_counts, self.times.far, strict=True):
            for (column, day), tickets in far.items():
                if day >= first:
                    counts.fields_nulled[f"{column} lies more than two years after the last receipt"] += tickets
            counts.fields_nulled = +counts.fields_nulled

    def count_duplicates(self, rows: KeptRows) -> None:
        """Set the duplicates, and the tickets whose row equals another's, of each file by the kept rows, in order."""
        ends = np.cumsum([counts.read - counts.quarantined - counts.other_years.total() for counts in self.file_counts])
        equal = np.zeros(len(rows.kept), bool)
        equal[rows.positions] = rows.ordinals > 0
        both = (np.split(mask, ends[:-1]) for mask in (rows.kept, equal))
        for counts, own, others in zip(self.file_counts, *both, strict=True):
            counts.duplicates, counts.equal = int((~own).sum()), int(others.sum())

    @property
    def file(self) -> Path:
        """The file of the accepted rows."""
        return self.folder / "rows.arrow"

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the accepted rows in order."""
        with pa.OSFile(str(self.file)) as opened:
            yield from pa.ipc.open_stream(opened)


@dataclass
class TimeEvidence:
    """What the times of all exports show: `transform.Evidence` summed, zones of Parquet columns, and the `last` receipt.

    `far` counts for each file the (column, day) of closings and dispatches that may lie too far after the last receipt.
    """

    offsets: Counter = field(default_factory=Counter)
    zones: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Counter] = field(default_factory=dict)
    examples: dict[str, dict | None] = field(default_factory=dict)
    last: np.datetime64 = field(default_factory=lambda: np.datetime64("1990-01-01", "D"))
    far: list[Counter] = field(default_factory=list)

    def add(self, evidence: transform.Evidence) -> None:
        """Add what a batch shows."""
        self.offsets.update(evidence.offsets)
        for name, (counts, example) in evidence.orders.items():
            self.orders.setdefault(name, Counter()).update(counts)
            self.examples[name] = self.examples.get(name) or example

    def see_receipts(self, received: pa.Array) -> None:
        """Move the last receipt on, by receipts of any year."""
        last = pc.max(received).as_py()
        self.last = max(self.last, np.datetime64(last, "D")) if last else self.last


def stage(staged: Staged, export: SourceTable, mapping: Mapping, rules: transform.Rules) -> None:
    """Stage an export's rows, in order: one thread reads blocks, another transforms them."""
    engine, rules = engines.connect(), replace(rules, serial_shift=export.serial_shift)
    unread: dict[str, times.Unread] = {}
    staged.times.zones |= {name: export.zones[part] for name, origin in mapping.times.items() for part in origin.parts
                           if part in export.zones}
    staged.tables += 1
    blocks = prefetch(_gathered(export.batches))
    for transformed in prefetch(blocks, lambda block: transform.transform(block, export.header, mapping, rules, engine)):
        _accept(staged, transformed, export.name, rules)
        staged.times.add(transformed.evidence)
        for name, found in transformed.evidence.unread.items():
            unread.setdefault(name, times.Unread()).add(*found)
    staged.counts.unread += [line for name, found in unread.items() for line in found.lines(name)]
    _quarantine(staged, export.name, pa.array([row for row, _ in export.rejected], pa.int64()),
                pa.array([reason for _, reason in export.rejected], pa.string()))
    staged.counts.read += len(export.rejected)
    staged.counts.notes += export.notes
    if export.replaced:
        staged.counts.fields_nulled["characters that cannot be read, each replaced by one U+FFFD"] += export.replaced


def prefetch(items: Iterable[_Item], compute: Callable[[_Item], _Value] = lambda item: item) -> Iterator[_Value]:
    """Yield `compute(item)` for each item, in order; prefetch in a background thread, at most 2 items ahead."""
    items = iter(items)
    end = object()

    def next_value() -> _Value | object:
        item = next(items, end)
        return end if item is end else compute(item)

    with ThreadPoolExecutor(1) as background:
        waiting = deque(background.submit(next_value) for _ in range(_AHEAD))
        while (value := waiting.popleft().result()) is not end:
            waiting.append(background.submit(next_value))
            yield value


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the rows in batches of `_ROWS` rows or more: a query costs the same for few rows as for many."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(batch.num_rows for batch in waiting) >= _ROWS:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _accept(staged: Staged, transformed: transform.Transformed, name: str, rules: transform.Rules) -> None:
    rows, usable = transformed.rows, pc.is_null(transformed.reasons)
    staged.times.see_receipts(rows["received_at"].filter(usable))
    if transformed.reasons.null_count < len(usable):
        rejected = pc.invert(usable)
        _quarantine(staged, name, rows["row"].filter(rejected), transformed.reasons.filter(rejected))
    of_year = pc.and_(usable, pc.is_null(transformed.other_year))
    others = pc.value_counts(transformed.other_year.filter(usable).drop_null()).to_pylist()
    staged.counts.other_years.update({str(entry["values"]): entry["counts"] for entry in others})
    rows = rows.filter(of_year)
    staged.scan.add(rows)
    staged.spellings.add(rows)
    _see_times(staged, rows, transformed.evidence, rules.year)
    staged.counts.read += len(usable)
    staged.counts.fields_nulled += transformed.fields_nulled
    staged.counts.renamed += transformed.renamed
    staged.counts.mended += transformed.mended
    staged.unknown_names.update(transformed.unknown_names)
    staged.numeric_ids[-1] += pc.sum(rows["numeric"]).as_py() or 0
    dispatched = rows["dispatched_at"] if "dispatched_at" in rows.schema.names else rows["received_at"]
    at, received = (column.cast(pa.int64()).to_numpy()
                    for column in (pc.coalesce(dispatched, rows["received_at"]), rows["received_at"]))
    staged.keys.add(rows["key"].cast(pa.int64()).to_numpy().view(np.uint64), at=at, received=received,
                    **{mark: rows[mark].to_numpy(zero_copy_only=False) for mark in ("numeric", "nameless")},
                    table=np.full(rows.num_rows, staged.tables), **_dispatch(rows))
    rows = rows.drop_columns(["row", "key", "numeric", "nameless"]).append_column(
        "dispatches", pa.array(np.ones(rows.num_rows, np.int32)))
    staged.writer = staged.writer or pa.ipc.new_stream(staged.file, rows.schema, options=_PACKED)
    staged.writer.write_batch(rows)


def _dispatch(rows: pa.RecordBatch) -> dict[str, np.ndarray]:
    """Return for each row a hash of its owner and its time of dispatch, each 0 where unknown."""
    owner, at = np.zeros(rows.num_rows, np.uint64), np.zeros(rows.num_rows, np.int64)
    if "owner" in rows.schema.names:
        hashes = [int.from_bytes(hashlib.blake2b(names.key(name or "").encode(), digest_size=8).digest(), "little") if name else 0
                  for name in rows["owner"].dictionary.to_pylist()]
        owner = np.array([*hashes, 0], np.uint64)[rows["owner"].indices.fill_null(len(hashes)).to_numpy()]
    if "dispatched_at" in rows.schema.names:
        at = rows["dispatched_at"].cast(pa.int64()).fill_null(0).to_numpy()
    return {"owner": owner, "dispatched": at}


def _see_times(staged: Staged, rows: pa.RecordBatch, evidence: transform.Evidence, year: int) -> None:
    """Note of accepted rows whether columns hold days or times, and how many past times lie in a far future."""
    for name in {"received_at", "due_at", *times.PAST} & {*rows.schema.names}:
        if rows[name].null_count < rows.num_rows:
            timed = evidence.timed[name] or staged.counts.grain.get(name) == "time"
            staged.counts.grain[name] = "time" if timed else "day"
    earliest = times.far_from(np.datetime64(f"{year}"))
    for name in {*times.PAST} & {*rows.schema.names}:
        days = rows[name].drop_null().to_numpy().astype("datetime64[D]")
        far, counted = np.unique(days[days >= earliest], return_counts=True)
        staged.times.far[-1].update({(name, day): int(tickets) for day, tickets in zip(far, counted, strict=True)})


def _quarantine(staged: Staged, name: str, rows: pa.Array, reasons: pa.Array) -> None:
    if len(rows):
        files = pa.array([name]).take(pa.array(np.zeros(len(rows), np.int32)))
        staged.quarantined.append(pa.RecordBatch.from_arrays([files, rows, reasons], schema=QUARANTINE))
        staged.counts.reasons.update({entry["values"]: entry["counts"] for entry in pc.value_counts(reasons).to_pylist()})
