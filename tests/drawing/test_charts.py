import json
import re
from concurrent import futures
from itertools import combinations, pairwise
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from helpers.drawing import alt_text, charts, panels, style
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

HOUSE = NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                source="test")
DISTRICTS = pd.DataFrame({"district": ["海淀区", "朝阳区", None], "tickets": [9_000, 167_000, 6_754],
                          "tickets_before": [None, 120_000, 7_000], "ticket_share": [0.0493, 0.9137, 0.0370],
                          "tickets_change": [None, 0.3917, -0.0351]})
MONTHS = pd.DataFrame({"category": ["住房"] * 3 + [None] * 3, "year": 2020, "month": [1, 2, 3] * 2,
                       "tickets": [5_000, 7_000, 6_000, 100, 200, 6_010]})
RATES = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "resolution_rate": [0.7, None, 0.75],
                      "satisfaction_rate": [0.8, 0.85, 0.9]})
HOURS = pd.DataFrame({"weekday": [1, 1, 7], "hour": [0, 23, 12], "tickets": [10, 20, None]})
STEPS = pd.DataFrame({"dispatched": [4_487_100], "assessed": [3_667_800], "valid": [2_607_900]})

KINDS = {
    "bars": lambda **more: charts.bars(DISTRICTS, "district", "tickets", numbers=HOUSE, **more),
    "falls": lambda **more: charts.bars(DISTRICTS, "district", "tickets_change", numbers=HOUSE, **more),
    "compared": lambda **more: charts.paired_bars(
        DISTRICTS, "district", "tickets", "tickets_before", numbers=HOUSE, **more),
    "funnel": lambda **more: charts.funnel(STEPS, ["dispatched", "assessed", "valid"], numbers=HOUSE, **more),
    "months": lambda **more: charts.monthly_lines(MONTHS, "tickets", "category", numbers=HOUSE, **more),
    "rates": lambda **more: charts.rates(RATES, ["resolution_rate", "satisfaction_rate"], numbers=HOUSE, **more),
    "split": lambda **more: charts.share_bar(DISTRICTS, "district", "ticket_share", numbers=HOUSE, **more),
    "heat": lambda **more: charts.heatmap(HOURS, "hour", "weekday", "tickets", numbers=HOUSE, **more),
}
every_kind = pytest.mark.parametrize("draw", KINDS.values(), ids=KINDS)


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def printed(ax) -> list[str]:
    """The words of a figure, in the order in which they are drawn."""
    return [node.text for node in ElementTree.fromstring(style.svg(ax)).iter("{http://www.w3.org/2000/svg}text")]


def boxes(ax):
    """The labels that are drawn in a panel, each with the box that it fills."""
    ax.figure.draw_without_rendering()
    (left, right), (bottom, top) = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    ticks = [text for text in ax.get_xticklabels() if left <= text.get_position()[0] <= right]
    ticks += [text for text in ax.get_yticklabels() if bottom <= text.get_position()[1] <= top]
    return [(text.get_text(), text.get_window_extent()) for text in [*ax.texts, *ticks] if text.get_text()]


def touching(labels) -> list[tuple[str, str]]:
    return [(one, other) for (one, first), (other, second) in combinations(labels, 2)
            if first.shrunk(0.98, 0.7).overlaps(second.shrunk(0.98, 0.7))]


def luminance(colour) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@every_kind
def test_the_same_frame_gives_the_same_bytes(draw):
    assert style.svg(draw()) == style.svg(draw())


@every_kind
def test_a_chart_draws_into_the_panel_it_is_given(draw):
    style.use_style()
    figure, ax = plt.subplots()
    assert draw(ax=ax) is ax
    assert ax.figure is figure


@every_kind
def test_a_figure_is_as_wide_as_the_page_and_nothing_leaves_it(draw):
    figure = draw().figure
    figure.draw_without_rendering()
    inside = figure.get_tightbbox()
    assert figure.get_size_inches()[0] == style.WIDTH
    assert inside.x0 >= -0.03
    assert inside.x1 <= style.WIDTH + 0.03


@every_kind
def test_words_of_a_wider_font_stay_within_the_page(draw):
    """A reader's own font may be wider by a twelfth: the words grow from where they are anchored."""
    figure = draw().figure
    figure.draw_without_rendering()
    for ax in figure.axes:
        for text in [*ax.texts, *ax.get_yticklabels()]:
            box = Text.get_window_extent(text)  # without its line
            grown = box.width / 12 if text.get_text() else 0
            grown = {"left": (0, grown), "right": (grown, 0), "center": (grown / 2, grown / 2)}[text.get_ha()]
            assert box.x0 - grown[0] >= 0
            assert box.x1 + grown[1] <= figure.bbox.width


@every_kind
def test_no_label_is_smaller_than_seven_and_a_half_points(draw):
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", style.svg(draw()))]
    assert sizes
    assert min(sizes) >= 7.5


@every_kind
def test_no_two_labels_touch(draw):
    assert touching(boxes(draw())) == []


@every_kind
def test_a_finished_figure_is_closed(draw):
    style.svg(draw())
    assert plt.get_fignums() == []


@pytest.mark.parametrize(("kind", "unit"), [("months", "单位：件"), ("rates", "单位：%（纵轴不从0开始）"), ("heat", "单位：件")])
def test_the_unit_stands_at_the_axis(kind, unit):
    assert unit in printed(KINDS[kind]())


def test_bars_keep_the_order_of_the_frame_and_end_in_values_in_house_style():
    ax = KINDS["bars"]()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["海淀区", "朝阳区", "未填写"]
    assert [text.get_text() for text in ax.texts] == ["0.9万件", "16.7万件", "0.7万件"]
    assert [bar.get_width() for bar in ax.patches] == [9_000, 167_000, 6_754]
    assert ax.yaxis_inverted()


def fills(bars) -> list[tuple]:
    return [to_rgb(bar.get_facecolor()[:3]) for bar in bars]


def test_only_the_row_that_is_pointed_at_has_a_colour_and_the_others_are_grey():
    ax = KINDS["bars"](highlight="朝阳区")
    assert fills(ax.patches) == [to_rgb(colour) for colour in (style.BASE, style.CURRENT, style.BASE)]
    assert [text.get_fontweight() for text in ax.get_yticklabels()] == ["normal", "bold", "normal"]


def test_of_two_periods_the_row_that_is_pointed_at_alone_has_a_colour():
    bars = KINDS["compared"](highlight=["朝阳区"]).patches
    assert fills(bars[:3]) == [to_rgb(colour) for colour in (style.BASE, style.CURRENT, style.BASE)]
    assert set(fills(bars[3:])) == {to_rgb(style.PALE)}


def test_lines_that_are_not_pointed_at_are_grey_and_keep_their_dashes():
    first, second = KINDS["months"](highlight="住房").get_lines()
    assert (first.get_color(), second.get_color()) == (style.CURRENT, style.BASE)
    assert second.get_linestyle() == style.line_styles(range(2))[1]["linestyle"]


def test_a_fall_runs_to_the_left_and_a_missing_change_has_no_bar():
    ax = KINDS["falls"]()
    assert [text.get_text() for text in ax.texts] == ["—", "上升39.17%", "下降3.51%"]
    assert ax.patches[2].get_width() < 0
    assert ax.texts[2].xy[0] == 0


def test_many_rows_stand_in_two_columns_read_downwards():
    rows = pd.DataFrame({"subdistrict": [f"第{place}街道" for place in range(43)], "tickets": range(43, 0, -1)})
    first = charts.bars(rows, "subdistrict", "tickets", numbers=HOUSE)
    left, right = first.figure.axes
    assert first is left
    assert [len(panel.patches) for panel in (left, right)] == [22, 21]
    assert right.get_yticklabels()[0].get_text() == "第22街道"
    assert left.get_xlim() == right.get_xlim()
    assert left.get_ylim() == right.get_ylim()
    assert touching([*boxes(left), *boxes(right)]) == []


def many(rows: int, *extra) -> pd.DataFrame:
    """So many rows, each with one ticket less than the one before, then `extra`."""
    drawn = [(f"类{row}", rows - row) for row in range(rows)]
    return pd.DataFrame([*drawn, *extra], columns=["category", "tickets"])


def test_bars_beyond_forty_are_one_with_the_sum_and_the_unnamed_stay_apart():
    words = printed(charts.bars(many(100, (None, 7)), "category", "tickets", numbers=HOUSE))
    assert {"类39", "其余60个", f"{sum(range(1, 61))}件", "未分类", "7件"} <= set(words)
    assert "类40" not in words


def test_a_few_bars_more_are_drawn_and_a_highlighted_one_is_never_folded():
    assert "类44" in printed(charts.bars(many(45), "category", "tickets", numbers=HOUSE))
    words = printed(charts.bars(many(100), "category", "tickets", numbers=HOUSE, highlight="类90"))
    assert {"类90", "其余59个"} <= set(words)


def test_rates_beyond_forty_are_not_added_up():
    frame = many(100).rename(columns={"tickets": "resolution_rate"}).assign(resolution_rate=0.5)
    assert {"其余60个", "—"} <= set(printed(charts.bars(frame, "category", "resolution_rate", numbers=HOUSE)))


def test_two_periods_beyond_forty_are_added_up_each():
    frame = many(60).assign(tickets_before=10)
    words = printed(charts.paired_bars(frame, "category", "tickets", "tickets_before", numbers=HOUSE))
    assert {"其余20个", "210件", "200件"} <= set(words)


@pytest.mark.parametrize(("name", "lines"), [
    ("国家税务总局北京市通州区税务局", "国家税务总局北京\n市通州区税务局"),
    ("Neighborhood Services", "Neighborhood\nServices"),
    ("Housing Discrimination and Landlord Complaints", "Housing\nDiscrimination\nand Landlord\nComplaints"),
    ("Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsgesellschaft"),
    ("Parks城市公园管理中心绿化养护所", "Parks城市公园管理\n中心绿化养护所"),
    ("Boston", "Boston"), ("12345热线", "12345热线"), ("", "")])
def test_a_long_name_is_parted_between_words_or_ideographs(name, lines):
    assert panels.wrapped(name) == lines


def test_a_name_of_several_columns_is_printed_whole():
    frame = pd.DataFrame({"district": ["朝阳区"], "subdistrict": ["八里庄街道"], "score": [97.3]})
    ax = charts.bars(frame, ["district", "subdistrict"], "score", numbers=HOUSE)
    assert "朝阳区八里庄街道" in printed(ax)


def test_two_years_are_named_once_and_the_earlier_one_is_grey():
    ax = KINDS["compared"](names=("2020年", "2019年"))
    assert [text.get_text() for text in ax.texts] == ["0.9万件", "2020年 16.7万件", "0.7万件",
                                                      "—", "2019年 12.0万件", "0.7万件"]
    assert {to_rgb(bar.get_facecolor()[:3]) for bar in ax.patches[3:]} == {to_rgb(style.BASE)}


@pytest.mark.parametrize(("tickets", "before", "row"), [
    ([5, 4, 3], [0, 2, 1], 1), ([5, 4, 300], [None, 2, 100], 2), ([5, 4, 3], [1, 2, 3], 0)])
def test_the_words_of_two_years_are_at_the_first_row_where_both_bars_are_seen(tickets, before, row):
    frame = DISTRICTS.assign(tickets=tickets, tickets_before=before)
    ax = charts.paired_bars(frame, "district", "tickets", "tickets_before", numbers=HOUSE, names=("2020年", "2019年"))
    words = [text.get_text() for text in ax.texts]
    assert [place for place, text in enumerate(words) if "年" in text] == [row, row + 3]


def test_where_no_row_has_both_bars_each_year_is_named_at_its_own_first():
    frame = DISTRICTS.assign(tickets=[0, 4, 3], tickets_before=[2, 0, 0])
    ax = charts.paired_bars(frame, "district", "tickets", "tickets_before", numbers=HOUSE, names=("2020年", "2019年"))
    assert [text.get_text() for text in ax.texts] == ["0件", "2020年 4件", "3件", "2019年 2件", "0件", "0件"]


@pytest.mark.parametrize(("tickets", "words"), [
    ([12_291, 9_874, 9], ["12291件", "9874件", "9件"]), ([585_366, 9_874, 9], ["58.5万件", "1.0万件", "不足0.1万件"]),
    ([100_000, 0, None], ["10.0万件", "0件", "—"])])
def test_all_labels_of_a_figure_have_one_unit(tickets, words):
    ax = charts.bars(DISTRICTS.assign(tickets=tickets), "district", "tickets", numbers=HOUSE)
    assert [text.get_text() for text in ax.texts] == words


def test_the_axes_and_the_labels_of_two_panels_have_one_unit():
    total = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [500_000, 90_000, 600_000]})
    words = printed(KINDS["months"](total=total, extremes=True))
    assert words.count("单位：万件") == 2
    assert {"3月 60.0万件", "2月 9.0万件"} <= set(words)


@pytest.mark.parametrize(("kind", "tickets", "words"), [
    ("", [50_000, 40_000, 60_000], ["3月 60000件", "2月 40000件"]),
    ("count", [50_000, 40_000, 60_000], ["3月 6.0万件", "2月 4.0万件"]),
    ("count", [50_000, 4_000, 60_000], ["3月 60000件", "2月 4000件"]),
    ("exact", [50_000, 40_000, 600_000], ["3月 600000件", "2月 40000件"])])
def test_a_figure_prints_months_as_the_sentences_on_them_do(kind, tickets, words):
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": tickets})
    ax = charts.monthly_lines(months, "tickets", numbers=HOUSE, extremes=True, kind=kind)
    assert [text.get_text() for text in ax.texts] == words
    assert words[0].split(" ")[1] in alt_text.describe(months, HOUSE, value="tickets", kind=kind)


def test_no_line_runs_through_the_words_at_an_extreme():
    now = pd.DataFrame({"year": 2020, "month": range(1, 13), "tickets": [60, 55, 50, 41, 42, 43, 50, 55, 60, 65, 90, 85]})
    before = now.assign(tickets=[50, 38, 37, 36, 36, 36, 37, 38, 40, 45, 60, 55])
    ax = charts.monthly_lines(now, "tickets", numbers=HOUSE, extremes=True, earlier=before,
                              names=("2020年", "2019年"))
    style.size(ax)
    low = next(text for text in ax.texts if text.get_text() == "4月 41件").get_window_extent()
    for line in ax.get_lines()[:2]:
        places = ax.transData.transform(line.get_xydata())
        heights = np.interp(np.linspace(low.x0, low.x1, 20), *places.T)
        assert not ((heights > low.y0) & (heights < low.y1)).any()


def test_without_an_earlier_year_the_bars_stand_alone():
    ax = charts.paired_bars(DISTRICTS.assign(tickets_before=None), "district", "tickets", "tickets_before", numbers=HOUSE)
    assert len(ax.patches) == 3


def test_lines_are_named_at_their_ends_with_null_in_words():
    ax = KINDS["months"]()
    assert [text.get_text() for text in ax.texts] == ["住房", "未分类"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1月", "2月", "3月"]
    assert list(ax.get_lines()[1].get_ydata()) == [100, 200, 6_010]


def test_the_whole_has_a_panel_above_its_parts():
    above = KINDS["months"](total=pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [50_000, 40_000, 60_000]}),
                            extremes=True)
    assert [text.get_text() for text in above.texts] == ["3月 60000件", "2月 40000件", "合计"]
    assert len(above.figure.axes) == 2


@pytest.mark.parametrize("total", [None, MONTHS.head(3)])
def test_no_tick_hangs_loose_from_the_axis_of_months(total):
    figure = KINDS["months"](total=total, extremes=True).figure
    assert {tick.tick1line.get_markersize() for ax in figure.axes for tick in ax.xaxis.get_major_ticks()} == {0}


EARLIER = pd.DataFrame({"year": 2019, "month": [1, 2, 3], "tickets": [4_000, 8_000, None]})


def test_a_single_line_has_the_year_before_behind_it_in_grey():
    ax = charts.monthly_lines(MONTHS.head(3), "tickets", numbers=HOUSE, earlier=EARLIER, names=("2020年", "2019年"))
    now, before = ax.get_lines()
    assert (now.get_color(), before.get_color()) == (style.CURRENT, style.BASE)
    assert now.get_zorder() > before.get_zorder()
    assert list(before.get_ydata())[:2] == [4_000, 8_000]
    assert [text.get_text() for text in ax.texts] == ["2020年", "2019年"]
    assert ax.get_ylim()[1] > 8_000


def test_the_whole_above_its_parts_has_the_year_before_and_the_parts_have_not():
    above = KINDS["months"](total=MONTHS.head(3), earlier=EARLIER, names=("2020年", "2019年"))
    assert [text.get_text() for text in above.texts] == ["2020年合计", "2019年合计"]
    assert [len(ax.get_lines()) for ax in above.figure.axes] == [2, 2]


@pytest.mark.parametrize("earlier", [None, EARLIER.assign(tickets=None), EARLIER.head(0)])
def test_without_a_year_before_the_line_is_alone_and_needs_no_name(earlier):
    ax = charts.monthly_lines(MONTHS.head(3), "tickets", numbers=HOUSE, earlier=earlier, names=("2020年", "2019年"))
    assert len(ax.get_lines()) == 1
    assert [text.get_text() for text in ax.texts] == []


def test_months_that_the_axis_lacks_are_not_drawn_and_each_is_at_its_own_name():
    earlier = pd.DataFrame({"year": 2019, "month": [2, 9], "tickets": [7, 8]})
    ax = charts.monthly_lines(MONTHS.head(3), "tickets", numbers=HOUSE, earlier=earlier)
    assert (list(ax.get_lines()[1].get_xdata()), list(ax.get_lines()[1].get_ydata())) == ([1], [7])


def test_months_of_two_years_say_where_a_year_begins():
    rows = pd.DataFrame({"year": [2019, 2019, 2020], "month": [11, 12, 1], "tickets": [1, 2, 3]})
    ax = charts.monthly_lines(rows, "tickets", numbers=HOUSE)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["11月\n2019年", "12月", "1月\n2020年"]


def test_a_line_without_any_value_leaves_the_others_their_room():
    rows = MONTHS.assign(tickets=[None, None, None, 100, 200, 6_010])
    ax = charts.monthly_lines(rows, "tickets", "category", numbers=HOUSE)
    assert [text.get_text() for text in ax.texts] == ["未分类"]
    assert ax.get_ylim()[1] > 6_010


def test_a_seventh_line_is_refused():
    rows = pd.DataFrame({"category": list("一二三四五六七"), "month": 1, "tickets": 1})
    with pytest.raises(UserError, match=r"room for 6 lines.*trends\.restrict_to"):
        charts.monthly_lines(rows, "tickets", "category", numbers=HOUSE)


@pytest.mark.parametrize(("rates", "marked"), [([0.77, 0.8, 0.93], True), ([0.0, 0.5, 0.93], False)])
def test_an_axis_that_does_not_begin_at_zero_is_marked(rates, marked):
    ax = charts.rates(RATES.assign(resolution_rate=rates), ["resolution_rate"], numbers=HOUSE)
    strokes = [line for line in ax.get_lines() if isinstance(line.get_marker(), list)]
    assert bool(ax.get_ylim()[0] > 0) is marked
    assert (len(strokes) == 1) is marked
    assert ("（纵轴不从0开始）" in ax.get_title(loc="left")) is marked


def test_rates_end_in_their_last_value_and_an_unknown_month_is_a_gap():
    ax = KINDS["rates"]()
    assert [text.get_text() for text in ax.texts] == ["解决率 75.00%", "满意率 90.00%"]
    assert pd.isna(ax.get_lines()[0].get_ydata()[1])


def test_the_parts_of_a_whole_fill_the_bar_and_are_named_above_it():
    ax = KINDS["split"](count="tickets")
    assert sum(bar.get_width() for bar in ax.patches) == pytest.approx(1)
    assert ax.texts[1].get_text() == "朝阳区\n91.37%\n16.7万件"


def test_a_grid_has_all_hours_and_all_days():
    ax = KINDS["heat"]()
    cells = ax.collections[0].get_array()
    assert cells.shape == (7, 24)
    assert (cells[0, 0], cells[0, 23]) == (10, 20)
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"周{day}" for day in "一二三四五六日"]


def test_on_a_phone_an_hour_is_named_on_one_line():
    with style.narrow():
        ax = KINDS["heat"]()
    assert [label.get_text() for label in ax.get_xticklabels()][-2:] == ["18时", "21时"]
    assert touching(boxes(ax)) == []


def test_simulated_figures_say_so_outside_of_the_data():
    assert "模拟数据" in printed(style.mark(KINDS["bars"](), "模拟数据"))
    assert "模拟数据" not in printed(KINDS["bars"]())


def test_words_stay_words_and_a_name_is_never_read_as_a_formula():
    frame = pd.DataFrame({"category": ["<i>$a$&#b"], "tickets": [3]})
    assert "<i>$a$&#b" in printed(charts.bars(frame, "category", "tickets", numbers=HOUSE))


def test_every_id_that_is_left_is_referred_to():
    text = style.svg(KINDS["heat"]())
    assert set(re.findall(r' id="([^"]+)"', text)) <= set(re.findall(r"#([\w.-]+)", text))
    assert text.startswith("<svg")


def test_frames_are_left_as_they_are():
    before = DISTRICTS.copy(deep=True)
    KINDS["compared"]()
    KINDS["split"]()
    pd.testing.assert_frame_equal(DISTRICTS, before)


def test_the_three_roles_stand_out_from_paper_and_from_each_other_in_grey():
    greys = sorted(luminance(colour) for colour in (style.CURRENT, style.BASE, style.HIGHLIGHT))
    assert all(1.05 / (grey + 0.05) >= 3 for grey in greys)
    assert all((light + 0.05) / (dark + 0.05) > 1.4 for dark, light in pairwise(greys))


def looks(*names, order=()):
    return [(look["color"], look["linestyle"]) for look in style.line_styles(names, order)]


def test_a_category_looks_the_same_beside_whatever_else_is_drawn():
    order = list("一二三四五六七八九")
    assert looks("三", "八", order=order) == [looks(*order)[2], looks(*order)[7]]


@pytest.mark.parametrize("names", [("0", "18", "36", None, "elsewhere"), ("2", "8", "14"), ("6", "0", "1", "2", "3", "4")])
def test_two_entities_of_one_drawing_never_have_one_colour(names):
    order = [str(number) for number in range(40)]
    assert len({colour for colour, _ in looks(*names, order=order)}) == len(names)


# The linear RGB that remains to a dichromat: Machado, Oliveira and Fernandes (2009), severity 1.0.
SEEN = {"all": np.eye(3),
        "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]}


def lab(colour, seen) -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as it is seen."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]] @ np.clip(np.array(seen) @ linear, 0, 1)
    part = xyz / [0.9505, 1, 1.089]
    x, y, z = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize(("seen", "least"), [("all", 40), ("no red", 14), ("no green", 14), ("no blue", 14)])
def test_the_six_colours_of_lines_differ_to_every_reader(seen, least):
    """Steps of L*a*b* between any two; 2.3 are just noticeable."""
    colours = [f"#{colour.removeprefix('#')}" for colour, _ in looks(*range(charts.LINES))]
    assert min(np.linalg.norm(lab(one, SEEN[seen]) - lab(other, SEEN[seen])) for one, other in combinations(colours, 2)) > least


def test_every_line_has_a_look_of_its_own_and_twelve_have_one_on_a_photocopy():
    every = looks(*range(18))
    assert len(set(every)) == 18
    greys = [(luminance(f"#{colour}" if not colour.startswith("#") else colour) + 0.05, dash) for colour, dash in every]
    assert all(1.05 / grey >= 4.5 for grey, _ in greys)
    assert all(max(one, other) / min(one, other) > 1.4 for (one, dash), (other, same) in combinations(greys[:12], 2)
               if dash == same)


def test_no_line_has_the_colour_of_a_role():
    roles = {to_rgb(colour) for colour in (style.CURRENT, style.BASE, style.HIGHLIGHT)}
    assert not roles & {to_rgb(f"#{colour.removeprefix('#')}") for colour, _ in looks(*range(18))}


def test_lines_take_their_looks_from_the_order_that_is_given():
    by_itself = charts.monthly_lines(MONTHS.head(3), "tickets", "category", numbers=HOUSE, order=["教育", "住房"]).get_lines()[0]
    among = charts.monthly_lines(MONTHS, "tickets", "category", numbers=HOUSE, order=["教育", "住房"]).get_lines()
    assert by_itself.get_color() == among[0].get_color() == f"#{style.line_styles(range(2))[1]['color'].removeprefix('#')}"
    assert among[0].get_color() != among[1].get_color()


@pytest.mark.parametrize("colour", [style.SHADES(shade / 50) for shade in range(51)])
def test_words_on_a_shade_can_be_read(colour):
    light, dark = sorted([luminance(style.text_colour(colour)), luminance(colour[:3])], reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_every_bar_says_its_unit_so_there_is_no_axis():
    ax = KINDS["bars"]()
    assert list(ax.get_xticks()) == []
    assert all(text.get_text().endswith("件") for text in ax.texts)


def test_more_parts_than_have_room_for_their_names_stand_below_each_other():
    parts = pd.DataFrame({"source": [f"第{place}个来源的名字" for place in range(9)], "ticket_share": [1 / 9] * 9})
    ax = charts.share_bar(parts, "source", "ticket_share", numbers=HOUSE)
    assert len(ax.get_yticklabels()) == 9
    assert touching(boxes(ax)) == []


def test_a_long_name_at_a_lines_end_stands_on_several_lines():
    rows = MONTHS.assign(category=["河滨自行车道破损以及道路侧沟沟盖含周边损坏遗失和其他"] * 3 + ["住房"] * 3)
    ax = charts.monthly_lines(rows, "tickets", "category", numbers=HOUSE)
    assert ax.texts[0].get_text().count("\n") == 2
    assert touching(boxes(ax)) == []


@pytest.mark.parametrize("tickets", [[0, 7, 9], [9, 7, 0], [5, 0, 9], [0.6, 5, 9], [9, 1, 7], [1.3, 9, 5], [9, 5, 1.6]])
def test_words_at_the_smallest_month_stand_clear_of_the_axis(tickets):
    ax = charts.monthly_lines(MONTHS.head(3).assign(tickets=tickets), "tickets", numbers=HOUSE, extremes=True)
    assert touching(boxes(ax)) == []
    bottom = ax.transData.transform((0, ax.get_ylim()[0]))[1]
    own = [box for words, box in boxes(ax) if "月 " in words]
    assert min(box.y0 for box in own) >= bottom
    zero = ax.transData.transform((0, 0))[1]
    assert not [box for box in own if box.y0 < zero < box.y1]  # the line of zero does not strike the words through


def test_where_all_months_are_equal_none_is_pointed_at():
    ax = charts.monthly_lines(MONTHS.head(3).assign(tickets=4), "tickets", numbers=HOUSE, extremes=True)
    assert [text.get_text() for text in ax.texts] == []


def test_of_two_years_every_third_month_is_named():
    rows = pd.DataFrame([{"year": year, "month": month, "tickets": 1} for year in (2019, 2020) for month in range(1, 13)])
    ax = charts.monthly_lines(rows, "tickets", numbers=HOUSE)
    assert [label.get_text() for label in ax.get_xticklabels()][:5] == ["1月\n2019年", "4月", "7月", "10月", "1月\n2020年"]
    assert touching(boxes(ax)) == []


def test_a_known_month_between_unknown_ones_is_a_dot():
    ax = charts.monthly_lines(MONTHS.head(3).assign(tickets=[None, 5, None]), "tickets", numbers=HOUSE)
    assert ax.get_lines()[0].get_markevery() == [False, True, False]


def test_an_outline_is_written_with_two_decimals_and_words_are_left_alone():
    frame = pd.DataFrame({"category": ["1.23456"], "tickets": [3]})
    text = style.svg(charts.bars(frame, "category", "tickets", numbers=HOUSE))
    assert "1.23456" in text
    assert not re.search(r'<path d="[^"]*\.\d{3}', text)


@pytest.mark.parametrize(("wanted", "placed"), [
    ([0.1, 0.9], [0.1, 0.9]), ([0.5, 0.5], [0.45, 0.55]), ([0.9, 0.9, 0.1], [0.85, 0.95, 0.1]),
    ([1.0, 1.0], [0.9, 1.0]), ([0.0, 0.02, 0.3], [0.0, 0.1, 0.3]), ([], [])])
def test_labels_are_pushed_apart_as_little_as_needed(wanted, placed):
    assert style.spread_labels(wanted, 0.1) == pytest.approx(placed)


def test_labels_without_enough_room_share_it_evenly():
    assert style.spread_labels([0.5] * 3, 0.8) == pytest.approx([0, 0.5, 1])


def test_a_missing_font_is_named_with_the_remedy(tmp_path):
    with pytest.raises(UserError, match=r"HotlineSans-Regular\.otf is missing.*restore"):
        style.use_style(tmp_path)


@pytest.mark.parametrize("draw", [
    lambda frame: charts.monthly_lines(frame, "tickets", numbers=HOUSE, extremes=True),
    lambda frame: charts.rates(frame, ["tickets_share"], numbers=HOUSE)])
def test_months_that_are_not_covered_are_shaded_gaps_and_no_extremes(draw):
    months = pd.DataFrame({"month": range(1, 6), "tickets": [9_000, 5_000, 6_000, 5_500, 10],
                           "covered": [False, True, True, True, False]})
    months["tickets_share"] = months["tickets"] / 10_000
    ax = draw(months)
    assert pd.Series(ax.get_lines()[0].get_ydata()).isna().tolist() == [True, False, False, False, True]
    assert printed(ax).count("数据不全") == len(ax.patches) == 2
    assert not {"1月 9000件", "5月 10件"} & set(printed(ax))
    assert len(draw(months.drop(columns="covered")).patches) == 0


def marks(ax):
    """Return what the marks of a drawing say with their left, top, right and bottom, and the drawing's size."""
    root = ElementTree.fromstring(style.svg(ax))
    sides = [float(side) for side in root.get("viewBox").split()[2:]]
    return {words: box for *box, words in json.loads(root.get("data-marks"))}, sides


@pytest.mark.parametrize(("kind", "words"), [
    ("bars", ["海淀区：9000件", "朝阳区：167000件", "未填写：6754件"]),
    ("months", ["住房 1月：", "未分类 3月："]),
    ("rates", ["解决率 1月：70.00%", "解决率 3月：75.00%"]),
    ("heat", ["周一0时：10件", "周一23时：20件"]),
    ("funnel", ["派单：4487100件"]),
])
def test_each_mark_says_its_name_and_its_exact_value_inside_the_drawing(kind, words):
    said, (wide, high) = marks(KINDS[kind]())
    assert [word for word in words if not any(text.startswith(word) for text in said)] == []
    assert all(0 <= left <= right <= wide and 0 <= top <= bottom <= high for left, top, right, bottom in said.values())


def test_a_longer_bar_has_a_wider_mark_and_a_later_month_is_further_right():
    bars, _ = marks(KINDS["bars"]())
    assert bars["朝阳区：167000件"][2] > bars["海淀区：9000件"][2]
    assert bars["朝阳区：167000件"][1] > bars["海淀区：9000件"][1]
    rates, _ = marks(KINDS["rates"]())
    assert rates["解决率 1月：70.00%"][0] < rates["解决率 3月：75.00%"][0]
    assert "解决率 2月" not in "".join(rates)


@every_kind
def test_a_drawing_for_a_phone_is_narrow_whole_and_leaves_the_next_as_wide_as_before(draw):
    with style.narrow():
        drawn = ElementTree.fromstring(style.svg(draw()))
    assert drawn.get("width") == "252pt"
    assert ElementTree.fromstring(style.svg(draw())).get("width") == "453.6pt"


def test_on_a_phone_bars_are_in_one_column_and_every_third_month_is_named():
    many = pd.DataFrame({"district": [f"第{place}区" for place in range(30)], "tickets": range(30, 0, -1)})
    months = pd.DataFrame({"year": 2020, "month": range(1, 13), "tickets": range(12)})
    with style.narrow():
        assert len(charts.bars(many, "district", "tickets", numbers=HOUSE).figure.axes) == 1
        drawn = ElementTree.fromstring(style.svg(charts.monthly_lines(months, "tickets", numbers=HOUSE)))
        assert [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text") if "月" in text.text] == [
            "1月", "4月", "7月", "10月"]
    assert len(charts.bars(many, "district", "tickets", numbers=HOUSE).figure.axes) == 2


def test_a_character_is_as_wide_as_the_shipped_font_has_it_and_one_that_it_lacks_has_no_width():
    assert style.advance("件") == 1
    assert style.advance("1", True) > style.advance("1")
    assert 0.4 < style.advance("1") < 0.7
    assert style.advance("ᚠ") is None


def test_threads_that_measure_at_once_agree():
    """FreeType's faces crashed the process here; each character is asked for by eight threads."""
    characters = [chr(code) for code in range(0x4E00, 0x5200)]
    style._advances.cache_clear()
    with futures.ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: tuple(map(style.advance, characters)), range(8)))
    assert len(found) == 1


YEAR = pd.DataFrame([{"category": name, "year": 2020, "month": month, "tickets": size * month}
                     for name, size in [("住房", 1_000), (None, 3_000), ("教育", 10)] for month in range(1, 13)])
BEFORE = YEAR.assign(year=2019, tickets=YEAR["tickets"] // 2)


def small(frame=YEAR, **more):
    return charts.small_multiples(frame, "category", "tickets", numbers=HOUSE, **more)


def titles(figure) -> list[str]:
    return [ax.get_title(loc="left") for ax in figure.axes]


def test_each_name_has_a_panel_of_its_months_with_its_sum_in_one_unit():
    figure = small(earlier=BEFORE).figure
    assert titles(figure) == ["住房　7.8万件", "未分类　23.4万件", "教育　0.1万件"]
    assert figure.get_suptitle() == "单位：万件"
    assert [[line.get_color() for line in ax.get_lines()] for ax in figure.axes] == [[style.CURRENT, style.BASE]] * 3
    assert list(figure.axes[1].get_lines()[1].get_ydata())[:2] == [1_500, 3_000]


def test_each_panel_has_its_own_axis_or_all_have_one():
    own, common = ([ax.get_ylim()[1] for ax in small(common=common).figure.axes] for common in (False, True))
    assert own == pytest.approx([13_800, 41_400, 138])
    assert common == pytest.approx([41_400] * 3)


def test_the_first_panel_where_both_years_are_seen_names_them_clear_of_the_lines():
    earlier = BEFORE.assign(tickets=BEFORE["tickets"].where(BEFORE["category"] != "住房", 0))
    figure = small(earlier=earlier, names=("2020年", "2019年")).figure
    assert [[text.get_text() for text in ax.texts] for ax in figure.axes] == [[], ["2020年", "2019年"], []]
    assert touching(boxes(figure.axes[1])) == []
    for text in figure.axes[1].texts:
        box = text.get_window_extent()
        for line in figure.axes[1].get_lines():
            points = figure.axes[1].transData.transform(line.get_xydata())
            x = np.linspace(box.x0, box.x1, 50)
            y = np.interp(x, points[:, 0], points[:, 1])
            assert not ((y > box.y0 + 2) & (y < box.y1 - 2)).any()


def test_a_sum_of_months_that_are_not_all_known_is_left_out():
    assert titles(small(YEAR.assign(tickets=YEAR["tickets"].where(YEAR["tickets"] != 5_000))).figure)[0] == "住房"
    assert titles(small(YEAR.assign(covered=YEAR["tickets"] != 5_000)).figure)[0] == "住房"


@pytest.mark.parametrize(("many", "columns", "rows"), [(1, 2, 1), (10, 2, 5), (12, 3, 4), (16, 4, 4), (24, 4, 6)])
def test_panels_fit_a_page(many, columns, rows):
    frame = pd.concat([YEAR.head(12).assign(category=f"类{place}") for place in range(many)])
    figure = small(frame).figure
    wide, high = figure.get_size_inches()
    assert (wide, bool(high <= 7), len(figure.axes)) == (style.WIDTH, True, many)
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (rows, columns)
    words = [[text.get_text() for text in ax.get_xticklabels() if text.get_visible()] for ax in figure.axes]
    assert sum(bool(ax.xaxis.get_tick_params()["labelbottom"]) for ax in figure.axes) == min(columns, many)
    assert words[-1] == ["1月", "4月", "7月", "10月"]


def test_more_panels_than_a_page_has_are_refused():
    frame = pd.concat([YEAR.head(12).assign(category=f"类{place}") for place in range(25)])
    with pytest.raises(UserError, match=r"room for 24 panels.*has 25"):
        small(frame)


def test_a_panel_that_is_pointed_at_alone_has_a_colour():
    figure = small(highlight="教育").figure
    assert [ax.get_lines()[0].get_color() for ax in figure.axes] == [style.MUTED, style.MUTED, style.CURRENT]


MEASURES = pd.DataFrame({"district": ["海淀区", "朝阳区", None], "tickets": [9_000, 167_000, 6_754],
                         "resolution_rate": [0.85, 0.8, None], "resolution_rate_lower": [0.83, 0.79, None],
                         "resolution_rate_upper": [0.87, 0.81, None], "tickets_change": [0.5, None, None],
                         "low_change": [None, 0.1, None], "high_change": [None, 0.3, None]})
ALL_MEASURES = ["tickets", "tickets_change", "ticket_density", "resolution_rate"]


def compared(frame=MEASURES, values=ALL_MEASURES, **more):
    return charts.comparison(frame, "district", values, numbers=HOUSE, **more)


def test_units_have_a_row_in_the_frames_order_and_a_panel_for_each_measure_that_is_there():
    first = compared()
    assert [ax.get_title() for ax in first.figure.axes] == ["数量\n万件", "增减幅度\n%", "解决率\n%"]
    assert [text.get_text() for text in first.get_yticklabels()] == ["海淀区", "朝阳区", "未填写"]
    assert first.yaxis_inverted()
    assert first.collections[0].get_offsets().tolist() == [[9_000, 0], [167_000, 1], [6_754, 2]]
    assert first.get_xlim()[0] == 0


def test_a_value_lies_on_its_interval_and_one_that_is_neither_known_nor_bounded_is_a_dash():
    _, change, rate = compared().figure.axes
    bars = [segment[:, 0].tolist() for segment in rate.collections[0].get_segments() if len(segment)]
    assert bars[:2] == [[0.83, 0.87], [0.79, 0.81]]
    assert [[text.xy if hasattr(text, "xy") else text.get_position() for text in ax.texts if text.get_text() == "—"]
            for ax in (change, rate)] == [[(0.5, 2)], [(0.5, 2)]]


def test_the_mean_is_a_line_with_its_number_of_counts_by_the_rows_and_else_of_the_whole():
    whole = pd.DataFrame({"tickets": [182_754], "resolution_rate": [0.82]})
    volume, change, rate = compared(whole=whole).figure.axes
    assert [text.get_text() for text in volume.texts] == ["6.1", "平均"]
    assert "82.00" in [text.get_text() for text in rate.texts]
    assert rate.collections[-1].get_segments()[0][:, 0].tolist() == [0.82, 0.82]
    assert [text.get_text() for text in change.texts] == ["—"]


def test_a_row_that_is_pointed_at_alone_has_a_colour():
    ax = compared(highlight="朝阳区")
    assert [to_rgb(colour[:3]) for colour in ax.collections[0].get_facecolor()] == [
        to_rgb(colour) for colour in (style.BASE, style.CURRENT, style.BASE)]
    assert [text.get_fontweight() for text in ax.get_yticklabels()] == ["normal", "bold", "normal"]


@pytest.mark.parametrize(("rows", "values"), [(3, ["ticket_density"]), (37, ["tickets"])])
def test_a_comparison_of_nothing_or_of_too_many_is_refused(rows, values):
    frame = pd.concat([MEASURES] * 13).head(rows)
    with pytest.raises(UserError, match=rf"{int('tickets' in values)} measures and {rows} rows"):
        compared(frame, values)


@pytest.mark.parametrize("draw", [small, compared, lambda: small(earlier=BEFORE, common=True)])
def test_a_figure_of_panels_is_a_page_wide_and_the_same_each_time(draw):
    first = draw()
    first.figure.draw_without_rendering()
    inside = first.figure.get_tightbbox()
    assert -0.03 <= inside.x0 <= inside.x1 <= style.WIDTH + 0.03
    assert touching([label for ax in first.figure.axes for label in boxes(ax)]) == []
    assert style.svg(draw()) == style.svg(draw())


BOTH = ("tickets", "tickets_before")


@pytest.mark.parametrize(("chart", "rows", "columns", "drawn"), [
    (charts.bars, 2, {"value": "tickets"}, False), (charts.bars, 3, {"value": "tickets"}, True),
    (charts.bars, 3, {"value": "tickets_before"}, False), (charts.paired_bars, 2, {"value": "tickets"}, False),
    (charts.share_bar, 1, {"value": "ticket_share"}, False), (charts.share_bar, 2, {"value": "ticket_share"}, True),
    (charts.comparison, 3, {"values": ["tickets"]}, False), (charts.comparison, 2, {"values": [*BOTH]}, True),
    (charts.comparison, 1, {"values": [*BOTH]}, False), (charts.monthly_lines, 2, {"value": "tickets"}, True)])
def test_one_or_two_numbers_are_not_worth_bars(chart, rows, columns, drawn):
    assert charts.worth_drawing(chart, DISTRICTS.head(rows), columns) is drawn


def test_two_steps_are_not_worth_bars():
    assert charts.worth_drawing(charts.funnel, STEPS, {"values": [*STEPS]})
    assert not charts.worth_drawing(charts.funnel, STEPS.assign(valid=None), {"values": [*STEPS]})
