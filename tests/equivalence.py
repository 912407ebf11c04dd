"""Prove that a change of structure changed no output: hash what five editions give, before and after.

    python tests/equivalence.py hash before.json
    python tests/equivalence.py hash after.json
    python tests/equivalence.py compare before.json after.json

`hash` makes the reports anew (`--keep` takes the outputs that are there) and lists the SHA-256 of every CSV, PNG, PDF, HTML,
DOCX, Markdown and XLSX, and of the rows of every cube table. Left out is what names modules, versions or times: executed
notebooks, run.json, the crate, logs. Real exports are read from the folder that HOTLINE_REAL_DATA names. `compare` exits with
1 where the lists differ. Not part of the tests: one list takes two to three minutes on 2 cores.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(os.environ.get("HOTLINE_HOME") or Path(__file__).parents[1])
EDITIONS = ("beijing-2020", "beijing-water-2020", "pingshan-2018", "taipei-2019", "taipei-2020")
EXPORTS = {"beijing-water-2020": "beijing-water-2020/export-2020.xlsx", "pingshan-2018": "pingshan-2018/export-utf8.csv",
           **{f"taipei-{year}": f"taipei-1999/{year}.csv.gz" for year in (2018, 2019, 2020)}}
ENDINGS = {".csv", ".png", ".pdf", ".html", ".docx", ".md", ".xlsx"}


def make_reports() -> None:
    """Lay the real exports in `data/raw/` and make the report of every edition anew."""
    exports = Path(os.environ["HOTLINE_REAL_DATA"])
    for edition, name in EXPORTS.items():
        target = ROOT / "data" / "raw" / edition / Path(name).name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(exports / name, target)
    report = [sys.executable, "-m", "helpers.report"]
    subprocess.run([*report, "--city", "taipei", "--year", "2018", "--prepare"], check=True)
    for edition in EDITIONS:
        city, _, year = edition.rpartition("-")
        subprocess.run([*report, "--city", city, "--year", year, "--force"], check=True)


def hash_outputs() -> dict[str, str]:
    """Return the SHA-256 of every output and cube table of the editions, by its path below the project."""
    hashes = {}
    for edition in EDITIONS:
        for file in sorted((ROOT / "outputs" / edition).rglob("*")):
            if file.suffix in ENDINGS and "logs" not in file.parts:
                hashes[file.relative_to(ROOT).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted((ROOT / "data" / "cube" / edition).glob("*.parquet")):
            hashes[file.relative_to(ROOT).as_posix()] = hash_rows(pq.read_table(file))
    return hashes


def hash_rows(table: pa.Table) -> str:
    """Return the SHA-256 of a table's columns and rows, whatever its metadata."""
    digest = hashlib.sha256(str(table.schema.remove_metadata()).encode())
    for column in table.columns:
        digest.update(json.dumps(column.to_pylist(), ensure_ascii=False, default=str).encode())
    return digest.hexdigest()


def compare(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return a line for each file that is missing, new or other than before."""
    return [f"{'missing' if name not in after else 'new' if name not in before else 'changed'}  {name}"
            for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def main() -> int:
    """Hash or compare as the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("hash", help="make the reports and write the list")
    writing.add_argument("list", type=Path)
    writing.add_argument("--keep", action="store_true", help="hash the outputs that are there")
    comparing = commands.add_parser("compare", help="compare two lists")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    options = parser.parse_args()
    if options.command == "hash":
        if not options.keep:
            make_reports()
        options.list.write_text(json.dumps(hash_outputs(), indent=0), encoding="utf-8")
        return 0
    before, after = (json.loads(file.read_text(encoding="utf-8")) for file in (options.before, options.after))
    differences = compare(before, after)
    print("\n".join([*differences, f"{len(before)} before, {len(after)} after, {len(differences)} differ"]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
