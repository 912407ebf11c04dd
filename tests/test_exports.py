"""Reading files: what they are is told from their contents, and no row is lost without a trace."""

import gzip
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers import exports
from helpers.errors import KnownError

TEXT = "编号,内容,时间\n1,路灯坏了,2020-01-02\n2,\"两行\n文字\",2020-01-03\n"


def rows(export: exports.Export) -> list[tuple]:
    return [tuple(row.values()) for batch in export.batches for row in batch.to_pylist()]


def sheet(file, cells: list[list[str]]) -> None:
    """Write the least that is a spreadsheet; a cell that begins with = is a number."""
    letters = "ABCDEFGH"
    written = "".join(
        f'<row r="{y}">' + "".join(
            f'<c r="{letters[x]}{y}"><v>{cell[1:]}</v></c>' if cell.startswith("=") else
            f'<c r="{letters[x]}{y}" t="inlineStr"><is><t>{cell}</t></is></c>' for x, cell in enumerate(row)) + "</row>"
        for y, row in enumerate(cells, 1))
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
                       f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
                       "</Relationships>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship '
                                      f'Id="r1" Type="{office}/officeDocument/2006/relationships/worksheet" '
                                      'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" '
                           f'xmlns:r="{office}/officeDocument/2006/relationships"><sheets>'
                           '<sheet name="工单" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>{written}'
                                    "</sheetData></worksheet>"}
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{part}')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_encoding_is_told_from_the_file_and_a_cell_may_hold_two_lines(tmp_path, encoding):
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.encode(encoding))
    export = exports.read(file)
    assert export.header == ["编号", "内容", "时间"]
    assert rows(export) == [("1", "路灯坏了", "2020-01-02", 2), ("2", "两行\n文字", "2020-01-03", 3)]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_the_delimiter_is_told_from_the_header(tmp_path, delimiter):
    file = tmp_path / "a.csv"
    file.write_text(f"a{delimiter}b\n1,5{delimiter}2\n", encoding="utf-8")
    assert rows(exports.read(file)) == [("1,5", "2", 2)]


def test_a_delimiter_that_is_named_is_taken(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b,c:d\n1,2,3:4\n", encoding="utf-8")
    assert rows(exports.read(file, delimiter=":")) == [("1,2,3", "4", 2)]


def test_a_packed_file_is_read_as_it_is(tmp_path):
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode("gb18030")))
    assert len(rows(exports.read(file))) == 2


def test_rows_of_another_width_are_named_by_row_and_the_others_keep_their_numbers(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n", encoding="utf-8")
    export = exports.read(file)
    assert rows(export) == [("1", "2", 2), ("4", "5", 4), ("9", "10", 6)]
    assert export.misfits == [(3, 1), (5, 3)]


def test_the_header_may_stand_below_a_title(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("工单明细\na,b\n1,2\n3\n4,5\n", encoding="utf-8")
    export = exports.read(file, header_row=2, delimiter=",")
    assert export.header == ["a", "b"]
    assert rows(export) == [("1", "2", 3), ("4", "5", 5)]
    assert export.misfits == [(4, 1)]


def test_a_header_of_two_lines_counts_as_one_row(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('a,"b\nb"\n1\n2,3\n', encoding="utf-8")
    export = exports.read(file)
    assert rows(export) == [("2", "3", 3)]
    assert export.misfits == [(2, 1)]


def test_a_character_cut_in_half_is_replaced_and_counted_and_takes_no_delimiter_with_it(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("编号,内容\n1,路".encode("gb18030")[:-1] + b"\n2,x\n")
    export = exports.read(file)
    assert rows(export) == [("1", "\ufffd", 2), ("2", "x", 3)]
    assert export.replaced == 1


def test_a_sheet_gives_what_a_csv_of_it_would_hold(tmp_path):
    file = tmp_path / "a.xlsx"
    sheet(file, [["编号", "数量"], ["A1", "=3"], ["", ""], ["A2", "=2.5"], ["A3", "=1", "多"]])
    export = exports.read(file, sheet="工单")
    assert export.header == ["编号", "数量"]
    assert rows(export) == [("A1", "3", 2), ("A2", "2.5", 4)]
    assert export.misfits == [(5, 3)]


def test_parquet_is_read_as_text(tmp_path):
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"编号": [1, None], "内容": ["x", "y"]}), file)
    assert rows(exports.read(file)) == [("1", "x", 2), ("", "y", 3)]


@pytest.mark.parametrize(("name", "contents", "said"), [
    ("a.csv", None, "no such file"),
    ("a.csv", b"", "is empty"),
    ("a.doc", b"x", "files of this kind"),
    ("a.xlsx", b"no spreadsheet", "is no spreadsheet"),
    ("a.parquet", b"no parquet", "is no Parquet file"),
    ("a.csv", b"PK\x03\x04rest", "is no CSV"),
    ("a.csv", b"a,b\n\x00\x01,2\n", "bytes that are no text"),
    ("a.csv", b"\n\n", "no header in row 1"),
    ("a.csv.gz", b"not packed", "cannot be unpacked"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path, name, contents, said):
    file = tmp_path / name
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(KnownError, match=said):
        rows(exports.read(file))


def test_a_packed_file_that_breaks_off_is_told(tmp_path):
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode() * 9)[:-12])
    with pytest.raises(KnownError, match=r"cannot be unpacked|breaks off"):
        rows(exports.read(file))


def test_a_sheet_that_is_not_there_is_told_with_the_nearest(tmp_path):
    file = tmp_path / "a.xlsx"
    sheet(file, [["a"], ["1"]])
    with pytest.raises(KnownError, match="工单"):
        exports.read(file, sheet="工单表")


def test_the_fingerprint_follows_the_contents_not_the_name(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    one, same, other = (exports.fingerprint(tmp_path / name) for name in "abc")
    assert one == same != other
