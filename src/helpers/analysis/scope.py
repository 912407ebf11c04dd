"""Define the scope of a query: an edition, a period, the base it is compared with, and their cube."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, wraps
from typing import Any, Self, TypeVar

import ibis
import ibis.expr.operations as ops
import pandas as pd

from helpers.analysis import hidden_cells
from helpers.cube import cube
from helpers.cube.cube import Cube
from helpers.settings import periods
from helpers.settings.editions import Edition
from helpers.settings.periods import Period

_Answer = TypeVar("_Answer")
_OF_PRINT = {"title", "chapters", "audience", "issued", "letterhead"}  # of an edition; no answer depends on them


@dataclass(frozen=True)
class Scope:
    """The edition, period and base (both spans of months) of all questions of a chapter, a plan or a reconciliation.

    `compare` says how the base was chosen: year_ago, previous, or a period's name. Where it `is_part`, the cube counts a part of
    the tickets.
    """

    edition: Edition
    period: Period
    base: Period
    compare: str
    cube: Cube
    is_part: bool = field(default=False, kw_only=True)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """What decides every answer: scopes of the same identity answer alike."""
        return self.edition.model_dump_json(exclude=_OF_PRINT), self.period, self.base, self.cube.state

    @property
    def comparison(self) -> str:
        """The word for the comparison: 同比 with a year ago, 环比 with the span before, 较2019年第三季度 with a named one."""
        return {"year_ago": "同比", "previous": "环比"}.get(self.compare, f"较{self.base.words}")

    def against(self, base: Period, period: Period | None = None) -> Self:
        """Return the scope with another base, and period where one is given; the cube has to have been loaded for both."""
        span = period or self.period
        named = next((name for name in ("year_ago", "previous") if periods.base(span, name) == base), base.name)
        return replace(self, period=span, base=base, compare=named)

    def ask(self, question: ibis.Table) -> pd.DataFrame:
        """Execute a query. `attrs` of the answer: its `answer` (`answer_id`), the cube's `table`s, the `period` it counts,
        `data` (simulated or export).

        A chapter takes out of it what its rows do not bear (`soundness`).
        """
        return self.count(question)

    def count(self, question: ibis.Table) -> pd.DataFrame:
        """Execute a query and return its answer as the cube has it, for scores and lists that have rules of their own.

        Where the edition hides small counts, the answer carries what is hidden of it in every period (`hidden_cells`).
        """
        answer = _with_plain_numbers(question.to_pandas(), question.schema())
        tables = {node.name for node in question.op().find(ops.PhysicalTable) if node.name in cube.TABLES}
        answer.attrs = {"table": "、".join(sorted(tables)), "period": self.period.name}
        answer.attrs |= {"answer": answer_id(answer), "data": self.cube.data}
        if not (rule := self.edition.suppression):
            return answer
        hides = hidden_cells.of_cube(self.cube, self.edition.city, rule.below, is_part=self.is_part)
        return hides.mark(answer, question, self.cube, is_year=self.period.months % 12 == 0)


def sourced(rows: pd.DataFrame, scope: Scope, table: str,
            *parts: pd.DataFrame | tuple[pd.DataFrame, Sequence[str]]) -> pd.DataFrame:
    """Return rows that were joined from several answers as an answer of their own, with its `attrs` (`Scope.ask`).

    `parts` are these answers, of which what is hidden stays so (`hidden_cells.joined`).
    """
    rows.attrs = {"table": table, "period": scope.period.name}
    rows.attrs |= {"answer": answer_id(rows), "data": scope.cube.data}
    return hidden_cells.joined(rows, *parts)


def once(most: int) -> Callable[[Callable[..., _Answer]], Callable[..., _Answer]]:
    """Let a function of a scope and further values be computed once for each identity of the scope, and its answer be kept.

    At most `most` answers are kept in a process; processes that it forks inherit them.
    """
    def decorate(function: Callable[..., _Answer]) -> Callable[..., _Answer]:
        @lru_cache(maxsize=most)
        def kept(question: _Question) -> _Answer:
            return function(question.scope, *question.values)

        @wraps(function)
        def answer(scope: Scope, *values: Any) -> _Answer:
            return kept(_Question(scope.identity, values, scope)) if isinstance(scope, Scope) else function(scope, *values)

        return answer

    return decorate


@dataclass(frozen=True)
class _Question:
    """The values of a function of a scope; the scope answers, and is not compared."""

    identity: tuple[Any, ...]
    values: tuple[Any, ...]
    scope: Scope = field(compare=False, repr=False)


def _with_plain_numbers(answer: pd.DataFrame, schema: ibis.Schema) -> pd.DataFrame:
    """Return an answer whose decimals (sums of whole numbers, literals of SQL) are integers or floats, and truths boolean."""
    kinds = {name: ("Int64" if answer[name].isna().any() else "int64") if kind.scale == 0 else "float64"
             for name, kind in schema.items() if kind.is_decimal()}
    truths = {name: "boolean" for name, kind in schema.items() if kind.is_boolean() and answer[name].dtype == object}
    unknown = {name: "float64" for name, kind in schema.items()
               if answer[name].isna().all() and (kind.is_null() or kind.is_unknown() or kind.is_numeric()) and name not in kinds}
    return answer.assign(**{name: pd.to_numeric(answer[name]) for name in kinds}).astype(kinds | truths | unknown)


def answer_id(answer: pd.DataFrame) -> str:
    """Return a hash of an answer's source, columns and rows; the same question gets the same id in another cell or process.

    A frame taken from an answer (some of its rows, further columns) keeps the id in its `attrs`.
    """
    contents = f"{sorted(answer.attrs.items())}\n{answer.to_csv(index=False)}"
    return hashlib.sha256(contents.encode()).hexdigest()[:12]


def open(edition: Edition, period: str = "year", compare: str = "year_ago") -> Scope:
    """Open an edition's scope and load the cube of the years that the period and its base touch.

    Raises UserError for an unknown period or comparison, and where the edition's year has no tickets.
    """
    span = periods.parse(period, edition.year)
    base = periods.base(span, compare)
    return Scope(edition, span, base, compare, cube.load(edition, span, base, shared=True))
