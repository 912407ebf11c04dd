"""Ingest exports into tickets: python -m helpers.ingest FILE… --city C --year Y [--mapping FILE] [--replace].

Every row is accepted, quarantined (with its reason, without its contents) or a duplicate; these counts add to the rows read.
Exports of a year that has tickets of other exports are merged with these. Tickets are replaced atomically at the end, so that a
failed ingest leaves the old ones. `--table NAME --engine URL` registers a table of a warehouse instead (`external_table`).
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

from helpers.ingest import (
    crosswalk,
    export_files,
    external_table,
    mappings,
    merge,
    pii,
    show,
    staging,
    suggest_mapping,
    tally,
    transform,
    workspace,
)
from helpers.ingest.deduplicate import KeptRows
from helpers.ingest.staging import QUARANTINE, Staged
from helpers.ingest.tally import IngestCounts
from helpers.settings import editions, errors, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.files import atomic_write
from helpers.tickets import parquet, schema

_ENCODED = [field.name for field in schema.SCHEMA if pa.types.is_string(field.type) and field.name != "ticket_id"]
_TRUNCATED_IDS = "ticket_id stands for too many unlike rows, as where a spreadsheet has cut it: the whole row names the ticket"
_OTHER_RULES = (
    "the mapping, the crosswalk or the extent is another than before: a ticket whose id that changes now stands twice; "
    "give all exports together, or --replace, to start anew")
_UNKNOWN_EXPORTS = "tickets that do not say of which exports they are, as an older version wrote them"


@dataclass(frozen=True)
class _Request:
    """Exports to ingest and the rules for them; `fingerprints` are the exports' hashes, `digest` that of all rules."""

    edition: editions.Edition
    files: list[Path]
    mapping_file: Path
    mapping: mappings.Mapping
    rules: transform.Rules
    fingerprints: list[str]
    digest: str


def ingest(files: list[Path], edition: Edition, mapping_file: Path | None = None, replace: bool = False) -> IngestCounts:
    """Ingest exports into an edition's tickets and return the counts of their rows.

    Tickets of other exports are merged with these (`merge.compare`), and none of these is lost. Tickets are written from scratch
    with `replace`, and where the exports include all those of the current tickets. Nothing changes where the current tickets
    include these exports already. `mapping_file` None is the edition's own mapping. Raises UserError and leaves the old tickets:
    without `replace` where these are simulated, point to a warehouse or do not name their exports; where a file or the mapping
    is invalid; where more rows than the edition's `quarantine_limit` or all are quarantined; where a column holds PII; where
    the disk is full.
    """
    request = _request(files, edition, mapping_file)
    with workspace.edition_lock(edition):
        current = schema.metadata(edition)
        if current and not replace and (reason := _merge_obstacle(current)):
            raise UserError(f"{request.edition.key} has {reason}: add --replace to put the export in their place.")
        previous = json.loads(current.get("account", "{}")) if current and not replace else {}
        if _is_included(request, previous):
            counts = tally.from_metadata(previous["last"])
            counts.notes.append("nothing changed: the tickets include these exports already")
            return counts
        with workspace.work_folder(edition, files) as folder, pii.redact_errors():
            return _write(request, previous, folder)


def prepare(edition: Edition) -> bool:
    """Ingest the exports in `data/raw/<city>-<year>/` and return True; False where there are none or the tickets include them.

    Tickets that do not name their exports are replaced. Raises UserError as `ingest` does.
    """
    folder = paths.raw(edition.key)
    files = sorted(file for file in folder.glob("*") if file.name.lower().endswith(export_files.ENDINGS)
                   and not file.name.startswith((".", "~$")))
    if not files or _is_included(_request(files, edition, None), schema.ingest_counts(edition) or {}):
        return False
    reason = _merge_obstacle(schema.metadata(edition))
    if reason not in (None, _UNKNOWN_EXPORTS):
        raise UserError(
            f"exports lie in {yaml_models.display_path(folder)}/ but "
            f"{edition.key} has {reason}: take them away, "
            f"or run python -m helpers.ingest FILE… --city {edition.city} --year {edition.year} --replace with them."
        )
    print(*ingest(files, edition, replace=reason is not None).lines(edition.key), sep="\n")
    return True


def _request(files: list[Path], edition: Edition, mapping_file: Path | None) -> _Request:
    """Read mapping and crosswalk and hash the exports. Raises UserError where two exports are the same."""
    mapping_file = mapping_file or _mapping_file(edition)
    mapping = mappings.read(mapping_file)
    names_file = crosswalk.find(edition.crosswalk) if edition.crosswalk else None
    names = crosswalk.read(names_file) if names_file else None
    fingerprints = [export_files.fingerprint(file) for file in files]
    for number, fingerprint in enumerate(fingerprints):
        if fingerprint in fingerprints[:number]:
            first = files[fingerprints.index(fingerprint)]
            raise UserError(f"{files[number].name} holds the same as {first.name}: give it once.")
    rules_files = [mapping_file, *([names_file, *crosswalk.files(names)] if names else [])]
    extent = edition.extent.model_dump_json() if edition.extent else ""
    digest = _hash([*map(export_files.fingerprint, rules_files), extent])
    rules = transform.Rules(edition.year, names, edition.extent)
    return _Request(edition, files, mapping_file, mapping, rules, fingerprints, digest)


def _mapping_file(edition: editions.Edition) -> Path:
    if edition.mapping is None:
        raise UserError(f"{edition.key} names no mapping: give one with --mapping FILE, or as `mapping:` in "
                         f"{yaml_models.display_path(paths.edition(edition.city, edition.year))}.", exit_code=2)
    return mappings.find(edition.mapping)


def _hash(texts: list[str]) -> str:
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def _merge_obstacle(current: dict[str, str] | None) -> str | None:
    """Return why no export can be merged with the current tickets, by their metadata; None where one can."""
    if current is None:
        return None
    if current["data"] != "export":
        return "simulated tickets"
    if "table" in current:
        return f"tickets that stay in the table '{current['table']}' of a warehouse, to which the file only points"
    return None if "exports" in json.loads(current.get("account", "{}")) else _UNKNOWN_EXPORTS


def _is_included(request: _Request, previous: dict[str, Any]) -> bool:
    """Return whether the current tickets, by their stored counts, include these exports by the same rules."""
    return previous.get("rules") == request.digest and set(request.fingerprints) <= set(previous["exports"])


def _write(request: _Request, previous: dict[str, Any], folder: Path) -> IngestCounts:
    """Read exports; write tickets, quarantine and unknown names. `previous` are the stored counts of the current tickets.

    All three are written to temporary files that are renamed in this order: a failure leaves quarantine and names as they were.
    """
    staged, kept = _stage(request, folder)
    counts = tally.total(staged.file_counts)
    batches: Iterable[pa.RecordBatch] = map(transform.complete_columns, kept.rows(staged.rows()))
    if set(previous.get("exports", [])) - set(request.fingerprints):
        batches, counts.merged = _merge(request, batches, folder)
        counts.notes += [] if previous["rules"] == request.digest else [_OTHER_RULES]
    before = previous if counts.merged and counts.merged.kept else {}  # else these exports replace all current tickets
    current, quarantine = schema.metadata(request.edition), paths.quarantine(request.edition.key)
    exports = list(dict.fromkeys([*(previous["exports"] if counts.merged else []), *request.fingerprints]))
    sources = [*(current["source"].split("; ") if before else []), *(file.name for file in request.files)]
    digest = _hash([*exports, request.digest])
    with _write_unknown_names(request, staged, counts), atomic_write(quarantine) as temporary:
        quarantined = [*_other_quarantined(_counts_by_export(before), request.fingerprints, quarantine), *staged.quarantined]
        parquet.write(temporary, quarantined, QUARANTINE, {"digest": digest})
        schema.write(request.edition, staging.prefetch(batches), data="export", digest=digest,
                     source="; ".join(dict.fromkeys(sources)),
                     account=_account(request, staged, counts, before) | {"exports": exports, "rules": request.digest})
    return counts


def _account(request: _Request, staged: Staged, counts: IngestCounts, before: dict[str, Any]) -> dict[str, Any]:
    """Return the counts to store with the tickets: sums, `each` export's by fingerprint, and those of the `last` ingest."""
    others = {export: stored for export, stored in _counts_by_export(before).items() if export not in request.fingerprints}
    own = (file_counts.to_metadata() for file_counts in staged.file_counts)
    each = others | dict(zip(request.fingerprints, own, strict=True))
    sums = tally.total(map(tally.from_metadata, each.values())) if others else counts
    return sums.to_metadata() | {"last": counts.to_metadata(), "each": each}


def _counts_by_export(stored: dict[str, Any]) -> dict[str, Any]:
    """Return stored counts by export; counts without `each` are those of one export with the fingerprint ""."""
    return stored.get("each", {"": tally.from_metadata(stored).to_metadata()}) if stored else {}


def _other_quarantined(each: dict[str, Any], fingerprints: list[str], quarantine: Path) -> list[pa.RecordBatch]:
    """Return the quarantined rows of all exports but those that are ingested again; the file has them in the order of `each`."""
    rows = list(parquet.batches(quarantine)) if each and quarantine.exists() else []
    others = np.repeat([export not in fingerprints for export in each], [counts["quarantined"] for counts in each.values()])
    table = pa.Table.from_batches(rows, QUARANTINE)
    return (table.filter(pa.array(others, pa.bool_())) if len(others) == table.num_rows else table).to_batches()


def _stage(request: _Request, folder: Path, truncated_ids: Sequence[int] = ()) -> tuple[Staged, KeptRows]:
    """Stage the exports' rows and deduplicate them; where their ids turn out to be truncated, start again without ids.

    `truncated_ids` is then the number of such ids in each export.
    """
    staged = Staged(folder, pii.Scan(request.edition.year))
    for file in request.files:
        staged.begin_file()
        for table, mapping in export_files.tables_of_mapping(file, request.mapping, request.mapping_file):
            nameless = mapping.model_copy(update={"columns": mapping.columns.model_copy(update={"ticket_id": None})})
            staging.stage(staged, table, nameless if truncated_ids else mapping, request.rules)
    _check_quarantine(tally.total(staged.file_counts), request.edition)
    origins = {name: origin.columns["column"] for name, origin in request.mapping.mapped.items()}
    pii.reject(staged.scan, request.edition.key, origins)
    staged.writer.close()
    kept = staged.keys.deduplicate()
    if kept.truncated_ids and not truncated_ids:
        return _stage(request, folder, truncated_ids=staged.numeric_ids)
    for counts, ids in zip(staged.file_counts, truncated_ids, strict=False):
        counts.fields_nulled += Counter({_TRUNCATED_IDS: ids})
    staged.count_duplicates(kept.kept)
    return staged, kept


def _check_quarantine(counts: IngestCounts, edition: editions.Edition) -> None:
    """Raise UserError with the commonest reasons where too few rows became tickets."""
    if counts.read == counts.quarantined:
        raise UserError(f"{edition.key}: none of {counts.read} rows can become a ticket, nothing was written: "
                         f"compare the export with --year and the mapping.{counts.top_reasons()}")
    if counts.quarantined > edition.quarantine_limit * counts.read:
        raise UserError(f"{edition.key}: {counts.quarantined} of {counts.read} rows cannot become tickets, more "
                         f"than its quarantine_limit of {edition.quarantine_limit:.0%}; nothing was written: mend "
                         f"the export or the mapping, or raise the limit.{counts.top_reasons()}")


def _merge(request: _Request, batches: Iterable[pa.RecordBatch],
           folder: Path) -> tuple[Iterator[pa.RecordBatch], merge.MergeCounts]:
    """Return the current tickets merged with those of the exports, and the counts of the merge."""
    current, export = paths.tickets(request.edition.key), folder / "export.parquet"
    parquet.write(export, staging.prefetch(batches), schema.SCHEMA, {})
    merged = merge.compare(current, export, folder)
    both = (rows for file, kept in ((current, merged.current), (export, merged.export))
            for rows in kept.rows(parquet.batches(file, _ENCODED)))
    return both, merged.counts


@contextmanager
def _write_unknown_names(request: _Request, staged: Staged, counts: IngestCounts) -> Iterator[None]:
    """Replace the CSV of names that the crosswalk does not know when the block succeeds, and note their number.

    Exports without such names remove the CSV, unless the tickets include other exports.
    """
    file = paths.unlisted(request.edition.key)
    unlisted = crosswalk.listing(staged.unknown_names, request.rules.names) if request.rules.names else None
    if unlisted is None or unlisted.empty:
        yield
        if not (counts.merged and counts.merged.kept):
            file.unlink(missing_ok=True)
        return
    with atomic_write(file) as temporary:
        unlisted.to_csv(temporary, index=False, encoding="utf-8-sig")
        yield
    for column, names in unlisted.groupby("column", sort=False):
        counts.notes.append(
            f"not in the crosswalk, kept as they are: {len(names)} names of {column} in {names['rows'].sum()} rows, "
            f"{names['suggestions'].notna().sum()} with a suggestion, in {yaml_models.display_path(file)}")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 on success, 1 where nothing was usable, 2 (or exit with it) for wrong usage."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.show:
        return errors.run_command(lambda: _show(options))
    if bool(options.table) == bool(options.files):
        parser.error("give either FILE… or --table NAME --engine URL")
    if bool(options.table) != bool(options.engine):
        parser.error("--table needs --engine URL, and --engine is for --table alone")
    if options.table and options.mapping:
        parser.error("--mapping is for FILE… alone: a table has the columns of tickets")

    def run() -> int:
        edition = editions.read(options.city, options.year)
        if options.table:
            count = external_table.register_table(edition, options.engine, options.table, options.replace)
            print(f"{edition.label}: {count} tickets stay in {options.table}")
        else:
            print(*ingest(options.files, edition, options.mapping, options.replace).lines(edition.key), sep="\n")
        return 0

    return errors.run_command(run)


def _show(options: argparse.Namespace) -> int:
    """Print the rows or rules behind the counts of an edition's tickets."""
    print(*show.lines(editions.read(options.city, options.year), options.show, options.reason), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helpers.ingest", description="Ingest exports into tickets, or register a "
                                     "table of a warehouse as tickets.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE",
                        help="exports of one year: CSV, XLSX or Parquet; plain or packed (.gz, .zip)")
    parser.add_argument("--city", required=True, help="a city that has an edition, such as beijing-water")
    parser.add_argument("--year", required=True, type=int, help="the year in which the tickets were received")
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="in place of the mapping that the edition names")
    parser.add_argument("--table", metavar="NAME",
                        help="in place of FILE…: a table or view with the columns of tickets, of one year")
    parser.add_argument("--engine", metavar="URL", help="the engine that holds the table, such as duckdb:////srv/hotline.db")
    parser.add_argument("--replace", action="store_true", help="give up the current tickets, simulated or of other exports")
    parser.add_argument("--show", choices=show.WHAT,
                        help="in place of FILE…: show the rows or rules behind the counts of the last ingest")
    parser.add_argument("--reason", help="with --show: only reasons and rules that contain these words")
    parser.add_argument("--suggest", type=Path, metavar="FILE", action=suggest_mapping.Action,
                        help="alone: print a mapping for an export, by its names and values, for you to confirm")
    return parser
