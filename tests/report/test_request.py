"""A request for one report has the edition as far as it is that of the year."""

import datetime

import pytest

from helpers.report import request


@pytest.mark.parametrize(("period", "issued"), [(None, datetime.date(2021, 1, 8)), ("year", datetime.date(2021, 1, 8)),
                                                ("Q3", None), ("M01..M06", None)])
def test_the_date_of_the_years_report_is_not_that_of_a_part_of_the_year(period, issued):
    assert request.parse("beijing", 2020, period, "year_ago", []).edition.issued == issued
