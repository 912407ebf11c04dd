"""Kitagawa's decomposition against published answers; its parts add up to the gap whatever the counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.analysis import decomposition
from helpers.analysis.decomposition import Answers

WEIGHTS = {"contact_rate": 0.1, "resolution_rate": 0.5, "satisfaction_rate": 0.4}


def answers(told, gained):
    return Answers(np.atleast_2d(np.array(told, dtype=float)), np.atleast_2d(np.array(gained, dtype=float)))


def test_two_factors_explain_the_difference_as_das_gupta_has_it():
    first, second = decomposition.effects(0.6, 0.5, 0.3, 0.45)  # Das Gupta (1993): 86.36 and 13.64 per cent
    assert [round(100 * part / (0.6 * 0.5 - 0.3 * 0.45), 2) for part in (first, second)] == [86.36, 13.64]


def test_a_unit_with_more_of_what_is_hard_loses_by_its_share_alone():
    own, other = answers([60, 40], [54, 20]), answers([80, 20], [72, 10])  # both solve 90 % and 50 %
    parts = decomposition.of_rates(own, other)
    middle = (0.74 + 0.82) / 2
    assert parts.share == pytest.approx(np.array([[-0.2 * (0.9 - middle), 0.2 * (0.5 - middle)]]))
    assert (parts.share < 0).all()
    assert parts.rate == pytest.approx(np.zeros((1, 2)))


def test_a_unit_that_solves_worse_loses_by_its_rate_alone():
    parts = decomposition.of_rates(answers([50, 50], [40, 30]), answers([50, 50], [40, 35]))
    assert parts.share == pytest.approx(np.zeros((1, 2)))
    assert parts.rate == pytest.approx(np.array([[0, -0.05]]))


def test_a_category_that_one_side_lacks_counts_by_its_share_alone():
    parts = decomposition.of_rates(answers([50, 50], [40, 10]), answers([100, 0], [80, 0]))
    assert parts.rate == pytest.approx(np.zeros((1, 2)))
    assert parts.share.sum() == pytest.approx(0.5 - 0.8)


def test_months_weigh_alike_whatever_their_answers_and_a_period_by_its_answers():
    own = {"resolution_rate": Answers(np.array([[10.0], [90.0]]), np.array([[10.0], [45.0]]))}
    other = {"resolution_rate": Answers(np.array([[10.0], [10.0]]), np.array([[5.0], [5.0]]))}
    weights = {"resolution_rate": 1.0}
    assert decomposition.of_scores(own, other, weights, "months").rate == pytest.approx([25])
    assert decomposition.of_scores(own, other, weights, "period").rate == pytest.approx([5])


def test_a_month_in_which_a_side_has_no_answers_is_left_out_and_without_any_there_is_no_gap():
    own = {"resolution_rate": Answers(np.array([[10.0], [0.0]]), np.array([[10.0], [0.0]]))}
    other = {"resolution_rate": Answers(np.array([[10.0], [10.0]]), np.array([[5.0], [0.0]]))}
    assert decomposition.of_scores(own, other, {"resolution_rate": 1.0}, "months").rate == pytest.approx([50])
    nobody = {"resolution_rate": Answers(np.zeros((2, 1)), np.zeros((2, 1)))}
    assert np.isnan(decomposition.of_scores(own, nobody, {"resolution_rate": 1.0}, "months").share).all()


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 30), st.sampled_from(["months", "period"]))
def test_the_parts_add_up_to_the_gap(seed, months, categories, over):
    chance = np.random.default_rng(seed)

    def side():
        told = chance.integers(0, 400, (months, categories)) * (chance.random((months, categories)) < 0.7)
        told[:, 0] += 1  # no month without answers
        return {rate: Answers(told.astype(float), told * chance.random((months, categories))) for rate in WEIGHTS}

    def score(answers):
        by_month = [100 * sum(weight * answers[rate].gained[rows].sum() / answers[rate].told[rows].sum()
                              for rate, weight in WEIGHTS.items())
                    for rows in ([[month] for month in range(months)] if over == "months" else [list(range(months))])]
        return sum(by_month) / len(by_month)

    own, other = side(), side()
    parts = decomposition.of_scores(own, other, WEIGHTS, over)
    assert abs(parts.share.sum() + parts.rate.sum() - (score(own) - score(other))) < 1e-9
