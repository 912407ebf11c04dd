"""Run many tiny notebooks on many workers while kernels are killed at random: none may be lost, none may hang.

    python tests/stress/kill.py --runs 1000 --workers 16 --every 2

Kernels are killed (SIGKILL, as the system does when memory runs out), at random moments and `--every` so many seconds on average.
A notebook whose kernel lives must be done and hold its own number; one whose kernel dies must have failed with a reason, or be
done where it was killed before its first cell or after its last (a dead start is tried once more). Then the failed ones run once
more, alone, and must be done. Prints the counts, and how long after its kill a death was noticed; exit code 1 where one was lost.
"""

import argparse
import collections
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from contextlib import nullcontext, suppress
from pathlib import Path

import nbformat

from helpers.batch import batch, kernel_server, kernels

SOURCE = "import time; time.sleep({seconds:.3f}); print('number', {number})"
LIMITS = batch.Limits(start=60, cell=60, notebook=180)


def write(folder: Path, number: int, seconds: float) -> batch.Job:
    """Write a notebook that sleeps for a while and prints its number."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(SOURCE.format(seconds=seconds / 2, number=number)) for _ in range(2)]
    file = folder / f"{number:04}.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), file)
    return batch.Job(file.stem, file, {}, folder / "out" / file.name, folder / "failed" / file.name,
                     folder / "failed" / f"{number:04}.log")


class Killer(threading.Thread):
    """Kills kernels of one batch at random, until it is told to stop; `killed` says which process when."""

    def __init__(self, running: dict[int, kernels.Kernel], every: float, chance: random.Random):
        super().__init__(daemon=True)
        self.running, self.every, self.chance = running, every, chance
        self.killed: dict[int, float] = {}
        self.noticed: list[float] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(self.chance.expovariate(1 / self.every)):
            processes = [getattr(one.provisioner, "process", None) for one in self.running.copy().values()]
            living = [process.pid for process in processes if process and process.pid not in self.killed]
            if living:
                pid = self.chance.choice(living)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed[pid] = time.monotonic()

    def notice(self, kernel: kernels.Kernel) -> None:
        """Note how long ago a kernel that is given up was killed."""
        process = getattr(kernel.provisioner, "process", None)
        if process and process.pid in self.killed:
            self.noticed.append(time.monotonic() - self.killed[process.pid])


def run(jobs: list[batch.Job], workers: int, preload: list[str] | None, every: float | None, seed: int):
    """Run jobs and return their outcomes and the killer; without `every` none is killed."""
    held: list[Killer] = []

    def of_batch(*given):
        kernel = original(*given)
        if every:
            held.append(Killer(kernel.running, every, random.Random(seed)))
            end, kernel.end = kernel.end, lambda self: (held[0].notice(self), end(self))[1]
            held[0].start()
        return kernel

    original, kernels.of_batch = kernels.of_batch, of_batch
    try:
        with nullcontext() if preload is None else kernel_server.KernelServer(preload) as server:
            outcomes = batch.run(jobs, workers, LIMITS, server)
    finally:
        kernels.of_batch = original
        for killer in held:
            killer.over.set()
    return outcomes, held[0] if held else None


def lost(outcome: batch.Outcome) -> bool:
    """Return whether a notebook neither holds its own number twice nor has failed with a reason and a log."""
    job = outcome.job
    if outcome.status == "failed":
        return not (outcome.failure.reason and job.log.is_file()) or job.output.exists()
    text = "".join(output.get("text", "") for cell in nbformat.read(job.output, as_version=4).cells for output in cell.outputs)
    return text != f"number {int(job.stem)}\n" * 2


def main() -> int:
    """Run, count and print; return 1 where a notebook was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two kills, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cold", action="store_true", help="each kernel starts an interpreter, as where the system cannot fork")
    options = parser.parse_args()
    chance, preload = random.Random(options.seed), None if options.cold else ["json"]
    with tempfile.TemporaryDirectory(prefix="stress-") as place:
        jobs = [write(Path(place), number, chance.uniform(0, 1)) for number in range(options.runs)]
        begin = time.monotonic()
        outcomes, killer = run(jobs, options.workers, preload, options.every, options.seed)
        took = time.monotonic() - begin
        gone = [outcome.job.stem for outcome in outcomes if lost(outcome)]
        failed = [outcome for outcome in outcomes if outcome.status == "failed"]
        again, _ = run([outcome.job for outcome in failed], options.workers, preload, None, 0)
        gone += [outcome.job.stem for outcome in again if outcome.status == "failed" or lost(outcome)]
    print(f"{len(outcomes)} runs on {options.workers} workers in {took:.0f} s, {len(killer.killed)} kernels killed: "
          f"{len(outcomes) - len(failed)} done, {len(failed)} failed, {len(gone)} lost {gone}")
    print(*(f"  {count}  {reason}" for reason, count in
            collections.Counter(outcome.failure.reason for outcome in failed).most_common()), sep="\n")
    if killer.noticed:
        print(f"a death was noticed after {max(killer.noticed):.1f} s at most, {statistics.median(killer.noticed):.1f} s in the "
              f"middle; the slowest notebook took {max(outcome.seconds for outcome in outcomes):.1f} s")
    print(f"the next run completed {len(again)} of {len(failed)}")
    return 1 if gone else 0


if __name__ == "__main__":
    sys.exit(main())
