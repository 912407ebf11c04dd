"""Look before a run at what this process may use: memory, descriptors, processes; lower the notebooks at once to what suffices.

Measured on a report of Beijing 2020 with forked kernels; a kernel of a topic's brief, which counts tickets, takes more memory.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from helpers.settings.errors import UserError

_MB = 2**20
_PROC, _CGROUP = Path("/proc"), Path("/sys/fs/cgroup")
_LIMITLESS = 2**60  # cgroups of the first version write a number of about 2**63 for no limit


class Need(NamedTuple):
    """What a report needs of something for itself, and for each notebook at once."""

    what: str
    unit: str
    base: int
    each: int
    remedy: str


MEMORY = Need("memory", "MB", 420, 70, "free some, or raise the limit of its container or cgroup")
ADDRESSES = Need("address space", "MB", 2600, 400, "raise it with ulimit -v")
DESCRIPTORS = Need("open files", "", 70, 30, "raise the limit with ulimit -n")
PROCESSES = Need("processes and threads", "", 24, 16, "raise the limit with ulimit -u")


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
        if most < found.jobs:
            found = Fitting(most, f"{_amount(need, free)} of {need.what} are left, and {jobs} notebooks at once need "
                                  f"{_amount(need, need.base + jobs * need.each)}")
    return found


def _amount(need: Need, number: int) -> str:
    return f"{number} {need.unit}".strip()


def limits() -> Iterator[tuple[Need, int]]:
    """Yield what this process may still use, as far as the system tells; the number of open files is raised to what it may be."""
    if (memory := free_memory()) is not None:
        yield MEMORY, memory // _MB
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
            (PROCESSES, _left_processes(resource.getrlimit(resource.RLIMIT_NPROC)[0]))) if 0 <= number < _LIMITLESS // _MB)


def free_memory() -> int | None:
    """Return the bytes that the system, and the cgroup of this process, leave; None where neither is known."""
    free = []
    with suppress(OSError, ValueError, StopIteration):
        lines = (_PROC / "meminfo").read_text().splitlines()
        free.append(int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) * 1024)
    for place, most, used, cache in _cgroups():
        with suppress(OSError, ValueError):
            limit = int((place / most).read_text())
            cached = next((int(line.split()[1]) for line in (place / "memory.stat").read_text().splitlines()
                           if line.startswith(f"{cache} ")), 0)
            if limit < _LIMITLESS:
                free.append(limit - int((place / used).read_text()) + cached)
    return min(free, default=None)


def _cgroups() -> Iterator[tuple[Path, str, str, str]]:
    """Yield the folders of the cgroup of this process and of those above it, with the names of their files."""
    lines = (_PROC / "self" / "cgroup").read_text().splitlines() if (_PROC / "self" / "cgroup").exists() else []
    for _, controllers, name in (line.split(":", 2) for line in lines):
        second = not controllers
        if second or "memory" in controllers.split(","):
            root = _CGROUP if second else _CGROUP / "memory"
            files = ("memory.max", "memory.current", "inactive_file") if second else (
                "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            place = root / name.lstrip("/")
            for folder in (place, *place.parents):
                if folder.is_relative_to(root):
                    yield folder, *files


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
