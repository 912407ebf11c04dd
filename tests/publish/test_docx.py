"""A Word file that an office edits: real styles, numbers and fields, and the words and numbers of the printed report."""

import dataclasses
import datetime
import io
import os
import re
import shutil
import subprocess
import zipfile

import docx as python_docx
import pypdf
import pytest
from lxml import etree
from openpyxl import load_workbook
from support.printed import figure, heading, made, prose, table, words

from helpers.document import document
from helpers.document.blocks import (
    Absence,
    Code,
    Failure,
    Heading,
    List,
    Prose,
    Quote,
    Rule,
)
from helpers.publish import docx, pdf, png, xlsx
from helpers.settings import editions, labels, numerals, paths

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NAMES = {"w": W[1:-1], "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"}


def drawn(high):
    return dataclasses.replace(figure(), svg=f'<svg xmlns="http://www.w3.org/2000/svg" width="400pt" height="{high}pt"/>')


def file(given):
    return docx.render(given, png.figure_pngs(given)).contents


def opened(given):
    return python_docx.Document(io.BytesIO(file(given)))


def part(given, name):
    with zipfile.ZipFile(io.BytesIO(file(given))) as archive:
        return etree.fromstring(archive.read(name))


def found(element, path):
    return etree.XPath(path, namespaces=NAMES)(element)


def value(element, path, name="val"):
    return found(element, path)[0].get(W + name)


def text_of(paragraph):
    """Return what a paragraph shows: its runs and the results of its fields, not their codes."""
    return "".join(piece.text or "" for piece in found(paragraph, ".//w:t"))


def as_numbered(given):
    """Return the headings of a file as Word numbers them: by list, level, the form of the level and its text."""
    body, numbering, styles = (part(given, f"word/{name}.xml") for name in ("document", "numbering", "styles"))
    levels = {(number.get(W + "numId"), level.get(W + "ilvl")): (value(level, "w:numFmt"), value(level, "w:lvlText"))
              for number in found(numbering, "w:num")
              for level in found(numbering, f"w:abstractNum[@w:abstractNumId='{value(number, 'w:abstractNumId')}']/w:lvl")}
    counts, lines = {}, []
    for paragraph in found(body, "//w:p[w:pPr/w:pStyle[starts-with(@w:val, 'Heading')]]"):
        own = found(paragraph, "w:pPr/w:numPr") or found(
            styles, f"w:style[@w:styleId='{value(paragraph, 'w:pPr/w:pStyle')}']/w:pPr/w:numPr")
        number, level = value(own[0], "w:numId"), int(value(own[0], "w:ilvl"))
        if number == "0":
            lines.append(text_of(paragraph))
            continue
        here = counts.setdefault(number, [0] * 9)
        here[level] += 1
        here[level + 1:] = [0] * (8 - level)
        shape, shown = levels[number, str(level)]
        said = numerals.chinese(here[level]) if shape == "chineseCountingThousand" else str(here[level])
        lines.append(shown.replace(f"%{level + 1}", said) + text_of(paragraph))
    return lines


def styled(given, style):
    body = part(given, "word/document.xml")
    return [text_of(paragraph) for paragraph in found(body, f"//w:p[w:pPr/w:pStyle[@w:val='{style}']]")]


def test_page_and_type_are_those_of_gb_t_9704():
    body, styles = part(made(heading("甲"), prose("文。")), "word/document.xml"), part(made(), "word/styles.xml")
    for section in found(body, "//w:sectPr"):
        assert (value(section, "w:pgSz", "w"), value(section, "w:pgSz", "h")) == ("11906", "16838")
        margins = found(section, "w:pgMar")[0]
        printed = [round(int(margins.get(W + side)) / 1440 * 25.4) for side in ("top", "bottom", "left", "right")]
        assert printed == [37, 35, 28, 26]
        wide = 11906 - int(margins.get(W + "left")) - int(margins.get(W + "right"))
        high = 16838 - int(margins.get(W + "top")) - int(margins.get(W + "bottom"))
        assert value(section, "w:docGrid", "type") == "linesAndChars"
        assert high // int(value(section, "w:docGrid", "linePitch")) == 22
        normal = found(styles, "w:style[@w:styleId='Normal']")[0]
        pitch = int(value(normal, "w:rPr/w:sz")) * 10 + int(value(normal, "w:rPr/w:spacing"))
        assert wide // pitch == 28
        assert high // int(value(normal, "w:pPr/w:spacing", "line")) == 22


@pytest.mark.parametrize(("style", "font", "size"), [
    ("Normal", "仿宋_GB2312", 16), ("Heading1", "黑体", 16), ("Heading2", "楷体_GB2312", 16), ("Heading3", "仿宋_GB2312", 16),
    ("Heading4", "仿宋_GB2312", 16), ("Title", "方正小标宋简体", 22), ("Caption", "黑体", 12), ("Footer", "宋体", 14)])
def test_a_style_names_the_offices_own_font_for_chinese_and_its_size(style, font, size):
    one = found(part(made(), "word/styles.xml"), f"w:style[@w:styleId='{style}']")[0]
    assert value(one, "w:rPr/w:rFonts", "eastAsia") == font
    assert value(one, "w:rPr/w:sz") == str(size * 2)


def test_a_font_that_is_not_installed_has_others_to_take_its_place():
    fonts = part(made(), "word/fontTable.xml")
    assert value(fonts, "w:font[@w:name='仿宋_GB2312']/w:altName").split(",")[0] == "仿宋"
    assert value(fonts, "w:font[@w:name='方正小标宋简体']/w:altName").split(",")[-1] == "SimSun"


def test_headings_have_words_own_styles_and_its_numbers_are_those_of_the_pdf():
    given = made(heading("甲"), heading("乙", 2), heading("丙", 3), heading("丁", 4), heading("戊", 3),
                 heading("己"), heading("庚", 2), heading("辛", appendix=True), heading("壬", 2), heading("癸", 2),
                 heading("子", appendix=True), heading("丑", 2))
    assert as_numbered(given) == [block.number + block.text for block in given.blocks]
    assert as_numbered(given)[3] == "（1）丁"
    names = [paragraph.style.name for paragraph in opened(given).paragraphs]
    assert [name for name in names if name.startswith("Heading")][:4] == [f"Heading {level}" for level in (1, 2, 3, 4)]
    assert not any("一、" in text for text in styled(given, "Heading1"))  # Word counts, nothing is typed


def test_one_appendix_alone_has_no_number():
    given = made(heading("甲"), heading("辛", appendix=True), heading("壬", 2))
    assert as_numbered(given) == ["一、甲", "附录　辛", "（一）壬"]


def test_a_document_whose_headings_have_no_numbers_gets_none():
    blocks = document.numbered([heading("A"), heading("B", 2)], labels.locale("zh-Hans"), headings=False)
    assert as_numbered(dataclasses.replace(made(), blocks=blocks)) == ["A", "B"]


def test_the_contents_are_a_field_filled_with_links_to_the_headings():
    given = made(heading("甲"), heading("乙", 2), heading("丙", 3), heading("丁", 4))
    body = part(given, "word/document.xml")
    assert 'TOC \\o "1-3" \\h \\z \\u' in "".join(code.text for code in found(body, "//w:instrText"))
    assert [styled(given, f"TOC{level}")[0] for level in (1, 2, 3)] == ["一、甲1", "（一）乙1", "1. 丙1"]
    bookmarks = {mark.get(W + "name") for mark in found(body, "//w:bookmarkStart")}
    assert {link.get(W + "anchor") for link in found(body, "//w:hyperlink")} <= bookmarks
    kinds = [mark.get(W + "fldCharType") for mark in found(body, "//w:fldChar")]
    assert kinds[:3] == ["begin", "separate", "begin"]  # the contents hold the fields of their pages
    assert [kinds.count(kind) for kind in ("begin", "separate", "end")] == [len(kinds) // 3] * 3
    assert not found(part(given, "word/settings.xml"), "w:updateFields")  # Word would ask before it opens the file


def test_prose_refers_by_fields_to_bookmarks_round_the_labels():
    given = made(heading("甲"), prose("共十六万件。"), figure(), table())
    body = part(given, "word/document.xml")
    codes = [code.text.split() for code in found(body, "//w:instrText")]
    assert [code[1] for code in codes if code[0] == "REF"] == ["figure_1", "table_1"]
    for mark in found(body, "//w:bookmarkStart[@w:name='figure_1' or @w:name='table_1']"):
        end = found(body, f"//w:bookmarkEnd[@w:id='{mark.get(W + 'id')}']")[0]
        within = mark.getparent()[mark.getparent().index(mark) + 1: end.getparent().index(end)]
        assert "".join("".join(piece.text for piece in found(one, ".//w:t")) for one in within) in ("图1", "表1")
    assert "共十六万件（见图1、表1）。" in [text_of(paragraph) for paragraph in found(body, "//w:p")]


def test_captions_count_themselves_and_say_that_data_are_simulated():
    given = made(heading("甲"), figure(), table(), table(data="export"), figure())
    assert styled(given, "Caption") == [
        "图1　各区办理情况（模拟数据）", "表1　前三名（模拟数据）", "表2　前三名", "图2　各区办理情况（模拟数据）"]
    codes = [code.text.split() for code in found(part(given, "word/document.xml"), "//w:instrText")]
    assert [code[1] for code in codes if code[0] == "SEQ"] == ["图", "表", "表", "图"]


def test_a_figures_titles_are_one_caption_that_keeps_with_the_picture_below_it():
    titled = dataclasses.replace(figure(), title="朝阳区最多", subtitle="2020年各区（万件）")
    given = made(heading("甲"), titled)
    assert styled(given, "Caption") == ["图1　朝阳区最多（模拟数据）2020年各区（万件）"]
    body = part(given, "word/document.xml")
    (caption,) = [paragraph for paragraph in found(body, "//w:p") if found(paragraph, "w:pPr/w:pStyle[@w:val='Caption']")]
    assert found(caption, "w:pPr/w:keepNext")
    assert len(found(caption, ".//w:br")) == 1
    assert found(caption.getnext(), ".//wp:inline")


def test_a_figure_is_a_picture_with_its_alternative_text_no_wider_than_the_page():
    given = made(heading("甲"), figure(alt="东城区“最多” <5>。"), figure(width=900))
    shapes = opened(given).inline_shapes
    assert [found(shape._inline, "wp:docPr")[0].get("descr") for shape in shapes] == ["东城区“最多” <5>。", "东城区最多。"]
    assert shapes[0].width.pt == pytest.approx(400)
    assert shapes[1].width.mm == pytest.approx(156, abs=0.1)
    with zipfile.ZipFile(io.BytesIO(file(given))) as archive:
        drawing = python_docx.image.image.Image.from_blob(archive.read("word/media/image1.png"))
    assert (drawing.px_width, drawing.px_height) == (1111, 250)  # 400 by 90 points and nothing round them


def test_a_table_is_a_table_whose_header_repeats_and_whose_rows_stay_whole():
    made_table = opened(made(heading("甲"), table(*[("街道", "1")] * 40))).tables[0]
    flags = [[flag.tag.removeprefix(W) for flag in row._tr.trPr] for row in made_table.rows]
    assert flags == [["cantSplit", "tblHeader"]] + [["cantSplit"]] * 40
    assert made_table.style.name == "三线表"
    alignments = [cell.paragraphs[0].alignment for cell in made_table.rows[1].cells]
    assert alignments == [None, python_docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT]
    assert sum(column.width for column in made_table.columns) <= python_docx.shared.Mm(156.1)


def test_a_wide_table_fits_the_page_in_smaller_type():
    narrow, wide = table(), table(["一二三四五六七八"] * 6, numeric=False)
    huge = table(["一二三四五六七八九十" * 9, *["123456"] * 5])
    shown = opened(made(heading("甲"), narrow, wide, huge)).tables
    sizes = [one.rows[1].cells[0].paragraphs[0].style.font.size.pt for one in shown]
    assert sizes[0] == 12
    assert sizes[1] < 12
    for one in shown:
        assert sum(column.width for column in one.columns) <= python_docx.shared.Mm(156.1)
    assert shown[2].columns[1].width.pt > 6 * 0.56 * sizes[2]  # a number keeps its line beside a long text


def test_there_is_no_running_head_but_the_mark_of_simulated_data():
    simulated, exported = made(heading("甲")), made(heading("甲"), data="export", cover=("北京市", "数据来源：a.csv"))
    for section in opened(simulated).sections:
        assert section.header.paragraphs[0].text == "模拟数据"
        assert section.even_page_header.paragraphs[0].text == "模拟数据"
    assert "模拟数据：说明。" in styled(simulated, "Note")
    assert not any(section.header.paragraphs[0].text for section in opened(exported).sections)
    assert styled(exported, "Facts")[:2] == ["北京市", "数据来源：a.csv"]


def test_page_numbers_stand_between_dashes_at_the_outer_side_and_begin_with_the_text():
    *_, contents, text = opened(made(heading("甲"))).sections
    odd, even = text.footer.paragraphs[0], text.even_page_footer.paragraphs[0]
    assert [text_of(odd._p), text_of(even._p)] == ["— 1 —"] * 2
    assert [odd.alignment, even.alignment] == [
        python_docx.enum.text.WD_ALIGN_PARAGRAPH.RIGHT, python_docx.enum.text.WD_ALIGN_PARAGRAPH.LEFT]
    assert value(text._sectPr, "w:pgNumType", "start") == "1"
    assert value(contents._sectPr, "w:pgNumType", "fmt") == "lowerRoman"


def test_what_stands_before_the_contents_takes_no_page_of_the_text_and_counts_on_into_the_contents():
    given = made(Heading(1, "要点", front=True), prose("文" * 900), heading("甲"), prose("文"))
    first, contents, text = opened(given).sections[1:]
    starts = [each._sectPr.find(W + "pgNumType").get(W + "start") for each in (first, contents, text)]
    assert starts == ["1", None, "1"]
    entries = found(part(given, "word/document.xml"), "//w:p[w:pPr/w:pStyle[starts-with(@w:val, 'TOC')]]")
    assert [text_of(entry) for entry in entries] == ["一、甲1"]


def test_chapters_run_on_and_only_the_first_appendix_opens_a_page():
    blocks = heading("甲"), heading("乙"), heading("丙", 2), heading("丁", appendix=True), heading("戊", appendix=True)
    opens = found(part(made(*blocks), "word/document.xml"), "//w:p[w:pPr/w:pageBreakBefore]")
    assert [text_of(paragraph) for paragraph in opens] == ["丁"]
    alone = made(*blocks, cover=())
    assert styled(alone, "Title") == ["年度报告"]
    assert styled(alone, "TOC1") == []


def pages_of_contents(given):
    """Return the pages that the contents print, by heading."""
    lines = [line for level in (1, 2, 3) for line in styled(given, f"TOC{level}")]
    return {re.sub(r"\d+$", "", line): int(re.search(r"\d+$", line)[0]) for line in lines}


def test_contents_have_the_pages_on_which_22_lines_of_28_characters_bring_the_headings():
    full = "文" * (26 + 28 * 20)  # 21 lines, the first of 26 characters: with a heading the page is full
    given = made(heading("甲"), prose(full), heading("乙"), prose(full), prose("文。"), heading("丙"))
    assert pages_of_contents(given) == {"一、甲": 1, "二、乙": 2, "三、丙": 3}
    shorter = made(heading("甲"), prose("文" * 26), heading("乙"), prose(full), heading("丙"))
    assert pages_of_contents(shorter) == {"一、甲": 1, "二、乙": 1, "三、丙": 2}


def test_a_figure_without_room_is_scaled_or_lets_text_of_its_section_pass():
    blocks = [heading("甲"), prose("文" * 26 * 17), drawn(300), prose("后" * 10), heading("乙")]
    order = [text_of(paragraph) for paragraph in found(part(made(*blocks), "word/document.xml"), "//w:body/w:p")]
    kept = [text for text in order if text.startswith(("文", "后", "图1", "乙"))]
    assert [text[:1] for text in kept] == ["文", "后", "图", "乙"]
    assert opened(made(heading("甲"), drawn(400), drawn(150))).inline_shapes[1].height.pt < 150
    assert opened(made(heading("甲"), drawn(400), drawn(400))).inline_shapes[1].height.pt == pytest.approx(400)  # a new page
    parted = [heading("甲"), prose("文" * 26 * 17), drawn(300), heading("乙"), prose("后" * 10)]
    order = [text_of(paragraph)[:1] for paragraph in found(part(made(*parted), "word/document.xml"), "//w:body/w:p")]
    assert order.index("图") < order.index("乙") < order.index("后")


def test_what_a_line_more_or_less_would_move_opens_a_page():
    near = [part(made(heading("甲"), prose("文" * (26 + 28 * rows)), heading("乙"), prose("文。")), "word/document.xml")
            for rows in (17, 18, 19)]
    opens = [[text_of(paragraph) for paragraph in found(body, "//w:p[w:pPr/w:pageBreakBefore]")] for body in near]
    assert opens == [[], ["乙"], ["乙"]]  # room for 3 lines, for the 2 that are needed, for 1


def test_a_low_table_stays_with_its_caption_on_one_page_though_its_lines_break():
    long = "一二三四五六七八九十" * 6
    block = table((long, long), (long, long), (long, long), numeric=False)
    body = part(made(heading("甲"), block), "word/document.xml")
    rows = found(body, "//w:tr")
    assert [bool(found(row, ".//w:keepNext")) for row in rows[1:]] == [True, True, False]
    tall = part(made(heading("甲"), table(*[("街道", "1")] * 40)), "word/document.xml")
    kept = [bool(found(row, ".//w:keepNext")) for row in found(tall, "//w:tr")[1:]]
    assert kept == [True, True] + [False] * 35 + [True, True, False]  # no row is left alone on a page


def test_a_table_that_breaks_lines_gives_the_width_to_the_column_with_the_text():
    rows = [("规则", "内容" * 60, "报告第三部分" * 5), ("规则", "内容" * 70, "假定")]
    widths = [column.width for column in opened(made(heading("甲"), table(*rows, numeric=False))).tables[0].columns]
    assert widths[1] > 2 * widths[2] > widths[0]


LETTERHEAD = editions.Letterhead(mark="某市热线办文件", number="某热发〔2021〕1号", copies=["甲局", "乙局"], printer="某市热线办",
                                 printed=datetime.date(2021, 1, 10))


def official(*blocks, issuer="某市市民热线服务中心", issued=datetime.date(2021, 1, 8), letterhead=None):
    return dataclasses.replace(made(*blocks), issuer=issuer, issued=issued, letterhead=letterhead)


def test_the_text_ends_with_the_issuer_and_below_it_the_date_two_characters_to_the_right():
    given = official(heading("甲"), prose("文。"), heading("乙", appendix=True))
    lines = found(part(given, "word/document.xml"), "//w:p[w:pPr/w:pStyle[@w:val='Signature']]")
    assert [text_of(line) for line in lines] == ["某市市民热线服务中心", "2021年1月8日"]
    right = [int(value(line, "w:pPr/w:ind", "right")) / 316 for line in lines]
    begins = [28 - ends - wide for ends, wide in zip(right, (10, 6), strict=True)]  # two digits are one character
    assert right[0] == pytest.approx(2, abs=0.01)
    assert begins[1] - begins[0] == pytest.approx(2, abs=0.05)
    order = [text_of(paragraph) for paragraph in found(part(given, "word/document.xml"), "//w:body/w:p")]
    assert order.index("文。") < order.index("2021年1月8日") < order.index("乙")


def test_a_date_longer_than_the_issuer_ends_two_characters_from_the_margin():
    lines = found(part(official(heading("甲"), issuer="某局"), "word/document.xml"), "//w:p[w:pPr/w:pStyle[@w:val='Signature']]")
    right = [int(value(line, "w:pPr/w:ind", "right")) / 316 for line in lines]
    assert right[1] == pytest.approx(2, abs=0.01)
    assert right[0] > 2


def test_letterhead_and_imprint_are_printed_where_the_edition_has_them():
    given = official(heading("甲"), letterhead=LETTERHEAD)
    assert styled(given, "IssuingOffice") == ["某市热线办文件"]
    assert styled(given, "DocumentNumber") == ["某热发〔2021〕1号"]
    assert styled(given, "Imprint") == ["抄送：甲局，乙局。", "某市热线办2021年1月10日印发"]
    for line in found(part(given, "word/document.xml"), "//w:p[w:pPr/w:pStyle[@w:val='Imprint']]"):
        assert value(line, "w:pPr/w:framePr", "yAlign") == "bottom"
    plain = made(heading("甲"))
    assert [styled(plain, name) for name in ("IssuingOffice", "DocumentNumber", "Imprint", "Signature")] == [[]] * 4


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not there: pages of the contents are not compared")
def test_the_pages_of_the_contents_are_those_of_libreoffice(tmp_path):
    text = "2020年，某区共办理诉求58.5万件，同比上升83.00%，占各区办理量的17.52%；其中，区级部门办理35.6万件（见图1）。"
    given = made(*(block for number in range(12) for block in (
        heading(f"第{number}章"), prose(text * 3), drawn(180 + 20 * number), prose(text * 2),
        table(*[("街道", "1")] * (3 * number + 1)))))
    (tmp_path / "report.docx").write_bytes(file(given))
    (tmp_path / "fonts.conf").write_text(f"<fontconfig><dir>/usr/share/fonts</dir><dir>{paths.FONTS}</dir></fontconfig>")
    subprocess.run(["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
                    "--outdir", tmp_path, tmp_path / "report.docx"], check=True, capture_output=True, timeout=300,
                   env=os.environ | {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")})
    outline = pypdf.PdfReader(tmp_path / "report.pdf")
    pages = [outline.get_destination_page_number(entry) for entry in outline.outline]
    assert [page - pages[0] + 1 for page in pages] == [*pages_of_contents(given).values()]


def test_the_words_and_cells_are_those_that_the_pdf_is_made_of():
    given = made(heading("甲"), prose("共受理", "1103.94万件", "，同比", "上升55.24%。"), figure(),
                 table(("东城区", "93.06"), ("西城区", "—")), Absence("考核", "没有数据。"),
                 Failure("", "出错。", "E"), words("加粗", ["strong"]),
                 Code("a\n\tb"), Rule())
    printed = pdf.source(given)[0]
    body = part(given, "word/document.xml")
    paragraphs = [text_of(paragraph) for paragraph in found(body, "//w:body/w:p")]
    sentences = ["".join(run.text for run in block.runs) for block in given.blocks if isinstance(block, Prose)]
    assert sentences == [text for text in paragraphs if text.startswith("共受理")]
    assert all(run.text in printed for block in given.blocks if isinstance(block, Prose) for run in block.runs)
    cells = [[text_of(cell) for cell in found(row, "w:tc")] for row in found(body, "//w:tr")]
    assert cells == [["栏0", "栏1"], ["东城区", "93.06"], ["西城区", "—"]]
    assert {"缺项　考核：没有数据。", "加粗"} <= set(paragraphs)


def test_the_numbers_are_those_of_the_workbook():
    block = table(("东城区", "93.06"), ("西城区", "7.5"))
    block = dataclasses.replace(block, grid=dataclasses.replace(block.grid, values=[["东城区", 0.9306], ["西城区", 0.075]]))
    given = made(heading("甲"), block)
    numbers = editions.read("beijing", 2020).numbers
    sheet = load_workbook(io.BytesIO(xlsx.render(dataclasses.replace(given, numbers=numbers)).contents))["表1"]
    row = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "东城区")
    cells = opened(given).tables[0].rows[1].cells
    assert (cells[0].text, float(cells[1].text)) == (row[0], pytest.approx(row[1] * 100))


def test_lists_are_lists_and_each_ordered_one_begins_anew():
    item = [[words("子")], [words("丑"), List([[words("寅")]])]]
    given = made(heading("甲"), List(item, ordered=True),
                 List([[words("卯"), words("辰")]], ordered=True, start=3),
                 Quote([words("引文")]))
    body, numbering = part(given, "word/document.xml"), part(given, "word/numbering.xml")
    lists = [(text_of(one), *(value(one, f"w:pPr/w:numPr/{name}") for name in ("w:ilvl", "w:numId")))
             for one in found(body, "//w:p[w:pPr/w:pStyle[@w:val='ListParagraph'] and w:pPr/w:numPr]")]
    assert lists == [("子", "0", "10"), ("丑", "0", "10"), ("寅", "1", "3"), ("卯", "0", "11")]
    assert value(numbering, "w:num[@w:numId='11']/w:lvlOverride/w:startOverride") == "3"
    assert styled(given, "Quote") == ["引文"]


def test_hostile_words_are_text_wherever_they_stand():
    hostile = 'a</w:t><w:p/> & "b" {{ c }} \u202ed\x01\ud800\ufffe'
    shown = 'a</w:t><w:p/> & "b" {{ c }} 〔U+202E〕d〔U+0001〕〔U+D800〕〔U+FFFE〕'
    given = made(heading(hostile), prose(hostile), figure("图", alt=hostile), table((hostile, "1"), caption=hostile),
                 Absence(hostile, hostile), words(hostile, href=f"https://example.org/{hostile}"),
                 title=hostile, cover=(hostile, hostile))
    body = "\n".join(text_of(paragraph) for paragraph in found(part(given, "word/document.xml"), "//w:p"))
    assert body.count(shown) == 11  # title, cover twice, contents, heading, prose, caption, cell, absence twice, link
    assert opened(given).core_properties.title == shown
    assert opened(given).inline_shapes[0]._inline.docPr.get("descr") == shown


def test_a_title_longer_than_a_property_may_be_stands_whole_in_the_text():
    given = made(heading("甲"), title="长" * 400)
    assert opened(given).core_properties.title == "长" * 255
    assert styled(given, "Title") == ["长" * 400]


def test_lines_and_tabs_of_code_stay_and_no_quote_is_taken_for_a_latin_one():
    body = part(made(heading("甲"), Code("a\n\tb"), prose("“接诉即办”")), "word/document.xml")
    code = found(body, "//w:p[w:pPr/w:pStyle[@w:val='Code']]/w:r")[0]
    assert [piece.tag.removeprefix(W) for piece in code] == ["t", "br", "tab", "t"]
    quoted = next(run for run in found(body, "//w:r") if text_of(run).startswith("“"))
    assert value(quoted, "w:rPr/w:rFonts", "hint") == "eastAsia"


def test_the_same_document_gives_the_same_bytes_and_bears_the_date_of_its_data():
    given = made(heading("甲"), prose("文。"), figure(), table())
    assert file(given) == file(dataclasses.replace(given))
    properties = opened(given).core_properties
    assert (properties.title, properties.language, properties.modified.date()) == ("年度报告", "zh-CN", datetime.date(2021, 1, 1))
    assert (properties.author, properties.last_modified_by) == ("", "")
    with zipfile.ZipFile(io.BytesIO(file(given))) as archive:
        assert {one.date_time[:3] for one in archive.infolist()} == {(1980, 1, 1)}
        assert len(set(archive.namelist())) == len(archive.namelist())


def test_every_style_that_is_used_is_there_and_every_picture_and_part_is_found():
    given = made(heading("甲"), prose("文。"), figure(), table(), Rule(),
                 words("字", ["code", "struck"], "https://example.org"))
    with zipfile.ZipFile(io.BytesIO(file(given))) as archive:
        names, body = set(archive.namelist()), archive.read("word/document.xml").decode()
        relations = archive.read("word/_rels/document.xml.rels").decode()
    known = {one.get(W + "styleId") for one in found(part(given, "word/styles.xml"), "w:style")}
    assert set(re.findall(r'w:(?:p|tbl)Style w:val="([^"]+)"', body)) <= known
    assert set(re.findall(r'r:(?:id|embed)="([^"]+)"', body)) <= set(re.findall(r'Id="([^"]+)"', relations))
    assert not any("thumbnail" in name or "customXml" in name for name in names)


def test_an_edition_in_traditional_characters_has_its_own_fonts_and_words():
    given = made(heading("甲"), heading("乙", appendix=True), figure(), title="年度報告", language="zh-Hant")
    styles = part(given, "word/styles.xml")
    assert value(styles, "w:docDefaults/w:rPrDefault/w:rPr/w:lang", "eastAsia") == "zh-TW"
    assert value(styles, "w:style[@w:styleId='Normal']/w:rPr/w:rFonts", "eastAsia") == "標楷體"
    assert as_numbered(given) == ["一、甲", "附錄　乙"]
    assert styled(given, "Caption") == ["圖1　各区办理情况（模擬資料）"]
    assert styled(given, "ContentsHeading") == ["目錄"]


def test_statements_in_a_list_have_its_numbers_and_what_is_in_front_stands_before_the_contents():
    listed = List([[prose("甲多。")], [prose("乙少。")]], ordered=True)
    front = dataclasses.replace(heading("要点"), front=True)
    body = part(made(front, listed, heading("总体")), "word/document.xml")
    texts = [text_of(paragraph) for paragraph in found(body, "//w:p")]
    assert texts.index("要点") < texts.index("甲多。") < texts.index("目录") < len(texts) - 1 - texts[::-1].index("总体")
    numbered = [paragraph for paragraph in found(body, "//w:p") if text_of(paragraph) in ("甲多。", "乙少。")]
    assert [len(found(paragraph, "w:pPr/w:numPr")) for paragraph in numbered] == [1, 1]
