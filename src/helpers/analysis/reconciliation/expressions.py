"""Evaluate the forms in published data: small expressions, parsed by `ast` and never passed to `eval`.

A form consists of comparisons, `and`, sums and quotients, constants, sets, tuples, and the tables and functions that it is
given. Anything else is refused: attributes, indexes, builtins.
"""

import ast
import inspect
import itertools
import operator
from collections.abc import Callable, Mapping
from typing import Any

from helpers.settings.errors import UserError, did_you_mean

Functions = Mapping[str, Callable[..., Any]]

_LONGEST = 1000
_COMPARES = {ast.Eq: operator.eq, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le}
_COMPUTES = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


def holds(form: str, functions: Functions, tables: Mapping[str, Any] | None = None) -> bool:
    """Evaluate a form and return whether it holds. Raises UserError for anything outside the language."""
    return bool(_value(parse(form), functions, tables or {}))


def parse(form: str) -> ast.expr:
    """Return a form's syntax tree. Raises UserError where it is not an expression, or far too long."""
    text = " ".join(form.split())
    if len(text) > _LONGEST:
        raise UserError(f"form '{text[:40]}…' is longer than {_LONGEST} characters: write a shorter one.")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UserError(f"form '{text}' is not an expression ({error}): mend it.") from None


def names(form: str) -> set[str]:
    """Return the names of all tables and functions in a form."""
    return {node.id for node in ast.walk(parse(form)) if isinstance(node, ast.Name)}


def _value(node: ast.AST, functions: Functions, tables: Mapping[str, Any]) -> Any:
    inner = [_value(part, functions, tables) for part in _parts(node)]
    match node:
        case ast.Constant(value=int() | float() | str() as value):
            return value
        case ast.Name(id=name):
            return _named(name, tables, "table")
        case ast.Set():
            return set(inner)
        case ast.Tuple():
            return tuple(inner)
        case ast.BoolOp(op=ast.And()):
            return all(inner)
        case ast.UnaryOp(op=ast.USub()):
            return -_number(inner[0])
        case ast.BinOp(op=op) if type(op) in _COMPUTES:
            return _COMPUTES[type(op)](*map(_number, inner))
        case ast.Compare(ops=ops) if all(type(op) in _COMPARES for op in ops):
            return all(_compared(op, *pair) for op, pair in zip(ops, itertools.pairwise(inner), strict=True))
        case ast.Call(func=ast.Name(id=name), keywords=[]):
            return _called(name, _named(name, functions, "function"), inner)
    raise UserError(f"'{ast.unparse(node)}' is not part of a form: data/published defines its language in form.md.")


def _parts(node: ast.AST) -> list[ast.AST]:
    """Return what is evaluated before a node: of a call its arguments, never its name."""
    if isinstance(node, ast.Call):
        return node.args
    if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Lambda | ast.NamedExpr):
        return []
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _compared(op: ast.cmpop, left: Any, right: Any) -> bool:
    """Compare two values; no comparison with the unknown (None) holds."""
    if left is None or right is None:
        return False
    return left == right if isinstance(op, ast.Eq) else _COMPARES[type(op)](_number(left), _number(right))


def _number(value: Any) -> int | float:
    if not isinstance(value, int | float):
        raise UserError(f"{value!r} is not a number: forms compute with numbers only.")
    return value


def _called(name: str, function: Callable[..., Any], arguments: list[Any]) -> Any:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError as error:
        raise UserError(f"{name} in a form: {error}.") from None
    return function(*arguments)


def _named(name: str, known: Mapping[str, Any], what: str) -> Any:
    if name not in known:
        raise UserError(f"'{name}' is not a {what} of a form.{did_you_mean(name, known)}")
    return known[name]
