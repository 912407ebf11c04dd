"""Scripts that the shipped fonts lack: drawn in a font that the edition names, or no PDF is made."""

import json
from pathlib import Path

import matplotlib
import pytest
import yaml
from support.town import bring, run, text

from helpers.settings import editions, fonts, paths
from helpers.settings.errors import UserError

pytestmark = pytest.mark.slow
FONT = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")  # has Hebrew, which the shipped ones lack
HEBREW = "\u05d7\u05d5\u05dc\u05d5\u05df"


def change(**values) -> None:
    """Write other values into the edition of town."""
    edition = yaml.safe_load(paths.edition("town", 2020).read_text(encoding="utf-8"))
    paths.edition("town", 2020).write_text(yaml.safe_dump(edition | values, allow_unicode=True), encoding="utf-8")


def parts(folder: Path) -> dict:
    return json.loads(paths.run(folder).read_text(encoding="utf-8"))["parts"]


def test_without_a_font_for_a_heading_there_is_no_pdf_and_all_else_is_made(town, capsys):
    change(districts=["甲区", HEBREW])
    bring({"district": "甲区"}, {"district": HEBREW})
    assert run() == 0
    printed = capsys.readouterr()
    reason = parts(town)["pdf"]["reason"]
    assert "U+05D5" in reason
    assert "fonts" in reason
    assert reason in printed.err
    assert reason in printed.out
    assert parts(town)["pdf"] | {"key": ""} == {"key": "", "files": {}, "status": "absent", "reason": reason}
    assert not list(town.rglob("*.pdf"))
    assert HEBREW in paths.page(town).read_text(encoding="utf-8")
    assert (town / "report.docx").is_file()
    assert len(list((town / "chapters").glob("*.html"))) == 4


@pytest.mark.thorough
def test_a_pdf_of_an_earlier_run_goes_and_unchanged_outputs_say_the_reason_again(town, capsys):
    assert run() == 0
    assert paths.report(town).is_file()
    change(districts=["甲区", HEBREW])
    bring({"district": HEBREW}, digest="2")
    assert run() == 0
    assert not paths.report(town).exists()
    capsys.readouterr()
    assert run() == 0
    assert "不编制PDF" in capsys.readouterr().out
    assert run("--verify", str(town)) == 0


def test_a_font_that_the_edition_names_prints_them(town):
    change(districts=["甲区", HEBREW], fonts=[str(FONT)])
    bring({"district": "甲区"}, {"district": HEBREW})
    assert run() == 0
    assert HEBREW in text(paths.report(town)) or HEBREW[::-1] in text(paths.report(town))
    assert "U+05D7" not in text(paths.report(town))
    assert parts(town)["pdf"]["replaced"] == 0


def test_one_name_in_many_with_a_rare_character_prints_as_its_code(town):
    bring(*({"district": "甲区", "category": f"类{number}"} for number in range(120)), {"category": "𠮷野家"})
    assert run() == 0
    assert paths.report(town).is_file()


def test_a_font_is_found_in_the_reference_folder(town, home):
    folder = home / "data" / "reference" / "fonts"
    folder.mkdir(parents=True)
    (folder / "own.ttf").write_bytes(FONT.read_bytes())
    change(fonts=["own.ttf"])
    assert fonts.files(editions.read("town", 2020)) == (str(folder / "own.ttf"),)


@pytest.mark.parametrize(("name", "words"), [("thai.ttf", "is not there"), ("town.ttf", "is no font")])
def test_a_font_that_is_missing_or_none_is_refused_before_the_run(town, home, capsys, name, words):
    folder = home / "data" / "reference" / "fonts"
    folder.mkdir(parents=True)
    (folder / "town.ttf").write_text("no font", encoding="utf-8")
    change(fonts=[name])
    assert run("--dry-run") == 1
    assert words in capsys.readouterr().err
    with pytest.raises(UserError, match=words):
        fonts.files(editions.read("town", 2020))
