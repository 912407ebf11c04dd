"""Forecasts of weekly counts, on series whose next weeks follow from their making."""

import numpy as np
import pytest
from support import weeks

from helpers.analysis import forecasts

RULES = weeks.edition().warning
SEASON = 1 + 0.5 * np.sin(2 * np.pi * np.arange(250) * 7 / 365.2425)


def test_what_is_always_alike_goes_on():
    found = forecasts.expected(weeks.made([[70] * 130, [0] * 60 + [7] * 70]), RULES)
    assert found.shape == (2, 13)
    np.testing.assert_allclose(found[0], 70, rtol=0.01)
    np.testing.assert_allclose(found[1], 7, rtol=0.05)


def test_the_season_of_earlier_years_is_followed_and_the_level_is_the_present_one():
    counts = np.round(200 * SEASON)
    counts[200:] *= 2
    found = forecasts.expected(weeks.made([counts[:234]]), RULES.model_copy(update={"season": 1.0, "usual_weeks": 0.0}))[0]
    np.testing.assert_allclose(found, 400 * SEASON[234:247], rtol=0.12)


def test_latest_weeks_weigh_more_and_the_mean_of_a_year_steadies_them():
    counts = np.full((1, 130), 70)
    counts[0, -1] = 140
    steady, quick = (
        forecasts.expected(weeks.made(counts), RULES.model_copy(update={"usual_weeks": usual}))[0, 0] for usual in (26, 0)
    )
    assert 70 < steady < quick < 100


def test_nothing_of_a_forecast_is_taken_from_later_weeks():
    counts = np.random.default_rng(3).poisson(20, (3, 160))
    later = counts.copy()
    later[:, 140:] *= 5
    first, second = (forecasts.rolled(weeks.made(each), RULES, [120, 139]).made[4] for each in (counts, later))
    np.testing.assert_allclose(first, second)


def test_ranges_hold_what_they_promise_and_half_of_them_less():
    counts = np.random.default_rng(4).negative_binomial(8, 8 / (8 + 12), (40, 260))
    rolled = forecasts.rolled(weeks.made(counts), RULES, range(60, 260))
    for horizon in forecasts.HORIZONS:
        actual = rolled.actual(horizon)[:, 120 : 200 - horizon]
        ranges = forecasts.with_ranges(rolled, horizon, 120)
        held = [
            np.mean((actual >= low[:, : actual.shape[1]]) & (actual <= high[:, : actual.shape[1]]))
            for low, high in ranges.values()
        ]
        assert held == pytest.approx([0.5, 0.8], abs=0.04)


def test_a_span_of_parts_of_weeks_is_forecast_with_the_ranges_of_such_spans():
    counts = np.random.default_rng(4).negative_binomial(8, 8 / (8 + 12), (40, 260))
    rolled = forecasts.rolled(weeks.made(counts), RULES, range(60, 260))
    shares = np.array([0, 0.5, 1])
    np.testing.assert_allclose(rolled.expected(shares), 0.5 * rolled.ahead[:, :, 1] + rolled.ahead[:, :, 2])
    actual = rolled.actual(shares)
    np.testing.assert_allclose(actual[:, 0], 0.5 * rolled.series.counts[:, 62] + rolled.series.counts[:, 63])
    assert np.isnan(actual[:, -3:]).all()
    assert np.isfinite(actual[:, -4]).all()
    low, high = forecasts.with_ranges(rolled, shares, 120)[0.8]
    inside = (actual[:, 120:-3] >= low[:, :-3]) & (actual[:, 120:-3] <= high[:, :-3])
    assert inside.mean() == pytest.approx(0.8, abs=0.04)


def test_what_comes_where_nothing_was_expected_widens_no_range():
    counts = np.zeros((60, 80), dtype=int)
    counts[:, 60:] = 9
    counts[0] = 70
    found = forecasts.rolled(weeks.made(counts), RULES, range(13, 80))
    low, high = forecasts.with_ranges(found, 4)[0.8]
    assert high[1, -1] < 10 * found.made[4][1, -1]
    assert low[1, -1] <= found.made[4][1, -1] * 1.5


def test_rows_without_a_ticket_are_expected_to_stay_so():
    found = forecasts.rolled(weeks.made([[70] * 130, [7] * 5 + [0] * 125]), RULES, range(110, 130))
    low, high = forecasts.with_ranges(found, 1)[0.8]
    assert found.made[1][1, -1] == pytest.approx(0, abs=0.3)
    assert (low[1, -1], round(high[1, -1], 1)) == (0, 0)
