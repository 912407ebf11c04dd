"""Provide an ingest with a lock on its edition, a temporary folder, and a check of the disk's free space."""

import errno
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.ingest import commit
from helpers.settings import files, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_EXPANSION = {".gz": 8, ".zip": 8, ".xlsx": 8, ".parquet": 6}  # size as text of a packed export, as a multiple of its own


@contextmanager
def edition_lock(edition: Edition) -> Iterator[None]:
    """Wait for other ingests of an edition, finish what a killed one had begun to put into place, then run the block alone."""
    file = paths.lock(edition.key)
    files.make_private_folder(file.parent)
    with files.waiting_lock(file, f"{edition.key} is being ingested by another process: waiting for it to end."):
        commit.finish(edition.key)
        yield


@contextmanager
def work_folder(edition: Edition, exports: Iterable[Path]) -> Iterator[Path]:
    """Yield a temporary folder, removed afterwards; remove leftovers of killed ingests of the edition first.

    Raises UserError where the disk has less free space than the exports may need, or runs full in the block.
    """
    key, tickets = edition.key, paths.tickets(edition.key)
    for left in paths.DATA.glob(f".ingest-{key}-*"):
        shutil.rmtree(left, ignore_errors=True)
    for file in (tickets, paths.quarantine(edition.key), paths.unlisted(edition.key)):
        for left in [*file.parent.glob(f".{file.name}.*"), *file.parent.glob(f"..{file.name}.*")]:
            left.unlink(missing_ok=True)
    texts = sum(file.stat().st_size * _EXPANSION.get(file.suffix.lower(), 1) for file in exports if file.exists())
    needed = texts + 2 * (tickets.stat().st_size if tickets.exists() else 0)
    free, place = shutil.disk_usage(paths.DATA).free, yaml_models.display_path(paths.DATA)
    if free < needed:
        raise UserError(f"{key}: {place}/ has {free / 1e9:.1f} GB free and the exports may need {needed / 1e9:.1f} GB; nothing "
                         "was written: make room and ingest again.")
    try:
        with tempfile.TemporaryDirectory(dir=paths.DATA, prefix=f".ingest-{key}-") as folder:
            yield Path(folder)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise UserError(f"{key}: {place}/ takes no more ({error.strerror or error}); the tickets are as they were: make room "
                         "and ingest again.") from None
