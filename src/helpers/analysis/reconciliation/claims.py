"""Printed statements on months and extremes: the tables that their forms speak of, and whether each holds."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.analysis import dimensions
from helpers.analysis.reconciliation import claim_functions, expressions, recomputed
from helpers.analysis.reconciliation.published import Erratum
from helpers.analysis.reconciliation.recomputed import Recomputed, Subject


def _series(told: Recomputed, who: Subject | None) -> claim_functions.Table:
    return recomputed.series(told, who)


def _subcategories(told: Recomputed, who: Subject | None) -> claim_functions.Table:
    return recomputed.table(told.volumes["subcategory"], ("subcategory",), category=who.names[0])


def _volumes(kind: str) -> Callable[[Recomputed, Subject | None], claim_functions.Table]:
    return lambda told, who: recomputed.table(told.volumes[kind], dimensions.DIMENSIONS[kind].keys)


def _rate(column: str) -> Callable[[Recomputed, Subject | None], claim_functions.Table]:
    return lambda told, who: recomputed.table(told.rates, ("month",), column)


def _scores(told: Mapping[str, pd.DataFrame]) -> claim_functions.Table:
    keys = dimensions.DIMENSIONS["subdistrict"].keys
    return recomputed.table(told["subdistrict"], keys, "score") if "subdistrict" in told else {}


# The tables of form.md; what a claim is about decides on the first two.
TABLES: Mapping[str, Callable[[Recomputed, Subject | None], claim_functions.Table]] = {
    "series": _series,
    "subcategories": _subcategories,
    "districts": _volumes("district"),
    "subdistricts": _volumes("subdistrict"),
    "agencies": _volumes("municipal_agency"),
    "enterprises": _volumes("state_owned_enterprise"),
    "resolution": _rate("resolution_rate"),
    "satisfaction": _rate("satisfaction_rate"),
    "scores": lambda told, who: _scores(told.scores),
    "scores_year_ago": lambda told, who: _scores(told.earlier),
}
_OF_SUBJECT = ("series", "subcategories")


def tables(claim: Mapping[str, str], told: Recomputed) -> dict[str, claim_functions.Table]:
    """Return the tables that a claim's form names."""
    spoken = expressions.names(claim["form"])
    named = [name for name in TABLES if name in spoken]
    own = any(name in _OF_SUBJECT for name in named)
    who = recomputed.subject(claim["section"], claim["subject"], claim["parent"]) if own else None
    return {name: TABLES[name](told, who) for name in named}


def reconciled(claims_printed: pd.DataFrame, told: Recomputed, excused: Mapping[str, Erratum]) -> pd.DataFrame:
    """Return the columns of claims.csv with `status` (match, outside, erratum) and `reason`, in the order of the file."""
    rows = claims_printed.to_dict("records")
    return pd.DataFrame([row | _judged(row, tables(row, told), excused.get(row["claim_id"])) for row in rows])


def _judged(claim: Mapping[str, str], known: Mapping[str, claim_functions.Table], erratum: Erratum | None) -> dict[str, str]:
    empty = [name for name, values in known.items() if not values]
    held = not empty and claim_functions.holds(claim["form"], known)
    if held:
        return {"status": "match", "reason": f"虽列为已知矛盾（{erratum.id}），但与重算结果相符。" if erratum else ""}
    if erratum:
        return {"status": "erratum", "reason": erratum.words}
    return {"status": "outside", "reason": "工单中没有可用于核对的内容。" if empty else "按重算结果，这一表述不成立。"}
