"""Clean words of exports, and print names that differ only in case, width, accents' form or blanks in their commonest spelling.

A word loses what nobody sees: control characters, zero-width characters, blanks around it. It keeps its case and its width; which
of several spellings is the commonest is known only when all rows are read.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import crosswalk, synonyms

COLUMNS = ("source", *crosswalk.COLUMNS)  # columns of tickets whose words are names
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff"  # but for tab and line breaks, which are blanks
_CONTROL = re.compile(f"[{_CONTROLS}]")
_UNSEEN = re.compile(f"[{_CONTROLS}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLANK = "[\u00a0\u2000-\u200a\u202f\u3000]"  # of other widths than a space, or no place for a line to end
_JOINERS = re.compile("[\u200c\u200d]")  # which some scripts need, so that they stay in print
_WIDE = re.compile("[\uff00-\uffef]+")  # full-width letters and half-width kana
_HAN = "\u3400-\u9fff"
_APART = re.compile(f"(?<=[{_HAN}]) (?=[{_HAN}])")
_MOST = 100_000  # different words of a column, beyond which its spellings are not compared
_SHOWN = 5  # other spellings of a column that the account names


def clean(text: str) -> str:
    """Return a word in Unicode's composed form, without control and zero-width characters and without blanks around it."""
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())


def plain(texts: pa.Array) -> pa.Array:
    """Return numbers and times as written, trimmed, without control and zero-width characters, each blank an ASCII one."""
    if pc.any(pc.match_substring_regex(texts, f"{_UNSEEN.pattern}|{_BLANK}")).as_py():
        texts = pc.replace_substring_regex(pc.replace_substring_regex(texts, _UNSEEN.pattern, ""), _BLANK, " ")
    return pc.utf8_trim_whitespace(texts)


def key(name: str) -> str:
    """Return what all spellings of a name share: letters of one case and width, no joiners, no blanks between Han characters."""
    folded = _WIDE.sub(lambda wide: unicodedata.normalize("NFKC", wide[0]), _JOINERS.sub("", name))
    return _APART.sub("", " ".join(unicodedata.normalize("NFC", folded).split())).casefold()


def cleaned(words: pa.DictionaryArray, column: str, mended: Counter) -> list[str]:
    """Return the dictionary of a column's words, each cleaned; count in `mended` the rows that lose control characters."""
    written = words.dictionary.to_pylist()
    broken = [place for place, word in enumerate(written) if not word.isprintable() and _CONTROL.search(word)]
    if broken:
        mended[f"control characters left out of {column}"] += rows_of(words, broken)
    return [clean(word) for word in written]


def is_total(cells: pa.Array) -> pa.Array:
    """Return a mask of cells that head a row of totals, such as 合计 or `Total: 8` (data/synonyms.yml)."""
    return pc.match_substring_regex(cells, _total()) if synonyms.read().totals else pa.array(np.zeros(len(cells), bool))


@cache
def _total() -> str:
    listed = "|".join(re.escape(word) for word in synonyms.read().totals)
    return rf"^\s*(?i:{listed})\s*[:：]?\s*[\d,.]{{0,15}}\s*[件笔條条]?(?:[（(]\w{{1,6}}[）)])?\s*$"


def rows_of(words: pa.DictionaryArray, places: list[int]) -> int:
    """Return the number of rows whose words stand at these places of the dictionary."""
    return int(np.isin(words.indices.drop_null().to_numpy(), places).sum())


@dataclass
class Spellings:
    """Rows of tickets by column and spelling, from which the commonest spelling of each name follows."""

    rows: dict[str, Counter] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the spellings of a batch; a column with more than `_MOST` different words is not compared."""
        for name in COLUMNS:
            if name in batch.schema.names and len(known := self.rows.setdefault(name, Counter())) <= _MOST:
                words = batch[name].dictionary.to_pylist()
                counts = np.bincount(batch[name].indices.drop_null().to_numpy(), minlength=len(words))
                known.update({word: count for word, count in zip(words, counts.tolist(), strict=True) if count})

    def respelt(self) -> dict[str, dict[str, str]]:
        """Return by column {spelling: commonest spelling} of the names that have several; ties go to the first by code."""
        found = {}
        for name, rows in self.rows.items():
            groups: dict[str, list[str]] = defaultdict(list)
            for word in sorted(rows, key=lambda word: (-rows[word], word)) if len(rows) <= _MOST else ():
                groups[key(word)].append(word)
            found[name] = {other: words[0] for words in groups.values() for other in words[1:]}
        return {name: others for name, others in found.items() if others}

    def mended(self) -> Counter:
        """Return by rule the rows whose spelling changes."""
        return Counter({f"another spelling of a name in {name}": sum(self.rows[name][word] for word in others)
                        for name, others in self.respelt().items()})

    def notes(self) -> list[str]:
        """Return a sentence for each column with several spellings of a name, the commonest of them shown."""
        return [f"{name}: {', '.join(f'{other!r} is printed as {common!r}' for other, common in [*others.items()][:_SHOWN])}"
                f"{f' and {len(others) - _SHOWN} more' if len(others) > _SHOWN else ''}; `spellings: kept` in the mapping keeps "
                "them."
                for name, others in self.respelt().items()]


def respell(batches: Iterable[pa.RecordBatch], respelt: dict[str, dict[str, str]]) -> Iterator[pa.RecordBatch]:
    """Yield the batches with each name in its commonest spelling, by the answer of `Spellings.respelt`."""
    for batch in batches:
        for name, others in respelt.items():
            if name in batch.schema.names and not others.keys().isdisjoint(words := batch[name].dictionary.to_pylist()):
                encoded = pa.array([others.get(word, word) for word in words], pa.string()).dictionary_encode()
                column = pa.DictionaryArray.from_arrays(encoded.indices.take(batch[name].indices), encoded.dictionary)
                batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)
        yield batch
