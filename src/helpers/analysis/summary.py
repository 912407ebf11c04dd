"""The numbers of a report's first page: calls, dispatched tickets, resolution and satisfaction, of the period and by month."""

from typing import NamedTuple

import pandas as pd

from helpers.analysis import hidden_cells, measures, uncertainty
from helpers.analysis.scope import Scope
from helpers.cube import selections

__all__ = ["VALUES", "WORDS", "Answers", "answers", "key_months", "key_numbers", "says_handling", "shown"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


VALUES = ["tickets", "dispatched", *measures.RATES]
WORDS = {"tickets": "群众来电（件）", "dispatched": "派单办理（件）"}


class Answers(NamedTuple):
    """What the first page is made of; volumes have the period's tickets with their change from the base period.

    `numbers` and `months` are those of the large numbers; `total` has one row, `monthly` one for each month.
    """

    numbers: pd.DataFrame
    months: pd.DataFrame
    total: pd.DataFrame
    monthly: pd.DataFrame
    categories: pd.DataFrame
    by_category: pd.DataFrame
    channels: pd.DataFrame
    districts: pd.DataFrame
    owners: pd.DataFrame
    subcategories: pd.DataFrame
    statuses: pd.DataFrame
    times: pd.DataFrame
    rates: pd.DataFrame


def answers(scope: Scope) -> Answers:
    """Ask all that the first page says."""
    cube, span, base = scope.cube, scope.period, scope.base
    total, monthly, rates = _total(scope), _monthly(scope), _rates(scope)
    times = scope.ask(measures.timeliness(cube.durations, span))
    return Answers(
        *_with_timeliness(scope, _numbers(scope, total, rates), _months(scope, monthly), times), total=total, monthly=monthly,
        categories=scope.ask(measures.volume(cube.calls, span, "category", base)),
        by_category=scope.ask(measures.monthly(cube.calls, span, "category")),
        channels=scope.ask(measures.volume(selections.by_channel(cube.channels), span, "channel", base)),
        districts=scope.ask(measures.volume(cube.areas, span, "district", base)),
        owners=scope.ask(measures.volume(cube.owners, span, "owner", base)),
        subcategories=scope.ask(measures.volume(cube.calls, span, ["category", "subcategory"], base)),
        statuses=scope.ask(measures.volume(cube.backlog, span, "status")),
        times=times, rates=rates)


def says_handling(scope: Scope) -> bool:
    """Return whether the period's tickets say which of them were dispatched; where none does, all count as dispatched."""
    return scope.cube.count_known("handling", scope.period) > 0


def shown(scope: Scope) -> list[str]:
    """Return the columns of the large numbers: the timeliness instead of the dispatched where no ticket says which these are."""
    return VALUES if says_handling(scope) else ["on_time_rate" if name == "dispatched" else name for name in VALUES]


def _with_timeliness(scope: Scope, numbers: pd.DataFrame, months: pd.DataFrame,
                     times: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add on_time_rate where it is shown."""
    if "on_time_rate" not in shown(scope):
        return numbers, months
    monthly = scope.ask(measures.timeliness(scope.cube.durations, scope.period, ["year", "month"]))
    rates = monthly[["year", "month", "on_time_rate"]]
    joined = months.merge(rates, on=["year", "month"], how="left", validate="one_to_one")
    whole = numbers.assign(on_time_rate=times["on_time_rate"].to_numpy() if len(times) else None)
    joined.attrs, whole.attrs = months.attrs, numbers.attrs
    return (hidden_cells.joined(whole, numbers, (times, ["on_time_rate"])),
            hidden_cells.joined(joined, months, (monthly, ["on_time_rate"])))


def key_numbers(scope: Scope) -> pd.DataFrame:
    """Return one row: tickets, dispatched, each with its change from the base period where it is known; both rates.

    Further columns: least_ and most_ of each rate, its bounds if all of the assessed without a valid answer had said no, or yes.
    `attrs` has the `comparison` in words.
    """
    return _numbers(scope, _total(scope), _rates(scope))


def key_months(scope: Scope) -> pd.DataFrame:
    """Return the months of the period, in order: year, month, and each of `VALUES`; null where a month has none."""
    return _months(scope, _monthly(scope))


def _total(scope: Scope) -> pd.DataFrame:
    return scope.ask(measures.volume(scope.cube.channels, scope.period, [], scope.base))


def _monthly(scope: Scope) -> pd.DataFrame:
    return scope.ask(measures.monthly(scope.cube.channels, scope.period))


def _rates(scope: Scope) -> pd.DataFrame:
    return scope.ask(measures.rates(scope.cube.outcomes, scope.period, scope.edition.assessment.answers))


def _numbers(scope: Scope, total: pd.DataFrame, rates: pd.DataFrame) -> pd.DataFrame:
    """Return `key_numbers` from the answers that they share with others."""
    dispatched = scope.ask(measures.volume(selections.dispatched(scope.cube.channels), scope.period, [], scope.base))
    counted = {"tickets": total, "dispatched": dispatched}
    bounds = {rate: uncertainty.unanswered_bounds(rates[rate] * rates["valid"], rates["valid"], rates["assessed"])
              for rate in measures.RATES}
    row = {name: rows["tickets"].to_numpy() for name, rows in counted.items()}
    row |= {f"{name}_change": rows["tickets_change"].to_numpy() for name, rows in counted.items()}
    row |= {rate: rates[rate].to_numpy() for rate in measures.RATES}
    row |= {f"{end}_{rate}": values for rate, ends in bounds.items()
            for end, values in zip(("least", "most"), ends, strict=True)}
    numbers = pd.DataFrame(row)
    numbers.attrs["comparison"] = scope.comparison
    return hidden_cells.joined(numbers, *((rows, [name, f"{name}_change"]) for name, rows in counted.items()),
                               (rates, [name for name in row if name.endswith("_rate")]))


def _months(scope: Scope, months: pd.DataFrame) -> pd.DataFrame:
    """Return `key_months` from the months of all calls."""
    table = selections.dispatched(scope.cube.channels)
    dispatched = scope.ask(measures.monthly(table, scope.period)).rename(columns={"tickets": "dispatched"})
    rates = scope.ask(measures.monthly_rates(scope.cube.outcomes, scope.period, scope.edition.assessment.answers))
    joined = (months.merge(dispatched[["year", "month", "dispatched"]], on=["year", "month"], how="left", validate="one_to_one")
              .merge(rates[["year", "month", *measures.RATES]], on=["year", "month"], how="left", validate="one_to_one"))
    joined.attrs = months.attrs
    return hidden_cells.joined(joined, (months, ["tickets"]), (dispatched, ["dispatched"]), (rates, measures.RATES))
