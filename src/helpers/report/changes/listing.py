"""Write down what changed: as Markdown in full, and as an appendix of the report with the first lines of each kind."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from helpers.document.blocks import Block, Column, Grid, Heading, Paragraph, Run, Table
from helpers.report.changes.comparison import Changes, Section, labels_of
from helpers.report.changes.differences import Wording
from helpers.report.changes.reasons import Reason
from helpers.settings.editions import Edition
from helpers.settings.periods import Period

_MOST = 40  # lines of a table in the appendix; changes.md has all
_MARKS = re.compile(r"([\\`*_\[\]<>|~&])")


class Listing(NamedTuple):
    """Changes in print: a line that counts them, `changes.md` as text, and the blocks of an appendix, if there are any."""

    counts: str
    text: str
    blocks: list[Block]


def of(changes: Changes, edition: Edition, period: Period, data: str) -> Listing:
    """Return the listing of changes; `data` is whether the present tickets are `simulated` or an `export`."""
    wording = labels_of(edition.language)
    counted = Counter(change.kind for change in changes.changes)
    counts = (wording["counts"].format(all=counted.total(), **{kind: counted[kind] for kind in wording["kinds"]})
              if counted else wording["nothing"])
    about = _about(changes.since, edition, period, wording)
    notes = _notes(changes, wording)
    lines = [f"# {wording['title']}", *([wording["simulated"]] if data == "simulated" else []), _plain(about), counts,
             *_reasons(changes, notes, wording), *_uncompared(changes, wording),
             *(line for section in changes.sections for line in _section(section, wording))]
    return Listing(counts, "\n\n".join(lines) + "\n",
                   list(_blocks(changes, data, [about + counts, *notes], wording)) if counted else [])


def _about(since: Mapping[str, Any], edition: Edition, period: Period, wording: Wording) -> str:
    finished = str(since.get("finished") or wording["unfinished"])[:16].replace("T", " ")
    source = wording["simulated"] if since.get("data") == "simulated" else str(since.get("source", ""))
    return wording["about"].format(title=edition.title, period=period.words, finished=finished, source=source)


def _notes(changes: Changes, wording: Wording) -> list[str]:
    """Return what limits the reasons: that they are not told apart, not known, or not recorded."""
    unknown = bool(changes.changes) and changes.recorded and not (changes.reasons or any(s.reasons for s in changes.sections))
    cases = {"reasons_about": bool(changes.reasons), "no_reasons": unknown, "untold": not changes.recorded}
    return [wording[name] for name, applies in cases.items() if applies]


def _reasons(changes: Changes, notes: Sequence[str], wording: Wording) -> list[str]:
    rows = [_reason(reason, wording) for reason in changes.reasons]
    return [f"## {wording['reasons']}", *notes, *([_table(wording["reason_heads"], rows)] if rows else [])] if notes else []


def _reason(reason: Reason, wording: Wording) -> list[str]:
    return [wording["reason_kinds"][reason.kind], reason.what, reason.old or "—", reason.new or wording["changed"]]


def _uncompared(changes: Changes, wording: Wording) -> list[str]:
    titles = "\n".join(f"- {_plain(title)}" for title in changes.uncompared)
    return [f"## {wording['apart']}", wording["apart_about"], titles] if titles else []


def _section(section: Section, wording: Wording) -> Iterator[str]:
    """Yield what changed in a section, a table for each kind."""
    yield f"## {_plain(section.title)}"
    if section.reasons:
        reasons = wording["and"].join(f"{reason.what}{wording['changed']}" for reason in section.reasons)
        yield _plain(wording["own"].format(reasons=reasons))
    for kind, caption in wording["kinds"].items():
        if rows := [list(change[1:]) for change in section.changes if change.kind == kind]:
            yield f"### {caption}"
            yield _table(*_filled(wording["heads"], rows))


def _filled(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[list[str], list[list[str]]]:
    """Return a table without its empty columns."""
    kept = [place for place, _ in enumerate(heads) if any(row[place] for row in rows)]
    return [heads[place] for place in kept], [[row[place] or "—" for place in kept] for row in rows]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Return a text in one line that Markdown reads as text alone."""
    visible = "".join(" " if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") else char for char in text)
    return _MARKS.sub(r"\\\1", " ".join(visible.split()))


def _blocks(changes: Changes, data: str, opening: Sequence[str], wording: Wording) -> Iterator[Block]:
    """Yield the appendix: its opening, the reasons, and for each kind a table of all sections."""
    yield Heading(1, wording["title"], appendix=True)
    yield from map(_paragraph, opening)
    reasons = dict.fromkeys([*changes.reasons, *(reason for section in changes.sections for reason in section.reasons)])
    if reasons:
        rows = [_gathered(_reason(reason, wording), 2, wording["colon"]) for reason in reasons]
        yield from _capped(wording["reasons"], wording["gathered_heads"][:-1], rows, "", wording)
    for kind, caption in wording["kinds"].items():
        rows = [_gathered([section.title, *change[1:]], 4, wording["comma"])
                for section in changes.sections for change in section.changes if change.kind == kind]
        if rows:
            yield from _capped(caption, *_filled(wording["gathered_heads"], rows), data, wording)


def _gathered(row: Sequence[str], first: int, by: str) -> list[str]:
    """Return a row whose first cells are joined, so that the table is as narrow as a page."""
    return [by.join(filter(None, row[:first])), *row[first:]]


def _capped(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]], data: str, wording: Wording) -> Iterator[Block]:
    """Yield a table of the first lines, and a sentence that counts the others."""
    columns = [Column(head, name=f"change_{place}") for place, head in enumerate(heads, start=1)]
    shown = [list(row) for row in rows[:_MOST]]
    yield Table(Grid(columns, shown, shown), caption, caption, data)
    if len(rows) > _MOST:
        yield _paragraph(wording["more"].format(shown=_MOST, more=len(rows) - _MOST))


def _paragraph(text: str) -> Paragraph:
    return Paragraph([Run(text)])
