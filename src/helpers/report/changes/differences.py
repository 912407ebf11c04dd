"""Find what changed between two prints of a section: numbers and ranks by their cell, sentences by their text."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple

from helpers.report.changes import content
from helpers.report.changes.content import PLACED, QUOTED, TIMES, Cell, PrintedContent
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

_HUNDREDTHS = ("share", "rate", "change", "points")
_FIGURES = re.compile(r"[\d.]+万?")
_OPENING = 14  # characters of a sentence that identify it

Wording = Mapping[str, Any]
Tables = Mapping[str, Sequence[Cell]]
Pairs = Sequence[tuple[Cell, Cell]]


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
    pairs = {table: _matched(before[table], cells) for table, cells in after.items() if table in before}
    values = _changed([pair for table, both in pairs.items() if table != QUOTED for pair in both], pairs[QUOTED])
    return [*(_value_change(*pair, numbers, wording) for pair in values),
            *(change for table in pairs for change in _moved_rows(before[table], after[table], wording)),
            *(change for table, both in pairs.items() if table != QUOTED for change in _renamed(both, wording)),
            *_sentences(old.lines, new.lines, wording),
            *(Change("part", *part, text, "") for *part, text in _parts(before, after, wording)),
            *(Change("part", *part, "", text) for *part, text in _parts(after, before, wording))]


def _aligned(old: Tables, new: Tables) -> Tables:
    """Return the old tables; one that the new lack has the key of a new one of its kind and columns, if there is one."""
    come = {_shape(table, cells): table for table, cells in new.items() if table not in old}
    return {table if table in new else come.pop(_shape(table, cells), table): cells for table, cells in old.items()}


def _shape(table: str, cells: Iterable[Cell]) -> tuple[str, ...]:
    return table.split()[0], *dict.fromkeys(cell.column for cell in cells)


def _matched(old: Iterable[Cell], new: Iterable[Cell]) -> Pairs:
    before = {(cell.row, cell.column): cell for cell in old}
    return [(before[cell.row, cell.column], cell) for cell in new if (cell.row, cell.column) in before]


def _changed(tables: Pairs, quoted: Pairs) -> Pairs:
    """Return the cells whose value changed, each change once: that of a sentence only where no table has it."""
    found = {(new.row, new.column, old.value, new.value): (old, new) for old, new in reversed(tables)
             if not _equal(old.value, new.value)}
    listed = {change[1:] for change in found}
    return [*reversed(found.values()), *((old, new) for old, new in quoted if not _equal(old.value, new.value)
                                         and (new.column, old.value, new.value) not in listed)]


def _equal(old: Any, new: Any) -> bool:
    """Return whether two values are the same; a sum taken in another order is."""
    if _is_number(old) and _is_number(new):
        return math.isclose(old, new, rel_tol=1e-11, abs_tol=1e-12)
    return old == new


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value_change(old: Cell, new: Cell, numbers: NumberRules, wording: Wording) -> Change:
    if not new.measure:  # quoted by a sentence
        new = new._replace(place=wording["quote"].format(text=new.place[:_OPENING]),
                           subject=wording["and"].join(_in_words(*item, numbers) for item in new.subject.items()),
                           measure=_label(labels.column, new.column, new.column), unit=_label(labels.unit, new.column, ""))
    kind = "rank" if new.kind == "rank" or PLACED.fullmatch(new.column) else "figure"
    if new.kind == "text" or not (_is_number(old.value) and _is_number(new.value)):
        return Change(kind, new.place, new.subject, new.measure, old.text, new.text)
    return Change(kind, new.place, new.subject, new.measure, *_printed(old, new), _difference(old, new, numbers, wording))


def _in_words(column: str, value: Any, numbers: NumberRules) -> str:
    """Return a value of a number's condition in words: 东城区, 6月."""
    return number_format.phrase(value, number_format.kind(column), numbers) if _is_number(value) else labels.value(column, value)


def _label(look: Callable[[str], str], column: str, otherwise: str) -> str:
    """Return what the dictionary says of a column; a researcher's own column it need not know."""
    try:
        return look(column)
    except UserError:
        return otherwise


def _printed(old: Cell, new: Cell) -> tuple[str, str]:
    """Return two numbers in print; where they print the same, with so many decimals that they do not."""
    if old.text != new.text:
        return old.text, new.text
    ends = [_exact(cell.value, new.kind) for cell in (old, new)]
    places = Decimal(1).scaleb((ends[1] - ends[0]).adjusted() - 1)
    return tuple(f"{end.quantize(places):f}{'%' if new.kind in _HUNDREDTHS else new.unit}" for end in ends)


def _exact(value: float, kind: str) -> Decimal:
    return number_format.exact(value) * (100 if kind in _HUNDREDTHS else 1)


def _difference(old: Cell, new: Cell, numbers: NumberRules, wording: Wording) -> str:
    """Return by how much a number changed: +3件, -0.02个百分点, 升2位; with the decimals of print, or one digit that is not 0."""
    if new.kind == "rank":
        return _climb(new.value - old.value, wording)
    delta = _exact(new.value, new.kind) - _exact(old.value, new.kind)
    places = numbers.share_decimals if new.kind in _HUNDREDTHS else number_format.DECIMALS.get(new.kind, 0)
    rounded = delta.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not rounded:
        rounded = delta.quantize(Decimal(1).scaleb(delta.adjusted()), rounding=ROUND_HALF_UP)
    return "" if new.kind in TIMES else f"{rounded:+f}{wording['points'] if new.kind in _HUNDREDTHS else new.unit}"


def _climb(by: float, wording: Wording) -> str:
    return wording["up" if by < 0 else "down"].format(by=abs(int(by)))


def _moved_rows(old: Sequence[Cell], new: Sequence[Cell], wording: Wording) -> Iterator[Change]:
    """Yield the rows that changed places, in a table of names without ranks or times; a total has no place."""
    if any(cell.kind in ("rank", *TIMES) or PLACED.fullmatch(cell.column) or not cell.measure for cell in new):
        return
    total = f'"{labels.column("total")}"'
    before, after = ([*dict.fromkeys(cell.row for cell in cells if total not in cell.row)] for cells in (old, new))
    if [row for row in before if row in after] == [row for row in after if row in before]:
        return
    first = {cell.row: cell for cell in reversed(new)}
    for place, row in enumerate(after, start=1):
        earlier = before.index(row) + 1 if row in before else place
        if earlier != place:
            ends = (wording["place"].format(place=position) for position in (earlier, place))
            yield Change("rank", first[row].place, first[row].subject, wording["position"], *ends,
                         _climb(place - earlier, wording))


def _renamed(both: Pairs, wording: Wording) -> Iterator[Change]:
    """Yield the caption and the headers of columns that changed in a table."""
    captions = {(old.place, new.place): "" for old, new in both}
    heads = {(old.measure, new.measure): new.place for old, new in both}
    for texts, measure in ((captions, wording["caption"]), (heads, wording["head"])):
        yield from (Change("sentence", place, "", measure, *ends) for ends, place in texts.items() if ends[0] != ends[1])


def _sentences(olds: Sequence[str], news: Sequence[str], wording: Wording) -> list[Change]:
    """Return the sentences with other figures only, those that came or went, and whether the order of the others changed."""
    gone: dict[str, list[str]] = {}
    for line in (Counter(olds) - Counter(news)).elements():
        gone.setdefault(_FIGURES.sub("", line), []).append(line)
    same = ((gone.get(_FIGURES.sub("", line)), line) for line in (Counter(news) - Counter(olds)).elements())
    ends = [(lines.pop(0) if lines else "", line) for lines, line in same]
    ends += [(line, "") for lines in gone.values() for line in lines]
    before, after = ([*dict.fromkeys(line for line in lines if line in kept)] for lines, kept in ((olds, news), (news, olds)))
    order = [Change("sentence", "", "", wording["order"], wording["changed"], wording["changed"])] if before != after else []
    return [*(Change("sentence", "", "", wording["sentence"], *pair) for pair in ends), *order]


def _parts(tables: Tables, others: Tables, wording: Wording) -> Iterator[tuple[str, str, str, str]]:
    """Yield the tables, columns and rows that another print lacks: place, subject, measure, and a row's values."""
    for table, cells in tables.items():
        if table == QUOTED or not cells:
            continue
        caption = cells[0].place
        if table not in others:
            yield "", caption, wording[table.split()[0]], wording["added"]
            continue
        rows, columns = ({getattr(cell, key) for cell in others[table]} for key in ("row", "column"))
        for measure in dict.fromkeys(cell.measure for cell in cells if cell.column not in columns):
            yield caption, measure, wording["whole_column"], wording["added"]
        for row in dict.fromkeys(cell.row for cell in cells if cell.row not in rows):
            of_row = [cell for cell in cells if cell.row == row]
            values = [cell.text for cell in of_row if cell.value is not None and not cell.is_key]
            yield caption, of_row[0].subject, wording["row"], "，".join(values)
