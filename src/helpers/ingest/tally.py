"""Count what became of the rows of an export, for printing and for the metadata of the tickets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from helpers.ingest.merge import MergeCounts

_TOP = 10  # commonest reasons in a message
_SCREEN = 24  # lines
_SHOWN = 3  # lines of a group, so that an account fits on a screen
_COUNTERS = {"reasons": "reasons", "nulled": "fields_nulled", "renamed": "renamed",
             "mended": "mended"}  # by key of the metadata


@dataclass
class IngestCounts:
    """Counts of an ingest in rows: `read` = `accepted` + `quarantined` + `duplicates` + those of `other_years`.

    `reasons` counts quarantined rows by reason, `fields_nulled` by rule the fields that were set to null, `renamed` by column the
    names that the crosswalk changed, `mended` by rule the fields that are written otherwise than in the export, `other_years` by
    year the rows of other editions, `equal` the tickets without id whose row equals that of another. `grain` says by column of
    times whether it holds a `day` or a `time`; `unread` are lines on texts that are no readable times. `merged` is None where
    there were no tickets to merge with; `notes` are sentences to print.
    """

    read: int = 0
    duplicates: int = 0
    reasons: Counter = field(default_factory=Counter)
    fields_nulled: Counter = field(default_factory=Counter)
    renamed: Counter = field(default_factory=Counter)
    mended: Counter = field(default_factory=Counter)
    other_years: Counter = field(default_factory=Counter)
    equal: int = 0
    grain: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    merged: MergeCounts | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def quarantined(self) -> int:
        """Number of rows that could not become tickets."""
        return self.reasons.total()

    @property
    def accepted(self) -> int:
        """Number of tickets."""
        return self.read - self.quarantined - self.duplicates - self.other_years.total()

    def to_metadata(self) -> dict[str, Any]:
        """Return the counts for the metadata of the tickets: commonest reasons and rules first, ties by name."""
        by_rule = {key: dict(sorted(getattr(self, name).items(), key=lambda item: (-item[1], item[0])))
                   for key, name in _COUNTERS.items()}
        return {"read": self.read, "accepted": self.accepted, "quarantined": self.quarantined, "duplicates": self.duplicates,
                "other_years": dict(sorted(self.other_years.items())), "equal_rows": self.equal,
                "grain": dict(sorted(self.grain.items())), **by_rule,
                **({"merged": asdict(self.merged)} if self.merged else {})}

    def top_reasons(self) -> str:
        """Return the commonest reasons of quarantine for a message, each on a new line with its rows."""
        return "".join([*(f"\n  {rows}: {reason}" for reason, rows in self.reasons.most_common(_TOP)),
                        *(f"\n  {line}" for line in self.unread)])

    def lines(self, key: str) -> list[str]:
        """Return the lines to print for the edition `key`: totals, reasons, rules, changed columns, merge counts, notes.

        At most 24 lines: the commonest of each group, the number of further ones, and last the command that shows all.
        """
        others = self.other_years.total()
        lines = [f"{key}: {self.read} read = {self.accepted} accepted + {self.quarantined} quarantined "
                 f"+ {self.duplicates} duplicates" + (f" + {others} of other years" if others else ""),
                 *([f"  of other years: {', '.join(f'{year} {rows}' for year, rows in sorted(self.other_years.items()))}"
                    " (further --year options fill their editions too)"] if others else []),
                 *_shown("quarantined", self.reasons),
                 *_shown("not kept", self.fields_nulled),
                 *_shown("renamed by the crosswalk", self.renamed),
                 *_shown("mended", self.mended)]
        if self.merged:
            now = self.merged
            lines.append(f"  tickets: {now.added} added, {now.changed} changed, {now.same} as they were, {now.older} older than "
                         f"the current ones and not taken, {now.kept} kept that the export does not have")
        room = _SCREEN - len(lines) - 1
        equal = [f"equal to another row, without id {self.equal}: each is a ticket, unless the mapping has `equal_rows: one`"]
        notes = [f"  {note}" for note in (*self.unread, *(equal if self.equal else []), *self.notes)]
        lines += notes if len(notes) <= room else [*notes[:room - 1], f"  and {len(notes) - room + 1} further notes"]
        groups = {"quarantine": self.reasons, "doubted": self.fields_nulled, "changed": self.renamed + self.mended}
        shown = [what for what, counter in groups.items() if counter]
        city, _, year = key.rpartition("-")
        command = f"  rows and rules: python -m helpers.ingest --city {city} --year {year} --show {'|'.join(shown)}"
        return [*lines, command] if shown else lines


def _shown(what: str, counter: Counter) -> list[str]:
    """Return a line for each of the commonest of a counter, and one that sums up the others."""
    lines = [f"  {what} {number}: {rule}" for rule, number in counter.most_common(_SHOWN)]
    rest = counter.most_common()[_SHOWN:]
    return [*lines, f"  {what} {sum(number for _, number in rest)}: {len(rest)} further reasons"] if rest else lines


def total(counts: Iterable[IngestCounts]) -> IngestCounts:
    """Return the sum of the counts of several exports; notes are joined, `merged` is None.

    A ticket that lies in two exports which were ingested separately is accepted twice.
    """
    whole = IngestCounts()
    for export in counts:
        whole.read += export.read
        whole.duplicates += export.duplicates
        whole.reasons += export.reasons
        whole.fields_nulled += export.fields_nulled
        whole.renamed += export.renamed
        whole.mended += export.mended
        whole.other_years += export.other_years
        whole.equal += export.equal
        whole.grain |= {column: "time" if "time" in (grain, whole.grain.get(column)) else grain
                        for column, grain in export.grain.items()}
        whole.unread += export.unread
        whole.notes += export.notes
    return whole


def from_metadata(stored: dict[str, Any]) -> IngestCounts:
    """Return the counts that `to_metadata` stored, without merge counts and notes."""
    counters = {name: Counter(stored.get(key, {})) for key, name in _COUNTERS.items()}
    return IngestCounts(stored["read"], stored["duplicates"], other_years=Counter(stored.get("other_years", {})),
                        equal=stored.get("equal_rows", 0), grain=dict(stored.get("grain", {})), **counters)
