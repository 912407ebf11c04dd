"""Circles with more cases than expected, against what is published and by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from helpers.analysis import scan


def test_the_circles_of_new_york_are_the_published_ones(known_answers):
    """Leukaemia in 281 tracts, circles up to a tenth of the population (SaTScan's example, by R's smerc)."""
    tracts = pd.read_csv(known_answers / "satscan_ny.csv")
    found = scan.circles(tracts["longitude"], tracts["latitude"], tracts["cases"], tracts["population"], draws=99)
    assert [circle.ratio for circle in found[:3]] == pytest.approx([11.577255, 9.019716, 6.114140], abs=1e-6)
    assert (len(found[0].members), found[0].cases, round(found[0].expected, 2)) == (26, 85, 49.71)
    assert found[0].chance == 0.01  # none of 99 random ones is as large
    assert found[2].chance > 0.05


def test_a_circle_by_hand_and_how_seldom_it_comes():
    cases, weight = [9, 1, 1, 1], [1, 1, 1, 1]
    first, *others = scan.circles([0, 1, 2, 3], [0, 0, 0, 0], cases, weight, largest=0.5, draws=199)
    assert (first.members, first.cases, first.expected) == ((0,), 9, 3)
    assert first.ratio == pytest.approx(9 * math.log(3) + 3 * math.log(3 / 9))
    assert not others
    assert scan.recurrence(first.chance, 7) == 7 / first.chance


def test_no_cases_and_all_cases_alike_give_no_circle():
    assert scan.circles([0, 1], [0, 0], [0, 0], [1, 1]) == []
    assert scan.circles([0, 1, 2], [0, 0, 0], [5, 5, 5], [1, 1, 1], largest=0.5, draws=9) == []


def test_what_is_expected_without_a_population_is_row_times_column():
    np.testing.assert_allclose(scan.space_time_expected(np.array([[2.0, 4.0], [1.0, 5.0]])), [[1.5, 4.5], [1.5, 4.5]])
    assert not scan.space_time_expected(np.zeros((2, 2))).any()


def test_a_degree_on_the_plane_is_a_degree_on_the_ground():
    across, up = scan.plane([116.0, 117.0], [40.0, 40.0])
    assert across[1] - across[0] == pytest.approx(85.2, abs=0.1)
    assert up.tolist() == pytest.approx([4447.8] * 2, abs=0.1)
