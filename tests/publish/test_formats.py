"""The registry of output formats: a module of `publish` is found by its name alone."""

import importlib
import sys
from pathlib import Path

from helpers import publish
from helpers.publish import formats

NEW = """from helpers.publish.formats import Rendered


def file(folder):
    return folder / "report.txt"


def render(document, pictures=()):
    return Rendered(document.title.encode())
"""


def test_the_formats_are_found_and_the_exporters_that_import_nbconvert_are_not():
    names = {found.name: found for found in formats.formats()}
    assert {name for name, found in names.items() if found.by_chapter} == {"pdf", "html", "docx"}
    assert names["docx"].file(Path("x")) == Path("x/report.docx")
    assert names["xlsx"].ending == "xlsx"
    assert "helpers.publish.nbconvert_exporters" not in formats.modules()
    assert next(iter(formats.formats())).name == "pdf"


def test_a_new_module_is_a_new_format(tmp_path, monkeypatch):
    (tmp_path / "plain_text.py").write_text(NEW, encoding="utf-8")
    monkeypatch.setattr(publish, "__path__", [*publish.__path__, str(tmp_path)])
    importlib.invalidate_caches()
    formats.formats.cache_clear()
    try:
        [found] = [one for one in formats.formats() if one.name == "plain_text"]
        assert (found.ending, found.by_chapter) == ("txt", False)
    finally:
        sys.modules.pop("helpers.publish.plain_text", None)
        formats.formats.cache_clear()
