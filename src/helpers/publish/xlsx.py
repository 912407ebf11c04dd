"""The workbook: every figure and table of a document as a sheet of numbers to calculate with.

Laid out by the British guidance "Releasing statistics in spreadsheets" (Government Analysis Function): a cover, contents and
notes; one table a sheet, marked up as such, its title in A1; no merged cells; nothing said by colour. Unlike it, tables have
filters and their headers and first columns stay in sight. Which exhibits share a sheet: `workbook_layout`.
"""

import datetime
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, BinaryIO

import xlsxwriter
import yaml
from xlsxwriter.utility import xl_rowcol_to_cell

from helpers.document.blocks import Column, Exhibit, Figure
from helpers.document.document import Document
from helpers.publish import workbook_layout
from helpers.publish.formats import Rendered
from helpers.publish.table_layout import width_chars
from helpers.publish.workbook_layout import Cell, Sheet
from helpers.settings import labels as dictionary
from helpers.settings import number_format, paths
from helpers.settings.editions import NumberRules

file = paths.workbook
_TITLE_ROWS = 5  # above a table: its title, what the sheet holds, its section, what the data are, the link back
_MOST = 32_767  # UTF-16 units that a cell holds
_KEPT = 16_000  # characters kept of a longer text: at most 32,000 units, and room to say so
_SHORT = 200  # characters kept of a header, which may have 255
_NARROW, _HEADER, _WIDE = 9, 22, 46  # widths of a column, in characters; a Chinese one counts twice
_PAGE = 90  # width of the column that holds a page's text
_LINE = 16.5  # height of a line, in points
_PORTRAIT = 145  # characters up to which a sheet prints upright
_SMALLEST = 0.62  # of its size, to which a sheet may be scaled so that it takes fewer pages
_PAPER = {"portrait": 760, "landscape": 510}  # points of a page that rows have
_FILTERED = 4  # rows from which a table has filters
_HIGHEST = 409  # points that a row may be high
_NUMERIC = {"count": "#,##0", "rank": "0", "year": "0", "month": '0"月"', "hour": '0"时"'}
_NUMBER = {"align": "right", "indent": 1, "valign": "top"}
_HEAD = {"bold": True, "text_wrap": True, "valign": "vcenter", "top": 1, "bottom": 1}
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # what XML cannot hold, and controls
_OPTIONS = {"in_memory": True, "default_row_height": 22,
            "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


@cache
def locale(language: str) -> dict[str, Any]:
    """Return the strings of the workbook and of the CSV files' dictionary in a language."""
    return yaml.safe_load((paths.TEMPLATES / "workbook.yml").read_text(encoding="utf-8"))[language]


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return a document's figures and tables as an Excel workbook, numbered as in the document.

    Numbers are unrounded, in base units (shares as fractions), under formats that show them as printed; a missing one is
    `[x]`. Every string is written as text: none becomes a formula, a link or a number. The same document gives the same bytes.
    """
    contents = io.BytesIO()
    with new_workbook(contents, document) as book:
        _Sheets(book, document, locale(document.language), document.numbers).write()
    return Rendered(contents.getvalue())


def new_workbook(contents: BinaryIO, document: Document) -> xlsxwriter.Workbook:
    """Begin a workbook of a document, dated by its data; strings are written as text, whatever they look like."""
    strings, date = locale(document.language), document.date or datetime.date(1980, 1, 1)
    font = {"font_name": strings["font"], "font_size": 11}
    book = xlsxwriter.Workbook(contents, _OPTIONS | {"default_format_properties": font})
    book.set_properties({"title": cell_text(document.title, strings), "subject": cell_text(document.subtitle, strings),
                         "comments": cell_text(document.data_words, strings),
                         "created": datetime.datetime(date.year, date.month, date.day)})
    return book


def cell(row: int, column: int) -> str:
    """Return the cell of a table's value on its sheet: A7 for the first; row -1 is the header."""
    return xl_rowcol_to_cell(_TITLE_ROWS + 1 + row, column)


def sheets(document: Document) -> list[Sheet]:
    """Return the sheets that a document's figures and tables are written to."""
    return workbook_layout.sheets(document.blocks, dictionary.locale(document.language), locale(document.language))


def formats(numbers: NumberRules) -> dict[str, str]:
    """Return the number format of each kind of values that are numbers; decimals are those of the edition."""
    percent = _decimals(numbers.share_decimals) + "%"
    return _NUMERIC | dict.fromkeys(("share", "rate", "change"), percent) | {
        kind: _decimals(places) for kind, places in number_format.DECIMALS.items()}


def _decimals(places: int) -> str:
    return f"0.{'0' * places}" if places else "0"


def cell_text(value: Any, locale: Mapping[str, Any]) -> str:
    """Return a text that a cell can hold: without control characters; one that is too long is cut and says so."""
    kept = _UNFIT.sub("", str(value))
    if len(kept) > _KEPT and len(kept.encode("utf-16-le")) > 2 * _MOST:
        kept = kept[:_KEPT] + locale["cut"].format(length=len(kept), kept=_KEPT)
    return f"{kept} " if kept.startswith("<r>") and kept.endswith("</r>") else kept  # XlsxWriter takes <r>…</r> for markup


class _Sheets:
    """Writer of a workbook's sheets."""

    def __init__(self, book: xlsxwriter.Workbook, document: Document, locale: Mapping[str, Any], numbers: NumberRules):
        self.book, self.document, self.locale = book, document, locale
        self.labels = dictionary.locale(document.language)
        self.simulated = document.data == "simulated"
        self.formats = formats(numbers)
        self.filled = {"missing": locale["missing"], "share_decimals": numbers.share_decimals,
                       "unfilled": dictionary.value("channel", None), "unclassified": dictionary.value("category", None)}
        self.styles = {name: book.add_format(style) for name, style in {
            "title": {"bold": True, "font_size": 15}, "line": {},
            "link": {"font_color": "#0563C1", "underline": 1},
            "link_cell": {"font_color": "#0563C1", "underline": 1, "valign": "top"},
            "text": {"text_wrap": True, "valign": "top"}, "missing": _NUMBER, "head": _HEAD,
            "head_number": _HEAD | _NUMBER | {"valign": "vcenter"},
        }.items()}
        self.styles |= {kind: book.add_format(_NUMBER | {"num_format": form}) for kind, form in self.formats.items()}

    def write(self) -> None:
        """Write every sheet: cover, contents, notes, then the tables."""
        laid = sheets(self.document)
        front = {name: self.book.add_worksheet(self.locale[name]) for name in ("cover", "contents", "notes")}
        added = [self.book.add_worksheet(sheet.name) for sheet in laid]
        self._cover(front["cover"], laid)
        self._contents(front["contents"], laid)
        self._notes(front["notes"])
        for sheet, table in zip(added, laid, strict=True):
            self._table(sheet, table)

    def _cover(self, sheet: Any, laid: Sequence[Sheet]) -> None:
        locale, exhibits = self.locale, [exhibit for table in laid for exhibit in table.exhibits]
        figures = sum(isinstance(exhibit, Figure) for exhibit in exhibits)
        title = "　".join(filter(None, [self.document.title, self.document.subtitle, locale["workbook"]]))
        about = locale["holds"].format(figures=figures, tables=len(exhibits) - figures, sheets=len(laid))
        status = [self.document.data_words] if self.simulated else []
        above = [*self.document.cover, *status, about]
        self._page(sheet, title, above)
        sheet.set_column(0, 0, _PAGE)
        for row, name in enumerate(("contents", "notes"), start=len(above) + 1):
            sheet.write_url(row, 0, f"internal:'{locale[name]}'!A1", self.styles["link"], locale[name])

    def _contents(self, sheet: Any, laid: Sequence[Sheet]) -> None:
        """List every figure and table in their order, each with a link to its first row."""
        self._page(sheet, self.locale["contents"], [self.locale["contents_about"]], wrapped=False)
        found = {exhibit.id: table for table in laid for exhibit in table.exhibits}
        listed = [(exhibit, section) for exhibit, section in workbook_layout.tables(self.document.blocks)]
        rows = [[self._number(exhibit), exhibit.caption + self._mark(exhibit), section, found[exhibit.id].name,
                 len(exhibit.grid.rows)] for exhibit, section in listed]
        self._sheet_table(sheet, 2, "contents", self._plain(self.locale["contents_heads"], number=4),
                          [self._line(row) for row in rows], self.locale["contents_about"], widest=_PAGE)
        for row, (exhibit, _) in enumerate(listed, start=3):
            table = found[exhibit.id]
            first = min((place for (name, *_), place in table.places.items() if name == exhibit.id), default=(0, 0))
            top = "A1" if exhibit is table.exhibits[0] or first[0] <= 0 else cell(first[0], 0)
            sheet.write_url(row, 0, f"internal:'{table.name}'!{top}", self.styles["link_cell"], self._number(exhibit))

    def _number(self, exhibit: Exhibit) -> str:
        return f"{self.labels[exhibit.kind]}{exhibit.number}"

    @staticmethod
    def _plain(heads: Sequence[str], number: int | None = None) -> list[Column]:
        return [Column(head, place == number, kind="count" if place == number else "text") for place, head in enumerate(heads)]

    @staticmethod
    def _line(values: Sequence[Any]) -> list[Cell]:
        return [Cell("text" if isinstance(value, str) else "count", value, str(value)) for value in values]

    def _notes(self, sheet: Any) -> None:
        locale = self.locale
        rows = [[locale["status"], self.document.data_words],
                *([name, words.format_map(self.filled)] for name, words in locale["notes_rows"].items())]
        self._page(sheet, locale["notes"], [locale["notes_about"]], wrapped=False)
        self._sheet_table(sheet, 2, "notes", self._plain(locale["notes_heads"]), [self._line(row) for row in rows],
                          locale["notes_about"], widest=_PAGE)

    def _table(self, sheet: Any, table: Sheet) -> None:
        locale, colon, first = self.locale, self.locale["colon"], table.exhibits[0]
        about = locale["one_table"].format(rows=len(table.rows), columns=len(table.columns)) if table.rows else locale["no_rows"]
        if any(self._cell(*cell) == locale["missing"] for row in table.rows for cell in row):
            about += locale["has_missing"].format_map(self.filled)
        status = self.labels["simulated"] + "，" + locale["not_real"] + "，" if first.data == "simulated" else ""
        above = [about, f"{locale['stands_in']}{colon}{table.section}" if table.section else locale["stands_in"] + colon + "—",
                 f"{locale['status']}{colon}{status}{locale['see_notes']}{locale['stop']}"]
        self._page(sheet, f"{table.name}　{table.title}{self._mark(first)}", above, wrapped=False)
        sheet.write_url(_TITLE_ROWS - 1, 0, f"internal:'{locale['contents']}'!A1", self.styles["link"], locale["back"])
        description = first.alt if isinstance(first, Figure) and len(table.exhibits) == 1 else about
        self._sheet_table(sheet, _TITLE_ROWS, first.id.replace("-", "_"), table.columns, table.rows, table.title, description)
        sheet.freeze_panes(_TITLE_ROWS + 1, table.keys)

    def _cell(self, kind: str, value: Any, printed: str) -> Any:
        """Return what a cell holds: a number as it is, [x] where one is missing, else the printed text."""
        if kind not in self.formats:
            return printed
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and math.isfinite(value):
            return value
        return self.locale["missing"] if value is None or number else printed

    def _mark(self, exhibit: Exhibit) -> str:
        labels = self.labels
        return f"{labels['left']}{labels['simulated']}{labels['right']}" if exhibit.data == "simulated" else ""

    def _page(self, sheet: Any, title: str, lines: Sequence[str], *, wrapped: bool = True) -> None:
        """Write a sheet's title into A1 and lines below it, and set how it prints: A4, as wide as a page."""
        self._text(sheet, 0, 0, title, "title")
        for row, line in enumerate(lines, start=1):
            self._text(sheet, row, 0, line, "text" if wrapped else "line")
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        simulated = f"{self.labels['simulated']}　" if self.simulated else ""
        sheet.set_footer(f"&L{simulated}&A&R&P / &N")

    def _sheet_table(self, sheet: Any, top: int, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]],
                     title: str, description: str = "", *, widest: int = _WIDE) -> None:
        """Write a table, marked up as one; columns are as wide and rows as high as their contents, within bounds."""
        heads = list(_unique(cell_text(column.header, self.locale).replace("\n", " ").replace("\t", " ")[:_SHORT]
                             for column in columns))
        numeric = [column.kind in self.formats for column in columns]
        values = [[self._cell(*cell) for cell in line] for line in rows]
        printed = [[_printed(value) for value in line] for line in values]
        natural = [max(_NARROW, min(width_chars(head) + 3, _HEADER), *(width_chars(line[place]) + 2 for line in printed))
                   for place, head in enumerate(heads)]
        whole = [min(width, _PAGE) for width in natural]
        widths = whole if sum(whole) <= _PORTRAIT else [min(width, widest) for width in natural]
        for row, (line, cells) in enumerate(zip(values, rows, strict=True), start=top + 1):
            for place, (value, cell) in enumerate(zip(line, cells, strict=True)):
                if isinstance(value, str):
                    self._text(sheet, row, place, value, "missing" if numeric[place] else "text")
                else:
                    sheet.write_number(row, place, value, self.styles[cell.kind])
        described = [{"header": head, "header_format": self.styles["head_number" if number else "head"]}
                     for head, number in zip(heads, numeric, strict=True)]
        sheet.add_table(top, 0, top + max(len(rows), 1), len(heads) - 1, {
            "name": name, "columns": described, "autofilter": len(rows) >= _FILTERED, "style": "Table Style Light 1",
            "title": cell_text(title, self.locale)[:_SHORT], "description": cell_text(description, self.locale)})
        sheet.repeat_rows(top)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        lines = [max(math.ceil((width_chars(cell) + 1) / width) for cell, width in zip(line, widths, strict=True))
                 for line in [heads, *printed]]
        for row, high in enumerate(lines, start=top):
            if high > 1:
                sheet.set_row(row, min(high * _LINE, _HIGHEST))
        _fit(sheet, sum(widths), (top + sum(lines)) * _LINE)

    def _text(self, sheet: Any, row: int, column: int, value: str, style: str) -> None:
        sheet.write_string(row, column, cell_text(value, self.locale), self.styles[style])


def _fit(sheet: Any, wide: int, high: float) -> None:
    """Set how a sheet prints: upright unless it is wide, one page across, on as few pages as its type may shrink to."""
    upright = wide <= _PORTRAIT
    (sheet.set_portrait if upright else sheet.set_landscape)()
    sheet.fit_to_pages(1, max(1, math.ceil(high * _SMALLEST / _PAPER["portrait" if upright else "landscape"])))


def _unique(heads: Iterator[str]) -> Iterator[str]:
    """Yield headers of which no two are equal but for case, which a table may not have."""
    seen: dict[str, int] = {}
    for head in heads:
        seen[head.lower()] = seen.get(head.lower(), 0) + 1
        yield head if seen[head.lower()] == 1 else f"{head} {seen[head.lower()]}"


def _printed(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
