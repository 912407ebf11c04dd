"""Variants of one name become one by the file; what it does not know stays and is listed."""

from collections import Counter

import pyarrow as pa
import pytest

from helpers.ingest import crosswalk
from helpers.settings import paths
from helpers.settings.errors import UserError

PLACES = """
source: a test
fold: true
columns:
  district: {known: [朝阳区, 海淀区, 丰台区], names: {朝阳: 朝阳区, 待定: null}}
  subdistrict:
    within: district
    known: [朝阳区/八里庄街道, 海淀区/八里庄街道, 朝阳区/三间房地区, 丰台区/卢沟桥街道, 丰台区/卢沟桥地区, 丰台区/花乡地区]
    endings: [[地区办事处, 地区, 乡, 镇], [街道办事处, 街道]]
    prefixed: true
    names: {丰台区/花乡: 花乡地区}
"""


def book(home, text: str) -> crosswalk.Crosswalk:
    file = paths.crosswalk("test")
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return crosswalk.read(file)


def renamed(names: crosswalk.Crosswalk, **columns: list) -> tuple[dict, Counter, crosswalk.UnknownNames]:
    counted, heard = Counter(), crosswalk.UnknownNames()
    given = {name: pa.array(words, pa.string()).dictionary_encode() for name, words in columns.items()}
    answer = crosswalk.rename(names, given, counted, heard)
    return {name: words.to_pylist() for name, words in answer.items()}, counted, heard


@pytest.mark.parametrize(("written", "called"), [
    ("三间房地区", "三间房地区"), ("三间房乡", "三间房地区"), ("三间房镇", "三间房地区"), ("三间房地区办事处", "三间房地区"),
    ("朝阳区三间房地区", "三间房地区"), ("朝阳区三间房乡", "三间房地区"), ("三间房 地区", "三间房地区"),
    ("八里庄街道办事处", "八里庄街道")])
def test_a_variant_of_a_known_name_is_that_name(home, written, called):
    found, counted, heard = renamed(book(home, PLACES), district=["朝阳区"], subdistrict=[written])
    assert found["subdistrict"] == [called]
    assert counted["subdistrict"] == (written != called)
    assert not heard


def test_a_street_and_an_area_of_one_stem_stay_two(home):
    written = ["卢沟桥街道", "卢沟桥乡", "三间房街道"]
    found, _, heard = renamed(book(home, PLACES), district=["丰台区"] * 3, subdistrict=written)
    assert found["subdistrict"] == ["卢沟桥街道", "卢沟桥地区", "三间房街道"]
    assert dict(heard) == {("subdistrict", "丰台区", "三间房街道"): 1}


def test_one_name_of_two_districts_stays_two(home):
    found, counted, heard = renamed(book(home, PLACES), district=["朝阳", "海淀区", None], subdistrict=["八里庄街道"] * 3)
    assert found == {"district": ["朝阳区", "海淀区", None], "subdistrict": ["八里庄街道"] * 3}
    assert counted == {"district": 1}
    assert not heard


def test_a_name_said_by_the_file_goes_before_all_rules_and_null_is_unknown(home):
    found, counted, _ = renamed(book(home, PLACES), district=["丰台区", "待定"], subdistrict=["花乡", None])
    assert found == {"district": ["丰台区", None], "subdistrict": ["花乡地区", None]}
    assert counted == {"district": 1, "subdistrict": 1}


def test_an_unknown_name_stays_is_counted_and_gets_the_nearest_of_its_district(home):
    names = book(home, PLACES)
    found, counted, heard = renamed(names, district=["朝阳区"] * 3, subdistrict=["三间屋地区", "三间屋地区", "火星"])
    assert found["subdistrict"] == ["三间屋地区", "三间屋地区", "火星"]
    assert not counted
    assert crosswalk.listing(heard, names).fillna("").to_dict("records") == [
        {"column": "subdistrict", "within": "朝阳区", "name": "三间屋地区", "rows": 2, "suggestions": "三间房地区"},
        {"column": "subdistrict", "within": "朝阳区", "name": "火星", "rows": 1, "suggestions": ""}]


def test_digits_and_letters_are_written_half_width_and_brackets_stay(home):
    names = book(home, "source: a test\nfold: true\ncolumns: {owner: {}}\n")
    found, counted, heard = renamed(names, owner=["第２ 热线Ａ组（东）", "第2热线A组（东）"])
    assert found["owner"] == ["第2热线A组（东）"] * 2
    assert counted == {"owner": 1}
    assert not heard


def test_a_likeness_among_the_exports_own_names_is_suggested_and_never_applied(home):
    names = book(home, "source: a test\ncolumns: {owner: {alike: true}}\n")
    written = ["市规划国土委坪山局", "市规划国土委坪山局", "市规土委坪山局", "甲社区", "甲社区（东街道）", "乙科（东街道）",
               "乙科（西街道）"]
    found, _, heard = renamed(names, owner=written)
    assert found["owner"] == written
    listed = crosswalk.listing(heard, names)
    assert dict(zip(listed["name"], listed["suggestions"], strict=True)) == {
        "市规土委坪山局": "市规划国土委坪山局", "甲社区（东街道）": "甲社区"}


def test_a_batch_without_the_column_or_its_area_is_left_as_it_is(home):
    found, _, heard = renamed(book(home, PLACES), subdistrict=["三间房地区"], topic=["噪音"])
    assert found == {"subdistrict": ["三间房地区"], "topic": ["噪音"]}
    assert not heard


def test_a_list_of_known_names_comes_from_a_reference_file(home):
    names = book(home, "source: a test\ncolumns:\n  subdistrict:\n    within: district\n"
                       "    known: {file: beijing/subdistricts-2020.csv, column: subdistrict}\n")
    _, _, heard = renamed(names, district=["朝阳区", "海淀区"], subdistrict=["三间房地区", "三间房地区"])
    assert list(heard) == [("subdistrict", "海淀区", "三间房地区")]
    assert crosswalk.files(names) == [paths.reference("beijing/subdistricts-2020.csv")]


@pytest.mark.parametrize(("text", "message"), [
    ("source: x\ncolumns: {ownr: {}}\n", r"crosswalks/test.yml.*'columns.ownr'|ownr"),
    ("source: x\ncolumns: {subdistrict: {prefixed: true}}\n", "prefixed needs within"),
    ("source: x\ncolumns: {owner: {known: {file: none.csv, column: a}}}\n", "a list of known names cannot be read"),
    ("source: x\ncolumns: {owner: {known: {file: beijing/districts.csv, column: a}}}\n", "a list of known names cannot be read")])
def test_a_crosswalk_that_is_not_right_is_refused_with_file_and_key(home, text, message):
    with pytest.raises(UserError, match=message):
        book(home, text)


def test_a_crosswalk_that_is_not_there_names_the_nearest(home):
    book(home, PLACES)
    with pytest.raises(UserError, match="Did you mean 'test'"):
        crosswalk.find("tset")
