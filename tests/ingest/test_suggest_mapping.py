"""A mapping is proposed with its evidence, is valid as it stands, and shows no person."""

import json
from pathlib import Path

import pytest
import yaml

from helpers.ingest import ingest, mappings, suggest_mapping
from helpers.settings.errors import UserError

HEADER = "工单编号,受理时间,派单时间,来源,区,街道,是否解决,是否满意,姓名,诉求内容,备用"
ROW = ("2020-{number:06},2020-03-{day:02} 10:00:00,2020-03-{day:02} 11:00:00,{source},朝阳区,{street},{solved},{pleased},李四四,"
       "某人的话,")


def export(home, header=HEADER, rows=30):
    file = home / "a.csv"
    lines = [ROW.format(number=number, day=number % 28 + 1, source=["热线", "微信", "信鸽"][number % 3],
                        street=["三里屯街道", "金盏乡"][number % 2], solved=["是", "否"][number % 2],
                        pleased=["满意", "不满意"][number % 2]) for number in range(rows)]
    file.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return file


def proposed(home, **columns) -> dict:
    return yaml.safe_load(suggest_mapping.suggest(export(home, **columns)))


def test_names_tell_the_columns_and_the_proposal_is_a_valid_mapping(home):
    text = suggest_mapping.suggest(export(home))
    mapping = mappings.Mapping.model_validate(yaml.safe_load(text))
    assert {name: origin.column for name, origin in mapping.mapped.items()} == {
        "ticket_id": "工单编号", "received_at": "受理时间", "channel": "来源", "source": "来源", "district": "区",
        "subdistrict": "街道", "assessment": "是否解决", "resolved": "是否解决", "satisfied": "是否满意",
        "dispatched_at": "派单时间"}
    assert mapping.columns.channel.values == {"热线": "phone", "微信": "web", "信鸽": None}
    assert "信鸽\": null  # 10 rows: not known, decide" in text


def test_a_word_that_stands_alone_and_a_header_of_data_are_not_shown(home):
    file = export(home)
    alone = ROW.format(number=99, day=1, source="王小二", street="x", solved="13812345678", pleased="满意")
    file.write_text(f"{file.read_text(encoding='utf-8')}{alone}\n", encoding="utf-8")
    text = suggest_mapping.suggest(file)
    assert "王小二" not in text
    assert "13812345678" not in text
    with pytest.raises(UserError, match="looks like a row of data and is not shown"):
        suggest_mapping.suggest(export(home, header="张三丰,13812345678,路灯不亮,甲,乙,丙,丁,戊,己,庚,辛"))


def test_the_evidence_is_told_and_no_persons_words(home):
    text = suggest_mapping.suggest(export(home))
    assert ("# 受理时间: the name is listed for received_at; filled in 100% of 30 rows, 100% of them are times, 2020-03 to "
            "2020-03.") in text
    assert "by their names, of persons or their words: 姓名, 诉求内容" in text
    assert "李四四" not in text
    assert "某人的话" not in text


def test_where_no_name_tells_values_do(home):
    columns = proposed(home, header="甲,乙,丙,丁,戊,己,庚,辛,姓名,诉求内容,备用")["columns"]
    assert (columns["ticket_id"], columns["received_at"], columns["district"], columns["subdistrict"]) == ("甲", "乙", "戊", "己")
    assert "resolved" not in columns  # 是 and 否 may mean anything


def test_where_two_columns_may_be_meant_none_is_proposed(home):
    file = home / "a.csv"
    file.write_text("甲,乙,丙\n" + "2020-01-02,朝阳区,海淀区\n" * 3, encoding="utf-8")
    assert set(yaml.safe_load(suggest_mapping.suggest(file))["columns"]) == {"received_at"}


def test_a_telephone_number_is_never_taken_for_an_id(home):
    file = home / "a.csv"
    file.write_text("甲,来电号码\n" + "".join(f"2020-01-02,139{number:08}\n" for number in range(9)), encoding="utf-8")
    assert set(yaml.safe_load(suggest_mapping.suggest(file))["columns"]) == {"received_at"}


def test_what_decides_the_year_is_asked_for_where_nothing_is_a_time(home):
    file = home / "a.csv"
    file.write_text("区,街道\n朝阳区,金盏乡\n", encoding="utf-8")
    assert "received_at must be there" in suggest_mapping.suggest(file)


def test_a_mapping_that_fits_already_is_named(home):
    file = home / "a.csv"
    file.write_text("案件編號,派工項目,案件地址,立案日期,立案時間\n1,路樹,大安區,20200101,000200\n", encoding="utf-8")
    assert "# The mapping 'taipei' fits its header already." in suggest_mapping.suggest(file)


def test_a_file_without_rows_is_told(home):
    with pytest.raises(UserError, match="has no rows"):
        suggest_mapping.suggest(export(home, rows=0))


def test_the_command_prints_it_and_writes_nothing(home, capsys):
    before = sorted(home.rglob("*"))
    file = export(home)
    with pytest.raises(SystemExit, match="0"):
        ingest.main(["--suggest", str(file)])
    assert "received_at: \"受理时间\"" in capsys.readouterr().out
    assert sorted(home.rglob("*")) == sorted([*before, file])
    with pytest.raises(SystemExit, match="1"):
        ingest.main(["--suggest", str(home / "absent.csv")])


def of_export(file) -> dict:
    """The columns that are proposed for a file, each with the export's."""
    text = suggest_mapping.suggest(file)
    mapping = mappings.Mapping.model_validate(yaml.safe_load(text))
    return {name: origin.column for name, origin in mapping.mapped.items()}


HERE = Path(__file__).parent


def test_the_columns_of_a_socrata_portal_are_known_by_their_english_names():
    expected = json.loads((HERE / "trials" / "expected.json").read_text(encoding="utf-8"))["socrata-layout.csv"]["suggest"]
    named = dict(entry.split() for entry in expected.split(", "))
    assert named.items() <= of_export(HERE / "trials" / "socrata-layout.csv").items()


def test_a_day_and_its_clock_are_the_time_of_receipt_and_a_zip_code_is_none():
    columns = of_export(HERE / "trials" / "kansas-city-layout.csv")
    assert columns["received_at"] == ["CREATION DATE", "CREATION TIME"]
    assert (columns["closed_at"], columns["category"], columns["subcategory"]) == ("CLOSED DATE", "CATEGORY", "TYPE")
    assert "ZIP CODE" not in columns.values()
    text = suggest_mapping.suggest(HERE / "trials" / "kansas-city-layout.csv")
    assert "%m/%d/%y %I:%M %p" in text
    assert "# Left behind, not known:" in text


def test_zip_codes_counts_and_names_of_streets_are_none_of_ours():
    columns = of_export(HERE / "trials" / "suggest_zip.csv")
    assert columns == {"ticket_id": "case", "received_at": "opened", "subcategory": "descriptor", "district": "borough"}


@pytest.mark.parametrize("values", [("0", "1"), ("0", "1", "2"), ("是", "否"), ("true", "false")])
def test_a_count_or_a_bare_yes_answers_no_question(home, values):
    rows = "".join(f"2020-01-{n % 28 + 1:02},{values[n % len(values)]}\n" for n in range(40))
    (home / "a.csv").write_text(f"受理时间,反对数\n{rows}", encoding="utf-8")
    assert set(of_export(home / "a.csv")) == {"received_at"}


@pytest.mark.parametrize("number", [21201, 996469, 19580101, 20990101, 40202])
def test_a_number_that_is_a_day_by_chance_is_no_time(home, number):
    rows = "".join(f"{number + n % 3},甲\n" for n in range(20))
    (home / "a.csv").write_text(f"zip,x\n{rows}", encoding="utf-8")
    assert "received_at must be there" in suggest_mapping.suggest(home / "a.csv")
