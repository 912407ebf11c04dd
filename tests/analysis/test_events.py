"""Known events: what a file may say, and which weeks of which rows they take."""

import pandas as pd
import pytest
from support import weeks

from helpers.analysis import events
from helpers.settings import paths
from helpers.settings.errors import UserError

HEAD = "from,to,category,area,what,source\n"


@pytest.fixture
def town(home):
    made = weeks.made([[21] * 30, [21] * 30])

    def read(text):
        paths.events("pingshan").parent.mkdir(exist_ok=True)
        paths.events("pingshan").write_text(text, encoding="utf-8")
        return events.read(weeks.edition(), made), made

    return read


def test_an_event_takes_the_weeks_that_it_touches_of_the_rows_that_it_names(town):
    known, made = town(f"{HEAD}2017-01-15,2017-01-16,类1,,暴雨,气象台\n2017-02-01,2017-02-01,,,停电,供电局\n")
    assert known["what"].tolist() == ["暴雨", "停电"]
    found = events.weeks(known, made)
    assert [line.nonzero()[0].tolist() for line in found] == [[4], [1, 2, 4]]
    alerts = made.rows.assign(week=pd.Timestamp("2017-01-16"), first_week=pd.Timestamp("2017-01-09"))
    assert events.named(alerts, known)["event"].fillna("").tolist() == ["", "暴雨"]


def test_no_file_is_no_event(home):
    assert events.read(weeks.edition(), weeks.made([[21] * 5])).empty


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("2017-02-01,2017-01-01,,,停电,供电局", "line 2: ends on 2017-01-01, before it begins on 2017-02-01"),
        ("2017-02-01,2017-02-03,,,停电,供电局\n2017-02-03,2017-02-04,,,又停电,供电局", "line 3: '又停电' begins on 2017-02-03"),
        ("2017-02-01,2017-02-03,类9,,停电,供电局", "category '类9' is not in the tickets"),
        ("2017-02-01,2017-02-03,,甲曲,停电,供电局", "Did you mean '甲区'"),
        ("2017-02-31,2017-02-03,,,停电,供电局", "from '2017-02-31' is no day"),
        ("2017-02-01,2017-02-03,,,,供电局", "'what' is blank"),
    ],
)
def test_a_slip_is_refused_with_its_line(town, lines, words):
    with pytest.raises(UserError, match=r"data/events/pingshan\.csv") as refused:
        town(f"{HEAD}{lines}\n")
    assert words in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_missing_column_is_named(town):
    with pytest.raises(UserError, match="the column 'area' is missing"):
        town("from,to,category,what,source\n")


def test_events_of_other_rows_may_overlap(town):
    known, _ = town(f"{HEAD}2017-02-01,2017-02-03,类0,,停电,供电局\n2017-02-02,2017-02-04,类1,,暴雨,气象台\n")
    assert len(known) == 2
