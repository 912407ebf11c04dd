"""Every period and product hides the same counts: what a chapter prints is what the registry's moves leave as it is."""

import dataclasses
import json
from datetime import datetime

import pyarrow as pa
import pytest
from support.home import inside

from helpers import chapters
from helpers.analysis import hidden_cells, measures
from helpers.settings import editions, paths
from helpers.tickets import schema
from helpers.writing import citations

COUNTS = {("甲区", 1): 20, ("甲区", 2): 15, ("甲区", 3): 9, ("乙区", 1): 12, ("乙区", 2): 2, ("乙区", 3): 9, ("丙区", 1): 30,
          ("丙区", 2): 40, ("丙区", 3): 35}
RULE = editions.Suppression(below=5, source="test")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A city of three districts, of which one has 2 tickets in February; its registry is written."""
    with inside(tmp_path_factory.mktemp("home")):
        rows = [{"ticket_id": f"{district}{month}{number}", "received_at": datetime(2020, month, 1 + number % 28, number % 24),
                 "category": "住房", "district": district, "tags": []}
                for (district, month), many in COUNTS.items() for number in range(many)]
        batch = pa.RecordBatch.from_pylist(rows, schema=schema.SCHEMA)
        schema.write(editions.read("beijing-water", 2020), [batch], data="export", source="test", digest="1")
        hidden_cells.prepare(chapters.open("beijing-water", 2020).cube, "beijing-water", 5)
        yield


def opened(period):
    chapter = chapters.open("beijing-water", 2020, period)
    changes = {"suppression": RULE, "soundness": editions.Soundness(covered=0, min_drawn=1)}
    return dataclasses.replace(chapter, edition=chapter.edition.model_copy(update=changes))


def printed(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district"))
    return answer, chapter.table("各区", answer, ["district", "tickets", "ticket_share"]).payload["table"]["rows"]


def test_a_month_hides_a_neighbour_and_the_quarter_nothing(home):
    _, february = printed(opened("M02"))
    assert [row[:2] for row in february] == [["丙区", 40], ["乙区", "*"], ["甲区", "*"]]
    _, quarter = printed(opened("Q1"))
    assert [row[:2] for row in quarter] == [["丙区", 105], ["甲区", 44], ["乙区", 23]]


def test_the_month_that_sets_the_small_one_off_hides_the_same_two(home):
    rows = [printed(opened(month))[1] for month in ("M01", "M03")]
    assert sorted(sum(row[1] == "*" for row in month) for month in rows) == [0, 2]
    hidden = next(month for month in rows if any(row[1] == "*" for row in month))
    assert hidden[-2:] == [["乙区", "*", "*"], ["甲区", "*", "*"]]  # in the order of names, not of counts


def test_a_sentence_leaves_out_a_count_that_would_tell_a_small_one(home):
    chapter = opened("M02")
    answer, _ = printed(chapter)
    numbers = {district: citations.cite(answer, "tickets", district=district) for district in ("甲区", "乙区", "丙区")}
    text = chapter.paragraph([citations.sentence("甲区{甲区}，乙区{乙区}，丙区{丙区}。", **numbers)])
    assert "甲区（略），乙区不足5件，丙区40件。" in text.preview


def test_hours_are_printed_of_whole_years_alone(home):
    for period, is_printed in (("year", True), ("Q1", False)):
        chapter = opened(period)
        answer = chapter.ask(measures.volume(chapter.cube.hours, chapter.period, ["weekday"]))
        assert chapter.disclosure.mask(answer)["tickets"].any() != is_printed


def test_a_registry_is_read_again_and_a_broken_one_is_planned_anew(home):
    file = paths.hidden("beijing-water-2020", 5)
    before, cube = file.read_text(encoding="utf-8"), chapters.open("beijing-water", 2020).cube
    assert {name: len(group["moves"]) > 0 for name, group in json.loads(before).items()}["tickets"]
    assert json.loads(before)["outcomes 0"]["grains"]
    for broken in ("[]", '{"tickets": {"counts": "x", "moves": [[1]]}}', "{"):
        file.write_text(broken, encoding="utf-8")
        hidden_cells.prepare(cube, "beijing-water", 5)
        assert file.read_text(encoding="utf-8") == before
