"""Notebooks of a few cells that are run in kernels, and what they leave."""

import json
from pathlib import Path

import nbformat

from helpers.batch import batch

LIMITS = batch.Limits(start=30, cell=30, notebook=60)


def write(folder: Path, name: str, *cells: str) -> batch.Job:
    """Write a notebook with a parameter `year`, and return the job of running it with the year 2019."""
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec, "language_info": {"name": "python"}})
    notebook.cells = [nbformat.v4.new_code_cell("year: int = 2020  # the year", metadata={"tags": ["parameters"]}),
                      *map(nbformat.v4.new_code_cell, cells)]
    file = folder / f"{name}.ipynb"
    nbformat.write(notebook, file)
    return batch.Job(name, file, {"year": 2019}, folder / "out" / f"{name}.ipynb", folder / "failed" / f"{name}.ipynb",
                     folder / "failed" / f"{name}.log")


def executed(file: Path) -> str:
    """Return what a notebook's cells printed."""
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return "".join("".join(output.get("text", "")) for cell in cells for output in cell.get("outputs", ()))


def alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] != "Z"
