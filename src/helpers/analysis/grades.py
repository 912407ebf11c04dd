"""Grade subdistricts by their tickets: by bounds that an edition sets, or by quartiles of those that are shown."""

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from helpers.analysis import measures, places
from helpers.analysis.scope import Scope
from helpers.cube import selections
from helpers.settings import paths, yaml_models
from helpers.settings.editions import Boundaries
from helpers.settings.errors import UserError

__all__ = ["bounds", "grade", "monthly", "of_subdistricts", "outlines", "summary"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_QUARTERS = (0.25, 0.5, 0.75)
_KEYS = ["district", "subdistrict"]


def of_subdistricts(scope: Scope) -> pd.DataFrame:
    """Count the tickets of each subdistrict that a map shows (`Maps.tag`, or all), with their grade.

    Columns: district, subdistrict; tickets, 0 where it handled none of the label; ticket_density where residents are known;
    grade, from 1; is_sure, whether there are tickets enough (`Grades.sure`). Districts in the edition's order, subdistricts by
    the tickets of all kinds that they handled, most first, as in the districts' sections. Empty where the label has no ticket.
    """
    everyone = _listed(scope, measures.volume(selections.by_subdistricts(scope.cube.areas), scope.period, _KEYS))
    counted = scope.ask(measures.volume(_table(scope), scope.period, _KEYS))
    everyone = everyone if counted["tickets"].sum() else everyone.head(0)
    joined = everyone[_KEYS].merge(counted[[*_KEYS, "tickets"]], on=_KEYS, how="left").fillna({"tickets": 0})
    joined = _per_resident(scope, joined.astype({"tickets": "int64"}))
    rules = scope.edition.maps.grades
    values = joined[rules.measure]
    graded = joined.assign(grade=grade(values, bounds(values, rules.bounds)), is_sure=joined["tickets"] >= rules.sure)
    graded.attrs = counted.attrs
    return graded


def monthly(scope: Scope, areas: pd.DataFrame) -> pd.DataFrame:
    """Count the tickets of the subdistricts of a map by month: district, subdistrict, year, month, tickets, grade.

    Grades go by the edition's bounds, or by quartiles of all months of all subdistricts together; bounds for a density, or for a
    whole period, do not fit months. In the order of months, then of `areas`.
    """
    counted = scope.ask(measures.monthly(_table(scope), scope.period, _KEYS))
    calendar = pd.DataFrame(scope.period.calendar, columns=["year", "month"])
    every = calendar.merge(areas[_KEYS], how="cross")
    joined = every.merge(counted[[*_KEYS, "year", "month", "tickets"]], on=[*_KEYS, "year", "month"], how="left")
    joined = joined.fillna({"tickets": 0}).astype({"tickets": "int64"})
    graded = joined.assign(grade=grade(joined["tickets"], bounds(joined["tickets"])))
    graded.attrs = counted.attrs
    return graded


def bounds(values: pd.Series, fixed: Sequence[float] = ()) -> list[float]:
    """Return the lower bounds of all grades but the first: those that are `fixed`, else the quartiles, equal ones once.

    Quartiles of whole numbers go up to the next whole one, which changes no grade.
    """
    known = values.dropna()
    quarters = np.quantile(known, _QUARTERS) if len(known) else np.empty(0)
    quarters = np.ceil(quarters) if pd.api.types.is_integer_dtype(values) else quarters
    return list(fixed) or sorted({float(bound) for bound in quarters if bound > known.min()})


def grade(values: pd.Series, lower: Sequence[float]) -> pd.Series:
    """Return the grade of each value, from 1: how many bounds it reaches, and one more; null where it is null."""
    reached = np.searchsorted(np.asarray(lower, dtype=float), values.astype(float), side="right")
    grades = pd.Series(reached + 1, index=values.index)
    return grades.astype("Int64").where(values.notna())


def summary(areas: pd.DataFrame, grades: int | None) -> pd.DataFrame:
    """Count the subdistricts of each grade by district, in the order of `areas`: district, grade_1 (the fewest) …, tickets.

    `grades` is the highest; null where there are no areas.
    """
    highest = 0 if pd.isna(grades) else grades
    of_grade = {f"grade_{grade}": (areas["grade"] == grade).astype("int64") for grade in range(1, highest + 1)}
    counted = areas.assign(**of_grade).groupby("district", as_index=False, sort=False)[[*of_grade, "tickets"]].sum()
    counted.attrs = areas.attrs
    return counted


def outlines(scope: Scope, areas: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the outlines of subdistricts (subdistrict, geometry) where the edition names a file, and the names that it lacks.

    Joined by name; a name of two districts joins nothing. Both are empty without a file.
    """
    rules = scope.edition.maps.grades
    if not rules.outlines:
        return pd.DataFrame(), []
    unique = areas.drop_duplicates("subdistrict", keep=False)["subdistrict"].tolist()
    shapes = places.outlines(Boundaries(file=rules.outlines, name=rules.name, source=scope.edition.maps.source), unique)
    shapes = shapes.rename(columns={"district": "subdistrict"})
    known = set(shapes["subdistrict"])
    missing = [f"{row.district}{row.subdistrict}" for row in areas.itertuples() if row.subdistrict not in known]
    return shapes, missing


def _table(scope: Scope) -> ibis.Table:
    tag, cube = scope.edition.maps.tag, scope.cube
    rows = selections.rows_where(cube.tag_areas, tag=tag) if tag else cube.areas
    return selections.by_subdistricts(rows)


def _listed(scope: Scope, volumes: ibis.Table) -> pd.DataFrame:
    """Return subdistricts that have a name, districts in the edition's order."""
    found = scope.ask(volumes).dropna(subset=_KEYS)
    order = {name: place for place, name in enumerate(dict.fromkeys([*scope.edition.districts, *found["district"]]))}
    return found.sort_values("district", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _per_resident(scope: Scope, areas: pd.DataFrame) -> pd.DataFrame:
    """Add ticket_density where the edition names a file of residents by subdistrict."""
    name = scope.edition.maps.grades.residents
    if not name:
        return areas
    file = paths.reference(name)
    if not file.exists():
        raise UserError(f"{yaml_models.display_path(file)} is not there: `maps.grades.residents` of the edition must name a CSV "
                        "file with district, subdistrict and residents.")
    residents = pd.read_csv(file)
    if lacking := [column for column in [*_KEYS, "residents"] if column not in residents]:
        raise UserError(f"{yaml_models.display_path(file)} has no column '{lacking[0]}': it needs district, subdistrict and "
                        "residents.")
    joined = areas.merge(residents[[*_KEYS, "residents"]], on=_KEYS, how="left", validate="one_to_one")
    return joined.assign(ticket_density=joined["tickets"] * 10_000 / joined["residents"]).drop(columns="residents")
