"""The numbers of a report's first page: calls, dispatched tickets, resolution and satisfaction, of the period and by month."""

import pandas as pd

from helpers.analysis import measures, uncertainty
from helpers.analysis.scope import Scope
from helpers.cube import selections

__all__ = ["VALUES", "WORDS", "key_months", "key_numbers"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


VALUES = ["tickets", "dispatched", *measures.RATES]
WORDS = {"tickets": "群众来电（件）", "dispatched": "派单办理（件）"}


def key_numbers(scope: Scope) -> pd.DataFrame:
    """Return one row: tickets, dispatched, each with its change from the base period where it is known; both rates.

    Further columns: least_ and most_ of each rate, its bounds if all of the assessed without a valid answer had said no, or yes.
    `attrs` has the `comparison` in words.
    """
    counted = {name: scope.ask(measures.volume(table, scope.period, [], scope.base))
               for name, table in (("tickets", scope.cube.channels), ("dispatched", selections.dispatched(scope.cube.channels)))}
    rates = scope.ask(measures.rates(scope.cube.outcomes, scope.period, scope.edition.assessment.answers))
    bounds = {rate: uncertainty.unanswered_bounds(rates[rate] * rates["valid"], rates["valid"], rates["assessed"])
              for rate in measures.RATES}
    row = {name: rows["tickets"].to_numpy() for name, rows in counted.items()}
    row |= {f"{name}_change": rows["tickets_change"].to_numpy() for name, rows in counted.items()}
    row |= {rate: rates[rate].to_numpy() for rate in measures.RATES}
    row |= {f"{end}_{rate}": values for rate, ends in bounds.items()
            for end, values in zip(("least", "most"), ends, strict=True)}
    numbers = pd.DataFrame(row)
    numbers.attrs["comparison"] = scope.comparison
    return numbers


def key_months(scope: Scope) -> pd.DataFrame:
    """Return the months of the period, in order: year, month, and each of `VALUES`; null where a month has none."""
    table = scope.cube.channels
    months = scope.ask(measures.monthly(table, scope.period))
    dispatched = scope.ask(measures.monthly(selections.dispatched(table), scope.period)).rename(columns={"tickets": "dispatched"})
    rates = scope.ask(measures.monthly_rates(scope.cube.outcomes, scope.period, scope.edition.assessment.answers))
    joined = (months.merge(dispatched[["year", "month", "dispatched"]], on=["year", "month"], how="left", validate="one_to_one")
              .merge(rates[["year", "month", *measures.RATES]], on=["year", "month"], how="left", validate="one_to_one"))
    joined.attrs = months.attrs
    return joined
