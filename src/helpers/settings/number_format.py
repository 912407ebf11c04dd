"""Format numbers for print by an edition's rules (`editions.NumberRules`).

Values are raw until they are printed: counts are whole numbers, shares, rates and changes are fractions (0.0499 prints as
4.99%), months run from 1 to 12. The kind of a value follows from its column's name. Rounding is done in Decimal, on the
shortest decimal form of the value; trailing zeros are kept.
"""

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import pandas as pd

from helpers.settings import labels
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

WAN = 10_000
MISSING = "—"
DECIMALS = {"score": 1,  # as in use at one Beijing district in 2025; a score comes already rounded by its edition's rule
            "days": 1, "density": 1, "gain": 2}
CALENDAR = {"hour": range(24), "weekday": range(1, 8), "month": range(1, 13)}

_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_DIGITS = 3  # that a figure's largest count keeps in 万件
_NOISE = Decimal("1e-13")  # above the error of a float, below the distance of a share of 10⁸ tickets from a tie
_SUFFIXES = ("share", "rate", "change", "points", "density", "rank", "score", "gain", "year", "month", "hour", "weekday")
_WEEKDAYS = "一二三四五六日"
_CHANGES = {"change": "%", "points": "个百分点"}


class Scale(NamedTuple):
    """The one unit of a figure's numbers (万件, %).

    `tick` formats a tick of an axis, which matplotlib calls with value and position; `label` a value with its unit.
    """

    unit: str
    tick: Callable[[float, int], str]
    label: Callable[[float], str]


def kind(column: str) -> str:
    """Return the kind of a column by its name: its ending where that is one of `_SUFFIXES`, else `days`, `count` or `text`.

    An end of an interval (score_lower, score_upper) is of the kind of what it bounds.
    A count is any other column that has a unit in the dictionary; one with words of a caller's own is a count or a `number`
    (`labels.made_up`). Raises UserError where the dictionary lacks the column.
    """
    suffix = column.removesuffix("_lower").removesuffix("_upper").rpartition("_")[2]
    if suffix in _SUFFIXES:
        return suffix
    if column.partition("_")[0] == "days":
        return "days"
    return labels.made_up_kind(column) or ("count" if labels.unit(column) else "text")


def exact(value: Any) -> Decimal:
    """Return a number as a Decimal without the noise of floats: 0.04985, not 0.04984999…, so that a tie is rounded as a tie."""
    number = Decimal(value.item() if hasattr(value, "item") else value)
    return number.quantize(_NOISE) if number != number.to_integral_value() else number


def rounded(value: Any, decimals: int, numbers: NumberRules) -> Decimal:
    """Round to `decimals` by the edition's rule; minus zero becomes zero."""
    return exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=_ROUNDING[numbers.rounding]) + 0


def count(value: Any, numbers: NumberRules, unit: str = "件", decimals: int | None = None) -> str:
    """Format a count: 16.7万件 from `wan_from` on, 6754件 below it. `decimals` overrides the edition's decimals of 万."""
    if abs(value) < numbers.wan_from:
        return f"{rounded(value, 0, numbers)}{unit}"
    return f"{rounded(exact(value) / WAN, numbers.count_decimals if decimals is None else decimals, numbers)}万{unit}"


def headline(value: Any, numbers: NumberRules, unit: str = "件") -> str:
    """Format a headline total: 1103.94万件."""
    return count(value, numbers, unit, numbers.headline_decimals)


def threshold(value: Any, numbers: NumberRules, unit: str = "件") -> str:
    """Format a threshold without trailing zeros: 1万件, 1.5万件, 500件."""
    whole, number = (unit, exact(value)) if abs(value) < numbers.wan_from else (f"万{unit}", exact(value) / WAN)
    return f"{number.normalize():f}{whole}"


def percent(value: Any, numbers: NumberRules) -> str:
    """Format a share or a rate, a fraction: 4.99%."""
    return f"{_hundredths(value, numbers)}%"


def share(value: Any, numbers: NumberRules) -> str:
    """Format a share for a sentence: 4.99%; 不足0.01% for a part that rounds to 0, 超过99.99% for one that rounds to 1."""
    printed, least = _hundredths(value, numbers), Decimal(1).scaleb(-numbers.share_decimals)
    if value > 0 and not printed:
        return f"不足{least}%"
    return f"超过{100 - least}%" if value < 1 and printed == 100 else f"{printed}%"


def change(value: Any, numbers: NumberRules, unit: str = "%") -> str:
    """Format a change, a fraction, in words: 上升55.24%, 下降23.00%, 持平; 基本持平 where it rounds to 0, 无可比数据 where null.

    `unit` is 个百分点 for a difference of two rates.
    """
    if pd.isna(value):
        return "无可比数据"
    size = _hundredths(value, numbers)
    if not size:
        return "基本持平" if exact(value) else "持平"
    return f"{'上升' if size > 0 else '下降'}{abs(size)}{unit}"


def phrase(value: Any, kind: str, numbers: NumberRules, unit: str = "件") -> str:
    """Format a value for a sentence or a label, with its unit; null is 无数据, a null change 无可比数据.

    Kinds are those of `kind`, and for counts also `headline` (two decimals), `exact` (38217件), `threshold` (1万件) and
    `plain` (no unit); `level` is a fraction without trailing zeros (90%). `unit` is that of counts.
    """
    if kind in _CHANGES:
        return change(value, numbers, _CHANGES[kind])
    if pd.isna(value):
        return "无数据"
    return _PHRASES[kind](value, numbers, unit)


def cell(value: Any, kind: str, numbers: NumberRules) -> str:
    """Format a value for a table cell without its unit, which the header carries; — where it is null.

    Counts are whole, grouped as the edition has it; a decrease has a minus sign. A share above 0 that rounds to 0 is <0.01.
    """
    if pd.isna(value):
        return MISSING
    if kind == "year":
        return str(rounded(value, 0, numbers))
    if kind == "share" and value > 0 and not _hundredths(value, numbers):
        return f"<{Decimal(1).scaleb(-numbers.share_decimals)}"
    if kind in ("share", "rate", *_CHANGES):
        return _grouped(_hundredths(value, numbers), numbers)
    if kind in ("count", "rank", *DECIMALS):
        return _grouped(rounded(value, DECIMALS.get(kind, 0), numbers), numbers)
    return _PHRASES[kind](value, numbers, "")


def _grouped(number: Decimal, numbers: NumberRules) -> str:
    return f"{number:,}" if numbers.thousands == "comma" else str(number)


def scale(kind: str, largest: float, numbers: NumberRules, unit: str = "件", least: float | None = None) -> Scale:
    """Return the unit for values up to `largest`: fractions in %, counts in 万件 where that leaves `_DIGITS` of the largest.

    One unit for all, so that 1.1万件 and 9874件 are not in one list: they are 11248件 and 9874件. Where the `least` number has
    万件 in a sentence, so have all: 8.6万件 in the text is 8.6万件 in the figure.
    """
    if kind in ("share", "rate", "change"):
        return Scale("%", lambda value, _: f"{value * 100:g}", lambda value: phrase(value, kind, numbers))
    many = max(numbers.wan_from, WAN * 10 ** (_DIGITS - 1 - numbers.count_decimals))
    if kind == "count" and (largest >= many or (least or 0) >= max(numbers.wan_from, WAN)):
        return Scale(f"万{unit}", lambda value, _: f"{value / WAN:g}", lambda value: _in_wan(value, numbers, unit))
    unit = {"score": "分", "days": "天"}.get(kind, unit)
    form = "exact" if kind == "count" else kind
    return Scale(unit, lambda value, _: f"{value:g}", lambda value: phrase(value, form, numbers, unit))


def _in_wan(value: Any, numbers: NumberRules, unit: str) -> str:
    """Format a count in 万件 whatever its size: 0.9万件; 不足0.1万件 where it rounds to 0."""
    if value and not rounded(exact(value) / WAN, numbers.count_decimals, numbers):
        return f"不足{Decimal(1).scaleb(-numbers.count_decimals)}万{unit}"
    return f"{rounded(exact(value) / WAN, numbers.count_decimals, numbers)}万{unit}" if value else f"0{unit}"


def _hundredths(value: Any, numbers: NumberRules) -> Decimal:
    return rounded(exact(value) * 100, numbers.share_decimals, numbers)


def check_calendar(kind: str, values: Iterable[Any]) -> None:
    """Raise UserError where a weekday is not from 1 (Monday) to 7, a month not from 1 to 12, or an hour not from 0 to 23."""
    allowed = CALENDAR.get(kind, ())
    strange = next((value for value in values if allowed and not pd.isna(value) and value not in allowed), None)
    if strange is not None:
        hint = ": count from Monday with `_.received_at.day_of_week.index() + 1`" if kind == "weekday" else ""
        raise UserError(f"{kind} {strange} is not from {allowed[0]} to {allowed[-1]}{hint}.")


def _weekday(value: Any, numbers: NumberRules, unit: str) -> str:
    check_calendar("weekday", [value])
    return f"周{_WEEKDAYS[int(value) - 1]}"


def _whole(form: str) -> Callable[[Any, NumberRules, str], str]:
    return lambda value, numbers, unit: form.format(int(value))


_PHRASES: dict[str, Callable[[Any, NumberRules, str], str]] = {
    "count": count,
    "headline": headline,
    "exact": lambda value, numbers, unit: f"{rounded(value, 0, numbers)}{unit}",
    "threshold": threshold,
    "plain": lambda value, numbers, unit: str(rounded(value, 0, numbers)),
    "share": lambda value, numbers, unit: share(value, numbers),
    "rate": lambda value, numbers, unit: percent(value, numbers),
    "level": lambda value, numbers, unit: f"{float(value) * 100:g}%",
    "score": lambda value, numbers, unit: f"{rounded(value, DECIMALS['score'], numbers)}分",
    "gain": lambda value, numbers, unit: f"{'低' if value < 0 else '高'}{abs(rounded(value, DECIMALS['gain'], numbers))}分",
    "times": lambda value, numbers, unit: f"{rounded(value, 1, numbers)}倍",
    "days": lambda value, numbers, unit: f"{rounded(value, DECIMALS['days'], numbers)}天",
    "density": lambda value, numbers, unit: f"{rounded(value, DECIMALS['density'], numbers)}{unit}",
    "rank": _whole("第{}"),
    "year": _whole("{}年"),
    "month": _whole("{}月"),
    "hour": _whole("{}时"),
    "weekday": _weekday,
    "number": lambda value, numbers, unit: f"{value:.6g}{unit}",
    "text": lambda value, numbers, unit: str(value),
}
