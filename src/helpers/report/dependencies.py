"""What a notebook, or a part of this package, depends on: as its imports say, read from the source and never guessed.

A module depends on the modules that it imports, wherever in it the statement stands, on those that these import, and on the
small files that any of them names through `paths`.
"""

import ast
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from helpers.settings import paths

# Names in `paths` that stand for files.
_NAMED = {"FONTS", "LOCALE", "STYLE", "TEMPLATES", "DICTIONARY", "GLOSSARY", "SYNONYMS", "reference", "published"}


_MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.MULTILINE)


def modules(notebooks: Iterable[Path]) -> list[str]:
    """Return the modules that notebooks import, each once, in order."""
    return list(dict.fromkeys(name for file in notebooks for name in _notebook(file, file.stat().st_mtime_ns)))


def files(names: Iterable[str]) -> list[Path]:
    """Return the files of this package and of `data/` that modules depend on, themselves among them, in order."""
    known, found = _package(), {}
    waiting, named = list(names), set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            file = found[name] = known[name]
            imported, used = _module(file, file.stat().st_mtime_ns)
            waiting += [*imported, name.rpartition(".")[0]]
            named |= set(used) & _NAMED
    small = [one for name in sorted(named) for one in paths.files_behind(name)]
    return sorted({*found.values(), *small})


def _package() -> dict[str, Path]:
    """Return the file of each module of this package by its name: `helpers.writing.places`."""
    files = {file: file.relative_to(paths.PACKAGE.parent).with_suffix("").parts for file in paths.PACKAGE.rglob("*.py")}
    return {".".join(parts[:-1] if parts[-1] == "__init__" else parts): file for file, parts in files.items()}


@cache
def _notebook(file: Path, changed: int) -> list[str]:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return [name for source in sources for name in _imported(source)]


def _imported(source: str) -> list[str]:
    """Return what a cell imports; one that is no Python even without its magic lines may import anything of the package."""
    try:
        return [name for node in ast.walk(ast.parse(_MAGIC.sub(r"\1pass", source))) for name in _names(node)]
    except SyntaxError:
        return sorted(_package())


@cache
def _module(file: Path, changed: int) -> tuple[list[str], list[str]]:
    """Return what a module imports, and what it takes of `paths`."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    used = [node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and node.value.id == "paths"]
    return [name for node in nodes for name in _names(node)], used


def _names(node: ast.AST) -> list[str]:
    """Return the modules that a statement may import: of `from a import b` both `a` and `a.b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []
