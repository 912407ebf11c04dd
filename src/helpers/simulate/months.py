"""Draw a month's tickets row by row from the year's counts: unit, subject, time of receipt."""

import functools
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from helpers.simulate import fitting, timestamps
from helpers.simulate.calibration import LEVELS, Calibration
from helpers.simulate.outcomes import Outcomes
from helpers.simulate.volumes import Volumes

NONE = -1
CHOICES = 256  # entries of a small lookup table
_FOREIGN, _UNNAMED = 0.012, 0.15  # weights of subjects that an owner does not handle, and of tickets without a category
_SIZES = 0.5  # standard deviation of the logarithm of a department's size
_ROUNDS = 12


@dataclass(frozen=True)
class SimulatedYear:
    """Everything from which a year's tickets are drawn; `owners` as `calibration.owners` returns them."""

    year: int
    seed: int
    constraints: Calibration
    owners: pd.DataFrame
    volumes: Volumes
    outcomes: Outcomes

    def rng(self, *purpose: int) -> np.random.Generator:
        """Return the random generator of a purpose, independent of all other purposes."""
        return np.random.default_rng([self.seed, *purpose])

    def by_subject(self, key: str) -> np.ndarray:
        """Return a field of the category of each subject, such as `difficulty`."""
        return np.array([getattr(parent, key) for parent in self.volumes.subjects["parent"]])

    @functools.cached_property
    def affinity(self) -> np.ndarray:
        """Relative probability of each unit to get a ticket of each subject [unit, subject]."""
        units, categories = self.volumes.units, self.volumes.subjects["category"]
        by_category = self.constraints.affinity
        noise = self.rng(1).normal(0, self.constraints.dispatched.affinity_noise, (len(units), len(categories)))
        by_kind = [[by_category.get(category, {}).get(kind, 1) for category in categories] for kind in units["kind"]]
        handles = self.owners[self.owners["district"] == ""].set_index("owner")["handles"].to_dict()
        known = units["owner"].isin(handles.keys()).to_numpy()
        fits = np.ones(noise.shape)
        fits[known] = affinity_to_subject([handles[owner] for owner in units["owner"][known]], self.volumes.subjects)
        return np.array(by_kind) * np.exp(noise) * fits

    @functools.cached_property
    def departments(self) -> tuple[np.ndarray, list[str]]:
        """Lookup table of owners [unit, subject, CHOICES] as codes, and the names of the codes.

        Each unit is an owner, except the departments of a district, which share its tickets by subject.
        """
        units, subjects = self.volumes.units, self.volumes.subjects
        names = [owner for owner in units["owner"] if owner is not None]
        table = np.zeros((len(units), len(subjects), CHOICES), dtype=np.int16)
        table[units["owner"].notna()] = np.arange(len(names))[:, None, None]
        for unit in np.flatnonzero(units["owner_level"] == LEVELS[0]):
            here = self.owners[self.owners["district"] == units["district"][unit]]
            sizes = np.exp(self.rng(2, unit).normal(0, _SIZES, len(here)))
            fits = affinity_to_subject(here["handles"].tolist(), subjects) * sizes[:, None]
            table[unit] = len(names) + fitting.lookup(fits.T, CHOICES)
            names += here["owner"].tolist()
        return table, names


def affinity_to_subject(handles: list[list[str]], subjects: pd.DataFrame) -> np.ndarray:
    """Return the relative probability of owners to get each subject [owner, subject]: 1 where they handle it, else little."""
    categories = subjects["category"].fillna("").to_numpy(str)
    subcategories = np.char.add(np.char.add(categories, "/"), subjects["subcategory"].fillna("").to_numpy(str))
    rest = np.where(categories == "", _UNNAMED, _FOREIGN)
    return np.array([np.where(np.isin(categories, own) | np.isin(subcategories, own), 1, rest) for own in handles])


@dataclass(frozen=True)
class Month:
    """The tickets of a month in order of receipt: `unit` (NONE: answered at once), `subject`, `received`.

    `received` is in seconds since 1970.
    """

    year: SimulatedYear
    month: int
    unit: np.ndarray
    subject: np.ndarray
    received: np.ndarray

    def rng(self, purpose: int) -> np.random.Generator:
        """Return the month's random generator of a purpose."""
        return self.year.rng(3, self.month, purpose)

    @functools.cached_property
    def at(self) -> np.ndarray:
        """Positions of the dispatched tickets."""
        return np.flatnonzero(self.unit != NONE)


def sample(year: SimulatedYear, month: int) -> Month:
    """Draw the tickets received in a month (1 to 12)."""
    rng = year.rng(3, month, 0)
    unit, subject = _tickets(year, month, rng)
    hours = timestamps.hours(year.constraints, year.volumes, year.year, month, rng)
    hour = hours[subject, rng.integers(0, timestamps.SLOTS, len(subject), dtype=np.uint16)]
    second = hour.astype(np.int32) * 3600 + rng.integers(0, 3600, len(subject), dtype=np.uint16)
    order = fitting.order(np.zeros_like(subject), second)
    began = np.datetime64(date(year.year, month, 1), "s").astype(np.int64)
    return Month(year, month, unit[order], subject[order], began + second[order])


def _tickets(year: SimulatedYear, month: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return unit and subject of each ticket of a month; in every group both agree with the year's counts."""
    volumes, groups = year.volumes, year.volumes.units["group"].to_numpy()
    table = np.zeros(year.affinity.shape, dtype=np.int64)
    for group, by_subject in enumerate(volumes.by_group[:, :, month - 1]):
        rows = np.flatnonzero(groups == group)
        by_unit = volumes.by_unit[rows, month - 1]
        fitted = fitting.fit(year.affinity[rows], [((0,), by_unit), ((1,), by_subject)], _ROUNDS)
        table[rows] = fitting.integer_table(fitted, by_unit, by_subject, rng)
    answered = volumes.calls[:, month - 1] - table.sum(axis=0)
    unit, subject = np.divmod(np.repeat(np.arange(table.size), table.ravel()), table.shape[1])
    return (np.concatenate([unit, np.full(answered.sum(), NONE)]).astype(np.int16),
            np.concatenate([subject, np.repeat(np.arange(len(answered)), answered)]).astype(np.int16))
