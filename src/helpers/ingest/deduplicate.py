"""Deduplicate by ticket_id: the last dispatch is kept; earlier rows count as dispatches.

Keys and times of the rows are partitioned by hash on disk, so that a hundred million rows take no more memory than one partition.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

_PARTS = 32
_MANY = 0.2  # ids are truncated where more than this share of the rows with long numbers for ids repeat one …
_EACH = 3  # … each repeated id has this many rows or more on average …
_OTHERS = 0.5  # … and more than this share of the repeats were received at another time than the first


class HashPartitions:
    """Records on disk, partitioned by `key`: all records of a key are in one partition, in the order of `add`."""

    def __init__(self, folder: Path, name: str, fields: list[tuple[str, str]]):
        self._kind = np.dtype([("key", "<u8"), *fields])
        self._files = [folder / f"{name}-{part}" for part in range(_PARTS)]
        self._opened = [file.open("wb") for file in self._files]

    def add(self, **columns: np.ndarray) -> None:
        """Append records, given by column; `key` is an unsigned 64-bit hash."""
        part = columns["key"] // np.uint64(2**64 // _PARTS)
        order = np.argsort(part, kind="stable")
        rows = np.empty(len(order), self._kind)
        for name in self._kind.names:
            rows[name] = columns[name][order]
        bounds = np.searchsorted(part[order], np.arange(_PARTS + 1))
        for file, first, last in zip(self._opened, bounds, bounds[1:], strict=False):
            file.write(rows[first:last].tobytes())

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the partitions, each sorted by key (stable), and delete each file once it is read."""
        for opened, file in zip(self._opened, self._files, strict=True):
            opened.close()
            rows = np.fromfile(file, self._kind)
            file.unlink()
            yield rows[np.argsort(rows["key"], kind="stable")]


@dataclass
class KeptRows:
    """The rows to keep: `kept` is a mask over all rows.

    `positions` are those of the kept rows of repeated tickets, in order, with their number of `dispatches` and the first
    `received` (microseconds since 1970). `truncated_ids` is 0, or the number of rows whose ids a spreadsheet has cut (`_MANY`).
    """

    kept: np.ndarray
    positions: np.ndarray
    dispatches: np.ndarray
    received: np.ndarray
    truncated_ids: int = 0

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the kept rows of `batches` (all rows, in order); `received_at` and `dispatches` of repeats are corrected."""
        start = 0
        for rows in batches:
            kept = self.kept[start:start + rows.num_rows]
            first, last = np.searchsorted(self.positions, (start, start + rows.num_rows))
            if last > first:
                rows = self._corrected(rows, self.positions[first:last] - start, slice(first, last))
            start += rows.num_rows
            yield rows if kept.all() else rows.filter(pa.array(kept))

    def _corrected(self, rows: pa.RecordBatch, positions: np.ndarray, which: slice) -> pa.RecordBatch:
        received, dispatches = (_numbers(rows[name]).copy() for name in ("received_at", "dispatches"))
        received[positions], dispatches[positions] = self.received[which], self.dispatches[which]
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        counted = {"received_at": pa.array(received).cast(pa.timestamp("us")), "dispatches": pa.array(dispatches, pa.int32())}
        return pa.RecordBatch.from_pydict(columns | counted)


def _numbers(column: pa.Array) -> np.ndarray:
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


class Rows:
    """Keys and times of the rows of exports, added batch by batch."""

    def __init__(self, folder: Path):
        self._parts = HashPartitions(folder, "rows", [("at", "<i8"), ("received", "<i8"), ("position", "<i8"), ("numeric", "?")])
        self._count = 0

    def add(self, key: np.ndarray, at: np.ndarray, received: np.ndarray, numeric: np.ndarray) -> None:
        """Add rows: hashes of their ids, times of dispatch and of receipt (microseconds), whether an id is a long number."""
        self._parts.add(key=key, at=at, received=received, numeric=numeric, position=np.arange(len(key)) + self._count)
        self._count += len(key)

    def deduplicate(self) -> KeptRows:
        """Return the rows to keep: of each key the last by `at` (dispatched, else received), `received`, order of the files."""
        kept, repeats, tallies = np.ones(self._count, bool), [], np.zeros(4, np.int64)
        for rows in self._parts:
            repeated, tally = _repeated(rows)
            tallies += tally
            kept[repeated.loc[~repeated["last"], "position"]] = False
            repeats.append(repeated.loc[repeated["last"], ["position", "dispatches", "received"]])
        repeats = pd.concat(repeats).sort_values("position")
        return KeptRows(kept, *(repeats[name].to_numpy() for name in repeats), truncated_ids=_truncated_ids(*tallies))


def _repeated(rows: np.ndarray) -> tuple[pd.DataFrame, list[int]]:
    """Return the rows of repeated keys, `last` marking the one to keep, and the tallies for `_truncated_ids`."""
    equal = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    records = rows[np.union1d(equal, equal + 1)]
    repeated = pd.DataFrame({name: records[name] for name in rows.dtype.names})
    repeated = repeated.sort_values(["key", "at", "received", "position"])
    repeated["last"] = ~repeated["key"].duplicated(keep="last")
    received = repeated.groupby("key")["received"]
    repeated = repeated.assign(dispatches=received.transform("size"), first=received.transform("min"))
    numeric = repeated[repeated["numeric"]]
    others = int((numeric["received"] != numeric["first"]).sum())
    repeated = repeated.assign(received=repeated["first"])
    return repeated, [int(rows["numeric"].sum()), len(numeric), int(numeric["last"].sum()), others]


def _truncated_ids(numeric: int, repeated: int, tickets: int, others: int) -> int:
    """Return `numeric`, the rows with long numbers for ids, where spreadsheets seem to have cut these; else 0."""
    repeats = repeated - tickets
    return int(numeric) if repeats > _MANY * numeric and repeated >= _EACH * tickets and others > _OTHERS * repeats else 0
