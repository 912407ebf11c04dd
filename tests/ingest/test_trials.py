"""Small exports as cities write them, with invented rows: what becomes of their times, years and repeats."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from helpers.ingest import ingest
from helpers.settings import editions, paths
from helpers.settings.errors import UserError
from helpers.tickets import schema

TRIALS = Path(__file__).parent / "trials"
BASE = """
extends: taipei-2018
place: 小市
hotline: 热线
title: 小市热线年度报告
districts: []
quarantine_limit: 0.9
"""
PLAIN = "columns: {ticket_id: 工单编号, received_at: 受理时间, category: 一级分类, district: 区}\n"


def edition(city: str = "tiny", year: int = 2020, more: str = "") -> editions.Edition:
    text = f"city: {city}\nyear: {year}{BASE}{more}"
    paths.edition(city, year).write_text(text, encoding="utf-8")
    return editions.read(city, year)


def mapped(home, text: str) -> Path:
    file = home / "mapping.yml"
    file.write_text(f"source: invented\n{text}", encoding="utf-8")
    return file


def take(home, name: str, mapping: str = PLAIN, year: int = 2020, more: str = "", **options):
    """Ingest a trial and return its counts and its tickets in the order of the file."""
    counts = ingest.ingest([TRIALS / name], edition(year=year, more=more), mapped(home, mapping), **options)
    return counts, pd.read_parquet(paths.tickets(f"tiny-{year}"))


def received(*formats: str, more: str = "") -> str:
    return (f"{more}columns: {{ticket_id: 工单编号, received_at: {{column: 受理时间, formats: {json.dumps(formats)}}}, "
            "category: 一级分类, district: 区}\n")


@pytest.mark.parametrize(("name", "mapping", "expected"), [
    ("socrata_iso.csv", PLAIN, ["2020-04-12 08:00:00", "2020-12-31 23:59:59"]),
    ("t_cn_hm.csv", PLAIN, ["2020-04-12 08:05"]),
    ("t_dot.csv", PLAIN, ["2020-04-12 08:00"]),
    ("t_t_no_sec.csv", PLAIN, ["2020-04-12 08:05"]),
    ("h24.csv", PLAIN, ["2020-04-13", "2020-12-31", "2020-05-01 08:00"]),
    ("ids_leading_apostrophe.csv", PLAIN, [f"2020-04-{day:02} 08:00" for day in range(1, 7)]),
    ("roc_year.csv", "calendar: minguo\n" + PLAIN, ["2020-04-12 08:00", "2020-12-31 09:00", "2020-01-02 10:00"]),
    ("roc_compact.csv", "calendar: minguo\n" + PLAIN, ["2020-04-12", "2020-12-31", "2020-01-02"]),
    ("buddhist_year.csv", received("%d/%m/%Y %H:%M", more="calendar: buddhist\n"), ["2020-04-12 08:00", "2020-12-31 09:00"]),
    ("ampm_zh.csv", received("%Y/%m/%d %p %I:%M:%S"), ["2020-04-12 00:05", "2020-04-12 12:05", "2020-04-12 01:00"]),
    ("ampm_lower.csv", received("%m/%d/%Y %I:%M:%S %p"), ["2020-04-12 00:05", "2020-04-12 12:05", "2020-04-12 01:00"]),
    ("toronto_fmt.csv", received("%Y-%m-%d %H:%M:%S.%f"), ["2020-04-12 08:00:00", "2020-12-31 23:59:59.123456"]),
    ("z_plus8.csv", received("%Y-%m-%dT%H:%M:%S%z"), ["2020-01-01 00:30", "2020-02-01 07:59", "2020-12-31 23:59"]),
    ("dmy_two_formats.csv", received("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
     ["2020-04-13 08:00", "2020-04-03 09:00", "2020-06-05 10:00"]),
])
def test_times_are_read_in_the_form_in_which_cities_write_them(home, name, mapping, expected):
    counts, tickets = take(home, name, mapping)
    print(counts.lines("x"))
    assert list(tickets["received_at"])[:len(expected)] == list(map(pd.Timestamp, expected))
    assert (counts.quarantined, counts.other_years) == (0, {})
