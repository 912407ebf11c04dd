import pytest

from helpers import errors, paths
from helpers.errors import KnownError, nearest


def fail(error):
    raise error


def test_a_known_error_is_one_sentence_and_its_own_exit_code(capsys):
    assert errors.exit_code(lambda: fail(KnownError("data/x.yml: key 'a' is missing: add it.", exit_code=2))) == 2
    assert capsys.readouterr().err == "error: data/x.yml: key 'a' is missing: add it.\n"


def test_an_unknown_error_goes_whole_to_a_log_file_that_is_named(capsys, home):
    assert errors.exit_code(lambda: fail(ZeroDivisionError("division by zero"))) == 1
    shown = capsys.readouterr().err
    log = next(paths.LOGS.iterdir())
    assert str(log) in shown
    assert "Traceback" not in shown
    assert "in fail" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(("word", "hint"), [("bejing", " Did you mean 'beijing'?"), ("x", " Known: beijing, taipei.")])
def test_the_nearest_name_is_offered_else_all(word, hint):
    assert nearest(word, ["taipei", "beijing"]) == hint


def test_without_choices_there_is_no_hint():
    assert nearest("x", []) == ""
