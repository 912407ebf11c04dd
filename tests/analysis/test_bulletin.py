"""What a bulletin compares a month with: the month before, Lunar New Year's two months together, the days that there are."""

import calendar
from datetime import datetime

import pandas as pd
import pytest
import yaml
from support.town import add_year, bring

from helpers.analysis import bulletin, measures, problems, scope, soundness
from helpers.settings import editions, lunar_new_year, number_format, paths, periods

NUMBERS = editions.read("beijing", 2020).numbers


def days(month, count=3, *, year=2020, until=31, **values):
    """So many tickets on each day of a month."""
    last = min(until, calendar.monthrange(year, month)[1])
    return [
        {"received_at": datetime(year, month, day, 9), "district": "甲区", "category": "住房", **values}
        for day in range(1, last + 1)
        for _ in range(count)
    ]


@pytest.fixture
def opened(town):
    def open_with(period, *rows, **changed):
        file = paths.edition("town", 2020)
        file.write_text(
            yaml.safe_dump(yaml.safe_load(file.read_text(encoding="utf-8")) | changed, allow_unicode=True), encoding="utf-8"
        )
        bring(*rows)
        found = scope.open(editions.read("town", 2020), period)
        return found, soundness.of(found)

    return open_with


def whole_year(**per_day):
    return [row for month in range(1, 13) for row in days(month, per_day.get(f"m{month}", 3))]


@pytest.mark.slow
class TestSpans:
    def test_a_month_is_compared_with_the_month_before_by_their_days(self, opened):
        found = bulletin.spans(*opened("M06", *whole_year()))
        assert (found.now.name, found.before.name, found.days, found.joint) == ("2020-M06", "2020-M05", (30, 31), False)

    def test_january_waits_for_february(self, opened):
        found = bulletin.spans(*opened("M01", *whole_year()))
        assert (found.before, found.joint) == (None, True)

    def test_february_is_compared_with_january_and_both_with_the_year_before(self, opened, town):
        add_year(2019)
        bring(*[row for month in range(1, 13) for row in days(month, year=2019)], year=2019, digest="2019")
        found = bulletin.spans(*opened("M02", *whole_year()))
        assert (found.now.name, found.before.name, found.days) == ("2020-M01..M02", "2019-M01..M02", (60, 59))

    def test_without_the_year_before_february_is_compared_with_nothing(self, opened):
        assert bulletin.spans(*opened("M02", *whole_year())).before is None

    def test_march_is_compared_with_january_and_february(self, opened):
        found = bulletin.spans(*opened("M03", *whole_year()))
        assert (found.before.name, found.days) == ("2020-M01..M02", (31, 60))

    def test_without_a_calendar_every_month_is_compared_with_the_one_before(self, opened):
        found = bulletin.spans(*opened("M02", *whole_year(), holidays=None))
        assert (found.now.name, found.before.name, found.joint) == ("2020-M02", "2020-M01", False)

    def test_a_month_that_is_cut_off_on_the_19th_has_nineteen_days(self, opened):
        found = bulletin.spans(*opened("M06", *days(5), *days(6, until=19)))
        assert found.days == (19, 31)

    def test_a_month_before_without_tickets_is_no_base(self, opened):
        assert bulletin.spans(*opened("M06", *days(4), *days(6))).before is None


@pytest.mark.slow
class TestSigns:
    def sign(self, opened, period, *rows, **changed):
        found, sound = opened(period, *rows, **changed)
        return bulletin.items(found, sound).set_index("item").loc["total"]

    def test_a_month_far_above_the_others_is_above_their_limits(self, opened):
        row = self.sign(opened, "M10", *whole_year(m10=9, m5=4))
        assert row["sign"] == "above"
        assert (row["tickets"], row["previous"]) == (279, 90)
        assert row["previous_change"] == pytest.approx(279 / 90 - 1)

    def test_a_month_like_the_others_is_within(self, opened):
        assert self.sign(opened, "M10", *whole_year(m5=4, m7=4))["sign"] == "within"

    def test_months_are_compared_by_the_day_and_not_by_their_length(self, opened):
        assert self.sign(opened, "M10", *whole_year())["sign"] == "within"

    def test_january_waits_and_february_counts_with_it(self, opened):
        rows = whole_year(m1=1, m2=5)  # together three a day, as all others
        assert self.sign(opened, "M01", *rows)["sign"] == "waits"
        assert self.sign(opened, "M12", *rows)["sign"] == "within"

    def test_too_few_earlier_months_have_no_limits(self, opened):
        assert self.sign(opened, "M05", *whole_year())["sign"] == "short"

    def test_a_month_that_is_not_complete_is_not_judged_and_has_no_change(self, opened):
        row = self.sign(opened, "M10", *[row for row in whole_year() if row["received_at"] < datetime(2020, 10, 20)])
        assert row["sign"] == "partial"
        assert pd.isna(row["previous_change"])


@pytest.mark.slow
def test_the_months_of_a_quarter_add_up_to_it_to_the_ticket(opened):
    found, _ = opened("Q2", *whole_year(m4=5, m6=7))
    rows = bulletin.months(found)
    assert rows["tickets"].tolist() == [150, 93, 210, 453]
    assert (
        rows["tickets"].iloc[:3].sum()
        == rows["tickets"].iloc[3]
        == found.count(measures.volume(found.cube.channels, found.period))["tickets"].iloc[0]
    )


@pytest.mark.slow
def test_what_is_carried_over_was_received_in_earlier_months_too(opened):
    rows = (
        [{**row, "status": "open"} for row in days(1, 1, until=3)]
        + [{**row, "status": "closed", "closed_at": datetime(2020, 3, 2)} for row in days(2, 1, until=5)]
        + [{**row, "status": "open"} for row in days(3, 1, until=2)]
    )
    found, _ = opened("M03", *rows)
    assert bulletin.carried(found)["tickets"].tolist() == [8, 5]


def test_lunar_new_year_falls_in_january_and_february():
    assert [(day.month, day.day) for day in lunar_new_year.days("CN", 2019)] == [(2, 5), (2, 6), (2, 7)]
    found = [day.month for day in lunar_new_year.days("CN", 2020)]  # extended to 2 February
    assert (found.count(1), found.count(2)) == (7, 2)
    assert [day.month for day in lunar_new_year.days("TW", 2020)] == [1] * 6


@pytest.mark.parametrize(
    ("now", "before", "printed"),
    [
        (1_120_262, 1_092_082, "上升2.6%"),
        (1_120_262, 901_927, "上升24.2%"),  # ACRC, November 2020
        (228, 203, "上升12.3%"),
        (329, 274, "上升20.1%"),  # 西宁城中区, June 2024: 228 (+25), 329 (+55)
        (6_536_500, 7_532_266, "下降13.2%"),
    ],
)  # Beijing's heating season
def test_published_changes_are_reproduced(now, before, printed):
    rules = NUMBERS.model_copy(update={"share_decimals": 1})
    assert number_format.change(now / before - 1, rules) == printed


@pytest.mark.parametrize(
    ("part", "whole", "decimals", "rounding", "printed"),
    [
        (1273, 1774, 2, "half_up", "71.76%"),  # 高安, October 2023
        (614 + 0.6 * 34, 670, 2, "half_up", "94.69%"),  # 西宁城中区, June 2024: 基本满意 counts 0.6
        (1590, 11_171, 2, "half_up", "14.23%"),  # 衡东
        (9226, 10_000, 1, "down", "92.2%"),
        (9226, 10_000, 1, "half_up", "92.3%"),  # Liaoning prints 92.2 of 92.26
        (46_327, 81_399, 1, "half_up", "56.9%"),
    ],
)  # ACRC, pests from May to July
def test_published_rates_are_reproduced(part, whole, decimals, rounding, printed):
    rules = NUMBERS.model_copy(update={"share_decimals": decimals, "rounding": rounding})
    assert number_format.percent(part / whole, rules) == printed


def test_a_part_answer_counts_what_the_edition_says_as_published():
    import ibis

    weights = editions.AnswerWeights(
        resolved={"resolved": 1}, satisfied={"satisfied": 1, "basically": 0.6}, source="西宁城中区, 2024-06"
    )
    counted = {
        "year": 2024,
        "month": 6,
        "assessed": 670,
        "reached": 670,
        "valid": 670,
        "contact_known": 0,
        "contacted": 0,
        "resolved": 600,
        "satisfied": 614,
        "basically": 34,
    }
    rates = measures.rates(ibis.memtable([counted]), periods.parse("M06", 2024), weights).to_pandas()
    assert number_format.percent(rates["satisfaction_rate"].iloc[0], NUMBERS) == "94.69%"


@pytest.mark.slow
class TestProblems:
    def rows(self):
        hard = {"category": "物业", "subcategory": "收费", "assessment": "full", "satisfied": "dissatisfied"}
        easy = {
            "category": "住房",
            "subcategory": "修缮",
            "assessment": "full",
            "resolved": "resolved",
            "satisfied": "satisfied",
            "closed": 1,
        }
        slow = hard | {"resolved": "unresolved", "closed": 20}
        made = [days(month, 2, **values) for month in (4, 5, 6) for values in (easy, slow)]
        return [
            {name: value for name, value in row.items() if name != "closed"}
            | {"closed_at": datetime(2020, row["received_at"].month, 28 if row["closed"] > 1 else row["received_at"].day, 23)}
            for month in made
            for row in month
        ]

    def test_a_problem_that_is_badly_solved_and_slow_is_hard(self, opened):
        found, _ = opened("Q2", *self.rows(), movements={"hard_tickets": 100})
        hard = problems.hard(found, ["category", "subcategory"])
        assert hard[["category", "subcategory", "signs"]].values.tolist() == [["物业", "收费", "解决率低、办理时间长"]]
        assert hard["weight"].tolist() == pytest.approx([182 * 0.5])  # 182 of which none is resolved, against half of all

    def test_too_few_tickets_are_not_hard_and_the_largest_fill_the_pages(self, opened):
        found, _ = opened("Q2", *self.rows(), movements={"hard_tickets": 200, "topics": 1})
        assert problems.hard(found, ["category", "subcategory"]).empty
        assert len(problems.heaviest(found)) == 1

    def test_what_is_among_the_first_in_every_month_persists(self, opened):
        rows = [
            *days(4, 5),
            *days(5, 5),
            *days(6, 5),
            *days(4, 3, category="教育"),
            *days(5, 3, category="教育"),
            *days(6, 1, category="教育"),
            *days(6, 4, category="交通"),
        ]
        found, _ = opened("Q2", *rows)
        monthly = problems.months(found, ["category"])
        assert problems.persistent(monthly, ["category"], 1)["category"].tolist() == ["住房"]
        kept = problems.persistent(monthly, ["category"], 3)
        assert kept[["category", "place_best", "place_worst"]].values.tolist() == [["住房", 1, 1], ["教育", 2, 3]]

    def test_places_with_the_same_first_category_in_every_month_are_counted(self, opened):
        one, two = ({"subdistrict": name} for name in ("一街", "二街"))
        rows = [row for month in (4, 5, 6) for row in (*days(month, 2, **one), *days(month, 1, category="教育", **one))]
        rows += [*days(4, 2, **two), *days(5, 2, category="教育", **two), *days(6, 2, **two)]
        found, _ = opened("Q2", *rows)
        places = problems.lasting(found)
        assert places[["subdistrict", "category", "tickets"]].values.tolist() == [["一街", "住房", 182]]
        assert problems.same_places(places)[["category", "place_count"]].values.tolist() == [["住房", 1]]
