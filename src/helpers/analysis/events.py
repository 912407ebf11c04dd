"""Read the events that are known of a city (a storm, a festival): left out of what is usual, and still shown.

data/events/<city>.csv: from, to (days), category, area (a district; both may be blank: any), what, source.
"""

import datetime

import numpy as np
import pandas as pd

from helpers.analysis.series import Series
from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean

__all__ = ["COLUMNS", "named", "read", "weeks"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


COLUMNS = ["from", "to", "category", "area", "what", "source"]


def read(edition: Edition, series: Series) -> pd.DataFrame:
    """Return the events of a city, from and to as days, category and area null where an event is of any; empty without a file.

    Raises UserError, with the line of the file, for a missing column or cell, a day that cannot be read, an event that ends
    before it begins, a category or area that the series does not know, and two events of the same rows that overlap.
    """
    file = paths.events(edition.city)
    if not file.exists():
        return pd.DataFrame(columns=COLUMNS)
    shown = yaml_models.display_path(file)
    events = pd.read_csv(file, dtype=str, encoding="utf-8-sig")
    if lacking := [column for column in COLUMNS if column not in events]:
        raise UserError(f"{shown}: the column '{lacking[0]}' is missing: its columns are {', '.join(COLUMNS)}.", exit_code=2)
    found = []
    for line, row in enumerate(events[COLUMNS].to_dict("records"), start=2):
        found.append(_event(row, f"{shown}, line {line}", series) | {"line": line})
    checked = pd.DataFrame(found, columns=[*COLUMNS, "line"])
    _refuse_overlaps(checked, shown)
    return checked[COLUMNS]


def _event(row: dict, where: str, series: Series) -> dict:
    blank = [column for column in ("from", "to", "what", "source") if pd.isna(row[column])]
    if blank:
        raise UserError(f"{where}: '{blank[0]}' is blank.", exit_code=2)
    first, last = (_day(row[column], column, where) for column in ("from", "to"))
    if last < first:
        raise UserError(f"{where}: ends on {last}, before it begins on {first}: exchange from and to.", exit_code=2)
    for column, dimension in (("category", "category"), ("area", "district")):
        known = sorted(series.rows[dimension].unique()) if dimension in series.rows else []
        if known and pd.notna(row[column]) and row[column] not in known:
            near = did_you_mean(row[column], known)
            raise UserError(f"{where}: {column} '{row[column]}' is not in the tickets.{near}", exit_code=2)
    return row | {"from": first, "to": last}


def _day(text: str, column: str, where: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise UserError(f"{where}: {column} '{text}' is no day: write it as 2020-07-15.", exit_code=2) from None


def _refuse_overlaps(events: pd.DataFrame, shown: str) -> None:
    ordered = events.sort_values(["from", "line"])
    for _, own in ordered.groupby(["category", "area"], dropna=False):
        ends = own["to"].cummax().shift()
        for (_, event), end in zip(own.iloc[1:].iterrows(), ends.iloc[1:], strict=True):
            if event["from"] <= end:
                raise UserError(
                    f"{shown}, line {event['line']}: '{event['what']}' begins on {event['from']}, before an earlier event of "
                    f"the same category and area ends on {end}: make them one.",
                    exit_code=2,
                )


def weeks(events: pd.DataFrame, series: Series) -> np.ndarray:
    """Return which rows and weeks of a series belong to an event: an array of truth like its counts."""
    found = np.zeros(series.counts.shape, dtype=bool)
    for event in events.to_dict("records"):
        found |= _rows(event, series.rows)[:, None] & _spanned(event, series.starts[: series.weeks])[None]
    return found


def _rows(event: dict, rows: pd.DataFrame) -> np.ndarray:
    chosen = np.ones(len(rows), dtype=bool)
    for column, dimension in (("category", "category"), ("area", "district")):
        if pd.notna(event[column]) and dimension in rows:
            chosen &= (rows[dimension] == event[column]).to_numpy()
    return chosen


def _spanned(event: dict, mondays: np.ndarray) -> np.ndarray:
    return (mondays <= np.datetime64(event["to"])) & (mondays + np.timedelta64(6, "D") >= np.datetime64(event["from"]))


def named(alerts: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Add `event` to alerts: what is known to have happened there in a week of the alert; null where nothing is."""
    first = alerts["first_week"] if "first_week" in alerts else alerts["week"]
    found = pd.Series(None, index=alerts.index, dtype="object")
    for event in events.to_dict("records"):
        during = (first <= pd.Timestamp(event["to"])) & (alerts["week"] + pd.Timedelta(days=6) >= pd.Timestamp(event["from"]))
        found[during & _rows(event, alerts) & found.isna()] = event["what"]
    return alerts.assign(event=found)
