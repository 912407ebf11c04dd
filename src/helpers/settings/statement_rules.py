"""Rules of what numbers may be said, and of the words for how they change."""

from typing import Annotated

from pydantic import Field

from helpers.settings.rules import AssumedRules, Count, Fraction


class Soundness(AssumedRules):
    """Rules by which numbers are left unsaid: what makes days missing, a month covered, a column filled, a rate known.

    `missing_from`: expected tickets of a run of days without any that make these missing; `covered`: the least share of a
    month's days that are not missing; `filled`: the least share of a month's tickets with a value in a column; `renamed`: the
    least share of tickets whose categories vanish, and appear, between two months where these were renamed;
    `unclassified_move`: the least move of the share of unclassified tickets against the base period from which changes of parts
    are ranges; `min_answers`: the least number of answers of a rate, and of tickets that a change starts from; `min_drawn`: the
    least number of tickets in the largest month of a line; `level`: the confidence level at which two rates differ by more than
    chance.
    """

    missing_from: Annotated[float, Field(ge=1, le=1000)] = 7
    covered: Fraction = 0.8
    filled: Fraction = 0.5
    renamed: Annotated[float, Field(gt=0, le=1)] = 0.1
    unclassified_move: Annotated[float, Field(gt=0, le=1)] = 0.02
    min_answers: Count = 30
    min_drawn: Count = 6
    level: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95


class Peers(AssumedRules):
    """Which units a unit is compared with on its sheet: the `count` nearest of its level, of those that may be ranked."""

    count: Annotated[int, Field(ge=1, le=30)] = 5


class ChangeRules(AssumedRules):
    """Sizes from which a sentence on months says that they are stable, rise, fall or double; fractions of a count.

    `level`: how far stable months may be from their mean; `slight`: the least rise or fall; `clear`: the least of a whole
    course; `doubled`: how many times the month before, or the mean of the others; `run_months`: the shortest run month by month
    (`quarter_run` of a period no longer than that); `shape_months`: the shortest period with a course as a whole; `steady`: the
    least correlation of a trend with time; `min_tickets`: the least tickets of the largest month of a course, of a month that
    doubles, of what a percentage is of, and of entities that are ranked.
    """

    level: Annotated[float, Field(ge=0.01, le=0.5)] = 0.10
    slight: Annotated[float, Field(ge=0.01, le=0.5)] = 0.05
    clear: Annotated[float, Field(ge=0.01, le=1)] = 0.15
    doubled: Annotated[float, Field(ge=1.1, le=10)] = 2.0
    run_months: Annotated[int, Field(ge=3, le=12)] = 4
    quarter_run: Annotated[int, Field(ge=3, le=6)] = 3
    shape_months: Annotated[int, Field(ge=6, le=12)] = 6
    steady: Annotated[float, Field(ge=0.5, le=1)] = 0.7
    min_tickets: Annotated[int, Field(ge=1, le=100_000)] = 30


class MovementRules(AssumedRules):
    """Rules of what a bulletin calls a rise, a fall, an order, or a problem that is hard.

    `level`: the confidence level of all statements of a list together (Holm); `min_tickets`: the least tickets of the earlier
    period from which a rise or fall is looked for; `named`: how many rises, falls and areas are named; `topics`: how many
    topics of a quarter have a page; `hard_tickets`: the least handled tickets of a problem that may be called hard.
    """

    level: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    min_tickets: Annotated[int, Field(ge=5, le=100_000)] = 30
    named: Annotated[int, Field(ge=1, le=20)] = 5
    topics: Annotated[int, Field(ge=1, le=10)] = 3
    hard_tickets: Annotated[int, Field(ge=30, le=1_000_000)] = 100
