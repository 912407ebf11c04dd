"""Read editions: one validated YAML file a city and year holds everything that varies by city and year."""

import datetime
import re
import zoneinfo
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.assessment_rules import AnswerWeights, Assessment, Ranking, Rankings, Score, Weights  # noqa: F401
from helpers.settings.comparison_rules import ComparisonRules
from helpers.settings.early_warning import WarningRules
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.map_rules import Maps
from helpers.settings.outline import Chapter, Sections
from helpers.settings.rules import Count, Fraction, SourcedRules, Words
from helpers.settings.statement_rules import ChangeRules, MovementRules, Peers, Soundness
from helpers.settings.yaml_models import FileName, StrictModel


class AreaNames(StrictModel):
    """The city's names of its area levels, from large to small."""

    district: str = "区"
    subdistrict: str = "街道（乡镇）"
    community: str = "社区（村）"


class Zones(SourcedRules):
    """Functional zones, each with the districts that belong to it, in printed order."""

    members: dict[str, list[str]]


class Extent(SourcedRules):
    """The city's bounding box in degrees (WGS84), each as [from, to]; coordinates outside are dropped."""

    longitude: Annotated[list[Annotated[float, Field(ge=-180, le=180)]], Field(min_length=2, max_length=2)]
    latitude: Annotated[list[Annotated[float, Field(ge=-90, le=90)]], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _from_small_to_large(self):
        if self.longitude[0] >= self.longitude[1] or self.latitude[0] >= self.latitude[1]:
            raise ValueError("must go from the smaller to the larger degree")
        return self


class Suppression(SourcedRules):
    """Rule of disclosure control: counts of tickets from 1 to `below` − 1 are masked, and so is what would reveal them."""

    below: Annotated[int, Field(ge=2, le=100)]


class Boundaries(SourcedRules):
    """Outlines of the districts: a GeoJSON `file` below data/reference/, and the property that holds a district's `name`."""

    file: FileName
    name: str


class Categories(SourcedRules):
    """Which categories are shown: `top` have a section, `by_month` are drawn by month.

    `listed_from` is the least number of tickets of a listed subcategory; `noted_topics` are counted in the overview.
    """

    top: Count
    listed_from: Count
    by_month: Count
    noted_topics: list[str] = Field(default=[])


class TopCounts(SourcedRules):
    """How many units and categories with the most tickets are named."""

    subdistricts: Count
    categories: Count
    owners: Count


class NumberRules(SourcedRules):
    """Number format: 万件 from `wan_from` on; decimals of counts in 万, of headline totals and of shares; rounding.

    `thousands` is how a table's cells group the digits of whole numbers: 1,234,567 or 1234567.
    """

    wan_from: Count
    count_decimals: Annotated[int, Field(ge=0, le=4)]
    headline_decimals: Annotated[int, Field(ge=0, le=4)]
    share_decimals: Annotated[int, Field(ge=0, le=4)]
    rounding: Literal["half_up", "half_even", "down"]
    thousands: Literal["comma", "none"] = "comma"


class Simulation(SourcedRules):
    """Simulation of tickets: the random seed, and the name of the file of constraints (`data/calibration/`)."""

    seed: int
    calibration: str


SIMPLIFIED, TRADITIONAL = "zh-Hans", "zh-Hant"
_OF_ITS_YEAR = ("covers", "issued", "letterhead")  # keys that an edition never inherits


def _document_number(text: str) -> str:
    """Check a 发文字号: the office's short name, the year in 〔〕, a number without leading zero, 号 (GB/T 9704, 7.2.5)."""
    if not re.fullmatch(r"[^\s〔〕]+〔[12]\d{3}〕[1-9]\d*[号號]", text):
        raise ValueError("must be written as 京政发〔2021〕5号: the year in 〔〕, the number without a leading zero")
    return text


class Letterhead(StrictModel):
    """What an official document prints above its title (版头) and at its end (版记), GB/T 9704—2012, 7.2 and 7.4.

    `mark`: 发文机关标志, `number`: 发文字号, `copies`: 抄送机关, `printer` and `printed`: 印发机关 and 印发日期.
    """

    mark: str = Field(min_length=1, max_length=60)
    number: Annotated[str, AfterValidator(_document_number)] | None = None
    copies: list[Annotated[str, Field(min_length=1)]] = Field(default=[])
    printer: str | None = Field(default=None, min_length=1)
    printed: datetime.date | None = None

    @model_validator(mode="after")
    def _printer_with_its_date(self):
        if (self.printer is None) != (self.printed is None):
            raise ValueError("printer and printed stand in one line: write both or neither")
        return self


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{name}' is no time zone: write a name of the IANA list such as Asia/Shanghai."
                         f"{did_you_mean(name, zoneinfo.available_timezones())}") from None
    return name


def _months(span: str) -> str:
    """Check the span of months of `covers`: 2026-01..2026-05."""
    match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])\.\.\1-(0[1-9]|1[0-2])", span)
    if not match or match[2] > match[3]:
        raise ValueError(f"'{span}' is no span of months of one year: write it as 2026-01..2026-05")
    return span


class Edition(StrictModel):
    """Everything that varies by city and year, as one file of `data/editions/` says it."""

    city: str
    year: Annotated[int, Field(ge=1990, le=2100)]
    extends: str | None = None
    place: Words
    hotline: Words
    title: Words
    language: Literal["zh-Hans", "zh-Hant"] = "zh-Hans"
    audience: Literal["public", "internal"] = "public"
    simulation: Simulation | None = None
    mapping: FileName | None = None
    crosswalk: FileName | None = None
    quarantine_limit: Fraction = 0.05
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    covers: Annotated[str, AfterValidator(_months)] | None = None
    issuer: str | None = Field(default=None, min_length=1)
    publisher: str | None = Field(default=None, min_length=1)
    issued: datetime.date | None = None
    letterhead: Letterhead | None = None
    areas: AreaNames = AreaNames()
    districts: list[str] = Field(default=[], max_length=500)
    places: FileName | None = None
    extent: Extent | None = None
    fonts: list[str] = Field(default=[])
    boundaries: Boundaries | None = None
    maps: Maps = Maps()
    zones: Zones | None = None
    categories: Categories
    busiest: TopCounts
    numbers: NumberRules
    changes: ChangeRules = ChangeRules()
    movements: MovementRules = MovementRules()
    holidays: Literal["CN", "HK", "TW"] | None = "CN"
    warning: WarningRules = WarningRules()
    suppression: Suppression | None = None
    assessment: Assessment
    rankings: Rankings
    soundness: Soundness = Soundness()
    peers: Peers = Peers()
    comparison: ComparisonRules = ComparisonRules()
    chapters: list[Chapter] = Field(min_length=1)

    @property
    def key(self) -> str:
        """The name in file names: `beijing-2020`."""
        return paths.edition_key(self.city, self.year)

    @property
    def label(self) -> str:
        """The name in messages: `beijing 2020`."""
        return f"{self.city} {self.year}"

    def hotline_of_place(self, between: str = "") -> str:
        """Return place and hotline, 北京市12345市民服务热线; the hotline alone where its name holds the place."""
        return self.hotline if self.place in self.hotline else f"{self.place}{between}{self.hotline}"

    @property
    def own_words(self) -> set[str]:
        """The words that are printed as the edition writes them, in whichever script."""
        zones = self.zones.members if self.zones else {}
        named = {self.publisher} if self.publisher else set()
        return {self.place, self.hotline, self.title, *named, *self.areas.model_dump().values(), *self.districts, *zones}

    @model_validator(mode="after")
    def _covers_its_year(self):
        if self.covers and not self.covers.startswith(f"{self.year}-"):
            raise ValueError(f"covers: {self.covers} must lie in {self.year}")
        return self

    @model_validator(mode="after")
    def _issued_after_it_began(self):
        if self.issued and self.issued.year < self.year:
            raise ValueError(f"issued: {self.issued} is before {self.year}, the year of the report")
        return self

    @property
    def notebooks(self) -> list[str]:
        """The notebooks of all chapters and their sections, in order."""
        return [name for chapter in self.chapters for name in chapter.notebooks]

    def sections(self, dimension: str) -> Sections | None:
        """Return the first sections that the outline has for each entity of a dimension; None where it has none."""
        below = [*self.chapters]
        while below:
            chapter = below.pop(0)
            if chapter.sections and chapter.sections.each == dimension:
                return chapter.sections
            below = [*chapter.parts, *below]
        return None

    @property
    def lists(self) -> Rankings:
        """The ranked lists as the audience sees them: `rankings` for the public, all ranks for internal use."""
        if self.audience == "public":
            return self.rankings
        whole = {name: rule.model_copy(update={"top": None}) for name, rule in self.rankings if isinstance(rule, Ranking)}
        return self.rankings.model_copy(update=whole)


def known() -> list[tuple[str, int]]:
    """Return the (city, year) of every edition, in order."""
    stems = (file.stem.rpartition("-") for file in paths.EDITIONS.glob("*.yml"))
    return sorted((city, int(year)) for city, _, year in stems if re.fullmatch(r"[1-9][0-9]{3}", year))


def read(city: str, year: int) -> Edition:
    """Return an edition. Raises UserError where there is none, or with file, key and remedy where it is not valid.

    Editions are cached in the process until a file of their folder changes.
    """
    return _read(city, year, paths.EDITIONS, _state())


def of_years(city: str, years: Iterable[int]) -> list[Edition]:
    """Return the editions of a city for those of `years` that have one, in order of years."""
    return [read(city, year) for year in sorted(set(years)) if (city, year) in known()]


def _state() -> frozenset[tuple[str, int, int, int]]:
    """Return the cache key of the folder: name, inode, size and time of change of each file."""
    files = ((file.name, file.stat()) for file in paths.EDITIONS.glob("*.yml") if file.exists())  # a link may lead nowhere
    return frozenset((name, stat.st_ino, stat.st_size, stat.st_mtime_ns) for name, stat in files)


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
    extended, keys = contents.get("extends"), [paths.edition_key(*key) for key in known()]
    if extended and extended not in keys:
        raise UserError(f"{yaml_models.display_path(file)}: extends: '{str(extended)[:80]}' is not an edition."
                         f"{did_you_mean(str(extended)[:80], keys)}")
    base = folder / f"{extended}.yml" if extended else None
    inherited = yaml_models.read_yaml(base) if base else {}
    inherited = {key: value for key, value in inherited.items() if key not in contents and key not in _OF_ITS_YEAR}
    try:
        edition = Edition.model_validate(inherited | contents)
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Edition, base=base, inherited=inherited) from None
    if (edition.city, edition.year) != (city, year):
        raise UserError(f"{yaml_models.display_path(file)}: city and year say {edition.key}: they must be those of the file's "
                         "name.")
    return edition
