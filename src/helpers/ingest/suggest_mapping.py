"""Propose a mapping for an export by the names and values of its columns: it is printed for a person to confirm, never used.

    python -m helpers.ingest --suggest FILE

Every line comes with its evidence. Where no name matches, values are examined: times, words of data/synonyms.yml, endings of
places, numbers that identify each row. Only words that occur in many rows are shown.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from helpers.ingest import excel_dates, export_files, mappings, pii, synonyms
from helpers.ingest.source_table import SourceTable
from helpers.settings import errors, paths
from helpers.settings.errors import UserError
from helpers.tickets import schema

_ROWS = 20_000  # rows that are examined
_TRIED = 1_000  # values of a column that are parsed as times
_SURE = 0.8  # least share of agreeing filled cells where no name matches
_SOME = 0.3  # least share of known words of the source for the channel to be derived from it
_WORDS = 30  # most different words of a column of fixed words
_SEVERAL = 5  # least rows of an unknown word that is shown: a rare one may be about a person
_LONG = 12  # most letters of an unknown word that is shown: a longer one may be a caller's text
_THIS = 2026  # the year where the clock says an earlier one
_FIRST_YEAR = 1990  # of a time; numbers that are days of earlier years are zip codes, coordinates or numbers of cases
_FORMATS = (*mappings.Time(column="x").formats, "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "%m/%d/%Y %I:%M:%S %p",
            "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y %H:%M", "%d.%m.%Y")
_CLOCKS = ("%I:%M %p", "%I:%M:%S %p", "%H:%M", "%H:%M:%S")
_AMBIGUOUS = {"是", "否", "true", "false"}  # words that may answer any question
_TIMES = [name for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True) if pa.types.is_timestamp(kind)]
_FLAGS = [name for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True) if pa.types.is_boolean(kind)]
_FIXED = [*schema.VALUES, *_FLAGS]


@dataclass
class _Column:
    """A column of the export: its filled cells among the first `rows` rows."""

    name: str
    cells: list[str]
    rows: int
    used: list[str] = field(default_factory=list)  # columns of tickets that are taken from it

    @cached_property
    def words(self) -> Counter:
        """Rows by word, without the words for missing values."""
        return Counter(cell for cell in self.cells if cell not in synonyms.read().missing)

    @cached_property
    def times(self) -> list[datetime]:
        """The times among a sample of its words."""
        words, last = [*self.words], max(date.today().year, _THIS) + 1
        cells = excel_dates.written(pa.array(words[::len(words) // _TRIED + 1], pa.string())).to_pylist()
        return [time for time in map(_time, cells) if time and _FIRST_YEAR <= time.year <= last]

    @property
    def time_share(self) -> float:
        """Share of the sample that are times, 0 to 1."""
        return len(self.times) / max(1, len([*self.words][::len(self.words) // _TRIED + 1]))

    def known_share(self, ours: str) -> float:
        """Return the share of its cells whose words are listed for a column of tickets, 0 to 1."""
        known = {word for words in synonyms.read().values.get(ours, {}).values() for word in words}
        return sum(count for word, count in self.words.items() if word in known) / max(1, self.words.total())

    def ending_share(self, ours: str) -> float:
        """Return the share of its cells with an ending that is listed for a column of tickets, 0 to 1."""
        ends = tuple(synonyms.read().endings.get(ours, ())) or ("\x00",)
        return sum(count for word, count in self.words.items() if word.endswith(ends)) / max(1, self.words.total())

    def evidence(self, ours: str) -> str:
        """Return the evidence of its values for a column of tickets, as a phrase."""
        phrases = [f"filled in {self.words.total() / max(1, self.rows):.0%} of {self.rows} rows"]
        if ours in _TIMES and self.times:
            phrases.append(f"{self.time_share:.0%} of them are times, {min(self.times):%Y-%m} to {max(self.times):%Y-%m}")
        elif ours in synonyms.read().values:
            phrases.append(f"the words of {self.known_share(ours):.0%} of them are known")
        else:
            phrases.append(f"{len(self.words)} different")
        return ", ".join(phrases)


def suggest(file: Path) -> str:
    """Return the proposal for a file as YAML with its evidence. Raises UserError where the file cannot be read or is empty."""
    tables = export_files.read(file)
    export = max(tables, key=lambda table: sum(synonyms.canonical(name) is not None for name in table.header))
    if export.headless or any(pii.kinds(name) for name in export.header):
        raise UserError(f"{export.name}: its header looks like a row of data and is not shown: give the file "
                         "a row with the names of its columns.")
    columns = _columns(export)
    rows = columns[0].rows
    if not rows:
        raise UserError(f"{export.name}: has no rows below its header: give an export that has some.")
    body = list(_lines(columns))
    others = [table.name for table in tables if table is not export]
    others = [f"# Other tables of the file: {', '.join(others)}."] if others else []
    used = [word for word in synonyms.read().missing if any(word in column.cells for column in columns)]
    return "\n".join([
        f"# Proposed for {export.name} by its names and its first {rows} rows. Nothing uses it yet: compare each line with",
        "# the export, mend it, and save it as data/mappings/<name>.yml.", *(f"# {note}" for note in export.notes), *others,
        *_fitting_mappings(export), "source: write whose export this is", "",
        *([f"missing: {json.dumps(used, ensure_ascii=False)}", ""] if used else []), "columns:", *body, "", *_left(columns)])


class Action(argparse.Action):
    """`--suggest FILE`: print the proposal and end."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Print the proposal for the file `values` and exit with its code."""
        def run() -> int:
            print(suggest(values))
            return 0
        parser.exit(errors.run_command(run))


def _columns(export: SourceTable) -> list[_Column]:
    taken, rows = [[] for _ in export.header], 0
    for batch in export.batches:
        for cells, column in zip(taken, batch.columns, strict=False):
            cells += filter(None, (cell.strip() for cell in column.slice(0, _ROWS - rows).to_pylist()))
        rows = min(_ROWS, rows + batch.num_rows)
        if rows == _ROWS:
            break
    return [_Column(name, cells, rows) for name, cells in zip(export.header, taken, strict=True)]


def _time(text: str) -> datetime | None:
    return next((time for form in _FORMATS if (time := _parsed(text, form))), None)


def _parsed(text: str, form: str) -> datetime | None:
    """Return the clock's time of a text in a form of strptime, None where it does not fit."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=None)
    except ValueError:
        return None


def _forms(column: _Column, forms: tuple[str, ...]) -> list[str]:
    """Return those of several forms that fit all of a sample of a column's words."""
    sample = [*column.words][:_TRIED]
    return [form for form in forms if sample and all(_parsed(word, form) for word in sample)]


def _clock_of(day: _Column, columns: list[_Column]) -> _Column | None:
    """Return the column of clock times that continues a column of days by its name: CREATION TIME of CREATION DATE."""
    names = {synonyms.normalise(day.name).replace(*pair) for pair in (("date", "time"), ("日期", "时间"), ("日期", "時間"))}
    return next((column for column in columns if column is not day and synonyms.normalise(column.name) in names
                 and _forms(column, _CLOCKS)), None)


def _lines(columns: list[_Column]) -> Iterator[str]:
    """Yield the evidence and the lines of each column of tickets for which a column was found."""
    chosen = {ours: found for ours in schema.SCHEMA.names if (found := _by_name(ours, columns))}
    for ours in schema.SCHEMA.names:
        free = [column for column in columns if column.name and not column.used and not _personal(column.name)]
        if ours not in chosen and (found := _by_values(ours, free)):
            chosen[ours] = found
            found[0].used.append(ours)
    if "channel" not in chosen and "source" in chosen and chosen["source"][0].known_share("channel") >= _SOME:
        chosen["channel"] = chosen["source"][0], "the channel may follow from the source"
    for ours in sorted(chosen, key=schema.SCHEMA.names.index):
        column, why = chosen[ours]
        yield f"  # {column.name}: {why}; {column.evidence(ours)}."
        yield from _time_line(ours, column, columns) if ours in _TIMES else _line(ours, column)
    if "received_at" not in chosen:
        yield "  # received_at must be there, and no column looks like it: name the time that decides a ticket's year."
        yield "  received_at: write the column"
    outcomes = [ours for ours in mappings.OUTCOMES if ours in chosen]
    if outcomes and "assessment" not in chosen:
        yield "  # No column says which tickets are assessed: all are assumed. Name one if some are not (values: {剔除: none})."
        yield f"  assessment: {{column: {_quoted(chosen[outcomes[0]][0].name)}, values: {{}}, default: full}}"


def _by_name(ours: str, columns: list[_Column]) -> tuple[_Column, str] | None:
    """Return (column, evidence) of the first synonym in the header for a column of tickets; a column of times goes first."""
    names = [synonyms.normalise(name) for name in synonyms.read().headers.get(ours, ())]
    found = sorted((column for column in columns if synonyms.normalise(column.name) in names and column.words),
                   key=lambda column: names.index(synonyms.normalise(column.name)))
    if ours in _TIMES:
        found = sorted(found, key=lambda column: column.time_share < _SURE)
    if not found:
        return None
    found[0].used.append(ours)
    others = f" (so are {', '.join(other.name for other in found[1:])})" if found[1:] else ""
    return found[0], f"the name is listed for {ours}{others}"


def _by_values(ours: str, columns: list[_Column]) -> tuple[_Column, str] | None:
    """Return (column, evidence) of the only column whose values fit a column of tickets; None where none or several do."""
    if ours == "received_at":
        dated = [column for column in columns if column.words and column.time_share >= _SURE
                 and not all(len(word) < len("20200102") and word.isdigit() for word in column.words)]
        first = min(dated, key=lambda column: sorted(column.times)[len(column.times) // 2], default=None)
        return (first, "no name matches, but of the times it is the earliest") if first else None
    if ours == "ticket_id":
        found = [column for column in columns if len(column.words) > 0.95 * column.rows and column.time_share < _SURE
                 and len({len(word) for word in column.words}) <= 3]
        why = "nearly every row has another value"
    elif ours in synonyms.read().endings:
        found, why = [column for column in columns if column.ending_share(ours) >= _SURE], "its words end like such places"
    elif ours in synonyms.read().values:
        found = [column for column in columns if 1 < len(column.words) <= _WORDS and column.known_share(ours) >= _SURE]
        why = "its words are listed for it"
        found = [column for column in found if any(word not in _AMBIGUOUS and not word.isdigit() for word in column.words)]
    else:
        return None
    return (found[0], f"no name matches, but {why}") if len(found) == 1 else None


def _time_line(ours: str, column: _Column, columns: list[_Column]) -> Iterator[str]:
    """Yield the line of a time, with the column of its clock and its form where these are not what a mapping takes by itself."""
    clock, forms = _clock_of(column, columns), _forms(column, _FORMATS)
    if clock and forms:
        clock.used.append(ours)
        form = f"{forms[0]} {_forms(clock, _CLOCKS)[0]}"
        yield f"  {ours}: {{column: [{_quoted(column.name)}, {_quoted(clock.name)}], formats: [{_quoted(form)}]}}"
    elif forms and forms[0] not in mappings.Time(column="x").formats:
        yield f"  {ours}: {{column: {_quoted(column.name)}, formats: [{_quoted(forms[0])}]}}"
    else:
        yield from _line(ours, column)


def _line(ours: str, column: _Column) -> Iterator[str]:
    name = _quoted(column.name)
    if ours not in _FIXED:
        yield f"  {ours}: {name}"
        return
    values = {word: value for value, words in synonyms.read().values.get(ours, {}).items() for word in words}
    yield f"  {ours}:"
    yield f"    column: {name}"
    yield "    values:" if column.words else "    values: {}"
    shown = [word for word, rows in column.words.most_common()
             if word in values or (rows >= _SEVERAL and len(word) <= _LONG and not pii.kinds(word))][:_WORDS]
    for word in shown:
        comment = "" if word in values else f"  # {column.words[word]} rows: not known, decide"
        yield f"      {_quoted(word)}: {json.dumps(values.get(word))}{comment}"
    if len(shown) < len(column.words):
        yield f"      # and {len(column.words) - len(shown)} more words"
    if ours == "assessment":
        yield "    default: full  # assumed for all other words, and for blank cells: decide"


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _personal(name: str) -> bool:
    return any(synonyms.normalise(part) in synonyms.normalise(name) for part in synonyms.read().left)


def _left(columns: list[_Column]) -> Iterator[str]:
    """Yield comments with the columns that the proposal leaves out, by reason."""
    left = [column.name for column in columns if column.name and not column.used]
    personal = [name for name in left if _personal(name)]
    times = [column.name for column in columns if column.name in left and column.words and column.time_share >= _SURE]
    rest = [name for name in left if name not in [*personal, *times]]
    for names, why in ((personal, "by their names, of persons or their words"), (times, "times"), (rest, "not known")):
        if names:
            yield f"# Left behind, {why}: {', '.join(names)}."


def _fitting_mappings(export: SourceTable) -> Iterator[str]:
    """Yield a comment for each existing mapping that fits the header."""
    for file in sorted(paths.mapping("any").parent.glob("*.yml")):
        try:
            mappings.match_header(mappings.read(file), file, export.header, export.name)
        except UserError:
            continue
        yield f"# The mapping '{file.stem}' fits its header already."
