"""Kernels of a batch, registered while they run, so that one that hangs can be killed with every process it started.

They use Unix sockets in a folder of their own where the system has these: free TCP ports are found by trial, and two kernels
that start together can find the same one.
"""

import logging
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

from helpers.batch import kernel_server

_EXIT_TIMEOUT = 5  # seconds for a killed process to be gone
_POLL = 0.1  # seconds between two requests to a kernel that is starting


class Client(AsyncKernelClient):
    """A client that is ready at its kernel's first answer, where jupyter_client also waits for 0.2 s of silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel has answered and its published messages arrive: before that, a cell's output could be lost.

        Raises RuntimeError where it dies, or does not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + (timeout or float("inf"))
        while not await self._answered():
            if not await self.parent.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the kernel did not answer within {timeout:g} s")

    async def _answered(self) -> bool:
        self.kernel_info()
        with suppress(queue.Empty):
            answer = await self.get_shell_msg(timeout=_POLL)
            await self.get_iopub_msg(timeout=_POLL)
            self._handle_kernel_info_reply(answer)
            return True
        return False


class ForkProvisioner(LocalProvisioner):
    """Fork a kernel from the server, where jupyter_client would start an interpreter."""

    async def launch_kernel(self, cmd, **options):
        arguments = cmd[cmd.index("-f"):]
        self.process = self.parent.server.fork(arguments, self.parent.log_file, self.parent.timeout)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class Kernel(AsyncKernelManager):
    """A kernel manager; each batch has a subclass of its own (`of_batch`).

    `running` has the batch's kernels by thread, `shared` those that have run a notebook and wait for another of their thread,
    `server` forks them (None: each starts an interpreter) and has `timeout`
    seconds to answer; `abandoned` is set when the batch is interrupted and nothing may be started again.
    """

    client_factory = Client
    running: ClassVar[dict[int, "Kernel"]] = {}
    shared: ClassVar[dict[int, "Kernel"]] = {}
    server: ClassVar[kernel_server.KernelServer | None] = None
    timeout: ClassVar[float] = 60
    abandoned: ClassVar[bool] = False

    def __init__(self, **traits):
        self._folder = tempfile.TemporaryDirectory(prefix="hotline-", ignore_cleanup_errors=True)
        self.log_file = Path(self._folder.name) / "log"
        self._client: AsyncKernelClient | None = None
        super().__init__(**traits | {"connection_file": str(Path(self._folder.name) / "kernel.json")})
        if os.name == "posix":
            self.transport = "ipc"
        self.begin()

    def begin(self) -> None:
        """Let the time of a notebook begin, which runs in this thread."""
        self.started = time.monotonic()
        self.running[threading.get_ident()] = self

    def client(self, **options) -> AsyncKernelClient:
        """Return a client, which is closed once a notebook has run."""
        self._client = super().client(**options)
        return self._client

    def disconnect(self) -> None:
        """Close the client of the notebook that has run; the kernel stays."""
        if self._client:
            self._client.stop_channels()

    async def _async_pre_start_kernel(self, **options):
        if self.server:
            self.provisioner = ForkProvisioner(kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**options | {"env": os.environ | kernel_server.ENVIRONMENT})

    async def _async_launch_kernel(self, kernel_cmd, **options):
        with self.log_file.open("wb") as log:
            await super()._async_launch_kernel(kernel_cmd, **options | {"stdout": log, "stderr": log})

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """Kill it: its messages have arrived, and jupyter_client would poll every 0.1 s for its end."""
        self.end()

    @property
    def age(self) -> float:
        """Seconds since it was started."""
        return time.monotonic() - self.started

    def end(self) -> None:
        """Kill it with its process group, if it still runs."""
        process, group = getattr(self.provisioner, "process", None), getattr(self.provisioner, "pgid", None)
        if group and os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if process:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.kill()
                process.wait(_EXIT_TIMEOUT)

    def log_text(self) -> str:
        """Return what the process printed outside of cells, such as why it did not start; papermill never sees that."""
        return self.log_file.read_text(encoding="utf-8", errors="replace").strip() if self.log_file.exists() else ""


def without_server(kernel: type[Kernel]) -> type[Kernel]:
    """Return a class of the same batch whose kernels each start an interpreter."""
    return type("Kernel", (kernel,), {"server": None})


def of_batch(server: kernel_server.KernelServer | None, timeout: float) -> type[Kernel]:
    """Return the kernel class of a batch."""
    return type("Kernel", (Kernel,), {"running": {}, "shared": {}, "server": server, "timeout": timeout})


def quiet() -> None:
    """Silence the loggers of papermill and asyncio from now on: failures are reported by the name of their notebook."""
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
