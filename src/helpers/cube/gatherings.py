"""Count by area where tickets of a category gather at a place within a few days; which place it is, is never returned."""

import datetime
from collections.abc import Sequence

import ibis
import pandas as pd
from ibis import _

from helpers.settings.editions import Edition
from helpers.tickets import schema

_BEFORE = 91  # days from which it is known how many a place usually has
_YEAR = 364
_STREET = 3  # decimals of degrees, about 100 m


def gatherings(several: Sequence[Edition], first: datetime.date, last: datetime.date) -> pd.DataFrame:
    """Return the gatherings of a span of days by district and category, most places first.

    A place has a gathering of a category where `days` days in a row that end in the span have `times` tickets of it, and
    `usual` times as many as so many days of the 91 before the span had (rules of the last edition's `warning`). A place is a
    `place_key`, else a community, else coordinates of about 100 m. Columns: district, category, gatherings (places),
    gathered_tickets (of these places in the span), most_tickets (of one place within `days`). Tickets without a place or
    category are left out.
    """
    rules, rows = several[-1].warning, schema.read_years(several)
    number = (_.received_at.epoch_seconds() // 86_400).cast("int64")
    start, end = ((day - datetime.date(1970, 1, 1)).days for day in (first, last))
    placed = rows.mutate(place=_place(rows), day=number).filter(
        _.place.notnull(), _.category.notnull(), _.day.between(start - _BEFORE, end)
    )
    by_day = placed.group_by("place", "district", "category", "day").agg(tickets=_.count())
    window = ibis.range_window(preceding=rules.days - 1, following=0, group_by=["place", "category"], order_by="day")
    found = by_day.mutate(within=_.tickets.sum().over(window), is_inside=_.day >= start)
    places = found.group_by("place", "district", "category").agg(
        most=_.within.max(where=_.is_inside), tickets=_.tickets.sum(where=_.is_inside), before=_.tickets.sum(where=~_.is_inside)
    )
    usual = places.before.fill_null(0) * rules.days / _BEFORE
    gathered = places.filter(places.most >= rules.times, places.most >= rules.usual * usual)
    answer = gathered.group_by("district", "category").agg(
        gatherings=_.count(), gathered_tickets=_.tickets.sum(), most_tickets=_.most.max()
    )
    return answer.order_by(ibis.desc("gatherings"), ibis.desc("gathered_tickets"), "district", "category").to_pandas()


def _place(rows: ibis.Table) -> ibis.Column:
    """Return what is the finest known place of each ticket; null where there is none."""
    community = rows.district.fill_null("") + "/" + rows.subdistrict.fill_null("") + "/" + rows.community
    degrees = rows.longitude.round(_STREET).cast("string") + "," + rows.latitude.round(_STREET).cast("string")
    return ibis.coalesce(rows.place_key, community, degrees)


def located(several: Sequence[Edition], first: datetime.date, last: datetime.date) -> pd.DataFrame:
    """Return the tickets of a span of days, and of the year before it, by category and area of known coordinates.

    An area is a community, else a subdistrict; its coordinates are the mean of its tickets'. Columns: category, district, area,
    longitude, latitude, tickets (in the span), before (in the 364 days before), in the order of names.
    """
    area = ibis.coalesce(_.community, _.subdistrict)
    placed = schema.read_years(several).filter(_.longitude.notnull(), _.latitude.notnull(), _.category.notnull())
    spanned = placed.mutate(area=area, day=_.received_at.date()).filter(
        _.area.notnull(), _.day.between(first - datetime.timedelta(days=_YEAR), last)
    )
    is_inside = spanned.day >= first
    by = ["category", "district", "area"]
    counted = spanned.group_by(by).agg(
        longitude=_.longitude.mean(), latitude=_.latitude.mean(), tickets=is_inside.sum(), before=(~is_inside).sum()
    )
    return counted.order_by(by).to_pandas()


def has_places(several: Sequence[Edition]) -> bool:
    """Return whether any ticket has a place: a key, a community, or coordinates."""
    rows = schema.read_years(several)
    return bool(rows.filter(_place(rows).notnull()).limit(1).count().execute())
