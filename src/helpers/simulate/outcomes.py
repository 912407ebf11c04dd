"""Draw the counts of exclusions and of callers' answers, by unit and month, so that scores come out as calibrated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.settings.assessment_rules import Assessment
from helpers.settings.errors import UserError
from helpers.simulate import calibration, fitting, target_scores
from helpers.simulate.calibration import LEVELS, Calibration
from helpers.simulate.volumes import Volumes

FATES = ("petition_or_litigation", "duplicate", "unreached", "silent", "valid")
ANSWERS = (("unresolved", "dissatisfied"), ("unresolved", "satisfied"), ("resolved", "dissatisfied"),
           ("resolved", "satisfied"))
_SPREADS = (0.3, 0.15, 0.15, 0.12)  # standard deviations of the logarithm of a unit's share of each fate
_MONTHS = 0.8  # standard deviation of a unit's monthly scores around its year's


@dataclass(frozen=True)
class Outcomes:
    """Counts by unit and month: `fates` [.., FATES]; of valid tickets `answers` [.., ANSWERS] and `uncontacted`."""

    fates: np.ndarray
    answers: np.ndarray
    uncontacted: np.ndarray


@dataclass(frozen=True)
class City:
    """The city's rates by month, and the scores that follow from them."""

    block: calibration.Answers
    assessment: Assessment

    @property
    def scores(self) -> np.ndarray:
        """The city's score by month, 0 to 100."""
        return self._score(np.array(self.block.resolved))

    def _score(self, resolved: np.ndarray) -> np.ndarray:
        weights, block = self.assessment.score.weights, self.block
        satisfied = (resolved * block.satisfied_when_resolved
                     + (1 - resolved) * np.array(block.satisfied_when_unresolved))
        return 100 * (weights.contact_rate * self.block.contacted + weights.resolution_rate * resolved
                      + weights.satisfaction_rate * satisfied)

    def resolved(self, scores: np.ndarray) -> np.ndarray:
        """Return the share of resolved tickets [unit, month] that gives `scores`: the inverse of `_score`, which is linear."""
        lowest, highest = self._score(np.zeros(12)), self._score(np.ones(12))
        return np.clip((scores - lowest) / (highest - lowest), 0.02, 0.985)

    def expected(self, resolved: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Return the expected counts (contacted, answers…) [unit, month, 5] of valid tickets."""
        happy, mild = self.block.satisfied_when_resolved, np.array(self.block.satisfied_when_unresolved)
        shares = [np.full(resolved.shape, self.block.contacted), (1 - resolved) * (1 - mild), (1 - resolved) * mild,
                  resolved * (1 - happy), resolved * happy]
        return np.stack(shares, axis=-1) * valid[..., None]


def draw(constraints: Calibration, assessment: Assessment, volumes: Volumes, rng: np.random.Generator) -> Outcomes:
    """Draw outcomes of the tickets of `volumes` so that rates, scores and ranks are those of `constraints`.

    Raises UserError where the edition's scores do not go by calendar months.
    """
    if assessment.month_starts_on != 1 or assessment.score.over != "months":
        raise UserError("assessment: simulated scores go by calendar months: set month_starts_on: 1 and over: months.")
    city, units = City(constraints.answers, assessment), volumes.units
    fates = _fates(constraints, volumes, rng)
    valid, levels = fates[..., -1], units["owner_level"].to_numpy()
    counts = np.zeros((*valid.shape, 5), dtype=np.int64)
    districts = _district_scores(constraints, city, units, valid, rng)
    streets = np.flatnonzero(levels == LEVELS[1])
    counts[streets] = _streets(constraints, city, units.iloc[streets], valid[streets], districts, rng)
    for row in np.flatnonzero(levels == LEVELS[0]):
        district = units["district"][row]
        here = streets[(units["district"][streets] == district).to_numpy()]
        counts[row] = _departments(city, districts[district], counts[here].sum(axis=0), valid[[row, *here]], rng)
    others = np.flatnonzero(np.isin(levels, LEVELS[2:]))
    counts[others] = _owners(constraints, city, valid[others], rng)
    counts = _levelled(city, counts, np.flatnonzero(levels != LEVELS[1]), rng)
    return Outcomes(fates, counts[..., 1:], valid - counts[..., 0])


def _fates(constraints: Calibration, volumes: Volumes, rng: np.random.Generator) -> np.ndarray:
    """Return counts [unit, month, FATES] with the calibrated totals; unscored units have no valid tickets."""
    totals, units = constraints.totals, volumes.units
    unscored = pd.MultiIndex.from_tuples([tuple(key) for key in constraints.answers.subdistricts.unscored],
                                         names=["district", "subdistrict"])
    silent = units.set_index(["district", "subdistrict"]).index.isin(unscored)
    left, fates = volumes.by_unit, []
    sizes = (totals.petition_or_litigation, totals.duplicate,
             left.sum() - totals.duplicate - totals.petition_or_litigation - totals.reached)
    for size, spread in zip(sizes, _SPREADS, strict=False):
        fates.append(_part(left, size, np.exp(rng.normal(0, spread, (len(units), 1)))))
        left = left - fates[-1]
    likely = np.exp(rng.normal(0, _SPREADS[-1], (len(units), 1)))
    mute = np.where(silent[:, None], left, 0)
    mute += _part(left - mute, totals.reached - totals.valid - mute.sum(), likely)
    return np.stack([*fates, mute, left - mute], axis=-1)


def _part(left: np.ndarray, size: int, likely: np.ndarray) -> np.ndarray:
    """Return counts that add to `size`, a part of the tickets in `left`, proportional to `left` and `likely`."""
    share = np.minimum(likely * size / left.sum(), 0.9)
    return fitting.round_to_total((left * share * size / (left * share).sum()).ravel(), size).reshape(left.shape)


def _near(expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each number rounded up or down at random, so that the expected value is right."""
    return np.floor(expected + rng.random(expected.shape)).astype(np.int64)


def _answers(city: City, scores: np.ndarray, valid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return integer counts (contacted, answers…) [unit, month, 5] that give scores near `scores`."""
    resolved = city.resolved(scores)
    solved = np.minimum(_near(resolved * valid, rng), valid)
    happy = _near(solved * city.block.satisfied_when_resolved, rng)
    mild = _near((valid - solved) * np.array(city.block.satisfied_when_unresolved), rng)
    contacted = valid - np.minimum(_near(valid * (1 - city.block.contacted), rng), valid // 10)
    return np.stack([contacted, valid - solved - mild, mild, solved - happy, happy], axis=-1)


def _district_scores(constraints: Calibration, city: City, units: pd.DataFrame, valid: np.ndarray,
                     rng: np.random.Generator) -> pd.Series:
    """Return each district's score of the year around the city's; the calibrated top districts lead in their order."""
    names, first = list(constraints.districts), constraints.answers.districts
    drawn = dict(zip(names, rng.normal(0, constraints.answers.districts_deviation, len(names)), strict=True))
    best = max([drawn[name] for name in names if name not in first], default=0)
    drawn |= {name: best + constraints.answers.score_gap * (len(first) - place) for place, name in enumerate(first)}
    sizes = pd.Series(valid.sum(axis=1)).groupby(units["district"].to_numpy(object)).sum()
    scores = pd.Series(drawn)
    return scores - np.average(scores, weights=sizes[scores.index]) + city.scores.mean()


def _streets(constraints: Calibration, city: City, units: pd.DataFrame, valid: np.ndarray, districts: pd.Series,
             rng: np.random.Generator) -> np.ndarray:
    """Return integer counts (contacted, answers…) of the subdistricts, adjusted to their target scores."""
    rule = city.assessment.score
    wanted = target_scores.targets(constraints.answers.subdistricts, units, districts, rule, rng)
    trend = city.scores - city.scores.mean() + rng.normal(0, _MONTHS, valid.shape)
    scores = wanted[:, None] / 10**rule.decimals + trend
    counts = _answers(city, scores, valid, rng)
    scored = valid.sum(axis=1) > 0
    counts[scored] = target_scores.adjust_to_scores(counts[scored], wanted[scored], rule, rng)
    return counts


def _departments(city: City, score: float, streets: np.ndarray, valid: np.ndarray,
                 rng: np.random.Generator) -> np.ndarray:
    """Return integer counts (contacted, answers…) of a district's departments, which bring the district to its score.

    `streets` [month, 5]: the subdistricts' answers; `valid` [unit, month], the departments first.
    """
    scores = score + city.scores - city.scores.mean() + rng.normal(0, _MONTHS / 10, 12)
    whole = city.expected(city.resolved(scores[None]), valid.sum(axis=0)[None])[0]
    left = np.maximum(np.rint(whole - streets), 0)
    left[:, 0] = np.minimum(left[:, 0], valid[0])
    return np.concatenate([left[:, :1].astype(np.int64), fitting.round_to_total(left[:, 1:], valid[0])], axis=1)


def _owners(constraints: Calibration, city: City, valid: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return integer counts (contacted, answers…) of agencies and enterprises, around the city's scores."""
    deviation = constraints.answers.owners_deviation
    drawn = np.clip(rng.normal(0, deviation, len(valid)), -3 * deviation, 2 * deviation)
    drawn -= np.average(drawn, weights=valid.sum(axis=1))
    return _answers(city, city.scores + drawn[:, None] + rng.normal(0, _MONTHS, valid.shape), valid, rng)


def _levelled(city: City, counts: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return `counts` with the answers of `rows` shifted slightly, so that the city's rates of each month are met."""
    counts = counts.copy()
    valid = counts[..., 1:].sum(axis=(0, 2))
    wanted = fitting.round_to_total(city.expected(np.array(city.block.resolved), valid)[:, 1:], valid)
    for month in range(12):
        cells = counts[rows, month, 1:]
        sums = wanted[month] - counts[:, month, 1:].sum(axis=0) + cells.sum(axis=0)
        fitted = fitting.fit(cells, [((0,), cells.sum(axis=1)), ((1,), sums)], rounds=30)
        counts[rows, month, 1:] = fitting.integer_table(fitted, cells.sum(axis=1), sums, rng)
    return counts
