"""Chinese numerals."""

import pytest

from helpers.settings import numerals


@pytest.mark.parametrize(("number", "numeral"), [
    (0, "零"), (1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (99, "九十九"),
    (100, "一百"), (101, "一百零一"), (110, "一百一十"), (111, "一百一十一"), (360, "三百六十"), (1000, "一千"),
    (1005, "一千零五"), (1010, "一千零一十"), (9999, "九千九百九十九")])
def test_numbers_below_ten_thousand_have_a_numeral(number, numeral):
    assert numerals.chinese(number) == numeral
