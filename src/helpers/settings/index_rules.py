"""Read the aspects, indicators and weights of an edition's index of districts: `data/index/<city>-<year>.yml`."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.label_rules import Subject
from helpers.settings.yaml_models import StrictModel

Weight = Annotated[float, Field(gt=0, le=1)]
ASSUMED = ("假定", "assumed")
_NEAR = 1e-3  # weights that are written with three decimals add to 1


def shared(weights: Mapping[str, float | None], what: str) -> dict[str, float]:
    """Return the weights of parts of a whole, equal ones where none is given.

    Raises ValueError where only some are given, or where they do not add to 1.
    """
    given = {name: weight for name, weight in weights.items() if weight is not None}
    if not given:
        return dict.fromkeys(weights, 1 / len(weights)) if weights else {}
    if missing := [name for name in weights if name not in given]:
        raise ValueError(f"{what}: '{missing[0]}' has no weight and others have one: give all or none")
    if abs(sum(given.values()) - 1) > _NEAR:
        raise ValueError(f"{what}: weights must add to 1, not to {sum(given.values()):g}")
    return given


class Indicator(StrictModel):
    """A number of each district: a `measure` of the aspect's tickets, or the `column` of a reference `file` with `district`.

    `direction`: whether a higher or a lower number is better.
    """

    name: str
    direction: Literal["higher", "lower"]
    source: str = Field(min_length=1)
    measure: Literal["resolution_rate", "satisfaction_rate", "assessed_density"] | None = None
    file: str | None = None
    column: str | None = None
    weight: Weight | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if (self.measure is None) == (self.file is None) or (self.file is None) != (self.column is None):
            raise ValueError("name a measure, or a file with its column")
        return self


class Aspect(StrictModel):
    """One of the twelve (幼有所育): its group, what its tickets are about, and its indicators; none where nothing fits."""

    group: str
    source: str = Field(min_length=1)
    tickets: list[Subject] = Field(default=[])
    indicators: list[Indicator] = Field(default=[])
    weight: Weight | None = None


class IndexRules(StrictModel):
    """Aspects of an index in printed order, with weights of groups, of the aspects of a group, of an aspect's indicators.

    `source` is that of the weights, 假定 where they are one's own.
    """

    source: str = Field(min_length=1)
    groups: dict[str, Weight | None] = Field(min_length=1)
    aspects: dict[str, Aspect] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        for name, aspect in self.aspects.items():
            if aspect.group not in self.groups:
                raise ValueError(f"aspects.{name}: group '{aspect.group}' is none of {'、'.join(self.groups)}")
        subjects = [tuple(sorted(subject.values.items())) for aspect in self.aspects.values() for subject in aspect.tickets]
        if twice := [subject for subject in subjects if subjects.count(subject) > 1]:
            raise ValueError(f"aspects: {dict(twice[0])} is in several aspects: leave it in one")
        self.weights()
        return self

    def weights(self) -> list[tuple[str, str, str, float]]:
        """Return (group, aspect, indicator, weight in the whole) of every indicator; what has none is left out."""
        used = {name: aspect for name, aspect in self.aspects.items() if aspect.indicators}
        groups = [name for name in self.groups if any(aspect.group == name for aspect in used.values())]
        of_groups = shared({name: self.groups[name] for name in groups}, "groups")
        found = []
        for group in groups:
            own = {name: aspect for name, aspect in used.items() if aspect.group == group}
            of_aspects = shared({name: aspect.weight for name, aspect in own.items()}, f"aspects of {group}")
            for name, aspect in own.items():
                parts = shared({indicator.name: indicator.weight for indicator in aspect.indicators}, f"indicators of {name}")
                found += [(group, name, indicator, of_groups[group] * of_aspects[name] * weight)
                          for indicator, weight in parts.items()]
        return found

    @property
    def is_assumed(self) -> bool:
        """Return whether weights, aspects or indicators are one's own."""
        sources = [self.source, *(each.source for aspect in self.aspects.values() for each in (aspect, *aspect.indicators))]
        return any(word in source for source in sources for word in ASSUMED)


def read(key: str) -> IndexRules | None:
    """Return the rules of an edition's index; None without a file.

    Raises UserError with file, key and remedy for a file that is not valid.
    """
    file = paths.index(key)
    if not file.exists():
        return None
    try:
        return IndexRules.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, IndexRules) from None
