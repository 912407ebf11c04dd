"""Look at what a report is made of and where it is written, before anything is: each mistake is one sentence."""

import json
from pathlib import Path
from typing import Any

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError, did_you_mean
from helpers.tickets import schema

COUNTED = {"zones": "district", "aspects": "resolved", "index": "district",  # what is no column needs tickets with one
           **dict.fromkeys(("published", "proposals", "real", "history"), "received_at")}
NEEDS = (*COUNTED, *schema.SCHEMA.names)
_BYTES = 16 << 20  # of a notebook: saved outputs may hold pictures
_MANAGED = ("notebooks", "chapters", "tables", "figures", "logs", "units")


def check_notebook(file: Path) -> None:
    """Raise UserError where a notebook is no Jupyter notebook of format 4, or says of itself what the planner cannot read."""
    place = yaml_models.display_path(file)
    try:
        contents = json.loads(yaml_models.read_text(file, _BYTES))
    except (ValueError, RecursionError):
        raise UserError(f"{place}: is no notebook: open it in JupyterLab and save it again, or restore it from git.") from None
    if not isinstance(contents, dict) or contents.get("nbformat") != 4 or not _has_cells(contents):
        raise UserError(f"{place}: is no notebook of format 4: open it in JupyterLab and save it again.")
    hotline = contents.get("metadata", {}).get("hotline", {}) if isinstance(contents.get("metadata"), dict) else None
    if not isinstance(hotline, dict):
        raise UserError(f"{place}: metadata.hotline must be a block of keys and values: needs, optional.")
    needs = hotline.get("needs", [])
    for need in needs if isinstance(needs, list) else [needs]:
        if need not in NEEDS or not isinstance(needs, list):
            raise UserError(f"{place}: metadata.hotline.needs: {need!r} is not in a list of columns of tickets, "
                            f"{', '.join(COUNTED)}.{did_you_mean(str(need), NEEDS)}")


def _has_cells(contents: dict[str, Any]) -> bool:
    cells = contents.get("cells")
    return isinstance(cells, list) and all(
        isinstance(cell, dict) and {"cell_type", "source", "metadata"} <= cell.keys() and isinstance(cell["metadata"], dict)
        and isinstance(cell["source"], str | list) for cell in cells)


def check_references(edition: Edition) -> None:
    """Raise UserError where an edition names a file of places or boundaries that is not there."""
    named = {"places": edition.places, "boundaries.file": edition.boundaries and edition.boundaries.file}
    file = yaml_models.display_path(paths.edition(edition.city, edition.year))
    for key, name in named.items():
        if name and not paths.reference(name).is_file():
            folder = paths.reference(name).parent
            raise UserError(f"{file}: {key}: {yaml_models.display_path(paths.reference(name))} is not there."
                            f"{did_you_mean(Path(name).name, (other.name for other in folder.glob('*.*')))}")


def check_outputs(folder: Path) -> None:
    """Raise UserError where outputs would be written, and stale ones removed, elsewhere through a link, or over a folder."""
    for place in [folder / name for name in _MANAGED]:
        if place.is_symlink():
            raise UserError(f"{yaml_models.display_path(place)}: is a link to {place.resolve()}, where files would be "
                            "overwritten and removed: take the link away; --outputs FOLDER writes elsewhere.")
        if place.exists() and not place.is_dir():
            raise UserError(f"{yaml_models.display_path(place)}: is a file where a folder is needed: take it away.")
        for file in [*folder.glob("*.*"), *place.glob("*.*")]:
            if file.is_dir():
                raise UserError(f"{yaml_models.display_path(file)}: is a folder where a file is written: take it away.")
