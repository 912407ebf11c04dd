"""Ingest leaves nothing half done, nothing open to others, and nothing that can be found out by trying."""

import hashlib
import os
import signal
import stat
from pathlib import Path

import pandas as pd
import papermill.parameterize
import pytest
import yaml

from helpers.batch import batch
from helpers.ingest import commit, export_files, ingest, staging
from helpers.settings import editions, files, paths, secret_key
from helpers.settings.errors import UserError

MAPPING = {"source": "a test", "columns": {"received_at": "登记", "topic": "小类"}}
HEADER = "登记,小类,电话\n"
NAMES = ("tickets", "quarantine", "unlisted")


@pytest.fixture
def town(home) -> Path:
    """A project folder with an edition `town-2020` whose crosswalk knows one topic."""
    made = yaml.safe_load(paths.edition("taipei", 2018).read_text(encoding="utf-8"))
    made |= {"city": "town", "year": 2020, "mapping": "town", "crosswalk": "town", "quarantine_limit": 0.5}
    paths.edition("town", 2020).write_text(yaml.safe_dump(made), encoding="utf-8")
    paths.mapping("town").write_text(yaml.safe_dump(MAPPING), encoding="utf-8")
    names = {"source": "x", "columns": {"topic": {"known": ["供水"]}}}
    paths.crosswalk("town").write_text(yaml.safe_dump(names), encoding="utf-8")
    return home


def take(home: Path, text: str, *more: str) -> int:
    file = home / "a.csv"
    file.write_text(HEADER + text, encoding="utf-8")
    return ingest.main([str(file), "--city", "town", "--year", "2020", *more])


def written() -> dict[str, bytes]:
    places = {name: getattr(paths, name)("town-2020") for name in NAMES}
    return {name: file.read_bytes() for name, file in places.items() if file.exists()}


@pytest.mark.parametrize("renames", [0, 2])
def test_an_ingest_that_is_killed_between_its_renames_is_finished_by_the_next(town, monkeypatch, renames):
    assert take(town, "2020-01-02,停电,1\n昨天,停电,2\n") == 0
    before = written()
    rename, done = os.replace, []

    def kill(source, target):
        if Path(target) in [getattr(paths, name)("town-2020") for name in NAMES]:
            if len(done) == renames:
                raise KeyboardInterrupt
            done.append(target)
        rename(source, target)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        take(town, "2020-01-02,供水,1\n2020-01-03,停水,1\n", "--replace")
    assert (written() == before) == (renames == 0)
    assert paths.unfinished("town-2020").exists()
    assert take(town, "2020-01-02,供水,1\n2020-01-03,停水,1\n") == 0
    assert list(pd.read_parquet(paths.tickets("town-2020"))["topic"]) == ["供水", "停水"]
    assert pd.read_parquet(paths.quarantine("town-2020")).empty
    assert "停水" in paths.unlisted("town-2020").read_text(encoding="utf-8")
    assert not [file for file in paths.DATA.rglob(".*") if not file.name.endswith((".lock", ".place-key"))]


def test_a_report_finishes_what_a_killed_ingest_had_begun(town, monkeypatch):
    assert take(town, "2020-01-02,停电,1\n") == 0
    with monkeypatch.context() as patch:
        patch.setattr(commit, "finish", lambda key: None)
        take(town, "2020-01-02,供水,1\n", "--replace")
    assert list(pd.read_parquet(paths.tickets("town-2020"))["topic"]) == ["停电"]
    ingest.prepare(editions.read("town", 2020))
    assert list(pd.read_parquet(paths.tickets("town-2020"))["topic"]) == ["供水"]
    assert not paths.unlisted("town-2020").exists()


def test_new_files_and_the_journal_are_on_the_disk_before_the_first_is_renamed(town, monkeypatch):
    order = []
    sync, rename = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("sync"), sync(handle)))
    monkeypatch.setattr(os, "replace", lambda source, target: (order.append(Path(target).name), rename(source, target)))
    take(town, "2020-01-02,停电,1\n")
    journal, first = order.index(".ingest-town-2020.json"), order.index("tickets.parquet")
    assert order[:journal].count("sync") >= 4  # three files, and the journal itself
    assert "sync" in order[journal:first]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_what_persons_may_be_found_in_is_its_owners_alone(town):
    files._umask.cache_clear()
    old = os.umask(0o022)
    try:
        take(town, "2020-01-02,停电,1\n")
    finally:
        os.umask(old)
        files._umask.cache_clear()
    own = [*(getattr(paths, name)("town-2020") for name in NAMES), paths.secret_key()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in own} == {0o600}
    folders = {paths.tickets("town-2020").parent, paths.tickets("town-2020").parent.parent, paths.quarantine("town-2020").parent}
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_the_hash_of_a_row_cannot_be_made_without_the_key_and_has_no_column_that_is_not_mapped(town):
    take(town, "2020-01-02,停电,13812345678\n")
    first = pd.read_parquet(paths.tickets("town-2020"))["ticket_id"].iloc[0]
    for text in ("2020-01-02\x1f停电\x1f13812345678", "2020-01-02\x1f停电"):
        assert first not in [f"row-{hashlib.new(name, text.encode()).hexdigest()[:16]}" for name in ("md5", "sha1", "sha256")]
    take(town, "2020-01-02,停电,13800000000\n", "--replace")
    assert first == pd.read_parquet(paths.tickets("town-2020"))["ticket_id"].iloc[0]
    assert secret_key.hashes(b"k" * 32, "row", ["x"]) != secret_key.hashes(b"k" * 32, "place", ["x"])
    paths.secret_key().write_bytes(b"short")
    with pytest.raises(UserError, match=r"\.place-key: holds no key"):
        secret_key.read()


def test_an_interrupted_ingest_says_so_in_a_sentence(town, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(staging, "_accept", interrupt)
    assert take(town, "2020-01-02,停电,1\n") == 128 + signal.SIGINT
    assert capsys.readouterr().err == "\ninterrupted; the tickets are as they were.\n"
    assert written() == {}


def test_an_export_that_is_replaced_while_it_is_read_is_refused(town, monkeypatch, capsys):
    hash_ = export_files.fingerprint

    def replace(file: Path) -> str:
        found = hash_(file)
        if file.name == "a.csv":
            other = file.with_name("b.csv")
            other.write_text(HEADER + "2020-01-05,停气,1\n", encoding="utf-8")
            other.replace(file)
        return found
    monkeypatch.setattr(export_files, "fingerprint", replace)
    assert take(town, "2020-01-02,停电,1\n") == 1
    assert "a.csv: was changed or replaced while it was read; nothing was written: ingest again." in capsys.readouterr().err
    assert written() == {}


def test_the_first_of_several_processes_that_draw_a_key_wins(home):
    first = secret_key.read()
    secret_key._draw(paths.secret_key())
    assert secret_key.read() == first
    assert len(first) == 32


def test_a_folder_in_braces_is_no_parameter(tmp_path):
    place = tmp_path / "{curly}" / "a{0}.ipynb"
    assert papermill.parameterize.parameterize_path(batch._literal(place), {"city": "x"}) == str(place)
