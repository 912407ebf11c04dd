"""Measure the stretches of the road, each in processes of its own: seconds, processor seconds, peak memory of the process tree.

    python tests/benchmarks/bench.py --city beijing --year 2020 --before 2019 [--only cube count] [--runs 3] [--write]

Seconds differ from machine to machine, and with what else it does: processor seconds hardly do. They are those of all processes
of the tree, sampled, so that of each up to a quarter of a second is missed. The column `/ count` is what to compare: processor
seconds over those of `count`, one plain count of the year's tickets by month and category, less the start of Python in both;
then the share of the processors that other programs had meanwhile.
Memory is given twice: `rss` counts pages that processes share once for each of them, `pss` (Linux) once in all, which is what
the machine needs. With --write the figures replace those of the same steps in `measures.json`, and the READMEs' tables are
written from it.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import measures
import psutil

EVERY = 0.25  # seconds between samples; a process that lives less is missed
REPORT = ["-m", "helpers.report", "--city", "{city}", "--year", "{year}"]
ALONE = str(Path(__file__).with_name("steps.py"))
STEPS = {
    "start": [ALONE, "start", "{city}", "{year}"],
    "count": [ALONE, "count", "{city}", "{year}"],
    "simulate the year before": [ALONE, "simulate", "{city}", "{before}"],
    "simulate": [ALONE, "simulate", "{city}", "{year}"],
    "export": [ALONE, "export", "{city}", "{year}"],
    "ingest": [ALONE, "ingest", "{city}", "{year}"],
    "ingest a later export": [ALONE, "ingest_later", "{city}", "{year}"],
    "cube": [ALONE, "cube", "{city}", "{year}"],
    "report": [*REPORT, "--force"],
    "report, one notebook at a time": [*REPORT, "--force", "--jobs", "1"],
    "pdf": [ALONE, "stale_pdf", "{city}", "{year}"],
    "nothing changed": REPORT,
    "bulletin": [*REPORT, "--product", "bulletin", "--period", "M06", "--force"],
    "quarter": [*REPORT, "--product", "quarter", "--period", "Q2", "--force"],
    "brief": [*REPORT, "--product", "brief", "--topic", "供暖", "--period", "M11..M12", "--force"],
    "sheets": [*REPORT, "--product", "sheets", "--force"],
}


def sample(root: psutil.Process) -> list[tuple[int, int, int, float]]:
    """Return process id, rss and pss in bytes, and processor seconds, of each process of a tree that still lives."""
    found = []
    for process in [root, *root.children(recursive=True)]:
        try:
            memory, times = process.memory_full_info(), process.cpu_times()
        except psutil.Error:  # it ended while it was looked at
            continue
        found.append((process.pid, memory.rss, getattr(memory, "pss", memory.rss), times.user + times.system))
    return found


def measure(command: list[str]) -> tuple[float, float, float, float]:
    """Run a command; return wall seconds, processor seconds, and the peaks of rss and pss in MB."""
    begin = time.perf_counter()
    run = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root, rss, pss, processor = psutil.Process(run.pid), 0, 0, {}
    while run.poll() is None:
        rows = sample(root)
        rss, pss = max(rss, sum(row[1] for row in rows)), max(pss, sum(row[2] for row in rows))
        processor |= {row[0]: row[3] for row in rows}
        time.sleep(EVERY)
    if run.returncode:
        sys.exit(f"{' '.join(command)[:80]} ended with exit code {run.returncode}")
    return time.perf_counter() - begin, sum(processor.values()), rss / 1e6, pss / 1e6


def medians(command: list[str], runs: int) -> tuple[float, ...]:
    """Return the medians of what a few runs of a command took, and the share of the processors that other programs had."""
    before = busy()
    measured = [measure(command) for _ in range(runs)]
    return *map(statistics.median, zip(*measured, strict=True)), others(before, measured)


def busy() -> float:
    """Return the seconds that all processors together have worked."""
    times = psutil.cpu_times()
    return times.user + times.system


def others(before: float, measured: list[tuple[float, ...]]) -> float:
    """Return the share of the processors that other programs had while these were measured, `busy` for `before` when it began."""
    wall, own = (sum(figures[place] for figures in measured) for place in (0, 1))
    return max(busy() - before - own, 0) / (wall * psutil.cpu_count())


def main() -> None:
    """Print the medians of a few runs of each step; with --write keep them, and write the READMEs' tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--before", type=int, default=2019)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS))
    parser.add_argument("--write", action="store_true", help="keep the figures, and write the tables of the READMEs")
    options = parser.parse_args()
    if options.write and (options.city, options.year) != ("beijing", 2020):
        parser.error("--write is for Beijing 2020, of which the READMEs' tables are")
    measure([part.format(**vars(options)) for part in STEPS["start"]])  # files are read from disk once
    found = {}
    print(f"{'':30}{'wall s':>8}{'CPU s':>8}{'rss MB':>8}{'pss MB':>8}{'/ count':>9}{'others':>8}")
    for name in dict.fromkeys(["start", "count", *options.only]):
        command = [part.format(**vars(options)) for part in STEPS[name]]
        found[name] = wall, processor, rss, pss, foreign = medians(command, options.runs)
        start, counted = found["start"][1], found.get("count", found["start"])[1]
        ratio = f"{(processor - start) / (counted - start):.1f}" if counted > start else ""
        print(f"{name:30}{wall:8.1f}{processor:8.1f}{rss:8.0f}{pss:8.0f}{ratio:>9}{foreign:8.0%}", flush=True)
        if options.write:
            measures.keep(name, wall, processor, pss, runs=options.runs, others=foreign)
    if options.write:
        measures.write_readmes()


if __name__ == "__main__":
    main()
