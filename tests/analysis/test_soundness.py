import calendar
import dataclasses
from types import SimpleNamespace

import ibis
import pandas as pd
import pytest
import yaml
from support.home import inside

from helpers import chapters
from helpers.analysis import measures, soundness
from helpers.ingest import ingest
from helpers.settings import editions, margins, paths, periods
from helpers.settings.errors import UserError

YEAR = periods.parse("year", 2020)
BASE = YEAR.back(12)
RULES = editions.Soundness()


def month_of(per_workday, per_weekend, *, without=(), year=2020, month=9):
    """Tickets by day of a month: so many on workdays and on days of weekends, none on some days."""
    days = range(1, calendar.monthrange(year, month)[1] + 1)
    return {day: per_weekend if calendar.weekday(year, month, day) > 4 else per_workday for day in days if day not in without}


def missing(tickets, missing_from=7, month=9):
    return soundness.missing_days(tickets, 2020, month, missing_from)


def judged(coverage=None, filled=None, period=YEAR, entity=None, timed=None, breaks=()):
    """A soundness of both years, every month covered but those that are given."""
    months = dict.fromkeys(BASE.calendar + YEAR.calendar, "covered") | (coverage or {})
    return soundness.Soundness(RULES, period, period.back(12), (2019, 2020), months, timed or {}, filled or {}, breaks,
                               entity=entity or {})


def monthly(**columns):
    return pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [5, 6, 7]} | columns)


def test_days_without_tickets_are_missing_from_seven_expected_tickets_on():
    assert missing(month_of(1, 1, without={1, 2, 3, 4, 7, 8})) == set()
    assert missing(month_of(1, 1, without={1, 2, 3, 4, 7, 8, 9})) == {1, 2, 3, 4, 7, 8, 9}
    assert missing(month_of(1, 1, without={1, 2, 3, 4, 7, 8}), missing_from=6) == {1, 2, 3, 4, 7, 8}


def test_a_run_of_workdays_goes_on_over_a_weekend_and_ends_at_a_day_with_tickets():
    assert missing(month_of(4, 4, without={4, 7})) == {4, 7}
    assert missing(month_of(4, 4, without={4, 8})) == set()


def test_workdays_and_weekends_have_usual_numbers_of_their_own():
    assert missing(month_of(7, 1, without={5, 6})) == set()
    assert missing(month_of(1, 7, without={5})) == {5}
    assert missing(month_of(7, 1, without={7})) == {7}


def test_the_usual_number_is_that_of_days_with_tickets():
    assert missing({1: 4}) == {day for day in range(2, 31) if calendar.weekday(2020, 9, day) < 5}


def test_weekends_of_which_fewer_than_half_have_tickets_are_closed():
    weekends = [5, 6, 12, 13, 19, 20, 26, 27]
    assert missing(month_of(9, 9, without=weekends)) == set()
    assert missing(month_of(9, 9, without=weekends[:5])) == set()
    assert missing(month_of(9, 9, without=weekends[:4])) == set(weekends[:4])


def test_workdays_that_have_none_are_judged_by_the_weekend():
    assert missing({5: 71}) == {day for day in range(1, 31) if calendar.weekday(2020, 9, day) < 5}


@pytest.mark.parametrize(("without", "expected"), [(range(1, 7), "covered"), (range(1, 8), "partly")])
def test_a_month_is_covered_where_at_least_four_fifths_of_its_days_are_there(without, expected):
    days = [{"year": 2020, "month": 9, "day": day, "tickets": count, "timed": count / 3}
            for day, count in month_of(9, 9, without=without).items()]
    coverage = ibis.memtable({"year": [2020], "month": [9], "column": ["category"], "tickets": [9], "known": [9]})
    calls = ibis.memtable({"year": [2020], "month": [9], "category": ["x"], "tickets": [9]})
    cube = SimpleNamespace(days=ibis.memtable(days), coverage=coverage, calls=calls, years=(2020,), data="export")
    sound = soundness.of(SimpleNamespace(edition=SimpleNamespace(soundness=RULES), period=YEAR, base=BASE, cube=cube))
    found = sound.covered(YEAR)
    assert found["coverage"].tolist() == ["absent"] * 8 + [expected] + ["absent"] * 3
    assert list(found) == ["year", "month", "coverage", "timed_share"]
    assert found["timed_share"].dropna().tolist() == [pytest.approx(1 / 3)]
    assert sound.covered(BASE).empty


def test_an_answer_by_month_says_which_months_are_not_covered_and_only_then():
    assert "covered" not in judged().apply(monthly())
    answer = judged({(2020, 2): "partly", (2020, 3): "absent"}).apply(monthly())
    assert answer["covered"].tolist() == [True, False, False]
    assert answer["tickets"].tolist() == [5, 6, 7]
    assert "covered" not in judged({(2020, 4): "partly"}).apply(monthly())


@pytest.mark.parametrize("month", [(2019, 1), (2019, 12), (2020, 1), (2020, 12)])
def test_no_change_is_computed_over_a_month_of_period_or_base_that_is_not_covered(month):
    volume = pd.DataFrame({"category": ["x"], "tickets": [60], "tickets_before": [40], "tickets_change": [0.5]})
    assert judged().apply(volume)["tickets_change"].tolist() == [0.5]
    answer = judged({month: "partly"}).apply(volume)
    assert answer["tickets_change"].isna().all()
    assert answer["tickets_before"].tolist() == [40]
    assert judged({month: "partly"}, period=periods.parse("Q2", 2020)).apply(volume)["tickets_change"].tolist() == [0.5]


@pytest.mark.parametrize(("before", "stated"), [(29, False), (30, True)])
def test_no_change_is_stated_from_fewer_tickets_than_a_rate_needs_answers_but_that_of_the_whole(before, stated):
    few = pd.DataFrame({"tickets": [60], "tickets_before": [before], "tickets_change": [0.5]})
    assert judged().apply(few.assign(category="x")[["category", *few]])["tickets_change"].notna().all() == stated
    assert judged().apply(few)["tickets_change"].notna().all()


@pytest.mark.parametrize(("share", "covered"), [(0.5, True), (0.49, False)])
def test_a_month_in_which_a_column_is_filled_by_half_bears_what_is_keyed_by_it(share, covered):
    sound = judged(filled={("district", (2020, 2)): share})
    for key in ("district", "zone"):
        answer = sound.apply(monthly(**{key: "x"}))
        assert answer.get("covered", pd.Series([True] * 3)).tolist() == [True, covered, True]
        volume = pd.DataFrame({key: ["x"], "tickets": [60], "tickets_before": [40], "tickets_change": [0.5]})
        assert sound.apply(volume)["tickets_change"].notna().all() == covered
    assert "covered" not in sound.apply(monthly(category="x"))
    assert "covered" not in sound.apply(monthly())


def test_a_section_of_a_district_is_keyed_by_it_in_every_answer():
    answer = judged(filled={("district", (2020, 2)): 0.1}, entity={"district": "x"}).apply(monthly())
    assert answer["covered"].tolist() == [True, False, True]


def test_hours_are_those_of_months_whose_tickets_mostly_have_a_time():
    hours = ibis.memtable({"year": [2019, 2020, 2020, 2020], "month": [12, 1, 2, 3], "tickets": [1, 2, 4, 8]})
    timed = {(2019, 12): 1.0, (2020, 1): 0.49, (2020, 2): 0.5}
    assert judged(timed=timed).with_times(hours).tickets.sum().execute() == 5
    assert judged().with_times(hours).count().execute() == 0


RATES = {"resolution_rate": "valid", "satisfaction_rate": "valid", "contact_rate": "contact_known", "on_time_rate": "due",
         "days_mean": "closed", "days_median": "closed"}


@pytest.mark.parametrize("rate", RATES)
def test_a_rate_of_fewer_than_thirty_answers_is_not_known(rate):
    others = dict.fromkeys(RATES.values(), 99)
    answer = pd.DataFrame([others | dict.fromkeys(RATES, 0.5) | {RATES[rate]: count} for count in (29, 30)])
    found = judged().apply(answer)
    assert found[rate].isna().tolist() == [True, False]
    assert found[RATES[rate]].tolist() == [29, 30]
    assert found[[name for name, answers in RATES.items() if answers != RATES[rate]]].notna().all(axis=None)


@pytest.mark.parametrize(("key", "value"), [
    ("missing_from", 0.9), ("missing_from", 1001), ("missing_from", float("nan")), ("covered", 1.1), ("covered", -0.1),
    ("renamed", 0), ("renamed", 1.1), ("filled", 1.1), ("filled", -0.1),
    ("min_answers", 0), ("level", 0.4), ("level", 1), ("min_answers", 1.5), ("source", "")])
def test_a_threshold_out_of_range_is_refused_by_its_key(home, key, value):
    file = paths.edition("pingshan", 2018)
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(written | {"soundness": {key: value}}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UserError, match=rf"soundness\.{key}"):
        editions.read("pingshan", 2018)


def classified(**tickets):
    """Tickets by category in the months from January on."""
    rows = [(2020, place + 1, name, count) for name, counts in tickets.items() for place, count in enumerate(counts)]
    return pd.DataFrame(rows, columns=["year", "month", "category", "tickets"])


def test_categories_are_renamed_where_a_tenth_vanishes_and_a_tenth_appears():
    broken = [soundness.Break((2020, 3), ("旧",), ("新",))]
    assert soundness.renamed(classified(其他=[90, 90, 90, 90], 旧=[10, 10, 0, 0], 新=[0, 0, 10, 10]), 0.1) == broken
    assert soundness.renamed(classified(其他=[90, 91, 90, 90], 旧=[10, 9, 0, 0], 新=[0, 0, 10, 10]), 0.1) == []
    assert soundness.renamed(classified(其他=[90, 90, 91, 90], 旧=[10, 10, 0, 0], 新=[0, 0, 9, 10]), 0.1) == []
    assert soundness.renamed(classified(其他=[90, 90, 90, 90], 旧=[10, 10, 0, 0]), 0.1) == []


def test_stray_tickets_under_a_name_of_another_time_hide_no_break():
    def found(stray):
        return soundness.renamed(classified(其他=[800 - stray, 800, 800, 800], 旧=[200, 200, 0, 0], 新=[stray, 0, 200, 200]), 0.1)

    assert found(20) == [soundness.Break((2020, 3), ("旧",), ("新",))]
    assert found(21) == []


def test_tickets_without_a_category_count_in_the_shares():
    monthly = classified(旧=[10, 10, 0, 0], 新=[0, 0, 10, 10])
    unnamed = classified(其他=[90] * 4).assign(category=None)
    assert len(soundness.renamed(pd.concat([monthly, unnamed]), 0.1)) == 1
    assert soundness.renamed(pd.concat([monthly, unnamed.assign(tickets=91)]), 0.1) == []


def test_a_renamed_category_has_no_months_on_the_other_side_of_the_break():
    sound = judged(breaks=[soundness.Break((2020, 3), ("旧",), ("新",))])
    rows = pd.concat([monthly(category=name) for name in ("旧", "新", "其他", None)], ignore_index=True)
    assert sound.apply(rows)["covered"].tolist() == [True, True, False, False, False, True, True, True, True, True, True, True]
    volume = pd.DataFrame({"category": ["旧", "新", "其他"], "tickets": 60, "tickets_before": 40, "tickets_change": 0.5})
    assert sound.apply(volume)["tickets_change"].isna().tolist() == [True, True, False]
    section = judged(breaks=sound.breaks, entity={"category": "旧"})
    assert section.apply(monthly())["covered"].tolist() == [True, True, False]


@pytest.mark.parametrize(("period", "within"), [("Q1", True), ("M03", True), ("Q2", True), ("M01..M02", False)])
def test_a_break_matters_where_it_lies_between_months_of_period_and_base(period, within):
    sound = judged(period=periods.parse(period, 2020), breaks=[soundness.Break((2020, 3), ("旧",), ("新",))])
    assert bool(sound.breaks_within) == within
    alone = dataclasses.replace(sound, years=(2020,))
    assert bool(alone.breaks_within) == (period == "Q1")


def test_tickets_without_any_category_have_no_break():
    assert soundness.renamed(classified(其他=[9, 9]).assign(category=None), 0.1) == []


def test_an_answer_keeps_where_it_comes_from():
    answer = monthly()
    answer.attrs = {"table": "channels"}
    assert judged({(2020, 1): "partly"}).apply(answer).attrs == {"table": "channels"}


@pytest.mark.parametrize(("city", "year", "file", "partly", "absent"), [
    ("pingshan", 2018, "pingshan-2018/export-utf8.csv", [2, 3, 6, 7, 8, 12], [1, 4, 5]),
    ("beijing-water", 2020, "beijing-water-2020/export-2020.xlsx", [], [])])
def test_the_months_of_a_real_export(real_data, tmp_path, city, year, file, partly, absent):
    with inside(tmp_path):
        assert ingest.main([str(real_data / file), "--city", city, "--year", str(year)]) == 0
        chapter = chapters.open(city, year)
        months = chapter.soundness.covered(chapter.period).groupby("coverage")["month"].agg(list).to_dict()
        assert months.get("partly", []) == partly
        assert months.get("absent", []) == absent
        untimed = chapter.soundness.covered(chapter.period).query("timed_share < 0.5")["month"].tolist()
        assert untimed == ([1, 2] if city == "beijing-water" else [])
        renamed = [(broken.first, "运行维护" in broken.vanished, "水利工程运行维护" in broken.appeared)
                   for broken in chapter.soundness.breaks]
        assert renamed == ([((2020, 4), True, True)] if city == "beijing-water" else [])
        districts = chapter.ask(measures.monthly(chapter.cube.areas, chapter.period, "district"))
        uncovered = [1, 2] if city == "beijing-water" else sorted([*partly, *absent])
        assert sorted({*districts.loc[~districts["covered"], "month"]}) == uncovered


MARGINS = dict.fromkeys(margins.Basis.model_fields, "printed") | {"subdistrict": "assumed", "months": "assumed"}


def changes(then, period=YEAR, entity=None, **columns):
    """Which changes since a year of these margins are stated; those of the year are printed but for subdistricts and months."""
    basis = {2020: margins.Basis.model_validate(MARGINS), 2019: margins.Basis.model_validate(MARGINS | then)}
    answer = pd.DataFrame(columns).assign(tickets=78, tickets_before=40, tickets_change=0.95)
    sound = dataclasses.replace(judged(period=period, entity=entity), basis=basis)
    return sound.apply(answer)["tickets_change"].notna().tolist()


def test_a_change_from_an_assumed_number_is_not_stated_and_one_from_an_exception_is():
    then = {"district": {"basis": "assumed", "except": ["朝阳区"]}}
    assert changes(then, district=["朝阳区", "顺义区"]) == [True, False]
    assert changes({}, district=["朝阳区", "顺义区"]) == [True, True]
    assert changes({"category": {"basis": "printed", "except": ["教育"]}}, category=["教育", "住房"]) == [False, True]


def test_the_margin_of_a_part_decides_and_not_that_of_the_whole():
    assert changes({}, district=["朝阳区"], subdistrict=["望京街道"]) == [False]
    assert changes({}, entity={"district": "朝阳区"}, subdistrict=["望京街道"]) == [False]
    assert changes({"category": "assumed"}, category=["住房"], subcategory=["供暖"]) == [True]
    assert changes({"district": "assumed"}, entity={"district": "顺义区"}, kind=["request"]) == [False]


def test_changes_of_a_part_of_the_year_rest_on_the_months():
    quarter = periods.parse("Q3", 2020)
    assert changes({}, period=quarter, district=["朝阳区"]) == [False]


def test_an_answer_of_no_margin_keeps_its_change():
    assert changes({"district": "assumed"}, handling=["dispatched"]) == [True]


def days_of(year: int, tickets: dict[int, int], last_day: int = 31) -> pd.DataFrame:
    """Return days with the tickets of each month spread over all of them, the last month's up to `last_day`."""
    rows = [(year, month, day, count) for month, count in tickets.items()
            for day in range(1, min(calendar.monthrange(year, month)[1], last_day if month == max(tickets) else 31) + 1)]
    return pd.DataFrame(rows, columns=["year", "month", "day", "tickets"])


@pytest.mark.parametrize(("tickets", "last_day", "months"), [
    (dict.fromkeys(range(1, 13), 5), 31, "2020"),
    (dict.fromkeys(range(1, 6), 5), 31, "2020-M01..M05"),
    (dict.fromkeys(range(1, 7), 5), 9, "2020-M01..M05"),
    (dict.fromkeys(range(3, 13), 5), 31, "2020"),
    ({1: 5, 2: 5, 4: 5, 5: 5}, 31, "2020-M01..M05"),
])
def test_a_years_months_end_with_its_last_complete_one(tickets, last_day, months):
    edition = editions.read("beijing", 2020)
    assert soundness.months(days_of(2020, tickets, last_day), edition).name == months


def test_a_year_of_so_few_tickets_that_none_is_missed_is_whole():
    edition = editions.read("beijing", 2020)
    few = pd.DataFrame([(2020, month, 1, 1) for month in range(1, 11)], columns=["year", "month", "day", "tickets"])
    assert soundness.months(few, edition).name == "2020"
    assert soundness.months(few.head(1).assign(tickets=6), edition).name == "2020"
    assert soundness.months(few.head(1).assign(tickets=7), edition).name == "2020-M01"


def test_an_edition_that_says_what_it_covers_is_about_these_months():
    edition = editions.read("beijing", 2020).model_copy(update={"covers": "2020-03..2020-08"})
    assert soundness.months(days_of(2020, dict.fromkeys(range(1, 13), 5)), edition).name == "2020-M03..M08"
