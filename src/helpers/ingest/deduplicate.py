"""Which rows stand for a ticket: rows of one id are a ticket that was dispatched again.

What is known of each row waits on disk, in parts by the first bits of its key, so that a hundred million rows take no more memory
than one part of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

_PARTS = 32
_MANY = 0.2  # ids are destroyed where more than this share of the rows with long numbers for ids repeat one …
_EACH = 3  # … each repeated id has so many rows or more, in the mean …
_OTHERS = 0.5  # … and more than this share of the repeats were received at another time than the first


class HashPartitions:
    """Records on disk, in parts by `key`: all records of one key lie in one part, in the order in which they came."""

    def __init__(self, folder: Path, name: str, fields: list[tuple[str, str]]):
        self._kind = np.dtype([("key", "<u8"), *fields])
        self._files = [folder / f"{name}-{part}" for part in range(_PARTS)]
        self._opened = [file.open("wb") for file in self._files]

    def add(self, **columns: np.ndarray) -> None:
        """Add records, given by column."""
        part = columns["key"] // np.uint64(2**64 // _PARTS)
        order = np.argsort(part, kind="stable")
        rows = np.empty(len(order), self._kind)
        for name in self._kind.names:
            rows[name] = columns[name][order]
        bounds = np.searchsorted(part[order], np.arange(_PARTS + 1))
        for file, first, last in zip(self._opened, bounds, bounds[1:], strict=False):
            file.write(rows[first:last].tobytes())

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield the parts, each sorted by key; what is read is gone from the disk."""
        for opened, file in zip(self._opened, self._files, strict=True):
            opened.close()
            rows = np.fromfile(file, self._kind)
            file.unlink()
            yield rows[np.argsort(rows["key"], kind="stable")]


@dataclass
class KeptRows:
    """Which rows stand, by their places, and for those of repeated tickets `dispatches` and the first `received`.

    `places` are in order; `received` is in microseconds. `destroyed` is 0, or the number of rows whose ids cannot be what they
    were: see `_MANY`.
    """

    stands: np.ndarray
    places: np.ndarray
    dispatches: np.ndarray
    received: np.ndarray
    destroyed: int = 0

    def rows(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the rows that stand, of all rows in order, with what is known of repeated ones."""
        start = 0
        for rows in batches:
            kept = self.stands[start:start + rows.num_rows]
            first, last = np.searchsorted(self.places, (start, start + rows.num_rows))
            if last > first:
                rows = self._corrected(rows, self.places[first:last] - start, slice(first, last))
            start += rows.num_rows
            yield rows if kept.all() else rows.filter(pa.array(kept))

    def _corrected(self, rows: pa.RecordBatch, places: np.ndarray, known: slice) -> pa.RecordBatch:
        received, dispatches = (_numbers(rows[name]).copy() for name in ("received_at", "dispatches"))
        received[places], dispatches[places] = self.received[known], self.dispatches[known]
        columns = dict(zip(rows.schema.names, rows.columns, strict=True))
        counted = {"received_at": pa.array(received).cast(pa.timestamp("us")), "dispatches": pa.array(dispatches, pa.int32())}
        return pa.RecordBatch.from_pydict(columns | counted)


def _numbers(column: pa.Array) -> np.ndarray:
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


class Rows:
    """What is known of the rows of an export, as they come."""

    def __init__(self, folder: Path):
        self._parts = HashPartitions(folder, "rows", [("at", "<i8"), ("received", "<i8"), ("place", "<i8"), ("number", "?")])
        self._count = 0

    def add(self, key: np.ndarray, at: np.ndarray, received: np.ndarray, number: np.ndarray) -> None:
        """Add rows: the hash of their id, when they were dispatched, when received, whether the id is a long number."""
        self._parts.add(key=key, at=at, received=received, number=number, place=np.arange(len(key)) + self._count)
        self._count += len(key)

    def standing(self) -> KeptRows:
        """Return which rows stand for their ticket.

        A repeated key is a ticket that was dispatched again: its last row stands, by `at` (dispatched, else received), then by
        `received`, then in the order of the files.
        """
        stands, known, tallies = np.ones(self._count, bool), [], np.zeros(4, np.int64)
        for rows in self._parts:
            again, tally = _again(rows)
            tallies += tally
            stands[again.loc[~again["last"], "place"]] = False
            known.append(again.loc[again["last"], ["place", "dispatches", "received"]])
        known = pd.concat(known).sort_values("place")
        return KeptRows(stands, *(known[name].to_numpy() for name in known), destroyed=_destroyed(*tallies))


def _again(rows: np.ndarray) -> tuple[pd.DataFrame, list[int]]:
    """Return the rows of repeated keys and which of them are the `last`; and tallies of what tells of destroyed ids."""
    equal = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    repeated = rows[np.union1d(equal, equal + 1)]
    again = pd.DataFrame({name: repeated[name] for name in rows.dtype.names})
    again = again.sort_values(["key", "at", "received", "place"])
    again["last"] = ~again["key"].duplicated(keep="last")
    received = again.groupby("key")["received"]
    again = again.assign(dispatches=received.transform("size"), received=received.transform("min"), at=again["received"])
    numbers = again[again["number"]]
    others = int((numbers["at"] != numbers["received"]).sum())
    return again, [int(rows["number"].sum()), len(numbers), int(numbers["last"].sum()), others]


def _destroyed(numbers: int, repeated: int, tickets: int, others: int) -> int:
    repeats = repeated - tickets
    return int(numbers) if repeats > _MANY * numbers and repeated >= _EACH * tickets and others > _OTHERS * repeats else 0
