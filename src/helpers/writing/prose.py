"""Write sentences in the register of an official report, with every number quoted from an answer.

Every function takes answers (`DataFrame`s of `measures` and `ranking`) and returns sentences, none where the tickets lack what
they need (the chapter notes that once). Modules: `amounts`, `backlog`, `coverage`, `months`, `places`, `outcomes`, with shared
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
from helpers.writing.coverage import coverage, renamed, untimed
from helpers.writing.months import months, peaks, surges, trend
from helpers.writing.outcomes import eligibility, funnel, improvement, outcome, podium, rates, timeliness
from helpers.writing.places import district, districts, zone, zones

__all__ = [
    "busiest",
    "category",
    "coverage",
    "district",
    "districts",
    "eligibility",
    "funnel",
    "improvement",
    "in_order",
    "months",
    "others",
    "outcome",
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
    "untimed",
    "within",
    "zone",
    "zones",
]
