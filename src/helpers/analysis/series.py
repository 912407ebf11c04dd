"""Weekly counts of a city's consecutive years as one series: rows of place and category, from Monday to Sunday.

What an edition's year is judged by is all that came before it. Names of categories that have changed are joined; weeks of which
days are missing, and those before a category's first ticket, are not known, and count nowhere as weeks without tickets.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.analysis import soundness
from helpers.cube import cube
from helpers.settings import editions, lunar_new_year
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period
from helpers.tickets import schema

__all__ = ["Series", "counted", "known_weeks", "of_days", "read", "too_short", "years"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


WEEK = 7
YEAR = 365.2425 / WEEK  # in weeks
AHEAD = 13  # weeks of the longest forecast

_DAY = np.timedelta64(1, "D")
_BEFORE, _AFTER = 8, 4  # weeks around the festival that are compared by their distance from it
_FAR = 10**6


@dataclass(frozen=True)
class Series:
    """Counts by week: `counts` has a line for each row of `rows` (its names), a column for each week.

    `total` are all tickets by week. `seasonal` are the counts by the kind of which a row shares the season, `kind` the kind of
    each row, `known` whether a kind's week is known. `starts` are the Mondays, `AHEAD` weeks longer than the counts; `festive`
    counts the festival's days in them; `counterparts` are the weeks of other years that a week is compared with, a column for
    each year, by their place. `ended` are names of kinds without tickets in the last year, `begun` those that began later than
    the series, with their first Monday.
    """

    rows: pd.DataFrame
    counts: np.ndarray
    total: np.ndarray
    kind: np.ndarray
    seasonal: np.ndarray
    known: np.ndarray
    starts: np.ndarray
    festive: np.ndarray
    counterparts: np.ndarray
    begun: Mapping[str, datetime.date]
    ended: Sequence[str]

    @property
    def weeks(self) -> int:
        """The number of weeks that have counts."""
        return self.counts.shape[1]

    @property
    def end(self) -> datetime.date:
        """The last day of the last week."""
        return (self.starts[self.weeks - 1] + 6 * _DAY).astype(datetime.date)

    @cached_property
    def row_known(self) -> np.ndarray:
        """Whether each row's week is known."""
        return self.known[self.kind]

    def until(self, week: int) -> "Series":
        """Return the series as it was when a week, by its place, was the last."""
        kept = slice(week + 1)
        return replace(
            self,
            counts=self.counts[:, kept],
            total=self.total[kept],
            seasonal=self.seasonal[:, kept],
            known=self.known[:, kept],
            starts=self.starts[: week + 1 + AHEAD],
            festive=self.festive[: week + 1 + AHEAD],
            counterparts=self.counterparts[: week + 1 + AHEAD],
        )

    def without(self, events: np.ndarray) -> "Series":
        """Return the series in which a kind's week is not known where all of its rows belong to an event (rows × weeks)."""
        rows = np.bincount(self.kind, minlength=len(self.known))
        eventful = _sums(events.astype(float), self.kind)
        whole = np.zeros(self.known.shape, dtype=bool)
        whole[: len(eventful)] = (eventful > 0) & (eventful >= rows[: len(eventful), None])
        return replace(self, known=self.known & ~whole)

    def summed(self, *by: str) -> "Series":
        """Return the series of sums by some of the names; by category they keep its season, else they have that of the whole.

        The sum of a category, and that of all, have the tickets of unknown places too; the sum of all those of no category.
        """
        groups = self.rows.groupby(list(by), sort=False).ngroup().to_numpy() if by else np.zeros(len(self.rows), dtype=int)
        firsts = pd.Series(groups).drop_duplicates().index
        rows, kind = self.rows.loc[firsts, list(by)].reset_index(drop=True), self.kind[firsts]
        if by == ("category",):
            return replace(self, rows=rows, counts=self.seasonal[kind], kind=kind)
        if "category" in by:
            return replace(self, rows=rows, counts=_sums(self.counts, groups), kind=kind)
        counts = _sums(self.counts, groups) if by else self.total[None]
        return replace(
            self,
            rows=rows if by else pd.DataFrame(index=[0]),
            counts=counts,
            kind=np.zeros(len(counts), dtype=int),
            seasonal=self.total[None],
            known=self.known.any(0, keepdims=True),
        )

    def places(self, first: datetime.date, last: datetime.date) -> np.ndarray:
        """Return the places of the weeks that end in a span of days, within the counts."""
        ends = self.starts[: self.weeks] + 6 * _DAY
        return np.flatnonzero((ends >= np.datetime64(first)) & (ends <= np.datetime64(last)))


def _sums(counts: np.ndarray, groups: np.ndarray) -> np.ndarray:
    summed = np.zeros((groups.max(initial=-1) + 1, counts.shape[1]))
    np.add.at(summed, groups, counts)
    return summed


def of_days(days: pd.DataFrame, edition: Edition, through: datetime.date, by: Sequence[str] = ("district",)) -> Series:
    """Return the series of days (`day`, the names of places `by`, `category`, `tickets`) up to the last whole week.

    A row is a place and a category; tickets of unknown place, of a district that the edition does not list, or of unknown
    category count in the season alone. Raises UserError where there is no whole week.
    """
    at = days["day"].to_numpy().astype("datetime64[D]")
    first, weeks = _span(at, through)
    week = ((at - first) // _DAY) // WEEK
    inside = (week >= 0) & (week < weeks)
    days, week, at = days[inside], week[inside], at[inside]
    category = days["category"].astype(object).map(lambda name: edition.warning.renamed.get(name, name))
    kinds, names = pd.factorize(category, sort=True)
    tickets = days["tickets"].to_numpy()
    seasonal = _counted(kinds, week, tickets, len(names), weeks)
    total = _counted(np.zeros(len(week), dtype=int), week, tickets, 1, weeks)[0]
    covered = _covered(at, tickets, first, weeks, edition)
    since = np.where(seasonal.any(1), (seasonal > 0).argmax(1), weeks)
    known = covered & (np.arange(weeks) >= since[:, None])
    placed = days[list(by)].notna().all(axis=1).to_numpy() & (kinds >= 0)
    placed &= days["district"].isin(edition.districts).to_numpy() if edition.districts else True
    keys = days.loc[placed, list(by)].astype(object).assign(category=names[kinds[placed]])
    groups = keys.groupby([*by, "category"], sort=True)
    rows = groups.size().reset_index()[[*by, "category"]]
    counts = _counted(groups.ngroup().to_numpy(), week[placed], tickets[placed], len(rows), weeks)
    starts = first + np.arange(weeks + AHEAD) * WEEK * _DAY
    festive, counterparts = _festival(starts, edition.holidays)
    begun = {names[kind]: starts[since[kind]].astype(datetime.date) for kind in range(len(names)) if 4 <= since[kind] < weeks}
    ended = [names[kind] for kind in range(len(names)) if not seasonal[kind, -round(YEAR) :].any()]
    kind = names.get_indexer(rows["category"])
    return Series(rows, counts, total, kind, seasonal, known, starts, festive, counterparts, begun, ended)


def _span(at: np.ndarray, through: datetime.date) -> tuple[np.datetime64, int]:
    """Return the first Monday from which days have tickets, and the number of whole weeks until a day. Raises UserError of none.
    """
    if not len(at):
        raise UserError("there are no tickets with a day of receipt.", exit_code=2)
    first = _first_monday(at)
    weeks = _whole_weeks(at, first, through)
    if weeks < 1:
        raise UserError(f"the tickets up to {through} hold no whole week.", exit_code=2)
    return first, weeks


def _first_monday(at: np.ndarray) -> np.datetime64:
    return at.min() + (-(at.min().astype(int) + 3) % WEEK) * _DAY  # day 0, 1970-01-01, was a Thursday


def _whole_weeks(at: np.ndarray, first: np.datetime64, through: datetime.date) -> int:
    return max(int(((min(at.max(), np.datetime64(through)) - first) // _DAY + 1) // WEEK), 0)


def _counted(row: np.ndarray, week: np.ndarray, tickets: np.ndarray, rows: int, weeks: int) -> np.ndarray:
    kept = row >= 0
    flat = np.bincount(row[kept] * weeks + week[kept], weights=tickets[kept], minlength=rows * weeks)
    return flat.reshape(rows, weeks)


def _covered(at: np.ndarray, tickets: np.ndarray, first: np.datetime64, weeks: int, edition: Edition) -> np.ndarray:
    """Return which weeks have no day that is missing (`soundness.missing_days`)."""
    totals = pd.Series(tickets).groupby(at).sum()
    covered = np.ones(weeks, dtype=bool)
    index = pd.DatetimeIndex(totals.index)
    months = pd.period_range(index.min(), index.max(), freq="M")
    for month in months:
        own = totals[(index.year == month.year) & (index.month == month.month)]
        found = dict(zip(pd.DatetimeIndex(own.index).day, own, strict=True))
        missing = (
            soundness.missing_days(found, month.year, month.month, edition.soundness.missing_from)
            if found
            else range(1, month.days_in_month + 1)
        )
        places = [(np.datetime64(f"{month}-{day:02}") - first) // _DAY // WEEK for day in missing]
        covered[[int(place) for place in places if 0 <= place < weeks]] = False
    return covered


def _festival(starts: np.ndarray, country: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the days of the festival in each week, and the weeks of other years that each is compared with.

    Weeks near the festival are compared with those at the same distance from it, all others with those of the same date; what
    lies outside the series is far below 0 or above.
    """
    spanned = range(starts[0].astype(datetime.date).year - 1, starts[-1].astype(datetime.date).year + 2)
    days = {year: lunar_new_year.days(country, year) for year in spanned} if country else {}
    days = {year: np.array(found, dtype="datetime64[D]") for year, found in days.items() if found}
    weeks = np.arange(len(starts))
    festive = np.zeros(len(starts), dtype=int)
    centres = {}
    for year, found in days.items():
        place = (found - starts[0]) // _DAY // WEEK
        np.add.at(festive, place[(place >= 0) & (place < len(starts))], 1)
        centres[year] = int(place[len(place) // 2])
    offsets = [offset for offset in range(-len(spanned), len(spanned) + 1) if offset]
    compared = weeks[:, None] + np.round(np.array(offsets) * YEAR).astype(int)
    for year, centre in centres.items():
        near = (weeks >= centre - _BEFORE) & (weeks <= centre + _AFTER)
        others = np.array([centres.get(year + offset, -_FAR) for offset in offsets])
        compared[near] = others + (weeks[near] - centre)[:, None]
    return festive, compared


def years(edition: Edition) -> list[Edition]:
    """Return the editions whose tickets are one series with an edition's: consecutive years up to its own, all of one kind.

    A year without an edition or without tickets ends it; so do tickets of another kind (simulated, export).
    """
    own, found = (schema.metadata(edition) or {}).get("data"), [edition]
    known = {year for city, year in editions.known() if city == edition.city}
    while (year := found[0].year - 1) in known:
        earlier = editions.read(edition.city, year)
        if (schema.metadata(earlier) or {"data": None})["data"] != own:
            break
        found.insert(0, earlier)
    return found


def too_short(edition: Edition, through: datetime.date) -> str:
    """Return in words that fewer weeks are known up to a day than alerts need, counting the latest that are left out; else ""."""
    needed, weeks = edition.warning.history_weeks + edition.warning.left_out, known_weeks(edition, through)
    return (
        f"截至{through.year}年{through.month}月{through.day}日连续的数据为{weeks}周，不足所需的{needed}周"
        if weeks <= needed
        else ""
    )


def known_weeks(edition: Edition, through: datetime.date) -> int:
    """Return the number of whole weeks of a series, of which the first and the last year alone are read."""
    several = years(edition)
    at = _days(list({each.year: each for each in (several[0], several[-1])}.values()))["day"].to_numpy().astype("datetime64[D]")
    return _whole_weeks(at, _first_monday(at), through) if len(at) else 0


def read(edition: Edition, through: datetime.date, by: Sequence[str] = ("district",)) -> Series:
    """Return the series of an edition's year and the consecutive years before it, up to the last whole week by a day.

    Cubes that are stale are built. Raises UserError where the edition has no tickets.
    """
    return of_days(_days(years(edition)), edition, through, by)


def counted(edition: Edition, months: Period) -> pd.DataFrame:
    """Return the tickets of a span of months by day, with the names of places and of categories as they are now.

    Columns: year, month, day (a date), district, subdistrict, category, tickets. Empty where the series has none of them.
    """
    several = [each for each in years(edition) if each.year in months.years]
    if not several:
        return pd.DataFrame(columns=["year", "month", "day", "district", "subdistrict", "category", "tickets"])
    days = _days(several)
    inside = (days["year"] * 12 + days["month"] - 1).between(months.start, months.end)
    found = days[inside].astype({"category": object})
    return found.assign(category=found["category"].replace(edition.warning.renamed))


def _days(several: Sequence[Edition]) -> pd.DataFrame:
    days = pa.concat_tables([cube.daily(each) for each in several]).unify_dictionaries().to_pandas()
    return days.assign(day=pd.to_datetime(days[["year", "month", "day"]]))
