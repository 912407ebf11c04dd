import dataclasses
import json
import re

import pandas as pd
import pytest
from support.home import inside
from support.tickets import write_three

from helpers import chapters
from helpers.analysis import hidden_cells, measures, ranking, trends
from helpers.chapters import output
from helpers.drawing import charts, style, tables
from helpers.settings import editions, periods
from helpers.settings.errors import UserError
from helpers.writing import prose
from helpers.writing.citations import cite, literal, sentence

NUMBERS = editions.NumberRules(wan_from=10000, count_decimals=1, headline_decimals=2, share_decimals=2, rounding="half_up",
                           source="test")


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    with inside(tmp_path_factory.mktemp("home")):
        write_three("beijing", 2020, "simulated")
        yield chapters.open("beijing", 2020)


def test_a_chapter_of_traditional_script_prints_it_and_keeps_names(tmp_path):
    with inside(tmp_path):
        write_three("taipei", 2020, "export")  # its categories are 住房 and 教育, its district 东城区, as exported
        chapter = chapters.open("taipei", 2020)
        answer = chapter.count(measures.volume(chapter.cube.calls, chapter.period, "category"))
        places = chapter.count(measures.volume(chapter.cube.areas, chapter.period, "district"))
        table = chapter.table("{period}各{district_level}来电", places, ["district", "tickets"])
        figure = chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets")
        words = chapter.paragraph(prose.total(answer.head(1), "东城区", "同比"))
    assert table.caption == "2020年各區來電"
    assert table.table["printed"][0][0] == "东城区"
    assert (figure.caption, "來電" in table.caption, "图" in figure.svg) == ("2020年問題", True, False)
    assert "".join(words.payload["sentences"][0]["parts"][:2]) == "东城区共受理民眾來電"


def test_an_answer_remembers_which_table_and_months_it_was_taken_from(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    assert answer["category"].tolist() == ["住房", "教育"]
    assert (answer.attrs["table"], answer.attrs["period"]) == ("calls", "2020")


def test_the_same_question_has_the_same_id_and_another_has_another(chapter):
    question = measures.volume(chapter.cube.calls, chapter.period, "category")
    asked = [chapter.ask(question), chapters.open("beijing", 2020).ask(question)]
    others = [chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "topic")),
              chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "category"))]
    ids = [answer.attrs["answer"] for answer in (*asked, *others)]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


def test_what_is_taken_from_an_answer_keeps_its_id(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    monthly = chapter.ask(measures.monthly(chapter.cube.calls, chapter.period, "category"))
    taken = [answer.head(1), answer.dropna(), answer[answer["tickets"] > 1], answer.assign(mine=1), answer.reset_index(drop=True),
             answer.sort_values("tickets"), ranking.rank_by_volume(answer, 1)]
    assert {frame.attrs["answer"] for frame in taken} == {answer.attrs["answer"]}
    assert trends.restrict_to(monthly, answer.head(1)).attrs == monthly.attrs


def test_a_sentence_and_a_figure_of_one_answer_carry_one_id_and_a_total_its_own(chapter):
    rules = {"soundness": editions.Soundness(covered=0, min_drawn=1), "changes": editions.ChangeRules(min_tickets=1)}
    edition = chapter.edition.model_copy(update=rules)
    chapter = dataclasses.replace(chapter, edition=edition)
    monthly = chapter.count(measures.monthly(chapter.cube.calls, chapter.period, "category"))
    total = chapter.count(measures.monthly(chapter.cube.calls, chapter.period))
    answer = chapter.count(measures.volume(chapter.cube.calls, chapter.period, "category"))
    figure = chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets")
    lines = chapter.figure("{period}各月", charts.monthly_lines, monthly, value="tickets", by="category", total=total)
    parts = chapter.paragraph(prose.top_with_counts(answer, "category", "来电", "类别", 1, least=1)).payload["sentences"][0][
        "parts"
    ]
    number = next(part for part in parts if isinstance(part, dict))
    assert (number["answer"], number["row"]) == (answer.attrs["answer"], {"category": "住房"})
    assert figure.payload["answers"] == [[answer.attrs["answer"], len(answer)]]
    assert lines.payload["answers"] == [[total.attrs["answer"], len(total)], [monthly.attrs["answer"], len(monthly)]]


def test_months_that_are_not_covered_are_marked_in_tables_and_not_drawn(chapter):
    drawn = {"soundness": editions.Soundness(min_drawn=1), "changes": editions.ChangeRules(min_tickets=1)}
    chapter = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update=drawn))
    monthly = chapter.ask(measures.monthly(chapter.cube.calls, chapter.period))
    table = chapter.table("各月", monthly, ["month", "tickets"])
    assert [row[-1] for row in table.payload["table"]["printed"]] == ["不完整"] * 12
    assert table.payload["table"]["rows"][0] == [1, 2, False]
    assert "各月数据均不完整" in chapter.figure("各月", charts.monthly_lines, monthly, value="tickets").preview
    assert chapter.figure("各月", charts.monthly_lines, monthly, value="tickets", optional=True) is None
    some = monthly.assign(covered=monthly["month"] == 3)
    figure = chapter.figure("各月", charts.monthly_lines, some, value="tickets", extremes=True)
    assert figure.payload["alt"].startswith("各月。3月1件；数据不全：1月、2月、4月")
    assert [column["name"] for column in figure.payload["table"]["columns"]] == ["year", "month", "tickets", "covered"]
    assert [row[2] for row in figure.payload["table"]["rows"]][:3] == [2, 0, 1]


def test_lines_of_a_few_tickets_are_said_not_to_be_drawn(chapter):
    monthly = chapter.count(measures.monthly(chapter.cube.calls, chapter.period))
    assert "各月件数过少，不作折线图" in chapter.figure("各月", charts.monthly_lines, monthly, value="tickets").preview
    few = editions.Soundness(covered=0, min_drawn=2), editions.Soundness(covered=0, min_drawn=3)
    for rules, drawn in zip(few, (True, False), strict=True):
        update = {"soundness": rules, "changes": editions.ChangeRules(min_tickets=1)}
        allowed = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update=update))
        figure = allowed.figure("各月", charts.monthly_lines, monthly, value="tickets", optional=True)
        assert (figure is not None) == drawn


def test_the_assumed_number_of_a_simulated_year_is_marked_beside_it(home):
    write_three("beijing", 2020, "simulated")
    write_three("beijing", 2019, "simulated")
    chapter = chapters.open("beijing", 2020)
    rows = pd.DataFrame({"district": ["朝阳区", "顺义区", "东城区"], "tickets": 40, "tickets_before": [30, 20, None]})
    table = chapter.table("各区", rows, ["district", "tickets", "tickets_before"]).payload["table"]
    assert [row[2] for row in table["printed"]] == ["30", "20〔假定〕", "—"]  # 朝阳区's of 2019 was published
    assert [row[1] for row in table["printed"]] == ["40"] * 3
    assert [row[2] for row in table["rows"]] == [30, 20, None]


def test_a_column_of_changes_goes_where_none_is_stated_and_is_a_range_where_that_is_known(chapter):
    answer = pd.DataFrame({"category": ["住房"], "tickets": [40], "tickets_change": [None]})
    columns = ["category", "tickets", "tickets_change"]
    ranged = answer.assign(low_change=[-0.1], high_change=[0.2])
    answers = (answer, ranged, answer.assign(tickets_change=0.5))
    found = [chapter.table("各类", rows, columns).payload["table"] for rows in answers]
    assert [[column["name"] for column in table["columns"]] for table in found] == [
        ["category", "tickets"], ["category", "tickets", "low_change", "high_change"], columns]


def test_everything_that_is_made_of_simulated_tickets_says_so(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    figure = chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets")
    table = chapter.table("{period}问题", answer, ["category", "tickets"])
    assert figure.payload["data"] == table.payload["data"] == "simulated"
    assert "模拟数据" in figure.svg
    assert "模拟数据" in figure.preview
    assert "模拟数据" in table.preview


@pytest.mark.slow
def test_nothing_that_is_made_of_an_export_does(home):
    write_three("beijing-water", 2020, "export")
    chapter = chapters.open("beijing-water", 2020)
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    figure = chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets")
    table = chapter.table("{period}问题", answer, ["category", "tickets"])
    text = chapter.paragraph(prose.in_order(answer, "category", "前几类", 3))
    assert "模拟" not in json.dumps([figure.payload, table.payload, text.payload], ensure_ascii=False)
    assert "模拟" not in figure.svg + figure.preview + table.preview + text.preview


def test_a_figure_carries_its_drawing_its_table_and_its_description(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    bundle = chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets")._repr_mimebundle_()
    payload = bundle[output.MIME]
    assert payload["caption"] == "2020年问题"
    assert payload["alt"] == "2020年问题。住房2件、教育1件。"
    assert [row[:2] for row in payload["table"]["rows"]] == [["住房", 2], ["教育", 1]]
    assert [re.search(r'width="([\d.]+)pt"', svg)[1] for svg in (bundle["image/svg+xml"], payload["narrow"])] == ["453.6", "252"]
    assert json.loads(json.dumps(payload)) == payload


@pytest.mark.slow
def test_a_category_looks_the_same_in_every_chapter_and_period(home):
    write_three("beijing", 2020, "simulated")
    assert chapters.open("beijing", 2020).categories == chapters.open("beijing", 2020, "M03").categories == ["住房", "教育"]
    chapter = chapters.open("beijing", 2020)
    rules = {"soundness": editions.Soundness(covered=0, min_drawn=1), "changes": editions.ChangeRules(min_tickets=1)}
    chapter = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update=rules))
    monthly = chapter.count(measures.monthly(chapter.cube.calls, chapter.period, "category"))
    alone = chapter.figure("教育", charts.monthly_lines, monthly[monthly["category"] == "教育"], value="tickets", by="category")
    assert f"stroke: {style.line_styles(chapter.categories)[1]['color']}" in alone.svg


@pytest.mark.slow
def test_a_map_is_drawn_where_the_edition_says_where_its_districts_stand(home, chapter):
    answer = chapter.ask(measures.volume(chapter.cube.areas, chapter.period, "district"))
    assert chapter.map("{period}办理量", answer, "tickets").payload["alt"].startswith("2020年办理量。东城区2件、未填写1件。")
    write_three("taipei", 2020, "export")
    elsewhere = chapters.open("taipei", 2020)
    assert elsewhere.places.empty
    assert elsewhere.map("{period}办理量", answer, "tickets") is None


def test_rates_without_any_value_are_not_drawn(chapter):
    rates = pd.DataFrame({"district": ["东城区"], "resolution_rate": [None], "satisfaction_rate": [None]})
    assert chapter.map("{period}解决率和满意率", rates, "resolution_rate", "satisfaction_rate") is None


def test_a_table_of_one_row_without_a_name_repeats_the_total_and_is_left_out(chapter):
    unnamed = pd.DataFrame({"subcategory": [None], "tickets": [3], "ticket_share": [1.0]})
    assert chapter.table("住房", unnamed, ["subcategory", "tickets"]) is None
    several = pd.concat([unnamed.assign(subcategory="供暖"), unnamed], ignore_index=True)
    assert chapter.table("住房", several, ["subcategory", "tickets"]).table["printed"] == [["供暖", "3"], ["未分类", "3"]]
    assert chapter.table("住房", unnamed, ["tickets"]).table["printed"] == [["3"]]


def test_a_sentence_carries_where_its_numbers_come_from(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    parts = chapter.paragraph(prose.top_with_counts(answer, "category", "来电", "类别", 1, least=1)).payload["sentences"][0][
        "parts"
    ]
    number = next(part for part in parts if isinstance(part, dict))
    assert (number["text"], number["value"], number["table"], number["column"]) == ("2件", 2, "calls", "tickets")


def test_what_cannot_be_drawn_is_said_or_left_out_where_it_is_optional(chapter):
    owners = chapter.ask(measures.volume(chapter.cube.owners, chapter.period, "owner"))
    said = chapter.figure("{period}承办单位", charts.bars, owners, label="owner", value="tickets")
    assert said.payload == {"kind": "absence", "what": "2020年承办单位",
                            "reason": "2020年的数据中没有可用于此处的“承办单位”内容，从略。"}
    assert chapter.figure("{period}承办单位", charts.bars, owners, label="owner", value="tickets", optional=True) is None
    assert chapter.table("{period}承办单位", owners, ["owner"]).payload["kind"] == "absence"


def test_a_paragraph_without_sentences_prints_nothing(chapter):
    assert chapter.paragraph([]) is None


@pytest.mark.slow
def test_the_base_is_named_in_a_caption_only_where_it_has_tickets(home):
    write_three("beijing", 2020, "simulated")
    assert chapters.open("beijing", 2020).fill("{both}") == "2020年"
    write_three("beijing", 2019, "simulated")
    assert chapters.open("beijing", 2020).fill("{both}") == "2019年和2020年"


@pytest.mark.slow
@pytest.mark.parametrize(("compare", "word"), [("year_ago", "同比"), ("previous", "环比"), ("2019-Q3", "较2019年第三季度")])
def test_the_word_for_a_comparison_fits_it(home, compare, word):
    write_three("beijing", 2020, "simulated")
    assert chapters.open("beijing", 2020, "Q4", compare).comparison == word


@pytest.mark.slow
def test_an_unknown_entity_is_refused_with_the_nearest(home):
    write_three("beijing", 2020, "simulated")
    with pytest.raises(UserError, match="Did you mean '东城区'"):
        chapters.open("beijing", 2020, district="东城")
    with pytest.raises(UserError, match="category '体育' is not in beijing-2020"):
        chapters.open("beijing", 2020, category="体育")


def test_a_year_without_tickets_says_how_to_get_them(home):
    with pytest.raises(UserError, match=r"run python -m helpers\.simulate"):
        chapters.open("beijing", 2020)


def test_a_table_keeps_raw_values_beside_what_is_printed():
    answer = pd.DataFrame({"district": ["东城区", None], "tickets": [167000, 3], "ticket_share": [0.049876, None]})
    table = tables.table(answer, ["district", "tickets", "ticket_share"], NUMBERS)
    assert table["rows"] == [["东城区", 167000, 0.049876], [None, 3, None]]
    assert table["printed"] == [["东城区", "167,000", "4.99"], ["未填写", "3", "—"]]
    assert [column["kind"] for column in table["columns"]] == ["text", "count", "share"]


def test_cells_are_text_for_jupyterlab():
    answer = pd.DataFrame({"category": ["<script>"], "tickets": [1]})
    assert "<script>" not in tables.as_html(tables.table(answer, ["category", "tickets"], NUMBERS))


def test_periods_of_the_notebooks_are_those_of_the_command(chapter):
    assert chapter.period == periods.parse("year", 2020)


@pytest.mark.parametrize(("parameters", "sentence"), [
    ({"year": "2020"}, "year '2020' must be a whole number: with papermill, -p year 2020."),
    ({"year": 2020.0}, "year 2020.0 must be a whole number: with papermill, -p year 2020."),
    ({"year": 2020, "compare": 2019}, 'compare 2019 must be text: compare = "2019".'),
    ({"year": 2020, "period": 6}, 'period 6 must be text: period = "6".')])
def test_a_parameter_of_another_type_is_refused_in_one_sentence(parameters, sentence):
    with pytest.raises(UserError, match=f"^{re.escape(sentence)}$"):
        chapters.open("beijing", **parameters)


def test_an_optional_bar_chart_of_two_numbers_is_left_out(chapter):
    answer = chapter.ask(measures.volume(chapter.cube.calls, chapter.period, "category"))
    assert chapter.figure("{period}问题", charts.bars, answer, label="category", value="tickets", optional=True) is None


def test_a_comparison_leaves_out_what_the_audience_may_not_see_and_a_figure_lists_its_earlier_months(chapter):
    frame = pd.DataFrame({"district": list("甲乙丙"), "tickets": [3, 2, 1], "resolution_rate": [0.9, 0.8, 0.7]})
    both = ["tickets", "resolution_rate"]
    open_to_all = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update={"audience": "public"}))
    within = dataclasses.replace(chapter, edition=chapter.edition.model_copy(update={"audience": "internal"}))
    public, internal = (each.figure("各区", charts.comparison, frame, label="district", values=both)
                        for each in (open_to_all, within))
    assert ("解决率" in public.svg, "解决率" in internal.svg) == (False, True)
    assert open_to_all.figure("各区", charts.comparison, frame, label="district", values=["resolution_rate"]) is None
    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [300, 400, 500]})
    earlier = months.assign(year=2019, tickets=[11, 12, 13])
    figure = within.figure("各月", charts.monthly_lines, months, value="tickets", earlier=earlier, names=("2020年", "2019年"))
    assert [row[-1] for row in figure.table["printed"]] == ["300", "400", "500", "11", "12", "13"]


def test_an_earlier_year_without_tickets_is_no_column_that_the_answer_lacks():
    """Months of a year that is not loaded have a column `covered`, which those of the period may lack."""
    from helpers.chapters import arguments

    months = pd.DataFrame({"year": 2020, "month": [1, 2, 3], "tickets": [10, 20, 30]})
    arguments.check_chart(charts.monthly_lines, months, {"value": "tickets", "earlier": months.assign(covered=False)})


FINDING = sentence("{name}最多，占{share}。", name="东城区", share=literal(0.5, "share"))


def test_a_finding_stands_before_the_caption_and_leaves_the_name_of_the_files(chapter):
    months = pd.DataFrame({"year": 2020, "month": range(1, 13), "tickets": range(100, 1300, 100)})
    drawn = chapter.figure("{period}各月来电量", charts.monthly_lines, months, value="tickets", finding=[FINDING])
    assert (drawn.name, drawn.caption) == ("2020年各月来电量", "东城区最多，占50.00%——2020年各月来电量")
    assert drawn.alt.startswith(drawn.caption)
    assert chapter.figure("{period}各月", charts.monthly_lines, months, value="tickets").caption == "2020年各月"
    whole = {"value": "tickets", "by": "category", "total": months}  # without parts it is drawn as a whole
    alone = chapter.figure("各月", charts.monthly_lines, months.head(0).assign(category=None), **whole, finding=[FINDING])
    assert alone.caption == "东城区最多，占50.00%——各月"


def test_a_figure_has_its_finding_above_what_is_drawn_with_its_unit_once_and_in_the_lab_too(chapter):
    frame = pd.DataFrame({"district": ["东城区", "西城区", "海淀区"], "tickets": [300, 20, 10],
                          "ticket_share": [0.91, 0.06, 0.03]})
    found = [sentence("东城区占{share}。", share=cite(frame, "ticket_share", district="东城区"))]
    drawn = chapter.figure("{period}各区", charts.bars, frame, label="district", value="tickets", finding=found)
    assert (drawn.title, drawn.subtitle, drawn.caption) == ("东城区占91.00%", "2020年各区（件）", "东城区占91.00%——2020年各区")
    assert (drawn.payload["title"], drawn.payload["subtitle"]) == (drawn.title, drawn.subtitle)
    assert drawn.svg.count(f"fill: {style.BASE}") >= 2  # the two that the finding does not speak of
    assert ">300</text>" in drawn.svg
    shown = drawn.preview
    assert shown.index("东城区占91.00%（模拟数据）") < shown.index("2020年各区（件）") < shown.index("东城区</text>")
    plain = chapter.figure("{period}各区", charts.bars, frame, label="district", value="tickets")
    assert (plain.title, plain.subtitle) == ("2020年各区", "单位：件")
    assert f"fill: {style.BASE}" not in plain.svg


def test_a_note_on_hidden_cells_is_in_the_subtitle(chapter):
    hides = dataclasses.replace(chapter, edition=chapter.edition.model_copy(
        update={"suppression": editions.Suppression(below=5, source="test")}))
    frame = pd.DataFrame({"district": ["东城区", "西城区", "海淀区"], "tickets": [300, 2, 10]})
    frame.attrs[hidden_cells.ATTRIBUTE] = hidden_cells.NOTHING  # in other periods
    drawn = hides.figure("{period}各区", charts.bars, frame, label="district", value="tickets")
    assert drawn.title == "2020年各区"
    assert drawn.subtitle.startswith("单位：件（“*”为不足5件")
    assert drawn.caption == drawn.title + drawn.subtitle.removeprefix("单位：件")


def test_a_finding_with_a_number_that_is_hidden_is_no_title(chapter):
    hides = dataclasses.replace(chapter, edition=chapter.edition.model_copy(
        update={"suppression": editions.Suppression(below=5, source="test")}))
    few = pd.DataFrame({"district": ["东城区", "西城区", "海淀区"], "tickets": [2, 1, 1]})
    said = sentence("东城区为{n}。", n=cite(few, "tickets", district="东城区"))
    assert hides._finding([said]) == ""
    assert chapter._finding([said]) == "东城区为2件"
