"""Look before a run at what this process may use: memory, descriptors, processes; lower the notebooks at once to what suffices.

Measured with forked kernels, one notebook at a time, where memory is tight (pages that processes share count once):

| report | command | process that forks kernels | kernel |
|---|---|---|---|
| 4 thousand tickets, 31 notebooks | 420 MB | 115 MB | 160 MB |
| 11 million tickets, 42 notebooks | 600 MB, 790 MB at the end | 120 MB | 240 to 300 MB |
| of either: open files, threads | 43, 30 | 6, 1 | 71, 28 |
| of the larger: address space | 3.1 GB | 1.6 GB | 2.9 GB |

In a cgroup of 1,200 MB the larger took at most 1,072 MB, in one of 750 MB the smaller 694 MB, pages of files included; in those
of 900 and 600 MB the system ended them. Tickets in the drawing take up to 490 MB, a cube in the making 480 MB. A kernel of a
topic's brief, which counts tickets, takes more memory.
"""

import ctypes
import datetime
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from helpers.settings import memory
from helpers.settings.errors import UserError

_MB = 2**20
_PROC = Path("/proc")
_ECONOMY = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072", "ARROW_DEFAULT_MEMORY_POOL": "system"}
_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8  # malloc.h of glibc
_EARLIEST = 1980


class Need(NamedTuple):
    """What a report needs of something for itself, and for each notebook at once."""

    what: str
    unit: str
    base: int
    each: int
    remedy: str


MEMORY = Need("memory", "MB", 540, 160, "free some, or raise the limit of its container or cgroup")
LARGE = MEMORY._replace(base=900, each=300)  # of the larger report, which is refused nowhere for that
ADDRESSES = Need("address space", "MB", 2800, 400, "raise it with ulimit -v")
DESCRIPTORS = Need("open files", "", 70, 30, "raise the limit with ulimit -n")
PROCESSES = Need("processes and threads", "", 40, 30, "raise the limit with ulimit -u")
_TIGHT = 1536 * _MB  # bytes: tickets or a cube in the making take up to 0.6 GB, beside the process that forks kernels


class Fitting(NamedTuple):
    """How many notebooks can run at once, and why not more; "" where as many as were asked for."""

    jobs: int
    reason: str = ""


def fitting_jobs(jobs: int) -> Fitting:
    """Return how many notebooks of `jobs` this machine bears at once. Raises UserError with the numbers where it bears none."""
    found = Fitting(jobs)
    for need, free in limits():
        most = (free - need.base) // need.each
        if most < 1:
            least = _amount(need, need.base + need.each)
            raise UserError(f"a report needs {least} of {need.what}, and {_amount(need, free)} are left to this process: "
                            f"{need.remedy}.")
        if need is MEMORY:
            found = _of_large(found, free)
        elif most < found.jobs:
            found = Fitting(most, f"{_amount(need, free)} of {need.what} are left, and {jobs} notebooks at once need "
                                  f"{_amount(need, need.base + jobs * need.each)}")
    return found


def _of_large(found: Fitting, free: int) -> Fitting:
    """Return how many notebooks at once memory bears in a large report, at least one, with the reason where it bears fewer.

    How large a report is, is known once it is planned; the system ends what takes more than there is, without a word.
    """
    most = max(1, min(found.jobs, (free - LARGE.base) // LARGE.each))
    if free >= LARGE.base + found.jobs * LARGE.each:
        return found
    return Fitting(most, f"{free} MB of memory are left, and a report of 11 million tickets took "
                         f"{LARGE.base + LARGE.each} MB, {LARGE.each} MB more for each further notebook at once")


def check_clock() -> None:
    """Raise UserError where the clock was never set: archives, such as a document of Word, hold no time before 1980."""
    today = datetime.datetime.now()
    if today.year < _EARLIEST:
        raise UserError(f"the clock of this machine says {today:%Y-%m-%d}: set it, since files of a report are dated by it.")


def is_tight() -> bool:
    """Return whether memory does not do for tickets or a cube in the making beside the process that forks kernels."""
    free = memory.free()
    return free is not None and free < _TIGHT


def economise() -> None:
    """Let this process and those that it starts give memory back that they no longer use: one heap for all threads, trimmed.

    It is for before what takes memory is imported; where the system's C library is not glibc, only Arrow's part.
    """
    os.environ.update(_ECONOMY)
    if sys.platform == "linux":
        with suppress(AttributeError):
            mallopt = ctypes.CDLL(None).mallopt
            mallopt(_M_ARENA_MAX, int(_ECONOMY["MALLOC_ARENA_MAX"]))
            mallopt(_M_TRIM_THRESHOLD, int(_ECONOMY["MALLOC_TRIM_THRESHOLD_"]))


def _amount(need: Need, number: int) -> str:
    return f"{number} {need.unit}".strip()


def limits() -> Iterator[tuple[Need, int]]:
    """Yield what this process may still use, as far as the system tells; the number of open files is raised to what it may be."""
    if (free := memory.free()) is not None:
        yield MEMORY, free // _MB
    if os.name == "posix":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 4096 if hard == resource.RLIM_INFINITY else min(hard, 4096)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                soft = wanted
        yield from ((need, number) for need, number in (
            (DESCRIPTORS, soft), (ADDRESSES, resource.getrlimit(resource.RLIMIT_AS)[0] // _MB),
            (PROCESSES, _left_processes(resource.getrlimit(resource.RLIMIT_NPROC)[0]))) if 0 <= number < memory.LIMITLESS // _MB)


def _left_processes(limit: int) -> int:
    """Return how many processes and threads this user may still start; below 0 where there is no limit, as for root."""
    if limit < 0 or sys.platform != "linux" or os.geteuid() == 0:
        return -1
    return limit - sum(_threads(folder) for folder in _PROC.iterdir() if folder.name.isdecimal())


def _threads(folder: Path) -> int:
    """Return the number of threads of a process of this user; 0 for another's."""
    with suppress(OSError):
        return len(os.listdir(folder / "task")) if folder.stat().st_uid == os.getuid() else 0
    return 0
