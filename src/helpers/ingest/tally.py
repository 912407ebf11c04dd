"""What became of the rows of an export: counted, printed, and kept with the tickets."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from helpers.ingest.merge import MergeCounts

_TOLD = 10  # reasons, the commonest first


@dataclass
class IngestCounts:
    """What became of the rows: `read` = `accepted` + `quarantined` + `duplicates`; by rule, what was not kept.

    `renamed` counts by column the names that the crosswalk changed; `merged` is None where no tickets were held; `notes` are
    sentences about the whole.
    """

    read: int = 0
    duplicates: int = 0
    reasons: Counter = field(default_factory=Counter)
    nulled: Counter = field(default_factory=Counter)
    renamed: Counter = field(default_factory=Counter)
    merged: MergeCounts | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def quarantined(self) -> int:
        """Rows that could not become tickets."""
        return self.reasons.total()

    @property
    def accepted(self) -> int:
        """Tickets."""
        return self.read - self.quarantined - self.duplicates

    def counts(self) -> dict[str, Any]:
        """Return the account as it is kept with the tickets: commonest reasons and rules first, ties by name."""
        by_rule = {name: dict(sorted(getattr(self, name).items(), key=lambda one: (-one[1], one[0])))
                   for name in ("reasons", "nulled", "renamed")}
        return {"read": self.read, "accepted": self.accepted, "quarantined": self.quarantined, "duplicates": self.duplicates,
                **by_rule, **({"merged": self.merged.counts()} if self.merged else {})}

    def why(self) -> str:
        """Return the commonest reasons of quarantine, a line each."""
        return "".join(f"\n  {rows}: {reason}" for reason, rows in self.reasons.most_common(_TOLD))

    def lines(self, key: str) -> list[str]:
        """Return the account as it is printed."""
        lines = [f"{key}: {self.read} read = {self.accepted} accepted + {self.quarantined} quarantined "
                 f"+ {self.duplicates} duplicates",
                 *(f"  quarantined {rows}: {reason}" for reason, rows in self.reasons.most_common(_TOLD)),
                 *(f"  not kept {fields}: {rule}" for rule, fields in self.nulled.most_common()),
                 *(f"  renamed by the crosswalk {rows}: {column}" for column, rows in self.renamed.most_common())]
        if self.merged:
            now = self.merged
            lines.append(f"  tickets: {now.added} added, {now.changed} changed, {now.same} as they were, {now.older} older than "
                         f"what is held and not taken, {now.kept} kept that the export does not have")
        return [*lines, *(f"  {note}" for note in self.notes)]


def total(accounts: Iterable[IngestCounts]) -> IngestCounts:
    """Return the account of several exports together: every number is a sum, so that read = accepted + quarantined + duplicates.

    `accepted` are then the tickets of each export, a ticket of two that were not read together twice.
    """
    whole = IngestCounts()
    for one in accounts:
        whole.read += one.read
        whole.duplicates += one.duplicates
        whole.reasons += one.reasons
        whole.nulled += one.nulled
        whole.renamed += one.renamed
        whole.notes += one.notes
    return whole


def from_metadata(counts: dict[str, Any]) -> IngestCounts:
    """Return an account that was kept."""
    rules = {name: Counter(counts.get(name, {})) for name in ("reasons", "nulled", "renamed")}
    return IngestCounts(counts["read"], counts["duplicates"], **rules)
