"""Carry plans out: execute their notebooks in one batch, write each report's parts as its notebooks end, and conclude it.

A chapter is rendered while other notebooks still run, and a report while those of the next year do: no core waits, and of a
report that is concluded neither notebooks nor documents stay in memory.
"""

import argparse
import datetime
import gc
import logging
import sys
import threading
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path

from helpers.batch import batch, kernel_server
from helpers.report import progress
from helpers.report.changes import comparison
from helpers.report.plan import Plan, Task
from helpers.report.year_run import YearRun
from helpers.settings import errors, paths

_log = logging.getLogger(__name__)
_SWITCH = 0.001  # seconds: threads that render give way to those that talk with kernels; Python's own 0.005 keep kernels waiting
_ALLOCATED = 20_000  # objects between two collections: documents are millions that live on, and 700 of them cost a sixth more


def run(plans: Sequence[Plan], server: kernel_server.KernelServer | None, options: argparse.Namespace,
        since: comparison.Run | None) -> int:
    """Execute the notebooks of plans, longest first within each, conclude each report, and return the exit code.

    A report that cannot be written does not stop the next. An interruption is raised once every kernel has ended and the file
    that was being written is whole.
    """
    sys.setswitchinterval(_SWITCH)
    gc.set_threshold(_ALLOCATED)
    started = datetime.datetime.now().astimezone()
    with futures.ThreadPoolExecutor(options.jobs, "print") as pool, futures.ThreadPoolExecutor(1, "conclude") as finisher:
        years = {plan.request.folder: YearRun(plan, started, pool, options.final) for plan in plans}
        tasks = [(folder, task) for folder, year in years.items()
                 for task in sorted(year.plan.tasks, key=_cost, reverse=True) if task.status == "run"]
        jobs = [_job(folder, task) for folder, task in tasks]
        folders = {job.output: folder for job, (folder, _) in zip(jobs, tasks, strict=True)}
        costs = {job.output: _cost(task) for job, (_, task) in zip(jobs, tasks, strict=True)}
        codes: list[futures.Future[int]] = []
        interrupted = threading.Event()
        with progress.Bar(costs, options.jobs) as bar:

            def conclude(folder: Path) -> None:
                codes.append(finisher.submit(_conclude, years.pop(folder), since, bar, interrupted))  # the only reference left

            def on_outcome(outcome: batch.Outcome) -> None:
                folder = folders[outcome.job.output]
                _log_outcome(outcome)
                bar.ended(outcome)
                if years[folder].end(outcome):
                    conclude(folder)

            for folder in [folder for folder, year in years.items() if not year.waiting]:
                conclude(folder)
            limits = batch.Limits(options.start_timeout, options.cell_timeout, options.notebook_timeout)
            try:
                batch.run(jobs, options.jobs, limits, server, on_outcome)
                if server:
                    server.end()  # its memory is for printing the whole report, which takes most
                bar.printing()
                return max(code.result() for code in codes)
            except BaseException:
                interrupted.set()
                for executor in (finisher, pool):
                    executor.shutdown(wait=False, cancel_futures=True)
                raise


def _conclude(year: YearRun, since: comparison.Run | None, bar: progress.Bar, interrupted: threading.Event) -> int:
    """Conclude a report, print its summary, and return its exit code."""
    def conclude() -> int:
        try:
            lines, code = year.conclude(since)
        except (futures.CancelledError, RuntimeError):  # of a pool that takes no more: the run is interrupted, and says so itself
            if not interrupted.is_set():
                raise
            return 1
        bar.write(lines)
        return code

    return errors.run_command(conclude, year.folder.name)


def _job(folder: Path, task: Task) -> batch.Job:
    stem = task.entry.stem
    return batch.Job(stem, paths.notebook(task.entry.notebook), dict(task.parameters), paths.executed(folder, stem),
                     paths.failed(folder, stem), paths.log(folder, stem), task.key, shared=task.file is not None)


def _cost(task: Task) -> float:
    """Return the seconds that a notebook took the last time; before that, an estimate by which chapters are longer."""
    return (task.earlier and task.earlier.seconds) or (0.6 if task.entry.kind == "section" else 1.2)


def _log_outcome(outcome: batch.Outcome) -> None:
    """Log what became of a notebook, and what its kernel printed to stderr."""
    failure, stem = outcome.failure, outcome.job.stem
    _log.info("%s %s in %.2f s%s", stem, outcome.status, outcome.seconds, f": {failure.reason}" if failure else "")
    if outcome.stderr:
        _log.warning("%s printed: %s", stem, outcome.stderr)
    if failure and failure.traceback:
        _log.error("%s\n%s", stem, failure.traceback)
