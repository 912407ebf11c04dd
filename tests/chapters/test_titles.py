"""A figure's title is its finding, its subtitle what the title lacks; what the finding quotes has the colour."""

import pandas as pd
import pytest

from helpers.chapters import titles
from helpers.drawing import charts, maps
from helpers.writing.citations import Number, Sentence, cite, sentence


@pytest.mark.parametrize(("given", "shown"), [
    (("朝阳区最多", "2020年各区办理量", "万件", ""), ("朝阳区最多", "2020年各区办理量（万件）")),
    (("朝阳区最多", "2020年各区办理量", "", "（隐去2处）"), ("朝阳区最多", "2020年各区办理量（隐去2处）")),
    (("", "2020年各区办理量", "万件", "（隐去2处）"), ("2020年各区办理量", "单位：万件（隐去2处）")),
    (("", "2020年各区办理量", "", "（隐去2处）"), ("2020年各区办理量", "隐去2处")),
    (("", "2020年各区办理量", "", ""), ("2020年各区办理量", ""))])
def test_a_subtitle_has_what_the_title_lacks_and_never_the_same_words(given, shown):
    assert titles.above(*given) == shown


DISTRICTS = pd.DataFrame({"district": ["朝阳区", "海淀区", "延庆区"], "tickets": [9, 5, 1], "ticket_share": [0.6, 0.3, 0.1]})
MONTHS = pd.DataFrame({"category": ["住房", "教育"], "year": 2020, "month": 1, "tickets": [3, 4]})
RATES = pd.DataFrame({"year": 2020, "month": [1, 2], "resolution_rate": [0.7, 0.8], "satisfaction_rate": [0.8, 0.9]})


def finding(frame, column, **where):
    return [sentence("有{n}。", n=cite(frame, column, **where))]


def looks(chart, frame, said, **columns):
    return titles.looks(chart, frame, columns, said).get("highlight", [])


def test_the_rows_lines_and_columns_that_a_finding_quotes_are_pointed_at():
    first = finding(DISTRICTS, "ticket_share", district="朝阳区")
    assert looks(charts.bars, DISTRICTS, first, label="district", value="tickets") == ["朝阳区"]
    assert looks(maps.shaded, DISTRICTS, first, label="district", value="tickets") == ["朝阳区"]
    assert looks(charts.small_multiples, MONTHS, finding(MONTHS, "tickets", category="教育"), by="category") == ["教育"]
    both = {"values": ["resolution_rate", "satisfaction_rate"]}
    assert looks(charts.rates, RATES, finding(RATES, "resolution_rate", month=2), **both) == ["解决率"]


def test_nothing_is_pointed_at_without_a_claim_by_a_chart_that_cannot_or_against_a_notebooks_own_choice():
    first = finding(DISTRICTS, "ticket_share", district="朝阳区")
    assert looks(charts.bars, DISTRICTS, [], label="district") == []
    assert looks(charts.heatmap, DISTRICTS, first, label="district") == []
    assert titles.looks(charts.bars, DISTRICTS, {"label": "district", "highlight": "延庆区"}, first) == {}
    assert looks(charts.bars, DISTRICTS.head(1), first, label="district") == []  # all that is drawn
    assert looks(charts.bars, DISTRICTS, finding(RATES, "resolution_rate", month=2), label="district") == []
    assert looks(charts.bars, DISTRICTS, [Sentence(("平稳。",))], label="district") == []


def test_a_finding_on_the_whole_points_at_the_whole_and_one_on_the_only_line_at_that():
    whole, part = (MONTHS.tail(1).assign() for _ in range(2))
    whole.attrs, part.attrs = {"answer": "whole"}, {"answer": "part"}
    said = {name: [Sentence((Number(1, "month", answer=name, where={"year": 2020, "month": 1}),))] for name in ("whole", "part")}
    drawn = {"by": "category", "value": "tickets", "total": whole}
    assert looks(charts.monthly_lines, part, said["whole"], **drawn) == ["合计"]
    assert looks(charts.monthly_lines, part, said["part"], **drawn) == ["教育"]
    unknown = [Sentence((Number(1, "month"),))]  # of no answer: it may be of either
    assert looks(charts.monthly_lines, MONTHS, unknown, **drawn | {"total": MONTHS}) == []
    assert looks(charts.monthly_lines, part, said["part"], value="tickets", total=whole) == []
