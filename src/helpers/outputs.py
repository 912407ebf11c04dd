"""What readers take away: the report on paper, on screen, for Word and as a workbook, each chapter alone, every table and figure.

Where a year's report was published, also the rows of the reconciliation: UTF-8 without a mark, as the published files.

A part (the report with workbook and checklist, its Word file, or a chapter with its tables and figures) is written again only
where what it is made of has changed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from helpers import (
    chapters,
    checklist,
    csvs,
    document,
    editions,
    paths,
    pictures,
    reconciliation,
    record,
    store,
    typeset,
    webpage,
    wordfile,
    workbook,
)
from helpers.changes.listing import Listing
from helpers.document import Block, Document, Result
from helpers.editions import Edition
from helpers.periods import Period

REPORT, WORD, RECONCILIATION, CHANGES = "report", "word", "reconciliation", "changes"
_MANAGED = ("notebooks", "chapters", "tables", "figures", "logs")


@dataclass(frozen=True)
class Press:
    """Where and of what outputs are made; `facts` are those of the tickets, `base` is None where no tickets are.

    `listing` is what moved since an earlier run, None where that is not asked.
    """

    folder: Path
    edition: Edition
    period: Period
    base: Period | None
    facts: Mapping[str, str]
    listing: Listing | None = None


class Alone(NamedTuple):
    """A chapter as a document of its own, its tables and figures by the names of their files, its drawings as PNGs."""

    document: Document
    named: Mapping[str, Block]
    drawn: Sequence[bytes]


def publish(press: Press, results: Sequence[Result], previous: Mapping[str, Any], jobs: int) -> dict[str, Any]:
    """Write what is missing or has changed, and return each part.

    A part has its `key`, its `files` with their SHA-256, and `replaced`: how many characters the fonts lack. Raises
    what a writer raises; files that were there before stay whole.
    """
    grounds = [record.package(), record.versions(), press.edition.model_dump(mode="json"), press.period.name,
               press.base and press.base.name, dict(press.facts)]
    printed = _executed(results)
    listing = press.listing
    moved = listing.blocks if listing else []
    keys = dict.fromkeys((REPORT, WORD), _key([*grounds, *moved], results)) | {one.stem: _key(grounds, [one]) for one in printed}
    if reconciliation.possible(press.edition, press.period):
        keys[RECONCILIATION] = _key([*grounds, _both_years(press.edition)], [])
    if listing:
        keys[CHANGES] = record.digest(listing.text.encode())
    kept = {name: part for name, part in previous.get("parts", {}).items()
            if keys.get(name) == part["key"] and _intact(press.folder, part["files"])}
    lost = keys.keys() - kept.keys()
    with futures.ThreadPoolExecutor(max(1, jobs)) as pool:  # what parts wait for goes first, so that none waits for ever
        whole = pool.submit(_whole, press, results) if lost & {REPORT, WORD} else None
        alone = {one.stem: pool.submit(_alone, press, one) for one in printed if whole or one.stem in lost}
        makers = {REPORT: lambda: _report(press, whole.result(), [one.result() for one in alone.values()]),
                  RECONCILIATION: lambda: _reconciliation(press),  # early: it is Python's work, beside which Typst can do its own
                  WORD: lambda: _word(press, whole.result(), [one.result() for one in alone.values()])}
        makers |= {CHANGES: lambda: ({paths.changes(press.folder): listing.text.encode()}, 0)}
        makers |= {stem: lambda stem=stem, one=one: _chapter(press, stem, one.result()) for stem, one in alone.items()}
        made = {name: pool.submit(_write, press.folder, make) for name, make in makers.items() if name in lost}
    return {name: kept.get(name) or {"key": keys[name]} | made[name].result() for name in keys}


def _both_years(edition: Edition) -> dict[str, Any]:
    """Return what a reconciliation is made of: the edition's year and the year before, with which a report compares."""
    years = [year for year in (edition.year - 1, edition.year) if (edition.city, year) in editions.known()]
    return record.grounds(edition.city, years)


def _key(grounds: Sequence[Any], results: Iterable[Result]) -> str:
    """Return what a part is made of, as one hash; that a notebook was reused makes no difference."""
    parts = [[one.stem, one.title, one.level, one.kind, one.reason, one.status.replace("skipped", "done"),
              one.notebook and record.digest(json.dumps(one.notebook, sort_keys=True).encode()), [*one.words]] for one in results]
    return record.digest(json.dumps([*grounds, parts], ensure_ascii=False, sort_keys=True).encode())


def _intact(folder: Path, files: Mapping[str, str]) -> bool:
    return all(record.of_file(folder / name) == digest for name, digest in files.items())


def _whole(press: Press, results: Sequence[Result]) -> Document:
    moved = press.listing.blocks if press.listing else ()
    return document.assemble(press.edition, press.period, press.base, results, press.facts, moved)


def _report(press: Press, whole: Document, alone: Sequence[Alone]) -> tuple[dict[Path, bytes], int]:
    pdf, replaced = typeset.pdf(whole)
    tables = {f"{name}.csv": block for one in alone for name, block in one.named.items()}
    return {paths.report(press.folder): pdf, paths.page(press.folder): webpage.html(whole).encode(),
            paths.workbook(press.folder): workbook.xlsx(whole, press.edition.numbers),
            paths.checklist(press.folder): checklist.xlsx(whole),
            paths.dictionary(press.folder): csvs.dictionary(tables, press.edition.language)}, replaced


def _word(press: Press, whole: Document, alone: Sequence[Alone]) -> tuple[dict[Path, bytes], int]:
    """Return the report for Word: the drawings of its chapters are the report's, in the same order."""
    return {paths.word(press.folder): wordfile.docx(whole, [png for one in alone for png in one.drawn])}, 0


def _executed(results: Iterable[Result]) -> list[Result]:
    """Return what has documents of its own: the notebooks that ran to their end, and chapters of words alone."""
    return [one for one in results if (one.notebook is not None or one.words) and one.status in ("done", "skipped")]


def _alone(press: Press, result: Result) -> Alone:
    alone = document.single(press.edition, press.period, press.base, result, press.facts)
    named = {paths.safe(f"{result.stem}-{name}"): block for name, block in csvs.named(alone).items()}
    return Alone(alone, named, pictures.drawn(alone))


def _reconciliation(press: Press) -> tuple[dict[Path, bytes], int]:
    reconciled = reconciliation.reconcile(chapters.open(press.edition.city, press.edition.year))
    rows = {"": reconciled.figures, "rankings": reconciled.rankings, "claims": reconciled.claims}
    return {paths.reconciliation(press.folder, name): one.to_csv(index=False, lineterminator="\n").encode()
            for name, one in rows.items()}, 0


def _chapter(press: Press, stem: str, alone: Alone) -> tuple[dict[Path, bytes], int]:
    pdf, replaced = typeset.pdf(alone.document)
    drawn = [name for name, block in alone.named.items() if block["kind"] == "figure"]
    drawings = pictures.pngs(alone.document, f"{press.edition.place} {press.edition.hotline}　{press.period.words}")
    files = {paths.printed(press.folder, stem, "pdf"): pdf,
             paths.printed(press.folder, stem, "html"): webpage.html(alone.document).encode(),
             paths.printed(press.folder, stem, "docx"): wordfile.docx(alone.document, alone.drawn)}
    files |= {paths.table(press.folder, name): csvs.table(block) for name, block in alone.named.items()}
    return files | {paths.figure(press.folder, name): png for name, png in zip(drawn, drawings, strict=True)}, replaced


def _write(folder: Path, make: Any) -> dict[str, Any]:
    files, replaced = make()
    for file, contents in files.items():
        with store.replacing(file) as beside:
            beside.write_bytes(contents)
    return {"files": {file.relative_to(folder).as_posix(): record.digest(contents) for file, contents in files.items()},
            "replaced": replaced}


def sweep(folder: Path, expected: Iterable[Path]) -> list[Path]:
    """Remove from the folders that a run writes whatever it does not expect there, and return what was removed.

    So goes a list of what moved that was made for another run.
    """
    wanted = set(expected)
    managed = [*(file for name in _MANAGED for file in sorted((folder / name).glob("*"))), paths.changes(folder)]
    present = [file for file in managed if file.is_file()]
    stale = [file for file in present if file not in wanted]
    for file in stale:
        file.unlink()
    return stale
