"""What a run was made of: the key by which an unchanged notebook is not run again, and `run.json`, which keeps it.

A key holds everything that an executed notebook depends on: its own bytes and parameters, this package, the small files
in `data/`, the editions and the facts of the tickets of the years it reads, and the versions of what it computes with.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from helpers import editions, paths, store, tickets, validation

_PACKAGES = ("duckdb", "ibis-framework", "ipykernel", "matplotlib", "nbclient", "nbformat", "numpy", "pandas",
             "papermill", "pyarrow", "python-docx", "seaborn", "typst", "xlsxwriter")
_SOURCES = ("**/*.py", "*.mplstyle", "fonts/*", "templates/*")
_KEPT = 12  # characters of a file's hash


def digest(contents: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(contents).hexdigest()


def of_file(file: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    return digest(file.read_bytes()) if file.is_file() else None


def versions() -> dict[str, str]:
    """Return the versions of Python and of what notebooks and documents are made with."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES}


def package() -> str:
    """Return the SHA-256 of this package and of the small files that chapters may read."""
    return digest(json.dumps(files()).encode())


def files() -> dict[str, str]:
    """Return the SHA-256 of each file of this package (`helpers/cube.py`) and of the small files that chapters may read."""
    sources = {f"{paths.PACKAGE.name}/{file.relative_to(paths.PACKAGE).as_posix()}": file
               for pattern in _SOURCES for file in paths.PACKAGE.glob(pattern)}
    small = [paths.DICTIONARY, paths.GLOSSARY, *(file for folder in paths.small() for file in folder.rglob("*"))]
    named = sources | {validation.place(file): file for file in small}
    return {name: of_file(file) for name, file in sorted(named.items()) if file.is_file()}


def grounds(city: str, years: Iterable[int]) -> dict[str, Any]:
    """Return what the notebooks of a run have in common: editions and tickets of the years read, files, versions."""
    keys = {paths.key(city, year): year for year in years}
    return {"editions": {key: editions.read(city, year).model_dump(mode="json") for key, year in keys.items()},
            "tickets": {key: tickets.facts(city, year) for key, year in keys.items()}, "files": files(), "versions": versions()}


def kept(grounds: Mapping[str, Any]) -> dict[str, Any]:
    """Return of these grounds what `run.json` keeps, so that a later run can tell what has changed."""
    said = {key: {name: facts[name] for name in ("data", "source", "digest")} for key, facts in grounds["tickets"].items()}
    return {"editions": grounds["editions"], "tickets": said,
            "files": {name: one[:_KEPT] for name, one in grounds["files"].items()}}


def narrative(city: str, year: int, part: str) -> dict[str, str]:
    """Return the SHA-256 of what people have written for a report and of its external figures, by the files' names.

    Documents are made of them, notebooks are not.
    """
    files = [*sorted(paths.narrative(city, year, part).glob("*.md")), paths.external(city, year, part)]
    return {file.name: of_file(file) for file in files if file.is_file()}


def key(notebook: Path, parameters: Mapping[str, Any], common: Mapping[str, Any]) -> str:
    """Return the key of running a notebook with parameters on common grounds."""
    held = {"notebook": of_file(notebook), "parameters": dict(parameters), **common}
    return digest(json.dumps(held, ensure_ascii=False, sort_keys=True, default=str).encode())


def read(folder: Path) -> dict[str, Any]:
    """Return the `run.json` of an outputs folder; one that is missing or was not written whole tells of nothing."""
    empty = {"notebooks": [], "files": {}}
    try:
        found = json.loads(paths.run(folder).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return empty
    return empty | found if isinstance(found, dict) else empty


def write(folder: Path, contents: Mapping[str, Any]) -> None:
    """Replace the `run.json` of an outputs folder."""
    with store.replacing(paths.run(folder)) as beside:
        beside.write_text(json.dumps(contents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def reusable(previous: Mapping[str, Any], folder: Path, stem: str, key: str) -> dict[str, Any] | None:
    """Return the earlier entry of a notebook where it was made under the same key and its output is what it was."""
    entry = next((one for one in previous["notebooks"] if one["stem"] == stem), None)
    if not entry or entry.get("key") != key or entry.get("status") not in ("done", "skipped"):
        return None
    return entry if entry.get("digest") == of_file(paths.executed(folder, stem)) else None
