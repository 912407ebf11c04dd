import math

import numpy as np
import pandas as pd
import pytest

from helpers.analysis import uncertainty

SCORES, SHARES = np.array([0, 10, 60, 100]), np.array([0.02, 0.06, 0.08, 0.84])  # a ticket's score is one of few values


def monthly(*rows):
    """Sums of tickets' scores by unit and month."""
    return pd.DataFrame(rows, columns=["owner", "month", "valid", "score_sum", "score_squares"])


def tickets(unit, month, *scores):
    return unit, month, len(scores), sum(scores), sum(score**2 for score in scores)


@pytest.mark.parametrize(("successes", "answers", "lower", "upper"), [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0)])
def test_wilson_intervals_are_those_of_newcombe(successes, answers, lower, upper):
    """Newcombe (1998), Stat. Med. 17, 857–872, table I, method 3; the last by the formula, n / (n + z²)."""
    assert np.round(uncertainty.wilson(successes, answers), 4).tolist() == [lower, upper]


@pytest.mark.parametrize(("first", "second", "lower", "upper"), [
    ((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090), ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926), ((10, 10), (0, 10), 0.6075, 1.0)])
def test_differences_of_rates_are_those_of_newcombe(first, second, lower, upper):
    """Newcombe (1998), Stat. Med. 17, 873–890, table II, method 10: the first less the second."""
    assert np.round(uncertainty.rate_difference(second, first), 4).tolist() == [lower, upper]


def test_a_difference_of_a_rate_without_answers_is_unknown():
    assert np.isnan(uncertainty.rate_difference((0, 0), (3, 4))).all()


@pytest.mark.slow  # statsmodels imports for two seconds
def test_wilson_intervals_are_those_of_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion", reason="statsmodels is not installed: no oracle")
    answers = np.array([1, 2, 5, 30, 421, 10**6])
    successes = np.array([0, 1, 5, 29, 300, 1])
    for level in (0.8, 0.9, 0.95, 0.998):
        ours = uncertainty.wilson(successes, answers, level)
        np.testing.assert_allclose(ours, proportion.proportion_confint(successes, answers, 1 - level, "wilson"), atol=1e-12)


def test_a_90_percent_wilson_interval_covers_the_rate_90_times_in_a_hundred():
    covered = []
    for n in (150, 400, 900):
        count = np.arange(n + 1)
        interval = uncertainty.wilson(count, n, 0.9)
        combinations = np.array([math.lgamma(n + 1) - math.lgamma(x + 1) - math.lgamma(n - x + 1) for x in count])
        for rate in np.linspace(0.6, 0.97, 38):
            chance = np.exp(combinations + count * math.log(rate) + (n - count) * math.log(1 - rate))
            covered.append(chance[(interval.lower <= rate) & (rate <= interval.upper)].sum())
    assert 0.89 < np.mean(covered) < 0.91
    assert min(covered) > 0.85


def test_what_has_no_answers_has_no_interval():
    interval = uncertainty.wilson(pd.Series([0, 3, None, 5], dtype="Int64"), pd.Series([0, 2, 4, None], dtype="Int64"))
    assert np.isnan(interval).all()
    assert np.isnan(uncertainty.wilson(0, 0)).all()


def test_answers_that_count_in_part_are_surer_than_yes_or_no():
    satisfied, basically, n = 50, 30, 100  # 基本满意 counts 0.9
    count, squares = satisfied + 0.9 * basically, satisfied + 0.81 * basically
    worth = (0.77 * 0.23) / (0.743 - 0.77**2)  # 1.18 yes-or-no answers each
    weighted, plain = uncertainty.wilson(count, n, squares=squares), uncertainty.wilson(count, n)
    np.testing.assert_allclose(weighted, uncertainty.wilson(count * worth, n * worth), rtol=1e-12)
    assert plain.lower < weighted.lower < 0.77 < weighted.upper < plain.upper


def test_a_sum_of_parts_may_be_rounded_up_beyond_its_answers():
    assert np.array_equal(uncertainty.wilson(1 + 4e-16, 1), uncertainty.wilson(1, 1))


@pytest.mark.parametrize(("count", "squares"), [(100, 100), (0, 0), (90, 81), (90, 81 + 1e-12)])
def test_equal_answers_are_worth_what_they_are(count, squares):
    assert np.array_equal(uncertainty.wilson(count, 100, squares=squares), uncertainty.wilson(count, 100))


def test_whole_answers_are_worth_what_they_are_whether_squares_are_passed_or_not():
    np.testing.assert_allclose(uncertainty.wilson(70, 100, squares=70), uncertainty.wilson(70, 100), rtol=1e-12)


def test_a_rate_is_bounded_by_those_who_gave_no_answer():
    """Report 2020: of the assessed 71.1 % answered, 83.50 % of them resolved: 59.37 to 88.27 %."""
    bounds = uncertainty.unanswered_bounds(0.8350 * 7110, 7110, 10_000)
    assert np.round(bounds, 4).tolist() == [0.5937, 0.8827]
    assert uncertainty.unanswered_bounds([3], [4], [4]).lower.tolist() == [0.75]  # all answered


def test_bounds_are_null_where_nobody_answered_or_more_than_were_assessed():
    bounds = uncertainty.unanswered_bounds([0, 2, 1], [0, 2, 3], [5, 1, None])
    assert np.isnan(bounds).all()


def test_a_score_over_months_is_the_mean_of_months_and_its_error_that_of_their_tickets():
    rows = monthly(tickets("甲", 1, 100, 100, 0, 100), tickets("甲", 2, 0, 100))
    scored = uncertainty.score_intervals(rows, ["owner"], "months", 0.5).iloc[0]
    variance = 7500 + 5000  # Σ (score − month's mean)², with 3 + 1 degrees of freedom, and as the only unit the common one
    expected = math.sqrt(variance / 4 * (1 / 4 + 1 / 2) / 4)
    assert scored[["scored_months", "valid", "score_mean"]].tolist() == [2, 6, 62.5]
    assert scored["score_error"] == pytest.approx(expected)
    assert scored["score_lower"] == pytest.approx(62.5 - 0.6744898 * expected)
    assert scored["score_upper"] == pytest.approx(62.5 + 0.6744898 * expected)


def test_a_score_over_the_period_is_the_mean_of_tickets():
    rows = monthly(tickets("甲", 1, 100, 100, 0, 100), tickets("甲", 2, 0, 100))
    scored = uncertainty.score_intervals(rows, ["owner"], "period").iloc[0]
    assert scored["score_mean"] == pytest.approx(400 / 6)
    assert scored["score_error"] == pytest.approx(math.sqrt(12_500 / 4 / 6))


def test_few_and_equal_answers_are_not_certain():
    rows = monthly(tickets("甲", 1, *[100] * 30), tickets("乙", 1, *[100, 0] * 20))
    scored = uncertainty.score_intervals(rows, ["owner"], "period").set_index("owner")
    common = 40 * 2500 / (29 + 39)
    assert scored.loc["甲", "score_error"] == pytest.approx(math.sqrt(4 * common / (29 + 4) / 30))
    assert scored.loc["乙", "score_error"] == pytest.approx(math.sqrt((100_000 + 4 * common) / (39 + 4) / 40))
    assert scored.loc["甲", "score_upper"] == 100
    rows = monthly(tickets("甲", 1, *[0] * 9, 10), tickets("乙", 1, *[100, 0] * 20))
    assert uncertainty.score_intervals(rows, ["owner"], "months").loc[1, "score_lower"] == 0


def test_sums_of_files_add_up():
    rows = monthly(tickets("甲", 1, 100, 0, 60), tickets("甲", 1, 10, 100), tickets("甲", 2, 60, 0))
    whole = rows.groupby(["owner", "month"], as_index=False).sum()
    expected = uncertainty.score_intervals(monthly(tickets("甲", 1, 100, 0, 60, 10, 100), tickets("甲", 2, 60, 0)),
                                           ["owner"], "months")
    pd.testing.assert_frame_equal(uncertainty.score_intervals(whole, ["owner"], "months"), expected)


@pytest.mark.parametrize("rows", [
    [tickets("甲", 1, *[90.0] * 7), tickets("乙", 1, *[30.0] * 3)],  # all of a unit's answers are equal
    [tickets(str(unit), 1, *[90 + unit / 10] * 7) for unit in range(9)],  # and their sums rounded
    [tickets("甲", 1, 100), tickets("甲", 2, 0), tickets("乙", 1, 50)]])  # none has two in a month
def test_an_error_that_cannot_be_known_is_null(rows):
    scored = uncertainty.score_intervals(monthly(*rows), ["owner"], "months")
    assert scored["score_error"].isna().all()
    assert scored["score_mean"].notna().all()


def test_units_without_valid_tickets_have_no_row_and_those_without_name_come_last():
    rows = monthly(tickets(None, 1, 100, 0), tickets("乙", 1), tickets("甲", 1, 100, 0), tickets("甲", 2))
    scored = uncertainty.score_intervals(rows, ["owner"], "months")
    assert scored["owner"].fillna("").tolist() == ["甲", ""]
    assert scored["scored_months"].tolist() == [1, 1]
    assert uncertainty.score_intervals(monthly(tickets("乙", 1)), ["owner"], "months").empty


@pytest.mark.parametrize("over", ["months", "period"])
def test_a_90_percent_interval_covers_a_units_score_88_to_92_times_in_a_hundred(over):
    """337 units with some hundreds of answers over twelve uneven months."""
    random = np.random.default_rng(7)
    shares = random.dirichlet(60 * SHARES, 337)
    answers = random.poisson(random.gamma(4, 10, (337, 1)) * random.uniform(0.3, 1.7, 12))
    counts = random.multinomial(answers, shares[:, None, :])
    rows = pd.DataFrame({"owner": np.repeat(np.arange(337), 12), "month": np.tile(np.arange(1, 13), 337),
                         "valid": answers.ravel(), "score_sum": (counts @ SCORES).ravel(),
                         "score_squares": (counts @ SCORES**2).ravel()})
    scored = uncertainty.score_intervals(rows, ["owner"], over)
    truth = (shares @ SCORES)[scored["owner"]]
    assert 200 < scored["valid"].median() < 700
    assert 0.88 < ((scored["score_lower"] <= truth) & (truth <= scored["score_upper"])).mean() < 0.92


def test_the_funnels_labels_are_those_published(known_answers):
    """Public Health England's funnel plot, test data of CRAN's PHEindicatormethods; a hundred labels are taken out."""
    areas = pd.read_csv(known_answers / "funnel_phe.csv")
    labels = {-2: "Low (0.001)", -1: "Low (0.025)", 0: "Not significant", 1: "High (0.025)", 2: "High (0.001)"}
    ours = uncertainty.funnel_plot(areas["numerator"], areas["denominator"])["signal"].map(labels)
    labelled = areas["significance"].notna()
    assert labelled.sum() == 203
    assert ours[labelled].tolist() == areas.loc[labelled, "significance"].tolist()


def test_a_funnels_limits_are_wilsons_at_the_centre():
    answers = pd.Series([100, 100], index=["甲", "乙"])
    units = uncertainty.funnel_plot(pd.Series([80, 70], index=["甲", "乙"]), answers, centre=0.9)
    near, far = uncertainty.wilson(90, 100, 0.95), uncertainty.wilson(90, 100, 0.998)
    expected = pd.DataFrame({"rate": [0.8, 0.7], "lower_near": near.lower, "upper_near": near.upper, "lower_far": far.lower,
                             "upper_far": far.upper, "signal": [-1, -2]}, index=["甲", "乙"]).astype({"signal": "Int64"})
    pd.testing.assert_frame_equal(units, expected, check_exact=False, rtol=1e-12)


def test_without_a_centre_the_units_rate_is_pooled_and_units_without_answers_have_no_sign():
    units = uncertainty.funnel_plot([50, 150, 0], [100, 100, 0])  # 150 of 100 is no count
    assert units["signal"].isna().tolist() == [False, True, True]
    assert uncertainty.funnel_plot([90, 10, 0], [100, 900, 0])["signal"].tolist() == [2, -2, pd.NA]
    assert uncertainty.funnel_plot([0], [0])["signal"].isna().all()


def test_more_than_chance_widens_a_funnel():
    random = np.random.default_rng(3)
    answers = np.full(2000, 4000)
    even = random.binomial(answers, 0.8)
    uneven = random.binomial(answers, random.normal(0.8, 0.02, 2000))
    ratio = 1 + 0.02**2 / (0.16 / 4000)  # the variance is 11 times that of chance
    assert uncertainty.dispersion(even, answers) == 1.0
    assert uncertainty.dispersion(uneven, answers, trimmed=0.0) == pytest.approx(ratio, rel=0.1)
    assert 0.5 * ratio < uncertainty.dispersion(uneven, answers) < 0.8 * ratio  # a tenth at either end is drawn in
    widened = uncertainty.funnel_plot(uneven, answers, dispersion=ratio)
    assert 0.03 < (widened["signal"] != 0).mean() < 0.07
    assert (uncertainty.funnel_plot(uneven, answers)["signal"] != 0).mean() > 0.4


def test_a_dispersion_by_hand():
    """z of 0.8 by a centre of 0.5 with 100 answers is 6; of 0.5 it is 0."""
    assert uncertainty.dispersion([80, 50], [100, 100], centre=0.5, trimmed=0.0) == pytest.approx(18)


@pytest.mark.parametrize(("successes", "answers"), [([], []), ([5], [9]), ([4, 4], [4, 4]), ([0, 0], [3, 4]), ([0, 0], [0, 0])])
def test_nothing_to_compare_is_no_more_than_chance(successes, answers):
    assert uncertainty.dispersion(successes, answers) == 1.0


def test_an_answer_carries_the_interval_of_each_of_its_rates():
    """45 of 50: Wilson's interval is 0.786 to 0.957 (Wilson 1927; the calculation by hand)."""
    answer = pd.DataFrame({"district": ["甲", "乙"], "due": [50, 0], "on_time_rate": [0.9, None], "valid": [50, 10],
                           "resolution_rate": [0.9, None]})
    found = uncertainty.with_intervals(answer, 0.95)
    centre, half = (
        (45 + 1.959964**2 / 2) / (50 + 1.959964**2),
        1.959964 / (50 + 1.959964**2) * (45 * 5 / 50 + 1.959964**2 / 4) ** 0.5,
    )
    for rate in ("on_time_rate", "resolution_rate"):
        assert found[f"{rate}_lower"].iloc[0] == pytest.approx(centre - half)
        assert found[f"{rate}_upper"].iloc[0] == pytest.approx(centre + half)
        assert found[[f"{rate}_lower", f"{rate}_upper"]].iloc[1].isna().all()
    assert "satisfaction_rate_lower" not in found
