"""A document in a real Chromium, as a reader has it: by mouse, by keyboard, on a phone, in the dark, on paper.

Chromium is driven over its DevTools protocol. Where `HOTLINE_AXE` names an `axe.min.js`, axe-core judges the page, too.
"""

import dataclasses
import os
import time
from pathlib import Path

import pytest
from support import documents as paper
from support.browser import Browser, Tab

from helpers.document.blocks import Column, Grid, Prose, Run, Table
from helpers.publish import html
from helpers.settings import labels as dictionary
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

    def open_(*blocks, size=(1200, 900), **changes):
        file = tmp_path / "page.html"
        file.write_bytes(html.render(paper.made(*blocks, **changes)).contents)
        tabs.append(Tab(browser, size))
        tabs[-1].prefer(reduced_motion="reduce", color_scheme="light")
        tabs[-1].open(file)
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
    assert tab.value("location.hash") == "#section-2"
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
    assert not [control for control in ("目录", "复制", "数据表", "跟随系统", "点按") if control in text]


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1200, 900), (360, 740)], ids=["wide", "phone"])
def test_axe_finds_nothing_serious(opened, scheme, size):
    axe = os.environ.get("HOTLINE_AXE")
    if not axe:
        pytest.skip("HOTLINE_AXE names no axe.min.js")
    tab = opened(*REPORT, paper.table(), size=size)
    tab.prefer(color_scheme=scheme)
    tab.value(Path(axe).read_text(encoding="utf-8") + ";0")
    for prepare in ("0", "document.querySelectorAll('details').forEach(e => { e.open = true; })",
                    "document.querySelector('main data').click()"):
        tab.value(prepare)
        assert tab.value("axe.run().then(found => found.violations.filter(one => ['serious', 'critical'].includes(one.impact))"
                         ".map(one => [one.id, ...one.nodes.map(node => node.html.slice(0, 200))]))") == []
