"""Large numbers with their months: a panel for each that is known, with its range or its change."""

import pandas as pd
import pytest

from helpers.drawing import key_figures, style
from helpers.settings import editions

HOUSE = editions.read("beijing", 2020).numbers
MONTHS = pd.DataFrame({"year": 2020, "month": range(1, 13), "tickets": [*range(10, 22)], "resolution_rate": [None, *[0.8] * 11]})
WHOLE = pd.DataFrame({"tickets": [11_039_400], "tickets_change": [0.5524], "resolution_rate": [0.835],
                      "least_resolution_rate": [0.5937], "most_resolution_rate": [0.8827]})
WHOLE.attrs["comparison"] = "同比"


def drawn(whole=WHOLE, months=MONTHS):
    return key_figures.key_figures(months, ["tickets", "resolution_rate"], whole=whole, numbers=HOUSE).figure


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_a_panel_has_its_word_its_number_and_its_change_or_range():
    figure = drawn()
    assert [words(ax) for ax in figure.axes[:2]] == [["数量", "1103.94万件", "同比上升55.24%"],
                                                     ["解决率", "83.50%", "范围59.37%至88.27%"]]


def test_its_months_are_a_line_with_the_last_marked_and_gaps_left():
    line = drawn().axes[1]
    assert pd.isna(line.get_lines()[0].get_ydata()[0])
    assert (line.get_lines()[-1].get_xdata()[0], line.get_lines()[-1].get_color()) == (11, style.HIGHLIGHT)


def test_a_month_that_is_not_covered_is_a_gap_and_moves_no_mean():
    axes = drawn(months=MONTHS.assign(tickets=[1, *[20] * 11], covered=[False, *[True] * 11])).axes[0]
    assert [*axes.get_lines()[0].get_ydata()[1:3]] == [20, 20]
    assert pd.isna(axes.get_lines()[0].get_ydata()[0])


def test_a_number_that_is_not_known_has_no_panel():
    assert [words(ax)[0] for ax in drawn(WHOLE.assign(resolution_rate=None)).axes if ax.texts] == ["数量"]


@pytest.mark.parametrize("months", [MONTHS, MONTHS.assign(tickets=None)])
def test_it_is_the_same_each_time(months):
    assert style.svg(drawn(months=months).axes[0]) == style.svg(drawn(months=months).axes[0])


def test_on_a_phone_two_stand_side_by_side_and_no_text_runs_into_the_next():
    whole = WHOLE.assign(dispatched=4_487_100, satisfaction_rate=0.8984)
    months = MONTHS.assign(dispatched=1, satisfaction_rate=0.9)
    with style.narrow():
        figure = key_figures.key_figures(months, ["tickets", "dispatched", "resolution_rate", "satisfaction_rate"],
                                         whole=whole, numbers=HOUSE).figure
        figure.draw_without_rendering()
        shown = [ax for ax in figure.axes if ax.texts]
        assert len({round(ax.get_position().x0, 2) for ax in shown}) == 2
        boxes = [text.get_window_extent() for ax in shown for text in ax.texts if text.get_text()]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])
    assert all(box.x1 <= figure.bbox.x1 + 1 for box in boxes)
