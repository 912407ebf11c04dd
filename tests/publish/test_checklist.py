"""The checklist: every number of the words is a row, in the order in which it is read, and leads to where it stands."""

import dataclasses
import datetime
import io

import openpyxl
import pytest

from helpers.document import document
from helpers.document.blocks import Column, Grid, Heading, List, Paragraph, Prose, Quote, Run, Table
from helpers.document.document import Document
from helpers.publish import checklist, xlsx
from helpers.settings import editions, labels
from helpers.writing.citations import Number

NUMBERS = editions.read("beijing", 2020).numbers
HEADS = checklist.locale("zh-Hans")["heads"]
HOSTILE = ['=HYPERLINK("http://x.example","y")', "@SUM(A1)", "<r><t>x</t></r>", "_x0041_", "甲\x07乙", "& < >", "http://x.example"]


def number(text, value, column="tickets", kind="count", **told):
    return Run(text, number=dataclasses.replace(Number(value, kind, "areas", column, {}, "2020", answer="a"), **told))


def prose(*parts):
    return Prose([part if isinstance(part, Run) else Run(part) for part in parts], "simulated")


def table(*rows, caption="各区办理情况"):
    columns = [Column("区", name="district"), Column("数量（件）", True, "tickets", "件", "count")]
    grid = Grid(columns, [[str(cell) for cell in row] for row in rows], rows)
    return Table(grid, caption, caption, "simulated", answers=[("a", len(rows))])


def heading(text, level=1):
    return Heading(level, text)


def made(*blocks, data="simulated", language="zh-Hans"):
    words = labels.locale(language)
    return Document("年度报告", "2020年", ("北京市 热线",), data, "模拟数据：不是真实工单。", language,
                    document.numbered(blocks, words, headings=True), datetime.date(2021, 1, 1))


def sheet(document):
    return openpyxl.load_workbook(io.BytesIO(checklist.render(document).contents), rich_text=True).worksheets[0]


def rows(document):
    """The rows of a checklist, each by the words of its header."""
    cells = sheet(document)
    (one,) = cells.tables.values()
    head, *body = [[cell.value for cell in row] for row in cells[one.ref]]
    assert head == HEADS
    return [dict(zip(head, row, strict=True)) for row in body]


def test_every_number_is_a_row_in_reading_order_and_words_are_none():
    told = rows(made(heading("总体"), prose("共", number("3件", 3), "，其中", number("1件", 1), "。"), table(["甲", 2]),
                     prose("另有", number("2件", 2), "。")))
    assert [(row["序号"], row["数字"], row["未舍入值"]) for row in told] == [("1", "3件", 3), ("2", "1件", 1), ("3", "2件", 2)]


def test_a_number_of_any_paragraph_counts_and_says_its_source_where_it_has_one():
    people = Run("8万人", number=Number(80000, "count", source="公报，第3页"))
    external, told = Paragraph([Run("返乡"), people]), Paragraph([Run("受理"), number("3件", 3)])
    first, *others = rows(made(external, List([[told], [external]]), Quote([told])))
    assert (first["数字"], first["未舍入值"], first["数据表或来源"], first["字段"]) == ("8万人", 80000, "公报，第3页", None)
    assert [str(row["句子"]) for row in others] == ["受理3件", "返乡8万人", "受理3件"]


def test_a_row_has_the_whole_sentence_that_holds_the_number_and_no_other():
    told = rows(made(prose("甲有", number("3件", 3), "。乙有", number("4件", 4), "，丙有", number("5件", 5), "。丁没有。")))
    assert [str(row["句子"]) for row in told] == ["甲有3件。", "乙有4件，丙有5件。", "乙有4件，丙有5件。"]


def test_the_number_in_question_stands_out_though_the_same_digits_stand_twice():
    told = rows(made(prose("甲", number("3件", 3), "，乙", number("3件", 3), "。")))
    assert [[getattr(part, "text", part) for part in row["句子"]] for row in told] == [["甲", "3件", "，乙3件。"],
                                                                                 ["甲3件，乙", "3件", "。"]]
    assert [part.font.b for part in told[1]["句子"] if hasattr(part, "font") and part.text == "3件"] == [True]


@pytest.mark.parametrize(("name", "whole"), [("“你好。再见”", "“你好。再见”有3件。"), ("”你好。再见", "再见有3件。")])
def test_a_stop_in_a_quoted_name_ends_no_sentence(name, whole):
    (row,) = rows(made(prose(name + "有", number("3件", 3), "。")))
    assert str(row["句子"]) == whole


def test_a_sentence_that_is_one_number_is_told_too():
    assert str(rows(made(prose(number("3件", 3))))[0]["句子"]) == "3件"


def test_a_row_tells_chapter_table_column_filter_period_and_base_in_words():
    (row,) = rows(made(heading("各区"), heading("甲区", 2), prose("占", number(
        "4.99%", 0.0499, "ticket_share", "share", where={"district": "甲区"}, base="各区办理量"), "。")))
    assert row["章节"] == "一、各区 › （一）甲区"
    assert (row["数据表或来源"], row["字段"], row["筛选"], row["期间"], row["基数"]) == (
        "各区和街道（乡镇）办理（areas）", "占比（ticket_share）", "区：甲区", "2020年", "各区办理量")


def test_a_number_that_is_taken_from_no_table_says_so():
    (row,) = rows(made(prose("共", number("52", 52, "", "plain", table="", period=""), "个。")))
    assert (row["数据表或来源"], row["字段"], row["未舍入值"]) == ("编制规则，或条目个数", None, 52)


@pytest.mark.parametrize(("value", "kind", "form"), [
    (0.9070964001666757, "share", "0.00########%"), (-0.0321, "change", "0.00########%"), (5.122429278, "days", "0.0########"),
    (11039400, "headline", "#,##0"), (11, "month", '0"月"'), (2.5, "count", "General")])
def test_values_stand_unrounded_under_formats_that_round_nothing_a_reader_checks(value, kind, form):
    cell = sheet(made(prose("共", number("九", value, kind=kind), "。"))).cell(6, 10)
    assert (cell.value, cell.number_format) == (value, form)


def test_a_missing_value_is_a_shorthand_and_one_in_words_stands_as_it_is():
    lost, words = number("无可比数据", None, "tickets_change", "change"), number("数以万计", "数以万计", "", "text")
    told = rows(made(prose("同比", lost, "，", words)))
    assert [(row["数字"], row["未舍入值"]) for row in told] == [("无可比数据", "[x]"), ("数以万计", "数以万计")]


def test_a_reference_leads_to_the_cell_of_the_workbook_that_holds_the_same_cell():
    quoted = prose("乙区", number("8件", 8, row={"district": "乙区"}), "。")
    whole = made(heading("各区"), quoted, table(["甲区", 9], ["乙区", 8]))
    cells = sheet(whole)
    link = cells["K6"].hyperlink
    assert (cells["K6"].value, link.target, link.location) == ("表1!B8", "tables.xlsx", "'表1'!B8")
    tables = openpyxl.load_workbook(io.BytesIO(xlsx.render(dataclasses.replace(whole, numbers=NUMBERS)).contents))
    name, _, place = cells["K6"].value.partition("!")
    assert tables[name][place].value == cells["J6"].value == 8


def test_where_several_rows_could_be_meant_the_sheet_alone_is_named_and_elsewhere_nothing():
    quoted = prose("共", number("8件", 8), "，", number("7件", 7), "。")
    told = sheet(made(heading("各区"), quoted, table(["甲区", 8], ["乙区", 8])))
    assert (told["K6"].value, told["K6"].hyperlink.location) == ("表1", "'表1'!A1")
    assert told["K7"].value is None


def test_the_sheet_can_be_signed_filtered_and_printed():
    cells = sheet(made(prose("共", number("3件", 3), "。")))
    (one,) = cells.tables.values()
    assert one.autoFilter is not None
    assert (cells.freeze_panes, cells.print_title_rows, cells.page_setup.paperSize) == ("A6", "$5:$5", 9)
    assert (cells.page_setup.orientation, cells.page_setup.fitToHeight) == ("landscape", 0)
    (choice,) = cells.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("L6", '"✓,✗"')
    assert [cells.cell(6, place).border.bottom.style for place in (12, 13, 14, 15)] == ["thin"] * 4


def test_simulated_data_are_named_and_an_export_is_not_called_so():
    cells = sheet(made(prose("共", number("3件", 3), "。")))
    assert "不是真实工单" in cells["A4"].value
    assert "模拟数据" in cells.oddFooter.left.text
    export = dataclasses.replace(made(prose("共", number("3件", 3), "。"), data="export"), data_words="数据来源：甲.csv")
    assert "模拟" not in str([cell.value for row in sheet(export) for cell in row]) + str(sheet(export).oddFooter.left.text)


def test_words_stay_words_whatever_they_look_like():
    numbers = [number("3件", 3, where={"district": word}) for word in HOSTILE]
    told = sheet(made(prose(*[part for word, one in zip(HOSTILE, numbers, strict=True) for part in (f"{word}有", one, "。")])))
    for row, word in enumerate(HOSTILE, start=6):
        assert str(told.cell(row, 3).value) == f"{word}有3件。".replace("\x07", "")
        assert told.cell(row, 7).value == f"区：{word}".replace("\x07", "")
        assert told.cell(row, 3).data_type in ("s", "inlineStr")
        assert told.cell(row, 3).hyperlink is None


def test_a_text_longer_than_a_cell_is_cut_and_says_so():
    (row,) = rows(made(prose("甲" * 40_000, number("3件", 3), "。")))
    assert str(row["句子"]).endswith("只录前16000字）")


def test_a_document_without_numbers_says_so():
    cells = sheet(made(prose("没有。")))
    assert cells["A2"].value == "报告文字中没有数字。"


def test_the_same_document_gives_the_same_bytes_and_both_languages_the_same_words():
    first, second = (checklist.render(made(prose("共", number("3件", 3), "。"))) for _ in range(2))
    assert first == second
    simplified, traditional = (checklist.locale(language) for language in ("zh-Hans", "zh-Hant"))
    assert simplified.keys() == traditional.keys()
    assert len(simplified["heads"]) == len(traditional["heads"])
    assert sheet(made(prose("共", number("3件", 3), "。"), language="zh-Hant")).title == "核稿單"
