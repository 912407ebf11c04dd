"""Outcomes are hidden alike in every period and product; a linear programme recovers no small count of them."""

import dataclasses
import random
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from support import town
from support.home import inside

from helpers import chapters
from helpers.analysis import (
    bulletin,
    comparison,
    dimensions,
    hidden_cells,
    league_table,
    measures,
    outcome_cells,
    problems,
    replies,
    summary,
    units,
)
from helpers.cube import selections
from helpers.drawing import charts, funnel_plot, key_figures, small_multiples
from helpers.settings import editions, paths, periods
from helpers.writing import citations

BELOW = 5
PERIODS = ["year", "H1", "H2", *(f"Q{quarter}" for quarter in range(1, 5)), *(f"M{month:02}" for month in range(1, 13))]
CATEGORIES, DISTRICTS = {"住房": 9, "教育": 4, "供水": 1}, {"甲区": 12, "乙区": 6, "丙区": 2, "丁区": 1}
ANSWERS = ["assessed", "reached", "valid", "contact_known", "contacted", "resolved", "unresolved", "satisfied", "dissatisfied"]
HANDLED = ["dispatched", "repeated", "redispatched", "due", "on_time", "closed"]
WITHIN = [("reached", "assessed"), ("valid", "reached"), ("contact_known", "valid"), ("contacted", "contact_known"),
          *((name, "dispatched") for name in HANDLED[1:]), ("on_time", "due")]  # no more of the first than of the second
SUMS = [("valid", ("resolved", "unresolved")), ("valid", ("satisfied", "dissatisfied"))]
STREETS = ["district", "subdistrict"]
FAMILIES = {"outcomes": (ANSWERS, ("place", "part")), "category_outcomes": (ANSWERS, ("category", "subcategory")),
            "unit_handling": (HANDLED, ("place", "part")), "category_handling": (HANDLED, ("category", "subcategory"))}


def tickets(many):
    chance = random.Random(7)
    for number in range(many):
        category, district = (chance.choices([*names], names.values())[0] for names in (CATEGORIES, DISTRICTS))
        month, answered = chance.randint(1, 12), chance.random() < 0.9
        agency = chance.random() < 0.15
        received = datetime(2020, month, chance.randint(1, 28), 9)
        is_repeated = chance.random() < 0.1
        row = {"ticket_id": str(number), "received_at": received, "category": category,
               "subcategory": category + chance.choice("一二"), "handling": "dispatched",
               "dispatches": 1 + (chance.random() < 0.1), "closed_at": received + timedelta(days=3),
               "on_time": chance.random() < 0.8, "exclusion": "duplicate" if is_repeated else None,
               "assessment": "none" if is_repeated else "full"}
        owner = chance.choices(["甲局", "乙局", "丙局"], [5, 3, 1])[0]
        place = ({"owner_level": "municipal_agency", "owner": owner} if agency else
                 {"owner_level": "subdistrict", "district": district, "owner": None,
                  "subdistrict": district[0] + chance.choices(["东街", "西街"], [3, 1])[0]})
        if not is_repeated:
            row |= {"reached": answered, "contacted": answered or None}
            row |= {"resolved": chance.choices(["resolved", "unresolved"], [8, 2])[0],
                    "satisfied": chance.choices(["satisfied", "dissatisfied"], [9, 1])[0]} if answered else {}
        yield row | place


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Open a period of a town of 200 tickets a month that hides small counts."""
    with inside(tmp_path_factory.mktemp("outcomes")) as patch:
        town.project(paths.ROOT, patch)
        town.bring(*tickets(2400), digest="2")
        whole = chapters.open("town", 2020)
        changes = {"suppression": editions.Suppression(below=BELOW, source="test"), "districts": [*DISTRICTS],
                   "audience": "internal",
                   "soundness": editions.Soundness(covered=0, min_drawn=1)}
        whole = dataclasses.replace(whole, edition=whole.edition.model_copy(update=changes))
        yield lambda period: dataclasses.replace(whole, period=periods.parse(period, 2020))


def answers_of(chapter):
    """Yield all that a report prints of outcomes by unit and matter: family, the level of its rows, its answer."""
    cube, span, answers = chapter.cube, chapter.period, chapter.edition.assessment.answers
    for level in ("", "district", "subdistrict", "municipal_agency"):
        dimension = dimensions.DIMENSIONS[level] if level else None
        rows, keys = (dimension.outcomes(chapter), dimension.keys) if level else (cube.outcomes, ())
        yield "outcomes", level, chapter.ask(measures.rates(rows, span, answers, keys))
        handling = units.of_level(chapter, level, cube.unit_handling) if level else cube.unit_handling
        yield "unit_handling", level, problems.handling(chapter, handling, keys)
    for keys in (["category"], ["category", "subcategory"]):
        yield "category_outcomes", keys[-1], chapter.ask(measures.rates(cube.category_outcomes, span, answers, keys))
        yield "category_handling", keys[-1], problems.handling(chapter, cube.category_handling, keys)
    yield "durations", "", chapter.ask(measures.timeliness(cube.durations, span))
    yield "durations", "district", chapter.ask(measures.timeliness(cube.durations, span, "district"))
    yield "funnel", "", chapter.ask(measures.funnel(cube.funnel, span))


def name_of(row, level):
    """Return which leaves of a family a row adds up: place and part of units, category and subcategory of matters."""
    place = row["district"] if isinstance(row.get("district"), str) else "agency"
    names = {"district": ("place",), "subdistrict": ("place", "part"), "municipal_agency": ("place", "part"),
             "category": ("category",), "subcategory": ("category", "subcategory")}.get(level, ())
    return {name: {"place": place, "part": row.get("subdistrict") or row.get("owner")}.get(name) or row[name] for name in names}


def printed(chapter):
    """Yield what is published: family, names, months, column and value; a rate with its answers tells the numerator."""
    months = tuple(month - 1 for _, month in chapter.period.calendar)
    for family, level, answer in answers_of(chapter):
        shown = answer.astype(object).mask(chapter.disclosure.mask(answer))
        if "resolution_rate" in shown:
            for name, rate, whole in (("resolved", "resolution_rate", "valid"), ("satisfied", "satisfaction_rate", "valid"),
                                      ("contacted", "contact_rate", "contact_known")):
                shown[name] = shown[rate].astype(float) * answer[whole]
        for row in shown.to_dict("records"):
            real = {"durations": "unit_handling", "funnel": "outcomes"}.get(family, family)
            for column in FAMILIES[real][0]:
                if (value := row.get(column)) is not None and value == value:
                    yield real, name_of(row, level), months, column, round(float(value))


class Programme:
    """What an attacker knows: the published sums, and how the columns and tables hang together."""

    def __init__(self, chapter):
        self.counts = {}
        for family, (columns, names) in FAMILIES.items():
            rows = getattr(chapter.cube, family).to_pandas().rename(columns={"tickets": "dispatched"})
            if names[0] == "place":
                is_agency = rows["owner_level"] == "municipal_agency"
                rows = rows.assign(place=rows["district"].where(~is_agency, "agency"),
                                   part=rows["subdistrict"].where(~is_agency, rows["owner"]))
            for key, part in rows.groupby([*names, "month"], dropna=False):
                for column in columns:
                    self.counts[family, key[:2], key[2] - 1, column] = int(part[column].sum())
        self.leaves = {name: sorted({key for family, key, _, _ in self.counts if family == name}, key=str) for name in FAMILIES}
        cells = [(family, key, month, column) for family, (columns, _) in FAMILIES.items() for key in self.leaves[family]
                 for month in range(12) for column in columns]
        self.true = np.array([self.counts.get(cell, 0) for cell in cells])
        self.places, self.known, self.most = {cell: place for place, cell in enumerate(cells)}, {}, []
        for (family, key, month, column), place in self.places.items():
            here = {name: self.places.get((family, key, month, name)) for name in FAMILIES[family][0]}
            self.most += [{place: 1, here[whole]: -1} for name, whole in WITHIN if name == column and whole in here]
            self.equal({place: 1, **{here[part]: -1 for part in parts}} for whole, parts in SUMS if whole == column)
        for one, other in (("outcomes", "category_outcomes"), ("unit_handling", "category_handling")):
            self.equal(self.row(one, {}, [month], column) | dict.fromkeys(self.row(other, {}, [month], column), -1)
                       for month in range(12) for column in FAMILIES[one][0])

    def equal(self, rows, value=0):
        self.known |= {tuple(sorted(row.items())): value for row in rows}

    def row(self, family, names, months, column):
        """Return a count as a sum of the finest ones."""
        wanted = {FAMILIES[family][1].index(name): value for name, value in names.items()}
        return {self.places[family, key, month, column]: 1 for key in self.leaves[family] for month in months
                if all(key[at] == value for at, value in wanted.items())}

    def value(self, family, names, months, column):
        return int(self.true[[*self.row(family, names, months, column)]].sum())

    def matrix(self, rows):
        from scipy import sparse

        entries = [(number, place, value) for number, row in enumerate(rows) for place, value in dict(row).items()]
        row, column, values = zip(*entries, strict=True)
        return sparse.csr_array((values, (row, column)), shape=(len(rows), len(self.places)))

    def intervals(self, targets):
        """Yield the least and the largest value that each target may have."""
        from scipy import optimize

        known, most = self.matrix([*self.known]), self.matrix(self.most)
        for target in targets:
            goal = np.zeros(len(self.places))
            goal[[*target]] = [*target.values()]
            yield [sign * optimize.linprog(sign * goal, A_ub=most, b_ub=np.zeros(len(self.most)), A_eq=known,
                                           b_eq=[*self.known.values()], method="highs").fun for sign in (1, -1)]


def attacked(opened, at_most):
    """Return the small counts that are recovered within 2 of them, of some that are looked at, and the share that is hidden."""
    programme, rows, hidden = Programme(opened("year")), {}, [0, 0]
    for period in PERIODS:
        for family, names, months, column, value in printed(opened(period)):
            row = programme.row(family, names, months, column)
            assert value == programme.value(family, names, months, column), (family, names, period, column)
            programme.equal([row], value)
    for period in PERIODS:
        months = [month - 1 for _, month in periods.parse(period, 2020).calendar]
        for family, (columns, _) in FAMILIES.items():
            every = {tuple(key[:end]) for name, key, _, _ in programme.counts if name == family for end in (0, 1, 2)}
            for key, column in ((key, column) for key in sorted(every, key=str) for column in columns):
                names = dict(zip(FAMILIES[family][1], key, strict=False))
                count = programme.value(family, names, months, column)
                row = programme.row(family, names, months, column)
                hidden[0] += tuple(sorted(row.items())) not in programme.known
                hidden[1] += 1
                if 0 < count < BELOW:
                    rows[family, key, period, column] = row, count
    targets = random.Random(1).sample(sorted(rows, key=str), min(at_most, len(rows)))
    found = zip(targets, programme.intervals([rows[target][0] for target in targets]), strict=True)
    narrow = [(target, rows[target][1], ends) for target, ends in found
              if ends[0] >= rows[target][1] - 2 - 1e-6 and ends[1] <= rows[target][1] + 2 + 1e-6]
    return narrow, len(targets), len(rows), hidden


@pytest.mark.thorough
def test_no_small_outcome_of_any_period_is_recovered_from_all_periods_together(opened):
    pytest.importorskip("scipy")
    narrow, looked, small, _ = attacked(opened, 60)
    assert (narrow, looked, small > 500) == ([], 60, True)


def rates(chapter, *by):
    dimension = dimensions.DIMENSIONS[by[0]] if by else None
    rows, keys = (dimension.outcomes(chapter), dimension.keys) if by else (chapter.cube.outcomes, ())
    return chapter.ask(measures.rates(rows, chapter.period, chapter.edition.assessment.answers, keys))


def hidden(chapter, answer, column):
    """Return the names of the rows that hide a column."""
    return {*answer[chapter.disclosure.mask(answer)[column]].iloc[:, 0]}


def test_the_outcomes_of_a_city_are_published_by_the_month_and_those_of_its_small_districts_are_not(opened):
    assert not any(opened(period).disclosure.mask(rates(opened(period)))["valid"].any() for period in ("M06", "Q2", "year"))
    assert {"丙区", "丁区"} <= hidden(opened("M06"), rates(opened("M06"), "district"), "resolution_rate")


def test_what_a_month_hides_its_year_may_print(opened):
    for district in ("甲区", "乙区"):
        found = {period: district in hidden(opened(period), rates(opened(period), "district"), "valid")
                 for period in ("M06", "year")}
        assert found == {"M06": True, "year": False}


def test_a_bulletin_and_a_league_table_hide_what_the_annual_report_hides(opened):
    chapter = opened("Q3")
    annual = hidden(chapter, rates(chapter, "district"), "resolution_rate")
    printed = bulletin.units(chapter, "district", rates(chapter))
    assert set() < annual < {*DISTRICTS}
    assert hidden(chapter, printed, "resolution_rate") == annual
    assert hidden(chapter, league_table.of_units(chapter, "district"), "resolution_rate") == annual
    assert hidden(chapter, printed, "tickets") == hidden(
        chapter, chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district")), "tickets")


def test_a_score_is_printed_where_each_of_its_months_is(opened):
    scored = league_table.of_units(opened("year"), "district")
    assert hidden(opened("year"), scored, "score") == {*DISTRICTS} > hidden(opened("year"), scored, "resolution_rate")


def test_the_movements_and_months_of_a_bulletin_hide_what_the_annual_report_hides(opened):
    chapter = opened("M06")
    spans = bulletin.spans(chapter, chapter.soundness)
    both = bulletin.compare(chapter, chapter.soundness, spans, selections.by_subdistricts(chapter.cube.areas), STREETS)
    now, before = (hidden_streets(chapter, span) for span in (spans.now, spans.before))
    mask = chapter.disclosure.mask(both)["tickets"]
    assert {*zip(*(both[name][mask] for name in STREETS), strict=True)} >= now | before > set()
    items = bulletin.items(chapter, chapter.soundness).set_index("item")
    assert not items.index[chapter.disclosure.mask(items.reset_index())["tickets"].to_numpy()].isin(["total"]).any()


def hidden_streets(chapter, span):
    answer = chapter.ask(measures.volume(selections.by_subdistricts(chapter.cube.areas), span, STREETS))
    mask = chapter.disclosure.mask(answer)["tickets"]
    return {*zip(*(answer[name][mask] for name in STREETS), strict=True)}


def test_tables_without_a_plan_are_printed_of_whole_years_alone(opened):
    for period in ("Q2", "year"):
        chapter, span = opened(period), opened(period).period
        for question, column in ((replies.crossed(chapter.cube.replies, span, 5), "valid"),
                                 (measures.volume(chapter.cube.dispatching, span, "dispatches"), "tickets")):
            mask = chapter.disclosure.mask(chapter.ask(question))[column]
            assert mask.all() if period == "Q2" else not mask.all()


def test_of_a_part_of_the_tickets_neither_months_nor_parts_of_a_year_are_printed(opened):
    part = dataclasses.replace(opened("year"), is_part=True)
    whole = part.ask(measures.volume(part.cube.channels, part.period))
    assert not part.disclosure.mask(whole)["tickets"].any()
    assert part.disclosure.mask(part.ask(measures.monthly(part.cube.channels, part.period)))["tickets"].all()
    quarter = dataclasses.replace(opened("Q2"), is_part=True)
    assert quarter.disclosure.mask(quarter.ask(measures.volume(part.cube.channels, quarter.period)))["tickets"].all()


def test_rows_that_have_lost_what_they_were_counted_from_are_hidden_whole(opened):
    chapter = opened("year")
    rows = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    lost = pd.DataFrame(rows.to_dict("records"))
    assert not hidden(chapter, rows, "tickets")
    assert hidden(chapter, lost, "tickets") == hidden(chapter, lost, "ticket_share") == {*CATEGORIES}
    assert chapter.disclosure.replacement(citations.cite(lost, "tickets", category="住房")) == "（略）"
    carried = hidden_cells.joined(lost, rows)
    assert not hidden(chapter, carried, "tickets")
    assert chapter.disclosure.replacement(citations.summed(carried, "count")) is None


@pytest.mark.thorough
@pytest.mark.parametrize("period", ["Q3", "Q4", "H2"])
def test_every_chart_draws_or_declines_where_much_is_hidden(opened, period):
    chapter = dataclasses.replace(opened(period), paper=True)
    cube, span, answers = chapter.cube, chapter.period, chapter.edition.assessment.answers
    areas, months = chapter.ask(measures.volume(cube.areas, span, "district", chapter.base)), ["year", "month"]
    monthly = chapter.ask(measures.monthly(cube.areas, span, "district"))
    by_place = comparison.of_units(chapter, "district", areas, chapter.places)
    scored = league_table.of_units(chapter, "subdistrict")
    points = league_table.funnel_plot(chapter, scored, "subdistrict", "resolution_rate", rates(chapter))
    rate, steps = {"value": "resolution_rate", "count": "valid"}, chapter.ask(measures.funnel(cube.funnel, span))
    by_month = chapter.ask(measures.monthly_rates(cube.outcomes, span, answers))
    drawn = [
        chapter.figure("各区", charts.bars, areas, label="district", value="tickets"),
        chapter.figure("各区", charts.share_bar, areas, label="district", value="ticket_share"),
        chapter.figure("各月", charts.monthly_lines, monthly, by="district", value="tickets", extremes=True),
        chapter.figure("各区各月", small_multiples.small_multiples, monthly, by="district", value="tickets"),
        chapter.figure("比较", charts.comparison, by_place, label="district", values=comparison.values(by_place)),
        chapter.figure("漏斗", charts.funnel, steps, values=["assessed", "reached", "valid"]),
        chapter.figure("各率", charts.rates, by_month, values=measures.RATES),
        chapter.figure("各街", funnel_plot.funnel_plot, points, label=["district", "subdistrict"], **rate),
        chapter.figure("数字", key_figures.key_figures, summary.key_months(chapter), values=summary.VALUES,
                       whole=summary.key_numbers(chapter)),
    ]
    assert {each.payload["kind"] for each in drawn if each} <= {"figure", "absence"}
    assert [*monthly[months].drop_duplicates()["month"]] == [month for _, month in span.calendar]


def test_a_large_number_that_is_hidden_is_not_drawn(opened):
    chapter = opened("year")
    numbers, months = summary.key_numbers(chapter), summary.key_months(chapter)
    alone = hidden_cells.joined(numbers, (hidden_cells.unplanned(is_suppressed=True), ["tickets", "tickets_change"]))
    seen = []

    def spy(frame, values, *, whole, numbers, axes=None):
        seen.append((values, whole["tickets"].isna().all()))
        return key_figures.key_figures(frame, values, whole=whole, numbers=numbers, axes=axes)

    chapter.figure("数字", spy, months, values=["tickets", "dispatched"], whole=alone)
    assert {(*values, is_hidden) for values, is_hidden in seen} == {("dispatched", True)}
    none = chapter.figure("数字", key_figures.key_figures, months, values=["tickets"], whole=alone)
    assert none.payload["kind"] == "absence"


def test_tables_that_count_the_same_units_or_matters_are_hidden_with_them(opened):
    year = opened("year")
    rows = {"outcomes": (year.cube.outcomes, ["district", "subdistrict"]),
            "category_outcomes": (year.cube.category_outcomes, ["category", "subcategory"])}
    tables = {name: getattr(year.cube, name).to_pyarrow() for name in outcome_cells.TABLES}
    never = {name: {path: 0 if len(path) == 2 else 4 for path in grain} for group in outcome_cells.GROUPS
             for name, grain in zip(group, outcome_cells.plan(group, tables, BELOW), strict=True)}
    marks = outcome_cells.marks(tables, [[never[name] for name in group] for group in outcome_cells.GROUPS], 2020)
    for like, name in (("replies", "category_outcomes"), ("unit_category_outcomes", "outcomes"), ("durations", "unit_handling")):
        keys = rows[name][1] if name in rows else ["district"]
        changed = {tuple(row[key] for key in keys) for row in marks[like]}
        assert set() < changed <= {tuple(row[key] for key in keys) for row in marks[name]}
