import pandas as pd
import pytest

from helpers.analysis import trends
from helpers.analysis.trends import Course


def course(*tickets):
    return trends.course(pd.Series(tickets, dtype="float64"))


@pytest.mark.parametrize("tickets", [(), (5,), (5, 9), (0, 0, 0, 0), (1, 9, 1, 9, 1, 9)])
def test_there_is_nothing_to_say_of_few_months_or_of_months_without_direction(tickets):
    assert course(*tickets) is None


def test_months_within_a_tenth_of_their_mean_are_level():
    assert course(90, 110, 100) == Course("level", 0, 2)
    assert course(89, 111, 100, 100) is None


def test_a_run_is_four_months_long_or_a_whole_quarter():
    assert course(10, 20, 30) == Course("rise", 0, 2)
    assert course(10, 20, 30, 5) is None
    assert course(10, 20, 30, 40, 5) == Course("rise", 0, 3, "turn")
    assert course(40, 30, 20, 10, 10) == Course("fall", 0, 3)


def test_of_equal_runs_that_is_told_which_leads_furthest():
    assert course(10, 12, 14, 16, 15, 11, 6, 5, 6, 5) == Course("fall", 3, 7, "turn")


def test_a_run_of_small_steps_is_not_told():
    assert course(100, 101, 102, 103, 60, 150, 60) is None


def test_no_run_leads_over_a_month_of_nothing_or_one_that_is_not_known():
    assert course(5, 4, 3, 0, 5, 9) is None
    assert course(3, 4, None, 5, 6) is None


def test_after_a_rise_the_rest_may_stay_high():
    assert course(2, 4, 6, 8, 7, 8, 7) == Course("rise", 0, 3, "high")
    assert course(2, 4, 6, 8, 7, 4, 7) == Course("rise", 0, 3, "turn")
    assert course(2, 4, 6, 8, 7, 8) == Course("rise", 0, 3, "turn")


def test_a_hump_falls_clearly_on_both_sides_and_a_dip_rises():
    assert course(4, 6, 5, 9, 7, 8, 6, 3).shape == "hump"
    assert course(9, 6, 7, 3, 5, 4, 6, 8).shape == "dip"
    assert course(80, 79, 81, 100, 90, 95, 87, 88) is None


def test_a_trend_is_told_where_time_explains_most():
    assert course(3, 2, 4, 3, 5, 4, 6, 5).shape == "upward"
    assert course(5, 6, 4, 5, 3, 4, 2, 3).shape == "downward"


def test_points_are_differences_of_rates_and_null_where_one_is_not_known():
    now = pd.DataFrame({"resolution_rate": [0.8], "satisfaction_rate": [0.9]})
    now.attrs = {"table": "outcomes"}
    told = trends.rate_differences(now, pd.DataFrame({"resolution_rate": [0.75], "satisfaction_rate": [None]}))
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
