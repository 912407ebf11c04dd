"""Print how a report's pages are filled: pages, figures, tables, words, and the share of each that is empty below its last ink.

    python tests/benchmarks/pages.py outputs/beijing-2020/report.pdf [more.pdf …] [--each]

The ink is looked at with poppler's `pdftoppm` where it is installed; without it the empty shares are left out, and the output
says so. A page whose text block is empty by more than a third is listed as a hole, unless a chapter starts at the next page.
Chapters are the bookmarks of the first level.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import matplotlib.image
import pypdf

TOP, BOTTOM, LEFT, RIGHT = 27 / 297, 1 - 24 / 297, 18 / 210, 1 - 18 / 210  # the text block of an A4 page, without head and foot
HOLE = 1 / 3
DARK = 0.93  # of white: what is darker is ink


def empty_shares(file: Path) -> list[float] | None:
    """Return the share of each page's text block that lies below its last ink, 0 to 1; None where pdftoppm is missing."""
    if not shutil.which("pdftoppm"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", "36", "-gray", str(file), f"{folder}/p"], check=True, capture_output=True)
        return [_empty(page) for page in sorted(Path(folder).glob("p-*.pgm"))]


def _empty(page: Path) -> float:
    ink = matplotlib.image.imread(page) < DARK * 255
    high, wide = ink.shape
    block = ink[int(TOP * high):int(BOTTOM * high) + 1, int(LEFT * wide):int(RIGHT * wide)]
    rows = block.any(axis=1).nonzero()[0]
    return 1 - (rows[-1] + 1) / len(block) if len(rows) else 1.0


def chapter_starts(reader: pypdf.PdfReader) -> list[int]:
    """Return the places of the pages, from 0, on which a chapter begins."""
    return sorted({reader.get_destination_page_number(item) for item in reader.outline if not isinstance(item, list)})


def counts(reader: pypdf.PdfReader) -> dict[str, int]:
    """Return the numbers of pages, figures, tables and words; a word is a Chinese character or a run of other letters."""
    text = "\n".join(page.extract_text() for page in reader.pages)
    tags = [element.get("/S") for element in map(pypdf.generic.IndirectObject.get_object, _objects(reader))
            if isinstance(element, dict) and element.get("/Type") == "/StructElem"]
    return {"pages": len(reader.pages), "figures": tags.count("/Figure"), "tables": tags.count("/Table"),
            "words": len(re.findall(r"[\u3400-\u9fff]|[A-Za-z]+|\d[\d.,]*", text))}


def _objects(reader: pypdf.PdfReader) -> list[pypdf.generic.IndirectObject]:
    return [pypdf.generic.IndirectObject(number, 0, reader) for number in range(1, reader.trailer["/Size"])]


def holes(shares: list[float], starts: list[int]) -> list[int]:
    """Return the places of the pages from the first chapter on that are holes; the last page is none."""
    body = starts[0] if starts else 0
    return [place for place, share in enumerate(shares[:-1]) if place >= body and share > HOLE and place + 1 not in starts]


def report(file: Path, each: bool) -> str:
    """Return what there is to say about a file, in lines."""
    reader = pypdf.PdfReader(file)
    numbers, starts, shares = counts(reader), chapter_starts(reader), empty_shares(file)
    lines = [f"{file}: " + ", ".join(f"{number} {name}" for name, number in numbers.items())]
    if shares is None:
        return "\n".join([*lines, "  empty shares: pdftoppm (poppler) is not installed"])
    if each:
        lines += [f"  {place + 1:4}  {share:4.0%}  {'#' * round(share * 40)}{'  chapter' if place in starts else ''}"
                  for place, share in enumerate(shares)]
    found = holes(shares, starts)
    body = shares[starts[0] if starts else 0:]
    ends = [place for place in range(starts[0] if starts else 0, len(shares) - 1) if shares[place] > HOLE and place not in found]
    return "\n".join([*lines, f"  empty below the last ink, from the first chapter on: mean {statistics.mean(body):.1%}, in all "
                      f"{sum(body):.1f} pages", f"  holes: {_listed(found, shares)}",
                      f"  as empty, but before a chapter: {_listed(ends, shares)}"])


def _listed(places: list[int], shares: list[float]) -> str:
    return ", ".join(f"PDF page {place + 1} {shares[place]:.0%}" for place in places) or "none"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--each", action="store_true", help="a line for each page")
    options = parser.parse_args()
    for path in options.files:
        print(report(path, options.each))
