"""Read mappings from an export's columns to those of tickets: validated YAML files, described in data/README.md."""

import codecs
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field, ValidationError, create_model, model_validator

from helpers.ingest import pii, synonyms, times
from helpers.ingest.source_table import SourceTable
from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.yaml_models import StrictModel
from helpers.tickets import schema
from helpers.tickets.coordinate_systems import System

_LONGEST = 1000  # characters of a pattern


def _pattern(expression: str) -> str:
    """Return a pattern with its only group named `part`, as Arrow requires. Raises ValueError where there is not one group."""
    if len(expression) > _LONGEST:
        raise ValueError(f"must have at most {_LONGEST} characters")
    named = re.sub(r"(?<!\\)((?:\\\\)*)\((?!\?)", r"\1(?P<part>", expression, count=1)
    try:
        pc.extract_regex(pa.array([], pa.string()), named)
        compiled = re.compile(named)
        groups = compiled.groups if [*compiled.groupindex] == ["part"] else 0
    except (pa.ArrowInvalid, re.error, RecursionError, OverflowError):
        raise ValueError("must be a regular expression with one group in brackets, the part that counts") from None
    if groups != 1:
        raise ValueError("must have one group in brackets, the part that counts; others begin with ?:")
    return named


class _From(StrictModel):
    """Origin of a column of tickets: a column of the export. `topic: 三级` is short for `topic: {column: 三级}`."""

    column: str

    @model_validator(mode="before")
    @classmethod
    def _long(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @property
    def columns(self) -> dict[str, list[str]]:
        """The export's columns that the origin names, by the key that names them."""
        fallback = getattr(self, "fallback", None)
        return {"column": [self.column]} | ({f"otherwise.{key}": names for key, names in fallback.columns.items()}
                                            if fallback else {})


class Text(_From):
    """Words: the part that `pattern` extracts (null where it does not match), renamed by `values` (null: unknown).

    Words that `values` does not list are kept, or become null where `keep` is false. Null is filled from `fallback` (the key
    `otherwise` in files), then with `default`.
    """

    pattern: Annotated[str, AfterValidator(_pattern)] | None = None
    values: dict[str, str | None] = Field(default={})
    keep: bool = True
    fallback: "Text | None" = Field(default=None, alias="otherwise")
    default: str | None = None


class Flag(_From):
    """Yes or no: `values` lists the words for true and for false; others become null."""

    values: dict[str, bool | None]
    fallback: "Flag | None" = Field(default=None, alias="otherwise")

    keep: Literal[False] = False
    pattern: None = None
    default: None = None


class Time(_From):
    """A time in one column or in several (joined by a space), in one of `formats` (as of strptime).

    The named formats are tried first, then those of ISO, the form in which times of sheets are read. `widths` pads each part that
    has only digits with zeros from the left: 93000 becomes 093000. `calendar` is that of its years, else the mapping's.
    """

    column: str | list[str]
    formats: Annotated[list[str], AfterValidator(times.all_formats)] = Field(default=list(times.FORMATS), min_length=1)
    calendar: times.Calendar | None = None
    widths: list[Annotated[int, Field(ge=1, le=20)]] = Field(default=[])

    @property
    def parts(self) -> list[str]:
        """The export's columns that are joined, in order."""
        return [self.column] if isinstance(self.column, str) else self.column

    @property
    def columns(self) -> dict[str, list[str]]:
        """The export's columns that the origin names, by the key that names them."""
        return {"column": self.parts}

    @model_validator(mode="after")
    def _one_width_a_part(self):
        if self.widths and len(self.widths) != len(self.parts):
            raise ValueError("must have one width for each column")
        return self


class Number(_From):
    """Longitude or latitude in degrees; `order` says which is first where a cell holds both (None: as `coordinates.read`)."""

    order: Literal["lon_lat", "lat_lon"] | None = None


class Tags(_From):
    """Labels in one cell, split at `separator`, renamed by `values` (null: dropped)."""

    separator: str = Field(default="、", min_length=1)
    values: dict[str, str | None] = Field(default={})


def _word(name: str) -> type[Text]:
    """Return a subclass of Text that yields only the words that `schema.VALUES` allows for `name`; others become null."""
    allowed = Literal[schema.VALUES[name]]
    kind = f"{name.title()}Words"
    model = create_model(kind, __base__=Text, values=(dict[str, allowed | None], ...), keep=(Literal[False], False),
                         default=(allowed | None, None), fallback=(f"{kind} | None", Field(default=None, alias="otherwise")))
    model.model_rebuild(_types_namespace={kind: model})
    return model


def _kind(name: str) -> type[_From]:
    kind = str(schema.SCHEMA.field(name).type)
    fixed = {"timestamp[us]": Time, "bool": Flag, "double": Number, "string": Text}
    return _word(name) if name in schema.VALUES else fixed.get(kind, Tags)


OUTCOMES = ("reached", "contacted", "resolved", "satisfied")
_OURS = [name for name in schema.SCHEMA.names if name != "dispatches"]  # which is counted, not read

Columns = create_model("Columns", __base__=StrictModel, received_at=(Time, ...),
                       **{name: (_kind(name) | None, None) for name in _OURS if name != "received_at"})


def _encoding(name: str) -> str:
    try:
        if not codecs.lookup(name)._is_text_encoding or "".encode(name):
            raise LookupError
        codecs.getincrementaldecoder(name)("replace").decode("a".encode(name))
    except (LookupError, UnicodeError):
        raise ValueError("is no encoding of texts: write utf-8, gb18030, big5hkscs, cp932, cp949 or cp1252") from None
    return name


def _delimiter(letter: str) -> str:
    if len(letter) != 1 or not letter.isascii() or letter in '"\r\n':
        raise ValueError("must be one ASCII character, and neither a quotation mark nor a line break")
    return letter


class Format(StrictModel):
    """Format of the files, where it is not to be detected; `header_row` counts from 1.

    `unpacked_gb`: what a file that is read whole, or that packs suspiciously well, may unpack to (None: as in `limits`).
    """

    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    delimiter: Annotated[str, AfterValidator(_delimiter)] | None = None
    sheet: str | None = None
    header_row: Annotated[int, Field(ge=1, le=1000)] | None = None
    unpacked_gb: Annotated[float, Field(gt=0, le=1000)] | None = None


class Mapping(StrictModel):
    """A mapping: `source` of the export, `format` of its files, and the origin of each column.

    Words that mean "not known" are those of data/synonyms.yml and of `missing`, without those of `not_missing`; `spellings` of a
    name that differ in case or width give way to the commonest, or are kept. `calendar`: of the years of all times. `equal_rows`:
    whether rows that are equal and have no id are `tickets` each, or `one`. `coordinates`: the system of longitudes and
    latitudes, from which they are converted to WGS84; without it they stay as they are, and no map of points is drawn.
    """

    source: str = Field(min_length=1)
    format: Format = Format()
    missing: list[str] = Field(default=[])
    not_missing: list[str] = Field(default=[])
    spellings: Literal["commonest", "kept"] = "commonest"
    calendar: times.Calendar = "gregorian"
    equal_rows: Literal["tickets", "one"] = "tickets"
    coordinates: System | None = None
    columns: Columns

    @model_validator(mode="after")
    def _outcomes_are_of_the_assessed(self):
        outcomes = [name for name in OUTCOMES if getattr(self.columns, name) is not None]
        if outcomes and self.columns.assessment is None:
            raise ValueError(f"columns.{outcomes[0]} needs columns.assessment, which says whose answers count")
        return self

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The words that mean "not known", in the capitals in which exports write them."""
        listed = {form for word in synonyms.read().missing for form in (word, word.lower(), word.upper(), word.capitalize())}
        return frozenset(listed - set(self.not_missing) | set(self.missing))

    @property
    def mapped(self) -> dict[str, _From]:
        """The mapped columns of tickets with their origins, in the order of tickets' columns."""
        return {name: origin for name in _OURS if (origin := getattr(self.columns, name)) is not None}

    @property
    def columns_named(self) -> list[str]:
        """The export's columns that the mapping names, each once, in the order of tickets' columns."""
        origins = self.mapped.values()
        return [*dict.fromkeys(column for origin in origins for names in origin.columns.values() for column in names)]

    @property
    def times(self) -> dict[str, Time]:
        """The mapped columns of tickets that are times, with their origins."""
        return {name: origin for name, origin in self.mapped.items() if isinstance(origin, Time)}

    def with_columns(self, **origins: _From | None) -> "Mapping":
        """Return the mapping with other origins of some columns."""
        return self.model_copy(update={"columns": self.columns.model_copy(update=origins)})


def find(name: str) -> Path:
    """Return the file of a mapping by its name. Raises UserError where there is none."""
    file = paths.mapping(name)
    if not file.exists():
        known = [other.stem for other in file.parent.glob("*.yml")]
        raise UserError(f"mapping '{name}' is not there: add {yaml_models.display_path(file)}.{did_you_mean(name, known)}")
    return file


def read(file: Path) -> Mapping:
    """Return a mapping. Raises UserError where there is no file, or with file, key and remedy where it is not valid."""
    if not file.exists():
        raise UserError(f"{file}: there is no such mapping: check the name.", exit_code=2)
    try:
        return Mapping.model_validate(yaml_models.read_yaml(file))
    except ValidationError as error:
        raise yaml_models.validation_message(error, file, Mapping) from None


def has_received_at(mapping: Mapping, header: list[str]) -> bool:
    """Return whether a header has, by name or synonym, the columns of `received_at`."""
    return all(column in header or synonyms.candidates(column, header) for column in mapping.columns.received_at.parts)


def match_header(mapping: Mapping, file: Path, header: list[str], export: str, headless: bool = False
                 ) -> tuple[Mapping, list[str]]:
    """Return the mapping with each column as a header spells it, and a note for each column that has another name there.

    A missing column is searched by spelling, then by synonyms, among the columns that the mapping does not name; `export` is the
    table's name in messages, which quote no header that may be a row of data (`headless`). Raises UserError with the
    mapping's file and key where none or several match, or where a column is in the header twice.
    """
    wanted = [(f"columns.{name}.{key}", column) for name, origin in mapping.mapped.items()
              for key, columns in origin.columns.items() for column in columns]
    free = [name for name in header if name not in {column for _, column in wanted}]
    found = {column: synonyms.candidates(column, free) for _, column in wanted if column not in header}
    known = {column for _, column in wanted} & {*header} or any(map(synonyms.canonical, header))
    wrong = [f"{yaml_models.display_path(file)}: {key}: {export} has no column '{column}'"
             f"{_which(found[column], header, column, headless or not known)}"
             for key, column in wanted if column in found and len(found[column]) != 1]
    wrong += [f"{yaml_models.display_path(file)}: {key}: {export} has more than one column '{column}': rename all but one."
              for key, column in wanted if header.count(column) > 1]
    if wrong:
        raise UserError("\n".join(wrong))
    names = {column: others[0] for column, others in found.items()}
    columns = {name: _respelt(origin, names) for name, origin in mapping.mapped.items()}
    notes = [f"{export}: has no column '{column}'; '{other}' is taken for it." for column, other in names.items()]
    return mapping.with_columns(**columns), notes


def no_text_error(export: SourceTable, column: str) -> UserError:
    """Return the error for a mapped column of a Parquet file that holds no text."""
    return UserError(f"{export.name}: column '{column}' holds {export.no_texts[column]}, not texts: export it as text, or leave "
                     "it out of the mapping.")


def _which(found: list[str], header: list[str], column: str, headless: bool) -> str:
    """Return the end of the message about a missing column: candidates, and what to do."""
    if found:
        return f", and several that may be it ({', '.join(found)}): name the one that is meant."
    if any(map(pii.kinds, header)):
        return ", and its header holds what may point at a person: it is perhaps a row of data; name `header_row` in `format`."
    if headless:
        return (", and no name of its header is known: it is perhaps a row of data, or the delimiter is another; name "
                "`header_row` or `delimiter` in `format`.")
    return f".{did_you_mean(column, header)}"


def _respelt(origin: _From, names: dict[str, str]) -> _From:
    column = origin.column
    changed = {"column": names.get(column, column) if isinstance(column, str) else [names.get(part, part) for part in column]}
    fallback = getattr(origin, "fallback", None)
    return origin.model_copy(update=changed | ({"fallback": _respelt(fallback, names)} if fallback else {}))
