"""Look at the weeks that a product reads, and at the events that are known of a city, before anything runs."""

from helpers.analysis import events, series
from helpers.report.request import Request
from helpers.settings import paths, products
from helpers.settings.errors import UserError


def check(request: Request) -> None:
    """Raise UserError where a product of weeks has no whole one, and for a slip in the events of the city (`events.read`).

    A product that reads no earlier years reads no weeks either.
    """
    edition, through, made = request.edition, request.period.last_day, products.read(request.product)
    is_weekly, has_events = "week" in made.periods, paths.events(edition.city).exists()
    if not made.history or not (is_weekly or has_events):
        return
    is_known = series.known_weeks(edition, through) > 0
    if is_weekly and not is_known:
        raise UserError(
            f"{edition.label} has no whole week of tickets up to {through}: choose a later period, or lay exports of earlier "
            "years in data/raw/.",
            exit_code=2,
        )
    if has_events and is_known:
        events.read(edition, series.read(edition, through))
