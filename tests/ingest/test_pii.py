"""What may point at a person is told by column, kind and number of rows, and a vocabulary is not mistaken for it."""

import random
import time
from pathlib import Path

import pyarrow as pa
import pytest

from helpers.ingest import export_files, pii
from helpers.settings.errors import UserError


def scanned(year: int = 2020, **columns: list) -> dict:
    """Look at columns of tickets, words dictionary-encoded as `translation` gives them."""
    arrays = {name: pa.array(values) if name in ("ticket_id", "tags") else pa.array(values, pa.string()).dictionary_encode()
              for name, values in columns.items()}
    scan = pii.Scan(year)
    scan.add(pa.RecordBatch.from_pydict(arrays))
    return scan.found()


@pytest.mark.parametrize(("kind", "text"), [
    ("mobile numbers", "13812345678"), ("mobile numbers", "回电138 1234 5678"), ("mobile numbers", "+86-138-1234-5678请回"),
    ("mobile numbers", "１３８１２３４５６７８"), ("mobile numbers", "0912-345-678"),
    ("telephone numbers", "010-62345678"), ("telephone numbers", "（0755）2345 6789"), ("telephone numbers", "电话075523456789"),
    ("identity numbers", "11010519491231002X"), ("identity numbers", "身份证11010519491231002x号"),
    ("identity numbers", "110105491231002"), ("identity numbers", "A123456789"),
    ("bank card numbers", "6222 0210 0111 6245 702"), ("bank card numbers", "4111111111111111"),
    ("e-mail addresses", "li.si@example.com.cn"),
    ("addresses", "安慧里3号楼2单元601"), ("addresses", "幸福路12号"), ("addresses", "三单元502"),
    ("addresses", "中山北路二段112號5樓"),
    ("persons", "王女士"), ("persons", "欧阳小姐家住李先生楼上"), ("persons", "联系人：某"), ("persons", "张某某先生"),
    ("words of callers", "家里停水三天了。请尽快处理"), ("words of callers", "市民来电反映楼下施工扰民"),
    ("licence plates", "京A·12345"), ("licence plates", "京AD12345"), ("licence plates", "粤Z1234港"),
    ("licence plates", "京A1234警"),
    ("WeChat and QQ ids", "微信wx_12345abc"), ("WeChat and QQ ids", "微信号：abc_1234567"),
    ("WeChat and QQ ids", "加VX:abc1234567"),
    ("WeChat and QQ ids", "QQ 12345678"), ("WeChat and QQ ids", "qq：123456789"), ("WeChat and QQ ids", "QQ号123456"),
    ("mobile numbers", "138.1234.5678"), ("mobile numbers", "1 3 8 1 2 3 4 5 6 7 8"), ("mobile numbers", "138—1234—5678"),
    ("mobile numbers", "138 123 45678"), ("mobile numbers", "一三八一二三四五六七八"), ("mobile numbers", "86-13812345678"),
    ("telephone numbers", "010 62345678"), ("telephone numbers", "010.62345678"), ("identity numbers", "110105 19491231 002X"),
    ("identity numbers", "1101051949 1231002X"), ("identity numbers", "110105-19491231-002X"), ("persons", "欧阳先生"),
    ("persons", "上官女士"), ("persons", "冼女士"), ("persons", "逯先生"),
])
def test_a_cell_that_may_point_at_a_person_is_found_by_its_kind(kind, text):
    assert kind in scanned(topic=["供水", text, text])["topic"]
    assert scanned(topic=["供水", text, text])["topic"][kind] == 2


@pytest.mark.parametrize("text", [
    "12345热线", "12315热线并入", "110105194912310021", "11010520201331002X", "4111111111111112", "A123456788",
    "复兴路61号院社区", "地铁6号线", "中街3号线", "住宅区（园区）或建筑物内安全、环卫问题",
    "经营者欠薪后逃逸、隐匿，或因欠薪被劳动者投诉",
    "北京市水利工程质量与安全监督中心站", "女士用品", "先生", "2020年度", "138",
    "长" * 10_000, '=HYPERLINK("http://x")', "{{7*7}}",
    "人孔蓋(含周邊)破損、遺失處理", "100000000000",
    "2020.1234.5678号", "京A牌照咨询", "微信支付", "微信公众号", "微信bj12345", "QQ音乐", "QQ12345", "110接处警", "京沪高速G2",
    "国道108",
    "先生活后治坡", "欧阳路街道", "1949 1231", "D1234次列车", "GB 18030", "共享单车2020-12-31", "全体女士", "满意先生",
])
def test_a_name_of_a_category_a_place_or_an_office_is_none(text):
    assert scanned(topic=[text], community=[text], tags=[[text]]) == {}


@pytest.mark.parametrize(("year", "text"), [(2020, "200131-015105"), (2018, "18013101510"), (2018, "2018010100001"),
                                            (2020, "row-0854319bd89953dd"),
                                            (2020, "swj22020123100000001"), (2020, "440310202001310012"), (2020, "117360")])
def test_an_id_that_is_numbered_by_days_of_the_year_is_no_number_of_a_person(year, text):
    assert scanned(year, ticket_id=[text]) == {}


@pytest.mark.parametrize(("kind", "text"), [("mobile numbers", "13901310151"), ("identity numbers", "11010519491231002X"),
                                            ("mobile numbers", "热线-13812345678"), ("persons", "李先生-1")])
def test_an_id_that_is_a_number_of_a_person_is_found(kind, text):
    assert scanned(ticket_id=[text, "1"]) == {"ticket_id": {kind: 1}}


def test_tags_are_searched_and_nulls_are_not_counted():
    assert scanned(tags=[["疫情", "王女士"], [], ["王女士"]], owner=[None, "甲处", None]) == {"tags": {"persons": 2}}


def test_a_column_most_of_whose_words_are_names_is_one_of_names():
    names = ["王五", "李小四", "张三", "赵六六", "陈七"]
    assert scanned(owner=[*names, "水务局", "环卫所", "王五"]) == {"owner": {"names of persons": 8}}
    assert scanned(owner=[*names, "水务局", "环卫所", "城管队", "甲处", "乙处"]) == {}
    assert scanned(owner=["王庄", "李村", "张家镇", "石景山区", "金水河"]) == {}


def test_a_column_with_a_word_of_its_own_in_most_rows_is_one_of_free_text_but_places_may_be_many():
    own = [f"某处问题{chr(0x4E00 + number)}" for number in range(600)]
    rows = own + ["供水"] * 500
    assert scanned(topic=rows, community=rows) == {"topic": {"words of single tickets": 1100}}
    assert scanned(topic=own + ["供水"] * 700) == {}
    assert scanned(topic=own) == {}  # too few rows to tell


def test_batches_add_up():
    scan = pii.Scan(2020)
    for text in ("王女士", "供水", "李先生"):
        scan.add(pa.RecordBatch.from_pydict({"topic": pa.array([text]).dictionary_encode()}))
    assert scan.found() == {"topic": {"persons": 2}}


def test_the_refusal_names_columns_kinds_and_rows_and_no_cell():
    scan = pii.Scan(2020)
    pii.reject(scan, "town-2020", {})
    scan.add(pa.RecordBatch.from_pydict({"owner": pa.array(["王女士13812345678", "甲处"]).dictionary_encode()}))
    with pytest.raises(UserError) as raised:
        pii.reject(scan, "town-2020", {"owner": ["经办人"]})
    assert str(raised.value) == (
        "town-2020: owner (经办人) holds what may point at a person: mobile numbers in 1 rows, persons in 1 rows; "
        "nothing was written: leave it out of the mapping, or map only the words that `values` lists (`keep: false`), or the "
        "part that a `pattern` picks out.")


def test_an_unexpected_error_keeps_its_place_and_loses_its_words():
    with pytest.raises(RuntimeError, match="ValueError; its words") as raised, pii.redact_errors():
        int("李四四")
    assert "李四四" not in str(raised.value)
    assert raised.value.__suppress_context__
    for known in (UserError("said"), OSError("disk")):
        with pytest.raises(type(known), match=str(known)), pii.redact_errors():
            raise known


def test_digits_between_the_letters_of_an_id_are_no_mobile_number():
    assert pii.kinds("a13812345678f", of_id=True) == set()
    assert pii.kinds("热线-13812345678", of_id=True) == {"mobile numbers"}


def test_a_day_in_an_id_excuses_the_digits_that_hang_on_it_and_no_others():
    ids = pa.array(["180131-01510", "2018013112345", "20180131-13812345678"])
    scan = pii.Scan(2018)
    scan.add(pa.RecordBatch.from_arrays([ids], ["ticket_id"]))
    assert scan.found() == {"ticket_id": {"mobile numbers": 1}}


PLANTED = {
    "persons": [
        "Mr. Smith", "Mrs O'Neil called", "Ms Nguyen", "Dr. Adams", "Herr Müller", "Frau Schneider", "田中様",
        "佐藤さん", "氏名：某", "Caller: J. Doe"],
    "telephone numbers": [
        "(782) 555-0100", "782-555-0100", "+1 782 555 0100", "+44 20 7946 0958", "+49 (0)30 901820", "0049 30 901820",
        "044 123 45 67", "030/901820", "01 23 45 67 89", "020 7946 0958", "03-1234-5678", "090-1234-5678"],
    "addresses": [
        "101 Main St, Apt 1", "12B North Oak Avenue", "7 Elm Court", "Flat 3", "Bahnhofstrasse 12", "Lindengasse 4a",
        "12 rue de la Paix", "本町1丁目2番", "5番地", "301号室"],
    "words of callers": [
        "My neighbour's dog barks all night and I cannot sleep", "please call me back", "Caller states it is loud",
        "Ich habe das gemeldet", "Mein Nachbar ist laut", "電話してください", "I'm tired of this"],
    "e-mail addresses": [
        "john.smith@example.com", "write to a@b.co.jp please"],
    "licence plates": [
        "京A12345", "粤B·D1234", "ZH-AB 123", "BD51 SMR", "plate: 7ABC123", "品川 300 あ 12-34"],
}
NONE = [
    "Main Street", "5th Avenue", "0 AVENUE", "INVENTED AVENUE", "Noise - Residential", "Streets / Roadways / Alleys",
    "Street Light Out", "Etobicoke-Lakeshore (03)", "Public Works-Street and Traffic-District 3",
    "New York City Police Department", "01 QUEENS", "District 3", "Ward 12", "Unit 5", "Closed (Duplicate)",
    "MLK Dr Improvements", "Miss Utility", "Dr Martin Luther King Blvd", "Missed Collection",
    "License plate number missing", "Tag: none", "Grünflächen/Spielplätze", "Spielplatz 3", "お客様対応", "仕様変更",
    "皆さん", "街路灯故障", "1号車", "Call Center", "Contact us form", "My Neighborhood App", "Rats in house",
    "2020-04-12", "12-31-2020", "(311) 2020", "HCD-A2", "TRS-Parking Complaint", "100.5, 13.7", "911", "3-1-1",
    "京港澳高速", "Room 4 cleaning", "24 Hour Way"]


def test_of_47_planted_words_in_four_languages_all_are_found_and_of_43_words_of_offices_none():
    planted = [(kind, text) for kind, texts in PLANTED.items() for text in texts]
    assert (len(planted), len(NONE)) == (47, 43)
    assert [(kind, text) for kind, text in planted if kind not in pii.kinds(text)] == []
    assert [(text, found) for text in NONE if (found := pii.kinds(text))] == []


def test_a_street_that_begins_with_a_number_is_a_false_alarm_that_is_accepted():
    assert pii.kinds("12 Mile Road") == {"addresses"}


LAYOUTS = Path(__file__).parent / "trials"


@pytest.mark.parametrize("file", sorted(LAYOUTS.glob("*-layout.*")), ids=lambda file: file.stem)
def test_no_column_of_a_city_s_export_is_taken_for_persons(file):
    (table,) = export_files.read(file, encoding="cp1252" if file.stem.startswith("toronto") else None)
    for batch in table.batches:
        for header, cells in zip(table.header, batch.columns, strict=False):
            assert {header: scanned(topic=cells.to_pylist(), community=cells.to_pylist())} == {header: {}}


@pytest.mark.parametrize(("column", "kind"), [("caller", "names of persons"), ("contact", "telephone numbers"),
                                              ("place", "addresses"), ("note", "words of callers")])
def test_each_column_of_persons_of_a_small_export_is_refused(column, kind):
    (table,) = export_files.read(Path(__file__).parent / "trials" / "english_persons.csv")
    (batch,) = table.batches
    cells = [cell.strip() for cell in batch.columns[table.header.index(column)].to_pylist()]
    assert scanned(topic=cells)["topic"][kind] == len(cells)


def seconds(text: str) -> float:
    started = time.process_time()
    pii.kinds(text)
    return time.process_time() - started


@pytest.mark.parametrize("piece", ["1 a ", "+1 ", "A-", "my ", "12 ", "a@", "00", "x.", "Dr. "])
def test_patterns_take_time_in_proportion_to_a_text(piece):
    assert min(seconds(piece * 2000) for _ in range(3)) < 8 * min(seconds(piece * 500) for _ in range(3))


def test_a_long_text_is_searched_in_time_that_grows_with_its_length_and_at_the_seams_of_its_parts():
    begun = time.process_time()
    text = "".join(random.Random(1).choices("abcdefghijklmnop", k=1_000_000))
    assert pii.kinds(f"{text}@") == set()
    assert time.process_time() - begun < 3
    for start in (1_990, 1_999, 2_000, 2_290):
        assert "mobile numbers" in pii.kinds(f"{'长' * start}13812345678{'长' * 5_000}")


def test_a_name_of_a_file_is_replaced_or_refused_where_it_holds_a_person(capsys):
    for name in ("12345热线工单2020年1月-3月.csv", "20200101-20201231.xlsx", "工单_2020_04_12_08_00_00.csv",
                 "export_1588888888.csv", "工单导出20201231153045.xlsx", "2020-01-01至2020-12-31.zip",
                 "投诉 2020 04 12 08 00 00.csv"):
        assert pii.public_name(name, "file 1") == name
    assert pii.public_name("李先生_13812345678.csv", "file 1") == "file 1"
    with pytest.raises(UserError, match=r"^the name of export 2 of 3 holds what may point at a person \(mobile") as refused:
        pii.reject_name("工单_13812345678.csv", "export 2 of 3")
    assert "1381" not in str(refused.value)
