"""Answer what a unit's sheet says: its rank, its months, its peers, and which categories cost or win it points against them.

The answers on all units of a level are computed at once and kept for the process, since a run prints each of them.
What depends on units other than a sheet's own and its peers is rounded as it is printed, so that a sheet changes only where
something on it does.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import ibis
import numpy as np
import pandas as pd

from helpers.analysis import (
    decomposition,
    dimensions,
    hidden_cells,
    league_table,
    measures,
    peers,
    problems,
    ranking,
    soundness,
    units,
)
from helpers.analysis.decomposition import Answers, Parts
from helpers.analysis.scope import Scope, once
from helpers.analysis.units import Unit
from helpers.cube import selections
from helpers.settings import labels
from helpers.settings.assessment_rules import AnswerWeights

__all__ = ["CATEGORIES", "LISTED", "MONTHS", "NUMBERS", "PEERS", "Sheet", "digest", "largest", "listed", "named",
           "sheet"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


MONTHS = ["month", "tickets", "tickets_before", "score", "peers_score", *measures.RATES]
PEERS = ["tickets", "score", "score_rank"]
CATEGORIES = ["category", "valid", "valid_share", "peers_share", "resolution_rate", "peers_resolution_rate", "share_gain",
              "rate_gain", "gain"]
NUMBERS = ["tickets", "score", *measures.RATES]
LISTED = ["score_rank", "band", "tickets", "valid", "score", "score_lower", "score_upper", "peers_score", "share_gain",
          "rate_gain", "gain"]
_VOLUMES = ["tickets", "tickets_before", "tickets_change"]
_COMPARED = ["peers_score", "compared_score", "share_gain", "rate_gain", "gain", "unresolved"]  # by categories
_LISTS = {"district": "districts", "subdistrict": "subdistricts"}
_EACH = 2  # categories on each side that a sheet has room for
_KEPT = 8  # levels and scopes whose answers are kept


class Sheet(NamedTuple):
    """The answers on one unit. `numbers` has one row; `months` a row a month; `peers` the nearest first; `categories` those of
    the unit or its peers, what costs most first, each with what it wins (above 0) or costs by its share and by its rates.
    """

    unit: Unit
    numbers: pd.DataFrame
    months: pd.DataFrame
    peers: pd.DataFrame
    categories: pd.DataFrame


class _Level(NamedTuple):
    """The answers on all units of a level: `places` of the units, and the frames of a sheet, whose index is the place."""

    places: Mapping[Unit, int]
    frames: Sequence[pd.DataFrame]
    attrs: Mapping[str, str]
    hidden: pd.DataFrame

    def sheet(self, unit: Unit) -> Sheet:
        place = self.places[unit]
        return Sheet(unit, *(self._rows(frame, place) for frame in self.frames))

    def numbers(self) -> pd.DataFrame:
        """Return the numbers of all units."""
        return self._rows(self.frames[0], 0, len(self.places))

    def _rows(self, frame: pd.DataFrame, first: int, end: int | None = None) -> pd.DataFrame:
        begin, until = frame.index.searchsorted([first, first + 1 if end is None else end])
        rows = frame.iloc[begin:until].reset_index(drop=True)
        rows.attrs = dict(self.attrs)
        named = {*self.hidden.columns} <= {*rows.columns}  # else a sheet's own rows, which are hidden together
        return hidden_cells.joined(rows, self.hidden if named else hidden_cells.together(self.hidden.iloc[[first]]))


def sheet(scope: Scope, unit: Unit) -> Sheet:
    """Return the answers on a unit. Raises KeyError where the scope has no such unit."""
    return _level(scope, unit.level).sheet(unit)


def listed(scope: Scope, level: str, unit: str = "") -> pd.DataFrame:
    """Return the numbers of all units of a level, or of the `unit` that is called so alone; none where it is of another level.

    In the order of their ranks; those without a rank come last, by name.
    """
    keys = list(dimensions.DIMENSIONS[level].keys)
    wanted = [units.find(scope, unit)] if unit else units.every(scope)
    if not any(each.level == level for each in wanted):
        return pd.DataFrame(columns=[*keys, *LISTED])
    rows = sheet(scope, wanted[0]).numbers if unit else _level(scope, level).numbers()
    return rows.sort_values(["score_rank", *keys], na_position="last", ignore_index=True)


def digest(scope: Scope, unit: Unit) -> str:
    """Return all that a unit's sheet says as text: while it is the same, so is the sheet."""
    found = sheet(scope, unit)
    return "\n".join(frame.to_csv(index=False) for frame in found[1:])


def largest(categories: pd.DataFrame, n: int = _EACH) -> pd.DataFrame:
    """Return the `n` categories that win and the `n` that cost most, the gains first; the others together, and all.

    Columns as `categories`; `category` of the last two rows is `others` and `total`. Residual classes are among the others.
    Empty where nothing can be compared.
    """
    known = categories[categories["gain"].notna()]
    if known.empty:
        return known
    order = named(known).sort_values("gain", ascending=False, kind="stable")
    chosen = pd.concat([order[order["gain"] > 0].head(n), order[order["gain"] < 0].tail(n)])
    rest = known.drop(chosen.index)
    rows = [chosen, *([_together(rest, "others")] if len(rest) else []), _together(known, "total")]
    found = pd.concat(rows, ignore_index=True)
    found.attrs = categories.attrs
    return found


def named(categories: pd.DataFrame) -> pd.DataFrame:
    """Return the categories whose gain is known and which are problems of their own, not residual classes."""
    return categories[categories["gain"].notna() & ~labels.residual("category", categories["category"])]


def _together(categories: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return one row that adds up categories; rates of several categories are left to their sentences."""
    sums = categories[["valid", "valid_share", "peers_share", "share_gain", "rate_gain", "gain"]].sum()
    return pd.DataFrame([{"category": name} | sums.to_dict()]).astype({"valid": "int64"})


@once(_KEPT)
def _level(scope: Scope, level: str) -> _Level:
    found = [unit for unit in units.every(scope) if unit.level == level]
    counted = _Counted(scope, level, found)
    attrs = {"table": "unit_category_outcomes", "period": scope.period.name, "data": scope.cube.data}
    return _Level({unit: place for place, unit in enumerate(found)}, counted.frames(), attrs, counted.hidden())


class _Counted:
    """The counts of all units of a level, in the order of `units`, as arrays by unit, month and category."""

    def __init__(self, scope: Scope, level: str, found: Sequence[Unit]):
        self.scope, self.level, self.units, self.sources = scope, level, found, []
        self.dimension = dimensions.DIMENSIONS[level]
        self.keys = list(self.dimension.keys)
        self.names = pd.DataFrame([unit.names for unit in found], columns=self.keys)
        self.sound = soundness.of(scope, {})
        self.rules = scope.edition.assessment
        self.weights = {rate: weight for rate, weight in self.rules.score.weights.model_dump().items() if weight}
        self.volumes = self._volumes()
        self.by_category, self.categories = self._by_category()
        self.answers = _answers_by_rate(self.by_category, self.rules.answers)
        self.ranked = self._ranked()
        self.months = self._months()
        self.handled = self._handled()
        self.near = self._peers()
        self.of_peers = {rate: Answers(*(self._of_peers(counts) for counts in answers)) for rate, answers in self.answers.items()}
        self.parts = self._parts()

    def hidden(self) -> pd.DataFrame:
        """Return the names of the units, with what is hidden of any answer on each."""
        return hidden_cells.joined(self.names.copy(), *self.sources)

    def _count(self, question: ibis.Table, numbers: Sequence[str] = ()) -> pd.DataFrame:
        """Execute a query, and note what is hidden of it: of the units' `numbers`, and of the other rows of their sheets."""
        answer = self.scope.count(question)
        self.sources.append((hidden_cells.grouped(answer, self.keys), numbers))
        return answer

    def _aligned(self, answer: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of an answer in the order of the units; null where a unit has none."""
        return self.names.merge(answer, on=self.keys, how="left", validate="one_to_one")

    def _volumes(self) -> pd.DataFrame:
        volumes = measures.volume(self.dimension.table(self.scope), self.scope.period, self.keys, self.scope.base)
        return self._aligned(self.sound.apply(self._count(volumes, _VOLUMES)).drop(columns="ticket_share"))

    def _by_category(self) -> tuple[dict[str, np.ndarray], list[str | None]]:
        """Return counts of answers by unit, month and category, and the categories in order; the unknown is last, None."""
        table = units.of_level(self.scope, self.level, self.scope.cube.unit_category_outcomes)
        period = table.filter(selections.in_period(table, self.scope.period))
        names = [name for name in table.columns if str(table[name].type()) == "int64"]
        sums = self._count(period.aggregate({name: period[name].sum().cast("int64") for name in names},
                                            by=[*self.keys, "year", "month", "category"]), _COMPARED)
        rows = sums.merge(self.names.assign(unit=self.names.index), on=self.keys, how="inner")
        categories = [*sorted(rows["category"].dropna().unique()), None]
        months = {month: place for place, month in enumerate(self.scope.period.calendar)}
        at = (rows["unit"].to_numpy(),
              np.array([months[month] for month in zip(rows["year"], rows["month"], strict=True)], dtype=int),
              rows["category"].map({name: place for place, name in enumerate(categories)}).fillna(len(categories) - 1)
              .to_numpy(dtype=int))
        counts = {name: np.zeros((len(self.units), len(months), len(categories))) for name in names}
        for name in names:
            np.add.at(counts[name], at, rows[name].to_numpy(dtype="float64"))
        return counts, categories

    def _ranked(self) -> pd.DataFrame:
        """Return scores, ranks and their ranges, in the order of the units; of owners those of their two lists."""
        scored, rankings = league_table.of_units(self.scope, self.level), self.scope.edition.rankings
        self.sources += [scored, (scored, _COMPARED)]
        name = _LISTS.get(self.level, "owners")
        lists = [scored] if name != "owners" else list(ranking.split(scored, rankings.split_months))
        rows = [league_table.ranked(self.scope, rows, self.level, name) for rows in lists if len(rows)]
        rows = [each.assign(ranked=int(each["score_rank"].notna().sum())) for each in rows]
        found = self._aligned(pd.concat(rows).drop(columns="tickets") if rows else scored.assign(**dict.fromkeys(
            ("score_rank", "rank_lower", "rank_upper", "band", "ranked"))))
        decimals = self.rules.score.decimals
        return found.assign(**{name: ranking.round_decimal(found[name], decimals, self.rules.score.rounding)
                               for name in ("score_lower", "score_upper")})

    def _months(self) -> pd.DataFrame:
        """Return a row for each unit and month: tickets, those of the base period's month, score and rates."""
        scope, table = self.scope, self.dimension.table(self.scope)
        order = pd.DataFrame(scope.period.calendar, columns=["year", "month"]).assign(step=lambda rows: rows.index)
        before = pd.DataFrame(scope.base.calendar, columns=["year", "month"]).assign(step=lambda rows: rows.index)
        blank = self.names.assign(unit=self.names.index).merge(order, how="cross")
        now, earlier = (self._count(measures.monthly(table, span, self.keys)) for span in (scope.period, scope.base))
        earlier = earlier.merge(before, on=["year", "month"]).rename(columns={"tickets": "tickets_before"})
        rates = self._count(measures.monthly_rates(self.dimension.outcomes(scope), scope.period, self.rules.answers, self.keys))
        monthly = ranking.scores(rates, [*self.keys, "year", "month"], self.rules)[[*self.keys, "year", "month", "score"]]
        sound, month = self.sound.apply(rates.drop(columns=["assessed", "reached"])), [*self.keys, "year", "month"]
        joined = (blank.merge(now, on=month, how="left", validate="one_to_one")
                  .merge(earlier[[*self.keys, "step", "tickets_before"]], on=[*self.keys, "step"], how="left",
                         validate="one_to_one")
                  .merge(sound, on=month, how="left", validate="one_to_one")
                  .merge(monthly, on=month, how="left", validate="one_to_one"))
        loaded = scope.cube.covers(scope.base)
        return joined.assign(tickets=joined["tickets"].fillna(0).astype("int64"),
                             tickets_before=joined["tickets_before"].fillna(0 if loaded else np.nan).astype("Int64"),
                             score=joined["score"].where(joined["valid"] >= scope.edition.soundness.min_answers))

    def _handled(self) -> pd.DataFrame:
        """Return what became of the units' tickets: on time, dispatched again, repeats of others."""
        table = units.of_level(self.scope, self.level, self.scope.cube.unit_handling)
        handled = problems.handling(self.scope, table, self.keys)
        self.sources.append((handled, [name for name in handled if name not in self.keys]))
        found = self._aligned(handled).drop(columns="dispatched")
        return found.assign(unresolved=self.by_category["unresolved"].sum(axis=(1, 2)).astype("int64"))

    def _peers(self) -> np.ndarray:
        """Return the places of each unit's peers, nearest first; -1 where there are fewer."""
        valid = self.by_category["valid"].sum(axis=(1, 2))
        assessed = valid.any()
        apart = peers.distances(self.volumes["tickets"], self.by_category["assessed"].sum(axis=1))
        able = valid >= self.scope.edition.rankings.min_valid if assessed else [True] * len(self.units)
        return peers.nearest(apart, self.scope.edition.peers.count, able)

    def _parts(self) -> Parts:
        """Return the parts of each unit's gap by category; null of units that have too few answers to be ranked."""
        few = self.by_category["valid"].sum(axis=(1, 2)) < self.scope.edition.rankings.min_valid
        parts = decomposition.of_scores(self.answers, self.of_peers, self.weights, self.rules.score.over)
        return Parts(*(np.where(few[:, None], np.nan, part) for part in parts))

    def _of_peers(self, counts: np.ndarray) -> np.ndarray:
        """Return what the peers of each unit have together; a missing one has nothing."""
        nothing = np.zeros((1, *counts.shape[1:]))
        return np.concatenate([counts, nothing])[self.near].sum(axis=1)

    def frames(self) -> list[pd.DataFrame]:
        """Return the frames of a sheet for all units, in the order of `Sheet`; their index is a unit's place."""
        return [self._numbers(), self._with_peers(), self._peers_listed(), self._categories()]

    def _numbers(self) -> pd.DataFrame:
        ours, theirs = decomposition.scores(self.answers, self.of_peers, self.weights, self.rules.score.over)
        share, rate = (part.sum(axis=-1) for part in self.parts)
        further = [frame.drop(columns=self.keys) for frame in (self.ranked, self.handled)]
        return pd.concat([self.volumes, *further], axis="columns").assign(
            peers_score=theirs, compared_score=ours, share_gain=share, rate_gain=rate, gain=share + rate)

    def _with_peers(self) -> pd.DataFrame:
        """Return the months of the units, with the score of their peers together in each."""
        score, rule = decomposition.monthly_scores(self.of_peers, self.weights), self.rules.score
        rounded = ranking.round_decimal(pd.Series(score.ravel()), rule.decimals, rule.rounding)
        return self.months.assign(peers_score=rounded).set_index("unit").drop(columns=["step", *self.keys])

    def _peers_listed(self) -> pd.DataFrame:
        own, places = np.repeat(np.arange(len(self.near)), self.near.shape[1]), self.near.ravel()
        listed = self.volumes[[*self.keys, "tickets"]].join(self.ranked[["score", "score_rank"]])
        return listed.iloc[places[places >= 0]].set_index(own[places >= 0])

    def _categories(self) -> pd.DataFrame:
        """Return a row for each category in which a unit or its peers have valid answers, what costs most first."""
        valid = self.by_category["valid"].sum(axis=1)
        theirs = self._of_peers(self.by_category["valid"]).sum(axis=1)
        resolved = [side["resolution_rate"].gained.sum(axis=1) for side in (self.answers, self.of_peers)]
        least = self.scope.edition.soundness.min_answers
        with np.errstate(divide="ignore", invalid="ignore"):
            found = {"valid_share": valid / valid.sum(axis=1, keepdims=True),
                     "peers_share": theirs / theirs.sum(axis=1, keepdims=True),
                     "resolution_rate": np.where(valid >= least, resolved[0] / valid, np.nan),
                     "peers_resolution_rate": np.where(theirs >= least, resolved[1] / theirs, np.nan),
                     "share_gain": self.parts.share, "rate_gain": self.parts.rate, "gain": self.parts.share + self.parts.rate}
        rows = pd.DataFrame({"category": self.categories * len(valid), "valid": valid.ravel().astype("int64"),
                             **{name: numbers.ravel() for name, numbers in found.items()}},
                            index=pd.Index(np.repeat(np.arange(len(valid)), valid.shape[1]), name="unit"))
        return rows[((valid > 0) | (theirs > 0)).ravel()].sort_values(["unit", "gain"])


def _answers_by_rate(counts: dict[str, np.ndarray], worth: AnswerWeights) -> dict[str, Answers]:
    """Return the answers that each rate of a score is made of, by unit, month and category."""
    def gained(levels: dict[str, float]) -> np.ndarray:
        return sum(counts[level] * part for level, part in levels.items())

    return {"contact_rate": Answers(counts["contact_known"], counts["contacted"]),
            "resolution_rate": Answers(counts["valid"], gained(worth.resolved)),
            "satisfaction_rate": Answers(counts["valid"], gained(worth.satisfied))}
