"""Sentences in the register of an official report, computed from answers: no number is typed, none is invented.

Every function takes answers (`DataFrame`s of `measures` and `ranking`) and returns the sentences that can be said of them;
what the tickets do not hold is left unsaid here and said once by the chapter. `amounts` says how many of what, `calendar`
in which months, `places` where, `results` with what outcome; `wording` holds the turns of phrase that they share.
"""

from helpers.writing.amounts import (
    busiest,
    category,
    in_order,
    row_sentence,
    row_sentences,
    shares,
    top_with_counts,
    topics,
    total,
    within,
)
from helpers.writing.months import months, peaks, trend
from helpers.writing.outcomes import eligibility, funnel, improvement, outcome, podium, rates, timeliness
from helpers.writing.places import district, districts, zone, zones

__all__ = [
    "busiest",
    "category",
    "district",
    "districts",
    "eligibility",
    "funnel",
    "improvement",
    "in_order",
    "months",
    "outcome",
    "peaks",
    "podium",
    "rates",
    "row_sentence",
    "row_sentences",
    "shares",
    "timeliness",
    "top_with_counts",
    "topics",
    "total",
    "trend",
    "within",
    "zone",
    "zones",
]
