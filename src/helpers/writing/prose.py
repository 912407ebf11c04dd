"""Sentences in the register of an official report, computed from answers: no number is typed, none is invented.

Every function takes answers (`DataFrame`s of `measures` and `ranking`) and returns the sentences that can be said of them;
what the tickets do not hold is left unsaid here and said once by the chapter. `amounts` says how many of what, `calendar`
in which months, `places` where, `results` with what outcome; `wording` holds the turns of phrase that they share.
"""

from helpers.writing.amounts import busiest, category, leading, ordered, part, parts, split, topics, total, within
from helpers.writing.months import months, peaks, turning
from helpers.writing.outcomes import eligibility, funnel, improved, outcome, ranking, rates, timeliness
from helpers.writing.places import district, districts, zone, zones

__all__ = ["busiest", "category", "district", "districts", "eligibility", "funnel", "improved", "leading", "months", "ordered",
           "outcome", "part", "parts", "peaks", "ranking", "rates", "split", "timeliness", "topics", "total", "turning",
           "within", "zone", "zones"]
