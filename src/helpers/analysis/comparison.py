"""Set the measures of districts side by side: volume, change, per 10,000 residents, on time, rates with their intervals."""

import pandas as pd

from helpers.analysis import hidden_cells, league_table, measures, uncertainty
from helpers.analysis.scope import Scope

__all__ = ["COLUMNS", "MOST", "VALUES", "of_districts"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MOST = 36  # districts: a page has room for as many rows
VALUES = ["tickets", "tickets_change", "ticket_density", "on_time_rate", "resolution_rate", "satisfaction_rate"]
COLUMNS = ["tickets", "ticket_share", "tickets_change", "ticket_density", "on_time_rate", "resolution_rate", "satisfaction_rate"]

_ON_TIME = [f"on_time_rate{end}" for end in ("", "_lower", "_upper")]
_RATES = [f"{rate}{end}" for rate in ("resolution_rate", "satisfaction_rate") for end in ("", "_lower", "_upper")]


def of_districts(scope: Scope, volumes: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Add to a volume by district what else is known of each, in its order; a row without a district is left out.

    `known` are the places with their residents (`places.read`). Columns: those of `volumes`; ticket_density, per 10,000
    residents; on_time_rate, resolution_rate, satisfaction_rate with intervals (`_lower`, `_upper`) at the edition's level; null
    where it is not known. No row of more than `MOST` districts.
    """
    cube, level = scope.cube, scope.edition.soundness.level
    densities = scope.ask(measures.per_residents(measures.volume(cube.areas, scope.period, "district"), known))
    times = uncertainty.with_intervals(scope.ask(measures.timeliness(cube.durations, scope.period, "district")), level)
    rates = league_table.of_units(scope, "district")
    joined = volumes[volumes["district"].notna()]
    for part in (_columns(densities, ["ticket_density"]), _columns(times, _ON_TIME), _columns(rates, _RATES)):
        joined = joined.merge(part[part["district"].notna()], on="district", how="left", validate="one_to_one")
    joined.attrs = volumes.attrs
    counted = [name for name in volumes if name != "district"]
    joined = hidden_cells.joined(joined, (volumes, counted), (densities, ["ticket_density"]), (times, _ON_TIME), (rates, _RATES))
    return joined if len(joined) <= MOST else joined.head(0)


def _columns(answer: pd.DataFrame, wanted: list[str]) -> pd.DataFrame:
    return answer[["district", *(name for name in wanted if name in answer)]]
