"""A unit's peers are those of its level with nearly as many tickets, about nearly the same."""

import numpy as np
import pytest

from helpers.analysis import peers


def test_both_the_volume_and_the_mix_bring_units_near():
    mixes = [[50, 50], [50, 50], [5, 95], [500, 500]]
    apart = peers.distances([100, 110, 100, 1000], mixes)
    assert np.allclose(apart, apart.T)
    assert (np.diag(apart) == 0).all()
    assert peers.nearest(apart, 3, [True] * 4)[0].tolist() == [1, 2, 3]
    assert (apart[~np.eye(4, dtype=bool)] ** 2).mean() == pytest.approx(2)  # each of the two has a mean square of 1


def test_mixes_without_anything_in_common_are_as_far_apart_as_mixes_can_be():
    apart = peers.distances([100, 100, 100], [[1, 0], [0, 1], [1, 0]])
    assert apart[0, 1] == pytest.approx(np.sqrt(3 / 2))  # 1 by Hellinger, over its root mean square of four of six pairs
    assert apart[0, 2] == 0


def test_a_unit_is_not_its_own_peer_and_who_may_not_be_ranked_is_nobodys():
    apart = peers.distances([100, 100, 120], [[1, 1], [1, 1], [1, 1]])
    assert peers.nearest(apart, 2, [True, False, True]).tolist() == [[2, -1], [0, 2], [0, -1]]


def test_units_that_are_alike_and_a_unit_alone_have_no_distance():
    assert peers.distances([5, 5], [[1, 2], [1, 2]]).tolist() == [[0, 0], [0, 0]]
    assert peers.nearest(peers.distances([5], [[1, 2]]), 3, [True]).tolist() == [[-1]]
