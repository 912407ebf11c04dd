"""The rules by which ingest leaves out rows and fields, as its code spells them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from helpers import ingest

_COUNTERS = {"fields_nulled", "reasons"}
_SAMPLES = ("closed_at", "3")  # of a column, of anything else


def rules() -> list[tuple[str, int, list[str]]]:
    """Return module, line and the text of each rule, filled once as with columns and once as with numbers.

    Rules are what counts of `fields_nulled` and `reasons` are kept by, and the sentences of functions that return reasons.
    """
    files = sorted(Path(ingest.__path__[0]).glob("*.py"))
    return [(file.name, node.lineno, _filled(node)) for file in files for node in _found(ast.parse(file.read_text("utf-8")))]


def _found(module: ast.Module) -> Iterator[ast.expr]:
    constants = {target.id: node.value for node in module.body if isinstance(node, ast.Assign)
                 for target in node.targets if isinstance(target, ast.Name)}
    for node in ast.walk(module):
        if isinstance(node, ast.Subscript) and _name(node.value) in _COUNTERS:
            yield from _texts(node.slice, constants)
        elif (isinstance(node, ast.AugAssign) and _name(node.target) in _COUNTERS) or (
                isinstance(node, ast.Call) and _name(node.func) == "_Record"):
            yield from (text for part in ast.walk(node) if isinstance(part, ast.Constant | ast.Name | ast.JoinedStr)
                        for text in _texts(part, constants))
        elif isinstance(node, ast.FunctionDef) and ("reason" in node.name or node.name.endswith("count_error")):
            yield from (text for statement in node.body[bool(ast.get_docstring(node)):] for part in ast.walk(statement)
                        if isinstance(part, ast.Constant | ast.Name | ast.JoinedStr) for text in _texts(part, constants))


def _texts(node: ast.expr, constants: dict[str, ast.expr]) -> list[ast.expr]:
    """Return a node, or the constant that it names, where it is a sentence."""
    node = constants.get(node.id, node) if isinstance(node, ast.Name) else node
    whole = isinstance(node, ast.JoinedStr | ast.Constant) and _filled(node)[0]
    return [node] if isinstance(whole, str) and " " in whole.strip() and whole[0] not in " \n" else []


def _filled(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [node.value, f"{node.value} 3"]  # the second where code joins a year to it
    return ["".join(getattr(part, "value", "") if isinstance(part, ast.Constant) else sample for part in node.values)
            for sample in _SAMPLES]


def _name(node: ast.expr) -> str | None:
    return getattr(node, "attr", None) or getattr(node, "id", None)
