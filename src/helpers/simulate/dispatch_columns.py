"""Draw the columns of dispatched tickets: owner, place, times, exclusion, assessment, answers of callers."""

import functools

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.simulate import arrow_columns, fitting, timestamps
from helpers.simulate.calibration import LEVELS
from helpers.simulate.months import CHOICES, NONE, Month
from helpers.simulate.outcomes import ANSWERS, FATES

_SOLVED = np.array([answer == "resolved" for answer, _ in ANSWERS])
_HAPPY = np.array([answer == "satisfied" for _, answer in ANSWERS])


def columns(tickets: Month) -> dict[str, pa.Array]:
    """Return the columns of dispatched tickets of a month, by name; null (`dispatches` 0) for those answered at once."""
    rng = tickets.rng(7)
    difficulty = tickets.year.by_subject("difficulty")[tickets.subject[tickets.at]]
    counts = tickets.year.outcomes.fates[:, tickets.month - 1]
    fate = _classes(tickets.unit[tickets.at], rng.random(len(difficulty)) ** difficulty, counts)
    return _owners(tickets, tickets.rng(8)) | _times(tickets, fate, tickets.rng(9)) | _answers(tickets, fate, difficulty, rng)


def _classes(unit: np.ndarray, key: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return a class for each ticket: a unit's tickets in the order of `key` (0 to 1) fill the unit's `counts` [unit, class]."""
    order = fitting.order(unit, key * (2**31 - 1))
    classes = np.empty(len(unit), dtype=np.int8)
    classes[order] = np.repeat(np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel())
    return classes


def _owners(tickets: Month, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return the columns owner_level, owner, district and subdistrict."""
    units, unit = tickets.year.volumes.units, tickets.unit[tickets.at]
    place = functools.partial(arrow_columns.placed, at=tickets.at, count=len(tickets.unit))
    table, owners = tickets.year.departments
    owner = table[unit, tickets.subject[tickets.at], rng.integers(0, CHOICES, len(unit), dtype=np.uint8)]
    streets, names = pd.factorize(units["subdistrict"])
    levels = units["owner_level"].map(LEVELS.index).to_numpy()
    return {
        "owner_level": arrow_columns.words(place(levels[unit]), list(LEVELS)),
        "owner": arrow_columns.words(place(owner), owners),
        "district": arrow_columns.words(place(_districts(tickets, rng)), list(tickets.year.constraints.districts)),
        "subdistrict": arrow_columns.words(place(streets[unit]), list(names)),
    }


def _districts(tickets: Month, rng: np.random.Generator) -> np.ndarray:
    """Return codes of the tickets' districts: the owner's; for agencies and enterprises a drawn one, or NONE."""
    sizes, known_share = tickets.year.constraints.districts, tickets.year.constraints.dispatched.with_district_share
    share = np.array([district.departments + district.subdistricts for district in sizes.values()], dtype=float)
    somewhere = fitting.lookup(np.append(known_share * share / share.sum(), 1 - known_share), CHOICES)
    somewhere[somewhere == len(share)] = NONE
    known = tickets.year.volumes.units["district"].map(list(sizes).index, na_action="ignore")
    codes = known.fillna(NONE).to_numpy(np.int16)[tickets.unit[tickets.at]]
    free = np.flatnonzero(codes == NONE)
    codes[free] = somewhere[rng.integers(0, CHOICES, len(free), dtype=np.uint8)]
    return codes


def _times(tickets: Month, fate: np.ndarray, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return the columns of dispatches and times; petitions have no closing time."""
    at, count, constraints = tickets.at, len(tickets.unit), tickets.year.constraints
    level = tickets.year.volumes.units["owner_level"].map(LEVELS.index).to_numpy()[tickets.unit[at]]
    due_days = tickets.year.by_subject("due")[tickets.subject[at]]
    dispatched, due, closed = timestamps.dispatch(constraints, tickets.received[at], due_days, level, rng)
    known = np.flatnonzero(fate != FATES.index("petition_or_litigation"))
    dispatches = np.zeros(count, dtype=np.int32)
    dispatches[at] = rng.geometric(1 - constraints.dispatched.redispatch_share, len(at))
    return {
        "dispatches": pa.array(dispatches),
        "dispatched_at": arrow_columns.times(dispatched, at, count),
        "due_at": arrow_columns.times(due, at, count),
        "closed_at": arrow_columns.times(closed[known], at[known], count),
        "on_time": arrow_columns.flags((closed <= due)[known], at[known], count),
    }


def _answers(tickets: Month, fate: np.ndarray, difficulty: np.ndarray, rng: np.random.Generator) -> dict[str, pa.Array]:
    """Return the columns exclusion, assessment, reached, contacted, resolved and satisfied."""
    at, count = tickets.at, len(tickets.unit)
    first = FATES.index("unreached")
    assessed = np.flatnonzero(fate >= first)
    assessment = np.zeros(count, dtype=bool)
    assessment[at[assessed]] = True
    contacted, resolved, satisfied = _answer_codes(tickets, fate, difficulty, rng)
    known = np.flatnonzero(contacted != NONE)
    place = functools.partial(arrow_columns.placed, at=at, count=count)
    return {
        "exclusion": arrow_columns.words(place(np.where(fate < first, fate, NONE)), list(FATES[:first])),
        "assessment": arrow_columns.words(assessment, ["none", "full"]),
        "reached": arrow_columns.flags(fate[assessed] > first, at[assessed], count),
        "contacted": arrow_columns.flags(contacted[known] == 1, at[known], count),
        "resolved": arrow_columns.words(place(resolved), ["unresolved", "resolved"]),
        "satisfied": arrow_columns.words(place(satisfied), ["dissatisfied", "satisfied"]),
    }


def _answer_codes(tickets: Month, fate: np.ndarray, difficulty: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return codes of contacted, resolved and satisfied [3, ticket]: 1 yes, 0 no, NONE unknown.

    Valid tickets fill their unit's counts, difficult subjects solved more rarely; of the others reached, some answer in part.
    """
    outcomes, month = tickets.year.outcomes, tickets.month - 1
    codes = np.full((3, len(fate)), NONE, dtype=np.int8)
    valid, silent = (np.flatnonzero(fate == FATES.index(name)) for name in ("valid", "silent"))
    unit, key = tickets.unit[tickets.at[valid]], rng.random(len(valid)) ** difficulty[valid]
    contacts = outcomes.uncontacted[:, month], outcomes.fates[:, month, -1] - outcomes.uncontacted[:, month]
    answer = _classes(unit, key, outcomes.answers[:, month])
    codes[:, valid] = _classes(unit, key, np.stack(contacts, axis=1)), _SOLVED[answer], _HAPPY[answer]
    block, partly = tickets.year.constraints.answers, tickets.year.constraints.answers.partly
    chance = rng.random((2, len(silent)), dtype=np.float32)
    known = [chance[0] < partly.contacted, chance[1] < partly.resolved, chance[1] > 1 - partly.satisfied]
    rates = [block.contacted, block.resolved[month], block.satisfied[month]]
    yes = rng.random((3, len(silent)), dtype=np.float32) < np.array(rates)[:, None]
    codes[:, silent] = np.where(known, yes, NONE)
    return codes
