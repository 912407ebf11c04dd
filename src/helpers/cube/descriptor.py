"""Describe tickets and the tables of the cube as Frictionless data packages, and the cube for data/README.md.

Frictionless Data Package 1.0, Table Schema: https://specs.frictionlessdata.io. Columns and types are those of the code.
"""

from typing import Any

import ibis
import pyarrow as pa

from helpers.cube import counts
from helpers.cube import cube as cube_tables
from helpers.settings import labels
from helpers.tickets import schema

_TABLES = {
    "channels": "All tickets by channel, source, kind and handling.",
    "calls": "All tickets by handling and by what they are about.",
    "tags": "Tickets with labels across categories, by what they are about; one of two labels is counted in both.",
    "hours": "All tickets by weekday (1 is Monday) and hour (0 to 23) of receipt; hour is null where a ticket has a date only.",
    "days": "All tickets by day of receipt; `timed`, those with a time.",
    "areas": "What districts handle: dispatched tickets but those of agencies and state-owned enterprises; unknown levels count.",
    "owners": "Dispatched tickets whose owner is known.",
    "funnel": "All tickets, the assessed of them, and of these the callers reached and the valid answers.",
    "outcomes": "Assessed tickets by assessment month, and their answers: what every rate and score is computed from.",
    "category_outcomes": "Assessed tickets by what they are about and assessment month, and their answers, as in `outcomes`.",
    "unit_category_outcomes": "Assessed tickets by unit, category and assessment month, and their answers, as in `outcomes`.",
    "category_handling": "Dispatched tickets by what they are about: repeated, dispatched again, on time, days to close.",
    "unit_handling": "Dispatched tickets by unit: repeated, dispatched again, on time, days to close.",
    "durations": "Dispatched tickets by days from receipt to closing; null where they are not closed.",
    "dispatching": "Dispatched tickets by the number of times that they were dispatched and days until then.",
    "backlog": "Dispatched tickets of known status by day of receipt, status, month of closing (`until`: year × 12 + month − 1).",
    "closings": "Closed dispatched tickets by begun hours from receipt to closing; null where either is a date only.",
    "coverage": "For each column of tickets, those that it applies to (`tickets`) and those with a value (`known`).",
    "tag_kinds": "Tickets by kind and matter of labels that have these levels; one of two matters is counted in both.",
    "tag_areas": "By label, dispatched tickets by owner level and place; not only what districts handle.",
    "tag_owners": "By label, dispatched tickets whose owner is known, as in `owners`.",
    "tag_outcomes": "By label, assessed tickets by assessment month and their answers, as in `outcomes`.",
    "replies": "Assessed tickets by what they are about, owner level and district, and their answers, as in `outcomes`.",
    "daily": "All tickets by day of receipt, place and category; the years of a city are one series.",
}
_COUNTS = {
    "tickets": "tickets", "timed": "tickets with a time of receipt", "assessed": "assessed tickets", "reached": "callers reached",
    "contacted": "callers who were contacted", "contact_known": "callers who said whether; denominator of contact_rate",
    "valid": "tickets with both answers; denominator of resolution_rate and satisfaction_rate",
    "due": "closed tickets with a due time; denominator of on_time_rate", "on_time": "tickets closed in time",
    "known": "tickets with a value", "repeated": "tickets excluded as repeated or of several callers",
    "redispatched": "tickets dispatched twice or more", "closed": "tickets closed at a known time",
    "days_spent": "days from receipt to closing, of all closed ones together; numerator of days_mean",
}
_TYPES = [(pa.types.is_timestamp, "datetime"), (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"),
          (pa.types.is_floating, "number"), (pa.types.is_list, "array"), (pa.types.is_string, "string")]


def tickets() -> dict[str, Any]:
    """Return the data package of `data/tickets/<city>-<year>/`: one resource, a field for each column."""
    fields = [_field(column.name, column.type) | ({"constraints": {"enum": [*column.values]}} if column.values else {})
              for column in schema.COLUMNS]
    return {"profile": "data-package", "name": "tickets", "resources": [
        _resource("tickets", fields, "One row is one ticket.") | {"schema": {"fields": fields, "primaryKey": "ticket_id"}}]}


def cube() -> dict[str, Any]:
    """Return the data package of `data/cube/<city>-<year>/`: a resource for each table, a field for each column."""
    return {"profile": "data-package", "name": "cube", "resources": [
        _resource(name, [_field(column, kind) for column, kind in zip(table.names, table.types, strict=True)], _TABLES[name])
        for name, table in _schemas().items()]}


def markdown() -> str:
    """Return the tables of the cube as a table of Markdown: name, what is counted, dimensions, counts."""
    rows = [f"| `{name}` | {_TABLES[name]} | {_names(table, is_count=False)} | {_names(table, is_count=True)} |"
            for name, table in _schemas().items()]
    meanings = [f"- `{name}`: {meaning}" for name, meaning in _COUNTS.items()]
    head = ["| table | what it counts | dimensions besides year and month | counts |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, "", *meanings])


def _schemas() -> dict[str, pa.Schema]:
    """Return the schema of each table of the cube, without counting anything."""
    rows = ibis.table(ibis.Schema.from_pyarrow(schema.SCHEMA), name="tickets")
    counted = {name: ibis.table(query.schema(), name=name) for name, query in counts.base_counts(rows).items()}
    queries = {**counts.tables(counted), cube_tables.DAILY: counts.daily(rows)}
    return {name: query.schema().to_pyarrow() for name, query in queries.items()}


def _names(table: pa.Schema, *, is_count: bool) -> str:
    found = [name for name, kind in zip(table.names, table.types, strict=True)
             if name not in ("year", "month") and _is_count(name, kind) == is_count]
    pairs = [name for name in found if name in counts.PAIRS]
    shown = [f"`{name}`" for name in found if name not in pairs]
    return ", ".join([*shown, *([f"{len(pairs)} counts of pairs of answers"] if pairs else [])])


def _is_count(name: str, kind: pa.DataType) -> bool:
    return kind == pa.int64() or name in _COUNTS


def _resource(name: str, fields: list[dict[str, Any]], description: str) -> dict[str, Any]:
    return {"name": name, "path": f"{name}.parquet", "format": "parquet", "description": description,
            "schema": {"fields": fields}}


def _field(name: str, kind: pa.DataType) -> dict[str, Any]:
    found = {"name": name, "type": next(word for is_kind, word in _TYPES if is_kind(kind)), "title": labels.column_or_name(name)}
    return found | ({"description": _COUNTS[name]} if name in _COUNTS else {})
