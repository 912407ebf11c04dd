"""Draw the times at which tickets are received, dispatched, due and closed."""

import calendar
from datetime import date

import numpy as np

from helpers.simulate import fitting
from helpers.simulate.calibration import Calibration
from helpers.simulate.volumes import Volumes

SLOTS = 65536  # entries of a lookup table of hours
_DAY = 86400


def hours(constraints: Calibration, volumes: Volumes, year: int, month: int, rng: np.random.Generator) -> np.ndarray:
    """Return a lookup table [subject, SLOTS] of hours since the month began (0 to 743).

    The weight of a day depends on weekday, holiday, chance, and the slope from the month before to the month after.
    """
    days = np.array([date(year, month, day + 1) for day in range(calendar.monthrange(year, month)[1])])
    weekday = np.array(constraints.times.weekdays)[[day.weekday() for day in days]]
    quiet = np.array([f"{day:%m-%d}" in constraints.times.holidays for day in days])
    weights = weekday * np.where(quiet, constraints.times.holiday_weight, 1) * np.exp(rng.normal(0, 0.04, len(days)))
    parents = volumes.subjects["parent"]
    tables = []
    for subject, parent in enumerate(parents):
        slope = _slope(volumes.calls[subject], month, len(days))
        tables.append(np.outer(weights * slope, constraints.times.hours[parent.hours]).ravel())
    return fitting.lookup(np.array(tables), SLOTS)


def _slope(calls: np.ndarray, month: int, days: int) -> np.ndarray:
    """Return weights of a month's days, interpolated between the middles of the month and its neighbours."""
    before, own, after = calls[max(month - 2, 0)], calls[month - 1], calls[min(month, 11)]
    if not own:
        return np.ones(days)
    points = np.interp(np.linspace(0, 1, days), [0, 0.5, 1], [(before + own) / 2, own, (own + after) / 2])
    return points / own


def dispatch(constraints: Calibration, received: np.ndarray, due_days: np.ndarray, level: np.ndarray,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the times at which tickets were dispatched, are due and were closed, in seconds since 1970 as `received`.

    `due_days` are the days allowed, `level` is the position of the owner level in `LEVELS`.
    """
    times = constraints.times
    delay = 60 * times.dispatch_minutes * (0.05 + rng.standard_exponential(len(received), dtype=np.float32))
    dispatched = received + delay.astype(np.int64)
    on_time = np.array(times.on_time, dtype=np.float32)[level]
    chance = rng.random(len(received), dtype=np.float32)
    within = 0.03 + 0.96 * (chance / on_time) ** np.float32(0.8)
    beyond = 1.01 + 2 * ((chance - on_time) / (1 - on_time)) ** 3
    spent = np.where(chance < on_time, within, beyond) * due_days * _DAY
    return dispatched, dispatched + due_days * _DAY, dispatched + spent.astype(np.int64)
