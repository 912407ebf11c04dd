"""What moved between two prints of the same section: numbers and ranks by where they stand, sentences by their words."""

import difflib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, NamedTuple, TypeVar

from helpers.report.changes.content import PrintedContent
from helpers.settings import labels, number_format
from helpers.settings.editions import NumberRules
from helpers.settings.errors import UserError

_TIMES = ("year", "month", "hour", "weekday")
_HUNDREDTHS = ("share", "rate", "change", "points")
_PLACED = re.compile(r"rank_\d+")  # a column that holds who has a rank, where others hold the rank of a row
_FIGURES = re.compile(r"[\d.]+万?")
_ALIKE = 0.6  # of two sentences, from which on one is taken for the other in new words
_OPENING = 14  # characters of a sentence that say which it is

Said = Mapping[str, Any]
T = TypeVar("T")


class Change(NamedTuple):
    """One thing that moved, in printed words: `old` or `new` is empty where it was not there, or is no more.

    `kind` is `rank`, `figure` (a number or another value), `sentence`, or `part` (something that came or went); `place` is the
    caption or sentence that it stands in, `subject` whom it is of, `measure` what it is, `difference` is empty but for numbers.
    """

    kind: Literal["rank", "figure", "sentence", "part"]
    place: str
    subject: str
    measure: str
    old: str
    new: str
    difference: str = ""


Marked = Iterator[tuple[tuple[Any, ...], Change]]


class _Row(NamedTuple):
    """A row of a table: whom and when it is of in words, whom alone, and each column's (value, printed with its unit)."""

    label: str
    whom: str
    cells: dict[str, tuple[Any, str]]


def find_changes(old: PrintedContent, new: PrintedContent, numbers: NumberRules, said: Said) -> list[Change]:
    """Return what moved from one print of a section to the next; a table that says what another has said is passed over."""
    same, gone, come = _tables(old.tables, new.tables)
    tables = [pair for place, pair in enumerate(same) if not any(_repeats(pair, other) for other in same[:place])]
    moved = [one for before, after in tables for one in _within(before["table"], after["table"], after["caption"], numbers, said)]
    told = {mark for mark, _ in moved}
    quoted = [move for mark, move in _quoted(old, new, numbers, said) if mark not in told]
    named = [Change("sentence", "", "", said["caption"], before["caption"], after["caption"]) for before, after in same
             if before["caption"] != after["caption"]]
    parts = [Change("part", "", one["caption"], said[one["kind"]], *ends) for tables, ends in
             ((gone, (said["added"], "")), (come, ("", said["added"]))) for one in tables]
    return [*(move for _, move in moved), *quoted, *named, *_lines(old.lines, new.lines, said), *parts]


def _tables(olds: Sequence[dict], news: Sequence[dict]) -> tuple[list[tuple[dict, dict]], list[dict], list[dict]]:
    """Pair figures and tables by caption, then those of another caption by their columns; return what is left of both, too."""
    by_caption, gone, come = paired(olds, news, lambda one: (one["kind"], one["caption"]))
    by_columns, gone, come = paired(gone, come, lambda one: (one["kind"], *_names(one["table"])))
    order = {id(one): place for place, one in enumerate(news)}
    return sorted([*by_caption, *by_columns], key=lambda pair: order[id(pair[1])]), gone, come


def paired(olds: Iterable[T], news: Iterable[T], key: Callable[[T], Hashable]) -> tuple[list[tuple[T, T]], list[T], list[T]]:
    """Pair what has the same key, the first with the first, in the order of the new; return what is left of both, too."""
    waiting: dict[Hashable, list[T]] = defaultdict(list)
    for one in olds:
        waiting[key(one)].append(one)
    pairs, come = [], []
    for one in news:
        if waiting[key(one)]:
            pairs.append((waiting[key(one)].pop(0), one))
        else:
            come.append(one)
    return pairs, [one for left in waiting.values() for one in left], come


def _repeats(pair: tuple[dict, dict], other: tuple[dict, dict]) -> bool:
    """Tell whether a table says nothing that another has not said: both times its columns of the same rows, as far as known."""
    return all(_holds(one["table"], another["table"]) for one, another in zip(pair, other, strict=True))


def _holds(part: dict, whole: dict) -> bool:
    known = [name for name in _names(part) if any(value is not None for (value,) in _values(part, [name]))]
    return set(known) <= set(_names(whole)) and _values(part, known) == _values(whole, known)


def _names(table: dict) -> list[str]:
    return [column["name"] for column in table["columns"]]


def _within(old: dict, new: dict, caption: str, numbers: NumberRules, said: Said) -> Marked:
    """Yield what moved in a table, each with (column, old value, new value): its columns, its rows, their cells and order."""
    columns = [{column["name"]: column for column in table["columns"]} for table in (old, new)]
    for name, column in (columns[0] | columns[1]).items():
        if name not in columns[0] or name not in columns[1]:
            ends = (said["added"], "") if name in columns[0] else ("", said["added"])
            yield (name,), Change("part", caption, column["words"], said["whole_column"], *ends)
    for name, column in columns[1].items():
        if name in columns[0] and columns[0][name]["words"] != column["words"]:
            yield (name,), Change("sentence", caption, "", said["head"], columns[0][name]["words"], column["words"])
    keys = _keys(old, new)
    olds, news = _rows(old, keys, new), _rows(new, keys, old)
    for key in [*news, *(key for key in olds if key not in news)]:
        before, after = olds.get(key), news.get(key)
        if before and after:
            yield from _changed(before, after, caption, columns[1], keys, numbers, said)
    for lone, others, side in ((news, olds, 1), (olds, news, 0)):
        yield from (((caption, side), Change("part", caption, whom, said["row"], *(["", held] if side else [held, ""])))
                    for whom, held in _lone(lone, others, keys, said))
    if not any(_ranks(name) for name in columns[1]) and all(columns[1][key]["kind"] == "text" for key in keys):
        yield from _reordered(olds, news, caption, said)


def _keys(old: dict, new: dict) -> list[str]:
    """Return the columns that tell a row from another: the first few of those of names and times, as few as both tables need."""
    names = [column["name"] for column in new["columns"] if column["name"] in _names(old)
             and column["kind"] in ("text", *_TIMES) and not _PLACED.fullmatch(column["name"])]
    for count in range(min(1, len(names)), len(names)):
        if all(len(set(rows)) == len(rows) for rows in (_values(table, names[:count]) for table in (old, new))):
            return names[:count]
    return names


def _values(table: dict, names: Sequence[str]) -> list[tuple]:
    places = [_names(table).index(name) for name in names]
    return [tuple(row[place] for place in places) for row in table["rows"]]


def _rows(table: dict, keys: Sequence[str], other: dict) -> dict[tuple, _Row]:
    """Return the rows of a table by their keys; of those that no key tells apart the first, the second … by their number."""
    both = [*_values(table, keys), *_values(other, keys)]
    telling = [key for place, key in enumerate(keys) if len({values[place] for values in both}) > 1] or keys
    names = [column["name"] for column in table["columns"] if column["name"] in telling and column["kind"] not in _TIMES]
    found: dict[tuple, _Row] = {}
    counted: Counter = Counter()
    for values, raw, printed in zip(_values(table, keys), table["rows"], table["printed"], strict=True):
        cells_of = {column["name"]: (value, text if value is None else text + column["unit"])
                    for column, value, text in zip(table["columns"], raw, printed, strict=True)}
        counted[values] += 1
        label, whom = (" ".join(cells_of[key][1] for key in some) for some in (telling, names))
        found[*values, counted[values]] = _Row(label, whom, cells_of)
    return found


def _lone(rows: Mapping[tuple, _Row], others: Mapping[tuple, _Row], keys: Sequence[str],
          said: Said) -> Iterator[tuple[str, str]]:
    """Yield the rows that another table has not, each with what it holds; of a name that it has not at all, how many."""
    lone, known = [row for key, row in rows.items() if key not in others], {row.whom for row in others.values()}
    counted = Counter(row.whom for row in lone if row.whom not in known)
    for row in lone:
        if counted[row.whom] == 1 or row.whom in known:
            held = {name: text for name, (value, text) in row.cells.items() if value is not None}
            yield row.label, "，".join(text for name, text in held.items() if name not in keys)
    yield from ((whom, said["rows"].format(count=count)) for whom, count in counted.items() if count > 1)


def _ranks(name: str) -> bool:
    return name.endswith("_rank") or bool(_PLACED.fullmatch(name))


def _changed(before: _Row, after: _Row, caption: str, columns: Mapping[str, dict], keys: Sequence[str], numbers: NumberRules,
             said: Said) -> Marked:
    for name, (new, new_text) in after.cells.items():
        old, old_text = before.cells.get(name, (new, ""))
        if name in keys or _same(old, new):
            continue
        column = columns[name]
        old_text, new_text = _apart(old, new, old_text, new_text, column["kind"], column["unit"])
        yield (name, old, new), Change("rank" if _ranks(name) else "figure", caption, after.label, column["words"], old_text,
                                     new_text, difference(old, new, column["kind"], column["unit"], numbers, said))


def _reordered(olds: Mapping[tuple, _Row], news: Mapping[tuple, _Row], caption: str, said: Said) -> Marked:
    """Yield the places that changed in a list whose order changed; what is a total has no place."""
    total = labels.column("total")
    before, after = ({key: place for place, key in enumerate((key for key in rows if total not in key), start=1)}
                     for rows in (olds, news))
    if [key for key in before if key in after] == [key for key in after if key in before]:
        return
    for key, place in after.items():
        if before.get(key, place) != place:
            old, new = (said["place"].format(place=one) for one in (before[key], place))
            yield (key,), Change("rank", caption, news[key].label, said["position"], old, new, _climb(place - before[key], said))


def _same(old: Any, new: Any) -> bool:
    """Tell whether two values are one; numbers are where they differ by no more than a sum taken in another order."""
    if _number(old) and _number(new):
        return old == new or (isinstance(old, float) and math.isclose(old, new, rel_tol=1e-11, abs_tol=1e-12))
    return old == new


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def difference(old: Any, new: Any, kind: str, unit: str, numbers: NumberRules, said: Said) -> str:
    """Return how far a number moved: +3件, -0.02个百分点, 升2位; with as many decimals as print, or one digit that is not 0."""
    if not (_number(old) and _number(new)) or kind in _TIMES or kind == "text":
        return ""
    if kind == "rank":
        return _climb(new - old, said)
    delta = (number_format.exact(new) - number_format.exact(old)) * (100 if kind in _HUNDREDTHS else 1)
    places = numbers.share_decimals if kind in _HUNDREDTHS else number_format.DECIMALS.get(kind, 0)
    rounded = delta.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    if not rounded and delta:
        rounded = delta.quantize(Decimal(1).scaleb(delta.adjusted()), rounding=ROUND_HALF_UP)
    return f"{rounded:+f}{said['points'] if kind in _HUNDREDTHS else unit}"


def _apart(old: Any, new: Any, old_text: str, new_text: str, kind: str, unit: str) -> tuple[str, str]:
    """Return two values in print; two numbers that print the same, with so many decimals that they do not."""
    if old_text != new_text or not (_number(old) and _number(new)):
        return old_text, new_text
    ends = [number_format.exact(one) * (100 if kind in _HUNDREDTHS else 1) for one in (old, new)]
    places = Decimal(1).scaleb((ends[1] - ends[0]).adjusted() - 1)
    return tuple(f"{one.quantize(places):f}{'%' if kind in _HUNDREDTHS else unit}" for one in ends)


def _climb(by: float, said: Said) -> str:
    return said["up" if by < 0 else "down"].format(by=abs(int(by)))


def _quoted(old: PrintedContent, new: PrintedContent, numbers: NumberRules, said: Said) -> Marked:
    """Yield the numbers of sentences that moved, paired by where they stand; the others are told by their sentences."""
    for address, held in new.numbers.items():
        for (before, _), (after, line) in zip(old.numbers.get(address, []), held, strict=False):
            if _same(before["value"], after["value"]):
                continue
            kind, column = after["kind"], after["column"]
            measure, unit = _known(labels.column, column, column), _known(labels.unit, column, "")
            old_text, new_text = _apart(before["value"], after["value"], before["text"], after["text"], kind, unit)
            place = said["quote"].format(text=line[:_OPENING])
            subject = said["and"].join(_named(key, value, numbers) for key, value in after.get("where", {}).items())
            yield ((column, before["value"], after["value"]),
                   Change("rank" if kind == "rank" else "figure", place, subject, measure, old_text, new_text,
                        difference(before["value"], after["value"], kind, unit, numbers, said)))


def _named(column: str, value: Any, numbers: NumberRules) -> str:
    """Return a value of a number's condition in words: 东城区, 6月."""
    return number_format.phrase(value, number_format.kind(column), numbers) if _number(value) else labels.value(column, value)


def _known(look: Callable[[str], str], column: str, otherwise: str) -> str:
    """Return what the dictionary says of a column; a researcher's own it need not know."""
    try:
        return look(column)
    except UserError:
        return otherwise


def _lines(olds: Sequence[str], news: Sequence[str], said: Said) -> list[Change]:
    """Return the sentences that are new, gone, or in other words.

    They are paired by their words without figures, then by likeness, then by what stands before the first figure.
    """
    gone, come = list((Counter(olds) - Counter(news)).elements()), list((Counter(news) - Counter(olds)).elements())
    pairs, gone, come = paired(gone, come, lambda line: _FIGURES.sub("", line))
    for line in list(come):
        if near := difflib.get_close_matches(line, gone, n=1, cutoff=_ALIKE):
            gone.remove(near[0])
            come.remove(line)
            pairs.append((near[0], line))
    begun, gone, come = paired(gone, come, lambda line: _FIGURES.split(line)[0])
    told = [*pairs, *begun, *((line, "") for line in gone), *(("", line) for line in come)]
    told.sort(key=lambda pair: news.index(pair[1]) if pair[1] else olds.index(pair[0]))
    order = [[line for line in dict.fromkeys(lines) if line in kept] for lines, kept in ((olds, set(news)), (news, set(olds)))]
    turned = [Change("sentence", "", "", said["order"], said["changed"], said["changed"])] if order[0] != order[1] else []
    return [*(Change("sentence", "", "", said["sentence"], *pair) for pair in told), *turned]
