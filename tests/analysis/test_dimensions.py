"""Which entities have a section of their own, and what becomes of the rest."""

import pytest
import yaml
from support import town as home_town

from helpers.analysis import dimensions, scope
from helpers.settings import editions, paths
from helpers.writing import prose

SIZES = {"甲区": 5, "乙区": 9, "丙区": 2, "丁区": 5}


@pytest.fixture
def opened(town):
    """Return a function that opens the scope of a town with the tickets of SIZES, and its sections with other limits."""
    def open_with(each="district", districts=tuple(SIZES), **limits):
        edition = yaml.safe_load(paths.edition("town", 2020).read_text(encoding="utf-8"))
        sections = {"notebook": "03-district", "each": each, **limits}
        chapter = {"title": "各区", "notebook": "03-districts", "sections": sections}
        edition |= {"districts": list(districts), "chapters": [chapter]}
        paths.edition("town", 2020).write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
        home_town.bring(*({"district": name, "category": name[0]} for name, size in SIZES.items() for _ in range(size)))
        opened = scope.open(editions.read("town", 2020))
        return opened, opened.edition.sections(each)
    return open_with


def names(parameters):
    return [next(iter(entity.values())) for entity in parameters]


def test_listed_districts_below_the_least_size_have_no_section_and_are_listed_after_the_others(opened):
    town, sections = opened(least=5)
    assert dimensions.entities(town, sections) == [
        {"district": "甲区"}, {"district": "乙区"}, {"district": "丁区"}, {"others": "district"}]
    assert dimensions.others(town, "district").to_dict("records") == [{"district": "丙区", "tickets": 2}]


def test_of_more_than_the_most_the_largest_have_a_section_in_the_editions_order(opened):
    town, sections = opened(least=1, most=2)
    assert names(dimensions.entities(town, sections)) == ["甲区", "乙区", "district"]
    assert list(dimensions.others(town, "district")["district"]) == ["丁区", "丙区"]


def test_where_all_have_a_section_there_is_no_list_of_others(opened):
    town, sections = opened(least=2, most=4)
    assert names(dimensions.entities(town, sections)) == list(SIZES)
    assert dimensions.others(town, "district").empty


def test_a_listed_district_without_tickets_is_among_the_others(opened):
    town, _ = opened(districts=(*SIZES, "戊区"), least=1)
    assert dimensions.others(town, "district").to_dict("records") == [{"district": "戊区", "tickets": 0}]


def test_categories_beyond_those_that_the_edition_analyses_are_no_others(opened):
    town, sections = opened(each="category", top=2, least=6)
    assert dimensions.entities(town, sections) == [{"category": "乙"}, {"others": "category"}]
    assert list(dimensions.others(town, "category")["category"]) == ["丁"]


def test_others_are_counted_in_words(opened):
    town, _ = opened(least=5, most=2)
    rest = dimensions.others(town, "district")
    words = [prose.others(rest, "区", least)[0].printed(town.edition.numbers) for least in (1, 5, 6)]
    assert words == ["有2个区不单独成节。", "有2个区不单独成节，其中1个不足5件。", "有2个区不单独成节，均不足6件。"]
    assert prose.others(rest.head(0), "区", 5) == []
