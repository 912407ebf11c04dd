import numpy as np
import pandas as pd
import pytest

from helpers.analysis import rank_sets

FUNCTIONS = [rank_sets.marginal, rank_sets.simultaneous]


@pytest.fixture(scope="module")
def mathematics(known_answers):
    return pd.read_csv(known_answers / "pisa2018_math.csv").set_index("jurisdiction")


def test_the_rank_of_the_united_kingdom_is_that_of_csranks(mathematics):
    """csranks 1.2.3, PISA 2018: 13th of 37, at 95 % [7, 23] (7 or 8 by the seed)."""
    ranks = rank_sets.marginal(mathematics["math_score"], mathematics["math_se"], 0.95)
    assert mathematics["math_score"].rank(ascending=False)["United Kingdom"] == 13
    assert ranks.loc["United Kingdom"].tolist() in ([7, 23], [8, 23])


@pytest.mark.parametrize(("level", "possible"), [(0.95, 12), (0.9, 11)])
def test_countries_that_are_possibly_among_the_first_five_are_those_of_csranks(mathematics, level, possible):
    ranks = rank_sets.simultaneous(mathematics["math_score"], mathematics["math_se"], level)
    assert (rank_sets.bands(ranks, 5) != "not").sum() == possible


def test_the_limit_of_a_single_pair_is_that_of_a_normal_variable():
    for distance, differ in ((1.60, False), (1.69, True)):  # 1.645 standard errors of the difference
        ranks = rank_sets.simultaneous([distance * np.sqrt(2), 0.0], [1.0, 1.0], 0.9, draws=100_000)
        assert ranks.to_numpy().tolist() == ([[1, 1], [2, 2]] if differ else [[1, 2], [1, 2]])


def test_the_limit_of_equal_errors_is_tukeys():
    """The 0.90 quantile of the studentised range of ten is 4.129 (Tukey's table; scipy.stats.studentized_range), by √2 2.920."""
    for distance, differ in ((2.88, False), (2.96, True)):
        scores = np.append(distance * np.sqrt(2), np.zeros(9))
        scores[1:9] = distance * np.sqrt(2) / 2
        ranks = rank_sets.simultaneous(scores, np.ones(10), 0.9, draws=50_000)
        assert (ranks.loc[0, "rank_upper"] < 10) == differ


@pytest.mark.parametrize(("sets", "limit"), [(rank_sets.marginal, 1.801), (rank_sets.simultaneous, 1.891)])
def test_what_is_rejected_leaves_the_family(sets, limit):
    """Of three equal errors the limit at 90 % is 1.918 (2.053 for all pairs); once the far unit is rejected 1.801 (1.891)."""
    near, nearer = 1.012 * limit * np.sqrt(2), 0.988 * limit * np.sqrt(2)
    assert sets([near, 0.0, -1000.0], np.ones(3), 0.9).to_numpy().tolist() == [[1, 1], [2, 2], [3, 3]]
    assert sets([near, 0.0, near / 2], np.ones(3), 0.9).to_numpy().tolist() == [[1, 3], [1, 3], [1, 3]]
    assert sets([nearer, 0.0, -1000.0], np.ones(3), 0.9).to_numpy().tolist() == [[1, 2], [1, 2], [3, 3]]


@pytest.mark.parametrize("sets", FUNCTIONS)
def test_sets_hold_the_true_ranks_as_often_as_promised(sets):
    random = np.random.default_rng(2)
    own, together = [], []
    for seed in range(120):
        errors = random.uniform(0.5, 2, 12)
        true = random.normal(0, 2, 12)
        ranks = sets(random.normal(true, errors), errors, 0.9, draws=300, seed=seed)
        place = 1 + (-true).argsort().argsort()
        inside = (ranks["rank_lower"] <= place) & (place <= ranks["rank_upper"])
        own.append(inside.mean())
        together.append(inside.all())
    assert np.mean(own) > 0.9
    assert sets is rank_sets.marginal or np.mean(together) > 0.9


@pytest.mark.slow  # hundreds of small worlds
def test_of_equal_units_any_are_told_apart_one_time_in_ten():
    random = np.random.default_rng(4)
    found = [(rank_sets.simultaneous(random.normal(0, 1, 8), np.ones(8), 0.9, draws=400, seed=seed)
              .eq([1, 8]).all(axis=None)) for seed in range(500)]
    assert 0.87 < np.mean(found) < 0.93


@pytest.mark.slow  # seconds
def test_the_raw_sets_of_337_units_are_some_213_places_wide():
    random = np.random.default_rng(6)
    errors = 27.3 / np.sqrt(np.exp(random.normal(np.log(2659), 0.8, 337)).clip(30))
    true = 88 + 3.08 * random.standard_normal(337)
    ranks = rank_sets.simultaneous(random.normal(true, errors), errors, 0.9)
    place = 1 + (-true).argsort().argsort()
    assert ((ranks["rank_lower"] <= place) & (place <= ranks["rank_upper"])).all()
    assert 200 < (ranks["rank_upper"] - ranks["rank_lower"]).median() < 226


@pytest.mark.parametrize("sets", FUNCTIONS)
def test_sets_keep_order_and_index_and_are_the_same_twice(sets):
    scores = pd.Series([10.0, 90.0, 50.0], index=["丙", "甲", "甲"])  # two districts may have a 城关镇 each
    ranks = sets(scores, [1.0, 1.0, 1.0])
    assert ranks.index.tolist() == ["丙", "甲", "甲"]
    assert ranks.to_numpy().tolist() == [[3, 3], [1, 1], [2, 2]]
    pd.testing.assert_frame_equal(ranks, sets(scores, [1.0, 1.0, 1.0]))


@pytest.mark.parametrize("sets", FUNCTIONS)
def test_what_is_not_known_has_no_rank_and_takes_none(sets):
    ranks = sets(pd.Series([90.0, None, 10.0, 99.0, 5.0]), pd.Series([1.0, 1.0, 1.0, 0.0, None]))
    assert ranks["rank_lower"].tolist() == [1, pd.NA, 2, pd.NA, pd.NA]
    assert ranks["rank_upper"].tolist() == [1, pd.NA, 2, pd.NA, pd.NA]
    assert sets([], []).empty
    assert sets([1.0, 2.0, 3.0], [1e-60] * 3).to_numpy().tolist() == [[3, 3], [2, 2], [1, 1]]
    assert sets([80.0], [1.0]).to_numpy().tolist() == [[1, 1]]
    assert sets([80.0, 80.0, 80.0], [1.0, 1.0, 1.0]).to_numpy().tolist() == [[1, 3]] * 3


def test_bands_of_the_first_thirty():
    ranks = pd.DataFrame({"rank_lower": [1, 5, 30, 31, None], "rank_upper": [30, 31, 40, 60, None]}, dtype="Int64")
    assert rank_sets.bands(ranks, 30).fillna("").tolist() == ["surely", "possibly", "possibly", "not", ""]
