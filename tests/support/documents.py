"""Documents of a few blocks, as every writer of a format takes them."""

import datetime

from helpers.document import document
from helpers.document.document import Document

SVG = ('<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt">'
       '<text x="5" y="20" style="font: 9px \'Hotline Sans\'">图中字</text></svg>')


def made(*blocks, data="simulated", cover=("北京市", "模拟数据"), title="年度报告"):
    """Compose a document of blocks."""
    words = document.WORDS["zh-Hans"]
    return Document(title, "2020年", cover, data, "说明。", "zh-Hans", document.numbered(blocks, words, headings=True),
                    datetime.date(2021, 1, 1))


def heading(text, level=1):
    return {"kind": "heading", "level": level, "text": text}


def prose(*texts):
    return {"kind": "prose", "segments": [{"text": text, "value": None} for text in texts]}


def figure(caption="各区办理情况", width=400, height=200, data="simulated"):
    return {"kind": "figure", "caption": caption, "alt": "东城区最多。", "data": data, "number": None, "name": caption,
            "svg": SVG.format(width=width, height=height), "table": {"columns": [], "rows": []}}


def table(rows=2, columns=2, data="simulated"):
    return {"kind": "table", "caption": "前三名", "data": data, "number": None, "name": "t",
            "columns": [{"words": f"栏{place}", "numeric": place > 0} for place in range(columns)],
            "rows": [[f"{place}-{row}" for place in range(columns)] for row in range(rows)]}
