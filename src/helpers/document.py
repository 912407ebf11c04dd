"""The printed document: executed notebooks become numbered blocks, which `typeset` and `webpage` print."""

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml
from nbformat import NotebookNode

from helpers import cells, paths
from helpers.editions import Chapter, Edition
from helpers.periods import Period

Block = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A line of the outline: what stands where, and which notebook makes it.

    `level` is 1 for a chapter; `title` is None where the notebook's own ## headings stand at that level. `notebook` is
    the stem of the file in notebooks/ (None: only a heading), `stem` that of its outputs (`03-district-01-东城区`).
    `parameter` and `entity` are what a section is given: `district`, `东城区`.
    """

    level: int
    title: str | None
    kind: Literal["heading", "chapter", "section", "appendix"]
    notebook: str | None = None
    stem: str | None = None
    parameter: Literal["category", "district"] | None = None
    entity: str | None = None


@dataclass(frozen=True)
class Result:
    """What became of an entry. `notebook` is the executed one, None for a heading and where nothing ran.

    `status` is that of run.json: done, skipped (reused), failed, absent; a heading is done. `reason` is one sentence,
    empty unless failed or absent. The traceback of a failed one is taken from its notebook where that holds one.
    """

    stem: str | None
    notebook: NotebookNode | None
    status: Literal["done", "skipped", "failed", "absent"]
    title: str | None
    level: int
    reason: str = ""
    kind: Literal["heading", "chapter", "section", "appendix"] = "chapter"


@dataclass(frozen=True)
class Document:
    """What is printed. `cover` is empty for a stand-alone chapter or notebook, which has no cover and no contents.

    `data` is `simulated`, `export`, or empty for a foreign notebook; `data_words` is the sentence that says so. `date`
    is that of the data, never the clock's; None leaves it out. `blocks` are numbered and in printed order.
    """

    title: str
    subtitle: str
    cover: tuple[str, ...]
    data: Literal["simulated", "export", ""]
    data_words: str
    language: str
    blocks: list[Block] = field(default_factory=list)
    date: datetime.date | None = None


WORDS = yaml.safe_load((paths.TEMPLATES / "words.yml").read_text(encoding="utf-8"))
_DIGITS = "零一二三四五六七八九"
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def outline(edition: Edition, entities: Mapping[str, Sequence[str]]) -> list[Entry]:
    """Return an edition's headings in printed order; `entities` holds the names for its sections, by `each`."""
    return [entry for chapter in edition.chapters for entry in _entries(chapter, 1, entities)]


def _entries(chapter: Chapter, level: int, entities: Mapping[str, Sequence[str]]) -> Iterator[Entry]:
    kind = "appendix" if chapter.appendix else "chapter" if chapter.notebook else "heading"
    yield Entry(level, chapter.title, kind, chapter.notebook, chapter.notebook)
    if chapter.sections:
        each, notebook = chapter.sections.each, chapter.sections.notebook
        for number, entity in enumerate(entities.get(each, ()), start=1):
            stem = f"{notebook}-{number:02}-{_UNSAFE.sub('_', entity).rstrip('. ')}"
            yield Entry(chapter.sections.level or level + 1, entity, "section", notebook, stem, each, entity)
    for part in chapter.parts:
        yield from _entries(part, level + 1, entities)


def assemble(edition: Edition, period: Period, base: Period | None, results: Sequence[Result],
             facts: Mapping[str, str]) -> Document:
    """Return the whole report of results in outline order; `facts` is what the tickets' file says of itself."""
    words = WORDS[edition.language]
    status = f"{words['source']}{words['colon']}{facts['source']}" if facts["data"] == "export" else words["simulated"]
    cover = [f"{edition.place} {edition.hotline}", f"{words['period']}{words['colon']}{period.words}"]
    cover += [f"{words['base']}{words['colon']}{base.words}"] if base else []
    blocks = [block for result in results for block in _printed(result)] + _methods(results, words["method"])
    return Document(edition.title, period.words, (*cover, status), facts["data"], _data_words(facts, words),
                    edition.language, numbered(blocks, words, headings=True), _after(period))


def single(edition: Edition, period: Period, base: Period | None, result: Result, facts: Mapping[str, str]) -> Document:
    """Return one chapter or section as a document of its own (`chapters/<stem>.pdf`): no cover, no contents."""
    words = WORDS[edition.language]
    title = result.title or (cells.title(result.notebook) if result.notebook else "") or result.stem
    body = _body(result, 1)
    method = cells.method(result.notebook) if result.notebook else []
    blocks = body + ([_heading(1, words["method"]), *method] if method else [])
    return Document(title, f"{edition.title} {period.words}", (), facts["data"], _data_words(facts, words),
                    edition.language, numbered(blocks, words, headings=True), _after(period))


def of_notebook(notebook: NotebookNode, inputs: bool = True, language: str = "zh-Hans") -> Document:
    """Return any executed notebook as a document of its own. Code shows in foreign ones only, and where `inputs`."""
    words, title = WORDS[language], cells.title(notebook)
    if not cells.ours(notebook):
        blocks = list(cells.foreign(notebook, inputs))
        first = next((block for block in blocks if block["kind"] == "heading" and block["text"] == title), None)
        return Document(title or "Notebook", "", (), "", "", language,
                        numbered([block for block in blocks if block is not first], words, headings=False))
    method = cells.method(notebook)
    blocks = [*cells.chapter(notebook, 1), *([_heading(1, words["method"]), *method] if method else [])]
    data = "simulated" if any(block.get("data") == "simulated" for block in blocks) else "export"
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    title = "：".join(filter(None, [title, given.get("category") or given.get("district")]))
    said = _data_words({"data": data}, words) if data == "simulated" else ""
    return Document(title or "Notebook", "", (), data, said, language, numbered(blocks, words, headings=True))


def _data_words(facts: Mapping[str, str], words: Mapping[str, str]) -> str:
    if facts["data"] == "export":
        return f"{words['source']}{words['colon']}{facts['source']}"
    return f"{words['simulated']}{words['colon']}{words['simulated_words']}"


def _after(period: Period) -> datetime.date:
    """Return the first day after a period: the date that a document bears, as the clock may not give it one."""
    return datetime.date((period.end + 1) // 12, (period.end + 1) % 12 + 1, 1)


def _heading(level: int, text: str, mark: str | None = None) -> Block:
    return {"kind": "heading", "level": level, "text": text, "mark": mark}


def _printed(result: Result) -> list[Block]:
    """Return an entry's heading and what stands below it; without a title the notebook's own stand at its level."""
    mark = "appendix" if result.kind == "appendix" else None
    heading = [_heading(result.level, result.title, mark)] if result.title else []
    return heading + _body(result, result.level + 1 if result.title else result.level)


def _body(result: Result, level: int) -> list[Block]:
    if result.status == "absent":
        return [cells.absence(result.title or result.stem, result.reason)]
    if result.status == "failed":
        return [cells.hole(result.title or result.stem, result.reason, cells.failure(result.notebook))]
    return cells.chapter(result.notebook, level) if result.notebook else []


def _methods(results: Sequence[Result], title: str) -> list[Block]:
    """Return the appendix on method: for each chapter its notes, and those of its sections, each once."""
    chapters: dict[str, list[Block]] = {}
    name = ""
    for result in results:
        if result.kind != "section" and result.notebook:
            name = result.title or cells.title(result.notebook) or result.stem
        if result.notebook and result.status in ("done", "skipped"):
            said = chapters.setdefault(name or result.title or result.stem, [])
            said += [block for block in cells.method(result.notebook) if block not in said]
    blocks = [block for name, said in chapters.items() if said for block in (_heading(2, name), *said)]
    return [_heading(1, title, "appendix"), *blocks] if blocks else []


def numbered(blocks: Sequence[Block], words: Mapping[str, str], headings: bool) -> list[Block]:
    """Return blocks with figures and tables numbered through (图1, 表1), and headings in order, all with ids for links.

    No heading's level is more than one below the one before. Where `headings`, they are numbered 一、 （一） 1. （1）;
    an appendix is 附录, or 附录一, 附录二 where there are several.
    """
    appendices = sum(block.get("mark") == "appendix" for block in blocks)
    counts: dict[Any, int] = {"figure": 0, "table": 0, "heading": 0, "appendix": 0}
    level, ordered = 0, []
    for block in blocks:
        kind = block["kind"]
        if kind == "heading":
            level = min(max(block["level"], 1), level + 1)
            number = _number(block, level, counts, words["appendix"], appendices) if headings else ""
            counts["heading"] += 1
            block = block | {"level": level, "number": number, "id": f"section-{counts['heading']}"}
        elif kind in ("figure", "table") and block["caption"]:
            counts[kind] += 1
            block = block | {"number": counts[kind], "id": f"{kind}-{counts[kind]}"}
        ordered.append(block)
    return ordered


def _number(heading: Block, level: int, counts: dict[Any, int], appendix: str, appendices: int) -> str:
    """Return what stands before a heading; `counts` goes on, and starts anew below the heading."""
    for below in range(level + 1, 8):
        counts[below] = 0
    if heading.get("mark") == "appendix":
        counts["appendix"] += 1
        return f"{appendix}{chinese(counts['appendix']) if appendices > 1 else ''}\u3000"
    counts[level] = counts.get(level, 0) + 1
    number = counts[level]
    forms = {1: f"{chinese(number)}、", 2: f"（{chinese(number)}）", 3: f"{number}. ", 4: f"（{number}）"}
    return forms.get(level, "")


def chinese(number: int) -> str:
    """Return a number from 1 to 99 as it stands before a heading: 一, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十") + (_DIGITS[ones] if ones else "")
