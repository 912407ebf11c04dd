"""Read longitudes and latitudes as exports write them, and set to null what is no place of the city.

A cell holds one number (`116.4`, `116,4`) or both: `POINT (116.4 39.9)`, `39.9, 116.4`, `['116.4', '39.9']`.
"""

from collections import Counter
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.settings.editions import Extent
from helpers.tickets import coordinate_systems
from helpers.tickets.coordinate_systems import System

NAMES = ("longitude", "latitude")
_DEGREES = r"[+-]?\d{1,3}(?:[.,]\d{1,20})?"
_ALONE = rf"^(?P<part>{_DEGREES})°?$"
_PAIR = (rf"^(?P<point>(?i:(?:SRID=\d{{1,6}};)?POINT)?)\s*[\[(]{{0,2}}\s*['\"]?(?P<first>{_DEGREES})['\"]?(?:\s*[,;]\s*|\s+)"
         rf"['\"]?(?P<second>{_DEGREES})['\"]?\s*[\])]{{0,2}}$")
_LATITUDE = 90  # degrees, the most of a latitude


def read(texts: pa.Array, name: str, order: Literal["lon_lat", "lat_lon"] | None) -> pa.Array:
    """Return the degrees of `name` in each trimmed text, null where it has none.

    In a text of both, `order` says which is first; without it, longitude is first in a POINT and where the first number is no
    latitude, else latitude is.
    """
    numbers = _number(pc.struct_field(pc.extract_regex(texts, _ALONE), "part"))
    if numbers.null_count == texts.null_count:
        return numbers
    pairs = pc.extract_regex(pc.if_else(pc.is_null(numbers), texts, pa.scalar(None, pa.string())), _PAIR)
    first, second = _number(pc.struct_field(pairs, "first")), _number(pc.struct_field(pairs, "second"))
    point = pc.not_equal(pc.struct_field(pairs, "point"), "")
    east_first = pc.or_(point, pc.greater(pc.abs(first), _LATITUDE)) if order is None else order == "lon_lat"
    return pc.coalesce(numbers, pc.if_else(pc.equal(east_first, name == "longitude"), first, second))


def _number(texts: pa.Array) -> pa.Array:
    return pc.replace_substring(texts, ",", ".").cast(pa.float64())


def in_wgs84(columns: dict[str, pa.Array], system: System | None) -> dict[str, pa.Array]:
    """Return the columns with longitudes and latitudes of a declared system in WGS84; as they are where none is declared."""
    if system is None or not columns.keys() >= {*NAMES}:
        return columns
    degrees = [pc.fill_null(columns[name], np.nan).to_numpy(zero_copy_only=False) for name in NAMES]
    converted = [pa.array(values, from_pandas=True) for values in coordinate_systems.to_wgs84(*degrees, system)]
    both = pc.and_(*(pc.is_valid(values) for values in converted))
    unknown = pa.scalar(None, pa.float64())  # of half a pair, too: it cannot be converted
    return columns | {name: pc.if_else(both, values, unknown) for name, values in zip(NAMES, converted, strict=True)}


def places(columns: dict[str, pa.Array], extent: Extent | None, fields_nulled: Counter) -> dict[str, pa.Array]:
    """Return the columns with both coordinates null where they are 0 and 0, swapped, no degrees or outside the city.

    They are swapped where the latitude is none and the longitude may be one, or where only the exchanged pair is in the city.
    """
    present = [name for name in NAMES if name in columns]
    if not present:
        return columns
    east, north = (columns.get(name, pa.nulls(len(columns[present[0]]), pa.float64())) for name in NAMES)
    zero = _sure(pc.and_(pc.equal(east, 0), pc.equal(north, 0)))
    wrong = pc.invert(_in_city(east, north, extent))
    exchanged = pc.and_(_sure(pc.and_(pc.is_valid(east), pc.is_valid(north))), _in_city(north, east, extent))
    swapped = pc.and_not(pc.and_(wrong, exchanged), zero)
    outside = pc.and_not(pc.and_not(wrong, swapped), zero)
    fields_nulled["longitude, latitude are 0, 0"] += pc.sum(zero).as_py() or 0
    fields_nulled["longitude, latitude are swapped"] += pc.sum(swapped).as_py() or 0
    fields_nulled["longitude, latitude lie outside the city"] += pc.sum(outside).as_py() or 0
    gone = pc.or_(pc.or_(zero, swapped), outside)
    return columns | {name: pc.if_else(gone, pa.scalar(None, pa.float64()), columns[name]) for name in present}


def _in_city(east: pa.Array, north: pa.Array, extent: Extent | None) -> pa.Array:
    """Return a mask of coordinates, null or not, that may lie in the city, or on Earth where no extent is known."""
    return pc.and_(_between(east, extent.longitude if extent else (-180, 180)),
                   _between(north, extent.latitude if extent else (-90, 90)))


def _between(degrees: pa.Array, bounds: tuple[float, float]) -> pa.Array:
    return pc.fill_null(pc.and_(pc.greater_equal(degrees, bounds[0]), pc.less_equal(degrees, bounds[1])), True)


def _sure(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)
