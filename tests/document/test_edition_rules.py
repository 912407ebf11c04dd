"""The rules that an edition sets, in print: each with its value and where it is from."""

import re

import pytest

from helpers.document import edition_rules
from helpers.settings import editions


def printed(edition):
    return {rule: (value, source) for rule, value, source in edition_rules.rows(edition)}


def test_the_formula_of_the_score_prints_its_weights_and_that_they_are_assumed():
    value, source = printed(editions.read("beijing", 2020))["综合得分"]
    assert value == "100×（0.1×响应率＋0.5×解决率＋0.4×满意率），保留1位小数，四舍五入"
    assert source.endswith("用于2020年为假定")


def test_what_an_answer_counts_prints_for_each_level():
    assert printed(editions.read("beijing", 2020))["满意情况的折算"][0] == "满意：1；基本满意：0.9；不满意：0"


def test_a_rule_prints_the_editions_own_value():
    edition = editions.read("beijing", 2020)
    changed = edition.model_copy(update={"rankings": edition.rankings.model_copy(update={"min_valid": 30, "source": "assumed"})})
    assert printed(changed)["参加排名的条件"] == (
        "有效回访不少于30件；不足的单位只列有效回访件数，不列名次和得分；没有有效回访的单位没有得分", "假定")


def test_the_sizes_of_changes_print_with_their_values():
    edition = editions.read("beijing", 2020)
    changed = edition.model_copy(update={"changes": editions.ChangeRules(slight=0.075, source="市规定第3条")})
    value, source = printed(changed)["各月变化的用语"]
    assert "稳定指各月与其均值相差不超过10%；上升、下降、回落、回升指变化达到7.5%" in value
    assert "平均2倍及以上" in value
    assert source == "市规定第3条"


def test_a_source_without_words_of_its_own_prints_as_it_stands():
    edition = editions.read("beijing", 2020)
    changed = edition.model_copy(update={"numbers": edition.numbers.model_copy(update={"source": "市规定第3条; assumed"})})
    assert printed(changed)["数字的写法"][1] == "市规定第3条；假定"


def test_an_edition_without_zones_has_no_rule_for_them():
    edition = editions.read("beijing", 2020)
    assert "中心城区及副中心：东城区、西城区" in printed(edition)["功能区的组成"][0]
    assert "功能区的组成" not in printed(edition.model_copy(update={"zones": None}))


@pytest.mark.parametrize(("city", "year"), editions.known())
def test_every_editions_rules_print_in_chinese(city, year):
    for row in edition_rules.rows(editions.read(city, year)):
        assert not re.search("[A-Za-z]{2}", re.sub("[A-Z][a-z]+", "", "".join(row))), row  # names of authors stay


def test_what_an_edition_does_not_use_or_print_has_no_rule():
    edition = editions.read("pingshan", 2018)
    assert edition.rankings.source.endswith("not used")
    assert not {"参加排名的条件", "综合得分", "分级图", "点位图的网格"} & printed(edition).keys()
    assert {"参加排名的条件", "综合得分", "分级图", "点位图的网格"} <= printed(editions.read("beijing", 2020)).keys()
