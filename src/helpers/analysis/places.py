"""Read the districts' residents, map tiles, and outlines where an edition has a boundary file.

Boundary files are GeoJSON in any coordinate system that they name; geopandas, an extra, reads them.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from helpers.settings import paths
from helpers.settings.editions import Boundaries, Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.yaml_models import display_path as named

TILES = ("tile_column", "tile_row")
_FINE = 1000  # parts of the map's extent: what is smaller cannot be seen in print


def read(edition: Edition, districts: Iterable[str]) -> pd.DataFrame:
    """Return district, residents, tile_column and tile_row, and geometry where the edition has boundaries.

    `districts` are those that may be drawn. Empty where the edition has neither file. Raises UserError for an unusable file.
    """
    facts = _facts(paths.reference(edition.places)) if edition.places else pd.DataFrame()
    if edition.boundaries is None:
        return facts
    shapes = outlines(edition.boundaries, districts)
    return shapes if facts.empty else shapes.merge(facts, on="district", how="left", validate="one_to_one")


def _facts(file: Path) -> pd.DataFrame:
    if not file.exists():
        raise UserError(f"{named(file)} is not there: `places` of the edition must name a file below data/reference.")
    facts = pd.read_csv(file)
    for column in ("district", "residents", *TILES):
        if column not in facts:
            raise UserError(f"{named(file)} has no column '{column}': a map of tiles needs it.")
    for columns in (["district"], list(TILES)):
        twice = facts[facts.duplicated(columns)]
        if not twice.empty:
            raise UserError(f"{named(file)}: '{twice['district'].iloc[0]}' has the same {' and '.join(columns)} as a row "
                             "above it.")
    return facts


def outlines(boundaries: Boundaries, districts: Iterable[str]) -> pd.DataFrame:
    """Return district and geometry, in metres of an equal-area projection around the districts, in their order.

    Outlines with other names and shapes without an area are left out; parts of a district are merged. Rings that
    cross themselves are mended. Raises UserError where the file is missing, is no GeoJSON, or names none of `districts`.
    """
    geopandas, file, districts = _geopandas(), paths.reference(boundaries.file), list(districts)
    if not file.exists():
        raise UserError(f"{named(file)} is not there: `boundaries.file` of the edition must name a GeoJSON file below "
                         "data/reference.")
    try:
        shapes = geopandas.read_file(file)
    except Exception as error:
        raise UserError(f"{named(file)} cannot be read as GeoJSON ({str(error).splitlines()[0]}): save it as a "
                         "FeatureCollection of polygons.") from None
    shapes = _named(shapes, boundaries.name, file, districts)
    shapes = shapes[~(shapes.geometry.isna() | shapes.geometry.is_empty)].copy()
    shapes["geometry"] = shapes.geometry.force_2d()  # heights are no part of a map
    shapes = _projected(shapes, file) if len(shapes) else shapes
    shapes = shapes[shapes.geom_type == "Polygon"]
    if shapes.empty:
        raise UserError(f"{named(file)} has no polygon for any district: points and lines cannot be shaded.")
    shapes = shapes.dissolve("district", as_index=False)
    left, low, right, high = shapes.total_bounds
    shapes["geometry"] = shapes.simplify(max(right - left, high - low) / _FINE)
    shapes = shapes.sort_values("district", key=lambda names: names.map(districts.index), ignore_index=True)
    return shapes.set_crs(None, allow_override=True)


def _geopandas():
    try:
        import geopandas
    except ImportError:
        raise UserError("a boundary file needs geopandas: run pip install geopandas, or take `boundaries` out of "
                         "the edition.") from None
    return geopandas


def _named(shapes, name: str, file: Path, districts: list[str]):
    """Keep the polygons of known districts, under the column `district`."""
    if shapes.empty:
        raise UserError(f"{named(file)} holds no features: save it as a FeatureCollection of polygons.")
    if name not in shapes:
        properties = [column for column in shapes.columns if column != "geometry"]
        raise UserError(f"{named(file)}: features have no property '{name}': set `boundaries.name` to the one that holds the "
                         f"district's name.{did_you_mean(name, properties)}")
    shapes = shapes.assign(**{name: shapes[name].astype("string")})
    kept = shapes[shapes[name].isin(districts)]
    if kept.empty:
        first = shapes[name].dropna().head(3).tolist()
        raise UserError(f"{named(file)}: '{name}' names no district of the edition ({'、'.join(first)} … instead of "
                         f"{'、'.join(districts[:3])} …): set `boundaries.name` to another property, or mend the names.")
    return kept[[name, "geometry"]].rename(columns={name: "district"})


def _projected(shapes, file: Path):
    """Return valid shapes, each part a row, in metres of an equal-area projection around their middle."""
    if shapes.crs is None or shapes.crs.is_geographic:
        left, low, right, high = shapes.total_bounds
        if not (-180 <= left <= right <= 180 and -90 <= low <= high <= 90):
            raise UserError(f"{named(file)}: coordinates such as {left:.0f}, {low:.0f} are no longitudes and latitudes: "
                             "save the file in WGS84, as GeoJSON asks for.")
        shapes = shapes.set_crs("EPSG:4326", allow_override=True)
    degrees = shapes.to_crs("EPSG:4326")
    left, low, right, high = degrees.total_bounds
    metres = degrees.to_crs(f"+proj=laea +lat_0={(low + high) / 2:.4f} +lon_0={(left + right) / 2:.4f} +units=m")
    metres["geometry"] = metres.make_valid()
    return metres.explode(index_parts=False, ignore_index=True)
