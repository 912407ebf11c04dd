"""Serve 00-explore: the tickets of a period, their columns, pickers, and a grid that sorts and filters in the browser.

Chapters read the cube; this module queries the tickets themselves. A grid needs no network.
"""

import dataclasses
import difflib
import html
from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import Any

import ibis
import ipywidgets
import itables
import pandas as pd
from ibis import _
from IPython.utils.capture import capture_output

from helpers.analysis import measures
from helpers.chapters import answer_files, arguments
from helpers.chapters.chapter import Chapter
from helpers.chapters.disclosure import with_simulated_mark
from helpers.chapters.output import Output
from helpers.cube import cube, selections
from helpers.drawing import tables
from helpers.settings import editions, labels
from helpers.settings.errors import UserError, did_you_mean
from helpers.tickets import schema
from helpers.writing.citations import cite, sentence

__all__ = ["ALL", "about", "busiest", "columns", "export", "filtered", "grid", "grouped", "join", "picker", "rows",
           "unmatched"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


ALL = "全部"

_MOST = 2_000_000  # bytes that a grid hands to the browser, some 10,000 rows
_PRINTED = 20  # rows of a grid on paper
_BOXES = [{"target": 1, "content": ["search"]}]  # a row of boxes below the header
_LABELS = {
    "emptyTable": "没有数据", "zeroRecords": "没有符合条件的行", "search": "查找：", "searchPlaceholder": "任何一列中的字词",
    "info": "第_START_至_END_行，共_TOTAL_行", "infoEmpty": "共0行", "infoFiltered": "（从_MAX_行中筛选）", "thousands": "",
    "lengthMenu": "每页_MENU_行", "paginate": {"first": "首页", "previous": "上一页", "next": "下一页", "last": "末页"},
    "columnControl": {"searchClear": "清除", "search": {
        "text": {"contains": "含有", "notContains": "不含", "equal": "等于", "notEqual": "不等于", "starts": "开头是",
                 "ends": "结尾是", "empty": "空", "notEmpty": "非空"},
        "number": {"equal": "等于", "notEqual": "不等于", "greater": "大于", "greaterOrEqual": "不小于", "less": "小于",
                   "lessOrEqual": "不大于", "empty": "空", "notEmpty": "非空"},
        "datetime": {"equal": "等于", "notEqual": "不等于", "greater": "晚于", "greaterOrEqual": "不早于", "less": "早于",
                     "lessOrEqual": "不晚于", "empty": "空", "notEmpty": "非空"}}},
}


def rows(chapter: Chapter, years: Sequence[int] = ()) -> ibis.Table:
    """Return the tickets received in a chapter's period as an unexecuted query, with columns that questions often need.

    `years`: the same months of several years of the city, on one connection. Further columns: year and month; weekday (1 is
    Monday) and hour (0 to 23) of receipt; days, from the day of receipt to that of closing, null where it is not closed; is_open,
    whether it is neither closed nor answered at once, null in a year of which no ticket has a time of closing. Raises UserError
    where an edition has no tickets, and where simulated tickets would be set beside those of an export.
    """
    if not isinstance(years, Sequence) or not all(isinstance(year, Integral) for year in years):
        own = chapter.edition.year
        raise UserError(f"years {years!r} must be a list of whole numbers: years=[{own - 1}, {own}].", exit_code=2)
    spans = {year: chapter.period.back(12 * (chapter.edition.year - year)) for year in years or [chapter.edition.year]}
    read = [chapter.edition if year == chapter.edition.year else editions.read(chapter.edition.city, year) for year in spans]
    received = schema.read_years(read)
    closed = [year for edition, (year, span) in zip(read, spans.items(), strict=True)
              if cube.load(edition, span).count_known("closed_at", span)]
    days, year = _.closed_at.date().delta(_.received_at.date(), unit="day"), _.received_at.year()
    is_open = ibis.coalesce(_.status == "open", _.closed_at.isnull() & (_.handling.fill_null("dispatched") == "dispatched"))
    received = received.mutate(
        year=year, month=_.received_at.month(), weekday=(_.received_at.day_of_week.index() + 1).cast("int32"),
        hour=_.received_at.hour(), days=days, is_open=year.isin(closed).ifelse(is_open, ibis.null("boolean")))
    month = _.year * 12 + _.month - 1
    return received.filter(ibis.or_(*(month.between(span.start, span.end) for span in spans.values())))


def grouped(table: ibis.Table, grouping: str) -> ibis.Table:
    """Add the column of a grouping of `data/groupings/` to tickets or to a table of the cube (`selections.grouped`)."""
    return selections.grouped(table, grouping)


def join(rows: ibis.Table, other: pd.DataFrame | str | Path, on: str | Sequence[str] = ()) -> ibis.Table:
    """Add the columns of another table, a frame or a file (CSV, XLSX, Parquet), to rows by the columns `on`.

    `on` are the columns of the same name, if none are named. Every row is kept, once; where the other table has nothing for it,
    its columns are null (`unmatched` counts these). Raises UserError where no column is common, a key is repeated in the other
    table, other columns have the same name, or no row finds its key.
    """
    found = other if isinstance(other, pd.DataFrame) else answer_files.read(other)
    keys = _keys(rows, found, on)
    joined = rows.left_join(ibis.memtable(found), keys, rname="{name}_right").drop(*(f"{key}_right" for key in keys))
    sample, own = found[keys[0]].iloc[0] if len(found) else "—", rows.filter(rows[keys[0]].notnull()).limit(1).to_pandas()
    if not int(rows.semi_join(ibis.memtable(found), keys).count().execute()):
        raise UserError(f"no row finds its {'、'.join(keys)} in the other table: it has '{sample}', tickets have "
                        f"'{own[keys[0]].iloc[0] if len(own) else '—'}'.")
    return joined


def unmatched(rows: ibis.Table, other: pd.DataFrame | str | Path, on: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return the keys that have no partner, most tickets first: the columns `on`, tickets.

    Those of the rows that another table lacks, null where a ticket does not say; then, with 0 tickets, those of the other table
    that no row has: a name that both write differently stands in both parts.
    """
    found = other if isinstance(other, pd.DataFrame) else answer_files.read(other)
    keys = _keys(rows, found, on)
    table = ibis.memtable(found[keys])
    lacking = rows.anti_join(table, keys).group_by(keys).aggregate(tickets=_.count())
    unused = table.anti_join(rows.select(keys).distinct(), keys).mutate(tickets=ibis.literal(0, "int64"))
    kinds = {key: rows[key].type() for key in keys}
    return lacking.union(unused.cast(kinds)).order_by(ibis.desc("tickets"), *keys).to_pandas()


def export(answer: pd.DataFrame, file: str | Path, *, words: Mapping[str, str] | None = None, data: str | None = None) -> Path:
    """Write an answer as .dta, .parquet or .csv, with labels and a codebook beside it (`answer_files.export`)."""
    return answer_files.export(answer, file, words=words, data=data)


def _keys(rows: ibis.Table, other: pd.DataFrame, on: str | Sequence[str]) -> list[str]:
    """Return the columns to join by, after checking that they are in both tables, and single in the other."""
    keys = [on] if isinstance(on, str) else [*on] or [name for name in other.columns if name in rows.columns]
    for name, columns in [(key, columns) for key in keys for columns in ([*rows.columns], [*other.columns])]:
        if name not in columns:
            raise UserError(f"on: '{name}' is no column of both tables.{did_you_mean(name, columns)}", exit_code=2)
    if not keys:
        raise UserError(f"the other table has no column of the tickets: {_renaming(rows, other)}.", exit_code=2)
    for key, kind in [(key, rows[key].type()) for key in keys]:
        if (kind.is_numeric() or kind.is_string()) and kind.is_numeric() != pd.api.types.is_numeric_dtype(other[key]):
            raise UserError(f"'{key}' is {kind} in the tickets and {other[key].dtype} in the other table: convert it there, "
                            f'other.astype({{"{key}": "{"str" if kind.is_string() else kind}"}}).', exit_code=2)
    if both := [name for name in other.columns if name in rows.columns and name not in keys]:
        raise UserError(f"both tables have a column '{both[0]}': rename it in the other, or join on it.", exit_code=2)
    if (repeated := other[other.duplicated(keys)]).size:
        key = "、".join(str(repeated[name].iloc[0]) for name in keys)
        raise UserError(f"'{key}' stands in several rows of the other table, so that its tickets would count more than once: "
                        "leave one row.", exit_code=2)
    return keys


def _renaming(rows: ibis.Table, other: pd.DataFrame) -> str:
    """Return how a column of another table comes to be one of the tickets: by its word in print, or from the index."""
    if other.index.name in rows.columns:
        return f"'{other.index.name}' is its index, write other.reset_index()"
    fields = {labels.column_or_name(field): field for field in rows.columns}
    if known := [name for name in other.columns if name in fields]:
        return f'rename \'{known[0]}\', other.rename(columns={{"{known[0]}": "{fields[known[0]]}"}})'
    return f"rename one of {', '.join(map(str, other.columns))} to one of {', '.join(rows.columns)}"


def about(chapter: Chapter) -> Output:
    """Return a paragraph on how many tickets there are, of whom and when; of simulated ones also that they prove nothing.

    The output carries the script and style of grids, so that they need no network; show it before any grid.
    """
    total = chapter.ask(measures.volume(chapter.cube.channels, chapter.period))
    nature = ("它们按公布的总数随机生成，只说明方法可行，不能用来判断任何一个单位或地方"
              if chapter.cube.data == "simulated" else "它们来自热线的导出数据")
    paragraph = chapter.paragraph([sentence("{who}{period}共有{tickets}工单，{nature}。", who=chapter.fill("{place}{hotline}"),
                                       period=chapter.period.words, tickets=cite(total, "tickets", kind="exact"), nature=nature)])
    with capture_output() as captured:
        itables.init_notebook_mode(all_interactive=False, connected=False)
    theme, library = (output.data["text/html"] for output in captured.outputs)  # the theme's script asks for the library
    return dataclasses.replace(paragraph, preview=library + theme + paragraph.preview)


def columns(chapter: Chapter) -> pd.DataFrame:
    """Count the values in each column of the period's tickets, in the order of the schema.

    Columns: field (its name in code), column (its word), known (tickets with a value), known_share (of all tickets).
    """
    names = [name for name in schema.SCHEMA.names if name != "ticket_id"]
    known = pd.Series([chapter.cube.count_known(name, chapter.period) for name in names], dtype="int64")
    return pd.DataFrame({"field": names, "column": [labels.column(name) for name in names], "known": known,
                         "known_share": known / chapter.cube.count_known("received_at", chapter.period)})


def picker(chapter: Chapter, column: str) -> ipywidgets.Dropdown:
    """Return a dropdown: 全部, then the names of the period's dispatched tickets, busiest first."""
    return ipywidgets.Dropdown(options=[ALL, *_names(chapter, column)], description=labels.column(column))


def busiest(chapter: Chapter, column: str) -> str:
    """Return the name with the most dispatched tickets of the period, or 全部 where no ticket has one."""
    return next(iter(_names(chapter, column)), ALL)


def filtered(table: ibis.Table, **picked: str) -> ibis.Table:
    """Return the rows of a table, of tickets or of the cube, that have the names picked; 全部 selects any.

    Raises UserError for a column that the table lacks, and for a name that none of its rows has.
    """
    named = {column: name for column, name in picked.items() if name != ALL}
    for column, name in named.items():
        _check_column(table, column)
        if not len(table.filter(table[column] == name).limit(1).to_pandas()):
            known = table.select(column).distinct().to_pandas()[column].dropna()
            near = difflib.get_close_matches(str(name), map(str, known), n=1, cutoff=0.5)
            raise UserError(f"no row has '{name}' as its {column}.{did_you_mean(name, near)}", exit_code=2)
    return selections.rows_where(table, **named) if named else table


def grid(chapter: Chapter, caption: str, answer: pd.DataFrame, columns: Sequence[str]) -> Output:
    """Return columns of an answer as a table that sorts by a click on a header and filters by words typed below it.

    Numbers are printed in house style and sorted as numbers. Columns without any value are left out and named in the caption.
    On paper the first 20 rows are printed. Call `about` first.
    """
    arguments.check_exhibit(caption, answer, None)
    arguments.check_columns(answer, columns)
    known = tables.non_empty(answer[list(columns)])
    if not known:
        return chapter.table(caption, answer.head(0), columns)
    lacking = "、".join(labels.column(column) for column in columns if column not in known)
    caption = chapter.fill(caption) + (f"；数据中没有：{lacking}" if lacking else "")
    first = f"（前{_PRINTED}行）" if len(answer) > _PRINTED else ""
    on_paper = chapter.table(f"{caption}{first}", answer.head(_PRINTED), known)
    return dataclasses.replace(on_paper, preview=_drawn(tables.table(answer, known, chapter.edition.numbers),
                                                        with_simulated_mark(caption, chapter.cube.data)))


def _drawn(table: dict[str, Any], caption: str) -> str:
    """Return a grid of the reader's theme, light or dark; every cell and the caption are escaped text."""
    cells = pd.DataFrame(tables.sortable(table), columns=[tables.header(column) for column in table["columns"]])
    right = [place for place, column in enumerate(table["columns"]) if column["kind"] != "text"]
    caption = f'<span style="display:block;text-align:left;font-weight:600">{html.escape(caption)}</span>'
    drawn = itables.to_html_datatable(
        cells, caption=caption, connected=False, display_logo_when_loading=False, maxBytes=_MOST, language=_LABELS,
        lengthMenu=[10, 25, 100], order=[], columnControl=_BOXES, text_in_header_can_be_selected=False,
        style="width:auto;margin:0;caption-side:top",
        columnDefs=[{"targets": right, "className": "dt-right"}, {"targets": "_all", "className": "dt-left"}])
    return f'<div style="--dt-html-background:transparent">{drawn}</div>'


def _check_column(table: ibis.Table, column: str) -> None:
    if column not in table.columns:
        raise UserError(f"there is no column '{column}'.{did_you_mean(column, table.columns)}", exit_code=2)


def _names(chapter: Chapter, column: str) -> list[str]:
    _check_column(chapter.cube.areas, column)
    volume = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, column))
    return volume[column].dropna().tolist()
