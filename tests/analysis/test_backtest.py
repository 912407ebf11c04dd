"""A back-test: what it refuses, what it counts as false, and what it finds."""

import numpy as np
import pytest
from support import weeks

from helpers.analysis import backtest, other_rules
from helpers.settings.errors import UserError

RULES = weeks.edition().warning


@pytest.fixture(scope="module")
def tried():
    counts = np.random.default_rng(5).poisson(np.array([3, 20, 40])[:, None], (3, 150))
    return backtest.judged(weeks.made(counts), RULES)


def test_simulated_tickets_and_a_short_history_are_refused():
    long, short = weeks.made([[21] * 120]), weeks.made([[21] * 112])
    assert backtest.check("export", long, RULES) is long
    with pytest.raises(UserError, match="simulated tickets"):
        backtest.check("simulated", long, RULES)
    with pytest.raises(UserError, match="more than 112 weeks in a row, and there are 112"):
        backtest.check("export", short, RULES)


def test_larger_and_longer_outbreaks_are_found_more_often_and_the_rule_is_quieter_than_others(tried, monkeypatch):
    monkeypatch.setattr(backtest, "_DRAWN", 60)
    found = backtest.detection(tried, RULES)
    own = backtest.by_length(found).set_index(["volume", "length"])
    assert own.index.tolist() == [
        ("quiet", 1),
        ("quiet", 2),
        ("quiet", 4),
        ("quiet", 8),
        ("busy", 1),
        ("busy", 2),
        ("busy", 4),
        ("busy", 8),
    ]
    assert own.loc[("busy", 8), "size_5_share"] > 0.9
    assert own.loc[("busy", 8), "size_5_share"] > own.loc[("busy", 8), "size_1_share"]
    assert own.loc[("busy", 4), "size_3_share"] > own.loc[("busy", 1), "size_3_share"]
    raised = backtest.false_alerts(tried, np.ones(len(tried.weeks), dtype=bool), np.zeros(len(tried.weeks), dtype=bool))
    both = backtest.compared(raised, found).set_index("rule")
    assert both["alerts_calm"].idxmin() == backtest.OURS
    assert both.loc["half_more", "alerts_calm"] > 2 * both.loc[backtest.OURS, "alerts_calm"]
    assert (both["days_until"] >= 0).all()


def test_calm_weeks_are_as_expected_without_event_or_festival_and_not_marked():
    counts = np.full((2, 140), 50)
    counts[:, 120] = 200
    made = weeks.made(counts + np.random.default_rng(2).poisson(20, (2, 140)))
    events = np.zeros(made.counts.shape, dtype=bool)
    events[0, 125] = True
    marks = [{"first": made.starts[130].item(), "last": made.starts[130].item(), "what": "封控", "source": "公告"}]
    rules = type(RULES).model_validate({"marked": marks})
    found = dict(zip(range(110, 140), backtest.calm(made, rules, np.arange(110, 140), events).tolist(), strict=True))
    assert not any(found[week] for week in (120, 125, 130))
    assert sum(found.values()) > 15


def test_other_rules_by_hand():
    counts = np.array([[10, 12, 11, 9, 10, 12, 11, 10, 16]], dtype=float)
    assert other_rules.half_more(counts, 8).tolist() == [15]
    assert other_rules.ears_c1(counts, 8)[0] == pytest.approx(
        counts[0, 1:8].mean() + 3.0902 * counts[0, 1:8].std(ddof=1), abs=1e-3
    )
    steady = weeks.made(np.random.default_rng(1).poisson(20, (1, 170)))
    assert 25 < other_rules.farrington(steady, 169)[0] < 35
    assert other_rules.farrington(steady, 40)[0] == np.inf  # no earlier year
