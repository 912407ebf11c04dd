"""What is open, by month and age, and how long closing took: tickets of a small town, answers by hand."""

from datetime import datetime

import pytest
from support.town import bring

from helpers.analysis import backlog, measures, scope
from helpers.settings import editions, periods
from helpers.writing import prose

pytestmark = pytest.mark.slow


def ticket(received, closed=None, status=None):
    closed = {"closed_at": datetime.fromisoformat(closed)} if closed else {}
    return {"received_at": datetime.fromisoformat(received), "status": status or ("closed" if closed else "open"), **closed}


@pytest.fixture
def opened(town):
    def open_with(*rows, period="year"):
        bring(*rows)
        return scope.open(editions.read("town", 2020), period)
    return open_with


def test_open_tickets_are_counted_at_the_end_of_each_month(opened):
    town = opened(ticket("2020-01-31T23:00", "2020-02-01T01:00"), ticket("2020-01-05", "2020-01-31T23:59"), ticket("2020-02-01"),
                  ticket("2020-02-02", status="closed"), ticket("2020-02-03", "2021-01-01"), ticket("2020-03-01", "2020-03-02"))
    counted = backlog.monthly(town.cube.backlog, periods.parse("M01..M03", 2020)).to_pandas()
    assert counted.values.tolist() == [[2020, 1, 1], [2020, 2, 2], [2020, 3, 2]]
    year = backlog.monthly(town.cube.backlog, town.period).to_pandas()
    assert list(year["tickets"]) == [1, 2] + [2] * 10


def test_a_period_counts_the_tickets_that_it_received_and_what_was_open_at_its_end(opened):
    town = opened(ticket("2020-01-01"), ticket("2020-04-24"), ticket("2020-06-01", "2020-07-05"),
                  ticket("2020-06-30", "2020-06-30"))
    quarter = periods.parse("Q2", 2020)
    assert list(backlog.monthly(town.cube.backlog, quarter).to_pandas()["tickets"]) == [1, 1, 2]
    assert backlog.ages(town.cube.backlog, quarter).to_pandas().values.tolist() == [["month", 1, 0.5], ["quarter", 1, 0.5]]


@pytest.mark.parametrize(("received", "age"), [("2020-12-31", "week"), ("2020-12-24", "week"), ("2020-12-23", "month"),
                                               ("2020-12-01", "month"), ("2020-11-30", "quarter"), ("2020-10-02", "quarter"),
                                               ("2020-10-01", "half"), ("2020-07-04", "half"), ("2020-07-03", "longer")])
def test_an_age_is_counted_in_days_from_receipt_to_the_periods_end(opened, received, age):
    town = opened(ticket(received))
    assert backlog.ages(town.cube.backlog, town.period).to_pandas()["age"].tolist() == [age]


def test_half_and_nine_tenths_are_closed_within_a_whole_number_of_hours(opened):
    hours = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    town = opened(*(ticket("2020-01-01T01:00", str(datetime(2020, 1, 1 + (1 + hour) // 24, (1 + hour) % 24))) for hour in hours),
                  ticket("2020-01-02", "2020-01-02"), ticket("2020-01-02"))
    found = backlog.spent(town.cube.closings, town.period, "hours").to_pandas()
    assert found.to_dict("records") == [{"closed": 10, "hours_median": 5, "hours_p90": 9}]
    days = backlog.spent(town.cube.durations, town.period, "days").to_pandas()
    assert days.to_dict("records") == [{"closed": 11, "days_median": 0, "days_p90": 0}]
    assert [each.printed(town.edition.numbers) for each in prose.speed(found, days)] == [
        "从受理到办结，半数在5小时之内，九成在9小时之内（以有办结时刻的10件计）。"]


def test_where_most_have_a_day_only_days_are_told_and_of_too_few_nothing(opened):
    town = opened(*(ticket("2020-01-01", f"2020-01-{1 + day:02}") for day in range(1, 11)),
                  ticket("2020-01-01T01", "2020-01-01T02"))
    hours = backlog.spent(town.cube.closings, town.period, "hours").to_pandas()
    days = backlog.spent(town.cube.durations, town.period, "days").to_pandas()
    assert prose.speed(hours, days)[0].printed(town.edition.numbers) == (
        "从受理到办结，半数在5天之内，九成在9天之内（以有办结日期的11件计）。")
    assert prose.speed(hours.assign(hours_median=None), days.assign(days_median=None)) == []


def test_open_and_closed_are_stated_with_their_shares(opened):
    town = opened(*[ticket("2020-01-01")] * 2, ticket("2020-01-01", "2020-01-02"), {"received_at": datetime(2020, 1, 1)})
    counted = measures.volume(town.cube.backlog, town.period, "status").to_pandas()
    assert [each.printed(town.edition.numbers) for each in prose.shares(counted, "status", "受理的诉求中，", verb="的")] == [
        "受理的诉求中，未办结的2件、占比66.67%，已办结的1件、占比33.33%。"]
