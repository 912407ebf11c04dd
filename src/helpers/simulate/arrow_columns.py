"""Build Arrow columns from small integers without a loop over rows: words, times, flags, tags, identifiers."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa


def words(codes: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    """Return a dictionary-encoded column of words from codes, which are positions in `names`; negative codes are null.

    Equal names (八里庄街道 of two districts) share an entry: Parquet writes dictionaries only of distinct words.
    """
    positions = {name: position for position, name in enumerate(dict.fromkeys(names))}
    distinct = np.array([*(positions[name] for name in names), -1], dtype=np.int16)
    indices = _nullable(distinct[codes.astype(np.int16)], codes >= 0, pa.int16())
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(positions), pa.string()))


def times(seconds: np.ndarray, at: np.ndarray | None = None, count: int | None = None) -> pa.Array:
    """Return a column of times from seconds since 1970; with `at`, a column of `count` rows that is null but in the rows `at`."""
    micros = seconds.astype(np.int64) * 1_000_000
    return pa.array(micros).view(pa.timestamp("us")) if at is None else _placed(micros, at, count, pa.timestamp("us"))


def flags(values: np.ndarray, at: np.ndarray, count: int) -> pa.Array:
    """Return a column of `count` booleans with `values` in the rows `at`, null elsewhere."""
    return _placed(values, at, count, pa.bool_())


def placed(codes: np.ndarray, at: np.ndarray, count: int) -> np.ndarray:
    """Return `count` codes with `codes` in the rows `at`, -1 elsewhere."""
    whole = np.full(count, -1, dtype=np.int16)
    whole[at] = codes
    return whole


def _placed(values: np.ndarray, at: np.ndarray, count: int, kind: pa.DataType) -> pa.Array:
    whole, known = np.zeros(count, dtype=values.dtype), np.zeros(count, dtype=bool)
    whole[at], known[at] = values, True
    return _nullable(whole, known, kind)


def _nullable(values: np.ndarray, known: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Return an Arrow array that shares the memory of numbers, null where not `known`."""
    bits = np.packbits(values, bitorder="little") if pa.types.is_boolean(kind) else values
    mask = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [pa.py_buffer(mask), pa.py_buffer(bits)])


def tags(labels: dict[str, np.ndarray], count: int) -> pa.ListArray:
    """Return a column of `count` lists, each with the names of the labels whose mask is true in its row, in their order."""
    masks = np.array(list(labels.values()), dtype=bool).reshape(len(labels), count).T
    offsets = np.concatenate([[0], np.cumsum(masks.sum(axis=1))]).astype(np.int32)
    codes = np.nonzero(masks)[1].astype(np.int16)
    return pa.ListArray.from_arrays(pa.array(offsets), words(codes, list(labels)).cast(pa.string()))


def identifiers(seconds: np.ndarray) -> pa.StringArray:
    """Return ids `YYMMDD-NNNNNN` (day of receipt, number within the day from 1) for sorted seconds since 1970."""
    day = seconds // 86400
    days, which = np.arange(day[0], day[-1] + 1), day - day[0]
    number = (np.arange(len(day)) - np.searchsorted(day, days)[which] + 1).astype(np.int32)
    begins = [f"{date(1970, 1, 1) + timedelta(int(day)):%y%m%d}-000000".encode() for day in days]
    text = np.frombuffer(b"".join(begins), np.uint8).reshape(len(days), 13)[which]
    for digit in range(6):
        text[:, 12 - digit] = 48 + number % 10
        number //= 10
    offsets = np.arange(0, 13 * len(day) + 1, 13, dtype=np.int32)
    return pa.StringArray.from_buffers(len(day), pa.py_buffer(offsets), pa.py_buffer(text))
