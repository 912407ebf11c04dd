import re

import pandas as pd

from helpers.drawing import tables
from helpers.settings import editions

NUMBERS = editions.NumberRules(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                           source="test")


def made(**columns):
    return tables.table(pd.DataFrame(columns), list(columns), NUMBERS)


def aligned(text, tag):
    return re.findall(rf"<{tag}[^>]*text-align:(left|right)", text)


def test_headers_stand_over_their_cells_words_left_and_numbers_right():
    text = tables.as_html(made(district=["东城区", "西城区"], tickets=[2, 1]))
    assert aligned(text, "th") == ["left", "right"]
    assert aligned(text, "td") == ["left", "right"] * 2


def test_a_caption_stands_above_its_table_and_below_its_drawing():
    table = tables.as_html(made(tickets=[1]), "一<二")
    drawing = tables.drawing_as_html("<svg/>", "一<二")
    assert table.index("一&lt;二</figcaption>") < table.index("<table")
    assert drawing.index("<svg/>") < drawing.index("一&lt;二</figcaption>")


def test_a_drawing_stands_on_a_white_sheet_whatever_the_theme():
    assert re.search(r'<div style="background:white[^"]*"><svg/></div>', tables.drawing_as_html("<svg/>", "图"))


def test_a_long_table_scrolls_in_a_window_of_its_own_and_says_how_long_it_is():
    text = tables.as_html(made(tickets=list(range(100))), "表")
    assert re.search(r'<div role="region" tabindex="0" aria-label="表" style="[^"]*overflow:auto;max-height:[^"]*"><table', text)
    assert re.findall(r"<th [^>]*position:sticky", text)
    assert "共100行" in text


def test_a_short_table_stands_whole():
    text = tables.as_html(made(tickets=list(range(20))), "表")
    assert "max-height" not in text
    assert "共20行" not in text


def test_a_caption_of_quotes_stays_within_its_attribute():
    assert 'aria-label="&quot;甲&quot;"' in tables.as_html(made(tickets=[1]), '"甲"')


def test_what_a_browser_sorts_are_bare_numbers():
    table = made(district=["东城区", None], tickets=[100000, None], ticket_share=[0.5, None], month=[10, 2])
    assert tables.sortable(table) == [["东城区", "100000", "50.00", "10"], ["未填写", "", "", "2"]]
