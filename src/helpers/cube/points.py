"""Read where tickets are: the only numbers of a report that the cube does not hold."""

import pandas as pd
from ibis import _

from helpers.cube import selections
from helpers.settings.editions import Edition
from helpers.tickets import schema


def read(edition: Edition, tag: str | None = None) -> pd.DataFrame:
    """Return the tickets of an edition's year that have coordinates, of those with a label where one is named.

    Columns: longitude, latitude (WGS84), month, district (null where unknown).
    """
    rows = schema.read(edition)
    known = rows.filter(rows.longitude.notnull() & rows.latitude.notnull(), *([selections.has_tag(rows, tag)] if tag else []))
    return known.select("longitude", "latitude", "district", month=_.received_at.month().cast("int8")).to_pandas()
