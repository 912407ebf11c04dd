"""Let one process at a time write a folder of outputs."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import filelock

from helpers.settings import paths


@contextmanager
def locked(folders: Iterable[Path]) -> Iterator[None]:
    """Wait for other reports in the same folders, then run the block alone; the system frees the lock of a killed process."""
    with ExitStack() as held:
        for folder in sorted({*folders}):
            file = paths.output_lock(folder)
            file.parent.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(file)
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                print(f"{folder.name} is being written by another process: waiting for it to end.", file=sys.stderr)
                lock.acquire()
            held.callback(lock.release)
        yield
