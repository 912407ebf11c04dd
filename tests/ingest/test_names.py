"""What is one name is printed as one, what means "not known" is unknown, and what is no word is counted."""

import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from helpers.ingest import export_files, ingest, names
from helpers.settings import editions, paths
from helpers.settings.errors import UserError

TRIALS = Path(__file__).parent / "trials"
MAPPING = """
source: a test
columns: {ticket_id: 编号, received_at: 时间, category: 类别, district: 区}
"""


@pytest.fixture
def town(home):
    """An edition `town` of 2020 and a writer of its exports."""
    text = paths.edition("taipei", 2018).read_text(encoding="utf-8")
    for old, new in (("city: taipei", "city: town"), ("year: 2018", "year: 2020"), ("mapping: taipei", "mapping: town"),
                     ("quarantine_limit: 0.05", "quarantine_limit: 0.9")):
        text = text.replace(old, new)
    paths.edition("town", 2020).write_text(text, encoding="utf-8")
    paths.mapping("town").write_text(MAPPING, encoding="utf-8")

    def read(*rows: str, name: str = "a.csv", mapping: str = MAPPING, replace: bool = True):
        paths.mapping("town").write_text(mapping, encoding="utf-8")
        (home / name).write_text("\n".join(["编号,时间,类别,区", *rows]) + "\n", encoding="utf-8")
        return ingest.ingest([home / name], editions.read("town", 2020), replace=replace)
    return read


def trial(name: str, town, columns: str = "ticket_id: 工单编号, received_at: 受理时间, category: 一级分类, district: 区"):
    """Ingest a small export that once failed."""
    paths.mapping("town").write_text(f"source: a test\ncolumns: {{{columns}}}\n", encoding="utf-8")
    file = shutil.copy(next(TRIALS.glob(f"{name}.*")), paths.DATA)
    return ingest.ingest([Path(file)], editions.read("town", 2020), replace=True)


def tickets() -> pd.DataFrame:
    return pd.read_parquet(paths.tickets("town-2020"))


def rows(*words: str) -> list[str]:
    return [f"T{number},2020-04-{number % 28 + 1:02},{word},东区" for number, word in enumerate(words)]


@pytest.mark.parametrize(("written", "word"), [
    ("噪音\u200b", "噪音"), ("\ufeff噪音", "噪音"), ("\u3000噪音\u00a0", "噪音"), ("停\x0b车", "停车"), ("停\x00车", "停车"),
    ("E\u0301gouts", "Égouts"), ("Loud\u00a0music", "Loud music"), ("两\n行", "两 行"), ("１号", "１号"), ("①", "①"), ("", ""),
    ("क्\u200dष", "क्\u200dष")])
def test_a_word_loses_what_nobody_sees_and_keeps_what_is_printed(written, word):
    assert names.clean(written) == word


@pytest.mark.parametrize(("one", "other"), [
    ("NOISE", "Noise"), ("Ａ座（东）", "a座(东)"), ("东 城 区", "东城区"), ("ﾌﾟｰﾙ", "プール"), ("Straße", "STRASSE"),
    ("Loud  music", "loud music")])
def test_spellings_of_one_name_share_a_key(one, other):
    assert names.key(one) == names.key(other)


@pytest.mark.parametrize(("one", "other"), [("1号楼", "①号楼"), ("Main St", "MainSt"), ("10㎡", "10m2"), ("噪音", "噪声")])
def test_what_is_merely_alike_keeps_keys_of_its_own(one, other):
    assert names.key(one) != names.key(other)


@pytest.mark.parametrize("name", ["nbsp_zwsp", "nfd_nfc"])
def test_names_that_look_the_same_are_one(town, name):
    trial(name, town)
    assert tickets()[["category", "district"]].nunique().tolist() == [1, 1]


def test_the_commonest_spelling_is_printed_over_all_batches_and_the_others_are_listed(town):
    counts = town(*rows("NOISE", "Noise", "Noise", "noise", "供水"))
    assert sorted(tickets()["category"]) == ["Noise"] * 4 + ["供水"]
    assert counts.mended == {"another spelling of a name in category": 2}
    assert ("category: 'NOISE' is printed as 'Noise', 'noise' is printed as 'Noise'; `spellings: kept` in the mapping keeps "
            "them.") in counts.notes


def test_of_many_spellings_five_are_shown(town):
    counts = town(*rows(*(f"{word}{letter}" for letter in "abcdefg" for word in ("Name", "Name", "NAME"))))
    (note,) = [note for note in counts.notes if note.startswith("category: ")]
    assert note.count("is printed as") == 5
    assert "and 2 more" in note


def test_a_mapping_may_keep_spellings(town):
    town(*rows("NOISE", "Noise"), mapping=MAPPING + "spellings: kept\n")
    assert set(tickets()["category"]) == {"NOISE", "Noise"}


def test_a_further_export_takes_the_spelling_of_the_tickets_that_are_there(town):
    town(*rows("Noise", "Noise", "Noise"))
    town("U1,2020-05-01,NOISE,东区", name="b.csv", replace=False)
    assert tickets()["category"].tolist() == ["Noise"] * 4
    town(*(f"V{n},2020-06-01,NOISE,东区" for n in range(9)), name="c.csv", replace=False)
    assert set(tickets()["category"]) == {"NOISE"}


def test_words_for_not_known_are_no_names(town):
    trial("null_words", town)
    assert tickets()["category"].isna().all()
    town(*rows("不详", "n/a", "NAN", "无主垃圾"))
    assert tickets()["category"].dropna().tolist() == ["无主垃圾"]


def test_a_mapping_keeps_a_word_and_adds_another(town):
    town(*rows("无", "待定", "供水"), mapping=MAPPING + "missing: [待定]\nnot_missing: [无]\n")
    assert tickets()["category"].fillna("").tolist() == ["无", "", "供水"]
    town(*rows("无", "供水"), mapping=MAPPING.replace("category: 类别", "category: {column: 类别, values: {无: 其他}}"))
    assert tickets()["category"].tolist() == ["其他", "供水"]


def test_an_id_that_is_a_word_for_not_known_is_none(town):
    counts = town("NULL,2020-04-01,噪音,东区", "NULL,2020-04-02,供水,东区")
    assert counts.accepted == 2
    assert tickets()["ticket_id"].str.startswith("row-").all()


def test_control_characters_are_dropped_and_counted(town):
    counts = town(*rows("停\x0b车", "停\x0b车", "停车", "供\x02水"))
    assert sorted(tickets()["category"]) == ["供水", "停车", "停车", "停车"]
    assert counts.mended == {"control characters left out of category": 3}
    assert "  mended 3: control characters left out of category" in counts.lines("town-2020")


def test_a_zero_character_loses_its_place_and_not_the_file(town):
    counts = trial("nul_bytes", town)
    assert counts.accepted == 8
    assert sorted(set(tickets()["category"])) == ["供暖", "停车", "噪音", "垃圾"]
    assert counts.mended == {"control characters left out of category": 2}


def test_a_vertical_tab_does_not_reach_a_report(town):
    trial("vtab", town, "ticket_id: id, received_at: time, category: cat, district: dist")
    assert not any(letter < " " for words in (tickets()["category"], tickets()["district"]) for word in words for letter in word)


def test_a_row_of_totals_is_no_ticket(town):
    counts = trial("totals_with_date", town)
    assert (counts.accepted, counts.reasons) == (8, {"is a row of totals": 1})
    counts = town("1,2020-01-01,噪音,东区", "2,合计：,9,", "Total: 12,2020-01-02,x,y", "计划1,2020-01-03,合计,东区")
    assert (counts.accepted, counts.reasons) == (2, {"is a row of totals": 2})


def test_a_total_in_the_first_column_is_seen_where_the_mapping_does_not_name_it(town):
    counts = town("小计,2020-01-01,噪音,东区", "1,2020-01-01,噪音,东区", mapping="source: x\ncolumns: {received_at: 时间}\n")
    assert counts.reasons == {"is a row of totals": 1}


def test_a_row_of_totals_is_no_unreadable_time(town):
    counts = town("1,2020-01-01,噪音,东区", "2,合计,,")
    assert (counts.reasons, counts.unread) == ({"is a row of totals": 1}, [])


@pytest.mark.parametrize("written", ["\u200b2020-04-01 08:05", "2020-04-01\u00a008:05", "2020-04-01 8:05\u202fAM",
                                     "2020-04-01 08:05\x0b"])
def test_a_time_loses_what_nobody_sees(town, written):
    counts = town(f"1,{written},噪音,东区", "2,不详,噪音,东区")
    assert tickets()["received_at"].tolist() == [pd.Timestamp("2020-04-01 08:05")]
    assert counts.reasons == {"received_at is blank": 1}


def test_an_id_loses_what_nobody_sees(town):
    counts = town("1,2020-01-01,噪音,东区", "1\u200b,2020-01-01,噪音,东区")
    assert (counts.accepted, counts.duplicates) == (1, 1)


def test_two_spellings_of_an_owner_are_no_further_dispatch(town):
    owner = "source: a test\ncolumns: {ticket_id: 编号, received_at: 时间, owner: 类别}\n"
    town("1,2020-01-01,NOISE,", "1,2020-01-01,Noise,", "2,2020-01-01,NOISE,", "2,2020-01-01,Water,", mapping=owner)
    assert tickets()["dispatches"].tolist() == [1, 2]


def test_two_rows_of_a_header_are_named_together(town):
    counts = trial("merged_two_row_header", town,
                   "ticket_id: 工单编号, received_at: 受理时间, category: 一级, subcategory: 诉求类型 / 二级, district: 区")
    assert counts.accepted == len(tickets())
    first = tickets().loc[0, ["ticket_id", "category", "subcategory", "district"]]
    assert first.tolist() == ["T20000001", "噪音", "细类0", "东城区"]
    assert any("rows 1 and 2 are taken together for the header, as in '诉求类型 / 一级'." in note for note in counts.notes)


HEADERS = ["编号,时间,类型,,位置,", ",,一级,二级,区,街道"]
TOGETHER = ["编号", "时间", "类型 / 一级", "类型 / 二级", "位置 / 区", "位置 / 街道"]


@pytest.mark.parametrize(("above", "configured"), [("", None), ("工单明细\n", None), ("工单明细\n", 2)])
def test_merged_headers_are_read_alike_from_csv_and_sheets(home, above, configured):
    lines = [*above.splitlines(), *HEADERS, "1,2020-01-02,噪音,施工,东区,甲街", "2,2020-01-03,噪音,,东区,甲街"]
    (home / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([cell or None for cell in line.split(",")])
    book.save(home / "a.xlsx")
    for name in ("a.csv", "a.xlsx"):
        (table,) = export_files.read(home / name, header_row=configured)
        assert table.header == TOGETHER
        numbers = [number for batch in table.batches for number in batch["row"].to_pylist()]
        assert numbers == [len(lines) - 1, len(lines)]


@pytest.mark.parametrize("lines", [
    [",类型,区", "0,噪音,东区"], ["编号,类型,", "甲,噪音,"], ["编号,,区", "1,噪音,"], ["编号,类型,区", "甲,,东区"]])
def test_rows_that_are_no_merged_header_stay_rows(home, lines):
    (home / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (table,) = export_files.read(home / "a.csv")
    assert table.header == lines[0].split(",")


def test_bytes_that_are_no_text_are_refused(home):
    (home / "a.csv").write_bytes(b"a,b\n" + b"\x00\x01," * 50)
    with pytest.raises(UserError, match="holds bytes that are no text"):
        export_files.read(home / "a.csv")
