"""Documents of a few blocks, as every writer of a format takes them."""

import datetime

from helpers.document import document
from helpers.document.blocks import Column, Figure, Grid, Heading, Prose, Run, Table
from helpers.document.document import Document
from helpers.settings import labels

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt">'
       '<text x="5" y="20" style="font: 9px \'Hotline Sans\'">图中字</text></svg>')


def made(*blocks, data="simulated", cover=("北京市", "模拟数据"), title="年度报告"):
    """Compose a document of blocks."""
    words = labels.locale("zh-Hans")
    return Document(title, "2020年", cover, data, "说明。", "zh-Hans", document.numbered(blocks, words, headings=True),
                    datetime.date(2021, 1, 1))


def heading(text, level=1):
    return Heading(level, text)


def prose(*texts):
    return Prose([Run(text) for text in texts])


def figure(caption="各区办理情况", width=400, height=200, data="simulated"):
    drawing = SVG.format(width=width, height=height)
    return Figure(Grid([], [], []), caption, caption, data, alt="东城区最多。", svg=drawing)


def table(rows=2, columns=2, data="simulated"):
    cells = [[f"{place}-{row}" for place in range(columns)] for row in range(rows)]
    return Table(Grid([Column(f"栏{place}", place > 0) for place in range(columns)], cells, cells), "前三名", "t", data)
