"""Find a folder for the kernels of a batch: private, short enough for the paths of sockets, swept of what killed runs left."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from helpers.settings.files import scratch_folder

_PREFIX = "hotline-run-"
_SOCKET = 107  # bytes that the path of a Unix socket may have
_WITHIN = len("/hotline-run-12345678/12345678/kernel-ipc-99")
_OTHERS = ("/tmp", "/var/tmp", "/dev/shm")


class Workspace(NamedTuple):
    """A folder, and how kernels of it are talked with: `ipc` by Unix sockets, `tcp` where the system or the path has none."""

    folder: Path
    transport: str


@contextmanager
def workspace() -> Iterator[Workspace]:
    """Yield the workspace of a batch; its folder is removed afterwards."""
    short = _short() if os.name == "posix" else None
    with scratch_folder(short or Path(tempfile.gettempdir()), _PREFIX) as folder:
        yield Workspace(folder, "ipc" if short else "tcp")


def _short() -> Path | None:
    """Return the temporary folder, or the first other one that is short enough for sockets; None where none is."""
    places = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR", ""), *_OTHERS]
    found = (place for place in places if place and len(os.fsencode(place)) + _WITHIN <= _SOCKET
             and os.path.isdir(place) and os.access(place, os.W_OK | os.X_OK))
    return next(map(Path, found), None)
