"""A project folder of a test's own."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.settings import paths


def fill(folder: Path) -> None:
    """Copy the editions, mappings and reference files into a project folder."""
    for name in ("editions", "products", "mappings", "crosswalks", "calibration", "scripts", "reference"):
        shutil.copytree(paths.DATA / name, folder / "data" / name)


def move(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let `helpers.settings.paths` point into a project folder."""
    places = {"ROOT": folder, "DATA": folder / "data", "EDITIONS": folder / "data" / "editions",
              "PRODUCTS": folder / "data" / "products", "OUTPUTS": folder / "outputs", "LOGS": folder / "outputs" / "logs"}
    for name, place in places.items():
        patch.setattr(paths, name, place)


@contextmanager
def inside(folder: Path) -> Iterator[pytest.MonkeyPatch]:
    """Work in a filled project folder while the block lasts; for fixtures that several tests share."""
    with pytest.MonkeyPatch.context() as patch:
        fill(folder)
        move(folder, patch)
        yield patch
