"""Answer what a monthly bulletin asks: which months a month is compared with, and what a control chart says of it.

January and February are compared together, where the edition's calendar has Lunar New Year: it falls in either. So February's
bulletin compares the two months with those of the year before, March's compares March with both, by days, and January's waits.
"""

import calendar
from collections.abc import Iterable
from typing import Any, NamedTuple

import ibis
import pandas as pd

from helpers.analysis import backlog, control_chart, dimensions, hidden_cells, measures, movements, problems, summary
from helpers.analysis import units as unit_rows
from helpers.analysis.scope import Scope, sourced
from helpers.analysis.soundness import Break, Soundness
from helpers.analysis.summary import says_handling
from helpers.cube import selections
from helpers.settings import labels, lunar_new_year, periods
from helpers.settings.editions import Edition
from helpers.settings.periods import Period

__all__ = [
    "MONTHS",
    "RATES",
    "LunarNewYear",
    "Spans",
    "area_keys",
    "area_level",
    "area_table",
    "breaks",
    "carried",
    "changed",
    "compare",
    "days_of",
    "holiday",
    "is_assumed",
    "items",
    "key_numbers",
    "key_values",
    "known",
    "level_template",
    "months",
    "months_before",
    "of_entity",
    "owners",
    "previous",
    "problem_keys",
    "problem_word",
    "quarters",
    "says_handling",
    "spans",
    "together",
    "units",
    "unplaced",
    "usual",
    "with_density",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


RATES = [f"{rate}{ending}" for rate in measures.RATES for ending in ("", "_points")]  # of units, each with its distance
_EARLIER = 12  # months that a control chart sees before the bulletin's
_FEBRUARY, _MARCH = 2, 3


class Spans(NamedTuple):
    """The tickets that a bulletin compares: those of `now` with those of `before`, None where it has to wait.

    `days` are those of both that have tickets; `joint`: whether either is January and February together.
    """

    now: Period
    before: Period | None
    days: tuple[int, int]
    joint: bool


class LunarNewYear(NamedTuple):
    """How many days of Lunar New Year fall in January and February of a year and of the year before."""

    january: int
    february: int
    january_before: int
    february_before: int


def spans(scope: Scope, sound: Soundness) -> Spans:
    """Return what a month's movements are measured by: the month before, or January and February together."""
    month, joint = scope.period.start % 12 + 1, scope.edition.holidays is not None and scope.period.start % 12 + 1 <= _MARCH
    both = Period(scope.period.start - month + 1, 2)
    now, before = scope.period, Period(scope.period.start - 1, 1)
    if joint:
        now = both if month == _FEBRUARY else now
        before = {_FEBRUARY: both.back(12), _MARCH: both}.get(month)
    return _spans(scope, sound, now, before)._replace(joint=joint)


def _spans(scope: Scope, sound: Soundness, now: Period, before: Period | None) -> Spans:
    """Return two periods with their days that have tickets; no earlier one where any of its months has none."""
    if before is not None and not (scope.cube.covers(before) and all(sound.days.get(each) for each in before.calendar)):
        before = None
    days = [sum(sound.days.get(each, 0) for each in span.calendar) if span else 0 for span in (now, before)]
    return Spans(now, before, (days[0], days[1]), joint=False)


def holiday(scope: Scope) -> LunarNewYear | None:
    """Return where Lunar New Year falls, of a bulletin for January or February; None for others, and without a calendar."""
    year, month = scope.period.calendar[0]
    if scope.edition.holidays is None or month > _FEBRUARY:
        return None
    found = [[day.month for day in lunar_new_year.days(scope.edition.holidays, each)] for each in (year, year - 1)]
    return LunarNewYear(*(months.count(which) for months in found for which in (1, 2)))


def months_before(scope: Scope) -> Period:
    """Return the twelve months before a period, and the period, as far as their years are loaded."""
    start = scope.period.start - _EARLIER
    start -= start % 12 == 1  # a February with its January
    first = start if scope.cube.covers(Period(start, 1)) else max(start, min(scope.cube.years) * 12)
    return Period(first, scope.period.end - first + 1)


def items(scope: Scope, sound: Soundness) -> pd.DataFrame:
    """Return the total, the dispatched tickets, and each kind and channel, with earlier numbers and the sign of a control chart.

    Columns: item and name (its dimension and value; the total has none); tickets; ticket_share, null for the total; previous and
    year_ago, tickets of the month before and of the month a year ago, null where not loaded; previous_change and
    year_ago_change, null also where months are not complete, assumed, or compared `together`; sign, of `control_chart.last_sign`
    on tickets per day, `waits` for a January that is compared with February, `partial` for a month of which days are missing.
    """
    channels, kinds = selections.by_channel(scope.cube.channels), scope.cube.channels
    asked = [
        ("total", scope.cube.channels, []),
        ("handling", selections.dispatched(scope.cube.channels), []),
        ("kind", kinds, ["kind"]),
        ("channel", channels, ["channel"]),
    ]
    asked = asked if says_handling(scope) else [each for each in asked if each[0] != "handling"]
    monthly = {item: scope.count(measures.monthly(table, months_before(scope), by)) for item, table, by in asked}
    whole = scope.count(measures.volume(scope.cube.channels, scope.period))
    rows = [row for item, _, by in asked for row in _items(scope, sound, item, monthly[item], by, whole["tickets"].iloc[0])]
    answer = pd.DataFrame(rows).astype({"tickets": "Int64", "previous": "Int64", "year_ago": "Int64", "ticket_share": "float64"})
    for name in ("previous", "year_ago"):
        known = answer["sign"].isin(["partial", "waits"]).eq(False) & (
            answer[name] >= scope.edition.soundness.min_answers
        ).fillna(False)
        change = answer["tickets"].astype("float64") / answer[name].astype("float64") - 1
        answer[f"{name}_change"] = change.where(known & (not is_assumed(scope, sound)) & (name not in _joined(scope)))
    shown = [scope.period.back(back).calendar[-1] for back in (0, 1, 12)]
    hides = [_hides(monthly[item], item, by, shown) for item, _, by in asked]
    return sourced(answer, scope, "channels", *hides, (whole, ["ticket_share"]))


def _hides(monthly: pd.DataFrame, item: str, by: list[str], shown: list[tuple[int, int]]) -> pd.DataFrame:
    """Return what is hidden of an item's rows: whatever is in any of the months that they show."""
    months = pd.Series(zip(monthly["year"], monthly["month"], strict=True), index=monthly.index)
    named = monthly.assign(item=item, name=monthly[by[0]] if by else None)[months.isin(shown)]
    return hidden_cells.renamed(named, ["item", "name"])


def _joined(scope: Scope) -> set[str]:
    """Return which of a month's numbers are not compared with it: those of a January or February, or of one alone."""
    month = scope.period.start % 12 + 1
    if scope.edition.holidays is None or month > _MARCH:
        return set()
    return {"previous"} if month == _MARCH else {"previous", "year_ago"}


def together(scope: Scope, sound: Soundness, spans: Spans) -> pd.DataFrame:
    """Return one row on all tickets of joint spans: tickets, tickets_before, daily_change (null where a simulation assumes the
    months); no row where nothing is joint or nothing can be compared.
    """
    if spans.before is None or not spans.joint:
        return pd.DataFrame(columns=["tickets", "tickets_before", "daily_change"])
    answers = [scope.count(measures.volume(scope.cube.channels, span)) for span in (spans.now, spans.before)]
    now, before = (int(answer["tickets"].iloc[0]) for answer in answers)
    is_known = before >= scope.edition.soundness.min_answers and not is_assumed(scope, sound)
    change = now / spans.days[0] / (before / spans.days[1]) - 1 if is_known else float("nan")
    rows = pd.DataFrame({"tickets": [now], "tickets_before": [before], "daily_change": [change]})
    return sourced(rows, scope, "channels", *answers)


def is_assumed(scope: Scope, sound: Soundness) -> bool:
    """Return whether the months of the loaded years are assumed by a simulation."""
    return any(basis.months.is_assumed() for basis in sound.basis.values())


def _items(scope: Scope, sound: Soundness, item: str, monthly: pd.DataFrame, by: list[str], whole: int) -> list[dict[str, Any]]:
    groups = monthly.groupby(by[0], sort=False) if by else [(None, monthly)]
    found = []
    for name, months in groups:
        counts = {
            (year, month): tickets
            for year, month, tickets in zip(months["year"], months["month"], months["tickets"], strict=True)
        }
        now, previous, year_ago = (counts.get(scope.period.back(back).calendar[-1], pd.NA) for back in (0, 1, 12))
        if by and not now:
            continue
        share = now / whole if item != "total" and whole else float("nan")
        found.append(
            {
                "item": item,
                "name": name,
                "tickets": now,
                "ticket_share": share,
                "previous": previous,
                "year_ago": year_ago,
                "sign": _sign(scope, sound, counts),
            }
        )
    return sorted(found, key=lambda row: -row["tickets"])


def _sign(scope: Scope, sound: Soundness, counts: dict[tuple[int, int], Any]) -> str:
    """Return the sign of the last month of some counts, by tickets a day; January and February are a month together."""
    last, joined = scope.period.calendar[-1], scope.edition.holidays is not None
    if sound.coverage.get(last) != "covered":
        return "partial"
    if joined and last[1] == 1:
        return "waits"
    daily: list[float] = []
    for year, month in counts:
        if joined and month == 1:
            continue
        both = [(year, 1), (year, 2)] if joined and month == _FEBRUARY else [(year, month)]
        known = all(
            counts.get(each) is not None and pd.notna(counts.get(each)) and sound.coverage.get(each) == "covered" for each in both
        )
        daily.append(sum(counts[each] for each in both) / sum(sound.days[each] for each in both) if known else float("nan"))
    return control_chart.last_sign(pd.Series(daily)).sign


def compare(scope: Scope, sound: Soundness, spans: Spans, table: ibis.Table, keys: list[str]) -> pd.DataFrame:
    """Return what `movements.compared` says of the rows of a table in both spans; without an earlier one all are the `same`.

    Categories that were renamed between the spans (`breaks`) are the `same`, too, with unknown tickets_before.
    Further columns: ticket_share; daily_density and before_density, tickets by the day. Changes are null where a simulation
    assumes the months.
    """
    now = scope.count(measures.volume(table, spans.now, keys))
    before = scope.count(measures.volume(table, spans.before, keys)) if spans.before else now.head(0)
    days = spans.days if spans.before else (1, 1)
    names = [name for each in breaks(sound, spans) for name in (*each.vanished, *each.appeared)]
    other, gone = (rows["category"].isin(names) if "category" in keys else rows["tickets"].lt(0) for rows in (now, before))
    other = other if spans.before else ~other
    both = movements.compared(now[~other], before[~gone], keys, days, scope.edition.movements)
    rest = movements.compared(now[other], before.head(0), keys, days, scope.edition.movements)
    rest = rest.assign(movement="same", tickets_before=pd.array([pd.NA] * len(rest), dtype="Int64"))
    both = pd.concat([both.astype({"tickets_before": "Int64"}), rest], ignore_index=True)
    both = both.sort_values(["tickets", *keys], ascending=[False, *(True for _key in keys)], ignore_index=True)
    both = both.assign(
        daily_density=both["tickets"] / days[0],
        before_density=both["tickets_before"].astype("float64") / days[1],
        daily_change=float("nan") if is_assumed(scope, sound) else both["daily_change"],
    )
    return sourced(both.merge(now[[*keys, "ticket_share"]], on=keys, how="left"), scope, now.attrs["table"], now, before)


def breaks(sound: Soundness, spans: Spans) -> list[Break]:
    """Return where categories were renamed between the first month of the earlier span and the last of the later one."""
    if spans.before is None:
        return []
    first, last = min(spans.before.calendar), max(spans.now.calendar)
    return [each for each in sound.breaks if first < each.first <= last]


def carried(scope: Scope) -> pd.DataFrame:
    """Return the tickets that were open at the end of the month before and of the month: year, month, tickets.

    Of the tickets received since the beginning of the loaded years; empty where no status is known.
    """
    months = backlog.monthly(
        scope.cube.backlog, Period(min(scope.cube.years) * 12, scope.period.end - min(scope.cube.years) * 12 + 1)
    )
    found = scope.count(months).tail(scope.period.months + 1)
    return found if scope.cube.count_known("status", scope.period) else found.head(0)


def area_level(edition: Edition) -> str:
    """Return the level of areas that a bulletin lists: districts, or subdistricts where there is a single district."""
    return "subdistrict" if len(edition.districts) == 1 else "district"


def area_keys(level: str) -> list[str]:
    """Return the columns that name an area of a level, its district's first."""
    return [*dimensions.DIMENSIONS[level].keys]


def area_table(scope: Scope) -> ibis.Table:
    """Return the table that counts the tickets of the areas of `area_level`."""
    return dimensions.DIMENSIONS[area_level(scope.edition)].table(scope)


def level_template(level: str) -> str:
    """Return what a level is called, for `Chapter.fill`."""
    return f"{{{level}_level}}"


def with_density(units: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """Add ticket_density, tickets per 10,000 residents; null of what is no district, and where these are not known."""
    residents = (
        places.set_index("district")["residents"] if {"district", "residents"} <= {*places.columns} else pd.Series(dtype=float)
    )
    known = units["district"].map(residents).astype("float64") if "subdistrict" not in units else float("nan")
    density = units["tickets"] * 10_000 / known
    rows = units.assign(ticket_density=density if (density >= 1).any() else float("nan"))  # tenths of a ticket order nothing
    rows.attrs = units.attrs
    return rows


def units(scope: Scope, unit: str, whole: pd.DataFrame, n: int | None = None) -> pd.DataFrame:
    """Return the first `n` units of a dimension by tickets (None: all), with their rates and their distances from the city's.

    `whole`: the city's rates, one row. Columns: the unit's keys; tickets; ticket_share; on_time_rate, of `due`, and
    repeated_share, of `dispatched`, null of too few; resolution_rate and satisfaction_rate, null of too few answers;
    resolution_rate_points and satisfaction_rate_points, less the city's.
    """
    dimension, least = dimensions.DIMENSIONS[unit], scope.edition.rankings.min_valid
    keys = [*dimension.keys]
    volumes = scope.count(measures.volume(dimension.table(scope), scope.period, keys))
    rates = scope.count(measures.rates(dimension.outcomes(scope), scope.period, scope.edition.assessment.answers, keys))
    rates = rates.assign(**{rate: rates[rate].where(rates["valid"] >= least) for rate in measures.RATES})
    rates = rates[[*keys, "valid", *measures.RATES]].dropna(subset=keys)
    found = volumes.dropna(subset=keys).head(len(volumes) if n is None else n)[[*keys, "tickets", "ticket_share"]]
    found = found.merge(rates, on=keys, how="left", validate="one_to_one")
    handling = problems.handling(scope, unit_rows.of_level(scope, unit, scope.cube.unit_handling), keys)
    handling = handling[[*keys, "dispatched", "repeated", "repeated_share", "due", "on_time_rate"]].dropna(subset=keys)
    found = found.merge(handling, on=keys, how="left", validate="one_to_one")
    city = whole[[*measures.RATES]].astype("float64").iloc[0]
    found = found.assign(**{f"{rate}_points": found[rate].astype("float64") - city[rate] for rate in measures.RATES})
    handled = ["dispatched", "repeated", "repeated_share", "due", "on_time_rate"]
    return sourced(found, scope, volumes.attrs["table"], (volumes, ["tickets", "ticket_share", "ticket_density"]),
                   (handling, handled), (rates, ["valid", *RATES]), (whole, RATES))


def owners(scope: Scope, whole: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the first `n` agencies and the first `n` enterprises as `units` does, with their owner_level in front."""
    levels = [(level, units(scope, level, whole, n)) for level in ("municipal_agency", "state_owned_enterprise")]
    rows = pd.concat([rows.assign(owner_level=level) for level, rows in levels], ignore_index=True)
    return sourced(rows[["owner_level", *levels[0][1].columns]], scope, "owners、outcomes、unit_handling",
                   *(rows for _, rows in levels))


def unplaced(scope: Scope, level: str) -> pd.DataFrame:
    """Return the tickets of a level whose area is not known, one row: tickets; no row where all are."""
    keys = [*dimensions.DIMENSIONS[level].keys]
    volumes = scope.count(measures.volume(dimensions.DIMENSIONS[level].table(scope), scope.period, keys))
    unknown = volumes[volumes[keys].isna().any(axis=1)]["tickets"].sum()
    return sourced(pd.DataFrame({"tickets": [int(unknown)] * int(unknown > 0)}), scope, volumes.attrs["table"], volumes)


def problem_keys(scope: Scope) -> list[str]:
    """Return what movements are looked for in: subcategories, or categories where there are none."""
    return problems.keys(scope)


def problem_word(keys: list[str]) -> str:
    """Return what a row of these keys is called: 细类, 类别."""
    return labels.column(keys[-1])


def changed(both: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the rows that rise, fall, are new or gone, at most `n` of each, in this order."""
    parts = [movements.fastest(both, movement, n) for movement in ("rise", "fall", "new", "gone")]
    rows = pd.concat(parts, ignore_index=True)
    rows.attrs = both.attrs
    return rows


def key_numbers(scope: Scope) -> pd.DataFrame:
    """Return `summary.key_numbers`, without the changes of a January or February, which are compared together."""
    numbers = summary.key_numbers(scope)
    if "year_ago" not in _joined(scope):
        return numbers
    alone = numbers.assign(**{name: float("nan") for name in ("tickets_change", "dispatched_change")})
    alone.attrs = numbers.attrs
    return alone


def key_values(scope: Scope, numbers: pd.DataFrame) -> list[str]:
    """Return which of `summary.VALUES` a period has numbers of; the dispatched only where it is known who was."""
    values = [name for name in summary.VALUES if name != "dispatched" or says_handling(scope)]
    return known(numbers, values)


def known(answer: pd.DataFrame, columns: Iterable[str]) -> list[str]:
    """Return the columns that an answer has and of which any value is known."""
    return [name for name in columns if name in answer and (answer.empty or answer[name].notna().any())]


def days_of(period: Period) -> int:
    """Return the days of a period's months."""
    return sum(calendar.monthrange(*month)[1] for month in period.calendar)


def previous(scope: Scope) -> Scope:
    """Return the scope compared with the period just before."""
    return scope.against(periods.base(scope.period, "previous"))


def quarters(scope: Scope, sound: Soundness) -> Spans:
    """Return the scope's period and base with their days; no base where not all of its months have tickets."""
    return _spans(scope, sound, scope.period, scope.base)


def usual(scope: Scope, both: pd.DataFrame, sound: Soundness, keys: list[str]) -> pd.DataFrame:
    """Return how the problems of `both` moved between the same periods of the year before; no rows where it has no tickets."""
    earlier = scope.against(scope.base.back(12), scope.period.back(12))
    if not (scope.cube.covers(earlier.period) and scope.cube.covers(earlier.base)):
        return both.head(0)
    then = quarters(earlier, sound)
    return compare(earlier, sound, then, scope.cube.calls, keys) if then.before and then.days[0] else both.head(0)


MONTHS = ["tickets", "dispatched", *measures.RATES]


def months(scope: Scope) -> pd.DataFrame:
    """Return the months of a period and their sum: line (what a row is called), and the columns `MONTHS`."""
    rows = summary.key_months(scope)
    numbers = summary.key_numbers(scope)[MONTHS]
    lines = [f"{month}月" for month in rows["month"]]
    numbered = rows[["year", "month", *MONTHS]].assign(line=lines)
    both = pd.concat([numbered, numbers.assign(line=labels.column("total"))], ignore_index=True)
    counted = {name: both[name].astype("Int64") for name in ("year", "month", "tickets", "dispatched")}
    return sourced(both.assign(**counted)[["line", "year", "month", *MONTHS]], scope, "channels、outcomes", rows, numbers)


def of_entity(scope: Scope, rows):
    """Return the rows of a table, or of an answer, that are of the chapter's problem; of its category where they know no more."""
    names = {key: value for key, value in scope.entity.items() if key in rows.columns}
    if isinstance(rows, ibis.Table):
        return selections.rows_where(rows, **names)
    found = rows[(rows[[*names]] == pd.Series(names)).all(axis=1)]
    found.attrs = rows.attrs
    return found
