"""What one year of a command line asks for, checked as far as an edition and a calendar tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.settings import editions, paths, periods
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period


@dataclass(frozen=True)
class Request:
    """What is asked for of one year. `chapters` are the names of those that are wanted, empty for all."""

    edition: Edition
    period: Period
    base: Period
    parameters: Mapping[str, Any]
    chapters: frozenset[str]

    @property
    def folder(self) -> Path:
        """Where its outputs go: one folder for a period, however it was written."""
        return paths.outputs(self.edition.key, self.parameters["period"])

    @property
    def editions(self) -> list[Edition]:
        """The editions of the city that the report may read; the year before too, where an assessment month may begin."""
        years = {self.edition.year - 1, self.edition.year, *self.period.years, *self.base.years}
        return editions.of_years(self.edition.city, years)


def parse(city: str, year: int, period: str, compare: str, chapters: Sequence[str]) -> Request:
    """Check what is asked for of one year, before anything is made or started; no chapters are all of them.

    The parameters name a period in one way only, so that `M07..M09` and `2020-Q3` are Q3. Raises KnownError for an unknown
    city, year, period or comparison, with the nearest right one, and for a period of another year.
    """
    edition = editions.read(city, year)
    span = periods.parse(period, year)
    if span.years != (year,):
        raise UserError(f"period '{period}' is not in {year}: write --year {span.years[0]} with it.", exit_code=2)
    part = span.name.partition("-")[2] or "year"
    parameters = {"city": city, "year": year, "period": part, "compare": compare}
    return Request(edition, span, periods.base(span, compare), parameters, frozenset(chapters))
