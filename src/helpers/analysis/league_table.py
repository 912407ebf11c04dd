"""Rank units in a list, and say how sure their scores and ranks are.

The official rank follows the scores alone. What chance leaves of it: an interval for each score, the ranks that a unit may have
once chance is taken out of the scores (`shrinkage`), and who is surely among the first (`rank_sets`). Goldstein and
Spiegelhalter (1996), League Tables and Their Limitations, J. R. Stat. Soc. A 159, 385–443.
"""

import pandas as pd

from helpers.analysis import dimensions, hidden_cells, measures, rank_sets, ranking, shrinkage, uncertainty
from helpers.analysis.scope import Scope
from helpers.settings import number_format
from helpers.settings.assessment_rules import Ranking
from helpers.settings.periods import Period

__all__ = ["INTERVALS", "RANKS", "classes", "funnel_plot", "listed", "of_units", "ranked", "rates", "sound"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_INNER = ["score_mean", "score_error", "shrunken_error"]
_DRAWS = 10_000  # of each of many lists: the quantile of 0.9 is then known to 0.003

RANKS = ["valid", "score", *measures.RATES, "rank_lower", "rank_upper", "band"]
INTERVALS = ["score", "shrunken_score", "score_lower", "score_upper",
             *(f"{rate}{end}" for rate in measures.RATES for end in ("", "_lower", "_upper"))]


def of_units(scope: Scope, unit: str, period: Period | None = None) -> pd.DataFrame:
    """Score the units of a dimension as `ranking.of_units` does, with intervals of scores and rates.

    Further columns: score_error, score_lower, score_upper (`uncertainty.score_intervals`); resolution_rate_lower and _upper,
    satisfaction_rate_lower and _upper (Wilson); shrunken_score, shrunken_error (`shrinkage.shrink`, towards the mean of all
    units). The level is that of the edition's `rankings`.
    """
    dimension, rules, level = dimensions.DIMENSIONS[unit], scope.edition.assessment, scope.edition.rankings.level
    keys, units = list(dimension.keys), ranking.of_units(scope, unit, period)
    sums = scope.count(measures.score_sums(dimension.outcomes(scope), period or scope.period, rules, keys))
    sure = uncertainty.score_intervals(sums, keys, rules.score.over, level)
    scored = units.merge(sure[[*keys, "score_mean", "score_error", "score_lower", "score_upper"]], on=keys, how="left",
                         validate="one_to_one")
    shrunken = shrinkage.shrink(scored["score_mean"], scored["score_error"])[["shrunken_score", "shrunken_error"]]
    return hidden_cells.joined(uncertainty.with_intervals(scored, level).join(shrunken), units)


def ranked(scope: Scope, units: pd.DataFrame, unit: str, name: str, within: str = "") -> pd.DataFrame:
    """Rank the units of `of_units` by the edition's list `name` (`ranking.ranked`), and say how sure the ranks are.

    Columns: those of `sound`; tickets; score_rank; rank_lower (best) and rank_upper (worst) of the shrunken scores;
    set_rank_lower and set_rank_upper, the sets that cover the ranks of all units at once, and band (`surely`, `possibly` or
    `not` among the first that the public list has), null where the list has room for all. Units of too few answers have no
    rank and come last.
    """
    rules, dimension = scope.edition.rankings, dimensions.DIMENSIONS[unit]
    rule, draws = getattr(rules, name), _DRAWS if within else None
    volume = scope.count(measures.volume(dimension.table(scope), scope.period, dimension.keys))
    rows = ranking.ranked(units, rule.ties, volume, [within] if within else (), rules.min_valid)
    placed = rows[rows["score_rank"].notna()]
    groups = [group for _, group in placed.groupby(within or [True] * len(placed), sort=False)] or [placed]
    sure = pd.concat([_certainty(group, rule.top, rules.level, draws) for group in groups])
    return hidden_cells.joined(sound(rows, rules.min_valid).join(sure), units, (volume, ["tickets"]))


def classes(scope: Scope, units: pd.DataFrame, unit: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two lists of owners as they are printed: those of `split_months` scored months or more, and the others."""
    halves = ranking.split(units, scope.edition.rankings.split_months)
    long, short = (listed(ranked(scope, half, unit, "owners"), scope.edition.lists.owners) for half in halves)
    return long, short


def sound(units: pd.DataFrame, min_valid: int) -> pd.DataFrame:
    """Return units without errors of scores, and with neither score nor rate where their answers are too few."""
    shown = units.drop(columns=_INNER)
    unsure = [column for column in shown if number_format.kind(column) in ("score", "rate")]
    return shown.assign(**{column: shown[column].where(shown["valid"] >= min_valid) for column in unsure})


def rates(units: pd.DataFrame, min_valid: int) -> pd.DataFrame:
    """Return the rates of units with their intervals and valid answers, without scores; null where the answers are too few."""
    named = units[units.columns[:units.columns.get_loc("scored_months")]]
    return hidden_cells.joined(sound(units, min_valid).filter(regex="rate|valid").join(named), units)


def listed(ranked: pd.DataFrame, rule: Ranking) -> pd.DataFrame:
    """Return the ranks that a list prints; where it has room for all units, also those of too few answers, last."""
    has_room = rule.top is None or len(ranked) <= rule.top
    return ranked.reset_index(drop=True) if has_room else ranking.top(ranked, rule.top)


def funnel_plot(scope: Scope, units: pd.DataFrame, unit: str, rate: str, whole: pd.DataFrame) -> pd.DataFrame:
    """Set a rate of units against the city's, with the limits of chance (`uncertainty.funnel_plot`).

    `whole`: the city's rates, one row. Columns: those that name a unit; valid; the rate; whole_rate, the city's; the limits
    near_rate_lower, near_rate_upper, far_rate_lower, far_rate_upper; signal: `above` or `below` the far limits, or `within`.
    Units with the edition's `min_valid` valid tickets or more, fewest first; none where there are not two, or the city's rate is
    not known.
    """
    keys, min_valid = [*dimensions.DIMENSIONS[unit].keys], scope.edition.rankings.min_valid
    known = units[(units["valid"] >= min_valid) & units[rate].notna()].sort_values(["valid", *keys], ignore_index=True)
    centre = whole[rate].iloc[0]
    if len(known) < 2 or pd.isna(centre):
        known = known.head(0)
    limits = uncertainty.funnel_plot(known[rate] * known["valid"], known["valid"], float(centre))
    ends = {f"{limit}_rate_{end}": limits[f"{end}_{limit}"] for limit in ("near", "far") for end in ("lower", "upper")}
    signal = limits["signal"].map({2: "above", -2: "below"}).fillna("within").astype("str")
    found = known[[*keys, "valid", rate]].assign(whole_rate=centre, **ends, signal=signal)
    return hidden_cells.joined(found, units, (whole, ["whole_rate", *ends]))


def _certainty(group: pd.DataFrame, k: int, level: float, draws: int | None) -> pd.DataFrame:
    """Return the ranks that chance leaves to each unit of a list, and who is among the first `k`."""
    ranks = shrinkage.rank_intervals(group["shrunken_score"], group["shrunken_error"], level)
    if k >= len(group):  # all are on the list
        return ranks.assign(set_rank_lower=_null(group, "Int64"), set_rank_upper=_null(group, "Int64"), band=_null(group, "str"))
    sets = rank_sets.simultaneous(group["score_mean"], group["score_error"], level, draws)
    return ranks.join(sets.add_prefix("set_")).assign(band=rank_sets.bands(sets, k))


def _null(group: pd.DataFrame, kind: str) -> pd.Series:
    return pd.Series(None, index=group.index, dtype=kind)
