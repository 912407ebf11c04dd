"""Find numbers typed by hand next to a subject of the measures: unlike a placeholder, they go stale unnoticed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from helpers.document.placeholders import Quote, Vocabulary

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`|\]\([^)\n]*\)|<[^>\n]*>", re.DOTALL | re.MULTILINE)
_SENTENCE = re.compile(r"[^。！？；!?\n]+")
_AMOUNT = re.compile(r"""(?<![A-Za-z\d.,_/第-])(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)\s?(?P<times>万|亿)?[余多]?
                         (?P<unit>[%％]|个百分点|个(?!月|工作日|小时|季度)|[件人次份条处家名位类项户起批天分元倍所座])?
                         """, re.VERBOSE)
_TIMES = {"万": 10_000, "亿": 100_000_000}
_HUNDREDTHS = ("%", "％", "个百分点")
_NOISE = 1e-12


class Remark(NamedTuple):
    """A line of a text, and a sentence on what to check again."""

    line: int
    text: str


def typed(source: str, placeholders: Sequence[tuple[int, int]], vocabulary: Vocabulary) -> Iterator[Remark]:
    """Yield a remark for each number typed by hand next to a placeholder, or in a sentence that names a subject of one.

    `placeholders` are the places of a text's placeholders. Numbers are digits with a unit, or with 万, a decimal point or %; a
    year, a date, an hour, and the number in a name (12345热线, 第3季度) are none. Chinese numerals are not looked at.
    """
    plain = _CODE.sub(lambda match: _blank(match[0]), source)
    for start, end in placeholders:
        plain = plain[:start] + _blank(plain[start:end]) + plain[end:]
    for sentence in _SENTENCE.finditer(plain):
        amounts = [amount for amount in _AMOUNT.finditer(sentence[0])
                   if amount["unit"] or amount["times"] or "." in amount["digits"]]
        near = [source[start:end] for start, end in placeholders if sentence.start() <= start < sentence.end()]
        if amounts and (subjects := [*near, *vocabulary.subjects(sentence[0])]):
            known = vocabulary.names_in(source[sentence.start():sentence.end()])
            for amount in amounts:
                line = source.count("\n", 0, sentence.start() + amount.start()) + 1
                yield Remark(line, f"'{amount[0]}' is typed by hand next to {subjects[0]}: {_advice(amount, known)}")


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _advice(amount: re.Match, known: Mapping[str, Quote]) -> str:
    fitting = next((name for name, quote in known.items() if _fits(amount, quote)), None)
    if fitting:
        return f"{{{{{fitting}}}}} prints it."
    return "no placeholder has this value; a figure that no ticket holds belongs in data/external/."


def _fits(amount: re.Match, quote: Quote) -> bool:
    """Tell whether a number was typed as a placeholder prints it, or is its value unrounded."""
    quoted = quote()
    printed = _AMOUNT.search(re.sub("^(上升|下降|第)", "", quoted.text))
    if not printed or not quoted.number or not isinstance(quoted.number.value, int | float):
        return False
    return _core(printed) == _core(amount) or abs(quoted.number.value - float(_size(amount))) < _NOISE


def _core(amount: re.Match) -> tuple[Decimal, str, bool]:
    """Return an amount as it is printed, whatever it counts."""
    return Decimal(amount["digits"].replace(",", "")), amount["times"] or "", amount["unit"] in _HUNDREDTHS


def _size(amount: re.Match) -> Decimal:
    number, times, hundredths = _core(amount)
    return number * _TIMES.get(times, 1) / (100 if hundredths else 1)
