"""Run `python -m helpers.report`: parse the arguments, stop early where nothing changed, else prepare, plan and run.

Exit code 0: every expected output is there. 1: something failed, or a mistake in the data. 2: in the command line. 130:
interrupted. With `--chapter` only those chapters and their sections run; the others keep their earlier output, which is marked
as `stale` where its inputs have changed since. With `--final` a report with a hole is refused:
earlier documents stay. With `--verify` nothing is written: exit code 0 where outputs belong to the present inputs.

Modules that take time to import are imported once they are needed, so that a run without changes ends at once.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, get_args

from helpers.batch import kernel_server
from helpers.report import capacity, fingerprints, interruption, output_lock, request, run_log, summary, verify
from helpers.report.request import Request
from helpers.settings import errors, files, paths, products
from helpers.settings.errors import UserError

_PRELOAD = ("duckdb", "ibis.backends.duckdb", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "pandas",
            "helpers.batch.prewarm")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; an interruption and a request to end are 128 + the signal's number."""
    options = _options(arguments)
    if options.outputs:
        paths.use_outputs(options.outputs.resolve())
    with interruption.ended_by_signals():
        try:
            return errors.run_command(lambda: print_verification(options.verify) if options.verify else report(options))
        except KeyboardInterrupt:
            print("已中断；已完成的各节下次不必重新运行。", file=sys.stderr)
            return 128 + signal.SIGINT


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser("python -m helpers.report", description="Make the report of a city's year.")
    add = found.add_argument
    add("--city", help="such as beijing; data/editions/ names them")
    add("--year", type=int, nargs="+", action="extend", help="one or more")
    add("--period", help="year, H1, Q3, M11 or M01..M06 (default: the year, up to the last complete month of the tickets)")
    add("--compare", default="year_ago", help="year_ago, previous, or a period such as 2019-Q3 (default: %(default)s)")
    add("--product", default=products.ANNUAL, help="what to make; data/products/ names them (default: %(default)s)")
    add("--topic", help="of a brief: a category, subcategory, topic or label, or PARENT/NAME")
    add("--area", help="of a brief: a district, or DISTRICT/SUBDISTRICT (default: the whole city)")
    add("--unit", help="of sheets: one district, subdistrict, agency or enterprise (default: all)")
    add("--chapter", nargs="+", action="extend", default=[], help="only these, by their names without number")
    add("--outputs", type=Path, metavar="FOLDER", help="where reports are written (default: outputs)")
    add("--jobs", type=_positive, default=_cores(), help="notebooks at once (default: the cores, %(default)s)")
    add("--engine", help="URL of the engine that counts tickets (default: DuckDB in this process)")
    add("--force", action="store_true", help="run everything, also what is unchanged")
    add("--final", action="store_true", help="refuse a report with a hole: where a notebook fails, no document is written")
    add("--since", type=Path, metavar="RUN.JSON", help="list what moved since an earlier run, whose run.json this is")
    add("--prepare", action="store_true", help="see to tickets and cubes, then stop: the notebooks can be explored")
    add("--dry-run", action="store_true", help="say what would run, and why; write nothing")
    add("--verify", type=Path, metavar="FOLDER", help="only say whether outputs still belong to the present inputs")
    add("--start-timeout", type=_positive, default=60, help="seconds for a kernel to start (default: %(default)s)")
    add("--cell-timeout", type=_positive, default=600, help="seconds for a cell (default: %(default)s)")
    add("--notebook-timeout", type=_positive, default=3600, help="seconds for a notebook (default: %(default)s)")
    return found


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    line = parser()
    options = line.parse_args(arguments)
    options.given = sys.argv[1:] if arguments is None else list(arguments)
    if not options.verify and not (options.city and options.year):
        line.error("--city and --year say which report to make, --verify which outputs to look at: one of the two is required")
    return options


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' must be a whole number of at least 1")
    return int(text)


def print_verification(folder: Path) -> int:
    """Tell whether the outputs in a folder still belong to the present inputs; 0 where they do."""
    problems = verify.verify_outputs(folder)
    print(*problems or [f"{folder}：各项输出都与所记相符，也与现有的工单、版本设定、笔记本和代码相符。"], sep="\n")
    return 1 if problems else 0


def report(options: argparse.Namespace) -> int:
    """Make the requested reports and return the exit code; one that fails does not stop the next."""
    with files.settings_folder():
        return _report(options)


def _report(options: argparse.Namespace) -> int:
    if options.final and options.chapter:
        raise UserError("--final is for a whole report: leave out --chapter.", exit_code=2)
    given = {name: value for name in get_args(products.Parameter) if (value := getattr(options, name))}
    requests = [request.parse(options.city, year, period, options.compare, options.chapter, options.product, **given)
                for year in dict.fromkeys(options.year)
                for period in products.each_period(products.read(options.product), options.period)]
    if not (options.force or options.since or options.engine or options.prepare or options.dry_run):
        requests = [each for each in requests if not _is_up_to_date(each, options.final)]
    if not requests:
        return 0
    runs = not (options.prepare or options.dry_run)
    if runs:
        _fit_jobs(options)
    options.tight = runs and capacity.is_tight()
    if options.tight:
        capacity.economise()
        if code := _prepare_apart(options.given):
            return code
    return work(requests, options)


def _is_up_to_date(wanted: Request, final: bool) -> bool:
    """Return whether a report is up to date; if so print its summary and mark its notebooks as reused."""
    run = verify.unchanged(wanted, final)
    if run is None:
        return False
    notebooks = [entry.replace(status=entry.status.replace("done", "skipped")) for entry in run.notebooks]
    if notebooks != run.notebooks:
        run.replace(notebooks=notebooks).write(wanted.folder)
    refused = {name: part.reason for name, part in run.parts.items() if part.status == "absent"}
    print(*summary.lines(wanted.folder, notebooks, refused), sep="\n")
    return True


def work(requests: Sequence[Request], options: argparse.Namespace) -> int:
    """Prepare, plan and run the requested reports, and return the exit code."""
    hashes = fingerprints.tracked_hashes()  # before these files are imported: what is edited from here on counts as a change
    with _kernel_server(requests, idle=options.dry_run or options.prepare) as server:  # it imports while this process does
        with kernel_server.fast_import():
            from helpers.report import plan
            from helpers.tickets import engines

        engines.check(options.engine)
        for each in requests:
            plan.check(each)
        since = _since(options.since, requests)
        if options.dry_run:
            for each in requests:
                print(*plan.dry_run(each, options.force), sep="\n")
            return 0
        for each in requests:
            plan.prepare(each, options.engine)
        if options.prepare:
            return 0
        with output_lock.locked(each.folder for each in requests):
            return _made(requests, options, server, hashes, since)


def _made(requests: Sequence[Request], options: argparse.Namespace, server: kernel_server.KernelServer | None,
          hashes: Mapping[str, str], since: Any) -> int:
    """Plan and run reports that nobody else writes, and return the exit code."""
    from helpers.report import plan, run

    requests = [plan.fitted(each, options.engine) for each in requests]
    for each in requests:
        plan.check_names(each, options.engine)
    if server and not options.tight:  # what is warmed takes memory, though no kernel may need it
        server.prewarm([dict(each.parameters) for each in requests])
    plans = [plan.plan(each, options.engine, options.force, hashes) for each in requests]
    remarks = [remark for planned in plans for remark in (*planned.remarks, *planned.refused.values())]
    for remark in remarks:  # for a second look; none stops the run
        print(f"warning: {remark}", file=sys.stderr)
    with run_log.log_to_file(paths.safe_name("-".join(each.folder.name for each in requests))):
        return run.run(plans, server, options, since)


def _fit_jobs(options: argparse.Namespace) -> None:
    """Lower the number of notebooks at once to what this machine bears, and say so. Raises UserError where it bears none."""
    capacity.check_clock()
    fitting = capacity.fitting_jobs(options.jobs)
    if fitting.reason:
        print(f"warning: {fitting.reason}: --jobs {fitting.jobs}.", file=sys.stderr)
    options.jobs = fitting.jobs


def _prepare_apart(given: Sequence[str]) -> int:
    """See to tickets and cubes in a process of their own, whose memory is free again for the notebooks; return its exit code.

    Raises UserError where the system ends it.
    """
    command = [sys.executable, "-P", "-m", "helpers.report", *given, "--prepare"]
    code = subprocess.run(command, check=False).returncode
    if code < 0:
        raise UserError(f"the system ended the process that was making tickets and cubes (signal {-code}): give this machine "
                         "more memory, or end other programs.")
    return code


def _kernel_server(requests: Sequence[Request], idle: bool) -> AbstractContextManager[kernel_server.KernelServer | None]:
    """Start the process that kernels are forked from, where the system can fork them and notebooks are to run."""
    if idle or not kernel_server.can_fork():
        return nullcontext()
    notebooks = {paths.notebook(stem) for each in requests for stem in each.edition.notebooks}
    return kernel_server.KernelServer([*_PRELOAD, *kernel_server.imports(file for file in notebooks if file.is_file())])


def _since(file: Path | None, requests: Sequence[Request]) -> Any:
    """Return the earlier run to compare with (`comparison.Run`), in memory before anything is written over it."""
    if file is None:
        return None
    if len(requests) > 1:
        raise UserError("--since compares one year with an earlier run of it: name one --year.", exit_code=2)
    from helpers.report.changes import comparison

    return comparison.read(file, requests[0].edition, requests[0].period)
