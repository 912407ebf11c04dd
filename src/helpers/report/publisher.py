"""What readers take away: the report on paper, on screen, for Word and as a workbook, each chapter alone, every table and figure.

A part (the report on paper, on screen with its workbook and checklist, for Word, or a chapter with its tables and figures) is
written again only where what it is made of has changed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from helpers.document import document
from helpers.document.document import Block, Document, SectionContent
from helpers.publish import checklist, csv_tables, docx, html, pdf, png, xlsx
from helpers.report import fingerprints
from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.files import atomic_write
from helpers.settings.periods import Period

REPORT, PAPER, WORD = "report", "paper", "word"
_MANAGED = ("notebooks", "chapters", "tables", "figures", "logs")


class CountedPart(NamedTuple):
    """A part that is no document: what it is made of, as one hash, and what makes its files."""

    key: str
    files: Callable[[], dict[Path, bytes]]


class ChapterFiles(NamedTuple):
    """A chapter as a document of its own, its tables and figures by the names of their files, its drawings as PNGs."""

    document: Document
    named: Mapping[str, Block]
    drawn: Sequence[bytes]


@dataclass(frozen=True)
class Publisher:
    """A year's documents in the making: a chapter's as soon as its notebook has ended, the report's once all have.

    `base` is None where it has no tickets, `facts` are those of the year's, `previous` is the `run.json` of the folder before
    this run. Threads of `pool` do the work.
    """

    folder: Path
    edition: Edition
    period: Period
    base: Period | None
    facts: Mapping[str, str]
    grounds: Mapping[str, Any]
    previous: Mapping[str, Any]
    pool: futures.Executor
    begun: dict[str, tuple[futures.Future[ChapterFiles], futures.Future[dict[str, Any]] | None]] = field(default_factory=dict)
    counting: dict[str, futures.Future[dict[str, Any]]] = field(default_factory=dict)

    def count(self, name: str, rows: CountedPart) -> None:
        """Begin with a part that waits for no notebook, where it is not as it should be."""
        if not self.standing(name, rows.key):
            self.counting[name] = self._write(lambda: (rows.files(), 0))

    def chapter(self, stem: str, run: Mapping[str, Any], load: Callable[[], SectionContent]) -> None:
        """Begin with the documents of a chapter, where they are not as they should be; `run` is as in `run.json`."""
        key = fingerprints.document_keys(run, self.grounds)[stem]
        if not self.standing(stem, key):
            self._begin(stem, load, wanted=True)

    def publish(
        self,
        run: Mapping[str, Any],
        loads: Mapping[str, Callable[[], SectionContent]],
        order: Callable[[], Sequence[SectionContent]],
        moved: Sequence[Block] = (),
        others: Mapping[str, CountedPart] | None = None,
    ) -> dict[str, Any]:
        """Write what is missing or has changed, and return each part; `loads` has what is printed alone, `order` all of it.

        A part has its `key`, its `files` with their SHA-256, `replaced`, how many characters the fonts lack, and when it was
        `started` and `ended`. `moved` is an appendix, `others` are parts that are made otherwise. Raises what a writer
        raises; files that were there before stay whole.
        """
        others = others or {}
        wanted = document_keys(run, self.grounds) | {name: rows.key for name, rows in others.items()}
        parts = {name: self.standing(name, key) for name, key in wanted.items()}
        lost = {name for name, part in parts.items() if part is None}
        made: dict[str, futures.Future[dict[str, Any]]] = {}
        for name in lost & others.keys():
            if name not in self.counting:
                self.count(name, others[name])
            made[name] = self.counting[name]
        if asked := lost & _WHOLE.keys():
            whole = self.pool.submit(lambda: document.assemble(self.edition, self.period, self.base, order(), self.facts, moved))
        for stem, load in loads.items():
            if asked or stem in lost:
                self._begin(stem, load, wanted=stem in lost)
        alone = {stem: self.begun[stem][0] for stem in loads if stem in self.begun}
        made |= {name: self._write(lambda make=make: make(self, whole.result(), [one.result() for one in alone.values()]))
                 for name, make in _WHOLE.items() if name in asked}
        made |= {stem: self.begun[stem][1] for stem in loads if stem in lost}
        return {name: parts[name] or {"key": key} | made[name].result() for name, key in wanted.items()}

    def standing(self, name: str, key: str) -> dict[str, Any] | None:
        """Return a part of the previous run where it was made of the same and its files are as they were written."""
        part = self.previous.get("parts", {}).get(name)
        return part if part and part["key"] == key and not fingerprints.altered_files(self.folder, part["files"]) else None

    def _begin(self, stem: str, load: Callable[[], SectionContent], wanted: bool) -> None:
        """Let a chapter's document be made, and where `wanted` its files, unless that has begun."""
        alone, written = self.begun.get(stem, (None, None))
        alone = alone or self.pool.submit(lambda: _alone(self, load()))
        if wanted and not written:  # later in the pool's queue than what it waits for, so none waits for ever
            written = self._write(lambda: _chapter(self, stem, alone.result()))
        self.begun[stem] = alone, written

    def _write(self, make: Callable[[], tuple[dict[Path, bytes], int]]) -> futures.Future[dict[str, Any]]:
        return self.pool.submit(_written, self.folder, make)


def document_keys(run: Mapping[str, Any], grounds: Mapping[str, Any]) -> dict[str, str]:
    """Return what each document of a run is made of, as one hash, by its name in `run.json`."""
    found = fingerprints.document_keys(run, grounds)
    return found | dict.fromkeys(_WHOLE, found[REPORT])


def _paper(press: Publisher, whole: Document, alone: Sequence[ChapterFiles]) -> tuple[dict[Path, bytes], int]:
    printed, replaced = pdf.render(whole)
    return {paths.report(press.folder): printed}, replaced


def _report(press: Publisher, whole: Document, alone: Sequence[ChapterFiles]) -> tuple[dict[Path, bytes], int]:
    tables = {f"{name}.csv": block for one in alone for name, block in one.named.items()}
    return {paths.page(press.folder): html.render(whole).encode(),
            paths.workbook(press.folder): xlsx.render(whole, press.edition.numbers),
            paths.checklist(press.folder): checklist.render(whole),
            paths.dictionary(press.folder): csv_tables.dictionary(tables, press.edition.language)}, 0


def _word(press: Publisher, whole: Document, alone: Sequence[ChapterFiles]) -> tuple[dict[Path, bytes], int]:
    """Return the report for Word: the drawings of its chapters are the report's, in the same order."""
    return {paths.word(press.folder): docx.render(whole, [png for one in alone for png in one.drawn])}, 0


_WHOLE = {PAPER: _paper, REPORT: _report, WORD: _word}  # the longest first: Typst works while Python does the others


def _alone(press: Publisher, result: SectionContent) -> ChapterFiles:
    alone = document.single(press.edition, press.period, press.base, result, press.facts)
    named = {paths.safe_name(f"{result.stem}-{name}"): block for name, block in csv_tables.named(alone).items()}
    return ChapterFiles(alone, named, png.figure_pngs(alone))


def _chapter(press: Publisher, stem: str, alone: ChapterFiles) -> tuple[dict[Path, bytes], int]:
    printed, replaced = pdf.render(alone.document)
    drawn = [name for name, block in alone.named.items() if block["kind"] == "figure"]
    drawings = png.pngs(alone.document, f"{press.edition.place} {press.edition.hotline}　{press.period.words}")
    files = {paths.chapter_document(press.folder, stem, "pdf"): printed,
             paths.chapter_document(press.folder, stem, "html"): html.render(alone.document).encode(),
             paths.chapter_document(press.folder, stem, "docx"): docx.render(alone.document, alone.drawn)}
    files |= {paths.table(press.folder, name): csv_tables.table(block) for name, block in alone.named.items()}
    return files | {paths.figure(press.folder, name): png for name, png in zip(drawn, drawings, strict=True)}, replaced


def _written(folder: Path, make: Callable[[], tuple[dict[Path, bytes], int]]) -> dict[str, Any]:
    started = fingerprints.now()
    files, replaced = make()
    return {"files": {file.relative_to(folder).as_posix(): write_file(file, contents) for file, contents in files.items()},
            "replaced": replaced, "started": started, "ended": fingerprints.now()}


def write_file(file: Path, contents: bytes) -> str:
    """Put a file in its place whole, and return its SHA-256."""
    with atomic_write(file) as beside:
        beside.write_bytes(contents)
    return fingerprints.hash_bytes(contents)


def remove_stale(folder: Path, expected: Iterable[Path]) -> list[Path]:
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
