"""A document on screen: one file, no network, nothing active but its own, every figure with words and a table."""

import re
from html.parser import HTMLParser

import test_typeset as paper
from nbformat import v4

from helpers import document, webpage

CLIPPED = ('<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><defs><clipPath id="p1"><path d="M0 0"/>'
           '</clipPath></defs><path clip-path="url(#p1)" d="M0 0h9"/></svg>')


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def page(*blocks, **changes):
    return webpage.html(paper.made(*blocks, **changes))


def elements(text, tag):
    return [attributes for name, attributes in Elements(text).found if name == tag]


def test_the_page_loads_nothing():
    text = page(paper.heading("甲"), paper.figure(), paper.table())
    addresses = [value for _, attributes in Elements(text).found for name, value in attributes.items()
                 if name in ("src", "href", "xlink:href", "srcset", "data", "action")]
    assert addresses
    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert not re.findall(r"@import|url\((?!#)", text)


def test_every_figure_has_words_for_it_and_its_table():
    block = paper.figure() | {"table": {"columns": [{"words": "区", "numeric": False}], "rows": [["东城区"]]}}
    text = page(paper.heading("甲"), block)
    assert [(svg["role"], svg["aria-label"]) for svg in elements(text, "svg")] == [("img", "东城区最多。")]
    assert re.search(r"<details><summary>数据表</summary>.*<td>东城区</td>.*</details>", text, re.DOTALL)


def test_no_two_drawings_share_a_name():
    text = page(paper.heading("甲"), paper.figure() | {"svg": CLIPPED}, paper.figure() | {"svg": CLIPPED})
    names = [attributes["id"] for _, attributes in Elements(text).found if "id" in attributes]
    assert len(names) == len(set(names))
    for path in elements(text, "path"):
        assert "clip-path" not in path or path["clip-path"][5:-1] in names


def test_simulated_data_is_marked_on_top_and_in_each_caption_and_an_export_nowhere():
    blocks = [paper.heading("甲"), paper.figure(), paper.table()]
    assert page(*blocks).count('class="mark">模拟数据') == 3
    plain = [block | {"data": "export"} for block in blocks]
    assert "模拟数据" not in page(*plain, data="export", cover=("北京市",))


def test_the_contents_lead_to_every_heading():
    text = page(paper.heading("甲"), paper.heading("乙", 2), paper.heading("丙"))
    assert re.findall(r'<li class="level-(\d)"><a href="#([\w-]+)">([^<]+)', text) == [
        ("1", "section-1", "一、甲"), ("2", "section-2", "（一）乙"), ("1", "section-3", "二、丙")]
    assert all(f'id="section-{number}"' in text for number in (1, 2, 3))


def test_the_page_says_its_language_and_lets_a_keyboard_skip_to_the_text():
    text = page(paper.heading("甲"))
    assert [attributes["lang"] for attributes in elements(text, "html")] == ["zh-Hans"]
    assert elements(text, "a")[0] == {"class": "skip", "href": "#main"}


def test_hostile_words_stay_words():
    hostile = '<script>alert(1)</script>"\' onload=x'
    text = page(paper.heading(hostile), paper.prose(hostile), paper.figure(hostile) | {"alt": hostile})
    assert len(elements(text, "script")) == 1
    assert not [name for _, attributes in Elements(text).found for name in attributes if name.startswith("on")]


def test_a_foreign_notebooks_html_never_reaches_the_page():
    hostile = "<img src=x onerror=a()> <b>words</b> [l](javascript:a())\n\n<iframe src='//x'></iframe>"
    cells = [v4.new_markdown_cell(hostile),
             v4.new_code_cell("x", outputs=[v4.new_output("display_data", data={
                 "text/html": "<script>a()</script><table onclick='a()'><tr><td>cell</td></tr></table>",
                 "image/svg+xml": "<svg><script>a()</script><path/></svg>"})])]
    text = webpage.html(document.of_notebook(v4.new_notebook(cells=cells)))
    assert "words" in text
    assert "a()" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not elements(text, "iframe")
    assert [image["src"][:26] for image in elements(text, "img")] == ["data:image/svg+xml;base64,"]


def test_a_hole_says_what_is_missing_and_keeps_its_traceback():
    hole = {"kind": "hole", "title": "东城区", "reason": "出错。", "traceback": "KeyError: <x>"}
    text = page(paper.heading("甲"), hole)
    assert "东城区：出错。" in text
    assert "KeyError: &lt;x&gt;" in text
