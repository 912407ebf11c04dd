"""Chinese numerals."""

_DIGITS = "零一二三四五六七八九"
_PLACES = ("千", "百", "十", "")


def chinese(number: int) -> str:
    """Return a number from 0 to 9999 in Chinese: 零, 三, 十, 十二, 二十一, 一百零五, 一百一十."""
    written, gap = "", False
    for digit, place in zip(map(int, f"{number:04}"), _PLACES, strict=True):
        if digit:
            written += ("零" if gap and written else "") + _DIGITS[digit] + place
        gap = not digit
    return (written.removeprefix("一") if 10 <= number < 20 else written) or _DIGITS[0]
