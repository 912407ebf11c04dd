"""A place is hashed with a key that stays on the machine; the place itself is nowhere."""

import stat
import sys

import pyarrow as pa
import pytest

from helpers.ingest import ingest, place_keys
from helpers.settings import editions, paths, secret_key
from helpers.settings.errors import UserError

KEY = bytes(range(32))
PLACES = pa.array(["中山路", None, "中山路", "中正路"]).dictionary_encode()


def test_equal_places_have_equal_hashes_that_the_key_decides():
    first = place_keys.hashed(KEY, PLACES).to_pylist()
    assert first[0] == first[2] != first[3]
    assert first[1] is None
    assert all(set(text) <= set("abcdefghijklmnop") and len(text) == 20 for text in first if text)
    assert place_keys.hashed(KEY, PLACES).to_pylist() == first
    assert not set(place_keys.hashed(bytes(32), PLACES).to_pylist()[::2]) & set(first)


@pytest.mark.skipif(sys.platform == "win32", reason="a file's mode is POSIX's")
def test_the_key_is_its_owners_alone(home):
    assert secret_key.read() == secret_key.read()
    assert stat.S_IMODE(paths.secret_key().stat().st_mode) == 0o600
    assert [file.name for file in paths.DATA.glob(".place-key*")] == [".place-key"]


def test_a_key_that_is_none_is_refused_with_a_remedy(home):
    paths.secret_key().write_text("secret", encoding="ascii")
    with pytest.raises(UserError, match=r"data/\.place-key: holds no key"):
        secret_key.read()


def test_an_export_of_places_leaves_hashes_and_no_place(home, tmp_path):
    export, mapping = tmp_path / "x.csv", tmp_path / "x.yml"
    export.write_text(
        "编号,时间,地址\n1,2020-01-01,松江路12号3楼\n2,2020-01-02,松江路12号3楼\n3,2020-01-03,不详\n", encoding="utf-8"
    )
    mapping.write_text("source: x\ncolumns: {ticket_id: 编号, received_at: 时间, place_key: 地址}\n", encoding="utf-8")
    edition = editions.read("taipei", 2020)
    ingest.ingest([export], edition, mapping)
    import pyarrow.parquet as pq

    keys = pq.read_table(paths.tickets(edition.key))["place_key"].to_pylist()
    assert keys[0] == keys[1]
    assert keys[0]
    assert keys[2] is None
    assert "松江路".encode() not in paths.tickets(edition.key).read_bytes()
