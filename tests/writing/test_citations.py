import pandas as pd
import pytest

from helpers.settings import editions
from helpers.writing import citations
from helpers.writing.citations import Number, cite, join, optional, phrase, sentence

NUMBERS = editions.NumberRules(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                           source="test")


def answer():
    frame = pd.DataFrame({"district": ["东城区", "西城区", None], "tickets": [167000, 9493, 3],
                          "ticket_share": [0.0499, 0.0496, None]})
    frame.attrs = {"table": "areas", "period": "2020", "answer": "a7"}
    return frame


def test_a_number_remembers_the_cell_it_was_taken_from():
    number = cite(answer(), "tickets", district="东城区", base="各区")
    assert number == Number(167000, "count", "areas", "tickets", {"district": "东城区"}, "2020", "各区", answer="a7")
    assert number.row == {"district": "东城区"}


def test_a_row_is_known_by_its_names_and_times_alone():
    frame = pd.DataFrame({"year": [2020, 2020], "month": [3, 4], "topic": [None, "甲"], "tickets": [7, 8], "tag": [None, None]})
    assert cite(frame, "tickets", month=3).row == {"year": 2020, "month": 3, "topic": None}


def test_the_row_without_a_name_can_be_quoted():
    assert cite(answer(), "tickets", district=None).value == 3


def test_a_column_called_as_a_parameter_can_be_a_condition():
    frame = pd.DataFrame({"kind": ["praise", "enquiry"], "tickets": [3, 5]})
    assert cite(frame, "tickets", at={"kind": "praise"}) == Number(3, "count", "", "tickets", {"kind": "praise"})


def test_what_a_number_remembers_is_plain():
    frame = pd.DataFrame({"month": pd.Series([3], dtype="int32"), "tickets": [7]})
    number = cite(frame, "tickets", at={"month": frame["month"].iloc[0]})
    assert [type(value) for value in (number.value, number.where["month"])] == [int, int]


def test_a_missing_cell_is_quoted_as_missing():
    assert cite(answer(), "ticket_share", district=None).value is None


@pytest.mark.parametrize("district", ["朝阳区", "东"])
def test_no_number_is_picked_where_no_row_fits(district):
    with pytest.raises(LookupError, match="0 rows"):
        cite(answer(), "tickets", district=district)


def test_no_number_is_picked_where_several_rows_fit():
    with pytest.raises(LookupError, match="3 rows"):
        cite(answer(), "tickets")


def test_a_sentence_prints_its_numbers_in_house_style():
    said = sentence("{name}办理{tickets}，占{share}。", name="东城区", tickets=cite(answer(), "tickets", district="东城区"),
                    share=cite(answer(), "ticket_share", district="东城区"))
    assert said.printed(NUMBERS) == "东城区办理16.7万件，占4.99%。"


def test_braces_in_a_name_are_text():
    assert sentence("{name}。", name="{tickets}{{7*7}}").printed(NUMBERS) == "{tickets}{{7*7}}。"


def test_what_is_optional_is_left_out_where_a_number_is_missing():
    assert optional("，{x}", x=Number(None, "change")) == ()
    assert optional("，{x}", x=Number(0.1, "change")) == phrase("，{x}", x=Number(0.1, "change"))


def test_a_listing_joins_fragments_in_order():
    assert join([("甲",), ("乙", "丙"), ("丁",)]) == ("甲", "、", "乙", "丙", "、", "丁")
    assert join([]) == ()


def test_a_number_that_stands_in_no_answer_says_so():
    assert citations.literal(7, "plain") == Number(7, "plain")


@pytest.mark.parametrize(("column", "more", "parts"), [
    ("ticket_share", {"tickets": 167_000, "ticket_share": 0.0499}, (167_000, 3_346_693)),
    ("before_share", {"tickets_before": 10, "before_share": 0.25}, (10, 40)),
    ("tickets_change", {"tickets": 90, "tickets_before": 120, "tickets_change": -0.25}, (-30, 120)),
    ("resolution_rate", {"valid": 8, "resolution_rate": 0.75}, (6, 8)),
    ("satisfaction_rate", {"valid": 3, "satisfaction_rate": 2.9 / 3}, (2.9, 3)),
    ("on_time_rate", {"due": 50, "on_time_rate": 0.9}, (45, 50)),
    ("low_rate", {"assessed": 4, "told": 2, "low_rate": 0.25}, (1, 4)),
    ("on_time_rate", {"due": 0, "on_time_rate": None}, None),
    ("on_time_rate", {"on_time_rate": 0.9}, None),
    ("before_share", {"tickets_before": 0, "before_share": 0.0}, None),
    ("tickets", {"tickets": 9, "valid": 3}, None),
])
def test_a_ratio_has_its_numerator_and_denominator_where_its_row_has_either(column, more, parts):
    assert cite(pd.DataFrame([more]), column).parts == parts


def test_a_list_is_printed_in_one_unit():
    tickets = pd.DataFrame({"district": ["甲区", "乙区"], "tickets": [11_248, 9874]})
    listed = citations.in_one_unit(citations.join(
        phrase("{name}{tickets}", name=name, tickets=cite(tickets, "tickets", district=name)) for name in tickets["district"]))
    assert sentence("{listed}。", listed=listed).printed(NUMBERS) == "甲区11248件、乙区9874件。"
    both = citations.in_one_unit((cite(tickets, "tickets", district="甲区"),))
    assert sentence("{both}。", both=both).printed(NUMBERS) == "1.1万件。"
    assert citations.in_one_unit(("没有",)) == ("没有",)
