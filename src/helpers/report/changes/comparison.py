"""Compare a run with an earlier run of the same edition and period, section by section."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from nbformat import NotebookNode, v4
from pydantic import BaseModel, ValidationError

from helpers.report import fingerprints
from helpers.report.changes import content, differences, reasons
from helpers.report.changes.content import PrintedContent
from helpers.report.changes.differences import Change, Wording
from helpers.report.changes.reasons import Reason
from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period

_COMMON = ("city", "year", "period", "compare")

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """What changed in a chapter or section, and what differs of its own inputs."""

    title: str
    changes: Sequence[Change]
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True)
class Changes:
    """What changed from the run `since` on, in printed order; `uncompared` are the titles of what only one run was to print.

    `recorded` is whether the earlier `run.json` has all inputs.
    """

    since: Mapping[str, Any]
    sections: Sequence[Section]
    reasons: Sequence[Reason]
    uncompared: Sequence[str] = ()
    recorded: bool = True

    @property
    def changes(self) -> list[Change]:
        """The changes of all sections."""
        return [change for section in self.sections for change in section.changes]


@dataclass(frozen=True)
class Run:
    """A run to be compared: its `run.json`, and what its executed notebooks print, by stem."""

    record: Mapping[str, Any]
    printed: Mapping[str, PrintedContent] = field(default_factory=dict)


class _Notebook(BaseModel):
    stem: str
    notebook: str
    title: str | None
    parameters: dict[str, Any]
    status: str
    digest: str | None


class _Record(BaseModel):
    edition: str
    period: str
    notebooks: list[_Notebook]


@cache
def labels_of(language: str) -> dict[str, Any]:
    """Return the wording of a listing in a language."""
    return yaml.safe_load((paths.TEMPLATES / "changes.yml").read_text(encoding="utf-8"))[language]


def read(file: Path, edition: Edition, period: Period) -> Run:
    """Return an earlier run of an edition's period from its `run.json` and the executed notebooks next to it, in memory.

    Raises UserError where the file is missing or no `run.json`, where it is of another edition or period, where it printed what
    this run withholds, and where a notebook is missing or not the one that ran.
    """
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        checked = _Record.model_validate(record)
    except OSError as error:
        raise UserError(f"--since {file}: cannot be read ({error.strerror}): name the run.json of an earlier run.", 2) from None
    except (ValueError, ValidationError):
        raise UserError(f"--since {file}: is not the run.json of a report: name one in an outputs folder.", 2) from None
    if (checked.edition, checked.period) != (edition.key, period.name):
        raise UserError(f"--since {file}: is of {checked.edition}, {checked.period}, and this run of {edition.key}, "
                        f"{period.name}: name a run of the same edition and period.", 2)
    _check_disclosure(file, record.get("grounds", {}).get("editions", {}).get(edition.key, {}), edition)
    return current(record, {notebook.stem: _executed(file, notebook) for notebook in checked.notebooks
                            if notebook.status in ("done", "skipped", "stale")})


def _check_disclosure(file: Path, earlier: Mapping[str, Any], edition: Edition) -> None:
    """Raise UserError where the earlier run printed what this one withholds: a list of changes would disclose it."""
    hidden = edition.suppression and edition.suppression.model_dump(mode="json") != earlier.get("suppression")
    if hidden or (edition.audience == "public" and earlier.get("audience") == "internal"):
        rule = "suppression" if hidden else "audience"
        raise UserError(f"--since {file}: {edition.key} now withholds what that run printed ({rule}), and a list of what changed "
                        "would disclose it: compare with a run under the present rules.", 2)


def _executed(file: Path, notebook: _Notebook) -> NotebookNode:
    """Return an executed notebook of the folder of a `run.json`, if it is the one that ran."""
    executed = paths.executed(file.parent, notebook.stem)
    contents = executed.read_bytes() if executed.is_file() else b""
    if not contents or fingerprints.hash_bytes(contents) != notebook.digest:
        state = "is not the one that ran" if contents else "is missing"
        raise UserError(f"--since {file}: {executed} {state}: keep the whole outputs folder of a run, not run.json alone.", 2)
    return v4.reads(contents.decode("utf-8"))


def current(record: Mapping[str, Any], executed: Mapping[str, NotebookNode]) -> Run:
    """Return a run from what its `run.json` contains or will contain, and its executed notebooks by stem."""
    printed = {stem: content.read(notebook) for stem, notebook in executed.items()}
    return Run(record, printed | {stem: content.add(printed.get(stem, PrintedContent()), written)
                                  for stem, written in record.get("written", {}).items()})


def compare(earlier: Run, now: Run, edition: Edition) -> Changes:
    """Return what changed between two runs of the same edition and period.

    A section that only one of them has came or went; where the other run was for some chapters only, it is not compared.
    """
    wording = labels_of(edition.language)
    old, new = ({_identity(entry): entry for entry in _entries(run.record)} for run in (earlier, now))
    sections, uncompared = [], []
    for identity in dict.fromkeys([*new, *old]):
        before, after = old.get(identity), new.get(identity)
        if (before is None and earlier.record.get("chapters")) or (after is None and now.record.get("chapters")):
            uncompared.append(_title(after or before))
        elif changes := _section(earlier, now, before, after, edition, wording):
            sections.append(Section(_title(after or before), changes, reasons.of_section(before, after)))
    return Changes(earlier.record, sections, list(reasons.between(earlier.record, now.record, wording)), uncompared,
                   "grounds" in earlier.record)


def _entries(record: Mapping[str, Any]) -> list[Entry]:
    """Return the sections of a run: its notebooks, and the chapters of texts alone."""
    stems = {entry["stem"] for entry in record["notebooks"]}
    return [*record["notebooks"], *({"stem": stem, "notebook": stem, "title": written["title"], "parameters": {}}
                                    for stem, written in record.get("written", {}).items() if stem not in stems)]


def _identity(entry: Entry) -> str:
    """Return what identifies a section in another run: its notebook and entity, whatever its number."""
    own = {name: value for name, value in entry["parameters"].items() if name not in _COMMON}
    return json.dumps([entry["notebook"], own], sort_keys=True)


def _title(entry: Entry) -> str:
    return entry["title"] or entry["stem"]


def _section(earlier: Run, now: Run, before: Entry | None, after: Entry | None, edition: Edition,
             wording: Wording) -> list[Change]:
    """Return what changed in a section; one that failed or lacked its data in either run is listed as a whole."""
    old, new = (entry and run.printed.get(entry["stem"]) for run, entry in ((earlier, before), (now, after)))
    if not (old and new):
        states = [wording["added"] if printed else (entry or {}).get("reason") or wording["lacking"]
                  for printed, entry in ((old, before), (new, after))]
        return [Change("part", "", _title(after or before), wording["whole_section"], *states)] if states[0] != states[1] else []
    number = Change("rank", "", _title(after), wording["number"], before["stem"], after["stem"])
    title = Change("sentence", "", "", wording["heading"], before["title"] or "", after["title"] or "")
    return [*(change for change in (number,) if change.old != change.new),
            *differences.find_changes(old, new, edition.numbers, wording),
            *(change for change in (title,) if change.old != change.new)]
