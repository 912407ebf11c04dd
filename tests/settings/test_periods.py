import pytest

from helpers.settings import periods
from helpers.settings.errors import UserError


@pytest.mark.parametrize(("text", "months", "words"), [
    ("year", (1, 12), "2020年"),
    ("H1", (1, 6), "2020年上半年"),
    ("H2", (7, 12), "2020年下半年"),
    ("Q3", (7, 9), "2020年第三季度"),
    ("M11", (11, 11), "2020年11月"),
    ("M03..M06", (3, 6), "2020年3月至6月"),
    ("M01..M12", (1, 12), "2020年"),
])
def test_a_period_is_a_span_of_months_with_a_name_in_words(text, months, words):
    period = periods.parse(text, 2020)
    assert (period.calendar[0], period.calendar[-1]) == ((2020, months[0]), (2020, months[1]))
    assert period.words == words


@pytest.mark.parametrize(("text", "compare", "name"), [
    ("year", "year_ago", "2019"),
    ("year", "previous", "2019"),
    ("H1", "previous", "2019-H2"),
    ("Q1", "previous", "2019-Q4"),
    ("M01", "previous", "2019-M12"),
    ("M03..M06", "previous", "2019-M11..2020-M02"),
    ("Q3", "2018-Q3", "2018-Q3"),
])
def test_the_base_lies_a_year_back_or_just_before_or_where_it_is_named(text, compare, name):
    assert periods.base(periods.parse(text, 2020), compare).name == name


def test_a_span_over_two_years_says_both():
    period = periods.base(periods.parse("M03..M06", 2020), "previous")
    assert period.words == "2019年11月至2020年2月"
    assert period.years == (2019, 2020)


@pytest.mark.parametrize("text", ["", "Q5", "M13", "M6", "q3", "2020-13", "H1 ", "M01..", "全年"])
def test_another_word_is_refused_with_what_may_be_written(text):
    with pytest.raises(UserError, match=r"write year, H1, Q3, M11 or M01\.\.M06") as refusal:
        periods.parse(text, 2020)
    assert refusal.value.exit_code == 2


def test_a_range_that_ends_before_it_begins_is_refused():
    with pytest.raises(UserError, match="ends before it begins"):
        periods.parse("M06..M03", 2020)


def test_a_quarter_is_not_compared_with_a_year():
    with pytest.raises(UserError, match="has 12 months and the period 3"):
        periods.base(periods.parse("Q3", 2020), "2019")


def test_an_unknown_comparison_is_refused():
    with pytest.raises(UserError, match="year_ago, previous"):
        periods.base(periods.parse("year", 2020), "last_year")


@pytest.mark.parametrize(("text", "name", "words", "months"), [
    ("W23", "2020-W23", "2020年第23周（6月1日至6月7日）", [(2020, 6)]),
    ("W01", "2020-W01", "2020年第1周（12月30日至1月5日）", [(2020, 1)]),
    ("2020-W53", "2020-W53", "2020年第53周（12月28日至1月3日）", [(2020, 12)])])
def test_a_week_is_of_the_month_of_its_thursday(text, name, words, months):
    week = periods.parse(text, 2020)
    assert (week.name, week.words, week.calendar) == (name, words, months)
    assert (week.last_day - week.first_day).days == 6
    assert periods.parse(week.name, 1999) == week
    assert periods.base(week, "year_ago").name == f"2019-M{months[0][1]:02}"


def test_the_last_day_of_months_is_the_calendars():
    assert str(periods.parse("M02", 2020).last_day) == "2020-02-29"
    assert str(periods.parse("H1", 2020).first_day) == "2020-01-01"


@pytest.mark.parametrize(("text", "words"), [("W53", "2019 has no week 53"), ("W00", "not known"), ("W60", "not known")])
def test_a_week_that_a_year_lacks_is_refused(text, words):
    with pytest.raises(UserError, match=words):
        periods.parse(text, 2019)
