"""Verify by hashes, without executing anything, whether outputs belong to the present inputs."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers.report import fingerprints, request, summary
from helpers.report.manifest import Manifest, NotebookEntry
from helpers.report.request import Request
from helpers.settings import editions, paths, products, yaml_models
from helpers.settings.errors import UserError


def unchanged(request: Request, final: bool) -> Manifest | None:
    """Return the manifest of a request's outputs where they are complete and no input has changed since; else None.

    Imports neither pandas nor Ibis.
    """
    run = Manifest.read(request.folder)
    same = (run.inputs_key and run.chapters == sorted(request.chapters) and run.compare == request.parameters["compare"]
            and run.final == final and not run.moved
            and (run.implied if request.implied else run.period == request.period.name))
    if not same or altered_outputs(request.folder, run) or run.inputs_key != fingerprints.inputs_key(request.editions):
        return None
    return run


def altered_outputs(folder: Path, run: Manifest) -> list[str]:
    """Return the files of a run that are missing or were altered, by their names in its folder."""
    written = {paths.executed(folder, entry.stem): entry.digest for entry in run.notebooks if entry.digest}
    written |= {paths.crate(folder): run.crate}
    files = {name: digest for part in run.parts.values() for name, digest in part.files.items()}
    return fingerprints.altered_files(
        folder, {file.relative_to(folder).as_posix(): digest for file, digest in written.items()} | files)


def verify_outputs(folder: Path) -> list[str]:
    """Return a line for each output that was altered and each that the present inputs would change, none where all belong.

    Raises UserError where the folder has no run, or one that was not concluded.
    """
    run = Manifest.read(folder)
    if not run.finished or not run.edition.rpartition("-")[2].isdecimal():
        raise UserError(f"--verify {yaml_models.display_path(folder)}: holds no run.json of a concluded run: name a folder "
                        "such as outputs/beijing-2020, or make its report first.", exit_code=2)
    return [*(f"与所记不符或已不在：{name}" for name in altered_outputs(folder, run)), *_stale(folder, run)]


def _stale(folder: Path, run: Manifest) -> Iterator[str]:
    """Yield a line for each notebook and part whose cache key has changed, with what has changed."""
    from helpers.cube import cube  # Ibis takes time to import

    city, _, year = run.edition.rpartition("-")
    wanted = dataclasses.replace(request.parse(city, int(year), run.period, run.compare, [], run.product), implied=run.implied)
    edition, period = wanted.edition, wanted.period
    read = [int(key.rpartition("-")[2]) for key in run.stored_inputs.tickets]
    if read != list(cube.years(edition, period, wanted.base)):
        yield f"已过时：{folder.name}（可读取工单的年份有变）"
    inputs, says = fingerprints.inputs(editions.of_years(city, read)), _says(wanted)
    for entry in run.notebooks:
        notebook = paths.notebook(entry.notebook)
        if entry.status in ("failed", "stale"):
            yield f"{summary.STATUS[entry.status]}：{entry.stem}（{entry.reason}）"
        elif entry.key and not notebook.is_file():
            yield f"笔记本已不在：{entry.stem}（{notebook.name}）"
        elif entry.key and entry.key != fingerprints.notebook_key(notebook, entry.parameters, inputs, says(entry)):
            yield f"已过时：{entry.stem}（{'、'.join(fingerprints.changed(entry, run, inputs))} 有变）"
    now = run.replace(narrative=fingerprints.narrative(edition, wanted.part))
    keys = fingerprints.part_keys(now, edition, period, inputs)
    for name, part in run.parts.items():
        if keys.get(name) != part.key:
            yield f"已过时：{'、'.join(file for file in part.files if '/' not in file) or name}（所依据的内容或排印方式有变）"


def _says(wanted: Request) -> Callable[[NotebookEntry], str | None]:
    """Return a function that has what the sheet of a unit says (`unit_sheets.digest`), and None of any other notebook.

    None, too, of a unit without tickets, and of all while the cube is not that of the tickets, which then differ.
    """
    apart = products.read(wanted.product).apart_notebook
    if not apart:
        return lambda entry: None
    from helpers.analysis import unit_sheets, units
    from helpers.analysis.scope import Scope
    from helpers.cube import cube

    if not cube.is_fresh(wanted.edition):
        return lambda entry: None
    loaded = cube.load(wanted.edition, wanted.period, wanted.base)
    scope = Scope(wanted.edition, wanted.period, wanted.base, wanted.parameters["compare"], loaded)
    known = {unit.full: unit for unit in units.every(scope)}
    return lambda entry: unit_sheets.digest(scope, known[entry.parameters[units.UNIT]]) if (
        entry.notebook == apart and entry.parameters[units.UNIT] in known) else None
