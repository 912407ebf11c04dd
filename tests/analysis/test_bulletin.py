"""What a bulletin compares a month with: the month before, Lunar New Year's two months together, the days that there are."""

import calendar

import pandas as pd
import pytest
from support.counted import scope, sound, table

from helpers.analysis import bulletin, measures, problems
from helpers.analysis.soundness import Break
from helpers.settings import editions, lunar_new_year, number_format, periods

NUMBERS = editions.read("beijing", 2020).numbers
MONTHS = range(1, 13)
STEADY = {f"类{number}": 300 for number in range(9)}


def calls(**months):
    """Tickets by month, three a day but where a month says how many a day: m10=9; in `year` and those before."""
    years, rows = months.pop("years", (2020,)), []
    for year in years:
        for month in MONTHS:
            a_day = months.get(f"m{month}", 3) if year == 2020 else 3
            rows.append({"year": year, "month": month, "tickets": a_day * calendar.monthrange(year, month)[1]})
    return table(rows, ["channel", "source", "kind", "handling"])


class TestSpans:
    def spans(self, period, days=None, **options):
        opened = scope(period, **options)
        return bulletin.spans(opened, sound(opened, days))

    def test_a_month_is_compared_with_the_month_before_by_their_days(self):
        found = self.spans("M06")
        assert (found.now.name, found.before.name, found.days, found.joint) == ("2020-M06", "2020-M05", (30, 31), False)

    def test_january_waits_for_february(self):
        assert (self.spans("M01").before, self.spans("M01").joint) == (None, True)

    def test_february_is_compared_with_january_and_both_with_the_year_before(self):
        found = self.spans("M02", years=(2019, 2020))
        assert (found.now.name, found.before.name, found.days) == ("2020-M01..M02", "2019-M01..M02", (60, 59))

    def test_without_the_year_before_february_is_compared_with_nothing(self):
        assert self.spans("M02").before is None

    def test_march_is_compared_with_january_and_february(self):
        found = self.spans("M03")
        assert (found.before.name, found.days) == ("2020-M01..M02", (31, 60))

    def test_without_a_calendar_every_month_is_compared_with_the_one_before(self):
        found = self.spans("M02", edition={"holidays": None})
        assert (found.now.name, found.before.name, found.joint) == ("2020-M02", "2020-M01", False)

    def test_a_month_that_is_cut_off_on_the_19th_has_nineteen_days(self):
        assert self.spans("M06", {(2020, 6): 19}).days == (19, 31)

    def test_a_month_before_without_tickets_is_no_base(self):
        assert self.spans("M06", {(2020, 5): 0}).before is None


class TestSigns:
    def row(self, period, days=None, **months):
        opened = scope(period, years=months.get("years", (2020,)), channels=calls(**months))
        return bulletin.items(opened, sound(opened, days)).set_index("item").loc["total"]

    def test_a_month_far_above_the_others_is_above_their_limits(self):
        row = self.row("M10", m10=9, m5=4)
        assert row["sign"] == "above"
        assert (row["tickets"], row["previous"]) == (279, 90)
        assert row["previous_change"] == pytest.approx(279 / 90 - 1)

    def test_a_month_like_the_others_is_within(self):
        assert self.row("M10", m5=4, m7=4)["sign"] == "within"

    def test_months_are_compared_by_the_day_and_not_by_their_length(self):
        assert self.row("M10")["sign"] == "within"

    def test_january_waits_and_february_counts_with_it(self):
        rows = {"m1": 1, "m2": 5}  # together three a day, as all others
        assert self.row("M01", **rows)["sign"] == "waits"
        assert self.row("M12", **rows)["sign"] == "within"

    def test_too_few_earlier_months_have_no_limits(self):
        assert self.row("M05")["sign"] == "short"

    def test_a_month_that_is_not_complete_is_not_judged_and_has_no_change(self):
        row = self.row("M10", {(2020, 10): 19})
        assert row["sign"] == "partial"
        assert pd.isna(row["previous_change"])

    @pytest.mark.parametrize(
        ("month", "previous", "year_ago"), [("M02", False, False), ("M03", False, True), ("M04", True, True)]
    )
    def test_february_and_march_are_not_compared_with_one_month_of_lunar_new_year(self, month, previous, year_ago):
        row = self.row(month, years=(2019, 2020))
        assert [pd.notna(row["previous_change"]), pd.notna(row["year_ago_change"])] == [previous, year_ago]


def test_the_large_numbers_of_a_january_have_no_change(monkeypatch):
    numbers = pd.DataFrame({"tickets": [90], "tickets_change": [0.5], "dispatched_change": [0.5]})
    monkeypatch.setattr(bulletin.summary, "key_numbers", lambda scope: numbers)
    assert bulletin.key_numbers(scope("M06"))["tickets_change"].tolist() == [0.5]
    assert bulletin.key_numbers(scope("M01"))[["tickets_change", "dispatched_change"]].isna().all(axis=None)


class TestTogether:
    def found(self, period, days=None, **months):
        opened = scope(period, years=(2019, 2020), channels=calls(years=(2019, 2020), **months))
        known = sound(opened, days)
        return bulletin.together(opened, known, bulletin.spans(opened, known))

    def test_january_and_february_are_compared_by_the_day_with_those_of_the_year_before(self):
        row = self.found("M02", m1=6, m2=6).iloc[0]
        assert row.tolist() == [6 * 60, 3 * 59, pytest.approx(1.0)]

    def test_march_is_compared_with_both(self):
        assert self.found("M03", m3=6)["daily_change"].tolist() == pytest.approx([1.0])

    def test_other_months_and_a_january_have_nothing_joint(self):
        assert self.found("M06").empty
        assert self.found("M01").empty


class TestCompared:
    def both(self, *rows, breaks=(), period="M06"):
        opened = scope(period, calls=table(rows))
        known = sound(opened, breaks=breaks)
        return bulletin.compare(opened, known, bulletin.spans(opened, known), opened.cube.calls, ["category"])

    def rows(self, month, **tickets):
        return [{"year": 2020, "month": month, "category": name, "tickets": count} for name, count in tickets.items()]

    def test_tickets_are_set_side_by_side_with_their_share_and_by_the_day(self):
        row = self.both(*self.rows(5, 住房=310, 教育=310), *self.rows(6, 住房=900, 教育=300)).iloc[0]
        assert row[["category", "tickets", "tickets_before", "ticket_share"]].tolist() == ["住房", 900, 310, 0.75]
        assert row[["daily_density", "before_density", "daily_change"]].tolist() == [30, 10, pytest.approx(2.0)]

    def test_a_category_that_has_another_name_since_is_neither_new_nor_gone(self):
        rows = [*self.rows(5, 水环境=310, **STEADY), *self.rows(6, 水环境维护=300, **STEADY)]
        assert set(self.both(*rows)["movement"]) == {"new", "gone", "same"}
        renamed = self.both(*rows, breaks=[Break((2020, 6), ("水环境",), ("水环境维护",))]).set_index("category")
        assert renamed["movement"].to_dict() == dict.fromkeys(("水环境维护", *STEADY), "same")
        assert pd.isna(renamed.loc["水环境维护", "tickets_before"])

    def test_a_name_that_changed_before_both_months_changes_nothing(self):
        rows = [*self.rows(5, 教育=310), *self.rows(6, 教育=300, 水环境维护=300)]
        assert set(self.both(*rows, breaks=[Break((2020, 4), ("水环境",), ("水环境维护",))])["movement"]) == {"same", "new"}

    def test_without_an_earlier_month_nothing_moves(self):
        found = self.both(*self.rows(1, 住房=310), period="M01")
        assert found["movement"].tolist() == ["same"]
        assert found["tickets_before"].isna().all()


def test_the_months_of_a_quarter_add_up_to_it_to_the_ticket():
    answers = {"assessed": 1, "reached": 1, "contacted": 0, "contact_known": 0, "valid": 0}
    answers |= dict.fromkeys(("resolved", "partly", "unresolved", "satisfied", "basically", "dissatisfied"), 0)
    outcomes = table({"year": 2020, "month": month, **answers} for month in MONTHS)
    found = scope("Q2", channels=calls(m4=5, m6=7), outcomes=outcomes)
    rows = bulletin.months(found)
    whole = found.count(measures.volume(found.cube.channels, found.period))["tickets"].iloc[0]
    assert rows["tickets"].tolist() == [150, 93, 210, 453]
    assert rows["tickets"].iloc[:3].sum() == rows["tickets"].iloc[3] == whole


def test_what_is_carried_over_was_received_in_earlier_months_too():
    rows = [(1, "open", None, 3), (2, "closed", 2020 * 12 + 2, 5), (3, "open", None, 2)]
    backlog = table({"year": 2020, "month": month, "day": 1, "status": status, "until": until, "tickets": tickets}
                    for month, status, until, tickets in rows)
    found = scope("M03", backlog=backlog, known=["status"])
    assert bulletin.carried(found)["tickets"].tolist() == [8, 5]


def test_tickets_of_no_known_area_are_counted():
    areas = table([{"year": 2020, "month": 6, "owner_level": None, "district": name, "tickets": count}
                   for name, count in (("东城区", 5), (None, 3))])
    assert bulletin.unplaced(scope("M06", areas=areas), "district")["tickets"].tolist() == [3]
    known = areas.filter(areas.district.notnull())
    assert bulletin.unplaced(scope("M06", areas=known), "district").empty


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


HARD = {"category": "物业", "subcategory": "收费", "closed": 182, "days_spent": 182 * 20, "unresolved": 182, "resolved": 0}
EASY = {"category": "住房", "subcategory": "修缮", "closed": 182, "days_spent": 182, "unresolved": 0, "resolved": 182}
ANSWERS = {"assessed": 182, "reached": 182, "contacted": 0, "contact_known": 0, "valid": 182, "partly": 0, "satisfied": 91,
           "basically": 0, "dissatisfied": 91}


class TestProblems:
    def opened(self, *rows, **movements):
        at = {"year": 2020, "month": 5}
        handling = [{**at, "tickets": 182, "repeated": 0, "redispatched": 0, "due": 0, "on_time": 0, **row} for row in rows]
        volumes = [{**at, "category": row["category"], "subcategory": row["subcategory"], "tickets": 182} for row in rows]
        rules = editions.MovementRules(**movements)
        return scope("Q2", known=["subcategory"], edition={"movements": rules}, calls=table(volumes),
                     category_handling=table(handling), category_outcomes=table({**at, **row, **ANSWERS} for row in rows))

    def test_a_problem_that_is_badly_solved_and_slow_is_hard(self):
        hard = problems.hard(self.opened(HARD, EASY, hard_tickets=100), ["category", "subcategory"])
        assert hard[["category", "subcategory", "signs"]].values.tolist() == [["物业", "收费", "解决率低、办理时间长"]]
        assert hard["weight"].tolist() == pytest.approx([182 * 0.5])  # 182 of which none is resolved, against half of all

    def test_too_few_tickets_are_not_hard_and_the_largest_fill_the_pages(self):
        found = self.opened(HARD, EASY, hard_tickets=200, topics=1)
        assert problems.hard(found, ["category", "subcategory"]).empty
        assert len(problems.heaviest(found)) == 1

    def test_what_no_ticket_tells_is_not_judged(self):
        assert problems.judged(self.opened(HARD, EASY)) == ["unsolved", "long"]
        assert problems.judged(self.opened(HARD | {"repeated": 9})) == ["unsolved", "long", "repeated"]
        assert problems.handled(self.opened(HARD), [])["repeated_share"].isna().all()

    def test_what_is_among_the_first_in_every_month_persists(self):
        counts = {"住房": (5, 5, 5), "教育": (3, 3, 1), "交通": (0, 0, 4)}
        rows = [{"year": 2020, "month": month, "category": name, "tickets": tickets}
                for name, each in counts.items() for month, tickets in zip((4, 5, 6), each, strict=True) if tickets]
        monthly = problems.months(scope("Q2", calls=table(rows)), ["category"])
        assert problems.persistent(monthly, ["category"], 1)["category"].tolist() == ["住房"]
        kept = problems.persistent(monthly, ["category"], 3)
        assert kept[["category", "place_best", "place_worst"]].values.tolist() == [["住房", 1, 1], ["教育", 2, 3]]

    def areas(self, *rows):
        columns = ("month", "subdistrict", "category", "tickets")
        return table({"year": 2020, "owner_level": "subdistrict", "district": "甲区", **dict(zip(columns, row, strict=True))}
                     for row in rows)

    def test_places_with_the_same_first_category_in_every_month_are_counted(self):
        rows = [(month, "一街", *each) for month in (4, 5, 6) for each in (("住房", 60), ("教育", 30))]
        rows += [(4, "二街", "住房", 60), (5, "二街", "教育", 60), (6, "二街", "住房", 60)]
        found = scope("Q2", areas=self.areas(*rows), known=["subdistrict"])
        places = problems.lasting(found)
        assert places[["subdistrict", "category", "tickets"]].values.tolist() == [["一街", "住房", 180]]
        assert problems.same_places(places)[["category", "place_count"]].values.tolist() == [["住房", 1]]

    def test_where_no_ticket_has_a_subdistrict_places_are_districts(self):
        found = scope("Q2", areas=self.areas(*((month, None, "住房", 60) for month in (4, 5, 6))))
        assert problems.place_level(found) == "district"
        assert problems.lasting(found)[["district", "category"]].values.tolist() == [["甲区", "住房"]]
