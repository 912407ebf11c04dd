"""Merge a further export with the tickets of its year: find which tickets it adds or changes, and which stay."""

from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import numpy as np

from helpers.ingest.deduplicate import HashPartitions, KeptRows
from helpers.tickets import engines, schema

_COUNTED = ("received_at", "dispatches")  # compared separately: the first receipt and the most dispatches are kept
_Corrections = tuple[np.ndarray, np.ndarray, np.ndarray]  # position, dispatches, receipt
_FIELDS = [("row", "<u8"), ("last", "<i8"), ("received", "<i8"), ("dispatches", "<i4"),
           ("owner", "<u8"), ("dispatched", "<i8"), ("position", "<i8"), ("new", "?")]


@ibis.udf.scalar.builtin
def epoch_us(time: dt.timestamp) -> dt.int64:
    """Return microseconds since 1970; a function of DuckDB."""


@dataclass
class MergeCounts:
    """Counts of a merge in tickets: added by the export, changed by it, the same in both, kept because the export lacks them.

    `older` are those of which the export has an earlier state: only the first receipt and the most dispatches are taken from it.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    kept: int = 0


@dataclass
class Merge:
    """The rows to keep of the `current` tickets and of an `export`, with the counts of the merge."""

    current: KeptRows
    export: KeptRows
    counts: MergeCounts = field(default_factory=MergeCounts)


def compare(current: Path, export: Path, folder: Path) -> Merge:
    """Return how to merge two files of tickets by ticket_id; hashes of the tickets are kept on disk in `folder` meanwhile.

    Of a ticket that both have, the export's row is kept unless its last time (received, dispatched or closed) is earlier than the
    current row's. The earlier `received_at` and the higher `dispatches` of the two are kept, as within an export.
    """
    parts = HashPartitions(folder, "tickets", _FIELDS)
    rows = [_add(parts, file, new) for new, file in enumerate((current, export))]
    merge = Merge(*(KeptRows(np.ones(number, bool), *(np.array([], np.int64) for _ in range(3))) for number in rows))
    corrections = [_compare(part, merge) for part in parts]
    for number, rows_to_keep in enumerate((merge.current, merge.export)):
        _correct(rows_to_keep, [pair[number] for pair in corrections])
    counts = merge.counts
    both = counts.changed + counts.same + counts.older
    counts.added, counts.kept = rows[1] - both, rows[0] - both
    return merge


def _add(parts: HashPartitions, file: Path, new: int) -> int:
    engine, start = engines.connect(), 0
    table = engines.read(engine, file)
    for batch in engines.stream(engine, table.select(**_hashes(table))):
        columns = {name: column.to_numpy(zero_copy_only=False) for name, column in zip(batch.schema.names, batch, strict=True)}
        hashes = {name: columns[name].view(np.uint64) for name in ("key", "row", "owner")}
        parts.add(**columns | hashes, position=np.arange(start, start + batch.num_rows), new=np.full(batch.num_rows, bool(new)))
        start += batch.num_rows
    return start


def _hashes(table: ibis.Table) -> dict[str, ibis.Value]:
    words = ibis.struct({name: table[name] for name in schema.SCHEMA.names if name not in _COUNTED})
    times = [epoch_us(table[name]) for name in ("received_at", "dispatched_at", "closed_at")]
    return {"key": table.ticket_id.hash(), "row": words.hash(), "received": times[0], "last": ibis.greatest(*times),
            "dispatches": table.dispatches.fill_null(0), "owner": table.owner.notnull().ifelse(table.owner.hash(), 0),
            "dispatched": times[1].fill_null(0)}


def _correct(rows: KeptRows, corrections: list[_Corrections]) -> None:
    positions, dispatches, received = (np.concatenate(columns) for columns in zip(*corrections, strict=True))
    order = np.argsort(positions)
    rows.positions, rows.dispatches, rows.received = positions[order], dispatches[order], received[order]


def _dispatches(current: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return how often tickets were dispatched: the most of both, and once more where a single row names another dispatch."""
    moved = np.zeros(len(new), bool)
    for name in ("owner", "dispatched"):
        moved |= (current[name] != 0) & (new[name] != 0) & (current[name] != new[name])
    is_later = new["last"] >= current["last"]
    earlier, later = (np.where(is_later, *pair) for pair in ((current["dispatches"], new["dispatches"]),
                                                             (new["dispatches"], current["dispatches"])))
    return np.maximum(np.maximum(earlier, later), np.where(moved & (later == 1), earlier + 1, 0))


def _compare(rows: np.ndarray, merge: Merge) -> tuple[_Corrections, _Corrections]:
    """Drop the row that is not kept of each ticket that both have; return the corrections of the kept rows: current, new."""
    first = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    current, new = rows[first], rows[first + 1]  # in the order in which they came
    received, dispatches = np.minimum(current["received"], new["received"]), _dispatches(current, new)
    like = current["row"] == new["row"]
    same = like & (received == current["received"]) & (dispatches == current["dispatches"])
    older = ~same & (new["last"] < current["last"])
    changed = ~same & ~older
    merge.current.kept[current["position"][changed]] = False
    merge.export.kept[new["position"][~changed]] = False
    merge.counts.same += int(same.sum())
    merge.counts.older += int(older.sum())
    merge.counts.changed += int(changed.sum())
    return tuple((rows["position"][which], dispatches[which], received[which])
                 for rows, which in ((current, older), (new, changed)))
