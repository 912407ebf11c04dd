"""The report as Markdown: what it prints is read again by a Markdown parser, and no text becomes markup."""

import dataclasses
import html
from urllib.parse import unquote

import mistune
import pytest
from support.printed import figure, heading, made, prose, table, words

from helpers.document.blocks import Absence, Code, Column, Failure, Grid, List, Paragraph, Quote, Rule, Run, Table, Text
from helpers.publish import markdown

HOSTILE = ["# 甲", "- 甲", "+ 甲", "1. 甲", "1) 甲", "> 甲", "*甲*", "_甲_", "**甲**", "`甲`", "~~甲~~", "[甲](http://x.example)",
           "![甲](x.png)", "<b>甲</b>", "<!-- 甲", "http://x.example", "www.x.example", "| 甲 |", "a|b", "$x$", "&lt;",
           "\\*甲\\*", "===", "---", "[ ] 甲", "#12", "甲\n# 乙", "{甲}", "\u202e甲"]
PLUGINS = ["table", "strikethrough", "math", "url", "task_lists"]


def rendered(*blocks, **changes):
    return markdown.render(made(*blocks, **changes)).contents.decode()


def read(text):
    """The tokens of a text as Markdown reads it, without the blank lines."""
    tokens = mistune.create_markdown(renderer="ast", plugins=PLUGINS)(text)
    return [token for token in tokens if token["type"] != "blank_line"]


def plain(token):
    """The text of a token, whatever marks it up."""
    return token.get("raw", "") + "".join(map(plain, token.get("children", [])))


def kinds(token):
    return {token["type"], *(kind for child in token.get("children", []) for kind in kinds(child))}


def body(*blocks):
    """The tokens of blocks, without title, cover and what the data are."""
    return read(rendered(*blocks, data="export", cover=()))[2:]


def test_a_report_begins_with_its_title_its_cover_and_what_the_data_are():
    title, subtitle, cover, status, *_ = read(rendered(heading("总体")))
    assert (title["attrs"]["level"], plain(title), plain(subtitle)) == (1, "年度报告", "2020年")
    assert [plain(item) for item in cover["children"]] == ["北京市", "数据状态：模拟数据"]
    assert (status["type"], plain(status)) == ("block_quote", "模拟数据 模拟数据：说明。")


def test_headings_are_numbered_one_level_below_the_title():
    lines = rendered(heading("总体"), heading("渠道", 2)).splitlines()
    assert [line for line in lines if line.startswith("##")] == ["## 一、总体", "### （一）渠道"]


def test_a_paragraph_is_one_line_and_names_its_figures():
    text = rendered(heading("甲"), prose("共十六万件。", "其中", "电话。"), figure())
    assert "共十六万件。其中电话（见图1）。" in text.splitlines()


def test_a_figure_is_a_linked_image_with_its_alternative_text_above_its_caption():
    image, caption = body(dataclasses.replace(figure(data="export"), file="01-甲 (乙)&丙"))
    assert html.unescape(unquote(image["children"][0]["attrs"]["url"])) == "figures/01-甲 (乙)&丙.png"
    assert plain(image) == "东城区最多。"
    assert plain(caption) == "图1 各区办理情况"


def test_simulated_data_are_marked_in_every_caption_and_an_export_is_not_called_so():
    assert rendered(heading("甲"), figure(), table()).count("（模拟数据）") == 2
    assert "模拟" not in rendered(heading("甲"), figure(data="export"), table(data="export"), data="export",
                                cover=()).replace("模拟数据：说明", "")


def test_a_table_has_its_caption_above_and_numbers_to_the_right():
    caption, shown = body(table(("东城区", "1|25"), ("西城区", "—")))
    assert plain(caption).startswith("表1 前三名")
    assert [[plain(cell) for cell in row["children"]] for row in shown["children"][1]["children"]] == [
        ["东城区", "1|25"], ["西城区", "—"]]
    assert [cell["attrs"]["align"] for cell in shown["children"][0]["children"]] == [None, "right"]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_markup_wherever_it_is_printed(text):
    plain_text = " ".join(text.replace("\u202e", " ").split())
    shown = Table(Grid([Column(text)], [[text]], [[text]]), text, text)
    tokens = body(heading(text), prose(text), Paragraph([Run(text)]), shown, Absence(text, text), List([[words(text)]]))
    assert [token["type"] for token in tokens] == [
        "heading", "paragraph", "paragraph", "paragraph", "table", "block_quote", "list"]
    first, computed, written, caption, grid, absence, points = tokens
    assert [plain(token).replace(" ", "") for token in (first, computed, written, caption, absence, points)] == [
        one.replace(" ", "") for one in (f"一、{plain_text}", plain_text, plain_text, f"表1{plain_text}",
                                         f"缺项{plain_text}：{plain_text}", plain_text)]
    rows = [grid["children"][0], *grid["children"][1]["children"]]
    assert {plain(cell) for row in rows for cell in row["children"]} == {plain_text}
    assert set().union(*map(kinds, tokens)) <= {
        "heading", "paragraph", "text", "strong", "table", "table_head", "table_body", "table_row", "table_cell", "block_quote",
        "list", "list_item", "block_text"}


@pytest.mark.parametrize("text", ["甲。", "（甲）", "甲", "_a_", " 甲 "])
def test_bold_is_bold_beside_a_chinese_stop(text):
    [paragraph] = body(Paragraph([Run("前"), Run(text, ("strong",)), Run("后")]))
    assert "strong" in kinds(paragraph)
    assert plain(paragraph).replace(" ", "") == f"前{text}后".replace(" ", "")


def test_styles_links_and_code_are_kept():
    runs = [Run("甲", ("strong", "emphasis")), Run("a`b", ("code",)), Run("乙", href="https://x.example/a b?c=(d)&e=<f>"),
            Run("丙", ("struck",))]
    [paragraph] = body(Paragraph(runs))
    assert kinds(paragraph) == {"paragraph", "emphasis", "strong", "codespan", "link", "strikethrough", "text"}
    [link] = [child for child in paragraph["children"] if child["type"] == "link"]
    assert link["attrs"]["url"].replace("&amp;", "&") == "https://x.example/a%20b?c=(d)&e=%3Cf%3E"


def test_lists_quotes_code_lines_and_what_is_missing_keep_their_form():
    inner = List([[words("丙"), List([[words("丁")]])]], ordered=True, start=3)
    ordered, quoted, code, line, missing, failed = body(
        inner, Quote([words("引文"), words("二")]), Code("a\n```\nb"), Rule(), Absence("考核", "没有数据。"),
        Failure("东城区", "出错。", "KeyError: 'x'"))
    assert (ordered["attrs"]["ordered"], ordered["attrs"]["start"]) == (True, 3)
    assert "list" in kinds(ordered["children"][0])
    assert [plain(child) for child in quoted["children"] if child["type"] == "paragraph"] == ["引文", "二"]
    assert (code["type"], code["raw"].rstrip("\n"), line["type"]) == ("block_code", "a\n```\nb", "thematic_break")
    assert plain(missing) == "缺项 考核：没有数据。"
    assert "KeyError: 'x'" in plain(failed)


def test_a_block_of_plain_text_is_code():
    [shown] = body(Text("# a"))
    assert shown["type"] == "block_code"


def test_the_same_document_gives_the_same_bytes_and_both_languages_print():
    assert rendered(heading("甲"), figure()) == rendered(heading("甲"), figure())
    assert "（模擬資料）" in rendered(figure(), language="zh-Hant")
