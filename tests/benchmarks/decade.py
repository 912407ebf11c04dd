"""Measure a run of one, two, five and ten years: time should grow in proportion to the years, memory should not.

    python tests/benchmarks/decade.py HOME --city beijing --year 2020 [--years 1 2 5 10] [--tickets 300000]

HOME is a folder of the script's own. Each year is an edition that extends the given one, with a sample of its tickets moved to
that year; so nothing is published of it, and its reconciliation is absent. Cubes are made before: the report is measured.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bench
import measures
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from helpers.settings import editions, paths
from helpers.tickets import schema

OWN = {"editions", "tickets", "cube", "raw", "quarantine"}  # below data/: never shared with the checkout
TIMES = [field.name for field in schema.SCHEMA if pa.types.is_timestamp(field.type)]
WRITE = "import decade; decade.write({city!r}, {source}, {years!r}, {count}, {file!r})"


def home(place: Path, city: str, source: int, years: list[int]) -> None:
    """Lay a home whose data are links to the checkout's, but for editions, tickets and cubes of these years."""
    for folder in OWN:
        (place / "data" / folder).mkdir(parents=True, exist_ok=True)
    shared = [one for one in paths.DATA.iterdir() if one.name not in OWN and not one.name.startswith(".")]
    for one, folder in [(paths.NOTEBOOKS, place), *((one, place / "data") for one in shared)]:
        if not (folder / one.name).is_symlink():
            (folder / one.name).symlink_to(one.resolve())
    shutil.copy(paths.edition(city, source), place / "data" / "editions" / "model.yml")
    for year in years:
        told = {"extends": "model", "city": city, "year": year, "simulation": None}
        (place / "data" / "editions" / f"{city}-{year}.yml").write_text(yaml.safe_dump(told), encoding="utf-8")


def write(city: str, source: int, years: list[int], count: int, file: str) -> None:
    """Write a sample of a year's tickets for each of the years, every time moved by as many days as lie between them."""
    rows = pq.read_table(file)
    chosen = np.sort(np.random.default_rng(source).choice(len(rows), min(count, len(rows)), replace=False))
    sample = rows.take(pa.array(chosen)).combine_chunks()
    for year in years:
        days = np.datetime64(f"{year}-01-01") - np.datetime64(f"{source}-01-01")
        moved = sample
        for name in TIMES:
            place = moved.schema.get_field_index(name)
            times = pc.add(moved[name], pa.scalar(days.astype("timedelta64[us]").item(), pa.duration("us")))
            moved = moved.set_column(place, name, times.cast(schema.SCHEMA.field(name).type))
        inside = pc.equal(pc.year(moved["received_at"]), year)  # a leap year's last day falls into the next
        schema.write(
            editions.read(city, year),
            moved.filter(inside).combine_chunks().to_batches(),
            data="export",
            source=f"moved to {year}",
            digest=f"{source} moved to {year}: {count}",
        )


def main() -> None:
    """Print a line for each number of years."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--years", type=int, nargs="+", default=[1, 2, 5, 10])
    parser.add_argument("--tickets", type=int, default=300_000)
    parser.add_argument("--write", action="store_true", help="keep the figures of most years for the READMEs' tables")
    options = parser.parse_args()
    city, place, most = options.city, options.home.resolve(), max(options.years)
    years = [options.year - most + 1 + number for number in range(most)]
    home(place, city, options.year, years)
    file = str(paths.tickets(paths.edition_key(city, options.year)).resolve())
    os.environ["HOTLINE_HOME"] = str(place)
    program = WRITE.format(city=city, source=options.year, years=years, count=options.tickets, file=file)
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent)
    command = ["-m", "helpers.report", "--city", city, "--year", *map(str, years)]
    subprocess.run([sys.executable, *command, "--prepare"], check=True)
    print(f"{'years':>6}{'wall s':>9}{'CPU s':>9}{'rss MB':>9}{'pss MB':>9}{'wall s a year':>15}")
    for count in options.years:
        shutil.rmtree(place / "outputs", ignore_errors=True)
        wall, processor, rss, pss, others = bench.medians([*command[:4], "--year", *map(str, years[-count:])], 1)
        if options.write and count == most:
            measures.keep("years", wall, processor, pss, runs=1, others=others, years=count)
            measures.write_readmes()
        print(f"{count:6}{wall:9.1f}{processor:9.1f}{rss:9.0f}{pss:9.0f}{wall / count:15.1f}", flush=True)


if __name__ == "__main__":
    main()
