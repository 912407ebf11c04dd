"""Which parts of the product of warnings are made: never a back-test of simulated tickets, nothing without a history."""

import pytest

from helpers.document.document import Entry
from helpers.report import plan, request
from helpers.tickets import schema


@pytest.mark.parametrize(
    ("data", "weeks", "stem", "words"),
    [
        ("simulated", "", "warning/05-back-test", "模拟数据"),
        ("simulated", "", "07-early-warning", "模拟数据"),
        ("simulated", "", "warning/01-outlook", ""),
        ("export", "连续的数据为30周，不足所需的112周", "warning/05-back-test", "不足所需的112周，故无法编制“检验”"),
        ("export", "连续的数据为30周，不足所需的112周", "warning/02-alerts", "不足所需的112周"),
        ("export", "", "warning/05-back-test", ""),
    ],
)
def test_a_part_says_why_it_is_not_made(monkeypatch, data, weeks, stem, words):
    monkeypatch.setattr(schema, "metadata", lambda edition: {"data": data})
    monkeypatch.setattr(plan.series, "too_short", lambda edition, through: weeks)
    asked = request.parse("taipei", 2020, "M06", "year_ago", [], "warning")
    found = plan.missing_reason(Entry(1, "检验", "chapter", stem, stem), asked, lambda column: 1)
    assert words in found
    assert bool(found) == bool(words)
