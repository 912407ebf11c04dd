"""Whether outputs still belong to the present inputs: told by hashes in a moment, without making anything."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from helpers.report import fingerprints, request
from helpers.report.request import Request
from helpers.settings import editions, paths, products, yaml_models
from helpers.settings.errors import UserError


def unchanged(asked: Request, final: bool) -> dict[str, Any] | None:
    """Return the `run.json` of what is asked for, where it was made whole and nothing has changed since; else None.

    Needs neither pandas nor Ibis.
    """
    run = fingerprints.read(asked.folder)
    same = (run.get("inputs") and run["chapters"] == sorted(asked.chapters) and run["compare"] == asked.parameters["compare"]
            and run["final"] == final and not run["moved"])
    if (
        not same
        or altered_outputs(asked.folder, run)
        or run["inputs"] != fingerprints.inputs_key(asked.editions)
    ):
        return None
    return run


def altered_outputs(folder: Path, run: Mapping[str, Any]) -> list[str]:
    """Return the files of a run that are missing or no longer as they were written, by their names in its folder."""
    made = {paths.executed(folder, one["stem"]): one["digest"] for one in run["notebooks"] if one.get("digest")}
    made |= {paths.crate(folder): run.get("crate")}
    files = {name: digest for part in run["parts"].values() for name, digest in part["files"].items()}
    return fingerprints.altered_files(
        folder, {file.relative_to(folder).as_posix(): digest for file, digest in made.items()} | files
    )


def verify_outputs(folder: Path) -> list[str]:
    """Return a line for each thing in which a folder's outputs do not belong to the present inputs, none where all do.

    Raises KnownError where the folder does not hold a run, or one that was not concluded.
    """
    run = fingerprints.read(folder)
    if not run.get("finished"):
        raise UserError(
            f"--verify {yaml_models.display_path(folder)}: holds no run.json of a concluded run: name a folder such as "
            "outputs/beijing-2020, or make its report first.",
            exit_code=2,
        )
    return [*(f"与所记不符或已不在：{name}" for name in altered_outputs(folder, run)), *_stale(folder, run)]


def _stale(folder: Path, run: Mapping[str, Any]) -> Iterator[str]:
    """Yield what would be made anew of the present inputs, and what of these has changed."""
    from helpers.cube import cube
    from helpers.report import publisher  # what counts and prints takes time to import
    from helpers.report.run import reconciliation_key

    city, _, year = run["edition"].rpartition("-")
    asked = request.parse(city, int(year), run["period"], run["compare"], [], run.get("product", products.ANNUAL))
    edition, period = asked.edition, asked.period
    read = [int(key.rpartition("-")[2]) for key in run["grounds"]["tickets"]]
    if read != list(cube.years(edition, period, asked.base)):
        yield f"已过时：{folder.name}（可读取工单的年份有变）"
    grounds = fingerprints.inputs(editions.of_years(city, read))
    for one in run["notebooks"]:
        notebook = paths.notebook(one["notebook"])
        if one["status"] == "failed":
            yield f"失败：{one['stem']}（{one['reason']}）"
        elif one["key"] and not notebook.is_file():
            yield f"笔记本已不在：{one['stem']}（{notebook.name}）"
        elif one["key"] and one["key"] != fingerprints.notebook_key(notebook, one["parameters"], grounds):
            yield f"已过时：{one['stem']}（{'、'.join(fingerprints.changed(notebook, one, run, grounds))} 有变）"
    now = run | {"narrative": fingerprints.narrative(edition, asked.part)}
    keys = publisher.document_keys(now, grounds) | {
        "reconciliation": reconciliation_key(edition, period),
        "changes": run["moved"],
    }
    for name, part in run["parts"].items():
        if keys.get(name) != part["key"]:
            yield f"已过时：{'、'.join(file for file in part['files'] if '/' not in file) or name}（所依据的内容或排印方式有变）"
