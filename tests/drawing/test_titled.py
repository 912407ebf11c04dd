"""Drawings below a title: the unit is in it alone, words are put around a finished drawing, what a title names has the colour."""

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from helpers.drawing import charts, framed, maps, style
from helpers.settings.editions import NumberRules

HOUSE = NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up", source="test")
SVG = "{http://www.w3.org/2000/svg}"
DISTRICTS = pd.DataFrame({"district": ["朝阳区", "海淀区", "延庆区"], "tickets": [167_000, 300, 0],
                          "ticket_share": [0.9, 0.08, 0.02], "tickets_before": [120_000, 9_000, None]})
MONTHS = pd.DataFrame({"category": ["住房"] * 3 + ["教育"] * 3, "year": 2020, "month": [1, 2, 3] * 2,
                       "tickets": [5_000, 7_000, 6_000, 100, 200, 6_010]})
RATES = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "resolution_rate": [0.7, 0.72, 0.75],
                      "satisfaction_rate": [0.8, 0.85, 0.9]})
PLACES = pd.DataFrame({"district": ["朝阳区", "海淀区", "延庆区"], "tile_column": [1, 2, 3], "tile_row": [1, 1, 1]})


def words(ax) -> list[str]:
    return [node.text for node in ElementTree.fromstring(style.svg(ax)).iter(f"{SVG}text")]


@pytest.mark.parametrize(("draw", "unit"), [
    (lambda: charts.monthly_lines(MONTHS, "tickets", "category", numbers=HOUSE, total=MONTHS.head(3)), "件"),
    (lambda: charts.small_multiples(MONTHS, "category", "tickets", numbers=HOUSE), "件"),
    (lambda: charts.rates(RATES, ["resolution_rate"], numbers=HOUSE), "%"),
    (lambda: charts.bars(DISTRICTS, "district", "tickets", numbers=HOUSE), "万件"),
    (lambda: maps.shaded(DISTRICTS, "district", "tickets", places=PLACES, numbers=HOUSE), "万件"),
    (lambda: charts.share_bar(DISTRICTS, "district", "ticket_share", numbers=HOUSE), ""),
], ids=["months", "panels", "rates", "bars", "map", "parts"])
def test_below_a_title_that_has_the_unit_no_axis_repeats_it_and_alone_it_does(draw, unit):
    with style.titled():
        ax = draw()
        assert style.unit(ax) == unit
        assert not [word for word in words(ax) if "单位" in word]
    assert bool([word for word in words(draw()) if "单位" in word]) is (draw.__code__.co_names[1] not in ("bars", "share_bar"))


def test_bars_below_a_title_end_in_bare_numbers_and_shares_keep_their_sign():
    with style.titled():
        pairs = charts.paired_bars(DISTRICTS, "district", "tickets", "tickets_before", numbers=HOUSE, names=("2020年", "2019年"))
        changes = charts.bars(DISTRICTS.assign(tickets_change=[0.5, -0.1, None]), "district", "tickets_change", numbers=HOUSE)
    assert [text.get_text() for text in pairs.texts] == ["2020年 16.7", "不足0.1", "0", "2019年 12.0", "0.9", "—"]
    assert [text.get_text() for text in changes.texts] == ["上升50.00%", "下降10.00%", "—"]
    assert (style.unit(pairs), style.unit(changes)) == ("万件", "")


def test_a_figure_of_two_units_has_none_for_its_title():
    ax = style.new(2)[0]
    style.note_unit(ax, "件")
    assert style.unit(ax) == "件"
    style.note_unit(ax, "%")
    assert style.unit(ax) == ""


def colours(lines) -> list[tuple]:
    return [to_rgb(line.get_color()) for line in lines]


def test_where_the_whole_is_pointed_at_its_parts_are_grey_and_told_apart_by_shade_and_dash():
    figure = charts.monthly_lines(MONTHS, "tickets", "category", numbers=HOUSE, total=MONTHS.head(3), highlight="合计").figure
    above, below = (ax.get_lines() for ax in figure.axes)
    assert colours(above) == [to_rgb(style.CURRENT)]
    assert colours(below) == [to_rgb(style.MUTED)] * 2
    assert below[0].get_linestyle() != below[1].get_linestyle()
    looks = [tuple(look.items()) for look in style.grey_lines(8)]
    assert all(first != second for first, second in combinations(looks, 2))


def test_where_a_part_is_pointed_at_the_whole_is_grey_too():
    figure = charts.monthly_lines(MONTHS, "tickets", "category", numbers=HOUSE, total=MONTHS.head(3), highlight="教育").figure
    above, below = (ax.get_lines() for ax in figure.axes)
    assert colours(above) == [to_rgb(style.MUTED)]
    assert colours(below) == [to_rgb(style.BASE), to_rgb(style.CURRENT)]


def test_of_two_rates_the_one_that_is_pointed_at_has_the_colour():
    lines = charts.rates(RATES, ["resolution_rate", "satisfaction_rate"], numbers=HOUSE, highlight=["解决率"]).get_lines()[:2]
    assert colours(lines) == [to_rgb(style.CURRENT), to_rgb(style.BASE)]


def test_parts_of_a_bar_that_are_not_pointed_at_are_grey():
    first, *rest = charts.share_bar(DISTRICTS, "district", "ticket_share", numbers=HOUSE, highlight="朝阳区").patches
    assert to_rgb(first.get_facecolor()[:3]) == pytest.approx(to_rgb(style.CURRENT), abs=0.01)
    assert all(max(shade[:3]) - min(shade[:3]) < 0.01 for shade in (bar.get_facecolor() for bar in rest))


def test_a_tile_that_is_pointed_at_has_an_edge_of_its_own():
    tiles = maps.shaded(DISTRICTS, "district", "tickets", places=PLACES, numbers=HOUSE, highlight="海淀区").patches[:3]
    assert [to_rgb(tile.get_edgecolor()[:3]) == to_rgb(style.HIGHLIGHT) for tile in tiles] == [False, True, False]


DRAWING = ('<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="90pt" viewBox="0 0 200 90">'
           '<rect width="9" height="9"/></svg>')


def test_titles_are_above_a_drawing_as_text_folded_to_its_width_and_inside_the_picture():
    root = ElementTree.fromstring(framed.framed(DRAWING, (200, 90), framed.titles("<甲>" * 12, "2020年（万件）"),
                                                [framed.Line("来源", 8)], name="甲", about="乙"))
    texts = root.findall(f"{SVG}text")
    assert "".join(text.text for text in texts) == "<甲>" * 12 + "2020年（万件）来源"
    assert [text.get("font-weight") for text in texts][::2] == ["bold", None]
    (inner,) = root.findall(f"{SVG}svg")
    heights = [float(text.get("y")) for text in texts]
    assert heights == sorted(heights)
    assert heights[-2] < float(inner.get("y"))
    assert float(inner.get("y")) + 90 < heights[-1] < float(root.get("viewBox").split()[3])
    assert [root.find(f"{SVG}{tag}").text for tag in ("title", "desc")] == ["甲", "乙"]
    assert len(framed.titles("甲", "")) == 1


def test_the_greys_and_the_colour_differ_on_a_photocopy():
    def luminance(colour):
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05

    shades = sorted(map(luminance, (style.CURRENT, style.MUTED, style.BASE, style.PALE)))
    assert all(light / dark > 1.2 for dark, light in pairwise(shades))
    assert luminance(style.PALE) / luminance(style.BASE) > 1.8  # the earlier period beside the rest of the current one
