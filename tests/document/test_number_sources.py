"""Where a quoted number comes from: its value unrounded, its cell in words, the row that shows it again."""

import dataclasses

import pandas as pd
import pytest

from helpers.cube import cube
from helpers.document import number_sources
from helpers.document.blocks import Column, Grid, Heading, Prose, Run, Table
from helpers.settings import labels
from helpers.writing import citations
from helpers.writing.citations import Number

WORDS = labels.locale("zh-Hans")
HEADING = Heading(1, "甲")


def number(value=9, column="tickets", kind="count", **changes):
    return Run("九", number=dataclasses.replace(Number(value, kind, "areas", column, {}, "2020", answer="a"), **changes))


def prose(*numbers):
    return Prose([Run("共"), *numbers])


def table(name, *rows, columns=("district", "tickets"), answers=None):
    grid = Grid([Column(column, name=column) for column in columns], rows, rows)
    return Table(grid, id=name, number=int(name[-1]), answers=answers or [("a", len(rows))])


@pytest.mark.parametrize(("value", "kind", "column", "printed"), [
    (11039400, "headline", "tickets", "11039400件"), (10000, "threshold", "", "10000件"), (337, "plain", "", "337"),
    (0.9070964001666757, "share", "ticket_share", "90.7096%"), (-0.23, "change", "tickets_change", "-23%"),
    (0.0123, "points", "rate_points", "1.23个百分点"), (5.25, "days", "days_mean", "5.25天"), (11, "month", "month", "11月"),
    (3, "count", "owners", "3家"), (4, "weekday", "weekday", "九"), ("甲", "text", "topic", "九")])
def test_a_number_is_given_unrounded_in_its_unit_and_what_is_no_number_as_printed(value, kind, column, printed):
    assert number_sources.exact(number(value, column, kind)) == printed


def test_a_number_is_told_in_the_words_of_the_dictionary_with_the_names_to_look_up():
    said = number_sources.describe(number(where={"channel": "phone", "district": None}, base="各区办理量"), {}, WORDS)
    assert said == {"exact": "9件", "column": "数量（tickets）", "table": "各区和街道（乡镇）办理（areas）",
                    "where": "受理渠道：电话；区：未填写", "period": "2020年", "base": "各区办理量"}


def test_an_editions_own_word_for_an_area_goes_before_the_dictionarys():
    columns = [Column("里", name="district"), Column("件数（件）", name="tickets", unit="件")]
    called = number_sources.column_words([Table(Grid(columns, [], []))])
    assert called == {"district": "里"}
    assert number_sources.describe(number(where={"district": "甲"}), called, WORDS)["where"] == "里：甲"


def test_a_given_number_says_that_it_is_taken_from_no_table():
    given = number(333, "", "plain", table="", period="")
    assert number_sources.describe(given, {}, WORDS) == {"exact": "333", "table": WORDS["given"]}


def test_columns_that_the_dictionary_does_not_know_are_called_by_their_names():
    said = number_sources.describe(number(column="mine", kind="plain", table="my_table", where={"other": "甲"}), {}, WORDS)
    assert (said["column"], said["table"], said["where"]) == ("mine", "my_table", "other：甲")


def test_months_of_two_years_are_told_by_their_name():
    assert number_sources.describe(number(period="2019-M11..2020-M02"), {}, WORDS)["period"] == "2019-M11..2020-M02"


def test_every_table_of_the_cube_has_words():
    assert [name for name in cube.TABLES if labels.value("table", name) == name] == []


def test_a_number_is_found_in_the_row_of_its_own_section_that_prints_its_cell():
    blocks = [HEADING, table("table-1", ("丙", 9)), HEADING, prose(number(row={"district": "丙"})),
              table("table-2", ("乙", 8), ("丙", 9)), HEADING, table("table-3", ("丙", 9))]
    assert number_sources.places(blocks) == {(3, 1): (blocks[4], 1)}


def test_the_same_value_of_another_answer_is_another_number():
    blocks = [prose(number(row={"district": "甲"})), table("table-1", ("甲", 9), answers=[("b", 1)])]
    assert number_sources.places(blocks) == {}
    assert number_sources.places([prose(number(answer="")), table("table-1", ("甲", 9), answers=[("", 1)])]) == {}


def test_of_two_rows_with_the_same_value_the_names_decide():
    shown = table("table-1", ("甲", 9), ("乙", 9))
    assert number_sources.places([prose(number(row={"district": "乙"})), shown])[0, 1] == (shown, 1)
    assert number_sources.places([prose(number(row={"district": "丙"})), shown]) == {}


def test_where_a_table_lacks_the_names_that_decide_no_row_is_named():
    shown = table("table-1", ("甲", 9), ("乙", 9), ("丙", 8))
    assert number_sources.places([prose(number(row={"topic": "住房"})), shown])[0, 1] == (shown, None)


def test_a_total_and_its_parts_are_rows_of_two_answers():
    shown = table("table-1", ("合计", 9), ("甲", 9), answers=[("a", 1), ("b", 1)])
    assert number_sources.places([prose(number(), number(answer="b", row={"district": "甲"})), shown]) == {
        (0, 1): (shown, 0), (0, 2): (shown, 1)}


def test_a_cell_that_is_hidden_or_counted_otherwise_is_not_named():
    hidden = table("table-1", ("甲", "*"))
    assert number_sources.places([prose(number(row={"district": "甲"})), hidden]) == {}


def test_what_stands_below_the_sentence_goes_before_what_stands_above():
    above, below = table("table-1", ("甲", 9)), table("table-2", ("甲", 9))
    assert number_sources.places([above, prose(number()), below])[1, 1].exhibit.id == "table-2"
    assert number_sources.places([above, prose(number())])[1, 1].exhibit.id == "table-1"


def test_a_share_is_written_as_the_division_that_it_is():
    answer = pd.DataFrame({"kind": ["a", "b"], "tickets": [4_487_100, 6_552_300], "ticket_share": [4_487_100 / 11_039_400, 0.59]})
    quoted = citations.cite(answer, "ticket_share", at={"kind": "a"})
    assert number_sources.exact(Run("40.65%", number=quoted)) == "4,487,100 ÷ 11,039,400 = 40.65%"
    assert citations.cite(answer, "tickets", at={"kind": "a"}).parts is None
    assert citations.cite(answer.assign(ticket_share=0.0), "ticket_share", at={"kind": "a"}).parts is None
