"""Topics and areas by name: the broadest level, two parents refused, the nearest named; a narrowed cube counts theirs alone."""

import pandas as pd
import pyarrow as pa
import pytest
from support.home import inside

from helpers import chapters
from helpers.analysis import measures, topics
from helpers.settings import editions
from helpers.settings.errors import UserError
from helpers.tickets import schema

ROWS = {"category": ["公共服务", "公共服务", "物业", "教育", "教育", None],
        "subcategory": ["供暖", "缴费", "缴费", "教育", "入学", None], "topic": ["温度", None, None, None, "积分", None],
        "district": ["东城区", "东城区", "西城区", "东城区", "西城区", "西城区"],
        "subdistrict": ["甲街道", "乙街道", "甲街道", "甲街道", None, None], "tags": [["epidemic"], [], [], ["epidemic"], [], []]}


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    with inside(tmp_path_factory.mktemp("home")):
        columns = {**ROWS, "ticket_id": list("123456"), "received_at": pd.to_datetime(["2020-01-05"] * 6)}
        batch = pa.Table.from_pydict({name: pa.array(columns.get(name, [None] * 6), kind)
                                      for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})
        schema.write(editions.read("beijing", 2020), batch.to_batches(), data="simulated", source="test", digest="topics")
        yield chapters.open("beijing", 2020)


@pytest.mark.parametrize(("name", "level", "values"), [
    ("公共服务", "category", {"category": "公共服务"}),
    ("供暖", "subcategory", {"category": "公共服务", "subcategory": "供暖"}),
    ("物业/缴费", "subcategory", {"category": "物业", "subcategory": "缴费"}),
    ("教育", "category", {"category": "教育"}),
    ("教育/教育", "category", {"category": "教育"}),
    ("温度", "topic", {"category": "公共服务", "subcategory": "供暖", "topic": "温度"}),
    ("疫情防控和复工复产", "tag", {"tag": "epidemic"})])
def test_a_topic_is_found_by_its_name_at_the_broadest_level(chapter, name, level, values):
    found = topics.find_topic(chapter.cube, name)
    assert (found.level, found.values) == (level, values)


@pytest.mark.parametrize(("name", "words"), [
    ("缴费", "under several parents: write one of 公共服务/缴费、物业/缴费"), ("供暧", "Did you mean '供暖'"),
    ("物业/供暖", "no category")])
def test_a_topic_that_is_none_or_two_is_refused(chapter, name, words):
    with pytest.raises(UserError, match=words) as raised:
        topics.find_topic(chapter.cube, name)
    assert raised.value.exit_code == 2


def test_an_area_is_a_district_or_a_subdistrict_of_one(chapter):
    assert topics.find_area(chapter.cube, "").values == {}
    assert topics.find_area(chapter.cube, "东城区/甲街道").values == {"district": "东城区", "subdistrict": "甲街道"}
    for name, words in (("东城", "Did you mean '东城区'"), ("东城区/丙街道", "area '东城区/丙街道' is not in these tickets")):
        with pytest.raises(UserError, match=words):
            topics.find_area(chapter.cube, name)


@pytest.mark.parametrize(("topic", "area", "tickets"), [
    ("公共服务", "", 2), ("公共服务", "东城区/甲街道", 1), ("物业/缴费", "", 1), ("疫情防控和复工复产", "东城区", 2),
    ("教育", "西城区", 1)])
def test_a_chapter_on_a_topic_counts_its_tickets_alone_and_judges_months_by_all(chapter, topic, area, tickets):
    narrow = chapters.open_topic("beijing", 2020, "year", "year_ago", topic, area)
    assert narrow.count(measures.volume(narrow.cube.channels, narrow.period))["tickets"].tolist() == [tickets]
    assert narrow.cube.days.to_pandas()["tickets"].sum() == 6
    assert narrow.fill("{area}“{topic}”") == f"{area.replace('/', '')}“{topic.rpartition('/')[2]}”"
