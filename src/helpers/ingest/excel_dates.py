"""Convert Excel's serial dates (days since 30 December 1899), which exports may show as bare numbers, to text."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_DAYS = r"^[2-7]\d{4}(\.\d+)?$"  # 20000 is 1954-10-03, 79999 is 2119-01-09
_PART = r"^0?\.\d+$"  # of a day: 0.5 is noon
SHIFT_1904 = 1462  # days from 30 December 1899 to 1 January 1904, from which workbooks of old Macintoshes count
_WHOLE = len("2020-01-01 12:00:00")  # a text of this length is no serial number, and nearly all times have it
_ZERO = np.datetime64("1899-12-30T00:00:00", "s")


def written(texts: pa.Array, shift: int = 0) -> pa.Array:
    """Return texts with serial dates written out (43831.5 as 2020-01-01 12:00:00, 0.5 as 12:00:00); others stay, nulls too.

    `shift` is added to the days: `SHIFT_1904` in a workbook that counts from 1904.
    """
    if pc.all(pc.equal(pc.binary_length(texts), _WHOLE)).as_py() is not False:
        return texts
    return _times(_times(texts, _DAYS, "%Y-%m-%d %H:%M:%S", shift), _PART, "%H:%M:%S")


def _times(texts: pa.Array, pattern: str, form: str, shift: int = 0) -> pa.Array:
    serial = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    if not pc.any(serial).as_py():
        return texts
    days = texts.filter(serial).cast(pa.float64()).to_numpy() + shift
    times = pa.array(_ZERO + np.rint(days * 86400).astype("timedelta64[s]"))
    return pc.replace_with_mask(texts, serial, pc.strftime(times, form))
