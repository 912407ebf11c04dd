"""Say on a document's cover, and in its appendix, whose tickets it counts, of which days, and whether they are simulated."""

import datetime
from collections.abc import Mapping

from helpers.document.blocks import Block, Heading, Paragraph, Run
from helpers.settings import periods
from helpers.settings.editions import Edition
from helpers.settings.periods import Period


def lines(edition: Edition, period: Period, base: Period | None, facts: Mapping[str, str],
          locale: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines of a cover: place and hotline, then label：value, last the status of the data."""
    rows = {locale["edition"]: f"{edition.place}{edition.year}年（{edition.key}）", locale["period"]: _days(period)}
    rows |= {locale["base"]: _days(base)} if base else {}
    rows |= {locale["issuer"]: edition.issuer} if edition.issuer else {}
    rows |= {locale["issued"]: periods.day(edition.issued)} if edition.issued and facts["data"] == "export" else {}
    rows |= {locale["audience"]: locale["internal"]} if edition.audience == "internal" else {}
    rows |= ({locale["status"]: locale["simulated"]} if facts["data"] == "simulated" else
             {locale["publisher"]: edition.publisher} if edition.publisher else
             {locale["source"]: _files(facts["source"], locale), locale["digest"]: facts["digest"][:16]})
    return (edition.hotline_of_place(" "), *(f"{label}{locale['colon']}{value}" for label, value in rows.items()))


def _days(period: Period) -> str:
    """Return a period from its first day to its last: 2020年1月1日至12月31日."""
    (year, month), last = period.calendar[0], day_after(period) - datetime.timedelta(days=1)
    return f"{year}年{month}月1日至{f'{last.year}年' if last.year != year else ''}{last.month}月{last.day}日"


def _files(source: str, locale: Mapping[str, str]) -> str:
    """Return the names of an export's files; of more than two the first and how many they are."""
    names = source.split("; ")
    return locale["and"].join(names) if len(names) <= 2 else names[0] + locale["files"].format(len(names))


def origin(edition: Edition, facts: Mapping[str, str], locale: Mapping[str, str]) -> list[Block]:
    """Return the appendix's lines on an export whose cover names its publisher: its files, and the digest of their tickets."""
    if facts["data"] == "simulated" or not edition.publisher:
        return []
    lines = {locale["file"]: _files(facts["source"], locale), locale["digest"]: facts["digest"][:16]}
    return [Heading(2, locale["source"]),
            *(Paragraph([Run(f"{label}{locale['colon']}{value}")]) for label, value in lines.items())]


def data_words(edition: Edition, facts: Mapping[str, str], locale: Mapping[str, str]) -> str:
    """Return the line on a document's data: where they come from, or that they are simulated."""
    if facts["data"] == "export":
        return f"{locale['source']}{locale['colon']}{edition.publisher or _files(facts['source'], locale)}"
    return simulated_words(locale)


def simulated_words(locale: Mapping[str, str]) -> str:
    """Return the sentence on simulated data."""
    return f"{locale['simulated']}{locale['colon']}{locale['simulated_words']}"


def day_after(period: Period) -> datetime.date:
    """Return the first day after a period: the date of a document, so that its bytes do not depend on the clock."""
    return period.last_day + datetime.timedelta(days=1)
