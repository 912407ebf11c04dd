"""Scores that units are to reach, so that the printed orders and ties come out; and the tuning of counts to a score."""

import itertools

import numpy as np
import pandas as pd

from helpers.settings.editions import Score
from helpers.settings.errors import UserError
from helpers.simulate import fitting
from helpers.simulate.calibration import Standings

_NEAR = 0.33  # how far from the middle of its last decimal a year's score may lie, in units of that decimal
_ROUNDS = 400


def targets(wanted: Standings, units: pd.DataFrame, middle: pd.Series, score: Score,
            rng: np.random.Generator) -> np.ndarray:
    """Return each subdistrict's score of the year, in units of the last decimal; of `unscored` ones too, unused.

    `middle`: around which a district's scores lie. The city's first stand in their order, each district's first in
    theirs, equal where they share a rank and nowhere else; all others lie below their district's last printed.
    """
    unit = 10**score.decimals
    keys = list(zip(units["district"], units["subdistrict"], strict=True))
    known = _city(wanted, unit, rng)
    lasting = np.array([np.random.default_rng(list(f"{name}{district}".encode())).normal() for district, name in keys])
    drawn = wanted.deviation * (0.8 * lasting + 0.6 * rng.normal(size=len(keys)))
    drawn += middle[units["district"]].to_numpy()
    ceiling = {}
    for district in units["district"].unique():
        known |= (below := _district(wanted, district, known, unit, rng))
        last = min([known[key] for key in below], default=unit * wanted.highest + 1)
        ceiling[district] = min(last, unit * wanted.last if wanted.city else last)
    _refuse_unknown(known, keys)
    top = np.array([ceiling[district] for district in units["district"]]) - 1 - rng.integers(0, unit, len(keys))
    free = np.rint(np.clip(unit * drawn, unit * wanted.lowest, top))
    return np.array([known.get(key, value) for key, value in zip(keys, free, strict=True)]).astype(np.int64)


def _city(wanted: Standings, unit: int, rng: np.random.Generator) -> dict[tuple[str, str], int]:
    """Return the scores of the city's first, from `first` down to `last`: one unit or more apart unless tied."""
    keys = [tuple(key) for key in wanted.city]
    ties = [{(district, name) for name in tie} for district, groups in wanted.districts.items() for tie in groups]
    pairs = itertools.pairwise(keys)
    apart = np.array([not any({above, own} <= tie for tie in ties) for above, own in pairs], dtype=int)
    spare = round(unit * (wanted.first - wanted.last)) - apart.sum()
    steps = apart + fitting.round_to_total(apart * rng.uniform(0.3, 1, len(apart)), spare) if keys else apart
    scores = round(unit * wanted.first) - np.concatenate([[0], np.cumsum(steps)])
    return dict(zip(keys, scores.tolist(), strict=False))


def _district(wanted: Standings, district: str, known: dict[tuple[str, str], int], unit: int,
              rng: np.random.Generator) -> dict[tuple[str, str], int]:
    """Return the scores of a district's first: those in the city's list have theirs, the others follow below it."""
    scores: dict[tuple[str, str], int] = {}
    last = bottom = round(unit * wanted.last)
    for tie in wanted.districts.get(district, []):
        keys = [(district, name) for name in tie]
        given = {known[key] for key in keys if key in known}
        last = given.pop() if given else min(last, bottom) - int(rng.integers(2, unit))
        scores |= dict.fromkeys(keys, last)
    return scores


def _refuse_unknown(known: dict[tuple[str, str], int], keys: list[tuple[str, str]]) -> None:
    for district, subdistrict in known:
        if (district, subdistrict) not in keys:
            raise UserError(f"calibration: standings name {subdistrict} of {district}, which does not stand in that "
                             "year: correct the name.")


def monthly(counts: np.ndarray, score: Score) -> tuple[np.ndarray, np.ndarray]:
    """Return scores [unit, month] in units of the last decimal, rounded, and where rounding is a matter of a hair.

    `counts` [.., (contacted, answers…)], as `tune` has them. The score is 100 × Σ weight × rate over valid tickets; a
    month without any has none (nan).
    """
    valid = counts[..., 1:].sum(axis=-1)
    weights = score.weights
    points = (weights.contact_rate * counts[..., 0] + weights.resolution_rate * counts[..., 3:].sum(axis=-1)
              + weights.satisfaction_rate * (counts[..., 2] + counts[..., 4]))
    exact = np.divide(100 * 10**score.decimals * points, valid, out=np.full(valid.shape, np.nan), where=valid > 0)
    near_half = np.abs(exact - np.floor(exact) - 0.5) < 1e-6
    return (np.floor(exact) if score.rounding == "down" else np.floor(exact + 0.5)), near_half


# What another answer of one caller changes: contacted, unresolved dissatisfied, unresolved satisfied, resolved
# dissatisfied, resolved satisfied.
_MOVES = np.array([[1, 0, 0, 0, 0], [0, -1, 1, 0, 0], [0, 0, -1, 0, 1], [0, -1, 0, 1, 0], [0, -1, 0, 0, 1],
                   [0, 0, -1, 1, 0], [0, 0, 0, -1, 1]])
_MOVES = np.concatenate([_MOVES, -_MOVES])


def adjust_to_scores(counts: np.ndarray, wanted: np.ndarray, score: Score, rng: np.random.Generator) -> np.ndarray:
    """Return `counts` with a few answers changed, so that each unit's score of the year is the one wanted.

    A year's score is the mean of its months' rounded scores. In every round each unit that is not there yet changes the
    one answer, of any month, that brings it nearest, or any one where none does; a month whose score would be a matter
    of rounding counts as far off.
    """
    counts = counts.copy()
    for _ in range(_ROUNDS):
        now = _distance(counts, wanted, score)
        off = np.flatnonzero(now > _NEAR)
        if not len(off):
            return counts
        trials = counts[off][:, :, None, :] + _MOVES
        distance = _trial_distance(counts[off], trials, wanted[off], score).reshape(len(off), -1)
        stuck = distance.min(axis=1) > now[off] - 0.001
        distance[stuck] += rng.exponential(8, distance[stuck].shape)
        month, move = np.divmod(distance.argmin(axis=1), len(_MOVES))
        counts[off, month] += _MOVES[move]
    raise UserError(f"calibration: the scores of {len(off)} units cannot be met by whole answers: raise `smallest`.")


def _distance(counts: np.ndarray, wanted: np.ndarray, score: Score) -> np.ndarray:
    scores, near_half = monthly(counts, score)
    return np.abs(np.nanmean(scores, axis=1) - wanted - 0.5 * (score.rounding == "down")) + near_half.sum(axis=1)


def _trial_distance(counts: np.ndarray, trials: np.ndarray, wanted: np.ndarray, score: Score) -> np.ndarray:
    """Return how far off each unit would be after each move [unit, month, move]; infinitely where it is impossible."""
    before, half_before = monthly(counts, score)
    after, half_after = monthly(trials, score)
    months = np.isfinite(before).sum(axis=1)[:, None, None]
    mean = (np.nansum(before, axis=1)[:, None, None] - before[:, :, None] + after) / months
    halves = half_before.sum(axis=1)[:, None, None] - half_before[:, :, None] + half_after
    valid = trials[..., 1:].sum(axis=-1)
    silent = valid - trials[..., 0]
    possible = (trials >= 0).all(axis=-1) & (silent >= 0) & (silent <= np.maximum(valid // 10, 1)) & (valid > 0)
    off = np.abs(mean - wanted[:, None, None] - 0.5 * (score.rounding == "down")) + halves
    return np.where(possible, off - 1e-6 * np.log(np.maximum(valid, 1)), np.inf)
