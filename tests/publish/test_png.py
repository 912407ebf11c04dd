"""Figures as pictures that stand alone."""

import io

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


def figure(caption="各区办理量", width=453.6, height=200, data="simulated"):
    return Figure(Grid([], [], []), caption, caption, data, alt="东城区最多。", svg=SVG.format(width=width, height=height))


def made(*blocks, data="simulated", words="模拟数据：不是真实工单。"):
    said = labels.locale("zh-Hans")
    return Document("报告", "", (), data, words, "zh-Hans", document.numbered(blocks, said, headings=True))


def pixels(document, origin="北京市 12345热线　2020年"):
    return [matplotlib.image.imread(io.BytesIO(png), format="png")[..., :3] for png in png.pngs(document, origin)]


def drawn(image):
    """Return the height and width of the blue rectangle in a picture."""
    blue = np.all(np.abs(image - np.array([0x1F, 0x4E, 0x79]) / 255) < 0.02, axis=2)
    return blue.any(axis=1).sum(), blue.any(axis=0).sum()


def test_each_figure_is_a_picture_of_its_own_size_on_white():
    first, second = pixels(made(figure(), Heading(1, "甲"), figure(width=360, height=100)))
    assert drawn(first) == pytest.approx((200 / 72 * 200, 453.6 / 72 * 200), abs=2)
    assert drawn(second) == pytest.approx((100 / 72 * 200, 360 / 72 * 200), abs=2)
    assert np.all(first[0] == 1)
    assert np.all(first[:, 0] == 1)


def test_a_document_without_figures_has_no_pictures():
    assert png.pngs(made(Heading(1, "甲")), "") == []


@pytest.mark.parametrize("change", [{"origin": "天津市 热线"}, {"caption": "各街道办理量"}, {"words": "数据来源：导出.csv"},
                                    {"data": "export"}])
def test_a_picture_says_whose_and_what_it_shows_and_what_the_data_are(change):
    given = {"origin": "北京市 热线", "caption": "各区办理量", "words": "模拟数据：不是真实工单。", "data": "simulated"}

    def one(origin, caption, words, data):
        return png.pngs(made(figure(caption, data=data), data=data, words=words), origin)

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
    assert png.pngs(made(figure()), "甲") == png.pngs(made(figure()), "甲")
