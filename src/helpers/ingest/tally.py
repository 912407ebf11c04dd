"""Count what became of the rows of an export, for printing and for the metadata of the tickets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from helpers.ingest.merge import MergeCounts

_TOP = 10  # commonest reasons that are printed
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
        """Return the lines to print for the edition `key`: totals, reasons, rules, renamed columns, merge counts, notes."""
        others = self.other_years.total()
        lines = [f"{key}: {self.read} read = {self.accepted} accepted + {self.quarantined} quarantined "
                 f"+ {self.duplicates} duplicates" + (f" + {others} of other years" if others else ""),
                 *([f"  of other years: {', '.join(f'{year} {rows}' for year, rows in sorted(self.other_years.items()))}"
                    " (further --year options fill their editions too)"] if others else []),
                 *(f"  quarantined {rows}: {reason}" for reason, rows in self.reasons.most_common(_TOP)),
                 *(f"  {line}" for line in self.unread),
                 *(f"  not kept {fields}: {rule}" for rule, fields in self.fields_nulled.most_common()),
                 *(f"  renamed by the crosswalk {rows}: {column}" for column, rows in self.renamed.most_common()),
                 *(f"  mended {fields}: {rule}" for rule, fields in self.mended.most_common())]
        if self.equal:
            lines.append(f"  equal to another row, without id {self.equal}: each is a ticket, unless the mapping has "
                         "`equal_rows: one`")
        if self.merged:
            now = self.merged
            lines.append(f"  tickets: {now.added} added, {now.changed} changed, {now.same} as they were, {now.older} older than "
                         f"the current ones and not taken, {now.kept} kept that the export does not have")
        return [*lines, *(f"  {note}" for note in self.notes)]


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
