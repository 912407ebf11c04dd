"""Write an answer to a file for Stata, R or a spreadsheet, with a codebook beside it; read a file to join with tickets."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa

from helpers.chapters import arguments
from helpers.settings import labels, number_format
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.files import atomic_write, guarded_table
from helpers.tickets import parquet

_DATA = ("simulated", "export")
_STATA = 118  # the first version of .dta whose texts are UTF-8
_LONGEST = 80  # characters of a label in Stata


def read(file: str | Path) -> pd.DataFrame:
    """Return a table from a CSV file (UTF-8, or GB18030 where it is none), a workbook's first sheet, or a Parquet file.

    Raises UserError where there is no such file, or it is of another kind.
    """
    place = Path(file)
    if not place.is_file():
        raise UserError(f"{place}: is not there: name a CSV, XLSX or Parquet file, relative to the notebook's folder.",
                        exit_code=2)
    match place.suffix.lower():
        case ".csv":
            try:
                return pd.read_csv(place, encoding="utf-8-sig")
            except UnicodeDecodeError:
                return pd.read_csv(place, encoding="gb18030")
        case ".xlsx":
            return pd.read_excel(place, engine="calamine")
        case ".parquet":
            return parquet.rows(place).to_pandas()
    raise UserError(f"{place}: is neither CSV, XLSX nor Parquet: save it as one of these.", exit_code=2)


def export(answer: pd.DataFrame, file: str | Path, *, words: Mapping[str, str] | None = None, data: str | None = None) -> Path:
    """Write an answer of `chapter.ask` as .dta (Stata 14 or newer), .parquet or .csv (UTF-8 with a byte order mark).

    The first column, `data`, says whether the numbers are simulated. Values are unrounded in base units; columns keep their names
    in code and get their words as labels (of a .dta the variables', coded values too). Beside it, `<stem>.codebook.csv` has a row
    for each column: name, words, unit, type, known, missing, least, most, values. `words` name columns of one's own.
    `data` is to be said where the answer has lost it, as after a merge with another table. Returns the file's path.
    Raises UserError for another kind of file, an unknown column, or where it is not known what the numbers are.
    """
    arguments.check_answer(answer)
    place, kind = Path(file), data or answer.attrs.get("data")
    if kind not in _DATA:
        raise UserError('it is not known whether these numbers are simulated: write data="simulated" or data="export".',
                        exit_code=2)
    if place.suffix.lower() not in _WRITERS:
        raise UserError(f"{place}: cannot be written.{did_you_mean(place.suffix, _WRITERS)}", exit_code=2)
    table = pd.concat([pd.Series(kind, index=answer.index, name="data", dtype="str"), answer], axis=1)
    with labels.made_up(words or {}, answer):
        codebook = _codebook(table)
    with atomic_write(place) as temporary:
        _WRITERS[place.suffix.lower()](table, codebook, temporary)
    with atomic_write(place.with_name(f"{place.stem}.codebook.csv")) as temporary:
        guarded_table(codebook).to_csv(temporary, index=False, encoding="utf-8-sig")
    return place


def _codebook(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each column; least and most of numbers and times, values of codes and of few names."""
    return pd.DataFrame([{
        "name": name, "words": labels.column(name), "unit": labels.unit(name), "type": str(values.dtype),
        "known": int(values.notna().sum()), "missing": int(values.isna().sum()),
        "least": values.min() if _is_ordered(values) else None, "most": values.max() if _is_ordered(values) else None,
        "values": "；".join(f"{value}={word}" for value, word in labels.values(name).items()),
        "note": _NOTES.get(number_format.kind(name), "")} for name, values in table.items()], dtype=object)


def _is_ordered(values: pd.Series) -> bool:
    kinds = pd.api.types
    return values.notna().any() and (kinds.is_numeric_dtype(values) or kinds.is_datetime64_any_dtype(values))


def _to_csv(table: pd.DataFrame, codebook: pd.DataFrame, file: Path) -> None:
    guarded_table(table).to_csv(file, index=False, encoding="utf-8-sig")


def _to_arrow_file(table: pd.DataFrame, codebook: pd.DataFrame, file: Path) -> None:
    rows = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    words = dict(zip(codebook["name"], codebook["words"], strict=True))
    parquet.write(file, rows.to_batches(), rows.schema, {"data": str(table["data"].iloc[0]) if len(table) else "", **{
        f"words.{name}": word for name, word in words.items()}})


def _to_stata(table: pd.DataFrame, codebook: pd.DataFrame, file: Path) -> None:
    coded = {name: labels.values(name) for name in table if labels.values(name)}
    plain = table.assign(**{name: pd.Categorical(table[name].map(words), categories=list(dict.fromkeys(words.values())))
                            for name, words in coded.items()})
    plain = plain.assign(**{name: _for_stata(values) for name, values in plain.items()})
    heads = {name: f"{word}（{unit}）"[:_LONGEST] if unit else word[:_LONGEST]
             for name, word, unit in codebook[["name", "words", "unit"]].itertuples(index=False)}
    plain.to_stata(file, write_index=False, version=_STATA, variable_labels=heads)


def _for_stata(values: pd.Series) -> pd.Series:
    """Return a column without what Stata lacks: truth values, whole numbers that are missing, and texts that are."""
    kinds = pd.api.types
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values
    if kinds.is_bool_dtype(values) or (kinds.is_integer_dtype(values) and values.isna().any()):
        return values.astype("float64")
    return values.astype(object).where(values.notna(), "") if kinds.is_string_dtype(values) else values


_NOTES = {"share": "0至1", "rate": "0至1", "change": "0.1为增长10%", "points": "0.01为1个百分点",
          "weekday": "1为星期一", "hour": "0至23"}
_WRITERS = {".csv": _to_csv, ".dta": _to_stata, ".parquet": _to_arrow_file}
