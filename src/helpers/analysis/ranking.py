"""Score and rank units: from answers of `measures` to ordered lists, by an edition's rules."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd

from helpers.analysis import dimensions, hidden_cells, measures
from helpers.analysis.scope import Scope
from helpers.settings.assessment_rules import Assessment, Score
from helpers.settings.periods import Period

__all__ = ["grouped", "of_units", "podium", "rank_by_volume", "ranked", "round_decimal", "scores", "split", "top"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_NEAR = 1e-12  # relative; far above the error of a few float operations (1e-15), far below the gap between two scores
_SCORES = ["score", "score_mean", "score_error", "score_lower", "score_upper", "shrunken_score", "shrunken_error"]
_RATES = {"resolution_rate": "valid", "satisfaction_rate": "valid", "contact_rate": "contact_known"}

_POOLED = ["valid", *(f"{rate}{end}" for rate in _RATES for end in ("", "_lower", "_upper"))]


def of_units(scope: Scope, unit: str, period: Period | None = None) -> pd.DataFrame:
    """Score the units of a dimension (`dimensions.UNITS`) by the edition's rules, over the scope's period or another.

    Columns as in `scores`. Without units that lack a name or a score.
    """
    dimension, rules = dimensions.DIMENSIONS[unit], scope.edition.assessment
    rates = measures.monthly_rates(dimension.outcomes(scope), period or scope.period, rules.answers, dimension.keys)
    keys, monthly = [*dimension.keys], scope.count(rates)
    scored = scores(monthly, keys, rules).dropna(subset=[*keys, "score"], ignore_index=True)
    if hidden_cells.ATTRIBUTE not in monthly.attrs:
        return scored
    pooled = scope.count(measures.rates(dimension.outcomes(scope), period or scope.period, rules.answers, keys))
    return hidden_cells.joined(scored, (hidden_cells.grouped(monthly, keys), _SCORES), (pooled, _POOLED))


def scores(monthly: pd.DataFrame, unit: list[str], assessment: Assessment) -> pd.DataFrame:
    """Score each unit from its monthly rates, as `measures.monthly_rates` by `unit` answers them.

    A month's score is 100 × Σ weight × rate, rounded by the edition's rule. A unit's is the mean of its months' scores,
    rounded again (`over: months`), or the score of its rates over all valid tickets (`over: period`).
    Columns: those of `unit`; scored_months, the number of months with a score; valid; resolution_rate,
    satisfaction_rate, contact_rate (pooled over the months, 0 to 1); score (0 to 100). A rate without answers is null,
    and so is a score with a weight on it: a unit without valid tickets does not score 0. By unit.
    """
    known = monthly.assign(**{rate: _floats(monthly[rate]) for rate in _RATES})
    points = {rate: known[rate] * known[answers] for rate, answers in _RATES.items()}
    units = (known.assign(score=_score(known, assessment.score), **points)
             .groupby(unit, dropna=False, as_index=False)
             .agg(scored_months=("score", "count"), valid=("valid", "sum"), contact_known=("contact_known", "sum"),
                  **{rate: (rate, "sum") for rate in _RATES}, mean=("score", "mean")))
    pooled = units.assign(**{rate: units[rate] / units[answers].where(units[answers] > 0)
                             for rate, answers in _RATES.items()})
    rule = assessment.score
    return (pooled.assign(score=round_decimal(pooled["mean"], rule.decimals, rule.rounding) if rule.over == "months"
                          else _score(pooled, rule))
            .sort_values(unit, na_position="last", ignore_index=True)
            [[*unit, "scored_months", "valid", *_RATES, "score"]])


def ranked(scores: pd.DataFrame, ties: Literal["dense", "volume"], volume: pd.DataFrame | None = None,
           within: str | Iterable[str] = (), min_valid: int = 0) -> pd.DataFrame:
    """Add `score_rank` (1 is best), and `tickets` of each unit from `volume`; in the order of rank.

    `dense`: units of equal score share a rank and the next follows it (朝阳 1, 2, 2, 3). `volume`: equal scores go by
    tickets, most first, then by name, and no rank is shared. `within`: ranks start again in each of its entities. Units
    without a score or a name, or with fewer than `min_valid` valid tickets, have no rank (null) and come last. Raises
    ValueError where `ties` needs a `volume`.
    """
    unit, within = list(scores.columns[:scores.columns.get_loc("scored_months")]), _names(within)
    if ties == "volume" and volume is None:
        raise ValueError("ranked: ties that go by volume need the volume of each unit")
    if volume is not None:
        scores = scores.merge(volume[[*unit, "tickets"]], on=unit, how="left", validate="one_to_one")
        scores = scores.assign(tickets=scores["tickets"].fillna(0).astype("int64"))
    by_tickets = {} if volume is None else {"tickets": False}
    order = dict.fromkeys(within, True) | {"unranked": True, "score": False} | by_tickets | dict.fromkeys(unit, True)
    unranked = scores[unit].isna().any(axis=1) | scores["score"].isna() | (scores["valid"] < min_valid)
    rows = (scores.assign(unranked=unranked)
            .sort_values(list(order), ascending=list(order.values()), na_position="last", ignore_index=True))
    able = rows[~rows["unranked"]]
    groups = able.groupby(within or np.zeros(len(able)), sort=False)
    ranks = groups["score"].rank("dense", ascending=False) if ties == "dense" else groups.cumcount() + 1
    return rows.drop(columns="unranked").assign(score_rank=ranks.astype("Int64").reindex(rows.index))


def top(ranked: pd.DataFrame, n: int | None) -> pd.DataFrame:
    """Return the units with a rank of at most `n` (None: any): more than `n` where ranks are shared."""
    placed = ranked["score_rank"].notna() if n is None else (ranked["score_rank"] <= n).fillna(False).astype(bool)
    return ranked[placed].reset_index(drop=True)


def rank_by_volume(volumes: pd.DataFrame, n: int | None) -> pd.DataFrame:
    """Return the first `n` named rows (None: all) of a volume with `tickets_rank` (1 is most; equal counts share a rank)."""
    named = volumes[volumes.iloc[:, 0].notna()]
    ranks = named["tickets"].rank(method="dense", ascending=False).astype("int64")
    return named.assign(tickets_rank=ranks)[ranks <= (len(named) if n is None else n)].reset_index(drop=True)


def podium(ranked: pd.DataFrame, within: str, unit: str, n: int, order: list[str]) -> pd.DataFrame:
    """Lay the first `n` ranks of each entity of `within` side by side: 朝阳区: 小红门地区 | 小关街道、孙河地区 | 麦子店街道.

    Columns: `within`, then rank_1 to rank_n, the names that share a rank joined by 、, null where a rank is not taken. Only
    what is in `order`, in its order; all by name where it is empty.
    """
    names = (top(ranked, n).groupby([within, "score_rank"])[unit].agg("、".join).unstack()
             .reindex(columns=range(1, n + 1)).add_prefix("rank_").rename_axis(columns=None))
    return names.reindex([name for name in order if name in names.index] if order else sorted(names.index)).reset_index()


def grouped(ranked: pd.DataFrame, within: str, order: list[str]) -> pd.DataFrame:
    """Return units ranked `within` entities in the `order` of these entities; entities not in it last."""
    places = ranked[within].map({name: place for place, name in enumerate(order)}).fillna(len(order))
    return ranked.iloc[places.argsort(kind="stable")].reset_index(drop=True)


def split(scores: pd.DataFrame, months: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split units into those with at least `months` scored months and the others, which are ranked separately."""
    long = scores["scored_months"] >= months
    return scores[long].reset_index(drop=True), scores[~long].reset_index(drop=True)


def round_decimal(values: pd.Series, decimals: int, rule: Literal["half_up", "half_even", "down"]) -> pd.Series:
    """Round as decimals are rounded on paper: 87.25 to one decimal is 87.3 (half up), 87.2 (half even), 87.2 (down).

    A float cannot hold 87.25 × 10 to the last bit after some arithmetic; a value within a relative 1e-12 of a half or a
    whole is taken for it, then the rule is exact. Scores of some ten thousand answers lie further apart.
    """
    scaled = _floats(values) * 10.0**decimals
    halves = np.round(scaled * 2) / 2
    scaled = scaled.where((scaled - halves).abs() > _NEAR * halves.abs().clip(lower=1), halves)
    whole = {"half_up": np.floor(scaled + 0.5), "half_even": np.round(scaled), "down": np.floor(scaled)}[rule]
    return whole / 10.0**decimals


def _score(rows: pd.DataFrame, rule: Score) -> pd.Series:
    weights = {rate: weight for rate, weight in rule.weights.model_dump().items() if weight}
    return round_decimal(100 * sum(rows[rate] * weight for rate, weight in weights.items()), rule.decimals, rule.rounding)


def _names(names: str | Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _floats(values: pd.Series) -> pd.Series:
    return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=values.index)
