"""What a period's end knew: places in their order, none where tickets have no such level, and how many weeks were judged."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from support import weeks

from helpers.analysis import outlook, series
from helpers.settings import periods

APRIL = periods.parse("2019-M04", 2019)  # weeks that end in it: four; 120 weeks from 2017-01-02 end on 2019-04-21


def known(days, by=("district",), **update):
    town = weeks.edition(**update)
    found = series.of_days(days, town, APRIL.last_day, by)
    scope = SimpleNamespace(edition=town, period=APRIL, cube=SimpleNamespace(data="export"))
    empty = pd.DataFrame(columns=["from", "to", "category", "area", "what"])
    return outlook.Outlook(scope, found, town.warning, empty, np.zeros(found.counts.shape, dtype=bool))


@pytest.fixture
def days():
    steady = np.full((2, 120), 21)
    steady[1] = 7
    steady[0, -1] = 200
    frame = weeks.days(steady)
    other = weeks.days(np.full((1, 120), 14)).assign(district="乙区")
    rare = weeks.days(np.eye(1, 120, 60, dtype=int)).assign(district="乙区", category="类9")
    return pd.concat([frame, other, rare], ignore_index=True)


def test_districts_are_in_the_editions_order_with_most_first_and_without_what_is_next_to_nothing(days):
    rows = outlook.districts(known(days, districts=["乙区", "甲区"]))
    assert rows[["district", "category"]].to_numpy().tolist() == [["乙区", "类0"], ["甲区", "类0"], ["甲区", "类1"]]
    ends = rows[[f"expected_tickets{end}" for end in ("_lower", "_half_lower", "_half_upper", "_upper")]]
    assert (ends.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_a_period_counts_its_alerts_and_the_weeks_that_were_judged(days):
    now = known(days)
    found = outlook.runs(now)
    assert found[["district", "category", "tickets", "state"]].to_numpy().tolist() == [["甲区", "类0", 200, "open"]]
    assert outlook.alert_weeks(now, found)[["alerts", "open_alerts", "weeks", "judged_weeks"]].iloc[0].tolist() == [1, 1, 3, 3]
    assert outlook.course(now, found).attrs.get("hidden") is None  # a line of one district, not of the city
    assert outlook.alert_weeks(now, found).attrs.get("hidden") is not None
    short = known(days[days["day"] >= "2017-06-01"])
    assert outlook.alert_weeks(short, outlook.runs(short))[["weeks", "judged_weeks"]].iloc[0].tolist() == [3, 0]


def test_a_circle_is_listed_where_it_is_rare_among_all_categories_that_are_searched(days, monkeypatch):
    def areas(*struck):
        towns = [
            pd.DataFrame({"category": name, "district": "甲区", "area": [*"abcdefghijkl"], "longitude": np.arange(12) / 100,
                          "latitude": 39.0, "tickets": [many] + [10] * 11, "before": 120})
            for name, many in struck
        ]
        return lambda several, first, last: pd.concat(towns)

    now = known(days)
    monkeypatch.setattr(outlook.series, "years", lambda edition: [edition])
    monkeypatch.setattr(outlook.cube_gatherings, "located", areas(("噪音", 40), ("道路", 10), ("路灯", 20)))
    found = outlook.circles(now).set_index("category")
    assert found.index.tolist() == ["噪音"]
    assert found.loc["噪音", ["district", "areas_inside", "tickets"]].tolist() == ["甲区", 1, 40]
    assert found.loc["噪音", "days_recurrence"] == pytest.approx(28 / (3 * found.loc["噪音", "chance_share"]))
    monkeypatch.setattr(outlook.cube_gatherings, "located", areas(("噪音", 10)))
    assert outlook.circles(now).empty
    monkeypatch.setattr(outlook.cube_gatherings, "located", lambda several, first, last: areas(("噪音", 10))(0, 0, 0).head(0))
    assert outlook.circles(now).empty


def test_subdistricts_are_judged_by_themselves_and_where_no_ticket_has_one_there_is_nothing(days):
    by = ("district", "subdistrict")
    street = days.assign(subdistrict=np.where(days["district"] == "甲区", "一街", None))
    found = outlook.runs(known(street, by))
    assert found[["district", "subdistrict", "tickets"]].to_numpy().tolist() == [["甲区", "一街", 200]]
    none = known(days.assign(subdistrict=None), by)
    assert outlook.runs(none).empty
    assert outlook.rising(none, 5).empty
    assert outlook.alert_weeks(none, outlook.runs(none))["judged_weeks"].iloc[0] == 0
