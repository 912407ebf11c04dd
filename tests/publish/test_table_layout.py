"""How a table stands on paper: side by side, in one piece, or in parts."""

from helpers.document.blocks import Column
from helpers.publish import table_layout


def columns(*heads, numeric=()):
    return [Column(head, place in numeric) for place, head in enumerate(heads)]


def test_a_table_too_wide_for_the_page_goes_on_below_with_its_first_column():
    laid = table_layout.layout(columns(*["名" * 6] * 6), [["字" * 9] + ["字" * 10] * 5])
    assert [len(sheet.columns) for sheet in laid] == [4, 3]
    assert all(sheet.rows[0][0] == "字" * 9 for sheet in laid)


def test_long_heads_over_short_numbers_do_not_part_a_table():
    laid = table_layout.layout(columns("章", *["工单不记录（条）"] * 6, numeric=range(1, 7)), [["总体情况", *"123456"]])
    assert len(laid) == 1


def test_a_long_narrow_table_stands_side_by_side_and_a_short_one_does_not():
    narrow = columns("名次", "区", "数量（件）", numeric=(0, 2))
    assert table_layout.layout(narrow, [["1", "东城区", "167000"]] * 40)[0].side == 3
    assert table_layout.layout(narrow, [["1", "东城区", "167000"]] * 8)[0].side == 1


def test_what_shall_be_one_page_has_shorter_tables_side_by_side():
    narrow, rows = columns("街道", "数量（件）", numeric=(1,)), [["东四街道", "5678"]] * 14
    assert [table_layout.layout(narrow, rows, dense=dense)[0].side for dense in (False, True)] == [1, 3]
    assert table_layout.layout(narrow, rows[:8], dense=True)[0].side == 1


def test_columns_side_by_side_fill_the_page_and_stack_their_heads():
    [sheet] = table_layout.layout(
        columns("名次", "承办单位", "有得分月数（个月）", numeric=(0, 2)), [["1", "市公安局", "12"]] * 40
    )
    assert abs(sheet.side * sum(sheet.widths) + (sheet.side - 1) * 14 - table_layout.WIDTH) < 1
    assert sheet.columns[2].header == "有得分月数\n（个月）"


def test_a_head_is_broken_in_two_halves_where_its_name_has_no_room_and_never_one_of_two_characters():
    [sheet] = table_layout.layout(columns("名次", "承办单位", "有得分月数（个月）", "最高名次", numeric=(0, 2, 3)),
                                  [["1", "市" * 14, "12", "1"]] * 40)
    assert [column.header for column in sheet.columns] == ["名次", "承办单位", "有得分\n月数\n（个月）", "最高\n名次"]


def test_of_a_table_as_wide_as_the_page_numbers_stay_whole_and_long_texts_share_what_is_left():
    row = ["东城区", "字" * 90, "11,039,400", "字" * 30]
    [sheet] = table_layout.layout(columns("区", "内容", "数量（件）", "依据", numeric=(2,)), [row])
    name, long, number, short = sheet.widths
    assert abs(sum(sheet.widths) - table_layout.WIDTH) < 1
    assert number >= table_layout.width_em("11,039,400") * 8.5 + 11.9
    assert name >= 3 * 8.5 + 11.9
    assert long > short > 5 * 8.5


def test_rows_are_named_by_the_first_column_of_words():
    assert table_layout.layout(columns("名次", "区", numeric=(0,)), [["1", "东城区"]])[0].key == 1
    assert table_layout.layout(columns("次数", "数量", numeric=(0, 1)), [["1", "2"]])[0].key == 0


def test_a_table_with_long_words_in_most_rows_keeps_the_whole_width():
    assert table_layout.layout(columns("说明", "内容"), [["字" * 30, "字" * 30]] * 40)[0].side == 1


def test_a_table_may_break_over_pages_by_its_lines_not_its_rows():
    assert not table_layout.layout(columns("甲", "乙"), [["字", "字"]] * 15)[0].breaks
    assert table_layout.layout(columns("甲", "乙"), [["字", "字" * 80]] * 8)[0].breaks


def test_the_space_between_a_chinese_character_and_a_digit_or_letter_counts():
    assert table_layout.width_em("春节前第3周") == 5 + 0.56 + 2 * 0.25
    assert round(table_layout.width_em("EARS C1"), 2) == 3.92
    assert round(table_layout.width_em("数量（3件）"), 2) == 5.81
