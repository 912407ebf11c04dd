"""Tables to be written as CSV, and CSV read back."""

import csv
import io

from helpers.document.blocks import Column, Grid, Table

DISTRICT = Column("区", name="district")
SHARE = Column("占比（%）", True, "ticket_share", "%", "share")
TICKETS = Column("数量（件）", True, "tickets", "件", "count")


def table(columns, values, name="工单量", data="simulated"):
    return Table(Grid(columns, [[str(value) for value in row] for row in values], values), name, name, data)


def read(contents):
    return list(csv.reader(io.StringIO(contents.decode("utf-8-sig"), newline="")))
