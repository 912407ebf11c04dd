"""Fork kernels from a process that has imported what notebooks need, so that a kernel starts in milliseconds.

A run starts one such process (`python -m helpers.batch.kernel_server`, Linux only: elsewhere forking without exec is not
safe). It reads requests as lines of JSON: to prewarm caches, or to fork a kernel, which it answers with the process id. When
it forks it has one thread and no open connection. It exits when its input ends. Its kernels outlive it: they end themselves
when the process that runs notebooks is gone, whose end of a pipe closes then.
"""

import gc
import importlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from helpers.batch import processes

ENVIRONMENT = {
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning on every start
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",  # kernels run side by side and compete for cores
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a process may fork safely only while it has one thread
}
_GRAMMAR = "rfc3987_syntax"
_IMPORT = re.compile(r"from (helpers(?:\.\w+)*) import ([\w, ]+)")
_KERNEL_MODULES = ("ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.zmqshell")


@contextmanager
def fast_import() -> Iterator[None]:
    """Halve the time of imports in the block: pause garbage collection and hide the optional `rfc3987_syntax`.

    Modules imported in the block are frozen, so that later collections skip them. jsonschema, which nbformat imports, would
    import `rfc3987_syntax`, which compiles a grammar of IRIs that no notebook is checked for.
    """
    given, collecting = sys.modules.get(_GRAMMAR), gc.isenabled()
    sys.modules[_GRAMMAR] = given  # None makes an import of it fail
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()
        if given is None:
            sys.modules.pop(_GRAMMAR, None)


def can_fork() -> bool:
    """Return whether this system can fork kernels safely."""
    return sys.platform == "linux"


def imports(notebooks: Iterable[Path]) -> list[str]:
    """Return the modules of this package that notebooks import by `from helpers… import …`, sorted."""
    found = (_IMPORT.findall(file.read_text(encoding="utf-8", errors="replace")) for file in notebooks)
    return sorted({f"{package}.{name.strip()}" for lines in found for package, names in lines for name in names.split(",")})


class Fork:
    """A forked kernel with the methods of `subprocess.Popen` that jupyter_client calls; its exit code is always 0."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        try:
            self._handle = os.pidfd_open(pid)
        except ProcessLookupError:
            self._handle = None

    def poll(self) -> int | None:
        """Return 0 once it has ended, None while it runs."""
        if self._handle is not None and select.select([self._handle], [], [], 0)[0]:
            os.close(self._handle)
            self._handle = None
        return 0 if self._handle is None else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        if self._handle is not None and not select.select([self._handle], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired("kernel", timeout)
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send it a signal if it still runs."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Request its end."""
        self.send_signal(signal.SIGTERM)


class KernelServer:
    """Client of the process that forks kernels; a context manager that kills it on exit."""

    def __init__(self, modules: Iterable[str]):
        self._lock = threading.Lock()
        # The backend that ipykernel would choose: matplotlib is imported before a kernel can.
        environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"} | os.environ | ENVIRONMENT
        alive, self._alive = os.pipe()
        self._process = subprocess.Popen([sys.executable, "-P", "-m", "helpers.batch.kernel_server", json.dumps(list(modules)),
                                          str(alive)],
                                         env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True, start_new_session=True, pass_fds=[alive])
        os.close(alive)

    def __enter__(self) -> "KernelServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.end()
        self._process.communicate()
        os.close(self._alive)

    def end(self) -> None:
        """Kill the process; a caller that waits for its answer gets an error."""
        self._process.kill()

    def prewarm(self, openings: Iterable[Mapping[str, Any]]) -> None:
        """Let it warm its caches for chapters with these parameters (`city`, `year`, `period`, `compare`), without waiting."""
        with self._lock:
            self._send({"openings": list(openings)})

    def fork(self, arguments: Sequence[str], log: Path, timeout: float) -> Fork:
        """Fork a kernel. Raises ChildProcessError where the server is dead, or does not answer within `timeout` seconds."""
        with self._lock:
            self._send({"arguments": list(arguments), "log": str(log)})
            ready, _, _ = select.select([self._process.stdout], [], [], timeout)
            answer = self._process.stdout.readline() if ready else ""
        if not answer:
            self.end()  # a late answer would be taken for the next one
            raise ChildProcessError(f"the process that kernels are forked from did not answer within {timeout:g} s")
        return Fork(int(answer))

    def _send(self, request: Mapping[str, Any]) -> None:
        if self._process.poll() is None:
            with suppress(BrokenPipeError):  # it has just died: a caller that waits for its answer gets an error
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()


def main(modules: Sequence[str], alive: int) -> None:
    """Import modules, then prewarm caches and fork kernels as lines of the input request.

    `alive` is the end of a pipe that closes with the process that runs notebooks.

    Errors are ignored here: the same import or query fails in the notebook, where it is reported.
    """
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        with fast_import():
            for name in (*_KERNEL_MODULES, *modules):
                with suppress(Exception):
                    importlib.import_module(name)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _freeze()
        for line in sys.stdin:
            request = json.loads(line)
            if "openings" in request:
                with suppress(Exception):
                    importlib.import_module("helpers.batch.prewarm").prewarm(request["openings"])
                _freeze()
                continue
            pid = os.fork()
            if pid == 0:
                answers.close()
                _kernel(alive=alive, **request)
            answers.write(f"{pid}\n")
            answers.flush()


def _freeze() -> None:
    """Exempt present objects from garbage collection: kernels share their pages until one is written to."""
    gc.collect()
    gc.freeze()


def _kernel(arguments: Sequence[str], log: str, alive: int) -> None:
    """Turn this process into a kernel; never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, file, mode in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY), (2, log, os.O_WRONLY)):
            handle = os.open(file, mode)
            os.dup2(handle, number)
            os.close(handle)
        from ipykernel import kernelapp

        processes.adopt()
        threading.Thread(target=_end_with, args=[alive], daemon=True).start()
        kernelapp.launch_new_instance(argv=[*arguments, "--IPKernelApp.parent_handle=1"])
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


def _end_with(alive: int) -> None:
    """End this process group, and what it started, when a pipe is closed at its other end."""
    os.read(alive, 1)
    processes.kill(*processes.descendants(os.getpid()))
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
