"""A real cluster, a master and two workers that are processes of their own, counts what DuckDB counts."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from support.tickets import drawn

from helpers.cube import cube
from helpers.settings import editions, paths
from helpers.settings.errors import UserError
from helpers.tickets import engines, schema, spark

pyspark = pytest.importorskip("pyspark", reason="PySpark is not installed: pip install 'hotline-report[spark]'")
if not shutil.which("java") and not os.environ.get("JAVA_HOME"):
    pytest.skip("Java is not installed", allow_module_level=True)

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore::DeprecationWarning:pyspark")]
STARTS = 90  # seconds for a process of Spark to be up, on a busy machine


def free():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    """The URL of a cluster on this machine, with two workers of one core; it ends with the tests of this file."""
    with cluster(tmp_path_factory.mktemp("spark")) as (url, _):
        yield url


@pytest.fixture
def mortal(tmp_path):
    """The URL of a cluster of a test's own, and its processes by name, which it may kill."""
    with cluster(tmp_path) as parts:
        yield parts


@contextmanager
def cluster(folder):
    port, web = free(), free()
    home = os.path.dirname(pyspark.__file__)
    surroundings = os.environ | {"SPARK_HOME": home, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    started, url = {}, f"spark://127.0.0.1:{port}"

    def start(name, *arguments):
        with (folder / f"{name}.log").open("w") as log:
            command = [os.path.join(home, "bin", "spark-class"), f"org.apache.spark.deploy.{arguments[0]}", *arguments[1:]]
            started[name] = subprocess.Popen(command, stdout=log, stderr=log, env=surroundings, start_new_session=True)

    def says(name, words):
        return words in (folder / f"{name}.log").read_text(errors="replace")

    def wait(name, words):
        end = time.monotonic() + STARTS
        while not says(name, words):
            assert time.monotonic() < end, (folder / f"{name}.log").read_text(errors="replace")[-2000:]
            time.sleep(0.2)

    try:
        start("master", "master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(web))
        wait("master", "I have been elected leader")
        for name in ("one", "two"):
            start(name, "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0",
                  "--work-dir", str(folder / f"work-{name}"), url)
        for name in ("one", "two"):
            wait(name, "Successfully registered with master")
        yield (f"{url}?spark.executor.memory=600m&spark.driver.host=127.0.0.1&spark.driver.bindAddress=127.0.0.1"
               f"&spark.hotline.wait={STARTS}"), started
    finally:
        for process in started.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in started.values():
            process.wait(30)


def processes_below(pid):
    return [int(line) for line in subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()]


def kept(city, year):
    engine = engines.connect()
    return {
        name: engines.read(engine, paths.cube(paths.edition_key(city, year)) / f"{name}.parquet").to_pyarrow()
        for name in cube.TABLES
    }


@pytest.mark.thorough
def test_every_table_of_a_cube_made_on_a_cluster_is_duckdbs_and_stays_for_runs_without_one(master, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    schema.write(editions.read("beijing", 2020), drawn(5_000).to_batches(), data="simulated", source="drawn", digest="1")
    cube.build(editions.read("beijing", 2020))
    here = kept("beijing", 2020)
    assert cube.build(editions.read("beijing", 2020), master, force=True)
    there = kept("beijing", 2020)
    assert len(here) == len(cube.TABLES)
    assert all(table.num_rows for table in here.values())
    for name in here:
        assert there[name].schema == here[name].schema, name
        assert there[name].to_pylist() == here[name].to_pylist(), name
    assert not cube.build(editions.read("beijing", 2020))


def test_both_workers_count_and_are_free_again_when_a_cluster_could_not_do_it_which_is_one_sentence(master):
    engine = spark.connect(master)
    context = engine._session.sparkContext
    end = time.monotonic() + STARTS
    while context._jsc.sc().getExecutorMemoryStatus().size() < 3 and time.monotonic() < end:
        time.sleep(0.2)
    assert context._jsc.sc().getExecutorMemoryStatus().size() == 3  # this client, and an executor on each worker
    numbers = engine.sql("SELECT raise_error('disk full') AS number")
    with pytest.raises(UserError, match=r"engine spark://127\.0\.0\.1 could not count .*disk full"), \
            engines.closing(numbers, master):
        numbers.to_pyarrow()
    assert context._jsc is None


LONG = "SELECT count(*) AS number FROM range(0, 10000000000000, 1, 4) AS drawn WHERE hash(drawn.id) = 1"
CLIENT = """import sys
from helpers.tickets import engines
engine = engines.connect(sys.argv[1])
print("ready", flush=True)
engine.sql(sys.argv[2]).to_pyarrow()"""


def kill_once_running(engine, processes):
    """Kill processes and what they have started, once a query runs."""
    def kill():
        tracker, end = engine._session.sparkContext.statusTracker(), time.monotonic() + STARTS
        while not tracker.getActiveStageIds() and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(2)
        for process in processes:
            os.killpg(process.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()


@pytest.mark.thorough
def test_a_query_whose_workers_are_all_killed_ends_within_forty_seconds_in_one_sentence(mortal, capfd):
    url, processes = mortal
    engine = engines.connect(url)
    kill_once_running(engine, [processes["one"], processes["two"]])
    with pytest.raises(UserError, match="no worker was left for 15 s: start workers") as failed, \
            engines.closing(numbers := engine.sql(LONG), url):
        numbers.to_pyarrow()
    assert (failed.value.exit_code, str(failed.value).count("\n")) == (2, 0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.thorough
def test_a_count_goes_on_where_one_worker_and_the_master_are_killed(mortal):
    url, processes = mortal
    engine = engines.connect(url)
    kill_once_running(engine, [processes["one"], processes["master"]])
    with engines.closing(numbers := engine.sql(LONG.replace("0000000000,", "00,")), url):
        assert numbers.to_pyarrow().num_rows == 1


@pytest.mark.thorough
def test_the_java_process_of_a_client_that_is_killed_ends_and_one_that_is_killed_is_named(mortal):
    url, _ = mortal
    client = subprocess.Popen([sys.executable, "-c", CLIENT, url, LONG], stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "ready\n"
    [java] = processes_below(client.pid)
    client.kill()
    client.communicate()
    end = time.monotonic() + 40
    while os.path.exists(f"/proc/{java}") and time.monotonic() < end:
        time.sleep(0.2)
    assert not os.path.exists(f"/proc/{java}")
    engine = engines.connect(url)
    threading.Timer(3, engine.watch.java.proc.kill).start()
    with pytest.raises(UserError, match="the Java process of this client was killed"), \
            engines.closing(numbers := engine.sql(LONG), url):
        numbers.to_pyarrow()


@pytest.mark.thorough
def test_a_server_that_is_no_master_is_given_up_in_one_sentence(capfd):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"spark://127.0.0.1:{silent.getsockname()[1]}?spark.hotline.wait=12&spark.driver.bindAddress=127.0.0.1"
        with pytest.raises(UserError, match="did not take this client within 12 s") as failed:
            engines.connect(url)
    assert failed.value.exit_code == 2
    assert capfd.readouterr() == ("", "")


def test_a_master_that_nobody_started_is_found_out_at_once():
    begin = time.monotonic()
    with pytest.raises(UserError, match=r"no Spark master answers at spark://127\.0\.0\.1"):
        engines.check(f"spark://127.0.0.1:{free()}")
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("engine", ["spark://", "spark://:7077", "spark://host:port"])
def test_a_master_without_an_address_is_refused_with_an_example(engine):
    with pytest.raises(UserError, match="names no master: write spark://HOST:7077"):
        engines.check(engine)


def test_a_setting_that_is_not_sparks_is_refused():
    with pytest.raises(UserError, match="'memory' in the engine's URL is no setting of Spark"):
        engines.check("spark://127.0.0.1:7077?memory=4g")


def test_a_wait_that_is_no_number_is_refused():
    with pytest.raises(UserError, match=r"spark.hotline.wait in the engine's URL is 'long': write whole seconds"):
        engines.check("spark://127.0.0.1:7077?spark.hotline.wait=long")


def test_without_java_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UserError, match="needs Java, which was not found"):
        engines.check("spark://127.0.0.1:7077")


def test_without_the_driver_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(UserError, match=r"pip install 'ibis-framework\[pyspark\]'"):
        engines.check("spark://127.0.0.1:7077")
