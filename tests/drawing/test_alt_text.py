import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.drawing import alt_text
from helpers.settings.editions import NumberRules

NUMBERS = NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up", source="test")
DISTRICTS = pd.DataFrame({"district": ["朝阳区", "海淀区", None], "tickets": [30_000, 20, 5], "tickets_before": [10, 20, None],
                          "ticket_share": [0.9, 0.08, 0.02], "ticket_density": [20.0, 30.0, None],
                          "resolution_rate": [0.9, 0.8, 0.7], "satisfaction_rate": [0.8, 0.8, 0.8]})
MONTHS = pd.DataFrame({"category": ["住房"] * 3 + [None] * 3, "year": 2020, "month": [1, 2, 3] * 2,
                       "tickets": [1, 3, 2, 5, 5, 5]})
TOTAL = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [6, 8, 7]})
GRID = pd.DataFrame([{"weekday": day, "hour": hour, "tickets": 100 * day + hour} for day in range(1, 8) for hour in range(24)])


def describe(answer=DISTRICTS, **columns):
    return alt_text.describe(answer, NUMBERS, **columns)


def test_the_extremes_the_sum_and_then_every_value_are_told():
    assert describe(label="district", value="tickets") == (
        "共3项，最高为朝阳区，3.0万件；最低为未填写，5件；合计30025件。依次为朝阳区 3.0万件、海淀区 20件、未填写 5件。")


def test_a_line_has_a_direction():
    assert "；由1月至3月总体上升；" in describe(TOTAL, value="tickets")
    assert "；由1月至3月总体下降；" in describe(TOTAL.assign(tickets=[7, 8, 6]), value="tickets")


def test_where_all_are_equal_there_are_no_extremes():
    assert describe(TOTAL.assign(tickets=5), value="tickets") == (
        "共3项，均为5件；由1月至3月总体持平；合计15件。依次为1月 5件、2月 5件、3月 5件。")


def test_what_is_missing_is_named():
    said = describe(label="district", value="ticket_density")
    assert said.startswith("共2项，最高为海淀区，30.0件/万人；最低为朝阳区，20.0件/万人；无数据：未填写。")


def test_what_is_reckoned_per_head_or_is_a_rate_has_no_sum():
    assert "合计" not in describe(label="district", value="ticket_density")
    assert "合计" not in describe(label="district", value="resolution_rate")


def test_a_comparison_tells_both_periods_and_a_map_of_rates_both_rates():
    assert "比较期：共2项" in describe(label="district", value="tickets", earlier="tickets_before")
    assert describe(label="district", values=["resolution_rate", "satisfaction_rate"]).count("依次为") == 2


def test_the_whole_is_told_before_its_parts():
    said = describe(MONTHS, value="tickets", by="category", total=TOTAL)
    assert said.startswith("合计：共3项，最高为2月，8件")
    assert said.index("共2条线。住房：") < said.index("未分类：")


def test_a_large_grid_is_told_by_the_sums_of_its_rows():
    said = describe(GRID, x="hour", y="weekday", value="tickets")
    assert "最高为周日23时，723件" in said
    assert "其中周一合计2676件、周二合计5076件" in said


COLUMNS = {
    "bars": (DISTRICTS, {"label": "district", "value": "tickets"}, ["tickets"]),
    "compared": (DISTRICTS, {"label": "district", "value": "tickets", "earlier": "tickets_before"},
                 ["tickets", "tickets_before"]),
    "split": (DISTRICTS, {"label": "district", "value": "ticket_share", "count": "tickets"}, ["ticket_share", "tickets"]),
    "rates": (DISTRICTS, {"label": "district", "values": ["resolution_rate", "satisfaction_rate"]}, ["satisfaction_rate"]),
    "lines": (MONTHS, {"value": "tickets", "by": "category"}, ["tickets"]),
    "grid": (GRID, {"x": "hour", "y": "weekday", "value": "tickets"}, ["tickets"]),
    "steps": (DISTRICTS.head(1), {"values": ["tickets", "tickets_before"]}, ["tickets", "tickets_before"]),
}


@pytest.mark.parametrize(("answer", "columns", "shown"), COLUMNS.values(), ids=COLUMNS)
def test_another_value_anywhere_gives_another_text(answer, columns, shown):
    said = describe(answer, **columns)
    for column in shown:
        for place in answer.index[answer[column].notna()]:
            other = answer.copy()
            other.loc[place, column] = other.loc[place, column] * 2 + 1
            assert describe(other, **columns) != said, (column, place)


@given(st.lists(st.integers(0, 9_999), min_size=2, max_size=12), st.lists(st.integers(0, 9_999), min_size=2, max_size=12))
def test_two_tables_that_print_differently_have_two_descriptions(one, other):
    first, second = (describe(pd.DataFrame({"month": range(1, len(values) + 1), "tickets": values}), value="tickets")
                     for values in (one, other))
    assert (first == second) == (one == other)
