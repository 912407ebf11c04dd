"""Mappings are told to be wrong by file, key and the nearest right word."""

import pytest

from helpers import mappings, paths, tickets
from helpers.errors import KnownError

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


@pytest.mark.parametrize(("text", "said"), [
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
    ("  topic: a\n  topic: b\n", "key 'topic' stands twice"),
    ("  topic: [\n", "not readable as YAML"),
])
def test_a_wrong_mapping_is_told_by_file_key_and_remedy(tmp_path, text, said):
    with pytest.raises(KnownError, match=said) as raised:
        read(tmp_path, text)
    assert "m.yml" in str(raised.value)


def test_received_at_must_be_mapped(tmp_path):
    file = tmp_path / "m.yml"
    file.write_text("source: test\ncolumns: {topic: a}\n", encoding="utf-8")
    with pytest.raises(KnownError, match=r"key 'columns.received_at' is missing"):
        mappings.read(file)


def test_a_mapping_that_is_not_there_is_told_with_the_nearest(home):
    with pytest.raises(KnownError, match=r"Did you mean 'taipei'\?"):
        mappings.find("taipai")
    with pytest.raises(KnownError, match="there is no such mapping"):
        mappings.read(home / "absent.yml")


def test_a_column_that_the_export_lacks_is_told_with_key_and_nearest_header(tmp_path):
    mapping = read(tmp_path, "  channel: {column: 来源, values: {}, otherwise: {column: 诉求来原, values: {}}}\n")
    with pytest.raises(KnownError) as raised:
        mappings.check(mapping, tmp_path / "m.yml", ["时间", "来源", "诉求来源"], tmp_path / "a.csv")
    assert str(raised.value).endswith(
        "m.yml: columns.channel.otherwise.column: a.csv has no column '诉求来原'. Did you mean '诉求来源'?")


def test_a_column_that_stands_twice_in_the_header_is_refused(tmp_path):
    with pytest.raises(KnownError, match="more than one column '时间'"):
        mappings.check(read(tmp_path, ""), tmp_path / "m.yml", ["时间", "时间"], tmp_path / "a.csv")


def test_mapped_columns_come_in_the_order_of_the_tickets(tmp_path):
    names = list(read(tmp_path, "  latitude: 纬度\n  source: 来源\n").mapped)
    assert names == ["received_at", "source", "latitude"] == sorted(names, key=tickets.SCHEMA.names.index)
