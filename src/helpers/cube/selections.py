"""Select rows of the cube: of a period, of dispatched tickets, of districts, subdistricts and functional zones."""

from collections.abc import Iterable

import ibis

from helpers.cube.counts import LEVELS
from helpers.settings import groupings
from helpers.settings.editions import Zones
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.periods import Period

__all__ = ["by_channel", "by_subdistricts", "dispatched", "grouped", "has_tag", "in_districts", "in_period", "in_zones",
           "rows_where"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_BETWEEN = "\u241f"  # a sign that is in no label


def in_zones(table: ibis.Table, zones: Zones | None) -> ibis.Table:
    """Add `zone`, the zone of each row's `district`; null where the district is unknown or belongs to none.

    Which districts belong to a zone changes from year to year, so every year is counted by the zones that are given.
    """
    members = [(district, zone) for zone, districts in zones.members.items() for district in districts] if zones else []
    return table.mutate(zone=table.district.cases(*members, else_=None) if members else ibis.null("string"))


def grouped(table: ibis.Table, name: str) -> ibis.Table:
    """Add a column `name`, the group that a grouping of `data/groupings/` gives each row; null where it gives none.

    Every measure can count by it: `measures.volume(grouped(areas, "seven"), period, "seven", base)`.
    Raises UserError where there is no such grouping, or the table lacks the column that it reads.
    """
    grouping = groupings.read(name)
    if grouping.column not in table.columns:
        raise UserError(f"grouping '{name}' reads '{grouping.column}', which this table lacks."
                        f"{did_you_mean(grouping.column, table.columns)}", exit_code=2)
    groups = [(value, group) for group, values in grouping.groups.items() for value in values]
    return table.mutate(**{name: table[grouping.column].cases(*groups, else_=None)})


def rows_where(table: ibis.Table, **values: str | None) -> ibis.Table:
    """Return the rows of a cube's table that have these values; None selects rows in which the column is null."""
    return table.filter(*(table[name].isnull() if value is None else table[name] == value for name, value in values.items()))


def in_period(table: ibis.Table, period: Period) -> ibis.Column:
    """Return whether a row of a cube's table is of a period."""
    if period.start % 12 == 0 == period.months % 12:  # whole years: a simpler, faster condition
        return table.year.isin(period.years)
    return (table.year * 12 + table.month - 1).between(period.start, period.end)


def has_tag(rows: ibis.Table, tag: str) -> ibis.Column:
    """Return whether a ticket has a label across categories, or a kind or matter of it (`epidemic/出行`); false without any."""
    joined = ibis.literal(_BETWEEN) + rows.tags.join(_BETWEEN)
    return (rows.tags.contains(tag) | joined.contains(f"{_BETWEEN}{tag}{LEVELS}")).fill_null(False)


def by_channel(channels: ibis.Table) -> ibis.Table:
    """Return the rows of `channels` in which a source that is neither phone nor web is a channel of its own name."""
    return channels.mutate(channel=ibis.coalesce(channels.channel, channels.source))


def dispatched(table: ibis.Table) -> ibis.Table:
    """Return the rows of dispatched tickets; unknown handling counts as dispatched."""
    return table.filter(table.handling.fill_null("dispatched") == "dispatched")


def by_subdistricts(areas: ibis.Table) -> ibis.Table:
    """Return the rows of `areas` that subdistricts handled; an unknown owner level counts as subdistrict."""
    return areas.filter(areas.owner_level.fill_null("subdistrict") == "subdistrict")


def in_districts(table: ibis.Table, districts: Iterable[str] = ()) -> ibis.Table:
    """Return the rows that districts and their subdistricts handled, of these districts where any are named."""
    levels = table.owner_level.fill_null("subdistrict").isin(["district_department", "subdistrict"])
    return table.filter(levels, *([table.district.isin(list(districts))] if districts else []))
