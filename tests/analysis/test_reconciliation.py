"""Every printed figure, list and statement of a published report, recomputed from its tickets; and the rules of doing so."""

import dataclasses
import datetime
import random
import re
import shutil
from decimal import Decimal
from fnmatch import fnmatchcase

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from helpers import chapters
from helpers.analysis import scope
from helpers.analysis.reconciliation import (
    claim_functions,
    claims,
    expressions,
    figures,
    intervals,
    published,
    rankings,
    recomputed,
    reconcile,
)
from helpers.report import command
from helpers.report.manifest import Manifest
from helpers.settings import editions, paths
from helpers.settings.errors import UserError
from helpers.tickets import schema
from helpers.writing import reconciliation

CITY, YEAR = "beijing", 2020
NOTEBOOKS = paths.NOTEBOOKS
PUBLISHED = published.read(editions.read(CITY, YEAR))
FIGURES, CLAIMS = (rows.to_dict("records") for rows in (PUBLISHED.figures, PUBLISHED.claims))
LISTS = PUBLISHED.rankings["list_id"].unique().tolist()


@pytest.fixture(scope="session")
def chapter(simulated):
    """The year of the published report and the year before."""
    return scope.open(editions.read(CITY, YEAR))


@pytest.fixture(scope="session")
def told(chapter):
    return recomputed.recompute(chapter)


@pytest.fixture(scope="session")
def reconciled(chapter):
    return reconcile.reconcile(chapter, PUBLISHED)


def again(chapter, **rules):
    """Reconcile with some rules of the edition changed: `numbers={"rounding": "down"}`."""
    parts = {name: getattr(chapter.edition, name).model_copy(update=change) for name, change in rules.items()}
    return reconcile.reconcile(dataclasses.replace(chapter, edition=chapter.edition.model_copy(update=parts)), PUBLISHED)


def outside(rows):
    """The names of the rows that are not met, an entry of a list as list_id#position."""
    rows = rows[~rows["status"].isin(["match", "not_computable"])]
    return set(rows["list_id"] + "#" + rows["position"] if "list_id" in rows else rows[rows.columns[0]])


# The published report ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: f"{row['section']} {row['parent']}{row['subject']} {row['measure']} "
                                                         f"{row['period']} printed {row['printed']}{row['unit']}")
def test_the_printed_figure_is_met(reconciled, row):
    found = reconciled.figures.set_index("id").loc[row["id"]]
    excused = row["id"] in PUBLISHED.excused
    allowed = {"not_computable"} if row["measure"] == "count" else {"match", "erratum"} if excused else {"match"}
    assert found["status"] in allowed, f"{found['recomputed']} is not in [{found['lower']}, {found['upper']}): {found['reason']}"


@pytest.mark.parametrize("name", LISTS)
def test_the_printed_list_is_met(reconciled, name):
    rows = reconciled.rankings[reconciled.rankings["list_id"] == name]
    excused = [f"{row.list_id}#{row.position}" in PUBLISHED.excused for row in rows.itertuples()]
    wrong = rows[(rows["status"] == "outside") | ((rows["status"] == "erratum") & ~pd.Series(excused, rows.index))]
    assert wrong[["position", "entity", "recomputed_entity", "reason"]].to_dict("records") == []


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim['section']} {claim['parent']}{claim['subject']} "
                                                            f"{claim['claim_type']} {claim['form']}")
def test_the_printed_statement_holds(reconciled, claim):
    found = reconciled.claims.set_index("claim_id").loc[claim["claim_id"]]
    assert (found["status"], found["reason"]) == ("match", "")


def test_only_what_no_ticket_holds_is_not_computed(reconciled):
    rows = reconciled.figures
    assert set(rows["status"]) <= {"match", "outside", "erratum", "not_computable"}
    assert (rows["measure"] == "count").equals(rows["status"] == "not_computable")
    assert rows.loc[rows["status"].isin(["match", "erratum"]), "recomputed"].notna().all()
    assert (rows["measure"] == "count").sum() == 14


def test_the_rows_are_those_that_were_published_in_their_order(reconciled):
    for found, printed in ((reconciled.figures, PUBLISHED.figures), (reconciled.rankings, PUBLISHED.rankings),
                             (reconciled.claims, PUBLISHED.claims)):
        assert found[printed.columns].astype(str).equals(printed.astype(str))
    assert list(reconciled.figures.columns[-5:]) == ["lower", "upper", "recomputed", "status", "reason"]
    assert list(reconciled.rankings.columns[-4:]) == ["recomputed_rank", "recomputed_entity", "status", "reason"]
    assert list(reconciled.claims.columns[-2:]) == ["status", "reason"]


def test_the_recomputation_never_sees_what_was_printed(reconciled, told):
    """Whatever the printed numbers are, the same numbers are recomputed."""
    blind = PUBLISHED.figures.assign(value="1", printed="1")
    found = figures.reconciled(blind, told, reconciled.claims, {})
    one_number = ~PUBLISHED.figures["period"].str.contains("[;/]", regex=True)
    assert found.loc[one_number, "recomputed"].equals(reconciled.figures.loc[one_number, "recomputed"])


# What a changed digit, a changed rule, a changed year does --------------------------------------------------------------


def changed(row):
    """A row with one printed digit changed: the last one, or where a number is about right the first one."""
    digits = row["printed"].rstrip("0").rstrip(".") if row["approx"] == "false" else row["printed"][0]
    rest = row["printed"][len(digits):]
    printed = digits[:-1] + str((int(digits[-1]) + 5) % 10) + rest
    return row | {"printed": printed, "value": str(Decimal(row["value"]) * Decimal(printed) / Decimal(row["printed"]))}


def test_one_changed_digit_of_any_figure_makes_it_fail(reconciled, told):
    met = reconciled.figures[reconciled.figures["status"] == "match"]
    rows = pd.DataFrame([changed(row) for row in FIGURES if row["id"] in set(met["id"])])
    assert figures.reconciled(rows, told, reconciled.claims, {})["status"].unique().tolist() == ["outside"]


@pytest.mark.parametrize("name", ["2.10-教育-yoy", "2.02-市场管理-trend_from_month", "2.02-网络交易-month_of_high-11",
                                  "3.1.05-丰台区-month_of_max", "3.1.01-龙潭街道-total", "4.3-市属机构-class_min_months"])
def test_one_changed_digit_in_the_file_makes_exactly_its_row_fail(home, reconciled, told, name):
    folder = home / "data" / "published" / f"{CITY}-{YEAR}"
    folder.mkdir(parents=True)
    pd.DataFrame([changed(row) if row["id"] == name else row for row in FIGURES]).to_csv(folder / "figures.csv", index=False)
    PUBLISHED.rankings.to_csv(folder / "rankings.csv", index=False)
    PUBLISHED.claims.to_csv(folder / "claims.csv", index=False)
    (folder / "errata.yml").write_text("[]")
    mutated = published.read(editions.read(CITY, YEAR))
    found = figures.reconciled(mutated.figures, told, claims.reconciled(mutated.claims, told, {}), PUBLISHED.excused)
    assert outside(found) - outside(reconciled.figures) == {name}


@pytest.mark.parametrize(("rules", "rows"), [
    ({"numbers": {"rounding": "down"}}, {"3.0-派单-share", "2.0-电话-share"}),
    ({"categories": {"listed_from": 20_000}}, {"2.01-疫情防控-listing_threshold", "2.10-教育-listing_threshold"}),
    ({"rankings": {"split_months": 6}}, {"4.3-市属机构-class_min_months", "4.3-市属机构-class_max_months"}),
], ids=["rounding", "threshold", "split"])
def test_another_rule_of_the_edition_fails_the_figures_that_follow_from_it(chapter, reconciled, rules, rows):
    assert rows <= outside(again(chapter, **rules).figures) - outside(reconciled.figures)


def test_more_answers_than_units_have_leave_lists_without_them(chapter, reconciled):
    lost = outside(again(chapter, rankings={"min_valid": 4_000}).rankings) - outside(reconciled.rankings)
    assert lost
    assert all(fnmatchcase(name, "4.[1-4]-*") for name in lost)


def test_another_membership_fails_the_zones(chapter, reconciled):
    zones = {name: [one for one in members if one != "通州区"] for name, members in chapter.edition.zones.members.items()}
    zones["生态涵养区"] = [*zones["生态涵养区"], "通州区"]
    lost = outside(again(chapter, zones={"members": zones}).figures) - outside(reconciled.figures)
    assert {"3.2.1-中心城区及副中心-total", "3.2.3-生态涵养区-total", "3.2.3-生态涵养区-share"} <= lost
    assert all(name.startswith("3.2.") for name in lost)


@pytest.mark.parametrize("change", [{"weights": (0.1, 0.4, 0.5)}, {"decimals": 2}, {"over": "period"}],
                         ids=["weights", "decimals", "months or period"])
def test_another_rule_of_the_score_parts_the_tied_and_fails_no_list_by_volume(chapter, reconciled, change):
    score = chapter.edition.assessment.score
    if "weights" in change:
        change = {"weights": score.weights.model_copy(update=dict(zip(dict(score.weights), change["weights"], strict=True)))}
    lost = outside(again(chapter, assessment={"score": score.model_copy(update=change)}).rankings)
    parted = {"4.2-subdistricts-top30#23"} if "weights" in change else {"4.2-朝阳区#2", "4.2-朝阳区#3"}
    assert parted <= lost - outside(reconciled.rankings)
    assert all(fnmatchcase(name, "4.[12]-*") and name.partition("#")[0] != "4.1-districts-volume" for name in lost)


@pytest.mark.parametrize(("level", "ties", "rows"), [
    ("subdistricts", "dense", {"4.2-subdistricts-top30#12"}),
    ("within_district", "volume", {"4.2-朝阳区#2", "4.2-朝阳区#3", "4.2-平谷区#1", "4.2-平谷区#2"}),
])
def test_another_rule_for_ties_fails_the_tied(chapter, reconciled, level, ties, rows):
    rule = getattr(chapter.edition.rankings, level).model_copy(update={"ties": ties})
    assert rows <= outside(again(chapter, rankings={level: rule}).rankings) - outside(reconciled.rankings)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["claim_id"])
def test_no_statement_is_empty_it_is_false_of_a_year_whose_months_are_shuffled(told, claim):
    """A table of names, not of months, is shuffled with a stranger among its names."""
    known = {name: dict(table) for name, table in claims.tables(claim, told).items()}
    assert any(not claim_functions.holds(claim["form"], {name: shuffled(table, f"{name}{seed}") for name, table in known.items()})
               for seed in range(40))


def shuffled(table, seed):
    names = list(table) if set(table) == set(range(1, 13)) else [*table, "a stranger"]
    values = [*table.values(), 0][:len(names)]
    random.Random(seed).shuffle(values)
    return dict(zip(names, values, strict=True))


def test_a_year_before_that_is_not_loaded_leaves_growth_without_a_number(chapter):
    cube = chapter.cube
    alone = {name: getattr(cube, name).filter(getattr(cube, name).year == YEAR) for name in ("channels", "calls")}
    lonely = dataclasses.replace(chapter, cube=dataclasses.replace(cube, **alone, years=(YEAR,)))
    rows = reconcile.reconcile(lonely, PUBLISHED).figures
    assert rows.loc[rows["measure"] == "yoy", "status"].unique().tolist() == ["outside"]
    assert rows.loc[rows["measure"] == "yoy", "recomputed"].isna().all()


def test_what_a_chapter_may_not_claim_is_compared_with_the_print_all_the_same(reconciled):
    again = reconcile.reconcile(chapters.open(CITY, YEAR), PUBLISHED)
    for name in ("figures", "rankings", "claims"):
        assert getattr(again, name)["status"].tolist() == getattr(reconciled, name)["status"].tolist()


def test_a_part_of_the_year_has_no_published_figures(chapter):
    half = dataclasses.replace(chapter, period=dataclasses.replace(chapter.period, months=6))
    with pytest.raises(UserError, match="set period to year"):
        reconcile.reconcile(half)
    assert not reconcile.has_published(chapter.edition, half.period)
    assert not reconcile.has_published(chapter.edition.model_copy(update={"year": 1999}), chapter.period.back(12 * 21))


# Intervals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("value", "unit", "decimals", "rounding", "inside", "beyond"), [
    ("167000", "万件", 1, "half_up", ["166500", "167499"], ["166499", "167500"]),
    ("6754", "件", 0, "half_up", ["6753.5", "6754.4"], ["6754.5"]),
    ("0.0499", "%", 2, "half_up", ["0.04985", "0.0499"], ["0.04995", "0.04984999"]),
    ("-0.23", "%", 2, "half_up", ["-0.22995", "-0.23004"], ["-0.22994", "-0.23005"]),
    ("2", "件", 0, "half_even", ["1.5", "2.5"], ["1.49", "2.51"]),
    ("3", "件", 0, "half_even", ["2.6", "3.4"], ["2.5", "3.5"]),
    ("3", "件", 0, "down", ["3", "3.99"], ["2.99", "4"]),
    ("-3", "件", 0, "down", ["-3", "-3.99"], ["-2.99", "-4"]),
])
def test_a_printed_number_stands_for_what_rounds_to_it(value, unit, decimals, rounding, inside, beyond):
    interval = intervals.printed(Decimal(value), intervals.unit(unit, decimals), rounding)
    assert [interval.holds(float(number)) for number in inside] == [True] * len(inside)
    assert [interval.holds(float(number)) for number in beyond] == [False] * len(beyond)


def test_about_voids_the_last_decimal_and_includes_its_bounds():
    interval = intervals.about(Decimal(20_000), intervals.ABOUT)
    assert [interval.holds(number) for number in (18_999, 19_000, 21_000, 21_001)] == [False, True, True, False]


def test_a_float_is_taken_as_it_is_written():
    assert intervals.printed(Decimal("0.3"), Decimal("0.1"), "half_up").holds(0.1 + 0.15)
    assert not intervals.printed(Decimal("0.2"), Decimal("0.1"), "half_up").holds(0.1 + 0.15)


# The language of statements --------------------------------------------------------------------------------------------

RISING = {month: month for month in range(1, 13)}
HUMP = dict(enumerate([1, 2, 3, 4, 5, 9, 7, 5, 4, 3, 2, 1], start=1))


@pytest.mark.parametrize(("form", "held"), [
    ("argmax(series) == 6", True),
    ("argmin(series) == 1", False),  # 1 and 12 share it
    ("top(series, 2) == {6, 7}", True),
    ("top(series, 3) == {5, 6, 7}", False),  # 5 and 8 are equal
    ("listed(series, 5) == {5, 6, 7, 8}", True),
    ("step(series, 5) == 0.75", True),  # (9 + 7 + 5) / 3 over (3 + 4 + 5) / 3
    ("onset(series, 6) == 0.75", True),
    ("step(series, 11) == 1 / 3 - 1", True),  # 1 over (4 + 3 + 2) / 3
    ("hump(series)", True),
    ("rises(series, 2, 6)", True),
    ("rises(series, 2, 7)", False),
    ("falls(series, 7, 12)", True),
    ("falls(series, 6, 12)", False),
    ("slope(series, 1, 5) == 1", True),
    ("reaches_high(series, 6)", True),
    ("reaches_high(series, 7)", False),
    ("steady_high(series, 5, 8)", False),
    ("steady_high(series, 5, 5)", True),
    ("plateau(series, 6, 6, 10)", True),
    ("plateau(series, 6, 7, 10)", False),
    ("about(at(series, 6), 9.4)", True),
    ("about(at(series, 6), 9.5)", False),
    ("mean(series, 11, 2) == 1.5", True),
    ("total(series, 1, 3) == 6", True),
    ("at(series, 13) == 6", False),
    ("above(series, lower)", True),
    ("above(lower, series)", False),
    ("above(series, {})", None),
    ("count(series) == 12 and 0 < at(series, 1) <= 1", True),
])
def test_a_form_means_what_the_table_of_words_says(form, held):
    tables = {"series": HUMP, "lower": {month: value - 1 for month, value in HUMP.items()}}
    if held is None:
        with pytest.raises(UserError):
            claim_functions.holds(form, tables)
    else:
        assert claim_functions.holds(form, tables) is held


def test_a_year_that_only_rises_has_no_hump_and_one_without_tickets_no_step():
    assert not claim_functions.hump(RISING)
    assert claim_functions.step(dict.fromkeys(RISING, 0), 6) is None
    assert not claim_functions.holds("step(series, 6) > 0", {"series": dict.fromkeys(RISING, 0)})
    assert not claim_functions.above({"a": 1}, {"b": 0})


@pytest.mark.parametrize("form", [
    "__import__('os').system('true')", "open('/etc/passwd')", "series.__class__", "().__class__.__bases__", "series[1]",
    "(lambda: 1)()", "[month for month in series]", "{1: 2}", "f'{series}'", "argmax(*series)", "top(t=series, k=1)",
    "1 if 1 else 2", "(x := 1)", "2 ** 999999999", "'a' * 999999999", "not series", "series or 1", "argmax(series) != 6",
    "argmax(series) is 6", "6 in series", "await series", "yield", "import os", "argmax(series) == 6; 1", "", "argmax",
    "unknown(series)", "argmax(unknown)", "argmax()", "top(series, 1, 2)", "'a' < 2", "-'a'", "argmax(series) == None",
    "1 == 1j", "1" + " + 1" * 400, "(" * 300 + ")" * 300,
])
def test_a_form_that_is_not_of_the_language_is_refused(form):
    with pytest.raises(UserError):
        expressions.holds(form, claim_functions.FUNCTIONS, {"series": HUMP})


def test_the_functions_are_those_that_the_file_documents():
    documented = (paths.published(paths.edition_key(CITY, YEAR)) / "form.md").read_text(encoding="utf-8")
    assert [name for name in claim_functions.FUNCTIONS if f"`{name}(" not in documented] == []


@pytest.mark.parametrize(("form", "months"), [
    ("step(series, 6) > 0", [6]), ("0 < step(series, 6) <= 0.3", [6]), ("onset(series, 9) > 0", [9]),
    ("top(series, 3) == {1, 11, 12}", [1, 11, 12]), ("plateau(series, 10, 12, 6000)", [9]), ("argmax(series) == 4", [4]),
    ("reaches_high(series, 12)", [12]), ("at(series, 11) > at(series, 10)", [11])])
def test_a_statement_names_the_months_of_its_words(form, months):
    assert claim_functions.months(form) == months


# Lists -----------------------------------------------------------------------------------------------------------------


def listed(monkeypatch, printed, *places):
    """The statuses of a printed list, by `rank entity`, a trailing = for a tie, against recomputed places."""
    monkeypatch.setattr(rankings, "LISTS", {"best": lambda told, asked: [rankings.Place(*place) for place in places]})
    rows = [{"list_id": "best", "position": str(number), "rank": rank, "entity": entity.rstrip("="), "parent": "",
             "tie": str(entity.endswith("=")).lower()} for number, (rank, entity) in enumerate(map(str.split, printed), start=1)]
    found = rankings.reconciled(pd.DataFrame(rows), None, {})
    return list(found[["recomputed_rank", "recomputed_entity", "status"]].itertuples(index=False, name=None))


def test_entries_that_share_a_rank_stand_in_no_order(monkeypatch):
    found = listed(monkeypatch, ["1 a", "2 c=", "2 b="], (1, "a", "", False), (2, "b", "", True), (2, "c", "", True))
    assert found == [(1, "a", "match"), (2, "c", "match"), (2, "b", "match")]


def test_a_tie_that_was_not_printed_and_one_that_is_not_there_are_outside(monkeypatch):
    found = listed(monkeypatch, ["1 a", "2 b"], (1, "a", "", True), (1, "b", "", True))
    assert found == [(1, "a", "outside"), (1, "b", "outside")]
    assert listed(monkeypatch, ["1 a=", "1 b="], (1, "a", "", False), (2, "b", "", False))[0] == (1, "a", "outside")


def test_swapped_missing_and_further_entries_are_outside(monkeypatch):
    a, b, c = (1, "a", "", False), (2, "b", "", False), (3, "c", "", False)
    assert listed(monkeypatch, ["1 b", "2 a"], a, b) == [(2, "a", "outside"), (1, "b", "outside")]
    assert listed(monkeypatch, ["1 a", "2 x"], a) == [(1, "a", "match"), (None, None, "outside")]
    assert listed(monkeypatch, ["1 a", "2 b"], a, b, c) == [(1, "a", "match"), (2, "b", "outside")]


def test_a_namesake_in_another_district_is_another_unit(monkeypatch):
    assert listed(monkeypatch, ["1 a"], (1, "a", "elsewhere", False)) == [(None, "a", "outside")]


def test_a_list_without_a_rule_is_refused():
    with pytest.raises(UserError, match=r"9\.9-nobody"):
        rankings.reconciled(PUBLISHED.rankings.head(1).assign(list_id="9.9-nobody"), None, {})


# Known contradictions ----------------------------------------------------------------------------------------------------


def errata(**change):
    return [PUBLISHED.errata[0].model_copy(update=change)]


def test_an_erratum_that_no_longer_stands_is_refused():
    mended = PUBLISHED.figures.assign(value=PUBLISHED.figures["value"].where(
        PUBLISHED.figures["id"] != "2.04-房产中介-month_share-2020-11", "0.25"))
    with pytest.raises(UserError, match=r"housing-agents-november.*no longer holds"):
        published.validated(dataclasses.replace(PUBLISHED, figures=mended))


def test_a_seventh_excused_row_is_refused():
    names = PUBLISHED.figures["id"].head(7).tolist()
    assert published.validated(dataclasses.replace(PUBLISHED, errata=errata(rows=names[:6])))
    with pytest.raises(UserError, match="excuses 7 rows"):
        published.validated(dataclasses.replace(PUBLISHED, errata=errata(rows=names)))


def test_an_erratum_cannot_excuse_or_speak_of_what_does_not_exist():
    with pytest.raises(UserError, match="'nothing', which is no row"):
        published.validated(dataclasses.replace(PUBLISHED, errata=errata(rows=["nothing"])))
    with pytest.raises(UserError, match="speaks of 'nothing'"):
        published.validated(dataclasses.replace(PUBLISHED, errata=errata(expect='value("nothing") == 1')))


def test_only_what_an_erratum_names_is_excused_and_what_is_met_all_the_same_is_said(told, reconciled):
    chosen = PUBLISHED.figures[PUBLISHED.figures["id"].str.startswith("2.04-房产中介-month_")]
    wrong = chosen.assign(value="1")
    names = wrong["id"].tolist()
    found = figures.reconciled(wrong, told, reconciled.claims, {names[0]: PUBLISHED.errata[0]})
    assert found["status"].tolist() == ["erratum", "outside"]
    assert found["reason"][0] == PUBLISHED.errata[0].words
    met = figures.reconciled(chosen.head(1), told, reconciled.claims, {names[0]: PUBLISHED.errata[0]}).iloc[0]
    assert met["status"] == "match"
    assert "housing-agents-november" in met["reason"]


def test_a_file_with_another_column_is_refused(home):
    folder = home / "data" / "published" / f"{CITY}-{YEAR}"
    folder.mkdir(parents=True)
    for name in published.COLUMNS:
        getattr(PUBLISHED, name).rename(columns={"line": "zeile"}).to_csv(folder / f"{name}.csv", index=False)
    with pytest.raises(UserError, match="its columns must be"):
        published.read(editions.read(CITY, YEAR))


@pytest.mark.parametrize(("row", "message"), [
    (("2.01", "疫情防控", "", "totl", "2020"), "'totl' is not a measure. Did you mean 'total'"),
    (("1.0", "没有的", "", "total", "2020"), "'没有的' in section 1.0"),
])
def test_a_row_that_asks_for_the_unknown_is_refused(row, message):
    with pytest.raises(UserError, match=message):
        figures.question_of(*row)


# The appendix ----------------------------------------------------------------------------------------------------------


def small():
    """Three figures, an entry, a statement."""
    columns = ["id", "section", "chapter", "subject", "parent", "measure", "period", "printed", "unit", "value", "decimals",
               "recomputed", "status"]
    rows = [("z", "4.0", "四章", "四", "", "total", "2020", "2", "万件", "20000", "1", 20_000, "match"),
            ("a", "1.0", "一章", "甲", "", "total", "2020", "2", "万件", "20000", "1", 20_020, "outside"),
            ("b", "2.0", "二章", "乙", "", "yoy", "2020-10/2020-12", "23", "%", "-0.23", "2", -0.2, "outside"),
            ("c", "2.01", "二章", "丙", "", "count", "2020", "数以万计", "人", "10000", "0", None, "not_computable")]
    found = pd.DataFrame(rows, columns=columns, dtype=object)
    entry = pd.DataFrame([{"list_id": "4.2-top", "section": "4.2", "position": 26, "entity": "丁", "status": "match",
                           "recomputed_rank": 1}], dtype=object)
    return reconcile.Reconciliation(found, entry, pd.DataFrame([{"section": "2.0", "status": "erratum"}]),
                                         pd.DataFrame({"words": ["矛盾", "无碍"], "rows": [["b", "4.2-top#26"], []]}))


def test_counts_stand_by_chapter_and_kind():
    assert reconciliation.counts(small()).to_numpy().tolist() == [
        ["一章", "figure", 1, 0, 1, 0, 0], ["二章", "figure", 2, 0, 1, 0, 1], ["二章", "claim", 1, 0, 0, 1, 0],
        ["四章", "figure", 1, 1, 0, 0, 0], ["四章", "entry", 1, 1, 0, 0, 0]]


def test_the_figures_that_differ_most_come_first_in_their_printed_unit():
    rows = reconciliation.differing(small())
    assert rows[["printed", "recomputed"]].to_numpy().tolist() == [["-23%", "-20.000%"], ["2万件", "2.00万件"]]
    assert rows["recomputed_change"].round(4).tolist() == [-0.1304, 0.001]


def test_what_no_ticket_holds_keeps_its_words_and_errata_their_reasons():
    assert reconciliation.uncomputable(small())["printed"].tolist() == ["数以万计"]
    assert reconciliation.errata(small()).to_numpy().tolist() == [
        ["矛盾", "第二部分乙10至12月同比、第四部分（二）第26名丁"], ["无碍", "—"]]


@pytest.mark.parametrize(("section", "words"), [
    ("1.0", "第一部分"), ("2.04", "第二部分（四）"), ("2.10", "第二部分（十）"), ("3.1.16", "第三部分（一）16")])
def test_a_section_is_named_as_the_printed_report_numbers_it(section, words):
    assert reconciliation._place(section) == words


def test_the_overview_adds_up_and_nothing_to_list_is_said(chapter):
    said = [one.printed(chapter.edition.numbers) for one in
            reconciliation.overview(reconciliation.counts(small()))]
    assert said[0] == "公开报告共有4个数字，1个与重算结果相符，2个不符，1个不由工单记录。"
    assert said[1] == "名单共有1项，1项相符。"
    some, none = small().figures, small().figures.head(0)
    both = {"数字": none, "名单": none}
    assert [said.printed(None) for said in reconciliation.matching(both, 2)] == ["除已知矛盾外，数字、名单均相符。"]
    assert [said.printed(None) for said in reconciliation.matching(both, 0)] == ["数字、名单均相符。"]
    assert [said.printed(None) for said in reconciliation.matching({"数字": some, "名单": none}, 0)] == ["名单相符。"]
    assert reconciliation.matching({"数字": some}, 1) == []


# The report ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def town(home, monkeypatch):
    """A town whose tickets are an export, with a published report of two figures, a list of one entry, one statement."""
    monkeypatch.setattr(paths, "NOTEBOOKS", home / "notebooks")
    monkeypatch.setattr(command, "_PRELOAD", ())
    monkeypatch.setenv("HOTLINE_HOME", str(home))  # for the kernels, which are processes of their own
    shutil.copytree(NOTEBOOKS, paths.NOTEBOOKS)
    shutil.copy(paths.DICTIONARY, paths.DATA)
    edition = yaml.safe_load(paths.edition(CITY, YEAR).read_text(encoding="utf-8"))
    edition = {key: value for key, value in edition.items() if key not in ("simulation", "zones", "places")}
    edition |= {"city": "town", "chapters": [one for one in edition["chapters"] if one.get("notebook") == "90-reconciliation"]}
    paths.edition("town", YEAR).write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
    rows = [{"ticket_id": str(number), "received_at": datetime.datetime(YEAR, 1 + number % 2, 1), "category": "教育", "tags": [],
             "dispatches": 0} for number in range(3)]
    schema.write(
        editions.read("town", YEAR),
        [pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)],
        data="export",
        source="town.csv",
        digest="1",
    )
    folder = paths.published(paths.edition_key("town", YEAR))
    folder.mkdir(parents=True)
    total = {**FIGURES[0], "printed": "3", "unit": "件", "value": "3", "decimals": "0"}
    more = total | {"id": "1.0-全部来电-total-2", "printed": "4", "value": "4"}
    pd.DataFrame([total, more]).to_csv(folder / "figures.csv", index=False)
    chosen = PUBLISHED.rankings[PUBLISHED.rankings["entity"] == "教育"].head(1).assign(position="1", rank="1")
    chosen.to_csv(folder / "rankings.csv", index=False)
    claim = {**CLAIMS[3], "section": "2.01", "subject": "教育", "form": "argmax(series) == 1"}
    pd.DataFrame([claim]).to_csv(folder / "claims.csv", index=False)
    (folder / "errata.yml").write_text("[]")
    return paths.outputs(paths.edition_key("town", YEAR), "year")


def run(*arguments):
    return command.main(["--city", "town", "--year", str(YEAR), "--jobs", "1", *arguments])


@pytest.mark.slow
def test_a_report_on_an_export_has_the_same_appendix_and_the_three_files(town):
    assert run() == 0
    assert [entry.status for entry in Manifest.read(town).notebooks] == ["done"]
    found = {name: pd.read_csv(paths.reconciliation(town, name), dtype=str) for name in ("", "rankings", "claims")}
    assert found[""][["recomputed", "status"]].to_numpy().tolist() == [["3", "match"], ["3", "outside"]]
    assert found["rankings"][["recomputed_rank", "recomputed_entity", "status"]].to_numpy().tolist() == [["1", "教育", "match"]]
    assert found["claims"]["status"].tolist() == ["match"]
    page = re.sub(r"<[^>]*>", "", paths.page(town).read_text(encoding="utf-8"))
    assert "附录" in page
    assert "公开报告共有2个数字，1个与重算结果相符，1个不符" in page
    assert "模拟数据" not in page


@pytest.mark.slow
def test_the_files_are_written_again_when_they_are_gone_and_not_without_published_figures(town):
    run()
    paths.reconciliation(town).unlink()
    assert run() == 0
    assert paths.reconciliation(town).is_file()
    shutil.rmtree(paths.published(paths.edition_key("town", YEAR)))
    shutil.rmtree(town)
    run()
    assert not paths.reconciliation(town).exists()
    assert [entry.status for entry in Manifest.read(town).notebooks] == ["absent"]


@pytest.mark.slow
def test_the_appendix_is_absent_with_a_reason_where_the_period_is_not_the_year(town):
    assert run("--period", "H1") == 0
    folder = paths.outputs(paths.edition_key("town", YEAR), "H1")
    assert "2020年上半年" in Manifest.read(folder).notebooks[0].reason
    assert not paths.reconciliation(folder).exists()
