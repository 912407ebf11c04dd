"""Where everything lies. No other module spells a path."""

import hashlib
import os
import re
import unicodedata
from pathlib import Path

ROOT = Path(os.environ.get("HOTLINE_HOME") or Path(__file__).resolve().parents[3])
PACKAGE = Path(__file__).resolve().parents[1]

FONTS = PACKAGE / "publish" / "fonts"
STYLE = PACKAGE / "drawing" / "hotline.mplstyle"
LOCALE = PACKAGE / "settings" / "locale.yml"
TEMPLATES = PACKAGE / "publish" / "templates"
NOTEBOOKS = ROOT / "notebooks"
DATA = ROOT / "data"
DICTIONARY = DATA / "dictionary.yml"
GLOSSARY = DATA / "glossary.yml"
SYNONYMS = DATA / "synonyms.yml"
EDITIONS = DATA / "editions"
PRODUCTS = DATA / "products"
OUTPUTS = ROOT / "outputs"
LOGS = OUTPUTS / "logs"

_MADE = ("raw", "tickets", "quarantine", "cube")  # below data/, not in git
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST = 180  # bytes: file systems take 255, of which endings and the name of a file beside need some


def safe_name(name: str) -> str:
    """Return a name that every file system holds, and that leads to no other folder; a safe one stays as it is.

    Separators, wildcards, control and invisible characters become `_`; names that Windows keeps for devices, or that
    begin or end so that a system drops or hides something, get one; one that is too long ends in a hash of itself.
    """
    composed = unicodedata.normalize("NFC", name)
    kept = "".join("_" if one in '<>:"/\\|?*' or unicodedata.category(one)[0] == "C" else one for one in composed)
    kept = re.sub(r"^[\s.]+|[\s.]+$", "_", kept) or "_"
    kept = f"_{kept}" if _RESERVED.fullmatch(kept) else kept
    if len(kept.encode()) <= _LONGEST:
        return kept
    return f"{kept.encode()[:_LONGEST - 9].decode(errors='ignore')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def edition_key(city: str, year: int) -> str:
    """Return the name of an edition, as it stands in file and folder names: `beijing-2020`."""
    return f"{city}-{year}"


def edition(city: str, year: int) -> Path:
    """Return the file that holds what varies by city and year."""
    return EDITIONS / f"{edition_key(city, year)}.yml"


def product(name: str) -> Path:
    """Return the file of a product: `bulletin`."""
    return PRODUCTS / f"{name}.yml"


def mapping(name: str) -> Path:
    """Return the file that maps an export's columns to ours."""
    return DATA / "mappings" / f"{name}.yml"


def crosswalk(name: str) -> Path:
    """Return the file that brings variants of names together."""
    return DATA / "crosswalks" / f"{name}.yml"


def reference(name: str) -> Path:
    """Return a file of places or other standing facts, by its name below `data/reference/`."""
    return DATA / "reference" / name


def files_behind(name: str) -> list[Path]:
    """Return the files behind a name of this module that stands for what others read: `STYLE`, `FONTS`, `reference`."""
    place = {"reference": DATA / "reference", "published": DATA / "published"}.get(name) or globals()[name]
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def tracked_files() -> list[Path]:
    """Return the files in git that a report may depend on: this package, the notebooks, and `data/` but what is made there."""
    folders = [one for one in DATA.iterdir() if one.is_dir() and one.name not in _MADE and not one.name.startswith(".")]
    small = [*DATA.glob("*.yml"), *(file for folder in folders for file in folder.rglob("*"))]
    ours = [file for file in PACKAGE.rglob("*") if file.parent.name != "__pycache__"]
    return sorted(file for file in (*ours, *small, *NOTEBOOKS.rglob("[!.]*.ipynb")) if file.is_file())


def published(key: str) -> Path:
    """Return the folder of what an edition's report printed."""
    return DATA / "published" / key


def narrative(key: str, part: str) -> Path:
    """Return the folder of the texts that people have written for an edition's year, or for a part of it."""
    return DATA / "narrative" / _of_part(key, part)


def external(key: str, part: str) -> Path:
    """Return the file of the figures that no ticket holds, of an edition's year or of a part of it."""
    return DATA / "external" / f"{_of_part(key, part)}.csv"


def calibration(name: str) -> Path:
    """Return the constraints that simulated tickets are drawn to meet."""
    return DATA / "calibration" / f"{name}.yml"


def raw(key: str) -> Path:
    """Return the folder in which a user may lay an edition's exports."""
    return DATA / "raw" / key


def tickets(key: str) -> Path:
    """Return the one Parquet file that holds an edition's tickets."""
    return DATA / "tickets" / key / "tickets.parquet"


def quarantine(key: str) -> Path:
    """Return the file of the rows that could not become tickets."""
    return DATA / "quarantine" / f"{key}.parquet"


def unlisted(key: str) -> Path:
    """Return the list of names that an edition's crosswalk does not know, with suggestions."""
    return DATA / "quarantine" / f"{key}-names.csv"


def lock(key: str) -> Path:
    """Return the file that one ingest of an edition holds at a time."""
    return DATA / "tickets" / key / ".ingest.lock"


def cube(key: str) -> Path:
    """Return the folder of the small aggregates that chapters read."""
    return DATA / "cube" / key


def notebook(stem: str) -> Path:
    """Return a chapter's notebook by its stem, with its folder where it has one: `02-hotspots`, `bulletin/01-summary`."""
    return NOTEBOOKS / f"{stem}.ipynb"


def outputs(key: str, period: str) -> Path:
    """Return the folder of a run's outputs; a part of the year has a folder of its own."""
    return OUTPUTS / _of_part(key, period)


def _of_part(key: str, part: str) -> str:
    return "-".join([key, *(name for name in part.split("-") if name != "year")])


def run(folder: Path) -> Path:
    """Return the file that says what a run was made of and what became of it."""
    return folder / "run.json"


def crate(folder: Path) -> Path:
    """Return the file that ties a run's outputs to what they were made of, as an RO-Crate."""
    return folder / "ro-crate-metadata.json"


def executed(folder: Path, stem: str) -> Path:
    """Return the executed notebook of a chapter or section."""
    return folder / "notebooks" / f"{stem}.ipynb"


def failed(folder: Path, stem: str) -> Path:
    """Return the notebook of a chapter that failed, as far as it ran."""
    return folder / "logs" / f"{stem}.ipynb"


def log(folder: Path, stem: str) -> Path:
    """Return the whole traceback of a chapter that failed."""
    return folder / "logs" / f"{stem}.log"


def chapter_document(folder: Path, stem: str, ending: str) -> Path:
    """Return a chapter or section as a document of its own; `ending` is `pdf`, `html` or `docx`."""
    return folder / "chapters" / f"{stem}.{ending}"


def table(folder: Path, name: str) -> Path:
    """Return the CSV of a printed table or figure."""
    return folder / "tables" / f"{name}.csv"


def dictionary(folder: Path) -> Path:
    """Return the CSV that says what every column of every table is."""
    return table(folder, "dictionary")


def figure(folder: Path, name: str) -> Path:
    """Return the picture of a figure; it has its table's name."""
    return folder / "figures" / f"{name}.png"


def workbook(folder: Path) -> Path:
    """Return the workbook of all tables and figures."""
    return folder / "tables.xlsx"


def checklist(folder: Path) -> Path:
    """Return the workbook in which every number of the words is signed off."""
    return folder / "checklist.xlsx"


def changes(folder: Path) -> Path:
    """Return the list of what moved since an earlier run."""
    return folder / "changes.md"


def reconciliation(folder: Path, name: str = "") -> Path:
    """Return the CSV that sets a published report's figures, or its `rankings` or `claims`, beside those of a run."""
    return folder / f"{'-'.join(filter(None, ['reconciliation', name]))}.csv"


def report(folder: Path) -> Path:
    """Return the assembled report on paper."""
    return folder / "report.pdf"


def word(folder: Path) -> Path:
    """Return the assembled report as a Word file."""
    return folder / "report.docx"


def page(folder: Path) -> Path:
    """Return the assembled report on screen."""
    return folder / "index.html"
