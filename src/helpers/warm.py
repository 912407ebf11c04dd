"""A process that has imported what notebooks need; their kernels are forked from it, so that they need not import.

`batch` starts one for a run (`python -m helpers.warm`, Linux only: elsewhere forking without exec is not safe) and asks
it for a kernel by a line of JSON; the answer is the kernel's process id. It has one thread and nothing open when it
forks. Once its input ends it leaves, and its kernels, whose parent it is, end themselves.
"""

import ast
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
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any


def available() -> bool:
    """Tell whether this system can fork kernels safely."""
    return sys.platform == "linux"


def imports(notebooks: Iterable[Path]) -> list[str]:
    """Return the modules that notebooks import, each once, in order; a cell that is no plain Python counts as none."""
    cells = [cell for file in notebooks for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return list(dict.fromkeys(name for source in sources for name in _imported(source)))


def _imported(source: str) -> list[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:  # %magic
        return []
    return [name for node in ast.walk(tree) for name in
            ([alias.name for alias in node.names] if isinstance(node, ast.Import) else
             [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
             if isinstance(node, ast.ImportFrom) and node.module and not node.level else [])]


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


class Forge:
    """The warm process, seen from the one that runs notebooks; a context manager that ends it."""

    def __init__(self, modules: Iterable[str], openings: Iterable[Mapping[str, Any]], environment: Mapping[str, str]):
        self._lock = threading.Lock()
        # The backend that ipykernel would choose: matplotlib is imported before a kernel can.
        environment = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"} | dict(environment)
        asked = json.dumps({"modules": list(modules), "openings": list(openings)})
        self._process = subprocess.Popen([sys.executable, "-P", "-m", "helpers.warm", asked], env=environment,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                         text=True, start_new_session=True)

    def __enter__(self) -> "Forge":
        return self

    def __exit__(self, *_: Any) -> None:
        self._process.kill()
        self._process.communicate()

    def fork(self, arguments: Sequence[str], log: Path, timeout: float) -> Fork:
        """Return a new kernel. Raises ChildProcessError where the warm process is dead, or silent for `timeout` s."""
        with self._lock:
            if self._process.poll() is None:
                self._process.stdin.write(json.dumps({"arguments": list(arguments), "log": str(log)}) + "\n")
                self._process.stdin.flush()
            answered, _, _ = select.select([self._process.stdout], [], [], timeout)
            answer = self._process.stdout.readline() if answered else ""
        if not answer:
            raise ChildProcessError(f"the process that kernels are forked from did not answer within {timeout:g} s")
        return Fork(int(answer))


def main(modules: Sequence[str], openings: Sequence[Mapping[str, Any]]) -> None:
    """Import modules, rehearse what chapters will open, then fork a kernel for each line of the input.

    What fails here, the notebook will tell of.
    """
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        for name in ("ipykernel.kernelapp", *modules):
            with suppress(Exception):
                importlib.import_module(name)
        if openings:
            with suppress(Exception):
                importlib.import_module("helpers.rehearsal").rehearse(openings)
        gc.collect()
        gc.freeze()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        for line in sys.stdin:
            pid = os.fork()
            if pid == 0:
                answers.close()
                _kernel(**json.loads(line))
            answers.write(f"{pid}\n")
            answers.flush()


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
    main(**json.loads(sys.argv[1]))
