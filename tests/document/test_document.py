"""Notebooks become numbered blocks, in the order and with the headings of the outline."""

import datetime
from itertools import takewhile

import pytest
from nbformat import v4

from helpers.chapters.output import MIME
from helpers.document import document, notebook_blocks
from helpers.document.blocks import Absence, Heading, Paragraph, Prose, Run, texts
from helpers.document.document import SectionContent
from helpers.settings import editions, periods
from helpers.writing.citations import Number

YEAR = periods.Period(2020 * 12, 12)
SIMULATED = {"data": "simulated", "source": "beijing-2020", "digest": "d"}
EXPORT = {"data": "export", "source": "热线导出.xlsx", "digest": "d"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><path d="M0 0h9"/></svg>'
TABLE = {"columns": [{"name": "district", "words": "区", "unit": "", "kind": "name"},
                     {"name": "tickets", "words": "办理量", "unit": "件", "kind": "count"}],
         "rows": [["东城区", 167000], ["西城区", None]], "printed": [["东城区", "16.7万件"], ["西城区", "—"]]}


def edition(*chapters, **changes):
    """Beijing's edition with the chapters of a test."""
    return editions.read("beijing", 2020).model_copy(
        update={"chapters": [editions.Chapter.model_validate(chapter) for chapter in chapters], **changes})


def shown(payload, **drawing):
    return v4.new_code_cell("chapter.show()", outputs=[
        v4.new_output("display_data", data={MIME: payload, "text/plain": "x", **drawing})])


def figure(caption="各区办理情况"):
    return shown({"kind": "figure", "name": caption, "caption": caption, "alt": "东城区最多。", "data": "simulated",
                  "table": TABLE}, **{"image/svg+xml": SVG})


def table(caption="前三名"):
    return shown({"kind": "table", "name": caption, "caption": caption, "data": "simulated", "table": TABLE})


def notebook(*parts):
    book = v4.new_notebook(cells=list(parts))
    book.metadata["hotline"] = {}
    return book


def method(source):
    cell = v4.new_markdown_cell(source)
    cell.metadata["tags"] = ["method"]
    return cell


def done(title, *parts, level=1, kind="chapter"):
    return SectionContent("01-overview", notebook(*parts), "done", title, level, kind=kind)


def assembled(*results, facts=SIMULATED, **changes):
    return document.assemble(edition(**changes), YEAR, YEAR.back(12), results, facts)


def body(made):
    """The blocks before the appendices."""
    return list(takewhile(lambda block: not getattr(block, "appendix", False), made.blocks))


def headings(made, blocks=None):
    return [(block.level, block.number + block.text) for block in blocks or body(made) if isinstance(block, Heading)]


def said(block):
    return "".join(run.text for run in block.runs)


def sentence(*parts):
    return shown({"kind": "prose", "data": "export", "sentences": [{"parts": list(parts)}]})


def named(*districts):
    return lambda sections: [{sections.each: district} for district in districts]


def test_the_outline_lists_sections_after_their_chapter_and_before_its_parts():
    sections = {"notebook": "03-district", "each": "district"}
    parts = [{"notebook": "05-agencies"}]
    chapter = {"title": "办理", "notebook": "03-districts", "sections": sections, "parts": parts}
    made = document.outline(edition(chapter, {"title": "附记"}), named("东城区", "a/b"))
    assert [(entry.level, entry.title, entry.kind, entry.stem, entry.entity) for entry in made] == [
        (1, "办理", "chapter", "03-districts", {}),
        (2, "东城区", "section", "03-district-01-东城区", {"district": "东城区"}),
        (2, "a/b", "section", "03-district-02-a_b", {"district": "a/b"}),
        (2, None, "chapter", "05-agencies", {}),
        (1, "附记", "heading", None, {})]


def test_what_has_no_section_is_listed_last_under_a_heading_of_its_dimension():
    sections = {"notebook": "03-district", "each": "district"}
    chapter = {"title": "办理", "notebook": "03-districts", "sections": sections}
    rest = {"others": "district"}
    made = document.outline(edition(chapter), lambda _: [{"district": "东城区"}, rest])
    assert (made[2].title, made[2].kind, made[2].notebook, made[2].stem, made[2].entity) == (
        "其余各区", "section", "09-others", "03-district-others", rest)
    assert document.outline(edition(chapter), lambda _: [rest])[1].title == "各区"


def test_a_section_of_two_keys_is_titled_by_its_own_name_and_given_both():
    sections = {"notebook": "03-street", "each": "subdistrict"}
    made = document.outline(edition({"title": "街道", "sections": sections}),
                            lambda sections: [{"district": "朝阳区", "subdistrict": "望京街道"}])
    assert (made[1].title, made[1].stem) == ("望京街道", "03-street-01-望京街道")
    assert made[1].entity == {"district": "朝阳区", "subdistrict": "望京街道"}


def test_sections_stand_at_the_level_that_the_edition_gives_them():
    sections = {"notebook": "03-district", "each": "district", "level": 3}
    chapter = {"title": "办理", "notebook": "03-districts", "sections": sections}
    made = document.outline(edition(chapter), named("东城区"))
    assert [one.level for one in made] == [1, 3]


def test_a_chapter_prints_its_headings_and_outputs_but_neither_its_own_title_nor_its_questions_nor_code():
    made = assembled(done("总体情况", v4.new_markdown_cell("# Notebook's title\n\nTwo sentences."),
                          v4.new_markdown_cell("How many?"), figure(),
                          v4.new_markdown_cell("## 渠道\n\nA question?"), table()))
    assert [block.kind for block in body(made)] == ["heading", "figure", "heading", "table"]
    assert headings(made) == [(1, "一、总体情况"), (2, "（一）渠道")]


def test_a_chapter_of_ones_own_prints_the_authors_words_and_bare_outputs_under_the_question_before_them():
    picture = v4.new_output("display_data", data={"image/svg+xml": SVG, "text/plain": "<Figure>"})
    frame = v4.new_output("execute_result", data={"text/plain": "x", "text/html": (
        "<table><thead><tr><th>区</th><th>件</th></tr></thead><tbody><tr><td>东城区</td><td>12</td></tr></tbody></table>")})
    printed = [v4.new_output("stream", name="stdout", text="共12件\n"), v4.new_output("stream", name="stderr", text="warning")]
    made = assembled(done("夜间噪声", v4.new_markdown_cell("# T\n\nIntroduction."), table(),
                          v4.new_markdown_cell("哪些区夜间来电最多？"), v4.new_code_cell("frame", outputs=[frame]),
                          v4.new_markdown_cell("夜间指22时\n至次日6时。\n\n各月如何？"),
                          v4.new_code_cell("plot()", outputs=[picture]), v4.new_code_cell("print()", outputs=printed)))
    blocks = [block for block in body(made) if block.kind not in ("heading", "paragraph")]
    assert [(block.kind, getattr(block, "caption", None), getattr(block, "data", None)) for block in blocks] == [
        ("table", "前三名", "simulated"), ("table", "哪些区夜间来电最多", "simulated"), ("figure", "各月如何", "simulated"),
        ("text", None, None)]
    assert (blocks[1].grid.rows, blocks[1].number, blocks[2].number, blocks[2].alt) == ([["东城区", "12"]], 2, 1, "各月如何")
    assert blocks[3].text == "共12件"
    words = ["".join(run.text for run in block.runs) for block in body(made) if block.kind == "paragraph"]
    assert words == ["编者按：夜间指22时至次日6时。"]


def test_headings_are_numbered_anew_below_each_heading():
    inner = [v4.new_markdown_cell("## 甲"), v4.new_markdown_cell("### 乙"), table(), v4.new_markdown_cell("### 丙"), table()]
    made = assembled(done("一章", *inner), done("二章", *inner))
    assert headings(made) == [(1, "一、一章"), (2, "（一）甲"), (3, "1. 乙"), (3, "2. 丙"),
                              (1, "二、二章"), (2, "（一）甲"), (3, "1. 乙"), (3, "2. 丙")]


def test_without_a_title_the_notebooks_own_headings_stand_at_the_entrys_level():
    own = [v4.new_markdown_cell("# 机构"), v4.new_markdown_cell("## 市属机构"), table()]
    made = assembled(done("办理"), done(None, *own, level=2))
    assert headings(made) == [(1, "一、办理"), (2, "（一）市属机构")]


def test_a_heading_is_never_more_than_one_level_below_the_one_before():
    made = assembled(done("章", v4.new_markdown_cell("#### 深"), table(), level=2))
    assert [level for level, _ in headings(made)] == [1, 2]


def test_a_heading_below_which_nothing_prints_is_left_out():
    own = [v4.new_markdown_cell("## 空"), v4.new_markdown_cell("## 市属机构"), table(), v4.new_markdown_cell("## 也空")]
    assert headings(assembled(done("办理", *own))) == [(1, "一、办理"), (2, "（一）市属机构")]


def test_a_part_of_a_chapter_that_prints_nothing_has_a_heading_only_for_what_is_below_it():
    assert headings(assembled(done("甲", table()), done("空", level=2))) == [(1, "一、甲")]
    below = [done("甲", table()), done("空", level=2), done("乙", table(), level=3)]
    assert headings(assembled(*below)) == [(1, "一、甲"), (2, "（一）空"), (3, "1. 乙")]


def test_figures_and_tables_are_numbered_through_the_report_each_on_its_own():
    made = assembled(done("甲", figure(), table(), figure()), done("乙", table(), figure()))
    assert [(block.kind, block.number) for block in body(made) if not isinstance(block, Heading)] == [
        ("figure", 1), ("table", 1), ("figure", 2), ("table", 2), ("figure", 3)]


def test_figures_and_tables_of_one_name_have_two_files_whatever_the_case_and_the_signs():
    made = assembled(done("甲", table("a/b"), figure("a:b"), table("A_B"), table("c")), done("乙", table("c")))
    assert [getattr(block, "file", "") for block in body(made)] == [
        "", "01-overview-a_b", "01-overview-a_b-2", "01-overview-A_B-3", "01-overview-c", "", "01-overview-c"]


def test_only_what_a_chapter_made_has_a_file():
    foreign = v4.new_code_cell(outputs=[v4.new_output("display_data", data={"text/html": "<table><tr><td>1</td></tr></table>"})])
    made = document.of_notebook(v4.new_notebook(cells=[foreign]))
    assert [block.file for block in made.blocks if block.kind == "table"] == [""]


def test_a_table_prints_in_house_style_and_knows_its_columns_of_numbers():
    grid = assembled(done("甲", table())).blocks[1].grid
    assert grid.rows == [["东城区", "16.7万件"], ["西城区", "—"]]
    assert [(column.name, column.header, column.numeric) for column in grid.columns] == [
        ("district", "区", False), ("tickets", "办理量（件）", True)]
    assert grid.values[0][0] == "东城区"


def test_prose_keeps_the_number_behind_each_printed_one():
    payload = {"kind": "prose", "data": "export", "sentences": [
        {"parts": ["共", {"text": "16.7万件", "value": 167000, "kind": "count"}, "。"]}, {"parts": ["完。"]}]}
    assert assembled(done("甲", shown(payload))).blocks[1].runs == [
        Run("共"), Run("16.7万件", number=Number(167000, "count")), Run("。"), Run("完。")]


def test_notes_on_method_go_to_an_appendix_once_under_their_chapters_name_and_the_rules_after_them():
    note, other = method("## 方法\n\n按自然年。"), method("按派单。")
    made = assembled(done("甲", note), done("东城区", note, other, level=2, kind="section"), done("乙", note))
    assert headings(made, made.blocks)[3:7] == [
        (1, "附录一\u3000编制方法说明"), (2, "（一）甲"), (2, "（二）乙"), (2, "（三）本版编制规则")]
    assert [run.text for block in made.blocks if isinstance(block, Paragraph) for run in block.runs][:3] == [
        "按自然年。", "按派单。", "按自然年。"]


def test_a_line_that_ends_between_chinese_characters_leaves_no_blank():
    made = assembled(done("甲", method("一行。\n另一行 of words\nand more")))
    [note, *_] = [block for block in made.blocks if isinstance(block, Paragraph)]
    assert "".join(run.text for run in note.runs) == "一行。另一行 of words and more"


def test_prose_refers_to_the_figures_and_tables_before_the_next_words():
    made = assembled(done("甲", sentence("共三件。"), figure(), table(), sentence("又四件。"), v4.new_markdown_cell("## 乙"),
                          figure()))
    first, second = [block for block in body(made) if isinstance(block, Prose)]
    assert (said(first), said(second)) == ("共三件（见图1、表1）。", "又四件。")
    assert [run.ref for run in first.runs] == [None, None, "figure-1", None, "table-1", None]
    assert {block.id for block in made.blocks if hasattr(block, "id")} >= {"figure-1", "table-1"}


def test_a_reference_stands_beside_no_other_bracket():
    made = assembled(done("甲", sentence("朝阳区（三件）。"), figure(),
                          sentence("共", {"text": "四件", "value": 4, "kind": "count"}), figure()))
    assert [said(block) for block in body(made) if isinstance(block, Prose)] == ["朝阳区（三件），见图1。", "共四件（见图2）"]


def test_headings_and_table_heads_call_areas_as_the_edition_does():
    areas = editions.AreaNames(district="區", subdistrict="里", community="鄰")
    own = [v4.new_markdown_cell("## 各区和功能区、各区域的街道（乡镇）"), table()]
    made = assembled(done("甲", *own), areas=areas)
    assert headings(made)[1][1] == "（一）各區和功能区、各区域的里"
    assert [column.header for column in body(made)[-1].grid.columns] == ["區", "办理量（件）"]


def test_the_glossary_comes_last_and_explains_only_what_the_document_says():
    made = assembled(done("甲", sentence("同比上升。")))
    last = [block for block in made.blocks if getattr(block, "appendix", False)][-1]
    terms = [block.runs[0].text for block in made.blocks[made.blocks.index(last) + 1:]]
    assert last.text == "名词解释"
    assert "同比" in terms
    assert "环比" not in terms


def test_a_failed_notebook_leaves_a_hole_with_the_end_of_its_traceback_and_takes_no_other_with_it():
    error = v4.new_output("error", ename="KeyError", evalue="'x'", traceback=[*["\x1b[31mline\x1b[0m"] * 20, "end"])
    broken = notebook(figure(), v4.new_code_cell("x", outputs=[error]))
    made = assembled(SectionContent("01", broken, "failed", "甲", 1, "第2个单元出错。"), done("乙", figure()))
    assert [block.kind for block in body(made)] == ["heading", "failure", "heading", "figure"]
    assert made.blocks[1].reason == "第2个单元出错。"
    assert made.blocks[1].traceback.splitlines() == ["line"] * 11 + ["end"]


def test_absent_chapters_are_listed_in_the_appendix_on_method_with_the_reason_and_a_name_in_words():
    absent = SectionContent("04", None, "absent", "功能区", 1, "工单没有区一栏。")
    owners = SectionContent("05-agencies", None, "absent", None, 2, "工单没有承办单位一栏。", name="市属机构和国有企业")
    parent = SectionContent(None, None, "done", "承办", 1, kind="heading")
    made = assembled(done("甲", figure()), absent, parent, owners)
    assert [block.text for block in made.blocks if isinstance(block, Heading)][:3] == ["甲", "编制方法说明", "本版未编列的内容"]
    assert [block for block in made.blocks if isinstance(block, Absence)] == [
        Absence("功能区", "工单没有区一栏。"), Absence("市属机构和国有企业", "工单没有承办单位一栏。")]


def test_a_heading_keeps_its_place_where_only_some_of_what_is_below_it_is_absent():
    parent = SectionContent(None, None, "done", "承办", 1, kind="heading")
    absent = SectionContent("04", None, "absent", "功能区", 2, "工单没有区一栏。")
    made = assembled(parent, absent, done("甲", figure(), level=2))
    assert headings(made)[:2] == [(1, "一、承办"), (2, "（一）甲")]


def absence(what):
    return shown({"kind": "absence", "what": what, "reason": "没有内容，从略。", "data": "export"})


def test_a_heading_with_absences_alone_goes_and_they_are_listed_in_the_appendix_on_method():
    heading, below = (v4.new_markdown_cell(text) for text in ("## 市属机构", "### 各机构"))
    last = [v4.new_markdown_cell("## 单位"), figure()]
    made = assembled(done("承办", figure(), heading, below, absence("市属机构办理情况"), *last))
    assert headings(made) == [(1, "一、承办"), (2, "（一）单位")]
    left_out = made.blocks.index(Absence("市属机构办理情况", "没有内容，从略。"))
    assert made.blocks[left_out - 1].text == "本版未编列的内容"
    kept = assembled(done("承办", heading, figure(), absence("各区"), last[0], absence("各所"), figure()))
    assert [block.kind for block in body(kept)] == ["heading", "heading", "figure", "absence", "heading", "absence", "figure"]


def test_the_method_of_a_part_that_printed_nothing_is_not_explained():
    parts = [done("承办", figure(), method("按最后一次派单计。")), done("名次", method("漏斗图以总体的率为中心。"), level=2)]
    texts_of = ["".join(texts(block)) for block in assembled(*parts).blocks]
    assert "按最后一次派单计。" in texts_of
    assert "漏斗图以总体的率为中心。" not in texts_of


def test_a_column_of_which_nothing_is_known_is_left_out_unless_it_is_the_first():
    payload = {"columns": [{"name": name, "words": name, "unit": "", "kind": "count"} for name in ("a", "b", "c")],
               "rows": [[None, None, 1], [None, None, None]], "printed": [["—", "—", "1"], ["—", "—", "—"]]}
    grid = notebook_blocks._grid(payload)
    assert ([column.name for column in grid.columns], grid.rows, grid.values) == (
        ["a", "c"], [["—", "1"], ["—", "—"]], [[None, 1], [None, None]])


def test_the_cover_names_place_edition_days_and_the_state_of_the_data():
    made = assembled(done("甲"))
    assert made.cover == ("北京市 12345市民服务热线", "版本：北京市2020年（beijing-2020）", "统计期间：2020年1月1日至12月31日",
                          "对比期间：2019年1月1日至12月31日", "数据状态：模拟数据")
    assert "不是真实工单" in made.data_words


def test_the_cover_of_an_export_names_its_files_and_its_digest():
    made = assembled(done("甲"), facts=EXPORT | {"digest": "0123456789abcdef0123"})
    assert made.cover[-2:] == ("数据来源：热线导出.xlsx", "SHA-256校验值（前16位）：0123456789abcdef")
    assert made.data_words == made.cover[-2]
    many = assembled(done("甲"), facts=EXPORT | {"source": "一月.csv; 二月.csv; 三月.csv"})
    assert many.cover[-2] == "数据来源：一月.csv等3个文件"


def test_where_an_edition_names_the_publisher_of_an_export_the_cover_does_and_the_appendix_the_file():
    named = edition().model_copy(update={"publisher": "某市数据局"})
    made = document.assemble(named, YEAR, None, [done("甲")], EXPORT | {"digest": "0123456789abcdef0123"})
    assert made.cover[-1] == "数据提供单位：某市数据局"
    assert made.data_words == "数据来源：某市数据局"
    words = ["".join(run.text for run in block.runs) for block in made.blocks if isinstance(block, Paragraph)]
    assert [line for line in words if "：" in line] == ["导出文件：热线导出.xlsx", "SHA-256校验值（前16位）：0123456789abcdef"]


def test_a_period_over_the_end_of_a_year_names_both_years_on_the_cover():
    made = document.assemble(edition(), periods.Period(2019 * 12 + 10, 4), None, [done("甲")], EXPORT)
    assert made.cover[2] == "统计期间：2019年11月1日至2020年2月29日"


def test_the_date_is_the_day_after_the_period_and_not_the_clocks():
    assert assembled(done("甲")).date == datetime.date(2021, 1, 1)
    part = document.assemble(edition(), periods.parse("Q1", 2020), None, [done("甲")], EXPORT)
    assert part.date == datetime.date(2020, 4, 1)


def test_the_language_of_the_edition_is_that_of_the_frame():
    made = assembled(done("甲", method("x")), language="zh-Hant")
    assert (made.language, made.cover[-1]) == ("zh-Hant", "資料狀態：模擬資料")
    assert "附錄\u3000編製方法說明" in [text for _, text in headings(made, made.blocks)]


def test_one_chapter_alone_has_its_title_no_cover_and_numbers_of_its_own():
    result = done("东城区", v4.new_markdown_cell("## 街道"), figure(), method("按派单。"), level=3, kind="section")
    made = document.single(edition(), YEAR, None, result, SIMULATED)
    assert (made.title, made.cover, made.blocks[1].number) == ("东城区", (), 1)
    assert headings(made) == [(1, "一、街道"), (1, "二、编制方法说明")]


def test_a_chapters_notebook_prints_without_code_and_is_marked_by_its_outputs():
    made = document.of_notebook(notebook(v4.new_markdown_cell("# 总体情况"), v4.new_markdown_cell("why?"), figure()))
    assert (made.title, made.data, [block.kind for block in made.blocks]) == ("总体情况", "simulated", ["figure"])


@pytest.mark.parametrize(("inputs", "kinds"), [(True, ["paragraph", "code", "text"]), (False, ["paragraph", "text"])])
def test_a_foreign_notebook_prints_words_code_and_outputs_unnumbered(inputs, kinds):
    stream = v4.new_output("stream", name="stdout", text="10%\r100%\n")
    made = document.of_notebook(v4.new_notebook(cells=[v4.new_markdown_cell("# T\n\nwords"),
                                                       v4.new_code_cell("1", outputs=[stream])]), inputs)
    assert (made.title, made.data, [block.kind for block in made.blocks]) == ("T", "", kinds)
    assert made.blocks[-1].text == "100%"


def test_between_outputs_a_document_is_in_the_editions_script_and_its_own_words_stay():
    changed = edition(language="zh-Hant", title="市民熱線后龙年報", districts=["后龙"],
                      areas=editions.AreaNames(district="區", subdistrict="里"), zones=None)
    parts = [v4.new_markdown_cell("## 各类来电"), table("各類來電"), method("## 方法\n\n来电按受理时间计入。")]
    results = [done("后龙", *parts, kind="section"), SectionContent("05", None, "absent", "機構", 1, "本版没有划定功能区。")]
    made = document.assemble(changed, YEAR, None, results, EXPORT)
    printed = "".join(text for block in made.blocks for text in texts(block))
    assert (made.title, made.language) == ("市民熱線后龙年報", "zh-Hant")
    assert {"后龙", "各類來電"} <= {block.text for block in made.blocks if isinstance(block, Heading)}
    assert "來電按受理時間計入。" in printed
    assert "本版沒有劃定功能區。" in printed
    assert "編製規則" in printed
    assert not set("来电时间没划编则") & set(printed)


def points(*said):
    return shown({"kind": "points", "data": "simulated", "sentences": [{"parts": [text]} for text in said]})


def test_what_is_in_front_comes_first_wherever_the_edition_names_it_and_has_no_number():
    chapters = [{"title": "总体", "notebook": "01-overview"}, {"title": "要点", "notebook": "01-summary", "front": True}]
    entries = document.outline(edition(*chapters), named())
    assert [(entry.title, entry.kind) for entry in entries] == [("要点", "front"), ("总体", "chapter")]
    front = done("要点", points("甲多。"), v4.new_markdown_cell("## 要留意"), points("乙少。"), kind="front")
    made = assembled(front, done("总体", figure()))
    assert headings(made) == [(1, "要点"), (2, "要留意"), (1, "一、总体")]
    assert [block.front for block in made.blocks if isinstance(block, Heading)][:3] == [True, True, False]


def test_statements_are_a_numbered_list_of_one_sentence_each():
    made = assembled(done("要点", points("甲多。", "乙少。"), kind="front"))
    listed = next(block for block in made.blocks if block.kind == "list")
    assert (listed.ordered, [[said(block) for block in item] for item in listed.items]) == (True, [["甲多。"], ["乙少。"]])


def test_a_short_product_has_neither_cover_nor_appendices_but_its_method():
    result = done("情况", figure(), method("只计派单。"))
    made = document.short(edition(), YEAR, None, [result], SIMULATED)
    assert made.cover == ()
    assert headings(made, made.blocks) == [(1, "一、情况"), (1, "二、编制方法说明")]
    assert "".join(text for block in made.blocks[-1:] for text in texts(block)) == "只计派单。"


def test_the_cover_names_the_office_and_the_day_of_a_report_of_real_tickets():
    named = {"issuer": "北京市政务服务管理局", "issued": datetime.date(2021, 1, 8)}
    made = assembled(done("总体"), facts=EXPORT, **named)
    assert {"发布单位：北京市政务服务管理局", "发布日期：2021年1月8日"} <= set(made.cover)
    assert not any(line.startswith("发布日期") for line in assembled(done("总体"), **named).cover)


def test_a_section_of_a_label_is_titled_in_words_and_filed_by_its_name():
    whole = edition({"title": "专题", "notebook": "07-labels", "sections": {"notebook": "07-label", "each": "tag"}})
    entries = document.outline(whole, lambda sections: [{"tag": "epidemic"}])
    assert [(entry.title, entry.stem) for entry in entries] == [("专题", "07-labels"),
                                                                ("疫情防控和复工复产", "07-label-01-epidemic")]


def test_a_notebook_may_say_how_the_file_of_its_section_is_titled():
    book = notebook(figure())
    book.metadata["hotline"] = {"piece": "{period}{name}综合指数"}
    section = SectionContent("07-index-district-01", book, "done", "朝阳区", 3, kind="section", entity={"district": "朝阳区"})
    piece = document.single(edition(), YEAR, None, section, SIMULATED)
    assert (piece.title, piece.one_page, piece.dense) == ("2020年朝阳区综合指数", True, True)
