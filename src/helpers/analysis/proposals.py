"""Read the proposals that earlier bulletins have made, and measure by the tickets what became of them.

`data/proposals/<city>-<year>.csv`, made by people: made_in, the month or quarter of the bulletin (2020-M03, 2020-Q1); text; to,
the unit (a district, district/subdistrict, or an owner); due (2020-M06); measure (`tickets`, `resolution_rate`,
`satisfaction_rate` or `on_time_rate`); subject, a category or category/subcategory, or empty for all tickets.
"""

import csv
from collections.abc import Mapping
from typing import Literal

import ibis
import pandas as pd
from ibis import _
from pydantic import Field, ValidationError, field_validator

from helpers.analysis import exact_tests, hidden_cells, measures, uncertainty
from helpers.analysis.scope import Scope, sourced
from helpers.cube import selections
from helpers.settings import paths, periods
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.periods import Period
from helpers.settings.yaml_models import StrictModel, display_path

__all__ = ["MEASURES", "Proposal", "followed", "has_due", "read"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


Measure = Literal["tickets", "resolution_rate", "satisfaction_rate", "on_time_rate"]
MEASURES = ("tickets", "resolution_rate", "satisfaction_rate", "on_time_rate")
_LEVEL = 0.95


class Proposal(StrictModel):
    """A row of the file; `made_in` and `due` are periods with their year."""

    made_in: str
    text: str = Field(min_length=1)
    to: str = Field(min_length=1)
    due: str
    measure: Measure
    subject: str = ""

    @field_validator("made_in", "due")
    @classmethod
    def _is_a_period(cls, text: str) -> str:
        periods.parse(text, int(text[:4]) if text[:4].isdigit() else 0)
        return text

    @property
    def made(self) -> Period:
        """The period of the bulletin that made the proposal."""
        return periods.parse(self.made_in, 0)


def has_due(edition: Edition, period: Period) -> bool:
    """Return whether any proposal was made before a period."""
    return any(each.made.end < period.start for each in _rows(edition))


def read(scope: Scope) -> list[Proposal]:
    """Return the edition's proposals; none where it has no file.

    Raises UserError (exit code 2) with file and line for a row that is not valid, and where the tickets know no such unit or
    subject.
    """
    found = _rows(scope.edition)
    known = {"to": _units(scope), "subject": {"", *_subjects(scope)}} if found else {}
    for number, each in enumerate(found, start=2):
        for column, names in known.items():
            name = getattr(each, column)
            if name not in names:
                raise UserError(
                    f"{display_path(paths.proposals(scope.edition.key))}, line {number}: {column} '{name}' is nothing "
                    f"that the tickets of {scope.edition.label} know.{did_you_mean(name, names)}",
                    exit_code=2,
                )
    return found


def followed(scope: Scope) -> pd.DataFrame:
    """Return the proposals made before the scope's period, in the file's order, with what has become of their measure.

    The base are as many months as the period has, up to the one in which the proposal was made.
    Columns: made_in, text, to, due, measure, subject; value_before and value_now, counts or rates; answers_before and
    answers_now, of which rates are; outcome: beyond chance `fewer` or `more` tickets, `better` or `worse` rates, else `alike`,
    `unknown` without numbers of both; stage: `open` until the period of `due` has come, then `due`.
    """
    rows = [_followed(scope, each) for each in read(scope) if each.made.end < scope.period.start]
    columns = [*Proposal.model_fields, "value_before", "value_now", "outcome", "stage"]
    values = (hidden_cells.unplanned(scope.edition.suppression is not None), ["value_before", "value_now"])
    return sourced(pd.DataFrame(rows, columns=columns), scope, "calls、category_outcomes、category_handling", values)


def _followed(scope: Scope, proposal: Proposal) -> dict:
    before = Period(proposal.made.end - scope.period.months + 1, scope.period.months)
    (x, n), (y, m) = (_measured(scope, proposal, span) for span in (before, scope.period))
    known = n > 0 and m > 0
    is_count = proposal.measure == "tickets"
    values = (x, y) if is_count else (x / n if n else None, y / m if m else None)
    due = periods.parse(proposal.due, 0)
    return {
        **proposal.model_dump(),
        "value_before": values[0] if n else None,
        "value_now": values[1] if m else None,
        "outcome": _outcome((x, n), (y, m), is_count) if known else "unknown",
        "stage": "due" if due.end <= scope.period.end else "open",
    }


def _outcome(before: tuple[float, float], now: tuple[float, float], is_count: bool) -> str:
    if is_count:
        share = now[1] / (now[1] + before[1])
        chance = float(exact_tests.binomial(now[0], now[0] + before[0], share)[0])
        words, is_sure = ("more", "fewer"), chance < 1 - _LEVEL
    else:
        lower, upper = uncertainty.rate_difference(before, now, _LEVEL)
        words, is_sure = ("better", "worse"), not lower <= 0 <= upper
    return words[now[0] / now[1] < before[0] / before[1]] if is_sure else "alike"


def _measured(scope: Scope, proposal: Proposal, span: Period) -> tuple[float, float]:
    """Return a measure's numerator and denominator in a period: tickets and days, or what answers count and answers."""
    if not scope.cube.covers(span):
        return 0.0, 0.0
    subject = dict(zip(("category", "subcategory"), proposal.subject.split("/"), strict=False)) if proposal.subject else {}
    if proposal.measure == "tickets":
        counted = scope.count(measures.volume(_of(scope.cube.calls, subject), span))
        days = scope.cube.days.filter(selections.in_period(scope.cube.days, span)).count().execute()
        return float(counted["tickets"].sum()), float(days)
    if proposal.measure == "on_time_rate":
        rows = _of(scope.cube.category_handling, subject)
        counted = rows.filter(selections.in_period(rows, span)).aggregate(x=_.on_time.sum(), n=_.due.sum()).to_pandas().fillna(0)
        return float(counted["x"].iloc[0]), float(counted["n"].iloc[0])
    rates = scope.count(measures.rates(_of(scope.cube.category_outcomes, subject), span, scope.edition.assessment.answers))
    valid = float(rates["valid"].sum())
    return (valid * float(rates[proposal.measure].iloc[0]) if valid else 0.0), valid


def _of(table: ibis.Table, subject: Mapping[str, str]) -> ibis.Table:
    return selections.rows_where(table, **subject) if subject else table


def _rows(edition: Edition) -> list[Proposal]:
    file = paths.proposals(edition.key)
    if not file.exists():
        return []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    found = []
    for number, row in enumerate(rows, start=2):
        try:
            found.append(Proposal.model_validate(row))
        except (ValidationError, UserError) as error:
            first = error.errors()[0] if isinstance(error, ValidationError) else {"loc": ("made_in / due",), "msg": str(error)}
            raise UserError(
                f"{display_path(file)}, line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}.", exit_code=2
            ) from None
    return found


def _units(scope: Scope) -> set[str]:
    areas = scope.cube.areas.select("district", "subdistrict").distinct().to_pandas().dropna(subset="district")
    owners = scope.cube.owners.select("owner").distinct().to_pandas()["owner"].dropna()
    return {
        *scope.edition.districts,
        *areas["district"],
        *owners,
        *(f"{district}/{name}" for district, name in areas.dropna().itertuples(index=False)),
    }


def _subjects(scope: Scope) -> set[str]:
    named = scope.cube.calls.select("category", "subcategory").distinct().to_pandas().dropna(subset="category")
    return {*named["category"], *(f"{category}/{name}" for category, name in named.dropna().itertuples(index=False))}
