"""What a run was made of: the keys by which what is unchanged is not made again, and `run.json`, which keeps them.

A key holds everything that a result depends on. Of an executed notebook: its own bytes and parameters, the modules that it
imports with all that these depend on (`dependencies`), the editions and the facts of the tickets of the years it reads, and the
versions of what it computes with. Of a document: its notebooks, the words by people, and what sets it in type.
"""

import datetime
import hashlib
import json
import platform
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from helpers.report import dependencies
from helpers.settings import paths, products, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.files import atomic_write
from helpers.tickets import schema

_PROJECT = "hotline-report"
_BESIDE = ("duckdb", "ipykernel", "sqlglot")  # what the packages that the project names bring, and figures come through
_KEPT = 12  # characters of a file's hash
_PRINTING = ["helpers.report.publisher"]
_FILLING = ["helpers.document.narrative"]  # the figures in words by people
_COUNTING = ["helpers.analysis.reconciliation.reconcile"]


def hash_bytes(contents: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(contents).hexdigest()


def now() -> str:
    """Return the time, with its zone."""
    return datetime.datetime.now().astimezone().isoformat(timespec="milliseconds")


def hash_file(file: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    return hash_bytes(file.read_bytes()) if file.is_file() else None


def altered_files(folder: Path, files: Mapping[str, str | None]) -> list[str]:
    """Return the names of a folder's files that are missing or no longer have the SHA-256 that they were written with."""
    return [name for name, digest in files.items() if hash_file(folder / name) != digest]


def hash_value(held: Any) -> str:
    """Return the SHA-256 of plain values, whatever the order of their keys."""
    return hash_bytes(json.dumps(held, ensure_ascii=False, sort_keys=True, default=str).encode())


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of what notebooks and documents are made with: all that the project requires."""
    required = [re.match(r"[\w.-]+", one).group() for one in metadata.requires(_PROJECT) or () if "extra ==" not in one]
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in sorted({*required, *_BESIDE})}


def tracked_hashes() -> dict[str, str]:
    """Return the SHA-256 of each file in git that a report may depend on: `helpers/cube/cube.py`, `data/…`, `notebooks/…`."""
    return {tracked_name(file): hash_file(file) for file in paths.tracked_files()}


def tracked_name(file: Path) -> str:
    """Return what a file is called in a record, wherever the package is installed."""
    ours = file.is_relative_to(paths.PACKAGE)
    return f"{paths.PACKAGE.name}/{file.relative_to(paths.PACKAGE).as_posix()}" if ours else yaml_models.display_path(file)


def inputs(read: Iterable[Edition], hashes: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the notebooks of a run have in common: the editions that it reads with their tickets, files, versions.

    `hashes` are those of the tracked files when the run began; else the files are hashed now.
    """
    read = list(read)
    return {"editions": {edition.key: edition.model_dump(mode="json") for edition in read},
            "tickets": {edition.key: schema.metadata(edition) for edition in read},
            "files": hashes or tracked_hashes(), "versions": versions()}


def inputs_key(read: Iterable[Edition], hashes: Mapping[str, str] | None = None) -> str:
    """Return one hash of all that a run of these editions could depend on: while it is the same, nothing needs a look.

    It covers more than any output depends on. Exports in `data/raw/` count by size and time, since reading them takes long.
    """
    read = list(read)
    raw = {file.name: (file.stat().st_size, file.stat().st_mtime_ns)
           for edition in read for file in sorted(paths.raw(edition.key).glob("*"))}
    return hash_value([hashes or tracked_hashes(), versions(), raw, [schema.metadata(edition) for edition in read]])


def stored_inputs(grounds: Mapping[str, Any], notebooks: Iterable[Path]) -> dict[str, Any]:
    """Return of these grounds what `run.json` keeps, so that a later run can tell what has changed.

    Of the files these are the ones that the notebooks or the documents made of them depend on.
    """
    said = {key: {name: facts[name] for name in ("data", "source", "digest")} for key, facts in grounds["tickets"].items()}
    needed = _of_modules([*_PRINTING, *_FILLING, *dependencies.modules(notebooks)], grounds["files"])
    return {"editions": grounds["editions"], "tickets": said, "files": {name: one[:_KEPT] for name, one in needed.items()}}


def narrative(edition: Edition, part: str) -> dict[str, str]:
    """Return the SHA-256 of what people have written for a report and of its external figures, by the files' names.

    Documents are made of them, notebooks are not.
    """
    files = [*sorted(paths.narrative(edition.key, part).glob("*.md")), paths.external(edition.key, part)]
    return {unicodedata.normalize("NFC", file.name): hash_file(file) for file in files if file.is_file()}


def notebook_key(notebook: Path, parameters: Mapping[str, Any], grounds: Mapping[str, Any]) -> str:
    """Return the key of running a notebook with parameters; of the files only those count that it depends on."""
    return hash_value({"notebook": hash_file(notebook), "parameters": dict(parameters), **grounds,
               "files": _of_modules(dependencies.modules([notebook]), grounds["files"])})


def changed(notebook: Path, earlier: Mapping[str, Any], run: Mapping[str, Any], grounds: Mapping[str, Any]) -> list[str]:
    """Return what a notebook depends on and differs from what its entry in an earlier `run.json` says, by name."""
    before = run.get("grounds", {"editions": {}, "tickets": {}, "files": {}})
    now = stored_inputs(grounds, [notebook])
    needed = _of_modules(dependencies.modules([notebook]), grounds["files"])
    own = [notebook.name] if earlier.get("notebook_digest") != hash_file(notebook) else []
    return [*own, *_differing("工单", before["tickets"], now["tickets"]),
            *_differing("版本", before["editions"], now["editions"]),
            *(name for name in needed if before["files"].get(name) != now["files"][name]),
            *(name for name, version in versions().items() if run.get("versions", {}).get(name) != version)]


def _differing(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [f"{kind} {key}" for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def document_keys(run: Mapping[str, Any], grounds: Mapping[str, Any]) -> dict[str, str]:
    """Return the key of each document that belongs to a run, by the stem of its chapter, or `report` for the whole.

    `run` is what `run.json` says of the run as a whole and of its notebooks.
    """
    common = {name: run.get(name) for name in ("edition", "period", "base", "data", "source", "digest")}
    common["product"] = products.read(run.get("product", products.ANNUAL)).model_dump(mode="json")
    words, figures = run["narrative"], {name: one for name, one in run["narrative"].items() if not name.endswith(".md")}
    printed = [one for one in run["notebooks"] if one["status"] in ("done", "skipped")]
    words_alone = run["written"].keys() - {one["stem"] for one in run["notebooks"]}
    alone = {stem: [] for stem in words_alone} | {one["stem"]: [one] for one in printed}
    own = {stem: {name: words[name] for name in (f"{stem}.md",) if name in words} for stem in alone}
    return {"report": document_key(run["notebooks"], grounds, common | {"words": words, "moved": run.get("moved")})} | {
        stem: document_key(made, grounds, common | {"stem": stem, "words": own[stem] | figures}) for stem, made in alone.items()}


def reconciliation_key(grounds: Mapping[str, Any]) -> str:
    """Return the key of what is counted without a notebook: the rows of a reconciliation."""
    return hash_value({**grounds, "files": _of_modules(_COUNTING, grounds["files"])})


def document_key(notebooks: Sequence[Mapping[str, Any]], grounds: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """Return the key of documents that are made of notebooks (as in `run.json`); `said` is what else they print.

    That a notebook was reused makes no difference.
    """
    made = [[one[name] for name in ("stem", "title", "parameters", "key", "digest")]
            + [one["status"].replace("skipped", "done"), one.get("reason")] for one in notebooks]
    modules = [*_PRINTING, *(_FILLING if said["words"] else ())]
    return hash_value([made, dict(said), {**grounds, "files": _of_modules(modules, grounds["files"])}])


def _of_modules(names: Sequence[str], files: Mapping[str, str]) -> dict[str, str]:
    return {one: files[one] for one in map(tracked_name, dependencies.files(names)) if one in files}


def read(folder: Path) -> dict[str, Any]:
    """Return the `run.json` of an outputs folder; one that is missing or was not written whole tells of nothing."""
    empty = {"notebooks": [], "parts": {}}
    try:
        found = json.loads(paths.run(folder).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return empty
    return empty | found if isinstance(found, dict) else empty


def write(folder: Path, contents: Mapping[str, Any]) -> None:
    """Replace the `run.json` of an outputs folder."""
    with atomic_write(paths.run(folder)) as beside:
        beside.write_text(json.dumps(contents, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
