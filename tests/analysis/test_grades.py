"""Areas by grade: bounds that are set, or quartiles."""

from types import SimpleNamespace

import ibis
import pandas as pd
import pytest

from helpers.analysis import grades
from helpers.drawing import graded_map, style
from helpers.settings import editions, paths
from helpers.settings.errors import UserError
from helpers.settings.map_rules import Grades
from helpers.settings.periods import Period
from helpers.writing import grades as sentences

HOUSE = editions.NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                             source="test")
TILES = pd.DataFrame({"district": ["甲区", "乙区"], "tile_column": [1, 2], "tile_row": [1, 1]})


def test_grades_rise_at_their_lower_bounds():
    values = pd.Series([0, 9, 10, 99, 100, None])
    assert grades.grade(values, [10, 100]).tolist()[:5] == [1, 1, 2, 2, 3]
    assert grades.grade(values, [10, 100]).isna().tolist()[5]


def test_quartiles_are_bounds_where_none_are_set_and_equal_ones_count_once():
    assert grades.bounds(pd.Series([1, 2, 3, 4, 5])) == [2, 3, 4]
    assert grades.bounds(pd.Series([10, 20, 31, 40])) == [18, 26, 34]  # 17.5, 25.5 and 33.25, up to whole tickets
    assert grades.bounds(pd.Series([0.5, 1.0, 1.5, 2.0])) == [0.875, 1.25, 1.625]
    assert grades.bounds(pd.Series([0, 0, 0, 0, 8])) == []
    assert grades.bounds(pd.Series([1, 2, 3]), [7]) == [7]


@pytest.mark.parametrize(("label", "many"), [("epidemic", 1), ("none", 0)])
def test_a_label_without_tickets_has_no_map(label, many):
    row = {"year": 2020, "month": 1, "owner_level": "subdistrict", "district": "甲区", "subdistrict": "一", "category": "住房",
           "tag": "epidemic", "tickets": 9}
    table = ibis.memtable(pd.DataFrame([row]).astype({"year": "int32", "month": "int32"}))
    tables = {"areas": table, "tag_areas": table}
    maps = SimpleNamespace(tag=label, grades=SimpleNamespace(measure="tickets", bounds=[], sure=30, residents=None))
    scope = SimpleNamespace(cube=SimpleNamespace(**tables), edition=SimpleNamespace(maps=maps, districts=["甲区"]),
                            period=Period(2020 * 12, 12), ask=lambda table: table.execute())
    areas = grades.of_subdistricts(scope)
    assert len(areas) == many
    assert len(grades.monthly(scope, areas)) == 12 * many
    assert len(grades.summary(areas, areas["grade"].max())) == many


AREAS = pd.DataFrame({"district": ["甲区"] * 3 + ["乙区"] * 2, "subdistrict": ["一", "二", "三", "四", "五"],
                      "tickets": [400, 90, 12, 600, 0], "grade": [3, 2, 1, 3, 1], "is_sure": [True, True, False, True, False]})


def test_a_district_counts_its_subdistricts_by_grade():
    assert grades.summary(AREAS, 3).to_dict("list") == {
        "district": ["甲区", "乙区"], "grade_1": [1, 1], "grade_2": [1, 0], "grade_3": [1, 1], "tickets": [502, 600]}


def test_a_sentence_says_by_what_and_how_many():
    said = "".join(each.printed(HOUSE) for each in sentences.graded(AREAS, [50, 300], "tickets", "街道", 30, is_fixed=False))
    assert said == ("5个街道按四分位数分为3级，最高一级为300件及以上，共2个，较多的是甲区1个、乙区1个。"
                    "另外，2个街道不足30件，等级不稳定。")
    assert sentences.graded(AREAS, [], "tickets", "街道", 30, is_fixed=False) == []
    (missing,) = sentences.not_joined(["甲区一", "乙区五"], "街道")
    assert missing.printed(HOUSE) == "图中缺2个街道的轮廓：甲区一、乙区五。"


def test_squares_lie_in_their_districts_tile_and_few_tickets_are_hatched():
    ax = graded_map.graded_map(AREAS, "subdistrict", "tickets", places=TILES, squares=AREAS, bounds=[50, 300], numbers=HOUSE)
    shapes, hatched = ax.collections
    lefts = [path.vertices[:, 0].min() for path in shapes.get_paths()]
    assert [left < 1.5 for left in lefts] == [True, True, True, False, False]
    assert len({tuple(colour) for colour in shapes.get_facecolor().round(3)}) == 3
    assert len(hatched.get_paths()) == 2
    assert [text.get_text() for text in ax.texts] == ["甲区", "乙区"]
    fewer = graded_map.graded_map(AREAS.drop(index=1), "subdistrict", "tickets", places=TILES, squares=AREAS, bounds=[50, 300],
                                  numbers=HOUSE).collections[0]
    assert [path.vertices[:, 0].min() for path in fewer.get_paths()] == lefts  # what is hidden leaves its square, white
    assert fewer.get_facecolor()[1].tolist() == [1, 1, 1, 1]
    words = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert words == ["不足50件", "50件至不足300件", "300件及以上", "件数过少，等级不稳定"]
    assert "甲区一：400件" in style.svg(ax)


def test_areas_of_one_grade_have_a_key_of_one_entry():
    one = AREAS.assign(grade=1, is_sure=True)
    ax = graded_map.graded_map(one, "subdistrict", "tickets", places=TILES, squares=AREAS, bounds=[], numbers=HOUSE)
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == ["全部"]


def test_months_are_pictures_of_the_same_squares():
    frame = pd.concat([AREAS.assign(year=2020, month=month, grade=grade) for month, grade in ((1, 1), (2, 3))])
    ax = graded_map.graded_months(frame, "subdistrict", "tickets", places=TILES, squares=AREAS, bounds=[50, 300], numbers=HOUSE)
    panels = [panel for panel in ax.figure.axes if panel.images]
    first, second = (panel.images[0].get_array() for panel in panels)
    assert first.shape == second.shape == (2, 8, 3)  # two tiles of 3 × 1 squares with an edge
    assert first[0, 0].sum() > second[0, 0].sum()  # more tickets, darker
    assert [panel.get_title("left") for panel in panels] == ["1月", "2月"]


def test_outlines_are_drawn_instead_of_squares():
    shapely = pytest.importorskip("shapely")
    geopandas = pytest.importorskip("geopandas")
    squares = [shapely.box(x, 0, x + 1, 1) for x in range(4)]
    holed = shapely.union(squares[0], shapely.box(7, 7, 7.2, 7.2))  # both parts are drawn
    shapes = geopandas.GeoDataFrame({"subdistrict": ["一", "二", "三", "四"], "geometry": [holed, *squares[1:]]})
    ax = graded_map.graded_map(AREAS, "subdistrict", "tickets", places=TILES, squares=AREAS, bounds=[50, 300], numbers=HOUSE,
                               outlines=shapes)
    assert len(ax.collections[0].get_paths()) == 5
    assert [text.get_text() for text in ax.texts] == []


@pytest.mark.parametrize(("rules", "words"), [
    ({"bounds": [30, 10]}, "must rise"), ({"bounds": [5, 5]}, "must rise"), ({"measure": "ticket_density"}, "needs residents"),
    ({"bounds": [0]}, "greater than 0")])
def test_rules_that_cannot_be_are_refused(rules, words):
    with pytest.raises(ValueError, match=words):
        Grades.model_validate(rules)


def test_residents_of_subdistricts_are_those_that_the_user_brings(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    (tmp_path / "reference").mkdir()
    rules = Grades(measure="ticket_density", residents="residents.csv")
    town = SimpleNamespace(edition=SimpleNamespace(maps=SimpleNamespace(grades=rules)))
    with pytest.raises(UserError, match=r"residents\.csv is not there"):
        grades._per_resident(town, AREAS)
    paths.reference("residents.csv").write_text("district,subdistrict,residents\n甲区,一,20000\n乙区,五,5000\n", encoding="utf-8")
    found = grades._per_resident(town, AREAS)["ticket_density"]
    assert found.fillna(-1).tolist() == [200, -1, -1, -1, 0]
    paths.reference("residents.csv").write_text("district,residents\n甲区,20000\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no column 'subdistrict'"):
        grades._per_resident(town, AREAS)
