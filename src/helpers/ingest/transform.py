"""An export's rows become tickets as a mapping says, some thousands at a time. Only mapped columns are looked at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from helpers.ingest import crosswalk, excel_dates, mappings
from helpers.ingest.crosswalk import Crosswalk
from helpers.ingest.mappings import Flag, Mapping, Number, Tags, Text, Time
from helpers.settings.editions import Extent
from helpers.tickets import schema

_WORDS = pa.dictionary(pa.int32(), pa.string())
_NUMBER = r"^\d{6,}$"  # an id that a spreadsheet may have cut
_SHORTENED = r"^\d(\.\d+)?[Ee]\+?\d+$"  # 2.02504E+12: a spreadsheet has destroyed it
_DESTROYED = "ticket_id is a rounded number, as where a spreadsheet writes 2.02504E+12: the whole row names the ticket"


@ibis.udf.scalar.builtin
def try_strptime(text: str, formats: list[str]) -> dt.timestamp:
    """DuckDB's own: the time that `text` writes in the first of `formats` that fits, null where none does (30.2.)."""


@dataclass(frozen=True)
class Rules:
    """By what rows are judged beside the mapping: the year, what names are called, and where the city lies."""

    year: int
    names: Crosswalk | None = None
    extent: Extent | None = None


@dataclass(frozen=True)
class Transformed:
    """Rows as far as they are known.

    `rows` has the mapped columns of tickets (words dictionary-encoded), then `row`, `key` (a 64-bit hash of the ticket_id) and
    `number` (whether that is a long number); `reasons` says why a row cannot become a ticket, null where it can; `nulled` counts
    by rule the fields that became null, `renamed` by column the names that the crosswalk changed, `heard` those it does not know.
    """

    rows: pa.RecordBatch
    reasons: pa.Array
    nulled: Counter
    renamed: Counter
    heard: crosswalk.UnknownNames


def transform(batch: pa.RecordBatch, header: list[str], mapping: Mapping, rules: Rules, engine: ibis.BaseBackend) -> Transformed:
    """Translate a batch of `exports`. Rows received in another year, or at no readable time, get a reason."""
    nulled, renamed, heard = Counter(), Counter(), crosswalk.UnknownNames()
    cells = dict(zip(header, batch.columns, strict=False))
    times = {name: origin for name, origin in mapping.mapped.items() if isinstance(origin, Time)}
    texts = {name: _written(cells, origin, mapping.missing) for name, origin in times.items()}
    ids = _ids(batch, cells, mapping, engine, nulled)
    known = run_query(engine, {"key": ids, **texts}, lambda table: {"key": table.key.hash()} | {
        name: try_strptime(table[name], origin.formats) for name, origin in times.items()})
    words = {name: _column(cells, name, origin, mapping.missing, nulled)
             for name, origin in mapping.mapped.items() if name not in times and name != "ticket_id"}
    for name in times.keys() - {"received_at"}:
        nulled[f"{name} cannot be read"] += _true(pc.and_(pc.is_valid(texts[name]), pc.is_null(known[name])))
    words = crosswalk.rename(rules.names, words, renamed, heard) if rules.names else words
    reasons = _reasons(texts["received_at"], known["received_at"], rules.year)
    columns = _inside(_plausible(_assessed({"ticket_id": ids} | words | known, nulled), nulled), rules.extent, nulled)
    columns |= {"row": batch["row"], "number": pc.match_substring_regex(ids, _NUMBER)}
    return Transformed(pa.RecordBatch.from_pydict(columns), reasons, +nulled, +renamed, heard)


def run_query(engine: ibis.BaseBackend, columns: dict[str, pa.Array], asked: Callable) -> dict[str, pa.Array]:
    """Return what `asked` makes of columns, in their order; the engine, which would keep them, lets go of them."""
    table = ibis.memtable(pa.table(columns))
    answer = engine.to_pyarrow(table.select(**asked(table)))
    engine.con.unregister(table.get_name())
    return {name: answer[name].combine_chunks() for name in answer.column_names}


def _ids(batch: pa.RecordBatch, cells: dict[str, pa.Array], mapping: Mapping, engine: ibis.BaseBackend,
         nulled: Counter) -> pa.Array:
    """Return the export's own ids; a row without one, or with a destroyed one, is named by a hash of all that stands in it."""
    origin = mapping.columns.ticket_id
    ids = (_blank_to_null(pc.utf8_trim_whitespace(_part(cells[origin.column], origin)), mapping.missing) if origin
           else pa.nulls(batch.num_rows, pa.string()))
    destroyed = pc.match_substring_regex(ids, _SHORTENED)
    if _true(destroyed):
        nulled[_DESTROYED] += _true(destroyed)
        ids = pc.if_else(destroyed, pa.scalar(None, pa.string()), ids)
    if not ids.null_count:
        return ids
    nameless = batch.filter(pc.is_null(ids)).drop_columns(["row"])
    whole = pc.binary_join_element_wise(*nameless.columns, "\x1f")
    names = run_query(engine, {"whole": whole}, lambda table: {"name": table.whole.hexdigest("md5")})["name"]
    names = pc.binary_join_element_wise("row", pc.utf8_slice_codeunits(names, 0, 16), "-")
    return pc.replace_with_mask(ids, pc.is_null(ids), names)


def _part(cells: pa.Array, origin: Text | Flag) -> pa.Array:
    """Return the part of each cell that counts, empty where the pattern does not fit."""
    if not origin.pattern:
        return cells
    fits = pc.extract_regex(pc.utf8_trim_whitespace(cells), origin.pattern)
    return pc.fill_null(pc.struct_field(fits, "part"), "")


def _blank_to_null(texts: pa.Array, missing: list[str]) -> pa.Array:
    return pc.if_else(pc.is_in(texts, pa.array(["", *missing])), pa.scalar(None, pa.string()), texts)


def _written(cells: dict[str, pa.Array], origin: Time, missing: list[str]) -> pa.Array:
    """Return a time as it is written, its parts joined by a space; null where nothing is written."""
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
    """Fill numbers up with zeros from the left: 200 and 200.0 are 000200."""
    texts = pc.replace_substring_regex(texts, r"^(\d+)\.0*$", r"\1")
    return pc.if_else(pc.match_substring_regex(texts, r"^\d+$"), pc.utf8_lpad(texts, width, "0"), texts)


def _column(cells: dict[str, pa.Array], name: str, origin, missing: list[str], nulled: Counter) -> pa.Array:
    if isinstance(origin, Tags):
        return _tags(cells[origin.column], origin, missing)
    if isinstance(origin, Number):
        return _number(cells[origin.column], name, missing, nulled)
    words, unlisted = _words(cells, origin, missing)
    nulled[f"{name} has a word that the mapping does not list"] += _true(pc.and_(unlisted, pc.is_null(words)))
    return words


def _words(cells: dict[str, pa.Array], origin: Text | Flag, missing: list[str]) -> tuple[pa.Array, pa.Array]:
    """Return what the words of a column stand for, and where a word stands that must be listed and is not.

    What is done to a word is done once for each different word, not for each row.
    """
    encoded = _part(cells[origin.column], origin).dictionary_encode()
    stripped = [word.strip() for word in encoded.dictionary.to_pylist()]
    found = [None if word in ("", *missing) else word for word in stripped]
    meant = [origin.values.get(word, word if origin.keep else None) for word in found]
    meant = [origin.default if word is None and not origin.otherwise else word for word in meant]
    strange = [word is not None and not origin.keep and word not in origin.values for word in found]
    words, unlisted = _laid_out(meant, encoded.indices, origin), pa.array(strange, pa.bool_()).take(encoded.indices)
    if not origin.otherwise:
        return words, unlisted
    further, also = _words(cells, origin.otherwise, missing)
    if isinstance(origin, Flag):
        return pc.coalesce(words, further), pc.or_(unlisted, also)
    both = pc.fill_null(pc.coalesce(words.cast(pa.string()), further.cast(pa.string())), origin.default)
    return both.dictionary_encode().cast(_WORDS), pc.or_(unlisted, also)


def _laid_out(meant: list, indices: pa.Array, origin: Text | Flag) -> pa.Array:
    """Return for each row what its word means; words stay encoded, each of them once in the dictionary."""
    if isinstance(origin, Flag):
        return pa.array(meant, pa.bool_()).take(indices)
    codes = pa.array(meant, pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices.take(indices), codes.dictionary)


def _true(mask: pa.Array) -> int:
    return pc.sum(mask).as_py() or 0


def _tags(cells: pa.Array, origin: Tags, missing: list[str]) -> pa.Array:
    """Return each cell's labels, each once, in their order; what is done to a cell is done once for equal cells."""
    encoded = cells.dictionary_encode()
    parts = ([origin.values.get(part.strip(), part.strip()) for part in cell.split(origin.separator)]
             for cell in encoded.dictionary.to_pylist())
    labels = [[part for part in dict.fromkeys(cell) if part and part not in missing] for cell in parts]
    return pa.array(labels, pa.list_(pa.string())).take(encoded.indices)


def _number(cells: pa.Array, name: str, missing: list[str], nulled: Counter) -> pa.Array:
    """Return numbers; what is none, or no place on earth, is null."""
    texts = _blank_to_null(pc.utf8_trim_whitespace(cells), missing)
    plain = pc.match_substring_regex(texts, r"^[+-]?\d{1,3}(\.\d+)?$")
    numbers = pc.if_else(plain, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    limit = {"longitude": 180, "latitude": 90}[name]
    numbers = pc.if_else(pc.less_equal(pc.abs(numbers), limit), numbers, pa.scalar(None, pa.float64()))
    nulled[f"{name} cannot be read"] += numbers.null_count - texts.null_count
    return numbers


def _reasons(written: pa.Array, received_at: pa.Array, year: int) -> pa.Array:
    years = pc.year(received_at)
    other = pc.binary_join_element_wise("received_at lies in", pc.cast(years, pa.string()), " ")
    return pc.case_when(pc.make_struct(pc.is_null(written), pc.is_null(received_at), pc.not_equal(years, year)),
                        "received_at is blank", "received_at cannot be read", other)


def _assessed(columns: dict[str, pa.Array], nulled: Counter) -> dict[str, pa.Array]:
    """Leave outcomes only where a ticket is assessed: contract, `reached` null when not assessed."""
    if "assessment" not in columns:
        return columns
    assessment = columns["assessment"]
    assessed = pc.fill_null(pc.not_equal(assessment.dictionary, "none").take(assessment.indices), False)
    told = {name: columns[name] for name in mappings.OUTCOMES if name in columns}
    kept = {name: pc.if_else(assessed, column, pa.scalar(None, column.type)) for name, column in told.items()}
    for name in told:
        nulled[f"{name} of a ticket that is not assessed"] += kept[name].null_count - told[name].null_count
    return columns | kept


def _plausible(columns: dict[str, pa.Array], nulled: Counter) -> dict[str, pa.Array]:
    """No ticket is closed before it is received: that closing time is not known, nor what it would say of on_time."""
    closed, due = columns.get("closed_at"), columns.get("due_at")
    if closed is None:
        return columns
    early = pc.fill_null(pc.less(closed, columns["received_at"]), False)
    nulled["closed_at lies before received_at"] += _true(early)
    closed = pc.if_else(early, pa.scalar(None, closed.type), closed)
    if due is None:
        return columns | {"closed_at": closed}
    on_time = pc.less_equal(closed, due)
    return columns | {"closed_at": closed,
                      "on_time": pc.coalesce(on_time, columns["on_time"]) if "on_time" in columns else on_time}


def _inside(columns: dict[str, pa.Array], extent: Extent | None, nulled: Counter) -> dict[str, pa.Array]:
    """Leave coordinates only where they lie in the city; of one that does not, neither part is known."""
    told = [name for name in ("longitude", "latitude") if name in columns]
    if extent is None or not told:
        return columns
    outside = pa.array(np.zeros(len(columns[told[0]]), bool))
    for name in told:
        least, most = getattr(extent, name)
        wrong = pc.or_(pc.less(columns[name], least), pc.greater(columns[name], most))
        outside = pc.or_(outside, pc.fill_null(wrong, False))
    nulled["longitude, latitude lie outside the city"] += _true(outside)
    return columns | {name: pc.if_else(outside, pa.scalar(None, pa.float64()), columns[name]) for name in told}


def complete_columns(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return rows with every column of a ticket, in order; what the export has not is null, and tags are empty."""
    return pa.RecordBatch.from_pydict({
        name: rows[name] if name in rows.schema.names else _absent(rows.num_rows, kind)
        for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})


def _absent(rows: int, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        return pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()), pa.array([], pa.string()))
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))
    return pa.nulls(rows, kind)
