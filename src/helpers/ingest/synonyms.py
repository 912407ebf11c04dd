"""Names that mean the same: what exports call a column of ours, and a word of it (data/synonyms.yml)."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.yaml_models import StrictModel
from helpers.tickets import schema


class Synonyms(StrictModel):
    """What data/synonyms.yml holds; it says itself what its parts are."""

    headers: dict[str, list[str]] = Field(default={})
    left: list[str] = Field(default=[])
    values: dict[str, dict[str | bool, list[str]]] = Field(default={})
    endings: dict[str, list[str]] = Field(default={})
    missing: list[str] = Field(default=[])

    @model_validator(mode="after")
    def _each_name_once(self):
        seen: dict[str, str] = {}
        for ours, names in self.headers.items():
            if ours not in schema.SCHEMA.names:
                raise ValueError(f"headers.{ours} is no column of a ticket")
            for name in names:
                if seen.setdefault(normalise(name), ours) != ours:
                    raise ValueError(f"headers: '{name}' stands for {seen[normalise(name)]} and for {ours}: leave it to one")
        return self


def read() -> Synonyms:
    """Return the synonyms; none where there is no such file. Raises KnownError where it is not valid."""
    return _read(paths.SYNONYMS) if paths.SYNONYMS.is_file() else Synonyms()


@cache
def _read(file: Path) -> Synonyms:
    try:
        return Synonyms.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Synonyms) from None


def normalise(name: str) -> str:
    """Return what counts of a name: no capitals, spaces, line breaks, full-width letters, `_` or `*`."""
    return re.sub(r"[\s_*\ufeff\u200b]+", "", unicodedata.normalize("NFKC", name)).casefold()


def canonical(name: str) -> str | None:
    """Return the column of ours that a header's name stands for, None where no list has it."""
    return next((ours for ours, names in read().headers.items() if normalise(name) in map(normalise, names)), None)


def candidates(name: str, header: list[str]) -> list[str]:
    """Return the columns of a header that can stand for `name`: those spelt like it, else its synonyms, in their order."""
    spelt = [one for one in header if normalise(one) == normalise(name)]
    ours = canonical(name)
    return spelt or [one for one in header if ours and one and canonical(one) == ours]
