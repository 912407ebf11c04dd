import os
import subprocess
import sys
import tempfile

import pandas as pd
import pytest

from helpers.settings.files import atomic_write, guarded_table, remove_unfinished, settings_folder


def test_a_file_appears_whole_in_a_folder_that_is_created(tmp_path):
    file = tmp_path / "new" / "x.txt"
    with atomic_write(file) as temporary:
        temporary.write_text("甲", encoding="utf-8")
        assert not file.exists()
        assert temporary.parent == file.parent
    assert file.read_text(encoding="utf-8") == "甲"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize(("umask", "mode"), [("022", 0o644), ("077", 0o600), ("002", 0o664)])
def test_a_file_has_the_mode_that_the_umask_leaves(tmp_path, umask, mode):
    program = ("import os, pathlib, sys; from helpers.settings.files import atomic_write\n"
               "os.umask(int(sys.argv[1], 8))\nwith atomic_write(pathlib.Path(sys.argv[2])) as file: file.write_text('x')")
    file = tmp_path / "x.txt"
    subprocess.run([sys.executable, "-c", program, umask, file], check=True)
    assert file.stat().st_mode & 0o777 == mode


def test_where_the_block_fails_the_old_file_stays_and_nothing_else(tmp_path):
    file = tmp_path / "x.txt"
    file.write_text("old", encoding="utf-8")

    def fail():
        with atomic_write(file) as temporary:
            temporary.write_text("new", encoding="utf-8")
            raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        fail()
    assert file.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_table_without_formulas_stays_as_it_is_and_one_with_them_keeps_its_types():
    plain = pd.DataFrame({"name": ["甲", None], "count": pd.array([1, None], "Int64"), "change": ["-3.2%", "+1"],
                          "mixed": pd.Series([1, None], dtype=object)})
    assert guarded_table(plain).to_csv() == plain.to_csv()
    table = plain.assign(name=["=1+1", None], mixed=pd.Series(["@x", 2], dtype=object))
    assert guarded_table(table)["name"].iloc[0] == "'=1+1"
    assert list(guarded_table(table)["mixed"]) == ["'@x", 2]
    assert guarded_table(table).dtypes.equals(table.dtypes)


@pytest.mark.skipif(os.name == "nt", reason="Windows renames no open file, so none is locked")
def test_what_a_killed_process_has_left_of_a_file_is_removed_and_what_another_is_writing_stays(tmp_path):
    file = tmp_path / "x[1].parquet"
    program = ("import os, pathlib, signal, sys; from helpers.settings.files import atomic_write\n"
               "with atomic_write(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)")
    subprocess.run([sys.executable, "-c", program, file], check=False)
    [left] = tmp_path.iterdir()
    for name in (".x[1].parquet.new", ".y.parquet.abcdefgh"):
        (tmp_path / name).touch()
    with atomic_write(file) as temporary:
        remove_unfinished(file)
        assert {other.name for other in tmp_path.iterdir()} == {temporary.name, ".x[1].parquet.new", ".y.parquet.abcdefgh"}
    assert not left.exists()
    assert file.exists()


def test_without_a_home_settings_of_libraries_go_to_one_folder_that_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    monkeypatch.setenv("MPLCONFIGDIR", "own")
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "nowhere"))
    with settings_folder():
        assert os.environ["IPYTHONDIR"].startswith(str(tmp_path / "hotline-home-"))
        assert os.environ["MPLCONFIGDIR"] == "own"
    assert "IPYTHONDIR" not in os.environ
    assert list(tmp_path.iterdir()) == []


def test_with_a_home_they_stay_there(tmp_path, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    with settings_folder():
        assert "IPYTHONDIR" not in os.environ
