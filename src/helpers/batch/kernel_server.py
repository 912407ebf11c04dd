"""A process that has imported what notebooks need; their kernels are forked from it, so that they need not import.

One is started for a run (`python -m helpers.batch.kernel_server`, Linux only: elsewhere forking without exec is not safe).
A line of JSON
asks it to rehearse what chapters will open, or for a kernel; the answer to that is the kernel's process id. It has one
thread and nothing open when it forks. Once its input ends it leaves, and its kernels, whose parent it is, end themselves.
"""

import gc
import importlib
import json
import os
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

ENVIRONMENT = {
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",  # a warning on every start
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",  # kernels run side by side: a thread more each is in another's way
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # nor may the process that kernels are forked from have one
}
_GRAMMAR = "rfc3987_syntax"
_KERNEL = ("ipykernel.kernelapp", "ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.zmqshell")  # what a kernel imports late


@contextmanager
def fast_import() -> Iterator[None]:
    """Import in the block in half the time: without a collector that finds nothing, and without `rfc3987_syntax`.

    From then on the collector passes over what was imported: looking through it costs 0.2 s each time. jsonschema, which
    nbformat imports, takes the other where it is there; it compiles a grammar of IRIs for 0.7 s, and no notebook is checked
    for any.
    """
    given, collecting = sys.modules.get(_GRAMMAR), gc.isenabled()
    sys.modules[_GRAMMAR] = given  # None makes it one that cannot be imported
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
    """Tell whether this system can fork kernels safely."""
    return sys.platform == "linux"


class Fork:
    """A forked kernel, as far as jupyter_client asks of a `subprocess.Popen`; its exit code is told as 0."""

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
        """Signal it, if it still runs."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class KernelServer:
    """The warm process, seen from the one that runs notebooks; a context manager that ends it."""

    def __init__(self, modules: Iterable[str]):
        self._lock = threading.Lock()
        # The backend that ipykernel would choose: matplotlib is imported before a kernel can.
        surroundings = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"} | os.environ | ENVIRONMENT
        self._process = subprocess.Popen([sys.executable, "-P", "-m", "helpers.batch.kernel_server", json.dumps(list(modules))],
                                         env=surroundings, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True, start_new_session=True)

    def __enter__(self) -> "KernelServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.end()
        self._process.communicate()

    def end(self) -> None:
        """End it at once; whoever waits for its answer hears of that."""
        self._process.kill()

    def prewarm(self, openings: Iterable[Mapping[str, Any]]) -> None:
        """Let it do once what every chapter does that opens so (`city`, `year`, `period`, `compare`); does not wait for it."""
        with self._lock:
            self._ask({"openings": list(openings)})

    def fork(self, arguments: Sequence[str], log: Path, timeout: float) -> Fork:
        """Return a new kernel. Raises ChildProcessError where the warm process is dead, or silent for `timeout` s."""
        with self._lock:
            self._ask({"arguments": list(arguments), "log": str(log)})
            answered, _, _ = select.select([self._process.stdout], [], [], timeout)
            answer = self._process.stdout.readline() if answered else ""
        if not answer:
            self.end()  # a late answer would be taken for that to the next
            raise ChildProcessError(f"the process that kernels are forked from did not answer within {timeout:g} s")
        return Fork(int(answer))

    def _ask(self, what: Mapping[str, Any]) -> None:
        if self._process.poll() is None:
            with suppress(BrokenPipeError):  # it has just died: whoever waits for its answer will see
                self._process.stdin.write(json.dumps(what) + "\n")
                self._process.stdin.flush()


def main(modules: Sequence[str]) -> None:
    """Import modules, then rehearse and fork kernels as the lines of the input ask.

    What fails here, the notebook will tell of.
    """
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        with fast_import():
            for name in (*_KERNEL, *modules):
                with suppress(Exception):
                    importlib.import_module(name)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _settle()
        for line in sys.stdin:
            asked = json.loads(line)
            if "openings" in asked:
                with suppress(Exception):
                    importlib.import_module("helpers.batch.prewarm").prewarm(asked["openings"])
                _settle()
                continue
            pid = os.fork()
            if pid == 0:
                answers.close()
                _kernel(**asked)
            answers.write(f"{pid}\n")
            answers.flush()


def _settle() -> None:
    """Let the collector pass over what is there: kernels share its pages as long as none writes to them."""
    gc.collect()
    gc.freeze()


def _kernel(arguments: Sequence[str], log: str) -> None:
    """Become a kernel; never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, file, mode in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY), (2, log, os.O_WRONLY)):
            handle = os.open(file, mode)
            os.dup2(handle, number)
            os.close(handle)
        from ipykernel import kernelapp

        kernelapp.launch_new_instance(argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"])
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
