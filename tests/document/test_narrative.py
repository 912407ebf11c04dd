"""Words by people: figures filled in or refused by name, Markdown never markup, what is typed by hand pointed out."""

import dataclasses
import re
import shutil
from datetime import datetime

import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.analysis import scope
from helpers.cube import cube
from helpers.document import document, external_figures, narrative, number_sources
from helpers.document.blocks import Heading, Run, paragraphs
from helpers.document.document import SectionContent
from helpers.publish import checklist, html, pdf
from helpers.settings import editions, paths, periods
from helpers.settings.errors import UserError
from helpers.tickets import schema
from helpers.writing.citations import Number

STEMS = ["01-overview", "03-district-01-甲区", "07-outlook"]
YEAR = periods.parse("year", 2020)
FACTS = {"data": "export", "source": "town.csv", "digest": "d" * 64}
HEADER = "name,value,unit,source\n"


def ticket(number, **known):
    return {"ticket_id": str(number), "received_at": datetime(2020, 1, 1), "tags": [], "dispatches": 0} | known


CALLS = [*({"district": "甲区", "subdistrict": "一街道", "owner_level": "subdistrict", "channel": "phone"} for _ in range(5)),
         *({"district": "乙区", "subdistrict": "二街道", "owner_level": "subdistrict", "channel": "web"} for _ in range(3))]


def bring(rows, year=2020):
    batch = pa.RecordBatch.from_pylist([ticket(number, **row) for number, row in enumerate(rows)], schema=schema.SCHEMA)
    schema.write(editions.read("town", year), [batch], data="export", source="town.csv", digest=str(len(rows)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The data of town 2020, made once: eight calls, five of 甲区 and three of 乙区."""
    data = tmp_path_factory.mktemp("town") / "data"
    edition = yaml.safe_load(paths.edition("beijing", 2020).read_text(encoding="utf-8"))
    for key in ("simulation", "zones", "places", "extends"):
        edition.pop(key, None)
    edition |= {"city": "town", "districts": [], "chapters": [{"title": "总体情况", "notebook": "01-overview"}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "DATA", data)
        patch.setattr(paths, "EDITIONS", data / "editions")
        paths.EDITIONS.mkdir(parents=True)
        paths.edition("town", 2020).write_text(yaml.safe_dump(edition, allow_unicode=True), encoding="utf-8")
        bring(CALLS)
        cube.build(editions.read("town", 2020))
    return data


@pytest.fixture
def town(home, made):
    """The edition town 2020, and the folder for its texts."""
    shutil.copytree(made, paths.DATA, dirs_exist_ok=True)
    return paths.narrative("town-2020", "year")


def write(folder, text, name="01-overview.md"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def external(text):
    file = paths.external("town-2020", "year")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def read(part="year"):
    return narrative.read(scope.open(editions.read("town", 2020)), part, STEMS)


def blocks(folder, text):
    write(folder, text)
    return read().blocks["01-overview"]


def said(*blocks):
    return "\n".join("".join(run.text for run in runs) for block in blocks for runs in paragraphs(block))


def refused(folder, text):
    write(folder, text)
    with pytest.raises(UserError) as error:
        read()
    return str(error.value)


def test_a_placeholder_prints_a_measure_in_house_style(town):
    text = "{{period.words}}{{calls.total}}，其中{{ district . 甲区 . tickets }}、{{district.甲区.share}}，{{district.甲区.rank}}"
    assert said(*blocks(town, text)) == "2020年8件，其中5件、62.50%，第1"


def test_a_figure_knows_its_cell_as_one_of_a_sentence_does(town):
    [paragraph] = blocks(town, "网络{{channel.网络.share}}。")
    number = Number(3 / 8, "share", "channels", "ticket_share", {"channel": "web"}, "2020")
    quoted = paragraph.runs[1]
    assert quoted == Run("37.50%", number=dataclasses.replace(number, answer=quoted.number.answer))
    assert (len(quoted.number.answer), quoted.number.row) == (12, {"channel": "web"})


def test_a_name_goes_by_its_word_or_its_value_and_by_its_parent(town):
    text = "{{channel.web.tickets}}{{channel.网络.tickets}}{{subdistrict.乙区.二街道.share}}"
    assert said(*blocks(town, text)) == "3件3件100.00%"


@pytest.mark.slow
def test_equal_counts_share_a_place(town):
    bring([*CALLS, *CALLS[5:7]])
    assert said(*blocks(town, "{{district.甲区.rank}}{{district.乙区.rank}}")) == "第1第1"


@pytest.mark.slow
def test_a_change_is_said_with_its_direction_and_refused_without_a_base(town):
    assert refused(town, "{{calls.change}}") == (
        "data/narrative/town-2020/01-overview.md:1: 'calls.change' has no value: 2019年 has nothing to compare with.")
    paths.edition("town", 2019).write_text("city: town\nyear: 2019\nextends: town-2020\n", encoding="utf-8")
    bring([row | {"received_at": datetime(2019, 1, 1)} for row in CALLS[:6]], 2019)
    text = "{{period.comparison}}{{calls.change}}，乙区{{district.乙区.change}}，甲区{{district.甲区.change}}"
    assert said(*blocks(town, text)) == "同比上升33.33%，乙区上升200.00%，甲区持平"


@pytest.mark.parametrize(("name", "nearest"), [
    ("district.甲.share", "district.甲区.share"), ("calls.totl", "calls.total"), ("distrct.甲区.share", "district.甲区.share"),
    ("district.甲区.shares", "district.甲区.share"), ("units.subdistrict", "units.subdistricts")])
def test_an_unknown_name_is_told_with_file_line_and_the_nearest_right_one(town, name, nearest):
    assert refused(town, f"一行。\n\n两{{{{{name}}}}}行。") == (
        f"data/narrative/town-2020/01-overview.md:3: '{name}' is not known. Did you mean '{nearest}'?")


def test_all_mistakes_are_told_at_once_and_none_of_a_unit_without_scores_is_nought(town):
    lines = refused(town, "{{calls.totl}}\n\n{{units.subdistricts}}\n\n{{calls.total}").splitlines()
    assert [re.match(r"\S+:(\d+): ", line)[1] for line in lines] == ["1", "3", "5"]
    assert lines[1].endswith("'units.subdistricts' has no value in 2020年.")
    assert "is not closed" in lines[2]


@pytest.mark.parametrize("text", ["[甲](http://a.cn/{{calls.total}})", "http://a.cn/{{calls.total}}", "<!-- {{calls.total}} -->",
                                  '<p title="{{calls.total}}">甲</p>', "<script>\n{{calls.total}}\n</script>"])
def test_a_placeholder_where_nothing_prints_is_refused(town, text):
    assert re.search(r"01-overview.md:\d: '\{\{calls.total\}\}' is ", refused(town, text))


def test_code_and_an_escaped_brace_stay_as_they_are_written(town):
    made = blocks(town, "`{{calls.total}}` \\{{calls.total}}\n\n```\n{{nothing}}\n```\n")
    assert said(made[0]) == "{{calls.total}} {{calls.total}}"
    assert made[1].text == "{{nothing}}"


def test_placeholders_stand_in_emphasis_lists_quotes_and_tables(town):
    made = blocks(town, "**{{calls.total}}**余\n\n- 甲{{calls.total}}\n\n> 乙{{calls.total}}\n\n"
                        "|a|b|\n|-|-|\n|{{calls.total}}|共{{calls.total}}|\n")
    assert said(*made) == "8件余\n甲8件\n乙8件"
    assert made[0].runs[0].style == ("strong",)
    assert (made[3].grid.rows, made[3].grid.values) == ([["8件", "共8件"]], [[8, "共8件"]])


@pytest.mark.parametrize("text", ["**甲。**乙", "**“甲”**乙", "乙**（甲）**乙", "**甲乙，**丙"])
def test_bold_ends_beside_a_chinese_stop(town, text):
    [paragraph] = blocks(town, text)
    assert "*" not in said(paragraph)
    assert any(run.style == ("strong",) for run in paragraph.runs)


PARTS = st.sampled_from(["calls", "total", "district", "甲区", "share", "external", "units", "rate", "x"])
NAMES = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="{}\n\r")), st.lists(PARTS, max_size=4).map(".".join))
BEFORE = st.sampled_from(["", "甲", "**", "- ", "# ", "> ", "| a |\n|-|\n| ", "[", "<b>", "\u115f0\u1160"])


@pytest.fixture
def chapter(town):
    return scope.open(editions.read("town", 2020))


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, before=BEFORE)
def test_a_placeholder_is_filled_in_or_refused_with_its_place(town, chapter, name, before):
    write(town, f"{before}{{{{{name}}}}}")
    refusal, made = "", []
    try:
        made = narrative.read(chapter, "year", STEMS).blocks["01-overview"]
    except UserError as error:
        refusal = str(error)
    printed = said(*made)
    assert made or re.match(r"data/narrative/town-2020/01-overview\.md:\d: '", refusal)
    assert "{{" not in printed
    assert set("\u115f\u1160\u3164") & set(printed) <= set(before)


HOSTILE = """<script>alert(1)</script><img src="http://evil.example/a.png" onerror="x()"> <b>粗</b>

#image("/etc/passwd") #eval("1+1") @ref $x$ \\u{41} {{calls.total}}

![图](http://evil.example/b.png) [链](javascript:alert(1))

<iframe src="http://evil.example/"></iframe>
"""


def test_hostile_markdown_shows_as_text_and_loads_nothing(town):
    made = blocks(town, HOSTILE)
    result = SectionContent("01-overview", None, "done", "总体情况", 1, words=made)
    whole = document.assemble(editions.read("town", 2020), YEAR, None, [result], FACTS)
    page = html.render(whole).contents.decode()
    body = page[page.index("<main"):page.index("</main>")]
    assert not re.search(r"<(script|iframe|img)|evil\.example|javascript:|onerror", body)
    assert '#image(&#34;/etc/passwd&#34;) #eval(&#34;1+1&#34;)' in body
    source, _ = pdf.source(whole)
    template, words = source.split("\n#report(json(bytes(")
    assert "#eval(" not in template
    assert "#eval(" in words
    assert pdf.render(whole)[0].startswith(b"%PDF")


def test_words_stand_first_in_their_section_and_a_chapter_of_words_alone_stands_in_its_place(town):
    edition = editions.read("beijing", 2020).model_copy(update={"chapters": [
        editions.Chapter(title="甲", notebook="01-overview"), editions.Chapter(title="乙", narrative="07-outlook")]})
    entries = document.outline(edition, lambda sections: [])
    assert [(one.notebook, one.stem) for one in entries] == [("01-overview", "01-overview"), (None, "07-outlook")]
    write(town, "先{{calls.total}}。")
    write(town, "## 小标题\n\n后。", "07-outlook.md")
    texts = read().blocks
    absent = SectionContent("01-overview", None, "absent", "甲", 1, "没有数据。", words=texts["01-overview"])
    alone = SectionContent("07-outlook", None, "done", "乙", 1, kind="heading", words=texts["07-outlook"])
    made = document.assemble(edition, YEAR, None, [absent, alone], FACTS).blocks
    assert [block.kind for block in made][:5] == ["heading", "paragraph", "absence", "heading", "heading"]
    assert (made[4].number, made[4].text) == ("（一）", "小标题")
    assert said(made[1], made[5]) == "先8件。\n后。"


def test_a_heading_is_a_bold_line_where_what_follows_would_fall_below_it(town):
    made = blocks(town, "# 小标题\n\n先。")
    result = SectionContent("01-overview", None, "absent", "甲", 1, "没有数据。", words=made)
    first = document.single(editions.read("town", 2020), YEAR, None, result, FACTS).blocks[0]
    assert (first.kind, first.runs[0].style) == ("paragraph", ("strong",))


def test_a_file_that_is_no_sections_is_told_with_the_nearest_and_another_period_has_its_own(town):
    write(town, "甲。", "01-overveiw.md")
    with pytest.raises(UserError, match=r"01-overveiw.md is no section of this report. Did you mean '01-overview'\?"):
        read()
    assert read("Q3") == narrative.Narrative()


def test_without_a_text_nothing_is_asked_of_the_cube(town, monkeypatch):
    monkeypatch.setattr(narrative, "Vocabulary", None)
    monkeypatch.setattr(external_figures, "read", None)
    assert read() == narrative.Narrative()


def test_figures_that_no_ticket_holds_print_as_given_and_are_named_with_their_source(town):
    external(HEADER + "线索,20000,件,公开报告第84行\n返京,数以万计,人,公开报告第64行\n清单,31,类,公开报告第64行\n")
    [paragraph, note] = blocks(town, "超过{{external.线索}}，{{external.返京}}，{{external.清单}}，再{{external.线索}}。")
    assert said(paragraph) == "超过2万件，数以万计，31类，再2万件。"
    quoted = paragraph.runs[1]
    assert (quoted.number.value, quoted.number.table, quoted.number.source) == (20000, "", "公开报告第84行")
    assert number_sources.exact(quoted) == "20000件"
    assert said(note).startswith("注：2万件（公开报告第84行）；数以万计、31类（公开报告第64行），均引自所注来源，工单不记录")


def test_the_checklist_holds_the_figures_of_the_words_in_their_order_with_sentence_and_source(town):
    external(HEADER + "线索,20000,件,公开报告\n")
    made = blocks(town, "甲。共{{calls.total}}。\n\n- 甲区{{district.甲区.tickets}}\n- 线索{{external.线索}}。\n")
    entries = checklist.entries([Heading(1, "甲", number="一、", id="section-1"), *made])
    assert [(entry.sentence, entry.run.number.value, entry.run.number.source) for entry in entries] == [
        ("共8件。", 8, ""), ("甲区5件", 5, ""), ("线索2万件。", 20000, "公开报告")]


def test_a_pressed_figure_on_the_page_tells_its_source(town):
    external(HEADER + "线索,20000,件,公开报告\n")
    made = blocks(town, "- 有{{external.线索}}和{{district.甲区.tickets}}\n")
    page = html.render(document.assemble(editions.read("town", 2020), YEAR, None, [
        SectionContent("01-overview", None, "done", "甲", 1, words=made)], FACTS)).contents.decode()
    assert '<data value="20000" data-exact="20000件" data-source="公开报告">2万件</data>' in page
    assert '<data value="5" data-exact="5件" data-column="数量（tickets）"' in page


@pytest.mark.parametrize(("text", "told"), [
    ("name,value,unit\n", r":1: column 'source' is missing"),
    ("name,value,unit,sorce\n", r":1: column 'sorce' is not known. Did you mean 'source'"),
    (HEADER + "甲,1,件,\n", ":2: '甲' has no source"), (HEADER + "甲,1,件,丙\n甲,2,件,丙\n", ":3: '甲' occurs twice"),
    (HEADER + "甲,2万,件,丙\n", ":2: value '2万' of '甲' is no number: write 20000"),
    (HEADER + "甲,nan,件,丙\n", ":2: value 'nan'"),
    (HEADER + "甲.乙,1,件,丙\n", r":2: name '甲.乙' must not"), (HEADER + "甲,1,件\n", ":2: 3 cells, where the header has 4"),
    (HEADER + '甲,"1,件,丙\n', ":2: not readable as CSV")])
def test_a_mistake_in_the_external_figures_is_told_with_file_and_line(town, text, told):
    external(text)
    with pytest.raises(UserError, match="data/external/town-2020.csv" + told):
        external_figures.read(editions.read("town", 2020))


@pytest.mark.parametrize(("sentence", "told"), [
    ("{{calls.total}}中甲区5件。", "'5件' is typed by hand next to {{calls.total}}: {{district.甲区.tickets}} prints it."),
    ("甲区占62.5%。", "'62.5%' is typed by hand next to 甲区: {{district.甲区.share}} prints it."),
    ("甲区办理9万件。", "'9万件' is typed by hand next to 甲区: no placeholder has this value; a figure that no ticket holds "
     "belongs in data/external/.")])
def test_a_number_typed_by_hand_beside_a_subject_is_pointed_out_with_the_placeholder_that_fits(town, sentence, told):
    write(town, f"一。\n\n{sentence}")
    assert read().remarks == (f"data/narrative/town-2020/01-overview.md:3: {told}",)


@pytest.mark.parametrize("sentence", [
    "甲区2020年12月31日24时共{{calls.total}}。", "甲区的12345热线和第3季度、1至9月、7个月。", "没有提到谁的5件。", "甲区`5件`。",
    "甲区{{district.甲区.tickets}}。另有5件。"])
def test_dates_names_code_and_other_sentences_are_not_pointed_out(town, sentence):
    write(town, sentence)
    assert read().remarks == ()


def test_beijing_uses_all_figures_of_its_report_that_tickets_cannot_give():
    folder = paths.narrative("beijing-2020", "year")
    used = set(re.findall(r"\{\{([^}]*)\}\}", "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.md"))))
    figures = external_figures.read(editions.read("beijing", 2020))
    assert {f"external.{name}" for name in figures} | {"units.subdistricts", "units.state_owned_enterprises"} <= used
    assert sorted(str(one.value) for one in figures.values()) == sorted([
        "31", "158", "1095", "600000", "数以万计", "493", "3184", "471", "878", "15", "20000", "21", "80000", "5158",
        "首位"])


def test_a_chapter_has_a_notebook_or_a_text_of_its_own_not_both():
    with pytest.raises(ValueError, match=r"notebook is 01-overview\.md: take narrative away"):
        editions.Chapter(notebook="01-overview", narrative="07-outlook")
