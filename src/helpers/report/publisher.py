"""Render and write the parts of a report: the whole on paper, on screen and for Word; chapters with tables and figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from helpers.document import document
from helpers.document.document import Block, Document, SectionContent
from helpers.publish import checklist, csv_tables, docx, html, pdf, png, xlsx
from helpers.report import fingerprints, manifest
from helpers.report.manifest import Part
from helpers.report.plan import Plan
from helpers.settings import paths
from helpers.settings.files import atomic_write

_MANAGED = ("notebooks", "chapters", "tables", "figures", "logs")


class Rendered(NamedTuple):
    """The files of a part, by their paths, and how many characters the fonts lacked."""

    files: Mapping[Path, bytes]
    replaced: int = 0


class ChapterDocument(NamedTuple):
    """A chapter as a document of its own, its tables and figures by file name, its drawings as PNGs."""

    document: Document
    named: Mapping[str, Block]
    drawn: Sequence[bytes]


def chapter(plan: Plan, content: SectionContent) -> ChapterDocument:
    """Return a chapter or section as a document of its own."""
    alone = document.single(plan.asked.edition, plan.asked.period, plan.base, content, plan.facts)
    named = {paths.safe_name(f"{content.stem}-{name}"): block for name, block in csv_tables.named(alone).items()}
    return ChapterDocument(alone, named, png.figure_pngs(alone))


def whole(plan: Plan, contents: Sequence[SectionContent], changes: Sequence[Block]) -> Document:
    """Return the report as one document; `changes` are the blocks of an appendix."""
    return document.assemble(plan.asked.edition, plan.asked.period, plan.base, contents, plan.facts, changes)


def render_chapter(plan: Plan, stem: str, alone: ChapterDocument) -> Rendered:
    """Return a chapter's PDF, page and Word file, a CSV for each table and figure, and a PNG for each figure."""
    folder, edition = plan.asked.folder, plan.asked.edition
    printed, replaced = pdf.render(alone.document)
    drawn = [name for name, block in alone.named.items() if block["kind"] == "figure"]
    drawings = png.pngs(alone.document, f"{edition.place} {edition.hotline}　{plan.asked.period.words}")
    files = {paths.chapter_document(folder, stem, "pdf"): printed,
             paths.chapter_document(folder, stem, "html"): html.render(alone.document).encode(),
             paths.chapter_document(folder, stem, "docx"): docx.render(alone.document, alone.drawn)}
    files |= {paths.table(folder, name): csv_tables.table(block) for name, block in alone.named.items()}
    return Rendered(files | {paths.figure(folder, name): png for name, png in zip(drawn, drawings, strict=True)}, replaced)


def _paper(plan: Plan, report: Document, chapters: Sequence[ChapterDocument]) -> Rendered:
    printed, replaced = pdf.render(report)
    return Rendered({paths.report(plan.asked.folder): printed}, replaced)


def _screen(plan: Plan, report: Document, chapters: Sequence[ChapterDocument]) -> Rendered:
    """Return the page, the workbook, the checklist, and the dictionary of all columns."""
    folder, edition = plan.asked.folder, plan.asked.edition
    tables = {f"{name}.csv": block for alone in chapters for name, block in alone.named.items()}
    return Rendered({paths.page(folder): html.render(report).encode(),
                     paths.workbook(folder): xlsx.render(report, edition.numbers),
                     paths.checklist(folder): checklist.render(report),
                     paths.dictionary(folder): csv_tables.dictionary(tables, edition.language)})


def _word(plan: Plan, report: Document, chapters: Sequence[ChapterDocument]) -> Rendered:
    """Return the report for Word: the drawings of its chapters are the report's, in the same order."""
    return Rendered({paths.word(plan.asked.folder): docx.render(report, [png for alone in chapters for png in alone.drawn])})


REPORT_PARTS = {"paper": _paper, "report": _screen, "word": _word}  # the longest first: Typst works while Python does the others


def write_part(folder: Path, key: str, render: Callable[[], Rendered]) -> Part:
    """Render a part, write its files, and return its entry in the manifest. A writer's error leaves earlier files whole."""
    started = manifest.now()
    files, replaced = render()
    written = {file.relative_to(folder).as_posix(): write_file(file, contents) for file, contents in files.items()}
    return Part(key=key, files=written, replaced=replaced, started=started, ended=manifest.now())


def write_file(file: Path, contents: bytes) -> str:
    """Write a file atomically and return its SHA-256."""
    with atomic_write(file) as temporary:
        temporary.write_bytes(contents)
    return fingerprints.hash_bytes(contents)


def remove_stale(folder: Path, expected: Iterable[Path]) -> list[Path]:
    """Remove files that this run does not expect from the folders that it manages, and return them.

    A list of changes that an earlier run wrote counts among them.
    """
    wanted = set(expected)
    managed = [*(file for name in _MANAGED for file in sorted((folder / name).glob("*"))), paths.changes(folder)]
    stale = [file for file in managed if file.is_file() and file not in wanted]
    for file in stale:
        file.unlink()
    return stale
