"""Tickets: a few by hand, or many at random."""

import random
from datetime import datetime, timedelta

import pandas as pd
import pyarrow as pa

from helpers.cube import compiled
from helpers.settings import editions
from helpers.tickets import engines, schema


def write_three(city, year, data):
    """Write the tickets of a year: two of one district and category, one of another category and of no district."""
    rows = [("2020-01-05", "phone", "住房", "东城区"), ("2020-01-06", "web", "住房", "东城区"),
            ("2020-03-07", "phone", "教育", None)]
    columns = {"received_at": pd.to_datetime([f"{year}{day[4:]}" for day, *_ in rows]), "channel": [row[1] for row in rows],
               "category": [row[2] for row in rows], "district": [row[3] for row in rows],
               "ticket_id": ["1", "2", "3"], "tags": [[], [], []]}
    batch = pa.Table.from_pydict({name: pa.array(columns.get(name, [None] * 3), kind)
                                  for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})
    schema.write(editions.read(city, year), batch.to_batches(), data=data, source="test", digest=data)


def counted(rows: pa.Table, month_starts_on: int = 1) -> dict[str, pa.Table]:
    """Return each table of the cube of some tickets."""
    connection = engines.connect()
    return compiled.tables(compiled.base_counts(engines.register(connection, "given", rows), month_starts_on))


def drawn(count):
    """Return tickets drawn at random over every kind of value, the unknown and the unforeseen among them."""
    chance = random.Random(2020)
    start = datetime(2019, 12, 30)

    def one_of(*values):
        return chance.choice([*values, None])

    def later(moment, days):
        return chance.choice([moment + timedelta(days=chance.uniform(-1, days)), None])

    def of_kind(column, received):
        kinds = {"string": (*column.values, "other"), "bool": (True, False), "int32": (0, 1), "double": (0.5,)}
        return later(received, 9) if pa.types.is_timestamp(column.type) else one_of(*kinds.get(str(column.type), ()))

    def one(number):
        received = start + timedelta(minutes=chance.randrange(370 * 24 * 60))
        return {column.name: of_kind(column, received) for column in schema.COLUMNS} | {
            "ticket_id": str(number), "received_at": received, "source": one_of("12345电话", "App", ""),
            "category": one_of("教育", "市容环卫", "Ｑ&A", "𠮷"), "subcategory": one_of("入学", "a'b"), "topic": one_of("积分"),
            "tags": chance.choice([[], ["epidemic"], ["epidemic", "复工/出行/返京", "复工/出行"], None]),
            "owner": one_of("交管局", "城管委"),
            "district": one_of("东城区", "西城区"), "subdistrict": one_of("甲街道", "乙街道"), "community": one_of("一社区"),
            "dispatches": one_of(0, 1, 2), "exclusion": one_of("duplicate", "petition_or_litigation"),
            "reached": one_of(True, False), "contacted": one_of(True, False), "on_time": one_of(True, False),
            "dispatched_at": later(received, 5), "due_at": later(received, 20), "closed_at": later(received, 40),
            "longitude": one_of(116.4), "latitude": one_of(39.9)}

    return pa.Table.from_pylist([one(number) for number in range(count)], schema=schema.SCHEMA)
