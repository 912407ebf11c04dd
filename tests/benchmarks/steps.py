"""Stretches of the road that are no command of their own, each run by `bench` in a process: python steps.py NAME CITY YEAR.

Nothing of the package is imported before HOTLINE_HOME is set.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

HOME = Path(tempfile.gettempdir()) / "hotline-bench"  # of exports and of what is ingested from them
NAMES = {"ticket_id": "诉求编号", "source": "诉求来源", "dispatched_at": "派发时间", "received_at": "来电时间",
         "due_at": "时限要求", "closed_at": "回复时间", "category": "一级分类", "subcategory": "二级分类", "topic": "三级分类",
         "kind": "诉求性质", "handling": "办理方式", "district": "区级", "subdistrict": "街/乡/镇", "owner": "主办单位",
         "exclusion": "剔除原因", "assessment": "考核", "contacted": "响应", "resolved": "解决", "satisfied": "满意"}


def start(city: str, year: int) -> None:
    """Import what a count needs."""
    import nbformat  # noqa: F401

    from helpers.cube import cube  # noqa: F401


def count(city: str, year: int) -> None:
    """Count a year's tickets by month and category, and nothing else."""
    from helpers.settings import editions
    from helpers.tickets import schema

    rows = schema.read(editions.read(city, year))
    month = {"year": rows.received_at.year(), "month": rows.received_at.month(), "category": rows.category}
    rows.aggregate(by=month, tickets=rows.count()).to_pyarrow()


def simulate(city: str, year: int) -> None:
    """Draw a year's tickets anew, into a file that is thrown away."""
    from helpers.settings import editions
    from helpers.simulate import calibration
    from helpers.simulate import simulate as drawing
    from helpers.tickets import schema

    edition = editions.read(city, year)
    with tempfile.TemporaryDirectory() as folder:
        batches = drawing.batches(edition, calibration.read(edition.simulation.calibration))
        schema.write(edition, batches, data="simulated", source="a benchmark", digest="", file=Path(folder) / "tickets.parquet")


def cube(city: str, year: int) -> None:
    """Count a year's cube anew."""
    from helpers.cube import cube
    from helpers.settings import editions

    cube.build(editions.read(city, year), os.environ.get("HOTLINE_BENCH_ENGINE"), force=True)


def stale_pdf(city: str, year: int) -> None:
    """Take a report's PDF away, so that the next run makes it anew and nothing else; run the report."""
    from helpers.report import command
    from helpers.settings import paths

    paths.report(paths.outputs(paths.edition_key(city, year), "year")).unlink()
    sys.exit(command.main(["--city", city, "--year", str(year)]))


def export(city: str, year: int) -> None:
    """Write a year's tickets as two exports, of which the later has other answers in a tenth of its rows; and their mapping."""
    from helpers.settings import paths
    from helpers.tickets import engines, schema

    for folder in ("editions", "products", "mappings", "crosswalks", "reference", "labels"):
        if (paths.DATA / folder).is_dir():
            shutil.copytree(paths.DATA / folder, HOME / "data" / folder, dirs_exist_ok=True)
    for file in paths.DATA.glob("*.yml"):
        shutil.copy(file, HOME / "data")
    words = {name: {value: value for value in values} for name, values in schema.VALUES.items()}
    words["contacted"] = {"true": True, "false": False}
    columns = {ours: {"column": theirs} | ({"values": words[ours]} if ours in words else {}) for ours, theirs in NAMES.items()}
    mapping = json.dumps({"source": "a benchmark", "columns": columns}, ensure_ascii=False)
    (HOME / "data" / "mappings" / "bench.yml").write_text(mapping, encoding="utf-8")
    columns = ", ".join(f'{ours} AS "{theirs}"' for ours, theirs in NAMES.items())
    changed = columns.replace("resolved AS", "CASE WHEN hash(ticket_id) % 10 = 0 THEN 'resolved' ELSE resolved END AS")
    engine = engines.connect()
    engine.raw_sql("SET preserve_insertion_order = false")
    for name, written in (("year.csv", columns), ("later.csv", changed)):
        rows = f"SELECT {written}, '张' || hash(ticket_id) % 1000 AS 来电人 FROM '{paths.tickets(paths.edition_key(city, year))}'"
        engine.raw_sql(f"COPY ({rows}) TO '{HOME / name}' (FORMAT csv, HEADER)")


def ingest(city: str, year: int, later: bool = False) -> None:
    """Ingest the export that `export` has written; with `later` the second one on top of the first."""
    os.environ["HOTLINE_HOME"] = str(HOME)
    from helpers.ingest import ingest
    from helpers.settings import editions, paths

    edition, first = editions.read(city, year), HOME / "first.parquet"
    tickets = paths.tickets(edition.key)
    if later:
        shutil.copy(first, tickets)
    ingest.ingest([HOME / ("later.csv" if later else "year.csv")], edition, HOME / "data" / "mappings" / "bench.yml",
                  replace=not later)
    if not later:
        shutil.copy(tickets, first)


def ingest_later(city: str, year: int) -> None:
    """Ingest the second export on top of the first."""
    ingest(city, year, later=True)


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
