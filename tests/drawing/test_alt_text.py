import pandas as pd
import pytest

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


FIVE = pd.DataFrame({"district": ["甲区", "乙区", "丙区", "丁区", "戊区", None], "tickets": [9, 300_000, 7, 8_000, 6, 5]})
NOTE = alt_text.TABLE


def months(*tickets, **more):
    return pd.DataFrame({"year": 2020, "month": range(1, len(tickets) + 1), "tickets": tickets, **more})


def test_few_values_are_all_there_and_refer_to_no_table():
    assert describe(label="district", value="tickets") == "朝阳区30000件、海淀区20件、未填写5件；合计30025件。"


def test_of_many_the_most_the_next_the_least_and_the_sum_are_named_in_one_unit_and_what_has_no_name_apart():
    assert describe(FIVE, label="district", value="tickets") == (
        "共6项，乙区30.0万件最多，其次为丁区0.8万件、甲区不足0.1万件，戊区不足0.1万件最少；未填写不足0.1万件；合计30.8万件。"
        f"{NOTE}")


def test_where_all_are_equal_there_are_no_extremes():
    assert describe(FIVE.assign(tickets=5), label="district", value="tickets") == "共6项，均为5件；合计30件。" + NOTE
    assert describe(months(5, 5, 5), value="tickets") == "共3个月，均为5件。" + NOTE


def test_what_is_missing_is_named():
    assert describe(label="district", value="ticket_density") == "朝阳区20.0件/万人、海淀区30.0件/万人；无数据：未填写。"
    assert describe(months(1, None, 3), value="tickets") == "1月1件（最低），3月升至3件（最高）；无数据：2月。" + NOTE


def test_months_that_are_not_covered_are_named_and_no_extremes():
    said = describe(months(1, 9, 3, covered=[True, False, True]), value="tickets")
    assert said == "1月1件（最低），3月升至3件（最高）；数据不全：2月。" + NOTE


def test_what_is_reckoned_per_head_or_is_a_rate_has_no_sum_and_is_high_or_low():
    frame = FIVE.assign(ticket_density=FIVE["tickets"].astype(float))
    said = describe(frame, label="district", value="ticket_density")
    assert "合计" not in said
    assert "乙区300000.0件/万人最高" in said


def test_two_peaks_are_two_peaks_and_no_decline():
    assert describe(months(50_000, 174_000, 120_000, 78_000, 199_000, 60_000, 31_000, 52_000, 42_000), value="tickets") == (
        "1月5.0万件，2月升至17.4万件，4月降至7.8万件，5月升至19.9万件（最高），7月降至3.1万件（最低），9月升至4.2万件。" + NOTE)


@pytest.mark.parametrize(("tickets", "course"), [
    ([10, 20, 19, 30], "1月10件（最低），4月升至30件（最高）"),
    ([10, 20, 30], "1月10件（最低），3月升至30件（最高）"),
    ([30, 10, 30], "1月30件（最高），2月降至10件（最低），3月升至30件"),
    ([5], "1月5件")])
def test_a_small_wave_is_no_turn(tickets, course):
    assert describe(months(*tickets), value="tickets") == f"{course}。{NOTE}"


def test_a_course_has_six_months_at_most_with_both_extremes():
    saw = [10, 90, 20, 80, 30, 99, 5, 70, 15, 85, 25, 60]
    said = describe(months(*saw), value="tickets")
    assert 2 < said.count("月") <= alt_text._TURNS
    assert {"6月升至99件（最高）", "7月降至5件（最低）"} <= set(said.replace("。", "，").split("，"))


def test_months_of_several_years_name_them():
    frame = months(1, 3).assign(year=[2019, 2020], month=[12, 1])
    assert describe(frame, value="tickets") == "2019年12月1件（最低），2020年1月升至3件（最高）。" + NOTE


def test_the_year_before_has_a_course_of_its_own_in_the_same_unit():
    said = describe(months(100_000, 200_000), value="tickets", earlier=months(20_000, 9_000), names=("2020年", "2019年"))
    assert said == ("2020年，1月10.0万件（最低），2月升至20.0万件（最高）。"
                    "2019年，1月2.0万件（最高），2月降至0.9万件（最低）。" + NOTE)


def test_two_periods_of_bars_are_each_described_by_their_names():
    said = describe(label="district", value="tickets", earlier="tickets_before", names=("2020年", "2019年"))
    assert said == ("2020年：朝阳区30000件、海淀区20件、未填写5件；合计30025件。"
                    "2019年：朝阳区10件、海淀区20件；无数据：未填写。" + NOTE)


def test_the_whole_is_described_before_its_parts_which_have_extremes_and_months():
    assert describe(MONTHS.assign(tickets=[1, 3, 2, 5, 6, 5]), value="tickets", by="category", total=TOTAL) == (
        "合计：1月6件（最低），2月升至8件（最高），3月降至7件。"
        "共2项，未分类16件最多，住房6件最少；最高的月份：2月住房、未分类。" + NOTE)


def test_of_many_panels_the_months_are_counted():
    frame = pd.concat([months(*rows).assign(category=f"类{place}") for place, rows in enumerate(
        [(1, 2, 9), (1, 2, 8), (1, 7, 2), (1, 2, 6), (1, 2, 5), (1, 2, 4), (3, 2, 1)])])
    assert describe(frame, value="tickets", by="category") == (
        "共7项，类012件最多，类66件最少；最高的月份：3月5项，2月1项，1月1项。" + NOTE)


def test_several_measures_name_the_first_and_the_last_of_each():
    said = describe(DISTRICTS, label="district", values=["tickets", "resolution_rate", "satisfaction_rate", "on_time_rate"])
    assert said == "数量朝阳区最高、未填写最低；解决率朝阳区最高、未填写最低；满意率均为80.00%。" + NOTE


def test_a_large_grid_is_described_by_its_cells_and_the_sums_of_its_rows():
    said = describe(GRID, x="hour", y="weekday", value="tickets")
    assert said.startswith("共168项，周日23时723件最多，其次为周日22时722件、周日21时721件，周一0时100件最少；")
    assert "按星期合计，周日最多，周一最少。" in said


WIDE = pd.DataFrame({"district": [f"第{place}区" for place in range(16)], "tickets": range(100_000, 260_000, 10_000)})
WIDE = WIDE.assign(**dict.fromkeys(("resolution_rate", "satisfaction_rate", "on_time_rate"), WIDE["tickets"] / 300000),
                   tickets_before=WIDE["tickets"])
YEARS = pd.concat([months(*range(100_000, 220_000, 10_000)).assign(category=f"第{place}类问题") for place in range(6)])
LONG = {
    "bars": (WIDE, {"label": "district", "value": "tickets"}),
    "compared": (WIDE, {"label": "district", "value": "tickets", "earlier": "tickets_before"}),
    "months": (months(*range(100_000, 220_000, 10_000)), {"value": "tickets"}),
    "lines": (YEARS, {"value": "tickets", "by": "category"}),
    "measures": (WIDE, {"label": "district", "values": ["tickets", "resolution_rate", "satisfaction_rate", "on_time_rate"]}),
    "grid": (GRID, {"x": "hour", "y": "weekday", "value": "tickets"}),
}


@pytest.mark.parametrize(("answer", "columns"), LONG.values(), ids=LONG)
def test_a_text_is_short_and_refers_to_the_table(answer, columns):
    said = describe(answer, **columns)
    assert said.endswith(NOTE)
    assert len(said.removesuffix(NOTE)) <= 140


def test_steps_of_one_row_are_all_there():
    assert describe(DISTRICTS.head(1), values=["tickets", "tickets_before"]) == "数量3.0万件；比较期10件。"
