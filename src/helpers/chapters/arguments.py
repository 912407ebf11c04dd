"""Check what a cell hands to a chapter, so that a slip is told in one sentence with its remedy."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ibis
import pandas as pd

from helpers.settings.errors import UserError, did_you_mean

_COLUMNS = {"label", "value", "values", "x", "y", "by", "earlier", "count"}  # keywords of charts that name columns


def check_query(question: Any) -> None:
    """Raise UserError where `chapter.ask` gets something else than a query."""
    if not isinstance(question, ibis.Table):
        hints = {pd.DataFrame: "it is an answer already", str: 'write SQL as rows.alias("t").sql("select … from t")'}
        hint = hints.get(type(question), "end it with .aggregate(…) or .select(…)")
        raise UserError(f"ask takes a query, a table of Ibis, not {type(question).__name__}: {hint}.", exit_code=2)


def check_exhibit(caption: Any, answer: Any, words: Any) -> None:
    """Raise UserError where a table or a figure gets no caption, no answer, or words that are no text."""
    if not isinstance(caption, str):
        raise UserError(f"the caption comes first and is text, not {type(caption).__name__}.", exit_code=2)
    check_answer(answer)
    if not isinstance(words or {}, Mapping) or not all(isinstance(text, str) for text in (words or {}).values()):
        raise UserError('words names columns by text: words={"per_head": "人均件数（件/人）"}.', exit_code=2)


def check_answer(answer: Any) -> None:
    """Raise UserError where something else than a DataFrame with columns named by text is to be printed or written."""
    if not isinstance(answer, pd.DataFrame):
        hint = "ask it first, chapter.ask(…)" if isinstance(answer, ibis.Expr) else "make it one, such as by .reset_index()"
        raise UserError(f"the answer is no DataFrame but {type(answer).__name__}: {hint}.", exit_code=2)
    if numbered := [name for name in answer.columns if not isinstance(name, str)]:
        raise UserError(f"column {numbered[0]!r} is not named by text, as after a pivot: write answer.rename(columns=str), and "
                        f'where it is printed words={{"{numbered[0]}": "…"}}.', exit_code=2)


def check_columns(answer: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise UserError for the first of some columns that an answer lacks; an empty one, of which nothing is printed, passes."""
    if isinstance(columns, str):
        raise UserError(f'columns are a list: ["{columns}"].', exit_code=2)
    missing = [name for name in columns if name not in answer] if len(answer) else []
    if missing:
        raise UserError(f"the answer has no column '{missing[0]}'.{did_you_mean(missing[0], answer.columns)}", exit_code=2)


def check_chart(chart: Any, answer: pd.DataFrame, columns: Mapping[str, Any]) -> None:
    """Raise UserError where a chart is no function, or lacks a keyword, has another, or gets a column that the answer lacks."""
    if not callable(chart):
        raise UserError(f"a chart is a function, not {type(chart).__name__}: charts.bars; Tab after `charts.` lists them.",
                        exit_code=2)
    own = {parameter.name: parameter for parameter in [*inspect.signature(chart).parameters.values()][1:]}
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in own.values()):
        return
    needed = [name for name, parameter in own.items() if parameter.default is parameter.empty and name != "numbers"]
    usage = f"write {', '.join(f'{name}=…' for name in needed)}"
    if strange := [name for name in columns if name not in own]:
        raise UserError(f"{chart.__name__} has no keyword '{strange[0]}': {usage}.", exit_code=2)
    if lacking := [name for name in needed if name not in columns]:
        raise UserError(f"{chart.__name__} lacks the column {lacking[0]}: {usage}.", exit_code=2)
    named = {name: value for name, value in columns.items() if name in _COLUMNS and value is not None}
    if several := [name for name, value in named.items() if own[name].annotation is str and not isinstance(value, str)]:
        raise UserError(f"{chart.__name__} takes one column as {several[0]}, not {type(named[several[0]]).__name__}: "
                        "draw a figure for each.", exit_code=2)
    check_columns(answer, [name for value in named.values() for name in _columns_of(value)])


def filled(template: str, words: Mapping[str, str]) -> str:
    """Fill the braces of a text; raise UserError for a word that is not known or a brace that is not closed."""
    try:
        return template.format_map(words)
    except KeyError as error:
        name = error.args[0]
        raise UserError(f"'{template}': nothing is called {{{name}}}.{did_you_mean(name, words)}", exit_code=2) from None
    except (ValueError, IndexError):
        raise UserError(f"'{template}': a brace is not closed, or is empty: write {{period}}, and {{{{ or }}}} for the sign.",
                        exit_code=2) from None


def _columns_of(value: Any) -> Sequence[Any]:
    """Return the columns that a keyword of a chart names; none where it is a frame of its own (`earlier`, `total`)."""
    return [value] if isinstance(value, str) else [] if isinstance(value, pd.DataFrame) else value
