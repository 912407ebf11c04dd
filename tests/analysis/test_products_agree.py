"""No product prints a number that another contradicts: the same measure of the same tickets, asked as each product asks it."""

from datetime import datetime, timedelta

import pandas as pd
import pytest
from support import town
from support.home import inside

from helpers import chapters
from helpers.analysis import bulletin, measures, problems, unit_sheets, units
from helpers.chapters.chapter import Chapter
from helpers.settings import editions, paths

pytestmark = pytest.mark.slow
CATEGORIES = {"住房": "修缮", "物业": "收费", "教育": "入学"}
DISTRICTS = ("甲区", "乙区")
MONTHS, SECOND = range(1, 13), (4, 5, 6)


def tickets():
    """Tickets of every month, of both districts, three categories, all answers and exclusions, in no simple ratio."""
    rows = []
    for month in MONTHS:
        for number in range(75 + 4 * month):
            category = [*CATEGORIES][number % 3]
            received = datetime(2020, month, 1 + number % 28, 9)
            row = {"received_at": received, "category": category, "subcategory": CATEGORIES[category], "channel": "phone"}
            if number % 5 == 0:
                rows.append({**row, "handling": "answered"})
                continue
            is_duplicate = number % 7 == 0
            rows.append({**row, "handling": "dispatched", "owner_level": "district_department", "district": DISTRICTS[number % 2],
                         "owner": f"{DISTRICTS[number % 2]}城管委", "dispatches": 1 + (number % 11 == 0),
                         "exclusion": "duplicate" if is_duplicate else None, "assessment": "none" if is_duplicate else "full",
                         "closed_at": received + timedelta(days=number % 6), "on_time": number % 9 != 0, "reached": True,
                         "contacted": True, "resolved": "unresolved" if number % 4 == 0 else "resolved",
                         "satisfied": "dissatisfied" if number % 6 == 0 else "satisfied"})
    return rows


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Open town 2020 for a period; every product reads the same tickets."""
    with inside(tmp_path_factory.mktemp("agree")) as patch:
        town.project(paths.ROOT, patch)
        town.bring(*tickets(), digest="2")
        found: dict[str, Chapter] = {}

        def open_period(period: str) -> Chapter:
            if period not in found:
                found[period] = chapters.open("town", 2020, period)
            return found[period]

        yield open_period


@pytest.fixture(scope="module")
def items(opened):
    """What the bulletins of the second quarter print of all calls, by month and line."""
    months = {month: opened(f"M{month:02}") for month in SECOND}
    return {month: bulletin.items(each, each.soundness).set_index("item")["tickets"] for month, each in months.items()}


def test_all_calls_are_those_of_the_bulletins_of_the_quarter_and_of_the_annual_report(opened, items):
    year = opened("year")
    monthly = year.ask(measures.monthly(year.cube.channels, year.period)).set_index("month")["tickets"]
    quarter = bulletin.months(opened("Q2"))
    assert monthly.sum() == year.ask(measures.volume(year.cube.channels, year.period))["tickets"].iloc[0] == len(tickets())
    assert [items[month]["total"] for month in SECOND] == quarter["tickets"].iloc[:-1].tolist() == monthly[[*SECOND]].tolist()
    assert quarter["tickets"].iloc[:-1].sum() == quarter["tickets"].iloc[-1]


def test_dispatched_tickets_are_the_same_in_every_product(opened, items):
    second = opened("Q2")
    areas = second.ask(measures.volume(second.cube.areas, second.period, "district"))
    months = sum(items[month]["handling"] for month in SECOND)
    assert months == problems.handled(second, [])["dispatched"].iloc[0] == areas["tickets"].sum()
    assert months == bulletin.months(second)["dispatched"].iloc[-1]


def test_a_category_has_the_same_number_in_the_annual_report_the_bulletins_the_quarter_and_the_brief(opened):
    second, months = opened("Q2"), []
    annual = second.ask(measures.volume(second.cube.calls, second.period, "category")).set_index("category")["tickets"]
    for chapter in (opened(f"M{month:02}") for month in SECOND):
        spans = bulletin.spans(chapter, chapter.soundness)
        months.append(bulletin.compare(chapter, chapter.soundness, spans, chapter.cube.calls, ["category"]))
    assert pd.concat(months).groupby("category")["tickets"].sum().to_dict() == annual.to_dict()
    spans = bulletin.quarters(second, second.soundness)
    quarter = bulletin.compare(second, second.soundness, spans, second.cube.calls, problems.keys(second))
    assert quarter.set_index("category")["tickets"].to_dict() == annual.to_dict()


def test_a_brief_counts_its_topic_as_the_quarter_counts_its_category(opened):
    brief, second = chapters.open_topic("town", 2020, "Q2", "year_ago", "物业"), opened("Q2")
    rates = brief.ask(measures.rates(brief.cube.outcomes, brief.period, brief.edition.assessment.answers)).iloc[0]
    of_quarter = problems.handled(second, ["category"]).set_index("category").loc["物业"]
    calls = brief.ask(measures.volume(brief.cube.channels, brief.period))["tickets"].iloc[0]
    volumes = second.ask(measures.volume(second.cube.calls, second.period, "category")).set_index("category")
    assert calls == volumes.loc["物业", "tickets"]
    assert of_quarter[["valid", *measures.RATES]].tolist() == pytest.approx(rates[["valid", *measures.RATES]].tolist())


def test_rates_are_the_same_in_the_annual_report_and_where_a_bulletin_or_a_quarter_says_how_tickets_were_handled(opened):
    for period in ("M06", "Q2"):
        chapter = opened(period)
        answers = chapter.edition.assessment.answers
        annual = chapter.ask(measures.rates(chapter.cube.outcomes, chapter.period, answers)).iloc[0]
        handled = problems.handled(chapter, []).iloc[0]
        assert annual["resolution_rate"] > 0
        assert handled[["valid", *measures.RATES]].tolist() == pytest.approx(annual[["valid", *measures.RATES]].tolist())


def test_a_unit_has_the_same_numbers_in_the_annual_report_the_bulletin_and_on_its_sheet(opened):
    chapter = opened("Q2")
    annual = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district")).set_index("district")["tickets"]
    times = chapter.ask(measures.timeliness(chapter.cube.durations, chapter.period, ["district"])).set_index("district")
    answers = chapter.edition.assessment.answers
    whole = chapter.ask(measures.rates(chapter.cube.outcomes, chapter.period, answers))
    rates = chapter.ask(measures.rates(chapter.cube.outcomes, chapter.period, answers, "district")).set_index("district")
    printed = bulletin.units(chapter, "district", whole).set_index("district")
    inside_only = chapters.open_unit("town", 2020, "Q2", "year_ago")
    for name in DISTRICTS:
        sheet = unit_sheets.sheet(inside_only, units.find(inside_only, f"district/{name}")).numbers.iloc[0]
        assert printed.loc[name, "tickets"] == annual[name] == sheet["tickets"]
        assert printed.loc[name, "on_time_rate"] == pytest.approx(times.loc[name, "on_time_rate"])
        assert sheet["on_time_rate"] == pytest.approx(times.loc[name, "on_time_rate"])
        assert printed.loc[name, "valid"] == rates.loc[name, "valid"] == sheet["valid"]
    assert printed["repeated"].sum() == problems.handled(chapter, [])["repeated"].iloc[0] > 0


def test_where_a_problem_is_handled_is_counted_from_the_tickets_as_the_cube_counts_its_category(opened):
    chapter = opened("Q2")
    areas, owners = problems.places(chapter, {"category": "物业", "subcategory": "收费"})
    found = chapter.ask(measures.volume(areas, chapter.period, "district")).set_index("district")["tickets"]
    local = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, ["district", "category"]))
    assert found.to_dict() == local[local["category"] == "物业"].set_index("district")["tickets"].to_dict()
    assert chapter.ask(measures.volume(owners, chapter.period))["tickets"].iloc[0] == found.sum()


def test_a_bulletin_hides_small_numbers_as_the_annual_report_does(opened):
    chapter = opened("M06")
    hiding = chapter.edition.model_copy(update={"suppression": editions.Suppression(below=5, source="a test")})
    few = Chapter(hiding, chapter.period, chapter.base, chapter.compare, chapter.cube)
    rows = pd.DataFrame({"category": ["住房", "物业", "教育"], "tickets": [3, 90, 80], "ticket_share": [0.017, 0.52, 0.462]})
    rows.attrs = {"table": "calls", "period": "2020-M06"}
    moved = rows.assign(tickets_before=[90, 80, 70], daily_density=rows["tickets"] / 30, before_density=3.0, daily_change=0.1)
    annual, bulletin_s = (few.table("", each, list(each.columns)).table["printed"] for each in (rows, moved))
    assert [row[1] for row in annual] == [row[1] for row in bulletin_s] == ["*", "90", "*"]
    assert bulletin_s[0][4:] == ["*"] * 3
