"""Small counts are not printed, nor what would give them away; expected cells by hand."""

import dataclasses
import datetime
import json

import pandas as pd
import pyarrow as pa
import pytest
from support.home import inside

from helpers import chapters
from helpers.analysis import measures, suppression
from helpers.chapters.disclosure import Disclosure
from helpers.drawing import charts
from helpers.settings import editions
from helpers.tickets import schema
from helpers.writing import citations
from helpers.writing.citations import Number


def hidden(answer: pd.DataFrame, below: int = 5) -> dict[str, list[int]]:
    mask = suppression.mask(answer, below)
    return {name: [place for place, hide in enumerate(mask[name]) if hide] for name in mask if mask[name].any()}


def test_a_small_count_is_hidden_and_the_next_smallest_so_that_the_sum_does_not_tell_it():
    answer = pd.DataFrame({"district": ["甲区", "乙区", "丙区", "丁区"], "tickets": [90, 40, 4, 0],
                           "ticket_share": [.67, .3, .03, 0]})
    assert hidden(answer) == {"tickets": [1, 2], "ticket_share": [1, 2]}


def test_counts_from_the_threshold_on_and_noughts_are_printed():
    assert hidden(pd.DataFrame({"district": ["甲区", "乙区"], "tickets": [5, 0]})) == {}
    assert hidden(pd.DataFrame({"district": ["甲区", "乙区", "丙区"], "tickets": [4, 5, 6]})) == {"tickets": [0, 1]}


@pytest.mark.parametrize(("tickets", "places"), [
    ([9, 2, 3], [1, 2]),  # 5 may be 1 + 4, 2 + 3, 3 + 2, 4 + 1
    ([9, 1, 1], [0, 1, 2]),  # 2 is 1 + 1
    ([9, 4, 4], [0, 1, 2]),  # 8 is 4 + 4
    ([9, 0, 3], [0, 2]),  # a nought protects only where nothing else does
    ([0, 3], [0, 1]),
])
def test_two_small_counts_protect_each_other_unless_their_sum_tells_both(tickets, places):
    assert hidden(pd.DataFrame({"district": list("甲乙丙")[:len(tickets)], "tickets": tickets})) == {"tickets": places}


def test_the_sums_of_both_sides_of_a_table_tell_nothing():
    answer = pd.DataFrame({"zone": [*"AAABBB"], "owner_level": [*"xyzxyz"], "tickets": [3, 20, 30, 40, 50, 60]})
    places = hidden(answer)["tickets"]
    assert places == [0, 1, 3, 4]  # in zone A, and in x; then in zone B and in y
    for rows in ([0, 1, 2], [3, 4, 5], [0, 3], [1, 4], [2, 5]):
        assert len(set(rows) & set(places)) != 1


def test_of_a_row_with_several_counts_one_more_is_hidden():
    answer = pd.DataFrame({"dispatched": [100], "assessed": [98], "excluded": [2], "excluded_share": [.02]})
    assert hidden(answer) == {"assessed": [0], "excluded": [0], "excluded_share": [0]}


def test_what_is_reckoned_from_a_hidden_count_is_hidden_also_where_the_count_is_not_printed():
    answer = pd.DataFrame({"owner": ["甲处", "乙处", "丙处"], "valid": [3, 70, 80],
                           "resolution_rate": [1 / 3, .5, .6], "score_rank": [3, 2, 1]})
    assert hidden(answer) == {"valid": [0, 1], "resolution_rate": [0, 1]}


def test_counts_of_other_things_than_tickets_and_missing_ones_stay():
    answer = pd.DataFrame({"month": [1, 2, 3], "scored_months": [1, 2, 3], "residents": [3, 4, 5], "tickets": [None, 7, 9]})
    assert hidden(answer) == {}


def test_a_marked_table_holds_no_hidden_value_and_a_blanked_answer_neither():
    answer = pd.DataFrame({"district": ["甲区", "乙区"], "tickets": [3, 40]}, index=[7, 7])
    mask = suppression.mask(answer, 5)
    table = {"columns": [{"name": "tickets"}, {"name": "district"}], "rows": [[3, "甲区"], [40, "乙区"]],
             "printed": [["3", "甲区"], ["40", "乙区"]]}
    marked = suppression.with_marks(table, mask)
    assert marked["rows"] == marked["printed"] == [["*", "甲区"], ["*", "乙区"]]
    assert suppression.masked(answer, mask)["tickets"].isna().all()
    assert list(suppression.masked(answer, mask)["district"]) == ["甲区", "乙区"]


def disclosure(below):
    suppressed = {"suppression": editions.Suppression(below=below, source="assumed")}
    return Disclosure(editions.read("beijing", 2020).model_copy(update=suppressed))


def test_the_caption_counts_the_cells_and_says_why():
    assert disclosure(5).caption("各区", 0) == "各区"
    assert disclosure(5).caption("各区", 2) == "各区（“*”为不足5件或可推知此类数字者，隐去2处）"


@pytest.mark.parametrize(("value", "kind", "column", "least", "said"), [
    (3, "count", "tickets", 3, "不足5件"), (4, "exact", "valid", 4, "不足5件"), (5, "count", "tickets", 5, None),
    (0, "count", "tickets", None, None),
    (.02, "share", "ticket_share", 3, "（略）"), (.02, "share", "ticket_share", 6, None),
    (.02, "share", "ticket_share", None, None),
    (3, "count", "", None, None), (3, "month", "month", 1, None), (2, "rank", "score_rank", 1, None),
    (3, "plain", "subdistricts", None, None),
])
def test_a_sentence_says_less_than_the_threshold_or_leaves_the_number_out(value, kind, column, least, said):
    assert disclosure(5).replacement(Number(value, kind, column=column, least=least)) == said


def test_the_smallest_count_of_a_row_leaves_noughts_out():
    row = pd.DataFrame({"tickets": [40], "tickets_before": [3], "valid": [0], "month": [1]})
    assert suppression.smallest_count(row) == 3
    assert suppression.smallest_count(row[["month"]]) is None


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    """A chapter of an export with 53, 41, 37 and 3 tickets of four categories, counts hidden below 5."""
    counts = {"住房": 53, "教育": 41, "供水": 3, "供暖": 37}
    rows = [{"ticket_id": f"{name}{number}", "received_at": datetime.datetime(2020, 1 + number % 12, 3), "category": name,
             "tags": []}
            for name, many in counts.items() for number in range(many)]
    batch = pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)
    with inside(tmp_path_factory.mktemp("home")):
        schema.write(editions.read("beijing-water", 2020), [batch], data="export", source="test", digest="1")
        opened = chapters.open("beijing-water", 2020)
    rule = editions.Suppression(below=5, source="test")
    changes = {
        "suppression": rule,
        "soundness": editions.Soundness(covered=0, min_drawn=1),
    }  # a few tickets a day, and yet all of them
    return dataclasses.replace(opened, edition=opened.edition.model_copy(update=changes))


def volumes(chapter):
    return chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))


def test_a_chapters_table_says_how_much_it_hides_and_keeps_its_name(chapter):
    payload = chapter.table("{period}问题", volumes(chapter), ["category", "tickets", "ticket_share"]).payload
    assert payload["name"] == "2020年问题"
    assert payload["caption"] == "2020年问题（“*”为不足5件或可推知此类数字者，隐去4处）"
    assert [row[:2] for row in payload["table"]["rows"]] == [["住房", 53], ["教育", 41], ["供暖", "*"], ["供水", "*"]]
    assert [row[2] for row in payload["table"]["printed"]][2:] == ["*", "*"]


def test_a_chapters_figure_holds_no_hidden_number_in_drawing_table_or_description(chapter):
    output = chapter.figure("{period}问题", charts.bars, volumes(chapter), label="category", value="tickets")
    told = json.dumps(output.payload, ensure_ascii=False) + output.preview
    assert "53件" in output.payload["alt"]
    assert "37" not in output.payload["alt"]
    assert "3件" not in told.replace("53件", "")
    assert "供水" not in output.payload["alt"]  # a bar of no length is none


def test_a_line_has_a_gap_where_a_month_is_hidden(chapter):
    rows = chapter.ask(measures.monthly(chapter.cube.calls, chapter.period, "category"))
    output = chapter.figure(
        "{period}各月", charts.monthly_lines, rows[rows["category"] == "住房"], value="tickets", by="category"
    )
    assert "*" in {row[-1] for row in output.payload["table"]["rows"]}
    assert not {1, 2, 3, 4} & {row[-1] for row in output.payload["table"]["rows"]}


def test_a_figure_of_hidden_numbers_alone_is_said_not_to_be_printed(chapter):
    rows = volumes(chapter).tail(2)
    payload = chapter.figure("{period}问题", charts.bars, rows, label="category", value="tickets").payload
    assert (payload["kind"], payload["reason"]) == ("absence", "其中的数字均不足5件，或可推知此类数字，从略。")


def test_a_chapters_sentence_says_less_than_the_threshold_and_carries_no_number(chapter):
    answer, at = volumes(chapter), {"category": "供水"}
    text = chapter.paragraph([citations.sentence("供水{n}，占{share}；住房{most}。", n=citations.cite(answer, "tickets", at=at),
                                            share=citations.cite(answer, "ticket_share", at=at),
                                            most=citations.cite(answer, "tickets", category="住房"))])
    assert "供水不足5件，占（略）；住房53件。" in text.preview
    parts = [part for sentence in text.payload["sentences"] for part in sentence["parts"] if isinstance(part, dict)]
    assert [part["value"] for part in parts] == [53]


def test_without_the_key_everything_is_printed(chapter):
    open_ = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update={"suppression": None}))
    payload = open_.table("{period}问题", volumes(open_), ["category", "tickets"]).payload
    assert payload["caption"] == "2020年问题"
    assert payload["table"]["rows"][-1] == ["供水", 3]
