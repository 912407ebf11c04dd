"""Look at how much memory the system, and the cgroup of this process, leave."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LIMITLESS = 2**60  # cgroups of the first version write a number of about 2**63 for no limit
_PROC, _CGROUP = Path("/proc"), Path("/sys/fs/cgroup")


def free() -> int | None:
    """Return the bytes that the system, and the cgroup of this process, leave; None where neither is known."""
    found = []
    with suppress(OSError, ValueError, StopIteration):
        lines = (_PROC / "meminfo").read_text().splitlines()
        found.append(int(next(line for line in lines if line.startswith("MemAvailable")).split()[1]) * 1024)
    for place, most, used, cache in _cgroups():
        with suppress(OSError, ValueError):
            limit = int((place / most).read_text())
            cached = next((int(line.split()[1]) for line in (place / "memory.stat").read_text().splitlines()
                           if line.startswith(f"{cache} ")), 0)
            if limit < LIMITLESS:
                found.append(limit - int((place / used).read_text()) + cached)
    return min(found, default=None)


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
