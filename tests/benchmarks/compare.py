"""Side by side, in one run: the report, and the same notebooks the plain way; seconds, processor seconds, peak memory of each.

    python tests/benchmarks/compare.py --city beijing --year 2020 [--runs 3] [--commands] [--notebooks 3]

Ours is `helpers.report` in a home of its own with nothing but tickets: no cube, no outputs. The plain way is `plain`, one step
after another, each a process: pandas counts the same Parquet, and must count what the cube does; papermill runs the same
notebooks with the same parameters and its defaults; nbconvert makes a page of each, WeasyPrint (or else Chromium) a PDF of that.
A step imports its libraries once; with --commands it starts a command for each notebook instead, as shell scripts do.
Chapters read a cube, so papermill's find the one that ours has made: counting with pandas stands for making it. Ours uses every
core; it also makes what the plain way does not: one document of all, Word, workbooks, CSV, pictures. Measured as by `bench`.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import bench
import measures
import pandas as pd
import plain

from helpers.settings import paths

OWN = {"tickets", "cube", "raw", "quarantine"}  # below data/: never shared with the checkout
OURS = "ours: the report"
WARM = "import helpers.report.command, nbconvert, papermill, pandas"
ADVICE = "nothing prints HTML here: pip install weasyprint (it draws with Debian's libpangoft2-1.0-0) or install Chromium"
Figures = tuple[float, ...]


def home(place: Path) -> Path:
    """Make a home of links to the checkout's data. Of tickets only the files are links: what replaces one stays in the home."""
    shared = [one for one in paths.DATA.iterdir() if one.name not in OWN]
    for source in [paths.NOTEBOOKS, *shared, *(paths.DATA / "tickets").glob("*/tickets.parquet")]:
        link = inside(place, source)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source.resolve())
    return place


def inside(place: Path, file: Path) -> Path:
    """Return where a file of the checkout is in a home."""
    return place / file.relative_to(paths.ROOT)


def ask(folder: Path, place: Path, run: dict[str, Any], limit: int | None, commands: bool) -> int:
    """Write down for the plain way what a run of ours has read and run, and return how many notebooks that are."""
    editions = {key: one for key, one in run["grounds"]["editions"].items() if key in run["grounds"]["tickets"]}
    tickets = {
        key: [
            str(inside(place, paths.tickets(paths.edition_key(one["city"], one["year"])))),
            one["assessment"]["month_starts_on"],
        ]
        for key, one in editions.items()
    }
    notebooks = [[one["stem"], str(inside(place, paths.notebook(one["notebook"]))), one["parameters"]]
                 for one in run["notebooks"] if one["status"] == "done"][:limit]
    folder.mkdir()
    asked = {"tickets": tickets, "notebooks": notebooks, "commands": commands}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    return len(notebooks)


def once(city: str, year: int, limit: int | None, commands: bool) -> dict[str, Figures]:
    """Make the report both ways, and return what each step took."""
    with tempfile.TemporaryDirectory(prefix="hotline-compare-") as folder:
        place = home(Path(folder).resolve())
        os.environ["HOTLINE_HOME"] = str(place)
        found = {OURS: step(OURS, ["-m", "helpers.report", "--city", city, "--year", str(year)])}
        run = json.loads(
            inside(place, paths.run(paths.outputs(paths.edition_key(city, year), "year"))).read_text(encoding="utf-8")
        )
        count = ask(place / "plain", place, run, limit, commands)
        for name in plain.STEPS:
            said = f"plain: {name}" if name == "count" else f"plain: {name}, {count}"
            found[said] = step(said, [plain.__file__, name, str(place / "plain")])
            if name == "count":
                agree(place / "plain" / "cube", inside(place, paths.cube(paths.edition_key(city, year))).parent)
    return found


def step(name: str, command: list[str]) -> Figures:
    """Measure a command and say so while it runs."""
    print(f"{name} …", file=sys.stderr, flush=True)
    return bench.measure(command)


def agree(counted: Path, cubes: Path) -> None:
    """Stop where the plain way has counted anything else than the cube: then there is nothing to compare."""
    files = sorted(file.relative_to(cubes) for file in cubes.glob("*/*.parquet"))
    if not files or files != sorted(file.relative_to(counted) for file in counted.glob("*/*.parquet")):
        sys.exit("the plain way has other tables than the cube")
    for file in files:
        if not same(pd.read_parquet(counted / file), pd.read_parquet(cubes / file)):
            sys.exit(f"the plain way has counted something else than the cube in {file}")
    print(f"       the counts agree in {len(files)} tables", file=sys.stderr)


def same(rows: pd.DataFrame, others: pd.DataFrame) -> bool:
    """Return whether two tables have the same columns and the same rows, whatever their order and their kinds of numbers."""
    if set(rows) != set(others) or len(rows) != len(others):
        return False
    ordered = [one[list(others)].sort_values(list(others), ignore_index=True) for one in (rows, others)]
    return all(((one == other) | (one.isna() & other.isna())).all()
               for one, other in ((ordered[0][name], ordered[1][name]) for name in others))


def total(steps: list[Figures]) -> Figures:
    """Return the sums of times and the highest of peaks: steps follow one another."""
    wall, processor, rss, pss = zip(*steps, strict=True)
    return sum(wall), sum(processor), max(rss), max(pss)


def warm(city: str) -> None:
    """Have everything read from disk once, so that who goes first does not pay for it."""
    for file in (paths.DATA / "tickets").glob(f"{city}-*/tickets.parquet"):
        file.read_bytes()
    step("everything is read from disk once", ["-c", WARM])


def main() -> None:
    """Print the medians of a few runs of each step, the totals, and how many times ours goes into the plain way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--commands", action="store_true", help="the plain way as a shell script: a command a notebook")
    parser.add_argument("--notebooks", type=int, help="only so many of them the plain way: a trial, without ratios")
    parser.add_argument("--write", action="store_true", help="keep the plain way's figures for the READMEs' tables")
    options = parser.parse_args()
    printer = plain.press()
    if not printer:
        print(ADVICE, file=sys.stderr)
        sys.exit(2)
    if not paths.tickets(paths.edition_key(options.city, options.year)).exists():
        sys.exit(f"no tickets: run python -m helpers.report --city {options.city} --year {options.year} --prepare first")
    warm(options.city)
    before = bench.busy()
    runs = [once(options.city, options.year, options.notebooks, options.commands) for _ in range(options.runs)]
    found = {name: tuple(map(statistics.median, zip(*(run[name] for run in runs), strict=True))) for name in runs[0]}
    whole = total([figures for name, figures in found.items() if name != OURS])
    print(f"{'':26}{'wall s':>8}{'CPU s':>8}{'rss MB':>8}{'pss MB':>8}")
    for name, (wall, processor, rss, pss) in (found | {f"plain, printed by {Path(printer).name}": whole}).items():
        print(f"{name:26}{wall:8.1f}{processor:8.1f}{rss:8.0f}{pss:8.0f}")
    if options.write and not options.notebooks:
        foreign = bench.others(before, [figures for run in runs for figures in run.values()])
        measures.keep("plain", whole[0], whole[1], whole[3], runs=options.runs, others=foreign)
        measures.write_readmes()
    if not options.notebooks:
        print(f"{'plain / ours':26}" + "".join(f"{theirs / own:8.1f}" for theirs, own in zip(whole, found[OURS], strict=True)))


if __name__ == "__main__":
    main()
