"""Accepted rows on their way from exports to tickets: they wait in a file until it is known which of them repeat a ticket."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import crosswalk, pii, transform
from helpers.ingest.deduplicate import Rows
from helpers.ingest.mappings import Mapping
from helpers.ingest.source_table import SourceTable
from helpers.ingest.tally import IngestCounts
from helpers.tickets import engines

QUARANTINE = pa.schema([("file", pa.string()), ("row", pa.int64()), ("reason", pa.string())])
_AHEAD = 2  # blocks that are made while one is used
_ROWS = 100_000  # rows, or more, that are translated at once
_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
_Given, _Made = TypeVar("_Given"), TypeVar("_Made")


@dataclass
class Staged:
    """Rows of exports: accepted ones in a file of Arrow's stream in `folder`, what tells which repeat in `known`.

    `scan` has looked at them for what may point at a person. `accounts` are the files', in order, and `numbers` how many of their
    rows have a long number for an id.
    """

    folder: Path
    scan: pii.Scan
    known: Rows = field(init=False)
    writer: pa.RecordBatchStreamWriter | None = None
    quarantined: list[pa.RecordBatch] = field(default_factory=list)
    accounts: list[IngestCounts] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    heard: crosswalk.UnknownNames = field(default_factory=crosswalk.UnknownNames)

    def __post_init__(self):
        self.known = Rows(self.folder)

    def begin(self) -> None:
        """Count what follows as another file's."""
        self.accounts.append(IngestCounts())
        self.numbers.append(0)

    @property
    def account(self) -> IngestCounts:
        """What became of the rows of the file that is read."""
        return self.accounts[-1]

    def stand(self, stands: np.ndarray) -> None:
        """Count the duplicates of each file, told which of the accepted rows stand."""
        ends = np.cumsum([one.read - one.quarantined for one in self.accounts])
        for one, own in zip(self.accounts, np.split(stands, ends[:-1]), strict=True):
            one.duplicates = int((~own).sum())

    @property
    def file(self) -> Path:
        """Where the accepted rows wait."""
        return self.folder / "rows.arrow"

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the accepted rows in order."""
        with pa.OSFile(str(self.file)) as opened:
            yield from pa.ipc.open_stream(opened)


def stage(staged: Staged, export: SourceTable, mapping: Mapping, rules: transform.Rules) -> None:
    """Take an export's rows: blocks are read in one thread and translated in another."""
    engine = engines.connect()
    blocks = prefetch(_gathered(export.batches))
    for translated in prefetch(blocks, lambda block: transform.transform(block, export.header, mapping, rules, engine)):
        _keep(staged, translated, export.name)
    _quarantine(staged, export.name, pa.array([row for row, _ in export.refused], pa.int64()),
                pa.array([reason for _, reason in export.refused], pa.string()))
    staged.account.read += len(export.refused)
    staged.account.notes += export.notes
    if export.replaced:
        staged.account.nulled["characters that cannot be read, each replaced by one U+FFFD"] += export.replaced


def prefetch(items: Iterable[_Given], make: Callable[[_Given], _Made] = lambda item: item) -> Iterator[_Made]:
    """Yield what `make` makes of each item; it works in a thread beside, a few ahead."""
    items = iter(items)
    none = object()

    def one() -> _Made | object:
        item = next(items, none)
        return none if item is none else make(item)

    with ThreadPoolExecutor(1) as beside:
        waiting = deque(beside.submit(one) for _ in range(_AHEAD))
        while (made := waiting.popleft().result()) is not none:
            waiting.append(beside.submit(one))
            yield made


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches of `_ROWS` rows and more: what is asked once for each costs the same for few rows as for many."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= _ROWS:
            yield pa.concat_batches(waiting)
            waiting = []
    if waiting:
        yield pa.concat_batches(waiting)


def _keep(staged: Staged, translated: transform.Transformed, name: str) -> None:
    rows, usable = translated.rows, pc.is_null(translated.reasons)
    if translated.reasons.null_count < len(usable):
        refused = pc.invert(usable)
        _quarantine(staged, name, rows["row"].filter(refused), translated.reasons.filter(refused))
        rows = rows.filter(usable)
    staged.scan.look(rows)
    staged.account.read += len(usable)
    staged.account.nulled += translated.nulled
    staged.account.renamed += translated.renamed
    staged.heard.update(translated.heard)
    staged.numbers[-1] += pc.sum(rows["number"]).as_py() or 0
    dispatched = rows["dispatched_at"] if "dispatched_at" in rows.schema.names else rows["received_at"]
    at, received = (column.cast(pa.int64()).to_numpy()
                    for column in (pc.coalesce(dispatched, rows["received_at"]), rows["received_at"]))
    staged.known.add(rows["key"].cast(pa.int64()).to_numpy().view(np.uint64), at, received,
                     rows["number"].to_numpy(zero_copy_only=False))
    rows = rows.drop_columns(["row", "key", "number"]).append_column("dispatches", pa.array(np.ones(rows.num_rows, np.int32)))
    staged.writer = staged.writer or pa.ipc.new_stream(staged.file, rows.schema, options=_PACKED)
    staged.writer.write_batch(rows)


def _quarantine(staged: Staged, name: str, rows: pa.Array, reasons: pa.Array) -> None:
    if len(rows):
        names = pa.array([name]).take(pa.array(np.zeros(len(rows), np.int32)))
        staged.quarantined.append(pa.RecordBatch.from_arrays([names, rows, reasons], schema=QUARANTINE))
        staged.account.reasons.update({one["values"]: one["counts"] for one in pc.value_counts(reasons).to_pylist()})
