"""Measure cube and report on as many tickets as are asked for: unique and shuffled, copied from those of an edition.

    python tests/benchmarks/scale.py HOME --city beijing --year 2020 [--millions 1 11 110] [--engine URL] [--runs 1]

HOME is a folder of the script's own that the engine can read, with 0.5 GB free for every ten million tickets; a size whose
tickets lie there already is not written again. The first of the runs of a cube may wait for the disk. A cube and a report are
processes of their own, measured as by `bench`; of a size that is not the edition's own, the reconciliation cannot agree.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import bench
import measures
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from helpers.settings import editions, paths
from helpers.tickets import schema

BATCH = 1_000_000
OWN = {"tickets", "cube", "raw", "quarantine"}  # below data/: never shared with the checkout
WRITE = "import scale; scale.write({city!r}, {year}, {count}, {file!r})"


def home(place: Path, city: str, year: int) -> Path:
    """Return a home whose data are links to the checkout's, but for the tickets of one year and all cubes."""
    for folder in OWN:
        (place / "data" / folder).mkdir(parents=True, exist_ok=True)
    shared = [one for one in paths.DATA.iterdir() if one.name not in OWN]
    others = [one for one in (paths.DATA / "tickets").iterdir() if one.name != paths.edition_key(city, year)]
    for source, folder in [(paths.NOTEBOOKS, place), *((one, place / "data") for one in shared),
                           *((one, place / "data" / "tickets") for one in others)]:
        link = folder / source.name
        if not link.is_symlink():
            link.symlink_to(source.resolve())
    return place


def write(city: str, year: int, count: int, source: str) -> None:
    """Write `count` tickets: whole copies of a file and a sample of it, with new ids, each row at a place of its own."""
    words = [name for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)
             if kind == pa.string() and name != "ticket_id"]
    rows = pq.read_table(source, read_dictionary=words).unify_dictionaries().combine_chunks()
    places = np.arange(-(-count // len(rows)) * len(rows), dtype=np.int32)
    np.random.default_rng(year).shuffle(places)

    def batches():
        for start in range(0, count, BATCH):
            copy, row = np.divmod(places[start:min(start + BATCH, count)], np.int32(len(rows)))
            taken = rows.take(pa.array(row))
            ids = pc.binary_join_element_wise(taken["ticket_id"], pa.array(copy.astype(str)), "-")
            yield from taken.set_column(0, "ticket_id", ids).combine_chunks().to_batches()

    facts = {name: pq.read_metadata(source).metadata[f"hotline.{name}".encode()].decode()
             for name in ("data", "source", "digest")}
    schema.write(editions.read(city, year), batches(), **facts)


def main() -> None:
    """Print a line for each size, of the medians of the runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    parser.add_argument("--city", default="beijing")
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 11, 110])
    parser.add_argument("--engine")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=["cube", "report"], default=["cube", "report"])
    parser.add_argument("--write", action="store_true", help="keep those of the largest cube for the READMEs' tables")
    options = parser.parse_args()
    city, year, source = options.city, options.year, str(paths.tickets(paths.edition_key(options.city, options.year)).resolve())
    report = ["-m", "helpers.report", "--city", city, "--year", str(year), "--force"]
    steps = {"cube": [bench.ALONE, "cube", city, str(year)], "report": report}
    os.environ |= {"HOTLINE_BENCH_ENGINE": options.engine} if options.engine else {}
    print(f"{'million tickets':>16}{'GB':>6}  {'':8}{'wall s':>8}{'CPU s':>8}{'rss MB':>8}{'pss MB':>8}")
    for millions in options.millions:
        place = home(options.home.resolve() / f"{millions:g}", city, year)
        os.environ["HOTLINE_HOME"] = str(place)
        file, count = place / paths.tickets(paths.edition_key(city, year)).relative_to(paths.ROOT), round(millions * 1e6)
        if not file.exists():
            program = WRITE.format(city=city, year=year, count=count, file=source)
            subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent)
        for name in options.only:
            wall, processor, rss, pss, others = bench.medians(steps[name], options.runs)
            if options.write and name == "cube" and millions == max(options.millions):
                measures.keep("cube of many", wall, processor, pss, runs=options.runs, others=others, millions=millions)
                measures.write_readmes()
            print(f"{millions:16g}{file.stat().st_size / 1e9:6.2f}  {name:8}{wall:8.1f}{processor:8.1f}{rss:8.0f}{pss:8.0f}",
                  flush=True)


if __name__ == "__main__":
    main()
