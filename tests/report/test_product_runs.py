"""A product is data and notebooks: made with its own outline, title and folder, by the code that knows none of them."""

import json
from datetime import datetime

import pytest
from support.town import SHOWS, bring, run, statuses, text, write

from helpers.settings import paths

pytestmark = pytest.mark.slow
PRODUCT = """\
title: "{place}月通报"
notebooks: bulletin
outputs: bulletin
periods: [month]
chapters:
  - title: 本月情况
    notebook: 01-summary
    sections: {notebook: 01-street, each: subdistrict, top: 1, least: 1}
"""


@pytest.fixture
def bulletin(town):
    paths.product("bulletin").write_text(PRODUCT, encoding="utf-8")
    (paths.NOTEBOOKS / "bulletin").mkdir()
    write("bulletin/01-summary", SHOWS)
    write("bulletin/01-street", "print(subdistrict)", entity="subdistrict")
    street = paths.notebook("bulletin/01-street")
    notebook = json.loads(street.read_text(encoding="utf-8"))
    notebook["cells"][1]["source"] += '\ndistrict: str = "甲区"'
    street.write_text(json.dumps(notebook), encoding="utf-8")
    return paths.outputs("town-2020", "M01-bulletin")


def test_a_product_is_made_of_each_of_its_periods_in_a_folder_of_its_own_and_reused(bulletin, town):
    bring(*({"received_at": datetime(2020, month, 5), "district": "甲区"} for month in (1, 2)), digest="2")
    assert run("--product", "bulletin", "--period", "M01..M02") == 0
    assert bulletin.name == "town-2020-M01-bulletin"
    assert (paths.outputs("town-2020", "M02-bulletin") / "report.pdf").is_file()
    assert not paths.outputs("town-2020", "M01..M02-bulletin").exists()
    assert statuses(bulletin) == {"01-summary": "done"}
    assert json.loads(paths.run(bulletin).read_text(encoding="utf-8"))["product"] == "bulletin"
    assert all(words in text(bulletin / "report.pdf") for words in ("月通报", "目录", "本版编制规则"))
    assert paths.executed(bulletin, "01-summary").is_file()
    assert not town.exists()
    assert run("--product", "bulletin", "--period", "M01") == 0
    assert statuses(bulletin) == {"01-summary": "skipped"}
    assert run("--verify", str(bulletin)) == 0


def test_a_changed_outline_makes_the_documents_anew_and_one_that_is_short_has_neither_contents_nor_rules(bulletin):
    assert run("--product", "bulletin", "--period", "M01") == 0
    paths.product("bulletin").write_text(PRODUCT.replace("月通报", "月报") + "short: true\n", encoding="utf-8")
    assert run("--product", "bulletin", "--period", "M01") == 0
    assert statuses(bulletin) == {"01-summary": "skipped"}
    printed = text(bulletin / "report.pdf")
    assert "月报" in printed
    assert not [words for words in ("月通报", "目录", "本版编制规则") if words in printed]


def test_sections_of_any_dimension_are_given_the_keys_that_name_an_entity(bulletin, home):
    rows = [{"district": "甲区", "subdistrict": "一街"}, {"district": "甲区", "subdistrict": "一街"},
            {"district": "乙区", "subdistrict": "二街"}]
    bring(*rows, digest="2")
    assert run("--product", "bulletin", "--period", "M01") == 0
    entries = json.loads(paths.run(bulletin).read_text(encoding="utf-8"))["notebooks"]
    assert [(entry["stem"], entry["status"]) for entry in entries] == [("01-summary", "done"), ("01-street-01-一街", "done")]
    assert {"district": "甲区", "subdistrict": "一街"}.items() <= entries[1]["parameters"].items()


@pytest.mark.parametrize(("arguments", "words"), [
    (("--product", "bulletins", "--period", "M01"), "Did you mean 'bulletin'"),
    (("--product", "bulletin"), "its periods are month")])
def test_an_unknown_product_and_a_period_of_another_length_are_refused_first(bulletin, capsys, arguments, words):
    assert run(*arguments) == 2
    assert words in capsys.readouterr().err
    assert not paths.OUTPUTS.exists()


def test_sections_of_what_is_no_dimension_are_refused_with_the_nearest(bulletin, capsys):
    paths.product("bulletin").write_text(PRODUCT.replace("each: subdistrict", "each: subdistricts"), encoding="utf-8")
    assert run("--product", "bulletin", "--period", "M01") == 2
    assert "Did you mean 'subdistrict'" in capsys.readouterr().err


@pytest.mark.parametrize(("period", "says"), [("Q2", "its periods are month"),
                                              ("M01..M02", "town 2020 has no tickets of 2020-M02")])
def test_a_period_that_cannot_be_printed_is_refused_in_one_sentence(bulletin, town, capsys, period, says):
    assert run("--product", "bulletin", "--period", period) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert [line for line in said if says in line]
    assert not bulletin.exists()


def test_a_proposal_to_an_unknown_unit_is_refused_and_nothing_is_written(bulletin, capsys):
    file = paths.proposals("town-2020")
    file.parent.mkdir(parents=True)
    file.write_text("made_in,text,to,due,measure,subject\n2019-M12,建议,丙区,2020-M06,tickets,\n", encoding="utf-8")
    assert run("--product", "bulletin", "--period", "M01") == 2
    assert "line 2: to '丙区'" in capsys.readouterr().err
    assert not bulletin.exists()
