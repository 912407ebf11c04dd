"""A linear programme over all that is printed of a small town, in all periods at once, recovers no small count."""

import random
from collections import Counter
from itertools import product

import numpy as np
import pytest

from helpers.analysis import moves
from helpers.analysis.moves import SPANS

BELOW = 5
PRINTED = [("channels", ()), ("calls", ("category",)), ("calls", ("category", "subcategory")), ("areas", ()),
           ("areas", ("category",)), ("areas", ("district",)), ("areas", ("owner_level", "district", "subdistrict")),
           ("areas", ("category", "district"))]
CATEGORIES, DISTRICTS = {"住房": 9, "教育": 4, "供水": 2, "交通": 1}, {"甲区": 6, "乙区": 3, "丙区": 1}


def town(many: int) -> dict[str, moves.Rows]:
    """Return the counts of a town whose tickets do not say how or by whom they were handled: `areas` counts what `calls` does."""
    chance, found = random.Random(2020), Counter()
    for _ in range(many):
        category, district = (chance.choices([*names], names.values())[0] for names in (CATEGORIES, DISTRICTS))
        subdistrict, subcategory = district[0] + chance.choices(["东街", "西街"], [3, 1])[0], category + chance.choice("一二")
        found[category, subcategory, district, subdistrict, chance.randint(1, 12)] += 1
    names = ("category", "subcategory", "district", "subdistrict", "month", "tickets")
    rows = dict(zip(names, zip(*((*key, tickets) for key, tickets in sorted(found.items())), strict=True), strict=True))
    unknown = [None] * len(found)
    rows |= dict.fromkeys(("handling", "channel", "source", "kind", "topic", "owner_level"), unknown)
    tables = {"channels": ("channel", "source", "kind", "handling"), "calls": ("handling", "category", "subcategory", "topic"),
              "areas": ("owner_level", "district", "subdistrict", "category")}
    counted = {table: {name: rows[name] for name in (*names, "month", "tickets")} for table, names in tables.items()}
    return counted | {"split": moves.split(counted["calls"], counted["areas"])}


def printed(year: moves._Year) -> dict[tuple, int]:
    """Return what is published: the counts of 5 and more of all periods that no move changes, by family, name and months."""
    found = {}
    for family in PRINTED:
        for key, counts in year.sums(family).items():
            for span in SPANS:
                effects = (year.effects(move.cells, family) for move in year.moves)
                changed = any(sum(effect.get((key, month), 0) for month in span) for effect in effects)
                if not (changed or 0 < counts[span].sum() < BELOW):
                    found[family, key, tuple(span)] = int(counts[span].sum())
    return found


class Programme:
    """What an attacker knows of the town: the published sums, and how the tables hang together."""

    def __init__(self, year, found):
        self.year, self.fine = year, [("calls", ("category", "subcategory")), ("areas", ("category", "district")),
                                      ("areas", ("owner_level", "district", "subdistrict"))]
        cells = [(family, key, month) for family in self.fine for key in year.sums(family) for month in range(12)]
        self.places = {cell: place for place, cell in enumerate(cells)}
        known = [(self.row(*name), value) for name, value in found.items()]
        for month in range(12):
            known += [(self.row(self.fine[first], {name: value}, [month]) - self.row(self.fine[1], {name: value}, [month]), 0)
                      for first, name, values in ((2, "district", DISTRICTS), (0, "category", CATEGORIES)) for value in values]
        self.rows, self.values = np.array([row for row, _ in known]), np.array([value for _, value in known])

    def row(self, family, key, span):
        """Return a count as a sum of the finest ones."""
        wanted = key if isinstance(key, dict) else dict(zip(family[1], key, strict=True))
        fine = family if family in self.fine else next(
            each for each in self.fine if each[0] == family[0].replace("channels", "calls") and {*wanted} <= {*each[1]})
        row = np.zeros(len(self.places))
        for other, month in product(self.year.sums(fine), span):
            if wanted.items() <= dict(zip(fine[1], other, strict=True)).items():
                row[self.places[fine, other, month]] = 1
        return row

    def interval(self, name):
        """Return the least and the largest value that a count may have."""
        from scipy import optimize, sparse

        rows, row = sparse.csr_array(self.rows), self.row(*name)
        return [sign * optimize.linprog(sign * row, A_eq=rows, b_eq=self.values, method="highs").fun for sign in (1, -1)]


def recovered(year, at_most: int | None = None) -> tuple[list, int]:
    """Return the hidden counts of 1 to 4 whose interval lies within 2 of them, and how many small ones were looked at."""
    found = printed(year)
    programme = Programme(year, found)
    small = [(family, key, tuple(span)) for family in PRINTED for key, counts in year.sums(family).items() for span in SPANS
             if 0 < counts[span].sum() < BELOW][:at_most]
    narrow = []
    for name in small:
        count = year.sums(name[0])[name[1]][[*name[2]]].sum()
        low, high = programme.interval(name)
        if low >= count - 2 - 1e-6 and high <= count + 2 + 1e-6:
            narrow.append((name, int(count), low, high))
    return narrow, len(small)


def planned(many):
    tables = town(many)
    year = moves._Year(tables, moves.FAMILIES, BELOW)
    for move in moves.plan(tables, moves.FAMILIES, BELOW):
        year.add(move)
    return year


@pytest.fixture(scope="module")
def year():
    """A town of fifty tickets a month, of which two counts in three are hidden by the month, and one in ten by the year."""
    return planned(600)


def test_no_small_count_of_any_period_is_recovered_from_all_periods_together(year):
    pytest.importorskip("scipy")
    narrow, small = recovered(year)
    assert (narrow, small > 150) == ([], True)


def test_without_further_hidden_counts_nearly_every_small_one_is_recovered(year):
    pytest.importorskip("scipy")
    bare = moves._Year(year.tables, year.families, BELOW)
    narrow, small = recovered(bare, at_most=20)
    assert len(narrow) >= small - 2


def test_totals_of_the_year_stay_printed(year):
    names = {(family, key) for family, key, span in printed(year) if len(span) == 12}
    assert names >= {(("channels", ()), ()), *((("calls", ("category",)), (category,)) for category in CATEGORIES),
                     *((("areas", ("district",)), (district,)) for district in DISTRICTS)}


def test_a_count_of_two_tables_is_hidden_in_both_or_in_neither(year):
    found = printed(year)
    for category, span in product(CATEGORIES, SPANS):
        name = (category,), tuple(span)
        assert ((("calls", ("category",)), *name) in found) == ((("areas", ("category",)), *name) in found)


def test_moves_of_an_earlier_plan_are_kept_and_those_that_are_new_come_behind(year):
    grown = town(660)
    assert moves.plan(grown, moves.FAMILIES, BELOW, year.moves)[:len(year.moves)] == year.moves


def test_a_lone_count_that_nothing_sets_off_hides_its_totals():
    rows = {"tag": ["复工"], "month": [3], "tickets": [2]}
    move, = moves.plan({"tags": rows}, moves.TAGS, BELOW)
    assert {(key[-1], month): change for (key, month), change in move.cells.items()} == {("复工", 2): 1}
