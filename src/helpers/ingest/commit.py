"""Put several files into their places as one step: after a kill or a loss of power, the next ingest finishes what was begun.

The new files are complete and on the disk beside their places before a journal names them. From then on they count as written:
each is renamed, and the journal is removed last.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from helpers.settings import files, paths

_SUFFIX = ".new"


@contextmanager
def replacing(key: str, targets: Sequence[Path]) -> Iterator[list[Path]]:
    """Yield a path for the new contents of each target; when the block succeeds, put them all into their places.

    A target whose new file was not written is removed. Where the block raises, all stay as they were. `key` is the edition's.
    """
    written = [target.with_name(f".{target.name}{_SUFFIX}") for target in targets]
    try:
        yield written
        moves = {target.relative_to(paths.DATA).as_posix(): new.exists() for target, new in zip(targets, written, strict=True)}
        files.sync(*filter(Path.exists, written), *{new.parent for new in written if new.parent.exists()})
        with files.atomic_write(paths.unfinished(key), private=True) as temporary:
            temporary.write_text(json.dumps(moves, ensure_ascii=False), encoding="utf-8")
            files.sync(temporary)
        files.sync(paths.DATA)
    except BaseException:
        if not paths.unfinished(key).exists():
            for new in written:
                new.unlink(missing_ok=True)
        raise
    finish(key)


def finish(key: str) -> None:
    """Finish what a killed ingest of an edition had begun to put into its places; nothing where there is no such."""
    journal = paths.unfinished(key)
    if not journal.exists():
        return
    for name, has_contents in json.loads(journal.read_text(encoding="utf-8")).items():
        target = paths.DATA / name
        new = target.with_name(f".{target.name}{_SUFFIX}")
        if new.exists():
            os.replace(new, target)
        elif not has_contents:
            target.unlink(missing_ok=True)
        if target.parent.exists():
            files.sync(target.parent)
    journal.unlink()
