"""Know the days of Lunar New Year, which fall in January of one year and in February of another."""

import datetime
from functools import cache

_WORDS = ("Chinese New Year", "Lunar New Year")


@cache
def days(country: str, year: int) -> tuple[datetime.date, ...]:
    """Return the days of a year that a country (CN, HK, TW) has off for Lunar New Year, in order, shifted ones included."""
    import holidays  # takes a third of a second, and only bulletins need it

    found = holidays.country_holidays(country, years=[year], language="en_US")
    return tuple(sorted(day for day, name in found.items() if day.year == year and any(word in name for word in _WORDS)))
