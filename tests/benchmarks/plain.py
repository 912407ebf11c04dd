"""A year's report the plain way, as a careful analyst would script it: pandas, papermill, nbconvert, WeasyPrint or Chromium.

    python tests/benchmarks/plain.py count|notebooks|html|pdf FOLDER

FOLDER/asked.json says what to make; `compare` writes it. Nothing here knows the package: `count` makes the cube's tables over
again, a year at a time from no column that it does not need. A step is one process that imports its libraries once, or, where
`commands` is asked for, calls the command of papermill, nbconvert or WeasyPrint for each notebook, as a shell script would.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

EVERY = ["ticket_id", "received_at", "channel", "source", "kind", "category", "subcategory", "topic", "tags", "handling",
         "dispatches", "exclusion", "assessment", "longitude", "latitude", "place_key"]
APPLIES = {  # columns of which only some tickets can be expected to say something
    "dispatched": ["owner_level", "owner", "dispatched_at", "due_at", "closed_at", "on_time", "status"],
    "districts": ["district"],
    "subdistricts": ["subdistrict", "community"],
    "assessed": ["reached", "contacted", "resolved", "satisfied"],
}
COLUMNS = [*EVERY, *(name for names in APPLIES.values() for name in names)]
ANSWERS = {"resolved": ["resolved", "partly", "unresolved"], "satisfied": ["satisfied", "basically", "dissatisfied"]}
UNITS = ["owner_level", "district", "subdistrict", "owner"]
MATTERS = ["category", "subcategory"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def read(file: str) -> pd.DataFrame:
    """Return the tickets of a year, but for their ids, which are never missing and so need not be read to be counted."""
    return pd.read_parquet(file, columns=[name for name in COLUMNS if name != "ticket_id"])


def tables(rows: pd.DataFrame, month_starts_on: int = 1) -> dict[str, pd.DataFrame]:
    """Return each table of a cube, by name."""
    received, level = rows.received_at.dt, rows.owner_level.fillna("subdistrict")
    rows = rows.assign(year=received.year, month=received.month, weekday=received.day_of_week + 1, hour=received.hour)
    dispatched, assessed = rows.handling.fillna("dispatched") == "dispatched", rows.assessment.fillna("none") != "none"
    bases = {"dispatched": dispatched, "districts": dispatched & level.isin(["district_department", "subdistrict"]),
             "subdistricts": dispatched & (level == "subdistrict"), "assessed": assessed}
    valid = assessed & rows.resolved.notna() & rows.satisfied.notna()
    labelled = rows.drop(columns="tags").join(labels(rows), how="right")
    sent, own = dispatched[labelled.index], (dispatched & rows.owner.notna())[labelled.index]
    units = ["owner_level", "district", "subdistrict", "owner"]
    return {
        "channels": counted(rows, ["channel", "source", "kind", "handling"]),
        "calls": counted(rows, ["handling", "category", "subcategory", "topic"]),
        "tags": counted(labelled, ["tag", "handling", "category", "subcategory"]),
        "hours": counted(rows, ["weekday", "hour"]),
        "days": counted(rows.assign(day=received.day), ["day"], timed=rows.received_at != received.normalize()),
        "areas": counted(rows, ["owner_level", "district", "subdistrict", "category"], bases["districts"]),
        "owners": counted(rows, ["owner_level", "district", "owner"], dispatched & rows.owner.notna()),
        "funnel": counted(rows, ["handling", "owner_level", "exclusion"],
                          assessed=assessed, reached=assessed & rows.reached.eq(True), valid=valid),
        "outcomes": outcomes(rows, assessed, valid, month_starts_on, UNITS, pairs=True),
        "category_outcomes": outcomes(rows, assessed, valid, month_starts_on, MATTERS),
        "unit_category_outcomes": outcomes(rows, assessed, valid, month_starts_on, [*UNITS, "category"]),
        "category_handling": handling(rows, dispatched, MATTERS),
        "unit_handling": handling(rows, dispatched, UNITS),
        "durations": counted(rows.assign(days=days(rows.closed_at, rows)), ["owner_level", "district", "days"], dispatched,
                             due=rows.on_time.notna(), on_time=rows.on_time.eq(True)),
        "dispatching": counted(rows.assign(days=days(rows.dispatched_at, rows)), ["dispatches", "days"], dispatched),
        "backlog": counted(rows.assign(day=received.day, until=until(rows)), ["day", "status", "until"],
                           dispatched & rows.status.notna()),
        "closings": counted(rows.assign(hours=hours(rows)), ["hours"], dispatched & rows.closed_at.notna()),
        "coverage": coverage(rows, bases),
        "tag_kinds": counted(kinds(rows), ["tag", "tag_kind", "matter"]),
        "tag_areas": counted(labelled, ["tag", *units[:3]], sent),
        "tag_owners": counted(labelled, ["tag", "owner_level", "district", "owner"], own),
        "tag_outcomes": outcomes(labelled, assessed[labelled.index], valid[labelled.index], month_starts_on, ["tag", *UNITS],
                                 pairs=True),
        "replies": outcomes(rows, assessed, valid, month_starts_on, ["owner_level", "district", *MATTERS], pairs=True),
    }


def counted(rows: pd.DataFrame, dimensions: list[str], where: pd.Series | None = None, **met: pd.Series) -> pd.DataFrame:
    """Count tickets (of those in `where`), and of these the ones that meet each condition, by year, month and dimensions."""
    by = ["year", "month", *dimensions]
    asked = rows[by].assign(tickets=1, **met)
    asked = asked if where is None else asked[where]
    return asked.groupby(by, observed=True, dropna=False, as_index=False).sum()


def labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each label of each ticket, whatever its kinds and matters, by the ticket's index."""
    tags = rows.tags[rows.tags.str.len() > 0].explode().str.split("/").str[0].rename("tag")
    return tags.to_frame().assign(ticket=tags.index).drop_duplicates().drop(columns="ticket")


def handling(rows: pd.DataFrame, dispatched: pd.Series, by: list[str]) -> pd.DataFrame:
    """Count how dispatched tickets were handled."""
    spent = days(rows.closed_at, rows)
    return counted(rows, by, dispatched, repeated=rows.exclusion.eq("duplicate"), redispatched=rows.dispatches.gt(1),
                   due=rows.on_time.notna(), on_time=rows.on_time.eq(True), closed=spent.notna(),
                   days_spent=spent.fillna(0).astype(int))


def kinds(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each label of each ticket that has a kind, or a kind and a matter."""
    tags = rows.loc[rows.tags.str.len() > 0, ["year", "month", "tags"]].explode("tags")
    parts = tags.tags.str.split("/", expand=True).reindex(columns=range(3)).set_axis(["tag", "tag_kind", "matter"], axis=1)
    return pd.concat([tags, parts], axis=1)[parts["tag_kind"].notna()]


def outcomes(rows: pd.DataFrame, assessed: pd.Series, valid: pd.Series, month_starts_on: int, by: list[str],
             pairs: bool = False) -> pd.DataFrame:
    """Count the assessed by the month of their assessment, and what the valid ones among their callers said."""
    months = rows.month - 1 + ((rows.received_at.dt.day >= month_starts_on) if month_starts_on > 1 else 0)
    answers = {level: valid & (rows[column] == level) for column, levels in ANSWERS.items() for level in levels}
    contacted = valid & rows.contacted.eq(True)
    both = {f"{first}_{second}": answers[first] & answers[second] for first in ANSWERS["resolved"][:-1]
            for second in ANSWERS["satisfied"][:-1]}
    both |= {f"{level}_contacted": answers[level] & contacted for levels in ANSWERS.values() for level in levels[:-1]}
    return counted(
        rows.assign(year=rows.year + months // 12, month=months % 12 + 1),
        by,
        assessed,
        reached=rows.reached.eq(True),
        contacted=contacted,
        contact_known=valid & rows.contacted.notna(),
        valid=valid,
        **answers,
        **(both if pairs else {}),
    ).rename(columns={"tickets": "assessed"})


def days(until: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Return the calendar days from the date that a ticket was received."""
    return (until.dt.normalize() - rows.received_at.dt.normalize()).dt.days


def until(rows: pd.DataFrame) -> pd.Series:
    """Return the month in which a closed ticket was closed, counted from the year 0."""
    return (rows.closed_at.dt.year * 12 + rows.closed_at.dt.month - 1).where(rows.status == "closed")


def hours(rows: pd.DataFrame) -> pd.Series:
    """Return the begun hours from receipt to closing, where both have a time."""
    timed = [at != at.dt.normalize() for at in (rows.received_at, rows.closed_at)]
    return -((rows.received_at - rows.closed_at) // pd.Timedelta(hours=1)).where(timed[0] & timed[1] & rows.closed_at.notna())


def coverage(rows: pd.DataFrame, bases: dict[str, pd.Series]) -> pd.DataFrame:
    """Count by month how many tickets a column applies to, and how many of them have a value in it."""
    base = {name: bases[one] for one, names in APPLIES.items() for name in names}
    parts = []
    for name in COLUMNS:
        known = rows.tags.str.len() > 0 if name == "tags" else rows.get(name, rows.received_at).notna()
        applies = base.get(name, rows.received_at.notna())
        sums = pd.DataFrame({"year": rows.year, "month": rows.month, "tickets": applies, "known": applies & known})
        parts.append(sums.groupby(["year", "month"], as_index=False).sum().assign(column=name))
    return pd.concat(parts)[["year", "month", "column", "tickets", "known"]]


def count(folder: Path, asked: dict[str, Any]) -> None:
    """Write the tables of each year."""
    for name, (file, month_starts_on) in asked["tickets"].items():
        for table, found in tables(read(file), month_starts_on).items():
            (folder / "cube" / name).mkdir(parents=True, exist_ok=True)
            found.to_parquet(folder / "cube" / name / f"{table}.parquet", index=False)


def notebooks(folder: Path, asked: dict[str, Any]) -> None:
    """Run each notebook with its parameters."""
    for stem, notebook, parameters in asked["notebooks"]:
        executed = str(folder / f"{stem}.ipynb")
        if asked["commands"]:
            command("papermill", notebook, executed, "--parameters_yaml", json.dumps(parameters))
        else:
            import papermill  # here, as below: a step does not pay for what the others use

            papermill.execute_notebook(notebook, executed, parameters)


def html(folder: Path, asked: dict[str, Any]) -> None:
    """Make a page of each notebook."""
    for stem, *_ in asked["notebooks"]:
        executed = str(folder / f"{stem}.ipynb")
        if asked["commands"]:
            command("nbconvert", "--to", "html", executed)
        else:
            import nbconvert

            (folder / f"{stem}.html").write_text(nbconvert.HTMLExporter().from_filename(executed)[0], encoding="utf-8")


def pdf(folder: Path, asked: dict[str, Any]) -> None:
    """Print each page."""
    printer = press()
    for stem, *_ in asked["notebooks"]:
        page, paper = folder / f"{stem}.html", folder / f"{stem}.pdf"
        if printer != "weasyprint":
            root = ["--no-sandbox"] if os.geteuid() == 0 else []
            subprocess.run([printer, "--headless", *root, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri()],
                           check=True)
        elif asked["commands"]:
            command("weasyprint", str(page), str(paper))
        else:
            import weasyprint

            weasyprint.HTML(page).write_pdf(paper)


def command(module: str, *words: str) -> None:
    """Run what a shell would, in a process of its own."""
    subprocess.run([sys.executable, "-m", module, *words], check=True)


def press() -> str | None:
    """Return what prints a page: `weasyprint`, or else a browser's file, or else None."""
    try:
        import weasyprint
    except (ImportError, OSError):  # OSError: it is there, the libraries that it draws with are not
        return next(filter(None, map(shutil.which, BROWSERS)), None)
    return weasyprint.__name__


STEPS = {"count": count, "notebooks": notebooks, "html": html, "pdf": pdf}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    STEPS[options.step](options.folder, json.loads((options.folder / "asked.json").read_text(encoding="utf-8")))
