"""Generators of hostile and broken files and settings, seeded and small, each with what is right of it: one table for all.

`says` is how the message of an input begins that is refused; of one that is accepted, `seen` is what `sees` finds, and `prints`
a sentence of the account.
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

MAPPING = {
    "source": "a test",
    "columns": {
        "ticket_id": "编号",
        "received_at": "登记",
        "source": "来源",
        "owner": "单位",
        "topic": "小类",
        "channel": {"column": "来源", "values": {"电话": "phone"}},
    },
}
HEADER = ["编号", "登记", "来源", "单位", "小类", "姓名", "电话"]
PRIVATE = ["李四四", "13812345678"]
TOWN = ("--city", "town", "--year", "2020")
Files = dict[str, "bytes | str | dict | Callable[[Path], None]"]


@dataclass(frozen=True)
class Case:
    """An input: the files that are laid into the project, what is right of it, and the command's arguments.

    One that is `alone` may take its process down, or much memory or time.
    """

    name: str
    files: Files
    says: str = ""
    arguments: tuple[str, ...] = ()
    command: str = "ingest"
    prints: str = ""
    sees: Callable[[Path], object] | None = None
    seen: object = None
    alone: bool = False

    def lay(self, home: Path) -> None:
        """Write the files of the case over those of the project."""
        for name, contents in self.files.items():
            file = home / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if callable(contents):
                contents(file)
                continue
            file.unlink(missing_ok=True)  # which may be a hard link
            text = yaml.safe_dump(contents, allow_unicode=True) if isinstance(contents, dict) else contents
            file.write_bytes(text if isinstance(text, bytes) else text.encode())


def rows(number: int, first: int = 1, **changed: str) -> list[list[str]]:
    """Return rows of an export, in which columns by name have other cells."""
    plain = [
        [f"U{place}", f"2020-01-{place % 28 + 1:02}", "电话", "甲处", "供水", *PRIVATE] for place in range(first, first + number)
    ]
    return [[changed.get(name, cell) for name, cell in zip(HEADER, row, strict=True)] for row in plain]


def csv(*lines: list[str], header: list[str] | None = HEADER, mark: str = "") -> str:
    return mark + "".join(",".join(line) + "\n" for line in ([header] if header else []) + list(lines))


def edition(**keys: object) -> dict:
    """Return the edition's file with other keys; None takes one away."""
    made = yaml.safe_load((Path(__file__).parents[2] / "data/editions/taipei-2018.yml").read_text("utf-8"))
    made |= {"city": "town", "year": 2020, "mapping": "town", "extends": None, "crosswalk": None} | keys
    return {"data/editions/town-2020.yml": {key: value for key, value in made.items() if value is not None}}


def crosswalk(column: str, **names: object) -> dict:
    """Return an edition with a crosswalk of one column."""
    return edition(crosswalk="town") | {"data/crosswalks/town.yml": {"source": "x", "columns": {column: names}}}


def edited(place: str, districts: list | None = None) -> dict:
    """Return the edition's file with its line of `place` as text of one's own."""
    made = edition(place="HERE", districts=districts or [])["data/editions/town-2020.yml"]
    return {"data/editions/town-2020.yml": yaml.safe_dump(made, allow_unicode=True).replace("place: HERE", place)}


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
    Case("", edition() | {"data/mappings/town.yml": MAPPING} | {"good.csv": csv(*rows(5)).replace("U", "T")}).lay(home)


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
        directory += (
            b"PK\x01\x02" + struct.pack("<HH", 20, 20) + said + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        )
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
    return archive[:start] + bytes(byte ^ 0xFF for byte in archive[start : start + 8]) + archive[start + 8 :]


def workbook(
    cells: str,
    strings: bytes | None = None,
    more: str = "",
    sheets: tuple[str, ...] = ("Sheet1",),
    hidden: tuple[str, ...] = (),
    name: str = "",
) -> bytes:
    """Return a workbook whose sheets all have these cells, written as XML."""
    listed = "".join(
        f'<sheet name="{title}" sheetId="{number}" r:id="rId{number}" state="{"hidden" if title in hidden else "visible"}"/>'
        for number, title in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    links += (
        f'<Relationship Id="rId99" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>' if strings is not None else ""
    )
    pages = {
        f"xl/worksheets/sheet{number}.xml": f'<worksheet xmlns="{_MAIN}">{more}<sheetData>{cells}</sheetData></worksheet>'
        for number in range(1, len(sheets) + 1)
    }
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}">{links}</Relationships>',
    } | pages
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
    return (
        f'<row r="{number}">' + "".join(cell(f"{chr(65 + place)}{number}", text) for place, text in enumerate(cells)) + "</row>"
    )


def parquet(columns: dict[str, object], **options: object) -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, **options)
    return packed.getvalue()


def frame(number: int = 5, **changed: object) -> dict[str, object]:
    """Return the columns of an export in Parquet."""
    return dict(zip(HEADER, map(list, zip(*rows(number, 11), strict=True)), strict=True)) | changed


def constant_parquet(number: int) -> bytes:
    """Return a Parquet file of equal rows, whose columns are runs of one word."""
    runs = pa.repeat(pa.scalar(0, pa.int8()), number)
    words = dict(zip(HEADER, rows(1)[0], strict=True))
    return parquet(
        {name: pa.DictionaryArray.from_arrays(runs, pa.array([word])) for name, word in words.items()},
        compression="zstd",
        row_group_size=number,
    )


def fifo(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir(parents=True)


def link(target: str) -> Callable[[Path], None]:
    def lay(file: Path) -> None:
        file.unlink(missing_ok=True)
        file.symlink_to(target)

    return lay


def sparse(size: int) -> Callable[[Path], None]:
    def lay(file: Path) -> None:
        with file.open("wb") as opened:
            opened.truncate(size)

    return lay


def ours(home: Path):
    """Return the tickets of a case's own export."""
    tickets = pq.read_table(home / "data/tickets/town-2020/tickets.parquet").to_pandas()
    return tickets[~tickets["ticket_id"].str.startswith("T")]


def number(home: Path) -> int:
    return len(ours(home))


def topics(home: Path) -> list[str]:
    return sorted(set(ours(home)["topic"]))


def take(
    name: str, export: str, contents: "bytes | str | Callable", says: str = "", *, more: Files | None = None, **right: object
) -> Case:
    """Return a case of an export that is ingested beside the tickets of the project, in place of them where it can be read."""
    return Case(name, {export: contents} | (more or {}), says, (export, *TOWN, *([] if says else ["--replace"])), **right)


def maps(name: str, columns: dict, says: str = "", **form: str) -> Case:
    """Return a case of a mapping with other columns, or another `format`."""
    made = MAPPING | {"columns": MAPPING["columns"] | columns} | ({"format": form} if form else {})
    return take(
        f"mapping: {name}",
        "bad.csv",
        csv(*rows(3, 11)),
        says and f"data/mappings/town.yml: {says}",
        more={"data/mappings/town.yml": made},
        **({} if says else {"sees": number, "seen": 3}),
    )


def plan(name: str, files: Files, says: str = "", *arguments: str, alone: bool = False) -> Case:
    """Return a case of settings, by which a report is planned."""
    dry = () if "--prepare" in arguments else ("--dry-run",)
    return Case(name, files, says, (*TOWN, *arguments, *dry), "report", alone=alone)


def notebook(hotline: object) -> str:
    return json.dumps(
        {
            "cells": [{"cell_type": "code", "source": "", "metadata": {"tags": ["parameters"]}}],
            "metadata": {"hotline": hotline},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


SHEET = line(1, HEADER) + "".join(line(number, row) for number, row in enumerate(rows(5, 11), 2))
STRAY_CELL = f'<row r="1048576">{cell("XFD1048576", "x")}</row>'
LONG = "".join(random.Random(12345).choices("abcdefghijklmnopqrstuvwxyz", k=100_000))
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n" for before, after in zip("abcdefghi", "bcdefghij", strict=True)
)
BOMB_OF_ROWS = "unpacks to more than 200 times its size and to more than 0.1 GB: export it again, or raise `unpacked_gb`"
STRAY = "the cells of a sheet reach over 1048576 rows and 16384 columns, and 43 are filled: delete the stray ones"
NO_CELL = "is a workbook with a cell where no sheet has one: open it and save it as .xlsx again."
DAMAGED = "cannot be unpacked or read: export or copy it again."
NO_SHEET = "is no spreadsheet that can be read: save it as .xlsx again, without a password."
NO_HEADER = (
    "data/mappings/town.yml: columns.ticket_id.column: bad.csv has no column '编号', and no name of its header is known: it is "
    "perhaps a row of data, or the delimiter is another; name `header_row` or `delimiter` in `format`."
)
NO_FILE = "is no file but a pipe, a socket or a device: take it away, or save what it gives as a file."
FILES = [
    take("gzip of letters, 3 GB", "bad.csv.gz", repeated_gzip(b"a" * 10_000_000, 300), f"bad.csv.gz: {BOMB_OF_ROWS}", alone=True),
    take(
        "gzip of rows, 3 GB",
        "bad.csv.gz",
        repeated_gzip(csv(*rows(1), header=None).encode() * 100_000, 500, csv().encode()),
        f"bad.csv.gz: {BOMB_OF_ROWS}",
        alone=True,
    ),
    take(
        "zip of rows, 3 GB",
        "bad.zip",
        lambda file: file.write_bytes(
            raw_zip({"a.csv": (8, *repeated_deflate(csv(*rows(1), header=None).encode() * 10_000, 5_000, csv().encode()), 0)})
        ),
        f"bad.zip (a.csv): {BOMB_OF_ROWS}",
        alone=True,
    ),
    take(
        "workbook with 2 GB of shared strings",
        "bad.xlsx",
        lambda file: file.write_bytes(workbook(SHEET, b"<si><t>" + b"a" * 90 + b"</t></si>")),
        "bad.xlsx: is a workbook that unpacks to more than 1 GB: export it again, or raise `unpacked_gb`",
        alone=True,
    ),
    take("workbook with a cell at XFD1048576", "bad.xlsx", workbook(SHEET + STRAY_CELL), f"bad.xlsx: {STRAY}", alone=True),
    take(
        "workbook in a gzip with a cell at XFD1048576",
        "bad.xlsx.gz",
        gzip.compress(workbook(SHEET + STRAY_CELL)),
        f"bad.xlsx.gz: {STRAY}",
        alone=True,
    ),
    take(
        "workbook with a reference of no column",
        "bad.xlsx",
        workbook(SHEET + f'<row r="9">{cell("ZZZZZZZ9", "x")}</row>'),
        f"bad.xlsx: {NO_CELL}",
        alone=True,
    ),
    take(
        "workbook with a reference of row 0",
        "bad.xlsx",
        workbook(SHEET + f'<row r="9">{cell("A0", "x")}</row>'),
        f"bad.xlsx: {NO_CELL}",
    ),
    take(
        "workbook with a row beyond all",
        "bad.xlsx",
        workbook(SHEET + f'<row r="99999999999">{cell("A99999999999", "x")}</row>'),
        f"bad.xlsx: {NO_CELL}",
        alone=True,
    ),
    take(
        "workbook with a row of no sheet",
        "bad.xlsx",
        workbook(SHEET + '<row r="4294967295"><c/></row>'),
        f"bad.xlsx: {NO_CELL}",
        alone=True,
    ),
    take(
        "workbook whose dimension lies", "bad.xlsx", workbook(SHEET, more='<dimension ref="A1:XFD1048576"/>'), sees=number, seen=5
    ),
    take(
        "workbook with a hidden sheet",
        "bad.xlsx",
        workbook(SHEET, sheets=("一月", "二月"), hidden=("二月",)),
        prints="bad.xlsx: passed over, as they are hidden: 二月; `sheet` in the mapping's `format` reads one.",
        sees=number,
        seen=5,
    ),
    take(
        "workbook with formulas without values",
        "bad.xlsx",
        workbook(
            SHEET
            + f'<row r="7">{cell("A7", "U90")}{cell("B7", "2020-03-03")}<c r="C7"><f>A1</f></c><c r="D7"><f>B1</f></c></row>'
        ),
        prints="bad.xlsx: 2 cells hold a formula without its value and are blank: open it, and save it again.",
        sees=number,
        seen=6,
    ),
    take("page named .xls", "bad.xls", "<html><table><tr><td>编号</td></tr></table></html>", f"bad.xls: {NO_SHEET}"),
    take(
        "Parquet of 20 million equal rows",
        "bad.parquet",
        lambda file: file.write_bytes(constant_parquet(20_000_000)),
        "bad.parquet: has 20000000 rows in",
        alone=True,
    ),
    take(
        "Parquet with a cell of 128 MB",
        "bad.parquet",
        lambda file: file.write_bytes(parquet(frame(1, 小类=["a" * (1 << 27)]), compression="zstd")),
        "bad.parquet: has a column, '小类', whose cells unpack to more than 0.1 GB",
        alone=True,
    ),
    take(
        "Parquet with nanoseconds",
        "bad.parquet",
        parquet(frame(登记=pa.array([(1_583_020_800 + place) * 10**9 + 123_456_789 for place in range(5)], pa.timestamp("ns")))),
        sees=lambda home: str(min(ours(home)["received_at"])),
        seen="2020-03-01 00:00:00.123456",
    ),
    take(
        "Parquet with bytes in a column that is not mapped",
        "bad.parquet",
        parquet(frame(照片=[b"\xff\xd8\xff"] * 5)),
        sees=number,
        seen=5,
    ),
    take(
        "Parquet with bytes",
        "bad.parquet",
        parquet(frame(小类=[b"\xff\xd8\xff"] * 5)),
        "bad.parquet: column '小类' holds bytes, not texts: export it as text, or leave it out of the mapping.",
    ),
    take(
        "Parquet with structures",
        "bad.parquet",
        parquet(frame(小类=[{"name": "供水"}] * 5)),
        "bad.parquet: column '小类' holds struct<name: string>, not texts: export it as text, or leave it out of the mapping.",
    ),
    take(
        "Parquet with lists",
        "bad.parquet",
        parquet(frame(小类=[["供水"]] * 5)),
        "bad.parquet: column '小类' holds list<element: string>",
    ),
    take(
        "Parquet with categories",
        "bad.parquet",
        parquet(frame(小类=pa.array(["供水"] * 5).dictionary_encode())),
        sees=topics,
        seen=["供水"],
    ),
    take(
        "Parquet cut off",
        "bad.parquet",
        parquet(frame())[:-40],
        "bad.parquet: is no Parquet file that can be read: export or copy it again.",
    ),
    take(
        "zip of 10,000 members",
        "bad.zip",
        lambda file: file.write_bytes(
            zip_of({f"{number}.csv": csv(*rows(1, number)) for number in range(10_000)}, zipfile.ZIP_STORED)
        ),
        "bad.zip: holds 10000 files, and at most 1000 are read of one: join them, or give several.",
    ),
    take(
        "zip with a bad CRC",
        "bad.zip",
        damaged(zip_of({"a.csv": csv(*rows(50, 11))}, zipfile.ZIP_STORED)),
        f"bad.zip (a.csv): {DAMAGED}",
    ),
    *(
        take(
            f"zip with damaged {name}",
            "bad.zip",
            damaged(zip_of({"a.csv": csv(*rows(500, 11))}, method)),
            f"bad.zip (a.csv): {DAMAGED}",
        )
        for name, method in (("LZMA", zipfile.ZIP_LZMA), ("bzip2", zipfile.ZIP_BZIP2), ("deflate", zipfile.ZIP_DEFLATED))
    ),
    take("zip of an unknown method", "bad.zip", raw_zip({"a.csv": (97, b"x" * 50, 50, 0)}), f"bad.zip (a.csv): {DAMAGED}"),
    take(
        "zip within a zip",
        "bad.zip",
        zip_of({"a.csv": csv(*rows(5, 11)), "b.zip": zip_of({"b.csv": csv(*rows(5, 31))})}),
        prints="bad.zip: 1 of its files are .zip themselves and are passed over: unpack it.",
        sees=number,
        seen=5,
    ),
    take(
        "zip of nothing but a zip",
        "bad.zip",
        zip_of({"b.zip": zip_of({"b.csv": csv(*rows(5, 31))})}),
        "bad.zip: holds no file that is read: pack one of .csv, .txt, .tsv, .xlsx, .xlsm, .xls, .parquet, not a",
    ),
    take("zip whose workbook is damaged", "bad.zip", zip_of({"a.xlsx": workbook(SHEET)[:-300]}), f"bad.zip (a.xlsx): {NO_SHEET}"),
    take(
        "gzip with a bad CRC", "bad.csv.gz", gzip.compress(csv(*rows(50, 11)).encode())[:-8] + b"\0" * 8, f"bad.csv.gz: {DAMAGED}"
    ),
    take("gzip cut off", "bad.csv.gz", gzip.compress(csv(*rows(5_000, 11)).encode())[:-400], f"bad.csv.gz: {DAMAGED}"),
    take("bzip2 named .gz", "bad.csv.gz", bz2.compress(csv(*rows(5, 11)).encode()), f"bad.csv.gz: {DAMAGED}"),
    take(
        "xz named .csv",
        "bad.csv",
        lzma.compress(csv(*rows(5, 11)).encode()),
        "bad.csv: is no CSV, though its name says so: give it the ending that fits.",
    ),
    take(
        "cell of 1 MB with a number",
        "bad.csv",
        csv(*rows(5, 11), *rows(1, 99, 小类=f"13812345678 {LONG * 10}")),
        "town-2020: topic (小类) holds what may point at a person: mobile numbers in 1 rows",
        alone=True,
    ),
    take("cell of 100,000 letters and @", "bad.csv", csv(*rows(5, 11), *rows(1, 99, 小类=LONG + "@")), sees=number, seen=6),
    take(
        "cell of 1 MB that is not mapped",
        "bad.csv",
        csv(*rows(5, 11), *rows(1, 99, 姓名=f"李四四{LONG * 10}")),
        sees=number,
        seen=6,
    ),
    take(
        "name of 100,000 letters and a crosswalk",
        "bad.csv",
        csv(*rows(5, 11), *rows(1, 99, 单位=LONG)),
        sees=number,
        seen=6,
        more=crosswalk("owner", known=["甲处", LONG[5000:0:-1]], alike=True),
    ),
    take(
        "row of 9 MB",
        "bad.csv",
        csv(*rows(2, 11)) + "x" * 9_000_000 + "\n",
        "bad.csv: is not readable as CSV to its end: in row 4 a quotation mark is perhaps not closed, or a cell is too long",
    ),
    take(
        "30,000 columns",
        "bad.csv",
        ",".join(f"c{place}" for place in range(30_000)) + "\n" + ",".join(["1"] * 30_000) + "\n",
        "bad.csv: has 30000 columns, and at most 2000 are read: leave out those that are not needed.",
        alone=True,
    ),
    take("pipe as an export", "pipe.csv", os.mkfifo, f"pipe.csv: {NO_FILE}", alone=True),
    take("device as an export", "zero.csv", link("/dev/zero"), f"zero.csv: {NO_FILE}", alone=True),
    take(
        "folder as an export",
        "folder.csv",
        folder,
        "folder.csv: cannot be read (Is a directory): check its name and its permissions.",
    ),
    take(
        "link to nowhere as an export",
        "gone.csv",
        link("nowhere.csv"),
        "gone.csv: cannot be read (No such file or directory): check its name and its permissions.",
    ),
    take("no header", "bad.csv", csv(*rows(5, 11, 姓名="欧阳娜娜", 电话="家里停水三天了"), header=None), NO_HEADER),
    take("no header, and names and words first", "bad.csv", "欧阳娜娜,家里停水三天了,望解决\n甲乙丙,路灯不亮,来人\n", NO_HEADER),
    Case(
        "no header, and a mapping asked for",
        {"bad.csv": csv(*rows(5, 11, 姓名="欧阳娜娜", 电话="家里停水三天了"), header=None)},
        "bad.csv: its header looks like a row of data and is not shown: give the file a row with the names of its columns.",
        arguments=(*TOWN, "--suggest", "bad.csv"),
    ),
    take(
        "export named after a person",
        "李先生13812345678.csv",
        csv(*rows(5, 11)),
        "the name of the export holds what may point at a person (mobile numbers, persons), and every report prints it: give "
        "the file another name.",
    ),
    take(
        "member of a zip named after a person",
        "bad.zip",
        zip_of({"李先生13812345678.csv": csv(*rows(3, 11), ["x", "昨天", *[""] * 5])}),
        more=edition(quarantine_limit=0.5),
        seen=["bad.zip (file 1.csv)"],
        sees=lambda home: pq.read_table(home / "data/quarantine/town-2020.parquet")["file"].to_pylist(),
    ),
    take(
        "byte order mark in the middle",
        "bad.csv",
        csv(*rows(2, 11)) + csv(*rows(2, 31), header=None, mark="\ufeff"),
        sees=lambda home: sorted(ours(home)["ticket_id"]),
        seen=["U11", "U12", "U31", "U32"],
    ),
    take(
        "ids of two values",
        "bad.csv",
        csv(*([row[2], *row[1:]] for row in rows(600, 11, 来源="网络") + rows(600, 11))),
        "town-2020: 1200 rows have 2 values of ticket_id (编号), which name no tickets; nothing was written: map the column of "
        "ids, or none, so that each row is a ticket.",
    ),
    take("name with a vertical tab", "bad.csv", csv(*rows(3, 11, 小类="供\x0b水")), sees=topics, seen=["供水"]),
    take(
        "name that is a formula, unknown to the crosswalk",
        "bad.csv",
        csv(*rows(3, 11, 小类="=HYPERLINK(1)")),
        more=crosswalk("topic", known=["供水"]),
        seen=["topic,,'=HYPERLINK(1),3,"],
        sees=lambda home: (home / "data/quarantine/town-2020-names.csv").read_text("utf-8-sig").splitlines()[1:],
    ),
    take(
        "broken quarantine file",
        "bad.csv",
        csv(*rows(3, 11)),
        "data/quarantine/town-2020.parquet: is damaged: take it away, or give",
        more={"data/quarantine/town-2020.parquet": "PAR1"},
    ),
    Case(
        "broken quarantine file that is shown",
        {"data/quarantine/town-2020.parquet": "PAR1"},
        "data/quarantine/town-2020.parquet: is damaged: take it away and ingest again with --replace.",
        arguments=(*TOWN, "--show", "quarantine"),
    ),
]
E, N, M = "data/editions/town-2020.yml", "notebooks/01-overview.ipynb", "data/mappings/town.yml"
T, X, OUT = "data/narrative/town-2020/01-overview.md", "data/external/town-2020.csv", "outputs/town-2020"
A_FOLDER, A_PIPE = (
    f"is {what}, where a file is read: take it away, or give it another name." for what in ("a folder", "a pipe or a device")
)
WRITTEN_OVER = "is a folder where a file is written: take it away."
TOO_MUCH = "not readable as YAML: it has more than 100000 values, those of its aliases included"
SETTINGS = [
    plan("edition that is a bomb of aliases", edited(BOMB + "place: *j"), f"{E}: {TOO_MUCH}"),
    plan(
        "edition that contains itself",
        edited("place: &z [*z]"),
        f"{E}: not readable as YAML: an alias stands for what it is part of",
    ),
    plan(
        "edition of 5,000 districts",
        edited("place: x", list(range(5_000))),
        f"{E}: districts: List should have at most 500 items after validation, not 5000, not [0, 1, 2, 3, 4, 5, ...].",
    ),
    plan(
        "edition that is nested 2,000 deep",
        edited("place: " + "[" * 2_000 + "]" * 2_000),
        f"{E}: not readable as YAML: its values are nested too deep.",
    ),
    plan(
        "edition with an integer of 10,000 digits",
        edited("place: " + "9" * 10_000),
        f"{E}: not readable as YAML: Exceeds the limit (4300 digits)",
    ),
    plan(
        "years in superscripts and in full width",
        {"data/editions/town-²⁰²⁰.yml": "x: 1\n", "data/editions/town-２０１９.yml": "x: 1\n"},
    ),
    plan(
        "edition without chapters",
        edition(chapters=[]),
        f"{E}: chapters: List should have at least 1 item after validation, not 0",
    ),
    plan("edition of 2 MB", {E: "# x\n" * 500_000}, f"{E}: has 2000000 bytes, more than the 1048576 that such a file may have"),
    plan("edition that is a folder", {E: folder}, f"{E}: {A_FOLDER}"),
    plan("edition that is a pipe", {E: fifo}, f"{E}: {A_PIPE}", alone=True),
    plan(
        "edition that is a link in a loop",
        {E: link("town-2020.yml")},
        f"{E}: is a link that leads nowhere: check it, or take it away.",
    ),
    plan(
        "edition with a tag of Python",
        edited("place: !!python/object/apply:os.system [id]"),
        f"{E}: not readable as YAML: could not determine a constructor for the tag",
    ),
    plan(
        "edition with a key that is a list",
        edited("place: x\n? [a]\n: 1"),
        f"{E}: not readable as YAML: a key is a list or a block",
    ),
    plan(
        "edition with a date that is none",
        edited("place: x\nissued: 2021-99-99"),
        f"{E}: not readable as YAML: month must be in 1..12",
    ),
    plan(
        "edition with control characters",
        edited("place: 臺\x07北市"),
        f"{E}: not readable as YAML: unacceptable character #x0007",
    ),
    plan("place with a line break", edition(place="臺\n北\u2028市"), f"{E}: place: must be one line without control characters"),
    plan("places that name no file", edition(places="nowhere.csv"), f"{E}: places: data/reference/nowhere.csv is not there."),
    plan(
        "places that lead out",
        edition(places="../../../../etc/passwd"),
        f"{E}: places: must be the name of a file, which does not lead",
    ),
    plan(
        "boundaries that name no file",
        edition(boundaries={"file": "nowhere.json", "name": "n", "source": "x"}),
        f"{E}: boundaries.file: data/reference/nowhere.json is not there.",
    ),
    plan(
        "extends that leads out",
        edition(extends="../../../etc/passwd"),
        f"{E}: extends: '../../../etc/passwd' is not an edition.",
    ),
    plan("notebook that is no JSON", {N: "not JSON"}, f"{N}: is no notebook: open it in JupyterLab and save it again"),
    plan("notebook of format 3", {N: '{"nbformat": 3, "metadata": {}, "worksheets": []}'}, f"{N}: is no notebook of format 4"),
    plan("notebook that is a list", {N: "[]"}, f"{N}: is no notebook of format 4"),
    plan("notebook whose hotline is a list", {N: notebook([1])}, f"{N}: metadata.hotline must be a block of keys and values"),
    plan(
        "notebook with a number among needs",
        {N: notebook({"needs": [7]})},
        f"{N}: metadata.hotline.needs: 7 is not in a list of columns",
    ),
    plan("notebook that is a folder", {N: folder}, f"{N}: {A_FOLDER}"),
    plan("text that is a folder", {T: folder}, f"{T}: {A_FOLDER}"),
    plan(
        "text that is a link to nowhere",
        {T: link("nowhere.md")},
        f"{T}: is a link that leads nowhere: check it, or take it away.",
    ),
    plan("text that is a pipe", {T: os.mkfifo}, f"{T}: {A_PIPE}", alone=True),
    plan(
        "folder of texts that is a file",
        {"data/narrative/town-2020": "x"},
        "data/narrative/town-2020: is no folder: lay the texts",
    ),
    plan(
        "external figures with an open quotation mark",
        {T: "甲\n", X: 'name,value,unit,source\na,1,"件,x\nb,2,件,y\n'},
        f"{X}:3: not readable as CSV: a quotation mark above is not closed.",
    ),
    plan("external figures that are a folder", {T: "甲\n", X: folder}, f"{X}: {A_FOLDER}"),
    plan(
        "external figure of 5,000 digits",
        {T: "甲\n", X: f"name,value,unit,source\na,{'9' * 5000},件,x\n"},
        f"{X}:2: value '{'9' * 80}' of 'a' is no number",
    ),
    plan("run.json of wrong types", {f"{OUT}/run.json": '{"notebooks": [{"stem": null}], "parts": 7, "grounds": null}'}),
    plan("run.json that is nested deep", {f"{OUT}/run.json": "[" * 100_000}),
    plan("run.json that is a folder", {f"{OUT}/run.json": folder}, f"{OUT}/run.json: {WRITTEN_OVER}"),
    plan("executed notebook of wrong types", {f"{OUT}/notebooks/01-overview.ipynb": '{"metadata": {"made": 7}}'}),
    plan(
        "executed notebook that is a folder",
        {f"{OUT}/notebooks/01-overview.ipynb": folder},
        f"{OUT}/notebooks/01-overview.ipynb: {WRITTEN_OVER}",
    ),
    plan("PDF that is a folder", {f"{OUT}/report.pdf": folder}, f"{OUT}/report.pdf: {WRITTEN_OVER}"),
    plan(
        "tables that are a link to a folder elsewhere",
        {"elsewhere/mine.csv": "x", f"{OUT}/tables": link("../../elsewhere")},
        f"{OUT}/tables: is a link to ~/elsewhere, where files would be overwritten and removed: take the link away",
    ),
    plan("file of 3 GB in data", {"data/reference/huge.bin": sparse(3 << 30)}, alone=True),
    plan("pipe in data/reference", {"data/reference/pipe": os.mkfifo}, alone=True),
    plan(
        "pipe in data/raw",
        {"data/raw/town-2020/x.csv": os.mkfifo},
        f"~/data/raw/town-2020/x.csv: {NO_FILE}",
        "--prepare",
        alone=True,
    ),
    plan(
        "device in data/raw",
        {"data/raw/town-2020/x.csv": link("/dev/zero")},
        f"~/data/raw/town-2020/x.csv: {NO_FILE}",
        "--prepare",
        alone=True,
    ),
    plan(
        "product that is a bomb of aliases",
        {"data/products/bomb.yml": BOMB + "title: *j\n"},
        f"data/products/bomb.yml: {TOO_MUCH}",
        "--product",
        "bomb",
    ),
    plan(
        "product whose title cannot be filled",
        {"data/products/odd.yml": 'title: "{place.__class__}"\nperiods: [year]\n'},
        "data/products/odd.yml: title: {place.__class__} cannot be filled: write of {hotline}, {place}",
        "--product",
        "odd",
    ),
    plan(
        "dictionary that is no YAML", {"data/dictionary.yml": "a: [\n"}, "data/dictionary.yml: not readable as YAML", alone=True
    ),
    plan(
        "dictionary without a part",
        {"data/dictionary.yml": "columns: {}\n"},
        "data/dictionary.yml: key 'values' is missing",
        alone=True,
    ),
    plan("glossary that is a list", {"data/glossary.yml": "[1, 2]\n"}, "data/glossary.yml: must be a list of keys and values"),
    take(
        "synonyms that are a bomb",
        "bad.csv",
        csv(*rows(3, 11)),
        f"data/synonyms.yml: {TOO_MUCH}",
        alone=True,
        more={"data/synonyms.yml": BOMB + "missing: *j\n"},
    ),
    maps(
        "named group",
        {"topic": {"column": "小类", "pattern": "^(?P<x>.)"}},
        "columns.topic.pattern: must have one group in brackets",
    ),
    maps("backslash before its group", {"topic": {"column": "小类", "pattern": r"\\(.)"}}),
    maps(
        "lookahead", {"topic": {"column": "小类", "pattern": "^(?=供)(.)"}}, "columns.topic.pattern: must be a regular expression"
    ),
    maps(
        "pattern of a million repeats",
        {"topic": {"column": "小类", "pattern": "((a{1000}){1000})"}},
        "columns.topic.pattern: must be",
    ),
    maps(
        "no formats",
        {"received_at": {"column": "登记", "formats": []}},
        "columns.received_at.formats: List should have at least 1",
    ),
    maps(
        "format without a day",
        {"received_at": {"column": "登记", "formats": ["%Y"]}},
        "columns.received_at.formats: '%Y' cannot be read",
    ),
    *(
        maps(
            f"delimiter {letter!r}",
            {},
            "format.delimiter: must be one ASCII character, and neither a quotation mark nor a line break",
            delimiter=letter,
        )
        for letter in ('"', "\n", "，")
    ),
    *(
        maps(f"encoding {name}", {}, "format.encoding: is no encoding of texts: write utf-8, gb18030", encoding=name)
        for name in ("zlib", "idna")
    ),
    take("mapping that is a folder", "bad.csv", csv(*rows(3, 11)), f"{M}: {A_FOLDER}", more={M: folder}),
    take("mapping that is a bomb", "bad.csv", csv(*rows(3, 11)), f"{M}: {TOO_MUCH}", more={M: BOMB + "columns: *j\n"}),
    take(
        "crosswalk whose list leads out",
        "bad.csv",
        csv(*rows(3, 11)),
        "data/crosswalks/town.yml: columns.topic.known",
        more=crosswalk("topic", known={"file": "../../../../etc/passwd", "column": "x"}),
    ),
    take(
        "crosswalk whose list is a pipe",
        "bad.csv",
        csv(*rows(3, 11)),
        "data/crosswalks/town.yml: a list of known names cannot be read",
        more=crosswalk("topic", known={"file": "pipe.csv", "column": "x"}) | {"data/reference/pipe.csv": os.mkfifo},
        alone=True,
    ),
]
CASES = FILES + SETTINGS
