"""A document in a real Chromium, as a reader has it: by mouse, by keyboard, on a phone, in the dark, on paper.

Chromium is driven over its DevTools protocol. Where `HOTLINE_AXE` names an `axe.min.js`, axe-core judges the page, too.
"""

import dataclasses
import json
import os
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from support import documents as paper
from support.browser import Browser, Tab

from helpers.document.blocks import Column, Grid, Heading, Prose, Run, Table
from helpers.drawing import charts, style
from helpers.publish import html
from helpers.settings import labels as dictionary
from helpers.settings.editions import NumberRules
from helpers.writing.citations import Number

pytestmark = pytest.mark.browser

COLUMNS = [Column("区", name="district"), Column("数量（件）", True, "tickets", "件", "count"),
           Column("占比（%）", True, "ticket_share", "%", "share")]
VALUES = [["东城区", 9, 0.0312345], ["西城区", None, None], ["朝阳区", 10, 0.0712345], ["海淀区", 200, 0.0698765]]
PRINTED = [["东城区", "9", "3.12"], ["西城区", "—", "—"], ["朝阳区", "10", "7.12"], ["海淀区", "200", "6.99"]]
CSV = ("data,district,tickets,ticket_share\r\nsimulated,东城区,9,0.0312345\r\nsimulated,西城区,,\r\n"
       "simulated,朝阳区,10,0.0712345\r\nsimulated,海淀区,200,0.0698765\r\n")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


def figure(name="各区办理情况"):
    return dataclasses.replace(paper.figure(name), grid=Grid(COLUMNS, PRINTED, VALUES), answers=[("a", len(VALUES))])


def number(text, value, column="tickets", kind="count", **where):
    return Run(text, number=Number(value, kind, "areas", column, where, "2020", answer="a", row=where))


def said(*runs):
    return Prose([Run(run) if isinstance(run, str) else run for run in runs], "simulated")


REPORT = (
    paper.heading("各区情况"),
    said("2020年，海淀区", number("办理200件", 200, district="海淀区"), "、占比",
         number("6.99%", 0.0698765, "ticket_share", "share", district="海淀区"), "。"),
    figure(),
    paper.heading("说明"), paper.prose("完。"),
)


@pytest.fixture
def opened(browser, tmp_path):
    """Return a function that opens a document of blocks, as a reader does a file; a page never reports an error."""
    tabs = []

    def open_(*blocks, size=(1200, 900), query="", **changes):
        file = tmp_path / "page.html"
        file.write_bytes(html.render(paper.made(*blocks, **changes)).contents)
        tabs.append(Tab(browser, size))
        tabs[-1].prefer(reduced_motion="reduce", color_scheme="light")
        tabs[-1].open(file, query)
        return tabs[-1]

    yield open_
    for tab in tabs:
        assert tab.errors == []


def focused(tab):
    return tab.value("document.activeElement.textContent")


def test_search_counts_what_is_shown_and_folded_and_goes_from_match_to_match(opened):
    tab = opened(*REPORT)
    tab.press("/")
    assert tab.value("document.activeElement.type") == "search"
    tab.type("海淀区")
    assert tab.until("document.querySelector('output').textContent") == "2处"
    assert tab.value("CSS.highlights.get('found').size") == 2
    tab.press("Enter")
    assert tab.texts("output") == ["1/2"]
    assert not tab.value("document.querySelector('details:not(.contents)').open")
    tab.press("Enter")
    assert tab.texts("output") == ["2/2"]
    assert tab.value("document.querySelector('details:not(.contents)').open")
    tab.press("Enter", modifiers=8)
    assert tab.texts("output") == ["1/2"]
    tab.press("Escape")
    assert tab.value("document.querySelector('input').value") == ""
    assert tab.value("CSS.highlights.get('found').size + CSS.highlights.get('current').size") == 0


def test_search_finds_words_that_go_on_in_a_number_and_takes_signs_for_themselves(opened):
    tab = opened(*REPORT)
    tab.press("/")
    tab.type("海淀区办理200件、占比6.99%")
    assert tab.until("document.querySelector('output').textContent") == "1处"
    tab.press("Escape")
    tab.press("/")
    tab.type("6.9.%")
    assert tab.until("document.querySelector('output').textContent") == "没有找到"


def test_a_number_says_where_it_comes_from_and_leads_to_its_row(opened):
    tab = opened(*REPORT)
    tab.click("main data", 1)
    assert tab.texts("#card [data-key]:not([hidden])") == [
        "精确值\n6.9876%", "指标\n占比（ticket_share）", "条件\n区：海淀区", "统计期间\n2020年",
        "取自数据表\n各区和街道（乡镇）办理（areas）"]
    assert tab.value("document.querySelector('main data[aria-expanded]').textContent") == "6.99%"
    tab.click("#card .place a")
    assert tab.until("document.activeElement.closest('tr')?.innerText") == "海淀区\t200\t6.99"
    assert not tab.value("document.querySelector('#card').matches(':popover-open')")


def test_a_number_opens_and_closes_by_a_press_and_closes_by_escape(opened):
    tab = opened(*REPORT)
    for shown in (True, False, True):
        tab.click("main data")
        assert tab.value("!!document.querySelector('#card:popover-open')") is shown
    tab.press("Escape")
    assert not tab.value("!!document.querySelector('#card:popover-open')")
    assert tab.value("document.querySelectorAll('[aria-expanded]').length") == 0


def test_the_keyboard_reaches_every_number_and_what_it_says(opened):
    tab = opened(*REPORT)
    tab.value("document.querySelector('main').focus()")
    tab.press("Tab")
    assert focused(tab) == "办理200件"
    tab.press("ArrowRight")
    assert focused(tab) == "6.99%"
    tab.press("Enter")
    assert tab.texts("#card .quoted") == ["6.99%"]
    tab.press("ArrowLeft")
    assert (focused(tab), tab.texts("#card .quoted")) == ("办理200件", ["办理200件"])
    assert tab.value("document.querySelectorAll('main data[tabindex=\"0\"]').length") == 1


def test_columns_sort_by_value_and_by_pinyin_with_what_is_missing_last(opened):
    table = Table(figure().grid, "表", "表", "simulated")
    tab = opened(paper.heading("甲"), table)
    orders = {0: ["朝阳区东城区海淀区西城区", "西城区海淀区东城区朝阳区"],
              1: ["东城区朝阳区海淀区西城区", "海淀区朝阳区东城区西城区"],
              2: ["东城区海淀区朝阳区西城区", "朝阳区海淀区东城区西城区"]}
    for place, (up, down) in orders.items():
        for state, order in (("ascending", up), ("descending", down), (None, "东城区西城区朝阳区海淀区")):
            tab.click("thead button", place)
            assert tab.value(f"document.querySelectorAll('thead th')[{place}].getAttribute('aria-sort')") == state
            assert "".join(tab.texts("tbody tr > :first-child")) == order


@pytest.mark.parametrize("prepare", ["navigator.clipboard.writeText = text => { window.taken = text; return Promise.resolve(); }",
                                     "navigator.clipboard.writeText = () => Promise.reject(); document.addEventListener("
                                     "'copy', () => { window.taken = document.activeElement.value; })"])
def test_a_table_is_copied_as_csv_with_or_without_the_clipboards_interface(opened, prepare):
    tab = opened(*REPORT)
    tab.value(prepare)
    tab.click("summary", 1)
    tab.click(".copy")
    assert tab.until("window.taken").replace("\r\n", "\n") == CSV.replace("\r\n", "\n")
    assert tab.until("document.querySelector('.tools [role=status]').textContent") == "已复制"


def test_no_cell_of_a_copied_table_runs_in_a_spreadsheet(opened):
    cells = [["=1+1", "-3.2%"], ["@甲", "-0.5"], ["－1甲", "+1e-05"], ["甲", "-1-1"]]
    grid = Grid([Column("名称", name="topic"), Column("=变化")], cells, cells)
    tab = opened(paper.heading("甲"), Table(grid, "表", "表", "simulated"))
    tab.value("navigator.clipboard.writeText = text => { window.taken = text; return Promise.resolve(); }")
    tab.click(".copy")
    assert tab.until("window.taken").split("\r\n")[:5] == [
        "data,topic,'=变化", "simulated,'=1+1,-3.2%", "simulated,'@甲,-0.5", "simulated,'－1甲,+1e-05", "simulated,甲,'-1-1"]


def test_a_table_is_saved_as_the_file_of_its_caption(opened, tmp_path):
    tab = opened(*REPORT)
    tab.browser.call(Nobody, "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    tab.click("summary", 1)
    tab.click(".save")
    saved = tmp_path / "各区办理情况.csv"
    for _ in range(200):
        if saved.exists() and saved.stat().st_size:
            break
        time.sleep(0.02)
    assert saved.read_bytes().decode("utf-8-sig") == CSV


class Nobody:
    session = None


def lightness(tab, selector="body"):
    colour = tab.value(f"getComputedStyle(document.querySelector('{selector}')).backgroundColor")
    return sum(int(part) for part in colour[4:-1].split(","))


def test_light_and_dark_follow_the_system_until_a_reader_chooses_and_the_choice_stays(opened):
    tab = opened(*REPORT)
    assert lightness(tab) > 700
    tab.prefer(color_scheme="dark")
    assert lightness(tab) < 100
    tab.click(".look")
    assert (tab.texts(".choice"), lightness(tab) > 700) == (["浅色"], True)
    tab.prefer(color_scheme="light")
    tab.click(".look")
    tab.call("Page.reload")
    tab.until("document.readyState === 'complete' && document.querySelector('.choice').textContent")
    assert (tab.texts(".choice"), lightness(tab) < 100) == (["深色"], True)
    tab.click(".look")
    assert (tab.texts(".choice"), lightness(tab) > 700) == (["跟随系统"], True)


def test_the_contents_follow_the_reading(opened):
    tab = opened(paper.heading("甲"), paper.prose("文" * 3000), paper.heading("乙"), paper.prose("文" * 3000))
    assert tab.texts("nav [aria-current]") == ["一、甲"]
    tab.value("scrollTo(0, document.body.scrollHeight)")
    tab.until("document.querySelector('nav [aria-current]').textContent === '二、乙'")


def test_on_a_phone_nothing_is_cut_and_the_contents_are_a_drawer(opened):
    tab = opened(*REPORT, paper.table(columns=14), paper.prose("x" * 400), size=(360, 740))
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")
    assert not tab.value("document.querySelector('.contents').open")
    tab.click("nav summary")
    tab.click("nav a", 1)
    assert tab.value("decodeURIComponent(location.hash)") == "#说明"
    assert not tab.value("document.querySelector('.contents').open")
    tab.click("main summary")
    small = tab.value("[...document.querySelectorAll('button, summary, input, nav a')].filter(e => e.checkVisibility())"
                      ".map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height, e.getBoundingClientRect().width])"
                      ".filter(([, ...sides]) => Math.min(...sides) < 24)")
    assert small == []


def test_on_paper_there_are_words_and_figures_and_no_controls_and_a_chapter_has_a_page(opened):
    pages = opened(*REPORT).pdf()
    text = "".join(pages)
    assert [page.count("一、各区情况") + page.count("二、说明") for page in pages[-2:]] == [1, 1]
    assert "办理200件、占比6.99%" in text
    assert "图中字" in text
    assert not [control for control in ("目录", "复制", "数据表", "跟随系统", "点按", "存图") if control in text]


def test_on_paper_a_long_table_has_its_heads_on_every_page(opened):
    rows = [[f"第{place}行", str(place)] for place in range(100)]
    grid = Grid([Column("甲"), Column("乙", numeric=True)], rows, rows)
    pages = opened(paper.heading("表"), dataclasses.replace(paper.table(), grid=grid)).pdf()
    long = [page for page in pages if "行" in page]
    assert len(long) > 1
    assert all("甲" in page for page in long)


def test_without_its_script_the_page_reads_and_shows_no_control_that_would_do_nothing(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_bytes(html.render(paper.made(*REPORT)).contents)
    tab = Tab(browser)
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.open(file)
    assert tab.value("[...document.querySelectorAll('button, input')].filter(e => e.checkVisibility()).length") == 0
    tab.click("main summary")
    assert "东城区\t9\t3.12" in tab.texts("tbody tr")
    assert tab.texts("p.prose")[0].startswith("2020年，海淀区办理200件、占比6.99%")


def test_hostile_words_are_words_in_the_page_in_a_number_in_a_search_and_in_a_file(opened):
    hostile = "<img src=x onerror=alert(1)>\u202e=HYPERLINK(\"http://x\")" + "长" * 10_000
    grid = Grid(COLUMNS, [[hostile, "9", "3.12"]], [[hostile, 9, 0.0312]])
    shown = dataclasses.replace(figure(hostile), grid=grid, answers=[("a", 1)])
    tab = opened(paper.heading(hostile), said(hostile, number("9件", 9, district=hostile)), shown, size=(360, 740))
    tab.value("navigator.clipboard.writeText = text => { window.taken = text; return Promise.resolve(); }")
    tab.click("main data")
    assert tab.texts("#card [data-key=where] dd") == [f"区：{dictionary.value('district', hostile)}"]
    tab.press("Escape")
    tab.press("/")
    tab.type("onerror=alert(1)>")
    assert tab.until("document.querySelector('output').textContent").endswith("处")
    tab.click("main summary")
    tab.click(".copy")
    assert f'simulated,"{hostile.replace(chr(34), chr(34) * 2)}",9,0.0312' in tab.until("window.taken")
    assert tab.value("document.querySelectorAll('img').length") == 0
    assert tab.value("document.documentElement.scrollWidth <= innerWidth")


def drawn(chart, frame, **columns):
    """Return a figure as a chapter draws it: for a page and for a phone."""
    drawings = [style.svg(chart(frame, numbers=NUMBERS, **columns))]
    with style.narrow():
        drawings.append(style.svg(chart(frame, numbers=NUMBERS, **columns)))
    return dataclasses.replace(figure(chart.__name__), svg=drawings[0], narrow=drawings[1])


NUMBERS = NumberRules(wan_from=10_000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up", source="test")
NAMES = ["北京经济技术开发区", "朝阳区", "门头沟区", "劳动和社会保障", "IT与Web服务平台", "其他"]
AREAS = pd.DataFrame({"district": NAMES, "tickets": [1_934_021, 1_111_111, 88_888, 11_111, 1111, 1],
                      "tickets_before": [1_000_000, 1_200_000, 99_999, 22_222, 2222, 0],
                      "ticket_share": [0.6145, 0.3532, 0.0282, 0.0035, 0.0004, 0.0001]})
SIZES = zip(NAMES, (111_111, 99_999, 77_777, 5555, 444, 1), strict=True)
MONTHS = pd.DataFrame([{"category": name, "year": 2020, "month": month, "tickets": size * (month % 5 + 1)}
                       for name, size in SIZES for month in range(1, 13)])
HOURS = pd.DataFrame([{"weekday": day, "hour": hour, "tickets": 1000 * day + hour} for day in range(1, 8) for hour in range(24)])
OVERFLOWING = """[...document.querySelectorAll('.drawing svg')].filter(e => e.checkVisibility()).flatMap(drawing => {
  const frame = drawing.getBoundingClientRect();
  const beyond = r => Math.max(frame.left - r.left, r.right - frame.right, frame.top - r.top, r.bottom - frame.bottom);
  return [...drawing.querySelectorAll('text')].map(text => [text.textContent, beyond(text.getBoundingClientRect())])
    .filter(([, by]) => by > 1);
})"""


def figures():
    return [drawn(charts.bars, AREAS, label="district", value="tickets"),
            drawn(charts.paired_bars, AREAS, label="district", value="tickets", earlier="tickets_before", names=("今年", "上年")),
            drawn(charts.monthly_lines, MONTHS, value="tickets", by="category"),
            drawn(charts.share_bar, AREAS.head(2), label="district", value="ticket_share", count="tickets"),
            drawn(charts.heatmap, HOURS, x="hour", y="weekday", value="tickets")]


@pytest.mark.parametrize("font", ["", "DejaVu Sans", "monospace"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_texts_of_figures_are_inside_their_boxes_in_any_font_and_legible(opened, width, font):
    tab = opened(paper.heading("甲"), *figures(), size=(width, 900))
    if font:
        tab.value(f"document.documentElement.style.setProperty('--sans', '{font}')")
    assert tab.value("[...document.querySelectorAll('.drawing text')].filter(e => e.checkVisibility()).length") > 50
    assert tab.value(OVERFLOWING) == []
    assert tab.value("document.querySelectorAll('.slides:not([hidden])').length") == 0
    sizes = tab.value("[...document.querySelectorAll('.drawing svg')].filter(e => e.checkVisibility())"
                      ".map(e => e.getScreenCTM().a * 8)")
    assert len(sizes) == 5
    assert min(sizes) > 9.5


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_where_a_box_slides_it_says_so_and_its_first_column_stays(opened, width):
    columns = 4 if width == 390 else 5
    tab = opened(paper.heading("甲"), paper.table(columns=columns), paper.table(columns=40), paper.figure(width=400),
                 size=(width, 900))
    tab.until("document.querySelectorAll('.slides:not([hidden])').length")
    said = tab.value("[...document.querySelectorAll('main > figure')].map(e => ["
                     "!!e.querySelector(':scope > .slides:not([hidden])'),"
                     "[...e.querySelectorAll(':scope > .wide')].some(w => w.scrollWidth > w.clientWidth + 1)])")
    assert [note == over for note, over in said] == [True] * 3
    assert [over for _, over in said] == [False, True, width == 390]
    tab.value("document.querySelectorAll('.wide')[1].scrollLeft = 300")
    assert tab.value("(f => f.querySelector('th[scope=row]').getBoundingClientRect().left - f.getBoundingClientRect().left)"
                     "(document.querySelectorAll('.wide')[1])") == 0


def test_a_drawing_says_its_values_to_the_pointer_and_to_the_arrows(opened):
    bars, lines = drawn(charts.bars, AREAS, label="district", value="tickets"), drawn(
        charts.monthly_lines, MONTHS[MONTHS["category"] == "朝阳区"], value="tickets", by="category")
    tab = opened(paper.heading("甲"), bars, lines)
    tab.point(".broad", 0.5, 0.07)
    assert tab.texts("#value") == ["北京经济技术开发区：1934021件"]
    assert tab.value("document.querySelectorAll('.at').length") == 1
    tab.value("document.querySelector('main').focus()")
    for _ in range(2):
        tab.press("Tab")
        if tab.value("document.activeElement.matches('.drawing')"):
            break
    assert tab.texts("#value") == ["指向图中各处可看数值；按左右方向键逐个查看"]
    tab.press("ArrowRight")
    tab.press("ArrowRight")
    assert tab.texts("#value") == ["朝阳区：1111111件"]
    tab.press("ArrowLeft")
    assert tab.texts("#value") == ["北京经济技术开发区：1934021件"]
    tab.press("Escape")
    assert tab.texts("#value") == [""]
    assert tab.value("document.querySelectorAll('.at').length") == 0
    tab.value("document.querySelectorAll('.drawing')[1].id = 'lines'")
    tab.point("#lines svg", 0.5, 0.6)
    assert re.match("朝阳区 [67]月：", tab.texts("#value")[0])
    tab.resize(390)
    tab.point("#lines .slim svg", 0.2, 0.5)
    assert tab.texts("#value")[0].startswith("朝阳区 ")


DISTRICTS = (
    paper.heading("分区"),
    *(block for name in ("东城区", "海淀区") for block in (Heading(2, name, entity={"district": name}),
        paper.prose(f"{name}的文字。"), Heading(3, f"{name}各街道"), paper.prose("细。"))),
    Heading(2, "教育", entity={"category": "教育"}), paper.prose("教育的文字。"),
    Heading(2, "住房", entity={"category": "住房"}), paper.prose("住房的文字。"),
)


def choose(tab, dimension, value):
    tab.value(f"(s => {{ s.value = '{value}'; s.dispatchEvent(new Event('change')); }})"
              f"(document.querySelector('select[name={dimension}]'))")


def shown(tab, selector):
    return tab.value(f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => e.checkVisibility())"
                     ".map(e => e.innerText)")


def test_a_filter_leaves_out_other_districts_and_categories_and_the_address_keeps_it(opened):
    tab = opened(*REPORT, *DISTRICTS)
    tab.click("main summary")
    choose(tab, "district", "海淀区")
    assert "东城区的文字。" not in shown(tab, "p")
    assert {"海淀区的文字。", "细。", "教育的文字。", "完。"} <= {*shown(tab, "p")}
    assert shown(tab, "nav .level-2, nav .level-3") == ["（二）海淀区", "1. 海淀区各街道", "（三）教育", "（四）住房"]
    assert shown(tab, "tbody tr") == ["海淀区\t200\t6.99"]
    assert "只列海淀区" in shown(tab, ".only")
    choose(tab, "category", "住房")
    assert "教育的文字。" not in shown(tab, "p")
    assert tab.value("[...new URLSearchParams(location.search)]") == [["district", "海淀区"], ["category", "住房"]]
    tab.call("Page.reload")
    tab.until("document.readyState === 'complete' && document.querySelector('.chosen').textContent === ' 海淀区 住房'")
    assert "东城区的文字。" not in shown(tab, "p")
    choose(tab, "district", "")
    choose(tab, "category", "")
    assert tab.value("location.search") == ""
    assert {"东城区的文字。", "教育的文字。"} <= {*shown(tab, "p")}
    assert len(tab.value("[...document.querySelectorAll('tbody tr')].filter(e => !e.hidden).map(e => 1)")) == 4


def test_an_address_with_a_filter_and_a_name_opens_there_and_a_link_shows_what_was_left_out(opened):
    tab = opened(*REPORT, *DISTRICTS, query="?district=东城区&category=没有#district-海淀区")
    assert "海淀区的文字。" in shown(tab, "p")
    assert tab.value("location.search") == ""
    choose(tab, "district", "东城区")
    assert "海淀区的文字。" not in shown(tab, "p")
    tab.value("(a => { a.href = '#district-海淀区'; document.querySelector('header').append(a); a.click(); })"
              "(document.createElement('a'))")
    assert "海淀区的文字。" in shown(tab, "p")


@pytest.mark.parametrize(("button", "kind"), [(".svg", "svg"), (".png", "png")])
def test_a_figure_is_saved_as_a_picture_of_its_page_also_from_a_phone(opened, tmp_path, button, kind):
    tab = opened(paper.heading("甲"), drawn(charts.bars, AREAS, label="district", value="tickets"), size=(390, 844))
    tab.browser.call(Nobody, "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    tab.click(f".tools {button}")
    saved = tmp_path / f"bars.{kind}"
    for _ in range(200):
        if saved.exists() and saved.stat().st_size:
            break
        time.sleep(0.02)
    if kind == "svg":
        root = ElementTree.fromstring(saved.read_text(encoding="utf-8"))
        assert root.get("width") == "453.6pt"
        assert "朝阳区" in [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    else:
        assert saved.read_bytes()[:4] == b"\x89PNG"
        assert int.from_bytes(saved.read_bytes()[16:20], "big") == 1260


def test_on_paper_a_caption_is_on_the_page_of_its_figure(opened):
    drawings = [paper.SVG.format(width=450, height=200 + 11 * place).replace("图中字", f"第{place}幅画") for place in range(16)]
    pages = opened(paper.heading("甲"), *(dataclasses.replace(figure(f"第{place}幅的题"), svg=drawing)
                                         for place, drawing in enumerate(drawings))).pdf()
    where = [[[page for page, text in enumerate(pages) if f"第{place}幅{what}" in text] for what in ("画", "的题")]
             for place in range(16)]
    assert [(drawing, caption) for drawing, caption in where if len(drawing) != 1 or drawing != caption] == []
    assert len(pages) > 5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (820, 1100), (390, 844)], ids=["wide", "tablet", "phone"])
def test_axe_finds_nothing_serious(opened, scheme, size):
    axe = os.environ.get("HOTLINE_AXE")
    if not axe:
        pytest.skip("HOTLINE_AXE names no axe.min.js")
    drawn = [dataclasses.replace(block, narrow=block.svg) if block.kind == "figure" else block for block in REPORT]
    tab = opened(*drawn, *DISTRICTS, paper.table(columns=14), size=size)
    tab.prefer(color_scheme=scheme)
    tab.value(Path(axe).read_text(encoding="utf-8") + ";0")
    for prepare in ("0", "document.querySelectorAll('details').forEach(e => { e.open = true; })",
                    "document.querySelector('main data').click()"):
        tab.value(prepare)
        assert tab.value("axe.run().then(found => found.violations.filter(one => ['serious', 'critical'].includes(one.impact))"
                         ".map(one => [one.id, ...one.nodes.map(node => node.html.slice(0, 200))]))") == []
