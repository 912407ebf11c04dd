"""Compute the interval of all numbers that print alike, by an edition's rounding rule."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from helpers.settings import number_format

# 约, 左右, 余 void the tolerance of the last decimal (the report's words as read in data/published/…/form.md).
ABOUT = Decimal("0.05")
PLATEAU = Decimal("0.10")
_FACTORS = {"%": Decimal("0.01"), "万": Decimal(10_000)}


@dataclass(frozen=True)
class Interval:
    """All numbers from `lower` to `upper`; `closed` names the bounds that belong to it."""

    lower: Decimal
    upper: Decimal
    closed: Literal["both", "lower", "upper", "neither"]

    def holds(self, number: Any) -> bool:
        """Return whether a number, as written in decimals, lies inside."""
        exact = number_format.exact(number)
        return (self.lower < exact < self.upper or (exact == self.lower and self.closed in ("both", "lower"))
                or (exact == self.upper and self.closed in ("both", "upper")))


def unit(word: str, decimals: int) -> Decimal:
    """Return a unit of the last decimal in base units: 万件 with one decimal is 1000, % with two is 0.0001."""
    return _FACTORS.get(word[:1], Decimal(1)).scaleb(-decimals)


def printed(value: Decimal, last: Decimal, rounding: Literal["half_up", "half_even", "down"]) -> Interval:
    """Return what rounds to `value`, where `last` is a unit of its last decimal.

    Half up is away from zero, as in `number_format`: 16.65 is 16.7, so 16.7 begins with it, and −16.7 ends with −16.65.
    """
    near = "lower" if value >= 0 else "upper"
    if rounding == "down":
        return Interval(value - (last if value < 0 else 0), value + (0 if value < 0 else last), near)
    even = value / last % 2 == 0
    closed = {"half_up": near, "half_even": "both" if even else "neither"}[rounding]
    return Interval(value - last / 2, value + last / 2, closed)


def about(value: Decimal, tolerance: Decimal) -> Interval:
    """Return what lies within a tolerance, a fraction of the value itself."""
    return Interval(value - abs(value) * tolerance, value + abs(value) * tolerance, "both")
