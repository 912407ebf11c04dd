"""Read which margins of a simulated year are printed somewhere, and which the simulation assumes: `basis` of a calibration."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.yaml_models import StrictModel


class Margin(StrictModel):
    """Whether the numbers of a margin are `printed` somewhere or `assumed`; those of the names in `except` are the other."""

    basis: Literal["printed", "assumed"]
    exceptions: list[str] = Field(default=[], alias="except")

    @model_validator(mode="before")
    @classmethod
    def _long(cls, value: Any) -> Any:
        return {"basis": value} if isinstance(value, str) else value

    def is_assumed(self, name: Any = None) -> bool:
        """Return whether the number of a name is assumed."""
        return (self.basis == "assumed") != (name in self.exceptions)


class Basis(StrictModel):
    """The basis of each margin of the year's tickets; `months`: how the tickets of any of them run over the year."""

    category: Margin
    subcategory: Margin
    topic: Margin
    district: Margin
    subdistrict: Margin
    owner: Margin
    source: Margin
    months: Margin

    def is_assumed(self, key: str, name: Any = None) -> bool:
        """Return whether a name's tickets of the year are assumed; columns that are no margin are not."""
        margin = getattr(self, key) if key in type(self).model_fields else None
        return margin is not None and margin.is_assumed(name)


class _Calibration(StrictModel, extra="ignore"):
    """The part of a calibration that answers are judged by; the simulation reads all of it."""

    basis: Basis


def read(edition: Edition) -> Basis:
    """Return the basis of a simulated edition's margins. Raises UserError with file and key where it is not valid."""
    file = paths.calibration(edition.simulation.calibration)
    return _read(file, file.stat().st_mtime_ns)


@lru_cache
def _read(file: Path, _changed: int) -> Basis:
    try:
        return _Calibration.model_validate(yaml_models.read_yaml(file)).basis
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, _Calibration) from None
