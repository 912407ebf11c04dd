"""Detect the encoding of a text by evidence: byte order mark, valid UTF-8, and the letters of each language (chardet).

Only words that are not ASCII are evidence, each once: an export is mostly digits and delimiters. Where two encodings explain the
words about as well, a word of data/synonyms.yml decides; else none is chosen and the candidates are named, with the kinds of
letters that each would read, never the words.
"""

import codecs
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

import chardet

from helpers.ingest import synonyms
from helpers.settings.errors import UserError

NAMES = {"gb18030": "GB18030", "big5hkscs": "Big5", "cp932": "Shift-JIS", "cp949": "EUC-KR", "cp1252": "windows-1252"}
_ASIAN = [name for name in NAMES if name != "cp1252"]
_OTHERS = {"cp1251": "windows-1251", "cp874": "windows-874"}  # searched so that they are not taken for another, and then refused
_LATIN = {"cp1252": "windows-1252", "cp1250": "windows-1250", "cp1254": "windows-1254"}
_FAMILIES = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "shift_jis": "cp932",
             "euc_kr": "cp949"}  # an encoding is read by the largest of its family
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_WORDS = 5_000  # different words that are examined
_BROKEN = 0.1  # most words that an encoding may leave unreadable, or one of several
_NEXT = 0.5  # most confidence of the second candidate, as a share of the first's …
_FEW, _NEXT_OF_FEW = 3, 0.4  # … and where there are fewer words
_LETTERS = 1.5  # ASCII letters for each other byte, and more, in European words …
_EUROPEAN = 0.8  # … of which this share have one or two such bytes between ASCII letters
_STRANGE = 0.02  # most signs of other bytes that are no letter of windows-1252 in European words
_BETWEEN = re.compile(rb"[\x00-/:;]+")  # no byte of these is part of a letter in the encodings above
_EUROPEAN_WORD = re.compile(rb"(?:[\x80-\xff]{0,2}[A-Za-z'._\-]{1,60}){1,30}[\x80-\xff]{0,2}")
_RARE = frozenset("ªºµÐðÝýÞþƒ")  # letters of windows-1252 that stand for Turkish and other letters more often
_TYPOGRAPHY = frozenset("’‘“”–—…€°«»")


@dataclass(frozen=True)
class Encoding:
    """An encoding: `name` for Python, the length of the file's byte order `mark`, `evidence` where it is not beyond doubt."""

    name: str
    mark: int = 0
    evidence: str | None = None


def detect(head: bytes, name: str) -> Encoding:
    """Return the encoding of a file by its first bytes; `name` is the file's, for the message.

    A byte order mark decides; without one, zero bytes in every second place mean UTF-16, text that is UTF-8 but for a few
    characters is UTF-8, and anything else is judged by its words. Raises UserError with the candidates where these do not decide.
    """
    if marked := _marked(head):
        return marked
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) * 20 < max(even, odd) > 4 + len(head) / 20:
        return Encoding("utf-16-le" if odd > even else "utf-16-be")
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    strange = text.count("\ufffd")
    letters = sum(not character.isascii() for character in text[:100_000]) if strange else 0
    return Encoding("utf-8") if not strange or strange * 20 < letters else _by_words(head, name)


def configured(head: bytes, encoding: str, name: str) -> Encoding:
    """Return the encoding that a mapping names; a byte order mark in the file goes before it. Raises UserError if unknown."""
    try:
        return _marked(head) or Encoding(codecs.lookup(encoding).name)
    except LookupError:
        raise UserError(f"{name}: encoding '{encoding}' is not known: write utf-8, {', '.join(_ASIAN)} or cp1252.") from None


def _marked(head: bytes) -> Encoding | None:
    return next((Encoding(name, len(mark)) for mark, name in _BOMS.items() if head.startswith(mark)), None)


def _by_words(head: bytes, name: str) -> Encoding:
    words = list(dict.fromkeys(word for word in _BETWEEN.split(head) if not word.isascii()))[:_WORDS]
    ranked = _european(words) or _asian(words)
    known = [encoding for encoding in ranked if any(word.decode(encoding, "replace") in synonyms.words() for word in words)]
    ranked = known if len(known) == 1 else ranked
    if len(ranked) == 1 and ranked[0] in NAMES:
        return Encoding(ranked[0], evidence=f"{NAMES[ranked[0]]}, by {len(words)} words that are not ASCII")
    row = head[:head.index(words[0])].count(b"\n") + 1
    seen = ", ".join(f"{(NAMES | _OTHERS | _LATIN)[encoding]} ({_masked(words[0], encoding)})" for encoding in ranked)
    raise UserError(f"{name}: its encoding cannot be told from {len(words)} words that are not ASCII; in row {row} the first is "
                    f"by {seen or 'no encoding that is known here a word'}: name `encoding` in the mapping's `format`.")


def _european(words: list[bytes]) -> list[str]:
    """Return the candidates for words of ASCII letters with few others between them; none where the words are not such."""
    other = sum(byte > 127 for word in words for byte in word)
    ascii_letters = sum(map(len, re.findall(rb"[A-Za-z]+", b"\n".join(words))))
    fitting = sum(bool(_EUROPEAN_WORD.fullmatch(word)) for word in words)
    if ascii_letters < _LETTERS * other or fitting <= _EUROPEAN * len(words):
        return []
    text = b"\n".join(words).decode("cp1252", "replace")
    strange = sum(letter > "\x7f" and (letter in _RARE or not letter.isalpha()) and letter not in _TYPOGRAPHY for letter in text)
    return ["cp1252"] if strange <= _STRANGE * other else list(_LATIN)


def _asian(words: list[bytes]) -> list[str]:
    """Return the encodings that explain the words by their letters, the likeliest first; only one where it is beyond doubt."""
    broken = {name: sum(not _reads(word, name) for word in words) for name in (*_ASIAN, *_OTHERS)}
    readable = [name for name, count in broken.items() if count <= max(len(words) > 1, _BROKEN * len(words))]
    body = b"\n".join(word for word in words if all(_reads(word, name) for name in readable))
    if not readable or not body:
        return readable
    found = chardet.detect_all(body, include_encodings=readable, no_match_encoding=readable[0], ignore_threshold=True)
    confidence: dict[str, float] = {}
    for entry in found:
        encoding = codecs.lookup(entry["encoding"]).name.replace("-", "_")
        confidence.setdefault(_FAMILIES.get(encoding, encoding), entry["confidence"])
    ranked = sorted(confidence, key=lambda encoding: (-confidence[encoding], encoding))
    most = _NEXT if len(words) >= _FEW else _NEXT_OF_FEW
    return [encoding for encoding in ranked if confidence[encoding] > most * confidence[ranked[0]]] if ranked else readable


def _reads(word: bytes, encoding: str) -> bool:
    try:
        word.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _masked(word: bytes, encoding: str) -> str:
    """Return the kinds of letters of a word by their number, as in `2 HANGUL`, without the letters."""
    kinds = Counter(unicodedata.name(letter, "UNNAMED").split()[0] for letter in word.decode(encoding, "replace"))
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())
