"""Carries plans out: runs their notebooks in one batch, prints each year's documents as its notebooks end, and concludes it.

A chapter is printed while other notebooks still run, and a year while those of the next do: no core waits, and of a year
that is concluded neither notebooks nor documents stay in memory.
"""

import argparse
import dataclasses
import datetime
import functools
import logging
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any

from nbformat import v4

from helpers.analysis import scope
from helpers.analysis.reconciliation import reconcile
from helpers.batch import batch, kernel_server
from helpers.document.document import SectionContent
from helpers.report import fingerprints, progress, publisher, ro_crate, summary
from helpers.report.changes import comparison, content, listing
from helpers.report.plan import Plan, Task
from helpers.settings import editions, errors, paths, products
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period

_log = logging.getLogger(__name__)
_TURN = 0.001  # seconds: threads that print give way to those that talk with kernels; Python's own 0.005 keep kernels waiting


class YearRun:
    """A plan being carried out: its tasks, what became of those that ran, and its documents in the making."""

    def __init__(self, plan: Plan, started: datetime.datetime, pool: futures.Executor, final: bool):
        self.plan, self.folder, self.started, self.final = plan, plan.asked.folder, started, final
        self.outcomes: dict[str, batch.Outcome] = {}
        self.loads: dict[str | None, Callable[[], SectionContent]] = {}
        self.contents = _contents(plan, started)
        self.press = publisher.Publisher(self.folder, plan.asked.edition, plan.asked.period, plan.base, plan.facts, plan.grounds,
                                   plan.previous, pool)
        self.waiting = {task.entry.stem for task in plan.tasks if task.status == "run"}
        self.others = self._counted()
        for name, rows in self.others.items() if not final else ():  # while notebooks run
            self.press.count(name, rows)

    def end(self, outcome: batch.Outcome) -> bool:
        """Note what became of a notebook, print it where that can be done already; return whether it was the last."""
        stem = outcome.job.stem
        self.outcomes[stem] = outcome
        self.waiting.discard(stem)
        if outcome.status == "done" and not self.final:
            task = next(task for task in self.plan.tasks if task.entry.stem == stem)
            run = self.contents | {"notebooks": [self.noted(task)], "written": {}}
            self.press.chapter(stem, run, self.loaded(task))
        return not self.waiting

    def noted(self, task: Task) -> dict[str, Any]:
        """Return what `run.json` says of a notebook; one that is reused keeps the time and seconds of when it ran."""
        entry, outcome = task.entry, self.outcomes.get(task.entry.stem)
        earlier, failure = task.earlier or {}, outcome and outcome.failure
        times = {"seconds": round(outcome.seconds, 2), "started": outcome.started.isoformat(timespec="milliseconds"),
                 "ended": (outcome.started + datetime.timedelta(seconds=outcome.seconds)).isoformat(timespec="milliseconds"),
                 } if outcome else {name: earlier.get(name) for name in ("seconds", "started", "ended")}
        return {"stem": entry.stem, "notebook": entry.notebook, "title": entry.title, "parameters": dict(task.parameters),
                "status": outcome.status if outcome else task.status, **times, "key": task.key,
                "notebook_digest": self.plan.grounds["files"].get(fingerprints.tracked_name(paths.notebook(entry.notebook))),
                "digest": fingerprints.hash_file(paths.executed(self.folder, entry.stem)),
                **({"reason": task.reason} if task.status == "absent" else {}),
                **({"reason": failure.reason, "error": dataclasses.asdict(failure)} if failure else {})}

    def loaded(self, task: Task) -> Callable[[], SectionContent]:
        """Return what reads, once, what is printed of an entry; a notebook that ran to its end is read as it was written."""
        load = functools.cache(lambda: self._result(task))
        return self.loads.setdefault(task.entry.stem, load) if task.entry.stem else load

    def _result(self, task: Task) -> SectionContent:
        entry, outcome = task.entry, self.outcomes.get(task.entry.stem)
        status = outcome.status if outcome else task.status
        if status == "failed":
            notebook, reason = outcome.notebook, outcome.failure.reason
        elif entry.notebook and status != "absent":
            notebook, reason = v4.reads(paths.executed(self.folder, entry.stem).read_text(encoding="utf-8")), ""
        else:
            notebook, reason = None, task.reason
        return SectionContent(entry.stem, notebook, status, entry.title, entry.level, reason, entry.kind, task.words)

    def conclude(self, since: comparison.Run | None) -> tuple[list[str], int]:
        """Print what is left, write `run.json` and crate, and return what to tell, and 0 where all that is expected is there.

        `run.json` is written before the documents too: what has run is told of though a document could not be made. Raises
        KnownError where the report is to be final and is not whole; after a failed notebook no document is written.
        """
        folder, plan = self.folder, self.plan
        notebooks = [self.noted(task) for task in plan.tasks if task.entry.notebook]
        run = self.contents | {"notebooks": notebooks}
        fingerprints.write(folder, run | {"parts": plan.previous.get("parts", {})})
        holes = [f"{one['stem']} ({one['reason']})" for one in notebooks if one["status"] == "failed"]
        if self.final and holes:
            raise UserError(f"not final, so no document is written: {'; '.join(holes)} failed. Mend it and run again; without "
                             "--final the report is printed with its holes.")
        loads = [(task, self.loaded(task)) for task in plan.tasks]
        alone = {task.entry.stem: load for task, load in loads if self._printed(task)}
        moved = self._moved(since, run, alone) if since else None
        run |= {"moved": fingerprints.hash_bytes(moved.text.encode()) if moved else None}
        told = (
            {"changes": publisher.CountedPart(run["moved"], lambda: {paths.changes(folder): moved.text.encode()})}
            if moved
            else {}
        )
        parts = self.press.publish(run, alone, lambda: [load() for _, load in loads], moved.blocks if moved else (),
                                   self.others | told)
        expected = {folder / name for part in parts.values() for name in part["files"]} | {paths.crate(folder)}
        expected |= {paths.executed(folder, one["stem"]) for one in notebooks if one["status"] != "absent"}
        publisher.remove_stale(folder, expected | {place(folder, one["stem"]) for one in notebooks if one["status"] == "failed"
                                          for place in (paths.failed, paths.log)})
        run |= {"finished": fingerprints.now(), "parts": parts}
        run |= {"crate": publisher.write_file(paths.crate(folder), ro_crate.crate(folder, run).encode())}
        missing = sorted(file.relative_to(folder).as_posix() for file in expected if not file.is_file())
        fingerprints.write(folder, run | ({} if missing else {"final": self.final, "inputs": plan.inputs}))
        if self.final and missing:
            raise UserError(f"not final: missing are {', '.join(missing)}. Run again.")
        listed = [moved.counts, f"变动：{paths.changes(folder)}"] if moved else []
        seconds = (datetime.datetime.now().astimezone() - self.started).total_seconds()
        return [*summary.lines(folder, notebooks, seconds), *listed], 1 if missing else 0

    def _counted(self) -> dict[str, publisher.CountedPart]:
        """Return the rows of the reconciliation, where the annual report of this period was published."""
        asked, edition = self.plan.asked, self.plan.asked.edition
        key = reconciliation_key(edition, asked.period) if asked.product == products.ANNUAL else None
        return {"reconciliation": publisher.CountedPart(key, lambda: _reconciled(self.folder, edition))} if key else {}

    def _printed(self, task: Task) -> bool:
        """Tell whether an entry has documents of its own: a notebook that ran to its end, or words alone."""
        outcome = self.outcomes.get(task.entry.stem)
        status = outcome.status if outcome else task.status
        return status in ("done", "skipped") and bool(task.entry.notebook or task.words)

    def _moved(
        self, since: comparison.Run, run: Mapping[str, Any], alone: Mapping[str, Callable[[], SectionContent]]
    ) -> listing.Listing:
        """Return what moved since an earlier run, written down."""
        asked = self.plan.asked
        results = {stem: load() for stem, load in alone.items()}
        executed = {stem: result.notebook for stem, result in results.items() if result.notebook is not None}
        found = comparison.compare(since, comparison.current(run, executed), asked.edition)
        return listing.of(found, asked.edition, asked.period, run["data"])


def reconciliation_key(edition: Edition, period: Period) -> str | None:
    """Return what the rows of a reconciliation are made of, as one hash; None where nothing was published of the period."""
    if not reconcile.has_published(edition, period):
        return None
    read = editions.of_years(edition.city, (edition.year - 1, edition.year))
    return fingerprints.reconciliation_key(fingerprints.inputs(read))


def _reconciled(folder: Path, edition: Edition) -> dict[Path, bytes]:
    """Return the rows of the reconciliation as files: UTF-8 without a mark, as the published ones."""
    found = reconcile.reconcile(scope.open(edition))
    rows = {"": found.figures, "rankings": found.rankings, "claims": found.claims}
    return {paths.reconciliation(folder, name): one.to_csv(index=False, lineterminator="\n").encode()
            for name, one in rows.items()}


def _contents(plan: Plan, started: datetime.datetime) -> dict[str, Any]:
    """Return what `run.json` says of the run as a whole."""
    asked, facts = plan.asked, plan.facts
    notebooks = {paths.notebook(task.entry.notebook): None for task in plan.tasks if task.entry.notebook}
    return {"data": facts["data"], "source": facts["source"], "digest": facts["digest"], "edition": asked.edition.key,
            "product": asked.product,
            "period": asked.period.name, "compare": asked.parameters["compare"], "base": plan.base and plan.base.name,
            "narrative": fingerprints.narrative(asked.edition, asked.part),
            "written": {task.entry.stem: {"title": task.entry.title} | content.written(task.words)
                        for task in plan.tasks if task.words},
            "chapters": sorted(asked.chapters), "grounds": fingerprints.stored_inputs(plan.grounds, notebooks),
            "versions": fingerprints.versions(), "final": False, "started": started.isoformat(timespec="seconds")}


def run(plans: Sequence[Plan], forge: kernel_server.KernelServer | None, options: argparse.Namespace,
              since: comparison.Run | None) -> int:
    """Run the notebooks of plans, longest first within each, print and conclude each year, and return the exit code.

    That one year cannot be printed does not stop the next. An interruption is raised once every kernel has ended and what was
    being written is whole.
    """
    sys.setswitchinterval(_TURN)
    started = datetime.datetime.now().astimezone()
    with futures.ThreadPoolExecutor(options.jobs, "print") as pool, futures.ThreadPoolExecutor(1, "conclude") as clerk:
        years = {plan.asked.folder: YearRun(plan, started, pool, options.final) for plan in plans}
        jobs = [_job(folder, task) for folder, year in years.items()
                for task in sorted(year.plan.tasks, key=lambda task: -_cost(task)) if task.status == "run"]
        folders = {paths.executed(folder, stem): folder for folder, year in years.items() for stem in year.waiting}
        codes: list[futures.Future[int]] = []
        interrupted = threading.Event()
        with progress.Bar({job.output: _cost(task) for job, task in jobs}, options.jobs) as bar:

            def conclude(folder: Path) -> None:
                codes.append(clerk.submit(_conclude, years.pop(folder), since, bar, interrupted))  # nothing else keeps it

            def tell(outcome: batch.Outcome) -> None:
                folder = folders[outcome.job.output]
                _note(outcome)
                bar.ended(outcome)
                if years[folder].end(outcome):
                    conclude(folder)

            for folder in [folder for folder, year in years.items() if not year.waiting]:
                conclude(folder)
            limits = batch.Limits(options.start_timeout, options.cell_timeout, options.notebook_timeout)
            try:
                batch.run([job for job, _ in jobs], options.jobs, limits, forge, tell)
                bar.printing()
                return max(code.result() for code in codes)
            except BaseException:
                interrupted.set()
                for one in (clerk, pool):
                    one.shutdown(wait=False, cancel_futures=True)
                raise


def _conclude(year: YearRun, since: comparison.Run | None, bar: progress.Bar, interrupted: threading.Event) -> int:
    """Conclude a year, tell what came of it, and return its exit code."""
    def told() -> int:
        try:
            lines, code = year.conclude(since)
        except (futures.CancelledError, RuntimeError):  # of a pool that takes no more: the run is interrupted, and says so itself
            if not interrupted.is_set():
                raise
            return 1
        bar.say(lines)
        return code

    return errors.run_command(told, year.folder.name)


def _job(folder: Path, task: Task) -> tuple[batch.Job, Task]:
    stem = task.entry.stem
    return batch.Job(stem, paths.notebook(task.entry.notebook), dict(task.parameters), paths.executed(folder, stem),
                     paths.failed(folder, stem), paths.log(folder, stem), task.key), task


def _cost(task: Task) -> float:
    """Return the seconds that a notebook took the last time; at first, chapters are taken to be longer."""
    return (task.earlier or {}).get("seconds") or (0.6 if task.entry.kind == "section" else 1.2)


def _note(outcome: batch.Outcome) -> None:
    """Keep in the run's log what became of a notebook, and what its kernel said that is not in it."""
    failure = outcome.failure
    _log.info("%s %s in %.2f s%s", outcome.job.stem, outcome.status, outcome.seconds, f": {failure.reason}" if failure else "")
    if outcome.said:
        _log.warning("%s said: %s", outcome.job.stem, outcome.said)
    if failure and failure.traceback:
        _log.error("%s\n%s", outcome.job.stem, failure.traceback)
