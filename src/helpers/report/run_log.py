"""The log of a run: what its parts say to loggers and as warnings goes to a file of its own, and nothing of it to the screen."""

import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from helpers.settings import paths

_KEPT = 30  # logs of earlier runs
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def log_to_file(name: str) -> Iterator[None]:
    """Keep what is logged in the block in a file that bears `name` and the time, beside those of the last runs."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    handler = logging.FileHandler(paths.LOGS / f"run-{stamp}-{name}.log", encoding="utf-8", errors="backslashreplace")
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
        for old in sorted(paths.LOGS.glob("run-*.log"))[:-_KEPT]:
            old.unlink(missing_ok=True)
