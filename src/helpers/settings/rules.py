"""Kinds of rules that settings consist of, and the numbers and words in them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from helpers.settings.yaml_models import StrictModel

Fraction = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("must be one line without control characters")
    return name


Words = Annotated[str, AfterValidator(_printable)]


class SourcedRules(StrictModel):
    """Rules with their `source`: where they are printed, or `assumed`."""

    source: str = Field(min_length=1)


class AssumedRules(SourcedRules):
    """Rules that an edition need not have: without them the defaults hold, whose `source` is `assumed`."""

    source: str = Field("assumed", min_length=1)
