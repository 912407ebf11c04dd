"""Write files atomically: readers see the old contents or the new ones, whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(file: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `file`, which is created; rename it to `file` when the block succeeds.

    Where the block raises, the temporary file is removed and `file` stays as it was. The new file has mode 0644.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, 0o644)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
