"""The printed document: executed notebooks become numbered blocks, which `typeset` and `webpage` print."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

import yaml
from nbformat import NotebookNode

from helpers.analysis.dimensions import DIMENSIONS
from helpers.document import edition_rules, glossary, notebook_blocks
from helpers.settings import labels as dictionary
from helpers.settings import paths
from helpers.settings.editions import Chapter, Edition, Sections
from helpers.settings.periods import Period

Block = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """A line of the outline: what stands where, and which notebook makes it.

    `level` is 1 for a chapter; `title` is None where the notebook's own ## headings stand at that level. `notebook` is
    the stem of the file in notebooks/ (None: only a heading), `stem` that of its outputs (`03-district-01-东城区`).
    `entity` holds the parameters of a section: {district: 东城区}. A chapter of words alone has a stem, no notebook.
    """

    level: int
    title: str | None
    kind: Literal["heading", "chapter", "section", "appendix"]
    notebook: str | None = None
    stem: str | None = None
    entity: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class SectionContent:
    """What became of an entry. `notebook` is the executed one, None for a heading and where nothing ran.

    `status` is that of run.json: done, skipped (reused), failed, absent; a heading is done. `reason` is one sentence,
    empty unless failed or absent. The traceback of a failed one is taken from its notebook where that holds one. `words` are
    what people have written for it, as blocks that stand first.
    """

    stem: str | None
    notebook: NotebookNode | None
    status: Literal["done", "skipped", "failed", "absent"]
    title: str | None
    level: int
    reason: str = ""
    kind: Literal["heading", "chapter", "section", "appendix"] = "chapter"
    words: Sequence[Block] = ()


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


WORDS = yaml.safe_load(paths.LOCALE.read_text(encoding="utf-8"))
_DIGITS = "零一二三四五六七八九"
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def outline(edition: Edition, entities: Callable[[Sections], Sequence[Mapping[str, str]]]) -> list[Entry]:
    """Return an edition's headings in printed order; `entities` gives the parameters of each section: {district: 东城区}."""
    return [entry for chapter in edition.chapters for entry in _entries(chapter, 1, entities)]


def _entries(chapter: Chapter, level: int, entities: Callable[[Sections], Sequence[Mapping[str, str]]]) -> Iterator[Entry]:
    kind = "appendix" if chapter.appendix else "chapter" if chapter.notebook else "heading"
    yield Entry(level, chapter.title, kind, chapter.notebook, _stem(chapter.notebook) or chapter.narrative)
    if chapter.sections:
        below, notebook = chapter.sections.level or level + 1, chapter.sections.notebook
        for number, entity in enumerate(entities(chapter.sections), start=1):
            name = [*entity.values()][-1]
            stem = f"{_stem(notebook)}-{number:02}-{_UNSAFE.sub('_', name).rstrip('. ')}"
            yield Entry(below, name, "section", notebook, stem, entity)
    for part in chapter.parts:
        yield from _entries(part, level + 1, entities)


def _stem(notebook: str | None) -> str | None:
    """Return the stem of a notebook's outputs: without the folder of a product."""
    return notebook and notebook.rpartition("/")[2]


def assemble(edition: Edition, period: Period, base: Period | None, results: Sequence[SectionContent],
             facts: Mapping[str, str], moved: Sequence[Block] = ()) -> Document:
    """Return the whole report of results in outline order; `facts` is what the tickets' file says of itself.

    `moved` is the appendix on what moved since an earlier run.
    """
    words = WORDS[edition.language]
    blocks = [block for result in results for block in _printed(result)]
    blocks += [_heading(1, words["method"], "appendix"), *_methods(results), _heading(2, words["rules"]),
               edition_rules.table(edition, words["rules"])]
    blocks = [_local(block, edition) for block in blocks]
    blocks += [*moved, *_glossary(blocks, words["glossary"])]
    return Document(edition.title, period.words, _cover(edition, period, base, facts, words), facts["data"],
                    _data_words(facts, words), edition.language, numbered(blocks, words, headings=True), _after(period))


def single(edition: Edition, period: Period, base: Period | None, result: SectionContent, facts: Mapping[str, str]) -> Document:
    """Return one chapter or section as a document of its own (`chapters/<stem>.pdf`): no cover, no contents."""
    words = WORDS[edition.language]
    title = result.title or (notebook_blocks.title(result.notebook) if result.notebook else "") or result.stem
    body = _body(result, 1)
    method = notebook_blocks.method(result.notebook) if result.notebook else []
    blocks = [_local(block, edition) for block in body + ([_heading(1, words["method"]), *method] if method else [])]
    mark = f"　{words['internal']}" if edition.audience == "internal" else ""
    return Document(title, f"{edition.title} {period.words}{mark}", (), facts["data"], _data_words(facts, words),
                    edition.language, numbered(blocks, words, headings=True), _after(period))


def of_notebook(notebook: NotebookNode, inputs: bool = True, language: str = "zh-Hans") -> Document:
    """Return any executed notebook as a document of its own. Code shows in foreign ones only, and where `inputs`."""
    words, title = WORDS[language], notebook_blocks.title(notebook)
    if not notebook_blocks.is_chapter(notebook):
        blocks = list(notebook_blocks.any_notebook(notebook, inputs))
        first = next((block for block in blocks if block["kind"] == "heading" and block["text"] == title), None)
        return Document(title or "Notebook", "", (), "", "", language,
                        numbered([block for block in blocks if block is not first], words, headings=False))
    method = notebook_blocks.method(notebook)
    blocks = [*notebook_blocks.chapter(notebook, 1), *([_heading(1, words["method"]), *method] if method else [])]
    data = "simulated" if any(block.get("data") == "simulated" for block in blocks) else "export"
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    title = "：".join(filter(None, [title, *(value for name, value in given.items() if name in DIMENSIONS)][:2]))
    said = _data_words({"data": data}, words) if data == "simulated" else ""
    return Document(title or "Notebook", "", (), data, said, language, numbered(blocks, words, headings=True))


def _cover(edition: Edition, period: Period, base: Period | None, facts: Mapping[str, str],
           words: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines of a cover: whose report, then label：value, last what the data is."""
    said = {words["edition"]: f"{edition.place}{edition.year}年（{edition.key}）", words["period"]: _days(period)}
    said |= {words["base"]: _days(base)} if base else {}
    said |= {words["audience"]: words["internal"]} if edition.audience == "internal" else {}
    said |= {words["status"]: words["simulated"]} if facts["data"] == "simulated" else {
        words["source"]: _files(facts["source"], words), words["digest"]: facts["digest"][:16]}
    return (f"{edition.place} {edition.hotline}", *(f"{label}{words['colon']}{value}" for label, value in said.items()))


def _days(period: Period) -> str:
    """Return a period from its first day to its last: 2020年1月1日至12月31日."""
    (year, month), last = period.calendar[0], _after(period) - datetime.timedelta(days=1)
    return f"{year}年{month}月1日至{f'{last.year}年' if last.year != year else ''}{last.month}月{last.day}日"


def _files(source: str, words: Mapping[str, str]) -> str:
    """Return the names of an export's files; of more than two the first and how many they are."""
    names = source.split("; ")
    return words["and"].join(names) if len(names) <= 2 else names[0] + words["files"].format(len(names))


def _data_words(facts: Mapping[str, str], words: Mapping[str, str]) -> str:
    if facts["data"] == "export":
        return f"{words['source']}{words['colon']}{_files(facts['source'], words)}"
    return f"{words['simulated']}{words['colon']}{words['simulated_words']}"


def _after(period: Period) -> datetime.date:
    """Return the first day after a period: the date that a document bears, as the clock may not give it one."""
    return datetime.date((period.end + 1) // 12, (period.end + 1) % 12 + 1, 1)


def _heading(level: int, text: str, mark: str | None = None) -> Block:
    return {"kind": "heading", "level": level, "text": text, "mark": mark}


def _printed(result: SectionContent) -> list[Block]:
    """Return an entry's heading and what stands below it; without a title the notebook's own stand at its level."""
    mark = "appendix" if result.kind == "appendix" else None
    heading = [_heading(result.level, result.title, mark)] if result.title else []
    return heading + _body(result, result.level + 1 if result.title else result.level)


def _body(result: SectionContent, level: int) -> list[Block]:
    """Return what stands below an entry's heading: what people have written, then what its notebook made."""
    made = _made(result, level)
    return [*_written(result.words, level, made), *made]


def _written(words: Sequence[Block], level: int, after: Sequence[Block]) -> list[Block]:
    """Return what people have written, its first headings at `level`; bold lines where what comes after would fall below them."""
    if after and after[0]["kind"] != "heading":
        return [notebook_blocks.bold(block) if block["kind"] == "heading" else block for block in words]
    first = min((block["level"] for block in words if block["kind"] == "heading"), default=level)
    return [block | {"level": block["level"] - first + level} if block["kind"] == "heading" else block for block in words]


def _made(result: SectionContent, level: int) -> list[Block]:
    if result.status == "absent":
        return [notebook_blocks.absence(result.title or result.stem, result.reason)]
    if result.status == "failed":
        return [
            notebook_blocks.failure_block(
                result.title or result.stem, result.reason, notebook_blocks.traceback_tail(result.notebook)
            )
        ]
    return notebook_blocks.chapter(result.notebook, level) if result.notebook else []


def _methods(results: Sequence[SectionContent]) -> list[Block]:
    """Return the notes on method: for each chapter its own, and those of its sections, each once."""
    chapters: dict[str, list[Block]] = {}
    name = ""
    for result in results:
        if result.kind != "section" and result.notebook:
            name = result.title or notebook_blocks.title(result.notebook) or result.stem
        if result.notebook and result.status in ("done", "skipped"):
            said = chapters.setdefault(name or result.title or result.stem, [])
            said += [block for block in notebook_blocks.method(result.notebook) if block not in said]
    return [block for name, said in chapters.items() if said for block in (_heading(2, name), *said)]


def _glossary(blocks: Sequence[Block], title: str) -> list[Block]:
    """Return the appendix that explains the terms which stand in the blocks."""
    terms = glossary.occurring("\n".join(_texts(list(blocks))))
    said = [[(one.term, ["strong"]), (f"\u3000{one.definition}", []), (f"（{one.source}）" if one.source else "", [])]
            for one in terms]
    paragraphs = [{"kind": "paragraph", "inline": [{"text": text, "style": style, "href": None} for text, style in runs if text]}
                  for runs in said]
    return [_heading(1, title, "appendix"), *paragraphs] if paragraphs else []


def _texts(value: Any) -> Iterator[str]:
    """Yield all that a block says in print: of a figure only its caption and what it shows, not its drawing."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key in ("text", "caption", "segments", "inline", "what", "reason", "table", "columns", "words", "rows", "items"):
            yield from _texts(value.get(key))
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _local(block: Block, edition: Edition) -> Block:
    """Return a heading or a table with the edition's own words for its areas: 各區, 里."""
    local = edition.areas.model_dump()
    if block["kind"] == "heading":
        every, plain = f"各{dictionary.column('district')}", dictionary.column("subdistrict")
        text = re.sub(f"{every}(?!域)", f"各{local['district']}", block["text"]).replace(plain, local["subdistrict"])
        return block | {"text": text}
    if block["kind"] == "figure":
        return block | {"table": block["table"] | _heads(block["table"], local)}
    return block | _heads(block, local) if block["kind"] == "table" else block


def _heads(table: Mapping[str, Any], local: Mapping[str, str]) -> dict[str, Any]:
    """Return the columns of a table, those that hold areas headed by their local words."""
    return {"columns": [column | {"words": column["words"].replace(dictionary.column(column["name"]), local[column["name"]])}
                        if column.get("name") in local else column for column in table["columns"]]}


def numbered(blocks: Sequence[Block], words: Mapping[str, str], headings: bool) -> list[Block]:
    """Return blocks with figures and tables numbered through (图1, 表1), and headings in order, all with ids for links.

    No heading's level is more than one below the one before. Where `headings`, they are numbered 一、 （一） 1. （1）;
    an appendix is 附录, or 附录一, 附录二 where there are several. A paragraph of prose refers to what follows it.
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
    return [_referring(block, ordered[place + 1:], words) for place, block in enumerate(ordered)]


def _referring(block: Block, after: Sequence[Block], words: Mapping[str, str]) -> Block:
    """Return prose with references, before the full stop of its end, to the figures and tables between it and the next words.

    A reference is a segment whose `ref` is the id of what it names.
    """
    shown = list(takewhile(lambda one: one["kind"] in ("figure", "table", "absence"), after)) if block["kind"] == "prose" else []
    shown = [one for one in shown if one.get("id")]
    if not shown or not block["segments"]:
        return block
    *before, last = block["segments"]
    said, stop = (last["text"][:-1], "。") if last["text"].endswith("。") else (last["text"], "")
    opening, closing = ("，" + words["see"], stop) if said.endswith("）") else ("（" + words["see"], "）" + stop)
    named = [{"text": words[one["kind"]] + str(one["number"]), "value": None, "ref": one["id"]} for one in shown]
    listed = [part for one in named for part in ({"text": words["and"], "value": None}, one)][1:]
    return block | {"segments": [*before, last | {"text": said}, {"text": opening, "value": None}, *listed,
                                 {"text": closing, "value": None}]}


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
