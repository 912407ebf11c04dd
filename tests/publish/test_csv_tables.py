"""Tables as CSV files: values as they are, words that run nowhere, and every column explained."""

import csv
import io

import pytest

from helpers.document import document
from helpers.document.document import Document
from helpers.publish import csv_tables

DISTRICT = {"name": "district", "words": "区", "unit": "", "kind": "text", "numeric": False}
SHARE = {"name": "ticket_share", "words": "占比（%）", "unit": "%", "kind": "share", "numeric": True}
TICKETS = {"name": "tickets", "words": "数量（件）", "unit": "件", "kind": "count", "numeric": True}


def table(columns, values, name="工单量", data="simulated"):
    return {"kind": "table", "name": name, "caption": name, "data": data, "number": None, "columns": columns,
            "rows": [[str(value) for value in row] for row in values], "values": values}


def made(*blocks):
    words = document.WORDS["zh-Hans"]
    return Document("报告", "", (), "simulated", "", "zh-Hans", document.numbered(blocks, words, headings=True))


def read(contents):
    return list(csv.reader(io.StringIO(contents.decode("utf-8-sig"), newline="")))


def explained(**files):
    return {(row["file"], row["column"]): row for row in csv.DictReader(
        io.StringIO(csv_tables.dictionary(files, "zh-Hans").decode("utf-8-sig"), newline=""))}


def test_values_are_unrounded_and_empty_where_missing_and_a_mark_tells_the_encoding():
    contents = csv_tables.table(table([DISTRICT, SHARE], [["甲区", 2 / 3], ["乙区", None]]))
    assert contents.startswith(b"\xef\xbb\xbf")
    assert read(contents) == [["data", "district", "ticket_share"], ["simulated", "甲区", repr(2 / 3)], ["simulated", "乙区", ""]]


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x.example")', "+1+1", "-1-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1",
                                  "-", "-3.2%a"])
def test_words_that_a_spreadsheet_would_run_get_a_quote_before_them(text):
    assert read(csv_tables.table(table([DISTRICT], [[text]])))[1][1] == f"'{text}"


@pytest.mark.parametrize("text", ["东城区", "-3.2%", "+5", "-7", "a=b", "007", "'x", '"x",\n"y"'])
def test_other_words_stay_as_they_are(text):
    assert read(csv_tables.table(table([DISTRICT], [[text]])))[1][1] == text


def test_negative_numbers_stay_numbers():
    assert read(csv_tables.table(table([TICKETS], [[-5]])))[1][1] == "-5"


def test_a_character_that_no_encoding_holds_does_not_stop_the_table():
    assert read(csv_tables.table(table([DISTRICT], [["甲\ud800区"]])))[1][1] == "甲?区"


def test_two_tables_of_one_name_have_two_whatever_the_case_and_the_signs():
    blocks = [table([DISTRICT], [["甲"]], name) for name in ("a/b", "a:b", "A_B", "c")]
    assert list(csv_tables.named(made(*blocks))) == ["a_b", "a_b-2", "A_B-3", "c"]


def test_only_what_a_notebook_made_has_a_name():
    foreign = {"kind": "table", "caption": "", "columns": [{"words": "a", "numeric": False}], "rows": [["1"]]}
    assert csv_tables.named(made({"kind": "heading", "level": 1, "text": "甲"}, foreign)) == {}


def test_the_dictionary_has_a_row_for_every_column_of_every_file():
    first, second = table([DISTRICT, SHARE], [["甲", 0.5]]), table([TICKETS], [[1]])
    rows = explained(**{"a.csv": first, "b.csv": second})
    assert list(rows) == [(name, column) for name, block in (("a.csv", first), ("b.csv", second))
                          for column in read(csv_tables.table(block))[0]]
    assert {row["data"] for row in rows.values()} == {"simulated"}
    assert all(row["words"] and row["kind"] for row in rows.values())


def test_the_dictionary_gives_the_unit_of_the_values_in_the_file_not_of_those_in_print():
    rows = explained(a=table([TICKETS, SHARE], [[1, 0.5]]))
    assert (rows["a", "tickets"]["words"], rows["a", "tickets"]["unit"]) == ("数量", "件")
    assert (rows["a", "ticket_share"]["words"], rows["a", "ticket_share"]["unit"]) == ("占比", "")
    assert "0.0499即4.99%" in rows["a", "ticket_share"]["note"]


def test_the_dictionary_tells_codes_blanks_quotes_and_long_numbers_where_they_are():
    channel = DISTRICT | {"name": "channel", "words": "渠道"}
    rows = explained(a=table([channel, DISTRICT, TICKETS], [["phone", "=甲", None], [None, "110105001234567890", 2]]),
                     b=table([channel, DISTRICT, TICKETS], [["phone", "甲", 1]]))
    assert "phone=电话" in rows["a", "channel"]["note"]
    assert "空白表示未填写" in rows["a", "channel"]["note"]
    assert "前面加了一个'" in rows["a", "district"]["note"]
    assert "tables.xlsx" in rows["a", "district"]["note"]
    assert "空白" in rows["a", "tickets"]["note"]
    assert not [rows["b", name]["note"] for name in ("district", "tickets")
                if any(word in rows["b", name]["note"] for word in ("空白", "'", "xlsx"))]
