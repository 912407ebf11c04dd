"""The workbook: what the report prints, as numbers to calculate with, and words that are never anything else."""

import dataclasses
import datetime
import io

import openpyxl
import pytest

from helpers.document import document
from helpers.document.blocks import Column, Entity, Figure, Grid, Heading, Table
from helpers.document.document import Document
from helpers.publish import xlsx
from helpers.settings import editions, labels

NUMBERS = editions.read("beijing", 2020).numbers
MISSING = "[x]"
HOSTILE = ['=HYPERLINK("http://x.example","y")', "+1+1", "-1-1", "@SUM(A1)", "http://x.example", "{=1+1}", "<r><t>x</t></r>",
           "_x0041_", "  a  ", "甲\n乙", "007", "110105001234567890", "1e5"]


def column(name, words, kind="text", unit=""):
    return Column(f"{words}（{unit}）" if unit else words, kind != "text", name, unit, kind)


def table(columns, values, rows=None, caption="各区办理情况", data="simulated"):
    rows = rows or [["—" if value is None else str(value) for value in row] for row in values]
    return Table(Grid(columns, rows, values), caption, caption, data)


def figure(columns, values, caption="各区办理量", data="simulated"):
    return Figure(table(columns, values).grid, caption, caption, data, alt="东城区最多。", svg="<svg/>")


def heading(text, level=1):
    return Heading(level, text)


def made(*blocks, data="simulated", language="zh-Hans"):
    words = labels.locale(language)
    return Document("年度报告", "2020年", ("北京市 热线", "统计期间：2020年"), data, "模拟数据：不是真实工单。", language,
                    document.numbered(blocks, words, headings=True), datetime.date(2021, 1, 1), NUMBERS)


def opened(document):
    return openpyxl.load_workbook(io.BytesIO(xlsx.render(document).contents))


def body(sheet):
    """The cells of a sheet's one table, its header first."""
    (one,) = sheet.tables.values()
    return [[cell.value for cell in row] for row in sheet[one.ref]]


DISTRICT, TICKETS = column("district", "区"), column("tickets", "数量", "count", "件")
PLAIN = [[DISTRICT, TICKETS], [["东城区", 167000], ["西城区", 90000]]]


OTHER = [PLAIN[0], [["东城区", 5], ["西城区", 6]]]


def of_section(district, columns, values, caption="{}各街道办理情况"):
    name = "2020年" + caption.format(district)
    return dataclasses.replace(figure(columns, values, caption=name), name=name, entity=Entity("district", district, "区"))


def test_a_sheet_has_the_number_that_the_report_gives_its_figure_or_table():
    book = opened(made(heading("总体"), figure(*PLAIN), table(*OTHER)))
    assert book.sheetnames == ["封面", "目录", "说明", "图1", "表1"]


def test_a_figure_and_a_table_of_the_same_numbers_are_one_sheet():
    book = opened(made(heading("总体"), figure(*PLAIN), table(*PLAIN, caption="各区表"), table(*OTHER)))
    assert book.sheetnames[3:] == ["图1、表1", "表2"]
    assert book["图1、表1"]["A1"].value == "图1、表1　各区办理量；各区表（模拟数据）"


def test_what_every_section_has_is_one_table_to_filter_by_section():
    columns = [column("subdistrict", "街道"), TICKETS]
    document = made(heading("各区"), heading("甲区", 2), of_section("甲区", columns, [["一街", 3], ["二街", 2]]),
                    heading("乙区", 2), of_section("乙区", columns, [["三街", 4], ["四街", 1]]))
    book = opened(document)
    sheet = book["图1、图2"]
    assert body(sheet) == [["区", "街道", "数量（件）"], ["甲区", "一街", 3], ["甲区", "二街", 2], ["乙区", "三街", 4],
                           ["乙区", "四街", 1]]
    assert sheet["A1"].value == "图1、图2　2020年各区各街道办理情况（模拟数据）"
    assert next(iter(sheet.tables.values())).autoFilter is not None
    assert [book["目录"].cell(row, 1).hyperlink.location for row in (4, 5)] == ["'图1、图2'!A1", "'图1、图2'!A9"]
    (laid,) = xlsx.sheets(document)
    assert xlsx.cell(*laid.places["figure-2", 0, 1]) == "C9"
    assert sheet["C9"].value == 4


def test_sections_that_have_the_column_already_get_no_second_one_and_many_are_counted_in_the_name():
    sections = [of_section(name, PLAIN[0], [[name, number]]) for number, name in enumerate(("甲区", "乙区", "丙区"))]
    (sheet,) = xlsx.sheets(made(heading("各区"), *sections))
    assert (sheet.name, [head.header for head in sheet.columns], len(sheet.rows)) == ("图1等3幅", ["区", "数量（件）"], 3)


def test_months_go_across_with_a_row_for_each_measure():
    columns = [column("year", "年份", "year"), column("month", "月份", "month"), TICKETS,
               column("rate", "解决率", "rate", "%"), column("category", "类别")]
    document = made(figure(columns, [[2020, 1, 5, 0.5, "甲"], [2020, 2, 6, None, "甲"], [2020, 2, 8, 0.25, "乙"]]))
    sheet = opened(document)["图1"]
    assert body(sheet) == [["类别", "指标", "1月", "2月"], ["甲", "数量（件）", 5, 6], ["甲", "解决率（%）", 0.5, MISSING],
                           ["乙", "数量（件）", MISSING, 8], ["乙", "解决率（%）", MISSING, 0.25]]
    assert [sheet.cell(row, 3).number_format for row in (7, 8)] == ["#,##0", "0.00%"]
    assert sheet.freeze_panes == "C7"
    (laid,) = xlsx.sheets(document)
    assert [xlsx.cell(*laid.places["figure-1", 2, place]) for place in range(5)] == ["D6", "D6", "D9", "D10", "A9"]


def test_a_grade_that_changes_by_month_is_a_measure_and_parts_no_row():
    columns = [DISTRICT, column("month", "月份", "month"), TICKETS, column("grade", "等级")]
    values = [["东城区", 1, 5, 1], ["东城区", 2, 9, 2], ["西城区", 1, 6, 1], ["西城区", 2, 7, 1]]
    rows = [[*map(str, value)] for value in values]
    assert body(opened(made(heading("甲"), table(columns, values, rows)))["表1"])[1:] == [
        ["东城区", "数量（件）", 5, 9], ["东城区", "等级", "1", "2"],
        ["西城区", "数量（件）", 6, 7], ["西城区", "等级", "1", "1"]]


def test_a_long_name_keeps_its_line_where_the_sheet_still_prints_upright():
    columns = [column("cell", "网格"), TICKETS]
    sheet = opened(made(heading("甲"), table(columns, [["网" * 35, 5]])))["表1"]
    assert sheet.column_dimensions["A"].width >= 70
    many = [column(f"cell_{place}", f"网格{place}") for place in range(3)]
    wide = opened(made(heading("甲"), table(many, [["网" * 35] * 3])))["表1"]
    assert wide.column_dimensions["A"].width < 50


def test_months_of_several_years_are_named_with_their_year_and_rows_with_the_same_keys_stay():
    columns = [column("year", "年份", "year"), column("month", "月份", "month"), TICKETS]
    across = opened(made(figure(columns, [[2019, 12, 5], [2020, 1, 6]])))["图1"]
    assert body(across) == [["指标", "2019年12月", "2020年1月"], ["数量（件）", 5, 6]]
    twice = opened(made(figure(columns, [[2020, 1, 5], [2020, 1, 6], [2020, 2, 6]])))["图1"]
    assert body(twice)[0] == ["年份", "月份", "数量（件）"]


def test_a_report_of_sixteen_districts_prints_on_less_than_sixty_pages():
    columns = [column("subdistrict", "街道"), TICKETS]
    months = [column("year", "年份", "year"), column("month", "月份", "month"), TICKETS, column("category", "类别")]
    blocks = [heading("各区")]
    for place in range(16):
        name = f"{place}号区"
        blocks += [heading(name, 2), of_section(name, columns, [[f"{name}{row}街", row] for row in range(22)]),
                   of_section(name, months, [[2020, month, month, f"类{row}"] for row in range(6) for month in range(1, 13)],
                              "{}每月变化")]
    book = opened(made(*blocks))
    pages = {sheet.title: (sheet.page_setup.fitToHeight or 1, sheet.page_setup.orientation)
             for sheet in book.worksheets}
    assert pages["图1等16幅"] == (5, "portrait")
    assert pages["图2等16幅"] == (2, "portrait")
    assert sum(high for high, _ in pages.values()) < 60


def test_the_contents_list_every_sheet_with_its_caption_and_chapter_and_lead_to_it():
    book = opened(made(heading("总体"), heading("渠道", 2), table(*PLAIN, caption="甲"),
                       heading("各区"), figure(*OTHER, caption="乙")))
    assert body(book["目录"]) == [["编号", "标题", "所在章节", "工作表", "行数"],
                                ["表1", "甲（模拟数据）", "一、总体 › （一）渠道", "表1", 2],
                                ["图1", "乙（模拟数据）", "二、各区", "图1", 2]]
    assert [book["目录"].cell(row, 1).hyperlink.location for row in (4, 5)] == ["'表1'!A1", "'图1'!A1"]


def test_values_stand_unrounded_under_formats_that_show_them_as_they_are_printed():
    columns = [DISTRICT, TICKETS, column("ticket_share", "占比", "share", "%"), column("tickets_change", "增减", "change", "%"),
               column("month", "月份", "month"), column("score", "综合得分", "score", "分"), column("year", "年份", "year")]
    sheet = opened(made(table(columns, [["东城区", 167000, 0.123456789012345, -0.0321, 11, 91.25, 2020]])))["表1"]
    cells = sheet[7]
    assert [cell.value for cell in cells] == ["东城区", 167000, 0.123456789012345, -0.0321, 11, 91.25, 2020]
    assert [cell.number_format for cell in cells[1:]] == ["#,##0", "0.00%", "0.00%", '0"月"', "0.0", "0"]
    assert [cell.value for cell in sheet[6]][1:3] == ["数量（件）", "占比（%）"]


def test_percentages_have_the_decimals_of_the_edition():
    document = made(table([column("ticket_share", "占比", "share", "%")], [[0.5]]))
    rules = [NUMBERS.model_copy(update={"share_decimals": places}) for places in (0, 1)]
    formats = [opened(dataclasses.replace(document, numbers=numbers))["表1"]["A7"].number_format for numbers in rules]
    assert formats == ["0%", "0.0%"]


@pytest.mark.parametrize("lost", [None, float("nan"), float("inf")])
def test_a_missing_number_is_a_shorthand_that_its_sheet_explains(lost):
    sheet = opened(made(table([DISTRICT, TICKETS], [["东城区", lost], ["西城区", 0]])))["表1"]
    assert [row[1] for row in body(sheet)] == ["数量（件）", MISSING, 0]
    assert f"{MISSING}表示没有数据或不能计算" in sheet["A2"].value
    assert MISSING not in opened(made(table(*PLAIN)))["表1"]["A2"].value


def test_words_are_those_that_are_printed():
    sheet = opened(made(table([column("channel", "渠道")], [["phone"], [None]], [["电话"], ["未填写"]])))["表1"]
    assert body(sheet)[1:] == [["电话"], ["未填写"]]


@pytest.mark.parametrize("text", HOSTILE)
def test_words_are_text_whatever_they_look_like(text):
    sheet = opened(made(heading(text), table([DISTRICT], [[text]], caption=text), table(*PLAIN)))["表1"]
    cell = sheet["A7"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert cell.value.removesuffix(" ") == text.removesuffix(" ")


def test_characters_that_no_workbook_holds_are_left_out_and_a_text_too_long_is_cut_in_words():
    sheet = opened(made(table([DISTRICT], [["甲\x00\x1b\ud800\uffff乙"], ["长" * 40_000]])))["表1"]
    assert sheet["A7"].value == "甲乙"
    assert sheet["A8"].value.endswith("……（原文共40000字，超过单元格所能容纳，只录前16000字）")
    assert len(sheet["A8"].value) < 32_767


def test_headers_that_are_equal_are_told_apart():
    columns = [column(name, words) for name, words in (("a", "名次"), ("b", "名次"), ("c", "A"), ("d", "a"))]
    assert body(opened(made(table(columns, [["1", "2", "3", "4"]])))["表1"])[0] == ["名次", "名次 2", "A", "a 2"]


def test_every_table_is_marked_up_with_a_name_no_cell_is_merged_and_headers_stay_in_sight():
    book = opened(made(figure(*PLAIN), table(*OTHER)))
    assert [list(sheet.tables) for sheet in book.worksheets] == [[], ["contents"], ["notes"], ["figure_1"], ["table_1"]]
    for sheet in book.worksheets:
        assert sheet["A1"].value
        assert not sheet.merged_cells.ranges
    assert [book[name].freeze_panes for name in ("图1", "表1")] == ["B7", "B7"]


def test_a_table_without_rows_says_so_and_one_without_columns_has_no_sheet():
    book = opened(made(table(PLAIN[0], []), table([], [])))
    assert book.sheetnames[3:] == ["表1"]
    assert book["表1"]["A2"].value == "没有数据行。"


def test_simulated_data_are_named_on_every_sheet_and_an_export_on_none():
    simulated = opened(made(table(*PLAIN)))
    assert "不是真实工单" in simulated["封面"]["A4"].value
    assert "模拟数据" in simulated["表1"]["A1"].value
    assert "模拟数据" in simulated["表1"]["A4"].value
    export = dataclasses.replace(made(table(*PLAIN, data="export"), data="export"), data_words="数据来源：热线导出.xlsx")
    words = [cell.value for sheet in opened(export).worksheets for row in sheet.iter_rows() for cell in row if cell.value]
    assert not [word for word in words if "模拟" in str(word)]
    assert "数据来源：热线导出.xlsx" in words


def test_a_table_whose_values_are_its_printed_rows_is_text():
    rules = table([Column("规则"), Column("值", numeric=True)], [["权重", "0.4"]])
    assert body(opened(made(rules))["表1"]) == [["规则", "值"], ["权重", "0.4"]]


def test_the_same_document_gives_the_same_bytes_dated_by_its_data():
    first, second = (xlsx.render(made(figure(*PLAIN))).contents for _ in range(2))
    assert first == second
    assert openpyxl.load_workbook(io.BytesIO(first)).properties.created.date() == datetime.date(2021, 1, 1)


def test_both_languages_have_the_same_words():
    simplified, traditional = (xlsx.locale(language) for language in ("zh-Hans", "zh-Hant"))
    assert simplified.keys() == traditional.keys()
    assert simplified["kinds"].keys() == traditional["kinds"].keys()
    assert "目錄" in opened(made(table(*PLAIN), language="zh-Hant")).sheetnames
