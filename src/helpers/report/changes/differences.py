"""Find what changed between two prints of a section: numbers and ranks by their cell, sentences by their text."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

import pandas as pd

from helpers.report.changes import content
from helpers.report.changes.content import KEY, PLACED, QUOTED, TIMES, PrintedContent
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

_HUNDREDTHS = ("share", "rate", "change", "points")
_CHANGE = ["column", "value_old", "value"]
_FIGURES = re.compile(r"[\d.]+万?")
_OPENING = 14  # characters of a sentence that identify it

Wording = Mapping[str, Any]


class Change(NamedTuple):
    """One change in printed words: `old` is empty for what came, `new` for what went.

    `kind` is `rank`, `figure` (a number or another value), `sentence`, or `part` (a section, table, column or row); `place` is
    the caption or the sentence, `subject` the row, `measure` the column, `difference` is empty but for numbers.
    """

    kind: Literal["rank", "figure", "sentence", "part"]
    place: str
    subject: str
    measure: str
    old: str
    new: str
    difference: str = ""


def find_changes(old: PrintedContent, new: PrintedContent, numbers: NumberRules, wording: Wording) -> list[Change]:
    """Return what changed from one print of a section to the next; what several places print is listed with the first."""
    after = content.cells(new)
    before = _aligned(content.cells(old), after)
    both = after.merge(before, on=KEY, suffixes=("", "_old"), validate="1:1")
    printed = both[both["table"] != QUOTED]
    return [*(_value_change(cell, numbers, wording) for cell in _changed(both).itertuples()),
            *_moved_rows(before, after, wording),
            *(Change("sentence", "", "", wording["caption"], cell.place_old, cell.place)
              for cell in printed.drop_duplicates("table").itertuples() if cell.place_old != cell.place),
            *(Change("sentence", cell.place, "", wording["head"], cell.measure_old, cell.measure)
              for cell in printed.drop_duplicates(["table", "column"]).itertuples() if cell.measure_old != cell.measure),
            *_sentences(old.lines, new.lines, wording),
            *(Change("part", *part, "") for part in _parts(before, after, wording)),
            *(Change("part", *part[:-1], "", part[-1]) for part in _parts(after, before, wording))]


def _aligned(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the old cells; a table that the new lacks has the key of a new table with its columns, if there is one."""
    columns_of = [cells.groupby("table", sort=False)["column"].agg(lambda names: tuple(names.unique())) for cells in (old, new)]
    come = {(table.split()[0], columns): table for table, columns in columns_of[1].items() if table not in columns_of[0]}
    renamed = {table: come.pop((table.split()[0], columns), table)
               for table, columns in columns_of[0].items() if table not in columns_of[1]}
    return old.assign(table=pd.Series([renamed.get(table, table) for table in old["table"]], old.index, dtype=object))


def _changed(both: pd.DataFrame) -> pd.DataFrame:
    """Return the cells whose value changed, each change once: that of a sentence only where no table has it."""
    changed = both.loc[[cell.Index for cell in both.itertuples() if not _equal(cell.value_old, cell.value)]]
    listed = changed[changed["table"] != QUOTED].drop_duplicates(["row", *_CHANGE])
    known = {*listed[_CHANGE].itertuples(index=False, name=None)}
    quoted = [cell.Index for cell in changed[changed["table"] == QUOTED].itertuples()
              if (cell.column, cell.value_old, cell.value) not in known]
    return changed.loc[[*listed.index, *quoted]]


def _equal(old: Any, new: Any) -> bool:
    """Return whether two values are the same; a sum taken in another order is."""
    if _is_number(old) and _is_number(new):
        return math.isclose(old, new, rel_tol=1e-11, abs_tol=1e-12)
    return old == new


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value_change(cell: Any, numbers: NumberRules, wording: Wording) -> Change:
    place, subject, measure, unit = cell.place, cell.subject, cell.measure, cell.unit
    if cell.table == QUOTED:
        place = wording["quote"].format(text=place[:_OPENING])
        subject = wording["and"].join(_in_words(*item, numbers) for item in subject.items())
        measure, unit = _label(labels.column, cell.column, cell.column), _label(labels.unit, cell.column, "")
    kind = "rank" if cell.kind == "rank" or PLACED.fullmatch(cell.column) else "figure"
    if not (_is_number(cell.value_old) and _is_number(cell.value)) or cell.kind == "text":
        return Change(kind, place, subject, measure, cell.text_old, cell.text)
    return Change(kind, place, subject, measure, *_printed(cell, unit), _difference(cell, unit, numbers, wording))


def _in_words(column: str, value: Any, numbers: NumberRules) -> str:
    """Return a value of a number's condition in words: 东城区, 6月."""
    return number_format.phrase(value, number_format.kind(column), numbers) if _is_number(value) else labels.value(column, value)


def _label(look: Callable[[str], str], column: str, otherwise: str) -> str:
    """Return what the dictionary says of a column; a researcher's own column it need not know."""
    try:
        return look(column)
    except UserError:
        return otherwise


def _printed(cell: Any, unit: str) -> tuple[str, str]:
    """Return two numbers in print; where they print the same, with so many decimals that they do not."""
    if cell.text_old != cell.text:
        return cell.text_old, cell.text
    hundredths = cell.kind in _HUNDREDTHS
    ends = [number_format.exact(value) * (100 if hundredths else 1) for value in (cell.value_old, cell.value)]
    places = Decimal(1).scaleb((ends[1] - ends[0]).adjusted() - 1)
    return tuple(f"{end.quantize(places):f}{'%' if hundredths else unit}" for end in ends)


def _difference(cell: Any, unit: str, numbers: NumberRules, wording: Wording) -> str:
    """Return by how much a number changed: +3件, -0.02个百分点, 升2位; with the decimals of print, or one digit that is not 0."""
    if cell.kind == "rank":
        return _climb(cell.value - cell.value_old, wording)
    if cell.kind in TIMES:
        return ""
    hundredths = cell.kind in _HUNDREDTHS
    delta = (number_format.exact(cell.value) - number_format.exact(cell.value_old)) * (100 if hundredths else 1)
    places = numbers.share_decimals if hundredths else number_format.DECIMALS.get(cell.kind, 0)
    rounded = delta.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not rounded:
        rounded = delta.quantize(Decimal(1).scaleb(delta.adjusted()), rounding=ROUND_HALF_UP)
    return f"{rounded:+f}{wording['points'] if hundredths else unit}"


def _climb(by: float, wording: Wording) -> str:
    return wording["up" if by < 0 else "down"].format(by=abs(int(by)))


def _moved_rows(old: pd.DataFrame, new: pd.DataFrame, wording: Wording) -> Iterator[Change]:
    """Yield the rows that changed places, in tables of names without ranks or times; a total has no place."""
    fixed = set(new["table"][new["kind"].isin(["rank", *TIMES]) | new["column"].str.fullmatch(PLACED)]) | {QUOTED}
    total = json.dumps(labels.column("total"), ensure_ascii=False)
    before, after = (cells[~cells["table"].isin(fixed) & ~cells["row"].str.contains(total, regex=False)]
                     .drop_duplicates(["table", "row"]) for cells in (old, new))
    before, after = (rows.assign(position=rows.groupby("table").cumcount() + 1) for rows in (before, after))
    both = after.merge(before[["table", "row", "position"]], on=["table", "row"], suffixes=("", "_old"))
    for _, rows in both.groupby("table", sort=False):
        if not rows["position_old"].is_monotonic_increasing:
            for row in rows[rows["position"] != rows["position_old"]].itertuples():
                places = (wording["place"].format(place=place) for place in (row.position_old, row.position))
                yield Change("rank", row.place, row.subject, wording["position"], *places,
                             _climb(row.position - row.position_old, wording))


def _sentences(olds: Sequence[str], news: Sequence[str], wording: Wording) -> list[Change]:
    """Return the sentences with other figures only, those that came or went, and whether the order of the others changed."""
    gone: dict[str, list[str]] = {}
    for line in (Counter(olds) - Counter(news)).elements():
        gone.setdefault(_FIGURES.sub("", line), []).append(line)
    waiting = [(gone.get(_FIGURES.sub("", line)), line) for line in (Counter(news) - Counter(olds)).elements()]
    come = [(lines.pop(0) if lines else "", line) for lines, line in waiting]
    ends = [*come, *((line, "") for lines in gone.values() for line in lines)]
    before, after = ([*dict.fromkeys(line for line in lines if line in kept)] for lines, kept in ((olds, news), (news, olds)))
    order = [Change("sentence", "", "", wording["order"], wording["changed"], wording["changed"])] if before != after else []
    return [*(Change("sentence", "", "", wording["sentence"], *pair) for pair in ends), *order]


def _parts(cells: pd.DataFrame, others: pd.DataFrame, wording: Wording) -> Iterator[tuple[str, str, str, str]]:
    """Yield the tables, columns and rows that another print lacks: place, subject, measure, and a row's values."""
    for table, of_table in cells[cells["table"] != QUOTED].groupby("table", sort=False):
        caption, known = of_table["place"].iat[0], others[others["table"] == table]
        if known.empty:
            yield "", caption, wording[table.split()[0]], wording["added"]
            continue
        for words in of_table[~of_table["column"].isin(known["column"])]["measure"].unique():
            yield caption, words, wording["whole_column"], wording["added"]
        for _, row in of_table[~of_table["row"].isin(known["row"])].groupby("row", sort=False):
            values = row["text"][row["value"].notna() & ~row["is_key"].astype(bool)]
            yield caption, row["subject"].iat[0], wording["row"], "，".join(values)
