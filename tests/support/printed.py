"""Documents whose blocks hold all that formats for readers print: appendices, styles, links, names and kinds of columns."""

import datetime

from helpers.document import document
from helpers.document.blocks import Column, Figure, Grid, Heading, Paragraph, Prose, Run, Table
from helpers.document.document import Document
from helpers.settings import labels

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="90pt"><rect width="9" height="9"/></svg>'


def made(*blocks, data="simulated", cover=("北京市", "数据状态：模拟数据"), title="年度报告", language="zh-Hans"):
    """Compose a document whose words and tables have all that Word and Markdown print."""
    numbered = document.numbered(blocks, labels.locale(language), headings=True)
    return Document(title, "2020年", cover, data, "模拟数据：说明。", language, numbered, datetime.date(2021, 1, 1))


def heading(text, level=1, appendix=False):
    return Heading(level, text, appendix)


def prose(*texts):
    return Prose([Run(text) for text in texts], "simulated")


def words(text, style=(), href=None):
    return Paragraph([Run(text, tuple(style), href)])


def figure(caption="各区办理情况", width=400, alt="东城区最多。", data="simulated"):
    return Figure(Grid([], [], []), caption, caption, data, alt=alt, svg=SVG.format(width=width))


def table(*rows, caption="前三名", data="simulated", numeric=True):
    rows = rows or (("东城区", "1.25"), ("西城区", "—"))
    columns = [Column(f"栏{place}", numeric and place > 0, f"c{place}", kind="rate" if place else "text")
               for place in range(len(rows[0]))]
    return Table(Grid(columns, rows, rows), caption, "t", data)
