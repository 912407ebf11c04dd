"""Connect to a Spark cluster by its master's URL: spark://host:7077, with settings of Spark after a question mark.

Needs the extra `spark` and Java 17 on this machine, and the tickets' files under one path for this process and all workers.
"""

import logging
import os
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import ibis

from helpers.settings import paths, yaml_models
from helpers.settings.errors import UserError

_PORT = 7077  # a master's own
_ANSWERS = 5  # seconds for a master to accept a connection
_JOINS = 35  # seconds for a master to take this client, and for a first worker to take part: it starts a process for this
_WAIT = "spark.hotline.wait"  # of an engine's URL: seconds that take the place of these
_REPLACED = 15  # seconds for the first of new workers to take the place of those that are all gone
_EVERY = 0.2
_SETTINGS = {
    "spark.app.name": "hotline-report", "spark.log.level": "ERROR", "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
_CALL = "An error occurred while calling"  # the first line of what Java raised, which says nothing


def check(engine: str) -> None:
    """Raise UserError where a cluster cannot be used: no driver, no Java, a wrong address, or a master that does not answer.

    Takes at most seconds, where Spark itself would retry for a minute and then fail with pages of messages.
    """
    master, settings = _parts(engine)
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise UserError(f"engine '{master}' needs Spark, which is not installed: run python -m pip install "
                         "'ibis-framework[pyspark]'.", exit_code=2) from None
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=os.path.join(home, "bin") if home else None):
        raise UserError(f"engine '{master}' needs Java, which was not found: install a Java 17 runtime, or name its folder "
                         "in JAVA_HOME.", exit_code=2)
    if strange := sorted(name for name in settings if not name.startswith("spark.")):
        raise UserError(f"'{strange[0]}' in the engine's URL is no setting of Spark: their names begin with 'spark.'.",
                         exit_code=2)
    if not settings.get(_WAIT, "1").isdecimal():
        raise UserError(f"{_WAIT} in the engine's URL is '{settings[_WAIT]}': write whole seconds, such as 120.", exit_code=2)
    if not any(_listens(*place) for place in _places(master)):
        raise UserError(f"no Spark master answers at {master}: start it, or correct the URL of --engine.", exit_code=2)


def connect(engine: str) -> ibis.BaseBackend:
    """Connect to a cluster as a client and wait for a first worker; what Spark prints goes to `outputs/logs/spark.log`.

    Raises UserError (exit code 2) where the master does not take this client, or no worker joins, within seconds.
    """
    from pyspark import SparkConf

    check(engine)
    master, settings = _parts(engine)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    wait = float(settings.pop(_WAIT, _JOINS))
    java, session = _java(conf := SparkConf().setMaster(master).setAll((_SETTINGS | settings).items())), None
    try:
        with _time_limit(java, wait) as limit:
            session = _session(java, conf)
            cores = _cores(session)
    except Exception as error:  # of the bridge, of Java and of Spark: they have no class in common
        _end(java)
        raise UserError(_refusal(master, error, wait if limit.is_set() else None, session is not None), exit_code=2) from error
    if "spark.sql.shuffle.partitions" not in settings:
        session.conf.set("spark.sql.shuffle.partitions", 2 * cores)  # Spark's 200 cost more than the counts themselves
    connected = ibis.pyspark.connect(session)
    connected.watch = Watch(session.sparkContext, java)
    connected.watch.start()
    return connected


class Watch(threading.Thread):
    """Look whether workers take part while a cluster counts; end the client's Java process where none is left.

    Spark would wait for ever for others. The query fails when the process ends, and `is_alone` says why.
    """

    def __init__(self, context: Any, java: Any):
        super().__init__(daemon=True, name="workers")
        self._context, self.java = context, java
        self.is_alone = False

    def run(self) -> None:
        """Look until the cluster is released."""
        seen = time.monotonic()
        while self._context._jsc is not None and self.java.proc.poll() is None:
            with suppress(Exception):  # of a context that is just being stopped, or a bridge that broke: the query says so
                if _workers(self._context):
                    seen = time.monotonic()
            if time.monotonic() - seen > _REPLACED:
                self.is_alone = True
                self.java.proc.kill()
            time.sleep(_EVERY * 5)


def disconnect(connected: ibis.BaseBackend) -> None:
    """Release a cluster, where need be by ending the client's Java process."""
    try:
        connected.disconnect()
    except Exception:  # of a process that has ended or is ending, or of a bridge that broke: with the process all is released
        _end(connected.watch.java)


def failure(connected: ibis.BaseBackend, error: Exception) -> str:
    """Return why a cluster did not count: no worker was left, the client's Java process ended, or what Spark raised."""
    if connected.watch.is_alone:
        return f"no worker was left for {_REPLACED} s: start workers, see why they ended, and run again{_messages()}"
    if connected.watch.java.proc.poll() is not None:
        return f"the Java process of this client was killed: see that the machine has memory left, and run again{_messages()}"
    lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith(_CALL)]
    raised = next((line.lstrip(": ") for line in lines), type(error).__name__)[:300]
    return f"{raised} (all its workers must see the tickets under the same path)"


def _java(conf: Any) -> Any:
    """Return the bridge to the Java process of this client, started where none runs, whose messages go to a log file.

    Raises UserError where it does not start.
    """
    from pyspark import SparkContext
    from pyspark.java_gateway import launch_gateway

    _quiet()
    if SparkContext._gateway is None:
        paths.LOGS.mkdir(parents=True, exist_ok=True)
        with paths.spark_log().open("wb") as log:
            try:
                return launch_gateway(conf, {"stdout": log, "stderr": log})
            except Exception as error:  # Spark's own, which says no more than this
                raise UserError(f"the Java process of Spark {_version()} did not start: it needs Java 17 or newer{_messages()}.",
                                exit_code=2) from error
    return SparkContext._gateway


@cache
def _quiet() -> None:
    """Let what the bridge to Java logs of a connection that breaks go to the log of a run, and else nowhere."""
    logging.getLogger().addHandler(logging.NullHandler())  # without any, it prints tracebacks


def _session(java: Any, conf: Any) -> Any:
    """Return a session of a client that the master has taken."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    return SparkSession(SparkContext(conf=conf, gateway=java))


@contextmanager
def _time_limit(java: Any, seconds: float) -> Iterator[threading.Event]:
    """End a Java process if the block takes longer, which then raises; the event says so."""
    over = threading.Event()

    def end() -> None:
        over.set()
        java.proc.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()


def _end(java: Any) -> None:
    """End the Java process of this client, and let the next connection start another."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    java.proc.kill()
    java.proc.wait()
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    SparkSession._instantiatedSession = SparkSession._activeSession = None


def _refusal(master: str, error: Exception, waited: float | None, is_taken: bool) -> str:
    """Return the sentence on a cluster that does not take this client; `waited`: the seconds of the limit that ended this."""
    if waited and is_taken:
        return (f"no worker of {master} takes part after {waited:g} s: see that some are registered with it, are not taken by "
                "others, have the requested memory (?spark.executor.memory=1g), and can reach this machine; "
                f"?{_WAIT}=120 waits longer.")
    if waited:
        return (f"the Spark master at {master} did not take this client within {waited:g} s: see that the URL is a master's "
                f"(its port is {_PORT}, not that of its web page) and that it runs the same version of Spark (here "
                f"{_version()}); ?{_WAIT}=120 waits longer.")
    return (f"the Spark master at {master} did not take this client, for which the versions of Spark must be the same "
            f"(here {_version()}): {(str(error).strip() or type(error).__name__).splitlines()[0]}")


def _messages() -> str:
    return f" ({yaml_models.display_path(paths.spark_log())} has Spark's messages)"


def _parts(engine: str) -> tuple[str, dict[str, str]]:
    """Split an engine's URL into the master's URL and the settings after it."""
    master, _, query = engine.partition("?")
    return master, dict(parse_qsl(query, keep_blank_values=True))


def _places(master: str) -> list[tuple[str, int]]:
    """Return (host, port) of a master and of its standby masters. Raises UserError (exit code 2) where there is none."""
    try:
        found = [urlsplit(f"spark://{place}") for place in master.removeprefix("spark://").split(",")]
        places = [(place.hostname, place.port or _PORT) for place in found if place.hostname and place.path in ("", "/")]
    except ValueError:
        places = []
    if not places:
        raise UserError(f"engine '{master}' names no master: write spark://HOST:{_PORT}.", exit_code=2)
    return places


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_ANSWERS).close()
    except OSError:
        return False
    return True


def _cores(session: Any) -> int:
    """Wait for the first worker, and return the number of cores of those that have joined."""
    while not _workers(session.sparkContext):
        time.sleep(_EVERY)
    return session.sparkContext.defaultParallelism


def _workers(context: Any) -> int:
    """Return how many workers take part."""
    return context._jsc.sc().getExecutorMemoryStatus().size() - 1  # this client is one of them


def _version() -> str:
    import pyspark

    return pyspark.__version__
