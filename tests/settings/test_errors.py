import errno
import os
import subprocess
import sys

import pytest

from helpers.settings import errors, paths
from helpers.settings.errors import UserError, did_you_mean


def fail(error):
    raise error


def test_a_known_error_is_one_sentence_and_its_own_exit_code(capsys):
    assert errors.run_command(lambda: fail(UserError("data/x.yml: key 'a' is missing: add it.", exit_code=2))) == 2
    assert capsys.readouterr().err == "error: data/x.yml: key 'a' is missing: add it.\n"


def test_an_unknown_error_goes_whole_to_a_log_file_that_is_named(capsys, home):
    assert errors.run_command(lambda: fail(ZeroDivisionError("division by zero"))) == 1
    shown = capsys.readouterr().err
    log = next(paths.LOGS.iterdir())
    assert str(log) in shown
    assert "Traceback" not in shown
    assert "in fail" in log.read_text(encoding="utf-8")


def test_what_was_said_in_chinese_is_in_the_log_whatever_the_computers_own_encoding(home):
    program = ("import pathlib; from helpers.settings import errors, paths; paths.LOGS = pathlib.Path('logs')\n"
               "def fail(): raise ValueError('\\u533a \\udc80')\n"
               "raise SystemExit(errors.run_command(fail))")
    plain = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = subprocess.run([sys.executable, "-c", program], cwd=home, env=plain, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "ValueError: 区 \\udc80" in next((home / "logs").iterdir()).read_text(encoding="utf-8")


def test_what_went_wrong_in_a_part_of_a_command_names_it(capsys, home):
    assert errors.run_command(lambda: fail(UserError("x.")), "town-2020") == 1
    assert errors.run_command(lambda: fail(OSError("y")), "town-2020") == 1
    known, unknown = capsys.readouterr().err.splitlines()
    assert known == "error: town-2020: x."
    assert unknown.startswith("error: town-2020: unexpected OSError")


@pytest.mark.parametrize(("word", "hint"), [("bejing", " Did you mean 'beijing'?"), ("x", " Known: beijing, taipei.")])
def test_the_nearest_name_is_offered_else_all(word, hint):
    assert did_you_mean(word, ["taipei", "beijing"]) == hint


def test_without_choices_there_is_no_hint():
    assert did_you_mean("x", []) == ""


@pytest.mark.parametrize(("number", "remedy"), [
    (errno.EACCES, "give yourself the right to it"), (errno.EROFS, "its file system is read-only"),
    (errno.ENOSPC, "make room on the disk")])
def test_a_file_that_the_system_refuses_is_named_with_the_remedy(capsys, number, remedy):
    assert errors.run_command(lambda: fail(OSError(number, os.strerror(number), "outputs/run.json"))) == 1
    shown = capsys.readouterr().err
    assert shown.startswith(f"error: outputs/run.json: {os.strerror(number)}: {remedy}")
    assert shown.count("\n") == 1


def test_a_code_page_without_chinese_shows_escapes_instead_of_an_error():
    program = "from helpers.settings import errors\nraise SystemExit(errors.run_command(lambda: print('\u533a') or 0))"
    western = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    ended = subprocess.run([sys.executable, "-c", program], env=western, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "\\u533a\n", "")


def test_a_notebook_shows_a_known_error_as_one_sentence():
    assert UserError("x: y: z.")._render_traceback_() == ["error: x: y: z."]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes that break")
def test_a_reader_that_has_gone_ends_the_command_without_a_word():
    program = ("import sys; from helpers.settings import errors\n"
               "def talk():\n    for _ in range(9999): print('x' * 99)\n    sys.stdout.flush()\n    return 0\n"
               "sys.exit(errors.run_command(talk))")
    talking = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    talking.stdout.read(10)
    talking.stdout.close()
    assert (talking.wait(timeout=60), talking.stderr.read()) == (1, b"")
    talking.stderr.close()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux alone has a device that is always full")
@pytest.mark.parametrize(("command", "full", "code", "other"), [
    ("print('x') or 0", "stdout", 1, "error: what is printed, or a file: No space left on device: make room on the disk"),
    ("fail(errors.UserError('a: b: c.', 2))", "stderr", 2, ""),
    ("fail(errors.UserError('a: b: c.', 2))", "stdout", 2, "error: a: b: c."),
    ("print('x') or 0", "stderr", 0, "x"),
])
def test_a_full_disk_behind_what_is_printed_leaves_the_exit_code_and_the_other_stream(command, full, code, other):
    program = ("from helpers.settings import errors\ndef fail(error): raise error\n"
               f"raise SystemExit(errors.run_command(lambda: {command}))")
    with open("/dev/full", "w") as device:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | {full: device}
        ended = subprocess.run([sys.executable, "-c", program], text=True, check=False, **streams)
    assert ended.returncode == code
    assert (ended.stderr if full == "stdout" else ended.stdout).startswith(other)
