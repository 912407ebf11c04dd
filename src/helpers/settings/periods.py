"""Parse, name and compare reporting periods: spans of whole months, or a week, which is of the month of its Thursday."""

import calendar
import datetime
import re
from dataclasses import dataclass

from helpers.settings.errors import UserError

__all__ = ["Period", "base", "day", "parse"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_FORM = re.compile(r"(?:(?P<year>\d{4})-?)?(?:(?P<whole>year)|H(?P<half>[12])|Q(?P<quarter>[1-4])"
                   r"|M(?P<first>0[1-9]|1[0-2])(?:\.\.M(?P<last>0[1-9]|1[0-2]))?|W(?P<week>0[1-9]|[1-4]\d|5[0-3]))?")
_WORDS = {"year": "", "H1": "上半年", "H2": "下半年",
          "Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度"}


@dataclass(frozen=True, order=True)
class Period:
    """Consecutive months: `start` counts months since year 0 (year × 12 + month − 1), `months` is their number, at least 1.

    A `week` (1 to 53, as ISO 8601 counts them) is one of the month; 0 where the period is the months themselves.
    """

    start: int
    months: int
    week: int = 0

    @property
    def end(self) -> int:
        """The last month, inclusive, counted as `start` is."""
        return self.start + self.months - 1

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years that the period touches, in order."""
        return tuple(range(self.start // 12, self.end // 12 + 1))

    @property
    def calendar(self) -> list[tuple[int, int]]:
        """The months in order, each as (year, month), month from 1 to 12."""
        return [(index // 12, index % 12 + 1) for index in range(self.start, self.end + 1)]

    @property
    def last_day(self) -> datetime.date:
        """The last day of the months, or of the week."""
        if self.week:
            return datetime.date.fromisocalendar(self.start // 12, self.week, 7)
        year, month = self.calendar[-1]
        return datetime.date(year, month, calendar.monthrange(year, month)[1])

    @property
    def first_day(self) -> datetime.date:
        """The first day of the months, or of the week."""
        return self.last_day - datetime.timedelta(days=6) if self.week else datetime.date(*self.calendar[0], 1)

    def back(self, months: int) -> "Period":
        """Return the period of the same length that starts `months` earlier."""
        return Period(self.start - months, self.months)

    @property
    def name(self) -> str:
        """The name with its year, as notebook parameters write it: `2020`, `2020-Q3`, `2020-W23`, `2019-M11..2020-M02`."""
        if self.week:
            return f"{self.start // 12}-W{self.week:02}"
        (year, first), (last_year, last) = self.calendar[0], self.calendar[-1]
        if year != last_year:
            return f"{year}-M{first:02}..{last_year}-M{last:02}"
        part = _part(first, self.months)
        return str(year) if part == "year" else f"{year}-{part}"

    @property
    def words(self) -> str:
        """The name in print: 2020年, 2020年上半年, 2020年第三季度, 2020年11月, 2020年1月至6月, 2020年第23周（6月1日至6月7日）."""
        if self.week:
            first, last = self.first_day, self.last_day
            return f"{self.start // 12}年第{self.week}周（{first.month}月{first.day}日至{last.month}月{last.day}日）"
        (year, first), (last_year, last) = self.calendar[0], self.calendar[-1]
        if year != last_year:
            return f"{year}年{first}月至{last_year}年{last}月"
        months = f"{first}月" if self.months == 1 else f"{first}月至{last}月"
        return f"{year}年{_WORDS.get(_part(first, self.months), months)}"


def _part(first: int, months: int) -> str:
    if months == 12:
        return "year"
    if months == 6 and first in (1, 7):
        return f"H{1 + first // 7}"
    if months == 3 and first % 3 == 1:
        return f"Q{1 + first // 3}"
    return f"M{first:02}" if months == 1 else f"M{first:02}..M{first + months - 1:02}"


def day(date: datetime.date) -> str:
    """Return a date in print: 2021年1月8日."""
    return f"{date.year}年{date.month}月{date.day}日"


def parse(text: str, year: int) -> Period:
    """Return the period that `text` names: `year`, `H1`, `Q3`, `M11`, `M01..M06` or the week `W23` of `year`; `2019-Q3` names
    its year.

    Raises UserError (exit code 2) for anything else, for a range that ends before it begins, and for a 53rd week that a year
    lacks.
    """
    match = _FORM.fullmatch(text)
    if not match or not text:
        raise UserError(f"period '{text}' is not known: write year, H1, Q3, M11 or M01..M06.", exit_code=2)
    part = {key: int(value) for key, value in match.groupdict().items() if value and key != "whole"}
    if "week" in part:
        return _week(part.get("year", year), part["week"])
    if "half" in part:
        first, last = 6 * part["half"] - 5, 6 * part["half"]
    elif "quarter" in part:
        first, last = 3 * part["quarter"] - 2, 3 * part["quarter"]
    elif "first" in part:
        first, last = part["first"], part.get("last", part["first"])
    else:
        first, last = 1, 12
    if last < first:
        raise UserError(f"period '{text}' ends before it begins: write the earlier month first.", exit_code=2)
    return Period(part.get("year", year) * 12 + first - 1, last - first + 1)


def _week(year: int, week: int) -> Period:
    try:
        thursday = datetime.date.fromisocalendar(year, week, 4)
    except ValueError:
        raise UserError(f"{year} has no week {week}: its last is W52.", exit_code=2) from None
    return Period(year * 12 + thursday.month - 1, 1, week)


def base(period: Period, compare: str) -> Period:
    """Return the period to compare with: `year_ago` (同比), `previous` (环比, the period just before), or one by its name.

    Raises UserError (exit code 2) where `compare` is none of these, or names a period of another length.
    """
    if compare == "year_ago":
        return period.back(12)
    if compare == "previous":
        return period.back(period.months)
    if re.match(r"\d{4}", compare):
        named = parse(compare, period.start // 12)
        if named.months == period.months:
            return named
        raise UserError(f"compare '{compare}' has {named.months} months and the period {period.months}: name one of the same "
                         "length.", exit_code=2)
    raise UserError(f"compare '{compare}' is not known: write year_ago, previous, or a period with its year such as "
                     "2019-Q3.", exit_code=2)
