"""From an export to tickets: every row is accounted for, and what stands in a ticket follows the mapping."""

import datetime
import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers import ingest, paths, tickets
from helpers.errors import KnownError

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
    return pd.read_parquet(paths.tickets("test", 2020))


def numbers(account: ingest.Account) -> tuple:
    return account.read, account.accepted, account.quarantined, account.duplicates


def test_words_become_ours_and_unknown_ones_null(edition):
    ingest.ingest([export(edition, "热线-1,2020-01-02 03:04:05,电话, 其它 ,不详,,是",
                          "网络-2,2020-01-02,网,供水,甲处,,否",
                          ",2020-12-31 23:59,电话,,-,剔除,")], "test", 2020)
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
    ingest.ingest([export(edition, "1,2020-01-02,电话")], "test", 2020)
    schema = pq.read_schema(paths.tickets("test", 2020))
    assert list(zip(schema.names, schema.types, strict=True)) == list(
        zip(tickets.SCHEMA.names, tickets.SCHEMA.types, strict=True))
    assert read()["tags"].map(len).tolist() == [0]
    facts = tickets.facts("test", 2020)
    assert (facts["data"], facts["source"], facts["year"]) == ("export", "a.csv", "2020")


def test_names_and_other_columns_that_are_not_mapped_are_left_behind(edition):
    file = export(edition, "1,2020-01-02,电话,,,,,,,,李四四")
    ingest.ingest([file], "test", 2020)
    contents = read().astype(str).to_csv()
    assert "电话" in contents
    assert "李四四" not in contents


def test_rows_without_a_date_of_the_year_are_quarantined_with_row_and_reason(edition):
    account = ingest.ingest([export(edition, "1,2020-01-02", "2,", "3,2020-02-30", "4,2019-12-31", "5,2020-03-01",
                                    "6,2020-03-01", "7,2020-03-01", "8,2020-03-01")], "test", 2020)
    assert numbers(account) == (8, 5, 3, 0)
    refused = pd.read_parquet(paths.quarantine("test", 2020))
    assert refused.to_dict("records") == [
        {"file": "a.csv", "row": 3, "reason": "received_at is blank"},
        {"file": "a.csv", "row": 4, "reason": "received_at cannot be read"},
        {"file": "a.csv", "row": 5, "reason": "received_at lies in 2019"}]


def test_a_row_of_another_width_is_quarantined_and_counted_as_read(edition):
    file = export(edition, "1,2020-01-02", "2,2020-01-03")
    file.write_text(file.read_text(encoding="utf-8") + "3,2020-01-04\n", encoding="utf-8")
    account = ingest.ingest([file], "test", 2020)
    assert numbers(account) == (3, 2, 1, 0)
    assert dict(account.reasons) == {"2 cells where the header has 11": 1}


def test_a_repeated_ticket_is_one_whose_last_dispatch_stands(edition):
    account = ingest.ingest([export(edition,
                                    "1,2020-03-05,,,丙处,,否,2020-03-05",
                                    "1,2020-03-01,,,甲处,,是,2020-03-09",
                                    "1,2020-03-03,,,乙处,,是,",
                                    "2,2020-03-03,,,丁处")], "test", 2020)
    assert numbers(account) == (4, 2, 0, 2)
    first = read().set_index("ticket_id").loc["1"]
    assert (first["owner"], first["resolved"], first["dispatches"]) == ("甲处", "resolved", 3)
    assert first["received_at"] == pd.Timestamp("2020-03-01")


def test_of_equal_dispatches_the_later_row_stands_over_files_too(edition):
    files = [export(edition, "1,2020-03-01,,,甲处", name="a.csv"), export(edition, "1,2020-03-01,,,乙处", name="b.csv")]
    account = ingest.ingest(files, "test", 2020)
    assert numbers(account) == (2, 1, 0, 1)
    assert list(read()["owner"]) == ["乙处"]


def test_a_row_without_id_is_named_by_all_its_cells(edition):
    rows = [f",2020-03-01,,,,,,,,,{name}" for name in "李王王"]
    account = ingest.ingest([export(edition, *rows)], "test", 2020)
    assert numbers(account) == (3, 2, 0, 1)
    assert read()["ticket_id"].str.fullmatch("row-[0-9a-f]{16}").all()


def test_outcomes_are_known_only_where_a_ticket_is_assessed(edition):
    account = ingest.ingest([export(edition, "1,2020-03-01,,,,剔除,是", "2,2020-03-01,,,,,是")], "test", 2020)
    assert list(read()["resolved"].fillna("")) == ["", "resolved"]
    assert account.nulled["resolved of a ticket that is not assessed"] == 1


def test_a_closing_time_before_the_receipt_is_not_kept_and_counted(edition):
    account = ingest.ingest([export(edition,
                                    "1,2020-03-02,,,,,,,2020-03-01,2020-03-05",
                                    "2,2020-03-02,,,,,,,2020-03-04,2020-03-05",
                                    "3,2020-03-02,,,,,,,2020-03-06,2020-03-05",
                                    "4,2020-03-02,,,,,,,昨天,2020-03-05")], "test", 2020)
    assert account.nulled["closed_at lies before received_at"] == 1
    assert account.nulled["closed_at cannot be read"] == 1
    assert list(read()["closed_at"].isna()) == [True, False, False, True]
    assert list(read()["on_time"]) == [None, True, False, None]


def test_words_that_the_mapping_does_not_list_are_counted(edition):
    account = ingest.ingest([export(edition, "1,2020-03-02,信鸽", "热线-2,2020-03-02,信鸽")], "test", 2020)
    assert account.nulled["channel has a word that the mapping does not list"] == 1


def test_too_many_quarantined_rows_stop_it_with_reasons_and_write_nothing(edition):
    ingest.ingest([export(edition, "1,2020-01-02")], "test", 2020)
    with pytest.raises(KnownError, match=r"2 of 3 rows cannot become tickets(.|\n)*2: received_at lies in 2019"):
        ingest.ingest([export(edition, "1,2019-01-02", "2,2019-01-02", "3,2020-01-02", name="b.csv")], "test", 2020)
    assert list(read()["ticket_id"]) == ["1"]
    assert pd.read_parquet(paths.quarantine("test", 2020)).empty


@pytest.mark.parametrize("rows", [[], ["1,2019-01-02"]])
def test_nothing_accepted_leaves_the_old_tickets(edition, capsys, rows):
    ingest.ingest([export(edition, "1,2020-01-02")], "test", 2020)
    before = paths.tickets("test", 2020).read_bytes()
    file = export(edition, *rows, name="b.csv")
    assert ingest.main([str(file), "--city", "test", "--year", "2020"]) == 1
    assert paths.tickets("test", 2020).read_bytes() == before
    assert "nothing was written" in capsys.readouterr().err


def test_simulated_tickets_are_overwritten_only_when_told_to(edition):
    ingest.ingest([export(edition, "1,2020-01-02")], "test", 2020)
    empty = pa.RecordBatch.from_pylist([], schema=tickets.SCHEMA)
    tickets.write("test", 2020, [empty], data="simulated", source="a test", digest="0")
    with pytest.raises(KnownError, match="add --replace"):
        ingest.ingest([export(edition, "1,2020-01-02")], "test", 2020)
    assert ingest.ingest([export(edition, "1,2020-01-02")], "test", 2020, replace=True).accepted == 1


def test_the_same_file_gives_the_same_tickets_and_twice_in_one_run_is_refused(edition):
    file = export(edition, "1,2020-01-02", ",2020-01-03")
    ingest.ingest([file], "test", 2020)
    before = paths.tickets("test", 2020).read_bytes()
    ingest.ingest([file], "test", 2020)
    assert paths.tickets("test", 2020).read_bytes() == before
    with pytest.raises(KnownError, match="give it once"):
        ingest.ingest([file, shutil.copy(file, edition / "b.csv")], "test", 2020)


def test_the_command_prints_what_became_of_the_rows(edition, capsys):
    file = export(edition, "1,2020-01-02", "1,2020-01-03", "2,")
    assert ingest.main([str(file), "--city", "test", "--year", "2020"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "test-2020: 3 read = 1 accepted + 1 quarantined + 1 duplicates", "  quarantined 1: received_at is blank"]


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
    account = ingest.ingest([file], "test", 2020, own)
    assert [list(tags) for tags in read()["tags"]] == [["疫情", "口罩"], []]
    assert read()["latitude"].fillna(0).tolist() == [39.9, 0]
    assert dict(account.nulled) == {"latitude cannot be read": 1}


def test_a_time_without_leading_zeros_is_filled_up(home):
    file = home / "a.csv"
    times = ["93000", "0", "000400.0", "9:30:00"]
    file.write_text("案件編號,派工項目,案件地址,立案日期,立案時間\n" + "".join(
        f"{number},路樹處理,大安區某路,20200501,{time}\n" for number, time in enumerate(times)), encoding="utf-8")
    ingest.ingest([file], "taipei", 2020)
    got = pd.read_parquet(paths.tickets("taipei", 2020))
    assert [time.time() for time in got["received_at"]] == [
        datetime.time(9, 30), datetime.time(0), datetime.time(0, 4), datetime.time(9, 30)]
    assert set(got["district"]) == {"大安區"}


def test_exports_laid_into_the_raw_folder_are_ingested_once(edition, capsys):
    assert ingest.prepare("test", 2020) is False
    paths.raw("test", 2020).mkdir(parents=True)
    shutil.move(export(edition, "1,2020-01-02"), paths.raw("test", 2020) / "a.csv")
    assert [ingest.prepare("test", 2020), ingest.prepare("test", 2020)] == [True, False]
    shutil.move(export(edition, "2,2020-01-02"), paths.raw("test", 2020) / "b.csv")
    assert ingest.prepare("test", 2020) is True
    assert len(read()) == 2


@pytest.mark.parametrize(("city", "year", "file", "expected"), [
    ("beijing-water", 2020, "beijing-water-2020/export-2020.xlsx", (3927, 3816, 0, 111)),
    ("pingshan", 2018, "pingshan-2018/export-utf8.csv", (10000, 10000, 0, 0)),
    ("taipei", 2018, "taipei-1999/2018.csv.gz", (160497, 160497, 0, 0)),
    ("taipei", 2019, "taipei-1999/2019.csv.gz", (155355, 155355, 0, 0)),
    ("taipei", 2020, "taipei-1999/2020.csv.gz", (148333, 148331, 2, 0)),
])
def test_real_exports_are_accounted_for_row_by_row(home, real_data, city, year, file, expected):
    account = ingest.ingest([real_data / file], city, year)
    assert numbers(account) == expected
    assert not [rule for rule in account.nulled if "does not list" in rule or "cannot be read" in rule]


def test_the_same_table_in_two_encodings_gives_the_same_bytes_of_tickets(home, real_data):
    seen = []
    for name in ("export-utf8.csv", "export-gbk.csv"):
        ingest.ingest([real_data / "pingshan-2018" / name], "pingshan", 2018)
        contents = paths.tickets("pingshan", 2018).read_bytes()
        footer = 8 + int.from_bytes(contents[-8:-4], "little")  # names the source
        seen.append(contents[:-footer])
    assert seen[0] == seen[1]
    assert len(seen[0]) > 100_000
