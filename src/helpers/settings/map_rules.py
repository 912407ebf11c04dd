"""Rules of maps: which tickets they show, how areas are graded, into which cells points are merged."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helpers.settings.rules import AssumedRules
from helpers.settings.yaml_models import StrictModel

Bound = Annotated[float, Field(gt=0)]


class Cells(StrictModel):
    """Cells of a public map of points: each holds in every month none or `least` tickets and more.

    `finest`: how often the map is halved at most, so that 2^`finest` cells are side by side.
    """

    least: Annotated[int, Field(ge=3, le=1000)] = 10
    finest: Annotated[int, Field(ge=1, le=10)] = 9


class Grades(StrictModel):
    """Grades of areas, from few to many: the lower `bounds` of all but the first grade, in tickets or per 10,000 residents.

    Without bounds, quartiles of the areas shown. Areas with fewer than `sure` tickets are hatched. `residents`: a reference file
    with district, subdistrict and residents, which densities need; `outlines`: a GeoJSON file of subdistricts below
    data/reference/, drawn instead of squares, and `name`, its property with the subdistrict's name.
    """

    measure: Literal["tickets", "ticket_density"] = "tickets"
    bounds: Annotated[list[Bound], Field(max_length=5)] = []
    sure: Annotated[int, Field(ge=1, le=10_000)] = 30

    residents: str | None = None
    outlines: str | None = None
    name: str = "name"

    @model_validator(mode="after")
    def _can_be_computed(self):
        if self.measure == "ticket_density" and not self.residents:
            raise ValueError("measure ticket_density needs residents, a file of residents by subdistrict")
        if self.bounds != sorted(set(self.bounds)):
            raise ValueError("bounds must rise from one to the next")
        return self


class Maps(AssumedRules):
    """What maps of areas by grade and of points show: the tickets of a label (`tag`), or all."""

    tag: str | None = None
    grades: Grades = Grades()
    cells: Cells = Cells()
