"""Reading files: what they are is told from their contents, and no row is lost without a trace."""

import csv
import datetime
import gzip
import io
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.ingest import csv_files, excel_dates, excel_files, export_files, mappings, source_table
from helpers.ingest.source_table import SourceTable
from helpers.settings.errors import UserError

TEXT = "编号,内容,时间\n1,路灯坏了,2020-01-02\n2,\"两行\n文字\",2020-01-03\n"


def only_table(file, **options) -> SourceTable:
    """The one table of a file."""
    (export,) = export_files.read(file, **options)
    return export


def rows(export: SourceTable) -> list[tuple]:
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
    export = only_table(file)
    assert export.header == ["编号", "内容", "时间"]
    assert rows(export) == [("1", "路灯坏了", "2020-01-02", 2), ("2", "两行\n文字", "2020-01-03", 3)]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_the_delimiter_is_told_from_the_header(tmp_path, delimiter):
    file = tmp_path / "a.csv"
    file.write_text(f"a{delimiter}b\n1,5{delimiter}2\n", encoding="utf-8")
    assert rows(only_table(file)) == [("1,5", "2", 2)]


def test_the_delimiter_is_the_one_with_which_the_rows_agree(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("编号|类型(一级,二级,三级)\n1|供水\n2|供暖\n", encoding="utf-8")
    assert rows(only_table(file)) == [("1", "供水", 2), ("2", "供暖", 3)]


def test_utf_16_is_told_without_a_mark(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes(TEXT.encode("utf-16-be"))
    assert only_table(file).header == ["编号", "内容", "时间"]


def test_a_broken_character_does_not_turn_utf_8_into_another_encoding(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("编号,内容\n".encode() + b"1,\xe8\xb7\n" + "2,路灯坏了好几天没有人来修\n3,小区门口的井盖不见了\n".encode())
    export = only_table(file)
    assert rows(export)[1:] == [("2", "路灯坏了好几天没有人来修", 3), ("3", "小区门口的井盖不见了", 4)]
    assert export.replaced == 1


def test_a_delimiter_that_ends_every_row_is_no_cell(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2,\n3,4,\n", encoding="utf-8")
    export = only_table(file)
    assert [row[:2] for row in rows(export)] == [("1", "2"), ("3", "4")]
    assert export.rejected == []
    file.write_text("a,b,\n1,2\n3,4\n", encoding="utf-8")
    assert rows(only_table(file)) == [("1", "2", 2), ("3", "4", 3)]


def test_blank_rows_are_no_rows_and_keep_their_numbers(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('a,b\n1,2\n\n,\n,4\n5\n\u3000, \n,,,\n" "\n6,7\n', encoding="utf-8")
    export = only_table(file)
    assert rows(export) == [("1", "2", 2), ("", "4", 5), ("6", "7", 10)]
    assert export.rejected == [(6, "1 cells where the header has 2")]


HEAD, FURTHER = "编号,内容,时间\n", "2,y,2020-01-02\n3,z,2020-01-03\n"


@pytest.mark.parametrize(("broken", "kept", "refused"), [
    ('1,"x,2020-01-01\n' + FURTHER, [], [2, 3, 4]),  # up to the end of the file
    ('1,x,"2020-01-01\n' + FURTHER, [], [2, 3, 4]),  # the same in the last column: the number of cells is right
    ('1,"x,2020-01-01\n2,"y",2020-01-02\n3,z,2020-01-03\n', ["3"], [2, 3]),  # up to the next row's own mark
    ('1,"x,2020-01-01\n2,y,"2020-01-02"\n3,z,2020-01-03\n', ["3"], [2, 3]),  # that of another column
    ('1,x"x,2020-01-01\n2,5",2020-01-02\n3,z,2020-01-03\n', ["1", "2", "3"], []),  # inches are no quotation
    ('1,"x\ny, z",2020-01-01\n' + FURTHER, ["1", "2", "3"], []),  # two lines in one cell
    ('1,"x, w\ny, z",2020-01-01\n' + FURTHER, ["1", "2", "3"], []),  # with as many delimiters as a row, by chance
])
def test_rows_that_an_unclosed_quotation_mark_swallows_are_refused_each_by_its_number(tmp_path, broken, kept, refused):
    file = tmp_path / "a.csv"
    file.write_text(HEAD + broken, encoding="utf-8")
    export = only_table(file)
    assert [row[0] for row in rows(export)] == kept
    assert export.rejected == [(row, csv_files.UNCLOSED) for row in refused]


def test_rows_below_those_that_were_swallowed_have_the_numbers_of_the_mended_file(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(HEAD + '1,"x,2020-01-01\n2,"y",2020-01-02\n3,z,2020-01-03\n4\n5,z,2020-01-03\n', encoding="utf-8")
    export = only_table(file)
    assert [row[-1] for row in rows(export)] == [4, 6]
    assert [row for row, _ in export.rejected] == [2, 3, 5]


def test_a_quotation_mark_that_swallows_megabytes_stops_the_run_and_names_its_row(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(HEAD + '1,x,2020-01-01\n2,"x,2020-01-01\n' + FURTHER * 300_000, encoding="utf-8")
    with pytest.raises(UserError, match=r"a\.csv: .* in row 3 a quotation mark"):
        rows(only_table(file))


letters = st.characters(codec="gb18030", exclude_characters="\r\n\x00\ufffd", exclude_categories=("Cs", "Cc"))
cells = st.text(letters, max_size=6)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(table=st.lists(st.tuples(st.just("x"), cells, st.sampled_from(["", "两行\n文字", '5" 管', "a,b;c|d"])), min_size=1,
                      max_size=9),
       encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]), delimiter=st.sampled_from(",;|\t"),
       ending=st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_is_read_again(tmp_path_factory, table, encoding, delimiter, ending):
    file = tmp_path_factory.mktemp("a") / "a.csv"
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=ending).writerows([("编号", "内容", "备注"), *table])
    file.write_bytes(written.getvalue().encode(encoding))
    export = only_table(file, encoding=encoding if encoding == "gb18030" else None, delimiter=delimiter)
    assert rows(export) == [(*row, number) for number, row in enumerate(table, 2)]
    assert not export.rejected


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.sampled_from(["1,a,b", '1,"a,b', '1,a,"b', '"1,a,b', "1,a", "1,a,b,c", "", ",,", '1,"a\nb",c',
                                       '1,a"",b"']), max_size=12))
def test_a_mangled_file_loses_no_line(tmp_path_factory, lines):
    file = tmp_path_factory.mktemp("a") / "a.csv"
    file.write_text("\n".join(["编号,内容,备注", "0,a,b", *lines]) + "\n", encoding="utf-8")
    export = only_table(file, header_row=1, delimiter=",")
    got = [row[-1] for row in rows(export)]
    refused = [row for row, _ in export.rejected]
    assert got == sorted(set(got))
    assert not set(got) & set(refused)
    if not any('"' in line for line in lines):
        ragged = [number for number, line in enumerate(lines, 3) if line.count(",") != 2 and line]
        assert refused == ragged
        assert got == [2, *(number for number, line in enumerate(lines, 3) if line == "1,a,b")]


def test_a_delimiter_that_is_named_is_taken(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b,c:d\n1,2,3:4\n", encoding="utf-8")
    assert rows(only_table(file, delimiter=":")) == [("1,2,3", "4", 2)]


def test_a_packed_file_is_read_as_it_is(tmp_path):
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode("gb18030")))
    assert len(rows(only_table(file))) == 2


def test_rows_of_another_width_are_named_by_row_and_the_others_keep_their_numbers(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n", encoding="utf-8")
    export = only_table(file)
    assert rows(export) == [("1", "2", 2), ("4", "5", 4), ("9", "10", 6)]
    assert export.rejected == [(3, "1 cells where the header has 2"), (5, "3 cells where the header has 2")]


def test_the_header_may_stand_below_a_title(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("工单明细\na,b\n1,2\n3\n4,5\n", encoding="utf-8")
    export = only_table(file, header_row=2, delimiter=",")
    assert export.header == ["a", "b"]
    assert rows(export) == [("1", "2", 3), ("4", "5", 5)]
    assert [row for row, _ in export.rejected] == [4]


@pytest.mark.parametrize("above", ["", "sep=,\n", "2020年工单明细,,\n制表,张处,\n", "\n\n"])
def test_the_header_is_found_below_titles_and_it_is_said(tmp_path, above):
    file = tmp_path / "a.csv"
    file.write_text(above + "编号,内容,时间\n1,x,2020-01-02\n2,y,2020-01-02\n", encoding="utf-8")
    export = only_table(file)
    first = above.count("\n") + 2
    assert rows(export) == [("1", "x", "2020-01-02", first), ("2", "y", "2020-01-02", first + 1)]
    assert bool(export.notes) == bool(above)


def test_a_ticket_is_no_header_though_it_fills_more_cells(tmp_path):
    assert source_table.header_row([["编号", "", "", "时间"], ["a", "b", "c", "2020-01-02 10:00"]]) == 1


def test_a_header_of_two_lines_counts_as_one_row(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('a,"b\nb"\n1\n2,3\n', encoding="utf-8")
    export = only_table(file)
    assert rows(export) == [("2", "3", 3)]
    assert [row for row, _ in export.rejected] == [2]


def test_a_character_cut_in_half_is_replaced_and_counted_and_takes_no_delimiter_with_it(tmp_path):
    file = tmp_path / "a.csv"
    file.write_bytes("编号,内容\n1,路".encode("gb18030")[:-1] + b"\n2,x\n")
    export = only_table(file)
    assert rows(export) == [("1", "\ufffd", 2), ("2", "x", 3)]
    assert export.replaced == 1


def test_a_sheet_gives_what_a_csv_of_it_would_hold(tmp_path):
    file = tmp_path / "a.xlsx"
    sheet(file, [["编号", "数量"], ["A1", "=3"], ["", ""], ["A2", "=2.5"], ["A3", "=1", "多"]])
    export = only_table(file, sheet="工单")
    assert export.header == ["编号", "数量"]
    assert rows(export) == [("A1", "3", 2), ("A2", "2.5", 4)]
    assert [row for row, _ in export.rejected] == [5]


def book(file, **sheets) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, cells in sheets.items():
        for row in cells:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
        if not cells:
            book.create_sheet(name)
    book.save(file)


def test_every_sheet_in_which_something_stands_is_a_table(tmp_path):
    file = tmp_path / "a.xlsx"
    head = ["编号", "时间"]
    book(file, 一月=[["工单明细"], head, ["1", "2020-01-02"]], 二月=[head, ["2", "2020-02-02"]], 空=[])
    tables = export_files.read(file)
    assert [table.name for table in tables] == ["a.xlsx (一月)", "a.xlsx (二月)"]
    assert [rows(table) for table in tables] == [[("1", "2020-01-02", 3)], [("2", "2020-02-02", 2)]]
    assert only_table(file, sheet="二月").header == head


def test_rows_of_a_long_sheet_keep_their_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(excel_files, "_ROWS", 2)
    book(tmp_path / "a.xlsx", 一=[["编号", "内容"], *([str(number), "x"] for number in range(5))])
    assert [row[-1] for row in rows(only_table(tmp_path / "a.xlsx"))] == [2, 3, 4, 5, 6]


def test_dates_of_a_sheet_are_written_out_and_numbers_are_left(tmp_path):
    file = tmp_path / "a.xlsx"
    book(file, 一=[["编号", "时间", "日", "数"], ["a", datetime.datetime(2020, 1, 2, 3, 4, 5), datetime.time(3, 4), 43831.5]])
    assert rows(only_table(file)) == [("a", "2020-01-02 03:04:05", "03:04:00", "43831.5", 2)]


def test_serial_numbers_are_times(tmp_path):
    texts = pa.array(["43831.5", "43831", "0.25", "2020-01-02 03:04:05", "20200102", "93000", None, "5"])
    assert excel_dates.written(texts).to_pylist() == [
        "2020-01-01 12:00:00", "2020-01-01 00:00:00", "06:00:00", "2020-01-02 03:04:05", "20200102", "93000", None, "5"]


def test_an_archive_gives_its_tables_each_by_its_name(tmp_path):
    book(tmp_path / "b.xlsx", 一=[["编号", "内容"], ["9", "z"]])
    pq.write_table(pa.table({"编号": ["7"], "内容": ["y"]}), tmp_path / "c.parquet")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("MMMM.csv", TEXT)
        archive.writestr("二月.csv.gz", gzip.compress(TEXT.encode("gb18030")))
        archive.write(tmp_path / "b.xlsx", "b.xlsx")
        archive.write(tmp_path / "c.parquet", "c.parquet")
        archive.writestr("说明.pdf", "x")
        archive.writestr("__MACOSX/._b.csv", "x")
    packed = (tmp_path / "a.zip").read_bytes().replace(b"MMMM", "一月".encode("gb18030"))  # as Chinese Windows names it
    (tmp_path / "a.zip").write_bytes(packed)
    tables = {table.name: rows(table) for table in export_files.read(tmp_path / "a.zip")}
    assert {name: len(found) for name, found in tables.items()} == {
        "a.zip (b.xlsx)": 1, "a.zip (c.parquet)": 1, "a.zip (一月.csv)": 2, "a.zip (二月.csv.gz)": 2}


def test_of_several_tables_those_without_the_time_of_receipt_are_passed_over_and_named(tmp_path):
    mapping_file = tmp_path / "m.yml"
    mapping_file.write_text("source: x\ncolumns: {received_at: 登记时间, topic: 内容}\n", encoding="utf-8")
    mapping = mappings.read(mapping_file)
    head = ["编号", "登记时间", "内容"]
    book(tmp_path / "a.xlsx", 说明=[["口径", "含义"], ["a", "b"]], 一月=[head, ["1", "2020-01-02", "x"]],
         二月=[["编号", "受理时间", "内容"], ["2", "2020-02-02", "y"]])
    fitted = export_files.tables_of_mapping(tmp_path / "a.xlsx", mapping, mapping_file)
    assert [(export.name, own.columns.received_at.column) for export, own in fitted] == [
        ("a.xlsx (一月)", "登记时间"), ("a.xlsx (二月)", "受理时间")]
    assert fitted[0][0].notes == ["a.xlsx (说明): passed over, its header has no column for received_at."]
    assert "'受理时间' is taken for it" in fitted[1][0].notes[0]
    book(tmp_path / "b.xlsx", 一月=[head, ["1", "2020-01-02", "x"]], 二月=[head[:2], ["2", "2020-02-02"]])
    with pytest.raises(UserError, match=r"b\.xlsx \(二月\) has no column '内容'"):
        export_files.tables_of_mapping(tmp_path / "b.xlsx", mapping, mapping_file)


def test_sheets_and_parquet_may_be_packed(tmp_path):
    sheet(tmp_path / "a.xlsx", [["编号", "内容"], ["1", "x"]])
    pq.write_table(pa.table({"编号": ["1"], "内容": ["x"]}), tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        packed = tmp_path / f"{name}.gz"
        packed.write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        assert rows(only_table(packed)) == [("1", "x", 2)]


def test_parquet_is_read_as_text(tmp_path):
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"编号": [1, None], "内容": ["x", "y"]}), file)
    assert rows(only_table(file)) == [("1", "x", 2), ("", "y", 3)]


@pytest.mark.parametrize(("name", "contents", "message"), [
    ("a.csv", None, "no such file"),
    ("a.csv", b"", "is empty"),
    ("a.doc", b"x", "files of this kind"),
    ("a.xlsx", b"no spreadsheet", "is no spreadsheet"),
    ("a.parquet", b"no parquet", "is no Parquet file"),
    ("a.csv", b"PK\x03\x04rest", "is no CSV"),
    ("a.csv", b"a,b\n\x00\x01,2\n", "bytes that are no text"),
    ("a.csv", b"\n\n", "no header in row 1"),
    ("a.csv.gz", b"not packed", "cannot be unpacked"),
    ("a.zip", b"not packed", "is no .zip"),
    ("a.zip", b"PK\x05\x06" + bytes(18), "holds no file that is read"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path, name, contents, message):
    file = tmp_path / name
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(UserError, match=message):
        rows(only_table(file))


def test_a_packed_file_that_breaks_off_is_told(tmp_path):
    file = tmp_path / "a.csv.gz"
    file.write_bytes(gzip.compress(TEXT.encode() * 9)[:-12])
    with pytest.raises(UserError, match=r"cannot be unpacked|breaks off"):
        rows(only_table(file))


def test_a_sheet_that_is_not_there_is_told_with_the_nearest(tmp_path):
    file = tmp_path / "a.xlsx"
    sheet(file, [["a"], ["1"]])
    with pytest.raises(UserError, match="工单"):
        only_table(file, sheet="工单表")


def test_the_fingerprint_follows_the_contents_not_the_name(tmp_path):
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    first, same, other = (export_files.fingerprint(tmp_path / name) for name in "abc")
    assert first == same != other
