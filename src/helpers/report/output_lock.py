"""Let one process at a time write a folder of outputs."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from helpers.settings import files, paths


@contextmanager
def locked(folders: Iterable[Path]) -> Iterator[None]:
    """Wait for other reports in the same folders, then run the block alone."""
    with ExitStack() as held:
        for folder in sorted({*folders}):
            file = paths.output_lock(folder)
            file.parent.mkdir(parents=True, exist_ok=True)
            waits = f"{folder.name} is being written by another process: waiting for it to end."
            held.enter_context(files.waiting_lock(file, waits))
        yield
