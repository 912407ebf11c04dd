"""Hostile and broken inputs: each gives a clear sentence or the right result, and none takes the machine down."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hostile import cases

from helpers.settings import paths

MEMORY = 1_500  # MB
pytestmark = [pytest.mark.thorough, pytest.mark.slow,
              pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes: hostile inputs run in forks")]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, dict]:
    """What became of every case, by name."""
    command = [sys.executable, str(Path(__file__).with_name("sandbox.py")), str(tmp_path_factory.mktemp("hostile") / "cases")]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"HOTLINE_HOME": str(paths.ROOT)})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_a_hostile_input_is_refused_in_a_sentence_or_read_rightly(results, case):
    result = results[case.name]
    assert result["code"] == (1 if case.says else 0), result["err"]
    assert result.get("mb", 0) <= MEMORY
    assert result["left"] == []
    assert not [word for word in (*cases.PRIVATE, "欧阳娜娜", "停水") if word in result["out"] + result["err"]]
    assert case.prints in result["out"]
    if case.says:
        assert result["err"].startswith(f"error: {case.says}")
    elif case.sees:
        assert result["sees"] == repr(case.seen)


def test_the_table_has_a_hundred_cases_each_with_what_is_right_of_it():
    assert len(cases.CASES) >= 100
    assert max(Counter(case.name for case in cases.CASES).values()) == 1
    assert all(case.says or case.sees or case.command == "report" for case in cases.CASES)
