"""Bad inputs, each with its whole message, its exit code, and the proof that nothing was lost: one table for all.

`~` stands for the project's folder; `good.csv` is what its tickets were made of, `other.csv` a further export. `hurt` does to the
system what the row says.
"""

import errno
import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import yaml

from helpers.ingest import ingest, staging, workspace
from helpers.report import command
from helpers.settings import files, paths

MAPPING = {"source": "a test", "columns": {
    "ticket_id": "编号", "received_at": "登记", "source": "来源", "owner": "单位", "topic": "小类",
    "channel": {"column": "来源", "values": {"电话": "phone"}}}}
SHORT = {"source": "a test", "columns": {"received_at": "登记"}}
HEADER = "编号,登记,来源,单位,小类,姓名,电话\n"
ROW = "{},2020-01-0{},电话,甲处,供水,李四四,13812345678\n"
GOOD = HEADER + "".join(ROW.format(f"T{number}", number) for number in range(1, 6))
CHANGING = (GOOD + "T9,2020-01-09,电话,甲处,供水,x,y\n" * 130_000).encode() + \
    "T0,2020-01-09,电话,甲处,供水,李四四,y\n".encode("gb18030")
PRIVATE = ("李四四", "13812345678", "幸福路", "110105")


class Bad(NamedTuple):
    """What is wrong, by class; the files laid into the project's folder; the command line; what is said and returned."""

    kind: str
    what: str
    said: str
    files: dict[str, bytes | str | dict] = {}
    arguments: str = "--city town --year 2020"
    export: str = "bad.csv"
    code: int = 1
    hurt: Callable[[pytest.MonkeyPatch], None] = lambda patch: None
    command: str = "ingest"


def mapping(**columns) -> dict:
    """Return the mapping with other columns, put in at `columns.`."""
    return {"data/mappings/town.yml": MAPPING | {"columns": MAPPING["columns"] | columns}}


def edition(**keys) -> dict:
    """Return the edition with other keys; None takes one away."""
    made = yaml.safe_load(paths.edition("taipei", 2018).read_text(encoding="utf-8"))
    made |= {"city": "town", "year": 2020, "mapping": "town", "extends": None, "crosswalk": None} | keys
    return {"data/editions/town-2020.yml": {key: value for key, value in made.items() if value is not None}}


def csv(text: str) -> dict:
    return {"bad.csv": text}


def packed(name: str, contents: str) -> bytes:
    """Return a zip file with one file in it."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, contents)
    return file.getvalue()


def full(patch: pytest.MonkeyPatch) -> None:
    """Let the disk take nothing when tickets are put into their place."""
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    patch.setattr(files.os, "replace", refuse)


def crowded(patch: pytest.MonkeyPatch) -> None:
    """Leave no room on the disk."""
    patch.setattr(workspace.shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 0))


def vanishing(patch: pytest.MonkeyPatch) -> None:
    """Let the export be gone once its fingerprint is taken."""
    print_ = ingest.export_files.fingerprint

    def taken(file: Path) -> str:
        found = print_(file)
        if file.name == "good.csv":
            file.unlink()
        return found
    patch.setattr(ingest.export_files, "fingerprint", taken)


def spent(patch: pytest.MonkeyPatch) -> None:
    """Let the user's share of the disk be spent while rows wait."""
    def refuse(*_):
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
    patch.setattr(staging, "_accept", refuse)


def occupied(patch: pytest.MonkeyPatch) -> None:
    """Let another process hold the edition for a moment."""
    held = "import sys, time, filelock\nlock = filelock.FileLock(sys.argv[1])\nlock.acquire()\nprint(flush=True)\ntime.sleep(0.5)"
    other = subprocess.Popen([sys.executable, "-c", held, str(paths.lock("town-2020"))], stdout=subprocess.PIPE)
    other.stdout.readline()


def broken(patch: pytest.MonkeyPatch) -> None:
    """Let something unforeseen happen, with a cell in its words."""
    def fail(*_):
        raise ValueError(" ".join(PRIVATE))
    patch.setattr(staging.transform, "transform", fail)


def simulated(patch: pytest.MonkeyPatch) -> None:
    """Let the tickets be simulated ones once the ingest looks at them."""
    patch.setattr(ingest.schema, "metadata", lambda edition: {"data": "simulated"})


TABLE = [
    Bad("file", "there is none",
        "error: ~/absent.csv: cannot be read (No such file or directory): check its name and its permissions.",
        export="absent.csv"),
    Bad("file", "is empty",
        "error: ~/bad.csv: is empty: export it again.",
        files=csv("")),
    Bad("file", "is a folder",
        "error: ~/bad.csv: cannot be read (Is a directory): check its name and its permissions.",
        files={"bad.csv/x": "x"}),
    Bad("file", "is of another kind",
        "error: bad.doc: files of this kind are not read: export it as one of .csv, .txt, .tsv, .xlsx, .xlsm, "
        ".xls, .parquet, plain or packed as .gz or .zip.",
        files={"bad.doc": "x"}, export="bad.doc"),
    Bad("file", "is no spreadsheet, though its name says so",
        "error: bad.xlsx: is no spreadsheet that can be read: save it as .xlsx again, without a password.",
        files={"bad.xlsx": b"PK\x03\x04 and no more"}, export="bad.xlsx"),
    Bad("file", "is no Parquet, though its name says so",
        "error: bad.parquet: is no Parquet file that can be read: export or copy it again.",
        files={"bad.parquet": b"PAR1 and no more"}, export="bad.parquet"),
    Bad("file", "is a spreadsheet, though its name says CSV",
        "error: bad.csv: is no CSV, though its name says so: give it the ending that fits.",
        files={"bad.csv": packed("a", "b")}),
    Bad("file", "is not packed, though its name says so",
        "error: bad.csv.gz: cannot be unpacked or read: export or copy it again.",
        files={"bad.csv.gz": b"\x1f\x8b and no more"}, export="bad.csv.gz"),
    Bad("file", "breaks off while packed",
        "error: bad.csv.gz: cannot be unpacked or read: export or copy it again.",
        files={"bad.csv.gz": gzip.compress((GOOD*50).encode(), mtime=0)[:-20]}, export="bad.csv.gz"),
    Bad("file", "an archive without a table",
        "error: bad.zip: holds no file that is read: pack one of .csv, .txt, .tsv, .xlsx, .xlsm, .xls, .parquet.",
        files={"bad.zip": packed("a.doc", "x")}, export="bad.zip"),
    Bad("file", "an archive that breaks off",
        "error: bad.zip: is no .zip that can be unpacked: pack or copy it again.",
        files={"bad.zip": packed("a.csv", GOOD)[:60]}, export="bad.zip"),
    Bad("file", "given twice",
        "error: good.csv holds the same as bad.csv: give it once.",
        files={"bad.csv": GOOD}, export="bad.csv good.csv"),
    Bad("encoding", "holds bytes that are no text",
        "error: bad.csv: holds bytes that are no text: export it as CSV in UTF-8 again.",
        files={"bad.csv": (HEADER+"\x00\x01, 2\n").encode()}),
    Bad("encoding", "one that is not known",
        "error: data/mappings/town.yml: format.encoding: is no encoding of texts: write utf-8, gb18030, big5hkscs, cp932, cp949 "
        "or cp1252, not 'klingon'.",
        files={"data/mappings/town.yml": MAPPING|{"format": {"encoding": "klingon"}}}, export="other.csv"),
    Bad("encoding", "UTF-8 that does not go on so",
        "error: bad.csv: begins as UTF-8 but does not go on so after row 107543: name its `encoding` in the "
        "mapping's `format`; unreadable characters are then replaced and counted.",
        files={"bad.csv": CHANGING}),
    Bad("encoding", "UTF-16 read as UTF-8, in a mapping",
        "error: data/mappings/town.yml: not readable as UTF-8: save it in that encoding.",
        files={"data/mappings/town.yml": b"\xff\xfe"+"source: x".encode("utf-16-le")}),
    Bad("encoding", "UTF-32",
        "error: bad.csv: holds bytes that are no text: export it as CSV in UTF-8 again.",
        files={"bad.csv": GOOD.encode("utf-32")}),
    Bad("header", "there is none: blank lines alone",
        "error: bad.csv: has no header in row 1: name `header_row` in the mapping's `format`.",
        files=csv("\n\n")),
    Bad("header", "there is none: the first row is a ticket",
        "error: data/mappings/town.yml: columns.received_at.column: bad.csv has no column '登记', and its header "
        "holds what may point at a person: it is perhaps a row of data; name `header_row` in `format`.",
        files=csv(GOOD.removeprefix(HEADER))|{"data/mappings/town.yml": SHORT}),
    Bad("header", "lacks a column, and has one like it",
        "error: data/mappings/town.yml: columns.owner.column: bad.csv has no column '单位'. Did you mean '单未'?",
        files=csv(GOOD.replace("单位", "单未"))),
    Bad("header", "has a column twice",
        "error: data/mappings/town.yml: columns.owner.column: bad.csv has more than one column '单位': rename "
        "all but one.",
        files=csv(GOOD.replace("姓名", "单位"))),
    Bad("header", "stands in another row than the mapping says",
        "error: other.csv: has no header in row 9: name `header_row` in the mapping's `format`.",
        files={"data/mappings/town.yml": MAPPING|{"format": {"header_row": 9}}}, export="other.csv"),
    Bad("header", "is alone",
        "error: town-2020: none of 0 rows can become a ticket, nothing was written: compare the export with "
        "--year and the mapping.",
        files=csv(HEADER)),
    Bad("header", "the sheet is not there",
        "error: sheet.xlsx: has no sheet '工单'. Known: Sheet1.",
        files={"data/mappings/town.yml": MAPPING|{"format": {"sheet": "工单"}}}, export="sheet.xlsx"),
    Bad("header", "the delimiter is another",
        "error: data/mappings/town.yml: columns.received_at.column: other.csv has no column '登记', and no name of its "
        "header is known: it is perhaps a row of data, or the delimiter is another; name `header_row` or "
        "`delimiter` in `format`.",
        files={"data/mappings/town.yml": SHORT|{"format": {"delimiter": ";"}}}, export="other.csv"),
    Bad("row", "all of another year",
        "error: town-2020: none of 5 rows is of 2020, nothing was written: compare the export with --year. Its rows: 5 of 2019.",
        files=csv(GOOD.replace("2020-", "2019-"))),
    Bad("row", "all without a time",
        "error: town-2020: none of 5 rows can become a ticket, nothing was written: compare the export with "
        "--year and the mapping.\n  5: received_at cannot be read\n  received_at cannot be read 5: 9 (rows 2, 3, 4, 5, 6)",
        files=csv(GOOD.replace("2020-01-0", ""))),
    Bad("row", "all with a day that there is not",
        "error: town-2020: none of 5 rows can become a ticket, nothing was written: compare the export with "
        "--year and the mapping.\n  5: received_at cannot be read\n  received_at cannot be read 5: 9999-99-99 "
        "(rows 2, 3, 4, 5, 6)",
        files=csv(GOOD.replace("2020-01-0", "2020-02-3"))),
    Bad("row", "too many of another width",
        "error: town-2020: 5 of 10 rows cannot become tickets, more than its quarantine_limit of 5%; nothing was "
        "written: mend the export or the mapping, or raise the limit.\n  5: 2 cells where the header has 7",
        files=csv(GOOD+"T6, 2020-01-06\n"*5)),
    Bad("row", "too many of a year that stands for none",
        "error: town-2020: 5 of 10 rows cannot become tickets, more than its quarantine_limit of 5%; nothing was "
        "written: mend the export or the mapping, or raise the limit.\n  5: received_at lies in 1900",
        files=csv(GOOD+"T6, 1900-01-06, 电话, 甲处, 供水, x, y\n"*5)),
    Bad("row", "a quotation mark that is not closed",
        "error: town-2020: 4 of 5 rows cannot become tickets, more than its quarantine_limit of 5%; nothing was "
        "written: mend the export or the mapping, or raise the limit.\n  4: stands in a quotation mark that is "
        "not closed",
        files=csv(GOOD.replace("T2,", '"T2,'))),
    Bad("row", "names of persons where an office is asked for",
        "error: town-2020: owner (单位) holds what may point at a person: persons in 5 rows; nothing was "
        "written: leave it out of the mapping, or map only the words that `values` lists (`keep: false`), or the "
        "part that a `pattern` picks out.",
        files=csv(GOOD.replace("甲处", "李女士"))),
    Bad("row", "a number where a topic is asked for",
        "error: town-2020: topic (小类) holds what may point at a person: mobile numbers in 2 rows; nothing was "
        "written: leave it out of the mapping, or map only the words that `values` lists (`keep: false`), or the "
        "part that a `pattern` picks out.",
        files=csv(GOOD.replace("供水", "回电13812345678", 2))),
    Bad("row", "an address where a topic is asked for",
        "error: town-2020: topic (小类) holds what may point at a person: addresses in 1 rows; nothing was "
        "written: leave it out of the mapping, or map only the words that `values` lists (`keep: false`), or the "
        "part that a `pattern` picks out.",
        files=csv(GOOD.replace("供水", "家住幸福路12号", 1))),
    Bad("row", "an identity number for an id",
        "error: town-2020: ticket_id (编号) holds what may point at a person: identity numbers in 1 rows; "
        "nothing was written: leave it out of the mapping, or map only the words that `values` lists (`keep: "
        "false`), or the part that a `pattern` picks out.",
        files=csv(GOOD.replace("T3,", "11010519491231002X,"))),
    Bad("mapping", "there is none of that name",
        "error: mapping 'twon' is not there: add data/mappings/twon.yml. Did you mean 'town'?",
        files=edition(mapping="twon"), export="other.csv"),
    Bad("mapping", "the edition names none",
        "error: town-2020 names no mapping: give one with --mapping FILE, or as `mapping:` in "
        "data/editions/town-2020.yml.",
        files=edition(mapping=None), export="other.csv", code=2),
    Bad("mapping", "the file given is not there",
        "error: ~/absent.yml: there is no such mapping: check the name.",
        arguments="--city town --year 2020 --mapping ~/absent.yml", export="other.csv", code=2),
    Bad("mapping", "is not YAML",
        "error: data/mappings/town.yml: not readable as YAML: while parsing a flow node expected the node "
        "content, but found '<stream end>' in \"<unicode string>\", line 1, column 11: columns: [ ^",
        files={"data/mappings/town.yml": "columns: ["}, export="other.csv"),
    Bad("mapping", "has a key that is not known",
        "error: data/mappings/town.yml: 'columns.chanel' is not a known key. Did you mean 'channel'?",
        files=mapping(chanel="来源"), export="other.csv"),
    Bad("mapping", "has a key twice",
        "error: data/mappings/town.yml: not readable as YAML: key 'source' occurs twice in \"<unicode string>\", "
        "line 2, column 1: source: y ^",
        files={"data/mappings/town.yml": "source: x\nsource: y\ncolumns: {received_at: 登记}\n"}, export="other.csv"),
    Bad("mapping", "does not say the time",
        "error: data/mappings/town.yml: key 'columns.received_at' is missing: add it.",
        files={"data/mappings/town.yml": {"source": "x", "columns": {"topic": "小类"}}}, export="other.csv"),
    Bad("mapping", "has a word that is none of ours",
        "error: data/mappings/town.yml: columns.channel.values.电话 cannot be 'fone'. Did you mean 'phone'?",
        files=mapping(channel={"column": "来源", "values": {"电话": "fone"}}), export="other.csv"),
    Bad("mapping", "has a pattern without a group",
        "error: data/mappings/town.yml: columns.topic.pattern: must have one group in brackets, the part that "
        "counts; others begin with ?:, not '^供'.",
        files=mapping(topic={"column": "小类", "pattern": "^供"}), export="other.csv"),
    Bad("mapping", "has outcomes and does not say whose",
        "error: data/mappings/town.yml: columns.satisfied needs columns.assessment, which says whose answers "
        "count.",
        files=mapping(satisfied={"column": "小类", "values": {"供水": "satisfied"}}), export="other.csv"),
    Bad("edition", "there is none of that city",
        "error: city 'twon' has no edition. Did you mean 'town'?",
        arguments="--city twon --year 2020", export="other.csv", code=2),
    Bad("edition", "there is none of that year",
        "error: town has no edition of 2021: add data/editions/town-2021.yml. Known years: 2020.",
        arguments="--city town --year 2021", export="other.csv", code=2),
    Bad("edition", "has a key that is not known",
        "error: data/editions/town-2020.yml: 'hotlin' is not a known key. Did you mean 'hotline'?",
        files=edition(hotlin="x"), export="other.csv"),
    Bad("edition", "lacks a key",
        "error: data/editions/town-2020.yml: key 'place' is missing: add it.",
        files=edition(place=None), export="other.csv"),
    Bad("edition", "says another year than its name",
        "error: data/editions/town-2020.yml: city and year say town-2019: they must be those of the file's name.",
        files=edition(year=2019), export="other.csv"),
    Bad("edition", "extends what is not there",
        "error: data/editions/town-2020.yml: extends: 'town-2091' is not an edition. Did you mean 'town-2020'?",
        files=edition(extends="town-2091"), export="other.csv"),
    Bad("edition", "has a limit that is none",
        "error: data/editions/town-2020.yml: quarantine_limit: Input should be less than or equal to 1, not 5.",
        files=edition(quarantine_limit=5), export="other.csv"),
    Bad("edition", "hides counts below one",
        "error: data/editions/town-2020.yml: suppression.below: Input should be greater than or equal to 2, not "
        "1.",
        files=edition(suppression={"below": 1, "source": "x"}), export="other.csv"),
    Bad("edition", "names a notebook that is not there",
        "error: the edition town-2020 names notebook '01-overwiew', which is not in notebooks/. Did you mean "
        "'01-overview'?",
        files=edition(chapters=[{"title": "x", "notebook": "01-overwiew"}]), command="report"),
    Bad("command line", "no city",
        "python -m helpers.ingest: error: the following arguments are required: --city",
        arguments="--year 2020", export="other.csv", code=2),
    Bad("command line", "a year that is none",
        "python -m helpers.ingest: error: argument --year: 'MMXX' is no year: write 2020, or all",
        arguments="--city town --year MMXX", export="other.csv", code=2),
    Bad("command line", "an option that is not known",
        "python -m helpers.ingest: error: unrecognized arguments: --repalce",
        arguments="--city town --year 2020 --repalce", export="other.csv", code=2),
    Bad("command line", "a period that is none",
        "error: period 'Q5' is not known: write year, H1, Q3, M11 or M01..M06.",
        arguments="--city town --year 2020 --period Q5", command="report", code=2),
    Bad("command line", "a period of another year",
        "error: period '2019-Q3' is not in 2020: write --year 2019 with it.",
        arguments="--city town --year 2020 --period 2019-Q3", command="report", code=2),
    Bad("command line", "a comparison that is none",
        "error: compare 'yesterday' is not known: write year_ago, previous, or a period with its year such as "
        "2019-Q3.",
        arguments="--city town --year 2020 --compare yesterday", command="report", code=2),
    Bad("command line", "a chapter that is none",
        "error: chapter 'overwiew' is not in town-2020. Did you mean 'overview'?",
        arguments="--city town --year 2020 --chapter overwiew", command="report", code=2),
    Bad("command line", "no notebook at once",
        "python -m helpers.report: error: argument --jobs: '0' must be a whole number of at least 1",
        arguments="--city town --year 2020 --jobs 0", command="report", code=2),
    Bad("command line", "a final report of one chapter",
        "error: --final is for a whole report: leave out --chapter.",
        arguments="--city town --year 2020 --final --chapter overview", command="report", code=2),
    Bad("disk", "has no room",
        "error: town-2020: data/ has 0.0 GB free and the exports may need 0.0 GB; nothing was written: make room "
        "and ingest again.",
        export="other.csv", hurt=crowded),
    Bad("disk", "is full at the end",
        "error: town-2020: data/ takes no more (No space left on device); the tickets are as they were: make "
        "room and ingest again.",
        export="other.csv", hurt=full),
    Bad("disk", "is spent while rows wait",
        "error: town-2020: data/ takes no more (Disk quota exceeded); the tickets are as they were: make room "
        "and ingest again.",
        export="other.csv", hurt=spent),
    Bad("disk", "the tickets held are damaged",
        "error: data/tickets/town-2020/tickets.parquet: is damaged: take it away, and ingest or simulate again.",
        files={"data/tickets/town-2020/tickets.parquet": "PAR1"}, export="other.csv"),
    Bad("concurrency", "another process ingests the edition",
        "town-2020 is being ingested by another process: waiting for it to end.",
        export="good.csv", hurt=occupied, code=0),
    Bad("concurrency", "the export vanishes while it is ingested",
        "error: ~/good.csv: there is no such file: check the name.",
        export="good.csv", arguments="--city town --year 2020 --replace --mapping ~/own.yml", hurt=vanishing,
        files={"own.yml": MAPPING | {"source": "other"}}),
    Bad("concurrency", "something unforeseen happens in the thread beside",
        "error: unexpected RuntimeError; the whole of it is in ~/outputs/logs/error.log",
        export="other.csv", hurt=broken),
    Bad("concurrency", "simulated tickets came in between",
        "error: town-2020 has simulated tickets: add --replace to put the export in their place.",
        export="other.csv", hurt=simulated),
]


def lay(home: Path, files: dict) -> None:
    for name, contents in files.items():
        file = home / name
        if name == "data/quarantine":
            shutil.rmtree(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(contents, allow_unicode=True) if isinstance(contents, dict) else contents
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def held(home: Path) -> dict[str, bytes]:
    """Return every file of a project's folder with its contents; a lock and a log of what was unforeseen apart."""
    return {file.relative_to(home).as_posix(): file.read_bytes() for file in home.rglob("*")
            if file.is_file() and file.suffix not in (".lock", ".log")}


def told(text: str, home: Path) -> str:
    """Return what was said, without the places and numbers that differ from run to run."""
    said = text.strip().splitlines()[-1:] if text.startswith("usage:") else text.strip().splitlines()
    return re.sub(r"error-\S+\.log", "error.log", "\n".join(said).replace(f"{home}/", "~/"))


def call(home: Path, bad: Bad) -> int:
    """Run the command line and return its exit code."""
    files = [str(home / name) for name in bad.export.split()] if bad.command == "ingest" else []
    arguments = [one.replace("~", str(home)) for one in bad.arguments.split()]
    try:
        return (ingest if bad.command == "ingest" else command).main([*files, *arguments])
    except SystemExit as ended:
        return ended.code


def point(patch: pytest.MonkeyPatch, home: Path) -> None:
    places = {"ROOT": home, "DATA": home / "data", "EDITIONS": home / "data" / "editions", "OUTPUTS": home / "outputs",
              "LOGS": home / "outputs" / "logs"}
    for name, place in places.items():
        patch.setattr(paths, name, place)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A project's folder with the tickets of `good.csv`."""
    home = tmp_path_factory.mktemp("made")
    files = edition() | mapping() | {"good.csv": GOOD, "other.csv": GOOD.replace("T", "U")}
    lay(home, files)
    pd.DataFrame({"编号": ["U1"], "登记": ["2020-01-01"]}).to_excel(home / "sheet.xlsx", index=False, engine="xlsxwriter")
    with pytest.MonkeyPatch.context() as patch:
        point(patch, home)
        assert ingest.main([str(home / "good.csv"), "--city", "town", "--year", "2020"]) == 0
    return home


@pytest.fixture
def town(made, tmp_path, monkeypatch) -> Path:
    """A copy of that folder, in which a test may do as it likes."""
    shutil.copytree(made, tmp_path / "town")
    point(monkeypatch, tmp_path / "town")
    return tmp_path / "town"


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: f"{bad.kind}: {bad.what}")
def test_a_bad_input_is_told_in_its_words_and_nothing_is_lost(town, capsys, bad):
    lay(town, bad.files)
    before = held(town)
    with pytest.MonkeyPatch.context() as patch:
        bad.hurt(patch)
        code = call(town, bad)
    after, printed = held(town), capsys.readouterr()
    assert (told(printed.err, town), code) == (bad.said, bad.code)
    gone = {"good.csv"} if bad.hurt is vanishing else set()  # which the row itself takes away
    assert {name: held_ for name, held_ in before.items() if name not in gone} == after
    logs = "".join(file.read_text(encoding="utf-8") for file in town.rglob("*.log"))
    assert not [word for word in PRIVATE if word in printed.out + printed.err + logs]


def test_the_table_has_sixty_rows_and_four_of_every_class():
    classes = Counter(bad.kind for bad in TABLE)
    assert classes.total() >= 60
    assert len({(bad.kind, bad.what) for bad in TABLE}) == classes.total()
    assert set(classes) == {"file", "encoding", "header", "row", "mapping", "edition", "command line", "disk", "concurrency"}
    assert min(classes.values()) >= 4


def test_an_interruption_leaves_the_tickets_and_no_waiting_rows(town, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(staging, "_accept", interrupted)
    before = held(town)
    assert ingest.main([str(town / "other.csv"), "--city", "town", "--year", "2020"]) == 130
    assert held(town) == before
    assert not [*paths.DATA.glob(".ingest-*")]


def test_what_a_killed_ingest_left_is_taken_away_by_the_next(town):
    lay(town, {"data/.ingest-town-2020-x/rows.arrow": "李四四", "data/tickets/town-2020/.tickets.parquet.x": "李四四"})
    assert ingest.main([str(town / "other.csv"), "--city", "town", "--year", "2020"]) == 0
    assert not [file for file in paths.DATA.rglob(".*") if not file.name.endswith((".lock", ".place-key"))]
