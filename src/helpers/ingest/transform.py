"""Transform an export's rows into tickets by a mapping, batch by batch. Columns that are not mapped are not read."""

import functools
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import coordinates, crosswalk, mappings, names, place_keys, times
from helpers.ingest.crosswalk import Crosswalk
from helpers.ingest.mappings import Flag, Mapping, Number, Tags, Text, Time
from helpers.settings import secret_key
from helpers.settings.editions import Extent
from helpers.tickets import schema

_WORDS = pa.dictionary(pa.int32(), pa.string())
_NUMBER = r"^\d{6,}$"  # an id that a spreadsheet may have cut
_ROUNDED = r"^\d(\.\d+)?[Ee]\+?\d+$"  # 2.02504E+12, as a spreadsheet shows a long number
_TOTALS = "is a row of totals"
ROUNDED_IDS = "ticket_id is a rounded number, as where a spreadsheet writes 2.02504E+12: the mapped cells name the ticket"


@dataclass(frozen=True)
class Rules:
    """Rules that apply besides the mapping: of the edition its year, crosswalk of names, bounding box and time zone.

    `serial_shift` is that of the serial dates of the table that is read, `key` that of the hashes of rows without an id.
    """

    year: int
    key: bytes
    names: Crosswalk | None = None
    extent: Extent | None = None
    timezone: str | None = None
    serial_shift: int = 0


@dataclass(frozen=True)
class Transformed:
    """A transformed batch.

    `rows` has the mapped columns of tickets (words dictionary-encoded) and `row` (number in the file), `key` (64-bit hash of the
    ticket_id), `numeric` (whether that is a long number) and `nameless` (whether it is a hash of the row). `reasons` is why a row
    cannot become a ticket, null where it can; `other_year` is the year of a row of another one, else null.
    `fields_nulled` counts by rule the fields that became null, `renamed` by column the names that the crosswalk changed, `mended`
    by rule the fields that are written otherwise than in the export; `unknown_names` are those that it does not know.
    """

    rows: pa.RecordBatch
    reasons: pa.Array
    fields_nulled: Counter
    renamed: Counter
    mended: Counter
    unknown_names: crosswalk.UnknownNames
    other_year: pa.Array
    evidence: "Evidence"


@dataclass(frozen=True)
class Evidence:
    """What the times of a batch show: `offsets` as `times.Parsed` has them, `timed` the values by column that are no midnights.

    `orders` are the counts and examples of `times.orders` by column, `unread` the texts (with their rows) that cannot be read.
    """

    offsets: Counter
    timed: Counter
    orders: dict[str, tuple[Counter, dict | None]] = field(default_factory=dict)
    unread: dict[str, tuple[pa.Array, pa.Array]] = field(default_factory=dict)


def transform(batch: pa.RecordBatch, header: list[str], mapping: Mapping, rules: Rules, engine: ibis.BaseBackend) -> Transformed:
    """Transform a batch of a `SourceTable`; rows received in another year, or at no readable time, get a reason."""
    fields_nulled, renamed, mended, unknown_names = Counter(), Counter(), Counter(), crosswalk.UnknownNames()
    cells = dict(zip(header, batch.columns, strict=False))
    texts = {name: _written(cells, origin, mapping, rules.serial_shift) for name, origin in mapping.times.items()}
    ids, nameless = _ids(cells, mapping, rules.key, fields_nulled)
    keys = times.run_query(engine, {"key": ids}, lambda table: {"key": table.key.hash()})["key"]
    parsed = times.parse(texts, mapping.times, rules.timezone, engine)
    words = {name: _column(cells, name, origin, mapping.unknown, fields_nulled, mended if name != "place_key" else Counter())
             for name, origin in mapping.mapped.items() if name not in texts and name != "ticket_id"}
    words = crosswalk.rename(rules.names, words, renamed, unknown_names) if rules.names else words
    words |= {name: place_keys.hashed(rules.key, words[name]) for name in ("place_key",) if name in words}
    reasons, other_year = _reasons(texts["received_at"], parsed.columns["received_at"], rules.year)
    reasons = _reasons_with_totals(cells, mapping, reasons)
    total = pc.fill_null(pc.equal(reasons, _TOTALS), False)
    evidence = _evidence(texts, parsed, mapping, pc.if_else(total, pa.scalar(None, pa.int64()), batch["row"]), engine)
    for name in evidence.unread.keys() - {"received_at"}:
        fields_nulled[f"{name} cannot be read"] += len(evidence.unread[name][0])
    columns = _assessed({"ticket_id": ids} | words | parsed.columns, fields_nulled)
    columns = coordinates.in_wgs84(_plausible(columns, fields_nulled), mapping.coordinates)
    columns = coordinates.places(columns, rules.extent, fields_nulled)
    columns |= {"row": batch["row"], "key": keys, "numeric": pc.match_substring_regex(ids, _NUMBER), "nameless": nameless}
    return Transformed(pa.RecordBatch.from_pydict(columns), reasons, +fields_nulled, +renamed, +mended, unknown_names, other_year,
                       evidence)


def _evidence(texts: dict[str, pa.Array], parsed: times.Parsed, mapping: Mapping, rows: pa.Array,
              engine: ibis.BaseBackend) -> Evidence:
    """Return what times show; texts in rows without a number, those of totals, count as readable."""
    timed, unread, orders = Counter(), {}, {}
    for name, at in parsed.columns.items():
        timed[name] += _true(pc.not_equal(at, pc.floor_temporal(at, unit="day")))
        failed = pc.and_(pc.and_(pc.is_valid(texts[name]), pc.is_null(at)), pc.is_valid(rows))
        if _true(failed):
            unread[name] = texts[name].filter(failed), rows.filter(failed)
        counts, example = times.orders(texts[name], mapping.times[name].formats, engine)
        if counts:
            orders[name] = counts, example
    return Evidence(parsed.offsets, +timed, orders, unread)


def _ids(cells: dict[str, pa.Array], mapping: Mapping, key: bytes, fields_nulled: Counter) -> tuple[pa.Array, pa.Array]:
    """Return ticket ids, and a mask of those that are `row-<hash>`: of rows whose id is missing or was rounded.

    The hash is keyed, and of the mapped columns alone: nobody without the key finds out what a row holds by trying.
    """
    origin = mapping.columns.ticket_id
    ids = (_blank_to_null(times.unmarked(names.plain(_part(cells[origin.column], origin))), mapping.unknown)
           if origin else pa.nulls(len(next(iter(cells.values()))), pa.string()))
    rounded = pc.match_substring_regex(ids, _ROUNDED)
    if _true(rounded):
        fields_nulled[ROUNDED_IDS] += _true(rounded)
        ids = pc.if_else(rounded, pa.scalar(None, pa.string()), ids)
    unnamed = pc.is_null(ids)
    if not ids.null_count:
        return ids, unnamed
    whole = pc.binary_join_element_wise(*(cells[column].filter(unnamed) for column in mapping.columns_named), "\x1f")
    hashes = [f"row-{digest[:16]}" for digest in secret_key.hashes(key, "row", whole.to_pylist())]
    return pc.replace_with_mask(ids, unnamed, pa.array(hashes, pa.string())), unnamed


def _part(cells: pa.Array, origin: Text | Flag) -> pa.Array:
    """Return the part of each cell that the pattern extracts, empty where it does not match."""
    if not origin.pattern:
        return cells
    fits = pc.extract_regex(pc.utf8_trim_whitespace(cells), origin.pattern)
    return pc.fill_null(pc.struct_field(fits, "part"), "")


def _blank_to_null(texts: pa.Array, missing: Collection[str]) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(["", *missing])), pa.scalar(None, pa.string()), texts)


def _written(cells: dict[str, pa.Array], origin: Time, mapping: Mapping, serial_shift: int) -> pa.Array:
    """Return the texts of a time, its parts joined by a space; null where all are blank."""
    parts = [times.written(_blank_to_null(names.plain(cells[column]), mapping.unknown), width,
                           origin.calendar or mapping.calendar, serial_shift)
             for column, width in zip(origin.parts, origin.widths or [None] * len(origin.parts), strict=True)]
    if len(parts) == 1:
        return parts[0]
    joined = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), " ")
    return _blank_to_null(pc.ascii_trim_whitespace(joined), [])


def _column(cells: dict[str, pa.Array], name: str, origin, missing: frozenset[str], fields_nulled: Counter,
            mended: Counter) -> pa.Array:
    if isinstance(origin, Tags):
        return _tags(cells[origin.column], origin, missing)
    if isinstance(origin, Number):
        return _number(cells[origin.column], name, origin, missing, fields_nulled)
    words, unlisted = _words(cells, name, origin, missing, mended)
    fields_nulled[f"{name} has a word that the mapping does not list"] += _true(pc.and_(unlisted, pc.is_null(words)))
    return words


def _words(cells: dict[str, pa.Array], name: str, origin: Text | Flag, missing: frozenset[str],
           mended: Counter) -> tuple[pa.Array, pa.Array]:
    """Return the values of a column's words, and a mask of words that must be listed in the mapping and are not.

    Each distinct word is looked up once, not once a row. What `values` lists is no word for "not known".
    """
    encoded = _part(cells[origin.column], origin).dictionary_encode()
    unknown = missing - origin.values.keys()
    found = [None if not word or word in unknown else word for word in names.cleaned(encoded, name, mended)]
    values = [origin.values.get(word, word if origin.keep else None) for word in found]
    values = [origin.default if value is None and not origin.fallback else value for value in values]
    strange = [word is not None and not origin.keep and word not in origin.values for word in found]
    words, unlisted = _decoded(values, encoded.indices, origin), pa.array(strange, pa.bool_()).take(encoded.indices)
    if not origin.fallback:
        return words, unlisted
    fallback, unlisted_fallback = _words(cells, name, origin.fallback, missing, mended)
    unlisted = pc.or_(unlisted, unlisted_fallback)
    if isinstance(origin, Flag):
        return pc.coalesce(words, fallback), unlisted
    both = pc.fill_null(pc.coalesce(words.cast(pa.string()), fallback.cast(pa.string())), origin.default)
    return both.dictionary_encode().cast(_WORDS), unlisted


def _decoded(values: list, indices: pa.Array, origin: Text | Flag) -> pa.Array:
    """Return the value of each row by its index; texts are dictionary-encoded, each once in the dictionary."""
    if isinstance(origin, Flag):
        return pa.array(values, pa.bool_()).take(indices)
    codes = pa.array(values, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices.take(indices), codes.dictionary)


def _true(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


def _tags(cells: pa.Array, origin: Tags, missing: Collection[str]) -> pa.Array:
    """Return each cell's labels without duplicates, in their order; equal cells are split once."""
    encoded = cells.dictionary_encode()
    parts = ([origin.values.get(part.strip(), part.strip()) for part in cell.split(origin.separator)]
             for cell in encoded.dictionary.to_pylist())
    labels = [[part for part in dict.fromkeys(cell) if part and part not in missing] for cell in parts]
    return pa.array(labels, pa.list_(pa.string())).take(encoded.indices)


def _number(cells: pa.Array, name: str, origin: Number, missing: Collection[str], fields_nulled: Counter) -> pa.Array:
    """Return coordinates in degrees; null where a cell has none."""
    texts = _blank_to_null(pc.utf8_trim_whitespace(cells), missing)
    numbers = coordinates.read(texts, name, origin.order)
    fields_nulled[f"{name} cannot be read"] += numbers.null_count - texts.null_count
    return numbers


def _reasons(written: pa.Array, received_at: pa.Array, year: int) -> tuple[pa.Array, pa.Array]:
    """Return why rows cannot become tickets, and the year of rows of other years; null where either is not so.

    A year that no edition can have, such as that of a placeholder, is no other year but a reason.
    """
    years = pc.year(received_at)
    is_other = pc.and_(pc.not_equal(years, year), pc.and_(pc.greater_equal(years, 1990), pc.less_equal(years, 2100)))
    other = pc.if_else(is_other, years, pa.scalar(None, years.type))
    strange = pc.binary_join_element_wise("received_at lies in", pc.cast(years, pa.string()), " ")
    is_strange = pc.and_(pc.not_equal(years, year), pc.invert(is_other))
    return pc.case_when(pc.make_struct(pc.is_null(written), pc.is_null(received_at), is_strange),
                        "received_at is blank", "received_at cannot be read", strange), other


def _reasons_with_totals(cells: dict[str, pa.Array], mapping: Mapping, reasons: pa.Array) -> pa.Array:
    """Return the reasons with that of a row of totals, which the first column, the time or the id says."""
    origin = mapping.columns.ticket_id
    heads = {next(iter(cells)), *([origin.column] if origin else []),
             *(mapping.columns.received_at.parts[:1] if reasons.null_count < len(reasons) else [])}
    total = functools.reduce(pc.or_, (names.is_total(cells[name]) for name in heads))
    return pc.if_else(total, _TOTALS, reasons)


def _assessed(columns: dict[str, pa.Array], fields_nulled: Counter) -> dict[str, pa.Array]:
    """Set outcomes to null where a ticket is not assessed."""
    if "assessment" not in columns:
        return columns
    assessment = columns["assessment"]
    assessed = pc.fill_null(pc.not_equal(assessment.dictionary, "none").take(assessment.indices), False)
    outcomes = {name: columns[name] for name in mappings.OUTCOMES if name in columns}
    kept = {name: pc.if_else(assessed, column, pa.scalar(None, column.type)) for name, column in outcomes.items()}
    for name in outcomes:
        fields_nulled[f"{name} of a ticket that is not assessed"] += kept[name].null_count - outcomes[name].null_count
    return columns | kept


def _plausible(columns: dict[str, pa.Array], fields_nulled: Counter) -> dict[str, pa.Array]:
    """Set placeholders and closing times before receipt to null, and `on_time` of tickets that are not closed.

    A closing at midnight of the day of receipt stands for that day: it is kept.
    """
    for name in {"dispatched_at", "due_at", "closed_at"} & columns.keys():
        placeholder = times.placeholders(columns[name])
        fields_nulled[f"{name} is a placeholder such as 9999-12-31"] += _true(placeholder)
        columns = columns | {name: pc.if_else(placeholder, pa.scalar(None, columns[name].type), columns[name])}
    closed = columns.get("closed_at")
    if closed is None:
        return columns
    if "on_time" in columns:
        flag = columns["on_time"]
        columns = columns | {"on_time": pc.if_else(pc.is_null(closed), pa.scalar(None, flag.type), flag)}
        fields_nulled["on_time of a ticket that is not closed"] += columns["on_time"].null_count - flag.null_count
    day = pc.equal(closed, pc.floor_temporal(columns["received_at"], unit="day"))
    early = pc.fill_null(pc.and_(pc.less(closed, columns["received_at"]), pc.invert(day)), False)
    fields_nulled["closed_at lies before received_at"] += _true(early)
    return columns | {"closed_at": pc.if_else(early, pa.scalar(None, closed.type), closed)}


def settle(rows: pa.RecordBatch, days: frozenset[str], far: np.datetime64) -> pa.RecordBatch:
    """Return rows without closings and dispatches from the day `far` on, and with `on_time` where both its times are known.

    `days` are the columns of days without times: a due day lasts until its end, and so does a day of closing.
    """
    columns = dict(zip(rows.schema.names, rows.columns, strict=True))
    for name in {*times.PAST} & columns.keys():
        first = pa.scalar(far.astype("datetime64[us]").item(), columns[name].type)
        late = pc.fill_null(pc.greater_equal(columns[name], first), False)
        columns[name] = pc.if_else(late, pa.scalar(None, columns[name].type), columns[name])
    if {"closed_at", "due_at"} <= columns.keys():
        both = [pc.floor_temporal(columns[name], unit="day") if days & {"closed_at", "due_at"} else columns[name]
                for name in ("closed_at", "due_at")]
        on_time = pc.less_equal(*both)
        columns["on_time"] = pc.coalesce(on_time, columns["on_time"]) if "on_time" in columns else on_time
    return pa.RecordBatch.from_pydict(columns)


def complete_columns(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with all columns of tickets, in order; columns that the export lacks are null, tags empty lists."""
    return pa.RecordBatch.from_pydict({
        name: rows[name] if name in rows.schema.names else _absent(rows.num_rows, kind)
        for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})


def _absent(rows: int, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    return pa.nulls(rows, kind)
