from types import SimpleNamespace

import ibis
import numpy as np
import pandas as pd
import pytest

from helpers.analysis import ranking
from helpers.settings import periods
from helpers.settings.editions import AnswerWeights, Assessment, Score, Weights

ANSWERS = AnswerWeights(resolved={"resolved": 1}, satisfied={"satisfied": 1}, source="assumed")


def assessment(over="months", contact=0.1, resolution=0.5, satisfaction=0.4, decimals=1):
    weights = Weights(contact_rate=contact, resolution_rate=resolution, satisfaction_rate=satisfaction)
    score = Score(weights=weights, decimals=decimals, rounding="half_up", over=over, source="assumed")
    return Assessment(month_starts_on=1, answers=ANSWERS, score=score, source="assumed")


def monthly(*rows):
    """Monthly rates: unit, month, valid (contact known of all of them), resolution, satisfaction and contact rate."""
    names = ["owner", "month", "valid", "resolution_rate", "satisfaction_rate", "contact_rate"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(year=2020, contact_known=frame["valid"])


def scored(*rows):
    return pd.DataFrame(rows, columns=["district", "subdistrict", "scored_months", "valid", "score"])


def test_a_score_weighs_contact_resolution_and_satisfaction():
    scores = ranking.scores(monthly(("甲", 1, 8, 0.5, 0.75, 1.0)), ["owner"], assessment())
    assert scores.to_dict("records") == [{"owner": "甲", "scored_months": 1, "valid": 8, "resolution_rate": 0.5,
                                          "satisfaction_rate": 0.75, "contact_rate": 1.0, "score": 65.0}]


def test_a_score_over_months_is_the_mean_of_rounded_months_whatever_their_size():
    rows = monthly(("甲", 1, 1, 1.0, 1.0, 1.0), ("甲", 2, 999, 0.0, 0.0, 0.5549))
    assert ranking.scores(rows, ["owner"], assessment())["score"].tolist() == [52.8]  # (100.0 + 5.5) / 2 = 52.75


def test_a_score_over_the_period_is_that_of_its_pooled_rates():
    rows = monthly(("甲", 1, 1, 1.0, 1.0, 1.0), ("甲", 2, 3, 0.0, 0.0, 0.0))
    scores = ranking.scores(rows, ["owner"], assessment(over="period"))
    assert scores[["scored_months", "resolution_rate", "score"]].to_numpy().tolist() == [[2, 0.25, 25.0]]


def test_a_contact_rate_is_pooled_over_those_who_said():
    rows = monthly(("甲", 1, 4, 1.0, 1.0, 1.0), ("甲", 2, 4, 1.0, 1.0, 0.0)).assign(contact_known=[1, 3])
    assert ranking.scores(rows, ["owner"], assessment())["contact_rate"].tolist() == [0.25]


def test_a_unit_without_valid_tickets_has_no_score_and_does_not_score_zero():
    rows = monthly(("甲", 1, 0, None, None, None), ("乙", 1, 0, None, None, None), ("乙", 2, 2, 0.0, 0.0, 0.0))
    scores = ranking.scores(rows, ["owner"], assessment()).set_index("owner")
    assert scores.loc["乙", ["scored_months", "valid", "score"]].tolist() == [1, 2, 0.0]
    assert scores.loc["甲", ["scored_months", "valid"]].tolist() == [0, 0]
    assert scores.loc["甲", ["score", "resolution_rate", "contact_rate"]].isna().all()


def test_a_rate_that_nobody_knows_leaves_a_score_open_only_where_it_has_a_weight():
    rows = monthly(("甲", 1, 4, 0.5, 1.0, None)).assign(contact_known=0)
    assert ranking.scores(rows, ["owner"], assessment())["score"].isna().all()
    without = assessment(contact=0.0, resolution=0.6, satisfaction=0.4)
    assert ranking.scores(rows, ["owner"], without)["score"].tolist() == [70.0]


def test_a_unit_is_its_name_within_its_district():
    rows = monthly(("甲", 1, 1, 1.0, 1.0, 1.0), ("甲", 1, 1, 0.0, 0.0, 0.0)).assign(district=["西区", "东区"])
    scores = ranking.scores(rows, ["district", "owner"], assessment())
    assert scores[["district", "owner", "score"]].to_numpy().tolist() == [["东区", "甲", 0.0], ["西区", "甲", 100.0]]


@pytest.mark.parametrize(("rule", "expected"), [
    ("half_up", [87.3, 87.4, 87.2, 87.3, 0.1]), ("half_even", [87.2, 87.4, 87.2, 87.3, 0.0]),
    ("down", [87.2, 87.3, 87.2, 87.3, 0.0])])
def test_rounding_is_that_of_decimals_on_paper(rule, expected):
    values = pd.Series([87.25, 87.35, 87.2499999, 87.3, 0.05])
    assert ranking.round_decimal(values, 1, rule).tolist() == expected
    assert ranking.round_decimal(values * (1 + 4e-16), 1, rule).tolist() == expected
    assert ranking.round_decimal(values * (1 - 4e-16), 1, rule).tolist() == expected


def test_every_half_is_rounded_up_whatever_arithmetic_it_came_from():
    tenths = np.arange(1, 1000)
    values = pd.Series((tenths * 0.5 + 0.25) / 7 * 7 / 50)  # (n + ½) hundredths
    assert (ranking.round_decimal(values, 2, "half_up") * 100).round().astype(int).tolist() == (tenths + 1).tolist()


def test_a_missing_value_stays_missing_when_rounded():
    assert ranking.round_decimal(pd.Series([1.25, None], dtype="Float64"), 1, "half_up").isna().tolist() == [False, True]


def test_equal_scores_share_a_rank_and_the_next_follows():
    scores = scored(("朝阳", "一", 12, 9, 90.1), ("朝阳", "二", 12, 9, 95.0), ("朝阳", "三", 12, 9, 92.3),
                    ("朝阳", "四", 12, 9, 92.3))
    ranked = ranking.ranked(scores, "dense", within="district")
    assert ranked[["subdistrict", "score_rank"]].to_numpy().tolist() == [["二", 1], ["三", 2], ["四", 2], ["一", 3]]
    assert ranking.top(ranked, 2)["subdistrict"].tolist() == ["二", "三", "四"]


def test_equal_scores_of_the_city_go_by_volume_then_by_name():
    scores = scored(("平谷", "滨河", 12, 9, 90.0), ("平谷", "马昌营", 12, 9, 90.0), ("东城", "乙", 12, 9, 90.0),
                    ("东城", "甲", 12, 9, 99.0))
    volume = pd.DataFrame([("平谷", "滨河", 5), ("平谷", "马昌营", 7), ("东城", "甲", 1)],
                          columns=["district", "subdistrict", "tickets"])
    ranked = ranking.ranked(scores, "volume", volume)
    assert ranked[["subdistrict", "tickets", "score_rank"]].to_numpy().tolist() == [
        ["甲", 1, 1], ["马昌营", 7, 2], ["滨河", 5, 3], ["乙", 0, 4]]


def test_names_decide_where_score_and_volume_are_equal():
    scores = scored(("东城", "乙", 1, 1, 1.0), ("东城", "丙", 1, 1, 1.0), ("东城", "丁", 1, 1, 1.0))
    volume = scores[["district", "subdistrict"]].assign(tickets=3)
    assert ranking.ranked(scores, "volume", volume)["subdistrict"].tolist() == sorted(["乙", "丙", "丁"])


def test_ranks_start_again_in_each_district():
    scores = scored(("乙", "一", 1, 1, 80.0), ("甲", "二", 1, 1, 70.0), ("乙", "三", 1, 1, 90.0),
                    ("甲", "四", 1, 1, 60.0))
    for ties in ("dense", "volume"):
        ranked = ranking.ranked(scores, ties, scores.iloc[:, :2].assign(tickets=1), within=["district"])
        assert ranked[["district", "subdistrict", "score_rank"]].to_numpy().tolist() == [
            ["乙", "三", 1], ["乙", "一", 2], ["甲", "二", 1], ["甲", "四", 2]]


def test_units_without_a_score_or_a_name_have_no_rank_and_come_last():
    scores = scored(("东城", "甲", 0, 0, None), ("东城", None, 12, 9, 99.0), ("东城", "乙", 12, 9, 50.0))
    ranked = ranking.ranked(scores, "dense", within="district")
    assert ranked["subdistrict"].fillna("无").tolist() == ["乙", "无", "甲"]
    assert ranked["score_rank"].isna().tolist() == [False, True, True]
    assert ranking.top(ranked, 9)["subdistrict"].tolist() == ["乙"]


def test_an_empty_list_is_ranked_as_an_empty_list():
    ranked = ranking.ranked(scored().astype({"score": float}), "dense")
    assert ranked["score_rank"].dtype == "Int64"
    assert ranking.top(ranked, 3).empty


def test_ties_by_volume_need_a_volume():
    with pytest.raises(ValueError, match="volume"):
        ranking.ranked(scored(("东城", "甲", 1, 1, 1.0)), "volume")


def test_units_of_a_dimension_all_have_a_name_and_a_score():
    counts = dict.fromkeys(("assessed", "reached", "valid", "contact_known", "contacted", "resolved", "satisfied"), 4)
    row = {"owner_level": "subdistrict", "owner": None, "year": 2020, "month": 1} | counts
    units = [("东城区", "甲", 4), ("东城区", None, 4), (None, "甲", 4), ("西城区", "甲", 0)]
    outcomes = pd.DataFrame([row | dict(zip(("district", "subdistrict", "valid"), unit, strict=True)) for unit in units])
    edition = SimpleNamespace(assessment=assessment(), rankings=SimpleNamespace(min_valid=0))
    scope = SimpleNamespace(edition=edition, period=periods.parse("year", 2020), count=lambda question: question.to_pandas(),
                            cube=SimpleNamespace(outcomes=ibis.memtable(outcomes)))
    assert ranking.of_units(scope, "subdistrict")[["district", "subdistrict", "score"]].to_numpy().tolist() == [
        ["东城区", "甲", 100.0]]


def test_a_unit_of_too_few_valid_tickets_has_no_rank_and_lists_split_by_scored_months():
    scores = scored(("东城", "甲", 7, 5, 1.0), ("东城", "乙", 6, 4, 1.0))
    ranked = ranking.ranked(scores, "dense", min_valid=5)
    assert ranked["subdistrict"].tolist() == ["甲", "乙"]
    assert ranked["score_rank"].tolist() == [1, pd.NA]
    many, few = ranking.split(scores, 7)
    assert (many["subdistrict"].tolist(), few["subdistrict"].tolist()) == (["甲"], ["乙"])


def test_a_podium_lays_ranks_side_by_side_with_their_ties_in_the_order_given():
    ranked = pd.DataFrame({"district": ["平谷区"] * 3 + ["朝阳区"] * 2, "subdistrict": ["甲", "乙", "丙", "丁", "戊"],
                           "scored_months": 12, "score_rank": pd.array([1, 1, 2, 1, 4], "Int64")})
    podium = ranking.podium(ranked, "district", "subdistrict", 3, ["朝阳区", "平谷区", "东城区"])
    assert list(podium.columns) == ["district", "rank_1", "rank_2", "rank_3"]
    assert podium.astype(object).fillna("—").to_numpy().tolist() == [["朝阳区", "丁", "—", "—"], ["平谷区", "甲、乙", "丙", "—"]]


def test_a_podium_without_an_order_stands_by_name():
    ranked = pd.DataFrame({"district": ["b", "a"], "subdistrict": ["甲", "乙"], "score_rank": pd.array([1, 1], "Int64")})
    assert ranking.podium(ranked, "district", "subdistrict", 1, [])["district"].tolist() == ["a", "b"]


def test_a_rank_by_volume_is_shared_by_equal_counts_and_leaves_the_nameless_out():
    volumes = pd.DataFrame({"district": ["甲", "乙", "丙", None], "tickets": [9, 9, 3, 99]})
    ranked = ranking.rank_by_volume(volumes, 1)
    assert ranked[["district", "tickets_rank"]].to_numpy().tolist() == [["甲", 1], ["乙", 1]]
