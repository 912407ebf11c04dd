"""A document on paper: searchable, tagged, the same bytes each time, and its words never code."""

import dataclasses
import datetime
import io
import re
import subprocess
import sys

import nbformat
import pypdf
import pytest
from nbformat import v4
from support.documents import figure, heading, made, prose, table

from helpers.document.blocks import Absence, Heading
from helpers.publish import nbconvert_exporters, pdf, row_headers
from helpers.settings import fonts, labels, paths


def pages(made):
    content, _ = pdf.render(made)
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_the_same_document_gives_the_same_bytes():
    one = made(heading("甲"), prose("共十六万件。"), figure(), table())
    assert pdf.render(one) == pdf.render(dataclasses.replace(one))


def test_hostile_words_print_as_they_are_wherever_they_stand():
    hostile = '#import "x" $x$ @ref <label> *a* _b_ `c` \\n // /* "] )'
    text = "".join(pages(made(heading(hostile), prose(hostile), figure(hostile), table(),
                              Absence(hostile, hostile))))
    assert "".join(text.split()).count("".join(hostile.split())) >= 6  # and the contents


def test_every_page_of_simulated_data_says_so_and_none_of_an_export():
    blocks = [heading("甲"), prose("文" * 3000), heading("乙"), prose("完。")]
    assert all("模拟数据" in page for page in pages(made(*blocks)))
    assert not any("模拟数据" in page for page in pages(made(*blocks, data="export", cover=("北京市",))))


def test_captions_carry_their_number_and_the_mark_of_simulated_data():
    text = "".join("".join(pages(made(heading("甲"), figure(), table(), table(data="export"), figure()))).split())
    assert "图1各区办理情况（模拟数据）" in text
    assert "图2各区办理情况（模拟数据）" in text
    assert "表1前三名（模拟数据）" in text
    assert "表2前三名（" not in text


def test_the_pdf_is_tagged_titled_bookmarked_and_dated_by_its_data():
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(made(heading("甲"), prose("文。"), heading("乙", 2)))[0]))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert reader.trailer["/Root"]["/Lang"].startswith("zh")
    assert reader.metadata.title == "年度报告 2020年"
    assert reader.metadata.creation_date.date() == datetime.date(2021, 1, 1)
    assert [one.title for one in reader.outline if not isinstance(one, list)][-1] == "一、甲"


def test_the_pages_before_the_first_chapter_are_counted_through():
    labels_of = [pypdf.PdfReader(io.BytesIO(pdf.render(made(*first, heading("甲"), prose("文。")))[0])).page_labels
                 for first in ([Heading(1, "要点", front=True), prose("一。")], [])]
    assert [each[1:] for each in labels_of] == [["i", "ii", "1"], ["i", "1"]]


def test_words_in_figures_are_found_and_no_character_turns_into_a_radical():
    text = "".join(pages(made(heading("目录"), prose("门头沟、目录、⽬"), figure())))
    assert "图中字" in text
    assert text.count("目录") >= 3
    assert not [character for character in text if "\u2e80" <= character <= "\u2fdf"]


def test_a_character_that_the_fonts_lack_prints_as_its_code_and_is_counted():
    content, replaced = pdf.render(made(heading("甲"), prose("𠮷野家与\U000f0000\u200b。")))
    assert replaced == 2
    assert "〔U+20BB7〕野家与〔U+F0000〕。" in "".join(
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_a_title_of_our_own_that_the_fonts_lack_fails():
    with pytest.raises(ValueError, match="𠮷"):
        pdf.render(made(heading("甲"), title="𠮷报告"))


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_the_fonts_hold_all_that_the_templates_say(language):
    assert {ord(character) for character in "".join(labels.locale(language).values())} <= fonts.shipped()


@pytest.mark.parametrize(("lines", "starts"), [(30, True), (10, False)])
def test_a_chapter_starts_a_page_unless_more_than_a_third_of_the_page_before_would_be_empty(lines, starts):
    text = pages(made(heading("甲"), prose("文" * 43 * lines), heading("乙"), prose("完。" * 43 * 10)))[2:]
    assert [("文" in page, "完" in page) for page in text] == ([(True, False), (False, True)] if starts else [(True, True)])


def part(name, lines, level=2, height=200):
    """A section with a notebook of its own: a heading, a paragraph, a drawing."""
    return [Heading(level, name, whole=True), prose(name * 43 * lines), figure(name, height=height)]


def test_a_section_that_fits_on_a_page_is_not_parted_where_it_would_not_fit_on_the_rest():
    text = pages(made(heading("章"), *part("甲", 12), *part("乙", 12)))[2:]
    assert [("甲" in page, "乙" in page) for page in text] == [(True, False), (False, True)]
    assert len(pages(made(heading("章"), *part("甲", 6), *part("乙", 6)))) == 3  # two that fit stay together


def test_a_section_holds_the_headings_below_its_own():
    tail = [heading("丙", 3), prose("丙" * 43 * 10)]
    text = pages(made(heading("章"), prose("文" * 43 * 16), *part("甲", 4, height=180), *tail))[2:]
    assert [("甲" in page, "丙" in page) for page in text] == [(False, False), (True, True)]


def test_a_drawing_stays_with_the_paragraph_before_it():
    for lines in range(20, 34, 3):
        text = pages(made(heading("甲"), prose("文" * 43 * lines), prose("乙" * 80), figure("丙", height=260)))[2:]
        assert [page for page in text if "丙" in page] == [page for page in text if "乙" in page]


def test_a_drawing_shrinks_a_little_so_that_two_stand_on_a_page_but_not_to_illegible():
    fitting = [heading("甲"), figure("一", height=400), figure("二", height=320)]
    assert len(pages(made(*fitting))) == 3
    assert len(pages(made(heading("甲"), figure("一", height=540), figure("二", height=540)))) == 4


def test_a_long_table_breaks_and_repeats_its_head():
    cells, made_of = [["字" * 30, "1", "2"]] * 60, table(rows=60, columns=3)
    wide = dataclasses.replace(made_of, grid=dataclasses.replace(made_of.grid, rows=cells, values=cells))
    text = pages(made(heading("甲"), wide))[2:]
    assert len(text) == 2
    assert all("栏0" in "".join(page.split()) for page in text)


def test_a_long_narrow_table_stands_side_by_side_and_is_captioned_again_where_it_goes_on():
    text = pages(made(heading("甲"), prose("文" * 900), table(rows=130)))[2:]
    assert len(text) == 2
    assert "表1前三名" in "".join(text[0].split())
    assert "表1（续）前三名" in "".join(text[1].split())
    assert [len(re.findall(rf"\b0-{row}\b", "".join(text))) for row in range(130)] == [1] * 130


def test_a_drawing_that_would_leave_half_a_page_shrinks_with_its_neighbours():
    fitting = [heading("甲"), prose("文" * 200), figure("一", height=300), prose("文" * 80), figure("二", height=300)]
    assert len(pages(made(*fitting))) == 3


@pytest.mark.slow
def test_a_heading_stands_on_the_page_of_what_follows_it():
    for lines in range(34, 44):
        text = pages(made(heading("甲"), prose("文" * 43 * lines), heading("乙", 2), figure("丙", height=300)))[2:]
        assert "".join(text[-1].split()).count("（一）乙") == 1 or len(text) == 1


def test_references_lead_to_what_they_name():
    content, _ = pdf.render(made(heading("甲"), prose("共三件。"), figure(), table()))
    reader = pypdf.PdfReader(io.BytesIO(content))
    links = [note.get_object() for note in reader.pages[2].get("/Annots", [])]
    assert len(links) == 2
    assert all(link["/Subtype"] == "/Link" and ("/Dest" in link or "/A" in link) for link in links)


def test_the_running_head_names_the_chapter_at_the_top_of_the_page():
    long, longer = "文" * 43 * 43, "完" * 43 * 40
    text = pages(made(heading("甲"), prose(long), heading("乙"), prose(longer), heading("丙"), prose("止。")))[2:]
    assert [[name for name in ("一、甲", "二、乙", "三、丙") if name in page.splitlines()[0]] for page in text] == [
        ["一、甲"], ["一、甲"], ["二、乙"]]


def structure(content):
    """The elements of a PDF's structure in reading order, each as (tag, alternative text)."""
    def walk(node):
        node = node.get_object()
        for one in node if isinstance(node, list) else [node]:
            one = one.get_object() if hasattr(one, "get_object") else one
            if isinstance(one, dict):
                yield from [(one["/S"], one.get("/Alt"))] if "/S" in one else []
                yield from walk(one["/K"]) if "/K" in one and not isinstance(one["/K"], int) else []
    return list(walk(pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]["/K"]))


def test_headings_tables_figures_and_contents_are_tagged():
    content, _ = pdf.render(made(heading("甲"), prose("文。"), heading("乙", 2), figure(), heading("丙", 3), table(rows=30)))
    tags = [tag for tag, _ in structure(content)]
    assert {"/TOC", "/H1", "/H2", "/H3", "/P", "/Link", "/Figure", "/Caption", "/Table", "/THead", "/TR", "/TH",
            "/TD"} <= set(tags)
    assert "/NonStruct" not in tags


def test_the_cover_is_a_heading_and_a_list_of_facts():
    content, _ = pdf.render(made(heading("甲"), cover=("北京市", "版本：一", "期间：二")))
    tags = [tag for tag, _ in structure(content)]
    assert tags[:tags.index("/TOC")].count("/LI") == 2
    assert tags.index("/H1") < tags.index("/L") < tags.index("/TOC")


def test_the_pdf_names_its_author():
    one = dataclasses.replace(made(heading("甲")), author="北京市12345市民服务热线")
    assert pypdf.PdfReader(io.BytesIO(pdf.render(one)[0])).metadata.author == "北京市12345市民服务热线"


def cells(content):
    """The cells of each table of a PDF, row by row, each as (tag, scope)."""
    def inside(node, tags):
        node = node.get_object()
        for one in node if isinstance(node, list) else [node]:
            one = one.get_object() if hasattr(one, "get_object") else one
            if isinstance(one, dict) and one.get("/S") in tags:
                yield one
            elif isinstance(one, dict) and "/K" in one and not isinstance(one["/K"], int):
                yield from inside(one["/K"], tags)

    def scope(cell):
        known = cell.get("/A", [])
        return next((each["/Scope"] for each in (known if isinstance(known, list) else [known]) if "/Scope" in each), None)
    root = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]
    return [[[(cell["/S"], scope(cell)) for cell in inside(row["/K"], ("/TH", "/TD"))] for row in inside(whole["/K"], ("/TR",))]
            for whole in inside(root["/K"], ("/Table",))]


def test_the_cells_that_name_the_rows_are_headers_of_the_rows():
    content, _ = pdf.render(made(heading("甲"), table(columns=3)))
    column, row, plain = ("/TH", "/Column"), ("/TH", "/Row"), ("/TD", None)
    assert cells(content) == [[[column] * 3, [row, plain, plain], [row, plain, plain]]]


def test_a_table_set_side_by_side_is_one_table_and_each_part_has_its_row_headers():
    [found] = cells(pdf.render(made(heading("甲"), table(rows=60)))[0])
    assert len(found) == 21
    assert found[1] == [("/TH", "/Row"), ("/TD", None)] * 3


def test_a_file_that_does_not_end_as_typst_ends_it_is_not_touched():
    content, _ = pdf.render(made(heading("甲")))
    assert row_headers.tagged(content) == content  # no table, nothing to mark
    with pytest.raises(ValueError, match="trailer"):
        row_headers.tagged(content + b"more")
    cell = b"\n7 0 obj\n<</Type/StructElem/S/TD/A[<</O/Table/x>><</O/Table/x>><</O/Layout/BackgroundColor[1 1 1]>>]>>\nendobj\n"
    with pytest.raises(ValueError, match="2 attributes"):
        row_headers.tagged(cell + content)


def test_bookmarks_are_the_headings():
    def flat(outline):
        return [title for one in outline for title in (flat(one) if isinstance(one, list) else [one.title])]
    appendix = Heading(1, "说明", appendix=True)
    one = made(heading("甲"), heading("乙", 2), prose("文。"), heading("丙"), prose("文。"), appendix, heading("丁", 2),
               prose("文。"))
    reader = pypdf.PdfReader(io.BytesIO(pdf.render(one)[0]))
    assert flat(reader.outline) == [block.number + block.text for block in one.blocks if isinstance(block, Heading)]
    assert "丁" not in reader.pages[1].extract_text()  # of an appendix the contents list the title


def test_a_figures_titles_are_one_caption_above_it():
    titled = dataclasses.replace(figure(), title="朝阳区最多", subtitle="2020年各区（万件）")
    content, _ = pdf.render(made(heading("甲"), titled))
    text = "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).split())
    assert text.index("图1朝阳区最多（模拟数据）2020年各区（万件）") < text.index("图中字")
    assert [tag for tag, _ in structure(content)].count("/Caption") == 1


def test_every_figure_says_what_it_shows_and_two_say_two_things():
    other = dataclasses.replace(figure("二"), alt="西城区最多。")
    content, _ = pdf.render(made(heading("甲"), figure("一"), other))
    assert [alt for tag, alt in structure(content) if tag == "/Figure"] == ["东城区最多。", "西城区最多。"]


def test_words_that_readers_search_for_are_found():
    text = "".join(pages(made(heading("漷县镇"), prose("门头沟区与漷县镇。"), figure("门头沟"), table())))
    assert text.count("漷县镇") >= 3
    assert all(word in text for word in ("目录", "门头沟"))


def luminance(colour):
    parts = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["accent", "quiet", "marked"])
def test_colours_of_text_are_legible_on_white_in_colour_and_in_grey(name):
    template = (paths.TEMPLATES / "report.typ").read_text(encoding="utf-8")
    colour = re.search(rf'#let {name} = rgb\("(#\w+)"\)', template)[1]
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


@pytest.mark.slow
def test_any_notebook_becomes_pdf_by_the_name_that_nbconvert_knows(tmp_path):
    error = v4.new_output("error", ename="E", evalue="x", traceback=["\x1b[31mTraceback\x1b[0m", "E: x"])
    frame = v4.new_output("execute_result", data={"text/html": "<table><tr><th>a</th></tr><tr><td>7</td></tr></table>"})
    words = v4.new_markdown_cell("# Fremd\n\n- *eins* $x$\n\n#### tief")
    book = v4.new_notebook(cells=[words, v4.new_code_cell("secret = 1", outputs=[error, frame])])
    nbformat.write(book, tmp_path / "out.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--to", "typst-pdf", str(tmp_path / "out.ipynb")]
    subprocess.run(command, check=True, capture_output=True)
    text = pypdf.PdfReader(tmp_path / "out.pdf").pages[0].extract_text()
    assert all(word in text for word in ("Fremd", "eins", "tief", "secret = 1", "Traceback", "7"))


def test_the_typst_exporter_gives_source_that_stands_alone_and_leaves_code_out_when_told():
    book = v4.new_notebook(cells=[v4.new_code_cell("secret = 1")])
    shown, resources = nbconvert_exporters.TypstExporter().from_notebook_node(book)
    hidden, _ = nbconvert_exporters.TypstExporter(exclude_input=True).from_notebook_node(book)
    assert ("secret" in shown, "secret" in hidden, resources["output_extension"]) == (True, False, ".typ")
