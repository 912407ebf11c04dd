"""Functional zones: districts taken together, as an edition says."""

import ibis

from helpers.editions import Zones


def of(table: ibis.Table, zones: Zones | None) -> ibis.Table:
    """Add `zone`, the zone of each row's `district`; null where the district is unknown or belongs to none.

    Which districts belong to a zone changes from year to year, so every year is counted by the zones that are given.
    """
    members = [(district, zone) for zone, districts in zones.members.items() for district in districts] if zones else []
    return table.mutate(zone=table.district.cases(*members, else_=None) if members else ibis.null("string"))
