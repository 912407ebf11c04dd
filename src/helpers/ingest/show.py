"""Show what an account sums up: quarantined rows by number and file; counts of what was changed and of what is doubtful.

No cell of an export is shown: the account and the quarantine hold none.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import pyarrow as pa

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError
from helpers.tickets import parquet, schema

WHAT = ("quarantine", "changed", "doubted")
_CHANGED = ("renamed", "mended")  # keys of the account


def lines(edition: Edition, what: str, reason: str | None = None) -> Iterator[str]:
    """Yield a line for each reason, file and run of rows that are quarantined, or for each rule with its count.

    `what` is one of `WHAT`; with `reason` only those reasons or rules that contain it. Raises UserError where the edition has no
    tickets of an export, and where nothing is found.
    """
    account = schema.ingest_counts(edition)
    if account is None:
        raise UserError(f"{edition.label} has no tickets of an export: ingest one first.")
    found = _quarantined(edition) if what == "quarantine" else _counted(account, what)
    chosen = [(rule, text) for rule, text in found if reason is None or reason in rule]
    if not chosen:
        raise UserError(f"{edition.label}: nothing of '{what}'{f' with the reason {reason!r}' if reason else ''} in the account.")
    return (text for _, text in chosen)


def _quarantined(edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield reason and line, by reason and file in the order of rows."""
    file = paths.quarantine(edition.key)
    try:
        rows = [row for batch in parquet.batches(file) for row in batch.to_pylist()] if file.exists() else []
    except pa.ArrowInvalid:
        raise UserError(f"{yaml_models.display_path(file)}: is damaged: take it away and ingest again with --replace.") from None
    place = {reason: number for number, reason in enumerate(dict.fromkeys(row["reason"] for row in rows))}
    rows.sort(key=lambda row: (place[row["reason"]], row["file"], row["row"]))
    for (reason, name), group in groupby(rows, key=lambda row: (row["reason"], row["file"])):
        yield reason, f"{name}: rows {_ranges(row['row'] for row in group)}: {reason}"


def _ranges(numbers: Iterable[int]) -> str:
    """Return numbers in order with runs joined: 3, 17-19, 23."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _counted(account: Mapping[str, Mapping[str, int]], what: str) -> Iterator[tuple[str, str]]:
    keys = _CHANGED if what == "changed" else ("nulled",)
    yield from ((rule, f"{number}: {rule}") for key in keys for rule, number in account.get(key, {}).items())
