"""Find a quarter's problems: hot ones (volume), hard ones (many, badly solved, long, repeated), and those that persist."""

from collections.abc import Mapping, Sequence

import ibis
import pandas as pd
from ibis import _

from helpers.analysis import dimensions, hidden_cells, measures, uncertainty
from helpers.analysis.scope import Scope
from helpers.cube import narrowed, selections
from helpers.settings import labels
from helpers.settings.outline import Sections

__all__ = [
    "entities",
    "finest",
    "handled",
    "handling",
    "hard",
    "heaviest",
    "judged",
    "keys",
    "lasting",
    "months",
    "named",
    "persistent",
    "place_level",
    "places",
    "same_places",
]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_SIGNS = ("unsolved", "long", "repeated")  # what makes a problem hard, each against all tickets
_COUNTED = ("repeated", "redispatched", "due", "on_time", "closed", "days_spent")
_RATIOS = {"repeated_share": ("repeated", "dispatched"), "redispatched_share": ("redispatched", "dispatched"),
           "days_mean": ("days_spent", "closed"), "on_time_rate": ("on_time", "due")}


def keys(scope: Scope) -> list[str]:
    """Return what a problem is named by: category and subcategory, or the category alone where tickets have no finer one."""
    return ["category", "subcategory"] if scope.cube.count_known("subcategory", scope.period) else ["category"]


def finest(names: Sequence[str]) -> str:
    """Return the last of some columns or values that name a problem: its own name, without its category."""
    return names[-1]


def handled(scope: Scope, by: Sequence[str]) -> pd.DataFrame:
    """Return how the dispatched tickets of each problem were handled; with no keys, of all.

    Columns: `by`; dispatched; repeated_share, those excluded as repeated or of several callers; redispatched_share,
    those dispatched twice or more; days_mean, over `closed`; due, on_time_rate; valid, resolution_rate and satisfaction_rate over
    it. A rate of too few tickets is null. By dispatched, most first.
    """
    by, least = [*by], scope.edition.soundness.min_answers
    counted = handling(scope, scope.cube.category_handling, by)
    rates = scope.count(measures.rates(scope.cube.category_outcomes, scope.period, scope.edition.assessment.answers, by))[
        [*by, "valid", *measures.RATES]
    ]
    found = counted.merge(rates, on=by, how="left") if by else pd.concat([counted, rates], axis=1)
    found = found.assign(**{rate: found[rate].where(found["valid"] >= least) for rate in measures.RATES})
    found = found.sort_values(["dispatched", *by], ascending=[False, *(True for _key in by)], ignore_index=True)
    found.attrs = counted.attrs
    of_counts = [name for name in counted if name not in by]
    return hidden_cells.joined(found, (counted, of_counts), (rates, ["valid", *measures.RATES]))


def handling(scope: Scope, table: ibis.Table, by: Sequence[str]) -> pd.DataFrame:
    """Return how the tickets of a table of handling were handled: `handled` without its rates, in no order.

    A share is null, too, where no ticket at all is repeated, or dispatched twice: the export does not tell.
    """
    rows, least = table.filter(selections.in_period(table, scope.period)), scope.edition.soundness.min_answers
    sums = {name: _[name].sum().fill_null(0).cast("int64") for name in ("tickets", *_COUNTED)}
    counted = scope.count(rows.aggregate(sums, by=[*by]).rename(dispatched="tickets"))
    ratios = {
        name: (counted[part] / counted[whole]).where((counted[whole] >= least) & (part == "on_time" or counted[part].sum() > 0))
        for name, (part, whole) in _RATIOS.items()
    }
    found = counted.assign(**ratios)
    found.attrs = counted.attrs
    return found


def judged(scope: Scope) -> list[str]:
    """Return the ways in which a problem can be hard (`hard`) of which the period's tickets hold anything."""
    whole = handled(scope, []).iloc[0]
    counts = {"unsolved": "valid", "long": "closed", "repeated": "repeated"}
    return [name for name, column in counts.items() if pd.notna(whole[column]) and whole[column] > 0]


def hard(scope: Scope, by: Sequence[str]) -> pd.DataFrame:
    """Return the problems that are hard: `hard_tickets` or more, and worse than all tickets together in two ways or more.

    Ways: unsolved (resolution_rate below, by the Wilson interval of `soundness.level`), long (days_mean above by a tenth),
    repeated (repeated_share above, likewise by its interval). Columns: those of `handled`; signs, the ways, in words separated
    by 、; weight, the tickets by which it is unsolved, beyond those of an average problem. Heaviest first; without residual
    classes.
    """
    problems, whole, level = handled(scope, by), handled(scope, []).iloc[0], scope.edition.soundness.level
    named = problems[~pd.concat([labels.residual(key, problems[key]) for key in by], axis=1).any(axis=1)]
    named = named[named["dispatched"] >= scope.edition.movements.hard_tickets]
    solved, again = named["resolution_rate"].astype("float64"), named["repeated_share"].astype("float64")
    upper = uncertainty.wilson(solved * named["valid"], named["valid"], level).upper
    lower = uncertainty.wilson(again * named["dispatched"], named["dispatched"], level).lower
    found = {
        "unsolved": upper < float(whole["resolution_rate"]),
        "long": named["days_mean"] > 1.1 * whole["days_mean"],
        "repeated": lower > whole["repeated_share"],
    }
    marked = pd.DataFrame({name: pd.Series(mask, index=named.index).fillna(False).astype(bool) for name, mask in found.items()})
    signs = ["、".join(labels.value("hardness", name) for name in _SIGNS if row[name]) for row in marked.to_dict("records")]
    weight = (named["dispatched"] * (float(whole["resolution_rate"]) - solved)).where(marked["unsolved"], 0.0)
    rows = named.assign(signs=signs, weight=weight.astype("float64"))[marked.sum(axis=1) >= 2]
    rows = rows.sort_values(["weight", "dispatched"], ascending=False, kind="stable", ignore_index=True)
    rows.attrs = problems.attrs
    return rows


def months(scope: Scope, by: Sequence[str]) -> pd.DataFrame:
    """Return the tickets of each problem in each month of the period, with its place in the month.

    Columns: `by`, year, month, tickets, place (1 is most; null of residual classes and without tickets).
    """
    monthly = scope.count(measures.monthly(scope.cube.calls, scope.period, by))
    residual = pd.concat([labels.residual(key, monthly[key]) for key in by], axis=1).any(axis=1)
    known = monthly["tickets"].astype("float64").mask(residual | (monthly["tickets"] == 0))
    found = monthly.assign(place=known.groupby([monthly["year"], monthly["month"]]).rank(method="min", ascending=False))
    found.attrs = monthly.attrs
    return found


def persistent(monthly: pd.DataFrame, by: Sequence[str], n: int) -> pd.DataFrame:
    """Return the problems that are among the first `n` in each month; tickets of all months, place_best and place_worst."""
    groups = monthly.groupby([*by], dropna=False, sort=False)
    rows = groups.agg(
        tickets=("tickets", "sum"),
        place_best=("place", "min"),
        place_worst=("place", "max"),
        known=("place", "count"),
        months=("month", "count"),
    ).reset_index()
    kept = rows[(rows["known"] == rows["months"]) & (rows["place_worst"] <= n) & (rows["tickets"] > 0)]
    kept = kept.sort_values(["tickets", *by], ascending=[False, *(True for _key in by)], ignore_index=True)
    kept = kept.astype({"place_best": "Int64", "place_worst": "Int64"})[[*by, "tickets", "place_best", "place_worst"]]
    kept.attrs = monthly.attrs
    return hidden_cells.joined(kept, hidden_cells.grouped(monthly, by))


def lasting(scope: Scope) -> pd.DataFrame:
    """Return the places whose most frequent category is the same in all months of the period.

    Columns: district, subdistrict, category, tickets of the period, most first; only places with `min_tickets` of it in each
    month. Places are subdistricts, or districts where tickets have none.
    """
    table = selections.by_subdistricts(scope.cube.areas)
    place = [*dimensions.DIMENSIONS[place_level(scope)].keys]
    monthly = scope.count(measures.monthly(table, scope.period, [*place, "category"])).dropna(subset=[*place, "category"])
    monthly = monthly[~labels.residual("category", monthly["category"])]
    first = monthly.sort_values(["tickets", "category"], ascending=[False, True]).drop_duplicates([*place, "year", "month"])
    first = first[first["tickets"] >= scope.edition.movements.min_tickets]
    rows = first.groupby([*place, "category"]).agg(tickets=("tickets", "sum"), found=("month", "count")).reset_index()
    rows = rows[rows["found"] == scope.period.months].drop(columns="found")
    rows = rows.sort_values(["tickets", *place], ascending=[False, *(True for _key in place)], ignore_index=True)
    rows.attrs = monthly.attrs
    return hidden_cells.joined(rows, hidden_cells.grouped(monthly, [*place, "category"]))


def place_level(scope: Scope) -> str:
    """Return the level of the places of `lasting`: subdistricts, or districts where no ticket names one."""
    return "subdistrict" if scope.cube.count_known("subdistrict", scope.period) else "district"


def places(scope: Scope, entity: Mapping[str, str]) -> tuple[ibis.Table, ibis.Table]:
    """Return where a problem's dispatched tickets of the period are handled, and by whom: tables as `areas` and `owners`.

    They are counted from the tickets themselves: the cube does not know subcategories by place.
    """
    areas, owners = narrowed.places(scope.edition, scope.period, entity)
    return selections.in_districts(areas), owners.filter(owners.owner.notnull())


def same_places(places: pd.DataFrame) -> pd.DataFrame:
    """Return of what `lasting` returns how many places have each category: category, places, tickets, most places first."""
    rows = places.groupby("category", sort=False).agg(place_count=("category", "size"), tickets=("tickets", "sum")).reset_index()
    rows = rows.sort_values(["place_count", "tickets"], ascending=False, kind="stable", ignore_index=True)
    rows.attrs = places.attrs
    return rows


def heaviest(scope: Scope) -> pd.DataFrame:
    """Return the `movements.topics` problems that have a page: the hard ones, heaviest first, then those with most tickets.

    Columns: what `keys` says.
    """
    by, n = keys(scope), scope.edition.movements.topics
    volumes = scope.count(measures.volume(scope.cube.calls, scope.period, by))
    named = volumes[~pd.concat([labels.residual(key, volumes[key]) for key in by], axis=1).any(axis=1)]
    both = pd.concat([hard(scope, by)[by], named[by]], ignore_index=True).drop_duplicates()
    return both.head(n).reset_index(drop=True)


def entities(scope: Scope, sections: Sections) -> list[dict[str, str]]:
    """Return the parameters of a chapter's sections: those of `dimensions.entities`, or the problems that weigh most."""
    if sections.choose == "tickets":
        return dimensions.entities(scope, sections)
    chosen = heaviest(scope)
    return chosen.to_dict("records")


def named(category: str, subcategory: str = "") -> dict[str, str]:
    """Return the parameters that name a problem; a category alone where there is no subcategory."""
    return {"category": category, **({"subcategory": subcategory} if subcategory else {})}
