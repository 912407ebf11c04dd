"""Proposals of earlier bulletins: read, refused where nobody can be meant, and measured by the tickets."""

import pandas as pd
import pytest
from support.counted import scope, table

from helpers.analysis import proposals
from helpers.settings import paths
from helpers.settings.errors import UserError

HEAD = "made_in,text,to,due,measure,subject\n"
NONE = dict.fromkeys(("repeated", "redispatched", "due", "on_time", "closed", "days_spent"), 0)
ANSWERS = dict.fromkeys(("reached", "contacted", "contact_known", "partly", "basically", "dissatisfied"), 0)


@pytest.fixture
def opened(home):
    """Open June with so many tickets in March and June, of which so many are on time, or of whose callers so many are content."""

    def open_with(line, march=3, june=3, on_time=(0, 0), resolved=None, period="M06"):
        file = paths.proposals("beijing-2020")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(HEAD + line, encoding="utf-8")
        about = {"category": "住房", "subcategory": None}
        months = [{"year": 2020, "month": month, **about, "tickets": count} for month, count in ((3, march), (6, june))]
        handling = [row | NONE | {"due": row["tickets"], "on_time": count} for row, count in zip(months, on_time, strict=True)]
        outcomes = [{**row, **ANSWERS, "assessed": row["tickets"], "valid": row["tickets"], "resolved": count,
                     "unresolved": row["tickets"] - count, "satisfied": row["tickets"]}
                    for row, count in zip(months, resolved or (0, 0), strict=True)]
        days = [{"year": 2020, "month": month, "day": day, "tickets": 1} for month in (3, 6) for day in range(1, 31)]
        where = [{"year": 2020, "month": 6, "owner_level": "subdistrict", "district": "甲区", "subdistrict": None, "tickets": 3}]
        owners = [{"year": 2020, "month": 6, "owner_level": None, "district": None, "owner": "城管委", "tickets": 1}]
        return scope(period, calls=table(months), category_handling=table(handling), days=table(days), areas=table(where),
                     category_outcomes=table({key: value for key, value in row.items() if key != "tickets"} for row in outcomes),
                     owners=table(owners))

    return open_with


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "2020-M03,建议,城管局,2020-M06,tickets,住房",
            "line 2: to '城管局' is nothing that the tickets of beijing 2020 know. Did you mean '城管委'",
        ),
        ("2020-M03,建议,甲区,2020-M06,tickets,住宅", "line 2: subject '住宅'"),
        ("2020-M03,建议,甲区,2020-M06,pages,住房", "line 2: measure"),
        ("soon,建议,甲区,2020-M06,tickets,住房", "line 2: made_in"),
        ("2020-M03,,甲区,2020-M06,tickets,住房", "line 2: text"),
    ],
)
def test_a_row_that_nobody_can_follow_is_refused_with_its_line(opened, line, says):
    found = opened(line + "\n")
    with pytest.raises(UserError, match=says) as caught:
        proposals.read(found)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_city_without_the_file_has_no_proposals(opened):
    found = opened("2020-M03,建议,甲区,2020-M06,tickets,住房\n")
    paths.proposals("beijing-2020").unlink()
    assert proposals.read(found) == []
    assert proposals.followed(found).empty


def followed(found):
    return proposals.followed(found).iloc[0]


@pytest.mark.parametrize(("march", "june", "outcome"), [(90, 30, "fewer"), (60, 55, "alike"), (30, 90, "more")])
def test_tickets_by_the_day_are_fewer_or_more_or_alike(opened, march, june, outcome):
    row = followed(opened("2020-M03,建议,甲区,2020-M06,tickets,住房\n", march, june))
    assert (row["value_before"], row["value_now"], row["outcome"], row["stage"]) == (march, june, outcome, "due")


def test_a_higher_rate_is_better_and_an_open_term_is_said(opened):
    line = "2020-M03,建议,城管委,2020-M09,resolution_rate,\n"
    row = followed(opened(line, 60, 60, resolved=(20, 50)))
    assert (row["outcome"], row["stage"]) == ("better", "open")
    assert (row["value_before"], row["value_now"]) == (pytest.approx(1 / 3), pytest.approx(5 / 6))
    assert followed(opened(line, 60, 60, resolved=(50, 20)))["outcome"] == "worse"
    assert pd.notna(row["value_now"])


def test_on_time_is_measured_of_those_with_a_due_time(opened):
    row = followed(opened("2020-M03,建议,甲区,2020-M06,on_time_rate,住房\n", 40, 40, on_time=(0, 40)))
    assert (row["value_before"], row["value_now"], row["outcome"]) == (0.0, 1.0, "better")


def test_a_proposal_of_the_same_period_is_not_yet_followed(opened):
    found = opened("2020-M06,建议,甲区,2020-M09,tickets,住房\n")
    assert proposals.followed(found).empty
    assert not proposals.has_due(found.edition, found.period)
