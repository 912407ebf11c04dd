"""What moved, written down: as Markdown whole, and as blocks of a document with the first lines of each kind."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from helpers.report.changes.comparison import Changes, Section, labels_of
from helpers.report.changes.reasons import Reason
from helpers.settings.editions import Edition
from helpers.settings.periods import Period

Block = dict[str, Any]
Said = Mapping[str, Any]

_MOST = 40  # lines of a table in the appendix; changes.md has all
_MARKS = re.compile(r"([\\`*_\[\]<>|~&])")


class Listing(NamedTuple):
    """Changes in print: a line that counts them, `changes.md` as text, and the blocks of an appendix, if there are any."""

    counts: str
    text: str
    blocks: list[Block]


def of(changes: Changes, edition: Edition, period: Period, data: str) -> Listing:
    """Write down what moved; `data` is whether the present tickets are `simulated` or an `export`."""
    said = labels_of(edition.language)
    counted = Counter(move.kind for move in changes.moves)
    every = {kind: counted[kind] for kind in said["kinds"]}
    counts = said["counts"].format(all=len(changes.moves), **every) if changes.moves else said["nothing"]
    about = said["about"].format(title=edition.title, period=period.words, finished=_time(changes.since, said),
                                 source=_source(changes.since, said))
    lines = [f"# {said['title']}", *([said["simulated"]] if data == "simulated" else []), _plain(about), counts,
             *_grounds(changes, said), *_apart(changes, said),
             *(line for section in changes.sections for line in _section(section, said))]
    blocks = list(_blocks(changes, data, [about + counts, *_unsure(changes, said)], said)) if changes.moves else []
    return Listing(counts, "\n\n".join(lines) + "\n", blocks)


def _time(since: Mapping[str, Any], said: Said) -> str:
    return str(since.get("finished") or said["unfinished"])[:16].replace("T", " ")


def _source(since: Mapping[str, Any], said: Said) -> str:
    return said["simulated"] if since.get("data") == "simulated" else str(since.get("source", ""))


def _unsure(changes: Changes, said: Said) -> list[str]:
    """Return what has to be said of reasons: that they are not told apart, not known, or not recorded."""
    found = [*changes.reasons, *(one for section in changes.sections for one in section.reasons)]
    unknown = bool(changes.moves) and changes.told and not found
    cases = {"reasons_about": bool(changes.reasons), "no_reasons": unknown, "untold": not changes.told}
    return [said[name] for name, applies in cases.items() if applies]


def _grounds(changes: Changes, said: Said) -> list[str]:
    unsure = _unsure(changes, said)
    rows = [_reason(one, said) for one in changes.reasons]
    return [f"## {said['reasons']}", *unsure, *([_table(said["reason_heads"], rows)] if rows else [])] if unsure else []


def _reason(reason: Reason, said: Said) -> list[str]:
    return [said["reason_kinds"][reason.kind], reason.what, reason.old or "—", reason.new or said["changed"]]


def _apart(changes: Changes, said: Said) -> list[str]:
    listed = "\n".join(f"- {_plain(title)}" for title in changes.apart)
    return [f"## {said['apart']}", said["apart_about"], listed] if listed else []


def _section(section: Section, said: Said) -> Iterator[str]:
    """Yield what moved in a section, a table for each kind."""
    yield f"## {_plain(section.title)}"
    if section.reasons:
        yield _plain(said["own"].format(reasons=said["and"].join(f"{one.what}{said['changed']}" for one in section.reasons)))
    for kind, caption in said["kinds"].items():
        if rows := [list(move[1:]) for move in section.moves if move.kind == kind]:
            yield f"### {caption}"
            yield _table(*_filled(said["heads"], rows))


def _filled(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Return a table without the columns in which nothing stands."""
    kept = [place for place, _ in enumerate(heads) if any(row[place] for row in rows)]
    return [heads[place] for place in kept], [[row[place] or "—" for place in kept] for row in rows]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text of which Markdown makes no markup, in one line."""
    shown = "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp") else one for one in text)
    return _MARKS.sub(r"\\\1", " ".join(shown.split()))


def _blocks(changes: Changes, data: str, opening: Sequence[str], said: Said) -> Iterator[Block]:
    """Yield the appendix: what has to be said, the reasons, and for each kind a table of all sections."""
    yield {"kind": "heading", "level": 1, "text": said["title"], "mark": "appendix"}
    yield from map(_paragraph, opening)
    reasons = [*changes.reasons, *dict.fromkeys(one for section in changes.sections for one in section.reasons)]
    if reasons:
        rows = [_gathered(_reason(one, said), 2, said["colon"]) for one in reasons]
        yield from _capped(said["reasons"], said["gathered_heads"][:-1], rows, "", said)
    for kind, caption in said["kinds"].items():
        rows = [_gathered([section.title, *move[1:]], 4, said["comma"])
                for section in changes.sections for move in section.moves if move.kind == kind]
        if rows:
            yield from _capped(caption, *_filled(said["gathered_heads"], rows), data, said)


def _gathered(row: Sequence[str], first: int, by: str) -> list[str]:
    """Return a row whose first cells are one, so that the table is as narrow as a page."""
    return [by.join(filter(None, row[:first])), *row[first:]]


def _capped(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], data: str, said: Said) -> Iterator[Block]:
    """Yield a table of the first lines, and a sentence that says how many more there are."""
    columns = [{"name": f"change_{place}", "words": head, "unit": "", "kind": "text", "numeric": False}
               for place, head in enumerate(heads, start=1)]
    shown = [list(row) for row in rows[:_MOST]]
    yield {"kind": "table", "name": caption, "caption": caption, "data": data, "number": None, "columns": columns, "rows": shown,
           "values": shown}
    if len(rows) > _MOST:
        yield _paragraph(said["more"].format(shown=_MOST, more=len(rows) - _MOST))


def _paragraph(text: str) -> Block:
    return {"kind": "paragraph", "inline": [{"text": text, "style": [], "href": None}]}
