"""Where a district stands among all."""

import pandas as pd

from helpers.settings import editions
from helpers.writing.standing import rates_beside_all, standing

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


def test_the_rates_of_a_part_have_their_bounds_and_those_of_all_beside_them():
    part = pd.DataFrame({"assessed": [1000], "valid": [800], "resolution_rate": [0.75], "satisfaction_rate": [0.9]})
    whole = part.assign(resolution_rate=0.8, satisfaction_rate=0.85)
    [found] = rates_beside_all(part, whole)
    assert found.printed(NUMBERS) == ("在800件有效回访中，解决率为75.00%（未表态者计入后为60.00%至80.00%），"
                                      "满意率为90.00%（未表态者计入后为72.00%至92.00%）；全部诉求分别为80.00%、85.00%。")
    [alone] = rates_beside_all(part.assign(assessed=800), whole.assign(resolution_rate=None))
    assert alone.printed(NUMBERS) == "在800件有效回访中，解决率为75.00%，满意率为90.00%。"
    assert rates_beside_all(part.assign(resolution_rate=None), whole) == []
