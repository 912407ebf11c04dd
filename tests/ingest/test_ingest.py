"""From an export to tickets: every row is accounted for, and what stands in a ticket follows the mapping."""

import datetime
import os
import random
import re
import shutil
import subprocess
import sys
import time

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.ingest import ingest, workspace
from helpers.ingest.tally import IngestCounts
from helpers.settings import editions, paths
from helpers.settings.errors import UserError
from helpers.tickets import parquet, schema

MAPPING = """
source: a test
missing: [不详, "-"]
columns:
  ticket_id: 编号
  received_at: 登记
  source: 来源
  channel:
    column: 编号
    pattern: ^(热线|网络)
    values: {热线: phone, 网络: web}
    otherwise: {column: 来源, values: {电话: phone}}
  category: {column: 类型, values: {其它: 其他}}
  owner: 单位
  exclusion: {column: 结果, values: {剔除: removed}, keep: false}
  assessment: {column: 结果, values: {剔除: none}, default: full}
  resolved: {column: 解决, values: {是: resolved, 否: unresolved}}
  dispatched_at: 派发
  closed_at: 办结
  due_at: 时限
"""
HEADER = "编号,登记,来源,类型,单位,结果,解决,派发,办结,时限,姓名\n"


@pytest.fixture
def edition(home):
    """A city `test` of 2020 whose mapping is MAPPING."""
    text = paths.edition("taipei", 2018).read_text(encoding="utf-8")
    text = text.replace("city: taipei", "city: test").replace("year: 2018", "year: 2020").replace(
        "mapping: taipei", "mapping: test").replace("quarantine_limit: 0.05", "quarantine_limit: 0.5")
    paths.edition("test", 2020).write_text(text, encoding="utf-8")
    paths.mapping("test").write_text(MAPPING, encoding="utf-8")
    return home


def export(home, *rows: str, name: str = "a.csv"):
    file = home / name
    file.write_text(HEADER + "".join(row + "," * (10 - row.count(",")) + "\n" for row in rows), encoding="utf-8")
    return file


def read() -> pd.DataFrame:
    return pd.read_parquet(paths.tickets("test-2020"))


def numbers(account: IngestCounts) -> tuple:
    return account.read, account.accepted, account.quarantined, account.duplicates


def test_words_become_ours_and_unknown_ones_null(edition):
    ingest.ingest([export(edition, "热线-1,2020-01-02 03:04:05,电话, 其它 ,不详,,是",
                          "网络-2,2020-01-02,网,供水,甲处,,否",
                          ",2020-12-31 23:59,电话,,-,剔除,")], editions.read("test", 2020))
    got = read()
    assert list(got["channel"]) == ["phone", "web", "phone"]
    assert list(got["category"].fillna("")) == ["其他", "供水", ""]
    assert list(got["owner"].fillna("")) == ["", "甲处", ""]
    assert list(got["source"]) == ["电话", "网", "电话"]
    assert list(got["assessment"]) == ["full", "full", "none"]
    assert list(got["received_at"]) == [pd.Timestamp(text) for text in
                                        ("2020-01-02 03:04:05", "2020-01-02", "2020-12-31 23:59")]
    assert list(got["dispatches"]) == [1, 1, 1]


def test_the_file_has_the_columns_of_a_ticket_and_says_what_it_is_made_of(edition):
    ingest.ingest([export(edition, "1,2020-01-02,电话")], editions.read("test", 2020))
    found = pq.read_schema(paths.tickets("test-2020"))
    assert list(zip(found.names, found.types, strict=True)) == list(
        zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True))
    assert read()["tags"].map(len).tolist() == [0]
    facts = schema.metadata(editions.read("test", 2020))
    assert (facts["data"], facts["source"], facts["year"]) == ("export", "a.csv", "2020")


def test_names_and_other_columns_that_are_not_mapped_are_left_behind(edition):
    file = export(edition, "1,2020-01-02,电话,,,,,,,,李四四")
    ingest.ingest([file], editions.read("test", 2020))
    contents = read().astype(str).to_csv()
    assert "电话" in contents
    assert "李四四" not in contents


def test_rows_without_a_date_of_the_year_are_quarantined_with_row_and_reason(edition):
    account = ingest.ingest([export(edition, "1,2020-01-02", "2,", "3,2020-02-30", "4,2019-12-31", "5,2020-03-01",
                                    "6,2020-03-01", "7,2020-03-01", "8,2020-03-01")], editions.read("test", 2020))
    assert numbers(account) == (8, 5, 2, 0)
    assert dict(account.other_years) == {"2019": 1}
    refused = pd.read_parquet(paths.quarantine("test-2020"))
    assert refused.to_dict("records") == [
        {"file": "a.csv", "row": 3, "reason": "received_at is blank"},
        {"file": "a.csv", "row": 4, "reason": "received_at cannot be read"}]


def test_a_row_of_another_width_is_quarantined_and_counted_as_read(edition):
    file = export(edition, "1,2020-01-02", "2,2020-01-03")
    file.write_text(file.read_text(encoding="utf-8") + "3,2020-01-04\n", encoding="utf-8")
    account = ingest.ingest([file], editions.read("test", 2020))
    assert numbers(account) == (3, 2, 1, 0)
    assert dict(account.reasons) == {"2 cells where the header has 11": 1}


def test_a_repeated_ticket_is_one_whose_last_dispatch_stands(edition):
    account = ingest.ingest([export(edition,
                                    "1,2020-03-05,,,丙处,,否,2020-03-05",
                                    "1,2020-03-01,,,甲处,,是,2020-03-09",
                                    "1,2020-03-03,,,乙处,,是,",
                                    "2,2020-03-03,,,丁处")], editions.read("test", 2020))
    assert numbers(account) == (4, 2, 0, 2)
    first = read().set_index("ticket_id").loc["1"]
    assert (first["owner"], first["resolved"], first["dispatches"]) == ("甲处", "resolved", 3)
    assert first["received_at"] == pd.Timestamp("2020-03-01")


def test_of_equal_dispatches_the_later_row_stands_over_files_too(edition):
    files = [export(edition, "1,2020-03-01,,,甲处", name="a.csv"), export(edition, "1,2020-03-01,,,乙处", name="b.csv")]
    account = ingest.ingest(files, editions.read("test", 2020))
    assert numbers(account) == (2, 1, 0, 1)
    assert list(read()["owner"]) == ["乙处"]


def test_a_row_without_id_is_named_by_its_mapped_cells_alone_and_a_key_of_the_machine(edition):
    rows = [f",2020-03-01,,,,,,,,,{name}" for name in "李王王"]
    account = ingest.ingest([export(edition, *rows)], editions.read("test", 2020))
    assert numbers(account) == (3, 3, 0, 0)
    ids = list(read()["ticket_id"])
    assert re.fullmatch("row-[0-9a-f]{16}", ids[0])
    assert ids[1:] == [f"{ids[0]}-2", f"{ids[0]}-3"]  # names of persons, which are not mapped, are no part of it
    assert paths.secret_key().stat().st_mode & 0o777 == 0o600
    paths.secret_key().unlink()  # another key is another rule, by which the export is read again
    assert ingest.ingest([export(edition, *rows)], editions.read("test", 2020)).notes == []
    assert ids[0] not in list(read()["ticket_id"])


def test_outcomes_are_known_only_where_a_ticket_is_assessed(edition):
    account = ingest.ingest([export(edition, "1,2020-03-01,,,,剔除,是", "2,2020-03-01,,,,,是")], editions.read("test", 2020))
    assert list(read()["resolved"].fillna("")) == ["", "resolved"]
    assert account.fields_nulled["resolved of a ticket that is not assessed"] == 1


def test_a_closing_time_before_the_receipt_is_not_kept_and_counted(edition):
    account = ingest.ingest([export(edition,
                                    "1,2020-03-02,,,,,,,2020-03-01,2020-03-05",
                                    "2,2020-03-02,,,,,,,2020-03-04,2020-03-05",
                                    "3,2020-03-02,,,,,,,2020-03-06,2020-03-05",
                                    "4,2020-03-02,,,,,,,昨天,2020-03-05")], editions.read("test", 2020))
    assert account.fields_nulled["closed_at lies before received_at"] == 1
    assert account.fields_nulled["closed_at cannot be read"] == 1
    assert list(read()["closed_at"].isna()) == [True, False, False, True]
    assert list(read()["on_time"]) == [None, True, False, None]


def test_words_that_the_mapping_does_not_list_are_counted(edition):
    account = ingest.ingest([export(edition, "1,2020-03-02,信鸽", "热线-2,2020-03-02,信鸽")], editions.read("test", 2020))
    assert account.fields_nulled["channel has a word that the mapping does not list"] == 1


def test_too_many_quarantined_rows_stop_it_with_reasons_and_write_nothing(edition):
    ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020))
    with pytest.raises(UserError, match=r"2 of 3 rows cannot become tickets(.|\n)*2: received_at is blank"):
        ingest.ingest(
            [export(edition, "1,", "2,", "3,2020-01-02", name="b.csv")], editions.read("test", 2020)
        )
    assert list(read()["ticket_id"]) == ["1"]
    assert pd.read_parquet(paths.quarantine("test-2020")).empty


@pytest.mark.parametrize("rows", [[], ["1,2019-01-02"]])
def test_nothing_accepted_leaves_the_old_tickets(edition, capsys, rows):
    ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020))
    before = paths.tickets("test-2020").read_bytes()
    file = export(edition, *rows, name="b.csv")
    assert ingest.main([str(file), "--city", "test", "--year", "2020"]) == 1
    assert paths.tickets("test-2020").read_bytes() == before
    assert "nothing was written" in capsys.readouterr().err


def test_simulated_tickets_are_overwritten_only_when_told_to(edition):
    ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020))
    empty = pa.RecordBatch.from_pylist([], schema=schema.SCHEMA)
    schema.write(editions.read("test", 2020), [empty], data="simulated", source="a test", digest="0")
    with pytest.raises(UserError, match="add --replace"):
        ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020))
    assert ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020), replace=True).accepted == 1


def test_the_same_file_gives_the_same_tickets_and_twice_in_one_run_is_refused(edition):
    file = export(edition, "1,2020-01-02", ",2020-01-03")
    ingest.ingest([file], editions.read("test", 2020))
    before = paths.tickets("test-2020").read_bytes()
    ingest.ingest([file], editions.read("test", 2020))
    assert paths.tickets("test-2020").read_bytes() == before
    with pytest.raises(UserError, match="give it once"):
        ingest.ingest([file, shutil.copy(file, edition / "b.csv")], editions.read("test", 2020))


def test_the_command_prints_what_became_of_the_rows(edition, capsys):
    file = export(edition, "1,2020-01-02", "1,2020-01-03", "2,")
    assert ingest.main([str(file), "--city", "test", "--year", "2020"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "test-2020: 3 read = 1 accepted + 1 quarantined + 1 duplicates", "  quarantined 1: received_at is blank",
        "  rows and rules: python -m helpers.ingest --city test --year 2020 --show quarantine"]


def test_wrong_usage_is_2_and_a_missing_file_1(edition, capsys):
    assert ingest.main(["absent.csv", "--city", "tset", "--year", "2020"]) == 2
    assert "Did you mean 'test'?" in capsys.readouterr().err
    assert ingest.main(["absent.csv", "--city", "test", "--year", "2020"]) == 1
    assert ingest.main(["absent.csv", "--city", "beijing", "--year", "2020"]) == 2
    assert "names no mapping" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        ingest.main(["--city", "test"])


def test_a_mapping_of_ones_own_stands_in_for_the_editions(edition):
    own = edition / "own.yml"
    own.write_text("source: x\ncolumns: {received_at: 登记, tags: {column: 来源, separator: '|'}, latitude: 类型}\n",
                   encoding="utf-8")
    file = export(edition, "1,2020-01-02,疫情| 口罩|疫情,39.9", "2,2020-01-02,,北纬")
    account = ingest.ingest([file], editions.read("test", 2020), own)
    assert [list(tags) for tags in read()["tags"]] == [["疫情", "口罩"], []]
    assert read()["latitude"].fillna(0).tolist() == [39.9, 0]
    assert dict(account.fields_nulled) == {"latitude cannot be read": 1}


def test_a_time_without_leading_zeros_is_filled_up(home):
    file = home / "a.csv"
    times = ["93000", "0", "000400.0", "9:30:00"]
    file.write_text("案件編號,派工項目,案件地址,立案日期,立案時間\n" + "".join(
        f"{number},路樹處理,大安區某路,20200501,{time}\n" for number, time in enumerate(times)), encoding="utf-8")
    ingest.ingest([file], editions.read("taipei", 2020))
    got = pd.read_parquet(paths.tickets("taipei-2020"))
    assert [time.time() for time in got["received_at"]] == [
        datetime.time(9, 30), datetime.time(0), datetime.time(0, 4), datetime.time(9, 30)]
    assert set(got["district"]) == {"大安區"}


def test_exports_laid_into_the_raw_folder_are_ingested_once(edition, capsys):
    assert ingest.prepare(editions.read("test", 2020)) is False
    paths.raw("test-2020").mkdir(parents=True)
    shutil.move(export(edition, "1,2020-01-02"), paths.raw("test-2020") / "a.csv")
    assert [ingest.prepare(editions.read("test", 2020)), ingest.prepare(editions.read("test", 2020))] == [True, False]
    shutil.move(export(edition, "2,2020-01-02"), paths.raw("test-2020") / "b.csv")
    assert ingest.prepare(editions.read("test", 2020)) is True
    assert len(read()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(("city", "year", "file", "expected"), [
    ("beijing-water", 2020, "beijing-water-2020/export-2020.xlsx", (3927, 3816, 0, 111)),
    ("pingshan", 2018, "pingshan-2018/export-utf8.csv", (10000, 10000, 0, 0)),
    ("taipei", 2018, "taipei-1999/2018.csv.gz", (160497, 160497, 0, 0)),
    ("taipei", 2019, "taipei-1999/2019.csv.gz", (155355, 155355, 0, 0)),
    ("taipei", 2020, "taipei-1999/2020.csv.gz", (148333, 148331, 2, 0)),
])
def test_real_exports_are_accounted_for_row_by_row(home, real_data, city, year, file, expected):
    account = ingest.ingest([real_data / file], editions.read(city, year))
    assert numbers(account) == expected
    assert not [rule for rule in account.fields_nulled if "does not list" in rule or "cannot be read" in rule]


@pytest.mark.slow
def test_the_same_table_in_two_encodings_gives_the_same_bytes_of_tickets(home, real_data):
    seen = []
    for name in ("export-utf8.csv", "export-gbk.csv"):
        ingest.ingest([real_data / "pingshan-2018" / name], editions.read("pingshan", 2018), replace=True)
        contents = paths.tickets("pingshan-2018").read_bytes()
        footer = 8 + int.from_bytes(contents[-8:-4], "little")  # names the source
        seen.append(contents[:-footer])
    assert seen[0] == seen[1]
    assert len(seen[0]) > 100_000


def merged(account: IngestCounts) -> tuple:
    now = account.merged
    return now.added, now.changed, now.same, now.older, now.kept


def test_a_later_export_adds_changes_and_drops_nothing_and_says_how_many(edition, capsys):
    ingest.ingest(
        [export(edition, "1,2020-03-01,,,甲处,,否", "2,2020-03-01,,,乙处", "3,2020-03-01")], editions.read("test", 2020)
    )
    later = export(edition, "1,2020-03-01,,,甲处,,是,,2020-03-09", "2,2020-03-01,,,乙处", "4,2020-03-01", name="b.csv")
    account = ingest.ingest([later], editions.read("test", 2020))
    assert merged(account) == (1, 1, 1, 0, 1)
    assert numbers(account) == (3, 3, 0, 0)
    tickets = read().set_index("ticket_id")
    assert sorted(tickets.index) == ["1", "2", "3", "4"]
    assert tickets.loc["1", "resolved"] == "resolved"
    assert "1 added, 1 changed, 1 as they were, 0 older" in "".join(account.lines("test-2020"))
    assert schema.metadata(editions.read("test", 2020))["source"] == "a.csv; b.csv"


def test_a_ticket_as_it_was_before_does_not_overwrite_what_is_held(edition):
    ingest.ingest([export(edition, "1,2020-03-01,,,甲处,,是,2020-03-02,2020-03-09")], editions.read("test", 2020))
    account = ingest.ingest([export(edition, "1,2020-03-01,,,甲处,,否,2020-03-02", name="b.csv")], editions.read("test", 2020))
    assert merged(account) == (0, 0, 0, 1, 0)
    assert list(read()["resolved"]) == ["resolved"]


def test_of_equal_times_the_later_ingest_stands_with_first_receipt_and_another_dispatch_where_the_owner_is_another(edition):
    ingest.ingest(
        [export(edition, "1,2020-03-01,,,甲处,,,2020-03-08", "1,2020-03-02,,,甲处,,,2020-03-09")], editions.read("test", 2020)
    )
    account = ingest.ingest([export(edition, "1,2020-03-02,,,乙处,,,2020-03-09", name="b.csv")], editions.read("test", 2020))
    assert merged(account) == (0, 1, 0, 0, 0)
    tickets = read().iloc[0]
    assert (tickets["owner"], tickets["dispatches"], tickets["received_at"]) == ("乙处", 3, pd.Timestamp("2020-03-01"))


def test_the_same_file_twice_changes_nothing_and_says_so(edition, capsys):
    file = export(edition, "1,2020-01-02", ",2020-01-03", "2,2020-01-04", "2,2020-01-05")
    arguments = [str(file), "--city", "test", "--year", "2020"]
    assert ingest.main(arguments) == 0
    before = paths.tickets("test-2020").read_bytes()
    first = capsys.readouterr().out
    assert ingest.main(arguments) == 0
    again = capsys.readouterr().out
    assert again.splitlines()[0] == first.splitlines()[0] == "test-2020: 4 read = 3 accepted + 0 quarantined + 1 duplicates"
    assert "nothing changed" in again
    assert paths.tickets("test-2020").read_bytes() == before


def test_an_earlier_file_again_after_a_later_one_changes_nothing(edition):
    first = export(edition, "1,2020-03-01,,,,,否")
    ingest.ingest([first], editions.read("test", 2020))
    ingest.ingest([export(edition, "1,2020-03-01,,,,,是", name="b.csv")], editions.read("test", 2020))
    assert "nothing changed" in ingest.ingest([first], editions.read("test", 2020)).notes[0]
    assert list(read()["resolved"]) == ["resolved"]


def test_all_exports_together_and_replace_make_the_tickets_anew(edition):
    first, second = export(edition, "1,2020-03-01", "2,2020-03-01"), export(edition, "1,2020-03-01", name="b.csv")
    ingest.ingest([first], editions.read("test", 2020))
    account = ingest.ingest([first, second], editions.read("test", 2020))
    assert account.merged is None
    assert list(read()["dispatches"]) == [1, 1]
    ingest.ingest([second], editions.read("test", 2020), replace=True)
    assert list(read()["ticket_id"]) == ["1"]


def test_the_account_of_exports_that_add_to_each_other_is_their_sum_and_of_a_whole_one_its_own(edition):
    ingest.ingest([export(edition, "1,2020-03-01", "2,", "3,2020-03-01")], editions.read("test", 2020))
    ingest.ingest([export(edition, "4,2020-03-01", "5,2019-03-01", "5,2020-03-01", name="b.csv")], editions.read("test", 2020))
    kept = schema.ingest_counts(editions.read("test", 2020))
    assert (kept["read"], kept["accepted"], kept["quarantined"]) == (6, 4, 1)
    assert (kept["reasons"], kept["other_years"]) == ({"received_at is blank": 1}, {"2019": 1})
    assert kept["last"]["read"] == 3
    assert list(pd.read_parquet(paths.quarantine("test-2020"))["file"]) == ["a.csv"]
    ingest.ingest([export(edition, *(f"{number},2020-03-01" for number in "13456"), name="c.csv")], editions.read("test", 2020))
    kept = schema.ingest_counts(editions.read("test", 2020))
    assert (kept["read"], kept["accepted"], kept["quarantined"]) == (5, 5, 0)
    assert pd.read_parquet(paths.quarantine("test-2020")).empty


def test_a_row_without_id_is_the_same_ticket_in_a_later_export(edition):
    ingest.ingest([export(edition, ",2020-03-01,,,甲处")], editions.read("test", 2020))
    account = ingest.ingest(
        [export(edition, ",2020-03-01,,,甲处", ",2020-03-01,,,乙处", name="b.csv")], editions.read("test", 2020)
    )
    assert merged(account) == (1, 0, 1, 0, 0)


def test_another_mapping_on_part_of_the_exports_is_noted(edition):
    ingest.ingest([export(edition, "1,2020-03-01")], editions.read("test", 2020))
    paths.mapping("test").write_text(MAPPING.replace("[不详", "[无, 不详"), encoding="utf-8")
    account = ingest.ingest([export(edition, "2,2020-03-01", name="b.csv")], editions.read("test", 2020))
    assert "--replace, to start anew" in account.notes[0]


def test_ids_that_a_spreadsheet_rounded_do_not_make_tickets_vanish(edition):
    rows = [f"2.02504E+12,2020-03-{day:02},,,{day}处" for day in range(1, 31)]
    account = ingest.ingest([export(edition, *rows, "202504000001,2020-03-01")], editions.read("test", 2020))
    assert numbers(account) == (31, 31, 0, 0)
    assert [fields for rule, fields in account.fields_nulled.items() if "2.02504E+12" in rule] == [30]
    assert sorted(set(read()["ticket_id"].str[:4])) == ["2025", "row-"]


def test_ids_cut_so_that_many_unlike_rows_share_one_give_way_to_the_whole_row(edition):
    rows = [f"202504{number % 3:03},2020-03-{number % 28 + 1:02} 08:00:{number:02},,,处{number}" for number in range(60)]
    account = ingest.ingest([export(edition, *rows, rows[-1])], editions.read("test", 2020))
    assert numbers(account) == (61, 60, 0, 1)
    assert [fields for rule, fields in account.fields_nulled.items() if "too many unlike rows" in rule] == [61]


def test_ids_that_many_rows_of_one_receipt_share_are_dispatches(edition):
    rows = [f"20250412345{number % 10},2020-03-01 08:00:0{number % 10},,,处{number}" for number in range(60)]
    account = ingest.ingest([export(edition, *rows)], editions.read("test", 2020))
    assert numbers(account) == (60, 10, 0, 50)


def test_coordinates_of_a_declared_system_are_kept_in_wgs84_and_the_system_is_remembered(edition):
    own = edition / "own.yml"
    columns = "columns: {received_at: 登记, longitude: 来源, latitude: 类型}\n"
    own.write_text(f"source: x\ncoordinates: GCJ-02\n{columns}", encoding="utf-8")
    ingest.ingest([export(edition, "1,2020-01-02,116.3975,39.9087")], editions.read("test", 2020), own)
    assert read()[["longitude", "latitude"]].iloc[0].tolist() == pytest.approx([116.39126, 39.90730], abs=1e-5)
    assert schema.ingest_counts(editions.read("test", 2020))["coordinates"] == "GCJ-02"
    own.write_text("source: x\ncoordinates: GCJ02\ncolumns: {received_at: 登记}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"coordinates cannot be 'GCJ02'\. Did you mean 'GCJ-02'"):
        ingest.ingest([export(edition, "1,2020-01-02,,")], editions.read("test", 2020), own)


def test_a_coordinate_outside_the_city_is_not_kept_and_the_ticket_is(edition):
    own = edition / "own.yml"
    own.write_text("source: x\ncolumns: {received_at: 登记, longitude: 来源, latitude: 类型}\n", encoding="utf-8")
    text = paths.edition("test", 2020).read_text(encoding="utf-8")
    box = "extent: {longitude: [121.4, 121.7], latitude: [24.9, 25.3], source: assumed}\n"
    paths.edition("test", 2020).write_text(box + text, encoding="utf-8")
    file = export(edition, "1,2020-01-02,121.5,25.0", "2,2020-01-02,116.4,25.0", "3,2020-01-02,121.5,", "4,2020-01-02,,31")
    account = ingest.ingest([file], editions.read("test", 2020), own)
    assert account.fields_nulled["longitude, latitude lie outside the city"] == 2
    assert read()["longitude"].fillna(0).tolist() == [121.5, 0, 121.5, 0]
    assert read()["latitude"].fillna(0).tolist() == [25, 0, 0, 0]
    assert account.accepted == 4


NAMES = """
source: a test
columns:
  owner: {known: [甲处, 乙处], names: {甲科: 甲处}}
"""


def named(edition) -> None:
    paths.crosswalk("test").parent.mkdir(exist_ok=True)
    paths.crosswalk("test").write_text(NAMES, encoding="utf-8")
    text = paths.edition("test", 2020).read_text(encoding="utf-8")
    paths.edition("test", 2020).write_text("crosswalk: test\n" + text, encoding="utf-8")


def test_names_go_through_the_editions_crosswalk_and_unknown_ones_are_listed(edition):
    named(edition)
    file = export(edition, "1,2020-03-01,,,甲科", "2,2020-03-01,,,乙处", "3,2020-03-01,,,丙处", "4,2020-03-01,,,丙处")
    account = ingest.ingest([file], editions.read("test", 2020))
    assert list(read()["owner"]) == ["甲处", "乙处", "丙处", "丙处"]
    assert dict(account.renamed) == {"owner": 1}
    assert "1 names of owner in 2 rows" in account.notes[0]
    listed = pd.read_csv(paths.unlisted("test-2020"))
    assert listed[["column", "name", "rows"]].to_dict("records") == [{"column": "owner", "name": "丙处", "rows": 2}]
    paths.crosswalk("test").write_text(NAMES.replace("乙处]", "乙处, 丙处]"), encoding="utf-8")
    ingest.ingest([file], editions.read("test", 2020))
    assert not paths.unlisted("test-2020").exists()


CELL = st.sampled_from(["1", "2", "3", "", "2020-03-01", "2020-02-30", "2019-01-01", "2020-12-31 23:59:59", "是", '"',
                        '"a', "a\nb", "电话", "热线-1", "不详", "2.02504E+12", "123456789", "\u3000", ",", "\ufeff", "=1+1"])


@pytest.mark.thorough
@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=1, max_size=13), max_size=12), quoted=st.booleans(),
       ending=st.sampled_from(["\n", "\r\n"]), encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
def test_every_row_of_a_mangled_file_is_accounted_for(edition, rows, quoted, ending, encoding):
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if quoted else text

    file = edition / "mangled.csv"
    lines = [HEADER.strip(), "9,2020-05-05,,,,,,,,,", *(",".join(map(cell, row)) for row in rows)]
    text = ending.join(lines) + ending
    file.write_bytes(text.encode(encoding, "replace"))
    editions_file = paths.edition("test", 2020)
    editions_file.write_text(editions_file.read_text(encoding="utf-8").replace("limit: 0.5", "limit: 1.0"), encoding="utf-8")
    try:
        account = ingest.ingest([file], editions.read("test", 2020), replace=True)
    except UserError:
        return
    assert account.read == account.accepted + account.quarantined + account.duplicates + account.other_years.total()
    assert account.accepted == len(read()) == read()["ticket_id"].nunique()
    assert account.accepted <= int(read()["dispatches"].sum()) <= account.accepted + account.duplicates
    refused = pd.read_parquet(paths.quarantine("test-2020"))
    assert account.quarantined == len(refused) == len(refused.drop_duplicates(["file", "row"]))
    if quoted and "\n" not in "".join(map("".join, rows)):
        assert account.read == 1 + sum(any(cell.strip() for cell in row) for row in rows)


def command(home, file) -> list[str]:
    return [sys.executable, "-m", "helpers.ingest", str(file), "--city", "test", "--year", "2020"]


def many(home, number: int, name: str, answer: str):
    return export(home, *(f"{ticket},2020-03-01,,,甲处,,{answer}" for ticket in range(number)), name=name)


@pytest.mark.thorough
@pytest.mark.slow
def test_an_ingest_killed_at_any_moment_leaves_the_old_tickets_or_the_new_ones_whole(edition):
    environment = os.environ | {"HOTLINE_HOME": str(edition)}
    ingest.ingest([many(edition, 1000, "a.csv", "否")], editions.read("test", 2020))
    old = paths.tickets("test-2020").read_bytes()
    later = many(edition, 20_000, "b.csv", "是")
    begin = time.perf_counter()
    subprocess.run(command(edition, later), env=environment, check=True, capture_output=True)
    whole, seconds = read(), time.perf_counter() - begin
    assert (len(whole), set(whole["resolved"])) == (20_000, {"resolved"})
    for part in (0.5, 0.7, 0.8, 0.9):
        paths.tickets("test-2020").write_bytes(old)
        run = subprocess.Popen(command(edition, later), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds * part)
        run.kill()
        run.wait()
        tickets = read()
        assert (len(tickets), set(tickets["resolved"])) in [(1000, {"unresolved"}), (20_000, {"resolved"})]
    paths.tickets("test-2020").write_bytes(old)
    subprocess.run(command(edition, later), env=environment, check=True, capture_output=True)
    assert len(read()) == 20_000
    assert not list(paths.tickets("test-2020").parent.glob(".tickets*"))
    assert not list(paths.DATA.glob(".ingest-*"))


@pytest.mark.slow
def test_two_ingests_at_once_both_reach_the_tickets(edition):
    environment = os.environ | {"HOTLINE_HOME": str(edition)}
    ingest.ingest([many(edition, 10, "a.csv", "否")], editions.read("test", 2020))
    files = [export(edition, *(f"{name}-{ticket},2020-03-01" for ticket in range(20_000)), name=f"{name}.csv") for name in "xy"]
    runs = [subprocess.Popen(command(edition, file), env=environment, stdout=subprocess.PIPE) for file in files]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert len(read()) == 40_010
    assert len(schema.ingest_counts(editions.read("test", 2020))["exports"]) == 3


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a limit on the size of files needs a POSIX system")
def test_a_full_disk_leaves_the_old_tickets_and_is_said_in_a_sentence(edition):
    ingest.ingest([many(edition, 10, "a.csv", "否")], editions.read("test", 2020))
    before = paths.tickets("test-2020").read_bytes()
    file = export(edition, *(f"{random.Random(seed).random()},2020-03-01" for seed in range(30_000)), name="b.csv")
    code = ("import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); sys.argv = sys.argv[1:]; "
            "from helpers.ingest import ingest; sys.exit(ingest.main(sys.argv[2:]))")
    run = subprocess.run([sys.executable, "-c", code, *command(edition, file)[1:]], text=True, capture_output=True,
                         env=os.environ | {"HOTLINE_HOME": str(edition)})
    assert run.returncode == 1
    assert "takes no more" in run.stderr
    assert "make room and ingest again" in run.stderr
    assert paths.tickets("test-2020").read_bytes() == before
    assert not list(paths.DATA.glob(".ingest-*"))


def test_too_little_room_is_said_before_a_row_is_read(edition, monkeypatch):
    monkeypatch.setattr(workspace.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(UserError, match=r"has 0\.0 GB free .*nothing was written"):
        ingest.ingest([export(edition, "1,2020-01-02")], editions.read("test", 2020))
    assert schema.metadata(editions.read("test", 2020)) is None


def untold() -> None:
    """Leave tickets as an older version wrote them: their account does not name the exports."""
    kept = {
        name: number
        for name, number in schema.ingest_counts(editions.read("test", 2020)).items()
        if name in ("read", "accepted", "reasons")
    }
    empty = pa.RecordBatch.from_pylist([], schema=schema.SCHEMA)
    schema.write(editions.read("test", 2020), [empty], data="export", source="a", digest="0", account=kept)


def pointed() -> None:
    """Leave a pointer to a table of a warehouse for tickets."""
    facts = {"data": "export", "source": "t.x", "table": "t.x", "city": "test", "year": "2020", "digest": "0"}
    parquet.write(paths.tickets("test-2020"), [], schema.SCHEMA, facts)


@pytest.mark.parametrize(("leave", "reason"), [(untold, "do not say of which exports"), (pointed, "table 't.x' of a warehouse")])
def test_tickets_that_an_export_cannot_be_merged_with_are_given_up_by_replace_alone(edition, leave, reason):
    file = export(edition, "1,2020-01-02")
    ingest.ingest([file], editions.read("test", 2020))
    leave()
    before = paths.tickets("test-2020").read_bytes()
    with pytest.raises(UserError, match=f"test-2020 has .*{reason}.*: add --replace"):
        ingest.ingest([file], editions.read("test", 2020))
    assert paths.tickets("test-2020").read_bytes() == before
    assert ingest.ingest([file], editions.read("test", 2020), replace=True).merged is None
    assert len(read()) == 1


def test_the_folder_of_exports_replaces_tickets_that_do_not_name_theirs_but_no_pointer(edition):
    paths.raw("test-2020").mkdir(parents=True)
    file = export(paths.raw("test-2020"), "1,2020-01-02")
    ingest.ingest([file], editions.read("test", 2020))
    untold()
    assert ingest.prepare(editions.read("test", 2020))
    assert len(read()) == 1
    pointed()
    with pytest.raises(UserError, match=r"exports lie in .* 't\.x' of a warehouse.*take them away"):
        ingest.prepare(editions.read("test", 2020))
    assert schema.metadata(editions.read("test", 2020))["table"] == "t.x"


@pytest.mark.slow
def test_both_orders_of_ingestion_give_the_same_tickets(edition):
    early = ["1,2020-03-01,,,甲处,,否,2020-03-02", "1,2020-03-01,,,甲处,,否,2020-03-03", "2,2020-03-01", "3,2020-03-05"]
    late = ["1,2020-03-04,,,乙处,,是,2020-03-08,2020-03-09", "2,2020-03-02", "4,2020-03-05"]
    files = [export(edition, *early), export(edition, *late, name="b.csv")]
    tickets, counts = [], []
    for order in (files, files[::-1]):
        ingest.ingest(order[:1], editions.read("test", 2020), replace=True)
        counts.append(merged(ingest.ingest(order[1:], editions.read("test", 2020))))
        tickets.append(read().set_index("ticket_id").sort_index())
    pd.testing.assert_frame_equal(*tickets)
    assert counts == [(1, 1, 1, 0, 1), (1, 0, 0, 2, 1)]
    assert tickets[1].loc["1", ["owner", "dispatches", "received_at"]].tolist() == ["乙处", 3, pd.Timestamp("2020-03-01")]
    assert tickets[1].loc["2", "received_at"] == pd.Timestamp("2020-03-01")


def test_tickets_that_cannot_be_written_leave_quarantine_and_names_as_they_were(edition, monkeypatch):
    named(edition)
    ingest.ingest([export(edition, "1,2020-03-01,,,丙处", "2,")], editions.read("test", 2020))
    files = [paths.quarantine("test-2020"), paths.unlisted("test-2020")]
    before, later = [file.read_bytes() for file in files], export(edition, "3,2020-03-01,,,丁处", "4,", name="b.csv")

    def fail(*_, **__):
        raise OSError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(schema, "write", fail)
        with pytest.raises(OSError, match="gone"):
            ingest.ingest([later], editions.read("test", 2020))
    assert [file.read_bytes() for file in files] == before
    assert sorted(file.name for file in files[0].parent.iterdir()) == sorted(file.name for file in files)
    ingest.ingest([later], editions.read("test", 2020))
    assert list(pd.read_parquet(files[0])["file"]) == ["a.csv", "b.csv"]
    assert list(pd.read_csv(files[1])["name"]) == ["丁处"]


def test_names_stay_listed_while_tickets_of_earlier_exports_are_kept(edition):
    named(edition)
    ingest.ingest([export(edition, "1,2020-03-01,,,丙处")], editions.read("test", 2020))
    ingest.ingest([export(edition, "2,2020-03-01,,,甲处", name="b.csv")], editions.read("test", 2020))
    assert list(pd.read_csv(paths.unlisted("test-2020"))["name"]) == ["丙处"]
    ingest.ingest([export(edition, "1,2020-03-01,,,甲处", "2,2020-03-01,,,甲处", name="c.csv")], editions.read("test", 2020))
    assert not paths.unlisted("test-2020").exists()


@pytest.mark.parametrize("together", [True, False])
def test_an_export_given_again_beside_a_new_one_is_summed_and_quarantined_once(edition, together):
    first = export(edition, "1,2020-03-01", "1,2020-03-02", "2,", "3,2020-03-01")
    second = export(edition, "3,2020-03-02", "4,2020-03-01", "5,2019-03-01", name="b.csv")
    third = export(edition, "6,2020-03-01", "7,2019-03-01", "8,", name="c.csv")
    for files in [[first, second]] if together else [[first], [second]]:
        ingest.ingest(files, editions.read("test", 2020))
    ingest.ingest([first, third], editions.read("test", 2020))
    kept = schema.ingest_counts(editions.read("test", 2020))
    assert (kept["read"], kept["quarantined"], kept["other_years"]) == (10, 2, {"2019": 2})
    assert kept["read"] == kept["accepted"] + kept["quarantined"] + kept["duplicates"] + 2
    assert kept["reasons"] == {"received_at is blank": 2}
    assert len(kept["each"]) == len(kept["exports"]) == 3
    refused = pd.read_parquet(paths.quarantine("test-2020"))
    assert list(zip(refused["file"], refused["row"], strict=True)) == [("a.csv", 4), ("c.csv", 4)]
