"""An export of a year that has tickets already: which tickets it adds, which it changes, which stay as they were."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import ibis
import ibis.expr.datatypes as dt
import numpy as np

from helpers.ingest.deduplicate import HashPartitions, KeptRows
from helpers.tickets import engines, schema

_COUNTED = ("received_at", "dispatches")  # compared by themselves: the first receipt and the most dispatches stand
_Known = tuple[np.ndarray, np.ndarray, np.ndarray]  # place, dispatches, receipt
_FIELDS = [("row", "<u8"), ("last", "<i8"), ("received", "<i8"), ("dispatches", "<i4"), ("place", "<i8"), ("new", "?")]


@ibis.udf.scalar.builtin
def epoch_us(time: dt.timestamp) -> dt.int64:
    """DuckDB's own: microseconds since 1970."""


@dataclass
class MergeCounts:
    """What an export does to the tickets that are held, in tickets; `kept` are those that it does not have.

    `older` are those that it has as they were before what is held: they stay, but for the first receipt and the most dispatches.
    """

    added: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0
    kept: int = 0

    counts = asdict


@dataclass
class Merge:
    """Which of the tickets `held` and of an `export` stand, and the counts."""

    held: KeptRows
    export: KeptRows
    merged: MergeCounts = field(default_factory=MergeCounts)


def compare(held: Path, export: Path, folder: Path) -> Merge:
    """Compare two files of tickets; what is known of each ticket waits in `folder`.

    The export's ticket stands, unless its last time (received, dispatched or closed) is earlier than that of the one held. The
    earlier `received_at` and the higher `dispatches` of the two stand, as within one export.
    """
    parts = HashPartitions(folder, "tickets", _FIELDS)
    rows = [_add(parts, file, new) for new, file in enumerate((held, export))]
    merge = Merge(*(KeptRows(np.ones(number, bool), *(np.array([], np.int64) for _ in range(3))) for number in rows))
    known = [_judge(part, merge) for part in parts]
    for number, standing in enumerate((merge.held, merge.export)):
        _correct(standing, [one[number] for one in known])
    both = merge.merged.changed + merge.merged.same + merge.merged.older
    merge.merged.added, merge.merged.kept = rows[1] - both, rows[0] - both
    return merge


def _add(parts: HashPartitions, file: Path, new: int) -> int:
    engine, place = engines.connect(), 0
    table = engines.read(engine, file)
    for batch in engines.stream(engine, table.select(**_asked(table))):
        columns = {name: column.to_numpy(zero_copy_only=False) for name, column in zip(batch.schema.names, batch, strict=True)}
        hashes = {name: columns[name].view(np.uint64) for name in ("key", "row")}
        parts.add(**columns | hashes, place=np.arange(place, place + batch.num_rows), new=np.full(batch.num_rows, bool(new)))
        place += batch.num_rows
    return place


def _asked(table: ibis.Table) -> dict[str, ibis.Value]:
    words = ibis.struct({name: table[name] for name in schema.SCHEMA.names if name not in _COUNTED})
    times = [epoch_us(table[name]) for name in ("received_at", "dispatched_at", "closed_at")]
    return {"key": table.ticket_id.hash(), "row": words.hash(), "received": times[0], "last": ibis.greatest(*times),
            "dispatches": table.dispatches.fill_null(0)}


def _correct(standing: KeptRows, known: list[_Known]) -> None:
    places, dispatches, received = (np.concatenate(columns) for columns in zip(*known, strict=True))
    order = np.argsort(places)
    standing.places, standing.dispatches, standing.received = places[order], dispatches[order], received[order]


def _judge(rows: np.ndarray, merge: Merge) -> tuple[_Known, _Known]:
    """Take out what does not stand; return place, dispatches and receipt of what does and differs: held, new."""
    first = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    held, new = rows[first], rows[first + 1]  # in the order in which they came
    received, dispatches = np.minimum(held["received"], new["received"]), np.maximum(held["dispatches"], new["dispatches"])
    like = held["row"] == new["row"]
    same = like & (received == held["received"]) & (dispatches == held["dispatches"])
    older = ~same & (new["last"] < held["last"])
    changed = ~same & ~older
    merge.held.stands[held["place"][changed]] = False
    merge.export.stands[new["place"][~changed]] = False
    merge.merged.same += int(same.sum())
    merge.merged.older += int(older.sum())
    merge.merged.changed += int(changed.sum())
    return tuple((one["place"][which], dispatches[which], received[which]) for one, which in ((held, older), (new, changed)))
