"""Number the headings, figures and tables of a document, and refer to them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from helpers.document.blocks import Absence, Block, Exhibit, Heading, Prose, Run
from helpers.settings import numerals


def numbered(blocks: Sequence[Block], locale: Mapping[str, str], headings: bool) -> list[Block]:
    """Return blocks with figures and tables numbered through (图1, 表1), and headings in order, all with ids for links.

    No heading's level is more than one below the one before. Where `headings`, they are numbered 一、 （一） 1. （1）;
    an appendix is 附录, or 附录一, 附录二 where there are several. A paragraph of prose refers to what follows it.
    """
    appendices = sum(isinstance(block, Heading) and block.appendix for block in blocks)
    counts: dict[Any, int] = {"figure": 0, "table": 0, "heading": 0, "appendix": 0}
    level, ordered = 0, []
    for block in blocks:
        if isinstance(block, Heading):
            level = min(max(block.level, 1), level + 1)
            number = _number(block, level, counts, locale["appendix"], appendices) if headings else ""
            counts["heading"] += 1
            block = replace(block, level=level, number=number, id=f"section-{counts['heading']}")
        elif isinstance(block, Exhibit) and block.caption:
            counts[block.kind] += 1
            block = replace(block, number=counts[block.kind], id=f"{block.kind}-{counts[block.kind]}")
        ordered.append(block)
    return [_with_references(block, ordered[place + 1:], locale) for place, block in enumerate(ordered)]


def _with_references(block: Block, after: Sequence[Block], locale: Mapping[str, str]) -> Block:
    """Return prose with references, before its last full stop, to the figures and tables between it and the next text."""
    if not isinstance(block, Prose) or not block.runs:
        return block
    following = takewhile(lambda next_block: isinstance(next_block, Exhibit | Absence), after)
    exhibits = [exhibit for exhibit in following if isinstance(exhibit, Exhibit) and exhibit.id]
    if not exhibits:
        return block
    *before, last = block.runs
    text, stop = (last.text[:-1], "。") if last.text.endswith("。") else (last.text, "")
    opening, closing = ("，" + locale["see"], stop) if text.endswith("）") else ("（" + locale["see"], "）" + stop)
    references = [Run(f"{locale[exhibit.kind]}{exhibit.number}", ref=exhibit.id) for exhibit in exhibits]
    listed = [run for reference in references for run in (Run(locale["and"]), reference)][1:]
    return replace(block, runs=[*before, replace(last, text=text), Run(opening), *listed, Run(closing)])


def _number(heading: Heading, level: int, counts: dict[Any, int], appendix: str, appendices: int) -> str:
    """Return the number before a heading; `counts` is increased, and starts anew below the heading."""
    if heading.front:
        return ""
    for below in range(level + 1, 8):
        counts[below] = 0
    if heading.appendix:
        counts["appendix"] += 1
        return f"{appendix}{numerals.chinese(counts['appendix']) if appendices > 1 else ''}\u3000"
    counts[level] = counts.get(level, 0) + 1
    number = counts[level]
    forms = {1: f"{numerals.chinese(number)}、", 2: f"（{numerals.chinese(number)}）", 3: f"{number}. ", 4: f"（{number}）"}
    return forms.get(level, "")
