import re

import ibis
import pandas as pd
import pytest
from support import rules_of_ingest

from helpers.cube import counts
from helpers.settings import labels, number_format
from helpers.settings.errors import UserError
from helpers.tickets import schema

TICKETS = ibis.table(ibis.Schema.from_pyarrow(schema.SCHEMA), name="tickets")
CUBE = {column for question in counts.tables(counts.base_counts(TICKETS, 1)).values() for column in question.columns}
MEASURES = ["ticket_share", "tickets_before", "tickets_change", "contact_rate", "resolution_rate", "satisfaction_rate",
            "calls", "answered", "dispatched", "duplicates", "petitions", "otherwise_excluded", "excluded",
            "closed", "on_time_rate", "days_mean", "days_median", "zone"]
RANKING = ["scored_months", "score", "score_rank"]


@pytest.mark.parametrize("column", sorted({*schema.SCHEMA.names, *CUBE, *MEASURES, *RANKING}))
def test_every_column_has_words_of_its_own(column):
    assert labels.column(column)
    assert not labels.column(column).isascii()


@pytest.mark.parametrize(("column", "value"), [(column, value) for column in schema.VALUES
                                               for value in schema.VALUES[column]])
def test_every_value_a_ticket_may_take_has_words(column, value):
    assert labels.value(column, value) != value


@pytest.mark.parametrize("column", sorted({*CUBE, *MEASURES, *RANKING}))
def test_fractions_are_printed_in_percent_and_scores_in_points(column):
    units = {"share": "%", "rate": "%", "change": "%", "score": "分", "days": "天", "rank": ""}
    assert labels.unit(column) == units.get(number_format.kind(column), labels.unit(column))


def test_a_missing_category_is_unclassified_and_another_missing_value_not_filled_in():
    assert [labels.value("category", missing) for missing in (None, float("nan"), pd.NA)] == ["未分类"] * 3
    assert labels.value("district", None) == "未填写"


def test_a_name_is_its_own_word():
    assert labels.value("district", "朝阳区") == "朝阳区"
    assert labels.value("exclusion", "疫情期间不考核") == "疫情期间不考核"


def test_a_column_without_words_is_named_with_the_nearest_known():
    with pytest.raises(UserError, match=r"'tikets' has no words.*'tickets'"):
        labels.column("tikets")


def test_a_name_longer_than_any_is_cut_and_its_length_said():
    assert labels.value("category", "长" * 120) == "长" * 120
    assert labels.value("category", "长" * 10_000) == "长" * 120 + "……（共10000字）"


class TestCauses:
    def test_a_rule_prints_the_words_of_its_columns_and_numbers(self):
        assert labels.cause("closed_at lies before received_at") == "“办结时间”早于“受理时间”"
        assert labels.cause("received_at lies in 2019") == "“受理时间”在2019年"
        assert labels.cause("3 cells where the header has 11") == "有3格，而表头有11格"

    def test_a_rule_without_words_prints_no_english(self):
        assert labels.cause("the moon was full") == "不合读入规则，详见读入时的说明"

    @pytest.mark.parametrize(("module", "line", "rule"), rules_of_ingest.rules())
    def test_every_rule_in_the_code_of_ingest_has_words(self, module, line, rule):
        words = {labels.cause(filled) for filled in rule} - {labels.cause("the moon was full")}
        assert words, f"{module}:{line}: add it to `causes`"
        assert any(not re.search("[A-Za-z]", word) for word in words)

    def test_the_walk_finds_rules_of_each_form(self):
        found = {filled for _, _, rule in rules_of_ingest.rules() for filled in rule}
        assert {"closed_at cannot be read", "received_at is blank", "3 cells where the header has 3",
                "stands in a quotation mark that is not closed"} <= found
        assert any(rule.startswith("ticket_id stands for too many") for rule in found)
