"""Report mistakes that a user can mend in one sentence: what is wrong, where, and the remedy."""

import difflib
import logging
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from helpers.settings import paths


class UserError(Exception):
    """A mistake with a known remedy: its text is printed as it is; `exit_code` is 1, or 2 for wrong usage of a command line."""

    def __init__(self, sentence: str, exit_code: int = 1):
        super().__init__(sentence)
        self.exit_code = exit_code


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return ` Did you mean 'beijing'?` for the nearest of `choices`, ` Known: …` with all if none is near, "" without any."""
    choices = sorted(map(str, choices))
    near = difflib.get_close_matches(str(word), choices, n=1, cutoff=0.5)
    if near:
        return f" Did you mean '{near[0]}'?"
    return f" Known: {', '.join(choices)}." if choices else ""


def run_command(command: Callable[[], int], part: str = "") -> int:
    """Run a command line's body and return its exit code, with messages on stderr.

    A UserError is printed and gives its own exit code. An unexpected exception goes with its traceback to a log file whose path
    is printed; exit code 1. `part` names the part of a command that `command` is, in front of the message.
    """
    prefix = f"error: {part}: " if part else "error: "
    try:
        return command()
    except UserError as error:
        print(f"{prefix}{error}", file=sys.stderr)
        return error.exit_code
    except Exception as error:
        print(f"{prefix}unexpected {type(error).__name__}; the whole of it is in {_log(error)}", file=sys.stderr)
        return 1


def _log(error: Exception) -> Path:
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="backslashreplace", dir=paths.LOGS, prefix="error-",
                                     suffix=".log", delete=False) as file:
        handler = logging.StreamHandler(file)
        handler.emit(logging.makeLogRecord({"msg": str(error), "exc_info": (type(error), error, error.__traceback__)}))
    return Path(file.name)
