"""Kernels of a batch: listed while they live, so that one that hangs can be ended with every process it started.

They talk over sockets in a folder of their own where the system has these: free ports are found by trial, and two
kernels that start together can find the same one.
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

_GONE = 5  # seconds for a process that was killed to be gone
_ASKED = 0.1  # seconds between two looks at a kernel that is starting


class Client(AsyncKernelClient):
    """A client that begins as soon as its kernel is heard, where jupyter_client waits for a silence of 0.2 s as well."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return once the kernel has answered, and what it publishes arrives: before that, a cell's output could be lost.

        Raises RuntimeError where it dies, or does not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + (timeout or float("inf"))
        while not await self._heard():
            if not await self.parent.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the kernel did not answer within {timeout:g} s")

    async def _heard(self) -> bool:
        self.kernel_info()
        with suppress(queue.Empty):
            answer = await self.get_shell_msg(timeout=_ASKED)
            await self.get_iopub_msg(timeout=_ASKED)
            self._handle_kernel_info_reply(answer)
            return True
        return False


class Forked(LocalProvisioner):
    """Forks a kernel from the warm process, where jupyter_client would start an interpreter."""

    async def launch_kernel(self, cmd, **options):
        arguments = cmd[cmd.index("-f"):]
        self.process = self.parent.forge.fork(arguments, self.parent.log_file, self.parent.patience)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class Kernel(AsyncKernelManager):
    """A kernel manager. A batch has a subclass of its own (`of_batch`).

    `running` lists the batch's kernels by thread, `forge` forks them (None: each starts an interpreter), `patience` is
    how many seconds the forge may be silent, `abandoned` says that the batch is over and nothing starts once more.
    """

    client_factory = Client
    running: ClassVar[dict[int, "Kernel"]] = {}
    forge: ClassVar[kernel_server.KernelServer | None] = None
    patience: ClassVar[float] = 60
    abandoned: ClassVar[bool] = False

    def __init__(self, **traits):
        self._folder = tempfile.TemporaryDirectory(prefix="hotline-", ignore_cleanup_errors=True)
        self.log_file = Path(self._folder.name) / "log"
        self.started = time.monotonic()
        super().__init__(**traits | {"connection_file": str(Path(self._folder.name) / "kernel.json")})
        if os.name == "posix":
            self.transport = "ipc"
        self.running[threading.get_ident()] = self

    async def _async_pre_start_kernel(self, **options):
        if self.forge:
            self.provisioner = Forked(kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**options | {"env": os.environ | kernel_server.ENVIRONMENT})

    async def _async_launch_kernel(self, kernel_cmd, **options):
        with self.log_file.open("wb") as log:
            await super()._async_launch_kernel(kernel_cmd, **options | {"stdout": log, "stderr": log})

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:
        """End it at once: what it had to say has been heard, and jupyter_client would look only every 0.1 s if it is gone."""
        self.end()

    @property
    def age(self) -> float:
        """Seconds since its start was begun."""
        return time.monotonic() - self.started

    def end(self) -> None:
        """End it and its process group at once; one that is gone already is fine."""
        process, group = getattr(self.provisioner, "process", None), getattr(self.provisioner, "pgid", None)
        if group and os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if process:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.kill()
                process.wait(_GONE)

    def last_words(self) -> str:
        """Return what the process itself printed, such as why it did not start; papermill never sees that."""
        return self.log_file.read_text(encoding="utf-8", errors="replace").strip() if self.log_file.exists() else ""


def unforked(kernel: type[Kernel]) -> type[Kernel]:
    """Return the class of the same batch's kernels that start an interpreter of their own."""
    return type("Kernel", (kernel,), {"forge": None})


def of_batch(forge: kernel_server.KernelServer | None, patience: float) -> type[Kernel]:
    """Return the class of one batch's kernels."""
    return type("Kernel", (Kernel,), {"running": {}, "forge": forge, "patience": patience})


def quiet() -> None:
    """Let the machinery's loggers say less from now on: what goes wrong is told once, by a notebook's name."""
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
