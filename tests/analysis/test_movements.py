"""Rises, falls and places: what counts bear, and what they do not."""

import pandas as pd
import pytest

from helpers.analysis import movements
from helpers.settings.editions import MovementRules

RULES = MovementRules()


def volume(**counts):
    return pd.DataFrame({"category": [*counts], "tickets": [*counts.values()]})


def compared(now, before, days=(30, 30), rules=RULES):
    return movements.compared(volume(**now), volume(**before), ["category"], days, rules).set_index("category")


STEADY = {f"类{number}": 200 for number in range(30)}


def test_a_rise_beyond_chance_is_told_from_one_within_it():
    rows = compared(STEADY | {"甲": 400, "乙": 215}, STEADY | {"甲": 200, "乙": 200})
    assert rows["movement"][["甲", "乙", "类1"]].tolist() == ["rise", "same", "same"]
    assert rows["daily_change"]["甲"] == pytest.approx(1.0)


def test_months_of_unlike_length_are_compared_by_their_days():
    cut = dict.fromkeys(STEADY, 124)  # 19 of 31 days, at the same pace of 6.5 a day
    rows = compared(cut, dict.fromkeys(STEADY, 202), days=(19, 31))
    assert set(rows["movement"]) == {"same"}
    assert rows["daily_change"].abs().max() < 0.01
    assert set(compared(cut, dict.fromkeys(STEADY, 202))["movement"]) == {"fall"}


def test_too_small_a_base_is_no_rise_and_a_name_that_is_new_is_called_so():
    rows = compared(STEADY | {"小": 90, "新": 60, "几": 4}, STEADY | {"小": 29})
    assert rows["movement"][["小", "新", "几"]].tolist() == ["same", "new", "same"]
    assert rows["daily_change"][["小", "新"]].isna().all()
    assert compared(STEADY | {"小": 90}, STEADY | {"小": 30})["movement"]["小"] == "rise"


def test_what_has_no_tickets_any_more_is_gone():
    rows = compared(STEADY, STEADY | {"旧": 200})
    assert rows.loc["旧", ["tickets", "movement"]].tolist() == [0, "gone"]


def test_rows_that_scatter_more_than_chance_need_a_larger_rise():
    before = {f"类{number}": 400 for number in range(12)}
    wild = {f"类{number}": 400 + 120 * (-1) ** number for number in range(12)}
    assert compared(before | {"甲": 560}, before | {"甲": 400})["movement"]["甲"] == "rise"
    assert compared(wild | {"甲": 560}, before | {"甲": 400})["movement"]["甲"] == "same"


def test_a_statement_has_to_hold_together_with_all_others_of_its_list():
    # 52 against 30: p = 0.02, enough alone and not among twenty
    few, many = ({f"类{number}": 300 for number in range(count)} for count in (0, 20))
    assert compared(few | {"甲": 52}, few | {"甲": 30})["movement"]["甲"] == "rise"
    assert compared(many | {"甲": 52}, many | {"甲": 30})["movement"]["甲"] == "same"


def test_the_residual_class_and_the_unknown_are_not_compared():
    both = movements.compared(volume(其他=900, 住房=500), volume(其他=100, 住房=500), ["category"], (30, 30), RULES)
    assert both["category"].tolist() == ["住房"]


def test_the_fastest_are_in_order_of_their_rise_per_day_and_the_new_of_their_number():
    rows = movements.compared(
        volume(**STEADY, 甲=600, 乙=500, 丙=40, 丁=90), volume(**STEADY, 甲=300, 乙=200), ["category"], (30, 30), RULES
    )
    assert movements.fastest(rows, "rise", 5)["category"].tolist() == ["乙", "甲"]
    assert movements.fastest(rows, "rise", 1)["category"].tolist() == ["乙"]
    assert movements.fastest(rows, "new", 5)["category"].tolist() == ["丁", "丙"]


def placed(now, before, n=3):
    both = movements.compared(volume(**now), volume(**before), ["category"], (30, 30), RULES)
    return movements.placed(both, n, 0.95).set_index("category")


def test_places_move_and_the_order_of_near_counts_is_not_certain():
    rows = placed({"甲": 1000, "乙": 620, "丙": 600}, {"甲": 900, "丙": 700, "乙": 400})
    assert rows[["tickets_rank", "earlier_rank", "moved_up"]].values.tolist() == [[1, 1, 0], [2, 3, 1], [3, 2, -1]]
    assert rows["order"].tolist() == ["sure", "unsure", "unsure"]


def test_a_movement_past_a_row_that_was_near_before_is_not_certain():
    rows = placed({"甲": 1000, "乙": 700, "丙": 400}, {"甲": 900, "丙": 510, "乙": 500})
    assert rows["order"].tolist() == ["sure", "unsure", "unsure"]
    assert placed({"甲": 1000, "乙": 700, "丙": 400}, {"甲": 900, "丙": 800, "乙": 500})["order"].tolist() == ["sure"] * 3


def test_the_last_of_a_list_is_not_certain_where_the_next_that_is_not_printed_is_near():
    rows = placed({"甲": 1000, "乙": 500, "丙": 495}, {"甲": 1000, "乙": 500, "丙": 100}, n=2)
    assert rows["order"].tolist() == ["sure", "unsure"]
    assert len(rows) == 2


def test_a_row_that_had_no_tickets_has_no_earlier_place():
    rows = placed({"甲": 1000, "新": 500}, {"甲": 900})
    assert rows.loc["新", ["earlier_rank", "moved_up"]].isna().all()


def test_a_rise_that_the_year_before_had_too_is_the_seasons():
    def moved(now, before):
        return movements.compared(
            volume(**STEADY, 供暖=now, 网约车=300), volume(**STEADY, 供暖=before, 网约车=100), ["category"], (90, 90), RULES
        )

    this, usual = (
        moved(2000, 500),
        moved(1600, 400).assign(tickets_before=lambda rows: rows["tickets_before"].where(rows["category"] != "网约车", 290)),
    )
    found = movements.seasonal(this, usual, ["category"], RULES).set_index("category")
    assert found["movement"][["供暖", "网约车", "类1"]].tolist() == ["same", "rise", "same"]
    assert this.set_index("category")["movement"]["供暖"] == "rise"


def test_without_the_year_before_nothing_is_beyond_the_season():
    both = movements.compared(volume(甲=400, 乙=300), volume(甲=100, 乙=300), ["category"], (90, 90), RULES)
    found = movements.seasonal(both, both.head(0), ["category"], RULES)
    assert set(found["movement"]) == {"same"}
    assert found["usual"].isna().all()
