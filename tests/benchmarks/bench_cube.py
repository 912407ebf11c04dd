"""How long a cube takes to build, and how much memory: run with `--city beijing --year 2020`.

Seconds differ from machine to machine, so the ratio is what to compare: over one plain count of the same tickets by
month and category, in a process of its own as well. Memory is the peak over the process and its children.
"""

import argparse
import os
import subprocess
import sys
import time

import psutil

from helpers import cube, tickets


def start(city: str, year: int) -> None:
    """Do nothing but start Python and import."""


def count(city: str, year: int) -> None:
    """Count the tickets by month and category."""
    rows = tickets.read(city, year)
    month = {"year": rows.received_at.year(), "month": rows.received_at.month()}
    rows.aggregate(by=month | {"category": rows.category}, tickets=rows.count()).to_pyarrow()


def build(city: str, year: int) -> None:
    """Build the cube."""
    cube.build(city, year, force=True)


STEPS = {"start": start, "count": count, "build": build}


def measured(step: str, city: str, year: int) -> tuple[float, float, float]:
    """Run a step in a process of its own; return its wall seconds, CPU seconds and peak memory in MB."""
    began, before = time.perf_counter(), os.times()
    process = subprocess.Popen([sys.executable, __file__, "--step", step, "--city", city, "--year", str(year)])
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        time.sleep(0.02)
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode:
        sys.exit(process.returncode)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu, peak / 2**20


def _memory(pid: int) -> int:
    try:
        tree = psutil.Process(pid)
        return sum(one.memory_info().rss for one in [tree, *tree.children(recursive=True)])
    except psutil.NoSuchProcess:  # it ended between two looks
        return 0


def main() -> None:
    """Print the medians of a few runs, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--step", choices=STEPS, help="run one step only, unmeasured")
    options = parser.parse_args()
    if options.step:
        return STEPS[options.step](options.city, options.year)
    found = {step: sorted(measured(step, options.city, options.year) for _ in range(options.runs)) for step in STEPS}
    middle = {name: runs[len(runs) // 2] for name, runs in found.items()}
    for name, (wall, cpu, memory) in middle.items():
        print(f"{name:6} {wall:7.2f} s wall {cpu:7.2f} s CPU {memory:7.0f} MB")
    built, counted, started = (middle[step] for step in ("build", "count", "start"))
    wall, cpu = ((built[of] - started[of]) / (counted[of] - started[of]) for of in (0, 1))
    memory = built[2] / counted[2]
    print(f"build / count, less the start: {wall:.1f} in wall time, {cpu:.1f} in CPU time; {memory:.1f} in memory")


if __name__ == "__main__":
    main()
