"""Deduplicate by ticket_id: the last dispatch is kept; a row counts as a dispatch where owner or time of dispatch is another.

Rows without id that are equal are tickets each, numbered within their table, or one.

Keys and times of the rows are partitioned by hash on disk, so that a hundred million rows take no more memory than one partition.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_PARTS = 32
_FIELDS = [("at", "<i8"), ("received", "<i8"), ("position", "<i8"), ("numeric", "?"),  # times in microseconds since 1970
           ("nameless", "?"), ("table", "<i4"), ("owner", "<u8"), ("dispatched", "<i8")]  # hash, time; 0 where unknown
_MANY = 0.2  # ids are truncated where more than this share of the rows with long numbers for ids repeat one …
_EACH = 3  # … each repeated id has this many rows or more on average …
_SAME = 20  # rows of a table for each id, on the mean, from which ids name no tickets …
_SOME = 1_000  # … where these are so many rows
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
    `received` (microseconds since 1970). `ordinals` number equal rows without id from 0, None where there are none.
    `truncated_ids` is 0, or the number of rows whose ids a spreadsheet has cut (`_MANY`); `shared_ids` is 0, or the number of ids
    where these are too few to name tickets (`_SAME`).
    """

    kept: np.ndarray
    positions: np.ndarray
    dispatches: np.ndarray
    received: np.ndarray
    ordinals: np.ndarray | None = None
    truncated_ids: int = 0
    shared_ids: int = 0

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
        if self.ordinals is not None and self.ordinals[which].any():
            columns["ticket_id"] = _numbered(columns["ticket_id"], positions, self.ordinals[which])
        counted = {"received_at": pa.array(received).cast(pa.timestamp("us")), "dispatches": pa.array(dispatches, pa.int32())}
        return pa.RecordBatch.from_pydict(columns | counted)


def _numbered(ids: pa.Array, positions: np.ndarray, ordinals: np.ndarray) -> pa.Array:
    """Return ids with -2, -3 … behind those of further equal rows."""
    suffixes = np.zeros(len(ids), np.int64)
    suffixes[positions] = ordinals
    numbered = pc.binary_join_element_wise(ids, pa.array(suffixes + 1).cast(pa.string()), "-")
    return pc.if_else(pa.array(suffixes > 0), numbered, ids)


def _numbers(column: pa.Array) -> np.ndarray:
    return column.cast(pa.int64()).to_numpy(zero_copy_only=False)


class Rows:
    """Keys and times of the rows of exports, added batch by batch."""

    def __init__(self, folder: Path):
        self._parts = HashPartitions(folder, "rows", _FIELDS)
        self._count = 0

    def add(self, key: np.ndarray, **columns: np.ndarray) -> None:
        """Add rows: hashes of their ids, and the other columns of `_FIELDS` but their position."""
        self._parts.add(key=key, **columns, position=np.arange(len(key)) + self._count)
        self._count += len(key)

    def deduplicate(self, numbered: bool = False) -> KeptRows:
        """Return the rows to keep: of each key the last by `at` (dispatched, else received), `received`, order of the files.

        `numbered`: equal rows of a table that have no id are tickets each.
        """
        kept, repeats, tallies, named = np.ones(self._count, bool), [], np.zeros(4, np.int64), np.zeros(2, np.int64)
        for rows in self._parts:
            repeated, tally = _repeated(rows, numbered)
            tallies += tally
            named += _named(rows)
            kept[repeated.loc[~repeated["last"], "position"]] = False
            repeats.append(repeated.loc[repeated["last"], ["position", "dispatches", "received", "ordinal"]])
        repeats = pd.concat(repeats).sort_values("position")
        return KeptRows(kept, *(repeats[name].to_numpy() for name in repeats), truncated_ids=_truncated_ids(*tallies),
                        shared_ids=_shared_ids(*named))


def _repeated(rows: np.ndarray, numbered: bool) -> tuple[pd.DataFrame, list[int]]:
    """Return the rows of repeated keys, `last` marking the one to keep, and the tallies for `_truncated_ids`."""
    equal = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    records = rows[np.union1d(equal, equal + 1)]
    repeated = pd.DataFrame({name: records[name] for name in rows.dtype.names})
    nameless = repeated[repeated["nameless"] & numbered].sort_values("position")
    repeated["ordinal"] = nameless.groupby(["key", "table"]).cumcount().reindex(repeated.index, fill_value=0)
    repeated = repeated.sort_values(["key", "ordinal", "at", "received", "position"])
    tickets = ["key", "ordinal"]
    repeated["last"] = ~repeated.duplicated(tickets, keep="last")
    again = _dispatched_again(repeated, tickets).groupby([repeated[name] for name in tickets]).transform("sum")
    repeated = repeated.assign(dispatches=1 + again, first=repeated.groupby(tickets)["received"].transform("min"))
    numeric = repeated[repeated["numeric"]]
    others = int((numeric["received"] != numeric["first"]).sum())
    repeated = repeated.assign(received=repeated["first"])
    return repeated, [int(rows["numeric"].sum()), len(numeric), int(numeric["last"].sum()), others]


def _dispatched_again(repeated: pd.DataFrame, tickets: list[str]) -> pd.Series:
    """Return for rows in order whether owner or time of dispatch is another than in the ticket's rows before; 0 is unknown."""
    again = pd.Series(False, index=repeated.index)
    for name in ("owner", "dispatched"):
        codes = pd.Series(pd.factorize(repeated[name])[0], index=repeated.index, dtype="float64").where(repeated[name] != 0)
        known = codes.groupby([repeated[key] for key in tickets]).ffill()
        before = known.groupby([repeated[key] for key in tickets]).shift()
        again |= before.notna() & (known != before)
    return again


def _named(rows: np.ndarray) -> tuple[int, int]:
    """Return how many rows have an id, and how many ids the tables have of these, those of several tables once for each."""
    own = rows[~rows["nameless"]] if rows["nameless"].any() else rows
    others = (own["key"][1:] != own["key"][:-1]) | (own["table"][1:] != own["table"][:-1])  # rows of a key are in their order
    return len(own), int(others.sum()) + bool(len(own))


def _shared_ids(rows: int, ids: int) -> int:
    """Return `ids`, where so few cannot name so many rows; else 0."""
    return int(ids) if rows >= max(_SOME, _SAME * ids) else 0


def _truncated_ids(numeric: int, repeated: int, tickets: int, others: int) -> int:
    """Return `numeric`, the rows with long numbers for ids, where spreadsheets seem to have cut these; else 0."""
    repeats = repeated - tickets
    return int(numeric) if repeats > _MANY * numeric and repeated >= _EACH * tickets and others > _OTHERS * repeats else 0
