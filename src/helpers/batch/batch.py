"""Runs notebooks, several at once, each in a kernel of its own: papermill in threads of `concurrent.futures`.

A task runner (pytask with pytask-parallel) was the other way. It skips by content hash and prints readable tracebacks,
but its process backend takes other tasks down with a killed worker, after Ctrl-C it ended with exit code 0, and a start
timeout, a retry, a deadline and the end of a kernel's children would have to be written around it all the same. What it
would save, a pool and a hash, is shorter than the wrapper it needs. Threads are enough: kernels do the work.

Traps of kernels in number, and what is done: one that dies or stays silent before its first cell is started once more,
from a new interpreter; a cell and a notebook have a time limit each; a notebook that leaves early has failed.
"""

import asyncio
import datetime
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from helpers.batch import kernel_server, kernels, seal
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.files import atomic_write

_QUIET = ["--log-level=ERROR", "--HistoryManager.enabled=False"]  # a history is a database on disk that nobody reads
_SILENT = 1  # seconds without an answer after which it is looked whether a kernel still lives
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Job:
    """A notebook to run with its parameters.

    `output` takes the executed one; if it fails, `failed` takes it as far as it ran, and `log` the whole traceback. `key` says
    what it is made of, and is kept with it.
    """

    stem: str
    notebook: Path
    parameters: dict[str, Any]
    output: Path
    failed: Path
    log: Path
    key: str = ""


@dataclass(frozen=True)
class Limits:
    """Seconds that a kernel may take to start, a cell to run, and a notebook as a whole from its kernel's start."""

    start: float = 60
    cell: float = 600
    notebook: float = 3600


@dataclass(frozen=True)
class Failure:
    """Why a notebook failed: a sentence, the source of the cell ("" where none ran), the traceback without colours."""

    reason: str
    cell: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """What became of a job. `seconds` is what it took, its kernel's start and a second try included, `started` when it began.

    `notebook` is that of a failed job as far as it ran, None where its kernel never answered; what is done lies in its file.
    `said` is what its kernel printed past the notebook, such as warnings.
    """

    job: Job
    status: Literal["done", "failed"]
    seconds: float
    started: datetime.datetime
    notebook: nbformat.NotebookNode | None = None
    failure: Failure | None = None
    said: str = ""


def parameters(notebook: Path) -> dict[str, str]:
    """Return the names in a notebook's cell tagged `parameters`, each with its default as it is written there."""
    return {name: fact["default"] for name, fact in papermill.inspect_notebook(str(notebook)).items()}


def check(notebook: Path, given: Iterable[str]) -> None:
    """Refuse parameters that the notebook does not have: papermill would warn and run it with its defaults."""
    known = parameters(notebook)
    for name in given:
        if name not in known:
            raise UserError(f"{notebook.name} has no parameter '{name}' in its cell tagged parameters."
                             f"{did_you_mean(name, known)}", exit_code=2)


def run(jobs: Sequence[Job], workers: int, limits: Limits | None = None, forge: kernel_server.KernelServer | None = None,
        tell: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Run jobs in the order given, `workers` at once, and return their outcomes in that order; `tell` hears of each.

    Kernels are forked from the `forge` where there is one. One failure leaves the others running. An interruption ends
    every kernel, leaves no half-written file, and is raised.
    """
    limits = limits or Limits()
    kernels.quiet()
    with futures.ThreadPoolExecutor(max(1, workers), thread_name_prefix="notebook") as pool:
        kernel = kernels.of_batch(forge, limits.start)
        order = [pool.submit(_outcome, job, limits, kernel) for job in jobs]
        try:
            _watch(order, kernel, limits, tell)
        except BaseException:
            _abandon(pool, order, kernel)
            raise
    return [future.result() for future in order]


def _watch(order: list[futures.Future], kernel: type[kernels.Kernel], limits: Limits,
           tell: Callable[[Outcome], None]) -> None:
    """Tell of each outcome as it comes, and end the kernels whose time is up."""
    pending = set(order)
    while pending:
        finished, pending = futures.wait(pending, timeout=0.2, return_when=futures.FIRST_COMPLETED)
        for one in kernel.running.copy().values():
            if one.age > limits.notebook:
                one.end()
        for future in sorted(finished, key=order.index):
            tell(future.result())


def _abandon(pool: futures.Executor, order: list[futures.Future], kernel: type[kernels.Kernel]) -> None:
    """Drop what has not begun, and end the kernels of what has, also those that are only just starting."""
    pool.shutdown(wait=False, cancel_futures=True)
    kernel.abandoned = True
    if kernel.forge:
        kernel.forge.end()
    begun = [future for future in order if not future.cancelled()]
    while futures.wait(begun, timeout=0).not_done:
        with suppress(KeyboardInterrupt, SystemExit):  # whoever presses Ctrl-C twice wants the kernels ended too
            futures.wait(begun, timeout=0.1)
            for one in kernel.running.copy().values():
                one.end()


def _outcome(job: Job, limits: Limits, kernel: type[kernels.Kernel]) -> Outcome:
    """Run one job, and once more where its kernel never answered; keep what it made, or what it left."""
    begin, started = time.monotonic(), datetime.datetime.now().astimezone()
    notebook, failure, said = _execute(job, limits, kernel)
    if notebook is None and not kernel.abandoned:
        notebook, failure, said = _execute(job, limits, kernels.unforked(kernel))
    _keep(job, notebook, failure)
    seconds = time.monotonic() - begin
    return Outcome(job, "failed", seconds, started, notebook, failure, said) if failure else Outcome(
        job, "done", seconds, started, said=said)


def _keep(job: Job, notebook: nbformat.NotebookNode | None, failure: Failure | None) -> None:
    """Write what a job made, or what it left; what an earlier run made or left goes."""
    for file in (job.output, job.failed, job.log):
        file.unlink(missing_ok=True)
    if notebook is not None:
        notebook.metadata.papermill |= {"input_path": job.notebook.name, "output_path": job.output.name}
        notebook.metadata["made"] = seal.unsigned(job.key)
        with atomic_write(job.failed if failure else job.output) as beside:
            beside.write_text(seal.sign(nbformat.writes(notebook)), encoding="utf-8")
    if failure:
        with atomic_write(job.log) as beside:
            beside.write_text(f"{failure.reason}\n\n{failure.cell}\n\n{failure.traceback}\n", encoding="utf-8")


def _execute(job: Job, limits: Limits,
             kernel: type[kernels.Kernel]) -> tuple[nbformat.NotebookNode | None, Failure | None, str]:
    """Return the notebook as far as it ran (None: its kernel never answered), why it broke off, and what its kernel printed."""
    begun: list[nbformat.NotebookNode] = []
    error = None
    try:
        papermill.execute_notebook(
            str(job.notebook), None, job.parameters, kernel_name="python3", kernel_manager_class=kernel,
            extra_arguments=_QUIET, shutdown_kernel="immediate", on_notebook_start=_kept(begun),
            start_timeout=limits.start, execution_timeout=limits.cell, shell_timeout_interval=_SILENT,
            progress_bar=False, log_output=False,
            request_save_on_cell_execute=False, autosave_cell_every=0)
    except (Exception, asyncio.CancelledError) as raised:  # whatever it is, it is told as this notebook's failure
        error = raised
    own = kernel.running.pop(threading.get_ident(), None)
    if own:
        own.end()
    notebook, said = begun[0] if begun else None, own.last_words() if own else ""
    if error is None and not notebook.metadata.papermill.exception:
        return notebook, None, said
    return notebook, _failure(error, notebook, own, limits), said


def _kept(begun: list[nbformat.NotebookNode]) -> Callable[..., None]:
    """Return what nbclient calls once a kernel has answered: the notebook is kept, for it fills as its cells run."""
    return lambda notebook: begun.append(notebook)


def _failure(error: Exception | None, notebook: nbformat.NotebookNode | None, kernel: kernels.Kernel | None,
             limits: Limits) -> Failure:
    """Tell an error in words; one that no cell raised is written below the cell that ran last, where it can be seen."""
    if isinstance(error, papermill.PapermillExecutionError):
        return Failure(f"{error.ename}: {error.evalue}", error.source, _ANSI.sub("", "\n".join(error.traceback)))
    reason, trace = _words(error, kernel, limits)
    if notebook is None and kernel:
        reason = f"内核两次未能在{limits.start:g}秒内启动。"
    if notebook is None:
        return Failure(reason, "", f"{kernel.last_words() if kernel else ''}\n{trace}".strip())
    cells = [cell for cell in notebook.cells if cell.metadata.get("papermill", {}).get("start_time")]
    last = next((cell for cell in reversed(cells) if cell.cell_type == "code"), None)
    if last is not None and error is not None:
        last.outputs.append(nbformat.v4.new_output("error", ename=type(error).__name__, evalue=reason,
                                                   traceback=trace.splitlines()))
    return Failure(reason, last.source if last else "", trace)


def _words(error: Exception | None, kernel: kernels.Kernel | None, limits: Limits) -> tuple[str, str]:
    """Return a sentence, and the traceback where it says more."""
    trace = "".join(traceback.format_exception(error)).strip() if error else ""
    if kernel and kernel.age > limits.notebook:
        return f"整本运行超过{limits.notebook:g}秒，已中止。", ""
    if isinstance(error, CellTimeoutError):
        return f"单元格运行超过{limits.cell:g}秒，已中止。", ""
    if isinstance(error, DeadKernelError):
        return "内核在运行中退出（可能内存不足或程序崩溃）。", ""
    if error is None:
        return "中途自行退出（SystemExit），其后的单元格没有运行。", ""
    return f"{type(error).__name__}: {error}", trace
