"""Read the rules by which a city's tickets get labels across categories: `data/labels/<city>.yml`."""

import hashlib
from typing import Self

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.yaml_models import StrictModel


class Subject(StrictModel):
    """What a ticket is about: a category, subcategory and topic, or only some of these."""

    category: str | None = None
    subcategory: str | None = None
    topic: str | None = None

    @property
    def values(self) -> dict[str, str]:
        """The columns of tickets that are named, with their values."""
        return {name: value for name, value in self if value is not None}

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.values:
            raise ValueError("name a category, a subcategory or a topic")
        return self


class LabelRule(StrictModel):
    """The tickets that get a label, those of any of `tickets`, and the reading's `source` (假定 where it is one's own)."""

    source: str = Field(min_length=1)
    tickets: list[Subject] = Field(min_length=1)


class _Labels(StrictModel):
    labels: dict[str, LabelRule]


def read(city: str) -> dict[str, LabelRule]:
    """Return a city's rules by label, which may have kinds and matters: 营商环境/开办企业/注册登记; none without a file.

    Raises UserError with file, key and remedy for a file that is not valid.
    """
    file = paths.labels(city)
    if not file.exists():
        return {}
    try:
        return _Labels.model_validate(yaml_models.read_yaml(file)).labels
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, _Labels) from None


def digest(city: str) -> bytes:
    """Return a hash of a city's rules, by which counts of labels are known to be of them."""
    file = paths.labels(city)
    return hashlib.sha256(file.read_bytes()).digest() if file.exists() else b""
