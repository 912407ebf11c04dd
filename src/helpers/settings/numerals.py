"""Chinese numerals."""

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """Return a number from 0 to 99 in Chinese: 零, 三, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else f"{_DIGITS[tens] if tens > 1 else ''}十"
    return f"{ten}{_DIGITS[ones] if ones or not tens else ''}"
