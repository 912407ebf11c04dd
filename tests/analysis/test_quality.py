"""Whether to trust a year: what tickets do not say, in numbers and in words."""

import ibis
import pandas as pd
import pytest

from helpers.analysis import quality
from helpers.cube.cube import Cube
from helpers.ingest import ingest
from helpers.settings import editions, labels, paths, periods
from helpers.tickets import schema
from helpers.writing import quality_notes

YEAR = periods.parse("year", 2020)
BASE = YEAR.back(12)
EDITION = editions.read("beijing", 2020)
NUMBERS = EDITION.numbers
ANSWERS = editions.AnswerWeights(resolved={"resolved": 1, "partly": 0.5, "unresolved": 0},
                           satisfied={"satisfied": 1, "basically": 0.9, "dissatisfied": 0.2}, source="assumed")
COLUMNS = {"channels": ["channel"], "calls": ["category", "subcategory", "topic"],
           "areas": ["district", "subdistrict"], "owners": ["owner_level", "owner"]}
UNIT = ["assessed", "reached", "contacted", "contact_known", "valid", "resolved", "partly", "unresolved", "satisfied",
        "basically", "dissatisfied"]


def table(columns, *rows, whole=("tickets",)):
    """A table of the cube from rows of dimensions, year, month and counts."""
    schema = columns | {"year": "int32", "month": "int32"} | dict.fromkeys(whole, "int64")
    return ibis.memtable([dict(zip(schema, row, strict=True)) for row in rows], schema=schema)


def cube(**rows):
    """A cube whose tables hold these rows, the others none."""
    held = {name: table(dict.fromkeys(columns, "string"), *rows.get(name, [])) for name, columns in COLUMNS.items()}
    others = {name: None for name, kind in Cube.__annotations__.items() if kind is ibis.Table and name not in held}
    return Cube(**held, **others, data="export", source="by hand", years=(2019, 2020))


def answer(question):
    return [tuple(row.values()) for row in question.to_pyarrow().to_pylist()]


def printed(sentences):
    return "".join(one.printed(NUMBERS) for one in sentences)


def coverage(*rows):
    return table({"column": "string"}, *rows, whole=("tickets", "known"))


class TestCompleteness:
    ROWS = [("category", 2020, 2, 6, 3), ("ticket_id", 2020, 2, 6, 6), ("category", 2020, 1, 4, 4), ("resolved", 2020, 1, 0, 0),
            ("ticket_id", 2020, 1, 4, 4), ("topic", 2020, 1, 4, 0), ("exclusion", 2020, 1, 4, 1), ("tags", 2020, 1, 4, 1),
            ("category", 2019, 12, 9, 1), ("topic", 2020, 2, 6, 0)]

    def test_columns_stand_in_the_order_of_a_ticket_and_those_that_may_be_blank_do_not(self):
        assert answer(quality.completeness(coverage(*self.ROWS), YEAR)) == [
            ("ticket_id", 10, 10, 1.0), ("category", 10, 7, 0.7), ("topic", 10, 0, 0.0), ("resolved", 0, 0, None)]

    def test_gaps_are_the_months_of_columns_that_are_known_in_part(self):
        assert answer(quality.gaps(coverage(*self.ROWS), YEAR)) == [
            ("category", 2020, 1, 4, 4, 1.0), ("category", 2020, 2, 6, 3, 0.5)]

    def test_a_column_that_is_as_good_as_whole_in_every_month_has_no_gap(self):
        monthly = coverage(("kind", 2020, 1, 100, 99), ("kind", 2020, 2, 100, 100), ("owner", 2020, 1, 100, 98),
                           ("owner", 2020, 2, 0, 0))
        assert answer(quality.gaps(monthly, YEAR)) == [("owner", 2020, 1, 100, 98, 0.98), ("owner", 2020, 2, 0, 0, None)]

    def test_they_are_counted_in_words_and_those_without_content_named(self):
        complete = quality.completeness(coverage(*self.ROWS), YEAR).to_pandas()
        assert printed(quality_notes.columns(complete)) == (
            "4个字段中，1个填写完整，1个部分填写，2个未填写（具体事项、解决）。")
        assert printed(quality_notes.columns(complete[complete["known"] > 0])) == "2个字段中，1个填写完整，1个部分填写。"


class TestMonths:
    def months(self, *counts):
        channels = table({"channel": "string"}, *((None, 2020, month, tickets) for month, tickets in counts))
        return quality.months(channels, periods.parse("H1", 2020))

    def test_a_month_is_uneven_from_half_the_usual_one_down_and_twice_it_up(self):
        rows = answer(self.months((1, 50), (2, 51), (3, 100), (4, 199), (5, 200)).select("month", "usual_share", "uneven"))
        assert rows == [(1, 0.5, True), (2, 0.51, False), (3, 1.0, False), (4, 1.99, False), (5, 2.0, True), (6, 0.0, True)]

    def test_months_are_compared_with_those_that_are_covered(self):
        monthly = self.months((1, 5), (2, 6), (3, 7), (4, 100), (5, 110), (6, 300)).to_pandas()
        found = quality.against_covered(monthly.assign(covered=[False] * 3 + [True] * 3))
        assert found["uneven"].tolist() == [True, True, True, False, False, True]
        assert quality.against_covered(monthly.assign(covered=False))["uneven"].equals(monthly["uneven"])

    def test_months_without_tickets_are_named_and_do_not_make_the_usual_one(self):
        said = printed(quality_notes.months(self.months((1, 3), (2, 4), (3, 1)).to_pandas()))
        assert said == "没有工单的月份：4月、5月、6月。与各月中位数相差悬殊的月份：3月（1件）。"
        assert printed(quality_notes.months(self.months(*((month, 7) for month in range(1, 7))).to_pandas())) == "各月无异常。"


def categories(*rows):
    return cube(calls=[(name, None, None, year, 1, tickets) for name, year, tickets in rows])


class TestBreaks:
    def test_a_share_that_doubled_or_halved_is_a_break_and_growth_of_the_whole_is_none(self):
        asked = categories(("甲", 2019, 30), ("乙", 2019, 10), ("丙", 2019, 60), ("甲", 2020, 150), ("乙", 2020, 200),
                           ("丙", 2020, 650))
        assert answer(quality.share_shifts(asked, YEAR, BASE)) == [
            ("category", "甲", 150, 30, 4.0, 0.15, 0.3), ("category", "乙", 200, 10, 19.0, 0.2, 0.1)]

    def test_what_is_new_gone_or_unknown_can_be_a_break(self):
        asked = categories(("旧", 2019, 40), (None, 2019, 10), ("同", 2019, 50), ("新", 2020, 10), (None, 2020, 40),
                           ("同", 2020, 50))
        assert [row[1:5] for row in answer(quality.share_shifts(asked, YEAR, BASE))] == [
            ("旧", 0, 40, -1.0), (None, 40, 10, 3.0), ("新", 10, 0, None)]

    def test_what_is_small_in_both_periods_is_none(self):
        small = [("甲", 2019, 1), ("乙", 2019, 999), ("甲", 2020, 9), ("乙", 2020, 991)]
        assert answer(quality.share_shifts(categories(*small), YEAR, BASE)) == []
        assert answer(quality.share_shifts(categories(*small[:2], ("甲", 2020, 10), ("乙", 2020, 990)), YEAR, BASE))[0][1] == "甲"

    def test_months_are_compared_in_their_order_and_districts_by_what_they_handled(self):
        channels = [(None, 2019, 11, 10), (None, 2019, 12, 90), (None, 2020, 1, 60), (None, 2020, 2, 40)]
        areas = [("东城区", None, 2019, 12, 5), ("西城区", None, 2019, 12, 5), ("东城区", None, 2020, 1, 5)]
        span = periods.parse("M01..M02", 2020)
        rows = answer(quality.share_shifts(cube(channels=channels, areas=areas), span, span.back(2)))
        assert [row[:4] for row in rows] == [("month", "1", 60, 10), ("month", "2", 40, 90), ("district", "东城区", 5, 5),
                                            ("district", "西城区", 0, 5)]

    def test_without_tickets_of_the_base_there_is_no_break(self):
        assert answer(quality.share_shifts(categories(("甲", 2020, 10)), YEAR, BASE)) == []

    def test_they_are_counted_in_words_with_the_largest(self):
        asked = categories((None, 2019, 80), ("甲", 2019, 20), (None, 2020, 30), ("甲", 2020, 70))
        breaks = quality.share_shifts(asked, YEAR, BASE).to_pandas()
        assert printed(quality_notes.compared(breaks, "2019年", True)) == (
            "与2019年相比，占比成倍变化的有类别2个；为甲，占比由20.00%变为70.00%。")
        assert quality_notes.named(breaks)["name"].tolist() == ["未分类", "甲"]
        assert printed(quality_notes.compared(breaks.head(0), "2019年", True)).endswith("没有占比成倍变化的月份、类别或区。")
        assert printed(quality_notes.compared(breaks, "2019年", False)) == "没有2019年的工单，不能与之比较。"


class TestDispatching:
    ROWS = [(1, 0, 2020, 1, 70), (1, 1, 2020, 2, 10), (None, -1, 2020, 2, 5), (1, 8, 2020, 2, 5), (1, None, 2020, 2, 4),
            (1, 7, 2020, 3, 10), (3, 9, 2020, 3, 2), (2, 0, 2020, 3, 4), (2, 0, 2019, 3, 90)]

    def dispatching(self):
        return table({"dispatches": "int32", "days": "int32"}, *self.ROWS)

    def test_repeats_are_tickets_dispatched_more_than_once(self):
        assert answer(quality.repeats(self.dispatching(), YEAR)) == [(2, 4, 4 / 110), (3, 2, 2 / 110)]
        repeated = quality.repeats(self.dispatching(), YEAR).to_pandas()
        assert printed(quality_notes.repeats(repeated)) == "派单两次及以上的工单6件，再次派单共8次。"
        assert printed(quality_notes.repeats(repeated.head(0))) == "没有派单两次及以上的工单。"

    def test_lags_are_those_of_tickets_dispatched_once_with_both_times(self):
        assert answer(quality.lags(self.dispatching(), YEAR)) == [
            ("earlier", 5, 0.05), ("same_day", 70, 0.7), ("next_day", 10, 0.1), ("within_week", 10, 0.1), ("later", 5, 0.05)]

    def test_a_dispatch_before_the_receipt_is_said(self):
        lags = quality.lags(self.dispatching(), YEAR).to_pandas()
        assert printed(quality_notes.lags(lags)) == (
            "只派单一次且受理、派单时间齐全的工单中，受理当日派单的70件，占70.00%；派单早于受理的5件，占5.00%。")
        assert quality_notes.lags(lags.head(0)) == []


class TestMisfits:
    def test_names_that_fit_nowhere_are_counted_among_those_that_have_one(self):
        asked = cube(areas=[("东城区", "甲", 2020, 1, 6), ("朝阳县", None, 2020, 1, 2), (None, "乙", 2020, 1, 2),
                            (None, None, 2020, 1, 9)],
                     calls=[("教育", "入学", "积分", 2020, 1, 7), (None, "入学", None, 2020, 1, 1),
                            ("教育", None, "电梯", 2020, 1, 1)],
                     owners=[(None, "甲处", 2020, 1, 1), ("subdistrict", "乙处", 2020, 1, 3),
                             ("subdistrict", "乙处", 2019, 1, 3)])
        assert answer(quality.orphan_names(asked, YEAR, EDITION)) == [
            ("unlisted_district", 2, 0.25), ("subdistrict_without_district", 2, 0.25), ("subcategory_without_category", 1, 0.125),
            ("topic_without_subcategory", 1, 0.125), ("owner_without_level", 1, 0.25)]
        assert answer(quality.unlisted(asked.areas, YEAR, EDITION).select("district", "tickets")) == [("朝阳县", 2)]

    def test_a_district_that_only_a_zone_names_is_known_and_without_any_list_all_are(self):
        asked = cube(areas=[("北京经济技术开发区", None, 2020, 1, 1)])
        assert "北京经济技术开发区" not in EDITION.districts
        assert answer(quality.unlisted(asked.areas, YEAR, EDITION)) == []
        listless = EDITION.model_copy(update={"districts": [], "zones": None})
        asked = cube(areas=[("某区", None, 2020, 1, 1)])
        assert answer(quality.unlisted(asked.areas, YEAR, listless)) == []
        assert answer(quality.orphan_names(asked, YEAR, listless)) == []


class TestBounds:
    def outcomes(self, *counts):
        return table({}, *((2020, 1, *counts),), whole=UNIT)

    def test_those_who_did_not_answer_all_give_the_worst_or_the_best_answer(self):
        rows = answer(quality.bounds(self.outcomes(10, 8, 3, 4, 5, 3, 2, 0, 4, 0, 1), YEAR, ANSWERS))
        assert [row[:3] for row in rows] == [("contact_rate", 10, 4), ("resolution_rate", 10, 5), ("satisfaction_rate", 10, 5)]
        expected = [(0.3, 0.75, 0.9, 0.6), (0.4, 0.8, 0.9, 0.5), (0.52, 0.84, 0.92, 0.4)]  # 4.2 points, and 5 × 0.2 or 5 × 1
        for row, values in zip(rows, expected, strict=True):
            assert row[3:] == pytest.approx(values)

    def test_where_all_answered_the_bounds_meet(self):
        rows = answer(quality.bounds(self.outcomes(5, 5, 5, 5, 5, 5, 0, 0, 5, 0, 0), YEAR, ANSWERS))
        assert [row[3:] for row in rows] == [(1.0, 1.0, 1.0, 0.0)] * 3

    def test_a_rate_without_any_answer_has_no_row(self):
        assert answer(quality.bounds(self.outcomes(5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), YEAR, ANSWERS)) == []
        assert answer(quality.bounds(self.outcomes(*[0] * 11), YEAR, ANSWERS)) == []

    def test_they_are_said_with_the_printed_rate_between(self):
        bounds = quality.bounds(self.outcomes(10, 8, 3, 4, 5, 3, 2, 0, 4, 0, 1), YEAR, ANSWERS).to_pandas()
        assert "解决率为80.00%（纳入考核10件，其中表态明确5件），未表态者均按最差计为40.00%，均按最好计为90.00%" in (
            printed(quality_notes.bounds(bounds)))


ACCOUNT = {"read": 200, "accepted": 190, "quarantined": 4, "duplicates": 6,
           "reasons": {"received_at is blank": 3, "received_at lies in 2019": 1}, "nulled": {"closed_at cannot be read": 2}}


class TestAccount:
    def test_rows_and_causes_are_told_in_words(self):
        assert quality_notes.rows(ACCOUNT).to_dict("records")[2] == {"fate": "quarantined", "rows": 4, "row_share": 0.02}
        assert quality_notes.causes(ACCOUNT).values.tolist() == [
            ["quarantined", "“受理时间”为空", 3], ["quarantined", "“受理时间”在2019年", 1], ["not_kept", "“办结时间”无法识读", 2]]
        assert printed(quality_notes.reading(quality_notes.rows(ACCOUNT), "export")) == (
            "共读入200行，其中190行成为工单，4行隔离，6行为同一工单的重复行。")
        whole = quality_notes.rows(ACCOUNT | {"accepted": 200, "quarantined": 0, "duplicates": 0})
        assert printed(quality_notes.reading(whole, "export")) == "共读入200行，全部成为工单。"

    def test_simulated_tickets_and_those_without_an_account_are_said_to_have_none(self):
        assert quality_notes.rows(None).empty
        assert quality_notes.causes(None).empty
        assert "模拟" in printed(quality_notes.reading(quality_notes.rows(None), "simulated"))
        assert "没有留下记录" in printed(quality_notes.reading(quality_notes.rows(None), "export"))

    def test_every_reason_of_ingest_has_words(self, home):
        file, mapping = home / "a.csv", home / "own.yml"
        mapping.write_text("source: x\nformat: {encoding: utf-8}\ncolumns: {ticket_id: 号, received_at: 登记, closed_at: 办结, "
                           "latitude: 纬度, channel: {column: 来源, values: {电话: phone}}, assessment: {column: 考核, "
                           "values: {否: none}, default: full}, contacted: {column: 响应, values: {是: true}}}\n",
                           encoding="utf-8")
        file.write_bytes("号,登记,办结,纬度,来源,考核,响应\n1,2020-03-01,昨天,北,鸽,否,是\n2,,,,,,\n3,昨天,,,,,\n4,1900-01-01,,,,,\n"
                         "5,2020-01-01\n6,2020-01-02,2020-01-01,,,,\n1,2020-04-01,,,,,\n".encode() + b"7,2020-01-03,,,\xff,,\n")
        paths.edition("beijing-water", 2020).write_text(paths.edition("beijing-water", 2020).read_text(encoding="utf-8").replace(
            "quarantine_limit: 0.05", "quarantine_limit: 1"), encoding="utf-8")
        account = ingest.ingest([file], editions.read("beijing-water", 2020), mapping)
        kept = schema.ingest_counts(editions.read("beijing-water", 2020))
        assert kept | account.to_metadata() == kept
        assert (kept["read"], kept["accepted"], kept["quarantined"], kept["duplicates"]) == (8, 3, 4, 1)
        assert len(kept["reasons"]) + len(kept["nulled"]) >= 9
        causes = "".join(quality_notes.causes(kept)["cause"])
        assert not [letter for letter in causes if letter.isascii() and letter.isalpha()]


class TestVerdict:
    MONTHS = pd.DataFrame({"month": [1, 2], "tickets": [5, 5], "uneven": [False, False]})
    COMPLETE = pd.DataFrame({"column": ["category", "district", "closed_at"], "tickets": [10] * 3, "known": [10, 9, 0],
                             "known_share": [1.0, 0.9, 0.0]})
    BOUNDS = pd.DataFrame({"measure": ["resolution_rate", "satisfaction_rate"], "low_rate": [0.5, 0.8], "high_rate": [0.9, 0.85],
                           "between_share": [0.4, 0.05]})
    NONE = pd.DataFrame({"column": []})

    def judged(self, months=MONTHS, complete=COMPLETE, breaks=NONE, account=ACCOUNT, covered=True):
        rows = quality_notes.verdicts(months, complete, self.BOUNDS, breaks, quality_notes.rows(account), covered, NUMBERS)
        return rows.set_index("use")["verdict"].to_dict()

    @pytest.mark.parametrize(("tickets", "uneven", "words"), [
        ([5, 5], [False, False], "各月无异常"), ([5, 9], [False, True], "与各月中位数相差悬殊的月份1个"),
        ([5, 0], [False, True], "与各月中位数相差悬殊的月份1个，其中没有工单的1个")])
    def test_of_no_month_amiss_nothing_is_counted(self, tickets, uneven, words):
        months = pd.DataFrame({"month": [1, 2], "tickets": tickets, "uneven": uneven})
        rows = quality_notes.verdicts(months, self.COMPLETE, self.BOUNDS, self.NONE, quality_notes.rows(None), True, NUMBERS)
        assert rows["finding"].iloc[0] == words

    def test_each_use_is_judged_by_its_own_limit(self):
        assert self.judged() == {
            "volume": "usable", "reading": "careful", "categories": "usable", "districts": "usable", "times": "absent",
            "comparison": "usable", "resolution_rate": "careful", "satisfaction_rate": "usable"}

    def test_a_month_amiss_a_break_or_a_lower_share_call_for_care(self):
        assert self.judged(months=self.MONTHS.assign(uneven=[True, False]))["volume"] == "careful"
        assert self.judged(breaks=pd.DataFrame({"column": ["month"]}))["comparison"] == "careful"
        assert self.judged(complete=self.COMPLETE.assign(known_share=[0.89, 0.9, 0.0]))["categories"] == "careful"

    def test_what_the_tickets_do_not_hold_is_not_judged(self):
        assert self.judged(covered=False)["comparison"] == "absent"
        assert self.judged(account=None)["reading"] == "absent"

    def test_the_verdict_names_the_uses_by_what_may_be_made_of_them(self):
        judged = pd.DataFrame({"use": ["volume", "categories", "times"], "verdict": ["usable", "careful", "absent"]})
        total = pd.DataFrame({"tickets": [12000]})
        said = "可用：总量和各月数量；慎用：按类别的数字；不适用：办理天数。"
        assert printed(quality_notes.verdict(judged, total, "2020年", "export")) == f"2020年共有工单1.20万件。{said}"
        assert printed(quality_notes.verdict(judged, total, "2020年", "simulated")) == (
            f"2020年共有工单1.20万件。工单是模拟的，以下判断只演示方法，不说明真实情况。{said}")
        assert printed(quality_notes.verdict(judged, total.assign(tickets=0), "2020年", "export")) == "2020年没有工单。"

    def test_the_limits_that_are_printed_are_those_that_judge(self):
        said = printed(quality_notes.limits())
        assert "假定" in said
        shares = (quality.COMPLETE, quality.MIN_SHARE, quality_notes.FILLED, quality_notes.REFUSED)
        assert all(f"{share:.2%}" in said for share in shares)
        assert f"不超过{quality_notes.BETWEEN * 100:.0f}个百分点" in said


@pytest.mark.parametrize("column", schema.SCHEMA.names)
def test_a_column_as_a_value_has_the_columns_own_word(column):
    assert labels.value("column", column) == labels.column(column)
