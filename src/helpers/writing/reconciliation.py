"""Prepare the appendix on a reconciliation: counts, differences by size, and sentences."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from helpers.analysis.reconciliation import intervals
from helpers.settings import labels, number_format, numerals
from helpers.writing.citations import Fragment, Sentence, cite, join, phrase, sentence

if TYPE_CHECKING:
    from helpers.analysis.reconciliation.reconcile import Reconciliation

__all__ = ["counts", "differing", "entries", "errata", "matching", "overview", "statements", "totals", "uncomputable"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_STATUSES = {"match": "matched", "outside": "outside", "erratum": "excused", "not_computable": "not_computable"}
_MONTHS = {"month": "月", "months": "个月"}
_KINDS = {"figures": "figure", "rankings": "entry", "claims": "claim"}


def counts(reconciled: "Reconciliation") -> pd.DataFrame:
    """Count printed figures, entries and claims by chapter, and their statuses.

    Columns: chapter; row_kind (figure, entry of a list, claim); printed_rows; matched, outside, excused, not_computable.
    In the order of the report, within a chapter figures first.
    """
    opening = reconciled.figures.drop_duplicates("section").set_index("section")["chapter"]
    rows = pd.concat([getattr(reconciled, name)[["section", "status"]].assign(row_kind=kind, order=place)
                      for place, (name, kind) in enumerate(_KINDS.items())])
    counted = (rows.assign(number=rows["section"].str[0])
               .groupby(["number", "order", "row_kind"])["status"].value_counts().unstack(fill_value=0)
               .reindex(columns=list(_STATUSES), fill_value=0).rename(columns=_STATUSES).reset_index())
    columns = list(_STATUSES.values())
    return (counted.assign(chapter=(counted["number"] + ".0").map(opening), printed_rows=counted[columns].sum(axis=1))
            [["chapter", "row_kind", "printed_rows", *columns]])


def totals(counted: pd.DataFrame) -> pd.DataFrame:
    """Add the chapters of `counts` up: a row for each kind."""
    return counted.groupby("row_kind").sum(numeric_only=True).reindex(list(_KINDS.values()), fill_value=0).reset_index()


def differing(reconciled: "Reconciliation") -> pd.DataFrame:
    """Return the figures that are outside, in the order of the relative difference, largest first.

    Columns: those of figures.csv, with `printed` and `recomputed` as words in the printed unit; recomputed_change, the
    difference as a fraction of what is printed; reason. Figures that could not be recomputed are last.
    """
    rows = reconciled.figures[reconciled.figures["status"] == "outside"]
    change = [None if row.recomputed is None else float(number_format.exact(row.recomputed) / Decimal(row.value) - 1)
              for row in rows.itertuples()]
    ordered = rows.assign(section=rows["section"].map(_place), printed=_printed(rows),
                          recomputed=[_recomputed(row) for row in rows.to_dict("records")],
                          recomputed_change=pd.Series(change, rows.index, dtype="float64"))
    return (ordered.assign(size=ordered["recomputed_change"].abs())
            .sort_values(["size", "id"], ascending=[False, True], na_position="last", ignore_index=True).drop(columns="size"))


def uncomputable(reconciled: "Reconciliation") -> pd.DataFrame:
    """Return the figures that no ticket holds, in printed order; `printed` with its unit."""
    rows = reconciled.figures[reconciled.figures["status"] == "not_computable"]
    return rows.assign(section=rows["section"].map(_place), printed=_printed(rows)).reset_index(drop=True)


def errata(reconciled: "Reconciliation") -> pd.DataFrame:
    """Return the known contradictions: reason; excused_rows, in words, the rows that need not match, joined by 、."""
    rows, words = reconciled.errata, _row_words(reconciled)
    return pd.DataFrame({"reason": rows["words"],
                         "excused_rows": rows["rows"].map(lambda names: "、".join(words[name] for name in names) or "—")})


def _place(section: str) -> str:
    """Return a section's number as the printed report has it: 第二部分（四） for 2.04, 第三部分（一）1 for 3.1.01."""
    chapter, *below = (int(number) for number in section.split("."))
    second, *third = [number for number in below if number] or [0]
    return (f"第{numerals.chinese(chapter)}部分" + (f"（{numerals.chinese(second)}）" if second else "")
            + "".join(str(number) for number in third))


def _row_words(reconciled: "Reconciliation") -> dict[str, str]:
    """Return what each row of figures and lists is called, by its id: 第二部分（四）房产中介11月占比."""
    figures = {row.id: f"{_place(row.section)}{row.subject}{_period_words(row.period)}{labels.value('measure', row.measure)}"
               for row in reconciled.figures.itertuples()}
    entries = {f"{row.list_id}#{row.position}": f"{_place(row.section)}第{row.position}名{row.entity}"
               for row in reconciled.rankings.itertuples()}
    return figures | entries


def _period_words(period: str) -> str:
    """Return the months of a period of figures.csv, nothing for a whole year: 11月, 1月、11月, 10至12月."""
    months = re.sub(r"\d{4}-(\d\d)", lambda month: f"{int(month[1])}", period)
    return "" if "-" not in period else f"{months.replace(';', '月、').replace('/', '至')}月"


def entries(reconciled: "Reconciliation") -> pd.DataFrame:
    """Return the entries of lists that are outside, in printed order."""
    rows = reconciled.rankings[reconciled.rankings["status"] == "outside"]
    return rows.astype({"recomputed_rank": "Int64"}).reset_index(drop=True)


def statements(reconciled: "Reconciliation") -> pd.DataFrame:
    """Return the claims that do not hold, in printed order."""
    return reconciled.claims[reconciled.claims["status"] == "outside"].reset_index(drop=True)


_TEMPLATES = {  # for each kind of row: for their number, and for each status; {} is a number
    "figure": ("公开报告共有{}个数字", {"matched": "{}个与重算结果相符", "outside": "{}个不符", "excused": "{}个属已知矛盾",
                              "not_computable": "{}个不由工单记录"}),
    "entry": ("名单共有{}项", {"matched": "{}项相符", "outside": "{}项不符", "excused": "{}项属已知矛盾"}),
    "claim": ("关于月份和极值的表述共有{}条", {"matched": "{}条成立", "outside": "{}条不成立", "excused": "{}条属已知矛盾"}),
}


def overview(counted: pd.DataFrame) -> list[Sentence]:
    """State how many figures, entries and claims were printed, and how many have each status; without zeros."""
    rows = totals(counted).set_index("row_kind", drop=False)
    return [sentence("{printed}，{statuses}。", printed=_count(rows, kind, "printed_rows", _TEMPLATES[kind][0]),
                     statuses=join([_count(rows, kind, status, template) for status, template in _TEMPLATES[kind][1].items()
                                    if rows.at[kind, status]], "，"))
            for kind in rows["row_kind"]]


def _count(rows: pd.DataFrame, kind: str, column: str, template: str) -> Fragment:
    return phrase(template.replace("{}", "{number}"), number=cite(rows, column, kind="plain", row_kind=kind))


def matching(differing: Mapping[str, pd.DataFrame], excused: int) -> list[Sentence]:
    """Name the kinds of contents of which nothing differs: 除已知矛盾外，数字、名单、表述均相符。

    `differing` has the rows that differ, by kind in words; `excused` is the number of rows that known contradictions excuse.
    """
    names = [kind for kind, rows in differing.items() if rows.empty]
    return [sentence("{but}{names}{all}相符。", but="除已知矛盾外，" if excused else "", names="、".join(names),
                     all="均" if len(names) > 1 else "")] if names else []


def _printed(rows: pd.DataFrame) -> pd.Series:
    """Return printed numbers with sign and unit; words without digits (数以万计) get neither."""
    signs = rows["value"].str.startswith("-").map({True: "-", False: ""})
    return (signs + rows["printed"] + rows["unit"].replace(_MONTHS)).where(rows["printed"].str[-1].str.isdigit(), rows["printed"])


def _recomputed(row: dict) -> str | None:
    """Return a recomputed number in the printed unit, with a digit more than was printed where it has decimals; None if null."""
    if row["recomputed"] is None:
        return None
    whole, decimals = intervals.unit(row["unit"], 0), int(row["decimals"])
    number = number_format.exact(row["recomputed"]) / whole
    places = decimals + 1 if whole != 1 else decimals
    return f"{number.quantize(Decimal(1).scaleb(-places))}{_MONTHS.get(row['unit'], row['unit'])}"
