"""Draw tables of calls and of dispatched tickets by subject, unit and month that meet the calibrated counts.

Subjects are the subcategories of each category, the rest of each category, and tickets without category, in this order. Units
are subdistricts, the departments of a district taken together, agencies, and enterprises.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.settings.errors import UserError
from helpers.simulate import calibration, fitting
from helpers.simulate.calibration import LEVELS, Calibration

_MOST = 0.93  # largest share of a subject's calls that is dispatched in a month
_GAP = 1.035  # least ratio of a district's category to the next in order
_YEARLY = 0.1  # standard deviation of the logarithm of a subdistrict's size from year to year
_TASTE = 0.08  # standard deviation of the logarithm of a group's share of a subject


@dataclass(frozen=True)
class Volumes:
    """The year's counts: `calls` [subject, month], `by_unit` [unit, month], `by_group` [group, subject, month].

    `subjects`: category, subcategory (None: the rest), `block` of the calibration, calls, and `parent`, the category with the
    subcategory's own values. `units`: owner_level, district, subdistrict, owner, kind, group. A group is an owner level of a
    district, or the agencies, or the enterprises.
    """

    subjects: pd.DataFrame
    units: pd.DataFrame
    calls: np.ndarray
    by_unit: np.ndarray
    by_group: np.ndarray


def draw(constraints: Calibration, rng: np.random.Generator) -> Volumes:
    """Draw the counts of a year. Raises UserError where the constraints contradict each other."""
    subjects = _subjects(constraints)
    calls = np.stack([_months(block, count) for block, count in zip(subjects["block"], subjects["calls"], strict=True)])
    units, by_unit = _units(constraints, rng)
    by_group = _dispatched(constraints, subjects, calls, units, by_unit, rng)
    if (by_group.sum(axis=0) > calls).any():
        raise UserError("calibration: more tickets of a subject are dispatched in a month than there are calls: lower "
                         "its `dispatched`.")
    return Volumes(subjects, units, calls, by_unit, by_group)


def _subjects(constraints: Calibration) -> pd.DataFrame:
    rows = []
    for name, category in [*constraints.categories.items(), (None, constraints.unnamed)]:
        parts = [(name, sub, block, block.calls, _own(block, category))
                 for sub, block in category.subcategories.items()]
        rest = category.calls - sum(part[3] for part in parts)
        if rest < 0:
            raise UserError(f"calibration: the subcategories of {name} have more calls than it has: correct `calls`.")
        rows += [*parts, (name, None, category, rest, category)]
    return pd.DataFrame(rows, columns=["category", "subcategory", "block", "calls", "parent"])


def _own(block: calibration.Subject, category: calibration.Category) -> calibration.Category:
    """Return the category with the values that a subcategory overrides."""
    own = {key: value for key in ("dispatched", "levels", "difficulty") if (value := getattr(block, key)) is not None}
    return category.model_copy(update=own)


def _months(block: calibration.Subject, calls: int) -> np.ndarray:
    """Return a subject's calls by month: pinned months exactly, the others by weight."""
    fixed = np.array([month in block.pinned for month in range(1, 13)])
    counts = np.array([block.pinned.get(month, 0) for month in range(1, 13)])
    counts[~fixed] = fitting.round_to_total(np.array(block.months)[~fixed], calls - counts.sum())
    return counts


# Units

def _units(constraints: Calibration, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the units and their tickets by month [unit, month]."""
    places = calibration.places(constraints)
    tables, counts = [], []
    for name, district in constraints.districts.items():
        months = _district_months(constraints, district, rng)
        here = places[places["district"] == name]
        sizes = _sizes(district, here["subdistrict"].tolist(), constraints, name, rng)
        by_street = _street_months(constraints, name, here["subdistrict"].tolist(), sizes, months, rng)
        tables += [here.assign(owner_level=LEVELS[1], owner=here["subdistrict"]),
                   pd.DataFrame({"district": [name], "owner_level": LEVELS[0]})]
        counts += [by_street, (months - by_street.sum(axis=0))[None]]
    for level, owners in constraints.owners.items():
        by_owner = _owner_months(constraints, owners, rng)
        tables.append(pd.DataFrame({"owner": list(owners.weights), "owner_level": level}))
        counts.append(by_owner)
    units, by_unit = pd.concat(tables, ignore_index=True), np.concatenate(counts)
    if (by_unit < 0).any():
        raise UserError("calibration: a district's subdistricts have more tickets in a month than the district.")
    keys = units["owner_level"] + units["district"].fillna("")
    return units.astype(object).where(units.notna(), None).assign(group=pd.factorize(keys)[0]), by_unit


def _district_months(constraints: Calibration, district: calibration.District, rng: np.random.Generator) -> np.ndarray:
    """Return a district's tickets by month: busiest and quietest months exactly, the others strictly between them."""
    total = district.departments + district.subdistricts
    extremes = district.busiest | district.quietest
    weights = constraints.dispatched.months * np.exp(rng.normal(0, constraints.dispatched.noise, 12))
    free = np.array([month not in extremes for month in range(1, 13)])
    months = np.array([extremes.get(month, 0) for month in range(1, 13)])
    low = 1.03 * min(district.quietest.values(), default=0)
    high = 0.97 * max(district.busiest.values(), default=total)
    bounded = fitting.bounded_fit(weights[free], total - months.sum(), low, high)
    months[free] = fitting.round_to_total(bounded, total - months.sum())
    return months


def _sizes(district: calibration.District, names: list[str], constraints: Calibration, district_name: str,
           rng: np.random.Generator) -> np.ndarray:
    """Return each subdistrict's tickets of the year: calibrated ones exactly, the others a long tail below the largest.

    The size of a subdistrict is mostly seeded by its name, so that it is similar in every year.
    """
    known = district.largest | district.sizes
    unknown = sorted({*known, *district.small} - set(names))
    if unknown:
        raise UserError(f"calibration: {district_name} has no subdistrict {unknown[0]}: correct the name.")
    free = np.array([name not in known for name in names])
    sizes = np.array([known.get(name, 0) for name in names])
    since = np.array([constraints.standing_from.get(district_name, {}).get(name, 1) for name in names])
    lasting = [np.random.default_rng(list(f"{district_name}{name}".encode())).normal() for name in names]
    weights = np.exp(constraints.dispatched.tail * np.array(lasting) + rng.normal(0, _YEARLY, len(names)))
    weights *= (13 - since) / 12 * np.where(np.isin(names, district.small), constraints.dispatched.small, 1)
    left = district.subdistricts - sizes.sum()
    high = 0.98 * min(district.largest.values(), default=district.subdistricts)
    sizes[free] = fitting.round_to_total(fitting.bounded_fit(weights[free], left, constraints.dispatched.smallest, high), left)
    return sizes


def _street_months(constraints: Calibration, district_name: str, names: list[str], sizes: np.ndarray, months: np.ndarray,
                   rng: np.random.Generator) -> np.ndarray:
    """Return the tickets of a district's subdistricts by month [subdistrict, month], each with its own course of the year."""
    since = np.array([constraints.standing_from.get(district_name, {}).get(name, 1) for name in names])
    noise = constraints.dispatched.unit_noise
    seed = months * np.exp(rng.normal(0, noise, (len(names), 12)) + _waves(len(names), noise, rng))
    seed[np.arange(1, 13) < since[:, None]] = 0
    share = months * np.exp(rng.normal(0, noise / 5, 12))
    fitted = fitting.fit(seed, [((1,), share / share.sum() * sizes.sum()), ((0,), sizes)])
    return fitting.round_to_total(fitted, sizes)


def _waves(count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    """Return a wave over the year for each unit [unit, month], each with its own height and phase."""
    phase = rng.uniform(0, 2 * np.pi, (count, 1))
    return rng.normal(0, size, (count, 1)) * np.sin(2 * np.pi * np.arange(12) / 12 + phase)


def _owner_months(constraints: Calibration, owners: calibration.Owners, rng: np.random.Generator) -> np.ndarray:
    """Return the tickets of agencies or enterprises by month [owner, month]; some have tickets in a few months only."""
    sizes = fitting.round_to_total(np.array(list(owners.weights.values())), owners.tickets)
    noise = constraints.dispatched.unit_noise
    seed = owners.months * np.exp(rng.normal(0, noise, (len(sizes), 12)) + _waves(len(sizes), noise, rng))
    for row, name in enumerate(owners.weights):
        seed[row, rng.permutation(12)[owners.few_months.get(name, 12):]] = 0
    return fitting.round_to_total(seed, sizes)


# Dispatched tickets by group and subject

def _dispatched(constraints: Calibration, subjects: pd.DataFrame, calls: np.ndarray, units: pd.DataFrame,
                by_unit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return dispatched tickets [group, subject, month], fitted to the groups' months exactly.

    They are also fitted to the subjects' months and to the order of each district's categories, as far as these agree.
    """
    groups = units.drop_duplicates("group").sort_values("group")
    by_group = np.zeros((len(groups), 12), dtype=np.int64)
    np.add.at(by_group, units["group"].to_numpy(), by_unit)
    wanted = _wanted(subjects, calls, by_group.sum(axis=0), constraints.dispatched.with_category_share)
    seed = _propensity(constraints, subjects, groups, rng)[:, :, None] * wanted
    target = fitting.fit(seed, [((0, 1), seed.sum(axis=2)), ((1, 2), wanted), ((0, 2), by_group)])
    target = _ordered(constraints, subjects, groups, target, wanted, by_group)
    return fitting.round_to_total(target.transpose(0, 2, 1), by_group).transpose(0, 2, 1)


def _wanted(subjects: pd.DataFrame, calls: np.ndarray, dispatched: np.ndarray, with_category_share: float) -> np.ndarray:
    """Return the dispatched tickets of each subject and month: its share of the calls, scaled to the month's total."""
    share = np.array([parent.dispatched for parent in subjects["parent"]])[:, None]
    named = subjects["category"].notna().to_numpy()
    wanted = share * calls
    for _ in range(20):
        factor = with_category_share * dispatched / wanted[named].sum(axis=0)
        wanted[named] = np.minimum(wanted[named] * factor, _MOST * calls[named])
    wanted[~named] = dispatched - wanted[named].sum(axis=0)
    return wanted


def _propensity(constraints: Calibration, subjects: pd.DataFrame, groups: pd.DataFrame,
                rng: np.random.Generator) -> np.ndarray:
    """Return the relative probability of each group to get a ticket of each subject [group, subject]."""
    levels = groups["owner_level"].map(LEVELS.index).to_numpy()
    by_level = np.array([parent.levels for parent in subjects["parent"]])[:, levels].T
    affinity = [constraints.affinity.get(category, {}) for category in subjects["category"]]
    by_district = np.array([[weights.get(district, 1) for weights in affinity] for district in groups["district"]])
    return by_level * by_district * np.exp(rng.normal(0, _TASTE, by_level.shape))


def _ordered(constraints: Calibration, subjects: pd.DataFrame, groups: pd.DataFrame, table: np.ndarray,
             wanted: np.ndarray, by_group: np.ndarray) -> np.ndarray:
    """Return `table` with each district's categories in their calibrated order and its margins kept."""
    codes = pd.factorize(subjects["category"].fillna(""))[0]
    names = list(pd.unique(subjects["category"].dropna()))
    for _ in range(60):
        for name, district in constraints.districts.items():
            rows = (groups["district"] == name).to_numpy()
            sums = np.bincount(codes, weights=table[rows].sum(axis=(0, 2)))
            order = [names.index(category) for category in district.categories]
            table[rows] *= (_descending(sums, order, len(names)) / sums)[codes][None, :, None]
        table = fitting.fit(table, [((1, 2), wanted), ((0, 2), by_group)], rounds=1)
    return table


def _descending(sums: np.ndarray, order: list[int], named: int) -> np.ndarray:
    """Return `sums` of a district's categories, changed where needed so that `order` are the largest, in order."""
    sums = sums.copy()
    if not order:
        return sums
    others = np.setdiff1d(np.arange(named), order)
    bound = np.median([sums[order[-1]], sums[others].max()])
    sums[others] = np.minimum(sums[others], bound / _GAP**0.5)
    least = bound * _GAP**0.5
    for code in reversed(order):
        sums[code] = max(sums[code], least)
        least = sums[code] * _GAP
    return sums
