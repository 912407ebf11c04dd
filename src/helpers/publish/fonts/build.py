"""Build the fonts that ship with the package: Hotline Sans (regular, bold) and Hotline Serif (regular).

They are Noto CJK's simplified Chinese faces, cut down to the characters a hotline's report can meet and renamed.
Needs fonttools (matplotlib brings it; elsewhere `pip install fonttools`) and the Debian packages fonts-noto-cjk and
unicode-data. README.md beside this file has the command. The same sources and fonttools give the same bytes.
"""

import argparse
import bz2
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont


class Face(NamedTuple):
    """One font to build: the collection and the face it is cut from, the family and the style it becomes."""

    collection: str
    original: str
    family: str
    style: str

    @property
    def postscript_name(self) -> str:
        return f"{self.family.replace(' ', '')}-{self.style}"


FACES = (
    Face("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC", "Hotline Sans", "Regular"),
    Face("NotoSansCJK-Bold.ttc", "Noto Sans CJK SC", "Hotline Sans", "Bold"),
    Face("NotoSerifCJK-Regular.ttc", "Noto Serif CJK SC", "Hotline Serif", "Regular"),
)

# ASCII, Latin-1, CJK punctuation, ①-⑳, Ⅰ-Ⅻ, full-width forms
BLOCKS = ((0x20, 0x7E), (0xA0, 0xFF), (0x3000, 0x303F), (0x2460, 0x2473), (0x2160, 0x216B), (0xFF00, 0xFFEF))
SIGNS = "–—‘’“”•…·‰←↑→↓▲▼■□●○◆≤≥×÷±−≈≠℃〇〔〕"
PLACE_NAMES = "舺坣漧煇"  # on the maps of Taipei (艋舺大道) and Pingshan, though in neither list of characters

# Narrow punctuation (halt, palt), Latin quotation marks (pwid), two dashes as one stroke (ccmp). Noto CJK has no more
# for horizontal Chinese: no chws, and neither tnum nor lnum, as its figures are lining and in the sans of one width.
FEATURES = ("ccmp", "halt", "kern", "liga", "palt", "pwid")
WEIGHTS = {"Regular": 400, "Bold": 700}
REGULAR_BIT, BOLD_BIT = 1 << 6, 1 << 5  # of fsSelection; in macStyle bold is bit 0


def general_standard(unihan: Path) -> set[str]:
    """The 8,105 characters of 通用规范汉字表 (2013), which Unihan marks with the property kTGH."""
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        code_points = [line.split("\t")[0] for line in lines if "\tkTGH\t" in line]
    return {chr(int(code_point.removeprefix("U+"), 16)) for code_point in code_points}


def encoded(encoding: str, first: bytes, last: bytes) -> set[str]:
    """The characters that a two-byte encoding keeps between two codes."""
    return {char for char in map(chr, range(0x80, 0x10000)) if first <= char.encode(encoding, errors="ignore") <= last}


def assigned(blocks: Iterable[tuple[int, int]]) -> set[str]:
    """The characters of some blocks, without the code points that Unicode leaves empty."""
    characters = {chr(code) for first, last in blocks for code in range(first, last + 1)}
    return {character for character in characters if unicodedata.category(character) != "Cn"}


def characters_of_reports(unihan: Path) -> set[str]:
    """Every character the fonts cover. A source font without one of them fails the build."""
    return {
        *general_standard(unihan),
        *encoded("big5", b"\xa4\x40", b"\xc6\x7e"),  # level 1: the 5,401 frequent characters of Taiwan
        *encoded("gb2312", b"\xa1\xa1", b"\xa9\xfe"),  # its 682 signs: Greek, kana, bopomofo, lines
        *assigned(BLOCKS),
        *SIGNS,
        *PLACE_NAMES,
    }


def opened(face: Face, folder: Path) -> TTFont:
    """The face to start from, found in its collection by family name."""
    fonts = TTCollection(folder / face.collection, lazy=True, recalcTimestamp=False)
    return next(font for font in fonts if font["name"].getDebugName(1) == face.original)


def cut_down(font: TTFont, characters: set[str]) -> None:
    """Keep some characters and the features for horizontal Chinese; hints go, outlines stay as they are."""
    options = Options(
        layout_features=FEATURES,
        hinting=False,
        notdef_outline=True,
        ignore_missing_unicodes=False,
        bidi_closure=False,
        name_IDs=["*"],
        name_languages=[0x409],
        drop_tables=["VORG", "vhea", "vmtx"],
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=map(ord, characters))
    subsetter.subset(font)


def rename(font: TTFont, face: Face) -> None:
    """Give the font its new names; copyright, designers and licence stay. A modified font may not pass for Noto."""
    table = font["name"]
    version = table.getDebugName(5).split(";")[0]
    full_name = face.family if face.style == "Regular" else f"{face.family} {face.style}"
    names = {
        1: face.family,
        2: face.style,
        3: f"{version.removeprefix('Version ')};{face.postscript_name}",
        4: full_name,
        5: f"{version};subset of {face.original}",
        6: face.postscript_name,
        10: f"A subset of {face.original}, renamed. {table.getDebugName(10)}",
        16: face.family,
        17: face.style,
    }
    for name_id, text in names.items():
        table.setName(text, name_id, 3, 1, 0x409)
    rename_outlines(font, face, full_name)


def rename_outlines(font: TTFont, face: Face, full_name: str) -> None:
    """The CFF table has names of its own, still those of the Japanese face whose outlines the collection shares."""
    outlines = font["CFF "].cff
    [shared_name] = outlines.fontNames
    outlines.fontNames = [face.postscript_name]
    [top] = outlines.topDictIndex
    top.FullName, top.FamilyName, top.Weight = full_name, face.family, face.style
    for part in top.FDArray:
        part.FontName = part.FontName.replace(shared_name, face.postscript_name)


def mark_style(font: TTFont, face: Face) -> None:
    """Say the weight wherever programs look for it, so that regular and bold form one family."""
    bold = face.style == "Bold"
    font["OS/2"].usWeightClass = WEIGHTS[face.style]
    font["OS/2"].fsSelection = BOLD_BIT if bold else REGULAR_BIT
    font["OS/2"].achVendID = "NONE"
    font["head"].macStyle = int(bold)


def build(face: Face, folder: Path, characters: set[str], output: Path) -> Path:
    """Write one font and return its path."""
    font = opened(face, folder)
    cut_down(font, characters)
    rename(font, face)
    mark_style(font, face)
    path = output / f"{face.postscript_name}.otf"
    font.save(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("noto", type=Path, help="folder with Noto CJK's .ttc files")
    parser.add_argument("unihan", type=Path, help="Unihan_OtherMappings.txt.bz2")
    parser.add_argument("output", type=Path, help="folder to write the fonts to")
    arguments = parser.parse_args()
    characters = characters_of_reports(arguments.unihan)
    print(f"{len(characters):,} characters")
    for face in FACES:
        path = build(face, arguments.noto, characters, arguments.output)
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
