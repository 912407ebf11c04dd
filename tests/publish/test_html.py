"""A document on screen: one file, no network, nothing active but its own, every figure with words and a table."""

import base64
import dataclasses
import hashlib
import json
import re
import subprocess
from html.parser import HTMLParser

import pytest
from nbformat import v4
from support import documents as paper
from support.browser import BROWSER, SWITCHES

from helpers.document import document
from helpers.document.blocks import Column, Failure, Grid, Heading, Prose, Run
from helpers.publish import html
from helpers.settings import labels
from helpers.writing.citations import Number

CLIPPED = ('<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt"><defs><clipPath id="p1"><path d="M0 0"/>'
           '</clipPath></defs><path clip-path="url(#p1)" d="M0 0h9"/></svg>')


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def page(*blocks, language="zh-Hans", **changes):
    files = changes.pop("files", {})
    made = dataclasses.replace(paper.made(*blocks, **changes), language=language, files=files)
    return html.render(made).contents.decode()


def elements(text, tag):
    return [attributes for name, attributes in Elements(text).found if name == tag]


def test_the_page_loads_nothing():
    text = page(paper.heading("甲"), paper.figure(), paper.table(), files={"pdf": "report.pdf"})
    addresses = [value for tag, attributes in Elements(text).found for name, value in attributes.items()
                 if name in ("src", "href", "xlink:href", "srcset", "data", "action") and (tag, value) != ("a", "report.pdf")]
    assert addresses
    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert not re.findall(r"@import|url\((?!#)", text)


def test_every_figure_has_words_for_it_and_its_table():
    block = dataclasses.replace(paper.figure(), grid=Grid([Column("区")], [["东城区"]], [["东城区"]]))
    text = page(paper.heading("甲"), block)
    assert [(svg["role"], svg["aria-label"]) for svg in elements(text, "svg")] == [("img", "东城区最多。")]
    assert re.search(r'<details><summary>数据表</summary>.*<th scope="row">东城区</th>.*</details>', text, re.DOTALL)


def test_no_two_drawings_share_a_name():
    clipped = dataclasses.replace(paper.figure(), svg=CLIPPED)
    text = page(paper.heading("甲"), clipped, clipped)
    names = [attributes["id"] for _, attributes in Elements(text).found if "id" in attributes]
    assert len(names) == len(set(names))
    for path in elements(text, "path"):
        assert "clip-path" not in path or path["clip-path"][5:-1] in names


def test_simulated_data_is_marked_on_top_and_in_each_caption_and_an_export_nowhere():
    blocks = [paper.heading("甲"), paper.figure(), paper.table()]
    assert page(*blocks).count('class="mark">模拟数据') == 3
    plain = [paper.heading("甲"), paper.figure(data="export"), paper.table(data="export")]
    assert "模拟数据" not in page(*plain, data="export", cover=("北京市",))


def test_the_contents_lead_to_every_heading():
    text = page(paper.heading("甲"), paper.heading("乙", 2), paper.heading("丙"))
    assert re.findall(r'<li class="level-(\d)"><a href="#([\w-]+)">([^<]+)', text) == [
        ("1", "甲", "一、甲"), ("2", "乙", "（一）乙"), ("1", "丙", "二、丙")]
    assert all(f'id="{name}"' in text for name in "甲乙丙")


def test_the_page_says_its_language_and_lets_a_keyboard_skip_to_the_text():
    text = page(paper.heading("甲"))
    assert [attributes["lang"] for attributes in elements(text, "html")] == ["zh-Hans"]
    assert elements(text, "a")[0] == {"class": "skip", "href": "#main"}


def test_hostile_words_stay_words():
    hostile = '<script>alert(1)</script>"\' onload=x'
    text = page(paper.heading(hostile), paper.prose(hostile), dataclasses.replace(paper.figure(hostile), alt=hostile))
    assert len(elements(text, "script")) == 1
    assert not [name for _, attributes in Elements(text).found for name in attributes if name.startswith("on")]


def test_a_foreign_notebooks_html_never_reaches_the_page():
    hostile = "<img src=x onerror=a()> <b>words</b> [l](javascript:a())\n\n<iframe src='//x'></iframe>"
    cells = [v4.new_markdown_cell(hostile),
             v4.new_code_cell("x", outputs=[v4.new_output("display_data", data={
                 "text/html": "<script>a()</script><table onclick='a()'><tr><td>cell</td></tr></table>",
                 "image/svg+xml": "<svg><script>a()</script><path/></svg>"})])]
    text = html.render(document.of_notebook(v4.new_notebook(cells=cells))).contents.decode()
    assert "words" in text
    assert "a()" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert not elements(text, "iframe")
    assert [image["src"][:26] for image in elements(text, "img")] == ["data:image/svg+xml;base64,"]


def test_a_hole_says_what_is_missing_and_keeps_its_traceback():
    text = page(paper.heading("甲"), Failure("东城区", "出错。", "KeyError: <x>"))
    assert "东城区：出错。" in text
    assert "KeyError: &lt;x&gt;" in text


def test_a_cell_carries_its_value_where_it_is_printed_otherwise_and_nothing_twice():
    columns = [Column("区", name="district"), Column("数量（件）", True, "tickets", "件", "count"),
               Column("占比（%）", True, "ticket_share", "%", "share")]
    grid = Grid(columns, [["未填写", "9", "—"]], [[None, 9, None]])
    text = page(paper.heading("甲"), dataclasses.replace(paper.table(), grid=grid))
    assert '<th scope="row" data-raw="">未填写</th><td class="number">9</td><td class="number" data-raw="">—</td>' in text
    assert [head.get("data-name") for head in elements(text, "th")][:3] == ["district", "tickets", "ticket_share"]
    assert [(one["data-kind"], one["data-file"]) for one in elements(text, "table")] == [("simulated", "前三名")]


def test_a_quoted_number_carries_its_origin_and_words_carry_nothing():
    number = Run("9件", number=Number(9, "count", "areas", "tickets", period="2020"))
    text = page(paper.heading("甲"), Prose([Run("共"), number]))
    assert [one["data-exact"] for one in elements(text, "data")] == ["9件"]
    assert 'id="card"' in text
    plain = page(paper.heading("甲"), paper.prose("共"))
    assert not elements(plain, "data")
    assert 'id="card"' not in plain


def test_a_reference_is_a_link_to_what_it_names():
    text = page(paper.heading("甲"), Prose([Run("图1", ref="figure-1")]),
                paper.figure())
    assert '<a class="reference" href="#figure-各区办理情况">图1</a>' in text
    assert [one["id"] for one in elements(text, "figure")] == ["figure-各区办理情况"]


def section(name, dimension="district", level=2):
    return Heading(level, name, entity={dimension: name})


def ids(text):
    return [attributes["id"] for tag, attributes in Elements(text).found if tag in ("h2", "h3", "h4", "figure")]


def test_an_anchor_is_a_name_which_stays_when_a_section_or_figure_comes_before_it():
    districts = [section("朝阳区"), paper.figure("朝阳区各街道办理情况"), paper.figure("各月变化"),
                 section("海淀区"), paper.figure("各月变化"), paper.heading("说 明、附：则", 2)]
    names = ["district-朝阳区", "figure-朝阳区各街道办理情况", "figure-district-朝阳区-各月变化", "district-海淀区",
             "figure-district-海淀区-各月变化", "说-明-附-则"]
    assert ids(page(paper.heading("各区"), *districts)) == ["各区", *names]
    more = [section("东城区"), paper.figure("各月变化"), paper.table()]
    assert ids(page(paper.heading("各区"), *more, *districts))[4:] == names


def test_no_two_anchors_are_the_same_and_none_is_one_of_the_pages_own():
    headings = [paper.heading(text) for text in ("main", "甲", "甲", "！")]
    assert ids(page(*headings, paper.figure(), paper.figure())) == ["main-2", "甲", "甲-2", "-", "figure-各区办理情况",
                                                                      "figure-各区办理情况-2"]


def test_a_reader_may_filter_by_the_names_of_sections_and_tables_where_there_are_two():
    grid = Grid([Column("区县", name="district"), Column("类别", name="category")],
                [["海淀区", "教育"], ["东城区", "教育"], ["合计", "教育"], ["—", "—"]],
                [["海淀区", "教育"], ["东城区", "教育"], ["合计", "教育"], [None, None]])
    text = page(paper.heading("甲"), section("朝阳区"), section("海淀区"), dataclasses.replace(paper.table(), grid=grid))
    assert [select["name"] for select in elements(text, "select")] == ["district"]
    assert re.findall(r"<option>([^<]*)", text) == ["朝阳区", "海淀区", "东城区"]
    assert "只看区县" in text
    assert [head["data-district"] for head in elements(text, "h3")] == ["朝阳区", "海淀区"]
    assert not elements(page(paper.heading("甲"), section("朝阳区")), "select")


def test_the_other_formats_are_offered_by_the_name_of_their_file_those_for_the_office_are_not():
    files = {"pdf": "报告.pdf", "checklist": "checklist.xlsx", "docx": "report.docx", "xlsx": "tables.xlsx", "markdown": "a.md"}
    text = page(paper.heading("甲"), files=files)
    assert re.findall(r'<li><a href="([^"#]*)">([^<]*)</a>', text) == [
        ("%E6%8A%A5%E5%91%8A.pdf", "PDF"), ("report.docx", "Word"), ("tables.xlsx", "工作簿（Excel）")]
    assert 'class="files"' not in page(paper.heading("甲"))


def test_a_month_or_a_year_is_no_number_to_ask_about():
    numbers = [Run(text, number=Number(value, kind, "areas", kind)) for text, value, kind in (
        ("11月", 11, "month"), ("2020年", 2020, "year"), ("9时", 9, "hour"), ("周一", 1, "weekday"), ("9次", 9, "count"))]
    text = page(paper.heading("甲"), Prose(numbers))
    assert [each["data-exact"] for each in elements(text, "data")] == ["9"]


def test_a_rate_is_shown_with_its_numerator_and_denominator():
    number = Run("90.12%", number=Number(0.9012, "rate", "outcomes", "satisfaction_rate", parts=(1802.4, 2000)))
    assert [each["data-exact"] for each in elements(page(paper.heading("甲"), Prose([number])), "data")] == [
        "1,802.4 ÷ 2,000 = 90.12%"]


def test_a_phone_has_a_drawing_of_its_own_and_a_drawing_without_one_slides():
    two = dataclasses.replace(paper.figure(), narrow=paper.SVG.format(width=240, height=300))
    assert [box["class"] for box in elements(page(paper.heading("甲"), two), "div")
            if box.get("style")] == ["broad", "slim"]
    assert [box["style"] for box in elements(page(paper.heading("甲"), two), "div") if box.get("style")] == [
        "width:533px;aspect-ratio:533/267", "width:320px;aspect-ratio:320/400"]
    assert [box["class"] for box in elements(page(paper.heading("甲"), paper.figure()), "div") if box.get("style")] == ["single"]


def test_a_figures_titles_are_above_it_once_and_nothing_is_below_it():
    titled = dataclasses.replace(paper.figure(), title="朝阳区最多", subtitle="2020年各区（万件）")
    text = page(paper.heading("甲"), titled)
    (caption,) = re.findall("<figcaption>(.*?)</figcaption>", text)
    assert re.sub("<[^>]+>", "", caption) == "图1 朝阳区最多 模拟数据2020年各区（万件）"
    assert text.index("<figcaption>") < text.index('class="wide drawing"')


def test_a_text_is_as_wide_as_it_was_laid_out_unless_the_shipped_font_lacks_a_character():
    texts = [text.get("textlength") for text in elements(page(paper.heading("甲"), paper.figure()), "text")]
    assert texts == ["27.00"]
    foreign = dataclasses.replace(paper.figure(), svg=paper.SVG.replace("图中字", "ᚠ").format(width=9, height=9))
    assert "textLength" not in page(paper.heading("甲"), foreign)


def test_a_drawings_values_reach_the_page_as_words():
    marked = CLIPPED.replace("<svg", "<svg data-marks='[[1,2,3,4,\"&lt;b&gt;：9件\"]]'")
    text = page(paper.heading("甲"), dataclasses.replace(paper.figure(), svg=marked))
    assert [json.loads(drawing["data-marks"]) for drawing in elements(text, "svg")] == [[[1, 2, 3, 4, "<b>：9件"]]]


def test_words_that_turn_the_direction_turn_only_themselves():
    text = page(paper.heading("甲"), paper.prose("\u202e乙", "丙"))
    assert '<p class="prose"><bdi>\u202e乙</bdi>丙</p>' in text


def test_only_the_pages_own_script_may_run():
    text = page(paper.heading("甲"))
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    policy = next(meta["content"] for meta in elements(text, "meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert len(script) == 1
    assert f"'sha256-{base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()}'" in policy
    assert "innerHTML" not in script[0]


def test_the_templates_say_the_same_things_in_every_language():
    simplified, traditional = labels.locale("zh-Hans"), labels.locale("zh-Hant")
    assert list(simplified) == list(traditional)
    assert 'placeholder="在本頁尋找' in page(paper.heading("甲"), language="zh-Hant")


def opened(text, folder):
    """Open a page in a real browser; return what its script made of it, and the addresses that it asked for.

    What the browser asks on its own account has no origin in the log, and reaches no network: no name is resolved.
    """
    file, log = folder / "page.html", folder / "requests.json"
    file.write_text(text, encoding="utf-8")
    command = [BROWSER, *SWITCHES, "--dump-dom", f"--user-data-dir={folder / 'profile'}", f"--log-net-log={log}", file.as_uri()]
    shown = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    told = [event.get("params", {}) for event in json.loads(log.read_text(encoding="utf-8"))["events"]]
    return shown, {one["url"] for one in told if one.get("initiator", "not an origin") != "not an origin"
                   and one.get("url", "").startswith(("http", "ws"))}


@pytest.mark.browser
def test_a_real_browser_shows_the_figures_runs_the_pages_own_script_and_asks_nothing_of_a_network(tmp_path):
    made = page(paper.heading("甲"), paper.prose("共十六万件。"), paper.figure(), paper.table(), paper.heading("乙"))
    assert not [link for link in elements(made, "a") if "aria-current" in link]
    shown, asked = opened(made, tmp_path)
    assert [link["href"] for link in elements(shown, "a") if link.get("aria-current") == "location"] == ["#甲"]
    assert [svg["aria-label"] for svg in elements(shown, "svg")] == ["东城区最多。"]
    assert "图中字" in shown
    assert not asked


@pytest.mark.browser
def test_a_request_of_a_page_would_be_seen(tmp_path):
    _, asked = opened('<!DOCTYPE html><img src="http://asked.invalid/x.png">', tmp_path)
    assert asked == {"http://asked.invalid/x.png"}
