"""Choose target scores of subdistricts that give the calibrated ranks and ties, and adjust counts to target scores."""

import itertools

import numpy as np
import pandas as pd

from helpers.settings.assessment_rules import Score
from helpers.settings.errors import UserError
from helpers.simulate import fitting
from helpers.simulate.calibration import SubdistrictScores

_NEAR = 0.33  # largest distance of a year's score from its target, in units of the last decimal
_ROUNDS = 400


def targets(wanted: SubdistrictScores, units: pd.DataFrame, middle: pd.Series, score: Score,
            rng: np.random.Generator) -> np.ndarray:
    """Return each subdistrict's score of the year in units of the last decimal (unused for `unscored` ones).

    `middle` is the score around which a district's lie. The top subdistricts of the city and of each district are in their order,
    with equal scores for ties only; all others are below the last of their district's top. Raises UserError where `wanted` names
    a subdistrict that is not in `units`.
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
    _reject_unknown(known, keys)
    top = np.array([ceiling[district] for district in units["district"]]) - 1 - rng.integers(0, unit, len(keys))
    free = np.rint(np.clip(unit * drawn, unit * wanted.lowest, top))
    return np.array([known.get(key, value) for key, value in zip(keys, free, strict=True)]).astype(np.int64)


def _city(wanted: SubdistrictScores, unit: int, rng: np.random.Generator) -> dict[tuple[str, str], int]:
    """Return the scores of the city's top subdistricts, from `first` down to `last`: at least one unit between ranks."""
    keys = [tuple(key) for key in wanted.city]
    ties = [{(district, name) for name in tie} for district, groups in wanted.districts.items() for tie in groups]
    pairs = itertools.pairwise(keys)
    gaps = np.array([not any({above, own} <= tie for tie in ties) for above, own in pairs], dtype=int)
    spare = round(unit * (wanted.first - wanted.last)) - gaps.sum()
    steps = gaps + fitting.round_to_total(gaps * rng.uniform(0.3, 1, len(gaps)), spare) if keys else gaps
    scores = round(unit * wanted.first) - np.concatenate([[0], np.cumsum(steps)])
    return dict(zip(keys, scores.tolist(), strict=False))


def _district(wanted: SubdistrictScores, district: str, known: dict[tuple[str, str], int], unit: int,
              rng: np.random.Generator) -> dict[tuple[str, str], int]:
    """Return the scores of a district's top subdistricts: those of the city's list are given, the others lie below."""
    scores: dict[tuple[str, str], int] = {}
    last = bottom = round(unit * wanted.last)
    for tie in wanted.districts.get(district, []):
        keys = [(district, name) for name in tie]
        given = {known[key] for key in keys if key in known}
        last = given.pop() if given else min(last, bottom) - int(rng.integers(2, unit))
        scores |= dict.fromkeys(keys, last)
    return scores


def _reject_unknown(known: dict[tuple[str, str], int], keys: list[tuple[str, str]]) -> None:
    for district, subdistrict in known:
        if (district, subdistrict) not in keys:
            raise UserError(f"calibration: standings name {subdistrict} of {district}, which does not exist in that "
                             "year: correct the name.")


def monthly(counts: np.ndarray, score: Score) -> tuple[np.ndarray, np.ndarray]:
    """Return rounded scores [unit, month] in units of the last decimal, and a mask of scores that are nearly a tie in rounding.

    `counts` is [.., (contacted, answers…)], as in `adjust_to_scores`. The score is 100 × Σ weight × rate over valid tickets; a
    month without any has none (nan).
    """
    valid = counts[..., 1:].sum(axis=-1)
    weights = score.weights
    points = (weights.contact_rate * counts[..., 0] + weights.resolution_rate * counts[..., 3:].sum(axis=-1)
              + weights.satisfaction_rate * (counts[..., 2] + counts[..., 4]))
    exact = np.divide(100 * 10**score.decimals * points, valid, out=np.full(valid.shape, np.nan), where=valid > 0)
    near_half = np.abs(exact - np.floor(exact) - 0.5) < 1e-6
    return (np.floor(exact) if score.rounding == "down" else np.floor(exact + 0.5)), near_half


# Changes of counts when one caller answers otherwise: contacted, unresolved dissatisfied, unresolved satisfied, resolved
# dissatisfied, resolved satisfied.
_MOVES = np.array([[1, 0, 0, 0, 0], [0, -1, 1, 0, 0], [0, 0, -1, 0, 1], [0, -1, 0, 1, 0], [0, -1, 0, 0, 1],
                   [0, 0, -1, 1, 0], [0, 0, 0, -1, 1]])
_MOVES = np.concatenate([_MOVES, -_MOVES])


def adjust_to_scores(counts: np.ndarray, wanted: np.ndarray, score: Score, rng: np.random.Generator) -> np.ndarray:
    """Return `counts` with a few answers changed so that each unit's score of the year is `wanted` (units of the last decimal).

    A year's score is the mean of its months' rounded scores. In every round each unit that is off changes the answer of any
    month that brings it nearest, or a random one where none does; a month whose score is nearly a tie in rounding counts as far
    off. Raises UserError where a score cannot be reached.
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
    """Return the distance of each unit from its target after each move [unit, month, move]; inf where a move is impossible."""
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
