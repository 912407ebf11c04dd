"""An edition prints in one script; names stay as exported, whichever it is."""

import pytest

from helpers.settings import script

NAMES = ["里", "后龙", "台北車站", "干溝", "萬華區", "系统家具"]


def test_what_is_composed_is_converted_by_phrases():
    write = script.writer("zh-Hant")
    assert write("各里的来电里，后来干部发现只有两面") == "各里的來電裡，後來幹部發現只有兩面"
    assert write("100.00%，见图1") == "100.00%，見圖1"


def test_the_house_words_follow_those_of_an_office_in_taiwan():
    assert script.writer("zh-Hant")("群众来电的数据，占比，公布") == "民眾來電的資料，占比，公布"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_as_exported_wherever_it_stands(name):
    write = script.writer("zh-Hant", NAMES)
    assert write(f"{name}的来电") == f"{name}的來電"
    assert write(f"发生在{name}，{name}最多") == f"發生在{name}，{name}最多"


def test_a_longer_name_goes_before_a_shorter_one_inside_it():
    assert script.writer("zh-Hant", ["后", "后龙镇"])("后龙镇和后龙") == "后龙镇和后龍"


def test_simplified_text_stays_as_it_is():
    assert script.writer("zh-Hans", ["里"])("来电，裡") == "来电，裡"


def test_of_a_drawing_only_the_words_between_tags_change():
    svg = '<svg><g id="来电"><text style="font-family: 黑体">{}</text></g></svg>'
    assert script.drawing(script.writer("zh-Hant"), svg.format("来电")) == svg.format("來電")
    assert script.drawing(script.writer("zh-Hans"), svg.format("来电")) == svg.format("来电")
    values = "<svg data-marks='x' data-marks=\"[[1,2,1,2,&quot;{}：9件&quot;]]\"></svg>"
    assert script.drawing(script.writer("zh-Hant", ["万来里"]), values.format("万来里来电")) == values.format("万来里來電")
