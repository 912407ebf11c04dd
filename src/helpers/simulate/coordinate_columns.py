"""Draw longitudes and latitudes around the centres of districts, for the tickets of a label."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.simulate import calibration, fitting
from helpers.simulate.months import Month

_KM = 111.32  # of a degree of latitude
_DECIMALS = 5  # of a degree: a metre


def columns(tickets: Month, drawn: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Return longitude and latitude (WGS84) of a month's tickets; nothing where the calibration has no coordinates.

    `drawn` are the columns that are drawn before, of which tags and district are read. All draws are from a generator of their
    own: other columns do not depend on whether there are coordinates.
    """
    rules = tickets.year.constraints.coordinates
    centres = calibration.centres(rules) if rules else None
    sizes = tickets.year.constraints.districts
    if rules is None or not set(centres.index) <= set(sizes):  # of another city
        return {}
    rng = tickets.rng(10)
    label = tickets.year.constraints.tags[rules.tag]
    count = int(fitting.round_to_total(np.array(label.months), rules.tickets)[tickets.month - 1])
    at = np.flatnonzero(fitting.sample_mask(_labelled(drawn["tags"], rules.tag).astype(float), count, rng))
    district = _districts(tickets, drawn["district"].take(pa.array(at)), list(centres.index), rng)
    spread = np.array([rules.spread[name] for name in centres.index])[district][:, None] * rng.normal(size=(count, 2)) / _KM
    north = centres["latitude"].to_numpy()[district] + spread[:, 1]
    east = centres["longitude"].to_numpy()[district] + spread[:, 0] / np.cos(np.radians(north))
    return {name: _placed(np.round(degrees, _DECIMALS), at, len(tickets.unit))
            for name, degrees in (("longitude", east), ("latitude", north))}


def _labelled(tags: pa.ListArray, tag: str) -> np.ndarray:
    """Return the mask of tickets with a label."""
    mask = np.zeros(len(tags), dtype=bool)
    mask[pc.list_parent_indices(tags).filter(pc.equal(pc.list_flatten(tags), tag)).to_numpy()] = True
    return mask


def _districts(tickets: Month, known: pa.Array, centres: list[str], rng: np.random.Generator) -> np.ndarray:
    """Return the position in `centres` of each ticket's district, or of one drawn by the districts' tickets."""
    sizes = tickets.year.constraints.districts
    weights = np.array([sizes[name].departments + sizes[name].subdistricts for name in centres], dtype=float)
    drawn = rng.choice(len(centres), len(known), p=weights / weights.sum())
    own = pc.index_in(known.cast(pa.string()), pa.array(centres)).to_pandas()
    return np.where(own.notna(), own.fillna(0), drawn).astype(int)


def _placed(degrees: np.ndarray, at: np.ndarray, count: int) -> pa.Array:
    whole = np.full(count, np.nan)
    whole[at] = degrees
    return pa.array(whole, from_pandas=True)
