"""Words by people: `data/narrative/<city>-<year>/*.md`, one file a section, printed first in it with figures filled in.

Markdown is read as any foreign words are, so nothing of it is ever markup. Placeholders are taken out before and put in after, so
that no name is read as Markdown and no figure as a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from helpers.analysis.scope import Scope
from helpers.document import external_figures, markup_blocks, notebook_blocks, typed_numbers
from helpers.document.document import WORDS, Block
from helpers.document.placeholders import Quoted, Vocabulary
from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean

_BEGIN, _END, _JOINT = "\u115f\u1160\u3164"  # letters to Markdown, nothing in print
_PLACE = re.compile(rf"\\\{{\{{|\{{\{{([^{{}}\n]*)\}}\}}|\{{\{{|[{_BEGIN}{_END}{_JOINT}]")
_HELD = re.compile(rf"{_BEGIN}(\d+){_END}")
_STOP = r"[\u2010-\u203f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]"
_BESIDE = re.compile(rf"(?<={_STOP})(?=[*_])|(?<=[*_])(?={_STOP})")  # **甲。**乙 is bold only with no stop beside its mark


@dataclass(frozen=True)
class Narrative:
    """What people have written for a report: blocks by the stem of their section, and what is to be looked at again."""

    blocks: Mapping[str, list[Block]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read(scope: Scope, part: str, stems: Iterable[str]) -> Narrative:
    """Return all that is written for a report, with its figures; `stems` are those of its sections.

    Raises KnownError, a sentence for each mistake with file and line: a file that is no section's, a placeholder that is not
    known, has no value, is not closed, or stands where nothing prints; and what `external_figures.read` raises.
    """
    edition = scope.edition
    files = written(edition, part)
    if not files:
        return Narrative()
    vocabulary = Vocabulary(scope, external_figures.read(edition, part))
    stems, mistakes, blocks, remarks = [*stems], [], {}, []
    for stem, file in files.items():
        text = _Text(file, vocabulary)
        if stem not in stems:
            mistakes.append(f"{yaml_models.display_path(file)} is no section of this report.{did_you_mean(stem, stems)}")
        blocks[stem] = text.blocks(WORDS[edition.language])
        mistakes += text.mistakes
        remarks += text.remarks()
    if mistakes:
        raise UserError("\n".join(mistakes))
    return Narrative(blocks, tuple(remarks))


def written(edition: Edition, part: str) -> dict[str, Path]:
    """Return the files of a report's texts by the stems of their sections."""
    files = sorted(paths.narrative(edition.key, part).glob("[!.~]*.md"))
    return {unicodedata.normalize("NFC", file.stem): file for file in files}


@dataclass(frozen=True)
class _Held:
    """What was taken out of a text: as it was written, the name in its braces (None: nothing to fill in), and its line."""

    raw: str
    name: str | None
    line: int


class _Text:
    """A file being read: what was taken out of it, and what is wrong with it."""

    def __init__(self, file: Path, vocabulary: Vocabulary):
        self.file, self.vocabulary = file, vocabulary
        try:
            self.source = file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise UserError(f"{yaml_models.display_path(file)}: not readable as UTF-8: save it in that encoding.") from None
        self.held: list[_Held] = []
        self.met: set[int] = set()
        self.mistakes: list[str] = []
        self.foreign: list[Quoted] = []

    def blocks(self, words: Mapping[str, str]) -> list[Block]:
        """Return the text as blocks, its figures filled in; last, what is taken from elsewhere and from where."""
        marked = _PLACE.sub(self._take, self.source)
        found = [self._filled(block) | {"written": True} for block in markup_blocks.from_markdown(_BESIDE.sub(_JOINT, marked))]
        for place, held in enumerate(self.held):
            if held.name is not None and place not in self.met:
                self._mistake(held, f"'{held.raw}' stands where nothing prints (an address, a comment): take it away.")
        return found + ([_sources(self.foreign, words)] if self.foreign else [])

    def remarks(self) -> list[str]:
        """Return what is to be looked at again: numbers that were typed by hand where a placeholder could stand."""
        spans = [(match.start(), match.end()) for match in _PLACE.finditer(self.source) if match[1] is not None]
        return [f"{yaml_models.display_path(self.file)}:{one.line}: {one.said}"
                for one in typed_numbers.typed(self.source, spans, self.vocabulary)]

    def _take(self, match: re.Match) -> str:
        name = match[1] if match[1] is not None else "" if match[0] == "{{" else None
        self.held.append(_Held(match[0], name, self.source.count("\n", 0, match.start()) + 1))
        return f"{_BEGIN}{len(self.held) - 1}{_END}"

    def _mistake(self, held: _Held, said: str) -> None:
        self.mistakes.append(f"{yaml_models.display_path(self.file)}:{held.line}: {said}")

    def _filled(self, block: Block) -> Block:
        """Return a block with what was taken out put in again, in code as it was written, elsewhere as what it stands for."""
        kind = block["kind"]
        if kind == "heading":
            return block | {"text": self._words(block["text"]), "mark": None}
        if kind == "paragraph":
            return notebook_blocks.joined_lines(block | {"inline": [run for one in block["inline"] for run in self._runs(one)]})
        if kind == "list":
            return block | {"items": [[self._filled(one) for one in item] for item in block["items"]]}
        if kind == "quote":
            return block | {"blocks": [self._filled(one) for one in block["blocks"]]}
        if kind == "table":
            return self._table(block)
        return block | {"text": self._raw(block["text"])} if kind == "code" else block

    def _table(self, block: Block) -> Block:
        """Return a table whose cells print figures and hold them unrounded."""
        lines = [[[*self._pieces(cell)] for cell in row] for row in block["rows"]]
        printed = markup_blocks.table([self._words(column["words"]) for column in block["columns"]],
                               [["".join(piece["text"] for piece in cell) for cell in row] for row in lines])
        values = [[_value(cell, said) for cell, said in zip(line, row, strict=True)]
                  for line, row in zip(lines, printed["rows"], strict=True)]
        numeric = [all(isinstance(value, int | float) for value in column) for column in zip(*values, strict=True)]
        columns = [column | {"numeric": column["numeric"] or (bool(values) and numbers)}
                   for column, numbers in zip(printed["columns"], numeric or [False] * len(printed["columns"]), strict=True)]
        return printed | {"columns": columns, "values": values}

    def _runs(self, run: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the pieces of a run of words; that of a figure knows it as a piece of prose does."""
        if run["href"] and _HELD.search(unquote(run["href"])):
            first, *others = (int(one) for one in _HELD.findall(unquote(run["href"])))
            self._mistake(self.held[first], f"'{self.held[first].raw}' stands in an address: only text holds placeholders.")
            self.met.update((first, *others))
            return
        if "code" in run["style"]:
            yield run | {"text": self._raw(run["text"])}
            return
        yield from ({"style": run["style"], "href": run["href"]} | piece for piece in self._pieces(run["text"]))

    def _words(self, text: str) -> str:
        return "".join(piece["text"] for piece in self._pieces(text))

    def _pieces(self, text: str) -> Iterator[Quoted]:
        """Yield a text's words, and what stands for each placeholder in it."""
        for place, piece in enumerate(_HELD.split(text.replace(_JOINT, ""))):
            if place % 2:
                yield self._quoted(int(piece))
            elif piece:
                yield {"text": piece, "value": None}

    def _quoted(self, place: int) -> Quoted:
        self.met.add(place)
        held = self.held[place]
        if held.name is None:
            return {"text": held.raw.removeprefix("\\"), "value": None}
        try:
            if held.raw == "{{":
                raise UserError("'{{' is not closed by '}}' on its line, or holds braces: write '\\{{' for the signs alone.")
            quoted = self.vocabulary.value(held.name)
        except UserError as error:
            self._mistake(held, str(error))
            return {"text": "", "value": None}
        if "source" in quoted and quoted not in self.foreign:
            self.foreign.append(quoted)
        return quoted

    def _raw(self, text: str) -> str:
        """Return code as it was written."""
        self.met.update(int(one) for one in _HELD.findall(text))
        return _HELD.sub(lambda match: self.held[int(match[1])].raw, text.replace(_JOINT, ""))


def _value(cell: list[Quoted], said: str) -> Any:
    """Return what a cell of a table holds: the number of its one placeholder, else its words."""
    return cell[0]["value"] if len(cell) == 1 and cell[0]["value"] is not None else said


def _sources(foreign: Iterable[Quoted], words: Mapping[str, str]) -> Block:
    """Return the note that says which figures no ticket holds, by where they are taken from."""
    by_source: dict[str, list[str]] = {}
    for quoted in foreign:
        by_source.setdefault(quoted["source"], []).append(quoted["text"])
    listed = "；".join(f"{'、'.join(dict.fromkeys(texts))}{words['left']}{source}{words['right']}"
                      for source, texts in by_source.items())
    note = {"text": words["external"].format(listed), "style": [], "href": None, "value": None}
    return {"kind": "quote", "blocks": [{"kind": "paragraph", "inline": [note]}]}
