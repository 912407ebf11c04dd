"""What a ticket is: the columns of the contract, and the one Parquet file of an edition that holds them.

Written by `ingest` and `simulate`, asked by `cube` and by exploration. `data/README.md` tells each column in words.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import parquet

if TYPE_CHECKING:
    import ibis

SCHEMA = pa.schema(
    [
        ("ticket_id", pa.string()),
        ("received_at", pa.timestamp("us")),
        ("channel", pa.string()),
        ("source", pa.string()),
        ("kind", pa.string()),
        ("category", pa.string()),
        ("subcategory", pa.string()),
        ("topic", pa.string()),
        ("tags", pa.list_(pa.string())),
        ("handling", pa.string()),
        ("owner_level", pa.string()),
        ("owner", pa.string()),
        ("district", pa.string()),
        ("subdistrict", pa.string()),
        ("community", pa.string()),
        ("dispatches", pa.int32()),
        ("exclusion", pa.string()),
        ("assessment", pa.string()),
        ("reached", pa.bool_()),
        ("contacted", pa.bool_()),
        ("resolved", pa.string()),
        ("satisfied", pa.string()),
        ("dispatched_at", pa.timestamp("us")),
        ("due_at", pa.timestamp("us")),
        ("closed_at", pa.timestamp("us")),
        ("on_time", pa.bool_()),
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
    ]
)

VALUES = {
    "channel": ("phone", "web"),
    "kind": ("request", "enquiry", "praise", "suggestion", "complaint"),
    "handling": ("answered", "dispatched"),
    "owner_level": ("district_department", "subdistrict", "municipal_agency", "state_owned_enterprise"),
    "assessment": ("full", "response_only", "none"),
    "resolved": ("resolved", "partly", "unresolved"),
    "satisfied": ("satisfied", "basically", "dissatisfied"),
}


def write(edition: Edition, batches: Iterable[pa.RecordBatch], *, data: str, source: str, digest: str,
          account: Mapping[str, Any] | None = None) -> int:
    """Replace an edition's tickets whole and return their number.

    `data` is `simulated` or `export`, `source` names what they were made of, `digest` hashes it, `account` counts what
    became of the rows that were read; all stand in the file's metadata. Dictionary-encoded string columns are welcome.
    """
    facts = {"data": data, "source": source, "digest": digest, "city": edition.city, "year": str(edition.year)}
    facts |= {"account": json.dumps(account, ensure_ascii=False)} if account else {}
    return parquet.write(paths.tickets(edition.key), batches, SCHEMA, facts)


def metadata(edition: Edition) -> dict[str, str] | None:
    """Return what the file says of itself (`data`, `source`, `digest`, `city`, `year`), or None where there are no tickets.

    An export's has `account` too.
    """
    path = paths.tickets(edition.key)
    return parquet.metadata(path) if path.exists() else None


def ingest_counts(edition: Edition) -> dict[str, Any] | None:
    """Return what became of the rows of an edition's export, as `ingest` counted them; None where nobody did.

    `read` = `accepted` + `quarantined` + `duplicates`; `reasons` counts the quarantined rows by reason, `nulled` by rule the
    fields that were not kept.
    """
    return json.loads((metadata(edition) or {}).get("account", "null"))


def read(edition: Edition, engine: str | None = None) -> "ibis.Table":
    """Return an edition's tickets as a question still being asked. Raises KnownError where there are none."""
    path = paths.tickets(edition.key)
    if not path.exists():
        raise UserError(f"{edition.label} has no tickets: run python -m helpers.simulate or python -m helpers.ingest "
                         f"with --city {edition.city} --year {edition.year} first.")
    from helpers.tickets import engines  # Ibis takes time to import: whoever only asks what tickets say of themselves needs none

    return engines.read(engines.connect(engine), path)
