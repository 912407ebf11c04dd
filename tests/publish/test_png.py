"""Figures as pictures that stand alone."""

import io
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest

from helpers.document import document
from helpers.document.blocks import Figure, Grid, Heading
from helpers.document.document import Document
from helpers.publish import png
from helpers.settings import labels

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">'
       '<rect width="{width}" height="{height}" fill="#1f4e79"/></svg>')


SOURCE = "来源：某市热线《报告》（2020年）"


def figure(caption="各区办理量", width=453.6, height=200, data="simulated", narrow=""):
    return Figure(Grid([], [], []), caption, caption, data, alt="东城区最多。", svg=SVG.format(width=width, height=height),
                  narrow=narrow)


def pngs(document, origin):
    return [files[".png"] for files in png.files(document, origin, SOURCE)]


def made(*blocks, data="simulated", words="模拟数据：不是真实工单。"):
    said = labels.locale("zh-Hans")
    return Document("报告", "", (), data, words, "zh-Hans", document.numbered(blocks, said, headings=True))


def pixels(document, origin="北京市 12345热线　2020年"):
    return [matplotlib.image.imread(io.BytesIO(png), format="png")[..., :3] for png in pngs(document, origin)]


def drawn(image):
    """Return the height and width of the blue rectangle in a picture."""
    blue = np.all(np.abs(image - np.array([0x1F, 0x4E, 0x79]) / 255) < 0.02, axis=2)
    return blue.any(axis=1).sum(), blue.any(axis=0).sum()


def test_each_figure_is_a_picture_of_its_own_size_on_white():
    first, second = pixels(made(figure(), Heading(1, "甲"), figure(width=360, height=100)))
    assert drawn(first) == pytest.approx((200 / 72 * 300, 453.6 / 72 * 300), abs=2)
    assert drawn(second) == pytest.approx((100 / 72 * 300, 360 / 72 * 300), abs=2)
    assert np.all(first[0] == 1)
    assert np.all(first[:, 0] == 1)


def test_a_document_without_figures_has_no_pictures():
    assert png.files(made(Heading(1, "甲")), "", SOURCE) == []


@pytest.mark.parametrize("change", [{"origin": "天津市 热线"}, {"caption": "各街道办理量"}, {"words": "模拟数据：演示。"},
                                    {"data": "export"}])
def test_a_picture_says_whose_and_what_it_shows_and_what_the_data_are(change):
    given = {"origin": "北京市 热线", "caption": "各区办理量", "words": "模拟数据：不是真实工单。", "data": "simulated"}

    def one(origin, caption, words, data):
        return pngs(made(figure(caption, data=data), data=data, words=words), origin)

    assert one(**given) != one(**given | change)


def test_a_long_caption_goes_on_below_and_does_not_widen_the_picture():
    short, long = pixels(made(figure(), figure("各区办理量" * 20)))
    assert short.shape[1] == long.shape[1]
    assert long.shape[0] > short.shape[0]
    assert drawn(short) == drawn(long)


def test_hostile_words_are_only_words():
    hostile = '#panic("x") $x$ @ref <label> *a* "] ) \\ \ud800 𠮷 \u202e'
    (image,) = pixels(made(figure(hostile), words=hostile), hostile)
    assert drawn(image)[0] > 500


def test_the_same_figure_gives_the_same_bytes():
    assert png.files(made(figure()), "甲", SOURCE) == png.files(made(figure()), "甲", SOURCE)


def test_a_figure_with_a_narrow_drawing_has_a_picture_of_one_column_too():
    narrow = SVG.format(width=252, height=90)
    with_it, without = png.files(made(figure(narrow=narrow), figure()), "甲", SOURCE)
    assert [*with_it] == [".png", "-1col.png", ".svg"]
    assert [*without] == [".png", ".svg"]
    image = matplotlib.image.imread(io.BytesIO(with_it["-1col.png"]), format="png")[..., :3]
    assert drawn(image) == pytest.approx((90 / 72 * 300, 252 / 72 * 300), abs=2)
    assert image.shape[1] == pytest.approx((252 + 32) / 72 * 300, abs=2)


def test_an_svg_is_the_drawing_under_its_title_over_its_source_as_text():
    root = ElementTree.fromstring(png.files(made(figure("各区 <办理量>")), "某市热线　2020年", SOURCE)[0][".svg"])
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(text.itertext()) for text in root.findall(f"{space}text")]
    assert texts == ["某市热线　2020年", "各区 <办理量>（模拟数据）", SOURCE, "模拟数据：不是真实工单。"]
    (inner,) = root.findall(f"{space}svg")
    assert (inner.get("width"), inner.get("height"), inner.get("viewBox")) == ("453.6", "200", "0 0 453.6 200")
    heights = [float(text.get("y")) for text in root.findall(f"{space}text")]
    assert heights[1] < float(inner.get("y"))
    assert float(inner.get("y")) + 200 < heights[2] < heights[3] < float(root.get("viewBox").split()[3])


def test_a_long_line_of_an_svg_is_folded_and_no_stop_begins_a_line():
    root = ElementTree.fromstring(png.files(made(figure("各区办理量，" * 20)), "\x01\ud800", SOURCE)[0][".svg"])
    texts = ["".join(text.itertext()) for text in root.findall("{http://www.w3.org/2000/svg}text")]
    assert len(texts) > 5
    assert not [text for text in texts if text.startswith("，")]
    assert texts[0] == "〔U+0001〕〔U+D800〕"


def test_the_file_of_an_export_names_its_source_and_not_that_it_is_simulated():
    given = made(figure(data="export"), data="export", words="数据来源：导出.csv")
    svg = png.files(given, "甲", SOURCE)[0][".svg"].decode()
    assert SOURCE in svg
    assert "导出.csv" not in svg
    assert "模拟" not in svg
