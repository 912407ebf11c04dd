import pandas as pd
import pytest

from helpers.analysis import trends
from helpers.analysis.trends import Course, Surge
from helpers.settings.editions import ChangeRules

FEW = ChangeRules(min_tickets=1)


def course(*tickets):
    return trends.course(pd.Series(tickets, dtype="float64"), FEW)


@pytest.mark.parametrize("tickets", [(), (5,), (5, 9), (0, 0, 0, 0), (1, 9, 1, 9, 1, 9)])
def test_there_is_nothing_to_say_of_few_months_or_of_months_without_direction(tickets):
    assert course(*tickets) is None


def test_fewer_tickets_than_the_edition_says_have_no_course():
    assert trends.course([28, 29, 29]) is None
    assert trends.course([29, 30, 30]) == Course("level", 0, 2)


def test_months_within_a_tenth_of_their_mean_are_level():
    assert course(90, 110, 100) == Course("level", 0, 2)
    assert course(89, 111, 100, 100) is None
    assert course(None, 90, 110, 100, None) == Course("level", 1, 3)


def test_a_run_is_four_months_long_or_a_whole_quarter():
    assert course(10, 20, 30) == Course("rise", 0, 2)
    assert course(10, 20, 30, 5) is None
    assert course(10, 20, 30, 40, 5) == Course("rise", 0, 3, "turn")
    assert course(40, 30, 20, 10, 10) == Course("fall", 0, 3)


def test_of_equal_runs_that_is_told_which_leads_furthest():
    assert course(10, 12, 14, 16, 15, 11, 6, 5, 6, 5) == Course("fall", 3, 7, "turn")


def test_a_run_of_small_steps_is_not_told_and_does_not_hide_another():
    assert course(100, 101, 102, 103, 60, 150, 60) is None
    assert course(100, 101, 102, 103, 104, 40, 50, 60, 70) == Course("rise", 5, 8)


def test_no_run_leads_over_a_month_of_nothing_or_one_that_is_not_known():
    assert course(5, 4, 3, 0, 5, 9) is None
    assert course(3, 4, None, 5, 6) is None


def test_after_a_rise_the_rest_may_be_stable():
    assert course(2, 4, 6, 80, 75, 80, 74) == Course("rise", 0, 3, "stable")
    assert course(2, 4, 6, 80, 65, 80, 65) == Course("rise", 0, 3, "turn")
    assert course(2, 4, 6, 80, 76, 80) == Course("rise", 0, 3, "turn")


def test_a_small_step_back_before_the_peak_is_no_turn():
    assert course(30, 35, 38, 40, 39.7, 44, 48, 52) == Course("rise", 4, 7)
    assert course(30, 35, 38, 40, 39.7, 39.8, 39.6, 52) == Course("rise", 0, 3, "onward", (7,))


def test_a_turn_before_the_peak_names_the_peak():
    assert course(30, 35, 38, 40, 30, 50, 40) == Course("rise", 0, 3, "turn", (5,))
    assert course(40, 38, 35, 30, 33, 25, 60) == Course("fall", 0, 3, "turn", (5, 6))
    assert course(40, 38, 35, 30, 50, 35, 41) == Course("fall", 0, 3, "turn", (4,))


def test_a_hump_falls_clearly_on_both_sides_and_a_dip_rises():
    assert course(4, 6, 5, 9, 7, 8, 6, 3) == Course("hump", 0, 7, None, (3,))
    assert course(9, 6, 7, 3, 5, 4, 6, 8) == Course("dip", 0, 7, None, (3,))
    assert course(80, 79, 81, 100, 90, 95, 87, 88) is None


def test_a_single_peak_is_no_hump():
    assert course(50, 51, 49, 50, 150, 50, 49, 51) is None


def test_a_trend_is_told_where_time_explains_most():
    assert course(3, 2, 4, 3, 5, 4, 6, 5).shape == "upward"
    assert course(5, 6, 4, 5, 3, 4, 2, 3).shape == "downward"


def test_a_month_doubles_against_the_month_before_or_the_mean_of_the_others():
    assert trends.surges([100, 199, 398, 100]) == [Surge(2, 1, 199, 1.0)]
    assert trends.surges([100, None, 200, 100]) == [Surge(2, None, 100, 1.0)]
    assert trends.surges([100, 0, 199, 100]) == []
    assert trends.surges([1, 2, 4, 29]) == []
    assert trends.surges([100, None, 300]) == []


def test_months_that_the_data_do_not_cover_are_not_known():
    monthly = pd.DataFrame({"tickets": [3, 5, 7], "covered": pd.array([True, False, None], "boolean")})
    monthly.attrs = {"table": "calls"}
    covered = trends.covered(monthly)
    assert covered["tickets"].isna().tolist() == [False, True, False]
    assert covered.attrs == monthly.attrs


def test_points_are_differences_of_rates_and_null_where_one_is_not_known():
    now = pd.DataFrame({"valid": [5000], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
    now.attrs = {"table": "outcomes"}
    before = pd.DataFrame({"valid": [5000], "resolution_rate": [0.75], "satisfaction_rate": [None]})
    told = trends.rate_differences(now, before)
    assert told[["resolution_rate_chance", "satisfaction_rate_chance"]].to_numpy().tolist() == [[False, False]]
    assert trends.rate_differences(now.assign(valid=100), before)["resolution_rate_chance"].item()
    assert told["resolution_rate_points"].item() == pytest.approx(0.05)
    assert told["satisfaction_rate_points"].isna().all()
    assert told.attrs == now.attrs


def test_among_keeps_the_months_of_the_named_entities_of_a_volume_in_its_order():
    volume = pd.DataFrame({"category": ["住房", "教育", None], "tickets": [7, 5, 9]})
    monthly = pd.DataFrame({"category": ["交通", "住房", "住房", "教育", None], "year": 2020, "month": [1, 1, 2, 1, 1],
                            "tickets": [1, 3, 4, 5, 9]})
    monthly.attrs = {"table": "calls"}
    kept = trends.restrict_to(monthly, volume)
    assert kept.values.tolist() == [["住房", 2020, 1, 3], ["住房", 2020, 2, 4], ["教育", 2020, 1, 5]]
    assert kept.attrs == monthly.attrs
