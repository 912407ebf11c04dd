"""Transform an export's rows into tickets by a mapping, batch by batch. Columns that are not mapped are not read."""

import functools
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import coordinates, crosswalk, excel_dates, mappings, names
from helpers.ingest.crosswalk import Crosswalk
from helpers.ingest.mappings import Flag, Mapping, Number, Tags, Text, Time
from helpers.settings.editions import Extent
from helpers.tickets import schema

_WORDS = pa.dictionary(pa.int32(), pa.string())
_NUMBER = r"^\d{6,}$"  # an id that a spreadsheet may have cut
_ROUNDED = r"^\d(\.\d+)?[Ee]\+?\d+$"  # 2.02504E+12, as a spreadsheet shows a long number
_ROUNDED_IDS = "ticket_id is a rounded number, as where a spreadsheet writes 2.02504E+12: the whole row names the ticket"


@ibis.udf.scalar.builtin
def try_strptime(text: str, formats: list[str]) -> dt.timestamp:
    """Parse `text` by the first of `formats` that fits; null where none does (30 February). A function of DuckDB."""


@dataclass(frozen=True)
class Rules:
    """Rules of an edition that apply besides the mapping: the year, the crosswalk of names, and the city's bounding box."""

    year: int
    names: Crosswalk | None = None
    extent: Extent | None = None


@dataclass(frozen=True)
class Transformed:
    """A transformed batch.

    `rows` has the mapped columns of tickets (words dictionary-encoded) and `row` (number in the file), `key` (64-bit hash of the
    ticket_id) and `numeric` (whether that is a long number). `reasons` is why a row cannot become a ticket, null where it can.
    `fields_nulled` counts by rule the fields that became null, `renamed` by column the names that the crosswalk changed, `mended`
    by rule the fields that are written otherwise than in the export; `unknown_names` are those that it does not know.
    """

    rows: pa.RecordBatch
    reasons: pa.Array
    fields_nulled: Counter
    renamed: Counter
    mended: Counter
    unknown_names: crosswalk.UnknownNames


def transform(batch: pa.RecordBatch, header: list[str], mapping: Mapping, rules: Rules, engine: ibis.BaseBackend) -> Transformed:
    """Transform a batch of a `SourceTable`; rows received in another year, or at no readable time, get a reason."""
    fields_nulled, renamed, mended, unknown_names = Counter(), Counter(), Counter(), crosswalk.UnknownNames()
    cells = dict(zip(header, batch.columns, strict=False))
    times = {name: origin for name, origin in mapping.mapped.items() if isinstance(origin, Time)}
    texts = {name: _written(cells, origin, mapping.unknown) for name, origin in times.items()}
    ids = _ids(batch, cells, mapping, engine, fields_nulled)
    parsed = run_query(engine, {"key": ids, **texts}, lambda table: {"key": table.key.hash()} | {
        name: try_strptime(table[name], origin.formats) for name, origin in times.items()})
    words = {name: _column(cells, name, origin, mapping.unknown, fields_nulled, mended)
             for name, origin in mapping.mapped.items() if name not in times and name != "ticket_id"}
    for name in times.keys() - {"received_at"}:
        fields_nulled[f"{name} cannot be read"] += _true(pc.and_(pc.is_valid(texts[name]), pc.is_null(parsed[name])))
    words = crosswalk.rename(rules.names, words, renamed, unknown_names) if rules.names else words
    reasons = _without_totals(cells, mapping, _reasons(texts["received_at"], parsed["received_at"], rules.year))
    columns = _assessed({"ticket_id": ids} | words | parsed, fields_nulled)
    columns = coordinates.places(_plausible(columns, fields_nulled), rules.extent, fields_nulled)
    columns |= {"row": batch["row"], "numeric": pc.match_substring_regex(ids, _NUMBER)}
    return Transformed(pa.RecordBatch.from_pydict(columns), reasons, +fields_nulled, +renamed, +mended, unknown_names)


def run_query(engine: ibis.BaseBackend, columns: dict[str, pa.Array], select: Callable) -> dict[str, pa.Array]:
    """Return the columns that `select` computes from a table of `columns`, rows in order; unregister the table afterwards."""
    table = ibis.memtable(pa.table(columns))
    answer = engine.to_pyarrow(table.select(**select(table)))
    engine.con.unregister(table.get_name())
    return {name: answer[name].combine_chunks() for name in answer.column_names}


def _ids(batch: pa.RecordBatch, cells: dict[str, pa.Array], mapping: Mapping, engine: ibis.BaseBackend,
         fields_nulled: Counter) -> pa.Array:
    """Return ticket ids: the export's own, or `row-<hash>` of all cells of a row whose id is missing or was rounded."""
    origin = mapping.columns.ticket_id
    ids = (_blank_to_null(pc.utf8_trim_whitespace(_part(cells[origin.column], origin)), mapping.unknown) if origin
           else pa.nulls(batch.num_rows, pa.string()))
    rounded = pc.match_substring_regex(ids, _ROUNDED)
    if _true(rounded):
        fields_nulled[_ROUNDED_IDS] += _true(rounded)
        ids = pc.if_else(rounded, pa.scalar(None, pa.string()), ids)
    if not ids.null_count:
        return ids
    nameless = batch.filter(pc.is_null(ids)).drop_columns(["row"])
    whole = pc.binary_join_element_wise(*nameless.columns, "\x1f")
    hashes = run_query(engine, {"whole": whole}, lambda table: {"name": table.whole.hexdigest("md5")})["name"]
    hashes = pc.binary_join_element_wise("row", pc.utf8_slice_codeunits(hashes, 0, 16), "-")
    return pc.replace_with_mask(ids, pc.is_null(ids), hashes)


def _part(cells: pa.Array, origin: Text | Flag) -> pa.Array:
    """Return the part of each cell that the pattern extracts, empty where it does not match."""
    if not origin.pattern:
        return cells
    fits = pc.extract_regex(pc.utf8_trim_whitespace(cells), origin.pattern)
    return pc.fill_null(pc.struct_field(fits, "part"), "")


def _blank_to_null(texts: pa.Array, missing: Collection[str]) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(["", *missing])), pa.scalar(None, pa.string()), texts)


def _written(cells: dict[str, pa.Array], origin: Time, missing: Collection[str]) -> pa.Array:
    """Return the texts of a time, its parts joined by a space; null where all are blank."""
    parts = [_blank_to_null(pc.ascii_trim_whitespace(cells[column]), missing) for column in origin.parts]
    if origin.widths:
        parts = [_padded(part, width) for part, width in zip(parts, origin.widths, strict=True)]
    else:
        parts = [excel_dates.written(part) for part in parts]
    if len(parts) == 1:
        return parts[0]
    joined = pc.binary_join_element_wise(*(pc.fill_null(part, "") for part in parts), " ")
    return _blank_to_null(pc.ascii_trim_whitespace(joined), [])


def _padded(texts: pa.Array, width: int) -> pa.Array:
    """Pad numbers with zeros from the left: 200 and 200.0 become 000200."""
    texts = pc.replace_substring_regex(texts, r"^(\d+)\.0*$", r"\1")
    return pc.if_else(pc.match_substring_regex(texts, r"^\d+$"), pc.utf8_lpad(texts, width, "0"), texts)


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


def _reasons(written: pa.Array, received_at: pa.Array, year: int) -> pa.Array:
    years = pc.year(received_at)
    other = pc.binary_join_element_wise("received_at lies in", pc.cast(years, pa.string()), " ")
    return pc.case_when(pc.make_struct(pc.is_null(written), pc.is_null(received_at), pc.not_equal(years, year)),
                        "received_at is blank", "received_at cannot be read", other)


def _without_totals(cells: dict[str, pa.Array], mapping: Mapping, reasons: pa.Array) -> pa.Array:
    """Return the reasons with that of a row of totals, which the first column, the time or the id says."""
    origin = mapping.columns.ticket_id
    heads = {next(iter(cells)), *([origin.column] if origin else []),
             *(mapping.columns.received_at.parts[:1] if reasons.null_count < len(reasons) else [])}
    total = functools.reduce(pc.or_, (names.is_total(cells[name]) for name in heads))
    return pc.if_else(total, "is a row of totals", reasons)


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
    """Set closing times before receipt to null, and compute `on_time` from closing and due times where both are known."""
    closed, due = columns.get("closed_at"), columns.get("due_at")
    if closed is None:
        return columns
    early = pc.fill_null(pc.less(closed, columns["received_at"]), False)
    fields_nulled["closed_at lies before received_at"] += _true(early)
    closed = pc.if_else(early, pa.scalar(None, closed.type), closed)
    if due is None:
        return columns | {"closed_at": closed}
    on_time = pc.less_equal(closed, due)
    return columns | {"closed_at": closed,
                      "on_time": pc.coalesce(on_time, columns["on_time"]) if "on_time" in columns else on_time}


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
