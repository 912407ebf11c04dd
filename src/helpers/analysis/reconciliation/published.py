"""Read and validate the transcription of a published report, `data/published/<city>-<year>/`; nothing else reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from helpers.analysis.reconciliation import expressions, intervals
from helpers.settings import paths
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.settings.yaml_models import StrictModel, display_path, validation_message

COLUMNS = {
    "figures": ["id", "section", "chapter", "subject", "parent", "measure", "period", "printed", "unit", "value", "decimals",
                "approx", "line"],
    "rankings": ["list_id", "section", "position", "rank", "entity", "parent", "tie", "line"],
    "claims": ["claim_id", "section", "subject", "parent", "claim_type", "form", "strictness", "line"],
}
EXCUSED = 6  # at most: what is excused is not checked


class Erratum(StrictModel):
    """A contradiction within the printed report, valid while `expect` holds of the printed values.

    `rows` are excused from being met; `concerns` are touched and must be met; `reads` maps the text's wrong name to the
    right one; `reason` is for those who read the file, `words` is what the appendix prints.
    """

    id: str
    rows: list[str]
    concerns: list[str] = []
    reads: dict[str, str] = {}
    reason: str
    words: str
    expect: str


@dataclass(frozen=True)
class Published:
    """Printed figures, entries of lists and claims (strings, as in the files), and known contradictions."""

    figures: pd.DataFrame
    rankings: pd.DataFrame
    claims: pd.DataFrame
    errata: list[Erratum]

    @property
    def excused(self) -> dict[str, Erratum]:
        """The erratum of each row that is excused; a row of a list is `list_id#position`."""
        return {row: erratum for erratum in self.errata for row in erratum.rows}


def exists(edition: Edition) -> bool:
    """Return whether an edition's published report is transcribed."""
    return (paths.published(edition.key) / "figures.csv").is_file()


def read(edition: Edition) -> Published:
    """Read an edition's published report. Raises UserError for a wrong column, and for errata that no longer hold."""
    folder = paths.published(edition.key)
    rows = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in COLUMNS}
    for name, columns in COLUMNS.items():
        if list(rows[name].columns) != columns:
            raise UserError(f"{display_path(folder / name)}.csv: its columns must be {', '.join(columns)}.")
    return validated(Published(**rows, errata=_errata(folder / "errata.yml")))


def _errata(file: Path) -> list[Erratum]:
    try:
        return [Erratum.model_validate(entry) for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []]
    except ValidationError as error:
        raise validation_message(error, file, Erratum) from None


def validated(published: Published) -> Published:
    """Return a published report whose errata are valid.

    Raises UserError where more than six rows are excused, where an excused row does not exist, and where an erratum's
    `expect` no longer holds of the printed values: then the contradiction is gone, and with it the excuse.
    """
    excused = [row for erratum in published.errata for row in erratum.rows]
    if len(excused) > EXCUSED:
        raise UserError(f"errata.yml excuses {len(excused)} rows: at most {EXCUSED} may be.")
    known = set(published.figures["id"]) | set(published.claims["claim_id"]) | set(_entries(published.rankings))
    for row in excused:
        if row not in known:
            raise UserError(f"errata.yml excuses '{row}', which is no row of the published files: take it out.")
    words = _words(published.figures, published.rankings)
    for erratum in published.errata:
        if not expressions.holds(erratum.expect, words):
            raise UserError(f"erratum '{erratum.id}' in errata.yml no longer holds: its `expect` does not hold of the "
                             "printed values. Mend it or take it out.")
    return published


def _entries(rankings: pd.DataFrame) -> Iterable[str]:
    return rankings["list_id"] + "#" + rankings["position"]


def _words(figures: pd.DataFrame, rankings: pd.DataFrame) -> expressions.Functions:
    """Return the functions of `expect`, over printed values only (form.md)."""
    rows = {row["id"]: row for row in figures.to_dict("records")}
    places = {(row.list_id, row.entity): int(row.position) for row in rankings.itertuples()}
    lines = {**dict(zip(rankings["list_id"], rankings["line"], strict=True)), **{name: row["line"] for name, row in rows.items()}}
    return {
        "value": lambda name: float(_bound(rows, name, 0)),
        "low": lambda name: float(_bound(rows, name, -1)),
        "high": lambda name: float(_bound(rows, name, 1)),
        "added": lambda pattern: float(sum(_bound(rows, name, 0) for name in rows if fnmatchcase(name, pattern))),
        "position": lambda list_id, entity: places.get((list_id, entity), 0),
        "line": lambda name: int(lines[name]),
        "round": round,
    }


def _bound(rows: Mapping[str, Mapping[str, str]], name: str, side: int) -> Any:
    """Return a printed value (side 0), or the lower (−1) or upper (1) bound of what rounds to it."""
    if name not in rows:
        raise UserError(f"errata.yml speaks of '{name}', which is no row of figures.csv.")
    row = rows[name]
    return Decimal(row["value"]) + side * intervals.unit(row["unit"], int(row["decimals"])) / 2
