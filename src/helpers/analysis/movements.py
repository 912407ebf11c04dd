"""Say what rose, what fell and what changed places from one period to another, as far as the counts bear it.

A rise or fall is tested by the exact binomial: of the tickets of both periods together, as many are to be expected in the later
one as it has of the days. Counts of neighbouring days are alike, so that all are divided by the dispersion of the rows
(Spiegelhalter 2005). A statement has to hold together with all others of its list (Holm 1979).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.analysis import exact_tests, uncertainty
from helpers.settings import labels
from helpers.settings.statement_rules import MovementRules

__all__ = ["compared", "fastest", "placed", "seasonal"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


def compared(
    now: pd.DataFrame, before: pd.DataFrame, keys: Sequence[str], days: tuple[int, int], rules: MovementRules
) -> pd.DataFrame:
    """Set the volumes of two periods side by side and test each row; `days` are those of the period and of the earlier one.

    Columns: `keys`; tickets and tickets_before, 0 where there were none; daily_change, of the tickets per day, null of fewer than
    `min_tickets` before; movement: `rise` or `fall` beyond chance, `new` (none before and `min_tickets` now), `gone`
    (the reverse), else `same`. By tickets, most first; without the unknown and the residual classes.
    """
    both = _side_by_side(now, before, keys)
    share = days[0] / sum(days)
    based = both["tickets_before"] >= rules.min_tickets
    spread = (
        uncertainty.dispersion(both["tickets"][based], (both["tickets"] + both["tickets_before"])[based]) if based.any() else 1.0
    )
    sure = pd.Series(False, index=both.index)
    scaled = (both[based][["tickets", "tickets_before"]] / spread).round()
    sure[based] = exact_tests.holm(exact_tests.binomial(scaled["tickets"], scaled.sum(axis=1), share)) < 1 - rules.level
    change = both["tickets"] / both["tickets_before"].where(based) * days[1] / days[0] - 1
    empty = {
        "new": (both["tickets_before"] == 0) & (both["tickets"] >= rules.min_tickets),
        "gone": (both["tickets"] == 0) & sure,
        "rise": sure & (change > 0),
        "fall": sure & (change < 0),
    }
    moved = np.select([*empty.values()], [*empty], "same")
    return _like(both.assign(daily_change=change.astype("float64"), movement=moved), now)


def seasonal(both: pd.DataFrame, usual: pd.DataFrame, keys: Sequence[str], rules: MovementRules) -> pd.DataFrame:
    """Add to what `compared` returns whether a row has moved otherwise than in the same season of the year before.

    `usual` is what `compared` returns of that year. Columns: usual, its tickets, null where there are none; usual_change, its
    daily_change; movement is `rise` or `fall` only where the row also differs from the year before by Fisher's exact test, on
    counts divided by the dispersion of the rows.
    """
    joined = both.merge(
        usual[[*keys, "tickets", "tickets_before", "daily_change"]].rename(
            columns={"tickets": "then", "tickets_before": "then_before", "daily_change": "usual_change"}
        ),
        on=[*keys],
        how="left",
    )
    counts = joined[["tickets", "tickets_before", "then", "then_before"]].astype("float64")
    known = (counts[["tickets_before", "then_before"]] >= rules.min_tickets).all(axis=1)
    share = counts["then"] / (counts["then"] + counts["then_before"])
    total = counts["tickets"] + counts["tickets_before"]
    variance = share * (1 - share) * (1 / total + 1 / (counts["then"] + counts["then_before"]))
    spread = _spread(((counts["tickets"] / total - share) / variance**0.5)[known].to_numpy())
    sure = pd.Series(False, index=joined.index)
    scaled = (counts[known] / spread).round()
    sure[known] = exact_tests.holm(exact_tests.fisher(*(scaled[name] for name in scaled))) < 1 - rules.level
    odds = counts["tickets"] / counts["tickets_before"]
    more, rises = odds > counts["then"] / counts["then_before"], joined["tickets"] > joined["tickets_before"]
    moved = np.select([sure & more & rises, sure & ~more & ~rises], ["rise", "fall"], "same")
    return _like(joined.drop(columns="then_before").rename(columns={"then": "usual"}).assign(movement=moved), both)


def fastest(both: pd.DataFrame, movement: str, n: int) -> pd.DataFrame:
    """Return the first `n` rows of what `compared` returns that rise or fall, fastest first, are new or gone, most first."""
    rows = both[both["movement"] == movement]
    speed = rows["tickets"] if movement == "new" else rows["tickets"] / rows["tickets_before"]
    order = rows.assign(speed=speed).sort_values(["speed", "tickets"], ascending=[movement == "fall", False], kind="stable").index
    return _like(rows.loc[order].head(n).reset_index(drop=True), both)


def placed(both: pd.DataFrame, n: int, level: float) -> pd.DataFrame:
    """Return the first `n` rows with their places in both periods, and whether counts separate them.

    Columns: those of `both`; tickets_rank; earlier_rank, null where there were no tickets; moved_up, places gained; order:
    `sure`, or `unsure` where a row that it has passed, or that is next to it, is not separated from it: of two rows' tickets each
    is half by chance alone (exact binomial, Holm over all pairs).
    """
    rows = both[both["tickets"] > 0].head(max(n + 1, 0)).reset_index(drop=True)
    ranks = rows["tickets"].rank(method="min", ascending=False).astype("int64")
    everyone = both["tickets_before"].rank(method="min", ascending=False)
    earlier = everyone.where((both["tickets_before"] > 0).fillna(False)).iloc[: len(rows)].reset_index(drop=True)
    pairs = [(one, other) for one in range(len(rows)) for other in range(one + 1, len(rows))]
    apart = {
        name: _separated(rows[name].to_numpy(dtype=float, na_value=0.0), pairs, level) for name in ("tickets", "tickets_before")
    }
    if both["tickets_before"].isna().all():
        apart["tickets_before"] = dict.fromkeys(pairs, True)
    unsure = {
        place
        for one, other in pairs
        for place in (one, other)
        if (other == one + 1 and not apart["tickets"][one, other])
        or (_crossed(rows, one, other) and not (apart["tickets"][one, other] and apart["tickets_before"][one, other]))
    }
    order = ["unsure" if place in unsure else "sure" for place in range(len(rows))]
    return _like(
        rows.assign(
            tickets_rank=ranks, earlier_rank=earlier.astype("Int64"), moved_up=(earlier - ranks).astype("Int64"), order=order
        ).head(n),
        both,
    )


def _spread(errors: np.ndarray) -> float:
    """Return the dispersion of standardised differences around the middle one, as `uncertainty.dispersion` does."""
    if len(errors) < 2:
        return 1.0
    around = errors - np.median(errors)
    return max(1.0, float(np.mean(np.clip(around, *np.quantile(around, [0.1, 0.9])) ** 2)))


def _crossed(rows: pd.DataFrame, one: int, other: int) -> bool:
    return bool((rows["tickets_before"] < rows["tickets_before"].iloc[other]).fillna(False).iloc[one])


def _separated(counts: np.ndarray, pairs: Sequence[tuple[int, int]], level: float) -> dict[tuple[int, int], bool]:
    """Return for each pair of rows whether their counts differ by more than chance."""
    if not pairs:
        return {}
    first, second = (np.array([counts[pair[side]] for pair in pairs]) for side in (0, 1))
    sure = exact_tests.holm(exact_tests.binomial(first, first + second, 0.5)) < 1 - level
    return dict(zip(pairs, sure.tolist(), strict=True))


def _side_by_side(now: pd.DataFrame, before: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    keys = [*keys]
    both = now[[*keys, "tickets"]].merge(
        before[[*keys, "tickets"]].rename(columns={"tickets": "tickets_before"}), on=keys, how="outer"
    )
    residual = pd.concat([labels.residual(key, both[key]) for key in keys], axis=1).any(axis=1)
    counts = both[~residual].fillna({"tickets": 0, "tickets_before": 0}).astype({"tickets": "int64", "tickets_before": "int64"})
    return counts.sort_values(["tickets", *keys], ascending=[False, *(True for _ in keys)], ignore_index=True)


def _like(rows: pd.DataFrame, answer: pd.DataFrame) -> pd.DataFrame:
    """Return rows as taken from an answer: a number that is quoted keeps its source."""
    rows.attrs = answer.attrs
    return rows
