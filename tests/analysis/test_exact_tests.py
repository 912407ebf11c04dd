"""Exact tests of counts: small cases worked out by hand, and all others against scipy, where it is installed."""

import numpy as np
import pytest

from helpers.analysis import exact_tests


def test_the_outcomes_that_are_no_likelier_are_added_on_both_sides():
    # of 5 throws of a coin: P(0) + P(1) + P(4) + P(5) = (1 + 5 + 5 + 1) / 32
    assert exact_tests.binomial([1, 4, 5, 2], 5, 0.5) == pytest.approx([12 / 32, 12 / 32, 2 / 32, 1.0])
    assert exact_tests.binomial(2, 2, 0.25) == pytest.approx([1 / 16])
    assert exact_tests.binomial(0, 0, 0.5) == [1.0]


def test_fishers_lady_tasting_tea():
    # Fisher (1935), The Design of Experiments: 3 of 4 cups named rightly: (1 + 16 + 16 + 1) / 70 two-sided
    assert exact_tests.fisher(3, 1, 1, 3) == pytest.approx([34 / 70])
    assert exact_tests.fisher(4, 0, 0, 4) == pytest.approx([2 / 70])
    assert exact_tests.fisher([0, 3], [0, 1], [1, 0], [3, 0]).tolist() == [1.0, 1.0]


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls():
    assert exact_tests.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert exact_tests.holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert exact_tests.holm([]).tolist() == []


@pytest.mark.parametrize(
    ("x", "n", "p"), [(10, 30, 0.5), (19, 20, 0.3), (1_200, 2_000, 0.55), (150_000, 290_000, 0.51), (9, 900_000, 1e-5)]
)
def test_binomial_agrees_with_scipy(x, n, p):
    stats = pytest.importorskip("scipy.stats")
    assert exact_tests.binomial(x, n, p)[0] == pytest.approx(stats.binomtest(x, n, p).pvalue, rel=1e-6)


@pytest.mark.parametrize("table", [(8, 2, 1, 5), (100, 150, 3_000, 4_000), (20_000, 30_000, 19_600, 30_400), (1, 9, 11, 3)])
def test_fisher_agrees_with_scipy(table):
    stats = pytest.importorskip("scipy.stats")
    expected = stats.fisher_exact(np.reshape(table, (2, 2)))[1]
    assert exact_tests.fisher(*table)[0] == pytest.approx(expected, rel=1e-6)
