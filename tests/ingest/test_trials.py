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


def test_a_workbook_that_counts_from_1904_says_so_for_cells_without_a_date_format_too(home):
    counts, tickets = take(home, "excel_1904_general.xlsx")
    assert counts.accepted == counts.read
    assert set(tickets["received_at"].dt.year) == {2020}


def test_marks_of_a_spreadsheet_are_no_part_of_an_id(home):
    for name in ("ids_excel_quoted.csv", "ids_leading_apostrophe.csv"):
        _, tickets = take(home, name, replace=True)
        assert list(tickets["ticket_id"])[:2] == ["202004120000", "202004120001"]


def test_a_zone_of_the_edition_converts_clocks_that_have_an_offset(home):
    counts, tickets = take(home, "z_plus8.csv", received("%Y-%m-%dT%H:%M:%S%z"), more="timezone: Asia/Tokyo\n")
    assert list(tickets["received_at"]) == list(map(pd.Timestamp, ["2020-01-01 01:30", "2020-02-01 08:59"]))
    assert dict(counts.other_years) == {"2021": 1}


def test_clocks_that_stay_as_written_are_said_and_clocks_of_different_offsets_refused(home):
    counts, _ = take(home, "z_plus8.csv", received("%Y-%m-%dT%H:%M:%S%z"))
    assert counts.notes == ["received_at: clocks stay as they are written, those of the offset +08:00."]
    file = home / "two.csv"
    rows = "1,2020-03-01T08:00:00-08:00,a,b\n2,2020-07-01T08:00:00-07:00,a,b\n"
    file.write_text("工单编号,受理时间,一级分类,区\n" + rows, encoding="utf-8")
    with pytest.raises(UserError, match=r"different offsets from UTC \(-07:00, -08:00\): name the city's `timezone`"):
        ingest.ingest([file], editions.read("tiny", 2020), mapped(home, PLAIN), replace=True)
    assert ingest.ingest([file], edition(more="timezone: America/Vancouver\n"), mapped(home, PLAIN), replace=True).accepted == 2
    tickets = pd.read_parquet(paths.tickets("tiny-2020"))
    assert list(tickets["received_at"]) == [pd.Timestamp("2020-03-01 08:00"), pd.Timestamp("2020-07-01 08:00")]


def test_a_column_of_parquet_gives_the_clock_of_its_zone_and_one_in_utc_asks_for_the_citys(home):
    _, tickets = take(home, "parquet_tz_shanghai.parquet")
    original = pd.read_parquet(TRIALS / "parquet_tz_shanghai.parquet")["受理时间"].dt.tz_localize(None)
    assert list(tickets["received_at"]) == [at for at in original if at.year == 2020] == [pd.Timestamp("2020-05-01 04:00")]
    frame = pd.read_parquet(TRIALS / "parquet_tz_shanghai.parquet")
    frame["受理时间"] = frame["受理时间"].dt.tz_convert("UTC")
    frame.to_parquet(home / "utc.parquet")
    with pytest.raises(UserError, match="received_at is in UTC, not in the city's local time: name the city's `timezone`"):
        ingest.ingest([home / "utc.parquet"], editions.read("tiny", 2020), mapped(home, PLAIN), replace=True)
    zoned = edition(more="timezone: Asia/Shanghai\n")
    ingest.ingest([home / "utc.parquet"], zoned, mapped(home, PLAIN), replace=True)
    assert list(pd.read_parquet(paths.tickets("tiny-2020"))["received_at"]) == list(tickets["received_at"])


def test_an_unknown_zone_is_refused_with_the_nearest(home):
    with pytest.raises(UserError, match="Did you mean 'Asia/Shanghai'"):
        edition(more="timezone: Asia/Shangai\n")


def test_a_format_by_which_no_day_can_be_read_is_refused_with_the_mapping(home):
    with pytest.raises(UserError, match=r"formats.*'%s' cannot be read by: write year, month and day"):
        take(home, "epoch_fmt.csv", received("%s"))
    with pytest.raises(UserError, match="'%H:%M' cannot be read by"):
        take(home, "epoch_fmt.csv", received("%H:%M"))


def test_a_day_and_month_that_no_cell_decides_are_refused_with_both_readings(home):
    file = home / "both.csv"
    file.write_text("工单编号,受理时间,一级分类,区\n1,03/04/2020 08:00,a,b\n", encoding="utf-8")
    mapping = received("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M")
    with pytest.raises(UserError, match="no cell decides: '03/04/2020 08:00' is 2020-04-03 or 2020-03-04"):
        ingest.ingest([file], edition(), mapped(home, mapping))
    file.write_text("工单编号,受理时间,一级分类,区\n1,03/04/2020 08:00,a,b\n2,13/04/2020 08:00,a,b\n3,04/13/2020 08:00,a,b\n",
                    encoding="utf-8")
    with pytest.raises(UserError, match="other cells are of either kind"):
        ingest.ingest([file], edition(), mapped(home, mapping))


def test_what_cannot_be_read_is_shown_by_its_shape_with_the_formats_that_would_do(home):
    file = home / "odd.csv"
    rows = "".join(f"{day},{day}/04/2020 08:00,a,b\n" for day in range(13, 20))
    file.write_text(f"工单编号,受理时间,一级分类,区\n1,2020-04-01,a,b\n{rows}2,王五13800000000,a,b\n", encoding="utf-8")
    counts = ingest.ingest([file], edition(), mapped(home, PLAIN))
    assert counts.unread == [
        "received_at cannot be read 7: 99/99/9999 99:99 (rows 3, 4, 5, 6, 7 …); `formats` that would do: %d/%m/%Y %H:%M",
        "received_at cannot be read 1: AA99999999999 (rows 10)"]
    assert all(line in "\n".join(counts.lines("tiny-2020")) for line in counts.unread)


CLOSED = "columns: {ticket_id: %s, received_at: %s, category: %s, district: %s, closed_at: %s%s}\n"


def test_a_closing_day_without_a_time_is_kept_on_the_day_of_receipt(home):
    counts, tickets = take(home, "date_only_closed.csv", CLOSED % ("工单编号", "受理时间", "一级分类", "区", "办结日期", ""))
    days = tickets["closed_at"].dt.normalize() - tickets["received_at"].dt.normalize()
    assert (len(days.dropna()), days.mean().total_seconds() / 86400) == (12, 1.0)
    assert counts.grain == {"received_at": "time", "closed_at": "day"}
    assert schema.ingest_counts(editions.read("tiny", 2020))["grain"] == counts.grain


def test_a_due_day_without_a_time_lasts_until_its_end_but_a_due_midnight_does_not(home):
    mapping = CLOSED % ("工单编号", "受理时间", "一级分类", "区", "办结时间", ", due_at: 截止日期")
    _, tickets = take(home, "date_only_due.csv", mapping)
    assert int(tickets["on_time"].sum()) == 6
    text = (TRIALS / "date_only_due.csv").read_text(encoding="utf-8").replace("2020-04-12,2020", "2020-04-12 00:00:01,2020")
    (home / "times.csv").write_text(text, encoding="utf-8")
    counts = ingest.ingest([home / "times.csv"], editions.read("tiny", 2020), mapped(home, mapping), replace=True)
    assert counts.grain["due_at"] == "time"
    assert int(pd.read_parquet(paths.tickets("tiny-2020"))["on_time"].sum()) < 6


@pytest.mark.parametrize(("name", "mapping", "rule"), [
    ("forever.csv", CLOSED % ("id", "time", "cat", "dist", "closed", ""), "closed_at is a placeholder such as 9999-12-31"),
    ("future_closed.csv", CLOSED % ("工单编号", "受理时间", "一级分类", "区", "办结时间", ""),
     "closed_at lies more than two years after the last receipt"),
])
def test_a_closing_that_cannot_have_happened_is_none_and_counted(home, name, mapping, rule):
    counts, tickets = take(home, name, mapping)
    source = pd.read_csv(TRIALS / name).iloc[:, -1]
    impossible = source.str[:4].isin(["9999", "2030"])
    assert impossible.any()
    assert counts.fields_nulled[rule] == impossible.sum()
    assert list(tickets["closed_at"].isna()) == list(impossible | source.isna())


def test_an_open_ticket_that_is_flagged_on_time_is_not_closed_on_time(home):
    flag = ", on_time: {column: flag, values: {ONTIME: true, OVERDUE: false}}"
    mapping = CLOSED % ("id", "time", "cat", "dist", "closed", flag)
    counts, tickets = take(home, "open_on_time.csv", mapping)
    assert (int(tickets["on_time"].sum()), int(tickets["on_time"].notna().sum())) == (4, 8)
    assert counts.fields_nulled["on_time of a ticket that is not closed"] == 16


def test_the_same_file_twice_in_an_archive_is_no_second_dispatch(home):
    counts, tickets = take(home, "same_file_twice.zip")
    assert (len(tickets), counts.duplicates, set(tickets["dispatches"])) == (8, 8, {1})


def test_equal_rows_without_id_are_tickets_with_ids_of_their_own_unless_the_mapping_says_one(home):
    mapping = "columns: {received_at: time, category: cat, district: dist}\n"
    counts, tickets = take(home, "idless.csv", mapping)
    assert (len(tickets), counts.equal, counts.duplicates, set(tickets["dispatches"])) == (24, 18, 0, {1})
    assert tickets["ticket_id"].is_unique
    assert "equal to another row, without id 18" in "\n".join(counts.lines("tiny-2020"))
    shutil.copy(TRIALS / "idless.csv", home / "again.csv")
    with (home / "again.csv").open("a", encoding="utf-8") as file:
        file.write("2020-05-05,停车,东城区\n")
    later = ingest.ingest([home / "again.csv"], editions.read("tiny", 2020), mapped(home, mapping))
    assert (later.merged.added, later.merged.same) == (1, 24)
    counts, tickets = take(home, "idless.csv", "equal_rows: one\n" + mapping, replace=True)
    assert (len(tickets), counts.equal, counts.duplicates, set(tickets["dispatches"])) == (6, 0, 18, {1})


def test_rows_of_other_years_are_counted_apart_and_fill_their_own_editions(home, capsys):
    for year in (2018, 2019):
        edition(year=year)
    counts, _ = take(home, "multi_year.csv")
    found = (counts.read, counts.accepted, counts.quarantined, counts.duplicates, counts.other_years.total())
    assert found == (12, 4, 0, 0, 8)
    strict = paths.edition("tiny", 2020).read_text(encoding="utf-8").replace("quarantine_limit: 0.9", "quarantine_limit: 0.05")
    paths.edition("tiny", 2020).write_text(strict, encoding="utf-8")
    arguments = [str(TRIALS / "multi_year.csv"), "--city", "tiny", "--mapping", str(home / "mapping.yml"), "--replace"]
    assert ingest.main([*arguments, "--year", "2018", "--year", "2020"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "tiny-2018: 12 read = 4 accepted + 0 quarantined + 0 duplicates + 8 of other years" in lines
    assert "tiny-2020: 12 read = 4 accepted + 0 quarantined + 0 duplicates + 8 of other years" in lines
    assert ingest.main([*arguments, "--year", "all"]) == 0
    assert {paths.tickets(f"tiny-{year}").exists() for year in (2018, 2019, 2020)} == {True}


EXPECTED = json.loads((TRIALS / "expected.json").read_text(encoding="utf-8"))
CLOCK = "{column: %s, formats: ['%%m/%%d/%%Y %%I:%%M:%%S %%p']}"
LAYOUTS = {  # mapping, year, further lines of the edition
    "vancouver-layout.xlsx": ("columns: {received_at: Service request open timestamp, closed_at: Service request close date, "
                              "category: Service request type, district: Local area}\n", 2023, "timezone: America/Vancouver\n"),
    "kansas-city-layout.csv": (
        "columns: {ticket_id: CASE ID, received_at: {column: [CREATION DATE, CREATION TIME], formats: ['%m/%d/%y %I:%M %p']}, "
        "closed_at: {column: CLOSED DATE, formats: ['%m/%d/%y']}, category: CATEGORY}\n", 2020, ""),
    "socrata-layout.csv": ("columns: {ticket_id: unique_key, received_at: created_date, closed_at: closed_date, "
                           "category: complaint_type, subcategory: descriptor, district: borough}\n", 2024, ""),
    "baltimore-layout.csv": (f"columns: {{ticket_id: ServiceRequestNum, received_at: {CLOCK % 'CreatedDate'}, due_at: "
                             f"{CLOCK % 'DueDate'}, closed_at: {CLOCK % 'CloseDate'}, category: SRType}}\n", 2016, ""),
    "boston-layout.csv": ("columns: {ticket_id: case_enquiry_id, received_at: open_dt, due_at: sla_target_dt, "
                          "closed_at: closed_dt, on_time: {column: on_time, values: {ONTIME: true, OVERDUE: false}}, "
                          "category: reason, district: neighborhood}\n", 2019, ""),
    "toronto-layout.csv": ("format: {encoding: cp1252}\ncolumns: {received_at: Creation Date, category: Service Request Type, "
                           "owner: Division}\n", 2021, ""),
    "zurich-layout.csv": ("columns: {received_at: date, category: service_code}\n", 2023, ""),
}


def layout(home, name: str):
    mapping, year, more = LAYOUTS[name]
    return take(home, name, mapping, year, more)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_row_of_a_citys_layout_becomes_a_ticket(home, name):
    counts, tickets = layout(home, name)
    expected = EXPECTED[name]
    assert counts.read == expected["rows"]
    assert len(tickets) == expected.get("tickets", expected.get("years", {}).get("2016", expected["rows"]))
    assert (counts.quarantined, set(tickets["dispatches"])) == (0, {1})
    if "years" in expected:
        others = {year: rows for year, rows in expected["years"].items() if year != "2016"}
        assert dict(counts.other_years) == others


@pytest.mark.parametrize(("name", "closed", "same_day", "mean"), [
    ("vancouver-layout.xlsx", 60, 35, 1.383), ("kansas-city-layout.csv", 48, 21, 4.5)])
def test_closing_days_of_layouts_keep_those_of_the_day_of_receipt(home, name, closed, same_day, mean):
    counts, tickets = layout(home, name)
    days = (tickets["closed_at"].dt.normalize() - tickets["received_at"].dt.normalize()).dt.days.dropna()
    assert (len(days), int((days == 0).sum()), round(days.mean(), 3)) == (closed, same_day, mean)
    assert counts.grain == {"received_at": "time", "closed_at": "day"}


def test_of_bostons_open_tickets_none_is_on_time(home):
    _, tickets = layout(home, "boston-layout.csv")
    assert tickets["closed_at"].notna().sum() == EXPECTED["boston-layout.csv"]["closed"]
    assert tickets.loc[tickets["closed_at"].isna(), "on_time"].isna().all()


def test_zurichs_days_are_known_to_be_days(home):
    counts, _ = layout(home, "zurich-layout.csv")
    assert counts.grain == {"received_at": "day"}


def test_exports_that_grow_are_the_same_tickets_at_once_and_one_after_another(home):
    mapping = mapped(home, CLOSED % ("工单编号", "受理时间", "一级分类", "区", "办结时间", ""))
    files, tickets = sorted(TRIALS.glob("cumulative-*.csv")), []
    ingest.ingest(files, edition(year=2026), mapping)
    tickets.append(pd.read_parquet(paths.tickets("tiny-2026")))
    for place, file in enumerate(files):
        ingest.ingest([file], editions.read("tiny", 2026), mapping, replace=place == 0)
    tickets.append(pd.read_parquet(paths.tickets("tiny-2026")))
    once, after = (each.sort_values("ticket_id", ignore_index=True) for each in tickets)
    pd.testing.assert_frame_equal(once, after)
    assert (len(once), set(once["dispatches"])) == (50, {1})
