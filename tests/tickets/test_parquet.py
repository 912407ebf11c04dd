import sys

import ibis
import pyarrow as pa
import pytest

from helpers.settings.errors import UserError
from helpers.tickets import engines, parquet

SCHEMA = pa.schema([("district", pa.string()), ("tickets", pa.int64())])


def batch(names, dictionary=False):
    districts = pa.array(names, pa.string())
    return pa.record_batch({"district": districts.dictionary_encode() if dictionary else districts,
                            "tickets": pa.array(range(len(names)), pa.int64())})


def test_rows_and_what_the_file_says_of_itself_come_back(tmp_path):
    file = tmp_path / "new" / "x.parquet"
    assert parquet.write(file, [batch(["东城区", None]), batch(["西城区"])], SCHEMA, {"data": "export"}) == 3
    assert parquet.metadata(file) == {"data": "export"}
    rows = engines.read(engines.connect(), file).to_pandas()
    assert rows["tickets"].tolist() == [0, 1, 0]


def test_encoded_strings_are_stored_as_strings(tmp_path):
    parquet.write(tmp_path / "x.parquet", [batch(["东城区"], dictionary=True)], SCHEMA, {})
    assert parquet.schema(tmp_path / "x.parquet") == SCHEMA


def test_other_columns_are_refused_and_the_old_file_stays(tmp_path):
    file = tmp_path / "x.parquet"
    parquet.write(file, [batch(["东城区"])], SCHEMA, {"data": "old"})
    with pytest.raises(TypeError, match=r"columns of x\.parquet"):
        parquet.write(file, [batch(["东城区"]).select(["tickets"])], SCHEMA, {"data": "new"})
    assert parquet.metadata(file) == {"data": "old"}
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    file = tmp_path / "x.parquet"
    parquet.write(file, [batch(["东城区"])], SCHEMA, {"data": "old"})

    def broken():
        yield batch(["西城区"])
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        parquet.write(file, broken(), SCHEMA, {"data": "new"})
    assert parquet.metadata(file) == {"data": "old"}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("engine", ["foo://x", "nonsense", "", "file://x.parquet", "http://[x"])
def test_an_engine_of_an_unknown_scheme_is_refused_with_the_known_ones(engine):
    with pytest.raises(UserError) as refused:
        engines.check(engine)
    assert refused.value.exit_code == 2
    assert f"engine '{engine}'" in str(refused.value)
    assert {"spark,", "duckdb,", "pyspark,"} < set(str(refused.value).split())


@pytest.mark.parametrize("engine", [None, "duckdb://", "duckdb:///somewhere/x.duckdb"])
def test_an_engine_of_a_known_scheme_is_not_opened_by_the_check(engine):
    engines.check(engine)


def test_an_engine_without_its_driver_is_refused_with_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "ibis.backends.pyspark", raising=False)
    monkeypatch.delitem(vars(ibis), "pyspark", raising=False)  # where another test has connected
    with pytest.raises(UserError, match=r"pip install 'ibis-framework\[pyspark\]'"):
        engines.check("pyspark://")
