"""Registry of output formats: every module of this package that has `file` and `render`.

`file(folder)` returns the report's file in an outputs folder (`report.pdf`). `render(document, pictures)` returns its contents;
`pictures` are the PNGs of the document's figures and images, in their order. `CHAPTERS = True` where each chapter is written in
the format, too. A new format is a new module.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from helpers import publish

if TYPE_CHECKING:
    from helpers.document.document import Document  # imports pandas, and whoever asks for `modules` shall not wait for it

_SKIPPED = {"formats", "nbconvert_exporters"}  # the exporters import nbconvert, which a report needs not
_FIRST = "pdf"  # begun before the others: Typst works while Python renders them


class Rendered(NamedTuple):
    """The contents of a file, and how many characters the format's fonts lack."""

    contents: bytes
    replaced: int = 0


@dataclass(frozen=True)
class Format:
    """An output format, by its module's name; `by_chapter` where each chapter has a file in it."""

    name: str
    file: Callable[[Path], Path]
    render: "Callable[[Document, Sequence[bytes]], Rendered]"
    by_chapter: bool

    @property
    def ending(self) -> str:
        """The ending of its files: `pdf`."""
        return self.file(Path()).suffix.removeprefix(".")


def modules() -> list[str]:
    """Return the dotted names of the modules in which formats are looked for; imports none of them."""
    found = pkgutil.iter_modules(publish.__path__)
    return [f"{publish.__name__}.{module.name}" for module in found if not module.ispkg and module.name not in _SKIPPED]


@cache
def formats() -> tuple[Format, ...]:
    """Return all formats, in the order in which they are best begun."""
    imported = [importlib.import_module(name) for name in modules()]
    found = [Format(module.__name__.rpartition(".")[2], module.file, module.render, getattr(module, "CHAPTERS", False))
             for module in imported if hasattr(module, "file") and hasattr(module, "render")]
    return tuple(sorted(found, key=lambda found_format: (found_format.name != _FIRST, found_format.name)))
