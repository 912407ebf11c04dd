"""Rules of assessment: when a month starts, what answers weigh, how units are scored and ranked."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helpers.settings.rules import Count, Fraction, SourcedRules
from helpers.settings.yaml_models import StrictModel


class AnswerWeights(SourcedRules):
    """Weight of each level of an answer in a rate, 0 to 1."""

    resolved: dict[Literal["resolved", "partly", "unresolved"], Fraction]
    satisfied: dict[Literal["satisfied", "basically", "dissatisfied"], Fraction]


class Weights(StrictModel):
    """Weights of the rates in a score; they add to 1."""

    contact_rate: Fraction
    resolution_rate: Fraction
    satisfaction_rate: Fraction

    @model_validator(mode="after")
    def _add_to_one(self):
        total = self.contact_rate + self.resolution_rate + self.satisfaction_rate
        if abs(total - 1) > 1e-9:
            raise ValueError(f"must add to 1, not to {total:g}")
        return self


class Score(SourcedRules):
    """Rule of a score: 100 × Σ weight × rate over valid tickets, rounded.

    `over: months` takes the mean of the months' scores for a year, `over: period` scores the period as a whole.
    """

    weights: Weights
    decimals: Annotated[int, Field(ge=0, le=6)]
    rounding: Literal["half_up", "half_even", "down"]
    over: Literal["months", "period"]


class Assessment(SourcedRules):
    """Assessment rules: the day on which a month starts (19: the 19th of the month before), weights of answers, score."""

    month_starts_on: Annotated[int, Field(ge=1, le=28)]
    answers: AnswerWeights
    score: Score


class Ranking(StrictModel):
    """A ranked list: its length, and whether equal scores share a rank (`dense`) or are ranked by volume (`volume`).

    `top` is a number in files; None (no limit) occurs only in `Edition.lists`.
    """

    top: Count
    ties: Literal["dense", "volume"]


class Rankings(SourcedRules):
    """The ranked lists; units with fewer than `min_valid` valid tickets have no rank.

    `level`: the confidence level of intervals of scores and ranks, and of who is among the first of a list. Owners have two
    lists: `split_months` scored months or more, and fewer.
    """

    districts: Ranking
    subdistricts: Ranking
    within_district: Ranking
    owners: Ranking
    min_valid: Count = 30
    level: Annotated[float, Field(ge=0.5, le=0.999)] = 0.9
    split_months: Annotated[int, Field(ge=2, le=12)]
