"""Sentences of bulletins: a change with the sign of its chart, what moved and what did not, and nothing that is not known."""

import pandas as pd
import pytest

from helpers.analysis.bulletin import LunarNewYear, Spans
from helpers.settings import editions, periods
from helpers.writing import bulletin

NUMBERS = editions.read("beijing", 2020).numbers
JUNE, MAY = (periods.parse(name, 2020) for name in ("M06", "M05"))
SPANS = Spans(JUNE, MAY, (30, 31), joint=False)


def printed(sentences):
    return "".join(each.printed(NUMBERS) for each in sentences)


def items(sign="within", **changed):
    row = {"item": "total", "name": None, "tickets": 1200, "previous_change": 0.2, "year_ago_change": float("nan"), "sign": sign}
    return pd.DataFrame([row | changed])


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        ("within", "；日均件数在正常波动范围之内。"),
        ("above", "；日均件数高于正常波动范围。"),
        ("short", "；此前月份不足，不作判断。"),
        ("waits", "环比上升20.00%。"),
    ],
)
def test_a_total_carries_its_change_with_the_sign_of_its_chart(sign, says):
    said = printed(bulletin.total(items(sign), "2020年6月"))
    assert said.startswith("2020年6月共受理群众来电1200件，环比上升20.00%")
    assert said.endswith(says)
    assert "同比" not in said


def test_a_month_without_tickets_says_so():
    assert printed(bulletin.total(items(tickets=0), "2020年6月")) == "2020年6月没有群众来电记录。"


def test_a_table_has_no_column_of_signs_where_none_is_known():
    assert bulletin.lines(items("waits"))["comparison"].isna().all()
    assert bulletin.lines(items("above"))["comparison"].tolist() == ["above"]


def moved(*rows):
    return pd.DataFrame(rows, columns=["category", "tickets", "tickets_before", "daily_change", "movement"])


def test_what_moved_beyond_chance_is_named_with_number_and_change_and_what_is_new():
    rows = moved(
        ("住房", 300, 100, 2.1, "rise"), ("教育", 50, 200, -0.74, "fall"), ("疫情", 90, 0, None, "new"), ("交通", 9, 9, 0, "same")
    )
    assert printed(bulletin.moved(rows, ["category"], SPANS, 5, "类别")) == (
        "与2020年5月相比，日均件数上升超出偶然的类别有住房（300件，上升210.00%）；日均件数下降超出偶然的类别有教育（50件，下降74.00%）；"
        "新出现的类别有疫情（90件）。"
    )


def test_of_many_the_first_are_named_and_all_are_counted():
    rows = moved(*((f"类{number}", 300 + number, 100, 2.0 + number, "rise") for number in range(4)))
    assert "类3（303件，上升500.00%）、类2（302件，上升400.00%）等4个" in printed(
        bulletin.moved(rows, ["category"], SPANS, 2, "类别")
    )


def test_where_nothing_moved_that_is_said_and_without_a_base_nothing():
    rows = moved(("住房", 100, 100, 0.0, "same"))
    assert printed(bulletin.moved(rows, ["category"], SPANS, 5, "类别")) == "与2020年5月相比，各类别的增减均未超出偶然。"
    assert bulletin.moved(rows, ["category"], Spans(JUNE, None, (30, 0), joint=True), 5, "类别") == []
    assert (
        printed(bulletin.moved(rows, ["category"], Spans(JUNE, None, (30, 0), joint=False), 5, "类别"))
        == "没有更早时期的数据，不判断增减。"
    )


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (["sure", "sure", "sure"], ""),
        (["sure", "unsure", "sure"], "乙与相邻或换位的件数接近，次序不能确定。"),
        (["sure", "unsure", "unsure"], "除甲外，其余与相邻或换位的件数接近，次序不能确定。"),
        (["unsure"] * 3, "各项件数接近，次序均不能确定。"),
    ],
)
def test_an_order_that_counts_do_not_bear_is_said_once(order, says):
    assert printed(bulletin.order(pd.DataFrame({"category": ["甲", "乙", "丙"], "order": order}), "category")) == says


def test_days_are_said_only_where_some_are_missing():
    assert bulletin.incomplete(SPANS, 30) == []
    assert printed(bulletin.incomplete(SPANS._replace(days=(19, 31)), 30)).startswith("本期30天中有数据的为19天")


def test_lunar_new_year_is_said_of_january_and_february_alone():
    assert bulletin.lunar_new_year(None, SPANS) == []
    waits = Spans(periods.parse("M01", 2020), None, (31, 0), joint=True)
    assert printed(bulletin.lunar_new_year(LunarNewYear(7, 2, 0, 3), waits)) == (
        "春节假期本年7天在1月、2天在2月，上年0天在1月、3天在2月，1月与2月合并比较，见2月通报。"
    )


def test_the_season_is_not_taken_out_where_the_year_before_is_not_known():
    rows = moved(("住房", 100, 100, 0.0, "same")).assign(usual=pd.NA)
    assert printed(bulletin.seasonal(rows, ["category"], 5, "扣除季节因素，")) == "没有上年同期的数据，不扣除季节因素。"


def test_an_assessment_month_that_begins_on_the_19th_is_said():
    assert printed(bulletin.assessment_month(19)) == "解决率、满意率按考核月计，自上月19日起。"
    assert bulletin.assessment_month(1) == []
