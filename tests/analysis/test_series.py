"""Several years of a city as one series of weeks: what is joined, what is not known, where it begins."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from support import weeks

from helpers.analysis import series
from helpers.settings import periods
from helpers.settings.errors import UserError

MONDAY = weeks.MONDAY


def frame(*rows):
    return pd.DataFrame(rows, columns=["day", "district", "category", "tickets"]).assign(
        day=lambda rows: pd.to_datetime(rows["day"])
    )


def test_weeks_go_from_monday_to_sunday_and_the_last_is_whole():
    found = series.of_days(
        frame(
            ("2017-01-01", "甲区", "噪音", 9),
            ("2017-01-02", "甲区", "噪音", 1),
            ("2017-01-08", "甲区", "噪音", 2),
            ("2017-01-09", "乙区", "噪音", 5),
            ("2017-01-16", "乙区", "噪音", 7),
        ),
        weeks.edition(),
        datetime.date(2017, 1, 31),
    )
    assert found.rows.to_dict("records") == [{"district": "乙区", "category": "噪音"}, {"district": "甲区", "category": "噪音"}]
    assert found.counts.tolist() == [[0, 5], [3, 0]]
    assert (str(found.starts[0]), found.end) == ("2017-01-02", datetime.date(2017, 1, 15))
    assert found.summed().counts.tolist() == [[3, 5]]
    assert found.summed("category").seasonal.tolist() == [[3, 5]]


def test_a_renamed_category_is_one_and_districts_that_are_not_listed_count_in_the_season_alone():
    town = weeks.edition(districts=["甲区"], warning={"renamed": {"道路": "市政道路"}})
    found = series.of_days(
        frame(
            ("2017-01-02", "甲区", "道路", 3),
            ("2017-01-09", "甲区", "市政道路", 4),
            ("2017-01-09", "外地", "市政道路", 1),
            ("2017-01-09", None, "市政道路", 1),
            ("2017-01-15", "甲区", None, 6),
        ),
        town,
        datetime.date(2017, 1, 15),
    )
    assert found.rows["category"].tolist() == ["市政道路"]
    assert found.counts.tolist() == [[3, 4]]
    assert found.seasonal.tolist() == [[3, 6]]


def test_the_sum_of_all_and_of_a_category_have_the_tickets_of_unknown_places_and_of_no_category():
    found = series.of_days(
        frame(("2017-01-02", "甲区", "道路", 3), ("2017-01-03", None, "道路", 2), ("2017-01-15", "甲区", None, 6)),
        weeks.edition(districts=["甲区"]),
        datetime.date(2017, 1, 15),
    )
    assert found.summed("category").counts.tolist() == [[5, 0]]
    assert found.summed("district").counts.tolist() == [[3, 0]]
    assert found.summed().counts.tolist() == [[5, 6]]
    assert found.until(0).summed().counts.tolist() == [[5]]


def test_rows_are_subdistricts_where_tickets_have_one_and_there_are_none_where_no_ticket_does():
    days = frame(*((day, "甲区", "道路", 3) for day in ("2017-01-02", "2017-01-08"))).assign(subdistrict=["一街", None])
    by = ["district", "subdistrict"]
    found = series.of_days(days, weeks.edition(), datetime.date(2017, 1, 8), by)
    assert found.rows.to_dict("records") == [{"district": "甲区", "subdistrict": "一街", "category": "道路"}]
    assert (found.counts.tolist(), found.seasonal.tolist()) == ([[3]], [[6]])
    none = series.of_days(days.assign(subdistrict=None), weeks.edition(), datetime.date(2017, 1, 8), by)
    assert (none.counts.shape, [*none.rows.columns]) == ((0, 1), [*by, "category"])


def test_weeks_are_counted_and_months_read_of_the_years_of_the_series(monkeypatch):
    town = weeks.edition(warning={"renamed": {"道路": "市政道路"}})
    several = [town.model_copy(update={"year": year}) for year in (2018, 2019, 2020)]
    read = []

    def daily(edition):
        read.append(edition.year)
        rows = [(edition.year, month, 1, "甲区", "道路", 7) for month in range(1, 13)]
        names = ("year", "month", "day", "district", "category", "tickets")
        return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])

    monkeypatch.setattr(series, "years", lambda edition: several)
    monkeypatch.setattr(series.cube, "daily", daily)
    assert series.known_weeks(several[-1], datetime.date(2020, 6, 30)) == 130  # from Monday, 2018-01-01, to 2020-06-28
    assert read == [2018, 2020]
    assert series.known_weeks(several[-1], datetime.date(2018, 1, 3)) == 0
    found = series.counted(several[-1], periods.parse("2019-M03", 2019))
    assert found[["year", "month", "category", "tickets"]].to_numpy().tolist() == [[2019, 3, "市政道路", 7]]
    assert series.counted(several[-1], periods.parse("2017-M03", 2017)).empty


def test_what_begins_later_and_what_has_ended_is_named_and_not_known_before():
    counts = np.full((3, 120), 14)
    counts[1, :30] = 0
    counts[2, 60:] = 0
    found = weeks.made(counts)
    assert found.begun == {"类1": MONDAY + datetime.timedelta(weeks=30)}
    assert list(found.ended) == ["类2"]
    assert found.known[1].tolist() == [False] * 30 + [True] * 90


def test_a_week_with_a_missing_day_is_not_known():
    counts = np.full((1, 10), 70)
    counts[0, 4] = 0
    assert weeks.made(counts).known[0].tolist() == [True] * 4 + [False] + [True] * 5


def test_a_year_that_is_missing_in_the_middle_ends_the_series(monkeypatch):
    known = {2017: "export", 2019: "export", 2020: "export"}
    town = weeks.edition()
    monkeypatch.setattr(series.editions, "known", lambda: [("pingshan", year) for year in (2017, 2018, 2019, 2020)])
    monkeypatch.setattr(series.editions, "read", lambda city, year: town.model_copy(update={"year": year}))
    monkeypatch.setattr(
        series.schema, "metadata", lambda edition: {"data": known[edition.year]} if edition.year in known else None
    )
    own = town.model_copy(update={"year": 2020})
    assert [edition.year for edition in series.years(own)] == [2019, 2020]
    known[2018] = "simulated"
    assert [edition.year for edition in series.years(own)] == [2019, 2020]
    known[2018] = "export"
    assert [edition.year for edition in series.years(own)] == [2017, 2018, 2019, 2020]


@pytest.mark.parametrize("rows", [(), (("2017-01-04", "甲区", "噪音", 1),)])
def test_no_whole_week_is_refused(rows):
    with pytest.raises(UserError, match=r"no tickets|no whole week"):
        series.of_days(frame(*rows), weeks.edition(), datetime.date(2017, 1, 31))


def test_weeks_around_the_festival_are_compared_by_their_distance_from_it():
    found = weeks.made(np.full((1, 200), 70), holidays="CN")
    place = {
        year: int((np.datetime64(day) - found.starts[0]) // np.timedelta64(7, "D"))
        for year, day in ((2018, "2018-02-18"), (2019, "2019-02-07"), (2020, "2020-01-27"))
    }  # the middle days off
    assert found.festive[place[2019]] > 0
    assert {place[2018], place[2020]} <= {*found.counterparts[place[2019]].tolist()}
    assert {place[2018] - 3, place[2020] - 3} <= {*found.counterparts[place[2019] - 3].tolist()}
    summer = place[2019] + 26
    assert {summer - 52, summer + 52} <= {*found.counterparts[summer].tolist()}
