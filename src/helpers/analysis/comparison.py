"""Set the measures of units side by side: volume, change, per 10,000 residents, on time, rates with their intervals."""

import pandas as pd

from helpers.analysis import uncertainty

__all__ = ["COLUMNS", "MOST", "VALUES", "of_units"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MOST = 36  # units: a page has room for as many rows
VALUES = ["tickets", "tickets_change", "ticket_density", "on_time_rate", "resolution_rate", "satisfaction_rate"]
COLUMNS = ["tickets", "ticket_share", "tickets_change", "ticket_density", "on_time_rate", "resolution_rate", "satisfaction_rate"]

_RATES = [f"{rate}{end}" for rate in ("resolution_rate", "satisfaction_rate") for end in ("", "_lower", "_upper")]


def of_units(volumes: pd.DataFrame, densities: pd.DataFrame, times: pd.DataFrame, rates: pd.DataFrame, level: float,
             by: str = "district") -> pd.DataFrame:
    """Join the measures of units by name, in the order of `volumes`; units without a name are left out.

    Columns: those of `volumes`; ticket_density; on_time_rate, resolution_rate, satisfaction_rate with their `level` intervals
    (`_lower`, `_upper`); null where a measure lacks the unit. None of more than `MOST` units.
    """
    named = volumes[volumes[by].notna()]
    on_time = uncertainty.with_intervals(times, level)
    parts = [densities[[by, "ticket_density"]], on_time[[by, *(name for name in on_time if name.startswith("on_time_rate"))]],
             rates[[by, *(name for name in _RATES if name in rates)]]]
    joined = named
    for part in parts:
        joined = joined.merge(part[part[by].notna()], on=by, how="left", validate="one_to_one")
    joined.attrs = volumes.attrs
    return joined if len(joined) <= MOST else joined.head(0)
