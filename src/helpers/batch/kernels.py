"""Kernels of a batch, registered while they run, so that one that hangs can be killed with every process it started.

They use Unix sockets in the batch's folder where the system has these: free TCP ports are found by trial, and two kernels that
start together can find the same one. What a notebook prints has a limit.
"""

import logging
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Type

from helpers.batch import kernel_server, processes
from helpers.batch.workspace import Workspace

_EXIT_TIMEOUT = 5  # seconds for a killed process to be gone
_POLL = 0.1  # seconds between two requests to a kernel that is starting
_LOG = 100_000  # bytes at the end of what a kernel prints outside of cells
_TEXT = 1_000_000  # characters of what a notebook prints as text
_LINE = 2_000  # characters of an error's message, and a tenth of those of an entry of its traceback
_SHOWN = 200_000_000  # characters of what it shows: figures, tables, pages
_CUT = "\n（输出过长，其余从略）\n"


class Published(AsyncZMQSocketChannel):
    """The messages that a kernel publishes, without what exceeds the limits of text.

    `printed` and `shown` count the characters of texts and of other outputs. A figure or a table without its end would be wrong:
    `on_flood` is called where these are too long.
    """

    printed = shown = 0
    on_flood: Callable[[], None]

    async def get_msg(self, *args, **kwargs) -> dict[str, Any]:
        """Return the next message."""
        message = await super().get_msg(*args, **kwargs)
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                content["text"] = self._cut(content["text"])
            case "error":
                content["evalue"] = content["evalue"][:_LINE]
                content["traceback"] = [line[:_LINE * 10] for line in content["traceback"][-50:]]
            case "display_data" | "execute_result" | "update_display_data":
                self.shown += sum(len(str(value)) for value in content["data"].values())
                if self.shown > _SHOWN:
                    self.on_flood()
        return message

    def _cut(self, text: str) -> str:
        """Return what is left of a text within the limit, with a note where that is reached."""
        room = _TEXT - self.printed
        self.printed += len(text)
        return text if len(text) <= room else text[:room] + _CUT if room >= 0 else ""


class Client(AsyncKernelClient):
    """A client that is ready at its kernel's first answer, where jupyter_client also waits for 0.2 s of silence."""

    iopub_channel_class = Type(Published)

    @property
    def iopub_channel(self) -> Published:
        """What the kernel publishes, within limits; a kernel that shows too much is killed."""
        channel = super().iopub_channel
        channel.on_flood = self.parent.flood
        return channel

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
    workspace: ClassVar[Workspace]
    is_flooding = False  # whether it was killed for what it showed

    def __init__(self, **traits):
        self._folder = tempfile.TemporaryDirectory(dir=self.workspace.folder, prefix="", ignore_cleanup_errors=True)
        self.log_file = Path(self._folder.name) / "log"
        self._client: AsyncKernelClient | None = None
        super().__init__(**traits | {"connection_file": str(Path(self._folder.name) / "kernel.json")})
        self.transport = self.workspace.transport
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
        """Kill it with its process group and with what it started in sessions of their own, if it still runs."""
        process, group = getattr(self.provisioner, "process", None), getattr(self.provisioner, "pgid", None)
        left = processes.descendants(process.pid) if process and process.poll() is None else []
        if group and os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if process:
            with suppress(OSError, subprocess.TimeoutExpired):
                process.kill()
                process.wait(_EXIT_TIMEOUT)
        processes.kill(*left)

    def flood(self) -> None:
        """Kill it for what it shows."""
        self.is_flooding = True
        self.end()

    def close(self) -> None:
        """Close its sockets: a context that is collected waits for those that are open, for ever."""
        self.context.destroy(linger=0)

    def log_text(self) -> str:
        """Return the end of what the process printed outside of cells: papermill never sees why one did not start."""
        if not self.log_file.exists():
            return ""
        with self.log_file.open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - _LOG, 0))
            return log.read().decode("utf-8", errors="replace").strip()


def without_server(kernel: type[Kernel]) -> type[Kernel]:
    """Return a class of the same batch whose kernels each start an interpreter."""
    return type("Kernel", (kernel,), {"server": None})


def of_batch(server: kernel_server.KernelServer | None, timeout: float, workspace: Workspace) -> type[Kernel]:
    """Return the kernel class of a batch."""
    return type("Kernel", (Kernel,), {"running": {}, "shared": {}, "server": server, "timeout": timeout,
                                      "workspace": workspace})


def quiet() -> None:
    """Silence the loggers of papermill and asyncio from now on: failures are reported by the name of their notebook."""
    for name in ("papermill", "traitlets", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
