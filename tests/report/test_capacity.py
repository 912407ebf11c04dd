"""What a machine bears is looked at before a run: fewer notebooks at once, or a refusal with the numbers."""

from types import SimpleNamespace

import pytest

from helpers.report import capacity, command
from helpers.settings import memory
from helpers.settings.errors import UserError
from helpers.tickets import engines


def given(monkeypatch, need, free):
    monkeypatch.setattr(capacity, "limits", lambda: iter([(need, free)]))


def test_as_many_notebooks_run_at_once_as_descriptors_and_memory_suffice_for(monkeypatch):
    given(monkeypatch, capacity.DESCRIPTORS, 170)
    assert capacity.fitting_jobs(8) == (3, "170 of open files are left, and 8 notebooks at once need 310")
    assert capacity.fitting_jobs(2) == (2, "")


def test_where_one_notebook_does_not_fit_the_run_is_refused_with_both_numbers_and_the_remedy(monkeypatch):
    need = capacity.MEMORY
    given(monkeypatch, need, need.base + need.each - 1)
    with pytest.raises(UserError) as told:
        capacity.fitting_jobs(4)
    assert f"{need.base + need.each} MB of memory, and {need.base + need.each - 1} MB are left" in str(told.value)


@pytest.mark.parametrize(("jobs", "free", "most"), [(1, 1, 1), (2, 1, 1), (4, 3, 3), (2, 2, 2)])
def test_memory_lowers_the_notebooks_at_once_to_what_a_large_report_took_and_refuses_no_small_one(monkeypatch, jobs, free, most):
    need = capacity.LARGE
    given(monkeypatch, capacity.MEMORY, need.base + free * need.each)
    assert capacity.fitting_jobs(jobs) == (most, "" if most == jobs else (
        f"{need.base + free * need.each} MB of memory are left, and a report of 11 million tickets took "
        f"{need.base + need.each} MB, {need.each} MB more for each further notebook at once"))
    given(monkeypatch, capacity.MEMORY, need.base)
    assert capacity.fitting_jobs(jobs).jobs == 1
    assert capacity.fitting_jobs(1).reason.startswith(f"{need.base} MB of memory are left")


def test_what_this_machine_leaves_bears_a_run():
    assert capacity.fitting_jobs(1) == (1, "")


@pytest.mark.parametrize(("lines", "files"), [
    ("4:memory:/box/inner\n0::/\n", {"memory/box/memory.limit_in_bytes": "900", "memory/box/memory.usage_in_bytes": "500",
                                     "memory/box/memory.stat": "total_inactive_file 50\n",
                                     "memory/box/inner/memory.limit_in_bytes": "9223372036854771712",
                                     "memory/box/inner/memory.usage_in_bytes": "1", "memory/box/inner/memory.stat": ""}),
    ("0::/box/inner\n", {"box/memory.max": "900", "box/memory.current": "500", "box/memory.stat": "inactive_file 50\n",
                         "box/inner/memory.max": "max", "box/inner/memory.current": "1", "box/inner/memory.stat": ""}),
], ids=["cgroups of the first version", "of the second"])
def test_the_memory_of_a_container_is_what_the_cgroups_above_leave(tmp_path, monkeypatch, lines, files):
    proc, cgroup = tmp_path / "proc", tmp_path / "cgroup"
    for file, text in {proc / "meminfo": "MemFree: 1 kB\nMemAvailable: 4000 kB\n", proc / "self" / "cgroup": lines,
                       **{cgroup / name: text for name, text in files.items()}}.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(memory, "_PROC", proc)
    monkeypatch.setattr(memory, "_CGROUP", cgroup)
    assert memory.free() == 450


def test_where_memory_is_tight_tickets_and_cubes_are_seen_to_first_in_a_process_of_their_own(monkeypatch):
    commands, works = [], []
    monkeypatch.setattr(memory, "free", lambda: capacity._TIGHT - 1)
    monkeypatch.setattr(capacity, "fitting_jobs", capacity.Fitting)
    monkeypatch.setattr(capacity, "economise", lambda: None)
    monkeypatch.setattr(command.subprocess, "run", lambda given, check: commands.append(given) or SimpleNamespace(returncode=3))
    monkeypatch.setattr(command, "work", lambda requests, options: works.append(options) or 0)
    given = ["--city", "beijing", "--year", "2020", "--force"]
    assert command.main(given) == 3
    assert commands[0][2:] == ["-m", "helpers.report", *given, "--prepare"]
    assert command.main([*given, "--prepare"]) == 0
    monkeypatch.setattr(memory, "free", lambda: capacity._TIGHT)
    assert command.main(given) == 0
    assert (len(commands), len(works)) == (1, 2)


@pytest.mark.parametrize(("free", "limit", "threads"), [(600, "300.0 MiB", 1), (50, "100.0 MiB", 1)])
def test_duckdb_takes_half_of_what_is_free_where_that_is_little(monkeypatch, free, limit, threads):
    monkeypatch.setattr(memory, "free", lambda: free * 2**20)
    found = engines.connect().con.sql("SELECT current_setting('memory_limit'), current_setting('threads')").fetchall()
    assert found == [(limit, threads)]


def test_a_process_that_economises_hands_that_to_those_it_starts(monkeypatch):
    monkeypatch.setattr(capacity.os, "environ", environment := {})
    capacity.economise()
    assert environment == capacity._ECONOMY
