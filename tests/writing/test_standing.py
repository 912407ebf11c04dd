"""Where a district stands among all."""

import pandas as pd

from helpers.settings import editions
from helpers.writing.standing import rates_of_all, standing

NUMBERS = editions.read("beijing", 2020).numbers


def test_a_district_is_placed_among_all_by_volume_and_by_residents():
    districts = pd.DataFrame({"district": ["甲区", "乙区", "丙区", None], "tickets": [300, 200, 100, 50]})
    densities = pd.DataFrame({"district": ["甲区", "乙区", "丙区"], "tickets": [300, 200, 100],
                              "residents": [300_000, 50_000, None], "ticket_density": [10.0, 40.0, None]})
    placed, = standing(districts, densities, "乙区", "区")
    assert placed.printed(NUMBERS) == "乙区的办理量居3个区的第2位；每万常住人口办理40.0件，居第1位，各区合计为14.3件。"
    unknown, = standing(districts, densities, "丙区", "区")
    assert unknown.printed(NUMBERS) == "丙区的办理量居3个区的第3位。"
    assert standing(districts.head(1), densities, "甲区", "区") == []


def test_the_rates_of_all_are_stated_where_they_are_known():
    whole = pd.DataFrame({"valid": [100], "resolution_rate": [0.8], "satisfaction_rate": [0.9]})
    [found] = rates_of_all(whole)
    assert found.printed(NUMBERS) == "全部诉求的解决率为80.00%，满意率为90.00%。"
    assert rates_of_all(whole.assign(resolution_rate=None)) == []
