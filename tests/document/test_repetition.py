"""What a text by people has said is not computed below it again."""

import pytest

from helpers.document.blocks import Heading, Paragraph, Prose, Run
from helpers.document.repetition import without_repeated
from helpers.writing.citations import Number

TOTAL = Number(12, "headline", "channels", "tickets", period="2020")
CHANGE = Number(0.5, "change", "channels", "tickets_change", period="2020")
PRAISE = Number(3, "count", "channels", "tickets", {"kind": "praise"}, "2020")
TEXT = [Paragraph([Run("共"), Run("12件", number=TOTAL), Run("，同比"), Run("上升50%", number=CHANGE), Run("，原因有三。")])]
FIRST = [Run("2020年，热线共受理"), Run("12件", number=TOTAL), Run("，同比"), Run("上升50%", number=CHANGE), Run("。")]
SECOND = [Run("收到表扬"), Run("3件", number=PRAISE), Run("。")]
PLAIN = [Run("各月数据完整。")]


def printed(text, *paragraphs):
    kept = without_repeated(text, [Heading(2, "甲"), *map(Prose, paragraphs)])
    return ["".join(run.text for run in block.runs) for block in kept if isinstance(block, Prose)]


def test_a_sentence_whose_numbers_the_text_gives_is_left_out_and_all_others_stay():
    assert printed(TEXT, [*FIRST, *SECOND, *PLAIN]) == ["收到表扬3件。各月数据完整。"]


@pytest.mark.parametrize("changed", [
    {"value": 13}, {"period": "2019"}, {"where": {"kind": "praise"}}, {"column": "tickets_before"}])
def test_a_number_of_another_value_period_row_or_column_is_another(changed):
    other = Number(**({"value": 12, "kind": "headline", "table": "channels", "column": "tickets", "period": "2020"} | changed))
    sentence = [Run("共"), Run("12件", number=other), Run("。")]
    assert printed(TEXT, sentence) == ["共12件。"]


def test_numbers_that_are_of_no_table_are_never_the_same():
    known, found = Number(333, "plain"), Number(333, "plain", source="2020年公开报告")
    text = [Paragraph([Run("共"), Run("333个街道", number=found), Run("。")])]
    assert printed(text, [Run("另有"), Run("333处", number=known), Run("。")]) == ["另有333处。"]


def test_a_paragraph_that_the_text_says_whole_goes_but_only_the_first():
    assert printed(TEXT, FIRST, FIRST) == ["2020年，热线共受理12件，同比上升50%。"]


def test_a_sentence_of_what_is_left_out_stands_alone():
    part = [Run("其中，收到表扬"), *SECOND[1:]]
    assert printed(TEXT, [*FIRST, *part, *part]) == ["收到表扬3件。其中，收到表扬3件。"]


def test_without_a_text_nothing_is_left_out():
    assert printed([], [*FIRST, *SECOND]) == printed([Paragraph([Run("共12件。")])], [*FIRST, *SECOND]) == [
        "2020年，热线共受理12件，同比上升50%。收到表扬3件。"]
