"""Units of a level side by side: their rates with intervals, and those beyond the edition's number as one row."""

import dataclasses

import pandas as pd
import pytest
from support.town import bring

from helpers.analysis import comparison, dimensions, scope, uncertainty
from helpers.settings import editions
from helpers.settings.comparison_rules import ComparisonRules

SOLVED = {"assessment": "full", "reached": True, "contacted": True, "resolved": "resolved", "satisfied": "satisfied",
          "on_time": True}
UNSOLVED = SOLVED | {"resolved": "unresolved", "satisfied": "dissatisfied", "on_time": False}
STREETS = {"一街": (4, 4), "二街": (5, 0), "三街": (2, 2), "四街": (2, 1), "五街": (0, 2)}  # solved and not solved


def handled(solved, unsolved, **unit):
    return [unit | SOLVED] * solved + [unit | UNSOLVED] * unsolved


@pytest.fixture
def town_scope(town):
    """Five subdistricts of 甲区, another 一街 in 乙区, two agencies; a table has room for three rows, a figure for four."""
    place = {"owner_level": "subdistrict"}
    bring(*(row for name, counts in STREETS.items() for row in handled(*counts, district="甲区", subdistrict=name, **place)),
          *handled(9, 0, district="乙区", subdistrict="一街", **place),
          *(row for n, name in enumerate("甲乙丙丁", 1) for row in handled(n, 0, owner_level="municipal_agency", owner=name)))
    opened = scope.open(editions.read("town", 2020))
    rules = ComparisonRules(listed=3, drawn=4)
    return dataclasses.replace(opened, edition=opened.edition.model_copy(update={"comparison": rules, "audience": "internal"}))


def of(town_scope, unit, **where):
    dimension = dimensions.DIMENSIONS[unit]
    volumes = dimensions.volume(town_scope, dimension, town_scope.base)
    chosen = volumes[(volumes[list(where)] == pd.Series(where)).all(axis=1)] if "district" in where else volumes
    return comparison.of_units(town_scope, unit, chosen, **where)


def test_subdistricts_beyond_those_listed_are_one_row_of_all_their_answers_which_no_figure_has(town_scope):
    streets = of(town_scope, "subdistrict", district="甲区")
    assert streets["subdistrict"].tolist() == ["一街", "二街", "三街", "其余2个"]
    assert streets["tickets"].tolist() == [8, 5, 4, 5]
    assert streets["ticket_share"].sum() == pytest.approx(1)
    assert streets["valid"].tolist() == [8, 5, 4, 5]
    assert streets["resolution_rate"].tolist() == pytest.approx([0.5, 1, 0.5, 0.4])  # 乙区's street of the same name is not in it
    assert streets["on_time_rate"].tolist() == streets["resolution_rate"].tolist()
    ends = uncertainty.wilson(4, 8, town_scope.edition.soundness.level)
    assert streets.loc[0, ["resolution_rate_lower", "resolution_rate_upper"]].tolist() == pytest.approx([*ends])
    shown = comparison.drawn(town_scope, "subdistrict", streets)
    assert shown["subdistrict"].tolist() == ["一街", "二街", "三街"]
    assert comparison.caption("各街道比较", shown, streets) == "各街道比较（办理量居前的3个）"
    assert comparison.caption("各街道比较", streets, streets) == "各街道比较"
    assert comparison.columns(streets) == ["tickets", "ticket_share", "tickets_change", "on_time_rate",
                                           "resolution_rate", "satisfaction_rate"]
    assert comparison.values(streets) == ["tickets", "tickets_change", "on_time_rate", "resolution_rate", "satisfaction_rate"]


def test_districts_have_residents_and_times_too(town_scope):
    volumes = dimensions.volume(town_scope, dimensions.DIMENSIONS["district"], town_scope.base)
    places = pd.DataFrame({"district": ["甲区"], "residents": [11_000]})
    districts = comparison.of_units(town_scope, "district", volumes, places).set_index("district")
    assert districts.loc["甲区", "ticket_density"] == pytest.approx(20)
    assert districts["ticket_density"].isna().tolist() == [False, True]
    assert {"on_time_rate", "on_time_rate_lower"} <= {*districts.columns}
    assert of(town_scope, "state_owned_enterprise", owner_level="state_owned_enterprise").empty


def test_the_public_sees_of_owners_as_many_as_the_report_names_and_rates_of_none(town_scope):
    named = town_scope.edition.busiest.model_copy(update={"owners": 2})
    public = town_scope.edition.model_copy(update={"audience": "public", "busiest": named})
    owners = of(dataclasses.replace(town_scope, edition=public), "municipal_agency", owner_level="municipal_agency")
    assert owners["owner"].tolist() == ["丁", "丙", "其余2个"]
    assert owners["tickets"].tolist() == [4, 3, 3]
    assert not [name for name in owners if "rate" in name]


def test_which_units_are_listed_does_not_tell_which_hidden_count_is_larger(town_scope):
    rules = {"comparison": ComparisonRules(listed=4), "suppression": editions.Suppression(below=6, source="assumed")}
    hiding = dataclasses.replace(town_scope, edition=town_scope.edition.model_copy(update=rules))
    names = [*of(hiding, "subdistrict", district="甲区")["subdistrict"]]
    assert names[-1] == "其余1个"
    assert {*names[:-1]} == {"一街", "三街", "二街", "五街"}  # by name, not 四街, which has more
