"""Editions are read whole, and a mistake in one is told by file, key and the nearest right word."""

import datetime

import pytest

from helpers.settings import editions, paths
from helpers.settings.errors import UserError


def change(city: str, year: int, old: str, new: str) -> None:
    file = paths.edition(city, year)
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_edition_of_the_project_is_valid_and_known_by_its_name():
    for city, year in editions.known():
        assert editions.read(city, year).key == paths.edition_key(city, year)
    assert {("beijing", 2019), ("beijing", 2020), ("beijing-water", 2020), ("pingshan", 2018), ("taipei", 2018),
            ("taipei", 2019), ("taipei", 2020)} <= set(editions.known())


def test_only_an_edition_without_a_mapping_is_simulated():
    read = [editions.read(*key) for key in editions.known()]
    assert all((edition.simulation is None) == (edition.mapping is not None) for edition in read)


@pytest.mark.parametrize(("old", "new", "message"), [
    ("hotline:", "hotlin:", r"'hotlin' is not a known key. Did you mean 'hotline'\?"),
    ("min_valid:", "min_vaild:", r"'rankings.min_vaild' is not a known key. Did you mean 'min_valid'\?"),
    ("    notebook: 01-overview", "    notebok: 01-overview", r"'chapters.0.notebok' is .*Did you mean 'notebook'\?"),
    ("min_valid: 30", "min_valid: many", "rankings.min_valid: .*integer, not 'many'"),
    ("min_valid: 30", "min_valid: 0", "rankings.min_valid: .*greater than or equal to 1, not 0"),
    ("place: ", "changes: {level: 0.9}\nplace: ", "changes.level: .*less than or equal to 0.5, not 0.9"),
    ("place: ", "changes: {doubled: 1}\nplace: ", "changes.doubled: .*greater than or equal to 1.1, not 1"),
    ("place: ", "changes: {run_month: 5}\nplace: ", r"'changes.run_month' is not a known key. Did you mean 'run_months'\?"),
    ("ties: dense", "ties: dens", r"rankings.districts.ties cannot be 'dens'. Did you mean 'dense'\?"),
    ("contact_rate: 0.1", "contact_rate: 0.2", r"assessment.score.weights: must add to 1, not to 1.1"),
    ("place: 深圳市坪山区\n", "", "key 'place' is missing"),
    ("city: pingshan", "city: pingshan\ncity: pingshan", "key 'city' occurs twice"),
    ("city: pingshan", "city: ping", "city and year say ping-2018"),
    ("city: pingshan", "extends: pingshang-2018\ncity: pingshan", r"is not an edition. Did you mean 'pingshan-2018'\?"),
    ("city: pingshan", "city: [", "not readable as YAML"),
    ("place: ", "issuer: ''\nplace: ", "issuer: .*at least 1 character"),
    ("place: ", "issued: 2019年1月8日\nplace: ", "issued: .*valid date, not '2019年1月8日'"),
    ("place: ", "issued: 2017-12-31\nplace: ", "issued: 2017-12-31 is before 2018"),
    ("place: ", "letterhead: {number: 深坪发〔2019〕1号}\nplace: ", "key 'letterhead.mark' is missing"),
    ("place: ", "letterhead: {mark: 甲, number: '甲发[2019]1号'}\nplace: ", "letterhead.number: must be written as 京政发"),
    ("place: ", "letterhead: {mark: 甲, number: 深坪发〔2019〕01号}\nplace: ", "letterhead.number: must be written as"),
    ("place: ", "letterhead: {mark: 甲, printer: 乙}\nplace: ", "letterhead: printer and printed stand in one line"),
    ("place: ", "letterhead: {mark: 甲, copy: [乙]}\nplace: ", "'letterhead.copy' is not a known key. Did you mean 'copies'"),
])
def test_a_mistake_is_told_by_file_key_and_remedy(home, old, new, message):
    change("pingshan", 2018, old, new)
    with pytest.raises(UserError, match=message) as raised:
        editions.read("pingshan", 2018)
    assert str(raised.value).startswith("data/editions/pingshan-2018.yml: ")


def test_sizes_of_changes_that_an_edition_does_not_say_are_the_documented_ones(home):
    assert editions.read("pingshan", 2018).changes == editions.ChangeRules(level=0.1, slight=0.05, clear=0.15, min_tickets=30)
    change("pingshan", 2018, "place: ", "changes: {slight: 0.08}\nplace: ")
    assert editions.read("pingshan", 2018).changes == editions.ChangeRules(slight=0.08)


def test_every_mistake_has_a_sentence_of_its_own(home):
    change("pingshan", 2018, "hotline:", "hotlin:")
    change("pingshan", 2018, "min_valid: 30", "min_valid: many")
    with pytest.raises(UserError) as raised:
        editions.read("pingshan", 2018)
    assert len(str(raised.value).splitlines()) == 3  # the unknown key, the missing one, the wrong type


def test_an_edition_that_extends_another_has_what_it_does_not_say_itself(home):
    change("taipei", 2019, "extends:", "title: 另名\nextends:")
    earlier, later = editions.read("taipei", 2018), editions.read("taipei", 2019)
    assert (later.year, later.title) == (2019, "另名")
    assert later.districts == earlier.districts
    assert later.chapters == earlier.chapters


def test_date_and_number_of_a_document_are_never_those_of_another_year(home):
    change("taipei", 2018, "place:", "issuer: 甲局\nissued: 2019-01-08\nletterhead: {mark: 甲局文件}\nplace:")
    earlier, later = editions.read("taipei", 2018), editions.read("taipei", 2019)
    assert (earlier.issued, earlier.letterhead.mark) == (datetime.date(2019, 1, 8), "甲局文件")
    assert (later.issuer, later.issued, later.letterhead) == ("甲局", None, None)


def test_a_mistake_in_what_is_inherited_is_told_of_the_file_that_holds_it(home):
    change("taipei", 2018, "min_valid: 30", "min_valid: many")
    with pytest.raises(UserError, match=r"^data/editions/taipei-2018.yml: rankings.min_valid"):
        editions.read("taipei", 2019)


def test_an_unknown_city_or_year_is_a_mistake_of_usage_and_the_nearest_is_named(home):
    with pytest.raises(UserError, match=r"Did you mean 'taipei'\?") as raised:
        editions.read("taipai", 2018)
    assert raised.value.exit_code == 2
    with pytest.raises(UserError, match="Known years: 2015, 2016, 2017, 2018, 2019, 2020, 2021, 2022") as raised:
        editions.read("taipei", 2023)
    assert raised.value.exit_code == 2


def test_a_file_that_is_no_list_of_keys_is_told(home):
    paths.edition("pingshan", 2018).write_text("- a\n", encoding="utf-8")
    with pytest.raises(UserError, match="must be a list of keys and values"):
        editions.read("pingshan", 2018)


@pytest.mark.parametrize(("city", "year", "sentence", "cover"), [
    ("beijing", 2020, "北京市12345市民服务热线", "北京市 12345市民服务热线"),
    ("taipei", 2019, "1999臺北市民當家熱線", "1999臺北市民當家熱線"),
])
def test_a_hotline_whose_name_holds_its_place_does_not_repeat_it(city, year, sentence, cover):
    edition = editions.read(city, year)
    assert (edition.hotline_of_place(), edition.hotline_of_place(" ")) == (sentence, cover)
