import inspect
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.home import inside

from helpers import chapters
from helpers.analysis import measures, soundness, trends, uncertainty
from helpers.analysis.unclassified import Shares
from helpers.ingest import ingest
from helpers.settings import editions
from helpers.writing import amounts, backlog, coverage, months, places, prose, ranks
from helpers.writing import outcomes as outcome_sentences
from helpers.writing.citations import Sentence

NUMBERS = editions.NumberRules(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
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


class TestAmounts:
    @pytest.mark.parametrize(("now", "before", "words"), [
        (155, 100, "，同比上升55.00%"), (77, 100, "，同比下降23.00%"), (100, 100, "，同比持平"), (100, None, ""), (100, 0, ""),
        (1345, 100, "，同比上升1245.00%"), (100001, 100000, "，同比基本持平")])
    def test_a_total_says_how_it_compares_or_nothing_without_a_base(self, now, before, words):
        calls = volume("kind", [("x", now, before)])
        printed = f"{now}件" if now < 10000 else "10.00万件"
        assert said(prose.total(calls, "2020年，热线", "同比")) == f"2020年，热线共受理群众来电{printed}{words}。"

    def test_a_total_of_nothing_is_said(self):
        assert said(prose.total(volume("kind", [("x", 0, None)]), "2020年，热线", "同比")) == "2020年，热线没有群众来电记录。"

    @pytest.mark.parametrize(("tickets", "words"), [(9999, "9999件"), (10000, "1.0万件"), (99999, "10.0万件")])
    def test_counts_from_ten_thousand_on_are_in_wan(self, tickets, words):
        assert words in said(prose.top_with_counts(volume("owner", [("甲", tickets, None)]), "owner", "办理量", "单位", 1))

    def test_a_split_names_its_parts_and_those_without_a_name_last(self):
        channels = volume("channel", [("phone", 60, None), ("web", 30, None), (None, 10, None)])
        assert said(prose.shares(channels, "channel", "从渠道看，", verb="反映", unnamed="渠道不详的")) == (
            "从渠道看，电话反映60件、占比60.00%，网络反映30件、占比30.00%，渠道不详的10件、占比10.00%。")
        assert "10件" not in said(prose.shares(channels, "channel", "其中，"))
        assert prose.shares(channels.tail(1), "channel", "其中，", unnamed="渠道不详的") == []

    def test_a_small_part_is_not_nought_and_a_large_one_not_the_whole(self):
        parts = said(prose.shares(volume("kind", [("甲", 999_999, None), ("乙", 1, None)]), "kind", "其中，"))
        assert parts == "其中，甲100.00万件、占比超过99.99%，乙1件、占比不足0.01%。"
        assert "占比100.00%" in said(prose.shares(volume("kind", [("甲", 5, None)]), "kind", "其中，"))

    def test_the_opening_of_a_split_says_of_how_many(self):
        calls, channels = volume("kind", [("x", 20000, None)]), volume("channel", [("phone", 20000, None)])
        assert said(prose.shares(channels, "channel", prose.within(calls, "2020年"), verb="反映")) == (
            "在2020年受理的2.00万件群众来电中，电话反映2.00万件、占比100.00%。")

    def test_any_column_may_be_split_even_one_called_as_a_parameter(self):
        kinds = volume("kind", [("praise", 3, 1)])
        assert said(prose.shares(kinds, "kind", "其中，")) == "其中，表扬3件、占比100.00%。"
        assert said(prose.row_sentences(kinds, "kind", "{name}{tickets}{change}。", "同比")) == "表扬3件，同比上升200.00%。"

    def test_one_row_is_said_in_a_sentence_of_its_own_unless_it_is_zero(self):
        kinds = volume("kind", [("praise", 3, 1), ("enquiry", 0, 1)])
        assert (
            said(prose.row_sentence(kinds, "kind", "praise", "收到{tickets}{change}。", "同比")) == "收到3件，同比上升200.00%。"
        )
        assert prose.row_sentence(kinds, "kind", "enquiry", "咨询{tickets}。", "同比") == []
        assert prose.row_sentence(kinds, "kind", "complaint", "投诉{tickets}。", "同比") == []

    def test_only_the_noted_topics_are_told(self):
        topics = volume("topic", [("电梯", 77, 100), ("水质", 50, None), (None, 9, 9)])
        assert said(prose.row_sentences(topics, "topic", "反映{name}的来电{tickets}{change}。", "同比", kind="count",
                                only=["电梯", "无"])) == "反映电梯的来电77件，同比下降23.00%。"

    def test_names_stand_in_order_and_ties_are_said(self):
        categories = volume("category", [("甲", 90, None), ("乙", 50, None), ("丙", 50, None), ("丁", 10, None)])
        assert said(prose.in_order(categories, "category", "集中的", 4)) == "集中的问题依次是甲、乙、丙、丁（其中乙、丙并列）。"
        assert said(prose.in_order(categories, "category", "集中的", 3)) == "集中的前三类问题依次是甲、乙、丙（其中乙、丙并列）。"
        assert said(prose.in_order(categories, "category", "集中的", 2)) == "集中的前三类问题依次是甲、乙、丙（其中乙、丙并列）。"
        assert said(prose.in_order(categories, "category", "集中的", 1)) == "集中的问题是甲。"
        assert said(prose.in_order(categories[1:3], "category", "集中的", 4)) == "集中的问题是乙、丙（并列）。"
        assert prose.in_order(categories.tail(0), "category", "集中的", 4) == []

    @pytest.mark.parametrize("other", ["其他", "其它", "其他问题", "Other", "其他市容违法行为", None])
    def test_a_residual_class_is_never_ranked_and_its_number_follows(self, other):
        categories = volume("category", [(other, 878, None), ("甲", 90, None), ("乙", 50, None), ("丙", 40, None)])
        assert said(prose.in_order(categories, "category", "集中的", 2)) == (
            f"集中的前二类问题依次是甲、乙。另有{other or '未分类'}878件，不参加排序。")
        parts = categories.rename(columns={"category": "subcategory"})
        told = said(prose.category(volume("category", [("水", 1058, None)]), parts, "水", "同比", 45))
        assert told == (f"水类问题共来电1058件，45件以上的包括甲（90件）、乙（50件）。其中，甲占比最大，为8.51%。"
                        f"另有{other or '未分类'}878件，不参加排序。")
        lines = pd.concat([year(10, 10, 400, 458).assign(subcategory=other), year(40, 40, 40, 90).assign(subcategory="甲")])
        assert said(prose.peaks(lines, "subcategory", 2)) == "从主要细类看，甲在4月最多，为90件。"
        assert said(prose.surges(lines, "subcategory", 2)) == "成倍增长的有：甲4月为90件，比3月的40件增长125.00%。"
        topics = parts.rename(columns={"subcategory": "topic"})
        assert said(prose.topics(topics, 3)) == "具体涉及甲、乙、丙等问题。"

    def test_a_class_that_is_no_classification_may_be_called_other(self):
        owners = volume("owner", [("其他单位", 50, None), ("甲", 40, None)])
        assert said(prose.top_with_counts(owners, "owner", "办理量", "单位", 1)) == "办理量最多的单位是其他单位（50件）。"

    def test_few_tickets_are_not_ranked(self):
        few, more = (volume("category", [("甲", count, None), ("乙", 9, None), ("其他", 50, None)]) for count in (20, 21))
        assert said(prose.in_order(few, "category", "办理的", 5)) == "办理的问题合计29件，不足30件，不排序。"
        assert "依次是甲、乙" in said(prose.in_order(more, "category", "办理的", 5))
        owners = few.rename(columns={"category": "owner"}).head(2)
        assert said(prose.top_with_counts(owners, "owner", "办理量", "街道", 3)) == "各街道办理量合计29件，不足30件，不排序。"
        assert prose.busiest({"街道": (owners, "owner")}, "办理") == []

    def test_a_list_never_ends_among_equals(self):
        few = volume("owner", [("甲", 90, None), ("乙", 50, None), ("丙", 50, None), ("丁", 10, None)])
        assert said(prose.top_with_counts(few, "owner", "办理量", "单位", 2)) == (
            "办理量前三的单位依次是甲（90件）、乙（50件）、丙（50件）。")
        many = volume("owner", [("甲", 90, None), *((name, 10, None) for name in "乙丙丁戊己")])
        assert said(prose.top_with_counts(many, "owner", "办理量", "单位", 3)) == "办理量最多的单位是甲（90件）。"
        assert said(prose.top_with_counts(many.tail(5), "owner", "办理量", "单位", 3)) == (
            "办理量前三的单位是乙（10件）、丙（10件）、丁（10件）。")
        assert said(prose.top_with_counts(few, "owner", "办理量", "单位", 9)).startswith("各单位办理量由多到少依次是甲（90件）、")
        assert said(prose.top_with_counts(few.head(1), "owner", "办理量", "单位", 3)) == "有办理记录的单位仅甲（90件）。"

    def test_a_name_that_holds_a_comma_is_quoted_in_a_list(self):
        categories = volume("category", [("用戶無水、漏水報修", 90, None), ("污染舉發", 50, None)])
        assert said(prose.in_order(categories, "category", "", 2)) == "问题依次是“用戶無水、漏水報修”、污染舉發。"
        assert said(prose.category(categories, volume("subcategory", []), "用戶無水、漏水報修", "同比", 1)) == (
            "“用戶無水、漏水報修”类问题共来电90件。")

    def test_the_busiest_are_named_with_their_ties_and_a_subdistrict_with_its_district(self):
        subdistricts = volume("subdistrict", [("八里庄街道", 15, None), ("八里庄街道", 15, None), ("其他", 1, None)])
        subdistricts["district"] = ["朝阳区", "海淀区", "海淀区"]
        districts = volume("district", [("朝阳区", 90, None), ("海淀区", 60, None), (None, 20, None)])
        assert said(prose.busiest({"区": (districts, "district"), "街道": (subdistricts, "subdistrict")}, "办理")) == (
            "办理最多的区是朝阳区，并列最多的街道是朝阳区八里庄街道、海淀区八里庄街道。")

    def test_the_only_one_is_not_the_busiest_and_many_are_counted(self):
        one = volume("district", [("坪山区", 9, None), (None, 20, None)])
        assert prose.busiest({"区": (one, "district")}, "办理") == []
        many = volume("owner", [*((name, 50, None) for name in "甲乙丙丁"), ("戊", 1, None)])
        assert said(prose.busiest({"企业": (many, "owner")}, "办理")) == "办理并列最多的企业是甲等4个企业。"


class TestCategory:
    def test_it_lists_its_subcategories_from_the_threshold_on(self):
        category = volume("category", [("住房", 50000, 40000)])
        parts = volume("subcategory", [("房产中介", 30000, None), ("供暖", 10000, None), ("电梯", 9999, None), (None, 1, None)])
        assert said(prose.category(category, parts, "住房", "同比", 10000)) == (
            "住房类问题共来电5.0万件，同比上升25.00%，1万件以上的包括房产中介（3.0万件）、供暖（1.0万件）。"
            "其中，房产中介占比最大，为60.00%。另有未分类1件，不参加排序。")
        small = volume("subcategory", [("电梯", 9999, None), ("门禁", 9000, None), (None, 31001, None)])
        assert "，各细类均不足1万件。" in said(prose.category(category, small, "住房", "同比", 10000))

    def test_without_calls_that_is_said(self):
        none = volume("category", [("住房", 0, None)])
        assert said(prose.category(none, volume("subcategory", []), "住房", "同比", 1)) == "住房类问题没有来电。"

    def test_one_subcategory_is_no_list_and_a_large_unknown_part_is_said(self):
        parts = volume("subcategory", [("内部管理", 46, None), (None, 797, None)])
        assert said(prose.category(volume("category", [("其他", 843, None)]), parts, "其他", "同比", 30)) == (
            "其他类问题共来电843件。写明细类的均为内部管理（46件），占该类来电的5.46%。另有未分类797件，不参加排序。")

    def test_a_lone_large_subcategory_has_its_number_and_share_and_the_others_are_below_the_threshold(self):
        parts = volume("subcategory", [("城市供水", 94, None), ("农村供水", 29, None), ("水表", 20, None), ("其他", 36, None)])
        assert said(prose.category(volume("category", [("供水", 179, None)]), parts, "供水", "同比", 30)) == (
            "供水类问题共来电179件。城市供水94件，占52.51%，最多；其余细类均不足30件。另有其他36件，不参加排序。")
        few = volume("subcategory", [("甲", 29, None), ("乙", 20, None)])
        assert said(prose.category(volume("category", [("供水", 49, None)]), few, "供水", "同比", 30)) == (
            "供水类问题共来电49件，各细类均不足30件。")

    def test_a_lone_subcategory_is_neither_the_largest_nor_each(self):
        category, lone = volume("category", [("住房", 5, None)]), volume("subcategory", [("电梯", 5, None)])
        assert said(prose.category(category, lone, "住房", "同比", 10)) == "住房类问题共来电5件。"

    def test_equal_subcategories_share_the_largest_part(self):
        parts = volume("subcategory", [("甲", 50, None), ("乙", 50, None)])
        assert "。甲、乙占比并列最大，均为50.00%。" in said(
            prose.category(volume("category", [("住房", 100, None)]), parts, "住房", "同比", 1))

    @pytest.mark.parametrize(("name", "matter"), [("住房", "住房类问题"), ("投诉类", "投诉类问题"), ("城管问题", "城管问题")])
    def test_a_category_is_not_called_a_category_twice(self, name, matter):
        assert said(prose.category(volume("category", [(name, 1, None)]), volume("subcategory", []), name, "", 1)) == (
            f"{matter}共来电1件。")

    def test_topics_are_told_with_and_so_on_only_where_there_are_more(self):
        topics = volume("topic", [("电梯", 7, None), ("水质", 5, None), (None, 9, None)])
        assert said(prose.topics(topics, 2)) == "具体涉及电梯、水质等问题。"
        assert said(prose.topics(topics.head(1), 2)) == "具体涉及电梯问题。"
        assert prose.topics(topics.tail(1), 2) == []


OF_ANY = editions.ChangeRules(min_tickets=1)


class TestMonths:
    def test_they_name_the_busiest_and_the_quietest_with_ties(self):
        assert said(prose.months(year(30, 60, 60, 31), "", "来电")) == (
            "来电2月、3月最多，均为60件；1月最少，为30件。2月为60件，比1月的30件增长100.00%。")
        assert said(prose.months(year(40, 69), "从各月看，", "来电")) == "从各月看，来电2月最多，达到69件；1月最少，为40件。"

    def test_equal_months_and_a_lone_month_are_said_as_such(self):
        assert said(prose.months(year(40, 40, 40), "从各月看，", "来电")) == "从各月看，来电各月均为40件。"
        assert said(prose.months(year(0, 70, 0), "", "来电")) == "来电全部集中在2月，为70件。"
        assert prose.months(year(0, 0, 0), "从各月看，", "来电") == []
        assert prose.months(year(5), "从各月看，", "来电") == []

    def test_of_few_tickets_the_count_alone_is_said(self):
        assert said(prose.months(year(9, 9, 11), "", "来电")) == "来电合计29件，不足30件，不作逐月分析。"
        assert said(prose.months(year(29, 3, 8, 14), "", "来电")) == "来电合计54件，各月均不足30件，不作逐月分析。"
        assert said(prose.months(year(30, 3), "", "来电")) == "来电1月最多，达到30件；2月最少，为3件。"
        assert prose.peaks(year(29, 3, 8, 14).assign(subcategory="甲"), "subcategory", 1) == []

    def test_a_change_from_few_tickets_has_no_percentage(self):
        assert said(prose.trend(year(29, 31, 33, 55))) == "1月至4月逐月上升，由29件升至55件。"
        assert said(prose.trend(year(30, 31, 33, 54))) == "1月至4月逐月上升，由30件升至54件，升幅80.00%。"
        assert said(prose.months(year(3, 33, 40, 45), "", "来电")).endswith("2月为33件，比1月的3件增加30件。")

    def test_months_without_records_are_not_the_quietest(self):
        assert said(prose.months(year(0, 0, 0, 30, 50), "", "来电")) == "来电5月最多，达到50件；1月至3月无记录。"

    def test_scattered_months_are_counted_and_consecutive_ones_are_a_span(self):
        assert "；1月等5个月最少，均为1件" in said(prose.months(year(1, 9, 1, 5, 1, 5, 1, 5, 1), "", "来电", sizes=OF_ANY))
        assert "；1月至4月最少，均为1件" in said(prose.months(year(1, 1, 1, 1, 5), "", "来电", sizes=OF_ANY))

    def test_months_that_are_not_known_or_not_covered_are_left_out(self):
        assert said(prose.months(year(None, 40.0, 69.0), "", "来电")) == "来电3月最多，达到69件；2月最少，为40件。"
        partly = year(1, 40, 69).assign(covered=[False, True, True])
        assert said(prose.months(partly, "", "来电")) == "来电3月最多，达到69件；2月最少，为40件。"
        assert prose.months(year(None, None), "", "来电") == []
        gap = year(40, 50, None, 60, 70)
        assert said(prose.months(gap, "", "来电")) == "来电5月最多，达到70件；1月最少，为40件。"

    def test_months_of_two_years_say_the_year(self):
        frame = year(50, 70).assign(year=[2019, 2020], month=[12, 1])
        sentences = prose.months(frame, "", "来电")
        assert said(sentences) == "来电2020年1月最多，达到70件；2019年12月最少，为50件。"
        assert [part.kind for part in sentences[0].parts if not isinstance(part, str)][:2] == ["year", "month"]

    @pytest.mark.parametrize(("tickets", "words"), [
        ((100, 200, 300, 400, 300), "1月至4月逐月上升，由100件升至400件，升幅300.00%，5月回落至300件，降幅25.00%。"),
        ((90, 80, 70, 60, 80), "1月至4月逐月下降，由90件降至60件，降幅33.33%，5月回升至80件，升幅33.33%。"),
        ((90, 80, 70, 60, 60), "1月至4月逐月下降，由90件降至60件，降幅33.33%。"),
        ((90, 0, 70, 60, 50, 40), "3月至6月逐月下降，由70件降至40件，降幅42.86%。"),
        ((20, 30, 50, 80, 90, 85, 90, 86),
         "1月至5月逐月上升，由20件升至90件，5月至8月保持稳定，月均88件，各月与之最多相差3.13%。"),
        ((300, 350, 380, 400, 397, 398, 396, 520),
         "1月至4月逐月上升，由300件升至400件，升幅33.33%，此后继续上升，8月达到520件，为各月最高。"),
        ((300, 350, 380, 400, 397, 398, 396, 397, 400, 450, 520, 515),
         "7月至11月逐月上升，由396件升至520件，升幅31.31%。"),
        ((300, 350, 380, 400, 350, 398, 396, 450, 400, 450, 520, 515),
         "1月至4月逐月上升，由300件升至400件，升幅33.33%，5月回落至350件，降幅12.50%，11月达到520件，为全年最高。"),
        ((90, 80, 70, 60, 99, 70, 80, 70),
         "1月至4月逐月下降，由90件降至60件，降幅33.33%，5月回升至99件，升幅65.00%，为各月最高。"),
        ((90, 80, 70, 60, 61, 0, 30, 99),
         "1月至4月逐月下降，由90件降至60件，降幅33.33%，7月降至30件，为有记录的月份中最低，8月达到99件，为有记录的月份中最高。"),
        ((70, 80, 90), "1月至3月逐月上升，由70件升至90件，升幅28.57%。"),
        ((100, 100, 110, 100), "各月基本稳定，月均103件，各月与之最多相差7.32%。"),
        ((None, 100, 100, 110), "2月至4月基本稳定，月均103件，各月与之最多相差6.45%。"),
        ((40, 60, 50, 90, 70, 80, 60, 30), "总体先升后降，由1月的40件升至4月的90件，再降至8月的30件。"),
        ((90, 60, 70, 30, 50, 40, 60, 80), "总体先降后升，由1月的90件降至4月的30件，再升至8月的80件。"),
        ((30, 20, 40, 30, 50, 40, 60, 50), "总体呈上升趋势，7月至8月平均每月55件，比1月至2月平均每月25件多30件。"),
        ((50, 60, 40, 50, 30, 40, 20, 30), "总体呈下降趋势，7月至8月平均每月25件，比1月至2月平均每月55件低54.55%。"),
        ((10, 90, 10, 90, 10, 90), ""), ((10, 20), ""), ((4, 5, 6), "")])
    def test_the_course_of_months_is_said_with_its_size_where_there_is_one(self, tickets, words):
        assert said(prose.trend(year(*tickets))) == words

    @pytest.mark.parametrize(("tickets", "words"), [
        ((210, 205, 199, 814), "4月为814件，比3月的199件增长309.05%。"),
        ((210, 0, 600, 200), "3月为600件，比其余有记录的月份平均的205件多192.68%。"),
        ((200, 390, 410, 100, 110), "3月为410件，比其余各月平均的200件多105.00%。"),
        ((30, 90, 30, 91, 30, 90, 30, 90),
         "2月为90件，比1月的30件增长200.00%；4月为91件，比3月的30件增长203.33%；6月为90件，比5月的30件增长200.00%；"
         "另有1个月达到上月或其余各月平均的2倍及以上。"),
        ((30, 40, 50, 40), ""), ((10, 20, 10), "")])
    def test_months_that_double_are_named_with_their_numbers(self, tickets, words):
        sentences = prose.months(year(*tickets), "", "来电")
        assert "".join(one for one in (said([sentence]) for sentence in sentences[1:]) if "逐月" not in one) == words

    def test_parts_that_double_are_named_in_order(self):
        lines = pd.concat([year(196, 196, 601, 300).assign(subcategory="坑洞"), year(50, 50, 50, 50).assign(subcategory="乙"),
                           year(1, 9, 9, 9).assign(subcategory="丙")]).reset_index(drop=True)
        assert said(prose.surges(lines, "subcategory", 3)) == "成倍增长的有：坑洞3月为601件，比2月的196件增长206.63%。"
        assert prose.surges(lines.iloc[4:], "subcategory", 3) == []
        many = pd.concat([year(100, 100, 100, height).assign(subcategory=name) for name, height in zip(
            "甲乙丙丁戊", (300, 600, 250, 500, 400), strict=True)])
        assert said(prose.surges(many, "subcategory", 5)) == (
            "成倍增长的有：乙4月为600件，比3月的100件增长500.00%；丁4月为500件，比3月的100件增长400.00%；"
            "戊4月为400件，比3月的100件增长300.00%；另有2处达到上月或其余各月平均的2倍及以上。")

    def test_peaks_name_the_busiest_month_of_each_and_of_the_first_the_next_two(self):
        lines = pd.concat([year(5, 9, 7, 1).assign(subcategory="甲"), year(2, 2, 1, 0).assign(subcategory="乙"),
                           year(0, 0, 0, 0).assign(subcategory="丙")]).reset_index(drop=True)
        assert said(prose.peaks(lines, "subcategory", 3, sizes=OF_ANY)) == (
            "从主要细类看，甲在2月最多，为9件，3月、1月次之；乙在1月、2月最多，均为2件。")
        assert said(prose.peaks(lines, "subcategory", 3, 10, sizes=OF_ANY)) == "从主要细类看，甲在2月最多，为9件，3月、1月次之。"
        assert prose.peaks(lines.tail(4), "subcategory", 3) == []

    def test_the_next_two_months_are_left_out_where_a_third_is_equal(self):
        lines = year(9, 5, 5, 5).assign(subcategory="甲")
        assert said(prose.peaks(lines, "subcategory", 1, sizes=OF_ANY)) == "从主要细类看，甲在1月最多，为9件。"
        assert prose.peaks(lines, "subcategory", 1) == []


class TestPlaces:
    def test_a_district_says_its_change_its_share_and_its_departments(self):
        districts = volume("district", [("甲区", 30, 20), ("乙区", 70, 70)])
        levels = volume("owner_level", [("district_department", 12, None), ("subdistrict", 18, None)])
        assert said(prose.district(districts, levels, "甲区", "2020年，", "各区办理量", "同比")) == (
            "2020年，甲区共办理诉求30件，同比上升50.00%，占各区办理量的30.00%；其中，区级部门办理12件，占比40.00%。")
        assert said(prose.district(districts, levels, "丙区", "2020年，", "各区办理量", "同比")) == "2020年，丙区没有办理记录。"

    def test_the_only_district_is_no_part_of_all(self):
        districts = volume("district", [("坪山区", 99, None), (None, 1, None)])
        levels = volume("owner_level", [])
        assert said(prose.district(districts, levels, "坪山区", "", "各区办理量", "同比")) == "坪山区共办理诉求99件。"

    def test_districts_name_the_largest_and_smallest_growth_of_all_that_a_reader_sees(self):
        districts = volume("district", [("甲", 20, 10), ("乙", 12, 10), ("丙", 5, 10), ("丁", 99, 1), (None, 7, 7)])
        whole = volume("kind", [("all", 143, 38)])
        assert said(prose.districts(whole, districts[districts["district"] != "丁"], "同比", "区")) == (
            "各区共办理诉求143件，同比上升276.32%，其中未写明所在区的7件。"
            "从增减幅度看，甲同比上升100.00%，居首位；丙同比下降50.00%，居末位。")
        assert said(prose.districts(whole, districts.head(1), "同比", "區")) == "各區共办理诉求143件，同比上升276.32%。"

    def test_equal_growth_shares_a_place(self):
        districts = volume("district", [("甲", 20, 10), ("乙", 40, 20), ("丙", 10, 10)])
        assert "甲、乙均同比上升100.00%，并列居首位；丙同比持平，居末位。" in said(
            prose.districts(volume("kind", [("all", 70, 40)]), districts, "同比", "区"))

    def test_a_zone_says_its_members_and_who_handled_it(self):
        zones = volume("zone", [("新城", 30, None), ("老城", 70, None)])
        levels = pd.DataFrame({"zone": ["新城"] * 2, "owner_level": ["subdistrict", None], "tickets": [20, 10]})
        assert [said(one) for one in prose.zones(zones, levels, {"新城": ["甲区", "乙区"], "远郊": ["丙区"]}, "各区办理量")] == [
            "新城（甲区、乙区）办理群众诉求30件，占各区办理量的30.00%，其中街道（乡镇）20件。", "远郊（丙区）没有办理记录。"]


USUAL = [0.80, 0.81, 0.80, 0.81]


class TestResults:
    def test_a_ranking_says_its_ties_and_which_ranks_chance_may_have_decided(self):
        ranked = league(owner=["甲", "乙", "丙", "丁", "戊"], score_rank=[1, 2, 2, 3, None], score=[90, 80, 80, 70, None], half=4)
        assert said(prose.podium(ranked, "owner", "居前的", 3)) == "居前的依次为：第一名甲，并列第二名乙、丙，第三名丁。"
        blurred = ranked.assign(score_lower=ranked["score"] - 5.5, score_upper=ranked["score"] + 5.5)
        assert said(prose.podium(blurred, "owner", "居前的", 3)) == (
            "居前的依次为：第一名甲，并列第二名乙、丙，第三名丁（相邻名次的得分区间重叠，先后不能区分）。")
        partly = ranked.assign(score_upper=ranked["score"] + [4, 4, 4, 7, 4])
        named = said(prose.podium(partly, "owner", "居前的", 3))
        assert named.endswith("第三名丁（其中第二名与第三名的得分区间重叠，先后不能区分）。")
        unknown = ranked.assign(score_lower=None, score_upper=None)
        assert "先后不能区分" in said(prose.podium(unknown, "owner", "居前的", 3))
        assert said(prose.podium(ranked.head(1), "owner", "居前的", 3)) == "仅甲达到排名条件。"
        assert prose.podium(ranked.tail(1), "owner", "居前的", 3) == []

    @pytest.mark.parametrize(("rank", "words"), [(2, "第二名"), (10, "第十名"), (12, "第十二名"), (20, "第二十名"),
                                                 (31, "第三十一名")])
    def test_ranks_are_said_in_words(self, rank, words):
        ranked = league(owner=["甲", "乙"], score_rank=[rank, 50], score=[80, 10], half=1)
        assert said(prose.podium(ranked, "owner", "居前的", 40)) == f"居前的为{words}甲。"

    @pytest.mark.parametrize(("before", "words"), [
        ([79.9, 70.0, 50.0], "，其中可与2019年比较的2个，成绩提高的1个，均未超出偶然波动（90%的把握）"),
        ([70.0, 60.0, 50.0], "，其中可与2019年比较的2个成绩均有提高，且均超出偶然波动（90%的把握）"),
        ([70.0, 69.9, 50.0], "，其中可与2019年比较的2个，成绩提高的2个，其中1个的提高超出偶然波动（90%的把握）"),
        ([99.0, 70.0, 50.0], "，其中可与2019年比较的2个，均未提高"), ([None, None, 50.0], "")])
    def test_improvement_counts_the_units_whose_score_rose_and_by_more_than_chance(self, before, words):
        now = league(owner=["甲", "乙", "丙", "丁"], score=[80.0, 70.0, 60.0, None])
        earlier = league(owner=["甲", "乙", "丁"], score=before)
        found = prose.improvement(now, earlier, ["owner"], "企业", "2019年", RANKINGS)
        assert said(found) == f"共有3个企业有考评成绩{words}。"
        assert prose.improvement(now.tail(1), earlier, ["owner"], "企业", "2019年", RANKINGS) == []

    @pytest.mark.parametrize(("months", "valid", "words"), [
        ([9, 8, 2], 30, "，其中有7个月以上考评成绩的2个，有6个月以下考评成绩的1个"), ([9, 8, 7], 30, "，考评成绩均在7个月以上"),
        ([3, 3, 2], 30, "，考评成绩均在6个月以下"),
        ([9, 8, 7], [30, 29, 28], "，考评成绩均在7个月以上；有效回访不足30件的2个，不列名次")])
    def test_units_with_scores_are_counted_in_their_classes(self, months, valid, words):
        scores = pd.DataFrame({"owner": ["甲", "乙", "丙"], "score": 80.0, "scored_months": months, "valid": valid})
        assert said(prose.eligibility(scores, RANKINGS, "企业")) == f"共有3个企业有考评成绩{words}。"

    def test_those_without_a_section_and_without_tickets_are_named(self):
        rest = pd.DataFrame({"district": ["甲区", "乙区"], "tickets": [19, 0]})
        assert said(prose.others(rest, "区", 30)) == "有2个区不单独成节，均不足30件，乙区没有记录。"
        assert said(prose.others(rest.head(1), "区", 30)) == "有1个区不单独成节，均不足30件。"

    def test_bands_say_who_is_surely_among_the_first(self):
        ranked = league(owner=["甲", "乙", "丙"], score_rank=[1, 2, 3], score=[90, 80, 70], band=["surely", "possibly", "not"])
        assert said(prose.among_first(ranked, "owner", "企业", RANKINGS, 1)) == (
            "按90%的把握，3个企业中确在前1名之内的1个（甲），可能在内的1个，不在其内的1个。"
            "名次区间的跨度，居中的单位为2个名次；不作收缩、就全部单位一并认定的，为3个名次。")
        assert prose.among_first(ranked.assign(band=None), "owner", "企业", RANKINGS, 1) == []
        within = prose.among_first_within(ranked, "街道", "区", RANKINGS, 2)
        assert said(within) == "各区前2名共2个街道，按90%的把握，可以认定确在前2名之内的有1个，其余尚不能与本区名次相近者区分。"
        none = prose.among_first_within(ranked.assign(band="possibly"), "街道", "区", RANKINGS, 2)
        assert said(none) == "各区前2名共2个街道，按90%的把握，均不能认定确在前2名之内。"

    def test_units_beyond_the_limits_of_a_funnel_plot_are_counted(self):
        units = pd.DataFrame({"signal": ["above", "within", "below", "below"]})
        assert said(prose.outside_limits(units, "街道", "resolution_rate")) == (
            "4个街道中，解决率超出偶然波动的界限（99.8%）、高于总体的1个，低于总体的2个；其余1个与总体的差别可能出于偶然。")
        assert "均在偶然波动的界限（99.8%）之内" in said(prose.outside_limits(units[1:2], "街道", "resolution_rate"))
        assert prose.outside_limits(units.head(0), "街道", "resolution_rate") == []

    def test_intervals_are_explained_where_a_unit_has_one(self):
        assert "不反映未接通、拒访和未表态者的意见" in said(prose.intervals(league(owner=["甲"], score=[80]), RANKINGS))
        assert prose.intervals(league(owner=["甲"], score=[80]).assign(score_error=None), RANKINGS) == []

    def test_the_on_time_rate_of_a_place_carries_its_interval(self):
        times = pd.DataFrame({"closed": [0], "due": [50], "on_time": [45], "on_time_rate": [0.9], "days_mean": [None],
                              "days_median": [None]})
        assert said(prose.timeliness(uncertainty.with_intervals(times, 0.95), "甲区的诉求")) == (
            "甲区的诉求按时办结率为90.00%（区间78.64%至95.65%）（以可判断是否按时的50件计）。")

    def test_rates_say_how_they_went_and_which_is_higher(self):
        whole = pd.DataFrame({"assessed": [100], "valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        rising = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "valid": 1000, "resolution_rate": [0.7, 0.8, 0.9],
                               "satisfaction_rate": [0.85, 0.9, 0.95]})
        assert said(prose.rates(whole, rising)) == (
            "群众诉求解决率为80.00%，满意率为90.00%。解决率由1月的70.00%逐月升至3月的90.00%，上升20.00个百分点；"
            "满意率由1月的85.00%逐月升至3月的95.00%，上升10.00个百分点，满意率各月均高于解决率。")
        mixed = rising.assign(resolution_rate=[0.7, 0.9, 0.6])
        assert ("解决率由1月的70.00%降至3月的60.00%，下降10.00个百分点；满意率由1月的85.00%逐月升至3月的95.00%，"
                in said(prose.rates(whole, mixed)))
        back = rising.assign(resolution_rate=[0.7, 0.6, 0.7])
        assert "解决率3月与1月持平，均为70.00%" in said(prose.rates(whole, back))
        level = rising.assign(resolution_rate=0.7, satisfaction_rate=0.7)
        assert "解决率各月均为70.00%；满意率各月均为70.00%，全期满意率高于解决率。" in said(prose.rates(whole, level))
        assert prose.rates(whole.assign(valid=0), rising) == []

    def test_rates_are_compared_in_percentage_points(self):
        whole = pd.DataFrame({"assessed": [100], "valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        whole = whole.assign(valid=1000, assessed=1000)
        before = whole.assign(resolution_rate=0.75, satisfaction_rate=0.925)
        assert said(prose.rates(trends.rate_differences(whole, before), whole.head(0), "同比")) == (
            "群众诉求解决率为80.00%，同比上升5.00个百分点；满意率为90.00%，同比下降2.50个百分点。")
        few = trends.rate_differences(whole.assign(valid=100, assessed=100), before.assign(valid=100))
        assert said(prose.rates(few, whole.head(0), "同比")) == (
            "群众诉求解决率为80.00%，同比基本持平（差异在抽样误差之内）；满意率为90.00%，同比基本持平（差异在抽样误差之内）。")
        unknown = before.assign(resolution_rate=None, satisfaction_rate=None)
        assert "个百分点" not in said(prose.rates(trends.rate_differences(whole, unknown), whole.head(0), "同比"))

    @pytest.mark.parametrize(("assessed", "valid", "rates", "words"), [
        (10_000, 7110, (0.8350, 0.9), "有效回访占考核量的71.10%；未表态者全部计入未解决、不满意或全部计入解决、满意时，"
                                      "解决率在59.37%至88.27%之间，满意率在63.99%至92.89%之间。"),
        (100, 100, (0.8, 0.9), ""), (100, 120, (0.8, 0.9), ""), (None, 100, (0.8, 0.9), "")])
    def test_rates_say_what_those_without_an_answer_could_have_said(self, assessed, valid, rates, words):
        """Beijing's report of 2020, table 21: 83.50 % of the 71.10 % who answered."""
        whole = pd.DataFrame({"assessed": pd.array([assessed], "Int64"), "valid": [valid], "resolution_rate": rates[0],
                              "satisfaction_rate": rates[1]})
        for sentences in (prose.outcome(whole), prose.rates(whole, whole.head(0).assign(year=0, month=0))):
            assert said(sentences[1:]) == words

    def test_bounds_are_hidden_with_the_count_that_they_are_computed_from(self):
        whole = pd.DataFrame({"assessed": [40], "valid": [3], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        numbers = [part for part in prose.outcome(whole)[1].parts if not isinstance(part, str)]
        assert [number.least for number in numbers] == [3] * 5

    def test_a_size_is_hidden_with_the_smaller_of_its_two_months(self):
        monthly = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "valid": [40, 500, 900], "resolution_rate": [0.1, 0.5, 0.9],
                                "satisfaction_rate": 0.5})
        whole = pd.DataFrame({"assessed": [1440], "valid": [1440], "resolution_rate": [0.7], "satisfaction_rate": [0.5]})
        sizes = [part for part in prose.rates(whole, monthly)[1].parts if getattr(part, "kind", "") == "points"]
        assert [number.least for number in sizes] == [40]

    def test_months_whose_difference_chance_explains_neither_rise_nor_fall(self):
        whole = pd.DataFrame({"assessed": [300], "valid": [300], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        monthly = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "valid": 100, "resolution_rate": [0.75, 0.8, 0.85],
                                "satisfaction_rate": [0.8, 0.85, 0.95]})
        assert said(prose.rates(whole, monthly)) == (
            "群众诉求解决率为80.00%，满意率为90.00%。解决率3月（85.00%）与1月（75.00%）基本持平（差异在抽样误差之内）；"
            "满意率由1月的80.00%逐月升至3月的95.00%，上升15.00个百分点，满意率各月均高于解决率。")
        assert "解决率由1月的75.00%逐月升至3月的85.00%，上升10.00个百分点" in said(prose.rates(whole, monthly, level=0.9))

    @pytest.mark.parametrize(("rates", "words"), [
        ([*USUAL, 0.60, *USUAL * 2], "解决率低于下限的有5月（60.00%）"),
        ([*USUAL, 0.95, *USUAL * 2], "解决率高于上限的有5月（95.00%）"),
        ([*USUAL, 0.10, *USUAL * 2], "解决率低于下限的有5月（10.00%）"), ([*USUAL, 0.82, *USUAL * 2], ""),
        ([0.80, 0.81, 0.80, 0.60, 0.81], ""),
        ([0.8] * 7, ""), ([0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95], ""), ([0.8] * 6 + [0.9] * 6, "")])
    def test_months_beyond_the_limits_of_a_control_chart_are_named(self, rates, words):
        monthly = pd.DataFrame({"year": 2020, "month": range(1, len(rates) + 1), "valid": 5000, "resolution_rate": rates,
                                "satisfaction_rate": 0.9})
        whole = pd.DataFrame({"assessed": [100], "valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        expected = f"按各月平均值及逐月波动的界限（控制图），{words}，超出各月之间通常的波动。" if words else ""
        assert said([s for s in prose.rates(whole, monthly) if "控制图" in s.parts[0]]) == expected
        gone = monthly.assign(covered=[month != 5 for month in monthly["month"]])
        assert said(prose.rates(whole, gone)[2:]) == ""

    def test_an_outcome_says_of_how_many(self):
        whole = pd.DataFrame({"assessed": [100], "valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
        assert said(prose.outcome(whole)) == "在100件有效回访中，解决率为80.00%，满意率为90.00%。"
        assert prose.outcome(whole.assign(valid=0)) == []

    def test_the_funnel_leaves_out_the_steps_that_an_export_does_not_hold(self):
        steps = pd.DataFrame({"dispatched": [100], "excluded": [20], "assessed": [80], "reached": [70], "valid": [50]})
        assert said(prose.funnel(steps, "2020年")) == (
            "2020年办理的100件群众诉求中，除去按规则不纳入考核的20件，对80件进行考核，电话回访接通70件，"
            "有效回访（对诉求是否解决、是否满意均明确表示意见）50件。")
        bare = steps.assign(dispatched=None, excluded=0, reached=0, valid=0)
        assert said(prose.funnel(bare, "2020年")) == "2020年办理的群众诉求中，对80件进行考核。"
        assert prose.funnel(steps.assign(assessed=0), "2020年") == []

    def test_days_and_on_time_are_said_as_far_as_they_are_known(self):
        times = pd.DataFrame({"closed": [8], "due": [10], "on_time": [9], "on_time_rate": [0.9], "days_mean": [5.1],
                              "days_median": [4.0]})
        assert said(prose.timeliness(times, "诉求")) == (
            "诉求按时办结率为90.00%（以可判断是否按时的10件计）；平均办理5.1天，办理天数中位数为4.0天（以有办结时间的8件计）。")
        assert said(prose.timeliness(times.assign(closed=10), "诉求")).endswith("为4.0天（均以有办结时间和办理时限的10件计）。")
        bare = times.assign(closed=0, days_mean=None, days_median=None)
        assert said(prose.timeliness(bare, "诉求")) == "诉求按时办结率为90.00%（以可判断是否按时的10件计）。"
        assert prose.timeliness(bare.assign(due=0, on_time_rate=None), "诉求") == []


RANKINGS = editions.read("beijing", 2020).rankings


def league(half=5.0, error=3.0, **columns):
    """Units as `league_table` returns them: scores with intervals of `half` on either side, ranks with an interval each."""
    frame = pd.DataFrame(columns)
    scores = frame["score"].astype("float64")
    ranks = {"score_rank": frame["score_rank"].astype("Int64")} if "score_rank" in frame else {}
    return frame.assign(score=scores, score_lower=scores - half, score_upper=scores + half, score_error=error, rank_lower=1,
                        rank_upper=3, set_rank_lower=1, set_rank_upper=4, **ranks)


HOSTILE = ["东城区", "{0}", "{{7*7}}", "{tickets}", "%s", "%(a)d", "=1+1", "甲、乙", "丙，丁。", "<b>2</b>", "“引”", "住房类",
           "小区问题", "1号"]
OPENINGS = ["", "2020年，", "从各月看，", "2020年第3季度{0}的"]
NAMES = st.sampled_from([*HOSTILE, None])
COUNTS = st.one_of(st.integers(0, 12), st.sampled_from([9_999, 10_000, 99_999, 100_000]), st.integers(0, 10**9))
BASES = st.one_of(st.none(), COUNTS)
RATES = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1))
TEXT = st.sampled_from(OPENINGS)
COMPARISON = st.sampled_from(["同比", "环比", "较2019年第三季度"])
FEW = st.integers(1, 5)
SIZES = st.sampled_from([OF_ANY, editions.ChangeRules()])


def volumes(by, names=NAMES, least=0, size=8):
    rows = st.lists(st.tuples(names, COUNTS, BASES), max_size=size, min_size=least, unique_by=lambda row: row[0])
    return rows.map(lambda rows: volume(by, sorted(rows, key=lambda row: (row[0] is None, -row[1]))))


@st.composite
def calendars(draw, by=None):
    first = draw(st.integers(2019 * 12, 2020 * 12))
    counts = draw(st.lists(st.one_of(COUNTS, st.none()) if draw(st.booleans()) else st.integers(1, 9), min_size=1, max_size=14))
    months = pd.DataFrame({"year": [(first + n) // 12 for n in range(len(counts))],
                           "month": [(first + n) % 12 + 1 for n in range(len(counts))], "tickets": counts})
    return months.assign(**{by: draw(NAMES)}) if by else months


@st.composite
def outcomes(draw, rows=1, points=False):
    valid = draw(st.lists(COUNTS, min_size=rows, max_size=14 if rows > 1 else 1))
    frame = pd.DataFrame({"year": 2020, "month": range(1, len(valid) + 1), "assessed": draw(BASES), "valid": valid})
    for rate in ("resolution_rate", "satisfaction_rate"):
        known = draw(st.lists(RATES, min_size=len(valid), max_size=len(valid)))
        frame[rate] = [one if count else None for one, count in zip(known, valid, strict=True)]
        if points:
            frame[f"{rate}_points"] = draw(st.one_of(st.none(), st.floats(-1, 1)))
            frame[f"{rate}_chance"] = draw(st.booleans())
    return frame


def one_row(**columns):
    return st.fixed_dictionaries(columns).map(lambda row: pd.DataFrame([row]))


def whole(counts=COUNTS):
    return st.tuples(counts, BASES).map(lambda row: volume("kind", [("all", *row)]))


def scores(**more):
    row = st.fixed_dictionaries({"owner": st.sampled_from(HOSTILE), "score": st.one_of(st.none(), st.integers(0, 100)), **more})
    return st.lists(row, max_size=6, unique_by=lambda row: row["owner"]).map(
        lambda rows: pd.DataFrame(rows, columns=["owner", "score", *more]))


DAYS = st.floats(0, 400)
TIMES = st.tuples(COUNTS, COUNTS, RATES, DAYS, DAYS).map(lambda row: pd.DataFrame([{  # null where there is nothing to divide by
    "closed": row[0], "due": row[1], "on_time_rate": row[2] if row[1] else None, "days_mean": row[3] if row[0] else None,
    "days_median": row[4] if row[0] else None}]))
def spent(column):
    """Answers of `analysis.backlog.spent`: null where none is known."""
    return st.tuples(COUNTS, st.integers(0, 99), st.integers(0, 999)).map(lambda row: pd.DataFrame([{
        "closed": row[0], f"{column}_median": row[1] if row[0] else None, f"{column}_p90": row[1] + row[2] if row[0] else None}]))


STEPS = one_row(dispatched=BASES, excluded=COUNTS, assessed=COUNTS, reached=BASES, valid=COUNTS)
BANDS = st.sampled_from(["surely", "possibly", "not", None])
RANKED = scores(score_rank=st.one_of(st.none(), st.integers(1, 3)), band=BANDS).map(lambda frame: league(**frame))
SCORED = scores(valid=st.integers(0, 60), scored_months=st.integers(0, 12)).map(lambda frame: league(**frame))
LISTS = {"rules": st.just(RANKINGS), "whom": st.just("企业")}
POINTS = st.lists(st.sampled_from(["above", "below", "within"]), max_size=5).map(lambda rows: pd.DataFrame({"signal": rows}))
LEVELS = volumes("owner_level", st.sampled_from(["district_department", "subdistrict", None]))
ZONED = st.lists(st.tuples(st.sampled_from(HOSTILE), st.sampled_from(["district_department", "subdistrict", None]), COUNTS),
                 max_size=6, unique_by=lambda row: row[:2]).map(
    lambda rows: pd.DataFrame(rows, columns=["zone", "owner_level", "tickets"]))
ZONES = {"volumes": volumes("zone"), "levels": ZONED, "whole": st.just("各区办理量")}
MEMBERS = st.lists(st.sampled_from(HOSTILE), max_size=3)
PARTS = st.lists(calendars("subcategory"), min_size=1, max_size=3, unique_by=lambda rows: rows["subcategory"][0]).map(
    lambda frames: pd.concat(frames, ignore_index=True))
LACKING = st.lists(st.tuples(st.sampled_from(["covered", "partly", "absent"]), st.one_of(st.none(), st.floats(0, 1))),
                   min_size=1, max_size=12).map(lambda rows: pd.DataFrame(rows, columns=["coverage", "timed_share"]).assign(
                       year=2020, month=range(1, len(rows) + 1)).astype({"timed_share": "float64"}))
NAMED_CATEGORIES = st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=5, unique=True).map(tuple)


def ranges():
    """Rows with a change within limits, as `unclassified.bounded` returns them."""
    row = st.tuples(st.floats(-1, 9), st.floats(-1, 9)).map(lambda ends: (min(ends), max(ends)))
    return st.lists(row, max_size=3).map(lambda rows: pd.DataFrame(rows, columns=["low_change", "high_change"]))


ARGUMENTS = {  # of every public function: the odd inputs that it must bear
    "total": {"calls": whole(), "opening": TEXT, "comparison": COMPARISON},
    "within": {"calls": whole(COUNTS.filter(bool)), "period": st.just("2020年")},
    "shares": {
        "shares": volumes("kind"),
        "by": st.just("kind"),
        "opening": TEXT,
        "verb": st.sampled_from(["", "的"]),
        "unnamed": st.sampled_from(["", "不详的"]),
    },
    "row_sentence": {
        "volumes": volumes("kind"),
        "by": st.just("kind"),
        "name": st.sampled_from(HOSTILE),
        "template": st.just("收到{tickets}、占比{share}{change}。"),
        "comparison": COMPARISON,
    },
    "row_sentences": {
        "volumes": volumes("tag"),
        "by": st.just("tag"),
        "template": st.just("{name}{tickets}、占比{share}{change}。"),
        "comparison": COMPARISON,
        "only": st.one_of(st.none(), MEMBERS),
    },
    "in_order": {"volumes": volumes("category"), "by": st.just("category"), "opening": TEXT, "n": FEW, "least": FEW},
    "top_with_counts": {"volumes": volumes("owner"), "by": st.just("owner"), "opening": st.just("办理量"),
                        "what": st.just("单位"), "n": FEW, "least": FEW},
    "busiest": {
        "volumes": st.tuples(volumes("district"), volumes("owner")).map(
            lambda pair: {"区": (pair[0], "district"), "企业": (pair[1], "owner")}
        ),
        "opening": st.just("办理"),
    },
    "category": {
        "volume": volumes("category"),
        "subcategories": volumes("subcategory"),
        "name": st.sampled_from(HOSTILE),
        "comparison": COMPARISON,
        "listed_from": st.integers(1, 10**6),
        "least": st.integers(1, 60),
    },
    "unclassified": {"moved": st.one_of(st.none(), st.builds(Shares, RATES, RATES)), "base": st.just("2019年"),
                     "period": st.just("2020年"), "changes": ranges()},
    "coverage": {"months": LACKING, "account": st.one_of(st.none(), COUNTS.map(lambda rows: {"read": rows})),
                 "period": st.just("2020年")},
    "renamed": {"breaks": st.lists(st.builds(soundness.Break, st.just((2020, 4)), NAMED_CATEGORIES, NAMED_CATEGORIES),
                                   max_size=1)},
    "untimed": {"months": LACKING, "filled": st.floats(0, 1)},
    "topics": {"volumes": volumes("topic"), "n": FEW},
    "months": {"monthly": calendars(), "opening": TEXT, "noun": st.just("办理量"), "sizes": SIZES},
    "trend": {"monthly": calendars(), "sizes": SIZES},
    "peaks": {"monthly": PARTS, "by": st.just("subcategory"), "n": FEW, "sizes": SIZES},
    "surges": {"monthly": PARTS, "by": st.just("subcategory"), "n": FEW, "sizes": SIZES},
    "district": {
        "volume": volumes("district"),
        "levels": LEVELS,
        "name": st.sampled_from(HOSTILE),
        "opening": TEXT,
        "whole": st.just("各区办理量"),
        "comparison": COMPARISON,
    },
    "districts": {
        "whole": whole(),
        "volumes": volumes("district"),
        "comparison": COMPARISON,
        "level": st.just("区"),
    },
    "zone": {**ZONES, "name": st.sampled_from(HOSTILE), "members": MEMBERS},
    "zones": {**ZONES, "members": st.dictionaries(st.sampled_from(HOSTILE), MEMBERS, max_size=3)},
    "funnel": {"steps": STEPS, "period": st.just("2020年")},
    "rates": {"whole": outcomes(points=True), "monthly": outcomes(rows=2), "comparison": COMPARISON},
    "outcome": {"whole": outcomes()},
    "improvement": {
        "scores": SCORED,
        "earlier": SCORED,
        "unit": st.just(["owner"]),
        "base": st.just("2019年"),
        **LISTS,
    },
    "among_first": {"ranked": RANKED, "by": st.just("owner"), "k": FEW, **LISTS},
    "among_first_within": {"ranked": RANKED, "place": st.just("区"), "k": FEW, **LISTS},
    "intervals": {"units": SCORED, "rules": st.just(RANKINGS)},
    "outside_limits": {"units": POINTS, "whom": st.just("街道"), "rate": st.just("resolution_rate")},
    "speed": {"hours": spent("hours"), "days": spent("days")},
    "others": {"rest": volumes("district"), "level": st.just("区"), "least": st.integers(1, 100)},
    "timeliness": {"times": TIMES, "whose": st.just("诉求")},
    "podium": {"ranked": RANKED, "by": st.just("owner"), "opening": TEXT, "n": FEW},
    "eligibility": {
        "scores": SCORED,
        **LISTS,
    },
}
BROKEN = re.compile("|".join([
    r"nan|None|NaT|NaN|<NA>|inf", "万万", r"--|-\d|(?:上升|下降|提高|第)-", "无数据|无可比数据",
    r"(?:上升|下降)0\.00", r"[^\d]0件",
    "[，、；：。（]{2}|（[，、；）]|[，、；：]）", "(?:是|为|包括|仅有|涉及|在|与)[。，；、]",
    "为为|的的|均均|是是|其中其中|类类|问题问题|年年|月月"]))


def functions():
    modules = [amounts, backlog, coverage, months, outcome_sentences, places, ranks]
    return {name for module in modules for name, one in inspect.getmembers(module, inspect.isfunction)
            if one.__module__ == module.__name__ and not name.startswith("_")}


def test_every_function_of_prose_is_public_and_has_odd_inputs():
    assert functions() == set(prose.__all__) == set(ARGUMENTS)


def flat(told):
    if isinstance(told, tuple):
        return [Sentence((*told, "共有。"))]
    return [sentence for one in told for sentence in (one if isinstance(one, list) else [one])]


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_sentence_is_ever_broken(name, data):
    arguments = {key: data.draw(strategy, label=key) for key, strategy in ARGUMENTS[name].items()}
    given_words = sorted([*HOSTILE, *OPENINGS[1:], "2020年", "2019年", "较2019年第三季度"], key=len, reverse=True)
    for sentence in flat(getattr(prose, name)(**arguments)):
        printed = sentence.printed(NUMBERS)
        typed = "".join(part if isinstance(part, str) else "" for part in sentence.parts)
        for text in given_words:
            printed = printed.replace(text, "某")
            typed = typed.replace(text, "某")
        assert not BROKEN.search(printed), printed
        assert printed.endswith("。"), printed
        assert printed.count("。") == 1, printed
        assert not re.search(r"\d", typed), f"a number is typed in: {typed}"


@settings(max_examples=50, deadline=None)
@given(frame=calendars())
def test_every_number_of_the_months_remembers_its_cell_or_its_smallest_count(frame):
    frame.attrs = {"table": "calls", "period": "2020"}
    for sentence in prose.months(frame, "", "来电"):
        numbers = [part for part in sentence.parts if not isinstance(part, str)]
        for number in (number for number in numbers if number.kind not in ("plain", "text", "threshold")):
            assert number.table == "calls"
            if number.column in ("tickets_change", "tickets_mean") or not number.where:  # computed from several months
                assert number.least in [*frame["tickets"], number.value]
                continue
            row = frame[(frame["year"] == number.where["year"]) & (frame["month"] == number.where["month"])]
            assert row[number.column].item() == number.value


class TestCoverage:
    def lacking(self, rows=None, **coverage):
        months = pd.DataFrame({"year": 2020, "month": range(1, 13), "coverage": "covered"})
        for word, named in coverage.items():
            months.loc[months["month"].isin(named), "coverage"] = word
        return said(prose.coverage(months, rows and {"read": rows}, "2020年"))

    def test_nothing_is_stated_of_months_that_are_covered(self):
        assert self.lacking() == ""

    def test_every_month_that_is_not_covered_is_named_once(self):
        assert self.lacking(partly=[2, 3, 6, 7, 8, 12], absent=[1, 4, 5, 10]) == (
            "2020年的数据只是片段：2月、3月、6月至8月、12月不完整，1月、4月、5月、10月没有记录。"
            "上述月份不参加各月比较，涉及这些月份的增减不作计算。")
        assert self.lacking(absent=[1]).startswith("2020年的数据中，1月没有记录。")

    @pytest.mark.parametrize(("rows", "words"), [
        (10000, "所据导出数据恰为10000行，应视为抽取的样本，件数不等于全部受理量。"), (1000, "所据导出数据恰为1000行"),
        (999, ""), (1500, ""), (0, "")])
    def test_an_export_of_a_round_number_of_rows_is_a_sample(self, rows, words):
        found = self.lacking(rows)
        assert found.startswith(words)
        assert bool(found) == bool(words)

    @pytest.mark.parametrize(("shares", "words"), [
        ([1.0, 0.5, None], ""), ([0.49, 1.0, None], "1月的来电大多只记日期、不记时刻，不计入时段分布。"),
        ([0.0, 0.1, None], "来电大多只记日期、不记时刻，不分析时段分布。")])
    def test_months_without_times_are_named_once(self, shares, words):
        months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "timed_share": shares})
        assert said(prose.untimed(months, 0.5)) == words


    def test_renamed_categories_are_named_with_the_month(self):
        broken = soundness.Break((2020, 4), ("运行维护",), ("水环境维护", "水利工程运行维护", "工程建设", "排水类"))
        assert said(prose.renamed([broken])) == (
            "问题类别的名称自2020年4月起有改变，运行维护不再使用，水环境维护、水利工程运行维护、工程建设等4类为新设，改变前后不比较这些类别。")
        assert prose.renamed([]) == []


class TestTooFewAnswers:
    def test_rates_give_the_number_of_answers_alone(self):
        whole = pd.DataFrame({"valid": [29], "resolution_rate": [None], "satisfaction_rate": [None]})
        words = "有效回访仅29件，不计算解决率和满意率。"
        assert said(prose.outcome(whole)) == said(prose.rates(whole, whole.assign(year=2020, month=1))) == words
        assert prose.outcome(whole.assign(valid=0)) == []

    def test_days_and_on_time_rate_give_the_number_of_tickets_alone(self):
        times = pd.DataFrame({"closed": [2], "due": [40], "on_time_rate": [0.5], "days_mean": [None], "days_median": [None]})
        assert said(prose.timeliness(times, "甲区的诉求")) == (
            "甲区的诉求按时办结率为50.00%（以可判断是否按时的40件计）；有办结时间的仅2件。")
        assert said(prose.timeliness(times.assign(due=1, closed=0, on_time_rate=None), "甲区的诉求")) == (
            "甲区的诉求可判断是否按时的仅1件。")

    def test_months_without_a_rate_or_not_covered_have_no_course(self):
        monthly = pd.DataFrame({"year": 2020, "month": range(1, 6), "valid": 400, "resolution_rate": [0.9, 0.5, 0.6, 0.7, None],
                                "satisfaction_rate": [0.9, 0.5, 0.6, 0.7, None], "covered": [False, True, True, True, True]})
        whole = pd.DataFrame({"assessed": [2000], "valid": [2000], "resolution_rate": [0.6], "satisfaction_rate": [0.6]})
        assert "解决率由2月的50.00%逐月升至4月的70.00%" in said(prose.rates(whole, monthly))


def test_no_district_is_first_or_last_where_the_change_of_one_is_not_stated():
    rows = pd.DataFrame({"district": ["甲区", "乙区", "丙区"], "tickets": [3, 4, 5], "tickets_before": [2, 2, 2],
                         "tickets_change": [0.5, 1.0, 1.5]})
    assert len(places._growth(rows, "同比", "区")) == 1
    assert places._growth(rows.assign(tickets_change=[0.5, 1.0, None]), "同比", "区") == []
    new = rows.assign(tickets_change=[0.5, 1.0, None], tickets_before=[2, 2, 0])
    assert len(places._growth(new, "同比", "区")) == 1


def test_the_rates_of_a_real_export_are_bounded(real_data, tmp_path):
    """Of water 2020 under four in ten of the assessed gave a valid answer; the bounds are those of its chapter on quality."""
    with inside(tmp_path):
        file = real_data / "beijing-water-2020/export-2020.xlsx"
        assert ingest.main([str(file), "--city", "beijing-water", "--year", "2020"]) == 0
        chapter = chapters.open("beijing-water", 2020)
        whole = chapter.ask(measures.rates(chapter.cube.outcomes, chapter.period, chapter.edition.assessment.answers))
    assert "解决率为92.10%" in said(prose.outcome(whole))
    assert "解决率在33.71%至97.11%之间" in said(prose.outcome(whole))
