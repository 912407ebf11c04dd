"""Run notebooks in parallel, each in a kernel of its own: papermill in threads of `concurrent.futures`.

Kernels do the work, so threads suffice. A task runner (pytask with pytask-parallel) would save a pool and a hash, but a killed
worker takes other tasks down, Ctrl-C ends it with exit code 0, and it has no start timeout, retry or deadline.

Small notebooks of one kind may share a kernel (`Job.shared`): a worker runs one after the other in it, each from an empty
namespace, and starts another kernel after one that failed.

A kernel that dies or does not answer before its first cell is started once more, from a new interpreter. A cell and a notebook
have a time limit each. A notebook that exits early has failed.
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
from helpers.batch.workspace import workspace
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.files import atomic_write

_QUIET = ["--log-level=ERROR", "--HistoryManager.enabled=False"]  # a history is a database on disk that nobody reads
_EMPTY = "get_ipython().reset(new_session=True)"
_PENDING = {"exception": None, "start_time": None, "end_time": None, "duration": None, "status": "pending"}  # as papermill has it
_POLL = 1  # seconds between two checks whether a kernel still lives
_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


@dataclass(frozen=True)
class Job:
    """A notebook to run with its parameters.

    The executed notebook is written to `output`; if it fails, as far as it ran to `failed`, and its traceback to `log`. `key` is
    its cache key, which is stored in it. `shared`: it may run in a kernel in which others of the batch have run.
    """

    stem: str
    notebook: Path
    parameters: dict[str, Any]
    output: Path
    failed: Path
    log: Path
    key: str = ""
    shared: bool = False


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
    """What became of a job that began at `started`; `seconds` include its kernel's start and a second try.

    `notebook` is a failed job's as far as it ran, None where its kernel never answered, and None where it is done. `stderr` is
    what its kernel printed outside of cells, such as warnings.
    """

    job: Job
    status: Literal["done", "failed"]
    seconds: float
    started: datetime.datetime
    notebook: nbformat.NotebookNode | None = None
    failure: Failure | None = None
    stderr: str = ""


def parameters(notebook: Path) -> dict[str, str]:
    """Return the names in a notebook's cell tagged `parameters`, each with its default as source text."""
    return {name: fact["default"] for name, fact in papermill.inspect_notebook(_literal(notebook)).items()}


def _literal(path: Path) -> str:
    """Return a path for papermill, which would fill names in braces from the parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def check(notebook: Path, given: Iterable[str]) -> None:
    """Raise UserError for parameters that a notebook lacks: papermill would warn and run it with its defaults."""
    known = parameters(notebook)
    for name in given:
        if name not in known:
            raise UserError(f"{notebook.name} has no parameter '{name}' in its cell tagged parameters."
                             f"{did_you_mean(name, known)}", exit_code=2)


def run(jobs: Sequence[Job], workers: int, limits: Limits | None = None, server: kernel_server.KernelServer | None = None,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None) -> list[Outcome]:
    """Run jobs in the order given, `workers` in parallel, and return their outcomes in that order.

    `on_outcome` is called in this thread as each job ends. `server` forks the kernels; None starts an interpreter for each. A
    failure does not stop the others. An interruption kills every kernel, leaves no half-written file, and is raised.
    """
    limits = limits or Limits()
    kernels.quiet()
    with workspace() as place, futures.ThreadPoolExecutor(max(1, workers), thread_name_prefix="notebook") as pool:
        kernel = kernels.of_batch(server, limits.start, place)
        outcomes = [pool.submit(_outcome, job, limits, kernel) for job in jobs]
        try:
            _watch(outcomes, kernel, limits, on_outcome)
        except BaseException:
            _abandon(pool, outcomes, kernel)
            raise
        finally:
            for shared in kernel.shared.values():
                shared.end()
                shared.close()
    return [future.result() for future in outcomes]


def _watch(outcomes: list[futures.Future], kernel: type[kernels.Kernel], limits: Limits,
           on_outcome: Callable[[Outcome], None]) -> None:
    """Report each outcome as its job ends, and kill the kernels whose time is up."""
    pending = set(outcomes)
    while pending:
        ended, pending = futures.wait(pending, timeout=0.2, return_when=futures.FIRST_COMPLETED)
        for running in kernel.running.copy().values():
            if running.age > limits.notebook:
                running.end()
        for future in sorted(ended, key=outcomes.index):
            on_outcome(future.result())


def _abandon(pool: futures.Executor, outcomes: list[futures.Future], kernel: type[kernels.Kernel]) -> None:
    """Cancel jobs that have not started, and kill the kernels of those that have, also ones that are only just starting."""
    pool.shutdown(wait=False, cancel_futures=True)
    kernel.abandoned = True
    if kernel.server:
        kernel.server.end()
    started = [future for future in outcomes if not future.cancelled()]
    while futures.wait(started, timeout=0).not_done:
        with suppress(KeyboardInterrupt, SystemExit):  # a second Ctrl-C must not leave kernels behind
            futures.wait(started, timeout=0.1)
            for running in kernel.running.copy().values():
                running.end()


def _outcome(job: Job, limits: Limits, kernel: type[kernels.Kernel]) -> Outcome:
    """Run a job, once more where its kernel never answered, and write its files."""
    begin, started = time.monotonic(), datetime.datetime.now().astimezone()
    notebook, failure, stderr = _execute(job, limits, kernel)
    if notebook is None and not kernel.abandoned:
        notebook, failure, stderr = _execute(job, limits, kernels.without_server(kernel))
    _write(job, notebook, failure)
    seconds = time.monotonic() - begin
    return Outcome(job, "failed", seconds, started, notebook, failure, stderr) if failure else Outcome(
        job, "done", seconds, started, stderr=stderr)


def _write(job: Job, notebook: nbformat.NotebookNode | None, failure: Failure | None) -> None:
    """Write a job's output, or what is left of a failed one; remove the files of an earlier run."""
    for file in (job.output, job.failed, job.log):
        file.unlink(missing_ok=True)
    if notebook is not None:
        notebook.metadata.papermill |= {"input_path": job.notebook.name, "output_path": job.output.name}
        notebook.metadata["made"] = seal.unsigned(job.key)
        with atomic_write(job.failed if failure else job.output) as temporary:
            temporary.write_text(seal.sign(nbformat.writes(notebook)), encoding="utf-8")
    if failure:
        with atomic_write(job.log) as temporary:
            temporary.write_text(f"{failure.reason}\n\n{failure.cell}\n\n{failure.traceback}\n", encoding="utf-8")


def _execute(job: Job, limits: Limits,
             kernel: type[kernels.Kernel]) -> tuple[nbformat.NotebookNode | None, Failure | None, str]:
    """Return the notebook as far as it ran (None: its kernel never answered), its failure, and what its kernel printed."""
    started: list[nbformat.NotebookNode] = []
    error = None
    shared = kernel.shared.get(threading.get_ident()) if job.shared else None
    if shared:
        shared.begin()

    def on_start(notebook: nbformat.NotebookNode) -> None:
        if shared:
            notebook.cells.insert(0, nbformat.v4.new_code_cell(_EMPTY, metadata={"papermill": dict(_PENDING)}))
        started.append(notebook)

    try:
        papermill.execute_notebook(
            _literal(job.notebook), None, job.parameters, kernel_name="python3", kernel_manager_class=kernel,
            extra_arguments=_QUIET, shutdown_kernel="immediate", on_notebook_start=on_start,
            km=shared or (kernel(kernel_name="python3") if job.shared else None),
            start_timeout=limits.start, execution_timeout=limits.cell, shell_timeout_interval=_POLL,
            progress_bar=False, log_output=False,
            request_save_on_cell_execute=False, autosave_cell_every=0)
    except (Exception, asyncio.CancelledError) as raised:  # whatever it is, it is reported as this notebook's failure
        error = raised
    own = kernel.running.pop(threading.get_ident(), None)
    notebook = started[0] if started else None
    if shared and notebook and notebook.cells[0].source == _EMPTY:
        del notebook.cells[0]
    is_done = error is None and not notebook.metadata.papermill.exception
    if own and job.shared and is_done:
        kernel.shared[threading.get_ident()] = own
        own.disconnect()
    elif own:
        kernel.shared.pop(threading.get_ident(), None)
        own.end()
        own.close()
    stderr = own.log_text() if own and not (job.shared and is_done) else ""
    if is_done:
        return notebook, None, stderr
    return notebook, _failure(error, notebook, own, limits), stderr


def _failure(error: Exception | None, notebook: nbformat.NotebookNode | None, kernel: kernels.Kernel | None,
             limits: Limits) -> Failure:
    """Describe an error; one that no cell raised is also appended to the outputs of the cell that ran last."""
    if isinstance(error, papermill.PapermillExecutionError):
        return Failure(f"{error.ename}: {error.evalue}", error.source, _ANSI.sub("", "\n".join(error.traceback)))
    reason, trace = _reason(error, kernel, limits)
    if notebook is None and kernel:
        reason = f"内核两次未能在{limits.start:g}秒内启动。"
    if notebook is None:
        return Failure(reason, "", f"{kernel.log_text() if kernel else ''}\n{trace}".strip())
    cells = [cell for cell in notebook.cells if cell.metadata.get("papermill", {}).get("start_time")]
    last = next((cell for cell in reversed(cells) if cell.cell_type == "code"), None)
    if last is not None and error is not None:
        last.outputs.append(nbformat.v4.new_output("error", ename=type(error).__name__, evalue=reason,
                                                   traceback=trace.splitlines()))
    return Failure(reason, last.source if last else "", trace)


def _reason(error: Exception | None, kernel: kernels.Kernel | None, limits: Limits) -> tuple[str, str]:
    """Return a sentence that explains a failure, and the traceback where it adds something."""
    trace = "".join(traceback.format_exception(error)).strip() if error else ""
    if kernel and kernel.is_flooding:
        return "输出的图表过大，已中止。", ""
    if kernel and kernel.age > limits.notebook:
        return f"整本运行超过{limits.notebook:g}秒，已中止。", ""
    if isinstance(error, CellTimeoutError):
        return f"单元格运行超过{limits.cell:g}秒，已中止。", ""
    if isinstance(error, DeadKernelError):
        return "内核在运行中退出（可能内存不足或程序崩溃）。", ""
    if error is None:
        return "中途自行退出（SystemExit），其后的单元格没有运行。", ""
    return f"{type(error).__name__}: {error}", trace
