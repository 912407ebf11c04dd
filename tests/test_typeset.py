"""A document on paper: searchable, tagged, the same bytes each time, and its words never code."""

import dataclasses
import datetime
import io
import subprocess
import sys

import nbformat
import pypdf
import pytest
from nbformat import v4

from helpers import document, typeset
from helpers.document import Document

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt">'
       '<text x="5" y="20" style="font: 9px \'Hotline Sans\'">图中字</text></svg>')


def made(*blocks, data="simulated", cover=("北京市", "模拟数据"), title="年度报告"):
    words = document.WORDS["zh-Hans"]
    return Document(title, "2020年", cover, data, "说明。", "zh-Hans", document.numbered(blocks, words, headings=True),
                    datetime.date(2021, 1, 1))


def heading(text, level=1):
    return {"kind": "heading", "level": level, "text": text}


def prose(*texts):
    return {"kind": "prose", "segments": [{"text": text, "value": None} for text in texts]}


def figure(caption="各区办理情况", width=400, height=200, data="simulated"):
    return {"kind": "figure", "caption": caption, "alt": "东城区最多。", "data": data, "number": None, "name": caption,
            "svg": SVG.format(width=width, height=height), "table": {"columns": [], "rows": []}}


def table(rows=2, columns=2, data="simulated"):
    return {"kind": "table", "caption": "前三名", "data": data, "number": None, "name": "t",
            "columns": [{"words": f"栏{place}", "numeric": place > 0} for place in range(columns)],
            "rows": [[f"{place}-{row}" for place in range(columns)] for row in range(rows)]}


def pages(made):
    content, _ = typeset.pdf(made)
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_the_same_document_gives_the_same_bytes():
    one = made(heading("甲"), prose("共十六万件。"), figure(), table())
    assert typeset.pdf(one) == typeset.pdf(dataclasses.replace(one))


def test_hostile_words_print_as_they_are_wherever_they_stand():
    hostile = '#import "x" $x$ @ref <label> *a* _b_ `c` \\n // /* "] )'
    text = "".join(pages(made(heading(hostile), prose(hostile), figure(hostile), table(),
                              {"kind": "absence", "what": hostile, "reason": hostile})))
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
    reader = pypdf.PdfReader(io.BytesIO(typeset.pdf(made(heading("甲"), prose("文。"), heading("乙", 2)))[0]))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert reader.trailer["/Root"]["/Lang"].startswith("zh")
    assert reader.metadata.title == "年度报告"
    assert reader.metadata.creation_date.date() == datetime.date(2021, 1, 1)
    assert [one.title for one in reader.outline if not isinstance(one, list)][-1] == "一、甲"


def test_words_in_figures_are_found_and_no_character_turns_into_a_radical():
    text = "".join(pages(made(heading("目录"), prose("门头沟、目录、⽬"), figure())))
    assert "图中字" in text
    assert text.count("目录") >= 3
    assert not [character for character in text if "\u2e80" <= character <= "\u2fdf"]


def test_a_character_that_the_fonts_lack_prints_as_its_code_and_is_counted():
    content, replaced = typeset.pdf(made(heading("甲"), prose("𠮷野家与\U000f0000\u200b。")))
    assert replaced == 2
    assert "〔U+20BB7〕野家与〔U+F0000〕。" in "".join(
        "".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_a_title_of_our_own_that_the_fonts_lack_fails():
    with pytest.raises(ValueError, match="𠮷"):
        typeset.pdf(made(heading("甲"), title="𠮷报告"))


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_the_fonts_hold_all_that_the_templates_say(language):
    assert {ord(character) for character in "".join(document.WORDS[language].values())} <= typeset.held()


def test_each_chapter_starts_a_page():
    text = pages(made(heading("甲"), prose("文。"), heading("乙"), prose("完。")))
    assert [("甲" in page, "乙" in page) for page in text[2:]] == [(True, False), (False, True)]


def test_a_drawing_shrinks_a_little_so_that_two_stand_on_a_page_but_not_to_illegible():
    fitting = [heading("甲"), figure("一", height=400), figure("二", height=320)]
    assert len(pages(made(*fitting))) == 3
    assert len(pages(made(heading("甲"), figure("一", height=540), figure("二", height=540)))) == 4


def test_a_long_table_breaks_and_repeats_its_head():
    text = pages(made(heading("甲"), table(rows=80)))[2:]
    assert len(text) == 2
    assert all("栏0" in "".join(page.split()) for page in text)


def test_a_table_too_wide_for_the_page_goes_on_below_with_its_first_column():
    columns = [{"words": "名" * 10, "numeric": False} for _ in range(6)]
    sheets = typeset._sheets(columns, [[str(place) for place in range(6)]])
    assert [sheet["rows"] for sheet in sheets] == [[["0", "1", "2", "3"]], [["0", "4", "5"]]]


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
    shown, resources = typeset.TypstExporter().from_notebook_node(book)
    hidden, _ = typeset.TypstExporter(exclude_input=True).from_notebook_node(book)
    assert ("secret" in shown, "secret" in hidden, resources["output_extension"]) == (True, False, ".typ")
