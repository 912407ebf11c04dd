"""What a bulletin expects of the month that comes, on weeks whose next month follows from their making."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support import weeks

from helpers.analysis import next_month, outlook, series
from helpers.settings import periods

FEBRUARY = periods.parse("2019-M02", 2019)


@pytest.fixture
def known(monkeypatch):
    """A period's end that knew two categories with 7 and 70 tickets a week, by its period."""

    def make(period, counts, before=None):
        town = weeks.edition()
        found = series.of_days(weeks.days(np.asarray(counts)), town, period.last_day)
        scope = SimpleNamespace(edition=town, period=period, cube=SimpleNamespace(data="export"))
        months = {period: [("类0", 30), ("类1", 290)], next_month.following(outlook.Outlook(scope, found, None, None, None))
                  .back(12): before or []}
        monkeypatch.setattr(
            series, "counted", lambda edition, month: pd.DataFrame(months[month], columns=["category", "tickets"])
        )
        return outlook.Outlook(scope, found, town.warning, pd.DataFrame(), np.zeros(found.counts.shape, dtype=bool))

    return make


@pytest.mark.parametrize(
    ("through", "month", "days"),
    [
        ("2019-01-31", "2019-M02", [4 - 1, 7, 7, 7, 4]),  # weeks end on Sundays: the last known is the 27th
        ("2019-06-30", "2019-M07", [7, 7, 7, 7, 3]),
        ("2019-05-15", "2019-M07", [0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7, 3]),
    ],
)
def test_a_month_has_the_share_of_each_week_that_lies_in_it(through, month, days):
    found = series.of_days(weeks.days(np.full((1, 150), 7)), weeks.edition(), datetime.date.fromisoformat(through))
    assert (7 * next_month.shares(found, periods.parse(month, 2019))).round().tolist() == days


def test_a_month_is_expected_by_its_days_with_this_month_and_the_year_before(known):
    now = known(FEBRUARY, [[7] * 120, [70] * 120], before=[("类1", 310)])
    whole = next_month.expected(now).iloc[0]
    assert whole["expected_tickets"] == pytest.approx(77 / 7 * 31, rel=0.01)
    assert whole[["month", "period_tickets", "year_ago"]].tolist() == [3, 320, 310]
    assert whole["expected_tickets_lower"] <= 341 <= whole["expected_tickets_upper"]
    rows = next_month.expected(now, "category")
    assert rows["category"].tolist() == ["类1", "类0"]
    assert rows[["period_tickets", "year_ago"]].to_numpy().tolist() == [[290, 310], [30, 0]]
    assert rows.attrs["period"] == "2019-M02"


def test_a_year_that_is_not_known_is_null_and_what_is_next_to_nothing_is_left_out(known):
    rows = next_month.expected(known(FEBRUARY, [[7] * 120, [0] * 113 + [1] + [0] * 6]), "category")
    assert rows["category"].tolist() == ["类0"]
    assert rows["year_ago"].isna().all()


def test_more_is_compared_by_the_day_at_the_lower_end(known):
    now = known(FEBRUARY, [[7] * 120])
    rows = pd.DataFrame({"category": ["甲", "乙", "丙"], "expected_tickets_lower": [31, 32, 32], "period_tickets": 28,
                         "expected_tickets": [40, 40, 28]})
    assert next_month.increasing(now, rows)["category"].tolist() == ["乙"]


def test_a_districts_month_is_compared_by_tickets_of_known_categories(known, monkeypatch):
    now = known(FEBRUARY, [[7] * 120])
    days = pd.DataFrame({"district": "甲区", "category": ["类0", None], "tickets": [28, 9]})
    monkeypatch.setattr(series, "counted", lambda edition, month: days)
    assert next_month.expected(now, "district")["period_tickets"].tolist() == [28]
    assert next_month.expected(now)["period_tickets"].tolist() == [37]


def test_alerts_that_go_on_are_those_of_the_period_that_are_open():
    found = pd.DataFrame({"category": ["甲", "乙"], "state": ["ended", "open"]})
    assert next_month.open_alerts(found)["category"].tolist() == ["乙"]
