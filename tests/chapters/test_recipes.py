"""Recipes: each runs on little data, says what an edition lacks, and gives answers that are known beforehand."""

import ast
import math
from datetime import datetime, timedelta
from itertools import product

import nbformat
import pandas as pd
import pyarrow as pa
import pytest
from support.home import inside

from helpers.settings import editions, paths
from helpers.tickets import schema

pytestmark = pytest.mark.slow  # statsmodels imports for two seconds
pytest.importorskip("statsmodels", reason="the extra research is not installed: no recipe runs")

RECIPES = sorted(paths.RECIPES.glob("[!.]*.ipynb"))
LACKING = {  # what three tickets of one day, with a district alone, cannot answer
    "rates-by-category": "“解决”", "time-to-close": "“办结时间”", "panel": "“解决”", "two-years": "“类别”", "hot-spots": "“类别”",
    "outside-table": "常住人口", "seasonality": "完整的月份", "alert": "“类别”"}


def code(recipe):
    return [cell for cell in nbformat.read(paths.RECIPES / f"{recipe}.ipynb", 4).cells if cell.cell_type == "code"]


def evaluated(cell, names):
    """Run a cell as a kernel does, and return what its last line is worth."""
    *body, last = ast.parse(cell.source).body
    body, value = (body, last.value) if isinstance(last, ast.Expr) else ([*body, last], None)
    exec(compile(ast.Module(body, []), cell.id, "exec"), names)
    return eval(compile(ast.Expression(value), cell.id, "eval"), names) if value else None


def run(recipe, city, **parameters):
    """Return the names and the outputs of a recipe run from top to bottom."""
    setup, *cells = code(recipe)
    names = {}
    evaluated(setup, names)
    names |= {"city": city, "year": 2020, **parameters}
    outputs = [evaluated(cell, names) for cell in cells]
    return names, [output for output in outputs if output is not None]


def write(city, *rows, year=2020):
    """Write the tickets of an edition of an export; of a row only what is given is known."""
    rows = [{"ticket_id": str(number), "received_at": datetime(year, 1, 1), "tags": [], "dispatches": 1, **row}
            for number, row in enumerate(rows)]
    batch = pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)
    schema.write(editions.read(city, year), [batch], data="export", source="t", digest=f"{city}{year}{len(rows)}")


def test_there_are_recipes():
    assert {recipe.stem for recipe in RECIPES} == {*LACKING}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_says_in_a_sentence_what_an_edition_lacks(town, recipe):
    _, outputs = run(recipe.stem, "town")
    [said] = [output.reason for output in outputs]
    assert LACKING[recipe.stem] in said


@pytest.fixture(scope="module")
def two_years(tmp_path_factory):
    """Two years of a city, each of twelve tickets of every day: 2 districts, 3 categories, answers, closing times."""
    with inside(tmp_path_factory.mktemp("home")):
        for year in (2019, 2020):
            days = pd.date_range(f"{year}-01-01", f"{year}-12-31")
            places = [*product(["东城区", "西城区", "海淀区"], ["住房", "教育"], [0, 1])]
            write("beijing", *({
                "received_at": day.to_pydatetime(), "district": district, "subdistrict": f"{district}甲街道",
                "category": category,
                "handling": "dispatched", "owner_level": "subdistrict", "assessment": "full", "satisfied": "satisfied",
                "resolved": "resolved" if (number + day.dayofyear + len(places)) % (3 + half) else "unresolved",
                "closed_at": day.to_pydatetime() + timedelta(days=number) if number < 11 else None,
            } for day in days for number, (district, category, half) in enumerate(places)), year=year)
        yield


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_answers_where_an_edition_has_all(two_years, recipe):
    _, outputs = run(recipe.stem, "beijing")
    said = [output.reason for output in outputs if output.kind == "absence"]
    assert said == (["没有超出偶然的。"] if recipe.stem == "hot-spots" else [])
    assert len(outputs) >= (1 if said else 2)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.stem)
def test_a_recipe_of_one_month_runs_and_its_cells_again_from_the_last_to_the_first(two_years, recipe):
    names, outputs = run(recipe.stem, "beijing", period="M02")
    again = [evaluated(cell, names) for cell in reversed(code(recipe.stem)[1:])]
    assert [output.payload for output in reversed(again) if output is not None] == [output.payload for output in outputs]


def test_a_rate_is_compared_after_controlling_for_category(home):
    """The odds of 甲 are twice those of 乙 in either category, 1 in one and 3 in the other; 甲 has the harder tickets.

    By hand: of 甲 2/3 and 6/7 are solved, of 乙 1/2 and 3/4. Each category has half of the answers, so that 甲 would solve
    (2/3 + 6/7) / 2 of them, though it solves 72 of 104 and 乙 72 of 100.
    """
    cells = {("东城区", "难"): (90, 60), ("东城区", "易"): (14, 12), ("西城区", "难"): (12, 6), ("西城区", "易"): (88, 66),
             ("海淀区", "易"): (29, 20), ("朝阳区", "难"): (40, 40)}  # too few answers to compare, and all of them alike
    write("beijing", *({"district": district, "category": category, "assessment": "full", "satisfied": "satisfied",
                        "resolved": "resolved" if number < solved else "unresolved"}
                       for (district, category), (answers, solved) in cells.items() for number in range(answers)))
    names, _ = run("rates-by-category", "beijing")
    districts = names["districts"].set_index("district")
    assert list(districts.index) == ["东城区", "西城区"]
    assert districts["resolution_rate"].tolist() == pytest.approx([72 / 104, 72 / 100])
    assert districts["adjusted_rate"].tolist() == pytest.approx([(2 / 3 + 6 / 7) / 2, (1 / 2 + 3 / 4) / 2], abs=1e-6)


def test_the_interval_of_an_adjusted_rate_is_that_of_a_rate_where_districts_have_the_same_categories(home):
    """By hand: of 100 answers in either category, 60 have a standard error of √(0.6 × 0.4 / 200), 30 of √(0.3 × 0.7 / 200)."""
    cells = {(district, category): many for district, many in (("东城区", 60), ("西城区", 30)) for category in ("住房", "教育")}
    write("beijing", *({"district": district, "category": category, "satisfied": "satisfied",
                        "resolved": "resolved" if number < solved else "unresolved"}
                       for (district, category), solved in cells.items() for number in range(100)))
    districts = run("rates-by-category", "beijing")[0]["districts"]
    half = (districts["adjusted_rate_upper"] - districts["adjusted_rate_lower"]) / 2
    assert half.tolist() == pytest.approx([1.96 * (0.6 * 0.4 / 200) ** 0.5, 1.96 * (0.3 * 0.7 / 200) ** 0.5], rel=1e-3)


def test_too_few_answers_to_compare_are_a_sentence(home):
    write("beijing", *[{"district": "东城区", "category": "住房", "assessment": "full", "satisfied": "satisfied",
                        "resolved": "resolved"}] * 9)
    [said] = run("rates-by-category", "beijing")[1]
    assert said.reason == "有效回访足够的区或类别不到两个，无从比较。"


def test_mondays_are_compared_with_a_mean_day_whatever_the_months_have(home):
    """Every Monday has 6 tickets where the other days have 3, and July twice as many of both.

    By hand: the logarithms of a mean day lie above those of a Tuesday by log 2 times the share of Mondays, 52 of 366 days.
    """
    days = pd.date_range("2020-01-01", "2020-12-31")
    many = {day: (6 if day.dayofweek == 0 else 3) * (2 if day.month == 7 else 1) for day in days}
    write("beijing", *({"received_at": day.to_pydatetime()} for day in days for _ in range(many[day])))
    names, _ = run("seasonality", "beijing")
    weekdays = names["weekdays"].set_index("weekday")
    assert weekdays["dates"].tolist() == [52, 52, 53, 53, 52, 52, 52]
    assert weekdays["average_change"].tolist() == pytest.approx([2 ** (1 - 52 / 366) - 1, *[2 ** (-52 / 366) - 1] * 6])
    months = names["by_month"].set_index("month")["average_change"]
    assert (1 + months[7]) / (1 + months[6]) == pytest.approx(2)
    assert months[1] == pytest.approx(months[12])


def test_an_interval_is_wider_where_days_differ_more_than_by_chance(home):
    """Weeks of 1 and of 15 tickets a day in turn: their variance is 49 where chance allows 8, so that intervals are wider.

    By hand: chance alone leaves a standard error of the logarithm of √(6 / 7 / (52 × 8)).
    """
    days = pd.date_range("2020-01-01", "2020-12-30")
    many = [1 if number // 7 % 2 else 15 for number in range(len(days))]
    write("beijing", *({"received_at": day.to_pydatetime()} for day, each in zip(days, many, strict=True) for _ in range(each)))
    low, high = (run("seasonality", "beijing")[0]["weekdays"][f"average_change_{end}"] for end in ("lower", "upper"))
    half = (1 + high).div(1 + low).map(math.log) / 2
    assert half.min() > 2 * 1.96 * math.sqrt(6 / 7 / (52 * 8))


def test_open_tickets_count_in_the_time_to_close(home):
    """The remission of 21 leukaemia patients with 6-MP, in weeks: Kaplan-Meier of Freireich et al. (1963), printed by Collett.

    S is 0.857 at 6, 0.807 at 7, 0.753 at 10, 0.690 at 13, 0.627 at 16, 0.538 at 22 and 0.448 at 23, which is the median.
    """
    ended, running = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    end = datetime(2020, 12, 31)
    tickets = [{"received_at": end - timedelta(days=number), "closed_at": closed}
               for numbers, closed in ((ended, end), (running, None)) for number in numbers]
    undated = [{"received_at": datetime(2020, 1, 1), "status": "closed"}] * 9
    answered = [{"received_at": datetime(2020, 1, 1), "handling": "answered"}] * 9
    write("beijing", *({"category": "住房", "handling": "dispatched", **ticket} for ticket in [*tickets, *undated, *answered]))
    names, _ = run("time-to-close", "beijing")
    curve = names["open_curve"](names["spells"])
    assert dict(zip(curve.surv_times.tolist(), curve.surv_prob.round(3).tolist(), strict=True)) == {
        6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    assert names["summary"](names["spells"]).to_dict() == pytest.approx(
        {"tickets": 21, "open": 12, "days_p90": 23, "days_open_median": 23, "days_open_p90": float("nan")}, nan_ok=True)


def test_a_ticket_closed_after_the_period_is_open_at_its_end(home):
    write("beijing", *[{"category": "住房", "handling": "dispatched", "received_at": datetime(2020, 1, 30),
                        "closed_at": datetime(2020, 2, 9)}] * 40)
    spells = run("time-to-close", "beijing", period="M01")[0]["spells"]
    assert spells[["days", "closed", "tickets"]].to_numpy().tolist() == [[1, False, 40]]


def test_a_hot_spot_has_more_of_a_category_than_its_share_of_the_city(home):
    """Of 100 tickets of each of three places 10, 10 and 40 are of one category: 20 are to be expected of each."""
    write("beijing", *({"district": "东城区", "subdistrict": place, "category": "住房" if number < many else "教育"}
                       for place, many in {"甲街道": 10, "乙街道": 10, "丙街道": 40}.items() for number in range(100)))
    hot = run("hot-spots", "beijing", category="住房")[0]["hot"]
    assert hot[["subdistrict", "category", "tickets", "expected"]].to_numpy().tolist() == [["丙街道", "住房", 40, 20]]
    assert hot["expected_change"].item() == pytest.approx(1)
    assert hot["expected_change_lower"].item() == pytest.approx(28.58 / 20 - 1, abs=1e-3)  # 40: 28.58 to 54.47, Garwood (1936)


def test_where_less_than_five_tickets_are_to_be_expected_a_place_is_no_hot_spot(home):
    write("beijing", *({"district": "东城区", "subdistrict": place, "category": "住房" if number < many else "教育"}
                       for place, many in {"甲街道": 0, "乙街道": 8}.items() for number in range(100)))
    spots = run("hot-spots", "beijing")[0]["spots"]
    assert spots["category"].unique().tolist() == ["教育"]  # of 住房 four are to be expected in each place


def test_a_change_of_a_rate_is_split_into_what_is_asked_and_how_it_is_solved(home):
    """By hand, Kitagawa: the share of 住房 falls from 0.8 to 0.5, its rate stays 0.5; that of 教育 rises from 0.9 to 1.

    Shares: −0.3 × 0.5 + 0.3 × 0.95 = 0.135; rates: 0.1 × 0.35 = 0.035; together 0.75 − 0.58 = 0.17.
    """
    for year, cells in {2019: {"住房": (80, 40), "教育": (20, 18)}, 2020: {"住房": (50, 25), "教育": (50, 50)}}.items():
        write("beijing", *({"received_at": datetime(year, 5, 4), "category": category, "satisfied": "satisfied",
                            "resolved": "resolved" if number < solved else "unresolved"}
                           for category, (answers, solved) in cells.items() for number in range(answers)), year=year)
    parts = run("two-years", "beijing")[0]["parts"]
    assert parts["resolution_points"].tolist() == pytest.approx([0.135, 0.035, 0.17])


def test_a_panel_has_a_row_for_each_district_of_each_complete_month(home):
    days = pd.date_range("2020-01-01", "2020-03-10")  # of March too few days
    write("beijing", *({"district": "东城区", "received_at": day.to_pydatetime()} for day in days),
          {"district": "西城区", "received_at": datetime(2020, 2, 1)})
    panel = run("panel", "beijing")[0]["panel"]
    assert panel.set_index(["district", "month"])["tickets"].to_dict() == {
        ("东城区", 1): 31, ("东城区", 2): 29, ("西城区", 1): 0, ("西城区", 2): 1}


def test_districts_and_months_of_their_own_rates_leave_the_effect_of_more_tickets(home):
    """Ten more percent of tickets cost two points: 1000 × 1.1ᵏ tickets, of whose 100 answers 50 + 5 d + 3 m − 2 k are 解决."""
    steps = {"东城区": [0, 1, 0], "西城区": [1, 0, 2], "海淀区": [2, 0, 1]}
    write("beijing", *({"district": district, "received_at": datetime(2020, month + 1, number % 29 + 1), "assessment": "full",
                        **({"satisfied": "satisfied", "resolved": "resolved" if number < solved else "unresolved"}
                           if number < 100 else {})}
                       for place, (district, row) in enumerate(steps.items()) for month, step in enumerate(row)
                       for solved in [50 + 5 * place + 3 * month - 2 * step] for number in range(round(1000 * 1.1**step))))
    assert run("panel", "beijing")[0]["effect"]["resolution_points"].tolist() == pytest.approx([-0.02])


def test_where_tickets_are_in_proportion_to_residents_the_elasticity_is_one(home):
    residents = pd.read_csv(paths.DATA / "reference" / "beijing" / "districts.csv").set_index("district")["residents"]
    write("beijing", *({"district": district} for district, many in residents.items() for _ in range(round(many / 10_000))))
    names, _ = run("outside-table", "beijing")
    assert names["elasticity"](names["districts"]).iloc[0].tolist()[0] == pytest.approx(1, abs=0.01)
    assert names["districts"]["ticket_density"].round().unique().tolist() == [1]
