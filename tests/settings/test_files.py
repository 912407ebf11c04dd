import pytest

from helpers.settings.files import atomic_write


def test_a_file_appears_whole_in_a_folder_that_is_created_and_readable_by_all(tmp_path):
    file = tmp_path / "new" / "x.txt"
    with atomic_write(file) as temporary:
        temporary.write_text("甲", encoding="utf-8")
        assert not file.exists()
        assert temporary.parent == file.parent
    assert file.read_text(encoding="utf-8") == "甲"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(file.parent.iterdir()) == [file]


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
