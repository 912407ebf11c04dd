"""One report in the making: what became of its notebooks, and its parts, each written as soon as it can be."""

import dataclasses
import datetime
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from typing import Any, Literal

from nbformat import NotebookNode, v4

from helpers.analysis import scope
from helpers.analysis.reconciliation import reconcile
from helpers.batch import batch
from helpers.document import notebook_blocks
from helpers.document.document import Entry, SectionContent
from helpers.publish.formats import formats
from helpers.report import fingerprints, manifest, publisher, ro_crate, summary
from helpers.report.changes import comparison, content, listing
from helpers.report.manifest import CellError, Manifest, NotebookEntry, Part
from helpers.report.plan import Plan, Task
from helpers.report.publisher import ChapterDocument, Rendered
from helpers.settings import errors, paths
from helpers.settings.errors import UserError
from helpers.settings.files import guarded_table

_WORKBOOK = "xlsx"  # the one format that has the tables of sections which stand apart


class YearRun:
    """A plan that is carried out: `waiting` has the stems of notebooks that have not ended, threads of `pool` write parts.

    A part is started as soon as what it is made of is there; of a report that is to be final, only when all notebooks are done.
    """

    def __init__(self, plan: Plan, started: datetime.datetime, pool: futures.Executor, final: bool):
        self.plan, self.folder, self.started, self.pool, self.final = plan, plan.request.folder, started, pool, final
        self.manifest, self._began = _manifest(plan, started), time.monotonic()
        self.waiting = {task.entry.stem for task in plan.tasks if task.status == "run"}
        self._outcomes: dict[str, batch.Outcome] = {}
        self._contents: dict[Entry, SectionContent] = {}
        self._chapters: dict[str, futures.Future[ChapterDocument]] = {}
        self._parts: dict[str, futures.Future[Part]] = {}
        self._unprintable: dict[str, batch.Failure] = {}
        key = fingerprints.reconciliation_key(plan.request.product, plan.request.edition, plan.request.period, plan.inputs.files)
        if key and not final and not self._reusable("reconciliation", key):  # while notebooks run
            self._start_part("reconciliation", key, lambda: _reconciliation(plan))

    def end(self, outcome: batch.Outcome) -> bool:
        """Note what became of a notebook, start its documents where it is done, and return whether it was the last."""
        stem = outcome.job.stem
        self._outcomes[stem] = outcome
        self.waiting.discard(stem)
        if outcome.status == "done" and not self.final:
            task = next(task for task in self.plan.tasks if task.entry.stem == stem)
            key = fingerprints.chapter_key(stem, self.run_entry(task), self.manifest, self.plan.inputs)
            if not self._reusable(stem, key):
                self._start_chapter(task, key)
        return not self.waiting

    def status(self, task: Task) -> Literal["done", "skipped", "stale", "failed", "absent"]:
        """Return what became of a task, as manifests call it."""
        outcome = self._outcomes.get(task.entry.stem)
        if task.entry.stem in self._unprintable:
            return "failed"
        return outcome.status if outcome else "absent" if task.status == "no_data" else task.status

    def run_entry(self, task: Task) -> NotebookEntry:
        """Return the manifest's entry of a notebook; one that is reused keeps the times of the run that executed it."""
        outcome, source = self._outcomes.get(task.entry.stem), paths.notebook(task.entry.notebook)
        return NotebookEntry(
            stem=task.entry.stem, notebook=task.entry.notebook, title=task.entry.title, parameters=dict(task.parameters),
            status=self.status(task), **(_times(outcome) if outcome else _earlier_times(task.earlier)), key=task.key,
            notebook_digest=self.plan.inputs.files.get(fingerprints.tracked_name(source)),
            sources_digest=fingerprints.hash_sources(source),
            digest=fingerprints.hash_file(paths.executed(self.folder, task.entry.stem)),
            **({"reason": task.reason} if task.status in ("no_data", "stale") else {}),
            **(_error(outcome.failure if outcome else None) or _error(self._unprintable.get(task.entry.stem))))

    def content(self, task: Task) -> SectionContent:
        """Return what is printed of a task, read once; a notebook that is done is read from its file."""
        if task.entry not in self._contents:
            self._contents[task.entry] = self._read(task)
        return self._contents[task.entry]

    def _read(self, task: Task) -> SectionContent:
        entry, status, reason = task.entry, self.status(task), task.reason
        notebook = None
        if entry.stem in self._unprintable:
            reason = self._unprintable[entry.stem].reason
        elif status == "failed":
            outcome = self._outcomes[entry.stem]
            notebook, reason = outcome.notebook, outcome.failure.reason
        elif entry.notebook and status != "absent":
            notebook = _read(paths.executed(self.folder, entry.stem))
            reason = reason if status == "stale" else ""
        untitled = status == "absent" and not entry.title
        name = notebook_blocks.title(_read(paths.notebook(entry.notebook))) if untitled else ""
        return SectionContent(entry.stem, notebook, status, entry.title, entry.level, reason, entry.kind, task.words,
                              entry.entity, name)

    def conclude(self, since: comparison.Run | None) -> tuple[list[str], int]:
        """Write what is left of parts, manifest and crate; return lines to print, and 0 where every expected output is there.

        The manifest is written before the parts too, so that executed notebooks are recorded though a document fails. Raises
        UserError where the report is to be final and is not whole; after a failed notebook no document is written.
        """
        run = self.manifest.replace(notebooks=[self.run_entry(task) for task in self.plan.tasks if task.entry.notebook])
        if not (self.final and any(self.status(task) == "failed" for task in self.plan.tasks)):  # it will print nothing
            self._find_unprintable(run)
        notebooks = [self.run_entry(task) for task in self.plan.tasks if task.entry.notebook]
        run = run.replace(notebooks=notebooks)
        run.replace(parts=self.plan.previous.parts).write(self.folder)
        holes = [f"{entry.stem} ({entry.reason})" for entry in notebooks if entry.status == "failed"]
        if self.final and holes:
            raise UserError(f"not final, so no document is written: {'; '.join(holes)} failed. Mend it and run again; without "
                            "--final the report is printed with its holes.")
        moved = self._moved(since, run) if since else None
        run = run.replace(moved=fingerprints.hash_bytes(moved.text.encode()) if moved else None)
        run = run.replace(parts=self.write_parts(run, moved))
        run = run.replace(finished=manifest.ended(self.started, self._began))
        expected = self._expected(run)
        failed = {paths.executed(self.folder, entry.stem) for entry in notebooks if entry.status == "failed"}
        logs = {file(self.folder, entry.stem) for entry in notebooks if entry.status == "failed"
                for file in (paths.failed, paths.log)}
        publisher.remove_stale(self.folder, expected | logs)
        crate = ro_crate.crate(self.folder, run.as_json()).encode()
        run = run.replace(crate=publisher.write_file(paths.crate(self.folder), crate))
        missing = sorted(file.relative_to(self.folder).as_posix() for file in expected if not file.is_file())
        is_whole = not (missing or self._unprintable)
        (run.replace(final=self.final, inputs_key=self.plan.inputs_key) if is_whole else run).write(self.folder)
        if self.final and missing:
            raise UserError(f"not final: missing are {', '.join(missing)}. Run again.")
        changes = [moved.counts, f"变动：{paths.changes(self.folder)}"] if moved else []
        seconds = time.monotonic() - self._began
        lost = [name for name in missing if self.folder / name not in failed]
        lacking = [f"缺少{len(lost)}个文件，可能在运行中被删去，请再运行一次：{'、'.join(lost[:3])}"] if lost else []
        return [*summary.lines(self.folder, notebooks, self.plan.refused, seconds), *changes, *lacking], 0 if is_whole else 1

    def _find_unprintable(self, run: Manifest) -> None:
        """Note the notebooks whose output cannot be made a document, so that it leaves a hole and not no report.

        A mistake that a user can mend, and a disk that takes no more, are raised when their documents are written.
        """
        keys = fingerprints.document_keys(run, self.plan.inputs)
        for task in [task for task in self.plan.tasks if self._has_documents(task) and task.entry.notebook]:
            stem = task.entry.stem
            if stem not in self._parts and not self._reusable(stem, keys[stem]):
                self._start_chapter(task, keys[stem])
        for task in [task for task in self.plan.tasks if task.entry.stem in self._parts and task.entry.notebook]:
            error = self._parts[task.entry.stem].exception()
            if isinstance(error, Exception) and not isinstance(error, UserError | OSError | futures.CancelledError):
                self._leave_out(task, error)

    def _leave_out(self, task: Task, error: Exception) -> None:
        """Turn a notebook whose output cannot be printed into one that failed."""
        reason = f"输出的内容不能排印（{type(error).__name__}：{str(error)[:200]}）。"
        trace = "".join(traceback.format_exception(error))
        print(f"error: {self.folder.name}: {errors.unexpected(error)}", file=sys.stderr)
        self._unprintable[task.entry.stem] = batch.Failure(reason, "", trace)
        for kept in (self._parts, self._chapters):
            del kept[task.entry.stem]
        self._contents.pop(task.entry, None)

    def write_parts(self, run: Manifest, moved: listing.Listing | None) -> dict[str, Part]:
        """Write the parts that are missing or stale, and return all of them by name.

        Raises what a writer raises; files that were there before stay whole.
        """
        plan, folder = self.plan, self.folder
        keys = fingerprints.part_keys(run, plan.request.edition, plan.request.period, plan.inputs)
        refused = {name: Part(key=keys.pop(name), files={}, status="absent", reason=reason)
                   for name, reason in plan.refused.items()}
        reusable = {name: part for name, key in keys.items() if (part := self._reusable(name, key))}
        stale = keys.keys() - reusable.keys() - self._parts.keys()
        if "reconciliation" in stale:
            self._start_part("reconciliation", keys["reconciliation"], lambda: _reconciliation(plan))
        if "changes" in stale:
            self._start_part("changes", run.moved, lambda: Rendered({paths.changes(folder): moved.text.encode()}))
        printed = [task for task in plan.tasks if self._has_documents(task)]
        for task in printed:
            if task.entry.stem in stale:
                self._start_chapter(task, keys[task.entry.stem])
        if stale & {kind.name for kind in formats()}:
            self._start_report({name: key for name, key in keys.items() if name in stale}, printed, moved)
        return refused | {name: self._parts[name].result() if name in self._parts else reusable[name] for name in keys}

    def _start_report(self, keys: Mapping[str, str], printed: Sequence[Task], moved: listing.Listing | None) -> None:
        """Start the parts of the whole report that have a key. They wait for chapters, which are before them in the queue."""
        contents = [self._chapter(task) for task in printed if not task.file]
        apart = [task for task in printed if task.file]
        report = self.pool.submit(lambda: publisher.whole(self.plan, [self.content(task) for task in self.plan.tasks],
                                                          moved.blocks if moved else ()))
        whole = self.pool.submit(lambda: publisher.tables(self.plan, [self.content(task) for task in self.plan.tasks])
                                 ) if apart else report
        for kind in formats():
            if kind.name in keys:
                document = whole if kind.name == _WORKBOOK else report
                self._start_part(kind.name, keys[kind.name], lambda kind=kind, document=document: publisher.render_report(
                    self.plan, kind, document.result(), [chapter.result() for chapter in contents]))

    def _start_chapter(self, task: Task, key: str) -> None:
        """Start a chapter's files. They wait for its document, which is before them in the queue."""
        if task.file:
            self._start_part(task.entry.stem, key, lambda: publisher.render_apart(
                publisher.apart(self.plan, self.content(task)), task.file))
            return
        alone = self._chapter(task)
        self._start_part(task.entry.stem, key, lambda: publisher.render_chapter(
            self.plan, task.entry.stem, alone.result(), front=task.entry.kind == "front"))

    def _chapter(self, task: Task) -> futures.Future[ChapterDocument]:
        stem = task.entry.stem
        if stem not in self._chapters:
            self._chapters[stem] = self.pool.submit(lambda: publisher.chapter(self.plan, self.content(task)))
        return self._chapters[stem]

    def _start_part(self, name: str, key: str, render: Callable[[], Rendered]) -> None:
        self._parts[name] = self.pool.submit(publisher.write_part, self.folder, key, render)

    def _reusable(self, name: str, key: str) -> Part | None:
        """Return a part of the previous run where it has the same key and its files are unaltered."""
        part = self.plan.previous.parts.get(name)
        return part if part and part.key == key and not fingerprints.altered_files(self.folder, part.files) else None

    def _has_documents(self, task: Task) -> bool:
        """Return whether a task has documents of its own: a notebook that is done, or a text alone."""
        return self.status(task) in ("done", "skipped", "stale") and bool(task.entry.notebook or task.words)

    def _expected(self, run: Manifest) -> set[Path]:
        """Return the files that a concluded run should have left, `run.json` aside."""
        executed = {paths.executed(self.folder, entry.stem) for entry in run.notebooks if entry.status != "absent"}
        return {self.folder / name for part in run.parts.values() for name in part.files} | executed | {paths.crate(self.folder)}

    def _moved(self, since: comparison.Run, run: Manifest) -> listing.Listing:
        """Return the list of what changed since an earlier run."""
        request = self.plan.request
        contents = [self.content(task) for task in self.plan.tasks if self._has_documents(task)]
        executed = {content.stem: content.notebook for content in contents if content.notebook is not None}
        changes = comparison.compare(since, comparison.current(run.as_json(), executed), request.edition)
        return listing.of(changes, request.edition, request.period, run.data)


def _manifest(plan: Plan, started: datetime.datetime) -> Manifest:
    """Return the manifest of a run of which no notebook has ended."""
    request, facts = plan.request, plan.facts
    written = {task.entry.stem: {"title": task.entry.title} | content.written(task.words) for task in plan.tasks if task.words}
    return Manifest(
        data=facts["data"], source=facts["source"], digest=facts["digest"], edition=request.edition.key,
        product=request.product,
        period=request.period.name, implied=request.implied, compare=request.parameters["compare"],
        base=plan.base and plan.base.name,
        narrative=fingerprints.narrative(request.edition, request.part), written=written,
        chapters=sorted(request.chapters), stored_inputs=plan.inputs.stored(), versions=fingerprints.versions(), final=False,
        started=started.isoformat(timespec="seconds"))


def _times(outcome: batch.Outcome) -> dict[str, Any]:
    ended = outcome.started + datetime.timedelta(seconds=outcome.seconds)
    return {"seconds": round(outcome.seconds, 2), "started": manifest.timestamp(outcome.started),
            "ended": manifest.timestamp(ended)}


def _earlier_times(earlier: NotebookEntry | None) -> dict[str, Any]:
    return {name: getattr(earlier, name, None) for name in ("seconds", "started", "ended")}


def _error(failure: batch.Failure | None) -> dict[str, Any]:
    return {"reason": failure.reason, "error": CellError(**dataclasses.asdict(failure))} if failure else {}


def _reconciliation(plan: Plan) -> Rendered:
    """Return the rows of the reconciliation as CSV, UTF-8 without a mark as the published ones."""
    found = reconcile.reconcile(scope.open(plan.request.edition))
    rows = {"": found.figures, "rankings": found.rankings, "claims": found.claims}
    written = {name: guarded_table(frame).to_csv(index=False, lineterminator="\n").encode() for name, frame in rows.items()}
    return Rendered({paths.reconciliation(plan.request.folder, name): contents for name, contents in written.items()})


def _read(file: Path) -> NotebookNode:
    return v4.reads(file.read_text(encoding="utf-8"))
