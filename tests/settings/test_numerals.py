"""Chinese numerals."""

import pytest

from helpers.settings import numerals


@pytest.mark.parametrize(("number", "numeral"), [
    (0, "零"), (1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (21, "二十一"), (99, "九十九")])
def test_numbers_below_a_hundred_have_a_numeral(number, numeral):
    assert numerals.chinese(number) == numeral
