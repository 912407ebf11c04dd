"""The first page's statements: chosen by weight, one of a kind, and nothing that the answers do not bear."""

import pandas as pd
import pytest

from helpers.settings import editions
from helpers.writing import findings, highlights
from helpers.writing.citations import sentence
from helpers.writing.highlights import Highlight

NUMBERS = editions.read("beijing", 2020).numbers


def printed(sentences):
    return [each.printed(NUMBERS) for each in sentences]


def categories(**changed):
    rows = {"category": ["住房", "教育", "其他"], "tickets": [6000, 3000, 9000], "ticket_share": [1 / 3, 1 / 6, 1 / 2],
            "tickets_before": [4000, 2500, 9000], "tickets_change": [0.5, 0.2, 0.0]} | changed
    return pd.DataFrame(rows)


def test_the_heaviest_of_each_kind_are_kept_in_order_of_weight():
    light, heavy, none = (Highlight(weight, sentence(f"{weight}。")) for weight in (0.1, 0.4, 0.0))
    other = Highlight(0.2, sentence("0.2。"))
    assert printed(highlights.chosen(2, [light, heavy], [other], [none], [])) == ["0.4。", "0.2。"]
    assert printed(highlights.chosen(1, [light], [heavy])) == ["0.4。"]
    same = [light._replace(about="住房"), heavy._replace(about="住房"), other._replace(about="教育")]
    assert printed(highlights.chosen(3, *([each] for each in same))) == ["0.4。", "0.2。"]  # of one name once


def test_the_largest_is_named_with_number_share_and_change_and_never_the_residual_class():
    found, = highlights.largest(categories(), "category", 18_000, "{name}{tickets}、占{share}，最多{change}。", "同比")
    assert found.text.printed(NUMBERS) == "住房6000件、占33.33%，最多，同比上升50.00%。"


def test_who_has_grown_most_is_said_by_tickets_and_who_fastest_by_rate():
    rows = categories(tickets=[6000, 3000, 9000], tickets_before=[5000, 2300, 9000], tickets_change=[0.2, 0.304, 0.0])
    most, = highlights.growth(rows, "category", 18_000, "{name}{change}。", "同比", up=True)
    fastest, = highlights.rising(rows, "category", 18_000, "同比", 1000)
    assert "住房" in most.text.printed(NUMBERS)
    assert "教育类来电增长最快" in fastest.text.printed(NUMBERS)
    assert highlights.rising(rows, "category", 18_000, "同比", 10_000) == []  # too few in the base


def test_a_withheld_change_is_no_statement():
    rows = categories(tickets_change=[None] * 3)
    assert highlights.growth(rows, "category", 18_000, "{name}。", "同比", up=True) == []
    assert highlights.shift(rows, "category", 18_000, "{name}。", "同比") == []


def test_a_part_that_only_follows_the_whole_has_not_shifted():
    doubled = categories(tickets=[8000, 5000, 18_000], tickets_change=[1.0, 1.0, 1.0])
    assert highlights.shift(doubled, "category", 31_000, "{name}。", "同比") == []


def test_the_peak_is_set_against_the_other_months():
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3, 4], "tickets": [1000, 1000, 1000, 3000]})
    found, = highlights.peak(months, 6000, "群众")
    assert found.text.printed(NUMBERS) == "4月群众来电最多，为3000件，是其他各月平均的3.0倍。"
    assert found.weight == pytest.approx(2000 / 6000)
    assert highlights.peak(months.assign(covered=[True, True, True, False]), 6000, "群众") == []


def test_rates_come_with_the_bounds_of_those_who_did_not_answer():
    rates = pd.DataFrame({"assessed": [1000], "valid": [800], "resolution_rate": [0.75], "satisfaction_rate": [0.9]})
    assert "全体的解决率在60.00%至80.00%之间" in printed(each.text for each in highlights.unanswered(rates, 2000))[0]
    assert highlights.unanswered(rates.assign(assessed=800), 2000) == []
    assert highlights.outcome(rates.assign(valid=0), 2000) == []


@pytest.mark.parametrize(("unknown", "stated"), [(300, ["3.00%的来电没有分类（300件）。"]), (90, []), (0, [])])
def test_a_part_is_watched_from_a_hundredth_on(unknown, stated):
    rows = categories(category=["住房", "教育", None], tickets=[6000, 4000 - unknown, unknown],
                      ticket_share=[0.6, 0.4 - unknown / 10_000, unknown / 10_000])
    found = highlights.part(rows, "category", None, 10_000, "{share}的来电没有分类（{tickets}）。")
    assert printed(each.text for each in found) == stated


def test_a_surge_is_one_of_the_last_months():
    months = pd.DataFrame({"category": ["住房"] * 6 + ["教育"] * 6, "year": 2020, "month": [*range(1, 7)] * 2,
                           "tickets": [9000, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 900]})
    assert printed(each.text for each in highlights.surge(months, "category", 12_000)) == [
        "6月教育类来电最多，为900件，是其他各月平均的9.0倍。"]


def test_findings_title_what_a_figure_shows_and_claim_nothing_of_equals():
    rows = categories(tickets=[6000, 3000, 1000], ticket_share=[0.6, 0.3, 0.1])
    assert printed(findings.first(rows, "category")) == ["住房最多，占60.00%。"]
    assert findings.first(rows.assign(tickets=[3010, 3000, 1000]), "category") == []
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3, 4], "tickets": [1000, 400, 1000, 3000]})
    assert printed(findings.course(months)) == ["4月最多，为3000件，2月最少。"]
    assert findings.course(months.assign(tickets=[1000, 1010, 1005, 1001])) == []


def test_a_finding_names_what_its_share_is_of():
    rows = categories(tickets=[6000, 3000, 1000], ticket_share=[0.6, 0.3, 0.1])
    assert printed(findings.first(rows, "category", "来电")) == ["住房最多，占来电60.00%。"]


def test_the_densest_district_is_a_finding_unless_chance_explains_the_difference():
    rows = pd.DataFrame({"district": ["东城区", "西城区", None], "tickets": [900, 400, 9], "ticket_density": [90.0, 40.0, 99.0]})
    assert printed(findings.densest(rows)) == ["东城区最多，每万常住人口90.0件。"]
    assert findings.densest(rows.assign(ticket_density=[90.0, 80.0, 99.0])) == []  # 3 × 5 tickets per 10,000
    assert findings.densest(rows.head(1)) == findings.densest(rows.drop(columns="ticket_density")) == []


def test_the_fastest_growth_is_a_finding_of_those_that_can_be_compared():
    rows = pd.DataFrame({"category": ["住房", "教育", "医疗"], "tickets": [6000, 9000, 50], "tickets_before": [4000, 4500, 10],
                         "tickets_change": [0.5, 1.0, 4.0]})
    assert printed(findings.fastest(rows, "category", "同比", 1000)) == ["教育增长最快，同比上升100.00%。"]
    one = rows.assign(tickets_change=[0.5, None, 4.0])
    assert printed(findings.fastest(one, "category", "同比", 1000)) == ["可比的2个类别中，住房增长最快，同比上升50.00%。"]
    assert findings.fastest(rows.assign(tickets_change=[0.5, None, None]), "category", "同比", 1000) == []
    falls = rows.assign(tickets=[3900, 4500, 10], tickets_change=[-0.025, 0.0, 0.0])
    assert findings.fastest(falls, "category", "同比", 10) == []


def test_the_share_of_valid_answers_is_a_finding_where_anyone_was_reached():
    assert printed(findings.valid_share(pd.DataFrame({"valid_share": [0.7252]}))) == ["接通回访的诉求中，有效回访占72.52%。"]
    assert findings.valid_share(pd.DataFrame({"valid_share": [None]})) == []


def test_a_rates_course_is_from_its_first_month_to_its_last():
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "resolution_rate": [0.7, 0.8, 0.9], "valid": 1000})
    assert printed(findings.range_of_rates(months, "resolution_rate")) == ["解决率由1月的70.00%升至3月的90.00%。"]
    assert findings.range_of_rates(months.head(2), "resolution_rate") == []
    assert findings.range_of_rates(months.assign(valid=20), "resolution_rate") == []  # 14 and 18 of 20: chance
