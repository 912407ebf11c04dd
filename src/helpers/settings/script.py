"""Write Chinese in an edition's script: sentences are composed in simplified characters, an edition may print traditional ones.

OpenCC converts by phrases for Taiwan, since one simplified character stands for several (里 is 里 or 裡); `data/scripts/` has the
words that an office there uses. Names stay as exported, in whichever script.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise

from helpers.settings import paths, yaml_models

Writer = Callable[[str], str]

_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKS = re.compile(r'(?<= data-marks=")[^"]*')
_TEXT_NODE = re.compile(r">([^<>]*[\u3400-\u9fff][^<>]*)<")


def writer(language: str, names: Iterable[str] = ()) -> Writer:
    """Return a function that writes a text in a language's script (`zh-Hans`, `zh-Hant`), all but these names."""
    if language != "zh-Hant":
        return _as_it_is
    kept = sorted({name for name in names if name and _HAN.search(name)}, key=lambda name: (-len(name), name))
    if not kept:
        return _traditional
    places = re.compile("|".join(map(re.escape, kept)))

    def write(text: str) -> str:
        ends = [(0, 0), *(match.span() for match in places.finditer(text)), (len(text), len(text))]
        return "".join(text[start:end] + _traditional(text[end:following])
                       for (start, end), (following, _) in pairwise(ends))

    return write


def drawing(write: Writer, svg: str) -> str:
    """Return a drawing with the words between its tags, and those of its values, written anew."""
    if write is _as_it_is:
        return svg
    return _MARKS.sub(lambda match: write(match[0]), _TEXT_NODE.sub(lambda match: f">{write(match[1])}<", svg))


def _as_it_is(text: str) -> str:
    return text


def _traditional(text: str) -> str:
    if not _HAN.search(text):
        return text
    convert, house, places = _conversion()
    return places.sub(lambda match: house[match[0]], convert(text))


@cache
def _conversion() -> tuple[Writer, dict[str, str], re.Pattern]:
    import opencc  # 7 MB of tables, for editions in traditional characters alone

    house = yaml_models.read_yaml(paths.script("zh-Hant"))["words"]
    return opencc.OpenCC("s2tw").convert, house, re.compile("|".join(map(re.escape, sorted(house, key=len, reverse=True))))
