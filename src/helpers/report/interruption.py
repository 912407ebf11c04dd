"""End a command on a signal: at once as Python can, within seconds whatever hangs."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_PATIENCE = 4  # seconds that clearing up may take before the process is ended without it
_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block by SystemExit, and any of them and SIGINT the process seconds later if it still runs.

    A thread reads signals from a pipe that Python writes to at once, also while this thread waits for something that never
    comes. What is left of a process that is ended so is removed by the next run. A signal that is ignored (nohup) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    read, write = os.pipe()
    os.set_blocking(write, False)
    earlier = {number: signal.getsignal(number) for number in _SIGNALS}
    waking = signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    ended, received = threading.Event(), []

    def end(number: int, _: FrameType | None) -> None:
        received.append(number)
        sys.exit(128 + number)

    for number in (number for number, handler in earlier.items() if handler != signal.SIG_IGN):
        signal.signal(number, end)
    threading.Thread(target=_end_late, args=[read, ended], daemon=True, name="interruption").start()
    try:
        yield
    finally:
        if not received:  # else Python may still wait for a thread at its end
            ended.set()
        signal.set_wakeup_fd(waking)
        for number, handler in earlier.items():
            signal.signal(number, handler)
        os.close(write)


def _end_late(read: int, ended: threading.Event) -> None:
    """Wait for a signal; end the process if the block has not ended within seconds of it."""
    while numbers := os.read(read, 1):
        if numbers[0] in (*_SIGNALS, signal.SIGINT) and not ended.wait(_PATIENCE):
            os._exit(128 + numbers[0])
    os.close(read)
