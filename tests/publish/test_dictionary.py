"""The dictionary of the CSV files: every column of every file explained."""

import csv
import dataclasses
import io

from support.csv_files import DISTRICT, SHARE, TICKETS, read, table

from helpers.document.blocks import Column
from helpers.document.document import Document
from helpers.publish import csv_tables, dictionary


def explained(**files):
    """The rows of the dictionary of tables by the names of their files, by file and column."""
    blocks = [dataclasses.replace(block, file=name) for name, block in files.items()]
    contents = dictionary.render(Document("报告", "", (), "simulated", "", "zh-Hans", blocks)).contents
    rows = csv.DictReader(io.StringIO(contents.decode("utf-8-sig"), newline=""))
    return {(row["file"], row["column"]): row for row in rows}


def test_what_has_no_file_has_no_row():
    assert explained(**{"": table([DISTRICT], [["甲"]])}) == {}


def test_the_dictionary_has_a_row_for_every_column_of_every_file():
    first, second = table([DISTRICT, SHARE], [["甲", 0.5]]), table([TICKETS], [[1]])
    rows = explained(a=first, b=second)
    assert list(rows) == [(f"{name}.csv", column) for name, block in (("a", first), ("b", second))
                          for column in read(csv_tables.table(block))[0]]
    assert {row["data"] for row in rows.values()} == {"simulated"}
    assert all(row["words"] and row["kind"] for row in rows.values())


def test_the_dictionary_gives_the_unit_of_the_values_in_the_file_not_of_those_in_print():
    rows = explained(a=table([TICKETS, SHARE], [[1, 0.5]]))
    assert (rows["a.csv", "tickets"]["words"], rows["a.csv", "tickets"]["unit"]) == ("数量", "件")
    assert (rows["a.csv", "ticket_share"]["words"], rows["a.csv", "ticket_share"]["unit"]) == ("占比", "")
    assert "0.0499即4.99%" in rows["a.csv", "ticket_share"]["note"]


def test_the_dictionary_tells_codes_blanks_quotes_and_long_numbers_where_they_are():
    channel = Column("渠道", name="channel")
    rows = explained(a=table([channel, DISTRICT, TICKETS], [["phone", "=甲", None], [None, "110105001234567890", 2]]),
                     b=table([channel, DISTRICT, TICKETS], [["phone", "甲", 1]]))
    assert "phone=电话" in rows["a.csv", "channel"]["note"]
    assert "空白表示未填写" in rows["a.csv", "channel"]["note"]
    assert "前面加了一个'" in rows["a.csv", "district"]["note"]
    assert "tables.xlsx" in rows["a.csv", "district"]["note"]
    assert "空白" in rows["a.csv", "tickets"]["note"]
    assert not [rows["b.csv", name]["note"] for name in ("district", "tickets")
                if any(word in rows["b.csv", name]["note"] for word in ("空白", "'", "xlsx"))]
