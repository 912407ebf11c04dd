"""Tickets that stay where they live: a table of a warehouse, counted there by its own engine.

    python -m helpers.warehouse --city C --year Y --engine duckdb:////srv/hotline.db --table hotline.tickets

writes a file of tickets without rows that stands for the table; reports with the same --engine count the table. Ask again
when the table has changed: each time it is asked, its cubes are made anew. Nothing of the table is checked or
mended as `ingest` does.
"""

import argparse
import uuid

from helpers.ingest import workspace
from helpers.settings import editions, errors, paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import engines, parquet, schema


def register_table(edition: Edition, engine: str, table: str, replace: bool = False) -> int:
    """Let a table of an engine be an edition's tickets and return how many it holds.

    Its columns bear the names of tickets' and their types, times without a zone; of what it does not have nothing is known.
    Raises KnownError where there is no such engine or table, where it holds tickets of other years or none, and
    where tickets are held already that `replace` does not give up.
    """
    engines.check(engine)
    held = schema.metadata(edition)
    if held and "table" not in held and not replace:
        raise UserError(f"{edition.label} has tickets already ({held['source']}): add --replace to give them up.")
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
             "digest": uuid.uuid4().hex}  # what is in the table may have changed though it counts the same
    with workspace.edition_lock(edition):
        parquet.write(paths.tickets(edition.key), [], schema.SCHEMA, facts)
    return count


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m helpers.warehouse", description="Count tickets where they live.")
    parser.add_argument("--city", required=True)
    parser.add_argument("--year", required=True, type=int)
    parser.add_argument("--engine", required=True, help="URL of the engine that holds the table")
    parser.add_argument("--table", required=True, help="a table or view with the columns of tickets, of one year")
    parser.add_argument("--replace", action="store_true", help="give up the tickets held")
    options = parser.parse_args(arguments)

    def run() -> int:
        count = register_table(editions.read(options.city, options.year), options.engine, options.table, options.replace)
        print(f"{options.city} {options.year}: {count} tickets stay in {options.table}")
        return 0

    return errors.run_command(run)
