"""Answer what is to be expected after a period, and what was out of the ordinary in it, from all that was known at its end.

weeks = outlook.open(chapter)
chapter.table("…", outlook.categories(weeks), ["category", "expected_tickets", …])
"""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.analysis import alerts, backtest, dimensions, events, forecasts, hidden_cells, recurrences, scan, scope, series
from helpers.analysis.forecasts import HORIZONS
from helpers.analysis.scope import Scope
from helpers.analysis.series import AHEAD, Series
from helpers.cube import gatherings as cube_gatherings
from helpers.settings.early_warning import WarningRules
from helpers.settings.editions import Edition

__all__ = [
    "Outlook",
    "alert_weeks",
    "calendar",
    "categories",
    "circles",
    "city",
    "clearest",
    "course",
    "districts",
    "expected",
    "gatherings",
    "history",
    "kinds",
    "open",
    "repeated",
    "rising",
    "runs",
    "weekly",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MONTH = 4  # weeks of the forecast that tables are about
YEAR_SHOWN = 52  # weeks

_BEFORE = 26  # weeks that are judged before a period, so that an alert that goes on has its age
_AROUND = 26  # weeks drawn before an alert
_AFTER = 8
_CASES = 3
_TOLD = 30  # tickets from which circles are searched for
_RARE = 365  # days


@dataclass(frozen=True)
class Outlook:
    """What a period's end knew: the `series` of districts and categories, the edition's `rules`, and known `events`."""

    scope: Scope
    series: Series
    rules: WarningRules
    events: pd.DataFrame
    eventful: np.ndarray

    @property
    def ended(self) -> datetime.date:
        """The last day of the last whole week."""
        return self.series.end

    def answer(self, frame: pd.DataFrame, *, of_city: bool | None = None) -> pd.DataFrame:
        """Return a frame as an answer that sentences and tables quote.

        `of_city`: whether its numbers are of the whole city, which no plan hides; else where it has no district and no category.
        """
        frame = frame.copy()
        frame.attrs = {"table": "daily", "period": self.scope.period.name}
        frame.attrs |= {"answer": scope.answer_id(frame), "data": self.scope.cube.data}
        if of_city if of_city is not None else not {"district", "category"} & {*frame.columns}:
            frame.attrs[hidden_cells.ATTRIBUTE] = hidden_cells.NOTHING  # no plan: numbers of the whole city by week
        return frame


def open(scope: Scope, level: str = "district") -> Outlook:
    """Open what the end of a scope's period knew, by `district` or `subdistrict`, and by category.

    Where no ticket has the level, no row is left. Raises UserError where there is no whole week, or an event is not valid.
    """
    found = series.read(scope.edition, scope.period.last_day, dimensions.DIMENSIONS[level].keys)
    known = events.read(scope.edition, found)
    return Outlook(scope, found, scope.edition.warning, known, events.weeks(known, found))


def history(outlook: Outlook) -> pd.DataFrame:
    """Return in one row what the series holds: weeks (whole ones), ended (the last day), begun and renamed (names, joined)."""
    found = outlook.series
    begun = "、".join(
        f"{name}（{day.year}年{day.month}月起）" for name, day in sorted(found.begun.items(), key=lambda item: item[1])
    )
    renamed = "、".join(f"{old}（今“{new}”）" for old, new in outlook.rules.renamed.items())
    return outlook.answer(
        pd.DataFrame(
            [
                {
                    "weeks": found.weeks,
                    "since": str(found.starts[0]),
                    "until_day": str(found.end),
                    "begun": begun,
                    "renamed": renamed,
                }
            ]
        )
    )


def expected(found: Series, rules: WarningRules, span: int | np.ndarray) -> pd.DataFrame:
    """Return what is expected of each row of a series in a span after it (`forecasts.with_ranges`).

    Columns: names, expected_tickets, expected_tickets_lower and _upper (80 %), expected_tickets_half_lower and _half_upper
    (50 %): whole numbers, null where no range is known.
    """
    made = forecasts.lately(found, rules)
    mean = made.expected(span)[:, -1]
    ranges = forecasts.with_ranges(made, span)
    ends = {
        f"expected_tickets{name}_{end}": bound(rounded(ranges[share][number][:, -1]), np.round(mean))
        for share, name in ((0.8, ""), (0.5, "_half"))
        for number, (end, rounded, bound) in enumerate((("lower", np.ceil, np.minimum), ("upper", np.floor, np.maximum)))
    }
    return found.rows.assign(expected_tickets=mean, **ends)


def _expected(found: Series, rules: WarningRules, horizon: int) -> pd.DataFrame:
    """Return what is `expected` of each row in the next weeks, beside what it had.

    Further columns: horizon, recent_tickets (of as many weeks before), year_ago_tickets (of the same weeks of the year before;
    null where these are not known).
    """
    first = found.weeks - forecasts.YEAR_WEEKS
    ago = found.counts[:, first : first + horizon].sum(1) if first >= 0 else np.full(len(found.counts), np.nan)
    return expected(found, rules, horizon).assign(
        horizon=horizon, recent_tickets=found.counts[:, -horizon:].sum(1), year_ago_tickets=ago
    )


def city(outlook: Outlook) -> pd.DataFrame:
    """Return what is expected of the whole city in the next 1, 4 and 13 weeks (`_expected`), a row each."""
    whole = outlook.series.summed()
    return outlook.answer(pd.concat([_expected(whole, outlook.rules, horizon) for horizon in HORIZONS], ignore_index=True))


def categories(outlook: Outlook) -> pd.DataFrame:
    """Return what is expected of each category in the next four weeks, most first; of fewer than half a ticket a week, nothing.
    """
    found = _printed(_expected(outlook.series.summed("category"), outlook.rules, MONTH), MONTH)
    return outlook.answer(found.sort_values(["expected_tickets", "category"], ascending=[False, True]).reset_index(drop=True))


def districts(outlook: Outlook, horizon: int = MONTH) -> pd.DataFrame:
    """Return what is expected of each place and category in the next 1, 4 or 13 weeks (`_expected`).

    In the edition's order of districts, of each most first; of fewer than half a ticket a week, nothing.
    """
    found = _printed(_expected(outlook.series, outlook.rules, horizon), horizon)
    order = {name: place for place, name in enumerate(outlook.scope.edition.districts)}
    found = found.assign(place=found["district"].map(order), fewest=-found["expected_tickets"])
    names = [*outlook.series.rows.columns]
    found = found.sort_values(["place", *names[:-1], "fewest", names[-1]]).drop(columns=["place", "fewest"])
    return outlook.answer(found.reset_index(drop=True))


def _printed(found: pd.DataFrame, horizon: int) -> pd.DataFrame:
    return found[found["expected_tickets"] >= backtest.PRINTED * horizon]


def rising(outlook: Outlook, most: int) -> pd.DataFrame:
    """Return places and categories that have more in the next four weeks than in the last, even at the range's lower end."""
    found = _printed(_expected(outlook.series, outlook.rules, MONTH), MONTH)
    found = found[found["expected_tickets_lower"] > found["recent_tickets"]]
    more = (found["recent_tickets"] - found["expected_tickets"]).sort_values(kind="stable").index[:most]
    return outlook.answer(found.loc[more].reset_index(drop=True))


def weekly(outlook: Outlook) -> pd.DataFrame:
    """Return the city's weeks: those of the last year with their tickets, the next 13 with what is expected, and its 80 % range.

    Columns: week (its Monday, as text), tickets, expected_tickets, expected_tickets_lower, expected_tickets_upper; the range of a
    single week to come is that of one week, widened as the sums of 4 and of 13 weeks are.
    """
    whole = outlook.series.summed()
    shown = min(YEAR_SHOWN, whole.weeks)
    made = forecasts.lately(whole, outlook.rules)
    ahead = made.ahead[0, -1]
    ratios = [
        [end[0, -1] / made.made[horizon][0, -1] for end in forecasts.with_ranges(made, horizon)[0.8]] for horizon in HORIZONS
    ]
    low, high = (np.interp(np.arange(1, AHEAD + 1), HORIZONS, ends) for ends in zip(*ratios, strict=True))
    weeks = whole.starts[whole.weeks - shown :]
    gap = np.full(shown, np.nan)
    return outlook.answer(
        pd.DataFrame(
            {
                "week": weeks.astype(str),
                "tickets": np.append(whole.counts[0, -shown:], np.full(AHEAD, np.nan)),
                "expected_tickets": np.append(gap, ahead),
                "expected_tickets_lower": np.append(gap, ahead * low),
                "expected_tickets_upper": np.append(gap, ahead * high),
            }
        )
    )


def runs(outlook: Outlook) -> pd.DataFrame:
    """Return the alerts with a week in the period, one that goes on being one (`alerts.runs`), largest excess first.

    Columns: the names, first_week, week (as text), weeks, tickets, expected_tickets, threshold, excess, chance_share
    (of its worst week), excess_run, state (open, ended), event (what is known to have happened, null where nothing is).
    """
    span = outlook.scope.period
    found = outlook.series
    inside = found.places(span.first_day, span.last_day)
    judged = [alerts.judge(found, outlook.rules, place, outlook.eventful) for place in _judged_places(outlook, inside)]
    made = alerts.runs(alerts.listed(found, outlook.rules, judged), found.weeks - 1)
    made = made[made["week"] >= pd.Timestamp(found.starts[inside[0]])] if len(inside) else made.head(0)
    made = events.named(made, outlook.events)
    state = np.where(made["is_open"].astype(bool), "open", "ended")
    return outlook.answer(
        made.assign(
            state=state,
            chance_share=made["chance"],
            expected_tickets=made["expected"],
            first_week=made["first_week"].astype(str).str[:10],
            week=made["week"].astype(str).str[:10],
        )
        .drop(columns=["place", "row", "is_open", "chance", "expected"])
        .reset_index(drop=True)
    )


def _judged_places(outlook: Outlook, inside: np.ndarray) -> range:
    """Return the places of a period's weeks, and of some before them, that have enough history."""
    if not len(inside):
        return range(0)
    return range(max(outlook.rules.history_weeks, inside[0] - _BEFORE), inside[-1] + 1)


def alert_weeks(outlook: Outlook, found: pd.DataFrame) -> pd.DataFrame:
    """Return in one row how many alerts there are in a period: alerts, open_alerts, weeks (of the period), judged_weeks (that
    could be judged for any row).
    """
    inside = outlook.series.places(outlook.scope.period.first_day, outlook.scope.period.last_day)
    judged = sum(alerts.judges(outlook.series, outlook.rules, int(place)) for place in inside)
    counts = {"alerts": len(found), "open_alerts": int((found["state"] == "open").sum())}
    return outlook.answer(pd.DataFrame([counts | {"weeks": len(inside), "judged_weeks": judged}]))


def kinds(outlook: Outlook, found: pd.DataFrame) -> pd.DataFrame:
    """Return alerts by category, most first: category, alerts, open_alerts, weeks_median (of how long they lasted), excess_run.
    """
    if found.empty:
        return outlook.answer(pd.DataFrame(columns=["category", "alerts", "open_alerts", "weeks_median", "excess_run"]))
    groups = found.assign(is_open=found["state"] == "open").groupby("category")
    made = groups.agg(
        alerts=("week", "size"),
        open_alerts=("is_open", "sum"),
        weeks_median=("weeks", "median"),
        excess_run=("excess_run", "sum"),
    ).reset_index()
    return outlook.answer(
        made.sort_values(["alerts", "excess_run", "category"], ascending=[False, False, True]).reset_index(drop=True)
    )


def clearest(found: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the three alerts of as many categories that chance explains least, each as one row, or as none."""
    clear = found.sort_values(["chance_share", "excess_run"], ascending=[True, False], kind="stable").drop_duplicates("category")
    return [clear.iloc[place : place + 1] for place in range(_CASES)]


def course(outlook: Outlook, alert: pd.DataFrame) -> pd.DataFrame:
    """Return the weeks around an alert of one row: week (its Monday, as text), tickets, expected_tickets, threshold."""
    found = outlook.series
    if alert.empty:
        return pd.DataFrame(columns=["week", "tickets", "expected_tickets", "threshold"])
    names = [*found.rows.columns]
    row = int(np.flatnonzero((found.rows == alert[names].iloc[0]).all(axis=1))[0])
    first, last = (
        int((np.datetime64(alert[name].iloc[0]) - found.starts[0]) / np.timedelta64(7, "D")) for name in ("first_week", "week")
    )
    places = range(max(outlook.rules.history_weeks, first - _AROUND), min(last + _AFTER, found.weeks - 1) + 1)
    made = alerts.course(found, outlook.rules, row, places, outlook.eventful)
    return outlook.answer(
        made.assign(week=made["week"].astype(str).str[:10], expected_tickets=made["expected"])[
            ["week", "tickets", "expected_tickets", "threshold"]
        ],
        of_city=False,
    )


def calendar(outlook: Outlook, *by: str) -> pd.DataFrame:
    """Return what returns each year (`recurrences.peaks`): of categories in the whole city, or by district and category."""
    return outlook.answer(recurrences.peaks(outlook.series.summed(*by) if by else outlook.series, outlook.rules))


def gatherings(outlook: Outlook) -> pd.DataFrame:
    """Return where tickets of a category gathered at one place in the period, by district and category (`cube.gatherings`)."""
    span = outlook.scope.period
    return outlook.answer(cube_gatherings.gatherings(_editions(outlook), span.first_day, span.last_day))


def circles(outlook: Outlook) -> pd.DataFrame:
    """Return where neighbouring areas together have more tickets of a category in the last four weeks than in the year before.

    The likeliest circle of each category (`scan.circles`), by the share of the category's tickets that its areas had in the 364
    days before, where such a one comes by chance less often than once a year if it is searched for every four weeks in all of
    these categories. Columns: category, district (of the areas, joined), areas_inside, tickets, expected_tickets, chance_share,
    days_recurrence (days after which such a one is to be seen once by chance in any of the categories), least likely first.
    Empty where no ticket has coordinates and an area.
    """
    last = outlook.ended
    first = last - datetime.timedelta(weeks=MONTH, days=-1)
    areas = cube_gatherings.located(_editions(outlook), first, last)
    groups = [(category, own) for category, own in areas.groupby("category") if own[["tickets", "before"]].sum().min() >= _TOLD]
    columns = ["category", "district", "areas_inside", "tickets", "expected_tickets", "chance_share"]
    found = [line for category, own in groups if (line := _circle(category, own))]
    frame = pd.DataFrame(found, columns=columns).astype({"chance_share": float})
    rare = frame.assign(days_recurrence=scan.recurrence(frame["chance_share"] * len(groups), 7 * MONTH))
    rare = rare[rare["days_recurrence"] > _RARE]
    return outlook.answer(rare.sort_values(["chance_share", "category"], kind="stable").reset_index(drop=True))


def _circle(category: str, areas: pd.DataFrame) -> dict | None:
    """Return the likeliest circle of a category's areas; None where there is none."""
    across, up = scan.plane(areas["longitude"], areas["latitude"])
    likeliest = scan.circles(across, up, areas["tickets"], areas["before"])[:1]
    if not likeliest:
        return None
    circle = likeliest[0]
    inside = areas.iloc[list(circle.members)]
    districts = "、".join(dict.fromkeys(inside["district"].dropna()))
    return {
        "category": category,
        "district": districts,
        "areas_inside": len(circle.members),
        "tickets": int(circle.cases),
        "expected_tickets": circle.expected,
        "chance_share": circle.chance,
    }


def repeated(outlook: Outlook) -> pd.DataFrame:
    """Return in one row the tickets of the period that the export calls repeats, or of several callers: duplicates."""
    funnel, span = outlook.scope.cube.funnel, outlook.scope.period
    rows = funnel.filter(
        funnel.exclusion == "duplicate",
        funnel.year * 12 + funnel.month - 1 >= span.start,
        funnel.year * 12 + funnel.month - 1 <= span.end,
    )
    return outlook.answer(rows.aggregate(duplicates=rows.tickets.sum().fill_null(0).cast("int64")).to_pandas())


def _editions(outlook: Outlook) -> list[Edition]:
    """Return the editions of the period's year and of the one before, from which it is known what is usual."""
    own = outlook.scope.edition
    return [edition for edition in series.years(own) if edition.year >= own.year - 1]
