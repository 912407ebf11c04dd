"""A clock that jumps, stands still or was never set: no run lasts less than nothing, no lock or log is lost by it."""

import datetime
import os
import time
from types import SimpleNamespace

import pytest

from helpers.ingest import suggest_mapping
from helpers.report import capacity, manifest, publisher, run_log
from helpers.settings import files, paths
from helpers.settings.errors import UserError

NOON = datetime.datetime(2030, 1, 1, 12, tzinfo=datetime.UTC)


def says(monkeypatch, module, *times):
    """Let a module's clock say these times, one after another."""
    following = iter(times)
    clock = SimpleNamespace(now=lambda: next(following))
    monkeypatch.setattr(module, "datetime", SimpleNamespace(datetime=clock, timedelta=datetime.timedelta))


def test_a_run_ends_after_what_it_took_whatever_the_clock_says_meanwhile():
    assert manifest.ended(NOON, time.monotonic() - 5).startswith("2030-01-01T12:00:05.")


def test_a_part_written_while_the_clock_is_set_back_ends_after_it_began(home, monkeypatch):
    says(monkeypatch, publisher, NOON, NOON - datetime.timedelta(hours=3))
    part = publisher.write_part(paths.OUTPUTS, "k", lambda: publisher.Rendered({paths.OUTPUTS / "a.txt": b"a"}))
    assert part.started == manifest.timestamp(NOON.astimezone())
    assert part.started <= part.ended < manifest.timestamp((NOON + datetime.timedelta(minutes=10)).astimezone())


def test_the_log_of_a_run_stays_though_a_clock_set_back_makes_it_the_oldest(home, monkeypatch):
    paths.LOGS.mkdir(parents=True)
    for day in range(30):
        (paths.LOGS / f"run-205001{day:02}-000000-town.log").touch()
    says(monkeypatch, run_log, datetime.datetime(2020, 1, 1))
    with run_log.log_to_file("town"):
        pass
    kept = {file.name for file in paths.LOGS.iterdir()}
    assert "run-20200101-000000-town.log" in kept
    assert len(kept) == 30
    assert "run-20500100-000000-town.log" not in kept


@pytest.mark.parametrize("hours", [-9, 9])
def test_a_folder_in_use_stays_and_one_left_behind_goes_whatever_their_times(tmp_path, hours):
    left = tmp_path / "hotline-left"
    left.mkdir()
    with files.scratch_folder(tmp_path, "hotline-") as used:
        (left / ".owner.lock").touch()  # of a process that is gone: nobody has locked it
        for folder in (left, used):
            os.utime(folder, (time.time() + hours * 3600,) * 2)
        with files.scratch_folder(tmp_path, "hotline-"):
            assert used.exists()
            assert not left.exists()


def test_times_of_an_export_are_found_where_the_clock_was_never_set(monkeypatch):
    monkeypatch.setattr(suggest_mapping, "date", SimpleNamespace(today=lambda: datetime.date(1970, 1, 1)))
    column = suggest_mapping._Column("来电时间", ["2020-03-01 10:00:00"], 1)
    assert column.times == [datetime.datetime(2020, 3, 1, 10)]


def test_a_report_is_refused_where_the_clock_is_so_wrong_that_no_archive_can_be_dated(monkeypatch):
    says(monkeypatch, capacity, datetime.datetime(1970, 1, 1))
    with pytest.raises(UserError, match="the clock of this machine says 1970-01-01: set it"):
        capacity.check_clock()
