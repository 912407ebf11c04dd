"""Write the sentences of a bulletin on the month to come: how many complaints are expected, and which alerts go on.

Complaints are foretold, never facts or causes.
"""

import pandas as pd

from helpers.settings import labels
from helpers.settings.periods import Period
from helpers.writing import phrases
from helpers.writing.citations import Sentence, cite, join, optional, phrase, sentence

__all__ = ["expected", "increasing", "open_alerts", "title"]


def __dir__() -> list[str]:  # what Tab offers
    return __all__


_NAMED = 3


def title(month: Period, dimension: str) -> str:
    """Return the caption of a table of what is expected: 2022年7月各类别来电量的预计; the words of a level in braces."""
    return f"{month.words}各{dimension}来电量的预计"


def expected(whole: pd.DataFrame, rows: pd.DataFrame, month: Period) -> list[Sentence]:
    """State how many tickets a month is expected to have, with its range and the months to compare, and the first categories."""
    tickets, lower, upper, own, before = (
        cite(whole, column, kind="exact")
        for column in ("expected_tickets", "expected_tickets_lower", "expected_tickets_upper", "period_tickets", "year_ago")
    )
    compared = phrases.clauses([optional("本月为{own}", own=own), optional("去年同月为{before}", before=before)], "，")
    said = sentence(
        "预计{month}来电{tickets}{within}{compared}。",
        month=month.words,
        tickets=tickets,
        within=optional("，有八成把握的范围为{lower}至{upper}", lower=lower, upper=upper),
        compared=phrase("；{compared}", compared=compared) if compared else "",
    )
    first = phrases.rankable(rows, "category").head(_NAMED)
    parts = [
        phrase("{name}（{tickets}）", name=phrases.quoted(name), tickets=cite(rows, "expected_tickets", category=name))
        for name in first["category"]
    ]
    return [said, *([sentence("预计数量居前的是{parts}。", parts=join(parts))] if parts else [])]


def increasing(rows: pd.DataFrame) -> list[Sentence]:
    """Name the categories of which more is expected than this month had, beyond their range."""
    if rows.empty:
        return [sentence("按日均计，没有预计明显高于本月的类别。")]
    parts = [
        phrase(
            "{name}（预计{expected}，本月{own}）",
            name=phrases.quoted(name),
            expected=cite(rows, "expected_tickets", category=name),
            own=cite(rows, "period_tickets", category=name),
        )
        for name in rows["category"].head(_NAMED)
    ]
    some = "主要有" if len(rows) > _NAMED else "有"
    return [sentence("按日均计，预计明显高于本月的{some}{parts}。", some=some, parts=join(parts))]


def open_alerts(counted: pd.DataFrame, rows: pd.DataFrame) -> list[Sentence]:
    """State how many alerts go on, and of the largest for how long, with what came and what was expected in its worst week."""
    if not counted["judged_weeks"].iloc[0]:
        return []
    if rows.empty:
        return [sentence("作判断的各周没有持续到期末的预警。")]
    parts = [
        phrase(
            "{district}{category}（{age}，最多的一周{tickets}，预计{expected}）",
            district=row["district"],
            category=phrases.quoted(labels.value("category", row["category"])),
            age=phrase("已{weeks}周", weeks=_cell(rows, row, "weeks", kind="plain")) if row["weeks"] > 1 else "新出现",
            tickets=_cell(rows, row, "tickets"),
            expected=_cell(rows, row, "expected_tickets"),
        )
        for row in rows.head(_NAMED).to_dict("records")
    ]
    return [
        sentence(
            "来电明显多于预计、期末尚在持续的预警有{open}条：{parts}{more}。",
            open=cite(counted, "open_alerts", kind="plain"),
            parts=join(parts),
            more="等" if len(rows) > _NAMED else "",
        )
    ]


def _cell(rows: pd.DataFrame, row: dict, column: str, **options: str):
    return cite(rows, column, at={name: row[name] for name in ("district", "category", "first_week")}, **options)
