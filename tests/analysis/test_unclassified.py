"""Changes of parts where the share of unclassified tickets has moved."""

import ibis
import pandas as pd
import pytest

from helpers.analysis import unclassified
from helpers.analysis.soundness import Soundness
from helpers.analysis.unclassified import Shares
from helpers.settings import editions, periods

NOW, BEFORE = periods.parse("year", 2020), periods.parse("year", 2019)


def coverage(*rows):
    return ibis.memtable(pd.DataFrame(rows, columns=["column", "year", "month", "tickets", "known"]))


def volume(*rows, by="category"):
    return pd.DataFrame([(name, now, before, now / before - 1) for name, now, before in rows],
                        columns=[by, "tickets", "tickets_before", "tickets_change"])


def sound(entity=None, rules=None, **shares):
    months = [(year, month) for year in (2019, 2020) for month in range(1, 13)]
    return Soundness(rules or editions.Soundness(), NOW, BEFORE, (2019, 2020), dict.fromkeys(months, "covered"), {}, {},
                     unclassified=shares, entity=entity or {})


def test_shares_are_of_the_tickets_without_a_value_in_either_period():
    rows = coverage(("category", 2019, 1, 100, 50), ("category", 2019, 2, 100, 70), ("category", 2020, 1, 100, 70),
                    ("owner", 2020, 1, 9, 9))
    found = unclassified.shares(rows, NOW, BEFORE)
    assert list(found) == ["category"]
    assert (found["category"].now, found["category"].before) == pytest.approx((0.3, 0.4))
    assert found["category"].counts == ((30, 100), (80, 200))
    assert found["category"].move == pytest.approx(0.1)


def test_a_change_lies_between_the_counted_and_the_allocated_one():
    """Beijing 2019 and 2020: 43.38 % and 30.11 % of the calls have no category; 市场管理 796 thousand and 980 thousand."""
    answer = unclassified.bounded(volume(("市场管理", 980_000, 795_648), (None, 3_324_400, 3_085_000)), Shares(0.3011, 0.4338))
    assert answer["tickets_change"].isna().all()
    market = answer.iloc[0]
    assert market["high_change"] == pytest.approx(980_000 / 795_648 - 1)
    assert market["low_change"] == pytest.approx((980_000 / 0.6989) / (795_648 / 0.5662) - 1)
    assert answer.iloc[1][["low_change", "high_change"]].isna().all()


def test_a_growing_share_of_the_unclassified_turns_the_range_round():
    answer = unclassified.bounded(volume(("甲", 90, 100)), Shares(0.5, 0.2))
    assert (answer["low_change"].iloc[0], answer["high_change"].iloc[0]) == (pytest.approx(-0.1), pytest.approx(0.44))


@pytest.mark.parametrize(("now", "is_range"), [(0.30, False), (0.281, False), (0.279, True), (0.321, True)])
def test_a_change_is_a_range_from_the_editions_move_on(now, is_range):
    answer = sound(category=Shares(now, 0.30)).apply(volume(("甲", 120, 100)))
    assert ("low_change" in answer) == is_range
    assert answer["tickets_change"].notna().all() != is_range


def test_the_column_that_moved_most_decides_and_a_whole_has_none():
    shares = {"category": Shares(0.3, 0.43), "subcategory": Shares(0.36, 0.51), "district": Shares(0, 0)}
    parts = volume(("甲", 120, 100), by="subcategory")
    assert sound(**shares).moved(parts) == Shares(0.36, 0.51)
    assert sound({"category": "住房"}, **shares).moved(volume(("甲", 120, 100), by="district")) == Shares(0.3, 0.43)
    assert sound(**shares).moved(volume(("甲", 120, 100), by="district")) is None
    whole = pd.DataFrame({"tickets": [120], "tickets_before": [100], "tickets_change": [0.2]})
    assert sound(**shares).apply(whole)["tickets_change"].tolist() == [0.2]


def test_a_change_from_few_tickets_is_none():
    answer = sound().apply(volume(("甲", 58, 29), ("乙", 60, 30)))
    assert answer["tickets_change"].isna().tolist() == [True, False]
