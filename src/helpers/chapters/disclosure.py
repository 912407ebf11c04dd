"""What an edition's audience may see: columns that are withheld, small counts that are hidden, and what is printed instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.analysis import hidden_cells, suppression
from helpers.settings import labels, number_format
from helpers.settings.editions import Edition
from helpers.writing.citations import Number

LEFT_OUT = "（略）"  # in place of a number
_UNITS = {"district", "subdistrict", "community", "owner"}
_RANK_COLUMNS, _RATE_KINDS = {"scored_months"}, {"score", "rate", "points", "gain"}


@dataclass(frozen=True)
class Disclosure:
    """The rules of an edition's `audience` and `suppression`, applied to answers, captions and quoted numbers.

    As the report of 2020 prints, 四: of single places and owners the public sees the order of ranks and the counts, no scores.
    """

    edition: Edition

    @property
    def is_public(self) -> bool:
        """Whether the report is for the public."""
        return self.edition.audience == "public"

    @property
    def below(self) -> int:
        """The number of tickets below which a count is hidden; 0 where the edition hides none."""
        return self.edition.suppression.below if self.edition.suppression else 0

    def withheld_columns(self, answer: pd.DataFrame) -> list[str]:
        """Return the columns of an answer that the public does not see: scores and rates of single places and owners."""
        if not self.is_public or not _UNITS & set(answer.columns):
            return []
        return [column for column in answer.columns if column in _RANK_COLUMNS or number_format.kind(column) in _RATE_KINDS]

    def mask(self, answer: pd.DataFrame) -> pd.DataFrame:
        """Return which cells of an answer are hidden (`suppression.mask`)."""
        return suppression.mask(answer, self.below, hidden_cells.of(answer))

    def ordered(self, answer: pd.DataFrame) -> pd.DataFrame:
        """Return an answer whose order does not tell hidden counts (`suppression.ordered`)."""
        return suppression.ordered(answer, self.mask(answer)) if self.below else answer

    def for_chart(self, answer: pd.DataFrame, columns: Mapping[str, Any]) -> pd.DataFrame:
        """Return an answer as a chart of these `columns` may draw it (`suppression.for_chart`)."""
        return suppression.for_chart(answer, self.mask(answer), columns)

    def caption(self, caption: str, cells: int) -> str:
        """Return a caption that says how many cells are hidden, and why; unchanged where none is."""
        if not cells:
            return caption
        return f"{caption}（“{suppression.MARK}”为不足{self.below}件或可推知此类数字者，隐去{cells}处）"

    def replacement(self, number: Number) -> str | None:
        """Return what is printed in place of a number; None where the number itself is.

        A small count of tickets is 不足5件; one that would tell a small one, and a number derived from a row with a hidden count,
        is left out (（略）).
        """
        if not self.below:
            return None
        is_sum = not number.column and number.least is not None and number.least == number.value  # `citations.summed`
        is_count = is_sum or suppression.is_count(number.column, number.kind)
        if is_count and number.value is not None and 0 < number.value < self.below:
            return f"不足{self.below}件"
        if number.hidden:
            return LEFT_OUT
        is_hidden = suppression.is_derived(number.kind) and number.least is not None and number.least < self.below
        return LEFT_OUT if is_hidden else None

    @property
    def all_hidden(self) -> str:
        """The sentence that stands in place of a figure of hidden numbers alone."""
        return f"其中的数字均不足{self.below}件，或可推知此类数字，从略。"


def with_simulated_mark(caption: str, data: str) -> str:
    """Return a caption that says where its numbers are simulated: 2020年各区办理情况（模拟数据）."""
    return f"{caption}（{labels.value('data', 'simulated')}）" if data == "simulated" else caption
