"""Judge what the rows of an answer are worth, and take out of it what they do not bear.

A single place decides, by the edition's `soundness`: which months are covered by tickets, for which the columns of an
answer are filled, where categories were renamed, and which rates have answers enough. Chapters apply it to every answer; the
reconciliation reads answers as they are.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from statistics import fmean
from typing import Any, Literal, NamedTuple

import ibis
import pandas as pd

from helpers.analysis import dimensions, unclassified
from helpers.analysis.scope import Scope, once
from helpers.analysis.unclassified import Shares
from helpers.settings import editions, margins
from helpers.settings.periods import Period
from helpers.tickets import schema

Coverage = Literal["covered", "partly", "absent"]
Month = tuple[int, int]  # year, month

_OF_OTHERS = {"zone": "district"}  # whether a name is known follows from another column
_BLANK_IS_UNKNOWN = {column.name for column in schema.COLUMNS if not column.blank_is_value}
_KEYS = {key for dimension in dimensions.DIMENSIONS.values() for key in dimension.keys} | {"source"}
_ANSWERS = {"resolution_rate": "valid", "satisfaction_rate": "valid", "contact_rate": "contact_known", "on_time_rate": "due",
            "days_mean": "closed", "days_median": "closed", "days_p90": "closed", "hours_median": "closed",
            "hours_p90": "closed"}  # what each rate is computed from
_BROADER = {"subcategory": "category", "topic": "subcategory", "subdistrict": "district"}  # printed or not, the finer decides
_STRAY = 0.05  # of the other share: tickets entered late, or corrected, under a name of another time
_KEPT = 8  # scopes whose soundness is kept
_SATURDAY = 5  # of `date.weekday`


@dataclass(frozen=True)
class Soundness:
    """What is known of the months of a scope: their `coverage`, and the share of tickets with a time (`timed`) and with a value
    (`filled`, by column).

    `entity` is what every answer is filtered by: a section's {district: 房山区}. `days`: how many days of a month have tickets
    or are without any by chance. `breaks`: where categories were renamed;
    `unclassified`: by column, the shares of tickets without a value in the period and in its base; `basis`: of simulated years,
    which of their margins are assumed.
    """

    rules: editions.Soundness
    period: Period
    base: Period
    years: tuple[int, ...]
    coverage: Mapping[Month, Coverage]
    timed: Mapping[Month, float]
    filled: Mapping[tuple[str, Month], float]
    breaks: Sequence["Break"] = ()
    unclassified: Mapping[str, Shares] = field(default_factory=dict)
    entity: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[Month, int] = field(default_factory=dict)
    basis: Mapping[int, margins.Basis] = field(default_factory=dict)

    def covered(self, period: Period) -> pd.DataFrame:
        """Return each month of a period with its coverage, in order.

        Columns: year, month, coverage (`covered`, `partly`, `absent`), timed_share (of its tickets those received at a time of
        their own; null without tickets). Months of years that are not loaded have no row.
        """
        months = [(*month, self.coverage.get(month, "absent"), self.timed.get(month)) for month in period.calendar
                  if month[0] in self.years]
        return pd.DataFrame(months, columns=["year", "month", "coverage", "timed_share"]).astype({"timed_share": "float64"})

    @property
    def breaks_within(self) -> list["Break"]:
        """The breaks between any two months of the period and its base."""
        months = [month for month in (*self.base.calendar, *self.period.calendar) if month[0] in self.years]
        return [broken for broken in self.breaks if min(months) < broken.first <= max(months)]

    def with_times(self, table: ibis.Table) -> ibis.Table:
        """Return the rows of the months whose tickets mostly have a time, for questions on hours."""
        months = [year * 12 + month for (year, month), share in self.timed.items() if share >= self.rules.filled]
        return table.filter((table.year * 12 + table.month).isin(months) if months else ibis.literal(False))

    def apply(self, answer: pd.DataFrame) -> pd.DataFrame:
        """Return an answer without what its rows do not bear.

        An answer by month gets a boolean column `covered` where any of its months is not; `tickets_change` is null where any
        month of the period or of the base is not, the base has too few tickets, or either number is assumed by a simulation. If
        the share of tickets without a value in a column that names the rows has moved, `tickets_change` is a range
        (`unclassified.bounded`). A rate, or a number of days, of too few answers is null.
        """
        keys = {*self.entity, *(name for name in answer.columns if name in _KEYS)}
        names = answer["category"] if "category" in answer else [self.entity.get("category")] * len(answer)
        sound = answer
        if {"year", "month"} <= {*answer.columns}:
            covered = [self._bears(month, keys) and self._has_name(month, name)
                       for month, name in zip(zip(answer["year"], answer["month"], strict=True), names, strict=True)]
            sound = sound if all(covered) else sound.assign(covered=covered)
        if "tickets_change" in answer:
            months = [*self.period.calendar, *self.base.calendar]
            comparable = all(self._bears(month, keys) for month in months)
            few = (answer["tickets_before"] < self.rules.min_answers).fillna(False) if keys else [False] * len(answer)
            spoilt = [not comparable or is_few or is_assumed or not all(self._has_name(month, name) for month in months)
                      for name, is_few, is_assumed in zip(names, few, self.assumed(answer), strict=True)]
            sound = sound.assign(tickets_change=answer["tickets_change"].astype("float64").mask(spoilt)) if any(spoilt) else sound
            moved = self.moved(answer)
            sound = unclassified.bounded(sound, moved) if moved and sound["tickets_change"].notna().any() else sound
        sound = sound.assign(**{rate: answer[rate].where(answer[answers] >= self.rules.min_answers)
                                for rate, answers in _ANSWERS.items() if {rate, answers} <= {*answer.columns}})
        sound.attrs = answer.attrs
        return sound

    def moved(self, answer: pd.DataFrame) -> Shares | None:
        """Return the shares without a value of the column by which rows are named that moved most, if any moved too far."""
        keys = {*self.entity, *answer.columns[:[*answer.columns, "tickets"].index("tickets")]}
        columns = sorted({_OF_OTHERS.get(key, key) for key in keys} & self.unclassified.keys() & _BLANK_IS_UNKNOWN)
        found = [self.unclassified[column] for column in columns]
        largest = max(found, key=lambda shares: shares.move, default=None)
        is_far = largest and largest.move >= self.rules.unclassified_move and max(largest.now, largest.before) < 1
        return largest if is_far else None

    def assumed(self, answer: pd.DataFrame, *spans: Period) -> list[bool]:
        """Return for each row of an answer whether its tickets in a span (the period or the base, if none) are assumed.

        A name's own margin decides, not that of the district or category that it is part of. Of a span that is no whole year,
        whatever its margins, the months are assumed.
        """
        names = {key: [self.entity[key]] * len(answer) for key in self.entity} | {
            key: answer[key].tolist() for key in answer.columns if key in _KEYS}
        own = [key for key in names if key not in {_BROADER.get(finer) for finer in names}]
        spans = spans or (self.period, self.base)
        years = {year for span in spans for year, _ in span.calendar} & {*self.basis}
        whole = all(len(span.calendar) % 12 == 0 for span in spans)
        return [any((not whole and self.basis[year].months.is_assumed()) or
                    any(self.basis[year].is_assumed(key, names[key][row]) for key in own) for year in years)
                for row in range(len(answer))]

    def _bears(self, month: Month, keys: Iterable[str]) -> bool:
        """Return whether a month is covered, and filled in the columns that name rows."""
        return self.coverage.get(month) == "covered" and all(
            self.filled.get((_OF_OTHERS.get(key, key), month), 1) >= self.rules.filled for key in keys)

    def _has_name(self, month: Month, category: Any) -> bool:
        """Return whether a category had its name in a month; any other category, or none, always has."""
        return not any(category in (broken.appeared if month < broken.first else broken.vanished) for broken in self.breaks)


class Break(NamedTuple):
    """Categories that have no tickets from month `first` on (`vanished`), or only from then on (`appeared`), largest first."""

    first: Month
    vanished: tuple[str, ...]
    appeared: tuple[str, ...]


def of(scope: Scope, entity: Mapping[str, str] | None = None) -> Soundness:
    """Return the soundness of the loaded months of a scope; `entity` is what all of its answers are filtered by."""
    return replace(_of_tickets(scope), entity=entity or {}, basis=_basis(scope))


@once(_KEPT)
def _of_tickets(scope: Scope) -> Soundness:
    rules, days = scope.edition.soundness, scope.cube.days.to_pandas()
    coverage, calls = _coverage(days, rules), scope.cube.calls
    counted = calls.group_by("year", "month", "category").agg(tickets=calls.tickets.sum()).to_pandas()
    whole = [coverage[month] == "covered" for month in zip(counted["year"], counted["month"], strict=True)]
    return Soundness(rules, scope.period, scope.base, scope.cube.years, coverage, _timed(days), _filled(scope.cube.coverage),
                     renamed(counted[whole], rules.renamed), unclassified.shares(scope.cube.coverage, scope.period, scope.base),
                     days=days_there(days, rules))


def _basis(scope: Scope) -> dict[int, margins.Basis]:
    """Return the basis of the margins of each loaded year whose tickets are simulated."""
    if scope.cube.data != "simulated":
        return {}
    loaded = {year: editions.read(scope.edition.city, year) for year in scope.cube.years}
    return {year: margins.read(edition) for year, edition in loaded.items() if edition.simulation}


def missing_days(tickets: Mapping[int, int], year: int, month: int, missing_from: float) -> set[int]:
    """Return the days of a month that are missing, from the tickets of its days.

    Workdays (Monday to Friday) and weekends are judged apart: a run of days of a class without tickets is missing where it
    should have had `missing_from` tickets, by the mean of the days of the class that have some; where no workday has, by that
    of the weekend. Weekends of which fewer than half of the days have tickets are not missing: the office is closed.
    """
    days = range(1, calendar.monthrange(year, month)[1] + 1)
    missing: set[int] = set()
    for is_weekend in (False, True):
        own = [day for day in days if (date(year, month, day).weekday() >= _SATURDAY) == is_weekend]
        counts = [tickets[day] for day in own if tickets.get(day)]
        if is_weekend and len(counts) * 2 < len(own):
            continue
        usual = fmean(counts or [count for count in tickets.values() if count] or [0])
        runs = [[*run] for is_empty, run in groupby(own, key=lambda day: not tickets.get(day)) if is_empty]
        missing.update(day for run in runs if len(run) * usual >= missing_from for day in run)
    return missing


def renamed(monthly: pd.DataFrame, least: float) -> list[Break]:
    """Return the breaks of the classification: year, month, category, tickets of covered months.

    A category vanishes where its share after a month is next to nothing of that before it, and appears where it is the other
    way round. Between two months is a break where categories with at least `least` of the first month's tickets vanish, and such
    with at least `least` of the second month's appear. Tickets without a category count in the shares.
    """
    wide = monthly.pivot_table(index=["year", "month"], columns="category", values="tickets", aggfunc="sum", fill_value=0)
    totals = monthly.groupby(["year", "month"])["tickets"].sum().reindex(wide.index)
    found = []
    for place in range(1, len(wide)):
        before, after = (rows.sum() / whole.sum() for rows, whole in (
            (wide.iloc[:place], totals.iloc[:place]), (wide.iloc[place:], totals.iloc[place:])))
        vanished, appeared = (before > 0) & (after <= _STRAY * before), (after > 0) & (before <= _STRAY * after)
        if all(wide.iloc[month][names].sum() >= least * totals.iloc[month]
               for month, names in ((place - 1, vanished), (place, appeared))):
            year, month = wide.index[place]
            found.append(Break((int(year), int(month)), _largest(before[vanished]), _largest(after[appeared])))
    return found


def _largest(shares: pd.Series) -> tuple[str, ...]:
    return tuple(shares.sort_values(ascending=False, kind="stable").index)


def days_there(days: pd.DataFrame, rules: editions.Soundness) -> dict[Month, int]:
    """Return how many days of each month that has tickets are not missing: of one that is cut off on the 19th, 19.

    `days`: year, month, day, tickets.
    """
    tickets = {month: dict(zip(rows["day"], rows["tickets"], strict=True)) for month, rows in days.groupby(["year", "month"])}
    return {month: calendar.monthrange(*month)[1] - len(missing_days(counted, *month, rules.missing_from))
            for month, counted in tickets.items()}


def _coverage(days: pd.DataFrame, rules: editions.Soundness) -> dict[Month, Coverage]:
    """Return the coverage of each month that has tickets."""
    return {month: "covered" if there / calendar.monthrange(*month)[1] >= rules.covered else "partly"
            for month, there in days_there(days, rules).items()}


def months(days: pd.DataFrame, edition: editions.Edition) -> Period:
    """Return the months of an edition's year that its report is about: those it `covers`, else January to the last complete one.

    `days`: year, month, day, tickets. The year is whole unless months at its end are not covered, or have no tickets where
    `missing_from` or more were to be expected by the mean of the others; and so is one of fewer tickets than these.
    """
    start = edition.year * 12
    if edition.covers:
        first, last = (int(month[-2:]) for month in edition.covers.split(".."))
        return Period(start + first - 1, last - first + 1)
    own = days[days["year"] == edition.year]
    covered = [month for (_, month), coverage in _coverage(own, edition.soundness).items() if coverage == "covered"]
    last = max(covered, default=int(own["month"].max()))
    later = own.loc[own["month"] > last, "month"].nunique()
    expected = own.loc[own["month"] <= last, "tickets"].sum() / last * (12 - last)
    least = edition.soundness.missing_from
    ends = own["tickets"].sum() >= least and (later or expected >= least)
    return Period(start, last if ends else 12)


def _timed(days: pd.DataFrame) -> dict[Month, float]:
    """Return the share of the tickets of each month that were received at a time of their own."""
    months = days.groupby(["year", "month"])[["tickets", "timed"]].sum()
    return (months["timed"] / months["tickets"]).to_dict()


def _filled(coverage: ibis.Table) -> dict[tuple[str, Month], float]:
    """Return the share of tickets with a value by column and month, where a column applies to any."""
    rows = coverage.filter(coverage.tickets > 0, coverage.column.isin(sorted(_BLANK_IS_UNKNOWN))).to_pandas()
    return {(column, (year, month)): known / tickets for column, year, month, tickets, known in
            zip(*(rows[name] for name in ("column", "year", "month", "tickets", "known")), strict=True)}
