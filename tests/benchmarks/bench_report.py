"""Measure a report run: seconds, and the peak memory and processor time summed over its process tree.

    python tests/benchmarks/bench_report.py --city beijing --year 2020 --force

All arguments go to `python -m helpers.report`. Memory is given twice: `rss` counts pages that processes share once for
each, `pss` (Linux) once in all, which is what the machine needs. Processes that live less than a sample are missed.
"""

import subprocess
import sys
import time

import psutil

_EVERY = 0.1  # seconds between samples


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


def measure(arguments: list[str]) -> dict[str, float]:
    """Run the report and return what it took."""
    begin = time.monotonic()
    run = subprocess.Popen([sys.executable, "-m", "helpers.report", *arguments])
    root, peak, processor = psutil.Process(run.pid), {"rss": 0, "pss": 0, "processes": 0}, {}
    while run.poll() is None:
        rows = sample(root)
        peak = {"rss": max(peak["rss"], sum(row[1] for row in rows)),
                "pss": max(peak["pss"], sum(row[2] for row in rows)), "processes": max(peak["processes"], len(rows))}
        processor |= {row[0]: row[3] for row in rows}
        time.sleep(_EVERY)
    return {"exit code": run.returncode, "seconds": round(time.monotonic() - begin, 1),
            "processor seconds": round(sum(processor.values()), 1), "peak rss MB": round(peak["rss"] / 1e6),
            "peak pss MB": round(peak["pss"] / 1e6), "processes at once": peak["processes"]}


if __name__ == "__main__":
    print(*(f"{name}: {value}" for name, value in measure(sys.argv[1:]).items()), sep="\n", file=sys.stderr)
