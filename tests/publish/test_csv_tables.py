"""Tables as CSV files: values as they are, and words that run nowhere."""


import pytest
from support.csv_files import DISTRICT, SHARE, TICKETS, read, table

from helpers.publish import csv_tables


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
