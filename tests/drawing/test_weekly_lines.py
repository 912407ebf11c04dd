import numpy as np
import pandas as pd

from helpers.drawing import weekly_lines
from helpers.settings import editions

NUMBERS = editions.read("taipei", 2020).numbers
WEEKS = pd.DataFrame(
    {
        "week": [str(day)[:10] for day in pd.date_range("2020-11-02", periods=12, freq="7D")],
        "tickets": [20.0] * 8 + [90.0, 30.0, np.nan, np.nan],
        "expected_tickets": [20.0] * 12,
        "threshold": [np.nan] + [40.0] * 11,
    }
)


def test_counts_at_their_threshold_are_marked_and_lines_have_their_names():
    ax = weekly_lines.weekly_lines(WEEKS, "week", ["tickets", "expected_tickets", "threshold"], numbers=NUMBERS)
    *lines, marks = ax.get_lines()
    assert marks.get_xydata().tolist() == [[8, 90]]
    assert [len(line.get_xdata()) for line in lines] == [12, 12, 12]
    assert {"数量", "预计", "预警界限"} <= {text.get_text() for text in ax.texts}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["11月\n2020年", "12月", "1月\n2021年"]


def test_a_range_is_a_band_behind_the_lines():
    ranged = WEEKS.assign(expected_tickets_lower=15.0, expected_tickets_upper=25.0)
    ax = weekly_lines.weekly_lines(
        ranged, "week", ["tickets", "expected_tickets", "expected_tickets_lower", "expected_tickets_upper"], numbers=NUMBERS
    )
    assert len(ax.collections) == 1
    assert len(ax.get_lines()) == 2
