"""What a notebook prints, where kernels live, and what is left of killed processes, within the limits of a machine."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from support.notebooks import LIMITS, alive, executed, write

from helpers.batch import batch, kernel_server, kernels, workspace
from helpers.settings import files

pytestmark = pytest.mark.slow
HOLDS = """import pathlib, sys, time
from helpers.settings.files import scratch_folder
with scratch_folder(pathlib.Path(sys.argv[1]), "hotline-run-") as folder:
    print(folder, flush=True)
    time.sleep(100)"""


def test_what_a_notebook_prints_and_the_text_of_its_error_have_a_limit(tmp_path):
    job = write(tmp_path, "loud", "for _ in range(300): print('x' * 10_000)", "raise ValueError('y' * 5_000_000)")
    outcome, = batch.run([job], 1, LIMITS)
    assert outcome.failure.reason == f"ValueError: {'y' * 2_000}"
    printed = job.failed.read_text(encoding="utf-8")
    assert "（输出过长，其余从略）" in printed
    assert len(printed) < 1_300_000
    assert job.log.stat().st_size < 200_000


def test_a_notebook_that_shows_too_much_is_ended_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "_SHOWN", 100_000)
    outcome, = batch.run([write(tmp_path, "floods", "'x' * 200_000", "import time; time.sleep(20)")], 1, LIMITS)
    assert outcome.failure.reason == "输出的图表过大，已中止。"


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
@pytest.mark.parametrize("others", [(), None], ids=["no short folder", "a short one beside"])
def test_kernels_start_where_the_temporary_folder_has_a_long_path(tmp_path, monkeypatch, others):
    deep = tmp_path / ("t" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if others is not None:
        monkeypatch.setattr(workspace, "_OTHERS", others)
    with workspace.workspace() as place:
        assert place.transport == ("ipc" if others is None else "tcp")
    outcome, = batch.run([write(tmp_path, "runs", "print(year)")], 1, LIMITS)
    assert outcome.status == "done"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.parametrize("is_forked", [False, True], ids=["an interpreter", "forked"])
def test_what_a_notebook_starts_in_a_session_of_its_own_ends_with_it(tmp_path, is_forked):
    starts = "import subprocess; print(subprocess.Popen(['sleep', '100'], start_new_session=True).pid)"
    job = write(tmp_path, "starts", starts)
    if is_forked:
        with kernel_server.KernelServer(["json"]) as server:
            batch.run([job], 1, LIMITS, server)
    else:
        batch.run([job], 1, LIMITS)
    assert not alive(int(executed(job.output)))


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked")
def test_a_notebook_that_kills_the_process_kernels_are_forked_from_does_not_end_its_neighbour(tmp_path):
    mark = str(tmp_path / "killed")
    waits = write(tmp_path, "waits", f"import os, time\nwhile not os.path.exists({mark!r}): time.sleep(0.1)",
                  "time.sleep(1.5); print('whole')")
    kills = write(tmp_path, "kills", f"import os, time; time.sleep(0.5); os.kill(os.getppid(), 9); open({mark!r}, 'w')")
    later = write(tmp_path, "later", "print('started anew')")
    with kernel_server.KernelServer(["json"]) as server:
        outcomes = batch.run([waits, kills, later], 2, LIMITS, server)
    assert [outcome.status for outcome in outcomes] == ["done"] * 3
    assert executed(waits.output) == "whole\n"


def test_a_project_may_lie_in_a_folder_with_braces(tmp_path):
    folder = tmp_path / "{curly}"
    folder.mkdir()
    job = write(folder, "runs", "print(year)")
    assert batch.parameters(job.notebook) == {"year": "2020"}
    assert batch.run([job], 1, LIMITS)[0].status == "done"


def test_folders_of_killed_processes_are_removed_and_those_of_living_ones_stay(tmp_path):
    killed, living = (subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True)
                      for _ in range(2))
    places = [Path(process.stdout.readline().strip()) for process in (killed, living)]
    killed.kill()
    killed.wait()
    (tmp_path / "hotline-run-new").mkdir()  # of a process that is about to lock it
    try:
        with files.scratch_folder(tmp_path, "hotline-run-") as own:
            assert own.stat().st_mode & 0o777 == 0o700
            assert {folder.name for folder in tmp_path.iterdir()} == {own.name, places[1].name, "hotline-run-new"}
    finally:
        living.kill()
        living.wait()
