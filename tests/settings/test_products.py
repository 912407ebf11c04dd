"""Products: their outline, the folder of their notebooks, the periods that they are made for."""

import pytest

from helpers.report import request
from helpers.settings import editions, paths, periods, products
from helpers.settings.errors import UserError

BULLETIN = """\
title: "{place}{hotline}月通报"
notebooks: bulletin
outputs: bulletin
periods: [month]
chapters:
  - title: 总体情况
    notebook: 01-summary
    sections: {notebook: 01-topic, each: topic}
    parts:
      - notebook: 02-areas
"""


@pytest.fixture
def bulletin(home):
    paths.product("bulletin").write_text(BULLETIN, encoding="utf-8")
    return products.read("bulletin")


def test_the_annual_report_is_the_editions_own(home):
    edition = editions.read("beijing", 2020)
    assert products.read("annual").edition(edition) == edition
    asked = request.parse("beijing", 2020, "Q3", "previous", [])
    assert (asked.product, asked.part) == ("annual", "Q3")


def test_a_project_without_products_makes_the_annual_report(home):
    for name in products.known():
        paths.product(name).unlink()
    assert products.known() == ["annual"]
    assert request.parse("beijing", 2020, "M02..M05", "previous", []).part == "M02..M05"


def test_a_product_has_its_own_title_and_outline_and_its_notebooks_a_folder(bulletin):
    edition = bulletin.edition(editions.read("beijing", 2020))
    assert edition.title == "北京市12345市民服务热线月通报"
    assert edition.notebooks == ["bulletin/01-summary", "bulletin/01-topic", "09-others", "bulletin/02-areas"]


def test_a_products_own_list_of_what_has_no_section_lies_in_its_folder(home):
    paths.product("bulletin").write_text(BULLETIN.replace("each: topic", "each: topic, others: 03-rest"), encoding="utf-8")
    edition = products.read("bulletin").edition(editions.read("beijing", 2020))
    assert "bulletin/03-rest" in edition.notebooks


def test_its_outputs_stand_beside_those_of_other_products(bulletin):
    asked = request.parse("beijing", 2020, "M06", "previous", [], "bulletin")
    assert asked.folder == paths.OUTPUTS / "beijing-2020-M06-bulletin-previous"
    assert request.parse("beijing", 2020, "M06", "previous", []).folder == paths.OUTPUTS / "beijing-2020-M06-previous"
    usual = request.parse("beijing", 2020, "M06", "year_ago", [], "bulletin")
    assert usual.folder == paths.OUTPUTS / "beijing-2020-M06-bulletin"


def test_outputs_of_the_whole_year_are_named_by_the_product_alone(bulletin):
    text = BULLETIN.replace("[month]", "[year, month]")
    paths.product("bulletin").write_text(text, encoding="utf-8")
    asked = request.parse("beijing", 2020, "year", "year_ago", [], "bulletin")
    assert asked.folder == paths.OUTPUTS / "beijing-2020-bulletin"


@pytest.mark.parametrize(("period", "kind"), [("year", "year"), ("H2", "half"), ("Q1", "quarter"), ("M02..M03", "months")])
def test_a_period_that_a_product_is_not_made_for_is_refused_with_those_that_it_is(bulletin, period, kind):
    with pytest.raises(UserError, match="its periods are month") as caught:
        request.parse("beijing", 2020, period, "previous", [], "bulletin")
    assert caught.value.exit_code == 2


def test_an_unknown_product_is_refused_with_the_nearest(bulletin):
    with pytest.raises(UserError, match="Did you mean 'bulletin'"):
        products.read("buletin")


@pytest.mark.parametrize(("wrong", "said"), [
    ("periods: [month]\nfoo: 1\n", "'foo' is not a known key"), ("title: x\n", "key 'periods' is missing"),
    ("periods: [fortnight]\n", "periods"), ("periods: [month]\noutputs: a/b\n", "outputs")])
def test_a_file_that_is_not_valid_is_told_with_its_key(home, wrong, said):
    paths.product("wrong").write_text(wrong, encoding="utf-8")
    with pytest.raises(UserError, match=rf"data/products/wrong.yml: {said}"):
        products.read("wrong")


def test_a_period_that_is_implied_keeps_the_years_folder_and_cuts_the_base_to_its_months(home):
    asked = request.parse("beijing", 2020, None, "year_ago", [])
    assert (asked.implied, asked.period.name) == (True, "2020")
    cut = asked.during(periods.parse("M01..M05", 2020))
    assert (cut.folder, cut.parameters["period"], cut.base.name) == (paths.OUTPUTS / "beijing-2020", "M01..M05", "2019-M01..M05")
    assert not request.parse("beijing", 2020, "year", "year_ago", []).implied


@pytest.mark.parametrize(("kinds", "period", "each"), [
    ("[month]", "M01..M03", ["M01", "M02", "M03"]), ("[month]", "2019-M11..M12", ["2019-M11", "2019-M12"]),
    ("[month]", "M06", ["M06"]),
    ("[month, months]", "M01..M03", ["M01..M03"]), ("[quarter]", "M01..M03", ["M01..M03"]), ("[month]", None, [None]),
    ("[month]", "M05..M02", ["M05..M02"])])
def test_a_range_of_a_product_for_months_is_each_of_its_months(home, kinds, period, each):
    paths.product("bulletin").write_text(f"periods: {kinds}\n", encoding="utf-8")
    assert products.each_period(products.read("bulletin"), period) == each


def test_a_notebook_with_a_folder_of_its_own_is_shared_with_another_product(home):
    paths.product("quarter").write_text("notebooks: quarter\nperiods: [quarter]\nchapters:\n  - notebook: bulletin/04-proposals\n"
                                        "  - notebook: 01-quarter\n", encoding="utf-8")
    edition = products.read("quarter").edition(editions.read("beijing", 2020))
    assert edition.notebooks == ["bulletin/04-proposals", "quarter/01-quarter"]


def test_titles_are_in_the_editions_script_and_names_stay(bulletin):
    paths.product("bulletin").write_text(BULLETIN.replace("月通报", "诉求月通报"), encoding="utf-8")
    edition = products.read("bulletin").edition(editions.read("taipei", 2020))
    assert edition.title == "臺北市1999臺北市民當家熱線訴求月通報"
    assert edition.chapters[0].title == "總體情況"


def test_a_week_is_a_period_of_its_own_kind_and_a_history_reads_the_years_before(home):
    asked = request.parse("taipei", 2020, "W23", "year_ago", [], "warning")
    assert asked.folder == paths.OUTPUTS / "taipei-2020-W23-warning"
    assert asked.history == {2015, 2016, 2017, 2018, 2019, 2020}
    assert {edition.year for edition in asked.editions} == asked.history
    assert request.parse("taipei", 2020, "M06", "year_ago", [], "brief", topic="噪音").history == set()
    with pytest.raises(UserError, match="its periods are month, week"):
        request.parse("taipei", 2020, "Q2", "year_ago", [], "warning")
    with pytest.raises(UserError, match="not made for 2020-W23"):
        request.parse("taipei", 2020, "W23", "year_ago", [])
