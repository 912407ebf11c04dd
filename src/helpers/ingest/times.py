"""Read the times of an export: formats, serial dates, calendars, offsets from UTC; tell placeholders and unreadable texts.

A cell is read by the mapping's formats first; one that none fits is put into the form of ISO and read again (`_plain`).
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import TYPE_CHECKING, Literal

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import excel_dates
from helpers.settings.errors import UserError

if TYPE_CHECKING:
    from helpers.ingest.mappings import Time

Calendar = Literal["gregorian", "minguo", "buddhist"]
PAST = ("dispatched_at", "closed_at")  # columns of what has happened, which cannot lie in a far future
_ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M", "%Y-%m-%d")  # the form of times of sheets and Parquet, too
FORMATS = (*_ISO, "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H:%M:%S",
           "%Y年%m月%d日 %H时%M分%S秒", "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y.%m.%d %H:%M:%S", "%Y.%m.%d", "%Y%m%d %H:%M:%S",
           "%Y%m%d%H%M%S", "%Y%m%d", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y年%m月%d日 %H时%M分", "%Y.%m.%d %H:%M")
_PLAIN = (*_ISO, "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M:%S.%f %p", "%Y-%m-%d %I:%M %p", "%Y%m%d %H:%M", "%Y%m%d %H:%M:%S")
_DIRECTIVES = frozenset("YymdbBjHIMSfpzaA%")  # of strptime, as far as they say the same in every language and engine
_DATES = ({"Y", "j"}, *({year, month, "d"} for year, month in product("Yy", "mbB")))  # what a format needs to name a day
_OFFSET = r"(?i)^(?P<clock>.*\d:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?P<offset>Z|UTC|GMT|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?)$"
_ENDING = r"(?i)\d\s*(?:Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)$"  # of what may have an offset
_MIDNIGHT = r"\s24:00(?::00(?:\.0+)?)?$"
_SPELLINGS = (  # the forms of dates and clocks in which years lead, each as ISO writes it
    (r"(\d)[Tt](\d)", r"\1 \2"),
    (r"(:\d{2})[.,](\d{1,6})\d*", r"\1.\2"),
    (r"^(\d{4})年\s*(\d{1,2})月\s*(\d{1,2})日?\s*", r"\1-\2-\3 "),
    (r"^(\d{4})[./]\s*(\d{1,2})[./]\s*(\d{1,2})\.?(\s|$)", r"\1-\2-\3\4"),
    (r"(\d{1,2})[时時点點](\d{1,2})分(\d{1,2})秒", r"\1:\2:\3"),
    (r"(\d{1,2})[时時点點](\d{1,2})分?", r"\1:\2"),
    (r"(\d{1,2})[时時点點]整?$", r"\1:00"),
)
_HALVES = (("AM", r"上午|凌晨|清晨|早上|早晨|午前|오전|(?i:a\.?\s?m\b\.?)"),
           ("PM", r"下午|中午|晚上|傍晚|午後|午后|오후|(?i:p\.?\s?m\b\.?)"))
_CALENDARS = {  # years to add, and the forms of a date: what stands before its year, the year, and after it
    "minguo": (1911, (r"^(?:民[國国])?\s*(?P<before>)(?P<year>\d{2,3})(?P<after>\s*[-/.年].*)$",
                      r"^(?P<before>)(?P<year>\d{2,3})(?P<after>\d{4}(?:\D.*|\d{4}|\d{6})?)$")),
    "buddhist": (-543, (r"^(?P<before>(?:\d{1,2}[-/. ]\d{1,2}[-/. ])?)(?P<year>2[45]\d{2})(?P<after>.*)$",)),
}
_PLACEHOLDERS = (1971, 2100)  # years before the first, or from the second on, stand for no time: 1900, 1970, 2999, 9999
_YEARS_LATER = 2  # a closing later than these years after the export's last receipt has not happened
_LOOKED_AT = 10_000  # unreadable cells of a batch whose shapes are looked at
_SAMPLES, _ROWS, _SHAPES, _WIDTH = 20, 5, 5, 40  # texts tried for a format; rows, shapes and characters that are shown
_UTC = ("UTC", "GMT", "Z", "ETC/UTC", "+00:00", "-00:00")
_DAY = np.timedelta64(1, "D")


@ibis.udf.scalar.builtin
def try_strptime(text: str, formats: list[str]) -> dt.timestamp:
    """Parse `text` by the first of `formats` that fits; null where none does (30 February). A function of DuckDB."""


def run_query(engine: ibis.BaseBackend, columns: dict[str, pa.Array], select: Callable) -> dict[str, pa.Array]:
    """Return the columns that `select` computes from a table of `columns`, rows in order; unregister the table afterwards."""
    table = ibis.memtable(pa.table(columns))
    answer = engine.to_pyarrow(table.select(**select(table)))
    engine.con.unregister(table.get_name())
    return {name: answer[name].combine_chunks() for name in answer.column_names}


def checked_format(form: str) -> str:
    """Return a format of strptime. Raises ValueError where it names no day, or has a directive that no text can be read by."""
    directives = re.findall(r"%-?(.)", form)
    if not any(needed <= {*directives} for needed in _DATES) or not {*directives} <= _DIRECTIVES:
        raise ValueError(f"'{form}' cannot be read by: write year, month and day, such as %Y-%m-%d %H:%M:%S or %d/%m/%Y %I:%M %p")
    return form


def all_formats(named: list[str]) -> list[str]:
    """Return the named formats, checked, and those of ISO behind them."""
    return [*dict.fromkeys([*map(checked_format, named), *_ISO])]


def unmarked(texts: pa.Array) -> pa.Array:
    """Return texts without the marks of a spreadsheet for text: a leading apostrophe, and ="…"."""
    marked = pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, "="))
    if not pc.any(marked).as_py():
        return texts
    return pc.replace_substring_regex(pc.replace_substring_regex(texts, r'^="([^"]*)"$', r"\1"), r"^'+", "")


def written(texts: pa.Array, width: int | None, calendar: Calendar, serial_shift: int) -> pa.Array:
    """Return the texts of one column of a time, without spreadsheets' marks and in the years of the Gregorian calendar.

    `width` pads numbers with zeros; without it, serial dates are written out, of which 0 is `serial_shift` days later than usual.
    """
    texts = unmarked(texts)
    texts = _padded(texts, width) if width else texts
    texts = _gregorian(texts, calendar) if calendar != "gregorian" else texts
    return texts if width else excel_dates.written(texts, serial_shift)


def _padded(texts: pa.Array, width: int) -> pa.Array:
    """Pad numbers with zeros from the left: 200 and 200.0 become 000200."""
    texts = pc.replace_substring_regex(texts, r"^(\d+)\.0*$", r"\1")
    return pc.if_else(pc.match_substring_regex(texts, r"^\d+$"), pc.utf8_lpad(texts, width, "0"), texts)


def _gregorian(texts: pa.Array, calendar: Calendar) -> pa.Array:
    """Return dates of another calendar with Gregorian years: 109/04/12 and 1090412 of Minguo become 2020/04/12 and 20200412."""
    added, forms = _CALENDARS[calendar]
    for form in forms:
        parts = pc.extract_regex(texts, form)
        years = pc.add(pc.struct_field(parts, "year").cast(pa.int64()), added).cast(pa.string())
        converted = pc.binary_join_element_wise(pc.struct_field(parts, "before"), years, pc.struct_field(parts, "after"), "")
        texts = pc.coalesce(converted, texts)
    return texts


@dataclass(frozen=True)
class Parsed:
    """The times of a batch by column; `offsets` counts (column, offset as written, "" for none) of the clocks."""

    columns: dict[str, pa.Array]
    offsets: Counter = field(default_factory=Counter)


def parse(texts: Mapping[str, pa.Array], origins: Mapping[str, "Time"], timezone: str | None, engine: ibis.BaseBackend) -> Parsed:
    """Return the local times of a batch, in columns of timestamps; null where a text is null or cannot be read.

    A clock with an offset from UTC is converted to the `timezone`; without one it stays as it is written.
    """
    formats = {name: _likely_first(_without_offset(origin.formats), texts[name]) for name, origin in origins.items()}
    found = run_query(engine, dict(texts), lambda table: {name: try_strptime(table[name], formats[name]) for name in texts})
    offsets: Counter = Counter()
    for name, cells in texts.items():
        left = pc.and_(pc.is_valid(cells), pc.is_null(found[name]))
        again = cells.filter(left)
        if len(again):
            read, own = _read_again(again, formats[name], timezone, engine)
            offsets.update({(name, offset): number for offset, number in own.items()})
            found[name] = pc.replace_with_mask(found[name], left, read)
        offsets[name, ""] += _true(pc.match_substring(cells.filter(pc.is_valid(found[name])), ":"))
    for name in texts:
        offsets[name, ""] -= sum(number for (column, offset), number in offsets.items() if column == name and offset)
    return Parsed(found, +offsets)


def _likely_first(formats: list[str], texts: pa.Array) -> list[str]:
    """Return formats with those first that read some of a few texts: each that fails before costs more than one that reads.

    Where one has the day or month first, the order stays: it may decide.
    """
    if any(map(day_order, formats)):
        return formats
    few = texts.drop_null()
    few = few.take(pa.array(np.linspace(0, len(few) - 1, min(len(few), _SAMPLES)).astype(int))).to_pylist()
    return sorted(formats, key=lambda form: not any(_fits(text, form) for text in few))


def _without_offset(formats: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(re.sub(r"\s*%z", "", form) for form in formats)]


def _read_again(texts: pa.Array, formats: list[str], timezone: str | None, engine: ibis.BaseBackend) -> tuple[pa.Array, Counter]:
    """Return the times of texts that no format fits as they are, and the number of texts by their offset from UTC."""
    plain, offsets, next_day = _plain(texts)
    spaced = [re.sub(r"(%[dmyY])T(%-?[HI])", r"\1 \2", form) for form in formats]
    halves = [re.sub(r"\s*%p", "", form) + " %p" for form in spaced if "%p" in form]
    known = _likely_first([*dict.fromkeys([*formats, *spaced, *halves, *_PLAIN])], plain)
    read = run_query(engine, {"text": plain}, lambda table: {"at": try_strptime(table.text, known)})["at"]
    times = read.to_numpy(zero_copy_only=False).astype("datetime64[us]")
    times = times + next_day.to_numpy(zero_copy_only=False) * _DAY
    readable = pc.is_valid(read)
    counted = Counter({entry["values"]: entry["counts"] for entry in pc.value_counts(offsets.filter(readable)).to_pylist()})
    counted.pop(None, None)
    if timezone and counted:
        times = _local(times, offsets, timezone)
    return pc.if_else(readable, pa.array(times).cast(pa.timestamp("us")), pa.scalar(None, pa.timestamp("us"))), counted


def _plain(texts: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return texts in the form of ISO where they are of a known form, their offsets from UTC, and whether 24:00 was written."""
    texts = pc.utf8_trim_whitespace(texts)
    offsets = pa.nulls(len(texts), pa.string())
    if _true(pc.match_substring_regex(texts, _ENDING)):
        parts = pc.extract_regex(texts, _OFFSET)
        offsets, texts = pc.struct_field(parts, "offset"), pc.coalesce(pc.struct_field(parts, "clock"), texts)
    for form, spelling in _SPELLINGS:
        texts = _replaced(texts, form, spelling)
    for half, words in _HALVES:
        if _true(pc.match_substring_regex(texts, words)):
            texts = pc.replace_substring_regex(texts, rf"^(.*?)\s*(?:{words})\s*(.*)$", rf"\1 \2 {half}")
    texts = pc.utf8_trim_whitespace(_replaced(texts, r"\s\s+", " "))
    texts = _replaced(texts, r"(\s(?:1[3-9]|2[0-3]):.*) PM$", r"\1")
    texts = _replaced(texts, r"(\s0{1,2}:.*) AM$", r"\1")
    next_day = pc.match_substring_regex(texts, _MIDNIGHT)
    return _replaced(texts, _MIDNIGHT, " 00:00"), offsets, next_day


def _replaced(texts: pa.Array, pattern: str, replacement: str) -> pa.Array:
    """Replace a pattern; a search without groups is many times faster than a replacement, and mostly finds none."""
    return pc.replace_substring_regex(texts, pattern, replacement) if _true(pc.match_substring_regex(texts, pattern)) else texts


def _local(times: np.ndarray, offsets: pa.Array, timezone: str) -> np.ndarray:
    """Return clocks that have an offset from UTC as clocks of a zone; others as they are."""
    minutes = np.array([np.nan if offset is None else _minutes(offset) for offset in offsets.dictionary_encode().dictionary
                        .to_pylist()] or [np.nan], float)
    indices = offsets.dictionary_encode().indices.fill_null(-1).to_numpy()
    has_offset = indices >= 0
    utc = times[has_offset] - (minutes[indices[has_offset]] * 60e6).astype("timedelta64[us]")
    local = pd.DatetimeIndex(utc).tz_localize("UTC").tz_convert(timezone).tz_localize(None)
    times = times.copy()
    times[has_offset] = local.to_numpy().astype("datetime64[us]")
    return times


def _minutes(offset: str) -> int:
    match = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", offset)
    return (-1 if match[1] == "-" else 1) * (int(match[2]) * 60 + int(match[3] or 0)) if match else 0


def check_offsets(offsets: Counter, timezone: str | None, zones: Mapping[str, str], edition: str) -> list[str]:
    """Return a note for each column whose clocks have an offset from UTC that was not converted.

    `zones` names by column the zone that a Parquet file gives it. Raises UserError where offsets differ or a file's zone is UTC,
    as that of a database, and the edition names no `timezone`.
    """
    remedy = f"name the city's `timezone` in the edition {edition}, such as `timezone: Asia/Shanghai`."
    notes = []
    for column in dict.fromkeys(column for column, offset in offsets if offset) if timezone is None else ():
        own = sorted(offset for name, offset in offsets if name == column)
        zone = zones.get(column)
        if zone and zone.upper() in _UTC:
            raise UserError(f"{column} is in UTC, not in the city's local time: {remedy}")
        if not zone and len({_minutes(offset) if offset else None for offset in own}) > 1:
            shown = ", ".join(offset or "none" for offset in own)
            raise UserError(f"{column} has clocks of different offsets from UTC ({shown}): {remedy}")
        notes.append(f"{column}: clocks stay as they are written, those of {zone or f'the offset {own[0]}'}.")
    return notes


def placeholders(times: pa.Array) -> pa.Array:
    """Return a mask of times that stand for none: 1900-01-01, 1970-01-01, 2999-12-31, 9999-12-31."""
    first, last = _PLACEHOLDERS
    years = pc.year(times)
    return pc.fill_null(pc.or_(pc.less(years, first), pc.greater_equal(years, last)), False)


def far_from(last_receipt: np.datetime64) -> np.datetime64:
    """Return the day from which on a closing cannot have happened when the export was made: years after its last receipt."""
    return (last_receipt.astype("datetime64[Y]") + _YEARS_LATER + 1).astype("datetime64[D]")


def day_order(form: str) -> Literal["day", "month"] | None:
    """Return what a format of numbers begins with, `day` (%d/%m/%Y) or `month`; None where years lead or months are words."""
    found = "".join(re.findall(r"%-?([YydmbBj])", form))
    return {"dm": "day", "md": "month"}.get(found[:2])


def orders(texts: pa.Array, formats: Sequence[str], engine: ibis.BaseBackend) -> tuple[Counter, dict | None]:
    """Count texts that only formats with the day first read, only those with the month first, and both, differently.

    Returns these counts by `day`, `month` and `both`, and an example of the last: text, day, month. Empty where the formats have
    no two orders.
    """
    groups = {order: [form for form in _without_offset(formats) if day_order(form) == order] for order in ("day", "month")}
    if not all(groups.values()):
        return Counter(), None
    read = run_query(engine, {"text": texts}, lambda table: {
        order: try_strptime(table.text, forms) for order, forms in groups.items()})
    day, month = read["day"], read["month"]
    both = pc.fill_null(pc.not_equal(day, month), False)
    counts = Counter(day=_true(pc.and_(pc.is_valid(day), pc.is_null(month))),
                     month=_true(pc.and_(pc.is_valid(month), pc.is_null(day))), both=_true(both))
    return +counts, _example(texts.filter(both), day.filter(both), month.filter(both))


def _example(texts: pa.Array, day: pa.Array, month: pa.Array) -> dict | None:
    return {"text": texts[0].as_py(), "day": day[0].as_py(), "month": month[0].as_py()} if len(texts) else None


def _true(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


def decided_order(column: str, counts: Counter, example: dict | None) -> Literal["day", "month"] | None:
    """Return which order the cells of a column decide; None where no cell can be read in two ways.

    Raises UserError with both readings where no cell decides, or where cells decide differently.
    """
    if not counts["both"]:
        return None
    if bool(counts["day"]) != bool(counts["month"]):
        return "day" if counts["day"] else "month"
    why = "no cell decides" if not counts["day"] else "other cells are of either kind"
    raise UserError(f"{column}: {counts['both']} cells fit formats with the day first and with the month first, and {why}: "
                    f"'{example['text']}' is {example['day']:%Y-%m-%d} or {example['month']:%Y-%m-%d}; leave the formats of one "
                    "order in the mapping.")


@dataclass
class Unread:
    """Texts of a column that cannot be read, by their shape: digits as 9, letters as A."""

    rows: Counter = field(default_factory=Counter)  # by shape
    first: dict[str, list[int]] = field(default_factory=dict)
    formats: dict[str, list[str]] = field(default_factory=dict)

    def add(self, texts: pa.Array, rows: pa.Array) -> None:
        """Add unreadable texts with their rows in the file."""
        samples: dict[str, list[str]] = {}
        for text, row in zip(texts.slice(0, _LOOKED_AT).to_pylist(), rows.slice(0, _LOOKED_AT).to_pylist(), strict=True):
            shape = _shape(text)
            self.rows[shape] += 1
            self.first.setdefault(shape, []).append(row) if len(self.first.get(shape, ())) < _ROWS else None
            samples.setdefault(shape, []).append(text)
        for shape, own in samples.items():
            fitting = self.formats.get(shape, _CANDIDATES)
            self.formats[shape] = [form for form in fitting if all(_fits(text, form) for text in own[:_SAMPLES])]

    def lines(self, column: str) -> list[str]:
        """Return a line for each of the commonest shapes: its rows, and the formats that would read it."""
        return [f"{column} cannot be read {rows}: {shape} (rows {', '.join(map(str, self.first[shape]))}"
                f"{' …' if rows > len(self.first[shape]) else ''})" + (
                    f"; `formats` that would do: {', '.join(self.formats[shape][:3])}" if self.formats[shape] else "")
                for shape, rows in self.rows.most_common(_SHAPES)]


def _shape(text: str) -> str:
    masked = "".join("9" if character.isdigit() else character if character in _TIME_WORDS or not character.isalpha() else "A"
                     for character in text[:_WIDTH])
    return masked + ("…" if len(text) > _WIDTH else "")


def _fits(text: str, form: str) -> bool:
    try:
        return 1990 <= datetime.strptime(text.strip(), form).year <= 2100
    except ValueError:
        return False


_TIME_WORDS = "年月日时時分秒点點上下午"
_CANDIDATES = [f"{date}{clock}" for date in (
    *(form.replace("/", mark) for mark in "/-." for form in ("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y")),
    "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%d%m%Y")
    for clock in ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H%M", " %H%M%S")]
