"""Connect to a Spark cluster by its master's URL: spark://host:7077, with settings of Spark after a question mark.

Needs the extra `spark` and Java 17 on this machine, and the tickets' files under one path for this process and all workers.
"""

import os
import shutil
import socket
import sys
import time
from urllib.parse import parse_qsl, urlsplit

import ibis

from helpers.settings.errors import UserError

_PORT = 7077  # a master's own
_ANSWERS = 5  # seconds for a master to accept a connection
_JOINS = 60  # seconds for a first worker to take part: an executor is an interpreter of its own, started for this
_EVERY = 0.2
_SETTINGS = {
    "spark.app.name": "hotline-report", "spark.log.level": "ERROR", "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def check(engine: str) -> None:
    """Raise UserError where a cluster cannot be used: no driver, no Java, a wrong address, or a master that does not answer.

    Takes at most seconds, where Spark itself would retry for a minute and then fail with pages of messages.
    """
    master, settings = _parts(engine)
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise UserError(f"engine '{master}' needs Spark, which is not installed: run python -m pip install "
                         "'ibis-framework[pyspark]'.") from None
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java", path=os.path.join(home, "bin") if home else None):
        raise UserError(f"engine '{master}' needs Java, which was not found: install a Java 17 runtime, or name its folder "
                         "in JAVA_HOME.")
    if strange := sorted(name for name in settings if not name.startswith("spark.")):
        raise UserError(f"'{strange[0]}' in the engine's URL is no setting of Spark: their names begin with 'spark.'.",
                         exit_code=2)
    if not any(_listens(*place) for place in _places(master)):
        raise UserError(f"no Spark master answers at {master}: start it, or correct the URL of --engine.")


def connect(engine: str) -> ibis.BaseBackend:
    """Connect to a cluster as a client and wait for a first worker. Raises UserError where none joins within a minute."""
    from pyspark.sql import SparkSession

    check(engine)
    master, settings = _parts(engine)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        builder = SparkSession.builder.master(master)
        session = builder.config(map=_SETTINGS | settings).getOrCreate()
        cores = _cores(session, master)
    except UserError:
        session.stop()
        raise
    except Exception as error:  # of the bridge, of Java and of Spark: they have no class in common
        raise UserError(f"the Spark master at {master} did not take this client, for which the versions of Spark must be "
                         f"the same (here {_version()}): {str(error).strip().splitlines()[0]}") from error
    if "spark.sql.shuffle.partitions" not in settings:
        session.conf.set("spark.sql.shuffle.partitions", 2 * cores)  # Spark's 200 cost more than the counts themselves
    return ibis.pyspark.connect(session)


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


def _cores(session, master: str) -> int:
    """Return the number of cores of the workers that have joined; wait for the first worker."""
    context, end = session.sparkContext, time.monotonic() + _JOINS
    while time.monotonic() < end:
        if context._jsc.sc().getExecutorMemoryStatus().size() > 1:  # this client is one of them
            return context.defaultParallelism
        time.sleep(_EVERY)
    raise UserError(f"no worker of {master} takes part after {_JOINS} s: see that some are registered with it, are not taken "
                     "by others, have the requested memory (?spark.executor.memory=1g), and can reach this machine.")


def _version() -> str:
    import pyspark

    return pyspark.__version__
