"""Where an ingest works: alone in its edition, in a folder of its own that is gone afterwards, with room on the disk."""

import errno
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_TIMES = {".gz": 8, ".zip": 8, ".xlsx": 8, ".parquet": 6}  # how many times its size an export may have as text


@contextmanager
def edition_lock(edition: Edition) -> Iterator[None]:
    """Let one ingest of an edition run at a time; the system frees the lock of one that was killed."""
    file = paths.lock(edition.key)
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(file)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        print(f"{edition.key} is being ingested by another process: waiting for it to end.", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def work_folder(edition: Edition, files: Iterable[Path]) -> Iterator[Path]:
    """Yield a folder for what waits; what ingests that were killed left behind is gone then.

    Raises KnownError where the disk has less room than the exports may need, or is full before the end.
    """
    key, held = edition.key, paths.tickets(edition.key)
    for left in paths.DATA.glob(f".ingest-{key}-*"):
        shutil.rmtree(left, ignore_errors=True)
    for file in (held, paths.quarantine(edition.key), paths.unlisted(edition.key)):
        for left in [*file.parent.glob(f".{file.name}.*"), *file.parent.glob(f"..{file.name}.*")]:
            left.unlink(missing_ok=True)
    texts = sum(file.stat().st_size * _TIMES.get(file.suffix.lower(), 1) for file in files if file.exists())
    needed = texts + 2 * (held.stat().st_size if held.exists() else 0)
    free, place = shutil.disk_usage(paths.DATA).free, yaml_models.display_path(paths.DATA)
    if free < needed:
        raise UserError(f"{key}: {place}/ has {free / 1e9:.1f} GB free and the exports may need {needed / 1e9:.1f} GB; nothing "
                         "was written: make room and ingest again.")
    try:
        with tempfile.TemporaryDirectory(dir=paths.DATA, prefix=f".ingest-{key}-") as made:
            yield Path(made)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise UserError(f"{key}: {place}/ takes no more ({error.strerror or error}); the tickets are as they were: make room "
                         "and ingest again.") from None
