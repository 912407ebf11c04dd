"""What the READMEs say of time and memory is what the benchmarks have measured, and their steps are commands that exist."""

import inspect
import sys

import pytest

from helpers.report import command
from helpers.settings import paths

ROOT = paths.PACKAGE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))
bench, measures, steps = map(pytest.importorskip, ("bench", "measures", "steps"))


@pytest.mark.parametrize(("name", "language"), measures.LANGUAGES.items())
def test_the_table_of_a_readme_is_the_one_that_was_measured(name, language):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert measures.table(language) in text
    assert text.count(measures.BEGIN) == text.count(measures.END) == 1


def test_what_is_kept_of_a_step_is_in_the_tables_of_both_languages_with_a_mark_where_others_ran(tmp_path, monkeypatch):
    monkeypatch.setattr(measures, "FILE", tmp_path / "measures.json")
    measures.keep("cube of many", 23.4, 44, 512, runs=1, others=0.5, millions=110.0)
    measures.keep("nothing changed", 0.84, 0.8, 90, runs=3, others=0.01)
    assert "| cube of 110 million tickets, unique and shuffled | 23* | 44 | 0.51 GB |" in measures.table(0)
    assert "| 11000 万件工单的汇总表，编号不重复、次序打乱 | 23* | 44 | 0.51 GB |" in measures.table(1)
    assert "| 没有变化时 | 0.8 | 0.8 | 0.09 GB |" in measures.table(1)


def test_a_step_that_was_measured_has_its_words():
    assert measures.read()["steps"].keys() <= measures.STEPS.keys() | {"start", "count", "export"}


@pytest.mark.parametrize("name", bench.STEPS)
def test_each_step_is_a_function_or_a_command_line_that_is_understood(name):
    first, *rest = [part.format(city="beijing", year=2020, before=2019) for part in bench.STEPS[name]]
    if first == bench.ALONE:
        assert list(inspect.signature(getattr(steps, rest[0])).parameters)[:2] == ["city", "year"]
    else:
        assert command.parser().parse_args(rest[1:]).year == [2020]
