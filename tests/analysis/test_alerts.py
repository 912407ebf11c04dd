"""Alerts: what is found, what is silent, what goes on, and how often nothing at all is found where nothing is."""

import numpy as np
import pandas as pd
import pytest
from support import weeks

from helpers.analysis import alerts

RULES = weeks.edition().warning
STEADY = np.full((3, 130), 21)


def judged(counts, place=-1, events=None, **update):
    made = weeks.made(counts, **update)
    return alerts.judge(made, weeks.edition(**update).warning, place % made.weeks, events)


@pytest.mark.parametrize("spread", ["poisson", "negative binomial"])
def test_without_signals_few_weeks_have_any_alert(spread):
    draw = np.random.default_rng(6)
    means = draw.uniform(1, 30, 60)[:, None]
    counts = draw.poisson(means, (60, 210)) if spread == "poisson" else draw.negative_binomial(means / 1.5, 1 / 2.5, (60, 210))
    made = weeks.made(counts)
    found = [alerts.judge(made, RULES, place).alert.any() for place in range(130, 210)]
    assert np.mean(found) <= RULES.false_share + 0.05  # 80 weeks: three in a hundred is one standard error


def test_a_week_of_far_more_tickets_is_an_alert_and_says_from_what_count():
    counts = STEADY.copy()
    counts[1, -1] = 80
    made = weeks.made(counts)
    week = alerts.judge(made, RULES, 129)
    assert week.alert.tolist() == [False, True, False]
    assert week.expected == pytest.approx([21, 21, 21], rel=0.05)
    row = alerts.listed(made, RULES, [week]).iloc[0]
    assert (row["category"], row["tickets"], str(row["week"])[:10]) == ("类1", 80, str(made.starts[129]))
    below = counts.copy()
    below[1, -1] = row["threshold"] - 1
    at = counts.copy()
    at[1, -1] = row["threshold"]
    assert [judged(each).alert[1] for each in (below, at)] == [False, True]


def test_thin_rows_short_histories_and_weeks_of_the_festival_are_silent():
    counts = np.vstack([STEADY, np.zeros((1, 130), dtype=int)])
    counts[3, -1] = 4
    counts[0, :27] = 0  # known for 102 weeks before the last
    counts[:, -1] = [200, 200, 200, 4]
    assert judged(counts).spoken.tolist() == [False, True, True, False]
    assert judged(counts, warning={"min_recent": 4}).spoken.tolist() == [False, True, True, False]  # a row begun this week
    short = STEADY[:, :104].copy()
    short[0, -1] = 200
    assert not judged(short).spoken.any()
    made = weeks.made(np.full((1, 170), 21), holidays="CN")
    festival = int(np.flatnonzero(made.festive[110:])[0]) + 110
    assert [alerts.judge(made, RULES, festival + step).spoken.any() for step in (-2, -1, 0, 2)] == [True, False, False, True]
    assert [alerts.judges(made, RULES, festival + step) for step in (-2, -1, 0, 2)] == [True, False, False, True]
    assert not alerts.judges(made, RULES, RULES.history_weeks - 1)


def test_what_goes_on_does_not_hide_itself_while_its_weeks_are_left_out():
    counts = STEADY.copy()
    counts[1, -8:] = 32
    assert judged(counts).expected[1] == pytest.approx(21, rel=0.05)
    assert judged(counts, warning={"left_out": 0}).expected[1] > 23


def test_a_known_event_is_left_out_of_what_is_usual():
    counts = STEADY.copy()
    counts[1, 60:90] = 60
    events = np.zeros((3, 130), dtype=bool)
    events[1, 60:90] = True
    assert judged(counts).expected[1] > judged(counts, events=events).expected[1]
    assert judged(counts, events=events).expected[1] == pytest.approx(21, rel=0.02)


def test_all_zeros_and_one_row_with_all_tickets_are_borne():
    counts = np.zeros((3, 130), dtype=int)
    counts[0] = 50
    counts[0, -1] = 400
    counts[1, 0] = 1
    assert judged(counts).alert.tolist() == [True, False]  # a category without any ticket is no row


def test_as_many_as_are_listed_those_with_the_largest_excess_first():
    counts = np.full((8, 130), 21)
    counts[:, -1] = 60 + 10 * np.arange(8)
    made = weeks.made(counts, warning={"listed": 3})
    rules = RULES.model_copy(update={"listed": 3})
    assert alerts.listed(made, rules, [alerts.judge(made, rules, 129)])["category"].tolist() == ["类7", "类6", "类5"]


def test_an_alert_that_goes_on_is_one_with_its_age():
    found = pd.DataFrame(
        {
            "row": [0, 0, 0, 0, 1],
            "place": [10, 11, 13, 17, 18],
            "tickets": [9, 12, 8, 7, 30],
            "excess": [4, 7, 3, 2, 20],
            "week": pd.to_datetime(["2020-03-09", "2020-03-16", "2020-03-30", "2020-04-27", "2020-05-04"]),
        }
    )
    runs = alerts.runs(found, last=18)
    assert runs[["row", "weeks", "tickets", "excess_run", "is_open"]].to_numpy().tolist() == [
        [1, 1, 30, 20, True],
        [0, 4, 12, 14, False],
        [0, 1, 7, 2, True],
    ]
    assert str(runs["first_week"][1])[:10] == "2020-03-09"
    assert alerts.runs(found.head(0), last=18).empty
