"""Texts by people: `data/narrative/<city>-<year>/*.md`, a file for each section, printed first in it with figures filled in.

Markdown is read as that of any notebook, so that nothing of it becomes markup. Placeholders are replaced by tokens before and
filled in afterwards, so that no name is read as Markdown and no figure as a name.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from helpers.analysis.scope import Scope
from helpers.document import external_figures, markup_blocks, notebook_blocks, typed_numbers
from helpers.document.blocks import Block, Code, Heading, List, Paragraph, Quote, Run, Table
from helpers.document.placeholders import Vocabulary
from helpers.settings import labels, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean

_BEGIN, _END, _JOINT = "\u115f\u1160\u3164"  # letters to Markdown, nothing in print
_PLACE = re.compile(rf"\\\{{\{{|\{{\{{([^{{}}\n]*)\}}\}}|\{{\{{|[{_BEGIN}{_END}{_JOINT}]")
_TOKEN = re.compile(rf"{_BEGIN}(\d+){_END}")
_STOP = r"[\u2010-\u203f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20]"
_MARK_AT_STOP = re.compile(rf"(?<={_STOP})(?=[*_])|(?<=[*_])(?={_STOP})")  # **甲。**乙 is bold only with no stop next to its mark


@dataclass(frozen=True)
class Narrative:
    """The texts of a report: blocks by the stem of their section, and remarks on what to check again."""

    blocks: Mapping[str, list[Block]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


def read(scope: Scope, part: str, stems: Iterable[str]) -> Narrative:
    """Return all that is written for a report, with its figures; `stems` are those of its sections.

    Raises UserError, a sentence for each mistake with file and line: a file that is no section's, a placeholder that is not
    known, has no value, is not closed, or is where nothing prints; and what `external_figures.read` raises.
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
        blocks[stem] = text.blocks(labels.locale(edition.language))
        mistakes += text.mistakes
        remarks += text.remarks()
    if mistakes:
        raise UserError("\n".join(mistakes))
    return Narrative(blocks, tuple(remarks))


def written(edition: Edition, part: str) -> dict[str, Path]:
    """Return the files of a report's texts by the stems of their sections. Raises UserError where their folder is none."""
    folder = paths.narrative(edition.key, part)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{yaml_models.display_path(folder)}: is no folder: lay the texts of its sections in one of that name.")
    files = sorted(folder.glob("[!.~]*.md"))
    return {unicodedata.normalize("NFC", file.stem): file for file in files}


@dataclass(frozen=True)
class _Taken:
    """A placeholder taken out of a text: as written, the name in its braces (None: nothing to fill in), and its line."""

    raw: str
    name: str | None
    line: int


class _Text:
    """A file being read, with its placeholders and mistakes."""

    def __init__(self, file: Path, vocabulary: Vocabulary):
        self.file, self.vocabulary = file, vocabulary
        self.source = yaml_models.read_text(file)
        self.taken: list[_Taken] = []
        self.met: set[int] = set()
        self.mistakes: list[str] = []
        self.external: list[Run] = []

    def blocks(self, locale: Mapping[str, str]) -> list[Block]:
        """Return the text as blocks, its figures filled in; last, what is taken from elsewhere and from where."""
        marked = _PLACE.sub(self._take, self.source)
        found = [replace(block, written=True) if isinstance(block, Paragraph) else block
                 for block in map(self._filled, markup_blocks.from_markdown(_MARK_AT_STOP.sub(_JOINT, marked)))]
        for place, taken in enumerate(self.taken):
            if taken.name is not None and place not in self.met:
                self._mistake(taken, f"'{taken.raw}' is where nothing prints (an address, a comment): remove it.")
        return found + ([_sources(self.external, locale)] if self.external else [])

    def remarks(self) -> list[str]:
        """Return a remark for each number that was typed by hand where a placeholder could print it."""
        spans = [(match.start(), match.end()) for match in _PLACE.finditer(self.source) if match[1] is not None]
        return [f"{yaml_models.display_path(self.file)}:{remark.line}: {remark.text}"
                for remark in typed_numbers.typed(self.source, spans, self.vocabulary)]

    def _take(self, match: re.Match) -> str:
        name = match[1] if match[1] is not None else "" if match[0] == "{{" else None
        self.taken.append(_Taken(match[0], name, self.source.count("\n", 0, match.start()) + 1))
        return f"{_BEGIN}{len(self.taken) - 1}{_END}"

    def _mistake(self, taken: _Taken, mistake: str) -> None:
        self.mistakes.append(f"{yaml_models.display_path(self.file)}:{taken.line}: {mistake}")

    def _filled(self, block: Block) -> Block:
        """Return a block with its tokens replaced: in code by the placeholder as written, elsewhere by its value."""
        match block:
            case Heading():
                return replace(block, text=self._text(block.text))
            case Paragraph():
                runs = [piece for run in block.runs for piece in self._runs(run)]
                return notebook_blocks.joined_lines(replace(block, runs=runs))
            case List():
                return replace(block, items=[[self._filled(inner) for inner in item] for item in block.items])
            case Quote():
                return replace(block, blocks=[self._filled(inner) for inner in block.blocks])
            case Table():
                return self._table(block)
            case Code():
                return replace(block, text=self._raw(block.text))
        return block

    def _table(self, block: Table) -> Table:
        """Return a table whose cells print figures and hold them unrounded."""
        lines = [[[*self._pieces(cell)] for cell in row] for row in block.grid.rows]
        printed = markup_blocks.table([self._text(column.header) for column in block.grid.columns],
                                      [["".join(piece.text for piece in cell) for cell in row] for row in lines])
        values = [[_value(cell, text) for cell, text in zip(line, row, strict=True)]
                  for line, row in zip(lines, printed.grid.rows, strict=True)]
        columns = [replace(column, numeric=column.numeric or (bool(values) and _numbers(values, place)))
                   for place, column in enumerate(printed.grid.columns)]
        return replace(printed, grid=replace(printed.grid, columns=columns, values=values))

    def _runs(self, run: Run) -> Iterator[Run]:
        """Yield the pieces of a run, each placeholder in it as a run of its own."""
        if run.href and _TOKEN.search(unquote(run.href)):
            first, *others = (int(place) for place in _TOKEN.findall(unquote(run.href)))
            self._mistake(self.taken[first], f"'{self.taken[first].raw}' is in an address: only text may hold placeholders.")
            self.met.update((first, *others))
            return
        if "code" in run.style:
            yield replace(run, text=self._raw(run.text))
            return
        yield from (replace(piece, style=run.style, href=run.href) for piece in self._pieces(run.text))

    def _text(self, text: str) -> str:
        return "".join(piece.text for piece in self._pieces(text))

    def _pieces(self, text: str) -> Iterator[Run]:
        """Yield the text between placeholders, and the value of each placeholder."""
        for place, piece in enumerate(_TOKEN.split(text.replace(_JOINT, ""))):
            if place % 2:
                yield self._quoted(int(piece))
            elif piece:
                yield Run(piece)

    def _quoted(self, place: int) -> Run:
        self.met.add(place)
        taken = self.taken[place]
        if taken.name is None:
            return Run(taken.raw.removeprefix("\\"))
        try:
            if taken.raw == "{{":
                raise UserError("'{{' is not closed by '}}' on its line, or holds braces: write '\\{{' for the signs alone.")
            quoted = self.vocabulary.value(taken.name)
        except UserError as error:
            self._mistake(taken, str(error))
            return Run("")
        if quoted.number and quoted.number.source and quoted not in self.external:
            self.external.append(quoted)
        return quoted

    def _raw(self, text: str) -> str:
        """Return code as it was written."""
        self.met.update(int(place) for place in _TOKEN.findall(text))
        return _TOKEN.sub(lambda match: self.taken[int(match[1])].raw, text.replace(_JOINT, ""))


def _value(cell: list[Run], text: str) -> Any:
    """Return the value of a table's cell: the number of its one placeholder, else its text."""
    number = cell[0].number if len(cell) == 1 else None
    return text if number is None or number.value is None else number.value


def _numbers(values: Sequence[Sequence[Any]], place: int) -> bool:
    return all(isinstance(row[place], int | float) for row in values)


def _sources(external: Iterable[Run], locale: Mapping[str, str]) -> Quote:
    """Return the note that names the figures that no ticket holds, by their source."""
    by_source: dict[str, list[str]] = {}
    for quoted in external:
        by_source.setdefault(quoted.number.source, []).append(quoted.text)
    listed = "；".join(f"{'、'.join(dict.fromkeys(texts))}{locale['left']}{source}{locale['right']}"
                      for source, texts in by_source.items())
    return Quote([Paragraph([Run(locale["external"].format(listed))])])
