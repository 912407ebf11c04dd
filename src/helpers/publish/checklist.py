"""The checklist (核稿单): every number in a document's text in reading order, its source, and columns to sign it off."""

import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate, count, pairwise
from typing import Any

import xlsxwriter
import yaml

from helpers.document import number_sources
from helpers.document.blocks import Block, Run, paragraphs
from helpers.document.document import Document
from helpers.document.number_sources import Place
from helpers.publish import table_layout, workbook_layout, xlsx
from helpers.publish.formats import Rendered
from helpers.settings import labels, paths
from helpers.writing.citations import Number

file = paths.checklist
_TOP = 4  # the header's row: above it the title, what the sheet holds, how it is used, what the data are
_WIDTHS = (5, 13, 44, 12, 13, 13, 16, 8, 11, 18, 10, 5, 9, 11, 14)  # in characters; a Chinese one counts twice
_VALUE, _LINK, _CHECK, _DATE = 9, 10, 11, 13  # places of the columns that hold more than text
_LINE, _HIGHEST = 16.5, 409  # points: a line of a row, and the most that a row may be high
_STOPS = "。！？"
_OPENING, _CLOSING = "“「『", "”」』"
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")  # which a text in two types would turn into a character
_FRACTION = "0.00########%"  # as many as the column has room for; the cell holds all
_FORMATS = {"share": _FRACTION, "rate": _FRACTION, "change": _FRACTION, "points": _FRACTION, "score": "0.0########",
            "days": "0.0########", "year": "0", "month": '0"月"', "hour": '0"时"', "weekday": "0"}


@dataclass(frozen=True)
class Entry:
    """A quoted number: its run, the headings above it, its sentence and the position in that at which it begins.

    `place` is the figure or table of the same section that holds it, None where none does.
    """

    run: Run
    section: str
    sentence: str
    begins: int
    place: Place | None = None

    @property
    def cell(self) -> tuple[int, int] | None:
        """The number's row and column in its exhibit; None where several rows could be meant."""
        if not self.place or self.place.row is None:
            return None
        return self.place.row, [column.name for column in self.place.exhibit.grid.columns].index(self.run.number.column)


@cache
def locale(language: str) -> dict[str, Any]:
    """Return the strings of the checklist in a language."""
    return yaml.safe_load((paths.TEMPLATES / "checklist.yml").read_text(encoding="utf-8"))[language]


def entries(blocks: Sequence[Block]) -> list[Entry]:
    """Return every quoted number in a document's text, in reading order."""
    found, sections = number_sources.places(blocks), workbook_layout.sections(blocks)
    return [Entry(run, sections[at], sentence, begins, found.get((at, position)))
            for at, block in enumerate(blocks) for position, run, sentence, begins in _quoted(paragraphs(block))]


def _quoted(paragraphs: Sequence[Sequence[Run]]) -> Iterator[tuple[int, Run, str, int]]:
    """Yield each number of a block's paragraphs with its position among all their runs, its sentence, and its start in that."""
    positions = count()
    for runs in paragraphs:
        text = "".join(run.text for run in runs)
        ends = [0, *_ends(text), len(text)]
        starts = accumulate((len(run.text) for run in runs), initial=0)
        for run, (start, end), position in zip(runs, pairwise(starts), positions, strict=False):  # positions go on
            if run.number:
                first = max(stop for stop in ends if stop <= start)
                whole = text[first:min(stop for stop in ends[1:] if stop >= end)]
                yield position, run, whole.strip(), start - first - (len(whole) - len(whole.lstrip()))


def _ends(text: str) -> list[int]:
    """Return where sentences end: after a stop that is not within quotation marks, as those of a name."""
    depths = list(accumulate((character in _OPENING) - (character in _CLOSING) for character in text))
    paired = not depths or (depths[-1] == 0 and min(depths) >= 0)
    return [place for place, (character, depth) in enumerate(zip(text, depths, strict=True), start=1)
            if character in _STOPS and not (paired and depth)]


def render(document: Document, pictures: Sequence[bytes] = ()) -> Rendered:
    """Return the checklist as an Excel workbook of one sheet, a row for each number, to be printed on A4 or filled in.

    Values are unrounded; a number of a figure or table links to its cell in `tables.xlsx`. Every string is written as text. The
    same document gives the same bytes.
    """
    contents = io.BytesIO()
    with xlsx.new_workbook(contents, document) as book:
        _Sheet(book, document).write(entries(document.blocks))
    return Rendered(contents.getvalue())


class _Sheet:
    """Writer of the checklist's one sheet."""

    def __init__(self, book: xlsxwriter.Workbook, document: Document):
        self.document, self.locale = document, locale(document.language)
        self.labels, self.workbook_locale = labels.locale(document.language), xlsx.locale(document.language)
        self.headers = number_sources.column_words(document.blocks)
        self.tables = {exhibit.id: table for table in xlsx.sheets(document) for exhibit in table.exhibits}
        self.sheet = book.add_worksheet(self.locale["sheet"])
        cell = {"font_size": 10, "text_wrap": True, "valign": "top", "border": 1, "border_color": "#8a8a8a"}
        number = cell | {"align": "right", "indent": 1}
        self.styles = {name: book.add_format(style) for name, style in {
            "title": {"bold": True, "font_size": 15}, "line": {}, "text": cell, "number": number, "bold": {"bold": True},
            "head": cell | {"bold": True, "valign": "vcenter"}, "choice": cell | {"align": "center"},
            "link": cell | {"font_color": "#0563C1", "underline": 1}, "date": cell | {"num_format": "yyyy-mm-dd"},
            "whole": number | {"num_format": "#,##0"}, "other": number | {"num_format": "General"}}.items()}
        self.styles |= {kind: book.add_format(number | {"num_format": form}) for kind, form in _FORMATS.items()}

    def write(self, entries: Sequence[Entry]) -> None:
        """Write title, header and a row for each number, and set how the sheet is filled in and printed."""
        sheet, document, last = self.sheet, self.document, _TOP + max(len(entries), 1)
        title = "　".join(filter(None, [self.locale["sheet"], document.title, document.subtitle]))
        about = self.locale["about"].format(count=len(entries)) if entries else self.locale["no_numbers"]
        for row, line in enumerate([title, about, self.locale["opens"], document.data_words]):
            self._text(row, 0, line, "line" if row else "title")
        for row, entry in enumerate(entries, start=_TOP + 1):
            self._row(row, entry, str(row - _TOP))
        columns = [{"header": head, "header_format": self.styles["head"]} for head in self.locale["heads"]]
        sheet.add_table(_TOP, 0, last, len(columns) - 1,
                        {"name": "checklist", "columns": columns, "autofilter": True, "style": None})
        sheet.data_validation(_TOP + 1, _CHECK, last, _CHECK, {
            "validate": "list", "source": self.locale["choices"], "input_message": self.locale["choose"]})
        for place, width in enumerate(_WIDTHS):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(_TOP + 1, 0)
        sheet.repeat_rows(_TOP)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        mark = f"{self.labels['simulated']}　" if document.data == "simulated" else ""
        sheet.set_footer(f"&L{mark}{self.locale['sheet']}&R&P / &N")

    def _row(self, row: int, entry: Entry, ordinal: str) -> None:
        number = entry.run.number
        known = number if number.value is not None else replace(number, value=entry.run.text)
        source = number_sources.describe(replace(entry.run, number=known), self.headers, self.labels)
        table = source.get("source") or (source.get("table", "") if number.column else self.locale["given"])
        texts = [ordinal, entry.section, entry.sentence, entry.run.text, table,
                 *(source.get(name, "") for name in ("column", "where", "period", "base"))]
        for column, text in enumerate(texts):
            self._text(row, column, text, "text")
        self._sentence(row, 2, entry)
        self._value(row, number)
        self._link(row, entry)
        self.sheet.write_blank(row, _CHECK, None, self.styles["choice"])
        for column in range(_CHECK + 1, len(_WIDTHS)):
            self.sheet.write_blank(row, column, None, self.styles["date" if column == _DATE else "text"])
        lines = max(math.ceil((table_layout.width_chars(text) + 1) / width) for text, width in zip(texts, _WIDTHS, strict=False))
        self.sheet.set_row(row, min(lines * _LINE + 2, _HIGHEST))

    def _sentence(self, row: int, column: int, entry: Entry) -> None:
        """Write a sentence over its plain text with the number in bold, where a cell can hold it so."""
        end = entry.begins + len(entry.run.text)
        before, number, after = (xlsx.cell_text(piece, self.workbook_locale) for piece in (
            entry.sentence[:entry.begins], entry.sentence[entry.begins:end], entry.sentence[end:]))
        plain = xlsx.cell_text(entry.sentence, self.workbook_locale)
        if (before or after) and number and before + number + after == plain and not _ESCAPED.search(plain):
            pieces = [*([before] if before else []), self.styles["bold"], number, *([after] if after else [])]
            self.sheet.write_rich_string(row, column, *pieces, self.styles["text"])

    def _value(self, row: int, number: Number) -> None:
        """Write a number's unrounded value, [x] where it is missing."""
        value, kind = number.value, number.kind
        if isinstance(value, bool | str):
            self._text(row, _VALUE, str(value), "number")
        elif value is None or not math.isfinite(value):
            self._text(row, _VALUE, self.workbook_locale["missing"], "number")
        else:
            style = kind if kind in _FORMATS else "whole" if float(value).is_integer() else "other"
            self.sheet.write_number(row, _VALUE, value, self.styles[style])

    def _link(self, row: int, entry: Entry) -> None:
        """Write a link to the sheet of `tables.xlsx` that holds a number, and to its cell where only one row can be meant."""
        if not entry.place:
            self._text(row, _LINK, "", "text")
            return
        exhibit = entry.place.exhibit.id
        table = self.tables[exhibit]
        sheet, cell = table.name, xlsx.cell(*table.places[exhibit, *entry.cell]) if entry.cell else ""
        address = f"external:{xlsx.file(paths.OUTPUTS).name}#'{sheet}'!{cell or 'A1'}"
        self.sheet.write_url(row, _LINK, address, self.styles["link"], f"{sheet}!{cell}" if cell else sheet)

    def _text(self, row: int, column: int, value: str, style: str) -> None:
        """Write a text; an empty one leaves the cell blank, so that it can be filtered."""
        if value:
            self.sheet.write_string(row, column, xlsx.cell_text(value, self.workbook_locale), self.styles[style])
        else:
            self.sheet.write_blank(row, column, None, self.styles[style])
