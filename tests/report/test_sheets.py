"""A sheet for each unit that is assessed: apart from the report, run again only where what it says has changed."""

import json
import shutil

import openpyxl
import pytest
from support.town import bring, run, statuses, text, write

from helpers.settings import paths

pytestmark = pytest.mark.slow
PRODUCT = """\
title: "{place}单位分析单"
notebooks: pages
outputs: sheets
audience: internal
apart: true
periods: [year]
parameters: [unit]
chapters:
  - title: 一览
    notebook: 01-list
    sections: {notebook: 02-page, each: unit}
"""
PAGE = """from helpers import chapters
from helpers.analysis import unit_sheets, units
chapter = chapters.open_unit(city, year, period, compare, unit)
sheet = unit_sheets.sheet(chapter, units.parse(chapter.named["full"]))
chapter.table("{unit}各月办理情况", sheet.months, ["month", "tickets"])"""


def of(district, subdistrict=None, owner=None, level="subdistrict"):
    return {"district": district, "subdistrict": subdistrict, "owner": owner, "owner_level": level}


ROWS = [of("甲区", "一街"), of("甲区", "一街"), of("甲区", "二街"), of("乙区", "一街"), of("乙区", "三街"),
        of(None, owner="三街", level="municipal_agency"), of(None, owner="丙局", level="municipal_agency")]


@pytest.fixture
def sheets(town, home, monkeypatch):
    monkeypatch.setenv("HOTLINE_HOME", str(home))  # kernels look for editions, tickets and words there
    shutil.copy(paths.DICTIONARY, home / "data")
    paths.product("sheets").write_text(PRODUCT, encoding="utf-8")
    (paths.NOTEBOOKS / "pages").mkdir()
    write("pages/01-list", "print(unit)", entity="unit")
    write("pages/02-page", PAGE, entity="unit")
    bring(*ROWS)
    return paths.outputs("town-2020", "sheets")


def pages(folder):
    return sorted(file.relative_to(folder / "units").with_suffix("").as_posix() for file in folder.glob("units/*/*.pdf"))


@pytest.mark.thorough
def test_each_unit_has_a_page_that_is_made_again_only_where_what_it_says_has_changed(sheets):
    assert run("--product", "sheets") == 0
    streets = [f"subdistrict/{name}" for name in ("甲区一街", "乙区一街", "二街", "三街")]
    assert pages(sheets) == sorted(["district/甲区", "district/乙区", *streets, "municipal_agency/三街", "municipal_agency/丙局"])
    index = (sheets / "index.html").read_text(encoding="utf-8")
    assert index.count('href="units/') == 8
    assert "内部资料" in text(sheets / "units" / "district" / "甲区.pdf")
    book = openpyxl.load_workbook(sheets / "tables.xlsx")
    cells = {cell.value for sheet in book for row in sheet.iter_rows() for cell in row}
    assert {"甲区一街", "乙区三街", "丙局"} <= cells
    assert run("--verify", str(sheets)) == 0
    assert set(statuses(sheets).values()) == {"done"}

    before = (sheets / "units" / "district" / "乙区.pdf").stat().st_mtime_ns
    bring(*ROWS[:-1], ROWS[-2], digest="2")  # an agency has one more, the other none
    assert run("--product", "sheets") == 0
    again = {stem for stem, status in statuses(sheets).items() if status == "done"}
    assert again == {"01-list", "02-page-municipal_agency-三街"}
    assert (sheets / "units" / "district" / "乙区.pdf").stat().st_mtime_ns == before
    assert "municipal_agency/丙局" not in pages(sheets)
    assert "02-page-municipal_agency-丙局" not in json.loads(paths.run(sheets).read_text(encoding="utf-8"))["parts"]


def test_one_unit_is_made_in_a_folder_of_its_own_whose_index_has_it_alone(sheets):
    assert run("--product", "sheets", "--unit", "甲区/一街") == 0
    folder = paths.outputs("town-2020", "sheets-甲区-一街")
    assert pages(folder) == ["subdistrict/甲区一街"]
    assert (folder / "index.html").read_text(encoding="utf-8").count('href="units/') == 1
    assert not sheets.exists()


@pytest.mark.parametrize(("unit", "words"), [
    ("甲区区", "Did you mean '甲区'"),
    ("一街", "subdistrict/甲区/一街, subdistrict/乙区/一街"),
    ("三街", "subdistrict/乙区/三街, municipal_agency/三街")])
def test_a_unit_that_is_none_or_several_is_refused_and_nothing_is_written(sheets, capsys, unit, words):
    assert run("--product", "sheets", "--unit", unit) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.strip().splitlines()) == 1
    assert not list(paths.OUTPUTS.glob("town-2020*"))
