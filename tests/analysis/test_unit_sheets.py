"""What a unit's sheet says: scores against its peers', and the parts of the gap by category."""

import pytest
from support.town import bring

from helpers.analysis import scope, unit_sheets, units
from helpers.settings import editions
from helpers.settings.errors import UserError
from helpers.writing import sheets

SOLVED = {"assessment": "full", "reached": True, "contacted": True, "resolved": "resolved", "satisfied": "satisfied"}
UNSOLVED = SOLVED | {"resolved": "unresolved", "satisfied": "dissatisfied"}


def answers(street, category, solved, unsolved, district="甲区"):
    """Tickets of a subdistrict in one category, of which so many are solved."""
    unit = {"district": district, "subdistrict": street, "owner_level": "subdistrict", "category": category}
    return [unit | SOLVED] * solved + [unit | UNSOLVED] * unsolved


@pytest.fixture
def town_scope(town):
    """Three subdistricts of 100 tickets: 一街 has more of what is hard, 二街 solves worse, 三街 is between."""
    bring(*answers("一街", "易", 36, 4), *answers("一街", "难", 30, 30), *answers("二街", "易", 42, 18),
          *answers("二街", "难", 16, 24), *answers("三街", "易", 45, 5), *answers("三街", "难", 25, 25),
          *answers("一街", "易", 3, 2, "乙区"))
    return scope.open(editions.read("town", 2020))


def test_units_are_named_in_full_and_a_name_of_several_is_refused_with_all(town_scope):
    assert units.find(town_scope, "二街") == units.Unit("subdistrict", ("甲区", "二街"))
    assert units.find(town_scope, "甲区/一街").full == "subdistrict/甲区/一街"
    assert units.parse("subdistrict/甲区/一街") == units.find(town_scope, "subdistrict/甲区/一街")
    with pytest.raises(UserError, match="subdistrict/甲区/一街, subdistrict/乙区/一街"):
        units.find(town_scope, "一街")
    with pytest.raises(UserError, match="Did you mean '二街'"):
        units.find(town_scope, "二街道")


def test_a_gap_is_parted_into_what_was_given_and_how_it_was_solved(town_scope):
    sheet = unit_sheets.sheet(town_scope, units.find(town_scope, "甲区/一街"))
    numbers, categories = sheet.numbers.iloc[0], sheet.categories.set_index("category")
    assert sheet.peers["subdistrict"].tolist() == ["三街", "二街"]
    assert numbers["score"] == pytest.approx(10 + 90 * 0.66)  # contacts weigh 0.1, and all were contacted
    assert numbers["peers_score"] == pytest.approx(10 + 90 * 0.64)
    assert numbers["gain"] == pytest.approx(numbers["compared_score"] - numbers["peers_score"], abs=1e-9)
    assert categories[["share_gain", "rate_gain"]].sum().sum() == pytest.approx(numbers["gain"], abs=1e-9)
    assert numbers["share_gain"] < 0 < numbers["rate_gain"]  # more of what is hard; better at both
    assert categories.loc["难", "valid_share"] == pytest.approx(0.6)
    assert categories.loc["难", "peers_share"] == pytest.approx(0.45)


def test_who_has_too_few_answers_has_no_rank_and_is_nobodys_peer(town_scope):
    few = unit_sheets.sheet(town_scope, units.find(town_scope, "乙区/一街")).numbers.iloc[0]
    assert few[["score_rank", "gain"]].isna().all()
    assert few["tickets"] == 5
    for name in ("甲区/一街", "二街", "三街"):
        assert "乙区" not in set(unit_sheets.sheet(town_scope, units.find(town_scope, name)).peers["district"])


def test_the_largest_gains_and_losses_and_the_rest_add_up_to_all(town_scope):
    categories = unit_sheets.sheet(town_scope, units.find(town_scope, "甲区/一街")).categories
    listed = unit_sheets.largest(categories, 1)
    assert listed["category"].iloc[-1] == "total"
    assert listed["gain"].iloc[:-1].sum() == pytest.approx(listed["gain"].iloc[-1], abs=1e-9)
    assert listed["valid"].iloc[:-1].sum() == listed["valid"].iloc[-1] == 100


def test_a_residual_class_neither_wins_nor_costs_by_name(town_scope):
    categories = unit_sheets.sheet(town_scope, units.find(town_scope, "甲区/一街")).categories
    listed = unit_sheets.largest(categories.assign(category=categories["category"].replace("难", "其他")))
    assert listed["category"].tolist() == ["易", "others", "total"]


def test_who_has_too_few_answers_is_told_so_and_owners_are_told_their_list(town_scope):
    rules = town_scope.edition.rankings
    few = sheets.rank(unit_sheets.sheet(town_scope, units.find(town_scope, "乙区/一街")), "", "同比", "街道", rules)
    words = "".join(each.printed(town_scope.edition.numbers) for each in few)
    assert words == "承办诉求5件。有效回访5件，不足30件，不列得分和名次。"
    whole = unit_sheets.sheet(town_scope, units.find(town_scope, "二街"))
    owner = whole._replace(unit=units.Unit("municipal_agency", ("城管委",)))
    words = "".join(each.printed(town_scope.edition.numbers) for each in sheets.rank(owner, "", "同比", "市属机构", rules))
    assert f"在得分月数不足{rules.split_months}个月的3个市属机构中列第" in words


def test_what_a_sheet_says_is_the_same_text_while_another_level_changes(town_scope, town):
    unit = units.find(town_scope, "甲区/一街")
    before = unit_sheets.digest(town_scope, unit)
    again = scope.open(editions.read("town", 2020))
    assert unit_sheets.digest(again, unit) == before
