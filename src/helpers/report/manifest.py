"""The manifest of a run, `run.json`: what it was made of, what became of each notebook, and the files of each part.

Names of keys on disk are fixed; an attribute whose name differs has its key as alias.
"""

import datetime
import json
import time
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.settings import paths, products
from helpers.settings.files import atomic_write


class _Model(BaseModel):
    """A block of the manifest. Unknown keys are ignored, and only what was set is written."""

    model_config = ConfigDict(extra="ignore", frozen=True, validate_by_name=True, validate_by_alias=True)

    def replace(self, **values: Any) -> Self:
        """Return a copy with other values."""
        return self.model_copy(update=values)

    def as_json(self) -> dict[str, Any]:
        """Return plain values with the keys on disk."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class CellError(_Model):
    """Why a notebook failed: a sentence, the source of the cell ("" where none ran), the traceback without colours."""

    reason: str
    cell: str
    traceback: str


class NotebookEntry(_Model):
    """What became of a notebook; one that is reused (`skipped`) keeps the times of the run that executed it.

    `key` is its cache key, `notebook_digest` the SHA-256 of its file, `sources_digest` that of its sources without outputs,
    `digest` that of the executed notebook (None where there is none). `seconds` is None where it never ran; `started` and `ended`
    are ISO 8601 with zone. `stale` is one that was not requested and whose earlier result is kept, though it was made from other
    inputs. `reason` is a sentence, of `failed`, `absent` and `stale` only.
    """

    stem: str
    notebook: str
    title: str | None
    parameters: dict[str, Any]
    status: Literal["done", "skipped", "stale", "failed", "absent"]
    seconds: float | None = None
    started: str | None = None
    ended: str | None = None
    key: str = ""
    notebook_digest: str | None = None
    sources_digest: str | None = None
    digest: str | None = None
    reason: str = ""
    error: CellError | None = None


class Part(_Model):
    """Files that are rendered together, with their SHA-256; `replaced` counts characters that the fonts lack.

    A format that is refused has no files, the status `absent`, and a sentence as its `reason`.
    """

    key: str
    files: dict[str, str]
    replaced: int = 0
    status: Literal["done", "absent"] = "done"
    reason: str = ""
    started: str | None = None
    ended: str | None = None


class Tickets(_Model):
    """The tickets of an edition: `data` is simulated or export, `digest` is of what they were made from."""

    data: str
    source: str
    digest: str


class StoredInputs(_Model):
    """Inputs as a manifest keeps them: editions whole and tickets by the edition's key, shortened hashes of files by name."""

    editions: dict[str, dict[str, Any]] = {}
    tickets: dict[str, Tickets] = {}
    files: dict[str, str] = {}


class Manifest(_Model):
    """A run. Without arguments it is that of a folder without a run; `finished` is set once a run is concluded.

    `implied`: the period was not asked for.
    `narrative` has the SHA-256 of files written by people, `written` their contents by stem, `moved` the SHA-256 of the list of
    changes, `crate` that of the RO-Crate, `inputs_key` the hash of all inputs (only where every expected output is there).
    """

    data: str = ""
    source: str = ""
    digest: str = ""
    edition: str = ""
    product: str = products.ANNUAL
    period: str = ""
    implied: bool = False
    compare: str = ""
    base: str | None = None
    narrative: dict[str, str] = {}
    written: dict[str, dict[str, Any]] = {}
    chapters: list[str] = []
    stored_inputs: StoredInputs = Field(default=StoredInputs(), alias="grounds")
    versions: dict[str, str] = {}
    final: bool = False
    started: str | None = None
    notebooks: list[NotebookEntry] = []
    parts: dict[str, Part] = {}
    moved: str | None = None
    finished: str | None = None
    crate: str | None = None
    inputs_key: str | None = Field(default=None, alias="inputs")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Return the manifest of an outputs folder; an empty one where there is none, or where it cannot be read."""
        try:
            return cls.model_validate_json(paths.run(folder).read_bytes())
        except (FileNotFoundError, IsADirectoryError, ValidationError):
            return cls()

    def write(self, folder: Path) -> None:
        """Replace the `run.json` of an outputs folder atomically."""
        with atomic_write(paths.run(folder)) as temporary:
            temporary.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def entry(self, stem: str) -> NotebookEntry | None:
        """Return the entry of a notebook by its stem, None where the run had no such notebook."""
        return next((entry for entry in self.notebooks if entry.stem == stem), None)


def ended(started: datetime.datetime, began: float) -> str:
    """Return the present time as manifests write it, by what `time.monotonic` has counted since `began`, when it was `started`.

    A clock that is set meanwhile neither lengthens a run nor ends it before it started.
    """
    return timestamp(started + datetime.timedelta(seconds=time.monotonic() - began))


def timestamp(time: datetime.datetime) -> str:
    """Return a time with zone as manifests write it: ISO 8601 with milliseconds."""
    return time.isoformat(timespec="milliseconds")
