import ibis
import pandas as pd
import pytest

from helpers import counting, numerals, tickets, words
from helpers.errors import KnownError

TICKETS = ibis.table(ibis.Schema.from_pyarrow(tickets.SCHEMA), name="tickets")
CUBE = {column for question in counting.tables(counting.parts(TICKETS, 1)).values() for column in question.columns}
MEASURES = ["ticket_share", "tickets_before", "tickets_change", "contact_rate", "resolution_rate", "satisfaction_rate",
            "calls", "answered", "dispatched", "duplicates", "petitions", "otherwise_excluded", "excluded",
            "closed", "on_time_rate", "days_mean", "days_median", "zone"]
RANKING = ["scored_months", "score", "score_rank"]


@pytest.mark.parametrize("column", sorted({*tickets.SCHEMA.names, *CUBE, *MEASURES, *RANKING}))
def test_every_column_has_words_of_its_own(column):
    assert words.column(column)
    assert not words.column(column).isascii()


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in tickets.VALUES
                                               for value in tickets.VALUES[column]])
def test_every_value_a_ticket_may_take_has_words(column, value):
    assert words.value(column, value) != value


@pytest.mark.parametrize("column", sorted({*CUBE, *MEASURES, *RANKING}))
def test_fractions_are_printed_in_percent_and_scores_in_points(column):
    units = {"share": "%", "rate": "%", "change": "%", "score": "分", "days": "天", "rank": ""}
    assert words.unit(column) == units.get(numerals.kind(column), words.unit(column))


def test_a_missing_category_is_unclassified_and_another_missing_value_not_filled_in():
    assert [words.value("category", missing) for missing in (None, float("nan"), pd.NA)] == ["未分类"] * 3
    assert words.value("district", None) == "未填写"


def test_a_name_is_its_own_word():
    assert words.value("district", "朝阳区") == "朝阳区"
    assert words.value("exclusion", "疫情期间不考核") == "疫情期间不考核"


def test_a_column_without_words_is_named_with_the_nearest_known():
    with pytest.raises(KnownError, match=r"'tikets' has no words.*'tickets'"):
        words.column("tikets")


def test_a_name_longer_than_any_is_cut_and_its_length_said():
    assert words.value("category", "长" * 120) == "长" * 120
    assert words.value("category", "长" * 10_000) == "长" * 120 + "……（共10000字）"
