"""What readers take away: the report on paper and on screen, each chapter alone, and every printed table as a CSV.

Where a year's report was published, also the rows of the reconciliation: UTF-8 without a mark, as the published files.

A part (the report, or a chapter with its tables) is written again only where what it is made of has changed.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from helpers import cells, chapters, document, editions, paths, reconciliation, record, store, typeset, webpage
from helpers.document import Result
from helpers.editions import Edition
from helpers.periods import Period

REPORT, RECONCILIATION = "report", "reconciliation"
_MANAGED = ("notebooks", "chapters", "tables", "logs")


@dataclass(frozen=True)
class Press:
    """Where and of what outputs are made; `facts` are those of the tickets, `base` is None where no tickets are."""

    folder: Path
    edition: Edition
    period: Period
    base: Period | None
    facts: Mapping[str, str]


def csvs(notebook: NotebookNode) -> dict[str, bytes]:
    """Return every table and figure of an executed notebook as a CSV, by its name, which is unique in the notebook.

    Columns: `data` (simulated or export), then those of the table under the names of the contract; values unrounded, in
    printed order, empty where missing. UTF-8 with a mark, so that Excel opens it.
    """
    found: dict[str, bytes] = {}
    for payload in _payloads(notebook):
        name = paths.safe(payload["name"])
        unique = next(one for number in range(1, len(found) + 2)
                      if (one := name if number == 1 else f"{name}-{number}") not in found)
        found[unique] = _csv(payload)
    return found


def _payloads(notebook: NotebookNode) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    payloads = [output["data"][cells.PAYLOAD] for output in outputs if cells.PAYLOAD in output.get("data", {})]
    return [payload for payload in payloads if payload["kind"] in ("figure", "table")]


def _csv(payload: Mapping[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["data", *(column["name"] for column in payload["table"]["columns"])])
    writer.writerows([payload["data"], *row] for row in payload["table"]["rows"])
    return text.getvalue().encode("utf-8-sig")


def publish(press: Press, results: Sequence[Result], previous: Mapping[str, Any], jobs: int) -> dict[str, Any]:
    """Write what is missing or has changed, and return each part.

    A part has its `key`, its `files` with their SHA-256, and `replaced`: how many characters the fonts lack. Raises
    what a writer raises; files that were there before stay whole.
    """
    grounds = [record.package(), record.versions(), press.edition.model_dump(mode="json"), press.period.name,
               press.base and press.base.name, dict(press.facts)]
    printed = [one for one in results if one.notebook is not None and one.status in ("done", "skipped")]
    keys = {REPORT: _key(grounds, results)} | {one.stem: _key(grounds, [one]) for one in printed}
    makers = {REPORT: lambda: _report(press, results)}
    makers |= {one.stem: lambda one=one: _chapter(press, one) for one in printed}
    if reconciliation.possible(press.edition, press.period):
        makers[RECONCILIATION] = lambda: _reconciliation(press)
        keys[RECONCILIATION] = _key([*grounds, _both_years(press.edition)], [])
    kept = {name: part for name, part in previous.get("parts", {}).items()
            if keys.get(name) == part["key"] and _intact(press.folder, part["files"])}
    with futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        made = {name: pool.submit(_write, press.folder, make) for name, make in makers.items() if name not in kept}
    return {name: kept.get(name) or {"key": keys[name]} | made[name].result() for name in makers}


def _both_years(edition: Edition) -> dict[str, Any]:
    """Return what a reconciliation is made of: the edition's year and the year before, with which a report compares."""
    years = [year for year in (edition.year - 1, edition.year) if (edition.city, year) in editions.known()]
    return record.grounds(edition.city, years)


def _key(grounds: Sequence[Any], results: Iterable[Result]) -> str:
    """Return what a part is made of, as one hash; that a notebook was reused makes no difference."""
    parts = [[one.stem, one.title, one.level, one.kind, one.reason, one.status.replace("skipped", "done"),
              one.notebook and record.digest(json.dumps(one.notebook, sort_keys=True).encode())] for one in results]
    return record.digest(json.dumps([*grounds, parts], ensure_ascii=False, sort_keys=True).encode())


def _intact(folder: Path, files: Mapping[str, str]) -> bool:
    return all(record.of_file(folder / name) == digest for name, digest in files.items())


def _report(press: Press, results: Sequence[Result]) -> tuple[dict[Path, bytes], int]:
    whole = document.assemble(press.edition, press.period, press.base, results, press.facts)
    pdf, replaced = typeset.pdf(whole)
    return {paths.report(press.folder): pdf, paths.page(press.folder): webpage.html(whole).encode()}, replaced


def _reconciliation(press: Press) -> tuple[dict[Path, bytes], int]:
    reconciled = reconciliation.reconcile(chapters.open(press.edition.city, press.edition.year))
    rows = {"": reconciled.figures, "rankings": reconciled.rankings, "claims": reconciled.claims}
    return {paths.reconciliation(press.folder, name): one.to_csv(index=False, lineterminator="\n").encode()
            for name, one in rows.items()}, 0


def _chapter(press: Press, result: Result) -> tuple[dict[Path, bytes], int]:
    alone = document.single(press.edition, press.period, press.base, result, press.facts)
    pdf, replaced = typeset.pdf(alone)
    tables = {paths.table(press.folder, paths.safe(f"{result.stem}-{name}")): contents
              for name, contents in csvs(result.notebook).items()}
    return tables | {paths.printed(press.folder, result.stem, "pdf"): pdf,
                     paths.printed(press.folder, result.stem, "html"): webpage.html(alone).encode()}, replaced


def _write(folder: Path, make: Any) -> dict[str, Any]:
    files, replaced = make()
    for file, contents in files.items():
        with store.replacing(file) as beside:
            beside.write_bytes(contents)
    return {"files": {file.relative_to(folder).as_posix(): record.digest(contents) for file, contents in files.items()},
            "replaced": replaced}


def sweep(folder: Path, expected: Iterable[Path]) -> list[Path]:
    """Remove from the folders that a run writes whatever it does not expect there, and return what was removed."""
    wanted = set(expected)
    present = [file for name in _MANAGED for file in sorted((folder / name).glob("*")) if file.is_file()]
    stale = [file for file in present if file not in wanted]
    for file in stale:
        file.unlink()
    return stale
