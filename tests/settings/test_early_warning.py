"""The rules of forecasts and alerts: their defaults, and what is refused with its key."""

import pytest

from helpers.settings import editions, paths
from helpers.settings.errors import UserError


def test_an_edition_that_says_nothing_has_the_rules_of_all():
    rules = editions.read("beijing", 2020).warning
    assert (rules.history_weeks, rules.false_share, rules.min_recent, rules.listed, rules.times, rules.days) == (
        104,
        0.1,
        5,
        10,
        3,
        7,
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("  history_weeks: 52", "warning.history_weeks"),
        ("  false_share: 0", "warning.false_share"),
        ("  season: 1.5", "warning.season"),
        ("  alpha: 0.1", "alpha"),
        (
            "  marked: [{first: 2020-02-01, last: 2020-01-01, what: 疫情, source: 公告}]",
            "last: 2020-01-01 is before first: 2020-02-01",
        ),
    ],
)
def test_rules_out_of_range_are_refused_with_their_key(home, line, words):
    file = paths.edition("beijing", 2020)
    file.write_text(f"{file.read_text(encoding='utf-8')}\nwarning:\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"beijing-2020\.yml") as refused:
        editions.read("beijing", 2020)
    assert words in str(refused.value)
