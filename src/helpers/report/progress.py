"""Show the progress of a batch on the screen: notebooks that ended, seconds left, failures.

Where there is no terminal, and in CI, only failures are printed.
"""

import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tqdm

from helpers.batch.batch import Outcome

_TAIL = 6
_SHAPE = "{desc} {percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} 本，已用 {elapsed}{postfix}"


class Bar:
    """A progress bar; a context manager. `costs` are the estimated seconds of each notebook, by its output."""

    def __init__(self, costs: Mapping[Path, float], workers: int):
        self._left, self._workers = dict(costs), workers
        self._estimated, self._started = sum(costs.values()), time.monotonic()
        quiet = not costs or not sys.stderr.isatty() or bool(os.environ.get("CI"))
        self._bar = tqdm.tqdm(total=len(costs), desc="运行", disable=quiet, bar_format=_SHAPE, file=sys.stderr, leave=False)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: Any) -> None:
        self._bar.close()

    def ended(self, outcome: Outcome) -> None:
        """Move on, and print a failure at once: which notebook, why, and the end of its traceback."""
        self._left.pop(outcome.job.output, None)
        self._bar.set_postfix_str(f"约剩{self.remaining():.0f}秒", refresh=False)
        self._bar.update()
        if outcome.failure:
            tail = outcome.failure.traceback.splitlines()[-_TAIL:]
            self.write([f"失败：{outcome.job.stem}：{outcome.failure.reason}", *(f"    {line}" for line in tail),
                      f"    全文：{outcome.job.log}"], sys.stderr)

    def remaining(self) -> float:
        """Return the seconds left: the estimates of notebooks to come, scaled by how wrong those of ended ones were.

        At least the estimate of the longest that is left, since a notebook has one worker.
        """
        left = sum(self._left.values())
        ended = self._estimated - left
        took = time.monotonic() - self._started
        pace = took / ended if ended else 1 / self._workers
        return max(pace * left, max(self._left.values(), default=0))

    def printing(self) -> None:
        """Show that all notebooks have ended and documents are being written."""
        self._bar.set_description_str("排印", refresh=False)
        self._bar.set_postfix_str("", refresh=True)

    def write(self, lines: Iterable[str], file: Any = None) -> None:
        """Print lines, above the bar where there is one."""
        with self._bar.external_write_mode(file=file or sys.stdout):
            print(*lines, sep="\n", file=file or sys.stdout)
