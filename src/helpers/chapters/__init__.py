"""What a notebook opens: a chapter of an edition, which asks, writes and draws; `explore` for free questions to tickets."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.chapters.chapter import Chapter


def open_topic(city: str, year: int, period: str, compare: str, topic: str, area: str = "") -> "Chapter":
    """Open a chapter on the tickets of a topic and an area alone: 公共服务/供暖; 朝阳区/望京街道, or "" for the whole city.

    Raises UserError as `open` does, and for a topic or an area that the tickets lack, or that stands under two parents.
    """
    from helpers.chapters import chapter

    return chapter.open_topic(city, year, period, compare, topic, area)


def open_unit(city: str, year: int, period: str, compare: str, unit: str = "") -> "Chapter":
    """Open the sheet of a unit, for its own use: 东华门街道, 东城区/东华门街道 or subdistrict/东城区/东华门街道; "" is all units.

    Raises UserError as `open` does, and for a unit that the tickets lack, or a name of several.
    """
    from helpers.chapters import chapter

    return chapter.open_unit(city, year, period, compare, unit)


def open(city: str, year: int, period: str = "year", compare: str = "year_ago", **entity: str) -> "Chapter":
    """Open a chapter of an edition, or a section of it for one `district=` or `category=`.

    Raises UserError for an unknown city, year, period or entity, and where the year has no tickets.
    """
    from helpers.chapters import chapter  # imports pandas, Ibis and matplotlib, which a package's __init__ must not

    return chapter.open(city, year, period, compare, **entity)
