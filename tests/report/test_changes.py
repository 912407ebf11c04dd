"""What changed since an earlier run: figures, ranks, sentences and parts, the reasons, and how they are listed."""

import copy
import json

import mistune
import pytest
from nbformat import v4

from helpers.chapters.output import MIME
from helpers.document.blocks import Paragraph, Run, Table
from helpers.report import fingerprints
from helpers.report.changes import comparison, content, differences, listing
from helpers.report.manifest import Manifest
from helpers.settings import editions, paths, periods
from helpers.settings.errors import UserError
from helpers.writing.citations import Number

EDITION = editions.read("beijing", 2020)
YEAR = periods.parse("year", 2020)
WORDING = comparison.labels_of("zh-Hans")
DISTRICT = {"name": "district", "words": "区", "unit": "", "kind": "text"}
TICKETS = {"name": "tickets", "words": "数量", "unit": "件", "kind": "count"}
SHARE = {"name": "ticket_share", "words": "占比", "unit": "%", "kind": "share"}
RANK = {"name": "score_rank", "words": "名次", "unit": "", "kind": "rank"}
PRINTED = {"count": str, "share": lambda value: f"{value * 100:.2f}", "rank": str, "month": lambda value: f"{value}月",
           "text": str}


def cell(payload):
    return v4.new_code_cell(outputs=[v4.new_output("display_data", data={MIME: payload, "text/plain": ""})])


def table(caption, columns, *rows, kind="table"):
    printed = [["—" if value is None else PRINTED[column["kind"]](value) for column, value in zip(columns, row, strict=True)]
               for row in rows]
    return cell({"kind": kind, "name": caption, "caption": caption, "data": "export", "alt": "",
                 "table": {"columns": columns, "rows": [list(row) for row in rows], "printed": printed}})


def prose(*sentences):
    return cell({"kind": "prose", "data": "export", "sentences": [{"parts": list(parts)} for parts in sentences]})


def number(text, value, column="tickets", kind="count", where=None):
    return {"text": text, "value": value, "kind": kind, "table": "areas", "column": column, "where": where or {},
            "period": "2020", "base": None}


def notebook(*cells_of):
    return v4.new_notebook(cells=[*cells_of], metadata={"hotline": {}})


def changed(old, new):
    """What changed between the cells of one print and those of another."""
    return differences.find_changes(*(content.read(notebook(*cells_of)) for cells_of in (old, new)), EDITION.numbers, WORDING)


def test_what_is_the_same_has_not_moved():
    both = [table("甲", [DISTRICT, TICKETS], ("东城区", 3), ("西城区", 2)), prose(["东城区", number("3件", 3), "。"])]
    assert changed(both, copy.deepcopy(both)) == []


def test_a_value_is_told_by_its_row_and_column_with_the_difference():
    assert changed([table("办理", [DISTRICT, TICKETS, SHARE], ("东城区", 3, 0.6), ("西城区", 2, 0.4))],
                 [table("办理", [DISTRICT, TICKETS, SHARE], ("东城区", 4, 2 / 3), ("西城区", 2, 1 / 3))]) == [
        ("figure", "办理", "东城区", "数量", "3件", "4件", "+1件"),
        ("figure", "办理", "东城区", "占比", "60.00%", "66.67%", "+6.67个百分点"),
        ("figure", "办理", "西城区", "占比", "40.00%", "33.33%", "-6.67个百分点")]


def test_a_value_that_prints_the_same_is_told_unrounded():
    (change,) = changed([table("办理", [DISTRICT, SHARE], ("东城区", 0.25))],
                    [table("办理", [DISTRICT, SHARE], ("东城区", 0.250001))])
    assert (change.old, change.new, change.difference) == ("25.00000%", "25.00010%", "+0.0001个百分点")


def test_a_sum_taken_in_another_order_has_not_moved():
    assert changed([table("办理", [DISTRICT, SHARE], ("东城区", 0.1 + 0.2))],
                 [table("办理", [DISTRICT, SHARE], ("东城区", 0.3))]) == []


def test_a_value_that_was_missing_has_no_difference():
    old, new = ([table("办理", [DISTRICT, TICKETS], ("东城区", value))] for value in (None, 1))
    (change,) = changed(old, new)
    assert (change.old, change.new, change.difference) == ("—", "1件", "")


def test_a_rank_is_told_apart_with_how_far_it_rose_or_fell():
    assert changed([table("排名", [RANK, DISTRICT], (1, "东城区"), (2, "西城区"), (3, "朝阳区"))],
                 [table("排名", [RANK, DISTRICT], (1, "朝阳区"), (2, "东城区"), (3, "西城区"))]) == [
        ("rank", "排名", "朝阳区", "名次", "3", "1", "升2位"),
        ("rank", "排名", "东城区", "名次", "1", "2", "降1位"), ("rank", "排名", "西城区", "名次", "2", "3", "降1位")]


def test_a_column_that_holds_who_has_a_rank_is_a_rank():
    first = {"name": "rank_1", "words": "第一名", "unit": "", "kind": "text"}
    assert changed([table("各区", [first, DISTRICT], ("甲街道", "东城区"), ("丙街道", "西城区"))],
                 [table("各区", [first, DISTRICT], ("乙街道", "东城区"), ("丙街道", "西城区"))]) == [
        ("rank", "各区", "东城区", "第一名", "甲街道", "乙街道", "")]


def test_the_order_of_rows_is_a_place_where_no_column_tells_it_and_a_total_has_none():
    rows = [("合计", 9), ("东城区", 3), ("西城区", 3), ("朝阳区", 3)]
    turned = [rows[0], rows[2], rows[1], rows[3]]
    assert changed([table("图", [DISTRICT, TICKETS], *rows)], [table("图", [DISTRICT, TICKETS], *turned)]) == [
        ("rank", "图", "西城区", "排列位次", "第2位", "第1位", "升1位"),
        ("rank", "图", "东城区", "排列位次", "第1位", "第2位", "降1位")]


def test_rows_that_came_or_went_are_told_with_what_they_hold_and_move_no_others():
    assert changed([table("图", [DISTRICT, TICKETS], ("东城区", 3), ("西城区", 2))],
                 [table("图", [DISTRICT, TICKETS], ("朝阳区", 5), ("东城区", 3))]) == [
        ("part", "图", "西城区", "整行", "2件", "", ""), ("part", "图", "朝阳区", "整行", "", "5件", "")]


def test_rows_of_a_month_are_told_by_month_and_by_nothing_that_is_the_same_in_all():
    month = {"name": "month", "words": "月", "unit": "", "kind": "month"}
    columns = [DISTRICT, month, TICKETS]
    assert changed([table("图", columns, ("东城区", 1, 3), ("东城区", 2, 2))],
                 [table("图", columns, ("东城区", 1, 3), ("东城区", 2, 9))]) == [
        ("figure", "图", "2月", "数量", "2件", "9件", "+7件")]


def test_the_rows_of_a_name_that_came_or_went_are_listed_by_month():
    month, columns = {"name": "month", "words": "月", "unit": "", "kind": "month"}, [DISTRICT, TICKETS]
    old, new = [(1, "东城区", 3), (2, "东城区", 2), (1, "西城区", 1)], [(1, "东城区", 3), (2, "东城区", 2), (3, "朝阳区", 4)]
    found = changed([table("图", [month, *columns], *old)], [table("图", [month, *columns], *new)])
    assert [tuple(change[2:6]) for change in found] == [("1月 西城区", "整行", "1件", ""), ("3月 朝阳区", "整行", "", "4件")]


def test_rows_that_nothing_tells_apart_are_paired_in_their_order():
    assert changed([table("图", [TICKETS], (1,), (2,))], [table("图", [TICKETS], (1,), (3,))]) == [
        ("figure", "图", "", "数量", "2件", "3件", "+1件")]


def test_a_table_that_repeats_a_figure_is_told_once():
    old, new = ([table("办理", [DISTRICT, TICKETS], ("东城区", count), kind="figure"),
                 table("办理表", [DISTRICT, TICKETS, SHARE], ("东城区", count, None))] for count in (3, 4))
    assert [change.place for change in changed(old, new)] == ["办理"]


def test_a_change_that_two_tables_print_is_listed_with_the_first_and_the_others_of_the_second_too():
    old, new = ([table("一", [DISTRICT, TICKETS], ("东城区", count)),
                 table("二", [DISTRICT, TICKETS], ("东城区", count), ("西城区", 9 - count))] for count in (3, 4))
    assert [change[1:3] for change in changed(old, new)] == [("一", "东城区"), ("二", "西城区")]


def test_a_caption_in_other_words_is_the_same_table():
    assert changed([table("各区办理", [DISTRICT, TICKETS], ("东城区", 3))],
                 [table("各区承办", [DISTRICT, TICKETS], ("东城区", 4))]) == [
        ("figure", "各区承办", "东城区", "数量", "3件", "4件", "+1件"), ("sentence", "", "", "题名", "各区办理", "各区承办", "")]


def test_tables_and_columns_that_came_or_went_are_named():
    before = [table("甲", [DISTRICT, SHARE], ("东城区", 1.0))]
    assert changed(before, [table("乙", [DISTRICT, TICKETS], ("东城区", 3), kind="figure")]) == [
        ("part", "", "甲", "整张表", "有", "", ""), ("part", "", "乙", "整幅图", "", "有", "")]
    assert changed(before, [table("甲", [DISTRICT, TICKETS], ("东城区", 3))])[:2] == [
        ("part", "甲", "占比", "整列", "有", "", ""), ("part", "甲", "数量", "整列", "", "有", "")]


def test_a_number_of_a_sentence_is_matched_by_the_cell_that_it_quotes_and_the_sentence_gone_and_new():
    found = changed([prose(["东城区办理", number("3件", 3, where={"district": "东城区"}), "。"])],
                    [prose(["东城区共办理", number("5件", 5, where={"district": "东城区"}), "。"])])
    assert found == [("figure", "“东城区共办理5件。……”", "东城区", "数量", "3件", "5件", "+2件"),
                     ("sentence", "", "", "文句", "", "东城区共办理5件。", ""),
                     ("sentence", "", "", "文句", "东城区办理3件。", "", "")]


def test_a_number_that_a_table_has_told_is_not_told_again():
    old, new = ([prose(["东城区办理", number(f"{count}件", count, where={"district": "东城区"}), "。"]),
                 table("办理", [DISTRICT, TICKETS], ("东城区", count))] for count in (3, 5))
    assert [(change.kind, change.place) for change in changed(old, new)] == [("figure", "办理"), ("sentence", "")]


def test_a_number_of_another_cell_is_another_number():
    cells_of = [[prose([number(f"{value}件", value, where=where) | more, "。"])] for value, where, more in (
        (3, {"district": "东城区"}, {}), (5, {"district": "西城区"}, {}), (6, {"district": "东城区"}, {"table": "calls"}),
        (7, {"district": "东城区"}, {"period": "2019"}))]
    for new in cells_of[1:]:
        assert [change.kind for change in changed(cells_of[0], new)] == ["sentence"]


def test_a_sentence_with_other_figures_is_one_change_and_any_other_came_or_went():
    found = changed([prose(["各月来电", number("3件", 3), "。"], ["旧的一句话。"])],
                    [prose(["旧的一段话。"], ["各月来电", number("4件", 4), "。"])])
    assert [(change.old, change.new) for change in found if change.kind == "sentence"] == [
        ("", "旧的一段话。"), ("各月来电3件。", "各月来电4件。"), ("旧的一句话。", "")]


def test_a_sentence_that_is_printed_once_less_went():
    assert changed([prose(["甲说得多。"], ["甲说得多。"])], [prose(["甲说得多。"])]) == [
        ("sentence", "", "", "文句", "甲说得多。", "", "")]


def test_sentences_in_another_order_have_changed():
    old = [prose(["甲说得多。"], ["乙说得少。"])]
    assert changed(old, [prose(["乙说得少。"], ["甲说得多。"])]) == [("sentence", "", "", "文句次序", "有改动", "有改动", "")]


def test_headings_notes_on_method_and_what_is_said_to_be_missing_are_sentences():
    def book(heading, note, reason):
        return [v4.new_markdown_cell("# 章\n\n问"), v4.new_markdown_cell(f"## {heading}"),
                cell({"kind": "absence", "what": "图", "reason": reason}),
                v4.new_markdown_cell(f"## 方法\n\n- {note}", metadata={"tags": ["method"]})]
    found = changed(book("2019年的情况", "按1月统计。", "缺3天。"), book("2020年的情况", "按2月统计。", "缺4天。"))
    assert [(change.old, change.new) for change in found] == [
        ("2019年的情况", "2020年的情况"), ("图：缺3天。", "图：缺4天。"), ("按1月统计。", "按2月统计。")]


def entry(stem, *, title=None, status="done", digest="n", reason="", **entity):
    parameters = {"city": "beijing", "year": 2020, "period": "year", "compare": "year_ago"} | entity
    return {"stem": stem, "notebook": stem[:2], "title": title or stem, "parameters": parameters, "status": status,
            "notebook_digest": digest, "digest": None} | ({"reason": reason} if reason else {})


def run(*sections, chapters=(), compare="year_ago", versions=None, tickets="t", edition=EDITION, files=None):
    """A run of (entry, cells of its executed notebook)."""
    grounds = {"tickets": {"beijing-2020": {"data": "export", "source": "a.csv", "digest": tickets}},
               "editions": {"beijing-2020": edition.model_dump(mode="json")}, "files": files or {"helpers/a.py": "1"}}
    held = {"edition": "beijing-2020", "period": "2020", "data": "export", "source": "a.csv", "compare": compare, "base": "2019",
            "versions": versions or {"pandas": "3"}, "grounds": grounds, "chapters": list(chapters),
            "finished": "2021-01-02T03:04:05", "digest": tickets, "notebooks": [one for one, _ in sections]}
    return comparison.current(held, {one["stem"]: notebook(*cells_of) for one, cells_of in sections if cells_of is not None})


def count(value):
    return [table("办理", [DISTRICT, TICKETS], ("东城区", value))]


def compare(old, new):
    return comparison.compare(old, new, EDITION)


def reasons(**differing):
    return [tuple(one) for one in compare(run((entry("01-a"), count(1))), run((entry("01-a"), count(2)), **differing)).reasons]


def test_the_reasons_are_all_that_differs_of_what_two_runs_were_made_of():
    raised = EDITION.model_copy(update={"rankings": EDITION.rankings.model_copy(update={"min_valid": 7})})
    least = EDITION.rankings.min_valid
    assert reasons() == []
    assert reasons(tickets="u") == [("data", "beijing-2020", "a.csv t", "a.csv u")]
    assert reasons(edition=raised) == [("edition", "beijing-2020：rankings.min_valid", str(least), "7")]
    assert reasons(compare="previous") == [("parameter", "compare", "year_ago", "previous")]
    assert reasons(versions={"pandas": "4", "first written down": "1"}) == [("method", "pandas", "3", "4")]
    assert reasons(files={"helpers/a.py": "2", "data/dictionary.yml": "9"}) == [
        ("method", "helpers/a.py", "", ""), ("reference", "data/dictionary.yml", "", "")]
    assert [kind for kind, *_ in reasons(tickets="u", edition=raised, versions={"pandas": "4"})] == ["data", "edition", "method"]


def test_many_files_that_differ_are_counted_and_the_first_named():
    ((kind, what, *_),) = reasons(files={f"helpers/{place}.py": "1" for place in range(20)})
    assert kind == "method"
    assert what.startswith("helpers/a.py、helpers/0.py、")
    assert what.endswith("等21个文件")


def test_a_notebook_of_its_own_is_the_reason_of_its_section_alone():
    old = run((entry("01-a"), count(1)), (entry("02-b"), count(1)))
    found = compare(old, run((entry("01-a", digest="m"), count(2)), (entry("02-b"), count(2))))
    assert [[one.what for one in section.reasons] for section in found.sections] == [["01.ipynb"], []]


def test_a_run_before_grounds_were_recorded_says_so_and_tells_what_it_can():
    old, new = run((entry("01-a"), count(1))), run((entry("01-a"), count(2)), tickets="u")
    old.record.pop("grounds")
    found = compare(old, new)
    assert [tuple(one) for one in found.reasons] == [("data", "beijing-2020", "t", "u")]
    assert WORDING["untold"] in listing.of(found, EDITION, YEAR, "export").text


def test_a_section_is_the_same_under_another_number():
    def sections(*names):
        return run(*((entry(f"03-d-0{place}-{name}", title=name, district=name), count(len(name)))
                     for place, name in enumerate(names, start=1)))
    assert [tuple(change) for change in compare(sections("甲", "乙乙"), sections("乙乙", "甲")).changes] == [
        ("rank", "", "乙乙", "节的编号", "03-d-02-乙乙", "03-d-01-乙乙", ""),
        ("rank", "", "甲", "节的编号", "03-d-01-甲", "03-d-02-甲", "")]


def test_sections_that_came_went_failed_or_lack_their_data_are_told_as_a_whole():
    old = run((entry("01-a"), count(1)), (entry("02-b"), count(1)), (entry("04-d", status="absent", reason="没有。"), None))
    new = run((entry("01-a", status="failed", reason="坏了。"), None), (entry("03-c"), count(1)),
              (entry("04-d", status="absent", reason="没有。"), None))
    assert [tuple(change[2:6]) for change in compare(old, new).changes] == [
        ("01-a", "整节", "有", "坏了。"), ("03-c", "整节", "无", "有"), ("02-b", "整节", "有", "无")]


def test_what_only_one_run_was_asked_for_is_not_compared_and_named():
    both = (entry("01-a"), count(1))
    more = (entry("02-b", title="热点"), count(1))
    for found in (compare(run(both, more), run(both, chapters=["a"])), compare(run(both, chapters=["a"]), run(both, more))):
        assert found.changes == []
        assert found.uncompared == ["热点"]
        assert "- 热点" in listing.of(found, EDITION, YEAR, "export").text
    assert len(compare(run(both, more), run(both)).changes) == 1


def test_where_nothing_moved_one_sentence_says_so_and_there_is_no_appendix():
    both = (entry("01-a"), count(1))
    written = listing.of(compare(run(both), run(both)), EDITION, YEAR, "export")
    assert written.text.strip().splitlines()[-1] == written.counts == WORDING["nothing"]
    assert "##" not in written.text
    assert written.blocks == []


def test_moves_without_a_reason_are_said_to_have_none_known():
    found = compare(run((entry("01-a"), count(1))), run((entry("01-a"), count(2))))
    assert WORDING["no_reasons"] in listing.of(found, EDITION, YEAR, "export").text
    found = compare(run((entry("01-a"), count(1))), run((entry("01-a", digest="m"), count(2))))
    assert WORDING["no_reasons"] not in listing.of(found, EDITION, YEAR, "export").text


def test_the_listing_is_a_table_a_section_and_says_where_it_is_simulated():
    first = entry("01-a", title="总体情况")
    found = compare(run((first, count(1))), run((first, count(2)), tickets="u"))
    text = listing.of(found, EDITION, YEAR, "simulated").text
    assert "模拟数据" in text
    assert "2021-01-02 03:04" in text
    assert "名次0处，数字1处，文句0处，增减0处" in text
    assert "| 工单 | beijing-2020 | a.csv t | a.csv u |" in text
    assert "## 总体情况\n\n### 数字的变动\n\n| 出处 | 对象 | 指标 | 原 | 新 | 差 |" in text
    assert "| 办理 | 东城区 | 数量 | 1件 | 2件 | +1件 |" in text


@pytest.mark.parametrize("name", ["甲|乙", "<b>甲</b>", "![x](http://a.example/b.png)", "甲\n\n# 乙", "`甲", "[a](b)", "**甲**",
                                  "\\|"])
def test_names_are_no_markup_in_the_listing(name):
    found = compare(run((entry("01-a", title=name), [table(name, [DISTRICT, TICKETS], (name, 1))])),
                   run((entry("01-a", title=name), [table(name, [DISTRICT, TICKETS], (name, 2))])))
    tokens = mistune.create_markdown(renderer="ast", plugins=["table"])(listing.of(found, EDITION, YEAR, "export").text)
    (grid,) = [token for token in tokens if token["type"] == "table"]
    row = grid["children"][1]["children"][0]["children"]
    assert [{part["type"] for part in cell_of["children"]} for cell_of in row] == [{"text"}] * 6
    assert "".join(part["raw"] for part in row[1]["children"]) == " ".join(name.split())


def test_the_appendix_has_the_first_lines_of_each_kind_and_says_how_many_more_there_are():
    old, new = ([table("办理", [DISTRICT, TICKETS], *((f"{place}区", place + add) for place in range(100)))] for add in (0, 1))
    found = compare(*(run((entry("01-a", title="总体"), cells_of)) for cells_of in (old, new)))
    written = listing.of(found, EDITION, YEAR, "export")
    (exhibit,) = [block for block in written.blocks if isinstance(block, Table)]
    assert exhibit.caption == "数字的变动"
    assert [column.header for column in exhibit.grid.columns] == ["内容", "原", "新", "差"]
    assert exhibit.grid.rows[2] == ["总体，办理，2区，数量", "2件", "3件", "+1件"]
    assert len(exhibit.grid.rows) == 40
    assert written.blocks[-1].runs[0].text == "本表列出前40处，另有60处，见changes.md。"
    assert written.text.count("| 办理 |") == 100


def words_by_people(text, value):
    runs = [Run("全年办理"), Run(text, number=Number(value, "count", "areas", "tickets", period="2020")), Run("。前景很好。")]
    return {"01-a": {"title": "总体"} | content.written([Paragraph(runs)])}


def test_words_by_people_are_compared_with_their_figures_and_are_a_reason():
    old, new = (comparison.current(run((entry("01-a"), count(1))).record | {"written": words_by_people(f"{value}件", value),
                                                                       "narrative": {"01-a.md": str(value)}},
                                {"01-a": notebook(*count(1))}) for value in (3, 4))
    found = compare(old, new)
    assert [tuple(change[:6]) for change in found.changes] == [
        ("figure", "“全年办理4件。前景很好。……”", "", "数量", "3件", "4件"),
        ("sentence", "", "", "文句", "全年办理3件。", "全年办理4件。")]
    assert [tuple(one[:2]) for one in found.reasons] == [("text", "01-a.md")]


def test_a_chapter_of_words_alone_is_a_section():
    old, new = run(), run()
    new.record["written"] = words_by_people("3件", 3)
    found = compare(old, comparison.current(new.record, {})).changes
    assert [tuple(change[2:6]) for change in found] == [("总体", "整节", "无", "有")]


@pytest.fixture
def folder(home):
    """An outputs folder with one executed notebook and its run.json."""
    executed = paths.executed(home, "01-a")
    executed.parent.mkdir()
    executed.write_text(v4.writes(notebook(v4.new_markdown_cell("## 各月\n\n问"), *count(1))), encoding="utf-8")
    record = run((entry("01-a") | {"digest": fingerprints.hash_file(executed)}, None)).record
    Manifest.model_validate(record).write(home)
    return home


def test_an_earlier_run_is_read_whole_before_its_folder_is_written_anew(folder):
    earlier = comparison.read(paths.run(folder), EDITION, YEAR)
    paths.executed(folder, "01-a").unlink()
    assert earlier.printed["01-a"].lines == ["各月"]
    assert earlier.printed["01-a"].tables[0]["table"]["rows"] == [["东城区", 1]]


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda folder: paths.run(folder).unlink(), "cannot be read"),
    (lambda folder: paths.run(folder).write_text("{"), "is not the run.json of a report"),
    (lambda folder: paths.run(folder).write_bytes(b"\xff\xfe"), "is not the run.json of a report"),
    (lambda folder: paths.run(folder).write_text('{"notebooks": 3}'), "is not the run.json of a report"),
    (lambda folder: paths.executed(folder, "01-a").unlink(), "01-a.ipynb is missing"),
    (lambda folder: paths.executed(folder, "01-a").write_text("{}"), "01-a.ipynb is not the one that ran")])
def test_a_run_that_cannot_be_compared_is_refused_with_the_remedy(folder, spoil, said):
    spoil(folder)
    with pytest.raises(UserError, match=said) as refused:
        comparison.read(paths.run(folder), EDITION, YEAR)
    assert refused.value.exit_code == 2


def test_a_run_of_another_edition_or_period_is_refused(folder):
    with pytest.raises(UserError, match="is of beijing-2020, 2020, and this run of beijing-2019, 2020"):
        comparison.read(paths.run(folder), editions.read("beijing", 2019), YEAR)
    with pytest.raises(UserError, match="name a run of the same edition and period"):
        comparison.read(paths.run(folder), EDITION, periods.parse("Q3", 2020))


def test_a_run_that_printed_what_is_now_withheld_is_refused(folder):
    recorded = json.loads(paths.run(folder).read_text(encoding="utf-8"))
    recorded["grounds"]["editions"]["beijing-2020"] |= {"suppression": None, "audience": "internal"}
    paths.run(folder).write_text(json.dumps(recorded), encoding="utf-8")
    hiding = editions.Suppression(below=5, source="assumed")
    for now, rule in (({"audience": "public"}, "audience"), ({"suppression": hiding, "audience": "internal"}, "suppression")):
        with pytest.raises(UserError, match=rf"now withholds what that run printed \({rule}\)") as refused:
            comparison.read(paths.run(folder), EDITION.model_copy(update=now), YEAR)
        assert refused.value.exit_code == 2
    assert comparison.read(paths.run(folder), EDITION.model_copy(update={"audience": "internal"}), YEAR).record == recorded


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant"])
def test_each_language_has_all_words(language):
    assert comparison.labels_of(language).keys() == WORDING.keys()
    assert comparison.labels_of(language)["kinds"].keys() == WORDING["kinds"].keys()
