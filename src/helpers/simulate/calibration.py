"""Read calibrations: the constraints that simulated tickets meet, one validated YAML file a simulated edition."""

import hashlib
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field, ValidationError

from helpers.settings import editions, paths, yaml_models
from helpers.settings.errors import UserError
from helpers.settings.margins import Basis
from helpers.settings.rules import Count, Fraction, SourcedRules
from helpers.settings.yaml_models import StrictModel
from helpers.tickets import coordinate_systems
from helpers.tickets.coordinate_systems import System

LEVELS = ("district_department", "subdistrict", "municipal_agency", "state_owned_enterprise")

Amount = Annotated[int, Field(ge=0)]
Weight = Annotated[float, Field(ge=0)]
Months = Annotated[list[Weight], Field(min_length=12, max_length=12)]
Month = Annotated[int, Field(ge=1, le=12)]
Place = Annotated[list[str], Field(min_length=2, max_length=2)]
Levels = Annotated[list[Weight], Field(min_length=4, max_length=4)]


class Totals(StrictModel):
    """Totals of the year in tickets; those of dispatched tickets and of calls follow from owner levels and categories."""

    answered: Count
    duplicate: Amount
    petition_or_litigation: Amount
    reached: Count
    valid: Count


class Subject(StrictModel):
    """Calls of a category or subcategory in a year, weights of its months, fixed months (`pinned`), shares of topics.

    `dispatched`, `levels` and `difficulty` of a subcategory default to its category's.
    """

    calls: Count
    months: Months
    pinned: dict[Month, Amount] = {}
    topics: dict[str, Fraction] = {}
    dispatched: Fraction | None = None
    levels: Levels | None = None
    difficulty: Weight | None = None


class Category(Subject):
    """A first-level category. `dispatched`: share of the calls. `levels`: weights of the owner levels, as in `LEVELS`.

    `hours`: name of a profile of the day. `due`: days allowed. `difficulty`: above 1 tickets are solved more rarely than others.
    """

    dispatched: Fraction
    levels: Levels
    hours: str
    due: Count = 7
    difficulty: Weight = 1
    subcategories: dict[str, Subject] = {}


class Label(StrictModel):
    """A label across categories on `tickets` tickets: all of the categories `whole`, the rest by `weights` and `months`.

    The key `unnamed` of `weights` is for tickets without category; categories without weight get none.
    """

    tickets: Count
    whole: list[str] = []
    weights: dict[str, Weight]
    months: Months


class Coordinates(StrictModel):
    """Longitudes and latitudes of `tickets` tickets with the label `tag`, drawn around the districts' centres.

    `centres`: a reference file of districts with longitude and latitude in `system`; `spread`: standard deviation of the distance
    east and north, in kilometres, by district. A ticket without a district gets one by the districts' tickets.
    """

    tag: str
    tickets: Count
    centres: str
    system: System
    spread: dict[str, Weight]


class Quota(StrictModel):
    """A topic of exactly `tickets` tickets, all of one owner and one subcategory."""

    category: str
    subcategory: str
    topic: str
    owner: str
    tickets: Count


class Dispatched(StrictModel):
    """Weights of a district's months, and standard deviations of logarithms (`noise` …) for numbers that are not printed.

    `smallest`: least tickets of a subdistrict in a year; `small`: weight of subdistricts of few residents; `with_district_share`:
    share of the tickets of agencies and enterprises whose district is known; `with_category_share`: share with a category;
    `redispatch_share`: share that is dispatched once more.
    """

    months: Months
    noise: Weight
    unit_noise: Weight
    affinity_noise: Weight
    tail: Weight
    smallest: Count
    small: Weight
    with_district_share: Fraction
    with_category_share: Fraction
    redispatch_share: Fraction


class District(StrictModel):
    """Tickets of a district's two owner levels; its largest subdistricts, extreme months and top categories, in order.

    `sizes`: tickets of further subdistricts. `small`: subdistricts of few residents.
    """

    departments: Count
    subdistricts: Count
    largest: dict[str, Count] = {}
    sizes: dict[str, Count] = {}
    small: list[str] = []
    busiest: dict[Month, Count] = {}
    quietest: dict[Month, Count] = {}
    categories: list[str] = []


class Owners(StrictModel):
    """Tickets of an owner level, weights of its months and owners; `few_months`: number of months with tickets, by owner."""

    tickets: Count
    months: Months
    weights: dict[str, Weight]
    few_months: dict[str, Month]


class SubdistrictScores(StrictModel):
    """Scores of the subdistricts: standard deviation and bounds, 0 to 100; top subdistricts by rank, of the city and by district.

    `first` and `last` are the scores of the first and the last of `city`. Tied subdistricts of a district share a list.
    `unscored` subdistricts have no valid ticket.
    """

    deviation: Weight
    lowest: float
    highest: float
    first: float
    last: float
    city: list[Place] = []
    districts: dict[str, list[list[str]]] = {}
    unscored: list[Place] = []


class Partly(StrictModel):
    """Shares of answers among the callers who were reached but did not answer in full."""

    contacted: Fraction
    resolved: Fraction
    satisfied: Fraction


class Answers(StrictModel):
    """Answers of callers: the city's rates by month, and standard deviations of the scores of districts and owners.

    `districts`: top districts by score, in order, each `score_gap` points above the next.
    """

    partly: Partly
    resolved: Months
    satisfied_when_resolved: Fraction
    satisfied_when_unresolved: Months
    contacted: Fraction
    subdistricts: SubdistrictScores
    districts: list[str]
    score_gap: Weight = 0.3
    districts_deviation: Weight
    owners_deviation: Weight

    @property
    def satisfied(self) -> list[float]:
        """The city's share of satisfied callers by month, 0 to 1."""
        return [share * self.satisfied_when_resolved + (1 - share) * other
                for share, other in zip(self.resolved, self.satisfied_when_unresolved, strict=True)]


class Times(StrictModel):
    """Weights of hours (named profiles), of weekdays from Monday, and of holidays (`holidays` are MM-DD).

    `dispatch_minutes`: mean minutes until a ticket is dispatched. `on_time`: share closed by the due day, by owner level.
    """

    hours: dict[str, Annotated[list[Weight], Field(min_length=24, max_length=24)]]
    weekdays: Annotated[list[Weight], Field(min_length=7, max_length=7)]
    holidays: list[str]
    holiday_weight: Weight
    dispatch_minutes: Weight
    on_time: Annotated[list[Fraction], Field(min_length=4, max_length=4)]


class Calibration(SourcedRules):
    """The constraints on a simulated year of tickets."""

    basis: Basis
    totals: Totals
    web: Label
    praise: Label
    tags: dict[str, Label] = {}
    coordinates: Coordinates | None = None
    quotas: list[Quota] = []
    categories: dict[str, Category]
    unnamed: Category
    dispatched: Dispatched
    affinity: dict[str, dict[str, Weight]] = {}
    districts: dict[str, District]
    standing_from: dict[str, dict[str, Month]] = {}
    owners: dict[str, Owners]
    answers: Answers
    times: Times
    sources: dict[str, dict[str, Weight]]
    kinds: dict[str, dict[str, Weight]]
    places: str
    owners_file: str


def read(name: str) -> Calibration:
    """Return the calibration `name`. Raises UserError where there is none, or with file and key where it is not valid."""
    file = paths.calibration(name)
    if not file.exists():
        raise UserError(f"calibration '{name}' is not there: add {yaml_models.display_path(file)} or mend `simulation:`.")
    try:
        return Calibration.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Calibration) from None


def places(calibration: Calibration) -> pd.DataFrame:
    """Return the subdistricts of the year: district, subdistrict, kind (街道, 地区, 镇, 乡)."""
    return pd.read_csv(paths.reference(calibration.places), dtype=str, usecols=["district", "subdistrict", "kind"])


def centres(coordinates: Coordinates) -> pd.DataFrame:
    """Return the centres of districts by district: longitude, latitude in WGS84."""
    found = pd.read_csv(paths.reference(coordinates.centres)).set_index("district")
    east, north = coordinate_systems.to_wgs84(*(found[name].to_numpy() for name in ("longitude", "latitude")), coordinates.system)
    return pd.DataFrame({"longitude": east, "latitude": north}, index=found.index)


def owners(calibration: Calibration) -> pd.DataFrame:
    """Return the owners: owner_level, district (of departments, else ""), owner, handles (list of subjects)."""
    table = pd.read_csv(paths.reference(calibration.owners_file), dtype=str, keep_default_na=False)
    return table.assign(handles=table["handles"].str.split(";"))


def digest(edition: editions.Edition, calibration: Calibration, code: list[Path]) -> str:
    """Return the SHA-256 of everything simulated tickets depend on: calibration, edition, reference files, code."""
    settings = edition.simulation.model_dump_json() + edition.assessment.model_dump_json() + calibration.model_dump_json()
    files = [paths.reference(calibration.places), paths.reference(calibration.owners_file), *sorted(code)]
    files += [paths.reference(calibration.coordinates.centres)] if calibration.coordinates else []
    return hashlib.sha256(b"\0".join([settings.encode(), *(file.read_bytes() for file in files)])).hexdigest()
