"""For whom a report is made: what the public sees of the units that are ranked, what an internal report lists, what is final."""

import ast
import io
import json
from concurrent import futures
from datetime import datetime
from types import SimpleNamespace

import nbformat
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from support.publishing import publish
from support.town import bring, names, run, text, write

from helpers.analysis import ranking
from helpers.chapters.output import MIME
from helpers.document import document, edition_rules
from helpers.document.document import SectionContent
from helpers.report import fingerprints, year_run
from helpers.report.manifest import Manifest
from helpers.settings import editions, paths, periods
from helpers.tickets import schema

pytestmark = pytest.mark.slow
NOTEBOOK = paths.notebook("06-rankings")
UNITS = {"district", "subdistrict", "owner"}
OUTCOMES = {"score", "resolution_rate", "satisfaction_rate", "contact_rate", "scored_months"}
PLACES = [("东城区", "甲街道", 9, 8), ("东城区", "乙街道", 9, 7), ("东城区", "丙街道", 9, 5), ("东城区", "丁街道", 9, 4),
          ("西城区", "戊街道", 9, 6), ("西城区", "己街道", 9, 3), ("朝阳区", "庚地区", 9, 2), ("海淀区", "辛镇", 9, 1)]
OWNERS = [("市一局", "municipal_agency", 7, 6), ("市二局", "municipal_agency", 7, 4), ("甲集团", "state_owned_enterprise", 7, 5)]


def answered(number, month, resolved, **where):
    said = {"resolved": "resolved", "satisfied": "satisfied"} if resolved else {"resolved": "unresolved",
                                                                                 "satisfied": "dissatisfied"}
    return {"ticket_id": str(number), "received_at": datetime(2020, month, 1), "tags": [], "dispatches": 1,
            "handling": "dispatched", "assessment": "full", "reached": True, "contacted": True, **said, **where}


def given():
    """Tickets of a few subdistricts and owners: of `all`, so many are resolved, in the months of the year in turn."""
    places = [({"district": district, "subdistrict": name, "owner": name, "owner_level": "subdistrict"}, whole, solved)
              for district, name, whole, solved in PLACES]
    owners = [({"owner": name, "owner_level": level}, whole, solved) for name, level, whole, solved in OWNERS]
    return [answered(f"{who['owner']}-{place}", place % 3 + 1, place < solved, **who)
            for who, whole, solved in [*places, *owners] for place in range(whole)]


@pytest.fixture
def of(home, monkeypatch):
    """Give a chapter of rankings for an audience, executed: from the notebook itself, its cells run one after another."""
    rows = pa.RecordBatch.from_pylist(given(), schema=schema.SCHEMA)
    schema.write(editions.read("beijing", 2020), [rows], data="simulated", source="t", digest="t")
    file = paths.edition("beijing", 2020)
    said = file.read_text(encoding="utf-8").replace("min_valid: 30", "min_valid: 1")
    assert "min_valid: 1\n" in said

    def executed(audience):
        assert "audience: public" in said
        file.write_text(said.replace("audience: public", f"audience: {audience}"), encoding="utf-8")
        return shown(nbformat.read(NOTEBOOK, as_version=4))
    return executed


def shown(notebook):
    """Run a notebook's cells here and keep what their last lines show, as a kernel would."""
    held = {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        *body, last = ast.parse(cell.source).body
        exec(compile(ast.Module([*body] if isinstance(last, ast.Expr) else [*body, last], []), "cell", "exec"), held)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), held) if isinstance(last, ast.Expr) else None
        if value is not None:
            cell.outputs = [nbformat.v4.new_output("display_data", data=value._repr_mimebundle_())]
    return notebook


def payloads(notebook):
    return [output.data[MIME] for cell in notebook.cells for output in cell.get("outputs", [])]


def tables(notebook):
    return {one["caption"]: one["table"] for one in payloads(notebook) if "table" in one}


def columns(table):
    return [column["name"] for column in table["columns"]]


def published(notebook):
    """Every file that is written of a chapter of rankings, by name."""
    folder = paths.outputs("beijing-2020", "year")
    with futures.ThreadPoolExecutor(1) as pool:
        parts = publish(SimpleNamespace(folder=folder, pool=pool),
                        SectionContent("06-rankings", notebook, "done", "考核排名情况", 1))
    return {name: (folder / name).read_bytes() for part in parts.values() for name in part.files}


def test_the_public_sees_names_in_order_of_rank_and_counts_where_a_list_goes_by_volume(of):
    told = tables(of("public"))
    ranks = told["2020年各区综合成绩排名"]
    assert columns(ranks) == ["score_rank", "district", "valid", "rank_lower", "rank_upper", "band"]
    assert [row[:3] for row in ranks["rows"]] == [[1, "东城区", 36], [2, "西城区", 18], [3, "朝阳区", 9]]
    volumes = told["2020年各区办理量排名"]
    assert columns(volumes) == ["tickets_rank", "district", "tickets", "ticket_share"]
    assert volumes["rows"][0][:3] == [1, "东城区", 36]
    assert told["2020年各区考评排名居前的街道（乡镇）"]["rows"][0] == ["东城区", "甲街道", "乙街道", "丙街道"]
    assert columns(told["2020年市属机构排名（不足7个月）"]) == ["score_rank", "owner", "valid", "rank_lower", "rank_upper"]


def texts(files, notebook):
    """All that a reader can find: the words of every table and page, the cells of every workbook, the executed notebook."""
    books = [openpyxl.load_workbook(io.BytesIO(raw)) for name, raw in files.items() if name.endswith(".xlsx")]
    cells = [f">{cell}<" for book in books for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    words = [raw.decode() for name, raw in files.items() if name.endswith((".csv", ".html"))]
    return "\n".join([*cells, *words, json.dumps(notebook, ensure_ascii=False)])


def test_the_public_sees_no_score_and_no_rate_of_a_unit_in_any_output(of):
    internal = of("internal")
    lists = [one for one in tables(internal).values() if UNITS & set(columns(one)) and OUTCOMES & set(columns(one))]
    kept = [[row[place] for place, name in enumerate(columns(one)) if name in OUTCOMES - {"scored_months"}]
            for one in lists for row in [*one["rows"], *one["printed"]]]
    unrounded = {repr(value) for row in kept for value in row if isinstance(value, float) and len(repr(value)) > 8}
    words = [value for row in kept for value in row if isinstance(value, str) and value != "—"]
    printed = {f">{value}<" for value in words if not value.endswith("0.00")}
    inside = texts(published(internal), internal)
    assert len(lists) == 6
    assert len(unrounded) > 5
    assert all(secret in inside for secret in unrounded | printed)
    public = of("public")
    files = published(public)
    outside = texts(files, public)
    assert [secret for secret in unrounded | printed if secret in outside] == []
    assert not [one for one in tables(public).values() if UNITS & set(columns(one)) and OUTCOMES & set(columns(one))]
    assert [name for name in files if "各区解决率" in name] == []


def test_an_internal_report_lists_every_rank_with_its_score_and_rates(of):
    told = tables(of("internal"))
    sure = ["rank_lower", "rank_upper"]
    scored = ["valid", "score", "resolution_rate", "satisfaction_rate", *sure]
    assert columns(told["2020年各区综合成绩排名"]) == ["score_rank", "district", *scored, "band"]
    assert [row[1] for row in told["2020年各区综合成绩排名"]["rows"]] == ["东城区", "西城区", "朝阳区", "海淀区"]
    assert len(told["2020年各区办理量排名"]["rows"]) == 4
    assert columns(told["2020年街道（乡镇）综合成绩排名"]) == ["score_rank", "district", "subdistrict", *scored]
    assert len(told["2020年街道（乡镇）综合成绩排名"]["rows"]) == len(PLACES)
    inside = told["2020年各区之内街道（乡镇）综合成绩排名"]
    assert columns(inside)[:3] == ["district", "score_rank", "subdistrict"]
    assert [row[:3] for row in inside["rows"]] == [
        ["东城区", 1, "甲街道"], ["东城区", 2, "乙街道"], ["东城区", 3, "丙街道"], ["东城区", 4, "丁街道"],
        ["西城区", 1, "戊街道"], ["西城区", 2, "己街道"], ["朝阳区", 1, "庚地区"], ["海淀区", 1, "辛镇"]]
    assert columns(told["2020年市属机构排名（不足7个月）"]) == ["score_rank", "owner", "scored_months", *scored]
    assert "resolution_rate" in columns(told["2020年各区解决率和满意率"])


def test_both_audiences_read_the_same_sentences(of):
    public, internal = ([one for one in payloads(of(audience)) if one["kind"] == "prose"] for audience in ("public", "internal"))
    assert public == internal
    first = ["".join(map(str, one["sentences"][0]["parts"])) for one in public]
    assert "各区综合成绩居前的依次为：第一名东城区，第二名西城区，第三名朝阳区（相邻名次的得分区间重叠，先后不能区分）。" in first


def test_a_list_of_the_city_stops_for_the_public_where_the_edition_says(of, home):
    file = paths.edition("beijing", 2020)
    notebook = of("public")
    assert len(tables(notebook)["2020年街道（乡镇）综合成绩排名"]["rows"]) == len(PLACES)
    file.write_text(file.read_text(encoding="utf-8").replace("subdistricts: {top: 30", "subdistricts: {top: 5"), encoding="utf-8")
    assert len(tables(shown(nbformat.read(NOTEBOOK, as_version=4)))["2020年街道（乡镇）综合成绩排名"]["rows"]) == 5


def test_the_lists_of_an_edition_are_cut_for_the_public_and_whole_inside():
    edition = editions.read("beijing", 2020)
    inside = edition.model_copy(update={"audience": "internal"})
    assert edition.lists == edition.rankings
    assert [rule.top for rule in (inside.lists.districts, inside.lists.subdistricts, inside.lists.within_district,
                                  inside.lists.owners)] == [None] * 4
    assert (inside.lists.districts.ties, inside.lists.min_valid) == ("dense", edition.rankings.min_valid)
    assert inside.rankings.districts.top == 3


def test_the_appendix_says_how_many_are_listed():
    edition = editions.read("beijing", 2020)

    def told(audience):
        rows = edition_rules.rows(edition.model_copy(update={"audience": audience}))
        return {rule: value for rule, value, _ in rows}
    assert told("public")["街道（乡镇）排名"] == "列前30名；同分者按办理量由多到少依次排列"
    assert told("internal")["街道（乡镇）排名"] == "全部列出；同分者按办理量由多到少依次排列"


def test_only_an_internal_report_says_so_on_its_cover_and_on_each_chapter_alone():
    edition, span = editions.read("beijing", 2020), periods.parse("year", 2020)
    result = SectionContent("01-a", nbformat.v4.new_notebook(metadata={"hotline": {}}), "done", "甲", 1)
    facts = {"data": "export", "source": "a.csv", "digest": "d" * 64}
    for audience, marked in (("public", False), ("internal", True)):
        asked = edition.model_copy(update={"audience": audience})
        whole = document.assemble(asked, span, None, [result], facts)
        assert ("发布范围：内部资料，不对外公开" in whole.cover) is marked
        assert ("内部资料" in document.single(asked, span, None, result, facts).subtitle) is marked


def test_units_stand_in_the_order_of_districts_and_those_of_no_listed_one_last():
    frame = pd.DataFrame({"district": ["甲", "甲", "乙", "丙", None], "score_rank": [1, 2, 1, 1, None]})
    ordered = ranking.grouped(frame, "district", ["丙", "甲"])
    assert ordered["district"].tolist()[:4] == ["丙", "甲", "甲", "乙"]
    assert ordered["score_rank"].tolist()[:4] == [1, 1, 2, 1]


def test_all_that_have_a_rank_are_taken_where_no_number_is_said():
    frame = pd.DataFrame({"district": ["甲", "乙", "丙"], "score_rank": pd.array([1, 2, None], dtype="Int64")})
    assert ranking.top(frame, None)["district"].tolist() == ["甲", "乙"]
    volumes = pd.DataFrame({"district": ["甲", "乙", None], "tickets": [5, 5, 9]})
    assert ranking.rank_by_volume(volumes, None)["tickets_rank"].tolist() == [1, 1]


@pytest.mark.reported
def test_a_final_report_without_holes_is_printed_and_run_json_says_so(town):
    assert run("--final") == 0
    assert Manifest.read(town).final is True
    assert run() == 0
    assert Manifest.read(town).final is False


@pytest.mark.thorough
@pytest.mark.reported
def test_a_final_report_with_a_hole_is_refused_by_name_and_what_was_printed_stays(town, capsys):
    run("--final")
    before = {name: fingerprints.hash_file(town / name) for name in names(town)
              if not name.startswith(("notebooks", "logs", "run"))}
    write("03-districts", "raise ValueError('no such district')", needs=("district",))
    assert run("--final") == 1
    told = capsys.readouterr().err
    assert "error: town-2020: not final" in told
    assert "03-districts (ValueError: no such district)" in told
    assert {name: fingerprints.hash_file(town / name) for name in before} == before
    assert Manifest.read(town).final is False
    assert Manifest.read(town).entry("03-districts").status == "failed"
    assert run() == 1
    assert "no such district" in text(paths.report(town))
    write("03-districts", "print(year)", needs=("district",))
    assert run("--final") == 0
    assert "no such district" not in text(paths.report(town))


def test_a_first_report_that_is_refused_leaves_no_document(town):
    write("03-districts", "raise ValueError('no such district')", needs=("district",))
    assert run("--final") == 1
    assert not [name for name in names(town) if name.endswith((".pdf", ".html", ".xlsx", ".docx", ".csv"))]


def test_what_the_tickets_cannot_tell_is_no_hole(town):
    bring({"category": "住房"}, digest="no districts")
    assert run("--final") == 0


def test_a_final_report_that_lacks_an_expected_output_is_refused(town, monkeypatch, capsys):
    whole = year_run.YearRun.write_parts

    def losing(year, *arguments):
        parts = whole(year, *arguments)
        paths.report(year.folder).unlink()
        return parts
    monkeypatch.setattr(year_run.YearRun, "write_parts", losing)
    assert run("--final") == 1
    assert "not final: missing are report.pdf" in capsys.readouterr().err
    assert Manifest.read(town).final is False


def test_a_part_of_a_report_cannot_be_final(town, capsys):
    assert run("--final", "--chapter", "overview") == 2
    assert "--final is for a whole report" in capsys.readouterr().err
