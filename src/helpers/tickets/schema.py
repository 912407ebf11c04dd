"""Declare the columns of tickets; write and read the one Parquet file of an edition that has them.

`COLUMNS` is the only declaration: reading exports, counting and the appendix on data quality follow it. `data/README.md`
describes each column, `data/dictionary.yml` names it in print.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa

from helpers.settings import label_rules, paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import parquet

if TYPE_CHECKING:
    import ibis

_TIME = pa.timestamp("us")


class Column(NamedTuple):
    """Declare a column of tickets, and how its completeness is counted.

    `applies_to` names the tickets in which a value is expected: `all`, `dispatched`, those that `districts` or `subdistricts`
    handle, or `assessed`. `counted_in` names the base count of `cube.counts` that counts the tickets with a value: one over
    just these tickets, or one by handling, owner level and assessment (`intake`, `units`); `every` where no ticket lacks one.
    `values` are the only words that the column takes, none where it takes any. `blank_is_value`: a null is no gap.
    """

    name: str
    type: pa.DataType
    applies_to: Literal["all", "dispatched", "districts", "subdistricts", "assessed"]
    counted_in: str
    values: tuple[str, ...] = ()
    blank_is_value: bool = False


COLUMNS = (
    Column("ticket_id", pa.string(), "all", "every"),
    Column("received_at", _TIME, "all", "every"),
    Column("channel", pa.string(), "all", "intake", ("phone", "web")),
    Column("source", pa.string(), "all", "intake"),
    Column("kind", pa.string(), "all", "intake", ("request", "enquiry", "praise", "suggestion", "complaint")),
    Column("category", pa.string(), "all", "calls"),
    Column("subcategory", pa.string(), "all", "calls"),
    Column("topic", pa.string(), "all", "calls"),
    Column("tags", pa.list_(pa.string()), "all", "hours", blank_is_value=True),
    Column("handling", pa.string(), "all", "intake", ("answered", "dispatched")),
    Column("owner_level", pa.string(), "dispatched", "intake",
           ("district_department", "subdistrict", "municipal_agency", "state_owned_enterprise")),
    Column("owner", pa.string(), "dispatched", "units"),
    Column("district", pa.string(), "districts", "units"),
    Column("subdistrict", pa.string(), "subdistricts", "units"),
    Column("community", pa.string(), "subdistricts", "units"),
    Column("dispatches", pa.int32(), "all", "hours"),
    Column("exclusion", pa.string(), "all", "intake", blank_is_value=True),
    Column("assessment", pa.string(), "all", "intake", ("full", "response_only", "none")),
    Column("reached", pa.bool_(), "assessed", "units"),
    Column("contacted", pa.bool_(), "assessed", "units"),
    Column("resolved", pa.string(), "assessed", "units", ("resolved", "partly", "unresolved")),
    Column("satisfied", pa.string(), "assessed", "units", ("satisfied", "basically", "dissatisfied")),
    Column("dispatched_at", _TIME, "dispatched", "dispatching"),
    Column("due_at", _TIME, "dispatched", "durations"),
    Column("closed_at", _TIME, "dispatched", "durations"),
    Column("on_time", pa.bool_(), "dispatched", "durations"),
    Column("status", pa.string(), "dispatched", "durations", ("open", "closed")),
    Column("longitude", pa.float64(), "all", "hours"),
    Column("latitude", pa.float64(), "all", "hours"),
    Column("place_key", pa.string(), "all", "hours"),
)
SCHEMA = pa.schema([(column.name, column.type) for column in COLUMNS])
VALUES = {column.name: column.values for column in COLUMNS if column.values}


def write(edition: Edition, batches: Iterable[pa.RecordBatch], *, data: str, source: str, digest: str,
          account: Mapping[str, Any] | None = None, file: Path | None = None) -> int:
    """Replace an edition's tickets atomically and return their number.

    Stored as the file's metadata: `data` (`simulated` or `export`), `source` (the names of the inputs), `digest` (their hash)
    and `account` (the counts of an ingest). String columns may be dictionary-encoded. `file` is written in place of the tickets'
    own. Raises TypeError where the columns differ from `SCHEMA`.
    """
    facts = {"data": data, "source": source, "digest": digest, "city": edition.city, "year": str(edition.year)}
    facts |= {"account": json.dumps(account, ensure_ascii=False)} if account else {}
    return parquet.write(file or paths.tickets(edition.key), batches, SCHEMA, facts)


def metadata(edition: Edition) -> dict[str, str] | None:
    """Return the metadata of an edition's tickets (`data`, `source`, `digest`, `city`, `year`), or None where there are none.

    Tickets of an export have `account` too. Raises UserError where the file is damaged.
    """
    path = paths.tickets(edition.key)
    return parquet.metadata(path) if path.exists() else None


def ingest_counts(edition: Edition) -> dict[str, Any] | None:
    """Return the counts of the ingest that wrote an edition's tickets; None for simulated tickets and for none.

    `read` = `accepted` + `quarantined` + `duplicates`, in rows; `reasons` counts quarantined rows by reason, `nulled` by rule the
    fields that were set to null.
    """
    return json.loads((metadata(edition) or {}).get("account", "null"))


def read(edition: Edition, engine: str | None = None) -> "ibis.Table":
    """Return an edition's tickets as an unexecuted query; a column declared since they were written is null.

    `tags` hold the export's labels and those of the city's rules (`label_rules`).
    Columns and their order: those of SCHEMA; no order of rows. Raises UserError where the edition has no tickets.
    """
    return read_years([edition], engine)


def read_years(several: Sequence[Edition], engine: str | None = None) -> "ibis.Table":
    """Return the tickets of several editions on one connection, as `read` returns those of one.

    Raises UserError where one has no tickets, and where some are simulated and others of an export.
    """
    for edition in several:
        if not paths.tickets(edition.key).exists():
            raise UserError(f"{edition.label} has no tickets: run python -m helpers.simulate or python -m helpers.ingest "
                            f"with --city {edition.city} --year {edition.year} first.")
    kinds = {edition.key: metadata(edition)["data"] for edition in several}
    if len(set(kinds.values())) > 1:
        raise UserError(f"simulated tickets are not set beside those of an export: "
                        f"{', '.join(f'{key} is {kind}' for key, kind in kinds.items())}.", exit_code=2)
    import ibis  # slow to import, and not needed for metadata alone

    from helpers.tickets import engines

    connection, declared = engines.connect(engine), ibis.Schema.from_pyarrow(SCHEMA)
    tables = [engines.read(connection, paths.tickets(edition.key)) for edition in several]
    added = [{name: ibis.null(kind) for name, kind in declared.items() if name not in table.columns} for table in tables]
    whole = [table.mutate(new).select(SCHEMA.names) if new else table for table, new in zip(tables, added, strict=True)]
    whole = [labelled(table, label_rules.read(edition.city)) for table, edition in zip(whole, several, strict=True)]
    return whole[0] if len(whole) == 1 else ibis.union(*whole)


def labelled(rows: "ibis.Table", rules: Mapping[str, label_rules.LabelRule]) -> "ibis.Table":
    """Return tickets whose `tags` also have the labels of a city's rules, each once; unchanged without rules."""
    if not rules:
        return rows
    import ibis

    none = ibis.literal([], "array<string>")
    tags = rows.tags.fill_null(none)
    found = [(ibis.or_(*(_is_about(rows, subject) for subject in rule.tickets)) & ~tags.contains(label))
             .ifelse(ibis.array([label]), none) for label, rule in rules.items()]
    return rows.mutate(tags=functools.reduce(lambda known, more: known.concat(more), found, tags))


def _is_about(rows: "ibis.Table", subject: label_rules.Subject) -> "ibis.Value":
    import ibis

    return ibis.and_(*(rows[column] == value for column, value in subject.values.items())).fill_null(False)
