"""Fixtures and marks that several test modules share; what a test needs beyond them is in the test, or in `support`."""

import atexit
import gc
import os
import shutil
import signal
from pathlib import Path

import pytest
from support.browser import BROWSER
from support.home import fill, inside, move

from helpers.settings import paths

# Modules whose tests share what takes long to make.
TOGETHER = {f"test_{name}": name for name in ("bad_inputs", "browser", "chapter", "explore", "hostile", "hostile_inputs", "lab",
                                              "narrative", "spark", "suppression", "warning_notebooks")}
TOGETHER |= dict.fromkeys(("test_beijing", "test_reconciliation", "test_simulate"), "simulated")
SLOW = {"simulated", "city"}  # fixtures whose tests read millions of tickets, or count a cube each

atexit.register(gc.unfreeze)  # what a report's imports freeze is never collected, and DuckDB's bindings say at exit that it leaks


def pytest_addoption(parser):
    parser.addoption("--no-skip", action="store_true", help="let a test that is skipped fail, as in CI")


def pytest_collection_modifyitems(items):
    """Mark what follows from a test's fixtures and marks, and begin with slow tests, so that no worker ends with one alone."""
    for item in items:
        if {"real_data", "seed", "known_answers"} & set(item.fixturenames):
            item.add_marker("real")
        if item.get_closest_marker("browser") and not BROWSER:
            item.add_marker(pytest.mark.skip(reason="no Chromium here: a page is not opened in a real browser"))
        if SLOW & set(item.fixturenames) or any(map(item.get_closest_marker, ("browser", "spark", "validator"))):
            item.add_marker("slow")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a module of TOGETHER to one worker, which makes what its tests share once, and other tests to whoever is free."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return TOGETHER.get(Path(nodeid.partition("::")[0]).stem, nodeid)

    return Scheduling(config, log)


def _refuse_skipping(report, config):
    if report.skipped and config.getoption("--no-skip"):
        report.outcome, report.longrepr = "failed", f"was skipped, though --no-skip is given: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    return _refuse_skipping((yield), item.config)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuse_skipping((yield), collector.config)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Tests of Ctrl-C need it to arrive; a shell starts what it runs in the background with SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A project folder below tmp_path, with copies of the editions, mappings and reference files, and nothing else.

    A test that writes tickets, cubes or outputs asks for it (`def test_…(home):`); `helpers.paths` then points there,
    so that nothing reaches the project's own `data/` or `outputs/`. Its value is that folder, for a test's own files.
    """
    fill(tmp_path)
    move(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def town(request, home, monkeypatch) -> Path:
    """The folder of outputs of a project with the edition town 2020; `support.town` makes its report and changes it.

    A test with the mark `reported` has the project after its first report, copied from what is made once for all tests.
    """
    from support.town import place, project

    if not request.node.get_closest_marker("reported"):
        return project(home, monkeypatch)
    shutil.copytree(request.getfixturevalue("whole_town"), home, dirs_exist_ok=True)
    return place(home, monkeypatch)


@pytest.fixture(scope="session")
def whole_town(tmp_path_factory) -> Path:
    """The project of `town` once its first report is made."""
    from support import town

    folder = tmp_path_factory.mktemp("town")
    with inside(folder) as patch:
        town.project(folder, patch)
        shutil.copy(paths.DICTIONARY, folder / "data")  # another process reads it there
        assert town.run() == 0
    return folder


@pytest.fixture(scope="session")
def simulated() -> None:
    """Tickets of Beijing 2019 and 2020 in data/, simulated where they are not there."""
    from helpers.settings import editions
    from helpers.simulate import simulate
    from helpers.tickets import schema

    for year in (2019, 2020):
        edition = editions.read("beijing", year)
        facts = schema.metadata(edition)
        if facts and facts["data"] != "simulated":
            pytest.skip(f"data/tickets/{edition.key} holds an export")
        simulate.prepare(edition)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports that HOTLINE_REAL_DATA names; a test that asks for it skips where there is none."""
    folder = os.environ.get("HOTLINE_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HOTLINE_REAL_DATA names no folder of real exports")
    return Path(folder)


@pytest.fixture(scope="session")
def seed() -> Path:
    """The report's text that HOTLINE_SEED names; a test that asks for it skips where there is none."""
    if not os.environ.get("HOTLINE_SEED"):
        pytest.skip("HOTLINE_SEED does not name the report's text")
    return Path(os.environ["HOTLINE_SEED"])
