"""Name every file and folder of the project: no other module spells a path."""

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
RECIPES = NOTEBOOKS / "recipes"
DATA = ROOT / "data"
DICTIONARY = DATA / "dictionary.yml"
GLOSSARY = DATA / "glossary.yml"
SYNONYMS = DATA / "synonyms.yml"
EDITIONS = DATA / "editions"
PRODUCTS = DATA / "products"
GROUPINGS = DATA / "groupings"
OUTPUTS = ROOT / "outputs"
LOGS = OUTPUTS / "logs"

_GENERATED = ("raw", "tickets", "quarantine", "cube")  # below data/, not in git
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_LONGEST = 180  # bytes: file systems take 255, of which endings and the names of temporary files need some


def safe_name(name: str) -> str:
    """Return a file name that is valid on every system and stays inside its folder; a safe one is returned unchanged.

    Separators, wildcards, control and invisible characters become `_`, and so do blanks and dots at either end; names that
    Windows reserves for devices get a `_` in front; a name of more than 180 bytes is cut and ends in a hash of itself.
    """
    composed = unicodedata.normalize("NFC", name)
    kept = "".join("_" if letter in '<>:"/\\|?*' or unicodedata.category(letter)[0] == "C" else letter for letter in composed)
    kept = re.sub(r"^[\s.]+|[\s.]+$", "_", kept) or "_"
    kept = f"_{kept}" if _RESERVED.fullmatch(kept) else kept
    if len(kept.encode()) <= _LONGEST:
        return kept
    return f"{kept.encode()[:_LONGEST - 9].decode(errors='ignore')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def use_outputs(folder: Path) -> None:
    """Let this process write reports and logs below another folder than `outputs/`."""
    global OUTPUTS, LOGS
    OUTPUTS, LOGS = folder, folder / "logs"


def edition_key(city: str, year: int) -> str:
    """Return an edition's key, its name in file and folder names: `beijing-2020`."""
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
    """Return the file that maps variants of names to one name each."""
    return DATA / "crosswalks" / f"{name}.yml"


def labels(city: str) -> Path:
    """Return the file of the rules by which a city's tickets get labels across categories; it need not exist."""
    return DATA / "labels" / f"{city}.yml"


def index(key: str) -> Path:
    """Return the file of an edition's index of districts: indicators, directions, weights; it need not exist."""
    return DATA / "index" / f"{key}.yml"


def script(language: str) -> Path:
    """Return the file of the words that a language's script has of its own."""
    return DATA / "scripts" / f"{language}.yml"


def reference(name: str) -> Path:
    """Return a reference file (places, owners, outlines) by its name below `data/reference/`."""
    return DATA / "reference" / name


def files_behind(name: str) -> list[Path]:
    """Return the files behind a name of this module, sorted: `STYLE`, `FONTS`, or the folders `reference` and `published`."""
    place = {"reference": DATA / "reference", "published": DATA / "published"}.get(name) or globals()[name]
    return [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())


def tracked_files() -> list[Path]:
    """Return the files that a report may depend on, sorted: package, notebooks, and `data/` without generated folders.

    Recipes are no part of a report.
    """
    folders = [folder for folder in DATA.iterdir()
               if folder.is_dir() and folder.name not in _GENERATED and not folder.name.startswith(".")]
    small = [*DATA.glob("*.yml"), *(file for folder in folders for file in folder.rglob("*"))]
    ours = [file for file in PACKAGE.rglob("*") if file.parent.name != "__pycache__"]
    chapters = [file for file in NOTEBOOKS.rglob("[!.]*.ipynb") if not file.is_relative_to(RECIPES)]
    return sorted(file for file in (*ours, *small, *chapters) if file.is_file())


def published(key: str) -> Path:
    """Return the folder of the numbers, rankings and claims that an edition's official report printed."""
    return DATA / "published" / key


def narrative(key: str, part: str) -> Path:
    """Return the folder of the texts that people wrote for an edition's year (`part` is `year`) or for a period of it."""
    return DATA / "narrative" / _of_part(key, part)


def external(key: str, part: str) -> Path:
    """Return the file of the figures that no ticket holds, of an edition's year (`part` is `year`) or of a period of it."""
    return DATA / "external" / f"{_of_part(key, part)}.csv"


def proposals(key: str) -> Path:
    """Return the file of the proposals that an edition's bulletins and analyses have made."""
    return DATA / "proposals" / f"{key}.csv"


def events(city: str) -> Path:
    """Return the file of the events that are known of a city."""
    return DATA / "events" / f"{city}.csv"


def calibration(name: str) -> Path:
    """Return the file of the constraints that simulated tickets meet."""
    return DATA / "calibration" / f"{name}.yml"


def secret_key() -> Path:
    """Return the file of the key of keyed hashes, which stays on the machine."""
    return DATA / ".place-key"


def unfinished(key: str) -> Path:
    """Return the journal of an ingest whose files are complete and not yet all in their places."""
    return DATA / f".ingest-{key}.json"


def raw(key: str) -> Path:
    """Return the folder from which an edition's exports are ingested."""
    return DATA / "raw" / key


def tickets(key: str) -> Path:
    """Return the one Parquet file that holds an edition's tickets."""
    return DATA / "tickets" / key / "tickets.parquet"


def quarantine(key: str) -> Path:
    """Return the file of the rows that could not become tickets."""
    return DATA / "quarantine" / f"{key}.parquet"


def unlisted(key: str) -> Path:
    """Return the CSV of names that an edition's crosswalk does not know, with suggestions."""
    return DATA / "quarantine" / f"{key}-names.csv"


def lock(key: str) -> Path:
    """Return the file that locks an edition while it is ingested."""
    return DATA / "tickets" / key / ".ingest.lock"


def cube(key: str) -> Path:
    """Return the folder of an edition's small aggregates, which chapters read."""
    return DATA / "cube" / key


def hidden(key: str, below: int) -> Path:
    """Return the registry of what an edition hides below a number of tickets, in all its periods and products."""
    return DATA / "cube" / f"{key}-hidden-{below}.json"


def notebook(stem: str) -> Path:
    """Return a chapter's notebook by its stem, with its folder where it has one: `02-hotspots`, `bulletin/01-summary`."""
    return NOTEBOOKS / f"{stem}.ipynb"


def outputs(key: str, period: str) -> Path:
    """Return the folder of a run's outputs; a period other than `year` has a folder of its own."""
    return OUTPUTS / _of_part(key, period)


def _of_part(key: str, part: str) -> str:
    return "-".join([key, *(name for name in part.split("-") if name != "year")])


def spark_log() -> Path:
    """Return the file of what the last client of a Spark cluster printed."""
    return LOGS / "spark.log"


def output_lock(folder: Path) -> Path:
    """Return the file that locks a run's outputs while they are written."""
    return LOGS / f".{folder.name}.lock"


def run(folder: Path) -> Path:
    """Return a run's manifest: its inputs, fingerprints, and the status of each notebook."""
    return folder / "run.json"


def crate(folder: Path) -> Path:
    """Return a run's provenance (outputs and their inputs) as an RO-Crate."""
    return folder / "ro-crate-metadata.json"


def executed(folder: Path, stem: str) -> Path:
    """Return the executed notebook of a chapter or section."""
    return folder / "notebooks" / f"{stem}.ipynb"


def failed(folder: Path, stem: str) -> Path:
    """Return the partly executed notebook of a chapter that failed."""
    return folder / "logs" / f"{stem}.ipynb"


def log(folder: Path, stem: str) -> Path:
    """Return the traceback of a chapter that failed."""
    return folder / "logs" / f"{stem}.log"


def chapter_document(folder: Path, stem: str, ending: str) -> Path:
    """Return a chapter or section as a document of its own; `ending` is `pdf`, `html` or `docx`."""
    return folder / "chapters" / f"{stem}.{ending}"


def unit_sheet(folder: Path, level: str, name: str) -> Path:
    """Return the sheet of a unit as a document of its own."""
    return folder / "units" / level / f"{safe_name(name)}.pdf"


def table(folder: Path, name: str) -> Path:
    """Return the CSV of a printed table or figure."""
    return folder / "tables" / f"{name}.csv"


def dictionary(folder: Path) -> Path:
    """Return the CSV that describes every column of every table."""
    return table(folder, "dictionary")


def table_package(folder: Path) -> Path:
    """Return the Frictionless descriptor of every table."""
    return folder / "tables" / "datapackage.json"


def resource_name(name: str) -> str:
    """Return a file's name as a Frictionless resource has it: letters of any script, digits, `-`, `.` and `_`, in lower case."""
    return re.sub(r"[^\w.-]+", "-", name).strip("-").lower()


def figure(folder: Path, name: str, ending: str = ".png") -> Path:
    """Return the file of a figure, which has its table's name; `ending` is `.png`, `-1col.png` (one column wide) or `.svg`."""
    return folder / "figures" / f"{name}{ending}"


def workbook(folder: Path) -> Path:
    """Return the workbook of all tables and figures."""
    return folder / "tables.xlsx"


def checklist(folder: Path) -> Path:
    """Return the workbook in which people sign off every number of the text."""
    return folder / "checklist.xlsx"


def changes(folder: Path) -> Path:
    """Return the list of changes since an earlier run."""
    return folder / "changes.md"


def reconciliation(folder: Path, name: str = "") -> Path:
    """Return the CSV that compares a published report's figures (or its `rankings` or `claims`, by `name`) with a run's."""
    return folder / f"{'-'.join(filter(None, ['reconciliation', name]))}.csv"


def report(folder: Path, ending: str = "pdf") -> Path:
    """Return the assembled report: as a PDF, or with another `ending` (`docx`, `md`)."""
    return folder / f"report.{ending}"


def summary(folder: Path) -> Path:
    """Return the PDF of what is in front of the report: one page."""
    return folder / "summary.pdf"


def page(folder: Path) -> Path:
    """Return the assembled report as an HTML page."""
    return folder / "index.html"
