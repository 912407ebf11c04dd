"""What a report is made of: what is asked for, checked; the data it needs, prepared; and a task for each notebook."""

import dataclasses
import functools
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from helpers import (
    batch,
    chapters,
    cube,
    document,
    editions,
    identities,
    measures,
    narrative,
    paths,
    periods,
    reconciliation,
    record,
    tickets,
    validation,
    words,
)
from helpers.document import Entry
from helpers.editions import Edition
from helpers.errors import KnownError, nearest
from helpers.periods import Period


@dataclass(frozen=True)
class Asked:
    """What one year of a command line asks for, checked. `chapters` is empty for all."""

    edition: Edition
    period: Period
    base: Period
    parameters: Mapping[str, Any]
    chapters: frozenset[str]

    @property
    def folder(self) -> Path:
        """Where its outputs go: one folder for a period, however it was written."""
        return paths.outputs(self.edition.city, self.edition.year, self.parameters["period"])

    def wants(self, chapter: Entry) -> bool:
        """Tell whether a chapter is asked for."""
        return not self.chapters or name(chapter) in self.chapters


@dataclass(frozen=True)
class Task:
    """An entry of the outline and what is to become of it; a heading without notebook is `done`.

    `reason` says why it is absent or must run; `earlier` is its entry in the `run.json` of an earlier run; `words` are what
    people have written for it.
    """

    entry: Entry
    status: Literal["done", "run", "skipped", "absent", "left"]
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    key: str = ""
    reason: str = ""
    earlier: Mapping[str, Any] | None = None
    words: Sequence[document.Block] = ()


@dataclass(frozen=True)
class Plan:
    """A year's tasks in printed order; `base` is None where it has no tickets, `previous` is the last `run.json`.

    `remarks` are what should be looked at again in the words by people, `grounds` what its notebooks have in common.
    """

    asked: Asked
    base: Period | None
    facts: Mapping[str, str]
    tasks: Sequence[Task]
    previous: Mapping[str, Any]
    remarks: Sequence[str] = ()
    grounds: Mapping[str, Any] = dataclasses.field(default_factory=dict)


def ask(city: str, year: int, period: str, compare: str, chapters: Sequence[str]) -> Asked:
    """Check what is asked for of one year, before anything is made or started; no chapters are all of them.

    The parameters name a period in one way only, so that `M07..M09` and `2020-Q3` are Q3. Raises KnownError for an
    unknown city, year, period, comparison or chapter, with the nearest right one, for a period of another year, and for
    a notebook that is missing or does not have a parameter that it will be given.
    """
    edition = editions.read(city, year)
    span = periods.parse(period, year)
    if span.years != (year,):
        raise KnownError(f"period '{period}' is not in {year}: write --year {span.years[0]} with it.", exit_code=2)
    part = span.name.partition("-")[2] or "year"
    parameters = {"city": city, "year": year, "period": part, "compare": compare}
    entries = document.outline(edition, {"category": ["_"], "district": ["_"]})
    names = {name(entry) for entry in entries if entry.notebook and entry.kind != "section"}
    for chapter in chapters:
        if chapter not in names:
            raise KnownError(f"chapter '{chapter}' is not in {edition.key}.{nearest(chapter, names)}", exit_code=2)
    for entry in {entry.notebook: entry for entry in entries if entry.notebook}.values():
        if not paths.notebook(entry.notebook).exists():
            raise KnownError(f"the edition {edition.key} names notebook '{entry.notebook}', which is not in notebooks/."
                             f"{nearest(entry.notebook, (file.stem for file in paths.NOTEBOOKS.glob('*.ipynb')))}")
        batch.check(paths.notebook(entry.notebook), [*parameters, *([entry.parameter] if entry.parameter else [])])
    return Asked(edition, span, periods.base(span, compare), parameters, frozenset(chapters))


def name(entry: Entry) -> str:
    """Return what `--chapter` calls a chapter: its notebook's name without number."""
    return entry.notebook.partition("-")[2]


def prepare(asked: Asked, engine: str | None) -> None:
    """See to the tickets and cubes of an edition's year, and of the years of its city that a period and base touch.

    An export that was put in the place of simulated tickets stays. Raises KnownError where the edition's own year has
    no tickets, and where exports were laid beside simulated ones.
    """
    city, own = asked.edition.city, asked.edition.year
    years = [year for year in sorted({own, *asked.period.years, *asked.base.years}) if (city, year) in editions.known()]
    for year in years:
        _refuse_both(city, year)
    for year in years:
        held = tickets.facts(city, year)
        unbrought = held["data"] == "simulated" if held else not _laid(city, year)
        if editions.read(city, year).simulation and unbrought:
            from helpers import simulate

            simulate.prepare(city, year)
        else:
            from helpers import ingest

            ingest.prepare(city, year)
        if tickets.facts(city, year):
            cube.build(city, year, engine)
        elif year == own:
            raise KnownError(f"{city} {year} has no tickets: lay its exports in data/raw/{city}-{year}/, or run "
                             f"python -m helpers.ingest FILE… --city {city} --year {year}.")


def _refuse_both(city: str, year: int) -> None:
    """Raise KnownError where exports lie beside simulated tickets: which of them is meant, only the user knows."""
    held, laid = tickets.facts(city, year), _laid(city, year)
    if laid and held and held["data"] == "simulated":
        files = " ".join(shlex.quote(validation.place(file)) for file in laid)
        mapping = "" if editions.read(city, year).mapping else " --mapping FILE"
        raise KnownError(f"exports lie in {validation.place(paths.raw(city, year))}/ but the tickets of {city} {year} are "
                         "simulated: take the exports away, or put them in the place of what is simulated by "
                         f"python -m helpers.ingest {files} --city {city} --year {year}{mapping} --replace")


def _laid(city: str, year: int) -> list[Path]:
    """Return the exports that lie in an edition's folder for them, as `ingest.prepare` sees them."""
    from helpers import exports

    return sorted(file for file in paths.raw(city, year).glob("*") if file.name.lower().endswith(exports.ENDINGS)
                  and not file.name.startswith((".", "~$")))


def plan(asked: Asked, engine: str | None = None, force: bool = False) -> Plan:
    """Say what is to become of each entry of the outline; reads the cube, which it may build.

    Raises KnownError where the tickets of a year do not add up (`identities`), and for a mistake in the words by people
    (`narrative`).
    """
    edition, folder = asked.edition, asked.folder
    loaded = cube.load(edition.city, edition.year, asked.period, asked.base, engine)
    for year in loaded.years:
        identities.check(editions.read(edition.city, year), loaded)
    grounds, previous = record.grounds(edition.city, loaded.years), record.read(folder)
    entries = document.outline(edition, entities(edition, loaded, asked.period))
    entries = [dataclasses.replace(entry, stem=entry.stem and paths.safe(entry.stem)) for entry in entries]
    written = _written(asked, loaded, entries)
    known = functools.cache(lambda column: loaded.known(column, asked.period))
    tasks: list[Task] = []
    wanted = False
    for entry in entries:
        wanted = asked.wants(entry) if entry.notebook and entry.kind != "section" else wanted
        task = _task(asked, known, entry, grounds, previous, force and wanted, wanted)
        tasks.append(dataclasses.replace(task, words=written.blocks.get(entry.stem, ())))
    base = asked.base if loaded.covers(asked.base) else None
    facts = tickets.facts(edition.city, edition.year)
    return Plan(asked, base, facts, _standing(tasks), previous, written.remarks, grounds)


def _written(asked: Asked, loaded: cube.Cube, entries: Sequence[Entry]) -> narrative.Narrative:
    chapter = chapters.Chapter(asked.edition, asked.period, asked.base, asked.parameters["compare"], loaded)
    return narrative.read(chapter, asked.parameters["period"], [entry.stem for entry in entries if entry.stem])


def entities(edition: Edition, loaded: cube.Cube, period: Period) -> dict[str, list[str]]:
    """Return the names that have sections: the period's top categories, and the edition's districts, else by volume."""
    categories = measures.top(measures.volume(loaded.calls, period, "category"), edition.categories.top)
    districts = measures.volume(loaded.areas, period, "district")
    return {"category": categories.to_pandas()["category"].dropna().tolist(),
            "district": edition.districts or districts.to_pandas()["district"].dropna().tolist()}


def _task(asked: Asked, known: Callable[[str], int], entry: Entry, grounds: Mapping[str, Any],
          previous: Mapping[str, Any], force: bool, wanted: bool) -> Task:
    if not entry.notebook:
        return Task(entry, "done")
    given = {**asked.parameters, **({entry.parameter: entry.entity} if entry.parameter else {})}
    if reason := lacking(entry, asked, known):
        return Task(entry, "absent" if wanted else "left", given, reason=reason)
    key = record.key(paths.notebook(entry.notebook), given, grounds)
    earlier = next((one for one in previous["notebooks"] if one["stem"] == entry.stem), None)
    if not force and record.reusable(previous, asked.folder, entry.stem, key):
        return Task(entry, "skipped", given, key, "未变", earlier)
    if not wanted:
        return Task(entry, "left", given, key, "未点名，且没有可沿用的结果")
    return Task(entry, "run", given, key, _why(earlier, key, force), earlier)


def _why(earlier: Mapping[str, Any] | None, key: str, force: bool) -> str:
    if force:
        return "要求全部重新运行"
    if not earlier:
        return "尚未运行过"
    if earlier["status"] == "failed":
        return "上次失败"
    return "数据、代码或参数有变" if earlier.get("key") != key else "上次的结果已不在或被改动"


def lacking(entry: Entry, asked: Asked, known: Callable[[str], int]) -> str:
    """Return why the period's tickets do not suffice for a notebook, as one sentence, or nothing.

    `known` returns how many of these tickets have a value in a column; a notebook's metadata names what it needs.
    """
    needs = json.loads(paths.notebook(entry.notebook).read_text(encoding="utf-8"))["metadata"].get("hotline", {})
    part = f"“{entry.title}”" if entry.title else "本章"
    for need in needs.get("needs", []):
        if need == "zones" and not asked.edition.zones:
            return f"本版没有划定功能区，故无法编制{part}。"
        if need == "published" and not reconciliation.possible(asked.edition, asked.period):
            return f"没有与{asked.period.words}相应的公开报告数字可供核对，故无法编制{part}。"
        column = {"zones": "district", "published": "received_at"}.get(need, need)
        if not known(column):
            return f"{asked.period.words}的数据没有“{words.column(column)}”一栏的内容，故无法编制{part}。"
    return ""


def _standing(tasks: Sequence[Task]) -> list[Task]:
    """Leave out what is neither asked for nor reusable, and headings below which nothing is left or written."""
    kept = [task for task in tasks if task.status != "left"]
    last = [*(task.entry.level for task in kept[1:]), 0]
    below = [following > task.entry.level for task, following in zip(kept, last, strict=True)]
    filled = [task for task, some in zip(kept, below, strict=True) if task.entry.notebook or task.words or some]
    return filled if len(filled) == len(kept) else _standing(filled)


def unprepared(asked: Asked) -> list[str]:
    """Return the keys of the editions whose tickets or cube are missing or stale; looks only, makes nothing."""
    city, own = asked.edition.city, asked.edition.year
    years = sorted({own, *asked.period.years, *asked.base.years})
    known = [year for year in years if (city, year) in editions.known()]
    return [paths.key(city, year) for year in known
            if (year == own or tickets.facts(city, year)) and not cube.fresh(city, year)]
