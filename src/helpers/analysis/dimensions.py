"""Define the dimensions that tickets are counted by: table of the cube, and columns that name an entity."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import pandas as pd

from helpers.analysis import measures
from helpers.analysis.scope import Scope
from helpers.cube import selections
from helpers.settings import labels
from helpers.settings.outline import Sections
from helpers.settings.periods import Period

__all__ = ["DIMENSIONS", "OTHERS", "UNITS", "Dimension", "entities", "of_parameter", "others", "volume"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


@dataclass(frozen=True)
class Dimension:
    """The table that counts a dimension's tickets, and the columns that name an entity, its parent's first.

    `outcomes` selects the rows by which its entities are assessed; None where they are not.
    """

    table: Callable[[Scope], ibis.Table]
    keys: tuple[str, ...]
    outcomes: Callable[[Scope], ibis.Table] | None = None


def _owners(level: str) -> Dimension:
    return Dimension(lambda scope: selections.rows_where(scope.cube.owners, owner_level=level), ("owner",),
                     lambda scope: selections.rows_where(scope.cube.outcomes, owner_level=level))


# The dictionary has words for the entities of a dimension that is called like its column: 电话, 派单, 涉访涉诉, 区级部门.
DIMENSIONS = {
    "whole": Dimension(lambda scope: scope.cube.channels, ()),
    "channel": Dimension(lambda scope: selections.by_channel(scope.cube.channels), ("channel",)),
    "kind": Dimension(lambda scope: scope.cube.channels, ("kind",)),
    "handling": Dimension(lambda scope: scope.cube.channels, ("handling",)),
    "tag": Dimension(lambda scope: scope.cube.tags, ("tag",)),
    "exclusion": Dimension(lambda scope: selections.dispatched(scope.cube.funnel), ("exclusion",)),
    "owner_level": Dimension(lambda scope: selections.dispatched(scope.cube.funnel), ("owner_level",)),
    "topic": Dimension(lambda scope: scope.cube.calls, ("subcategory", "topic")),
    "category": Dimension(lambda scope: scope.cube.calls, ("category",)),
    "subcategory": Dimension(lambda scope: scope.cube.calls, ("category", "subcategory")),
    "district": Dimension(lambda scope: scope.cube.areas, ("district",),
                          lambda scope: selections.in_districts(scope.cube.outcomes, scope.edition.districts)),
    "subdistrict": Dimension(lambda scope: selections.by_subdistricts(scope.cube.areas), ("district", "subdistrict"),
                             lambda scope: selections.by_subdistricts(scope.cube.outcomes)),
    "local_category": Dimension(lambda scope: scope.cube.areas, ("district", "category")),
    "zone": Dimension(lambda scope: selections.in_zones(scope.cube.areas, scope.edition.zones), ("zone",)),
    "municipal_agency": _owners("municipal_agency"),
    "state_owned_enterprise": _owners("state_owned_enterprise"),
    "owner": Dimension(lambda scope: scope.cube.owners, ("owner",)),
}
UNITS = [name for name, dimension in DIMENSIONS.items() if dimension.outcomes]  # whose entities are assessed


def volume(scope: Scope, dimension: Dimension, base: Period | None) -> pd.DataFrame:
    """Count the tickets of all entities of a dimension in the scope's period, with their shares within the parent.

    Columns as in `measures.volume`.
    """
    return scope.ask(measures.volume(dimension.table(scope), scope.period, dimension.keys, base, within=dimension.keys[:-1]))


OTHERS = "others"  # parameter of the notebook that lists the entities without a section; its value is their dimension


def entities(scope: Scope, sections: Sections) -> list[dict[str, str]]:
    """Return the parameters of a chapter's sections, one for each entity: {district: 东城区, subdistrict: 东华门街道}.

    The districts that an edition lists come in its order, all other entities by their tickets in the period, most first; no
    residual class (其他) has a section. Last comes {others: district} where entities are left out by `Sections.least` and
    `Sections.most`.
    """
    candidates = _candidates(scope, sections)
    chosen = candidates[_have_sections(candidates, sections)]
    rest = [{OTHERS: sections.each}] if len(chosen) < len(candidates) else []
    return [*chosen.drop(columns="tickets").to_dict("records"), *rest]


def others(scope: Scope, each: str) -> pd.DataFrame:
    """Return the names of the entities of a dimension that have no section, and their tickets, most first.

    Columns: the dimension's keys; tickets, from 0. Empty where the edition has no sections of the dimension.
    """
    sections = scope.edition.sections(each)
    if sections is None:
        return pd.DataFrame(columns=[*DIMENSIONS[each].keys, "tickets"])
    candidates = _candidates(scope, sections)
    return candidates[~_have_sections(candidates, sections)].sort_values("tickets", ascending=False, kind="stable")


def _have_sections(candidates: pd.DataFrame, sections: Sections) -> pd.Series:
    """Return a mask of the entities that are large enough and among the largest, ties in the order of `candidates`."""
    place = candidates["tickets"].rank(method="first", ascending=False)
    return (candidates["tickets"] >= sections.least) & (place <= sections.most)


def _candidates(scope: Scope, sections: Sections) -> pd.DataFrame:
    """Return the entities that could have a section, in printed order: the dimension's keys, tickets in the period."""
    dimension = DIMENSIONS[sections.each]
    keys = list(dimension.keys)
    volumes = measures.volume(dimension.table(scope), scope.period, keys).to_pandas()[[*keys, "tickets"]]
    residual = pd.concat([labels.residual(key, volumes[key]) for key in keys], axis="columns").any(axis="columns")
    named = volumes[~residual]
    if sections.each == "district" and scope.edition.districts:
        listed = pd.DataFrame({"district": scope.edition.districts[:sections.top]})
        return listed.merge(named, on="district", how="left").fillna({"tickets": 0}).astype({"tickets": "int64"})
    return named.head(sections.top or (scope.edition.categories.top if sections.each == "category" else len(named)))


def of_parameter(parameter: str) -> Dimension | None:
    """Return the dimension that counts a section's parameter: `district`, `topic`; None for any other name."""
    dimension = DIMENSIONS.get(parameter)
    return dimension if dimension and dimension.keys else None
