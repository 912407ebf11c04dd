"""Write sentences in the register of an official report, with every number quoted from an answer.

Every function takes answers (`DataFrame`s of `measures` and `ranking`) and returns sentences, none where the tickets lack what
they need (the chapter notes that once). Modules: `amounts`, `backlog`, `coverage`, `months`, `places`, `outcomes`, `ranks`, with
`phrases`.
"""

from helpers.writing.amounts import (
    busiest,
    category,
    in_order,
    others,
    row_sentence,
    row_sentences,
    shares,
    top_with_counts,
    topics,
    total,
    within,
)
from helpers.writing.backlog import speed
from helpers.writing.coverage import coverage, renamed, unclassified, untimed
from helpers.writing.months import months, peaks, surges, trend
from helpers.writing.outcomes import funnel, outcome, rates, timeliness
from helpers.writing.places import district, districts, zone, zones
from helpers.writing.ranks import among_first, among_first_within, eligibility, improvement, intervals, outside_limits, podium

__all__ = [
    "among_first",
    "among_first_within",
    "busiest",
    "category",
    "coverage",
    "district",
    "districts",
    "eligibility",
    "funnel",
    "improvement",
    "in_order",
    "intervals",
    "months",
    "others",
    "outcome",
    "outside_limits",
    "peaks",
    "podium",
    "rates",
    "renamed",
    "row_sentence",
    "row_sentences",
    "shares",
    "speed",
    "surges",
    "timeliness",
    "top_with_counts",
    "topics",
    "total",
    "trend",
    "unclassified",
    "untimed",
    "within",
    "zone",
    "zones",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__
