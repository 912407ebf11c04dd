"""What foreign cells show becomes blocks, whatever its form."""

import base64

import pytest
from nbformat import v4

from helpers.document import markup_blocks, notebook_blocks, svg
from helpers.document.blocks import Absence, Run, Text

PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
HTML = """<script>alert(1)</script><table><thead><tr><th></th><th colspan="2">a</th></tr>
<tr><th></th><th>x</th><th>y</th></tr></thead>
<tbody><tr><th>东</th><td>1.5</td><td>&lt;b&gt;</td></tr><tr><th>西</th><td>NaN</td><td></td></tr></tbody></table>"""


def shown(**data):
    data = {name.replace("__", "/").replace("_plus_", "+"): value for name, value in data.items()}
    cell = v4.new_code_cell("x", outputs=[v4.new_output("display_data", data=data)])
    return list(notebook_blocks.any_notebook(v4.new_notebook(cells=[v4.new_markdown_cell(""), cell]), inputs=False))


def test_a_html_table_becomes_a_table_and_its_script_nothing():
    [block] = shown(text__html=HTML, text__plain="plain")
    assert [column.header for column in block.grid.columns] == ["", "a / x", "a / y"]
    assert [column.numeric for column in block.grid.columns] == [False, True, False]
    assert block.grid.rows == [["东", "1.5", "<b>"], ["西", "NaN", ""]]


def test_html_without_a_table_gives_way_to_plain_text():
    assert shown(text__html="<p>rich</p>", text__plain="plain\n  text") == [Text("plain\n  text")]


def test_html_that_only_runs_is_named_as_absent():
    [block] = shown(text__html="<script>alert(1)</script>")
    assert isinstance(block, Absence)


def test_a_picture_is_preferred_to_its_plain_text_and_says_which_cell_it_is_from():
    [block] = shown(image__png=PIXEL, text__plain="<Figure>")
    assert (block.kind, block.alt, block.width, block.height) == ("image", "第2个单元的图", 0.75, 0.75)


@pytest.mark.parametrize("data", [{"image__png": "AAAA"}, {"image__svg_plus_xml": "<svg"}, {"application__x": "1"}])
def test_what_cannot_be_read_is_named_instead_of_failing(data):
    [block] = shown(**data)
    assert isinstance(block, Absence)


def test_a_widget_does_not_print():
    bundle = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "FloatProgress(value=0.0)"}
    cell = v4.new_code_cell("x", outputs=[v4.new_output("display_data", data=bundle)])
    book = v4.new_notebook(cells=[cell])
    assert list(notebook_blocks.any_notebook(book, inputs=False)) == list(notebook_blocks.chapter(book, 1)) == []


def test_colours_of_a_terminal_do_not_print_and_endless_output_is_cut():
    text = "\x1b[31mred\x1b[0m\n" + "\n".join(map(str, range(400)))
    stream = v4.new_code_cell("x", outputs=[v4.new_output("stream", name="stdout", text=text)])
    [block] = notebook_blocks.any_notebook(v4.new_notebook(cells=[stream]), inputs=False)
    lines = block.text.splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("red", 301, "…… 另有 101 行未印")


def test_an_attached_picture_prints_after_its_words():
    cell = v4.new_markdown_cell("![地图](attachment:a.png)")
    cell["attachments"] = {"a.png": {"image/png": PIXEL}}
    blocks = list(notebook_blocks.any_notebook(v4.new_notebook(cells=[cell]), inputs=False))
    assert [(block.kind, getattr(block, "alt", None)) for block in blocks] == [("paragraph", None), ("image", "地图")]


def test_markdown_keeps_styles_lists_and_tables_and_drops_links_that_run():
    paragraph, points, table = markup_blocks.from_markdown(
        "a **b** `c` [d](https://e.f) [g](javascript:h) $x$ <b onclick=y>i</b>\n\n2. j\n   - k\n\n|l|m|\n|-|-|\n|n|1|")
    assert [run for run in paragraph.runs if run.text.strip()] == [
        Run("a "), Run("b", ("strong",)), Run("c", ("code",)), Run("d", href="https://e.f"), Run("g"), Run("$x$", ("code",)),
        Run("i")]
    assert (points.ordered, points.start, [block.kind for block in points.items[0]]) == (True, 2, ["paragraph", "list"])
    assert (table.grid.rows, [column.numeric for column in table.grid.columns]) == ([["n", "1"]], [False, True])


def test_a_cleaned_drawing_holds_nothing_that_runs_or_loads():
    hostile = ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="a()">'
               '<script>a()</script><foreignObject><p/></foreignObject><style>@import "x";</style>'
               '<image xlink:href="https://x.y/z.png"/><a href="https://x.y"><path/></a>'
               '<rect style="fill:url(https://x.y)" width="1"/><text>字</text></svg>')
    clean = svg.standalone(svg.clean(hostile))
    assert clean == ('<svg xmlns="http://www.w3.org/2000/svg"><image /><rect width="1" /><text>字</text></svg>')


def test_names_in_an_inline_drawing_are_prefixed_with_all_that_refers_to_them():
    drawn = ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
           '<defs><clipPath id="p"><path/></clipPath></defs><g clip-path="url(#p)"><use xlink:href="#m"/></g></svg>')
    inline = svg.inline(svg.clean(drawn), "d1-", '"最多"')
    assert 'id="d1-p"' in inline
    assert 'clip-path="url(#d1-p)"' in inline
    assert 'href="#d1-m"' in inline
    assert 'role="img" aria-label="&quot;最多&quot;"' in inline


def test_the_size_of_a_drawing_is_in_points():
    assert svg.size(svg.clean('<svg width="96px" height="1in"/>')) == (72, 72)
    assert svg.size(svg.clean('<svg viewBox="0 0 100 40"/>')) == (75, 30)
    assert svg.size_of(f'<?xml version="1.0"?><svg data-marks="{"x" * 9_000}" width="96px" height="1in"><g/></svg>') == (72, 72)
    with pytest.raises(ValueError, match="no element"):
        svg.size_of("")


def test_a_data_address_with_svg_is_read_as_a_drawing():
    encoded = base64.b64encode(b'<svg width="10pt" height="5pt"/>').decode()
    blocks = list(notebook_blocks.any_notebook(v4.new_notebook(cells=[
        v4.new_markdown_cell(f"![a](data:image/svg+xml;base64,{encoded})")]), inputs=False))
    assert (blocks[-1].width, blocks[-1].height) == (10, 5)
