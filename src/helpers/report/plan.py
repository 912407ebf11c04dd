"""Plan a report: validate the request, prepare its tickets and cubes, decide for each notebook whether it runs."""

import dataclasses
import functools
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from helpers.analysis import (
    dimensions,
    district_index,
    hidden_cells,
    problems,
    proposals,
    series,
    soundness,
    topics,
    unit_sheets,
    units,
)
from helpers.analysis.reconciliation import reconcile
from helpers.analysis.scope import Scope
from helpers.batch import batch, seal
from helpers.cube import checks, cube
from helpers.document import document, glossary, narrative
from helpers.document.blocks import Block, Heading
from helpers.document.document import Entry
from helpers.report import fingerprints, ground, summary, weeks
from helpers.report.fingerprints import Inputs
from helpers.report.manifest import Manifest, NotebookEntry
from helpers.report.request import Request
from helpers.settings import editions, fonts, labels, paths, periods, products, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.settings.outline import Sections
from helpers.settings.periods import Period
from helpers.tickets import schema

_NAMES = {"calls": ("category", "subcategory", "topic"), "areas": ("district", "subdistrict"), "owners": ("owner",),
          "channels": ("source",), "tags": ("tag",)}  # names that are printed, by table of the cube
_FEW = 0.01  # of the names; fewer with a character that the fonts lack do not stop a PDF


@dataclass(frozen=True)
class Task:
    """An entry of the outline and what the run will do with it; a heading without notebook is `done`.

    `no_data` is a notebook for which tickets lack what it needs (`absent` in run.json), `stale` one that was not requested and
    whose earlier result, made from other inputs, is kept. `reason` says why that is so, or why it must run; `earlier` is its
    entry in the manifest of the previous run; `words` are the texts written for it; `file` is its PDF where it stands apart from
    the report.
    """

    entry: Entry
    status: Literal["done", "run", "skipped", "stale", "no_data", "not_requested"]
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    key: str = ""
    reason: str = ""
    earlier: NotebookEntry | None = None
    words: Sequence[Block] = ()
    file: Path | None = None


@dataclass(frozen=True)
class Plan:
    """A year's tasks in printed order; `base` is None where it has no tickets, `previous` is the manifest of the last run.

    `remarks` name texts that should be checked again, `inputs` is what notebooks have in common, `inputs_key` the hash of all
    that a run could depend on. `refused` maps a format of the whole report that is not made to the reason, a sentence.
    """

    request: Request
    base: Period | None
    facts: Mapping[str, str]
    tasks: Sequence[Task]
    inputs: Inputs
    inputs_key: str
    previous: Manifest
    remarks: Sequence[str] = ()
    refused: Mapping[str, str] = dataclasses.field(default_factory=dict)


def check(request: Request) -> None:
    """Raise UserError for what a report cannot be made of, or not where it would be written.

    An unknown chapter, with the nearest; a notebook that is missing or lacks a parameter; a font of the edition that is missing
    or cannot be read; and what `ground` finds.
    """
    edition = request.edition
    fonts.files(edition)
    if paths.GLOSSARY.exists():  # else it is missed where its terms are printed
        glossary.read()
    ground.check_references(edition)
    ground.check_outputs(request.folder)
    entries = document.outline(edition, _example)
    names = {chapter_name(entry) for entry in entries if entry.notebook and entry.kind != "section"}
    for chapter in sorted(request.chapters - names):
        raise UserError(f"chapter '{chapter}' is not in {edition.key}.{did_you_mean(chapter, names)}", exit_code=2)
    for entry in {entry.notebook: entry for entry in entries if entry.notebook}.values():
        if not paths.notebook(entry.notebook).exists():
            raise UserError(f"the edition {edition.key} names notebook '{entry.notebook}', which is not in notebooks/."
                             f"{did_you_mean(entry.notebook, (file.stem for file in paths.NOTEBOOKS.rglob('*.ipynb')))}")
        ground.check_notebook(paths.notebook(entry.notebook))
        batch.check(paths.notebook(entry.notebook), [*request.parameters, *entry.entity])


def _example(sections: Sections) -> list[dict[str, str]]:
    """Return the parameters of one section of a kind, without a name yet, and of the list of what has no section.

    Raises UserError for an unknown dimension.
    """
    if sections.each == units.UNIT:
        return [{units.UNIT: "district/_"}]
    dimension = dimensions.of_parameter(sections.each)
    if dimension is None:
        raise UserError(f"sections of {sections.notebook}: each: '{sections.each}' is nothing that tickets are counted by."
                        f"{did_you_mean(sections.each, dimensions.DIMENSIONS)}", exit_code=2)
    return [dict.fromkeys(dimension.keys, "_"), {dimensions.OTHERS: sections.each}]


def is_requested(request: Request, chapter: Entry) -> bool:
    """Return whether a chapter is requested."""
    return not request.chapters or chapter_name(chapter) in request.chapters


def chapter_name(entry: Entry) -> str:
    """Return what `--chapter` calls a chapter: its notebook's name without number."""
    return entry.notebook.partition("-")[2]


def prepare(request: Request, engine: str | None) -> None:
    """Make or update the tickets and cubes of an edition's year, and of the years that a period and base touch.

    An export that has replaced simulated tickets stays. Raises UserError where the edition's own year has no tickets,
    and where exports lie beside simulated ones.
    """
    touched = {request.edition.year, *request.period.years, *request.base.years, *request.history}
    read = [edition for edition in request.editions if edition.year in touched]
    for edition in read:
        _refuse_exports_beside_simulation(edition)
    for edition in read:
        present = schema.metadata(edition)
        if edition.simulation and (present["data"] == "simulated" if present else not _raw_exports(edition)):
            from helpers.simulate import simulate

            simulate.prepare(edition)
        else:
            from helpers.ingest import ingest

            ingest.prepare(edition)
        if schema.metadata(edition):
            cube.build(edition, engine)
            _plan_hidden(edition, request.edition.suppression)
        elif edition.key == request.edition.key:
            raise UserError(f"{edition.label} has no tickets: lay its exports in data/raw/{edition.key}/, or run "
                            f"python -m helpers.ingest FILE… --city {edition.city} --year {edition.year}.")


def _plan_hidden(edition: Edition, rule: editions.Suppression | None) -> None:
    """Plan which counts of a year are hidden in all periods and products, where the report's edition hides small ones."""
    if rule:
        whole = periods.parse("year", edition.year)
        hidden_cells.prepare(cube.load(edition, whole, shared=True), edition.city, rule.below)


def fitted(request: Request, engine: str | None = None) -> Request:
    """Return a request whose period was implied for the months that the tickets of its year cover (`soundness.months`)."""
    if not request.implied:
        return request
    days = cube.load(request.edition, request.period, None, engine).days.to_pandas()
    months = soundness.months(days, request.edition)
    return request if months == request.period else request.during(months)


def check_names(request: Request, engine: str | None = None) -> None:
    """Raise UserError where the tickets have no such topic, area or unit as a product is asked for."""
    named = {name: request.parameters[name] for name in ("topic", "area") if request.parameters.get(name)}
    unit = request.parameters.get(units.UNIT)
    if not named and not unit:
        return
    loaded = cube.load(request.edition, request.period, request.base, engine, shared=True)
    if unit:
        units.find(Scope(request.edition, request.period, request.base, request.parameters["compare"], loaded), unit)
    for name, value in named.items():
        {"topic": topics.find_topic, "area": topics.find_area}[name](loaded, value)


def _refuse_exports_beside_simulation(edition: Edition) -> None:
    """Raise UserError where a year has simulated tickets and exports too: only the user knows which are meant."""
    metadata, exports = schema.metadata(edition), _raw_exports(edition)
    if exports and metadata and metadata["data"] == "simulated":
        files = " ".join(shlex.quote(yaml_models.display_path(file)) for file in exports)
        mapping = "" if edition.mapping else " --mapping FILE"
        raise UserError(f"exports lie in {yaml_models.display_path(paths.raw(edition.key))}/ but the tickets of "
                        f"{edition.label} are simulated: take the exports away, or put them in the place of what is simulated by "
                         f"python -m helpers.ingest {files} --city {edition.city} --year {edition.year}{mapping} --replace")


def _raw_exports(edition: Edition) -> list[Path]:
    """Return the exports in an edition's folder below data/raw/, as `ingest.prepare` finds them."""
    from helpers.ingest import export_files

    return sorted(file for file in paths.raw(edition.key).glob("*") if file.name.lower().endswith(export_files.ENDINGS)
                  and not file.name.startswith((".", "~$")))


def plan(request: Request, engine: str | None = None, force: bool = False, hashes: Mapping[str, str] | None = None) -> Plan:
    """Decide for each entry of the outline what the run will do; reads the cube, which it may build.

    `hashes` are those of the tracked files when the command began. Raises UserError where the tickets of a year do not add up
    (`cube.checks`), and for a mistake in the texts by people (`document.narrative`).
    """
    edition, folder = request.edition, request.folder
    inputs_key = fingerprints.inputs_key(request.editions, hashes)
    loaded = cube.load(edition, request.period, request.base, engine, shared=True)
    read = editions.of_years(edition.city, loaded.years)
    for each in read:
        checks.check(each, loaded)
    _check_tickets(request, loaded)
    weeks.check(request)
    read += [each for each in series.years(edition) if request.history and each.year not in loaded.years]
    inputs, previous = fingerprints.inputs(read, hashes), Manifest.read(folder)
    scope = Scope(edition, request.period, request.base, request.parameters["compare"], loaded)
    entries = document.outline(edition, partial(_entities, request, scope))
    entries = [dataclasses.replace(entry, stem=entry.stem and paths.safe_name(entry.stem)) for entry in entries]
    written = narrative.read(scope, request.part, [entry.stem for entry in entries if entry.stem])
    known = functools.cache(lambda column: loaded.count_known(column, request.period))
    files, says = _files(request, scope), partial(_says, scope)
    tasks: list[Task] = []
    in_request = False
    for entry in entries:
        in_request = is_requested(request, entry) if entry.notebook and entry.kind != "section" else in_request
        task = _task(request, known, entry, inputs, previous, force and in_request, in_request, says(entry))
        tasks.append(dataclasses.replace(task, words=written.blocks.get(entry.stem, ()),
                                         file=files.get(entry.entity.get(units.UNIT))))
    base = request.base if loaded.covers(request.base) else None
    facts = schema.metadata(edition)
    headings = [entry.title for entry in entries if entry.title]
    headings += [block.text for blocks in written.blocks.values() for block in blocks if isinstance(block, Heading)]
    refused = {"pdf": reason} if (reason := _pdf_obstacle(edition, loaded, headings)) else {}
    return Plan(request, base, facts, _without_empty(tasks), inputs, inputs_key, previous, written.remarks, refused)


def _check_tickets(request: Request, loaded: cube.Cube) -> None:
    """Raise UserError where a product's period has no tickets, and for proposals on what the tickets do not know."""
    if request.product == products.ANNUAL:
        return
    if not loaded.count_known("received_at", request.period):
        raise UserError(f"{request.edition.label} has no tickets of {request.period.name}: choose another period.", exit_code=2)
    proposals.read(Scope(request.edition, request.period, request.base, request.parameters["compare"], loaded))


def _entities(request: Request, scope: Scope, sections: Sections) -> list[dict[str, str]]:
    """Return the parameters of a chapter's sections; of units all, or the one that is asked for."""
    if sections.each != units.UNIT:
        return problems.entities(scope, sections)
    wanted = request.parameters.get(units.UNIT)
    return [{units.UNIT: unit.full} for unit in ([units.find(scope, wanted)] if wanted else units.every(scope))]


def _says(scope: Scope, entry: Entry) -> str | None:
    """Return all that a unit's sheet says, whose notebook runs again only where that has changed; None of any other notebook."""
    unit = entry.entity.get(units.UNIT)
    return unit_sheets.digest(scope, units.parse(unit)) if unit else None


def _files(request: Request, scope: Scope) -> dict[str, Path]:
    """Return the file of each unit's sheet by the unit's name in full; none of a product whose sections do not stand apart."""
    if not products.read(request.product).apart:
        return {}
    return {unit.full: paths.unit_sheet(request.folder, unit.level, name)
            for unit, name in units.file_names(units.every(scope)).items()}


def _pdf_obstacle(edition: Edition, loaded: cube.Cube, headings: Sequence[str]) -> str:
    """Return why no PDF is made: the fonts lack characters of headings, or of more than a hundredth of the names; else "".

    A lone character of a name prints as its code, as ever.
    """
    from helpers.publish import pdf  # Typst takes time to import

    glyphs = pdf.Glyphs(fonts.available(fonts.files(edition)))
    headings = [*headings, edition.title, edition.place, edition.hotline, *edition.areas.model_dump().values()]
    names = {name for table, columns in _NAMES.items() for column in columns
             for name in getattr(loaded, table)[column].as_table().distinct().to_pandas()[column].dropna()}
    lacking = {text: missing for text in {*headings, *names} if (missing := glyphs.missing(text))}
    if not lacking.keys() & {*headings} and len(lacking.keys() & names) <= _FEW * len(names):
        return ""
    missing = sorted({character for characters in lacking.values() for character in characters})
    file = yaml_models.display_path(paths.edition(edition.city, edition.year))
    return (f"不编制PDF：{len(lacking)}个名称或标题中有现有字体没有的文字，共{len(missing)}种（如{fonts.samples(missing)}）；"
            f"请在 {file} 的 fonts 中写明有这些文字的字体文件，再运行一次。")


def _task(request: Request, known: Callable[[str], int], entry: Entry, inputs: Inputs, previous: Manifest,
          force: bool, wanted: bool, says: str | None = None) -> Task:
    if not entry.notebook:
        return Task(entry, "done")
    given = {**request.parameters, **entry.entity}
    earlier = previous.entry(entry.stem)
    if reason := missing_reason(entry, request, known):
        printed = (request.chapters or not _metadata(entry).get("optional")) if wanted else earlier
        return Task(entry, "no_data" if printed else "not_requested", given, reason=reason)
    key = fingerprints.notebook_key(paths.notebook(entry.notebook), given, inputs, says)
    signed = seal.signed_key(paths.executed(request.folder, entry.stem))
    if not force and signed == key:
        return Task(entry, "skipped", given, key, "未变", earlier)
    if not wanted and signed:
        return Task(entry, "stale", given, signed, _why_stale(signed, earlier, previous, inputs), earlier)
    if not wanted:
        return Task(entry, "not_requested", given, key, "未点名，且没有可沿用的结果")
    why = "要求全部重新运行" if force else _why(signed, earlier, previous, inputs)
    return Task(entry, "run", given, key, why, earlier)


def _why(signed: str | None, earlier: NotebookEntry | None, previous: Manifest, inputs: Inputs) -> str:
    """Return why a notebook runs again, by what differs from the manifest of the previous run."""
    if not earlier:
        return "上次的结果不是同样的数据和代码所编" if signed else "尚未运行过"
    if earlier.status in ("failed", "stale"):
        return {"failed": "上次失败", "stale": "上次未重新编制"}[earlier.status]
    if not signed:
        return "上次的结果已不在或被改动"
    changed = fingerprints.changed(earlier, previous, inputs)
    return f"{'、'.join(changed)} 有变" if changed else "参数或工单的附记有变"


def _why_stale(signed: str, earlier: NotebookEntry | None, previous: Manifest, inputs: Inputs) -> str:
    """Return the sentence on a result that is kept; that of an earlier run where it was kept by that already."""
    if earlier and earlier.status == "stale":
        return earlier.reason
    return f"本部分未随本次重新编制，以下是此前的结果（{_why(signed, earlier, previous, inputs)}）。"


def missing_reason(entry: Entry, request: Request, known: Callable[[str], int]) -> str:
    """Return a sentence that says what a notebook needs and the period's tickets lack; "" where nothing is lacking.

    `known` returns how many of these tickets have a value in a column; a notebook's metadata names what it needs. One whose
    metadata say `optional` is left out without a word, unless it is asked for by name.
    """
    part = f"“{entry.title}”" if entry.title else "本章"
    for need in _metadata(entry).get("needs", []):
        if need == "zones" and not request.edition.zones:
            return f"本版没有划定功能区，故无法编制{part}。"
        if need == "published" and not reconcile.has_published(request.edition, request.period):
            return f"没有与{request.period.words}相应的公开报告数字可供核对，故无法编制{part}。"
        if need == "proposals" and not proposals.has_due(request.edition, request.period):
            return f"没有{request.period.words}以前提出的建议，故无法编制{part}。"
        if need in ("aspects", "index") and (why := district_index.missing_reason(
                request.edition.key, request.edition.audience, weighted=need == "index")):
            return f"{why}，故无法编制{part}。"
        if need == "real" and (schema.metadata(request.edition) or {}).get("data") == "simulated":
            return f"本版的工单为模拟数据，据以预计和检验只能说明模拟与自身相符，故不编制{part}。"
        if need == "history" and (lacking := series.too_short(request.edition, request.period.last_day)):
            return f"{lacking}，故无法编制{part}。"
        column = ground.COUNTED.get(need, need)
        if not known(column):
            return f"{request.period.words}的数据没有“{labels.column(column)}”一栏的内容，故无法编制{part}。"
    return ""


def _metadata(entry: Entry) -> dict[str, Any]:
    """Return what a notebook says of itself to the planner: `needs`, `optional`."""
    return json.loads(paths.notebook(entry.notebook).read_text(encoding="utf-8"))["metadata"].get("hotline", {})


def _without_empty(tasks: Sequence[Task]) -> list[Task]:
    """Drop what is neither requested nor reusable, and headings below which nothing is left."""
    kept = [task for task in tasks if task.status != "not_requested"]
    last = [*(task.entry.level for task in kept[1:]), 0]
    below = [following > task.entry.level for task, following in zip(kept, last, strict=True)]
    filled = [task for task, some in zip(kept, below, strict=True) if task.entry.notebook or task.words or some]
    return filled if len(filled) == len(kept) else _without_empty(filled)


def dry_run(request: Request, force: bool) -> list[str]:
    """Return a line for each notebook: whether it would run, and why. Writes nothing, and so reads no stale cube."""
    stale = stale_years(request)
    if not stale:
        planned = plan(fitted(request), force=force)
        tasks = [task for task in planned.tasks if task.entry.notebook]
        return [*(f"warning: {remark}" for remark in (*planned.remarks, *planned.refused.values())),
                *(f"{summary.STATUS[task.status]}  {task.entry.stem}  {task.reason}" for task in tasks)]
    outline = document.outline(request.edition, lambda sections: ())
    chapters = [entry for entry in outline if entry.notebook and is_requested(request, entry)]
    return [f"{'、'.join(stale)} 的数据尚未准备：工单或汇总表缺失或过期；各类别、各区的分节要待准备之后才能列出。",
            *(f"{summary.STATUS['run']}  {entry.stem}  数据尚未准备" for entry in chapters)]


def stale_years(request: Request) -> list[str]:
    """Return the keys of the editions whose tickets or cube are missing or stale. Writes nothing."""
    years = cube.years(request.edition, request.period, request.base)
    return [edition.key for edition in editions.of_years(request.edition.city, years) if not cube.is_fresh(edition)]
