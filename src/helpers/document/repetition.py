"""Leave out what a text by people has said already: its numbers are the same as those of the sentence that follows it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from helpers.document.blocks import Block, Paragraph, Prose, Run
from helpers.writing.citations import Number

_OF_IT = "其中，"


def without_repeated(text: Sequence[Block], printed: Sequence[Block]) -> list[Block]:
    """Return a notebook's blocks without the sentences of its first paragraph that give no number but those of the text above.

    `text` is what people wrote for the section, printed before the blocks. A sentence that gives no number stays; a paragraph
    of which no sentence is left goes. 其中 goes from the sentence after one that is left out.
    """
    given = [run.number for block in text if isinstance(block, Paragraph) for run in block.runs if run.number]
    place = next((place for place, block in enumerate(printed) if isinstance(block, Prose)), None)
    if place is None or not given:
        return [*printed]
    paragraph = printed[place]
    kept: list[Run] = []
    is_left_out = False
    for sentence in _sentences(paragraph.runs):
        before, is_left_out = is_left_out, _is_given(sentence, given)
        if not is_left_out:
            kept += [replace(sentence[0], text=sentence[0].text.removeprefix(_OF_IT)), *sentence[1:]] if before else sentence
    return [*printed[:place], *([replace(paragraph, runs=kept)] if kept else []), *printed[place + 1:]]


def _sentences(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Yield the runs of each sentence; one that no full stop ends is the last."""
    sentence: list[Run] = []
    for run in runs:
        sentence.append(run)
        if run.number is None and run.text.endswith("。"):
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _is_given(sentence: Sequence[Run], given: Sequence[Number]) -> bool:
    numbers = [run.number for run in sentence if run.number]
    return bool(numbers) and all(any(_is_same(number, other) for other in given) for number in numbers)


def _is_same(number: Number, other: Number) -> bool:
    """Return whether two numbers are one: the same value of the same column, rows and period, wherever they are cited.

    A number without a table, such as a count of names, is of nothing that could be compared.
    """
    same = ("value", "table", "column", "where", "period")
    return bool(number.table) and all(getattr(number, name) == getattr(other, name) for name in same)
