"""Public maps of points: cells that hold enough in every month, every point once, nothing told by difference."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from helpers.analysis import quadtree
from helpers.settings.editions import Extent

BOX = quadtree.Box(0, 0, 4, 4, 4)


def points(*squares):
    """Points in the middle of squares of the 4 × 4 grid: (column, row, month, how many)."""
    rows = [(column + 0.5, row + 0.5, month) for column, row, month, many in squares for _ in range(many)]
    return pd.DataFrame(rows, columns=["longitude", "latitude", "month"])


def held(cells):
    """Each cell as its squares and its tickets of all months."""
    tickets = cells.tickets.groupby("cell")["tickets"].sum()
    squares = cells.pieces.groupby("cell")[["level", "column", "row"]]
    return {tuple(rows.itertuples(index=False, name=None)): int(tickets[cell]) for cell, rows in squares}


TABLE = [(0, 0, 1, 3), (0, 0, 2, 3), (1, 0, 1, 3), (0, 1, 1, 4), (1, 1, 1, 5),  # the south-west: each holds 3
         (2, 0, 1, 1), (3, 0, 1, 9), (2, 1, 1, 4),  # the south-east: 1 is too few, with 4 it is enough
         (0, 2, 1, 2),  # the north-west: 2 is too few
         (2, 2, 1, 6), (3, 3, 1, 5)]  # the north-east: 11, the smallest of the others


def test_cells_by_hand():
    assert held(quadtree.cells(points(*TABLE), BOX, 3, 2)) == {
        ((1, 0, 1), (1, 1, 1)): 13, ((2, 0, 0),): 6, ((2, 1, 0),): 3, ((2, 0, 1),): 4, ((2, 1, 1),): 5,
        ((2, 2, 0), (2, 2, 1)): 5, ((2, 3, 0),): 9}


def test_a_month_of_the_whole_box_with_too_few_gives_no_cell():
    cells = quadtree.cells(points(*TABLE, (3, 3, 3, 2)), BOX, 3, 2)
    assert cells.pieces.empty
    assert cells.tickets.empty


def test_a_month_with_few_in_one_place_keeps_the_place_together():
    cells = quadtree.cells(points(*TABLE, (3, 3, 2, 1)), BOX, 3, 2)  # one of February's four lies in the north-east
    assert held(cells) == {((0, 0, 0),): 46}


@pytest.fixture(scope="module")
def many():
    draw = np.random.default_rng(7)
    middles = draw.choice([0.7, 2.2, 3.1], (4000, 2))
    places = middles + draw.normal(0, 0.25, (4000, 2))
    return pd.DataFrame({"longitude": places[:, 0], "latitude": places[:, 1], "month": draw.integers(1, 13, 4000)})


def test_no_difference_of_two_periods_tells_of_few(many):
    cells = quadtree.cells(many, BOX, 10, 6)
    months = cells.tickets.pivot_table(index="cell", columns="month", values="tickets", fill_value=0)
    months = months.reindex(columns=range(1, 13))
    spans = [range(first, last) for first in range(1, 13) for last in range(first + 1, 14)]
    for one, other in combinations(spans, 2):
        gone = [month for month in one if month not in other]
        found = months[gone].sum(axis=1) if set(other) < set(one) else months[list(one)].sum(axis=1)
        assert ((found == 0) | (found >= 10)).all()
    assert len(cells.tickets["cell"].unique()) > 10


def test_every_point_in_the_box_is_counted_once(many):
    inside = many[many["longitude"].between(0, 4, inclusive="left") & many["latitude"].between(0, 4, inclusive="left")]
    cells = quadtree.cells(many, BOX, 10, 6)
    assert cells.tickets["tickets"].sum() == len(inside)
    areas = quadtree.bounds(cells.pieces, BOX)
    assert areas["area"].sum() <= BOX.side**2 + 1e-9
    assert not cells.pieces.duplicated(["level", "column", "row"]).any()


def test_a_box_is_square_in_kilometres_and_holds_the_extent():
    box = quadtree.around(pd.DataFrame(), Extent(longitude=[115.4, 117.6], latitude=[39.4, 41.1], source="a test"))
    assert (box.north - box.south) * 111.32 == pytest.approx(box.side)
    assert (box.east - box.west) * 111.32 * np.cos(np.radians(40.25)) == pytest.approx(box.side)
    assert box.west <= 115.4
    assert box.east >= 117.6
    own = quadtree.around(pd.DataFrame({"longitude": [116.31, 116.42], "latitude": [39.91, 39.99]}))
    assert own.west <= 116.3 + 1e-9
    assert own.east >= 116.5 - 1e-9
