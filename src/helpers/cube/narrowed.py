"""Count some tickets of a city anew, as the cube counts all of them: those of a topic, of an area."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace

import ibis
import pyarrow as pa

from helpers.cube import counts
from helpers.cube.cube import TABLES, Cube
from helpers.settings import editions
from helpers.settings.editions import Edition
from helpers.tickets import engines, schema

_OF_ALL = ("days", "coverage")


def narrowed(whole: Cube, edition: Edition, selects: Callable[[ibis.Table], ibis.Value]) -> Cube:
    """Return the cube of those tickets of the loaded years that `selects` is true of.

    Its `days` and `coverage` are those of the whole: they tell how complete the months and columns of the tickets are, which few
    tickets cannot. The tickets are read once.
    """
    counted = [_counted(editions.read(edition.city, year), selects) for year in whole.years]
    embedded = engines.connect()
    embedded.raw_sql("SET threads = 1")
    tables = {name: engines.register(embedded, name, pa.concat_tables([rows[name] for rows in counted]))
              for name in TABLES if name not in _OF_ALL}
    return replace(whole, **tables, state=uuid.uuid4().hex)


def _counted(edition: Edition, selects: Callable[[ibis.Table], ibis.Value]) -> Mapping[str, pa.Table]:
    rows = schema.read(edition)
    engine = rows.get_backend()
    chosen = engine.create_table("chosen", rows.filter(selects(rows)), temp=True)
    bases = {name: query.to_pyarrow() for name, query in counts.base_counts(chosen, edition.assessment.month_starts_on).items()}
    registered = {name: engines.register(engine, f"base_{name}", table) for name, table in bases.items()}
    found = {name: query.to_pyarrow() for name, query in counts.tables(registered).items()}
    engine.disconnect()
    return found
