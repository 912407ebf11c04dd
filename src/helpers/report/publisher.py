"""Render and write the parts of a report: the whole in every format; chapters with their tables and figures."""

import datetime
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from helpers.document import document
from helpers.document.blocks import Block, Exhibit, Figure
from helpers.document.document import Document, SectionContent
from helpers.publish import csv_tables, pdf, png
from helpers.publish.formats import Format, formats
from helpers.report import fingerprints, manifest
from helpers.report.manifest import Part
from helpers.report.plan import Plan
from helpers.settings import labels, paths, products
from helpers.settings.files import atomic_write

_MANAGED = ("notebooks", "chapters", "tables", "figures", "logs")


class Rendered(NamedTuple):
    """The files of a part, by their paths, and how many characters the fonts lacked."""

    files: Mapping[Path, bytes]
    replaced: int = 0


class ChapterDocument(NamedTuple):
    """A chapter as a document of its own, and its drawings as PNGs."""

    document: Document
    pictures: Sequence[bytes]


def apart(plan: Plan, content: SectionContent) -> ChapterDocument:
    """Return a section that stands apart from the report as a document."""
    return ChapterDocument(document.single(plan.request.edition, plan.request.period, plan.base, content, plan.facts), ())


def chapter(plan: Plan, content: SectionContent) -> ChapterDocument:
    """Return a chapter or section as a document of its own."""
    folder, stem = plan.request.folder, content.stem
    files = {kind.name: paths.chapter_document(folder, stem, kind.ending).name for kind in _offered(plan) if kind.by_chapter}
    alone = replace(document.single(plan.request.edition, plan.request.period, plan.base, content, plan.facts),
                    system_fonts="pdf" in plan.refused, files=files)
    return ChapterDocument(alone, png.figure_pngs(alone))


def whole(plan: Plan, contents: Sequence[SectionContent], changes: Sequence[Block]) -> Document:
    """Return the report as one document; `changes` are the blocks of an appendix.

    Before it come links to the files of the sections that stand apart, where there are any.
    """
    request = plan.request
    files = {task.entry.stem: task.file for task in plan.tasks if task.file}
    contents = [content for content in contents if content.stem not in files]
    listed = document.links(request.edition, [(task.entry.title, task.entry.entity, task.file.relative_to(request.folder))
                                              for task in plan.tasks if task.file])
    if products.read(request.product).short:
        assembled = document.short(request.edition, request.period, plan.base, contents, plan.facts)
    else:
        assembled = document.assemble(request.edition, request.period, plan.base, contents, plan.facts, changes, listed)
    return replace(assembled, files={kind.name: kind.file(plan.request.folder).name for kind in _offered(plan)})


def tables(plan: Plan, contents: Sequence[SectionContent]) -> Document:
    """Return the report with the sections that stand apart, for its workbook."""
    return document.assemble(plan.request.edition, plan.request.period, plan.base, contents, plan.facts)


def _offered(plan: Plan) -> list[Format]:
    """Return the formats in which a document is there beside its HTML."""
    return [kind for kind in formats() if kind.name not in (*plan.refused, "html")]


def render_apart(alone: ChapterDocument, file: Path) -> Rendered:
    """Return a section that stands apart from the report: a PDF alone, since the workbook has its tables."""
    contents, replaced = pdf.render(alone.document)
    return Rendered({file: contents}, replaced)


def render_chapter(plan: Plan, stem: str, alone: ChapterDocument, *, front: bool = False) -> Rendered:
    """Return a chapter in every format that chapters have, a CSV for each table and figure, and pictures of each figure.

    What is in `front` of the report is the summary, too: its PDF has that name besides its own.
    """
    folder, edition = plan.request.folder, plan.request.edition
    rendered = {paths.chapter_document(folder, stem, kind.ending): kind.render(alone.document, alone.pictures)
                for kind in formats() if kind.by_chapter and kind.name not in plan.refused}
    exhibits = [block for block in alone.document.blocks if isinstance(block, Exhibit) and block.file]
    figures = [exhibit for exhibit in exhibits if isinstance(exhibit, Figure)]
    drawings = png.files(alone.document, f"{edition.hotline_of_place(' ')}　{plan.request.period.words}", _source(plan))
    files = {file: contents for file, (contents, _) in rendered.items()}
    summary = paths.chapter_document(folder, stem, "pdf")
    files |= {paths.summary(folder): files[summary]} if front and summary in files else {}
    files |= {paths.table(folder, exhibit.file): csv_tables.table(exhibit) for exhibit in exhibits if exhibit.grid.columns}
    files |= {paths.figure(folder, figure.file, ending): contents for figure, drawn in zip(figures, drawings, strict=True)
              for ending, contents in drawn.items()}
    return Rendered(files, sum(replaced for _, replaced in rendered.values()))


def _source(plan: Plan) -> str:
    """Return the source of a figure by name: who publishes it, and in which report."""
    edition, locale = plan.request.edition, labels.locale(plan.request.edition.language)
    return locale["cited"].format(who=edition.issuer or edition.hotline_of_place(), title=edition.title,
                                  period=plan.request.period.words)


def render_report(plan: Plan, kind: Format, report: Document, chapters: Sequence[ChapterDocument]) -> Rendered:
    """Return the report in one format; the drawings of its chapters are the report's, in the same order."""
    contents, replaced = kind.render(report, [drawing for chapter in chapters for drawing in chapter.pictures])
    return Rendered({kind.file(plan.request.folder): contents}, replaced)


def write_part(folder: Path, key: str, render: Callable[[], Rendered]) -> Part:
    """Render a part, write its files, and return its entry in the manifest. A writer's error leaves earlier files whole."""
    started, began = datetime.datetime.now().astimezone(), time.monotonic()
    files, replaced = render()
    written = {file.relative_to(folder).as_posix(): write_file(file, contents) for file, contents in files.items()}
    return Part(key=key, files=written, replaced=replaced, started=manifest.timestamp(started),
                ended=manifest.ended(started, began))


def write_file(file: Path, contents: bytes) -> str:
    """Write a file atomically and return its SHA-256."""
    with atomic_write(file) as temporary:
        temporary.write_bytes(contents)
    return fingerprints.hash_bytes(contents)


def remove_stale(folder: Path, expected: Iterable[Path]) -> list[Path]:
    """Remove files that this run does not expect from the folders that it manages, and return them.

    A list of changes and a document that an earlier run wrote count among them.
    """
    wanted = set(expected)
    own = [folder / name for name in (*_MANAGED, "units") if not (folder / name).is_symlink()]  # else they are somebody else's
    managed = [*(file for place in own for file in sorted(place.glob("*/*" if place.name == "units" else "*"))),
               paths.changes(folder), paths.summary(folder),
               *(kind.file(folder) for kind in formats())]
    stale = [file for file in managed if file.is_file() and file not in wanted]
    for file in stale:
        file.unlink()
    return stale
