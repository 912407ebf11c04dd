"""The printed document: executed notebooks and texts by people in the order of the outline, as numbered blocks."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from nbformat import NotebookNode

from helpers.analysis import units
from helpers.analysis.dimensions import DIMENSIONS, OTHERS
from helpers.analysis.units import UNIT
from helpers.document import blocks as block_types
from helpers.document import cover, edition_rules, glossary, notebook_blocks, repetition
from helpers.document.blocks import Absence, Block, Column, Entity, Exhibit, Failure, Heading, List, Paragraph, Quote, Run
from helpers.document.numbering import numbered
from helpers.settings import fonts, labels, paths, script
from helpers.settings.editions import Edition, Letterhead, NumberRules
from helpers.settings.outline import Chapter, Sections
from helpers.settings.periods import Period


@dataclass(frozen=True)
class Entry:
    """A heading of the outline, and the notebook that prints below it.

    `level` is 1 for a chapter; `title` is None where the notebook's own ## headings have that level. `notebook` is
    the stem of the file in notebooks/ (None: only a heading), `stem` that of its outputs (`03-district-01-东城区`).
    `entity` holds the parameters of a section: {district: 东城区}. A chapter of words alone has a stem, no notebook.
    """

    level: int
    title: str | None
    kind: Literal["heading", "chapter", "section", "appendix", "front"]
    notebook: str | None = None
    stem: str | None = None
    entity: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SectionContent:
    """The content of an entry after the run. `notebook` is the executed one, None for a heading and where nothing ran.

    `status` is that of run.json: done, skipped (reused), stale, failed, absent; a heading is done. `reason` is one sentence,
    empty unless stale, failed or absent. The traceback of a failed one is taken from its notebook. `words` is the text that
    people have written for it, as blocks that are printed first. `entity` are the parameters of a section; `name` is what an
    absent one is called that has no title.
    """

    stem: str | None
    notebook: NotebookNode | None
    status: Literal["done", "skipped", "stale", "failed", "absent"]
    title: str | None
    level: int
    reason: str = ""
    kind: Literal["heading", "chapter", "section", "appendix", "front"] = "chapter"
    words: Sequence[Block] = ()
    entity: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Document:
    """A numbered document. `cover` is empty for a chapter or notebook alone, which has no cover and no contents.

    `data` is `simulated`, `export`, or empty for a foreign notebook; `data_words` is the sentence that says so. `date` is
    that of the data, never the clock's; None leaves it out. `blocks` are numbered and in printed order. `numbers` are the
    edition's rules of printing numbers, None for a notebook alone. `author` is whose report it is. `fonts` are the paths of
    the edition's own fonts; `system_fonts`: its drawings may use those of the machine, too, as there is no PDF of it.
    `files` are the names of its files in the same folder by format: {pdf: report.pdf}. `one_page`: its figures may shrink
    more, so that it fits on one; `dense`: so do the rows of its tables; `run_on`: no chapter starts a page. `issuer`, `issued`
    and `letterhead` are what an official document names of its office (署名, 成文日期, 版头, 版记), None where it is not known.
    """

    title: str
    subtitle: str
    cover: tuple[str, ...]
    data: Literal["simulated", "export", ""]
    data_words: str
    language: str
    blocks: list[Block] = field(default_factory=list)
    date: datetime.date | None = None
    numbers: NumberRules | None = None
    fonts: tuple[str, ...] = ()
    system_fonts: bool = False
    one_page: bool = False
    dense: bool = False
    run_on: bool = False
    issuer: str | None = None
    issued: datetime.date | None = None
    letterhead: Letterhead | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    author: str = ""


_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def outline(edition: Edition, entities: Callable[[Sections], Sequence[Mapping[str, str]]]) -> list[Entry]:
    """Return an edition's headings in printed order; `entities` gives the parameters of each section: {district: 东城区}.

    The parameters {others: district} are those of the notebook that lists the entities without a section.
    """
    chapters = sorted(edition.chapters, key=lambda chapter: not chapter.front)  # wherever the edition names it
    return [entry for chapter in chapters for entry in _entries(chapter, 1, entities)]


def _entries(chapter: Chapter, level: int, entities: Callable[[Sections], Sequence[Mapping[str, str]]]) -> Iterator[Entry]:
    kind = "appendix" if chapter.appendix else "front" if chapter.front else "chapter" if chapter.notebook else "heading"
    yield Entry(level, chapter.title, kind, chapter.notebook, _stem(chapter.notebook) or chapter.narrative)
    if chapter.sections:
        below, notebook = chapter.sections.level or level + 1, chapter.sections.notebook
        for number, entity in enumerate(entities(chapter.sections), start=1):
            if OTHERS in entity:
                title = f"{'其余' if number > 1 else ''}各{labels.column(entity[OTHERS])}"
                stem = f"{_stem(notebook)}-{OTHERS}"
                yield Entry(below, title, "section", chapter.sections.others, stem, entity)
                continue
            name, place = _named(entity), f"{number:02}-" if UNIT not in entity else ""
            own = entity[UNIT].replace("/", "-") if UNIT in entity else [*entity.values()][-1]
            stem = f"{_stem(notebook)}-{place}{_UNSAFE.sub('_', own).rstrip('. ')}"
            yield Entry(below, name, "section", notebook, stem, entity)
    for part in chapter.parts:
        yield from _entries(part, level + 1, entities)


def _named(entity: Mapping[str, str]) -> str:
    """Return what a section's entity is called in print."""
    if UNIT in entity:
        return units.parse(entity[UNIT]).printed
    dimension, name = [*entity.items()][-1]
    return labels.value(dimension, name)


def _stem(notebook: str | None) -> str | None:
    """Return the stem of a notebook's outputs: without the folder of a product."""
    return notebook and notebook.rpartition("/")[2]


def assemble(edition: Edition, period: Period, base: Period | None, results: Sequence[SectionContent],
             facts: Mapping[str, str], moved: Sequence[Block] = (), first: Sequence[Block] = ()) -> Document:
    """Return the whole report from its sections in outline order; `facts` is the metadata of the tickets' file.

    `moved` is the appendix on changes since an earlier run, `first` are blocks before the first section.
    """
    locale = labels.locale(edition.language)
    write = _writer(edition, results)
    blocks, without = _without_bare_headings([block for result in _present(results) for block in _printed(result)])
    absent = [*(block for result in results if _is_absent(result) for block in _output(result, 2)), *without]
    blocks += [Heading(1, locale["method"], appendix=True), *([Heading(2, locale["left_out"]), *absent] if absent else []),
               *cover.origin(edition, facts, locale), *_methods(results)]
    said = [_in_script(_local(block, edition, write), write) for block in blocks]
    rules = edition_rules.table(edition, locale["rules"], write)
    blocks = [*first, *said, Heading(2, locale["rules"]), rules, *moved,
              *_glossary(said, locale["glossary"], edition.city, write)]
    return Document(edition.title, period.words, cover.lines(edition, period, base, facts, locale), facts["data"],
                    cover.data_words(edition, facts, locale), edition.language, numbered(blocks, locale, headings=True),
                    cover.day_after(period), edition.numbers, fonts.files(edition), issuer=edition.issuer, issued=edition.issued,
                    letterhead=edition.letterhead, author=edition.issuer or edition.hotline_of_place())


def links(edition: Edition, files: Sequence[tuple[str, Mapping[str, str], Path]]) -> list[Block]:
    """Return a heading for each level of units, and below it links to the sheets: their names, entities and relative paths."""
    found: dict[str, list[Run]] = {}
    for name, entity, file in files:
        level = units.parse(entity[UNIT]).level
        found.setdefault(level, []).append(Run(name, href=quote(file.as_posix())))
    write = script.writer(edition.language, edition.own_words)
    heading = [Heading(1, labels.locale(edition.language)["apart"], front=True)] if found else []
    return [*heading, *(block for level, runs in found.items() for block in (
        Heading(2, write(labels.value("unit_level", level)), front=True),
        Paragraph([part for run in runs for part in (Run("\u3000"), run)][1:])))]


def short(edition: Edition, period: Period, base: Period | None, results: Sequence[SectionContent],
          facts: Mapping[str, str]) -> Document:
    """Return a product of a few pages from its sections: no cover, no contents, of appendices only the notes on method."""
    locale, write = labels.locale(edition.language), _writer(edition, results)
    every = [block for result in results if result.notebook for block in notebook_blocks.method(result.notebook)]
    notes = [note for place, note in enumerate(every) if note not in every[:place]]  # sections of one notebook have the same
    blocks = [block for result in results for block in _printed(result)]
    blocks += [Heading(1, locale["method"]), *notes] if notes else []
    mark = f"　{locale['internal']}" if edition.audience == "internal" else ""
    return Document(edition.title, f"{period.words}{mark}", (), facts["data"], cover.data_words(edition, facts, locale),
                    edition.language,
                    numbered([_in_script(_local(block, edition, write), write) for block in blocks], locale, headings=True),
                    cover.day_after(period), edition.numbers, fonts.files(edition), run_on=True,
                    author=edition.issuer or edition.hotline_of_place())


def single(edition: Edition, period: Period, base: Period | None, result: SectionContent, facts: Mapping[str, str]) -> Document:
    """Return one chapter or section as a document of its own (`chapters/<stem>.pdf`): no cover, no contents.

    The title of a section names the period and the entity: 2020年朝阳区诉求办理情况.
    """
    locale = labels.locale(edition.language)
    title = result.title or (notebook_blocks.title(result.notebook) if result.notebook else "") or result.stem
    entity = _entity(result)
    if entity:
        own = result.notebook.metadata.get("hotline", {}).get("piece") if result.notebook else None
        words = own or locale.get(f"piece_{UNIT if UNIT in result.entity else entity.dimension}", locale["piece"])
        title = words.format(period=period.words, name=title)
    body = _body(result, 1)
    method = notebook_blocks.method(result.notebook) if result.notebook else []
    write = _writer(edition, [result])
    blocks = [_in_script(_local(block, edition, write), write)
              for block in body + ([Heading(1, locale["method"]), *method] if method else [])]
    blocks = _in_front(blocks) if result.kind == "front" else blocks
    mark = f"　{locale['internal']}" if edition.audience == "internal" else ""
    return Document(title, f"{edition.title} {period.words}{mark}", (), facts["data"], cover.data_words(edition, facts, locale),
                    edition.language, numbered(blocks, locale, headings=True), cover.day_after(period), edition.numbers,
                    fonts.files(edition), one_page=entity is not None or result.kind == "front", dense=entity is not None,
                    author=edition.issuer or edition.hotline_of_place())


def of_notebook(notebook: NotebookNode, inputs: bool = True, language: str = "zh-Hans") -> Document:
    """Return any executed notebook as a document of its own. Code shows in foreign ones only, and where `inputs`."""
    locale, title = labels.locale(language), notebook_blocks.title(notebook)
    if not notebook_blocks.is_chapter(notebook):
        blocks = list(notebook_blocks.any_notebook(notebook, inputs))
        first = next((block for block in blocks if isinstance(block, Heading) and block.text == title), None)
        return Document(title or "Notebook", "", (), "", "", language,
                        numbered([block for block in blocks if block is not first], locale, headings=False))
    method = notebook_blocks.method(notebook)
    blocks = [*notebook_blocks.chapter(notebook, 1), *([Heading(1, locale["method"]), *method] if method else [])]
    data = "simulated" if any(getattr(block, "data", "") == "simulated" for block in blocks) else "export"
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    title = "：".join(filter(None, [title, *(value for name, value in given.items() if name in DIMENSIONS)][:2]))
    status = cover.simulated_words(locale) if data == "simulated" else ""
    return Document(title or "Notebook", "", (), data, status, language, numbered(blocks, locale, headings=True))


def _is_absent(result: SectionContent) -> bool:
    """Return whether nothing of an entry can be printed: it is listed in the appendix on method instead of a page of its own."""
    return result.status == "absent" and not result.words


def _is_bare(result: SectionContent) -> bool:
    """Return whether an entry is a heading alone: without a notebook, or a part of a chapter whose notebook printed nothing."""
    is_part = result.kind == "chapter" and result.level > 1 and result.status in ("done", "skipped")
    return result.kind == "heading" or (is_part and not _output(result, 2))


def _present(results: Sequence[SectionContent]) -> list[SectionContent]:
    """Return the entries without those that are absent, and without headings below which nothing is printed."""
    kept: list[SectionContent] = []
    for result in reversed(results):
        empty = _is_bare(result) and not result.words and not (kept and kept[-1].level > result.level)
        if not _is_absent(result) and not empty:
            kept.append(result)
    return kept[::-1]


def _without_bare_headings(blocks: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """Return blocks without the headings below which nothing but absences is printed, and these absences."""
    kept: list[Block] = []
    absent: list[Block] = []
    below: list[Block] = []  # the absences since the last of what is kept
    for block in [*blocks, Heading(1, "")]:
        if isinstance(block, Absence):
            below.append(block)
            continue
        is_bare = bool(below)
        while is_bare and kept and isinstance(block, Heading) and isinstance(kept[-1], Heading) and block.level <= kept[-1].level:
            kept.pop()
            absent, below = absent + below, []
        kept += [*below, block]
        below = []
    return kept[:-1], absent


def _printed(result: SectionContent) -> list[Block]:
    """Return an entry's heading and content; without a title the notebook's own headings have its level."""
    entity = {} if OTHERS in result.entity else result.entity
    heading = [Heading(result.level, result.title, result.kind == "appendix", whole=result.kind == "section",
                       front=result.kind == "front", entity=entity)] if result.title else []
    blocks = heading + _body(result, result.level + 1 if result.title else result.level)
    return _in_front(blocks) if result.kind == "front" else blocks


def _in_front(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks whose headings have no numbers: they stand before the contents."""
    return [replace(block, front=True) if isinstance(block, Heading) else block for block in blocks]


def _body(result: SectionContent, level: int) -> list[Block]:
    """Return an entry's content below its heading: the text by people, then what its notebook has to add."""
    printed = repetition.without_repeated(result.words, _output(result, level))
    return [*_written(result.words, level, printed), *_with_files(printed, result.stem, _entity(result))]


def _entity(result: SectionContent) -> Entity | None:
    """Return the entity of a section with its finest dimension; None for a chapter."""
    if UNIT in result.entity:
        unit = units.parse(result.entity[UNIT])
        return Entity(unit.key, unit.printed)
    *_, found = [None, *(Entity(dimension, labels.value(dimension, name)) for dimension, name in result.entity.items()
                         if dimension != OTHERS)]
    return found


def _with_files(blocks: Sequence[Block], stem: str | None, entity: Entity | None) -> Iterator[Block]:
    """Yield a section's blocks, its figures and tables with its entity and the names of their files, unique in the section."""
    taken: set[str] = set()
    for block in blocks:
        if isinstance(block, Exhibit) and block.name is not None:
            name = paths.safe_name(block.name)
            names = (name if number == 1 else f"{name}-{number}" for number in count(1))
            unique = next(free for free in names if free.casefold() not in taken)  # some file systems take a and A as one
            taken.add(unique.casefold())
            block = replace(block, file=paths.safe_name(f"{stem}-{unique}"), entity=entity)
        yield block


def _written(text: Sequence[Block], level: int, after: Sequence[Block]) -> list[Block]:
    """Return a text by people, its first headings at `level`; as bold lines where the output after it would fall below them."""
    if after and not isinstance(after[0], Heading):
        return [notebook_blocks.bold(block) if isinstance(block, Heading) else block for block in text]
    first = min((block.level for block in text if isinstance(block, Heading)), default=level)
    return [replace(block, level=block.level - first + level) if isinstance(block, Heading) else block for block in text]


def _output(result: SectionContent, level: int) -> list[Block]:
    if result.status == "absent":
        return [Absence(result.title or result.name or result.stem, result.reason)]
    if result.status == "failed":
        return [Failure(result.title or result.stem, result.reason, notebook_blocks.traceback_tail(result.notebook))]
    note = [Quote([Paragraph([Run(result.reason, ("strong",))])])] if result.status == "stale" else []
    return [*note, *notebook_blocks.chapter(result.notebook, level)] if result.notebook else []


def _methods(results: Sequence[SectionContent]) -> list[Block]:
    """Return the notes on method of each chapter and its sections, each once."""
    chapters: dict[str, list[Block]] = {}
    name = ""
    for result in results:
        if result.kind != "section" and result.notebook:
            name = result.title or notebook_blocks.title(result.notebook) or result.stem
        if result.notebook and result.status in ("done", "skipped", "stale") and (result.words or not _is_bare(result)):
            notes = chapters.setdefault(name or result.title or result.stem, [])
            notes += [block for block in notebook_blocks.method(result.notebook) if block not in notes]
    return [block for name, notes in chapters.items() if notes for block in (Heading(2, name), *notes)]


def _writer(edition: Edition, results: Sequence[SectionContent]) -> script.Writer:
    """Return what writes the words between a notebook's outputs in the edition's script; titles by the edition and names stay."""
    return script.writer(edition.language, {*edition.own_words, *(result.title or "" for result in results)})


def _in_script(block: Block, write: script.Writer) -> Block:
    """Return a heading, a note on method or an absence in a script; outputs are in it already, texts by people stay theirs."""
    if isinstance(block, Heading):
        return replace(block, text=write(block.text))
    if isinstance(block, Paragraph) and not block.written:
        return replace(block, runs=[replace(run, text=write(run.text)) for run in block.runs])
    if isinstance(block, Absence):
        return replace(block, what=write(block.what), reason=write(block.reason))
    if isinstance(block, List):
        return replace(block, items=[[_in_script(inner, write) for inner in item] for item in block.items])
    return replace(block, blocks=[_in_script(inner, write) for inner in block.blocks]) if isinstance(block, Quote) else block


def _glossary(blocks: Sequence[Block], title: str, city: str, write: script.Writer) -> list[Block]:
    """Return the appendix that explains the terms which occur in the blocks, with the sources of a city.

    Neither the rules of the edition nor what is left out count: some are of what it does not print.
    """
    text = "\n".join(piece for block in blocks if not isinstance(block, Absence) for piece in block_types.texts(block))
    runs = [[Run(write(term.term), ("strong",)), Run(f"\u3000{write(term.definition)}"),
             *([Run(f"（{write(source)}）")] if source else [])]
            for term in glossary.occurring(text, write) for source in [term.source_for(city)]]
    return [Heading(1, title, appendix=True), *map(Paragraph, runs)] if runs else []


def _local(block: Block, edition: Edition, write: script.Writer) -> Block:
    """Return a heading, figure or table with the edition's own words for its areas: 各區, 里."""
    areas = edition.areas.model_dump()
    if isinstance(block, Heading):
        every, plain = f"各{labels.column('district')}", labels.column("subdistrict")
        text = re.sub(f"{every}(?!域)", f"各{areas['district']}", block.text).replace(plain, areas["subdistrict"])
        return replace(block, text=text)
    if isinstance(block, Exhibit):
        columns = [_local_column(column, areas, write) for column in block.grid.columns]
        entity = block.entity and block.entity._replace(
            words=areas.get(block.entity.dimension) or write(labels.column(block.entity.dimension)))
        return replace(block, grid=replace(block.grid, columns=columns), entity=entity)
    return block


def _local_column(column: Column, areas: Mapping[str, str], write: script.Writer) -> Column:
    if column.name not in areas:
        return column
    return replace(column, header=column.header.replace(write(labels.column(column.name)), areas[column.name]))
