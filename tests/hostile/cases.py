"""Generators of hostile and broken files and settings, seeded and small, each with what is right of it: one table for all.

`says` is the pattern of the whole message of an input that is refused, `sees` looks at what became of one that is accepted.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

MAPPING = {"source": "a test", "columns": {
    "ticket_id": "编号", "received_at": "登记", "source": "来源", "owner": "单位", "topic": "小类",
    "channel": {"column": "来源", "values": {"电话": "phone"}}}}
IDLESS = {"source": "a test", "columns": {name: column for name, column in MAPPING["columns"].items() if name != "ticket_id"}}
HEADER = ["编号", "登记", "来源", "单位", "小类", "姓名", "电话"]
PRIVATE = ["李四四", "13812345678"]
Files = dict[str, "bytes | str | dict | Callable[[Path], None]"]


@dataclass(frozen=True)
class Case:
    """An input: the files that are laid into the project, the command's arguments, and what is right of it."""

    name: str
    files: Files
    says: str = ""
    code: int = 1
    arguments: tuple[str, ...] = ("bad.csv", "--city", "town", "--year", "2020")
    command: str = "ingest"
    sees: Callable[[Path], object] | None = None

    def lay(self, home: Path) -> None:
        """Write the files of the case over those of the project."""
        for name, contents in self.files.items():
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if callable(contents):
                contents(file)
                continue
            text = yaml.safe_dump(contents, allow_unicode=True) if isinstance(contents, dict) else contents
            file.write_bytes(text if isinstance(text, bytes) else text.encode())


def rows(number: int, first: int = 1, **changed: str) -> list[list[str]]:
    """Return rows of an export, in which columns by name have other cells."""
    plain = [[f"U{place}", f"2020-01-{place % 28 + 1:02}", "电话", "甲处", "供水", *PRIVATE] for place in range(first, first + number)]
    return [[changed.get(name, cell) for name, cell in zip(HEADER, row, strict=True)] for row in plain]


def csv(*lines: list[str], header: list[str] | None = HEADER, mark: str = "") -> str:
    return mark + "".join(",".join(line) + "\n" for line in ([header] if header else []) + list(lines))


def edition(**keys: object) -> dict:
    """Return the edition's file with other keys; None takes one away."""
    made = yaml.safe_load((Path(__file__).parents[2] / "data/editions/taipei-2018.yml").read_text("utf-8"))
    made |= {"city": "town", "year": 2020, "mapping": "town", "extends": None, "crosswalk": None} | keys
    return {"data/editions/town-2020.yml": {key: value for key, value in made.items() if value is not None}}


def mapping(**columns: object) -> dict:
    return {"data/mappings/town.yml": MAPPING | {"columns": MAPPING["columns"] | columns}}


def found(home: Path) -> None:
    """Write the project that each case is a copy of."""
    root = Path(__file__).parents[2]
    for folder in ("data/products", "data/scripts", "notebooks"):
        for file in (root / folder).rglob("*"):
            if file.is_file() and "checkpoints" not in str(file) and "recipes" not in str(file):
                (home / file.relative_to(root)).parent.mkdir(parents=True, exist_ok=True)
                (home / file.relative_to(root)).write_bytes(file.read_bytes())
    for file in (root / "data").glob("*.yml"):
        (home / "data" / file.name).write_bytes(file.read_bytes())
    Case("", edition() | mapping() | {"good.csv": csv(*rows(5)).replace("U", "T")}).lay(home)


def repeated_gzip(piece: bytes, times: int, head: bytes = b"") -> bytes:
    """Return a .gz of `head` and a piece many times over: members follow one another, so that little is computed."""
    return gzip.compress(head) + gzip.compress(piece) * times


def repeated_deflate(piece: bytes, times: int, head: bytes) -> tuple[bytes, int]:
    """Return a deflate stream of `head` and a piece many times over, and its unpacked size."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = pack.compress(head) + pack.flush(zlib.Z_FULL_FLUSH)
    again = pack.compress(piece) + pack.flush(zlib.Z_FULL_FLUSH)
    return first + again * times + pack.flush(), len(head) + times * len(piece)


def raw_zip(members: dict[str, tuple[int, bytes, int, int]]) -> bytes:
    """Return a .zip of members that are packed already: name → (method, packed bytes, unpacked size, CRC)."""
    body, directory = b"", b""
    for name, (method, packed, size, crc) in members.items():
        said = struct.pack("<HHHHIIIHH", 0x800, method, 0, 33, crc, len(packed), size, len(name.encode()), 0)
        directory += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + said + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + struct.pack("<H", 20) + said + name.encode() + packed
    count = len(members)
    return body + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)


def zip_of(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)
    return packed.getvalue()


def damaged(archive: bytes, name: str = "a.csv") -> bytes:
    """Return a .zip in whose first member some bytes are others."""
    start = archive.index(name.encode()) + len(name) + 40
    return archive[:start] + bytes(byte ^ 0xFF for byte in archive[start:start + 8]) + archive[start + 8:]


def workbook(cells: str, strings: bytes | None = None, more: str = "", sheets: tuple[str, ...] = ("Sheet1",),
             hidden: tuple[str, ...] = (), name: str = "") -> bytes:
    """Return a workbook whose sheets all have these cells, written as XML."""
    listed = "".join(f'<sheet name="{title}" sheetId="{number}" r:id="rId{number}"{" state=" + chr(34) + "hidden" + chr(34) if title in hidden else ""}/>'
                     for number, title in enumerate(sheets, 1))
    links = "".join(f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
                    for number in range(1, len(sheets) + 1))
    links += f'<Relationship Id="rId99" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>' if strings is not None else ""
    pages = {f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_MAIN}">{more}<sheetData>{cells}</sheetData></worksheet>'
             for number in range(1, len(sheets) + 1)}
    parts = {"[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
             '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
             '<Default Extension="xml" ContentType="application/xml"/></Types>',
             "_rels/.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
             'Target="xl/workbook.xml"/></Relationships>',
             "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
             "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}">{links}</Relationships>'} | pages
    members = {}
    for part, text in parts.items():
        packed = zlib.compress(text.encode(), 6)[2:-4]
        members[part] = (8, packed, len(text.encode()), zlib.crc32(text.encode()))
    if strings is not None:
        packed, size = repeated_deflate(strings * 1000, 20_000, b'<sst xmlns="' + _MAIN.encode() + b'">')
        members["xl/sharedStrings.xml"] = (8, packed, size & 0xFFFFFFFF, 0)
    return raw_zip(members)


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def line(number: int, cells: list[str]) -> str:
    return f'<row r="{number}">' + "".join(cell(f"{chr(65 + place)}{number}", text) for place, text in enumerate(cells)) + "</row>"


SHEET = line(1, HEADER) + "".join(line(number, row) for number, row in enumerate(rows(5, 11), 2))


def parquet(columns: dict[str, object], **options: object) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, **options)
    return packed.getvalue()


def frame(number: int = 5, **changed: object) -> dict[str, object]:
    """Return the columns of an export in Parquet."""
    return dict(zip(HEADER, map(list, zip(*rows(number, 11), strict=True)), strict=True)) | changed


def constant_parquet(number: int) -> bytes:
    """Return a Parquet file of equal rows, whose columns are runs of one word."""
    once = {name: pa.array([text]).dictionary_encode() for name, text in zip(HEADER, rows(1)[0], strict=True)}
    columns = {name: pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()).take(pa.array([0] * 1)), array.dictionary)
               for name, array in once.items()}
    table = pa.table({name: pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), number), array.dictionary)
                      for name, array in columns.items()})
    packed = io.BytesIO()
    pq.write_table(table, packed, compression="zstd", row_group_size=number)
    return packed.getvalue()


def fifo(file: Path) -> None:
    os.mkfifo(file)


def link(target: str) -> Callable[[Path], None]:
    def lay(file: Path) -> None:
        if file.is_dir() and not file.is_symlink():
            import shutil
            shutil.rmtree(file)
        file.unlink(missing_ok=True)
        file.symlink_to(target)
    return lay


def folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir(parents=True)


def sparse(size: int) -> Callable[[Path], None]:
    def lay(file: Path) -> None:
        with file.open("wb") as opened:
            opened.truncate(size)
    return lay


def tickets(home: Path):
    return pq.read_table(home / "data/tickets/town-2020/tickets.parquet").to_pandas()


def ours(home: Path):
    """Return the tickets of a case's own export."""
    found_ = tickets(home)
    return found_[~found_["ticket_id"].str.startswith("T")]


def take(name: str, contents, says: str = "", *, export: str = "bad.csv", more: Files | None = None, sees=None, code: int | None = None,
         arguments: tuple[str, ...] = ("--city", "town", "--year", "2020")) -> Case:
    """Return a case of an export that is ingested beside the tickets of the project."""
    return Case(name, ({export: contents} if contents is not None else {}) | (more or {}), says,
                (1 if says and not sees else 0) if code is None else code, (export, *arguments), "ingest", sees)


def plan(name: str, files: Files, says: str = "", code: int = 1, *arguments: str, sees=None) -> Case:
    """Return a case of settings, by which a report is planned."""
    return Case(name, files, says, code, ("--city", "town", "--year", "2020", *(arguments or ("--dry-run",))), "report", sees)


def notebook(**keys: object) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": ["city = \"\"\n"], "metadata": {"tags": ["parameters"]}, "outputs": [],
                                  "execution_count": None, "id": "a"}],
                       "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
                       "nbformat": 4, "nbformat_minor": 5} | keys)


LONG = "".join(random.Random(12345).choices("abcdefghijklmnopqrstuvwxyz", k=300_000))
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n" for before, after in zip("abcdefghi", "bcdefghij", strict=True))
EDITION = Path(__file__).parents[2] / "data/editions/taipei-2018.yml"


def edited(old: str, new: str) -> dict:
    """Return the edition's file as text with a line changed."""
    text = yaml.safe_dump(edition()["data/editions/town-2020.yml"], allow_unicode=True)
    assert old in text, old
    return {"data/editions/town-2020.yml": text.replace(old, new)}


UNREAD = r"error: .*: cannot be unpacked or read: export or copy it again\."
FILES = [
    take("gzip of letters, 3 GB", repeated_gzip(b"a" * 10_000_000, 300), export="bad.csv.gz"),
    take("gzip of rows, 3 GB", repeated_gzip(csv(*rows(1), header=None).encode() * 100_000, 500, csv().encode()), export="bad.csv.gz"),
    take("zip of rows, 3 GB", lambda file: file.write_bytes(raw_zip({"a.csv": (8, *repeated_deflate(
        csv(*rows(1), header=None).encode() * 10_000, 5_000, csv().encode()), 0)})), export="bad.zip"),
    take("workbook with 2 GB of shared strings", lambda file: file.write_bytes(workbook(SHEET, b"<si><t>" + b"a" * 90 + b"</t></si>")),
         export="bad.xlsx"),
    take("workbook with a cell at XFD1048576", workbook(SHEET + f'<row r="1048576">{cell("XFD1048576", "x")}</row>'), export="bad.xlsx"),
    take("workbook with a reference of no column", workbook(SHEET + f'<row r="9">{cell("ZZZZZZZ9", "x")}</row>'), export="bad.xlsx"),
    take("workbook with a reference of row 0", workbook(SHEET + f'<row r="9">{cell("A0", "x")}</row>'), export="bad.xlsx"),
    take("workbook with a row beyond all", workbook(SHEET + f'<row r="99999999999">{cell("A99999999999", "x")}</row>'), export="bad.xlsx"),
    take("workbook within a gzip, cell at XFD1048576", gzip.compress(workbook(SHEET + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')),
         export="bad.xlsx.gz"),
    take("workbook with a hidden sheet", workbook(SHEET, sheets=("一月", "二月"), hidden=("二月",)), export="bad.xlsx",
         sees=lambda home: len(ours(home))),
    take("workbook with formulas without values", workbook(SHEET + '<row r="7">' + cell("A7", "U90") + cell("B7", "2020-03-03")
         + '<c r="C7"><f>A1</f></c><c r="D7"><f>B1&amp;"x"</f></c></row>'), export="bad.xlsx", sees=lambda home: len(ours(home))),
    take("workbook named .xls that is HTML", "<html><table><tr><td>编号</td></tr></table></html>", export="bad.xls"),
    take("workbook whose dimension lies", workbook(SHEET, more='<dimension ref="A1:XFD1048576"/>'), export="bad.xlsx",
         sees=lambda home: len(ours(home))),
    take("Parquet of 20 million equal rows", lambda file: file.write_bytes(constant_parquet(20_000_000)), export="bad.parquet"),
    take("Parquet with one cell of 256 MB", lambda file: file.write_bytes(parquet(frame(1, 小类=["长" * (1 << 26) + "a" * (1 << 26)]),
         compression="zstd")), export="bad.parquet"),
    take("Parquet with nanoseconds", parquet(frame(登记=pa.array([1583020800_123456789 + 10**9 * place for place in range(5)],
         pa.timestamp("ns")))), export="bad.parquet", sees=lambda home: sorted(map(str, ours(home)["received_at"]))[:1]),
    take("Parquet with an unmapped column of bytes", parquet(frame(照片=[b"\xff\xd8\xff"] * 5)), export="bad.parquet",
         sees=lambda home: len(ours(home))),
    take("Parquet with a mapped column of bytes", parquet(frame(小类=[b"\xff\xd8\xff"] * 5)), export="bad.parquet"),
    take("Parquet with a mapped structure", parquet(frame(小类=[{"name": "供水"}] * 5)), export="bad.parquet"),
    take("Parquet with a mapped list", parquet(frame(小类=[["供水"]] * 5)), export="bad.parquet"),
    take("Parquet with a mapped category", parquet(frame(小类=pa.array(["供水"] * 5).dictionary_encode())), export="bad.parquet",
         sees=lambda home: sorted(set(ours(home)["topic"]))),
    take("Parquet cut off", parquet(frame())[:-40], export="bad.parquet"),
    take("zip of 10,000 members", lambda file: file.write_bytes(zip_of({f"{number}.csv": csv(*rows(1, number))
         for number in range(10_000)}, zipfile.ZIP_STORED)), export="bad.zip"),
    take("zip with a bad CRC", damaged(zip_of({"a.csv": csv(*rows(50, 11))}, zipfile.ZIP_STORED)), export="bad.zip"),
    take("zip with damaged LZMA", damaged(zip_of({"a.csv": csv(*rows(500, 11))}, zipfile.ZIP_LZMA)), export="bad.zip"),
    take("zip with damaged bzip2", damaged(zip_of({"a.csv": csv(*rows(500, 11))}, zipfile.ZIP_BZIP2)), export="bad.zip"),
    take("zip with damaged deflate", damaged(zip_of({"a.csv": csv(*rows(500, 11))})), export="bad.zip"),
    take("zip of an unknown method", raw_zip({"a.csv": (97, b"x" * 50, 50, 0)}), export="bad.zip"),
    take("zip within a zip", zip_of({"a.csv": csv(*rows(5, 11)), "b.zip": zip_of({"b.csv": csv(*rows(5, 31))})}), export="bad.zip",
         sees=lambda home: len(ours(home))),
    take("zip of nothing but a zip", zip_of({"b.zip": zip_of({"b.csv": csv(*rows(5, 31))})}), export="bad.zip"),
    take("zip whose workbook is damaged", zip_of({"a.xlsx": workbook(SHEET)[:-300]}), export="bad.zip"),
    take("gzip with a bad CRC", gzip.compress(csv(*rows(50, 11)).encode())[:-8] + b"\0" * 8, export="bad.csv.gz"),
    take("gzip cut off", gzip.compress(csv(*rows(5_000, 11)).encode())[:-400], export="bad.csv.gz"),
    take("bzip2 named .gz", bz2.compress(csv(*rows(5, 11)).encode()), export="bad.csv.gz"),
    take("xz named .csv", lzma.compress(csv(*rows(5, 11)).encode()), export="bad.csv"),
    take("CSV of which one mapped cell has 1 MB and a number", csv(*rows(5, 11), *rows(1, 99, 小类=f"13812345678 {LONG}" + LONG * 3))),
    take("CSV of which one mapped cell has 300,000 letters", csv(*rows(5, 11), *rows(1, 99, 小类=LONG + "@")), sees=lambda home: len(ours(home))),
    take("CSV of which one unmapped cell has 1 MB", csv(*rows(5, 11), *rows(1, 99, 姓名=f"李四四{LONG * 3}")), sees=lambda home: len(ours(home))),
    take("CSV with an owner of 300,000 letters and a crosswalk", csv(*rows(5, 11), *rows(1, 99, 单位=LONG)), sees=lambda home: len(ours(home)),
         more=edition(crosswalk="town") | {"data/crosswalks/town.yml": {"source": "x", "columns": {"owner": {
             "known": ["甲处", LONG[::-1][:5000]], "alike": True}}}}),
    take("CSV of one row of 20 MB", csv(*rows(2, 11)) + "x" * 20_000_000 + "\n"),
    take("CSV with 30,000 columns", ",".join(f"c{number}" for number in range(30_000)) + "\n" + ",".join(["1"] * 30_000) + "\n"),
    take("FIFO as an export", fifo, export="pipe.csv"),
    take("device as an export", link("/dev/zero"), export="zero.csv"),
    take("folder as an export", folder, export="folder.csv"),
    take("link to nowhere as an export", link("nowhere.csv"), export="gone.csv"),
    take("export without a header", csv(*rows(5, 11, 姓名="欧阳娜娜", 电话="家里停水三天了"), header=None)),
    take("export without a header, names and words first", "欧阳娜娜,家里停水三天了,望解决\n甲乙丙,路灯不亮,来人\n"),
    Case("export without a header, a mapping asked for", {"bad.csv": csv(*rows(5, 11, 姓名="欧阳娜娜", 电话="家里停水三天了"), header=None)},
         arguments=("--city", "town", "--year", "2020", "--suggest", "bad.csv")),
    take("export named after a person", csv(*rows(5, 11)), export="李先生13812345678.csv"),
    take("member of a zip named after a person", zip_of({"李先生13812345678.csv": csv(*rows(3, 11), ["x", "昨天", "电话", "", "", "", ""]) }),
         export="bad.zip", more=edition(quarantine_limit=0.5), sees=lambda home: sorted(set(pq.read_table(
             home / "data/quarantine/town-2020.parquet")["file"].to_pylist()))),
    take("byte order mark in the middle", csv(*rows(2, 11)) + csv(*rows(2, 31), header=None, mark="\ufeff"),
         sees=lambda home: sorted(ours(home)["ticket_id"])),
    take("ticket_id of two values", csv(*([row[2], *row[1:]] for row in rows(4_000, 11, 来源="网络")),
                                        *([row[2], *row[1:]] for row in rows(4_000, 11)))),
    take("rows without an id", csv(*(["", *row[1:]] for row in rows(3, 11))), sees=lambda home: sorted(ours(home)["ticket_id"])),
    take("name with a vertical tab", csv(*rows(3, 11, 小类="供\x0b水")), sees=lambda home: sorted(set(ours(home)["topic"]))),
    take("NUL bytes", csv(*rows(300, 11), *rows(1, 999, 小类="供\0水")), sees=lambda home: sorted(set(ours(home)["topic"]))),
    take("name that is a formula, unknown to the crosswalk", csv(*rows(3, 11, 小类='=HYPERLINK(1)')),
         more=edition(crosswalk="town") | {"data/crosswalks/town.yml": {"source": "x", "columns": {"topic": {"known": ["供水"]}}}},
         sees=lambda home: (home / "data/quarantine/town-2020-names.csv").read_text("utf-8-sig").splitlines()[1:]),
    take("broken quarantine file", csv(*rows(3, 11)), more={"data/quarantine/town-2020.parquet": "PAR1"}, sees=lambda home: len(ours(home))),
    Case("broken quarantine file that is shown", {"data/quarantine/town-2020.parquet": "PAR1"},
         arguments=("--city", "town", "--year", "2020", "--show", "quarantine")),
]
PERSONS = ["京A·12345", "京AD12345", "粤Z1234港", "微信wx_12345abc", "微信号：abc_1234567", "VX:abc12345", "QQ 12345678", "qq：123456789",
           "QQ号123456", "138.1234.5678", "138 1234 5678", "1 3 8 1 2 3 4 5 6 7 8", "138—1234—5678", "010 62345678", "010.62345678",
           "110105 19491231 002X", "1101051949 1231002X", "110105-19491231-002X", "欧阳先生", "上官女士", "尉迟先生", "冼女士", "逯先生",
           "１３８１２３４５６７８", "+86 138 1234 5678", "86-13812345678", "一三八一二三四五六七八"]
FILES += [take(f"private: {word}", csv(*rows(50, 11), *rows(1, 99, 小类=word))) for word in PERSONS]
HARMLESS = ["12345热线", "2020.1234.5678号", "京A牌照咨询", "微信支付", "QQ音乐", "110接处警", "京沪高速G2", "国道108", "先生活后治坡", "欧阳路街道",
            "1949 1231", "D1234次列车", "GB 18030", "共享单车2020-12-31"]
FILES += [take(f"harmless: {word}", csv(*rows(50, 11), *rows(1, 99, 小类=word)), sees=lambda home: len(ours(home))) for word in HARMLESS]

SETTINGS = [
    plan("edition that is a bomb of aliases", edited("place: 臺北市", BOMB + "place: *j")),
    plan("edition that contains itself", edited("districts:", "title: &a [*a]\ndistricts:")),
    plan("edition of 50,000 districts", edition(districts=[f"区{number}" for number in range(50_000)])),
    plan("edition whose 50,000 districts are numbers", edition(districts=list(range(50_000)))),
    plan("edition that is nested 5,000 deep", edited("place: 臺北市", "place: " + "[" * 5_000 + "]" * 5_000)),
    plan("edition with an integer of 10,000 digits", edited("year: 2020", "year: " + "9" * 10_000)),
    plan("edition with a year in superscripts beside it", {"data/editions/town-²⁰²⁰.yml": "x: 1\n", "data/editions/town-２０１９.yml": "x: 1\n"},
         code=0),
    plan("edition without chapters", edition(chapters=[])),
    plan("edition of 30 MB", {"data/editions/town-2020.yml": "# x\n" * 7_500_000}),
    plan("edition that is a folder", {"data/editions/town-2020.yml": folder}),
    plan("edition that is a FIFO", {"data/editions/town-2020.yml": lambda file: (file.unlink(), fifo(file))}),
    plan("edition that is a link in a loop", {"data/editions/town-2020.yml": link("town-2020.yml")}),
    plan("edition with a tag of Python", edited("place: 臺北市", "place: !!python/object/apply:os.system [id]")),
    plan("edition with a key that is a list", edited("place: 臺北市", "? [a]\n: 1\nplace: 臺北市")),
    plan("edition with a date that is none", edited("place: 臺北市", "issued: 2021-99-99\nplace: 臺北市")),
    plan("edition with control characters", edited("place: 臺北市", "place: 臺\x07北市")),
    plan("edition whose place is a name with a line break", edition(place="臺\n北\u2028市")),
    plan("places that name no file", edition(places="nowhere.csv")),
    plan("places that lead out of data/reference", edition(places="../../../../etc/passwd")),
    plan("boundaries that name no file", edition(boundaries={"file": "nowhere.json", "name": "n", "source": "x"})),
    plan("extends that leads out", edition(extends="../../../etc/passwd")),
    plan("notebook that is no JSON", {"notebooks/01-overview.ipynb": "not JSON"}),
    plan("notebook of format 3", {"notebooks/01-overview.ipynb": json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []})}),
    plan("notebook whose hotline is a list", {"notebooks/01-overview.ipynb": notebook(metadata={"hotline": [1]})}),
    plan("notebook with a number among needs", {"notebooks/01-overview.ipynb": notebook(metadata={"hotline": {"needs": [7]}})}),
    plan("notebook that is a list", {"notebooks/01-overview.ipynb": "[]"}),
    plan("notebook that is a folder", {"notebooks/01-overview.ipynb": folder}),
    plan("narrative that is a folder", {"data/narrative/town-2020/01-overview.md": folder}),
    plan("narrative that is a link to nowhere", {"data/narrative/town-2020/01-overview.md": link("nowhere.md")}),
    plan("narrative that is a link in a loop", {"data/narrative/town-2020/01-overview.md": link("01-overview.md")}),
    plan("narrative that is a FIFO", {"data/narrative/town-2020/01-overview.md": fifo}),
    plan("narrative's folder that is a file", {"data/narrative/town-2020": "x"}),
    plan("external figures with an unclosed quotation mark", {"data/external/town-2020.csv": 'name,value,unit,source\na,1,"件,x\nb,2,件,y\n'}),
    plan("external figures that are a folder", {"data/external/town-2020.csv": folder}),
    plan("external figure of 5,000 digits", {"data/external/town-2020.csv": f"name,value,unit,source\na,{'9' * 5000},件,x\n"}),
    plan("run.json of wrong types", {"outputs/town-2020/run.json": json.dumps({"notebooks": [{"stem": None}], "parts": 7, "grounds": [],
         "versions": {"a": None}})}, code=0),
    plan("run.json of nulls", {"outputs/town-2020/run.json": json.dumps(dict.fromkeys(("notebooks", "parts", "grounds", "data")))}, code=0),
    plan("run.json that is no JSON", {"outputs/town-2020/run.json": "{" * 100_000}, code=0),
    plan("run.json that is a folder", {"outputs/town-2020/run.json": folder}),
    plan("executed notebook of wrong types", {"outputs/town-2020/notebooks/01-overview.ipynb": '{"metadata": {"made": 7}}'}, code=0),
    plan("executed notebook that is a folder", {"outputs/town-2020/notebooks/01-overview.ipynb": folder}),
    plan("tables that are a link to a folder elsewhere", {"elsewhere/mine.csv": "x", "outputs/town-2020/tables": link("../../elsewhere")},
         says="link", sees=None),
    plan("PDF that is a folder", {"outputs/town-2020/report.pdf/x": "x"}),
    plan("file of 3 GB in data", {"data/reference/huge.bin": sparse(3 << 30)}, code=0),
    plan("FIFO in data/reference", {"data/reference/pipe": fifo}, code=0),
    plan("FIFO in data/raw", {"data/raw/town-2020/x.csv": fifo}),
    plan("link to a device in data/raw", {"data/raw/town-2020/x.csv": link("/dev/zero")}),
    plan("product that is a bomb of aliases", {"data/products/bomb.yml": BOMB + "title: *j\n"}, "", 1, "--product", "bomb", "--dry-run"),
    plan("product whose title has a strange placeholder", {"data/products/odd.yml": 'title: "{place.__class__}{x}"\nperiods: [year]\n'},
         "", 1, "--product", "odd", "--dry-run"),
    plan("dictionary that is no YAML", {"data/dictionary.yml": "a: [\n"}),
    plan("dictionary without a part", {"data/dictionary.yml": "columns: {}\n"}),
    plan("glossary that is a list", {"data/glossary.yml": "[1, 2]\n"}),
    plan("synonyms that are a bomb", {"data/synonyms.yml": BOMB + "missing: *j\n"}, code=0),
    take("synonyms that are a bomb, an export", csv(*rows(3, 11)), more={"data/synonyms.yml": BOMB + "missing: *j\n"}),
    take("mapping with a named group", csv(*rows(3, 11)), more=mapping(topic={"column": "小类", "pattern": "^(?P<x>.)"})),
    take("mapping with a backslash before its group", csv(*rows(3, 11)), more=mapping(topic={"column": "小类", "pattern": r"\\(.)"}),
         sees=lambda home: len(ours(home))),
    take("mapping with a lookahead", csv(*rows(3, 11)), more=mapping(topic={"column": "小类", "pattern": "^(?=供)(.)"})),
    take("mapping with a pattern that repeats a thousand times", csv(*rows(3, 11)), more=mapping(topic={"column": "小类", "pattern": "((a{1000}){1000})"})),
    take("mapping with no formats", csv(*rows(3, 11)), more=mapping(received_at={"column": "登记", "formats": []})),
    take("mapping with a format that says nothing", csv(*rows(3, 11)), more=mapping(received_at={"column": "登记", "formats": ["%Y"]})),
    take("mapping with a format that is a number", csv(*rows(3, 11)), more=mapping(received_at={"column": "登记", "formats": [7]})),
    take("mapping with a delimiter that is a quotation mark", csv(*rows(3, 11)), more={"data/mappings/town.yml": MAPPING | {"format": {"delimiter": '"'}}}),
    take("mapping with a delimiter that is a line break", csv(*rows(3, 11)), more={"data/mappings/town.yml": MAPPING | {"format": {"delimiter": "\n"}}}),
    take("mapping with a delimiter that is a Chinese comma", csv(*rows(3, 11)), more={"data/mappings/town.yml": MAPPING | {"format": {"delimiter": "，"}}}),
    take("mapping with an encoding that is no text", csv(*rows(3, 11)), more={"data/mappings/town.yml": MAPPING | {"format": {"encoding": "zlib"}}}),
    take("mapping with an encoding of Python alone", csv(*rows(3, 11)), more={"data/mappings/town.yml": MAPPING | {"format": {"encoding": "idna"}}}),
    take("mapping that is a folder", csv(*rows(3, 11)), more={"data/mappings/town.yml": folder}),
    take("mapping that is a bomb", csv(*rows(3, 11)), more={"data/mappings/town.yml": BOMB + "columns: *j\n"}),
    take("crosswalk whose list leads out", csv(*rows(3, 11)), more=edition(crosswalk="town") | {"data/crosswalks/town.yml": {
        "source": "x", "columns": {"topic": {"known": {"file": "../../../../etc/passwd", "column": "x"}}}}}),
    take("crosswalk whose list is a FIFO", csv(*rows(3, 11)), more=edition(crosswalk="town") | {
        "data/reference/pipe.csv": fifo,
        "data/crosswalks/town.yml": {"source": "x", "columns": {"topic": {"known": {"file": "pipe.csv", "column": "x"}}}}}),
]
CASES = FILES + SETTINGS
