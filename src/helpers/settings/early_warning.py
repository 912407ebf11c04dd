"""The rules of forecasts, alerts and gatherings, as an edition's `warning:` says them."""

import datetime
from typing import Annotated

from pydantic import Field, model_validator

from helpers.settings.rules import AssumedRules
from helpers.settings.yaml_models import StrictModel


class Marked(StrictModel):
    """A time that is marked, kept in the counts, and reported apart in back-tests: a pandemic's, with whose words say so."""

    first: datetime.date
    last: datetime.date
    what: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self):
        if self.last < self.first:
            raise ValueError(f"last: {self.last} is before first: {self.first}")
        return self


class WarningRules(AssumedRules):
    """Rules of what is expected, and of what is more than expected.

    `history_weeks`: whole weeks of counts that an alert needs. `half_life`: weeks after which a week counts half in the present
    level; `usual_weeks`: recent weeks that the mean of a year weighs in it; `season`: how much of the season of earlier years is
    taken over, 0 to 1. `left_out`: latest weeks that are no part of an alert's baseline, so that what lasts as long does not
    hide itself. `false_share`: share of false alerts among all (Benjamini–Hochberg). `min_recent`: tickets of five weeks below
    which a row is silent. `listed`: alerts a week at most. `times` tickets of a kind at a place within `days` days, and `usual`
    times as many as there are in so many days otherwise, are a gathering. `returns`: how many times the mean of the rest of a
    year the weeks of a peak have at least. `renamed`: categories whose name has changed, the earlier name first.
    """

    history_weeks: Annotated[int, Field(ge=104, le=520)] = 104
    half_life: Annotated[float, Field(ge=1, le=26)] = 4
    usual_weeks: Annotated[float, Field(ge=0, le=52)] = 2.5
    season: Annotated[float, Field(ge=0, le=1)] = 0.7
    left_out: Annotated[int, Field(ge=0, le=26)] = 8
    false_share: Annotated[float, Field(gt=0, le=0.5)] = 0.1
    min_recent: Annotated[int, Field(ge=1, le=1000)] = 5
    listed: Annotated[int, Field(ge=1, le=100)] = 10
    times: Annotated[int, Field(ge=2, le=100)] = 3
    days: Annotated[int, Field(ge=1, le=31)] = 7
    usual: Annotated[float, Field(ge=1, le=100)] = 3
    returns: Annotated[float, Field(ge=1.05, le=10)] = 1.25
    renamed: dict[str, str] = Field(default={})
    marked: list[Marked] = Field(default=[])
