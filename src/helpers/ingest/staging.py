"""Stage accepted rows of exports in a file until all are read and it is known which of them repeat a ticket."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import crosswalk, names, pii, transform
from helpers.ingest.deduplicate import Rows
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
    spellings: names.Spellings = field(default_factory=names.Spellings)

    def __post_init__(self):
        self.keys = Rows(self.folder)

    def begin_file(self) -> None:
        """Start the counts of another file; rows staged from now on are counted there."""
        self.file_counts.append(IngestCounts())
        self.numeric_ids.append(0)

    @property
    def counts(self) -> IngestCounts:
        """Counts of the file that is being read."""
        return self.file_counts[-1]

    def count_duplicates(self, kept: np.ndarray) -> None:
        """Set the duplicates of each file from the mask of kept rows, which covers the accepted rows in order."""
        ends = np.cumsum([counts.read - counts.quarantined for counts in self.file_counts])
        for counts, own in zip(self.file_counts, np.split(kept, ends[:-1]), strict=True):
            counts.duplicates = int((~own).sum())

    @property
    def file(self) -> Path:
        """The file of the accepted rows."""
        return self.folder / "rows.arrow"

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Yield the accepted rows in order."""
        with pa.OSFile(str(self.file)) as opened:
            yield from pa.ipc.open_stream(opened)


def stage(staged: Staged, export: SourceTable, mapping: Mapping, rules: transform.Rules) -> None:
    """Stage an export's rows, in order: one thread reads blocks, another transforms them."""
    engine = engines.connect()
    blocks = prefetch(_gathered(export.batches))
    for transformed in prefetch(blocks, lambda block: transform.transform(block, export.header, mapping, rules, engine)):
        _accept(staged, transformed, export.name)
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


def _accept(staged: Staged, transformed: transform.Transformed, name: str) -> None:
    rows, usable = transformed.rows, pc.is_null(transformed.reasons)
    if transformed.reasons.null_count < len(usable):
        rejected = pc.invert(usable)
        _quarantine(staged, name, rows["row"].filter(rejected), transformed.reasons.filter(rejected))
        rows = rows.filter(usable)
    staged.scan.add(rows)
    staged.spellings.add(rows)
    staged.counts.read += len(usable)
    staged.counts.fields_nulled += transformed.fields_nulled
    staged.counts.renamed += transformed.renamed
    staged.counts.mended += transformed.mended
    staged.unknown_names.update(transformed.unknown_names)
    staged.numeric_ids[-1] += pc.sum(rows["numeric"]).as_py() or 0
    dispatched = rows["dispatched_at"] if "dispatched_at" in rows.schema.names else rows["received_at"]
    at, received = (column.cast(pa.int64()).to_numpy()
                    for column in (pc.coalesce(dispatched, rows["received_at"]), rows["received_at"]))
    staged.keys.add(rows["key"].cast(pa.int64()).to_numpy().view(np.uint64), at, received,
                    rows["numeric"].to_numpy(zero_copy_only=False))
    rows = rows.drop_columns(["row", "key", "numeric"]).append_column("dispatches", pa.array(np.ones(rows.num_rows, np.int32)))
    staged.writer = staged.writer or pa.ipc.new_stream(staged.file, rows.schema, options=_PACKED)
    staged.writer.write_batch(rows)


def _quarantine(staged: Staged, name: str, rows: pa.Array, reasons: pa.Array) -> None:
    if len(rows):
        files = pa.array([name]).take(pa.array(np.zeros(len(rows), np.int32)))
        staged.quarantined.append(pa.RecordBatch.from_arrays([files, rows, reasons], schema=QUARANTINE))
        staged.counts.reasons.update({entry["values"]: entry["counts"] for entry in pc.value_counts(reasons).to_pylist()})
