"""Simulated tickets: drawn, not received, so that the report can be made and checked where its tickets are not public.

`prepare` writes an edition's tickets where they are missing or made of something else; `__main__` is the command line.
Counts come first: `volumes` (how many tickets stand where), `answers` and `standings` (what becomes of them), both from
`fitting`. Then a month at a time: `rows` with `clock` (who, what, when), `calls` and `handling` (the columns), `arrow`.
No module of analysis imports this.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.simulate import calibration, call_columns, dispatch_columns, months, outcomes, volumes
from helpers.tickets import schema


def prepare(edition: Edition, replace: bool = False) -> bool:
    """Write an edition's simulated tickets unless they are there and made of the same; return whether it wrote.

    Raises KnownError for an edition that is not simulated, and for an export's tickets that `replace` does not give up.
    """
    if not edition.simulation:
        raise UserError(f"{edition.label} is not simulated: bring its export with python -m helpers.ingest, or add "
                         f"`simulation:` to data/editions/{edition.key}.yml.")
    facts = schema.metadata(edition)
    if facts and facts["data"] != "simulated" and not replace:
        raise UserError(f"{edition.label} has tickets of an export in data/tickets/{edition.key}: add --replace to "
                         "overwrite them.")
    constraints = calibration.read(edition.simulation.calibration)
    digest = calibration.digest(edition, constraints, code())
    if facts and facts["digest"] == digest:
        return False
    schema.write(edition, batches(edition, constraints), data="simulated", source=edition.simulation.calibration,
                  digest=digest)
    return True


def code() -> list[Path]:
    """Return the files whose change makes other tickets."""
    return [Path(schema.__file__), *(paths.PACKAGE / "simulate").glob("*.py")]


def batches(edition: Edition, constraints: calibration.Calibration) -> Iterator[pa.RecordBatch]:
    """Yield the year's tickets, a month at a time."""
    seed = edition.simulation.seed
    counts = volumes.draw(constraints, np.random.default_rng([seed, 10]))
    fates = outcomes.draw(constraints, edition.assessment, counts, np.random.default_rng([seed, 20]))
    year = months.SimulatedYear(edition.year, seed, constraints, calibration.owners(constraints), counts, fates)
    for month in range(1, 13):
        yield batch(months.sample(year, month))


def batch(month: months.Month) -> pa.RecordBatch:
    """Return a month's tickets with the columns of `schema.SCHEMA`; community and coordinates are not simulated."""
    columns = call_columns.columns(month) | dispatch_columns.columns(month)
    unknown = pa.nulls(len(month.unit))
    return pa.RecordBatch.from_arrays(
        [columns.get(field.name, unknown.cast(field.type)) for field in schema.SCHEMA], schema.SCHEMA.names)
