"""Report mistakes that a user can mend in one sentence: what is wrong, where, and the remedy."""

import difflib
import errno
import io
import logging
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from helpers.settings import paths

_REMEDIES = {
    errno.EACCES: "give yourself the right to it, or name a folder of your own with HOTLINE_HOME or --outputs",
    errno.EPERM: "give yourself the right to it, or name a folder of your own with HOTLINE_HOME or --outputs",
    errno.EROFS: "its file system is read-only; name another folder with HOTLINE_HOME or --outputs",
    errno.ENOSPC: "make room on the disk and run again",
    errno.EDQUOT: "make room on the disk and run again",
    errno.EMFILE: "raise the number of open files with ulimit -n, or run fewer notebooks at once with --jobs",
    errno.ENOMEM: "free memory, or run fewer notebooks at once with --jobs",
}


_WORD = 200  # characters; a longer one is no slip of the pen, and looking for its like takes long


class UserError(Exception):
    """A mistake with a known remedy: its text is printed as it is; `exit_code` is 1, or 2 for wrong usage of a command line."""

    def __init__(self, sentence: str, exit_code: int = 1):
        super().__init__(sentence)
        self.exit_code = exit_code

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in the place of a traceback."""
        return [f"error: {self}"]


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ` Did you mean 'beijing'?` for the nearest of `choices`, ` Known: …` with all if none is near, "" without any."""
    choices = sorted(map(str, choices))
    near = difflib.get_close_matches(str(word), choices, n=1, cutoff=0.5) if len(str(word)) <= _WORD else []
    if near:
        return f" Did you mean '{near[0]}'?"
    return f" Known: {', '.join(choices)}." if choices else ""


def run_command(command: Callable[[], int], part: str = "", interrupted: str | None = None) -> int:
    """Run a command line's body and return its exit code, with messages on stderr.

    A UserError is printed and gives its own exit code; a file that the system does not let be read or written is named with the
    remedy. Another exception goes with its traceback to a log file whose path is printed; exit code 1. `part` names the part of
    a command that `command` is, in front of the message. What a terminal's code page lacks is printed as its escape. An
    interruption prints `interrupted` and gives 130; without that sentence it is raised.
    """
    prefix = f"error: {part}: " if part else "error: "
    _open_streams()
    try:
        code = command()
        sys.stdout.flush()
        return code
    except UserError as error:
        _say(f"{prefix}{error}")
        return error.exit_code
    except BrokenPipeError:  # whoever read what is printed has gone: nothing more is to be said, also at exit
        _mute_output()
        return 1
    except KeyboardInterrupt:
        if interrupted is None:
            raise
        _say(f"\n{interrupted}")
        return 128 + signal.SIGINT
    except Exception as error:
        remedy = _REMEDIES.get(error.errno) if isinstance(error, OSError) else None
        _say(f"{prefix}{error.filename or 'what is printed, or a file'}: {error.strerror}: {remedy}." if remedy else
             f"{prefix}{unexpected(error)}")
        return 1


def _say(sentence: str) -> None:
    """Print a sentence on stderr; where the disk behind that is full, the exit code alone has to say it."""
    with suppress(OSError):
        print(sentence, file=sys.stderr)


def unexpected(error: Exception) -> str:
    """Log an error that is nobody's mistake, and return its type with the file of the log."""
    return f"unexpected {type(error).__name__}; {_log(error)}"


def _open_streams() -> None:
    """Let what is printed to a stream that is closed vanish, and let what its encoding lacks print as its escape."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # to the end of the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _mute_output() -> None:
    """Let what is still to be printed vanish, at exit too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _log(error: Exception) -> str:
    """Write an exception to a log file, below the temporary folder where outputs take none, and return where it is."""
    message = logging.makeLogRecord({"msg": str(error), "exc_info": (type(error), error, error.__traceback__)})
    for folder in (paths.LOGS, Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="backslashreplace", dir=folder, prefix="error-",
                                             suffix=".log", delete=False) as file:
                logging.StreamHandler(file).emit(message)
            return f"the whole of it is in {file.name}"
    return f"no log of it could be written: {error}"
