"""A scope whose cube is written by hand: what questions answer is shown on a few counts, and no ticket is read."""

import calendar
from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import pandas as pd

from helpers.analysis.scope import Scope
from helpers.analysis.soundness import Break, Soundness
from helpers.cube.cube import TABLES, Cube
from helpers.settings import editions, periods
from helpers.tickets import schema

TEXT = {*schema.SCHEMA.names}  # columns of these names are texts also where all are null
TIMES = {"year": "int32", "month": "int32", "day": "int32", "until": "Int32"}


def table(rows: Iterable[Mapping[str, Any]], columns: Iterable[str] = ()) -> ibis.Table:
    """Return rows as a table of the cube; `columns` that no row has are null texts, counts that a row lacks are 0."""
    frame = pd.DataFrame([*rows])
    frame = frame.assign(**{name: None for name in columns if name not in frame})
    texts = {name: "str" for name in frame.columns if name in TEXT and frame[name].isna().all()}
    times = {name: kind for name, kind in TIMES.items() if name in frame}
    counts = {name: "int64" for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name]) and name not in times}
    return ibis.memtable(frame.fillna(dict.fromkeys(counts, 0)).astype(counts | texts | times))


def scope(period: str, *, years: Iterable[int] = (2020,), compare: str = "year_ago", known: Iterable[str] = (),
          edition: Mapping[str, Any] | None = None, **tables: ibis.Table) -> Scope:
    """Return a scope of Beijing 2020, its tickets an export's, with these tables; `known` are the columns that have values."""
    read = editions.read("beijing", 2020).model_copy(update={"simulation": None, **(edition or {})})
    months = [(year, month) for year in years for month in range(1, 13)]
    filled = [{"year": year, "month": month, "column": name, "tickets": 1, "known": int(name in known)}
              for year, month in months for name in schema.SCHEMA.names]
    found = dict.fromkeys(TABLES) | {"coverage": table(filled)} | tables
    span = periods.parse(period, 2020)
    cube = Cube(**found, data="export", source="", years=tuple(years))
    return Scope(read, span, periods.base(span, compare), compare, cube)


def sound(opened: Scope, days: Mapping[tuple[int, int], int] | None = None, breaks: Iterable[Break] = ()) -> Soundness:
    """Return what is known of the months of a scope: whole ones of all its years, but for those of which `days` says another."""
    whole = {(year, month): calendar.monthrange(year, month)[1] for year in opened.cube.years for month in range(1, 13)}
    there = {month: count for month, count in (whole | dict(days or {})).items() if count}
    coverage = {month: "covered" if count >= 0.9 * whole[month] else "partly" for month, count in there.items()}
    return Soundness(opened.edition.soundness, opened.period, opened.base, opened.cube.years, coverage, {}, {}, [*breaks],
                     days=there)
