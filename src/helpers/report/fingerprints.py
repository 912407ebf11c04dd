"""Cache keys: the SHA-256 of everything that a result depends on.

An executed notebook depends on its own bytes and parameters, on the editions and the tickets' metadata of the years that it may
read, on the versions of packages, and on the files of the rooms whose code it can reach. A document depends on its executed
notebooks, on the texts written for it, and on the rooms that render it. A room counts as a whole: a change of one module makes
the results of all that may import it stale.
"""

import hashlib
import json
import platform
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from helpers.report.manifest import Manifest, NotebookEntry, StoredInputs, Tickets
from helpers.settings import editions, paths, products, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.periods import Period
from helpers.tickets import schema

_PROJECT = "hotline-report"
_INDIRECT = ("duckdb", "ipykernel", "sqlglot")  # dependencies of dependencies that results pass through
_STORED = 12  # characters of a file's hash
_COUNTING = ("settings", "tickets", "cube", "analysis")
_NOTEBOOKS = (*_COUNTING, "writing", "drawing", "chapters")
_DOCUMENTS = (*_NOTEBOOKS, "document", "publish")
_RECONCILIATION = (*_COUNTING, "reconciliation")
_OF_DOCUMENTS = ("title", "chapters")  # of an edition


def hash_bytes(contents: bytes) -> str:
    """Return the SHA-256 of bytes."""
    return hashlib.sha256(contents).hexdigest()


def hash_file(file: Path) -> str | None:
    """Return the SHA-256 of a file, None where there is none."""
    return hash_bytes(file.read_bytes()) if file.is_file() else None


def hash_sources(notebook: Path) -> str | None:
    """Return the SHA-256 of a notebook's cells, tags and our metadata, without what running it left; None where there is no file.

    A notebook that was run and saved in JupyterLab keeps its hash.
    """
    if not notebook.is_file():
        return None
    contents = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [[cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])] for cell in contents["cells"]]
    return hash_value([cells, contents["metadata"].get("hotline", {})])


def hash_value(value: Any) -> str:
    """Return the SHA-256 of plain values, whatever the order of their keys."""
    return hash_bytes(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode())


def altered_files(folder: Path, files: Mapping[str, str | None]) -> list[str]:
    """Return the names of a folder's files that are missing or differ from their recorded SHA-256."""
    return [name for name, digest in files.items() if hash_file(folder / name) != digest]


@cache
def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results are computed with, by name."""
    required = [re.match(r"[\w.-]+", line).group() for line in metadata.requires(_PROJECT) or () if "extra ==" not in line]
    names = sorted({*required, *_INDIRECT})
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in names}


def tracked_hashes() -> dict[str, str]:
    """Return the SHA-256 of each file in git that a report may depend on: `helpers/cube/cube.py`, `data/…`, `notebooks/…`."""
    return {tracked_name(file): hash_file(file) for file in paths.tracked_files()}


def tracked_name(file: Path) -> str:
    """Return a tracked file's name, which is the same wherever the package is installed."""
    ours = file.is_relative_to(paths.PACKAGE)
    return f"{paths.PACKAGE.name}/{file.relative_to(paths.PACKAGE).as_posix()}" if ours else yaml_models.display_path(file)


def room_of(name: str) -> str:
    """Return the room that a tracked file belongs to; `settings`, on which everything depends, where no other is known.

    `reconciliation`, `editions`, `narrative` and `notebooks` count as rooms. Editions, products and texts enter keys otherwise;
    files that ingest and simulate read enter them through the tickets.
    """
    match name.split("/"):
        case ["helpers", "analysis", "reconciliation", *_] | ["data", "published", *_]:
            return "reconciliation"
        case ["helpers", "report", "publisher.py"]:
            return "publish"
        case ["data", "glossary.yml"]:
            return "document"
        case ["data", "mappings" | "crosswalks" | "synonyms.yml", *_]:
            return "ingest"
        case ["data", "calibration", *_]:
            return "simulate"
        case ["data", "narrative" | "external", *_]:
            return "narrative"
        case ["data", "editions" | "products", *_]:
            return "editions"
        case ["notebooks", *_]:
            return "notebooks"
        case ["helpers", room, _, *_]:
            return room
    return "settings"


@dataclass(frozen=True)
class Inputs:
    """What the notebooks of a run have in common: editions and tickets' metadata by edition key, tracked files with SHA-256."""

    editions: Mapping[str, Any]
    tickets: Mapping[str, Mapping[str, Any] | None]
    files: Mapping[str, str]

    @cached_property
    def rooms(self) -> dict[str, str]:
        """One hash for each room, of its files' names and hashes."""
        grouped: dict[str, dict[str, str]] = {}
        for name, digest in self.files.items():
            grouped.setdefault(room_of(name), {})[name] = digest
        return {room: hash_value(files) for room, files in grouped.items()}

    @cached_property
    def _counted(self) -> str:
        """One hash of what notebooks can read: of editions all but what only documents do."""
        return hash_value([_without_outline(self.editions), self.tickets, versions()])

    @cached_property
    def _printed(self) -> str:
        return hash_value([self.editions, self.tickets, versions()])

    @cached_property
    def without_tickets(self) -> "Inputs":
        """The inputs but for what identifies the tickets: of these only whether they are simulated, and their source."""
        kept = {key: facts and {name: facts[name] for name in ("data", "source")} for key, facts in self.tickets.items()}
        return replace(self, tickets=kept)

    def key(self, rooms: Iterable[str]) -> str:
        """Return one hash of editions, tickets, versions and rooms; without those of documents, of what notebooks can read."""
        rooms = tuple(rooms)
        common = self._printed if "document" in rooms else self._counted
        return hash_value([common, {room: self.rooms.get(room) for room in rooms}])

    def stored(self) -> StoredInputs:
        """Return what a manifest keeps, by which a later run finds what has changed: files of rooms that results depend on."""
        tickets = {key: Tickets.model_validate(facts) for key, facts in self.tickets.items() if facts}
        files = {name: digest[:_STORED] for name, digest in _of_rooms(self.files, {*_DOCUMENTS, *_RECONCILIATION}).items()}
        return StoredInputs(editions=dict(self.editions), tickets=tickets, files=files)


def inputs(read: Iterable[Edition], files: Mapping[str, str] | None = None) -> Inputs:
    """Return the inputs of a run that reads these editions; `files` are `tracked_hashes`, None to hash them now."""
    read = list(read)
    return Inputs({edition.key: edition.model_dump(mode="json") for edition in read},
                  {edition.key: schema.metadata(edition) for edition in read}, files or tracked_hashes())


def inputs_key(read: Iterable[Edition], files: Mapping[str, str] | None = None) -> str:
    """Return one hash of all that a run of these editions could depend on: while it is the same, nothing has changed.

    It covers every tracked file, so more than any output depends on. Exports in `data/raw/` count by size and time, since
    reading them takes long.
    """
    read = list(read)
    raw = {file.name: (file.stat().st_size, file.stat().st_mtime_ns)
           for edition in read for file in sorted(paths.raw(edition.key).glob("*"))}
    return hash_value([files or tracked_hashes(), versions(), raw, [schema.metadata(edition) for edition in read]])


def narrative(edition: Edition, part: str) -> dict[str, str]:
    """Return the SHA-256 of the texts written for a report and of its external figures, by file name.

    Documents depend on them, notebooks do not.
    """
    files = [*sorted(paths.narrative(edition.key, part).glob("*.md")), paths.external(edition.key, part)]
    return {unicodedata.normalize("NFC", file.name): hash_file(file) for file in files if file.is_file()}


def notebook_key(notebook: Path, parameters: Mapping[str, Any], common: Inputs, says: str | None = None) -> str:
    """Return the cache key of executing a notebook with parameters.

    Where all that it `says` is known, it takes the place of the tickets: those of others may change.
    """
    rooms = _notebook_rooms(notebook)
    read = common.key(rooms) if says is None else [common.without_tickets.key(rooms), says]
    return hash_value([hash_sources(notebook), dict(parameters), read])


def changed(entry: NotebookEntry, earlier: Manifest, common: Inputs) -> list[str]:
    """Return the names of a notebook's inputs that differ from an earlier run: itself, tickets, editions, files, versions."""
    notebook, before, now = paths.notebook(entry.notebook), earlier.stored_inputs, common.stored()
    rooms = _notebook_rooms(notebook)
    return [*([notebook.name] if entry.sources_digest != hash_sources(notebook) else []),
            *(f"工单 {key}" for key in _differing(before.tickets, now.tickets)),
            *(f"版本 {key}" for key in _differing(*map(_without_outline, (before.editions, now.editions)))),
            *_differing(_of_rooms(before.files, rooms), _of_rooms(now.files, rooms)),
            *(name for name, version in versions().items() if earlier.versions.get(name) != version)]


def _without_outline(read: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return editions without what only documents read of them."""
    return {key: {name: value for name, value in edition.items() if name not in _OF_DOCUMENTS} for key, edition in read.items()}


def _notebook_rooms(notebook: Path) -> Sequence[str]:
    """Return the rooms that a notebook can reach: only one that names the reconciliation depends on what was published."""
    return (*_NOTEBOOKS, "reconciliation") if b"reconciliation" in notebook.read_bytes() else _NOTEBOOKS


def _of_rooms(files: Mapping[str, str], rooms: Iterable[str]) -> dict[str, str]:
    return {name: digest for name, digest in files.items() if room_of(name) in rooms}


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def part_keys(run: Manifest, edition: Edition, period: Period, common: Inputs) -> dict[str, str]:
    """Return the cache key of each part that a run should have, by its name in the manifest: documents, then counted rows."""
    counted = {"reconciliation": reconciliation_key(run.product, edition, period, common.files), "changes": run.moved}
    return document_keys(run, common) | {name: key for name, key in counted.items() if key}


def document_keys(run: Manifest, common: Inputs) -> dict[str, str]:
    """Return the cache key of each document of a run: of the report in each format, by its name, and of each chapter."""
    from helpers.publish.formats import formats  # the formats take time to import

    whole = _document_key(run.notebooks, [run.narrative, run.moved], run, common)
    alone = {stem: None for stem in run.written if not run.entry(stem)}
    alone |= {entry.stem: entry for entry in run.notebooks if entry.status in ("done", "skipped", "stale")}
    return dict.fromkeys((kind.name for kind in formats()), whole) | {
        stem: chapter_key(stem, entry, run, common) for stem, entry in alone.items()}


def chapter_key(stem: str, entry: NotebookEntry | None, run: Manifest, common: Inputs) -> str:
    """Return the cache key of a chapter's documents; `entry` is None for a chapter that has a text and no notebook.

    A section that stands apart depends on the tickets through its notebook alone.
    """
    if entry and entry.notebook == products.read(run.product).apart_notebook:
        common, run = common.without_tickets, run.replace(digest="")
    texts = {name: digest for name, digest in run.narrative.items() if name == f"{stem}.md" or not name.endswith(".md")}
    return _document_key([entry] if entry else [], [stem, texts], run, common)


def _document_key(entries: Iterable[NotebookEntry], texts: Sequence[Any], run: Manifest, common: Inputs) -> str:
    """Return the cache key of documents; whether a notebook was executed or reused makes no difference."""
    executed = [[entry.stem, entry.title, entry.parameters, entry.key, entry.digest,
                 entry.status.replace("skipped", "done"), entry.reason] for entry in entries]
    about = [
        run.edition,
        products.read(run.product).model_dump(mode="json"),
        run.period,
        run.base,
        run.data,
        run.source,
        run.digest,
    ]
    return hash_value([executed, texts, about, common.key(_DOCUMENTS)])


def reconciliation_key(product: str, edition: Edition, period: Period,
                       files: Mapping[str, str] | None = None) -> str | None:
    """Return the cache key of a reconciliation's rows; None where nothing was published of the period, or of the product."""
    from helpers.analysis.reconciliation import reconcile  # pandas takes time to import

    if product != products.ANNUAL or not reconcile.has_published(edition, period):
        return None
    return inputs(editions.of_years(edition.city, (edition.year - 1, edition.year)), files).key(_RECONCILIATION)
