"""Judge printed claims on months and extremes: recompute the tables of their forms, and whether each form holds."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers.analysis import dimensions
from helpers.analysis.reconciliation import claim_functions, expressions, recomputed
from helpers.analysis.reconciliation.published import Erratum
from helpers.analysis.reconciliation.recomputed import Recomputed, Subject


def _series(answers: Recomputed, who: Subject | None) -> claim_functions.Table:
    return recomputed.series(answers, who)


def _subcategories(answers: Recomputed, who: Subject | None) -> claim_functions.Table:
    return recomputed.table(answers.volumes["subcategory"], ("subcategory",), category=who.names[0])


def _volumes(kind: str) -> Callable[[Recomputed, Subject | None], claim_functions.Table]:
    return lambda answers, who: recomputed.table(answers.volumes[kind], dimensions.DIMENSIONS[kind].keys)


def _rate(column: str) -> Callable[[Recomputed, Subject | None], claim_functions.Table]:
    return lambda answers, who: recomputed.table(answers.rates, ("month",), column)


def _scores(scores: Mapping[str, pd.DataFrame]) -> claim_functions.Table:
    keys = dimensions.DIMENSIONS["subdistrict"].keys
    return recomputed.table(scores["subdistrict"], keys, "score") if "subdistrict" in scores else {}


# The tables of form.md; the first two depend on the claim's subject.
TABLES: Mapping[str, Callable[[Recomputed, Subject | None], claim_functions.Table]] = {
    "series": _series,
    "subcategories": _subcategories,
    "districts": _volumes("district"),
    "subdistricts": _volumes("subdistrict"),
    "agencies": _volumes("municipal_agency"),
    "enterprises": _volumes("state_owned_enterprise"),
    "resolution": _rate("resolution_rate"),
    "satisfaction": _rate("satisfaction_rate"),
    "scores": lambda answers, who: _scores(answers.scores),
    "scores_year_ago": lambda answers, who: _scores(answers.earlier),
}
_OF_SUBJECT = ("series", "subcategories")


def tables(claim: Mapping[str, str], answers: Recomputed) -> dict[str, claim_functions.Table]:
    """Return the tables that a claim's form names."""
    words = expressions.names(claim["form"])
    named = [name for name in TABLES if name in words]
    own = any(name in _OF_SUBJECT for name in named)
    who = recomputed.subject(claim["section"], claim["subject"], claim["parent"]) if own else None
    return {name: TABLES[name](answers, who) for name in named}


def reconciled(claims_printed: pd.DataFrame, answers: Recomputed, excused: Mapping[str, Erratum]) -> pd.DataFrame:
    """Return the columns of claims.csv with `status` (match, outside, erratum) and `reason`, in the order of the file."""
    rows = claims_printed.to_dict("records")
    return pd.DataFrame([row | _judged(row, tables(row, answers), excused.get(row["claim_id"])) for row in rows])


def _judged(claim: Mapping[str, str], known: Mapping[str, claim_functions.Table], erratum: Erratum | None) -> dict[str, str]:
    empty = [name for name, values in known.items() if not values]
    holds = not empty and claim_functions.holds(claim["form"], known)
    if holds:
        return {"status": "match", "reason": f"虽列为已知矛盾（{erratum.id}），但与重算结果相符。" if erratum else ""}
    if erratum:
        return {"status": "erratum", "reason": erratum.words}
    return {"status": "outside", "reason": "工单中没有可用于核对的内容。" if empty else "按重算结果，这一表述不成立。"}
