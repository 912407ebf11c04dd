import numpy as np
import pandas as pd
import pytest

from helpers.analysis.control_chart import control_chart, last_sign, with_limits

EVEN = [10.0, 11.0] * 6


def signs(values, name):
    return control_chart(pd.Series(values)).signs[name].tolist()


def test_limits_are_those_of_the_nist_handbook():
    """NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2, flow rates: 50.81, 45.8159 to 55.8041 (with 3 / 1.128)."""
    chart = control_chart(pd.Series([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]))
    assert (chart.centre, chart.lower, chart.upper) == pytest.approx((50.81, 45.8159, 55.8041), abs=0.002)
    assert not chart.signs.any(axis=None)


def test_a_leap_does_not_widen_the_limits():
    chart = control_chart(pd.Series([*EVEN, 90.0]))  # ranges of 1, and one of 79 above 3.267 × 7.5
    assert chart.upper - chart.centre == pytest.approx(2.66)
    assert chart.signs["outside"].tolist() == [True] * 12 + [True]


def test_large_ranges_are_left_out_above_3_267_times_their_mean_and_once():
    steps = [1.0] * 10 + [4.25]  # mean 1.295, limit 4.232
    up_and_down = np.cumsum([0.0, *(step * (-1)**place for place, step in enumerate(steps))])
    chart = control_chart(pd.Series(up_and_down))
    assert chart.upper - chart.centre == pytest.approx(2.66)
    steps[-1] = 4.2  # mean 1.291, limit 4.217
    up_and_down = np.cumsum([0.0, *(step * (-1)**place for place, step in enumerate(steps))])
    chart = control_chart(pd.Series(up_and_down))
    assert chart.upper - chart.centre == pytest.approx(2.66 * 14.2 / 11)


def test_a_month_beyond_a_limit_is_outside():
    values = [10.0, 11.0, 10.0, 11.0, 10.0, 17.0, 10.0, 11.0, 10.0, 11.0, 10.0, 11.0]
    assert signs(values, "outside") == [False] * 5 + [True] + [False] * 6


@pytest.mark.parametrize(("length", "found"), [(7, False), (8, True)])
def test_eight_on_one_side_are_a_sign_and_seven_are_none(length, found):
    values = [12.0, 13.0] * 4 if length == 8 else [12.0, 13.0, 12.0, 13.0, 12.0, 13.0, 12.0]
    rest = [5.0, 6.0] * 3
    assert signs(values + rest, "side") == [found] * length + [False] * 6


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize(("length", "found"), [(5, False), (6, True)])
def test_six_that_rise_or_fall_are_a_sign_and_five_are_none(direction, length, found):
    values = [10.0, *(9.0 + step for step in range(length)), 10.0, 11.0]
    assert signs([direction * value for value in values], "trend") == [False] + [found] * length + [False] * 2


def test_two_of_three_near_a_limit_are_a_sign():
    values = [10.0, 11.0] * 5 + [13.5, 11.0, 13.5] + [10.0, 11.0] * 2
    chart = control_chart(pd.Series(values))
    zone = chart.centre + 2 / 3 * (chart.upper - chart.centre)
    assert zone < 13.5 < chart.upper
    assert chart.signs["near"].tolist() == [False] * 10 + [True, False, True] + [False] * 4
    apart = [10.0, 11.0] * 5 + [13.5, 11.0, 10.0, 13.5] + [11.0, 10.0]
    assert not any(signs(apart, "near"))
    assert not any(signs([10.0, 11.0] * 5 + [13.2, 11.0, 13.2] + [10.0, 11.0] * 2, "near"))  # two thirds of the way: 13.26
    assert not any(signs([10.0, 11.0] * 5 + [13.5, None, 13.5] + [10.0, 11.0] * 2, "near"))


def test_a_month_without_value_is_a_gap():
    rising = [9.0, 10.0, 11.0, None, 12.0, 13.0, 14.0]
    chart = control_chart(pd.Series(rising, dtype="Float64", index=range(1, 8)))
    assert not chart.signs.any(axis=None)
    assert chart.signs.index.tolist() == list(range(1, 8))
    assert chart.upper - chart.centre == pytest.approx(2.66)  # no range leads over it
    high = [12.0, 13.0, 12.0, 13.0, None, 12.0, 13.0, 12.0, 13.0]
    assert not any(signs(high + [5.0, 6.0] * 4, "side")[:9])


def test_equal_months_have_limits_at_their_mean_and_no_sign():
    chart = control_chart(pd.Series([0.1 + 0.2] * 12))
    assert (chart.lower, chart.upper) == (chart.centre, chart.centre)
    assert not chart.signs.any(axis=None)


@pytest.mark.parametrize("values", [[], [None] * 12, [5.0], [1.0, 2.0, 3.0, 4.0, 5.0], [1.0, None] * 8])
def test_too_few_months_have_no_chart(values):
    assert control_chart(pd.Series(values, dtype="Float64")) is None


def test_a_monthly_answer_carries_mean_and_limits_where_its_months_have_a_common_level():
    level = pd.DataFrame({"month": range(1, 9), "resolution_rate": [0.8, 0.82, 0.79, 0.81, 0.8, 0.83, 0.8, 0.81],
                          "satisfaction_rate": [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85]})
    limited = with_limits(level, ["resolution_rate", "satisfaction_rate"])
    steps = [0.02, 0.03, 0.02, 0.01, 0.03, 0.03, 0.01]
    assert limited["mean_resolution_rate"].tolist() == [pytest.approx(0.8075)] * 8
    assert limited["low_resolution_rate"].iloc[0] == pytest.approx(0.8075 - 2.66 * sum(steps) / 7)
    assert limited["high_resolution_rate"].iloc[0] == pytest.approx(0.8075 + 2.66 * sum(steps) / 7)
    assert limited[["mean_satisfaction_rate", "low_satisfaction_rate"]].isna().all(axis=None)  # it rises throughout
    few = with_limits(level.assign(covered=level["month"] > 3), ["resolution_rate"])
    assert few["mean_resolution_rate"].isna().all()


STEADY = [100, 104, 98, 102, 99, 103, 101, 97, 100, 104, 98, 102]


@pytest.mark.parametrize(("last", "sign"), [(101, "within"), (140, "above"), (60, "below"), (None, "short")])
def test_the_last_month_is_judged_by_the_limits_of_those_before_it(last, sign):
    assert last_sign(pd.Series([*STEADY, last], dtype="float64")).sign == sign


def test_a_last_month_far_out_does_not_widen_its_own_limits():
    calm = last_sign(pd.Series([*STEADY, 101.0]))
    wild = last_sign(pd.Series([*STEADY, 500.0]))
    assert (wild.lower, wild.upper) == (calm.lower, calm.upper)


def test_eight_months_on_one_side_are_a_sign_and_six_that_rise():
    assert last_sign(pd.Series([100, 90, 100, 90, 100, 90, 99.5, 99, 99.5, 99, 99.5, 99, 99.5, 99])).sign == "high"
    rising = [100, 110, 90, 108, 92, 109, 91, 95, 99, 103, 107, 111]
    assert last_sign(pd.Series(rising, dtype="float64")).sign == "rising"


def test_after_a_lasting_shift_the_limits_are_those_of_the_new_level():
    shifted = [*STEADY[:6], *(value + 50 for value in STEADY[:9])]
    found = last_sign(pd.Series([*shifted, 151.0]))
    assert (found.sign, found.since) == ("within", 6)
    assert last_sign(pd.Series([*shifted, 101.0])).sign == "below"


def test_fewer_than_six_earlier_months_have_no_limits():
    assert last_sign(pd.Series([100, 101, 99, 100, 102, 300], dtype="float64")).sign == "short"
