"""Compute a composite index, and how far its ranks depend on what was chosen.

The road of the OECD/JRC Handbook on Constructing Composite Indicators (2008): direction, scaling, weights by level; a geometric
variant; ranks under other weights, and without each indicator.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from helpers.settings.errors import UserError

__all__ = ["aggregated", "dirichlet_ranks", "left_out_ranks", "ranks", "scaled"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_FLOOR = 1.0  # the least score of a geometric mean, which a score of 0 would make 0
_DRAWS, _SEED = 1000, 20210108


def scaled(values: pd.DataFrame, higher_is_better: Mapping[str, bool]) -> pd.DataFrame:
    """Scale each indicator (a column) to 0 for the worst unit and 100 for the best; null where it is null.

    Raises UserError for an indicator that is the same in all units.
    """
    low, high = values.min(), values.max()
    if flat := [name for name in values if not high[name] > low[name]]:
        raise UserError(f"the indicator '{flat[0]}' is the same in all districts, or known of fewer than two, so it cannot "
                        "compare them: take it out of the index.")
    up = (values - low) / (high - low) * 100
    return up.assign(**{name: 100 - up[name] for name in values if not higher_is_better[name]})


def aggregated(scores: pd.DataFrame, parents: Mapping[str, str], weights: Mapping[str, float], *,
               geometric: bool = False) -> pd.DataFrame:
    """Return the scores of one level from those of the level below, as weighted means over what is known.

    `parents` names the whole of each column, `weights` its weight there; wholes in the order in which they are first named.
    A geometric mean takes scores below 1 as 1.
    """
    wholes = {}
    for whole in dict.fromkeys(parents[name] for name in scores):
        parts = scores[[name for name in scores if parents[name] == whole]]
        share = parts.notna() * pd.Series(weights).reindex(parts.columns)
        known = np.log(parts.clip(lower=_FLOOR)) if geometric else parts
        mean = (known * share).sum(axis=1, min_count=1) / share.sum(axis=1)
        wholes[whole] = np.exp(mean) if geometric else mean
    return pd.DataFrame(wholes, index=scores.index)


def ranks(index: pd.Series) -> pd.Series:
    """Return the rank of each unit, 1 for the highest score; equal scores share one."""
    return index.rank(ascending=False, method="min")


def dirichlet_ranks(scores: pd.DataFrame, levels: Sequence[Mapping[str, str]], level: float = 0.9) -> pd.DataFrame:
    """Return the best and the worst rank of each unit under 1,000 draws of weights (`rank_lower`, `rank_upper`).

    `levels` name the whole of each part, level by level from the indicators up; the parts of each whole get weights that are
    equally likely anywhere (Dirichlet with all parameters 1). Of the draws' ranks the middle `level` counts. The seed is fixed.
    """
    draw = np.random.default_rng(_SEED)
    weights = np.ones((_DRAWS, scores.shape[1]))
    place = {name: name for name in scores}
    for parents in levels:
        parts = list(dict.fromkeys(place.values()))
        for whole in dict.fromkeys(parents[part] for part in parts):
            inside = [part for part in parts if parents[part] == whole]
            drawn = dict(zip(inside, draw.dirichlet(np.ones(len(inside)), _DRAWS).T, strict=True))
            for column, name in enumerate(scores):
                if place[name] in drawn:
                    weights[:, column] *= drawn[place[name]]
        place = {name: parents[part] for name, part in place.items()}
    known = scores.notna().to_numpy(float)
    index = (scores.fillna(0).to_numpy() @ weights.T) / (known @ weights.T)
    drawn_ranks = pd.DataFrame(index, index=scores.index).rank(ascending=False, method="min")
    tail = (1 - level) / 2
    ends = {"rank_lower": (tail, np.floor), "rank_upper": (1 - tail, np.ceil)}
    return pd.DataFrame({name: whole(drawn_ranks.quantile(quantile, axis=1)) for name, (quantile, whole) in ends.items()})


def left_out_ranks(scores: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return the rank of each unit with each indicator left out (a column for each); `weights` are those in the whole."""
    whole = dict.fromkeys(scores, "index")
    return pd.DataFrame({name: ranks(aggregated(scores.drop(columns=name), whole, weights)["index"]) for name in scores})
