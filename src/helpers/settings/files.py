"""Write files atomically: readers see the old contents or the new ones, whole; no text of theirs runs in a spreadsheet."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_RUNS = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+\-]?\d+(\.\d+)?%?")


def guarded(value: str) -> str:
    """Return a text that no spreadsheet runs as a formula; a printed number such as -3.2% is harmless and stays."""
    return f"'{value}" if _RUNS.match(value) and not _NUMBER.fullmatch(value) else value


@contextmanager
def atomic_write(file: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `file`, which is created; rename it to `file` when the block succeeds.

    Where the block raises, the temporary file is removed and `file` stays as it was. The new file has the mode that the process's
    umask leaves.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


@cache
def _umask() -> int:
    """Return the umask of the process, which can only be read by setting it: once, so that threads hardly ever see the other."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
