"""Proposals of earlier bulletins: read, refused where nobody can be meant, and measured by the tickets."""

from datetime import datetime

import pytest
from support.town import bring

from helpers.analysis import proposals, scope
from helpers.settings import editions, paths
from helpers.settings.errors import UserError

pytestmark = pytest.mark.slow
HEAD = "made_in,text,to,due,measure,subject\n"


def tickets(month, count, **values):
    return [
        {
            "received_at": datetime(2020, month, 1 + number % 28),
            "district": "甲区",
            "owner": "城管委",
            "category": "住房",
            **values,
        }
        for number in range(count)
    ]


@pytest.fixture
def opened(town):
    def open_with(line, *rows, period="M06"):
        file = paths.proposals("town-2020")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + line, encoding="utf-8")
        bring(*rows, digest=str(len(rows)))
        return scope.open(editions.read("town", 2020), period)

    return open_with


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "2020-M03,建议,城管局,2020-M06,tickets,住房",
            "line 2: to '城管局' is nothing that the tickets of town 2020 know. Did you mean '城管委'",
        ),
        ("2020-M03,建议,甲区,2020-M06,tickets,住宅", "line 2: subject '住宅'"),
        ("2020-M03,建议,甲区,2020-M06,pages,住房", "line 2: measure"),
        ("soon,建议,甲区,2020-M06,tickets,住房", "line 2: made_in"),
        ("2020-M03,,甲区,2020-M06,tickets,住房", "line 2: text"),
    ],
)
def test_a_row_that_nobody_can_follow_is_refused_with_its_line(opened, line, says):
    found = opened(line + "\n", *tickets(6, 3))
    with pytest.raises(UserError, match=says) as caught:
        proposals.read(found)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_city_without_the_file_has_no_proposals(opened):
    found = opened("2020-M03,建议,甲区,2020-M06,tickets,住房\n", *tickets(6, 3))
    paths.proposals("town-2020").unlink()
    assert proposals.read(found) == []
    assert proposals.followed(found).empty


def followed(found):
    return proposals.followed(found).iloc[0]


def test_fewer_tickets_by_the_day_are_better_and_a_few_fewer_are_alike(opened):
    line = "2020-M03,建议,甲区,2020-M06,tickets,住房\n"
    row = followed(opened(line, *tickets(3, 90), *tickets(6, 30)))
    assert (row["value_before"], row["value_now"], row["outcome"], row["stage"]) == (90, 30, "better", "due")
    assert followed(opened(line, *tickets(3, 60), *tickets(6, 55)))["outcome"] == "alike"
    assert followed(opened(line, *tickets(3, 30), *tickets(6, 90)))["outcome"] == "worse"


def test_a_higher_rate_is_better_and_an_open_term_is_said(opened):
    def answered(month, resolved):
        return [
            row
            for answer, count in (("resolved", resolved), ("unresolved", 60 - resolved))
            for row in tickets(month, count, assessment="full", resolved=answer, satisfied="satisfied")
        ]

    line = "2020-M03,建议,城管委,2020-M09,resolution_rate,\n"
    row = followed(opened(line, *answered(3, 20), *answered(6, 50)))
    assert (row["outcome"], row["stage"]) == ("better", "open")
    assert (row["value_before"], row["value_now"]) == (pytest.approx(1 / 3), pytest.approx(5 / 6))


def test_on_time_is_measured_of_those_with_a_due_time(opened):
    late, early = ({"on_time": value} for value in (False, True))
    row = followed(
        opened(
            "2020-M03,建议,甲区,2020-M06,on_time_rate,住房\n", *tickets(3, 40, **late), *tickets(6, 40, **early), *tickets(6, 9)
        )
    )
    assert (row["value_before"], row["value_now"], row["outcome"]) == (0.0, 1.0, "better")


def test_a_proposal_of_the_same_period_is_not_yet_followed(opened):
    found = opened("2020-M06,建议,甲区,2020-M09,tickets,住房\n", *tickets(6, 3))
    assert proposals.followed(found).empty
    assert not proposals.has_due(found.edition, found.period)
