"""Compute an index of districts from the rules of an edition, and the rates of its aspects, which need no weights."""

from typing import NamedTuple

import ibis
import pandas as pd

from helpers.analysis import composite_index, measures
from helpers.analysis.scope import Scope
from helpers.cube import selections
from helpers.settings import index_rules, number_format, paths, yaml_models
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError
from helpers.settings.index_rules import IndexRules, Indicator

__all__ = ["DRAWN", "RANKS", "Index", "aspect_rates", "computed", "missing_reason", "of_district"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


RANKS = ["index_score", "index_rank", "index_rank_lower", "index_rank_upper", "geometric_rank"]
DRAWN = ["index_score", "index_rank"]
_MOST = 0.5  # of the units: a rank whose range spans more is not printed


class Index(NamedTuple):
    """An index of districts.

    `districts`: district, RANKS, best first, then those without a rank; `aspects`: district, aspect, aspect_score, aspect_rank;
    `indicators`: district, aspect, indicator, indicator_value (in words), indicator_score; both in the order of the rules.
    """

    districts: pd.DataFrame
    aspects: pd.DataFrame
    indicators: pd.DataFrame


def missing_reason(key: str, audience: str, *, weighted: bool) -> str:
    """Return why an edition has no index, or, where not `weighted`, no aspects; "" where nothing is lacking.

    Assumed indicators and weights are not for the public.
    """
    rules = index_rules.read(key)
    if rules is None:
        return f"没有 {yaml_models.display_path(paths.index(key))}，即没有说明各方面由哪些类别组成"
    if weighted and audience == "public" and rules.is_assumed:
        return "指标和权重为假定，只供内部研究，不得公开"
    return ""


def aspect_rates(scope: Scope) -> pd.DataFrame:
    """Return the rates of the tickets of each aspect: aspect, and the columns of `measures.rates`, in the order of the rules.

    An aspect to which no category belongs has a row without numbers. Empty where the edition has no rules.
    """
    rules = index_rules.read(scope.edition.key)
    if rules is None:
        return pd.DataFrame(columns=["aspect"])
    rates = scope.ask(measures.rates(_with_aspect(scope.cube.replies, rules), scope.period, scope.edition.assessment.answers,
                                     "aspect"))
    ordered = pd.DataFrame({"aspect": list(rules.aspects)}).merge(rates, on="aspect", how="left")
    ordered.attrs = rates.attrs
    return ordered


def computed(scope: Scope, places: pd.DataFrame) -> Index:
    """Return the index of an edition's districts in the scope's period.

    Raises UserError where the edition has no rules, is public and its weights are assumed, or an indicator cannot be computed.
    """
    edition = scope.edition
    if reason := missing_reason(edition.key, edition.audience, weighted=True):
        raise UserError(f"{edition.label}: {reason}。", exit_code=2)
    rules = index_rules.read(edition.key)
    units = edition.districts or sorted(scope.cube.areas.district.as_table().distinct().to_pandas()["district"].dropna())
    rates = _rates_of_districts(scope, rules)
    values = pd.DataFrame({(name, indicator.name): _values(rates[rates["aspect"] == name], indicator, places).reindex(units)
                           for name, aspect in rules.aspects.items() for indicator in aspect.indicators}, index=units)
    values = values.dropna(how="all")
    return _index(rules, values, edition.numbers)


def of_district(index: Index, district: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the aspects and the indicators of one district."""
    return tuple(rows[rows["district"] == district].reset_index(drop=True) for rows in (index.aspects, index.indicators))


def _index(rules: IndexRules, values: pd.DataFrame, numbers: NumberRules) -> Index:
    names = ["·".join(key) for key in values]
    flat = values.set_axis(names, axis="columns")
    parts = {f"{aspect}·{indicator}": (group, aspect, weight) for group, aspect, indicator, weight in rules.weights()}
    higher = {f"{name}·{indicator.name}": indicator.direction == "higher"
              for name, aspect in rules.aspects.items() for indicator in aspect.indicators}
    scores = composite_index.scaled(flat, higher)
    of_aspect, of_group = {name: parts[name][1] for name in names}, {parts[name][1]: parts[name][0] for name in names}
    whole = dict.fromkeys(of_group.values(), "index")
    weights = {name: parts[name][2] for name in names}
    means = [_means(scores, of_aspect, of_group, whole, weights, geometric=geometric) for geometric in (False, True)]
    index = means[0][1]
    drawn = composite_index.dirichlet_ranks(scores, [of_aspect, of_group, whole])
    without = composite_index.left_out_ranks(scores, weights)
    lower, upper = (getattr(pd.concat([drawn, without], axis=1), end)(axis=1) for end in ("min", "max"))
    rank = composite_index.ranks(index)
    districts = pd.DataFrame({
        "index_score": index, "index_rank": rank.where(upper - lower <= _MOST * len(index)), "index_rank_lower": lower,
        "index_rank_upper": upper, "geometric_rank": composite_index.ranks(means[1][1])}, index=flat.index)
    districts["geometric_rank"] = districts["geometric_rank"].where(districts["index_rank"].notna())
    by_score = districts.sort_values("index_score", ascending=False, kind="stable")
    unsure = districts[districts["index_rank"].isna()]  # in the edition's order, which gives no rank away
    ordered = pd.concat([by_score[by_score["index_rank"].notna()], unsure]).rename_axis("district").reset_index()
    whole_ranks = ordered.astype(dict.fromkeys(RANKS[1:], "Int64"))
    return Index(whole_ranks, _long_aspects(means[0][0]), _long(rules, values, scores, numbers))


def _means(scores: pd.DataFrame, of_aspect: dict[str, str], of_group: dict[str, str], whole: dict[str, str],
           weights: dict[str, float], *, geometric: bool) -> tuple[pd.DataFrame, pd.Series]:
    """Return the aspects' scores and the index; a whole's weight is the sum of its parts'."""
    aspects = composite_index.aggregated(scores, of_aspect, weights, geometric=geometric)
    own = {aspect: sum(weights[name] for name in of_aspect if of_aspect[name] == aspect) for aspect in aspects}
    groups = composite_index.aggregated(aspects, of_group, own, geometric=geometric)
    of_groups = {group: sum(own[aspect] for aspect in of_group if of_group[aspect] == group) for group in groups}
    return aspects, composite_index.aggregated(groups, whole, of_groups, geometric=geometric)["index"]


def _long_aspects(aspects: pd.DataFrame) -> pd.DataFrame:
    ranked = aspects.apply(composite_index.ranks)
    rows = [(district, aspect, aspects.loc[district, aspect], ranked.loc[district, aspect])
            for district in aspects.index for aspect in aspects]
    return pd.DataFrame(rows, columns=["district", "aspect", "aspect_score", "aspect_rank"]).astype({"aspect_rank": "Int64"})


def _long(rules: IndexRules, values: pd.DataFrame, scores: pd.DataFrame, numbers: NumberRules) -> pd.DataFrame:
    """Return a row for each district and indicator; its value is text, as indicators have units of their own."""
    rates = {(name, indicator.name) for name, aspect in rules.aspects.items() for indicator in aspect.indicators
             if indicator.measure in ("resolution_rate", "satisfaction_rate")}
    def printed(district: str, key: tuple[str, str]) -> str:
        value = values.loc[district, key]
        if pd.isna(value):
            return number_format.MISSING
        return number_format.percent(value, numbers) if key in rates else f"{value:.1f}"

    rows = [(district, *key, printed(district, key), scores.loc[district, "·".join(key)]) for district in values.index
            for key in values]
    return pd.DataFrame(rows, columns=["district", "aspect", "indicator", "indicator_value", "indicator_score"])


def _rates_of_districts(scope: Scope, rules: IndexRules) -> pd.DataFrame:
    """Return the rates of each aspect's tickets in each district."""
    table = selections.in_districts(_with_aspect(scope.cube.replies, rules), scope.edition.districts)
    return scope.ask(measures.rates(table, scope.period, scope.edition.assessment.answers, ["aspect", "district"]))


def _values(rates: pd.DataFrame, indicator: Indicator, places: pd.DataFrame) -> pd.Series:
    """Return an indicator's number of each district, from the rates of its aspect or from its file."""
    if indicator.file:
        return _external(indicator)
    by_district = rates.dropna(subset="district").set_index("district")
    if indicator.measure != "assessed_density":
        return by_district[indicator.measure].astype("float64")
    residents = places.set_index("district")["residents"] if "residents" in places else pd.Series(dtype="float64")
    return by_district["assessed"] * 10_000 / residents.reindex(by_district.index)


def _external(indicator: Indicator) -> pd.Series:
    file = paths.reference(indicator.file)
    if not file.exists():
        raise UserError(f"{yaml_models.display_path(file)} is not there: the indicator '{indicator.name}' needs it.")
    rows = pd.read_csv(file)
    for column in ("district", indicator.column):
        if column not in rows:
            raise UserError(f"{yaml_models.display_path(file)} has no column '{column}', which the indicator '{indicator.name}' "
                            "needs.")
    return rows.set_index("district")[indicator.column].astype("float64")


def _with_aspect(replies: ibis.Table, rules: IndexRules) -> ibis.Table:
    """Add `aspect`, the aspect that a row's category and subcategory belong to; null for those of none."""
    cases = [(ibis.and_(*(replies[column] == value for column, value in subject.values.items())), name)
             for name, aspect in rules.aspects.items() for subject in aspect.tickets]
    aspect = ibis.cases(*cases, else_=ibis.null("string")) if cases else ibis.null("string")
    return replies.mutate(aspect=aspect)
