"""The constraints that simulated tickets meet: one file for each simulated edition, validated when read."""

import hashlib
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field, ValidationError

from helpers.settings import editions, paths, yaml_models
from helpers.settings.editions import Count, Fraction, SourcedRules
from helpers.settings.errors import UserError
from helpers.settings.yaml_models import StrictModel

LEVELS = ("district_department", "subdistrict", "municipal_agency", "state_owned_enterprise")

Amount = Annotated[int, Field(ge=0)]
Weight = Annotated[float, Field(ge=0)]
Months = Annotated[list[Weight], Field(min_length=12, max_length=12)]
Month = Annotated[int, Field(ge=1, le=12)]
Place = Annotated[list[str], Field(min_length=2, max_length=2)]
Levels = Annotated[list[Weight], Field(min_length=4, max_length=4)]


class Totals(StrictModel):
    """Tickets of the year that are no sum of others; dispatched and calls follow from owner levels and categories."""

    answered: Count
    duplicate: Amount
    petition_or_litigation: Amount
    reached: Count
    valid: Count


class Subject(StrictModel):
    """Calls of a category or subcategory, the proportions of its months, months fixed in number, shares of topics.

    A subcategory has its category's `dispatched`, `levels` and `hard` unless it has its own.
    """

    calls: Count
    months: Months
    pinned: dict[Month, Amount] = {}
    topics: dict[str, Fraction] = {}
    dispatched: Fraction | None = None
    levels: Levels | None = None
    hard: Weight | None = None


class Category(Subject):
    """A first-level category. `dispatched`: share of the calls. `levels`: who gets them, in the order of `LEVELS`.

    `hours`: a profile of the day. `due`: days allowed. `hard`: above 1 it is solved more rarely than others.
    """

    dispatched: Fraction
    levels: Levels
    hours: str
    due: Count = 7
    hard: Weight = 1
    subcategories: dict[str, Subject] = {}


class Label(StrictModel):
    """A label across categories: so many tickets; all of some categories, the rest by weights of categories and months.

    `unnamed` is the weight of tickets without category; a category without weight has none.
    """

    tickets: Count
    whole: list[str] = []
    weights: dict[str, Weight]
    months: Months


class Quota(StrictModel):
    """A topic that only one owner's tickets of a subcategory have, and how many."""

    category: str
    subcategory: str
    topic: str
    owner: str
    tickets: Count


class Dispatched(StrictModel):
    """Proportions of a district's months, and standard deviations of logarithms (`noise` …) of what is not printed.

    `smallest`: least tickets of a subdistrict in a year; `small`: weight of those of few residents. `located`: share of
    the tickets of agencies and enterprises whose district is known. `named`: share that has a category. `again`: share
    that is dispatched once more.
    """

    months: Months
    noise: Weight
    unit_noise: Weight
    affinity_noise: Weight
    tail: Weight
    smallest: Count
    small: Weight
    located: Fraction
    named: Fraction
    again: Fraction


class District(StrictModel):
    """Tickets of the district's two owner levels; its largest subdistricts, extreme months and top categories.

    `sizes`: other subdistricts whose tickets are set. `small`: subdistricts of few residents.
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
    """Tickets of an owner level, proportions of its months and owners; `few_months`: who has tickets in how few."""

    tickets: Count
    months: Months
    weights: dict[str, Weight]
    few_months: dict[str, Month]


class Standings(StrictModel):
    """Scores of the subdistricts: deviation, bounds; the city's first; each district's first, ties in one list.

    `first` is the score of the city's first, `last` that of the last of `city`. `unscored` have no valid ticket.
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
    """Of the callers who were reached but did not answer in full: shares that said this much."""

    contacted: Fraction
    resolved: Fraction
    satisfied: Fraction


class Answers(StrictModel):
    """What callers answer: the city's rates by month, and how districts and owners differ from it in score.

    `districts`: the first by score, in order, each `apart` from the next.
    """

    partly: Partly
    resolved: Months
    satisfied_when_resolved: Fraction
    satisfied_when_unresolved: Months
    contacted: Fraction
    subdistricts: Standings
    districts: list[str]
    apart: Weight = 0.3
    districts_deviation: Weight
    owners_deviation: Weight

    @property
    def satisfied(self) -> list[float]:
        """The city's share of satisfied callers by month."""
        return [share * self.satisfied_when_resolved + (1 - share) * other
                for share, other in zip(self.resolved, self.satisfied_when_unresolved, strict=True)]


class Times(StrictModel):
    """Weights of hours (named profiles), of weekdays from Monday, of holidays (days as MM-DD).

    `dispatch_minutes`: mean time until a ticket is dispatched. `on_time`: share closed by the due day, by owner level.
    """

    hours: dict[str, Annotated[list[Weight], Field(min_length=24, max_length=24)]]
    weekdays: Annotated[list[Weight], Field(min_length=7, max_length=7)]
    holidays: list[str]
    holiday_weight: Weight
    dispatch_minutes: Weight
    on_time: Annotated[list[Fraction], Field(min_length=4, max_length=4)]


class Calibration(SourcedRules):
    """The constraints on a simulated year of tickets."""

    totals: Totals
    web: Label
    praise: Label
    tags: dict[str, Label] = {}
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
    """Return the constraints by their file's name. Raises KnownError naming file and key where they are not valid."""
    file = paths.calibration(name)
    if not file.exists():
        raise UserError(f"calibration '{name}' is not there: add {yaml_models.display_path(file)} or mend `simulation:`.")
    try:
        return Calibration.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Calibration) from None


def places(calibration: Calibration) -> pd.DataFrame:
    """Return the subdistricts that stand in the year: district, subdistrict, kind (街道, 地区, 镇, 乡)."""
    return pd.read_csv(paths.reference(calibration.places), dtype=str, usecols=["district", "subdistrict", "kind"])


def owners(calibration: Calibration) -> pd.DataFrame:
    """Return who handles tickets: owner_level, district (of departments, else empty), owner, handles (subjects)."""
    table = pd.read_csv(paths.reference(calibration.owners_file), dtype=str, keep_default_na=False)
    return table.assign(handles=table["handles"].str.split(";"))


def digest(edition: editions.Edition, calibration: Calibration, code: list[Path]) -> str:
    """Return a hash of all that the tickets are made of: constraints, edition, reference files and code."""
    told = edition.simulation.model_dump_json() + edition.assessment.model_dump_json() + calibration.model_dump_json()
    files = [paths.reference(calibration.places), paths.reference(calibration.owners_file), *sorted(code)]
    return hashlib.sha256(b"\0".join([told.encode(), *(file.read_bytes() for file in files)])).hexdigest()
