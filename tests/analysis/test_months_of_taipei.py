"""Seven years of Taipei's months, counted and judged by SQL of the test's own, beside what a bulletin prints of them."""

import calendar

import duckdb
import pandas as pd
import pytest
from support.counted import scope, sound, table

from helpers.analysis import bulletin, control_chart

YEARS = range(2016, 2023)
# Limits by hand: of the twelve months before, the mean ± 2.66 × the mean range of neighbours, without ranges far above the
# others; months whose last eight lie on one side of the mean are left out, as limits are drawn anew there.
JUDGED = """
WITH opened AS (SELECT try_strptime(立案日期, '%Y%m%d') AS day FROM read_csv({files}, all_varchar = true)),
months AS (SELECT date_trunc('month', opened.day) AS month, count(*) AS tickets FROM opened
           WHERE year(opened.day) BETWEEN 2016 AND 2022 GROUP BY 1),
daily AS (SELECT *, tickets / date_part('day', last_day(month)) AS a_day FROM months),
runs AS (SELECT *, lag(tickets) OVER (ORDER BY month) AS previous, lag(tickets, 12) OVER (ORDER BY month) AS year_ago,
         list(a_day) OVER (ORDER BY month ROWS BETWEEN 12 PRECEDING AND 1 PRECEDING) AS x FROM daily),
ranges AS (SELECT *, list_avg(x) AS centre, list_transform(generate_series(1, len(x) - 1), lambda i: abs(x[i + 1] - x[i])) AS r
           FROM runs)
SELECT year(month) AS year, month(month) AS month, tickets, previous, year_ago, a_day, len(x) AS seen,
       len(list_filter(x[-8:], lambda v: v > centre)) IN (0, 8) AS is_shifted,
       (a_day - centre) / (2.66 * list_avg(list_filter(r, lambda v: v <= 3.267 * list_avg(r)))) AS reach
FROM ranges ORDER BY 1, 2"""


@pytest.fixture(scope="module")
def months(real_data) -> pd.DataFrame:
    """Return each month's tickets, its neighbours, and how far it lies from the centre in units of the limits."""
    files = [str(real_data / "taipei-1999" / f"{year}.csv.gz") for year in YEARS]
    return duckdb.sql(JUDGED.format(files=files)).df()


def test_a_bulletin_prints_the_months_that_sql_counts(months):
    counted = months.assign(channel=None, source=None, kind=None, handling=None)
    channels = table(counted[["year", "month", "channel", "source", "kind", "handling", "tickets"]].to_dict("records"))
    for year, month in ((2017, 5), (2020, 6), (2022, 11)):
        opened = scope(f"{year}-M{month:02}", years=YEARS, channels=channels, edition={"year": year})
        row = bulletin.items(opened, sound(opened)).iloc[0]
        wanted = months[(months["year"] == year) & (months["month"] == month)].iloc[0]
        assert row[["tickets", "previous", "year_ago"]].tolist() == wanted[["tickets", "previous", "year_ago"]].tolist()
        assert row["year_ago_change"] == pytest.approx(wanted["tickets"] / wanted["year_ago"] - 1)


def test_a_month_is_above_or_below_its_limits_where_sql_says_so(months):
    assert len(months) == 12 * len(YEARS)
    assert months["a_day"].tolist() == pytest.approx(
        [tickets / calendar.monthrange(year, month)[1] for year, month, tickets in months[["year", "month", "tickets"]].values])
    judged = months[(months["seen"] == 12) & ~months["is_shifted"]]
    signs = [control_chart.last_sign(months["a_day"].iloc[place - 12:place + 1]).sign for place in judged.index]
    wanted = ["above" if reach > 1 else "below" if reach < -1 else "" for reach in judged["reach"]]
    assert [sign if sign in ("above", "below") else "" for sign in signs] == wanted
    assert {"above", "below"} & {*wanted}
