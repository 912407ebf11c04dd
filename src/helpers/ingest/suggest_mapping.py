"""A mapping proposed for an export, by the names and values of its columns, for a person to confirm: it is printed, never used.

    python -m helpers.ingest --suggest FILE

Every line comes with its evidence. What a name does not tell is looked for in values: times, words that data/synonyms.yml
knows, endings of places, numbers that name each row. Of cells only words are shown that stand in many rows.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from helpers.ingest import excel_dates, export_files, mappings, pii, synonyms
from helpers.ingest.source_table import SourceTable
from helpers.settings import errors, paths
from helpers.settings.errors import UserError
from helpers.tickets import schema

_ROWS = 20_000  # rows that are looked at
_TRIED = 1_000  # values of a column of which times are tried
_SURE = 0.8  # of the filled cells must agree where no name tells
_SOME = 0.3  # of the cells of the source must be known for the channel to be told by it
_WORDS = 30  # different words above which a column has no fixed ones
_SEVERAL = 5  # rows from which a word that is not known may be shown: one that stands alone may be a person's
_LONG = 12  # letters above which a word may be somebody's text
_TIMES = [name for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True) if pa.types.is_timestamp(kind)]
_FLAGS = [name for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True) if pa.types.is_boolean(kind)]
_FIXED = [*schema.VALUES, *_FLAGS]


@dataclass
class _Column:
    """A column of the export: its cells, blank ones left out."""

    name: str
    cells: list[str]
    rows: int
    used: list[str] = field(default_factory=list)  # ours that are taken from it

    @cached_property
    def words(self) -> Counter:
        """How often each of its words stands in it, but for those that mean that nothing is known."""
        return Counter(cell for cell in self.cells if cell not in synonyms.read().missing)

    @cached_property
    def times(self) -> list[datetime]:
        """The times that its first cells can be read as."""
        words = [*self.words]
        cells = excel_dates.written(pa.array(words[::len(words) // _TRIED + 1], pa.string())).to_pylist()
        return [time for time in map(_time, cells) if time]

    @property
    def dated(self) -> float:
        """The share of the cells tried that are times."""
        return len(self.times) / max(1, len([*self.words][::len(self.words) // _TRIED + 1]))

    def known(self, ours: str) -> float:
        """Return the share of its cells whose words are known for a column of ours."""
        known = {word for words in synonyms.read().values.get(ours, {}).values() for word in words}
        return sum(count for word, count in self.words.items() if word in known) / max(1, self.words.total())

    def ending(self, ours: str) -> float:
        """Return the share of its cells that end like those of a column of ours."""
        ends = tuple(synonyms.read().endings.get(ours, ())) or ("\x00",)
        return sum(count for word, count in self.words.items() if word.endswith(ends)) / max(1, self.words.total())

    def evidence(self, ours: str) -> str:
        """Return what its values say of it."""
        said = [f"filled in {self.words.total() / max(1, self.rows):.0%} of {self.rows} rows"]
        if ours in _TIMES and self.times:
            said.append(f"{self.dated:.0%} of them are times, {min(self.times):%Y-%m} to {max(self.times):%Y-%m}")
        elif ours in synonyms.read().values:
            said.append(f"the words of {self.known(ours):.0%} of them are known")
        else:
            said.append(f"{len(self.words)} different")
        return ", ".join(said)


def suggest(file: Path) -> str:
    """Return the proposal for a file as YAML with its evidence. Raises KnownError where the file cannot be read."""
    tables = export_files.read(file)
    export = max(tables, key=lambda one: sum(synonyms.canonical(name) is not None for name in one.header))
    if any(pii.kinds(name) for name in export.header):
        raise UserError(f"{export.name}: what stands for its header looks like a row of data and is not shown: give the file "
                         "a row with the names of its columns.")
    columns = _columns(export)
    rows = columns[0].rows
    if not rows:
        raise UserError(f"{export.name}: has no rows below its header: give an export that has some.")
    body = list(_lines(columns))
    others = [f"# Other tables of the file: {', '.join(one.name for one in tables if one is not export)}."] * (len(tables) > 1)
    used = [word for word in synonyms.read().missing if any(word in one.cells for one in columns)]
    return "\n".join([
        f"# Proposed for {export.name} by its names and its first {rows} rows. Nothing uses it yet: compare each line with",
        "# the export, mend it, and save it as data/mappings/<name>.yml.", *(f"# {note}" for note in export.notes), *others,
        *_fitting(export), "source: write whose export this is", "",
        *([f"missing: {json.dumps(used, ensure_ascii=False)}", ""] if used else []), "columns:", *body, "", *_left(columns)])


class Action(argparse.Action):
    """`--suggest FILE`: print the proposal and end."""

    def __call__(self, parser, namespace, values, option_string=None):
        """Print what is proposed for the file that is named."""
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
    for one in mappings.Time(column="x").formats:
        try:
            return datetime.strptime(text, one)
        except ValueError:
            continue
    return None


def _lines(columns: list[_Column]) -> Iterator[str]:
    """Yield for each column of ours that something is found for its evidence and its line."""
    chosen = {ours: found for ours in schema.SCHEMA.names if (found := _named(ours, columns))}
    for ours in schema.SCHEMA.names:
        free = [one for one in columns if one.name and not one.used and not _personal(one.name)]
        if ours not in chosen and (told := _told(ours, free)):
            chosen[ours] = told
            told[0].used.append(ours)
    if "channel" not in chosen and "source" in chosen and chosen["source"][0].known("channel") >= _SOME:
        chosen["channel"] = chosen["source"][0], "the way in may tell the channel"
    for ours in sorted(chosen, key=schema.SCHEMA.names.index):
        column, why = chosen[ours]
        yield f"  # {column.name}: {why}; {column.evidence(ours)}."
        yield from _line(ours, column)
    if "received_at" not in chosen:
        yield "  # received_at must be there, and no column looks like it: name the time that decides a ticket's year."
        yield "  received_at: write the column"
    told = [ours for ours in mappings.OUTCOMES if ours in chosen]
    if told and "assessment" not in chosen:
        yield "  # No column tells who is assessed: so all are. Name one where some are not (values: {剔除: none})."
        yield f"  assessment: {{column: {_quoted(chosen[told[0]][0].name)}, values: {{}}, default: full}}"


def _named(ours: str, columns: list[_Column]) -> tuple[_Column, str] | None:
    """Return the column that has a name of ours, the commonest one; for ids the one that differs most, for times one of times."""
    names = [synonyms.normalise(name) for name in synonyms.read().headers.get(ours, ())]
    found = sorted((one for one in columns if synonyms.normalise(one.name) in names and one.words),
                   key=lambda one: names.index(synonyms.normalise(one.name)))
    if ours in _TIMES:
        found = sorted(found, key=lambda one: one.dated < _SURE)
    if not found:
        return None
    found[0].used.append(ours)
    others = f" (so are {', '.join(one.name for one in found[1:])})" if found[1:] else ""
    return found[0], f"the name is listed for {ours}{others}"


def _told(ours: str, columns: list[_Column]) -> tuple[_Column, str] | None:
    """Return the column whose values tell that it is ours, or None where none does, or several do."""
    if ours == "received_at":
        dated = [one for one in columns if one.words and one.dated >= _SURE]
        first = min(dated, key=lambda one: sorted(one.times)[len(one.times) // 2], default=None)
        return (first, "no name tells, but of the times it is the earliest") if first else None
    if ours == "ticket_id":
        found = [one for one in columns if len(one.words) > 0.95 * one.rows and one.dated < _SURE
                 and len({len(word) for word in one.words}) <= 3]
        why = "nearly every row has another value"
    elif ours in synonyms.read().endings:
        found, why = [one for one in columns if one.ending(ours) >= _SURE], "its words end like such places"
    elif ours in synonyms.read().values:
        found = [one for one in columns if 1 < len(one.words) <= _WORDS and one.known(ours) >= _SURE]
        why = "its words are listed for it"
        found = found if not found or not set(found[0].words) <= {"是", "否", "0", "1"} else []  # which may mean anything
    else:
        return None
    return (found[0], f"no name tells, but {why}") if len(found) == 1 else None


def _line(ours: str, column: _Column) -> Iterator[str]:
    name = _quoted(column.name)
    if ours not in _FIXED:
        yield f"  {ours}: {name}"
        return
    meant = {word: one for one, words in synonyms.read().values.get(ours, {}).items() for word in words}
    yield f"  {ours}:"
    yield f"    column: {name}"
    yield "    values:" if column.words else "    values: {}"
    shown = [word for word, rows in column.words.most_common()
             if word in meant or (rows >= _SEVERAL and len(word) <= _LONG and not pii.kinds(word))][:_WORDS]
    for word in shown:
        said = "" if word in meant else f"  # {column.words[word]} rows: not known, decide"
        yield f"      {_quoted(word)}: {json.dumps(meant.get(word))}{said}"
    if len(shown) < len(column.words):
        yield f"      # and {len(column.words) - len(shown)} more words"
    if ours == "assessment":
        yield "    default: full  # assumed for all other words, and where nothing stands: decide"


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _personal(name: str) -> bool:
    return any(synonyms.normalise(part) in synonyms.normalise(name) for part in synonyms.read().left)


def _left(columns: list[_Column]) -> Iterator[str]:
    """Yield which columns the proposal leaves behind."""
    left = [one.name for one in columns if one.name and not one.used]
    personal = [name for name in left if _personal(name)]
    times = [one.name for one in columns if one.name in left and one.words and one.dated >= _SURE]
    rest = [name for name in left if name not in [*personal, *times]]
    for names, why in ((personal, "by their names, of persons or their words"), (times, "times"), (rest, "not known")):
        if names:
            yield f"# Left behind, {why}: {', '.join(names)}."


def _fitting(export: SourceTable) -> Iterator[str]:
    """Yield which mappings that are there fit the export as it is."""
    for file in sorted(paths.mapping("any").parent.glob("*.yml")):
        try:
            mappings.match_header(mappings.read(file), file, export.header, export.name)
        except UserError:
            continue
        yield f"# The mapping '{file.stem}' fits its header already."
