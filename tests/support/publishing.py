"""The documents of a report whose contents a test has composed."""

import datetime
from types import SimpleNamespace

import nbformat

from helpers.batch import batch
from helpers.document import document
from helpers.report import fingerprints, plan, request, year_run
from helpers.report.manifest import Manifest
from helpers.report.publisher import write_file
from helpers.settings import editions, paths, periods

YEAR = periods.parse("year", 2020)
NOW = datetime.datetime.now().astimezone()
FACTS = {"data": "simulated", "source": "beijing-2020", "digest": "d" * 64}


def publish(press, *contents, previous=None, early=()):
    """Write the parts of a report of these contents; those whose stems are `early` end while others still run."""
    edition = editions.read("beijing", 2020)
    asked = request.Request(edition, YEAR, YEAR.back(12), {"period": "year", "compare": "year_ago"}, frozenset())
    tasks = [task_of(content, early) for content in contents]
    planned = plan.Plan(asked, YEAR.back(12), FACTS, tasks, fingerprints.Inputs({}, {}, {"helpers/a/b.py": "1"}), "",
                        Manifest(parts=previous or {}))
    year = year_run.YearRun(planned, NOW, press.pool, final=False)
    for content, task in zip(contents, tasks, strict=True):
        if content.status == "done":
            write_file(paths.executed(press.folder, content.stem), nbformat.writes(content.notebook).encode())
        if task.status == "run":
            failure = batch.Failure(content.reason, "", "") if content.status == "failed" else None
            year.end(batch.Outcome(SimpleNamespace(stem=content.stem), content.status, 1.0, NOW, content.notebook, failure))
    return year.write_parts(year.manifest.replace(notebooks=[year.run_entry(task) for task in tasks]), None)


def task_of(content, early):
    entry = document.Entry(content.level, content.title, content.kind, content.stem, content.stem)
    status = {"absent": "no_data", "failed": "run"}.get(content.status, "run" if content.stem in early else "skipped")
    return plan.Task(entry, status, reason=content.reason)
