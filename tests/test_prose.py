import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import editions, prose

NUMBERS = editions.Numbers(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                           source="test")


def said(sentences):
    return "".join(sentence.printed(NUMBERS) for sentence in sentences)


def volume(by, rows):
    frame = pd.DataFrame(rows, columns=[by, "tickets", "tickets_before"])
    total = frame["tickets"].sum()
    return frame.assign(ticket_share=frame["tickets"] / total if total else None,
                        tickets_change=[(now - before) / before if before else None
                                        for now, before in zip(frame["tickets"], frame["tickets_before"], strict=True)])


def year(*tickets):
    return pd.DataFrame({"year": 2020, "month": range(1, len(tickets) + 1), "tickets": tickets})


@pytest.mark.parametrize(("now", "before", "words"), [
    (155, 100, "，同比上升55.00%"), (77, 100, "，同比下降23.00%"), (100, 100, "，同比持平"), (100, None, ""), (100, 0, "")])
def test_a_total_says_how_it_compares_or_nothing_without_a_base(now, before, words):
    calls = volume("kind", [("x", now, before)])
    assert said(prose.total(calls, "2020年，热线", "同比")) == f"2020年，热线共受理群众来电{now}件{words}。"


def test_a_total_of_nothing_is_said():
    assert said(prose.total(volume("kind", [("x", 0, None)]), "2020年，热线", "同比")) == "2020年，热线没有群众来电记录。"


def test_a_split_names_its_parts_and_those_without_a_name_last():
    channels = volume("channel", [("phone", 60, None), ("web", 30, None), (None, 10, None)])
    assert said(prose.split(channels, "channel", "其中，", unnamed="渠道不详的")) == (
        "其中，电话60件、占比60.00%，网络30件、占比30.00%，渠道不详的10件、占比10.00%。")
    assert "10件" not in said(prose.split(channels, "channel", "其中，"))
    assert prose.split(channels.tail(1), "channel", "其中，", unnamed="渠道不详的") == []


def test_the_busiest_are_named_with_their_ties_and_a_subdistrict_with_its_district():
    subdistricts = volume("subdistrict", [("八里庄街道", 5, None), ("八里庄街道", 5, None), ("其他", 1, None)])
    subdistricts["district"] = ["朝阳区", "海淀区", "海淀区"]
    districts = volume("district", [("朝阳区", 9, None), (None, 20, None)])
    assert said(prose.busiest({"区": (districts, "district"), "街道": (subdistricts, "subdistrict")}, "办理")) == (
        "办理最多的区是朝阳区，并列最多的街道是朝阳区八里庄街道、海淀区八里庄街道。")


def test_a_category_lists_its_subcategories_from_the_threshold_on():
    category = volume("category", [("住房", 50000, 40000)])
    parts = volume("subcategory", [("房产中介", 30000, None), ("供暖", 10000, None), ("电梯", 9999, None), (None, 1, None)])
    assert said(prose.category(category, parts, "住房", "同比", 10000)) == (
        "住房类问题共来电5.0万件，同比上升25.00%，1万件以上的包括房产中介（3.0万件）、供暖（1.0万件）。"
        "其中，房产中介占比最大，为60.00%。")
    assert "各细类均不足1万件" in said(prose.category(category, parts.tail(2), "住房", "同比", 10000))


def test_months_name_the_busiest_and_the_quietest_with_ties():
    assert said(prose.months(year(3, 9, 9, 1), "", "来电")) == "2月、3月来电最多，均为9件；4月来电最少，为1件。"
    assert said(prose.months(year(4, 4, 4), "从各月看，", "来电")) == "从各月看，各月来电相同，均为4件。"
    assert prose.months(year(0, 0, 0), "从各月看，", "来电") == []
    assert prose.months(year(5), "从各月看，", "来电") == []


def test_more_than_three_months_with_one_extreme_are_counted():
    assert said(prose.months(year(0, 0, 0, 0, 5), "", "来电")) == "5月来电最多，达到5件；1月等4个月来电最少，均为0件。"


def test_one_subcategory_is_no_list_and_a_large_unknown_part_is_said():
    parts = volume("subcategory", [("内部管理", 46, None), (None, 797, None)])
    told = said(prose.category(volume("category", [("其他", 843, None)]), parts, "其他", "同比", 30))
    assert told == "其他类问题共来电843件，30件以上的是内部管理（46件）。已写明细类的问题中，内部管理占比最大，为5.46%。"


def test_districts_name_the_largest_and_smallest_growth_among_those_listed():
    districts = volume("district", [("甲", 20, 10), ("乙", 12, 10), ("丙", 5, 10), ("丁", 99, 1), (None, 7, 7)])
    whole = volume("kind", [("all", 143, 38)])
    assert said(prose.districts(whole, districts, "同比", ["甲", "乙", "丙"])) == (
        "各区共办理诉求143件，同比上升276.32%，其中未写明所在区的7件。各区中，甲同比上升100.00%，丙同比下降50.00%，其余介于两者之间。")
    assert "其余" not in said(prose.districts(whole, districts, "较2019年", ["甲", "丙"]))


def test_a_turning_point_is_the_longest_run_of_three_months_or_more():
    assert said(prose.turning(year(1, 2, 3, 2, 3))) == "1月至3月逐月上升，4月回落。"
    assert said(prose.turning(year(9, 3, 4, 3, 2, 1))) == "3月至6月逐月下降。"
    assert said(prose.turning(year(9, 8, 7, 8))) == "1月至3月逐月下降，4月回升。"
    assert said(prose.turning(year(9, 8, 7, 7))) == "1月至3月逐月下降。"


def test_peaks_name_the_busiest_month_of_each_and_of_the_first_the_next_two():
    lines = pd.concat([year(5, 9, 7, 1).assign(subcategory="甲"), year(2, 2, 1, 0).assign(subcategory="乙"),
                       year(0, 0, 0, 0).assign(subcategory="丙")])
    assert said(prose.peaks(lines.reset_index(drop=True), "subcategory", 3)) == (
        "其中，甲在2月最多，为9件，3月、1月次之；乙在1月、2月最多，均为2件。")


def test_there_is_no_turn_where_no_run_is_long():
    assert prose.turning(year(1, 2, 1, 2)) == []
    assert prose.turning(year(2, 2, 2, 2)) == []


def test_months_of_two_years_say_the_year():
    frame = year(5, 7).assign(year=[2019, 2020], month=[12, 1])
    assert said(prose.months(frame, "", "来电")) == "2020年1月来电最多，达到7件；2019年12月来电最少，为5件。"


def test_a_ranking_says_its_ties():
    ranked = pd.DataFrame({"district": "朝阳区", "subdistrict": ["甲", "乙", "丙", "丁", "戊"],
                           "score_rank": pd.array([1, 2, 2, 3, None], "Int64")})
    assert said(prose.ranking(ranked.drop(columns="district"), "subdistrict", "依次为：", 3)) == (
        "依次为：第一名甲，并列第二名乙、丙，第三名丁。")


def test_the_opening_of_a_split_says_of_how_many():
    calls = volume("kind", [("x", 20000, None)])
    channels = volume("channel", [("phone", 20000, None)])
    assert said(prose.split(channels, "channel", prose.within(calls, "2020年"))) == (
        "在2020年受理的2.00万件群众来电中，电话2.00万件、占比100.00%。")


def test_only_the_noted_topics_are_told():
    topics = volume("topic", [("电梯", 77, 100), ("水质", 50, None), (None, 9, 9)])
    assert said(prose.parts(topics, "topic", "反映{name}的{tickets}{change}。", "同比", kind="count", only=["电梯", "无"])) == (
        "反映电梯的77件，同比下降23.00%。")


def test_improvement_counts_the_units_that_had_a_score_before():
    now = pd.DataFrame({"owner": ["甲", "乙", "丙", "丁"], "score": [80.0, 70.0, 60.0, None]})
    before = pd.DataFrame({"owner": ["甲", "乙", "丁"], "score": [79.9, 70.0, 50.0]})
    assert said(prose.improved(now, before, ["owner"], "企业")) == "共有3个企业有考评成绩，与比较期可比的2个中，1个成绩提高。"
    assert said(prose.improved(now, before.head(0), ["owner"], "企业")) == "共有3个企业有考评成绩。"
    assert prose.improved(now.tail(1), before, ["owner"], "企业") == []


def test_rates_say_whether_they_rose_every_month():
    whole = pd.DataFrame({"valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
    rising = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "valid": 10, "resolution_rate": [0.7, 0.8, 0.9],
                           "satisfaction_rate": [0.85, 0.9, 0.95]})
    assert said(prose.rates(whole, rising)) == (
        "群众诉求解决率为80.00%，满意率为90.00%。解决率、满意率均呈逐月上升趋势，满意率各月均高于解决率。")
    falling = rising.assign(resolution_rate=[0.7, 0.9, 0.6])
    assert "解决率由1月的70.00%降至3月的60.00%；满意率由1月的85.00%逐月升至3月的95.00%" in said(prose.rates(whole, falling))
    level = rising.assign(resolution_rate=[0.7, 0.6, 0.7])
    assert "解决率3月与1月持平，为70.00%" in said(prose.rates(whole, level))
    assert prose.rates(whole.assign(valid=0), rising) == []


def test_the_funnel_leaves_out_the_steps_that_an_export_does_not_hold():
    steps = pd.DataFrame({"dispatched": [100], "excluded": [20], "assessed": [80], "reached": [70], "valid": [50]})
    assert said(prose.funnel(steps, "2020年")) == (
        "2020年办理的100件群众诉求中，除去不作考核的20件，对80件进行考核，电话回访接通70件，有效回访（对反映诉求明确表达是否解决和是否满意意见）50件。")
    bare = steps.assign(dispatched=None, excluded=0, reached=0)
    assert said(prose.funnel(bare, "2020年")).startswith("2020年办理的群众诉求中，对80件进行考核，有效回访")


def test_days_and_on_time_are_said_as_far_as_they_are_known():
    times = pd.DataFrame({"closed": [0], "due": [10], "on_time": [9], "on_time_rate": [0.9], "days_mean": [None],
                          "days_median": [None]})
    assert said(prose.timeliness(times, "诉求")) == "诉求按时办结率为90.00%（可判断是否按时的10件）。"
    assert prose.timeliness(times.assign(on_time_rate=None), "诉求") == []


NAMES = st.sampled_from(["东城区", "{7*7}", "其他", "=1+1", None])
COUNTS = st.integers(0, 10**8)
ODD = re.compile(r"nan|None|NaN|inf|万万|--|-\d|上升-|下降-|、。|，。|（）|：。|是。|[，、；]{2}")


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.tuples(NAMES, COUNTS, st.one_of(st.none(), COUNTS)), max_size=5, unique_by=lambda row: row[0]),
       months=st.lists(COUNTS, min_size=1, max_size=12), least=COUNTS)
def test_no_sentence_is_ever_broken(rows, months, least):
    districts = volume("district", rows).sort_values("tickets", ascending=False)
    subcategories = districts.rename(columns={"district": "subcategory"})
    levels = volume("owner_level", [("district_department", count, None) for _, count, _ in rows[:1]])
    whole = volume("kind", [("all", districts["tickets"].sum(), None)])
    sentences = [
        *prose.total(whole, "全市", "同比"),
        *prose.split(districts, "district", "其中，", unnamed="不详的"),
        *prose.parts(districts, "district", "{name}{tickets}{change}。", "环比"),
        *prose.ordered(districts, "district", "分别", 3),
        *prose.busiest({"区": (districts, "district")}, "办理"),
        *prose.category(whole.rename(columns={"kind": "category"}), subcategories, "all", "同比", least),
        *prose.months(year(*months), "从各月看，", "来电"),
        *prose.peaks(year(*months).assign(category="住房"), "category", 3),
        *prose.district(districts, levels, "东城区", "2020年，", "各区办理量", "同比"),
        *prose.districts(whole, districts, "同比", []),
        *prose.leading(districts, "district", "居前的", 3),
    ]
    for one in sentences:
        printed = one.printed(NUMBERS)
        assert not ODD.search(printed.replace("{7*7}", "甲").replace("=1+1", "乙")), printed
        assert printed.endswith("。")
