"""How finely outcomes are published: grains by hand, and a linear programme over all that is published of random towns."""

import random

import numpy as np
import pytest

from helpers.analysis import granularity
from helpers.analysis.granularity import SIZES

BELOW = 5


def months(*counts):
    return np.array([[*counts] * (12 // len(counts))])


def tree(**units):
    """Return the counts of units, one answer, and of the whole."""
    return {(): sum(units.values())} | {(name,): counts for name, counts in units.items()}


def grains(**units):
    found, = granularity.grains([tree(**units)], BELOW)
    return {path[0] if path else "": grain for path, grain in found.items()}


def test_counts_that_are_large_or_none_are_published_by_the_month():
    assert grains(a=months(9), b=months(0, 30)) == {"": 4, "a": 4, "b": 4}


def test_two_that_are_small_in_months_are_published_by_the_quarter():
    assert grains(a=months(9), b=months(3), c=months(4)) == {"": 4, "a": 4, "b": 3, "c": 3}


def test_a_single_one_is_joined_by_the_smallest_of_the_others():
    assert grains(a=months(9), b=months(3), c=months(8)) == {"": 4, "a": 4, "b": 3, "c": 3}


def test_two_whose_sum_tells_them_are_joined_by_a_third():
    assert grains(a=months(9), b=months(2), c=months(2), d=months(8)) == {"": 4, "a": 4, "b": 3, "c": 3, "d": 3}


def test_where_nothing_joins_the_whole_is_not_published_so_finely_nor_what_belongs_to_it():
    assert grains(a=months(3)) == {"": 3, "a": 3}
    two = {("a",): months(9), ("b",): months(3), ("b", "x"): months(3), ("c",): months(8), ("c", "x"): months(8)}
    found, = granularity.grains([two | {(): months(20)}], BELOW)
    assert found == {(): 4, ("a",): 4, ("b",): 3, ("b", "x"): 3, ("c",): 3, ("c", "x"): 3}


def test_trees_of_the_same_whole_publish_it_alike():
    one, other = granularity.grains([tree(a=months(3)), tree(x=months(90))], BELOW)
    assert one[()] == other[()] == other["x",] == 3


def test_what_is_small_in_a_year_is_never_published():
    assert grains(a=months(9), b=months(*[0] * 11, 3), c=months(*[0] * 11, 4))["b"] == 0


def test_what_was_published_more_finely_of_fewer_months_is_published_no_more():
    def until(month, **units):
        return {path: np.where(np.arange(12) < month, counts, 0) for path, counts in tree(**units).items()}

    units = {"a": months(9), "b": months(*[8] * 5, 2, *[8] * 6), "c": months(7), "d": months(90)}
    before = granularity.grains([until(5, **units)], BELOW)
    assert set(before[0].values()) == {4}
    now, = granularity.grains([until(6, **units)], BELOW, before)
    assert now == {(): 4, ("a",): 4, ("b",): -1, ("c",): -1, ("d",): 4}  # the sixth month of b and c is known together alone
    later, = granularity.grains([until(12, **units)], BELOW, [now])
    assert later == now


def towns():
    """Yield trees of three districts of three streets each, from few to many tickets."""
    for seed in range(12):
        chance = np.random.default_rng(seed)
        sizes = {(a, a + b): chance.gamma(1, 1 + seed) for a in "abc" for b in "xyz"}
        streets = {path: chance.poisson(size, (2, 12)) for path, size in sizes.items()}
        found = {(): sum(streets.values())}
        yield found | {(a,): sum(counts for path, counts in streets.items() if path[0] == a) for a in "abc"} | streets


def sums(counts, size):
    return counts.reshape(*counts.shape[:-1], -1, size).sum(axis=-1)


def test_marks_change_all_that_is_hidden_and_nothing_that_is_published():
    for town in towns():
        grain, = granularity.grains([town], BELOW)
        marks = granularity.marks(grain, random.Random(1))
        leaves = {}  # each mark is carried by the first street of its unit
        for path, change in marks.items():
            first = next(street for street in sorted(town) if len(street) == 2 and street[:len(path)] == path)
            leaves[first] = leaves.get(first, 0) + change
        for path, published in grain.items():
            whole = sum(change for street, change in leaves.items() if street[:len(path)] == path)
            for place, size in enumerate(SIZES):
                assert bool(np.all(sums(whole, size) == 0)) == (place < published), (path, size)


def test_no_small_count_is_recovered_from_all_periods_together():
    optimize = pytest.importorskip("scipy.optimize")
    looked = 0
    for town in [*towns()][::4]:
        grain, = granularity.grains([town], BELOW)
        streets = [path for path in town if len(path) == 2]
        for answer in range(2):
            rows, values, small = [], [], []
            for path, counts in town.items():
                for place, size in enumerate(SIZES):
                    for start in range(0, 12, size):
                        row = np.zeros((len(streets), 12))
                        row[[street[:len(path)] == path for street in streets], start:start + size] = 1
                        count = counts[answer, start:start + size].sum()
                        if place < grain[path]:
                            rows.append(row.ravel())
                            values.append(count)
                        elif 0 < count < BELOW:
                            small.append((row.ravel(), count))
            for row, count in random.Random(2).sample(small, min(len(small), 15)):
                known = {"A_eq": np.array(rows), "b_eq": values} if rows else {}
                ends = [optimize.linprog(sign * row, bounds=(0, 999), method="highs", **known).fun * sign for sign in (1, -1)]
                assert ends[0] < count - 2 - 1e-6 or ends[1] > count + 2 + 1e-6
                looked += 1
    assert looked > 60
