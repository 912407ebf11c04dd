"""Look up synonyms (data/synonyms.yml): names that exports use for a column of tickets, and words for its values."""

import re
import unicodedata
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.yaml_models import StrictModel
from helpers.tickets import schema


class Synonyms(StrictModel):
    """Contents of data/synonyms.yml, which explains its parts itself; a header may belong to only one column."""

    headers: dict[str, list[str]] = Field(default={})
    left: list[str] = Field(default=[])
    values: dict[str, dict[str | bool, list[str]]] = Field(default={})
    endings: dict[str, list[str]] = Field(default={})
    missing: list[str] = Field(default=[])
    totals: list[str] = Field(default=[])
    given_names: list[str] = Field(default=[])

    @cached_property
    def columns(self) -> dict[str, str]:
        """The column of tickets for which a normalised name of a header is a synonym."""
        return {normalise(name): ours for ours, names in self.headers.items() for name in names}

    @model_validator(mode="after")
    def _each_name_once(self):
        seen: dict[str, str] = {}
        for ours, names in self.headers.items():
            if ours not in schema.SCHEMA.names:
                raise ValueError(f"headers.{ours} is no column of a ticket")
            for name in names:
                if seen.setdefault(normalise(name), ours) != ours:
                    raise ValueError(f"headers: '{name}' is listed for {seen[normalise(name)]} and for {ours}: leave it to one")
        return self


def read() -> Synonyms:
    """Return the synonyms, cached; empty where there is no file. Raises UserError where it is not valid."""
    return _read(paths.SYNONYMS) if paths.SYNONYMS.is_file() else Synonyms()


@cache
def _read(file: Path) -> Synonyms:
    try:
        return Synonyms.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Synonyms) from None


@cache
def words() -> frozenset[str]:
    """Return all words of two characters or more that the file lists, as an export may write them."""
    listed = read()
    lists = [*listed.headers.values(), listed.left, *(words for values in listed.values.values() for words in values.values())]
    return frozenset(word for names in lists for word in names if len(word) > 1)


def normalise(name: str) -> str:
    """Return a name in lower case and half width, without spaces, line breaks, `_` and `*`."""
    return re.sub(r"[\s_*\ufeff\u200b]+", "", unicodedata.normalize("NFKC", name)).casefold()


def canonical(name: str) -> str | None:
    """Return the column of tickets for which a header's name is a synonym, or None."""
    return read().columns.get(normalise(name))


def candidates(name: str, header: list[str]) -> list[str]:
    """Return the columns of a header that may be `name`: those equal when normalised, else its synonyms, in their order.

    `一级` is equal to `诉求类型 / 一级`, a name below a merged cell, where no other is.
    """
    spelt = [column for column in header if normalise(column) == normalise(name)]
    spelt = spelt or [column for column in header if normalise(column.rpartition(" / ")[2]) == normalise(name)]
    ours = canonical(name)
    return spelt or [column for column in header if ours and column and canonical(column) == ours]
