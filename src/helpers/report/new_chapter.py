"""Run `hotline chapter new 07-my-topic --city C --year Y`: write a notebook that keeps the rules, and put it into the edition."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

import nbformat
import yaml
from nbformat import v4

from helpers.settings import editions, files, paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError

_NAME = re.compile(r"(\d\d)-[a-z0-9]+(-[a-z0-9]+)*")
_ITEM, _KEY = re.compile(r"^( *)- "), re.compile(r"[^\s#-]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser("hotline chapter", description="Begin a chapter of one's own.")
    parser.add_argument("action", choices=["new"])
    parser.add_argument("name", help="its number and name, such as 07-night-noise: they name the notebook and its outputs")
    parser.add_argument("--city", required=True)
    parser.add_argument("--year", required=True, type=int)
    parser.add_argument("--title", default="我的专题", help="its heading in the report (default: %(default)s)")
    options = parser.parse_args(arguments)
    edition = editions.read(options.city, options.year)
    for line in create(edition, options.name, options.title):
        print(line)
    return 0


def create(edition: Edition, name: str, title: str) -> list[str]:
    """Write the notebook of a new chapter, put it before the edition's appendices, and return lines that say what to do next.

    An edition that takes its outline from another gets no line: it is printed instead. Raises UserError, and writes nothing, for
    a name of another form, one that is taken, and where the edition's file is written so that no line can be added to it.
    """
    if not _NAME.fullmatch(name):
        raise UserError(f"chapter '{name}' must be two digits and words in small letters: write 07-night-noise.", exit_code=2)
    notebook = paths.notebook(name)
    number = name.partition("-")[0]
    taken = sorted(file.stem for file in paths.NOTEBOOKS.glob(f"{number}-*.ipynb"))
    if taken:
        raise UserError(f"number {number} is that of {', '.join(taken)}: take another, the edition orders.", exit_code=2)
    word = name.partition("-")[2]
    if namesake := sorted(file.stem for file in paths.NOTEBOOKS.glob(f"[0-9][0-9]-{word}.ipynb")):
        raise UserError(f"'{word}' is the name of {namesake[0]}, by which --chapter asks for it: take another.", exit_code=2)
    file, entry = paths.edition(edition.city, edition.year), f"- title: {title}\n  notebook: {name}"
    outline = _with_entry(file, entry)
    _write(notebook, nbformat.writes(_template(edition, number, title)) + "\n")
    if outline:
        _write(file, outline)
    where = (f"added to {yaml_models.display_path(file)} before its appendices" if outline else
             f"put these lines into `chapters` of the file that {yaml_models.display_path(file)} extends:\n{entry}")
    return [f"{yaml_models.display_path(notebook)} is there: open it with make lab, run it, change it.", where,
            f"print it: make report CITY={edition.city} YEAR={edition.year} CHAPTER={word}"]


def _template(edition: Edition, number: str, title: str) -> nbformat.NotebookNode:
    """Return a notebook with two questions and their answers, as the rules of chapters have it."""
    parameters = (f'city: str = "{edition.city}"  # city of the edition, as in data/editions/\n'
                  f"year: int = {edition.year}  # year of the edition\n"
                  'period: str = "year"  # year, H1, Q3, M11 or M01..M06\n'
                  'compare: str = "year_ago"  # year_ago, previous, or a period such as 2019-Q3')
    opening = ("from helpers import chapters\nfrom helpers.analysis import measures\nfrom helpers.drawing import charts\n"
               "from helpers.writing import prose\n\nchapter = chapters.open(city, year, period, compare)\n"
               'monthly = chapter.ask(measures.monthly(chapter.cube.channels, chapter.period))\n'
               'categories = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category", chapter.base))')
    cells = [
        v4.new_markdown_cell(f"# {title}\n\n这一章问什么，用哪些数据？写两句话，它们不印。"),
        v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        v4.new_code_cell(opening),
        v4.new_markdown_cell("各月受理了多少？"),
        v4.new_code_cell('chapter.paragraph(prose.months(monthly, "从各月看，", "来电受理量", sizes=chapter.edition.changes))'),
        v4.new_code_cell('chapter.figure("{period}各月来电量", charts.monthly_lines, monthly, value="tickets", extremes=True)'),
        v4.new_markdown_cell("这里写自己的话：不是问句的段落会印出来，前面标明“编者按”。\n\n哪几类最多？"),
        v4.new_code_cell('chapter.table("{period}各类来电", categories, ["category", "tickets", "ticket_share"])'),
        v4.new_markdown_cell("## 方法\n\n来电按受理时间计入自然月。", metadata={"tags": ["method"]})]
    for place, cell in enumerate(cells):
        cell["id"] = f"{number}-{place:02}"
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": spec, "hotline": {"needs": []}})


def _with_entry(file: Path, entry: str) -> str | None:
    """Return an edition's file with an entry before its first appendix, comments kept; None where it has no outline.

    Raises UserError where the changed file would not say the same of all else.
    """
    text = file.read_text(encoding="utf-8")
    before = yaml.safe_load(text)
    if "chapters" not in before:
        return None
    lines = text.splitlines(keepends=True)
    first = next(place for place, line in enumerate(lines) if line.startswith("chapters:")) + 1
    indent = next(match[1] for line in lines[first:] if (match := _ITEM.match(line)))
    end = next((place for place in range(first, len(lines)) if _KEY.match(lines[place])), len(lines))  # the next key of the file
    starts = [place for place in range(first, end) if lines[place].startswith(f"{indent}- ")]
    chapters = before["chapters"]
    appendix = next((place for place, chapter in enumerate(chapters) if chapter.get("appendix")), len(chapters))
    place = starts[appendix] if appendix < len(starts) else end
    lines.insert(place, "".join(f"{indent}{line}\n" for line in entry.splitlines()))
    changed = "".join(lines)
    wanted = [*chapters[:appendix], *yaml.safe_load(entry), *chapters[appendix:]]
    if yaml.safe_load(changed) != before | {"chapters": wanted}:
        raise UserError(f"{yaml_models.display_path(file)}: its chapters are not written one below the other: write them so.")
    return changed


def _write(file: Path, text: str) -> None:
    with files.atomic_write(file) as temporary:
        temporary.write_text(text, encoding="utf-8")
