"""Register a table of a warehouse as an edition's tickets: its own engine counts them there.

    python -m helpers.ingest --table hotline.tickets --engine duckdb:////srv/hotline.db --city C --year Y

writes a file of tickets without rows that points to the table; reports with the same --engine count the table. Register it again
when the table has changed: its cubes are then counted anew. Rows of the table are neither checked nor corrected.
"""

import uuid

from helpers.ingest import workspace
from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import engines, parquet, schema


def register_table(edition: Edition, engine: str, table: str, replace: bool = False) -> int:
    """Register the table `table` of an engine (a URL) as an edition's tickets and return the number of its rows.

    Its columns have the names and types of `schema.SCHEMA`, times without a zone; columns that it lacks are null. Raises
    UserError where there is no such engine or table, where it has no rows or rows of another year, and where the edition has
    tickets of an export or of a simulation and `replace` is False.
    """
    engines.check(engine)
    current = schema.metadata(edition)
    if current and "table" not in current and not replace:
        raise UserError(f"{edition.label} has tickets already ({current['source']}): add --replace to give them up.")
    rows = engines.external_table(engines.connect(engine), table, schema.SCHEMA, needed=("ticket_id", "received_at"))
    with engines.closing(rows, engine):
        counted = rows.aggregate(tickets=rows.count(), first=rows.received_at.min(),
                                 last=rows.received_at.max()).to_pyarrow().to_pylist()[0]
    count, first, last = counted["tickets"], counted["first"], counted["last"]
    if not count or {first.year, last.year} != {edition.year}:
        raise UserError(
            f"'{table}' holds {count} tickets, received from {first} to {last}: name a table or a view of {edition.year} alone."
        )
    facts = {"data": "export", "source": table, "table": table, "city": edition.city, "year": str(edition.year),
             "digest": uuid.uuid4().hex}  # the table may have changed though its number of rows is the same
    with workspace.edition_lock(edition):
        parquet.write(paths.tickets(edition.key), [], schema.SCHEMA, facts)
    return count
