"""Whatever fails in an engine is one sentence, and what would hang ends; no cluster and no Java is needed to see that."""

import subprocess
import sys
import time
from types import SimpleNamespace

import ibis
import pytest

from helpers.settings.errors import UserError
from helpers.tickets import engines, spark

JAVA = ("An error occurred while calling o57.collectToPython.\n: org.apache.spark.SparkException: Job aborted: disk full\n"
        "\tat org.apache.spark.scheduler.DAGScheduler.abortStage(DAGScheduler.scala:2856)")


@pytest.fixture
def java():
    """A process in the place of Java's, which runs until it is ended."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    yield SimpleNamespace(proc=process)
    process.kill()
    process.wait()


def cluster(java, workers, monkeypatch):
    monkeypatch.setattr(spark, "_EVERY", 0.01)
    monkeypatch.setattr(spark, "_REPLACED", 0.2)
    monkeypatch.setattr(spark, "_workers", lambda context: workers)
    watch = spark.Watch(SimpleNamespace(_jsc=object()), java)
    watch.start()
    return SimpleNamespace(watch=watch)


def test_a_query_that_waits_for_workers_that_are_all_gone_is_ended_and_says_so(java, monkeypatch):
    connected = cluster(java, 0, monkeypatch)
    assert java.proc.wait(20) != 0
    connected.watch.join(20)
    assert spark.failure(connected, OSError("Answer from Java side is empty")).startswith("no worker was left for 0.2 s")


def test_a_query_on_workers_that_live_is_let_run(java, monkeypatch):
    connected = cluster(java, 1, monkeypatch)
    time.sleep(0.5)
    assert java.proc.poll() is None
    assert not connected.watch.is_alone
    assert spark.failure(connected, ValueError(JAVA)) == (
        "org.apache.spark.SparkException: Job aborted: disk full (all its workers must see the tickets under the same path)")


def test_a_java_process_that_was_killed_is_named(java, monkeypatch):
    connected = cluster(java, 1, monkeypatch)
    java.proc.kill()
    java.proc.wait()
    assert spark.failure(connected, OSError("x")).startswith("the Java process of this client was killed")


def test_a_connection_that_takes_too_long_is_given_up(java):
    with spark._time_limit(java, 0.1) as limit:
        assert java.proc.wait(20) != 0
    assert limit.is_set()


@pytest.mark.parametrize(("waited", "is_taken", "sentence"), [
    (35, True, "no worker of spark://a:7077 takes part after 35 s"),
    (35, False, "the Spark master at spark://a:7077 did not take this client within 35 s"),
    (None, False, r"versions of Spark must be the same \(here 4\): refused"),
])
def test_a_cluster_that_takes_no_client_is_one_sentence(waited, is_taken, sentence, monkeypatch):
    monkeypatch.setattr(spark, "_version", lambda: "4")
    with pytest.raises(UserError, match=sentence):
        raise UserError(spark._refusal("spark://a:7077", OSError("refused\nat java"), waited, is_taken))


@pytest.mark.parametrize("engine", ["duckdb:////nowhere/x.db", "sqlite:////nowhere/secret@x.db"])
def test_an_engine_that_cannot_be_opened_is_wrong_usage(engine):
    with pytest.raises(UserError, match=r"the engine .*:// cannot be opened: .*: see that it runs, and that the URL") as refused:
        engines.connect(engine)
    assert (refused.value.exit_code, str(refused.value).count("\n")) == (2, 0)


def test_what_an_engine_says_that_could_not_count_is_one_line_without_its_address(tmp_path):
    engine = f"duckdb:///{tmp_path / 'x.db'}"
    rows = engines.connect(engine).sql("SELECT CAST(raise AS INTEGER) AS number FROM (SELECT 'disk full' AS raise)")
    with pytest.raises(UserError, match="the engine duckdb:// could not count the tickets: Conversion Error") as refused, \
            engines.closing(rows, engine):
        rows.to_pyarrow()
    assert (refused.value.exit_code, str(refused.value).count("\n")) == (2, 0)


@pytest.mark.parametrize("name", ['a"b', "a;b", "a'b", "a`b", "a b", "票"])
def test_a_table_of_any_name_is_found_and_one_that_is_not_there_is_named(name):
    engine = ibis.duckdb.connect()
    schema = ibis.schema({"ticket_id": "string"}).to_pyarrow()
    with pytest.raises(UserError, match="is no table of this engine"):
        engines.external_table(engine, name, schema)
    engine.create_table(name, schema=ibis.Schema.from_pyarrow(schema))
    assert engines.external_table(engine, name, schema).count().execute() == 0


def test_duckdb_writes_what_memory_does_not_hold_where_it_is_told_to_and_not_into_the_working_folder(tmp_path):
    engine = engines.connect()
    engines.spill(engine.sql("SELECT 1 AS number"), tmp_path / "it's here")
    assert engine.con.sql("SELECT current_setting('temp_directory')").fetchall() == [(str(tmp_path / "it's here"),)]
