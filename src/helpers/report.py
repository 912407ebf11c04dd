"""The command `python -m helpers.report`: check, prepare, plan, run, assemble, write, and tell by the exit code.

Exit code 0: every expected output is there. 1: something failed, or a mistake in the data. 2: in the command line. 130:
interrupted. With `--chapter` only those chapters and their sections run; the report then holds them and those others
whose earlier output is unchanged, and the folder holds what the report does. With `--final` a report with a hole is refused:
the documents that were there stay.
"""

import argparse
import collections
import dataclasses
import datetime
import functools
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import tqdm

from helpers import batch, changes, document, errors, outputs, paths, planning, record, store, warm
from helpers.changes import listing, shown
from helpers.document import Result
from helpers.errors import KnownError
from helpers.planning import Asked, Plan, Task

_PRELOAD = ("duckdb", "ibis.backends.duckdb", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "pandas")
_STATUS = {"done": "完成", "skipped": "沿用", "failed": "失败", "absent": "缺数据", "run": "将运行"}
_TAIL = 6


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; an interruption and a request to end are 128 + the signal's number."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return errors.exit_code(lambda: report(options))
    except KeyboardInterrupt:
        print("已中断；已完成的各节下次不必重新运行。", file=sys.stderr)
        return 128 + signal.SIGINT


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser("python -m helpers.report", description="Make the report of a city's year.")
    add = found.add_argument
    add("--city", required=True, help="such as beijing; data/editions/ names them")
    add("--year", required=True, type=int, nargs="+", action="extend", help="one or more")
    add("--period", default="year", help="year, H1, Q3, M11 or M01..M06 (default: %(default)s)")
    add("--compare", default="year_ago", help="year_ago, previous, or a period such as 2019-Q3 (default: %(default)s)")
    add("--chapter", nargs="+", action="extend", default=[], help="only these, by their names without number")
    add("--jobs", type=_positive, default=_cores(), help="notebooks at once (default: %(default)s)")
    add("--engine", help="URL of the engine that counts tickets (default: DuckDB in this process)")
    add("--force", action="store_true", help="run everything, also what is unchanged")
    add("--final", action="store_true", help="refuse a report with a hole: where a notebook fails, no document is written")
    add("--since", type=Path, metavar="RUN.JSON", help="list what moved since an earlier run, whose run.json this is")
    add("--prepare", action="store_true", help="see to tickets and cubes, then stop: the notebooks can be explored")
    add("--dry-run", action="store_true", help="say what would run, and why; write nothing")
    add("--start-timeout", type=_positive, default=60, help="seconds for a kernel to start (default: %(default)s)")
    add("--cell-timeout", type=_positive, default=600, help="seconds for a cell (default: %(default)s)")
    return found


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' must be a whole number of at least 1")
    return int(text)


def report(options: argparse.Namespace) -> int:
    """Make the reports that are asked for and return the exit code; that one cannot be printed does not stop the next."""
    store.check(options.engine)
    if options.final and options.chapter:
        raise KnownError("--final is said of a whole report: leave out --chapter.", exit_code=2)
    asked = [planning.ask(options.city, year, options.period, options.compare, options.chapter)
             for year in dict.fromkeys(options.year)]
    since = _since(options.since, asked)
    if options.dry_run:
        for one in asked:
            print(*foretell(one, options.force), sep="\n")
        return 0
    for one in asked:
        planning.prepare(one, options.engine)
    if options.prepare:
        return 0
    plans = [planning.plan(one, options.engine, options.force) for one in asked]
    for one in plans:
        _point_out(one)
    started = datetime.datetime.now().astimezone()
    outcomes = run(plans, options)
    codes = [errors.exit_code(functools.partial(conclude, one, outcomes, started, options.jobs, options.final, since),
                              one.asked.folder.name) for one in plans]
    return 1 if any(codes) else 0


def _since(file: Path | None, asked: Sequence[Asked]) -> changes.Run | None:
    """Return the earlier run to compare with, in memory before anything is written over it."""
    if file is None:
        return None
    if len(asked) > 1:
        raise KnownError("--since compares one year with an earlier run of it: name one --year.", exit_code=2)
    return changes.read(file, asked[0].edition, asked[0].period)


def foretell(asked: Asked, force: bool) -> list[str]:
    """Return a line for each notebook: whether it would run, and why. Writes nothing, so a stale cube is not read."""
    stale = planning.unprepared(asked)
    if not stale:
        plan = planning.plan(asked, force=force)
        _point_out(plan)
        return [f"{_STATUS[task.status]}  {task.entry.stem}  {task.reason}" for task in plan.tasks if task.entry.notebook]
    chapters = [entry for entry in document.outline(asked.edition, {}) if entry.notebook and asked.wants(entry)]
    return [f"{'、'.join(stale)} 的数据尚未准备：工单或汇总表缺失或过期；各类别、各区的分节要待准备之后才能列出。",
            *(f"{_STATUS['run']}  {entry.stem}  数据尚未准备" for entry in chapters)]


def _point_out(plan: Plan) -> None:
    """Print what should be looked at again in the words by people; nothing of it stops the run."""
    for remark in plan.remarks:
        print(f"warning: {remark}", file=sys.stderr)


def run(plans: Sequence[Plan], options: argparse.Namespace) -> dict[Path, batch.Outcome]:
    """Run the notebooks of all plans in one pool, longest first; return outcomes by where the executed one goes."""
    tasks = [(one.asked.folder, task) for one in plans for task in one.tasks if task.status == "run"]
    ordered = [_job(folder, task) for folder, task in sorted(tasks, key=lambda pair: -_cost(pair[1]))]
    if not ordered:
        return {}
    limits = batch.Limits(start=options.start_timeout, cell=options.cell_timeout)
    modules = dict.fromkeys([*_PRELOAD, *warm.imports({job.notebook: None for job in ordered})])
    print(f"运行 {len(ordered)} 本，同时 {options.jobs} 本……", file=sys.stderr)
    with tqdm.tqdm(total=len(ordered), disable=not sys.stderr.isatty(), unit="本", file=sys.stderr) as bar:
        outcomes = batch.run(ordered, options.jobs, limits, list(modules), functools.partial(_tell, bar))
    print(f"运行完毕：{sum(one.status == 'done' for one in outcomes)} 本完成，"
          f"{sum(one.status == 'failed' for one in outcomes)} 本失败。", file=sys.stderr)
    return {one.job.output: one for one in outcomes}


def _job(folder: Path, task: Task) -> batch.Job:
    stem = task.entry.stem
    return batch.Job(stem, paths.notebook(task.entry.notebook), dict(task.parameters), paths.executed(folder, stem),
                     paths.failed(folder, stem), paths.log(folder, stem))


def _cost(task: Task) -> float:
    """Return the seconds that a notebook took the last time; at first, chapters are taken to be longer."""
    return (task.earlier or {}).get("seconds") or (2.0 if task.entry.kind == "section" else 60.0)


def _tell(bar: tqdm.tqdm, outcome: batch.Outcome) -> None:
    """Move the bar on, and print a failure at once: which notebook, why, and the end of its traceback."""
    bar.update()
    if outcome.failure:
        tail = outcome.failure.traceback.splitlines()[-_TAIL:]
        bar.write("\n".join([f"失败：{outcome.job.stem}：{outcome.failure.reason}", *(f"    {line}" for line in tail),
                             f"    全文：{outcome.job.log}"]), file=sys.stderr)


def conclude(plan: Plan, outcomes: Mapping[Path, batch.Outcome], started: datetime.datetime, jobs: int,
             final: bool = False, since: changes.Run | None = None) -> int:
    """Assemble and write what a plan's tasks have made, print a summary, return 0 where all that is expected is there.

    `run.json` is written before the documents too: no notebook runs again because a document could not be made. Raises KnownError
    where the report is to be `final` and is not whole; after a failed notebook no document is written.
    """
    folder, asked = plan.asked.folder, plan.asked
    ended = [(task, outcomes.get(paths.executed(folder, task.entry.stem))) for task in plan.tasks]
    notebooks = [_noted(folder, task, outcome) for task, outcome in ended if task.entry.notebook]
    contents = _contents(plan, started) | {"final": False, "notebooks": notebooks}
    record.write(folder, contents | {"parts": plan.previous.get("parts", {})})
    holes = [f"{one['stem']} ({one['reason']})" for one in notebooks if one["status"] == "failed"]
    if final and holes:
        raise KnownError(f"not final, so no document is written: {'; '.join(holes)} failed. Mend it and run again; without "
                         "--final the report is printed with its holes.")
    results = [_result(folder, *one) for one in ended]
    moved = _moved(asked, since, contents, results) if since else None
    press = outputs.Press(folder, asked.edition, asked.period, plan.base, plan.facts, moved)
    parts = outputs.publish(press, results, plan.previous, jobs)
    expected = {folder / name for part in parts.values() for name in part["files"]}
    expected |= {paths.executed(folder, one["stem"]) for one in notebooks if one["status"] != "absent"}
    outputs.sweep(folder, expected | {place(folder, one["stem"]) for one in notebooks if one["status"] == "failed"
                                      for place in (paths.failed, paths.log)})
    finished = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    missing = sorted(file.relative_to(folder).as_posix() for file in expected if not file.is_file())
    record.write(folder, contents | {"finished": finished, "final": final and not missing, "parts": parts})
    print(*_summary(plan, notebooks), *([moved.counts, f"变动：{paths.changes(folder)}"] if moved else []), sep="\n")
    if final and missing:
        raise KnownError(f"not final: missing are {', '.join(missing)}. Run again.")
    return 1 if missing else 0


def _contents(plan: Plan, started: datetime.datetime) -> dict[str, Any]:
    """Return what `run.json` says of the run as a whole."""
    asked, facts = plan.asked, plan.facts
    return {"data": facts["data"], "source": facts["source"], "digest": facts["digest"], "edition": asked.edition.key,
            "period": asked.period.name, "compare": asked.parameters["compare"], "base": plan.base and plan.base.name,
            "narrative": record.narrative(asked.edition.city, asked.edition.year, asked.parameters["period"]),
            "written": {task.entry.stem: {"title": task.entry.title} | shown.written(task.words)
                        for task in plan.tasks if task.words},
            "chapters": sorted(asked.chapters), "grounds": record.kept(plan.grounds),
            "versions": record.versions(), "started": started.isoformat(timespec="seconds")}


def _moved(asked: Asked, since: changes.Run, contents: Mapping[str, Any], results: Sequence[Result]) -> listing.Listing:
    """Return what moved since an earlier run, written down."""
    executed = {one.stem: one.notebook for one in results if one.notebook is not None and one.status in ("done", "skipped")}
    found = changes.compare(since, changes.current(contents, executed), asked.edition)
    return listing.of(found, asked.edition, asked.period, contents["data"])


def _noted(folder: Path, task: Task, outcome: batch.Outcome | None) -> dict[str, Any]:
    """Return what `run.json` says of a notebook; one that is reused keeps the seconds that it took when it ran."""
    entry, failure = task.entry, outcome and outcome.failure
    return {"stem": entry.stem, "notebook": entry.notebook, "title": entry.title, "parameters": dict(task.parameters),
            "status": outcome.status if outcome else task.status,
            "seconds": round(outcome.seconds, 2) if outcome else (task.earlier or {}).get("seconds"), "key": task.key,
            "notebook_digest": record.of_file(paths.notebook(entry.notebook)),
            "digest": record.of_file(paths.executed(folder, entry.stem)),
            **({"reason": task.reason} if task.status == "absent" else {}),
            **({"reason": failure.reason, "error": dataclasses.asdict(failure)} if failure else {})}


def _result(folder: Path, task: Task, outcome: batch.Outcome | None) -> Result:
    """Return what is printed of an entry; a notebook that ran to its end is read as it was written."""
    entry = task.entry
    status = outcome.status if outcome else task.status
    if status == "failed":
        notebook, reason = outcome.notebook, outcome.failure.reason
    elif entry.notebook and status != "absent":
        notebook, reason = nbformat.read(paths.executed(folder, entry.stem), as_version=4), ""
    else:
        notebook, reason = None, task.reason
    return Result(entry.stem, notebook, status, entry.title, entry.level, reason, entry.kind, task.words)


def _summary(plan: Plan, notebooks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each notebook, how many there are of each status, and where the report is."""
    lines = [f"{one['seconds'] or 0:7.1f} 秒  {_STATUS[one['status']]}  {one['stem']}"
             f"{'：' + one['reason'] if one.get('reason') else ''}" for one in notebooks]
    counts = collections.Counter(one["status"] for one in notebooks)
    return [*lines, "，".join(f"{_STATUS[status]} {count} 本" for status, count in counts.items()),
            f"报告：{paths.report(plan.asked.folder)}"]


if __name__ == "__main__":
    sys.exit(main())
