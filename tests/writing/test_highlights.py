"""The first page's statements: chosen by weight, one of a kind, and nothing that the answers do not bear."""

import pandas as pd
import pytest

from helpers.analysis.soundness import Break
from helpers.analysis.summary import Answers
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


def test_answers_that_no_ticket_has_are_said_to_lack():
    rates, times = pd.DataFrame({"valid": [0]}), pd.DataFrame({"due": [9]})
    assert printed(each.text for each in highlights.unrecorded(times, rates)) == [
        "数据没有回访结果，本报告不说明诉求是否解决、群众是否满意。"]
    assert "只说明数量" in printed(each.text for each in highlights.unrecorded(times.assign(due=0), rates))[0]
    assert highlights.unrecorded(times, rates.assign(valid=1)) == []


def test_a_fragment_of_a_year_and_renamed_categories_are_watched_by_what_they_leave_out():
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3, 4], "coverage": ["absent", "partly", "covered", "covered"]})
    rows, cut = categories(ticket_share=[0.3, 0.2, 0.5]), {"read": 2000}
    breaks = [Break((2020, 3), ("住房",), ("教育",))]
    found = highlights.lacking(rows, months, cut, breaks, "2020年")
    assert [round(each.weight, 3) for each in found] == [1.0, 0.5, 0.5]
    assert printed(each.text for each in found) == [
        "所据导出数据恰为2000行，应视为抽取的样本，件数不等于全部受理量。", "2020年的数据只是片段：2月不完整，1月没有记录。",
        "问题类别的名称自2020年3月起有改变，住房不再使用，教育为新设，改变前后不比较这些类别。"]
    assert highlights.lacking(rows, months.assign(coverage="covered"), {"read": 2001}, [], "2020年") == []


NONE = pd.DataFrame({"assessed": [0], "valid": [0], "resolution_rate": [None], "satisfaction_rate": [None]})


def answers(**changed):
    """The answers of a page whose tickets have categories and channels, and nothing else."""
    without = pd.DataFrame({"tickets": pd.Series(dtype="int64")})
    parts = {by: pd.DataFrame({by: ["甲", "乙"], "tickets": [7000, 2000], "ticket_share": [7 / 9, 2 / 9],
                               "tickets_before": [None] * 2, "tickets_change": [None] * 2})
             for by in ("category", "channel", "owner", "subcategory")}
    whole = pd.DataFrame({"tickets": [9000], "tickets_change": [None]})
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": 3000})
    return Answers(**{"numbers": whole, "months": months, "total": whole, "monthly": months, "categories": parts["category"],
                      "by_category": months.assign(category="甲"), "channels": parts["channel"],
                      "districts": without.assign(district=[]), "owners": parts["owner"].assign(owner=["丙", "丁"]),
                      "subcategories": parts["subcategory"], "statuses": without.assign(status=[]),
                      "times": pd.DataFrame({"due": [0], "on_time": [0]}), "rates": NONE} | changed)


def test_the_largest_parts_of_other_kinds_follow_where_little_else_is_known():
    assert printed(highlights.findings(answers(), "共", "", "区")) == [
        "共受理群众来电9000件。", "甲7000件、占77.78%，在各类问题中最多。", "各承办单位中，丙7000件、占77.78%，最多。"]


def test_what_the_findings_say_of_a_name_is_not_watched_again():
    grown = pd.DataFrame({"category": ["甲", "乙"], "tickets": [4000, 5000], "ticket_share": [4 / 9, 5 / 9],
                          "tickets_before": [2000, 4900], "tickets_change": [1.0, 0.0204]})
    unrecorded = "数据没有办理时限和回访结果，本报告只说明数量，不说明办理结果。"
    assert "甲4000件、占44.44%，增加最多，同比上升100.00%" in "".join(
        printed(highlights.findings(answers(categories=grown), "共", "同比", "区")))
    assert printed(highlights.watched(answers(categories=grown), "同比", 1000, "区")) == [unrecorded]


def test_tickets_without_a_district_are_watched():
    districts = pd.DataFrame({"district": ["甲区", None], "tickets": [6000, 3000], "ticket_share": [2 / 3, 1 / 3]})
    assert "33.33%的诉求没有写明所在区（3000件），各区的数量是下限。" in printed(
        highlights.watched(answers(districts=districts.assign(tickets_change=None, tickets_before=None)), "", 1000, "区"))


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
    assert printed(findings.fastest(rows, "category", "同比", 1000)) == [
        "可比的2个类别（基期不少于1000件）中，教育增长最快，同比上升100.00%。"]
    assert printed(findings.fastest(rows.head(2), "category", "同比", 1000)) == ["教育增长最快，同比上升100.00%。"]
    chance = rows.assign(tickets=[6000, 4505, 50], tickets_change=[0.0, 0.001, 4.0])
    assert findings.fastest(chance, "category", "同比", 1000) == []  # the first of two, but not beyond chance
    assert findings.fastest(rows.assign(tickets_change=[0.5, None, 4.0]), "category", "同比", 1000) == []  # a single one
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
