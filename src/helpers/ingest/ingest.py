"""Reads exports into tickets: python -m helpers.ingest FILE… --city C --year Y [--mapping FILE] [--replace].

Every row read is accepted, quarantined (with its reason, without its contents) or a duplicate: the three add to what was read,
and are printed. Where the year has tickets of an export already, those of a further one are merged with them. Tickets are
replaced whole, at the end: whatever ends an ingest before, the old ones stay.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from helpers.ingest import crosswalk, export_files, mappings, merge, pii, staging, suggest_mapping, tally, transform, workspace
from helpers.ingest.deduplicate import KeptRows
from helpers.ingest.staging import QUARANTINE, Staged
from helpers.ingest.tally import IngestCounts
from helpers.settings import editions, errors, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import parquet, schema

_ENCODED = [one.name for one in schema.SCHEMA if pa.types.is_string(one.type) and one.name != "ticket_id"]
_DESTROYED = "ticket_id stands for too many unlike rows, as where a spreadsheet has cut it: the whole row names the ticket"
_OTHER = ("the mapping, the crosswalk or the extent is another than before: a ticket whose id that changes now stands twice; "
          "give all exports together, or --replace, to start anew")

_UNTOLD = "tickets that do not say of which exports they are, as an older version wrote them"


@dataclass(frozen=True)
class _Asked:
    """What is to be ingested, and by which rules; `prints` are the exports' fingerprints, `digest` that of all rules."""

    edition: editions.Edition
    files: list[Path]
    mapping_file: Path
    mapping: mappings.Mapping
    rules: transform.Rules
    prints: list[str]
    digest: str


def ingest(files: list[Path], edition: Edition, mapping_file: Path | None = None, replace: bool = False) -> IngestCounts:
    """Take exports into an edition's tickets and return what became of their rows.

    Tickets that the edition has of other exports are merged with these (`merge.compare`), and none is dropped. They are made
    anew where `replace` says so, and where all exports that they came from are given again. Exports that they hold already
    change nothing. Raises KnownError, and leaves the old tickets, where these are simulated, in a warehouse or of exports that
    they do not tell, and `replace` does not give them up; where a file or the mapping is not right, where more rows
    than the edition's `quarantine_limit` cannot become tickets, where none can, where a column holds what may point at a person,
    and where the disk is full.
    """
    asked = _asked(files, edition, mapping_file)
    with workspace.edition_lock(edition):
        held = schema.metadata(edition)
        if held and not replace and (reason := _apart(held)):
            raise UserError(f"{asked.edition.key} has {reason}: add --replace to put the export in their place.")
        kept = json.loads(held.get("account", "{}")) if held and not replace else {}
        if _holds(kept, asked):
            known = tally.from_metadata(kept["last"])
            known.notes.append("nothing changed: the tickets hold these exports already")
            return known
        with workspace.work_folder(edition, files) as folder, pii.redact_errors():
            return _taken(asked, kept, folder)


def prepare(edition: Edition) -> bool:
    """Ingest what lies in `data/raw/<city>-<year>/`, unless the tickets hold it already; True where it did.

    It is read as a whole: tickets that do not say of which exports they are give way to it. Raises KnownError as `ingest` does.
    """
    folder = paths.raw(edition.key)
    files = sorted(one for one in folder.glob("*") if one.name.lower().endswith(export_files.ENDINGS)
                   and not one.name.startswith((".", "~$")))
    if not files or _holds(schema.ingest_counts(edition) or {}, _asked(files, edition, None)):
        return False
    reason = _apart(schema.metadata(edition))
    if reason not in (None, _UNTOLD):
        raise UserError(
            f"exports lie in {yaml_models.display_path(folder)}/ but "
            f"{edition.key} has {reason}: take them away, "
            f"or run python -m helpers.ingest FILE… --city {edition.city} --year {edition.year} --replace with them."
        )
    print(*ingest(files, edition, replace=reason is not None).lines(edition.key), sep="\n")
    return True


def _asked(files: list[Path], edition: Edition, mapping_file: Path | None) -> _Asked:
    """Read what is needed to ingest. Raises KnownError where one export is given twice."""
    mapping_file = mapping_file or _named(edition)
    mapping = mappings.read(mapping_file)
    names_file = crosswalk.find(edition.crosswalk) if edition.crosswalk else None
    names = crosswalk.read(names_file) if names_file else None
    prints = [export_files.fingerprint(file) for file in files]
    for number, one in enumerate(prints):
        if one in prints[:number]:
            raise UserError(f"{files[number].name} holds the same as {files[prints.index(one)].name}: give it once.")
    told = [export_files.fingerprint(file) for file in [mapping_file, *([names_file, *crosswalk.files(names)] if names else [])]]
    told.append(edition.extent.model_dump_json() if edition.extent else "")
    rules = transform.Rules(edition.year, names, edition.extent)
    return _Asked(edition, files, mapping_file, mapping, rules, prints, _hash(told))


def _named(edition: editions.Edition) -> Path:
    if edition.mapping is None:
        raise UserError(f"{edition.key} names no mapping: give one with --mapping FILE, or as `mapping:` in "
                         f"{yaml_models.display_path(paths.edition(edition.city, edition.year))}.", exit_code=2)
    return mappings.find(edition.mapping)


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def _apart(held: dict[str, str] | None) -> str | None:
    """Say why no export can be merged with the tickets held, or return None where it can."""
    if held is None:
        return None
    if held["data"] != "export":
        return "simulated tickets"
    if "table" in held:
        return f"tickets that stay in the table '{held['table']}' of a warehouse, to which the file only points"
    return None if "exports" in json.loads(held.get("account", "{}")) else _UNTOLD


def _holds(kept: dict[str, Any], asked: _Asked) -> bool:
    """Say whether tickets were made of these exports by these rules."""
    return kept.get("rules") == asked.digest and set(asked.prints) <= set(kept["exports"])


def _taken(asked: _Asked, kept: dict[str, Any], folder: Path) -> IngestCounts:
    """Read the exports and write tickets, quarantine and names; `kept` is the account of the tickets that they are merged with.

    All three are written beside their places and take them in this order: what fails leaves quarantine and names as they were.
    """
    staged, standing = _read(asked, folder)
    now = tally.total(staged.accounts)
    batches: Iterable[pa.RecordBatch] = map(transform.complete_columns, standing.rows(staged.rows()))
    if set(kept.get("exports", [])) - set(asked.prints):
        batches, now.merged = _merged(asked, batches, folder)
        now.notes += [] if kept["rules"] == asked.digest else [_OTHER]
    before = kept if now.merged and now.merged.kept else {}  # else these exports hold all that is known of the year
    held, quarantine = schema.metadata(asked.edition), paths.quarantine(asked.edition.key)
    seen = list(dict.fromkeys([*(kept["exports"] if now.merged else []), *asked.prints]))
    sources = [*(held["source"].split("; ") if before else []), *(file.name for file in asked.files)]
    with _listed(asked, staged, now), parquet.atomic_write(quarantine) as beside:
        refused = [*_refused(_each(before), asked.prints, quarantine), *staged.quarantined]
        parquet.write(beside, refused, QUARANTINE, {"digest": _hash([*seen, asked.digest])})
        schema.write(asked.edition, staging.prefetch(batches), data="export", digest=_hash([*seen, asked.digest]),
                      source="; ".join(dict.fromkeys(sources)),
                      account=_account(asked, staged, now, before) | {"exports": seen, "rules": asked.digest})
    return now


def _account(asked: _Asked, staged: Staged, now: IngestCounts, before: dict[str, Any]) -> dict[str, Any]:
    """Return the account that tickets carry: `each` is that of every export that it sums, each once, by its fingerprint."""
    others = {one: counts for one, counts in _each(before).items() if one not in asked.prints}
    each = others | dict(zip(asked.prints, (one.counts() for one in staged.accounts), strict=True))
    counts = tally.total(map(tally.from_metadata, each.values())).counts() if others else now.counts()
    return counts | {"last": now.counts(), "each": each}


def _each(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the counts that an account sums, by export; one that does not tell them is a whole of its own."""
    return kept.get("each", {"": tally.from_metadata(kept).counts()}) if kept else {}


def _refused(each: dict[str, Any], prints: list[str], quarantine: Path) -> list[pa.RecordBatch]:
    """Return the rows in quarantine but for those of the exports that are given again; they lie there in the order of `each`."""
    rows = list(parquet.batches(quarantine)) if each and quarantine.exists() else []
    others = np.repeat([one not in prints for one in each], [counts["quarantined"] for counts in each.values()])
    table = pa.Table.from_batches(rows, QUARANTINE)
    return (table.filter(pa.array(others, pa.bool_())) if len(others) == table.num_rows else table).to_batches()


def _read(asked: _Asked, folder: Path, destroyed: Sequence[int] = ()) -> tuple[Staged, KeptRows]:
    """Stage the exports' rows and tell which of them stand; where the ids turn out to be destroyed, once more without them.

    `destroyed` is how many they are in each export.
    """
    staged = Staged(folder, pii.Scan(asked.edition.year))
    for file in asked.files:
        staged.begin()
        for export, mapping in export_files.tables_of_mapping(file, asked.mapping, asked.mapping_file):
            nameless = mapping.model_copy(update={"columns": mapping.columns.model_copy(update={"ticket_id": None})})
            staging.stage(staged, export, nameless if destroyed else mapping, asked.rules)
    _judge(tally.total(staged.accounts), asked.edition)
    origins = {name: origin.columns["column"] for name, origin in asked.mapping.mapped.items()}
    pii.reject(staged.scan, asked.edition.key, origins)
    staged.writer.close()
    standing = staged.known.standing()
    if standing.destroyed and not destroyed:
        return _read(asked, folder, destroyed=staged.numbers)
    for one, rows in zip(staged.accounts, destroyed, strict=False):
        one.nulled += Counter({_DESTROYED: rows})
    staged.stand(standing.stands)
    return staged, standing


def _judge(now: IngestCounts, edition: editions.Edition) -> None:
    """Raise KnownError with the commonest reasons where too few rows became tickets."""
    if now.read == now.quarantined:
        raise UserError(f"{edition.key}: none of {now.read} rows can become a ticket, nothing was written: "
                         f"compare the export with --year and the mapping.{now.why()}")
    if now.quarantined > edition.quarantine_limit * now.read:
        raise UserError(f"{edition.key}: {now.quarantined} of {now.read} rows cannot become tickets, more "
                         f"than its quarantine_limit of {edition.quarantine_limit:.0%}; nothing was written: mend "
                         f"the export or the mapping, or raise the limit.{now.why()}")


def _merged(asked: _Asked, batches: Iterable[pa.RecordBatch], folder: Path) -> tuple[Iterator[pa.RecordBatch], merge.MergeCounts]:
    """Return the tickets held and those of the exports, merged, and the counts."""
    held, export = paths.tickets(asked.edition.key), folder / "export.parquet"
    parquet.write(export, staging.prefetch(batches), schema.SCHEMA, {})
    merged = merge.compare(held, export, folder)
    both = (rows for file, standing in ((held, merged.held), (export, merged.export))
            for rows in standing.rows(parquet.batches(file, _ENCODED)))
    return both, merged.merged


@contextmanager
def _listed(asked: _Asked, staged: Staged, now: IngestCounts) -> Iterator[None]:
    """Replace the list of names that no list knows, once the block ends well, and note how many there are, with suggestions.

    The list is that of the last exports that have such names; it goes once exports without any hold every ticket.
    """
    file = paths.unlisted(asked.edition.key)
    unlisted = crosswalk.listing(staged.heard, asked.rules.names) if asked.rules.names else None
    if unlisted is None or unlisted.empty:
        yield
        if not (now.merged and now.merged.kept):
            file.unlink(missing_ok=True)
        return
    with parquet.atomic_write(file) as beside:
        unlisted.to_csv(beside, index=False, encoding="utf-8-sig")
        yield
    for column, names in unlisted.groupby("column", sort=False):
        now.notes.append(f"not in the crosswalk, kept as they are: {len(names)} names of {column} in {names['rows'].sum()} rows, "
                         f"{names['suggestions'].notna().sum()} with a suggestion, in {yaml_models.display_path(file)}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 where the tickets now hold the exports, 1 where nothing was usable, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m helpers.ingest", description="Read exports into tickets.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE",
                        help="exports of one year: CSV, XLSX or Parquet; plain or packed (.gz, .zip)")
    parser.add_argument("--city", required=True, help="a city that has an edition, such as beijing-water")
    parser.add_argument("--year", required=True, type=int, help="the year in which the tickets were received")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="in place of the mapping that the edition names")
    parser.add_argument("--replace", action="store_true", help="give up the tickets held, simulated or of other exports")
    parser.add_argument("--suggest", type=Path, metavar="FILE", action=suggest_mapping.Action,
                        help="alone: print a mapping for an export, by its names and values, for you to confirm")
    given = parser.parse_args(arguments)

    def run() -> int:
        taken = ingest(given.files, editions.read(given.city, given.year), given.mapping, given.replace)
        print(*taken.lines(paths.edition_key(given.city, given.year)), sep="\n")
        return 0

    return errors.run_command(run)
