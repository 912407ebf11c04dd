"""Simulate tickets that meet an edition's calibration, for reports of cities whose tickets are not public.

Counts are drawn first: `volumes` (tickets by subject, unit and month), then `outcomes` with `target_scores` (exclusions and
answers), both by the methods of `fitting`. Rows follow month by month: `months` with `timestamps` (unit, subject, time), then
`call_columns`, `dispatch_columns` and `coordinate_columns` as Arrow (`arrow_columns`).
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.simulate import calibration, call_columns, coordinate_columns, dispatch_columns, months, outcomes, volumes
from helpers.tickets import coordinate_systems, schema


def prepare(edition: Edition, replace: bool = False) -> bool:
    """Write an edition's simulated tickets and return True; return False where those with the same digest exist.

    Raises UserError for an edition that is not simulated, and where it has tickets of an export and `replace` is False.
    """
    if not edition.simulation:
        raise UserError(f"{edition.label} is not simulated: bring its export with python -m helpers.ingest, or add "
                         f"`simulation:` to data/editions/{edition.key}.yml.")
    current = schema.metadata(edition)
    if current and current["data"] != "simulated" and not replace:
        raise UserError(f"{edition.label} has tickets of an export in data/tickets/{edition.key}: add --replace to "
                         "overwrite them.")
    constraints = calibration.read(edition.simulation.calibration)
    digest = calibration.digest(edition, constraints, code())
    if current and current["digest"] == digest:
        return False
    schema.write(edition, batches(edition, constraints), data="simulated", source=edition.simulation.calibration,
                 digest=digest)
    return True


def code() -> list[Path]:
    """Return the source files on which simulated tickets depend."""
    return [Path(schema.__file__), Path(coordinate_systems.__file__), *(paths.PACKAGE / "simulate").glob("*.py")]


def batches(edition: Edition, constraints: calibration.Calibration) -> Iterator[pa.RecordBatch]:
    """Yield the year's tickets, one batch a month, in order of receipt."""
    seed = edition.simulation.seed
    counts = volumes.draw(constraints, np.random.default_rng([seed, 10]))
    fates = outcomes.draw(constraints, edition.assessment, counts, np.random.default_rng([seed, 20]))
    year = months.SimulatedYear(edition.year, seed, constraints, calibration.owners(constraints), counts, fates)
    for month in range(1, 13):
        yield batch(months.sample(year, month))


def batch(month: months.Month) -> pa.RecordBatch:
    """Return a month's tickets with the columns of `schema.SCHEMA`; community, place_key and coordinates not drawn are null."""
    columns = call_columns.columns(month) | dispatch_columns.columns(month)
    columns |= coordinate_columns.columns(month, columns)
    unknown = pa.nulls(len(month.unit))
    return pa.RecordBatch.from_arrays(
        [columns.get(field.name, unknown.cast(field.type)) for field in schema.SCHEMA], schema.SCHEMA.names)
