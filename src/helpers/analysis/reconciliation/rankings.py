"""Judge printed lists: recompute each by the edition's rules, and compare it entry by entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pandas as pd

from helpers.analysis import dimensions, measures, ranking
from helpers.analysis.reconciliation import recomputed
from helpers.analysis.reconciliation.published import Erratum
from helpers.analysis.reconciliation.recomputed import Recomputed
from helpers.settings.errors import UserError


@dataclass(frozen=True)
class Place:
    """An entry of a list; `tie` marks a shared rank. `parent` is empty where the list has none."""

    rank: int
    entity: str
    parent: str
    tie: bool


@dataclass(frozen=True)
class Question:
    """Name of a list, and the parent that all of its entries share, else empty."""

    name: str
    parent: str


def _categories(answers: Recomputed, question: Question) -> list[Place]:
    """Return the top categories of the year that the list's name ends in."""
    scope, year = answers.scope, int(question.name.rpartition("-")[2])
    rows = scope.ask(measures.volume(scope.cube.calls, recomputed.calendar(year), "category"))
    return _in_order(rows, "category", scope.edition.categories.top)


def _subcategories(answers: Recomputed, question: Question) -> list[Place]:
    rows = answers.volumes["subcategory"]
    rows = rows[(rows["category"] == question.parent) & (rows["tickets"] >= answers.scope.edition.categories.listed_from)]
    return _in_order(rows, "subcategory", len(rows), "category")


def _busiest(kind: str) -> Callable[[Recomputed, Question], list[Place]]:
    *parents, key = dimensions.DIMENSIONS[kind].keys
    return lambda answers, question: _in_order(answers.volumes[kind], key, 1, *parents)


def _of_district(kind: str, rule: str) -> Callable[[Recomputed, Question], list[Place]]:
    """Return the busiest entities of a district; `rule` names the edition's number of them."""
    def busiest(answers: Recomputed, question: Question) -> list[Place]:
        rows, column = answers.volumes[kind], dimensions.DIMENSIONS[kind].keys[-1]
        most = getattr(answers.scope.edition.busiest, rule)
        return _in_order(rows[rows["district"] == question.parent], column, most, "district")
    return busiest


def _districts_by_score(answers: Recomputed, question: Question) -> list[Place]:
    rule = answers.scope.edition.rankings.districts
    return _ranked(ranking.top(answers.ranked["districts"], rule.top), "score_rank", "district")


def _districts_by_volume(answers: Recomputed, question: Question) -> list[Place]:
    rows = ranking.rank_by_volume(answers.volumes["district"], answers.scope.edition.rankings.districts.top)
    return _ranked(rows, "tickets_rank", "district")


def _subdistricts_of_city(answers: Recomputed, question: Question) -> list[Place]:
    rule = answers.scope.edition.rankings.subdistricts
    return _ranked(ranking.top(answers.ranked["subdistricts"], rule.top), "score_rank", "subdistrict", "district")


def _subdistricts_of_district(answers: Recomputed, question: Question) -> list[Place]:
    rule, rows = answers.scope.edition.rankings.within_district, answers.ranked["within_district"]
    return _ranked(ranking.top(rows[rows["district"] == question.parent], rule.top), "score_rank", "subdistrict", "district")


LISTS: Mapping[str, Callable[[Recomputed, Question], list[Place]]] = {
    "2.0-categories-*": _categories,
    "2.*-subcategories": _subcategories,
    "3.0-busiest-district": _busiest("district"),
    "3.0-busiest-subdistrict": _busiest("subdistrict"),
    "3.0-busiest-agency": _busiest("municipal_agency"),
    "3.0-busiest-enterprise": _busiest("state_owned_enterprise"),
    "3.1.*-subdistricts": _of_district("subdistrict", "subdistricts"),
    "3.1.*-categories": _of_district("local_category", "categories"),
    "4.1-districts-score": _districts_by_score,
    "4.1-districts-volume": _districts_by_volume,
    "4.2-subdistricts-top*": _subdistricts_of_city,
    "4.2-*": _subdistricts_of_district,
}


def _in_order(rows: pd.DataFrame, column: str, n: int, parent: str = "") -> list[Place]:
    """Take the first `n` named rows of a volume in its order: equal counts go by name and share no rank."""
    named = rows[rows[column].notna()].head(n)
    parents = named[parent] if parent else [""] * len(named)
    return [Place(rank, entity, above, False) for rank, (entity, above) in enumerate(zip(named[column], parents, strict=True), 1)]


def _ranked(rows: pd.DataFrame, rank: str, column: str, parent: str = "") -> list[Place]:
    shared = rows[rank].duplicated(keep=False)
    parents = rows[parent] if parent else [""] * len(rows)
    return [Place(int(place), entity, above, bool(tie))
            for place, entity, above, tie in zip(rows[rank], rows[column], parents, shared, strict=True)]


def reconciled(rankings: pd.DataFrame, answers: Recomputed, excused: Mapping[str, Erratum]) -> pd.DataFrame:
    """Compare every entry of a printed list with the recomputed one.

    Returns the columns of rankings.csv and `recomputed_rank` (of the printed entity, None where it is not in the list),
    `recomputed_entity` (at the printed position; a shared rank has no inner order), `status` (match, outside,
    erratum) and `reason`; in the order of the file.
    """
    judged = [row for name, rows in rankings.groupby("list_id", sort=False)
              for row in _judged(rows.to_dict("records"), _recomputed(name, rows), answers, excused)]
    return pd.DataFrame(judged, dtype=object)


def _recomputed(name: str, rows: pd.DataFrame) -> Callable[[Recomputed], list[Place]]:
    rule = next((rule for pattern, rule in LISTS.items() if fnmatchcase(name, pattern)), None)
    if rule is None:
        raise UserError(f"rankings.csv: there is no rule for the list '{name}': its name must be like one of "
                         f"{', '.join(LISTS)}.")
    parents = rows["parent"].unique()
    return lambda answers: rule(answers, Question(name, parents[0] if len(parents) == 1 else ""))


def _judged(rows: list[dict[str, Any]], recomputed: Callable[[Recomputed], list[Place]], answers: Recomputed,
            excused: Mapping[str, Erratum]) -> list[dict[str, Any]]:
    places = recomputed(answers)
    return [row | _entry(row, places, row is rows[-1], excused.get(f"{row['list_id']}#{row['position']}")) for row in rows]


def _entry(row: Mapping[str, str], places: list[Place], last: bool, erratum: Erratum | None) -> dict[str, Any]:
    position = int(row["position"])
    own = next((place for place in places if (place.entity, place.parent) == (row["entity"], row["parent"])), None)
    there = places[position - 1] if position <= len(places) else None
    if own and there and own.rank == there.rank:
        there = own
    reason = _difference(row, own, there, places[position:] if last else [])
    status = "outside" if reason else "match"
    if erratum and reason:
        status, reason = "erratum", erratum.words
    elif erratum:
        reason = f"虽列为已知矛盾（{erratum.id}），但与重算结果相符。"
    return {"recomputed_rank": own and own.rank, "recomputed_entity": there and there.entity, "status": status, "reason": reason}


def _difference(row: Mapping[str, str], own: Place | None, there: Place | None, beyond: list[Place]) -> str:
    """Return how an entry differs from the printed one as a sentence, empty where it does not."""
    if own is None:
        return "未进入重算的名单。"
    if own.rank != int(row["rank"]):
        return f"重算为第{own.rank}名。"
    if own is not there:
        return "重算的名单在此处为另一单位。"
    if own.tie != (row["tie"] == "true"):
        return "重算的名次为并列。" if own.tie else "重算的名次并不并列。"
    return f"重算的名单还有{'、'.join(place.entity for place in beyond)}。" if beyond else ""
