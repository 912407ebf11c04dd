import numpy as np
import pandas as pd
import pytest

from helpers.analysis import shrinkage

BATTING = np.array([.400, .378, .356, .333, .311, .311, .289, .267, .244, .244, .222, .222, .222, .222, .222, .200, .178, .156])
PUBLISHED = [.294, .289, .285, .280, .275, .275, .270, .266, .261, .261, .256, .256, .256, .256, .256, .252, .247, .242]


def units(random, k, spread, answers):
    """True scores around 88, measured ones and their errors; a ticket's score has a standard deviation of 27 points."""
    errors = 27 / np.sqrt(answers(random, k))
    true = 88 + spread * random.standard_normal(k)
    return true, true + errors * random.standard_normal(k), errors


def hundreds(random, k):
    return np.exp(random.normal(np.log(500), 0.6, k)).clip(30)


def thousands(random, k):
    return np.exp(random.normal(np.log(2659), 0.8, k)).clip(30)


def covered(lower, upper, truth):
    return float(((lower <= truth) & (truth <= upper)).mean())


def test_baseball_players_are_shrunken_as_by_efron_and_morris():
    """Efron and Morris (1977), Stein's paradox in statistics, Scientific American 236, 119–127: c = 0.212, the first .294.

    The variance of an average after 45 at bats is mean × (1 − mean) / 45, with the mean of all players.
    """
    mean = BATTING.mean()
    shrunken = shrinkage.shrink(BATTING, np.full(18, np.sqrt(mean * (1 - mean) / 45)))
    assert np.round(shrunken["own_share"], 3).tolist() == [0.212] * 18
    assert np.round(shrunken["shrunken_score"], 3).tolist() == PUBLISHED


@pytest.mark.slow  # statsmodels imports for two seconds
def test_a_spread_is_that_of_statsmodels():
    """Paule and Mandel's estimator of a random effects' variance solves the same equation."""
    meta_analysis = pytest.importorskip("statsmodels.stats.meta_analysis", reason="statsmodels is not installed: no oracle")
    _, scores, errors = units(np.random.default_rng(1), 40, 3.0, hundreds)
    theirs = meta_analysis.combine_effects(scores, errors**2, method_re="iterated", atol=1e-10)
    ours = shrinkage.spread(scores, errors)
    assert ours.variance == pytest.approx(theirs.tau2, rel=1e-6)
    assert ours.mean == pytest.approx(theirs.mean_effect_re, rel=1e-9)


def test_the_less_sure_a_score_is_the_further_it_is_drawn():
    shrunken = shrinkage.shrink(pd.Series([70.0, 70.0, 90.0, 100.0, 95.0], index=list("abcde")), [1.0, 8.0, 1.0, 1.0, 1.0])
    assert shrunken.index.tolist() == list("abcde")
    assert 70 < shrunken.loc["a", "shrunken_score"] < 70.2
    assert shrunken.loc["b", "shrunken_score"] > 72
    assert shrunken.loc["b", "own_share"] < shrunken.loc["a", "own_share"] < 1
    assert shrunken.loc["b", "shrunken_error"] > shrunken.loc["a", "shrunken_error"]


@pytest.mark.parametrize(("spread", "answers", "narrow", "wide"), [(5.0, hundreds, 70, 90), (3.08, thousands, 48, 66)])
def test_90_percent_intervals_of_337_units_cover_88_to_92_times_in_a_hundred(spread, answers, narrow, wide):
    """Answers and spread as seen in a year of a city's subdistricts: ranks are known within some 55 to 85 places."""
    random = np.random.default_rng(11)
    scores, ranks, widths = [], [], []
    for _ in range(12):
        true, measured, errors = units(random, 337, spread, answers)
        shrunken = shrinkage.shrink(measured, errors)
        found = shrinkage.rank_intervals(shrunken["shrunken_score"], shrunken["shrunken_error"], draws=1000)
        scores.append(covered(shrunken["shrunken_lower"], shrunken["shrunken_upper"], true))
        ranks.append(covered(found["rank_lower"], found["rank_upper"], 1 + (-true).argsort().argsort()))
        widths.append((found["rank_upper"] - found["rank_lower"]).median())
    assert 0.88 < np.mean(scores) < 0.92
    assert 0.88 < np.mean(ranks) < 0.92
    assert narrow < np.mean(widths) < wide


@pytest.mark.slow  # hundreds of small worlds
def test_intervals_of_eight_units_count_in_that_mean_and_spread_are_estimates():
    random = np.random.default_rng(5)
    found = []
    for _ in range(800):
        true, measured, errors = units(random, 8, 1.5, hundreds)
        shrunken = shrinkage.shrink(measured, errors)
        found.append(covered(shrunken["shrunken_lower"], shrunken["shrunken_upper"], true))
    assert 0.88 < np.mean(found) < 0.92


def test_ranks_are_the_same_twice_and_first_is_the_highest():
    found = shrinkage.rank_intervals(pd.Series([10.0, 90.0, 50.0], index=["丙", "甲", "乙"]), [1.0, 1.0, 1.0])
    assert found.to_dict("index") == {"丙": {"rank_lower": 3, "rank_upper": 3}, "甲": {"rank_lower": 1, "rank_upper": 1},
                                      "乙": {"rank_lower": 2, "rank_upper": 2}}
    pair = [80.0, 81.0, 82.0, 83.0], [2.0, 2.0, 2.0, 2.0]
    pd.testing.assert_frame_equal(shrinkage.rank_intervals(*pair), shrinkage.rank_intervals(*pair))


def test_equal_units_may_take_any_rank_within_the_interval():
    found = shrinkage.rank_intervals(np.full(100, 80.0), np.full(100, 1.0), level=0.9)
    assert found["rank_lower"].between(4, 8).all()
    assert found["rank_upper"].between(93, 97).all()


def test_equal_scores_have_no_spread():
    assert shrinkage.spread(np.full(6, 80.0), np.full(6, 2.0)) == (80.0, 0.0)
    shrunken = shrinkage.shrink(np.full(6, 80.0), np.full(6, 2.0))
    assert shrunken["shrunken_score"].tolist() == [80.0] * 6
    assert shrunken["own_share"].tolist() == pytest.approx([2 / 5] * 6)  # (k − 3) / (k − 1) is given up
    assert shrunken["shrunken_error"].tolist() == pytest.approx([2 * np.sqrt(1 - 5 / 6 * 3 / 5)] * 6)  # the mean is an estimate


def test_differences_that_chance_explains_leave_no_spread():
    assert shrinkage.spread([79.0, 81.0, 80.0, 80.0, 80.5], np.full(5, 2.0)).variance == 0


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_units_have_nothing_to_be_drawn_to(count):
    assert shrinkage.spread([80.0] * count, [1.0] * count) is None
    shrunken = shrinkage.shrink([80.0] * count, [1.0] * count)
    assert len(shrunken) == count
    assert shrunken.isna().all(axis=None)


def test_units_without_score_or_known_error_are_null_and_do_not_count():
    scores, errors = [80.0, 85.0, None, 99.0, 70.0, 75.0, 50.0], [1.0, 1.0, 1.0, 0.0, 1.0, 1.0, None]
    shrunken = shrinkage.shrink(pd.Series(scores), pd.Series(errors))
    assert shrunken["shrunken_score"].isna().tolist() == [False, False, True, True, False, False, True]
    known = shrinkage.shrink([80.0, 85.0, 70.0, 75.0], [1.0] * 4)
    assert shrunken["shrunken_score"].dropna().tolist() == known["shrunken_score"].tolist()
    ranks = shrinkage.rank_intervals(pd.Series(scores), pd.Series(errors))
    assert ranks["rank_lower"].tolist() == [2, 1, pd.NA, pd.NA, 4, 3, pd.NA]


def test_no_unit_has_no_rank():
    assert shrinkage.rank_intervals([], []).empty
    assert shrinkage.rank_intervals([None], [1.0])["rank_lower"].isna().all()
    assert shrinkage.rank_intervals([80.0], [1.0]).to_numpy().tolist() == [[1, 1]]
