"""Which parts of the product of warnings are made: never a back-test of simulated tickets, nothing without a history."""

import pytest
from support import weeks as made_up

from helpers.document.document import Entry
from helpers.report import plan, request, weeks
from helpers.settings import paths
from helpers.settings.errors import UserError
from helpers.tickets import schema


@pytest.mark.parametrize(
    ("data", "weeks", "stem", "words"),
    [
        ("simulated", "", "warning/05-back-test", "模拟数据"),
        ("simulated", "", "07-early-warning", "模拟数据"),
        ("simulated", "", "warning/01-outlook", ""),
        ("simulated", "", "bulletin/05-outlook", "模拟数据"),
        ("export", "连续的数据为30周，不足所需的112周", "bulletin/05-outlook", "不足所需的112周"),
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


def test_a_slip_in_the_events_and_a_period_without_a_whole_week_are_refused_before_anything_runs(home, monkeypatch):
    asked = request.parse("taipei", 2020, "M06", "year_ago", [], "warning")
    monkeypatch.setattr(weeks.series, "known_weeks", lambda edition, through: 0)
    with pytest.raises(UserError, match="no whole week of tickets up to 2020-06-30") as refused:
        weeks.check(asked)
    assert refused.value.exit_code == 2
    weeks.check(request.parse("taipei", 2020, "M06", "year_ago", [], "brief", topic="噪音"))
    monkeypatch.setattr(weeks.series, "known_weeks", lambda edition, through: 30)
    monkeypatch.setattr(weeks.series, "read", lambda edition, through: made_up.made([[21] * 30]))
    paths.events("taipei").parent.mkdir()
    lines = "from,to,category,area,what,source\n2020-02-02,2020-02-01,,,停电,供电局\n"
    paths.events("taipei").write_text(lines, encoding="utf-8")
    with pytest.raises(UserError, match="line 2: ends on 2020-02-01"):
        weeks.check(asked)
