"""Count some tickets of a city anew, as the cube counts all of them: those of a topic, of an area."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

import ibis
import pyarrow as pa

from helpers.cube import compiled, selections
from helpers.cube.cube import TABLES, Cube
from helpers.settings import editions
from helpers.settings.editions import Edition
from helpers.settings.periods import Period
from helpers.tickets import engines, schema

_OF_ALL = ("days", "coverage")
_OF_COVERAGE = ("ticket_id", "community", "due_at", "longitude", "latitude")  # columns that no other table counts


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


def places(edition: Edition, period: Period, values: Mapping[str, str]) -> tuple[ibis.Table, ibis.Table]:
    """Return the dispatched tickets of a period of the edition's year that have these values, by place and by owner.

    Columns of both, as `areas` and `owners` of the cube: year, month, owner_level, district, subdistrict, owner, tickets.
    """
    rows = schema.read(edition)
    (first_year, first), (next_year, following) = period.calendar[0], Period(period.end + 1, 1).calendar[0]
    inside = (rows.received_at >= datetime(first_year, first, 1)) & (rows.received_at < datetime(next_year, following, 1))
    chosen = selections.dispatched(rows).filter(inside, *(rows[column] == value for column, value in values.items()))
    by = {"year": chosen.received_at.year().cast("int32"), "month": chosen.received_at.month().cast("int32")}
    by |= {name: chosen[name] for name in ("owner_level", "district", "subdistrict", "owner")}
    counted = chosen.aggregate(tickets=chosen.count(), by=by).to_pyarrow()
    rows.get_backend().disconnect()
    embedded = engines.connect()
    return engines.register(embedded, "areas", counted), engines.register(embedded, "owners", counted)


def _counted(edition: Edition, selects: Callable[[ibis.Table], ibis.Value]) -> Mapping[str, pa.Table]:
    rows = schema.read(edition)
    engine = rows.get_backend()
    unread = {name: ibis.null(rows[name].type()) for name in _OF_COVERAGE}
    chosen = engine.create_table("chosen", rows.filter(selects(rows)).mutate(unread), temp=True)
    counted = compiled.base_counts(chosen, edition.assessment.month_starts_on)
    engine.disconnect()
    return {name: table for name, table in compiled.tables(counted).items() if name not in _OF_ALL}
