"""What can be made of an edition's tickets: a product is a file of `data/products/` and the notebooks of its chapters."""

import re
import string
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, script, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.outline import Chapter
from helpers.settings.periods import Period
from helpers.settings.script import Writer
from helpers.settings.yaml_models import StrictModel

ANNUAL = "annual"
Parameter = Literal["topic", "area", "unit"]
Kind = Literal["year", "half", "quarter", "month", "months", "week"]


class Product(StrictModel):
    """A product: its title, its outline, the folder of its notebooks, and the periods that it is made for.

    `title` and `chapters` are the edition's where the product has none. `notebooks` is a folder below notebooks/; without it
    the product's notebooks lie in notebooks/ itself. `outputs` ends the name of its outputs folder. One that is `short` has
    neither cover nor contents nor appendices but its notes on method. `parameters` are what its notebooks take besides city and
    time, and `required` those of them without which it cannot be made. Where an `audience` is named, it is that of every page,
    whatever the edition's. The sections of one whose sections stand `apart` are PDFs of their own in units/, which the report
    lists; its workbook has the tables of all. With `history` the tickets of the city's earlier years are prepared too.
    """

    title: str | None = None
    notebooks: str = Field(default="", pattern=r"^[\w-]*$")
    outputs: str = Field(default="", pattern=r"^[\w-]*$")
    short: bool = False
    apart: bool = False
    audience: Literal["public", "internal"] | None = None
    periods: list[Kind] = Field(min_length=1)
    parameters: list[Parameter] = []
    required: list[Parameter] = []
    history: bool = False
    chapters: list[Chapter] | None = None

    @model_validator(mode="after")
    def _title_is_filled(self):
        known = {"place", "hotline", *self.parameters}
        try:
            wrong = [name for _, name, *_ in string.Formatter().parse(self.title or "") if name is not None and name not in known]
        except ValueError:
            wrong = [self.title]
        if wrong:
            names = ", ".join(f"{{{name}}}" for name in sorted(known))
            raise ValueError(f"title: {{{wrong[0]}}} cannot be filled: write of {names}")
        return self

    def edition(self, edition: Edition, **given: str) -> Edition:
        """Return an edition with the product's title and outline, in the edition's script, in place of its own.

        `given` are the product's parameters.
        """
        words = {name: given.get(name, "").replace("/", "") for name in self.parameters}
        write = script.writer(edition.language, {*edition.own_words, *words.values()})
        title = {"title": write(self.title.format(place=edition.place, hotline=edition.hotline, **words))} if self.title else {}
        outline = {"chapters": [self._in_folder(chapter, write) for chapter in self.chapters]} if self.chapters else {}
        audience = {"audience": self.audience} if self.audience else {}
        return edition.model_copy(update=title | outline | audience)

    @property
    def apart_notebook(self) -> str | None:
        """The notebook of the sections that stand apart, with its folder; None where none do."""
        found = [chapter.sections.notebook for chapter in self.chapters or [] if chapter.sections]
        return f"{self.notebooks}/{found[0]}" if self.apart and found else None

    def _in_folder(self, chapter: Chapter, write: Writer) -> Chapter:
        """Return a chapter of the outline whose notebooks are named with their folder: `bulletin/01-summary`.

        A notebook that is so named in the outline, since it is another product's, stays.
        The list of what has no section is the one of all products, unless the outline names another.
        """
        folder = f"{self.notebooks}/" if self.notebooks else ""
        sections = chapter.sections
        own_folder = folder if "/" not in (chapter.notebook or "") else ""  # one that it shares with another product
        own = [name for name in ("notebook", "others") if sections and name in sections.model_fields_set]
        return chapter.model_copy(update={
            "title": chapter.title and write(chapter.title),
            "notebook": chapter.notebook and own_folder + chapter.notebook,
            "sections": sections and sections.model_copy(update={name: folder + getattr(sections, name) for name in own}),
            "parts": [self._in_folder(part, write) for part in chapter.parts]})


def known() -> list[str]:
    """Return the name of every product, in order; the annual report is one also where it has no file."""
    return sorted({ANNUAL, *(file.stem for file in paths.PRODUCTS.glob("*.yml"))})


def read(name: str) -> Product:
    """Return a product by its file's name.

    Raises UserError for an unknown name, with the nearest right one, and with file, key and remedy for a file that is not valid.
    """
    if name not in known():
        raise UserError(f"product '{name}' is not known: data/products/ has {', '.join(known())}.{did_you_mean(name, known())}",
                        exit_code=2)
    file = paths.product(name)
    if name == ANNUAL and not file.exists():
        return Product(periods=list(get_args(Kind)))
    return _parsed(file, file.stat().st_mtime_ns, file.stat().st_size)


@lru_cache(maxsize=16)
def _parsed(file: Path, changed: int, size: int) -> Product:
    """Return the product of a file, read once while unchanged: every sheet of a run asks for it."""
    try:
        return Product.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Product) from None


def check_parameters(name: str, product: Product, given: Mapping[str, str]) -> None:
    """Raise UserError where a product is given a parameter that it does not take, or lacks one that it needs."""
    for parameter in given:
        if parameter not in product.parameters:
            takers = [other for other in known() if parameter in read(other).parameters]
            raise UserError(f"{name} takes no --{parameter}: {'、'.join(takers) or 'no product'} does.", exit_code=2)
    for parameter in product.required:
        if not given.get(parameter):
            raise UserError(f"{name} needs --{parameter} NAME (make: {parameter.upper()}=…).", exit_code=2)


def check_period(name: str, product: Product, period: Period) -> None:
    """Raise UserError for a period that a product is not made for."""
    if _kind(period) not in product.periods:
        raise UserError(f"{name} is not made for {period.name}: its periods are {', '.join(product.periods)} "
                        "(data/products/).", exit_code=2)


def each_period(product: Product, text: str | None) -> list[str | None]:
    """Return the periods that a text asks a product for: of one that is made for single months a range is each of its months."""
    months = re.fullmatch(r"(.*)M(\d\d)\.\.M(\d\d)", text or "")
    if not months or "months" in product.periods or "month" not in product.periods:
        return [text]
    year, first, last = months[1], int(months[2]), int(months[3])
    return [f"{year}M{month:02}" for month in range(first, last + 1)] or [text]


def _kind(period: Period) -> Kind:
    part = period.name.partition("-")[2]
    return {"": "year", "W": "week", "H": "half", "Q": "quarter", "M": "month" if period.months == 1 else "months"}[part[:1]]
