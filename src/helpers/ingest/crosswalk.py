"""Unify variants of names of places, owners and categories by a crosswalk file; unknown names are kept and listed.

Names may be scoped by another column (a subdistrict by its district): 八里庄街道 of two districts remains two names.
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
from helpers.settings.yaml_models import FileName, StrictModel

COLUMNS = ("district", "subdistrict", "community", "owner", "category", "subcategory", "topic")
LISTED = ("column", "within", "name", "rows", "suggestions")
_NEAR = 0.5  # least similarity of a suggested name, 0 to 1
_SHORTER = 0.6  # least share of a name's characters in its abbreviation
_SUGGESTED = 500  # the commonest names, which get suggestions
_COMPARED = 200  # characters of a name for which similar ones are looked for: a longer one is no name
_LIST_BYTES = 100 << 20  # of a list of known names
_BRACKETS = re.compile(r"[（(][^（）()]*[）)]")

Column = Literal[COLUMNS]


class Known(StrictModel):
    """Known names: a column of a CSV file below data/reference/; blank cells are skipped."""

    file: FileName
    column: str


class Names(StrictModel):
    """Rules for one column. A name scoped by the column `within` is written `朝阳区/三间房地区`.

    `names` maps variants to names (null: unknown), in one scope or, without `/`, in all. `endings` lists equivalent endings: a
    name that differs from exactly one known name only by these becomes that name. `prefixed` names may start with their scope
    (朝阳区三间房地区). `alike` suggests variants among the export's own names.
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
            raise ValueError("prefixed needs within, the column whose name precedes it")
        return self


class Crosswalk(StrictModel):
    """A crosswalk: `source` of the names, `fold` (digits and letters half-width, no blanks inside), rules by column."""

    source: str = Field(min_length=1)
    fold: bool = False
    columns: dict[Column, Names]

    @cached_property
    def resolvers(self) -> "dict[str, _Resolver]":
        """The resolver of each column, larger areas and broader categories first."""
        return {name: _Resolver(self.columns[name], self.fold) for name in COLUMNS if name in self.columns}


class UnknownNames(Counter):
    """Rows of names that no list knows, by (column, scope, name)."""


def find(name: str) -> Path:
    """Return the file of a crosswalk by its name. Raises UserError where there is none."""
    file = paths.crosswalk(name)
    if not file.is_file():
        raise UserError(f"crosswalk '{name}' is not there: add {yaml_models.display_path(file)}."
                         f"{did_you_mean(name, [other.stem for other in file.parent.glob('*.yml')])}")
    return file


def read(file: Path) -> Crosswalk:
    """Return a crosswalk. Raises UserError with file, key and remedy where it, or a list that it names, is not valid."""
    try:
        crosswalk = Crosswalk.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Crosswalk) from None
    try:
        _ = crosswalk.resolvers  # reads the lists of known names
    except (UserError, OSError, KeyError, csv.Error) as error:
        raise UserError(f"{yaml_models.display_path(file)}: a list of known names cannot be read ({error}): check its `file` and "
                         "`column`, and that the file has a column for `within`.") from None
    return crosswalk


def files(crosswalk: Crosswalk) -> list[Path]:
    """Return the files of known names that a crosswalk refers to."""
    return [paths.reference(names.known.file) for names in crosswalk.columns.values() if isinstance(names.known, Known)]


def rename(crosswalk: Crosswalk, columns: dict[str, pa.Array], renamed: Counter,
           unknown: UnknownNames) -> dict[str, pa.Array]:
    """Return a batch's columns with names unified; count changed rows by column in `renamed`, and unknown names in `unknown`."""
    columns = dict(columns)
    for name, resolver in crosswalk.resolvers.items():
        if name in columns:
            columns[name] = _column(columns, name, resolver, renamed, unknown)
    return columns


def listing(unknown: UnknownNames, crosswalk: Crosswalk) -> pd.DataFrame:
    """Return unknown names with suggestions: the columns `LISTED`, the commonest name of each column first.

    `within` is the scope (null: none), `rows` their number, `suggestions` similar known names joined by 、 (null: none); for an
    `alike` column also commoner names of the export that abbreviate the name or are abbreviated by it. Names of an `alike` column
    without known names are listed only with a suggestion.
    """
    rows = []
    for name, resolver in crosswalk.resolvers.items():
        found = sorted(((within, word, count) for (column, within, word), count in unknown.items() if column == name),
                       key=lambda entry: (-entry[2], entry[1], entry[0]))
        for position, (within, word, count) in enumerate(found):
            short = position < _SUGGESTED and len(word) <= _COMPARED
            near = difflib.get_close_matches(word, resolver.choices(within), n=3, cutoff=_NEAR) if short else []
            if resolver.names.alike and short:
                commoner = found[:position]
                near += [other for area, other, _ in commoner if area == within and _abbreviated(word, other)][:3]
            if near or resolver.known:
                rows.append((name, within or None, word, count, "、".join(near) or None))
    return pd.DataFrame(rows, columns=list(LISTED))


class _Resolver:
    """Resolver of one column's names by its rules, with an index of the known names."""

    def __init__(self, names: Names, fold: bool):
        self.names, self._fold = names, fold
        self.known = self._read()
        self._stems: dict[tuple[str, str, int], set[str]] = defaultdict(set)
        for within, name in self.known:
            for stem in self._stemmed(name):
                self._stems[within, *stem].add(name)

    def _read(self) -> set[tuple[str, str]]:
        if isinstance(self.names.known, list):
            return {_parted(name) for name in self.names.known}
        rows = list(csv.DictReader(yaml_models.read_text(paths.reference(self.names.known.file), _LIST_BYTES).splitlines(True)))
        return {(row[self.names.within] if self.names.within else "", row[self.names.known.column])
                for row in rows if row[self.names.known.column]}

    def _stemmed(self, name: str) -> list[tuple[str, int]]:
        """Return [(stem, number of the list of endings)] for the longest ending of a name, or []."""
        fitting = [(len(ending), name[:-len(ending)], number) for number, endings in enumerate(self.names.endings)
                   for ending in endings if name.endswith(ending) and len(name) > len(ending)]
        return [max(fitting)[1:]] if fitting else []

    def choices(self, within: str) -> list[str]:
        """Return the known names of a scope, sorted; all of them where the scope is unknown."""
        return sorted({name for area, name in self.known if area == within or not (within and self.names.within)})

    def resolve(self, within: str, name: str) -> tuple[str | None, bool]:
        """Return the unified name (None: unknown), and whether it is known or the column has no list of names."""
        for form in self._forms(within, name):
            for key in (f"{within}/{form}", form):
                if key in self.names.names:
                    return self.names.names[key], True
            if (within, form) in self.known or (not within and form in self.choices("")):
                return form, True
            stems = [known for stem in self._stemmed(form) for known in self._stems.get((within, *stem), ())]
            if len(stems) == 1:
                return stems[0], True
        return (_folded(name) if self._fold else name), not (self.known or self.names.alike)

    def _forms(self, within: str, name: str) -> list[str]:
        """Return the spellings under which a name is looked up, its own first."""
        forms = [name, *([_folded(name)] if self._fold else [])]
        if self.names.prefixed and within:
            forms += [form.removeprefix(within) for form in forms if form.startswith(within) and form != within]
        return list(dict.fromkeys(forms))


def _parted(name: str) -> tuple[str, str]:
    within, _, rest = name.rpartition("/")
    return within, rest


def _folded(name: str) -> str:
    """Return a name with half-width digits and letters, without blanks unless it is ASCII; brackets are kept."""
    half = "".join(unicodedata.normalize("NFKC", letter) if unicodedata.category(letter) in ("Nd", "Lu", "Ll") else letter
                   for letter in name)
    return "".join(half.split()) if not half.isascii() else " ".join(half.split())


def _abbreviated(name: str, other: str) -> bool:
    """Return whether either name is the other with characters left out; brackets must agree where both names have them."""
    brackets = ["".join(_BRACKETS.findall(text)) for text in (name, other)]
    if all(brackets) and not _contained(*brackets):
        return False
    short, long = sorted((_BRACKETS.sub("", text) for text in (name, other)), key=len)
    return len(short) >= _SHORTER * len(long) and _contained(short, long)


def _contained(text: str, other: str) -> bool:
    short, long = sorted((text, other), key=len)
    left = iter(long)
    return all(character in left for character in short)


def _column(columns: dict[str, pa.Array], name: str, resolver: _Resolver, renamed: Counter, unknown: UnknownNames) -> pa.Array:
    """Return a column with names unified; each distinct name is resolved once, not once a row."""
    words, codes = _coded(columns[name])
    within = resolver.names.within
    areas, area_codes = _coded(columns[within]) if within in columns else ([""], np.zeros(len(codes), np.int64))
    positions, pairs = pd.factorize(area_codes * len(words) + codes)
    rows = np.bincount(positions, minlength=len(pairs))
    resolved: list[str | None] = []
    for pair, count in zip(pairs.tolist(), rows.tolist(), strict=True):
        area, word = areas[pair // len(words)], words[pair % len(words)]
        new_name, known = resolver.resolve(area, word) if word else (None, True)
        resolved.append(new_name)
        if word and new_name != word:
            renamed[name] += count
        if not known:
            unknown[name, area, new_name] += count
    encoded = pa.array(resolved, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(encoded.indices.take(pa.array(positions)), encoded.dictionary)


def _coded(column: pa.DictionaryArray) -> tuple[list[str], np.ndarray]:
    """Return the words of a column with "" (for null) appended, and the position of each row's word among them."""
    words = [word or "" for word in column.dictionary.to_pylist()]
    return [*words, ""], column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False).astype(np.int64)
