"""Signals end a run within seconds, whatever hangs; two runs of the same outputs wait for each other."""

import os
import signal
import subprocess
import sys
import time

import pytest
from support import town as place

from helpers.report import output_lock, publisher
from helpers.report.manifest import Manifest
from helpers.settings import paths

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")]
HANGS = """import threading, time
from helpers.report import interruption
interruption._PATIENCE = 1
with interruption.ended_by_signals():
    threading.Thread(target=time.sleep, args=[100]).start()  # Python waits for it at its end
    print("ready", flush=True)
    try:
        time.sleep(100)
    finally:
        time.sleep(100)"""
LOCKS = """import pathlib, sys, time
from helpers.report import output_lock
from helpers.settings import paths
paths.use_outputs(pathlib.Path(sys.argv[1]))
with output_lock.locked([paths.OUTPUTS / "town-2020"]):
    print("alone", flush=True)
    time.sleep(float(sys.argv[2]))"""


def started(code, *arguments):
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
    return process, process.stdout.readline()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_a_process_that_hangs(name):
    number = getattr(signal, name)
    process, _ = started(HANGS)
    begin = time.monotonic()
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    assert time.monotonic() - begin < 20  # 1 second where nothing else runs


def test_a_second_report_of_the_same_outputs_waits_for_the_first_and_not_for_one_that_was_killed(tmp_path):
    first, _ = started(LOCKS, tmp_path, 100)
    second = subprocess.Popen([sys.executable, "-c", LOCKS, tmp_path, "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(1.5)
    first.kill()
    told, said = second.communicate(timeout=10)
    assert (told, said) == ("alone\n", "town-2020 is being written by another process: waiting for it to end.\n")
    first.wait()


def test_outputs_of_other_folders_are_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "LOGS", tmp_path)
    with output_lock.locked([tmp_path / "a", tmp_path / "b"]), output_lock.locked([tmp_path / "c"]):
        assert len([*tmp_path.glob(".*.lock")]) == 3


def test_output_that_cannot_be_printed_leaves_a_hole_and_the_report(home, monkeypatch, capsys):
    folder = place.project(home, monkeypatch)
    chapter = publisher.chapter

    def breaks(plan, content):
        if content.stem == "03-districts":
            raise ValueError("U+FFFE cannot be drawn")
        return chapter(plan, content)

    monkeypatch.setattr(publisher, "chapter", breaks)
    assert place.run() == 1
    assert place.statuses(folder)["03-districts"] == "failed"
    assert "输出的内容不能排印（ValueError：U+FFFE cannot be drawn）" in capsys.readouterr().out
    assert "不能排印" in place.text(paths.report(folder))
    assert Manifest.read(folder).inputs_key is None  # so that the next run prints it
