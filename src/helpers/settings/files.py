"""Write files atomically: readers see the old contents or the new ones, whole; no text of theirs runs in a spreadsheet."""

import glob
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:
    fcntl = None

_RUNS = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_LOCK = ".owner.lock"
_SETTINGS = ("IPYTHONDIR", "MPLCONFIGDIR")
_NEW = 60  # seconds: a folder without a lock may be that of a process that is about to lock it
_NUMBER = re.compile(r"[+\-]?\d+(\.\d+)?%?")


def guarded(value: str) -> str:
    """Return a text that no spreadsheet runs as a formula; a printed number such as -3.2% is harmless and stays."""
    return f"'{value}" if _RUNS.match(value) and not _NUMBER.fullmatch(value) else value


def guarded_table(table: Any) -> Any:
    """Return a DataFrame whose texts no spreadsheet runs as formulas; all other columns stay as they are, and their types."""
    running = [place for place, (_, column) in enumerate(table.items())
               if any(isinstance(value, str) and guarded(value) != value for value in column)]
    inert = table.copy()
    for place in running:
        column = table.iloc[:, place]
        values = [guarded(value) if isinstance(value, str) else value for value in column]
        inert.isetitem(place, type(column)(values, index=column.index, dtype=column.dtype))
    return inert


@contextmanager
def atomic_write(file: Path, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path in the folder of `file`, which is created; rename it to `file` when the block succeeds.

    Where the block raises, the temporary file is removed and `file` stays as it was; an error of the system names `file`. The new
    file has the mode that the process's umask leaves, of a `private` one only its owner's part; so have folders made for it.
    """
    try:
        make_private_folder(file.parent) if private else file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        temporary = Path(name)
        with _used(handle):
            try:
                yield temporary
                os.chmod(temporary, (0o600 if private else 0o666) & ~_umask())
                os.replace(temporary, file)
            finally:
                temporary.unlink(missing_ok=True)
    except OSError as error:
        if error.errno and (error.filename is None or Path(os.fsdecode(error.filename)).parent == file.parent):
            error.filename = str(file)
        raise


@contextmanager
def _used(handle: int) -> Iterator[None]:
    """Keep a file locked while it is written, where the system frees the lock of a killed process; close it afterwards."""
    if fcntl is None:  # Windows renames no open file
        os.close(handle)
        yield
        return
    try:
        with suppress(OSError):  # of a file system without locks, where what is left of a killed process stays
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_unfinished(file: Path) -> None:
    """Remove what killed processes have left of writing a file; what another process is just writing stays."""
    for left in file.parent.glob(f".{glob.escape(file.name)}.{'?' * 8}") if fcntl else ():
        with suppress(OSError), left.open("rb") as opened:  # locked, just renamed, or of another user
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def make_private_folder(folder: Path) -> None:
    """Create a folder and what it lies in, where these are missing, for the owner alone; what is there keeps its mode."""
    for place in reversed([folder, *folder.parents]):
        if not place.exists():
            place.mkdir(mode=0o700, exist_ok=True)


def sync(*places: Path) -> None:
    """Wait until files or folders are on the disk, so that they outlast a loss of power; Windows syncs no folder."""
    for place in places:
        if place.is_file() or os.name != "nt":
            handle = os.open(place, os.O_RDWR if place.is_file() else os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


@contextmanager
def waiting_lock(file: Path, waits: str) -> Iterator[None]:
    """Run the block while no other process has locked a file; print `waits` to stderr where this has to wait for one.

    The system frees the lock of a killed process.
    """
    import filelock  # takes time to import

    lock = filelock.FileLock(file)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        print(waits, file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def scratch_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Yield a new folder in `place`, for this user alone, removed afterwards; remove those of killed processes first.

    A folder is locked while its owner lives: the system frees the lock of a killed process.
    """
    import filelock  # takes time to import

    _sweep(place, prefix)
    with (tempfile.TemporaryDirectory(dir=place, prefix=prefix, ignore_cleanup_errors=True) as folder,
          filelock.FileLock(Path(folder, _LOCK))):
        yield Path(folder)


@contextmanager
def settings_folder() -> Iterator[None]:
    """Let IPython and matplotlib keep their settings in a temporary folder where no home takes them; remove it afterwards.

    Each kernel would else make one, and leave it when it is killed.
    """
    if os.access(os.path.expanduser("~"), os.W_OK):
        yield
        return
    before = {name: os.environ.get(name) for name in _SETTINGS}
    with scratch_folder(Path(tempfile.gettempdir()), "hotline-home-") as folder:
        os.environ.update({name: before[name] or str(folder) for name in _SETTINGS})
        try:
            yield
        finally:
            for name in [name for name, value in before.items() if value is None]:
                os.environ.pop(name, None)


def _sweep(place: Path, prefix: str) -> None:
    """Remove the folders whose name begins with a prefix and whose owner is gone."""
    import filelock

    for left in [folder for folder in place.iterdir() if folder.name.startswith(prefix)]:
        with suppress(OSError, filelock.Timeout):  # of another user, just removed, or of a process that lives
            is_new = not (left / _LOCK).exists() and abs(time.time() - left.stat().st_mtime) < _NEW
            if left.is_dir() and not left.is_symlink() and not is_new:
                with filelock.FileLock(left / _LOCK, blocking=False):
                    shutil.rmtree(left, ignore_errors=True)


@cache
def _umask() -> int:
    """Return the umask of the process, which can only be read by setting it: once, so that threads hardly ever see the other."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
