"""What weighs: departures from the base, from an even share, from the other months; chance weighs nothing."""

import pandas as pd
import pytest

from helpers.analysis import departures


def test_a_change_weighs_its_tickets_of_all_tickets():
    volumes = pd.DataFrame({"tickets": [1500, 700, 1010], "tickets_before": [1000, 1000, 1000],
                            "tickets_change": [0.5, -0.3, 0.01]})
    found = departures.from_base(volumes, whole=10_000)
    assert [(each.row, each.weight) for each in found] == [(0, 0.05), (1, pytest.approx(0.03))]  # 10 tickets more are chance
    assert [round(each.excess) for each in found] == [500, -300]


def test_of_a_range_the_nearer_end_weighs_and_one_without_direction_nothing():
    volumes = pd.DataFrame({"tickets": [1500, 1500], "tickets_before": [1000, 1000], "tickets_change": [None, None],
                            "low_change": [0.2, -0.1], "high_change": [0.5, 0.4]})
    assert [(each.row, each.excess) for each in departures.from_base(volumes, 10_000)] == [(0, pytest.approx(200))]


def test_a_withheld_change_has_no_weight():
    volumes = pd.DataFrame({"tickets": [9000], "tickets_before": [10], "tickets_change": [None]})
    assert departures.from_base(volumes, 10_000) == []


def test_the_largest_row_weighs_what_it_has_above_an_even_share():
    found = departures.from_even(pd.DataFrame({"tickets": [900, 300, 300]}), 1500)
    assert (found[0].row, found[0].weight) == (0, pytest.approx(400 / 1500))
    assert departures.from_even(pd.DataFrame({"tickets": [900]}), 900) == []


def test_a_month_weighs_what_it_has_above_the_mean_of_the_others():
    found = departures.from_others(pd.DataFrame({"tickets": [100, None, 100, 700]}), 1000)
    assert (found[0].row, found[0].excess) == (3, 600)
    assert departures.from_others(pd.DataFrame({"tickets": [100, 700]}), 1000) == []


def test_what_chance_explains_weighs_nothing():
    assert departures.from_others(pd.DataFrame({"tickets": [100, 110, 95, 104]}), 409) == []
