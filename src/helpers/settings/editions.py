"""What varies by city and year: an edition is a file, validated when read. No other module knows a city or a year."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.yaml_models import StrictModel

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


class SourcedRules(StrictModel):
    """A block whose rules are printed somewhere, or `assumed`: `source` says which."""

    source: str = Field(min_length=1)


class AreaNames(StrictModel):
    """What the city calls its area levels, from large to small."""

    district: str = "区"
    subdistrict: str = "街道（乡镇）"
    community: str = "社区（村）"


class Zones(SourcedRules):
    """Functional zones, each with the districts that belong to it, in printed order."""

    members: dict[str, list[str]]


class Extent(SourcedRules):
    """The box in which the city lies, in degrees (WGS84), from and to: a coordinate outside is no place of it."""

    longitude: Annotated[list[Annotated[float, Field(ge=-180, le=180)]], Field(min_length=2, max_length=2)]
    latitude: Annotated[list[Annotated[float, Field(ge=-90, le=90)]], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _from_small_to_large(self):
        if self.longitude[0] >= self.longitude[1] or self.latitude[0] >= self.latitude[1]:
            raise ValueError("must go from the smaller to the larger degree")
        return self


class Suppression(SourcedRules):
    """Counts of tickets from 1 to below this one are not printed, nor what gives them away (`suppression`)."""

    below: Annotated[int, Field(ge=2, le=100)]


class Boundaries(SourcedRules):
    """The user's own outlines of the districts: a GeoJSON file below data/reference/, and its property with their names."""

    file: str
    name: str


class Categories(SourcedRules):
    """How many top categories have a section, how many are drawn by month, and when a subcategory is listed.

    `noted_topics` are third-level topics whose number the overview tells.
    """

    top: Count
    listed_from: Count
    by_month: Count
    noted_topics: list[str] = Field(default=[])


class TopCounts(SourcedRules):
    """How many of the busiest are named."""

    subdistricts: Count
    categories: Count
    owners: Count


class NumberRules(SourcedRules):
    """How numbers are printed: 万件 from `wan_from` on, decimals of counts, of headline totals and of shares."""

    wan_from: Count
    count_decimals: Annotated[int, Field(ge=0, le=4)]
    headline_decimals: Annotated[int, Field(ge=0, le=4)]
    share_decimals: Annotated[int, Field(ge=0, le=4)]
    rounding: Literal["half_up", "half_even", "down"]


class AnswerWeights(SourcedRules):
    """What each level of an answer counts in a rate, 0 to 1."""

    resolved: dict[Literal["resolved", "partly", "unresolved"], Fraction]
    satisfied: dict[Literal["satisfied", "basically", "dissatisfied"], Fraction]


class Weights(StrictModel):
    """The parts of a score; they add to 1."""

    contact_rate: Fraction
    resolution_rate: Fraction
    satisfaction_rate: Fraction

    @model_validator(mode="after")
    def _add_to_one(self):
        total = self.contact_rate + self.resolution_rate + self.satisfaction_rate
        if abs(total - 1) > 1e-9:
            raise ValueError(f"must add to 1, not to {total:g}")
        return self


class Score(SourcedRules):
    """score = 100 × Σ weight × rate over a month's valid tickets, rounded; a year's is the mean of its months'."""

    weights: Weights
    decimals: Annotated[int, Field(ge=0, le=6)]
    rounding: Literal["half_up", "half_even", "down"]
    over: Literal["months", "period"]


class Assessment(SourcedRules):
    """The day on which an assessment month starts (19: the 19th of the month before), and its rules."""

    month_starts_on: Annotated[int, Field(ge=1, le=28)]
    answers: AnswerWeights
    score: Score


class Ranking(StrictModel):
    """How many are printed, and what equal scores do: share a rank (`dense`), or go by volume (`volume`).

    `top` is None, for all, only in `Edition.lists`: a file says a number.
    """

    top: Count
    ties: Literal["dense", "volume"]


class Rankings(SourcedRules):
    """The ordered lists, and who may stand in them: units with at least `min_valid` valid tickets.

    Owners come in two lists: those with `split_months` scored months and more, and those with fewer.
    """

    districts: Ranking
    subdistricts: Ranking
    within_district: Ranking
    owners: Ranking
    min_valid: Count
    split_months: Annotated[int, Field(ge=2, le=12)]


class Sections(StrictModel):
    """A notebook that runs once for each entity of a dimension (`dimensions.DIMENSIONS`), of the first `top` by tickets.

    Its headings stand at `level` (else one below the chapter's). Without `top`, categories are as many as `categories` says,
    districts those that the edition lists, entities of any other dimension all that have tickets.
    """

    notebook: str
    each: str
    top: Count | None = None
    level: Annotated[int, Field(ge=1, le=4)] | None = None


class Chapter(StrictModel):
    """A heading of the report with the notebook below it, the sections for its entities, and its parts.

    A chapter of words alone names its `narrative`, a text by people, instead. An `appendix` is numbered as one; it stands where
    it is named, so at the end.
    """

    title: str | None = None
    notebook: str | None = None
    narrative: str | None = None
    appendix: bool = False
    sections: Sections | None = None
    parts: list["Chapter"] = Field(default=[])

    @property
    def name(self) -> str | None:
        """Its notebook's name without number, as `--chapter` takes it."""
        return self.notebook.partition("-")[2] if self.notebook else None

    @property
    def notebooks(self) -> list[str]:
        """The notebooks of it, of its sections and of its parts, in order."""
        own = [self.notebook, self.sections and self.sections.notebook, *(name for part in self.parts for name in part.notebooks)]
        return [name for name in own if name]

    @model_validator(mode="after")
    def _one_or_the_other(self):
        if self.notebook and self.narrative:
            raise ValueError(f"the text of a chapter with a notebook is {self.notebook}.md: take narrative away")
        return self


class Simulation(SourcedRules):
    """Tickets are drawn, not received: the seed, and the file of constraints that they meet."""

    seed: int
    calibration: str


class Edition(StrictModel):
    """A city's year."""

    city: str
    year: Annotated[int, Field(ge=1990, le=2100)]
    extends: str | None = None
    place: str
    hotline: str
    title: str
    language: Literal["zh-Hans", "zh-Hant"] = "zh-Hans"
    audience: Literal["public", "internal"] = "public"
    simulation: Simulation | None = None
    mapping: str | None = None
    crosswalk: str | None = None
    quarantine_limit: Fraction = 0.05
    areas: AreaNames = AreaNames()
    districts: list[str] = Field(default=[])
    places: str | None = None
    extent: Extent | None = None
    boundaries: Boundaries | None = None
    zones: Zones | None = None
    categories: Categories
    busiest: TopCounts
    numbers: NumberRules
    suppression: Suppression | None = None
    assessment: Assessment
    rankings: Rankings
    chapters: list[Chapter]

    @property
    def key(self) -> str:
        """Its name in file names: `beijing-2020`."""
        return paths.edition_key(self.city, self.year)

    @property
    def label(self) -> str:
        """City and year as messages write them: `beijing 2020`."""
        return f"{self.city} {self.year}"

    @property
    def notebooks(self) -> list[str]:
        """The notebooks that its chapters and their sections name, in order."""
        return [name for chapter in self.chapters for name in chapter.notebooks]

    @property
    def lists(self) -> Rankings:
        """The ordered lists as the audience sees them: to the public as many ranks as `rankings` says, else all."""
        if self.audience == "public":
            return self.rankings
        whole = {name: rule.model_copy(update={"top": None}) for name, rule in self.rankings if isinstance(rule, Ranking)}
        return self.rankings.model_copy(update=whole)


def known() -> list[tuple[str, int]]:
    """Return the (city, year) of every edition, in order."""
    stems = (file.stem.rpartition("-") for file in paths.EDITIONS.glob("*.yml"))
    return sorted((city, int(year)) for city, _, year in stems if year.isdigit())


def read(city: str, year: int) -> Edition:
    """Return an edition. Raises KnownError where there is none, or with file, key and remedy where it is not valid.

    As long as no file of the folder changes, a process reads each once.
    """
    return _read(city, year, paths.EDITIONS, _state())


def of_years(city: str, years: Iterable[int]) -> list[Edition]:
    """Return the editions that a city has of some years, in order of years."""
    return [read(city, year) for year in sorted(set(years)) if (city, year) in known()]


def _state() -> frozenset[tuple[str, int, int, int]]:
    """Return what shows that a file of the folder has changed."""
    seen = ((file.name, file.stat()) for file in paths.EDITIONS.glob("*.yml"))
    return frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in seen)


@lru_cache(maxsize=64)
def _read(city: str, year: int, folder: Path, state: frozenset[tuple[str, int, int, int]]) -> Edition:
    file = paths.edition(city, year)
    if (city, year) not in known():
        cities = {name for name, _ in known()}
        if city not in cities:
            raise UserError(f"city '{city}' has no edition.{did_you_mean(city, cities)}", exit_code=2)
        years = [str(known_year) for name, known_year in known() if name == city]
        raise UserError(f"{city} has no edition of {year}: add {yaml_models.display_path(file)}. "
                         f"Known years: {', '.join(years)}.", exit_code=2)
    contents = yaml_models.read_yaml(file)
    base = folder / f"{contents['extends']}.yml" if contents.get("extends") else None
    if base and not base.exists():
        raise UserError(f"{yaml_models.display_path(file)}: extends: '{contents['extends']}' is not an edition."
                         f"{did_you_mean(contents['extends'], (paths.edition_key(*one) for one in known()))}")
    inherited = yaml_models.read_yaml(base) if base else {}
    inherited = {key: value for key, value in inherited.items() if key not in contents}
    try:
        edition = Edition.model_validate(inherited | contents)
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Edition, base=base, inherited=inherited) from None
    if (edition.city, edition.year) != (city, year):
        raise UserError(f"{yaml_models.display_path(file)}: city and year say {edition.key}: they must be those of the file's "
                         "name.")
    return edition
