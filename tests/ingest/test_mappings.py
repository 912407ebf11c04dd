"""Mappings are told to be wrong by file, key and the nearest right word."""

import pytest

from helpers.ingest import mappings, synonyms
from helpers.settings import paths
from helpers.settings.errors import UserError
from helpers.tickets import schema

HEAD = "source: test\ncolumns:\n  received_at: 时间\n"


def read(tmp_path, text: str) -> mappings.Mapping:
    file = tmp_path / "m.yml"
    file.write_text(HEAD + text, encoding="utf-8")
    return mappings.read(file)


def test_every_mapping_of_the_project_is_valid():
    files = sorted(paths.mapping("any").parent.glob("*.yml"))
    assert {file.stem for file in files} >= {"beijing-water", "pingshan", "taipei"}
    for file in files:
        assert mappings.read(file).mapped


@pytest.mark.parametrize(("text", "message"), [
    ("  chanel: 来源\n", r"'columns.chanel' is not a known key. Did you mean 'channel'\?"),
    ("  topic: {colum: 三级}\n", r"'columns.topic.colum' is not a known key. Did you mean 'column'\?"),
    ("  channel: {column: 来源, values: {热线: fone}}\n", r"values.热线 cannot be 'fone'. Did you mean 'phone'\?"),
    ("  channel: 来源\n", "key 'columns.channel.values' is missing"),
    ("  topic: 3\n", "columns.topic"),
    ("  district: {column: 地址, pattern: '(a'}\n", "columns.district.pattern: must be a regular expression"),
    ("  district: {column: 地址, pattern: '(a)(b)'}\n", "one group"),
    ("  due_at: {column: [a, b], widths: [8]}\n", "one width for each column"),
    ("  dispatches: 次数\n", "'columns.dispatches' is not a known key"),
    ("  satisfied: {column: 满意, values: {满意: satisfied}}\n", "columns.satisfied needs columns.assessment"),
    ("  topic: a\n  topic: b\n", "key 'topic' occurs twice"),
    ("  topic: [\n", "not readable as YAML"),
])
def test_a_wrong_mapping_is_told_by_file_key_and_remedy(tmp_path, text, message):
    with pytest.raises(UserError, match=message) as raised:
        read(tmp_path, text)
    assert "m.yml" in str(raised.value)


def test_received_at_must_be_mapped(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("source: test\ncolumns: {topic: a}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"key 'columns.received_at' is missing"):
        mappings.read(file)


def test_a_mapping_that_is_not_there_is_told_with_the_nearest(home):
    with pytest.raises(UserError, match=r"Did you mean 'taipei'\?"):
        mappings.find("taipai")
    with pytest.raises(UserError, match="there is no such mapping"):
        mappings.read(home / "absent.yml")


def test_a_column_that_the_export_lacks_is_told_with_key_and_nearest_header(tmp_path):
    mapping = read(tmp_path, "  channel: {column: 来源, values: {}, otherwise: {column: 诉求来原, values: {}}}\n")
    with pytest.raises(UserError) as raised:
        mappings.match_header(mapping, tmp_path / "m.yml", ["时间", "来源", "诉求来愿"], "a.csv")
    assert str(raised.value).endswith(
        "m.yml: columns.channel.otherwise.column: a.csv has no column '诉求来原'. Did you mean '诉求来愿'?")


def test_a_column_that_stands_twice_in_the_header_is_refused(tmp_path):
    with pytest.raises(UserError, match="more than one column '时间'"):
        mappings.match_header(read(tmp_path, ""), tmp_path / "m.yml", ["时间", "时间"], "a.csv")


def test_mapped_columns_come_in_the_order_of_the_tickets(tmp_path):
    names = list(read(tmp_path, "  latitude: 纬度\n  source: 来源\n").mapped)
    assert names == ["received_at", "source", "latitude"] == sorted(names, key=schema.SCHEMA.names.index)


def test_a_column_is_found_by_spelling_and_by_synonym_and_it_is_said(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("source: x\ncolumns:\n  received_at: 登记时间\n  subdistrict: 街/乡/镇\n  channel:\n    column: 来源\n"
                    "    values: {}\n    otherwise: {column: 诉求来源, values: {}}\n", encoding="utf-8")
    fitted, notes = mappings.match_header(mappings.read(file), file, ["受理 时间", "街／乡／镇", "来源", "工单来源"], "a.csv")
    assert fitted.columns.received_at.column == "受理 时间"
    assert fitted.columns.subdistrict.column == "街／乡／镇"
    assert (fitted.columns.channel.column, fitted.columns.channel.fallback.column) == ("来源", "工单来源")
    assert notes == [f"a.csv: has no column '{name}'; '{other}' is taken for it." for name, other in
                     (("登记时间", "受理 时间"), ("诉求来源", "工单来源"), ("街/乡/镇", "街／乡／镇"))]


@pytest.mark.parametrize("header", [["登记时间", "受理时间"], ["登记时间", "x"]])
def test_a_column_that_is_there_is_taken_whatever_else_is(tmp_path, header):
    file = tmp_path / "m.yml"
    file.write_text("source: x\ncolumns: {received_at: 登记时间}\n", encoding="utf-8")
    fitted, notes = mappings.match_header(mappings.read(file), file, header, "a.csv")
    assert (fitted.columns.received_at.column, notes) == ("登记时间", [])


def test_of_two_synonyms_none_is_guessed(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("source: x\ncolumns: {received_at: 登记时间}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"several that may be it \(来电时间, 受理时间\)"):
        mappings.match_header(mappings.read(file), file, ["来电时间", "受理时间"], "a.csv")


def test_a_name_that_is_spelt_otherwise_goes_before_a_synonym():
    assert synonyms.candidates("登记时间", ["受理时间", "登记 时间"]) == ["登记 时间"]


def test_a_synonym_that_another_column_is_taken_from_is_not_taken_twice(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("source: x\ncolumns: {received_at: 登记时间, dispatched_at: 受理时间}\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no column '登记时间'"):
        mappings.match_header(mappings.read(file), file, ["受理时间", "x"], "a.csv")


def test_named_formats_come_first_and_those_of_sheets_behind(tmp_path):
    formats = mappings.Time(column="x", formats=["%d/%m/%Y"]).formats
    assert formats[0] == "%d/%m/%Y"
    assert "%Y-%m-%d %H:%M:%S" in formats


def test_the_words_of_the_contract_for_the_time_of_receipt_are_synonyms():
    assert {synonyms.canonical(name) for name in ("来电时间", "来话时间", "受理时间", "创建时间", "登记时间")} == {"received_at"}


def test_every_list_of_synonyms_names_a_column_and_values_the_contracts_words():
    for ours, words in synonyms.read().values.items():
        assert set(words) <= set(schema.VALUES.get(ours, (True, False))), ours


def test_a_name_in_two_lists_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "synonyms.yml"
    file.write_text("headers: {source: [来源], channel: [来 源]}\n", encoding="utf-8")
    monkeypatch.setattr(paths, "SYNONYMS", file)
    with pytest.raises(UserError, match="'来 源' is listed for source and for channel"):
        synonyms.read()
