"""What moved since an earlier run: figures, ranks and sentences, old and new, with what the two runs were made of that differs.

`shown` is what a section prints, `moves` sets one print of it beside another, `reasons` what both were made of, `listing` writes
it all down.
"""

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
from helpers.report.changes.differences import Change
from helpers.report.changes.reasons import Reason
from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.periods import Period

_EXECUTED = ("done", "skipped")
_COMMON = ("city", "year", "period", "compare")


@dataclass(frozen=True)
class Section:
    """What moved in a chapter or section, and what it alone was made of that differs."""

    title: str
    moves: Sequence[Change]
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True)
class Changes:
    """What moved from the run `since` on, in printed order; `apart` are the titles of what only one of both ran.

    `told` is whether the earlier `run.json` says all that a run is made of.
    """

    since: Mapping[str, Any]
    sections: Sequence[Section]
    reasons: Sequence[Reason]
    apart: Sequence[str] = ()
    told: bool = True

    @property
    def moves(self) -> list[Change]:
        """All that moved."""
        return [move for section in self.sections for move in section.moves]


@dataclass(frozen=True)
class Run:
    """A run to be compared: its `run.json`, and what its executed notebooks print, by stem."""

    record: Mapping[str, Any]
    shown: Mapping[str, PrintedContent] = field(default_factory=dict)


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
    """Return what a listing says in a language."""
    return yaml.safe_load((paths.TEMPLATES / "changes.yml").read_text(encoding="utf-8"))[language]


def read(file: Path, edition: Edition, period: Period) -> Run:
    """Return an earlier run of an edition's period from its `run.json` and the executed notebooks beside it.

    All is taken into memory, so that the same folder may be written anew. Raises KnownError where the file is not there or not a
    `run.json`, where it is of another edition or period, and where a notebook beside it is missing or not the one that ran.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        checked = _Record.model_validate(found)
    except OSError as error:
        raise UserError(f"--since {file}: cannot be read ({error.strerror}): name the run.json of an earlier run.", 2) from None
    except (ValueError, ValidationError):
        raise UserError(f"--since {file}: is not the run.json of a report: name one in an outputs folder.", 2) from None
    if (checked.edition, checked.period) != (edition.key, period.name):
        raise UserError(f"--since {file}: is of {checked.edition}, {checked.period}, and this run of {edition.key}, "
                         f"{period.name}: name a run of the same edition and period.", 2)
    _may_be_told(file, found.get("grounds", {}).get("editions", {}).get(edition.key, {}), edition)
    return current(found, {one.stem: _executed(file, one) for one in checked.notebooks if one.status in _EXECUTED})


def _may_be_told(file: Path, earlier: Mapping[str, Any], edition: Edition) -> None:
    """Raise KnownError where the earlier run printed what this one withholds: the list of what moved would give it away."""
    hidden = edition.suppression and edition.suppression.model_dump(mode="json") != earlier.get("suppression")
    if hidden or (edition.audience == "public" and earlier.get("audience") == "internal"):
        rule = "suppression" if hidden else "audience"
        raise UserError(f"--since {file}: {edition.key} now withholds what that run printed ({rule}), and a list of what moved "
                         "would tell it: compare with a run under the present rules.", 2)


def _executed(file: Path, entry: _Notebook) -> NotebookNode:
    """Return an executed notebook beside a `run.json`, if it is the one that ran."""
    executed = paths.executed(file.parent, entry.stem)
    contents = executed.read_bytes() if executed.is_file() else b""
    if not contents or fingerprints.hash_bytes(contents) != entry.digest:
        state = "is not the one that ran" if contents else "is missing"
        raise UserError(f"--since {file}: {executed} {state}: keep the whole outputs folder of a run, not run.json alone.", 2)
    return v4.reads(contents.decode("utf-8"))


def current(contents: Mapping[str, Any], executed: Mapping[str, NotebookNode]) -> Run:
    """Return a run of what its `run.json` says or will say, and its executed notebooks by stem."""
    printed = {stem: content.read(notebook) for stem, notebook in executed.items()}
    words_of = {
        stem: content.add(printed.get(stem, PrintedContent()), kept) for stem, kept in contents.get("written", {}).items()
    }
    return Run(contents, printed | words_of)


def compare(earlier: Run, now: Run, edition: Edition) -> Changes:
    """Return what moved between two runs of the same edition and period.

    A section that only one of them has came or went; but where the other ran some chapters only, it is not compared.
    """
    old, new = earlier.record, now.record
    olds, news = ({_identity(one): one for one in _entries(run)} for run in (old, new))
    sections, apart = [], []
    for identity in [*news, *(one for one in olds if one not in news)]:
        before, after = olds.get(identity), news.get(identity)
        if (before is None and old.get("chapters")) or (after is None and new.get("chapters")):
            apart.append(_title(after or before))
        elif found := _section(earlier, now, before, after, edition):
            sections.append(Section(_title(after or before), found, reasons.own(before, after)))
    return Changes(old, sections, list(reasons.between(old, new, labels_of(edition.language))), apart, "grounds" in old)


def _entries(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the sections of a run: its notebooks, and the chapters of words alone."""
    stems = {one["stem"] for one in run["notebooks"]}
    alone = [{"stem": stem, "notebook": stem, "title": kept["title"], "parameters": {}}
             for stem, kept in run.get("written", {}).items() if stem not in stems]
    return [*run["notebooks"], *alone]


def _identity(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what makes a section the same in another run: its notebook and entity, whatever its number."""
    own = {name: value for name, value in entry["parameters"].items() if name not in _COMMON}
    return entry["notebook"], json.dumps(own, sort_keys=True)


def _title(entry: Mapping[str, Any]) -> str:
    return entry["title"] or entry["stem"]


def _section(earlier: Run, now: Run, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None,
             edition: Edition) -> list[Change]:
    """Return what moved in a section; one that failed or lacked its data then or now is told as a whole."""
    said = labels_of(edition.language)
    old, new = (run.shown.get(entry["stem"]) if entry else None for run, entry in ((earlier, before), (now, after)))
    states = [said["added"] if print_ else entry.get("reason") or said["lacking"] if entry else said["lacking"]
              for print_, entry in ((old, before), (new, after))]
    if old is None or new is None:
        return [Change("part", "", _title(after or before), said["whole_section"], *states)] if states[0] != states[1] else []
    named = [Change("sentence", "", "", said["heading"], before["title"] or "", after["title"] or "")]
    numbered = [Change("rank", "", _title(after), said["number"], before["stem"], after["stem"])]
    return [*(numbered if before["stem"] != after["stem"] else []), *differences.find_changes(old, new, edition.numbers, said),
            *(named if before["title"] != after["title"] else [])]
