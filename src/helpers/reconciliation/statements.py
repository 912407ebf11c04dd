"""Printed statements on months and extremes: the tables that their forms speak of, and whether each holds."""

from collections.abc import Callable, Mapping

import pandas as pd

from helpers import subjects
from helpers.reconciliation import answers, claims, forms
from helpers.reconciliation.answers import Answers, Subject
from helpers.reconciliation.written import Erratum


def _series(told: Answers, who: Subject | None) -> claims.Table:
    return answers.series(told, who)


def _subcategories(told: Answers, who: Subject | None) -> claims.Table:
    return answers.table(told.volumes["subcategory"], ("subcategory",), category=who.names[0])


def _volumes(kind: str) -> Callable[[Answers, Subject | None], claims.Table]:
    return lambda told, who: answers.table(told.volumes[kind], subjects.KINDS[kind].keys)


def _rate(column: str) -> Callable[[Answers, Subject | None], claims.Table]:
    return lambda told, who: answers.table(told.rates, ("month",), column)


def _scores(told: Mapping[str, pd.DataFrame]) -> claims.Table:
    return answers.table(told["subdistrict"], subjects.UNITS["subdistrict"], "score") if "subdistrict" in told else {}


# The tables of form.md; what a claim is about decides on the first two.
TABLES: Mapping[str, Callable[[Answers, Subject | None], claims.Table]] = {
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


def tables(claim: Mapping[str, str], told: Answers) -> dict[str, claims.Table]:
    """Return the tables that a claim's form names."""
    spoken = forms.names(claim["form"])
    named = [name for name in TABLES if name in spoken]
    own = any(name in _OF_SUBJECT for name in named)
    who = answers.subject(claim["section"], claim["subject"], claim["parent"]) if own else None
    return {name: TABLES[name](told, who) for name in named}


def reconciled(claims_printed: pd.DataFrame, told: Answers, excused: Mapping[str, Erratum]) -> pd.DataFrame:
    """Return the columns of claims.csv with `status` (match, outside, erratum) and `reason`, in the order of the file."""
    rows = claims_printed.to_dict("records")
    return pd.DataFrame([row | _judged(row, tables(row, told), excused.get(row["claim_id"])) for row in rows])


def _judged(claim: Mapping[str, str], known: Mapping[str, claims.Table], erratum: Erratum | None) -> dict[str, str]:
    empty = [name for name, values in known.items() if not values]
    held = not empty and claims.holds(claim["form"], known)
    if held:
        return {"status": "match", "reason": f"虽列为已知矛盾（{erratum.id}），但与重算结果相符。" if erratum else ""}
    if erratum:
        return {"status": "erratum", "reason": erratum.words}
    return {"status": "outside", "reason": "工单中没有可用于核对的内容。" if empty else "按重算结果，这一表述不成立。"}
