"""00-explore: what its helpers return, its cells run from top to bottom, and a grid in a real browser."""

import html
import json
import re
import shutil
import subprocess

import ibis
import itables
import nbclient
import nbformat
import pandas as pd
import papermill
import pyarrow as pa
import pytest
from nbformat import v4
from support.browser import BROWSER, SWITCHES
from support.home import inside

from helpers import chapters
from helpers.chapters import explore
from helpers.drawing import charts
from helpers.settings import editions, labels, paths
from helpers.settings.errors import UserError
from helpers.tickets import schema

NOTEBOOK = paths.notebook("00-explore")
DAYS = ["2020-01-05", "2020-01-06", "2020-03-07", "2020-12-31"]
PLACES = {"category": ["住房", "住房", "教育", "住房"], "district": ["东城区", "西城区", "东城区", "东城区"]}


def write(city, data="export", **columns):
    columns = {"ticket_id": ["1", "2", "3", "4"], "tags": [[]] * 4, "received_at": pd.to_datetime(DAYS), **columns}
    batch = pa.Table.from_pydict({name: pa.array(columns.get(name, [None] * 4), kind)
                                  for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})
    schema.write(editions.read(city, 2020), batch.to_batches(), data=data, source="test", digest=data)


@pytest.fixture(scope="module")
def chapter(tmp_path_factory):
    with inside(tmp_path_factory.mktemp("home")):
        write("beijing", "simulated", **PLACES)
        yield chapters.open("beijing", 2020, "H1")  # tickets themselves are read, too


def cells(grid):
    """The rows that a grid hands to the browser."""
    return json.loads(json.loads(re.search(r'"data_json": ("(?:[^"\\]|\\.)*")', grid.preview)[1]))


def caption(grid):
    return html.unescape(re.search(r"font-weight:600\\?\">([^<]*)<", grid.preview)[1])


def test_what_tickets_hold_is_told_column_by_column(chapter):
    columns = explore.columns(chapter).set_index("field")
    assert columns.loc["district"].tolist() == ["区", 3, 1.0]
    assert columns.loc["community"].tolist() == ["社区（村）", 0, 0.0]


def test_rows_have_what_questions_often_need(home):
    write("beijing", received_at=pd.to_datetime(["2020-01-05 08:30", "2020-01-06 00:00", "2020-03-07 00:00", "2020-12-31 00:00"]),
          closed_at=pd.to_datetime(["2020-01-08", "2020-01-06", None, None]))
    rows = explore.rows(chapters.open("beijing", 2020)).order_by("ticket_id").to_pandas()
    assert rows["weekday"].tolist() == [7, 1, 6, 4]  # 5 January 2020 was a Sunday
    assert rows["hour"].tolist() == [8, 0, 0, 0]
    assert rows["days"].tolist()[:2] == [3, 0]
    assert rows["is_open"].tolist() == [False, False, True, True]


def test_whether_a_ticket_is_open_is_not_known_where_no_closing_is(chapter):
    assert explore.rows(chapter).is_open.to_pandas().isna().all()


@pytest.mark.parametrize("question", [
    lambda rows: rows.alias("t").sql("select weekday, count(*) as tickets from t group by weekday order by weekday"),
    lambda rows: rows.group_by("weekday").aggregate(tickets=rows.count()).order_by("weekday"),
    lambda rows: rows.weekday.value_counts(name="tickets").order_by("weekday"),
    lambda rows: rows.select("weekday").cache().group_by("weekday").aggregate(tickets=ibis._.count()).order_by("weekday")])
def test_the_idioms_of_ibis_and_sql_agree(chapter, question):
    answer = chapter.count(question(explore.rows(chapter)))
    assert answer[["weekday", "tickets"]].to_numpy().tolist() == [[1, 1], [6, 1], [7, 1]]


def test_a_weekday_that_counts_from_zero_is_refused(chapter):
    days = explore.rows(chapter).mutate(weekday=ibis._.received_at.day_of_week.index()).group_by("weekday")
    answer = chapter.ask(days.aggregate(tickets=ibis._.count()).mutate(hour=0))
    with pytest.raises(UserError, match=r"weekday 0 is not from 1 to 7: count from Monday with"):
        chapter.figure("时段", charts.heatmap, answer, x="hour", y="weekday", value="tickets")
    with pytest.raises(UserError, match="weekday 0 is not from 1 to 7"):
        chapter.table("时段", answer, ["weekday", "tickets"])


def test_a_picker_offers_all_and_then_the_busiest_first(chapter):
    assert explore.picker(chapter, "district").options == ("全部", "东城区", "西城区")
    assert explore.picker(chapter, "district").description == "区"
    assert explore.busiest(chapter, "district") == "东城区"


def test_where_no_ticket_names_a_place_a_picker_offers_all_alone(home):
    write("taipei", category=PLACES["category"])
    chapter = chapters.open("taipei", 2020)
    assert explore.picker(chapter, "district").options == ("全部",)
    assert explore.busiest(chapter, "district") == "全部"


def test_picking_narrows_the_tickets_of_a_period_and_all_does_not(chapter):
    def many(**picked):
        return chapter.ask(explore.filtered(explore.rows(chapter), **picked).order_by("month"))["ticket_id"].tolist()

    assert many(district="全部", category="全部") == ["1", "2", "3"]
    assert many(district="东城区", category="全部") == ["1", "3"]
    assert many(district="东城区", category="住房") == ["1"]


def test_a_grid_leaves_out_columns_without_values_and_says_so(chapter):
    answer = pd.DataFrame({"district": ["东城区"], "tickets": [12345], "days_mean": [None]})
    grid = explore.grid(chapter, "{period}各区", answer, ["district", "tickets", "days_mean"])
    assert cells(grid) == [["东城区", "12345"]]
    assert caption(grid) == "2020年上半年各区；数据中没有：平均办理天数（模拟数据）"


def test_the_first_rows_of_a_grid_are_printed_on_paper(chapter):
    answer = pd.DataFrame({"category": ["住房"] * 21, "tickets": range(21)})
    grid = explore.grid(chapter, "各类", answer, ["category", "tickets"])
    assert len(cells(grid)) == 21
    assert len(grid.payload["table"]["rows"]) == 20
    assert grid.payload["caption"] == "各类（前20行）"


def test_a_grid_shows_markup_as_text(chapter):
    answer = pd.DataFrame({"category": ["<img src=x>", "</script>"], "tickets": [1, 2]})
    text = explore.grid(chapter, "<b>", answer, ["category", "tickets"]).preview
    assert "<img" not in text
    assert "</script>&" not in text
    assert "<b>" not in text


def test_a_grid_of_nothing_says_that_there_is_nothing(chapter):
    assert explore.grid(chapter, "各区", pd.DataFrame({"district": []}), ["district"]).payload["kind"] == "absence"


@pytest.mark.browser
def test_a_grid_is_drawn_in_chinese_without_a_network(chapter, tmp_path):
    answer = pd.DataFrame({"district": [f"{number}区" for number in range(11)], "tickets": range(11)})
    library = itables.javascript.generate_init_offline_itables_html(itables.options.dt_bundle)
    page = tmp_path / "grid.html"
    page.write_text(f"<!DOCTYPE html><meta charset=utf-8>{library}"
                    f"{explore.grid(chapter, '各区', answer, ['district', 'tickets']).preview}", encoding="utf-8")
    command = [BROWSER, *SWITCHES, "--virtual-time-budget=10000", "--dump-dom", f"--user-data-dir={tmp_path / 'profile'}",
               page.as_uri()]
    seen = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60).stdout
    assert "第1至10行，共11行" in seen
    assert len(re.findall("<option[^>]*>大于</option>", seen)) == 1


def shown(cells, widgets):
    """What the outputs of cells show, those in their widgets too; raises where one of them is an error."""
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    views = [one["data"]["application/vnd.jupyter.widget-view+json"]["model_id"] for one in outputs
             if "application/vnd.jupyter.widget-view+json" in one.get("data", {})]
    parts = [child.removeprefix("IPY_MODEL_") for view in views for child in widgets[view]["state"]["children"]]
    outputs += [output for part in parts for output in widgets[part]["state"].get("outputs", [])]
    assert [one["evalue"] for one in outputs if one["output_type"] == "error"] == []
    choices = [list(widgets[part]["state"]["_options_labels"]) for part in parts if "_options_labels" in widgets[part]["state"]]
    return html.unescape("\n".join(str(one.get("data", {}).get("text/html", "")) for one in outputs)), choices


@pytest.mark.slow
def test_the_notebook_runs_through_and_says_what_an_export_does_not_hold(home, monkeypatch):
    """Two editions in one kernel, which saves a start: one that holds much, then one that holds little."""
    closed = pd.to_datetime(["2020-01-09", "2020-01-07", None, None])
    write("beijing", "simulated", **PLACES, subcategory=["供暖"] * 4, subdistrict=["甲街道"] * 4, owner=["甲"] * 4,
          closed_at=closed)
    write("taipei", **PLACES)
    shutil.copy(paths.DICTIONARY, home / "data")
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    again = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    added = ['look("东城区", "教育")', again[0].replace('"beijing"', '"taipei"'), *again[1:]]
    notebook.cells += [v4.new_code_cell(source) for source in added]
    executed = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(home)}}).execute()
    widgets = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]

    text, choices = shown(executed.cells[:-len(again)], widgets)
    assert choices == [["全部", "东城区", "西城区"], ["全部", "住房", "教育"]]
    assert "4件工单，它们按公布的总数随机生成" in text
    assert text.index("injectModule(") < text.index("set_or_remove_dark_class()")  # else grids are white on dark ground
    assert "2020年各类来电每月数量（模拟数据）" in text
    assert "2020年派单办理（区：东城区，类别：教育）（模拟数据）" in text
    assert text.count('"data_json"') == 2
    assert "数据中没有：" not in text

    text, choices = shown(executed.cells[-len(again):], widgets)
    assert choices == [["全部", "东城区", "西城区"], ["全部", "住房", "教育"]]
    assert "2020年工單最多的地方（區：东城区）：2020年的資料中沒有可用於此處的“街道（鄉鎮）”內容，從略。" in text
    assert text.count("2020年的辦理天數：2020年的資料中沒有可用於此處的“辦結時間”內容，從略。") == 2
    assert "2020年各区各类工单；数据中没有：细类、平均办理天数" in text
    assert "模拟" not in text


def test_the_notebook_is_saved_without_outputs_and_takes_the_parameters_of_all():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert list(papermill.inspect_notebook(str(NOTEBOOK))) == ["city", "year", "period", "compare"]



def test_a_call_answered_at_once_is_not_open(home):
    write("beijing", closed_at=pd.to_datetime(["2020-01-08", None, None, None]),
          handling=["dispatched", "answered", "dispatched", None])
    rows = explore.rows(chapters.open("beijing", 2020)).order_by("ticket_id").to_pandas()
    assert rows["is_open"].tolist() == [False, False, True, True]


@pytest.fixture
def two_years(home):
    for year, days in ((2019, ["2019-01-05", "2019-02-05", "2019-08-05", "2019-09-05"]), (2020, DAYS)):
        columns = {"ticket_id": ["1", "2", "3", "4"], "tags": [[]] * 4, "received_at": pd.to_datetime(days), **PLACES}
        batch = pa.Table.from_pydict({name: pa.array(columns.get(name, [None] * 4), kind)
                                      for name, kind in zip(schema.SCHEMA.names, schema.SCHEMA.types, strict=True)})
        schema.write(editions.read("beijing", year), batch.to_batches(), data="simulated", source="test", digest=str(year))
    return chapters.open("beijing", 2020, "H1")


def test_years_stand_side_by_side_for_the_months_of_the_period(two_years):
    counted = explore.rows(two_years, years=[2019, 2020]).group_by("year").aggregate(tickets=ibis._.count()).order_by("year")
    assert two_years.ask(counted).values.tolist() == [[2019, 2], [2020, 3]]


def test_simulated_years_are_not_set_beside_an_export(two_years):
    write("beijing", "export", **PLACES)
    with pytest.raises(UserError, match="beijing-2019 is simulated, beijing-2020 is export"):
        explore.rows(chapters.open("beijing", 2020), years=[2019, 2020])


def test_another_table_joins_every_row_once(chapter, tmp_path):
    residents = pd.DataFrame({"district": ["东城区", "海淀区"], "residents": [709, 3133]})
    residents.to_csv(tmp_path / "residents.csv", index=False, encoding="gb18030")
    joined = explore.join(explore.rows(chapter), tmp_path / "residents.csv")
    assert joined.order_by("ticket_id").to_pandas()["residents"].fillna(0).tolist() == [709, 0, 709]
    lacking = explore.unmatched(explore.rows(chapter), residents)
    assert lacking.values.tolist() == [["西城区", 1], ["海淀区", 0]]


@pytest.mark.parametrize(("other", "words"), [
    ({"distrikt": ["东城区"]}, "no column of the tickets"),
    ({"district": ["东城区", "东城区"]}, "'东城区' stands in several rows"),
    ({"district": ["东城"]}, "it has '东城', tickets have '东城区'"),
    ({"district": ["东城区"], "month": [9]}, "no row finds its district、month"),
    ({"区": ["东城区"]}, r'rename \'区\', other\.rename\(columns=\{"区": "district"\}\)'),
    ({"month": ["1"]}, r'convert it there, other\.astype\(\{"month": "int32"\}\)')])
def test_a_table_that_cannot_be_joined_is_refused_with_the_reason(chapter, other, words):
    with pytest.raises(UserError, match=words):
        explore.join(explore.rows(chapter), pd.DataFrame(other))


def test_a_join_names_the_column_that_is_nowhere(chapter):
    with pytest.raises(UserError, match=r"on: 'districts' is no column of both tables. Did you mean 'district'"):
        explore.join(explore.rows(chapter), pd.DataFrame({"districts": ["东城区"]}), on="districts")


def test_a_key_in_the_index_is_told(chapter):
    residents = pd.DataFrame({"residents": [709]}, index=pd.Index(["东城区"], name="district"))
    with pytest.raises(UserError, match=r"'district' is its index, write other\.reset_index\(\)"):
        explore.join(explore.rows(chapter), residents)


@pytest.mark.parametrize(("slip", "words"), [
    (lambda chapter, _: chapter.table("试", _, ["distrikt"]), "no column 'distrikt'. Did you mean 'district'?"),
    (lambda chapter, _: explore.grid(chapter, "试", _, ["distrikt"]), "no column 'distrikt'. Did you mean 'district'?"),
    (lambda chapter, _: chapter.table("试", _, "tickets"), r'columns are a list: \["tickets"\]'),
    (lambda chapter, _: chapter.table(_, "试", ["tickets"]), "the caption comes first"),
    (lambda chapter, _: chapter.table("{perod}", _, ["tickets"]), "nothing is called {perod}. Did you mean 'period'?"),
    (lambda chapter, _: chapter.table("{", _, ["tickets"]), "a brace is not closed"),
    (lambda chapter, _: chapter.table("试", _.rename(columns={"tickets": 2020}), ["district"]), r"rename\(columns=str\)"),
    (lambda chapter, _: chapter.table("试", _, ["tickets"], words="件"), "words names columns by text"),
    (lambda chapter, _: chapter.table("试", explore.rows(chapter), ["month"]), r"ask it first, chapter\.ask"),
    (lambda chapter, _: chapter.ask(_), "it is an answer already"),
    (lambda chapter, _: chapter.ask("select 1"), "write SQL as"),
    (lambda chapter, _: chapter.paragraph("我的话"), "words of your own in a Markdown cell"),
    (lambda chapter, _: chapter.figure("试", "bars", _, label="district"), "a chart is a function"),
    (lambda chapter, _: chapter.figure("试", charts.bars, _, x="district"), "bars has no keyword 'x': write label=…, value=…"),
    (lambda chapter, _: chapter.figure("试", charts.bars, _, label="district"), "bars lacks the column value"),
    (lambda chapter, _: chapter.figure("试", charts.bars, _, label="area", value="tickets"), "no column 'area'"),
    (lambda chapter, _: chapter.figure("试", charts.heatmap, _, x=["district"], y="tickets", value="tickets"), "one column as x"),
    (lambda chapter, _: explore.rows(chapter, years=2020), r"must be a list of whole numbers: years=\[2019, 2020\]"),
    (lambda chapter, _: explore.filtered(explore.rows(chapter), district="东城"), "no row has '东城'.*Did you mean '东城区'?"),
    (lambda chapter, _: explore.filtered(explore.rows(chapter), distrikt="东城区"), "no column 'distrikt'"),
    (lambda chapter, _: explore.picker(chapter, "distrikt"), "no column 'distrikt'"),
    (lambda chapter, _: explore.export(explore.rows(chapter), "panel.dta"), "ask it first")])
def test_a_slip_is_told_in_one_sentence_with_its_remedy(chapter, slip, words):
    answer = chapter.ask(explore.rows(chapter).group_by("district").aggregate(tickets=ibis._.count()).order_by("district"))
    with pytest.raises(UserError, match=words):
        slip(chapter, answer)


def test_a_column_of_ones_own_is_not_taken_for_another():
    with pytest.raises(UserError, match=r"'growth' has no words.*dictionary\.yml\.$"):
        labels.column("growth")


def test_columns_of_ones_own_are_printed_with_words_given_at_the_call(chapter):
    answer = chapter.ask(explore.rows(chapter).group_by("district").aggregate(n=ibis._.count(), per=ibis._.month.mean() / 7)
                         .order_by("district"))
    printed = chapter.table("试", answer, ["district", "n", "per"], words={"n": "多少（件）", "per": "每个"}).table
    assert [(column["words"], column["unit"], column["kind"]) for column in printed["columns"]][1:] == [
        ("多少", "件", "count"), ("每个", "", "number")]
    assert printed["printed"][0] == ["东城区", "2", "0.285714"]
    with pytest.raises(UserError, match="'n' has no words: give them where it is printed"):
        chapter.table("试", answer, ["n"])
    with pytest.raises(UserError, match="words: the answer has no column 'm'"):
        chapter.table("试", answer, ["n"], words={"m": "月"})


def test_every_measure_counts_by_a_grouping(chapter):
    from helpers.analysis import measures

    seasons = chapter.ask(measures.volume(explore.grouped(chapter.cube.areas, "season"), chapter.period, "season"))
    assert dict(zip(seasons["season"], seasons["tickets"], strict=True)) == {"冬季": 2, "春季": 1}
    assert chapter.table("各季", seasons, ["season", "tickets"]).table["columns"][0]["words"] == "季节"


@pytest.mark.parametrize(("contents", "words"), [
    ("column: month\nwords: 季\nsource: 假定\ngroups: {一: [1, 2], 二: [2]}\n", "'2' is in several groups"),
    ("column: month\nwords: 季\ngroups: {一: [1]}\n", "key 'source' is missing"),
    ("column: month\nwords: 季\nsource: 假定\ngroups: {一: 1}\n", r"groups\.一 must be a list: write \[1\]"),
    ("column: subcategory\nwords: 季\nsource: 假定\ngroups: {一: [甲]}\n", "reads 'subcategory', which this table lacks")])
def test_a_grouping_that_is_wrong_is_refused(chapter, tmp_path, monkeypatch, contents, words):
    monkeypatch.setattr(paths, "GROUPINGS", tmp_path)
    (tmp_path / "mine.yml").write_text(contents, encoding="utf-8")
    with pytest.raises(UserError, match=words):
        explore.grouped(chapter.cube.areas, "mine")


def test_answers_have_neither_decimals_nor_objects(chapter):
    tickets = explore.rows(chapter).alias("t")
    answer = chapter.ask(tickets.sql("select sum(month) as whole, 1.5 as half, null as nothing, bool_or(is_open) as open from t"))
    assert {name: str(kind) for name, kind in answer.dtypes.items()} == {
        "whole": "int64", "half": "float64", "nothing": "float64", "open": "boolean"}


@pytest.mark.parametrize("name", ["panel.dta", "panel.parquet", "panel.csv"])
def test_an_answer_is_exported_with_labels_and_a_codebook(chapter, tmp_path, name):
    rows = explore.rows(chapter).group_by("district", "channel")
    answer = chapter.ask(rows.aggregate(tickets=ibis._.count(), x=ibis._.month.mean()).order_by("district"))
    file = explore.export(answer, tmp_path / name, words={"x": "平均月份"})
    read = {"panel.dta": pd.read_stata, "panel.parquet": pd.read_parquet, "panel.csv": pd.read_csv}[name](file)
    assert read["tickets"].tolist() == [2, 1]
    assert set(read["data"]) == {"模拟数据" if name.endswith("dta") else "simulated"}
    codebook = pd.read_csv(tmp_path / "panel.codebook.csv").set_index("name")
    assert codebook.loc["x", "words"] == "平均月份"
    assert codebook.loc["channel", ["known", "missing"]].tolist() == [0, 2]
    if name.endswith("dta"):
        with pd.io.stata.StataReader(file) as opened:
            assert opened.variable_labels()["tickets"] == "数量（件）"


def test_an_export_says_what_it_needs(chapter, tmp_path):
    answer = chapter.ask(explore.rows(chapter).group_by("district").aggregate(tickets=ibis._.count()))
    with pytest.raises(UserError, match=r"cannot be written. Did you mean '.dta'|cannot be written"):
        explore.export(answer, tmp_path / "panel.sav")
    answer.attrs = {}
    with pytest.raises(UserError, match="not known whether these numbers are simulated"):
        explore.export(answer, tmp_path / "panel.csv")
    assert [*tmp_path.iterdir()] == []
