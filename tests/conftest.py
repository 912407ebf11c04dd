"""Fixtures that several test modules share; what a test needs beyond them stands in the test."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from helpers.settings import paths


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
    for folder in ("editions", "products", "mappings", "crosswalks", "reference"):
        shutil.copytree(paths.DATA / folder, tmp_path / "data" / folder)
    places = {"ROOT": tmp_path, "DATA": tmp_path / "data", "EDITIONS": tmp_path / "data" / "editions",
              "PRODUCTS": tmp_path / "data" / "products",
              "OUTPUTS": tmp_path / "outputs", "LOGS": tmp_path / "outputs" / "logs"}
    for name, place in places.items():
        monkeypatch.setattr(paths, name, place)
    return tmp_path


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real exports that HOTLINE_REAL_DATA names; a test that asks for it skips where there is none."""
    folder = os.environ.get("HOTLINE_REAL_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("HOTLINE_REAL_DATA names no folder of real exports")
    return Path(folder)
