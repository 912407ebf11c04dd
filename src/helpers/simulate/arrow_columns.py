"""Arrow columns from small integers: words as dictionaries, times, lists and identifiers, without a loop over rows."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa


def words(codes: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    """Return a column of words from codes, the places of `names`; negative codes are null.

    A name that stands twice (八里庄街道) is one word: Parquet stores a column as a dictionary only where words are distinct.
    """
    places = {name: place for place, name in enumerate(dict.fromkeys(names))}
    distinct = np.array([*(places[name] for name in names), -1], dtype=np.int16)
    indices = _nullable(distinct[codes.astype(np.int16)], codes >= 0, pa.int16())
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(places), pa.string()))


def times(seconds: np.ndarray, at: np.ndarray | None = None, count: int | None = None) -> pa.Array:
    """Return a column of times from seconds since 1970; with `at`, they stand in those rows of `count`, else null."""
    micros = seconds.astype(np.int64) * 1_000_000
    return pa.array(micros).view(pa.timestamp("us")) if at is None else _placed(micros, at, count, pa.timestamp("us"))


def flags(values: np.ndarray, at: np.ndarray, count: int) -> pa.Array:
    """Return a column of true and false that stand in the rows `at` of `count`; the rest is null."""
    return _placed(values, at, count, pa.bool_())


def placed(codes: np.ndarray, at: np.ndarray, count: int) -> np.ndarray:
    """Return codes that stand in the rows `at` of `count`; the rest is -1."""
    whole = np.full(count, -1, dtype=np.int16)
    whole[at] = codes
    return whole


def _placed(values: np.ndarray, at: np.ndarray, count: int, kind: pa.DataType) -> pa.Array:
    whole, known = np.zeros(count, dtype=values.dtype), np.zeros(count, dtype=bool)
    whole[at], known[at] = values, True
    return _nullable(whole, known, kind)


def _nullable(values: np.ndarray, known: np.ndarray, kind: pa.DataType) -> pa.Array:
    """Return an Arrow array of numbers in memory as it is, null where not `known`."""
    bits = np.packbits(values, bitorder="little") if pa.types.is_boolean(kind) else values
    mask = np.packbits(known, bitorder="little")
    return pa.Array.from_buffers(kind, len(values), [pa.py_buffer(mask), pa.py_buffer(bits)])


def tags(labels: dict[str, np.ndarray], count: int) -> pa.ListArray:
    """Return a column of `count` lists: the names of the labels whose mask is true, in their order."""
    masks = np.array(list(labels.values()), dtype=bool).reshape(len(labels), count).T
    offsets = np.concatenate([[0], np.cumsum(masks.sum(axis=1))]).astype(np.int32)
    codes = np.nonzero(masks)[1].astype(np.int16)
    return pa.ListArray.from_arrays(pa.array(offsets), words(codes, list(labels)).cast(pa.string()))


def identifiers(seconds: np.ndarray) -> pa.StringArray:
    """Return `YYMMDD-NNNNNN`: the day of receipt and the number within the day, for seconds since 1970 in order."""
    day = seconds // 86400
    days, which = np.arange(day[0], day[-1] + 1), day - day[0]
    number = (np.arange(len(day)) - np.searchsorted(day, days)[which] + 1).astype(np.int32)
    begins = [f"{date(1970, 1, 1) + timedelta(int(day)):%y%m%d}-000000".encode() for day in days]
    text = np.frombuffer(b"".join(begins), np.uint8).reshape(len(days), 13)[which]
    for place in range(6):
        text[:, 12 - place] = 48 + number % 10
        number //= 10
    offsets = np.arange(0, 13 * len(day) + 1, 13, dtype=np.int32)
    return pa.StringArray.from_buffers(len(day), pa.py_buffer(offsets), pa.py_buffer(text))
