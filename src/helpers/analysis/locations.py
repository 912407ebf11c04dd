"""Say where tickets are: points of a label or of all tickets, and the cells that a map may show of them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from helpers.analysis import coordinate_check, quadtree
from helpers.analysis.coordinate_check import Doubt
from helpers.analysis.quadtree import Box
from helpers.analysis.scope import Scope
from helpers.cube import points, selections
from helpers.settings.periods import Period

__all__ = ["Located", "found", "is_declared"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_OPEN = 1  # tickets of a cell of an internal map
_COARSE = 6  # halvings of the cells of an internal map's table; its picture is finer


class Located(NamedTuple):
    """The points of a period as cells, and what a map needs besides.

    `cells`: cell (its sides in words), tickets, point_density (per square kilometre), densest first; `places`: the squares of the
    same cells, with `row_of_cells` and west, south, east, north in degrees; `picture`: tickets per square kilometre from the
    south-west, `box` its frame; `names`: district, longitude, latitude of the middle of its points, most points first;
    `numbers`: located and unlocated tickets of the period, and those outside the box; `doubt`: that the declared system is wrong.
    """

    cells: pd.DataFrame
    places: pd.DataFrame
    picture: np.ndarray
    box: Box
    names: pd.DataFrame
    numbers: Mapping[str, int]
    doubt: Doubt | None = None

    @property
    def drawing(self) -> dict[str, Any]:
        """The keywords of `density.density_map` besides the cells."""
        return {"places": self.places, "picture": self.picture, "box": self.box, "districts": self.names}


_NOTHING = Located(pd.DataFrame(columns=["cell", "tickets", "point_density"]), pd.DataFrame(), np.empty((0, 0)),
                   Box(0, 0, 0, 0, 0), pd.DataFrame(), {})


def is_declared(scope: Scope) -> bool:
    """Return whether the system of the tickets' coordinates is known: an export's by its mapping, a simulation's is WGS84."""
    return scope.cube.data == "simulated" or bool((scope.cube.account or {}).get("coordinates"))


def found(scope: Scope) -> Located:
    """Return the located tickets of a scope's period; without cells where no system is declared, or nothing may be shown.

    Public maps show quadtree cells of the year's points (`quadtree.cells`), internal ones a fine grid.
    """
    rules = scope.edition.maps
    every = points.read(scope.edition, rules.tag) if is_declared(scope) else pd.DataFrame()
    if every.empty:
        return _NOTHING
    is_public = scope.edition.audience == "public" or scope.edition.suppression is not None
    box = quadtree.around(every, scope.edition.extent)
    months = [month for _, month in scope.period.calendar]
    inside = every[every["month"].isin(months)]
    least, finest = (rules.cells.least, rules.cells.finest) if is_public else (_OPEN, min(_COARSE, rules.cells.finest))
    merged = quadtree.cells(every if is_public else inside, box, least, finest)
    squares = _of_period(merged, months, box)
    if squares.empty:
        return _NOTHING
    cells = _worded(scope, squares)
    picture = _picture(squares, finest) if is_public else _histogram(inside, box, rules.cells.finest)
    numbers = _numbers(scope, inside, int(cells["tickets"].sum()))
    return Located(cells, squares[["row_of_cells", "west", "south", "east", "north"]], picture, box,
                   _names(inside, rules.cells.least), numbers,
                   coordinate_check.doubt(inside, coordinate_check.outlines(scope.edition.boundaries)))


def _of_period(merged: quadtree.Cells, months: list[int], box: Box) -> pd.DataFrame:
    """Return the squares of the cells that hold tickets in some months, with the cell's tickets and density, densest first."""
    own = merged.tickets[merged.tickets["month"].isin(months)]
    summed = own.groupby("cell")["tickets"].sum()
    sized = quadtree.bounds(merged.pieces, box).join(summed, on="cell", how="inner")
    dense = sized.assign(point_density=sized["tickets"] / sized.groupby("cell")["area"].transform("sum"))
    order = ["point_density", "cell", "level", "column", "row"]
    dense = dense.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True)
    return dense.assign(row_of_cells=dense.groupby("cell", sort=False).ngroup())


def _worded(scope: Scope, squares: pd.DataFrame) -> pd.DataFrame:
    """Return each cell once, with its sides in words; of a cell of several squares those of the smallest box around them."""
    joined = squares.groupby("row_of_cells").agg(
        west=("west", "min"), east=("east", "max"), south=("south", "min"), north=("north", "max"), many=("level", "size"),
        tickets=("tickets", "first"), point_density=("point_density", "first"))
    words = [f"东经{cell.west:.4f}°至{cell.east:.4f}°，北纬{cell.south:.4f}°至{cell.north:.4f}°"
             + (f"之内的{cell.many}格" if cell.many > 1 else "") for cell in joined.itertuples()]
    answer = joined.assign(cell=words).reset_index(drop=True)[["cell", "tickets", "point_density"]]
    answer.attrs = {"table": "", "period": scope.period.name, "data": scope.cube.data}
    return answer


def _picture(squares: pd.DataFrame, finest: int) -> np.ndarray:
    """Return the density of each finest square, NaN where there is no point."""
    picture = np.full((2**finest, 2**finest), np.nan)
    for square in squares.itertuples():
        many = 2 ** (finest - square.level)
        picture[square.row * many:(square.row + 1) * many, square.column * many:(square.column + 1) * many] = square.point_density
    return picture


def _histogram(inside: pd.DataFrame, box: Box, finest: int) -> np.ndarray:
    counted, _, _ = np.histogram2d(inside["latitude"], inside["longitude"], bins=2**finest,
                                   range=[[box.south, box.north], [box.west, box.east]])
    return np.where(counted > 0, counted / (box.side / 2**finest) ** 2, np.nan)


def _names(inside: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the middle of each district's points, of districts with at least `least` in every month."""
    known = inside.dropna(subset="district")
    enough = known.groupby(["district", "month"]).size().groupby("district").min() >= least
    middles = known.groupby("district").agg(longitude=("longitude", "mean"), latitude=("latitude", "mean"),
                                            many=("month", "size"))
    return middles[enough].sort_values("many", ascending=False).reset_index()[["district", "longitude", "latitude"]]


def _numbers(scope: Scope, inside: pd.DataFrame, shown: int) -> dict[str, int]:
    whole = _tickets(scope, scope.period, scope.edition.maps.tag)
    return {"located": len(inside), "unlocated": max(whole - len(inside), 0), "outside": len(inside) - shown}


def _tickets(scope: Scope, period: Period, tag: str | None) -> int:
    table = scope.cube.tags if tag else scope.cube.channels
    rows = table.filter(selections.in_period(table, period))
    return int((rows.filter(rows.tag == tag) if tag else rows).tickets.sum().fill_null(0).execute())
