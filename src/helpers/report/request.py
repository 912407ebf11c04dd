"""A validated request for one report: product, city, year, period, comparison, chapters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from helpers.settings import editions, paths, periods, products
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period


@dataclass(frozen=True)
class Request:
    """One report: an edition with the outline of a product. `chapters` are the names of those asked for, empty for all.

    `implied`: no period was asked for, so that it ends with the last complete month of the tickets (`during`); its outputs lie in
    the year's folder all the same.
    """

    edition: Edition
    period: Period
    base: Period
    parameters: Mapping[str, Any]
    chapters: frozenset[str]
    product: str = products.ANNUAL
    implied: bool = False

    @property
    def part(self) -> str:
        """What names the outputs and the words by people behind the edition's key: `year`, `Q3`, `M06-bulletin`."""
        made = products.read(self.product)
        named = [paths.safe_name(self.parameters[name].replace("/", "-")) for name in made.parameters if self.parameters[name]]
        return "-".join(filter(None, ["year" if self.implied else self.parameters["period"], made.outputs, *named]))

    def during(self, period: Period) -> "Request":
        """Return the request for another period of its year, compared in the same way."""
        parameters = {**self.parameters, "period": period.name.partition("-")[2] or "year"}
        return replace(self, period=period, base=periods.base(period, self.parameters["compare"]), parameters=parameters)

    @property
    def folder(self) -> Path:
        """The folder of its outputs: one for a product, a period and what it is compared with, however these were written."""
        other = "" if self.base == periods.base(self.period, "year_ago") else self.parameters["compare"]
        return paths.outputs(self.edition.key, "-".join(filter(None, [self.part, other])))

    @property
    def editions(self) -> list[Edition]:
        """The editions of the city that the report may read; the year before too, where an assessment month may begin."""
        years = {self.edition.year - 1, self.edition.year, *self.period.years, *self.base.years, *self.history}
        return editions.of_years(self.edition.city, years)

    @property
    def history(self) -> set[int]:
        """The city's earlier years that its product reads as one series with its own; none where it does not."""
        reads = products.read(self.product).history
        return {year for city, year in editions.known() if reads and city == self.edition.city and year <= self.edition.year}


def parse(city: str, year: int, period: str | None, compare: str, chapters: Sequence[str],
          product: str = products.ANNUAL, **given: str) -> Request:
    """Check a request for one report before anything is started; no chapters are all of them.

    The parameters write a period in one way only, so that `M07..M09` and `2020-Q3` are Q3. Raises UserError for an unknown
    city, year, product, period or comparison, with the nearest right one, for a period of another year, and for one that the
    product is not made for; `given` are parameters of the product (`topic`, `area`, `unit`). `period` None is the year, of the
    annual report as far as its months are complete.
    """
    edition, made = editions.read(city, year), products.read(product)
    span = periods.parse(period or "year", year)
    if span.years != (year,):
        raise UserError(f"period '{period}' is not in {year}: write --year {span.years[0]} with it.", exit_code=2)
    products.check_period(product, made, span)
    products.check_parameters(product, made, given)
    part = span.name.partition("-")[2] or "year"
    parameters = {"city": city, "year": year, "period": part, "compare": compare,
                  **{name: given.get(name, "") for name in made.parameters}}
    if part != "year" or product != products.ANNUAL:  # date and letterhead are those of the year's report
        edition = edition.model_copy(update={"issued": None, "letterhead": None})
    return Request(made.edition(edition, **given), span, periods.base(span, compare), parameters, frozenset(chapters), product,
                   implied=period is None and product == products.ANNUAL)
