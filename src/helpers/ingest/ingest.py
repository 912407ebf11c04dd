"""Ingest exports into tickets: python -m helpers.ingest FILE… --city C --year Y [--mapping FILE] [--replace].

Every row is accepted, quarantined (with its reason, without its contents) or a duplicate; these counts add to the rows read.
Exports of a year that has tickets of other exports are merged with these. Tickets are replaced atomically at the end, so that a
failed ingest leaves the old ones. `--table NAME --engine URL` registers a table of a warehouse instead (`external_table`).
"""

import argparse
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.ingest import (
    commit,
    crosswalk,
    export_files,
    external_table,
    mappings,
    merge,
    names,
    pii,
    show,
    staging,
    suggest_mapping,
    synonyms,
    tally,
    times,
    transform,
    workspace,
)
from helpers.ingest.deduplicate import KeptRows
from helpers.ingest.staging import QUARANTINE, Staged
from helpers.ingest.tally import IngestCounts
from helpers.settings import editions, errors, paths, secret_key, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.files import atomic_write, guarded_table
from helpers.tickets import parquet, schema

_ENCODED = [field.name for field in schema.SCHEMA if pa.types.is_string(field.type) and field.name != "ticket_id"]
_TRUNCATED_IDS = "ticket_id stands for too many unlike rows, as where a spreadsheet has cut it: the mapped cells name the ticket"
_OTHER_RULES = (
    "the mapping, the crosswalk or the extent is another than before: a ticket whose id that changes now stands twice; "
    "give all exports together, or --replace, to start anew")
_UNKNOWN_EXPORTS = "tickets that do not say of which exports they are, as an older version wrote them"


@dataclass(frozen=True)
class _Request:
    """Exports to ingest and the rules for them; `fingerprints` are the exports' hashes, `digest` that of all rules.

    `states` are the exports' inode, size and time of change before they were hashed.
    """

    edition: editions.Edition
    files: list[Path]
    mapping_file: Path
    mapping: mappings.Mapping
    rules: transform.Rules
    fingerprints: list[str]
    states: list[tuple[int, int, int]]
    digest: str

    @property
    def own_rules(self) -> str:
        """The hash of all rules and of the machine's key, by which ids of rows without one are made."""
        return _hash([self.digest, *secret_key.hashes(self.rules.key, "check", [""])])


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
    if paths.unfinished(edition.key).exists():
        with workspace.edition_lock(edition):  # which finishes it
            pass
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
    """Read mapping and crosswalk and hash the exports.

    Raises UserError where two exports are the same, and where a name of a file holds PII.
    """
    for number, file in enumerate(files, 1):
        pii.reject_name(file.name, f"export {number} of {len(files)}" if len(files) > 1 else "the export")
    mapping_file = mapping_file or _mapping_file(edition)
    mapping = mappings.read(mapping_file)
    names_file = crosswalk.find(edition.crosswalk) if edition.crosswalk else None
    known = crosswalk.read(names_file) if names_file else None
    states = [export_files.state(file) for file in files]
    fingerprints = [export_files.fingerprint(file) for file in files]
    for number, fingerprint in enumerate(fingerprints):
        if fingerprint in fingerprints[:number]:
            first = files[fingerprints.index(fingerprint)]
            raise UserError(f"{files[number].name} holds the same as {first.name}: give it once.")
    rules_files = [mapping_file, *([names_file, *crosswalk.files(known)] if known else [])]
    extent = edition.extent.model_dump_json() if edition.extent else ""
    digest = _hash([*map(export_files.fingerprint, rules_files), extent, edition.timezone or "", *sorted(mapping.unknown),
                    *synonyms.read().totals])
    rules = transform.Rules(edition.year, secret_key.read(), known, edition.extent, edition.timezone)
    return _Request(edition, files, mapping_file, mapping, rules, fingerprints, states, digest)


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
    return previous.get("rules") == request.own_rules and set(request.fingerprints) <= set(previous["exports"])


def _write(request: _Request, previous: dict[str, Any], folder: Path) -> IngestCounts:
    """Read exports; write tickets, quarantine and unknown names. `previous` are the stored counts of the current tickets.

    All three are put into their places as one step (`commit`): a failure leaves all of them as they were.
    """
    staged, kept = _stage(request, folder)
    for file, state in zip(request.files, request.states, strict=True):
        if export_files.state(file) != state:
            raise UserError(f"{file}: was changed or replaced while it was read; nothing was written: ingest again.")
    counts = tally.total(staged.file_counts)
    merging = bool(set(previous.get("exports", [])) - set(request.fingerprints))
    respelt = _respelt(request, staged, counts, merging)
    own = names.respell(kept.rows(_settled(staged, counts)), respelt)
    batches: Iterable[pa.RecordBatch] = map(transform.complete_columns, own)
    if merging:
        batches, counts.merged = _merge(request, batches, folder)
        batches = names.respell(batches, respelt)
        counts.notes += [] if previous["rules"] == request.own_rules else [_OTHER_RULES]
    before = previous if counts.merged and counts.merged.kept else {}  # else these exports replace all current tickets
    current, quarantine = schema.metadata(request.edition), paths.quarantine(request.edition.key)
    exports = list(dict.fromkeys([*(previous["exports"] if counts.merged else []), *request.fingerprints]))
    sources = [*(current["source"].split("; ") if before else []), *(file.name for file in request.files)]
    digest = _hash([*exports, request.digest])
    unlisted = crosswalk.listing(staged.unknown_names, request.rules.names) if request.rules.names else None
    targets = [paths.tickets(request.edition.key), quarantine]
    if not (before and _is_empty(unlisted)):  # else the CSV has names of the other exports
        targets.append(paths.unlisted(request.edition.key))
    with commit.replacing(request.edition.key, targets) as (tickets, rows, *names_file):
        if not _is_empty(unlisted):
            _write_unknown_names(request, unlisted, names_file[0], counts)
        quarantined = [*_other_quarantined(_counts_by_export(before), request.fingerprints, quarantine), *staged.quarantined]
        parquet.write(rows, quarantined, QUARANTINE, {"digest": digest})
        schema.write(request.edition, staging.prefetch(batches), data="export", digest=digest,
                     source="; ".join(dict.fromkeys(sources)), file=tickets,
                     account=_account(request, staged, counts, before) | {
                         "exports": exports, "rules": request.own_rules, "coordinates": request.mapping.coordinates})
    return counts


def _settled(staged: Staged, counts: IngestCounts) -> Iterator[pa.RecordBatch]:
    """Yield the accepted rows with what is known of times only once all are read (`transform.settle`)."""
    days = frozenset(column for column, grain in counts.grain.items() if grain == "day")
    far = times.far_from(staged.times.last)
    return (transform.settle(rows, days, far) for rows in staged.rows())


def _respelt(request: _Request, staged: Staged, counts: IngestCounts, merging: bool) -> dict[str, dict[str, str]]:
    """Return the names that take a commoner spelling, and add their rows to the counts; the current tickets have a say."""
    if request.mapping.spellings == "kept":
        return {}
    counts.mended += staged.spellings.mended()
    counts.notes += staged.spellings.notes()
    for batch in parquet.batches(paths.tickets(request.edition.key), _ENCODED) if merging else ():
        staged.spellings.add(batch)
    return staged.spellings.respelt()


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
    try:
        rows = list(parquet.batches(quarantine)) if each and quarantine.exists() else []
    except pa.ArrowInvalid:
        raise UserError(f"{yaml_models.display_path(quarantine)}: is damaged: take it away, or give all exports together with "
                        "--replace.") from None
    others = np.repeat([export not in fingerprints for export in each], [counts["quarantined"] for counts in each.values()])
    table = pa.Table.from_batches(rows, QUARANTINE)
    return (table.filter(pa.array(others, pa.bool_())) if len(others) == table.num_rows else table).to_batches()


def _stage(request: _Request, folder: Path, truncated_ids: Sequence[int] = (), rounded: Sequence[int] = ()
           ) -> tuple[Staged, KeptRows]:
    """Stage the exports' rows and deduplicate them; where their ids turn out to be truncated, start again without ids.

    `truncated_ids` is then the number of such ids in each export, `rounded` that of those in the form 2.02504E+12. Where cells
    decide that the other order of day and month is right, start again with its formats.
    """
    staged = Staged(folder, pii.Scan(request.edition.year))
    for file in request.files:
        staged.begin_file()
        for table, mapping in export_files.tables_of_mapping(file, request.mapping, request.mapping_file):
            staging.stage(staged, table, mapping.with_columns(ticket_id=None) if truncated_ids else mapping, request.rules)
    staged.close()
    if (ordered := _in_one_order(request.mapping, staged)) != request.mapping:
        again = folder / "one-order"
        again.mkdir()
        return _stage(replace(request, mapping=ordered), again, truncated_ids, rounded)
    staged.file_counts[0].notes += times.check_offsets(staged.times.offsets, request.edition.timezone, staged.times.zones,
                                                       request.edition.key)
    staged.count_far()
    _check_quarantine(tally.total(staged.file_counts), request.edition)
    origins = {name: origin.columns["column"] for name, origin in request.mapping.mapped.items()}
    pii.reject(staged.scan, request.edition.key, origins)
    kept = staged.keys.deduplicate(numbered=request.mapping.equal_rows == "tickets" and not truncated_ids)
    if kept.shared_ids and not kept.truncated_ids:
        raise UserError(f"{request.edition.key}: {len(kept.kept)} rows have {kept.shared_ids} values of ticket_id "
                        f"({' '.join(origins['ticket_id'])}), which name no tickets; nothing was written: map the column of ids, "
                        "or none, so that each row is a ticket.")
    if kept.truncated_ids and not truncated_ids:
        rounded = [counts.fields_nulled[transform.ROUNDED_IDS] for counts in staged.file_counts]
        return _stage(request, folder, staged.numeric_ids, rounded)
    for counts, ids, others in zip(staged.file_counts, truncated_ids, rounded, strict=False):
        counts.fields_nulled += Counter({_TRUNCATED_IDS: ids, transform.ROUNDED_IDS: others})
    staged.count_duplicates(kept)
    return staged, kept


def _in_one_order(mapping: mappings.Mapping, staged: Staged) -> mappings.Mapping:
    """Return the mapping without formats of the order of day and month that the cells of a column rule out.

    Raises UserError where cells can be read in two ways and nothing decides.
    """
    origins = {}
    for name, counted in staged.times.orders.items():
        order, formats = times.decided_order(name, counted, staged.times.examples[name]), mapping.times[name].formats
        if order and any(times.day_order(form) not in (order, None) for form in formats):
            right = [form for form in formats if times.day_order(form) in (order, None)]
            origins[name] = mapping.times[name].model_copy(update={"formats": right})
    return mapping.with_columns(**origins) if origins else mapping


class _NoRowOfYearError(UserError):
    """No row of the exports is of the edition's year; nothing was written."""


def _check_quarantine(counts: IngestCounts, edition: editions.Edition) -> None:
    """Raise UserError with the commonest reasons where too few rows became tickets."""
    of_year = counts.read - counts.other_years.total()
    if counts.read and not of_year:
        years = ", ".join(f"{rows} of {year}" for year, rows in sorted(counts.other_years.items()))
        raise _NoRowOfYearError(f"{edition.key}: none of {counts.read} rows is of {edition.year}, nothing was written: compare "
                                f"the export with --year. Its rows: {years}.")
    if of_year == counts.quarantined:
        raise UserError(f"{edition.key}: none of {of_year} rows can become a ticket, nothing was written: "
                         f"compare the export with --year and the mapping.{counts.top_reasons()}")
    if counts.quarantined > edition.quarantine_limit * of_year:
        raise UserError(f"{edition.key}: {counts.quarantined} of {of_year} rows cannot become tickets, more "
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


def _is_empty(unlisted: pd.DataFrame | None) -> bool:
    return unlisted is None or unlisted.empty


def _write_unknown_names(request: _Request, unlisted: pd.DataFrame, file: Path, counts: IngestCounts) -> None:
    """Write the CSV of names that the crosswalk does not know, and note their number."""
    with atomic_write(file, private=True) as temporary:
        guarded_table(unlisted).to_csv(temporary, index=False, encoding="utf-8-sig")
    place = yaml_models.display_path(paths.unlisted(request.edition.key))
    for column, unknown in unlisted.groupby("column", sort=False):
        counts.notes.append(
            f"not in the crosswalk, kept as they are: {len(unknown)} names of {column} in {unknown['rows'].sum()} rows, "
            f"{unknown['suggestions'].notna().sum()} with a suggestion, in {place}")


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
        chosen = _editions(options.city, options.year)
        if options.table and len(chosen) > 1:
            parser.error("--table holds the tickets of one year: give one --year")
        edition = chosen[0]
        if options.table:
            count = external_table.register_table(edition, options.engine, options.table, options.replace)
            print(f"{edition.label}: {count} tickets stay in {options.table}")
        else:
            _ingest_years(options, chosen)
        return 0

    return errors.run_command(run, interrupted="interrupted; the tickets are as they were.")


def _editions(city: str, years: list[str]) -> list[Edition]:
    """Return the editions of the years, all of the city's where `years` has `all`."""
    if "all" in years:
        known = sorted(year for other, year in editions.known() if other == city)
        return [editions.read(city, year) for year in known] or [editions.read(city, 0)]
    return [editions.read(city, int(year)) for year in dict.fromkeys(years)]


def _ingest_years(options: argparse.Namespace, chosen: list[Edition]) -> None:
    """Ingest the exports into each edition, one after another, each atomically, and print the counts.

    Editions of `all` years of which there is no row stay as they are. Raises UserError where there is none of any.
    """
    filled, missing = 0, []
    for edition in chosen:
        try:
            print(*ingest(options.files, edition, options.mapping, options.replace).lines(edition.key), sep="\n")
            filled += 1
        except _NoRowOfYearError as error:
            if "all" not in options.year:
                raise
            missing.append(error)
    if missing and not filled:
        raise missing[-1]


def _year(text: str) -> str:
    if text != "all" and not re.fullmatch(r"\d{4}", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no year: write 2020, or all")
    return text


def _show(options: argparse.Namespace) -> int:
    """Print the rows or rules behind the counts of the editions' tickets."""
    for edition in _editions(options.city, options.year):
        print(*show.lines(edition, options.show, options.reason), sep="\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m helpers.ingest", description="Ingest exports into tickets, or register a "
                                     "table of a warehouse as tickets.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE",
                        help="exports: CSV, XLSX or Parquet; plain or packed (.gz, .zip)")
    parser.add_argument("--city", required=True, help="a city that has an edition, such as beijing-water")
    parser.add_argument("--year", required=True, type=_year, action="append",
                        help="the year in which the tickets were received; several times, or all, for exports of several years")
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
