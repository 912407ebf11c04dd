"""Measure a report of many districts and categories, of an export that is drawn: seconds, processor seconds, memory, Word file.

    python tests/benchmarks/wide.py HOME [--districts 60] [--categories 300] [--rows 100000] [--top 300] [--jobs 2]

HOME is a folder of the script's own. Ingest and report are processes of their own, measured as by `bench`. Target on two cores:
60 seconds and 600 MB (pss) for the report of 60 districts and 300 categories.
"""

import argparse
import os
from pathlib import Path

import bench
import duckdb
import yaml

from helpers.settings import paths

EDITION = {"city": "wide", "year": 2020, "extends": "taipei-2018", "place": "广市", "hotline": "热线", "title": "广市热线报告",
           "mapping": "wide"}
COLUMNS = {"ticket_id": "编号", "received_at": "受理时间", "category": "类别", "district": "区"}
DRAW = """
COPY (SELECT row AS 编号, TIMESTAMP '2020-01-01' + INTERVAL 1 MINUTE * CAST(floor(random() * 527040) AS INTEGER) AS 受理时间,
             '问题' || CAST(1 + floor(pow(random(), 2) * {categories}) AS INTEGER) AS 类别,
             '第' || CAST(1 + floor(pow(random(), 2) * {districts}) AS INTEGER) || '区' AS 区
      FROM range({rows}) AS drawn(row)) TO '{file}' (HEADER)
"""


def draw(home: Path, districts: int, categories: int, rows: int, top: int) -> None:
    """Write an edition that asks for a section for every district and the `top` categories, its mapping, an export.

    They are the same in every run.
    """
    data = home / "data"
    for folder in ("editions", "mappings", "products"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    for file in (paths.edition("taipei", 2018), *paths.PRODUCTS.glob("*.yml")):
        (data / file.relative_to(paths.DATA)).write_bytes(file.read_bytes())
    for name in ("dictionary.yml", "glossary.yml", "synonyms.yml"):
        (data / name).write_bytes((paths.DATA / name).read_bytes())
    if not (home / "notebooks").exists():
        (home / "notebooks").symlink_to(paths.NOTEBOOKS)
    base = yaml.safe_load(paths.edition("taipei", 2018).read_text(encoding="utf-8"))
    edition = EDITION | {"districts": [f"第{number + 1}区" for number in range(districts)],
                         "categories": base["categories"] | {"top": top, "listed_from": 1}}
    for file, contents in (("editions/wide-2020.yml", edition),
                           ("mappings/wide.yml", {"source": "drawn", "columns": COLUMNS})):
        (data / file).write_text(yaml.safe_dump(contents, allow_unicode=True, sort_keys=False), encoding="utf-8")
    engine = duckdb.connect()
    engine.execute("SET threads = 1; SELECT setseed(0.5)")
    engine.execute(DRAW.format(districts=districts, categories=categories, rows=rows, file=home / "wide.csv"))


def main() -> None:
    """Draw the export, then ingest it and make its report once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path)
    for name, number in (("districts", 60), ("categories", 300), ("rows", 100_000), ("top", 300), ("jobs", 2)):
        parser.add_argument(f"--{name}", type=int, default=number)
    options = parser.parse_args()
    home = options.home.resolve()
    draw(home, options.districts, options.categories, options.rows, options.top)
    os.environ["HOTLINE_HOME"] = str(home)
    year = ["--city", "wide", "--year", "2020"]
    steps = {"ingest": ["-m", "helpers.ingest", str(home / "wide.csv"), *year, "--replace"],
             "report": ["-m", "helpers.report", *year, "--force", "--jobs", str(options.jobs)]}
    print(f"{'':10}{'wall s':>8}{'CPU s':>8}{'rss MB':>8}{'pss MB':>8}")
    for name, command in steps.items():
        print(f"{name:10}{{:8.1f}}{{:8.1f}}{{:8.0f}}{{:8.0f}}".format(*bench.measure(command)))
    outputs = home / "outputs" / "wide-2020"
    print(*(f"{file.name} {file.stat().st_size / 1e6:.1f} MB" for file in sorted(outputs.glob("report.*"))), sep="\n")


if __name__ == "__main__":
    main()
