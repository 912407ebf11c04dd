"""The batched fit and its thresholds against published numbers and other programs."""

import numpy as np
import pytest

from helpers.analysis import other_rules, quasi_poisson

WEEKS = np.arange(104)
DESIGN = np.column_stack([np.ones(104), (WEEKS - 104) / 52])


@pytest.fixture(scope="module")
def counts():
    draw = np.random.default_rng(1)
    means = np.exp(np.array([-0.5, 0.7, 2.0, 4.0])[:, None] + 0.3 * DESIGN[:, 1] + 0.2 * np.sin(WEEKS / 8))
    return draw.negative_binomial(3, 3 / (3 + means)).astype(float)


def test_the_batched_fit_is_that_of_statsmodels_cell_by_cell(counts):
    sm = pytest.importorskip("statsmodels.api")
    offset = 0.1 * np.cos(WEEKS / 5)
    weights = np.where(WEEKS % 7 == 0, 0.25, 1.0)
    fitted = quasi_poisson.fit(counts, DESIGN, weights, offset)
    for cell, own in enumerate(counts):
        model = sm.GLM(own, DESIGN, family=sm.families.Poisson(), offset=offset, var_weights=weights).fit(tol=1e-12)
        np.testing.assert_allclose(fitted.coefficients[cell], model.params, atol=1e-6)
        np.testing.assert_allclose(fitted.means[cell], model.mu, rtol=1e-6)
        np.testing.assert_allclose(fitted.covariance[cell], model.normalized_cov_params, rtol=1e-5)
        assert fitted.dispersion[cell] == pytest.approx(max(1, (weights * (own - model.mu) ** 2 / model.mu).sum() / 102))


def test_a_past_outbreak_has_little_say(counts):
    struck = counts.copy()
    struck[2, 50:54] += 200
    plain, weighted = (
        fitted.means[2, -1]
        for fitted in (
            quasi_poisson.fit(struck, DESIGN, np.ones(104)),
            quasi_poisson.down_weighted(struck, DESIGN, np.ones((4, 104))),
        )
    )
    calm = quasi_poisson.fit(counts, DESIGN, np.ones(104)).means[2, -1]
    assert abs(weighted - calm) < 0.5 * abs(plain - calm)


@pytest.mark.parametrize(("power", "limit"), [("none", 8.6926872), ("1/2", 9.3744842), ("2/3", 9.1154825)])
def test_farringtons_threshold_is_the_published_one(power, limit):
    """The tests of R's surveillance: prediction 5 with standard error 0.2, dispersion 1, 5 %."""
    assert quasi_poisson.farrington_threshold(5, 0.2, 1, 0.05, power) == pytest.approx(limit, abs=1e-7)


def test_noufailys_quantile_and_weights_are_the_published_ones():
    """The tests of R's surveillance: mean 5, dispersion 1.5, 5 %; two weeks of which one lies above the limit of residuals."""
    assert quasi_poisson.threshold(np.array([5.0]), np.array([1.5]), 0.05).tolist() == [10]
    np.testing.assert_allclose(quasi_poisson.weights(np.array([0.5, 2.0]), np.ones(2), 1), [1.6, 0.4])


def test_tails_are_those_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    counts, mean, dispersion = (
        np.array([0, 3, 12, 150, 7]),
        np.array([2.0, 2.5, 4.0, 100.0, 7.0]),
        np.array([1.5, 3.0, 1.2, 4.0, 1.0]),
    )
    expected = [
        stats.nbinom.sf(count - 1, middle / (over - 1), 1 / over) if over > 1 else stats.poisson.sf(count - 1, middle)
        for count, middle, over in zip(counts, mean, dispersion, strict=True)
    ]
    np.testing.assert_allclose(quasi_poisson.tail(counts, mean, dispersion), expected, rtol=1e-4)


def test_a_series_of_zeros_gives_no_error_and_any_ticket_is_beyond_it():
    fitted = quasi_poisson.fit(np.zeros((1, 104)), DESIGN, np.ones(104))
    mean, variance = fitted.predict(np.array([1.0, 0.0]), np.zeros(1))
    assert 0 <= mean[0] < 1e-6
    assert np.isfinite(variance[0])
    assert quasi_poisson.tail(np.array([5]), mean, fitted.dispersion)[0] < 1e-6


@pytest.mark.parametrize(
    ("chances", "found", "limit"),
    [
        ([0.001, 0.04, 0.06, 0.9], [True, True, True, False], 0.075),  # 0.1 × 3 / 4
        ([0.03, 0.2, 0.5, 0.9], [False] * 4, 0.025),
        ([], [], 0.0),
    ],
)
def test_false_discoveries_are_kept_to_a_share(chances, found, limit):
    flagged, decides = quasi_poisson.false_discoveries(np.array(chances), 0.1)
    assert flagged.tolist() == found
    assert decides == pytest.approx(limit)


def test_ears_c1_is_the_published_one(known_answers):
    """R's surveillance on salmNewport from the first week of 2011, one-sided 5 %."""
    import pandas as pd

    weeks = pd.read_csv(known_answers / "salmnewport.csv")
    first = int((weeks["week_start"] >= "2011-01-01").idxmax())
    cases = weeks["cases"].to_numpy(dtype=float)[None]
    found = [other_rules.ears_c1(cases, first + step, share=0.05)[0] for step in range(4)]
    assert found == pytest.approx([3.278854, 3.278854, 3.436517, 3.855617], abs=1e-6)
