"""Find and end what a process has started, also in sessions of its own, as far as the system tells (Linux)."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, linux/prctl.h
_PROC = Path("/proc")


def adopt() -> None:
    """Let this process become the parent of what its children leave behind, so that these stay its descendants."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)


def descendants(pid: int) -> list[int]:
    """Return the processes below one, parents before children; none where the system does not tell."""
    children: dict[int, list[int]] = {}
    for name in os.listdir(_PROC) if _PROC.is_dir() else ():
        if name.isdecimal():
            with suppress(OSError, ValueError, IndexError):
                parent = int((_PROC / name / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def kill(*pids: int) -> None:
    """Kill processes; those that are gone are passed over."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
