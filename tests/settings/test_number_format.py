from decimal import Decimal

import pandas as pd
import pytest

from helpers.settings import number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError


def rules(**changed) -> NumberRules:
    house = {"wan_from": 10_000, "count_decimals": 1, "headline_decimals": 2, "share_decimals": 2,
             "rounding": "half_up", "source": "report 2020"}
    return NumberRules(**house | changed)


HOUSE = rules()


@pytest.mark.parametrize(("value", "printed"), [
    (0, "0件"), (6_754, "6754件"), (9_999, "9999件"), (10_000, "1.0万件"), (167_000, "16.7万件"), (167_499, "16.7万件"),
    (10_500, "1.1万件"), (11_039_400, "1103.9万件"), (-20_000, "-2.0万件")])
def test_a_count_is_in_wan_from_the_threshold_on_and_whole_below_it(value, printed):
    assert number_format.count(value, HOUSE) == printed


def test_a_tie_is_rounded_up_from_the_count_itself_and_not_from_a_float():
    assert [number_format.count(tie, HOUSE) for tie in (10_500, 11_500, 12_500, 22_500)] == ["1.1万件", "1.2万件", "1.3万件",
                                                                                       "2.3万件"]


def test_the_edition_says_how_a_tie_is_rounded():
    assert number_format.count(12_500, rules(rounding="half_even")) == "1.2万件"
    assert number_format.count(12_999, rules(rounding="down")) == "1.2万件"


def test_the_edition_says_threshold_and_decimals():
    assert number_format.count(6_754, rules(wan_from=1_000, count_decimals=3)) == "0.675万件"
    assert number_format.percent(0.5, rules(share_decimals=0)) == "50%"


def test_a_headline_has_two_decimals_and_other_things_have_their_own_unit():
    assert number_format.headline(11_039_400, HOUSE) == "1103.94万件"
    assert number_format.count(337, HOUSE, "个") == "337个"
    assert number_format.phrase(44, "count", HOUSE, "家") == "44家"


@pytest.mark.parametrize(("value", "printed"), [
    (0.0499, "4.99%"), (0.04985, "4.99%"), (0.0498499, "4.98%"), (0.5, "50.00%"), (1, "100.00%"), (0, "0.00%"),
    (1.005 - 1, "0.50%"), (0.00005, "0.01%")])
def test_a_share_keeps_its_zeros_and_a_tie_goes_up(value, printed):
    assert number_format.percent(value, HOUSE) == printed


def test_the_error_of_a_float_does_not_undo_a_tie():
    growth = 1.00105 - 1
    assert growth < 0.00105
    assert number_format.change(growth, HOUSE) == "上升0.11%"


@pytest.mark.parametrize(("value", "printed"), [
    (0.5524, "上升55.24%"), (-0.23, "下降23.00%"), (0.0, "持平"), (0.00004, "基本持平"), (-0.00004, "基本持平"),
    (-0.00005, "下降0.01%"), (None, "无可比数据"), (float("nan"), "无可比数据"), (pd.NA, "无可比数据")])
def test_a_change_is_said_in_words(value, printed):
    assert number_format.phrase(value, "change", HOUSE) == printed


@pytest.mark.parametrize(("value", "printed"), [(0.052, "上升5.20个百分点"), (-0.1, "下降10.00个百分点"), (0, "持平"),
                                               (0.1 + 0.2 - 0.3, "持平"), (None, "无可比数据")])
def test_a_difference_of_rates_is_said_in_percentage_points(value, printed):
    assert number_format.phrase(value, "points", HOUSE) == printed


@pytest.mark.parametrize(("value", "printed"), [(0, "0.00%"), (0.00004, "不足0.01%"), (0.00005, "0.01%"), (0.99994, "99.99%"),
                                               (0.99999, "超过99.99%"), (1, "100.00%")])
def test_a_share_in_a_sentence_is_not_nought_where_there_is_some_nor_the_whole_where_there_is_more(value, printed):
    assert number_format.phrase(value, "share", HOUSE) == printed


def test_the_least_share_follows_the_decimals_of_the_edition():
    assert number_format.phrase(0.004, "share", rules(share_decimals=0)) == "不足1%"


@pytest.mark.parametrize(("value", "kind", "printed"), [
    (11, "month", "11月"), (2020, "year", "2020年"), (8, "hour", "8时"), (1, "weekday", "周一"), (7, "weekday", "周日"),
    (3, "rank", "第3"), (87.25, "score", "87.3分"), (87, "score", "87.0分"), (5.15, "days", "5.2天"),
    (10_000, "threshold", "1万件"), (15_000, "threshold", "1.5万件"),
    (500, "threshold", "500件"), (200_000, "threshold", "20万件"),
    (52, "plain", "52"), (38_217, "exact", "38217件"), ("朝阳区", "text", "朝阳区"),
    (None, "rate", "无数据"), (None, "count", "无数据")])
def test_a_phrase_carries_its_unit(value, kind, printed):
    assert number_format.phrase(value, kind, HOUSE) == printed


@pytest.mark.parametrize(("value", "kind", "printed"), [
    (11_039_400, "count", "11,039,400"), (167_000.0, "count", "167,000"), (999, "count", "999"), (0.0499, "share", "4.99"),
    (0.00004, "share", "<0.01"), (0, "share", "0.00"), (1234.56, "density", "1,234.6"),
    (-0.23, "change", "-23.00"), (-0.00001, "change", "0.00"), (-0.1, "points", "-10.00"),
    (3.0, "rank", "3"), (2020, "year", "2020"),
    (87, "score", "87.0"), (11, "month", "11月"), (None, "count", "—"), (float("nan"), "share", "—"),
    ("朝阳区", "text", "朝阳区")])
def test_a_cell_leaves_the_unit_to_the_header(value, kind, printed):
    assert number_format.cell(value, kind, HOUSE) == printed


def test_an_edition_may_leave_the_digits_of_cells_ungrouped():
    assert number_format.cell(11_039_400, "count", HOUSE.model_copy(update={"thousands": "none"})) == "11039400"


def test_numbers_of_a_frame_print_like_plain_ones():
    frame = pd.DataFrame({"tickets": pd.array([12_500, None], dtype="Int64"), "ticket_share": [0.04985, None]})
    assert [number_format.cell(value, "count", HOUSE) for value in frame["tickets"]] == ["12,500", "—"]
    assert [number_format.phrase(value, "share", HOUSE) for value in frame["ticket_share"]] == ["4.99%", "无数据"]


@pytest.mark.parametrize(("column", "kind"), [
    ("tickets", "count"), ("tickets_before", "count"), ("valid", "count"), ("scored_months", "count"),
    ("ticket_share", "share"), ("resolution_rate", "rate"), ("tickets_change", "change"), ("resolution_rate_points", "points"),
    ("score_rank", "rank"),
    ("score", "score"), ("month", "month"), ("year", "year"),
    ("hour", "hour"), ("weekday", "weekday"), ("days", "days"), ("days_median", "days"),
    ("district", "text"), ("category", "text")])
def test_the_kind_of_a_column_follows_from_its_name(column, kind):
    assert number_format.kind(column) == kind


def test_a_column_without_words_has_no_kind():
    with pytest.raises(UserError, match="dictionary"):
        number_format.kind("tikets")


def test_an_axis_of_large_counts_is_in_wan_and_one_of_shares_in_percent():
    large, small = (number_format.scale("count", largest, HOUSE) for largest in (100_000, 99_999))
    share = number_format.scale("share", 0.4, HOUSE)
    assert (large.unit, large.tick(25_000, 0)) == ("万件", "2.5")
    assert (small.unit, small.tick(2_000, 0)) == ("件", "2000")
    assert (share.unit, share.tick(0.35, 0)) == ("%", "35")
    assert number_format.scale("score", 98, HOUSE).unit == "分"


def test_rounding_never_gives_minus_nought():
    assert str(number_format.rounded(-0.001, 2, HOUSE)) == "0.00"
    assert number_format.exact(0.1) == Decimal("0.1")
