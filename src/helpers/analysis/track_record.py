"""Answer how often forecasts and alerts were right, from all weeks that an outlook knows; never of simulated tickets.

known = outlook.open(chapter)
chapter.table("…", track_record.accuracy(known), ["horizon", "error_share", …])
"""

import numpy as np
import pandas as pd

from helpers.analysis import backtest, forecasts
from helpers.analysis.outlook import MONTH, Outlook

__all__ = ["accuracy", "detected_by_length", "detection", "judged", "rules_compared", "years_apart"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def accuracy(known: Outlook) -> pd.DataFrame:
    """Return the errors of forecasts and how often their ranges held, by horizon (`backtest.accuracy`)."""
    found = backtest.check(known.scope.cube.data, known.series, known.rules)
    return known.answer(backtest.accuracy(forecasts.rolled(found, known.rules, backtest.origins(found)), known.rules))


def years_apart(known: Outlook) -> pd.DataFrame:
    """Return the errors of forecasts of four weeks, year by year (`backtest.accuracy_by_year`)."""
    found = backtest.check(known.scope.cube.data, known.series, known.rules)
    rolled = forecasts.rolled(found, known.rules, backtest.origins(found))
    return known.answer(backtest.accuracy_by_year(rolled, known.rules, MONTH))


def judged(known: Outlook) -> backtest.Judged:
    """Judge every week that has enough history. Raises UserError for simulated tickets and too short a history."""
    found = backtest.check(known.scope.cube.data, known.series, known.rules)
    return backtest.judged(found, known.rules, known.eventful)


def rules_compared(known: Outlook, found: backtest.Judged, detected: pd.DataFrame) -> pd.DataFrame:
    """Return how often each rule raises an alert in calm weeks, and how many added outbreaks it finds (`backtest.compared`)."""
    calm = backtest.calm(found.series, known.rules, found.places, known.eventful)
    marked = np.array([backtest.marked(found.series, known.rules, place) for place in found.places], dtype=bool)
    return known.answer(backtest.compared(backtest.false_alerts(found, calm, marked), detected))


def detection(known: Outlook, found: backtest.Judged) -> pd.DataFrame:
    """Return how many added outbreaks each rule finds, and after how many days (`backtest.detection`)."""
    return known.answer(backtest.detection(found, known.rules))


def detected_by_length(known: Outlook, detected: pd.DataFrame) -> pd.DataFrame:
    """Return how many added outbreaks the adopted rule finds (`backtest.by_length`)."""
    return known.answer(backtest.by_length(detected))
