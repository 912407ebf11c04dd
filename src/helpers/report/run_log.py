"""Log a run to a file of its own: records of all loggers and Python's warnings, none of them on the screen."""

import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.settings import paths

_KEPT = 30  # logs of earlier runs
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def log_to_file(name: str) -> Iterator[None]:
    """Log what happens in the block to `outputs/logs/run-<time>-<name>.log`, and keep the logs of the last 30 runs."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    file = paths.LOGS / f"run-{stamp}-{name}.log"
    handler = logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(logging.Formatter(_LINE))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()
        others = sorted({*paths.LOGS.glob("run-*.log")} - {file})  # after a clock was set back, this one would be the oldest
        for old in others[:1 - _KEPT]:
            old.unlink(missing_ok=True)
