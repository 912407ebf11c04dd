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
        ("short", "。此前的月份不足，尚不能判断是否在正常波动范围之内。"),
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
        "与5月相比，日均件数显著上升的类别有住房（300件，上升210.00%）；日均件数显著下降的类别有教育（50件，下降74.00%）；"
        "新出现的类别有疫情（90件）。"
    )


def test_of_many_the_first_are_named_and_all_are_counted():
    rows = moved(*((f"类{number}", 300 + number, 100, 2.0 + number, "rise") for number in range(4)))
    assert "类3（303件，上升500.00%）、类2（302件，上升400.00%）等4个" in printed(
        bulletin.moved(rows, ["category"], SPANS, 2, "类别")
    )


def test_where_nothing_moved_that_is_said_and_without_a_base_nothing():
    rows = moved(("住房", 100, 100, 0.0, "same"))
    assert printed(bulletin.moved(rows, ["category"], SPANS, 5, "类别")) == "与5月相比，各类别的增减均不显著。"
    assert bulletin.moved(rows, ["category"], Spans(JUNE, None, (30, 0), joint=True), 5, "类别") == []
    assert (
        printed(bulletin.moved(rows, ["category"], Spans(JUNE, None, (30, 0), joint=False), 5, "类别"))
        == "没有更早时期的数据，不判断增减。"
    )


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (["sure", "sure", "sure"], ""),
        (["sure", "unsure", "sure"], "乙与名次相邻或互换的一项件数接近，次序不能确定。"),
        (["sure", "unsure", "unsure"], "除甲外，名次相邻或互换的各项件数接近，次序不能确定。"),
        (["unsure"] * 3, "名次相邻或互换的各项件数接近，次序均不能确定。"),
    ],
)
def test_an_order_that_counts_do_not_bear_is_said_once(order, says):
    assert printed(bulletin.order(pd.DataFrame({"category": ["甲", "乙", "丙"], "order": order}), "category")) == says


def test_days_are_said_only_where_some_are_missing():
    assert bulletin.incomplete(SPANS, 30) == []
    assert printed(bulletin.incomplete(SPANS._replace(days=(19, 31)), 30)).startswith("本期30天中有数据的为19天")
    assert printed(bulletin.incomplete(BOTH._replace(days=(49, 59)), 60)).startswith("本期60天中有数据的为49天")


def test_lunar_new_year_is_said_of_january_and_february_alone():
    assert bulletin.lunar_new_year(None, SPANS) == []
    waits = Spans(periods.parse("M01", 2020), None, (31, 0), joint=True)
    assert printed(bulletin.lunar_new_year(LunarNewYear(7, 2, 0, 3), waits)) == (
        "春节假期本年7天在1月、2天在2月，上年3天均在2月，1月与2月合并比较，见2月通报。"
    )


def test_the_season_is_not_taken_out_where_the_year_before_is_not_known():
    rows = moved(("住房", 100, 100, 0.0, "same")).assign(usual=pd.NA)
    assert printed(bulletin.seasonal(rows, ["category"], 5, "扣除季节因素，")) == "没有上年同期的数据，不扣除季节因素。"


def test_an_assessment_month_that_begins_on_the_19th_is_said():
    assert printed(bulletin.assessment_month(19)) == "解决率、满意率按考核月计，自上月19日起。"
    assert bulletin.assessment_month(1) == []


BOTH = Spans(periods.parse("M01..M02", 2020), periods.parse("2019-M01..M02", 2020), (60, 59), joint=True)


def test_january_and_february_together_are_said_with_their_change_by_the_day():
    row = pd.DataFrame({"tickets": [900], "tickets_before": [1000], "daily_change": [-0.115]})
    assert printed(bulletin.together(row, BOTH)) == "2020年1月至2月合计900件，日均件数比2019年1月至2月下降11.50%。"
    march = Spans(periods.parse("M03", 2020), periods.parse("M01..M02", 2020), (31, 60), joint=True)
    assert printed(bulletin.together(row, march)) == "日均件数比1月至2月下降11.50%。"
    assert bulletin.together(row.head(0), BOTH) == []


def test_a_quarter_is_compared_with_the_year_and_the_quarter_before_in_a_sentence():
    calls, since = (pd.DataFrame({"tickets": [900], "tickets_change": [change]}) for change in (0.1, -0.2))
    said = printed(bulletin.quarter(calls, since, "第二季度", "同比"))
    assert said == "第二季度共受理群众来电900件，同比上升10.00%，环比下降20.00%。"


def test_what_is_gone_is_named_with_what_it_had_and_renamed_categories_are_not_said_to_be_steady():
    rows = moved(("旧", 0, 80, -1.0, "gone"), ("交通", 9, 9, 0, "same"))
    assert printed(bulletin.moved(rows, ["category"], SPANS, 5, "类别", is_first=False)) == "不再出现的类别有旧（比较期80件）。"
    renamed = moved(("新名", 90, None, None, "same"), ("交通", 9, 9, 0, "same"))
    assert printed(bulletin.moved(renamed, ["category"], SPANS, 5, "类别")) == "与5月相比，其余类别的增减均不显著。"
    assert bulletin.moved(renamed.head(1), ["category"], SPANS, 5, "类别") == []


def handled(**values):
    row = {"dispatched": 100, "repeated": 0, "redispatched": 0, "closed": 0, "valid": 0}
    return pd.DataFrame([row | dict.fromkeys(("repeated_share", "redispatched_share", "days_mean", "resolution_rate",
                                              "satisfaction_rate"), float("nan")) | values])


def test_tickets_that_do_not_say_who_was_dispatched_are_not_called_so():
    known = handled(closed=90, days_mean=2.0)
    assert printed(bulletin.outcomes(known)) == "派单办理100件，平均办理2.0天。"
    assert printed(bulletin.outcomes(known, is_dispatched=False)) == "平均办理2.0天。"
    assert bulletin.outcomes(handled(), is_dispatched=False) == []


def test_where_tickets_hold_nothing_of_it_no_problem_is_said_not_to_be_hard():
    none = pd.DataFrame(columns=["category", "dispatched", "signs"])
    lacking, found = (printed(bulletin.hard(none, ["category"], 5, known)) for known in (["long"], ["unsolved", "long"]))
    assert lacking == "数据没有解决率、重复反映的记录，不认定难点问题。"
    assert found == "按解决率、办理时间衡量，没有达到规定件数的难点问题。"


def test_places_that_share_a_category_are_counted_and_it_is_named():
    lasting, places = pd.DataFrame(columns=["category"]), pd.DataFrame({"category": ["住房", "教育"], "place_count": [3, 1]})
    said = printed(bulletin.persistent(lasting, ["category"], 10, places, "区"))
    assert said == "没有各月均居前10位的问题。有4个区各月最多的问题始终是同一类，居前的是住房（3个）、教育（1个）。"
    one = printed(bulletin.persistent(lasting, ["category"], 10, places.head(1), "区"))
    assert one.endswith("有3个区各月最多的问题始终是住房。")


def test_a_proposal_is_said_with_its_number_then_and_now_and_all_are_counted():
    row = {"made_in": "2020-M03", "text": "联合检查", "to": "甲区", "due": "2020-M06", "measure": "tickets",
           "subject": "物业/收费", "value_before": 90, "value_now": 30, "outcome": "fewer", "stage": "due"}
    rate = row | {"measure": "resolution_rate", "subject": "", "value_before": None, "outcome": "unknown", "stage": "open"}
    rows = pd.DataFrame([row, rate | {"text": "回访"}])
    first, second = (each.printed(NUMBERS) for each in bulletin.proposals(rows))
    assert first == "2020年3月建议：联合检查（甲区，2020年6月底前完成）。收费数量由提出时的90件变为本期的30件，件数减少。"
    assert second.endswith("来电总量解决率没有数字可比。")
    assert printed(bulletin.follow_up(rows)) == (
        "以往通报提出的建议有2项，其中1项已到应完成时期；所针对的数字，件数减少的1项、没有数字可比的1项。")
    assert bulletin.follow_up(rows.head(0)) == []
