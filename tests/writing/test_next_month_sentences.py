"""Sentences of a bulletin on the month to come: calls are foretold with their range, and no cause is named."""

import pandas as pd

from helpers.settings import editions, periods
from helpers.writing import next_month

NUMBERS = editions.read("taipei", 2020).numbers
JULY = periods.parse("M07", 2022)
ROW = {"expected_tickets": 10031.4, "expected_tickets_lower": 8318, "expected_tickets_upper": 10950, "period_tickets": 10864,
       "year_ago": 12040}
ALERT = {"district": "甲区", "category": "噪音", "first_week": "2022-06-13", "weeks": 2, "tickets": 56, "expected_tickets": 14.6}


def said(sentences):
    return "".join(sentence.printed(NUMBERS) for sentence in sentences)


def test_the_month_is_expected_with_its_range_and_what_is_compared():
    rows = pd.DataFrame([ROW | {"category": "噪音", "expected_tickets": 5105.6}, ROW | {"category": "其他"}])
    assert said(next_month.expected(pd.DataFrame([ROW]), rows, JULY)) == (
        "预计2022年7月来电10031件，有八成把握的范围为8318件至10950件；本月为10864件，去年同月为12040件。预计数量居前的是噪音（5106件）。"
    )


def test_what_is_not_known_is_left_out():
    unknown = dict.fromkeys(("expected_tickets_lower", "expected_tickets_upper", "year_ago"), float("nan"))
    assert said(next_month.expected(pd.DataFrame([ROW | unknown]), pd.DataFrame(columns=["category"]), JULY)) == (
        "预计2022年7月来电10031件；本月为10864件。"
    )


def test_what_is_expected_to_be_more_is_named_or_said_not_to_be():
    rows = pd.DataFrame([ROW | {"category": "噪音", "expected_tickets": 99, "period_tickets": 50}])
    assert said(next_month.increasing(rows)) == "按日均计，预计明显高于本月的有噪音（预计99件，本月50件）。"
    assert said(next_month.increasing(rows.head(0))) == "按日均计，没有预计明显高于本月的类别。"


def test_alerts_that_go_on_have_their_age():
    counted = pd.DataFrame([{"open_alerts": 2, "judged_weeks": 4}])
    rows = pd.DataFrame([ALERT, ALERT | {"category": "路灯", "weeks": 1}])
    assert said(next_month.open_alerts(counted, rows)) == (
        "来电明显多于预计、期末尚在持续的预警有2条：甲区噪音（已2周，最多的一周56件，预计15件）、甲区路灯（新出现，最多的一周56件，预计15件）。"
    )
    assert said(next_month.open_alerts(counted, rows.head(0))) == "作判断的各周没有持续到期末的预警。"
    assert next_month.open_alerts(counted.assign(judged_weeks=0), rows.head(0)) == []


def test_tables_are_called_by_their_month():
    assert next_month.title(JULY, "类别") == "2022年7月各类别来电量的预计"
