"""Check on the cube the identities that any city's tickets must satisfy, before a chapter reads it.

Every check yields a sentence for each violation, with the identity, the numbers and the month or place.
"""

from collections.abc import Callable, Iterator

import ibis
import pandas as pd
from ibis import _

from helpers.cube import selections
from helpers.cube.cube import Cube
from helpers.settings import label_rules, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.tickets import schema

_WHOLE = ("calls", "hours", "funnel")  # tables that count all tickets, as `channels` does
_FEWER = (("valid", "reached"), ("reached", "assessed"), ("assessed", "dispatched"), ("dispatched", "calls"))


def check(edition: Edition, cube: Cube) -> Cube:
    """Return the cube of an edition's year once all identities hold.

    Raises UserError with a sentence for each violation: tickets were counted twice, lost, or filled in by another rule than
    data/README.md's.
    """
    broken = [sentence for identity in IDENTITIES for sentence in identity(edition, cube)]
    if broken:
        raise UserError("\n".join(f"{edition.key}: {sentence}" for sentence in broken))
    return cube


def months_make_the_year(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check Σ months = year: every ticket was received in one of the edition's twelve months, in every table alike."""
    counted = {name: _monthly(getattr(cube, name), edition.year) for name in ("channels", *_WHOLE)}
    own = cube.channels.filter(cube.channels.year.isin(cube.years))
    strangers = cube.channels.count().execute() - own.count().execute()
    if strangers:
        yield (f"months = year does not hold: {strangers} rows of the cube are of other years than {cube.years}: ingest the "
               "tickets again.")
    for name in _WHOLE:
        for month in sorted(counted["channels"].index.union(counted[name].index)):
            calls, others = counted["channels"].get(month, 0), counted[name].get(month, 0)
            if calls != others:
                yield f"calls by {name} = calls by channel does not hold in month {month}: {others} and {calls}."


def calls_are_answered_or_dispatched(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check 来电 = 直接解答 + 派单, among the calls whose handling is known."""
    yield from _of_values(cube.channels, "handling", "calls = answered + dispatched", edition.year)


def dispatched_have_an_owner_level(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check 派单 = 区级部门 + 街道（乡镇） + 市属机构 + 国有企业 where the level is known; answered tickets have no level."""
    yield from _of_values(selections.dispatched(cube.funnel), "owner_level", "dispatched = Σ owner levels", edition.year)
    answered = cube.funnel.filter(_.handling == "answered", _.owner_level.notnull(), _.year == edition.year)
    owned = _sum(answered.tickets)
    if owned:
        yield f"dispatched = Σ owner levels does not hold: {owned} tickets were answered at once, and yet have an owner level."


def districts_are_departments_and_subdistricts(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check 各区办理量 = 派单 of 区级部门 + 街道（乡镇） and of unknown level."""
    levels = _monthly(selections.in_districts(selections.dispatched(cube.funnel)), edition.year)
    areas = _monthly(cube.areas, edition.year)
    for month in sorted(levels.index.union(areas.index)):
        if levels.get(month, 0) != areas.get(month, 0):
            yield (f"districts = departments + subdistricts does not hold in month {month}: {areas.get(month, 0)} and "
                   f"{levels.get(month, 0)}.")


def zones_are_their_districts(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check Σ zones = Σ districts: every district that handled tickets belongs to exactly one zone."""
    if not edition.zones:
        return
    members = [district for districts in edition.zones.members.values() for district in districts]
    for district in sorted({district for district in members if members.count(district) > 1}):
        yield f"zones = districts does not hold: {district} is in more than one zone."
    rows = selections.in_zones(cube.areas.filter(_.year == edition.year, _.district.notnull()), edition.zones)
    outside = rows.filter(_.zone.isnull()).group_by("district").agg(tickets=_.tickets.sum()).order_by("district").to_pandas()
    for row in outside.itertuples():
        yield (f"zones = districts does not hold: {row.tickets} tickets of {row.district} are in no zone: name it in zones of "
               f"data/editions/{edition.key}.yml.")


def each_step_is_a_part_of_the_one_before(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check 有效回访 ≤ 回访接通 ≤ 纳入考核 ≤ 派单 ≤ 来电 by month, where a step is known at all."""
    steps = _steps(cube, edition.year)
    for fewer, more in _FEWER:
        wrong = steps[steps[fewer] > steps[more]]
        for month, row in wrong.iterrows():
            yield f"{fewer} ≤ {more} does not hold in month {month}: {int(row[fewer])} and {int(row[more])}."


def labels_name_what_there_is(edition: Edition, cube: Cube) -> Iterator[str]:
    """Check that the rules of labels name categories, subcategories and topics that some ticket of the loaded years has."""
    rules = label_rules.read(edition.city)
    known = cube.calls.select("category", "subcategory", "topic").distinct().to_pandas() if rules else None
    for label, rule in rules.items():
        for subject in rule.tickets:
            for column, name in subject.values.items():
                names = set(known[column].dropna())
                if name not in names:
                    file = yaml_models.display_path(paths.labels(edition.city))
                    yield f"{file}: '{label}' names the {column} '{name}', which no ticket has.{did_you_mean(name, names)}"


IDENTITIES: tuple[Callable[[Edition, Cube], Iterator[str]], ...] = (
    months_make_the_year, calls_are_answered_or_dispatched, dispatched_have_an_owner_level,
    districts_are_departments_and_subdistricts, zones_are_their_districts, each_step_is_a_part_of_the_one_before,
    labels_name_what_there_is)


def _of_values(rows: ibis.Table, column: str, identity: str, year: int) -> Iterator[str]:
    known = rows.filter(_.year == year, rows[column].notnull(), rows[column].notin(schema.VALUES[column]))
    found = known.group_by(column).agg(tickets=_.tickets.sum()).order_by(column).to_pandas()
    for value, number in zip(found[column], found["tickets"], strict=True):
        yield f"{identity} does not hold: {number} tickets have {column} '{value}', which is none of these."


def _monthly(rows: ibis.Table, year: int) -> pd.Series:
    return (rows.filter(rows.year == year).group_by("month").agg(tickets=_.tickets.sum()).order_by("month").to_pandas()
            .set_index("month")["tickets"])


def _steps(cube: Cube, year: int) -> pd.DataFrame:
    """Return the steps by month; null where a step is unknown for some tickets that should have it."""
    rows = cube.funnel.filter(_.year == year)
    counts = (rows.group_by("month")
              .agg(calls=_.tickets.sum(), unknown=_.tickets.sum(where=_.handling.isnull()).fill_null(0),
                   dispatched=_.tickets.sum(where=_.handling == "dispatched").fill_null(0),
                   **{name: rows[name].sum() for name in ("assessed", "reached", "valid")})
              .order_by("month").to_pandas().set_index("month"))
    reached = cube.coverage.filter(_.year == year, _.column == "reached").to_pandas().set_index("month")["known"]
    return counts.assign(dispatched=counts["dispatched"].where(counts["unknown"] == 0),
                         reached=counts["reached"].where(reached.reindex(counts.index) >= counts["assessed"]))


def _sum(column: ibis.Column) -> int:
    return int(column.sum().fill_null(0).execute())
