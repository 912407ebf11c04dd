"""Notebooks in kernels: what runs, fails, hangs, dies or leaves early, and what is left behind."""

import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace

import nbformat
import pytest
from support.notebooks import LIMITS, alive, executed, write

from helpers.batch import batch, kernel_server
from helpers.settings.errors import UserError

pytestmark = pytest.mark.slow


def forged(modules: list[str] | None):
    """Return the process that kernels are forked from, or None in its place where each is to start an interpreter."""
    return nullcontext() if modules is None else kernel_server.KernelServer(modules)


@pytest.mark.parametrize("preload", [None, ["json"]], ids=["an interpreter each", "forked"])
def test_a_failed_notebook_leaves_the_others_standing(tmp_path, preload):
    jobs = [write(tmp_path, "fails", "raise ValueError('no tickets')"), write(tmp_path, "runs", "print(year)")]
    with forged(preload) as server:
        failed, done = batch.run(jobs, 2, LIMITS, server)
    assert (failed.status, done.status) == ("failed", "done")
    assert executed(jobs[1].output) == "2019\n"
    assert failed.failure.reason == "ValueError: no tickets"
    assert failed.failure.cell == "raise ValueError('no tickets')"
    assert "\x1b" not in failed.failure.traceback
    assert not jobs[0].output.exists()
    assert "no tickets" in jobs[0].failed.read_text(encoding="utf-8")
    assert "Traceback" in jobs[0].log.read_text(encoding="utf-8")


def test_outcomes_come_in_the_order_of_the_jobs_and_are_told_as_they_come(tmp_path):
    jobs = [write(tmp_path, "slow", "import time; time.sleep(2)"), write(tmp_path, "quick", "1")]
    told = []
    outcomes = batch.run(jobs, 2, LIMITS, on_outcome=lambda outcome: told.append(outcome.job.stem))
    assert [outcome.job.stem for outcome in outcomes] == ["slow", "quick"]
    assert told == ["quick", "slow"]


def test_a_cell_that_hangs_is_ended_and_said_so_in_the_notebook_that_is_kept(tmp_path):
    job = write(tmp_path, "hangs", "print('before')", "import time; time.sleep(100)")
    outcome, = batch.run([job], 1, batch.Limits(start=30, cell=1, notebook=60))
    assert outcome.status == "failed"
    assert outcome.failure.reason == "单元格运行超过1秒，已中止。"
    assert outcome.failure.cell == "import time; time.sleep(100)"
    kept = job.failed.read_text(encoding="utf-8")
    assert "before" in kept
    assert "单元格运行超过1秒" in kept


def test_a_notebook_whose_cells_are_each_in_time_is_ended_when_its_own_time_is_up(tmp_path):
    job = write(tmp_path, "long", *["import time; time.sleep(1)"] * 20)
    begin = time.monotonic()
    outcome, = batch.run([job], 1, batch.Limits(start=30, cell=30, notebook=3))
    assert outcome.failure.reason == "整本运行超过3秒，已中止。"
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize("preload", [None, ["json"]], ids=["an interpreter each", "forked"])
@pytest.mark.parametrize("death", ["os._exit(1)", pytest.param(
    "os.kill(os.getpid(), 9)", marks=pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"))])
def test_a_kernel_that_dies_fails_its_notebook_only_and_is_not_run_again(tmp_path, death, preload):
    count = tmp_path / "count"
    job = write(tmp_path, "dies", f"open({str(count)!r}, 'a').write('x')\nimport os; {death}")
    with forged(preload) as server:
        dead, done = batch.run([job, write(tmp_path, "runs", "1")], 2, LIMITS, server)
    assert (dead.status, done.status) == ("failed", "done")
    assert dead.failure.reason.startswith("内核在运行中退出")
    assert count.read_text() == "x"


def test_a_notebook_that_leaves_early_has_failed_though_python_calls_it_success(tmp_path):
    outcome, = batch.run([write(tmp_path, "leaves", "import sys; sys.exit(0)", "print('never')")], 1, LIMITS)
    assert outcome.status == "failed"
    assert "SystemExit" in outcome.failure.reason


def test_an_earlier_output_does_not_outlive_a_failure_nor_an_earlier_failure_a_success(tmp_path):
    job = write(tmp_path, "turns", "1 / 0")
    job.output.parent.mkdir()
    job.output.write_text("{}")
    batch.run([job], 1, LIMITS)
    assert not job.output.exists()
    write(tmp_path, "turns", "1")
    batch.run([job], 1, LIMITS)
    assert job.output.exists()
    assert not job.failed.exists()
    assert not job.log.exists()


@pytest.mark.skipif(not kernel_server.can_fork(), reason="kernels are forked on Linux only")
def test_a_forked_kernel_has_what_was_imported_and_nothing_of_another_notebook(tmp_path):
    seen = "import sys; print('colorsys' in sys.modules, getattr(sys, 'left', None)); sys.left = 1"
    jobs = [write(tmp_path, f"sees-{number}", seen) for number in range(2)]
    with forged(["colorsys", "no_such_module"]) as server:
        batch.run(jobs, 1, LIMITS, server)
    assert [executed(job.output) for job in jobs] == ["True None\n"] * 2


@pytest.mark.skipif(not kernel_server.can_fork(), reason="kernels are forked on Linux only")
def test_the_process_to_fork_from_has_one_thread_whatever_it_imports(tmp_path):
    job = write(tmp_path, "counts", "import os; print(len(os.listdir(f'/proc/{os.getppid()}/task')))")
    with forged(["duckdb", "matplotlib.pyplot", "pandas", "pyarrow.parquet", "ibis"]) as server:
        batch.run([job], 1, LIMITS, server)
    assert executed(job.output) == "1\n"


@pytest.mark.skipif(not kernel_server.can_fork(), reason="kernels are forked on Linux only")
def test_where_the_process_to_fork_from_is_dead_a_kernel_starts_by_itself(tmp_path):
    (tmp_path / "ends_the_process.py").write_text("import os; os._exit(1)")
    job = write(tmp_path, "runs", "print(year)")
    os.environ["PYTHONPATH"], before = str(tmp_path), os.environ.get("PYTHONPATH")
    try:
        with forged(["ends_the_process"]) as server:
            outcome, = batch.run([job], 1, LIMITS, server)
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)
    assert outcome.status == "done"
    assert executed(job.output) == "2019\n"


def test_a_kernel_that_never_starts_is_tried_twice_and_told(tmp_path, monkeypatch):
    tries = tmp_path / "tries"
    launcher = f"open({str(tries)!r}, 'a').write('x'); raise SystemExit('no kernel')"
    (tmp_path / "ipykernel_launcher.py").write_text(launcher)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    outcome, = batch.run([write(tmp_path, "runs", "1")], 1, batch.Limits(start=10))
    assert outcome.status == "failed"
    assert outcome.failure.reason == "内核两次未能在10秒内启动。"
    assert "no kernel" in outcome.failure.traceback
    assert tries.read_text() == "xx"


def test_an_unknown_parameter_is_refused_with_the_nearest(tmp_path):
    job = write(tmp_path, "runs", "1")
    batch.check(job.notebook, ["year"])
    with pytest.raises(UserError, match=r"runs\.ipynb has no parameter 'yaer'.*Did you mean 'year'") as refused:
        batch.check(job.notebook, ["yaer"])
    assert refused.value.exit_code == 2


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    "preload", ["nullcontext()", "kernel_server.KernelServer(['json'])"], ids=["an interpreter each", "forked"]
)
def test_an_interruption_ends_kernels_and_their_children_and_leaves_no_half_written_file(tmp_path, preload):
    mark = tmp_path / "pids"
    job = write(tmp_path, "hangs", f"import os, subprocess, time\nchild = subprocess.Popen(['sleep', '100'])\n"
                                   f"open({str(mark)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\ntime.sleep(100)")
    code = (f"from helpers.batch import batch, kernel_server; from contextlib import nullcontext; from pathlib import Path\n"
            f"job = batch.Job('hangs', Path({str(job.notebook)!r}), {{}}, Path({str(job.output)!r}), "
            f"Path({str(job.failed)!r}), Path({str(job.log)!r}))\n"
            f"with {preload} as server: batch.run([job, job], 1, server=server)")
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        try:
            while not (mark.exists() and len(mark.read_text().split()) == 2):
                assert process.poll() is None
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            assert b"KeyboardInterrupt" in process.communicate(timeout=60)[1]
        finally:
            process.kill()
    assert process.returncode != 0
    assert not any(alive(int(pid)) for pid in mark.read_text().split())
    assert not job.output.exists()
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.skipif(not kernel_server.can_fork(), reason="kernels are forked on Linux only")
def test_a_forked_kernel_ends_itself_when_the_batch_is_killed(tmp_path):
    told = tmp_path / "pid"
    source = f"import os, pathlib, time\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]), tmp_path / "a.ipynb")
    files = ", ".join(f"Path({str(tmp_path / name)!r})" for name in ("o.ipynb", "f.ipynb", "l.log"))
    run = ("from pathlib import Path; from helpers.batch import batch, kernel_server\n"
           f"job = batch.Job('a', Path({str(tmp_path / 'a.ipynb')!r}), {{}}, {files})\n"
           "with kernel_server.KernelServer(['json']) as server: batch.run([job], 1, server=server)")
    with subprocess.Popen([sys.executable, "-c", run]) as process:
        while not (told.exists() and told.read_text()):
            assert process.poll() is None
            time.sleep(0.1)
        process.kill()
    kernel, deadline = int(told.read_text()), time.monotonic() + 30
    while alive(kernel) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not alive(kernel)


@pytest.mark.parametrize("preload", [None, []])
def test_shared_kernels_run_several_notebooks_each_from_an_empty_namespace(tmp_path, preload):
    cells = ("import os; print('left' in globals(), os.getpid()); left = 1", "print(year)")
    jobs = [replace(write(tmp_path, f"{number}", *cells), shared=True) for number in range(3)]
    with forged(preload) as server:
        outcomes = batch.run(jobs, 1, LIMITS, server)
    assert [outcome.status for outcome in outcomes] == ["done"] * 3
    printed = [executed(job.output).split() for job in jobs]
    assert [words[0] for words in printed] == ["False"] * 3
    assert len({words[1] for words in printed}) == 1
    assert [words[2] for words in printed] == ["2019"] * 3
    assert not alive(int(printed[0][1]))
    cells = [nbformat.read(job.output, 4).cells for job in jobs]
    assert len({len(each) for each in cells}) == 1  # what empties the namespace is no part of the notebook


def test_after_a_failure_a_shared_kernel_is_not_used_again(tmp_path):
    said = "import os; print(os.getpid())"
    jobs = [replace(write(tmp_path, name, said, last), shared=True)
            for name, last in (("a", "1"), ("b", "1 / 0"), ("c", "1"))]
    outcomes = batch.run(jobs, 1, LIMITS)
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done"]
    assert executed(jobs[0].output).split()[0] != executed(jobs[2].output).split()[0]
