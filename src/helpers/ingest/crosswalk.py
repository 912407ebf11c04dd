"""Names of places, owners and categories: variants of one name become one, by a file; what it does not know stays and is listed.

A name is known within another (a subdistrict within its district): 八里庄街道 of two districts stays two.
"""

import csv
import difflib
import re
import unicodedata
from collections import Counter, defaultdict
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import Field, ValidationError, model_validator

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.yaml_models import StrictModel

COLUMNS = ("district", "subdistrict", "community", "owner", "category", "subcategory", "topic")
LISTED = ("column", "within", "name", "rows", "suggestions")
_NEAR = 0.5  # similarity from which a known name is suggested, 0 to 1
_SHORTER = 0.6  # an abbreviation has this share of a name's characters or more
_SUGGESTED = 500  # names, the commonest first, for which one is looked for
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")

Column = Literal[COLUMNS]


class Known(StrictModel):
    """The names that there are: a column of a CSV file below data/reference/, rows without one passed over."""

    file: str
    column: str


class Names(StrictModel):
    """How one column's names are brought together. A name within another is written `朝阳区/三间房地区`.

    `names` says what a variant is called (null: unknown), within one or, without `/`, anywhere. `endings` are lists of endings
    that say the same: a name that differs from one known by these alone is that one, where it is the only one. `prefixed` names
    may have the one that they lie in before them (朝阳区三间房地区). `alike` looks for variants of a name among the export's own.
    """

    within: Column | None = None
    known: Known | list[str] = Field(default=[])
    names: dict[str, str | None] = Field(default={})
    endings: list[list[str]] = Field(default=[])
    prefixed: bool = False
    alike: bool = False

    @model_validator(mode="after")
    def _prefixed_within(self):
        if self.prefixed and self.within is None:
            raise ValueError("prefixed needs within, the column whose name stands before")
        return self


class Crosswalk(StrictModel):
    """Where the names are from; whether digits and letters are written half-width, without blanks inside; each column's."""

    source: str = Field(min_length=1)
    fold: bool = False
    columns: dict[Column, Names]

    @cached_property
    def books(self) -> "dict[str, _Resolver]":
        """What each column's names become, larger areas and broader categories first."""
        return {name: _Resolver(name, self.columns[name], self.fold) for name in COLUMNS if name in self.columns}


class UnknownNames(Counter):
    """Names that no list knows, by (column, the name they lie within, name), with their rows."""


def find(name: str) -> Path:
    """Return the file of an edition's crosswalk. Raises KnownError where there is none of that name."""
    file = paths.crosswalk(name)
    if not file.is_file():
        raise UserError(f"crosswalk '{name}' is not there: add {yaml_models.display_path(file)}."
                         f"{did_you_mean(name, [one.stem for one in file.parent.glob('*.yml')])}")
    return file


def read(file: Path) -> Crosswalk:
    """Return a crosswalk. Raises KnownError with file, key and remedy where it, or a list that it names, is not valid."""
    try:
        crosswalk = Crosswalk.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Crosswalk) from None
    try:
        crosswalk.books  # noqa: B018 its lists are read here
    except (OSError, KeyError, UnicodeDecodeError) as error:
        raise UserError(f"{yaml_models.display_path(file)}: a list of known names cannot be read ({error}): check its `file` and "
                         "`column`, and that the file has a column for `within`.") from None
    return crosswalk


def files(crosswalk: Crosswalk) -> list[Path]:
    """Return the files of known names."""
    return [paths.reference(one.known.file) for one in crosswalk.columns.values() if isinstance(one.known, Known)]


def rename(crosswalk: Crosswalk, columns: dict[str, pa.Array], renamed: Counter, heard: UnknownNames) -> dict[str, pa.Array]:
    """Return a batch's columns with their names renamed; rows are counted, by column and by name."""
    columns = dict(columns)
    for name, book in crosswalk.books.items():
        if name in columns:
            columns[name] = _column(columns, name, book, renamed, heard)
    return columns


def listing(heard: UnknownNames, crosswalk: Crosswalk) -> pd.DataFrame:
    """Return the names that no list knows, with suggestions: the columns of `LISTED`, commonest first within a column.

    A suggestion is a known name that is near, or, for an `alike` column, a commoner one of the export's own of which it is an
    abbreviation or that is one of it; null where none is, and then an `alike` column without known names has no row.
    """
    rows = []
    for name, book in crosswalk.books.items():
        found = sorted(((within, word, count) for (column, within, word), count in heard.items() if column == name),
                       key=lambda one: (-one[2], one[1], one[0]))
        for place, (within, word, count) in enumerate(found):
            near = difflib.get_close_matches(word, book.choices(within), n=3, cutoff=_NEAR) if place < _SUGGESTED else []
            if book.told.alike:
                commoner = found[:min(place, _SUGGESTED)]
                near += [other for area, other, _ in commoner if area == within and _abbreviated(word, other)][:3]
            if near or book.known:
                rows.append((name, within or None, word, count, "、".join(near) or None))
    return pd.DataFrame(rows, columns=list(LISTED))


class _Resolver:
    """One column's names, ready to be asked."""

    def __init__(self, column: str, told: Names, fold: bool):
        self.told, self._fold, self._column = told, fold, column
        self.known = self._read()
        self._stems: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for within, name in self.known:
            for stem in self._stemmed(name):
                self._stems[within, *stem].add(name)

    def _read(self) -> set[tuple[str, str]]:
        if isinstance(self.told.known, list):
            return {_parted(name) for name in self.told.known}
        with paths.reference(self.told.known.file).open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        return {(row[self.told.within] if self.told.within else "", row[self.told.known.column])
                for row in rows if row[self.told.known.column]}

    def _stemmed(self, name: str) -> list[tuple[str, int]]:
        """Return what is left of a name without its longest ending, and the list that the ending is of."""
        fitting = [(len(ending), name[:-len(ending)], number) for number, endings in enumerate(self.told.endings)
                   for ending in endings if name.endswith(ending) and len(name) > len(ending)]
        return [max(fitting)[1:]] if fitting else []

    def choices(self, within: str) -> list[str]:
        """Return the known names within one, or all where nobody knows within which."""
        return sorted({name for area, name in self.known if area == within or not (within and self.told.within)})

    def ask(self, within: str, name: str) -> tuple[str | None, bool]:
        """Return what a name is called, and whether that is a name that is known, or needs no list."""
        for form in self._forms(within, name):
            for key in (f"{within}/{form}", form):
                if key in self.told.names:
                    return self.told.names[key], True
            if (within, form) in self.known or (not within and form in self.choices("")):
                return form, True
            stems = [known for stem in self._stemmed(form) for known in self._stems.get((within, *stem), ())]
            if len(stems) == 1:
                return stems[0], True
        return (_folded(name) if self._fold else name), not (self.known or self.told.alike)

    def _forms(self, within: str, name: str) -> list[str]:
        """Return the ways to write a name, as it is written first."""
        forms = [name, *([_folded(name)] if self._fold else [])]
        if self.told.prefixed and within:
            forms += [form.removeprefix(within) for form in forms if form.startswith(within) and form != within]
        return list(dict.fromkeys(forms))


def _parted(name: str) -> tuple[str, str]:
    within, _, rest = name.rpartition("/")
    return within, rest


def _folded(name: str) -> str:
    """Write digits and letters half-width, and leave blanks out between other characters; brackets stay as they are."""
    half = "".join(unicodedata.normalize("NFKC", one) if unicodedata.category(one) in ("Nd", "Lu", "Ll") else one for one in name)
    return "".join(half.split()) if not half.isascii() else " ".join(half.split())


def _abbreviated(one: str, other: str) -> bool:
    """Return whether one name is the other with characters left out; what stands in brackets is alike, or stands in one only."""
    brackets = ["".join(_BRACKETS.findall(name)) for name in (one, other)]
    if all(brackets) and not _contained(*brackets):
        return False
    short, long = sorted((_BRACKETS.sub("", name) for name in (one, other)), key=len)
    return len(short) >= _SHORTER * len(long) and _contained(short, long)


def _contained(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    left = iter(long)
    return all(character in left for character in short)


def _column(columns: dict[str, pa.Array], name: str, book: _Resolver, renamed: Counter, heard: UnknownNames) -> pa.Array:
    """Return a column renamed. What is done to a name is done once for each different one, not for each row."""
    words, codes = _coded(columns[name])
    within = book.told.within
    areas, area_codes = _coded(columns[within]) if within in columns else ([""], np.zeros(len(codes), np.int64))
    places, pairs = pd.factorize(area_codes * len(words) + codes)
    rows = np.bincount(places, minlength=len(pairs))
    meant: list[str | None] = []
    for pair, count in zip(pairs.tolist(), rows.tolist(), strict=True):
        area, word = areas[pair // len(words)], words[pair % len(words)]
        called, known = book.ask(area, word) if word else (None, True)
        meant.append(called)
        if word and called != word:
            renamed[name] += count
        if not known:
            heard[name, area, called] += count
    encoded = pa.array(meant, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(places)), encoded.dictionary)


def _coded(column: pa.DictionaryArray) -> tuple[list[str], np.ndarray]:
    """Return the words of a column, "" for none at the end, and each row's place among them."""
    words = [word or "" for word in column.dictionary.to_pylist()]
    return [*words, ""], column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
