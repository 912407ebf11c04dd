"""What returns each year, each year judged by the others."""

import numpy as np
from support import weeks

from helpers.analysis import recurrences

RULES = weeks.edition().warning
YEARS = 6


def counts(*, high, in_years=range(YEARS), first=44):
    found = np.full((1, 52 * YEARS + 6), 35)
    for year in in_years:
        found[0, 52 * year + first + round(year / 6) : 52 * year + first + 4 + round(year / 6)] = high
    return found


def test_a_peak_of_each_year_is_found_with_its_weeks_and_by_when_to_prepare():
    found = recurrences.peaks(weeks.made(counts(high=70)), RULES)
    assert found[["district", "category", "held", "failed"]].to_numpy().tolist() == [["甲区", "类0", 6, 0]]
    assert found["peak"][0].startswith("11月上旬至")
    assert found["prepare"][0] == "10月上旬"
    assert 0.9 < found["peak_change"][0] < 1.1


def test_a_peak_that_fails_in_a_year_says_so_and_one_that_fails_in_half_is_none():
    assert recurrences.peaks(weeks.made(counts(high=70, in_years=[0, 1, 3, 4, 5])), RULES)[
        ["held", "failed"]
    ].to_numpy().tolist() == [[5, 1]]
    assert recurrences.peaks(weeks.made(counts(high=70, in_years=[0, 2, 4])), RULES).empty


def test_even_years_a_single_year_and_too_small_a_rise_have_no_peak():
    assert recurrences.peaks(weeks.made(counts(high=35)), RULES).empty
    assert recurrences.peaks(weeks.made(counts(high=42)), RULES).empty
    assert recurrences.peaks(weeks.made(counts(high=70)[:, :60]), RULES).empty
