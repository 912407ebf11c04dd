"""Find the fonts of a report: the shipped ones, and those that an edition names for scripts that these lack."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from helpers.settings import paths, yaml_models
from helpers.settings.editions import Edition
from helpers.settings.errors import UserError

_SAMPLES = 3  # characters that a message shows


def files(edition: Edition) -> tuple[str, ...]:
    """Return the paths of an edition's own fonts. Raises UserError where a file is missing or is no font."""
    return tuple(str(_file(edition, name)) for name in edition.fonts)


def _file(edition: Edition, name: str) -> Path:
    """Return the file of a font: in data/reference/fonts/, else at the path as given."""
    file = next((place for place in (paths.DATA / "reference" / "fonts" / name, Path(name)) if place.is_file()), None)
    where = f"{yaml_models.display_path(paths.edition(edition.city, edition.year))}: fonts: '{name}'"
    if file is None:
        raise UserError(f"{where} is not there: lay it in data/reference/fonts/, or give its path.")
    try:
        characters(str(file))
    except RuntimeError:
        raise UserError(f"{where} is no font that can be read: give a file .ttf or .otf.") from None
    return file


@cache
def characters(file: str) -> frozenset[int]:
    """Return the code points that a font has. Raises RuntimeError where a file is no font."""
    from matplotlib.ft2font import FT2Font  # takes time to import

    return frozenset(FT2Font(file).get_charmap())


@cache
def shipped() -> frozenset[int]:
    """Return the code points that all of the shipped fonts have."""
    return frozenset.intersection(*(characters(str(font)) for font in sorted(paths.FONTS.glob("*.otf")))) | {ord(" ")}


def available(own: Sequence[str] = ()) -> frozenset[int]:
    """Return the code points that the shipped fonts or an edition's own have."""
    return shipped().union(*map(characters, own))


def samples(missing: Sequence[str]) -> str:
    """Return the first characters of a sequence by their code points, for a message: U+0E16, U+0E19, U+0E49."""
    return "、".join(f"U+{ord(character):04X}" for character in missing[:_SAMPLES])
