"""Sentences on what is expected and on alerts: they foretell calls, name no cause, and are left out where there is nothing."""

import datetime

import pandas as pd

from helpers.settings import editions
from helpers.writing import early_warning

NUMBERS = editions.read("taipei", 2020).numbers
RULES = editions.read("taipei", 2020).warning
ALERT = {
    "district": "甲区",
    "category": "噪音",
    "first_week": "2020-11-30",
    "week": "2020-12-07",
    "weeks": 2,
    "tickets": 364,
    "expected_tickets": 49.1,
    "threshold": 94,
    "chance_share": 1e-9,
    "excess_run": 576.0,
    "state": "open",
    "event": None,
}


def said(sentences):
    return "".join(sentence.printed(NUMBERS) for sentence in sentences)


def test_the_city_is_expected_with_ranges():
    rows = pd.DataFrame(
        {
            "horizon": [1, 4],
            "expected_tickets": [2959.6, 12323.4],
            "expected_tickets_lower": [2626, 11081],
            "expected_tickets_upper": [3239, 13083],
        }
    )
    assert said(early_warning.city(rows, datetime.date(2020, 12, 27))) == (
        "自12月28日起，预计受理未来1周（至1月3日）2960件（2626件至3239件），未来4周（至1月24日）12323件（11081件至13083件），括号内为有八成把握的范围。"
    )


def test_a_short_history_has_no_ranges_and_what_began_later_is_named():
    rows = pd.DataFrame(
        {"horizon": [1], "expected_tickets": [20.0], "expected_tickets_lower": [None], "expected_tickets_upper": [None]}
    )
    assert said(early_warning.city(rows, datetime.date(2020, 12, 27))).endswith(
        "未来1周（至1月3日）20件，以往的预计过少，不列范围。"
    )
    known = pd.DataFrame(
        [{"weeks": 130, "since": "2018-01-01", "until_day": "2020-06-28", "renamed": "", "begun": "垃圾分类（2020年5月起）"}]
    )
    assert said(early_warning.history(known)) == (
        "以下根据2018年1月1日至2020年6月28日连续130周的数据。后来才有的类别只从其出现之周算起：垃圾分类（2020年5月起）。"
    )


def test_a_case_says_what_came_and_what_was_expected_how_long_and_how_seldom():
    assert said(early_warning.case(pd.DataFrame([ALERT]))) == (
        "甲区噪音：最多的一周有364件，预计49件，预警界限为94件；自2020年11月30日当周起持续2周，期末仍在持续。这样的一周，偶然出现的可能不足0.01%。"
    )
    once = ALERT | {"weeks": 1, "state": "ended", "event": "台风", "chance_share": 0.0012}
    assert said(early_warning.case(pd.DataFrame([once]))).endswith(
        "出现在2020年11月30日当周，其后回落，当时的已知事件为“台风”。这样的一周，偶然出现的可能为0.12%。"
    )
    assert early_warning.case(pd.DataFrame(columns=[*ALERT])) == []


def test_alerts_are_counted_and_the_largest_named():
    counted = pd.DataFrame([{"alerts": 1, "open_alerts": 1, "weeks": 4}])
    assert said(early_warning.alerts(counted, pd.DataFrame([ALERT]), "2020年12月")) == (
        "2020年12月有预警1条，其中期末尚在持续的1条，其余均已回落。按超出最多的一周比较，居前的是甲区噪音（364件，预计49件）。"
    )
    over = said(early_warning.alerts(counted.assign(open_alerts=0), pd.DataFrame([ALERT]), "2020年12月"))
    assert over.startswith("2020年12月有预警1条，期末均已回落。")
    assert said(early_warning.alerts(counted.assign(alerts=0), pd.DataFrame(columns=[*ALERT]), "2020年12月")) == (
        "2020年12月各区各类别的来电均在预计范围之内，没有预警。"
    )
    assert said(early_warning.silence(counted.assign(weeks=0))) == "本期没有完整的一周可供判断。"


def test_weeks_that_were_not_judged_are_said_and_no_alert_is_denied_where_none_was():
    counted = pd.DataFrame([{"alerts": 0, "open_alerts": 0, "weeks": 4, "judged_weeks": 3}])
    assert said(early_warning.silence(counted)) == "本期4周中作判断的有3周，其余在春节前后，或以前的数据不足。"
    assert early_warning.silence(counted.assign(judged_weeks=4)) == []
    assert said(early_warning.alerts(counted, pd.DataFrame(columns=[*ALERT]), "2020年2月")) == "2020年2月作判断的各周没有预警。"
    none = counted.assign(judged_weeks=0)
    assert said(early_warning.silence(none)) == "本期各周在春节前后，或以前的数据不足，不作判断。"
    assert early_warning.alerts(none, pd.DataFrame(columns=[*ALERT]), "2020年2月") == []


def test_alerts_of_subdistricts_are_named_with_their_district_and_nothing_where_none_is_known():
    judged = pd.DataFrame([{"alerts": 1, "weeks": 4, "judged_weeks": 4}])
    rows = pd.DataFrame([ALERT | {"subdistrict": "一街"}])
    assert said(early_warning.streets(rows, judged, "街道")) == (
        "按街道和类别另作判断，有预警1条，为甲区一街噪音（364件，预计49件）。"
    )
    assert said(early_warning.streets(rows.head(0), judged, "街道")) == "按街道和类别另作判断，没有预警。"
    assert early_warning.streets(rows.head(0), judged.assign(judged_weeks=0), "街道") == []


def test_what_returns_says_in_how_many_years():
    rows = pd.DataFrame(
        [{"category": "供暖", "peak": "11月中旬至12月上旬", "prepare": "10月中旬", "peak_change": 1.5, "held": 5, "failed": 1}]
    )
    assert said(early_warning.peaks(rows)) == (
        "每年重现的有：供暖在11月中旬至12月上旬（比其余时间高150.00%，检验的6年中应验5年），宜在10月中旬以前准备。"
    )
    assert "没有" in said(early_warning.peaks(rows.head(0)))


def test_gatherings_name_areas_alone():
    rows = pd.DataFrame(
        {"district": ["甲区", None], "category": ["噪音", "道路"], "gatherings": [2, 1], "gathered_tickets": [7, 3]}
    )
    assert said(early_warning.gatherings(rows, RULES)) == (
        "同一类别的诉求在同一地点7日内集中达到3件且明显多于平时的，共3处，较多的是甲区噪音2处、未填写道路1处。"
    )
    assert "没有" in said(early_warning.gatherings(rows.head(0), RULES))
    assert said(early_warning.repeated(pd.DataFrame({"duplicates": [12]}))) == "导出数据注明为重复来电或多人反映的有12件。"
    assert early_warning.repeated(pd.DataFrame({"duplicates": [0]})) == []


def test_the_rules_of_a_week_are_the_editions():
    assert "误报在全部预警中的占比控制在10%以内，每周至多列10条" in said(early_warning.thresholds(RULES))
