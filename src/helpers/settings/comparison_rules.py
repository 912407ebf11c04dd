"""Rules of comparisons: how many subdistricts, agencies or enterprises are set side by side."""

from typing import Annotated

from pydantic import Field

from helpers.settings.rules import AssumedRules


class ComparisonRules(AssumedRules):
    """How many units of a level are set side by side, those with the most tickets; the others are a row together (其余).

    `listed`: the most units of a table, of agencies and enterprises for the public no more than `busiest.owners`; `drawn`: the
    most of a figure.
    """

    listed: Annotated[int, Field(ge=3, le=200)] = 50
    drawn: Annotated[int, Field(ge=3, le=36)] = 20
