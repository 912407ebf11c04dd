"""Forecasts and alerts on real weeks: Taipei's 1999 hotline, July 2015 to December 2022."""

import datetime

import numpy as np
import pandas as pd
import pytest

from helpers.analysis import alerts, backtest, forecasts, recurrences, series
from helpers.settings import editions

FIRST = "2017-07-03"


@pytest.fixture(scope="module")
def edition():
    return editions.read("taipei", 2020)


@pytest.fixture(scope="module")
def taipei(real_data, edition):
    columns = ["案件編號", "派工項目", "案件地址", "立案日期"]
    parts = []
    for year in range(2015, 2023):
        rows = pd.read_csv(real_data / "taipei-1999" / f"{year}.csv.gz", usecols=columns[1:], dtype="category")
        parts.append(
            rows.groupby(columns[1:], observed=True)
            .size()
            .reset_index(name="tickets")
            .astype(dict.fromkeys(columns[1:], str))
        )
    days = pd.concat(parts)
    days = days.assign(
        day=pd.to_datetime(days["立案日期"], format="%Y%m%d", errors="coerce"),
        district=days["案件地址"].str[:3],
        category=days["派工項目"],
    ).dropna(subset=["day"])
    return series.of_days(days, edition, datetime.date(2022, 12, 31))


@pytest.fixture(scope="module")
def rolled(taipei, edition):
    return forecasts.rolled(taipei, edition.warning, backtest.origins(taipei))


def test_seven_and_a_half_years_are_one_series_with_its_renamed_category(taipei):
    assert (taipei.weeks, str(taipei.starts[0]), taipei.end) == (390, "2015-07-06", datetime.date(2022, 12, 25))
    assert not {*taipei.ended}
    assert "道路散落物或油漬處理" in taipei.begun
    assert "河濱自行車道破損" not in {*taipei.rows["category"]}


def test_forecasts_are_better_than_both_plain_ones_and_ranges_hold_what_they_promise(rolled, edition):
    found = backtest.accuracy(rolled, edition.warning)
    assert str(rolled.series.starts[edition.warning.history_weeks]) == FIRST
    assert found["horizon"].tolist() == [1, 4, 13]
    assert (found["error_share"] < found[["mean_error_share", "season_error_share"]].min(axis=1)).all()
    assert found["error_share"].tolist() == pytest.approx([0.259, 0.180, 0.154], abs=0.002)
    assert found["mean_error_share"].tolist() == pytest.approx([0.289, 0.225, 0.212], abs=0.002)
    assert found["held_80_share"].between(0.77, 0.83).all()
    assert found["held_50_share"].between(0.47, 0.53).all()


def test_a_month_of_parts_of_weeks_is_held_by_its_ranges_too(rolled, edition):
    shares = np.array([3, 7, 7, 7, 6]) / 7
    first = edition.warning.history_weeks
    low, high = (end[:, :-5] for end in forecasts.with_ranges(rolled, shares, first)[0.8])
    actual, made = (values[:, first:-5] for values in (rolled.actual(shares), rolled.expected(shares)))
    printed = (made >= backtest.PRINTED * shares.sum()) & np.isfinite(actual)
    assert 0.77 < ((actual >= low) & (actual <= high))[printed].mean() < 0.83


def test_they_are_better_in_every_single_year_too(rolled, edition):
    found = backtest.accuracy_by_year(rolled, edition.warning, 4)
    assert found["year"].tolist() == [2017, 2018, 2019, 2020, 2021, 2022]
    assert (found["error_share"] < found[["mean_error_share", "season_error_share"]].min(axis=1)).all()


def test_alerts_of_2020_are_few_and_the_noise_of_december_is_the_clearest(taipei, edition):
    weeks = [
        alerts.judge(taipei, edition.warning, place)
        for place in taipei.places(datetime.date(2020, 1, 1), datetime.date(2020, 12, 31))
    ]
    many = np.array([week.alert.sum() for week in weeks])
    assert np.median(many) <= 1
    assert many.mean() < 2.1  # with two years of history and no season of the city's: 2.1 (products' anchors)
    runs = alerts.runs(alerts.listed(taipei, edition.warning, weeks), taipei.weeks - 1)
    assert runs.loc[0, ["district", "category", "tickets", "weeks"]].tolist() == ["萬華區", "場所與設施噪音舉發", 364, 2]


def test_bulky_waste_returns_before_each_new_year(taipei, edition):
    found = recurrences.peaks(taipei.summed("category"), edition.warning).set_index("category").loc["大型廢棄物清運聯繫"]
    assert (found["peak"], found["held"], found["failed"]) == ("春节前第3周至春节当周", 7, 0)
