"""Measure the stretches of the road, each in processes of its own: seconds, processor seconds, peak memory of the process tree.

    python tests/benchmarks/bench.py --city beijing --year 2020 --before 2019 [--only cube count] [--runs 3]

Seconds differ from machine to machine, so the last column is what to compare: wall time over that of `count`, one plain count
of the year's tickets by month and category, less the start of Python in both. Memory is given twice: `rss` counts pages that
processes share once for each of them, `pss` (Linux) once in all, which is what the machine needs.
"""

import argparse
import statistics
import subprocess
import sys
import time

import psutil

EVERY = 0.25  # seconds between samples; a process that lives less is missed
COUNT = """
from helpers.settings import editions
from helpers.tickets import schema
rows = schema.read(editions.read({city!r}, {year}))
month = dict(year=rows.received_at.year(), month=rows.received_at.month(), category=rows.category)
rows.aggregate(by=month, tickets=rows.count()).to_pyarrow()
"""
SIMULATE = """
from helpers.settings import editions, paths
from helpers.simulate import simulate
edition = editions.read({city!r}, {year})
paths.tickets(edition.key).unlink(missing_ok=True)
simulate.prepare(edition)
"""
HOME = """
import json, os, pathlib, shutil, tempfile
home = pathlib.Path(tempfile.gettempdir()) / "hotline-bench"
"""
EXPORT = HOME + """
from helpers import engines, paths, tickets
for folder in ("editions", "products", "mappings", "crosswalks", "reference"):
    shutil.copytree(paths.DATA / folder, home / "data" / folder, dirs_exist_ok=True)
names = dict(ticket_id="诉求编号", source="诉求来源", dispatched_at="派发时间", received_at="来电时间", due_at="时限要求",
             closed_at="回复时间", category="一级分类", subcategory="二级分类", topic="三级分类", kind="诉求性质",
             handling="办理方式", district="区级", subdistrict="街/乡/镇", owner="主办单位", exclusion="剔除原因",
             assessment="考核", contacted="响应", resolved="解决", satisfied="满意")
words = dict(contacted=dict(true=True, false=False))
words |= {{ours: dict(zip(told, told)) for ours, told in tickets.VALUES.items()}}
columns = {{ours: dict(column=theirs) | (dict(values=words[ours]) if ours in words else {{}}) for ours, theirs in names.items()}}
mapping = json.dumps(dict(source="a benchmark", columns=columns), ensure_ascii=False)
(home / "data" / "mappings" / "bench.yml").write_text(mapping, encoding="utf-8")
asked = ", ".join(ours + ' AS "' + theirs + '"' for ours, theirs in names.items()) + ", '张' || hash(ticket_id) % 1000 AS 来电人"
later = asked.replace("resolved AS", "CASE WHEN hash(ticket_id) % 10 = 0 THEN 'resolved' ELSE resolved END AS")
engine = engines.connect()
engine.raw_sql("SET preserve_insertion_order = false")
for name, told in (("year.csv", asked), ("later.csv", later)):
    rows = "SELECT " + told + " FROM '" + str(paths.tickets({city!r}, {year})) + "'"
    engine.raw_sql("COPY (" + rows + ") TO '" + str(home / name) + "' (FORMAT csv, HEADER)")
"""
INGEST = HOME + """
os.environ["HOTLINE_HOME"] = str(home)
from helpers import ingest, paths
place, held = paths.tickets({city!r}, {year}), home / "held.parquet"
if {again}:
    shutil.copy(held, place)
file = home / ("later.csv" if {again} else "year.csv")
ingest.ingest([file], {city!r}, {year}, home / "data" / "mappings" / "bench.yml", replace=not {again})
if not {again}:
    shutil.copy(place, held)
"""
PDF = """
import json, nbformat
from helpers import document, editions, paths, periods, tickets, typeset
edition, folder = editions.read({city!r}, {year}), paths.outputs({city!r}, {year}, "year")
run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
results = [document.Result(one["stem"], nbformat.read(folder / "notebooks" / (one["stem"] + ".ipynb"), as_version=4), "done",
                           one["title"], 1) for one in run["notebooks"] if one["status"] != "absent"]
span = periods.parse("year", {year})
typeset.pdf(document.assemble(edition, span, span.back(12), results, tickets.facts({city!r}, {year})))
"""
EDITION = ["--city", "{city}", "--year", "{year}"]
STEPS = {
    "start": ["-c", "import ibis, nbformat, pandas, helpers.cube"],
    "count": ["-c", COUNT],
    "simulate the year before": ["-c", SIMULATE.replace("{year}", "{before}")],
    "simulate the year": ["-c", SIMULATE],
    "cube": ["-c", "from helpers.cube import cube; from helpers.settings import editions; "
                   "cube.build(editions.read({city!r}, {year}), force=True)"],
    "report": ["-m", "helpers.report", *EDITION, "--force"],
    "report, nothing changed": ["-m", "helpers.report", *EDITION],
    "bulletin": ["-m", "helpers.report", *EDITION, "--product", "bulletin", "--period", "M06", "--force"],
    "quarter": ["-m", "helpers.report", *EDITION, "--product", "quarter", "--period", "Q2", "--force"],
    "brief": ["-m", "helpers.report", *EDITION, "--product", "brief", "--topic", "供暖", "--period", "M11..M12", "--force"],
    "pdf": ["-c", PDF],
    "export the year as CSV": ["-c", EXPORT],
    "ingest it": ["-c", INGEST.replace("{again}", "False")],
    "ingest a later export": ["-c", INGEST.replace("{again}", "True")],
}


def sample(root: psutil.Process) -> list[tuple[int, int, int, float]]:
    """Return process id, rss and pss in bytes, and processor seconds, of each process of a tree that still lives."""
    found = []
    for process in [root, *root.children(recursive=True)]:
        try:
            memory, times = process.memory_full_info(), process.cpu_times()
        except psutil.Error:  # it ended while it was looked at
            continue
        found.append((process.pid, memory.rss, getattr(memory, "pss", memory.rss), times.user + times.system))
    return found


def measure(command: list[str]) -> tuple[float, float, float, float]:
    """Run a command; return wall seconds, processor seconds, and the peaks of rss and pss in MB."""
    begin = time.perf_counter()
    run = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root, rss, pss, processor = psutil.Process(run.pid), 0, 0, {}
    while run.poll() is None:
        rows = sample(root)
        rss, pss = max(rss, sum(row[1] for row in rows)), max(pss, sum(row[2] for row in rows))
        processor |= {row[0]: row[3] for row in rows}
        time.sleep(EVERY)
    if run.returncode:
        sys.exit(f"{' '.join(command)[:80]} ended with exit code {run.returncode}")
    return time.perf_counter() - begin, sum(processor.values()), rss / 1e6, pss / 1e6


def main() -> None:
    """Print the medians of a few runs of each step."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--before", type=int, default=2019)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=STEPS, default=list(STEPS))
    options = parser.parse_args()
    names = list(dict.fromkeys(["start", "count", *options.only]))
    found = {}
    measure(STEPS["start"])  # files are read from disk once
    for name in names:
        command = [part.format(**vars(options)) for part in STEPS[name]]
        runs = [measure(command) for _ in range(options.runs)]
        found[name] = [statistics.median(figures) for figures in zip(*runs, strict=True)]
    start, counted = found["start"][0], found["count"][0]
    print(f"{'':26}{'wall s':>8}{'CPU s':>8}{'rss MB':>8}{'pss MB':>8}{'/ count':>9}")
    for name, (wall, processor, rss, pss) in found.items():
        print(f"{name:26}{wall:8.1f}{processor:8.1f}{rss:8.0f}{pss:8.0f}{(wall - start) / (counted - start):9.1f}")


if __name__ == "__main__":
    main()
